//! Routes of the imports: a file that arrives, how it is read, what is confirmed, the way back.

use std::collections::BTreeMap;

use maud::Markup;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes};

use super::arrivee::{Envoye, FICHIER_MIO_MAX, FICHIERS_MAX};
use super::etats::Etape;
use super::genre::Genre;
use super::lecture::{self, Corrigee};
use super::model::{Import, titre};
use super::queries;
use super::{jobs, list, views};
use crate::champs::Saisie;
use crate::comptes::{Envoi, Paires, Personne};
use crate::context::Context;
use crate::journal;
use crate::listing::{Choice, Niveau};
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::http::{Flash, Wants};
use crate::platform::jobs::{Requester, enqueue};
use crate::records;
use crate::ui::layout;
use crate::ui::reply::Reply;

/// Lines shown on the page of an import.
const LIGNES_MONTREES: i64 = 50;
/// Anomalies shown there; the list has them all.
const DITES_MONTREES: i64 = 50;
/// Lots shown there.
const LOTS_MONTRES: i64 = 100;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![nouveau, envoi, page, lue, corrige, exclut, ecrit, reprend, annule, abandonne]
}

fn unknown() -> Error {
    Error::out_of_reach("Cet import n’existe pas, ou il n’est pas de votre périmètre.")
}

/// The kinds that the person may load.
fn genres(context: &Context, personne: &Personne) -> Vec<&'static Genre> {
    context.catalogue.all::<Genre>().filter(|genre| genre.may(&personne.reader)).collect()
}

fn refused() -> Error {
    Error::forbidden(
        "Vos droits ne permettent de charger aucun fichier\u{a0}: ils demandent de pouvoir saisir. Voyez un administrateur de votre collectivité.",
    )
}

#[get("/imports/nouveau?<genre>")]
async fn nouveau(personne: Personne, genre: Option<&str>, context: &State<Context>) -> Result<Markup> {
    let genres = genres(context, &personne);
    if genres.is_empty() {
        return Err(refused());
    }
    Ok(layout::page(&personne.frame, "Charger un fichier", &views::nouveau(&genres, genre.unwrap_or_default(), None)))
}

#[post("/imports", data = "<envoye>")]
async fn envoi(personne: Personne, envoye: Envoye, context: &State<Context>) -> Result<Reply> {
    let genres = genres(context, &personne);
    if genres.is_empty() {
        return Err(refused());
    }
    let again = |status: Status, choisi: &str, phrases: Vec<String>, premier: Option<i64>| {
        let body = views::nouveau(&genres, choisi, Some(&views::Refus { phrases, premier }));
        Ok(Reply::Page((status, layout::page(&personne.frame, "Charger un fichier", &body))))
    };
    let recu = match envoye {
        Envoye::Recu(recu) => *recu,
        Envoye::Refuse(Status::PayloadTooLarge, why) => return Err(Error::TooLarge(why.into())),
        Envoye::Refuse(status, why) => return again(status, "", vec![why], None),
    };
    let Some(genre) = genres.iter().copied().find(|genre| genre.nom == recu.genre) else {
        return again(Status::UnprocessableEntity, "", vec!["Dites ce que le fichier contient.".into()], None);
    };
    if recu.fichiers.is_empty() {
        return again(Status::UnprocessableEntity, genre.nom, vec!["Choisissez au moins un fichier, ou collez des lignes.".into()], None);
    }
    let (mut kept, mut phrases, mut premier) = (Vec::new(), Vec::new(), None);
    for arrive in recu.fichiers {
        if arrive.trop_grand() {
            phrases.push(format!("«\u{a0}{}\u{a0}» dépasse {FICHIER_MIO_MAX} Mio. Coupez-le en plusieurs.", arrive.nom));
            continue;
        }
        match lecture::recoit(context, &personne, genre, arrive).await? {
            lecture::Recue::Gardee(id) => kept.push(id),
            lecture::Recue::Deja(id, phrase) => {
                premier = Some(id);
                phrases.push(phrase);
            }
            lecture::Recue::Refusee(phrase) => phrases.push(phrase),
        }
    }
    if recu.en_trop > 0 {
        phrases.push(format!("{FICHIERS_MAX} fichiers au plus par envoi\u{a0}: les autres n’ont pas été lus."));
    }
    match kept.as_slice() {
        [] => again(if premier.is_some() { Status::Conflict } else { Status::UnprocessableEntity }, genre.nom, phrases, premier),
        [id] if phrases.is_empty() => {
            Ok(Reply::Done(Box::new(Flash::success(Redirect::to(format!("/imports/{id}/lecture")), "Le fichier est reçu."))))
        }
        several => {
            let received = format!("{} fichiers sont reçus. Contrôlez la lecture de chacun.", several.len());
            let said = if phrases.is_empty() {
                Flash::success(Redirect::to("/imports"), received)
            } else {
                Flash::warning(Redirect::to("/imports"), format!("{received} {}", phrases.join(" ")))
            };
            Ok(Reply::Done(Box::new(said)))
        }
    }
}

