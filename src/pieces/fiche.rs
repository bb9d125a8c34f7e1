//! The file of a row, as its notes and its files see it: who may, what is there, what is noted of it, where one comes back.

use maud::{Markup, html};
use rocket::http::Status;
use rocket::response::Redirect;
use serde_json::{Value, json};

use super::contenu::{read, signed};
use super::queries::{Place, Row, Seen, Thing};
use super::views;
use crate::comptes::Personne;
use crate::context::Context;
use crate::journal::{self, Action, Borne};
use crate::listing::Niveau;
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::http::{Flash, here};
use crate::platform::token::Purpose;
use crate::records::{READ_ONLY, Record};
use crate::ui::layout;
use crate::ui::message::Next;
use crate::ui::reply::Reply;

fn gone(record: &Record) -> Error {
    Error::out_of_reach(format!("Cette fiche n’existe pas ou n’est pas dans votre périmètre ({}).", record.object))
}

/// A row, and the person whose row it is found to be.
pub struct Fiche<'a> {
    pub context: &'a Context,
    pub personne: Personne,
    pub record: &'static Record,
    pub id: i64,
    pub row: Row,
}

impl<'a> Fiche<'a> {
    /// Row `id` of the list called `liste`, when it is one of the person's.
    pub async fn open(context: &'a Context, personne: &Personne, place: (&str, i64)) -> Result<Self> {
        Self::open_at(context, personne, place, Niveau::Lire).await
    }

    /// The same, for whoever adds to it, changes or removes what is there.
    pub async fn to_write(context: &'a Context, personne: &Personne, place: (&str, i64)) -> Result<Self> {
        Self::open_at(context, personne, place, Niveau::Saisir).await
    }

    async fn open_at(context: &'a Context, personne: &Personne, (liste, id): (&str, i64), niveau: Niveau) -> Result<Self> {
        let record =
            Record::find(&context.catalogue, liste).filter(|record| record.dossier).ok_or_else(|| Error::not_found("Cette page n’existe pas."))?;
        if !personne.reader.may(record.list.access) {
            return Err(Error::forbidden("Vos droits ne donnent pas accès à ces données."));
        }
        let personne = personne.at(record.list.access, niveau)?;
        let Some(row) = (Place { record, id, reader: &personne.reader }).row(context.db.statement()).await? else {
            let read = personne.reader.reading();
            let readable = Place { record, id, reader: &read }.row(context.db.statement()).await?.is_some();
            return Err(if readable { Error::forbidden(READ_ONLY) } else { gone(record) });
        };
        Ok(Self { context, personne, record, id, row })
    }

    /// The place of its notes and files in the base.
    pub fn place(&self) -> Place<'_> {
        Place { record: self.record, id: self.id, reader: &self.personne.reader }
    }

    /// Begins to add to the row: one at a time, and what was read of it before is asked again, since a form, its files and the
    /// wait may have taken minutes. The row as it is now.
    pub async fn adding(&self, write: &mut Write) -> Result<Row> {
        if !self.place().one_at_a_time(&mut write.tx).await? {
            return Err(gone(self.record));
        }
        self.place().row(&mut *write.tx).await?.ok_or_else(|| gone(self.record))
    }

    /// The address of its page.
    pub fn address(&self) -> String {
        format!("/{}/{}", self.record.list.name, self.id)
    }

    /// Where the person comes back: this row's page, with the list that they came from, or that of its notes.
    pub fn back(&self, asked: &str) -> String {
        let home = self.address();
        let ours = |place: &String| place.split('?').next().is_some_and(|path| path == home || path == format!("{home}/notes"));
        here(asked).filter(ours).unwrap_or(home)
    }

    /// One of its notes or files.
    pub async fn one<T: Thing>(&self, id: i64, gone: &'static str) -> Result<T> {
        self.place().one(&self.context.db, id).await?.ok_or_else(|| Error::out_of_reach(gone))
    }

    /// Notes in the journal what is done to the row, in the transaction that does it.
    pub async fn note(&self, write: &mut Write, action: Action, detail: &Value) -> Result<()> {
        self.note_of(&self.row, write, action, detail).await
    }

    /// The same, at the places of `row`: what [`Self::adding`] gave.
    pub async fn note_of(&self, row: &Row, write: &mut Write, action: Action, detail: &Value) -> Result<()> {
        let object = (self.record.object, self.id.to_string());
        Ok(journal::note_at(&mut write.tx, &self.personne.actor, action, (object.0, &object.1), detail, &row.communes).await?)
    }

    /// What somebody reads here of a person is noted, and bounded, as the file of that person is.
    pub async fn note_reading(&self) -> Result<()> {
        if !self.record.personal {
            return Ok(());
        }
        let mut write = self.context.db.write().await?;
        journal::within(self.context, &mut write.tx, &self.personne.actor, Borne::Consultations).await?;
        self.note(&mut write, Action::Read, &json!({})).await?;
        Ok(write.commit().await?)
    }

    /// What was removed comes back with one click, for some days.
    pub fn undo<T: Thing>(&self, kind: &str, seen: Seen, back: &str) -> Next {
        let token = signed::<T>(&self.context.key, (self.record.list.name, self.id), seen, self.personne.reader.user_id);
        Next::Undo { address: format!("{}/{kind}/{}/retablissement", self.address(), seen.id), token, back: back.into() }
    }

    /// What a way back says, when it is ours, for this row and this person.
    pub fn undone<T: Thing>(&self, token: &str, id: i64) -> Result<Seen> {
        let stale = || Error::invalid("Cette annulation n’est pas valable. Ouvrez la fiche, et rétablissez ce qui a été retiré.");
        let content = self.context.key.verify(Purpose::Undoing, token).ok_or_else(stale)?;
        let (table, list, row, of, version, who): (String, String, i64, i64, i32, i64) = serde_json::from_slice(&content).map_err(|_| stale())?;
        let expected = (T::TABLE, self.record.list.name, self.id, id, self.personne.reader.user_id);
        if (table.as_str(), list.as_str(), row, of, who) != expected {
            return Err(stale());
        }
        Ok(Seen { id, version })
    }

    /// The page of all its notes and files, `above` first; what was typed stays in its field.
    pub async fn page(&self, status: Status, above: Markup, typed: &views::Typed<'_>) -> Result<Reply> {
        let content = read(self.context, &self.personne, self.record, (self.id, &self.row.communes)).await?;
        let title = format!("Notes et pièces jointes, {}", self.row.nom);
        let body = html! {
            (views::trail(self.record, self.id, &self.row.nom, "Notes et pièces jointes"))
            h1 { (title) }
            (above)
            (views::all(&content, typed))
        };
        Ok(Reply::Page((status, layout::page(&self.personne.frame, &title, &body))))
    }
}

/// Back to `place`, with what was done.
pub fn done(place: &str, kind: &'static str, text: impl Into<String>) -> Reply {
    Reply::Done(Box::new(Flash::new(Redirect::to(place.to_string()), kind, text)))
}
