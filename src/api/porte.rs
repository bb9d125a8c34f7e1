//! The one door of the API: every address below `/api`, by every method. What is not there, or not by that method, is told as a
//! program expects it.

use rocket::http::{Method, Status};
use rocket::request::{FromRequest, Outcome as FromOutcome};
use rocket::route::{Handler, Outcome, Route};
use rocket::{Data, Request, catch};

use super::ecriture::{self, Cible};
use super::imports::{self, Geste};
use super::probleme::{ABSENT, DROITS, METHODE, Probleme, Result, TAILLE};
use super::reponse::{Issue, Reponse};
use super::suivi;
use super::valeurs::BASE;
use super::{codes, description, documentation, fichiers, lecture, synthese};
use crate::comptes::{self, Personne};
use crate::context::Context;
use crate::jetons::{self, Appelant, Limites, Refus};
use crate::listing::List;
use crate::platform::error::Error;
use crate::platform::http::{Opened, Part, enter, origin};

/// Before every other route: « /api/nouveau » is no form.
const RANK: isize = -20;
/// The methods of programs; a HEAD goes by the GET.
const METHODS: [Method; 7] = [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete, Method::Options, Method::Trace];

/// The routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    let route = |method| {
        let mut route = Route::ranked(RANK, method, "/api/<_..>", Porte);
        route.name = Some("api".into());
        route
    };
    METHODS.into_iter().map(route).chain(documentation::routes()).collect()
}

/// What is refused before the door: a method that nobody knows, an address that cannot be read.
#[catch(default)]
fn refused_before(status: Status, _: &Request<'_>) -> Box<Probleme> {
    match status.code {
        400 | 405 => Probleme::new(
            METHODE,
            "Cette demande ne se lit pas\u{a0}: méthode inconnue, ou adresse illisible. Les méthodes sont GET, POST, PATCH et DELETE.",
        ),
        413 => Probleme::new(TAILLE, "Le corps de cette demande est trop grand."),
        404 => Probleme::new(ABSENT, format!("Cette adresse n’existe pas. Le sommaire est à {BASE}.")),
        503 => Error::Unavailable("refused before the door".into()).into(),
        _ => Error::Internal(format!("status {}", status.code)).into(),
    }
}

/// What catches them, to register at `/api`.
pub fn catchers() -> Vec<rocket::Catcher> {
    rocket::catchers![refused_before]
}

/// What answers all of them.
#[derive(Clone)]
struct Porte;

#[rocket::async_trait]
impl Handler for Porte {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        match counted(request, data).await {
            Ok(Sortie::Reponse(answer)) => Outcome::from(request, answer),
            Ok(Sortie::Fichier(file, _)) => Outcome::from(request, *file),
            Err(problem) => Outcome::from(request, problem),
        }
    }
}

