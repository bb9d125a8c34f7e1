//! The SQL of notes and attached files. The right to them is that of the row: the scope of its list is a condition of each
//! statement.

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, FromRow, PgConnection, PgExecutor, PgPool};

use super::model::{FICHE_MIO_MAX, JOUR_MIO_MAX, MIO, NOTES_MAX, Note, PIECES_MAX, Piece, RETIRE_JOURS};
use crate::listing::{Arg, Reader, Statement, within_scope};
use crate::platform::db::Db;
use crate::platform::error::Result;
use crate::records::Record;

/// A row that has notes and files, and who looks at it.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// What the row is.
    pub record: &'static Record,
    /// Its key.
    pub id: i64,
    /// Who looks.
    pub reader: &'a Reader,
}

/// The row itself.
#[derive(Debug, FromRow)]
pub struct Row {
    /// Its name.
    pub nom: String,
    /// The communes whose readers see it.
    pub communes: Vec<String>,
}

/// A kind of thing that a row has.
pub trait Thing: for<'r> FromRow<'r, PgRow> + Send + Unpin {
    /// Its table, with the columns of this module.
    const TABLE: &'static str;
    /// Its columns, over `x` and its author `u`.
    const COLUMNS: &'static str;
}

impl Thing for Note {
    const TABLE: &'static str = "note";
    const COLUMNS: &'static str = "x.id, x.texte, x.auteur_id, u.nom::text AS auteur, x.version, x.cree_le, x.modifie_le, x.retire_le";
}

impl Thing for Piece {
    const TABLE: &'static str = "piece_jointe";
    const COLUMNS: &'static str =
        "x.id, x.nom, x.nature, x.octets, x.sha256, x.chemin, x.auteur_id, u.nom::text AS auteur, x.version, x.cree_le, x.retire_le";
}

/// What a removal or a return is about.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// The note or the file.
    pub id: i64,
    /// Its version, as the person saw it.
    pub version: i32,
}

/// What was asked to be added.
#[derive(Debug, PartialEq, Eq)]
pub enum Added {
    /// It is there.
    Done,
    /// The same form had added it already.
    Already,
    /// The same form had added something else already.
    Other,
    /// A bound is reached: the sentence.
    Full(String),
}

/// A file that lies in the store and has no row yet.
#[derive(Debug)]
pub struct Stored {
    /// Its name.
    pub nom: String,
    /// What it is, as stored.
    pub nature: &'static str,
    /// Its size.
    pub octets: i64,
    /// Its digest.
    pub sha256: String,
    /// Where it lies.
    pub chemin: String,
    /// Its rank among the files of its form.
    pub rang: i16,
}

