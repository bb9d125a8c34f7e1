//! Routes of the journal.

use rocket::{Route, State, get, routes};

use super::{ligne, views};
use crate::comptes::Administrateur;
use crate::context::Context;
use crate::platform::error::{Error, Result};
use crate::ui::layout;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![file]
}

#[get("/journal/<id>")]
async fn file(administrateur: Administrateur, id: i64, context: &State<Context>) -> Result<maud::Markup> {
    let reader = &administrateur.0.reader;
    let line = ligne::line(context.db.statement(), id, &reader.collectivites)
        .await?
        .ok_or_else(|| Error::out_of_reach("Cet événement n’existe pas ou n’est pas dans votre périmètre."))?;
    Ok(layout::page(&administrateur.0.frame, &views::title(&line), &views::file(&line)))
}
