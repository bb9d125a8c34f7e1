//! Routes that change saved views. Each carries the version that the person saw: a change made meanwhile
//! by somebody else is shown beside theirs, and they choose.

use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, post, routes};
use serde_json::json;

use super::forms::Draft;
use super::model::Vue;
use super::queries::{self, Added, Asker, Change, NewVue};
use super::routes::{edit_page, found, lines, open_list, unknown};
use super::views;
use crate::comptes::{Envoi, Personne};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::{Opened, Query, describe};
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::ui::layout;
use crate::ui::reply::OrForm;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![create, keep, name, set_default, delete, restore]
}

/// Done, or a page that says what is in the way.
#[derive(FromForm)]
struct New<'r> {
    liste: &'r str,
    etat: &'r str,
    nom: &'r str,
    partage: Option<&'r str>,
    defaut: Option<bool>,
}

#[derive(FromForm)]
struct Kept<'r> {
    etat: &'r str,
    version: i32,
}

#[derive(FromForm)]
struct Name<'r> {
    nom: &'r str,
    partage: &'r str,
    version: i32,
}

#[derive(FromForm)]
struct Seen {
    version: i32,
}

#[derive(FromForm)]
struct AsDefault {
    defaut: bool,
}

#[post("/vues", data = "<form>")]
async fn create(personne: Personne, form: Envoi<New<'_>>, context: &State<Context>) -> OrForm<Flash<Redirect>> {
    let list = open_list(&context.catalogue, &personne.reader, form.liste)?;
    let state = Query::parse(list, form.etat, context.clock.today(), &context.key)?;
    let places = queries::places(&context.db, &personne.reader).await?;
    let mut draft = Draft::typed(form.nom, form.partage.unwrap_or_default());
    if let Some(checked) = draft.check(&places) {
        let question = state.to_keep();
        let new = NewVue { liste: list.name, nom: &checked.nom, requete: &question, collectivite_id: checked.collectivite_id };
        let mut write = context.db.write().await?;
        match queries::add(&mut write.tx, &personne.reader, &personne.nom, &new).await? {
            Added::Done(id) => {
                let default = form.defaut.unwrap_or(false);
                if default {
                    queries::set_default(&mut write.tx, personne.reader.user_id, list.name, id).await?;
                }
                let detail = json!({"nom": checked.nom, "liste": list.name, "collectivite": checked.collectivite_id, "defaut": default});
                journal::note(&mut write.tx, &personne.actor.at(checked.collectivite_id), Action::Create, "vue", &id.to_string(), &detail).await?;
                write.commit().await?;
                let address = state.opened_as(Opened::View(id, Some(1))).url();
                return Ok(Ok(Flash::success(Redirect::to(address), format!("Vue « {} » enregistrée.", checked.nom))));
            }
            added => {
                // Posted twice, the form leads to the view that the first post made.
                if let Some((id, version)) = queries::same(&mut write.tx, &personne.reader, &new).await? {
                    write.rollback().await?;
                    let address = state.opened_as(Opened::View(id, Some(version))).url();
                    return Ok(Ok(Flash::success(Redirect::to(address), format!("Vue « {} » enregistrée.", checked.nom))));
                }
                if added == Added::TooMany { draft.too_many() } else { draft.name_taken() }
            }
        }
        write.rollback().await?;
    }
    let asker = Asker::new(&personne.reader, context.catalogue.lists());
    let vues = queries::all(&context.db, &asker, Some(list.name)).await?;
    let words = describe(&context.desk, &state, &personne.reader).await?;
    let known = lines(context, &personne.reader, vues.clone()).await?;
    let bar = views::Bar { state: &state, vues: &vues, reader: &personne.reader, unfolded: false };
    let body = views::of_list(&bar, &words, &places, &known, &draft);
    Ok(Err((Status::UnprocessableEntity, layout::page(&personne.frame, &format!("Vues : {}", list.title), &body))))
}

