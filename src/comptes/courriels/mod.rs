//! What Gardel writes to people by e-mail, when the settings name a server: invitations, new links, forgotten passwords,
//! and word of a password that changed.
//!
//! A page keeps a demand (`courriel_envoi`) and a job with its number, in its own transaction. The job makes the one-time
//! link when it sends it: the link is nowhere but in the message, and the base keeps its digest, as for a sheet. Tried
//! again, a message has the same Message-ID and another link; both are good, the first that serves ends the other.

mod jobs;
mod modeles;
mod oubli;
mod queries;
mod routes;
mod views;

use sqlx::PgExecutor;

pub use jobs::Courriel;
pub(super) use routes::section;

use crate::context::Context;
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::jobs::{self as queue, Requester};

/// Routes to mount at `/`.
pub(super) fn routes() -> Vec<rocket::Route> {
    [routes::routes(), oubli::routes()].concat()
}

/// Asks for the link of an account by e-mail, in the name of its administrateur.
pub(super) async fn send_link(write: &mut Write, motive: &str, account: i64, by: i64) -> std::result::Result<(), sqlx::Error> {
    let id = queries::ask(&mut *write.tx, motive, account, Some(by)).await?;
    leave(write, id).await
}

/// Leaves many demands that are kept already to their jobs.
pub(super) async fn leave_all(write: &mut Write, envois: &[i64]) -> std::result::Result<(), sqlx::Error> {
    let jobs: Vec<Courriel> = envois.iter().map(|envoi| Courriel { envoi: *envoi }).collect();
    queue::enqueue_many(write, &jobs, Requester::default()).await
}

/// Tells a person that their password changed, where e-mails are sent.
pub(super) async fn tell_changed(context: &Context, write: &mut Write, account: i64) -> std::result::Result<(), sqlx::Error> {
    if context.mailer.is_none() {
        return Ok(());
    }
    let id = queries::ask(&mut *write.tx, "changement", account, None).await?;
    leave(write, id).await
}

/// Ends the demands that nothing sends any more, and removes the old ones.
pub(super) async fn sweep(pool: &sqlx::PgPool) -> std::result::Result<(), sqlx::Error> {
    jobs::abandon(pool).await?;
    queries::sweep(pool).await
}

/// Whether a link is on its way to an account.
pub(super) async fn on_its_way(executor: impl PgExecutor<'_>, account: i64) -> std::result::Result<bool, sqlx::Error> {
    queries::on_its_way(executor, account).await
}

async fn leave(write: &mut Write, envoi: i64) -> std::result::Result<(), sqlx::Error> {
    // A job of the house: who is written to is told on the page of the account and in the journal, not in a list of jobs.
    queue::enqueue(write, &Courriel { envoi }, Requester::default()).await?;
    Ok(())
}

/// Refused where no e-mail is sent.
fn sends(context: &Context) -> Result<()> {
    if context.mailer.is_some() {
        return Ok(());
    }
    Err(Error::not_found("Gardel n’envoie pas de courriel ici. Demandez un nouveau lien à un administrateur de votre collectivité."))
}
