//! Letters to hosts: templates that a collectivité writes, letters made of them one by one or by thousands, on paper (PDF/UA-1) and by
//! e-mail, and what became of each: printed, sent, registered, given, returned, answered.
//!
//! A template is text with variables, read here before the engine sees it (`ecriture`), written by minijinja (`gabarit`) into the blocks
//! of a letter (`balisage`). What it may name comes from [`Source`]s that any room may declare. See
//! [decision 32](../../docs/decisions/0032-letters.md).

mod balisage;
mod composition;
mod courriel;
mod ecriture;
mod envois;
mod gabarit;
mod genres;
mod jobs;
mod lettre;
mod list;
mod maison;
mod model;
mod modeles;
mod pages;
mod preparation;
mod queries;
mod records;
mod sources;
mod vues;

pub use jobs::sweep;
pub use lettre::section;
pub use list::{LETTRES, MODELES};
pub use maison::SOURCES;
pub use model::ENVOI;
pub use records::RECORDS;
pub use sources::{Demande, Lecture, Liste, Source, Valeur, Valeurs, Variable};

use serde_json::Value;

use crate::actions::Ailleurs;
use crate::context::Context;
use crate::platform::jobs::Known;
use crate::platform::store::Nommes;

/// The kinds of job of this room.
pub static JOBS: &[&Known<Context>] = &[&Known::of::<jobs::LettresEnNombre>(), &Known::of::<courriel::Courriel>()];

/// What it does with the rows of other lists.
pub static AILLEURS: &[&Ailleurs] = &[&preparation::ECRIRE];

/// The files that its rows name in the store.
pub const NOMMES: &[Nommes] = &[
    Nommes { quoi: "lettre", lignes: "SELECT id AS cle, chemin, octets, sha256 FROM lettre" },
    Nommes { quoi: "fichier de lettres à imprimer", lignes: "SELECT id AS cle, chemin, octets, sha256 FROM lettre_volume" },
];

/// Routes to mount at `/`.
pub fn routes() -> Vec<rocket::Route> {
    [preparation::routes(), envois::routes(), lettre::routes(), modeles::routes()].concat()
}

/// What a line of the journal about a host says of a letter.
pub fn told(detail: &Value) -> Option<String> {
    let written = detail.get("lettre").and_then(Value::as_str).map(|genre| format!("Lettre écrite\u{a0}: {genre}"));
    written.or_else(|| {
        let state = detail.get("lettre_courriel")?.as_str()?;
        Some(format!("Lettre par courriel\u{a0}: {}", list::COURRIELS.iter().find(|(code, ..)| *code == state).map_or(state, |(_, label, _)| label)))
    })
}
