//! Which row names the columns: the one with the most names that the caller knows, else the first that looks like names.

use super::lecture::{Avis, Lecture, Rang, Refus, Voulu};
use super::roles::{chiffres, plie};

/// Rows looked at.
pub(super) const REGARDES: usize = 40;
/// Columns beside a table, under no name of its header, that are on offer.
const A_COTE_MAX: usize = 50;

/// Where the table begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Among the rows looked at: the header, or the first row when there is none.
    pub rang: usize,
    pub entete: bool,
    /// Nothing but the shape of the cells says so.
    pub doute: bool,
}

/// The number of cells that most rows have, empty ones at their end not counted; the larger of two.
pub(super) fn largeur(rangs: &[Vec<String>]) -> usize {
    let mut comptes = std::collections::BTreeMap::<usize, usize>::new();
    for rang in rangs.iter().filter(|rang| pleines(rang) > 0) {
        *comptes.entry(rang.len()).or_default() += 1;
    }
    comptes.into_iter().max_by_key(|(largeur, compte)| (*compte, *largeur)).map_or(0, |(largeur, _)| largeur)
}

fn pleines(rang: &[String]) -> usize {
    rang.iter().filter(|cellule| !cellule.trim().is_empty()).count()
}

/// Whether the numbers of a row go up, from its second cell on: wavelengths, years.
fn graduation(rang: &[String]) -> bool {
    let nombres: Vec<i64> = rang.iter().skip(1).map_while(|cellule| milliemes(cellule)).collect();
    nombres.len() >= 3 && nombres.len() + 1 == rang.len() && nombres.windows(2).all(|deux| deux[0] < deux[1]) && !chiffres(&rang[0])
}

/// Whether the numbers of a row are years.
fn annees(rang: &[String]) -> bool {
    rang.iter().skip(1).all(|cellule| milliemes(cellule).is_some_and(|nombre| (1_900_000..2_100_000).contains(&nombre)))
}

/// Whether the row behind a header goes on with it: names below those that span several columns, or below nothing at all.
fn dessous(entete: &[String], suivant: &[String]) -> bool {
    let plein = |rang: &[String], colonne: usize| rang.get(colonne).is_some_and(|cellule| !cellule.trim().is_empty());
    let noms = suivant.iter().filter(|cellule| !cellule.trim().is_empty()).all(|cellule| !chiffres(cellule) && cellule.chars().count() <= 60);
    let large = entete.len().max(suivant.len());
    let vide = |colonne: usize| colonne < large && !plein(entete, colonne);
    let places = (0..large).filter(|colonne| plein(suivant, *colonne)).all(|colonne| vide(colonne) || vide(colonne + 1));
    let complete = (0..large).any(|colonne| vide(colonne) && plein(suivant, colonne));
    let laisse = (0..large).any(|colonne| plein(entete, colonne) && !plein(suivant, colonne));
    noms && places && complete && laisse
}

/// A plain decimal, in thousandths.
fn milliemes(cellule: &str) -> Option<i64> {
    let texte = cellule.trim().replace(',', ".");
    let (entiers, decimales) = texte.split_once('.').unwrap_or((&texte, ""));
    let decimales: String = decimales.chars().chain("000".chars()).take(3).collect();
    format!("{entiers}{decimales}").parse().ok()
}

/// Where the table begins among its first rows; `voulu` says whether a person decided that there is a header. Of a header of two
/// rows it is the second one.
pub(super) fn trouve(rangs: &[Vec<String>], dictionnaire: &dyn Fn(&str) -> bool, voulu: Option<bool>) -> Place {
    let place = premier(rangs, dictionnaire, voulu);
    let deux = place.entete && rangs.len() > place.rang + 2 && dessous(&rangs[place.rang], &rangs[place.rang + 1]);
    Place { rang: place.rang + usize::from(deux), ..place }
}

/// Where the table begins when a person says above which of the rows: there, whatever they look like.
pub(super) fn sous(rangs: &[Vec<String>], debut: usize, dictionnaire: &dyn Fn(&str) -> bool, voulu: Option<bool>) -> Place {
    let devine = trouve(rangs.get(debut..).unwrap_or_default(), dictionnaire, voulu);
    if devine.rang == 0 {
        return Place { rang: debut, ..devine };
    }
    Place { rang: debut, entete: voulu.unwrap_or(true), doute: voulu.is_none() }
}

