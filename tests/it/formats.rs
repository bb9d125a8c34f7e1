//! Every format of export from the button to the bytes, and the control that reads the files back.

use std::io::{Cursor, Read};

use calamine::{DataType as _, Reader as _};
use gardel::listing::Format;
use rocket::http::Status;
use serde_json::Value;

use crate::exports::{many_rows, sha256};
use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::{App, Browser};

const QUESTION: &str = "statut=valide&tri=-debut&colonnes=reference.debut.montant.commune.statut";

pub async fn manifest(browser: &Browser<'_>, export: &str) -> Value {
    serde_json::from_slice(&browser.get(&format!("{export}/manifeste")).await.ok().body).expect("JSON")
}

/// The rows of the first sheet but its header, as texts.
fn sheet_rows(format: Format, bytes: Vec<u8>) -> Vec<Vec<String>> {
    let range = match format {
        Format::Xlsx => calamine::Xlsx::new(Cursor::new(bytes)).expect("a workbook").worksheet_range("Séjours").expect("a sheet"),
        _ => calamine::Ods::new(Cursor::new(bytes)).expect("a document").worksheet_range("Séjours").expect("a sheet"),
    };
    range
        .rows()
        .skip(1)
        .map(|row| {
            row.iter()
                .map(|cell| match cell.as_date() {
                    Some(day) if cell.is_datetime() || cell.is_datetime_iso() => day.to_string(),
                    // An amount of an ODS comes with its currency.
                    _ => cell.to_string().trim_end_matches(" EUR").to_string(),
                })
                .collect()
        })
        .collect()
}

#[rocket::async_test]
async fn every_format_holds_what_the_list_shows() {
    let app = App::new().await;
    let browser = app.administrateur(RIVIERA).await;
    // Independent of our own code: PostgreSQL writes the same rows.
    let expected: Vec<(String, String, i64, String, String)> = sqlx::query_as(
        "SELECT s.reference, s.date_debut::text, s.montant::bigint, c.nom, s.statut FROM sejour s JOIN commune c USING (code_insee)
         WHERE statut = 'valide' AND code_insee IN ('97113','97125','97128','97110') ORDER BY s.date_debut DESC, s.id DESC",
    )
    .fetch_all(app.pool())
    .await
    .expect("rows");
    assert!(expected.len() > 20);
    for format in Format::ALL {
        let export = browser.export("sejours", QUESTION, format.code()).await;
        app.run_jobs().await;
        let page = browser.get(&export).await.ok();
        assert!(page.text().contains(format.label()) && page.text().contains("comptées à part"), "{format:?}");
        let file = browser.get(&format!("{export}/fichier")).await.ok();
        let (kind, subtype) = format.content_type();
        assert!(file.header("Content-Type").is_some_and(|named| named.starts_with(&format!("{kind}/{subtype}"))), "{format:?}");
        let end = format!(".{}\"", format.extension());
        assert!(file.header("Content-Disposition").is_some_and(|name| name.contains(&end)), "{format:?}");
        let manifest = manifest(&browser, &export).await;
        for count in ["lignes_prevues", "lignes_comptees", "lignes_ecrites"] {
            assert_eq!(manifest[count], expected.len(), "{format:?} {count}");
        }
        assert_eq!((&manifest["classeurs"], &manifest["feuilles"]), (&Value::from(1), &Value::from(1)));
        assert_eq!((manifest["sha256"].as_str(), manifest["octets"].as_u64()), (Some(sha256(&file.body).as_str()), Some(file.body.len() as u64)));
        if format.is_workbook() {
            let mut rows = sheet_rows(format, file.body);
            // An empty row, then the sums.
            assert_eq!(rows.len(), expected.len() + 2);
            rows.truncate(expected.len());
            for (row, (reference, day, cents, commune, _)) in rows.iter().zip(&expected) {
                let amount: f64 = row[3].parse().unwrap_or_else(|_| panic!("{format:?}: {row:?}"));
                assert_eq!((&row[0], &row[1], &row[2], row[4].as_str()), (reference, day, commune, "Validé"), "{format:?}");
                assert_eq!((amount * 100.0).round() as i64, *cents);
            }
        } else if format == Format::JsonLines {
            let rows: Vec<Value> = file.text().lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
            for (row, (reference, day, cents, commune, statut)) in rows.iter().zip(&expected) {
                assert_eq!((row["reference"].as_str(), row["debut"].as_str()), (Some(reference.as_str()), Some(day.as_str())));
                assert_eq!((row["commune"].as_str(), row["statut"].as_str()), (Some(commune.as_str()), Some(statut.as_str())));
                assert_eq!(row["montant"].to_string().parse::<f64>().map(|amount| (amount * 100.0).round() as i64), Ok(*cents));
            }
            assert_eq!(rows.len(), expected.len());
        } else if format == Format::Parquet {
            assert!(file.body.starts_with(b"PAR1") && file.body.ends_with(b"PAR1"));
        }
    }
}

