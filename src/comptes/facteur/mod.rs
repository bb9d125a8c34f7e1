//! The second factor: an application of codes on a telephone, recovery codes on paper, and what is asked again before an
//! act that weighs.
//!
//! Between the password and the code there is no session (`attente`): a row of its own, a cookie of its own, which no
//! guard knows. [`Confirmed`](super::guard::Confirmed) asks for a fresh proof; `confirmation` is where it is given. A lost
//! device takes two administrateurs (`retrait`), or the command line.

mod attente;
mod codes;
mod compte;
mod confirmation;
mod queries;
mod retrait;
mod views;

use sqlx::{PgConnection, PgExecutor, PgPool};

use crate::avis::{self, Notice};
use crate::context::Context;
use crate::listing::{Module, Niveau, Reader};
use crate::platform::config::{Config, SecondFacteur};
use crate::platform::error::{Error, Result};
use crate::platform::password::Place;
use crate::platform::vault::{Vault, VaultError};
use codes::Typed;

pub(super) use attente::{await_code, code_address};
pub(super) use queries::{end_waits, sweep};
pub(super) use retrait::{removal_of, section};
pub(super) use views::{WRONG, code_field};

/// Where a second factor is put in place.
pub(super) const PAGE: &str = "/compte/second-facteur";

/// Routes to mount at `/`.
pub(super) fn routes() -> Vec<rocket::Route> {
    [attente::routes(), compte::routes(), confirmation::routes(), retrait::routes()].concat()
}

/// Whether a second factor is required of a person here.
pub(super) fn required(config: &Config, reader: &Reader) -> bool {
    match config.second_factor() {
        SecondFacteur::Libre => false,
        SecondFacteur::Gestionnaires => reader.exploitant || reader.can(Module::Administration, Niveau::Gerer),
        SecondFacteur::Tous => true,
    }
}

/// Whether an account has a second factor in place.
pub(super) async fn in_place(executor: impl PgExecutor<'_>, user_id: i64) -> Result<bool> {
    Ok(queries::factor(executor, user_id).await?.is_some_and(|factor| factor.pose_le.is_some()))
}

/// What a page says when a secret cannot be opened: the fault is the operator's.
fn sealed(error: VaultError) -> Error {
    Error::Internal(format!("second factor: {error}"))
}

/// Puts the secrets of every second factor under the first key of `vault`; gives how many were not.
///
/// # Errors
/// PostgreSQL refused, or one is under a key that `vault` has not.
pub async fn seal_again(connection: &mut PgConnection, vault: &Vault) -> std::result::Result<u64, sqlx::Error> {
    queries::seal_again(connection, vault).await
}

/// Secrets of second factors that are not under the first key of `vault`.
///
/// # Errors
/// PostgreSQL refused.
pub async fn elsewhere(pool: &PgPool, vault: &Vault) -> std::result::Result<usize, sqlx::Error> {
    queries::elsewhere(pool, vault).await
}

/// A code that may be the right one, before it is used up.
pub(super) enum Candidate {
    /// The application's, of a step.
    Step(i64),
    /// A recovery code, by its digest.
    Recovery(Vec<u8>),
}

/// By what somebody proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// A code of the application.
    Application,
    /// A recovery code.
    Recovery,
}

impl Proof {
    /// As it is kept with the session and in the journal.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Recovery => "secours",
        }
    }
}

/// What `typed` may be for an account; `None` when it cannot be right. The long computation is made here, outside any
/// transaction.
pub(super) async fn candidate(context: &Context, place: &Place, user_id: i64, typed: &str) -> Result<Option<Candidate>> {
    let Some(factor) = queries::factor(context.db.apart().statement(), user_id).await?.filter(|factor| factor.pose_le.is_some()) else {
        return Ok(None);
    };
    Ok(match codes::read(typed) {
        Typed::Digits(digits) => {
            let secret = factor.secret(&context.vault, user_id).map_err(sealed)?;
            codes::step(&secret, &digits, context.clock.now())?.map(Candidate::Step)
        }
        Typed::Recovery(code) => place.derive(vec![code], factor.sel).await?.pop().map(Candidate::Recovery),
        Typed::Unreadable => None,
    })
}

/// Uses a code up: the second time, and of two posts at once, it proves nothing. Whoever has their codes has lost nothing:
/// a demand to remove them is over.
pub(super) async fn spend(connection: &mut PgConnection, user_id: i64, candidate: Option<Candidate>) -> Result<Option<Proof>> {
    let right = match &candidate {
        None => return Ok(None),
        Some(Candidate::Step(step)) => queries::use_step(&mut *connection, user_id, *step).await?.then_some(Proof::Application),
        Some(Candidate::Recovery(digest)) => queries::use_recovery(&mut *connection, user_id, digest).await?.then_some(Proof::Recovery),
    };
    if right.is_some() {
        queries::forget_demand(&mut *connection, user_id).await?;
    }
    if right == Some(Proof::Recovery) {
        let told = "Un code de secours a servi à vous connecter ou à confirmer. Si ce n’est pas vous, changez de mot de passe et parlez-en à votre collectivité.";
        avis::add(connection, user_id, &Notice { ton: "alerte", texte: told, lien: PAGE }).await?;
    }
    Ok(right)
}

/// Removes the second factor of an account from the command line; false when it has none.
pub(super) async fn remove_by_command(connection: &mut PgConnection, user_id: i64) -> std::result::Result<bool, sqlx::Error> {
    if !queries::remove(&mut *connection, user_id).await? {
        return Ok(false);
    }
    crate::comptes::sessions::end_sessions(&mut *connection, user_id, None).await?;
    let told = "Votre second facteur a été retiré en ligne de commande. Si vous ne l’avez pas demandé, parlez-en à l’exploitant.";
    avis::add(connection, user_id, &Notice { ton: "alerte", texte: told, lien: PAGE }).await?;
    Ok(true)
}

/// Active people of whom a second factor is required and who have none: what `gardel check` tells.
///
/// # Errors
/// PostgreSQL refused.
pub async fn missing(pool: &PgPool, config: &Config) -> std::result::Result<i64, sqlx::Error> {
    let (some, all) = match config.second_factor() {
        SecondFacteur::Libre => return Ok(0),
        SecondFacteur::Gestionnaires => (Niveau::Gerer.rang(), false),
        SecondFacteur::Tous => (Niveau::Gerer.rang(), true),
    };
    sqlx::query_scalar(
        "SELECT count(*) FROM utilisateur u WHERE u.actif AND u.mot_de_passe IS NOT NULL
           AND ($2 OR u.role = 'exploitant' OR EXISTS (SELECT 1 FROM droit d WHERE d.utilisateur_id = u.id AND d.module = 'administration' AND d.niveau >= $1))
           AND NOT EXISTS (SELECT 1 FROM second_facteur f WHERE f.utilisateur_id = u.id AND f.pose_le IS NOT NULL)",
    )
    .bind(some)
    .bind(all)
    .fetch_one(pool)
    .await
}
