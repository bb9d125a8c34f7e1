//! Whose a trace is, and how much one person may ask for: lines, files and jobs belong to the place that they speak of.

use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA};
use crate::support::{App, Browser, Page};
use rocket::http::Status;

/// What was changed on a file is told to the administrateurs of the place of the file, not to those of its author.
#[rocket::async_test]
async fn a_line_of_the_journal_belongs_to_the_place_it_speaks_of() {
    let app = App::new().await;
    let both = app.person("agent", &[RIVIERA, GRAND_SUD]).await;
    let (here, there) = (app.administrateur(RIVIERA).await, app.administrateur(GRAND_SUD).await);
    // A host whose lodgings are all in one commune of the second place.
    let host: i64 = app
        .one("SELECT hebergeur_id FROM hebergeur_commune GROUP BY hebergeur_id HAVING array_agg(DISTINCT code_insee::text) = '{97105}' ORDER BY 1 LIMIT 1")
        .await;
    let stay: i64 = app.one("SELECT min(id) FROM sejour WHERE code_insee = '97105' AND statut = 'a_verifier'").await;
    both.get(&format!("/hebergeurs/{host}")).await.ok();
    let form = [("valeur", "0690 12 34 56"), ("version", "1")];
    assert_eq!(both.post(&format!("/hebergeurs/{host}/champs/telephone"), &form).await.status, Status::SeeOther);
    assert_eq!(both.post(&format!("/sejours/{stay}/champs/statut"), &[("valeur", "valide"), ("version", "1")]).await.status, Status::SeeOther);
    let lines: Vec<i64> =
        sqlx::query_scalar("SELECT id FROM journal WHERE acteur_id = $1 ORDER BY id").bind(both.user_id).fetch_all(app.pool()).await.expect("lines");
    assert_eq!(lines.len(), 3);
    assert_eq!(here.get("/journal").await.ok().rows().len(), 0, "nothing of another place, whoever did it");
    assert_eq!(there.get("/journal").await.ok().rows().len(), 3);
    for id in lines {
        here.get(&format!("/journal/{id}")).await.refused(Status::NotFound, "périmètre");
        there.get(&format!("/journal/{id}")).await.ok();
    }
}

