//! How a file is read: looked at as it arrives, then as a person corrects it.

use std::collections::BTreeMap;

use serde_json::json;

use super::deplie::{self, DEPLIEE, DEPLIEES_MAX, LARGEUR_MAX};
use super::examen::de_nouveau;
use super::genre::Genre;
use super::model::{A_PART, Contredite, Correspondance, Depliee, Format, Import, Mode};
use super::opposees;
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::Kind;
use crate::platform::error::Result;
use crate::sources::valeurs::{Colonne, Decimales, Decision, Ordre};
use crate::sources::{self, Examen, Voulu};

/// Lines that may be passed before the header.
const TITRE_MAX: u32 = 10_000;
/// The ways of numbers on offer where the file contradicts one of them.
const NOMBRES: [Decimales; 5] = [Decimales::Virgule, Decimales::VirgulePoints, Decimales::Point, Decimales::PointVirgules, Decimales::Mixte];
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
        };
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

/// What the data of a column leave open, for a field that it fills: the question to ask. What the rest of the file contradicts is
/// asked with the answer that it says.
pub fn question(import: &Import, genre: &Genre, place: usize, vue: &Colonne) -> Option<Question> {
    let champs = deplie::champs(&import.examen, &import.correspondance);
    let champ = champs.get(place)?;
    ouverte(genre, champ, (place, vue), &import.correspondance, import.question.as_deref())
}

fn ouverte(genre: &Genre, champ: &str, (place, vue): (usize, &Colonne), map: &Correspondance, asked: Option<&Contredite>) -> Option<Question> {
    let format = map.formats.get(&place).copied().unwrap_or_default();
    let asked = asked.filter(|asked| asked.place == place && !format.sur);
    let again = asked.is_some() || format.sur;
    match genre.field(champ)?.saisie.kind()? {
        Kind::Date if again || matches!(vue.dates, Decision::Ambigue(_)) => {
            Some(Question::Dates(asked.and_then(|asked| asked.dates).or(format.dates)))
        }
        Kind::Number(_) => match &vue.nombres {
            _ if again => Some(Question::Nombres(asked.and_then(|asked| asked.nombres).or(format.nombres), NOMBRES.to_vec())),
            Decision::Ambigue(tous) => Some(Question::Nombres(format.nombres, tous.clone())),
            _ => None,
        },
        _ => None,
    }
}

/// What is asked of the values of a column, and what was answered.
pub enum Question {
    /// The day first, or the month.
    Dates(Option<Ordre>),
    /// One of these.
    Nombres(Option<Decimales>, Vec<Decimales>),
}

impl Question {
    /// Whether nobody answered yet.
    fn open(&self) -> bool {
        matches!(self, Self::Dates(None) | Self::Nombres(None, _))
    }
}

/// The first column whose values may mean two things, and that nobody decided; else two that would be read in opposite orders.
pub fn doute(genre: &Genre, examen: &Examen, map: &Correspondance) -> Option<String> {
    deux_sens(genre, examen, map).or_else(|| opposees::phrase(genre, examen, map))
}

fn deux_sens(genre: &Genre, examen: &Examen, map: &Correspondance) -> Option<String> {
    let vues = sources::valeurs::colonnes(&examen.premieres);
    let (place, champ) =
        map.colonnes.iter().enumerate().find(|(place, champ)| {
            vues.get(*place).and_then(|vue| ouverte(genre, champ, (*place, vue), map, None)).is_some_and(|asked| asked.open())
        })?;
    let exemple = vues.get(place).and_then(|vue| vue.exemple.clone()).unwrap_or_default();
    Some(format!("{}\u{a0}: «\u{a0}{exemple}\u{a0}» se lit de deux façons. Dites laquelle est la bonne, devant cette colonne.", genre.label(champ)))
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
            Err(refus) => return Ok(Err(refus.message)),
        };
    }
    let map = if examen.lecture.colonnes == import.examen.lecture.colonnes {
        match correspondance(import, &examen, genre, form) {
            Ok(map) => map,
            Err(faute) => return Ok(Err(faute)),
        }
    } else {
        let mut map = Correspondance::proposee(genre, &examen.lecture.colonnes, None);
        for (champ, value) in &import.correspondance.constantes {
            if !map.colonnes.iter().any(|name| name == champ) {
                map.constantes.insert(champ.clone(), value.clone());
            }
        }
        map
    };
    Ok(Ok(Corrigee { voulu: wanted, examen, correspondance: map, mode }))
}
