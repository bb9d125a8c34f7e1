//! Écrit les hébergeurs et les logements du parc : noms, adresses, numéros.

use super::communes::Commune;
use super::copie::{Calendrier, Lignes};
use super::hasard::{arrive, base36, generateur, melange, mot, siret};
use super::logements::{MEUBLE, Parc};
use super::noms::{FAMILLES, MEUBLES, NOMS_DE_VOIES, PRECISIONS, PRENOMS, SOCIETES, THEMES, VOIES, courriel, lieux_dits};
use super::{DemoError, Options};
use rand::Rng;
use rand::rngs::StdRng;

/// Colonnes de [`hebergeurs`].
pub const COPIE_HEBERGEURS: &str = "COPY hebergeur (id, numero, nom, type, siret, courriel, telephone, adresse, \
     code_postal, ville, inscrit_le, modifie_le) FROM STDIN";

/// Colonnes de [`logements`].
pub const COPIE_LOGEMENTS: &str = "COPY logement (id, reference, numero_enregistrement, hebergeur_id, code_insee, nom, \
     adresse, nature_id, categorie_id, classe_le, classe_jusqu_au, capacite, actif, modifie_le) FROM STDIN";

/// Écrit tous les hébergeurs ; leur identifiant est leur rang plus un.
///
/// # Errors
/// [`DemoError::Interrompu`] si plus personne ne lit.
pub fn hebergeurs(parc: &Parc, options: &Options, lignes: &mut Lignes) -> Result<(), DemoError> {
    let mut hasard = generateur(options.graine, 2);
    let calendrier = Calendrier::autour(options.reference_date);
    for (id, hebergeur) in (1_u64..).zip(&parc.hebergeurs) {
        let commune = &parc.communes[hebergeur.commune];
        let (nom, adresse_electronique) = identite(&mut hasard, id, hebergeur.professionnel);
        lignes.format(format_args!("{id}"));
        lignes.format(format_args!("HEB-{id:06}"));
        lignes.texte(&nom);
        if hebergeur.professionnel {
            lignes.brut(b"professionnel");
            lignes.texte(&siret(id));
        } else {
            lignes.brut(b"particulier");
            lignes.nul();
        }
        lignes.texte_ou_nul((!arrive(&mut hasard, 100)).then_some(adresse_electronique.as_str()));
        if arrive(&mut hasard, 60) {
            lignes.nul();
        } else {
            // Tranche réservée aux œuvres de fiction : aucun abonné ne la porte.
            let numero = hasard.random_range(0..10_000);
            lignes.format(format_args!("06 39 98 {:02} {:02}", numero / 100, numero % 100));
        }
        lignes.texte(&voie(&mut hasard, commune));
        lignes.texte(&commune.code_postal);
        lignes.texte(&commune.nom);
        lignes.brut(calendrier.date(hebergeur.inscrit_le));
        moment(&calendrier, hebergeur.inscrit_le, lignes);
        lignes.fin()?;
    }
    Ok(())
}

/// Écrit tous les logements ; leur identifiant est leur rang plus un.
///
/// # Errors
/// [`DemoError::Interrompu`] si plus personne ne lit.
pub fn logements(parc: &Parc, options: &Options, lignes: &mut Lignes) -> Result<(), DemoError> {
    let mut hasard = generateur(options.graine, 3);
    let calendrier = Calendrier::autour(options.reference_date);
    for (id, logement) in (1_u64..).zip(&parc.logements) {
        let commune = &parc.communes[logement.commune];
        lignes.format(format_args!("{id}"));
        lignes.format(format_args!("LOG-{id:06}"));
        let numero = (logement.nature == MEUBLE).then(|| numero_enregistrement(&mut hasard, &commune.code_insee, id - 1, options.graine));
        lignes.texte_ou_nul(numero.flatten().as_deref());
        lignes.format(format_args!("{}", logement.hebergeur + 1));
        lignes.texte(&commune.code_insee);
        lignes.texte(&enseigne(&mut hasard, logement.nature, logement.capacite));
        let voie = voie(&mut hasard, commune);
        lignes.texte(&format!("{voie}, {} {}", commune.code_postal, commune.nom));
        lignes.entier(i64::from(logement.nature));
        lignes.entier(i64::from(logement.categorie));
        match logement.classement {
            Some((le, jusqu_au)) => {
                lignes.brut(calendrier.date(le));
                lignes.brut(calendrier.date(jusqu_au));
            }
            None => {
                lignes.nul();
                lignes.nul();
            }
        }
        lignes.entier(i64::from(logement.capacite));
        lignes.brut(if logement.ferme_le.is_none() { b"t" } else { b"f" });
        moment(&calendrier, logement.ouvert_le, lignes);
        lignes.fin()?;
    }
    Ok(())
}

