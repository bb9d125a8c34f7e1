//! The SQL of the scheduled exports. Each belongs to one person, who alone sees it.

use sqlx::PgConnection;

use super::model::{Checked, Due, Fois, PROGRAMMES_MAX, Programme};
use crate::platform::db::Db;
use crate::vues::Vue;

/// Runs shown on the page of one.
const RUNS_SHOWN: i64 = 30;

const SEEN: &str =
    "SELECT p.id, p.vue_id, coalesce(v.nom, p.vue_nom) AS vue_nom, p.communes, p.liste, p.format, p.rythme, p.heure, p.jour, p.garder, p.pause_motif,
         p.planification_id, p.version, coalesce(s.active, false) AS active, s.prochaine_le, f.issue AS derniere_issue, f.demande_le AS derniere_le,
         job_motif(s.dernier_job_id) AS motif
     FROM export_programme p LEFT JOIN vue v ON v.id = p.vue_id AND v.supprime_le IS NULL
         LEFT JOIN planification s ON s.id = p.planification_id
         LEFT JOIN LATERAL (SELECT issue, demande_le FROM export_programme_fois WHERE programme_id = p.id ORDER BY id DESC LIMIT 1) f ON true
     WHERE p.utilisateur_id = $1";

/// The scheduled exports of a person, the next due first.
pub async fn mine(db: &Db, user_id: i64) -> Result<Vec<Programme>, sqlx::Error> {
    let sql = format!("{SEEN} ORDER BY s.prochaine_le NULLS LAST, p.id LIMIT $2");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(user_id).bind(PROGRAMMES_MAX).fetch_all(db.statement()).await
}

/// How many of them were paused by what no longer holds, or had nothing to give the last time.
pub async fn troubled(db: &Db, user_id: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT count(*) FROM export_programme p
         LEFT JOIN LATERAL (SELECT issue FROM export_programme_fois WHERE programme_id = p.id ORDER BY id DESC LIMIT 1) f ON true
         WHERE p.utilisateur_id = $1 AND (p.pause_motif IS NOT NULL OR f.issue IN ('echec', 'refuse'))",
    )
    .bind(user_id)
    .fetch_one(db.statement())
    .await
}

/// One of them.
pub async fn one(db: &Db, user_id: i64, id: i64) -> Result<Option<Programme>, sqlx::Error> {
    let sql = format!("{SEEN} AND p.id = $2");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(user_id).bind(id).fetch_optional(db.statement()).await
}

/// Its last runs.
pub async fn runs(db: &Db, id: i64) -> Result<Vec<Fois>, sqlx::Error> {
    sqlx::query_as(
        "SELECT f.export_id, f.issue, f.detail, f.demande_le, e.etat AS export_etat, e.lignes_ecrites AS lignes, e.expire_le
         FROM export_programme_fois f LEFT JOIN export e ON e.id = f.export_id WHERE f.programme_id = $1 ORDER BY f.id DESC LIMIT $2",
    )
    .bind(id)
    .bind(RUNS_SHOWN)
    .fetch_all(db.statement())
    .await
}

/// What became of a scheduled export to add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// Its number; its schedule comes after.
    New(i64),
    /// The person has the same already, which a first post of the form made.
    Known(i64),
    /// The person has as many as they may.
    TooMany,
}

/// What the view of a scheduled export speaks of, and whose it is.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The smallest collectivité that has all of the communes; the author's when several share them.
    pub collectivite_id: Option<i32>,
    /// The communes.
    pub communes: Vec<String>,
}

/// Adds one. The account is locked, so that two posts of the same form make one.
pub async fn insert(connection: &mut PgConnection, user_id: i64, place: &Place, vue: &Vue, checked: &Checked) -> Result<Added, sqlx::Error> {
    sqlx::query("SELECT 1 FROM utilisateur WHERE id = $1 FOR NO KEY UPDATE").bind(user_id).execute(&mut *connection).await?;
    let known: Option<i64> = sqlx::query_scalar(
        "SELECT id FROM export_programme WHERE utilisateur_id = $1 AND vue_id = $2 AND format = $3 AND rythme = $4 AND heure = $5 AND jour = $6
             AND garder = $7 ORDER BY id LIMIT 1",
    )
    .bind(user_id)
    .bind(vue.id)
    .bind(checked.format.code())
    .bind(checked.when.rythme)
    .bind(checked.when.heure)
    .bind(checked.when.jour)
    .bind(checked.garder)
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(id) = known {
        return Ok(Added::Known(id));
    }
    let added: Option<i64> = sqlx::query_scalar(
        "INSERT INTO export_programme (utilisateur_id, collectivite_id, vue_id, vue_nom, liste, format, rythme, heure, jour, garder, communes)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $12 WHERE (SELECT count(*) FROM export_programme WHERE utilisateur_id = $1) < $11 RETURNING id",
    )
    .bind(user_id)
    .bind(place.collectivite_id)
    .bind(vue.id)
    .bind(&vue.nom)
    .bind(&vue.liste)
    .bind(checked.format.code())
    .bind(checked.when.rythme)
    .bind(checked.when.heure)
    .bind(checked.when.jour)
    .bind(checked.garder)
    .bind(PROGRAMMES_MAX)
    .bind(&place.communes)
    .fetch_optional(connection)
    .await?;
    Ok(added.map_or(Added::TooMany, Added::New))
}