/// What an address leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lieu<'a> {
    /// The lists that the token reads.
    Sommaire,
    /// The description of everything.
    Description,
    /// A list.
    Liste(&'a str),
    /// Measures by axes, over its rows.
    Synthese(&'a str),
    /// The codes of its choices.
    Codes(&'a str),
    /// The files of it.
    Fichiers(&'a str),
    /// Where a file stands.
    Fichier(i64),
    /// What proves it.
    Manifeste(i64),
    /// Its bytes.
    Octets(i64),
    /// What was taken away from it.
    Supprimes(&'a str),
    /// One of its rows.
    Ligne(&'a str, &'a str),
    /// The form of a row: what is written of it, with its version.
    Saisie(&'a str, &'a str),
    /// Where a row that was put away is taken back.
    Restauration(&'a str, &'a str),
    /// Something of a file that is loaded.
    Import(i64, Geste),
}

impl<'a> Lieu<'a> {
    fn of(segments: &[&'a str]) -> Option<Self> {
        match segments {
            ["v1"] => Some(Self::Sommaire),
            ["v1", "openapi.json"] => Some(Self::Description),
            ["v1", list] => Some(Self::Liste(list)),
            ["v1", "exports", id] => Some(Self::Fichier(id.parse().ok()?)),
            ["v1", "exports", id, "manifeste"] => Some(Self::Manifeste(id.parse().ok()?)),
            ["v1", "exports", id, "fichier"] => Some(Self::Octets(id.parse().ok()?)),
            ["v1", "imports", id, name] if Geste::of(name).is_some() => Some(Self::Import(id.parse().ok()?, Geste::of(name)?)),
            ["v1", list, "synthese"] => Some(Self::Synthese(list)),
            ["v1", list, "codes"] => Some(Self::Codes(list)),
            ["v1", list, "exports"] => Some(Self::Fichiers(list)),
            ["v1", list, "supprimes"] => Some(Self::Supprimes(list)),
            ["v1", list, key] => Some(Self::Ligne(list, key)),
            ["v1", list, key, "saisie"] => Some(Self::Saisie(list, key)),
            ["v1", list, key, "restauration"] => Some(Self::Restauration(list, key)),
            _ => None,
        }
    }

    /// The list that it is of.
    fn list(self, context: &Context) -> Result<Option<&'static List>> {
        match self {
            Self::Sommaire | Self::Description | Self::Fichier(_) | Self::Manifeste(_) | Self::Octets(_) | Self::Import(..) => Ok(None),
            Self::Liste(name)
            | Self::Synthese(name)
            | Self::Codes(name)
            | Self::Fichiers(name)
            | Self::Supprimes(name)
            | Self::Ligne(name, _)
            | Self::Saisie(name, _)
            | Self::Restauration(name, _) => known(context, name).map(Some),
        }
    }

    /// What is written there.
    fn target(self) -> Option<Cible<'a>> {
        match self {
            Self::Sommaire
            | Self::Description
            | Self::Synthese(_)
            | Self::Codes(_)
            | Self::Fichiers(_)
            | Self::Fichier(_)
            | Self::Manifeste(_)
            | Self::Octets(_)
            | Self::Supprimes(_)
            | Self::Saisie(..)
            | Self::Import(..) => None,
            Self::Liste(_) => Some(Cible::Liste),
            Self::Ligne(_, key) => Some(Cible::Ligne(key)),
            Self::Restauration(_, key) => Some(Cible::Restauration(key)),
        }
    }

    /// The methods that it answers, as the header says them.
    fn methods(self, context: &Context) -> Result<Vec<Method>> {
        let list = self.list(context)?;
        let read = match self {
            Self::Fichiers(_) => return Ok(vec![Method::Post]),
            Self::Import(_, geste) => return Ok(vec![geste.method()]),
            Self::Liste("imports") => return Ok(vec![Method::Get, Method::Post]),
            Self::Sommaire
            | Self::Description
            | Self::Synthese(_)
            | Self::Codes(_)
            | Self::Fichier(_)
            | Self::Manifeste(_)
            | Self::Octets(_)
            | Self::Supprimes(_)
            | Self::Liste(_)
            | Self::Ligne(..) => true,
            Self::Saisie(..) => list.is_some_and(|list| ecriture::has_form(&context.catalogue, list)),
            Self::Restauration(..) => false,
        };
        let written = list.zip(self.target()).map(|(list, target)| ecriture::methods(&context.catalogue, list, target));
        let methods: Vec<Method> = read.then_some(Method::Get).into_iter().chain(written.unwrap_or_default()).collect();
        if methods.is_empty() { Err(nowhere()) } else { Ok(methods) }
    }
}

fn nowhere() -> Box<Probleme> {
    Probleme::new(ABSENT, format!("Cette adresse n’existe pas. Le sommaire est à {BASE}."))
}

/// What goes out.
enum Sortie {
    Reponse(Reponse),
    Fichier(Box<Opened>, i64),
}

/// The description, for somebody who reads the documentation: their session opens nothing else here.
async fn described(request: &Request<'_>) -> Option<Issue> {
    let asked = request.method() == Method::Get && request.uri().path() == format!("{BASE}/openapi.json").as_str();
    if !asked || request.headers().contains("Authorization") {
        return None;
    }
    let FromOutcome::Success(_) = Personne::from_request(request).await else { return None };
    let context = request.rocket().state::<Context>()?;
    Some(Reponse::json(&description::document(&context.catalogue, &origin(request))))
}

/// A call within the limits of its token; what it read, or that it was refused, goes to the account of the token.
async fn counted<'r>(request: &'r Request<'_>, data: Data<'r>) -> Result<Sortie> {
    if let Some(answer) = described(request).await {
        return answer.map(Sortie::Reponse);
    }
    let appelant = match jetons::caller(request).await {
        Err(refus @ Refus::Trop(_)) => {
            Limites::hold().await;
            return Err(refus.into());
        }
        other => other?,
    };
    let missing = || Error::Internal("no context".into());
    let context = request.rocket().state::<Context>().ok_or_else(missing)?;
    let limites = request.rocket().state::<Limites>().ok_or_else(missing)?;
    let (id, ip) = (appelant.jeton.id, appelant.personne.actor.ip);
    let entered = limites.enter(&appelant.jeton).await;
    let held = entered.is_err();
    let issue = match entered {
        Err(trop) => Err(trop.into()),
        Ok(passage) => {
            let told = passage.headers();
            // In a box: what a call may wait for is deep.
            match Box::pin(within(request, data, context, appelant)).await {
                Ok(Sortie::Reponse(answer)) => {
                    limites.read(id, i64::try_from(answer.rows).unwrap_or(i64::MAX));
                    Ok(Sortie::Reponse(told.into_iter().fold(answer, |answer, (name, value)| answer.header(name, value))))
                }
                Ok(Sortie::Fichier(file, rows)) => {
                    limites.read(id, rows);
                    // Its place is taken until the last byte.
                    Ok(Sortie::Fichier(Box::new(file.holding(passage)), rows))
                }
                Err(problem) => {
                    limites.refused(id);
                    Err(told.into_iter().fold(problem, |problem, (name, value)| problem.header(name, value)))
                }
            }
        }
    };
    limites.settle(&context.db, id, ip).await;
    if !held {
        note_write(context, request.method(), id).await;
    }
    if held {
        Limites::hold().await;
    }
    issue
}

/// With replicas, what a program may have written is found by what it reads next, whatever it was answered.
async fn note_write(context: &Context, method: Method, token: i64) {
    if context.db.replicas().is_none() || matches!(method, Method::Get | Method::Head) {
        return;
    }
    if let Err(error) = jetons::wrote(&context.db.apart(), token).await {
        tracing::warn!(%error, token, "how far a write went could not be noted");
    }
}

/// The answer, once there is a place for it among those of the other programs.
async fn within<'r>(request: &'r Request<'_>, data: Data<'r>, context: &Context, appelant: Appelant) -> Result<Sortie> {
    enter(request);
    answer(request, data, context, appelant).await
}

async fn answer<'r>(request: &'r Request<'_>, data: Data<'r>, context: &Context, appelant: Appelant) -> Result<Sortie> {
    let path = request.uri().path();
    let decoded: Vec<String> = path.segments().skip(1).map(str::to_string).collect();
    let segments: Vec<&str> = decoded.iter().map(String::as_str).collect();
    let lieu = Lieu::of(&segments).ok_or_else(nowhere)?;
    let method = request.method();
    let methods = lieu.methods(context)?;
    if !methods.contains(&method) {
        return Err(refused(&methods, method));
    }
    let raw = request.uri().query().map(|query| query.as_str()).unwrap_or_default();
    let accept = request.headers().get_one("Accept");
    let origin = origin(request);
    if method != Method::Get
        && lieu != Lieu::Liste("imports")
        && let (Some(list), Some(target)) = (lieu.list(context)?, lieu.target())
    {
        return Box::pin(ecriture::answer(request, data, (context, appelant), (list, target), (raw, &origin))).await.map(Sortie::Reponse);
    }
    match lieu {
        Lieu::Liste("imports") if method == Method::Post => {
            return Box::pin(imports::depose(request, data, context, appelant, (raw, &origin))).await.map(Sortie::Reponse);
        }
        Lieu::Import(id, geste) => {
            return Box::pin(imports::geste(request, data, context, (appelant, id, geste), (raw, &origin))).await.map(Sortie::Reponse);
        }
        _ => {}
    }
    let appelant = &appelant;
    if let Some(list) = lieu.list(context)?.filter(|list| imports::lists(list)) {
        whole(context, appelant, list).await?;
    }
    let answer = match lieu {
        Lieu::Octets(id) => {
            let part = match Part::from_request(request).await {
                FromOutcome::Success(part) => part,
                _ => Part::default(),
            };
            let (file, rows) = fichiers::file(context, appelant, id, &part).await?;
            return Ok(Sortie::Fichier(Box::new(file), rows));
        }
        Lieu::Fichiers(name) => fichiers::ask(context, appelant, known(context, name)?, raw, &origin).await,
        Lieu::Fichier(id) => fichiers::state(context, appelant, id, &origin).await,
        Lieu::Manifeste(id) => fichiers::manifest(context, appelant, id).await,
        Lieu::Synthese(name) => synthese::answer(context, appelant, known(context, name)?, raw).await,
        Lieu::Codes(name) => {
            let list = known(context, name)?;
            lecture::open(appelant, list)?;
            codes::answer(context, appelant, list, raw).await
        }
        Lieu::Description => Reponse::json(&description::document(&context.catalogue, &origin)),
        Lieu::Sommaire => summary(context, appelant, &origin),
        Lieu::Liste(name) if suivi::asked(raw) => {
            let list = known(context, name)?;
            lecture::open(appelant, list)?;
            suivi::changed(context, appelant, list, raw, (accept, &origin)).await
        }
        Lieu::Liste(name) => lecture::collection(context, appelant, known(context, name)?, raw, (accept, &origin)).await,
        Lieu::Supprimes(name) => {
            let list = known(context, name)?;
            lecture::open(appelant, list)?;
            suivi::deleted(context, appelant, list, raw, &origin).await
        }
        Lieu::Ligne(name, key) => lecture::row(context, appelant, known(context, name)?, key, (raw, &origin)).await,
        Lieu::Saisie(name, key) => ecriture::form(context, appelant, known(context, name)?, key, (raw, &origin)).await,
        Lieu::Restauration(..) | Lieu::Import(..) => Err(nowhere()),
    };
    answer.map(Sortie::Reponse)
}

