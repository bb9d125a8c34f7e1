//! What goes by itself: the files of which nothing came for a day, and the chunks that nothing names any more.

use super::{FOLDER, queries};
use crate::context::Context;
use crate::platform::jobs::JobError;

/// Removes what stopped coming. Rows go first: what comes afterwards is refused, and the folder that no row names is then removed, by
/// this run or by the next.
///
/// # Errors
/// PostgreSQL or the store failed.
pub async fn sweep(context: &Context) -> Result<(), JobError> {
    let pool = context.db.pool();
    for id in queries::vieux(pool).await? {
        queries::balaie(pool, id).await?;
    }
    let folders = context.files.numbered(FOLDER).await?;
    for id in queries::personne(pool, &folders).await? {
        context.files.delete_folder(&format!("{FOLDER}/{id}")).await?;
    }
    let cut = context.files.sweep_cut(FOLDER, queries::hier(pool).await?).await?;
    if cut > 0 {
        tracing::info!(cut, "chunks that were cut on their way to the store were removed");
    }
    Ok(())
}
