//! Between the password and the code.

use maud::{Markup, html};
use rocket::form::Form;
use rocket::http::{Cookie, CookieJar, Status};
use rocket::response::Redirect;
use rocket::time::Duration;
use rocket::{FromForm, Route, State, get, post, routes as collect};
use serde_json::json;
use sqlx::PgConnection;

use super::queries::{self, TRIES_MAX, WAIT_MINUTES, Waiting};
use super::{candidate, spend, views};
use crate::avis::{self, Notice};
use crate::comptes::connexion::{Refused, note_braked, safe_return, too_many};
use crate::comptes::freins::{self, Origin};
use crate::comptes::ouverture::{Account, Door, Means, cookie, new_token};
use crate::comptes::queries as accounts;
use crate::context::Context;
use crate::journal::{self, Action};
use crate::platform::config::Config;
use crate::platform::error::Result;
use crate::platform::http::Address;
use crate::platform::http::{ClientIp, Visit};
use crate::platform::password::Line;
use crate::platform::token;
use crate::ui::form::error_summary;
use crate::ui::layout::{self, Frame};
use crate::ui::message::{Flash, flash};

/// Wrong codes after one right password before its person is told.
const TOLD_AFTER: i32 = 3;

/// Routes to mount at `/`.
pub(super) fn routes() -> Vec<Route> {
    collect![form, give]
}

/// Name of the cookie of a wait. No guard reads it: it opens nothing.
fn cookie_name(config: &Config) -> &'static str {
    if config.plain_http() { "gardel-attente" } else { "__Host-gardel-attente" }
}

fn waiting_cookie(context: &Context, token: String, minutes: i32) -> Cookie<'static> {
    cookie(context, cookie_name(&context.config), token, Duration::minutes(i64::from(minutes)))
}

/// Notes that the code of an account is awaited, after its password or after `identity`; gives what the browser keeps.
pub(in crate::comptes) async fn await_code(
    context: &Context,
    connection: &mut PgConnection,
    user_id: i64,
    identity: Option<(i64, &str)>,
) -> Result<Cookie<'static>> {
    let token = new_token()?;
    queries::await_code(connection, &token::hash(&token), user_id, identity).await?;
    Ok(waiting_cookie(context, token, WAIT_MINUTES))
}

/// The page where the code is given, with where to go after.
pub(in crate::comptes) fn code_address(retour: Option<&str>, fin: Option<&str>) -> String {
    address("/connexion/code", retour, fin)
}

fn address(page: &str, retour: Option<&str>, fin: Option<&str>) -> String {
    Address::of(page).with_some("retour", retour).with_some("fin", fin).into()
}

/// Whose code is awaited from this browser, and the name of that wait.
async fn waiting(context: &Context, cookies: &CookieJar<'_>) -> Result<Option<(Waiting, Vec<u8>)>> {
    let Some(kept) = cookies.get(cookie_name(&context.config)) else { return Ok(None) };
    let hash = token::hash(kept.value());
    Ok(queries::awaited(&context.db.apart(), &hash).await?.map(|found| (found, hash)))
}

#[get("/connexion/code?<retour>&<fin>")]
async fn form(
    retour: Option<&str>,
    fin: Option<&str>,
    context: &State<Context>,
    cookies: &CookieJar<'_>,
) -> Result<std::result::Result<Markup, Redirect>> {
    let Some((found, _)) = waiting(context, cookies).await?.filter(|(found, _)| found.essais < TRIES_MAX) else {
        return Ok(Err(Redirect::to(address("/connexion", retour, Some("attente")))));
    };
    Ok(Ok(page(context, &found.courriel, (retour, fin), None, None)))
}

#[derive(FromForm)]
struct Given<'r> {
    code: &'r str,
    retour: Option<&'r str>,
    fin: Option<&'r str>,
}

