//! Le parc de démonstration : combien de logements par commune, de quelle nature, à qui.

use super::Options;
use super::communes::Commune;
use super::hasard::{arrive, generateur, repartir, tirer};
use crate::taxe::calcul::SANS_CLASSEMENT;
use chrono::Datelike;
use rand::Rng;
use rand::rngs::StdRng;

/// Logements d'une démonstration ordinaire ; au-delà de 400 000 séjours, un pour cent séjours.
const LOGEMENTS_MIN: u64 = 4_000;

/// Hébergements et lits de La Riviéra du Levant, chiffres publiés par l'agglomération.
const RIVIERA_STRUCTURES: u64 = 1_377;
const RIVIERA_LITS: u64 = 14_605;

/// Parts de meublés, pour mille : 96 % sur la Riviéra, un peu moins ailleurs.
const MEUBLES_RIVIERA: u64 = 960;
const MEUBLES_AILLEURS: u64 = 940;

/// Meublé de tourisme, numéro du fichier DELTA.
pub const MEUBLE: i16 = 4;
/// Hébergement sans classement d'une autre nature : cabane, yourte.
pub const INSOLITE: i16 = 10;

/// (catégorie, poids) des meublés : la plupart n'ont pas d'étoile.
const CATEGORIES_MEUBLE: [(i16, u32); 6] = [(9, 54), (4, 17), (5, 13), (3, 9), (6, 4), (2, 3)];
/// (personnes, poids) des meublés.
#[rustfmt::skip] // une table d'une ligne
const CAPACITES_MEUBLE: [(u32, u32); 7] = [(2, 30), (3, 8), (4, 34), (5, 6), (6, 14), (8, 6), (10, 2)];

/// Prix relatif d'une catégorie, en pour cent, par numéro ; la case 0 ne sert pas.
const STANDING: [i64; 10] = [100, 100, 260, 170, 130, 105, 90, 100, 100, 92];

/// Ce qu'on sait d'une nature autre que le meublé.
struct Nature {
    id: i16,
    /// Fréquence relative.
    poids: u32,
    /// (catégorie, poids).
    categories: &'static [(i16, u32)],
    /// Capacité, de… à…
    capacite: (u32, u32),
    /// La capacité suit la taille des hôtels de la commune.
    grand: bool,
    /// Prix d'une nuit à deux, en euros.
    nuit: i64,
}

#[rustfmt::skip] // une nature par ligne, comme un tableau
const NATURES: [Nature; 9] = [
    Nature { id: 2, poids: 44, categories: &[(9, 15), (6, 6), (5, 24), (4, 34), (3, 17), (2, 4)], capacite: (30, 400), grand: true, nuit: 85 },
    Nature { id: 3, poids: 16, categories: &[(9, 15), (5, 15), (4, 50), (3, 20)], capacite: (40, 260), grand: true, nuit: 75 },
    Nature { id: 5, poids: 4, categories: &[(5, 70), (6, 30)], capacite: (150, 600), grand: true, nuit: 110 },
    Nature { id: 6, poids: 24, categories: &[(6, 1)], capacite: (2, 12), grand: false, nuit: 80 },
    Nature { id: 7, poids: 1, categories: &[(7, 1)], capacite: (10, 40), grand: false, nuit: 14 },
    Nature { id: 8, poids: 3, categories: &[(7, 1), (8, 1)], capacite: (20, 120), grand: false, nuit: 25 },
    Nature { id: 9, poids: 1, categories: &[(8, 1)], capacite: (40, 200), grand: false, nuit: 35 },
    Nature { id: INSOLITE, poids: 6, categories: &[(SANS_CLASSEMENT, 1)], capacite: (2, 10), grand: false, nuit: 75 },
    Nature { id: 11, poids: 1, categories: &[(6, 1)], capacite: (15, 40), grand: false, nuit: 45 },
];

/// Un hébergeur ; son nom se tire au moment d'écrire.
pub struct Hebergeur {
    pub professionnel: bool,
    /// Jour d'inscription (numéro depuis l'an 1).
    pub inscrit_le: i32,
    /// Rang de sa commune dans [`Parc::communes`].
    pub commune: usize,
}

/// Un logement ; son nom se tire au moment d'écrire. Les jours se comptent depuis l'an 1.
pub struct Logement {
    /// Rang du propriétaire dans [`Parc::hebergeurs`].
    pub hebergeur: usize,
    /// Rang dans [`Parc::communes`].
    pub commune: usize,
    pub nature: i16,
    pub categorie: i16,
    /// Premier et dernier jours du classement, s'il y en a un.
    pub classement: Option<(i32, i32)>,
    pub capacite: u32,
    /// Premier jour de location.
    pub ouvert_le: i32,
    /// Premier jour où il n'est plus loué, s'il ne l'est plus.
    pub ferme_le: Option<i32>,
    /// Fréquentation relative.
    pub poids: u32,
    /// Prix ordinaire d'une nuit, en centimes.
    pub prix: i64,
}

