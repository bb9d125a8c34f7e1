//! A form sent by a session that has ended, or by somebody who must prove again who they are: kept for
//! the same person, and given back to them after they did, to look at and to send again. Never sent again by itself.
//!
//! A guard that finds the session ended forwards an unsafe request ([`Turned`]); no other route takes
//! it, so it ends at [`Keeper`], the last one, which has the body. What is kept belongs to the person
//! of the ended session: its number opens nothing to anybody else.

mod queries;
mod routes;
mod views;

use maud::html;
use rocket::data::ToByteUnit;
use rocket::http::{ContentType, Method, Status};
use rocket::response::Response;
use rocket::route::{Handler, Outcome, Route};
use rocket::{Data, Request};

use super::envoi::hold_form;
use super::guard::cookie_name;
use crate::context::Context;
use crate::platform::db::Db;
use crate::platform::error::Error;
use crate::platform::http::Address;
use crate::platform::http::{here as address_of, path_of};
use crate::platform::token;
use crate::ui::error_page::{Left, Turned, here, to_sign_in};
use crate::ui::typed::SECRETS;

pub use queries::sweep;
pub use views::{REMINDER, reminder};

/// Bytes of a form at most.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// Bytes of the addresses at most, as the table holds them.
const PATH_BYTES_MAX: usize = 2_000;
const BACK_BYTES_MAX: usize = 4_096;
/// Forms kept for one person: one a tab, for somebody who has a few.
const KEPT_MAX: i64 = 5;
/// After every other route.
const LAST: isize = 1_000;

/// A form as it was sent.
#[derive(Debug, sqlx::FromRow)]
pub struct Saisie {
    id: i64,
    chemin: String,
    retour: String,
    corps: String,
}

impl Saisie {
    /// Name and text of each field, in the order they were sent.
    fn fields(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.corps.as_bytes()).into_owned().collect()
    }

    /// What was typed in the first of `names` that was sent.
    pub fn typed(&self, names: &[&str]) -> Option<String> {
        let fields = self.fields();
        names.iter().find_map(|name| fields.iter().find(|(known, _)| known == name).map(|(_, text)| text.clone()))
    }

    /// Everything that was sent.
    pub fn pairs(&self) -> Vec<(String, String)> {
        self.fields()
    }

    /// Everything typed under `name`.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.fields().into_iter().filter_map(|(known, text)| (known == name).then_some(text)).collect()
    }

    /// The version of the row that the person saw.
    pub fn version(&self) -> Option<i32> {
        self.typed(&["version"])?.parse().ok()
    }

    /// The page that the person was on.
    pub fn back(&self) -> Option<String> {
        address_of(&self.retour)
    }

    /// The page that shows the form it was typed into, when that page knows how to fill it again.
    fn page(&self) -> Option<String> {
        let path = self.chemin.split('?').next().unwrap_or_default();
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let page = match parts.as_slice() {
            [_, id, "champs", _] if is_number(id) => path.to_string(),
            // The form of the file of a séjour: the same field.
            ["sejours", id, "statut"] if is_number(id) => format!("/sejours/{id}/champs/statut"),
            [_, "nouveau" | "registre"] => path.to_string(),
            [_, id, "modifier"] if is_number(id) => path.to_string(),
            // A note, and the correction of one.
            [_, id, "notes"] if is_number(id) => path.to_string(),
            [_, id, "notes", note] if is_number(id) && is_number(note) => path.to_string(),
            // A closure or a collector of a lodging, the correction of one, and a change of host.
            ["logements", id, "fermetures" | "collectes"] if is_number(id) => format!("{path}/nouvelle"),
            ["logements", id, "fermetures" | "collectes", periode] if is_number(id) && is_number(periode) => path.to_string(),
            ["logements", id, "hebergeur"] if is_number(id) => path.to_string(),
            ["utilisateurs"] => "/utilisateurs/nouveau".to_string(),
            ["jetons"] => "/jetons/nouveau".to_string(),
            // What these buttons do is said by the page that has them, with its numbers of now.
            ["imports", id, "annulation"] if is_number(id) => path.to_string(),
            ["imports", id, "ecriture" | "reprise"] if is_number(id) => format!("/imports/{id}"),
            ["utilisateurs", id] if is_number(id) => path.to_string(),
            _ => return None,
        };
        Some(Address::of(page).with("reprise", self.id).into())
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Form `id` of person `user_id`, for the page that shows it again.
///
/// # Errors
/// PostgreSQL failed.
pub async fn given_back(db: &Db, user_id: i64, id: Option<i64>) -> Result<Option<Saisie>, sqlx::Error> {
    match id {
        Some(id) => queries::kept(db, user_id, id).await,
        None => Ok(None),
    }
}

/// Forgets the form that a page of `request` gave back: it has been sent, and is not to be sent again.
pub(super) async fn sent(request: &Request<'_>, user_id: i64) {
    let Some(id) = request.headers().get_one("Referer").and_then(path_of).and_then(|page| given_by(&page)) else { return };
    let Some(context) = request.rocket().state::<Context>() else { return };
    if let Err(error) = queries::forget(&context.db, user_id, id).await {
        tracing::warn!(%error, "a form that was sent again is still kept");
    }
}

/// The form that the page at an address gives back.
fn given_by(page: &str) -> Option<i64> {
    let (path, query) = page.split_once('?').unwrap_or((page, ""));
    let named = form_urlencoded::parse(query.as_bytes()).find_map(|(name, value)| (name == "reprise").then(|| value.into_owned()));
    path.strip_prefix("/reprise/").map(str::to_string).or(named)?.parse().ok()
}

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    let mut last = Route::ranked(LAST, Method::Post, "/<_..>", Keeper);
    last.name = Some("reprise.garder".into());
    routes::routes().into_iter().chain([last]).collect()
}

