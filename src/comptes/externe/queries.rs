//! The SQL of the identities.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};

use crate::platform::db::Db;
use crate::platform::oidc::Identity;

/// An identity linked to an account.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Linked {
    /// The e-mail that the provider knew when it was linked.
    pub courriel: Option<String>,
    /// The SIRET of the employer that it knew.
    pub siret: Option<String>,
    /// Since when.
    pub reliee_le: DateTime<Utc>,
    /// When it served last.
    pub servie_le: Option<DateTime<Utc>>,
}

/// The identity of an account at an issuer.
pub async fn linked(executor: impl PgExecutor<'_>, user_id: i64, issuer: &str) -> Result<Option<Linked>, sqlx::Error> {
    sqlx::query_as("SELECT courriel, siret, reliee_le, servie_le FROM identite WHERE utilisateur_id = $1 AND emetteur = $2")
        .bind(user_id)
        .bind(issuer)
        .fetch_optional(executor)
        .await
}

/// An account that an identity opens.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Opened {
    /// The account.
    pub id: i64,
    /// Its name.
    pub nom: String,
    /// Its e-mail.
    pub courriel: String,
    /// Its main collectivité.
    pub principale: Option<i32>,
    /// The identity.
    pub identite_id: i64,
}

/// The active account of an identity, held until the end of the transaction.
pub async fn opened(connection: &mut PgConnection, issuer: &str, identity: &Identity) -> Result<Option<Opened>, sqlx::Error> {
    let found: Option<Opened> = sqlx::query_as(
        "SELECT u.id, u.nom, u.courriel, lieu_du_compte(u.id) AS principale,
             i.id AS identite_id
         FROM identite i JOIN utilisateur u ON u.id = i.utilisateur_id AND u.actif
         WHERE i.emetteur = $1 AND i.fournisseur = $2 AND i.sujet = $3 FOR UPDATE OF u",
    )
    .bind(issuer)
    .bind(&identity.fournisseur)
    .bind(&identity.sujet)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(found) = found else { return Ok(None) };
    // Whoever held the account before may have taken the identity away.
    let served = sqlx::query("UPDATE identite SET servie_le = now() WHERE id = $1 AND utilisateur_id = $2")
        .bind(found.identite_id)
        .bind(found.id)
        .execute(connection)
        .await?;
    Ok((served.rows_affected() == 1).then_some(found))
}

/// Whether a session of an active account lives, under the lock of the account.
pub async fn is_open(connection: &mut PgConnection, session_id: i64, user_id: i64) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM session s JOIN utilisateur u ON u.id = s.utilisateur_id AND u.actif
                        WHERE s.id = $1 AND s.utilisateur_id = $2 AND s.expire_le > now())",
    )
    .bind(session_id)
    .bind(user_id)
    .fetch_one(connection)
    .await
}

/// Links an identity to an account; false when either is linked already.
pub async fn link(connection: &mut PgConnection, user_id: i64, issuer: &str, identity: &Identity) -> Result<bool, sqlx::Error> {
    let linked = sqlx::query(
        "INSERT INTO identite (utilisateur_id, emetteur, fournisseur, sujet, courriel, siret, servie_le)
         VALUES ($1, $2, $3, $4, $5, $6, now()) ON CONFLICT DO NOTHING",
    )
    .bind(user_id)
    .bind(issuer)
    .bind(&identity.fournisseur)
    .bind(&identity.sujet)
    .bind(&identity.courriel)
    .bind(&identity.siret)
    .execute(connection)
    .await?;
    Ok(linked.rows_affected() == 1)
}

/// Notes that a session, opened by a password, has proved the identity too.
pub async fn opened_by(connection: &mut PgConnection, session_id: i64, user_id: i64, issuer: &str, token: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE session s SET identite_id = i.id, jeton_externe = $4 FROM identite i
         WHERE s.id = $1 AND s.utilisateur_id = $2 AND i.utilisateur_id = $2 AND i.emetteur = $3",
    )
    .bind(session_id)
    .bind(user_id)
    .bind(issuer)
    .bind(token)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes the identities of an account away; the sessions that they opened end, but `except`, which goes on as one opened
