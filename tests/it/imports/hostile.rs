//! What a hostile reader of the imports found once, and finds no more.

use rocket::http::Status;

use super::{base, checked, confirm, counts, host, loaded, read, sent, state, undone};
use crate::support::App;
use crate::support::app::LE_GOSIER;

#[rocket::async_test]
async fn a_host_seen_before_its_first_lodging_is_seen_after_it_is_taken_away() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    loaded(&app, &browser, ("hebergeurs", "hote.csv", "Nom;Type;Commune\nOrphelin Un;particulier;Le Gosier\n"), "remplacer").await;
    let before = base(&app).await;
    let (numero, key): (String, i64) =
        sqlx::query_as("SELECT numero, id FROM hebergeur WHERE nom = 'Orphelin Un'").fetch_one(app.pool()).await.expect("the host");
    let content = format!("Hébergeur;Logement;Adresse;Commune;Nature;Catégorie;Capacité\n{numero};La première;1 rue;Le Gosier;Gîte;Non classé;3\n");
    let id = loaded(&app, &browser, ("logements", "premier.csv", &content), "remplacer").await;
    let nature: String = app.one("SELECT n.libelle FROM logement l JOIN nature n ON n.id = l.nature_id WHERE l.nom = 'La première'").await;
    assert_eq!(nature, "Meublé de tourisme", "other words of a value");
    undone(&app, &browser, id).await;
    assert_eq!(base(&app).await, before, "its commune is given back with the rest");
    browser.get(&format!("/hebergeurs/{key}")).await.ok();
}

#[rocket::async_test]
async fn keys_of_the_base_are_no_words_of_a_file() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let (numero, ..) = host(&app, 0).await;
    let content = format!("Hébergeur;Logement;Adresse;Commune;Nature;Nb étoiles;Capacité\n{numero};Trois;3 rue;97113;4;3;3\n");
    let id = checked(&app, &browser, ("logements", "etoiles.csv", &content), "remplacer").await;
    assert_eq!(counts(&app, id).await, (0, 0, 0, 1));
    let told: Vec<String> =
        sqlx::query_scalar("SELECT contenu FROM import_anomalie WHERE import_id = $1 ORDER BY id").bind(id).fetch_all(app.pool()).await.expect("why");
    assert!(told.contains(&"4".to_string()) && told.contains(&"3".to_string()), "{told:?}");
}

async fn named(app: &App, numero: &str) -> String {
    sqlx::query_scalar("SELECT nom::text FROM hebergeur WHERE numero = $1").bind(numero).fetch_one(app.pool()).await.expect("the host")
}

#[rocket::async_test]
async fn what_is_confirmed_is_what_was_seen() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let (numero, name, ..) = host(&app, 0).await;
    let content = format!("Numéro;Nom;Surnom\n{numero};Bon Nom;Mauvais Nom\n");
    let id = checked(&app, &browser, ("hebergeurs", "noms.csv", &content), "remplacer").await;
    let page = browser.get(&format!("/imports/{id}")).await.ok();
    let shown = page.attributes("input[name=revision]", "value").first().cloned().expect("what was seen");
    // Somebody else reads it another way, and has it checked again.
    let answer = read(&app, &browser, id, &[("colonne-1", ""), ("colonne-2", "nom"), ("mode", "remplacer"), ("faire", "verifier")]).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    app.run_jobs().await;
    let stale = browser.post(&format!("/imports/{id}/ecriture"), &[("lignes", "1"), ("revision", &shown)]).await;
    assert_eq!(stale.status, Status::Conflict);
    app.run_jobs().await;
    assert_eq!(named(&app, &numero).await, name);
    confirm(&app, &browser, id).await;
    assert_eq!(named(&app, &numero).await, "Mauvais Nom");
}

#[rocket::async_test]
async fn a_writing_stopped_before_its_first_lot_is_given_up() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let content = "Nom;Type;Commune\nJamais écrit;particulier;Le Gosier\n";
    let id = checked(&app, &browser, ("hebergeurs", "jamais.csv", content), "remplacer").await;
    app.run_sql(&format!("UPDATE import SET etat = 'ecriture' WHERE id = {id}")).await;
    app.run_sql(&format!("UPDATE import SET etat = 'ecriture_arretee' WHERE id = {id}")).await;
    assert_eq!(browser.post(&format!("/imports/{id}/abandon"), &[]).await.status, Status::SeeOther);
    assert_eq!(state(&app, id).await, "abandonne");
    assert_ne!(sent(&browser, "hebergeurs", "jamais.csv", content).await, id, "the file may be loaded again");
}

#[rocket::async_test]
async fn lines_that_nothing_tells_apart_are_one() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let content = "Nom;Type;Courriel;Commune\nJumeau;particulier;j@exemple.gp;Le Gosier\nJumeau;particulier;j@exemple.gp;Le Gosier\n";
    let id = checked(&app, &browser, ("hebergeurs", "jumeaux.csv", content), "remplacer").await;
    assert_eq!(counts(&app, id).await, (1, 0, 1, 0));
}

#[rocket::async_test]
async fn refused_lines_leave_as_a_spreadsheet_keeps_them() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let content = "Nom;Type;Commune;Code postal;Courriel\n'=1+1;particulier;Le Gosier;01000;pas un courriel\n";
    let id = checked(&app, &browser, ("hebergeurs", "refus.csv", content), "remplacer").await;
    let file = browser.get(&format!("/imports/{id}/refusees")).await.ok();
    let line = file.text().lines().nth(1).expect("a line").to_string();
    assert!(line.starts_with("'=1+1;particulier;Le Gosier;\"=\"\"01000\"\"\";pas un courriel;2;"), "{line}");
}

#[rocket::async_test]
async fn a_sign_that_no_base_holds_is_drawn() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = sent(&browser, "hebergeurs", "nul.csv", "Nom;Type;Commune\nA\0b;particulier;Le Gosier\n").await;
    let answer = read(&app, &browser, id, &[("constante-ville", "a\0b"), ("separateur", "\0"), ("mode", "remplacer"), ("faire", "verifier")]).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    app.run_jobs().await;
    assert_eq!(counts(&app, id).await.3, 1, "the line is refused");
}
