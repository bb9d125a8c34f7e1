//! What rights refuse to somebody signed in leaves a line in the journal: a page that theirs do not open, something that is
//! not among what they show.

use rocket::Request;
use rocket::fairing::AdHoc;
use serde_json::{Value, json};

use super::guard;
use crate::context::Context;
use crate::journal::{self, Action, Actor};
use crate::platform::error::Denial;
use crate::platform::http::denied;

/// Characters of an address that are kept.
const ADDRESS_MAX: usize = 200;

/// Notes refusals: of one kind, at one page, once a minute for each person, so that whoever tries every number fills no
/// journal. Apart from the answer, which does not wait for it.
pub(super) fn noted() -> AdHoc {
    AdHoc::on_response("refus", |request, _| {
        Box::pin(async move {
            let Some(denial) = denied(request) else { return };
            let (Some(personne), Some(context)) = (guard::known(request).await, request.rocket().state::<Context>()) else { return };
            let route = request.route().map(|route| route.uri.path()).unwrap_or_default();
            let once = format!("refus {} {denial:?} {route}", personne.reader.user_id);
            if context.noted.entry(once).or_insert(()).is_fresh() {
                tokio::spawn(note(context.clone(), personne.actor.clone(), detail(request, denial)));
            }
        })
    })
}

/// Where, without its question, which may hold a name that was searched; and what was answered.
fn detail(request: &Request<'_>, denial: Denial) -> Value {
    let path: String = request.uri().path().as_str().chars().take(ADDRESS_MAX).collect();
    let answer = match denial {
        Denial::Right => "interdit",
        Denial::Reach => "introuvable",
    };
    json!({ "page": path, "reponse": answer })
}

async fn note(context: Context, actor: Actor, detail: Value) {
    let noting = async {
        let mut write = context.db.write().await?;
        journal::note(&mut write.tx, &actor, Action::Refused, "accès", "", &detail).await?;
        write.commit().await
    };
    if let Err(error) = noting.await {
        tracing::warn!(%error, request = actor.request, "a refusal could not be noted");
    }
}
