//! Les séjours : engendrés jour après jour, chacun dans un logement libre, et déclarés aussitôt.

use super::communes::Commune;
use super::copie::{Calendrier, Lignes};
use super::declaration::{Redacteur, Sejour};
use super::hasard::{arrive, generateur, tirer};
use super::logements::{INSOLITE, Logement, MEUBLE, Parc};
use super::{DemoError, Options};
use crate::taxe::calcul::SANS_CLASSEMENT;
use chrono::{Datelike, Months};
use rand::Rng;
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use rand::rngs::StdRng;

/// Durée couverte, jusqu'à la date de référence.
const PERIODE_MOIS: u32 = 36;

/// Arrivées par mois, de janvier à décembre : haute saison de décembre à avril, creux en septembre.
const SAISON: [u64; 12] = [140, 150, 145, 125, 85, 80, 110, 115, 50, 55, 80, 135];
/// Arrivées par jour, de lundi à dimanche : les semaines de location commencent le samedi.
const SEMAINE: [u64; 7] = [100, 90, 90, 95, 120, 190, 130];
/// Prix par mois, en pour cent du prix ordinaire.
const PRIX_SAISON: [i64; 12] = [115, 120, 115, 110, 95, 90, 105, 105, 80, 80, 90, 125];

/// Durées, en nuits : une semaine domine dans les meublés, deux ou trois nuits à l'hôtel.
#[rustfmt::skip] // tables d'une ou deux lignes
const NUITS_MEUBLE: [(i32, u32); 14] = [
    (1, 3), (2, 13), (3, 16), (4, 13), (5, 11), (6, 7), (7, 20),
    (8, 3), (9, 2), (10, 4), (12, 2), (14, 4), (18, 1), (21, 1),
];
#[rustfmt::skip] // idem
const NUITS_COLLECTIF: [(i32, u32); 9] = [
    (1, 14), (2, 20), (3, 20), (4, 12), (5, 10), (6, 5), (7, 15), (10, 2), (14, 2),
];

#[rustfmt::skip] // idem
const PERSONNES: [(u32, u32); 8] = [(1, 16), (2, 46), (3, 12), (4, 16), (5, 4), (6, 4), (7, 1), (8, 1)];

/// Qui collecte : rang dans [`super::declaration::COLLECTEURS`] et poids.
#[rustfmt::skip] // idem
const PARTS_MEUBLE: [(usize, u32); 8] = [
    (0, 180), (1, 560), (2, 145), (3, 85), (4, 12), (5, 6), (6, 7), (7, 5),
];
const PARTS_HOTEL: [(usize, u32); 5] = [(0, 520), (2, 420), (3, 10), (6, 10), (7, 40)];
#[rustfmt::skip] // idem
const PARTS_AUTRE: [(usize, u32); 6] = [(0, 500), (1, 150), (2, 240), (3, 20), (4, 70), (7, 20)];

/// Loyer minimum, en centimes, à partir duquel une location peut vraiment se trouver dessous.
const LOYER_MINIMUM_PLAUSIBLE: i64 = 1_000;

/// Tirages avant de se contenter d'un logement déjà pris : une double réservation, il en arrive.
const ESSAIS: u32 = 24;

/// Des valeurs et leurs poids.
type Poids<T> = &'static [(T, u32)];

/// Écrit tous les séjours demandés.
///
/// # Errors
/// Échoue si la lecture s'arrête en face ou si un montant ne se calcule pas.
pub fn ecrire(parc: &Parc, options: &Options, lignes: &mut Lignes) -> Result<(), DemoError> {
    let premier = options.reference_date.checked_sub_months(Months::new(PERIODE_MOIS));
    let premier = premier.ok_or(DemoError::Date)?.num_days_from_ce();
    let poids = parc.logements.iter().map(|l| l.poids);
    let mut atelier = Atelier {
        parc,
        fin: options.reference_date.num_days_from_ce(),
        hasard: generateur(options.graine, 4),
        calendrier: Calendrier::autour(options.reference_date),
        frequentation: WeightedIndex::new(poids).map_err(|_| DemoError::ParcVide)?,
        libre_le: vec![0; parc.logements.len()],
    };
    let mut redacteur = Redacteur::new(parc, options);
    let jours = premier..atelier.fin;
    let poids: Vec<u64> = jours.clone().map(|jour| atelier.affluence(jour)).collect();
    let total: u128 = poids.iter().copied().map(u128::from).sum();
    let (mut cumul, mut id) = (0_u128, 0_u64);
    for (jour, poids) in jours.zip(poids) {
        cumul += u128::from(poids);
        // Au plus le nombre de séjours demandé.
        let jusqu_a = (u128::from(options.sejours) * cumul / total.max(1)) as u64;
        while id < jusqu_a {
            id += 1;
            redacteur.ecrire(id, &atelier.tirer(jour), lignes)?;
        }
    }
    Ok(())
}

/// Durées et collecteurs d'une nature d'hébergement.
fn habitudes(nature: i16) -> (Poids<i32>, Poids<usize>) {
    match nature {
        MEUBLE => (&NUITS_MEUBLE, &PARTS_MEUBLE),
        INSOLITE => (&NUITS_MEUBLE, &PARTS_AUTRE),
        2 | 3 | 5 => (&NUITS_COLLECTIF, &PARTS_HOTEL),
        _ => (&NUITS_COLLECTIF, &PARTS_AUTRE),
    }
}

