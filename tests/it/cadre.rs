//! The frame of every page: the menu of each role, as it is written down here, and what a page asks by itself.

use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::{App, Browser};

const TAX: [&str; 22] = [
    "Travail",
    "Séjours /sejours (sejours)",
    "Logements /logements",
    "Hébergeurs /hebergeurs",
    "Communes /communes",
    "Vues /vues",
    "Perception",
    "Calendrier /calendrier",
    "Campagnes /campagnes",
    "Échéances /echeances",
    "Déclarations /declarations",
    "Sommes dues /declarations?reste_min=0%2C01",
    "Paiements /paiements",
    "Journal de régie /ecritures",
    "Tarification",
    "Délibérations /deliberations",
    "Tarifs /tarifs",
    "Calendrier des tarifs /deliberations/calendrier",
    "Courrier",
    "Lettres /lettres",
    "Modèles de lettres /modeles",
    "Suivi",
];
const FOLLOW: [&str; 5] = ["Actions /actions", "Imports /imports", "Exports /exports", "Travaux /travaux (travaux)", "Jetons /jetons"];

/// The menu as somebody sees it: words of a part, or word, address and what may wait there.
async fn seen(browser: &Browser<'_>) -> Vec<String> {
    let page = browser.get("/").await.ok();
    let words = page.texts("#menu .menu-groupe, #menu a");
    let mut addresses = page.attributes("#menu a", "href").into_iter();
    let numbers = page.attributes("#menu a .attente", "id");
    let mut lines = Vec::new();
    for word in words {
        if ["Travail", "Perception", "Tarification", "Courrier", "Suivi", "Administration"].contains(&word.as_str()) {
            lines.push(word);
            continue;
        }
        let address = addresses.next().expect("an address for each entry");
        browser.get(&address).await.ok();
        let number = numbers.iter().any(|id| *id == format!("attente-large{}", address.replace('/', "-")));
        lines.push(format!("{word} {address}{}", if number { format!(" ({})", &address[1..]) } else { String::new() }));
    }
    // What waits is asked for once the page is there, for the very places that it has.
    let asked = page.attributes("[hx-get='/attente']", "hx-trigger");
    assert_eq!(asked, ["load"]);
    let told = browser.fragment("/attente").await.ok().attributes("[id^=attente-large]", "id");
    assert_eq!(told, numbers);
    lines
}

#[rocket::async_test]
async fn each_role_has_its_menu() {
    let app = App::new().await;
    let agent = [&["Accueil /"][..], &TAX, &FOLLOW].concat();
    assert_eq!(seen(&app.agent(LE_GOSIER).await).await, agent);
    let run = [
        "Administration",
        "Utilisateurs /utilisateurs",
        "Motifs /motifs",
        "Deux personnes /deux-personnes",
        "Journal /journal",
        "Textes légaux /textes",
    ];
    assert_eq!(seen(&app.administrateur(RIVIERA).await).await, [&agent[..], &run].concat());
    let exploitant = [
        "Accueil /",
        "Travail",
        "Communes /communes",
        "Vues /vues",
        "Suivi",
        "Imports /imports",
        "Exports /exports",
        "Travaux /travaux (travaux)",
        "Administration",
        "Exploitation /exploitation",
        "Files et ouvriers /travaux/files",
        "Planifications /travaux/planifications",
    ];
    assert_eq!(seen(&app.exploitant().await).await, exploitant);
}

/// A page left open on a job asks for itself every second: that keeps no session alive.
#[rocket::async_test]
async fn a_page_that_asks_by_itself_is_no_activity() {
    let app = App::new().await;
    let browser = app.exploitant().await;
    let seen = "SELECT vue_le < now() - interval '1 hour' FROM session";
    app.run_sql("UPDATE session SET vue_le = now() - interval '2 hours'").await;
    let part = |source| [("HX-Request", "true"), ("HX-Request-Type", "partial"), ("HX-Source", source)];
    for by_itself in ["section#etat-files", "div#suivi"] {
        browser.get_with("/travaux/files", &part(by_itself)).await.ok();
        assert!(app.one::<bool>(seen).await, "nobody was there");
    }
    for somebody in [Some("button#actualiser"), None] {
        app.run_sql("UPDATE session SET vue_le = now() - interval '2 hours'").await;
        match somebody {
            Some(source) => browser.get_with("/travaux/files", &part(source)).await.ok(),
            None => browser.get("/travaux/files").await.ok(),
        };
        assert!(!app.one::<bool>(seen).await, "{somebody:?}");
    }
}

/// What is noted of somebody says from where they came.
#[rocket::async_test]
async fn a_line_says_from_where_it_was_done() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let host: i64 = app.one("SELECT hebergeur_id FROM hebergeur_commune WHERE code_insee = '97113' ORDER BY 1 LIMIT 1").await;
    let request = browser.signed(app.client.get(format!("/hebergeurs/{host}"))).remote("192.0.2.71:4000".parse().expect("an address"));
    assert_eq!(request.dispatch().await.status(), rocket::http::Status::Ok);
    assert_eq!(app.one::<String>("SELECT host(adresse_ip) FROM journal WHERE action = 'consultation'").await, "192.0.2.71");
}
