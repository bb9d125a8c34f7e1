//! The SQL of the exports.

use chrono::{DateTime, Utc};
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};

use super::etats::{ANNULE, LIT, PERIME, PRODUIT};
use super::model::{Followed, Request};
use super::temoin::{Staged, digest, witness};
use crate::listing::{Arg, Keys, List, Module, Reader, Statement};
use crate::platform::db::Db;
use crate::platform::error::Result as AppResult;
use crate::platform::states::Passage;

/// A new request for a file.
pub struct NewExport<'a> {
    pub liste: &'a str,
    pub requete: &'a str,
    pub colonnes: Vec<&'a str>,
    pub format: &'a str,
    pub filtres: &'a str,
    pub demandeur_id: i64,
    pub collectivite_id: Option<i32>,
    pub communes: &'a [String],
}

/// Adds a request.
pub async fn insert(connection: &mut PgConnection, new: &NewExport<'_>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO export (liste, requete, colonnes, format, filtres, demandeur_id, collectivite_id, communes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
    )
    .bind(new.liste)
    .bind(new.requete)
    .bind(&new.colonnes)
    .bind(new.format)
    .bind(new.filtres)
    .bind(new.demandeur_id)
    .bind(new.collectivite_id)
    .bind(new.communes)
    .fetch_one(connection)
    .await
}

/// Ties a request to its job; gives the export that the job is about, which is an earlier one when
/// the same file was already on its way.
pub async fn attach(connection: &mut PgConnection, id: i64, job_id: i64) -> Result<i64, sqlx::Error> {
    sqlx::query("UPDATE export SET job_id = $2 WHERE id = $1").bind(id).bind(job_id).execute(&mut *connection).await?;
    sqlx::query_scalar("SELECT (payload->>'export')::bigint FROM job WHERE id = $1").bind(job_id).fetch_one(connection).await
}

/// Seconds during which a form posted again is the same click, though its file is ready: a small one takes less
/// time than a second click.
const SAME_CLICK_SECONDS: f64 = 10.0;

/// The ready file of the same key that the person asked for a moment ago.
pub async fn just_made(connection: &mut PgConnection, user_id: Option<i64>, key: &str) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT e.id FROM export e JOIN job j ON j.id = e.job_id WHERE e.demandeur_id = $1 AND e.etat = 'pret' AND e.controle_ecart IS NULL
             AND e.cree_le > now() - make_interval(secs => $3) AND j.unique_key = $2 ORDER BY e.id DESC LIMIT 1",
    )
    .bind(user_id)
    .bind(key)
    .bind(SAME_CLICK_SECONDS)
    .fetch_optional(connection)
    .await
}

/// The request that a job is about.
pub async fn request(db: &Db, id: i64) -> Result<Option<Request>, sqlx::Error> {
    sqlx::query_as(
        "SELECT e.id, liste, requete, format, filtres, demandeur_id, u.nom AS demandeur, etat, lignes_prevues, lignes_comptees, lu_le, e.cree_le
         FROM export e JOIN utilisateur u ON u.id = e.demandeur_id WHERE e.id = $1",
    )
    .bind(id)
    .fetch_optional(db.statement())
    .await
}

/// Memory that PostgreSQL may use to put the keys of one export in order.
const STAGING_MEMORY: &str = "96MB";

/// Puts the keys of `keys`, those of `list`, aside in lots of `size` and asks the witness `counted`, which reads the same
/// values: one statement, so one instant of the data for both.
pub async fn stage(
    connection: &mut PgConnection,
    id: i64,
    (list, mut keys, counted): (&List, Statement, &str),
    size: i64,
    reader: &Reader,
) -> AppResult<Staged> {
    sqlx::query("DELETE FROM export_lot WHERE export_id = $1").bind(id).execute(&mut *connection).await?;
    // A million keys are sorted in memory, in the one transaction that needs it.
    sqlx::query("SELECT set_config('work_mem', $1, true)").bind(STAGING_MEMORY).execute(&mut *connection).await?;
    let export = keys.bind(Arg::Int(id));
    let (column, key) = if list.is_numbered() { ("ids", "cle") } else { ("cles", "cle::text") };
    let sql = format!(
        "WITH mises AS (
             INSERT INTO export_lot (export_id, numero, {column})
             SELECT {export}::bigint, (rang / {size})::integer, array_agg({key} ORDER BY rang) FROM ({}) k GROUP BY 2
             RETURNING cardinality({column}) AS lignes, (SELECT sum({}) FROM unnest({column}) AS u (cle)) AS somme),
         temoin AS ({})
         SELECT coalesce((SELECT sum(lignes) FROM mises), 0)::bigint AS mises, t.lignes AS comptees,
             coalesce((SELECT sum(somme) FROM mises), 0) = t.somme AS memes FROM temoin t",
        keys.sql,
        digest(list, "u.cle"),
        witness(list, counted)
    );
    let staged: Staged = sqlx::query_as_with(sqlx::AssertSqlSafe(sql), keys.arguments()?).fetch_one(&mut *connection).await?;
    sqlx::query(
        "UPDATE export SET etat = $6, lignes_prevues = $2, lignes_comptees = $3, lu_le = now(), perimetre = $4, portee = $5, erreur = NULL
         WHERE id = $1 AND etat = ANY($7)",
    )
    .bind(id)
    .bind(staged.mises)
    .bind(staged.comptees)
    .bind(reader.communes_of(list.access))
    .bind(Json(list.branches(reader).kept()))
    .bind(LIT.to)
    .bind(LIT.from)
    .execute(connection)
    .await?;
    Ok(staged)
}

