//! Met un séjour en ligne de déclaration : référence, montants, statut, dates d'enregistrement.

use super::DemoError;
use super::Options;
use super::communes::Commune;
use super::copie::{Calendrier, Lignes};
use super::hasard::{arrive, base36, generateur, melange};
use super::logements::Parc;
use crate::taxe::calcul::{self, Assiette, SANS_CLASSEMENT};
use chrono::Datelike;
use rand::Rng;
use rand::rngs::StdRng;

/// Colonnes écrites, dans l'ordre de [`Redacteur::ecrire`]. `FREEZE` : la table vient d'être vidée dans
/// la même transaction, ses lignes n'auront pas à être revues par l'entretien de la base.
pub const COPIE: &str = "COPY sejour (id, collecteur, reference, logement_id, code_insee, \
     date_debut, date_fin, date_perception, nb_personnes, nb_mineurs, nb_saisonniers, nb_urgence, \
     nb_loyer_modique, nature_id, categorie_id, prix_nuit, tarif, plafond, montant_base, \
     montant_departemental, statut, motif_id, source, cree_le, modifie_le) FROM STDIN WITH (FREEZE)";

/// Codes de la table `plateforme`.
#[rustfmt::skip] // idem
pub const COLLECTEURS: [&str; 8] = [
    "hote", "airbnb", "booking", "abritel", "gites_de_france", "clevacances", "holidu", "autre",
];

/// Un séjour avant le calcul de la taxe.
pub struct Sejour {
    /// Rang dans [`Parc::logements`].
    pub logement: usize,
    /// Rang dans [`COLLECTEURS`] ; 0 : l'hébergeur lui-même.
    pub collecteur: usize,
    /// Jours d'arrivée et de départ, depuis l'an 1.
    pub debut: i32,
    pub fin: i32,
    pub personnes: u32,
    pub mineurs: u32,
    pub saisonniers: u32,
    pub urgence: u32,
    pub modique: u32,
    pub categorie: i16,
    /// Prix de la nuit en centimes, s'il est déclaré.
    pub prix: Option<i64>,
}

/// Écrit les séjours d'un parc, l'un après l'autre.
pub struct Redacteur<'a> {
    parc: &'a Parc,
    options: &'a Options,
    /// Date de référence : rien n'est enregistré ce jour-là ni après.
    fin: i32,
    hasard: StdRng,
    calendrier: Calendrier,
    /// Par logement, séjours pris en direct : leur rang fait la référence.
    directs: Vec<u32>,
    /// Par collecteur, séjours déjà écrits.
    compteurs: [u64; COLLECTEURS.len()],
}

impl<'a> Redacteur<'a> {
    /// Un rédacteur qui n'a encore rien écrit.
    pub fn new(parc: &'a Parc, options: &'a Options) -> Self {
        Self {
            parc,
            options,
            fin: options.reference_date.num_days_from_ce(),
            hasard: generateur(options.graine, 5),
            calendrier: Calendrier::autour(options.reference_date),
            directs: vec![0; parc.logements.len()],
            compteurs: [0; COLLECTEURS.len()],
        }
    }

    /// Écrit un séjour. Les identifiants se suivent depuis 1, dans l'ordre des arrivées.
    ///
    /// # Errors
    /// Échoue si la lecture s'arrête en face ou si le montant ne se calcule pas.
    pub fn ecrire(&mut self, id: u64, sejour: &Sejour, lignes: &mut Lignes) -> Result<(), DemoError> {
        let logement = &self.parc.logements[sejour.logement];
        let commune = &self.parc.communes[logement.commune];
        lignes.entier(id.cast_signed());
        lignes.brut(COLLECTEURS[sejour.collecteur].as_bytes());
        self.reference(sejour, lignes);
        lignes.entier((sejour.logement as u64 + 1).cast_signed());
        lignes.brut(commune.code_insee.as_bytes());
        lignes.brut(self.calendrier.date(sejour.debut));
        lignes.brut(self.calendrier.date(sejour.fin));
        match self.perception(sejour) {
            Some(jour) => lignes.brut(self.calendrier.date(jour)),
            None => lignes.nul(),
        }
        let Sejour { personnes, mineurs, saisonniers, urgence, modique, .. } = *sejour;
        for nombre in [personnes, mineurs, saisonniers, urgence, modique] {
            lignes.entier(i64::from(nombre));
        }
        lignes.entier(i64::from(logement.nature));
        lignes.entier(i64::from(sejour.categorie));
        lignes.entier_ou_nul(sejour.prix);
        taxe(sejour, commune, lignes)?;
        self.suivi(id, sejour, lignes);
        lignes.fin()
    }

