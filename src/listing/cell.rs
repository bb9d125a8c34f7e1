//! A value as people read it, in a table or on a file.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::spec::{Column, Kind};
use super::value::Value;
use crate::ui::contact;
use crate::ui::format;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge};
use crate::ui::siret;

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
    let own = if let (None, Value::Text(text)) = (address, value) { kind.link(text) } else { None };
    let address = address.or(own.as_deref());
    if let (Some(address), Kind::Text | Kind::Email, Value::Text(text)) = (address, kind, value)
        && text.chars().nth(SHORT_TEXT).is_some()
    {
        // One element rather than two: a page has hundreds of them.
        return html! { a class="long" href=(address) { (text) } };
    }
    if *value == Value::Null {
        return html! { span class="absent" { "–" span class="visuellement-cache" { "non renseigné" } } };
    }
    // A page has hundreds of texts: none is copied.
    let text = value.text().unwrap_or_default();
    let shown = match kind {
        Kind::Text | Kind::Email => short_or_long(text),
        // Cut to its first words by the style: the whole of it is said by the title.
        Kind::LongText => html! { span class="long" title=(text) { (text) } },
        Kind::Instant => match value {
            Value::Instant(instant) => html! { time datetime=(instant.to_rfc3339()) { (format::instant(*instant)) } },
            _ => html! { (kind.words(value)) },
        },
        Kind::Choice(options) => choice(options, text),
        Kind::Code | Kind::Telephone => html! { span class="code" { (text) } },
        Kind::Siret => html! { span class="code" { (siret::in_groups(text)) } },
        Kind::File => html! { (icon("download")) (text) },
        Kind::Number(_) | Kind::Date | Kind::Month | Kind::Duration | Kind::Bool | Kind::Progress => html! { (kind.words(value)) },
    };
    match address {
        Some(address) => html! { a href=(address) { (shown) } },
        None => shown,
    }
}

fn short_or_long(text: &str) -> Markup {
    if text.chars().nth(SHORT_TEXT).is_none() {
        html! { (text) }
    } else {
        html! { span class="long" { (text) } }
    }
}

/// A choice by its label, on a ground when it has a tone.
fn choice(options: &[(&str, &str, &str)], code: &str) -> Markup {
    match options.iter().find(|(known, ..)| *known == code) {
        Some((_, label, "")) => html! { (label) },
        Some((_, label, tone)) => badge(Tone::from_code(tone), label),
        None => html! { (code) },
    }
}

impl Kind {
    /// Where a text leads by itself: a letter, a call. What is none, of an older import, leads nowhere.
    pub fn link(self, text: &str) -> Option<String> {
        match self {
            Self::Email => contact::email(text).map(|address| format!("mailto:{}", contact::mailed(&address))),
            Self::Telephone => contact::telephone(text).map(|number| format!("tel:{}", contact::dialled(&number))),
            Self::Text
            | Self::LongText
            | Self::Code
            | Self::Number(_)
            | Self::Date
            | Self::Month
            | Self::Instant
            | Self::Duration
            | Self::Bool
            | Self::Choice(_)
            | Self::Progress
            | Self::Siret
            | Self::File => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_an_address_or_a_number_leads_somewhere() {
        for (kind, text, link) in [
            (Kind::Email, "a.b@exemple.gp", Some("mailto:a.b@exemple.gp")),
            (Kind::Email, "par la mairie", None),
            (Kind::Telephone, "05 90 12 34 56", Some("tel:+590590123456")),
            (Kind::Telephone, "poste 12", None),
            (Kind::Siret, "13002526500013", None),
        ] {
            assert_eq!(kind.link(text).as_deref(), link, "{text}");
        }
    }
}