struct Atelier<'a> {
    parc: &'a Parc,
    /// Date de référence : aucun séjour ne finit après.
    fin: i32,
    hasard: StdRng,
    calendrier: Calendrier,
    frequentation: WeightedIndex<u32>,
    /// Par logement, premier jour libre.
    libre_le: Vec<i32>,
}

impl Atelier<'_> {
    /// Arrivées relatives d'un jour.
    fn affluence(&self, jour: i32) -> u64 {
        // Le jour 1 de l'an 1 était un lundi.
        let rang = usize::try_from((jour - 1).rem_euclid(7)).unwrap_or(0);
        SAISON[self.calendrier.mois0(jour)] * SEMAINE[rang]
    }

    fn tirer(&mut self, debut: i32) -> Sejour {
        let rang = self.choisir(debut);
        let parc = self.parc;
        let logement = &parc.logements[rang];
        let commune = &parc.communes[logement.commune];
        let (durees, parts) = habitudes(logement.nature);
        let nuits = tirer(&mut self.hasard, durees).min(self.fin - debut);
        let fin = debut + nuits;
        self.libre_le[rang] = self.libre_le[rang].max(fin);
        let collecteur = tirer(&mut self.hasard, parts);
        // Un classement expiré ne protège plus : le logement redevient sans classement.
        let expire = logement.classement.is_some_and(|(_, jusqu_au)| debut > jusqu_au);
        let categorie = if expire { SANS_CLASSEMENT } else { logement.categorie };
        let personnes = tirer(&mut self.hasard, &PERSONNES).min(logement.capacite);
        let prix = Some(self.prix(logement, commune, personnes, debut));
        let (mineurs, saisonniers, urgence, modique) = (0, 0, 0, 0);
        #[rustfmt::skip] // une ligne par idée, pas par champ
        let mut sejour = Sejour {
            logement: rang, collecteur, debut, fin, categorie, prix,
            personnes, mineurs, saisonniers, urgence, modique,
        };
        self.exempter(&mut sejour, commune);
        // Un hébergement classé n'a pas à dire son prix ; en direct, il le dit rarement.
        let libre = categorie != SANS_CLASSEMENT && sejour.modique == 0 && collecteur == 0;
        if libre && arrive(&mut self.hasard, 600) {
            sejour.prix = None;
        }
        sejour
    }

    /// Un logement ouvert, et libre s'il ne loge qu'un client à la fois.
    fn choisir(&mut self, jour: i32) -> usize {
        let mut ouvert = 0;
        for _ in 0..ESSAIS {
            let rang = self.frequentation.sample(&mut self.hasard);
            let logement = &self.parc.logements[rang];
            if logement.ouvert_le > jour || logement.ferme_le.is_some_and(|ferme| ferme <= jour) {
                continue;
            }
            ouvert = rang;
            if logement.collectif() || self.libre_le[rang] <= jour {
                break;
            }
        }
        ouvert
    }

    /// Prix de la nuit en centimes, arrondi à 50 centimes. Un hôtel donne une chambre pour deux ; à
    /// Marie-Galante, quelques locations restent sous le loyer minimum taxé.
    fn prix(&mut self, logement: &Logement, commune: &Commune, personnes: u32, jour: i32) -> i64 {
        let seuil = commune.loyer_minimum.filter(|seuil| *seuil >= LOYER_MINIMUM_PLAUSIBLE);
        if let Some(seuil) = seuil
            && !logement.collectif()
            && arrive(&mut self.hasard, 20)
        {
            return self.hasard.random_range(seuil * 6 / 10..seuil) / 50 * 50;
        }
        let chambres = if logement.collectif() { i64::from(personnes.div_ceil(2)) } else { 1 };
        let saison = PRIX_SAISON[self.calendrier.mois0(jour)];
        let ecart = self.hasard.random_range(95..106);
        let prix = logement.prix * chambres * saison / 100 * ecart / 100;
        (prix / 50 * 50).max(500)
    }

    /// Répartit les exemptions (CGCT, art. L2333-31) : leur somme ne dépasse pas les occupants.
    fn exempter(&mut self, sejour: &mut Sejour, commune: &Commune) {
        let hasard = &mut self.hasard;
        if sejour.personnes >= 3 && arrive(hasard, 520) {
            sejour.mineurs = hasard.random_range(1..=(sejour.personnes - 2).min(4));
        } else if sejour.personnes == 2 && arrive(hasard, 50) {
            sejour.mineurs = 1;
        }
        let majeurs = sejour.personnes - sejour.mineurs;
        let loyer = sejour.prix.zip(commune.loyer_minimum);
        if loyer.is_some_and(|(prix, seuil)| prix < seuil) {
            sejour.modique = majeurs;
        } else if arrive(hasard, 6) {
            sejour.saisonniers = hasard.random_range(1..=majeurs);
        } else if arrive(hasard, 3) {
            sejour.urgence = majeurs;
        }
    }
}
