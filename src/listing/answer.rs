//! What a list answers: a fragment as the cache keeps it, a page, or another address.

use rocket::Request;
use rocket::http::{ContentType, Status};
use rocket::response::{Redirect, Responder, Response};

use crate::platform::cache::Fragment;
use crate::platform::http::{Flash, etag};
use crate::ui::message::Flash as Said;

/// An answer.
pub(super) enum Answer {
    /// A fragment as the cache keeps it, with the clean address of what it shows.
    Kept(Fragment, Option<String>),
    /// A page.
    Html(String),
    /// A page that says what cannot be done: 400.
    Refused(String),
    /// Another address, with what to say there.
    To(String, Option<Said>),
}

/// A redirection whose page says something.
pub fn said_at(to: Redirect, said: Said) -> Flash<Redirect> {
    let text = said.next.as_ref().map_or_else(|| said.text.clone(), |next| next.after(&said.text));
    Flash::new(to, said.tone.flash_kind(), text)
}

impl<'r> Responder<'r, 'static> for Answer {
    fn respond_to(self, request: &'r Request<'_>) -> rocket::response::Result<'static> {
        let mut response = Response::build();
        response.header(ContentType::HTML);
        match self {
            Self::To(address, None) => return Redirect::to(address).respond_to(request),
            Self::To(address, Some(said)) => return said_at(Redirect::to(address), said).respond_to(request),
            Self::Refused(html) => {
                response.status(Status::BadRequest).sized_body(html.len(), std::io::Cursor::new(html));
            }
            Self::Html(html) => {
                response.sized_body(html.len(), std::io::Cursor::new(html));
            }
            Self::Kept(fragment, push) => {
                response.raw_header("ETag", etag(&fragment.digest)).sized_body(fragment.body.len(), std::io::Cursor::new(fragment.body));
                if let Some(address) = push {
                    // The clean address, without the empty fields of the form.
                    response.raw_header("HX-Push-Url", address);
                }
            }
        }
        response.ok()
    }
}
