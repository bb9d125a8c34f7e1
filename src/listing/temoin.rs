//! The witness of exports: from the filters of an address to plain conditions, written apart from everything that makes
//! pages. No branch, no look-up, no narrowed reader: one condition per filter, one for the rights, all of them always. What
//! decides which rows a file holds is compared with it, so nothing here may call `conditions`, `search` or `sql::Builder`,
//! and a filter that it does not know is an error, never a filter less.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::spec::{Branching, Filter, FilterKind, Kind, List, Reader, References};
use super::statement::{Arg, Statement};
use crate::platform::error::{Error, Result};

/// The statement, whose values go to `statement`, that gives the key of each row of `list` that `filters` keep for `reader`,
/// once, in no order. `filters` is the text of an address; `today` is what relative periods are counted from.
///
/// # Errors
/// Something in the address is nothing that this witness knows.
pub(super) fn keys(list: &'static List, filters: &str, today: NaiveDate, reader: &Reader, statement: &mut Statement) -> Result<String> {
    let mut asked = Unread::default();
    for (name, value) in form_urlencoded::parse(filters.as_bytes()) {
        asked.0.entry(name.into_owned()).or_default().push(value.into_owned());
    }
    let unknown = |what: &str| Error::Internal(format!("the witness does not know « {what} » of {}", list.name));
    let mut all = vec![rights(&list.branches(reader), statement)];
    for filter in list.filters {
        all.extend(meaning(filter, &mut asked, today, statement).ok_or_else(|| unknown(filter.name))?);
    }
    if let Some(name) = asked.0.keys().next() {
        return Err(unknown(name));
    }
    let once = if list.distinct { "DISTINCT " } else { "" };
    Ok(format!("SELECT {once}{} AS cle FROM {} b WHERE {}", list.id.0, list.table, all.join(" AND ")))
}

/// What is left to be understood of an address.
#[derive(Default)]
struct Unread(BTreeMap<String, Vec<String>>);

impl Unread {
    fn take(&mut self, name: &str) -> Vec<String> {
        self.0.remove(name).unwrap_or_default()
    }
}

/// The rows of a reader.
fn rights(scope: &Branching, statement: &mut Statement) -> String {
    match scope {
        Branching::All => "true".into(),
        Branching::Texts(column, values) => format!("{column} = ANY({}::text[])", statement.bind(Arg::Texts(values.clone()))),
        Branching::Ints(column, values) => format!("{column} = ANY({}::bigint[])", statement.bind(Arg::Ints(values.clone()))),
        Branching::Where(condition, values) => condition.replace("{}", &format!("{}::bigint[]", statement.bind(Arg::Ints(values.clone())))),
        Branching::Both(rows, condition, values) => {
            let first = rights(rows, statement);
            format!("{first} AND {}", condition.replace("{}", &format!("{}::bigint[]", statement.bind(Arg::Ints(values.clone())))))
        }
    }
}

