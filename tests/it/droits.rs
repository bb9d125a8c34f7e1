//! No right outlives its reason: links, files, undoings, places of the journal, and the last one who can give rights.

use std::collections::BTreeSet;

use gardel::web::LISTS;
use rocket::http::{ContentType, Cookie, Header, Status};

use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA, instant};
use crate::support::{App, Browser, Page};

const PASSWORD: &str = "colibri trempé sur la véranda";

async fn link_by(author: &Browser<'_>, account: i64) -> String {
    let sheet = author.post(&format!("/utilisateurs/{account}/liens"), &[]).await.ok();
    let link = sheet.attributes(".lettre a", "href")[0].clone();
    link.split_once("localhost").map_or(link.as_str(), |(_, path)| path).to_string()
}

async fn use_link(app: &App, path: &str) -> Page {
    app.anonymous().post(path, &[("mot_de_passe", PASSWORD), ("confirmation", PASSWORD)]).await
}

async fn number_of(app: &App, siren: &str) -> String {
    sqlx::query_scalar("SELECT id::text FROM collectivite WHERE siren = $1").bind(siren).fetch_one(app.pool()).await.expect("a collectivité")
}

/// Any change of rights, of the account or of whoever made the link, by a person or by a statement: the link is void.
#[rocket::async_test]
async fn a_link_ends_with_the_rights_that_made_it() {
    let app = App::new().await;
    let riviera = number_of(&app, RIVIERA).await;
    let changes = [
        ("promoted", "UPDATE utilisateur SET role = 'administrateur' WHERE id = {compte}"),
        ("disabled and back", "UPDATE utilisateur SET actif = false WHERE id = {compte}; UPDATE utilisateur SET actif = true WHERE id = {compte}"),
        ("given a place", "INSERT INTO utilisateur_collectivite SELECT {compte}, id FROM collectivite WHERE siren = '249710070'"),
        (
            "moved",
            "UPDATE utilisateur_collectivite SET collectivite_id = (SELECT id FROM collectivite WHERE siren = '249710070') WHERE utilisateur_id = {compte}",
        ),
        ("author demoted", "UPDATE utilisateur SET role = 'agent' WHERE id = {auteur}"),
        (
            "author demoted and back",
            "UPDATE utilisateur SET role = 'agent' WHERE id = {auteur}; UPDATE utilisateur SET role = 'administrateur' WHERE id = {auteur}",
        ),
        ("author disabled", "UPDATE utilisateur SET actif = false WHERE id = {auteur}"),
        ("author moved", "DELETE FROM utilisateur_collectivite WHERE utilisateur_id = {auteur}"),
        ("author gone", "DELETE FROM utilisateur WHERE id = {auteur}"),
        // No trigger sees the places of a collectivité change: the rights are read again when the link is used.
        ("author's place shrunk", "DELETE FROM collectivite_commune WHERE collectivite_id = {riviera} AND code_insee = '97113'"),
    ];
    for (name, change) in changes {
        let (author, account) = (app.administrateur(RIVIERA).await, app.agent(LE_GOSIER).await);
        let path = link_by(&author, account.user_id).await;
        app.anonymous().get(&path).await.ok();
        let values = [("{compte}", account.user_id.to_string()), ("{auteur}", author.user_id.to_string()), ("{riviera}", riviera.clone())];
        for statement in change.split("; ") {
            app.run_sql(&values.iter().fold(statement.to_string(), |sql, (from, to)| sql.replace(from, to))).await;
        }
        app.anonymous().get(&path).await.refused(Status::Gone, "plus valable");
        let used = use_link(&app, &path).await;
        assert_eq!(used.status, Status::Gone, "{name}");
        let has: bool = sqlx::query_scalar("SELECT mot_de_passe IS NOT NULL FROM utilisateur WHERE id = $1")
            .bind(account.user_id)
            .fetch_one(app.pool())
            .await
            .expect("the account");
        assert!(!has, "{name}");
    }
}

