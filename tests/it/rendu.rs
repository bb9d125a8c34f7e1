//! Every screen as it is read: its texts, whatever they were put together from, are set as in French.

use gardel::ui::typographie::mend;
use gardel::web::LISTS;
use scraper::{ElementRef, Html, Node, Selector};

use crate::support::App;
use crate::support::app::RIVIERA;

/// Elements whose text is code, or what people typed and named.
const AS_TYPED: &[&str] = &["code", "pre", "kbd", "script", "style", "textarea", "tbody", "head", "option"];

/// Texts of a page, and the words that only some people hear or see.
fn texts(html: &str) -> Vec<String> {
    let page = Html::parse_document(html);
    let mut found = Vec::new();
    walk(page.root_element(), &mut found);
    let named = Selector::parse("[aria-label], [title], [placeholder]").expect("a selector written in a test");
    let rows = |element: &ElementRef<'_>| element.ancestors().filter_map(ElementRef::wrap).any(|above| above.value().name() == "tbody");
    for element in page.select(&named).filter(|element| !rows(element)) {
        found.extend(["aria-label", "title", "placeholder"].iter().filter_map(|name| element.attr(name)).map(ToString::to_string));
    }
    found
}

fn walk(element: ElementRef<'_>, found: &mut Vec<String>) {
    if AS_TYPED.contains(&element.value().name()) || element.attr("class").is_some_and(|class| class.contains("code")) {
        return;
    }
    for child in element.children() {
        match child.value() {
            Node::Text(text) => found.push(text.to_string()),
            _ => {
                if let Some(inner) = ElementRef::wrap(child) {
                    walk(inner, found);
                }
            }
        }
    }
}

#[rocket::async_test]
async fn every_screen_is_set_as_in_french() {
    let app = App::new().await;
    let (chief, exploitant) = (app.administrateur(RIVIERA).await, app.exploitant().await);
    let export = chief.export("sejours", "statut=a_verifier", "csv_fr").await;
    app.run_jobs().await;
    let mut paths: Vec<String> = LISTS.iter().map(|list| format!("/{}", list.name)).collect();
    for list in LISTS {
        let first = chief.get(&format!("/{}", list.name)).await.rows().first().cloned();
        paths.extend(first.map(|id| format!("/{}/{id}", list.name)));
        paths.push(format!("/{}/facettes", list.name));
        paths.push(format!("/{}/compte", list.name));
    }
    paths.push(export);
    for path in [
        "/",
        "/tuiles",
        "/attente",
        "/accueil/suite",
        "/recherche",
        "/recherche?q=villa",
        "/recherche?q=zzzzqqq",
        "/recherche?q=%E2%80%A6",
        "/exports",
        "/vues",
        "/programmes",
        "/programmes/nouveau",
        "/avis",
        "/compte",
        "/utilisateurs/nouveau",
        "/textes",
        "/aide",
        "/aide?q=exporter",
        "/aide?q=zzzz",
        "/aide/agent",
        "/aide/administrateur",
        "/aide/raccourcis",
        "/mentions-legales",
        "/donnees-personnelles",
        "/accessibilite",
        "/sejours?statut=a_verifier&debut_min=2026-01-01&montant_min=20&q=villa",
        "/sejours?q=zzzzqqq",
        "/sejours?selection=page",
        "/sejours?tri=couleur",
        "/sejours?statut=bleu",
        "/sejours?commune=x",
        "/sejours?debut_min=hier",
        "/sejours?taille=0",
        "/sejours/999999999",
        "/journal/1",
        "/composants",
        "/sejours/1/champs/statut",
    ] {
        paths.push(path.into());
    }
    // A place is written as the national file writes it.
    let places: Vec<String> =
        sqlx::query_scalar("SELECT nom FROM commune UNION SELECT nom FROM collectivite").fetch_all(app.pool()).await.expect("places");
    let mut faults = std::collections::BTreeSet::new();
    let mut looked = 0;
    for (reader, paths) in [
        (&chief, paths),
        (
            &exploitant,
            [
                "/",
                "/accueil/suite",
                "/travaux",
                "/travaux/files",
                "/travaux/files/exports",
                "/travaux/lectures",
                "/exploitation",
                "/travaux/planifications",
                "/aide/exploitation",
            ]
            .map(String::from)
            .to_vec(),
        ),
    ] {
        for path in paths {
            let page = reader.get(&path).await;
            for text in texts(&page.text()) {
                looked += 1;
                let wanted = mend(&text);
                if wanted != text && !places.iter().any(|place| place == text.trim()) {
                    faults.insert(format!("« {} » ({path})", text.trim()));
                }
            }
        }
    }
    assert!(looked > 3_000, "only {looked} texts were read");
    assert!(faults.is_empty(), "{} texts:\n{}", faults.len(), faults.into_iter().collect::<Vec<_>>().join("\n"));
}
