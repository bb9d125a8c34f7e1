//! Routes of a declaration: its page, its deposit, what is taken back and mended.

use maud::Markup;
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes as collect};
use serde_json::{Value, json};

use super::comptabilite::{self, Cause};
use super::list::DECLARATIONS;
use super::model::{Declaration, Depot, MOTIF_MAX};
use super::queries::{self, Vu};
use super::views;
use crate::champs::Saisie;
use crate::comptes::{Envoi, Personne};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::{Module, Niveau, Reader};
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::http::{Flash, Referrer};
use crate::recherche;
use crate::taxe::fiche;
use crate::taxe::regie;
use crate::taxe::sejours::allowed;
use crate::ui::message::Tone;
use crate::ui::{format, layout};

/// Lines of its history told.
const TOLD: i64 = 50;
/// Person-nights and cents of the totals of a month at most: beyond, a slip of the keyboard.
pub const NUITEES_MAX: i64 = 1_000_000;
pub const MONTANT_MAX: i64 = 1_000_000_000;

/// An answer that leads to the page of a declaration.
type Back = Result<Box<Flash<Redirect>>>;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![file, deposit, take_back, regularise, remind, add_total, remove_total]
}

fn unknown() -> Error {
    Error::out_of_reach("Cette déclaration n’existe pas ou n’est pas dans votre périmètre.")
}

#[get("/declarations/<id>?<de>")]
async fn file(personne: Personne, id: i64, de: Option<&str>, referrer: Referrer, context: &State<Context>) -> Result<Markup> {
    allowed(&personne)?;
    let mut connection = context.db.statement().acquire().await?;
    let declaration = queries::one(&mut connection, &personne.reader, id).await?.ok_or_else(unknown)?;
    drop(connection);
    let totaux = queries::totaux(&context.db, id).await?;
    let mut connection = context.db.statement().acquire().await?;
    let books = regie::lines_of(&mut connection, None, Some(id)).await?;
    drop(connection);
    let around = fiche::around(context, &personne, (&DECLARATIONS, id), de, &referrer).await?;
    let lines = journal::history(&context.db.statement(), "déclaration", &id.to_string(), TOLD).await?;
    recherche::opened(context, &personne, &DECLARATIONS, id);
    let level = personne.reader.level_in(Module::Taxe, &[&declaration.code_insee]);
    // As `paiements` lets in: a commune whose group of communes keeps the books sees them, and writes nothing there.
    let cashes = personne.reader.at(Niveau::Saisir).collectivites(Module::Taxe).contains(&declaration.collectivite_id);
    let body = views::file((&declaration, level), (&totaux, &books, cashes), around.as_ref(), (&lines, context.clock.today()));
    Ok(layout::page(&personne.frame, &declaration.numero, &body))
}

/// A declaration that is held, in a transaction of its own, within the rights of a level.
async fn held(context: &Context, personne: &Personne, id: i64, niveau: Niveau) -> Result<(Personne, Write, Declaration)> {
    allowed(personne)?;
    let personne = personne.at(DECLARATIONS.access, niveau)?;
    let mut write = context.db.write().await?;
    let now = queries::held(&mut write.tx, &personne.reader, id).await?.ok_or_else(unknown)?;
    Ok((personne, write, now))
}

fn back(id: i64, tone: Tone, text: impl Into<String>) -> Back {
    Ok(Box::new(Flash::new(Redirect::to(format!("/declarations/{id}")), tone.flash_kind(), text)))
}

/// Notes what was done to a declaration, and says to whom it shows.
async fn note(write: &mut Write, personne: &Personne, now: &Declaration, detail: Value) -> Result<()> {
    let places = std::slice::from_ref(&now.code_insee);
    journal::note_at(&mut write.tx, &personne.actor, Action::Change, ("déclaration", &now.id.to_string()), &detail, places).await?;
    write.touch("declarations", &now.code_insee);
    write.touch("declarations", &Reader::place(now.collectivite_id.into()));
    Ok(())
}

#[derive(FromForm)]
struct Deposit<'r> {
    /// The state of the campaign and the amount, in cents, that were on the page.
    vu: &'r str,
    montant: i64,
    /// « oui »: there was nothing to declare.
    neant: Option<&'r str>,
}

