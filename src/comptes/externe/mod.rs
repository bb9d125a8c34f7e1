//! Signing in by an identity provider (OpenID Connect): ProConnect, or another one of the settings.
//!
//! An identity opens the one account that its person linked it to (`compte`): signed in, and having proved a moment ago
//! who they are, they come back from the provider and say yes to what it told. No e-mail ever links anything. What was
//! sent to the provider is kept by the browser, signed, for ten minutes (`demande`): a way back that this browser did not
//! ask for opens nothing. A collectivité may require it: the passwords of its people then open nothing but the page where
//! an identity is linked.

mod compte;
mod demande;
mod queries;
mod views;

use maud::{Markup, html};
use rocket::Route;
use sqlx::{PgConnection, PgPool};

use crate::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::oidc::Provider;

pub(super) use compte::{Leaving, end_of_session, leaving, token_of};
pub(super) use queries::{Linked, unlink_all};
pub(super) use views::{button, section};

/// Where an identity is linked.
pub(super) const PAGE: &str = "/compte/identite";

/// Minutes that somebody may take at the provider.
const MINUTES: i64 = 10;

/// Routes to mount at `/`.
pub(super) fn routes() -> Vec<Route> {
    [demande::routes(), compte::routes()].concat()
}

/// The provider of the settings.
fn provider(context: &Context) -> Result<&Provider> {
    context.provider.as_ref().ok_or_else(|| Error::not_found("Cette installation n’a pas de fournisseur d’identité."))
}

/// The identity of an account at the provider of the settings.
pub(super) async fn linked(context: &Context, user_id: i64) -> Result<Option<Linked>> {
    let Some(provider) = &context.provider else { return Ok(None) };
    Ok(queries::linked(context.db.statement(), user_id, provider.issuer()).await?)
}

/// The identity of an account, for its administrateur.
pub(super) async fn section_of(context: &Context, user_id: i64) -> Result<Markup> {
    let Some(provider) = &context.provider else { return Ok(html! {}) };
    let linked = queries::linked(context.db.statement(), user_id, provider.issuer()).await?;
    Ok(views::section_of(user_id, provider.name(), linked.as_ref()))
}

/// Whether the password of an account opens nothing any more: one of its collectivités requires the provider, and it has
/// an identity there.
pub(super) async fn instead_of_password(context: &Context, connection: &mut PgConnection, user_id: i64) -> Result<bool> {
    let Some(provider) = &context.provider else { return Ok(false) };
    Ok(queries::instead_of_password(connection, user_id, provider.issuer()).await?)
}

/// Ends the sign-ins that an identity opened, when it is taken away from the command line; whether there was one.
pub(super) async fn remove_by_command(connection: &mut PgConnection, user_id: i64) -> std::result::Result<bool, sqlx::Error> {
    queries::unlink_all(connection, user_id).await
}

/// Says whether the people of a collectivité must sign in by the provider; false when there is no such collectivité.
///
/// # Errors
/// PostgreSQL refused.
pub async fn require(connection: &mut PgConnection, siren: &str, required: bool) -> std::result::Result<bool, sqlx::Error> {
    let Some(id) = queries::collectivite(&mut *connection, siren).await? else { return Ok(false) };
    if queries::require(&mut *connection, id, required).await? {
        super::commande::note_collectivite(connection, id, &serde_json::json!({"identite_exigee": required})).await?;
    }
    Ok(true)
}

/// Collectivités that require an identity, while the settings have no provider: what `gardel check` tells.
///
/// # Errors
/// PostgreSQL refused.
pub async fn required_somewhere(pool: &PgPool) -> std::result::Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*) FROM collectivite WHERE identite_exigee").fetch_one(pool).await
}
