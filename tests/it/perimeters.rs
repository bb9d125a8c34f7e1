//! Perimeters: an agent of one commune, an administrateur of an EPCI and an exploitant each see what
//! they should and nothing else, in pages, fragments, counts, exports and jobs.

use gardel::comptes::Role;
use gardel::web::LISTS;
use rocket::http::Status;

use crate::support::App;
use crate::support::app::{GRAND_SUD, LE_GOSIER, REJECTED, RIVIERA};
use crate::support::droits::reader;

#[rocket::async_test]
async fn lists_hold_the_reader_s_rows_only() {
    let app = App::new().await;
    for (browser, communes) in [
        (app.agent(LE_GOSIER).await, "'97113'"),
        (app.administrateur(RIVIERA).await, "'97113','97125','97128','97110'"),
        (app.agent(GRAND_SUD).await, "'97104','97105','97106','97107','97109','97124','97130','97131','97132','97133','97134'"),
    ] {
        for (list, sql) in [
            ("sejours", format!("SELECT count(*) FROM sejour WHERE code_insee IN ({communes})")),
            ("logements", format!("SELECT count(*) FROM logement WHERE code_insee IN ({communes})")),
            ("hebergeurs", format!("SELECT count(DISTINCT hebergeur_id) FROM logement WHERE code_insee IN ({communes})")),
        ] {
            let expected: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(app.pool()).await.expect("a count");
            let count = browser.fragment(&format!("/{list}/compte")).await.ok().texts("#compte strong").join("");
            let digits: String = count.chars().filter(char::is_ascii_digit).collect();
            assert_eq!(digits.parse::<i64>().unwrap_or(0), expected, "{list} {communes}");
            // Asking for another commune by its address gives nothing, not an error that would tell.
            let page = browser.get(&format!("/{list}?commune=97115")).await.ok();
            assert!(page.rows().is_empty(), "{list}");
        }
    }
}

#[rocket::async_test]
async fn files_of_elsewhere_do_not_exist() {
    let app = App::new().await;
    let outside = app.agent(GRAND_SUD).await;
    let inside = app.agent(LE_GOSIER).await;
    let stay: i64 = app.one("SELECT min(id) FROM sejour WHERE code_insee = '97113'").await;
    let lodging: i64 = app.one("SELECT min(id) FROM logement WHERE code_insee = '97113'").await;
    let host: i64 = app
        .one("SELECT min(hebergeur_id) FROM logement WHERE code_insee = '97113' AND hebergeur_id NOT IN (SELECT hebergeur_id FROM logement WHERE code_insee IN (SELECT code_insee FROM commune WHERE epci_siren = '249710070'))")
        .await;
    for path in [format!("/sejours/{stay}"), format!("/logements/{lodging}"), format!("/hebergeurs/{host}")] {
        inside.get(&path).await.ok();
        outside.get(&path).await.refused(Status::NotFound, "périmètre");
    }
    let refused = outside.post(&format!("/sejours/{stay}/statut"), &[("statut", "rejete"), ("motif", REJECTED), ("version", "1")]).await;
    refused.refused(Status::NotFound, "périmètre");
    // Its label does not leak through a filter either.
    let name: String = sqlx::query_scalar("SELECT nom FROM logement WHERE id = $1").bind(lodging).fetch_one(app.pool()).await.expect("a name");
    let page = outside.get(&format!("/sejours?logement={lodging}")).await.ok();
    assert!(page.rows().is_empty() && !page.text().contains(&name));
}