impl Logement {
    /// Loge plusieurs clients à la fois.
    pub fn collectif(&self) -> bool {
        !matches!(self.nature, MEUBLE | INSOLITE)
    }
}

/// Tout ce qui tient en mémoire : une centaine d'octets par logement.
pub struct Parc {
    pub communes: Vec<Commune>,
    pub hebergeurs: Vec<Hebergeur>,
    pub logements: Vec<Logement>,
}

/// Engendre le parc : mêmes communes et mêmes options, même parc.
pub fn engendrer(communes: Vec<Commune>, options: &Options) -> Parc {
    let total = LOGEMENTS_MIN.max(options.sejours / 100);
    let parts = repartir(total, &communes.iter().map(|c| c.poids).collect::<Vec<_>>());
    let mut atelier = Atelier {
        hasard: generateur(options.graine, 1),
        aujourd_hui: options.reference_date.num_days_from_ce(),
        parc: Parc { communes, hebergeurs: Vec::new(), logements: Vec::new() },
        itinerants: Vec::new(),
    };
    for (commune, part) in parts.into_iter().enumerate() {
        atelier.peupler(commune, part);
    }
    ajuster_lits_riviera(&mut atelier.parc);
    atelier.parc
}

/// Ce qui distingue un logement avant les tirages communs à toutes les natures.
struct Ebauche {
    commune: usize,
    hebergeur: usize,
    nature: i16,
    categorie: i16,
    capacite: u32,
    poids: u32,
    /// Prix d'une nuit en euros, avant le standing et le niveau de la commune.
    nuit: i64,
}

struct Atelier {
    hasard: StdRng,
    aujourd_hui: i32,
    parc: Parc,
    /// Hébergeurs qui prendront encore un logement, dans une autre commune.
    itinerants: Vec<usize>,
}

impl Atelier {
    fn peupler(&mut self, commune: usize, nombre: u64) {
        let riviera = self.parc.communes[commune].riviera();
        let part = if riviera { MEUBLES_RIVIERA } else { MEUBLES_AILLEURS };
        let meubles = (nombre * part + 500) / 1_000;
        let (mut proprietaire, mut reste) = (0, 0);
        for _ in 0..meubles {
            if reste == 0 {
                (proprietaire, reste) = self.proprietaire_meuble(commune);
            }
            reste -= 1;
            let ebauche = self.meuble(commune, proprietaire);
            self.ajouter(&ebauche);
        }
        for _ in meubles..nombre {
            let ebauche = self.autre(commune);
            self.ajouter(&ebauche);
        }
    }

    /// Qui possède le prochain meublé, et combien il en prend de suite dans la commune.
    fn proprietaire_meuble(&mut self, commune: usize) -> (usize, u32) {
        if arrive(&mut self.hasard, 40)
            && let Some(connu) = self.itinerants.pop()
        {
            return (connu, 1);
        }
        let professionnel = arrive(&mut self.hasard, 110);
        let rang = self.hebergeur(commune, professionnel);
        if arrive(&mut self.hasard, 40) {
            self.itinerants.push(rang);
            return (rang, 1);
        }
        (rang, tirer(&mut self.hasard, &[(1, 70), (2, 20), (3, 10)]))
    }

    fn hebergeur(&mut self, commune: usize, professionnel: bool) -> usize {
        let recent = arrive(&mut self.hasard, 300);
        let anciennete_jours = if recent { 20..1_100 } else { 1_100..2_900 };
        let inscrit_le = self.aujourd_hui - self.hasard.random_range(anciennete_jours);
        self.parc.hebergeurs.push(Hebergeur { professionnel, inscrit_le, commune });
        self.parc.hebergeurs.len() - 1
    }

    fn meuble(&mut self, commune: usize, hebergeur: usize) -> Ebauche {
        let categorie = tirer(&mut self.hasard, &CATEGORIES_MEUBLE);
        let capacite = tirer(&mut self.hasard, &CAPACITES_MEUBLE);
        let poids = self.hasard.random_range(8..40);
        let nuit = 30 + 15 * i64::from(capacite);
        Ebauche { commune, hebergeur, nature: MEUBLE, categorie, capacite, poids, nuit }
    }

    /// Tout ce qui n'est pas un meublé. Un hébergeur n'en a qu'un.
    fn autre(&mut self, commune: usize) -> Ebauche {
        let choix: [(usize, u32); NATURES.len()] = std::array::from_fn(|i| (i, NATURES[i].poids));
        let nature = &NATURES[tirer(&mut self.hasard, &choix)];
        let categorie = tirer(&mut self.hasard, nature.categories);
        let (min, max) = nature.capacite;
        let echelle = if nature.grand { self.parc.communes[commune].taille_hotels } else { 100 };
        let capacite = (self.hasard.random_range(min..=max) * echelle / 100).max(2);
        // Chambres d'hôtes et cabanes sont souvent chez des particuliers.
        let professionnel = !matches!(nature.id, 6 | INSOLITE) || arrive(&mut self.hasard, 350);
        let hebergeur = self.hebergeur(commune, professionnel);
        let (nature, nuit) = (nature.id, nature.nuit);
        Ebauche { commune, hebergeur, nature, categorie, capacite, poids: capacite, nuit }
    }

