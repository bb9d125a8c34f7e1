//! The one door by which a field is written by itself: its version, its line of the journal, the counters of those who see it.

use chrono::NaiveDate;
use serde_json::json;

use super::model::{Champ, Etat, Valeur};
use super::queries;
use super::saisie::Saisie;
use crate::comptes::Personne;
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::{Choice, Niveau};
use crate::motifs::{self, Motif, Offert, Saisi};
use crate::platform::error::Result;

/// What a field offers to whoever changes it.
pub struct Offre {
    /// Its values, for one of a reference table.
    pub options: Vec<Choice>,
    /// Reasons, for a field that has some.
    pub motifs: Vec<Offert>,
}

impl Champ {
    /// What it offers to `personne`.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn offers(&self, context: &Context, personne: &Personne) -> Result<Offre> {
        let options = match &self.saisie {
            Saisie::Reference(sql) => context.choices.of(&context.db, sql).await?.to_vec(),
            _ => Vec::new(),
        };
        let motifs = if self.motives.is_empty() { Vec::new() } else { motifs::offered(&context.db, &personne.reader).await? };
        Ok(Offre { options, motifs })
    }

    /// The level that changing it asks for.
    pub fn level(&self) -> Niveau {
        self.column().editable.unwrap_or(Niveau::Gerer)
    }

    /// What was typed, with its reason.
    ///
    /// # Errors
    /// Which part is at fault (`valeur`, `motif`, `precision`), and a sentence that says what to do.
    pub fn read(
        &self,
        typed: &str,
        reason: &Saisi,
        (options, offered): (&[Choice], &[Offert]),
        today: NaiveDate,
    ) -> std::result::Result<Valeur, (&'static str, String)> {
        let valeur = self.check(typed, options, today).map_err(|wrong| ("valeur", wrong))?;
        let motif = match &valeur {
            Some(value) if self.needs_reason(Some(value)) => Some(reason.check(value, offered)?),
            _ => None,
        };
        Ok(Valeur { valeur, motif })
    }
}

/// What became of a change.
pub enum Change {
    /// It is written over this value.
    Done(Valeur),
    /// It was the value already.
    Same,
    /// It is left to another person, or to another row, and why.
    Apart(&'static str),
    /// Somebody came in between: what the row holds now.
    Meanwhile(Box<Etat>),
    /// The row is none of theirs.
    Gone,
}

/// Writes `held` over `version` of row `id`, notes it, and says to whom it shows.
///
/// # Errors
/// PostgreSQL failed.
pub async fn write(context: &Context, personne: &Personne, champ: &Champ, (id, version): (i64, i32), held: &Valeur) -> Result<Change> {
    let reader = &personne.reader;
    let mut write = context.db.write().await?;
    let Some(before) = queries::state(&mut write.tx, champ, reader, id, true).await? else {
        write.rollback().await?;
        return Ok(Change::Gone);
    };
    let had = before.held();
    if had == *held {
        write.rollback().await?;
        return Ok(Change::Same);
    }
    if let Some(why) = queries::refused(&mut write.tx, champ, (id, reader.user_id), held.valeur.as_deref()).await? {
        write.rollback().await?;
        return Ok(Change::Apart(why));
    }
    let communes = if before.version == version { queries::write(&mut write.tx, champ, reader, id, version, held).await? } else { None };
    let Some(communes) = communes else {
        write.rollback().await?;
        return Ok(Change::Meanwhile(Box::new(before)));
    };
    let mut detail = json!({});
    if had.valeur != held.valeur {
        detail[champ.column] = json!({"avant": had.valeur, "apres": held.valeur});
    }
    if had.motif != held.motif {
        detail["motif"] = json!({"avant": had.motif.as_ref().map(Motif::in_words), "apres": held.motif.as_ref().map(Motif::in_words)});
    }
    journal::note_at(&mut write.tx, &personne.actor, Action::Change, (champ.object, &id.to_string()), &detail, &communes).await?;
    communes.iter().for_each(|commune| write.touch(champ.domain, commune));
    write.commit().await?;
    Ok(Change::Done(had))
}

/// What row `id` holds of a field, when it is one of theirs.
///
/// # Errors
/// PostgreSQL failed.
pub async fn state(context: &Context, personne: &Personne, champ: &Champ, id: i64) -> Result<Option<Etat>> {
    let mut connection = context.db.statement().acquire().await?;
    queries::state(&mut connection, champ, &personne.reader, id, false).await
}
