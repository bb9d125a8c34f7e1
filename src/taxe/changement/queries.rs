//! The SQL of a change of host.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{AssertSqlSafe, PgConnection};

use crate::listing::{Arg, Reader, Statement, within_scope};
use crate::platform::db::Db;
use crate::platform::error::Result;
use crate::taxe::redevable::DAY;
use crate::taxe::{HEBERGEURS, LOGEMENTS};

/// Stays told one by one.
pub const NAMED: i64 = 20;

/// A lodging, as a change sees it.
#[derive(sqlx::FromRow)]
pub struct Logement {
    pub id: i64,
    pub reference: String,
    pub nom: String,
    pub code_insee: String,
    pub actif: bool,
    pub version: i32,
    pub modifie_le: DateTime<Utc>,
    pub par: Option<String>,
    /// Its host.
    pub hebergeur_id: i64,
    pub numero: String,
    pub hebergeur: String,
    /// Since when, if it had another before.
    pub depuis: Option<NaiveDate>,
}

/// Lodging `id`, when it is one of the reader's.
pub async fn lodging(connection: &mut PgConnection, reader: &Reader, id: i64) -> Result<Option<Logement>> {
    let mut statement = Statement::default();
    let key = statement.bind(Arg::Int(id));
    let mine = within_scope(&mut statement, &LOGEMENTS, reader, "t.id")?;
    statement.sql = format!(
        "SELECT t.id, t.reference, t.nom::text, t.code_insee, t.actif, t.version, t.modifie_le, u.nom::text AS par, t.hebergeur_id, h.numero, h.nom::text AS hebergeur,
             (SELECT max(lh.fin) FROM ancien_hebergeur lh WHERE lh.logement_id = t.id) AS depuis
         FROM logement t JOIN hebergeur h ON h.id = t.hebergeur_id LEFT JOIN utilisateur u ON u.id = t.modifie_par WHERE t.id = {key}::bigint AND {mine}"
    );
    let arguments = statement.arguments()?;
    Ok(sqlx::query_as_with(AssertSqlSafe(statement.sql), arguments).fetch_optional(connection).await?)
}

/// A host that a lodging may pass to.
#[derive(sqlx::FromRow)]
pub struct Hote {
    pub id: i64,
    pub numero: String,
    pub nom: String,
    pub archive: bool,
}

/// Host `id`, when it is one of the reader's.
pub async fn host(connection: &mut PgConnection, reader: &Reader, id: i64) -> Result<Option<Hote>> {
    let mut statement = Statement::default();
    let key = statement.bind(Arg::Int(id));
    let mine = within_scope(&mut statement, &HEBERGEURS, reader, "t.id")?;
    statement.sql =
        format!("SELECT t.id, t.numero, t.nom::text, t.archive_le IS NOT NULL AS archive FROM hebergeur t WHERE t.id = {key}::bigint AND {mine}");
    let arguments = statement.arguments()?;
    Ok(sqlx::query_as_with(AssertSqlSafe(statement.sql), arguments).fetch_optional(connection).await?)
}

/// Holds hosts, then the lodging, in the order in which a merge holds them.
pub async fn lock(connection: &mut PgConnection, hosts: &[i64], lodging: i64) -> Result<()> {
    sqlx::query("SELECT 1 FROM hebergeur WHERE id = ANY($1) ORDER BY id FOR UPDATE").bind(hosts).execute(&mut *connection).await?;
    sqlx::query("SELECT 1 FROM logement WHERE id = $1 FOR UPDATE").bind(lodging).execute(connection).await?;
    Ok(())
}

/// What one of both hosts owes of a lodging: stays that are not rejected, with their sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Du {
    /// It is the new host.
    pub apres: bool,
    pub sejours: i64,
    pub nuits: i64,
    pub nuitees: i64,
    pub base: i64,
    pub departemental: i64,
    pub a_verifier: i64,
}

/// What the host of a lodging since `depuis` and the one from `jour` on would owe of it.
pub async fn owed(connection: &mut PgConnection, lodging: i64, depuis: Option<NaiveDate>, jour: NaiveDate) -> Result<[Du; 2]> {
    // What `DAY` reads as is a constant of ours.
    let sql = format!(
        "SELECT {DAY} >= $3 AS apres, count(*) AS sejours, sum(b.nb_nuits)::bigint AS nuits, sum(b.nuitees)::bigint AS nuitees, sum(b.montant_base)::bigint AS base,
             sum(b.montant_departemental)::bigint AS departemental, count(*) FILTER (WHERE b.statut = 'a_verifier') AS a_verifier
         FROM sejour b WHERE b.logement_id = $1 AND b.statut <> 'rejete' AND {DAY} >= coalesce($2, '-infinity'::date) GROUP BY 1"
    );
    let rows: Vec<Du> = sqlx::query_as(AssertSqlSafe(sql)).bind(lodging).bind(depuis).bind(jour).fetch_all(connection).await?;
    Ok([false, true].map(|apres| rows.iter().find(|row| row.apres == apres).copied().unwrap_or(Du { apres, ..Du::default() })))
}

