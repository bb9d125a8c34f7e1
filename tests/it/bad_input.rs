//! Bad input: the right status, a clear French sentence, nothing lost.

use rocket::http::Status;

use crate::support::App;
use crate::support::app::{LE_GOSIER, REJECTED};

#[rocket::async_test]
async fn questions_that_make_no_sense() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let long = "a".repeat(10_000);
    let cursor = browser.get("/sejours?tri=debut").await.ok().pager("p-suivante").expect("a next page");
    let token = cursor.split("apres=").nth(1).expect("a cursor").to_string();
    let mut forged = token.clone();
    forged.replace_range(5..6, if &token[5..6] == "A" { "B" } else { "A" });
    let cases = [
        ("/sejours?couleur=bleu".to_string(), "Filtre inconnu"),
        ("/sejours?statut=inconnu".into(), "n'existe pas"),
        ("/sejours?debut_min=31/02/2026".into(), "février 2026 va du 1er au 28"),
        ("/sejours?debut_min=10/2026".into(), "il manque le jour"),
        ("/sejours?debut_min=hier".into(), "n’est pas une date"),
        ("/sejours?debut_min=02/01/2026&debut_max=01/01/2026".into(), "Inversez-les"),
        ("/sejours?periode=demain".into(), "période inconnue"),
        ("/sejours?montant_min=beaucoup".into(), "n’est pas un montant"),
        ("/sejours?montant_min=1.234".into(), "de deux façons"),
        ("/sejours?montant_min=20&montant_max=10".into(), "Inversez-les"),
        ("/sejours?commune=Gosier".into(), "code INSEE"),
        ("/sejours?epci=1".into(), "SIREN"),
        ("/sejours?nature=palace".into(), "n'existe pas"),
        ("/sejours?nature=99999999".into(), "n'existe pas"),
        ("/sejours?taille=1000000".into(), "de 1 à 200"),
        ("/sejours?taille=0".into(), "de 1 à 200"),
        ("/sejours?taille=-5".into(), "de 1 à 200"),
        ("/sejours?tri=couleur".into(), "Tri inconnu"),
        ("/sejours?tri=;drop table sejour".replace(' ', "%20"), "Tri inconnu"),
        ("/sejours?colonnes=mot_de_passe".into(), "Colonne inconnue"),
        ("/sejours?montant_min=10&montant_min=20".into(), "n’en prend qu’une"),
        ("/sejours?apres=AAAA".into(), "première page"),
        (format!("/sejours?tri=debut&apres={forged}"), "première page"),
        (format!("/sejours?tri=montant&apres={token}"), "première page"),
        (format!("/logements?apres={token}"), "première page"),
        ("/sejours?vers=toujours".into(), "n’est pas une date"),
        ("/logements?tri=capacite&vers=deux".into(), "n’est pas un nombre entier"),
        (format!("/sejours?q={long}"), "trop longue"),
        (format!("/sejours?q={}", "a".repeat(200)), "dépasse 100 caractères"),
        ("/sejours?q=%FF%FE".into(), "illisibles"),
        ("/sejours?q=%00".into(), "illisibles"),
        ("/sejours?logement=abc".into(), "n'existe pas"),
        ("/sejours/compte?couleur=bleu".into(), "Filtre inconnu"),
    ];
    for (path, words) in cases {
        browser.get(&path).await.refused(Status::BadRequest, words);
        let fragment = browser.fragment(&path).await;
        fragment.refused(Status::BadRequest, words);
        no_internal_word(&path, &fragment.texts(".message p:first-child").join(" "));
        assert_eq!(fragment.header("HX-Retarget").as_deref(), Some("#messages"), "{path}: what was shown stays");
        assert!(!fragment.text().contains("<html"), "{path}");
    }
    let still: i64 = app.one("SELECT count(*) FROM sejour").await;
    assert_eq!(still, 2_000);
}

/// A refusal names things as people read them: no name that only addresses, tables or programs know.
fn no_internal_word(path: &str, sentence: &str) {
    assert!(!sentence.is_empty(), "{path}");
    let said = |one: char| !(one.is_alphanumeric() || one == '_');
    let labels: Vec<&str> = gardel::web::LISTS
        .iter()
        .flat_map(|list| {
            let columns = list.columns.iter().map(|column| column.label);
            columns
                .chain(list.filters.iter().map(|filter| filter.label))
                .chain(list.sorts.iter().map(|sort| sort.label))
                .chain([list.title, list.noun.1])
        })
        .collect();
    let read: std::collections::HashSet<String> = labels.iter().flat_map(|label| label.split(said)).map(str::to_lowercase).collect();
    let names = gardel::web::LISTS.iter().flat_map(|list| {
        let columns = list.columns.iter().map(|column| column.name);
        columns.chain(list.filters.iter().map(|filter| filter.name)).chain(list.sorts.iter().map(|sort| sort.name))
    });
    let internal: std::collections::HashSet<&str> = names.filter(|name| !read.contains(*name)).collect();
    // What a person typed may be quoted back.
    let typed = path.to_lowercase();
    for word in sentence.split(said).filter(|word| !word.is_empty()) {
        let ours = word.contains('_') || internal.contains(word);
        assert!(!ours || typed.contains(&format!("={word}")), "{path}: « {word} » is a word of the program in « {sentence} »");
    }
}

