//! The guards: a handler that takes one cannot be reached without it. The guard is the check.

mod panne;
mod porteur;

pub use panne::why;
pub use porteur::{Porte, Porteurs, reads_as_its_owner};

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use rocket::Request;
use rocket::fairing::AdHoc;
use rocket::http::{Method, Status};
use rocket::request::{FromRequest, Outcome};

use self::panne::{Kept, failed};
use super::memoire::Memoire;
use super::model::{DefaultViews, Session};
use super::role::Role;
use super::{externe, facteur};
use super::{reprise, sessions, theme};
use crate::context::Context;
use crate::journal::Actor;
use crate::listing::{Access, DefaultView, Module, Niveau, Reader, Viewer};
use crate::platform::config::Config;
use crate::platform::error::Error;
use crate::platform::http::{ClientIp, Said, enter, is_head, left_by, request_number, show_times};
use crate::platform::token;
use crate::ui::error_page::{KnownFrame, Turned};
use crate::ui::layout::{Frame, Person};
use crate::ui::message::{Flash, Tone};

/// A person signed in, with their rights and the versions of their data.
#[derive(Clone, Debug)]
pub struct Personne {
    /// Rights.
    pub reader: Arc<Reader>,
    /// Frame of their pages.
    pub frame: Frame,
    /// Name.
    pub nom: String,
    /// E-mail.
    pub courriel: String,
    /// The session in use.
    pub session_id: i64,
    /// Whether it rests on the second factor.
    strong: bool,
    /// Whether it does not rest on the one that the account has.
    weak: bool,
    /// Whether it was opened by the identity provider, or linked to it since.
    pub external: bool,
    /// Whether one of their collectivités requires that, and it was not.
    unlinked: bool,
    /// Whether who they are was proved a moment ago.
    confirmed: bool,
    /// The name of their set of rights, to be shown: what they may do is asked of their reader.
    pub role: Role,
    /// Their main collectivité.
    pub principale: Option<i32>,
    /// Who acts, for the journal.
    pub actor: Actor,
    versions: Arc<BTreeMap<String, i64>>,
    reference: i64,
    /// Their default view of each list: id, version, question.
    views: Arc<DefaultViews>,
    /// The token by which they call, when a program does.
    token: Option<i64>,
}

/// An administrateur.
#[derive(Clone, Debug)]
pub struct Administrateur(pub Personne);

/// An exploitant.
#[derive(Clone, Debug)]
pub struct Exploitant(pub Personne);

/// Somebody who proved a moment ago who they are: asked of what gives rights or ends sessions.
#[derive(Clone, Copy, Debug)]
pub struct Confirmed;

impl Personne {
    /// The same person where they have `niveau` on what `access` opens: everything that writes is asked of them.
    ///
    /// # Errors
    /// They have it nowhere.
    pub fn at(&self, access: Access, niveau: Niveau) -> Result<Self, Error> {
        let reader = self.reader.at(niveau);
        if reader.may(access) {
            return Ok(Self { reader: Arc::new(reader), ..self.clone() });
        }
        Err(Error::forbidden(format!(
            "Vos droits ne permettent pas ce geste\u{a0}: il demande «\u{a0}{}\u{a0}». Voyez un administrateur de votre collectivité.",
            niveau.label()
        )))
    }

    /// The token by which they call, when a program does: their rights are what it leaves of their owner's.
    pub fn token(&self) -> Option<i64> {
        self.token
    }

    /// Whether nothing opens to them but the page where an identity is linked: their collectivité requires one.
    pub(super) fn must_link(&self) -> bool {
        self.unlinked
    }
}

impl Viewer for Personne {
    fn reader(&self) -> &Reader {
        &self.reader
    }

    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn default_view(&self, name: &str) -> Option<DefaultView<'_>> {
        self.views.get(name).map(|(id, version, question)| DefaultView { id: *id, version: *version, question })
    }

    fn versions(&self, domains: &[&str]) -> String {
        domains.iter().map(|domain| format!("{domain}={} ", self.versions.get(*domain).copied().unwrap_or(0))).collect()
    }

    fn reference(&self) -> i64 {
        self.reference
    }
}