#[rocket::async_test]
async fn empty_exports_are_files_too() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    for format in Format::ALL {
        let export = browser.export("sejours", "commune=97101", format.code()).await;
        app.run_jobs().await;
        browser.get(&format!("{export}/fichier")).await.ok();
        assert_eq!(manifest(&browser, &export).await["lignes_ecrites"], 0);
    }
    // The control reads them as well: nothing is found.
    let exploitant = app.exploitant().await;
    exploitant.post("/exports/controle", &[]).await;
    app.run_jobs().await;
    assert_eq!(
        app.one::<i64>("SELECT count(*) FROM export WHERE controle_le IS NOT NULL AND controle_ecart IS NULL").await,
        Format::ALL.len() as i64
    );
}

#[rocket::async_test]
async fn the_form_and_the_page_say_what_each_format_is_for() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let list = browser.get("/sejours").await.ok();
    let exports = browser.get("/exports").await.ok();
    for format in Format::ALL {
        assert!(list.texts("form.export strong").iter().any(|words| words == format.label()), "{format:?}");
        assert!(
            exports.texts("dd").iter().any(|words| words.split_whitespace().eq(format.purpose().replace('’', "'").split_whitespace())),
            "{format:?}"
        );
    }
    browser.post("/sejours/exports", &[("requete", ""), ("format", "xls")]).await.refused(Status::BadRequest, "n'existe pas");
}

#[rocket::async_test]
async fn a_cell_that_a_format_cannot_hold_is_adapted_named_and_told() {
    let app = App::new().await;
    app.run_sql(
        "UPDATE logement SET nom = CASE row_number WHEN 1 THEN 'Mon' || chr(1) || 'Repos' || chr(11) ELSE repeat('é', 32768) END
         FROM (SELECT id AS odd, row_number() OVER (ORDER BY id) FROM logement WHERE code_insee = '97113' AND numero_enregistrement IS NOT NULL) o WHERE id = odd AND row_number <= 2",
    )
    .await;
    let browser = app.agent(LE_GOSIER).await;
    let total: i64 = app.one("SELECT count(*) FROM logement WHERE code_insee = '97113'").await;
    let odd: String = app.one("SELECT numero_enregistrement FROM logement WHERE nom LIKE 'Mon' || chr(1) || '%'").await;
    for format in Format::ALL {
        let export = browser.export("logements", "colonnes=numero.nom", format.code()).await;
        app.run_jobs().await;
        let page = browser.get(&export).await.ok();
        assert_eq!(page.texts("#suivi-titre"), ["Votre fichier est prêt"], "{format:?}");
        let file = browser.get(&format!("{export}/fichier")).await.ok();
        let told = manifest(&browser, &export).await;
        assert_eq!(told["lignes_ecrites"], total, "{format:?}");
        let (cells, words) = (told["cellules_adaptees"].as_i64().expect("a count"), page.texts("#suivi .message").join(" "));
        match format {
            Format::Xlsx => {
                assert_eq!(cells, 1);
                assert!(words.contains("32 768") && words.contains("coupé"), "{words}");
            }
            Format::Ods | Format::CsvFr | Format::CsvRfc4180 => {
                assert_eq!((cells, told["adaptations"][0]["repere"].as_str()), (1, Some(odd.as_str())), "{format:?}");
                assert!(words.contains("2 caractères") && words.contains("U+0001") && words.contains("ligne"), "{format:?}: {words}");
            }
            Format::JsonLines | Format::Parquet => assert!(cells == 0 && words.is_empty(), "{format:?}: {words}"),
        }
        let whole = match format {
            Format::Ods => part(&file.body, "content.xml"),
            Format::Xlsx => part(&file.body, "xl/worksheets/sheet1.xml"),
            _ => String::from_utf8_lossy(&file.body).into_owned(),
        };
        let held = match format {
            Format::Xlsx => "Mon_x0001_Repos_x000B_",
            Format::JsonLines => "Mon\\u0001Repos\\u000b",
            Format::Parquet => continue,
            _ => "Mon\u{fffd}Repos\u{fffd}",
        };
        assert!(whole.contains(held), "{format:?}");
        assert_eq!(whole.contains(&"é".repeat(32_768)), format != Format::Xlsx, "{format:?}");
    }
    // The control reads them all back.
    control(&app, &app.exploitant().await).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM export WHERE controle_ecart IS NOT NULL").await, 0);
}

