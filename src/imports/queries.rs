//! The SQL of the imports, but for what their work writes.

use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::etats::{ABANDONNE, ANNULE, ECRIT, Etape, RELIT, VERIFIE, VIVANT};
use super::list::IMPORTS;
use super::menage;
use super::model::{Contredite, Correspondance, Dite, Import, Lot, Mode, Prevue};
use crate::listing::{Arg, Reader, Statement, within_scope};
use crate::platform::db::Db;
use crate::platform::error::Result as AppResult;
use crate::platform::jobs::states::LIVING;
use crate::platform::states::Passage;
use crate::sources::{Examen, Voulu};

const ROW: &str = "SELECT a.id, a.genre, a.demandeur_id, u.nom::text AS demandeur, a.jeton_id, a.collectivite_id, a.nom, a.octets, a.sha256, a.chemin,
         a.voulu, a.examen, a.correspondance, a.mode, a.profil_id, a.profil, a.sans_confiance, a.confiance, a.question, a.origine_id, (SELECT max(r.id) FROM import r WHERE r.origine_id = a.id AND r.etat <> 'abandonne') AS rejeu, a.complet, a.absentes, a.proposees,
         CASE WHEN a.absentes > 0 AND a.etat = 'a_confirmer' THEN (SELECT count(*) FROM import_ligne l WHERE l.import_id = a.id AND l.verdict = 'absente' AND l.motif IS NULL) ELSE 0 END AS retirables,
         CASE WHEN a.proposees > 0 THEN (SELECT count(*) FROM import_ligne l WHERE l.import_id = a.id AND l.verdict = 'proposee' AND l.etat = 'prevue') ELSE 0 END AS a_decider,
         CASE WHEN a.proposees > 0 THEN (SELECT count(*) FROM import_ligne l WHERE l.import_id = a.id AND l.verdict = 'proposee' AND l.etat = 'ecartee') ELSE 0 END AS ecartees,
         CASE WHEN j.state = 'running' THEN (SELECT coalesce(sum(p.fin - p.debut), 0)::bigint FROM import_lot p WHERE p.import_id = a.id AND p.etape = a.etat AND p.fini_le >= j.started_at) END AS ici, a.etat, a.revision, a.job_id, a.lot, a.reprise, a.lues, a.nouvelles, a.changees, a.identiques,
         a.refusees, a.avertissements,
         c.exclues, c.exclues_nouvelles, c.mises_de_cote, a.avancement, a.creees, a.modifiees, c.archivees, a.depassees, a.annule_avancement, a.defaites, a.gardees, a.communes, a.erreur, a.cree_le,
         a.confirme_le, a.fini_le, a.annule_par, d.nom::text AS annuleur, a.annule_le, j.state AS job_state,
         extract(epoch FROM coalesce(j.finished_at, now()) - j.started_at)::bigint AS job_seconds, j.error AS job_error,
         job_devant(j.id) AS devant, job_motif(j.id) AS attente
     FROM import a CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE l.etat = 'exclue' AND l.verdict IN ('nouvelle', 'changee')) AS exclues, count(*) FILTER (WHERE l.etat = 'exclue' AND l.verdict = 'nouvelle') AS exclues_nouvelles,
             count(*) FILTER (WHERE l.etat = 'exclue' AND l.verdict IN ('nouvelle', 'changee') AND l.motif IS NOT NULL) AS mises_de_cote,
             count(*) FILTER (WHERE l.verdict = 'absente' AND l.etat IN ('ecrite', 'defaite', 'gardee')) AS archivees
         FROM import_ligne l WHERE l.import_id = a.id AND a.etat IN ('a_confirmer', 'ecriture_arretee', 'termine', 'annulation_arretee', 'annule') AND (l.etat = 'exclue' OR l.verdict = 'absente')) c
     JOIN utilisateur u ON u.id = a.demandeur_id LEFT JOIN utilisateur d ON d.id = a.annule_par
     LEFT JOIN job j ON j.id = a.job_id WHERE a.id = ";

/// `value` as `jsonb` holds it: the sign of code 0, which it refuses, is drawn.
pub fn sans_nul(value: &impl serde::Serialize) -> Result<Json<Value>, sqlx::Error> {
    fn clean(value: Value) -> Value {
        match value {
            Value::String(text) if text.contains('\0') => Value::String(text.replace('\0', "\u{2400}")),
            Value::Array(all) => Value::Array(all.into_iter().map(clean).collect()),
            Value::Object(all) => Value::Object(all.into_iter().map(|(name, value)| (name.replace('\0', "\u{2400}"), clean(value))).collect()),
            other => other,
        }
    }
    serde_json::to_value(value).map(|value| Json(clean(value))).map_err(|error| sqlx::Error::Encode(error.into()))
}