#[post("/declarations/<id>/depot", data = "<sent>")]
async fn deposit(id: i64, personne: Personne, sent: Envoi<Deposit<'_>>, context: &State<Context>) -> Back {
    let (personne, mut write, now) = held(context, &personne, id, Niveau::Saisir).await?;
    let vu = Vu { campagne: sent.vu, montant: sent.montant, neant: sent.neant == Some("oui") };
    let today = context.clock.today();
    match queries::deposit(&mut write.tx, &now, &vu, (today, personne.reader.user_id)).await? {
        Depot::Laisse(sentence) => {
            write.rollback().await?;
            back(id, Tone::Warning, sentence)
        }
        Depot::Fait(montant) => {
            let cause = Cause { genre: "declaration", words: "Déclaration déposée", motif: None };
            comptabilite::owe(&mut write, &now, cause, (now.base, now.departemental), (today, personne.reader.user_id)).await?;
            let told = if vu.neant { "néant".to_string() } else { format::money(montant) };
            note(&mut write, &personne, &now, json!({"declaration": format!("déposée\u{a0}: {told}")})).await?;
            write.commit().await?;
            let late = if today > now.limite || now.campagne_etat == "close" { " Elle est notée hors délai." } else { "" };
            back(id, Tone::Success, format!("{}\u{a0}: la déclaration est déposée, {told}.{late}", now.numero))
        }
    }
}

#[post("/declarations/<id>/retrait")]
async fn take_back(id: i64, personne: Personne, context: &State<Context>) -> Back {
    let (personne, mut write, now) = held(context, &personne, id, Niveau::Valider).await?;
    if now.campagne_etat == "close" {
        write.rollback().await?;
        return back(
            id,
            Tone::Warning,
            "La campagne est close\u{a0}: un dépôt ne se retire plus. Corrigez les séjours, puis régularisez avec un motif.",
        );
    }
    if !queries::take_back(&mut write.tx, id, personne.reader.user_id).await? {
        write.rollback().await?;
        return back(id, Tone::Info, "Cette déclaration n’est pas déposée\u{a0}: il n’y a rien à retirer.");
    }
    let cause = Cause { genre: "retrait", words: "Dépôt retiré", motif: None };
    let undone = (-now.arrete_base, -now.arrete_departemental);
    comptabilite::owe(&mut write, &now, cause, undone, (context.clock.today(), personne.reader.user_id)).await?;
    note(&mut write, &personne, &now, json!({"declaration": format!("dépôt retiré\u{a0}: {}", format::money(now.arrete()))})).await?;
    write.commit().await?;
    back(id, Tone::Success, format!("{}\u{a0}: le dépôt est retiré, la déclaration est de nouveau attendue.", now.numero))
}

#[derive(FromForm)]
struct Reason<'r> {
    motif: &'r str,
    /// The difference that was on the page, in cents.
    ecart: i64,
}

#[post("/declarations/<id>/regularisation", data = "<sent>")]
async fn regularise(id: i64, personne: Personne, sent: Envoi<Reason<'_>>, context: &State<Context>) -> Back {
    let (personne, mut write, now) = held(context, &personne, id, Niveau::Valider).await?;
    let motif = sent.motif.trim();
    let (base, departemental) = now.ecart();
    let why = match Saisie::Texte(MOTIF_MAX).check(motif, &[], context.clock.today()) {
        _ if motif.is_empty() => Some("Motif\u{a0}: dites pourquoi le montant change. Rien n’est régularisé.".into()),
        Err(why) => Some(format!("Motif\u{a0}: {why}")),
        Ok(_) if (base, departemental) == (0, 0) => Some("Les séjours disent ce qui est arrêté\u{a0}: il n’y a rien à régulariser.".into()),
        Ok(_) if base + departemental != sent.ecart => Some(format!(
            "Des séjours ont changé pendant que vous lisiez\u{a0}: l’écart est de {}, et non de {}. Relisez, puis recommencez.",
            format::money(base + departemental),
            format::money(sent.ecart)
        )),
        Ok(_) => None,
    };
    if let Some(why) = why {
        write.rollback().await?;
        return back(id, Tone::Warning, why);
    }
    queries::regularise(&mut write.tx, &now, personne.reader.user_id).await?;
    let cause = Cause { genre: "regularisation", words: "Régularisation", motif: Some(motif) };
    comptabilite::owe(&mut write, &now, cause, (base, departemental), (context.clock.today(), personne.reader.user_id)).await?;
    let told = format!("{}, de {} à {}", format::money(base + departemental), format::money(now.arrete()), format::money(now.montant()));
    note(&mut write, &personne, &now, json!({"regularisation": told, "motif": motif})).await?;
    write.commit().await?;
    back(id, Tone::Success, format!("{}\u{a0}: régularisée, {told}.", now.numero))
}

#[post("/declarations/<id>/relance")]
async fn remind(id: i64, personne: Personne, context: &State<Context>) -> Back {
    let (personne, mut write, now) = held(context, &personne, id, Niveau::Saisir).await?;
    if !queries::remind(&mut write.tx, id, (context.clock.today(), personne.reader.user_id)).await? {
        write.rollback().await?;
        let text = if now.a_deposer() {
            "Une relance est déjà notée aujourd’hui."
        } else {
            "Cette déclaration est déposée\u{a0}: il n’y a rien à relancer."
        };
        return back(id, Tone::Info, text);
    }
    note(&mut write, &personne, &now, json!({"relance": now.relances + 1})).await?;
    write.commit().await?;
    back(id, Tone::Success, format!("{}\u{a0}: relance n°\u{a0}{} notée.", now.numero, now.relances + 1))
}

