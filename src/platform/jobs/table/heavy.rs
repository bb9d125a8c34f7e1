//! Heavy readings. A long snapshot keeps every dead row of the hot tables, and a second one beside
//! it is worse than the two one after the other: so one at a time, and none while something else
//! already holds the house back.

use sqlx::{FromRow, PgConnection, PgPool};

/// Number of the lock under which heavy readings begin.
const LOCK: i64 = 0x6761_7264_656c;
/// Tables written all day long, whose dead rows slow everybody down.
const HOT_TABLES: [&str; 4] = ["job", "session", "version_donnees", "export_lot"];
/// Seconds after which a heavy reading begins although the database is not at its best: late, not never.
pub(super) const WAIT_MAX_SECONDS: i64 = 1_800;
/// Waiting jobs told why in one go.
const TOLD_MAX: i64 = 200;

/// May a heavy reading begin?
pub(super) enum Gate {
    /// Yes.
    Open,
    /// Others read already, and why that matters to the person who waits.
    Full(String),
    /// The database is held back.
    Busy(String),
}

#[derive(FromRow)]
struct House {
    /// Queue of a heavy reading under way.
    lit: Option<String>,
    places: i64,
    age: i64,
    age_max: i64,
    mortes: i64,
    mortes_max: i64,
}

/// Looks at the house, one caller at a time until its transaction ends.
pub(super) async fn gate(connection: &mut PgConnection) -> Result<Gate, sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *connection).await?;
    let house: House = sqlx::query_as(
        "SELECT (SELECT queue FROM job WHERE state = 'running' AND lourd LIMIT 1) AS lit,
             simultanees - (SELECT count(*) FROM job WHERE state = 'running' AND lourd) AS places,
             (SELECT coalesce(max(extract(epoch FROM now() - xact_start)), 0)::bigint FROM pg_stat_activity
              WHERE backend_xmin IS NOT NULL AND datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend') AS age,
             age_max_s::bigint AS age_max,
             (SELECT coalesce(max(n_dead_tup), 0)::bigint FROM pg_stat_user_tables WHERE relname = ANY($1)) AS mortes,
             lignes_mortes_max AS mortes_max
         FROM lecture_lourde",
    )
    .bind(HOT_TABLES.as_slice())
    .fetch_one(connection)
    .await?;
    Ok(if house.places <= 0 {
        Gate::Full(format!("{} est déjà en cours", super::super::noun_of(house.lit.as_deref().unwrap_or_default())))
    } else if house.age > house.age_max {
        Gate::Busy(format!("une opération longue occupe la base depuis {} min", house.age / 60))
    } else if house.mortes > house.mortes_max {
        Gate::Busy("la base fait le ménage de ses tables".into())
    } else {
        Gate::Open
    })
}

/// Writes on the heavy readings of `queue` that wait why they do.
pub(super) async fn tell(connection: &mut PgConnection, queue: &str, reason: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE job SET attente = $2 WHERE id IN (
             SELECT id FROM job WHERE state = 'ready' AND lourd AND queue = $1 AND run_at <= now() AND attente IS DISTINCT FROM $2
             ORDER BY job_rang(run_at, priority), id LIMIT $3 FOR UPDATE SKIP LOCKED)",
    )
    .bind(queue)
    .bind(reason)
    .bind(TOLD_MAX)
    .execute(connection)
    .await?;
    Ok(())
}

/// What came of a job that asked to read heavily.
#[derive(Debug, PartialEq, Eq)]
pub enum Entry {
    /// It may.
    In,
    /// Its lease is lost.
    Lost,
    /// It must wait, and why.
    Wait(String),
}

/// Running job `id` asks to begin a heavy reading. One that was taken as such is in already; another
/// begins at once when the gate is open and none of its queue waits before it.
pub async fn enter_heavy(pool: &PgPool, id: i64, lease: i64) -> Result<Entry, sqlx::Error> {
    let mut tx = pool.begin().await?;
    let gate = gate(&mut tx).await?;
    let own: Option<(bool, String, bool, bool)> = sqlx::query_as(
        "SELECT lourd, queue, run_at <= now() - make_interval(secs => $3),
             EXISTS (SELECT 1 FROM job a WHERE a.state = 'ready' AND a.lourd AND a.queue = j.queue AND a.run_at <= now()
                 AND (job_rang(a.run_at, a.priority), a.id) < (job_rang(j.run_at, j.priority), j.id))
         FROM job j WHERE id = $1 AND lease = $2 AND state = 'running' FOR UPDATE OF j",
    )
    .bind(id)
    .bind(lease)
    .bind(WAIT_MAX_SECONDS)
    .fetch_optional(&mut *tx)
    .await?;
    let entry = match (own, gate) {
        (None, _) => Entry::Lost,
        (Some((true, ..)), _) => Entry::In,
        (Some(_), Gate::Full(reason)) => Entry::Wait(reason),
        (Some((_, queue, _, true)), _) => Entry::Wait(format!("{} passe avant", super::super::noun_of(&queue))),
        (Some((_, _, false, _)), Gate::Busy(reason)) => Entry::Wait(reason),
        (Some(_), _) => {
            sqlx::query("UPDATE job SET lourd = true WHERE id = $1").bind(id).execute(&mut *tx).await?;
            Entry::In
        }
    };
    tx.commit().await?;
    Ok(entry)
}
