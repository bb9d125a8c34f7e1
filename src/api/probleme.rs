//! What a program is told when it is not answered: RFC 9457.

use std::borrow::Cow;

use rocket::http::{ContentType, Status};
use rocket::response::{Responder, Response};
use rocket::{Request, response};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::jetons::{Refus, Trop};
use crate::platform::error::Error;
use crate::platform::http::{deny, note_trouble, request_number};

/// Characters of a sentence at most.
const MESSAGE_MAX: usize = 1_500;
/// The page where each kind of problem is explained, by its code.
const EXPLAINED: &str = "/api/documentation";

/// What is wrong with one field, parameter or header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Erreur {
    /// Its name.
    pub champ: String,
    /// What kind of fault, for programs.
    pub code: &'static str,
    /// The sentence.
    pub message: String,
}

/// A kind of problem: its code, its title, its status.
pub type Sorte = (&'static str, &'static str, Status);

/// The question makes no sense.
pub const DEMANDE: Sorte = ("demande", "La demande n’est pas valable", Status::BadRequest);
/// The values are not accepted.
pub const SAISIE: Sorte = ("saisie", "Des valeurs ne conviennent pas", Status::UnprocessableEntity);
/// Nobody is let in.
pub const JETON: Sorte = ("jeton", "Jeton absent ou refusé", Status::Unauthorized);
/// The rights do not go so far.
pub const DROITS: Sorte = ("droits", "Les droits du jeton ne suffisent pas", Status::Forbidden);
/// The token is not taken from there.
pub const RESEAU: Sorte = ("reseau", "Le jeton n’est pas accepté depuis cette adresse", Status::Forbidden);
/// No such thing, or not one of theirs.
pub const ABSENT: Sorte = ("absent", "Cela n’existe pas", Status::NotFound);
/// Another method is asked for.
pub const METHODE: Sorte = ("methode", "Méthode non prévue à cette adresse", Status::MethodNotAllowed);
/// No form that is accepted.
pub const FORME: Sorte = ("forme", "Aucune forme acceptée", Status::NotAcceptable);
/// Somebody was there before.
pub const CONFLIT: Sorte = ("conflit", "Cela a changé entre-temps", Status::Conflict);
/// The version that was read is not said.
pub const PRECONDITION: Sorte = ("precondition", "La version que vous avez lue est demandée", Status::PreconditionRequired);
/// Somebody wrote since.
pub const PERIME: Sorte = ("perime", "Cela a changé depuis votre lecture", Status::PreconditionFailed);
/// The body is not of a type that is read.
pub const TYPE: Sorte = ("type", "Type de corps non lu", Status::UnsupportedMediaType);
/// Rows look like the one to be created.
pub const RESSEMBLANCE: Sorte = ("ressemblance", "Des fiches ressemblent à celle-ci", Status::Conflict);
/// A value is that of another row.
pub const PRIS: Sorte = ("pris", "Une valeur est déjà prise", Status::Conflict);
/// What the row is does not allow it.
pub const ETAT: Sorte = ("etat", "L’état de la fiche ne le permet pas", Status::Conflict);
/// There are not as many rows as were expected.
pub const COMPTE: Sorte = ("compte", "Le compte n’est pas celui qui était attendu", Status::Conflict);
/// The key of another call.
pub const CLE: Sorte = ("cle", "Clé d’idempotence déjà employée", Status::UnprocessableEntity);
/// The same call is under way.
pub const CLE_EN_COURS: Sorte = ("cle-en-cours", "Le même appel est en cours", Status::Conflict);
/// It is no longer there.
pub const RETIRE: Sorte = ("retire", "Cela n’y est plus", Status::Gone);
/// It did not come in time.
pub const ATTENTE: Sorte = ("attente", "Corps trop lent", Status::RequestTimeout);
/// Larger than what is read.
pub const TAILLE: Sorte = ("taille", "Corps trop grand", Status::PayloadTooLarge);
/// Too much at once.
pub const LIMITE: Sorte = ("limite", "Limite atteinte", Status::TooManyRequests);
/// Not now.
pub const INDISPONIBLE: Sorte = ("indisponible", "Momentanément indisponible", Status::ServiceUnavailable);
/// A fault of ours.
pub const PANNE: Sorte = ("panne", "Erreur de notre côté", Status::InternalServerError);

/// Every kind, for the documentation.
pub const SORTES: &[Sorte] = &[
    DEMANDE,
    SAISIE,
    JETON,
    DROITS,
    RESEAU,
    ABSENT,
    METHODE,
    FORME,
    CONFLIT,
    PRECONDITION,
    PERIME,
    TYPE,
    RESSEMBLANCE,
    PRIS,
    ETAT,
    COMPTE,
    CLE,
    CLE_EN_COURS,
    RETIRE,
    ATTENTE,
    TAILLE,
    LIMITE,
    INDISPONIBLE,
    PANNE,
];

/// A problem, ready to be told.
#[derive(Debug)]
pub struct Probleme {
    sorte: Sorte,
    detail: Cow<'static, str>,
    erreurs: Vec<Erreur>,
    more: Map<String, Value>,
    headers: Vec<(&'static str, String)>,
    /// What the error was, for the log and the journal.
    cause: Option<Error>,
}

/// What becomes of a call.
pub type Result<T> = std::result::Result<T, Box<Probleme>>;

impl Probleme {
    /// A problem of this kind, in a sentence.
    pub fn new(sorte: Sorte, detail: impl Into<Cow<'static, str>>) -> Box<Self> {
        Box::new(Self { sorte, detail: detail.into(), erreurs: Vec::new(), more: Map::new(), headers: Vec::new(), cause: None })
    }

