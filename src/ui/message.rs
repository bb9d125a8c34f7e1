//! Messages, empty states, badges: what tells a person how things stand.

use maud::{Markup, html};

use super::icon::icon;

/// How serious a message is: tells colour, icon and word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Neutral.
    Plain,
    /// Done, fine.
    Success,
    /// To look at.
    Warning,
    /// Failed.
    Failure,
    /// Under way, to know.
    Info,
}

impl Tone {
    /// Tone of a choice as declared (`succes`, `alerte`, `erreur`, `info`).
    pub fn from_code(code: &str) -> Self {
        match code {
            "succes" => Self::Success,
            "alerte" => Self::Warning,
            "erreur" => Self::Failure,
            "info" => Self::Info,
            _ => Self::Plain,
        }
    }

    /// The kind of a flash message, as its cookie carries it.
    pub fn flash_kind(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "error",
            Self::Warning => "warning",
            Self::Plain | Self::Info => "info",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Plain => "neutre",
            Self::Success => "succes",
            Self::Warning => "alerte",
            Self::Failure => "erreur",
            Self::Info => "info",
        }
    }

    fn icon(self) -> &'static str {
        match self {
            Self::Plain | Self::Info => "info",
            Self::Success => "circle-check",
            Self::Warning => "triangle-alert",
            Self::Failure => "circle-x",
        }
    }
}

/// What just happened, shown once at the top of the next page.
#[derive(Clone, Debug)]
pub struct Flash {
    /// How serious.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
}

/// A flash message.
pub fn flash(message: &Flash) -> Markup {
    let role = if message.tone == Tone::Failure { "alert" } else { "status" };
    html! { div class={ "message " (message.tone.class()) } role=(role) { (icon(message.tone.icon())) p { (message.text) } } }
}

/// A message that belongs to the page.
pub fn notice(tone: Tone, body: &Markup) -> Markup {
    html! { div class={ "message " (tone.class()) } { (icon(tone.icon())) div { (body) } } }
}

/// A state in words, with a shape and a colour.
pub fn badge(tone: Tone, word: &str) -> Markup {
    html! { span class={ "badge " (tone.class()) } { (word) } }
}

/// Nothing to show: why, and the way out.
pub fn empty(title: &str, body: &Markup) -> Markup {
    html! { div class="vide" { p class="vide-titre" { (title) } (body) } }
}
