//! Two files of the same host made one: what each says is compared, one is kept, its lodgings join it, the other is put away
//! and leads to it. It is undone whole, or not at all.

mod model;
mod queries;
mod routes;
mod views;

use maud::Markup;
use sqlx::PgConnection;

use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::Reader;
use crate::platform::error::Result;

pub use routes::routes;

/// The link to the page that merges host `id` with another, for its file.
pub fn link(id: i64) -> Markup {
    views::link(id)
}

/// What the file of host `id` says of the host that it was merged into, and of those merged into it.
///
/// # Errors
/// PostgreSQL failed.
pub async fn told(context: &Context, personne: &Personne, id: i64) -> Result<Markup> {
    let mut connection = context.db.statement().acquire().await?;
    let (into, absorbed) = queries::around(&mut connection, &personne.reader, id).await?;
    Ok(views::told(id, into.as_ref(), &absorbed))
}

/// Why host `id` cannot be taken back: it was merged into another, named to whoever may see it.
///
/// # Errors
/// PostgreSQL failed.
pub async fn into_whom(connection: &mut PgConnection, reader: &Reader, id: i64) -> Result<Option<String>> {
    let name = queries::into_whom(connection, reader, id).await?;
    Ok(name.map(|name| format!("Cette fiche a été fondue dans {name}\u{a0}: annulez la fusion pour la retrouver.")))
}
