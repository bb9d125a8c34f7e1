//! Accounts: who signs in, with which rights, in which sessions; invitations and passwords.
//!
//! Front desk: the guards [`Personne`], [`Administrateur`] and the reader of a stored right
//! ([`reader_of`], for jobs).

mod connexion;
mod guard;
mod invitations;
mod list;
mod model;
mod mon_compte;
mod queries;
mod utilisateurs;

pub use guard::{Administrateur, Personne};
pub use list::UTILISATEURS;
pub use queries::{add_user, reader_of};

/// Routes to mount at `/`.
pub fn routes() -> Vec<rocket::Route> {
    [connexion::routes(), mon_compte::routes(), invitations::routes(), utilisateurs::routes()].concat()
}

/// Removes what has ended: sessions, invitations, waits of the sign-in.
///
/// # Errors
/// PostgreSQL refused.
pub async fn sweep(pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
    queries::sweep(pool).await
}
