//! Schedules as an operator sees them: when each comes back, what its last time gave; pause, run
//! now, other times.

mod routes;
mod views;

pub use routes::routes;
