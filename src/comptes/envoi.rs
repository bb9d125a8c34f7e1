//! A form, read while its sender still has the rights that the guards found.

use std::collections::BTreeMap;
use std::ops::Deref;

use rocket::data::{self, ByteUnit, Data, FromData, Limits, Outcome, ToByteUnit};
use rocket::form::{Errors, Form, FromForm, ValueField};
use rocket::http::Status;
use rocket::request::Request;

use super::guard::still;
use crate::platform::error::Error;
use crate::platform::http::hold_typed;
use crate::ui::typed::readable;

/// The form of somebody signed in. Guards are asked before the body is there, and whoever sends it slowly chooses when it
/// ends: who sends it is asked once more after its last byte.
#[derive(Debug)]
pub struct Envoi<T>(T);

impl<T> Envoi<T> {
    /// The form itself.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Envoi<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Kibibytes of a form of many long fields: every heading of the legal texts as long as it may be, however its letters are
/// written. The usual limit of a form is lower.
const PAIRES_KIB_MAX: u32 = 512;

/// The pairs of such a form.
#[derive(Debug)]
pub struct Paires(pub BTreeMap<String, String>);

/// Whether who sends a form still may, once its last byte is there; else the status of the refusal. For a reader of its own:
/// that of files.
///
/// # Errors
/// They are signed out (401), their rights changed (409), or PostgreSQL is away (503).
pub async fn after_the_last_byte(request: &Request<'_>) -> Result<(), Status> {
    match still(request).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Status::Conflict),
        Err(Error::SignedOut) => Err(Status::Unauthorized),
        Err(_) => Err(Status::ServiceUnavailable),
    }
}

/// The pairs of a form, as they came.
struct Sent(Vec<(String, String)>);

/// Reads a form whole, and holds what was typed into it: whatever refuses it from here on gives it back.
async fn pairs<'r>(request: &'r Request<'_>, data: Data<'r>, limit: ByteUnit) -> Result<&'r [(String, String)], Status> {
    let body = data.open(limit).into_string().await.map_err(|_| Status::BadRequest)?;
    if !body.is_complete() {
        return Err(Status::PayloadTooLarge);
    }
    let sent = request.local_cache(|| Sent(form_urlencoded::parse(body.as_bytes()).into_owned().collect()));
    hold_typed(request, readable(&sent.0));
    Ok(&sent.0)
}

/// Holds what was typed into a form that nobody reads, so that its refusal gives it back. Of anything else nothing is held.
pub(super) async fn hold_form<'r>(request: &'r Request<'_>, data: Data<'r>) {
    if request.content_type().is_some_and(|kind| kind.is_form()) {
        // One that is too long is refused as the others are, without it.
        let _held = pairs(request, data, PAIRES_KIB_MAX.kibibytes()).await;
    }
}

#[rocket::async_trait]
impl<'r, T: FromForm<'r>> FromData<'r> for Envoi<T> {
    type Error = Errors<'r>;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, Self> {
        if !request.content_type().is_some_and(|kind| kind.is_form()) {
            return Outcome::Forward((data, Status::UnsupportedMediaType));
        }
        let pairs = match pairs(request, data, request.limits().get("form").unwrap_or(Limits::FORM)).await {
            Ok(pairs) => pairs,
            Err(status) => return Outcome::Error((status, Errors::new())),
        };
        let fields = pairs.iter().map(|(name, text)| ValueField::from((name.as_str(), text.as_str())));
        match (Form::<T>::parse_iter(fields), after_the_last_byte(request).await) {
            (Ok(form), Ok(())) => Outcome::Success(Self(form)),
            (Err(errors), _) => Outcome::Error((errors.status(), errors)),
            (_, Err(status)) => Outcome::Error((status, Errors::new())),
        }
    }
}

#[rocket::async_trait]
impl<'r> FromData<'r> for Paires {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, Self> {
        let pairs = match pairs(request, data, PAIRES_KIB_MAX.kibibytes()).await {
            Ok(pairs) => pairs,
            Err(_) => return Outcome::Error((Status::BadRequest, ())),
        };
        match after_the_last_byte(request).await {
            Ok(()) => Outcome::Success(Self(pairs.iter().cloned().collect())),
            Err(status) => Outcome::Error((status, ())),
        }
    }
}
