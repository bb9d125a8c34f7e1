//! The page of a deliberation, and what is noted of one in force.

use chrono::{Datelike, NaiveDate};
use maud::{Markup, html};
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes as collect};
use serde_json::{Value, json};

use super::list::DELIBERATIONS;
use super::model;
use super::queries::{self, Ligne};
use super::record::DELIBERATION;
use super::views::{self, Montree};
use crate::champs::Saisie;
use crate::comptes::{Envoi, Personne};
use crate::context::Context;
use crate::fiches;
use crate::journal::{self, Action};
use crate::listing::{Niveau, Reader};
use crate::pieces;
use crate::platform::error::{Error, Result};
use crate::platform::http::{Address, Flash, Referrer};
use crate::recherche;
use crate::records;
use crate::taxe::fiche;
use crate::territoire::periode_en_mots;
use crate::ui::icon::icon;
use crate::ui::{format, layout};

/// What a new version does not take from the one before: it has its own.
const PROPRES: [&str; 7] = ["reference", "date_deliberation", "applicable_du", "applicable_au", "transmise_le", "observations", "communes"];

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![file, follow, set_aside]
}

/// Whether these pages open to the person.
///
/// # Errors
/// They have no right on the tax.
pub fn opens(personne: &Personne) -> Result<()> {
    if personne.reader.may(DELIBERATIONS.access) {
        Ok(())
    } else {
        Err(Error::forbidden("Vos droits ne donnent pas accès aux données de la taxe."))
    }
}

/// The places of a deliberation, of those whose collectivité is here.
pub fn places(line: &Ligne) -> Vec<String> {
    line.collectivite_id.map(|id| Reader::place(id.into())).into_iter().collect()
}

/// What the person may do with a deliberation.
pub fn level(personne: &Personne, line: &Ligne) -> Option<Niveau> {
    personne.reader.level_of(DELIBERATIONS.access, &places(line))
}

/// Deliberation `id`, when the person may see it.
pub async fn seen(context: &Context, personne: &Personne, id: i64) -> Result<Ligne> {
    opens(personne)?;
    let found = queries::by_id(&context.db, &personne.reader, id).await?;
    found.ok_or_else(|| Error::out_of_reach("Cette délibération n’existe pas, ou c’est le brouillon d’une autre collectivité."))
}

/// The same, for whoever has this level on it.
pub async fn held(context: &Context, personne: &Personne, id: i64, niveau: Niveau) -> Result<Ligne> {
    let line = seen(context, personne, id).await?;
    if level(personne, &line) < Some(niveau) {
        return Err(Error::forbidden("Vos droits ne vont pas jusque-là pour cette collectivité. Voyez un administrateur de votre collectivité."));
    }
    Ok(line)
}

#[get("/deliberations/<id>?<de>")]
async fn file(personne: Personne, id: i64, de: Option<&str>, referrer: Referrer, context: &State<Context>) -> Result<Markup> {
    let one = seen(context, &personne, id).await?;
    let periodes = queries::periodes(context.db.statement(), &one).await?;
    let bornes = queries::bornes(context.db.statement(), queries::annee(one.applicable_du)).await?;
    let regles = queries::regles(context.db.statement(), one.date_deliberation.max(one.applicable_du)).await?;
    let communes = queries::communes(&context.db, &one.communes).await?;
    let autres = queries::autres(&context.db, &personne.reader, &one).await?;
    let around = fiche::around(context, &personne, (&DELIBERATIONS, id), de, &referrer).await?;
    let level = level(&personne, &one);
    recherche::opened(context, &personne, &DELIBERATIONS, id);
    let added = if level.is_some() { Some(pieces::read(context, &personne, &DELIBERATION, (id, &places(&one))).await?) } else { None };
    let history = if level.is_some() {
        fiches::history(context, &DELIBERATION, id, steps).await?
    } else {
        html! {}
    };
    let next = next(context, &personne, &one, level).await?;
    let today = context.clock.today();
    let shown = Montree { une: &one, periodes: &periodes, bornes: bornes.as_ref(), regles: &regles, communes: &communes, autres: &autres, today };
    let body = html! {
        (fiche::trail(&DELIBERATIONS, id, None, &views::nom(&one), around.as_ref()))
        div class="titre-page" { h1 { (views::nom(&one)) } (views::etat(&one, today)) }
        (fiche::neighbours(&DELIBERATIONS, id, around.as_ref(), &next))
        (views::faits(&shown))
        (views::periodes(&shown))
        (views::tarifs(&shown))
        (views::regles(&shown))
        @if one.etat == "en_vigueur" && level >= Some(Niveau::Gerer) { (following(&one)) }
        (views::autres(&shown))
        @if let Some(added) = &added { (pieces::sections(added, &fiche::here(&DELIBERATIONS, id, around.as_ref()))) }
        (history)
    };
    Ok(layout::page(&personne.frame, &views::nom(&one), &body))
}

