//! The SQL of the files that arrive in chunks.

use sqlx::PgConnection;

use super::{EN_COURS_MAX, EN_COURS_MIO_MAX, MORCEAU};
use crate::platform::db::Db;

/// Seconds without a sign of the server that puts the chunks end to end, after which another may.
const MUET: i32 = 60;

/// A file on its way.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EnCours {
    /// Its number.
    pub id: i64,
    /// The kind of import.
    pub genre: String,
    /// Its name.
    pub nom: String,
    /// Its size.
    pub octets: i64,
    /// Bytes of a chunk.
    pub morceau: i32,
    /// Bytes that came.
    pub recus: i64,
    /// The import that it made.
    pub import_id: Option<i64>,
    /// Why it made none.
    pub refus: Option<String>,
}

/// A chunk that came.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Arrive {
    /// Its place.
    pub rang: i32,
    /// Its digest.
    pub sha256: String,
}

const ROW: &str = "SELECT e.id, e.genre, e.nom, e.octets, e.morceau, e.import_id, e.refus,
         coalesce((SELECT sum(m.octets) FROM import_envoi_morceau m WHERE m.envoi_id = e.id), 0)::bigint AS recus FROM import_envoi e";

impl EnCours {
    /// How many chunks make it.
    pub fn morceaux(&self) -> i64 {
        (self.octets + i64::from(self.morceau) - 1) / i64::from(self.morceau)
    }

    /// Bytes of the chunk of this place.
    pub fn attendus(&self, rang: i64) -> i64 {
        (self.octets - rang * i64::from(self.morceau)).clamp(0, i64::from(self.morceau))
    }
}

/// A file of a person.
pub async fn seen(db: &Db, person: i64, id: i64) -> Result<Option<EnCours>, sqlx::Error> {
    let sql = format!("{ROW} WHERE e.id = $1 AND e.demandeur_id = $2");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).bind(person).fetch_optional(db.statement()).await
}

/// The files that a person began to send and did not end.
pub async fn en_cours(db: &Db, person: i64) -> Result<Vec<EnCours>, sqlx::Error> {
    let sql = format!("{ROW} WHERE e.demandeur_id = $1 AND e.import_id IS NULL AND e.refus IS NULL ORDER BY e.id");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(person).fetch_all(db.statement()).await
}

/// The chunks that came, in order.
pub async fn arrives(db: &Db, id: i64) -> Result<Vec<Arrive>, sqlx::Error> {
    sqlx::query_as("SELECT rang, sha256 FROM import_envoi_morceau WHERE envoi_id = $1 ORDER BY rang").bind(id).fetch_all(db.statement()).await
}

/// Begins a file, or goes on with the one of the same name, size and kind; nothing when the person has too many on their way.
pub async fn commence(connection: &mut PgConnection, person: i64, (genre, nom, octets): (&str, &str, i64)) -> Result<Option<i64>, sqlx::Error> {
    // One at a time for each person: what they have is counted.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('import_envoi', $1))").bind(person).execute(&mut *connection).await?;
    let known: Option<i64> = sqlx::query_scalar(
        "UPDATE import_envoi SET touche_le = now() WHERE id = (SELECT id FROM import_envoi WHERE demandeur_id = $1 AND genre = $2 AND nom = $3
             AND octets = $4 AND import_id IS NULL AND refus IS NULL ORDER BY id DESC LIMIT 1) RETURNING id",
    )
    .bind(person)
    .bind(genre)
    .bind(nom)
    .bind(octets)
    .fetch_optional(&mut *connection)
    .await?;
    if known.is_some() {
        return Ok(known);
    }
    sqlx::query_scalar(
        "INSERT INTO import_envoi (demandeur_id, genre, nom, octets, morceau)
         SELECT $1, $2, $3, $4, $5 FROM (SELECT count(*) AS combien, coalesce(sum(octets), 0) AS poids FROM import_envoi
             WHERE demandeur_id = $1 AND import_id IS NULL AND refus IS NULL) a WHERE a.combien < $6 AND a.poids + $4 <= $7 RETURNING id",
    )
    .bind(person)
    .bind(genre)
    .bind(nom)
    .bind(octets)
    .bind(i64::from(MORCEAU))
    .bind(EN_COURS_MAX)
    .bind(i64::try_from(EN_COURS_MIO_MAX * 1024 * 1024).unwrap_or(i64::MAX))
    .fetch_optional(connection)
    .await
}

