//! Signing in and out.

use maud::{Markup, html};
use rocket::form::Form;
use rocket::http::{Cookie, CookieJar, Header, SameSite, Status};
use rocket::response::Redirect;
use rocket::time::Duration;
use rocket::{FromForm, Responder, Route, State, get, post, routes};
use serde_json::json;
use sqlx::PgConnection;

use super::freins::{self, Origin};
use super::guard::{Personne, cookie_name};
use super::queries;
use crate::context::Context;
use crate::journal::{self, Action, Actor};
use crate::platform::config::Config;
use crate::platform::error::{Error, Result};
use crate::platform::http::{Asked, ClientIp, here};
use crate::platform::password::{LENGTH_MAX, Line, Verdict};
use crate::platform::token;
use crate::ui::contact;
use crate::ui::form::{Field, field};
use crate::ui::layout::{self, Frame};
use crate::ui::message::{Flash, Tone, flash, notice};

/// Days that a browser keeps its token: the longest that browsers allow.
const BROWSER_DAYS: i64 = 400;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![form, sign_in, sign_out]
}

#[derive(FromForm)]
struct SignIn<'r> {
    courriel: &'r str,
    mot_de_passe: &'r str,
    retour: Option<&'r str>,
    fin: Option<&'r str>,
}

#[get("/connexion?<retour>&<fin>")]
fn form(personne: Option<Personne>, retour: Option<&str>, fin: Option<&str>, context: &State<Context>) -> std::result::Result<Redirect, Markup> {
    if personne.is_some() {
        return Ok(Redirect::to(safe_return(retour)));
    }
    Err(page(context, "", (retour, fin), None))
}

#[post("/connexion", data = "<form>")]
async fn sign_in(
    form: Form<SignIn<'_>>,
    context: &State<Context>,
    cookies: &CookieJar<'_>,
    ip: ClientIp,
    asked: Asked,
) -> Result<std::result::Result<Redirect, Refused>> {
    // Longer, or with characters that no account may have: the same way as any unknown one.
    let courriel: String = contact::email_key(form.courriel).chars().filter(|c| !c.is_control()).take(contact::EMAIL_MAX).collect();
    let kept = cookies.get(browser_cookie_name(&context.config)).map(|cookie| cookie.value().to_string());
    let origin = Origin::new(&courriel, ip.0, kept.as_deref());
    let found = queries::credentials(&context.db, &courriel).await?;
    let ways = origin.ways(&context.db, found.as_ref().map(|(id, ..)| *id)).await?;
    // A place before the attempt is counted: whoever finds the queue full has not tried.
    let place = context.passwords.place(if ways.known_browser { Line::Known } else { Line::Stranger })?;
    let way = match ways.attempt(&context.db).await? {
        Ok(way) => way,
        Err(wait) => return Ok(Err(Refused::wait(page(context, &courriel, (form.retour, form.fin), Some(too_many(wait))), wait))),
    };
    let stored = found.as_ref().and_then(|(_, _, phc, _)| phc.clone());
    let verdict = context.passwords.verify(&place, form.mot_de_passe, stored.clone()).await?;
    let fresh = match verdict {
        Verdict::RightOld => Some(place.hash(form.mot_de_passe).await?),
        Verdict::Right | Verdict::Wrong => None,
    };
    drop(place);
    // The account that it was about, so that whoever looks for a person finds what was tried on them. What is typed where
    // an e-mail should be may be a password: nothing of it is kept when there is no account.
    let about = found.as_ref().map(|(id, nom, ..)| (*id, nom.clone()));
    let (id, name) = about.map_or((None, "Courriel inconnu".into()), |(id, nom)| (Some(id), nom));
    let mut actor = Actor { id, name, collectivite_id: None, ip: ip.0, request: asked.number.clone() };
    let mut write = context.db.write().await?;
    // Their administrateur sees attempts on a known account; the answer is the same for an unknown one.
    actor.collectivite_id = found.as_ref().and_then(|(_, _, _, principale)| *principale);
    let Some((id, nom, _, principale)) = found.filter(|_| verdict != Verdict::Wrong) else {
        journal::note(&mut write.tx, &actor, Action::SignInFailed, "connexion", "", &json!({})).await?;
        write.commit().await?;
        let message =
            Flash { tone: Tone::Failure, text: "Courriel ou mot de passe incorrect. Vérifiez les deux, puis recommencez.".into(), next: None };
        return Ok(Err(Refused::Wrong((Status::UnprocessableEntity, page(context, &courriel, (form.retour, form.fin), Some(message))))));
    };
    actor = Actor { id: Some(id), name: nom, collectivite_id: principale, ..actor };
    let token = new_token()?;
    // The session before this one ends: its token never serves the new sign-in.
    if let Some(old) = cookies.get(cookie_name(&context.config)) {
        queries::close_session(&mut write.tx, &token::hash(old.value())).await?;
    }
    let address = ip.0.map(|ip| ip.to_string());
    queries::open_session(&mut write.tx, &token::hash(&token), id, context.config.session_duree_heures, address, &asked.agent).await?;
    if let (Some(old), Some(fresh)) = (&stored, &fresh) {
        queries::rehash(&mut write.tx, id, old, fresh).await?;
    }
    way.forget(&mut write.tx).await?;
    let browser = browser_token(context, id, kept).await?;
    origin.remember(&mut write.tx, id, &browser).await?;
    journal::note(&mut write.tx, &actor, Action::SignIn, "connexion", "", &json!({})).await?;
    write.commit().await?;
    cookies.add(session_cookie(context, token));
    cookies.add(browser_cookie(context, browser));
    Ok(Ok(Redirect::to(safe_return(form.retour))))
}

