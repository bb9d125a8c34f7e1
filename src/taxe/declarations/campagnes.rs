//! The page of a campaign, with what opens, closes and reminds; the calendar of a year.

use chrono::Datelike;
use maud::{Markup, html};
use rocket::response::Redirect;
use rocket::{Route, State, get, post, routes as collect};
use serde_json::json;

use super::calendriers::{CAMPAGNE, CAMPAGNES, ECHEANCES, GENRES};
use super::etats;
use super::jobs::Ouverture;
use super::list::{A_RELANCER, DECLARATIONS, defaillants};
use super::model::{Campagne, Compte, Date};
use super::{queries, views};
use crate::comptes::Personne;
use crate::context::Context;
use crate::journal::{self, Action, Line};
use crate::listing::{Around, Niveau, Reader};
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::http::{Address, Flash, Referrer};
use crate::platform::jobs::{self, Requester};
use crate::records::edit_link;
use crate::taxe::fiche;
use crate::taxe::sejours::allowed;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge};
use crate::ui::{format, layout};

/// Lines of its history told.
const TOLD: i64 = 50;
/// Years that a calendar may be of.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2100;

type Back = Result<Box<Flash<Redirect>>>;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![file, open, close, reopen, remind, calendar, late]
}

fn unknown() -> Error {
    Error::out_of_reach("Cette campagne n’existe pas ou n’est pas dans votre périmètre.")
}

#[get("/campagnes/<id>?<de>")]
async fn file(personne: Personne, id: i64, de: Option<&str>, referrer: Referrer, context: &State<Context>) -> Result<Markup> {
    allowed(&personne)?;
    let mut connection = context.db.statement().acquire().await?;
    let campagne = queries::campagne(&mut connection, &personne.reader, id, false).await?.ok_or_else(unknown)?;
    drop(connection);
    let comptes = queries::comptes(&context.db, id).await?;
    let around = fiche::around(context, &personne, (&CAMPAGNES, id), de, &referrer).await?;
    let lines = journal::history(&context.db.statement(), CAMPAGNE.object, &id.to_string(), TOLD).await?;
    let level = personne.reader.level_of(CAMPAGNES.access, &[Reader::place(campagne.collectivite_id.into())]);
    Ok(layout::page(&personne.frame, &campagne.nom, &page((&campagne, level), &comptes, around.as_ref(), &lines)))
}

/// A campaign that is held, in a transaction of its own, within the rights of a level.
async fn held(context: &Context, personne: &Personne, id: i64, niveau: Niveau) -> Result<(Personne, Write, Campagne)> {
    allowed(personne)?;
    let personne = personne.at(CAMPAGNES.access, niveau)?;
    let mut write = context.db.write().await?;
    let now = queries::campagne(&mut write.tx, &personne.reader, id, true).await?.ok_or_else(unknown)?;
    Ok((personne, write, now))
}

fn back(id: i64, tone: Tone, text: impl Into<String>) -> Back {
    Ok(Box::new(Flash::new(Redirect::to(format!("/campagnes/{id}")), tone.flash_kind(), text)))
}

/// Notes what was done to a campaign, and says to whom it shows: its collectivité, and the communes of its declarations.
async fn note(write: &mut Write, personne: &Personne, now: &Campagne, what: &str) -> Result<()> {
    let place = Reader::place(now.collectivite_id.into());
    let object = (CAMPAGNE.object, &*now.id.to_string());
    journal::note_at(&mut write.tx, &personne.actor, Action::Change, object, &json!({"campagne": what}), std::slice::from_ref(&place)).await?;
    write.touch("campagnes", &place);
    for commune in queries::communes(&mut write.tx, now.id).await? {
        write.touch("declarations", &commune);
    }
    Ok(())
}