impl Place<'_> {
    /// The condition that `x` is a note or a file of this row, and the row one of the reader's.
    fn condition(self, statement: &mut Statement) -> Result<String> {
        let list = statement.bind(Arg::Text(self.record.list.name.into()));
        let key = statement.bind(Arg::Int(self.id));
        let mine = within_scope(statement, self.record.list, self.reader, "x.cle")?;
        Ok(format!("x.liste = {list}::text AND x.cle = {key}::bigint AND {mine}"))
    }

    /// The row, when it is one of the reader's.
    pub async fn row(self, executor: impl PgExecutor<'_>) -> Result<Option<Row>> {
        let mut statement = Statement::default();
        let key = statement.bind(Arg::Int(self.id));
        let mine = within_scope(&mut statement, self.record.list, self.reader, "t.id")?;
        statement.sql = format!(
            "SELECT ({})::text AS nom, ({})::text[] AS communes FROM {} t WHERE t.id = {key}::bigint AND {mine}",
            self.record.name, self.record.communes, self.record.table
        );
        let arguments = statement.arguments()?;
        Ok(sqlx::query_as_with(AssertSqlSafe(statement.sql), arguments).fetch_optional(executor).await?)
    }

    /// What is there, the last first, then what was removed a few days ago at most.
    pub async fn all<T: Thing>(self, db: &Db) -> Result<Vec<T>> {
        let mut statement = Statement::default();
        let here = self.condition(&mut statement)?;
        let most = statement.bind(Arg::Int(2 * NOTES_MAX));
        statement.sql = format!(
            "SELECT {} FROM {} x JOIN utilisateur u ON u.id = x.auteur_id
             WHERE {here} AND (x.retire_le IS NULL OR x.retire_le > now() - make_interval(days => {RETIRE_JOURS}))
             ORDER BY x.retire_le IS NOT NULL, x.id DESC LIMIT {most}::bigint",
            T::COLUMNS,
            T::TABLE
        );
        let arguments = statement.arguments()?;
        Ok(sqlx::query_as_with(AssertSqlSafe(statement.sql), arguments).fetch_all(db.statement()).await?)
    }

    /// One of them, removed or not.
    pub async fn one<T: Thing>(self, db: &Db, id: i64) -> Result<Option<T>> {
        let mut statement = Statement::default();
        let here = self.condition(&mut statement)?;
        let wanted = statement.bind(Arg::Int(id));
        statement.sql = format!(
            "SELECT {} FROM {} x JOIN utilisateur u ON u.id = x.auteur_id
             WHERE {here} AND x.id = {wanted}::bigint AND (x.retire_le IS NULL OR x.retire_le > now() - make_interval(days => {RETIRE_JOURS}))",
            T::COLUMNS,
            T::TABLE
        );
        let arguments = statement.arguments()?;
        Ok(sqlx::query_as_with(AssertSqlSafe(statement.sql), arguments).fetch_optional(db.statement()).await?)
    }

    /// Makes what is added to this row, and what the reader adds anywhere, come one after the other until the end of the
    /// transaction: bounds are counted for both. The row stays that long: whoever takes it away (an import that is taken back) waits, then
    /// finds what was added. False when it is gone.
    pub async fn one_at_a_time(self, connection: &mut PgConnection) -> Result<bool> {
        // The row before the person, always: nobody waits for somebody who waits for them.
        let lock = "SELECT pg_advisory_xact_lock(hashtext('pieces ' || $1), hashtext($2::text))";
        sqlx::query(lock).bind(self.record.list.name).bind(self.id).execute(&mut *connection).await?;
        let mine = "SELECT pg_advisory_xact_lock(hashtext('pieces'), hashtext($1::text))";
        sqlx::query(mine).bind(self.reader.user_id).execute(&mut *connection).await?;
        // Only the table of a declaration.
        let held = format!("SELECT 1 FROM {} t WHERE t.id = $1 FOR KEY SHARE", self.record.table);
        Ok(sqlx::query(AssertSqlSafe(held)).bind(self.id).fetch_optional(connection).await?.is_some())
    }

    /// Why the row has no room for `count` notes more, when it has none.
    pub async fn full_of_notes(self, connection: &mut PgConnection, count: i64) -> Result<Option<String>> {
        let held: i64 = sqlx::query_scalar("SELECT count(*) FROM note WHERE liste = $1 AND cle = $2 AND retire_le IS NULL")
            .bind(self.record.list.name)
            .bind(self.id)
            .fetch_one(connection)
            .await?;
        Ok((held + count > NOTES_MAX)
            .then(|| format!("Cette fiche a déjà {NOTES_MAX} notes, autant qu’elle peut en avoir. Retirez-en une, ou complétez l’une des vôtres.")))
    }

    /// Writes a note.
    pub async fn add_note(self, connection: &mut PgConnection, texte: &str, jeton: &str) -> Result<Added> {
        let known = "SELECT liste = $3 AND cle = $4 AND texte = $5 FROM note WHERE auteur_id = $1 AND jeton = $2";
        let known = sqlx::query_scalar(known).bind(self.reader.user_id).bind(jeton).bind(self.record.list.name).bind(self.id).bind(texte);
        if let Some(same) = known.fetch_optional(&mut *connection).await? {
            return Ok(if same { Added::Already } else { Added::Other });
        }
        if let Some(why) = self.full_of_notes(&mut *connection, 1).await? {
            return Ok(Added::Full(why));
        }
        let sql = "INSERT INTO note (liste, cle, texte, auteur_id, jeton) VALUES ($1, $2, $3, $4, $5)";
        sqlx::query(sql).bind(self.record.list.name).bind(self.id).bind(texte).bind(self.reader.user_id).bind(jeton).execute(connection).await?;
        Ok(Added::Done)
    }

    /// Corrects a note of the reader where its version is still the one they saw; false when it is not.
    pub async fn correct(self, connection: &mut PgConnection, seen: Seen, texte: &str) -> Result<bool> {
        let mut statement = Statement::default();
        let here = self.condition(&mut statement)?;
        let (id, version) = (statement.bind(Arg::Int(seen.id)), statement.bind(Arg::Int(seen.version.into())));
        let (who, text) = (statement.bind(Arg::Int(self.reader.user_id)), statement.bind(Arg::Text(texte.into())));
        statement.sql = format!(
            "UPDATE note x SET texte = {text}::text, version = x.version + 1, modifie_le = now()
             WHERE x.id = {id}::bigint AND x.version = {version}::bigint AND x.auteur_id = {who}::bigint AND x.retire_le IS NULL AND {here}"
        );
        let arguments = statement.arguments()?;
        Ok(sqlx::query_with(AssertSqlSafe(statement.sql), arguments).execute(connection).await?.rows_affected() == 1)
    }

    /// Removes a note or a file, or brings it back, where its version is still the one that was seen; false when it is not.
    pub async fn mark<T: Thing>(self, connection: &mut PgConnection, seen: Seen, removed: bool) -> Result<bool> {
        let mut statement = Statement::default();
        let here = self.condition(&mut statement)?;
        let (id, version) = (statement.bind(Arg::Int(seen.id)), statement.bind(Arg::Int(seen.version.into())));
        let (value, before) = match removed {
            true => ("now()", "x.retire_le IS NULL".to_string()),
            false => ("NULL", format!("x.retire_le > now() - make_interval(days => {RETIRE_JOURS})")),
        };
        statement.sql = format!(
            "UPDATE {} x SET retire_le = {value}, version = x.version + 1 WHERE x.id = {id}::bigint AND x.version = {version}::bigint AND {before} AND {here}",
            T::TABLE
        );
        let arguments = statement.arguments()?;
        Ok(sqlx::query_with(AssertSqlSafe(statement.sql), arguments).execute(connection).await?.rows_affected() == 1)
    }

    /// Whether `count` files more, of `bytes`, have room: here, and in the day of the reader.
    pub async fn room(self, connection: &mut PgConnection, (count, bytes): (i64, i64)) -> Result<Option<String>> {
        let (held, size, day): (i64, i64, i64) = sqlx::query_as(
            "SELECT count(*), coalesce(sum(octets), 0)::bigint,
                 (SELECT coalesce(sum(octets), 0)::bigint FROM piece_jointe WHERE auteur_id = $3 AND cree_le > now() - interval '1 day')
             FROM piece_jointe WHERE liste = $1 AND cle = $2 AND retire_le IS NULL",
        )
        .bind(self.record.list.name)
        .bind(self.id)
        .bind(self.reader.user_id)
        .fetch_one(connection)
        .await?;
        Ok(if held + count > PIECES_MAX {
            Some(format!("Cette fiche a déjà {held} fichiers : {PIECES_MAX} au plus. Retirez ceux qui ne servent plus."))
        } else if size + bytes > FICHE_MIO_MAX * MIO {
            Some(format!("Les fichiers de cette fiche dépasseraient {FICHE_MIO_MAX} Mio. Retirez ceux qui ne servent plus."))
        } else if day + bytes > JOUR_MIO_MAX * MIO {
            Some(format!(
                "Avec cet envoi, vous auriez joint plus de {JOUR_MIO_MAX} Mio en un jour, autant qu’une personne peut en joindre. Reprenez demain."
            ))
        } else {
            None
        })
    }

    /// Whether form `jeton` of the reader has attached files already: these ones, by their digests, or others.
    pub async fn attached(self, connection: &mut PgConnection, jeton: &str, digests: &[String]) -> Result<Option<Added>> {
        let known =
            "SELECT bool_and(liste = $3 AND cle = $4) AND array_agg(sha256 ORDER BY rang) = $5 FROM piece_jointe WHERE auteur_id = $1 AND jeton = $2";
        let known = sqlx::query_scalar(known).bind(self.reader.user_id).bind(jeton).bind(self.record.list.name).bind(self.id).bind(digests);
        let same: Option<bool> = known.fetch_one(connection).await?;
        Ok(same.map(|same| if same { Added::Already } else { Added::Other }))
    }

    /// Attaches a file that lies in the store.
    pub async fn attach(self, connection: &mut PgConnection, file: &Stored, jeton: &str) -> Result<()> {
        let sql = "INSERT INTO piece_jointe (liste, cle, nom, nature, octets, sha256, chemin, auteur_id, jeton, rang)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        sqlx::query(sql)
            .bind(self.record.list.name)
            .bind(self.id)
            .bind(&file.nom)
            .bind(file.nature)
            .bind(file.octets)
            .bind(&file.sha256)
            .bind(&file.chemin)
            .bind(self.reader.user_id)
            .bind(jeton)
            .bind(file.rang)
            .execute(connection)
            .await?;
        Ok(())
    }
}