#[rocket::async_test]
async fn an_exploitant_sees_jobs_and_no_tax_data() {
    let app = App::new().await;
    let exploitant = app.exploitant().await;
    let agent = app.agent(LE_GOSIER).await;
    agent.export("sejours", "", "csv_fr").await;
    assert_eq!(exploitant.get("/travaux").await.ok().rows().len(), 1);
    exploitant.get("/communes").await.ok();
    for path in ["/sejours", "/logements", "/hebergeurs", "/sejours/1", "/logements/1", "/hebergeurs/1", "/utilisateurs", "/journal"] {
        exploitant.get(path).await.refused(Status::Forbidden, "droits");
    }
    let export = exploitant.post("/sejours/exports", &[("requete", ""), ("format", "csv_fr")]).await;
    export.refused(Status::Forbidden, "droits");
    exploitant.get("/tuiles").await.refused(Status::Forbidden, "droits");
}

#[rocket::async_test]
async fn jobs_and_exports_belong_to_somebody() {
    let app = App::new().await;
    let mine = app.agent(LE_GOSIER).await;
    let colleague = app.agent(LE_GOSIER).await;
    let chief = app.administrateur(RIVIERA).await;
    let elsewhere = app.administrateur(GRAND_SUD).await;
    let export = mine.export("sejours", "statut=valide", "csv_fr").await;
    app.run_jobs().await;
    for path in [export.clone(), format!("{export}/fichier"), format!("{export}/manifeste")] {
        mine.get(&path).await.ok();
        for other in [&colleague, &chief, &elsewhere] {
            assert_eq!(other.get(&path).await.status, Status::NotFound, "{path}");
            assert_eq!(other.fragment(&path).await.status, Status::NotFound, "{path}");
        }
    }
    let job: i64 = app.one("SELECT id FROM job").await;
    assert_eq!(mine.get("/travaux").await.ok().rows(), [job.to_string()]);
    assert_eq!(chief.get("/travaux").await.ok().rows(), [job.to_string()], "the chief answers for the agents of the communes");
    for other in [&colleague, &elsewhere] {
        assert!(other.get("/travaux").await.ok().rows().is_empty());
        assert_eq!(other.get(&format!("/travaux/{job}")).await.status, Status::NotFound);
        assert_eq!(other.post(&format!("/travaux/{job}/annulation"), &[]).await.status, Status::NotFound);
        assert_eq!(other.post(&format!("/travaux/{job}/reprise"), &[]).await.status, Status::NotFound);
    }
}

#[rocket::async_test]
async fn users_and_journal_stay_in_their_collectivite() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let chief = app.administrateur(RIVIERA).await;
    let elsewhere = app.administrateur(GRAND_SUD).await;
    let wide = app.person("agent", &[LE_GOSIER, GRAND_SUD]).await;
    let page = chief.get("/utilisateurs").await.ok().rows();
    assert!(page.contains(&agent.user_id.to_string()), "an agent of a member commune");
    assert!(!page.contains(&elsewhere.user_id.to_string()));
    assert!(!page.contains(&wide.user_id.to_string()), "somebody with rights outside is not the chief's to manage");
    for id in [elsewhere.user_id, wide.user_id] {
        assert_eq!(chief.get(&format!("/utilisateurs/{id}")).await.status, Status::NotFound);
        assert_eq!(
            chief.post(&format!("/utilisateurs/{id}"), &[("nom", "X"), ("role", "agent"), ("collectivites", "1"), ("version", "1")]).await.status,
            Status::NotFound
        );
        assert_eq!(chief.post(&format!("/utilisateurs/{id}/liens"), &[]).await.status, Status::NotFound);
    }
    // A right that one does not have cannot be given.
    let outside: i32 = app.one("SELECT id FROM collectivite WHERE siren = '249710070'").await;
    let refused =
        chief.post("/utilisateurs", &[("courriel", "a@b.gp"), ("nom", "A"), ("role", "agent"), ("collectivites", &outside.to_string())]).await;
    refused.refused(Status::UnprocessableEntity, "périmètre");
    let refused = chief.post("/utilisateurs", &[("courriel", "a@b.gp"), ("nom", "A"), ("role", "exploitant"), ("collectivites", "1")]).await;
    refused.refused(Status::UnprocessableEntity, "rôle");

    let host: i64 = app.one("SELECT min(hebergeur_id) FROM logement WHERE code_insee = '97113'").await;
    agent.get(&format!("/hebergeurs/{host}")).await.ok();
    assert_eq!(chief.get("/journal?action=consultation").await.ok().rows().len(), 1, "the reading of a personal file is told");
    assert!(elsewhere.get("/journal?action=consultation").await.ok().rows().is_empty());
}

