//! The one door of the API: every address below `/api`, by every method. What is not there, or not by that method, is told as a
//! program expects it.

use rocket::http::{Method, Status};
use rocket::route::{Handler, Outcome, Route};
use rocket::{Data, Request};

use super::ecriture::{self, Cible};
use super::lecture;
use super::probleme::{ABSENT, METHODE, Probleme, Result};
use super::reponse::{Issue, Reponse};
use super::valeurs::BASE;
use crate::context::Context;
use crate::jetons::{self, Appelant};
use crate::listing::List;
use crate::platform::error::Error;
use crate::platform::http::origin;

/// Before every other route: « /api/nouveau » is no form.
const RANK: isize = -20;
/// The methods of programs; a HEAD goes by the GET.
const METHODS: [Method; 6] = [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete, Method::Options];

/// The routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    let route = |method| {
        let mut route = Route::ranked(RANK, method, "/api/<_..>", Porte);
        route.name = Some("api".into());
        route
    };
    METHODS.into_iter().map(route).collect()
}

/// What answers all of them.
#[derive(Clone)]
struct Porte;

#[rocket::async_trait]
impl Handler for Porte {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        match answer(request, data).await {
            Ok(answer) => Outcome::from(request, answer),
            Err(problem) => Outcome::from(request, problem),
        }
    }
}

/// What an address leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lieu<'a> {
    /// The lists that the token reads.
    Sommaire,
    /// A list.
    Liste(&'a str),
    /// One of its rows.
    Ligne(&'a str, &'a str),
    /// The form of a row: what is written of it, with its version.
    Saisie(&'a str, &'a str),
    /// Where a row that was put away is taken back.
    Restauration(&'a str, &'a str),
}

impl<'a> Lieu<'a> {
    fn of(segments: &[&'a str]) -> Option<Self> {
        match segments {
            ["v1"] => Some(Self::Sommaire),
            ["v1", list] => Some(Self::Liste(list)),
            ["v1", list, key] => Some(Self::Ligne(list, key)),
            ["v1", list, key, "saisie"] => Some(Self::Saisie(list, key)),
            ["v1", list, key, "restauration"] => Some(Self::Restauration(list, key)),
            _ => None,
        }
    }

    /// The list that it is of.
    fn list(self, context: &Context) -> Result<Option<&'static List>> {
        match self {
            Self::Sommaire => Ok(None),
            Self::Liste(name) | Self::Ligne(name, _) | Self::Saisie(name, _) | Self::Restauration(name, _) => known(context, name).map(Some),
        }
    }

    /// What is written there.
    fn target(self) -> Option<Cible<'a>> {
        match self {
            Self::Sommaire | Self::Saisie(..) => None,
            Self::Liste(_) => Some(Cible::Liste),
            Self::Ligne(_, key) => Some(Cible::Ligne(key)),
            Self::Restauration(_, key) => Some(Cible::Restauration(key)),
        }
    }

    /// The methods that it answers, as the header says them.
    fn methods(self, context: &Context) -> Result<Vec<Method>> {
        let list = self.list(context)?;
        let read = match self {
            Self::Sommaire | Self::Liste(_) | Self::Ligne(..) => true,
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

async fn answer<'r>(request: &'r Request<'_>, data: Data<'r>) -> Issue {
    let appelant = jetons::caller(request).await?;
    let context = request.rocket().state::<Context>().ok_or_else(|| Error::Internal("no context".into()))?;
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
        && let (Some(list), Some(target)) = (lieu.list(context)?, lieu.target())
    {
        return ecriture::answer(request, data, (context, appelant), (list, target), (raw, &origin)).await;
    }
    match lieu {
        Lieu::Sommaire => summary(context, &appelant, &origin),
        Lieu::Liste(name) => lecture::collection(context, &appelant, known(context, name)?, raw, (accept, &origin)).await,
        Lieu::Ligne(name, key) => lecture::row(context, &appelant, known(context, name)?, key, (raw, &origin)).await,
        Lieu::Saisie(name, key) => ecriture::form(context, &appelant, known(context, name)?, key, (raw, &origin)).await,
        Lieu::Restauration(..) => Err(nowhere()),
    }
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
        .map(|list| serde_json::json!({"nom": list.name, "titre": list.title, "description": list.about, "adresse": format!("{origin}{BASE}/{}", list.name)}))
        .collect();
    let body =
        serde_json::json!({"version": "1", "listes": lists, "jeton": {"nom": appelant.jeton.nom, "donnees_personnelles": appelant.jeton.personnel}});
    let mut answer = Reponse::json(&body)?;
    answer.status = Status::Ok;
    Ok(answer)
}
