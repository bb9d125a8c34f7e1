//! Who writes a record that asks for it proves again who they are: what it changes opens a door to somebody else's account.

use rocket::Request;
use rocket::request::{FromRequest, Outcome};

use super::model::Record;
use crate::comptes::Confirmed;
use crate::context::Context;
use crate::platform::error::Error;

/// Whoever is to write the record of the address did so a moment ago, when it asks for it.
pub struct Proved;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Proved {
    type Error = Error;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Error> {
        let liste = request.param::<&str>(0).and_then(std::result::Result::ok).unwrap_or_default();
        let record = request.rocket().state::<Context>().and_then(|context| Record::find(&context.catalogue, liste));
        if record.is_some_and(|record| record.hooks.proved()) { Confirmed::from_request(request).await.map(|_| Self) } else { Outcome::Success(Self) }
    }
}
