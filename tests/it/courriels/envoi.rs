//! Links sent by an administrateur: they leave, they open, and what becomes of them is told.

use gardel::platform::token;
use rocket::http::Status;

use super::{Post, SENDER, account, app_of, hold_brakes, last, rows_with, run_all};
use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA};
use crate::support::jar::PASSWORD;
use crate::support::{App, Page, plain};

const NEW: &str = "sept mangues sur un toit rouge";

async fn places(app: &App, siren: &str) -> String {
    let id: i32 = sqlx::query_scalar("SELECT id FROM collectivite WHERE siren = $1").bind(siren).fetch_one(app.pool()).await.expect("a place");
    id.to_string()
}

fn location(page: &Page) -> String {
    page.header("Location").unwrap_or_default()
}

async fn told(app: &App) -> Vec<serde_json::Value> {
    sqlx::query_scalar("SELECT detail FROM journal WHERE detail ? 'envoi' ORDER BY id").fetch_all(app.pool()).await.expect("lines")
}

#[rocket::async_test]
async fn an_invitation_leaves_opens_once_and_lies_nowhere() {
    let post = Post::open(&[]);
    let app = post.app().await;
    let chief = app.administrateur(RIVIERA).await;
    let place = places(&app, LE_GOSIER).await;
    let form = [("courriel", "nouvelle@ville.gp"), ("nom", "Hélène Nouvelle"), ("role", "agent"), ("collectivites", &place), ("remise", "courriel")];
    let answer = chief.post("/utilisateurs", &form).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    let page = location(&answer).replace("#courriels", "");
    assert!(chief.get(&page).await.ok().texts("#courriels").concat().contains("En route"));
    assert_eq!(chief.get(&page).await.ok().attributes("#courriels", "hx-get"), [format!("{page}/courriels")], "it asks for itself");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM invitation").await, 0, "no link before it leaves");
    app.run_jobs().await;
    let taken = post.taken().await;
    assert_eq!((taken.len(), taken[0].de.as_str(), taken[0].a.as_slice()), (1, SENDER, &["nouvelle@ville.gp".to_string()][..]));
    assert_eq!(taken[0].header("Auto-Submitted"), "auto-generated");
    assert!(taken[0].text().contains("Bonjour Hélène Nouvelle") && taken[0].text().contains("Le Gosier"), "{}", taken[0].text());
    // It is in the message, and nowhere else: the base has its digest.
    let link = taken[0].link();
    let secret = link.rsplit('/').next().expect("a token");
    assert_eq!(rows_with(&app, secret).await, 0);
    assert_eq!(app.one::<Vec<u8>>("SELECT empreinte FROM invitation").await, token::hash(secret));
    let lasts: bool =
        app.one("SELECT expire_le BETWEEN now() + interval '6 days' AND now() + interval '8 days' AND cree_par IS NOT NULL FROM invitation").await;
    assert!(lasts);
    let shown = chief.get(&page).await.ok();
    assert!(shown.texts("#courriels").concat().contains("Envoyé") && shown.attributes("#courriels", "hx-get").is_empty(), "{}", shown.text());
    let lines = told(&app).await;
    assert_eq!(lines[0]["envoi"], "demande");
    assert_eq!(lines[1], serde_json::json!({"envoi": "envoye", "lien": "invitation"}));
    let journal = chief.get("/journal?objet=utilisateur").await.ok().texts("#liste tbody tr").join("\n");
    assert!(journal.contains("Courriel : envoyé") && journal.contains("Courriel : envoi demandé"), "{journal}");
    // It opens once.
    let anonymous = app.anonymous();
    anonymous.get(&link).await.ok();
    let chosen = anonymous.post(&link, &[("mot_de_passe", NEW), ("confirmation", NEW)]).await;
    assert_eq!((chosen.status, location(&chosen).as_str()), (Status::SeeOther, "/connexion?fin=choisi"), "{}", chosen.text());
    anonymous.get(&link).await.refused(Status::Gone, "a déjà servi");
    assert_eq!(anonymous.post("/connexion", &[("courriel", "nouvelle@ville.gp"), ("mot_de_passe", NEW)]).await.status, Status::SeeOther);
    // A first password is no change: nothing else was sent.
    run_all(&app).await;
    assert_eq!(post.taken().await.len(), 1);
}

