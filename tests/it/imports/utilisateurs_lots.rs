//! Invitations by lot, as the worker makes them: what it may create, what it leaves, and lots that are lost or killed on their way.

use rocket::http::Status;

use super::morts::kill_at;
use super::utilisateurs::{accounts, base, made};
use super::{asked, checked, counts, loaded, read, sent, state, undone};
use crate::courriels::{Post, run_all};
use crate::support::app::{GRAND_SUD, LE_GOSIER};
use crate::support::{App, Browser};

#[rocket::async_test]
async fn the_worker_creates_what_was_confirmed_and_nothing_else() {
    let app = App::new().await;
    let (chief, other) = (app.administrateur(LE_GOSIER).await, app.administrateur(LE_GOSIER).await);
    let before = accounts(&app).await;
    let id = checked(&app, &chief, ("utilisateurs", "a.csv", "nom;courriel\nAnne;anne@ville.gp\n"), "completer").await;
    let work = app.work.db.pool();
    let code = async |sql: String| {
        let answer = sqlx::query(sqlx::AssertSqlSafe(sql.clone())).execute(work).await;
        answer.err().and_then(|error| error.as_database_error().and_then(|cause| cause.code().map(String::from))).unwrap_or_else(|| panic!("{sql}"))
    };
    let create = format!("SELECT * FROM comptes_importes({id}, 0, 10)");
    assert_eq!(code(create.clone()).await, "42501", "nobody confirmed it");
    let forge = format!(
        "INSERT INTO import_accord (import_id, auteur_id, empreinte, par_courriel) SELECT {id}, {}, import_nouvelles({id}), false",
        chief.user_id
    );
    assert_eq!(code(forge).await, "42501", "it confirms nothing");
    // A state is the worker’s to write: that is not enough.
    let mut tx = work.begin().await.expect("a transaction");
    sqlx::query("UPDATE import SET etat = 'ecriture'").execute(&mut *tx).await.expect("it may");
    let refused = sqlx::query(sqlx::AssertSqlSafe(create.clone())).execute(&mut *tx).await.expect_err("nobody agreed");
    assert_eq!(refused.as_database_error().and_then(|cause| cause.code().map(String::from)).as_deref(), Some("42501"));
    tx.rollback().await.expect("back");
    assert_eq!(asked(&chief, id).await.status, Status::SeeOther);
    // What was confirmed is another by now, or in another's name.
    let in_the_name = format!("UPDATE import SET demandeur_id = {}", other.user_id);
    for forged in [
        "UPDATE import_ligne SET valeurs = valeurs || '{\"courriel\": \"pirate@ailleurs.example\"}'",
        "UPDATE import_ligne SET valeurs = valeurs || '{\"role\": \"administrateur\"}'",
        "INSERT INTO import_ligne (import_id, demandeur_id, rang, ligne, verdict, liste, valeurs) SELECT import_id, demandeur_id, 1, 3, verdict, liste, valeurs FROM import_ligne",
        &in_the_name,
    ] {
        let mut tx = work.begin().await.expect("a transaction");
        sqlx::query(sqlx::AssertSqlSafe(forged.to_string())).execute(&mut *tx).await.expect("the worker may");
        let refused = sqlx::query(sqlx::AssertSqlSafe(create.clone())).execute(&mut *tx).await.expect_err(forged);
        assert_eq!(refused.as_database_error().and_then(|cause| cause.code().map(String::from)).as_deref(), Some("42501"), "{forged}");
        tx.rollback().await.expect("back");
    }
    assert_eq!(code(format!("SELECT * FROM comptes_repris({id}, 0, 10)")).await, "42501", "it is not taken back");
    let server = sqlx::query(sqlx::AssertSqlSafe(create.clone())).execute(app.context.db.pool()).await.expect_err("the server does not");
    assert_eq!(server.as_database_error().and_then(|cause| cause.code().map(String::from)).as_deref(), Some("42501"));
    assert_eq!(accounts(&app).await, before);
    app.run_jobs().await;
    assert_eq!((accounts(&app).await, state(&app, id).await), (before + 1, "termine".into()));
}

