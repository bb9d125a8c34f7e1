//! A profile applied to a file: by itself when it recognises it, or because a person says so.

use std::path::Path;

use super::model::{Contenu, Garde};
use super::queries;
use super::seuils::Confiance;
use crate::context::Context;
use crate::imports::examen::{de_nouveau, examine};
use crate::imports::genre::Genre;
use crate::imports::model::{Correspondance, Import, Mode};
use crate::imports::questions;
use crate::listing::Reader;
use crate::platform::error::Result;
use crate::sources::{Avis, Examen, Voulu};

/// Profiles that read a file otherwise than it seems to be written: tried at most.
const AUTREMENT_MAX: usize = 8;

/// How a file is read.
pub struct Lue {
    /// What was decided of its dialect.
    pub voulu: Voulu,
    /// What that gives.
    pub examen: Examen,
    /// The field of each column.
    pub correspondance: Correspondance,
    /// What becomes of rows that exist.
    pub mode: Mode,
    /// The profile.
    pub profil: Option<i64>,
    /// Its name.
    pub nom: Option<String>,
}

impl Lue {
    /// As the file itself says.
    pub fn proposee(genre: &Genre, examen: Examen, seule: Option<&str>) -> Self {
        let mut correspondance = Correspondance::proposee(genre, &examen.lecture.colonnes, seule);
        questions::acquis(genre, &examen, &mut correspondance);
        Self { voulu: Voulu::default(), examen, correspondance, mode: Mode::Completer, profil: None, nom: None }
    }

    /// What a declared source says of a file that has not all of its headers: who collected, and the columns that are there. The others
    /// are read as the file names them, which is told.
    fn en_partie(profil: &Connu, (genre, seule): (&Genre, Option<&str>), mut examen: Examen, plies: &[String]) -> Self {
        let missing = profil.contenu.absents(plies).join("\u{a0}», «\u{a0}");
        let phrase = format!(
            "Ce fichier n’a pas tous les titres de «\u{a0}{}\u{a0}»\u{a0}: il y manque «\u{a0}{missing}\u{a0}». Ce qu’il a est lu avec ce profil, le reste d’après ses titres. Contrôlez chaque colonne.",
            profil.nom
        );
        examen.avertissements.push(Avis { code: "INF-PROFIL".into(), message: phrase });
        let mut lue = Self::avec(profil, (genre, seule), examen);
        let named = Correspondance::proposee(genre, &lue.examen.lecture.colonnes, seule).colonnes;
        for (place, champ) in named.into_iter().enumerate() {
            let free = !lue.correspondance.donne(&champ) && lue.correspondance.colonnes.get(place).is_some_and(String::is_empty);
            if let Some(column) = lue.correspondance.colonnes.get_mut(place).filter(|_| free) {
                *column = champ;
            }
        }
        questions::acquis(genre, &lue.examen, &mut lue.correspondance);
        lue
    }

    fn avec(profil: &Connu, (genre, seule): (&Genre, Option<&str>), mut examen: Examen) -> Self {
        let contenu = &profil.contenu;
        if let Some(hors) = &contenu.voulu.hors {
            examen.ecarte(hors);
        }
        let mut correspondance = contenu.correspondance(genre, &examen, seule, profil.id.is_none());
        questions::acquis(genre, &examen, &mut correspondance);
        Self {
            correspondance,
            // A member that was chosen among those of an archive stays so.
            voulu: Voulu { membre: examen.lecture.membre.clone().filter(|_| examen.membres.len() > 1), ..contenu.voulu.clone() },
            mode: Mode::of(&contenu.mode).unwrap_or(Mode::Completer),
            profil: profil.id,
            nom: Some(profil.nom.clone()),
            examen,
        }
    }
}

/// A profile, saved or declared.
#[derive(Clone, Debug)]
pub struct Connu {
    /// Its key; nothing for a declared one.
    pub id: Option<i64>,
    /// Its name.
    pub nom: String,
    /// What it says.
    pub contenu: Contenu,
    /// How it is trusted, when it is.
    pub confiance: Option<Confiance>,
}

impl Connu {
    /// What a form calls it.
    pub fn code(&self) -> String {
        self.id.map_or_else(|| format!("d:{}", self.nom), |id| id.to_string())
    }
}

