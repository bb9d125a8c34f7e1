//! What a form that was sent leads to: a page that shows it again, or another page that says it is done.

use maud::Markup;
use rocket::http::Status;
use rocket::response::{Redirect, Responder, Response};
use rocket::{Request, response};

use crate::platform::error::Result;
use crate::platform::http::Flash;

/// A page, or on to another one.
#[derive(rocket::Responder)]
pub enum Reply {
    /// A page, or a part of one: the form again, or what was asked for.
    Page((Status, Markup)),
    /// On to another page, with what it says first.
    Done(Box<Flash<Redirect>>),
    /// The same, for htmx.
    Reload(Box<Flash<HxRedirect>>),
}

/// What a route gives whose form, when it is refused, is shown again.
pub type OrForm<T> = Result<std::result::Result<T, (Status, Markup)>>;

/// Tells htmx to open a page.
pub struct HxRedirect(pub String);

impl<'r> Responder<'r, 'static> for HxRedirect {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        Response::build().raw_header("HX-Redirect", self.0).ok()
    }
}
