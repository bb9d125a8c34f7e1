//! The lines that were not written, as a file of the same shape with what is wrong: corrected, it loads again.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::Stream;
use futures::stream;
use sqlx::types::Json;

use super::deplie::DEPLIEE;
use super::model::{A_PART, Import};
use crate::exports::csv_protected;
use crate::platform::db::Db;

/// Lines read at once, at first and at most, and the bytes of their cells that are aimed at.
const PREMIERE: i64 = 16;
const PAGE: i64 = 2_000;
const PAGE_OCTETS: usize = 4 * 1024 * 1024;
/// What is added to the columns of the file.
const AJOUTEES: [&str; 5] = ["_ligne", "_code", "_colonne", "_motif", ORIGINE];
/// The column that says of which import a line was refused: it is read again as that one was.
pub const ORIGINE: &str = "_import";

/// A line with what is said of it; of one that shares its row with others, the cells of the first too.
type Refusee = (i64, i64, Option<Json<Vec<String>>>, Option<Json<Vec<String>>>, String, String, String);

/// The cells of a line: those of its row, where it has none of its own.
fn cellules(own: Option<Json<Vec<String>>>, row: Option<Json<Vec<String>>>, unfolded: impl Fn(usize) -> bool) -> Vec<String> {
    let mut own = own.map(|cells| cells.0).unwrap_or_default();
    for (place, cell) in row.map(|cells| cells.0).unwrap_or_default().into_iter().enumerate() {
        if let Some(mine) = own.get_mut(place).filter(|mine| mine.is_empty() && !unfolded(place)) {
            *mine = cell;
        }
    }
    own
}

/// A cell as a CSV holds it.
fn cellule(text: &str) -> String {
    let plain = !text.contains([';', '"', '\n', '\r']) && text.trim() == text;
    if plain { text.to_string() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

fn rangee(cells: impl Iterator<Item = String>) -> String {
    let mut row = cells.map(|cell| cellule(&cell)).collect::<Vec<_>>().join(";");
    row.push_str("\r\n");
    row
}

/// The columns of the file that are its own, by their places; then those of what stands beside its table, which have no name.
pub fn siennes(import: &Import, large: usize) -> Vec<usize> {
    let names = &import.examen.lecture.colonnes;
    (0..names.len().max(large)).filter(|place| names.get(*place).is_none_or(|name| !name.starts_with(A_PART))).collect()
}

/// Cells of the widest refused line. What unfolding adds to a line is no cell of the file.
async fn largeur(db: &Db, id: i64, deplie: bool) -> Result<usize, sqlx::Error> {
    if deplie {
        return Ok(0);
    }
    let large: Option<i32> = sqlx::query_scalar(
        "SELECT max(jsonb_array_length(l.brut)) FROM import_ligne l WHERE l.import_id = $1 AND (l.verdict = 'refusee' OR l.etat = 'depassee')",
    )
    .bind(id)
    .fetch_one(db.statement())
    .await?;
    Ok(large.and_then(|large| usize::try_from(large).ok()).unwrap_or(0))
}

async fn page(db: &Db, id: i64, after: i64, most: i64) -> Result<Vec<Refusee>, sqlx::Error> {
    // A page of lines first, then what is said of each: PostgreSQL has no statistics yet of an import that was just checked, and would look
    // through all its anomalies for each line of it.
    sqlx::query_as(
        "SELECT l.rang, l.ligne, l.brut, (SELECT b.brut FROM import_ligne b WHERE b.import_id = $1 AND b.rang = l.tete), x.codes, x.colonnes, x.motifs
         FROM (SELECT rang, ligne, brut, tete FROM import_ligne
               WHERE import_id = $1 AND rang > $2 AND (verdict = 'refusee' OR etat = 'depassee' AND verdict <> 'absente') ORDER BY rang LIMIT $3) l
         CROSS JOIN LATERAL (
             SELECT coalesce(string_agg(DISTINCT code, ', '), '') AS codes, coalesce(string_agg(DISTINCT nullif(colonne, ''), ', '), '') AS colonnes,
                 coalesce(string_agg(message, ' ' ORDER BY id), '') AS motifs
             FROM import_anomalie WHERE import_id = $1 AND rang = l.rang AND gravite = 'refus') x
         ORDER BY l.rang",
    )
    .bind(id)
    .bind(after)
    .bind(most)
    .fetch_all(db.statement())
    .await
}

/// The file, page by page.
pub fn fichier(db: Db, import: &Import) -> impl Stream<Item = Result<Vec<u8>, sqlx::Error>> + Send + 'static + use<> {
    let import = Arc::new(import.clone());
    let start = (VecDeque::new(), -1_i64, false, PREMIERE, None::<Vec<usize>>);
    let unfolded: Vec<bool> = import.correspondance.colonnes.iter().map(|champ| champ == DEPLIEE).collect();
    stream::try_unfold(start, move |(mut ready, mut after, mut done, mut most, known)| {
        let (db, import, unfolded) = (db.clone(), Arc::clone(&import), unfolded.clone());
        async move {
            let id = import.id;
            let begins = known.is_none();
            let places = match known {
                Some(places) => places,
                None => siennes(&import, largeur(&db, id, import.correspondance.deplie.is_some()).await?),
            };
            if begins {
                let name = |place: &usize| import.examen.lecture.colonnes.get(*place).map(|name| csv_protected(name).to_string()).unwrap_or_default();
                // Spreadsheets know UTF-8 by its mark.
                let names = places.iter().map(name).chain(AJOUTEES.iter().map(ToString::to_string));
                ready.push_back(format!("\u{feff}{}", rangee(names)));
            }
            while ready.is_empty() && !done {
                let found = page(&db, id, after, most).await?;
                done = found.is_empty();
                let mut text = String::new();
                let count = found.len();
                for (rang, ligne, brut, row, code, colonne, motif) in found {
                    after = rang;
                    let cells = cellules(brut, row, |place| unfolded.get(place).copied().unwrap_or(false));
                    let own = places.iter().map(|place| cells.get(*place).map(|cell| csv_protected(cell)).unwrap_or_default()).collect::<Vec<_>>();
                    text.push_str(&rangee(own.into_iter().chain([ligne.to_string(), code, colonne, motif, id.to_string()])));
                }
                // Lines are as long as those before them, or nearly.
                let each = (text.len() / count.max(1)).max(1);
                most = i64::try_from(PAGE_OCTETS / each).unwrap_or(PAGE).clamp(1, PAGE.min(most * 16));
                ready.push_back(text);
            }
            Ok(ready.pop_front().map(|text| (text.into_bytes(), (ready, after, done, most, Some(places)))))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_read_back_as_it_was() {
        assert_eq!(rangee(["a;b", "c\"d", " e", "f"].into_iter().map(String::from)), "\"a;b\";\"c\"\"d\";\" e\";f\r\n");
    }
}
