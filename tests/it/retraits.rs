//! A right that is withdrawn, a row that is put away, a form that holds what it should not: nothing is written, and who typed
//! finds again what they typed, and nothing of the row that they may no longer read.

use rocket::http::Status;

use crate::saisie::{fields, filled, open};
use crate::support::app::LE_GOSIER;
use crate::support::{App, Browser, Page};

/// A host of Le Gosier with its lodging: what its file says, nobody else's does.
const OWN: &str = "
    INSERT INTO hebergeur (numero, nom, type, telephone, adresse, ville, inscrit_le) VALUES
        ('HEB-900041', 'Zandoli Flanbwayan', 'particulier', '06 90 41 41 41', '41 rue du Secret', 'Gosier', '2024-01-01');
    INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
        SELECT 'LOG-900041', h.id, '97113', 'Kaz Zandoli', '41 rue du Secret', 4, 4, 4 FROM hebergeur h WHERE h.numero = 'HEB-900041'";

async fn app() -> App {
    let app = App::new().await;
    for statement in OWN.split(";\n") {
        app.run_sql(statement).await;
    }
    app
}

/// Somebody who enters the tax of Le Gosier.
async fn enters(app: &App) -> Browser<'_> {
    let browser = app.person("sur_mesure", &[LE_GOSIER]).await;
    sqlx::query("INSERT INTO droit SELECT $1, id, 'taxe', 2 FROM collectivite WHERE siren = $2")
        .bind(browser.user_id)
        .bind(LE_GOSIER)
        .execute(app.pool())
        .await
        .expect("a right");
    browser
}

async fn host(app: &App) -> i64 {
    app.one("SELECT id FROM hebergeur WHERE numero = 'HEB-900041'").await
}

/// What a page gives back: label and text of each field.
fn given_back(page: &Page) -> Vec<(String, String)> {
    let labels = page.texts(".saisi label");
    let mut texts = Vec::new();
    for place in 0..labels.len() {
        let one = page.attributes(&format!("input#saisi-{place}[readonly]"), "value");
        texts.push(one.first().cloned().unwrap_or_else(|| page.texts(&format!("textarea#saisi-{place}[readonly]")).concat()));
    }
    labels.into_iter().zip(texts).collect()
}

fn pair(label: &str, text: &str) -> (String, String) {
    (label.into(), text.into())
}

/// The refusal, what it gives back, and no button that would send it again.
fn refused(page: &Page, status: Status, sentence: &str, typed: &[(String, String)]) {
    page.refused(status, sentence);
    assert_eq!(given_back(page), typed);
    assert!(page.attributes("main form", "action").is_empty(), "nothing is sent from there");
    for secret in ["Flanbwayan", "06 90 41 41 41", "rue du Secret"] {
        assert!(!page.text().contains(secret), "{secret} is the row's");
    }
}

/// How a right goes: down to reading, away from here, away whole; what is then answered to a form that corrects a row.
const WITHDRAWN: [(&str, &str, Status, &str); 3] = [
    ("reads", "UPDATE droit SET niveau = 1 WHERE utilisateur_id = ", Status::Forbidden, "Vos droits"),
    (
        "elsewhere",
        "UPDATE utilisateur_collectivite SET collectivite_id = (SELECT id FROM collectivite WHERE siren = '249710070') WHERE utilisateur_id = ",
        Status::NotFound,
        "n'est pas dans votre périmètre",
    ),
    ("nothing", "DELETE FROM droit WHERE utilisateur_id = ", Status::Forbidden, "Vos droits"),
];

