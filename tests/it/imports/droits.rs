//! Who may load what, and where.

use rocket::http::{Method, Status};

use super::{asked, checked, confirm, counts, sent, state};
use crate::support::app::{GRAND_SUD, LE_GOSIER};
use crate::support::programme::{Donne, problem};
use crate::support::{App, Browser};

/// Another commune alone.
const SAINTE_ANNE: &str = "219711280";

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

/// Somebody with these rights: module, level, SIREN.
pub(super) async fn somebody<'a>(app: &'a App, rights: &[(&str, i16, &str)]) -> Browser<'a> {
    let sirens: Vec<&str> = rights.iter().map(|(.., siren)| *siren).collect();
    let person = app.person("sur_mesure", &sirens).await;
    for (module, level, siren) in rights {
        sqlx::query("INSERT INTO droit (utilisateur_id, collectivite_id, module, niveau) SELECT $1, id, $2, $3 FROM collectivite WHERE siren = $4")
            .bind(person.user_id)
            .bind(module)
            .bind(level)
            .bind(siren)
            .execute(app.pool())
            .await
            .expect("a right");
    }
    app.signed_in(person.user_id).await
}

/// What is confirmed is written in the name and with the rights of whoever loaded it: nobody else decides of it, whatever they see.
#[rocket::async_test]
async fn whoever_sees_an_import_does_not_speak_for_who_loaded_it() {
    let app = App::new().await;
    let owner = app.agent(LE_GOSIER).await;
    let id = checked(&app, &owner, ("hebergeurs", "a.csv", FILE), "completer").await;
    // One who administers the place and enters rows elsewhere; one who has the same rights as the owner and administers.
    let elsewhere = somebody(&app, &[("administration", 1, LE_GOSIER), ("taxe", 3, SAINTE_ANNE)]).await;
    let beside = somebody(&app, &[("administration", 1, LE_GOSIER), ("taxe", 3, LE_GOSIER)]).await;
    let revision: i32 = app.one("SELECT max(revision) FROM import").await;
    let revision = revision.to_string();
    let line: i64 = app.one("SELECT max(id) FROM import_ligne").await;
    let line = line.to_string();
    let gestures = [
        ("lecture", vec![("faire", "verifier")]),
        ("exclusion", vec![("ligne", line.as_str()), ("faire", "exclure")]),
        ("ecriture", vec![("revision", revision.as_str()), ("lignes", "1")]),
    ];
    for other in [&elsewhere, &beside] {
        for (place, form) in &gestures {
            assert_eq!(other.post(&format!("/imports/{id}/{place}"), form).await.status, Status::Forbidden, "{place}");
        }
    }
    assert_eq!(beside.post(&format!("/imports/{id}/ecriture"), &[("revision", &revision), ("lignes", "1")]).await.status, Status::Forbidden);
    for place in ["/fichier", "/refusees", "/lecture"] {
        elsewhere.get(&format!("/imports/{id}{place}")).await.refused(Status::Forbidden, "sans pouvoir lire");
        beside.get(&format!("/imports/{id}{place}")).await.ok();
    }
    let page = elsewhere.get(&format!("/imports/{id}")).await.ok();
    assert!(!page.text().contains("Hôte de droit"), "the lines of the file are not theirs to read");
    assert!(!elsewhere.get(&format!("/lignes?import={id}")).await.text().contains("Hôte de droit"));
    assert!(beside.get(&format!("/imports/{id}")).await.ok().text().contains("Hôte de droit"));
    for place in ["abandon", "annulation"] {
        assert_eq!(elsewhere.post(&format!("/imports/{id}/{place}"), &[]).await.status, Status::Forbidden, "{place}");
    }
    assert_eq!(state(&app, id).await, "a_confirmer");
    // The owner confirms; whoever has the rights takes it back, in their own name.
    confirm(&app, &owner, id).await;
    assert_eq!(elsewhere.post(&format!("/imports/{id}/annulation"), &[]).await.status, Status::Forbidden);
    assert_eq!(beside.post(&format!("/imports/{id}/annulation"), &[]).await.status, Status::SeeOther);
    app.run_jobs().await;
    assert_eq!((state(&app, id).await, app.one::<i64>("SELECT count(*) FROM hebergeur WHERE nom = 'Hôte de droit'").await), ("annule".into(), 0));
    let told: Vec<(i64, String)> =
        sqlx::query_as("SELECT acteur_id, detail->>'geste' FROM journal WHERE objet = 'import' AND detail ? 'geste' ORDER BY id")
            .fetch_all(app.pool())
            .await
            .expect("the journal");
    let words: Vec<(i64, &str)> = told.iter().map(|(who, what)| (*who, what.as_str())).collect();
    let (one, other) = (owner.user_id, beside.user_id);
    assert_eq!(words, [(one, "lecture acceptée, vérification demandée"), (one, "confirmé"), (other, "annulation demandée")]);
}

