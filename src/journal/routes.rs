//! Routes of the journal.

use rocket::{Route, State, get, routes};

use super::list::JOURNAL;
use super::{ligne, views};
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::Module;
use crate::platform::error::{Error, Result};
use crate::ui::layout;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![file]
}

#[get("/journal/<id>")]
async fn file(personne: Personne, id: i64, context: &State<Context>) -> Result<maud::Markup> {
    if !personne.reader.may(JOURNAL.access) {
        return Err(Error::forbidden("Vos droits ne donnent pas accès au journal."));
    }
    let line = ligne::line(&context.db.statement(), id, personne.reader.collectivites(Module::Administration))
        .await?
        .ok_or_else(|| Error::out_of_reach("Cet événement n’existe pas ou n’est pas dans votre périmètre."))?;
    Ok(layout::page(&personne.frame, &views::title(&line), &views::file(&line)))
}