#[rocket::async_test]
async fn things_that_do_not_exist() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    for path in [
        "/sejours/999999999",
        "/logements/999999999",
        "/hebergeurs/999999999",
        "/communes/97123",
        "/utilisateurs/999999",
        "/travaux/9",
        "/journal/9",
        "/exports/9",
        "/exports/9/fichier",
        "/rien",
        "/static/rien.css",
        "/sejours/abc",
        "/sejours/99999999999999999999",
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, Status::NotFound, "{path}");
        assert!(page.text().contains("<h1>Page introuvable</h1>"), "{path}");
    }
    // A commune of the filter that does not exist is no error: nothing matches.
    assert!(browser.get("/sejours?commune=97999").await.ok().text().contains("ne correspond"));
    assert_eq!(browser.get("/sejours?collecteur=inconnu").await.ok().rows().len(), 0);
    assert_eq!(browser.post("/rien", &[]).await.status, Status::NotFound);
    assert_eq!(browser.post("/rien/exports", &[("requete", ""), ("format", "csv_fr")]).await.status, Status::NotFound);
}

#[rocket::async_test]
async fn forms_that_cannot_be_read() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    let stay: i64 = app.one("SELECT min(id) FROM sejour").await;
    let path = format!("/sejours/{stay}/statut");
    for form in [&[][..], &[("statut", "valide")], &[("statut", "valide"), ("version", "x")]] {
        browser.post(&path, form).await.refused(Status::BadRequest, "incomplet");
    }
    browser.post(&path, &[("statut", "nul"), ("version", "1")]).await.refused(Status::UnprocessableEntity, "n'existe pas");
    browser.post("/sejours/exports", &[("requete", "tri=couleur"), ("format", "csv_fr")]).await.refused(Status::BadRequest, "Tri inconnu");
    browser.post("/sejours/exports", &[("requete", ""), ("format", "doc")]).await.refused(Status::BadRequest, "format");
    // Characters that no text of the base may hold.
    app.anonymous().post("/connexion", &[("courriel", "a\0b@x.fr"), ("mot_de_passe", "x")]).await.refused(Status::UnprocessableEntity, "incorrect");
    browser.get("/communes/97%00").await.refused(Status::BadRequest, "illisibles");
    browser
        .post("/utilisateurs", &[("courriel", "nul\0x@ville.gp"), ("nom", "N"), ("role", "agent"), ("collectivites", "1")])
        .await
        .refused(Status::UnprocessableEntity, "courriel complet");
    let huge = "x".repeat(400_000);
    let page = browser.post("/connexion", &[("courriel", &huge), ("mot_de_passe", "x")]).await;
    assert!(page.status.code == 400 || page.status.code == 413, "{}", page.status);
}

#[rocket::async_test]
async fn two_people_change_the_same_stay() {
    let app = App::new().await;
    let (first, second) = (app.agent(LE_GOSIER).await, app.agent(LE_GOSIER).await);
    let stay: i64 = app.one("SELECT min(id) FROM sejour WHERE code_insee = '97113'").await;
    let path = format!("/sejours/{stay}/statut");
    assert_eq!(first.post(&path, &[("statut", "rejete"), ("motif", REJECTED), ("version", "1")]).await.status, Status::SeeOther);
    let page = second.post(&path, &[("statut", "valide"), ("version", "1")]).await;
    page.refused(Status::Conflict, "modifié entre-temps");
    assert!(page.text().contains("Rejeté") && page.text().contains("Validé"), "both values are shown");
    let statut: String = sqlx::query_scalar("SELECT statut FROM sejour WHERE id = $1").bind(stay).fetch_one(app.pool()).await.expect("a statut");
    assert_eq!(statut, "rejete");
    let lines: i64 = app.one("SELECT count(*) FROM journal WHERE action = 'modification'").await;
    assert_eq!(lines, 1, "one effect, one line");
}

