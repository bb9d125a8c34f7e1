//! Routes of a séjour.

use maud::Markup;
use rocket::{FromForm, Route, State, get, post, routes};

use super::list::SEJOURS;
use super::record::SEJOUR;
use super::{queries, views};
use crate::champs::{self, Caller, Changement};
use crate::comptes::{Envoi, Personne};
use crate::context::Context;
use crate::listing::Module;
use crate::motifs::{self, Saisi};
use crate::pieces;
use crate::platform::error::{Error, Result};
use crate::platform::http::Referrer;
use crate::recherche;
use crate::taxe::modifications::STATUT;
use crate::taxe::{fiche, historique};
use crate::ui::layout;
use crate::ui::reply::Reply;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![file, set_statut]
}

/// Version of a row that nobody has changed.
const FIRST_VERSION: i32 = 1;

#[derive(FromForm)]
struct NewStatut<'r> {
    statut: &'r str,
    version: i32,
    motif: Option<&'r str>,
    precision: Option<&'r str>,
    /// The list that the person came from.
    de: Option<&'r str>,
    /// « suivant »: on to the next file once it is done.
    suite: Option<&'r str>,
}

fn unknown() -> Error {
    Error::out_of_reach("Ce séjour n’existe pas ou n’est pas dans votre périmètre.")
}

/// Whoever may not read the tax anywhere has no business here.
pub(in crate::taxe) fn allowed(personne: &Personne) -> Result<()> {
    if !personne.reader.may(SEJOURS.access) {
        return Err(Error::forbidden("Vos droits ne donnent pas accès aux données de la taxe."));
    }
    Ok(())
}

#[get("/sejours/<id>?<de>")]
async fn file(personne: Personne, id: i64, de: Option<&str>, referrer: Referrer, context: &State<Context>) -> Result<Markup> {
    allowed(&personne)?;
    let sejour = queries::by_id(&context.db, &personne.reader, id).await?.ok_or_else(unknown)?;
    let around = fiche::around(context, &personne, (&SEJOURS, id), de, &referrer).await?;
    let offered = motifs::offered(&context.db, &personne.reader).await?;
    recherche::opened(context, &personne, &SEJOURS, id);
    let added = pieces::read(context, &personne, &SEJOUR, (id, std::slice::from_ref(&sejour.code_insee))).await?;
    // Every change writes another version: what is in its first has no history but its notes and files, and most stays are.
    let events = if sejour.version > FIRST_VERSION || added.touched() || sejour.calcul.is_some() {
        historique::read(context, &personne, &SEJOURS, id).await?
    } else {
        Vec::new()
    };
    let level = personne.reader.level_in(Module::Taxe, &[&sejour.code_insee]);
    let body = views::file((&sejour, level), &offered, around.as_ref(), (&added, &events));
    Ok(layout::page(&personne.frame, &format!("Séjour {}", sejour.reference), &body))
}

#[post("/sejours/<id>/statut", data = "<form>")]
async fn set_statut(personne: Personne, id: i64, asked: Caller, form: Envoi<NewStatut<'_>>, context: &State<Context>) -> Result<Reply> {
    allowed(&personne)?;
    let around = match form.de {
        Some(de) => fiche::around(context, &personne, (&SEJOURS, id), Some(de), &Referrer::default()).await?,
        None => None,
    };
    let back = match (&around, form.suite) {
        (Some(around), Some("suivant")) => around.next.clone().unwrap_or_else(|| around.beyond.clone().unwrap_or_else(|| around.list.clone())),
        (Some(around), _) => around.file(&SEJOURS, id),
        (None, _) => format!("/sejours/{id}"),
    };
    let reason = Saisi::of(form.motif, form.precision);
    let change = Changement { id, version: form.version, typed: form.statut, reason, back: Some(&back) };
    champs::save(context, &personne, &asked, &STATUT, change).await
}