#[rocket::async_test]
async fn a_link_that_leaves_replaces_the_sheet_and_follows_the_rights_of_its_author() {
    let post = Post::open(&[]);
    let app = post.app().await;
    let chief = app.administrateur(RIVIERA).await;
    let id = account(&app, "agent", LE_GOSIER, "m@ville.gp").await;
    let page = format!("/utilisateurs/{id}");
    let sheet = chief.post(&format!("{page}/liens"), &[]).await.ok();
    let paper = sheet.attributes("a.lien-invitation", "href")[0].replace("http://localhost", "");
    chief.post(&format!("{page}/courriels"), &[]).await;
    app.anonymous().get(&paper).await.ok();
    // A double click asks once.
    chief.post(&format!("{page}/courriels"), &[]).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM courriel_envoi").await, 1);
    app.run_jobs().await;
    app.anonymous().get(&paper).await.refused(Status::Gone, "n’est plus valable");
    let link = post.taken().await[0].link();
    app.anonymous().get(&link).await.ok();
    // The account changes its address: what went to the old one is over.
    app.run_sql(&format!("UPDATE utilisateur SET courriel = 'ailleurs@ville.gp' WHERE id = {id}")).await;
    app.anonymous().get(&link).await.refused(Status::Gone, "n’est plus valable");
    // Its author is no administrateur any more when it should leave: it does not, and says why.
    chief.post(&format!("{page}/courriels"), &[]).await;
    app.run_sql(&format!("UPDATE utilisateur SET role = 'agent' WHERE id = {}", chief.user_id)).await;
    run_all(&app).await;
    assert_eq!(post.taken().await.len(), 1);
    assert_eq!(last(&app).await, ("sans_objet".into(), Some("Qui l’a demandé n’est plus administrateur de ce compte.".into())));
    // Disabled meanwhile: nothing leaves either.
    let other = app.administrateur(RIVIERA).await;
    other.post(&format!("{page}/courriels"), &[]).await;
    app.run_sql(&format!("UPDATE utilisateur SET actif = false WHERE id = {id}")).await;
    run_all(&app).await;
    assert_eq!((post.taken().await.len(), last(&app).await.0), (1, "sans_objet".into()));
    other.post(&format!("{page}/courriels"), &[]).await.refused(Status::BadRequest, "désactivé");
    // Somebody of elsewhere, and an account that the command line alone renews.
    let south = app.administrateur(GRAND_SUD).await;
    south.post(&format!("{page}/courriels"), &[]).await.refused(Status::NotFound, "n’existe pas");
    let operator = app.exploitant().await.user_id;
    other.post(&format!("/utilisateurs/{operator}/courriels"), &[]).await.refused(Status::Forbidden, "ligne de commande");
}

#[rocket::async_test]
async fn what_may_pass_later_is_tried_again_and_what_never_will_is_told() {
    let post = Post::open(&[]);
    let app = app_of(&post.plain(), |config| config.smtp.as_mut().expect("settings").delai_secondes = 1).await;
    let chief = app.administrateur(RIVIERA).await;
    let id = account(&app, "agent", LE_GOSIER, "m@ville.gp").await;
    let page = format!("/utilisateurs/{id}");
    let ask = async || {
        app.run_sql("DELETE FROM frein_connexion").await;
        assert_eq!(chief.post(&format!("{page}/courriels"), &[]).await.status, Status::SeeOther);
        app.run_jobs().await;
        last(&app).await
    };
    let mut expected = 0;
    for (fault, words) in [
        ("attendre", "demande d’attendre : 451 4.7.1 Liste grise, revenez plus tard"),
        ("expediteur", "refuse l’expéditeur de Gardel : 550 5.7.1 Relais refusé"),
        ("muet", "n’a pas répondu à temps"),
    ] {
        post.order(fault).await;
        let (state, answer) = ask().await;
        assert!(
            state == "en_attente" && answer.as_deref().is_some_and(|answer| plain(answer).contains(&plain(words))),
            "{fault}: {state} {answer:?}"
        );
        let shown = chief.get(&page).await.ok();
        assert!(shown.text().contains(words) && shown.attributes("#courriels", "hx-get").is_empty(), "{fault}: told, and not asked for all night");
        assert_eq!(post.taken().await.len(), expected, "{fault}");
        let attempts: (String, i32) =
            sqlx::query_as("SELECT state, attempts FROM job ORDER BY id DESC LIMIT 1").fetch_one(app.pool()).await.expect("a job");
        assert_eq!(attempts, ("ready".into(), 1), "{fault}");
        run_all(&app).await;
        expected += 1;
        assert_eq!((post.taken().await.len(), last(&app).await), (expected, ("envoye".into(), None)), "{fault}");
    }
    for (fault, words) in [("refuser", "550 5.1.1 Boîte inconnue"), ("contenu", "554 5.6.0 Contenu refusé : invitation/…")] {
        post.order(fault).await;
        let (state, answer) = ask().await;
        let answer = answer.unwrap_or_default();
        assert!(state == "refuse" && plain(&answer).contains(&plain(words)), "{fault}: {state} {answer}");
        assert!(chief.get(&page).await.ok().text().contains(words), "{fault}");
        assert_eq!(app.one::<String>("SELECT state FROM job ORDER BY id DESC LIMIT 1").await, "done", "{fault}");
        assert_eq!(told(&app).await.last().expect("a line")["cause"], answer.as_str(), "{fault}");
    }
    // Tried for long enough, it is given up, and that is told.
    post.order("attendre?fois=50").await;
    assert_eq!(ask().await.0, "en_attente");
    app.run_sql("UPDATE job SET attempts = max_attempts - 1 WHERE state = 'ready'").await;
    run_all(&app).await;
    let (state, answer) = last(&app).await;
    assert!(state == "abandonne" && answer.unwrap_or_default().contains("451"));
    assert_eq!(told(&app).await.last().expect("a line")["envoi"], "abandonne");
    assert_eq!(post.taken().await.len(), expected);
}

