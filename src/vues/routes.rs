//! Routes that read saved views.

use maud::Markup;
use rocket::response::Redirect;
use rocket::{Responder, Route, State, get, routes};

use super::forms::Draft;
use super::model::Vue;
use super::queries::{self, Asker};
use super::views::{self, Line};
use crate::catalogue::Catalogue;
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::{List, Opened, Query, Reader, describe, said_at};
use crate::platform::error::{Error, Result};
use crate::platform::http::{Flash, Wants};
use crate::ui::layout;
use crate::ui::message::{Flash as Said, Tone};

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![index, open, edit]
}

pub(super) fn unknown() -> Error {
    Error::out_of_reach("Cette vue n’existe pas ou n’existe plus, ou elle n’est pas partagée avec vous. Choisissez-en une dans « Vues ».")
}

/// The list called `name`, if the rights of `reader` open it.
pub(super) fn open_list(lists: &Catalogue, reader: &Reader, name: &str) -> Result<&'static List> {
    let list = lists.named(name).ok_or_else(|| Error::not_found("Cette liste n’existe pas."))?;
    if !reader.may(list.access) {
        return Err(Error::forbidden("Vos droits ne donnent pas accès à cette liste."));
    }
    Ok(list)
}

/// A view open to the person, with its list.
pub(super) async fn found(context: &Context, personne: &Personne, id: i64) -> Result<(Vue, &'static List)> {
    let vue = queries::one(&context.db, &Asker::new(&personne.reader, context.catalogue.lists()), id).await?.ok_or_else(unknown)?;
    let list = open_list(&context.catalogue, &personne.reader, &vue.liste)?;
    Ok((vue, list))
}

/// All the views of the person; with `liste`, those of one list beside the state it is in: as a page, or
/// as the panel that its page asks for.
#[get("/vues?<liste>&<etat>&<ouvert>")]
async fn index(
    personne: Personne,
    liste: Option<&str>,
    etat: Option<&str>,
    ouvert: Option<&str>,
    wants: Wants,
    context: &State<Context>,
) -> Result<Markup> {
    let asker = Asker::new(&personne.reader, context.catalogue.lists());
    let Some(name) = liste else {
        let vues = lines(context, &personne.reader, queries::all(&context.db, &asker, None).await?).await?;
        let deleted = queries::deleted(&context.db, &asker).await?;
        return Ok(layout::page(&personne.frame, "Vues", &views::index(&vues, &deleted, &context.catalogue, &personne.reader)));
    };
    let list = open_list(&context.catalogue, &personne.reader, name)?;
    let state = Query::parse(list, etat.unwrap_or_default(), context.clock.today(), &context.key)?;
    let vues = queries::all(&context.db, &asker, Some(name)).await?;
    let bar = views::Bar { state: &state, vues: &vues, reader: &personne.reader, unfolded: ouvert.is_some() };
    if wants == Wants::Fragment {
        return Ok(bar.fragment());
    }
    let words = describe(&context.desk, &state, &personne.reader).await?;
    let places = queries::places(&context.db, &personne.reader).await?;
    let lines = lines(context, &personne.reader, vues.clone()).await?;
    let body = views::of_list(&bar, &words, &places, &lines, &Draft::default());
    Ok(layout::page(&personne.frame, &format!("Vues : {}", list.title), &body))
}

/// Views with what they ask, in words.
pub(super) async fn lines(context: &Context, reader: &Reader, vues: Vec<Vue>) -> Result<Vec<Line>> {
    let mut lines = Vec::with_capacity(vues.len());
    for vue in vues {
        let Some(list) = context.catalogue.named(&vue.liste) else { continue };
        let reopened = Query::reopen(list, &vue.requete, context.clock.today());
        let words = describe(&context.desk, &reopened.query, reader).await?;
        lines.push(Line { vue, words, dropped: reopened.sentence() });
    }
    Ok(lines)
}

/// To the list, in the state that the view says.
#[derive(Responder)]
pub(super) enum Opening {
    Silent(Redirect),
    Said(Flash<Redirect>),
}

#[get("/vues/<id>")]
async fn open(personne: Personne, id: i64, context: &State<Context>) -> Result<Opening> {
    let (vue, list) = found(context, &personne, id).await?;
    let reopened = Query::reopen(list, &vue.requete, context.clock.today());
    let address = reopened.query.opened_as(Opened::View(vue.id, Some(vue.version))).url();
    let said = personne.frame.flash.or_else(|| reopened.sentence().map(|text| Said { tone: Tone::Warning, text, next: None }));
    Ok(match said {
        Some(said) => Opening::Said(said_at(Redirect::to(address), said)),
        None => Opening::Silent(Redirect::to(address)),
    })
}

#[get("/vues/<id>/modifier")]
async fn edit(personne: Personne, id: i64, context: &State<Context>) -> Result<Markup> {
    let (vue, _) = found(context, &personne, id).await?;
    let draft = Draft::of(&vue);
    edit_page(&personne, context, vue, &draft).await
}

pub(super) async fn edit_page(personne: &Personne, context: &Context, vue: Vue, draft: &Draft) -> Result<Markup> {
    let places = queries::places(&context.db, &personne.reader).await?;
    let title = format!("Vue « {} »", vue.nom);
    let line = lines(context, &personne.reader, vec![vue]).await?.pop().ok_or_else(unknown)?;
    Ok(layout::page(&personne.frame, &title, &views::edit(&line, &context.catalogue, &places, &personne.reader, draft)))
}
