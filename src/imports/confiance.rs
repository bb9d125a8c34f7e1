//! What a trusted profile decides at the end of a dry run: the import is written without waiting for anybody when all of its thresholds
//! hold, and waits otherwise, with the one that does not.

use serde_json::json;
use sqlx::PgConnection;

use super::etats::Etape;
use super::genre::Genre;
use super::model::{CONFIRME, Import, titre};
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
    if import.sans_confiance {
        return Some("il a été demandé de vérifier sans écrire".into());
    }
    if profil.collectivite_id != import.collectivite_id {
        return Some("pour une autre collectivité que celle de l’import".into());
    }
    let part = |count: i64, most: Option<i32>, (one, several): (&str, &str)| {
        let most = i64::from(most?);
        // In whole numbers: no line more than its share.
        (count * 100 > most * lines).then(|| {
            format!(
                "{} {} sur {}, {most}\u{a0}% au plus",
                format::counted(count, "ligne", "lignes"),
                if count < 2 { one } else { several },
                format::integer(lines)
            )
        })
    };
    if !profil.contenu.suivi(genre, import, false) {
        return Some("la lecture a été corrigée".into());
    }
    if import.retirables > 0 {
        return Some(format!("{} à ce fichier complet", format::counted(import.retirables, "fiche manque", "fiches manquent")));
    }
    if import.mises_de_cote > 0 {
        return Some(format!("{} à décider", format::counted(import.mises_de_cote, "ligne mise de côté est", "lignes mises de côté sont")));
    }
    part(import.refusees, profil.refus_max, ("refusée", "refusées"))
        .or_else(|| part(import.changees, profil.changements_max, ("change une fiche", "changent une fiche")))
        .or_else(|| {
            profil
                .lignes_min
                .filter(|least| lines < *least)
                .map(|least| format!("{}, {} au moins", format::counted(lines, "ligne", "lignes"), format::integer(least)))
        })
        .or_else(|| {
            profil
                .lignes_max
                .filter(|most| lines > *most)
                .map(|most| format!("{}, {} au plus", format::counted(lines, "ligne", "lignes"), format::integer(most)))
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
        // Lines were left out, or somebody wanted to see what changed: a replay is looked at.
        _ if row.origine_id.is_some() => Some("un rejeu se relit toujours".into()),
        None if ecrit_un_autre(&mut write.tx, import.id).await? => Some("un autre import de ce genre s’écrit".into()),
        why => why,
    };
    let said = match &why {
        None => format!("{CONFIRME} le profil «\u{a0}{}\u{a0}», au nom de {}.", profil.nom, row.demandeur),
        Some(why) => format!("Le profil «\u{a0}{}\u{a0}» est de confiance, mais {why}\u{a0}: l’import attend quelqu’un.", profil.nom),
    };
    garde(&mut write.tx, import.id, &said).await?;
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

/// Sets the trust in the profile of an import aside, or not.
///
/// # Errors
/// PostgreSQL failed.
pub async fn sans_confiance(connection: &mut PgConnection, id: i64, aside: bool) -> std::result::Result<(), sqlx::Error> {
    sqlx::query("UPDATE import SET sans_confiance = $2 WHERE id = $1").bind(id).bind(aside).execute(connection).await?;
    Ok(())
}

/// Whether another import of the same kind and place writes, or is taken back.
async fn ecrit_un_autre(connection: &mut PgConnection, id: i64) -> std::result::Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM import a JOIN import b ON b.genre = a.genre AND b.collectivite_id IS NOT DISTINCT FROM a.collectivite_id AND b.id <> a.id
         WHERE a.id = $1 AND b.etat IN ('ecriture', 'annulation'))",
    )
    .bind(id)
    .fetch_one(connection)
    .await
}

/// Keeps what a trusted profile decided.
async fn garde(connection: &mut PgConnection, id: i64, said: &str) -> std::result::Result<(), sqlx::Error> {
    sqlx::query("UPDATE import SET confiance = $2 WHERE id = $1").bind(id).bind(said).execute(connection).await?;
    Ok(())
}
