//! The filter form of a list: one field per declared filter, a plain form that htmx enhances.

use maud::{Markup, html};

use super::options::Choice;
use super::query::Query;
use super::relative;
use super::spec::{Filter, FilterKind, Options};
use super::view::Offered;
use crate::ui::format;
use crate::ui::icon::icon;

/// The form, whose fields follow the declaration.
pub(super) fn filter_form(query: &Query, offered: &Offered) -> Markup {
    let list = query.list;
    let address = format!("/{}", list.name);
    let daily = |daily: bool| list.filters.iter().filter(move |filter| filter.daily == daily && !matches!(filter.kind, FilterKind::Parent { .. }));
    let open = query.active().any(|filter| !filter.daily && !matches!(filter.kind, FilterKind::Parent { .. }));
    html! {
        form id="filtres" class="filtres" method="get" action=(address) role="search" aria-label={ "Filtrer : " (list.title) }
            hx-get=(address) hx-target="#liste" hx-swap="outerHTML" hx-push-url="true" hx-sync="this:replace"
            hx-trigger="submit, change delay:400ms, input delay:400ms" {
            div class="filtres-champs" { @for filter in daily(true) { (filter_field(query, filter, offered)) } }
            @if daily(false).next().is_some() {
                details class="plus" open[open] {
                    summary { (icon("filter")) "Plus de filtres" }
                    div class="filtres-champs" { @for filter in daily(false) { (filter_field(query, filter, offered)) } }
                }
            }
            @for filter in query.active().filter(|filter| matches!(filter.kind, FilterKind::Parent { .. })) {
                input type="hidden" name=(filter.name) value=[query.value(filter.name)];
            }
            button class="bouton" type="submit" { (icon("search")) "Filtrer" }
        }
    }
}

fn filter_field(query: &Query, filter: &'static Filter, offered: &Offered) -> Markup {
    let value = |name: &str| query.value(name).unwrap_or_default().to_string();
    let name = filter.name;
    let choice = |options: &[Choice], every: &str| choice_field(name, filter.label, options, &value(name), every);
    match &filter.kind {
        FilterKind::Choice { options: Options::Fixed(options), .. } => {
            let options: Vec<Choice> = options.iter().map(|(code, label, _)| ((*code).to_string(), (*label).to_string())).collect();
            choice(&options, "Indifférent")
        }
        FilterKind::Choice { .. } => choice(offered.of(name), "Indifférent"),
        FilterKind::Commune => {
            let options: Vec<Choice> = offered.communes.iter().map(|commune| (commune.code.clone(), commune.nom.clone())).collect();
            choice(&options, "Indifférent")
        }
        FilterKind::Epci => choice(&offered.epci(), "Indifférent"),
        FilterKind::Dates { relative: parameter, .. } => {
            let periods: Vec<Choice> = relative::PERIODS.iter().map(|(code, label)| ((*code).to_string(), (*label).to_string())).collect();
            html! {
                (choice_field(parameter, filter.label, &periods, &value(parameter), "Dates au choix"))
                (bound_field(&format!("{name}_min"), filter.label, "Du", "JJ/MM/AAAA", &date_field(&value(&format!("{name}_min"))), "numeric"))
                (bound_field(&format!("{name}_max"), filter.label, "Au", "JJ/MM/AAAA", &date_field(&value(&format!("{name}_max"))), "numeric"))
            }
        }
        FilterKind::Money { .. } => html! {
            (bound_field(&format!("{name}_min"), filter.label, &format!("{} de", filter.label), "en euros", &money_field(&value(&format!("{name}_min"))), "decimal"))
            (bound_field(&format!("{name}_max"), filter.label, "À", "en euros", &money_field(&value(&format!("{name}_max"))), "decimal"))
        },
        FilterKind::Search { .. } => html! {
            div class="champ large" {
                label for={ "f-" (name) } { (filter.label) }
                input id={ "f-" (name) } name=(name) type="search" value=(value(name)) maxlength=(super::SEARCH_CHARS_MAX) autocomplete="off" data-recherche="oui";
            }
        },
        FilterKind::Parent { .. } => html! {},
    }
}

fn choice_field(name: &str, label: &str, options: &[Choice], value: &str, every: &str) -> Markup {
    html! {
        div class="champ" {
            label for={ "f-" (name) } { (label) }
            select id={ "f-" (name) } name=(name) {
                option value="" { (every) }
                @for (code, label) in options { option value=(code) selected[code == value] { (label) } }
            }
        }
    }
}

fn bound_field(name: &str, filter: &str, label: &str, hint: &str, value: &str, inputmode: &str) -> Markup {
    html! {
        div class="champ court" {
            label for={ "f-" (name) } { span class="visuellement-cache" { (filter) " : " } (label) " " span class="indice" { "(" (hint) ")" } }
            input id={ "f-" (name) } name=(name) type="text" inputmode=(inputmode) value=(value) maxlength="20" autocomplete="off";
        }
    }
}

/// A stored day as people type it.
pub(super) fn date_field(stored: &str) -> String {
    stored.parse().map(format::date).unwrap_or_default()
}

/// A stored amount as people type it.
pub(super) fn money_field(stored: &str) -> String {
    format::parse_money(stored).map(|cents| format::money_plain(cents, ',')).unwrap_or_default()
}
