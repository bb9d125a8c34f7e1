//! Who may load what, and where.

use rocket::http::Status;

use super::{asked, checked, confirm, counts, sent, state};
use crate::support::App;
use crate::support::app::{GRAND_SUD, LE_GOSIER};

const FILE: &str = "nom;commune\nHôte de droit;97113\n";

#[rocket::async_test]
async fn an_import_is_its_own_people_s() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = sent(&browser, "hebergeurs", "a.csv", FILE).await;
    let other = app.agent(GRAND_SUD).await;
    for place in ["", "/lecture", "/fichier", "/refusees"] {
        assert_eq!(other.get(&format!("/imports/{id}{place}")).await.status, Status::NotFound, "{place}");
    }
    for place in ["lecture", "exclusion", "ecriture", "reprise", "annulation", "abandon"] {
        let answer =
            other.post(&format!("/imports/{id}/{place}"), &[("lignes", "1"), ("revision", "0"), ("faire", "verifier"), ("ligne", "1")]).await;
        assert_eq!(answer.status, Status::NotFound, "{place}");
    }
    assert_eq!(state(&app, id).await, "lecture");
    // The same file elsewhere is another import.
    let answer = other.send_files("/imports", &[("genre", "hebergeurs")], &[("a.csv", FILE.as_bytes())]).await;
    assert_eq!(answer.status, Status::SeeOther);
}

#[rocket::async_test]
async fn rights_are_those_of_the_moment_of_the_writing() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = checked(&app, &browser, ("hebergeurs", "a.csv", FILE), "completer").await;
    asked(&browser, id).await;
    app.run_sql(&format!("UPDATE utilisateur SET actif = false WHERE id = {}", browser.user_id)).await;
    app.run_jobs().await;
    assert_eq!(state(&app, id).await, "ecriture_arretee");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM hebergeur WHERE nom = 'Hôte de droit'").await, 0);
    app.run_sql(&format!("UPDATE utilisateur SET actif = true WHERE id = {}", browser.user_id)).await;
    let browser = app.signed_in(browser.user_id).await;
    assert_eq!(browser.post(&format!("/imports/{id}/reprise"), &[]).await.status, Status::SeeOther);
    app.run_jobs().await;
    assert_eq!(state(&app, id).await, "termine");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM hebergeur WHERE nom = 'Hôte de droit'").await, 1);
}

#[rocket::async_test]
async fn one_import_of_a_kind_and_place_writes_at_a_time() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let one = checked(&app, &browser, ("hebergeurs", "a.csv", FILE), "completer").await;
    let two = checked(&app, &browser, ("hebergeurs", "b.csv", "nom;commune\nAutre hôte;97113\n"), "completer").await;
    assert_eq!(asked(&browser, one).await.status, Status::SeeOther);
    assert_eq!(asked(&browser, two).await.status, Status::Conflict);
    app.run_jobs().await;
    confirm(&app, &browser, two).await;
    assert_eq!((state(&app, one).await, state(&app, two).await), ("termine".into(), "termine".into()));
}

#[rocket::async_test]
async fn what_cannot_be_read_is_a_sentence() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let empty = browser.send_files("/imports", &[("genre", "hebergeurs")], &[("vide.csv", b"")]).await;
    assert_eq!(empty.status, Status::UnprocessableEntity);
    let none = browser.send_files("/imports", &[("genre", "hebergeurs")], &[]).await;
    none.refused(Status::UnprocessableEntity, "Choisissez au moins un fichier");
    let unknown = browser.send_files("/imports", &[("genre", "planetes")], &[("a.csv", FILE.as_bytes())]).await;
    unknown.refused(Status::UnprocessableEntity, "Dites ce que le fichier contient");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM import").await, 0);
}

#[rocket::async_test]
async fn what_is_pasted_is_a_file_like_another() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let answer = browser.send_files("/imports", &[("genre", "hebergeurs"), ("colle", "nom\tcommune\r\nCollé\tLe Gosier\r\n")], &[]).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    let id: i64 = app.one("SELECT max(id) FROM import").await;
    super::read(&app, &browser, id, &[("faire", "verifier")]).await;
    app.run_jobs().await;
    assert_eq!(counts(&app, id).await, (1, 0, 0, 0));
}

#[rocket::async_test]
async fn a_reader_loads_nothing() {
    let app = App::new().await;
    let reader = app.person("sur_mesure", &[LE_GOSIER]).await;
    app.run_sql(&format!(
        "INSERT INTO droit SELECT {0}, collectivite_id, 'taxe', 1 FROM utilisateur_collectivite WHERE utilisateur_id = {0}",
        reader.user_id
    ))
    .await;
    let reader = app.signed_in(reader.user_id).await;
    assert_eq!(reader.get("/imports/nouveau").await.status, Status::Forbidden);
    let answer = reader.send_files("/imports", &[("genre", "hebergeurs")], &[("a.csv", FILE.as_bytes())]).await;
    assert_eq!(answer.status, Status::Forbidden);
}
