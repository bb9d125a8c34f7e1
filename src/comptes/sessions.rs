//! The SQL of the sessions.

use sqlx::PgConnection;
use sqlx::types::Json;

use super::model::{Session, SessionLine};
use crate::platform::db::Db;
use crate::platform::http::Said;

/// Days during which an ended session still says whose it was. It opens nothing.
pub const ENDED_DAYS: i32 = 7;

/// Minutes during which a proof of who one is holds, for what is asked again.
pub const PROOF_MINUTES: i32 = 15;

/// The living session of a token, and the state of everything: what each page asks. `idle_minutes`
/// is the limit of inactivity, `levels` those of the provider that stand for the second factor today.
pub async fn session(db: &Db, hash: &[u8], idle_minutes: i32, levels: &[String]) -> Result<Option<Session>, sqlx::Error> {
    // Counters only grow, in the transactions they count, and their rows stay: the same sum is the
    // same state. As floats, whole numbers are exact up to 2^53 and added without a numeric.
    sqlx::query_as(
        "SELECT id, utilisateur_id, dit, ecrit_ligne, ecrit_position, vue_le < now() - interval '1 minute' AS stale, f.forte, identite_id IS NOT NULL AS externe,
             NOT f.forte AND EXISTS (SELECT 1 FROM second_facteur s WHERE s.utilisateur_id = session.utilisateur_id AND s.pose_le IS NOT NULL) AS faible,
             confirmee_le > now() - make_interval(mins => $3) AS confirmee,
             (now() AT TIME ZONE 'America/Guadeloupe')::date AS jour,
             (SELECT sum(version::float8)::bigint FROM version_donnees) AS etat
         FROM session, LATERAL (SELECT facteur IS NOT NULL AND (facteur <> 'externe' OR niveau_externe = ANY($4)) AS forte) f
         WHERE empreinte = $1 AND expire_le > now() AND vue_le > now() - make_interval(mins => $2)",
    )
    .bind(hash)
    .bind(idle_minutes)
    .bind(PROOF_MINUTES)
    .bind(levels)
    .fetch_optional(db.statement())
    .await
}

/// Leaves words for the next page of a session.
pub async fn leave_words(db: &Db, hash: &[u8], said: &Said) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE session SET dit = $2 WHERE empreinte = $1").bind(hash).bind(Json(said)).execute(db.statement()).await?;
    Ok(())
}

/// Takes the words of a session away, for the one page that says them.
pub async fn take_words(db: &Db, session_id: i64) -> Result<Option<Said>, sqlx::Error> {
    let taken: Option<Json<Said>> = sqlx::query_scalar(
        "WITH pris AS (SELECT id, dit FROM session WHERE id = $1 AND dit IS NOT NULL FOR UPDATE)
         UPDATE session s SET dit = NULL FROM pris p WHERE s.id = p.id RETURNING p.dit",
    )
    .bind(session_id)
    .fetch_optional(db.statement())
    .await?;
    Ok(taken.map(|Json(said)| said))
}

/// Notes that a session was seen. Nobody waits for the disk for it: a server that dies within the second forgets one minute of it.
pub async fn seen(db: &Db, session_id: i64) -> Result<(), sqlx::Error> {
    let noted = "UPDATE session SET vue_le = now() FROM (SELECT set_config('synchronous_commit', 'off', true) OFFSET 0) d WHERE id = $1";
    sqlx::query(noted).bind(session_id).execute(db.statement()).await?;
    Ok(())
}

/// Notes how far the primary is once a session has written: what it reads next is asked of no replica that is not there yet.
pub async fn wrote(db: &Db, session_id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE session SET ecrit_ligne = ligne_d_ecriture(), ecrit_position = position_d_ecriture() WHERE id = $1")
        .bind(session_id)
        .execute(db.statement())
        .await?;
    Ok(())
}

/// A session that opens.
pub struct Opened<'a> {
    /// Whose.
    pub user_id: i64,
    /// How long at most.
    pub hours: i32,
    /// From where.
    pub ip: Option<String>,
    /// With what.
    pub agent: &'a str,
    /// What proved it beside the password.
    pub factor: Option<&'static str>,
    /// The identity that stood for the password, and the token of its provider.
    pub identity: Option<(i64, &'a str)>,
    /// How sure that provider was, when it stood for the second factor.
    pub level: Option<&'a str>,
}

/// Opens a session. The provider may have asked its person nothing at all: a session that it opens is no proof of a moment ago.
pub async fn open_session(connection: &mut PgConnection, hash: &[u8], opened: Opened<'_>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO session (empreinte, utilisateur_id, expire_le, adresse_ip, navigateur, facteur, identite_id, jeton_externe, niveau_externe, confirmee_le)
         VALUES ($1, $2, now() + make_interval(hours => $3), $4::text::inet, $5, $6, $7, $8, $9,
             CASE WHEN $7::bigint IS NULL OR $6 IN ('application', 'secours') THEN now() ELSE '-infinity' END)",
    )
    .bind(hash)
    .bind(opened.user_id)
    .bind(opened.hours)
    .bind(opened.ip)
    .bind(opened.agent)
    .bind(opened.factor)
    .bind(opened.identity.map(|(id, _)| id))
    .bind(opened.identity.map(|(_, token)| token))
    .bind(opened.level)
    .execute(&mut *connection)
    .await?;
    sqlx::query("UPDATE utilisateur SET connecte_le = now() WHERE id = $1").bind(opened.user_id).execute(connection).await?;
    Ok(())
}

/// Gives a session another token.
pub async fn renew_session(connection: &mut PgConnection, session_id: i64, hash: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE session SET empreinte = $2 WHERE id = $1").bind(session_id).bind(hash).execute(connection).await?;
    Ok(())
}

/// Ends the session of a token.
pub async fn close_session(connection: &mut PgConnection, hash: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM session WHERE empreinte = $1").bind(hash).execute(connection).await?;
    Ok(())
}

/// The living sessions of a person, last seen first.
pub async fn sessions(db: &Db, user_id: i64) -> Result<Vec<SessionLine>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, cree_le, vue_le, host(adresse_ip) AS adresse, navigateur FROM session
         WHERE utilisateur_id = $1 AND expire_le > now() ORDER BY vue_le DESC LIMIT 100",
    )
    .bind(user_id)
    .fetch_all(db.statement())
    .await
}

/// Ends one session of a person; false when it is not theirs.
pub async fn end_session(connection: &mut PgConnection, user_id: i64, session_id: i64) -> Result<bool, sqlx::Error> {
    let ended = sqlx::query("DELETE FROM session WHERE id = $1 AND utilisateur_id = $2").bind(session_id).bind(user_id).execute(connection).await?;
    Ok(ended.rows_affected() == 1)
}

/// Ends the sessions of a person, except one, and the sign-ins of theirs that await a code.
pub async fn end_sessions(connection: &mut PgConnection, user_id: i64, except: Option<i64>) -> Result<u64, sqlx::Error> {
    sqlx::query("DELETE FROM connexion_attente WHERE utilisateur_id = $1").bind(user_id).execute(&mut *connection).await?;
    let ended = sqlx::query("DELETE FROM session WHERE utilisateur_id = $1 AND id IS DISTINCT FROM $2")
        .bind(user_id)
        .bind(except)
        .execute(connection)
        .await?;
    Ok(ended.rows_affected())
}
