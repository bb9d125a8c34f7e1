//! How an error looks: a page with a way out, or a message in the page for a fragment.

use maud::{Markup, html};
use rocket::http::{ContentType, Method, Status};
use rocket::response::{self, Responder, Response};
use rocket::{Request, http::Header};

use super::icon::icon;
use super::layout::{self, Frame};
use super::typed as saisi;
use crate::platform::config::Config;
use crate::platform::error::Error;
use crate::platform::http::{Address, Typed, Wants, deny, hold_typed, note_trouble, path_of, request_number, typed};

impl<'r> Responder<'r, 'static> for Error {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        if self.status().code >= 500 {
            tracing::error!(request = request_number(request), cause = %self, "request failed");
            note_trouble(request, &self);
        }
        if let Some(denial) = self.denial() {
            deny(request, denial);
        }
        let partial = request.headers().get_one("HX-Request-Type") == Some("partial");
        let wants = if partial { Wants::Fragment } else { Wants::Page };
        if matches!(self, Self::SignedOut) {
            let left = match (request.method(), turned(request)) {
                (Method::Get | Method::Head, Turned::Ended) => Left::Work,
                (Method::Get | Method::Head, _) => Left::Page,
                _ => Left::Lost,
            };
            return Ok(to_sign_in(request, left));
        }
        let beside = field_of(&self, request).filter(|_| wants == Wants::Fragment);
        let body = match wants {
            Wants::Page => page(request, self.status(), &self.sentence()),
            Wants::Fragment if beside.is_some() => html! { (icon("circle-x")) (self.sentence()) },
            Wants::Fragment => message(&self.sentence(), request_number(request)),
        };
        let mut response = Response::build();
        let body = body.into_string();
        response.status(self.status()).header(ContentType::HTML).sized_body(body.len(), std::io::Cursor::new(body));
        if wants == Wants::Fragment {
            // What the person was looking at stays; the message comes over it, or beside the field refused.
            let place = beside.map_or_else(|| "#messages".to_string(), |name| format!("#f-{name}-erreur"));
            response.raw_header("HX-Retarget", place).raw_header("HX-Reswap", "innerHTML").raw_header("HX-Push-Url", "false");
        }
        if let Some(seconds) = self.retry_after() {
            response.raw_header("Retry-After", seconds.to_string());
        }
        response.ok()
    }
}

/// A refusal, with what was typed under the labels of its form.
pub struct Refused {
    /// Why.
    pub error: Error,
    /// What their sender typed, and nothing of the row: they may no longer read it.
    pub typed: Typed,
}

impl<'r> Responder<'r, 'static> for Refused {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        hold_typed(request, self.typed);
        self.error.respond_to(request)
    }
}

/// The field that the refusal is about, when the filters of a list asked: they have a place for it.
fn field_of<'a>(error: &'a Error, request: &Request<'_>) -> Option<&'a str> {
    let filters = request.headers().get_one("HX-Source").is_some_and(|source| source.ends_with("#filtres"));
    match error {
        Error::Field(name, _) if filters => Some(name),
        _ => None,
    }
}

/// What a guard found of a person whom it did not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
    /// No guard turned this request away.
    Never,
    /// Nobody was signed in.
    Stranger,
    /// The session has ended.
    Ended,
    /// Who they are is to be proved again.
    Unconfirmed,
    /// A second factor is required of them, and not in place.
    Bare,
    /// They are known, and may not: said in these words.
    Denied(&'static str),
    /// Their collectivité requires the identity provider, and their session does not come from it.
    Unlinked,
}

/// What became of the request of somebody who must sign in first, for the sentence of that page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// They asked for a page, which they will get.
    Page,
    /// The same, in the middle of their work.
    Work,
    /// What they sent was not done, and is gone.
    Lost,
    /// What they sent was not done, and is kept under this number.
    Kept(i64),
}

impl Left {
    /// Its word in the address of the sign-in page.
    fn word(self) -> Option<&'static str> {
        match self {
            Self::Page => None,
            Self::Work => Some("session"),
            Self::Lost => Some("perdue"),
            Self::Kept(_) => Some("gardee"),
        }
    }
}

/// The page that the person was on, or asks for.
pub fn here(request: &Request<'_>) -> Option<String> {
    match request.headers().get_one("HX-Request-Type") {
        // The rows of another question: the page that shows them has the same address.
        Some("partial") if request.method() == Method::Get && request.headers().get_one("HX-Target") == Some("div#liste") => {
            Some(request.uri().to_string())
        }
        Some("partial") => request.headers().get_one("HX-Current-URL").and_then(path_of),
        _ if request.method() == Method::Get => Some(request.uri().to_string()),
        _ => request.headers().get_one("Referer").and_then(path_of),
    }
}

