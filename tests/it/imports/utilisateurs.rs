//! Invitations by lot: what a file gives and what it is refused, who may, what leaves by e-mail, and the way back. What is expected is
//! computed by plain SQL.

use gardel::platform::password;
use rocket::http::{Method, Status};
use serde_json::json;

use super::{asked, checked, confirm, counts, loaded, read, sent, state, undone};
use crate::courriels::{Post, app_of, run_all};
use crate::support::App;
use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA};
use crate::support::jar::PASSWORD;
use crate::support::programme::problem;

/// Accounts with everything that opens something to them, but for when.
pub(super) async fn base(app: &App) -> String {
    app.one(
        "SELECT md5(coalesce((SELECT string_agg(concat_ws('|', id, courriel, nom, role, actif, version, mot_de_passe), ';' ORDER BY id) FROM utilisateur), '')
             || coalesce((SELECT string_agg(concat_ws('|', utilisateur_id, collectivite_id), ';' ORDER BY utilisateur_id, collectivite_id) FROM utilisateur_collectivite), '')
             || coalesce((SELECT string_agg(concat_ws('|', utilisateur_id, collectivite_id, module, niveau), ';' ORDER BY utilisateur_id, collectivite_id, module) FROM droit), '')
             || (SELECT count(*) FROM invitation) || '/' || (SELECT count(*) FROM courriel_envoi))",
    )
    .await
}

/// Line, code and column of what is refused, in the order of the file.
async fn refusals(app: &App, id: i64) -> Vec<(i64, String, String)> {
    sqlx::query_as("SELECT ligne, code, colonne FROM import_anomalie WHERE import_id = $1 AND gravite = 'refus' ORDER BY rang, id")
        .bind(id)
        .fetch_all(app.pool())
        .await
        .expect("anomalies")
}

async fn said(app: &App, id: i64, line: i64) -> String {
    sqlx::query_scalar("SELECT string_agg(message, ' ' ORDER BY id) FROM import_anomalie WHERE import_id = $1 AND ligne = $2")
        .bind(id)
        .bind(line)
        .fetch_one(app.pool())
        .await
        .expect("what is said")
}

/// The accounts that an import made: e-mail, name, role, SIREN of their collectivités, rights as those of their role.
pub(super) async fn made(app: &App, id: i64) -> Vec<(String, String, String, String, bool)> {
    sqlx::query_as(
        "SELECT u.courriel, u.nom::text, u.role, (SELECT string_agg(c.siren, ' ' ORDER BY c.siren) FROM utilisateur_collectivite uc JOIN collectivite c ON c.id = uc.collectivite_id WHERE uc.utilisateur_id = u.id),
             (SELECT array_agg((d.collectivite_id, d.module, d.niveau)::text ORDER BY (d.collectivite_id, d.module, d.niveau)::text) FROM droit d WHERE d.utilisateur_id = u.id)
             = (SELECT array_agg((uc.collectivite_id, j.module, j.niveau)::text ORDER BY (uc.collectivite_id, j.module, j.niveau)::text) FROM utilisateur_collectivite uc, jeu_de_droits(u.role) j WHERE uc.utilisateur_id = u.id)
         FROM import_ligne l JOIN utilisateur u ON u.id = l.cle WHERE l.import_id = $1 AND l.verdict = 'nouvelle' AND l.etat = 'ecrite' AND u.mot_de_passe IS NULL AND u.actif ORDER BY l.rang",
    )
    .bind(id)
    .fetch_all(app.pool())
    .await
    .expect("accounts")
}

pub(super) async fn accounts(app: &App) -> i64 {
    app.one("SELECT count(*) FROM utilisateur").await
}

