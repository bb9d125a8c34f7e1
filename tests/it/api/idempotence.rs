//! A call sent again is answered as the first time, and done once.

use rocket::http::Method;
use serde_json::{Value, json};

use super::ecriture::{app, body, done, lodging, stay};
use crate::support::app::LE_GOSIER;
use crate::support::programme::problem;

const STAYS: &str = "SELECT count(*) FROM sejour WHERE calcul IS NOT NULL";

#[rocket::async_test]
async fn the_first_answer_is_given_again() {
    let app = app().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let stay = stay(lodging(&app).await);
    let key = [("Idempotency-Key", "3f1c9a52-essai")];
    let post = async |value: &Value| programme.send(Method::Post, "/api/v1/sejours", value, &key).await;
    let first = post(&stay).await;
    let (created, tag) = done(&first, 201);
    let address = first.header("Location").expect("its address");
    assert_eq!(first.header("Idempotency-Replayed"), None);
    for _ in 0..2 {
        let again = post(&stay).await;
        assert_eq!(
            (again.status.code, &again.body, again.header("ETag"), again.header("Location")),
            (201, &first.body, Some(tag.clone()), Some(address.clone()))
        );
        assert_eq!(
            (again.header("Idempotency-Replayed").as_deref(), again.header("Content-Type").as_deref()),
            (Some("true"), Some("application/json"))
        );
    }
    assert_eq!(app.one::<i64>(STAYS).await, 1);
    // Another call under the same key: another body, another address, another method, another version.
    let mut other = stay.clone();
    other["nb_personnes"] = json!(4);
    problem(&post(&other).await, 422, "cle", "a servi à un autre appel");
    problem(&programme.send(Method::Post, "/api/v1/sejours?vus=1", &stay, &key).await, 422, "cle", "autre appel");
    problem(&programme.send(Method::Patch, &address, &stay, &key).await, 422, "cle", "autre appel");
    // The key is of its token.
    let colleague = app.agent(LE_GOSIER).await;
    let theirs = app.programme(colleague.user_id).await;
    problem(&theirs.send(Method::Post, "/api/v1/sejours", &stay, &key).await, 409, "ressemblance", "ressemblent");
    // A correction: done once, though its version is no more that one.
    let patch = [("If-Match", tag.as_str()), ("Idempotency-Key", "correction-1")];
    let mine = json!({"nb_mineurs": 2});
    let corrected = programme.send(Method::Patch, &address, &mine, &patch).await;
    done(&corrected, 200);
    let again = programme.send(Method::Patch, &address, &mine, &patch).await;
    assert_eq!((again.status.code, &again.body, again.header("Idempotency-Replayed").as_deref()), (200, &corrected.body, Some("true")));
    assert_eq!(app.one::<i64>("SELECT version::bigint FROM sejour WHERE calcul IS NOT NULL").await, 2);
    // A refusal is the answer as well, word for word.
    let lost = [("If-Match", tag.as_str()), ("Idempotency-Key", "correction-2")];
    let refused = programme.send(Method::Patch, &address, &json!({"nb_mineurs": 0}), &lost).await;
    let told = problem(&refused, 412, "perime", "depuis votre lecture");
    let again = programme.send(Method::Patch, &address, &json!({"nb_mineurs": 0}), &lost).await;
    assert_eq!((problem(&again, 412, "perime", "depuis votre lecture"), again.header("ETag")), (told, refused.header("ETag")));
    assert_eq!(again.header("Idempotency-Replayed").as_deref(), Some("true"));
    assert_eq!(created["version"], 1);
    for key in ["", "a b", "é", &"x".repeat(201)] {
        let answer = programme.send(Method::Post, "/api/v1/sejours", &stay, &[("Idempotency-Key", key)]).await;
        assert_eq!(problem(&answer, 400, "demande", "200 signes ASCII")["erreurs"][0]["champ"], "Idempotency-Key");
    }
}

#[rocket::async_test]
async fn an_answer_is_kept_a_day() {
    let app = app().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let stay = stay(lodging(&app).await);
    let key = [("Idempotency-Key", "quotidien")];
    let first = programme.send(Method::Post, "/api/v1/sejours", &stay, &key).await;
    done(&first, 201);
    app.run_sql("UPDATE api_reponse SET cree_le = now() - interval '23 hours 59 minutes', pris_le = now() - interval '23 hours 59 minutes'").await;
    assert_eq!(programme.send(Method::Post, "/api/v1/sejours", &stay, &key).await.body, first.body);
    app.run_sql("UPDATE api_reponse SET cree_le = now() - interval '24 hours 1 second'").await;
    // The key is new again: the call is made, and finds that it looks like a row.
    problem(&programme.send(Method::Post, "/api/v1/sejours", &stay, &key).await, 409, "ressemblance", "ressemblent");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM api_reponse WHERE cree_le > now() - interval '1 minute' AND statut = 409").await, 1);
    // The upkeep takes away what is past its day, and nothing else.
    programme.send(Method::Post, "/api/v1/sejours", &json!({}), &[("Idempotency-Key", "autre")]).await;
    app.run_sql("UPDATE api_reponse SET cree_le = now() - interval '25 hours' WHERE cle = 'quotidien'").await;
    let mut write = app.context.db.write().await.expect("a transaction");
    let asked = gardel::platform::jobs::enqueue(&mut write, &gardel::travaux::Upkeep::default(), gardel::platform::jobs::Requester::default()).await;
    asked.expect("the upkeep");
    write.commit().await.expect("written");
    app.run_jobs().await;
    assert_eq!(app.one::<String>("SELECT string_agg(cle, ',') FROM api_reponse").await, "autre");
}

