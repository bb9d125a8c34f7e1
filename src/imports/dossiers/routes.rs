//! The page where administrateurs say which folders are watched, and see what came of them.

use maud::Markup;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes as collect};
use serde_json::json;

use super::lieu::Lieu;
use super::queries;
use super::views::{self, Saisi};
use crate::comptes::{Administrateur, Envoi, Personne};
use crate::context::Context;
use crate::imports::genre::Genre;
use crate::journal::{self, Action};
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::ui::layout;
use crate::ui::reply::OrForm;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![page, declare, set_actif]
}

async fn shown(context: &Context, personne: &Personne, saisi: &Saisi<'_>, faute: Option<&str>) -> Result<Markup> {
    let dossiers = queries::all(&context.db, &personne.reader).await?;
    let recents = queries::recents(&context.db, &personne.reader).await?;
    let (collectivites, comptes) = queries::offerts(&context.db, &personne.reader).await?;
    let genres = context.catalogue.all::<Genre>().map(|genre| (genre.nom.to_string(), genre.titre().to_string())).collect::<Vec<_>>();
    // Data of everybody are loaded by whoever runs the installation, in whose name no folder is watched; what gives rights, by a person.
    let offerts = context
        .catalogue
        .all::<Genre>()
        .filter(|genre| !genre.de_tous() && genre.par_une_personne().is_none())
        .map(|genre| (genre.nom.to_string(), genre.titre().to_string()))
        .collect::<Vec<_>>();
    let lieu = Lieu::of(context);
    let page = views::Dossiers {
        lieu: lieu.as_ref(),
        dossiers: &dossiers,
        recents: &recents,
        genres: &genres,
        offerts: &offerts,
        collectivites,
        comptes,
        saisi,
        faute,
    };
    Ok(layout::page(&personne.frame, "Dossiers surveillés", &views::page(&page)))
}

#[get("/imports/dossiers")]
async fn page(personne: Administrateur, context: &State<Context>) -> Result<Markup> {
    shown(context, &personne.0, &Saisi::default(), None).await
}

#[derive(FromForm)]
struct Posted<'r> {
    collectivite: &'r str,
    genre: &'r str,
    compte: &'r str,
}

#[post("/imports/dossiers", data = "<posted>")]
async fn declare(personne: Administrateur, posted: Envoi<Posted<'_>>, context: &State<Context>) -> OrForm<Flash<Redirect>> {
    let personne = &personne.0;
    let saisi = Saisi { collectivite: posted.collectivite, genre: posted.genre, compte: posted.compte };
    let refused =
        async |why: &str| -> OrForm<Flash<Redirect>> { Ok(Err((Status::UnprocessableEntity, shown(context, personne, &saisi, Some(why)).await?))) };
    // The page offers no form then; one that was open, or a program, may send it all the same.
    if Lieu::of(context).is_none() {
        return refused(
            "L’exploitant n’a pas déclaré de lieu de dépôt (GARDEL_DEPOSES)\u{a0}: rien ne serait surveillé, et rien n’a été enregistré.",
        )
        .await;
    }
    let genre = Genre::find(&context.catalogue, posted.genre);
    let (Some(genre), Ok(collectivite), Ok(compte)) = (genre, posted.collectivite.parse::<i32>(), posted.compte.parse::<i64>()) else {
        return refused("Choisissez une collectivité, un genre de fichier et un compte dans les listes.").await;
    };
    if let Some(why) = genre.par_une_personne() {
        return refused(why).await;
    }
    let may = crate::comptes::reader_of(&context.db, compte).await?.is_some_and(|reader| genre.may(&reader));
    if !may {
        return refused("Ce compte n’a pas le droit de saisir ces fiches\u{a0}: ses fichiers seraient tous refusés. Choisissez-en un autre.").await;
    }
    let mut write = context.db.write().await?;
    let declared = queries::declare(&mut write.tx, &personne.reader, (collectivite, genre.nom, compte)).await?;
    let Some((id, nom)) = declared else {
        write.rollback().await?;
        return refused("Ce compte n’est pas de cette collectivité, ou vous ne gérez pas l’un des deux. Choisissez-en un autre.").await;
    };
    let told = json!({"dossier": genre.titre(), "au_nom_de": nom, "surveille": true});
    journal::note(&mut write.tx, &personne.actor.at(Some(collectivite)), Action::Change, "dossier surveillé", &id.to_string(), &told).await?;
    write.commit().await?;
    Ok(Ok(Flash::success(Redirect::to("/imports/dossiers"), "Ce dossier est surveillé.")))
}

#[derive(FromForm)]
struct Wanted {
    actif: bool,
}

#[post("/imports/dossiers/<id>/etat", data = "<wanted>")]
async fn set_actif(personne: Administrateur, id: i64, wanted: Envoi<Wanted>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let personne = &personne.0;
    let mut write = context.db.write().await?;
    let Some((place, genre)) = queries::set_actif(&mut write.tx, &personne.reader, id, wanted.actif).await? else {
        write.rollback().await?;
        return Err(Error::out_of_reach("Ce dossier n’existe pas, ou n’est pas de l’une de vos collectivités."));
    };
    let title = Genre::find(&context.catalogue, &genre).map_or(genre.clone(), |genre| genre.titre().to_string());
    let told = json!({"dossier": title, "surveille": wanted.actif});
    journal::note(&mut write.tx, &personne.actor.at(Some(place)), Action::Change, "dossier surveillé", &id.to_string(), &told).await?;
    write.commit().await?;
    let said = if wanted.actif { "Ce dossier est surveillé." } else { "Ce dossier n’est plus surveillé\u{a0}: ce qui y est déposé attend." };
    Ok(Flash::success(Redirect::to("/imports/dossiers"), said))
}
