//! A form with files, as it arrives: each file goes to the disk while it is read, never whole into memory nor on a thread of the
//! requests, and no more of the body is read than a send may have.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use multer::{Constraints, Multipart, SizeLimit};
use rocket::data::{Data, ToByteUnit};
use rocket::request::Request;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, BufWriter};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::debit::{Avance, Debit};
use crate::platform::token::hexadecimal;

/// Bytes of the parts around the files: their headers, the other fields.
pub const AROUND_BYTES: u64 = 64 * 1024;

/// Who holds places: a server of this process, and a person of its base.
type Holder = (usize, i64);

/// Sends that are read at once by a server, and those of one person: nobody holds all of them.
pub struct Places {
    all: Semaphore,
    each: usize,
    held: LazyLock<Mutex<HashMap<Holder, usize>>>,
}

/// A place among the sends that are read at once, given back with it.
pub struct Place {
    holder: Holder,
    among: &'static Places,
    _permit: SemaphorePermit<'static>,
}

impl std::fmt::Debug for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Place").field(&self.holder).finish()
    }
}

impl Places {
    /// `all` places, of which `each` for one person.
    pub const fn new(all: usize, each: usize) -> Self {
        Self { all: Semaphore::const_new(all), each, held: LazyLock::new(Mutex::default) }
    }

    /// One more for `person` of the server of `request`, when there is one.
    pub fn take(&'static self, request: &Request<'_>, person: i64) -> Option<Place> {
        self.held_by((std::ptr::from_ref(request.rocket()).addr(), person))
    }

    fn held_by(&'static self, holder: Holder) -> Option<Place> {
        let permit = self.all.try_acquire().ok()?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = held.entry(holder).or_default();
        if *mine >= self.each {
            return None;
        }
        *mine += 1;
        Some(Place { holder, among: self, _permit: permit })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.among.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mine) = held.get_mut(&self.holder) {
            *mine = mine.saturating_sub(1);
            if *mine == 0 {
                held.remove(&self.holder);
            }
        }
    }
}

/// What a form may have.
pub struct Bornes {
    /// Bytes of a send, all its parts together.
    pub envoi: u64,
    /// Bytes of a file.
    pub fichier: u64,
    /// Files of a send.
    pub fichiers: usize,
    /// The field of its files.
    pub champ: &'static str,
    /// Its other fields, and the bytes of each.
    pub champs: &'static [(&'static str, u64)],
    /// A field that is kept as a file: its name, its bytes, the name of the file.
    pub colle: Option<(&'static str, u64, &'static str)>,
    /// How long a send may take: a slow line of the islands has the time, a mute one holds no place for ever.
    pub patience: Duration,
    /// What a file is called, of what a browser says.
    pub nom: fn(&str) -> String,
}

/// Where a file lies on the disk of this server.
pub trait Support: Sized + Send + 'static {
    /// A new one, and what to write in.
    ///
    /// # Errors
    /// The disk failed.
    fn neuf() -> std::io::Result<(Self, File)>;
}

/// Without a name: it goes with the process.
impl Support for File {
    fn neuf() -> std::io::Result<(Self, File)> {
        let file = tempfile::tempfile()?;
        let other = file.try_clone()?;
        Ok((file, other))
    }
}

/// With a name, for whoever opens by name; it goes when it is dropped.
impl Support for NamedTempFile {
    fn neuf() -> std::io::Result<(Self, File)> {
        let file = Self::new()?;
        let other = file.as_file().try_clone()?;
        Ok((file, other))
    }
}

/// A file that was received.
#[derive(Debug)]
pub struct Received<S> {
    /// Its name, cleaned.
    pub nom: String,
    /// What was received of it; nothing beyond what a file may have.
    pub contenu: S,
    /// Its size.
    pub octets: u64,
    /// Its digest.
    pub sha256: String,
}

/// A form that was received whole.
#[derive(Debug)]
pub struct Reception<S> {
    /// Its fields, by their names.
    pub champs: BTreeMap<&'static str, String>,
    /// Its files; those that are larger than one may be are told by their size, without what they held.
    pub fichiers: Vec<Received<S>>,
    /// Files beyond those of a send.
    pub en_trop: usize,
    /// Its place among those that are read at once, given back with it.
    _place: Option<Place>,
}

impl<S> Default for Reception<S> {
    fn default() -> Self {
        Self { champs: BTreeMap::new(), fichiers: Vec::new(), en_trop: 0, _place: None }
    }
}

