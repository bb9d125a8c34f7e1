//! Exports: a file that holds exactly what the list showed, with a manifest that proves it.
//!
//! The question is stored, never a list of ids. The worker puts the keys aside in one statement (one
//! instant of the data), then reads the rows by position in short transactions, keeps each piece in
//! the object store with a checkpoint, and puts the pieces together. Killed anywhere, it resumes at
//! the last checkpoint, and the file is the same to the byte.

#[cfg(test)]
mod aller_retour;
mod ask;
mod assemblage;
#[cfg(test)]
mod cellules;
mod conforme;
mod controle;
mod csv;
mod etats;
mod jobs;
mod jsonl;
mod lecture;
mod lignes;
mod model;
mod notes;
mod ods;
mod parquet;
mod queries;
mod remise;
mod routes;
mod tableur;
mod temoin;
mod verification;
mod views;
mod xlsx;
mod xml;

pub use ask::{Asking, ToExport, ask};
pub use controle::{AutoControle, CRON_CONTROLE, count_faults};
pub use csv::{fields as csv_fields, protected as csv_protected};
pub use etats::EXPORT;
pub use jobs::{End, Export, Followup, absent, expire};
pub(crate) use model::{Followed, Stage};
pub(crate) use queries::followed;
pub(crate) use remise::{demanded, finished, opened, unknown};
pub use routes::routes;
pub use verification::{Manifeste, NOMMES, Pret, manifeste_lu, prets};

use crate::context::Context;
use crate::listing::{Access, Menu, Rubrique};
use crate::platform::jobs::Known;
use crate::platform::jobs::schedules::{NewSchedule, Regular};
use crate::ui::layout::Group;

/// Its page in the menu.
pub static MENU: &[&Rubrique] =
    &[&Rubrique { label: "Exports", href: "/exports", menu: Menu::at(Group::Follow, 20, "download"), access: &[Access::Tous] }];

/// The kinds of job of this room.
pub static JOBS: &[&Known<Context>] = &[&Known::of::<Export>(), &Known::of::<AutoControle>()];

/// When its jobs come back.
pub static REGULAR: &[&Regular] = &[&Regular(|| Ok(NewSchedule::of("controle-exports", CRON_CONTROLE, &AutoControle::default())?.spread(600)))];
