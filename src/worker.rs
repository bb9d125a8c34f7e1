//! The map of the worker: every job it knows, and the process that runs them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::actions::{ActionEnMasse, Actions, Annulation};
use crate::context::{Context, StartError};
use crate::exports::{Export, Lists, WorkContext};
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::db::Db;
use crate::platform::jobs::{self, Registry, Requester, Runner, RunnerSettings, store};
use crate::taxe;
use crate::travaux::Upkeep;
use crate::web::LISTS;

/// Time between two upkeeps asked for by a worker.
const UPKEEP_EVERY: Duration = Duration::from_secs(600);

/// Every job.
pub fn registry() -> Registry<WorkContext> {
    Registry::default().with::<Export>().with::<ActionEnMasse>().with::<Annulation>().with::<Upkeep>()
}

/// A worker over a context.
pub fn runner(context: Context, settings: RunnerSettings) -> Arc<Runner<WorkContext>> {
    let (db, metrics) = (context.db.clone(), context.metrics.clone());
    let work = Arc::new(WorkContext { context, lists: Lists(LISTS), actions: Actions(taxe::ACTIONS) });
    Runner::new(db, work, registry(), settings, metrics)
}

/// Opens everything and works until `stop`.
///
/// # Errors
/// One sentence when the worker cannot start.
pub async fn run(config: Config, settings: RunnerSettings, stop: watch::Receiver<bool>) -> Result<(), StartError> {
    let db = Db::connect(&config, None).await?;
    db.check_migrated().await?;
    let context = Context::new(config, db, Clock::System).await?;
    // A worker that comes back under its own name takes its jobs up at once instead of waiting for their leases.
    let released = store::release_worker(context.db.pool(), &settings.worker).await.map_err(|error| StartError::Other(error.to_string()))?;
    tracing::info!(worker = settings.worker, queues = ?settings.queues, released, "worker started");
    let upkeep = tokio::spawn(ask_for_upkeep(context.clone()));
    let management = context.manage();
    runner(context, settings).run(stop).await;
    upkeep.abort();
    if let Some(management) = management {
        management.abort();
    }
    tracing::info!("worker stopped");
    Ok(())
}

async fn ask_for_upkeep(context: Context) {
    loop {
        let asked = async {
            let mut write = context.db.write().await?;
            jobs::enqueue(&mut write, &Upkeep::default(), Requester::default()).await?;
            write.commit().await
        };
        if let Err(error) = asked.await {
            tracing::warn!(%error, "upkeep could not be asked for");
        }
        tokio::time::sleep(UPKEEP_EVERY).await;
    }
}