/// Ties one to its schedule.
pub async fn attach(connection: &mut PgConnection, id: i64, schedule: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE export_programme SET planification_id = $2 WHERE id = $1").bind(id).bind(schedule).execute(connection).await?;
    Ok(())
}

/// Changes one whose version is still `version`; false when it was changed meanwhile.
pub async fn change(
    connection: &mut PgConnection,
    user_id: i64,
    (id, version): (i64, i32),
    place: &Place,
    (vue, checked): (&Vue, &Checked),
) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query(
        "UPDATE export_programme SET vue_id = $4, vue_nom = $5, liste = $6, format = $7, rythme = $8, heure = $9, jour = $10, garder = $11,
             collectivite_id = $12, communes = $13, version = version + 1 WHERE id = $2 AND utilisateur_id = $1 AND version = $3",
    )
    .bind(user_id)
    .bind(id)
    .bind(version)
    .bind(vue.id)
    .bind(&vue.nom)
    .bind(&vue.liste)
    .bind(checked.format.code())
    .bind(checked.when.rythme)
    .bind(checked.when.heure)
    .bind(checked.when.jour)
    .bind(checked.garder)
    .bind(place.collectivite_id)
    .bind(&place.communes)
    .execute(connection)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Says why it is paused, or nothing.
pub async fn set_reason(connection: &mut PgConnection, id: i64, reason: Option<&str>) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE export_programme SET pause_motif = $2, version = version + 1 WHERE id = $1")
        .bind(id)
        .bind(reason)
        .execute(connection)
        .await?;
    Ok(())
}

/// Removes one of a person; its files stay until they expire.
pub async fn remove(connection: &mut PgConnection, user_id: i64, id: i64) -> Result<bool, sqlx::Error> {
    let removed =
        sqlx::query("DELETE FROM export_programme WHERE id = $1 AND utilisateur_id = $2").bind(id).bind(user_id).execute(connection).await?;
    Ok(removed.rows_affected() == 1)
}

/// One as its run reads it.
pub async fn due(db: &Db, id: i64) -> Result<Option<Due>, sqlx::Error> {
    sqlx::query_as(
        "SELECT p.id, p.utilisateur_id, u.nom AS demandeur, p.collectivite_id, p.communes, p.vue_id, p.vue_nom, p.format, p.planification_id
         FROM export_programme p JOIN utilisateur u ON u.id = p.utilisateur_id WHERE p.id = $1",
    )
    .bind(id)
    .fetch_optional(db.statement())
    .await
}

/// Notes a run, once for a job; false when that job had noted it before. The row of the scheduled export
/// is held, so that it cannot go away meanwhile.
pub async fn add_run(
    connection: &mut PgConnection,
    programme: i64,
    job: i64,
    export: Option<i64>,
    issue: &str,
    detail: &str,
) -> Result<bool, sqlx::Error> {
    let added = sqlx::query(
        "INSERT INTO export_programme_fois (programme_id, travail_id, export_id, issue, detail)
         SELECT id, $2, $3, $4, $5 FROM export_programme WHERE id = $1 FOR KEY SHARE ON CONFLICT (travail_id) DO NOTHING",
    )
    .bind(programme)
    .bind(job)
    .bind(export)
    .bind(issue)
    .bind(detail)
    .execute(connection)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Whether a job has noted its run.
pub async fn has_run(db: &Db, job: i64) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM export_programme_fois WHERE travail_id = $1)").bind(job).fetch_one(db.statement()).await
}

/// A run that just ended.
#[derive(sqlx::FromRow)]
pub struct Ended {
    pub programme_id: i64,
    pub utilisateur_id: i64,
    pub vue_nom: String,
    pub rythme: String,
    pub garder: i16,
}

/// Notes how the run that asked for `export` ended; `None` when no scheduled export asked for it.
pub async fn end_run(connection: &mut PgConnection, export: i64, issue: &str, detail: &str) -> Result<Option<Ended>, sqlx::Error> {
    sqlx::query_as(
        "UPDATE export_programme_fois f SET issue = $2, detail = $3 FROM export_programme p
         WHERE f.export_id = $1 AND p.id = f.programme_id AND f.issue NOT IN ('pret', $2)
         RETURNING f.programme_id, p.utilisateur_id, p.vue_nom, p.rythme, p.garder",
    )
    .bind(export)
    .bind(issue)
    .bind(detail)
    .fetch_optional(connection)
    .await
}

/// Gives the new file the time until `kept` others have replaced it, and a week more; ends the time of
/// those that are too many.
pub async fn keep_last(connection: &mut PgConnection, programme: i64, export: i64, kept: i16, days: i32) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE export SET expire_le = now() + make_interval(days => $2) WHERE id = $1")
        .bind(export)
        .bind(days)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "UPDATE export SET expire_le = least(expire_le, now()) WHERE etat = 'pret' AND id IN (
             SELECT f.export_id FROM export_programme_fois f JOIN export e ON e.id = f.export_id
             WHERE f.programme_id = $1 AND e.etat = 'pret' ORDER BY f.id DESC OFFSET $2)",
    )
    .bind(programme)
    .bind(i64::from(kept))
    .execute(connection)
    .await?;
    Ok(())
}