/// A part of an archive, as text.
pub fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let mut text = String::new();
    archive.by_name(name).expect("the part").read_to_string(&mut text).expect("UTF-8");
    text
}

#[rocket::async_test]
async fn the_total_of_the_filter_is_exact_and_apart() {
    let app = App::new().await;
    let browser = app.administrateur(RIVIERA).await;
    let question = "statut=valide&tri=-debut&colonnes=reference.nuits.montant.prix_nuit";
    let cents: i64 =
        app.one("SELECT sum(montant)::bigint FROM sejour WHERE statut = 'valide' AND code_insee IN ('97113','97125','97128','97110')").await;
    let nights: i64 =
        app.one("SELECT sum(nb_nuits)::bigint FROM sejour WHERE statut = 'valide' AND code_insee IN ('97113','97125','97128','97110')").await;
    let euros = format!("{}.{:02}", cents / 100, cents % 100);
    assert!(cents > 0 && nights > 0);
    for format in Format::ALL {
        let export = browser.export("sejours", question, format.code()).await;
        app.run_jobs().await;
        let told = manifest(&browser, &export).await;
        assert_eq!(told["totaux"], serde_json::json!({"montant": euros, "nuits": nights.to_string()}), "{format:?}");
        assert!(browser.get(&export).await.ok().text().contains("Total du filtre"), "{format:?}");
        let rows = told["lignes_ecrites"].as_u64().expect("rows") as usize;
        if !format.is_workbook() {
            continue;
        }
        let found = sheet_rows(format, browser.get(&format!("{export}/fichier")).await.ok().body);
        assert_eq!(found.len(), rows + 2, "{format:?}: an empty row, then the sums");
        assert!(found[rows].iter().all(String::is_empty), "{format:?}: {:?}", found[rows]);
        let line = &found[rows + 1];
        assert_eq!((line[0].as_str(), line[1].as_str()), ("Total du filtre", nights.to_string().as_str()), "{format:?}");
        let amount: f64 = line[3].parse().unwrap_or_else(|_| panic!("{format:?}: {line:?}"));
        assert_eq!((amount * 100.0).round() as i64, cents, "{format:?}");
    }
    control(&app, &app.exploitant().await).await;
    let read = "SELECT count(*) FROM export WHERE controle_ecart IS NULL AND controle_le IS NOT NULL";
    assert_eq!(app.one::<i64>(read).await, Format::ALL.len() as i64, "the control counts the rows and not the sums");
}

/// Asks for a control, runs it, and forgets when it was: the next one reads the files again.
async fn control(app: &App, browser: &Browser<'_>) {
    app.run_sql("UPDATE export SET controle_le = NULL").await;
    assert_eq!(browser.post("/exports/controle", &[]).await.status, Status::SeeOther);
    app.run_jobs().await;
}

