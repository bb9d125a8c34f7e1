//! A value as people read it, in a table or on a file.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::spec::{Column, Kind};
use super::value::Value;
use crate::ui::format;
use crate::ui::message::{Tone, badge};

/// Characters of a text that the narrowest column holds: beyond, it may be cut.
const SHORT_TEXT: usize = 14;

/// A value of `column` as shown in its table.
pub(super) fn in_column(column: &Column, value: &Value, address: Option<&str>) -> Markup {
    match (value, address) {
        (Value::Instant(instant), Some(address)) if column.precise => html! { a href=(address) { (precise(*instant)) } },
        (Value::Instant(instant), None) if column.precise => precise(*instant),
        _ => cell(column.kind, value, address),
    }
}

fn precise(instant: DateTime<Utc>) -> Markup {
    html! { time datetime=(instant.to_rfc3339()) { (format::instant_seconds(instant)) } }
}

/// A value as shown in a table or a file.
pub fn cell(kind: Kind, value: &Value, address: Option<&str>) -> Markup {
    if let (Some(address), Kind::Text, Value::Text(text)) = (address, kind, value)
        && text.chars().nth(SHORT_TEXT).is_some()
    {
        // One element rather than two: a page has hundreds of them.
        return html! { a class="long" href=(address) { (text) } };
    }
    let shown = match (kind, value) {
        (_, Value::Null) => html! { span class="absent" { "–" span class="visuellement-cache" { "non renseigné" } } },
        (Kind::Money, Value::Int(cents)) => html! { (format::money(*cents)) },
        (_, Value::Int(number)) => html! { (format::integer(*number)) },
        (_, Value::Date(day)) => html! { (format::date(*day)) },
        (_, Value::Instant(instant)) => html! { time datetime=(instant.to_rfc3339()) { (format::instant(*instant)) } },
        (_, Value::Bool(yes)) => html! { (if *yes { "Oui" } else { "Non" }) },
        (Kind::Choice(options), Value::Text(code)) => match options.iter().find(|(known, ..)| known == code) {
            Some((_, label, "")) => html! { (label) },
            Some((_, label, tone)) => badge(Tone::from_code(tone), label),
            None => html! { (code) },
        },
        (Kind::Progress, Value::Text(text)) => progress(text),
        (Kind::Code, Value::Text(text)) => html! { span class="code" { (text) } },
        (_, Value::Text(text)) if text.chars().nth(SHORT_TEXT).is_none() => html! { (text) },
        (_, Value::Text(text)) => html! { span class="long" { (text) } },
    };
    match address {
        Some(address) if !matches!(value, Value::Null) => html! { a href=(address) { (shown) } },
        _ => shown,
    }
}

fn progress(text: &str) -> Markup {
    let (done, total) = text.split_once('/').unwrap_or((text, ""));
    match (done.parse::<i64>(), total.parse::<i64>()) {
        (Ok(done), Ok(total)) if total > 0 => html! { (format::integer(done.saturating_mul(100) / total)) "\u{202f}%" },
        _ => html! { "–" },
    }
}
