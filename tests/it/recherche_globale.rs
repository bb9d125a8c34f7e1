//! One search box for everything: what it finds is what the lists find, for whoever asks; what was opened last comes first,
//! for whoever opened it and for nobody else.

use std::time::Duration;

use rocket::http::Status;
use sqlx::AssertSqlSafe;

use crate::support::App;
use crate::support::app::{Browser, GRAND_SUD, LE_GOSIER, RIVIERA};

const GOSIER_CODE: &str = "'97113'";
const SOUTH_CODES: &str = "'97104','97105','97106','97107','97109','97124','97130','97131','97132','97133','97134'";

fn encoded(words: &str) -> String {
    form_urlencoded::byte_serialize(words.as_bytes()).collect()
}

/// Addresses of the files that the search offers, on its page.
async fn found(browser: &Browser<'_>, words: &str) -> Vec<String> {
    browser.get(&format!("/recherche?q={}", encoded(words))).await.ok().attributes("main .trouvailles a", "href")
}

async fn texts(app: &App, sql: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(sql.to_string())).fetch_all(app.pool()).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// Opens a page, and waits until it is remembered: the page did not.
async fn open(app: &App, browser: &Browser<'_>, path: &str) {
    let (list, id) = path.trim_start_matches('/').split_once('/').expect("a file");
    let known = format!("SELECT ouverte_le::text FROM ouverture WHERE utilisateur_id = {} AND liste = '{list}' AND objet_id = {id}", browser.user_id);
    let before = texts(app, &known).await;
    browser.get(path).await.ok();
    for _ in 0..500 {
        let now = texts(app, &known).await;
        if !now.is_empty() && now != before {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{path} was opened and is not remembered");
}

#[rocket::async_test]
async fn what_is_found_is_what_the_person_may_see() {
    let app = App::new().await;
    let (gosier, south) = (app.agent(LE_GOSIER).await, app.agent(GRAND_SUD).await);
    // A stay, a lodging and a host of each side, by what is written on them.
    for (here, codes, elsewhere) in [(&gosier, GOSIER_CODE, &south), (&south, SOUTH_CODES, &gosier)] {
        let only = format!("NOT EXISTS (SELECT 1 FROM logement o WHERE o.hebergeur_id = h.id AND o.code_insee NOT IN ({codes}))");
        for (list, sql) in [
            ("sejours", format!("SELECT s.id || '|' || s.reference FROM sejour s WHERE s.code_insee IN ({codes}) ORDER BY s.id LIMIT 4")),
            ("logements", format!("SELECT l.id || '|' || l.reference FROM logement l WHERE l.code_insee IN ({codes}) ORDER BY l.id LIMIT 4")),
            (
                "hebergeurs",
                format!(
                    "SELECT h.id || '|' || h.numero FROM hebergeur h WHERE EXISTS (SELECT 1 FROM logement l WHERE l.hebergeur_id = h.id) AND {only} ORDER BY h.id LIMIT 4"
                ),
            ),
        ] {
            let rows = texts(&app, &sql).await;
            assert_eq!(rows.len(), 4, "{list}");
            for row in rows {
                let (id, key) = row.split_once('|').expect("a key");
                let address = format!("/{list}/{id}");
                assert!(found(here, key).await.contains(&address), "{key} leads to {address}");
                let other = found(elsewhere, key).await;
                assert!(!other.contains(&address), "{key} is not theirs");
            }
        }
    }
}

/// A group says as many rows as the list that it leads to, and as plain SQL.
#[rocket::async_test]
async fn each_group_leads_to_its_list_with_the_same_question() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let name: String = app
        .one(
            "SELECT mot FROM (SELECT mot, count(DISTINCT l.id) FROM logement l, regexp_split_to_table(lower(l.nom), '[^[:alpha:]]+') mot
             WHERE code_insee IN ('97113','97125','97128','97110') AND length(mot) > 5 GROUP BY mot HAVING count(DISTINCT l.id) BETWEEN 6 AND 15 ORDER BY 2 DESC, 1 LIMIT 1) t",
        )
        .await;
    let page = chief.get(&format!("/recherche?q={}", encoded(&name))).await.ok();
    let links = page.attributes("main p > a", "href");
    let of_list = links.iter().find(|link| link.starts_with("/logements?q=")).unwrap_or_else(|| panic!("« {name} »: {links:?}"));
    let rows = chief.get(of_list).await.ok().rows();
    let shown: Vec<String> = page.attributes("main .trouvailles a", "href").into_iter().filter(|one| one.starts_with("/logements/")).collect();
    assert_eq!(shown.len(), 5, "a few of them");
    assert!(shown.iter().all(|one| rows.iter().any(|id| one.ends_with(&format!("/{id}")))));
    let words = page.texts("main p > a");
    assert!(rows.len() > 20 || words.contains(&format!("Voir les {} logements dans la liste", rows.len())), "{words:?}");
    // The fragment has the same, as options.
    let fragment = chief.fragment(&format!("/recherche?q={}", encoded(&name))).await.ok();
    let options = fragment.attributes("[role=listbox] [role=option]", "href");
    assert!(shown.iter().chain([of_list]).all(|one| options.contains(one)), "{options:?}");
    assert!(!fragment.text().contains("<html") && fragment.texts("#annonce").join(" ").contains("résultats"));
}

