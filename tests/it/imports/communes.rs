//! Communes: reference data that whoever runs the installation loads, that nobody loses while it serves, and codes that lead elsewhere.

use rocket::http::Status;

use super::{checked, counts, loaded, undone};
use crate::support::App;
use crate::support::app::LE_GOSIER;

const FILE: &str = "code_insee,nom,siren,code_departement,code_epci,nom_epci,population,codes_postaux\n\
    01001,L'Abergement-Clémenciat,210100012,01,200069193,CC de la Dombes,860,01400\n\
    2A004,Ajaccio,212000046,2A,242010056,CA du Pays Ajaccien,75000,20000|20090\n\
    97113,Le Gosier bis,219711132,971,200041507,CA La Riviéra du Levant,26000,97190\n\
    1004,Ambérieu,210100046,01,,,15934,01500\n\
    97502,Saint-Pierre,,975,,,5194,97500\n\
    01005,Double,219711132,01,,,1917,01330\n\
    01006,Codes,210100061,01,,,,0133\n";

async fn communes(app: &App) -> String {
    app.one(
        "SELECT md5(string_agg(concat_ws('|', code_insee, nom, siren, epci_siren, population, codes_postaux), ';' ORDER BY code_insee)) FROM commune",
    )
    .await
}

#[rocket::async_test]
async fn whoever_runs_the_installation_loads_them() {
    let app = App::new().await;
    let browser = app.exploitant().await;
    let before = communes(&app).await;
    let id = loaded(&app, &browser, ("communes", "communes.csv", FILE), "remplacer").await;
    let told: Vec<(i64, String)> = sqlx::query_as("SELECT ligne, code FROM import_anomalie WHERE gravite = 'refus' ORDER BY rang, id")
        .fetch_all(app.pool())
        .await
        .expect("anomalies");
    assert_eq!(told, [(5, "VAL-06"), (6, "VAL-05"), (7, "DUP-03"), (8, "VAL-06")].map(|(line, code)| (line, code.to_string())));
    assert_eq!(counts(&app, id).await, (2, 1, 0, 4));
    let new: String = app
        .one("SELECT string_agg(concat_ws(' ', code_insee, nom, siren, epci_siren, population, codes_postaux, version), ', ' ORDER BY code_insee) FROM commune WHERE modifie_par IS NOT NULL")
        .await;
    assert_eq!(
        new,
        "01001 L'Abergement-Clémenciat 210100012 860 {01400} 1, 2A004 Ajaccio 212000046 75000 {20000,20090} 1, 97113 Le Gosier bis 219711132 200041507 26000 {97190} 2"
    );
    // Everybody reads it at once.
    let agent = app.agent(LE_GOSIER).await;
    assert!(agent.get("/communes").await.ok().text().contains("Le Gosier bis"));
    // One of them serves: it stays, the other goes, the changed one is what it was.
    app.run_sql("INSERT INTO collectivite_commune (collectivite_id, code_insee) SELECT min(id), '01001' FROM collectivite").await;
    undone(&app, &browser, id).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM commune WHERE code_insee IN ('01001', '2A004')").await, 1);
    app.run_sql("DELETE FROM collectivite_commune WHERE code_insee = '01001'").await;
    app.run_sql("DELETE FROM commune WHERE code_insee = '01001'").await;
    assert_eq!(communes(&app).await, before);
}

#[rocket::async_test]
async fn nobody_else_does() {
    let app = App::new().await;
    for browser in [app.agent(LE_GOSIER).await, app.administrateur(LE_GOSIER).await] {
        let answer = browser.send_files("/imports", &[("genre", "communes")], &[("communes.csv", FILE.as_bytes())]).await;
        assert_eq!(answer.status, Status::UnprocessableEntity);
    }
    let exploitant = app.exploitant().await;
    let answer = exploitant.send_files("/imports", &[("genre", "hebergeurs")], &[("a.csv", b"nom;commune\nA;97113\n")]).await;
    assert_eq!(answer.status, Status::UnprocessableEntity);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM import").await, 0);
}

#[rocket::async_test]
async fn the_code_of_a_part_leads_to_its_commune() {
    let app = App::new().await;
    let exploitant = app.exploitant().await;
    let file = "code_insee,nom,type,chef_lieu,code_departement\n97199,Ancien Bourg,commune-deleguee,97113,971\n97113,Le Gosier,commune-deleguee,97113,971\n97198,Perdue,commune-associee,99999,99\n97197,Étrange,hameau,97113,971\n";
    let id = loaded(&app, &exploitant, ("communes-anciennes", "anciennes.csv", file), "completer").await;
    assert_eq!(counts(&app, id).await, (1, 0, 0, 3));
    let browser = app.agent(LE_GOSIER).await;
    let hosts = checked(&app, &browser, ("hebergeurs", "a.csv", "nom;commune\nDans l’ancien bourg;97199\n"), "completer").await;
    let said: String =
        sqlx::query_scalar("SELECT message FROM import_anomalie WHERE import_id = $1").bind(hosts).fetch_one(app.pool()).await.expect("one");
    assert!(said.contains("Ancien Bourg") && said.contains("Le Gosier") && said.contains("donnez 97113"), "{said}");
    undone(&app, &exploitant, id).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM commune_ancienne").await, 0);
}