/// A stay with nights on both sides of the change.
#[derive(sqlx::FromRow)]
pub struct Cheval {
    pub id: i64,
    pub reference: String,
    pub date_debut: NaiveDate,
    pub date_fin: NaiveDate,
    pub date_perception: Option<NaiveDate>,
    pub montant: i64,
    /// The new host owes it.
    pub apres: bool,
}

/// The stays of a lodging that have nights on both sides of `jour`, one more than are told.
pub async fn across(connection: &mut PgConnection, lodging: i64, depuis: Option<NaiveDate>, jour: NaiveDate) -> Result<Vec<Cheval>> {
    let sql = format!(
        "SELECT b.id, b.reference, b.date_debut, b.date_fin, b.date_perception, b.montant, {DAY} >= $3 AS apres FROM sejour b
         WHERE b.logement_id = $1 AND b.statut <> 'rejete' AND {DAY} >= coalesce($2, '-infinity'::date) AND b.date_debut < $3 AND b.date_fin > $3
         ORDER BY b.date_debut, b.id LIMIT $4"
    );
    Ok(sqlx::query_as(AssertSqlSafe(sql)).bind(lodging).bind(depuis).bind(jour).bind(NAMED + 1).fetch_all(connection).await?)
}

/// Gives a lodging to another host from `jour` on: the one before is kept beside. Both hosts and the lodging are held.
pub async fn give(connection: &mut PgConnection, lodging: &Logement, to: i64, (jour, motif): (NaiveDate, &str), who: i64) -> Result<()> {
    // First, so that the host before is still seen in the commune of the stays that it owes.
    sqlx::query(
        "INSERT INTO ancien_hebergeur (logement_id, hebergeur_id, debut, fin, motif, suivant_vu, fait_par)
         VALUES ($1, $2, coalesce($3, '-infinity'::date), $4, $5, EXISTS (SELECT 1 FROM hebergeur_commune WHERE hebergeur_id = $6 AND code_insee = $7), $8)",
    )
    .bind(lodging.id)
    .bind(lodging.hebergeur_id)
    .bind(lodging.depuis)
    .bind(jour)
    .bind(motif)
    .bind(to)
    .bind(&lodging.code_insee)
    .bind(who)
    .execute(&mut *connection)
    .await?;
    set_host(connection, lodging.id, to, who).await
}

async fn set_host(connection: &mut PgConnection, lodging: i64, host: i64, who: i64) -> Result<()> {
    sqlx::query("UPDATE logement SET hebergeur_id = $2, version = version + 1, modifie_le = now(), modifie_par = $3 WHERE id = $1")
        .bind(lodging)
        .bind(host)
        .bind(who)
        .execute(connection)
        .await?;
    Ok(())
}

/// The last change of a lodging.
#[derive(sqlx::FromRow)]
pub struct Dernier {
    pub id: i64,
    pub hebergeur_id: i64,
    pub fin: NaiveDate,
    pub suivant_vu: bool,
}

/// The last change of a lodging, if it had any.
pub async fn last(connection: &mut PgConnection, lodging: i64) -> Result<Option<Dernier>> {
    let sql = "SELECT id, hebergeur_id, fin, suivant_vu FROM ancien_hebergeur WHERE logement_id = $1 ORDER BY fin DESC LIMIT 1";
    Ok(sqlx::query_as(sql).bind(lodging).fetch_optional(connection).await?)
}

/// Undoes the last change of a lodging, which is held with both hosts.
pub async fn take_back(connection: &mut PgConnection, lodging: &Logement, last: &Dernier, who: i64) -> Result<()> {
    set_host(&mut *connection, lodging.id, last.hebergeur_id, who).await?;
    sqlx::query("DELETE FROM ancien_hebergeur WHERE id = $1").bind(last.id).execute(&mut *connection).await?;
    if last.suivant_vu {
        // It was seen here before it had this lodging.
        sqlx::query(
            "INSERT INTO hebergeur_commune (code_insee, hebergeur_id, nom, inscrit_le, type)
             SELECT $2, h.id, h.nom, h.inscrit_le, h.type FROM hebergeur h WHERE h.id = $1 ON CONFLICT DO NOTHING",
        )
        .bind(lodging.hebergeur_id)
        .bind(&lodging.code_insee)
        .execute(connection)
        .await?;
    }
    Ok(())
}

/// A former host of a lodging, as its file shows it.
#[derive(sqlx::FromRow)]
pub struct Ancien {
    pub hebergeur_id: i64,
    pub nom: String,
    pub numero: String,
    pub debut: Option<NaiveDate>,
    pub fin: NaiveDate,
    pub motif: String,
}

/// The former hosts of a lodging of `communes`, the last first.
pub async fn former(db: &Db, communes: &[String], lodging: i64) -> std::result::Result<Vec<Ancien>, sqlx::Error> {
    sqlx::query_as(
        "SELECT lh.hebergeur_id, h.nom::text, h.numero, CASE WHEN isfinite(lh.debut) THEN lh.debut END AS debut, lh.fin, lh.motif
         FROM ancien_hebergeur lh JOIN logement l ON l.id = lh.logement_id JOIN hebergeur h ON h.id = lh.hebergeur_id
         WHERE lh.logement_id = $1 AND l.code_insee = ANY($2) ORDER BY lh.fin DESC",
    )
    .bind(lodging)
    .bind(communes)
    .fetch_all(db.statement())
    .await
}
