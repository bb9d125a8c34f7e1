//! Files as they arrive in a form: within what a send may have, and the sentences of what was not received. What a person pastes is a
//! file like another.

use std::time::Duration;

use rocket::data::{self, Data, FromData};
use rocket::http::Status;
use rocket::request::Request;
use tempfile::NamedTempFile;

use crate::comptes::{Personne, after_the_last_byte};
use crate::pieces::cleaned;
use crate::platform::http::{Bornes, Manque, Places, Received, Reception};

/// Mebibytes of a file at most.
pub const FICHIER_MIO_MAX: u64 = 200;
/// Files of a send at most.
pub const FICHIERS_MAX: usize = 10;
/// Mebibytes of what is pasted at most.
pub const COLLE_MIO_MAX: u64 = 4;

/// Sends read at once by a server: each may hold two files of its disk.
const AT_ONCE: usize = 4;

static PLACES: Places = Places::new(AT_ONCE, 2);

const BORNES: Bornes = Bornes {
    envoi: 2 * FICHIER_MIO_MAX * 1024 * 1024,
    fichier: FICHIER_MIO_MAX * 1024 * 1024,
    fichiers: FICHIERS_MAX,
    champ: "fichiers",
    champs: &[("genre", 1024)],
    colle: Some(("colle", COLLE_MIO_MAX * 1024 * 1024, "collage.txt")),
    patience: Duration::from_secs(1_800),
    nom: cleaned,
};

/// A file that was received, for as long as it is held.
pub type Arrive = Received<NamedTempFile>;

impl Arrive {
    /// Whether it is larger than a file of a form may be.
    pub fn trop_grand(&self) -> bool {
        self.octets > BORNES.fichier
    }
}

/// What became of a send: it is here, or it is not.
pub struct Envoye(pub Result<Reception<NamedTempFile>, Manque>);

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
        Manque::TropGrand | Manque::ChampTropGrand => (
            Status::PayloadTooLarge,
            format!(
                "Cet envoi est trop grand\u{a0}: {FICHIER_MIO_MAX} Mio par fichier, {COLLE_MIO_MAX} Mio pour un collage. Rien n’a été reçu. Coupez le fichier en plusieurs."
            ),
        ),
        Manque::Illisible => (
            Status::BadRequest,
            "L’envoi est arrivé incomplet\u{a0}: rien n’a été reçu. Choisissez de nouveau vos fichiers, puis recommencez.".into(),
        ),
        Manque::Occupe => (
            Status::TooManyRequests,
            "Trop de fichiers arrivent au même moment\u{a0}: rien n’a été reçu. Attendez une minute, puis recommencez.".into(),
        ),
        Manque::Disque(error) => {
            tracing::error!(error, "a file to import could not be received");
            (
                Status::ServiceUnavailable,
                "Le serveur n’a pas pu recevoir le fichier\u{a0}: rien n’a été gardé. Réessayez, et prévenez l’exploitant si cela dure.".into(),
            )
        }
    }
}
