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
/// on the way to the store, or between the store and the base. The bytes go before the row, so that a run that dies is taken
/// up by the next. A file that the store does not let go keeps the others waiting for nothing.
///
/// # Errors
/// PostgreSQL failed; or the store did, for the first of those that it did not let go.
pub async fn sweep(context: &Context) -> Result<(), JobError> {
    let pool = context.db.pool();
    queries::forget_notes(pool).await?;
    let mut fault = None;
    for (id, path) in queries::over(pool, REMOVED_AT_ONCE).await? {
        match context.files.delete(&path).await {
            Ok(()) => queries::forget(pool, &[id]).await?,
            Err(error) => drop(fault.get_or_insert(error)),
        }
    }
    let first = context.clock.today().checked_sub_days(Days::new(LOOKED_DAYS)).unwrap_or_default();
    let long_ago = queries::long_ago(pool).await?;
    let old = context.files.older(FOLDER, &format!("{FOLDER}/{first}"), long_ago).await?;
    for path in queries::nobodys(pool, &old).await? {
        match context.files.delete(&path).await {
            Ok(()) => tracing::info!(path, "a file that no row names was removed from the store"),
            Err(error) => drop(fault.get_or_insert(error)),
        }
    }
    let cut = context.files.sweep_cut(FOLDER, long_ago).await?;
    if cut > 0 {
        tracing::info!(cut, "files that were cut on their way to the store were removed");
    }
    fault.map_or(Ok(()), |error| Err(error.into()))
}
