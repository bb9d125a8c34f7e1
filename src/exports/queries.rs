//! The SQL of the exports.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use super::model::{Followed, Request};
use crate::listing::{Reader, Statement};
use crate::platform::db::Db;
use crate::platform::error::Result as AppResult;

/// A new request for a file.
pub struct NewExport<'a> {
    pub liste: &'a str,
    pub requete: &'a str,
    pub colonnes: Vec<&'a str>,
    pub format: &'a str,
    pub filtres: &'a str,
    pub demandeur_id: i64,
    pub collectivite_id: Option<i32>,
}

/// Adds a request.
pub async fn insert(connection: &mut PgConnection, new: &NewExport<'_>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO export (liste, requete, colonnes, format, filtres, demandeur_id, collectivite_id) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
    )
    .bind(new.liste)
    .bind(new.requete)
    .bind(&new.colonnes)
    .bind(new.format)
    .bind(new.filtres)
    .bind(new.demandeur_id)
    .bind(new.collectivite_id)
    .fetch_one(connection)
    .await
}

/// Ties a request to its job; gives the export that the job is about, which is an earlier one when
/// the same file was already on its way.
pub async fn attach(connection: &mut PgConnection, id: i64, job_id: i64) -> Result<i64, sqlx::Error> {
    sqlx::query("UPDATE export SET job_id = $2 WHERE id = $1").bind(id).bind(job_id).execute(&mut *connection).await?;
    sqlx::query_scalar("SELECT (payload->>'export')::bigint FROM job WHERE id = $1").bind(job_id).fetch_one(connection).await
}

/// The request that a job is about.
pub async fn request(db: &Db, id: i64) -> Result<Option<Request>, sqlx::Error> {
    sqlx::query_as(
        "SELECT e.id, liste, requete, format, filtres, demandeur_id, u.nom AS demandeur, etat, lignes_prevues, lu_le, e.cree_le
         FROM export e JOIN utilisateur u ON u.id = e.demandeur_id WHERE e.id = $1",
    )
    .bind(id)
    .fetch_optional(db.statement())
    .await
}

/// Puts the keys of `keys` aside in lots of `size`, in one statement: one instant of the data.
/// Returns how many there are.
pub async fn stage(connection: &mut PgConnection, id: i64, mut keys: Statement, size: i64, reader: &Reader) -> AppResult<i64> {
    sqlx::query("DELETE FROM export_lot WHERE export_id = $1").bind(id).execute(&mut *connection).await?;
    let export = keys.bind(crate::listing::Arg::Int(id));
    let sql = format!(
        "INSERT INTO export_lot (export_id, numero, cles)
         SELECT {export}::bigint, (rang / {size})::integer, array_agg(cle ORDER BY rang) FROM ({}) k GROUP BY 2",
        keys.sql
    );
    sqlx::query_with(sqlx::AssertSqlSafe(sql), keys.arguments()?).execute(&mut *connection).await?;
    let total: i64 = sqlx::query_scalar("SELECT coalesce(sum(cardinality(cles)), 0)::bigint FROM export_lot WHERE export_id = $1")
        .bind(id)
        .fetch_one(&mut *connection)
        .await?;
    sqlx::query("UPDATE export SET etat = 'en_cours', lignes_prevues = $2, lu_le = now(), perimetre = $3, erreur = NULL WHERE id = $1")
        .bind(id)
        .bind(total)
        .bind(&reader.communes)
        .execute(connection)
        .await?;
    Ok(total)
}

/// The keys of lot `number`.
pub async fn lot(db: &Db, id: i64, number: i32) -> Result<Option<Vec<String>>, sqlx::Error> {
    sqlx::query_scalar("SELECT cles FROM export_lot WHERE export_id = $1 AND numero = $2").bind(id).bind(number).fetch_optional(db.statement()).await
}

/// A piece already in the store.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Piece {
    pub numero: i32,
    pub cle: String,
    pub lignes: i64,
    pub octets: i64,
}

/// The pieces already in the store, in order.
pub async fn pieces(db: &Db, id: i64) -> Result<Vec<Piece>, sqlx::Error> {
    sqlx::query_as("SELECT numero, cle, lignes, octets FROM export_morceau WHERE export_id = $1 ORDER BY numero")
        .bind(id)
        .fetch_all(db.statement())
        .await
}

/// Notes a piece: the checkpoint of an export.
pub async fn add_piece(connection: &mut PgConnection, id: i64, piece: &Piece) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO export_morceau (export_id, numero, cle, lignes, octets) VALUES ($1, $2, $3, $4, $5)")
        .bind(id)
        .bind(piece.numero)
        .bind(&piece.cle)
        .bind(piece.lignes)
        .bind(piece.octets)
        .execute(connection)
        .await?;
    Ok(())
}

