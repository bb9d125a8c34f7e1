//! From a raw query string to checked values: what the declaration does not offer is refused with a
//! sentence that says what to do.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::query::{goes_with, parameters};
use super::spec::{Column, Filter, FilterKind, Kind, List, Options, Sort};
use super::{SEARCH_CHARS_MAX, SIZE_DEFAULT, SIZE_MAX, relative};
use crate::platform::error::{Error, Result};
use crate::ui::format;

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

pub(super) fn take_position(given: &mut BTreeMap<String, String>) -> Option<(&'static str, String)> {
    let mut found = None;
    for name in ["apres", "avant", "fin", "vers"] {
        if let Some(value) = given.remove(name) {
            found = found.or(Some((name, value)));
        }
    }
    found
}

pub(super) fn parse_size(text: Option<String>) -> Result<usize> {
    let Some(text) = text else { return Ok(SIZE_DEFAULT) };
    match text.parse::<usize>() {
        Ok(size @ 1..=SIZE_MAX) => Ok(size),
        _ => Err(Error::invalid(format!("Une page compte de 1 à {SIZE_MAX} lignes. Pour tout avoir, utilisez « Exporter »."))),
    }
}

pub(super) fn parse_sort(list: &'static List, text: Option<&str>, filters: &BTreeMap<String, String>) -> Result<(&'static Sort, bool)> {
    if let Some(text) = text {
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        return list.sort(name).map(|sort| (sort, descending)).ok_or_else(|| {
            let known: Vec<&str> = list.sorts.iter().map(|sort| sort.name).collect();
            Error::invalid(format!("Tri inconnu : « {} ». Les tris possibles sont : {}.", shorten(text), known.join(", ")))
        });
    }
    let active = |filter: &&Filter| parameters(filter).iter().any(|name| filters.contains_key(name));
    let fits = |sort: &&'static Sort| list.filters.iter().filter(active).all(|filter| goes_with(sort, filter));
    let sort = list.sorts.iter().find(fits).unwrap_or(&list.sorts[0]);
    Ok((sort, sort.descending))
}

