//! What is asked again before an act that weighs, and a lost device that two administrateurs mend.

use gardel::comptes;
use gardel::platform::password;
use rocket::http::Status;

use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA};
use crate::support::{App, Browser, Page};

const PASSWORD: &str = "colibri trempé sur la véranda";

fn location(page: &Page) -> String {
    page.header("Location").unwrap_or_default()
}

async fn set_password(app: &App, id: i64) {
    let phc = password::hash_now(PASSWORD).expect("a hash");
    sqlx::query("UPDATE utilisateur SET mot_de_passe = $2 WHERE id = $1").bind(id).bind(phc).execute(app.pool()).await.expect("a password");
}

/// A second factor in place, whose secret matters to nobody here.
async fn give_factor(app: &App, id: i64) {
    sqlx::query("INSERT INTO second_facteur (utilisateur_id, cle, sel, pose_le) VALUES ($1, decode(repeat('ab', 20), 'hex'), decode(repeat('cd', 16), 'hex'), now())")
        .bind(id)
        .execute(app.pool())
        .await
        .expect("a factor");
    // Sessions that rest on it.
    sqlx::query("UPDATE session SET facteur = 'application' WHERE utilisateur_id = $1").bind(id).execute(app.pool()).await.expect("sessions");
}

async fn has_factor(app: &App, id: i64) -> bool {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM second_facteur WHERE utilisateur_id = $1)")
        .bind(id)
        .fetch_one(app.pool())
        .await
        .expect("a state")
}

#[rocket::async_test]
async fn what_gives_rights_is_asked_again_and_loses_nothing() {
    let app = App::new().await;
    let (author, account) = (app.administrateur(RIVIERA).await, app.agent(LE_GOSIER).await);
    set_password(&app, author.user_id).await;
    let other = app.signed_in(author.user_id).await;
    let place: String = app.one("SELECT id::text FROM collectivite WHERE siren = '219711132'").await;
    let session: String = sqlx::query_scalar("SELECT max(id)::text FROM session WHERE utilisateur_id = $1")
        .bind(author.user_id)
        .fetch_one(app.pool())
        .await
        .expect("a session");
    let file = format!("/utilisateurs/{}", account.user_id);
    let new = [("courriel", "neuve@ville.gp"), ("nom", "Neuve"), ("role", "agent"), ("collectivites", place.as_str())];
    let changed = [("nom", "Changée"), ("role", "agent"), ("actif", "true"), ("collectivites", place.as_str()), ("version", "1")];
    let named = [("nom", "Changée"), ("courriel", "autre@ville.gp"), ("version", "1")];
    let acts: [(String, &[(&str, &str)]); 7] = [
        (format!("{file}/modifier"), &named),
        ("/utilisateurs".into(), &new),
        (file.clone(), &changed),
        (format!("{file}/liens"), &[]),
        (format!("{file}/second-facteur/demande"), &[("motif", "perdu")]),
        (format!("/compte/sessions/{session}/fin"), &[]),
        ("/compte/sessions/fin".into(), &[]),
    ];
    app.run_sql("UPDATE session SET confirmee_le = now() - interval '16 minutes'").await;
    let state = "SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM (SELECT u.* FROM utilisateur u UNION ALL SELECT NULL, s.navigateur, NULL, NULL, NULL, NULL, s.id::int, NULL, NULL, NULL, NULL FROM session s) t";
    let before: String = app.one(state).await;
    for (path, form) in &acts {
        let answer = author.post(path, form).await;
        assert!(
            location(&answer).starts_with("/compte/confirmation?retour=%2Freprise%2F") && location(&answer).ends_with("&fin=gardee"),
            "{path}: {} {}",
            answer.status,
            location(&answer)
        );
        assert_eq!(app.one::<String>(state).await, before, "{path}");
    }
    // With nothing typed in it, it leads back to where it was asked.
    let bare = author.post("/compte/second-facteur/proposition", &[]).await;
    assert_eq!(location(&bare), "/compte/confirmation?fin=perdue");
    other.get("/sejours").await.ok();
    // What was typed comes back once it is proved, in its own form.
    let kept = author.post("/utilisateurs", &new).await;
    let page = author.get(&location(&kept)).await.ok();
    assert!(page.text().contains("vous le retrouverez ensuite") && page.texts("#code").is_empty(), "{}", page.text());
    let retour = page.attributes("input[name=retour]", "value")[0].clone();
    let wrong = author.post("/compte/confirmation", &[("mot_de_passe", "mauvais"), ("retour", &retour)]).await;
    wrong.refused(Status::UnprocessableEntity, "Ce n’est pas votre mot de passe.");
    assert_eq!(wrong.attributes("input[name=retour]", "value"), std::slice::from_ref(&retour));
    let right = author.post("/compte/confirmation", &[("mot_de_passe", PASSWORD), ("retour", &retour)]).await;
    assert_eq!(location(&right), retour);
    let form = author.get(&location(&author.get(&retour).await)).await.ok();
    assert_eq!(form.attributes("#courriel", "value"), ["neuve@ville.gp"]);
    let id = retour.trim_start_matches("/reprise/");
    let from = format!("http://localhost/utilisateurs/nouveau?reprise={id}");
    author.post_with("/utilisateurs", &new, &[("Sec-Fetch-Site", "same-origin"), ("Referer", &from)]).await.ok();
    // Sent, it is not to be sent again.
    assert_eq!(location(&author.get(&retour).await), "/");
    // Another site is no place to come back to.
    let elsewhere = author.post("/compte/confirmation", &[("mot_de_passe", PASSWORD), ("retour", "//ailleurs.example")]).await;
    assert_eq!(location(&elsewhere), "/");
    // Another session of the same person has proved nothing.
    assert!(location(&other.post(&format!("{file}/liens"), &[]).await).starts_with("/compte/confirmation"));
}

