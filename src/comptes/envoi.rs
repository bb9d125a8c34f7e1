//! A form, read while its sender still has the rights that the guards found.

use std::ops::Deref;

use rocket::data::{self, Data, FromData, Outcome};
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

#[rocket::async_trait]
impl<'r, T: FromForm<'r>> FromData<'r> for Envoi<T> {
    type Error = Errors<'r>;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, Self> {
        let form = match Form::<T>::from_data(request, data).await {
            Outcome::Success(form) => form,
            Outcome::Error(error) => return Outcome::Error(error),
            Outcome::Forward(forward) => return Outcome::Forward(forward),
        };
        let refused = |status| Outcome::Error((status, Errors::new()));
        match still(request).await {
            Ok(true) => Outcome::Success(Self(form.into_inner())),
            Ok(false) => refused(Status::Conflict),
            Err(Error::SignedOut) => refused(Status::Unauthorized),
            Err(_) => refused(Status::ServiceUnavailable),
        }
    }
}
