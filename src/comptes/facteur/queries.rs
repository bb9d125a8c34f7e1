//! The SQL of the second factor.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool};

use crate::platform::db::Db;
use crate::platform::vault::{Vault, VaultError};

/// Minutes between the password and the code.
pub const WAIT_MINUTES: i32 = 10;
/// Codes that may be tried before the password is asked again.
pub const TRIES_MAX: i32 = 10;
/// Sign-ins of one account that await their code at once.
const WAITS_MAX: i64 = 5;
/// Days during which a demand of removal waits for somebody else.
pub const DEMAND_DAYS: i32 = 2;
/// Hours during which a secret that was shown may be confirmed.
const PROPOSED_HOURS: i32 = 1;

/// The second factor of an account.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Factor {
    /// The secret of the application, as it is kept: [`Factor::secret`] opens it.
    pub cle: Vec<u8>,
    /// The salt of the recovery codes.
    pub sel: Vec<u8>,
    /// Since when; `None` while it is only proposed.
    pub pose_le: Option<DateTime<Utc>>,
    /// Recovery codes that have not served.
    pub restants: i64,
}

impl Factor {
    /// The secret of the application of `user_id`.
    ///
    /// # Errors
    /// It is under a key that this program has not.
    pub fn secret(&self, vault: &Vault, user_id: i64) -> Result<Vec<u8>, VaultError> {
        vault.open(&about(user_id), &self.cle)
    }
}

/// What the secret of an account is sealed for: in the place of another's it opens nothing.
pub fn about(user_id: i64) -> String {
    format!("second_facteur {user_id}")
}

/// Puts every secret that is in clear, or under an older key of the operator, under the first one of `vault`. Gives how many
/// were.
pub async fn seal_again(connection: &mut PgConnection, vault: &Vault) -> Result<u64, sqlx::Error> {
    let rows: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT utilisateur_id, cle FROM second_facteur ORDER BY 1 FOR UPDATE").fetch_all(&mut *connection).await?;
    let mut sealed = 0;
    for (user_id, kept) in rows.into_iter().filter(|(_, kept)| !vault.is_current(kept)) {
        let fresh = vault.seal(&about(user_id), &vault.open(&about(user_id), &kept)?)?;
        sqlx::query("UPDATE second_facteur SET cle = $2 WHERE utilisateur_id = $1").bind(user_id).bind(fresh).execute(&mut *connection).await?;
        sealed += 1;
    }
    Ok(sealed)
}

/// Secrets of accounts that are not under the first key of `vault`.
pub async fn elsewhere(pool: &PgPool, vault: &Vault) -> Result<usize, sqlx::Error> {
    let kept: Vec<Vec<u8>> = sqlx::query_scalar("SELECT cle FROM second_facteur").fetch_all(pool).await?;
    Ok(kept.iter().filter(|kept| !vault.is_current(kept)).count())
}

/// The second factor of an account, in place or proposed a moment ago.
pub async fn factor(executor: impl PgExecutor<'_>, user_id: i64) -> Result<Option<Factor>, sqlx::Error> {
    sqlx::query_as(
        "SELECT cle, sel, pose_le, (SELECT count(*) FROM code_secours c WHERE c.utilisateur_id = f.utilisateur_id AND c.utilise_le IS NULL) AS restants
         FROM second_facteur f WHERE utilisateur_id = $1 AND (pose_le IS NOT NULL OR propose_le > now() - make_interval(hours => $2))",
    )
    .bind(user_id)
    .bind(PROPOSED_HOURS)
    .fetch_optional(executor)
    .await
}

/// Proposes a secret in place of one that was never confirmed; false when a second factor is in place.
pub async fn propose(connection: &mut PgConnection, user_id: i64, secret: &[u8], salt: &[u8]) -> Result<bool, sqlx::Error> {
    let proposed = sqlx::query(
        "INSERT INTO second_facteur AS f (utilisateur_id, cle, sel) VALUES ($1, $2, $3)
         ON CONFLICT (utilisateur_id) DO UPDATE SET cle = $2, sel = $3, propose_le = now() WHERE f.pose_le IS NULL",
    )
    .bind(user_id)
    .bind(secret)
    .bind(salt)
    .execute(connection)
    .await?;
    Ok(proposed.rows_affected() == 1)
}

