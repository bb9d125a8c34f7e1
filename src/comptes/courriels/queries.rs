//! The SQL of the e-mails.

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, PgConnection, PgExecutor, PgPool};

use crate::platform::db::Db;

/// Days that a demand is kept: as long as the links.
const KEPT_DAYS: i32 = 30;
/// Demands shown on the page of an account.
const SHOWN: i64 = 5;

/// A demand that has not left, and its account of now.
#[derive(sqlx::FromRow)]
pub struct Waiting {
    pub genre: String,
    pub numero: String,
    pub demande_le: DateTime<Utc>,
    /// None when the demand was about an address that opens no account.
    pub utilisateur_id: Option<i64>,
    pub nom: Option<String>,
    pub courriel: Option<String>,
    pub actif: Option<bool>,
    pub collectivite: Option<String>,
    pub siren: Option<String>,
}

/// What became of a demand, for the page of the account.
#[derive(sqlx::FromRow)]
pub struct Sent {
    pub genre: String,
    pub etat: String,
    pub reponse: Option<String>,
    pub demande_le: DateTime<Utc>,
    pub fini_le: Option<DateTime<Utc>>,
    /// It was asked for a moment ago, and nothing is known of it yet.
    pub bouge: bool,
}

/// Keeps a demand about an account; gives its number.
pub async fn ask(executor: impl PgExecutor<'_>, genre: &str, account: i64, by: Option<i64>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("INSERT INTO courriel_envoi (genre, utilisateur_id, demande_par) VALUES ($1, $2, $3) RETURNING id")
        .bind(genre)
        .bind(account)
        .bind(by)
        .fetch_one(executor)
        .await
}

/// Keeps a demand about whatever active account `courriel` opens. One statement, which leaves one row, whether there is one
/// or not.
pub async fn ask_forgotten(executor: impl PgExecutor<'_>, courriel: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO courriel_envoi (genre, utilisateur_id) VALUES ('oubli', (SELECT id FROM utilisateur WHERE courriel = $1 AND actif)) RETURNING id",
    )
    .bind(courriel)
    .fetch_one(executor)
    .await
}

/// That demand `e` has a job that will send it: one that was cancelled while it waited has none.
const HELD: &str =
    "EXISTS (SELECT 1 FROM job j WHERE j.name = 'courriel' AND j.state IN ('ready', 'running') AND j.payload ->> 'envoi' = e.id::text)";

/// Whether a link that an administrateur asked for is on its way.
pub async fn on_its_way(executor: impl PgExecutor<'_>, account: i64) -> Result<bool, sqlx::Error> {
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM courriel_envoi e
                        WHERE e.utilisateur_id = $1 AND e.etat = 'en_attente' AND e.genre IN ('invitation', 'renouvellement') AND {HELD})"
    );
    sqlx::query_scalar(AssertSqlSafe(sql)).bind(account).fetch_one(executor).await
}

/// The last demands about an account.
pub async fn sent(db: &Db, account: i64) -> Result<Vec<Sent>, sqlx::Error> {
    sqlx::query_as(
        "SELECT genre, etat, reponse, demande_le, fini_le, etat = 'en_attente' AND reponse IS NULL AND demande_le > now() - interval '2 minutes' AS bouge
         FROM courriel_envoi WHERE utilisateur_id = $1 ORDER BY demande_le DESC, id DESC LIMIT $2",
    )
    .bind(account)
    .bind(SHOWN)
    .fetch_all(db.statement())
    .await
}

/// A demand that has not left.
pub async fn waiting(db: &Db, id: i64) -> Result<Option<Waiting>, sqlx::Error> {
    sqlx::query_as(
        "SELECT e.genre, e.numero::text, e.demande_le, u.id AS utilisateur_id, u.nom, u.courriel, u.actif, c.nom AS collectivite, c.siren
         FROM courriel_envoi e LEFT JOIN utilisateur u ON u.id = e.utilisateur_id LEFT JOIN collectivite c ON c.id = lieu_du_compte(u.id)
         WHERE e.id = $1 AND e.etat = 'en_attente'",
    )
    .bind(id)
    .fetch_optional(db.statement())
    .await
}

/// Makes the link of a demand that has not left, for the address that it leaves to: « fait », or why there is none
/// (`lien_par_courriel` of the base).
pub async fn make_link(db: &Db, id: i64, hash: &[u8], address: &str) -> Result<String, sqlx::Error> {
    sqlx::query_scalar("SELECT lien_par_courriel($1, $2, $3)").bind(id).bind(hash).bind(address).fetch_one(db.statement()).await
}

/// Keeps what the server answered, while the message is to be tried again.
pub async fn answered(db: &Db, id: i64, answer: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE courriel_envoi SET reponse = left($2, 400) WHERE id = $1 AND etat = 'en_attente'")
        .bind(id)
        .bind(answer)
        .execute(db.statement())
        .await?;
    Ok(())
}

/// Ends a demand; gives its account and its kind, unless it had ended already.
pub async fn end(connection: &mut PgConnection, id: i64, state: &str, answer: Option<&str>) -> Result<Option<(Option<i64>, String)>, sqlx::Error> {
    sqlx::query_as(
        "UPDATE courriel_envoi SET etat = $2, reponse = left($3, 400), fini_le = now() WHERE id = $1 AND etat = 'en_attente' RETURNING utilisateur_id, genre",
    )
    .bind(id)
    .bind(state)
    .bind(answer)
    .fetch_optional(connection)
    .await
}

/// Ends the demands that no job holds any more; gives their accounts and their kinds.
pub async fn abandon(connection: &mut PgConnection, answer: &str) -> Result<Vec<(Option<i64>, String)>, sqlx::Error> {
    let sql = format!(
        "UPDATE courriel_envoi e SET etat = 'abandonne', reponse = left($1, 400), fini_le = now()
         WHERE e.etat = 'en_attente' AND NOT {HELD} RETURNING e.utilisateur_id, e.genre"
    );
    sqlx::query_as(AssertSqlSafe(sql)).bind(answer).fetch_all(connection).await
}

/// Removes old demands.
pub async fn sweep(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM courriel_envoi WHERE demande_le < now() - make_interval(days => $1)").bind(KEPT_DAYS).execute(pool).await?;
    Ok(())
}
