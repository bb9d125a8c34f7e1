//! A kind of import made as the recipe of ARCHITECTURE.md says: one declaration, and what it does is there.

use gardel::imports::{Cle, Genre, Numero};

use gardel::web;

use super::{GARDEL, LIVRAISON, LIVRAISONS, MONTAGNE, with, works_at};
use crate::imports::{confirm, counts, loaded, read, sent, undone};
use crate::support::App;

/// Deliveries as a mill's own software says them.
static LIVRAISONS_IMPORT: Genre = Genre {
    cles: &[Cle { nom: "reference", mot: "cette référence", colonnes: &["reference"], sur: "t.reference = {}", partout: true }],
    synonymes: &[("nom", &["planteur", "nom du planteur"]), ("jour", &["date"]), ("tonnage", &["tonnes"])],
    lieu: "collectivite_id",
    ..Genre::sur(
        "livraisons",
        &LIVRAISON,
        "Une ligne par livraison.",
        Numero { colonne: "reference", label: "Référence", objet: "livraison", donne: true },
    )
};

const FILE: &str = "Usine;Référence;Planteur;Date;Tonnes;Richesse;État\n\
    Usine de Gardel;L0001;;;12,345;;\n\
    Usine de Gardel;N1;Éloïse Neuve;2026-03-01;8,5;9,81;Pesée\n\
    Usine de Grosse-Montagne;N2;D’ailleurs;2026-03-01;8,5;;\n\
    Usine de Gardel;N3;;2026-03-01;8,5;;\n\
    Usine de Gardel;L0150;Pris;2026-03-01;1;;\n\
    Usine de Gardel;N4;Sans date juste;hier;1;;\n";

async fn rows(app: &App) -> String {
    app.one("SELECT md5(string_agg(concat_ws('|', id, collectivite_id, reference, nom, observations, brix, tonnage, jour, etat), ';' ORDER BY id)) FROM essai_livraison").await
}

#[rocket::async_test]
async fn one_declaration_is_a_kind_of_import() {
    let app = with(web::declared().list(&LIVRAISONS).with(&[&LIVRAISON]).with(&[&LIVRAISONS_IMPORT])).await;
    let browser = works_at(&app, &[GARDEL]).await;
    let before = rows(&app).await;
    let id = sent(&browser, "livraisons", "livraisons.csv", FILE).await;
    read(&app, &browser, id, &[("mode", "remplacer"), ("faire", "verifier")]).await;
    app.run_jobs().await;
    let told: Vec<(i64, String)> = sqlx::query_as("SELECT ligne, code FROM import_anomalie WHERE gravite = 'refus' ORDER BY rang, id")
        .fetch_all(app.pool())
        .await
        .expect("anomalies");
    // Another mill; a name that is missing; a reference that the other mill has; a day that is none.
    assert_eq!(told, [(4, "REF-01"), (5, "VAL-05"), (6, "DUP-03"), (7, "VAL-02")].map(|(line, code)| (line, code.to_string())));
    assert_eq!(counts(&app, id).await, (1, 1, 0, 4));
    assert_eq!(rows(&app).await, before);
    confirm(&app, &browser, id).await;
    assert_eq!(app.one::<i64>("SELECT tonnage FROM essai_livraison WHERE reference = 'L0001'").await, 12_345);
    let new: String = app
        .one("SELECT concat_ws('|', c.siren, t.nom, t.jour, t.tonnage, t.brix, t.etat, t.version) FROM essai_livraison t JOIN collectivite c ON c.id = t.collectivite_id WHERE t.reference = 'N1'")
        .await;
    assert_eq!(new, format!("{GARDEL}|Éloïse Neuve|2026-03-01|8500|981|pesee|1"));
    // Whoever works at the other mill sees neither the import nor what it would do.
    let other = works_at(&app, &[MONTAGNE]).await;
    assert_eq!(other.get(&format!("/imports/{id}")).await.status.code, 404);
    undone(&app, &browser, id).await;
    assert_eq!(rows(&app).await, before);
    // Undone, it may come back; what it wrote is then the same.
    let again = loaded(&app, &browser, ("livraisons", "livraisons.csv", FILE), "remplacer").await;
    assert_eq!(counts(&app, again).await, (1, 1, 0, 4));
}