/// Puts the proposed secret in place after its first code; false when it is no longer the one proposed.
pub async fn put_in_place(connection: &mut PgConnection, user_id: i64, secret: &[u8], step: i64) -> Result<bool, sqlx::Error> {
    let put = sqlx::query("UPDATE second_facteur SET pose_le = now(), dernier_pas = $3 WHERE utilisateur_id = $1 AND cle = $2 AND pose_le IS NULL")
        .bind(user_id)
        .bind(secret)
        .bind(step)
        .execute(connection)
        .await?;
    Ok(put.rows_affected() == 1)
}

/// Uses the code of a step up; false when it served before, or a later one did.
pub async fn use_step(connection: &mut PgConnection, user_id: i64, step: i64) -> Result<bool, sqlx::Error> {
    let used = sqlx::query("UPDATE second_facteur SET dernier_pas = $2 WHERE utilisateur_id = $1 AND pose_le IS NOT NULL AND dernier_pas < $2")
        .bind(user_id)
        .bind(step)
        .execute(connection)
        .await?;
    Ok(used.rows_affected() == 1)
}

/// Uses a recovery code up; false when it is none of the account, or served before.
pub async fn use_recovery(connection: &mut PgConnection, user_id: i64, digest: &[u8]) -> Result<bool, sqlx::Error> {
    let used = sqlx::query(
        "UPDATE code_secours c SET utilise_le = now() FROM second_facteur f
         WHERE c.utilisateur_id = $1 AND c.empreinte = $2 AND c.utilise_le IS NULL AND f.utilisateur_id = c.utilisateur_id AND f.pose_le IS NOT NULL",
    )
    .bind(user_id)
    .bind(digest)
    .execute(connection)
    .await?;
    Ok(used.rows_affected() == 1)
}

/// Recovery codes in place of those that were; with another salt.
pub async fn replace_recovery(connection: &mut PgConnection, user_id: i64, salt: &[u8], digests: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE second_facteur SET sel = $2 WHERE utilisateur_id = $1").bind(user_id).bind(salt).execute(&mut *connection).await?;
    sqlx::query("DELETE FROM code_secours WHERE utilisateur_id = $1").bind(user_id).execute(&mut *connection).await?;
    sqlx::query("INSERT INTO code_secours (utilisateur_id, empreinte) SELECT $1, d FROM unnest($2::bytea[]) AS u (d)")
        .bind(user_id)
        .bind(digests)
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes a second factor away, with what waits for it; false when there was none in place.
pub async fn remove(connection: &mut PgConnection, user_id: i64) -> Result<bool, sqlx::Error> {
    let removed =
        sqlx::query("DELETE FROM second_facteur WHERE utilisateur_id = $1 AND pose_le IS NOT NULL").bind(user_id).execute(&mut *connection).await?;
    sqlx::query("DELETE FROM connexion_attente WHERE utilisateur_id = $1").bind(user_id).execute(&mut *connection).await?;
    sqlx::query("DELETE FROM retrait_facteur WHERE utilisateur_id = $1").bind(user_id).execute(connection).await?;
    Ok(removed.rows_affected() == 1)
}

/// Somebody whose password, or identity, is right, and whose code is awaited.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Waiting {
    /// The account.
    pub id: i64,
    /// Its name.
    pub nom: String,
    /// Its e-mail.
    pub courriel: String,
    /// Its main collectivité.
    pub principale: Option<i32>,
    /// Codes tried.
    pub essais: i32,
    /// The identity that stood for the password, and the token of its provider.
    identite_id: Option<i64>,
    jeton_externe: Option<String>,
}