/// With its address in the settings, a server answers nobody who names another host, and its links bear that address.
/// Exports, their jobs and downloads, scheduled exports and their runs, actions and their jobs: asked by somebody who works in
/// two places, each belongs to the place that it speaks of, whichever has the lowest number.
#[rocket::async_test]
async fn what_somebody_of_two_places_does_belongs_to_the_place_it_speaks_of() {
    let app = App::new().await;
    let one = app.administrateur(LE_GOSIER).await;
    let two = app.administrateur(GRAND_SUD).await;
    let asked = |page: Page| page.status == Status::Ok;
    for (commune, chief, stranger) in [("97113", &one, &two), ("97105", &two, &one)] {
        let author = app.person("agent", &[LE_GOSIER, GRAND_SUD]).await;
        let export = author.export("hebergeurs", &format!("commune={commune}&q=a"), "csv_fr").await;
        let jobs: Vec<i64> =
            sqlx::query_scalar("SELECT id FROM job WHERE requested_by = $1").bind(author.user_id).fetch_all(app.pool()).await.expect("jobs");
        assert_eq!(jobs.len(), 1);
        let job = format!("/travaux/{}", jobs[0]);
        assert!(asked(chief.get(&job).await) && !asked(stranger.get(&job).await), "{commune}");
        assert!(chief.get("/travaux").await.ok().text().contains(&job) && !stranger.get("/travaux").await.ok().text().contains(&job));
        app.run_jobs().await;
        author.get(&format!("{export}/fichier")).await.ok();
        let view = [("liste", "sejours"), ("etat", &format!("commune={commune}")), ("nom", "Ma commune"), ("partage", "")];
        author.post("/vues", &view).await;
        let view: i64 = app.one("SELECT max(id) FROM vue").await;
        let form = [("vue", view.to_string()), ("format", "csv_fr".into()), ("quand", "q".into()), ("heure", "6".into()), ("garder", "4".into())];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        author.post("/programmes", &form).await;
        let scheduled: i64 = app.one("SELECT max(id) FROM export_programme").await;
        author.post(&format!("/programmes/{scheduled}/lancement"), &[]).await;
        app.run_jobs().await;
        let form = [("requete", format!("commune={commune}&statut=a_verifier")), ("action", "valider".into()), ("etendue", "filtre".to_string())];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let page = author.post("/sejours/actions", &form).await.ok();
        let token = page.attributes("input[name=jeton]", "value").first().cloned().expect("a form to confirm");
        author.post("/actions", &[("jeton", &token)]).await;
        app.run_jobs().await;
        let managed = async |chief: &Browser<'_>| -> Vec<i32> {
            sqlx::query_scalar("SELECT unnest(collectivites_gerees($1))").bind(chief.user_id).fetch_all(app.pool()).await.expect("places")
        };
        let (theirs, others) = (managed(chief).await, managed(stranger).await);
        let told: Vec<(String, String, Vec<i32>)> = sqlx::query_as(
            "SELECT action, objet, array_agg(DISTINCT collectivite_id) FROM journal WHERE acteur_id = $1 AND objet IN ('export', 'export programmé', 'action')
             GROUP BY 1, 2 ORDER BY 1, 2",
        )
        .bind(author.user_id)
        .fetch_all(app.pool())
        .await
        .expect("the journal");
        let kinds: Vec<(&str, &str)> = told.iter().map(|(action, object, _)| (action.as_str(), object.as_str())).collect();
        for kind in [
            ("export", "export"),
            ("telechargement", "export"),
            ("creation", "export programmé"),
            ("travail", "export programmé"),
            ("modification", "action"),
        ] {
            assert!(kinds.contains(&kind), "{kind:?} of {kinds:?}");
        }
        assert!(told.iter().all(|(.., places)| places.iter().all(|place| theirs.contains(place) && !others.contains(place))), "{commune}: {told:?}");
        let owners: Vec<(String, Option<i32>)> = sqlx::query_as(
            "SELECT 'job ' || name, collectivite_id FROM job WHERE requested_by = $1 UNION ALL SELECT 'export', collectivite_id FROM export WHERE demandeur_id = $1
             UNION ALL SELECT 'programme', collectivite_id FROM export_programme WHERE utilisateur_id = $1
             UNION ALL SELECT 'action', collectivite_id FROM action WHERE demandeur_id = $1
             UNION ALL SELECT 'planification', collectivite_id FROM planification WHERE proprietaire_id = $1",
        )
        .bind(author.user_id)
        .fetch_all(app.pool())
        .await
        .expect("owners");
        assert!(
            owners.len() >= 6 && owners.iter().all(|(_, owner)| owner.is_some_and(|owner| theirs.contains(&owner) && !others.contains(&owner))),
            "{commune}: {owners:?}"
        );
    }
    // What speaks of both has its line in both.
    let author = app.person("agent", &[LE_GOSIER, GRAND_SUD]).await;
    author.export("sejours", "commune=97113&commune=97105", "csv_fr").await;
    let lines: i64 = sqlx::query_scalar("SELECT count(DISTINCT collectivite_id) FROM journal WHERE acteur_id = $1 AND action = 'export'")
        .bind(author.user_id)
        .fetch_one(app.pool())
        .await
        .expect("lines");
    assert_eq!(lines, 2);
}

/// An account that is stolen, or a script left running, empties nothing: what one person asks for in a time has a bound, and
/// what is read in the editor of a telephone counts as the file does.
#[rocket::async_test]
async fn what_one_person_asks_for_is_bounded() {
    let app = App::with(|config| {
        config.exports_par_jour = 2;
        config.actions_par_jour = 1;
        config.consultations_par_heure = 3;
    })
    .await;
    let agent = app.agent(LE_GOSIER).await;
    let colleague = app.agent(LE_GOSIER).await;
    let ask = async |browser: &Browser<'_>, question: &str| browser.post("/sejours/exports", &[("requete", question), ("format", "csv_fr")]).await;
    for statut in ["valide", "conteste"] {
        assert_eq!(ask(&agent, &format!("statut={statut}")).await.status, Status::SeeOther);
    }
    let refused = ask(&agent, "statut=rejete").await;
    assert_eq!(refused.header("Retry-After").as_deref(), Some("600"));
    refused.refused(Status::TooManyRequests, "2 exports en 24 heures");
    assert_eq!(ask(&colleague, "statut=rejete").await.status, Status::SeeOther, "the bound is each one's");
    let hosts: Vec<i64> = sqlx::query_scalar("SELECT DISTINCT hebergeur_id FROM hebergeur_commune WHERE code_insee = '97113' ORDER BY 1 LIMIT 4")
        .fetch_all(app.pool())
        .await
        .expect("hosts");
    agent.get(&format!("/hebergeurs/{}", hosts[0])).await.ok();
    for column in ["telephone", "courriel"] {
        agent.get(&format!("/hebergeurs/{}/champs/{column}", hosts[1])).await.ok();
    }
    let read: Vec<String> = sqlx::query_scalar("SELECT objet_id FROM journal WHERE acteur_id = $1 AND action = 'consultation' ORDER BY id")
        .bind(agent.user_id)
        .fetch_all(app.pool())
        .await
        .expect("the journal");
    assert!(read.iter().any(|id| *id == hosts[1].to_string()), "the editor is a reading too: {read:?}");
    for path in [format!("/hebergeurs/{}", hosts[2]), format!("/hebergeurs/{}/champs/telephone", hosts[3])] {
        agent.get(&path).await.refused(Status::TooManyRequests, "3 fiches de personnes ouvertes en une heure");
    }
    agent.get("/sejours").await.ok();
    let confirm = async |statut: &str| {
        let form = [("requete", "commune=97113&statut=a_verifier"), ("action", statut), ("etendue", "filtre")];
        let page = agent.post("/sejours/actions", &form).await.ok();
        let token = page.attributes("input[name=jeton]", "value").first().cloned().expect("a form to confirm");
        agent.post("/actions", &[("jeton", &token)]).await
    };
    assert_ne!(confirm("valider").await.status, Status::TooManyRequests);
    app.run_jobs().await;
    app.run_sql("UPDATE sejour SET statut = 'a_verifier' WHERE id = (SELECT min(id) FROM sejour WHERE code_insee = '97113')").await;
    confirm("valider").await.refused(Status::TooManyRequests, "1 actions groupées en 24 heures");
}

