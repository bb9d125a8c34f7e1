//! A form, read while its sender still has the rights that the guards found.

use std::collections::BTreeMap;
use std::ops::Deref;

use rocket::data::{self, Data, FromData, Outcome, ToByteUnit};
use rocket::form::{Errors, Form, FromForm};
use rocket::http::Status;
use rocket::request::Request;

use super::guard::still;
use crate::platform::error::Error;

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

#[rocket::async_trait]
impl<'r, T: FromForm<'r>> FromData<'r> for Envoi<T> {
    type Error = Errors<'r>;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, Self> {
        let form = match Form::<T>::from_data(request, data).await {
            Outcome::Success(form) => form,
            Outcome::Error(error) => return Outcome::Error(error),
            Outcome::Forward(forward) => return Outcome::Forward(forward),
        };
        match after_the_last_byte(request).await {
            Ok(()) => Outcome::Success(Self(form.into_inner())),
            Err(status) => Outcome::Error((status, Errors::new())),
        }
    }
}

#[rocket::async_trait]
impl<'r> FromData<'r> for Paires {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, Self> {
        let body = match data.open(PAIRES_KIB_MAX.kibibytes()).into_string().await {
            Ok(body) if body.is_complete() => body,
            _ => return Outcome::Error((Status::BadRequest, ())),
        };
        match after_the_last_byte(request).await {
            Ok(()) => Outcome::Success(Self(form_urlencoded::parse(body.as_bytes()).into_owned().collect())),
            Err(status) => Outcome::Error((status, ())),
        }
    }
}