#[rocket::async_test]
async fn a_right_withdrawn_while_a_form_is_open_loses_nothing_typed() {
    let app = app().await;
    let id = host(&app).await;
    let before: String =
        app.one("SELECT (SELECT count(*) FROM hebergeur) || ' ' || (SELECT count(*) FROM sejour) || ' ' || (SELECT count(*) FROM note)").await;
    for (how, withdraw, status, sentence) in WITHDRAWN {
        let agent = enters(&app).await;
        let (new, row) = (open(&agent, "/hebergeurs/nouveau").await, open(&agent, &format!("/hebergeurs/{id}/modifier")).await);
        let stay = open(&agent, "/sejours/nouveau").await;
        agent.get("/sejours/registre").await.ok();
        app.run_sql(&format!("{withdraw}{}", agent.user_id)).await;

        // A correction: what was not touched is the row's.
        let changes = [("ville", "Anse-Bertrand"), ("type", "professionnel"), ("siret", "130 025 265 00013")];
        let typed = [pair("Type", "Professionnel"), pair("SIRET", "130 025 265 00013"), pair("Ville", "Anse-Bertrand")];
        refused(&agent.post(&format!("/hebergeurs/{id}/modifier"), &filled(&row, &changes)).await, status, sentence, &typed);

        // A note, of several lines.
        let note = [("texte", "Vu <b>sur place</b>.\nÀ rappeler."), ("jeton", "------------------------"), ("retour", "/hebergeurs")];
        let page = agent.post(&format!("/hebergeurs/{id}/notes"), &note).await;
        refused(&page, status, sentence, &[pair("Texte", "Vu <b>sur place</b>. À rappeler.")]);
        assert!(page.text().contains("\nVu &lt;b&gt;sur place&lt;/b&gt;.\nÀ rappeler.</textarea>"), "{how}: its lines are kept");

        // What is created: where somebody else's communes are the only ones, the form itself comes back.
        if how != "elsewhere" {
            let page = agent.post("/hebergeurs/nouveau", &filled(&new, &[("nom", "Ti Kaz Nef"), ("telephone", "0690 12 34 56")])).await;
            let typed = [
                pair("Nom ou raison sociale", "Ti Kaz Nef"),
                pair("Type", "Particulier"),
                pair("Commune où il loue", "97113"),
                pair("Téléphone", "0690 12 34 56"),
            ];
            refused(&page, Status::Forbidden, "Vos droits", &typed);
            let page = agent.post("/sejours/nouveau", &filled(&stay, &[("logement_id", "LOG-900041"), ("date_debut", "31/02/2026")])).await;
            let back = given_back(&page);
            assert!(back.contains(&pair("Logement", "LOG-900041")) && back.iter().any(|(_, text)| text == "31/02/2026"), "{back:?}");
            let lines = [
                ("logement_id", "LOG-900041"),
                ("date_debut.0", "01/03/2026"),
                ("date_fin.0", "04/03/2026"),
                ("nb_personnes.0", "2"),
                ("date_debut.2", "5 mars"),
            ];
            let page = agent.post("/sejours/registre", &lines).await;
            page.refused(Status::Forbidden, "Vos droits");
            let (shared, rows) = (page.attributes("input#saisi-0[readonly]", "value"), page.text());
            assert_eq!(shared, ["LOG-900041"]);
            assert!(rows.contains("01/03/2026\t04/03/2026\t2\t") && rows.contains("\n5 mars\t"), "{how}: lines to paste again: {}", *rows);
        } else {
            let page = agent.post("/hebergeurs/nouveau", &filled(&new, &[("nom", "Ti Kaz Nef"), ("telephone", "0690 12 34 56")])).await;
            page.refused(Status::UnprocessableEntity, "n'existe pas");
            assert!(fields(&page).contains(&pair("nom", "Ti Kaz Nef")));
        }
    }
    let after: String =
        app.one("SELECT (SELECT count(*) FROM hebergeur) || ' ' || (SELECT count(*) FROM sejour) || ' ' || (SELECT count(*) FROM note)").await;
    assert_eq!(after, before);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM hebergeur WHERE numero = 'HEB-900041' AND version > 1").await, 0);
}

/// A cell, on its small page: the value that was asked for is given back.
#[rocket::async_test]
async fn a_cell_refused_gives_its_value_back() {
    let app = app().await;
    let (id, agent) = (host(&app).await, enters(&app).await);
    app.run_sql(&format!("UPDATE droit SET niveau = 1 WHERE utilisateur_id = {}", agent.user_id)).await;
    let page =
        agent.post(&format!("/hebergeurs/{id}/champs/courriel"), &[("valeur", "neuf@exemple.gp"), ("version", "1"), ("retour", "/hebergeurs")]).await;
    refused(&page, Status::Forbidden, "Vos droits", &[pair("Valeur", "neuf@exemple.gp")]);
    // Sign-in and passwords are never read out again.
    let page = agent.post("/compte/mot-de-passe", &[("actuel", "un deux trois quatre"), ("mot_de_passe", "x"), ("confirmation", "y")]).await;
    assert!(page.status.code >= 400 && !page.text().contains("un deux trois quatre"));
}

