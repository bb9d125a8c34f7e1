//! Signing in and out.

use maud::{Markup, html};
use rocket::form::Form;
use rocket::http::{Cookie, CookieJar, SameSite, Status};
use rocket::request::FlashMessage;
use rocket::response::{Flash as RocketFlash, Redirect};
use rocket::{FromForm, Route, State, get, post, routes};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::guard::{Personne, cookie_name};
use super::queries;
use crate::context::Context;
use crate::journal::{self, Action, Actor};
use crate::platform::error::{Error, Result};
use crate::platform::http::{Asked, ClientIp};
use crate::platform::password::{LENGTH_MAX, Verdict};
use crate::platform::token;
use crate::ui::contact;
use crate::ui::form::{Field, field};
use crate::ui::layout::{self, Frame};
use crate::ui::message::{Flash, Tone, flash, notice};

/// Free attempts and longest wait in seconds: for an account seen from one address, for an account
/// from anywhere (short, so that nobody can keep its owner out), for an address.
const PAIR: (i32, i32) = (5, 900);
const ACCOUNT: (i32, i32) = (20, 30);
const ADDRESS: (i32, i32) = (60, 900);

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
fn form(
    personne: Option<Personne>,
    retour: Option<&str>,
    fin: Option<&str>,
    message: Option<FlashMessage<'_>>,
    context: &State<Context>,
) -> std::result::Result<Redirect, Markup> {
    if personne.is_some() {
        return Ok(Redirect::to(safe_return(retour)));
    }
    let flash = message.map(|message| Flash {
        tone: if message.kind() == "error" { Tone::Failure } else { Tone::Success },
        text: message.message().to_string(),
        next: None,
    });
    Err(page(context, "", (retour, fin), flash))
}

#[post("/connexion", data = "<form>")]
async fn sign_in(
    form: Form<SignIn<'_>>,
    context: &State<Context>,
    cookies: &CookieJar<'_>,
    ip: ClientIp,
    asked: Asked,
) -> Result<std::result::Result<Redirect, (Status, Markup)>> {
    // Longer, or with characters that no account may have: the same way as any unknown one.
    let courriel: String = contact::email_key(form.courriel).chars().filter(|c| !c.is_control()).take(contact::EMAIL_MAX).collect();
    let address = ip.0.map(|ip| ip.to_string());
    let keys = throttle_keys(&courriel, address.as_deref().unwrap_or("?"));
    let wait = queries::attempt(&context.db, &keys).await?;
    if wait > 0 {
        return Err(Error::TooMany(wait.unsigned_abs()));
    }
    let found = queries::credentials(&context.db, &courriel).await?;
    let stored = found.as_ref().and_then(|(_, _, phc, _)| phc.clone());
    let verdict = context.passwords.verify(form.mot_de_passe, stored.clone()).await.map_err(Error::Internal)?;
    let fresh = match verdict {
        Verdict::RightOld => Some(context.passwords.hash(form.mot_de_passe.to_string()).await.map_err(Error::Internal)?),
        Verdict::Right | Verdict::Wrong => None,
    };
    let mut actor = Actor { id: None, name: courriel.clone(), collectivite_id: None, ip: ip.0, request: asked.number.clone() };
    let mut write = context.db.write().await?;
    // Their administrateur sees attempts on a known account; the answer is the same for an unknown one.
    actor.collectivite_id = found.as_ref().and_then(|(_, _, _, principale)| *principale);
    let Some((id, nom, _, principale)) = found.filter(|_| verdict != Verdict::Wrong) else {
        journal::note(&mut write.tx, &actor, Action::SignInFailed, "connexion", "", &json!({})).await?;
        write.commit().await?;
        let message =
            Flash { tone: Tone::Failure, text: "Courriel ou mot de passe incorrect. Vérifiez les deux, puis recommencez.".into(), next: None };
        return Ok(Err((Status::UnprocessableEntity, page(context, &courriel, (form.retour, form.fin), Some(message)))));
    };
    actor = Actor { id: Some(id), name: nom, collectivite_id: principale, ..actor };
    let token = token::random().map_err(|error| Error::Internal(error.to_string()))?;
    // The session before this one ends: its token never serves the new sign-in.
    if let Some(old) = cookies.get(cookie_name(&context.config)) {
        queries::close_session(&mut write.tx, &token::hash(old.value())).await?;
    }
    queries::open_session(&mut write.tx, &token::hash(&token), id, context.config.session_duree_heures, address, &asked.agent).await?;
    if let (Some(old), Some(fresh)) = (&stored, &fresh) {
        queries::rehash(&mut write.tx, id, old, fresh).await?;
    }
    queries::forget_attempts(&mut write.tx, &[keys[0].0.clone(), keys[1].0.clone()], &keys[2].0).await?;
    journal::note(&mut write.tx, &actor, Action::SignIn, "connexion", "", &json!({})).await?;
    write.commit().await?;
    cookies.add(session_cookie(context, token));
    Ok(Ok(Redirect::to(safe_return(form.retour))))
}

