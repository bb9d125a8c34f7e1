//! Files loaded into the records: what was understood of a file, what each of its lines would do, then what a person confirmed, and the
//! way back.
//!
//! A kind of import is a declaration ([`Genre`]) on a record. The dry run puts each line aside with its verdict, its values and the
//! version of the row it names; writing and undoing go over these lines lot by lot, each lot in one transaction with the lease of its
//! job, and touch only rows that are still as they were looked at.

mod acces;
mod apparues;
mod arrivee;
mod attente;
mod autre_genre;
mod avancement;
mod completude;
mod confiance;
mod constantes;
mod contradiction;
mod copie;
mod depart;
mod deplie;
mod depot;
mod dossiers;
mod ecriture;
mod ecrivain;
mod envois;
mod etats;
mod examen;
mod exclusions;
mod genre;
mod gestes;
mod groupes;
mod inscription;
mod jobs;
mod jugement;
mod lecture;
mod ligne;
mod lignes;
mod list;
mod menage;
mod mode;
mod model;
mod noms;
mod numeros;
mod opposees;
mod origine;
mod part;
mod parties;
mod preuve;
mod previsions;
mod profils;
mod propositions;
mod queries;
mod questions;
mod rangees;
mod recherches;
mod refusees;
mod rejeu;
mod relecture;
mod remise;
mod replie;
mod retour;
mod routes;
mod semblable;
mod sommes;
mod suggestions;
mod suites;
mod texte;
mod touches;
mod tranche;
mod travail;
mod verification;
mod views;

pub use crate::pieces::cleaned as nom_de_fichier;
pub use attente::{Attente, en_attente};
pub use avancement::suivi;
pub use ecrivain::{Ecrivain, Tranche};
pub use etats::IMPORT;
pub use genre::{Cle, Genre, Lien, Numero, Profil, Repli, Somme, Statut};
pub use gestes::{Refusee, abandonne, annule, confirme, depose, lignes_refusees};
pub use jobs::{settle, sweep};
pub use ligne::{Ligne, Verdict};
pub use list::{ANOMALIES, IMPORTS, LIGNES};
pub use mode::Mode;
pub use profils::PROFILS;
pub use semblable::Semblable;
pub use texte::plie;
pub use touches::{Touche, touches};

use crate::context::Context;
use crate::platform::jobs::Known;
use crate::platform::jobs::schedules::{NewSchedule, Regular};
use crate::platform::store::Nommes;

/// The files that these rows name in the store: those that were received, and the chunks of those that are arriving.
pub const NOMMES: &[Nommes] = &[
    Nommes { quoi: "fichier de l’import", lignes: "SELECT id AS cle, chemin, octets, sha256 FROM import" },
    Nommes {
        quoi: "morceau d’envoi",
        lignes: "SELECT m.envoi_id << 20 | m.rang AS cle, 'envois/' || m.envoi_id || '/' || m.rang || '-' || m.sha256 AS chemin, m.octets::bigint AS octets,
                     m.sha256 FROM import_envoi_morceau m JOIN import_envoi e ON e.id = m.envoi_id WHERE e.import_id IS NULL AND e.refus IS NULL",
    },
];

/// The kinds of job of this room.
pub static JOBS: &[&Known<Context>] = &[&Known::of::<jobs::Travail>(), &Known::of::<dossiers::Veille>()];

/// Its schedules.
pub static REGULAR: &[&Regular] = &[&Regular(|| NewSchedule::of("dossiers-surveilles", "*/2 * * * *", &dossiers::Veille::default()))];

/// Routes to mount at `/`.
pub fn routes() -> Vec<rocket::Route> {
    let own = [routes::routes(), relecture::routes(), suites::routes(), propositions::routes(), remise::routes(), profils::routes()];
    own.into_iter().chain([envois::routes(), dossiers::routes()]).flatten().collect()
}
