//! The page of a change of host: what is asked, what each would owe, the change, its undoing.

use chrono::NaiveDate;
use maud::html;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes as collect};
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::model::{Apercu, MOTIF_MAX, Typed, Voulu};
use super::queries::{self, Hote, Logement};
use super::views::{self, Shown};
use crate::champs::Saisie;
use crate::comptes::{self, Envoi, Paires, Personne};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::Niveau;
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::records;
use crate::taxe::LOGEMENTS;
use crate::taxe::records::{ARCHIVED, HOSTS};
use crate::taxe::sejours::allowed;
use crate::ui::message::{Next, Tone};
use crate::ui::reply::Reply;
use crate::ui::{format, layout};

/// Hosts named when several answer.
const NAMED: usize = 4;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![open, change, undo]
}

fn unknown() -> Error {
    Error::out_of_reach("Ce logement n’existe pas ou n’est pas dans votre périmètre.")
}

impl Apercu {
    async fn of(connection: &mut PgConnection, lodging: &Logement, jour: NaiveDate) -> Result<Self> {
        let du = queries::owed(&mut *connection, lodging.id, lodging.depuis, jour).await?;
        Ok(Self { du, a_cheval: queries::across(connection, lodging.id, lodging.depuis, jour).await? })
    }
}

async fn lodging(context: &Context, personne: &Personne, id: i64) -> Result<Logement> {
    let mut connection = context.db.statement().acquire().await?;
    queries::lodging(&mut connection, &personne.reader, id).await?.ok_or_else(unknown)
}

fn page(personne: &Personne, status: Status, shown: &Shown<'_>) -> Reply {
    Reply::Page((status, layout::page(&personne.frame, views::TITLE, &views::page(shown))))
}

fn back(id: i64, tone: Tone, text: impl Into<String>) -> Reply {
    Reply::Done(Box::new(Flash::new(Redirect::to(format!("/logements/{id}")), tone.flash_kind(), text)))
}

#[get("/logements/<id>/hebergeur?<reprise>")]
async fn open(id: i64, reprise: Option<i64>, personne: Personne, context: &State<Context>) -> Result<Reply> {
    allowed(&personne)?;
    let personne = personne.at(LOGEMENTS.access, Niveau::Valider)?;
    let lodging = lodging(context, &personne, id).await?;
    let kept = comptes::given_back(&context.db, personne.reader.user_id, reprise).await?;
    // Over the version that was on the screen: what was written meanwhile is a conflict, as if it had been sent in time.
    let version = kept.as_ref().and_then(comptes::Saisie::version).unwrap_or(lodging.version);
    let above = html! { @if kept.is_some() { (comptes::reminder()) } };
    let typed = kept.map_or_else(Typed::default, |kept| Typed::of(&kept.pairs().into_iter().collect()));
    Ok(page(&personne, Status::Ok, &Shown { version, above, ..Shown::of(&lodging, &typed) }))
}

