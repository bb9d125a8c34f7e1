//! What a row of a text or of a sheet is: a datum, the header once more, sums, a remark.

use super::lecture::{Avis, Rang, Role};

/// First words of a line of sums.
const SOMMES: &[&str] = &["total", "totaux", "sous-total", "sous total", "somme", "totaux generaux", "total general"];
/// First words of a remark below a table.
const REMARQUES: &[&str] =
    &["source", "sources", "edite", "edition", "genere", "exporte", "export", "extrait", "page", "note", "nb", "remarque", "fin"];

/// First words of what closes a register.
const SIGNATURES: &[&str] =
    &["certifie", "certifiee", "signature", "date et signature", "fait a", "fait le", "lu et approuve", "bon pour", "cachet", "le declarant"];
/// Months, which stand alone above their rows.
const MOIS: &[&str] = &["janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre"];
/// Rows that a sentence names at most.
const CITEES_MAX: usize = 6;

/// Small letters without accents, spaces at both ends taken off and those inside made one.
pub(super) fn plie(texte: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    use unicode_normalization::char::is_combining_mark;
    let plat: String = texte.nfd().filter(|signe| !is_combining_mark(*signe)).flat_map(char::to_lowercase).collect();
    plat.split(|signe: char| signe.is_whitespace() || signe == '\u{feff}').filter(|mot| !mot.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A number, an amount, a date, a time: no name.
pub(super) fn chiffres(cellule: &str) -> bool {
    let texte = cellule.trim();
    let chiffres = texte.chars().filter(char::is_ascii_digit).count();
    let lettres = texte.chars().filter(|signe| signe.is_alphabetic()).count();
    chiffres > 0 && (lettres == 0 || chiffres > 2 * lettres)
}

/// Whether `texte` begins with one of `mots`, whole.
fn commence(texte: &str, mots: &[&str]) -> bool {
    let premiere = texte.trim_start().chars().next().map(|signe| signe.to_ascii_lowercase());
    // Most rows end here: the first letters of these words have no accent, but for one.
    if premiere.is_none_or(|premiere| premiere != 'é' && premiere != 'É' && !mots.iter().any(|mot| mot.starts_with(premiere))) {
        return false;
    }
    let plat = plie(texte.get(..texte.char_indices().nth(24).map_or(texte.len(), |(place, _)| place)).unwrap_or_default());
    mots.iter().any(|mot| plat.strip_prefix(mot).is_some_and(|reste| !reste.starts_with(|signe: char| signe.is_alphanumeric())))
}

/// The role of a row.
pub(super) fn role(cellules: &[String], entete: &[String]) -> Role {
    // Columns without a name, behind the others, hold what is written beside the table.
    let entete = &entete[..entete.iter().rposition(|titre| !titre.trim().is_empty()).map_or(0, |place| place + 1)];
    if entete.len() > 1 && cellules.len() >= entete.len() && repete(cellules, entete) {
        return Role::EnteteRepetee;
    }
    let dedans = if entete.is_empty() { cellules } else { &cellules[..cellules.len().min(entete.len())] };
    let mut pleines = dedans.iter().filter(|cellule| !cellule.trim().is_empty());
    let Some(premiere) = pleines.next() else {
        return if cellules.iter().all(|cellule| cellule.trim().is_empty()) { Role::Donnee } else { Role::Note };
    };
    // A society may be called Total: sums stand alone, or before numbers.
    let (autres, nombres) = pleines.fold((0, true), |(compte, nombres), cellule| (compte + 1, nombres && chiffres(cellule)));
    if autres + 1 < entete.len().max(2) && nombres && commence(premiere, SOMMES) {
        return Role::Total;
    }
    if cellules.len() == 1 && entete.len() > 1 && (premiere.starts_with(['(', '*']) || commence(premiere, REMARQUES)) {
        return Role::Note;
    }
    if entete.len() > 1 && seule(cellules, entete).is_some_and(|texte| est_un_mois(texte) || commence(texte, SIGNATURES)) {
        return Role::Note;
    }
    Role::Donnee
}

/// The only cell of a row that stands under a name: what is written beside the table does not count.
fn seule<'a>(cellules: &'a [String], entete: &[String]) -> Option<&'a str> {
    let dessous = cellules.iter().zip(entete).filter(|(cellule, titre)| !cellule.trim().is_empty() && !titre.trim().is_empty());
    let mut dessous = dessous.map(|(cellule, _)| cellule.as_str());
    dessous.next().filter(|_| dessous.next().is_none())
}