#[rocket::async_test]
async fn the_password_never_stands_for_the_code() {
    let app = App::new().await;
    let author = app.administrateur(RIVIERA).await;
    set_password(&app, author.user_id).await;
    give_factor(&app, author.user_id).await;
    app.run_sql("UPDATE session SET confirmee_le = now() - interval '16 minutes'").await;
    let page = author.get("/compte/confirmation?retour=%2Fcompte").await.ok();
    assert!(page.texts("input[name=mot_de_passe]").is_empty() && page.attributes("#code", "autocomplete") == ["one-time-code"]);
    let answer = author.post("/compte/confirmation", &[("mot_de_passe", PASSWORD), ("code", "")]).await;
    answer.refused(Status::UnprocessableEntity, "n’est pas le bon");
    for _ in 0..6 {
        author.post("/compte/confirmation", &[("code", "000000")]).await;
    }
    app.run_sql("UPDATE frein_connexion SET libre_le = libre_le + interval '10 minutes' WHERE libre_le > now() - interval '1 minute'").await;
    author.post("/compte/confirmation", &[("code", "000000")]).await.refused(Status::TooManyRequests, "Attendez");
}

async fn ask(author: &Browser<'_>, account: i64) -> Page {
    author.post(&format!("/utilisateurs/{account}/second-facteur/demande"), &[("motif", "Téléphone  perdu,\nvue au guichet")]).await
}

async fn answer(author: &Browser<'_>, account: i64, word: &str, demand: i64) -> Page {
    author.post(&format!("/utilisateurs/{account}/second-facteur/{word}"), &[("demande", &demand.to_string())]).await
}