#[post("/campagnes/<id>/ouverture")]
async fn open(id: i64, personne: Personne, context: &State<Context>) -> Back {
    let (personne, mut write, now) = held(context, &personne, id, Niveau::Valider).await?;
    let again = now.etat == "ouverte";
    if !again && !queries::open(&mut write.tx, id, personne.reader.user_id).await? {
        write.rollback().await?;
        let text = if now.etat == "close" { "Cette campagne est close\u{a0}: rouvrez-la d’abord." } else { "Cette campagne s’ouvre déjà." };
        return back(id, Tone::Info, text);
    }
    let titre = format!("Ouverture de la campagne «\u{a0}{}\u{a0}»", now.nom);
    let requester = Requester { user_id: Some(personne.reader.user_id), collectivite_id: Some(now.collectivite_id) };
    jobs::enqueue(&mut write, &Ouverture { campagne: id, personne: Some(personne.reader.user_id), titre }, requester).await?;
    note(&mut write, &personne, &now, if again { "complétée" } else { "ouverture demandée" }).await?;
    write.commit().await?;
    back(id, Tone::Success, format!("{}\u{a0}: les déclarations attendues sont en préparation. Cette page les compte à mesure.", now.nom))
}

#[post("/campagnes/<id>/cloture")]
async fn close(id: i64, personne: Personne, context: &State<Context>) -> Back {
    let (personne, mut write, now) = held(context, &personne, id, Niveau::Valider).await?;
    let Some((closed, missing)) = queries::close(&mut write.tx, id, personne.reader.user_id).await? else {
        write.rollback().await?;
        let text = if now.etat == "close" {
            "Cette campagne est déjà close."
        } else {
            "Cette campagne n’est pas ouverte\u{a0}: il n’y a rien à clore."
        };
        return back(id, Tone::Info, text);
    };
    let told = format!(
        "{} et {}",
        format::counted(closed, "déclaration arrêtée", "déclarations arrêtées"),
        format::counted(missing, "défaillant", "défaillants")
    );
    note(&mut write, &personne, &now, &format!("close\u{a0}: {told}")).await?;
    write.commit().await?;
    back(id, Tone::Success, format!("{} est close\u{a0}: {told}.", now.nom))
}

#[post("/campagnes/<id>/reouverture")]
async fn reopen(id: i64, personne: Personne, context: &State<Context>) -> Back {
    let (personne, mut write, now) = held(context, &personne, id, Niveau::Valider).await?;
    if !queries::reopen(&mut write.tx, id, personne.reader.user_id).await? {
        write.rollback().await?;
        return back(id, Tone::Info, "Cette campagne n’est pas close\u{a0}: il n’y a rien à rouvrir.");
    }
    note(&mut write, &personne, &now, "rouverte").await?;
    write.commit().await?;
    back(id, Tone::Success, format!("{} est rouverte.", now.nom))
}

#[post("/campagnes/<id>/relance")]
async fn remind(id: i64, personne: Personne, context: &State<Context>) -> Back {
    let (personne, mut write, now) = held(context, &personne, id, Niveau::Valider).await?;
    if !["ouverte", "close"].contains(&now.etat.as_str()) {
        write.rollback().await?;
        return back(id, Tone::Info, "Cette campagne n’est pas ouverte\u{a0}: personne n’est à relancer.");
    }
    let count = queries::remind_all(&mut write.tx, id, (context.clock.today(), personne.reader.user_id)).await?;
    if count == 0 {
        write.rollback().await?;
        return back(id, Tone::Info, "Personne n’est à relancer aujourd’hui.");
    }
    let told = format::counted(i64::try_from(count).unwrap_or(i64::MAX), "relance notée", "relances notées");
    note(&mut write, &personne, &now, &told).await?;
    write.commit().await?;
    back(id, Tone::Success, format!("{}\u{a0}: {told}. Exportez la liste des défaillants pour leur écrire.", now.nom))
}

