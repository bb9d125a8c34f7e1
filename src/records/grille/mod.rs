//! Many rows entered at once, one a line: each is read, checked, computed and written as its own form would have it, and all
//! of them are written together or none is.

mod lecture;
mod routes;
mod views;

pub use routes::routes;