#[rocket::async_test]
async fn a_lost_device_takes_two() {
    let app = App::new().await;
    app.run_sql("UPDATE utilisateur SET actif = false").await;
    let (one, two) = (app.administrateur(RIVIERA).await, app.administrateur(RIVIERA).await);
    let (elsewhere, account) = (app.administrateur(GRAND_SUD).await, app.agent(LE_GOSIER).await);
    app.run_sql("UPDATE utilisateur SET mot_de_passe = 'x'").await;
    give_factor(&app, account.user_id).await;
    assert_eq!(ask(&elsewhere, account.user_id).await.status, Status::NotFound);
    assert_eq!(ask(&account, account.user_id).await.status, Status::Forbidden);
    assert_eq!(ask(&one, account.user_id).await.status, Status::SeeOther);
    let demand: i64 = app.one("SELECT id FROM retrait_facteur").await;
    // Who asks does not grant; nor does somebody who may not; nor is another demand put in its place.
    answer(&one, account.user_id, "accord", demand).await.refused(Status::Forbidden, "un autre administrateur");
    assert_eq!(answer(&elsewhere, account.user_id, "accord", demand).await.status, Status::NotFound);
    assert_eq!(ask(&two, account.user_id).await.status, Status::SeeOther);
    assert_eq!(app.one::<i64>("SELECT id FROM retrait_facteur").await, demand);
    assert!(has_factor(&app, account.user_id).await);
    let page = two.get(&format!("/utilisateurs/{}", account.user_id)).await.ok();
    assert!(page.text().contains("« Téléphone perdu, vue au guichet »"), "{}", page.text());
    assert!(two.get("/avis").await.ok().text().contains("demande le retrait du second facteur"));
    // Whoever asked has lost their rights meanwhile: the demand is nobody's.
    sqlx::query("UPDATE utilisateur SET role = 'agent' WHERE id = $1").bind(one.user_id).execute(app.pool()).await.expect("a role");
    answer(&two, account.user_id, "accord", demand).await.refused(Status::Conflict, "n’attend plus");
    assert!(has_factor(&app, account.user_id).await);
    sqlx::query("UPDATE utilisateur SET role = 'administrateur' WHERE id = $1").bind(one.user_id).execute(app.pool()).await.expect("a role");
    // Asked anew by somebody else, it has another number: a page left open on the first grants nothing.
    sqlx::query("UPDATE utilisateur SET role = 'agent' WHERE id = $1").bind(one.user_id).execute(app.pool()).await.expect("a role");
    let three = app.administrateur(RIVIERA).await;
    assert_eq!(ask(&three, account.user_id).await.status, Status::SeeOther);
    answer(&two, account.user_id, "accord", demand).await.refused(Status::Conflict, "n’attend plus");
    let renewed: i64 = app.one("SELECT id FROM retrait_facteur").await;
    assert_eq!(answer(&three, account.user_id, "refus", renewed).await.status, Status::SeeOther, "withdrawn");
    sqlx::query("UPDATE utilisateur SET role = 'administrateur' WHERE id = $1").bind(one.user_id).execute(app.pool()).await.expect("a role");
    ask(&one, account.user_id).await;
    let demand: i64 = app.one("SELECT id FROM retrait_facteur").await;
    // Refused, then asked again, then over: granted by nobody.
    assert_eq!(answer(&two, account.user_id, "refus", demand).await.status, Status::SeeOther);
    answer(&two, account.user_id, "accord", demand).await.refused(Status::Conflict, "n’attend plus");
    ask(&one, account.user_id).await;
    app.run_sql("UPDATE retrait_facteur SET demande_le = now() - interval '3 days'").await;
    let late: i64 = app.one("SELECT id FROM retrait_facteur").await;
    answer(&two, account.user_id, "accord", late).await.refused(Status::Conflict, "n’attend plus");
    // And granted at last: the factor and the sessions go, and everybody learns it.
    ask(&one, account.user_id).await;
    let demand: i64 = app.one("SELECT id FROM retrait_facteur").await;
    account.get("/sejours").await.ok();
    assert_eq!(answer(&two, account.user_id, "accord", demand).await.status, Status::SeeOther);
    assert!(!has_factor(&app, account.user_id).await);
    assert!(location(&account.get("/sejours").await).starts_with("/connexion"));
    let words: Vec<String> = sqlx::query_scalar("SELECT detail->>'second_facteur' FROM journal WHERE detail ? 'second_facteur' ORDER BY id")
        .fetch_all(app.pool())
        .await
        .expect("lines");
    assert_eq!(
        words,
        [
            "retrait demandé",
            "retrait demandé",
            "demande annulée",
            "retrait demandé",
            "retrait refusé",
            "retrait demandé",
            "retrait demandé",
            "retrait accordé"
        ]
    );
    let told = app.signed_in(account.user_id).await.get("/avis").await.ok();
    assert!(told.text().contains("Votre second facteur a été retiré"), "{}", told.text());
    answer(&two, account.user_id, "accord", demand).await.refused(Status::Conflict, "n’attend plus");
}