#[rocket::async_test]
async fn a_file_invites_and_says_why_it_refuses() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    app.run_sql("INSERT INTO utilisateur (courriel, nom, role) VALUES ('ailleurs@sud.gp', 'De Ailleurs', 'agent'), ('la@ville.gp', 'Marie-Ange Déjà', 'agent'), ('meme@ville.gp', 'Rose Égale', 'administrateur'), ('rang@autre.gp', 'Jean Rang', 'agent')").await;
    app.run_sql("INSERT INTO utilisateur_collectivite SELECT u.id, c.id FROM utilisateur u JOIN collectivite c ON c.siren = CASE u.courriel WHEN 'ailleurs@sud.gp' THEN '249710070' ELSE '219711132' END WHERE u.courriel IN ('ailleurs@sud.gp', 'la@ville.gp', 'meme@ville.gp', 'rang@autre.gp')").await;
    let before = base(&app).await;
    let file = "Nom;Prénom;E-mail;Rôle;Collectivité\n\
        Un;Anne;Anne.UN@ville.gp;Agent;Le Gosier\n\
        Deux;Bob;bob@ville.gp;administratrice;200041507\n\
        Trois;Carl;carl@ville.gp;agent;Le Gosier | CA La Riviéra du Levant\n\
        Faux;X;pas-un-courriel;Agent;Le Gosier\n\
        Exploite;X;x1@ville.gp;Exploitant;Le Gosier\n\
        Mesure;X;x2@ville.gp;Sur mesure;Le Gosier\n\
        Autre;X;x3@ville.gp;Maire;Le Gosier\n\
        Sud;X;x4@ville.gp;Agent;249710070\n\
        Nulle;X;x5@ville.gp;Agent;\n\
        Ailleurs;De;ailleurs@sud.gp;Agent;Le Gosier\n\
        Déjà;Marie-Ange;LA@ville.gp;Administrateur;Le Gosier\n\
        Égale;Rose;meme@ville.gp;Administrateur;219711132\n\
        Double;Un;double@ville.gp;Agent;Le Gosier\n\
        Double;Autre;Double@ville.gp;Agent;Le Gosier\n\
        Rang;Jean;jean.rang@ville.gp;Agent;Le Gosier\n\
        ;;sans@ville.gp;Agent;Le Gosier\n\
        Sans role;X;x6@ville.gp;;Le Gosier\n";
    let id = checked(&app, &chief, ("utilisateurs", "agents.csv", file), "completer").await;
    assert_eq!(base(&app).await, before, "the dry run writes nothing");
    let expected = [
        (5, "VAL-06", "Courriel"),
        (6, "REF-01", "Rôle"),
        (7, "REF-01", "Rôle"),
        (8, "REF-01", "Rôle"),
        (9, "REF-01", "Collectivités"),
        (10, "VAL-05", "Collectivités"),
        (11, "DUP-03", "Courriel"),
        (12, "DUP-03", "Courriel"),
        (14, "DUP-02", ""),
        (15, "DUP-02", ""),
        (17, "VAL-05", "Prénom et nom"),
        (18, "VAL-05", "Rôle"),
    ];
    assert_eq!(refusals(&app, id).await, expected.map(|(line, code, column)| (line, code.to_string(), column.to_string())));
    assert_eq!(counts(&app, id).await, (4, 0, 1, 12));
    assert!(said(&app, id, 6).await.contains("gardel user") && said(&app, id, 7).await.contains("sur sa fiche"));
    let elsewhere = said(&app, id, 11).await;
    assert!(
        elsewhere.starts_with("Ce courriel a déjà un compte.") && !elsewhere.contains("Grand Sud") && !elsewhere.contains("Ailleurs"),
        "{elsewhere}"
    );
    assert!(said(&app, id, 9).await.contains("n’est aucune de celles dont vous gérez"));
    let already = said(&app, id, 12).await;
    assert!(already.contains("Déjà un compte") && already.contains("Marie-Ange Déjà, Agent, Le Gosier"), "{already}");
    assert!(said(&app, id, 16).await.contains("Jean Rang (rang@autre.gp)"), "{}", said(&app, id, 16).await);
    // The form says the same of an account of elsewhere.
    let place: String = app.one("SELECT id::text FROM collectivite WHERE siren = '219711132'").await;
    let form = [("courriel", "ailleurs@sud.gp"), ("nom", "De Ailleurs"), ("role", "agent"), ("collectivites", place.as_str())];
    assert!(chief.post("/utilisateurs", &form).await.text().contains(&elsewhere), "{elsewhere}");
    let page = chief.get(&format!("/imports/{id}")).await.ok();
    assert!(page.text().contains("rien ne part") && page.text().contains("Le Gosier\u{a0}; CA La Riviéra du Levant"), "{}", page.text());
    confirm(&app, &chief, id).await;
    assert_eq!(state(&app, id).await, "termine");
    let row = |mail: &str, name: &str, role: &str, places: &str| (mail.to_string(), name.to_string(), role.to_string(), places.to_string(), true);
    let rows = [
        row("anne.un@ville.gp", "Anne Un", "agent", LE_GOSIER),
        row("bob@ville.gp", "Bob Deux", "administrateur", RIVIERA),
        row("carl@ville.gp", "Carl Trois", "agent", &format!("{RIVIERA} {LE_GOSIER}")),
        row("jean.rang@ville.gp", "Jean Rang", "agent", LE_GOSIER),
    ];
    assert_eq!(made(&app, id).await, rows);
    assert_eq!(
        app.one::<i64>("SELECT count(*) FROM courriel_envoi").await + app.one::<i64>("SELECT count(*) FROM job WHERE name = 'courriel'").await,
        0
    );
    let page = chief.get(&format!("/imports/{id}")).await.ok();
    assert_eq!(page.attributes("form[action='/utilisateurs/fiches'] input[name=import]", "value"), [id.to_string()], "{}", page.text());
    // Each has its line in the journal, of its own place, in the name of whoever confirmed.
    let told: bool = sqlx::query_scalar(
        "SELECT count(*) = 4 AND bool_and(j.acteur_id = $2 AND j.collectivite_id = lieu_du_compte(l.cle) AND j.detail = jsonb_build_object('role', u.role, 'import', 'agents.csv'))
         FROM import_ligne l JOIN utilisateur u ON u.id = l.cle JOIN journal j ON j.objet = 'utilisateur' AND j.action = 'creation' AND j.objet_id = l.cle::text WHERE l.import_id = $1 AND l.etat = 'ecrite'",
    )
    .bind(id)
    .bind(chief.user_id)
    .fetch_one(app.pool())
    .await
    .expect("lines");
    assert!(told);
    // The same file again is held; taken back, the base is that of before.
    undone(&app, &chief, id).await;
    assert_eq!(base(&app).await, before);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'utilisateur' AND detail ? 'suppression'").await, 4);
    assert_eq!(counts(&app, loaded(&app, &chief, ("utilisateurs", "agents.csv", file), "completer").await).await, (4, 0, 1, 12));
}

