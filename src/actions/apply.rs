//! The work of an action: rows put aside, changed lot by lot, put back. The same steps serve the
//! request, all in one transaction, and the job, one transaction per lot.

use serde_json::json;

use super::etats::Way;
use super::model::{BulkAction, LOT_ROWS, Row};
use super::queries;
use crate::context::Context;
use crate::journal::{self, Action, Actor};
use crate::listing::{Query, Reader};
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};

/// Puts the rows of an action aside; `ticked` holds their keys, unless they are all those of the question.
pub async fn stage(context: &Context, write: &mut Write, row: &Row, action: &BulkAction, reader: &Reader, ticked: Option<&[i64]>) -> Result<i64> {
    let query = Query::parse_stored(action.champ.list, &row.requete, row.jour)?;
    let keys = queries::keys(&context.db, &context.choices, &query, reader, ticked).await?;
    queries::stage(&mut write.tx, row.id, action, keys, reader, (&row.instantane, ticked.is_none())).await
}

/// Changes the lot that begins at rank `from` of `total`; gives the rank after it.
pub async fn lot(write: &mut Write, row: &Row, action: &BulkAction, reader: &Reader, (from, total): (i64, i64), way: Way) -> Result<i64> {
    let to = from.saturating_add(LOT_ROWS).min(total);
    let (changed, communes) = queries::write_lot(&mut write.tx, row, action, reader, (from, to), way).await?;
    if !queries::advance(&mut write.tx, row.id, way, to, changed).await? {
        return Err(elsewhere());
    }
    communes.iter().for_each(|commune| write.touch(action.champ.domain, commune));
    Ok(to)
}

fn elsewhere() -> Error {
    Error::Conflict("Cette action a changé d’état entre-temps. Rouvrez sa page.".into())
}

/// Ends an action, or its undoing, and tells the journal with its counts.
pub async fn close(write: &mut Write, id: i64, action: &BulkAction, actor: &Actor, way: Way) -> Result<Row> {
    if !queries::finish(&mut write.tx, id, way).await? {
        return Err(elsewhere());
    }
    let row = queries::row(&mut write.tx, id).await?.ok_or_else(|| Error::Internal(format!("action {id} is gone")))?;
    note(write, &row, action, actor, way).await?;
    Ok(row)
}

/// One line: what was done to how many rows. The rows themselves are in `action_ligne`.
pub async fn note(write: &mut Write, row: &Row, action: &BulkAction, actor: &Actor, way: Way) -> Result<()> {
    let mut detail = match way {
        Way::Forth => json!({
            "action": row.libelle, "liste": row.liste, "filtres": row.filtres, "etat": row.etat, "champ": action.champ.column, "valeur": action.value,
            "confirmees": row.confirmees, "modifiees": row.modifiees, "deja": row.deja, "refusees": row.refusees,
            "modifiees_entre_temps": row.moved() + row.overtaken(), "arrivees_depuis": row.arrived(),
        }),
        Way::Back => json!({
            "action": format!("Annulation : {}", row.libelle), "liste": row.liste, "etat": row.etat, "champ": action.champ.column,
            "retablies": row.restaurees, "laissees": row.kept(),
        }),
    };
    if let (Way::Forth, Some(motif)) = (way, row.motif()) {
        detail["motif"] = json!(motif.in_words());
    }
    Ok(journal::note_at(&mut write.tx, actor, Action::Change, ("action", &row.id.to_string()), &detail, &row.communes).await?)
}

/// Who acts when a job works in somebody's name.
pub fn actor_of(id: i64, name: &str, collectivite_id: Option<i32>, job: i64) -> Actor {
    Actor { id: Some(id), name: name.into(), collectivite_id, ip: None, request: format!("travail {job}") }
}
