//! Files of a list of every kind, over a collectivité: each format says what the base holds, and is read back by the control.

use std::collections::BTreeMap;

use gardel::listing::Format;
use rocket::http::Status;
use serde_json::value::RawValue;

use super::{GARDEL, LIVRAISONS, MONTAGNE, OF_GARDEL, salle, texts, works_at};
use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::{App, Browser};

/// What a cell of each column is in a file for machines: SQL over a row, NULL when it is empty.
fn plain(name: &str) -> String {
    match name {
        "brix" => "trim(to_char(brix / 100.0, '999999990.00'))".into(),
        "tonnage" => "trim(to_char(tonnage / 1000.0, '999999999990.000'))".into(),
        "montant" => "trim(to_char(montant / 100.0, '999999990.00'))".into(),
        "pesee" => "to_char(pesee_le AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')".into(),
        "avancement" => "faites || '/' || total".into(),
        other => format!("{other}::text"),
    }
}

/// The same in a French CSV, where it is written otherwise.
fn french(name: &str) -> String {
    match name {
        "brix" | "tonnage" | "montant" => format!("replace({}, '.', ',')", plain(name)),
        "jour" | "campagne" => format!("to_char({name}, 'DD/MM/YYYY')"),
        "pesee" => "to_char(pesee_le AT TIME ZONE 'America/Guadeloupe', 'DD/MM/YYYY HH24:MI:SS')".into(),
        "bio" => "CASE bio WHEN true THEN 'oui' WHEN false THEN 'non' END".into(),
        "etat" => "CASE etat WHEN 'pesee' THEN 'Pesée' WHEN 'refusee' THEN 'Écartée' WHEN 'payee' THEN 'Payée' END".into(),
        other => plain(other),
    }
}

/// Every column of the rows of Gardel, in the order of the list.
async fn expected(app: &App, cell: fn(&str) -> String) -> Vec<Vec<Option<String>>> {
    let cells: Vec<String> = LIVRAISONS.columns.iter().map(|column| format!("({})", cell(column.name))).collect();
    let sql =
        format!("SELECT ARRAY[{}]::text[] FROM essai_livraison WHERE {OF_GARDEL} ORDER BY jour DESC, essai_livraison.id DESC", cells.join(", "));
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(app.pool()).await.expect("rows")
}

fn all_columns() -> String {
    format!("colonnes={}", LIVRAISONS.columns.iter().map(|column| column.name).collect::<Vec<_>>().join("."))
}

async fn file(app: &App, browser: &Browser<'_>, format: Format, question: &str) -> (String, Vec<u8>) {
    let export = browser.export("livraisons", question, format.code()).await;
    app.run_jobs().await;
    (export.clone(), browser.get(&format!("{export}/fichier")).await.ok().body)
}

/// The rows of a CSV, read by a library that is not ours; what stands between `="` and `"` is a text.
fn csv(bytes: &[u8], delimiter: u8) -> (Vec<String>, Vec<Vec<String>>) {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).has_headers(true).from_reader(bytes);
    let own = |cell: &str| {
        let text = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(cell);
        // What a spreadsheet would compute has an apostrophe before it.
        text.replace(",' =1+1", ", =1+1")
    };
    let header = reader.headers().expect("a header").iter().map(ToString::to_string).collect();
    (header, reader.records().map(|row| row.expect("a row").iter().map(own).collect()).collect())
}

#[rocket::async_test]
async fn every_format_holds_every_kind() {
    let app = salle().await;
    let browser = works_at(&app, &[GARDEL]).await;
    for (format, delimiter, cell) in [(Format::CsvFr, b';', french as fn(&str) -> String), (Format::CsvRfc4180, b',', plain)] {
        let (_, bytes) = file(&app, &browser, format, &all_columns()).await;
        let (header, rows) = csv(&bytes, delimiter);
        assert!(
            ["Richesse (°Brix)", "Tonnage (t)", "Attente (min)", "Montant"].iter().all(|one| header.iter().any(|known| known == one)),
            "{header:?}"
        );
        let wanted = expected(&app, cell).await;
        assert_eq!(rows.len(), wanted.len());
        for (row, wanted) in rows.iter().zip(&wanted) {
            let wanted: Vec<String> = wanted.iter().map(|cell| cell.clone().unwrap_or_default()).collect();
            assert_eq!(*row, wanted, "{format:?}");
        }
    }
    let (_, bytes) = file(&app, &browser, Format::JsonLines, &all_columns()).await;
    let wanted = expected(&app, plain).await;
    let text = String::from_utf8(bytes).expect("UTF-8");
    assert_eq!(text.lines().count(), wanted.len());
    for (line, wanted) in text.lines().zip(&wanted) {
        let row: BTreeMap<String, &RawValue> = serde_json::from_str(line).expect("an object");
        for (column, wanted) in LIVRAISONS.columns.iter().zip(wanted) {
            let (raw, number) = (row[column.name].get(), column.kind.number().is_some() || column.name == "bio");
            let expected = match wanted {
                None => "null".to_string(),
                // A number is written with all its figures, outside of quotes.
                Some(text) if number => text.clone(),
                Some(text) => serde_json::to_string(text).expect("a text"),
            };
            assert_eq!(raw, expected, "{}", column.name);
        }
    }
    // Line ends of a long text are kept, and what a spreadsheet would compute is a text.
    assert!(text.contains("Ligne 1 de 1\\nligne 2; \\\"cannes\\\", =1+1"));
}