type Faults = Vec<(&'static str, String)>;

/// The host that was typed.
async fn named(context: &Context, personne: &Personne, typed: &str) -> Result<std::result::Result<i64, String>> {
    if typed.is_empty() {
        return Ok(Err("donnez son numéro, ou le début de son nom.".into()));
    }
    if let Err(why) = Saisie::Fiche(&HOSTS).check(typed, &[], context.clock.today()) {
        return Ok(Err(why));
    }
    let found = records::candidates(context, personne, &HOSTS, typed).await?;
    Ok(match found.as_slice() {
        [] => Err(format!("aucun hébergeur de votre périmètre ne répond à «\u{a0}{typed}\u{a0}». Donnez son numéro, ou créez sa fiche d’abord.")),
        [(id, ..)] => Ok(*id),
        several => {
            let names: Vec<String> = several.iter().take(NAMED).map(|(_, numero, nom)| format!("{numero} ({nom})")).collect();
            Err(format!("plusieurs répondent\u{a0}: {}. Donnez le numéro de celui que vous voulez.", names.join(", ")))
        }
    })
}

/// The change that was typed, or what is wrong with it. `host` is what was found of its host.
async fn wanted(
    connection: &mut PgConnection,
    personne: &Personne,
    lodging: &Logement,
    (typed, host, today): (&Typed, &std::result::Result<i64, String>, NaiveDate),
) -> Result<std::result::Result<Voulu, Faults>> {
    let mut faults = Faults::new();
    let nouveau = match host {
        Ok(id) => queries::host(connection, &personne.reader, *id).await?,
        Err(_) => None,
    };
    match (&nouveau, host) {
        (_, Err(why)) => faults.push(("hebergeur_id", format!("Nouvel hébergeur\u{a0}: {why}"))),
        (None, _) => {
            faults.push(("hebergeur_id", "Nouvel hébergeur\u{a0}: cette fiche n’est plus dans votre périmètre. Donnez-en une autre.".into()))
        }
        (Some(host), _) if host.id == lodging.hebergeur_id => {
            faults.push(("hebergeur_id", "Nouvel hébergeur\u{a0}: c’est déjà l’hébergeur de ce logement. Donnez-en un autre.".into()));
        }
        (Some(host), _) if host.archive => faults.push(("hebergeur_id", ARCHIVED.into())),
        _ => {}
    }
    let jour = match typed.jour.as_str() {
        "" => Err("donnez le premier jour du nouvel hébergeur.".into()),
        text => Saisie::JourPasse.check(text, &[], today),
    };
    let jour = jour.map(|text| text.parse::<NaiveDate>().ok());
    match (&jour, lodging.depuis) {
        (Err(why), _) => faults.push(("jour", format!("À compter du\u{a0}: {why}"))),
        (Ok(Some(jour)), Some(since)) if *jour <= since => faults.push((
            "jour",
            format!("À compter du\u{a0}: ce logement est à {} depuis le {}. Donnez un jour qui vient après.", lodging.hebergeur, format::date(since)),
        )),
        _ => {}
    }
    let motif = match typed.motif.as_str() {
        "" => Err("dites pourquoi, par exemple «\u{a0}Vente\u{a0}».".into()),
        text => Saisie::Texte(MOTIF_MAX).check(text, &[], today),
    };
    if let Err(why) = &motif {
        faults.push(("motif", format!("Motif\u{a0}: {why}")));
    }
    Ok(match (nouveau, jour, motif) {
        (Some(nouveau), Ok(Some(jour)), Ok(motif)) if faults.is_empty() => Ok(Voulu { nouveau, jour, motif }),
        _ => Err(faults),
    })
}

#[post("/logements/<id>/hebergeur", data = "<sent>")]
async fn change(id: i64, personne: Personne, sent: Paires, context: &State<Context>) -> Result<Reply> {
    allowed(&personne)?;
    let personne = personne.at(LOGEMENTS.access, Niveau::Valider)?;
    let (sent, typed) = (&sent.0, Typed::of(&sent.0));
    let host = named(context, &personne, &typed.nouveau).await?;
    let current = lodging(context, &personne, id).await?;
    let mut write = context.db.write().await?;
    let hosts: Vec<i64> = host.iter().copied().chain([current.hebergeur_id]).collect();
    queries::lock(&mut write.tx, &hosts, id).await?;
    let now = queries::lodging(&mut write.tx, &personne.reader, id).await?.ok_or_else(unknown)?;
    let voulu = wanted(&mut write.tx, &personne, &now, (&typed, &host, context.clock.today())).await?;
    let version: i32 = sent.get("version").and_then(|version| version.parse().ok()).unwrap_or(0);
    let day = Saisie::JourPasse.check(&typed.jour, &[], context.clock.today()).ok().and_then(|day| day.parse::<NaiveDate>().ok());
    if host == Ok(now.hebergeur_id) && day.is_some() && day == now.depuis {
        write.rollback().await?;
        return Ok(back(id, Tone::Info, "Ce changement est déjà fait."));
    }
    let voulu = match voulu {
        Ok(voulu) => voulu,
        Err(faults) => {
            write.rollback().await?;
            return Ok(page(&personne, Status::UnprocessableEntity, &Shown { version, faults: &faults, ..Shown::of(&now, &typed) }));
        }
    };
    let apercu = Apercu::of(&mut write.tx, &now, voulu.jour).await?;
    let shown = Shown { voulu: Some((&voulu, &apercu)), ..Shown::of(&now, &typed) };
    let confirmed = sent.get("faire").is_some_and(|wanted| wanted == "confirmer");
    // The host that was locked is that of a moment ago: another one means that somebody came in between.
    if version != now.version || now.hebergeur_id != current.hebergeur_id {
        write.rollback().await?;
        return Ok(page(&personne, Status::Conflict, &Shown { above: views::clash(&now, &voulu), ..shown }));
    }
    if !confirmed {
        write.rollback().await?;
        return Ok(page(&personne, Status::Ok, &shown));
    }
    if sent.get("vu").map(String::as_str) != Some(apercu.seen().as_str()) {
        write.rollback().await?;
        return Ok(page(&personne, Status::Conflict, &Shown { above: views::moved(), ..shown }));
    }
    queries::give(&mut write.tx, &now, voulu.nouveau.id, (voulu.jour, &voulu.motif), personne.reader.user_id).await?;
    let day = format::date_long(voulu.jour);
    let more = json!({"changement_le": day, "motif_changement": voulu.motif});
    note(&mut write, &personne, &now, [(now.hebergeur_id, &named_host(&now)), (voulu.nouveau.id, &told_host(&voulu.nouveau))], &more).await?;
    write.commit().await?;
    let next = Next::Undo {
        address: format!("/logements/{id}/hebergeur/annulation"),
        token: (now.version + 1).to_string(),
        back: format!("/logements/{id}"),
    };
    let text = format!("{}\u{a0}: {} en est l’hébergeur à compter du {day}.", now.nom, voulu.nouveau.nom);
    Ok(back(id, Tone::Success, next.after(&text)))
}

fn named_host(lodging: &Logement) -> String {
    format!("{} ({})", lodging.hebergeur, lodging.numero)
}

fn told_host(host: &Hote) -> String {
    format!("{} ({})", host.nom, host.numero)
}

/// A line for the lodging and one for each host, at the place of the lodging. What is told of a host's file names the lodging
/// by its reference only, for whoever reads it elsewhere.
async fn note(
    write: &mut Write,
    personne: &Personne,
    lodging: &Logement,
    [(from, before), (to, after)]: [(i64, &str); 2],
    more: &Value,
) -> Result<()> {
    let places = std::slice::from_ref(&lodging.code_insee);
    let with = |mut detail: Value| {
        if let (Some(detail), Some(more)) = (detail.as_object_mut(), more.as_object()) {
            detail.extend(more.clone());
        }
        detail
    };
    let lines = [
        ("logement", lodging.id, with(json!({"hebergeur_id": {"avant": before, "apres": after}}))),
        ("hébergeur", from, with(json!({"logement_cede": lodging.reference}))),
        ("hébergeur", to, with(json!({"logement_repris": lodging.reference}))),
    ];
    for (object, key, detail) in lines {
        journal::note_at(&mut write.tx, &personne.actor, Action::Change, (object, &key.to_string()), &detail, places).await?;
    }
    ["hebergeurs", "logements", "sejours"].iter().for_each(|domain| write.touch(domain, &lodging.code_insee));
    Ok(())
}

#[derive(FromForm)]
struct Back {
    /// The version of the lodging that the person saw.
    jeton: i32,
}

#[post("/logements/<id>/hebergeur/annulation", data = "<sent>")]
async fn undo(id: i64, personne: Personne, sent: Envoi<Back>, context: &State<Context>) -> Result<Reply> {
    allowed(&personne)?;
    let personne = personne.at(LOGEMENTS.access, Niveau::Valider)?;
    let current = lodging(context, &personne, id).await?;
    let mut write = context.db.write().await?;
    let before = queries::last(&mut write.tx, id).await?;
    let hosts: Vec<i64> = before.iter().map(|last| last.hebergeur_id).chain([current.hebergeur_id]).collect();
    queries::lock(&mut write.tx, &hosts, id).await?;
    let now = queries::lodging(&mut write.tx, &personne.reader, id).await?.ok_or_else(unknown)?;
    let left = |text: &str| Ok(back(id, Tone::Warning, text));
    let Some(last) = queries::last(&mut write.tx, id).await? else {
        write.rollback().await?;
        return left("Ce logement n’a pas changé d’hébergeur\u{a0}: il n’y a rien à annuler.");
    };
    if now.version != sent.jeton || !hosts.contains(&last.hebergeur_id) || !hosts.contains(&now.hebergeur_id) {
        write.rollback().await?;
        return left(
            "Ce logement a été modifié depuis\u{a0}: rien n’est annulé. Relisez sa fiche\u{a0}; l’annulation y est, sous «\u{a0}Hébergeurs d’avant\u{a0}».",
        );
    }
    let Some(host) = queries::host(&mut write.tx, &personne.reader, last.hebergeur_id).await? else {
        write.rollback().await?;
        return left("L’hébergeur d’avant n’est plus dans votre périmètre\u{a0}: rien n’est annulé.");
    };
    if host.archive && now.actif {
        write.rollback().await?;
        return left("La fiche de l’hébergeur d’avant est archivée\u{a0}: remettez-la en activité d’abord. Rien n’est annulé.");
    }
    queries::take_back(&mut write.tx, &now, &last, personne.reader.user_id).await?;
    // Said of both: the one who takes it again, the one who gives it back.
    let more = json!({"changement_le": format::date_long(last.fin), "changement_defait": true});
    note(&mut write, &personne, &now, [(now.hebergeur_id, &named_host(&now)), (host.id, &told_host(&host))], &more).await?;
    write.commit().await?;
    Ok(back(id, Tone::Success, format!("Le changement est annulé\u{a0}: {} est de nouveau l’hébergeur de {}.", host.nom, now.nom)))
}