/// Why a guard turned this request away, if one did.
pub fn turned(request: &Request<'_>) -> Turned {
    *request.local_cache(|| Turned::Never)
}

/// The page where somebody turned away is led.
fn gate(turned: Turned, place: Option<&str>, left: Left) -> String {
    let page = match turned {
        Turned::Bare => return "/compte/second-facteur".into(),
        Turned::Unlinked => return "/compte/identite".into(),
        Turned::Unconfirmed => "/compte/confirmation",
        Turned::Never | Turned::Stranger | Turned::Ended | Turned::Denied(_) => "/connexion",
    };
    Address::of(page).with_some("retour", place.filter(|place| *place != "/")).with_some("fin", left.word()).into()
}

/// To the sign-in page, or to the one where who one is is proved again: it says what happened, and leads back to where the
/// person was or to what they typed.
pub fn to_sign_in(request: &Request<'_>, left: Left) -> Response<'static> {
    let place = match left {
        Left::Kept(id) => Some(format!("/reprise/{id}")),
        _ => here(request),
    };
    let address = gate(turned(request), place.as_deref(), left);
    let mut response = Response::new();
    if request.headers().get_one("HX-Request-Type") == Some("partial") {
        // A redirection would be followed by the script, and the sign-in page end up in the table.
        response.set_status(Status::Unauthorized);
        response.set_header(Header::new("HX-Redirect", address));
    } else {
        response.set_status(Status::SeeOther);
        response.set_header(Header::new("Location", address));
    }
    response.set_header(Header::new("Cache-Control", "no-store"));
    response
}

/// The frame of whoever is signed in, left by their guard for the errors of the same request.
pub struct KnownFrame(pub Option<Frame>);

/// The page of an error.
pub fn page(request: &Request<'_>, status: Status, sentence: &str) -> Markup {
    let environment = request.rocket().state::<Config>().map(|config| config.environnement).unwrap_or_default();
    let nobody = Frame { environment, path: request.uri().path().to_string(), ..Frame::default() };
    // The guard left the frame of the person, if it got that far.
    let frame = request.local_cache(|| KnownFrame(None)).0.clone().unwrap_or(nobody);
    let title = title(status);
    layout::page(
        &frame,
        title,
        &html! {
            section class="etroite erreur-page" {
                h1 { (title) }
                p { (sentence) }
                @let up = if status.code == 403 { "/".to_string() } else { parent(&frame) };
                p class="actions" {
                    a class="bouton principal" href=(up) { "Revenir " (if up == "/" { "à l’accueil" } else { "à la liste" }) }
                    @if status.code >= 500 { a class="bouton" href=(request.uri().to_string()) { (icon("refresh-cw")) "Réessayer" } }
                }
                (saisi::section(&typed(request)))
                p class="discret" { "Demande n° " code { (request_number(request)) } }
            }
        },
    )
}

fn message(sentence: &str, number: &str) -> Markup {
    html! {
        div class="message erreur" role="alert" {
            (icon("circle-x"))
            div { p { (sentence) } p class="discret" { "Demande n° " code { (number) } } }
        }
    }
}

fn title(status: Status) -> &'static str {
    match status.code {
        400 => "Cette demande n’est pas valable",
        401 => "Connexion nécessaire",
        403 => "Accès refusé",
        404 => "Page introuvable",
        405 => "Action impossible",
        409 => "La situation a changé",
        410 => "Ce n’est plus disponible",
        413 => "Envoi trop volumineux",
        422 => "Informations à corriger",
        429 => "Trop de tentatives",
        503 => "Service momentanément indisponible",
        _ => "Une erreur est survenue",
    }
}

/// The list above a page, the only address that is certainly right: one of the menu of the person, or a page that leads back to it.
fn parent(frame: &Frame) -> String {
    let first = frame.path.split('/').nth(1).unwrap_or_default();
    let up = format!("/{first}");
    let known = ["avis", "programmes"].contains(&first) || frame.menu.iter().any(|entry| entry.href == up);
    if known { up } else { "/".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_person_was() {
        assert_eq!(path_of("http://localhost:8000/sejours?statut=valide#x").as_deref(), Some("/sejours?statut=valide"));
        assert_eq!(path_of("javascript:alert(1)"), None);
        assert_eq!(path_of("https://gardel.gp"), None);
    }
}
