//! A file that is of another kind than the one it was loaded as: told by its headers, and changed at once while nothing was checked.

use sqlx::types::Json;

use super::examen::de_nouveau;
use super::genre::Genre;
use super::lecture::seule;
use super::model::{Correspondance, Import};
use super::profils::Lue;
use super::queries::sans_nul;
use crate::comptes::Personne;
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::Niveau;
use crate::platform::error::{Error, Result};
use crate::sources::{Examen, Nature, Voulu};

/// Columns that another kind has to know beyond those of the chosen one.
const DE_PLUS: usize = 2;

/// Columns whose header a kind knows.
fn connues(genre: &Genre, entetes: &[String]) -> usize {
    Correspondance::proposee(genre, entetes, None).colonnes.iter().filter(|champ| !champ.is_empty()).count()
}

/// The kinds to which the person may change an import: none that gives rights, which asks for a proof.
fn possibles<'a>(context: &'a Context, personne: &'a Personne, ici: &'a Genre) -> impl Iterator<Item = &'static Genre> + 'a {
    context.catalogue.all::<Genre>().filter(|genre| genre.nom != ici.nom && genre.may(&personne.reader) && genre.par_une_personne().is_none())
}

/// The kind that a file looks like, when that is clearly another one: with how many of its columns each knows.
pub fn ressemble(context: &Context, personne: &Personne, import: &Import, genre: &Genre) -> Option<(&'static Genre, usize, usize)> {
    let entetes = &import.examen.lecture.colonnes;
    if import.etat != "lecture" || import.profil.is_some() {
        return None;
    }
    let ici = connues(genre, entetes);
    // Of two that know as many, the one that is declared first.
    let best = possibles(context, personne, genre)
        .map(|other| (connues(other, entetes), other))
        .reduce(|one, other| if other.0 > one.0 { other } else { one });
    best.filter(|(count, _)| *count >= ici + DE_PLUS).map(|(count, other)| (other, count, ici))
}

/// Why a file is none of a kind: it is of a source that another kind alone reads.
pub fn d_un_autre(context: &Context, personne: &Personne, genre: &Genre, examen: &Examen) -> Option<String> {
    if examen.lecture.nature != Nature::Xml {
        return None;
    }
    let names = || examen.lecture.element.iter().chain(&examen.lecture.colonnes);
    let reads = |genre: &Genre| genre.profils.iter().filter_map(|profil| profil.xml).any(|(element, ..)| names().any(|name| name.contains(element)));
    if reads(genre) {
        return None;
    }
    let other = context.catalogue.all::<Genre>().find(|other| reads(other))?;
    Some(if other.may(&personne.reader) {
        format!("ce fichier est de ceux que lit «\u{a0}{}\u{a0}». Choisissez ce genre, puis renvoyez-le.", other.titre())
    } else {
        format!(
            "ce fichier est de ceux que lit «\u{a0}{}\u{a0}», que charge l’exploitant de Gardel\u{a0}: il n’y a rien à en faire ici.",
            other.titre()
        )
    })
}

/// Reads an import as another kind. A sentence when it cannot be.
///
/// # Errors
/// The import is not theirs, or moved on; the store or PostgreSQL failed.
pub async fn change(
    context: &Context,
    personne: &Personne,
    (import, genre): (&Import, &'static Genre),
    nom: &str,
) -> Result<std::result::Result<(), String>> {
    let Some(new) = possibles(context, personne, genre).find(|other| other.nom == nom) else {
        return Ok(Err("Vos droits ne permettent pas de charger ce genre de fichier.".into()));
    };
    let own = personne.at(new.record.list.access, Niveau::Saisir)?;
    let examen = match de_nouveau(context, import, Voulu { membre: import.voulu.membre.clone(), ..Voulu::default() }, new).await? {
        Ok(examen) => examen,
        Err(refus) => return Ok(Err(refus.message)),
    };
    let lue = Lue::proposee(new, examen, seule(&own, new));
    let mut write = context.db.write().await?;
    let written = sqlx::query(
        "UPDATE import SET genre = $2, revision = revision + 1, voulu = $3, examen = $4, correspondance = $5, mode = $6, profil_id = NULL, profil = NULL,
             question = NULL, complet = NULL, erreur = NULL WHERE id = $1 AND etat = 'lecture'",
    )
    .bind(import.id)
    .bind(new.nom)
    .bind(Json(&lue.voulu))
    .bind(sans_nul(&lue.examen)?)
    .bind(Json(&lue.correspondance))
    .bind(lue.mode.code())
    .execute(&mut *write.tx)
    .await;
    match written {
        Ok(done) if done.rows_affected() == 1 => {}
        Ok(_) => {
            write.rollback().await?;
            return Err(Error::Conflict("Cet import n’en est plus à la lecture\u{a0}: rien n’a été changé. Rouvrez sa page.".into()));
        }
        Err(error) if error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation) => {
            write.rollback().await?;
            return Ok(Err(format!(
                "Ce fichier est déjà chargé dans «\u{a0}{}\u{a0}». Abandonnez cet import, et ouvrez l’autre dans la liste.",
                new.titre()
            )));
        }
        Err(error) => return Err(error.into()),
    }
    let told = serde_json::json!({"import": import.nom, "geste": format!("lu comme «\u{a0}{}\u{a0}»", new.titre())});
    journal::note(&mut write.tx, &personne.actor, Action::Change, "import", &import.id.to_string(), &told).await?;
    write.commit().await?;
    Ok(Ok(()))
}
