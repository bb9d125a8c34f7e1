//! Arithmétique de la taxe de séjour au réel : pure, en entiers, sans entrée ni sortie.
//!
//! Montants en centimes d'euro, taux en centièmes de pour cent (500 = 5 %). Aucun texte trouvé ne
//! fixe l'arrondi de la taxe ; les montants publiés s'expliquent tous par la règle suivie ici :
//! arrondir au centime, la moitié vers le haut, le montant d'**une personne pour une nuit**, arrondir
//! de même la taxe additionnelle, puis seulement multiplier.

/// Numéro DELTA de la catégorie « sans classement », la seule taxée en proportion du prix.
pub const SANS_CLASSEMENT: i16 = 9;

/// Cent pour cent, en centièmes de pour cent.
const CENT_POUR_CENT: i64 = 10_000;

/// Ce qui détermine le montant d'une nuit pour une personne (CGCT, art. L2333-30).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assiette {
    /// Catégories 1 à 8 : le tarif délibéré, en centimes par personne et par nuit.
    Tarif(i64),
    /// Catégorie 9 : une part du prix de la nuit.
    Proportion {
        /// Prix de la nuit hors taxes pour tout le logement, en centimes.
        prix_nuit: i64,
        /// Taux délibéré, en centièmes de pour cent.
        taux: i64,
        /// Plus haut tarif délibéré par la collectivité, en centimes : voir [`plafond`].
        plafond: i64,
    },
}

/// Un séjour, réduit à ce que le calcul regarde.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sejour {
    /// Tarif fixe ou proportionnel.
    pub assiette: Assiette,
    /// Toutes les personnes logées, exemptées comprises : le prix de la nuit se divise entre elles.
    pub occupants: i64,
    /// Personnes qui doivent la taxe, une fois retirées les exemptions (CGCT, art. L2333-31).
    pub assujettis: i64,
    /// Nuits passées dans le logement.
    pub nuits: i64,
    /// Taux de la taxe additionnelle départementale ces nuits-là, en centièmes de pour cent ; zéro quand elle n'est pas due
    /// (CGCT, art. L3333-1).
    pub taux_departemental: i64,
}

/// Le résultat, tout en centimes. Les deux parts restent séparées : chacune a son bénéficiaire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Montant {
    /// Taxe communale ou intercommunale d'une personne pour une nuit (CGCT, art. L2333-30).
    pub unitaire_base: i64,
    /// Taxe additionnelle d'une personne pour une nuit (CGCT, art. L3333-1).
    pub unitaire_departemental: i64,
    /// Part de la commune ou de l'EPCI pour le séjour.
    pub base: i64,
    /// Part du département pour le séjour.
    pub departemental: i64,
    /// Ce que paient les voyageurs : la somme des deux parts.
    pub total: i64,
    /// Le plafond de la catégorie 9 a réduit le montant unitaire.
    pub plafonne: bool,
}

/// Pourquoi un séjour ne se calcule pas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CalculError {
    /// Une quantité, un prix, un tarif ou un taux est négatif.
    #[error("une quantité ou un montant est négatif")]
    Negatif,
    /// Le prix de la nuit se divise entre les occupants : il en faut au moins un.
    #[error("un séjour compte au moins un occupant")]
    SansOccupant,
    /// On ne taxe pas plus de personnes qu'il n'en est venu.
    #[error("il y a plus d’assujettis que d’occupants")]
    TropAssujettis,
    /// Un produit ne tient pas dans un entier de 64 bits.
    #[error("un montant dépasse ce qui peut se calculer")]
    Debordement,
}