/// « Enregistrer » : the state on the screen becomes the view.
#[post("/vues/<id>/etat", data = "<form>")]
async fn keep(personne: Personne, id: i64, form: Envoi<Kept<'_>>, context: &State<Context>) -> OrForm<Flash<Redirect>> {
    let (vue, list) = found(context, &personne, id).await?;
    let state = Query::parse(list, form.etat, context.clock.today(), &context.key)?;
    let asker = Asker::new(&personne.reader, context.catalogue.lists());
    let change = Change { asker: &asker, author: &personne.nom, id, version: form.version };
    let question = state.to_keep();
    let mut write = context.db.write().await?;
    if !change.keep(&mut write.tx, &question).await? {
        write.rollback().await?;
        let (now, _) = found(context, &personne, id).await?;
        may_change(&now, &personne)?;
        let theirs = Query::reopen(list, &now.requete, context.clock.today()).query;
        let words = (describe(&context.desk, &theirs, &personne.reader).await?, describe(&context.desk, &state, &personne.reader).await?);
        let body = views::conflict(&now, (&theirs, &words.0), (&state, &words.1));
        return Ok(Err((Status::Conflict, layout::page(&personne.frame, "La vue a changé entre-temps", &body))));
    }
    let detail = json!({"nom": vue.nom, "requete": {"avant": vue.requete, "apres": question}});
    journal::note(&mut write.tx, &personne.actor.at(vue.collectivite_id), Action::Change, "vue", &id.to_string(), &detail).await?;
    write.commit().await?;
    let address = state.opened_as(Opened::View(id, Some(form.version.saturating_add(1)))).url();
    Ok(Ok(Flash::success(Redirect::to(address), format!("Vue « {} » enregistrée.", vue.nom))))
}

#[post("/vues/<id>", data = "<form>")]
async fn name(personne: Personne, id: i64, form: Envoi<Name<'_>>, context: &State<Context>) -> OrForm<Flash<Redirect>> {
    let (vue, _) = found(context, &personne, id).await?;
    may_change(&vue, &personne)?;
    let places = queries::places(&context.db, &personne.reader).await?;
    let mut draft = Draft::typed(form.nom, form.partage);
    let Some(checked) = draft.check(&places) else {
        return Ok(Err((Status::UnprocessableEntity, edit_page(&personne, context, vue, &draft).await?)));
    };
    if checked.collectivite_id.is_none() && !vue.is_of(&personne.reader) {
        return Err(Error::forbidden("Seul son auteur peut rendre cette vue personnelle. Vous pouvez la supprimer, ou enregistrer la vôtre."));
    }
    let asker = Asker::new(&personne.reader, context.catalogue.lists());
    let change = Change { asker: &asker, author: &personne.nom, id, version: form.version };
    let mut write = context.db.write().await?;
    let written = match change.name(&mut write.tx, &checked.nom, checked.collectivite_id).await {
        Err(error) if queries::is_name_taken(&error) => {
            write.rollback().await?;
            draft.name_taken();
            return Ok(Err((Status::UnprocessableEntity, edit_page(&personne, context, vue, &draft).await?)));
        }
        written => written?,
    };
    if !written {
        write.rollback().await?;
        let (now, _) = found(context, &personne, id).await?;
        let sentence = format!(
            "Cette vue a été modifiée entre-temps par {} : elle s’appelle maintenant « {} » ({}). Vous vouliez « {} ». Gardez votre saisie et enregistrez de nouveau, ou quittez cette page.",
            now.modifie_par,
            now.nom,
            now.owner_words(),
            checked.nom
        );
        draft.errors.push(("nom", sentence));
        return Ok(Err((Status::Conflict, edit_page(&personne, context, now, &draft).await?)));
    }
    let detail =
        json!({"nom": {"avant": vue.nom, "apres": checked.nom}, "collectivite": {"avant": vue.collectivite_id, "apres": checked.collectivite_id}});
    journal::note(&mut write.tx, &personne.actor.at(vue.collectivite_id), Action::Change, "vue", &id.to_string(), &detail).await?;
    write.commit().await?;
    Ok(Ok(Flash::success(Redirect::to("/vues"), format!("Vue « {} » enregistrée.", checked.nom))))
}