#[rocket::async_test]
async fn the_control_tells_a_file_that_changed() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let mut exports = Vec::new();
    for format in Format::ALL {
        exports.push(agent.export("sejours", "", format.code()).await);
    }
    app.run_jobs().await;
    agent.post("/exports/controle", &[]).await.refused(Status::Forbidden, "réservé");
    let exploitant = app.exploitant().await;
    control(&app, &exploitant).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM export WHERE controle_le IS NOT NULL AND controle_ecart IS NULL").await, exports.len() as i64);
    assert!(exploitant.get("/exports").await.ok().text().contains("aucun écart"));
    assert_eq!(app.context.metrics.export_faults.get(), 0);

    // One byte in one, one missing file, one whose count lies.
    let path: String = app.one("SELECT fichier FROM export ORDER BY id LIMIT 1").await;
    let place = app.folder.path().join(&path);
    let mut bytes = std::fs::read(&place).expect("the file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&place, bytes).expect("writes");
    let gone: String = app.one("SELECT fichier FROM export ORDER BY id OFFSET 2 LIMIT 1").await;
    std::fs::remove_file(app.folder.path().join(&gone)).expect("removes");
    app.run_sql("UPDATE export SET lignes_ecrites = lignes_ecrites + 1 WHERE id = (SELECT id FROM export ORDER BY id OFFSET 3 LIMIT 1)").await;
    control(&app, &exploitant).await;
    let faults: Vec<String> = sqlx::query_scalar("SELECT controle_ecart FROM export WHERE controle_ecart IS NOT NULL ORDER BY id")
        .fetch_all(app.pool())
        .await
        .expect("faults");
    assert_eq!(faults.len(), 3, "{faults:?}");
    for (fault, words) in faults.iter().zip(["SHA-256", "n’est plus dans le dépôt", "le manifeste en annonce"]) {
        assert!(fault.contains(words), "{fault}");
    }
    assert_eq!(app.context.metrics.export_faults.get(), 3);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE action = 'controle' AND objet = 'export'").await, 3);
    let page = exploitant.get("/exports").await.ok();
    assert!(page.text().contains("ne sont plus ceux que leur manifeste décrit"), "{}", page.text());
    let elsewhere = app.administrateur(crate::support::app::GRAND_SUD).await;
    assert!(!elsewhere.get("/exports").await.ok().text().contains("ne sont plus ceux"), "an administrateur of elsewhere sees nothing of it");
    agent.get(&format!("{}/fichier", exports[0])).await.refused(Status::Conflict, "Refaites l'export");
    assert!(agent.get(&exports[0]).await.ok().text().contains("Le contrôle de nuit a trouvé un écart"));
}

#[rocket::async_test]
async fn a_staging_that_its_count_contradicts_makes_no_file() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let export = browser.export("sejours", "", "csv_fr").await;
    // A key gets lost on its way to the table.
    app.run_sql("CREATE FUNCTION perdre() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.ids := NEW.ids[2:]; RETURN NEW; END'").await;
    app.run_sql("CREATE TRIGGER perdre BEFORE INSERT ON export_lot FOR EACH ROW EXECUTE FUNCTION perdre()").await;
    app.run_jobs().await;
    let page = browser.get(&export).await.ok();
    assert!(page.text().contains("compte indépendant"), "{}", page.texts("#suivi").join(" "));
    assert_eq!(app.one::<i64>("SELECT count(*) FROM export_lot").await, 0, "nothing is kept");
    app.run_sql("DROP TRIGGER perdre ON export_lot").await;
    app.run_sql("UPDATE job SET run_at = now()").await;
    app.run_jobs().await;
    browser.get(&format!("{export}/fichier")).await.ok();
}

#[rocket::async_test]
async fn every_list_is_exported_in_every_format_and_reads_back() {
    let app = App::new().await;
    many_rows(&app, 24_000).await;
    let browser = app.everywhere().await;
    for list in gardel::web::LISTS.iter().filter(|list| list.exportable) {
        let columns: Vec<&str> = list.columns.iter().map(|column| column.name).collect();
        for format in Format::ALL {
            browser.export(list.name, &format!("colonnes={}", columns.join(".")), format.code()).await;
        }
    }
    app.run_jobs().await;
    control(&app, &browser).await;
    // A control looks at so many files, the oldest first.
    for _ in 0..Format::ALL.len() {
        assert_eq!(browser.post("/exports/controle", &[]).await.status, Status::SeeOther);
        app.run_jobs().await;
    }
    let unread: Vec<(i64, String, String, Option<String>)> =
        sqlx::query_as("SELECT id, liste, format, coalesce(controle_ecart, erreur) FROM export WHERE etat <> 'pret' OR controle_le IS NULL OR controle_ecart IS NOT NULL")
            .fetch_all(app.pool())
            .await
            .expect("exports");
    assert!(unread.is_empty(), "{unread:?}");
}
