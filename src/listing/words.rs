//! A question in words: its filters as chips, as a sentence, and the words of its order.

use chrono::NaiveDate;

use super::filter::{EMPTY, FILLED};
use super::offered::Offered;
use super::options::Choice;
use super::query::Query;
use super::relative;
use super::spec::{Filter, FilterKind, Options};
use crate::ui::format;

/// An active filter, with the address that drops it.
pub struct Chip {
    /// « Commune ».
    pub label: &'static str,
    /// The filter.
    pub filter: &'static Filter,
    /// Address without it.
    pub without: String,
}

impl Query {
    /// The active filters.
    pub fn chips(&self) -> Vec<Chip> {
        self.active().map(|filter| Chip { label: filter.label, filter, without: self.url_without(filter) }).collect()
    }
}

/// The list and its filters, for the title of the page: « Séjours : À vérifier, Le Gosier ».
pub(super) fn title(query: &Query, offered: &Offered) -> String {
    let words: Vec<String> = query.active().map(|filter| filter_in_words(query, filter, offered)).collect();
    if words.is_empty() { query.list.title.into() } else { format!("{} : {}", query.list.title, words.join(", ")) }
}

/// What `filter` asks for: « À vérifier ou Contesté », « n’est pas Validé », « du 01/10/2026 au 31/10/2026 », « vide ».
pub(super) fn filter_in_words(query: &Query, filter: &Filter, offered: &Offered) -> String {
    let name = filter.name;
    let bounds = |words: &dyn Fn(&str) -> String| ["min", "max"].map(|end| query.value(&format!("{name}_{end}")).map(words));
    match &filter.kind {
        FilterKind::Choice { .. } | FilterKind::Commune | FilterKind::Epci => {
            let labels: Vec<String> = query.values(name).iter().map(|value| label_of(value, filter, offered)).collect();
            several(&labels, query.is_except(filter))
        }
        FilterKind::Dates { relative: parameter, .. } => match query.value(parameter).and_then(relative::label) {
            Some(label) => label.to_string(),
            None => days(bounds(&date_words)),
        },
        FilterKind::Range { kind, .. } => match (query.value(name), kind) {
            (Some(value), _) => presence(value),
            (None, kind) => {
                let bounds = bounds(&|text| kind.typed(text).map(|bound| kind.words(&bound)).unwrap_or_default());
                if kind.is_day() { days(bounds) } else { amounts(bounds) }
            }
        },
        FilterKind::Presence { .. } => presence(query.value(name).unwrap_or_default()),
        FilterKind::Search { .. } => format!("« {} »", query.value(name).unwrap_or_default()),
        FilterKind::Parent { .. } => offered.parent(name).unwrap_or_else(|| query.value(name).unwrap_or_default()).to_string(),
    }
}

/// The word of a value.
fn label_of(value: &str, filter: &Filter, offered: &Offered) -> String {
    let found = |options: &[Choice]| options.iter().find(|(code, _)| code == value).map(|(_, label)| label.clone());
    let known = match &filter.kind {
        FilterKind::Choice { nullable: true, .. } if value == EMPTY => Some(EMPTY.to_string()),
        FilterKind::Choice { options: Options::Sql(_), .. } => found(offered.of(filter.name)),
        FilterKind::Choice { options: Options::Fixed(known), .. } => {
            known.iter().find(|(code, ..)| *code == value).map(|(_, label, _)| (*label).to_string())
        }
        FilterKind::Commune => offered.communes.iter().find(|commune| commune.code == value).map(|commune| commune.nom.clone()),
        FilterKind::Epci => found(&offered.epci()),
        _ => None,
    };
    known.unwrap_or_else(|| value.to_string())
}

/// « A », « A ou B », « n’est pas A », « n’est ni A ni B ».
fn several(labels: &[String], except: bool) -> String {
    match (labels, except) {
        ([one], true) => format!("n’est pas {one}"),
        (labels, true) => format!("n’est ni {}", labels.join(" ni ")),
        ([.., _], false) => joined(labels, " ou "),
        ([], false) => String::new(),
    }
}

/// « A, B ou C ».
fn joined(labels: &[String], last: &str) -> String {
    match labels {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., end] => format!("{}{last}{end}", first.join(", ")),
    }
}

fn presence(value: &str) -> String {
    if value == FILLED { "renseigné".into() } else { "vide".into() }
}

fn days(bounds: [Option<String>; 2]) -> String {
    range_in_words(bounds, ["depuis le", "jusqu’au", "du", "au"])
}

fn amounts(bounds: [Option<String>; 2]) -> String {
    range_in_words(bounds, ["à partir de", "jusqu’à", "de", "à"])
}

fn range_in_words(bounds: [Option<String>; 2], [from, until, between, and]: [&str; 4]) -> String {
    match bounds {
        [Some(low), Some(high)] => format!("{between} {low} {and} {high}"),
        [Some(low), None] => format!("{from} {low}"),
        [None, Some(high)] => format!("{until} {high}"),
        [None, None] => String::new(),
    }
}

fn date_words(text: &str) -> String {
    text.parse::<NaiveDate>().map(format::date).unwrap_or_default()
}

/// The filters in one sentence: caption of the table, manifest of an export.
pub fn summary(query: &Query, offered: &Offered) -> String {
    let words: Vec<String> = query.chips().iter().map(|chip| format!("{} : {}", chip.label, filter_in_words(query, chip.filter, offered))).collect();
    if words.is_empty() { "sans filtre".into() } else { words.join(" ; ") }
}

/// « décroissant » and the like, for captions.
pub fn sort_in_words(query: &Query) -> String {
    format!("tri par {}, ordre {}", query.sort.label, if query.descending { "décroissant" } else { "croissant" })
}

#[cfg(test)]
mod tests {
    use super::several;

    #[test]
    fn several_values_in_words() {
        let labels = ["À vérifier".to_string(), "Contesté".to_string(), "Rejeté".to_string()];
        assert_eq!(several(&labels[..1], false), "À vérifier");
        assert_eq!(several(&labels[..2], false), "À vérifier ou Contesté");
        assert_eq!(several(&labels, false), "À vérifier, Contesté ou Rejeté");
        assert_eq!(several(&labels[..1], true), "n’est pas À vérifier");
        assert_eq!(several(&labels[..2], true), "n’est ni À vérifier ni Contesté");
    }
}
