//! One search box for everything, and what each person opened last.
//!
//! The answers come from the lists themselves: their search, their scope, their bounds. What was opened is a convenience of
//! the person, whom nobody else is told about; it keeps no name, only which row, and the rights are asked when it is shown.

mod find;
mod model;
mod queries;
mod routes;
mod views;

pub use find::recents;
pub use model::Hit;
pub use queries::sweep;
pub use routes::routes;
pub use views::hits;

use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::List;

/// Remembers that a person opened row `id` of `list`. The page does not wait for it, and does not fail with it.
pub fn opened(context: &Context, personne: &Personne, list: &'static List, id: i64) {
    let (db, user_id) = (context.db.clone(), personne.reader.user_id);
    tokio::spawn(async move {
        if let Err(error) = queries::open(&db, user_id, list.name, id).await {
            tracing::warn!(%error, "what a person opened is not remembered");
        }
    });
}