/// Refuses a list of what the owner of a token loaded, which is of all their places and of every kind, to a token that reads less.
async fn whole(context: &Context, appelant: &Appelant, list: &List) -> Result<()> {
    if comptes::reads_as_its_owner(&context.db, &appelant.personne, &imports::accesses(context)).await? {
        return Ok(());
    }
    Err(Probleme::new(
        DROITS,
        format!(
            "Ce jeton ne lit pas la liste «\u{a0}{}\u{a0}»\u{a0}: elle montre tout ce que son compte a chargé, et il n’en lit qu’une part. Suivez un import par son \
             numéro, ou créez un jeton qui lit toutes les collectivités du compte.",
            list.title
        ),
    ))
}

fn refused(methods: &[Method], method: Method) -> Box<Probleme> {
    let allowed = methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(", ");
    Probleme::new(METHODE, format!("Cette adresse ne répond pas à {method}. Elle répond à {allowed}.")).header("Allow", allowed)
}

/// The list called `name`.
fn known(context: &Context, name: &str) -> Result<&'static List> {
    context.catalogue.named(name).ok_or_else(|| {
        let lists: Vec<&str> = context.catalogue.lists().iter().map(|list| list.name).collect();
        Probleme::new(ABSENT, format!("Cette liste n’existe pas. Listes\u{a0}: {}.", lists.join(", ")))
    })
}

/// The lists that the token reads, each with its address.
fn summary(context: &Context, appelant: &Appelant, origin: &str) -> Issue {
    let open = context.catalogue.lists().iter().filter(|list| appelant.personne.reader.may(list.access));
    let lists: Vec<serde_json::Value> = open
        .map(|list| serde_json::json!({"nom": list.name, "titre": list.title, "description": list.about, "url": format!("{origin}{BASE}/{}", list.name)}))
        .collect();
    let jeton = &appelant.jeton;
    let body = serde_json::json!({"version": "1", "listes": lists, "jeton": {
        "nom": jeton.nom,
        "droits": jeton.allowed(),
        "donnees_personnelles": jeton.personnel,
        "valable_jusqu_au": jeton.expire_le.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
    }});
    let mut answer = Reponse::json(&body)?;
    answer.status = Status::Ok;
    Ok(answer)
}