#[rocket::async_test]
async fn a_place_is_not_asked_of_who_has_one_and_a_name_is_only_text() {
    let app = App::new().await;
    let chief = app.administrateur(LE_GOSIER).await;
    let file = "nom,courriel\n\"=HYPERLINK(\"\"http://x\"\")\",formule@ville.gp\n\"<script>alert(1)</script>\",html@ville.gp\n=1+1,pas un courriel\n";
    let id = loaded(&app, &chief, ("utilisateurs", "a.csv", file), "completer").await;
    let names: Vec<(String, String, String)> = made(&app, id).await.into_iter().map(|(_, name, role, place, _)| (name, role, place)).collect();
    assert_eq!(names, ["=HYPERLINK(\"http://x\")", "<script>alert(1)</script>"].map(|name| (name.into(), "agent".into(), LE_GOSIER.into())));
    for page in [format!("/imports/{id}"), "/utilisateurs".into(), format!("/lignes?import={id}")] {
        let body = String::from_utf8_lossy(&chief.get(&page).await.ok().body).into_owned();
        assert!(!body.contains("<script>alert") && body.contains("&lt;script&gt;alert"), "{page}");
    }
    let refused = chief.get(&format!("/imports/{id}/refusees")).await.ok();
    let text = String::from_utf8_lossy(&refused.body).into_owned();
    assert!(text.contains("pas un courriel") && !text.contains("\n=1+1") && text.contains("'=1+1"), "{text}");
}

