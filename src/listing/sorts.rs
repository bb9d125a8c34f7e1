//! The orders of a list: those that its indexes give, declared, and for every other column the order of its
//! values, over a set small enough to be sorted.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use super::spec::{Column, Kind, List, Sort};

/// Orders of columns, by the declaration they come from: made once, since a question keeps a reference to its sort.
static OF_COLUMNS: LazyLock<Mutex<HashMap<usize, &'static [Sort]>>> = LazyLock::new(Mutex::default);

impl List {
    /// The order called `name`: a declared sort, or a column.
    pub fn order(&self, name: &str) -> Option<&'static Sort> {
        self.sorts
            .iter()
            .find(|sort| sort.name == name)
            .or_else(|| self.column(name).filter(|column| column.sorts()).map(|column| self.order_of(column)))
    }

    /// The order that the header of `column` offers.
    pub fn order_of(&self, column: &Column) -> &'static Sort {
        let declared = column.sort.and_then(|name| self.sorts.iter().find(|sort| sort.name == name));
        let own = || of_columns(self.columns).iter().find(|sort| sort.name == column.name);
        // A column of another list has no order here: the default one is no lie.
        declared.or_else(own).unwrap_or(&self.sorts[0])
    }
}

/// One order for each of `columns`.
fn of_columns(columns: &'static [Column]) -> &'static [Sort] {
    let mut known = OF_COLUMNS.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(columns.as_ptr() as usize).or_insert_with(|| Box::leak(columns.iter().map(of_column).collect()))
}

fn of_column(column: &Column) -> Sort {
    let sql = column.sql;
    let (expression, cast, kind) = match column.kind {
        Kind::Text | Kind::LongText | Kind::File => (format!("({sql})::text COLLATE \"fr-x-icu\""), "text", Kind::Text),
        Kind::Code | Kind::Email | Kind::Telephone | Kind::Siret => (format!("({sql})::text COLLATE \"C\""), "text", column.kind),
        kind @ (Kind::Number(_) | Kind::Duration | Kind::Date | Kind::Month | Kind::Instant | Kind::Bool) => {
            (format!("({sql})::{}", kind.cast()), kind.cast(), kind)
        }
        // As people read them, not as they are stored.
        Kind::Choice(known) => (format!("({}) COLLATE \"fr-x-icu\"", labels(sql, known)), "text", Kind::Text),
        // Hundredths done; nothing when nobody knows how much there is.
        Kind::Progress => {
            (format!("(100 * split_part({sql}, '/', 1)::numeric / nullif(nullif(split_part({sql}, '/', 2), '')::numeric, 0))"), "numeric", Kind::Int)
        }
    };
    Sort {
        name: column.name,
        label: Box::leak(in_a_sentence(column.label).into_boxed_str()),
        column: Box::leak(expression.into_boxed_str()),
        kind,
        cast,
        nullable: true,
        descending: kind.is_number(),
        led_by: &[],
        indexed: false,
    }
}

fn labels(sql: &str, known: &[(&str, &str, &str)]) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let cases: Vec<String> = known.iter().map(|(code, label, _)| format!("WHEN {} THEN {}", quoted(code), quoted(label))).collect();
    format!("CASE ({sql})::text {} ELSE ({sql})::text END", cases.join(" "))
}

/// « Hébergeur » as « hébergeur »; « SIRET », « N° » stay as they are.
fn in_a_sentence(label: &str) -> String {
    let mut letters = label.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(letters).collect(),
        _ => label.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_told_inside_a_sentence() {
        for (label, told) in [("Hébergeur", "hébergeur"), ("SIRET", "SIRET"), ("N° d’enregistrement", "N° d’enregistrement"), ("Énergie", "énergie")]
        {
            assert_eq!(in_a_sentence(label), told);
        }
    }

    #[test]
    fn a_choice_is_sorted_by_its_words() {
        let sql = labels("b.statut", &[("a", "À vérifier", ""), ("b", "O'Neill", "")]);
        assert_eq!(sql, "CASE (b.statut)::text WHEN 'a' THEN 'À vérifier' WHEN 'b' THEN 'O''Neill' ELSE (b.statut)::text END");
    }
}