/// Removed files whose time to come back is over: key and place in the store. An hour more than their days: nobody is
/// bringing them back.
pub async fn over(pool: &PgPool, most: i64) -> std::result::Result<Vec<(i64, String)>, sqlx::Error> {
    let sql = "SELECT id, chemin FROM piece_jointe WHERE retire_le < now() - make_interval(days => $1, hours => 1) ORDER BY retire_le LIMIT $2";
    sqlx::query_as(sql).bind(RETIRE_JOURS).bind(most).fetch_all(pool).await
}

/// Forgets files whose bytes are gone.
pub async fn forget(pool: &PgPool, ids: &[i64]) -> std::result::Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM piece_jointe WHERE id = ANY($1) AND retire_le IS NOT NULL").bind(ids).execute(pool).await?;
    Ok(())
}

/// Forgets removed notes whose time to come back is over.
pub async fn forget_notes(pool: &PgPool) -> std::result::Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM note WHERE retire_le < now() - make_interval(days => $1, hours => 1)").bind(RETIRE_JOURS).execute(pool).await?;
    Ok(())
}

/// The paths among `paths` that no row names.
pub async fn nobodys(pool: &PgPool, paths: &[String]) -> std::result::Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT p FROM unnest($1::text[]) p WHERE NOT EXISTS (SELECT 1 FROM piece_jointe WHERE chemin = p)")
        .bind(paths)
        .fetch_all(pool)
        .await
}

/// The instant before which a file without a row is nobody's: whoever was sending it has ended long ago.
pub async fn long_ago(pool: &PgPool) -> std::result::Result<chrono::DateTime<chrono::Utc>, sqlx::Error> {
    sqlx::query_scalar("SELECT now() - interval '1 day'").fetch_one(pool).await
}
