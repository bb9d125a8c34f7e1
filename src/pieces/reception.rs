//! Files as they are sent: within what a send may have, and the sentences of what was not received.

use std::fs::File;
use std::time::Duration;

use rocket::data::{self, Data, FromData};
use rocket::http::Status;
use rocket::request::Request;

use super::noms;
use crate::comptes::{Personne, after_the_last_byte};
use crate::platform::http::{AROUND_BYTES, Bornes, Manque, Places, Received, Reception};

/// Mebibytes of a file at most.
pub const FICHIER_MIO_MAX: u64 = 20;
/// Mebibytes of a send at most, all its files together.
pub const ENVOI_MIO_MAX: u64 = 60;
/// Files of a send at most.
pub const ENVOI_FICHIERS_MAX: usize = 10;
/// Bytes of a field that is no file, at most.
const FIELD_BYTES_MAX: u64 = 8 * 1024;

/// Sends read at once by a server: each may hold [`ENVOI_MIO_MAX`] of its disk.
const AT_ONCE: usize = 8;

static PLACES: Places = Places::new(AT_ONCE, 2);

const BORNES: Bornes = Bornes {
    envoi: ENVOI_MIO_MAX * 1024 * 1024 + AROUND_BYTES,
    fichier: FICHIER_MIO_MAX * 1024 * 1024,
    fichiers: ENVOI_FICHIERS_MAX,
    champ: "fichiers",
    champs: &[("jeton", FIELD_BYTES_MAX), ("retour", FIELD_BYTES_MAX)],
    colle: None,
    patience: Duration::from_secs(600),
    nom: noms::cleaned,
};

/// A file that was received: on the disk, without a name there.
pub type Fichier = Received<File>;

impl Fichier {
    /// Whether it is larger than a file may be.
    pub fn too_large(&self) -> bool {
        self.octets > BORNES.fichier
    }
}

/// What became of a send: it is here, or it is not.
pub struct Envoye(pub Result<Reception<File>, Manque>);

#[rocket::async_trait]
impl<'r> FromData<'r> for Envoye {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, Self> {
        // Who sends was found before the body is read: without them there is no route here.
        let sent = match request.guard::<Personne>().await.succeeded() {
            Some(personne) => BORNES.receive(request, data, (&PLACES, personne.reader.user_id)).await,
            None => Err(Manque::Illisible),
        };
        match after_the_last_byte(request).await {
            Ok(()) => data::Outcome::Success(Self(sent)),
            Err(status) => data::Outcome::<Self>::Error((status, ())),
        }
    }
}

/// The sentence of what was not received, and its status.
pub fn refusal(why: &Manque) -> (Status, String) {
    match why {
        Manque::TropGrand => (
            Status::PayloadTooLarge,
            format!(
                "Cet envoi dépasse {ENVOI_MIO_MAX} Mio\u{a0}: rien n’a été joint. Joignez vos fichiers en plusieurs fois, de {FICHIER_MIO_MAX} Mio chacun au plus."
            ),
        ),
        Manque::Illisible | Manque::ChampTropGrand => (
            Status::BadRequest,
            "L’envoi est arrivé incomplet\u{a0}: rien n’a été joint. Choisissez de nouveau vos fichiers, puis recommencez.".into(),
        ),
        Manque::Occupe => (
            Status::TooManyRequests,
            "Trop de fichiers arrivent au même moment\u{a0}: rien n’a été joint. Attendez quelques secondes, puis recommencez.".into(),
        ),
        Manque::Disque(_) => (
            Status::ServiceUnavailable,
            "Le serveur n’a pas pu recevoir vos fichiers\u{a0}: rien n’a été joint. Réessayez, et prévenez l’exploitant si cela dure.".into(),
        ),
    }
}