/// by a password. False when there was none.
pub async fn unlink(connection: &mut PgConnection, user_id: i64, except: Option<i64>) -> Result<bool, sqlx::Error> {
    sqlx::query("SELECT 1 FROM utilisateur WHERE id = $1 FOR UPDATE").bind(user_id).execute(&mut *connection).await?;
    let gone = sqlx::query("DELETE FROM identite WHERE utilisateur_id = $1").bind(user_id).execute(&mut *connection).await?;
    if gone.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("DELETE FROM session WHERE utilisateur_id = $1 AND identite_id IS NOT NULL AND id IS DISTINCT FROM $2")
        .bind(user_id)
        .bind(except)
        .execute(&mut *connection)
        .await?;
    // What the provider vouched for is gone with it.
    sqlx::query(
        "UPDATE session SET identite_id = NULL, jeton_externe = NULL, facteur = nullif(facteur, 'externe') WHERE utilisateur_id = $1 AND id = $2",
    )
    .bind(user_id)
    .bind(except)
    .execute(connection)
    .await?;
    Ok(true)
}

/// The same without exception.
pub async fn unlink_all(connection: &mut PgConnection, user_id: i64) -> Result<bool, sqlx::Error> {
    unlink(connection, user_id, None).await
}

/// Whether one of the collectivités of an account requires the provider, and the account has an identity there.
pub async fn instead_of_password(connection: &mut PgConnection, user_id: i64, issuer: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM identite WHERE utilisateur_id = $1 AND emetteur = $2)
            AND EXISTS (SELECT 1 FROM utilisateur_collectivite uc JOIN collectivite c ON c.id = uc.collectivite_id
                        WHERE uc.utilisateur_id = $1 AND c.identite_exigee)",
    )
    .bind(user_id)
    .bind(issuer)
    .fetch_one(connection)
    .await
}

/// The token of the session that is ending, for the provider.
pub async fn token_of(db: &Db, session_id: i64) -> Result<Option<String>, sqlx::Error> {
    let found: Option<Option<String>> =
        sqlx::query_scalar("SELECT jeton_externe FROM session WHERE id = $1").bind(session_id).fetch_optional(db.statement()).await?;
    Ok(found.flatten())
}

/// The collectivité of a SIREN.
pub async fn collectivite(connection: &mut PgConnection, siren: &str) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM collectivite WHERE siren = $1").bind(siren).fetch_optional(connection).await
}

/// A collectivité, and whether it requires the provider.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Place {
    /// Its number.
    pub id: i32,
    /// Its name.
    pub nom: String,
    /// Whether it requires the provider.
    pub identite_exigee: bool,
    /// Its people who may sign in, and how many of them have no identity yet.
    pub personnes: i64,
    pub sans: i64,
}

/// The collectivités that an administrateur manages.
pub async fn places(db: &Db, collectivites: &[i32], issuer: &str) -> Result<Vec<Place>, sqlx::Error> {
    sqlx::query_as(
        "SELECT c.id, c.nom::text AS nom, c.identite_exigee, count(u.id) AS personnes, count(u.id) FILTER (WHERE i.id IS NULL) AS sans
         FROM collectivite c LEFT JOIN utilisateur_collectivite uc ON uc.collectivite_id = c.id
         LEFT JOIN utilisateur u ON u.id = uc.utilisateur_id AND u.actif LEFT JOIN identite i ON i.utilisateur_id = u.id AND i.emetteur = $2
         WHERE c.id = ANY($1) GROUP BY c.id ORDER BY c.nom",
    )
    .bind(collectivites)
    .bind(issuer)
    .fetch_all(db.statement())
    .await
}

/// Whether an account is, under the lock of rights, an administrateur of a collectivité.
pub async fn may_require(connection: &mut PgConnection, user_id: i64, collectivite: i32) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM utilisateur WHERE id = $1 AND actif AND $2 = ANY(collectivites_gerees(id, 'administration', 4)))",
    )
    .bind(user_id)
    .bind(collectivite)
    .fetch_one(connection)
    .await
}

/// Says whether a collectivité requires the provider; false when that was so already.
pub async fn require(connection: &mut PgConnection, id: i32, required: bool) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query("UPDATE collectivite SET identite_exigee = $2 WHERE id = $1 AND identite_exigee <> $2")
        .bind(id)
        .bind(required)
        .execute(connection)
        .await?;
    Ok(changed.rows_affected() == 1)
}