#[post("/deconnexion")]
async fn sign_out(personne: Personne, context: &State<Context>, cookies: &CookieJar<'_>) -> Result<RocketFlash<Redirect>> {
    let mut write = context.db.write().await?;
    queries::end_session(&mut write.tx, personne.reader.user_id, personne.session_id).await?;
    journal::note(&mut write.tx, &personne.actor, Action::SignOut, "connexion", "", &json!({})).await?;
    write.commit().await?;
    cookies.remove(session_cookie(context, String::new()));
    Ok(RocketFlash::success(Redirect::to("/connexion"), "Vous êtes déconnecté."))
}

fn session_cookie(context: &Context, token: String) -> Cookie<'static> {
    Cookie::build((cookie_name(&context.config), token))
        .path("/")
        .http_only(true)
        .secure(!context.config.plain_http())
        .same_site(SameSite::Lax)
        // Longer than the session: what is sent after its end is kept for its person (`reprise`).
        .max_age(
            rocket::time::Duration::hours(i64::from(context.config.session_duree_heures))
                + rocket::time::Duration::days(i64::from(queries::ENDED_DAYS)),
        )
        .build()
}

fn throttle_keys(courriel: &str, address: &str) -> [(Vec<u8>, i32, i32); 3] {
    let key = |kind: &str, text: &str| Sha256::digest(format!("{kind}\0{text}")).to_vec();
    [
        (key("couple", &format!("{courriel}\0{address}")), PAIR.0, PAIR.1),
        (key("compte", courriel), ACCOUNT.0, ACCOUNT.1),
        (key("adresse", address), ADDRESS.0, ADDRESS.1),
    ]
}

/// Where to go after signing in: a page of ours, never another site.
fn safe_return(asked: Option<&str>) -> String {
    let ours =
        |place: &&str| place.starts_with('/') && !place.starts_with("//") && !place.contains(['\\', '\r', '\n']) && !place.starts_with("/connexion");
    asked.filter(ours).and_then(|place| rocket::http::uri::Origin::parse(place).ok().map(|origin| origin.to_string())).unwrap_or_else(|| "/".into())
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
                @if let Some((tone, text)) = ended(fin, retour) { (notice(tone, &html! { p { (text) } })) }
                @if let Some(message) = &message { (flash(message)) }
                form method="post" action="/connexion" {
                    @if let Some(retour) = retour { input type="hidden" name="retour" value=(retour); }
                    @if let Some(fin) = fin { input type="hidden" name="fin" value=(fin); }
                    (field(&Field { name: "courriel", label: "Courriel", kind: "email", value: courriel, required: true, autocomplete: "username", max: Some(120), ..Field::default() }))
                    (field(&Field { name: "mot_de_passe", label: "Mot de passe", kind: "password", required: true, autocomplete: "current-password", max: Some(LENGTH_MAX), ..Field::default() }))
                    p class="actions" { button class="bouton principal" type="submit" { "Se connecter" } }
                }
                p class="discret" { "Mot de passe oublié ? Demandez un nouveau lien à un administrateur de votre collectivité : il vous remettra une fiche imprimée ou un courriel." }
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
        for other in [
            "https://ailleurs.example",
            "//ailleurs.example",
            "/\\ailleurs.example",
            "javascript:alert(1)",
            "",
            "/connexion?retour=/connexion",
            "/a\r\nSet-Cookie: x=y",
        ] {
            assert_eq!(safe_return(Some(other)), "/", "{other}");
        }
        assert_eq!(safe_return(None), "/");
    }
}