/// Calcule la taxe d'un séjour au réel (CGCT, art. L2333-30 et L3333-1).
///
/// # Errors
/// Refuse les valeurs négatives, l'absence d'occupant, plus d'assujettis que d'occupants et les
/// montants hors d'un entier de 64 bits. Les limites légales du barème ne sont pas vérifiées :
/// d'anciennes délibérations en sortent et s'appliquent pourtant.
pub fn calculer(sejour: &Sejour) -> Result<Montant, CalculError> {
    if sejour.assujettis < 0 || sejour.nuits < 0 || sejour.occupants < 0 || sejour.taux_departemental < 0 {
        return Err(CalculError::Negatif);
    }
    if sejour.occupants == 0 {
        return Err(CalculError::SansOccupant);
    }
    if sejour.assujettis > sejour.occupants {
        return Err(CalculError::TropAssujettis);
    }
    let (unitaire_base, plafonne) = unitaire(&sejour.assiette, sejour.occupants)?;
    let unitaire_departemental = additionnelle(unitaire_base, sejour.taux_departemental)?;
    let unites = produit(sejour.assujettis, sejour.nuits)?;
    let base = produit(unitaire_base, unites)?;
    let departemental = produit(unitaire_departemental, unites)?;
    let total = base.checked_add(departemental).ok_or(CalculError::Debordement)?;
    Ok(Montant { unitaire_base, unitaire_departemental, base, departemental, total, plafonne })
}

/// Le plafond de la catégorie 9 : le plus haut tarif fixe délibéré par la collectivité, quelle que
/// soit sa catégorie (CGCT, art. L2333-30, depuis 2021). Reçoit des couples (catégorie, valeur) ;
/// rend `None` si la délibération n'a aucun tarif fixe.
pub fn plafond(tarifs: impl IntoIterator<Item = (i16, i64)>) -> Option<i64> {
    tarifs.into_iter().filter(|(categorie, _)| *categorie != SANS_CLASSEMENT).map(|(_, valeur)| valeur).max()
}

/// Une taxe additionnelle sur un montant de base, en centimes : `taux` en centièmes de pour cent (CGCT, art. L3333-1, L2531-17, L2531-18).
/// Chacune se calcule sur la taxe de base et s'arrondit seule : elles s'ajoutent, elles ne se composent pas.
///
/// # Errors
/// Refuse les valeurs négatives et ce qui déborde.
pub fn additionnelle(base: i64, taux: i64) -> Result<i64, CalculError> {
    if base < 0 || taux < 0 { Err(CalculError::Negatif) } else { part(base, taux, CENT_POUR_CENT) }
}

/// Une tranche d'abattement du forfait : de `min` à `max` nuits taxables comprises, sans fin quand `max` manque.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tranche {
    /// Premier nombre de nuits.
    pub min: i64,
    /// Dernier, compris.
    pub max: Option<i64>,
    /// Abattement, en centièmes de pour cent.
    pub taux: i64,
}

/// Ce qui fixe la taxe de séjour forfaitaire d'un logement (CGCT, art. L2333-41).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forfait {
    /// Unités de capacité d'accueil : personnes ; trois par emplacement de plein air (CGCT, art. R2333-59).
    pub capacite: i64,
    /// Nuits à la fois dans la période d'ouverture et dans celle de perception.
    pub nuits: i64,
    /// Tarif délibéré, en centimes.
    pub tarif: i64,
}

/// L'abattement d'un nombre de nuits : celui de sa tranche, sur le tout et jamais par tranches (CGCT, art. L2333-41, III) ;
/// zéro sans tranche.
pub fn abattement(tranches: &[Tranche], nuits: i64) -> i64 {
    tranches.iter().find(|tranche| tranche.min <= nuits && tranche.max.is_none_or(|max| nuits <= max)).map_or(0, |tranche| tranche.taux)
}

/// La taxe forfaitaire, en centimes : capacité × (1 − abattement) × tarif × nuits, arrondie une fois, à la fin.
///
/// # Errors
/// Refuse les valeurs négatives, un abattement de plus de 100 % et ce qui déborde.
pub fn forfait(forfait: &Forfait, tranches: &[Tranche]) -> Result<i64, CalculError> {
    let reste = CENT_POUR_CENT - abattement(tranches, forfait.nuits);
    if forfait.capacite < 0 || forfait.nuits < 0 || forfait.tarif < 0 || !(0..=CENT_POUR_CENT).contains(&reste) {
        return Err(CalculError::Negatif);
    }
    part(produit(produit(forfait.capacite, forfait.nuits)?, forfait.tarif)?, reste, CENT_POUR_CENT)
}