#[rocket::async_test]
async fn the_base_goes_away_and_comes_back() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    browser.get("/sejours").await.ok();
    // More connections, all in use a moment ago, than pages asked below while the base is away.
    let held = futures::future::join_all((0..6).map(|_| app.pool().acquire())).await;
    drop(held);
    let name: String = app.one("SELECT current_database()::text").await;
    let mut admin = <sqlx::PgConnection as sqlx::Connection>::connect(&crate::support::app::server_url()).await.expect("the server");
    let run = |sql: String| sqlx::query(sqlx::AssertSqlSafe(sql));
    run(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).execute(&mut admin).await.expect("closed");
    sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1").bind(&name).execute(&mut admin).await.expect("cut");
    // The server answers once the signals are sent; the connections end a moment later.
    while sqlx::query_scalar::<_, i64>("SELECT count(*) FROM pg_stat_activity WHERE datname = $1")
        .bind(&name)
        .fetch_one(&mut admin)
        .await
        .expect("a count")
        > 0
    {
        tokio::task::yield_now().await;
    }
    for path in ["/sejours", "/sejours/1", "/exports"] {
        let page = browser.get(path).await;
        page.refused(Status::ServiceUnavailable, "Rien n'est perdu");
        assert!(page.header("Retry-After").is_some());
    }
    assert_eq!(app.anonymous().get("/aide").await.status, Status::Ok, "what needs no base still answers");
    run(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).execute(&mut admin).await.expect("opened");
    browser.get("/sejours?statut=valide").await.ok();
}

/// What we write in an address is read back as it was: for every kind of value a filter takes.
#[test]
fn addresses_mean_the_same_when_read_again() {
    use gardel::listing::Query;
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 23).expect("a real day");
    let key = gardel::platform::token::SigningKey::from_bytes(b"test");
    for raw in [
        "montant_min=1&montant_max=1 234,56",
        "montant_max=0,05",
        "debut_min=01/03/2026&debut_max=2026-03-31",
        "periode=mois_dernier&statut=valide",
        "q=  Villa   colibri  &commune=97113",
        "nature=04&taille=100&colonnes=montant",
        "logement=017",
    ] {
        let query = Query::parse(&gardel::taxe::SEJOURS, raw, today, &key).expect(raw);
        let again = Query::parse(&gardel::taxe::SEJOURS, &query.canonical(), today, &key).expect(raw);
        assert_eq!(again.canonical(), query.canonical(), "{raw}");
    }
}

mod fuzz {
    use super::*;
    use gardel::listing::Query;
    use gardel::platform::token::SigningKey;
    use proptest::prelude::*;

    proptest! {
        /// Whatever stands in an address, it is read or refused: never a panic, and what is read
        /// means the same when it is written again.
        #[test]
        fn any_query_string(raw in "(([a-z_]{1,12}|tri|taille|apres|vers|debut_min|montant_max|q|colonnes|periode)=([ -~]{0,24}|[0-9/.,-]{0,12}|%[0-9A-F]{2}){0,3}&?){0,5}") {
            let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 23).expect("a real day");
            let key = SigningKey::from_bytes(b"test");
            for list in gardel::web::LISTS {
                if let Ok(query) = Query::parse(list, &raw, today, &key) {
                    let again = Query::parse(list, &query.canonical(), today, &key).expect("what we write we can read");
                    prop_assert_eq!(again.canonical(), query.canonical());
                }
            }
        }
    }

    #[rocket::async_test]
    async fn random_addresses_never_fail() {
        let app = App::new().await;
        let browser = app.everywhere().await;
        let mut seed = 971_u64;
        let mut next = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize
        };
        let names = ["q", "commune", "debut_min", "debut_max", "statut", "montant_min", "tri", "taille", "vers", "apres", "logement", "periode"];
        let values = [
            "",
            "1",
            "-1",
            "97113",
            "2026-01-01",
            "1e9",
            "'",
            "\"",
            "%27%3B--",
            "%C3%A9",
            "valide",
            "montant",
            "999999999999",
            "🐚",
            "..",
            "%2500",
            "NaN",
            "1,5",
        ];
        for _ in 0..150 {
            let query: Vec<String> =
                (0..1 + next() % 3).map(|_| format!("{}={}", names[next() % names.len()], values[next() % values.len()])).collect();
            let path = format!("/sejours?{}", query.join("&")).replace('🐚', "%F0%9F%90%9A").replace('"', "%22").replace('\'', "%27");
            let status = browser.get(&path).await.status.code;
            assert!(status == 200 || status == 400, "{path}: {status}");
        }
    }
}
