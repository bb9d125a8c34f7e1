//! Jobs that failed for good, grouped by cause: looked at, put back or set aside together.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, PgPool};

/// Failed jobs looked at when they are grouped: the last ones.
const LOOKED_AT_MAX: i64 = 20_000;
/// Groups shown.
const GROUPS_MAX: i64 = 50;
/// Longest cause kept.
const CAUSE_CHARS: usize = 160;
/// A word that looks like a key rather than a word: at least so long, with digits.
const KEY_CHARS: usize = 8;

/// Failed jobs with the same kind and cause.
#[derive(Debug, FromRow)]
pub struct FailureGroup {
    /// Kind.
    pub name: String,
    /// Cause without its numbers and names; empty for those of an older version.
    pub cause: String,
    /// How many, among the last 20,000.
    pub nombre: i64,
    /// First and last.
    pub premier_le: Option<DateTime<Utc>>,
    /// Last.
    pub dernier_le: Option<DateTime<Utc>>,
    /// The last of them.
    pub dernier_id: i64,
}

/// The cause of an error: what stays of it without what changes from one job to the next. Numbers
/// become « N », quoted words and keys « … ».
pub fn cause_of(error: &str) -> String {
    let mut cause = String::new();
    let mut closing = None;
    for word in error.split_inclusive(|letter: char| letter.is_whitespace() || "«»\"`()[]{},;:=/".contains(letter)) {
        let (body, end) = match word.char_indices().last() {
            Some((at, letter)) if !letter.is_alphanumeric() => (&word[..at], Some(letter)),
            _ => (word, None),
        };
        if closing.is_none() {
            cause.push_str(&plain(body));
        }
        match (end, closing) {
            (Some(letter), Some(expected)) if letter == expected => {
                closing = None;
                cause.push(letter);
            }
            (_, Some(_)) => {}
            (Some(letter), None) => {
                cause.push(letter);
                closing = match letter {
                    '«' => Some('»'),
                    '"' | '`' => Some(letter),
                    _ => None,
                };
                if closing.is_some() {
                    cause.push('…');
                }
            }
            (None, None) => {}
        }
    }
    cause.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(CAUSE_CHARS).collect()
}

/// One word: a key becomes « … », digits « N ».
fn plain(word: &str) -> String {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    if digits == 0 {
        return word.into();
    }
    if word.chars().count() >= KEY_CHARS
        && digits < word.chars().count()
        && word.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
    {
        return "…".into();
    }
    let mut text = String::new();
    for letter in word.chars() {
        if !letter.is_ascii_digit() {
            text.push(letter);
        } else if !text.ends_with('N') {
            text.push('N');
        }
    }
    text
}

/// The last failed jobs, grouped, the largest group first.
pub async fn failure_groups(pool: &PgPool) -> Result<Vec<FailureGroup>, sqlx::Error> {
    sqlx::query_as(
        "SELECT name, coalesce(cause, '') AS cause, count(*) AS nombre, min(finished_at) AS premier_le, max(finished_at) AS dernier_le, max(id) AS dernier_id
         FROM (SELECT id, name, cause, finished_at FROM job WHERE state = 'failed' ORDER BY id DESC LIMIT $1) echecs
         GROUP BY name, coalesce(cause, '') ORDER BY count(*) DESC, max(id) DESC LIMIT $2",
    )
    .bind(LOOKED_AT_MAX)
    .bind(GROUPS_MAX)
    .fetch_all(pool)
    .await
}

/// Puts up to `limit` failed jobs of a group back in their queue, with fresh attempts; returns how
/// many. Those whose key a living job has stay where they are.
///
/// # Errors
/// PostgreSQL refused, or a job with the same key was added at the same moment.
pub async fn retry_many(connection: &mut PgConnection, name: &str, cause: &str, limit: i64) -> Result<u64, sqlx::Error> {
    let put_back = sqlx::query(
        "WITH pris AS MATERIALIZED (
             SELECT id, unique_key FROM job j WHERE state = 'failed' AND name = $1 AND (cause = $2 OR ($2 = '' AND cause IS NULL))
                 AND NOT EXISTS (SELECT 1 FROM job v WHERE v.unique_key = j.unique_key AND v.state IN ('ready', 'running'))
             ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED),
         choisis AS (SELECT DISTINCT ON (coalesce(unique_key, id::text)) id FROM pris ORDER BY coalesce(unique_key, id::text), id)
         UPDATE job SET state = 'ready', attempts = 0, run_at = now(), cancel_requested = false, finished_at = NULL, cause = NULL
         FROM choisis WHERE job.id = choisis.id",
    )
    .bind(name)
    .bind(cause)
    .bind(limit)
    .execute(connection)
    .await?;
    Ok(put_back.rows_affected())
}

/// Sets up to `limit` failed jobs of a group aside: they will not be shown as failed any more, and
/// are pruned with the others; returns how many.
pub async fn discard(connection: &mut PgConnection, name: &str, cause: &str, limit: i64) -> Result<u64, sqlx::Error> {
    let set_aside = sqlx::query(
        "WITH pris AS MATERIALIZED (
             SELECT id FROM job WHERE state = 'failed' AND name = $1 AND (cause = $2 OR ($2 = '' AND cause IS NULL))
             ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED)
         UPDATE job SET state = 'cancelled', error = 'Écarté après son échec : ' || coalesce(error, '?'), cause = NULL
         FROM pris WHERE job.id = pris.id",
    )
    .bind(name)
    .bind(cause)
    .bind(limit)
    .execute(connection)
    .await?;
    Ok(set_aside.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::cause_of;

    #[test]
    fn causes_lose_what_changes() {
        for (error, cause) in [
            ("délai dépassé après 30 s", "délai dépassé après N s"),
            ("délai dépassé après 4512 s", "délai dépassé après N s"),
            ("le fichier « séjours 2026.csv » manque", "le fichier «…» manque"),
            ("le fichier « a b » manque", "le fichier «…» manque"),
            ("relation \"sejour_2026\" does not exist", "relation \"…\" does not exist"),
            ("morceau exports/42/morceaux/000003-7 absent", "morceau exports/N/morceaux/… absent"),
            ("objet 9f8e7d6c5b4a absent", "objet … absent"),
            ("l'ouvrier machine-12 ne répond plus", "l'ouvrier … ne répond plus"),
            ("panique : index 3 sur 2", "panique : index N sur N"),
            ("« jamais fermé", "«…"),
            ("", ""),
        ] {
            assert_eq!(cause_of(error), cause, "{error}");
        }
        assert_eq!(cause_of(&"é".repeat(1000)).chars().count(), 160);
    }
}