#[rocket::async_test]
async fn two_at_once_are_one() {
    let app = app().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let stay = stay(lodging(&app).await);
    let key = [("Idempotency-Key", "double-clic")];
    let send = || programme.send(Method::Post, "/api/v1/sejours", &stay, &key);
    let answers: [_; 4] = rocket::tokio::join!(send(), send(), send(), send()).into();
    let mut created = 0;
    for answer in &answers {
        match answer.status.code {
            201 => created += usize::from(answer.header("Idempotency-Replayed").is_none()),
            _ => {
                problem(answer, 409, "cle-en-cours", "est en cours");
                assert!(answer.header("Retry-After").is_some());
            }
        }
    }
    assert_eq!((created, app.one::<i64>(STAYS).await), (1, 1));
    assert_eq!(send().await.header("Idempotency-Replayed").as_deref(), Some("true"));
}

#[rocket::async_test]
async fn what_died_before_it_answered_is_taken_again_and_done_once() {
    let app = app().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let lodging = lodging(&app).await;
    let stay = stay(lodging);
    let key = [("Idempotency-Key", "coupure")];
    let first = programme.send(Method::Post, "/api/v1/sejours", &stay, &key).await;
    let (created, tag) = done(&first, 201);
    let address = first.header("Location").expect("its address");
    // As a server that died after its commit and before it kept the answer.
    let cut = "UPDATE api_reponse SET statut = NULL, corps = NULL, entetes = NULL";
    app.run_sql(cut).await;
    let busy = programme.send(Method::Post, "/api/v1/sejours", &stay, &key).await;
    problem(&busy, 409, "cle-en-cours", "est en cours");
    app.run_sql("UPDATE api_reponse SET pris_le = now() - interval '2 minutes 1 second'").await;
    let mut other = stay.clone();
    other["nb_personnes"] = json!(4);
    problem(&programme.send(Method::Post, "/api/v1/sejours", &other, &key).await, 422, "cle", "autre appel");
    let again = programme.send(Method::Post, "/api/v1/sejours", &stay, &key).await;
    let (found, same) = done(&again, 201);
    assert_eq!((&found["id"], same, again.header("Location")), (&created["id"], tag.clone(), Some(address.clone())));
    assert_eq!(app.one::<i64>(STAYS).await, 1);
    // A correction that was written answers that the row moved, to the value that was sent.
    let patch = [("If-Match", tag.as_str()), ("Idempotency-Key", "coupure-2")];
    done(&programme.send(Method::Patch, &address, &json!({"nb_mineurs": 2}), &patch).await, 200);
    app.run_sql(&format!("{cut}, pris_le = now() - interval '3 minutes' WHERE cle = 'coupure-2'")).await;
    let told = problem(&programme.send(Method::Patch, &address, &json!({"nb_mineurs": 2}), &patch).await, 412, "perime", "depuis votre lecture");
    assert_eq!(told["valeurs"], json!({}));
    // An action that was noted is followed, and not done again.
    let act = [("Idempotency-Key", "coupure-3")];
    let question = &format!("/api/v1/sejours?logement={lodging}&attendu=1");
    let acted = programme.send(Method::Patch, question, &json!({"action": "valider"}), &act).await;
    assert_eq!(acted.status.code, 200, "{}", acted.text());
    app.run_sql(&format!("{cut}, pris_le = now() - interval '3 minutes' WHERE cle = 'coupure-3'")).await;
    let followed = programme.send(Method::Patch, question, &json!({"action": "valider"}), &act).await;
    assert_eq!((followed.status.code, &body(&followed)["action"]["id"]), (202, &body(&acted)["action"]["id"]), "{}", followed.text());
    assert_eq!(app.one::<i64>("SELECT count(*) FROM action").await, 1);
}

#[rocket::async_test]
async fn what_failed_is_tried_again() {
    let app = app().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let stay = stay(lodging(&app).await);
    let key = [("Idempotency-Key", "panne")];
    app.run_sql("ALTER TABLE creation RENAME TO creation_ailleurs").await;
    problem(&programme.send(Method::Post, "/api/v1/sejours", &stay, &key).await, 500, "panne", "de notre côté");
    assert_eq!((app.one::<i64>(STAYS).await, app.one::<i64>("SELECT count(*) FROM api_reponse").await), (0, 0));
    app.run_sql("ALTER TABLE creation_ailleurs RENAME TO creation").await;
    let second = programme.send(Method::Post, "/api/v1/sejours", &stay, &key).await;
    done(&second, 201);
    assert_eq!((second.header("Idempotency-Replayed"), app.one::<i64>(STAYS).await), (None, 1));
}