/// A file that was received, to be kept as an import.
pub struct Nouveau<'a> {
    /// Its kind.
    pub genre: &'a str,
    /// Who sent it.
    pub personne: i64,
    /// The token by which they did, when a program did.
    pub jeton: Option<i64>,
    /// Where.
    pub lieu: Option<i32>,
    /// Its name.
    pub nom: &'a str,
    /// Its size.
    pub octets: i64,
    /// Its digest.
    pub sha256: &'a str,
    /// Its place in the store.
    pub chemin: &'a str,
    /// How it is read.
    pub examen: &'a Examen,
    /// The field of each column.
    pub correspondance: &'a Correspondance,
    /// What was decided of the dialect, by a profile.
    pub voulu: &'a Voulu,
    /// What becomes of rows that exist.
    pub mode: Mode,
    /// The profile that recognised it.
    pub profil: (Option<i64>, Option<&'a str>),
}

/// Keeps a file; `Err` is the import that holds the same one already.
pub async fn insert(connection: &mut PgConnection, nouveau: &Nouveau<'_>) -> Result<Result<i64, i64>, sqlx::Error> {
    let id: Option<i64> = sqlx::query_scalar(
        "INSERT INTO import (genre, demandeur_id, collectivite_id, nom, octets, sha256, chemin, examen, correspondance, voulu, mode, profil_id, profil, jeton_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (genre, coalesce(collectivite_id, 0), sha256) WHERE etat NOT IN ('annule', 'abandonne') AND NOT rejoue DO NOTHING RETURNING id",
    )
    .bind(nouveau.genre)
    .bind(nouveau.personne)
    .bind(nouveau.lieu)
    .bind(nouveau.nom)
    .bind(nouveau.octets)
    .bind(nouveau.sha256)
    .bind(nouveau.chemin)
    .bind(sans_nul(nouveau.examen)?)
    .bind(Json(nouveau.correspondance))
    .bind(Json(nouveau.voulu))
    .bind(nouveau.mode.code())
    .bind(nouveau.profil.0)
    .bind(nouveau.profil.1)
    .bind(nouveau.jeton)
    .fetch_optional(&mut *connection)
    .await?;
    match id {
        Some(id) => Ok(Ok(id)),
        None => sqlx::query_scalar(
            "SELECT id FROM import WHERE genre = $1 AND coalesce(collectivite_id, 0) = coalesce($2, 0) AND sha256 = $3 AND etat = ANY($4) AND NOT rejoue",
        )
        .bind(nouveau.genre)
        .bind(nouveau.lieu)
        .bind(nouveau.sha256)
        .bind(VIVANT)
        .fetch_one(connection)
        .await
        .map(Err),
    }
}

/// Says of a file that came in chunks which import it made; false when it was given up meanwhile, or made one already.
pub async fn vient_d_un_envoi(connection: &mut PgConnection, envoi: i64, import: i64) -> Result<bool, sqlx::Error> {
    let said = sqlx::query("UPDATE import_envoi SET import_id = $2 WHERE id = $1 AND import_id IS NULL AND refus IS NULL")
        .bind(envoi)
        .bind(import)
        .execute(connection)
        .await?;
    Ok(said.rows_affected() == 1)
}

/// Says of a file of a watched folder which import it made.
pub async fn vient_d_un_dossier(connection: &mut PgConnection, fichier: i64, import: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE fichier_depose SET etat = 'pris', import_id = $2 WHERE id = $1").bind(fichier).bind(import).execute(connection).await?;
    Ok(())
}

/// An import, for its work.
pub async fn row(connection: &mut PgConnection, id: i64) -> Result<Option<Import>, sqlx::Error> {
    sqlx::query_as(sqlx::AssertSqlSafe(format!("{ROW} $1"))).bind(id).fetch_optional(connection).await
}

/// An import that the reader may see: the scope of the list of imports.
pub async fn seen(db: &Db, reader: &Reader, id: i64) -> AppResult<Option<Import>> {
    let mut statement = Statement::default();
    let key = statement.bind(Arg::Int(id));
    let mine = within_scope(&mut statement, &IMPORTS, reader, "a.id")?;
    statement.sql = format!("{ROW} {key}::bigint AND {mine}");
    let arguments = statement.arguments()?;
    Ok(sqlx::query_as_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_optional(db.statement()).await?)
}

