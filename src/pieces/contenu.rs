//! The notes and the files of a row, for its page.

use super::model::{Note, Piece};
use super::queries::{Place, Seen, Thing};
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::{Niveau, Reader};
use crate::platform::error::{Error, Result};
use crate::platform::token::{self, Purpose};
use crate::records::Record;

/// The notes and the files of a row, for its page.
pub struct Contenu {
    /// What the row is.
    pub record: &'static Record,
    /// Its key.
    pub id: i64,
    /// Who looks.
    pub reader: Reader,
    /// The places whose readers see the row.
    pub places: Vec<String>,
    /// The last first, then those removed a few days ago.
    pub notes: Vec<Note>,
    /// The same of the files.
    pub pieces: Vec<Piece>,
    /// What tells a form from another: that of a note, that of files.
    pub jetons: [String; 2],
    /// What signs the ways back.
    key: token::SigningKey,
}

/// The notes and the files of row `id` of `places`, which the caller has shown to be the reader's; it is asked again all the same.
pub async fn read(context: &Context, personne: &Personne, record: &'static Record, (id, places): (i64, &[String])) -> Result<Contenu> {
    let place = Place { record, id, reader: &personne.reader };
    let places = places.to_vec();
    let notes = place.all::<Note>(&context.db).await?;
    let pieces = place.all::<Piece>(&context.db).await?;
    Ok(Contenu { record, id, reader: (*personne.reader).clone(), places, notes, pieces, jetons: [fresh()?, fresh()?], key: context.key.clone() })
}

fn fresh() -> Result<String> {
    token::random().map_err(|error| Error::Internal(error.to_string()))
}

/// What brings back a note or a file: which one, at the version that its removal wrote, for one person.
pub(super) fn signed<T: Thing>(key: &token::SigningKey, (list, id): (&str, i64), seen: Seen, user: i64) -> String {
    // Texts and numbers always serialise.
    key.sign(Purpose::Undoing, &serde_json::to_vec(&(T::TABLE, list, id, seen.id, seen.version, user)).unwrap_or_default())
}

impl Contenu {
    /// Whether the person adds to it, corrects and removes.
    pub fn may_write(&self) -> bool {
        self.reader.level_of(self.record.list.access, &self.places) >= Some(Niveau::Saisir)
    }

    /// Whether somebody has written or attached something here.
    pub fn touched(&self) -> bool {
        !(self.notes.is_empty() && self.pieces.is_empty())
    }

    /// What brings one of them back.
    pub fn way_back<T: Thing>(&self, seen: Seen) -> String {
        signed::<T>(&self.key, (self.record.list.name, self.id), seen, self.reader.user_id)
    }
}