/// Why a form was not received.
#[derive(Debug)]
pub enum Manque {
    /// More than is read.
    TropGrand,
    /// A field that is no file has more than it may.
    ChampTropGrand,
    /// No form with files, or cut.
    Illisible,
    /// As many sends as may be are read at this moment.
    Occupe,
    /// The disk of this server failed.
    Disque(String),
}

impl From<multer::Error> for Manque {
    fn from(error: multer::Error) -> Self {
        match error {
            multer::Error::StreamSizeExceeded { .. } => Self::TropGrand,
            multer::Error::FieldSizeExceeded { .. } => Self::ChampTropGrand,
            _ => Self::Illisible,
        }
    }
}

impl From<std::io::Error> for Manque {
    fn from(error: std::io::Error) -> Self {
        Self::Disque(error.to_string())
    }
}

/// Sends one part of the form to the disk. What goes beyond the size of a file is read, for the others to be, and kept nowhere.
async fn file<S: Support>(mut part: multer::Field<'_>, nom: String, most: u64, avance: &Avance) -> Result<Received<S>, Manque> {
    let (contenu, written) = S::neuf()?;
    let mut disk = BufWriter::new(tokio::fs::File::from_std(written));
    let mut digest = Sha256::new();
    let mut octets = 0;
    while let Some(bytes) = part.chunk().await? {
        avance.given();
        octets += bytes.len() as u64;
        if octets <= most {
            digest.update(&bytes);
            disk.write_all(&bytes).await?;
        }
    }
    disk.flush().await?;
    Ok(Received { nom, contenu, octets, sha256: hexadecimal(&digest.finalize()) })
}

/// Reads a part that is kept nowhere.
async fn skipped(mut part: multer::Field<'_>, avance: &Avance) -> Result<(), Manque> {
    while part.chunk().await?.is_some() {
        avance.given();
    }
    Ok(())
}

impl Bornes {
    /// The form that `stream` holds.
    async fn parts<R: AsyncRead + Unpin + Send, S: Support>(&self, stream: R, boundary: &str, recu: &mut Reception<S>) -> Result<(), Manque> {
        let named = self.champs.iter().copied().chain(self.colle.map(|(name, most, _)| (name, most)));
        let sizes = named.fold(SizeLimit::new().whole_stream(self.envoi), |sizes, (name, most)| sizes.for_field(name, most));
        let avance = Arc::new(Avance::default());
        let stream = Debit::new(stream, avance.clone());
        let mut form = Multipart::with_reader_with_constraints(stream, boundary, Constraints::new().size_limit(sizes));
        while let Some(part) = form.next_field().await? {
            avance.given();
            let name = part.name().unwrap_or_default().to_string();
            let field = self.champs.iter().map(|(known, _)| *known).find(|known| *known == name);
            match (field, part.file_name().map(str::to_string)) {
                (_, Some(said)) if name == self.champ => {
                    if recu.fichiers.len() >= self.fichiers {
                        recu.en_trop += 1;
                        skipped(part, &avance).await?;
                        continue;
                    }
                    let file = file(part, (self.nom)(&said), self.fichier, &avance).await?;
                    // A field where nothing was chosen is a part without a name and without a byte.
                    if !said.is_empty() || file.octets > 0 {
                        recu.fichiers.push(file);
                    }
                }
                (Some(field), None) => drop(recu.champs.insert(field, part.text().await?)),
                (None, None) => match self.colle.filter(|(field, ..)| *field == name) {
                    Some((_, most, nom)) => {
                        let file = file(part, nom.to_string(), most, &avance).await?;
                        if file.octets > 0 {
                            recu.fichiers.push(file);
                        }
                    }
                    None => skipped(part, &avance).await?,
                },
                _ => skipped(part, &avance).await?,
            }
        }
        Ok(())
    }

