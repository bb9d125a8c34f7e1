//! The guard of the programs: who calls by a token. A cookie opens nothing here, and a token nothing elsewhere.

use rocket::Request;
use rocket::request::{FromRequest, Outcome};

use super::limites::{Limites, Trop};
use super::model::{self, Jeton};
use super::queries;
use crate::comptes::{Personne, Porte, Porteurs};
use crate::context::Context;
use crate::journal::Actor;
use crate::platform::db::Position;
use crate::platform::error::{Error, Result};
use crate::platform::http::{ClientIp, request_number};
use crate::platform::token;

/// Names under which programs put a token into an address, where logs and histories keep it.
const IN_ADDRESS: [&str; 5] = ["jeton", "token", "access_token", "api_key", "apikey"];

/// Who calls: the person whose token it is, with the rights that it leaves them.
pub struct Appelant {
    /// The person, no further than the token goes.
    pub personne: Personne,
    /// The token.
    pub jeton: Jeton,
}

/// Why nobody is let in.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refus {
    /// No token, or none that opens: 401.
    #[error("{0}")]
    Inconnu(&'static str),
    /// It opens, but not from there: 403.
    #[error("{0}")]
    Ailleurs(String),
    /// A token where it must not be: 400.
    #[error("{0}")]
    Adresse(&'static str),
    /// It has nothing left: 429.
    #[error("{}", .0.sentence)]
    Trop(Box<Trop>),
    /// The base did not answer.
    #[error("{0}")]
    Panne(Error),
}

const NONE: &str = "Il manque le jeton. Envoyez-le dans l’en-tête « Authorization: Bearer gardel_… » ; il se crée dans « Jetons », dans Gardel.";
const MALFORMED: &str = "Ce jeton n’est pas un jeton de Gardel, ou il est tronqué. Recopiez-le en entier : gardel_ suivi de 72 chiffres et lettres.";
const UNKNOWN: &str = "Ce jeton n’existe pas. Créez-en un autre dans « Jetons », dans Gardel.";
const REVOKED: &str = "Ce jeton a été révoqué. Créez-en un autre dans « Jetons », dans Gardel.";
const EXPIRED: &str = "Ce jeton a dépassé sa date de fin. Créez-en un autre dans « Jetons », dans Gardel.";
const CLOSED: &str = "Le compte de ce jeton est désactivé. Voyez un administrateur de votre collectivité.";
const ADDRESSED: &str = "Le jeton ne se met pas dans l’adresse, que journaux et historiques gardent. Considérez-le comme divulgué : révoquez-le, et \
                         envoyez le nouveau dans l’en-tête « Authorization: Bearer … ».";

/// The token of a request, as text.
fn brought<'r>(request: &'r Request<'_>) -> std::result::Result<&'r str, Refus> {
    let query = request.uri().query().map(|query| query.as_str()).unwrap_or_default();
    if request.uri().path().segments().any(|segment| segment.starts_with(model::PREFIX)) {
        return Err(Refus::Adresse(ADDRESSED));
    }
    let named = |name: &str| IN_ADDRESS.iter().any(|one| name.eq_ignore_ascii_case(one));
    if form_urlencoded::parse(query.as_bytes()).any(|(name, value)| named(&name) || value.starts_with(model::PREFIX)) {
        return Err(Refus::Adresse(ADDRESSED));
    }
    let mut given = request.headers().get("Authorization");
    let (Some(one), None) = (given.next(), given.next()) else { return Err(Refus::Inconnu(NONE)) };
    let (scheme, text) = one.trim().split_once(' ').unwrap_or((one, ""));
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(Refus::Inconnu(NONE));
    }
    let text = text.trim();
    if model::is_token(text) { Ok(text) } else { Err(Refus::Inconnu(MALFORMED)) }
}

/// Who calls by `request`.
///
/// # Errors
/// Why nobody is let in.
pub async fn caller(request: &Request<'_>) -> std::result::Result<Appelant, Refus> {
    let text = brought(request)?;
    let context = request.rocket().state::<Context>().ok_or_else(|| Refus::Panne(Error::Internal("no context".into())))?;
    let limites = request.rocket().state::<Limites>().ok_or_else(|| Refus::Panne(Error::Internal("no limits".into())))?;
    let porteurs = request.rocket().state::<Porteurs>().ok_or_else(|| Refus::Panne(Error::Internal("no memory".into())))?;
    let ip = match ClientIp::from_request(request).await {
        Outcome::Success(client) => client.0,
        _ => None,
    };
    let empreinte = token::hash(text);
    if let Some(trop) = limites.spent(&empreinte, ip) {
        return Err(Refus::Trop(Box::new(trop)));
    }
    let found = queries::find(&context.db.apart(), &empreinte, ip.map(|ip| ip.to_string())).await.map_err(|error| Refus::Panne(error.into()))?;
    let jeton = found.ok_or(Refus::Inconnu(UNKNOWN))?;
    if jeton.revoque {
        return Err(Refus::Inconnu(REVOKED));
    }
    if jeton.expire {
        return Err(Refus::Inconnu(EXPIRED));
    }
    if !jeton.admis {
        let from = ip.map_or_else(|| "inconnue".to_string(), |ip| ip.to_string());
        return Err(Refus::Ailleurs(format!(
            "Ce jeton n’est pas accepté depuis cette adresse ({from}). Appelez depuis l’un des réseaux qu’il autorise, ou créez-en un autre."
        )));
    }
    limites.know(&empreinte, ip, &jeton);
    let personne = person(context, porteurs, &jeton, Actor { ip, request: request_number(request).to_string(), ..Actor::default() }).await;
    let personne = personne.map_err(Refus::Panne)?.ok_or(Refus::Inconnu(CLOSED))?;
    Ok(Appelant { personne, jeton })
}

async fn person(context: &Context, porteurs: &Porteurs, jeton: &Jeton, actor: Actor) -> Result<Option<Personne>> {
    let cap = |lieux: &[crate::listing::Lieu]| jeton.cap(lieux);
    let wrote = Position::of(jeton.ecrit_ligne, jeton.ecrit_position);
    let porte = Porte { token_id: jeton.id, user_id: jeton.utilisateur_id, name: &jeton.nom, day: jeton.jour, state: jeton.etat, wrote, cap: &cap };
    Ok(porteurs.person(&context.db.apart(), porte, actor).await?)
}
