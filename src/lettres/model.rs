//! Letters prepared together: their row, their states.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::types::Json;

use crate::platform::states::{Passage, States};

/// Hosts of one preparation at most.
pub const DESTINATAIRES_MAX: i64 = 20_000;
/// Letters between two checkpoints.
pub const LOT: i64 = 50;
/// Letters of one file to print.
pub const VOLUME: i64 = 250;
/// Hours in which a preparation that nobody asked for is kept.
pub const BROUILLON_HEURES: i32 = 24;

/// Work that may go on.
const OUVERT: &[&str] = &["en_attente", "en_cours", "arretee", "echec"];
/// Somebody asked for it.
pub const DEMANDE: Passage = Passage { from: &["brouillon"], to: "en_attente" };
/// A lot of letters is written.
pub const AVANCE: Passage = Passage { from: OUVERT, to: "en_cours" };
/// All of them are, and can be printed.
pub const PRET: Passage = Passage { from: OUVERT, to: "prete" };
/// Its job was stopped.
pub const ARRETE: Passage = Passage { from: &["en_attente", "en_cours"], to: "arretee" };
/// Its job failed.
pub const ECHOUE: Passage = Passage { from: &["en_attente", "en_cours"], to: "echec" };

/// The states of letters prepared together.
pub const ENVOI: States = States {
    column: ("lettre_envoi", "etat"),
    known: &[
        ("brouillon", "À préparer", "info"),
        ("en_attente", "En attente", ""),
        ("en_cours", "En préparation", "info"),
        ("prete", "Prêtes", "succes"),
        ("arretee", "Arrêtées en route", "alerte"),
        ("echec", "Échouées", "erreur"),
    ],
    passages: &[DEMANDE, AVANCE, PRET, ARRETE, ECHOUE],
};

/// Letters prepared together, as their page and their job read them.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Envoi {
    pub id: i64,
    pub collectivite_id: i32,
    pub demandeur_id: i64,
    pub demandeur: String,
    pub modele_id: Option<i64>,
    pub modele_version: Option<i32>,
    /// Name of the template when it was used.
    pub modele: String,
    pub genre: String,
    /// The texts of the template, as they were then.
    pub objet: String,
    pub corps: String,
    /// What was typed for these letters.
    pub saisies: Json<BTreeMap<String, String>>,
    pub recommande: bool,
    pub par_courriel: bool,
    pub date_lettre: Option<NaiveDate>,
    /// The question of the list and its words.
    pub requete: String,
    pub filtres: String,
    pub etat: String,
    pub choisis: i64,
    pub avancement: i64,
    pub faites: i64,
    pub ecartees: i64,
    pub erreur: Option<String>,
    pub job_id: Option<i64>,
    pub cree_le: DateTime<Utc>,
    pub demande_le: Option<DateTime<Utc>>,
    pub fini_le: Option<DateTime<Utc>>,
}

impl Envoi {
    /// The work goes on.
    pub fn bouge(&self) -> bool {
        ["en_attente", "en_cours"].contains(&self.etat.as_str())
    }

    /// It waits for its author.
    pub fn brouillon(&self) -> bool {
        self.etat == "brouillon"
    }

    /// The reference of the letter of a rank.
    pub fn reference(&self, rang: i64) -> String {
        format!("L{}-{:04}", self.id, rang + 1)
    }

    /// Where the letter of a rank lies in the store.
    pub fn chemin(&self, rang: i64) -> String {
        format!("lettres/{}/{rang:05}.pdf", self.id)
    }

    /// Where a file to print lies.
    pub fn chemin_du_volume(&self, rang: i64) -> String {
        format!("lettres/{}/impression-{}.pdf", self.id, rang + 1)
    }
}

/// A file to print.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Volume {
    pub rang: i32,
    pub lettres: i32,
    pub premiere: i64,
    pub derniere: i64,
    pub chemin: String,
    pub octets: i64,
    pub sha256: String,
}

/// A letter, as its page shows it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Lettre {
    pub id: i64,
    pub envoi_id: i64,
    pub collectivite_id: i32,
    pub collectivite: String,
    pub hebergeur_id: i64,
    pub destinataire: String,
    pub reference: String,
    pub genre: String,
    pub objet: String,
    pub contenu: Json<crate::platform::pdf::Letter>,
    pub chemin: String,
    pub octets: i64,
    pub sha256: String,
    pub date_lettre: NaiveDate,
    pub recommande: bool,
    pub numero_lrar: Option<String>,
    pub imprimee_le: Option<NaiveDate>,
    pub envoyee_le: Option<NaiveDate>,
    pub distribuee_le: Option<NaiveDate>,
    pub retournee_le: Option<NaiveDate>,
    pub retour_motif: Option<String>,
    pub reponse_le: Option<NaiveDate>,
    pub reponse: Option<String>,
    pub etat: String,
    pub courriel: Option<String>,
    pub courriel_etat: Option<String>,
    pub courriel_reponse: Option<String>,
    pub courriel_le: Option<DateTime<Utc>>,
    pub cree_le: DateTime<Utc>,
    pub auteur: String,
}

#[cfg(test)]
mod tests {
    #[test]
    fn its_states_hold_together() {
        assert!(crate::platform::states::faults(&super::ENVOI).is_empty());
    }
}
