//! Routes of a form that is given back.

use maud::Markup;
use rocket::response::Redirect;
use rocket::{Route, State, get, post, routes as collect};

use super::{queries, views};
use crate::comptes::Personne;
use crate::context::Context;
use crate::platform::error::Result;
use crate::platform::http::Flash;
use crate::ui::layout;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![show, forget]
}

/// The page of a form kept: its own when that page can fill it again, ours otherwise.
#[derive(rocket::Responder)]
enum Shown {
    Page(Markup),
    Elsewhere(Redirect),
    Nothing(Flash<Redirect>),
}

#[get("/reprise/<id>")]
async fn show(personne: Personne, id: i64, context: &State<Context>) -> Result<Shown> {
    let Some(saisie) = queries::kept(&context.db, personne.reader.user_id, id).await? else {
        let words = "Cette saisie n’est plus gardée, ou elle est celle d’un autre compte. Refaites-la si elle est la vôtre.";
        return Ok(Shown::Nothing(Flash::new(Redirect::to("/"), "info", words)));
    };
    Ok(match saisie.page() {
        Some(page) => Shown::Elsewhere(Redirect::to(page)),
        None => Shown::Page(layout::page(&personne.frame, "Saisie à vérifier", &views::page(&saisie))),
    })
}

#[post("/reprise/<id>/abandon")]
async fn forget(personne: Personne, id: i64, context: &State<Context>) -> Result<Flash<Redirect>> {
    queries::forget(&context.db, personne.reader.user_id, id).await?;
    Ok(Flash::success(Redirect::to("/"), "La saisie est oubliée ; rien n’a été envoyé."))
}
