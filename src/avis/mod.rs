//! Notices: what Gardel tells a person while they are elsewhere. Any room adds one in the transaction of
//! what it tells; the frame of every page shows how many are unread, counted with the rights and kept as
//! long as no counter has moved.

mod queries;
mod routes;
mod views;

pub use queries::{Notice, add};

/// Routes to mount at `/`.
pub fn routes() -> Vec<rocket::Route> {
    routes::routes()
}

/// Removes the notices past their time.
pub async fn sweep(pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
    queries::sweep(pool).await
}