/// Takes what a guard turned away because the session had ended.
#[derive(Clone)]
struct Keeper;

#[rocket::async_trait]
impl Handler for Keeper {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        match request.local_cache(|| Turned::Never) {
            Turned::Never => Outcome::forward(data, Status::NotFound),
            Turned::Stranger => Outcome::Success(to_sign_in(request, Left::Lost)),
            Turned::Denied(sentence) => {
                hold_form(request, data).await;
                Outcome::from(request, Error::forbidden(*sentence))
            }
            Turned::Bare | Turned::Unlinked => Outcome::Success(to_sign_in(request, Left::Lost)),
            // What only looks at a form loses nothing: the form is still on the screen, and its button keeps it.
            Turned::Ended if only_looks(request.uri().path().as_str()) => Outcome::Success(over()),
            Turned::Ended | Turned::Unconfirmed => Outcome::Success(match keep(request, data).await {
                Ok(Some(id)) => to_sign_in(request, Left::Kept(id)),
                Ok(None) => to_sign_in(request, Left::Lost),
                // The person must still be told that nothing was saved: a failure of ours changes nothing to that.
                Err(error) => {
                    tracing::error!(%error, "a form of an ended session could not be kept");
                    to_sign_in(request, Left::Lost)
                }
            }),
        }
    }
}

/// Whether an address computes what a form would give, and writes nothing.
fn only_looks(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    matches!(parts.as_slice(), [_, "calcul"] | [_, "registre", "ligne"])
}

/// Said where the result would have been.
fn over() -> Response<'static> {
    let said = html! { span class="erreur-champ" { "Votre session est terminée. «\u{a0}Enregistrer\u{a0}» garde ce que vous avez tapé, et mène à la connexion." } };
    let body = said.into_string();
    Response::build()
        .status(Status::Unauthorized)
        .header(ContentType::HTML)
        .raw_header("Cache-Control", "no-store")
        .sized_body(body.len(), std::io::Cursor::new(body))
        .finalize()
}