    /// Ajoute au parc un logement de cette sorte.
    fn ajouter(&mut self, ebauche: &Ebauche) {
        let Ebauche { commune, hebergeur, nature, categorie, capacite, poids, nuit } = *ebauche;
        let aujourd_hui = self.aujourd_hui;
        let hasard = &mut self.hasard;
        let classable = categorie != SANS_CLASSEMENT && matches!(nature, 2..=5 | 8);
        let classement = classable.then(|| {
            // Cinq ans de classement ; commencé il y a plus longtemps, il est expiré.
            let le = aujourd_hui - hasard.random_range(30..2_000);
            (le, le + 5 * 365)
        });
        let ferme = arrive(hasard, 50);
        let ferme_le = ferme.then(|| aujourd_hui - hasard.random_range(30..600));
        let standing = STANDING[usize::try_from(categorie).unwrap_or(0)];
        let niveau = self.parc.communes[commune].niveau_prix;
        // Euros × pour cent = centimes.
        let prix = nuit * standing * niveau / 100 * hasard.random_range(75..140) / 100;
        let ouvert_le = self.parc.hebergeurs[hebergeur].inscrit_le;
        self.parc.logements.push(Logement { hebergeur, commune, nature, categorie, classement, capacite, ouvert_le, ferme_le, poids, prix });
    }
}

/// Donne aux grands établissements de la Riviéra les lits qui manquent au chiffre publié.
fn ajuster_lits_riviera(parc: &mut Parc) {
    let Parc { communes, logements, .. } = parc;
    let riviera: Vec<&mut Logement> = logements.iter_mut().filter(|l| communes[l.commune].riviera()).collect();
    let structures = riviera.len() as u64;
    let (mut grands, petits): (Vec<&mut Logement>, Vec<&mut Logement>) = riviera.into_iter().partition(|l| matches!(l.nature, 2 | 3 | 5));
    let lits: u64 = petits.iter().map(|l| u64::from(l.capacite)).sum();
    let manque = (RIVIERA_LITS * structures / RIVIERA_STRUCTURES).saturating_sub(lits);
    let poids: Vec<u64> = grands.iter().map(|l| u64::from(l.capacite)).collect();
    for (logement, part) in grands.iter_mut().zip(repartir(manque, &poids)) {
        // Bornes de la base ; elles ne jouent que sur un parc minuscule.
        logement.capacite = u32::try_from(part).unwrap_or(u32::MAX).clamp(2, 5_000);
        logement.poids = logement.capacite;
    }
}

#[cfg(test)]
mod tests {
    use super::super::communes::sans_base;
    use super::*;
    use chrono::NaiveDate;

    fn parc(graine: u64) -> Parc {
        let reference_date = NaiveDate::from_ymd_opt(2026, 11, 22).expect("date valide");
        engendrer(sans_base(), &Options { graine, ..Options::new(reference_date) })
    }

    #[test]
    fn la_riviera_a_ses_structures_et_ses_lits() {
        let parc = parc(971);
        assert_eq!(parc.logements.len(), 4_000);
        let riviera = || parc.logements.iter().filter(|l| parc.communes[l.commune].riviera());
        assert_eq!(riviera().count() as u64, RIVIERA_STRUCTURES);
        assert_eq!(riviera().map(|l| u64::from(l.capacite)).sum::<u64>(), RIVIERA_LITS);
        let meubles = riviera().filter(|l| l.nature == MEUBLE).count();
        assert!((1_315..1_330).contains(&meubles), "{meubles}");
    }

    #[test]
    fn la_categorie_va_avec_la_nature() {
        for logement in parc(1).logements {
            let permises: &[i16] = match logement.nature {
                2..=4 => &[2, 3, 4, 5, 6, 9],
                5 => &[5, 6],
                6 | 11 => &[6],
                7 => &[7],
                8 => &[7, 8],
                9 => &[8],
                _ => &[9],
            };
            assert!(permises.contains(&logement.categorie), "nature {}", logement.nature);
            assert!((1..=5_000).contains(&logement.capacite));
        }
    }

    #[test]
    fn meme_graine_meme_parc() {
        let prix = |parc: Parc| parc.logements.iter().map(|l| l.prix).collect::<Vec<_>>();
        assert_eq!(prix(parc(7)), prix(parc(7)));
        assert_ne!(prix(parc(7)), prix(parc(8)));
    }
}