pub(super) fn parse_columns(list: &'static List, text: Option<&str>) -> Result<Vec<&'static Column>> {
    let Some(text) = text else {
        return Ok(list.columns.iter().filter(|column| column.default).collect());
    };
    let asked: Vec<&str> = text.split(['.', ',']).filter(|name| !name.is_empty()).collect();
    if let Some(unknown) = asked.iter().find(|name| list.column(name).is_none()) {
        let known: Vec<&str> = list.columns.iter().map(|column| column.name).collect();
        return Err(Error::invalid(format!("Colonne inconnue : « {} ». Les colonnes possibles sont : {}.", shorten(unknown), known.join(", "))));
    }
    // The first column leads to the file: it is always there.
    Ok(list.columns.iter().enumerate().filter(|(place, column)| *place == 0 || asked.contains(&column.name)).map(|(_, column)| column).collect())
}

pub(super) fn parse_filters(list: &'static List, given: BTreeMap<String, String>, today: NaiveDate) -> Result<BTreeMap<String, String>> {
    let mut filters = BTreeMap::new();
    for (name, value) in given {
        let Some(filter) = list.filters.iter().find(|filter| parameters(filter).contains(&name)) else {
            let known: Vec<String> = list.filters.iter().flat_map(parameters).collect();
            return Err(Error::invalid(format!("Filtre inconnu : « {} ». Les filtres possibles sont : {}.", shorten(&name), known.join(", "))));
        };
        let value = normalise(filter, &name, &value, today).map_err(|refusal| refusal.about(&name))?;
        filters.insert(name, value);
    }
    check_ranges(list, &mut filters)?;
    Ok(filters)
}

pub(super) fn check_ranges(list: &List, filters: &mut BTreeMap<String, String>) -> Result<()> {
    for filter in list.filters {
        let (low, high) = (format!("{}_min", filter.name), format!("{}_max", filter.name));
        if let FilterKind::Dates { relative, .. } = &filter.kind
            && filters.contains_key(*relative)
        {
            // A relative period and fixed bounds cannot both hold: the period is the later choice of the form.
            filters.remove(&low);
            filters.remove(&high);
        }
        let reversed = match (filters.get(&low), filters.get(&high), &filter.kind) {
            (Some(low), Some(high), FilterKind::Dates { .. }) => low > high,
            (Some(low), Some(high), FilterKind::Money { .. }) => format::parse_money(low) > format::parse_money(high),
            _ => false,
        };
        if reversed {
            return Err(Error::invalid(format!("Filtre « {} » : la borne de début dépasse celle de fin. Inversez-les.", filter.label)).about(&low));
        }
    }
    Ok(())
}

/// The value in its one written form: days as AAAA-MM-JJ, amounts as 1234.56, words folded. Read again,
/// it gives itself.
pub(super) fn normalise(filter: &Filter, name: &str, value: &str, today: NaiveDate) -> Result<String> {
    let refuse = |what: &str| Err(Error::invalid(format!("Filtre « {} » : {what}", filter.label)));
    match &filter.kind {
        FilterKind::Choice { cast, options, .. } => match options {
            Options::Fixed(known) if known.iter().any(|(code, ..)| *code == value) => Ok(value.into()),
            Options::Fixed(known) => {
                let codes: Vec<String> = known.iter().map(|(code, label, _)| format!("{code} ({label})")).collect();
                refuse(&format!("« {} » n'existe pas. Les valeurs possibles sont : {}.", shorten(value), codes.join(", ")))
            }
            Options::Sql(_) if *cast == "text" => match value.len() {
                1..=40 => Ok(value.into()),
                _ => refuse("cette valeur n'existe pas. Choisissez-en une dans la liste."),
            },
            Options::Sql(_) => match value.parse::<i16>() {
                Ok(number @ 0..) => Ok(number.to_string()),
                _ => refuse(&format!("« {} » n'existe pas. Choisissez une valeur dans la liste.", shorten(value))),
            },
        },
        FilterKind::Commune => match value.len() == 5 && value.chars().all(|c| c.is_ascii_digit() || c == 'A' || c == 'B') {
            true => Ok(value.into()),
            false => refuse("donnez un code INSEE de commune à cinq caractères, par exemple 97113."),
        },
        FilterKind::Epci => match value.len() == 9 && value.chars().all(|c| c.is_ascii_digit()) {
            true => Ok(value.into()),
            false => refuse("donnez le SIREN d'un EPCI, neuf chiffres."),
        },
        FilterKind::Dates { relative: parameter, .. } if name == *parameter => match relative::bounds(value, today) {
            Some(_) => Ok(value.into()),
            None => {
                let known: Vec<&str> = relative::PERIODS.iter().map(|(code, _)| *code).collect();
                refuse(&format!("période inconnue. Les périodes possibles sont : {}.", known.join(", ")))
            }
        },
        FilterKind::Dates { .. } => match format::parse_date(value) {
            Some(day) => Ok(day.to_string()),
            None => refuse(&format!("« {} » n'est pas une date. Écrivez-la JJ/MM/AAAA, par exemple 31/12/2026.", shorten(value))),
        },
        FilterKind::Money { .. } => match format::parse_money(value) {
            // Written as people write it: what we put in an address must be read back the same.
            Some(cents) => Ok(format::money_plain(cents, '.')),
            None => refuse(&format!("« {} » n'est pas un montant. Écrivez par exemple 1 234,56.", shorten(value))),
        },
        FilterKind::Search { .. } => match value.chars().count() {
            0..=SEARCH_CHARS_MAX => Ok(value.split_whitespace().collect::<Vec<_>>().join(" ")),
            _ => refuse(&format!("la recherche dépasse {SEARCH_CHARS_MAX} caractères. Gardez les mots importants.")),
        },
        FilterKind::Parent { .. } => match value.parse::<i64>() {
            Ok(id) if id > 0 => Ok(id.to_string()),
            _ => refuse("cet identifiant n'existe pas."),
        },
    }
}

/// What a person typed in « Aller à », in the form that SQL compares.
pub(super) fn parse_sort_value(sort: &Sort, value: &str) -> Result<String> {
    let refuse = |what: &str| Error::invalid(format!("« Aller à » : « {} » {what}", shorten(value)));
    match sort.kind {
        Kind::Date => format::parse_date(value).map(|day| day.to_string()).ok_or_else(|| refuse("n'est pas une date. Écrivez-la JJ/MM/AAAA.")),
        Kind::Instant => format::parse_date(value).map(|day| day.to_string()).ok_or_else(|| refuse("n'est pas une date. Écrivez-la JJ/MM/AAAA.")),
        Kind::Money => {
            format::parse_money(value).map(|cents| cents.to_string()).ok_or_else(|| refuse("n'est pas un montant. Écrivez par exemple 1 234,56."))
        }
        Kind::Int => value
            .replace([' ', '\u{202f}', '\u{a0}'], "")
            .parse::<i32>()
            .map(|number| number.to_string())
            .map_err(|_| refuse("n'est pas un nombre entier.")),
        _ if value.chars().count() <= SEARCH_CHARS_MAX => Ok(value.into()),
        _ => Err(refuse("est trop long.")),
    }
}

/// A piece of bad input short enough to be quoted back.
pub(super) fn shorten(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}
