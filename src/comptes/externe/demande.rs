//! To the provider and back.

use maud::Markup;
use rocket::http::{CookieJar, Status};
use rocket::response::Redirect;
use rocket::time::Duration;
use rocket::{Route, State, get, routes as collect};
use serde::{Deserialize, Serialize};

use super::{MINUTES, PAGE, provider, queries, views};
use crate::comptes::connexion::{Refused, note_braked, safe_return, sign_in_page, too_many};
use crate::comptes::facteur;
use crate::comptes::freins::{self, Origin};
use crate::comptes::guard::{Confirmed, Personne};
use crate::comptes::ouverture::{Account, Door, Means, cookie, new_token};
use crate::context::Context;
use crate::journal::{self, Action, Actor};
use crate::platform::config::Config;
use crate::platform::error::{Error, Result};
use crate::platform::http::{ClientIp, FromElsewhere, Visit};
use crate::platform::oidc::{Identity, Provider, Refusal, Sent};
use crate::platform::token::Purpose;
use crate::ui::message::{Flash, Tone};

/// Bytes of the way to go after: with the rest, a cookie holds four thousand.
const WAY_BYTES_MAX: usize = 1_500;

/// Routes to mount at `/`.
pub(super) fn routes() -> Vec<Route> {
    collect![start, start_link, back, ended]
}

/// What the browser keeps while its person is at the provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Gone {
    sent: Sent,
    /// The session that asked to link an identity; none to sign in.
    session: Option<i64>,
    /// Where to go after signing in.
    retour: Option<String>,
    /// Seconds since 1970 at which they left.
    parti: i64,
}

fn cookie_name(config: &Config) -> &'static str {
    if config.plain_http() { "gardel-externe" } else { "__Host-gardel-externe" }
}

