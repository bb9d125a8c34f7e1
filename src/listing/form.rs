//! The filter form of a list: one field per declared filter, a plain form that htmx enhances.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::filter::{EMPTY, FILLED};
use super::multiple::multiple_field;
use super::offered::Offered;
use super::options::Choice;
use super::parse::Given;
use super::query::Query;
use super::relative;
use super::spec::{Filter, FilterKind, List, Options};
use crate::ui::form::{Day, day_input};
use crate::ui::format;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, notice};

/// The form, whose fields follow the declaration: those used daily on its line, the others in a panel
/// that opens over the page.
pub(super) fn filter_form(query: &Query, offered: &Offered) -> Markup {
    let list = query.list;
    let address = format!("/{}", list.name);
    let shown = || list.filters.iter().filter(|filter| matters(query, filter, offered));
    let folded = |filter: &&Filter| !filter.daily || matches!(filter.kind, FilterKind::Dates { .. });
    // A field that was refused is shown, wherever it stands.
    let wrong = |filter: &Filter| offered.refused.as_ref().is_some_and(|(name, _)| filter.reads(name));
    html! {
        form id="filtres" class="filtres" method="get" action=(address) role="search" aria-label={ "Filtrer : " (list.title) } autocomplete="off"
            hx-get=(address) hx-target="#liste" hx-swap="outerHTML" hx-push-url="true" hx-sync="this:replace"
            hx-trigger="submit, change target:':not([data-recherche])', input target:'[data-recherche]' delay:400ms" {
            div class="filtres-champs" { @for filter in shown().filter(|filter| filter.daily) { (bar_field(query, filter, offered)) } }
            @if shown().any(|filter| folded(&filter)) {
                details class="plus volet-outil" open[shown().filter(folded).any(wrong)] {
                    summary { (icon("filter")) "Plus de filtres" }
                    div class="volet" {
                        div class="filtres-champs" { @for filter in shown().filter(folded) { (folded_field(query, filter, offered)) } }
                        button class="bouton principal" type="submit" { "Appliquer" }
                    }
                }
            }
            @for filter in query.active().filter(|filter| matches!(filter.kind, FilterKind::Parent { .. })) {
                input type="hidden" name=(filter.name) value=[query.value(filter.name)];
            }
            button class="bouton" type="submit" { (icon("search")) "Filtrer" }
        }
    }
}

/// Whether a filter can change what this reader sees: the commune of somebody who has one cannot.
fn matters(query: &Query, filter: &Filter, offered: &Offered) -> bool {
    let several = match filter.kind {
        FilterKind::Commune => offered.communes.len() > 1,
        FilterKind::Epci => offered.epci().len() > 1,
        FilterKind::Parent { .. } => return false,
        _ => true,
    };
    several || query.value(filter.name).is_some()
}

/// The field of a daily filter; the bounds of a range of days are folded.
fn bar_field(query: &Query, filter: &'static Filter, offered: &Offered) -> Markup {
    match &filter.kind {
        FilterKind::Dates { relative: parameter, .. } => period_field(query, filter, parameter, offered),
        _ => filter_field(query, filter, offered),
    }
}

fn folded_field(query: &Query, filter: &'static Filter, offered: &Offered) -> Markup {
    match &filter.kind {
        FilterKind::Dates { relative: parameter, .. } => html! {
            @if !filter.daily { (period_field(query, filter, parameter, offered)) }
            (date_fields(query, filter, offered))
        },
        _ => filter_field(query, filter, offered),
    }
}

fn period_field(query: &Query, filter: &Filter, parameter: &str, offered: &Offered) -> Markup {
    let periods: Vec<Choice> = relative::PERIODS.iter().map(|(code, label)| ((*code).to_string(), (*label).to_string())).collect();
    choice_field(parameter, filter.label, &periods, query.value(parameter).unwrap_or_default(), "Dates au choix", offered)
}

fn date_fields(query: &Query, filter: &Filter, offered: &Offered) -> Markup {
    let FilterKind::Dates { relative: parameter, .. } = &filter.kind else { return html! {} };
    let bound = |suffix: &str, label: &str| {
        let name = format!("{}_{suffix}", filter.name);
        day_field(&name, label, &date_field(query.value(&name).unwrap_or_default()), offered)
    };
    range(filter, Some(parameter), &html! { (bound("min", "du")) (bound("max", "au")) })
}

