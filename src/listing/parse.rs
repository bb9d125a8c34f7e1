//! From a raw query string to checked values: what the declaration does not offer is refused with a
//! sentence that says what to do.
//!
//! | Parameter | Means |
//! |---|---|
//! | `statut=valide` | this value |
//! | `statut=valide&statut=rejete` | one of these: a choice, communes, EPCI; sorted in the canonical form |
//! | `statut=valide&statut_sauf=1` | none of these (a row without a value is none of them) |
//! | `epci=vide` | no value, of a choice that may have none; goes with other values |
//! | `perception=vide`, `perception=renseigne` | no value, some value, of a range that may have none or of a presence |
//! | `montant_min=20`, `montant_max=30` | bounds, both included, of a number, an amount, a day; an instant by its days |
//! | `periode=mois_dernier` | a period that moves, instead of bounds |
//! | `q=mangrove`, `logement=17` | words; the rows of one parent |
//! | `tri=debut`, `tri=-debut` | a declared sort or any column |
//!
//! Given twice with the same value is given once; with two values, what takes one is refused.

use chrono::NaiveDate;

use super::filter::{EMPTY, FILLED, Filters};
use super::kind::Shape;
use super::spec::{Column, Filter, FilterKind, Kind, List, Options, Sort};
use super::value::Value;
use super::{SEARCH_CHARS_MAX, SEARCH_WORDS_MAX, SIZE_DEFAULT, SIZE_MAX, relative};
use crate::platform::error::{Error, Result};

/// Decodes the pairs, refusing what is no UTF-8 instead of replacing it.
pub(super) fn pairs(raw: &str) -> Result<Vec<(String, String)>> {
    let unreadable = || Error::invalid("Cette adresse contient des caractères illisibles. Recommencez la recherche depuis la liste.");
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        let decoded = percent_encoding::percent_decode_str(&text).decode_utf8().map(|text| text.into_owned());
        decoded.ok().filter(|text| !text.contains('\0')).ok_or_else(unreadable)
    };
    raw.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

/// What a raw query string gives, before it is known what takes one value and what takes several.
#[derive(Default)]
pub(super) struct Given(pub(super) Filters);

impl Given {
    /// Reads the pairs; empty values, which forms send for fields left alone, are nothing.
    pub(super) fn read(raw: &str) -> Result<Self> {
        let mut given = Filters::new();
        for (name, value) in pairs(raw)? {
            let value = value.trim();
            let known = given.entry(name).or_default();
            if !value.is_empty() && !known.iter().any(|one| one == value) {
                known.push(value.to_string());
            }
        }
        given.retain(|_, values| !values.is_empty());
        Ok(Self(given))
    }

    /// The value of `name`, which takes one.
    pub(super) fn take(&mut self, name: &str) -> Result<Option<String>> {
        match self.0.remove(name).as_deref() {
            None | Some([]) => Ok(None),
            Some([one]) => Ok(Some(one.clone())),
            Some([one, other, ..]) => Err(Error::invalid(format!(
                "« {name} » est donné deux fois (« {} » et « {} »), et ne prend qu’une valeur. Gardez-en une.",
                shorten(one),
                shorten(other)
            ))),
        }
    }

    /// The values of `name`, in the order given.
    pub(super) fn take_all(&mut self, name: &str) -> Option<Vec<String>> {
        self.0.remove(name)
    }

    /// Where the page begins.
    pub(super) fn take_position(&mut self) -> Result<Option<(&'static str, String)>> {
        let mut found = None;
        for name in ["apres", "avant", "fin", "vers"] {
            match (self.take(name)?, &found) {
                (Some(_), Some(_)) => return Err(Error::invalid("Cette adresse donne deux places dans la liste. Gardez-en une.")),
                (value, _) => found = found.or(value.map(|value| (name, value))),
            }
        }
        Ok(found)
    }
}

