//! Upkeep: what must be removed or prepared from time to time, in bounded steps.

use serde::{Deserialize, Serialize};

use crate::actions;
use crate::context::Context;
use crate::exports;
use crate::platform::jobs::{Job, JobError, Outcome, Run, table};

/// Days a finished job stays visible.
const JOB_DAYS: i32 = 30;
/// Batches of removed jobs in one run.
const BATCHES_MAX: usize = 50;

/// Prunes jobs, sessions and files, those attached to a row too; prepares and purges the months of the journal; puts together what the
/// counts of stays were added.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Upkeep {}

impl Job for Upkeep {
    type Context = Context;
    const NAME: &'static str = "entretien";
    const QUEUE: &'static str = "maintenance";
    const PRIORITY: i16 = 200;

    fn title(&self) -> String {
        "Entretien".into()
    }

    fn unique_key(&self) -> Option<String> {
        Some("entretien".into())
    }

    async fn run(&self, context: &Context, run: &Run) -> Result<Outcome, JobError> {
        let pool = context.db.pool();
        for _ in 0..BATCHES_MAX {
            run.still_wanted()?;
            if table::prune(pool, JOB_DAYS).await? == 0 {
                break;
            }
        }
        table::forget(pool).await?;
        crate::comptes::sweep(pool).await?;
        crate::vues::sweep(pool).await?;
        crate::avis::sweep(pool).await?;
        crate::records::sweep(pool).await?;
        crate::recherche::sweep(pool).await?;
        crate::api::sweep(pool).await?;
        crate::jetons::sweep(pool).await?;
        crate::platform::incidents::sweep(pool).await?;
        crate::taxe::settle(pool).await?;
        actions::forget(context).await?;
        crate::imports::settle(context).await?;
        sqlx::query("SELECT journal_partitions(now()::date)").execute(pool).await?;
        sqlx::query("SELECT journal_purge($1)").bind(context.config.journal_conservation_mois).execute(pool).await?;
        // Last, what asks the store of files: when it is away, all that the base holds has gone in its time all the same.
        let stored = [
            exports::expire(context).await,
            crate::pieces::sweep(context).await,
            crate::imports::sweep(context).await,
            crate::lettres::sweep(context).await,
        ];
        stored.into_iter().collect::<Result<(), JobError>>()?;
        Ok(Outcome::Done)
    }
}