#[rocket::async_test]
async fn the_example_of_the_guide_is_taken_whole() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let file = include_str!("../../../docs/exemples/utilisateurs.csv");
    assert!(include_str!("../../../docs/guide-administrateur.md").contains(file), "the guide shows it");
    let id = checked(&app, &chief, ("utilisateurs", "utilisateurs.csv", file), "completer").await;
    assert_eq!((counts(&app, id).await, refusals(&app, id).await), ((3, 0, 0, 0), Vec::new()));
}

#[rocket::async_test]
async fn sheets_are_printed_together_and_once() {
    let app = App::new().await;
    let chief = app.administrateur(LE_GOSIER).await;
    let file: String = std::iter::once("nom;courriel\n".to_string()).chain((0..103).map(|n| format!("Agent <b>{n}</b>;a{n}@ville.gp\n"))).collect();
    let id = loaded(&app, &chief, ("utilisateurs", "a.csv", &file), "completer").await;
    app.run_sql("UPDATE utilisateur SET actif = false WHERE courriel = 'a1@ville.gp'").await;
    let form = [("import", id.to_string())];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    // Nobody prints those of others.
    let south = app.administrateur(GRAND_SUD).await;
    assert_eq!(south.post("/utilisateurs/fiches", &form).await.status, Status::SeeOther);
    assert_eq!(app.agent(LE_GOSIER).await.post("/utilisateurs/fiches", &form).await.status, Status::Forbidden);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM invitation").await, 0);
    let page = chief.post("/utilisateurs/fiches", &form).await.ok();
    let links = page.attributes(".lettre a.lien-invitation", "href");
    assert_eq!((links.len(), page.attributes("form[action='/utilisateurs/fiches']", "method").len()), (100, 1), "and others follow");
    assert!(String::from_utf8_lossy(&page.body).contains("Agent &lt;b&gt;0&lt;"), "{}", page.text());
    let next = chief.post("/utilisateurs/fiches", &form).await.ok();
    assert_eq!(
        (next.attributes(".lettre a.lien-invitation", "href").len(), next.attributes("form[action='/utilisateurs/fiches']", "method").len()),
        (2, 0)
    );
    assert_eq!(chief.post("/utilisateurs/fiches", &form).await.status, Status::SeeOther, "nobody waits any more");
    let told: bool = app
        .one("SELECT count(*) = 102 AND count(DISTINCT i.utilisateur_id) = 102 AND bool_and(i.cree_par IS NOT NULL AND invitation_valable(i)) FROM invitation i JOIN utilisateur u ON u.id = i.utilisateur_id WHERE u.courriel ~ '^a[0-9]+@'")
        .await;
    assert!(told);
    app.anonymous().get(&links[0].replace("http://localhost", "")).await.ok();
}

