//! Hosts, lodgings and stays entered and corrected: what is written is what the law and the form say, nothing typed is lost,
//! and nobody writes where they have no right.

use rocket::http::Status;
use serde_json::Value;

use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA};
use crate::support::{App, Browser, Page};

/// A lodging of Le Gosier of category 4, one without classification, one of Basse-Terre; with their host.
const OWN: &str = "
    INSERT INTO hebergeur (numero, nom, type, inscrit_le) VALUES ('HEB-900010', 'Hélène Zandronis', 'particulier', '2024-01-01');
    INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
        SELECT v.reference, h.id, v.code, v.nom, '1 rue des Flamboyants', 4, v.categorie, 4 FROM hebergeur h,
        (VALUES ('LOG-900010', '97113', 'Kaz Wobli', 4), ('LOG-900011', '97113', 'Kaz Zayann', 9), ('LOG-900012', '97105', 'Kaz Lwen', 4)) v (reference, code, nom, categorie)
        WHERE h.numero = 'HEB-900010'";

async fn app() -> App {
    let app = App::new().await;
    for statement in OWN.split(';') {
        app.run_sql(statement).await;
    }
    app
}

async fn text(app: &App, sql: &'static str) -> String {
    app.one(sql).await
}

/// What a form holds: name and value of each field.
pub fn fields(page: &Page) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = page
        .attributes("form[data-fiche] input", "name")
        .into_iter()
        .map(|name| {
            let value = page.attributes(&format!("form[data-fiche] input[name='{name}']"), "value").first().cloned().unwrap_or_default();
            (name, value)
        })
        .collect();
    for name in page.attributes("form[data-fiche] select", "name") {
        let value =
            page.attributes(&format!("form[data-fiche] select[name='{name}'] option[selected]"), "value").first().cloned().unwrap_or_default();
        fields.push((name, value));
    }
    fields
}

/// A form filled in: what it held, but for `changes`.
pub fn filled<'a>(held: &'a [(String, String)], changes: &'a [(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let changed = |name: &str| changes.iter().any(|(known, _)| *known == name);
    held.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(|(name, _)| !changed(name)).chain(changes.iter().copied()).collect()
}

pub async fn open(browser: &Browser<'_>, path: &str) -> Vec<(String, String)> {
    fields(&browser.get(path).await.ok())
}

fn led(page: &Page) -> String {
    assert_eq!(page.status, Status::SeeOther, "{}", page.texts(".erreur-champ").join(" / "));
    page.header("Location").unwrap_or_default()
}

const STAY: &[(&str, &str)] = &[
    ("logement_id", "LOG-900010"),
    ("date_debut", "01/03/2026"),
    ("date_fin", "4 mars 2026"),
    ("collecteur", "hote"),
    ("nb_personnes", "3"),
    ("nb_mineurs", "1"),
];

/// The tariff that Le Gosier is under in 2026, by plain SQL.
const TARIF: &str =
    "SELECT t.valeur::bigint FROM tarif t JOIN deliberation d ON d.id = t.deliberation_id JOIN deliberation_commune c ON c.deliberation_id = d.id
    WHERE c.code_insee = '97113' AND d.annee = 2026 AND t.categorie_id = 4";