impl From<Garde> for Connu {
    fn from(garde: Garde) -> Self {
        Self { id: Some(garde.id), confiance: Confiance::of(&garde), nom: garde.nom, contenu: garde.contenu.0 }
    }
}

/// Those of a kind that a person may apply: saved ones, then declared ones.
///
/// # Errors
/// PostgreSQL failed.
pub async fn connus(context: &Context, reader: &Reader, genre: &Genre) -> Result<Vec<Connu>> {
    let saved = queries::de_genre(&context.db, reader, genre.nom).await?.into_iter().map(Connu::from);
    let declared = genre.profils.iter().map(|profil| Connu { id: None, nom: profil.nom.into(), contenu: Contenu::declare(profil), confiance: None });
    Ok(saved.chain(declared).collect())
}

/// The profile that recognises a file, applied: the one that reads most of its columns; a saved one before a declared one.
///
/// # Errors
/// PostgreSQL failed.
pub async fn reconnu(
    context: &Context,
    reader: &Reader,
    (genre, seule): (&'static Genre, Option<&str>),
    path: &Path,
    examen: &Examen,
) -> Result<Option<Lue>> {
    let mut connus = connus(context, reader, genre).await?;
    // Stable: of two that read as much, the one that comes first.
    let sure = |contenu: &Contenu| if contenu.declaree { contenu.entetes.len() } else { contenu.colonnes.len() };
    connus.sort_by_key(|connu| std::cmp::Reverse(sure(&connu.contenu)));
    let mut tried = 0;
    for connu in &connus {
        let contenu = &connu.contenu;
        if contenu.tel_quel() {
            if contenu.reconnait(examen) {
                return Ok(Some(Lue::avec(connu, (genre, seule), examen.clone())));
            }
            continue;
        }
        if tried == AUTREMENT_MAX {
            continue;
        }
        tried += 1;
        if let Ok(otherwise) = examine(path.to_path_buf(), contenu.voulu.clone(), genre).await?
            && contenu.reconnait(&otherwise)
        {
            return Ok(Some(Lue::avec(connu, (genre, seule), otherwise)));
        }
    }
    Ok(None)
}

/// An import read with the profile that a form calls `code`, or with none when it is empty.
///
/// # Errors
/// The store, the disk or PostgreSQL failed.
pub async fn applique(
    context: &Context,
    reader: &Reader,
    (import, genre, seule): (&Import, &'static Genre, Option<&str>),
    code: &str,
) -> Result<std::result::Result<Lue, String>> {
    if code.is_empty() {
        return Ok(de_nouveau(context, import, Voulu::default(), genre)
            .await?
            .map(|examen| Lue::proposee(genre, examen, seule))
            .map_err(|refus| refus.message));
    }
    let Some(connu) = connus(context, reader, genre).await?.into_iter().find(|connu| connu.code() == code) else {
        return Ok(Err("Ce profil n’existe plus, ou n’est plus partagé avec vous. Choisissez-en un autre.".into()));
    };
    let voulu = Voulu { membre: import.voulu.membre.clone(), ..connu.contenu.voulu.clone() };
    let examen = match de_nouveau(context, import, voulu, genre).await? {
        Ok(examen) => examen,
        Err(refus) => return Ok(Err(refus.message)),
    };
    if !connu.contenu.reconnait(&examen) {
        let plies = super::model::plies(&examen.lecture.colonnes);
        if connu.contenu.declaree && examen.lecture.entete {
            return Ok(Ok(Lue::en_partie(&connu, (genre, seule), examen, &plies)));
        }
        let missing: Vec<&str> = connu.contenu.colonnes.keys().filter(|entete| !plies.contains(entete)).map(String::as_str).take(5).collect();
        let what = if missing.is_empty() { "ses colonnes sont autres".to_string() } else { format!("il y manque {}", missing.join(", ")) };
        return Ok(Err(format!("Le profil «\u{a0}{}\u{a0}» ne lit pas ce fichier\u{a0}: {what}. La lecture reste comme elle était.", connu.nom)));
    }
    Ok(Ok(Lue::avec(&connu, (genre, seule), examen)))
}