/// The digest of the chunk that came at this place.
pub async fn connu(db: &Db, id: i64, rang: i32) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT sha256 FROM import_envoi_morceau WHERE envoi_id = $1 AND rang = $2")
        .bind(id)
        .bind(rang)
        .fetch_optional(db.statement())
        .await
}

/// Notes a chunk that is in the store, while its file is on its way; the digest of the one that has its place.
pub async fn note(connection: &mut PgConnection, (id, rang): (i64, i32), octets: i64, sha256: &str) -> Result<Option<String>, sqlx::Error> {
    let alive = sqlx::query("UPDATE import_envoi SET touche_le = now() WHERE id = $1 AND import_id IS NULL AND refus IS NULL")
        .bind(id)
        .execute(&mut *connection)
        .await?;
    if alive.rows_affected() == 0 {
        return Ok(None);
    }
    sqlx::query("INSERT INTO import_envoi_morceau (envoi_id, rang, octets, sha256) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING")
        .bind(id)
        .bind(rang)
        .bind(octets)
        .bind(sha256)
        .execute(&mut *connection)
        .await?;
    sqlx::query_scalar("SELECT sha256 FROM import_envoi_morceau WHERE envoi_id = $1 AND rang = $2")
        .bind(id)
        .bind(rang)
        .fetch_optional(connection)
        .await
}

/// Takes a file to put its chunks end to end; false while a server does, or when it is over.
pub async fn prend(db: &Db, id: i64) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query(
        "UPDATE import_envoi SET assemble_le = now(), touche_le = now() WHERE id = $1 AND import_id IS NULL AND refus IS NULL
           AND (assemble_le IS NULL OR assemble_le < now() - make_interval(secs => $2))",
    )
    .bind(id)
    .bind(f64::from(MUET))
    .execute(db.statement())
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// The server that does is alive; or, with `lache`, it stopped on its way. False once nobody wants it any more.
pub async fn signe(db: &Db, id: i64, lache: bool) -> Result<bool, sqlx::Error> {
    let said = sqlx::query(
        "UPDATE import_envoi SET assemble_le = CASE WHEN $2 THEN NULL ELSE now() END WHERE id = $1 AND import_id IS NULL AND refus IS NULL",
    )
    .bind(id)
    .bind(lache)
    .execute(db.statement())
    .await?;
    Ok(said.rows_affected() == 1)
}

/// It makes none, and why.
pub async fn refuse(db: &Db, id: i64, why: &str, premier: Option<i64>) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE import_envoi SET refus = $2, import_id = $3 WHERE id = $1 AND import_id IS NULL")
        .bind(id)
        .bind(why)
        .bind(premier)
        .execute(db.statement())
        .await?;
    Ok(())
}

/// Forgets a file of a person that is on its way; false when it made an import meanwhile. Whoever puts it together finds it gone.
pub async fn oublie(db: &Db, person: i64, id: i64) -> Result<bool, sqlx::Error> {
    let gone = sqlx::query("DELETE FROM import_envoi WHERE id = $1 AND demandeur_id = $2 AND import_id IS NULL")
        .bind(id)
        .bind(person)
        .execute(db.statement())
        .await?;
    Ok(gone.rows_affected() == 1)
}

/// The files of which nothing came for a day.
pub async fn vieux(pool: &sqlx::PgPool) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM import_envoi WHERE touche_le < now() - interval '1 day' ORDER BY id LIMIT 500").fetch_all(pool).await
}

/// Forgets one of them, unless something came meanwhile.
pub async fn balaie(pool: &sqlx::PgPool, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM import_envoi WHERE id = $1 AND touche_le < now() - interval '1 day'").bind(id).execute(pool).await?;
    Ok(())
}

/// Those of `folders` that no file on its way has any more.
pub async fn personne(pool: &sqlx::PgPool, folders: &[i64]) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT f.id FROM unnest($1::bigint[]) f (id) WHERE NOT EXISTS (SELECT 1 FROM import_envoi e WHERE e.id = f.id AND e.import_id IS NULL
             AND e.refus IS NULL)",
    )
    .bind(folders)
    .fetch_all(pool)
    .await
}

/// The same hour of yesterday.
pub async fn hier(pool: &sqlx::PgPool) -> Result<chrono::DateTime<chrono::Utc>, sqlx::Error> {
    sqlx::query_scalar("SELECT now() - interval '1 day'").fetch_one(pool).await
}