/// Keeps how a file is read, while nobody checks it.
pub async fn read_as(
    connection: &mut PgConnection,
    id: i64,
    (voulu, examen): (&Voulu, &Examen),
    (correspondance, mode): (&Correspondance, &str),
) -> Result<bool, sqlx::Error> {
    let from: Vec<&str> = RELIT.from.iter().copied().chain(["lecture"]).collect();
    let written = sqlx::query(
        "UPDATE import SET etat = $6, revision = revision + 1, voulu = $2, examen = $3, correspondance = $4, mode = $5, erreur = NULL WHERE id = $1 AND etat = ANY($7)",
    )
    .bind(id)
    .bind(Json(voulu))
    .bind(sans_nul(examen)?)
    .bind(Json(correspondance))
    .bind(mode)
    .bind(RELIT.to)
    .bind(from)
    .execute(connection)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Says with which profile an import is read.
pub async fn lue_avec(connection: &mut PgConnection, id: i64, (profil, nom): (Option<i64>, Option<&str>)) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE import SET profil_id = $2, profil = $3 WHERE id = $1").bind(id).bind(profil).bind(nom).execute(connection).await?;
    Ok(())
}

/// Keeps what the file contradicts of its reading.
pub async fn demande(connection: &mut PgConnection, id: i64, asked: &Contredite) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE import SET question = $2 WHERE id = $1").bind(id).bind(sans_nul(asked)?).execute(connection).await?;
    Ok(())
}

/// Takes an import for its checking, from the first line: what was found before is forgotten.
pub async fn begin_check(connection: &mut PgConnection, id: i64) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query(
        "UPDATE import SET etat = $2, revision = revision + 1, reprise = NULL, lues = 0, nouvelles = 0, changees = 0, identiques = 0, refusees = 0, avertissements = 0,
             absentes = 0, proposees = 0, erreur = NULL, confiance = NULL, question = NULL WHERE id = $1 AND etat = ANY($3)",
    )
    .bind(id)
    .bind(VERIFIE.to)
    .bind(VERIFIE.from)
    .execute(&mut *connection)
    .await?;
    if taken.rows_affected() == 0 {
        return Ok(false);
    }
    for table in [
        "DELETE FROM import_anomalie WHERE import_id = $1",
        "DELETE FROM import_ligne WHERE import_id = $1",
        "DELETE FROM import_lot WHERE import_id = $1",
    ] {
        sqlx::query(table).bind(id).execute(&mut *connection).await?;
    }
    Ok(true)
}

/// Takes an import for its writing, while no job of it lives; false when it is not to be written, or another of its kind and place is.
pub async fn begin_writing(connection: &mut PgConnection, id: i64) -> Result<bool, sqlx::Error> {
    menage::libere(&mut *connection, id).await?;
    taken(
        sqlx::query("UPDATE import SET etat = $2, confirme_le = coalesce(confirme_le, now()), erreur = NULL WHERE id = $1 AND etat = ANY($3)")
            .bind(id)
            .bind(ECRIT.to)
            .bind(ECRIT.from)
            .execute(connection)
            .await,
    )
}

/// The same, of what somebody has just confirmed: what they saw is still what it would write.
pub async fn confirm(connection: &mut PgConnection, id: i64, revision: i32) -> Result<bool, sqlx::Error> {
    let held: Option<i64> = sqlx::query_scalar("SELECT id FROM import WHERE id = $1 AND revision = $2 FOR UPDATE")
        .bind(id)
        .bind(revision)
        .fetch_optional(&mut *connection)
        .await?;
    if held.is_none() { Ok(false) } else { begin_writing(connection, id).await }
}

/// Gives an import up, while nothing of it is written.
pub async fn give_up(connection: &mut PgConnection, id: i64) -> Result<bool, sqlx::Error> {
    let written = sqlx::query("UPDATE import SET etat = $2, erreur = NULL WHERE id = $1 AND etat = ANY($3) AND creees + modifiees = 0")
        .bind(id)
        .bind(ABANDONNE.to)
        .bind(ABANDONNE.from)
        .execute(&mut *connection)
        .await?;
    if written.rows_affected() == 1 {
        super::rejeu::rend_le_fichier(connection, id).await?;
    }
    Ok(written.rows_affected() == 1)
}

/// Takes an import for its undoing. One that is taken back already goes over the rows that it left; its file stays with whoever holds it.
pub async fn begin_undo(connection: &mut PgConnection, id: i64, person: i64) -> Result<bool, sqlx::Error> {
    menage::libere(&mut *connection, id).await?;
    taken(
        sqlx::query(
            "UPDATE import SET etat = $2, annule_par = $4, erreur = NULL, rejoue = rejoue OR etat = 'annule',
                 annule_avancement = CASE WHEN etat = 'annule' THEN 0 ELSE annule_avancement END, gardees = CASE WHEN etat = 'annule' THEN 0 ELSE gardees END
             WHERE id = $1 AND etat = ANY($3) AND creees + modifiees > 0 AND (etat <> 'annule' OR gardees > 0)",
        )
        .bind(id)
        .bind(ANNULE.to)
        .bind(ANNULE.from)
        .bind(person)
        .execute(connection)
        .await,
    )
}