fn filter_field(query: &Query, filter: &'static Filter, offered: &Offered) -> Markup {
    let value = |name: &str| query.value(name).unwrap_or_default().to_string();
    let name = filter.name;
    let choice = |options: &[Choice]| multiple_field(query, filter, options, &place_of_error(name, offered));
    match &filter.kind {
        FilterKind::Choice { options: Options::Fixed(options), .. } => {
            let options: Vec<Choice> = options.iter().map(|(code, label, _)| ((*code).to_string(), (*label).to_string())).collect();
            choice(&options)
        }
        FilterKind::Choice { .. } => choice(offered.of(name)),
        FilterKind::Commune => {
            let options: Vec<Choice> = offered.communes.iter().map(|commune| (commune.code.clone(), commune.nom.clone())).collect();
            choice(&options)
        }
        FilterKind::Epci => choice(&offered.epci()),
        FilterKind::Range { kind, nullable, .. } => {
            let end = |end: &str| format!("{name}_{end}");
            let (from, to) = if kind.is_day() { ("du", "au") } else { ("de", "à") };
            // What was refused stays as it was typed.
            let shown = |name: &str| kind.typed(&value(name)).map_or_else(|_| value(name), |bound| kind.field(&bound));
            html! {
                @if *nullable { (choice_field(name, filter.label, &presences(), &value(name), "Indifférent", offered)) }
                (range(filter, nullable.then_some(name), &html! {
                    @for (end, label) in [(end("min"), from), (end("max"), to)] {
                        @if kind.is_day() {
                            (day_field(&end, label, &shown(&end), offered))
                        } @else {
                            (bound_field(&end, (label, &kind.expected()), &shown(&end), kind.inputmode(), offered))
                        }
                    }
                }))
            }
        }
        FilterKind::Presence { .. } => choice_field(name, filter.label, &presences(), &value(name), "Indifférent", offered),
        FilterKind::Search { .. } => html! {
            div class="champ large" {
                label for={ "f-" (name) } { (filter.label) }
                input id={ "f-" (name) } name=(name) type="search" value=(value(name)) maxlength=(super::SEARCH_CHARS_MAX) autocomplete="off" data-recherche="oui"
                    aria-invalid=[wrong(name, offered).map(|_| "true")] aria-describedby=[wrong(name, offered).map(|_| format!("f-{name}-erreur"))];
                (place_of_error(name, offered))
            }
        },
        // Days and parents have fields of their own, or none.
        FilterKind::Dates { .. } | FilterKind::Parent { .. } => html! {},
    }
}

/// « Vide » and « renseigné ».
fn presences() -> Vec<Choice> {
    vec![(EMPTY.into(), "Vide".into()), (FILLED.into(), "Renseigné".into())]
}

fn choice_field(name: &str, label: &str, options: &[Choice], value: &str, every: &str, offered: &Offered) -> Markup {
    html! {
        div class="champ" {
            label for={ "f-" (name) } { (label) }
            select id={ "f-" (name) } name=(name) aria-invalid=[wrong(name, offered).map(|_| "true")] aria-describedby=[wrong(name, offered).map(|_| format!("f-{name}-erreur"))] {
                option value="" { (every) }
                @for (code, label) in options { option value=(code) selected[code == value] { (label) } }
            }
            (place_of_error(name, offered))
        }
    }
}

/// Both ends of a range, under its name. `choice` is the field that goes with none of them: a period, or « vide ».
fn range(filter: &Filter, choice: Option<&str>, bounds: &Markup) -> Markup {
    html! {
        fieldset class="intervalle" data-choix=[choice.map(|name| format!("f-{name}"))] {
            legend { (filter.label) }
            div class="bornes" { (bounds) }
        }
    }
}

fn bound_field(name: &str, (label, hint): (&str, &str), value: &str, inputmode: &str, offered: &Offered) -> Markup {
    html! {
        div class="champ court" {
            label for={ "f-" (name) } { (label) " " span class="indice" { "(" (hint) ")" } }
            input id={ "f-" (name) } name=(name) type="text" inputmode=(inputmode) value=(value) maxlength="20" autocomplete="off"
                aria-invalid=[wrong(name, offered).map(|_| "true")] aria-describedby=[wrong(name, offered).map(|_| format!("f-{name}-erreur"))];
            (place_of_error(name, offered))
        }
    }
}

/// A day, typed as people write it or picked; read when it is left, not while it is typed.
fn day_field(name: &str, label: &str, value: &str, offered: &Offered) -> Markup {
    let wrong = wrong(name, offered).map(|_| format!("f-{name}-erreur"));
    html! {
        div class="champ court" {
            label for={ "f-" (name) } { (label) " " span class="indice" { "(JJ/MM/AAAA)" } }
            (day_input(&Day { id: &format!("f-{name}"), name, value, of: label, wrong: wrong.as_deref(), focus: false }))
            (place_of_error(name, offered))
        }
    }
}

/// Why the field called `name` was refused.
fn wrong<'a>(name: &str, offered: &'a Offered) -> Option<&'a str> {
    offered.refused.as_ref().filter(|(field, _)| field == name).map(|(_, sentence)| sentence.as_str())
}

/// Where a refusal stands, beside its field; there before it is needed, since it is also said aloud.
fn place_of_error(name: &str, offered: &Offered) -> Markup {
    html! {
        p id={ "f-" (name) "-erreur" } class="erreur-champ" role="alert" {
            @if let Some(sentence) = wrong(name, offered) { (icon("circle-x")) (sentence) }
        }
    }
}

/// In place of the rows, when what was asked cannot be answered.
pub(super) fn refusal(query: &Query, offered: &Offered) -> Markup {
    let (field, sentence) = offered.refused.as_ref().map_or(("", ""), |(field, sentence)| (field, sentence));
    html! {
        div id="liste" {
            (notice(Tone::Failure, &html! {
                p { strong { "Cette demande n’est pas valable." } " " (sentence) }
                p class="actions" {
                    a href={ "#f-" (field) } { "Corriger le champ" }
                    a href={ "/" (query.list.name) } { "Toute la liste, sans filtre" }
                }
            }))
        }
    }
}

impl Query {
    /// The fields as they were typed, whatever they hold: to be shown again, never to be answered.
    pub(super) fn as_typed(list: &'static List, raw: &str, today: NaiveDate) -> Self {
        let known = |name: &str| list.filters.iter().any(|filter| filter.reads(name));
        let mut filters = Given::read(raw).unwrap_or_default().0;
        filters.retain(|name, _| known(name));
        Self { filters, ..Self::bare(list, today, false) }
    }
}

/// A stored day as people type it; what was refused stays as it was typed.
pub(super) fn date_field(stored: &str) -> String {
    stored.parse().map_or_else(|_| stored.to_string(), format::date)
}
