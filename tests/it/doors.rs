//! Doors: every route refuses whoever is not signed in, unless it stands on a short list; every
//! unsafe request of another site is refused; headers hold on every answer.

use gardel::web::all_routes;
use rocket::http::{Method, Status};

use crate::support::App;
use crate::support::app::RIVIERA;

/// Routes open to anybody, each with its reason.
const OPEN: &[&str] = &[
    "GET /connexion",      // to sign in
    "POST /connexion",     //
    "GET /connexion/code", // after the password; without it, back to where it is given (`facteur`)
    "POST /connexion/code",
    "GET /connexion/oubli", // a link by e-mail, to the address of the account alone (`courriels`)
    "POST /connexion/oubli",
    "GET /connexion/externe",        // to the identity provider
    "GET /connexion/externe/retour", // and back: only to the browser that left (`externe`)
    "GET /connexion/externe/fin",    // to the sign-in page
    "GET /invitation/<jeton>",       // the link is the proof
    "POST /invitation/<jeton>",
    "GET /static/<name>", // style sheet and scripts
    "GET /aide",
    "GET /aide/<name>",
    "GET /aide/raccourcis",
    "GET /mentions-legales",
    "GET /donnees-personnelles",
    "GET /accessibilite", // the law asks for it
    "GET /refus-origine", // where refused requests end
    "GET /refus-hote",    // the same, for those that name another host
    "GET /refus-methode", // the same, for forms that claim a method
    "POST /<_..>",        // keeps the form of an ended session; does nothing for anybody else
];

fn concrete(path: &str) -> String {
    path.split('?')
        .next()
        .unwrap_or_default()
        .replace("<liste>", "sejours")
        .replace("<code>", "97113")
        .replace("<annee>", "2027")
        .replace("<id>", "1")
        .replace("<file>", "exports")
        .replace("<jeton>", "x")
        .replace("<champ>", "statut")
        .replace("<genre>", "fermetures")
        .replace("<periode>", "1")
        .replace("<rang>", "0")
        .replace("<note>", "1")
        .replace("<piece>", "1")
        .replace("<field>", "logement_id")
        .replace("<name>", "x")
        .replace("<_..>", "nulle-part")
}

#[rocket::async_test]
async fn nobody_enters_without_signing_in() {
    let app = App::new().await;
    let mut seen = 0;
    for route in all_routes() {
        let door = format!("{} {}", route.method.as_str(), route.uri.path());
        // Programs are told 401, in their own form (`api::refus`).
        if OPEN.contains(&door.as_str()) || route.uri.path().starts_with("/api/") {
            continue;
        }
        seen += 1;
        let path = concrete(route.uri.path());
        let anonymous = app.anonymous();
        let page = match route.method {
            Method::Post => anonymous.post(&path, &[("requete", ""), ("format", "csv_fr"), ("statut", "valide"), ("version", "1")]).await,
            _ => anonymous.get(&path).await,
        };
        assert_eq!(page.status, Status::SeeOther, "{door}: {}", page.text());
        assert!(page.header("Location").is_some_and(|place| place.starts_with("/connexion")), "{door}");
        let fragment = anonymous.fragment(&path).await;
        if route.method == Method::Get {
            assert_eq!(fragment.status, Status::Unauthorized, "{door}");
            assert!(fragment.header("HX-Redirect").is_some_and(|place| place == "/connexion?retour=%2Fsejours%3Fstatut%3Dvalide"), "{door}");
            assert!(fragment.body.is_empty(), "{door}: the sign-in page must not end up in the table");
        }
    }
    assert!(seen > 30, "only {seen} doors were tried");
}

#[rocket::async_test]
async fn other_sites_are_refused_on_every_unsafe_route() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    let refused: &[&[(&'static str, &str)]] = &[
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Origin", "https://ailleurs.example")],
        &[("Origin", "null")],
        &[("Origin", "http://localhost.ailleurs.example")],
    ];
    for route in all_routes().iter().filter(|route| route.method == Method::Post) {
        for headers in refused {
            let page = browser.post_with(&concrete(route.uri.path()), &[], headers).await;
            page.refused(Status::Forbidden, "autre site");
        }
    }
    let jobs: i64 = app.one("SELECT count(*) FROM job").await;
    assert_eq!(jobs, 0);
    let accepted: &[&[(&'static str, &str)]] =
        &[&[("Sec-Fetch-Site", "same-origin")], &[("Sec-Fetch-Site", "none")], &[("Origin", "http://localhost")], &[]];
    for headers in accepted {
        let page = browser.post_with("/compte/sessions/fin", &[], headers).await;
        assert_eq!(page.status, Status::SeeOther, "{headers:?}");
    }
}

#[rocket::async_test]
async fn every_answer_carries_its_headers() {
    let app = App::new().await;
    let browser = app.agent(RIVIERA).await;
    for path in ["/", "/sejours", "/sejours?statut=zzz", "/rien", "/connexion", "/utilisateurs"] {
        let page = browser.get(path).await;
        let policy = page.header("Content-Security-Policy").expect("a policy");
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe") && !policy.contains("nonce"), "{path}: {policy}");
        assert_eq!(page.header("X-Content-Type-Options").as_deref(), Some("nosniff"), "{path}");
        assert!(page.header("X-Request-Id").is_some_and(|number| number.len() >= 10), "{path}");
        assert!(page.header("Vary").is_some_and(|vary| vary.contains("HX-Request-Type")), "{path}");
        for forbidden in [" style=\"", " onclick=", "<style", "javascript:"] {
            assert!(!page.text().contains(forbidden), "{path} contains {forbidden}");
        }
    }
}

#[rocket::async_test]
async fn a_page_known_by_the_browser_is_not_sent_again() {
    let app = App::new().await;
    let browser = app.agent(RIVIERA).await;
    let page = browser.get("/communes").await.ok();
    let tag = page.header("ETag").expect("a tag");
    assert_eq!(browser.get_with("/communes", &[("If-None-Match", &tag)]).await.status, Status::NotModified);
    let fragment = browser.get_with("/communes", &[("HX-Request-Type", "partial"), ("If-None-Match", &tag)]).await;
    assert_eq!(fragment.status, Status::Ok, "a fragment has a tag of its own");
    // The rights come first: the same tag opens nothing to somebody else.
    assert_eq!(app.anonymous().get_with("/communes", &[("If-None-Match", &tag)]).await.status, Status::SeeOther);
    app.run_sql("UPDATE commune SET nom = nom || ' (nouvelle)' WHERE code_insee = '97113'").await;
    app.run_sql("UPDATE version_donnees SET version = version + 1").await;
    assert_eq!(browser.get_with("/communes", &[("If-None-Match", &tag)]).await.status, Status::Ok, "changed data is sent");
}
