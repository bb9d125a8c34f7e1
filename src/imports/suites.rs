//! What becomes of an import: taken up again, taken back, given up, replayed.

use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{Route, State, get, post, routes as collect};

use super::acces::{busy, entered, lance, seen, taken_back, unknown};
use super::etats::Etape;
use super::model::titre;
use super::preuve::Prouve;
use super::{gestes, parties, previsions, queries, rejeu, views};
use crate::comptes::Personne;
use crate::context::Context;
use crate::journal;
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::ui::layout;
use crate::ui::reply::Reply;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![reprend, a_annuler, annule, abandonne, rejoue]
}

#[post("/imports/<id>/reprise")]
async fn reprend(personne: Personne, id: i64, _prouve: Prouve, context: &State<Context>) -> Result<Flash<Redirect>> {
    let (mut import, mut genre, part) = seen(context, &personne, id).await?;
    if import.resumable() == Some(Etape::Annulation) {
        // Whoever goes on undoes in their own name: they are asked what whoever begins is asked.
        (import, genre) = taken_back(context, &personne, id).await?;
    } else if !part.agit {
        return Err(Error::forbidden("Ce travail n’est pas à vous de le reprendre\u{a0}: voyez qui a chargé ce fichier."));
    }
    let Some(etape) = import.resumable() else {
        return Err(Error::Conflict("Rien n’est à reprendre\u{a0}: cet import a changé d’état entre-temps. Rouvrez sa page.".into()));
    };
    let mut write = context.db.write().await?;
    // One called off before it ran left the import as it was.
    queries::settle_one(&mut write.tx, id, etape).await?;
    let taken = match etape {
        Etape::Verification => queries::pass(&mut write.tx, id, &super::etats::REPREND, None).await?,
        Etape::Ecriture => queries::begin_writing(&mut write.tx, id).await?,
        Etape::Annulation => queries::begin_undo(&mut write.tx, id, personne.reader.user_id).await?,
    };
    if !taken {
        write.rollback().await?;
        return Err(busy());
    }
    lance(&mut write, (&import, genre), etape, personne.reader.user_id).await?;
    let geste = match etape {
        Etape::Verification => "vérification reprise",
        Etape::Ecriture => "écriture reprise",
        Etape::Annulation => "annulation reprise",
    };
    gestes::note(&mut write, &personne, &import, geste).await?;
    write.commit().await?;
    Ok(Flash::success(Redirect::to(format!("/imports/{id}")), "Le travail reprend."))
}

#[get("/imports/<id>/annulation")]
async fn a_annuler(personne: Personne, id: i64, context: &State<Context>) -> Result<Reply> {
    let (import, genre) = taken_back(context, &personne, id).await?;
    if !import.can_undo() {
        return Ok(Reply::Done(Box::new(Flash::warning(Redirect::to(format!("/imports/{id}")), gestes::NE_S_ANNULE_PAS))));
    }
    let prevision = previsions::annulation(context, &personne, (&import, genre)).await?;
    let title = format!("Annuler\u{a0}? {}", titre(&import, genre));
    Ok(Reply::Page((Status::Ok, layout::page(&personne.frame, &title, &views::annulation(genre, &import, &prevision)))))
}

#[post("/imports/<id>/annulation")]
async fn annule(personne: Personne, id: i64, _prouve: Prouve, context: &State<Context>) -> Result<Flash<Redirect>> {
    gestes::annule(context, &personne, id).await?;
    Ok(Flash::success(Redirect::to(format!("/imports/{id}")), "L’annulation est demandée."))
}

#[post("/imports/<id>/abandon")]
async fn abandonne(personne: Personne, id: i64, context: &State<Context>) -> Result<Flash<Redirect>> {
    gestes::abandonne(context, &personne, id).await?;
    Ok(Flash::success(Redirect::to("/imports"), "L’import est abandonné\u{a0}: rien n’a été écrit."))
}

/// The same file once more; another of its sheets, or of its files, when one is named.
#[post("/imports/<id>/rejeu?<feuille>&<membre>")]
async fn rejoue(personne: Personne, id: i64, feuille: Option<&str>, membre: Option<&str>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let (import, genre) = entered(context, &personne, id).await?;
    if !import.can_replay() {
        return Err(Error::Conflict("Cet import n’est pas fini\u{a0}: il ne se rejoue pas. Voyez sa page.".into()));
    }
    let partie = match (feuille, membre) {
        (None, None) => None,
        wanted => match parties::lue(context, &personne, (&import, genre), wanted).await? {
            Ok(lue) => Some(lue),
            Err(faute) => return Ok(Flash::warning(Redirect::to(format!("/imports/{id}")), faute)),
        },
    };
    let mut write = context.db.write().await?;
    let new = match rejeu::rejoue(&mut write.tx, id, personne.reader.user_id).await? {
        Ok(new) => new,
        Err(other) => {
            write.rollback().await?;
            return Ok(Flash::warning(
                Redirect::to(format!("/imports/{other}")),
                format!("Ce fichier est déjà tenu par cet import, n°\u{a0}{other}."),
            ));
        }
    };
    let told = serde_json::json!({"import": format!("Rejeu de l’import n°\u{a0}{id}\u{a0}: {}", import.nom), "liste": genre.record.list.name, "sha256": import.sha256});
    journal::note(&mut write.tx, &personne.actor, journal::Action::Create, "import", &new.to_string(), &told).await?;
    if let Some(lue) = partie {
        queries::read_as(&mut write.tx, new, (&lue.voulu, &lue.examen), (&lue.correspondance, lue.mode.code())).await?;
        queries::lue_avec(&mut write.tx, new, (None, None)).await?;
        queries::complete(&mut write.tx, new, None).await?;
        write.commit().await?;
        return Ok(Flash::success(Redirect::to(format!("/imports/{new}/lecture")), "Voici cette partie du fichier. Contrôlez sa lecture."));
    }
    let row = queries::row(&mut write.tx, new).await?.ok_or_else(unknown)?;
    if queries::begin_check(&mut write.tx, new).await? {
        lance(&mut write, (&row, genre), Etape::Verification, personne.reader.user_id).await?;
    }
    write.commit().await?;
    Ok(Flash::success(Redirect::to(format!("/imports/{new}")), "Le fichier est vérifié de nouveau, sur les règles d’aujourd’hui."))
}
