//! The way of a message: closed to others, let in by a name, and never more than one message to one person.

use gardel::platform::smtp::{Mail, Mailer, Refusal, Smtp};
use rocket::http::Status;

use super::{Post, account, app_of, last, run_all};
use crate::support::App;
use crate::support::app::{LE_GOSIER, RIVIERA};

const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/messagerie/autorite.pem");

fn settings(url: &str, authority: Option<&str>) -> Smtp {
    let settings = serde_json::json!({"url": url, "expediteur": "x@ville.gp", "autorite": authority, "delai_secondes": 20});
    serde_json::from_value(settings).expect("settings")
}

async fn sent(url: &str, authority: Option<&str>) -> Result<(), Refusal> {
    let mail = Mail {
        name: "M",
        address: "m@ville.gp",
        subject: "Objet",
        text: "Bonjour\n".into(),
        id: "un",
        date: std::time::SystemTime::UNIX_EPOCH,
        attachment: None,
    };
    Mailer::new(&settings(url, authority)).expect("a mailer").send(&mail).await
}

#[rocket::async_test]
async fn the_way_is_closed_or_nothing_leaves() {
    for (argument, scheme) in [("--starttls", "smtp"), ("--tls", "smtps")] {
        let post = Post::open(&[argument]);
        let url = format!("{scheme}://localhost:{}", post.port);
        sent(&url, Some(AUTHORITY)).await.expect(argument);
        assert!(post.taken().await[0].chiffre, "{argument}");
        // An authority that nobody trusts here.
        assert!(matches!(sent(&url, None).await, Err(Refusal::Later(_))), "{argument}");
        // A certificate of another machine.
        let other = Post::open(&[argument, "--nom", "ailleurs"]);
        let refused = sent(&format!("{scheme}://localhost:{}", other.port), Some(AUTHORITY)).await;
        assert!(matches!(&refused, Err(Refusal::Later(words)) if words.contains("certificat")), "{argument}: {refused:?}");
        assert_eq!((post.taken().await.len(), other.taken().await.len()), (1, 0), "{argument}");
    }
    // A server that offers no STARTTLS, or somebody on the way who hides it: nothing is said in clear.
    let open = Post::open(&[]);
    let refused = sent(&format!("smtp://localhost:{}", open.port), Some(AUTHORITY)).await;
    assert!(matches!(&refused, Err(Refusal::Later(words)) if words.contains("ne chiffre pas")), "{refused:?}");
    assert_eq!(open.taken().await.len(), 0);
    // Nobody listens.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number").port();
    let refused = sent(&format!("smtp://127.0.0.1:{closed}?tls=aucun"), None).await;
    assert!(matches!(&refused, Err(Refusal::Later(words)) if words.contains("injoignable")), "{refused:?}");
    assert!(Mailer::new(&settings("smtps://localhost", Some("/nulle/part.pem"))).err().expect("no file").contains("smtp.autorite"));
}

#[rocket::async_test]
async fn a_name_and_a_password_let_in() {
    let post = Post::open(&["--starttls", "--compte", "gardel@ville.gp:p:@ss é"]);
    let url = |account: &str| format!("smtp://{account}localhost:{}", post.port);
    sent(&url("gardel%40ville.gp:p%3A%40ss%20%C3%A9@"), Some(AUTHORITY)).await.expect("let in");
    // The operator's to mend, not the person's: tried again.
    let refused = sent(&url("gardel%40ville.gp:autre@"), Some(AUTHORITY)).await;
    assert!(
        matches!(&refused, Err(Refusal::Later(words)) if words.contains("refuse le nom ou le mot de passe") && !words.contains("autre")),
        "{refused:?}"
    );
    assert!(matches!(sent(&url(""), Some(AUTHORITY)).await, Err(Refusal::Later(_))));
    let check = async |account: &str| Mailer::new(&settings(&url(account), Some(AUTHORITY))).expect("a mailer").check().await;
    assert!(check("gardel%40ville.gp:p%3A%40ss%20%C3%A9@").await.is_ok() && check("gardel%40ville.gp:autre@").await.is_err());
    assert_eq!(post.taken().await.len(), 1);
}

async fn mailed(app: &App, id: i64) {
    let chief = app.administrateur(RIVIERA).await;
    let answer = chief.post(&format!("/utilisateurs/{id}/courriels"), &[]).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    run_all(app).await;
}