/// The conditions that `filter` asks for, none when it is not in use; `None` for a value that means nothing.
fn meaning(filter: &Filter, asked: &mut Unread, today: NaiveDate, statement: &mut Statement) -> Option<Vec<String>> {
    let mut text = |value: &String| format!("{}::text", statement.bind(Arg::Text(value.clone())));
    let name = filter.name;
    // « Sauf »: none of these; a row without a value is none of them.
    let kept = if asked.take(&format!("{name}_sauf")).is_empty() { "" } else { " IS NOT TRUE" };
    let any = |meanings: Vec<String>| if meanings.is_empty() { Vec::new() } else { vec![format!("({}){kept}", meanings.join(" OR "))] };
    Some(match &filter.kind {
        FilterKind::Choice { sql, cast, nullable, .. } => {
            let mut one =
                |value: &String| if *nullable && value == "vide" { format!("{sql} IS NULL") } else { format!("{sql} = {}::{cast}", text(value)) };
            any(asked.take(name).iter().map(&mut one).collect())
        }
        FilterKind::Commune => any(asked.take(name).iter().map(|value| format!("b.code_insee = {}", text(value))).collect()),
        FilterKind::Epci => {
            let of = |siren: String| format!("b.code_insee IN (SELECT c.code_insee FROM commune c WHERE c.epci_siren = {siren})");
            any(asked.take(name).iter().map(|value| of(text(value))).collect())
        }
        FilterKind::Parent { sql, .. } => any(asked.take(name).iter().map(|value| format!("{sql} = {}::bigint", text(value))).collect()),
        FilterKind::Dates { sql, relative } => {
            let mut all = bounds(asked, name, |operator, value| format!("{sql} {operator} {}::date", text(value)));
            for code in asked.take(relative) {
                let (first, last) = period(&code)?;
                let day = format!("{}::date", statement.bind(Arg::Date(today)));
                all.push(format!("{sql} BETWEEN {} AND {}", first.replace("{}", &day), last.replace("{}", &day)));
            }
            all
        }
        FilterKind::Range { sql, kind, .. } => {
            let mut all = bounds(asked, name, |operator, value| match kind {
                // With a point, as addresses are written by us: the column holds the mantissa.
                Kind::Number(number) => format!("{sql} {operator} ({}::numeric * 1{})::bigint", text(value), "0".repeat(number.scale.into())),
                Kind::Duration => format!("{sql} {operator} (extract(epoch FROM {}::interval) / 60)::bigint", text(value)),
                // The day of Guadeloupe in which the instant falls.
                Kind::Instant => format!("({sql} AT TIME ZONE 'America/Guadeloupe')::date {operator} {}::date", text(value)),
                Kind::Date | Kind::Month => format!("{sql} {operator} {}::date", text(value)),
                Kind::Text
                | Kind::LongText
                | Kind::Code
                | Kind::Bool
                | Kind::Choice(_)
                | Kind::Progress
                | Kind::Email
                | Kind::Telephone
                | Kind::Siret
                | Kind::File => "false".into(),
            });
            all.extend(presence(sql, &asked.take(name))?);
            all
        }
        FilterKind::Presence { sql } => presence(sql, &asked.take(name))?,
        FilterKind::Search { look, on, references } => {
            // Asked once, not for each row. A text without a word finds nothing.
            let question = |words: String| if look.tables().is_empty() { words } else { format!("(SELECT mots_cherches({words}))") };
            let own = |words: &str| {
                let of = |own: &References| format!(" OR {}", own.of_row(&format!("cle_cherchee({words})")));
                references.as_ref().map(of).unwrap_or_default()
            };
            let holds = |words: String| format!("({}{}) IS TRUE", look.of_row(on, &question(words.clone()), ""), own(&words));
            any(asked.take(name).iter().map(|value| holds(text(value))).collect())
        }
    })
}

/// Whether a column holds something; `None` for a word that is neither.
fn presence(sql: &str, asked: &[String]) -> Option<Vec<String>> {
    let one = |word: &String| match word.as_str() {
        "vide" => Some(format!("{sql} IS NULL")),
        "renseigne" => Some(format!("{sql} IS NOT NULL")),
        _ => None,
    };
    asked.iter().map(one).collect()
}

/// What the bounds of a range ask, both included.
fn bounds(asked: &mut Unread, name: &str, mut compared: impl FnMut(&str, &String) -> String) -> Vec<String> {
    let mut all = Vec::new();
    for (operator, suffix) in [(">=", "min"), ("<=", "max")] {
        all.extend(asked.take(&format!("{name}_{suffix}")).iter().map(|value| compared(operator, value)));
    }
    all
}

/// First and last day of a period, in which `{}` is today: counted by PostgreSQL, not by `relative`.
fn period(code: &str) -> Option<(&'static str, &'static str)> {
    Some(match code {
        "aujourd_hui" => ("{}", "{}"),
        "sept_jours" => ("{} - 6", "{}"),
        "mois" => ("date_trunc('month', {})::date", "(date_trunc('month', {}) + interval '1 month')::date - 1"),
        "mois_dernier" => ("(date_trunc('month', {}) - interval '1 month')::date", "date_trunc('month', {})::date - 1"),
        "trimestre" => ("date_trunc('quarter', {})::date", "(date_trunc('quarter', {}) + interval '3 months')::date - 1"),
        "trimestre_dernier" => ("(date_trunc('quarter', {}) - interval '3 months')::date", "date_trunc('quarter', {})::date - 1"),
        "annee" => ("date_trunc('year', {})::date", "(date_trunc('year', {}) + interval '1 year')::date - 1"),
        "annee_derniere" => ("(date_trunc('year', {}) - interval '1 year')::date", "date_trunc('year', {})::date - 1"),
        // Where a month is shorter a year before, the later of the two ways of counting.
        "douze_mois" => ("greatest(({} + 1 - interval '1 year')::date, ({} - interval '1 year')::date + 1)", "{}"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::relative::PERIODS;

    #[test]
    fn every_period_on_offer_is_known() {
        for (code, _) in PERIODS {
            assert!(period(code).is_some(), "{code}");
        }
    }
}
