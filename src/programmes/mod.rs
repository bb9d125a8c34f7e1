//! Scheduled exports: a saved view made into a file every day, week or month, kept so many times, with
//! a notice each time.
//!
//! The due times are a schedule of the job queue, which runs each once whatever the number of workers.
//! The run speaks in the name of the person who asked: rights, view and format are looked at then, and
//! what no longer holds pauses the schedule with its reason. The file itself is an ordinary export.

mod jobs;
mod model;
mod queries;
mod routes;
mod views;

pub use jobs::{ExportProgramme, SUITE};
pub use queries::troubled;
pub use routes::routes;

use crate::context::Context;
use crate::platform::jobs::Known;

/// The kinds of job of this room.
pub static JOBS: &[&Known<Context>] = &[&Known::of::<ExportProgramme>()];