#[post("/deconnexion")]
async fn sign_out(personne: Personne, context: &State<Context>, cookies: &CookieJar<'_>) -> Result<SignedOut> {
    let mut write = context.db.write().await?;
    queries::end_session(&mut write.tx, personne.reader.user_id, personne.session_id).await?;
    journal::note(&mut write.tx, &personne.actor, Action::SignOut, "connexion", "", &json!({})).await?;
    write.commit().await?;
    cookies.remove(session_cookie(context, String::new()));
    Ok(SignedOut { to: Redirect::to("/connexion?fin=deconnexion"), clear: Header::new("Clear-Site-Data", "\"cache\", \"storage\"") })
}

/// The form again, with what was typed and why.
#[derive(Responder)]
enum Refused {
    Wrong((Status, Markup)),
    Wait(Box<Waiting>),
}

#[derive(Responder)]
struct Waiting {
    page: (Status, Markup),
    after: Header<'static>,
}

impl Refused {
    fn wait(page: Markup, seconds: i64) -> Self {
        Self::Wait(Box::new(Waiting { page: (Status::TooManyRequests, page), after: Header::new("Retry-After", seconds.to_string()) }))
    }
}

fn too_many(seconds: i64) -> Flash {
    Flash { tone: Tone::Failure, text: Error::TooMany(seconds.unsigned_abs()).sentence().into_owned(), next: None }
}

/// To the sign-in page, and nothing of the session stays in the browser: pages kept for « Back » go too.
#[derive(Responder)]
struct SignedOut {
    to: Redirect,
    clear: Header<'static>,
}

/// What the browser keeps to be known: the token it had, if this account gave it, or a new one.
async fn browser_token(context: &Context, account: i64, kept: Option<String>) -> Result<String> {
    if let Some(kept) = kept
        && freins::is_known(&context.db, account, &kept).await?
    {
        return Ok(kept);
    }
    new_token()
}

/// A random token.
pub(super) fn new_token() -> Result<String> {
    token::random().map_err(|error| Error::Internal(error.to_string()))
}

/// After a password was chosen, every place that knew the account is forgotten but this one, whose browser gets a new
/// token.
pub(super) async fn only_here(connection: &mut PgConnection, account: (i64, &str), ip: ClientIp) -> Result<String> {
    let browser = new_token()?;
    freins::forget_places(&mut *connection, account.0).await?;
    Origin::new(account.1, ip.0, None).remember(connection, account.0, &browser).await?;
    Ok(browser)
}

/// Name of the cookie by which a browser is known.
fn browser_cookie_name(config: &Config) -> &'static str {
    if config.plain_http() { "gardel-navigateur" } else { "__Host-gardel-navigateur" }
}

