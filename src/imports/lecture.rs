//! How a file is read: looked at as it arrives, then as a person corrects it.

use std::collections::BTreeMap;

use serde_json::json;

use super::deplie::{DEPLIEE, DEPLIEES_MAX, LARGEUR_MAX};
use super::examen::de_nouveau;
use super::genre::Genre;
use super::model::{A_PART, Correspondance, Depliee, Format, Import, Mode};
use super::questions;
use crate::comptes::Personne;
use crate::context::Context;
use crate::platform::error::Result;
use crate::sources::{Examen, Refus, Voulu};

/// Lines that may be passed before the header.
const TITRE_MAX: u32 = 10_000;
/// Characters of a value given to all lines.
const CONSTANTE_MAX: usize = 240;

/// The only commune where a person may load a kind, when there is but one.
pub fn seule<'a>(own: &'a Personne, genre: &Genre) -> Option<&'a str> {
    match own.reader.communes_of(genre.record.list.access) {
        [one] => Some(one.as_str()),
        _ => None,
    }
}

/// What a person made of a reading.
pub struct Corrigee {
    /// What they decided.
    pub voulu: Voulu,
    /// What it gives.
    pub examen: Examen,
    /// The field of each column.
    pub correspondance: Correspondance,
    /// What becomes of rows that exist.
    pub mode: Mode,
}

/// What the form decides of the reading: what differs from what was found, and what was decided before.
fn voulu(import: &Import, form: &BTreeMap<String, String>) -> std::result::Result<Voulu, String> {
    let lecture = &import.examen.lecture;
    let mut voulu = import.voulu.0.clone();
    let given = |name: &str| form.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    if let Some(code) = given("encodage") {
        let encodage =
            serde_json::from_value(json!(code)).map_err(|_| "Cet encodage n’est pas proposé. Choisissez-en un dans la liste.".to_string())?;
        if encodage != lecture.encodage || voulu.encodage.is_some() {
            voulu.encodage = Some(encodage);
        }
    }
    // A tabulation is no blank here.
    if let Some(sign) = form.get("separateur").and_then(|text| text.chars().next()).filter(|sign| *sign != '\0') {
        if !sign.is_ascii() || sign.is_ascii_alphanumeric() || matches!(sign, '"' | '\n' | '\r') {
            return Err("Ce séparateur n’est pas proposé. Choisissez-en un dans la liste.".into());
        }
        if sign != lecture.separateur || voulu.separateur.is_some() {
            voulu.separateur = Some(sign);
        }
    }
    if let Some(answer) = given("entete") {
        let entete = answer == "oui";
        if entete != lecture.entete || voulu.entete.is_some() {
            voulu.entete = Some(entete);
        }
    }
    if let Some(text) = given("titre") {
        let titre = text.parse::<u32>().ok().filter(|count| *count <= TITRE_MAX);
        let titre = titre.ok_or_else(|| format!("Donnez le nombre de lignes à passer avant les titres, de 0 à {TITRE_MAX}."))?;
        if titre != lecture.titre || voulu.titre.is_some() {
            voulu.titre = Some(titre);
        }
    }
    // Rows to pass are those of a sheet: another one begins elsewhere.
    let elsewhere = |name: &str, known: Option<&str>| given(name).is_some_and(|wanted| known.is_some_and(|known| known != wanted));
    if elsewhere("feuille", lecture.feuille.as_deref()) || elsewhere("membre", lecture.membre.as_deref()) {
        (voulu.titre, voulu.entete) = (None, None);
    }
    if let Some(feuille) = given("feuille").filter(|nom| import.examen.feuilles.iter().any(|one| one.nom == *nom)) {
        voulu.feuille = Some(feuille.to_string());
    }
    if let Some(membre) = given("membre").filter(|nom| import.examen.membres.iter().any(|one| one.nom == *nom)) {
        voulu.membre = Some(membre.to_string());
    }
    Ok(voulu)
}

/// The fields that the form gives to columns, and to all lines.
fn correspondance(import: &Import, examen: &Examen, genre: &Genre, form: &BTreeMap<String, String>) -> std::result::Result<Correspondance, String> {
    let mut map = Correspondance { ordres_opposes: form.contains_key("ordres-opposes"), ..Correspondance::default() };
    // What the file was seen to contradict is answered by this form, or was by another.
    let asked = import.question.as_ref().map(|question| question.place);
    let sur = |place: usize| asked == Some(place) || import.correspondance.formats.get(&place).is_some_and(|format| format.sur);
    for (place, entete) in examen.lecture.colonnes.iter().enumerate() {
        let champ = form.get(&format!("colonne-{place}")).map_or("", String::as_str);
        let known = champ.is_empty() || champ == DEPLIEE || genre.champs().any(|(name, _)| name == champ);
        if !known || entete.starts_with(A_PART) {
            map.colonnes.push(String::new());
            continue;
        }
        if !champ.is_empty() && champ != DEPLIEE && map.colonnes.iter().any(|taken| taken == champ) {
            return Err(format!(
                "Deux colonnes remplissent «\u{a0}{}\u{a0}». Gardez celle qui est juste, et ne lisez pas l’autre.",
                genre.label(champ)
            ));
        }
        map.colonnes.push(champ.to_string());
    }
    map.deplie = depliee(&map, examen.lecture.colonnes.len(), genre, form)?;
    // Those that unfolding adds come after the columns of the file.
    let columns = examen.lecture.colonnes.len();
    for place in 0..columns + if map.deplie.is_some() { 2 } else { 0 } {
        let said = |name: &str| form.get(&format!("{name}-{place}")).filter(|code| !code.is_empty()).map(|code| json!(code));
        let format = Format {
            dates: said("dates").and_then(|code| serde_json::from_value(code).ok()),
            nombres: said("nombres").and_then(|code| serde_json::from_value(code).ok()),
            sur: sur(place),
            deduit: false,
        };
        // What another column answered is not what a person said, as long as they leave it.
        let known = import.correspondance.formats.get(&place).filter(|known| known.deduit && known.dates == format.dates);
        let format = if known.is_some() { Format { dates: None, ..format } } else { format };
        if format != Format::default() {
            map.formats.insert(place, format);
        }
    }
    for field in genre.record.fields() {
        let value = form.get(&format!("constante-{}", field.name)).map_or(String::new(), |text| text.trim().replace('\0', ""));
        let given = map.deplie.as_ref().is_some_and(|deplie| deplie.entete == field.name || deplie.cellule == field.name);
        if !value.is_empty() && !given && !map.colonnes.iter().any(|name| name == field.name) {
            if value.chars().count() > CONSTANTE_MAX {
                return Err(format!("{}\u{a0}: cette valeur est trop longue.", field.label));
            }
            map.constantes.insert(field.name.to_string(), value);
        }
    }
    Ok(map)
}

