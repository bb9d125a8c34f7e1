//! Proving again who one is, before an act that weighs.

use maud::Markup;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes as collect};
use serde_json::json;

use super::{candidate, in_place, queries, spend, views};
use crate::comptes::connexion::safe_return;
use crate::comptes::envoi::Envoi;
use crate::comptes::freins;
use crate::comptes::guard::Personne;
use crate::comptes::queries as accounts;
use crate::context::Context;
use crate::journal::{self, Action};
use crate::platform::error::{Error, Result};
use crate::platform::password::{Line, Place, Verdict};

/// Routes to mount at `/`.
pub(super) fn routes() -> Vec<Route> {
    collect![form, prove]
}

#[get("/compte/confirmation?<retour>&<fin>")]
async fn form(personne: Personne, retour: Option<&str>, fin: Option<&str>, context: &State<Context>) -> Result<Markup> {
    let has_factor = in_place(context.db.apart().statement(), personne.reader.user_id).await?;
    Ok(views::confirm_page(&personne, has_factor, (&safe_return(retour), fin), None))
}

#[derive(FromForm)]
struct Given<'r> {
    #[field(default = "")]
    code: &'r str,
    #[field(default = "")]
    mot_de_passe: &'r str,
    retour: Option<&'r str>,
    fin: Option<&'r str>,
}

/// The code of whoever has a second factor, the password of everybody else: the one never stands for the other.
#[post("/compte/confirmation", data = "<given>")]
async fn prove(personne: Personne, given: Envoi<Given<'_>>, context: &State<Context>) -> Result<std::result::Result<Redirect, (Status, Markup)>> {
    let user = personne.reader.user_id;
    let has_factor = in_place(context.db.apart().statement(), user).await?;
    // A place before the attempt is counted: whoever finds the queue full has not tried.
    let place = context.passwords.place(Line::Known)?;
    let counter = if has_factor { freins::own_codes(user) } else { freins::own_password(user) };
    let wait = freins::attempt(&context.db.apart(), std::slice::from_ref(&counter)).await?;
    if wait > 0 {
        return Err(Error::TooMany(wait.unsigned_abs()));
    }
    let possible = if has_factor { candidate(context, &place, user, given.code).await? } else { None };
    let right_password = !has_factor && knows_password(context, &place, &personne, given.mot_de_passe).await?;
    drop(place);
    let mut write = context.db.apart().write().await?;
    let proof = spend(&mut write.tx, user, possible).await?;
    if proof.is_none() && !right_password {
        let object = if has_factor { "second facteur" } else { "mot de passe" };
        journal::note(&mut write.tx, &personne.actor, Action::SignInFailed, object, "", &json!({})).await?;
        write.commit().await?;
        let text = if has_factor { views::WRONG } else { "Ce n’est pas votre mot de passe." };
        let page = views::confirm_page(&personne, has_factor, (&safe_return(given.retour), given.fin), Some(text));
        return Ok(Err((Status::UnprocessableEntity, page)));
    }
    freins::forget_attempts(&mut write.tx, std::slice::from_ref(&counter.0), &[]).await?;
    queries::proved(&mut write.tx, personne.session_id, proof.map(super::Proof::code)).await?;
    write.commit().await?;
    Ok(Ok(Redirect::to(safe_return(given.retour))))
}

async fn knows_password(context: &Context, place: &Place, personne: &Personne, typed: &str) -> Result<bool> {
    let stored = accounts::credentials(&context.db.apart(), &personne.courriel).await?.and_then(|(_, _, phc, _)| phc);
    Ok(context.passwords.verify(place, typed, stored).await? != Verdict::Wrong)
}