#[rocket::async_test]
async fn what_a_form_should_not_hold_writes_nothing() {
    let app = app().await;
    let (id, agent) = (host(&app).await, enters(&app).await);
    let path = format!("/hebergeurs/{id}/modifier");
    let row = open(&agent, &path).await;
    let state = "SELECT concat_ws('|', nom, numero, telephone, ville, archive_le, version, (SELECT count(*) FROM logement WHERE hebergeur_id = h.id)) FROM hebergeur h WHERE numero = 'HEB-900041'";
    let before: String = app.one(state).await;
    // The fields of another record, columns that no form writes, what is given once.
    let foreign = [
        ("hebergeur_id", "1"),
        ("capacite", "9"),
        ("numero", "HEB-1"),
        ("archive_le", "2020-01-01"),
        ("version_donnees", "9"),
        ("commune", "97105"),
        ("id", "1"),
    ];
    assert_eq!(agent.post(&path, &filled(&row, &foreign)).await.status, Status::SeeOther, "nothing to change");
    assert_eq!(app.one::<String>(state).await, before);
    // A megabyte, in a field and in a note: a sentence, and the base sees none of it.
    let huge = "é".repeat(524_288);
    let page = agent.post(&path, &filled(&row, &[("nom", &huge)])).await;
    page.refused(Status::BadRequest, "trop long");
    let page =
        agent.post(&format!("/hebergeurs/{id}/notes"), &[("texte", huge.as_str()), ("jeton", "------------------------"), ("retour", "")]).await;
    page.refused(Status::BadRequest, "trop long");
    // As much as a form may hold is read, refused beside its field, and given back whole.
    let long = "x".repeat(100_000);
    let page = agent.post(&path, &filled(&row, &[("nom", &long)])).await;
    page.refused(Status::UnprocessableEntity, "dépasse 120 caractères");
    assert_eq!(page.attributes("#nom", "value"), [long]);
    for (name, typed, words) in
        [("nom", "a\u{0}b", "signes illisibles"), ("ville", "a\u{1b}[31m", "signes illisibles"), ("telephone", "06\u{7}90", "signes illisibles")]
    {
        agent.post(&path, &filled(&row, &[(name, typed)])).await.refused(Status::UnprocessableEntity, words);
    }
    assert_eq!(app.one::<String>(state).await, before);
    // Amounts: one way to read the first, two to read the second.
    let stay = open(&agent, "/sejours/nouveau").await;
    let price = async |typed: &'static str| {
        let changes = [
            ("logement_id", "LOG-900041"),
            ("date_debut", "01/03/2026"),
            ("date_fin", "02/03/2026"),
            ("nb_personnes", "2"),
            ("prix_nuit", typed),
            ("collecteur", "hote"),
        ];
        agent.post("/sejours/nouveau", &filled(&stay, &changes)).await
    };
    price("12,345").await.refused(Status::UnprocessableEntity, "Prix de la nuit");
    assert_eq!(price("1.234,56").await.status, Status::SeeOther);
    assert_eq!(app.one::<i64>("SELECT prix_nuit FROM sejour WHERE calcul IS NOT NULL").await, 123_456);
}

/// Yesterday's form over a row that was put away meanwhile: told, with what was typed, and nothing written over it.
#[rocket::async_test]
async fn a_row_put_away_meanwhile_is_told() {
    let app = app().await;
    let (id, agent) = (host(&app).await, enters(&app).await);
    app.run_sql("UPDATE logement SET actif = false WHERE reference = 'LOG-900041'").await;
    let path = format!("/hebergeurs/{id}/modifier");
    let row = open(&agent, &path).await;
    let chief = app.administrateur(LE_GOSIER).await;
    let version: i32 = app.one("SELECT version FROM hebergeur WHERE numero = 'HEB-900041'").await;
    let put = [("version", version.to_string()), ("faire", "archiver".to_string())];
    let put: Vec<(&str, &str)> = put.iter().map(|(name, text)| (*name, text.as_str())).collect();
    assert_eq!(chief.post(&format!("/hebergeurs/{id}/archivage"), &put).await.status, Status::SeeOther);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM hebergeur WHERE numero = 'HEB-900041' AND archive_le IS NOT NULL").await, 1);
    let page = agent.post(&path, &filled(&row, &[("ville", "Anse-Bertrand")])).await;
    page.refused(Status::Conflict, "modifiée entre-temps");
    assert!(page.text().contains("archivée"), "and by what");
    assert!(fields(&page).contains(&pair("ville", "Anse-Bertrand")), "what was typed is kept");
    assert_eq!(app.one::<String>("SELECT ville FROM hebergeur WHERE numero = 'HEB-900041'").await, "Gosier");
}

/// What only administrateurs and exploitants send: turned away before it is read, it is given back all the same.
#[rocket::async_test]
async fn a_form_of_an_administration_that_is_withdrawn_is_given_back() {
    let app = app().await;
    let chief = app.administrateur(LE_GOSIER).await;
    chief.get("/utilisateurs/nouveau").await.ok();
    let accounts: i64 = app.one("SELECT count(*) FROM utilisateur").await;
    app.run_sql(&format!("UPDATE utilisateur SET role = 'agent' WHERE id = {}", chief.user_id)).await;
    let form = [("courriel", "nouvelle@ville.gp"), ("nom", "Nouvelle Personne"), ("role", "agent"), ("collectivites", "1")];
    let typed = [pair("Courriel", "nouvelle@ville.gp"), pair("Nom", "Nouvelle Personne")];
    refused(&chief.post("/utilisateurs", &form).await, Status::Forbidden, "réservée aux administrateurs", &typed);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM utilisateur").await, accounts);

    let page = chief.post("/travaux/files/exports/limites", &[("globale", "3"), ("par_personne", "1")]).await;
    refused(&page, Status::Forbidden, "réservée aux exploitants", &[pair("Limite", "3"), pair("Limite par personne", "1")]);
    // Nothing to give back, nothing is: a page, a form without a field.
    refused(&chief.get("/utilisateurs").await, Status::Forbidden, "Vos droits", &[]);
    refused(&chief.post("/utilisateurs/1/liens", &[]).await, Status::Forbidden, "réservée aux administrateurs", &[]);
}