/// Who was moved elsewhere takes nothing back where they were, and does not use the undoing up for those who may.
#[rocket::async_test]
async fn an_undoing_is_not_burnt_by_somebody_without_the_rights() {
    let app = App::new().await;
    let owner = app.agent(LE_GOSIER).await;
    let id = checked(&app, &owner, ("hebergeurs", "a.csv", FILE), "completer").await;
    confirm(&app, &owner, id).await;
    app.run_sql(&format!(
        "UPDATE utilisateur_collectivite SET collectivite_id = (SELECT id FROM collectivite WHERE siren = '{SAINTE_ANNE}') WHERE utilisateur_id = {}",
        owner.user_id
    ))
    .await;
    let moved = app.signed_in(owner.user_id).await;
    moved.post(&format!("/imports/{id}/annulation"), &[]).await.refused(Status::Forbidden, "partout où cet import a écrit");
    assert_eq!(moved.get(&format!("/imports/{id}/fichier")).await.status, Status::Forbidden);
    assert_eq!(state(&app, id).await, "termine");
    let beside = somebody(&app, &[("administration", 1, LE_GOSIER), ("taxe", 2, LE_GOSIER)]).await;
    assert_eq!(beside.post(&format!("/imports/{id}/annulation"), &[]).await.status, Status::SeeOther);
    app.run_jobs().await;
    assert_eq!(state(&app, id).await, "annule");
}

/// What a token may not do, a worker does not do in its name.
#[rocket::async_test]
async fn the_limits_of_a_token_hold_in_the_worker() {
    let app = App::new().await;
    let owner = somebody(&app, &[("taxe", 3, LE_GOSIER), ("taxe", 3, SAINTE_ANNE)]).await;
    let here: i32 = sqlx::query_scalar("SELECT id FROM collectivite WHERE siren = $1").bind(LE_GOSIER).fetch_one(app.pool()).await.expect("a place");
    let narrow = app.programme_of(owner.user_id, Donne { collectivites: Some(&[here]), ..Donne::default() }).await;
    let file = "nom;commune\nHôte d’ici;97113\nHôte de là;97128\n";
    let answer = narrow.call(Method::Post, "/api/v1/imports?genre=hebergeurs&nom=p.csv", Some(file.into()), &[("Content-Type", "text/csv")]).await;
    assert_eq!(answer.status.code, 201, "{}", answer.text());
    app.run_jobs().await;
    let id: i64 = app.one("SELECT max(id) FROM import").await;
    let (nouvelles, _, _, refusees) = counts(&app, id).await;
    assert_eq!((nouvelles, refusees), (1, 1), "a line of elsewhere is refused");
    // Confirmed by its owner, whose rights go further: the limits of what brought it hold.
    confirm(&app, &owner, id).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM hebergeur WHERE nom = 'Hôte d’ici'").await, 1);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM hebergeur WHERE nom = 'Hôte de là'").await, 0);
    // What its owner loaded by hand, from everywhere, is not the token's to read nor to give up.
    let by_hand = checked(&app, &owner, ("hebergeurs", "b.csv", "nom;commune\nAutre de là;97128\n"), "completer").await;
    for place in ["suivi", "refusees"] {
        problem(&narrow.get(&format!("/api/v1/imports/{by_hand}/{place}")).await, 404, "absent", "périmètre");
    }
    let given_up = narrow.call(Method::Post, &format!("/api/v1/imports/{by_hand}/abandon"), None, &[]).await;
    problem(&given_up, 404, "absent", "périmètre");
    for list in ["imports", "lignes", "anomalies"] {
        problem(&narrow.get(&format!("/api/v1/{list}")).await, 403, "droits", "n’en lit qu’une part");
    }
    // A token taken back brings nothing more in.
    let again = narrow
        .call(Method::Post, "/api/v1/imports?genre=hebergeurs&nom=q.csv", Some("nom;commune\nTard;97113\n".into()), &[("Content-Type", "text/csv")])
        .await;
    assert_eq!(again.status.code, 201, "{}", again.text());
    app.run_sql("UPDATE jeton_api SET revoque_le = now()").await;
    app.run_jobs().await;
    let last: i64 = app.one("SELECT max(id) FROM import").await;
    assert_eq!(state(&app, last).await, "verification_arretee");
}