pub(super) fn parse_size(text: Option<String>) -> Result<usize> {
    let Some(text) = text else { return Ok(SIZE_DEFAULT) };
    match text.parse::<usize>() {
        Ok(size @ 1..=SIZE_MAX) => Ok(size),
        _ => Err(Error::invalid(format!("Une page compte de 1 à {SIZE_MAX} lignes. Pour tout avoir, utilisez « Exporter »."))),
    }
}

pub(super) fn parse_sort(list: &'static List, text: Option<&str>, filters: &Filters) -> Result<(&'static Sort, bool)> {
    if let Some(text) = text {
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        return list.order(name).map(|sort| (sort, descending)).ok_or_else(|| {
            let known = in_list(list.sorts.iter().map(|sort| sort.label));
            Error::invalid(format!("Tri inconnu. Cette liste se trie par {known} : cliquez sur l’en-tête d’une colonne."))
        });
    }
    Ok(default_sort(list, filters))
}

/// The order of a list for whoever asks for none: the first that has an index for every filter in use (an amount brings
/// its own order along), else the first.
pub(super) fn default_sort(list: &'static List, filters: &Filters) -> (&'static Sort, bool) {
    let active = |filter: &&Filter| filters.keys().any(|name| filter.reads(name));
    let led = |sort: &Sort, filter: &Filter| matches!(filter.kind, FilterKind::Commune | FilterKind::Epci) || sort.led_by.contains(&filter.name);
    let fits = |sort: &&'static Sort| list.filters.iter().filter(active).all(|filter| led(sort, filter));
    let sort = list.sorts.iter().find(fits).unwrap_or(&list.sorts[0]);
    (sort, sort.descending)
}

