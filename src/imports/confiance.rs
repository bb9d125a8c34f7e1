//! What a trusted profile decides at the end of a dry run: the import is written without waiting for anybody when all of its thresholds
//! hold, and waits otherwise, with the one that does not.

use serde_json::json;

use super::etats::Etape;
use super::genre::Genre;
use super::model::{Import, titre};
use super::profils::{self, Garde};
use super::queries;
use super::travail::{Travail, actor};
use crate::journal::{self, Action};
use crate::platform::db::Write;
use crate::platform::error::Result;
use crate::platform::jobs::{Requester, enqueue};
use crate::ui::format;

/// What keeps the thresholds of a profile from holding; nothing when all do.
fn empeche(profil: &Garde, genre: &Genre, import: &Import) -> Option<String> {
    let lines = import.lues;
    if profil.collectivite_id != import.collectivite_id {
        return Some("pour une autre collectivité que celle de l’import".into());
    }
    let part = |count: i64, most: Option<i32>, words: &str| {
        let most = i64::from(most?);
        // In whole numbers: no line more than its share.
        (count * 100 > most * lines)
            .then(|| format!("{} lignes {words} sur {}, {most}\u{a0}% au plus", format::integer(count), format::integer(lines)))
    };
    if !profil.contenu.suivi(genre, import, false) {
        return Some("la lecture a été corrigée".into());
    }
    if import.retirables > 0 {
        return Some(format!("{} fiches manquent à ce fichier complet", format::integer(import.retirables)));
    }
    part(import.refusees, profil.refus_max, "refusées")
        .or_else(|| part(import.changees, profil.changements_max, "changent une fiche"))
        .or_else(|| {
            profil
                .lignes_min
                .filter(|least| lines < *least)
                .map(|least| format!("{} lignes, {} au moins", format::integer(lines), format::integer(least)))
        })
        .or_else(|| {
            profil.lignes_max.filter(|most| lines > *most).map(|most| format!("{} lignes, {} au plus", format::integer(lines), format::integer(most)))
        })
        .or_else(|| (import.a_ecrire() == 0).then(|| "il n’y a rien à écrire".into()))
}

/// Lets the import that was just checked be written, when its profile is trusted and all thresholds hold; in the transaction that
/// ends the dry run.
///
/// # Errors
/// PostgreSQL failed.
pub async fn decide(write: &mut Write, import: &Import, genre: &Genre, job: i64) -> Result<()> {
    let Some(id) = import.profil_id.filter(|_| genre.par_une_personne().is_none()) else { return Ok(()) };
    let Some(profil) = profils::de_confiance(&mut write.tx, id).await? else { return Ok(()) };
    let Some(row) = queries::row(&mut write.tx, import.id).await? else { return Ok(()) };
    let why = match empeche(&profil, genre, &row) {
        None if queries::ecrit_un_autre(&mut write.tx, import.id).await? => Some("un autre import de ce genre s’écrit".into()),
        why => why,
    };
    let said = match &why {
        None => format!("Confirmé par le profil «\u{a0}{}\u{a0}», au nom de {}.", profil.nom, row.demandeur),
        Some(why) => format!("Le profil «\u{a0}{}\u{a0}» est de confiance, mais {why}\u{a0}: l’import attend quelqu’un.", profil.nom),
    };
    queries::confiance(&mut write.tx, import.id, &said).await?;
    if why.is_some() || !queries::begin_writing(&mut write.tx, import.id).await? {
        return Ok(());
    }
    let travail = Travail { import: row.id, etape: Etape::Ecriture, titre: format!("Écriture, {}", titre(&row, genre)) };
    let requester = Requester { user_id: Some(row.demandeur_id), collectivite_id: row.collectivite_id };
    let next = enqueue(write, &travail, requester).await?;
    queries::attach(&mut write.tx, row.id, next).await?;
    let told = json!({"import": row.nom, "liste": genre.record.list.name, "confirmation": format!("par le profil «\u{a0}{}\u{a0}»", profil.nom)});
    Ok(journal::note(&mut write.tx, &actor(&row, Etape::Ecriture, job), Action::Change, "import", &row.id.to_string(), &told).await?)
}