#[rocket::async_test]
async fn a_stay_is_entered_with_its_tax() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let held = open(&browser, "/sejours/nouveau").await;
    // Shown before anything is written, with and without JavaScript.
    let tarif: i64 = app.one(TARIF).await;
    let cents = tarif * 2 * 3;
    let amount = format!("{},{:02}\u{202f}€", cents / 100, cents % 100).replace('\u{202f}', "\u{a0}");
    let live = browser.post("/sejours/calcul", &filled(&held, STAY)).await.ok();
    assert!(live.text().contains(&amount) && live.text().contains("Délibération du"), "{amount}: {}", live.text());
    let computed = browser.post("/sejours/nouveau", &filled(&filled_owned(&held, STAY), &[("faire", "calculer")])).await.ok();
    assert!(computed.text().contains(&amount));
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE source = 'saisie' AND calcul IS NOT NULL").await, 0);

    let page = browser.post("/sejours/nouveau", &filled(&held, STAY)).await;
    let file = led(&page);
    let row: (String, i64, i64, i32, i16, i16, String, String) = sqlx::query_as(
        "SELECT reference, montant_base, montant_departemental, tarif, nb_nuits, nb_assujettis, statut, code_insee FROM sejour WHERE calcul IS NOT NULL",
    )
    .fetch_one(app.pool())
    .await
    .expect("one stay");
    assert_eq!(row, ("SAI-0000001".into(), cents, 0, i32::try_from(tarif).expect("cents"), 3, 2, "a_verifier".into(), "97113".into()));
    let parts: Value = serde_json::from_str(&text(&app, "SELECT calcul::text FROM sejour WHERE calcul IS NOT NULL").await).expect("json");
    assert_eq!((parts[0]["nuits"].as_i64(), parts[0]["base"].as_i64()), (Some(3), Some(cents)));
    let shown = browser.get(&file).await.ok();
    assert!(shown.text().contains("Comment ce montant est calculé") && shown.text().contains(&amount));
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE action = 'creation' AND objet = 'séjour'").await, 1);
    // The list shows it at once, whatever the cache holds.
    assert!(browser.get("/sejours?q=SAI-0000001").await.ok().text().contains("SAI-0000001"));
    // Sent again: the same one.
    assert_eq!(led(&browser.post("/sejours/nouveau", &filled(&held, STAY)).await), file);
    // Another form with the same stay: shown, then created all the same; never unseen.
    let again = open(&browser, "/sejours/nouveau").await;
    let mut blind = filled(&again, STAY);
    blind.push(("faire", "confirmer"));
    browser.post("/sejours/nouveau", &blind).await.refused(Status::Conflict, "ressemble");
    let mut sure = blind.clone();
    sure.push(("vus", &file));
    assert_ne!(led(&browser.post("/sejours/nouveau", &sure).await), file);
    // The overlap was told.
    assert!(browser.get("/sejours").await.ok().text().contains("aussi celles d’un autre séjour"));
}

fn filled_owned(held: &[(String, String)], changes: &[(&str, &str)]) -> Vec<(String, String)> {
    filled(held, changes).into_iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

#[rocket::async_test]
async fn what_is_wrong_is_said_beside_its_field_and_kept() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let held = open(&browser, "/sejours/nouveau").await;
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("date_debut", "31/02/2026")], "février 2026 va du 1er au 28"),
        (&[("date_fin", "01/03/2026")], "d'une nuit au moins"),
        (&[("date_debut", "01/03/2024")], "366 nuits au plus"),
        (&[("date_debut", "30/12/2026"), ("date_fin", "02/01/2027")], "aucune délibération de 2027"),
        (&[("nb_mineurs", "4")], "plus de personnes exemptées"),
        (&[("nb_personnes", "")], "elle est obligatoire"),
        (&[("nb_personnes", "1.5")], "nombre entier"),
        (&[("logement_id", "LOG-900012")], "ne répond à"),
        (&[("logement_id", "Kaz")], "plusieurs répondent"),
        (&[("logement_id", "zzzz")], "ne répond à"),
        (&[("logement_id", "LOG-900011")], "sans classement"),
        (&[("prix_nuit", "12,345")], "Prix de la nuit"),
        (&[("collecteur", "personne")], "n'existe pas"),
        (&[("reference", "a\u{7}b")], "signes illisibles"),
    ];
    for (change, sentence) in cases {
        let stay = filled_owned(&STAY.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect::<Vec<_>>(), change);
        let sent: Vec<(&str, &str)> = stay.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let page = browser.post("/sejours/nouveau", &filled(&held, &sent)).await;
        assert_eq!(page.status, Status::UnprocessableEntity, "{change:?}");
        assert!(page.texts(".erreur-champ").iter().any(|text| text.contains(sentence)), "{change:?}: {:?}", page.texts(".erreur-champ"));
        for (name, value) in change.iter().filter(|(name, _)| *name != "collecteur" && *name != "reference") {
            let kept = page.attributes(&format!("input[name='{name}']"), "value").first().cloned().unwrap_or_default();
            assert!(kept == *value || !value.is_empty() && kept.starts_with(&format!("{value} — ")), "{name} is kept: {kept}");
        }
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE calcul IS NOT NULL").await, 0);
    // Without classification, by the price: 5 % of 80 € between two, and the cap that plain SQL gives.
    let sent = [("logement_id", "LOG-900011"), ("prix_nuit", "80"), ("nb_personnes", "2"), ("nb_mineurs", "")];
    let stay = filled_owned(&STAY.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect::<Vec<_>>(), &sent);
    let sent: Vec<(&str, &str)> = stay.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    led(&browser.post("/sejours/nouveau", &filled(&held, &sent)).await);
    let (rate, cap): (i64, i64) = sqlx::query_as(
        "SELECT max(t.valeur) FILTER (WHERE categorie_id = 9)::bigint, max(t.valeur) FILTER (WHERE categorie_id <> 9)::bigint FROM tarif t
         JOIN deliberation d ON d.id = t.deliberation_id JOIN deliberation_commune c ON c.deliberation_id = d.id WHERE c.code_insee = '97113' AND d.annee = 2026",
    )
    .fetch_one(app.pool())
    .await
    .expect("tariffs");
    let unit = ((8_000 * rate * 2 + 2 * 10_000) / (2 * 2 * 10_000)).min(cap);
    assert_eq!(app.one::<i64>("SELECT montant_base FROM sejour WHERE calcul IS NOT NULL").await, unit * 2 * 3);
}

