//! Names of jobs and what runs them. A room declares its own ([`Known`]); a worker takes those of its catalogue.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value;

use super::{GaveUp, Job, JobError, Outcome, Run};

pub(super) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type RunFn<C> = fn(Value, Arc<C>, Arc<Run>) -> Boxed<'static, Result<Outcome, JobError>>;
pub(super) type GaveUpFn<C> = fn(Value, Arc<C>, GaveUp, String) -> Boxed<'static, ()>;

/// A kind of job, as a room declares it.
pub struct Known<C> {
    name: &'static str,
    entry: Entry<C>,
}

pub(super) struct Entry<C> {
    pub(super) run: RunFn<C>,
    pub(super) gave_up: GaveUpFn<C>,
}

impl<C: Send + Sync + 'static> Known<C> {
    /// The kind of job `J`.
    pub const fn of<J: Job<Context = C>>() -> Self {
        Self { name: J::NAME, entry: Entry { run: run::<J>, gave_up: gave_up::<J> } }
    }
}

/// The jobs that a worker knows.
pub struct Registry<C> {
    entries: HashMap<&'static str, Entry<C>>,
}

impl<C> Default for Registry<C> {
    fn default() -> Self {
        Self { entries: HashMap::new() }
    }
}

impl<C: Send + Sync + 'static> Registry<C> {
    /// The kinds declared.
    pub fn of<'a>(known: impl IntoIterator<Item = &'a Known<C>>) -> Self {
        Self { entries: known.into_iter().map(|one| (one.name, Entry { run: one.entry.run, gave_up: one.entry.gave_up })).collect() }
    }

    /// Names known here: a worker takes no other, so that a job of a newer version waits for a newer worker.
    pub fn names(&self) -> Vec<String> {
        self.entries.keys().map(ToString::to_string).collect()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Entry<C>> {
        self.entries.get(name)
    }
}

fn run<J: Job>(payload: Value, context: Arc<J::Context>, run: Arc<Run>) -> Boxed<'static, Result<Outcome, JobError>> {
    Box::pin(async move {
        match serde_json::from_value::<J>(payload) {
            Ok(job) => job.run(&context, &run).await,
            Err(error) => Err(JobError::Retry(format!("contenu du travail illisible : {error}"))),
        }
    })
}

fn gave_up<J: Job>(payload: Value, context: Arc<J::Context>, end: GaveUp, cause: String) -> Boxed<'static, ()> {
    Box::pin(async move {
        if let Ok(job) = serde_json::from_value::<J>(payload) {
            job.gave_up(&context, end, &cause).await;
        }
    })
}
