//! What a profile says of the reading of a file: everything by the headers, nothing by the places of the columns.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::imports::deplie::DEPLIEE;
use crate::imports::genre::{Genre, Profil};
use crate::imports::model::{A_PART, Correspondance, Depliee, Format, Import, Mode};
use crate::imports::texte::plie;
use crate::sources::{Examen, Hors, Voulu};

/// Characters of a header that count.
const TITRE_MAX: usize = 200;
/// Columns of a file that a profile is made of at most.
pub const COLONNES_MAX: usize = 1_000;
/// Characters of a name at most.
pub const NOM_MAX: usize = 80;

/// A way to read, by headers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contenu {
    /// What a person corrected of the dialect.
    pub voulu: Voulu,
    /// The headers of the file it was made from, folded, in their order.
    pub entetes: Vec<String>,
    /// Whether they stood in the file; « Colonne 1 » does not.
    pub nommees: bool,
    /// Whether a room declares it: its headers say whose file it is, and it reads others that may be there.
    #[serde(skip)]
    pub declaree: bool,
    /// The field of each column that is read.
    pub colonnes: BTreeMap<String, String>,
    /// Values given to all lines.
    pub constantes: BTreeMap<String, String>,
    /// How dates and numbers are written, where their data do not say it.
    pub formats: BTreeMap<String, Format>,
    /// Whether the dates of two columns are in opposite orders, and somebody said so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ordres_opposes: bool,
    /// What becomes of rows that exist; none: as it is on the page.
    pub mode: String,
    /// What the columns that become lines fill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deplie: Option<Depliee>,
}

/// The headers folded, the second of a name told apart: what a column is called whatever its place.
pub fn plies(entetes: &[String]) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let name = |entete: &String| {
        let folded: String = plie(entete).chars().take(TITRE_MAX).collect();
        let times = seen.entry(folded.clone()).or_default();
        *times += 1;
        if *times > 1 { format!("{folded} ({times})") } else { folded }
    };
    entetes.iter().map(name).collect()
}

impl Contenu {
    /// How an import is read.
    pub fn de(import: &Import) -> Self {
        let (lecture, map) = (&import.examen.lecture, &import.correspondance);
        let entetes = plies(&lecture.colonnes);
        let called = |place: usize| entetes.get(place).cloned().or_else(|| place.checked_sub(entetes.len()).map(|more| format!("*{more}")));
        let read = entetes.iter().zip(&map.colonnes).filter(|(_, champ)| !champ.is_empty());
        Self {
            colonnes: read.map(|(entete, champ)| (entete.clone(), champ.clone())).collect(),
            constantes: map.constantes.clone(),
            formats: map.formats.iter().filter(|(_, format)| !format.deduit).filter_map(|(place, format)| Some((called(*place)?, *format))).collect(),
            ordres_opposes: map.ordres_opposes,
            mode: import.mode.clone(),
            deplie: map.deplie.clone(),
            // The name of a member says which file it was, not which source.
            voulu: Voulu { membre: None, ..import.voulu.0.clone() },
            nommees: lecture.entete || lecture.element.is_some(),
            declaree: false,
            entetes,
        }
    }

    /// That of a source which is declared.
    pub fn declare(profil: &Profil) -> Self {
        let format = Format { dates: profil.dates, nombres: profil.nombres, ..Format::default() };
        let texts = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect();
        let formats = profil.colonnes.iter().filter(|_| format != Format::default()).map(|(entete, _)| ((*entete).to_string(), format));
        Self {
            voulu: Voulu {
                element: profil.xml.map(|(element, ..)| element.into()),
                par: profil.xml.map(|(_, par, _)| par.into()),
                colonnes: profil.xml.map(|(.., cells)| cells.iter().map(ToString::to_string).collect()),
                hors: profil.hors.map(|(column, values)| Hors { colonne: column.into(), valeurs: values.iter().map(ToString::to_string).collect() }),
                ..Voulu::default()
            },
            entetes: profil.entetes.iter().map(ToString::to_string).collect(),
            nommees: true,
            declaree: true,
            colonnes: texts(profil.colonnes),
            constantes: texts(profil.constantes),
            formats: formats.collect(),
            ordres_opposes: false,
            mode: profil.mode.map(Mode::code).unwrap_or_default().to_string(),
            deplie: None,
        }
    }

    /// Whether a file is of this source: all the columns that are read are there; all of its columns, where nothing names them.
    pub fn reconnait(&self, examen: &Examen) -> bool {
        let entetes = plies(&examen.lecture.colonnes);
        if self.declaree {
            return self.absents(&entetes).is_empty();
        }
        if !self.nommees {
            return !examen.lecture.entete && entetes == self.entetes && self.voulu.entete == Some(false);
        }
        !self.colonnes.is_empty() && self.colonnes.keys().all(|entete| entetes.contains(entete))
    }

    /// The headers of a declared source that a file, whose own are `entetes`, lacks: by the first of their names.
    pub fn absents(&self, entetes: &[String]) -> Vec<&str> {
        let has = |name: &str| entetes.iter().any(|known| known == name);
        self.entetes.iter().filter(|entete| !entete.split('|').any(has)).filter_map(|entete| entete.split('|').next()).collect()
    }

    /// Whether it reads a file as it is written, but for the rows that it sets aside.
    pub fn tel_quel(&self) -> bool {
        Voulu { hors: None, ..self.voulu.clone() } == Voulu::default()
    }

