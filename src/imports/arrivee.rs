//! Files as they arrive: each goes to the disk while it is read, never whole into memory, and no more of the body is read than a send
//! may have. What a person pastes is a file like another.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use multer::{Constraints, Multipart, SizeLimit};
use rocket::data::{self, Data, FromData, ToByteUnit};
use rocket::http::Status;
use rocket::request::Request;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use tokio::io::AsyncRead;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::comptes::{Personne, after_the_last_byte};
use crate::pieces::{Avance, Debit, cleaned};
use crate::platform::token::hexadecimal;

/// Mebibytes of a file at most.
pub const FICHIER_MIO_MAX: u64 = 200;
/// Files of a send at most.
pub const FICHIERS_MAX: usize = 10;
/// Mebibytes of what is pasted at most.
pub const COLLE_MIO_MAX: u64 = 4;
/// Bytes of a send at most.
const MOST: u64 = 2 * FICHIER_MIO_MAX * 1024 * 1024;
/// Bytes of a field that is no file.
const FIELD_BYTES_MAX: u64 = 1024;
/// How long a send may take.
const PATIENCE: Duration = Duration::from_secs(1_800);
/// Sends read at once by a server: each may hold [`MOST`] of its disk.
const AT_ONCE: usize = 4;
/// Name of what was pasted.
const COLLE: &str = "collage.txt";

static PLACES: Semaphore = Semaphore::const_new(AT_ONCE);

/// A file that was received.
#[derive(Debug)]
pub struct Arrive {
    /// Its name, cleaned.
    pub nom: String,
    /// Where it lies, for as long as it is held.
    pub fichier: NamedTempFile,
    /// Its size.
    pub octets: u64,
    /// Its digest.
    pub sha256: String,
}

impl Arrive {
    /// Whether it is larger than a file may be.
    pub fn trop_grand(&self) -> bool {
        self.octets > FICHIER_MIO_MAX * 1024 * 1024
    }
}

/// A form that was received whole.
#[derive(Debug, Default)]
pub struct Recu {
    /// The kind chosen.
    pub genre: String,
    /// Its files, what was pasted among them.
    pub fichiers: Vec<Arrive>,
    /// Files beyond [`FICHIERS_MAX`].
    pub en_trop: usize,
    _place: Option<SemaphorePermit<'static>>,
}

/// What became of a send.
#[derive(Debug)]
pub enum Envoye {
    /// It is here.
    Recu(Box<Recu>),
    /// It is not: the status and the sentence.
    Refuse(Status, String),
}

enum Broken {
    Form(multer::Error),
    Disk(std::io::Error),
}

impl From<multer::Error> for Broken {
    fn from(error: multer::Error) -> Self {
        Self::Form(error)
    }
}

impl From<std::io::Error> for Broken {
    fn from(error: std::io::Error) -> Self {
        Self::Disk(error)
    }
}

/// Sends one part of the form to the disk. What goes beyond the size of a file is read, for the others to be, and kept nowhere.
async fn file(mut part: multer::Field<'_>, nom: String, avance: &Avance) -> Result<Arrive, Broken> {
    let mut arrive = Arrive { nom, fichier: NamedTempFile::new()?, octets: 0, sha256: String::new() };
    let mut digest = Sha256::new();
    while let Some(bytes) = part.chunk().await? {
        avance.given();
        arrive.octets += bytes.len() as u64;
        if !arrive.trop_grand() {
            digest.update(&bytes);
            arrive.fichier.write_all(&bytes)?;
        }
    }
    arrive.fichier.flush()?;
    arrive.sha256 = hexadecimal(&digest.finalize());
    Ok(arrive)
}

