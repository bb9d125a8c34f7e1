//! Faults inside a text: what decides in a statement of SQL.

/// What is looked for in a text, and what takes its place. The longer first: a place is changed in one way only.
const PARTS: &[(&str, &str)] = &[
    ("IS NOT NULL", "IS NULL"),
    ("IS NULL", "IS NOT NULL"),
    ("IS NOT TRUE", "IS TRUE"),
    ("IS TRUE", "IS NOT TRUE"),
    ("WHERE NOT ", "WHERE "),
    ("NOT EXISTS", "EXISTS"),
    ("EXISTS (", "NOT EXISTS ("),
    ("NOT MATERIALIZED", "MATERIALIZED"),
    ("DISTINCT ON", "DISTINCT ON"),
    ("DISTINCT ", ""),
    (" AND ", " OR "),
    (" OR ", " AND "),
    (" = ANY", " <> ALL"),
    (" <> ALL", " = ANY"),
    (" >= ", " > "),
    (" <= ", " < "),
    (" <> ", " = "),
    (" < ", " <= "),
    (" > ", " >= "),
    (" = ", " <> "),
    (" DESC", " ASC"),
    (" + 1", ""),
    (" - 1", ""),
    (" - 6", " - 5"),
    ("{operator}=", "{operator}"),
    ("interval '1 ", "interval '2 "),
    ("interval '3 ", "interval '2 "),
];

/// Texts that decide by themselves.
const WHOLE: &[(&str, &str)] = &[
    ("<", "<="),
    (">", ">="),
    ("<=", "<"),
    (">=", ">"),
    ("true", "false"),
    ("false", "true"),
    ("ASC", "DESC"),
    ("DESC", "ASC"),
    ("min", "max"),
    ("max", "min"),
];

/// The faults of the text that a literal of the source holds, as (the literal with the fault, the fault in words).
pub fn faults(literal: &str) -> Vec<(String, String)> {
    let Some(inside) = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return Vec::new() };
    if let Some((from, to)) = WHOLE.iter().find(|(from, _)| *from == inside) {
        return vec![(format!("\"{to}\""), format!("« {from} » → « {to} »"))];
    }
    let mut found = Vec::new();
    let mut at = 0;
    while at < inside.len() {
        let part = PARTS.iter().find(|(from, _)| inside[at..].starts_with(from));
        let Some((from, to)) = part else {
            at += inside[at..].chars().next().map_or(1, char::len_utf8);
            continue;
        };
        if from != to {
            let (before, after) = (&inside[..at], &inside[at + from.len()..]);
            let begin = before.char_indices().rev().nth(17).map_or(0, |(place, _)| place);
            let near = format!("{}⟦{from} → {to}⟧", &before[begin..]);
            found.push((format!("\"{before}{to}{after}\""), near.split_whitespace().collect::<Vec<_>>().join(" ")));
        }
        // The blank at the end of a part may begin the next one.
        at += from.trim_end().len();
    }
    found
}