#[rocket::async_test]
async fn a_correction_is_computed_told_and_taken_back() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let file = led(&browser.post("/sejours/nouveau", &filled(&open(&browser, "/sejours/nouveau").await, STAY)).await);
    let before: i64 = app.one("SELECT montant FROM sejour WHERE calcul IS NOT NULL").await;
    let held = open(&browser, &format!("{file}/modifier")).await;
    // Nothing changed is nothing written.
    led(&browser.post(&format!("{file}/modifier"), &filled(&held, &[])).await);
    assert_eq!(app.one::<i64>("SELECT version::bigint FROM sejour WHERE calcul IS NOT NULL").await, 1);
    led(&browser.post(&format!("{file}/modifier"), &filled(&held, &[("nb_mineurs", "0")])).await);
    assert_eq!(app.one::<i64>("SELECT montant FROM sejour WHERE calcul IS NOT NULL").await, before / 2 * 3);
    let page = browser.get(&file).await.ok();
    let history = page.texts("ol.historique li").join(" ");
    assert!(history.contains("Mineurs") && history.contains("Taxe de séjour"), "{history}");
    // The way back.
    let token = page.attributes("input[name=jeton]", "value").first().cloned().expect("a way back");
    browser.post(&format!("{file}/modifier/retour"), &[("jeton", &token)]).await;
    assert_eq!(app.one::<i64>("SELECT montant FROM sejour WHERE calcul IS NOT NULL").await, before);
    assert_eq!(app.one::<i64>("SELECT nb_mineurs::bigint FROM sejour WHERE calcul IS NOT NULL").await, 1);
    // Once only, and by nobody else.
    browser.post(&format!("{file}/modifier/retour"), &[("jeton", &token)]).await;
    assert_eq!(app.one::<i64>("SELECT version::bigint FROM sejour WHERE calcul IS NOT NULL").await, 3);
    app.agent(LE_GOSIER).await.post(&format!("{file}/modifier/retour"), &[("jeton", &token)]).await.refused(Status::BadRequest, "n’est pas valable");
    // What was declared elsewhere, with an amount of its own, keeps it while nothing that it rests on is corrected.
    app.run_sql("UPDATE sejour SET montant_base = 4321, calcul = NULL, date_perception = NULL, prix_nuit = 10000 WHERE id = (SELECT max(id) FROM sejour WHERE code_insee = '97113' AND reference NOT LIKE 'SAI%')").await;
    let declared: i64 = app.one("SELECT id FROM sejour WHERE montant_base = 4321").await;
    let held = open(&browser, &format!("/sejours/{declared}/modifier")).await;
    led(&browser.post(&format!("/sejours/{declared}/modifier"), &filled(&held, &[("date_perception", "01/11/2026")])).await);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE montant_base = 4321 AND date_perception = '2026-11-01'").await, 1);

    // A stay declared elsewhere, of a year whose deliberation is unknown, keeps its tariff.
    app.run_sql("UPDATE sejour SET date_debut = '2019-05-01', date_fin = '2019-05-03', nb_personnes = 2, nb_mineurs = 0, categorie_id = 4, tarif = 110, plafond = NULL, calcul = NULL
                 WHERE id = (SELECT min(id) FROM sejour WHERE code_insee = '97113' AND nb_saisonniers + nb_urgence + nb_loyer_modique = 0)").await;
    let old: i64 = app.one("SELECT id FROM sejour WHERE date_debut = '2019-05-01'").await;
    let held = open(&browser, &format!("/sejours/{old}/modifier")).await;
    led(&browser.post(&format!("/sejours/{old}/modifier"), &filled(&held, &[("nb_personnes", "3")])).await);
    assert_eq!(app.one::<i64>("SELECT montant FROM sejour WHERE date_debut = '2019-05-01'").await, 110 * 3 * 2);
}