#[rocket::async_test]
async fn one_message_leaves_to_each_once_it_is_confirmed() {
    let post = Post::open(&[]);
    let app = post.app().await;
    let chief = app.administrateur(LE_GOSIER).await;
    let before = base(&app).await;
    let file = "nom;courriel;role\nAnne Un;anne@ville.gp;agent\nBob Deux;bob@ville.gp;administrateur\nCarl Trois;carl@ville.gp;agent\nDora;dora@ville.gp;agent\n";
    let id = checked(&app, &chief, ("utilisateurs", "a.csv", file), "completer").await;
    run_all(&app).await;
    assert!(post.taken().await.is_empty() && base(&app).await == before, "nothing leaves before it is confirmed");
    let page = chief.get(&format!("/imports/{id}")).await.ok();
    assert!(page.text().contains("un courriel part à chaque personne nouvelle"), "{}", page.text());
    // One is left out.
    let line: String = app.one("SELECT id::text FROM import_ligne WHERE nom = 'Dora'").await;
    chief.post(&format!("/imports/{id}/exclusion"), &[("ligne", &line), ("faire", "exclure")]).await;
    confirm(&app, &chief, id).await;
    run_all(&app).await;
    let mut to: Vec<String> = post.taken().await.into_iter().flat_map(|one| one.a).collect();
    to.sort();
    assert_eq!(to, ["anne@ville.gp", "bob@ville.gp", "carl@ville.gp"]);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM courriel_envoi WHERE etat = 'envoye' AND genre = 'invitation'").await, 3);
    // Anne chooses a password; Bob’s rights are changed; Carl is only invited.
    let taken = post.taken().await;
    let link = |mail: &str| taken.iter().find(|one| one.a[0] == mail).expect("a message").link();
    let new = "sept mangues sur un toit rouge";
    assert_eq!(app.anonymous().post(&link("anne@ville.gp"), &[("mot_de_passe", new), ("confirmation", new)]).await.status, Status::SeeOther);
    app.run_sql("UPDATE utilisateur SET version = version + 1 WHERE courriel = 'bob@ville.gp'").await;
    undone(&app, &chief, id).await;
    let left: String =
        app.one("SELECT string_agg(courriel, ' ' ORDER BY courriel) FROM utilisateur WHERE courriel ~ '^(anne|bob|carl|dora)@ville.gp'").await;
    assert_eq!(left, "anne@ville.gp bob@ville.gp");
    let kept: (i64, i64) = sqlx::query_as("SELECT defaites, gardees FROM import WHERE id = $1").bind(id).fetch_one(app.pool()).await.expect("it");
    assert_eq!(kept, (1, 2));
    let page = chief.get(&format!("/imports/{id}")).await.ok();
    assert!(page.text().contains("Ce compte a servi") && page.text().contains("retirés"), "{}", page.text());
    app.anonymous().get(&link("carl@ville.gp")).await.refused(Status::Gone, "n’est plus valable");
    app.anonymous().get(&link("bob@ville.gp")).await.ok();
}

#[rocket::async_test]
async fn what_waits_to_leave_goes_with_its_account() {
    // Nobody listens there: every message waits for another try.
    let app = app_of("smtp://127.0.0.1:9?tls=aucun", |_| {}).await;
    let chief = app.administrateur(LE_GOSIER).await;
    let before = base(&app).await;
    let id = loaded(&app, &chief, ("utilisateurs", "a.csv", "nom;courriel\nAnne;anne@ville.gp\nBob;bob@ville.gp\n"), "completer").await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM courriel_envoi WHERE etat = 'en_attente'").await, 2);
    // A forgotten password does not wait behind a lot.
    app.anonymous().post("/connexion/oubli", &[("courriel", "anne@ville.gp")]).await;
    let first: bool = app
        .one("SELECT bool_and(j.priority < l.priority) FROM courriel_envoi e JOIN job j ON j.payload->>'envoi' = e.id::text, (SELECT min(j.priority) AS priority FROM courriel_envoi e JOIN job j ON j.payload->>'envoi' = e.id::text WHERE e.genre = 'invitation') l WHERE e.genre = 'oubli'")
        .await;
    assert!(first);
    app.run_sql("DELETE FROM courriel_envoi WHERE genre = 'oubli'").await;
    undone(&app, &chief, id).await;
    assert_eq!(base(&app).await, before, "its demands and links are gone too");
    run_all(&app).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM job WHERE name = 'courriel' AND state <> 'done'").await, 0, "nothing goes on trying");
}