/// What one person sends at once is counted one after the other.
#[rocket::async_test]
async fn a_bound_holds_against_a_crowd_of_one() {
    let app = App::with(|config| config.exports_par_jour = 3).await;
    let agent = app.agent(LE_GOSIER).await;
    let ask = async |rank: usize| {
        let question = format!("debut_min=2026-01-{:02}", rank + 1);
        agent.post("/sejours/exports", &[("requete", &question), ("format", "csv_fr")]).await.status
    };
    let answers = futures::future::join_all((0..12).map(ask)).await;
    assert_eq!(answers.iter().filter(|status| **status == Status::SeeOther).count(), 3, "{answers:?}");
    assert!(answers.iter().all(|status| [Status::SeeOther, Status::TooManyRequests].contains(status)), "{answers:?}");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM export").await, 3);
}

/// Rows counted for a confirmation are kept for the last few of a person, however often they ask.
#[rocket::async_test]
async fn choices_that_nobody_confirms_fill_nothing() {
    let app = App::new().await;
    let (agent, colleague) = (app.agent(LE_GOSIER).await, app.agent(LE_GOSIER).await);
    let prepare = async |browser: &Browser<'_>| {
        let page = browser.post("/sejours/actions", &[("requete", "statut=a_verifier"), ("action", "valider"), ("etendue", "filtre")]).await.ok();
        page.attributes("input[name=jeton]", "value").first().cloned().expect("a form to confirm")
    };
    prepare(&colleague).await;
    let mut tokens = Vec::new();
    for _ in 0..9 {
        tokens.push(prepare(&agent).await);
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM action_choix").await, 6, "five of one, one of another");
    // The last one is confirmed; the first one is over, and says so.
    let last = tokens.last().expect("a token");
    assert_eq!(agent.post("/actions", &[("jeton", last)]).await.status, Status::SeeOther);
    agent.post("/actions", &[("jeton", &tokens[0])]).await.refused(Status::Conflict, "rien n’a été changé");
}

/// What is noted of an account of two places belongs to whoever has both: who has one of them opens neither the account nor
/// its lines.
#[rocket::async_test]
async fn an_account_of_two_places_belongs_to_who_has_both() {
    let app = App::new().await;
    // An agency, which has every commune.
    app.run_sql("INSERT INTO collectivite (siren, nom, type) VALUES ('999999999', 'Agence', 'agence')").await;
    app.run_sql("INSERT INTO collectivite_commune (collectivite_id, code_insee) SELECT c.id, m.code_insee FROM collectivite c, commune m WHERE c.siren = '999999999'").await;
    let everywhere = app.administrateur("999999999").await;
    let (north, south) = (app.administrateur(RIVIERA).await, app.administrateur(GRAND_SUD).await);
    let account = app.person("agent", &[LE_GOSIER, GRAND_SUD]).await;
    everywhere.get(&format!("/utilisateurs/{}", account.user_id)).await.ok();
    let line: String = app.one("SELECT max(id)::text FROM journal WHERE objet = 'utilisateur' AND action = 'consultation'").await;
    everywhere.get(&format!("/journal/{line}")).await.ok();
    for one in [&north, &south] {
        one.get(&format!("/utilisateurs/{}", account.user_id)).await.refused(Status::NotFound, "");
        one.get(&format!("/journal/{line}")).await.refused(Status::NotFound, "");
    }
}
