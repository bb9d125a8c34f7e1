//! What the pages of this room show: the routes fill it in, the views draw it.

use chrono::{DateTime, Utc};

use super::composition::Preparee;
use super::gabarit::Ecrit;
use super::maison::Expediteur;
use super::model::Envoi;
use crate::platform::error::Error;

/// What is answered of a preparation that the person may not see.
pub fn unknown() -> Error {
    Error::out_of_reach("Cet envoi de lettres n’existe pas, ou il n’est pas de vos collectivités.")
}

/// A template on offer: one of Gardel, or one of the collectivité.
#[derive(Clone, Debug)]
pub struct Choisi {
    /// Its name in forms: « maison:relance », « 12 ».
    pub code: String,
    /// Its name.
    pub nom: String,
    pub genre: String,
    pub objet: String,
    pub corps: String,
    pub recommande: bool,
    pub par_courriel: bool,
    /// Its key and its version, when a collectivité wrote it.
    pub modele: Option<(i64, i32)>,
}

/// What the page of a preparation shows.
pub struct Vue<'a> {
    pub envoi: &'a Envoi,
    pub places: Vec<(i32, String)>,
    pub place: i32,
    pub modeles: Vec<Choisi>,
    pub choisi: Option<Choisi>,
    /// Names typed for these letters, with what stands there.
    pub saisies: Vec<(String, String)>,
    pub jour: String,
    pub par_courriel: bool,
    pub expediteur: Expediteur,
    pub faults: Vec<(String, String)>,
    pub apercu: Option<std::result::Result<Preparee, String>>,
}

/// A template as its page shows it.
#[derive(sqlx::FromRow)]
pub struct Modele {
    pub id: i64,
    pub collectivite_id: i32,
    pub collectivite: String,
    pub nom: String,
    pub genre: String,
    pub objet: String,
    pub corps: String,
    pub recommande: bool,
    pub par_courriel: bool,
    pub archive: bool,
    pub version: i32,
}

/// A text that a template had.
#[derive(sqlx::FromRow)]
pub struct Version {
    pub version: i32,
    pub objet: String,
    pub corps: String,
    pub ecrit_le: DateTime<Utc>,
    pub par: Option<String>,
}

/// What a template gives for a host.
pub struct Apercu {
    /// Who, as they were looked for.
    pub numero: String,
    /// Their letter, or why there is none.
    pub ecrit: std::result::Result<Ecrit, String>,
}

/// The fields of who writes: name, label, characters, whether it must be there.
pub const CHAMPS: &[(&str, &str, usize, bool)] = &[
    ("service", "Service", 80, false),
    ("adresse", "Adresse", 120, true),
    ("code_postal", "Code postal", 5, true),
    ("ville", "Ville", 80, true),
    ("telephone", "Téléphone", 30, false),
    ("courriel", "Courriel", 254, false),
    ("qualite", "Qualité du signataire", 80, true),
    ("signataire", "Nom du signataire", 80, false),
];
