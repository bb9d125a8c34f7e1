//! The taxe de séjour: hébergeurs, logements, séjours, and the arithmetic of the tax.

pub mod calcul;
mod changement;
mod classements;
mod cumuls;
mod declarations;
mod deliberations;
mod fiche;
mod fusion;
mod hebergeurs;
mod historique;
mod imports;
mod logements;
mod modifications;
mod paiements;
mod periodes;
mod records;
mod redevable;
mod reference;
mod regie;
mod ressemblance;
mod sejours;

pub use declarations::{CAMPAGNES, DECLARATIONS, ECHEANCES, ETATS_CAMPAGNE, ETATS_DECLARATION, JOBS, MENU, Ouverture, ouvre};
pub use deliberations::{DELIBERATIONS, MENU as MENU_DES_DELIBERATIONS, TARIFS};
pub use hebergeurs::HEBERGEURS;
pub use imports::IMPORTS;
pub use logements::LOGEMENTS;
pub use modifications::{BULK_ACTIONS, CHAMPS};
pub use paiements::{MENU as MENU_DES_PAIEMENTS, PAIEMENTS};
pub use records::RECORDS;
pub use regie::ECRITURES;
pub use sejours::SEJOURS;

use crate::platform::jobs::schedules::{NewSchedule, Regular};

/// What comes back by itself: every night, open campaigns are made whole.
pub static REGULAR: &[&Regular] = &[&Regular(|| Ok(NewSchedule::of("suivi-campagnes", "10 3 * * *", &declarations::Suivi::default())?.spread(600)))];

/// Puts together what the counts of stays and declarations were added.
///
/// # Errors
/// PostgreSQL failed.
pub async fn settle(pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
    cumuls::settle(pool).await?;
    declarations::settle(pool).await
}

/// Routes to mount at `/`.
pub fn routes() -> Vec<rocket::Route> {
    [
        sejours::routes(),
        logements::routes(),
        hebergeurs::routes(),
        fusion::routes(),
        periodes::routes(),
        changement::routes(),
        deliberations::routes(),
        declarations::routes(),
        paiements::routes(),
    ]
    .concat()
}
