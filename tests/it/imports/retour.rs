//! What leaves by an export comes back by an import, and says nothing new: in every format that both speak.

use rocket::http::Status;

use super::{counts, read, state};
use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::{App, Browser};

/// Formats of an export that an import reads.
const FORMATS: [&str; 5] = ["csv_fr", "csv_rfc4180", "xlsx", "ods", "jsonl"];

async fn comes_back(app: &App, list: &str, columns: &str, expected: i64) {
    comes_back_to(app, &app.agent(LE_GOSIER).await, list, columns, expected).await;
}

async fn comes_back_to(app: &App, browser: &Browser<'_>, list: &str, columns: &str, expected: i64) {
    for format in FORMATS {
        let export = browser.export(list, &format!("colonnes={columns}"), format).await;
        app.run_jobs().await;
        let file = browser.get(&format!("{export}/fichier")).await.ok();
        let name = format!("{list}.{format}");
        let answer = browser.send_files("/imports", &[("genre", list)], &[(&name, &file.body)]).await;
        assert_eq!(answer.status, Status::SeeOther, "{name}: {}", answer.text());
        let place = answer.header("Location").expect("the import");
        let id: i64 = place.trim_start_matches("/imports/").trim_end_matches("/lecture").parse().expect("a number");
        let answer = read(app, browser, id, &[("mode", "remplacer"), ("faire", "verifier")]).await;
        assert_eq!(answer.status, Status::SeeOther, "{name}: {}", answer.texts(".message, .erreur").join(" "));
        app.run_jobs().await;
        assert_eq!(state(app, id).await, "a_confirmer", "{name}");
        let told: Vec<(i64, String, String, String, String)> = sqlx::query_as(
            "SELECT ligne, code, colonne, contenu, message FROM import_anomalie WHERE import_id = $1 AND gravite = 'refus' ORDER BY rang LIMIT 3",
        )
        .bind(id)
        .fetch_all(app.pool())
        .await
        .expect("anomalies");
        assert_eq!(counts(app, id).await, (0, 0, expected, 0), "{name}: {told:?}");
    }
}

#[rocket::async_test]
async fn hosts_come_back_as_they_left() {
    let app = App::new().await;
    let hosts: i64 = app.one("SELECT count(*) FROM hebergeur_commune WHERE code_insee = '97113'").await;
    assert!(hosts > 20, "{hosts}");
    comes_back(&app, "hebergeurs", "nom.numero.type.siret.adresse.code_postal.ville.courriel.telephone.inscrit_le", hosts).await;
}

#[rocket::async_test]
async fn lodgings_come_back_as_they_left() {
    let app = App::new().await;
    let lodgings: i64 = app.one("SELECT count(*) FROM logement WHERE code_insee = '97113'").await;
    assert!(lodgings > 20, "{lodgings}");
    comes_back(&app, "logements", "nom.reference.numero.commune.adresse.nature.categorie.classe_le.classe_jusqu_au.capacite.actif", lodgings).await;
}

#[rocket::async_test]
async fn stays_come_back_as_they_left() {
    let app = App::new().await;
    let stays: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113'").await;
    assert!(stays > 20, "{stays}");
    comes_back(&app, "sejours", "reference.debut.fin.nuits.logement.personnes.mineurs.nuitees.prix_nuit.montant.collecteur.perception.numero", stays)
        .await;
}

#[rocket::async_test]
async fn people_come_back_as_they_left() {
    let app = App::new().await;
    let browser = app.administrateur(RIVIERA).await;
    for (role, places) in [("agent", &[LE_GOSIER, RIVIERA][..]), ("sur_mesure", &[LE_GOSIER]), ("administrateur", &[LE_GOSIER])] {
        app.person(role, places).await;
    }
    let people: i64 = sqlx::query_scalar("SELECT count(*) FROM utilisateur u WHERE gere($1, u.id)")
        .bind(browser.user_id)
        .fetch_one(app.pool())
        .await
        .expect("some");
    assert!(people > 3, "{people}");
    comes_back_to(&app, &browser, "utilisateurs", "nom.courriel.role.collectivites", people).await;
}