/// It opens nothing: it only gives its accounts a way that nobody else's failures reach.
pub(super) fn browser_cookie(context: &Context, token: String) -> Cookie<'static> {
    cookie(context, browser_cookie_name(&context.config), token, Duration::days(BROWSER_DAYS))
}

pub(super) fn session_cookie(context: &Context, token: String) -> Cookie<'static> {
    // Longer than the session: what is sent after its end is kept for its person (`reprise`).
    let age = Duration::hours(i64::from(context.config.session_duree_heures)) + Duration::days(i64::from(queries::ENDED_DAYS));
    cookie(context, cookie_name(&context.config), token, age)
}

fn cookie(context: &Context, name: &'static str, token: String, age: Duration) -> Cookie<'static> {
    let secure = !context.config.plain_http();
    Cookie::build((name, token)).path("/").http_only(true).secure(secure).same_site(SameSite::Lax).max_age(age).build()
}

/// Where to go after signing in: a page of ours, and not this one again.
fn safe_return(asked: Option<&str>) -> String {
    asked.and_then(here).filter(|place| !place.starts_with("/connexion")).unwrap_or_else(|| "/".into())
}

/// What ended, and what became of what the person was doing.
fn ended(fin: Option<&str>, retour: Option<&str>) -> Option<(Tone, &'static str)> {
    match fin? {
        "session" => Some((Tone::Info, "Votre session est terminée. Connectez-vous de nouveau : vous reviendrez à la page où vous étiez.")),
        "gardee" if retour.is_some_and(|place| place.starts_with("/reprise/")) => Some((
            Tone::Warning,
            "Votre session était terminée : votre dernière modification n’a pas été enregistrée. Ce que vous aviez saisi est gardé un jour. \
             Connectez-vous avec le même compte : vous le retrouverez, à vérifier avant de l’envoyer.",
        )),
        "deconnexion" => Some((Tone::Success, "Vous êtes déconnecté.")),
        "choisi" => Some((Tone::Success, "Votre mot de passe est enregistré. Connectez-vous.")),
        "servi" => Some((Tone::Success, "Ce lien vient de servir. Connectez-vous avec le mot de passe que vous avez choisi.")),
        "perdue" => Some((
            Tone::Warning,
            "Vous n’étiez plus connecté : votre dernière modification n’a pas été enregistrée. Connectez-vous, puis recommencez-la.",
        )),
        _ => None,
    }
}

/// The sign-in page; `way` is where to go after, and what ended.
fn page(context: &Context, courriel: &str, way: (Option<&str>, Option<&str>), message: Option<Flash>) -> Markup {
    let (retour, fin) = way;
    let frame = Frame { environment: context.config.environnement, path: "/connexion".into(), ..Frame::default() };
    layout::page(
        &frame,
        "Connexion",
        &html! {
            section class="etroite" {
                h1 { "Connexion" }
                @if let Some((tone, text)) = ended(fin, retour).filter(|_| message.is_none()) { (notice(tone, &html! { p { (text) } })) }
                @if let Some(message) = &message { (flash(message)) }
                form method="post" action="/connexion" {
                    @if let Some(retour) = retour { input type="hidden" name="retour" value=(retour); }
                    @if let Some(fin) = fin { input type="hidden" name="fin" value=(fin); }
                    (field(&Field { name: "courriel", label: "Courriel", kind: "email", value: courriel, required: true, autocomplete: "username", max: Some(120), ..Field::default() }))
                    (field(&Field { name: "mot_de_passe", label: "Mot de passe", kind: "password", required: true, autocomplete: "current-password", max: Some(LENGTH_MAX), ..Field::default() }))
                    p class="actions" { button class="bouton principal" type="submit" { "Se connecter" } }
                }
                p class="discret" { "Mot de passe oublié ? Demandez un nouveau lien à un administrateur de votre collectivité : il vous remettra une fiche avec ce lien." }
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::safe_return;

    #[test]
    fn only_our_pages_are_returned_to() {
        assert_eq!(safe_return(Some("/sejours?statut=valide")), "/sejours?statut=valide");
        for other in [Some("https://ailleurs.example"), Some("/\\ailleurs.example"), Some("/connexion?retour=/connexion"), None] {
            assert_eq!(safe_return(other), "/", "{other:?}");
        }
    }
}
