//! Routes of the notes: written by whoever sees the row, corrected and removed by whoever wrote them.

use maud::{Markup, html};
use rocket::http::Status;
use rocket::{FromForm, Route, State, get, post, routes as collect};
use serde_json::json;

use super::fiche::{Fiche, done};
use super::model::{Note, checked, is_token};
use super::queries::{Added, Seen};
use super::views::{self, Typed};
use crate::comptes::{self, Envoi, Personne};
use crate::context::Context;
use crate::journal::Action;
use crate::platform::error::{Error, Result};
use crate::ui::form::error_summary;
use crate::ui::layout;
use crate::ui::message::{Tone, notice};
use crate::ui::reply::Reply;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![all, write, edit, correct, remove, restore]
}

const GONE: &str = "Cette note n’existe plus, ou n’est pas dans votre périmètre.";

#[derive(FromForm)]
struct Ecrite<'r> {
    texte: &'r str,
    jeton: &'r str,
    retour: Option<&'r str>,
}

#[derive(FromForm)]
struct Corrigee<'r> {
    texte: &'r str,
    version: i32,
    retour: Option<&'r str>,
}

/// What is removed, as it was seen.
#[derive(FromForm)]
pub struct Retiree<'r> {
    pub version: i32,
    pub retour: Option<&'r str>,
}

/// What brings it back.
#[derive(FromForm)]
pub struct Retablie<'r> {
    pub jeton: &'r str,
    pub retour: Option<&'r str>,
}

#[get("/<liste>/<id>/notes?<reprise>", rank = 6)]
async fn all(liste: &str, id: i64, reprise: Option<i64>, personne: Personne, context: &State<Context>) -> Result<Reply> {
    let fiche = Fiche::open(context, &personne, (liste, id)).await?;
    fiche.note_reading().await?;
    let kept = comptes::given_back(&context.db, personne.reader.user_id, reprise).await?;
    let Some(kept) = kept else { return fiche.page(Status::Ok, html! {}, &Typed::default()).await };
    let (texte, jeton) = (kept.typed(&["texte"]).unwrap_or_default(), kept.typed(&["jeton"]).unwrap_or_default());
    fiche.page(Status::Ok, comptes::reminder(), &Typed { texte: &texte, jeton: Some(&jeton), error: None }).await
}

#[post("/<liste>/<id>/notes", data = "<form>", rank = 6)]
async fn write(liste: &str, id: i64, personne: Personne, form: Envoi<Ecrite<'_>>, context: &State<Context>) -> Result<Reply> {
    let fiche = Fiche::to_write(context, &personne, (liste, id)).await?;
    let wrong = async |status: Status, why: &str| {
        fiche.note_reading().await?;
        let above = error_summary(&[("texte", why.to_string())]);
        fiche.page(status, above, &Typed { texte: form.texte, jeton: Some(form.jeton), error: Some(why) }).await
    };
    if !is_token(form.jeton) {
        return wrong(Status::UnprocessableEntity, "Ce formulaire a perdu son numéro : votre texte est ci-dessous, enregistrez-le de nouveau.").await;
    }
    let texte = match checked(form.texte) {
        Ok(texte) => texte,
        Err(why) => return wrong(Status::UnprocessableEntity, &why).await,
    };
    let mut write = context.db.write().await?;
    let row = fiche.adding(&mut write).await?;
    let back = fiche.back(form.retour.unwrap_or_default());
    match fiche.place().add_note(&mut write.tx, &texte, form.jeton).await? {
        Added::Done => {}
        Added::Already => {
            write.rollback().await?;
            return Ok(done(&back, "info", "Cette note était déjà enregistrée."));
        }
        Added::Other => {
            write.rollback().await?;
            let why = "Ce formulaire a déjà enregistré une autre note : votre texte est ci-dessous, enregistrez-le de nouveau.";
            let above = error_summary(&[("texte", why.to_string())]);
            fiche.note_reading().await?;
            return fiche.page(Status::Conflict, above, &Typed { texte: form.texte, jeton: None, error: Some(why) }).await;
        }
        Added::Full(why) => {
            write.rollback().await?;
            return wrong(Status::Conflict, &why).await;
        }
    }
    fiche.note_of(&row, &mut write, Action::Change, &json!({"note": "ajout"})).await?;
    write.commit().await?;
    Ok(done(&back, "success", "La note est enregistrée."))
}

/// The note of the person, to be corrected.
async fn own(fiche: &Fiche<'_>, id: i64) -> Result<Note> {
    let note: Note = fiche.one(id, GONE).await?;
    if !note.is_of(&fiche.personne.reader) {
        return Err(Error::forbidden("Seul l’auteur d’une note la corrige ou la retire. Vous pouvez en écrire une autre."));
    }
    Ok(note)
}

#[get("/<liste>/<id>/notes/<note>?<reprise>", rank = 6)]
#[allow(clippy::too_many_arguments)] // one per part of the request
async fn edit(liste: &str, id: i64, note: i64, reprise: Option<i64>, personne: Personne, context: &State<Context>) -> Result<Reply> {
    let fiche = Fiche::to_write(context, &personne, (liste, id)).await?;
    let note = own(&fiche, note).await?;
    fiche.note_reading().await?;
    if note.retire_le.is_some() {
        return Err(Error::Gone("Cette note a été retirée. Rétablissez-la depuis la fiche pour la corriger.".into()));
    }
    let kept = comptes::given_back(&context.db, personne.reader.user_id, reprise).await?;
    // Over the version that was on the screen: what was written meanwhile is a conflict, as if it had been sent in time.
    let given = kept.as_ref().and_then(|kept| Some((kept.typed(&["texte"])?, kept.version()?)));
    let above = html! { @if given.is_some() { (comptes::reminder()) } };
    let back = fiche.back(&kept.as_ref().and_then(|kept| kept.typed(&["retour"])).unwrap_or_default());
    let (texte, version) = given.unwrap_or((note.texte, note.version));
    Ok(shown(&fiche, Status::Ok, above, (note.id, version), (&texte, None), &back))
}