#[rocket::async_test]
async fn a_message_sent_again_is_the_same_message_and_either_link_serves_once() {
    let post = Post::open(&[]);
    let app = post.app().await;
    let chief = app.administrateur(RIVIERA).await;
    let id = account(&app, "agent", LE_GOSIER, "m@ville.gp").await;
    post.order("couper").await;
    chief.post(&format!("/utilisateurs/{id}/courriels"), &[]).await;
    app.run_jobs().await;
    let (state, answer) = last(&app).await;
    assert!(state == "en_attente" && answer.unwrap_or_default().contains("coupée"));
    run_all(&app).await;
    let taken = post.taken().await;
    assert_eq!((taken.len(), last(&app).await.0), (2, "envoye".into()));
    assert_eq!(taken[0].header("Message-ID"), taken[1].header("Message-ID"));
    // Whichever the person kept: a mail server may have thrown the second away as the same message.
    let (one, two) = (taken[0].link(), taken[1].link());
    assert_ne!(one, two);
    app.anonymous().get(&two).await.ok();
    let chosen = app.anonymous().post(&one, &[("mot_de_passe", NEW), ("confirmation", NEW)]).await;
    assert_eq!(chosen.status, Status::SeeOther, "{}", chosen.text());
    app.anonymous().get(&two).await.refused(Status::Gone, "a déjà servi");
    // Run once more, a job whose message left sends nothing.
    app.run_sql("DELETE FROM courriel_envoi WHERE genre = 'changement'").await;
    app.run_sql("UPDATE job SET state = 'ready', run_at = now(), finished_at = NULL WHERE name = 'courriel'").await;
    app.run_jobs().await;
    assert_eq!(post.taken().await.len(), 2);
}

#[rocket::async_test]
async fn a_box_is_not_filled_by_a_button() {
    let post = Post::open(&[]);
    let app = post.app().await;
    let chief = app.administrateur(RIVIERA).await;
    let id = account(&app, "agent", LE_GOSIER, "m@ville.gp").await;
    let mut refused = 0;
    for _ in 0..9 {
        let answer = chief.post(&format!("/utilisateurs/{id}/courriels"), &[]).await;
        refused += i32::from(answer.status == Status::TooManyRequests);
        hold_brakes(&app).await;
        app.run_jobs().await;
    }
    assert_eq!((refused, post.taken().await.len()), (4, 5));
}

#[rocket::async_test]
async fn without_a_server_nothing_changes() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let id = account(&app, "agent", LE_GOSIER, "m@ville.gp").await;
    app.anonymous().get("/connexion/oubli").await.refused(Status::NotFound, "n’envoie pas de courriel");
    app.anonymous().post("/connexion/oubli", &[("courriel", "m@ville.gp")]).await.refused(Status::NotFound, "n’envoie pas de courriel");
    let page = app.anonymous().get("/connexion").await.ok();
    assert!(page.text().contains("il vous remettra une fiche") && page.attributes("a[href='/connexion/oubli']", "href").is_empty());
    assert!(!chief.get(&format!("/utilisateurs/{id}")).await.ok().text().contains("par courriel"));
    assert!(chief.get("/utilisateurs/nouveau").await.ok().attributes("button[name=remise]", "value").is_empty());
    chief.post(&format!("/utilisateurs/{id}/courriels"), &[]).await.refused(Status::NotFound, "n’envoie pas de courriel");
    let person = app.signed_in(id).await;
    let changed = person.post("/compte/mot-de-passe", &[("actuel", PASSWORD), ("mot_de_passe", NEW), ("confirmation", NEW)]).await;
    assert_eq!(changed.status, Status::SeeOther, "{}", changed.text());
    assert_eq!(app.one::<i64>("SELECT count(*) FROM courriel_envoi").await, 0);
    let place = places(&app, LE_GOSIER).await;
    let form = [("courriel", "n@ville.gp"), ("nom", "N"), ("role", "agent"), ("collectivites", &place), ("remise", "courriel")];
    chief.post("/utilisateurs", &form).await.ok().attributes("a.lien-invitation", "href").first().expect("a sheet");
}