/// Those who did not deposit and let, whose last day is past: the list of declarations under that question.
#[get("/defaillants")]
async fn late(personne: Personne, context: &State<Context>) -> Result<Redirect> {
    allowed(&personne)?;
    let yesterday = context.clock.today().pred_opt().unwrap_or_default();
    let asked = DECLARATIONS.asked(&[("loue", &true), ("limite_max", &yesterday), ("tri", &"-attendu")]);
    Ok(Redirect::to(A_RELANCER.iter().fold(asked, |asked, etat| asked.with("etat", etat)).to_string()))
}

#[get("/calendrier?<annee>")]
async fn calendar(personne: Personne, annee: Option<i32>, context: &State<Context>) -> Result<Markup> {
    allowed(&personne)?;
    let year = annee.filter(|year| YEARS.contains(year)).unwrap_or_else(|| context.clock.today().year());
    let dates = queries::calendar(&context.db, &personne.reader, year).await?;
    let title = format!("Calendrier {year}");
    Ok(layout::page(&personne.frame, &title, &months(year, &dates, context.clock.today())))
}

fn page((campagne, level): (&Campagne, Option<Niveau>), comptes: &[Compte], around: Option<&Around>, lines: &[Line]) -> Markup {
    let (label, tone) = etats::CAMPAGNE.words(&campagne.etat);
    let genre = GENRES.iter().find(|(code, ..)| *code == campagne.genre).map_or("", |(_, label, _)| label);
    html! {
        (fiche::trail(&CAMPAGNES, campagne.id, None, &campagne.nom, around))
        div class="titre-page" { h1 { (campagne.nom) } (badge(Tone::from_code(tone), label)) }
        (fiche::neighbours(&CAMPAGNES, campagne.id, around, &edit_link(level, &CAMPAGNES, campagne.id)))
        dl class="fiche" {
            div { dt { "Qui déclare" } dd { (genre) } }
            div { dt { "Période" } dd { "du " (format::date_long(campagne.debut)) " au " (format::date_long(campagne.fin)) } }
            div { dt { "À déclarer au plus tard le" } dd { (format::date_long(campagne.limite)) } }
            @if let Some(when) = campagne.ouverte_le { div { dt { "Ouverte le" } dd { (format::instant(when)) } } }
            @if let Some(when) = campagne.close_le { div { dt { "Close le" } dd { (format::instant(when)) } } }
        }
        @if level >= Some(Niveau::Valider) { (gestures(campagne)) }
        (states(campagne, comptes))
        (views::history(lines))
    }
}

fn gestures(campagne: &Campagne) -> Markup {
    let button = |end: &str, word: &str, symbol: &str, main: bool| {
        html! { form class="en-ligne" method="post" action={ "/campagnes/" (campagne.id) "/" (end) } {
            button class={ "bouton" (if main { " principal" } else { "" }) } type="submit" id={ "f-" (end) } { (icon(symbol)) (word) }
        } }
    };
    html! {
        div class="actions a-l-ecran" {
            @match campagne.etat.as_str() {
                "preparee" => (button("ouverture", "Ouvrir la campagne", "play", true)),
                "ouverte" => {
                    (button("relance", "Noter une relance de tous les défaillants", "bell", true))
                    (button("ouverture", "Ajouter les hébergeurs arrivés depuis", "plus", false))
                    (button("cloture", "Clore la campagne", "ban", false))
                }
                "close" => {
                    (button("relance", "Noter une relance de tous les défaillants", "bell", true))
                    (button("reouverture", "Rouvrir", "undo-2", false))
                }
                _ => p class="discret" { "Les déclarations attendues sont en préparation. Rechargez la page dans un instant." },
            }
        }
    }
}