/// What may be done next.
async fn next(context: &Context, personne: &Personne, one: &Ligne, level: Option<Niveau>) -> Result<Markup> {
    let (draft, enters) = (one.etat == "brouillon", level >= Some(Niveau::Saisir));
    let again = if enters { Some(prefilled(context, personne, one).await?) } else { None };
    Ok(html! {
        @if draft { (records::edit_link(level, &DELIBERATIONS, one.id)) }
        @if draft && level >= Some(Niveau::Gerer) { a class="bouton principal" href={ "/deliberations/" (one.id) "/vigueur" } { (icon("check")) "Mettre en vigueur" } }
        @if let Some((version, period)) = &again {
            @if draft { a class="bouton" href=(period) { (icon("plus")) "Ajouter une période" } }
            @else { a class="bouton" href=(version) { (icon("plus")) "Nouvelle version" } }
        }
        @if level.is_some() && !["abandonnee", "remplacee"].contains(&one.etat.as_str()) { a class="bouton" href=(views::simulation(one)) { (icon("activity")) "Simuler" } }
        a class="bouton" href={ "/deliberations/" (one.id) "/annexe" } { (icon("printer")) "Annexe" }
        @if draft && enters {
            form class="en-ligne" method="post" action={ "/deliberations/" (one.id) "/abandon" } {
                input type="hidden" name="version" value=(one.version);
                button class="bouton" type="submit" { (icon("archive")) "Abandonner" }
            }
        }
    })
}

/// The forms of a new version and of another period, filled with what this one says.
async fn prefilled(context: &Context, personne: &Personne, one: &Ligne) -> Result<(Address, Address)> {
    let writer = personne.at(DELIBERATIONS.access, Niveau::Saisir)?;
    let held = records::held(context, &writer, &DELIBERATION, one.id).await?;
    let filled = |but: &dyn Fn(&str) -> bool| {
        let mut address = DELIBERATIONS.page("nouveau");
        for field in DELIBERATION.fields().filter(|field| !but(field.name)) {
            let value = held.values.get(field.name).cloned().flatten();
            let text = match (field.name, value.as_deref()) {
                ("debut" | "fin", Some(day)) => periode_en_mots(day, day).rsplit_once(" au ").map(|(_, day)| day.to_string()).unwrap_or_default(),
                ("abattements", Some(kept)) => model::relues(kept).iter().map(model::tranche_en_mots).collect::<Vec<_>>().join(" ; "),
                (_, value) => field.saisie.in_field(value),
            };
            if !text.is_empty() {
                address = address.with(field.name, text);
            }
        }
        address
    };
    let year = context.clock.today().year().max(one.applicable_du.year()) + 1;
    let version = filled(&|name| PROPRES.contains(&name)).with("applicable_du", format!("01/01/{year}"));
    let period = filled(&|name| ["transmise_le", "debut", "fin"].contains(&name)).with("debut", "").with("fin", "");
    Ok((version, period))
}

/// What is noted of a deliberation in force.
fn following(one: &Ligne) -> Markup {
    let day = |day: Option<NaiveDate>| day.map_or_else(String::new, format::date);
    let field = |name, label, hint, typed: &str| {
        crate::champs::whole_field(&crate::champs::Whole {
            name,
            label,
            hint,
            saisie: &Saisie::Jour,
            options: &[],
            typed,
            wrong: None,
            required: false,
            focus: false,
        })
    };
    html! {
        h2 id="suivi" { "Suivi" }
        form class="carte" method="post" action={ "/deliberations/" (one.id) "/suivi" } {
            input type="hidden" name="version" value=(one.version);
            (field("transmise_le", "Transmise à la DGFiP le", "Dans DELTA, avant le 15 septembre (CGCT, art. R2333-43)", &day(one.transmise_le)))
            (field("applicable_au", "Applicable jusqu’au", "Vide\u{a0}: jusqu’à ce qu’une autre la remplace", &day(one.applicable_au)))
            p class="actions" { button class="bouton" type="submit" { (icon("check")) "Noter" } }
        }
    }
}