#[rocket::async_test]
async fn rights_withdrawn_are_withdrawn_at_once() {
    let app = App::new().await;
    let browser = app.person("agent", &[LE_GOSIER, GRAND_SUD]).await;
    let before = browser.get("/sejours?taille=200").await.ok().rows();
    app.run_sql("DELETE FROM utilisateur_collectivite WHERE collectivite_id = (SELECT id FROM collectivite WHERE siren = '249710070')").await;
    let after = browser.get("/sejours?taille=200").await.ok().rows();
    assert_ne!(before, after, "a cached fragment of wider rights is not served");
    let inside: Vec<String> = sqlx::query_scalar("SELECT id::text FROM sejour WHERE code_insee = '97113'").fetch_all(app.pool()).await.expect("rows");
    assert!(after.iter().all(|id| inside.contains(id)));
    sqlx::query("UPDATE utilisateur SET actif = false WHERE id = $1").bind(browser.user_id).execute(app.pool()).await.expect("disabled");
    assert_eq!(browser.get("/sejours").await.status, Status::SeeOther);
}

/// Servers remember rights only while nothing changed: every way to change them is heard, whoever writes.
#[rocket::async_test]
async fn every_change_of_rights_is_heard() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    browser.get("/communes/97113").await.ok();
    let id = browser.user_id;
    for change in [
        format!("UPDATE utilisateur SET nom = 'Nouveau nom' WHERE id = {id}"),
        format!("UPDATE utilisateur SET role = 'administrateur' WHERE id = {id}"),
        format!("INSERT INTO utilisateur_collectivite (utilisateur_id, collectivite_id) SELECT {id}, id FROM collectivite WHERE siren = '249710070'"),
        "UPDATE collectivite SET nom = 'Ville du Gosier' WHERE siren = '219711132'".into(),
        "UPDATE collectivite_commune SET jusqu_au = '2020-01-01' WHERE code_insee = '97113'".into(),
        "DELETE FROM collectivite_commune WHERE code_insee = '97125'".into(),
        format!("DELETE FROM utilisateur_collectivite WHERE utilisateur_id = {id}"),
    ] {
        let before = state(&app).await;
        sqlx::query(sqlx::AssertSqlSafe(change.clone())).execute(app.pool()).await.expect("changed");
        assert!(state(&app).await > before, "{change}");
    }
    let page = browser.get("/communes").await;
    assert!(page.ok().text().contains("Nouveau nom"), "the name on the page is the new one");
    let before = state(&app).await;
    sqlx::query("UPDATE utilisateur SET connecte_le = now() WHERE id = $1").bind(id).execute(app.pool()).await.expect("seen");
    assert_eq!(state(&app).await, before, "signing in is no change of rights");
    sqlx::query("DELETE FROM utilisateur WHERE id = $1").bind(id).execute(app.pool()).await.expect("removed");
    assert_eq!(browser.get("/communes").await.status, Status::SeeOther);
}

async fn state(app: &App) -> i64 {
    app.one("SELECT sum(version)::bigint FROM version_donnees").await
}

#[test]
fn every_list_says_whose_rows_it_shows() {
    use gardel::listing::Branching;
    let nobody = reader(0, Role::Agent, Vec::new(), Vec::new());
    for list in LISTS {
        let scope = (list.scope)(&nobody);
        let open = scope == Branching::All;
        assert!(!open || list.name == "communes", "{} would show everything to somebody without rights", list.name);
    }
}
