//! Queues, workers and failures as an operator sees and sets them.

mod model;
mod routes;
mod views;

pub use routes::routes;