/// An import that the person sees, its kind, and whether they may act on it.
pub(super) async fn seen(context: &Context, personne: &Personne, id: i64) -> Result<(Import, &'static Genre, bool)> {
    if !personne.reader.may(list::IMPORTS.access) {
        return Err(Error::forbidden("Vos droits ne donnent pas accès aux imports."));
    }
    let import = queries::seen(&context.db, &personne.reader, id).await?.ok_or_else(unknown)?;
    let genre = Genre::find(&context.catalogue, &import.genre).ok_or_else(unknown)?;
    let may = genre.may(&personne.reader);
    Ok((import, genre, may))
}

/// The same, for who acts.
async fn acted(context: &Context, personne: &Personne, id: i64) -> Result<(Import, &'static Genre)> {
    match seen(context, personne, id).await? {
        (import, genre, true) => Ok((import, genre)),
        _ => Err(Error::forbidden(
            "Vous voyez cet import, sans pouvoir agir\u{a0}: il faut pouvoir saisir. Voyez un administrateur de votre collectivité.",
        )),
    }
}

/// The values on offer of each field that is one of a list.
async fn options(context: &Context, personne: &Personne, genre: &'static Genre) -> Result<BTreeMap<&'static str, Vec<Choice>>> {
    let mut all = records::of_row(context, personne, genre.record, None).await?.options;
    for field in genre.record.fields() {
        if matches!(field.saisie, Saisie::Commune) {
            // Told by their names, those of others too.
            let communes = context.choices.communes(&context.db).await?;
            all.entry(field.name).or_insert_with(|| communes.iter().map(|commune| (commune.code.clone(), commune.nom.clone())).collect());
        }
    }
    Ok(all)
}

#[get("/imports/<id>?<apres>")]
async fn page(personne: Personne, id: i64, apres: Option<i64>, wants: Wants, context: &State<Context>) -> Result<Markup> {
    let (import, genre, agit) = seen(context, &personne, id).await?;
    if wants == Wants::Fragment {
        return Ok(views::status(genre, &import, agit));
    }
    if import.state() == "lecture" {
        return lecture_page(context, &personne, (&import, genre, agit), None).await;
    }
    let mut prevues = queries::prevues(&context.db, id, apres.unwrap_or(-1), LIGNES_MONTREES).await?;
    let suite = prevues.len() > usize::try_from(LIGNES_MONTREES).unwrap_or(usize::MAX);
    if suite {
        prevues.pop();
    }
    let suite = prevues.last().filter(|_| suite).map(|line| line.rang);
    let dites = queries::dites(&context.db, id, DITES_MONTREES).await?;
    let anomalies = queries::anomalies(&context.db, id).await?;
    let lots = queries::lots(&context.db, id, LOTS_MONTRES).await?;
    let offered = options(context, &personne, genre).await?;
    let options = |field: &str| offered.get(field).cloned().unwrap_or_default();
    let shown = views::Suivi { import: &import, genre, agit, prevues: &prevues, suite, dites: &dites, anomalies, lots: &lots, options: &options };
    Ok(layout::page_with_head(&personne.frame, &titre(&import, genre), &views::head(&import), &views::suivi(&shown)))
}

async fn lecture_page(
    context: &Context,
    personne: &Personne,
    (import, genre, agit): (&Import, &'static Genre, bool),
    faute: Option<String>,
) -> Result<Markup> {
    let own = if agit { personne.at(genre.record.list.access, Niveau::Saisir)? } else { personne.clone() };
    let offered = records::of_row(context, &own, genre.record, None).await?.options;
    let options = |field: &str| offered.get(field).cloned().unwrap_or_default();
    let lue = views::Lue { import, genre, options: &options, corrigeable: agit && import.can_read_again(), faute };
    Ok(layout::page(&personne.frame, &titre(import, genre), &views::lecture(&lue)))
}

#[get("/imports/<id>/lecture")]
async fn lue(personne: Personne, id: i64, context: &State<Context>) -> Result<Markup> {
    let (import, genre, agit) = seen(context, &personne, id).await?;
    lecture_page(context, &personne, (&import, genre, agit), None).await
}

#[post("/imports/<id>/lecture", data = "<form>")]
async fn corrige(personne: Personne, id: i64, form: Paires, context: &State<Context>) -> Result<Reply> {
    let (import, genre) = acted(context, &personne, id).await?;
    let verify = form.0.get("faire").map(String::as_str) == Some("verifier");
    if verify && import.state() == "verification" {
        // The same click, twice.
        return Ok(Reply::Done(Box::new(Flash::success(Redirect::to(format!("/imports/{id}")), "La vérification est demandée."))));
    }
    if !import.can_read_again() {
        return Err(Error::Conflict("Cet import n’en est plus à la lecture\u{a0}: rien n’a été changé. Rouvrez sa page.".into()));
    }
    let corrected = match lecture::corrigee(context, &import, genre, &form.0).await? {
        Ok(corrected) => corrected,
        Err(faute) => {
            let page = lecture_page(context, &personne, (&import, genre, true), Some(faute)).await?;
            return Ok(Reply::Page((Status::UnprocessableEntity, page)));
        }
    };
    let Corrigee { voulu, examen, correspondance, mode } = corrected;
    let doubt = lecture::doute(genre, &examen, &correspondance).filter(|_| verify);
    let mut write = context.db.write().await?;
    if !queries::read_as(&mut write.tx, id, (&voulu, &examen), (&correspondance, mode.code())).await? {
        write.rollback().await?;
        return Err(Error::Conflict("Cet import a changé d’état entre-temps\u{a0}: rien n’a été changé. Rouvrez sa page.".into()));
    }
    if let Some(doubt) = doubt {
        // What was chosen is kept: only the answer is missing.
        write.commit().await?;
        let (import, genre) = acted(context, &personne, id).await?;
        let page = lecture_page(context, &personne, (&import, genre, true), Some(doubt)).await?;
        return Ok(Reply::Page((Status::UnprocessableEntity, page)));
    }
    if !verify {
        write.commit().await?;
        return Ok(Reply::Done(Box::new(Flash::success(
            Redirect::to(format!("/imports/{id}/lecture")),
            "Voici comment le fichier est lu à présent.",
        ))));
    }
    if !queries::begin_check(&mut write.tx, id).await? {
        write.rollback().await?;
        return Err(Error::Conflict("Cet import a changé d’état entre-temps\u{a0}: rien n’a été changé. Rouvrez sa page.".into()));
    }
    lance(&mut write, &import, genre, Etape::Verification).await?;
    write.commit().await?;
    Ok(Reply::Done(Box::new(Flash::success(Redirect::to(format!("/imports/{id}")), "La vérification est demandée."))))
}

/// Adds the job of a step.
async fn lance(write: &mut Write, import: &Import, genre: &Genre, etape: Etape) -> Result<()> {
    let words = match etape {
        Etape::Verification => "Vérification",
        Etape::Ecriture => "Écriture",
        Etape::Annulation => "Annulation",
    };
    let job = jobs::Travail { import: import.id, etape, titre: format!("{words}, {}", titre(import, genre)) };
    let requester = Requester { user_id: Some(import.demandeur_id), collectivite_id: import.collectivite_id };
    let job = enqueue(write, &job, requester).await?;
    queries::attach(&mut write.tx, import.id, job).await?;
    Ok(())
}

#[derive(FromForm)]
struct Exclusion<'r> {
    ligne: Vec<i64>,
    faire: &'r str,
}

#[post("/imports/<id>/exclusion", data = "<form>")]
async fn exclut(personne: Personne, id: i64, form: Envoi<Exclusion<'_>>, context: &State<Context>) -> Result<Flash<Redirect>> {
    acted(context, &personne, id).await?;
    let back = Redirect::to(format!("/imports/{id}"));
    if form.ligne.is_empty() {
        return Ok(Flash::warning(back, "Aucune ligne n’est cochée."));
    }
    let out = form.faire == "exclure";
    let mut write = context.db.write().await?;
    let changed = queries::exclude(&mut write.tx, id, &form.ligne, out).await?;
    write.commit().await?;
    let words = if out { ("exclue", "exclues") } else { ("reprise", "reprises") };
    let count = i64::try_from(changed).unwrap_or(i64::MAX);
    let said = format!("{} {}.", crate::ui::format::counted(count, "ligne", "lignes"), if count < 2 { words.0 } else { words.1 });
    Ok(if changed > 0 { Flash::success(back, said) } else { Flash::warning(back, "Aucune de ces lignes n’était à changer.") })
}

#[derive(FromForm)]
struct Confirmee {
    lignes: i64,
    revision: i32,
}

fn busy() -> Error {
    Error::Conflict(
        "Un autre import de ce genre s’écrit, ou celui-ci a changé d’état entre-temps\u{a0}: rien n’a été fait. Attendez sa fin, puis recommencez."
            .into(),
    )
}

#[post("/imports/<id>/ecriture", data = "<form>")]
async fn ecrit(personne: Personne, id: i64, form: Envoi<Confirmee>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let (import, genre) = acted(context, &personne, id).await?;
    let seen = import.revision == form.revision;
    if seen && ["ecriture", "termine"].contains(&import.state()) {
        // The same click, twice.
        return Ok(Flash::success(Redirect::to(format!("/imports/{id}")), "L’écriture est demandée."));
    }
    if import.state() != "a_confirmer" {
        return Err(Error::Conflict("Cet import n’est pas à confirmer\u{a0}: rien n’a été fait. Rouvrez sa page.".into()));
    }
    if !seen || import.a_ecrire() != form.lignes || form.lignes == 0 {
        return Err(Error::Conflict(
            "Ce que cet import écrirait a changé depuis que vous l’avez lu\u{a0}: rien n’a été fait. Rouvrez sa page, puis confirmez.".into(),
        ));
    }
    let mut write = context.db.write().await?;
    journal::within(context, &mut write.tx, &personne.actor, journal::Borne::Actions).await?;
    if !queries::confirm(&mut write.tx, id, form.revision).await? {
        write.rollback().await?;
        return Err(busy());
    }
    lance(&mut write, &import, genre, Etape::Ecriture).await?;
    write.commit().await?;
    Ok(Flash::success(Redirect::to(format!("/imports/{id}")), "L’écriture est demandée."))
}

#[post("/imports/<id>/reprise")]
async fn reprend(personne: Personne, id: i64, context: &State<Context>) -> Result<Flash<Redirect>> {
    let (import, genre) = acted(context, &personne, id).await?;
    let Some(etape) = import.resumable() else {
        return Err(Error::Conflict("Rien n’est à reprendre\u{a0}: cet import a changé d’état entre-temps. Rouvrez sa page.".into()));
    };
    let mut write = context.db.write().await?;
    // One called off before it ran left the import as it was.
    queries::pass(&mut write.tx, id, etape.stop(), None).await?;
    let taken = match etape {
        Etape::Verification => queries::pass(&mut write.tx, id, &super::etats::REPREND, None).await?,
        Etape::Ecriture => queries::begin_writing(&mut write.tx, id).await?,
        Etape::Annulation => queries::begin_undo(&mut write.tx, id, personne.reader.user_id).await?,
    };
    if !taken {
        write.rollback().await?;
        return Err(busy());
    }
    lance(&mut write, &import, genre, etape).await?;
    write.commit().await?;
    Ok(Flash::success(Redirect::to(format!("/imports/{id}")), "Le travail reprend."))
}

#[post("/imports/<id>/annulation")]
async fn annule(personne: Personne, id: i64, context: &State<Context>) -> Result<Flash<Redirect>> {
    let (import, genre) = acted(context, &personne, id).await?;
    if !import.can_undo() {
        return Err(Error::Conflict("Cet import ne s’annule pas, ou plus. Voyez sa page.".into()));
    }
    let mut write = context.db.write().await?;
    if let Some(etape) = Etape::of(&import.etat) {
        queries::pass(&mut write.tx, id, etape.stop(), None).await?;
    }
    if !queries::begin_undo(&mut write.tx, id, personne.reader.user_id).await? {
        write.rollback().await?;
        return Err(busy());
    }
    lance(&mut write, &import, genre, Etape::Annulation).await?;
    write.commit().await?;
    Ok(Flash::success(Redirect::to(format!("/imports/{id}")), "L’annulation est demandée."))
}

#[post("/imports/<id>/abandon")]
async fn abandonne(personne: Personne, id: i64, context: &State<Context>) -> Result<Flash<Redirect>> {
    let (import, _) = acted(context, &personne, id).await?;
    let mut write = context.db.write().await?;
    if let Some(etape) = Etape::of(&import.etat).filter(|_| import.can_drop()) {
        queries::pass(&mut write.tx, id, etape.stop(), None).await?;
    }
    if !queries::give_up(&mut write.tx, id).await? {
        write.rollback().await?;
        return Err(Error::Conflict("Cet import ne s’abandonne plus\u{a0}: voyez sa page.".into()));
    }
    write.commit().await?;
    Ok(Flash::success(Redirect::to("/imports"), "L’import est abandonné\u{a0}: rien n’a été écrit."))
}
