//! Lines of the journal in the log of the worker, from where an operator sends them to another machine: who owns the tables
//! can undo what protects them here, and not there.

use chrono::{DateTime, Utc};
use futures::TryStreamExt;

use crate::platform::db::Db;

/// How often the worker looks for new lines.
pub const EVERY: std::time::Duration = std::time::Duration::from_secs(30);

/// A line as the log tells it: of its detail, which names people, only the digest.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Told {
    /// Number of the line; a line told twice after an accident has it twice.
    pub id: i64,
    /// When it was written.
    pub moment: DateTime<Utc>,
    /// What was done, by its code.
    pub action: String,
    /// On what.
    pub objet: String,
    /// On which.
    pub objet_id: String,
    /// By whom, when known.
    pub acteur_id: Option<i64>,
    /// Under which name.
    pub acteur: String,
    /// Whose line it is.
    pub collectivite_id: Option<i32>,
    /// From which address.
    pub adresse: Option<String>,
    /// In which request, as the log of the server names it.
    pub requete: String,
    /// SHA-256 of the detail, as PostgreSQL writes it: `encode(sha256(convert_to(detail::text, 'UTF8')), 'hex')`.
    pub empreinte: String,
}

/// Gives `tell` every line that was committed since the last time, once each but after an accident. The first time only says
/// from where: what was there before stays where it is. Of several workers one does it.
///
/// # Errors
/// PostgreSQL failed: the same lines come again.
pub async fn tell_new(db: &Db, mut tell: impl FnMut(&Told)) -> Result<u64, sqlx::Error> {
    let mut tx = db.pool().begin().await?;
    sqlx::query("INSERT INTO journal_sortie (jusqua, sorti_le) VALUES (pg_snapshot_xmin(pg_current_snapshot()), now()) ON CONFLICT DO NOTHING")
        .execute(&mut *tx)
        .await?;
    // Every transaction below the horizon has ended: what it wrote is seen, and nothing of it is to come. A base that was
    // restored elsewhere may have counted further than this server does.
    let turn: Option<(String, String)> = sqlx::query_as(
        "SELECT least(jusqua, pg_snapshot_xmin(pg_current_snapshot()))::text, pg_snapshot_xmin(pg_current_snapshot())::text
         FROM journal_sortie FOR UPDATE SKIP LOCKED",
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some((from, horizon)) = turn else { return Ok(0) };
    let mut count = 0;
    {
        // By the index of transactions: a line may be as old as its transaction was long, and clocks are set back.
        let mut lines = sqlx::query_as::<_, Told>(
            "SELECT id, moment, action, objet, objet_id, acteur_id, acteur, collectivite_id, host(adresse_ip) AS adresse, requete_id AS requete,
                 encode(sha256(convert_to(detail::text, 'UTF8')), 'hex') AS empreinte
             FROM journal WHERE transaction >= $1::xid8 AND transaction < $2::xid8 ORDER BY transaction, id",
        )
        .bind(&from)
        .bind(&horizon)
        .fetch(&mut *tx);
        while let Some(line) = lines.try_next().await? {
            tell(&line);
            count += 1;
        }
    }
    if from == horizon {
        let waits: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM journal WHERE transaction >= $1::xid8 AND transaction < pg_snapshot_xmax(pg_current_snapshot())
                     AND moment < now() - interval '10 minutes')",
        )
        .bind(&horizon)
        .fetch_one(&mut *tx)
        .await?;
        if waits {
            tracing::warn!(transaction = horizon, "a transaction of the server, open for long, keeps lines of the journal from leaving");
        }
    }
    sqlx::query("UPDATE journal_sortie SET jusqua = $1::xid8, sorti_le = now()").bind(&horizon).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(count)
}

/// Writes a line in the log.
pub fn log(line: &Told) {
    tracing::info!(
        target: "gardel::journal",
        id = line.id,
        moment = %line.moment.to_rfc3339(),
        action = line.action,
        objet = line.objet,
        objet_id = line.objet_id,
        acteur_id = line.acteur_id,
        acteur = line.acteur,
        collectivite_id = line.collectivite_id,
        adresse = line.adresse,
        requete = line.requete,
        empreinte = line.empreinte,
        "journal"
    );
}
