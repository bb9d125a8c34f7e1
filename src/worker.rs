//! The process that runs the jobs that the rooms declare.

use std::sync::Arc;

use tokio::sync::watch;

use crate::context::{Context, StartError};
use crate::exports;
use crate::journal;
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::db::Db;
use crate::platform::jobs::schedules::{self, NewSchedule, Regular, ScheduleError};
use crate::platform::jobs::{Known, Registry, Runner, RunnerSettings, table};
use crate::platform::systemd;
use crate::web;

/// Every kind of job that the rooms declare.
pub fn registry() -> Registry<Context> {
    Registry::of(web::declared().all::<Known<Context>>())
}

/// Every schedule that the rooms declare: when their jobs come back.
///
/// # Errors
/// An expression that is none: the tests find it first.
pub fn planned() -> Result<Vec<NewSchedule>, ScheduleError> {
    web::declared().all::<Regular>().map(|Regular(schedule)| schedule()).collect()
}

/// A worker over a context.
pub fn runner(context: Context, settings: RunnerSettings) -> Arc<Runner<Context>> {
    let (db, told) = (context.db.clone(), (context.metrics.clone(), context.incidents.clone()));
    Runner::new(db, Arc::new(context), registry(), settings, told)
}

/// Writes in the log the queues that neither this worker nor another alive serves.
async fn tell_unserved(context: &Context, settings: &RunnerSettings) {
    match table::queue_states(context.db.pool()).await {
        Ok(states) => {
            let here = |queue: &str| settings.queues.iter().any(|setting| setting.queue == queue);
            let queues: Vec<&str> =
                states.iter().filter(|state| state.ouvriers == 0 && !here(&state.queue)).map(|state| state.queue.as_str()).collect();
            if !queues.is_empty() {
                tracing::warn!(?queues, "queues served by no worker: their jobs wait (--seulement)");
            }
        }
        Err(error) => tracing::warn!(%error, "the queues served by others could not be read"),
    }
}

/// Writes new lines of the journal in the log until `stop`, then once more.
async fn tell_journal(context: Context, mut stop: watch::Receiver<bool>) {
    let mut stopped = false;
    loop {
        if let Err(error) = journal::tell_new(&context.db, journal::tell).await {
            tracing::warn!(%error, "lines of the journal could not be written in the log: they come again");
        }
        if stopped {
            return;
        }
        stopped = tokio::time::timeout(journal::TOLD_EVERY, stop.wait_for(|stopped| *stopped)).await.is_ok();
    }
}

/// Opens everything and works until `stop`.
///
/// # Errors
/// One sentence when the worker cannot start.
pub async fn run(config: Config, settings: RunnerSettings, stop: watch::Receiver<bool>) -> Result<(), StartError> {
    let db = Db::connect(&config, None).await?.with_replicas(&config, None)?;
    db.check_migrated().await?;
    let context = Context::of_worker(config, db, Clock::System, Arc::new(web::declared()))?;
    // A worker that comes back under its own name takes its jobs up at once instead of waiting for their leases.
    let released = table::release_worker(context.db.pool(), &settings.worker).await.map_err(|error| StartError::Other(error.to_string()))?;
    tracing::info!(worker = settings.worker, queues = ?settings.queues, released, "worker started");
    let declared = async { schedules::declare(&context.db, &planned()?, &registry().names()).await.map_err(ScheduleError::from) };
    declared.await.map_err(|error| StartError::Other(error.to_string()))?;
    // What the last controls found stays told after a restart.
    if let Err(error) = exports::count_faults(&context).await {
        tracing::warn!(%error, "faulty exports could not be counted");
    }
    tell_unserved(&context, &settings).await;
    let management = context.manage();
    let last = context.db.clone();
    let told = context.config.journal_sortie.then(|| tokio::spawn(tell_journal(context.clone(), stop.clone())));
    let queues: Vec<String> = settings.queues.iter().map(|setting| format!("{} ({})", setting.queue, setting.concurrency)).collect();
    let incidents = context.incidents.clone();
    let following = tokio::spawn(incidents.clone().follow(last.clone()));
    let runner = runner(context, settings);
    let beating = Arc::clone(&runner);
    systemd::ready(&format!("En service : files {}.", queues.join(", ")));
    systemd::watched(move |limit| std::future::ready(beating.still_for() < limit));
    runner.run(stop).await;
    following.abort();
    if let Err(error) = incidents.write(last.pool()).await {
        tracing::warn!(%error, "the last incidents could not be written");
    }
    if let Some(told) = told {
        let _ended = told.await;
        // The lines of the last jobs.
        if let Err(error) = journal::tell_new(&last, journal::tell).await {
            tracing::warn!(%error, "the last lines of the journal leave when a worker starts");
        }
    }
    if let Some(management) = management {
        management.abort();
    }
    tracing::info!("worker stopped");
    Ok(())
}