/// What the columns that become lines fill; nothing when there are none.
fn depliee(map: &Correspondance, largeur: usize, genre: &Genre, form: &BTreeMap<String, String>) -> std::result::Result<Option<Depliee>, String> {
    if !map.colonnes.iter().any(|champ| champ == DEPLIEE) {
        return Ok(None);
    }
    if largeur > LARGEUR_MAX || map.colonnes.iter().filter(|champ| *champ == DEPLIEE).count() > DEPLIEES_MAX {
        return Err(format!(
            "Un fichier se déplie jusqu’à {LARGEUR_MAX} colonnes, dont {DEPLIEES_MAX} deviennent des lignes. Ôtez celles qui ne servent pas."
        ));
    }
    let field = |name: &str| form.get(name).cloned().filter(|champ| genre.field(champ).is_some()).unwrap_or_default();
    let ajout = form.get("deplie-ajout").map_or(String::new(), |text| text.trim().replace('\0', ""));
    if ajout.chars().count() > CONSTANTE_MAX {
        return Err("Ce qui s’ajoute aux titres est trop long.".into());
    }
    let deplie = Depliee { entete: field("deplie-entete"), cellule: field("deplie-cellule"), ajout };
    let both = [&deplie.entete, &deplie.cellule];
    if let Some(twice) = both.into_iter().find(|champ| map.colonnes.contains(champ) || deplie.entete == deplie.cellule) {
        let label = genre.label(twice);
        return Err(if label.is_empty() {
            "Dites quel champ le titre des colonnes à déplier remplit, et quel champ leur cellule.".into()
        } else {
            format!("Deux choses remplissent «\u{a0}{label}\u{a0}». Gardez celle qui est juste.")
        });
    }
    Ok(Some(deplie))
}

/// Why a file cannot be read so: beyond its last line there is none.
fn trop_loin(import: &Import, wanted: &Voulu, refus: &Refus) -> String {
    match wanted.titre.filter(|titre| refus.code == "FIC-SANS-LIGNE" && *titre > import.examen.lecture.titre) {
        None => refus.message.clone(),
        Some(titre) => {
            let last = import.examen.premieres.last().map(|rang| rang.ligne).filter(|_| import.examen.entier);
            let has = last.map_or_else(String::new, |last| format!("\u{a0}: le fichier n’en a que {last}"));
            format!("Aucune ligne n’est au-delà des {titre} à passer{has}. La lecture reste comme elle était.")
        }
    }
}

/// Reads what a person corrected, and looks at the file again when that changes how it is read.
///
/// # Errors
/// The store or the disk failed.
pub async fn corrigee(
    context: &Context,
    import: &Import,
    genre: &'static Genre,
    form: &BTreeMap<String, String>,
) -> Result<std::result::Result<Corrigee, String>> {
    let mode = form.get("mode").and_then(|code| Mode::of(code)).unwrap_or_else(|| import.mode());
    let wanted = match voulu(import, form) {
        Ok(wanted) => wanted,
        Err(faute) => return Ok(Err(faute)),
    };
    let mut examen = import.examen.0.clone();
    if wanted != import.voulu.0 {
        examen = match de_nouveau(context, import, wanted.clone(), genre).await? {
            Ok(examen) => examen,
            Err(refus) => return Ok(Err(trop_loin(import, &wanted, &refus))),
        };
    }
    let mut map = if examen.lecture.colonnes == import.examen.lecture.colonnes {
        match correspondance(import, &examen, genre, form) {
            Ok(map) => map,
            Err(faute) => return Ok(Err(faute)),
        }
    } else {
        let mut map = Correspondance::proposee(genre, &examen.lecture.colonnes, None);
        for (champ, value) in &import.correspondance.constantes {
            // What nobody chose is proposed anew, or not.
            let usual = genre.field(champ).is_some_and(|field| !field.preset.is_empty() && field.preset == value);
            if !usual && !map.colonnes.iter().any(|name| name == champ) {
                map.constantes.insert(champ.clone(), value.clone());
            }
        }
        map
    };
    questions::acquis(genre, &examen, &mut map);
    Ok(Ok(Corrigee { voulu: wanted, examen, correspondance: map, mode }))
}
