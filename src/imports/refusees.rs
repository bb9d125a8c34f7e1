//! The lines that were not written, as a file of the same shape with what is wrong: corrected, it loads again.

use std::collections::VecDeque;

use futures::Stream;
use futures::stream;
use sqlx::types::Json;

use super::model::{A_PART, Import};
use crate::exports::csv_protected;
use crate::platform::db::Db;

/// Lines read at once.
const PAGE: i64 = 2_000;
/// What is added to the columns of the file.
const AJOUTEES: [&str; 4] = ["_ligne", "_code", "_colonne", "_motif"];

/// A line with what is said of it.
type Refusee = (i64, i64, Option<Json<Vec<String>>>, String, String, String);

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

/// The columns of the file that are its own, by their places.
fn siennes(import: &Import) -> Vec<usize> {
    let all = import.examen.lecture.colonnes.iter().enumerate();
    all.filter(|(_, name)| !name.starts_with(A_PART)).map(|(place, _)| place).collect()
}

async fn page(db: &Db, id: i64, after: i64) -> Result<Vec<Refusee>, sqlx::Error> {
    sqlx::query_as(
        "SELECT l.rang, l.ligne, l.brut, coalesce(string_agg(DISTINCT x.code, ', ' ), ''), coalesce(string_agg(DISTINCT nullif(x.colonne, ''), ', '), ''),
             coalesce(string_agg(x.message, ' ' ORDER BY x.id), '')
         FROM import_ligne l LEFT JOIN import_anomalie x ON x.import_id = l.import_id AND x.rang = l.rang AND x.gravite = 'refus'
         WHERE l.import_id = $1 AND l.rang > $2 AND (l.verdict = 'refusee' OR l.etat = 'depassee' AND l.verdict <> 'absente')
         GROUP BY l.rang, l.ligne, l.brut ORDER BY l.rang LIMIT $3",
    )
    .bind(id)
    .bind(after)
    .bind(PAGE)
    .fetch_all(db.statement())
    .await
}

/// The file, page by page.
pub fn fichier(db: Db, import: &Import) -> impl Stream<Item = Result<Vec<u8>, sqlx::Error>> + Send + 'static + use<> {
    let (id, places) = (import.id, siennes(import));
    let columns = &import.examen.lecture.colonnes;
    let names = places.iter().map(|place| columns[*place].clone()).chain(AJOUTEES.iter().map(ToString::to_string));
    // Spreadsheets know UTF-8 by its mark.
    let head = format!("\u{feff}{}", rangee(names));
    let start = (VecDeque::from([head]), -1_i64, false);
    stream::try_unfold(start, move |(mut ready, mut after, mut done)| {
        let (db, places) = (db.clone(), places.clone());
        async move {
            while ready.is_empty() && !done {
                let found = page(&db, id, after).await?;
                done = found.is_empty();
                let mut text = String::new();
                for (rang, ligne, brut, code, colonne, motif) in found {
                    after = rang;
                    let cells = brut.map(|brut| brut.0).unwrap_or_default();
                    let own = places.iter().map(|place| cells.get(*place).map(|cell| csv_protected(cell)).unwrap_or_default()).collect::<Vec<_>>();
                    text.push_str(&rangee(own.into_iter().chain([ligne.to_string(), code, colonne, motif])));
                }
                ready.push_back(text);
            }
            Ok(ready.pop_front().map(|text| (text.into_bytes(), (ready, after, done))))
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