/// What is known of a finished file.
pub struct Finished<'a> {
    pub rows: i64,
    pub bytes: i64,
    pub sha256: &'a str,
    pub path: &'a str,
    pub name: &'a str,
    pub manifest: serde_json::Value,
    pub days: i32,
}

/// Says that the file is ready, and forgets keys and pieces.
pub async fn finish(connection: &mut PgConnection, id: i64, file: &Finished<'_>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE export SET etat = 'pret', lignes_ecrites = $2, octets = $3, sha256 = $4, fichier = $5, nom_fichier = $6, manifeste = $7,
             expire_le = now() + make_interval(days => $8) WHERE id = $1",
    )
    .bind(id)
    .bind(file.rows)
    .bind(file.bytes)
    .bind(file.sha256)
    .bind(file.path)
    .bind(file.name)
    .bind(&file.manifest)
    .bind(file.days)
    .execute(&mut *connection)
    .await?;
    forget(connection, id).await
}

/// Forgets keys and pieces.
pub async fn forget(connection: &mut PgConnection, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM export_lot WHERE export_id = $1").bind(id).execute(&mut *connection).await?;
    sqlx::query("DELETE FROM export_morceau WHERE export_id = $1").bind(id).execute(connection).await?;
    Ok(())
}

/// Writes how an export ended without a file.
pub async fn give_up(connection: &mut PgConnection, id: i64, state: &str, cause: &str) -> Result<(), sqlx::Error> {
    // A cancelled export forgets its keys: tried again, it puts them aside anew.
    sqlx::query("UPDATE export SET etat = $2, erreur = $3, lignes_prevues = CASE WHEN $2 = 'annule' THEN NULL ELSE lignes_prevues END WHERE id = $1 AND etat <> 'pret'")
        .bind(id)
        .bind(state)
        .bind(cause)
        .execute(connection)
        .await?;
    Ok(())
}

const FOLLOWED: &str =
    "SELECT e.id, e.liste, e.requete, e.format, e.filtres, e.etat, e.perimetre, e.lignes_prevues, e.lignes_ecrites, e.octets, e.sha256,
         e.lu_le, e.fichier, e.nom_fichier, e.manifeste, e.erreur, e.cree_le, e.expire_le, e.job_id, j.state AS job_state, j.done AS job_done,
         j.total AS job_total, extract(epoch FROM coalesce(j.finished_at, now()) - j.started_at)::bigint AS job_seconds, j.error AS job_error,
         job_devant(j.id) AS ahead, job_motif(j.id) AS motif
     FROM export e LEFT JOIN job j ON j.id = e.job_id WHERE e.demandeur_id = $1";

/// One export of the reader.
pub async fn followed(db: &Db, reader: &Reader, id: i64) -> Result<Option<Followed>, sqlx::Error> {
    let sql = format!("{FOLLOWED} AND e.id = $2");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(reader.user_id).bind(id).fetch_optional(db.statement()).await
}

/// The last exports of the reader.
pub async fn recent(db: &Db, reader: &Reader, limit: i64) -> Result<Vec<Followed>, sqlx::Error> {
    let sql = format!("{FOLLOWED} ORDER BY e.id DESC LIMIT $2");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(reader.user_id).bind(limit).fetch_all(db.statement()).await
}

/// Exports whose files go: those past their time at `now`, and those that never came to a file, with no
/// living job, `days` after they were asked for.
pub async fn expired(pool: &PgPool, now: DateTime<Utc>, days: i32) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT id FROM export e WHERE (etat = 'pret' AND expire_le < $1)
            OR (etat IN ('en_attente', 'en_cours', 'echec', 'annule') AND cree_le < $1 - make_interval(days => $2)
                AND NOT EXISTS (SELECT 1 FROM job j WHERE j.id = e.job_id AND j.state IN ('ready', 'running')))
         ORDER BY id LIMIT 100",
    )
    .bind(now)
    .bind(days)
    .fetch_all(pool)
    .await
}

/// Says that the files of an export were removed after their time.
pub async fn set_expired(connection: &mut PgConnection, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE export SET etat = 'expire' WHERE id = $1").bind(id).execute(&mut *connection).await?;
    forget(connection, id).await
}

/// Removes the requests older than `months`: their filters may hold a name.
pub async fn purge(pool: &PgPool, now: DateTime<Utc>, months: i32) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM export WHERE etat = 'expire' AND cree_le < $1 - make_interval(months => $2)")
        .bind(now)
        .bind(months)
        .execute(pool)
        .await?;
    Ok(())
}
