//! An import that goes on by itself: what a program sent, or left in a watched folder.

use super::acces::lance;
use super::etats::{Etape, VERIFIE};
use super::genre::Genre;
use super::model::Import;
use super::{queries, questions};
use crate::context::Context;
use crate::platform::error::Result;

/// Has the lines of an import checked, of which nobody has looked at the reading: only when nothing is left for a person to say. Gives
/// what is. It is here that an import goes on without a person.
///
/// # Errors
/// PostgreSQL failed.
pub async fn verifie(context: &Context, import: &Import, genre: &'static Genre) -> Result<Option<String>> {
    if let Some(doute) = questions::doute(genre, &import.examen, &import.correspondance) {
        return Ok(Some(doute));
    }
    if let Some(doute) = import.examen.doutes.first() {
        return Ok(Some(doute.message.clone()));
    }
    let missing = import.correspondance.manquants(genre);
    if !missing.is_empty() {
        return Ok(Some(format!("Rien dans le fichier ne donne\u{a0}: {}. Contrôlez sa lecture.", missing.join(", "))));
    }
    let mut write = context.db.write().await?;
    if queries::pass(&mut write.tx, import.id, &VERIFIE, None).await? {
        lance(&mut write, (import, genre), Etape::Verification, import.demandeur_id).await?;
    }
    write.commit().await?;
    Ok(None)
}