fn premier(rangs: &[Vec<String>], dictionnaire: &dyn Fn(&str) -> bool, voulu: Option<bool>) -> Place {
    let large = largeur(rangs);
    let assez = |rang: &Vec<String>| pleines(rang) >= (large * 3).div_ceil(5).max(1) && rang.len() <= large.max(1) * 2;
    let premiere = rangs.iter().position(assez).unwrap_or(0);
    if voulu == Some(false) {
        return Place { rang: premiere, entete: false, doute: false };
    }
    let connus = |rang: &Vec<String>| rang.iter().filter(|cellule| !cellule.trim().is_empty() && dictionnaire(cellule)).count();
    let meilleur = rangs
        .iter()
        .take(REGARDES)
        .enumerate()
        .map(|(place, rang)| (connus(rang), place))
        .max_by_key(|(compte, place)| (*compte, usize::MAX - place));
    if let Some((compte, place)) = meilleur
        && compte > 0
        && (compte >= 2 || compte * 2 >= pleines(&rangs[place]))
    {
        return Place { rang: place, entete: true, doute: false };
    }
    if voulu == Some(true) {
        return Place { rang: premiere, entete: true, doute: false };
    }
    par_la_forme(rangs, premiere)
}

fn par_la_forme(rangs: &[Vec<String>], premiere: usize) -> Place {
    let Some(rang) = rangs.get(premiere) else { return Place { rang: 0, entete: false, doute: true } };
    let suivants: Vec<&Vec<String>> = rangs[premiere + 1..].iter().filter(|suivant| pleines(suivant) > 0).collect();
    if graduation(rang) && (suivants.iter().any(|suivant| !graduation(suivant)) || annees(rang) && !suivants.iter().any(|suivant| annees(suivant))) {
        return Place { rang: premiere, entete: true, doute: false };
    }
    let noms = rang.iter().all(|cellule| !chiffres(cellule) && cellule.chars().count() <= 150);
    if !noms {
        return Place { rang: premiere, entete: false, doute: false };
    }
    // A column of numbers below a word, or everything different from what follows.
    let nombres = (0..rang.len()).any(|colonne| {
        let dessous: Vec<&String> = suivants.iter().filter_map(|suivant| suivant.get(colonne)).filter(|cellule| !cellule.trim().is_empty()).collect();
        !rang[colonne].trim().is_empty()
            && !dessous.is_empty()
            && dessous.iter().filter(|cellule| chiffres(cellule)).count() * 10 >= dessous.len() * 8
    });
    if nombres {
        return Place { rang: premiere, entete: true, doute: false };
    }
    let plats: Vec<String> = rang.iter().map(|cellule| plie(cellule)).filter(|cellule| !cellule.is_empty()).collect();
    let distincts = plats.iter().collect::<std::collections::BTreeSet<_>>().len() == plats.len();
    let revient =
        suivants.iter().any(|suivant| suivant.iter().zip(rang).any(|(dessous, titre)| !titre.trim().is_empty() && plie(dessous) == plie(titre)));
    Place { rang: premiere, entete: distincts && !revient && (rang.len() > 1 || !suivants.is_empty()), doute: true }
}

/// The names of the columns: what stands above an empty one (merged cells) when the row above has it there.
pub(super) fn noms(entete: &[String], dessus: Option<&Vec<String>>, largeur: usize) -> Vec<String> {
    let mut noms: Vec<String> =
        entete.iter().map(|nom| nom.trim_matches(|signe: char| signe.is_whitespace() || signe == '\u{feff}').to_string()).collect();
    noms.resize(noms.len().max(largeur), String::new());
    if let Some(dessus) = dessus.filter(|dessus| pleines(dessus) > 1) {
        for (nom, titre) in noms.iter_mut().zip(dessus).filter(|(nom, _)| nom.is_empty()) {
            *nom = titre.trim().to_string();
        }
    }
    noms
}

/// The cells of the widest row, within what may stand beside a table of `usuelle` columns: a stray cell at the end of a sheet makes none.
fn plus_large(rangs: &[Vec<String>], usuelle: usize) -> usize {
    let derniere = |rang: &Vec<String>| rang.iter().rposition(|cellule| !cellule.trim().is_empty()).map_or(0, |place| place + 1);
    rangs.iter().map(derniere).filter(|large| *large <= usuelle + A_COTE_MAX).max().unwrap_or(0)
}

