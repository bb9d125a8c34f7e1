//! The lists and records of the catalogue, read and written by programs: one more face of the same declarations, under the rights
//! that a token leaves to a person.

mod codes;
mod corps;
mod description;
mod documentation;
mod ecriture;
mod fichiers;
mod formes;
mod idempotence;
mod imports;
mod lecture;
mod porte;
mod probleme;
mod question;
mod reponse;
mod retrait;
mod suivi;
mod synthese;
mod valeurs;

pub use porte::{catchers, routes};

/// Forgets the answers that nobody asks for again, and what is older than a mark of a copy may be.
///
/// # Errors
/// PostgreSQL refused.
pub async fn sweep(pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
    idempotence::sweep(pool).await?;
    suivi::sweep(pool).await
}
