//! Accounts: who signs in, with which rights, in which sessions; invitations and passwords.
//!
//! Front desk: the guards [`Personne`], [`Administrateur`], [`Exploitant`], the reader of a stored right
//! ([`reader_of`], for jobs), and what a person was typing when their session ended ([`given_back`]).

mod connexion;
mod guard;
mod invitations;
mod list;
mod memoire;
mod model;
mod mon_compte;
mod queries;
mod reprise;
mod utilisateurs;

pub use guard::{Administrateur, Exploitant, Personne};
pub use list::UTILISATEURS;
pub use memoire::Memoire;
pub use queries::reader_of;
pub use reprise::{Saisie, given_back, reminder};

/// Routes to mount at `/`.
pub fn routes() -> Vec<rocket::Route> {
    [connexion::routes(), mon_compte::routes(), invitations::routes(), utilisateurs::routes(), reprise::routes()].concat()
}

/// Adds a user and the link under `token`, from the command line; false when the e-mail is taken.
///
/// # Errors
/// PostgreSQL refused.
pub async fn add_with_link(
    connection: &mut sqlx::PgConnection,
    courriel: &str,
    nom: &str,
    role: crate::listing::Role,
    collectivites: &[i32],
    token: &str,
) -> Result<bool, sqlx::Error> {
    let Some(id) = queries::add_user(connection, courriel, nom, role, collectivites).await? else { return Ok(false) };
    queries::invite(connection, &crate::platform::token::hash(token), id, "invitation", None).await?;
    Ok(true)
}

/// Makes a new link under `token` for an active user; false when there is none.
///
/// # Errors
/// PostgreSQL refused.
pub async fn new_link(connection: &mut sqlx::PgConnection, courriel: &str, token: &str) -> Result<bool, sqlx::Error> {
    let id: Option<i64> =
        sqlx::query_scalar("SELECT id FROM utilisateur WHERE courriel = $1 AND actif").bind(courriel).fetch_optional(&mut *connection).await?;
    let Some(id) = id else { return Ok(false) };
    queries::invite(connection, &crate::platform::token::hash(token), id, "renouvellement", None).await?;
    Ok(true)
}

/// Removes what has ended: sessions, invitations, waits of the sign-in, forms nobody came back to.
///
/// # Errors
/// PostgreSQL refused.
pub async fn sweep(pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
    queries::sweep(pool).await?;
    reprise::sweep(pool).await
}
