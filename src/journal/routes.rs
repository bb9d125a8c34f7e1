//! Routes of the journal.

use rocket::{Route, State, get, routes};

use super::views;
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
    let line: views::Line = sqlx::query_as(
        "SELECT moment, acteur, action, objet, objet_id, detail, host(adresse_ip) AS adresse, requete_id
         FROM journal WHERE id = $1 AND collectivite_id = ANY($2)",
    )
    .bind(id)
    .bind(&reader.collectivites)
    .fetch_optional(context.db.statement())
    .await?
    .ok_or_else(|| Error::not_found("Cet événement n'existe pas ou n'est pas dans votre périmètre."))?;
    Ok(layout::page(&administrateur.0.frame, "Événement du journal", &views::file(&line)))
}
