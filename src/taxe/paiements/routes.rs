//! Routes of payments: the form, from a declaration; the receipt; the cancelling.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use maud::Markup;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes as collect};
use serde_json::json;

use super::list::PAIEMENTS;
use super::queries::{self, Obstacle, Voulu};
use super::views::{self, Shown};
use crate::champs::Saisie;
use crate::comptes::{Envoi, Paires, Personne};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::{Module, Niveau, Reader};
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::http::{Flash, Referrer};
use crate::records;
use crate::taxe::declarations::{self, DECLARATIONS, Declaration};
use crate::taxe::fiche;
use crate::taxe::regie::{self, ECRITURES, MOYENS, Operation, Payeur};
use crate::taxe::sejours::allowed;
use crate::ui::message::Tone;
use crate::ui::reply::Reply;
use crate::ui::{format, layout};

/// Longest reference, and reason.
const REFERENCE_MAX: usize = 60;
const MOTIF_MAX: usize = 200;
/// A payment at most, in cents: ten million euros.
const MONTANT_MAX: i64 = 1_000_000_000;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![open, pay, file, cancel, entry]
}

fn unknown() -> Error {
    Error::out_of_reach("Ce paiement n’existe pas ou n’est pas dans votre périmètre.")
}

/// The declaration that is paid, for whoever keeps the books of its collectivité.
async fn declaration(context: &Context, personne: &Personne, id: i64) -> Result<(Personne, Declaration)> {
    allowed(personne)?;
    let personne = personne.at(DECLARATIONS.access, Niveau::Saisir)?;
    let mut connection = context.db.statement().acquire().await?;
    let found = declarations::one(&mut connection, &personne.reader, id).await?;
    let found = found.ok_or_else(|| Error::out_of_reach("Cette déclaration n’existe pas ou n’est pas dans votre périmètre."))?;
    if !personne.reader.collectivites(Module::Taxe).contains(&found.collectivite_id) {
        return Err(Error::forbidden("La régie de cette déclaration est celle d’une autre collectivité\u{a0}: vos droits ne vont pas jusque-là."));
    }
    Ok((personne, found))
}

fn payeur(declaration: &Declaration) -> Payeur<'_> {
    Payeur { hebergeur: declaration.hebergeur_id, collecteur: &declaration.collecteur }
}

#[get("/declarations/<id>/paiement")]
async fn open(id: i64, personne: Personne, context: &State<Context>) -> Result<Markup> {
    let (personne, declaration) = declaration(context, &personne, id).await?;
    let mut connection = context.db.statement().acquire().await?;
    let dues = regie::open_dues(&mut connection, declaration.collectivite_id, payeur(&declaration)).await?;
    let excess = regie::excess(&mut connection, declaration.collectivite_id, payeur(&declaration)).await?;
    let rest = regie::balance(&mut connection, id).await?;
    let typed = BTreeMap::from([
        ("montant".to_string(), if rest > 0 { format::number_plain(rest, 2, ',') } else { String::new() }),
        ("recu_le".to_string(), format::date(context.clock.today())),
        ("jeton".to_string(), records::fresh()?),
        ("vu".to_string(), dues.iter().map(|due| due.reste).sum::<i64>().to_string()),
    ]);
    let shown = Shown { declaration: &declaration, dues: &dues, excess, typed: &typed, faults: &[], confirm: None };
    Ok(layout::page(&personne.frame, views::TITLE, &views::form(&shown)))
}

