//! Any cutting of a file into lots gives the same base, and its undoing the base of before.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{base, confirm, content, counts, host, read, sent, undone};
use crate::support::App;
use crate::support::app::LE_GOSIER;

/// A file drawn from a seed: rows that exist and new ones, right and wrong, some of them twice.
pub async fn drawn(app: &App, seed: u64, lines: usize) -> String {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut text = String::from("Numéro;Nom;Courriel;Téléphone;Adresse;Code postal;Commune\n");
    let mut written: Vec<String> = Vec::new();
    let hosts: i64 = app.one("SELECT count(*) FROM hebergeur h JOIN hebergeur_commune c ON c.hebergeur_id = h.id WHERE c.code_insee = '97113' AND h.archive_le IS NULL").await;
    let mut next = 0;
    for number in 0..lines {
        let line = match dice.random_range(0..10) {
            0..3 if next < hosts => {
                let (numero, ..) = host(app, next).await;
                // One in five said again, otherwise: none of the two can be believed.
                next += i64::from(dice.random_range(0..5) > 0);
                format!("{numero};;essai{number}@exemple.gp;;;;")
            }
            3 if !written.is_empty() => written[dice.random_range(0..written.len())].clone(),
            4 => format!(";Faux {number};@@;;;;97113"),
            5 => format!(";Loin {number};;;;;97105"),
            6 => format!(";Sans commune connue {number};;;;;Atlantide"),
            _ => format!(";Nouvel hôte {number};n{number}@exemple.gp;0690{:06};{number} rue des Lots;97190;Le Gosier", dice.random_range(0..999_999)),
        };
        text.push_str(&line);
        text.push('\n');
        written.push(line);
    }
    text
}

#[rocket::async_test]
async fn any_cutting_gives_the_same_base() {
    for seed in [1, 2] {
        let mut found = Vec::new();
        for lot in [1, 7, 5_000] {
            let app = App::new().await;
            let browser = app.agent(LE_GOSIER).await;
            let before = base(&app).await;
            let id = sent(&browser, "hebergeurs", "tire.csv", &drawn(&app, seed, 60).await).await;
            app.run_sql(&format!("UPDATE import SET lot = {lot}")).await;
            read(&app, &browser, id, &[("mode", "remplacer"), ("faire", "verifier")]).await;
            app.run_jobs().await;
            let verdicts: String =
                app.one("SELECT md5(string_agg(concat_ws('|', rang, ligne, verdict, valeurs, avant), ';' ORDER BY rang)) FROM import_ligne").await;
            confirm(&app, &browser, id).await;
            found.push((verdicts, counts(&app, id).await, content(&app).await));
            assert!(
                app.one::<bool>("SELECT creees > 5 AND modifiees > 3 AND refusees > 5 AND depassees = 0 FROM import").await,
                "the draw has some of each"
            );
            assert!(app.one::<i64>("SELECT count(*) FROM import_lot").await >= if lot == 5_000 { 2 } else { 16 });
            undone(&app, &browser, id).await;
            assert_eq!(base(&app).await, before, "seed {seed}, lots of {lot}");
        }
        assert!(found.windows(2).all(|two| two[0] == two[1]), "{seed}: {found:?}");
    }
}

#[rocket::async_test]
async fn a_file_loaded_over_itself_writes_nothing() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let file = "nom;siret;type;commune\nSociété A;13002526500013;Professionnel;97113\nSociété B;35600000000048;professionnel;Le Gosier\n";
    super::loaded(&app, &browser, ("hebergeurs", "a.csv", file), "remplacer").await;
    let before = base(&app).await;
    // Another file that says the same.
    let id = super::checked(&app, &browser, ("hebergeurs", "b.csv", &format!("{file}\n")), "remplacer").await;
    assert_eq!(counts(&app, id).await, (0, 0, 2, 0));
    assert_eq!(base(&app).await, before);
}