#[rocket::async_test]
async fn two_people_correct_the_same_lodging() {
    let app = app().await;
    let (one, two) = (app.agent(LE_GOSIER).await, app.agent(LE_GOSIER).await);
    let id: i64 = app.one("SELECT id FROM logement WHERE reference = 'LOG-900010'").await;
    let path = format!("/logements/{id}/modifier");
    let (mine, theirs) = (open(&one, &path).await, open(&two, &path).await);
    led(&two.post(&path, &filled(&theirs, &[("nom", "Kaz Soley"), ("capacite", "5")])).await);
    // The name was changed by both, the capacity by them, the address by me.
    let page = one.post(&path, &filled(&mine, &[("nom", "Kaz Wobli 2"), ("adresse", "2 rue des Flamboyants")])).await;
    assert_eq!(page.status, Status::Conflict);
    let value = |page: &Page, name: &str| page.attributes(&format!("input[name='{name}']"), "value").first().cloned().unwrap_or_default();
    assert_eq!(
        (value(&page, "nom"), value(&page, "capacite"), value(&page, "adresse")),
        ("Kaz Wobli 2".into(), "5".into(), "2 rue des Flamboyants".into())
    );
    assert!(
        page.texts(".erreur-champ").join(" ").contains("Kaz Soley") && page.texts(".erreur-champ").len() == 1,
        "{:?}",
        page.texts(".erreur-champ")
    );
    assert_eq!(text(&app, "SELECT nom FROM logement WHERE reference = 'LOG-900010'").await, "Kaz Soley");
    // Somebody comes again before it is sent again: what was typed is still there.
    let shown = fields(&page);
    led(&two.post(&path, &filled(&open(&two, &path).await, &[("capacite", "6")])).await);
    let page = one.post(&path, &filled(&shown, &[])).await;
    assert_eq!(page.status, Status::Conflict);
    assert_eq!(
        (value(&page, "nom"), value(&page, "capacite"), value(&page, "adresse")),
        ("Kaz Wobli 2".into(), "6".into(), "2 rue des Flamboyants".into())
    );
    led(&one.post(&path, &filled(&fields(&page), &[])).await);
    assert_eq!(
        text(&app, "SELECT nom || capacite || adresse FROM logement WHERE reference = 'LOG-900010'").await,
        "Kaz Wobli 262 rue des Flamboyants"
    );
}