impl Waiting {
    /// The identity that stood for the password, and the token of its provider.
    pub fn identity(&self) -> Option<(i64, &str)> {
        Some((self.identite_id?, self.jeton_externe.as_deref().unwrap_or_default()))
    }
}

/// Notes that the code of an account is awaited, under the token of `hash`; the oldest waits beyond [`WAITS_MAX`] end.
pub async fn await_code(connection: &mut PgConnection, hash: &[u8], user_id: i64, identity: Option<(i64, &str)>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM connexion_attente WHERE utilisateur_id = $1 AND empreinte NOT IN (
             SELECT empreinte FROM connexion_attente WHERE utilisateur_id = $1 ORDER BY cree_le DESC LIMIT $2)",
    )
    .bind(user_id)
    .bind(WAITS_MAX - 1)
    .execute(&mut *connection)
    .await?;
    sqlx::query("INSERT INTO connexion_attente (empreinte, utilisateur_id, identite_id, jeton_externe) VALUES ($1, $2, $3, $4)")
        .bind(hash)
        .bind(user_id)
        .bind(identity.map(|(id, _)| id))
        .bind(identity.map(|(_, token)| token))
        .execute(connection)
        .await?;
    Ok(())
}

/// Whose code is awaited under a token, while its minutes last.
pub async fn awaited(db: &Db, hash: &[u8]) -> Result<Option<Waiting>, sqlx::Error> {
    sqlx::query_as(
        "SELECT u.id, u.nom, u.courriel, lieu_du_compte(u.id) AS principale, a.essais,
             a.identite_id, a.jeton_externe
         FROM connexion_attente a JOIN utilisateur u ON u.id = a.utilisateur_id AND u.actif
         WHERE a.empreinte = $1 AND a.cree_le > now() - make_interval(mins => $2)",
    )
    .bind(hash)
    .bind(WAIT_MINUTES)
    .fetch_optional(db.statement())
    .await
}

/// Counts a try under a token; false when there were too many, or when the wait is over. Its own transaction: a try counts whatever follows.
pub async fn count_try(db: &Db, hash: &[u8]) -> Result<bool, sqlx::Error> {
    let counted = sqlx::query("UPDATE connexion_attente SET essais = essais + 1 WHERE empreinte = $1 AND essais < $2")
        .bind(hash)
        .bind(TRIES_MAX)
        .execute(db.statement())
        .await?;
    Ok(counted.rows_affected() == 1)
}

/// Ends the wait of a token; false when somebody did before.
pub async fn end_wait(connection: &mut PgConnection, hash: &[u8]) -> Result<bool, sqlx::Error> {
    let ended = sqlx::query("DELETE FROM connexion_attente WHERE empreinte = $1").bind(hash).execute(connection).await?;
    Ok(ended.rows_affected() == 1)
}

/// Ends every wait of an account: its password has changed.
pub async fn end_waits(connection: &mut PgConnection, user_id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM connexion_attente WHERE utilisateur_id = $1").bind(user_id).execute(connection).await?;
    Ok(())
}

/// Notes that the person of a session proved who they are; `how` when it was by the second factor.
pub async fn proved(connection: &mut PgConnection, session_id: i64, how: Option<&str>) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE session SET confirmee_le = now(), facteur = coalesce($2, facteur) WHERE id = $1")
        .bind(session_id)
        .bind(how)
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets that sessions of an account rest on a second factor which is gone.
pub async fn weaken(connection: &mut PgConnection, user_id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE session SET facteur = NULL WHERE utilisateur_id = $1 AND facteur IS DISTINCT FROM 'externe'")
        .bind(user_id)
        .execute(connection)
        .await?;
    Ok(())
}

/// A demand that the second factor of an account be removed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Demand {
    /// Its number.
    pub id: i64,
    /// Who asks.
    pub demande_par: i64,
    /// Their name.
    pub nom: String,
    /// Since when.
    pub demande_le: DateTime<Utc>,
    /// Why.
    pub motif: String,
}

