//! Messages, empty states, badges: what tells a person how things stand.

use maud::{Markup, html};

use super::icon::icon;
use crate::platform::http::here;

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

    /// The tone of the words left for a page (see [`Self::flash_kind`]).
    pub fn from_kind(kind: &str) -> Self {
        match kind {
            "success" => Self::Success,
            "error" => Self::Failure,
            "warning" => Self::Warning,
            _ => Self::Info,
        }
    }

    /// The kind of the words left for the next page.
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
    /// What may be done about it, right there.
    pub next: Option<Next>,
}

/// What a message offers to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// A form with one button: address, word, and the pair that goes with it.
    Undo {
        /// Where it is sent.
        address: String,
        /// Signed by us.
        token: String,
        /// Where to come back.
        back: String,
    },
    /// A link: address and words.
    Link(String, String),
}

/// Parts of a message on its way to the next page are kept apart by a sign that nobody types.
const APART: char = '\u{1f}';

impl Next {
    /// `text` and what it offers, for the next page.
    pub fn after(&self, text: &str) -> String {
        match self {
            Self::Undo { address, token, back } => [text, "annuler", address, token, back].join(&APART.to_string()),
            Self::Link(address, words) => [text, "lien", address, words].join(&APART.to_string()),
        }
    }
}

impl Flash {
    /// The message left for a page. What it offers leads nowhere but to a page of this site.
    pub fn read(tone: Tone, message: &str) -> Self {
        let parts: Vec<&str> = message.split(APART).collect();
        let here = |address: &str| here(address).is_some();
        let next = match parts.as_slice() {
            [_, "annuler", address, token, back] if here(address) && here(back) => {
                Some(Next::Undo { address: (*address).into(), token: (*token).into(), back: (*back).into() })
            }
            [_, "lien", address, words] if here(address) => Some(Next::Link((*address).into(), (*words).into())),
            _ => None,
        };
        Self { tone, text: parts[0].to_string(), next }
    }
}

/// A flash message.
pub fn flash(message: &Flash) -> Markup {
    let role = if message.tone == Tone::Failure { "alert" } else { "status" };
    html! { div class={ "message " (message.tone.class()) } role=(role) { (icon(message.tone.icon())) p { (message.text) } (next(message.next.as_ref())) } }
}

fn next(next: Option<&Next>) -> Markup {
    html! {
        @match next {
            Some(Next::Undo { address, token, back }) => form class="en-ligne" method="post" action=(address) {
                input type="hidden" name="jeton" value=(token);
                input type="hidden" name="retour" value=(back);
                button class="bouton" type="submit" { "Annuler cette modification" }
            },
            Some(Next::Link(address, words)) => a href=(address) { (words) },
            None => {}
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_travels_with_its_message() {
        let undo = Next::Undo { address: "/a".into(), token: "t".into(), back: "/b?c=d".into() };
        let flash = Flash::read(Tone::Success, &undo.after("Modifié."));
        assert_eq!((flash.text.as_str(), flash.next), ("Modifié.", Some(undo)));
        for elsewhere in ["//ailleurs.example", "https://ailleurs.example", ""] {
            assert_eq!(Flash::read(Tone::Success, &Next::Link(elsewhere.into(), "x".into()).after("a")).next, None);
        }
        assert_eq!(Flash::read(Tone::Info, "seul").text, "seul");
    }
}