/// The form of a note.
fn shown(fiche: &Fiche<'_>, status: Status, above: Markup, seen: (i64, i32), typed: (&str, Option<&str>), back: &str) -> Reply {
    let body = html! {
        (views::trail(fiche.record, fiche.id, &fiche.row.nom, "Corriger une note"))
        section class="etroite" {
            h1 { "Corriger une note" }
            (above)
            (views::correction(&fiche.address(), seen, typed, back))
        }
    };
    Reply::Page((status, layout::page(&fiche.personne.frame, "Corriger une note", &body)))
}

#[post("/<liste>/<id>/notes/<note>", data = "<form>", rank = 6)]
#[allow(clippy::too_many_arguments)] // one per part of the request
async fn correct(liste: &str, id: i64, note: i64, personne: Personne, form: Envoi<Corrigee<'_>>, context: &State<Context>) -> Result<Reply> {
    let fiche = Fiche::to_write(context, &personne, (liste, id)).await?;
    let before = own(&fiche, note).await?;
    let back = fiche.back(form.retour.unwrap_or_default());
    if before.retire_le.is_some() {
        // Removed in another window: what was typed goes on as a note of its own, if its author wants it to.
        let above = notice(
            Tone::Warning,
            &html! { p { "Cette note a été retirée entre-temps. Votre texte est ci-dessous : enregistrez-le comme une nouvelle note, ou rétablissez l’ancienne." } },
        );
        fiche.note_reading().await?;
        return fiche.page(Status::Conflict, above, &Typed { texte: form.texte, jeton: None, error: None }).await;
    }
    let texte = match checked(form.texte) {
        Ok(texte) => texte,
        Err(why) => {
            let above = error_summary(&[("texte", why.clone())]);
            return Ok(shown(&fiche, Status::UnprocessableEntity, above, (note, form.version), (form.texte, Some(&why)), &back));
        }
    };
    if before.version == form.version && before.texte == texte {
        return Ok(done(&back, "info", "Rien à changer : c’est déjà le texte enregistré."));
    }
    let mut write = context.db.write().await?;
    if !fiche.place().correct(&mut write.tx, Seen { id: note, version: form.version }, &texte).await? {
        write.rollback().await?;
        let now = own(&fiche, note).await?;
        return Ok(shown(&fiche, Status::Conflict, views::clash(&now, form.texte), (note, now.version), (form.texte, None), &back));
    }
    fiche.note(&mut write, Action::Change, &json!({"note": "correction"})).await?;
    write.commit().await?;
    Ok(done(&back, "success", "La note est corrigée."))
}

#[post("/<liste>/<id>/notes/<note>/suppression", data = "<form>", rank = 6)]
#[allow(clippy::too_many_arguments)] // one per part of the request
async fn remove(liste: &str, id: i64, note: i64, personne: Personne, form: Envoi<Retiree<'_>>, context: &State<Context>) -> Result<Reply> {
    let fiche = Fiche::to_write(context, &personne, (liste, id)).await?;
    let before = own(&fiche, note).await?;
    let back = fiche.back(form.retour.unwrap_or_default());
    if before.retire_le.is_some() {
        return Ok(done(&back, "info", "Cette note était déjà retirée."));
    }
    let mut write = context.db.write().await?;
    if !fiche.place().mark::<Note>(&mut write.tx, Seen { id: note, version: form.version }, true).await? {
        write.rollback().await?;
        return Ok(done(
            &back,
            "warning",
            "La note a été corrigée entre-temps : elle n’est pas retirée. Relisez-la, puis retirez-la si vous le voulez encore.",
        ));
    }
    fiche.note(&mut write, Action::Change, &json!({"note": "retrait"})).await?;
    write.commit().await?;
    let next = fiche.undo::<Note>("notes", Seen { id: note, version: form.version.saturating_add(1) }, &back);
    Ok(done(&back, "success", next.after("La note est retirée.")))
}

#[post("/<liste>/<id>/notes/<note>/retablissement", data = "<form>", rank = 6)]
#[allow(clippy::too_many_arguments)] // one per part of the request
async fn restore(liste: &str, id: i64, note: i64, personne: Personne, form: Envoi<Retablie<'_>>, context: &State<Context>) -> Result<Reply> {
    let fiche = Fiche::to_write(context, &personne, (liste, id)).await?;
    own(&fiche, note).await?;
    let seen = fiche.undone::<Note>(form.jeton, note)?;
    let back = fiche.back(form.retour.unwrap_or_default());
    let mut write = context.db.write().await?;
    let row = fiche.adding(&mut write).await?;
    if !fiche.place().mark::<Note>(&mut write.tx, seen, false).await? {
        write.rollback().await?;
        return Ok(done(&back, "info", "Rien à rétablir : cette note n’est plus retirée."));
    }
    // Counted after it is back: what others wrote meanwhile may have taken its room.
    if let Some(why) = fiche.place().full_of_notes(&mut write.tx, 0).await? {
        write.rollback().await?;
        return Ok(done(&back, "warning", why));
    }
    fiche.note_of(&row, &mut write, Action::Change, &json!({"note": "retablissement"})).await?;
    write.commit().await?;
    Ok(done(&back, "success", "La note est rétablie."))
}
