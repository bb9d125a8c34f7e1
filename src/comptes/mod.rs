//! Accounts: who signs in, with which rights, in which sessions; invitations and passwords.
//!
//! Front desk: the guards [`Personne`], [`Administrateur`], [`Exploitant`], the reader of a stored right
//! ([`reader_of`], for jobs), what a person was typing
//! when their session ended ([`given_back`]), and the acts of the command line ([`add_with_link`], [`new_link`], [`change`]).

mod apparence;
mod commande;
mod connexion;
mod courriels;
mod deux_personnes;
mod envoi;
mod externe;
mod facteur;
mod fiche;
mod fiches;
mod freins;
mod grille;
mod guard;
mod invitations;
mod list;
mod lots;
mod memoire;
mod menu;
mod model;
mod mon_compte;
mod ouverture;
mod queries;
mod refus;
mod reprise;
mod role;
mod semblables;
mod sessions;
mod theme;
mod utilisateurs;

pub use commande::{Changed, Rights, add_with_link, change, new_link};
pub use courriels::Courriel;
pub use envoi::{Envoi, Paires, after_the_last_byte};
pub use externe::{require as require_identity, required_somewhere as identity_required_somewhere};
pub use facteur::{elsewhere as factors_elsewhere, missing as without_second_factor, seal_again as seal_factors};
pub use fiches::bouton as bouton_des_fiches;
pub use guard::{Administrateur, Confirmed, Exploitant, Personne, Porte, Porteurs, reads_as_its_owner, why};
pub use list::UTILISATEURS;
pub use lots::{Lot, accorde, cree_par_lot, etats, retire_par_lot};
pub use memoire::Memoire;
pub use menu::MENU;
pub use model::{Collectivite, reader_with};
pub use queries::{collectivites, hold_managed, reader_of};
pub use reprise::{Saisie, given_back, reminder};
pub use role::Role;
pub use semblables::of_many as semblables;

use crate::context::Context;
use crate::platform::jobs::Known;

/// The kinds of job of this room.
pub static JOBS: &[&Known<Context>] = &[&Known::of::<Courriel>()];

/// Routes to mount at `/`.
pub fn routes() -> Vec<rocket::Route> {
    [
        connexion::routes(),
        mon_compte::routes(),
        apparence::routes(),
        invitations::routes(),
        facteur::routes(),
        externe::routes(),
        utilisateurs::routes(),
        fiches::routes(),
        deux_personnes::routes(),
        courriels::routes(),
        reprise::routes(),
    ]
    .concat()
}

/// The fairing that keeps with the session what an answer says to the next page.
pub fn messages() -> rocket::fairing::AdHoc {
    guard::messages()
}

/// The fairing that notes in the journal what is refused to somebody signed in.
pub fn refusals() -> rocket::fairing::AdHoc {
    refus::noted()
}

/// Removes what has ended: sessions, invitations, waits of the sign-in, forms nobody came back to.
///
/// # Errors
/// PostgreSQL refused.
pub async fn sweep(pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
    queries::sweep(pool).await?;
    facteur::sweep(pool).await?;
    courriels::sweep(pool).await?;
    reprise::sweep(pool).await
}
