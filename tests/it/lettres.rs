//! Letters to hosts: one from its host's page, many from the list, by e-mail; templates that are wrong; workers that die and mail servers
//! that cut. What is expected is plain SQL, and what a PDF says of itself.

use rocket::http::Status;
use sha2::{Digest, Sha256};

use crate::courriels::{Post, run_all};
use crate::interruptions::{Worker, until};
use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA};
use crate::support::{App, Browser, Page};

/// Who writes for Le Gosier, and three hosts of it: one with a mail, one without an address, one in order.
const OWN: &str = "
    INSERT INTO lettre_expediteur (collectivite_id, service, adresse, code_postal, ville, qualite, signataire)
        SELECT id, 'Taxe de séjour', '1 place de la Mairie', '97190', 'Le Gosier', 'Le maire', 'Jean EXEMPLE' FROM collectivite WHERE siren = '219711132' ON CONFLICT DO NOTHING;
    INSERT INTO hebergeur (numero, nom, type, inscrit_le, courriel, adresse, code_postal, ville) VALUES
        ('LET-900001', 'Zywax Courriel', 'particulier', '2024-05-01', 'zoe@exemple.gp', '2 rue des Flamboyants', '97190', 'Le Gosier'),
        ('LET-900002', 'Zywax Sans-Adresse', 'particulier', '2024-05-01', NULL, '', '', ''),
        ('LET-900003', 'Zywax {{ 7 * 7 }} **x**', 'particulier', '2024-05-01', NULL, '3 rue des Flamboyants', '97190', 'Le Gosier');
    INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
        SELECT 'LET-' || h.numero, h.id, '97113', 'Kaz ' || h.numero, '4 impasse Kolibri', 4, 4, 4 FROM hebergeur h WHERE h.numero LIKE 'LET-9%'";

async fn world() -> App {
    own(App::new().await).await
}

async fn own(app: App) -> App {
    for statement in OWN.split(";\n") {
        app.run_sql(statement).await;
    }
    app
}

fn location(page: &Page) -> String {
    assert_eq!(page.status, Status::SeeOther, "{}", page.text());
    page.header("Location").expect("an address")
}

async fn host(app: &App, numero: &str) -> i64 {
    sqlx::query_scalar("SELECT id FROM hebergeur WHERE numero = $1").bind(numero).fetch_one(app.pool()).await.expect("a host")
}

const TYPED: &[(&str, &str)] =
    &[("modele", "maison:relance"), ("saisie.periode", "3e trimestre 2026"), ("saisie.echeance", "20 octobre 2026"), ("jour", "23/11/2026")];

async fn sent(browser: &Browser<'_>, envoi: &str, fait: &str, more: &[(&str, &str)]) -> Page {
    let form: Vec<(&str, &str)> = TYPED.iter().chain(more).copied().chain([("fait", fait)]).collect();
    browser.post(envoi, &form).await
}

/// The draft of a letter to the hosts of a question.
async fn chosen(browser: &Browser<'_>, question: &str) -> String {
    location(&browser.post("/hebergeurs/actions", &[("requete", question), ("action", "ecrire"), ("etendue", "filtre")]).await)
}