#[rocket::async_test]
async fn rights_are_those_of_the_writing() {
    let app = App::new().await;
    let chief = app.person("administrateur", &[LE_GOSIER, GRAND_SUD]).await;
    let file = "nom;courriel;collectivite\nAnne;anne@ville.gp;219711132\nBob;bob@ville.gp;249710070\nCarl;carl@ville.gp;219711132, 249710070\n";
    let id = checked(&app, &chief, ("utilisateurs", "a.csv", file), "completer").await;
    assert_eq!(counts(&app, id).await, (3, 0, 0, 0));
    assert_eq!(asked(&chief, id).await.status, Status::SeeOther);
    app.run_sql(&format!("DELETE FROM utilisateur_collectivite uc USING collectivite c WHERE c.id = uc.collectivite_id AND c.siren = '{GRAND_SUD}' AND uc.utilisateur_id = {}", chief.user_id)).await;
    app.run_jobs().await;
    assert_eq!(state(&app, id).await, "termine");
    let lines: String = app.one("SELECT string_agg(etat, ' ' ORDER BY rang) FROM import_ligne").await;
    assert_eq!((lines.as_str(), made(&app, id).await.len()), ("ecrite depassee depassee", 1));
    let why: String = app.one("SELECT min(motif) FROM import_ligne WHERE etat = 'depassee'").await;
    assert!(why.contains("Vos droits ne vont plus"), "{why}");
    // No right at all any more: nothing is written, and nobody else may act on it.
    let other = app.administrateur(LE_GOSIER).await;
    let second = checked(&app, &other, ("utilisateurs", "b.csv", "nom;courriel\nDora;dora@ville.gp\n"), "completer").await;
    assert_eq!(asked(&other, second).await.status, Status::SeeOther);
    app.run_sql(&format!("UPDATE utilisateur SET role = 'agent' WHERE id = {}", other.user_id)).await;
    app.run_jobs().await;
    assert_eq!(state(&app, second).await, "ecriture_arretee");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM utilisateur WHERE courriel = 'dora@ville.gp'").await, 0);
    assert_eq!(other.post(&format!("/imports/{second}/reprise"), &[]).await.status, Status::Forbidden);
    // An account of the same e-mail came in between.
    let third = checked(&app, &chief, ("utilisateurs", "c.csv", "nom;courriel\nÉmile;emile@ville.gp\n"), "completer").await;
    assert_eq!(asked(&chief, third).await.status, Status::SeeOther);
    app.run_sql("INSERT INTO utilisateur (courriel, nom, role) VALUES ('emile@ville.gp', 'Un autre', 'agent')").await;
    app.run_jobs().await;
    assert_eq!((state(&app, third).await, made(&app, third).await.len()), ("termine".into(), 0));
    assert_eq!(app.one::<String>("SELECT nom::text FROM utilisateur WHERE courriel = 'emile@ville.gp'").await, "Un autre");
}

#[rocket::async_test]
async fn nobody_else_loads_some() {
    let app = App::with(|config| config.deposes = Some("/tmp/nulle-part".into())).await;
    let file = b"nom;courriel\nAnne;anne@ville.gp\n";
    for browser in [app.agent(LE_GOSIER).await, app.exploitant().await] {
        let answer = browser.send_files("/imports", &[("genre", "utilisateurs")], &[("a.csv", file)]).await;
        assert_eq!(answer.status, Status::UnprocessableEntity);
    }
    // No program, however much its token may.
    let chief = app.administrateur(RIVIERA).await;
    let donne = crate::support::programme::Donne { droits: json!({"taxe": 4, "administration": 4}), ..Default::default() };
    let programme = app.programme_of(chief.user_id, donne).await;
    let call = async |path: &str, body: Vec<u8>| programme.call(Method::Post, path, Some(body), &[("Content-Type", "text/csv")]).await;
    problem(&call("/api/v1/imports?genre=utilisateurs&nom=a.csv", file.to_vec()).await, 403, "droits", "une personne le charge");
    let id = checked(&app, &chief, ("utilisateurs", "a.csv", "nom;courriel;collectivite\nAnne;anne@ville.gp;Le Gosier\n"), "completer").await;
    let revision: i32 = app.one("SELECT revision FROM import").await;
    let body = json!({"revision": revision, "lignes": 1}).to_string().into_bytes();
    // What a person loaded is not even shown to a token that reads less than they do.
    let refused = programme.call(Method::Post, &format!("/api/v1/imports/{id}/confirmation"), Some(body), &[]).await;
    problem(&refused, 404, "absent", "périmètre");
    assert!(!programme.get("/api/v1/openapi.json").await.ok().text().contains("\"utilisateurs\",\"x\""));
    // No watched folder, offered or asked for.
    let page = chief.get("/imports/dossiers").await.ok();
    assert!(!page.attributes("select[name=genre] option", "value").contains(&"utilisateurs".to_string()));
    let place: String = app.one("SELECT id::text FROM collectivite WHERE siren = '219711132'").await;
    let account = chief.user_id.to_string();
    let declared = chief.post("/imports/dossiers", &[("collectivite", &place), ("genre", "utilisateurs"), ("compte", &account)]).await;
    declared.refused(Status::UnprocessableEntity, "une personne le charge");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM dossier_surveille").await, 0);
    // No trusted profile.
    let kept = read(
        &app,
        &chief,
        sent(&chief, "utilisateurs", "b.csv", "nom;courriel;collectivite\nBob;bob@ville.gp;Le Gosier\n").await,
        &[("profil-nom", "RH"), ("profil-partage", &place), ("faire", "garder")],
    )
    .await;
    assert_eq!(kept.status, Status::SeeOther, "{}", kept.text());
    let profil: i64 = app.one("SELECT id FROM import_profil").await;
    let trust = chief.post(&format!("/profils/{profil}/confiance"), &[("confiance", "true"), ("version", "1")]).await;
    trust.refused(Status::BadRequest, "une personne le charge");
    // One that was trusted by another way decides nothing.
    app.run_sql("UPDATE import_profil SET confiance = true").await;
    let again = sent(&chief, "utilisateurs", "c.csv", "nom;courriel;collectivite\nCarl;carl@ville.gp;Le Gosier\n").await;
    read(&app, &chief, again, &[("faire", "verifier")]).await;
    app.run_jobs().await;
    assert_eq!(state(&app, again).await, "a_confirmer");
}