type Faults = Vec<(&'static str, String)>;

/// A payment that was typed: means, cents, reference, day.
type Typed<'a> = (&'static str, i64, &'a str, NaiveDate);

fn read(typed: &BTreeMap<String, String>, today: NaiveDate) -> std::result::Result<Typed<'_>, Faults> {
    let text = |name: &str| typed.get(name).map_or("", |text| text.trim());
    let mut faults = Faults::new();
    let moyen = MOYENS.iter().find(|(code, ..)| *code == text("moyen")).map(|(code, ..)| *code);
    if moyen.is_none() {
        faults.push(("moyen", "Moyen\u{a0}: dites comment ce paiement est arrivé.".into()));
    }
    let montant = Saisie::Montant(1, MONTANT_MAX).check(text("montant"), &[], today).map(|text| text.parse::<i64>().ok());
    let recu_le = Saisie::JourPasse.check(text("recu_le"), &[], today).map(|text| text.parse::<NaiveDate>().ok());
    let reference = text("reference");
    if let Err(why) = &montant {
        faults.push(("montant", format!("Montant\u{a0}: {why}")));
    }
    if let Err(why) = &recu_le {
        faults.push(("recu_le", format!("Reçu le\u{a0}: {why}")));
    }
    if !reference.is_empty()
        && let Err(why) = Saisie::Texte(REFERENCE_MAX).check(reference, &[], today)
    {
        faults.push(("reference", format!("Référence\u{a0}: {why}")));
    }
    if reference.is_empty() && moyen.is_some_and(|moyen| moyen != "especes") {
        faults.push(("reference", "Référence\u{a0}: donnez celle du paiement (numéro du chèque, du virement, de la transaction).".into()));
    }
    match (moyen, montant, recu_le) {
        (Some(moyen), Ok(Some(montant)), Ok(Some(recu_le))) if faults.is_empty() => Ok((moyen, montant, reference, recu_le)),
        _ => Err(faults),
    }
}

fn told(obstacle: &Obstacle, today: NaiveDate) -> (&'static str, String) {
    let by = |paiement: &queries::Paiement| {
        let who = paiement.par.as_deref().unwrap_or("un travail");
        let day = if paiement.recu_le == today { "aujourd’hui".to_string() } else { format!("reçu le {}", format::date(paiement.recu_le)) };
        format!("{} de {}, {day}, quittance {}, par {who}", format::money(paiement.montant), paiement.payeur, paiement.quittance)
    };
    match obstacle {
        Obstacle::Pris(same) => {
            ("reference", format!("Référence\u{a0}: ce paiement est déjà enregistré ({}). Rien n’est enregistré de nouveau.", by(same)))
        }
        Obstacle::Change(owed, Some(last)) => (
            "montant",
            format!(
                "Montant\u{a0}: ce qui est dû a changé pendant que vous saisissiez\u{a0}: {} reste dû. Le dernier paiement\u{a0}: {}. Rien n’est enregistré\u{a0}; relisez, puis enregistrez.",
                format::money(*owed),
                by(last)
            ),
        ),
        Obstacle::Change(owed, None) => (
            "montant",
            format!(
                "Montant\u{a0}: ce qui est dû a changé pendant que vous saisissiez\u{a0}: {} reste dû. Relisez, puis enregistrez.",
                format::money(*owed)
            ),
        ),
    }
}

/// What is asked before a payment is recorded: it is more than what is owed, or looks like another.
async fn doubts(write: &mut Write, voulu: &Voulu<'_>, owed: i64) -> Result<Vec<String>> {
    let mut doubts = Vec::new();
    if voulu.montant > owed {
        doubts.push(if owed == 0 {
            format!("Tout est déjà payé\u{a0}: {} serait entièrement un trop-perçu.", format::money(voulu.montant))
        } else {
            format!("{} est dû\u{a0}: {} serait un trop-perçu.", format::money(owed), format::money(voulu.montant - owed))
        });
    }
    if let Some(alike) = queries::last_of(&mut write.tx, voulu, true).await? {
        doubts.push(format!("Un paiement du même montant, reçu le même jour, est déjà enregistré (quittance {}).", alike.quittance));
    }
    Ok(doubts)
}