/// Another library finds typed cells, with the sums below them; our reader finds every value, in every format.
#[rocket::async_test]
async fn workbooks_are_typed_and_every_file_is_read_back() {
    let app = salle().await;
    let browser = works_at(&app, &[GARDEL]).await;
    for format in Format::ALL {
        let (export, bytes) = file(&app, &browser, format, &format!("{}&brix_min=10,5&campagne=renseigne", all_columns())).await;
        let manifest = crate::formats::manifest(&browser, &export).await;
        let sql = format!("FROM essai_livraison WHERE {OF_GARDEL} AND brix >= 1050 AND campagne IS NOT NULL");
        let sum = async |of: &str| texts(&app, &format!("SELECT {of} {sql}")).await.concat();
        assert_eq!(manifest["lignes_ecrites"].to_string(), sum("count(*)::text").await, "{format:?}");
        for (column, of) in [
            ("tonnage", "trim(to_char(sum(tonnage) / 1000.0, '999999999990.000'))"),
            ("camions", "sum(camions)::text"),
            ("montant", "trim(to_char(sum(montant) / 100.0, '999999999990.00'))"),
            ("duree", "sum(duree)::text"),
        ] {
            assert_eq!(manifest["totaux"][column].as_str(), Some(sum(of).await.as_str()), "{format:?} {column}");
        }
        if format == Format::Xlsx {
            let sheet = crate::formats::part(&bytes, "xl/worksheets/sheet1.xml");
            let row =
                texts(&app, &format!("SELECT trim(to_char(brix / 100.0, '999990.00')) {sql} ORDER BY jour DESC, essai_livraison.id DESC LIMIT 1"))
                    .await
                    .concat();
            assert!(sheet.contains(&format!("<v>{row}</v>")), "a number to its last decimal, never through a float: {row}");
            let styles = crate::formats::part(&bytes, "xl/styles.xml");
            assert!(styles.contains("#,##0.00\\ \\°\\B\\r\\i\\x") && styles.contains("mmmm\\ yyyy"), "{styles}");
        }
        if format == Format::Ods {
            let content = crate::formats::part(&bytes, "content.xml");
            assert!(content.contains("°Brix</text:p>") && content.contains("<text:p>mars 2026</text:p>"), "shown with its unit");
        }
    }
    assert_eq!(browser.post("/exports/controle", &[]).await.status, Status::Forbidden, "the control is the operator's");
    app.exploitant().await.post("/exports/controle", &[]).await;
    app.run_jobs().await;
    let controlled =
        texts(&app, "SELECT format || ' ' || coalesce(controle_ecart, 'conforme') FROM export WHERE controle_le IS NOT NULL ORDER BY 1").await;
    let mut wanted: Vec<String> = Format::ALL.iter().map(|format| format!("{} conforme", format.code())).collect();
    wanted.sort();
    assert_eq!(controlled, wanted);
}

/// A file is of the place of its rows: whoever has no right there has no file of theirs, nor sees one of somebody else's.
#[rocket::async_test]
async fn files_stay_in_their_place() {
    let app = salle().await;
    let (gardel, montagne, commune) = (works_at(&app, &[GARDEL]).await, works_at(&app, &[MONTAGNE]).await, works_at(&app, &[LE_GOSIER]).await);
    let (export, _) = file(&app, &gardel, Format::CsvRfc4180, "").await;
    for other in [&montagne, &commune] {
        assert_eq!(other.get(&export).await.status, Status::NotFound);
        assert_eq!(other.get(&format!("{export}/fichier")).await.status, Status::NotFound);
        let (_, bytes) = file(&app, other, Format::CsvRfc4180, "").await;
        assert!(!String::from_utf8_lossy(&bytes).contains("L0001"));
    }
    let place = "SELECT c.siren FROM export e JOIN collectivite c ON c.id = e.collectivite_id ORDER BY e.id LIMIT 1";
    assert_eq!(texts(&app, place).await, [GARDEL], "it belongs to the mill");
    let lines = "SELECT DISTINCT c.siren FROM journal j JOIN collectivite c ON c.id = j.collectivite_id WHERE j.objet = 'export' AND j.objet_id = (SELECT min(id)::text FROM export)";
    assert_eq!(texts(&app, lines).await, [GARDEL], "as the lines of the journal that tell of it");
    // Rights that end close the file.
    app.run_sql(&format!("DELETE FROM utilisateur_collectivite WHERE utilisateur_id = {}", gardel.user_id)).await;
    app.run_sql(&format!("INSERT INTO utilisateur_collectivite SELECT {}, id FROM collectivite WHERE siren = '{RIVIERA}'", gardel.user_id)).await;
    assert_ne!(gardel.get(&format!("{export}/fichier")).await.status, Status::Ok);
}
