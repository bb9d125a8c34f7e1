//! Signing in and out.

use maud::{Markup, html};
use rocket::form::Form;
use rocket::http::{CookieJar, Header, Status};
use rocket::response::Redirect;
use rocket::{FromForm, Responder, Route, State, get, post, routes};
use serde_json::json;

use super::freins::Origin;
use super::guard::Personne;
use super::ouverture::{Account, Door, Means, session_cookie};
use super::{externe, facteur};
use super::{queries, sessions};
use crate::context::Context;
use crate::journal::{self, Action, Actor};
use crate::platform::error::{Error, Result};
use crate::platform::http::{ClientIp, Visit, here};
use crate::platform::oidc::Provider;
use crate::platform::password::{Line, Verdict};
use crate::ui::contact;
use crate::ui::form::{Field, field};
use crate::ui::layout::{self, Frame};
use crate::ui::message::{Flash, Tone, flash, notice};

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
    Err(sign_in_page(context, "", (retour, fin), None))
}

#[post("/connexion", data = "<form>")]
async fn sign_in(
    form: Form<SignIn<'_>>,
    context: &State<Context>,
    cookies: &CookieJar<'_>,
    ip: ClientIp,
    asked: Visit,
) -> Result<std::result::Result<Redirect, Refused>> {
    // Longer, or with characters that no account may have: the same way as any unknown one.
    let courriel: String = contact::email_key(form.courriel).chars().filter(|c| !c.is_control()).take(contact::EMAIL_MAX).collect();
    let door = Door { context, cookies, ip, asked: &asked };
    let origin = Origin::new(&courriel, ip.0, door.kept().as_deref());
    let found = queries::credentials(&context.db.apart(), &courriel).await?;
    let ways = origin.ways(&context.db.apart(), found.as_ref().map(|(id, ..)| *id)).await?;
    // A place before the attempt is counted: whoever finds the queue full has not tried.
    let place = context.passwords.place(if ways.known_browser { Line::Known } else { Line::Stranger })?;
    let way = match ways.attempt(&context.db.apart()).await? {
        Ok(way) => way,
        Err(wait) => {
            note_braked(context, about(found.as_ref(), &door), "connexion");
            return Ok(Err(Refused::wait(sign_in_page(context, &courriel, (form.retour, form.fin), Some(too_many(wait))), wait)));
        }
    };
    let stored = found.as_ref().and_then(|(_, _, phc, _)| phc.clone());
    let verdict = context.passwords.verify(&place, form.mot_de_passe, stored.clone()).await?;
    let fresh = match verdict {
        Verdict::RightOld => Some(place.hash(form.mot_de_passe).await?),
        Verdict::Right | Verdict::Wrong => None,
    };
    drop(place);
    let mut write = context.db.apart().write().await?;
    // The password may have changed, or the account been disabled, since it was read: nothing opens on what is over.
    let right = match (&found, &stored) {
        (Some((id, ..)), Some(stored)) if verdict != Verdict::Wrong => queries::still_has(&mut write.tx, *id, stored).await?,
        _ => false,
    };
    let Some((id, nom, _, principale)) = found.as_ref().filter(|_| right) else {
        journal::note(&mut write.tx, &about(found.as_ref(), &door), Action::SignInFailed, "connexion", "", &json!({})).await?;
        write.commit().await?;
        let message =
            Flash { tone: Tone::Failure, text: "Courriel ou mot de passe incorrect. Vérifiez les deux, puis recommencez.".into(), next: None };
        return Ok(Err(Refused::Wrong((Status::UnprocessableEntity, sign_in_page(context, &courriel, (form.retour, form.fin), Some(message))))));
    };
    if let (Some(old), Some(fresh)) = (&stored, &fresh) {
        queries::rehash(&mut write.tx, *id, old, fresh).await?;
    }
    way.forget(&mut write.tx).await?;
    if externe::instead_of_password(context, &mut write.tx, *id).await? {
        journal::note(&mut write.tx, &about(found.as_ref(), &door), Action::SignInFailed, "connexion", "", &json!({"cause": "identité exigée"}))
            .await?;
        write.commit().await?;
        let page = sign_in_page(context, &courriel, (form.retour, form.fin), Some(elsewhere(context)));
        return Ok(Err(Refused::Wrong((Status::Forbidden, page))));
    }
    if facteur::in_place(&mut *write.tx, *id).await? {
        let waiting = facteur::await_code(context, &mut write.tx, *id, None).await?;
        journal::note_seldom(&mut write.tx, &about(found.as_ref(), &door), Action::SignIn, "second facteur").await?;
        write.commit().await?;
        cookies.add(waiting);
        return Ok(Ok(Redirect::to(facteur::code_address(form.retour, form.fin))));
    }
    let keys = door.enter(&mut write.tx, &Account { id: *id, nom, principale: *principale }, &origin, Means::default()).await?;
    write.commit().await?;
    door.give(keys);
    Ok(Ok(Redirect::to(safe_return(form.retour))))
}

#[post("/deconnexion")]
async fn sign_out(personne: Personne, context: &State<Context>, cookies: &CookieJar<'_>) -> Result<SignedOut> {
    let token = externe::token_of(context, &personne).await?;
    let mut write = context.db.apart().write().await?;
    sessions::end_session(&mut write.tx, personne.reader.user_id, personne.session_id).await?;
    journal::note(&mut write.tx, &personne.actor, Action::SignOut, "connexion", "", &json!({})).await?;
    write.commit().await?;
    cookies.remove(session_cookie(context, String::new()));
    let clear = Header::new("Clear-Site-Data", "\"cache\", \"storage\"");
    // Here first: the provider may be slow, or away.
    Ok(match externe::end_of_session(context, token.as_deref()).await {
        None => SignedOut::Here(Box::new(Here { to: Redirect::to("/connexion?fin=deconnexion"), clear })),
        Some(address) => SignedOut::There(externe::leaving(context, &address, clear)),
    })
}

