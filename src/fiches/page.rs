//! The page itself.

use maud::{Markup, html};
use rocket::{Route, State, get, routes as collect};

use super::suite;
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::Origin;
use crate::pieces;
use crate::platform::error::{Error, Result};
use crate::platform::http::Referrer;
use crate::recherche;
use crate::records::{self, Fait, Faits, Record, archive_form, edit_link};
use crate::ui::layout;
use crate::ui::message::{Tone, badge};

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![file]
}

#[get("/<liste>/<id>?<de>", rank = 9)]
async fn file(liste: &str, id: i64, de: Option<&str>, personne: Personne, referrer: Referrer, context: &State<Context>) -> Result<Markup> {
    let none = || Error::not_found("Cette page n’existe pas ou n’existe plus. Vérifiez l’adresse, ou repartez de l’accueil.");
    let record = Record::find(&context.catalogue, liste).filter(|record| record.fiche.is_some()).ok_or_else(none)?;
    let fiche = record.fiche.ok_or_else(none)?;
    if !personne.reader.may(record.list.access) {
        return Err(Error::forbidden("Vos droits ne donnent pas accès à ces données."));
    }
    let facts = records::facts(context, &personne, record, id).await?;
    records::note_reading(context, &personne, record, id).await?;
    let around = match Origin::read(record.list, de, referrer.0.as_deref(), context.clock.today(), &context.key) {
        Some(origin) => Some(origin.around(&context.db, &context.choices, &personne.reader, &context.key, id).await?),
        None => None,
    };
    recherche::opened(context, &personne, record.list, id);
    let mut after = Vec::new();
    for pendante in fiche.lists {
        after.push(suite::hanging(context, &personne, pendante, id).await?);
    }
    let back = around.as_ref().map_or_else(|| format!("/{liste}/{id}"), |around| around.file(record.list, id));
    if record.dossier {
        after.push(pieces::sections(&pieces::read(context, &personne, record, (id, &facts.places)).await?, &back));
    }
    after.push(suite::history(context, record, id, |_| Vec::new()).await?);
    let level = personne.reader.level_of(record.list.access, &facts.places);
    let list = around.as_ref().map_or_else(|| format!("/{liste}"), |around| around.back_to(id));
    let next = html! {
        @if let Some(around) = &around {
            @if let Some(previous) = &around.previous { a class="bouton" id="f-precedent" href=(previous) { "Précédent" } }
            @if let Some(following) = &around.next { a class="bouton" id="f-suivant" href=(following) { "Suivant" } }
        }
        (edit_link(level, record.list, id))
        @if record.archive.is_some() { (archive_form(level, record.list, (id, facts.version), facts.away)) }
        a class="bouton" id="f-liste" href=(list) { "Revenir à la liste" }
    };
    Ok(layout::page(&personne.frame, &facts.name, &view(record, (&facts, &list), &next, &after)))
}

fn view(record: &Record, (facts, list): (&Faits, &str), next: &Markup, after: &[Markup]) -> Markup {
    html! {
        (record.list.trail_from(list, &[], &facts.name))
        div class="titre-page" {
            h1 { (facts.name) }
            @if let Some((label, tone)) = facts.state { (badge(Tone::from_code(tone), label)) }
            @if facts.away { " " (badge(Tone::Warning, if record.list.feminine { "Archivée" } else { "Archivé" })) }
        }
        div class="voisins" { (next) }
        @for (rank, (title, values)) in facts.sections.iter().enumerate() {
            // One section is the page itself: its title would say the same twice.
            @if facts.sections.len() > 1 { h2 id={ "partie-" (rank) } { (title) } }
            dl class="fiche" { @for one in values { (fact(one)) } }
        }
        @for part in after { (part) }
    }
}

fn fact(fact: &Fait) -> Markup {
    html! {
        div class=[fact.long.then_some("longue")] {
            dt { (fact.label) }
            dd {
                @match (&fact.words, &fact.link) {
                    (Some(words), Some(link)) => a href=(link) { (words) },
                    (Some(words), None) if fact.long => { @for line in words.lines() { (line) br; } },
                    (Some(words), None) => (words),
                    (None, _) => "non renseigné",
                }
            }
        }
    }
}
