//! Steps of a request or a run that are no statement: what is asked of the store, of Redis, of a server of mail. Where no trace is told they cost a
//! look at the task.

use std::time::Instant;

use super::spans::SpanKind;
use super::spent;

/// A step, as its span tells it: declared where it is taken, so that nothing of anybody is in it.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// What it is.
    pub name: &'static str,
    /// See [`SpanKind`].
    pub kind: SpanKind,
    /// More of it.
    pub attributes: &'static [(&'static str, &'static str)],
}

impl Step {
    /// One that asks another program.
    pub const fn asked(name: &'static str, attributes: &'static [(&'static str, &'static str)]) -> Self {
        Self { name, kind: SpanKind::Client, attributes }
    }
}

/// Does `work`, which is a step of the request or of the run; `failed` says of what came of it whether it failed.
pub async fn step<T>(what: Step, failed: impl FnOnce(&T) -> bool, work: impl Future<Output = T>) -> T {
    let Some(spent) = spent::told() else { return work.await };
    let started = Instant::now();
    let made = work.await;
    let attributes = what.attributes.iter().map(|(name, word)| (*name, (*word).into())).collect();
    spent.part((what.kind, what.name.into()), started.elapsed(), failed(&made), attributes);
    made
}