/// One at a time: the index says so.
fn taken(written: Result<sqlx::postgres::PgQueryResult, sqlx::Error>) -> Result<bool, sqlx::Error> {
    match written {
        Ok(done) => Ok(done.rows_affected() == 1),
        Err(sqlx::Error::Database(cause)) if cause.constraint() == Some("import_un_a_la_fois") => Ok(false),
        Err(error) => Err(error),
    }
}

/// Follows `passage`; false when the import is not where it begins.
pub async fn pass(connection: &mut PgConnection, id: i64, passage: &Passage, cause: Option<&str>) -> Result<bool, sqlx::Error> {
    let written = sqlx::query("UPDATE import SET etat = $2, erreur = $4 WHERE id = $1 AND etat = ANY($3)")
        .bind(id)
        .bind(passage.to)
        .bind(passage.from)
        .bind(cause)
        .execute(connection)
        .await?;
    Ok(written.rows_affected() == 1)
}

/// Says of an import whose work was called off before it ran, or ended unseen, that it stopped there: nobody else has. Nothing when the work
/// lives.
pub async fn settle_one(connection: &mut PgConnection, id: i64, etape: Etape) -> Result<(), sqlx::Error> {
    let stop = etape.stop();
    sqlx::query(
        "UPDATE import a SET etat = $2, erreur = NULL WHERE a.id = $1 AND a.etat = ANY($3)
           AND NOT EXISTS (SELECT 1 FROM job j WHERE j.id = a.job_id AND j.state = ANY($4))",
    )
    .bind(id)
    .bind(stop.to)
    .bind(stop.from)
    .bind(LIVING)
    .execute(connection)
    .await?;
    Ok(())
}

/// Ties an import to its job.
pub async fn attach(connection: &mut PgConnection, id: i64, job_id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE import SET job_id = $2 WHERE id = $1").bind(id).bind(job_id).execute(connection).await?;
    Ok(())
}

/// Holds an import that is in `state` until the end of the transaction, before its lines are touched; false when it is elsewhere.
pub async fn tient(connection: &mut PgConnection, id: i64, state: &str) -> Result<bool, sqlx::Error> {
    let held: Option<i64> =
        sqlx::query_scalar("SELECT id FROM import WHERE id = $1 AND etat = $2 FOR UPDATE").bind(id).bind(state).fetch_optional(connection).await?;
    Ok(held.is_some())
}

/// The lines of one verdict that nobody decided of: those that nothing holds first.
pub async fn de_verdict(db: &Db, id: i64, (verdict, etats): (&str, &[&str]), most: i64) -> Result<Vec<Prevue>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, rang, ligne, verdict, etat, cle, nom, valeurs, avant, motif FROM import_ligne
         WHERE import_id = $1 AND verdict = $2 AND etat = ANY($3) ORDER BY motif IS NOT NULL, rang LIMIT $4",
    )
    .bind(id)
    .bind(verdict)
    .bind(etats)
    .bind(most)
    .fetch_all(db.statement())
    .await
}

/// Says for which communes a file is complete; nothing when it is for none.
pub async fn complete(connection: &mut PgConnection, id: i64, places: Option<&[String]>) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE import SET complet = $2 WHERE id = $1").bind(id).bind(places).execute(connection).await?;
    Ok(())
}

/// What is said of lines, refusals first.
pub async fn dites(db: &Db, id: i64, most: i64) -> Result<Vec<Dite>, sqlx::Error> {
    sqlx::query_as("SELECT ligne, code, colonne, message FROM import_anomalie WHERE import_id = $1 ORDER BY gravite DESC, rang, id LIMIT $2")
        .bind(id)
        .bind(most)
        .fetch_all(db.statement())
        .await
}

/// How many things are said of lines.
pub async fn anomalies(db: &Db, id: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*) FROM import_anomalie WHERE import_id = $1").bind(id).fetch_one(db.statement()).await
}

/// The last lots.
pub async fn lots(db: &Db, id: i64, most: i64) -> Result<Vec<Lot>, sqlx::Error> {
    sqlx::query_as("SELECT etape, debut, fin, lignes, duree_ms, fini_le FROM import_lot WHERE import_id = $1 ORDER BY id DESC LIMIT $2")
        .bind(id)
        .bind(most)
        .fetch_all(db.statement())
        .await
}