/// The names of the columns; `dessus` is the row just above the header, if there is one. Where cells have places (`feuille`), what stands
/// beside the table is a column without a name; of a text, whose cells too many may be a separator inside another, only when most rows have it.
pub(super) fn colonnes(rangs: &[Vec<String>], dessus: Option<&Vec<String>>, place: Place, feuille: bool) -> Result<Vec<String>, Refus> {
    let Some(rang) = rangs.get(place.rang) else {
        return Err(Refus::new("FIC-SANS-LIGNE", "Le fichier n’a aucune ligne."));
    };
    let dessous = &rangs[place.rang + usize::from(place.entete)..];
    let usuelle = largeur(dessous);
    if !place.entete {
        let large = if feuille { plus_large(dessous, usuelle) } else { usuelle };
        return Ok((1..=large.max(1)).map(|numero| format!("Colonne {numero}")).collect());
    }
    // More cells than names: only when most rows have them.
    let large = dessous.iter().filter(|rang| rang.len() == usuelle).count() * 2 > dessous.len();
    let large = match (feuille, large) {
        (true, _) => plus_large(dessous, rang.len()),
        (false, true) => usuelle,
        (false, false) => 0,
    };
    let mut noms = self::noms(rang, dessus, large);
    // Separators at the end of every line, as spreadsheets leave them.
    let vide = |colonne: usize| dessous.iter().all(|rang| rang.get(colonne).is_none_or(|cellule| cellule.trim().is_empty()));
    while noms.len() > 1 && noms.last().is_some_and(String::is_empty) && vide(noms.len() - 1) {
        noms.pop();
    }
    Ok(noms)
}

/// What a person is asked of the header; what they decided is not asked again.
pub(super) fn doutes(place: Place, voulu: &Voulu) -> Vec<Avis> {
    let mut doutes = Vec::new();
    if place.doute && voulu.entete.is_none() {
        let phrase = if place.entete {
            "La première ligne est prise pour les noms des colonnes, sans certitude."
        } else {
            "La première ligne est prise pour une donnée, sans certitude."
        };
        doutes.push(Avis::new("DOU-ENTETE", phrase));
    }
    doutes
}

/// Columns that a sentence names at most.
const CITEES_MAX: usize = 8;

/// What spreadsheets call the column at a place, from zero: A, B… Z, AA.
pub fn lettres(place: usize) -> String {
    let (mut reste, mut lettres) = (place + 1, Vec::new());
    while reste > 0 {
        lettres.push(char::from(b'A' + u8::try_from((reste - 1) % 26).unwrap_or(0)));
        reste = (reste - 1) / 26;
    }
    lettres.iter().rev().collect()
}

