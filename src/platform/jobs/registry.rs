//! Names of jobs and what runs them. Adding a job is one line in `worker.rs`.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value;

use super::{GaveUp, Job, JobError, Outcome, Run};

pub(super) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type RunFn<C> = fn(Value, Arc<C>, Arc<Run>) -> Boxed<'static, Result<Outcome, JobError>>;
pub(super) type GaveUpFn<C> = fn(Value, Arc<C>, GaveUp, String) -> Boxed<'static, ()>;

/// The jobs that a worker knows.
pub struct Registry<C> {
    entries: HashMap<&'static str, Entry<C>>,
}

#[derive(Clone)]
pub(super) struct Entry<C> {
    pub(super) run: RunFn<C>,
    pub(super) gave_up: GaveUpFn<C>,
}

impl<C: Send + Sync + 'static> Default for Registry<C> {
    fn default() -> Self {
        Self { entries: HashMap::new() }
    }
}

impl<C: Send + Sync + 'static> Registry<C> {
    /// Adds a kind of job.
    #[must_use]
    pub fn with<J: Job<Context = C>>(mut self) -> Self {
        self.entries.insert(J::NAME, Entry { run: run::<J>, gave_up: gave_up::<J> });
        self
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
