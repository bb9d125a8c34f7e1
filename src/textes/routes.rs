//! The three public pages, and the form that completes them.

use std::collections::BTreeMap;

use maud::Markup;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{Route, State, get, post, routes as rocket_routes};
use serde_json::json;

use super::model::{self, Page, RUBRIQUES, Textes};
use super::pages::{self, Around};
use super::{queries, views};
use crate::accueil::frame;
use crate::comptes::{Administrateur, Paires, Personne};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::{Module, Niveau};
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::ui::layout;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    rocket_routes![mentions, donnees, accessibilite, choose, edit, save]
}

#[get("/mentions-legales?<collectivite>")]
async fn mentions(personne: Option<Personne>, collectivite: Option<i32>, context: &State<Context>) -> Result<Markup> {
    show(Page::Mentions, personne, collectivite, context).await
}

#[get("/donnees-personnelles?<collectivite>")]
async fn donnees(personne: Option<Personne>, collectivite: Option<i32>, context: &State<Context>) -> Result<Markup> {
    show(Page::Donnees, personne, collectivite, context).await
}

#[get("/accessibilite?<collectivite>")]
async fn accessibilite(personne: Option<Personne>, collectivite: Option<i32>, context: &State<Context>) -> Result<Markup> {
    show(Page::Accessibilite, personne, collectivite, context).await
}

/// The page of the collectivité that was asked for, or the reader's, or the only one that answered.
async fn show(page: Page, personne: Option<Personne>, asked: Option<i32>, context: &Context) -> Result<Markup> {
    let theirs = personne.as_ref().and_then(|personne| personne.principale);
    let others = if asked.or(theirs).is_some() { Vec::new() } else { queries::answered(&context.db).await? };
    let only = if let [(id, _)] = others.as_slice() { Some(*id) } else { None };
    let textes = match asked.or(theirs).or(only) {
        Some(id) => {
            let found = queries::of(&context.db, &[id]).await?.pop();
            found.ok_or_else(|| Error::not_found("Cette collectivité n’existe pas. Repartez du pied de la page."))?
        }
        None => Textes::default(),
    };
    let may_answer = personne.as_ref().is_some_and(|personne| {
        let theirs = personne.reader.at(Niveau::Gerer);
        textes.collectivite_id.is_some_and(|id| theirs.collectivites(Module::Administration).contains(&id))
    });
    let config = &context.config;
    let around = Around {
        others,
        may_answer,
        journal_mois: config.journal_conservation_mois,
        export_jours: config.export_conservation_jours,
        session_heures: config.session_duree_heures,
    };
    Ok(layout::page(&frame(personne, context, page.address()), page.title(), &pages::page(page, &textes, &around)))
}

#[get("/textes")]
async fn choose(administrateur: Administrateur, context: &State<Context>) -> Result<Markup> {
    let several = queries::of(&context.db, administrateur.0.reader.collectivites(Module::Administration)).await?;
    Ok(match several.as_slice() {
        [only] => form_page(&administrateur, only, &only.valeurs, only.version, &[]),
        several => layout::page(&administrateur.0.frame, "Textes légaux", &views::choice(several)),
    })
}

fn form_page(administrateur: &Administrateur, textes: &Textes, typed: &BTreeMap<String, String>, version: i32, errors: &views::Errors) -> Markup {
    layout::page(&administrateur.0.frame, "Textes légaux", &views::form(textes, typed, version, errors))
}

/// The answers of a collectivité that the administrateur looks after.
async fn theirs(context: &Context, administrateur: &Administrateur, id: i32) -> Result<Textes> {
    let unknown = || Error::out_of_reach("Cette collectivité n’existe pas ou n’est pas des vôtres.");
    if !administrateur.0.reader.collectivites(Module::Administration).contains(&id) {
        return Err(unknown());
    }
    queries::of(&context.db, &[id]).await?.pop().ok_or_else(unknown)
}

#[get("/textes/<id>")]
async fn edit(administrateur: Administrateur, id: i32, context: &State<Context>) -> Result<Markup> {
    let textes = theirs(context, &administrateur, id).await?;
    Ok(form_page(&administrateur, &textes, &textes.valeurs, textes.version, &[]))
}

#[post("/textes/<id>", data = "<posted>")]
async fn save(
    administrateur: Administrateur,
    id: i32,
    posted: Paires,
    context: &State<Context>,
) -> Result<std::result::Result<Flash<Redirect>, (Status, Markup)>> {
    let textes = theirs(context, &administrateur, id).await?;
    let typed = &posted.0;
    let version = typed.get("version").and_then(|text| text.parse::<i32>().ok());
    let version = version.ok_or_else(|| Error::invalid("Le formulaire reçu est incomplet. Rouvrez la page, puis recommencez."))?;
    let values = match model::check(typed) {
        Ok(values) => values,
        Err(errors) => return Ok(Err((Status::UnprocessableEntity, form_page(&administrateur, &textes, typed, version, &errors)))),
    };
    let personne = &administrateur.0;
    let mut write = context.db.write().await?;
    if !queries::write(&mut write.tx, id, version, &values, &personne.nom).await? {
        write.rollback().await?;
        let now = theirs(context, &administrateur, id).await?;
        let text = format!(
            "Ces textes ont été modifiés entre-temps par {}. Les vôtres sont ci-dessous : enregistrez de nouveau pour les garder.",
            now.modifie_par
        );
        return Ok(Err((Status::Conflict, form_page(&administrateur, &now, typed, now.version, &[("editeur", text)]))));
    }
    let changed: Vec<&str> =
        RUBRIQUES.iter().filter(|rubrique| textes.valeurs.get(rubrique.name) != values.get(rubrique.name)).map(|rubrique| rubrique.label).collect();
    let detail = json!({"rubriques": changed.join(", ")});
    journal::note(&mut write.tx, &personne.actor.at(Some(id)), Action::Change, "textes", &id.to_string(), &detail).await?;
    write.commit().await?;
    Ok(Ok(Flash::success(
        Redirect::to(format!("/textes/{id}")),
        "Les textes légaux sont enregistrés. Ils se lisent dès maintenant au pied de chaque page.",
    )))
}