#[post("/vues/<id>/defaut", data = "<form>")]
async fn set_default(personne: Personne, id: i64, form: Envoi<AsDefault>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let (vue, list) = found(context, &personne, id).await?;
    let mut write = context.db.write().await?;
    if form.defaut {
        queries::set_default(&mut write.tx, personne.reader.user_id, list.name, id).await?;
    } else {
        queries::clear_default(&mut write.tx, personne.reader.user_id, id).await?;
    }
    let detail = json!({"nom": vue.nom, "liste": list.name, "defaut": form.defaut});
    journal::note(&mut write.tx, &personne.actor.at(vue.collectivite_id), Action::Change, "vue", &id.to_string(), &detail).await?;
    write.commit().await?;
    let said = match form.defaut {
        true => format!("« {} » s’ouvrira désormais avec la vue « {} ».", list.title, vue.nom),
        false => format!("« {} » s’ouvrira désormais sans vue.", list.title),
    };
    Ok(Flash::success(Redirect::to("/vues"), said))
}

#[post("/vues/<id>/suppression", data = "<form>")]
async fn delete(personne: Personne, id: i64, form: Envoi<Seen>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let (vue, _) = found(context, &personne, id).await?;
    may_change(&vue, &personne)?;
    let asker = Asker::new(&personne.reader, context.catalogue.lists());
    let change = Change { asker: &asker, author: &personne.nom, id, version: form.version };
    let mut write = context.db.write().await?;
    if !change.delete(&mut write.tx).await? {
        write.rollback().await?;
        return Err(changed_meanwhile(&vue));
    }
    let detail = json!({"nom": vue.nom, "liste": vue.liste, "collectivite": vue.collectivite_id, "suppression": true});
    journal::note(&mut write.tx, &personne.actor.at(vue.collectivite_id), Action::Change, "vue", &id.to_string(), &detail).await?;
    write.commit().await?;
    let said = format!("Vue « {} » supprimée. Vous pouvez la rétablir en bas de cette page pendant {} jours.", vue.nom, queries::DELETED_DAYS);
    Ok(Flash::success(Redirect::to("/vues"), said))
}

#[post("/vues/<id>/retablissement", data = "<form>")]
async fn restore(personne: Personne, id: i64, form: Envoi<Seen>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let asker = Asker::new(&personne.reader, context.catalogue.lists());
    let change = Change { asker: &asker, author: &personne.nom, id, version: form.version };
    let mut write = context.db.write().await?;
    match change.restore(&mut write.tx).await {
        Ok(true) => {}
        Ok(false) => {
            write.rollback().await?;
            return Err(unknown());
        }
        Err(error) if queries::is_name_taken(&error) => {
            return Err(Error::Conflict("Une autre vue de cette liste porte maintenant ce nom. Renommez-la, puis rétablissez celle-ci.".into()));
        }
        Err(error) => return Err(error.into()),
    }
    journal::note(&mut write.tx, &personne.actor, Action::Change, "vue", &id.to_string(), &json!({"retablissement": true})).await?;
    write.commit().await?;
    Ok(Flash::success(Redirect::to("/vues"), "Vue rétablie."))
}

fn may_change(vue: &Vue, personne: &Personne) -> Result<()> {
    if vue.may_change(&personne.reader) {
        return Ok(());
    }
    Err(Error::forbidden(
        "Cette vue est partagée : seuls son auteur et les administrateurs de la collectivité la modifient. Vous pouvez enregistrer la vôtre sous un autre nom.",
    ))
}

fn changed_meanwhile(vue: &Vue) -> Error {
    Error::Conflict(
        format!(
            "La vue « {} » a été modifiée entre-temps par {}. Rouvrez « Vues », regardez ce qu’elle contient, puis recommencez.",
            vue.nom, vue.modifie_par
        )
        .into(),
    )
}
