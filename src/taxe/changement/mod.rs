//! A lodging passes from one host to another: what each owes is shown, then confirmed, then can be undone. The former host
//! keeps the stays of its time; no amount changes.

mod model;
mod queries;
mod routes;
mod views;

use maud::Markup;

use crate::listing::Niveau;
use crate::platform::db::Db;
use crate::platform::error::Result;

pub use queries::Ancien;
pub use routes::routes;

/// The former hosts of a lodging, the last first.
///
/// # Errors
/// PostgreSQL failed.
pub async fn former(db: &Db, communes: &[String], lodging: i64) -> Result<Vec<Ancien>> {
    Ok(queries::former(db, communes, lodging).await?)
}

/// What the file of a lodging shows of them.
pub fn section(lodging: (i64, i32), former: &[Ancien], level: Option<Niveau>) -> Markup {
    views::section(lodging, former, level)
}

/// The link to the page of the change, for that file.
pub fn link(lodging: i64) -> Markup {
    views::link(lodging)
}

/// What the journal says of a change, for the histories of the lodging and of both hosts.
pub fn told(detail: &serde_json::Value) -> Vec<String> {
    let text = |key: &str| detail.get(key).and_then(|value| value.as_str());
    let undone = if detail.get("changement_defait").is_some() { "\u{a0}: changement annulé" } else { "" };
    let mut words = Vec::new();
    words.extend(text("logement_cede").map(|lodging| format!("Logement {lodging} cédé{undone}")));
    words.extend(text("logement_repris").map(|lodging| format!("Logement {lodging} repris{undone}")));
    words.extend(text("changement_le").map(|day| format!("à compter du {day}")));
    words.extend(text("motif_changement").map(|why| format!("motif\u{a0}: {why}")));
    words
}