#[rocket::async_test]
async fn a_host_and_a_lodging_are_created_where_one_has_the_right() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let held = open(&browser, "/hebergeurs/nouveau").await;
    assert!(held.contains(&("commune".into(), "97113".into())), "the only commune is chosen: {held:?}");
    let host: &[(&str, &str)] = &[("nom", "SARL Bwa Kabrit"), ("type", "professionnel"), ("telephone", "0690 99 88 77")];
    browser.post("/hebergeurs/nouveau", &filled(&held, host)).await.refused(Status::UnprocessableEntity, "un professionnel en a un");
    let with_siret: Vec<(&str, &str)> = host.iter().copied().chain([("siret", "130 025 265 00013")]).collect();
    let file = led(&browser.post("/hebergeurs/nouveau", &filled(&held, &with_siret)).await);
    assert!(browser.get(&file).await.ok().text().contains("SARL Bwa Kabrit"));
    let number = text(&app, "SELECT numero FROM hebergeur WHERE nom = 'SARL Bwa Kabrit'").await;
    assert!(number.starts_with("HEB-"), "{number}");
    // Seen by its commune, and by no other.
    app.agent(GRAND_SUD).await.get(&file).await.refused(Status::NotFound, "");
    app.administrateur(RIVIERA).await.get(&file).await.ok();
    // Who looks like it is shown, and why.
    let again = open(&browser, "/hebergeurs/nouveau").await;
    let alike: &[(&str, &str)] = &[("nom", "Bwa Cabrit"), ("type", "particulier"), ("telephone", "+590 690 99 88 77")];
    let page = browser.post("/hebergeurs/nouveau", &filled(&again, alike)).await;
    assert_eq!(page.status, Status::Conflict);
    assert!(page.text().contains("le même téléphone") && page.text().contains(&number));

    // By each key alone, however it is typed, under a name that is nothing like it.
    app.run_sql("UPDATE hebergeur SET courriel = 'accueil@bwa-kabrit.gp' WHERE nom = 'SARL Bwa Kabrit'").await;
    for (key, typed, why) in [
        ("siret", "13002526500013", "le même SIRET"),
        ("siret", "130 025 265 00013", "le même SIRET"),
        ("courriel", "Accueil@Bwa-Kabrit.gp", "le même courriel"),
        ("telephone", "0690998877", "le même téléphone"),
    ] {
        let again = open(&browser, "/hebergeurs/nouveau").await;
        let mut form = vec![("nom", "Zzyzx Unique"), ("type", "particulier"), (key, typed)];
        if key == "siret" {
            form[1] = ("type", "professionnel");
        }
        let page = browser.post("/hebergeurs/nouveau", &filled(&again, &form)).await;
        assert_eq!(page.status, Status::Conflict, "{key} {typed}");
        assert!(page.text().contains(why) && page.text().contains(&number), "{key} {typed}");
    }
    // A name that nobody can see is none.
    let again = open(&browser, "/hebergeurs/nouveau").await;
    browser
        .post("/hebergeurs/nouveau", &filled(&again, &[("nom", "\u{200b}\u{2060}"), ("type", "particulier")]))
        .await
        .refused(Status::UnprocessableEntity, "signes invisibles");

    // Two people who create the same one at once: one does, the other is shown it.
    let colleague = app.agent(LE_GOSIER).await;
    let (a, b) = (open(&browser, "/hebergeurs/nouveau").await, open(&colleague, "/hebergeurs/nouveau").await);
    let twin: &[(&str, &str)] = &[("nom", "Ti Punch Kreyol"), ("type", "particulier"), ("telephone", "0690 11 00 11")];
    let (a, b) = (filled(&a, twin), filled(&b, twin));
    let (one, two) = futures::join!(browser.post("/hebergeurs/nouveau", &a), colleague.post("/hebergeurs/nouveau", &b));
    let mut statuses = [one.status.code, two.status.code];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM hebergeur WHERE nom = 'Ti Punch Kreyol'").await, 1);

    // A lodging of this host, then one for a commune or a host that is somebody else's.
    let held = open(&browser, &format!("/logements/nouveau?hebergeur_id={number}")).await;
    let lodging: &[(&str, &str)] = &[
        ("nom", "Kaz Bwa"),
        ("adresse", "3 rue des Flamboyants"),
        ("capacite", "4"),
        ("nature_id", "4"),
        ("categorie_id", "4"),
        ("classe_jusqu_au", "01/01/2030"),
        ("actif", "true"),
        ("numero_enregistrement", "97113 000777 AB"),
    ];
    led(&browser.post("/logements/nouveau", &filled(&held, lodging)).await);
    assert_eq!(
        text(&app, "SELECT h.nom || ' ' || l.code_insee || ' ' || l.numero_enregistrement FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id WHERE l.nom = 'Kaz Bwa'").await,
        "SARL Bwa Kabrit 97113 97113000777AB"
    );
    let again = open(&browser, "/logements/nouveau").await;
    for (change, status, sentence) in [
        (("hebergeur_id", "HEB-000000"), Status::UnprocessableEntity, "ne répond à"),
        (("code_insee", "97105"), Status::UnprocessableEntity, "n’existe pas"),
        (("nom", "Kaz Bwa 2"), Status::Conflict, "le porte déjà"),
    ] {
        let mut sent: Vec<(&str, &str)> = lodging.iter().copied().chain([("hebergeur_id", number.as_str()), ("code_insee", "97113")]).collect();
        sent.retain(|(name, _)| *name != change.0);
        sent.extend([change, ("adresse", "4 rue des Flamboyants")]);
        browser.post("/logements/nouveau", &filled(&again, &sent)).await.refused(status, sentence);
    }
    // Rows of others, and people without business here.
    let other: i64 = app.one("SELECT id FROM logement WHERE reference = 'LOG-900012'").await;
    browser.get(&format!("/logements/{other}/modifier")).await.refused(Status::NotFound, "");
    browser.post(&format!("/logements/{other}/modifier"), &[("nom", "Pris"), ("version", "1")]).await.refused(Status::NotFound, "");
    let operator = app.exploitant().await;
    for path in ["/sejours/nouveau", "/logements/nouveau", "/hebergeurs/nouveau"] {
        operator.get(path).await.refused(Status::Forbidden, "");
        operator.post(path, &[("nom", "x")]).await.refused(Status::Forbidden, "");
    }
    assert_eq!(text(&app, "SELECT nom FROM logement WHERE reference = 'LOG-900012'").await, "Kaz Lwen");
    // What is found as one types is one's own.
    let found = browser.get("/sejours/choisir/logement_id?logement_id=wobli").await.ok();
    assert!(found.text().contains("LOG-900010") && !found.text().contains("LOG-900012"), "{}", found.text());
    // What an import wrote and no form would accept stops no other correction, and stays.
    app.run_sql("UPDATE hebergeur SET siret = '13002526500014', adresse = ' 12  rue ' WHERE nom = 'SARL Bwa Kabrit'").await;
    let held = open(&browser, &format!("{file}/modifier")).await;
    led(&browser.post(&format!("{file}/modifier"), &filled(&held, &[("courriel", "bwa@exemple.gp")])).await);
    assert_eq!(
        text(&app, "SELECT siret || adresse || courriel FROM hebergeur WHERE nom = 'SARL Bwa Kabrit'").await,
        "13002526500014 12  rue bwa@exemple.gp"
    );
    // A name that is only like another's is shown before it is kept.
    let again = open(&browser, "/sejours/nouveau").await;
    let close: Vec<(&str, &str)> = STAY.iter().copied().filter(|(name, _)| *name != "logement_id").chain([("logement_id", "Kaz Wobly")]).collect();
    let page = browser.post("/sejours/nouveau", &filled(&again, &close)).await;
    page.refused(Status::UnprocessableEntity, "est-ce bien LOG-900010");
    assert!(page.attributes("input[name='logement_id']", "value")[0].starts_with("LOG-900010"));
    // Opening a host's form is a reading of their file, and so is what a conflict shows.
    browser.get(&format!("{file}/modifier")).await.ok();
    let read: i64 = app.one("SELECT count(*) FROM journal WHERE action = 'consultation' AND objet = 'hébergeur'").await;
    assert!(read >= 3, "{read}");
    browser.post(&format!("{file}/modifier"), &[("version", "0")]).await.refused(Status::Conflict, "");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE action = 'consultation' AND objet = 'hébergeur'").await, read + 1);
}