#[rocket::async_test]
async fn a_link_outlives_a_change_of_name_and_is_told_to_its_person() {
    let app = App::new().await;
    let (author, account) = (app.administrateur(RIVIERA).await, app.agent(LE_GOSIER).await);
    let path = link_by(&author, account.user_id).await;
    let place = number_of(&app, LE_GOSIER).await;
    let courriel: String =
        sqlx::query_scalar("SELECT courriel FROM utilisateur WHERE id = $1").bind(account.user_id).fetch_one(app.pool()).await.expect("one");
    let form = [("nom", "Un autre nom"), ("courriel", courriel.as_str()), ("version", "1")];
    assert_eq!(author.post(&format!("/utilisateurs/{}/modifier", account.user_id), &form).await.status, Status::SeeOther);
    let notices = account.get("/avis").await.ok();
    assert!(notices.text().contains("a créé un lien pour choisir un nouveau mot de passe"), "{}", notices.text());
    assert_eq!(use_link(&app, &path).await.status, Status::SeeOther);

    // By the page this time: the account goes up, the links that it had and those that it made are void.
    let path = link_by(&author, account.user_id).await;
    let everywhere = app.everywhere().await;
    let version: String = app.one("SELECT version::text FROM utilisateur WHERE nom = 'Un autre nom'").await;
    let up =
        [("nom", "Un autre nom"), ("role", "administrateur"), ("actif", "true"), ("collectivites", place.as_str()), ("version", version.as_str())];
    assert_eq!(everywhere.post(&format!("/utilisateurs/{}", account.user_id), &up).await.status, Status::SeeOther);
    assert_eq!(use_link(&app, &path).await.status, Status::Gone);
}

/// Two administrateurs who take each other's rights at the same moment: one of them remains, every time.
#[rocket::async_test]
async fn the_last_who_can_give_rights_stays() {
    let app = App::new().await;
    let place = number_of(&app, RIVIERA).await;
    for round in 0..8 {
        app.run_sql("UPDATE utilisateur SET actif = false WHERE role = 'administrateur'").await;
        let (one, other) = (app.administrateur(RIVIERA).await, app.administrateur(RIVIERA).await);
        let lowered = [("nom", "X"), ("role", "agent"), ("actif", "true"), ("collectivites", place.as_str()), ("version", "1")];
        let disabled = [("nom", "X"), ("role", "administrateur"), ("collectivites", place.as_str()), ("version", "1")];
        let (to_one, to_other) = (format!("/utilisateurs/{}", one.user_id), format!("/utilisateurs/{}", other.user_id));
        let (first, second) = match round % 2 {
            0 => futures::join!(one.post(&to_other, &lowered), other.post(&to_one, &lowered)),
            _ => futures::join!(one.post(&to_other, &disabled), other.post(&to_one, &disabled)),
        };
        let done = [&first, &second]
            .iter()
            .filter(|answer| answer.status == Status::SeeOther && answer.header("Location").is_some_and(|to| to.starts_with("/utilisateurs/")))
            .count();
        let left: i64 = app.one("SELECT count(*) FROM utilisateur WHERE role = 'administrateur' AND actif").await;
        assert_eq!((done, left), (1, 1), "round {round}: {} {}", first.status, second.status);
    }
}

/// Every list that is exported, every right that its file rested on: taken away, the file stays closed; given back, it opens.
#[rocket::async_test]
async fn a_file_opens_with_the_rights_that_made_it_only() {
    let app = App::new().await;
    let owner = app.person("administrateur", &[RIVIERA, GRAND_SUD]).await;
    let id = owner.user_id;
    let mut files = Vec::new();
    for list in LISTS.iter().filter(|list| list.exportable) {
        let place = owner.export(list.name, "", "csv_fr").await;
        files.push((*list, format!("{place}/fichier")));
    }
    app.run_jobs().await;
    let opened = async |path: &str| owner.get(path).await.status;
    for (list, path) in &files {
        assert_eq!(opened(path).await, Status::Ok, "{}", list.name);
    }
    let lowered = format!("UPDATE utilisateur SET role = 'agent' WHERE id = {id}");
    let raised = format!("UPDATE utilisateur SET role = 'administrateur' WHERE id = {id}");
    let taken = format!(
        "DELETE FROM utilisateur_collectivite WHERE utilisateur_id = {id} AND collectivite_id = (SELECT id FROM collectivite WHERE siren = '249710070')"
    );
    let given = format!("INSERT INTO utilisateur_collectivite SELECT {id}, id FROM collectivite WHERE siren = '249710070'");
    // By role: what an agent may read of the tax stays; what an administrateur answers for does not.
    app.run_sql(&lowered).await;
    for (list, path) in &files {
        let kept = [
            "sejours",
            "logements",
            "hebergeurs",
            "campagnes",
            "echeances",
            "declarations",
            "paiements",
            "ecritures",
            "communes",
            "deliberations",
            "tarifs",
            "lettres",
            "modeles",
        ];
        let kept = kept.contains(&list.name);
        assert_eq!(opened(path).await, if kept { Status::Ok } else { Status::Forbidden }, "{} after a demotion", list.name);
    }
    app.run_sql(&raised).await;
    app.run_sql(&taken).await;
    for (list, path) in &files {
        assert_eq!(opened(path).await, Status::Forbidden, "{} after a place was taken", list.name);
    }
    app.run_sql(&given).await;
    for (list, path) in &files {
        assert_eq!(opened(path).await, Status::Ok, "{} with the rights back", list.name);
    }
}

