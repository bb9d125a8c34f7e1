//! Where an import stands, as a program reads it.

use serde_json::{Value, json};

use super::acces::seen;
use super::model::Import;
use crate::comptes::Personne;
use crate::context::Context;
use crate::platform::error::Result;

/// An import as a program follows it.
///
/// # Errors
/// It is not theirs, or PostgreSQL failed.
pub async fn suivi(context: &Context, personne: &Personne, id: i64) -> Result<(Value, Import)> {
    let (import, _, part) = seen(context, personne, id).await?;
    let state = import.state().to_string();
    let told = json!({
        "id": import.id, "genre": import.genre, "nom": import.nom, "octets": import.octets, "sha256": import.sha256, "etat": state,
        "en_cours": import.is_moving(), "revision": import.revision, "a_ecrire": import.a_ecrire(), "lues": import.lues,
        "nouvelles": import.nouvelles, "changees": import.changees, "identiques": import.identiques, "refusees": import.refusees,
        "avertissements": import.avertissements, "creees": import.creees, "modifiees": import.modifiees, "depassees": import.depassees,
        "defaites": import.defaites, "gardees": import.gardees, "erreur": import.erreur.as_ref().or(import.job_error.as_ref()),
        "peut": {
            "confirmer": part.agit && state == "a_confirmer" && import.a_ecrire() > 0,
            "annuler": part.reprend && import.can_undo(),
            "abandonner": part.reprend && import.can_drop(),
        },
    });
    Ok((told, import))
}
