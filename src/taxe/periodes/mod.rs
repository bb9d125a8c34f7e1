//! What is true of a lodging for a time: its closures, and who collects for it. A stay that they do not fit is told, never
//! refused; what is entered, corrected and removed here is undone by one click.

mod model;
mod queries;
mod routes;
mod views;

use chrono::NaiveDate;
use maud::Markup;

use crate::listing::Niveau;
use crate::platform::db::Db;
use crate::platform::error::Result;

use model::FERMETURE;
pub use queries::Connue;
pub use routes::routes;

/// What the file of a lodging shows of its closures and of its collectors.
///
/// # Errors
/// PostgreSQL failed.
pub async fn known(db: &Db, lodging: i64) -> Result<Vec<Connue>> {
    Ok(queries::known(db, lodging).await?)
}

/// Both parts of that file.
pub fn sections(lodging: i64, known: &[Connue], level: Option<Niveau>) -> Markup {
    views::sections(lodging, known, level)
}

/// What the journal says of a period, for the history of its lodging.
pub fn told(detail: &serde_json::Value) -> Vec<String> {
    model::told(detail)
}

/// What a stay of these nights meets: the closures that they fall in, and who collects on the day of the arrival, by code
/// and name, when anything is known of it.
#[derive(Clone, Default)]
pub struct Autour {
    /// Its closures, in words.
    pub fermetures: Vec<String>,
    /// Collectors on that day; nothing when nobody has said who collects for this lodging.
    pub collecteurs: Option<Vec<(String, String)>>,
}

/// What stands around the nights of stays: of each, its lodging, its arrival, the day of its departure.
///
/// # Errors
/// PostgreSQL failed.
pub async fn around(db: &Db, stays: &[(i64, NaiveDate, NaiveDate)]) -> Result<Vec<Autour>> {
    let mut all = vec![Autour::default(); stays.len()];
    for met in queries::around(db, stays).await? {
        let Some(around) = usize::try_from(met.place - 1).ok().and_then(|place| all.get_mut(place)) else { continue };
        match (met.genre.as_str(), met.la) {
            ("fermetures", _) => around.fermetures.push(model::words(FERMETURE, met.debut, met.fin, &met.mots)),
            (_, la) => {
                let known = around.collecteurs.get_or_insert_default();
                if la {
                    known.push((met.quoi, met.mots));
                }
            }
        }
    }
    Ok(all)
}