    /// One that is about the field, parameter or header `champ`.
    pub fn about(sorte: Sorte, champ: &str, code: &'static str, sentence: impl Into<Cow<'static, str>>) -> Box<Self> {
        let sentence = sentence.into();
        let erreur = Erreur { champ: champ.into(), code, message: sentence.clone().into_owned() };
        Self::new(sorte, sentence).with(vec![erreur])
    }

    /// The same, with what is wrong field by field.
    #[must_use]
    pub fn with(mut self: Box<Self>, erreurs: Vec<Erreur>) -> Box<Self> {
        self.erreurs = erreurs;
        self
    }

    /// The same, with one more header.
    #[must_use]
    pub fn header(mut self: Box<Self>, name: &'static str, value: impl Into<String>) -> Box<Self> {
        self.headers.push((name, value.into()));
        self
    }

    /// The same, which says one thing more to programs.
    #[must_use]
    pub fn member(mut self: Box<Self>, name: &str, value: impl Into<Value>) -> Box<Self> {
        self.more.insert(name.into(), value.into());
        self
    }

    /// The headers that it brings.
    pub fn headers(&self) -> &Vec<(&'static str, String)> {
        &self.headers
    }

    /// The status of its answer.
    pub fn status(&self) -> Status {
        self.sorte.2
    }

    /// What is said, no longer than it takes: a value of a caller may stand in it.
    fn bounded(text: &str) -> String {
        let short: String = text.chars().take(MESSAGE_MAX).collect();
        if short.len() < text.len() { format!("{short}…") } else { short }
    }

    /// Its body.
    pub fn body(&self, number: &str) -> Value {
        let (code, title, status) = self.sorte;
        let mut body = json!({"type": format!("{EXPLAINED}#probleme-{code}"), "title": title, "status": status.code, "detail": Self::bounded(&self.detail), "instance": format!("urn:gardel:demande:{number}")});
        if !self.erreurs.is_empty() {
            let bounded = |one: &Erreur| Erreur { champ: one.champ.clone(), code: one.code, message: Self::bounded(&one.message) };
            body["erreurs"] = self.erreurs.iter().map(|one| json!(bounded(one))).collect();
        }
        for (name, value) in &self.more {
            body[name] = value.clone();
        }
        body
    }
}

impl From<Error> for Box<Probleme> {
    fn from(error: Error) -> Self {
        let sorte = match &error {
            Error::Invalid(_) | Error::Field(..) => DEMANDE,
            Error::SignedOut => JETON,
            Error::Forbidden(_) => DROITS,
            Error::NotFound(_) | Error::OutOfReach(_) => ABSENT,
            Error::TooLarge(_) => TAILLE,
            Error::Conflict(_) => CONFLIT,
            Error::Gone(_) => RETIRE,
            Error::TooMany(_) | Error::Bound(..) => LIMITE,
            Error::Busy | Error::Unavailable(_) | Error::Held(_) | Error::Crowded | Error::NoRoom(_) | Error::StoreAway(_) | Error::TooHeavy => {
                INDISPONIBLE
            }
            Error::Refused { .. } | Error::Internal(_) => PANNE,
        };
        let problem = match &error {
            Error::Field(name, sentence) => Probleme::about(sorte, name, "valeur", sentence.clone()),
            _ => Probleme::new(sorte, error.sentence()),
        };
        // A question too heavy for now may pass once the base has less to do.
        let after = error.retry_after().or(matches!(error, Error::TooHeavy).then_some(5));
        let mut problem = match after {
            Some(seconds) => problem.header("Retry-After", seconds.to_string()),
            None => problem,
        };
        problem.cause = Some(error);
        problem
    }
}

impl From<sqlx::Error> for Box<Probleme> {
    fn from(error: sqlx::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<Trop> for Box<Probleme> {
    fn from(trop: Trop) -> Self {
        let headers = trop.headers();
        headers.into_iter().fold(Probleme::new(LIMITE, trop.sentence), |problem, (name, value)| problem.header(name, value))
    }
}

impl From<Refus> for Box<Probleme> {
    fn from(refus: Refus) -> Self {
        match refus {
            Refus::Inconnu(sentence) => Probleme::new(JETON, sentence).header("WWW-Authenticate", "Bearer realm=\"Gardel\""),
            Refus::Ailleurs(sentence) => Probleme::new(RESEAU, sentence),
            Refus::Adresse(sentence) => Probleme::about(DEMANDE, "Authorization", "jeton_dans_adresse", sentence),
            Refus::Trop(trop) => (*trop).into(),
            Refus::Panne(error) => error.into(),
        }
    }
}

impl<'r> Responder<'r, 'static> for Box<Probleme> {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        if let Some(cause) = &self.cause {
            if self.status().code >= 500 {
                tracing::error!(request = request_number(request), cause = %cause, "request failed");
                note_trouble(request, cause);
            }
            if let Some(denial) = cause.denial() {
                deny(request, denial);
            }
        }
        let body = self.body(request_number(request)).to_string();
        let mut response = Response::build();
        response.status(self.status()).header(ContentType::new("application", "problem+json"));
        response.raw_header("Cache-Control", "no-store").raw_header("Vary", "Authorization, Accept");
        for (name, value) in self.headers {
            response.raw_header(name, value);
        }
        response.sized_body(body.len(), std::io::Cursor::new(body)).ok()
    }
}