#[rocket::async_test]
async fn accounts_are_for_whoever_manages_them() {
    let app = App::new().await;
    let (chief, agent) = (app.administrateur(RIVIERA).await, app.agent(LE_GOSIER).await);
    app.run_sql(&format!("UPDATE utilisateur SET nom = 'Zéphirine Quimbaya' WHERE id = {}", agent.user_id)).await;
    let account = format!("/utilisateurs/{}", agent.user_id);
    assert!(found(&chief, "zephirine quimbaya").await.contains(&account));
    assert!(!found(&agent, "zephirine quimbaya").await.contains(&account));
    assert!(!found(&app.administrateur(GRAND_SUD).await, "zephirine quimbaya").await.contains(&account), "an account of elsewhere");
    // Communes are public; those of the person come first.
    assert_eq!(found(&agent, "le gosier").await.iter().filter(|one| one.starts_with("/communes/")).cloned().collect::<Vec<_>>(), ["/communes/97113"]);
    let sainte: Vec<String> = found(&chief, "sainte").await.into_iter().filter(|one| one.starts_with("/communes/")).collect();
    assert_eq!(sainte.first().map(String::as_str), Some("/communes/97128"), "{sainte:?}");
    app.exploitant().await.get("/recherche?q=villa").await.refused(Status::Forbidden, "rôle");
    assert!(app.exploitant().await.get("/communes").await.ok().attributes("#cherche", "id").is_empty(), "no box without the right to it");
    assert_eq!(agent.get("/communes").await.ok().attributes("header #cherche", "name"), ["q"]);
}

#[rocket::async_test]
async fn what_was_opened_last_is_found_first_by_that_person_alone() {
    let app = App::new().await;
    let (one, other) = (app.agent(LE_GOSIER).await, app.agent(LE_GOSIER).await);
    let stays = texts(&app, "SELECT '/sejours/' || id FROM sejour WHERE code_insee = '97113' ORDER BY id LIMIT 3").await;
    let lodging = texts(&app, "SELECT '/logements/' || min(id) FROM logement WHERE code_insee = '97113'").await.remove(0);
    let host = texts(&app, "SELECT '/hebergeurs/' || min(hebergeur_id) FROM logement WHERE code_insee = '97113'").await.remove(0);
    assert!(one.get("/recherche").await.ok().text().contains("se retrouvera ici"));
    for path in [&stays[0], &lodging, &stays[1], &host, &stays[2], &stays[0]] {
        open(&app, &one, path).await;
    }
    let last = [&stays[0], &stays[2], &host, &stays[1], &lodging].map(String::clone);
    assert_eq!(found(&one, "").await, last, "the last first, each once");
    assert_eq!(one.fragment("/recherche?q=").await.ok().attributes("[role=option]", "href"), last);
    let groups = one.get("/recherche").await.ok().texts("main h2");
    assert_eq!(groups, ["Ouvert récemment"]);
    assert!(found(&other, "").await.is_empty(), "nobody else is told");
    // What answers and was opened comes before the lists, and once.
    let reference = texts(&app, &format!("SELECT reference FROM sejour WHERE id = {}", stays[1].trim_start_matches("/sejours/"))).await.remove(0);
    let answers = found(&one, &reference).await;
    assert_eq!(answers.iter().filter(|one| **one == stays[1]).count(), 1);
    let page = one.get(&format!("/recherche?q={}", encoded(&reference))).await.ok();
    assert_eq!(page.texts("main h2").first().map(String::as_str), Some("Ouvert récemment"));
    // What is refused is not remembered.
    let elsewhere = texts(&app, &format!("SELECT '/sejours/' || min(id) FROM sejour WHERE code_insee IN ({SOUTH_CODES})")).await.remove(0);
    assert_eq!(one.get(&elsewhere).await.status, Status::NotFound);
    // The rights are those of now.
    app.run_sql(&format!(
        "UPDATE utilisateur_collectivite SET collectivite_id = (SELECT id FROM collectivite WHERE siren = '{GRAND_SUD}') WHERE utilisateur_id = {}",
        one.user_id
    ))
    .await;
    let seen = found(&one, "").await;
    assert!(seen.iter().all(|path| *path == host), "{seen:?}: only a host with lodgings on both sides may stay");
    assert_eq!(found(&one, &reference).await, Vec::<String>::new());
}