/// What is told of the names of the columns, of which `lues` are the first rows.
pub(super) fn avis(lecture: &Lecture, lues: &[Rang]) -> Vec<Avis> {
    let mut avis = Vec::new();
    let mut comptes = std::collections::BTreeMap::<String, usize>::new();
    for nom in lecture.colonnes.iter().filter(|nom| !nom.is_empty()) {
        *comptes.entry(plie(nom)).or_default() += 1;
    }
    let doubles: Vec<String> =
        comptes.into_iter().filter(|(_, compte)| *compte > 1).map(|(nom, compte)| format!("«\u{a0}{nom}\u{a0}» ({compte} fois)")).collect();
    if !doubles.is_empty() {
        avis.push(Avis::new("INF-DOUBLE", format!("Des colonnes ont le même nom\u{a0}: {}.", doubles.join(", "))));
    }
    let remplie = |place: usize| lues.iter().any(|rang| rang.cellules.get(place).is_some_and(|cellule| !cellule.trim().is_empty()));
    let sans_nom = |(place, nom): (usize, &String)| (nom.is_empty() && remplie(place)).then(|| lettres(place));
    let vides: Vec<String> = lecture.colonnes.iter().enumerate().filter_map(sans_nom).collect();
    match vides.as_slice() {
        [] => {}
        [seule] => avis.push(Avis::new(
            "INF-SANS-NOM",
            format!("La colonne {seule} n’a pas de titre\u{a0}: elle n’est lue que si vous dites ce qu’elle remplit."),
        )),
        plusieurs => {
            let dites = plusieurs.iter().take(CITEES_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
            let suite = if plusieurs.len() > CITEES_MAX { "…" } else { "" };
            let phrase =
                format!("Les colonnes {dites}{suite} n’ont pas de titre\u{a0}: elles ne sont lues que si vous dites ce qu’elles remplissent.");
            avis.push(Avis::new("INF-SANS-NOM", phrase));
        }
    }
    if lecture.titre > 0 {
        avis.push(Avis::new(
            "INF-TITRE",
            match lecture.titre {
                1 => "Une ligne au-dessus du tableau n’est pas lue.".into(),
                count => format!("{count} lignes au-dessus du tableau ne sont pas lues."),
            },
        ));
    }
    avis
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rangs(texte: &str) -> Vec<Vec<String>> {
        texte.lines().map(|ligne| ligne.split(';').map(String::from).collect()).collect()
    }

    #[test]
    fn the_header_is_found() {
        let connu = |titre: &str| ["code insee", "commune", "nuitées", "montant"].contains(&plie(titre).as_str()) || plie(titre) == "nuitees";
        let table: &[(&str, usize, bool)] = &[
            ("a;b;c\n1;2;3\n4;5;6", 0, true),
            ("Southborough;MA;9686\nNorthbridge;MA;14061", 0, false),
            ("ville;etat;pays\nSouthborough;MA;USA\nNorthbridge;MA;USA", 0, true),
            ("Déclaration de mai;;\nédité le 3 juin;;\nCommune;Nuitées;Montant\nAbymes;3;4,5", 2, true),
            ("Commune;Nuitées;Montant\nAbymes;;\nMoule;;", 0, true),
            ("echantillon;908.1;914.294;920.489\nA;0.1;0.2;0.3\nB;0.1;0.05;0.3", 0, true),
            ("commune;2019;2020;2021\nAbymes;3;5;4\nMoule;1;1;1", 0, true),
            ("97101;ABYMES;31/12/2025\n97113;GOSIER;31/12/2025", 0, false),
            ("id;nom;id;age;id\n1101;John;0;30;001101", 0, true),
            ("nombre\n1.1\n1.2", 0, true),
            ("01\n002\n3", 0, false),
            ("MA;MA\nMA;USA", 0, false),
            ("id;nom", 0, true),
            ("commune;2022;2023;2024\nAbymes;1;2;3\nMoule;4;5;6", 0, true),
            ("Ville;Séjour;;Prix\n;du;au;\nAbymes;01/02/2026;03/02/2026;12,5", 1, true),
            ("Commune;Séjour;;Montant\n;du;au;\nAbymes;01/02/2026;03/02/2026;12,5", 1, true),
            ("nom;;ville\nJean;x;Paris\nLuc;y;Lyon", 0, true),
            ("id;;age\n1101;John;30\n1102;Julie;26", 0, true),
        ];
        for (texte, rang, entete) in table {
            let place = trouve(&rangs(texte), &connu, None);
            assert_eq!((place.rang, place.entete), (*rang, *entete), "{texte}");
        }
        assert!(trouve(&rangs("ville;etat\nLyon;Rhône"), &connu, None).doute);
        assert!(!trouve(&rangs("ville;etat\nLyon;Rhône"), &connu, Some(true)).doute);
        assert_eq!(trouve(&[], &connu, None).rang, 0);
    }

    #[test]
    fn a_person_says_where_it_begins() {
        let rangs = rangs("Titre;\nVille;Séjour\n;du\nA;1\nB;2");
        let place = |debut, voulu| {
            let place = sous(&rangs, debut, &|_| false, voulu);
            (place.rang, place.entete)
        };
        assert_eq!(
            (place(0, Some(true)), place(2, None), place(3, Some(false)), place(3, Some(true))),
            ((0, true), (2, true), (3, false), (3, true))
        );
        assert_eq!(place(9, None).0, 9, "below everything");
    }

    #[test]
    fn what_stands_beside_a_table_is_a_column_without_a_name() {
        let place = Place { rang: 0, entete: true, doute: false };
        let table = rangs("nom;ville\nJean;Lyon;;rappel\nLuc;Paris");
        assert_eq!(colonnes(&table, None, place, true), Ok(["nom", "ville", "", ""].map(String::from).to_vec()));
        assert_eq!(colonnes(&table, None, place, false), Ok(["nom", "ville"].map(String::from).to_vec()));
        let loin = rangs(&format!("nom;ville\nJean;Lyon{}x", ";".repeat(60)));
        assert_eq!(colonnes(&loin, None, place, true).map(|noms| noms.len()), Ok(2), "a stray cell, far away");
        assert_eq!([0, 5, 25, 26, 701, 702].map(lettres), ["A", "F", "Z", "AA", "ZZ", "AAA"]);
    }

    #[test]
    fn merged_titles_come_down() {
        let dessus = ["Commune", "Séjour", "", "Montant"].map(String::from).to_vec();
        let entete = ["", "du", "au", ""].map(String::from);
        assert_eq!(noms(&entete, Some(&dessus), 4), ["Commune", "du", "au", "Montant"]);
        let titre = ["Export", "", "", ""].map(String::from).to_vec();
        assert_eq!(noms(&entete, Some(&titre), 5), ["", "du", "au", "", ""]);
    }
}
