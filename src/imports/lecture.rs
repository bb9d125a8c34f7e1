//! How a file is read: looked at as it arrives, then as a person corrects it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::json;

use super::arrivee::Arrive;
use super::depot::{self, Panne};
use super::genre::Genre;
use super::model::{A_PART, Correspondance, Format, Import, Mode};
use super::queries::{self, Nouveau};
use crate::comptes::Personne;
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::{Kind, Niveau};
use crate::platform::error::{Error, Result};
use crate::sources::valeurs::{Colonne, Decimales, Decision, Ordre};
use crate::sources::{self, Examen, Nature, Refus, Voulu};

/// Lines that may be passed before the header.
const TITRE_MAX: u32 = 10_000;
/// Characters of a value given to all lines.
const CONSTANTE_MAX: usize = 240;

/// What became of a file.
pub enum Recue {
    /// It is kept, as this import.
    Gardee(i64),
    /// The same one is held by this import, and the sentence that says so.
    Deja(i64, String),
    /// It cannot be, and why.
    Refusee(String),
}

/// Looks at the beginning of a file, on a thread that may wait for the disk.
async fn examine(path: PathBuf, voulu: Voulu, genre: &'static Genre) -> Result<std::result::Result<Examen, Refus>> {
    let looked = tokio::task::spawn_blocking(move || sources::examiner(&path, &voulu, &|mot| genre.connait(mot)));
    looked.await.map_err(|error| Error::Internal(error.to_string()))
}

fn panne(panne: Panne) -> Error {
    match panne {
        Panne::Depot(error) => Error::StoreAway(error),
        Panne::Disque(error) => Error::Internal(error.to_string()),
    }
}

/// Keeps a file: in the store before anything is read of it, then as an import.
///
/// # Errors
/// The store, the disk or PostgreSQL failed.
pub async fn recoit(context: &Context, personne: &Personne, genre: &'static Genre, arrive: Arrive) -> Result<Recue> {
    let chemin = depot::garde(context, arrive.fichier.as_file(), arrive.octets, &arrive.sha256).await.map_err(panne)?;
    let examen = match examine(arrive.fichier.path().to_path_buf(), Voulu::default(), genre).await? {
        Ok(examen) => examen,
        Err(refus) => return Ok(Recue::Refusee(format!("«\u{a0}{}\u{a0}»\u{a0}: {}", arrive.nom, refus.message))),
    };
    let own = personne.at(genre.record.list.access, Niveau::Saisir)?;
    let seule = match own.reader.communes_of(genre.record.list.access) {
        [one] => Some(one.as_str()),
        _ => None,
    };
    let correspondance = Correspondance::proposee(genre, &examen.lecture.colonnes, seule);
    let mut write = context.db.write().await?;
    let nouveau = Nouveau {
        genre: genre.nom,
        personne: personne.reader.user_id,
        lieu: personne.principale,
        nom: &arrive.nom,
        octets: i64::try_from(arrive.octets).unwrap_or(i64::MAX),
        sha256: &arrive.sha256,
        chemin: &chemin,
        examen: &examen,
        correspondance: &correspondance,
    };
    match queries::insert(&mut write.tx, &nouveau).await? {
        Ok(id) => {
            let told = json!({"import": arrive.nom, "liste": genre.record.list.name, "sha256": arrive.sha256});
            journal::note(&mut write.tx, &personne.actor, Action::Create, "import", &id.to_string(), &told).await?;
            write.commit().await?;
            Ok(Recue::Gardee(id))
        }
        Err(first) => {
            write.rollback().await?;
            Ok(Recue::Deja(
                first,
                format!(
                    "«\u{a0}{}\u{a0}» a déjà été chargé\u{a0}: c’est l’import n°\u{a0}{first}. Annulez-le ou abandonnez-le pour charger ce fichier de nouveau.",
                    arrive.nom
                ),
            ))
        }
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
fn correspondance(examen: &Examen, genre: &Genre, form: &BTreeMap<String, String>) -> std::result::Result<Correspondance, String> {
    let mut map = Correspondance::default();
    for (place, entete) in examen.lecture.colonnes.iter().enumerate() {
        let champ = form.get(&format!("colonne-{place}")).map_or("", String::as_str);
        let known = champ.is_empty() || genre.champs().any(|(name, _)| name == champ);
        if !known || entete.starts_with(A_PART) {
            map.colonnes.push(String::new());
            continue;
        }
        if !champ.is_empty() && map.colonnes.iter().any(|taken| taken == champ) {
            return Err(format!(
                "Deux colonnes remplissent «\u{a0}{}\u{a0}». Gardez celle qui est juste, et ne lisez pas l’autre.",
                genre.label(champ)
            ));
        }
        map.colonnes.push(champ.to_string());
        let said = |name: &str| form.get(&format!("{name}-{place}")).filter(|code| !code.is_empty()).map(|code| json!(code));
        let format = Format {
            dates: said("dates").and_then(|code| serde_json::from_value(code).ok()),
            nombres: said("nombres").and_then(|code| serde_json::from_value(code).ok()),
        };
        if format != Format::default() {
            map.formats.insert(place, format);
        }
    }
    for field in genre.record.fields() {
        let value = form.get(&format!("constante-{}", field.name)).map_or(String::new(), |text| text.trim().replace('\0', ""));
        if !value.is_empty() && !map.colonnes.iter().any(|name| name == field.name) {
            if value.chars().count() > CONSTANTE_MAX {
                return Err(format!("{}\u{a0}: cette valeur est trop longue.", field.label));
            }
            map.constantes.insert(field.name.to_string(), value);
        }
    }
    Ok(map)
}

/// What the data of a column leave open, for a field that it fills: the question to ask.
pub fn question(genre: &Genre, champ: &str, colonne: &Colonne, format: Format) -> Option<Question> {
    match genre.field(champ)?.saisie.kind()? {
        Kind::Date if matches!(colonne.dates, Decision::Ambigue(_)) => Some(Question::Dates(format.dates)),
        Kind::Number(_) => match &colonne.nombres {
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

/// The first column whose values may mean two things, and that nobody decided.
pub fn doute(genre: &Genre, examen: &Examen, map: &Correspondance) -> Option<String> {
    let vues = sources::valeurs::colonnes(&examen.premieres);
    let (place, champ) = map.colonnes.iter().enumerate().find(|(place, champ)| {
        let format = map.formats.get(place).copied().unwrap_or_default();
        vues.get(*place).and_then(|vue| question(genre, champ, vue, format)).is_some_and(|asked| asked.open())
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
        let whole = examen.lecture.nature != Nature::Texte;
        let file = depot::debut(context, &import.chemin, whole).await.map_err(panne)?;
        examen = match examine(file.path().to_path_buf(), wanted.clone(), genre).await? {
            Ok(examen) => examen,
            Err(refus) => return Ok(Err(refus.message)),
        };
    }
    let map = if examen.lecture.colonnes == import.examen.lecture.colonnes {
        match correspondance(&examen, genre, form) {
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