/// One that an operator stops while it waits is no more on its way: it can be asked for again, and its end is told.
#[rocket::async_test]
async fn a_message_that_was_stopped_keeps_no_other() {
    let post = Post::open(&[]);
    let app = post.app().await;
    let (chief, operator) = (app.administrateur(RIVIERA).await, app.exploitant().await);
    let id = account(&app, "agent", LE_GOSIER, "m@ville.gp").await;
    let page = format!("/utilisateurs/{id}");
    chief.post(&format!("{page}/courriels"), &[]).await;
    let job: i64 = app.one("SELECT id FROM job WHERE name = 'courriel'").await;
    let stopped = operator.post(&format!("/travaux/{job}/annulation"), &[("retour", "")]).await;
    assert_eq!(stopped.status, Status::SeeOther, "{}", stopped.text());
    assert_eq!((app.one::<String>("SELECT state FROM job").await.as_str(), last(&app).await.0.as_str()), ("cancelled", "en_attente"));
    chief.post(&format!("{page}/courriels"), &[]).await;
    assert!(chief.get(&page).await.ok().texts("#messages").concat().contains("part à m@ville.gp"));
    let mut write = app.context.db.write().await.expect("a transaction");
    gardel::platform::jobs::enqueue(&mut write, &gardel::travaux::Upkeep::default(), gardel::platform::jobs::Requester::default())
        .await
        .expect("a job");
    write.commit().await.expect("commits");
    run_all(&app).await;
    let states: Vec<String> = app.one("SELECT array_agg(etat ORDER BY id) FROM courriel_envoi").await;
    assert_eq!((states, post.taken().await.len()), (vec!["abandonne".to_string(), "envoye".into()], 1));
    assert!(told(&app).await.iter().any(|line| line["envoi"] == "abandonne" && line["lien"] == "renouvellement"));
}

/// A sheet serves until the message has left, and one that is made since the demand is what was wanted last.
#[rocket::async_test]
async fn a_message_that_does_not_leave_takes_nothing_away() {
    let post = Post::open(&[]);
    let app = post.app().await;
    let chief = app.administrateur(RIVIERA).await;
    let id = account(&app, "agent", LE_GOSIER, "m@ville.gp").await;
    let page = format!("/utilisateurs/{id}");
    let sheet = async || {
        let sheet = chief.post(&format!("{page}/liens"), &[]).await.ok();
        sheet.attributes("a.lien-invitation", "href")[0].replace("http://localhost", "")
    };
    let paper = sheet().await;
    post.order("attendre").await;
    chief.post(&format!("{page}/courriels"), &[]).await;
    app.run_jobs().await;
    assert_eq!((last(&app).await.0.as_str(), app.one::<i64>("SELECT count(*) FROM invitation").await), ("en_attente", 2));
    app.anonymous().get(&paper).await.ok();
    let newer = sheet().await;
    run_all(&app).await;
    let (state, answer) = last(&app).await;
    assert!(state == "sans_objet" && answer.unwrap_or_default().contains("Un autre lien"), "{state}");
    assert_eq!(post.taken().await.len(), 0);
    app.anonymous().get(&newer).await.ok();
    // Left, it replaces them.
    chief.post(&format!("{page}/courriels"), &[]).await;
    app.run_jobs().await;
    app.anonymous().get(&newer).await.refused(Status::Gone, "n’est plus valable");
    app.anonymous().get(&post.taken().await[0].link()).await.ok();
    // An address that changed after the message was addressed has no link made for it.
    chief.post(&format!("{page}/courriels"), &[]).await;
    let demand: i64 = app.one("SELECT max(id) FROM courriel_envoi").await;
    let made = "SELECT lien_par_courriel($1, decode(repeat('01', 32), 'hex'), 'ancienne@ville.gp')";
    let made: String = sqlx::query_scalar(made).bind(demand).fetch_one(app.work.db.pool()).await.expect("an answer");
    assert_eq!(made, "adresse");
}