    /// The columns of a file that it does not know, as the file calls them.
    pub fn inconnues<'a>(&self, examen: &'a Examen) -> Vec<&'a str> {
        let entetes = &examen.lecture.colonnes;
        let folded = plies(entetes);
        let new = entetes
            .iter()
            .zip(&folded)
            .filter(|(entete, plie)| !entete.starts_with(A_PART) && !self.entetes.contains(plie) && !self.colonnes.contains_key(*plie));
        new.map(|(entete, _)| entete.as_str()).collect()
    }

    /// The same for this file. A declared one leaves the other values as they are proposed, and so does one that says no commune.
    pub fn correspondance(&self, genre: &Genre, examen: &Examen, seule: Option<&str>, declare: bool) -> Correspondance {
        let entetes = plies(&examen.lecture.colonnes);
        let known = |champ: &String| champ == DEPLIEE || genre.champs().any(|(name, _)| name == champ);
        let mut colonnes: Vec<String> = Vec::new();
        for entete in &entetes {
            let champ = self.colonnes.get(entete).filter(|champ| known(champ)).cloned().unwrap_or_default();
            // Of two names that a source gives to one thing, a file that has both is read by the first.
            let taken = champ != DEPLIEE && colonnes.contains(&champ);
            colonnes.push(if taken { String::new() } else { champ });
        }
        // Those that unfolding adds come after the columns of the file.
        let added = ["*0", "*1"].map(String::from);
        let formats = entetes.iter().chain(&added).enumerate().filter_map(|(place, entete)| Some((place, *self.formats.get(entete)?))).collect();
        let mut constantes = self.constantes.clone();
        constantes.retain(|champ, _| known(champ));
        let proposed = Correspondance::proposee(genre, &[], seule).constantes;
        for (champ, value) in proposed.into_iter().filter(|(champ, _)| declare || champ == genre.lieu) {
            let unfolded = self.deplie.as_ref().is_some_and(|deplie| deplie.entete == champ || deplie.cellule == champ);
            if !unfolded && !colonnes.contains(&champ) {
                constantes.entry(champ).or_insert(value);
            }
        }
        Correspondance { colonnes, constantes, formats, ordres_opposes: self.ordres_opposes, deplie: self.deplie.clone() }
    }

    /// Whether an import is read so, and not otherwise.
    pub fn suivi(&self, genre: &Genre, import: &Import, declare: bool) -> bool {
        let seule = import.correspondance.constantes.get(genre.lieu).map(String::as_str);
        let voulu = Voulu { membre: None, ..import.voulu.0.clone() };
        let plain = |mut map: Correspondance| {
            map.formats.values_mut().for_each(|format| format.sur = false);
            // What the file itself answers corrects nothing.
            map.formats.values_mut().filter(|format| format.deduit).for_each(|format| (format.dates, format.deduit) = (None, false));
            map.formats.retain(|_, format| *format != Format::default());
            map
        };
        let (map, own) = (plain(import.correspondance.0.clone()), plain(self.correspondance(genre, &import.examen, seule, declare)));
        voulu == self.voulu && (self.mode.is_empty() || self.mode == import.mode) && own == map
    }
}

/// A profile as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Garde {
    /// Its key.
    pub id: i64,
    /// The kind it reads.
    pub genre: String,
    /// Its name.
    pub nom: String,
    /// Who made it.
    pub auteur_id: Option<i64>,
    /// Their name.
    pub auteur: Option<String>,
    /// With which collectivité it is shared.
    pub collectivite_id: Option<i32>,
    /// Its name.
    pub collectivite: Option<String>,
    /// What it says.
    pub contenu: Json<Contenu>,
    /// Whether the worker confirms by itself what is read with it.
    pub confiance: bool,
    /// Who decided so.
    pub confiance_par: Option<String>,
    /// Lines refused, in a hundred, at most.
    pub refus_max: Option<i32>,
    /// Lines that change a row, in a hundred, at most.
    pub changements_max: Option<i32>,
    /// Lines at least.
    pub lignes_min: Option<i64>,
    /// Lines at most.
    pub lignes_max: Option<i64>,
    /// Its version.
    pub version: i32,
    /// When it was changed.
    pub modifie_le: DateTime<Utc>,
    /// By whom.
    pub modifie_par: String,
}

impl Garde {
    /// Whether `personne` made it.
    pub fn est_de(&self, personne: i64) -> bool {
        self.auteur_id == Some(personne)
    }

    /// With whom it is shared, in words.
    pub fn partage(&self) -> String {
        self.collectivite.clone().unwrap_or_else(|| "vous seul".into())
    }
}

/// A name as it is kept: no sign that is not seen, one space at a time.
pub fn nom_propre(nom: &str) -> Option<String> {
    let clean = nom.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = (1..=NOM_MAX).contains(&clean.chars().count()) && !clean.chars().any(char::is_control);
    fits.then_some(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_called_by_their_headers() {
        let entetes = ["Nom", "Tél.", "NOM", "nom "].map(String::from);
        assert_eq!(plies(&entetes), ["nom", "tel", "nom (2)", "nom (3)"]);
        assert_eq!(nom_propre("  Export \t Airbnb "), Some("Export Airbnb".into()));
        assert_eq!((nom_propre(" "), nom_propre(&"a".repeat(81)), nom_propre("a\u{7}b")), (None, None, None));
    }
}
