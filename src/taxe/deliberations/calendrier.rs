//! The year of a deliberation: what the law sets a day for, and where each collectivité of the person stands.

use chrono::{Datelike, NaiveDate};
use maud::{Markup, html};
use rocket::{Route, State, get, routes as collect};

use super::fiche::opens;
use super::list::DELIBERATIONS;
use super::queries::{self, Avancement, Regle};
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::{Access, Menu, Module, Niveau, Rubrique};
use crate::platform::error::{Error, Result};
use crate::platform::http::Address;
use crate::ui::icon::icon;
use crate::ui::layout::Group;
use crate::ui::message::{Tone, badge};
use crate::ui::{format, layout};

/// The deadlines, in their order, and what each asks.
const ETAPES: [(&str, &str); 3] = [
    ("deliberer", "Prendre la délibération"),
    ("saisie_ouverte", "La saisie dans DELTA s’ouvre"),
    ("transmettre", "Transmettre la délibération à la DGFiP, dans DELTA"),
];

/// Its page in the menu.
pub static MENU: &[&Rubrique] = &[&Rubrique {
    label: "Calendrier des tarifs",
    href: "/deliberations/calendrier",
    menu: Menu::at(Group::Rates, 43, "calendar"),
    access: &[Access::Droit(Module::Taxe, Niveau::Lire)],
}];

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![calendar]
}

#[get("/deliberations/calendrier?<annee>")]
async fn calendar(annee: Option<i32>, personne: Personne, context: &State<Context>) -> Result<Markup> {
    opens(&personne)?;
    let today = context.clock.today();
    let year = annee.unwrap_or(today.year() + 1);
    if !(2016..=2100).contains(&year) {
        return Err(Error::invalid("Choisissez une année de 2016 à 2100."));
    }
    let first = NaiveDate::from_ymd_opt(year, 1, 1).ok_or_else(|| Error::invalid("Cette année n’existe pas."))?;
    // The rules are those of the year before, when the council decides.
    let rules = queries::regles(context.db.statement(), NaiveDate::from_ymd_opt(year - 1, 6, 1).unwrap_or(first)).await?;
    let steps: Vec<(&str, &Regle, NaiveDate)> =
        ETAPES.iter().filter_map(|(code, words)| Some((*words, rules.get(*code)?, rules.get(*code)?.echeance(year)?))).collect();
    let all = queries::avancements(&context.db, &personne.reader, first).await?;
    let limit = |code: &str| rules.get(code).and_then(|rule| rule.echeance(year));
    let of = |year: i32| Address::of("/deliberations/calendrier").with("annee", year);
    let body = html! {
        (DELIBERATIONS.trail(&[], "Calendrier"))
        h1 { "Tarifs de " (year) "\u{a0}: le calendrier" }
        p class="actions" {
            a class="bouton" href=(of(year - 1)) { (icon("chevron-left")) (year - 1) }
            a class="bouton" href=(of(year + 1)) { (year + 1) (icon("chevron-right")) }
            a class="bouton" href="/deliberations/simulateur" { (icon("activity")) "Simulateur" }
            a class="bouton" href="/bareme" { (icon("list")) "Barème légal" }
        }
        h2 { "Ce que la loi date" }
        ol class="etapes-de-l-annee" {
            @for (words, rule, day) in &steps {
                li { strong { (format::date_long(*day)) } "\u{a0}: " (words) @if rule.code != "saisie_ouverte" { ", avant ce jour" } " (" (rule.article) "). " (remains(*day, today)) }
            }
            li { strong { "1er janvier " (year) } "\u{a0}: les tarifs s’appliquent." }
        }
        h2 { "Vos collectivités" }
        @if all.is_empty() { p class="discret" { "Aucune de vos collectivités n’a de délibération connue." } }
        @else { (progress(&all, (year, today), (limit("deliberer"), limit("transmettre")))) }
    };
    Ok(layout::page(&personne.frame, "Calendrier des tarifs", &body))
}

/// How far a day is.
fn remains(day: NaiveDate, today: NaiveDate) -> Markup {
    match (day - today).num_days() {
        ..0 => badge(Tone::Plain, "Passé"),
        0 => badge(Tone::Warning, "Aujourd’hui"),
        days @ 1..=30 => badge(Tone::Warning, &format!("Dans {}", format::counted(days, "jour", "jours"))),
        days => badge(Tone::Info, &format!("Dans {}", format::counted(days, "jour", "jours"))),
    }
}

fn progress(all: &[Avancement], (year, today): (i32, NaiveDate), (decide, send): (Option<NaiveDate>, Option<NaiveDate>)) -> Markup {
    let late = |limit: Option<NaiveDate>| limit.is_some_and(|limit| today >= limit);
    html! {
        section class="defile" tabindex="0" aria-labelledby="titre-avancement" {
            table class="liste" {
                caption id="titre-avancement" { "Où en est chacune pour le 1er janvier " (year) }
                thead { tr { th scope="col" { "Collectivité" } th scope="col" { "S’appliquera" } th scope="col" { "Brouillon" } th scope="col" { "Délibérée" } th scope="col" { "Transmise" } } }
                tbody {
                    @for one in all {
                        // What was decided before goes on when nobody decides otherwise: nothing is late of it.
                        @let new = one.effet.is_some_and(|day| day.year() == year);
                        tr {
                            th scope="row" data-libelle="Collectivité" { (one.collectivite) }
                            td data-libelle="S’appliquera" {
                                @match (one.en_vigueur, one.date_deliberation) {
                                    (Some(id), Some(day)) => a href={ "/deliberations/" (id) } { "Délibération du " (format::date(day)) },
                                    _ => (badge(Tone::Warning, "Aucune")),
                                }
                            }
                            td data-libelle="Brouillon" { @if let Some(id) = one.brouillon { a href={ "/deliberations/" (id) } { "Ouvrir" } } @else { "—" } }
                            td data-libelle="Délibérée" {
                                @match (new, one.date_deliberation, decide) {
                                    (true, Some(day), Some(limit)) if day >= limit => (badge(Tone::Failure, "Hors délai")),
                                    (true, Some(_), _) => (badge(Tone::Success, "Dans les délais")),
                                    (false, Some(_), _) => "reconduite",
                                    _ if late(decide) => (badge(Tone::Failure, "Délai passé")),
                                    _ => (badge(Tone::Info, "À prendre")),
                                }
                            }
                            td data-libelle="Transmise" {
                                @match (new, one.transmise_le, send) {
                                    (true, Some(day), Some(limit)) if day >= limit => { (badge(Tone::Failure, "Hors délai")) " " (format::date(day)) },
                                    (true, Some(day), _) => { (badge(Tone::Success, "Transmise")) " " (format::date(day)) },
                                    (true, None, _) if late(send) => (badge(Tone::Failure, "Délai passé")),
                                    (true, None, _) => (badge(Tone::Warning, "À transmettre")),
                                    _ => "—",
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