/// Montant d'une personne pour une nuit, et si le plafond l'a réduit.
fn unitaire(assiette: &Assiette, occupants: i64) -> Result<(i64, bool), CalculError> {
    match *assiette {
        Assiette::Tarif(tarif) if tarif < 0 => Err(CalculError::Negatif),
        Assiette::Tarif(tarif) => Ok((tarif, false)),
        Assiette::Proportion { prix_nuit, taux, plafond } => {
            if prix_nuit < 0 || taux < 0 || plafond < 0 {
                return Err(CalculError::Negatif);
            }
            let diviseur = produit(occupants, CENT_POUR_CENT)?;
            let libre = part(prix_nuit, taux, diviseur)?;
            // On compare le montant exact, pas l'arrondi : 2,003 € dépasse un plafond de 2,00 €.
            let plafonne = produit(prix_nuit, taux)? > produit(plafond, diviseur)?;
            Ok((libre.min(plafond), plafonne))
        }
    }
}

/// `montant × taux ÷ diviseur`, au plus près, la moitié vers le haut. `diviseur` est positif.
fn part(montant: i64, taux: i64, diviseur: i64) -> Result<i64, CalculError> {
    let double = produit(produit(montant, taux)?, 2)?;
    let arrondi = double.checked_add(diviseur).ok_or(CalculError::Debordement)?;
    Ok(arrondi / produit(diviseur, 2)?)
}