/// What a line of its history says beside its fields.
fn steps(detail: &Value) -> Vec<String> {
    let begun = detail["mise_en_vigueur"].as_str().map(|when| format!("Mise en vigueur {when}"));
    let dropped = (detail["abandon"].as_bool() == Some(true)).then(|| "Abandonnée".to_string());
    begun.into_iter().chain(dropped).collect()
}

#[derive(FromForm)]
struct Noted<'r> {
    #[field(default = "")]
    transmise_le: &'r str,
    #[field(default = "")]
    applicable_au: &'r str,
}

/// A day that may be left empty.
fn day(typed: &str, label: &str, today: NaiveDate) -> Result<Option<NaiveDate>> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let read = Saisie::Jour.check(typed.trim(), &[], today).map_err(|why| Error::invalid(format!("{label}\u{a0}: {why}")))?;
    Ok(read.parse().ok())
}

#[post("/deliberations/<id>/suivi", data = "<noted>")]
async fn follow(id: i64, personne: Personne, noted: Envoi<Noted<'_>>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let one = held(context, &personne, id, Niveau::Gerer).await?;
    let back = Redirect::to(format!("/deliberations/{id}"));
    if one.etat != "en_vigueur" {
        return Err(Error::Conflict("Cette délibération n’est pas en vigueur\u{a0}: rien n’est noté. Relisez sa fiche.".into()));
    }
    let today = context.clock.today();
    let (sent, last) = (day(noted.transmise_le, "Transmise à la DGFiP le", today)?, day(noted.applicable_au, "Applicable jusqu’au", today)?);
    if last.is_some_and(|last| last < one.applicable_du) {
        return Err(Error::invalid("Applicable jusqu’au\u{a0}: ce jour vient avant la date d’effet. Vérifiez les deux."));
    }
    let mut write = context.db.write().await?;
    queries::seul(&mut write.tx, &one.siren).await?;
    let ids: Vec<i64> = queries::periodes(&mut *write.tx, &one).await?.iter().map(|line| line.id).collect();
    queries::suivi(&mut write.tx, &ids, (sent, last), personne.reader.user_id).await?;
    let change = |before: Option<NaiveDate>, after: Option<NaiveDate>| json!({"avant": before, "apres": after});
    let detail = json!({"transmise_le": change(one.transmise_le, sent), "applicable_au": change(one.applicable_au, last)});
    journal::note_at(&mut write.tx, &personne.actor, Action::Change, (DELIBERATION.object, &id.to_string()), &detail, &places(&one)).await?;
    write.touch("communes", "");
    write.commit().await?;
    Ok(Flash::success(back, "C’est noté."))
}

#[derive(FromForm)]
struct Aside {
    version: i32,
}

#[post("/deliberations/<id>/abandon", data = "<aside>")]
async fn set_aside(id: i64, personne: Personne, aside: Envoi<Aside>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let one = held(context, &personne, id, Niveau::Saisir).await?;
    let mut write = context.db.write().await?;
    if !queries::abandonne(&mut write.tx, id, aside.version, personne.reader.user_id).await? {
        write.rollback().await?;
        return Ok(Flash::warning(
            Redirect::to(format!("/deliberations/{id}")),
            "Cette délibération a changé entre-temps\u{a0}: rien n’est abandonné. Relisez sa fiche.",
        ));
    }
    journal::note_at(
        &mut write.tx,
        &personne.actor,
        Action::Change,
        (DELIBERATION.object, &id.to_string()),
        &json!({"abandon": true}),
        &places(&one),
    )
    .await?;
    write.commit().await?;
    Ok(Flash::success(Redirect::to("/deliberations"), "Le brouillon est abandonné\u{a0}: il reste dans la liste, à l’état «\u{a0}Abandonnée\u{a0}»."))
}