#[rocket::async_test]
async fn somebody_alone_asks_at_the_command_line() {
    let app = App::new().await;
    app.run_sql("UPDATE utilisateur SET actif = false").await;
    let (alone, account, exploitant) = (app.administrateur(RIVIERA).await, app.agent(LE_GOSIER).await, app.exploitant().await);
    for id in [account.user_id, exploitant.user_id, alone.user_id] {
        give_factor(&app, id).await;
    }
    ask(&alone, account.user_id).await.refused(Status::Conflict, "Aucun autre administrateur");
    assert_eq!(ask(&alone, exploitant.user_id).await.status, Status::Forbidden);
    assert_eq!(ask(&alone, alone.user_id).await.status, Status::Forbidden);
    assert!(alone.get(&format!("/utilisateurs/{}", account.user_id)).await.ok().text().contains("voyez l’exploitant"));
    let courriel: String =
        sqlx::query_scalar("SELECT courriel FROM utilisateur WHERE id = $1").bind(exploitant.user_id).fetch_one(app.pool()).await.expect("an e-mail");
    let mut connection = app.pool().acquire().await.expect("a connection");
    let rights = comptes::Rights { without_factor: true, ..comptes::Rights::default() };
    assert_eq!(comptes::change(&mut connection, &courriel, &rights).await.expect("a change"), comptes::Changed::Done);
    assert_eq!(comptes::change(&mut connection, &courriel, &rights).await.expect("no change"), comptes::Changed::Same);
    assert!(!has_factor(&app, exploitant.user_id).await);
    assert!(location(&exploitant.get("/travaux").await).starts_with("/connexion"));
    assert_eq!(
        app.one::<i64>("SELECT count(*) FROM journal WHERE acteur LIKE 'Ligne de commande%' AND detail->>'second_facteur' = 'retiré'").await,
        1
    );
}

/// Whoever made the link of the other's account is not a second person, by however many hands it went.
#[rocket::async_test]
async fn one_person_is_not_two() {
    let app = App::new().await;
    app.run_sql("UPDATE utilisateur SET actif = false").await;
    let (one, two, three) = (app.administrateur(RIVIERA).await, app.administrateur(RIVIERA).await, app.administrateur(RIVIERA).await);
    let account = app.agent(LE_GOSIER).await;
    app.run_sql("UPDATE utilisateur SET mot_de_passe = 'x'").await;
    give_factor(&app, account.user_id).await;
    for (author, of) in [(&one, &two), (&two, &three)] {
        author.post(&format!("/utilisateurs/{}/liens", of.user_id), &[]).await.ok();
    }
    for (asker, granter) in [(&one, &two), (&two, &one), (&one, &three), (&three, &one)] {
        ask(asker, account.user_id).await;
        let demand: i64 = app.one("SELECT id FROM retrait_facteur").await;
        answer(granter, account.user_id, "accord", demand).await.refused(Status::Forbidden, "ce ne serait qu’une personne");
        answer(asker, account.user_id, "refus", demand).await;
    }
    // Two accounts opened by a third hand, which may hold both.
    let (five, six, hand) = (app.administrateur(RIVIERA).await, app.administrateur(RIVIERA).await, app.administrateur(RIVIERA).await);
    app.run_sql("UPDATE utilisateur SET mot_de_passe = 'x'").await;
    for of in [&five, &six] {
        hand.post(&format!("/utilisateurs/{}/liens", of.user_id), &[]).await.ok();
    }
    ask(&five, account.user_id).await;
    let demand: i64 = app.one("SELECT id FROM retrait_facteur").await;
    answer(&six, account.user_id, "accord", demand).await.refused(Status::Forbidden, "ce ne serait qu’une personne");
    answer(&five, account.user_id, "refus", demand).await;
    assert!(has_factor(&app, account.user_id).await);
    // Somebody who owes them nothing.
    let four = app.administrateur(RIVIERA).await;
    ask(&one, account.user_id).await;
    let demand: i64 = app.one("SELECT id FROM retrait_facteur").await;
    assert_eq!(answer(&four, account.user_id, "accord", demand).await.status, Status::SeeOther);
    assert!(!has_factor(&app, account.user_id).await);
}