#[rocket::async_test]
async fn few_are_remembered_and_upkeep_forgets_the_rest() {
    let app = App::new().await;
    let (one, gone) = (app.agent(LE_GOSIER).await, app.agent(LE_GOSIER).await);
    // Opened a day ago, a minute apart: those of the greatest numbers last.
    let past = |user: i64| {
        format!(
            "INSERT INTO ouverture (utilisateur_id, liste, objet_id, ouverte_le) SELECT {user}, 'sejours', id, now() - interval '1 day' + rang * interval '1 minute'
             FROM (SELECT id, row_number() OVER (ORDER BY id) AS rang FROM sejour WHERE code_insee = '97113' ORDER BY id LIMIT 40) s"
        )
    };
    app.run_sql(&past(one.user_id)).await;
    app.run_sql(&past(gone.user_id)).await;
    let lodging = texts(&app, "SELECT '/logements/' || min(id) FROM logement WHERE code_insee = '97113'").await.remove(0);
    open(&app, &one, &lodging).await;
    let kept = texts(
        &app,
        &format!("SELECT '/' || liste || '/' || objet_id FROM ouverture WHERE utilisateur_id = {} ORDER BY ouverte_le DESC", one.user_id),
    )
    .await;
    let newest = texts(
        &app,
        "SELECT '/sejours/' || id FROM (SELECT id FROM sejour WHERE code_insee = '97113' ORDER BY id LIMIT 40) s ORDER BY id DESC LIMIT 19",
    )
    .await;
    assert_eq!(kept, [vec![lodging], newest].concat());
    app.run_sql(&format!(
        "UPDATE ouverture SET ouverte_le = ouverte_le - interval '100 days' WHERE utilisateur_id = {} AND liste = 'logements'",
        one.user_id
    ))
    .await;
    app.run_sql(&format!("UPDATE utilisateur SET actif = false WHERE id = {}", gone.user_id)).await;
    gardel::recherche::sweep(app.work.db.pool()).await.expect("the worker may");
    let left: Vec<(i64, i64)> =
        sqlx::query_as("SELECT utilisateur_id, count(*) FROM ouverture GROUP BY 1").fetch_all(app.pool()).await.expect("counts");
    assert_eq!(left, [(one.user_id, 19)]);
    app.run_sql(&format!("DELETE FROM session WHERE utilisateur_id = {0}; ", one.user_id)).await;
    app.run_sql(&format!("DELETE FROM utilisateur WHERE id = {}", one.user_id)).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM ouverture").await, 0, "gone with the account");
}

#[rocket::async_test]
async fn what_cannot_be_searched_is_said_and_given_back() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let million = "a".repeat(1_000_000);
    for (typed, words) in [
        ("…", "ne contient ni lettre ni chiffre"),
        ("%", "ne contient ni lettre ni chiffre"),
        ("_'\"%_", "ne contient ni lettre ni chiffre"),
        ("un deux trois quatre cinq six sept huit neuf dix onze douze treize", "La recherche compte 13 mots"),
        (&"a".repeat(101), "La recherche dépasse 100 caractères"),
        (&million, "La recherche dépasse 100 caractères"),
        ("a\0b", "illisibles"),
    ] {
        let path = format!("/recherche?q={}", encoded(typed));
        let page = agent.get(&path).await;
        assert_eq!(page.status, Status::BadRequest, "{words}");
        assert!(page.texts("main [role=alert]").join(" ").contains(&words.replace('’', "'")), "{words}: {:?}", page.texts("main [role=alert]"));
        let back = page.attributes("#cherche", "value").concat();
        assert!(!back.is_empty() && typed.starts_with(back.trim_end_matches('\u{fffd}').split('\u{fffd}').next().unwrap_or_default()), "{back}");
        let fragment = agent.fragment(&path).await;
        assert_eq!(fragment.status, Status::BadRequest);
        assert!(fragment.texts("[role=alert]").join(" ").contains(&words.replace('’', "'")) && !fragment.text().contains("<html"));
    }
    // What looks like a pattern, a quotation or a control is only text.
    for typed in [
        "100%",
        "a_b",
        "o'neil",
        "\"villa\"",
        "'; DROP TABLE sejour; --",
        "\u{1b}[31mvilla\u{7}",
        "villa\u{202e}",
        "\\",
        "<script>alert(1)</script>",
        "a\r\nb",
        "🏝 villa",
    ] {
        let page = agent.get(&format!("/recherche?q={}", encoded(typed))).await;
        assert!([200, 400].contains(&page.status.code), "{typed:?}: {}", page.status);
        assert!(!page.text().contains("<script>alert"), "{typed:?}");
    }
    assert!(found(&agent, "%illa_").await == found(&agent, "illa").await, "no sign stands for another");
    assert_eq!(agent.get("/recherche?q=%FF%FE").await.status, Status::BadRequest);
    assert_eq!(agent.get("/recherche?q=villa&q=mer&x=1").await.status, Status::Ok);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour").await, 2_000);
}