    /// The form that `request` sends, for `person`, among `places`.
    ///
    /// # Errors
    /// See [`Manque`].
    pub async fn receive<S: Support>(
        &self,
        request: &Request<'_>,
        data: Data<'_>,
        (places, person): (&'static Places, i64),
    ) -> Result<Reception<S>, Manque> {
        // What says itself too large is not read at all.
        let said = request.headers().get_one("Content-Length").and_then(|text| text.trim().parse::<u64>().ok());
        if said.is_some_and(|bytes| bytes > self.envoi) {
            return Err(Manque::TropGrand);
        }
        let boundary = request.content_type().filter(|kind| kind.is_form_data()).and_then(|kind| kind.param("boundary"));
        let boundary = boundary.filter(|text| !text.is_empty()).ok_or(Manque::Illisible)?;
        let place = places.take(request, person).ok_or(Manque::Occupe)?;
        // One byte more than the form may have, for its reader to see that there is one.
        let stream = data.open((self.envoi + 1).bytes());
        let mut recu = Reception { _place: Some(place), ..Reception::default() };
        match timeout(self.patience, self.parts(stream, boundary, &mut recu)).await {
            Ok(Ok(())) => Ok(recu),
            Ok(Err(why)) => Err(why),
            Err(_) => Err(Manque::Illisible),
        }
    }
}

/// The body of `request` as one file without a name, for `person`, among `places`: `most` bytes, within a time.
///
/// # Errors
/// See [`Manque`].
pub async fn receive_body<S: Support>(
    request: &Request<'_>,
    data: Data<'_>,
    (most, patience): (u64, Duration),
    (places, person): (&'static Places, i64),
) -> Result<Received<S>, Manque> {
    let said = request.headers().get_one("Content-Length").and_then(|text| text.trim().parse::<u64>().ok());
    if said.is_some_and(|bytes| bytes > most) {
        return Err(Manque::TropGrand);
    }
    let _place = places.take(request, person).ok_or(Manque::Occupe)?;
    let (contenu, written) = S::neuf()?;
    let reading = async {
        let mut stream = data.open((most + 1).bytes());
        let mut disk = tokio::fs::File::from_std(written);
        let (mut digest, mut octets, mut part) = (Sha256::new(), 0, vec![0; 256 * 1024]);
        loop {
            let count = stream.read(&mut part).await.map_err(|_| Manque::Illisible)?;
            if count == 0 {
                disk.flush().await?;
                break;
            }
            octets += count as u64;
            if octets > most {
                return Err(Manque::TropGrand);
            }
            digest.update(&part[..count]);
            disk.write_all(&part[..count]).await?;
        }
        // What was cut says less than it had told.
        if said.is_some_and(|bytes| bytes != octets) {
            return Err(Manque::Illisible);
        }
        Ok((octets, hexadecimal(&digest.finalize())))
    };
    let (octets, sha256) = timeout(patience, reading).await.map_err(|_| Manque::Illisible)??;
    Ok(Received { nom: String::new(), contenu, octets, sha256 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BORNES: Bornes = Bornes {
        envoi: 60 * 1024 * 1024,
        fichier: 20 * 1024 * 1024,
        fichiers: 10,
        champ: "fichiers",
        champs: &[("jeton", 1024)],
        colle: Some(("colle", 2 * 1024, "collage.txt")),
        patience: Duration::from_secs(60),
        nom: str::to_string,
    };

    async fn of(body: &[u8]) -> Result<Reception<File>, Manque> {
        let mut recu = Reception::default();
        BORNES.parts(body, "x", &mut recu).await.map(|()| recu)
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
        let recu = of(&body).await.expect("a form");
        assert_eq!((recu.champs["jeton"].as_str(), recu.fichiers.len(), recu.en_trop), ("numero", 10, 3));
        assert_eq!((recu.fichiers[0].octets, recu.fichiers[1].octets), (large.len() as u64, 2));
    }

    #[rocket::async_test]
    async fn what_is_pasted_is_a_file_within_its_own_bounds() {
        let nothing = part("name=\"fichiers\"; filename=\"\"", b"");
        let body = [nothing.clone(), part("name=\"colle\"", b"a\tb\r\n"), b"--x--\r\n".to_vec()].concat();
        let recu = of(&body).await.expect("a form");
        assert_eq!((recu.fichiers.len(), recu.fichiers[0].nom.as_str(), recu.fichiers[0].octets), (1, "collage.txt", 5));
        let body = [nothing, part("name=\"colle\"", &[b'a'; 3 * 1024]), b"--x--\r\n".to_vec()].concat();
        assert!(matches!(of(&body).await, Err(Manque::ChampTropGrand)));
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
        assert_eq!(of(&body).await.expect("a form").fichiers.len(), 1);
    }

    #[test]
    fn one_person_does_not_hold_all_the_places() {
        static PLACES: Places = Places::new(8, 2);
        let held = [PLACES.held_by((0, 1)), PLACES.held_by((0, 1))];
        assert!(held.iter().all(Option::is_some) && PLACES.held_by((0, 1)).is_none());
        let other = PLACES.held_by((0, 2));
        assert!(other.is_some());
        drop(held);
        assert!(PLACES.held_by((0, 1)).is_some());
    }
}
