//! One's own second factor: put in place, renewed, taken away.

use maud::Markup;
use rocket::http::{CookieJar, Status};
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes as collect};
use serde_json::json;
use sqlx::PgConnection;

use super::codes::{self, SALT_BYTES, SECRET_BYTES, Typed};
use super::queries::{self, Factor};
use super::{PAGE, in_place, required, sealed, views};
use crate::avis::{self, Notice};
use crate::comptes::envoi::Envoi;
use crate::comptes::freins;
use crate::comptes::guard::{Confirmed, Personne};
use crate::comptes::ouverture::{browser_cookie, new_token, only_here, session_cookie};
use crate::comptes::queries as accounts;
use crate::comptes::sessions;
use crate::context::Context;
use crate::journal::{self, Action};
use crate::platform::error::{Error, Result};
use crate::platform::http::{ClientIp, Flash};
use crate::platform::password::Line;
use crate::platform::token;
use crate::ui::reply::Reply;

/// Routes to mount at `/`.
pub(super) fn routes() -> Vec<Route> {
    collect![own, propose, install, installed, renew, remove]
}

#[get("/compte/second-facteur")]
async fn own(personne: Personne, context: &State<Context>) -> Result<Markup> {
    let factor = queries::factor(context.db.apart().statement(), personne.reader.user_id).await?;
    Ok(views::own_page(&personne, factor.as_ref(), required(&context.config, &personne.reader)))
}

#[post("/compte/second-facteur/proposition")]
async fn propose(personne: Personne, _fresh: Confirmed, context: &State<Context>) -> Result<Flash<Redirect>> {
    let (secret, salt) = (codes::random::<SECRET_BYTES>()?, codes::random::<SALT_BYTES>()?);
    let kept = context.vault.seal(&queries::about(personne.reader.user_id), &secret).map_err(sealed)?;
    let mut write = context.db.apart().write().await?;
    if !queries::propose(&mut write.tx, personne.reader.user_id, &kept, &salt).await? {
        return Ok(Flash::new(Redirect::to(PAGE), "info", "Votre second facteur est déjà installé."));
    }
    write.commit().await?;
    Ok(Flash::new(Redirect::to("/compte/second-facteur/installation"), "info", "Rien ne change tant que vous n’avez pas donné un premier code."))
}

/// The secret of the application, opened.
fn secret(context: &Context, factor: &Factor, personne: &Personne) -> Result<Vec<u8>> {
    factor.secret(&context.vault, personne.reader.user_id).map_err(sealed)
}

/// The secret proposed to a person.
async fn proposed(context: &Context, personne: &Personne) -> Result<Option<Factor>> {
    Ok(queries::factor(context.db.apart().statement(), personne.reader.user_id).await?.filter(|factor| factor.pose_le.is_none()))
}

#[get("/compte/second-facteur/installation")]
async fn install(personne: Personne, _fresh: Confirmed, context: &State<Context>) -> Result<Reply> {
    let Some(factor) = proposed(context, &personne).await? else { return nothing_to_install(context, &personne).await };
    Ok(Reply::Page((Status::Ok, views::install_page(&personne, &codes::shown(&secret(context, &factor, &personne)?, &personne.courriel)?, None))))
}

/// The page of the installation opened again: it is done, and its codes are not shown twice; or it was not under way.
async fn nothing_to_install(context: &Context, personne: &Personne) -> Result<Reply> {
    if !in_place(context.db.apart().statement(), personne.reader.user_id).await? {
        return Ok(nothing_proposed());
    }
    let text = "Votre second facteur est installé. Ses codes de secours ne se montrent qu’une fois\u{a0}: si vous ne les avez pas gardés, faites-en de nouveaux.";
    Ok(Reply::Done(Box::new(Flash::new(Redirect::to(PAGE), "info", text))))
}

fn nothing_proposed() -> Reply {
    Reply::Done(Box::new(Flash::new(Redirect::to(PAGE), "info", "L’installation n’était pas en cours, ou son délai est passé. Recommencez d’ici.")))
}

#[derive(FromForm)]
struct First<'r> {
    code: &'r str,
}