#[rocket::async_test]
async fn a_letter_to_one_host_is_seen_written_printed_and_followed() {
    let app = world().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = host(&app, "LET-900003").await;
    let envoi = location(&browser.post(&format!("/hebergeurs/{id}/lettres"), &[]).await);
    assert!(browser.get(&format!("{envoi}?modele=maison:relance")).await.ok().text().contains("Date limite"));

    // What is not typed is missing by its name, before anything is written.
    let page = browser.post(&envoi, &[("modele", "maison:relance"), ("saisie.periode", "x"), ("jour", "23/11/2026"), ("fait", "envoyer")]).await;
    assert_eq!(page.status, Status::UnprocessableEntity);
    assert!(page.text().contains("ligne 14\u{a0}: il manque «\u{a0}Date limite\u{a0}», à saisir (saisie.echeance)"), "{}", page.text());
    assert_eq!(app.one::<i64>("SELECT count(*) FROM lettre").await, 0);

    let page = sent(&browser, &envoi, "apercu", &[]).await.ok();
    assert!(page.text().contains("3e trimestre 2026") && page.text().contains("Zywax {{ 7 * 7 }} **x**"), "a value is text: {}", page.text());
    assert_eq!(app.one::<i64>("SELECT count(*) FROM lettre").await, 0, "seen, not written");
    let letter = location(&sent(&browser, &envoi, "envoyer", &[]).await);
    let again = sent(&browser, &envoi, "envoyer", &[]).await;
    assert_eq!((location(&again), app.one::<i64>("SELECT count(*) FROM lettre").await), (envoi.clone(), 1), "once, however often it is sent");

    // The file is the one whose digest its row has, and it says that it is a PDF/UA-1.
    let answer = browser.get(&format!("{letter}/fichier")).await;
    let (bytes, digest): (Vec<u8>, String) = (answer.body.clone(), app.one("SELECT sha256 FROM lettre").await);
    assert!(bytes.starts_with(b"%PDF-1.7") && bytes.windows(16).any(|part| part == b"<pdfuaid:part>1<"), "a tagged file");
    assert_eq!(Sha256::digest(&bytes).iter().map(|one| format!("{one:02x}")).collect::<String>(), digest);
    let file = browser.get(&format!("/hebergeurs/{id}")).await.ok();
    assert!(file.text().contains("Relance de déclaration") && file.texts(".historique li").concat().contains("Lettre écrite"), "{}", file.text());

    // What becomes of it is said, in an order that holds.
    let form = |given: &str, sent: &str| {
        [("version", "1"), ("envoyee_le", sent), ("numero_lrar", "1A 123 456 7890 1"), ("distribuee_le", given)]
            .map(|(name, text)| (name.to_string(), text.to_string()))
    };
    let post = async |fields: [(String, String); 4]| {
        browser.post(&format!("{letter}/modifier"), &fields.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>()).await
    };
    let page = post(form("01/11/2026", "10/11/2026")).await;
    assert_eq!(page.status, Status::UnprocessableEntity);
    assert!(page.text().contains("vient avant celui de l’envoi"), "{}", page.text());
    assert_eq!(post(form("12/11/2026", "10/11/2026")).await.status, Status::SeeOther);
    assert_eq!(app.one::<String>("SELECT etat || ' ' || numero_lrar FROM lettre").await, "distribuee 1A 123 456 7890 1");

    // It is nobody else's.
    for (siren, status) in [(GRAND_SUD, Status::NotFound), (RIVIERA, Status::Ok)] {
        let other = app.administrateur(siren).await;
        for address in [letter.clone(), format!("{letter}/fichier"), envoi.clone()] {
            assert_eq!(other.get(&address).await.status, status, "{siren} {address}");
        }
    }
}

#[rocket::async_test]
async fn a_template_is_checked_kept_by_versions_and_seen_on_a_host() {
    let app = world().await;
    let browser = app.agent(LE_GOSIER).await;
    let place = app.one::<i32>("SELECT id FROM collectivite WHERE siren = '219711132'").await.to_string();
    let form = |nom: &'static str, genre: &'static str, corps: &str, version: &str| {
        [
            ("collectivite_id", place.as_str()),
            ("nom", nom),
            ("genre", genre),
            ("objet", "Objet"),
            ("corps", corps),
            ("recommande", "false"),
            ("par_courriel", "false"),
            ("version", version),
        ]
        .map(|(name, text)| (name.to_string(), text.to_string()))
    };
    let post = async |address: &str, fields: [(String, String); 8]| {
        browser.post(address, &fields.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>()).await
    };
    // Copied from Gardel's, it is there already.
    let copied = browser.get("/modeles/nouveau?genre=taxation_office").await.ok();
    assert!(copied.text().contains("R2333-48"), "{}", copied.text());
    for (genre, corps, said) in [
        ("relance", "Bonjour,\n{{ hebergeur.nomm }}", "ligne 2\u{a0}: la variable «\u{a0}hebergeur.nomm\u{a0}» n’existe pas"),
        ("relance", "{% if hebergeur.siret %}x", "ligne 1\u{a0}: ce «\u{a0}if\u{a0}» n’est jamais fermé"),
        ("relance", "{{ cycler() }}", "n’est pas compris"),
        ("taxation_office", "Bonjour {{ hebergeur.nom }}", "la liquidation, avec le tarif de chaque hébergement (CGCT, art. R2333-48, 4°)"),
        ("relance", "| A | B |\n| x | y |", "en tirets"),
    ] {
        let page = post("/modeles/nouveau", form("Mien", genre, corps, "")).await;
        assert!(page.status == Status::UnprocessableEntity && page.text().contains(said), "{corps}: {} {}", page.status, page.text());
    }
    let modele = location(
        &post("/modeles/nouveau", form("Mien", "relance", "Bonjour {{ hebergeur.nom }},\nvotre SIRET est {{ hebergeur.siret }}.", "")).await,
    );
    let page = browser.get(&format!("{modele}?hebergeur=LET-900001")).await.ok();
    assert!(page.text().contains("ligne 2\u{a0}: il manque «\u{a0}SIRET\u{a0}» (hebergeur.siret)"), "{}", page.text());
    assert_eq!(post(&format!("{modele}/modifier"), form("Mien", "relance", "Bonjour {{ hebergeur.nom }}.", "1")).await.status, Status::SeeOther);
    let page = browser.get(&format!("{modele}?hebergeur=LET-900001")).await.ok();
    assert!(page.text().contains("Bonjour Zywax Courriel."), "{}", page.text());
    let texts: Vec<String> =
        sqlx::query_scalar("SELECT version || ' ' || corps FROM lettre_modele_version ORDER BY version").fetch_all(app.pool()).await.expect("texts");
    assert_eq!(texts, ["1 Bonjour {{ hebergeur.nom }},\nvotre SIRET est {{ hebergeur.siret }}.", "2 Bonjour {{ hebergeur.nom }}."]);
    assert!(browser.get(&format!("{modele}?hebergeur=LET-999999")).await.ok().text().contains("Aucun hébergeur"));
    assert_eq!(app.agent(GRAND_SUD).await.get(&modele).await.status, Status::NotFound);
}