pub(super) fn parse_columns(list: &'static List, text: Option<&str>) -> Result<Vec<&'static Column>> {
    let Some(text) = text else {
        return Ok(list.columns.iter().filter(|column| column.default).collect());
    };
    let asked: Vec<&str> = text.split(['.', ',']).filter(|name| !name.is_empty()).collect();
    if asked.iter().any(|name| list.column(name).is_none()) {
        return Err(Error::invalid("Colonne inconnue de cette liste. Cochez celles que vous voulez dans « Colonnes »."));
    }
    // The first column leads to the file: it is always there.
    Ok(list.columns.iter().enumerate().filter(|(place, column)| *place == 0 || asked.contains(&column.name)).map(|(_, column)| column).collect())
}

pub(super) fn parse_filters(list: &'static List, given: Given, today: NaiveDate) -> Result<Filters> {
    let mut filters = Filters::new();
    for (name, values) in given.0 {
        let Some(filter) = list.filters.iter().find(|filter| filter.reads(&name)) else {
            let known = in_list(list.filters.iter().map(|filter| filter.label));
            return Err(Error::invalid(format!(
                "Filtre inconnu. Cette liste se filtre par {known} : servez-vous du formulaire au-dessus du tableau."
            )));
        };
        let mut checked =
            values.iter().map(|value| normalise(filter, &name, value, today)).collect::<Result<Vec<_>>>().map_err(|refusal| refusal.about(&name))?;
        checked.sort_unstable();
        checked.dedup();
        if let ([one, other, ..], false) = (checked.as_slice(), filter.is_multiple()) {
            return Err(Error::invalid(format!(
                "Filtre « {} » : deux valeurs sont données (« {} » et « {} »), il n’en prend qu’une. Gardez-en une.",
                filter.label,
                shorten(one),
                shorten(other)
            ))
            .about(&name));
        }
        filters.insert(name, checked);
    }
    check_ranges(list, &mut filters)?;
    Ok(filters)
}

/// Holds together what several parameters of one filter say.
pub(super) fn check_ranges(list: &List, filters: &mut Filters) -> Result<()> {
    for filter in list.filters {
        let (low, high) = (format!("{}_min", filter.name), format!("{}_max", filter.name));
        if filter.is_multiple() && !filters.contains_key(filter.name) {
            // « Sauf » nothing.
            filters.remove(&filter.except());
        }
        // Neither may be let go of in silence: a filter shown is a filter applied.
        let against = match &filter.kind {
            FilterKind::Dates { relative, .. } if filters.contains_key(*relative) => {
                Some(("une période toute faite est choisie", "« Dates au choix »"))
            }
            FilterKind::Range { .. } if filters.get(filter.name).is_some_and(|values| values.iter().any(|value| value == EMPTY)) => {
                Some(("« Vide » est choisi", "« Indifférent »"))
            }
            _ => None,
        };
        if let (Some((choice, other)), Some(bound)) = (against, [&low, &high].into_iter().find(|bound| filters.contains_key(*bound))) {
            return Err(Error::invalid(format!(
                "Filtre « {} » : {choice}, et une borne est donnée. Choisissez {other} pour garder la borne, ou effacez-la.",
                filter.label
            ))
            .about(bound));
        }
        let first = |name: &str| filters.get(name).and_then(|values| values.first());
        let reversed = match (first(&low), first(&high), range_kind(filter)) {
            (Some(low), Some(high), Some(kind)) => matches!((kind.typed(low), kind.typed(high)), (Ok(low), Ok(high)) if low > high),
            _ => false,
        };
        if reversed {
            return Err(Error::invalid(format!("Filtre « {} » : la première borne dépasse la seconde. Inversez-les.", filter.label)).about(&low));
        }
        if filters.contains_key(&low) || filters.contains_key(&high) {
            // A range is filled: saying it too would be another address for the same rows.
            if matches!(filter.kind, FilterKind::Range { .. }) {
                filters.remove(filter.name);
            }
        }
    }
    Ok(())
}

/// The kind of the bounds of `filter`.
pub(super) fn range_kind(filter: &Filter) -> Option<Kind> {
    match filter.kind {
        FilterKind::Dates { .. } => Some(Kind::Date),
        FilterKind::Range { kind, .. } => Some(kind),
        _ => None,
    }
}

/// The value in its one written form: days as AAAA-MM-JJ, amounts as 1234.56, words folded. Read again,
/// it gives itself.
pub(super) fn normalise(filter: &Filter, name: &str, value: &str, today: NaiveDate) -> Result<String> {
    let refuse = |what: &str| Err(Error::invalid(format!("Filtre « {} » : {what}", filter.label)));
    if filter.is_multiple() && name == filter.except() {
        return if value == "1" { Ok(value.into()) } else { refuse("« sauf » vaut 1, ou rien.") };
    }
    match &filter.kind {
        FilterKind::Choice { nullable: true, .. } if value == EMPTY => Ok(value.into()),
        FilterKind::Choice { cast, options, .. } => match options {
            Options::Fixed(known) if known.iter().any(|(code, ..)| *code == value) => Ok(value.into()),
            Options::Fixed(known) => {
                let labels = in_list(known.iter().map(|(_, label, _)| *label));
                refuse(&format!("cette valeur n’existe pas. Choisissez entre {labels}."))
            }
            Options::Sql(_) if *cast == "text" => match value.len() {
                1..=40 => Ok(value.into()),
                _ => refuse("cette valeur n’existe pas. Choisissez-en une dans la liste."),
            },
            Options::Sql(_) => match value.parse::<i16>() {
                Ok(number @ 0..) => Ok(number.to_string()),
                _ => refuse("cette valeur n’existe pas. Choisissez-en une dans la liste."),
            },
        },
        FilterKind::Commune => match value.len() == 5 && value.chars().all(|c| c.is_ascii_digit() || c == 'A' || c == 'B') {
            true => Ok(value.into()),
            false => refuse("donnez un code INSEE de commune à cinq caractères, par exemple 97113."),
        },
        FilterKind::Epci => match value.len() == 9 && value.chars().all(|c| c.is_ascii_digit()) {
            true => Ok(value.into()),
            false => refuse("donnez le SIREN d’un EPCI, neuf chiffres."),
        },
        FilterKind::Dates { relative: parameter, .. } if name == *parameter => match relative::bounds(value, today) {
            Some(_) => Ok(value.into()),
            None => refuse("période inconnue. Choisissez-en une dans la liste, ou donnez deux dates."),
        },
        FilterKind::Dates { .. } => bound(Kind::Date, value).map_or_else(|what| refuse(&what), Ok),
        FilterKind::Range { kind, .. } if name != filter.name => bound(*kind, value).map_or_else(|what| refuse(&what), Ok),
        FilterKind::Range { .. } | FilterKind::Presence { .. } => match value {
            EMPTY | FILLED => Ok(value.into()),
            _ => refuse("cette valeur n’existe pas. Choisissez-en une dans la liste."),
        },
        FilterKind::Search { .. } => words(value).map_or_else(|what| refuse(&what), Ok),
        FilterKind::Parent { .. } => match value.parse::<i64>() {
            Ok(id) if id > 0 => Ok(id.to_string()),
            _ => refuse("cet identifiant n’existe pas."),
        },
    }
}

/// Words to search in their one written form, or what is wrong with them.
///
/// # Errors
/// A sentence that begins in small letters.
pub fn words(value: &str) -> std::result::Result<String, String> {
    let count = value.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).count();
    match value.chars().count() {
        0..=SEARCH_CHARS_MAX if count == 0 => Err(format!(
            "«\u{a0}{}\u{a0}» ne contient ni lettre ni chiffre, et rien d’autre ne se cherche. Écrivez un mot, un nom ou un numéro.",
            shorten(value)
        )),
        0..=SEARCH_CHARS_MAX if count > SEARCH_WORDS_MAX => {
            Err(format!("la recherche compte {count} mots, pour {SEARCH_WORDS_MAX} au plus. Gardez les plus rares."))
        }
        0..=SEARCH_CHARS_MAX => Ok(value.split_whitespace().collect::<Vec<_>>().join(" ")),
        _ => Err(format!("la recherche dépasse {SEARCH_CHARS_MAX} caractères. Gardez les mots importants.")),
    }
}