/// Name of the session cookie: bound to the host by its prefix, except on the plain HTTP of a demo.
pub(super) fn cookie_name(config: &Config) -> &'static str {
    if config.plain_http() { "gardel" } else { "__Host-gardel" }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Personne {
    type Error = Error;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Error> {
        let found = request.local_cache_async(async { find(request).await.map_err(Kept::from) }).await;
        match found {
            Ok(personne) => match held_back(request, personne) {
                Some(held) => {
                    let refused = turned(request, held);
                    if request.method() == Method::Post { Outcome::Forward(refused.0) } else { Outcome::Error(refused) }
                }
                None => {
                    if let Err(error) = enter(request).await {
                        return failed(request, error);
                    }
                    show_times(request, personne.reader.exploitant || personne.reader.can(Module::Administration, Niveau::Gerer));
                    request.local_cache(|| KnownFrame(Some(Frame { flash: None, ..personne.frame.clone() })));
                    Outcome::Success(personne.clone())
                }
            },
            Err(Kept::SignedOut) => {
                let turned = if has_cookie(request) { Turned::Ended } else { Turned::Stranger };
                request.local_cache(|| turned);
                // What an unsafe request carries goes on to `reprise::Keeper`, the last route.
                if request.method() == Method::Post {
                    return Outcome::Forward(Status::Unauthorized);
                }
                Outcome::Error((Status::Unauthorized, Error::SignedOut))
            }
            Err(Kept::Failed(error)) => failed(request, error.clone()),
        }
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Administrateur {
    type Error = Error;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Error> {
        match Personne::from_request(request).await {
            Outcome::Success(mut personne) if personne.reader.can(Module::Administration, Niveau::Gerer) => {
                // What they manage, and nothing that they only read.
                personne.reader = Arc::new(personne.reader.at(Niveau::Gerer));
                Outcome::Success(Self(personne))
            }
            Outcome::Success(_) => denied(
                request,
                "Vos droits ne donnent pas accès à cette page, réservée aux administrateurs. Demandez à l’un d’eux si vous en avez besoin.",
            ),
            Outcome::Error(error) => Outcome::Error(error),
            Outcome::Forward(status) => Outcome::Forward(status),
        }
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Exploitant {
    type Error = Error;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Error> {
        match Personne::from_request(request).await {
            Outcome::Success(personne) if personne.reader.exploitant => Outcome::Success(Self(personne)),
            Outcome::Success(_) => denied(
                request,
                "Vos droits ne donnent pas accès à cette page, réservée aux exploitants. Demandez à un administrateur si vous en avez besoin.",
            ),
            Outcome::Error(error) => Outcome::Error(error),
            Outcome::Forward(status) => Outcome::Forward(status),
        }
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Confirmed {
    type Error = Error;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Error> {
        match Personne::from_request(request).await {
            Outcome::Success(personne) if personne.confirmed => Outcome::Success(Self),
            Outcome::Success(_) => {
                let refused = turned(request, Turned::Unconfirmed);
                // What an unsafe request carries goes on to `reprise::Keeper`, the last route.
                if request.method() == Method::Post { Outcome::Forward(refused.0) } else { Outcome::Error(refused) }
            }
            Outcome::Error(error) => Outcome::Error(error),
            Outcome::Forward(status) => Outcome::Forward(status),
        }
    }
}

/// The refusal of whoever may not. A form goes on to `reprise::Keeper`, the last route, which has its body and gives it back: the
/// right may have been withdrawn while it was open.
fn denied<T>(request: &Request<'_>, sentence: &'static str) -> Outcome<T, Error> {
    request.local_cache(|| Turned::Denied(sentence));
    if request.method() == Method::Post {
        Outcome::Forward(Status::Forbidden)
    } else {
        Outcome::Error((Status::Forbidden, Error::forbidden(sentence)))
    }
}

/// What somebody signed in must do before anything else: prove the second factor that they have, or put one in place.
fn held_back(request: &Request<'_>, personne: &Personne) -> Option<Turned> {
    let context = request.rocket().state::<Context>()?;
    let path = request.uri().path();
    let under = |page: &str| path.as_str().strip_prefix(page).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if under("/compte/confirmation") || under("/deconnexion") {
        return None;
    }
    if personne.weak {
        return Some(Turned::Unconfirmed);
    }
    // The identity first, the factor after: one page at a time, or each would lead to the other.
    if personne.unlinked {
        return (!under(externe::PAGE) && !under("/connexion")).then_some(Turned::Unlinked);
    }
    (must_install(context, &personne.reader, personne.strong) && !under(facteur::PAGE)).then_some(Turned::Bare)
}

fn must_install(context: &Context, reader: &Reader, strong: bool) -> bool {
    !strong && facteur::required(&context.config, reader)
}

/// Where a person is led instead of what they asked.
fn turned(request: &Request<'_>, turned: Turned) -> (Status, Error) {
    request.local_cache(|| turned);
    (Status::Unauthorized, Error::SignedOut)
}

fn has_cookie(request: &Request<'_>) -> bool {
    request.rocket().state::<Context>().is_some_and(|context| request.cookies().get(cookie_name(&context.config)).is_some())
}

/// The levels of the identity provider that stand for the second factor, by the settings of now.
fn strong_levels(context: &Context) -> &[String] {
    context.config.oidc.as_ref().map_or(&[], |oidc| &oidc.niveaux_forts)
}

async fn find(request: &Request<'_>) -> Result<Personne, Error> {
    let context = request.rocket().state::<Context>().ok_or_else(|| Error::Internal("no context".into()))?;
    let token = request.cookies().get(cookie_name(&context.config)).map(|cookie| cookie.value().to_string()).ok_or(Error::SignedOut)?;
    let db = context.db.apart();
    let session = sessions::session(&db, &token::hash(&token), context.config.session_inactivite_minutes, strong_levels(context))
        .await?
        .ok_or(Error::SignedOut)?;
    let memory = request.rocket().state::<Memoire>().ok_or_else(|| Error::Internal("no memory".into()))?;
    let known = memory.person(&db, &session).await?.ok_or(Error::SignedOut)?;
    if session.stale && !watches(request) {
        sessions::seen(&db, session.id).await?;
    }
    let ip = match ClientIp::from_request(request).await {
        Outcome::Success(client) => client.0,
        _ => None,
    };
    let unlinked = context.provider.is_some() && known.identity_required && !session.externe;
    let frame = Frame {
        person: Some(Person { name: known.nom.clone(), role: known.role.label(), place: known.lieu.clone() }),
        menu: if session.faible || unlinked || must_install(context, &known.reader, session.forte) {
            Vec::new()
        } else {
            context.catalogue.menu(&known.reader)
        },
        path: request.uri().path().to_string(),
        environment: context.config.environnement,
        flash: words(request, context, &session).await?,
        notices: known.notices,
        accessibility: known.accessibility,
        theme: theme::chosen(request.cookies(), &context.config),
    };
    Ok(Personne {
        reader: known.reader.clone(),
        frame,
        actor: Actor {
            id: Some(known.reader.user_id),
            name: known.nom.clone(),
            collectivite_id: known.principale,
            ip,
            request: request_number(request).to_string(),
        },
        nom: known.nom.clone(),
        courriel: known.courriel.clone(),
        session_id: session.id,
        strong: session.forte,
        weak: session.faible,
        external: session.externe,
        unlinked,
        confirmed: session.confirmee && !session.faible,
        role: known.role,
        principale: known.principale,
        versions: known.versions.clone(),
        reference: known.reference,
        views: known.views.clone(),
        token: None,
    })
}

/// Whether whoever the guards found may do the same now: their session lives, a proof that they gave still holds, and neither
/// their role nor their perimeter nor what is asked of them has changed.
pub(super) async fn still(request: &Request<'_>) -> Result<bool, Error> {
    let before: &Result<Personne, Kept> = request.local_cache_async(async { Err(Kept::SignedOut) }).await;
    let Ok(before) = before else { return Ok(true) };
    let now = find(request).await?;
    let proved = now.confirmed || !before.confirmed;
    let asked = (before.weak, before.unlinked) == (now.weak, now.unlinked);
    Ok(before.reader == now.reader && before.session_id == now.session_id && asked && proved)
}

/// Whether a page asks by itself, while somebody watches a job or may have left: that is no activity.
fn watches(request: &Request<'_>) -> bool {
    request.headers().get_one("HX-Source").is_some_and(|source| ["#suivi", "#etat-files"].iter().any(|id| source.ends_with(id)))
}

/// The words that this page says, taken from its session.
#[derive(Default)]
struct Taken(OnceLock<Said>);

/// Who sent a form with success, not to be led to a proof of who they are.
async fn sent_again(request: &Request<'_>, status: Status) -> Option<i64> {
    let turned = *request.local_cache(|| Turned::Never) != Turned::Never;
    if request.method() != Method::Post || turned || !(status.class().is_success() || status.class().is_redirection()) {
        return None;
    }
    known(request).await.map(|personne| personne.reader.user_id)
}

/// Whom the guards of this request found, if they looked and found somebody.
pub(super) async fn known<'r>(request: &'r Request<'_>) -> Option<&'r Personne> {
    let found: &Result<Personne, Kept> = request.local_cache_async(async { Err(Kept::SignedOut) }).await;
    found.as_ref().ok()
}

/// What an answer says to the next page is kept with the session: it never passes through the browser. Words that were
/// taken for what turned out to be no page go back.
pub(super) fn messages() -> AdHoc {
    AdHoc::on_response("messages", |request, response| {
        Box::pin(async move {
            let page = response.status().class().is_success() && response.content_type().is_some_and(|kind| kind.is_html());
            if let Some(personne) = sent_again(request, response.status()).await {
                reprise::sent(request, personne).await;
            }
            let back = request.local_cache(Taken::default).0.get().filter(|_| !page);
            let (Some(said), Some(context)) = (left_by(request).or(back), request.rocket().state::<Context>()) else { return };
            // The token that this answer gives, when it gives one.
            let name = cookie_name(&context.config);
            let given = response.cookies().find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_string());
            let Some(token) = given.or_else(|| request.cookies().get(name).map(|cookie| cookie.value().to_string())) else { return };
            if let Err(error) = sessions::leave_words(&context.db.apart(), &token::hash(&token), said).await {
                tracing::warn!(%error, request = request_number(request), "the words for the next page are lost");
            }
        })
    })
}

/// The words that this page says: once, however many ask at the same moment. Only a page has a place for them.
async fn words(request: &Request<'_>, context: &Context, session: &Session) -> Result<Option<Flash>, Error> {
    let partial = request.headers().get_one("HX-Request-Type") == Some("partial");
    if session.dit.is_none() || partial || request.method() != Method::Get || is_head(request) {
        return Ok(None);
    }
    let Some(said) = sessions::take_words(&context.db.apart(), session.id).await? else { return Ok(None) };
    let said = request.local_cache(Taken::default).0.get_or_init(|| said);
    Ok(Some(Flash::read(Tone::from_kind(&said.kind), &said.text)))
}