#[rocket::async_test]
async fn who_confirms_proves_again_who_they_are() {
    let app = App::new().await;
    let chief = app.administrateur(LE_GOSIER).await;
    let phc = password::hash_now(PASSWORD).expect("a hash");
    sqlx::query("UPDATE utilisateur SET mot_de_passe = $2 WHERE id = $1")
        .bind(chief.user_id)
        .bind(phc)
        .execute(app.pool())
        .await
        .expect("a password");
    let before = accounts(&app).await;
    let id = checked(&app, &chief, ("utilisateurs", "a.csv", "nom;courriel\nAnne;anne@ville.gp\n"), "completer").await;
    let hosts = checked(&app, &chief, ("hebergeurs", "h.csv", "nom;commune\nHôte;97113\n"), "completer").await;
    app.run_sql("UPDATE session SET confirmee_le = now() - interval '16 minutes'").await;
    let turned = |answer: &crate::support::Page| answer.header("Location").is_some_and(|place| place.starts_with("/compte/confirmation"));
    assert!(turned(&asked(&chief, id).await) && !turned(&asked(&chief, hosts).await), "hosts ask for nothing more");
    app.run_jobs().await;
    assert_eq!((accounts(&app).await, state(&app, id).await), (before, "a_confirmer".into()));
    assert_eq!(chief.post("/compte/confirmation", &[("mot_de_passe", PASSWORD), ("retour", "/")]).await.status, Status::SeeOther);
    // It is done in the name of whoever loaded it: nobody else says so.
    let colleague = app.administrateur(LE_GOSIER).await;
    let revision: i32 = sqlx::query_scalar("SELECT revision FROM import WHERE id = $1").bind(id).fetch_one(app.pool()).await.expect("the import");
    let (revision, address) = (revision.to_string(), format!("/imports/{id}/ecriture"));
    assert!(!colleague.get(&format!("/imports/{id}")).await.ok().text().contains("name=\"revision\""), "nothing to confirm is shown");
    colleague.post(&address, &[("revision", &revision), ("lignes", "1")]).await.refused(Status::Forbidden, "celui de Personne administrateur");
    assert_eq!(state(&app, id).await, "a_confirmer");
    confirm(&app, &chief, id).await;
    assert_eq!(accounts(&app).await, before + 2, "hers, and the one of the file");
    app.run_sql("UPDATE session SET confirmee_le = now() - interval '16 minutes'").await;
    assert!(turned(&chief.post(&format!("/imports/{id}/annulation"), &[]).await));
    assert_eq!(state(&app, id).await, "termine");
}
