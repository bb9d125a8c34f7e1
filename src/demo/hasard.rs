//! Hasard rejouable : tirages pondérés, numéros qui semblent tirés au sort sans jamais se répéter.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Un générateur par usage, pour qu'ajouter un tirage à l'un ne change pas les autres.
pub fn generateur(graine: u64, usage: u64) -> StdRng {
    StdRng::seed_from_u64(graine.wrapping_mul(1_000).wrapping_add(usage))
}

/// Tire une valeur selon son poids. `choix` n'est pas vide et ses poids ne sont pas tous nuls ; sinon
/// la dernière valeur, ou `T::default()`, est rendue.
pub fn tirer<T: Copy + Default>(hasard: &mut StdRng, choix: &[(T, u32)]) -> T {
    let total: u32 = choix.iter().map(|(_, poids)| poids).sum();
    let mut reste = hasard.random_range(0..total.max(1));
    for (valeur, poids) in choix {
        if reste < *poids {
            return *valeur;
        }
        reste -= poids;
    }
    choix.last().map(|(valeur, _)| *valeur).unwrap_or_default()
}

/// Un élément d'une liste de mots.
pub fn mot(hasard: &mut StdRng, mots: &[&'static str]) -> &'static str {
    mots.get(hasard.random_range(0..mots.len().max(1))).copied().unwrap_or_default()
}

/// Vrai `pour_mille` fois sur mille.
pub fn arrive(hasard: &mut StdRng, pour_mille: u32) -> bool {
    hasard.random_range(0..1_000) < pour_mille
}

/// Le `rang`-ième numéro d'une suite qui parcourt `0..taille` sans répétition. Le multiplicateur est
/// un nombre premier plus grand que toutes les bases employées (2, 3 et 5), donc premier avec `taille`.
pub fn melange(rang: u64, graine: u64, taille: u64) -> u64 {
    const PREMIER: u128 = 982_451_653;
    let somme = u128::from(rang) * PREMIER + u128::from(graine) * 7_919;
    // Le reste est plus petit que `taille`, qui tient dans 64 bits.
    (somme % u128::from(taille.max(1))) as u64
}

/// Un nombre en base 36, chiffres et majuscules, sur `longueur` caractères.
pub fn base36(mut nombre: u64, longueur: usize) -> String {
    const CHIFFRES: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut texte = vec![0_u8; longueur];
    for case in texte.iter_mut().rev() {
        // Le reste est plus petit que 36.
        *case = CHIFFRES[(nombre % 36) as usize];
        nombre /= 36;
    }
    texte.into_iter().map(char::from).collect()
}

/// Clé de Luhn des chiffres donnés : celui qui, ajouté à la fin, rend le numéro valide (SIREN, SIRET).
pub fn cle_luhn(chiffres: &[u8]) -> u8 {
    let somme: u32 = chiffres
        .iter()
        .rev()
        .enumerate()
        .map(|(rang, chiffre)| {
            let valeur = u32::from(chiffre - b'0') * if rang % 2 == 0 { 2 } else { 1 };
            valeur / 10 + valeur % 10
        })
        .sum();
    // Un chiffre : au plus 9.
    b'0' + ((10 - somme % 10) % 10) as u8
}

/// SIRET fictif mais bien formé : SIREN en 999, premier établissement. Les plus petits SIREN en 999 sont
/// laissés à l'agence de démonstration.
pub fn siret(rang: u64) -> String {
    let mut chiffres = format!("999{:05}", 10_000 + rang % 90_000).into_bytes();
    chiffres.push(cle_luhn(&chiffres));
    chiffres.extend_from_slice(b"0001");
    chiffres.push(cle_luhn(&chiffres));
    chiffres.into_iter().map(char::from).collect()
}

/// Partage `total` selon les poids, au plus fort reste : la somme des parts est exacte.
pub fn repartir(total: u64, poids: &[u64]) -> Vec<u64> {
    let somme = u128::from(poids.iter().sum::<u64>().max(1));
    let fraction = |poids: u64| u128::from(total) * u128::from(poids);
    // Chaque part est au plus `total`.
    let mut parts: Vec<u64> = poids.iter().map(|p| (fraction(*p) / somme) as u64).collect();
    let mut ordre: Vec<usize> = (0..poids.len()).collect();
    ordre.sort_by_key(|i| (std::cmp::Reverse(fraction(poids[*i]) % somme), *i));
    let manque = total - parts.iter().sum::<u64>();
    for i in ordre.into_iter().cycle().take(manque as usize) {
        parts[i] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn le_siret_passe_la_cle_de_luhn() {
        for rang in [0, 1, 42, 99_999] {
            let siret = siret(rang);
            let chiffres = siret.as_bytes();
            assert_eq!(chiffres.len(), 14);
            assert_eq!(cle_luhn(&chiffres[..13]), chiffres[13]);
            assert_eq!(cle_luhn(&chiffres[..8]), chiffres[8]);
        }
        // Le numéro d'exemple des manuels.
        assert_eq!(cle_luhn(b"7992739871"), b'3');
    }

    #[test]
    fn le_melange_ne_repete_rien() {
        for taille in [1_000, 46_656, 900] {
            let vus: HashSet<u64> = (0..taille).map(|rang| melange(rang, 971, taille)).collect();
            assert_eq!(vus.len() as u64, taille);
        }
    }

    #[test]
    fn le_partage_est_exact() {
        assert_eq!(repartir(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(repartir(7, &[0, 5, 2]), [0, 5, 2]);
        assert_eq!(repartir(4_001, &[480, 450, 3_070]).iter().sum::<u64>(), 4_001);
        assert_eq!(repartir(0, &[3, 4]), [0, 0]);
    }

    #[test]
    fn base36_a_la_longueur_demandee() {
        assert_eq!(base36(0, 3), "000");
        assert_eq!(base36(36 * 36 - 1, 2), "ZZ");
    }
}
