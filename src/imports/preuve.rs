//! Whoever writes, or takes back, an import of a kind that gives rights proves again who they are.

use rocket::Request;
use rocket::request::{FromRequest, Outcome};

use super::genre::Genre;
use crate::comptes::Confirmed;
use crate::context::Context;
use crate::platform::error::Error;

/// Whoever acts on the import of the address proved who they are a moment ago, when its kind asks for it.
pub struct Prouve;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Prouve {
    type Error = Error;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Error> {
        let id = request.param::<i64>(1).and_then(std::result::Result::ok);
        let (Some(id), Some(context)) = (id, request.rocket().state::<Context>()) else { return Outcome::Success(Self) };
        let found = sqlx::query_scalar::<_, String>("SELECT genre FROM import WHERE id = $1").bind(id).fetch_optional(context.db.statement()).await;
        match found {
            Ok(nom) => match nom.and_then(|nom| Genre::find(&context.catalogue, &nom)).and_then(Genre::par_une_personne) {
                Some(_) => Confirmed::from_request(request).await.map(|_| Self),
                None => Outcome::Success(Self),
            },
            Err(error) => Outcome::Error((rocket::http::Status::ServiceUnavailable, error.into())),
        }
    }
}
