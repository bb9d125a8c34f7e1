//! A chunk, as it arrives: in memory, no more of it than a chunk may have.

use std::time::Duration;

use bytes::Bytes;
use rocket::data::{self, Data, FromData, ToByteUnit};
use rocket::http::Status;
use rocket::request::Request;
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use super::MORCEAU;
use crate::comptes::{Personne, after_the_last_byte};
use crate::platform::http::Places;
use crate::platform::token::hexadecimal;

/// Each holds [`MORCEAU`] bytes of the memory of a server.
static PLACES: Places = Places::new(16, 4);
/// How long one may take: four mebibytes at the speed of a bad telephone line.
const PATIENCE: Duration = Duration::from_secs(600);

/// A chunk.
pub struct Morceau {
    pub octets: Bytes,
    pub sha256: String,
}

/// What became of it: it is here, or a status and a sentence.
pub struct Recu(pub Result<Morceau, (Status, &'static str)>);

async fn received(request: &Request<'_>, data: Data<'_>) -> Result<Morceau, (Status, &'static str)> {
    let incomplete = (Status::BadRequest, "Ce morceau est arrivé incomplet. Il va être envoyé de nouveau.");
    let Some(personne) = request.guard::<Personne>().await.succeeded() else { return Err(incomplete) };
    let Some(_place) = PLACES.take(request, personne.reader.user_id) else {
        return Err((Status::TooManyRequests, "Trop de morceaux arrivent au même moment. Celui-ci va être envoyé de nouveau."));
    };
    let reading = data.open((u64::from(MORCEAU) + 1).bytes()).into_bytes();
    let octets = match timeout(PATIENCE, reading).await {
        Ok(Ok(body)) => Bytes::from(body.into_inner()),
        _ => return Err(incomplete),
    };
    if octets.len() as u64 > u64::from(MORCEAU) {
        return Err((Status::PayloadTooLarge, "Ce morceau est plus grand que ceux de cet envoi."));
    }
    let read = octets.clone();
    let digest = tokio::task::spawn_blocking(move || hexadecimal(&Sha256::digest(&read))).await;
    match digest {
        Ok(sha256) => Ok(Morceau { octets, sha256 }),
        Err(_) => Err(incomplete),
    }
}

#[rocket::async_trait]
impl<'r> FromData<'r> for Recu {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, Self> {
        let sent = received(request, data).await;
        match after_the_last_byte(request).await {
            Ok(()) => data::Outcome::Success(Self(sent)),
            Err(status) => data::Outcome::<Self>::Error((status, ())),
        }
    }
}
