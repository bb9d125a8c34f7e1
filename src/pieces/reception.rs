//! A form with files, as it arrives: each file goes to the disk while it is read, never whole into memory, and no more of the
//! body is read than a send may have.

use std::collections::HashMap;
use std::fs::File;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use multer::{Constraints, Multipart, SizeLimit};
use rocket::data::{self, Data, FromData, ToByteUnit};
use rocket::http::Status;
use rocket::request::Request;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncWriteExt, BufWriter};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::debit::{Avance, Debit};
use super::noms;
use crate::comptes::{Personne, after_the_last_byte};
use crate::platform::token::hexadecimal;

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
/// Bytes of a send at most, all its parts together.
const MOST: u64 = ENVOI_MIO_MAX * 1024 * 1024 + AROUND_BYTES;
/// How long a send may take: a slow line of the islands has the time, a mute one holds no place for ever.
const PATIENCE: Duration = Duration::from_secs(600);
/// Sends read at once by a server: each may hold [`ENVOI_MIO_MAX`] of its disk.
const AT_ONCE: usize = 8;
/// Those of one person: nobody holds all the places.
const AT_ONCE_EACH: usize = 2;

static PLACES: Semaphore = Semaphore::const_new(AT_ONCE);
/// Who holds them: a server of this process, and a person of its base.
type Holder = (usize, i64);
static HELD: LazyLock<Mutex<HashMap<Holder, usize>>> = LazyLock::new(Mutex::default);

/// A place among the sends that are read at once, given back with it.
#[derive(Debug)]
struct Place {
    holder: Holder,
    _among_all: SemaphorePermit<'static>,
}

impl Place {
    /// One more for `holder`, when there is one.
    fn take(holder: Holder) -> Option<Self> {
        let among_all = PLACES.try_acquire().ok()?;
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = held.entry(holder).or_default();
        if *mine >= AT_ONCE_EACH {
            return None;
        }
        *mine += 1;
        Some(Self { holder, _among_all: among_all })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mine) = held.get_mut(&self.holder) {
            *mine = mine.saturating_sub(1);
            if *mine == 0 {
                held.remove(&self.holder);
            }
        }
    }
}

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
    _place: Option<Place>,
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
async fn file(mut part: multer::Field<'_>, nom: String, avance: &Avance) -> Result<Fichier, Broken> {
    let contenu = tempfile::tempfile()?;
    let mut disk = BufWriter::new(tokio::fs::File::from_std(contenu.try_clone()?));
    let mut digest = Sha256::new();
    let mut file = Fichier { nom, contenu, octets: 0, sha256: String::new() };
    while let Some(bytes) = part.chunk().await? {
        avance.given();
        file.octets += bytes.len() as u64;
        if !file.too_large() {
            digest.update(&bytes);
            disk.write_all(&bytes).await?;
        }
    }
    disk.flush().await?;
    file.sha256 = hexadecimal(&digest.finalize());
    Ok(file)
}

/// Reads a part that is kept nowhere.
async fn skipped(mut part: multer::Field<'_>, avance: &Avance) -> Result<(), Broken> {
    while part.chunk().await?.is_some() {
        avance.given();
    }
    Ok(())
}

/// The form that `stream` holds.
async fn parts<R: AsyncRead + Unpin + Send>(stream: R, boundary: &str, recu: &mut Recu) -> Result<(), Broken> {
    let sizes = SizeLimit::new().whole_stream(MOST).for_field("jeton", FIELD_BYTES_MAX).for_field("retour", FIELD_BYTES_MAX);
    let avance = Arc::new(Avance::default());
    let stream = Debit::new(stream, avance.clone());
    let mut form = Multipart::with_reader_with_constraints(stream, boundary, Constraints::new().size_limit(sizes));
    while let Some(part) = form.next_field().await? {
        avance.given();
        let name = part.name().unwrap_or_default().to_string();
        match (name.as_str(), part.file_name().map(noms::cleaned)) {
            ("fichiers", Some(nom)) => {
                // A field where nothing was chosen is a part without a name and without a byte.
                let chosen = part.file_name().is_some_and(|name| !name.is_empty());
                if recu.fichiers.len() >= ENVOI_FICHIERS_MAX {
                    recu.en_trop += 1;
                    skipped(part, &avance).await?;
                    continue;
                }
                let file = file(part, nom, &avance).await?;
                if chosen || file.octets > 0 {
                    recu.fichiers.push(file);
                }
            }
            ("jeton", None) => recu.jeton = part.text().await?,
            ("retour", None) => recu.retour = part.text().await?,
            _ => skipped(part, &avance).await?,
        }
    }
    Ok(())
}

