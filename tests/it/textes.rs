//! Legal pages: every part that the models ask for, answered by the collectivité or marked as missing.

use rocket::http::Status;

use crate::support::App;
use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA};

const PAGES: [&str; 3] = ["/mentions-legales", "/donnees-personnelles", "/accessibilite"];

async fn id_of(app: &App, siren: &str) -> i32 {
    sqlx::query_scalar("SELECT id FROM collectivite WHERE siren = $1").bind(siren).fetch_one(app.pool()).await.expect("a collectivité")
}

#[rocket::async_test]
async fn every_part_is_there_and_nothing_is_invented() {
    let app = App::new().await;
    for path in PAGES {
        let page = app.anonymous().get(path).await.ok();
        assert!(page.text().contains("À compléter"), "{path}");
        let links = page.attributes(".pied a", "href");
        assert!(PAGES.iter().all(|other| links.iter().any(|link| link == other)), "{path}: {links:?}");
    }
    let text = async |path: &str| app.anonymous().get(path).await.ok().texts("main").join(" ");
    for (path, parts) in [
        (PAGES[0], &["Éditeur", "Directeur ou directrice de la publication", "Hébergeur", "Téléphone"][..]),
        (
            PAGES[1],
            &[
                "Responsable du traitement",
                "Délégué à la protection des données",
                "Base légale",
                "Destinataires",
                "12 mois",
                "Vos droits",
                "CNIL",
                "Cookies",
                "Union européenne",
            ],
        ),
        (
            PAGES[2],
            &[
                "non conforme",
                "RGAA",
                "Résultats des tests",
                "Contenus non accessibles",
                "charge disproportionnée",
                "Établissement",
                "Retour d'information et contact",
                "Défenseur des droits",
                "71120",
            ],
        ),
    ] {
        let shown = text(path).await;
        for part in parts {
            assert!(shown.contains(part), "{path} says nothing of « {part} »");
        }
    }
}

#[rocket::async_test]
async fn a_collectivite_answers_for_itself() {
    let app = App::new().await;
    let id = id_of(&app, LE_GOSIER).await;
    let chief = app.administrateur(LE_GOSIER).await;
    let path = format!("/textes/{id}");
    let form = chief.get("/textes").await.ok();
    assert_eq!(form.attributes("form.formulaire", "action"), std::slice::from_ref(&path), "one collectivité: its form at once");
    assert_eq!(form.attributes("input[name=version]", "value"), ["0"]);

    let wrong = chief.post(&path, &[("version", "0"), ("directeur", "Mme la maire"), ("accessibilite_etat", "totale")]).await;
    wrong.refused(Status::UnprocessableEntity, "sans audit");
    assert_eq!(wrong.attributes("#directeur", "value"), ["Mme la maire"], "what was typed is kept");
    let long = "é".repeat(2_001);
    chief.post(&path, &[("version", "0"), ("editeur_adresse", &long)]).await.refused(Status::UnprocessableEntity, "dépasse 2000");
    chief.post(&path, &[("directeur", "x")]).await.refused(Status::BadRequest, "incomplet");

    let answers = [
        ("version", "0"),
        ("directeur", "Mme <b>la</b> maire"),
        ("editeur_adresse", "67 boulevard\r\nLe Gosier"),
        ("accessibilite_etat", "partielle"),
        ("accessibilite_auditeur", "Un cabinet"),
        ("accessibilite_date", "01/10/2026"),
        ("accessibilite_taux", "82"),
    ];
    assert_eq!(chief.post(&path, &answers).await.status, Status::SeeOther);
    // Who is not signed in finds the only collectivité that answered; its agents too, and their foot says it.
    for page in [app.anonymous().get("/mentions-legales").await.ok(), app.agent(LE_GOSIER).await.get("/mentions-legales").await.ok()] {
        assert!(page.text().contains("Mme &lt;b&gt;la&lt;/b&gt; maire") && page.text().contains("67 boulevard<br>Le Gosier"), "{}", page.text());
        assert!(page.text().contains("À compléter"), "the rest is still missing");
    }
    let agent = app.agent(LE_GOSIER).await;
    assert!(agent.get("/").await.ok().texts(".pied").join(" ").contains("Accessibilité : partiellement conforme"));
    assert!(agent.get("/accessibilite").await.ok().texts("main").join(" ").contains("Gardel est partiellement conforme"));
    assert!(app.agent(GRAND_SUD).await.get("/").await.ok().texts(".pied").join(" ").contains("Accessibilité : non conforme"));
    let line: String = app.one("SELECT detail->>'rubriques' FROM journal WHERE objet = 'textes'").await;
    assert!(line.contains("Directeur") && !line.contains("hebergeur"), "{line}");

    // Nobody is written over, and nobody answers for others.
    let late = chief.post(&path, &[("version", "0"), ("directeur", "M. le maire")]).await;
    late.refused(Status::Conflict, "entre-temps");
    assert_eq!(late.attributes("#directeur", "value"), ["M. le maire"]);
    assert_eq!(late.attributes("input[name=version]", "value"), ["1"]);
    let elsewhere = app.administrateur(GRAND_SUD).await;
    assert_eq!(elsewhere.get(&path).await.status, Status::NotFound);
    assert_eq!(elsewhere.post(&path, &[("version", "1"), ("directeur", "x")]).await.status, Status::NotFound);
    assert_eq!(agent.get("/textes").await.status, Status::Forbidden);
    // An EPCI looks after those of its communes.
    assert_eq!(app.administrateur(RIVIERA).await.get(&path).await.status, Status::Ok);
}