/// « MARS », « Mars 2026 ».
fn est_un_mois(texte: &str) -> bool {
    if texte.chars().count() > 24 {
        return false;
    }
    let plat = plie(texte);
    let (mois, reste) = plat.split_once([' ', '-', '/']).unwrap_or((&plat, ""));
    MOIS.contains(&mois) && (reste.is_empty() || reste.len() == 4 && reste.bytes().all(|octet| octet.is_ascii_digit()))
}

fn repete(cellules: &[String], entete: &[String]) -> bool {
    cellules.iter().zip(entete).all(|(cellule, titre)| cellule.trim() == titre.trim())
        && cellules[entete.len()..].iter().all(|cellule| cellule.trim().is_empty())
}

/// What is told of rows that are no data.
pub(super) fn avis(rangs: &[Rang]) -> Option<Avis> {
    let hors: Vec<String> = rangs.iter().filter(|rang| rang.role != Role::Donnee).map(|rang| rang.ligne.to_string()).collect();
    let phrase = match hors.as_slice() {
        [] => return None,
        [seule] => format!("La ligne {seule} n’est pas une donnée (total, en-tête répété, titre ou remarque)\u{a0}: elle ne sera pas chargée."),
        plusieurs => {
            let (dites, autres) = plusieurs.split_at(plusieurs.len().min(CITEES_MAX));
            let suite = if autres.is_empty() { String::new() } else { format!(" et {} autres", autres.len()) };
            format!(
                "Les lignes {}{suite} ne sont pas des données (totaux, en-tête répété, titres ou remarques)\u{a0}: elles ne seront pas chargées.",
                dites.join(", ")
            )
        }
    };
    Some(Avis::new("INF-HORS", phrase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_no_data_are_known() {
        let table: &[(&[&str], Role)] = &[
            (&["Abymes", "12", "3,5"], Role::Donnee),
            (&["Total", "", "3,5"], Role::Total),
            (&["", "TOTAL GÉNÉRAL", "3,5"], Role::Total),
            (&["Totaux", "12"], Role::Total),
            (&["Total", "12", "3,5"], Role::Donnee),
            (&["Total Énergies", "", "Abymes"], Role::Donnee),
            (&["Total du mois", "", ""], Role::Total),
            (&["Totalement", "", "3,5"], Role::Donnee),
            (&["commune ", "nuits", "montant"], Role::EnteteRepetee),
            (&["commune", "nuits", "montant", ""], Role::EnteteRepetee),
            (&["Source\u{a0}: la plateforme"], Role::Note),
            (&["(1) hors mineurs"], Role::Note),
            (&["MARS"], Role::Note),
            (&["Mars 2026", "", "", "rappel"], Role::Note),
            (&["Total", "", "3,5", "à vérifier"], Role::Total),
            (&["", "", "", "voir la mairie"], Role::Note),
            (&["Mars", "", "12"], Role::Donnee),
            (&["Marsupial"], Role::Donnee),
            (&["Certifié exact, le 4 mai 2026. Signature\u{a0}:"], Role::Note),
            (&["CTC"], Role::Donnee),
            (&[], Role::Donnee),
        ];
        let entete = ["commune", "nuits", "montant"].map(String::from);
        for (cellules, attendu) in table {
            let cellules: Vec<String> = cellules.iter().map(ToString::to_string).collect();
            assert_eq!(role(&cellules, &entete), *attendu, "{cellules:?}");
        }
    }
}