/// A bound in its one written form, or what is wrong with it: what we put in an address must be read back the same.
fn bound(kind: Kind, value: &str) -> std::result::Result<String, String> {
    kind.typed(value).map(|bound| kind.canonical(&bound)).map_err(|why| format!("«\u{a0}{}\u{a0}» {why}", shorten(value)))
}

/// What a person typed in « Aller à », in the form that SQL compares.
pub(super) fn parse_sort_value(sort: &Sort, value: &str) -> Result<String> {
    let refuse = |why: &str| Error::invalid(format!("«\u{a0}Aller à\u{a0}»\u{a0}: «\u{a0}{}\u{a0}» {why}", shorten(value)));
    match sort.kind.shape() {
        // The beginning of a text, whatever it is the text of.
        Shape::Text if value.chars().count() <= SEARCH_CHARS_MAX => Ok(value.into()),
        Shape::Text => Err(refuse("est trop long. Écrivez-en le début.")),
        Shape::Number(_) | Shape::Day | Shape::Instant | Shape::Bool => match sort.kind.typed(value) {
            // Beyond what the column holds, the place is the same: after or before every row.
            Ok(Value::Int(number)) if sort.cast != "bigint" => Ok(number.clamp(least(sort.cast), most(sort.cast)).to_string()),
            Ok(value) => Ok(value.stored()),
            Err(why) => Err(refuse(&why)),
        },
    }
}

/// What an integer column holds.
fn most(cast: &str) -> i64 {
    if cast == "smallint" { i16::MAX.into() } else { i32::MAX.into() }
}

fn least(cast: &str) -> i64 {
    -most(cast) - 1
}

/// « a, b et c », each once.
fn in_list<'a>(labels: impl Iterator<Item = &'a str>) -> String {
    let mut labels: Vec<&str> = labels.collect();
    let mut seen = std::collections::HashSet::new();
    labels.retain(|label| seen.insert(*label));
    match labels.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} et {last}", rest.join(", ")),
        _ => labels.concat(),
    }
}

/// A piece of bad input short enough to be quoted back.
pub(super) fn shorten(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}
