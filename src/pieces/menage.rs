//! What goes by itself: removed notes and files after their days, and what a send that did not end left in the store.

use chrono::Days;

use super::queries;
use crate::context::Context;
use crate::platform::jobs::JobError;

/// Where the files lie in the store, in a folder for each day.
pub const FOLDER: &str = "pieces";
/// Files removed in one run.
const REMOVED_AT_ONCE: i64 = 500;
/// Days in which a file without a row is looked for: more than a worker is away.
const LOOKED_DAYS: u64 = 40;

/// Removes what was removed long enough ago, and the files that no row names: the base refused them, or their server died
/// between the store and the base. The bytes go before the row, so that a run that dies is taken up by the next.
///
/// # Errors
/// PostgreSQL or the store failed.
pub async fn sweep(context: &Context) -> Result<(), JobError> {
    let pool = context.db.pool();
    queries::forget_notes(pool).await?;
    let over = queries::over(pool, REMOVED_AT_ONCE).await?;
    for (id, path) in &over {
        context.files.delete(path).await?;
        queries::forget(pool, &[*id]).await?;
    }
    let first = context.clock.today().checked_sub_days(Days::new(LOOKED_DAYS)).unwrap_or_default();
    let old = context.files.older(FOLDER, &format!("{FOLDER}/{first}"), queries::long_ago(pool).await?).await?;
    for path in queries::nobodys(pool, &old).await? {
        context.files.delete(&path).await?;
        tracing::info!(path, "a file that no row names was removed from the store");
    }
    Ok(())
}