    /// Référence chez le collecteur, unique pour lui.
    fn reference(&mut self, sejour: &Sejour, lignes: &mut Lignes) {
        let rang = self.compteurs[sejour.collecteur];
        self.compteurs[sejour.collecteur] += 1;
        let graine = self.options.graine;
        match COLLECTEURS[sejour.collecteur] {
            "hote" => {
                let directs = &mut self.directs[sejour.logement];
                *directs += 1;
                lignes.format(format_args!("LOG-{:06}-{directs:04}", sejour.logement + 1));
            }
            "airbnb" => {
                let code = base36(melange(rang, graine, 36_u64.pow(8)), 8);
                lignes.format(format_args!("HM{code}"));
            }
            "booking" => {
                let numero = 1_000_000_000 + melange(rang, graine, 9_000_000_000);
                lignes.format(format_args!("{numero}"));
            }
            "abritel" => {
                let code = base36(melange(rang, graine, 36_u64.pow(6)), 6);
                lignes.format(format_args!("HA-{code}"));
            }
            code => {
                let sigle = code.get(..2).unwrap_or(code).to_uppercase();
                lignes.format(format_args!("{sigle}{:08}", melange(rang, graine, 100_000_000)));
            }
        }
    }

    /// Jour où la taxe a été perçue, s'il est connu : à l'arrivée ou au départ, selon le collecteur.
    fn perception(&mut self, sejour: &Sejour) -> Option<i32> {
        let inconnu_pour_mille = if sejour.collecteur == 0 { 140 } else { 60 };
        if arrive(&mut self.hasard, inconnu_pour_mille) {
            return None;
        }
        Some(match COLLECTEURS[sejour.collecteur] {
            "airbnb" => sejour.debut + 1,
            "abritel" | "holidu" => sejour.debut,
            _ => sejour.fin,
        })
    }

    /// Statut, source et dates d'enregistrement. Le dixième le plus récent est surtout à vérifier.
    fn suivi(&mut self, id: u64, sejour: &Sejour, lignes: &mut Lignes) {
        let hasard = &mut self.hasard;
        let a_verifier = if id > self.options.sejours / 10 * 9 { 460 } else { 60 };
        let statut = match hasard.random_range(0..1_000) {
            n if n < a_verifier => "a_verifier",
            n if n < a_verifier + 30 => "conteste",
            n if n < a_verifier + 50 => "rejete",
            _ => "valide",
        };
        let source = match (COLLECTEURS[sejour.collecteur], hasard.random_range(0..100)) {
            ("hote", 0..70) => "saisie",
            ("airbnb" | "booking" | "abritel" | "holidu", 0..55) => "faritas",
            _ => "import",
        };
        let jour = sejour.fin + hasard.random_range(0..30);
        let jour = jour.min(self.fin - 1).max(sejour.debut);
        let (heure, minute) = (hasard.random_range(8..18), hasard.random_range(0..60));
        lignes.brut(statut.as_bytes());
        lignes.entier_ou_nul(motif(id, statut));
        lignes.brut(source.as_bytes());
        let date = String::from_utf8_lossy(self.calendrier.date(jour));
        for _colonne in ["cree_le", "modifie_le"] {
            // Heure de Guadeloupe, qui ne change pas en été.
            lignes.format(format_args!("{date} {heure:02}:{minute:02}:00-04"));
        }
    }
}

/// Motif commun d'un statut qui en demande un, dans l'ordre de leur migration ; jamais « Autre motif », qui veut des mots.
fn motif(id: u64, statut: &str) -> Option<i64> {
    let rang = i64::try_from(id % 5).unwrap_or(0);
    match statut {
        "conteste" => Some(1 + rang),
        "rejete" => Some(7 + rang),
        _ => None,
    }
}

/// Tarif, plafond et montants.
fn taxe(sejour: &Sejour, commune: &Commune, lignes: &mut Lignes) -> Result<(), DemoError> {
    let tarif = commune.tarif(sejour.categorie);
    let proportionnel = sejour.prix.filter(|_| sejour.categorie == SANS_CLASSEMENT);
    let plafond = proportionnel.map(|_| commune.plafond);
    let assiette = match proportionnel {
        Some(prix_nuit) => Assiette::Proportion { prix_nuit, taux: tarif, plafond: commune.plafond },
        None => Assiette::Tarif(tarif),
    };
    let exemptes = sejour.mineurs + sejour.saisonniers + sejour.urgence + sejour.modique;
    let montant = calcul::calculer(&calcul::Sejour {
        assiette,
        occupants: i64::from(sejour.personnes),
        assujettis: i64::from(sejour.personnes) - i64::from(exemptes),
        nuits: i64::from(sejour.fin - sejour.debut),
        taux_departemental: commune.taux_departemental,
    })?;
    lignes.entier(tarif);
    lignes.entier_ou_nul(plafond);
    lignes.entier(montant.base);
    lignes.entier(montant.departemental);
    Ok(())
}
