//! Values of a séjour.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::types::Json;

use super::taxation::Part;
use crate::motifs::Motif;

/// Code, label and tone of each statut.
pub const STATUTS: &[(&str, &str, &str)] =
    &[("a_verifier", "À vérifier", "alerte"), ("valide", "Validé", "succes"), ("conteste", "Contesté", "info"), ("rejete", "Rejeté", "erreur")];

/// A séjour with what its page shows.
#[derive(Debug, sqlx::FromRow)]
pub struct Sejour {
    pub id: i64,
    pub reference: String,
    pub collecteur: String,
    pub logement_id: i64,
    pub logement: String,
    pub adresse: String,
    pub hebergeur_id: i64,
    pub hebergeur: String,
    pub code_insee: String,
    pub commune: String,
    pub date_debut: NaiveDate,
    pub date_fin: NaiveDate,
    pub date_perception: Option<NaiveDate>,
    pub nb_personnes: i16,
    pub nb_mineurs: i16,
    pub nb_saisonniers: i16,
    pub nb_urgence: i16,
    pub nb_loyer_modique: i16,
    pub nb_assujettis: i16,
    pub nb_nuits: i16,
    pub nuitees: i32,
    pub nature: String,
    pub categorie_id: i16,
    pub categorie: String,
    pub prix_nuit: Option<i64>,
    pub tarif: i32,
    pub plafond: Option<i32>,
    pub montant_base: i64,
    pub montant_departemental: i64,
    pub montant: i64,
    /// How the amount came to be, for a stay entered or corrected here.
    pub calcul: Option<Json<Vec<Part>>>,
    pub statut: String,
    /// Whoever reads it entered it where two persons are asked for: another validates it.
    pub a_un_autre: bool,
    pub motif_id: Option<i32>,
    pub motif_libelle: Option<String>,
    pub motif_precision: Option<String>,
    pub version: i32,
    pub modifie_le: DateTime<Utc>,
}

impl Sejour {
    /// Why it has its statut.
    pub fn motif(&self) -> Option<Motif> {
        Motif::of(self.motif_id, self.motif_libelle.clone(), self.motif_precision.clone())
    }
}
