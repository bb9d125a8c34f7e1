//! The guards: a handler that takes one cannot be reached without it. The guard is the check.

mod panne;
mod paroles;
mod porteur;

pub use panne::why;
pub(super) use paroles::messages;
pub use porteur::{Porte, Porteurs, reads_as_its_owner};

use std::collections::BTreeMap;
use std::sync::Arc;

use rocket::Request;
use rocket::http::{Method, Status};
use rocket::request::{FromRequest, Outcome};

use self::panne::{Kept, failed};
use super::memoire::Memoire;
use super::model::DefaultViews;
use super::role::Role;
use super::{externe, facteur, sessions, theme};
use crate::context::Context;
use crate::journal::Actor;
use crate::listing::{Access, DefaultView, Module, Niveau, Reader, Viewer};
use crate::platform::config::Config;
use crate::platform::db::{Position, Positions};
use crate::platform::error::Error;
use crate::platform::http::{ClientIp, enter, request_number, show_times};
use crate::platform::token;
use crate::ui::error_page::{KnownFrame, Turned};
use crate::ui::layout::{Frame, Person};

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
    /// With replicas: where these versions were first seen, and where the primary was after they last wrote.
    positions: Option<Arc<Positions>>,
    wrote: Option<Position>,
    /// Of a token, whose versions are those of its owner: the owner.
    owner: Option<Arc<Reader>>,
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

    fn position(&self, domains: &[&str]) -> Option<Position> {
        Some(self.positions.as_ref()?.of(domains)).max(self.wrote)
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
                    enter(request);
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
        flash: paroles::words(request, context, &session).await?,
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
        positions: known.positions.clone(),
        owner: None,
        wrote: Position::of(session.ecrit_ligne, session.ecrit_position),
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

/// Whom the guards of this request found, if they looked and found somebody.
pub(super) async fn known<'r>(request: &'r Request<'_>) -> Option<&'r Personne> {
    let found: &Result<Personne, Kept> = request.local_cache_async(async { Err(Kept::SignedOut) }).await;
    found.as_ref().ok()
}