async fn received(request: &Request<'_>, data: Data<'_>) -> Envoye {
    // What says itself too large is not read at all.
    let said = request.headers().get_one("Content-Length").and_then(|text| text.trim().parse::<u64>().ok());
    if said.is_some_and(|bytes| bytes > MOST) {
        return Envoye::TropGrand;
    }
    let boundary = request.content_type().filter(|kind| kind.is_form_data()).and_then(|kind| kind.param("boundary"));
    let Some(boundary) = boundary.filter(|text| !text.is_empty()) else { return Envoye::Illisible };
    // Who sends was found before the body is read: without them there is no route here.
    let Some(personne) = request.guard::<Personne>().await.succeeded() else { return Envoye::Illisible };
    let Some(place) = Place::take((std::ptr::from_ref(request.rocket()).addr(), personne.reader.user_id)) else { return Envoye::Occupe };
    // One byte more than the form may have, for its reader to see that there is one.
    let stream = data.open((MOST + 1).bytes());
    let mut recu = Recu { _place: Some(place), ..Recu::default() };
    match timeout(PATIENCE, parts(stream, boundary, &mut recu)).await {
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

#[cfg(test)]
mod tests {
    use super::*;

    async fn of(body: &[u8]) -> Result<Recu, Broken> {
        let mut recu = Recu::default();
        parts(body, "x", &mut recu).await.map(|()| recu)
    }

    fn part(header: &str, body: &[u8]) -> Vec<u8> {
        [b"--x\r\nContent-Disposition: form-data; ", header.as_bytes(), b"\r\n\r\n", body, b"\r\n"].concat()
    }

    #[rocket::async_test]
    async fn a_form_is_read_whole_whatever_its_parts() {
        let large = vec![b'a'; 3 * 1024 * 1024];
        let files = (0..12).map(|number| part(&format!("name=\"fichiers\"; filename=\"{number}.txt\""), if number > 9 { &large } else { b"un" }));
        let mut body =
            [part("name=\"jeton\"", b"numero"), part("name=\"autre\"", &large), part("name=\"fichiers\"; filename=\"a.txt\"", &large)].concat();
        body.extend(files.flatten());
        body.extend(b"--x--\r\n");
        let recu = of(&body).await.ok().expect("a form");
        assert_eq!((recu.jeton.as_str(), recu.fichiers.len(), recu.en_trop), ("numero", 10, 3));
        assert_eq!((recu.fichiers[0].octets, recu.fichiers[1].octets), (large.len() as u64, 2));
    }

    #[rocket::async_test]
    async fn a_header_without_end_is_not_read() {
        for count in [70_000, 8 * 1024 * 1024] {
            let name = "a".repeat(count);
            let body = [part(&format!("name=\"fichiers\"; filename=\"{name}\""), b"un"), b"--x--\r\n".to_vec()].concat();
            assert!(of(&body).await.is_err(), "{count}");
        }
        let name = "a".repeat(30_000);
        let body = [part(&format!("name=\"fichiers\"; filename=\"{name}\""), b"un"), b"--x--\r\n".to_vec()].concat();
        assert_eq!(of(&body).await.ok().expect("a form").fichiers.len(), 1);
    }

    #[test]
    fn one_person_does_not_hold_all_the_places() {
        // A server that no other test has.
        let held = [Place::take((0, 1)), Place::take((0, 1))];
        assert!(held.iter().all(Option::is_some) && Place::take((0, 1)).is_none());
        let other = Place::take((0, 2));
        assert!(other.is_some());
        drop(held);
        assert!(Place::take((0, 1)).is_some());
    }
}