/// The form that `stream` holds.
async fn parts<R: AsyncRead + Unpin + Send>(stream: R, boundary: &str, recu: &mut Recu) -> Result<(), Broken> {
    let sizes = SizeLimit::new().whole_stream(MOST).for_field("genre", FIELD_BYTES_MAX).for_field("colle", COLLE_MIO_MAX * 1024 * 1024);
    let avance = Arc::new(Avance::default());
    let stream = Debit::new(stream, avance.clone());
    let mut form = Multipart::with_reader_with_constraints(stream, boundary, Constraints::new().size_limit(sizes));
    while let Some(mut part) = form.next_field().await? {
        avance.given();
        match (part.name().unwrap_or_default(), part.file_name().map(ToString::to_string)) {
            ("genre", None) => recu.genre = part.text().await?,
            ("fichiers", Some(name)) if recu.fichiers.len() < FICHIERS_MAX => {
                let arrive = file(part, cleaned(&name), &avance).await?;
                // A field where nothing was chosen is a part without a name and without a byte.
                if !name.is_empty() || arrive.octets > 0 {
                    recu.fichiers.push(arrive);
                }
            }
            ("colle", None) => {
                let arrive = file(part, COLLE.into(), &avance).await?;
                if arrive.octets > 0 {
                    recu.fichiers.push(arrive);
                }
            }
            (name, _) => {
                recu.en_trop += usize::from(name == "fichiers");
                while part.chunk().await?.is_some() {
                    avance.given();
                }
            }
        }
    }
    Ok(())
}

fn refuse(status: Status, sentence: impl Into<String>) -> Envoye {
    Envoye::Refuse(status, sentence.into())
}

fn trop_grand() -> Envoye {
    let sentence = format!(
        "Cet envoi est trop grand\u{a0}: {FICHIER_MIO_MAX} Mio par fichier, {COLLE_MIO_MAX} Mio pour un collage. Rien n’a été reçu. Coupez le fichier en plusieurs."
    );
    refuse(Status::PayloadTooLarge, sentence)
}

async fn received(request: &Request<'_>, data: Data<'_>) -> Envoye {
    // What says itself too large is not read at all.
    let said = request.headers().get_one("Content-Length").and_then(|text| text.trim().parse::<u64>().ok());
    if said.is_some_and(|bytes| bytes > MOST) {
        return trop_grand();
    }
    let incomplete =
        || refuse(Status::BadRequest, "L’envoi est arrivé incomplet\u{a0}: rien n’a été reçu. Choisissez de nouveau vos fichiers, puis recommencez.");
    let boundary = request.content_type().filter(|kind| kind.is_form_data()).and_then(|kind| kind.param("boundary"));
    let Some(boundary) = boundary.filter(|text| !text.is_empty()) else { return incomplete() };
    // Who sends was found before the body is read: without them there is no route here.
    if !request.guard::<Personne>().await.is_success() {
        return incomplete();
    }
    let Ok(place) = PLACES.try_acquire() else {
        return refuse(
            Status::TooManyRequests,
            "Trop de fichiers arrivent au même moment\u{a0}: rien n’a été reçu. Attendez une minute, puis recommencez.",
        );
    };
    // One byte more than the form may have, for its reader to see that there is one.
    let stream = data.open((MOST + 1).bytes());
    let mut recu = Recu { _place: Some(place), ..Recu::default() };
    match timeout(PATIENCE, parts(stream, boundary, &mut recu)).await {
        Ok(Ok(())) => Envoye::Recu(Box::new(recu)),
        Ok(Err(Broken::Form(multer::Error::StreamSizeExceeded { .. } | multer::Error::FieldSizeExceeded { .. }))) => trop_grand(),
        Ok(Err(Broken::Disk(error))) => {
            tracing::error!(%error, "a file to import could not be received");
            refuse(
                Status::ServiceUnavailable,
                "Le serveur n’a pas pu recevoir le fichier\u{a0}: rien n’a été gardé. Réessayez, et prévenez l’exploitant si cela dure.",
            )
        }
        Ok(Err(Broken::Form(_))) | Err(_) => incomplete(),
    }
}

#[rocket::async_trait]
impl<'r> FromData<'r> for Envoye {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, Self> {
        let sent = received(request, data).await;
        match after_the_last_byte(request).await {
            Ok(()) => data::Outcome::Success(sent),
            Err(status) => data::Outcome::<Self>::Error((status, ())),
        }
    }
}