fn states(campagne: &Campagne, comptes: &[Compte]) -> Markup {
    let total = |value: fn(&Compte) -> i64| comptes.iter().map(value).sum::<i64>();
    html! {
        section id="etats" {
            h2 { "Déclarations" }
            @if comptes.is_empty() { p class="discret" { "Aucune déclaration. Elles sont faites à l’ouverture\u{a0}: une par hébergeur qui loue et par commune." } }
            @else {
                div class="defile" {
                    table class="liste" {
                        caption { "Par état\u{a0}; la taxe est celle des séjours saisis" }
                        thead { tr { th scope="col" { "État" } th scope="col" class="nombre" { "Déclarations" } th scope="col" class="nombre" { "Taxe" } th scope="col" class="nombre" { "L’an passé" } } }
                        tbody {
                            @for compte in comptes { tr {
                                th scope="row" data-libelle="État" { a href=(DECLARATIONS.asked(&[("campagne", &campagne.id), ("etat", &compte.etat)])) { (views::etat(&compte.etat)) } }
                                td class="nombre" data-libelle="Déclarations" { (format::integer(compte.nombre)) }
                                td class="nombre" data-libelle="Taxe" { (format::money(compte.montant)) }
                                td class="nombre" data-libelle="L’an passé" { (format::money(compte.attendu)) }
                            } }
                            tr {
                                th scope="row" { a href=(DECLARATIONS.asked(&[("campagne", &campagne.id)])) { "Toutes" } }
                                td class="nombre" data-libelle="Déclarations" { (format::integer(total(|one| one.nombre))) }
                                td class="nombre" data-libelle="Taxe" { (format::money(total(|one| one.montant))) }
                                td class="nombre" data-libelle="L’an passé" { (format::money(total(|one| one.attendu))) }
                            }
                        }
                    }
                }
                p class="actions" { a class="bouton" href=(defaillants(campagne.id)) { (icon("list")) "Défaillants, par taxe de l’an passé" } }
            }
        }
    }
}

fn months(year: i32, dates: &[Date], today: chrono::NaiveDate) -> Markup {
    let link = |year: i32| Address::of("/calendrier".to_string()).with("annee", year);
    html! {
        h1 { "Calendrier " (year) }
        p class="discret" { "Les derniers jours pour déclarer (campagnes) et pour payer (échéances). Ce sont deux calendriers\u{a0}: la délibération fixe l’un et l’autre." }
        nav class="voisins" aria-label="Années" {
            a class="bouton" href=(link(year - 1)) { (icon("chevron-left")) (year - 1) }
            a class="bouton" href=(link(year + 1)) { (year + 1) (icon("chevron-right")) }
            a class="bouton" href=(CAMPAGNES.address()) { "Campagnes" }
            a class="bouton" href=(ECHEANCES.address()) { "Échéances" }
        }
        @for month in 1..=12_u32 {
            @let here: Vec<&Date> = dates.iter().filter(|date| date.jour.month() == month).collect();
            @if !here.is_empty() {
                section class="ajouts" {
                    h2 { (format::month_name(month)) " " (year) }
                    ul class="periodes" { @for date in here { (one_date(date, today)) } }
                }
            }
        }
        @if dates.is_empty() { p { "Aucune date en " (year) " dans votre périmètre. Créez les campagnes et les échéances que dit la délibération." } }
    }
}

fn one_date(date: &Date, today: chrono::NaiveDate) -> Markup {
    let campaign = date.quoi == "campagne";
    let genre = GENRES.iter().find(|(code, ..)| *code == date.genre).map_or("", |(_, label, _)| label);
    let address = if campaign { CAMPAGNES.page(date.id) } else { ECHEANCES.page(date.id) };
    let (label, tone) = etats::CAMPAGNE.words(&date.etat);
    html! {
        li { div {
            strong { (format::date_long(date.jour)) } "\u{a0}: " (if campaign { "déclarer" } else { "payer" }) ", "
            a href=(address) { (date.nom) } " (" (genre) ", " (date.collectivite) ") " @if campaign { (badge(Tone::from_code(tone), label)) }
            @if date.jour < today && date.etat == "ouverte" { " " (badge(Tone::Warning, "Date passée")) }
            br; span class="discret" { "du " (format::date(date.debut)) " au " (format::date(date.fin)) }
        } }
    }
}