/// The demand that waits for an account, as long as whoever asked may still ask.
pub async fn demand(connection: &mut PgConnection, user_id: i64) -> Result<Option<Demand>, sqlx::Error> {
    sqlx::query_as(
        "SELECT r.id, r.demande_par, a.nom::text AS nom, r.demande_le, r.motif FROM retrait_facteur r JOIN utilisateur a ON a.id = r.demande_par
         WHERE r.utilisateur_id = $1 AND r.demande_le > now() - make_interval(days => $2) AND gere(r.demande_par, r.utilisateur_id)",
    )
    .bind(user_id)
    .bind(DEMAND_DAYS)
    .fetch_optional(connection)
    .await
}

/// Puts a demand down in place of one that is over; false when one waits already.
pub async fn ask_removal(connection: &mut PgConnection, user_id: i64, by: i64, motive: &str) -> Result<bool, sqlx::Error> {
    let asked = sqlx::query(
        "INSERT INTO retrait_facteur AS r (utilisateur_id, demande_par, motif) VALUES ($1, $2, $3)
         ON CONFLICT (utilisateur_id) DO UPDATE SET id = DEFAULT, demande_par = $2, demande_le = now(), motif = $3
         WHERE r.demande_le <= now() - make_interval(days => $4) OR NOT gere(r.demande_par, r.utilisateur_id)",
    )
    .bind(user_id)
    .bind(by)
    .bind(motive)
    .bind(DEMAND_DAYS)
    .execute(connection)
    .await?;
    Ok(asked.rows_affected() == 1)
}

/// Ends the demand about an account.
pub async fn forget_demand(connection: &mut PgConnection, user_id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM retrait_facteur WHERE utilisateur_id = $1").bind(user_id).execute(connection).await?;
    Ok(())
}

/// Whether two administrateurs may be one person: somebody, one of them or a third, made the one-time links by which both
/// chose their password, by however many hands, among the links that are kept (some five weeks).
pub async fn one_hand(connection: &mut PgConnection, one: i64, other: i64) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "WITH RECURSIVE main (depart, id) AS (
             SELECT u, u FROM unnest(ARRAY[$1, $2]) u
             UNION SELECT m.depart, i.cree_par FROM main m JOIN invitation i ON i.utilisateur_id = m.id WHERE i.cree_par IS NOT NULL)
         SELECT EXISTS (SELECT 1 FROM main a JOIN main b ON b.id = a.id AND b.depart = $2 WHERE a.depart = $1)",
    )
    .bind(one)
    .bind(other)
    .fetch_one(connection)
    .await
}

/// Withdraws demand `id` of an account; false when it is gone.
pub async fn withdraw(connection: &mut PgConnection, user_id: i64, id: i64) -> Result<bool, sqlx::Error> {
    let gone = sqlx::query("DELETE FROM retrait_facteur WHERE id = $1 AND utilisateur_id = $2").bind(id).bind(user_id).execute(connection).await?;
    Ok(gone.rows_affected() == 1)
}

/// The other administrateurs who may grant the removal of the factor of an account.
pub async fn who_may_grant(connection: &mut PgConnection, user_id: i64, but: i64) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM utilisateur WHERE actif AND mot_de_passe IS NOT NULL AND id <> $1 AND id <> $2 AND gere(id, $1) ORDER BY id")
        .bind(user_id)
        .bind(but)
        .fetch_all(connection)
        .await
}

/// Forgets what is over: waits, secrets never confirmed, demands that nobody granted.
pub async fn sweep(pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM connexion_attente WHERE cree_le < now() - make_interval(mins => $1)").bind(WAIT_MINUTES).execute(pool).await?;
    sqlx::query("DELETE FROM second_facteur WHERE pose_le IS NULL AND propose_le < now() - interval '1 day'").execute(pool).await?;
    sqlx::query("DELETE FROM retrait_facteur WHERE demande_le < now() - make_interval(days => $1)").bind(DEMAND_DAYS).execute(pool).await?;
    Ok(())
}