/// Whatever the header says, what is sent is what the journal tells.
#[rocket::async_test]
async fn no_part_of_a_file_leaves_without_its_line() {
    let app = App::new().await;
    for range in [
        "",
        "x=1",
        "bytes=1-5,0-",
        "bytes=0-",
        "bytes=1-",
        "bytes=5-9",
        "bytes=-5",
        "bytes=-0",
        "bytes=99999999-",
        "bytes= 0-",
        "Bytes=0-",
        "bytes=0-0",
    ] {
        let owner = app.agent(LE_GOSIER).await;
        let path = format!("{}/fichier", owner.export("sejours", "", "csv_fr").await);
        app.run_jobs().await;
        let headers: Vec<(&'static str, &str)> = Some(range).filter(|range| !range.is_empty()).map(|range| ("Range", range)).into_iter().collect();
        let lines = async || -> i64 {
            sqlx::query_scalar("SELECT count(*) FROM journal WHERE action = 'telechargement' AND acteur_id = $1")
                .bind(owner.user_id)
                .fetch_one(app.pool())
                .await
                .expect("lines")
        };
        let answer = owner.get_with(&path, &headers).await;
        let sends = i64::from(answer.status != Status::RangeNotSatisfiable);
        assert_eq!(lines().await, sends, "{range:?}: {}", answer.status);
        let whole = ["", "x=1", "bytes=1-5,0-", "bytes=0-", "bytes= 0-", "Bytes=0-"].contains(&range);
        // Taken up again within the day: the same download, when it was one of the whole; another one after a piece.
        for again in 1..=2 {
            owner.get_with(&path, &[("Range", "bytes=7-")]).await;
            assert_eq!(lines().await, if whole { 1 } else { sends + again }, "{range:?}");
        }
        let parts: i64 = sqlx::query_scalar("SELECT count(*) FROM journal WHERE action = 'telechargement' AND acteur_id = $1 AND detail ? 'partie'")
            .bind(owner.user_id)
            .fetch_one(app.pool())
            .await
            .expect("lines");
        assert_eq!(parts, if whole { 0 } else { lines().await }, "{range:?}: a piece says that it is one");
        // Its headers alone are no download.
        let head = owner.signed(app.client.head(path.clone())).dispatch().await;
        assert_eq!(head.status(), Status::Ok);
        drop(head);
        assert_eq!(lines().await, if whole { 1 } else { sends + 2 }, "{range:?}: a HEAD sends nothing");
    }
}

/// An undoing is whole or it is not: refused with its count to whoever has a part, and still there for whoever has all.
#[rocket::async_test]
async fn an_undoing_by_somebody_with_a_part_closes_it_for_nobody() {
    let app = App::new().await;
    let both = app.person("agent", &[RIVIERA, GRAND_SUD]).await;
    let before: String = app.one("SELECT md5(string_agg(id || statut, ',' ORDER BY id)) FROM sejour").await;
    let page = both.post("/sejours/actions", &[("requete", "statut=a_verifier"), ("action", "valider"), ("etendue", "filtre")]).await.ok();
    let token = page.attributes("input[name=jeton]", "value")[0].clone();
    assert_eq!(both.post("/actions", &[("jeton", &token)]).await.status, Status::SeeOther);
    app.run_jobs().await;
    let (id, changed): (i64, i64) = sqlx::query_as("SELECT id, modifiees FROM action").fetch_one(app.pool()).await.expect("an action");
    let elsewhere: i64 = app
        .one("SELECT count(*) FROM action_ligne l JOIN sejour s ON s.id = l.cle WHERE s.code_insee IN (SELECT code_insee FROM collectivite_commune cc JOIN collectivite c ON c.id = cc.collectivite_id WHERE c.siren = '249710070')")
        .await;
    assert!(elsewhere > 0 && elsewhere < changed, "{elsewhere} of {changed}");
    let after: String = app.one("SELECT md5(string_agg(id || statut, ',' ORDER BY id)) FROM sejour").await;
    app.run_sql("DELETE FROM utilisateur_collectivite WHERE collectivite_id = (SELECT id FROM collectivite WHERE siren = '249710070')").await;
    let refused = both.post(&format!("/actions/{id}/annulation"), &[]).await;
    refused.refused(Status::Forbidden, "ne sont pas dans votre périmètre");
    assert!(refused.text().contains(format!("{elsewhere} séjours")), "{}", refused.text());
    assert_eq!(app.one::<String>("SELECT md5(string_agg(id || statut, ',' ORDER BY id)) FROM sejour").await, after, "nothing was put back");
    app.run_sql(&format!("INSERT INTO utilisateur_collectivite SELECT {}, id FROM collectivite WHERE siren = '249710070'", both.user_id)).await;
    assert_eq!(both.post(&format!("/actions/{id}/annulation"), &[]).await.status, Status::SeeOther);
    app.run_jobs().await;
    assert_eq!(app.one::<String>("SELECT md5(string_agg(id || statut, ',' ORDER BY id)) FROM sejour").await, before);
}

#[rocket::async_test]
async fn links_bear_the_public_address_and_other_hosts_are_refused() {
    let app = App::with(|config| config.adresse_publique = Some("http://gardel.test:8000".into())).await;
    let chief = app.administrateur(RIVIERA).await;
    let id = app.agent(LE_GOSIER).await.user_id;
    let path = format!("/utilisateurs/{id}/liens");
    let ask = async |host: &str| {
        let request = chief.signed(app.client.post(path.clone()).header(ContentType::Form));
        Page::read(request.header(Header::new("Host", host.to_string())).dispatch().await).await
    };
    for host in ["ailleurs.example", "gardel.test", "gardel.test:8000.ailleurs.example", ""] {
        ask(host).await.refused(Status::BadRequest, "Ouvrez http://gardel.test:8000");
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM invitation").await, 0);
    let sheet = ask("Gardel.test:8000").await.ok();
    assert!(sheet.attributes(".lettre a", "href")[0].starts_with("http://gardel.test:8000/invitation/"), "{}", sheet.text());
}

/// What is about people is kept by no browser, as a page and as a part of one; signing out empties what it kept of the rest.
#[rocket::async_test]
async fn nothing_about_people_stays_in_the_browser() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let host: i64 = app.one("SELECT hebergeur_id FROM hebergeur_commune WHERE code_insee = '97113' ORDER BY 1 LIMIT 1").await;
    for path in [
        "/compte",
        "/",
        "/avis",
        "/utilisateurs",
        "/hebergeurs",
        "/sejours",
        "/logements",
        "/journal",
        "/exports",
        "/actions",
        "/travaux",
        "/vues",
        &format!("/hebergeurs/{host}"),
        &format!("/utilisateurs/{}", chief.user_id),
    ] {
        for page in [chief.get(path).await.ok(), chief.fragment(path).await.ok()] {
            assert_eq!(page.header("Cache-Control").as_deref(), Some("private, no-store"), "{path}");
        }
    }
    assert_eq!(chief.get("/communes").await.ok().header("Cache-Control").as_deref(), Some("private, no-cache"));
    let out = chief.post("/deconnexion", &[]).await;
    assert_eq!(out.header("Location").as_deref(), Some("/connexion?fin=deconnexion"));
    assert_eq!(out.header("Clear-Site-Data").as_deref(), Some("\"cache\", \"storage\""));
}

/// A form cannot choose its method: it is refused, with a whole answer, whatever it claims.
#[rocket::async_test]
async fn a_form_cannot_claim_another_method() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let mut refused = BTreeSet::new();
    for method in ["get", "head", "put", "delete", "options", "trace", "patch", "connect", "HEAD", "post"] {
        for path in ["/deconnexion", "/sejours", "/", "/nulle-part", "/static/x"] {
            let answer = browser.post(path, &[("_method", method)]).await;
            answer.refused(Status::BadRequest, "une autre méthode");
            refused.insert(method);
        }
    }
    assert_eq!(refused.len(), 10);
    // As Rocket reads a form, empty fields before the first one do not count.
    for body in ["&_method=head", "&&_method=get", "&&&&&&&_method=put", "_method[x]=head", "_method", "[_method]=head&a=1", "._method=head&a=1"] {
        let request =
            browser.signed(app.client.post("/connexion").header(ContentType::Form).header(Header::new("Sec-Fetch-Site", "cross-site"))).body(body);
        Page::read(request.dispatch().await).await.refused(Status::BadRequest, "une autre méthode");
    }
    browser.get("/sejours").await.ok();
}

