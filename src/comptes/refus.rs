//! What is refused to somebody signed in leaves a line in the journal: a page that their role does not open, something that
//! is not theirs or is not there.

use rocket::Request;
use rocket::fairing::AdHoc;
use rocket::http::Status;
use serde_json::json;

use super::guard;
use crate::context::Context;
use crate::journal::{self, Action};
use crate::platform::http::request_number;

/// Bytes of an address that are kept.
const ADDRESS_MAX: usize = 200;

/// Notes refusals, one a minute at most for each person: whoever tries every number fills no journal.
pub(super) fn noted() -> AdHoc {
    AdHoc::on_response("refus", |request, response| {
        let status = response.status();
        Box::pin(async move {
            if !is_refusal(request, status) {
                return;
            }
            let (Some(personne), Some(context)) = (guard::known(request).await, request.rocket().state::<Context>()) else { return };
            // Without its question, which may hold a name that was searched.
            let path: String = request.uri().path().as_str().chars().take(ADDRESS_MAX).collect();
            let detail = json!({ "adresse": path, "reponse": if status == Status::Forbidden { "interdit" } else { "introuvable" } });
            let noting = async {
                let mut connection = context.db.statement().acquire().await?;
                journal::note_seldom(&mut connection, &personne.actor, Action::Refused, "accès", &detail).await
            };
            if let Err(error) = noting.await {
                tracing::warn!(%error, request = request_number(request), "a refusal could not be noted");
            }
        })
    })
}

/// Whether rights said no: by the role, or because the object asked for by its number is not among those of the person. A
/// mistyped address is no refusal.
fn is_refusal(request: &Request<'_>, status: Status) -> bool {
    let of_an_object = || request.route().is_some_and(|route| route.uri.path().contains("<id>"));
    status == Status::Forbidden || (status == Status::NotFound && of_an_object())
}