#[post("/compte/second-facteur/installation", data = "<first>")]
async fn installed(
    personne: Personne,
    _fresh: Confirmed,
    first: Envoi<First<'_>>,
    context: &State<Context>,
    cookies: &CookieJar<'_>,
    ip: ClientIp,
) -> Result<Reply> {
    let Some(factor) = proposed(context, &personne).await? else { return Ok(nothing_proposed()) };
    let user = personne.reader.user_id;
    let wait = freins::attempt(&context.db.apart(), &[freins::own_codes(user)]).await?;
    if wait > 0 {
        return Err(Error::TooMany(wait.unsigned_abs()));
    }
    let step = match codes::read(first.code) {
        Typed::Digits(digits) => codes::step(&secret(context, &factor, &personne)?, &digits, context.clock.now())?,
        Typed::Recovery(_) | Typed::Unreadable => None,
    };
    let Some(step) = step else {
        let shown = codes::shown(&secret(context, &factor, &personne)?, &personne.courriel)?;
        let text = "Ce n’est pas le code que montre l’application en ce moment. Vérifiez que le téléphone est à l’heure (heure automatique), puis donnez le code suivant.";
        return Ok(Reply::Page((Status::UnprocessableEntity, views::install_page(&personne, &shown, Some(text)))));
    };
    let (fresh, digests) = fresh_codes(context, factor.sel.clone()).await?;
    let mut write = context.db.apart().write().await?;
    // A sign-in that runs at this moment either ends with the other sessions, or finds the factor.
    accounts::lock(&mut write.tx, user).await?;
    if !queries::put_in_place(&mut write.tx, user, &factor.cle, step).await? {
        return Ok(nothing_proposed());
    }
    queries::replace_recovery(&mut write.tx, user, &factor.sel, &digests).await?;
    freins::forget_attempts(&mut write.tx, &[freins::own_codes(user).0], &[]).await?;
    // The other sessions rest on the password alone; this one, from here on, on both, under another token.
    sessions::end_sessions(&mut write.tx, user, Some(personne.session_id)).await?;
    // Nor do the browsers that only knew the password keep a way of their own.
    let browser = only_here(&mut write.tx, (user, &personne.courriel), ip).await?;
    let token = new_token()?;
    sessions::renew_session(&mut write.tx, personne.session_id, &token::hash(&token)).await?;
    queries::proved(&mut write.tx, personne.session_id, Some("application")).await?;
    tell(&mut write.tx, &personne, "installé", "Un second facteur a été installé pour votre compte.").await?;
    write.commit().await?;
    cookies.add(session_cookie(context, token));
    cookies.add(browser_cookie(context, browser));
    Ok(Reply::Page((Status::Ok, views::codes_page(&personne, &fresh, context.clock.now(), true))))
}

/// Recovery codes and their digests.
async fn fresh_codes(context: &Context, salt: Vec<u8>) -> Result<(Vec<String>, Vec<Vec<u8>>)> {
    let fresh = codes::fresh()?;
    let place = context.passwords.place(Line::Known)?;
    let digests = place.derive(fresh.clone(), salt).await?;
    Ok((fresh, digests))
}

/// Notes a change in the journal, and tells the person, wherever else they may be.
async fn tell(connection: &mut PgConnection, personne: &Personne, word: &str, text: &str) -> Result<()> {
    let text = format!("{text} Si ce n’est pas vous, changez de mot de passe et parlez-en à votre collectivité.");
    avis::add(&mut *connection, personne.reader.user_id, &Notice { ton: "info", texte: &text, lien: PAGE }).await?;
    journal::note(connection, &personne.actor, Action::Change, "second facteur", "", &json!({"second_facteur": word})).await?;
    Ok(())
}

#[post("/compte/second-facteur/codes")]
async fn renew(personne: Personne, _fresh: Confirmed, context: &State<Context>) -> Result<Reply> {
    let user = personne.reader.user_id;
    if queries::factor(context.db.apart().statement(), user).await?.is_none_or(|factor| factor.pose_le.is_none()) {
        return Ok(nothing_proposed());
    }
    // Ten long computations each time: nobody keeps the others waiting by asking again and again.
    let wait = freins::attempt(&context.db.apart(), &[freins::renewals(user)]).await?;
    if wait > 0 {
        return Err(Error::TooMany(wait.unsigned_abs()));
    }
    let salt = codes::random::<SALT_BYTES>()?.to_vec();
    let (fresh, digests) = fresh_codes(context, salt.clone()).await?;
    let mut write = context.db.apart().write().await?;
    queries::replace_recovery(&mut write.tx, user, &salt, &digests).await?;
    tell(&mut write.tx, &personne, "codes refaits", "De nouveaux codes de secours ont été faits pour votre compte.").await?;
    write.commit().await?;
    Ok(Reply::Page((Status::Ok, views::codes_page(&personne, &fresh, context.clock.now(), false))))
}

#[post("/compte/second-facteur/retrait")]
async fn remove(personne: Personne, _fresh: Confirmed, context: &State<Context>) -> Result<Flash<Redirect>> {
    let user = personne.reader.user_id;
    let mut write = context.db.apart().write().await?;
    if !queries::remove(&mut write.tx, user).await? {
        return Ok(Flash::new(Redirect::to(PAGE), "info", "Vous n’avez pas de second facteur."));
    }
    sessions::end_sessions(&mut write.tx, user, Some(personne.session_id)).await?;
    queries::weaken(&mut write.tx, user).await?;
    tell(&mut write.tx, &personne, "retiré", "Le second facteur de votre compte a été retiré.").await?;
    write.commit().await?;
    Ok(Flash::success(Redirect::to(PAGE), "Votre second facteur est retiré ; vos autres sessions sont terminées."))
}
