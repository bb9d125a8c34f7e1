//! What lies beside a file that was put aside: what became of it, in words; and its refused lines, to be corrected.

use bytes::Bytes;
use futures::TryStreamExt;

use super::queries::Fichier;
use crate::context::Context;
use crate::imports::genre::Genre;
use crate::imports::model::Import;
use crate::imports::{queries, refusees};
use crate::platform::jobs::JobError;
use crate::ui::format;

/// Things said of lines that a report has at most: the list has them all.
const DITES_MAX: i64 = 500;
/// Bytes of refused lines that are put beside a file at most: the page of the import has them all.
const REFUSEES_MAX: usize = 32 * 1024 * 1024;

/// The report of a file.
///
/// # Errors
/// PostgreSQL failed.
pub async fn texte(context: &Context, fichier: &Fichier, import: Option<(&Import, &Genre)>) -> Result<Bytes, JobError> {
    let mut text = format!("Fichier\u{a0}: {}\r\n", fichier.nom.replace(char::is_control, "\u{fffd}"));
    let said = fichier.motif.as_deref().unwrap_or_default();
    let verdict = if fichier.etat == "refuse" { "refusé" } else { "traité" };
    let mut line = |words: String| {
        text.push_str(&words);
        text.push_str("\r\n");
    };
    line(format!("Résultat\u{a0}: {verdict}. {said}").trim_end().to_string());
    if let Some((import, genre)) = import {
        let place = context.config.adresse_publique.as_deref().unwrap_or_default();
        line(format!("Import n°\u{a0}{}\u{a0}: {place}/imports/{}", import.id, import.id));
        line(format!("Contenu\u{a0}: {}", genre.titre()));
        line(format!("Empreinte\u{a0}: {}", import.sha256));
        for (words, count) in [
            ("Lignes lues", import.lues),
            ("Fiches créées", import.creees),
            ("Fiches modifiées", import.modifiees),
            ("Lignes sans changement", import.identiques),
            ("Lignes refusées", import.refusees),
            ("Lignes laissées, la fiche ayant changé ou étant déjà là depuis la vérification", import.depassees),
            ("Lignes mises de côté, qu’une personne décide d’écrire", import.mises_de_cote),
        ] {
            line(format!("{words}\u{a0}: {}", format::integer(count)));
        }
        let all = queries::dites(&context.db, import.id, DITES_MAX).await?;
        if !all.is_empty() {
            line(String::new());
            line("Refus et avertissements\u{a0}:".into());
        }
        for dite in &all {
            let column = if dite.colonne.is_empty() { String::new() } else { format!(", {}", dite.colonne) };
            line(format!("- ligne {}{column}\u{a0}: {} [{}]", dite.ligne, dite.message, dite.code));
        }
    }
    // Editors of Windows know UTF-8 by its mark.
    Ok(Bytes::from(format!("\u{feff}{text}")))
}

/// The refused lines of an import; nothing when there are none, or too many to lie beside the file.
///
/// # Errors
/// PostgreSQL failed.
pub async fn lignes(context: &Context, import: &Import) -> Result<Option<Bytes>, JobError> {
    if import.refusees + import.depassees == 0 {
        return Ok(None);
    }
    let mut pages = std::pin::pin!(refusees::fichier(context.db.clone(), import));
    let mut all = Vec::new();
    while let Some(page) = pages.try_next().await? {
        if all.len() + page.len() > REFUSEES_MAX {
            return Ok(None);
        }
        all.extend(page);
    }
    Ok(Some(Bytes::from(all)))
}