#[rocket::async_test]
async fn letters_to_many_are_counted_proved_and_printed_together() {
    let app = world().await;
    let browser = app.agent(LE_GOSIER).await;
    let envoi = chosen(&browser, "q=zywax").await;
    assert!(browser.get(&envoi).await.ok().text().contains("3 hébergeurs choisis"));
    assert_eq!(location(&sent(&browser, &envoi, "envoyer", &[]).await), envoi);
    app.run_jobs().await;
    let (made, aside): (i64, i64) = sqlx::query_as("SELECT faites, ecartees FROM lettre_envoi").fetch_one(app.pool()).await.expect("a row");
    assert_eq!((made, aside, app.one::<i64>("SELECT count(DISTINCT hebergeur_id) FROM lettre").await), (2, 1, 2));
    let page = browser.get(&envoi).await.ok();
    assert!(page.text().contains("l’adresse de sa fiche est incomplète") && page.text().contains("2 lettres (PDF"), "{}", page.text());
    let merged = browser.get(&format!("{envoi}/impression/0")).await;
    assert!(merged.status == Status::Ok && merged.body.starts_with(b"%PDF-1.7"));
    let digest: String = app.one("SELECT sha256 FROM lettre_volume").await;
    assert_eq!(Sha256::digest(&merged.body).iter().map(|one| format!("{one:02x}")).collect::<String>(), digest);
    // Who, from which text, for whom.
    let proof: serde_json::Value = app.one("SELECT detail FROM journal WHERE objet = 'envoi de lettres' AND action = 'creation'").await;
    assert_eq!(
        (proof["lettres"].as_i64(), proof["sans_lettre"].as_i64(), proof["sha256"].as_str().map(str::len)),
        (Some(2), Some(1), Some(64)),
        "{proof}"
    );
    assert!(app.one::<String>("SELECT corps FROM lettre_envoi").await.contains("{{ saisie.echeance }}"), "the text as it was");
    // All sent on a day: once.
    for wanted in ["2 lettres marquées envoyées", "0 lettre marquée envoyées"] {
        let page = browser.post(&format!("{envoi}/suivi"), &[("fait", "envoyees"), ("jour", "23/11/2026")]).await;
        assert_eq!(location(&page), envoi, "{wanted}");
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM lettre WHERE etat = 'envoyee' AND version = 2").await, 2);
    // Nobody writes to hosts of elsewhere, nor who only reads.
    let south = app.agent(GRAND_SUD).await;
    let keys = host(&app, "LET-900003").await.to_string();
    let answer = south.post("/hebergeurs/actions", &[("requete", ""), ("action", "ecrire"), ("etendue", "page"), ("cles", &keys)]).await;
    assert_eq!(answer.status, Status::Conflict, "{}", answer.text());
    assert_eq!(south.post(&format!("/hebergeurs/{keys}/lettres"), &[]).await.status, Status::Conflict);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM lettre_envoi").await, 1);
}

#[rocket::async_test]
async fn a_worker_killed_between_letters_writes_each_once() {
    let app = world().await;
    app.run_sql(
        "INSERT INTO hebergeur (numero, nom, type, inscrit_le, adresse, code_postal, ville)
         SELECT 'MIL-' || g, 'Qwyzmil ' || lpad(g::text, 4, '0'), 'particulier', '2024-05-01', g || ' rue', '97190', 'Le Gosier' FROM generate_series(1, 230) g",
    )
    .await;
    app.run_sql(
        "INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
         SELECT 'MIL-' || id, id, '97113', 'Kaz', '4 rue', 4, 4, 4 FROM hebergeur WHERE numero LIKE 'MIL-%'",
    )
    .await;
    let browser = app.agent(LE_GOSIER).await;
    let envoi = chosen(&browser, "q=qwyzmil").await;
    assert_eq!(location(&sent(&browser, &envoi, "envoyer", &[]).await), envoi);
    for rank in [50, 150] {
        let victim = Worker::start(&app, &format!("victime-{rank}"));
        let sql = format!("SELECT EXISTS (SELECT 1 FROM lettre_envoi WHERE avancement >= {rank})");
        until(&app, "a lot of letters", Box::leak(sql.into_boxed_str())).await;
        victim.kill();
        // What thirty seconds would do.
        app.run_sql("UPDATE job SET lease_until = now() - interval '1 second' WHERE state = 'running'").await;
    }
    let _last = Worker::start(&app, "releve");
    until(&app, "the end", "SELECT EXISTS (SELECT 1 FROM lettre_envoi WHERE etat = 'prete')").await;
    let facts: (i64, i64, i64, i64) = sqlx::query_as(
        "SELECT count(*), count(DISTINCT hebergeur_id), min(rang), max(rang) FROM lettre WHERE hebergeur_id IN (SELECT id FROM hebergeur WHERE numero LIKE 'MIL-%')",
    )
    .fetch_one(app.pool())
    .await
    .expect("facts");
    assert_eq!(facts, (230, 230, 0, 229), "none twice, none missing");
    assert_eq!(app.one::<i64>("SELECT faites FROM lettre_envoi").await, 230);
    assert_eq!(app.one::<i64>("SELECT sum(lettres) FROM lettre_volume").await, 230);
}

#[rocket::async_test]
async fn a_letter_leaves_by_mail_once_for_its_host_whatever_the_server_does() {
    let post = Post::open(&[]);
    let app = own(post.app().await).await;
    let browser = app.agent(LE_GOSIER).await;
    let envoi = chosen(&browser, "q=zywax").await;
    location(&sent(&browser, &envoi, "envoyer", &[("par_courriel", "oui")]).await);
    // It takes the message, and hangs up before it says so.
    post.order("couper?fois=1").await;
    app.run_jobs().await;
    assert_eq!(app.one::<String>("SELECT courriel_etat FROM lettre WHERE courriel IS NOT NULL").await, "en_attente");
    let answer: String = app.one("SELECT courriel_reponse FROM lettre WHERE courriel IS NOT NULL").await;
    assert!(answer.contains("a été coupée"), "{answer}");
    run_all(&app).await;
    let taken = post.taken().await;
    let names: Vec<String> = taken.iter().map(|one| one.header("Message-ID")).collect();
    assert!(names.len() == 2 && names[0] == names[1], "the same message: {names:?}");
    let brut = &taken[1].brut;
    assert!(brut.contains("multipart/mixed") && brut.contains("Content-Type: text/plain") && brut.contains("application/pdf"), "{brut}");
    assert_eq!(taken[1].a, ["zoe@exemple.gp"]);
    assert_eq!(app.one::<String>("SELECT courriel_etat FROM lettre WHERE courriel IS NOT NULL").await, "envoye");
    let id = host(&app, "LET-900001").await;
    let history = browser.get(&format!("/hebergeurs/{id}")).await.ok().texts(".historique li").join("\n");
    assert!(history.contains("Lettre par courriel : Parti"), "{history}");
    run_all(&app).await;
    assert_eq!(post.taken().await.len(), 2, "nothing more leaves");
    // Refused for good: told, and nothing is tried again.
    let envoi = chosen(&browser, "q=zywax").await;
    location(&sent(&browser, &envoi, "envoyer", &[("par_courriel", "oui")]).await);
    post.order("refuser").await;
    app.run_jobs().await;
    run_all(&app).await;
    assert_eq!(app.one::<String>("SELECT courriel_etat FROM lettre WHERE courriel IS NOT NULL ORDER BY id DESC LIMIT 1").await, "refuse");
    assert!(browser.get(&format!("/hebergeurs/{id}")).await.ok().text().contains("Refusé"));
}