#[derive(FromForm)]
struct NewTotal<'r> {
    mois: &'r str,
    nuitees: &'r str,
    montant: &'r str,
    departemental: &'r str,
}

#[post("/declarations/<id>/totaux", data = "<sent>")]
async fn add_total(id: i64, personne: Personne, sent: Envoi<NewTotal<'_>>, context: &State<Context>) -> Back {
    let (personne, mut write, now) = held(context, &personne, id, Niveau::Saisir).await?;
    let read = |label: &str, saisie: Saisie, typed: &str| {
        let typed = if typed.trim().is_empty() { "0" } else { typed.trim() };
        saisie.check(typed, &[], context.clock.today()).map_err(|why| format!("{label}\u{a0}: {why}"))
    };
    let values = (|| {
        let mois = Saisie::Mois.check(sent.mois.trim(), &[], context.clock.today()).map_err(|why| format!("Mois\u{a0}: {why}"))?;
        let nuitees = read("Nuitées", Saisie::Entier(0, NUITEES_MAX), sent.nuitees)?;
        let base = read("Taxe de séjour", Saisie::Montant(0, MONTANT_MAX), sent.montant)?;
        Ok::<_, String>((mois, nuitees, base, read("Taxe additionnelle", Saisie::Montant(0, MONTANT_MAX), sent.departemental)?))
    })();
    let parsed = values.and_then(|(mois, nuitees, base, departemental)| {
        let wrong = |_| "Ces totaux ne se lisent pas. Vérifiez-les.".to_string();
        let mois: chrono::NaiveDate = mois.parse().map_err(|_| "Mois\u{a0}: donnez un mois, par exemple 03/2026.".to_string())?;
        Ok((mois, nuitees.parse().map_err(wrong)?, base.parse().map_err(wrong)?, departemental.parse().map_err(wrong)?))
    });
    let why = match &parsed {
        Err(why) => Some(why.clone()),
        Ok(_) if !now.a_deposer() => Some("Cette déclaration est déposée\u{a0}: retirez le dépôt, ou corrigez par une régularisation.".into()),
        Ok((mois, ..)) if *mois > now.fin || mois.checked_add_months(chrono::Months::new(1)).is_none_or(|next| next <= now.debut) => {
            Some(format!("Mois\u{a0}: {} n’est pas de cette période.", format::month(*mois)))
        }
        Ok(_) => None,
    };
    let (Ok(total), None) = (parsed, &why) else {
        write.rollback().await?;
        return back(id, Tone::Warning, why.unwrap_or_default());
    };
    if !queries::add_total(&mut write.tx, id, total, personne.reader.user_id).await? {
        write.rollback().await?;
        return back(id, Tone::Warning, format!("{} a déjà ses totaux\u{a0}: retirez-les d’abord pour en saisir d’autres.", format::month(total.0)));
    }
    let told = format!("{}\u{a0}: {}", format::month(total.0), format::money(total.2 + total.3));
    note(&mut write, &personne, &now, json!({"total_mensuel": told})).await?;
    write.commit().await?;
    let both = if now.sejours > 0 { " Des séjours sont saisis aussi\u{a0}: vérifiez qu’ils ne sont pas comptés deux fois." } else { "" };
    back(id, if now.sejours > 0 { Tone::Warning } else { Tone::Success }, format!("Totaux enregistrés, {told}.{both}"))
}

#[derive(FromForm)]
struct OldTotal {
    total: i64,
}

#[post("/declarations/<id>/totaux/retrait", data = "<sent>")]
async fn remove_total(id: i64, personne: Personne, sent: Envoi<OldTotal>, context: &State<Context>) -> Back {
    let (personne, mut write, now) = held(context, &personne, id, Niveau::Saisir).await?;
    if !now.a_deposer() {
        write.rollback().await?;
        return back(id, Tone::Warning, "Cette déclaration est déposée\u{a0}: retirez le dépôt d’abord.");
    }
    let Some(mois) = queries::remove_total(&mut write.tx, id, sent.total).await? else {
        write.rollback().await?;
        return back(id, Tone::Info, "Ces totaux ne sont plus là.");
    };
    note(&mut write, &personne, &now, json!({"total_mensuel": format!("{}\u{a0}: retirés", format::month(mois))})).await?;
    write.commit().await?;
    back(id, Tone::Success, format!("Les totaux de {} sont retirés.", format::month(mois)))
}