/// Notes that somebody was made to wait, apart from the answer: how long that takes says nothing of who exists.
pub(super) fn note_braked(context: &Context, actor: Actor, object: &'static str) {
    let name = format!("{object} {:?}", actor.id);
    if context.noted.contains_key(&name) {
        return;
    }
    context.noted.insert(name, ());
    let db = context.db.apart();
    tokio::spawn(async move {
        let noted = async {
            let mut write = db.write().await?;
            journal::note_seldom(&mut write.tx, &actor, Action::Braked, object).await?;
            write.commit().await
        };
        if let Err(error) = noted.await {
            tracing::warn!(%error, "a braked sign-in is not in the journal");
        }
    });
}

/// The account that a refused attempt was about, so that whoever looks for a person finds what was tried on them. What is
/// typed where an e-mail should be may be a password: nothing of it is kept when there is no account.
pub(super) fn about(found: Option<&(i64, String, Option<String>, Option<i32>)>, door: &Door<'_>) -> Actor {
    match found {
        Some((id, nom, _, principale)) => door.actor(&Account { id: *id, nom, principale: *principale }),
        None => Actor { name: "Courriel inconnu".into(), ip: door.ip.0, request: door.asked.number.clone(), ..Actor::default() },
    }
}

/// The form again, with what was typed and why.
#[derive(Responder)]
pub(super) enum Refused {
    Wrong((Status, Markup)),
    Wait(Box<Waiting>),
}

#[derive(Responder)]
pub(super) struct Waiting {
    page: (Status, Markup),
    after: Header<'static>,
}

impl Refused {
    pub(super) fn wait(page: Markup, seconds: i64) -> Self {
        Self::Wait(Box::new(Waiting { page: (Status::TooManyRequests, page), after: Header::new("Retry-After", seconds.to_string()) }))
    }
}

/// What somebody is told whose collectivité requires the identity provider: their password was right.
fn elsewhere(context: &Context) -> Flash {
    let name = context.provider.as_ref().map_or("", Provider::name);
    Flash { tone: Tone::Warning, text: format!("Votre collectivité demande de passer par {name} : connectez-vous avec son bouton."), next: None }
}

pub(super) fn too_many(seconds: i64) -> Flash {
    Flash { tone: Tone::Failure, text: Error::TooMany(seconds.unsigned_abs()).sentence().into_owned(), next: None }
}

/// To the sign-in page, by that of the identity provider when it opened the session; nothing of it stays in the browser:
/// pages kept for « Back » go too.
#[derive(Responder)]
enum SignedOut {
    Here(Box<Here>),
    There(Box<externe::Leaving>),
}

#[derive(Responder)]
struct Here {
    to: Redirect,
    clear: Header<'static>,
}

/// Where to go after signing in: a page of ours, and not this one again.
pub(super) fn safe_return(asked: Option<&str>) -> String {
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
        "attente" => Some((Tone::Warning, "Le temps de donner votre code est passé. Connectez-vous de nouveau.")),
        "essais" => Some((Tone::Warning, "Trop de codes inexacts. Connectez-vous de nouveau, avec le prochain code de votre application.")),
        "deconnexion" => Some((Tone::Success, "Vous êtes déconnecté.")),
        "oubli" => Some((
            Tone::Info,
            "Si cette adresse est celle d’un compte, un courriel part avec un lien, valable une heure. Rien dans quelques minutes ? Regardez dans les \
             indésirables, puis voyez un administrateur de votre collectivité.",
        )),
        "choisi" => Some((Tone::Success, "Votre mot de passe est enregistré. Connectez-vous.")),
        "servi" => Some((Tone::Success, "Ce lien vient de servir. Connectez-vous avec le mot de passe que vous avez choisi.")),
        "perdue" => Some((
            Tone::Warning,
            "Vous n’étiez plus connecté : votre dernière modification n’a pas été enregistrée. Connectez-vous, puis recommencez-la. Si vous joigniez des fichiers, choisissez-les de nouveau.",
        )),
        _ => None,
    }
}

/// The sign-in page; `way` is where to go after, and what ended.
pub(super) fn sign_in_page(context: &Context, courriel: &str, way: (Option<&str>, Option<&str>), message: Option<Flash>) -> Markup {
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
                @if let Some(provider) = &context.provider { (externe::button(provider.name(), retour)) }
                form method="post" action="/connexion" {
                    @if let Some(retour) = retour { input type="hidden" name="retour" value=(retour); }
                    @if let Some(fin) = fin { input type="hidden" name="fin" value=(fin); }
                    (field(&Field { name: "courriel", label: "Courriel", kind: "email", value: courriel, required: true, autocomplete: "username", max: Some(120), ..Field::default() }))
                    (field(&Field { name: "mot_de_passe", label: "Mot de passe", kind: "password", required: true, autocomplete: "current-password", ..Field::default() }))
                    p class="actions" { button class="bouton principal" type="submit" { "Se connecter" } }
                }
                @if context.mailer.is_some() { p { a href="/connexion/oubli" { "Mot de passe oublié ?" } } }
                @else { p class="discret" { "Mot de passe oublié ? Demandez un nouveau lien à un administrateur de votre collectivité : il vous remettra une fiche avec ce lien." } }
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