/// Numéro d'enregistrement d'un meublé (code du tourisme, art. L324-1-1) : souvent l'ancien, parfois le
/// nouveau, parfois aucun. Deux rangs de logement n'ont jamais le même.
fn numero_enregistrement(hasard: &mut StdRng, code_insee: &str, rang: u64, graine: u64) -> Option<String> {
    match hasard.random_range(0..100) {
        0..15 => None,
        15..25 => {
            let suite = base36(melange(rang, graine, 36_u64.pow(8)), 8);
            Some(format!("FRA{code_insee}{suite}"))
        }
        _ => {
            let cle = base36(hasard.random_range(0..36 * 36), 2);
            Some(format!("{code_insee}{:06}{cle}", melange(rang, graine, 1_000_000)))
        }
    }
}

/// Nom et adresse électronique. Le numéro évite deux adresses égales pour deux homonymes.
fn identite(hasard: &mut StdRng, id: u64, professionnel: bool) -> (String, String) {
    let mut adresse = String::new();
    let nom = if professionnel {
        let forme = mot(hasard, &SOCIETES);
        let theme = mot(hasard, &THEMES);
        adresse.push_str("contact");
        match hasard.random_range(0..3) {
            0 => format!("{forme} {}", mot(hasard, &FAMILLES)),
            1 => format!("{forme} Domaine {theme}"),
            _ => format!("{forme} Location {theme}"),
        }
    } else {
        let (prenom, famille) = (mot(hasard, &PRENOMS), mot(hasard, &FAMILLES));
        courriel(prenom, &mut adresse);
        adresse.push('.');
        courriel(famille, &mut adresse);
        match hasard.random_range(0..100) {
            0..12 => format!("{} et {prenom} {famille}", mot(hasard, &PRENOMS)),
            12..20 => format!("{prenom} {famille} {}", mot(hasard, &FAMILLES)),
            _ => format!("{prenom} {famille}"),
        }
    };
    (nom, format!("{adresse}{id}@exemple.gp"))
}

/// Voie et lieu-dit, sans la commune.
fn voie(hasard: &mut StdRng, commune: &Commune) -> String {
    let lieu = mot(hasard, lieux_dits(&commune.code_insee));
    if arrive(hasard, 150) {
        return format!("section {lieu}");
    }
    let numero = hasard.random_range(1..180);
    format!("{numero} {} {}, {lieu}", mot(hasard, &VOIES), mot(hasard, &NOMS_DE_VOIES))
}

/// Nom commercial d'un logement.
fn enseigne(hasard: &mut StdRng, nature: i16, capacite: u32) -> String {
    let theme = mot(hasard, &THEMES);
    let genre = match nature {
        2 => "Hôtel",
        3 => "Résidence",
        5 => "Village",
        6 => "Chambres d'hôtes",
        7 => "Aire",
        8 => "Camping",
        9 => "Marina",
        10 => "Éco-lodge",
        11 => "Auberge",
        _ if capacite <= 2 => mot(hasard, &["Studio", "Bungalow", "Kaz", "Appartement"]),
        _ => mot(hasard, &MEUBLES),
    };
    match if nature == MEUBLE { mot(hasard, &PRECISIONS) } else { "" } {
        "" => format!("{genre} {theme}"),
        precision => format!("{genre} {theme} {precision}"),
    }
}

/// Horodatage d'un jour, à midi en Guadeloupe.
fn moment(calendrier: &Calendrier, jour: i32, lignes: &mut Lignes) {
    let date = String::from_utf8_lossy(calendrier.date(jour));
    lignes.format(format_args!("{date} 12:00:00-04"));
}