#[post("/declarations/<id>/paiement", data = "<sent>")]
async fn pay(id: i64, personne: Personne, sent: Paires, context: &State<Context>) -> Result<Reply> {
    let (personne, declaration) = declaration(context, &personne, id).await?;
    let (today, typed) = (context.clock.today(), &sent.0);
    let mut write = context.db.write().await?;
    regie::lock(&mut write.tx, declaration.collectivite_id).await?;
    let jeton = typed.get("jeton").map_or("", String::as_str);
    if let Some(paid) = queries::by_token(&mut write.tx, jeton).await? {
        write.rollback().await?;
        return Ok(done(paid, Tone::Info, "Ce paiement est déjà enregistré."));
    }
    let dues = regie::open_dues(&mut write.tx, declaration.collectivite_id, payeur(&declaration)).await?;
    let excess = regie::excess(&mut write.tx, declaration.collectivite_id, payeur(&declaration)).await?;
    let owed: i64 = dues.iter().map(|due| due.reste).sum();
    let mut again = typed.clone();
    again.insert("vu".into(), owed.to_string());
    let page = |status, faults: &[(&'static str, String)], confirm: Option<&[String]>| {
        let shown = Shown { declaration: &declaration, dues: &dues, excess, typed: &again, faults, confirm };
        Ok(Reply::Page((status, layout::page(&personne.frame, views::TITLE, &views::form(&shown)))))
    };
    if jeton.len() < 20 {
        return Err(Error::invalid("Ce formulaire est incomplet. Rouvrez la page du paiement, et recommencez."));
    }
    let (moyen, montant, reference, recu_le) = match read(typed, today) {
        Ok(read) => read,
        Err(faults) => {
            write.rollback().await?;
            return page(Status::UnprocessableEntity, &faults, None);
        }
    };
    let voulu = Voulu { collectivite: declaration.collectivite_id, payeur: payeur(&declaration), moyen, montant, reference, recu_le, jeton };
    let vu = typed.get("vu").and_then(|vu| vu.parse().ok()).unwrap_or(-1);
    if let Some(obstacle) = queries::obstacle(&mut write.tx, &voulu, vu).await? {
        write.rollback().await?;
        return page(Status::Conflict, &[told(&obstacle, today)], None);
    }
    let asked = doubts(&mut write, &voulu, owed).await?;
    if !asked.is_empty() && typed.get("confirme").map(String::as_str) != Some(&*montant.to_string()) {
        write.rollback().await?;
        return page(Status::Ok, &[], Some(&asked));
    }
    let (paid, quittance) = record(&mut write, &personne, (&declaration, &voulu), today).await?;
    write.commit().await?;
    Ok(done(paid, Tone::Success, &format!("{} encaissé, quittance {quittance}.", format::money(montant))))
}

fn done(id: i64, tone: Tone, text: &str) -> Reply {
    Reply::Done(Box::new(Flash::new(Redirect::to(format!("/paiements/{id}")), tone.flash_kind(), text)))
}

async fn record(write: &mut Write, personne: &Personne, (declaration, voulu): (&Declaration, &Voulu<'_>), today: NaiveDate) -> Result<(i64, String)> {
    let who = personne.reader.user_id;
    let word = MOYENS.iter().find(|(code, ..)| *code == voulu.moyen).map_or("", |(_, word, _)| word);
    let libelle = format!("{word} de {}", declaration.declarant);
    let operation =
        Operation { collectivite: voulu.collectivite, genre: "encaissement", jour: today, libelle: &libelle, motif: None, par: Some(who) };
    let cashed = regie::cash(&mut write.tx, &operation, voulu.payeur, (voulu.moyen, voulu.montant), Some(declaration.id)).await?;
    let (id, quittance) = queries::record(&mut write.tx, voulu, cashed, (today.year(), who)).await?;
    note(
        write,
        personne,
        (id, voulu.collectivite, voulu.payeur),
        Action::Create,
        json!({"paiement": format!("{quittance}\u{a0}: {}", format::money(voulu.montant))}),
    )
    .await?;
    Ok((id, quittance))
}

/// Notes what was done to a payment, and says to whom it shows.
async fn note(
    write: &mut Write,
    personne: &Personne,
    (id, collectivite, payeur): (i64, i32, Payeur<'_>),
    action: Action,
    detail: serde_json::Value,
) -> Result<()> {
    let place = Reader::place(collectivite.into());
    journal::note_at(&mut write.tx, &personne.actor, action, ("paiement", &id.to_string()), &detail, std::slice::from_ref(&place)).await?;
    write.touch("regie", &place);
    for commune in queries::communes(&mut write.tx, collectivite, payeur).await? {
        write.touch("regie", &commune);
    }
    Ok(())
}

#[get("/paiements/<id>?<de>")]
async fn file(id: i64, de: Option<&str>, personne: Personne, referrer: Referrer, context: &State<Context>) -> Result<Markup> {
    allowed(&personne)?;
    let mut connection = context.db.statement().acquire().await?;
    let paiement = queries::one(&mut connection, &personne.reader, id).await?.ok_or_else(unknown)?;
    let lines = regie::lines_of(&mut connection, Some(paiement.operation_id), None).await?;
    let reversed = regie::reversed_by(&mut connection, paiement.operation_id).await?;
    drop(connection);
    let around = fiche::around(context, &personne, (&PAIEMENTS, id), de, &referrer).await?;
    let level = personne.reader.level_of(PAIEMENTS.access, &[Reader::place(paiement.collectivite_id.into())]);
    Ok(layout::page(&personne.frame, &paiement.quittance, &views::file((&paiement, level), &lines, reversed.as_ref(), around.as_ref())))
}

#[derive(FromForm)]
struct Reason<'r> {
    motif: &'r str,
}

#[post("/paiements/<id>/annulation", data = "<sent>")]
async fn cancel(id: i64, personne: Personne, sent: Envoi<Reason<'_>>, context: &State<Context>) -> Result<Reply> {
    allowed(&personne)?;
    let personne = personne.at(PAIEMENTS.access, Niveau::Valider)?;
    let today = context.clock.today();
    let mut write = context.db.write().await?;
    let paiement = queries::one(&mut write.tx, &personne.reader, id).await?.ok_or_else(unknown)?;
    let motif = sent.motif.trim();
    if let Err(why) = Saisie::Texte(MOTIF_MAX).check(motif, &[], today) {
        write.rollback().await?;
        return Ok(done(id, Tone::Warning, &format!("Motif\u{a0}: {why} Rien n’est annulé.")));
    }
    if motif.is_empty() {
        write.rollback().await?;
        return Ok(done(id, Tone::Warning, "Motif\u{a0}: dites pourquoi ce paiement est annulé. Rien n’est annulé."));
    }
    regie::lock(&mut write.tx, paiement.collectivite_id).await?;
    if !queries::cancel(&mut write.tx, &paiement, motif, (today, personne.reader.user_id)).await? {
        write.rollback().await?;
        return Ok(done(id, Tone::Info, "Ce paiement est déjà annulé\u{a0}: rien n’a changé."));
    }
    note(
        &mut write,
        &personne,
        (id, paiement.collectivite_id, paiement.payeur()),
        Action::Change,
        json!({"annulation": paiement.quittance, "motif": motif}),
    )
    .await?;
    write.commit().await?;
    Ok(done(
        id,
        Tone::Success,
        &format!("La quittance {} est annulée\u{a0}: son montant est de nouveau dû. Elle garde son numéro.", paiement.quittance),
    ))
}

/// The operation of a line of the journal, whole.
#[get("/ecritures/<id>?<de>")]
async fn entry(id: i64, de: Option<&str>, personne: Personne, referrer: Referrer, context: &State<Context>) -> Result<Markup> {
    allowed(&personne)?;
    let mut connection = context.db.statement().acquire().await?;
    let found = queries::operation(&mut connection, &personne.reader, id).await?;
    let operation = found.ok_or_else(|| Error::out_of_reach("Cette écriture n’existe pas ou n’est pas dans votre périmètre."))?;
    let lines = regie::lines_of(&mut connection, Some(operation.id), None).await?;
    drop(connection);
    let around = fiche::around(context, &personne, (&ECRITURES, id), de, &referrer).await?;
    Ok(layout::page(&personne.frame, &operation.libelle, &views::operation((&operation, id), &lines, around.as_ref())))
}
