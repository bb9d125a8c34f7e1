//! What measures: histograms without a lock, what one request or one job spends and where it stands in a trace, the ears on what sqlx says of each
//! statement.
//! A page costs less than half a millisecond: nothing here locks, and nothing is looked up by name while it is answered.

mod ears;
mod process;
mod spent;
mod times;
mod trail;

pub use ears::{Ears, Heard, is_measure, log_events};
pub use process::OfSystem;
pub use spent::{Origin, Spent, cached, current, statements, write_spent};
pub use times::{Times, seconds};
pub use trail::Trail;