#[rocket::async_test]
async fn an_address_with_accents_is_sent_or_told() {
    for (arguments, state) in [(&["--utf8"][..], "envoye"), (&[][..], "refuse")] {
        let post = Post::open(arguments);
        let app = post.app().await;
        let id = account(&app, "agent", LE_GOSIER, "hélène@ville.gp").await;
        mailed(&app, id).await;
        let (found, answer) = last(&app).await;
        assert_eq!(found, state, "{answer:?}");
        let taken = post.taken().await;
        if state == "envoye" {
            assert_eq!(taken[0].a, ["hélène@ville.gp"]);
            app.anonymous().get(&taken[0].link()).await.ok();
        } else {
            assert!(taken.is_empty() && answer.unwrap_or_default().contains("accents"));
        }
    }
}

#[rocket::async_test]
async fn no_name_writes_to_somebody_else() {
    let post = Post::open(&[]);
    let app = post.app().await;
    let id = account(&app, "agent", LE_GOSIER, "m@ville.gp").await;
    let names = [
        "Marie\r\nBcc: voleur@ailleurs.example",
        "Marie\nSubject: Autre",
        "\"Marie\" <voleur@ailleurs.example>, Aline",
        "Marie\r\n.\r\nMAIL FROM:<x@y.example>",
    ];
    for name in names {
        sqlx::query("UPDATE utilisateur SET nom = $2 WHERE id = $1").bind(id).bind(name).execute(app.pool()).await.expect("a name");
        app.run_sql("DELETE FROM frein_connexion").await;
        mailed(&app, id).await;
    }
    let taken = post.taken().await;
    assert_eq!(taken.len(), names.len(), "one message each");
    for one in &taken {
        assert_eq!(one.a, ["m@ville.gp"]);
        let wanted = [
            "From",
            "To",
            "Subject",
            "Message-ID",
            "Date",
            "Auto-Submitted",
            "X-Auto-Response-Suppress",
            "Content-Type",
            "Content-Transfer-Encoding",
        ];
        assert_eq!(one.headers(), wanted, "{}", one.brut);
        // One address, whatever stands before it.
        assert_eq!((one.header("To").matches('<').count(), one.header("To").ends_with("<m@ville.gp>")), (1, true), "{}", one.header("To"));
        one.link();
    }
}

#[rocket::async_test]
async fn the_worker_makes_no_link_that_no_page_asked_for() {
    let app = app_of("smtp://127.0.0.1:9?tls=aucun", |_| {}).await;
    let id = account(&app, "agent", LE_GOSIER, "m@ville.gp").await;
    let work = app.work.db.pool();
    let code = |error: sqlx::Error| error.as_database_error().and_then(|cause| cause.code().map(String::from)).unwrap_or_default();
    for sql in [
        format!(
            "INSERT INTO invitation (empreinte, utilisateur_id, motif, expire_le) VALUES (decode(repeat('00', 32), 'hex'), {id}, 'oubli', now())"
        ),
        format!("INSERT INTO courriel_envoi (genre, utilisateur_id) VALUES ('oubli', {id})"),
        "UPDATE courriel_envoi SET utilisateur_id = 1".into(),
    ] {
        let refused = sqlx::query(sqlx::AssertSqlSafe(sql.clone())).execute(work).await.expect_err(&sql);
        assert_eq!(code(refused), "42501", "{sql}");
    }
    // The web server does not call it at all, and the worker only for what waits.
    let call = "SELECT lien_par_courriel(1, decode(repeat('00', 32), 'hex'), NULL)";
    assert_eq!(code(sqlx::query(call).execute(app.context.db.pool()).await.expect_err("the server")), "42501");
    app.run_sql(&format!("INSERT INTO courriel_envoi (genre, utilisateur_id, etat, fini_le) VALUES ('oubli', {id}, 'envoye', now()), ('changement', {id}, 'en_attente', NULL)")).await;
    for number in ["1", "2", "99"] {
        let answer: String =
            sqlx::query_scalar(sqlx::AssertSqlSafe(call.replace("(1,", &format!("({number},")))).fetch_one(work).await.expect("an answer");
        assert_eq!(answer, "parti", "{number}");
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM invitation").await, 0);
}