/// How many lots were put aside.
pub async fn lots(db: &Db, id: i64) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*)::integer FROM export_lot WHERE export_id = $1").bind(id).fetch_one(db.statement()).await
}

/// The keys of a lot as they are kept: one of the two.
#[derive(sqlx::FromRow)]
struct Kept {
    ids: Option<Vec<i64>>,
    cles: Option<Vec<String>>,
}

/// The keys of lot `number`.
pub async fn lot(db: &Db, id: i64, number: i32) -> Result<Option<Keys>, sqlx::Error> {
    let kept: Option<Kept> = sqlx::query_as("SELECT ids, cles FROM export_lot WHERE export_id = $1 AND numero = $2")
        .bind(id)
        .bind(number)
        .fetch_optional(db.statement())
        .await?;
    Ok(kept.map(|lot| lot.ids.map_or_else(|| Keys::Texts(lot.cles.unwrap_or_default()), Keys::Ids)))
}

/// A piece already in the store.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Piece {
    pub numero: i32,
    pub cle: String,
    pub lignes: i64,
    pub octets: i64,
    /// See `Notes`; absent of a piece made by a version that kept none.
    pub notes: Option<serde_json::Value>,
}

/// The pieces already in the store, in order.
pub async fn pieces(db: &Db, id: i64) -> Result<Vec<Piece>, sqlx::Error> {
    sqlx::query_as("SELECT numero, cle, lignes, octets, notes FROM export_morceau WHERE export_id = $1 ORDER BY numero")
        .bind(id)
        .fetch_all(db.statement())
        .await
}

/// Notes a piece: the checkpoint of an export.
pub async fn add_piece(connection: &mut PgConnection, id: i64, piece: &Piece) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO export_morceau (export_id, numero, cle, lignes, octets, notes) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(id)
        .bind(piece.numero)
        .bind(&piece.cle)
        .bind(piece.lignes)
        .bind(piece.octets)
        .bind(&piece.notes)
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
    let written = sqlx::query(
        "UPDATE export SET etat = $9, lignes_ecrites = $2, octets = $3, sha256 = $4, fichier = $5, nom_fichier = $6, manifeste = $7,
             expire_le = now() + make_interval(days => $8), controle_le = NULL, controle_ecart = NULL
         WHERE id = $1 AND etat = ANY($10)",
    )
    .bind(id)
    .bind(file.rows)
    .bind(file.bytes)
    .bind(file.sha256)
    .bind(file.path)
    .bind(file.name)
    .bind(&file.manifest)
    .bind(file.days)
    .bind(PRODUIT.to)
    .bind(PRODUIT.from)
    .execute(&mut *connection)
    .await?;
    // Held by its job, it cannot have become another: what is no longer to be produced is told, not written.
    if written.rows_affected() != 1 {
        return Err(sqlx::Error::RowNotFound);
    }
    forget(connection, id).await
}

/// Forgets keys and pieces.
pub async fn forget(connection: &mut PgConnection, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM export_lot WHERE export_id = $1").bind(id).execute(&mut *connection).await?;
    sqlx::query("DELETE FROM export_morceau WHERE export_id = $1").bind(id).execute(connection).await?;
    Ok(())
}

/// Writes how an export ended without a file.
pub async fn give_up(connection: &mut PgConnection, id: i64, passage: &Passage, cause: &str) -> Result<(), sqlx::Error> {
    // A cancelled export forgets its keys: tried again, it puts them aside anew.
    sqlx::query(
        "UPDATE export SET etat = $2, erreur = $3, lignes_prevues = CASE WHEN $2 = $5 THEN NULL ELSE lignes_prevues END WHERE id = $1 AND etat = ANY($4)",
    )
    .bind(id)
    .bind(passage.to)
    .bind(cause)
    .bind(passage.from)
    .bind(ANNULE.to)
    .execute(connection)
    .await?;
    Ok(())
}