/// Leaves for the provider.
async fn leave(
    context: &Context,
    cookies: &CookieJar<'_>,
    session: Option<i64>,
    retour: Option<&str>,
) -> Result<std::result::Result<Redirect, Refusal>> {
    let sent = Sent { state: new_token()?, nonce: new_token()?, verifier: new_token()? };
    let address = match provider(context)?.start(&sent).await {
        Ok(address) => address,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let gone = Gone {
        sent,
        session,
        retour: retour.map(|place| safe_return(Some(place))).filter(|place| place.len() <= WAY_BYTES_MAX),
        parti: context.clock.now().timestamp(),
    };
    let payload = serde_json::to_vec(&gone).map_err(|error| Error::Internal(error.to_string()))?;
    let sealed = context.key.sign(Purpose::Elsewhere, &payload);
    cookies.add(cookie(context, cookie_name(&context.config), sealed, Duration::minutes(MINUTES)));
    Ok(Ok(Redirect::to(address)))
}

/// Nothing is begun for another site, which would end the session of whoever is signed in, nor for what is no page.
#[get("/connexion/externe?<retour>")]
async fn start(
    retour: Option<&str>,
    from: FromElsewhere,
    context: &State<Context>,
    cookies: &CookieJar<'_>,
) -> Result<std::result::Result<Redirect, Refused>> {
    let provider = provider(context)?;
    if from.0 {
        return Ok(Err(told(context, Status::Ok, format!("Choisissez « Se connecter avec {} » pour continuer.", provider.name()), retour)));
    }
    Ok(leave(context, cookies, None, retour).await?.map_err(|refusal| refused(context, refusal, retour)))
}

/// Each return makes this server speak with the provider: a browser that some account knows has a way of its own, the
/// others share that of their network.
async fn braked(door: &Door<'_>, retour: Option<&str>) -> Result<Option<Refused>> {
    let counter = Origin::new("", door.ip.0, door.kept().as_deref()).elsewhere(&door.context.db).await?;
    let wait = freins::attempt(&door.context.db, &[counter]).await?;
    if wait == 0 {
        return Ok(None);
    }
    note_braked(door.context, stranger(door), "identité");
    Ok(Some(Refused::wait(sign_in_page(door.context, "", (retour, None), Some(too_many(wait))), wait)))
}

/// What another site asked for is not begun: somebody's identity would be proposed to whoever did not ask for it.
#[get("/compte/identite/depart")]
async fn start_link(
    personne: Personne,
    _fresh: Confirmed,
    from: FromElsewhere,
    context: &State<Context>,
    cookies: &CookieJar<'_>,
) -> Result<std::result::Result<Redirect, (Status, Markup)>> {
    let provider = provider(context)?;
    // Sent there with an identity already, they would learn it on their way back only.
    if from.0 || queries::linked(context.db.statement(), personne.reader.user_id, provider.issuer()).await?.is_some() {
        return Ok(Ok(Redirect::to(PAGE)));
    }
    match leave(context, cookies, Some(personne.session_id), None).await? {
        Ok(away) => Ok(Ok(away)),
        Err(refusal) => Ok(Err((status(refusal), views::refused_page(&personne, views::sentence(refusal, provider.name()))))),
    }
}

/// What the browser kept, while its minutes last; it serves once.
fn come_back(context: &Context, cookies: &CookieJar<'_>) -> Option<Gone> {
    let kept = cookies.get(cookie_name(&context.config))?.value().to_string();
    cookies.remove(cookie(context, cookie_name(&context.config), String::new(), Duration::ZERO));
    let payload = context.key.verify(Purpose::Elsewhere, &kept)?;
    let gone: Gone = serde_json::from_slice(&payload).ok()?;
    let age = context.clock.now().timestamp() - gone.parti;
    (0..=MINUTES * 60).contains(&age).then_some(gone)
}

/// The page that a way back leads to.
#[derive(rocket::Responder)]
enum Back {
    In(Box<Redirect>),
    Refused(Refused),
    Link((Status, Markup)),
}

#[get("/connexion/externe/retour?<code>&<state>&<error>&<iss>")]
#[expect(clippy::too_many_arguments, reason = "four come in the address, five from the request")]
async fn back(
    code: Option<&str>,
    state: Option<&str>,
    error: Option<&str>,
    iss: Option<&str>,
    personne: Option<Personne>,
    context: &State<Context>,
    cookies: &CookieJar<'_>,
    ip: ClientIp,
    asked: Visit,
) -> Result<Back> {
    let provider = provider(context)?;
    let door = Door { context, cookies, ip, asked: &asked };
    let over = |sentence: &str| {
        Ok(match &personne {
            Some(personne) => Back::Link((Status::UnprocessableEntity, views::refused_page(personne, sentence.to_string()))),
            None => Back::Refused(told(context, Status::UnprocessableEntity, sentence.to_string(), None)),
        })
    };
    let Some(gone) = come_back(context, cookies) else {
        return over("Cette connexion a déjà servi, a attendu plus de dix minutes, ou n’a pas commencé dans ce navigateur. Recommencez.");
    };
    let same = state.is_some_and(|given| bool::from(subtle::ConstantTimeEq::ct_eq(given.as_bytes(), gone.sent.state.as_bytes())));
    // The provider names itself in the address when it can (RFC 9207): an answer of another one is not for us.
    if !same || iss.is_some_and(|issuer| issuer != provider.issuer()) {
        return over("Cette réponse n’est pas celle de la connexion commencée dans ce navigateur. Recommencez.");
    }
    if code.is_some()
        && error.is_none()
        && let Some(refused) = braked(&door, gone.retour.as_deref()).await?
    {
        return Ok(Back::Refused(refused));
    }
    let found = match code.filter(|_| error.is_none()) {
        None => {
            let sentence = match error {
                Some("access_denied") => format!("La connexion par {} a été abandonnée.", provider.name()),
                _ => format!("{} n’a pas pu vous connecter. Recommencez, ou connectez-vous avec votre mot de passe.", provider.name()),
            };
            tracing::warn!(error = error.map(|code| code.chars().take(40).collect::<String>()), "the identity provider gives no code");
            if gone.session.is_some() {
                return over(&sentence);
            }
            return Ok(Back::Refused(told(context, Status::UnprocessableEntity, sentence, gone.retour.as_deref())));
        }
        Some(code) => provider.finish(code, &gone.sent, context.clock.now()).await,
    };
    match (found, gone.session) {
        (Ok(identity), None) => Ok(enter(&door, provider, &identity, gone.retour.as_deref()).await?),
        (Ok(identity), Some(session)) => match personne.as_ref().filter(|personne| personne.session_id == session) {
            Some(personne) => Ok(Back::Link((Status::Ok, super::compte::propose(context, personne, provider, &identity)?))),
            None => over("Votre session a changé pendant ce temps. Connectez-vous, puis recommencez depuis votre compte."),
        },
        (Err(refusal), None) => {
            fail(&door, stranger(&door)).await?;
            Ok(Back::Refused(refused(context, refusal, gone.retour.as_deref())))
        }
        (Err(refusal), Some(_)) => match &personne {
            Some(personne) => Ok(Back::Link((status(refusal), views::refused_page(personne, views::sentence(refusal, provider.name()))))),
            None => Ok(Back::Refused(refused(context, refusal, None))),
        },
    }
}

/// Opens the account of an identity, or awaits its code.
async fn enter(door: &Door<'_>, provider: &Provider, identity: &Identity, retour: Option<&str>) -> Result<Back> {
    let context = door.context;
    let mut write = context.db.write().await?;
    let Some(found) = queries::opened(&mut write.tx, provider.issuer(), identity).await? else {
        write.rollback().await?;
        fail(door, stranger(door)).await?;
        return Ok(Back::Refused(told(context, Status::Forbidden, views::unknown(provider.name()), retour)));
    };
    let account = Account { id: found.id, nom: &found.nom, principale: found.principale };
    let by = (found.identite_id, identity.jeton.as_str());
    let counter = Origin::new("", door.ip.0, door.kept().as_deref()).elsewhere(&context.db).await?;
    freins::forget_attempts(&mut write.tx, &[], &[counter.0]).await?;
    let strong = provider.is_strong(identity);
    if !strong && facteur::in_place(&mut *write.tx, found.id).await? {
        let waiting = facteur::await_code(context, &mut write.tx, found.id, Some(by)).await?;
        journal::note_seldom(&mut write.tx, &door.actor(&account), Action::SignIn, "second facteur").await?;
        write.commit().await?;
        door.cookies.add(waiting);
        return Ok(Back::In(Box::new(Redirect::to(facteur::code_address(retour, None)))));
    }
    let origin = Origin::new(&found.courriel, door.ip.0, door.kept().as_deref());
    let level = identity.niveau.as_deref().filter(|_| strong);
    let means = Means { factor: strong.then_some("externe"), identity: Some(by), level };
    let keys = door.enter(&mut write.tx, &account, &origin, means).await?;
    write.commit().await?;
    door.give(keys);
    Ok(Back::In(Box::new(Redirect::to(safe_return(retour)))))
}

/// Notes that an identity opened nothing. What it says of its person is not kept: they have no account here.
async fn fail(door: &Door<'_>, actor: Actor) -> Result<()> {
    let mut write = door.context.db.write().await?;
    journal::note_seldom(&mut write.tx, &actor, Action::SignInFailed, "identité").await?;
    write.commit().await?;
    Ok(())
}

fn stranger(door: &Door<'_>) -> Actor {
    Actor { name: "Identité inconnue".into(), ip: door.ip.0, request: door.asked.number.clone(), ..Actor::default() }
}

fn status(refusal: Refusal) -> Status {
    match refusal {
        Refusal::Away => Status::ServiceUnavailable,
        Refusal::Wrong | Refusal::Clock => Status::BadGateway,
        Refusal::Stale => Status::UnprocessableEntity,
        Refusal::Level => Status::Forbidden,
    }
}

fn refused(context: &Context, refusal: Refusal, retour: Option<&str>) -> Refused {
    let name = context.provider.as_ref().map_or("", Provider::name);
    told(context, status(refusal), views::sentence(refusal, name), retour)
}

fn told(context: &Context, status: Status, text: String, retour: Option<&str>) -> Refused {
    Refused::Wrong((status, sign_in_page(context, "", (retour, None), Some(Flash { tone: Tone::Failure, text, next: None }))))
}

/// Where the provider leads back to after a sign-out.
#[get("/connexion/externe/fin")]
fn ended() -> Redirect {
    Redirect::to("/connexion?fin=deconnexion")
}
