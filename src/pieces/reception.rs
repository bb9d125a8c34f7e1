//! A form with files, as it arrives: each file goes to the disk while it is read, never whole into memory, and no more of the
//! body is read than a send may have.

use std::fs::File;
use std::time::Duration;

use multer::{Constraints, Multipart, SizeLimit};
use rocket::data::{self, Data, FromData, ToByteUnit};
use rocket::http::Status;
use rocket::request::Request;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncWriteExt, BufWriter};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::noms;
use crate::comptes::after_the_last_byte;

/// Mebibytes of a file at most.
pub const FICHIER_MIO_MAX: u64 = 20;
/// Mebibytes of a send at most, all its files together.
pub const ENVOI_MIO_MAX: u64 = 60;
/// Files of a send at most.
pub const ENVOI_FICHIERS_MAX: usize = 10;
/// Bytes of a field that is no file, at most.
const FIELD_BYTES_MAX: u64 = 8 * 1024;
/// Bytes of the parts around the files: their headers, the other fields.
const AROUND_BYTES: u64 = 64 * 1024;
/// How long a send may take: a slow line of the islands has the time, a mute one holds no place for ever.
const PATIENCE: Duration = Duration::from_secs(600);
/// Sends read at once by a server: each may hold [`ENVOI_MIO_MAX`] of its disk.
const AT_ONCE: usize = 8;

static PLACES: Semaphore = Semaphore::const_new(AT_ONCE);

/// A file that was received: on the disk, without a name there.
#[derive(Debug)]
pub struct Fichier {
    /// Its name, cleaned.
    pub nom: String,
    /// What was received of it.
    pub contenu: File,
    /// Its size.
    pub octets: u64,
    /// Its digest.
    pub sha256: String,
}

/// A form that was received whole.
#[derive(Debug, Default)]
pub struct Recu {
    /// What tells this form from another.
    pub jeton: String,
    /// Where to come back.
    pub retour: String,
    /// Its files; those that are larger than one may be are told by their size, without what they held.
    pub fichiers: Vec<Fichier>,
    /// Files beyond [`ENVOI_FICHIERS_MAX`].
    pub en_trop: usize,
    /// Its place among those that are read at once, given back with it.
    _place: Option<SemaphorePermit<'static>>,
}

/// What became of a send.
#[derive(Debug)]
pub enum Envoye {
    /// It is here.
    Recu(Box<Recu>),
    /// More than is read.
    TropGrand,
    /// No form with files, or cut.
    Illisible,
    /// As many sends as may be are read at this moment.
    Occupe,
    /// The disk of this server failed.
    Panne(String),
}

impl Fichier {
    /// Whether it is larger than a file may be.
    pub fn too_large(&self) -> bool {
        self.octets > FICHIER_MIO_MAX * 1024 * 1024
    }
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
async fn file(mut part: multer::Field<'_>, nom: String) -> Result<Fichier, Broken> {
    let contenu = tempfile::tempfile()?;
    let mut disk = BufWriter::new(tokio::fs::File::from_std(contenu.try_clone()?));
    let mut digest = Sha256::new();
    let mut file = Fichier { nom, contenu, octets: 0, sha256: String::new() };
    while let Some(bytes) = part.chunk().await? {
        file.octets += bytes.len() as u64;
        if !file.too_large() {
            digest.update(&bytes);
            disk.write_all(&bytes).await?;
        }
    }
    disk.flush().await?;
    file.sha256 = digest.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    Ok(file)
}

async fn parts(mut form: Multipart<'_>, recu: &mut Recu) -> Result<(), Broken> {
    while let Some(part) = form.next_field().await? {
        let name = part.name().unwrap_or_default().to_string();
        match (name.as_str(), part.file_name().map(noms::cleaned)) {
            ("fichiers", Some(nom)) => {
                // A field where nothing was chosen is a part without a name and without a byte.
                let chosen = part.file_name().is_some_and(|name| !name.is_empty());
                if recu.fichiers.len() >= ENVOI_FICHIERS_MAX {
                    recu.en_trop += 1;
                    continue;
                }
                let file = file(part, nom).await?;
                if chosen || file.octets > 0 {
                    recu.fichiers.push(file);
                }
            }
            ("jeton", None) => recu.jeton = part.text().await?,
            ("retour", None) => recu.retour = part.text().await?,
            _ => {}
        }
    }
    Ok(())
}

async fn received(request: &Request<'_>, data: Data<'_>) -> Envoye {
    let most = ENVOI_MIO_MAX * 1024 * 1024 + AROUND_BYTES;
    // What says itself too large is not read at all.
    let said = request.headers().get_one("Content-Length").and_then(|text| text.trim().parse::<u64>().ok());
    if said.is_some_and(|bytes| bytes > most) {
        return Envoye::TropGrand;
    }
    let boundary = request.content_type().filter(|kind| kind.is_form_data()).and_then(|kind| kind.param("boundary"));
    let Some(boundary) = boundary.filter(|text| !text.is_empty()) else { return Envoye::Illisible };
    let Ok(place) = PLACES.try_acquire() else { return Envoye::Occupe };
    let sizes = SizeLimit::new().whole_stream(most).for_field("jeton", FIELD_BYTES_MAX).for_field("retour", FIELD_BYTES_MAX);
    // One byte more than the form may have, for its reader to see that there is one.
    let stream = data.open((most + 1).bytes());
    let form = Multipart::with_reader_with_constraints(stream, boundary, Constraints::new().size_limit(sizes));
    let mut recu = Recu { _place: Some(place), ..Recu::default() };
    match timeout(PATIENCE, parts(form, &mut recu)).await {
        Ok(Ok(())) => Envoye::Recu(Box::new(recu)),
        Ok(Err(Broken::Form(multer::Error::StreamSizeExceeded { .. }))) => Envoye::TropGrand,
        Ok(Err(Broken::Disk(error))) => Envoye::Panne(error.to_string()),
        Ok(Err(Broken::Form(_))) | Err(_) => Envoye::Illisible,
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

/// A status that says what became of a send that was not received.
impl Envoye {
    /// The sentence of what was not received, and its status.
    pub fn refusal(&self) -> Option<(Status, String)> {
        match self {
            Self::Recu(_) => None,
            Self::TropGrand => Some((
                Status::PayloadTooLarge,
                format!(
                    "Cet envoi dépasse {ENVOI_MIO_MAX} Mio : rien n’a été joint. Joignez vos fichiers en plusieurs fois, de {FICHIER_MIO_MAX} Mio chacun au plus."
                ),
            )),
            Self::Illisible => Some((
                Status::BadRequest,
                "L’envoi est arrivé incomplet : rien n’a été joint. Choisissez de nouveau vos fichiers, puis recommencez.".into(),
            )),
            Self::Occupe => Some((
                Status::TooManyRequests,
                "Trop de fichiers arrivent au même moment : rien n’a été joint. Attendez quelques secondes, puis recommencez.".into(),
            )),
            Self::Panne(_) => Some((
                Status::ServiceUnavailable,
                "Le serveur n’a pas pu recevoir vos fichiers : rien n’a été joint. Réessayez, et prévenez l’exploitant si cela dure.".into(),
            )),
        }
    }
}