#[rocket::async_test]
async fn an_account_that_served_in_any_way_stays() {
    let app = App::new().await;
    let chief = app.administrateur(LE_GOSIER).await;
    let names = ["session", "identite", "jeton", "dossier", "lien", "perime", "ailleurs", "neuf"];
    let file: String = std::iter::once("nom;courriel\n".to_string()).chain(names.map(|name| format!("{name};{name}@ville.gp\n"))).collect();
    let id = loaded(&app, &chief, ("utilisateurs", "a.csv", &file), "completer").await;
    let who = |name: &str| format!("(SELECT id FROM utilisateur WHERE courriel = '{name}@ville.gp')");
    for sql in [
        format!("INSERT INTO session (empreinte, utilisateur_id, expire_le) VALUES (sha256('x'), {}, now())", who("session")),
        format!("INSERT INTO identite (emetteur, sujet, utilisateur_id) VALUES ('https://x', 'x', {})", who("identite")),
        format!(
            "INSERT INTO dossier_surveille (collectivite_id, genre, compte_id, cree_par) SELECT min(id), 'hebergeurs', {}, {} FROM collectivite",
            who("dossier"),
            chief.user_id
        ),
        format!(
            "INSERT INTO invitation (empreinte, utilisateur_id, motif, expire_le, utilise_le) VALUES (sha256('l'), {}, 'invitation', now(), now())",
            who("lien")
        ),
        format!(
            "INSERT INTO invitation (empreinte, utilisateur_id, motif, expire_le, utilise_le, perime_le) VALUES (sha256('p'), {}, 'invitation', now(), now(), now())",
            who("perime")
        ),
        format!("INSERT INTO utilisateur_collectivite SELECT {}, id FROM collectivite WHERE siren = '{GRAND_SUD}'", who("ailleurs")),
    ] {
        app.run_sql(&sql).await;
    }
    let jeton: i64 = sqlx::query_scalar("SELECT id FROM utilisateur WHERE courriel = 'jeton@ville.gp'").fetch_one(app.pool()).await.expect("it");
    app.programme(jeton).await;
    undone(&app, &chief, id).await;
    let left: String = app.one("SELECT string_agg(nom, ' ' ORDER BY id) FROM utilisateur WHERE courriel LIKE '%@ville.gp' AND nom IN ('session', 'identite', 'jeton', 'dossier', 'lien', 'perime', 'ailleurs', 'neuf')").await;
    assert_eq!(left, "session identite jeton dossier lien ailleurs", "a link that was replaced served nobody");
}

async fn many(app: &App, browser: &Browser<'_>, lines: usize) -> i64 {
    let mut file = String::from("nom;courriel;role\n");
    for number in 0..lines {
        let role = if number % 50 == 0 { "administrateur" } else { "agent" };
        file.push_str(&format!("Agent numéro {number};agent{number}@ville.gp;{role}\n"));
    }
    let id = sent(browser, "utilisateurs", "tous.csv", &file).await;
    app.run_sql("UPDATE import SET lot = 250").await;
    read(app, browser, id, &[("faire", "verifier")]).await;
    id
}

#[rocket::async_test]
async fn five_thousand_people_and_workers_that_are_killed() {
    let app = App::new().await;
    let chief = app.administrateur(LE_GOSIER).await;
    let (before, others) = (base(&app).await, accounts(&app).await);
    // One more is too many.
    let large = many(&app, &chief, 5_001).await;
    app.run_jobs().await;
    asked(&chief, large).await.refused(Status::BadRequest, "5\u{202f}000 personnes au plus");
    assert_eq!((state(&app, large).await, base(&app).await), ("a_confirmer".into(), before.clone()));
    assert_eq!(chief.post(&format!("/imports/{large}/abandon"), &[]).await.status, Status::SeeOther);
    app.run_sql("DELETE FROM import").await;
    let id = many(&app, &chief, 5_000).await;
    kill_at(&app, "verifie", "lues", &[1_000], "a_confirmer").await;
    assert_eq!(counts(&app, id).await, (5_000, 0, 0, 0));
    assert_eq!(asked(&chief, id).await.status, Status::SeeOther);
    kill_at(&app, "ecrit", "avancement", &[500, 3_000], "termine").await;
    assert_eq!(accounts(&app).await - others, 5_000);
    assert_eq!(made(&app, id).await.iter().filter(|(.., right)| *right).count(), 5_000);
    assert_eq!(
        app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'utilisateur' AND action = 'creation' AND detail->>'import' = 'tous.csv'").await,
        5_000
    );
    chief.post(&format!("/imports/{id}/annulation"), &[]).await;
    kill_at(&app, "defait", "annule_avancement", &[1_000], "annule").await;
    assert_eq!(base(&app).await, before);
}

#[rocket::async_test]
async fn a_lot_that_is_lost_writes_to_nobody_twice() {
    let post = Post::open(&[]);
    let app = post.app().await;
    let chief = app.administrateur(LE_GOSIER).await;
    let id = many(&app, &chief, 40).await;
    app.run_jobs().await;
    app.run_sql("UPDATE import SET lot = 10").await;
    assert_eq!(asked(&chief, id).await.status, Status::SeeOther);
    // The third lot cannot end: its accounts, its demands and their jobs are lost together.
    app.run_sql("CREATE FUNCTION essai_lot() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.avancement = 30 THEN RAISE EXCEPTION 'essai'; END IF; RETURN NEW; END $$").await;
    app.run_sql("CREATE TRIGGER essai_lot BEFORE UPDATE OF avancement ON import FOR EACH ROW EXECUTE FUNCTION essai_lot()").await;
    app.run_jobs().await;
    let kept: (i64, i64, i64) =
        sqlx::query_as("SELECT avancement, (SELECT count(*) FROM courriel_envoi), (SELECT count(*) FROM job WHERE name = 'courriel') FROM import")
            .fetch_one(app.pool())
            .await
            .expect("it");
    assert_eq!(kept, (20, 20, 20));
    app.run_sql("DROP TRIGGER essai_lot ON import").await;
    run_all(&app).await;
    run_all(&app).await;
    assert_eq!(state(&app, id).await, "termine");
    let mut to: Vec<String> = post.taken().await.into_iter().flat_map(|one| one.a).collect();
    let all = to.len();
    to.sort();
    to.dedup();
    assert_eq!((all, to.len()), (40, 40));
}