#[post("/connexion/code", data = "<given>")]
async fn give(
    given: Form<Given<'_>>,
    context: &State<Context>,
    cookies: &CookieJar<'_>,
    ip: ClientIp,
    asked: Visit,
) -> Result<std::result::Result<Redirect, Refused>> {
    let way = (given.retour, given.fin);
    let over = |word: &str| Ok(Ok(Redirect::to(address("/connexion", given.retour, Some(word)))));
    let Some((found, hash)) = waiting(context, cookies).await? else { return over("attente") };
    if found.essais >= TRIES_MAX {
        return over("essais");
    }
    let door = Door { context, cookies, ip, asked: &asked };
    // A place before the try is counted: whoever finds the queue full has not tried.
    let place = context.passwords.place(Line::Known)?;
    let origin = Origin::new(&found.courriel, ip.0, door.kept().as_deref());
    let counters = origin.codes(&context.db.apart(), found.id).await?;
    let wait = freins::attempt(&context.db.apart(), &counters).await?;
    let account = Account { id: found.id, nom: &found.nom, principale: found.principale };
    if wait > 0 {
        note_braked(context, door.actor(&account), "second facteur");
        return Ok(Err(Refused::wait(page(context, &found.courriel, way, None, Some(too_many(wait))), wait)));
    }
    // Posted twice, the second finds the wait over: the first has opened the session, or this leads back to the password.
    if !queries::count_try(&context.db.apart(), &hash).await? {
        return Ok(Ok(Redirect::to(safe_return(given.retour))));
    }
    let possible = candidate(context, &place, found.id, given.code).await?;
    drop(place);
    let mut write = context.db.apart().write().await?;
    accounts::lock(&mut write.tx, found.id).await?;
    let Some(proof) = spend(&mut write.tx, found.id, possible).await? else {
        journal::note(&mut write.tx, &door.actor(&account), Action::SignInFailed, "second facteur", "", &json!({})).await?;
        if found.essais + 1 == TOLD_AFTER {
            let told = "Quelqu’un a donné votre mot de passe, puis des codes inexacts. Si ce n’est pas vous, changez de mot de passe et parlez-en à votre collectivité.";
            avis::add(&mut write.tx, found.id, &Notice { ton: "alerte", texte: told, lien: "/compte" }).await?;
        }
        write.commit().await?;
        let refused = page(context, &found.courriel, way, Some(views::WRONG), None);
        return Ok(Err(Refused::Wrong((Status::UnprocessableEntity, refused))));
    };
    if !queries::end_wait(&mut write.tx, &hash).await? {
        write.rollback().await?;
        return Ok(Ok(Redirect::to(safe_return(given.retour))));
    }
    freins::forget_attempts(&mut write.tx, &counters.into_iter().map(|(name, ..)| name).collect::<Vec<_>>(), &[]).await?;
    let means = Means { factor: Some(proof.code()), identity: found.identity(), level: None };
    let keys = door.enter(&mut write.tx, &account, &origin, means).await?;
    write.commit().await?;
    door.give(keys);
    cookies.remove(waiting_cookie(context, String::new(), 0));
    Ok(Ok(Redirect::to(safe_return(given.retour))))
}

fn page(context: &Context, courriel: &str, way: (Option<&str>, Option<&str>), error: Option<&str>, message: Option<Flash>) -> Markup {
    let frame = Frame { environment: context.config.environnement, path: "/connexion".into(), ..Frame::default() };
    layout::page(
        &frame,
        "Code de connexion",
        &html! {
            section class="etroite" {
                h1 { "Code de connexion" }
                @if let Some(message) = &message { (flash(message)) }
                (error_summary(&error.map(|text| ("code", text.to_string())).into_iter().collect::<Vec<_>>()))
                p { "Compte : " strong { (courriel) } }
                form method="post" action="/connexion/code" {
                    @if let Some(retour) = way.0 { input type="hidden" name="retour" value=(retour); }
                    @if let Some(fin) = way.1 { input type="hidden" name="fin" value=(fin); }
                    (views::code_field(error))
                    p class="actions" {
                        button class="bouton principal" type="submit" { "Continuer" }
                        a class="bouton" href=(address("/connexion", way.0, None)) { "Changer de compte" }
                    }
                }
                p class="discret" {
                    "Plus de téléphone ni de code de secours ? Voyez un administrateur de votre collectivité : il peut demander le retrait de votre second facteur."
                }
            }
        },
    )
}
