//! Few errors, told twice: the person gets a French sentence and a way out, the log gets the cause
//! once with the number of the request. How they look is `ui::error_page`'s.

use std::borrow::Cow;

use rocket::http::Status;

use super::refusals::{self, Refusal};
use super::store::FilesError;

/// What can go wrong in a request.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// What was asked makes no sense: 400. The sentence says what to do.
    #[error("{0}")]
    Invalid(Cow<'static, str>),
    /// The same, of one field of a form: its name, and the sentence that stands beside it.
    #[error("{1}")]
    Field(String, Cow<'static, str>),
    /// Nobody is signed in, or no longer: leads to the sign-in page.
    #[error("session absente ou expirée")]
    SignedOut,
    /// The role does not allow it: 403.
    #[error("{0}")]
    Forbidden(Cow<'static, str>),
    /// No such thing: 404.
    #[error("{0}")]
    NotFound(Cow<'static, str>),
    /// No such thing, or not one of the reader's (the two are not told apart): 404, and noted.
    #[error("{0}")]
    OutOfReach(Cow<'static, str>),
    /// What was sent is larger than what is read: 413.
    #[error("{0}")]
    TooLarge(Cow<'static, str>),
    /// Somebody changed it meanwhile: 409.
    #[error("{0}")]
    Conflict(Cow<'static, str>),
    /// The file existed and was removed after its time: 410.
    #[error("{0}")]
    Gone(Cow<'static, str>),
    /// Too many attempts: 429, with the seconds to wait.
    #[error("trop de tentatives")]
    TooMany(u64),
    /// One person asked for more than they may in a time: 429, with the sentence and the seconds to wait.
    #[error("{0}")]
    Bound(Cow<'static, str>, u64),
    /// As many people as may wait are waiting: 503, in a few seconds.
    #[error("file pleine")]
    Busy,
    /// The database is away or too busy: 503, try again.
    #[error("base de données indisponible : {0}")]
    Unavailable(String),
    /// Something else holds what was asked for, and has for too long: 503, try again.
    #[error("données retenues : {0}")]
    Held(String),
    /// As many people as may read this room at once do: 503, try again.
    #[error("trop de lectures à la fois")]
    Crowded,
    /// The disk or the memory of the database is full: 503, and somebody must act.
    #[error("base de données sans place : {0}")]
    NoRoom(String),
    /// The file store is away, mute or refuses: 503, try again.
    #[error("dépôt de fichiers indisponible : {0} {detail}", detail = .0.detail())]
    StoreAway(FilesError),
    /// The question was too heavy for the time a page may take: 503.
    #[error("requête trop longue")]
    TooHeavy,
    /// PostgreSQL refused what a statement says or holds, and would again: 500.
    #[error("{said}")]
    Refused {
        /// Its code.
        code: String,
        /// The constraint that it did not satisfy, if that is why.
        rule: Option<String>,
        /// What PostgreSQL said.
        said: String,
    },
    /// A fault of ours: 500.
    #[error("{0}")]
    Internal(String),
}

/// Why rights said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// They do not go so far.
    Right,
    /// It is not among what they show, or it is not at all.
    Reach,
}

/// The result of a handler.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A 400 with its sentence.
    pub fn invalid(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid(sentence.into())
    }

    /// The same refusal, as that of the field called `name`.
    #[must_use]
    pub fn about(self, name: &str) -> Self {
        match self {
            Self::Invalid(text) => Self::Field(name.to_string(), text),
            other => other,
        }
    }

    /// A 404 with its sentence.
    pub fn not_found(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::NotFound(sentence.into())
    }

    /// A 404 with its sentence, for what may be somebody else's.
    pub fn out_of_reach(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::OutOfReach(sentence.into())
    }

    /// What rights said no to, if it is that.
    pub fn denial(&self) -> Option<Denial> {
        match self {
            Self::Forbidden(_) => Some(Denial::Right),
            Self::OutOfReach(_) => Some(Denial::Reach),
            _ => None,
        }
    }

    /// A 403 with its sentence.
    pub fn forbidden(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::Forbidden(sentence.into())
    }

    /// The HTTP status.
    pub fn status(&self) -> Status {
        match self {
            Self::Invalid(_) | Self::Field(..) => Status::BadRequest,
            Self::SignedOut => Status::Unauthorized,
            Self::Forbidden(_) => Status::Forbidden,
            Self::NotFound(_) | Self::OutOfReach(_) => Status::NotFound,
            Self::TooLarge(_) => Status::PayloadTooLarge,
            Self::Conflict(_) => Status::Conflict,
            Self::Gone(_) => Status::Gone,
            Self::TooMany(_) | Self::Bound(..) => Status::TooManyRequests,
            Self::Busy | Self::Unavailable(_) | Self::Held(_) | Self::Crowded | Self::NoRoom(_) | Self::StoreAway(_) | Self::TooHeavy => {
                Status::ServiceUnavailable
            }
            Self::Refused { .. } | Self::Internal(_) => Status::InternalServerError,
        }
    }

    /// The sentence for the person: what happened, then what to do.
    pub fn sentence(&self) -> Cow<'static, str> {
        match self {
            Self::Invalid(text)
            | Self::Field(_, text)
            | Self::Forbidden(text)
            | Self::NotFound(text)
            | Self::OutOfReach(text)
            | Self::TooLarge(text)
            | Self::Conflict(text)
            | Self::Gone(text) => text.clone(),
            Self::Bound(text, _) => text.clone(),
            Self::SignedOut => "Votre session est terminée. Connectez-vous de nouveau.".into(),
            Self::TooMany(seconds) => format!("Trop de tentatives. Attendez {} avant de recommencer.", wait_in_words(*seconds)).into(),
            Self::Busy => "Trop de personnes se connectent au même moment. Attendez quelques secondes, puis recommencez.".into(),
            Self::Unavailable(_) => "La base de données ne répond pas pour le moment. Rien n’est perdu : réessayez dans quelques instants.".into(),
            Self::Held(_) => {
                "Une autre opération tient ces données en ce moment : rien n’a été enregistré. Réessayez dans quelques instants ; si cela dure, prévenez \
                 l’exploitant."
                    .into()
            }
            Self::Crowded => "Cette page est très demandée, ou ce qu’elle lit est tenu par une autre opération. Réessayez dans quelques instants.".into(),
            Self::NoRoom(_) => "La base de données n’a plus de place : rien n’a été enregistré. Prévenez l’exploitant, puis recommencez.".into(),
            Self::StoreAway(error) => {
                format!("{error} Votre fichier n’est pas perdu : réessayez dans quelques minutes, et prévenez l’exploitant si cela dure.").into()
            }
            Self::TooHeavy => "Cette recherche demande trop de temps. Ajoutez un filtre (une commune, une période) puis recommencez.".into(),
            Self::Refused { .. } | Self::Internal(_) => {
                "Une erreur est survenue de notre côté. Réessayez ; si elle revient, donnez le numéro ci-dessous à l’exploitant.".into()
            }
        }
    }
}

/// A wait in French words: seconds under a minute, then minutes.
pub fn wait_in_words(seconds: u64) -> String {
    match seconds {
        0 | 1 => "1 seconde".into(),
        2..=59 => format!("{seconds} secondes"),
        60..=119 => "1 minute".into(),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

impl Error {
    /// Seconds after which it is worth asking again, when that is known.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooMany(seconds) | Self::Bound(_, seconds) => Some(*seconds),
            Self::Busy | Self::Unavailable(_) | Self::Held(_) | Self::Crowded | Self::StoreAway(_) => Some(5),
            Self::NoRoom(_) => Some(60),
            _ => None,
        }
    }

    /// The kind of trouble that the operator is told of, and what PostgreSQL gave as a code: nothing of what it said. Nothing for what a
    /// person can mend.
    pub fn trouble(&self) -> Option<(&'static str, Option<String>)> {
        let kind = match self {
            Self::Busy => "connexions",
            Self::Unavailable(_) => "base_absente",
            Self::Held(_) => "donnees_tenues",
            Self::Crowded => "base_saturee",
            Self::NoRoom(_) => "base_pleine",
            Self::StoreAway(_) => "depot",
            Self::TooHeavy => "trop_long",
            Self::Refused { code, rule, .. } => {
                return Some(("refus_sql", Some(format!("{code} {}", rule.as_deref().unwrap_or_default()).trim().into())));
            }
            Self::Internal(_) => "defaut",
            _ => return None,
        };
        Some((kind, None))
    }

    /// The kind that metrics count it as, when the base is what refused.
    fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Unavailable(_) => Some(Refusal::Away),
            Self::Crowded => Some(Refusal::Crowded),
            Self::NoRoom(_) => Some(Refusal::NoRoom),
            Self::Held(_) => Some(Refusal::Held),
            Self::TooHeavy => Some(Refusal::TooHeavy),
            Self::Refused { .. } | Self::Internal(_) => Some(Refusal::Fault),
            _ => None,
        }
    }

    /// What PostgreSQL refused with `code`, by the families of its manual (appendix A).
    fn refused(code: &str, cause: &dyn sqlx::error::DatabaseError, said: String) -> Self {
        match code {
            "57014" => Self::TooHeavy,
            // A character that no text of the base may hold (NUL).
            "22021" => Self::Invalid("Ce qui a été envoyé contient des caractères illisibles. Retapez-le, puis recommencez.".into()),
            // Two persons were asked for between the check of a page and its write: the base says so then, by name.
            "23514" if cause.constraint().is_some_and(|name| name.ends_with("_a_deux")) => Self::Conflict(
                "Il faut désormais deux personnes ici\u{a0}: qui a saisi ne valide pas. Rien n’a été enregistré. Demandez à une autre personne de valider.".into(),
            ),
            // A lock not had in time, two that waited for each other, a transaction that another one overtook.
            "55P03" | "40P01" | "40001" => Self::Held(said),
            // Too many connections: the next ones may pass.
            "53300" => Self::Unavailable(said),
            // Disk, memory, a limit of the settings; a file that the system will not write.
            _ if code.starts_with("53") => Self::NoRoom(said),
            "58030" => Self::NoRoom(said),
            // Cut by the server: the others of the pool are doubtful as well.
            "57P01" | "57P02" | "57P05" | "25P03" => {
                super::db::note_cut();
                Self::Unavailable(said)
            }
            // Starting up or stopping, read-only during a failover, a connection that breaks, a role or a base that is being changed.
            // 55000: the base was told to take no connection.
            "25006" | "3D000" | "55000" => Self::Unavailable(said),
            _ if ["57P", "08", "28"].iter().any(|family| code.starts_with(family)) => Self::Unavailable(said),
            // A value that is none, a rule that a row does not satisfy, a statement that the base does not understand or may not run.
            _ if ["22", "23", "42"].iter().any(|family| code.starts_with(family)) => {
                Self::Refused { code: code.to_string(), rule: cause.constraint().map(String::from), said }
            }
            _ => Self::Internal(said),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let told = match &error {
            sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed | sqlx::Error::Tls(_) => {
                super::db::note_cut();
                Self::Unavailable(error.to_string())
            }
            sqlx::Error::AnyDriverError(why) if why.is::<super::db::NoPlace>() => Self::Crowded,
            sqlx::Error::PoolTimedOut if !super::db::cut_lately() => Self::Crowded,
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Self::Unavailable(error.to_string()),
            sqlx::Error::Database(cause) => match cause.code().as_deref() {
                Some(code) => Self::refused(code, cause.as_ref(), error.to_string()),
                None => Self::Internal(error.to_string()),
            },
            _ => Self::Internal(error.to_string()),
        };
        if let Some(refusal) = told.refusal() {
            refusals::note(refusal);
        }
        told
    }
}
