//! What measures: histograms without a lock, what one request or one job spends and where it stands in a trace, the ears on what sqlx says of each
//! statement, the spans of which traces are made.
//! A page costs less than half a millisecond: nothing here locks, and nothing is looked up by name while it is answered, but for a
//! trace that is sent.

mod ears;
mod process;
mod sampling;
mod spans;
mod spent;
mod steps;
mod summary;
mod times;
mod trail;

pub use ears::{Ears, Heard, is_measure, log_events};
pub use process::OfSystem;
pub use sampling::{SAMPLERS, Sampler};
pub use spans::{Attributes, Moment, Span, SpanKind, Told, note_failed, note_sent, open_outlet, span_fates};
pub use spent::{Origin, Spent, cached, current, happened, number, seated, statements, write_spent};
pub use steps::{Step, step};
pub use times::{Times, seconds};
pub use trail::Trail;