/// What a page says comes from the session, never from the browser; it is said once.
#[rocket::async_test]
async fn the_words_of_the_next_page_never_pass_through_the_browser() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let planted = "7:successVirement effectu%C3%A9 %C3%A0 Marl%C3%A8ne\u{1f}lien\u{1f}/\\ailleurs.example\u{1f}Ouvrir";
    let request = browser.signed(app.client.get("/sejours")).cookie(Cookie::new("_flash", planted));
    let page = Page::read(request.dispatch().await).await.ok();
    assert!(!page.text().contains("Virement"), "a cookie of another site is not believed");
    let export = browser.export("sejours", "", "csv_fr").await;
    app.run_jobs().await;
    let answer = browser.post("/compte/sessions/fin", &[]).await;
    assert_eq!(answer.status, Status::SeeOther);
    assert!(answer.headers.iter().all(|(name, _)| !name.eq_ignore_ascii_case("set-cookie")), "{:?}", answer.headers);
    // A fragment has no place for it, nor has what is no page; another session has none of it.
    browser.fragment("/sejours").await.ok();
    for nothing in ["/nulle-part", "/favicon.ico", "/connexion", "/exports/999/fichier", "/sejours/999999999", "/static/x"] {
        let page = browser.get(nothing).await;
        assert_ne!(page.status, Status::Ok, "{nothing}");
        assert!(!page.text().contains("Vos autres sessions sont terminées"), "{nothing} is no page");
    }
    // A page that is not there keeps the menu of whoever asked.
    assert_eq!(browser.get("/sejours/999999999").await.texts("#menu a").len(), browser.get("/nulle-part").await.texts("#menu a").len());
    assert!(browser.get("/sejours/999999999").await.texts("#menu a").len() > 5);
    let manifest = browser.get(&format!("{export}/manifeste")).await.ok();
    assert!(manifest.header("Content-Type").is_some_and(|kind| kind.contains("json")));
    drop(browser.signed(app.client.head("/compte")).dispatch().await);
    browser.post("/sejours/exports", &[("requete", "statut=zzz"), ("format", "csv_fr")]).await;
    let other = app.signed_in(browser.user_id).await;
    assert!(!other.get("/compte").await.ok().text().contains("Vos autres sessions sont terminées"));
    let pages = futures::future::join_all((0..4).map(|_| browser.get("/compte"))).await;
    let said = pages.iter().filter(|page| page.text().contains("Vos autres sessions sont terminées")).count();
    assert_eq!(said, 1, "of pages asked for at the same moment, one says it");
    assert!(!browser.get("/compte").await.ok().text().contains("Vos autres sessions sont terminées"), "once");
}

/// A confirmation that somebody left open for days does nothing: what it counted is long past.
#[rocket::async_test]
async fn a_confirmation_ends_after_a_day() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let key: String = app.one("SELECT min(id)::text FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier'").await;
    let asked = [("requete", ""), ("action", "valider"), ("etendue", "page"), ("cles", key.as_str())];
    let token = browser.post("/sejours/actions", &asked).await.ok().attributes("input[name=jeton]", "value")[0].clone();
    app.context.clock.set(instant("2026-11-25T14:00:00Z"));
    browser.post("/actions", &[("jeton", &token)]).await.refused(Status::Conflict, "plus d’un jour");
    app.context.clock.set(instant("2026-11-24T14:00:00Z"));
    assert_eq!(browser.post("/actions", &[("jeton", &token)]).await.status, Status::SeeOther);
}