const FOLLOWED: &str = "SELECT e.id, e.liste, e.requete, e.format, e.filtres,
         CASE WHEN e.etat = 'pret' AND e.expire_le < now() THEN 'expire' ELSE e.etat END AS etat, e.communes, e.perimetre, e.portee, e.lignes_prevues, e.lignes_ecrites, e.octets, e.sha256,
         e.lu_le, e.fichier, e.nom_fichier, e.manifeste, e.erreur, e.controle_le, e.controle_ecart, e.cree_le, e.expire_le, e.job_id, j.state AS job_state, j.done AS job_done,
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
    sqlx::query("UPDATE export SET etat = $2 WHERE id = $1 AND etat = ANY($3)")
        .bind(id)
        .bind(PERIME.to)
        .bind(PERIME.from)
        .execute(&mut *connection)
        .await?;
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

/// A ready export as its control reads it.
#[derive(Debug, sqlx::FromRow)]
pub struct Ready {
    pub id: i64,
    pub liste: String,
    pub colonnes: Vec<String>,
    pub format: String,
    pub fichier: String,
    pub octets: i64,
    pub sha256: String,
    pub lignes_ecrites: i64,
    pub lignes_comptees: Option<i64>,
    pub lignes_prevues: Option<i64>,
    pub requete: String,
    pub perimetre: Vec<String>,
    pub cree_le: DateTime<Utc>,
    pub demandeur_id: i64,
    pub collectivite_id: Option<i32>,
}

/// The last ready files: number, path, size.
pub async fn announced(db: &Db, limit: i64) -> Result<Vec<(i64, String, i64)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, fichier, octets FROM export WHERE etat = 'pret' AND fichier IS NOT NULL AND octets IS NOT NULL ORDER BY id DESC LIMIT $1",
    )
    .bind(limit)
    .fetch_all(db.statement())
    .await
}

/// Ready files not controlled since `before`, those never controlled first.
pub async fn to_control(db: &Db, before: DateTime<Utc>, limit: i64) -> Result<Vec<Ready>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, liste, colonnes, format, fichier, octets, sha256, lignes_ecrites, lignes_comptees, lignes_prevues, requete, perimetre, cree_le,
             demandeur_id, collectivite_id
         FROM export WHERE etat = 'pret' AND fichier IS NOT NULL AND (controle_le IS NULL OR controle_le < $1)
         ORDER BY controle_le NULLS FIRST, id LIMIT $2",
    )
    .bind(before)
    .bind(limit)
    .fetch_all(db.statement())
    .await
}

/// Notes what a control found; false when the file is no longer there to be told about.
pub async fn controlled(connection: &mut PgConnection, id: i64, at: DateTime<Utc>, fault: Option<&str>) -> Result<bool, sqlx::Error> {
    let noted = sqlx::query("UPDATE export SET controle_le = $2, controle_ecart = $3 WHERE id = $1 AND etat = 'pret'")
        .bind(id)
        .bind(at)
        .bind(fault)
        .execute(connection)
        .await?;
    Ok(noted.rows_affected() > 0)
}

/// Ready files that the last control found wrong.
pub async fn faulty(db: &Db) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*) FROM export WHERE controle_ecart IS NOT NULL AND etat = 'pret'").fetch_one(db.statement()).await
}

/// A file that the control found wrong, as those who answer for it see it.
#[derive(Debug, sqlx::FromRow)]
pub struct Faulty {
    pub id: i64,
    pub liste: String,
    pub demandeur: String,
    pub controle_le: DateTime<Utc>,
    pub controle_ecart: String,
}

/// The control as the reader may see it.
#[derive(Debug)]
pub struct Control {
    /// The last one, whatever it found.
    pub last: Option<DateTime<Utc>>,
    /// Files ready, and among them those read back once.
    pub ready: i64,
    pub read: i64,
    /// Those found wrong.
    pub faulty: Vec<Faulty>,
}

/// Rows of `e` that somebody who answers for exports may see: `$1` runs the installation, `$2` collectivités.
const ANSWERS_FOR: &str = "($1 OR e.collectivite_id = ANY($2))";

/// What the last controls found, for the files that the reader answers for.
pub async fn control(db: &Db, reader: &Reader, limit: i64) -> Result<Control, sqlx::Error> {
    let sql = format!("SELECT max(controle_le), count(*), count(controle_le) FROM export e WHERE etat = 'pret' AND {ANSWERS_FOR}");
    let (last, ready, read) = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(reader.exploitant)
        .bind(reader.collectivites(Module::Administration))
        .fetch_one(db.statement())
        .await?;
    let sql = format!(
        "SELECT e.id, liste, u.nom AS demandeur, controle_le, controle_ecart FROM export e JOIN utilisateur u ON u.id = e.demandeur_id
         WHERE etat = 'pret' AND controle_ecart IS NOT NULL AND controle_le IS NOT NULL AND {ANSWERS_FOR} ORDER BY e.id DESC LIMIT $3"
    );
    let faulty = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(reader.exploitant)
        .bind(reader.collectivites(Module::Administration))
        .bind(limit)
        .fetch_all(db.statement())
        .await?;
    Ok(Control { last, ready, read, faulty })
}
