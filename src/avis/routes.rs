//! Routes of the notices.

use maud::Markup;
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes};

use super::{queries, views};
use crate::comptes::{Envoi, Personne};
use crate::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::ui::layout;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![list, open, read_all]
}

#[derive(FromForm)]
struct Seen {
    dernier: i64,
}

#[get("/avis")]
async fn list(personne: Personne, context: &State<Context>) -> Result<Markup> {
    let notices = queries::recent(&context.db, personne.reader.user_id).await?;
    Ok(layout::page(&personne.frame, "Avis", &views::list(&notices)))
}

/// Reads a notice and goes where it leads. One's own mark, so the journal says nothing of it.
#[post("/avis/<id>")]
async fn open(personne: Personne, id: i64, context: &State<Context>) -> Result<Redirect> {
    let mut write = context.db.write().await?;
    let place = queries::read(&mut write.tx, personne.reader.user_id, id).await?;
    let place = place.ok_or_else(|| Error::not_found("Cet avis n’existe plus : les avis sont gardés 90 jours."))?;
    write.commit().await?;
    Ok(Redirect::to(place))
}

#[post("/avis", data = "<form>")]
async fn read_all(personne: Personne, form: Envoi<Seen>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let mut write = context.db.write().await?;
    queries::read_all(&mut write.tx, personne.reader.user_id, form.dernier).await?;
    write.commit().await?;
    Ok(Flash::success(Redirect::to("/avis"), "Tous vos avis sont marqués comme lus."))
}
