//! What an answer leaves with the session, once it is given: the words of the next page, and how far a write went.

use std::sync::OnceLock;

use rocket::Request;
use rocket::fairing::AdHoc;
use rocket::http::{Method, Status};

use super::super::model::Session;
use super::super::{reprise, sessions};
use super::{cookie_name, known};
use crate::context::Context;
use crate::platform::error::Error;
use crate::platform::http::{Said, is_head, left_by, request_number};
use crate::platform::token;
use crate::ui::error_page::Turned;
use crate::ui::message::{Flash, Tone};

/// The words that this page says, taken from its session.
#[derive(Default)]
struct Taken(OnceLock<Said>);

/// Who sent a form with success, not to be led to a proof of who they are.
async fn sent_again(request: &Request<'_>, status: Status) -> Option<i64> {
    let turned = *request.local_cache(|| Turned::Never) != Turned::Never;
    if request.method() != Method::Post || turned || !(status.class().is_success() || status.class().is_redirection()) {
        return None;
    }
    known(request).await.map(|personne| personne.reader.user_id)
}

/// What an answer says to the next page is kept with the session: it never passes through the browser. Words that were
/// taken for what turned out to be no page go back.
pub(in crate::comptes) fn messages() -> AdHoc {
    AdHoc::on_response("messages", |request, response| {
        Box::pin(async move {
            let page = response.status().class().is_success() && response.content_type().is_some_and(|kind| kind.is_html());
            note_write(request).await;
            if let Some(personne) = sent_again(request, response.status()).await {
                reprise::sent(request, personne).await;
            }
            let back = request.local_cache(Taken::default).0.get().filter(|_| !page);
            let (Some(said), Some(context)) = (left_by(request).or(back), request.rocket().state::<Context>()) else { return };
            // The token that this answer gives, when it gives one.
            let name = cookie_name(&context.config);
            let given = response.cookies().find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_string());
            let Some(token) = given.or_else(|| request.cookies().get(name).map(|cookie| cookie.value().to_string())) else { return };
            if let Err(error) = sessions::leave_words(&context.db.apart(), &token::hash(&token), said).await {
                tracing::warn!(%error, request = request_number(request), "the words for the next page are lost");
            }
        })
    })
}

/// With replicas, whoever may have written finds it again: whatever the answer is, a part may have been kept.
async fn note_write(request: &Request<'_>) {
    let Some(context) = request.rocket().state::<Context>().filter(|context| context.db.replicas().is_some()) else { return };
    if matches!(request.method(), Method::Get | Method::Head | Method::Options) {
        return;
    }
    let Some(personne) = known(request).await else { return };
    if let Err(error) = sessions::wrote(&context.db.apart(), personne.session_id).await {
        tracing::warn!(%error, request = request_number(request), "how far a write went could not be noted");
    }
}

/// The words that this page says: once, however many ask at the same moment. Only a page has a place for them.
pub(super) async fn words(request: &Request<'_>, context: &Context, session: &Session) -> Result<Option<Flash>, Error> {
    let partial = request.headers().get_one("HX-Request-Type") == Some("partial");
    if session.dit.is_none() || partial || request.method() != Method::Get || is_head(request) {
        return Ok(None);
    }
    let Some(said) = sessions::take_words(&context.db.apart(), session.id).await? else { return Ok(None) };
    let said = request.local_cache(Taken::default).0.get_or_init(|| said);
    Ok(Some(Flash::read(Tone::from_kind(&said.kind), &said.text)))
}