/// Produit vérifié.
fn produit(a: i64, b: i64) -> Result<i64, CalculError> {
    a.checked_mul(b).ok_or(CalculError::Debordement)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Un plafond que le cas ne touche pas.
    const LIBRE: i64 = 100_000;

    fn sejour(assiette: Assiette, occupants: i64, assujettis: i64, nuits: i64) -> Sejour {
        Sejour { assiette, occupants, assujettis, nuits, taux_departemental: 0 }
    }

    fn cinq_pour_cent(prix_nuit: i64, plafond: i64) -> Assiette {
        Assiette::Proportion { prix_nuit, taux: 500, plafond }
    }

    #[test]
    fn exemples_au_tarif() {
        // (nom, tarif, assujettis, nuits, total)
        let cas = [
            ("hôtel 2 étoiles", 50, 2, 5, 500),
            ("hôtel 3 étoiles", 150, 2, 2, 600),
            ("camping 3 étoiles", 40, 3, 2, 240),
            ("tarif à 0,83", 83, 2, 5, 830),
            ("tous exemptés", 150, 0, 5, 0),
        ];
        for (nom, tarif, assujettis, nuits, total) in cas {
            let montant = calculer(&sejour(Assiette::Tarif(tarif), 3, assujettis, nuits)).expect(nom);
            assert_eq!((montant.unitaire_base, montant.plafonne), (tarif, false), "{nom}");
            assert_eq!((montant.base, montant.departemental, montant.total), (total, 0, total), "{nom}");
        }
    }

    #[test]
    fn exemples_sans_classement() {
        // (nom, prix, taux, plafond, occupants, assujettis, nuits, unitaire, total, plafonné)
        #[rustfmt::skip] // un cas par ligne
        let cas = [
            ("700 € la semaine, 2 mineurs", 10_000, 500, LIBRE, 4, 2, 7, 125, 1_750, false),
            ("Nord Basse-Terre, plafonné", 40_000, 500, 350, 4, 3, 5, 350, 5_250, true),
            ("Nord Basse-Terre, libre", 9_000, 500, 350, 2, 2, 7, 225, 3_150, false),
            ("Marie-Galante", 13_333, 500, 200, 3, 3, 10, 200, 6_000, true),
            ("arrondi unitaire d’abord", 10_000, 500, 350, 3, 2, 7, 167, 2_338, false),
            ("tous exemptés", 10_000, 500, 350, 3, 0, 7, 167, 0, false),
            ("moitié vers le haut", 2_060, 500, 350, 2, 1, 1, 52, 52, false),
            ("juste sous la moitié", 2_059, 500, 350, 2, 1, 1, 51, 51, false),
            ("juste au plafond", 14_000, 500, 350, 2, 1, 1, 350, 350, false),
            ("à peine au-dessus", 14_001, 500, 350, 2, 1, 1, 350, 350, true),
            ("taux de 1 % à Baillif", 8_000, 100, 350, 2, 2, 3, 40, 240, false),
            ("nuit gratuite", 0, 500, 350, 2, 2, 3, 0, 0, false),
        ];
        for (nom, prix_nuit, taux, plafond, occupants, assujettis, nuits, unitaire, total, plafonne) in cas {
            let assiette = Assiette::Proportion { prix_nuit, taux, plafond };
            let montant = calculer(&sejour(assiette, occupants, assujettis, nuits)).expect(nom);
            assert_eq!((montant.unitaire_base, montant.plafonne), (unitaire, plafonne), "{nom}");
            assert_eq!((montant.base, montant.total), (total, total), "{nom}");
        }
    }

    #[test]
    fn dix_pour_cent_du_departement() {
        // (tarif, taxe additionnelle, ensemble), par personne et par nuit.
        #[rustfmt::skip] // une table, pas une liste
        let cas = [
            (400, 40, 440), (300, 30, 330), (230, 23, 253), (200, 20, 220), (90, 9, 99), (80, 8, 88),
            (60, 6, 66), (50, 5, 55), (20, 2, 22), (341, 34, 375), (55, 6, 61),
        ];
        for (tarif, additionnelle, ensemble) in cas {
            let montant = calculer(&Sejour { taux_departemental: 1_000, ..sejour(Assiette::Tarif(tarif), 3, 2, 5) }).expect("cas valide");
            assert_eq!(montant.unitaire_departemental, additionnelle, "{tarif}");
            assert_eq!(montant.departemental, additionnelle * 10, "{tarif}");
            assert_eq!(montant.total, ensemble * 10, "{tarif}");
        }
    }

    /// Exemples publiés : Île-de-France 2019 puis 2024, Toulouse, Nice (tarif, taux des taxes, ensemble).
    #[test]
    fn les_taxes_additionnelles_s_ajoutent_sans_se_composer() {
        let (dix, quinze, lgv, idfm) = (1_000, 1_500, 3_400, 20_000);
        #[rustfmt::skip] // un cas par ligne
        let cas: [(i64, &[i64], i64); 18] = [
            (400, &[dix, quinze], 500), (300, &[dix, quinze], 375), (230, &[dix, quinze], 288), (150, &[dix, quinze], 188),
            (90, &[dix, quinze], 113), (80, &[dix, quinze], 100), (460, &[dix, quinze, idfm], 1_495), (330, &[dix, quinze, idfm], 1_073),
            (250, &[dix, quinze, idfm], 813), (160, &[dix, quinze, idfm], 520), (100, &[dix, quinze, idfm], 325),
            (300, &[dix, lgv], 432), (250, &[dix, lgv], 360), (160, &[dix, lgv], 230), (70, &[dix, lgv], 101),
            (300, &[lgv], 402), (220, &[lgv], 295), (490, &[dix, quinze, idfm], 1_593),
        ];
        for (tarif, taux, ensemble) in cas {
            let ajoutees: i64 = taux.iter().map(|taux| additionnelle(tarif, *taux).expect("un cas valide")).sum();
            assert_eq!(tarif + ajoutees, ensemble, "{tarif} {taux:?}");
        }
        assert_eq!(additionnelle(-1, dix), Err(CalculError::Negatif));
    }

    #[test]
    fn le_forfait_suit_ses_tranches() {
        let aubrac = [Tranche { min: 61, max: Some(105), taux: 4_000 }, Tranche { min: 106, max: None, taux: 5_000 }];
        let du = |capacite, nuits, tarif, tranches: &[Tranche]| forfait(&Forfait { capacite, nuits, tarif }, tranches);
        // Exemples 6 et 7 : une tranche sur le tout, pas par tranches.
        assert_eq!(du(6, 124, 30, &aubrac), Ok(11_160));
        assert_eq!(du(6, 100, 30, &aubrac), Ok(10_800));
        // Sous la première tranche, rien n'est abattu ; aux bornes, la tranche est comprise.
        assert_eq!(du(6, 60, 30, &aubrac), Ok(10_800));
        assert_eq!((abattement(&aubrac, 60), abattement(&aubrac, 61), abattement(&aubrac, 105), abattement(&aubrac, 106)), (0, 4_000, 4_000, 5_000));
        // 60 personnes, 30 % : 42 × 0,90 × 183.
        assert_eq!(du(60, 183, 90, &[Tranche { min: 1, max: None, taux: 3_000 }]), Ok(691_740));
        assert_eq!(du(1, 1, 25, &[Tranche { min: 1, max: None, taux: 1_000 }]), Ok(23), "22,5 centimes");
        assert_eq!(du(1, 1, 1, &[Tranche { min: 1, max: None, taux: 10_001 }]), Err(CalculError::Negatif));
        assert_eq!(du(-1, 1, 1, &[]), Err(CalculError::Negatif));
        assert_eq!(du(i64::MAX, 2, 1, &[]), Err(CalculError::Debordement));
    }

    #[test]
    fn le_departement_s_ajoute_apres_le_plafond() {
        let montant = calculer(&Sejour { taux_departemental: 1_000, ..sejour(cinq_pour_cent(40_000, 490), 2, 1, 1) }).expect("cas valide");
        assert_eq!((montant.unitaire_base, montant.unitaire_departemental, montant.total), (490, 49, 539));
    }

    #[test]
    fn le_plafond_est_le_plus_haut_tarif_fixe() {
        // Tarifs de Marie-Galante ; le taux de la catégorie 9 ne compte pas parmi eux.
        let marie_galante = [(1, 200), (2, 200), (3, 200), (4, 120), (5, 70), (6, 60), (7, 55), (8, 20), (9, 500)];
        assert_eq!(plafond(marie_galante), Some(200));
        assert_eq!(plafond([(1, 100), (2, 130), (9, 500)]), Some(130));
        assert_eq!(plafond([(9, 500)]), None);
    }

    #[test]
    fn refus() {
        let tarif = Assiette::Tarif(100);
        let cas = [
            (sejour(tarif, 0, 0, 1), CalculError::SansOccupant),
            (sejour(tarif, 2, 3, 1), CalculError::TropAssujettis),
            (sejour(tarif, 2, -1, 1), CalculError::Negatif),
            (sejour(tarif, 2, 1, -1), CalculError::Negatif),
            (Sejour { taux_departemental: -1, ..sejour(tarif, 2, 1, 1) }, CalculError::Negatif),
            (sejour(Assiette::Tarif(-1), 2, 1, 1), CalculError::Negatif),
            (sejour(cinq_pour_cent(-1, 350), 2, 1, 1), CalculError::Negatif),
            (sejour(cinq_pour_cent(1, -1), 2, 1, 1), CalculError::Negatif),
            (sejour(Assiette::Proportion { prix_nuit: 1, taux: -1, plafond: 350 }, 2, 1, 1), CalculError::Negatif),
            (sejour(cinq_pour_cent(i64::MAX, 350), 2, 1, 1), CalculError::Debordement),
            (sejour(Assiette::Tarif(i64::MAX), 2, 2, 1), CalculError::Debordement),
        ];
        for (sejour, erreur) in cas {
            assert_eq!(calculer(&sejour), Err(erreur), "{sejour:?}");
        }
    }

    /// Rien n'est pas négatif : aucune nuit, un tarif, un taux ou un plafond nuls donnent zéro.
    #[test]
    fn zero_se_calcule() {
        let cas = [
            sejour(Assiette::Tarif(100), 2, 1, 0),
            sejour(Assiette::Tarif(0), 2, 1, 1),
            sejour(Assiette::Proportion { prix_nuit: 10_000, taux: 0, plafond: 350 }, 2, 1, 1),
            sejour(cinq_pour_cent(10_000, 0), 2, 1, 1),
        ];
        for sejour in cas {
            assert_eq!(calculer(&sejour).map(|montant| montant.total), Ok(0), "{sejour:?}");
        }
    }
}