async fn keep(request: &Request<'_>, data: Data<'_>) -> Result<Option<i64>, Error> {
    let context = request.rocket().state::<Context>().ok_or_else(|| Error::Internal("no context".into()))?;
    let path = request.uri().to_string();
    // Signing out of a session that has ended is done; a file is never kept.
    // « //ailleurs » is the address of another host for whoever reads it in a form.
    let form = !path.starts_with("//") && request.content_type().is_none_or(|kind| kind.is_form());
    // What has nothing typed in it is asked again where it was: on its page, with what must be read before.
    let bare = path.starts_with("/compte/second-facteur") || path.ends_with("/second-facteur/accord") || path.ends_with("/second-facteur/refus");
    if !form || bare || path == "/deconnexion" || path.len() > PATH_BYTES_MAX {
        return Ok(None);
    }
    let body = data.open(BODY_BYTES_MAX.bytes()).into_bytes().await.map_err(|error| Error::Internal(error.to_string()))?;
    if !body.is_complete() || form_urlencoded::parse(&body).any(|(name, _)| SECRETS.contains(&name.as_ref())) {
        return Ok(None);
    }
    // Written again by us, so that nothing but text and its escapes is stored.
    let fields = form_urlencoded::Serializer::new(String::new()).extend_pairs(form_urlencoded::parse(&body)).finish();
    if fields.len() > BODY_BYTES_MAX {
        return Ok(None);
    }
    let Some(cookie) = request.cookies().get(cookie_name(&context.config)) else { return Ok(None) };
    let Some(user_id) = queries::owner(&context.db, &token::hash(cookie.value())).await? else { return Ok(None) };
    let back = here(request).filter(|back| back.len() <= BACK_BYTES_MAX).unwrap_or_default();
    Ok(Some(queries::keep(&context.db, user_id, &path, &back, &fields).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saisie(chemin: &str, corps: &str) -> Saisie {
        Saisie { id: 7, chemin: chemin.into(), retour: String::new(), corps: corps.into() }
    }

    #[test]
    fn forms_that_can_be_filled_again_are() {
        for (path, page) in [
            ("/sejours/5/champs/statut", Some("/sejours/5/champs/statut?reprise=7")),
            ("/sejours/5/statut", Some("/sejours/5/champs/statut?reprise=7")),
            ("/utilisateurs", Some("/utilisateurs/nouveau?reprise=7")),
            ("/jetons", Some("/jetons/nouveau?reprise=7")),
            ("/utilisateurs/3", Some("/utilisateurs/3?reprise=7")),
            ("/utilisateurs/3/liens", None),
            ("/sejours/nouveau", Some("/sejours/nouveau?reprise=7")),
            ("/sejours/registre", Some("/sejours/registre?reprise=7")),
            ("/hebergeurs/3/modifier", Some("/hebergeurs/3/modifier?reprise=7")),
            ("/hebergeurs/3/modifier/retour", None),
            ("/sejours/5/notes", Some("/sejours/5/notes?reprise=7")),
            ("/sejours/5/notes/9", Some("/sejours/5/notes/9?reprise=7")),
            ("/sejours/5/notes/9/suppression", None),
            ("/sejours/5/champs/statut/retour", None),
            ("/sejours/x/champs/statut", None),
            ("/sejours/actions", None),
        ] {
            assert_eq!(saisie(path, "").page().as_deref(), page, "{path}");
        }
    }

    #[test]
    fn the_page_that_gave_a_form_back_is_known() {
        for (page, id) in
            [("/reprise/12", Some(12)), ("/utilisateurs/nouveau?reprise=7", Some(7)), ("/sejours?q=reprise", None), ("/reprise/x", None)]
        {
            assert_eq!(given_by(page), id, "{page}");
        }
    }

    #[test]
    fn fields_come_back_as_they_were_typed() {
        let typed = saisie("/x", "valeur=%C3%A9t%C3%A9+%00%26&version=3&coche=1&coche=2");
        assert_eq!(typed.typed(&["statut", "valeur"]).as_deref(), Some("été \0&"));
        assert_eq!((typed.version(), typed.all("coche")), (Some(3), vec!["1".to_string(), "2".to_string()]));
        assert_eq!(typed.typed(&["absent"]), None);
    }
}
