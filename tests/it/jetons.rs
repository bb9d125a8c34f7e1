//! Tokens of programs: made within one's own rights, shown once, kept nowhere, seen and taken back by whom it must, ended with the
//! account or its rights; what they may ask.
//!
//! Longer than 400 lines: one gesture after another on the same tokens.

use std::net::SocketAddr;

use chrono::{Days, NaiveDate};
use gardel::jetons::{self, Appelant, Limites, Refus};
use gardel::listing::{Module, Niveau};
use rocket::http::{Header, Status};
use rocket::local::asynchronous::Client;
use sqlx::AssertSqlSafe;

use crate::cache::redis_url;
use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA};

use crate::support::proxy::{Manner, Proxy};
use crate::support::{App, Browser, Page, plain};

async fn value<T>(app: &App, sql: &str) -> T
where
    T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    sqlx::query_scalar(AssertSqlSafe(sql.to_string())).fetch_one(app.pool()).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

async fn place(app: &App, siren: &str) -> String {
    value(app, &format!("SELECT id::text FROM collectivite WHERE siren = '{siren}'")).await
}

/// A day of the clock that ends the tokens, as people write it.
async fn day(app: &App, ahead: u64) -> String {
    let today: NaiveDate = value(app, "SELECT (now() AT TIME ZONE 'America/Guadeloupe')::date").await;
    (today + Days::new(ahead)).format("%d/%m/%Y").to_string()
}

/// A form that is right: it reads the tax in `place`.
fn form<'a>(nom: &'a str, place: &'a str, end: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("nom", nom),
        ("genre", "personnel"),
        ("droits", "taxe.1"),
        ("collectivites", place),
        ("expire_le", end),
        ("adresses", ""),
        ("appels_minute", "600"),
        ("simultanes", "4"),
        ("lignes_jour", "20 000 000"),
    ]
}

/// The same with one field changed; a field that is not there is added.
fn with<'a>(mut form: Vec<(&'a str, &'a str)>, name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    match form.iter_mut().find(|(known, _)| *known == name) {
        Some(field) => field.1 = value,
        None => form.push((name, value)),
    }
    form
}

/// Makes a token: its text, and the address of its file.
async fn made(browser: &Browser<'_>, form: &[(&str, &str)]) -> (String, String) {
    let page = browser.post("/jetons", form).await.ok();
    let text = page.texts("#jeton").pop().unwrap_or_else(|| panic!("a token: {}", page.text()));
    let file = page.attributes("main .actions a", "href").pop().expect("its file");
    (text, file)
}

/// Who calls by `token`, from `address`.
async fn call(client: &Client, token: &str, address: &str) -> Result<Appelant, Refus> {
    let mut request = client.get("/api/v1").header(Header::new("Authorization", format!("Bearer {token}")));
    request = request.remote(address.parse::<SocketAddr>().expect("an address"));
    jetons::caller(request.inner()).await
}

async fn refusal(app: &App, token: &str) -> String {
    call(&app.client, token, "192.0.2.7:1").await.err().map(|refused| refused.to_string()).unwrap_or_default()
}

fn led(page: &Page) -> String {
    assert_eq!(page.status, Status::SeeOther, "{}", page.text());
    page.header("Location").unwrap_or_default()
}

#[rocket::async_test]
async fn a_token_is_shown_once_and_kept_nowhere() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let (place, end) = (place(&app, LE_GOSIER).await, day(&app, 90).await);
    let fresh = agent.get("/jetons/nouveau").await.ok();
    assert_eq!(fresh.attributes("#expire_le", "value"), std::slice::from_ref(&end), "ninety days, unless one says otherwise");
    assert_eq!(fresh.attributes("#collectivites input[checked]", "value"), std::slice::from_ref(&place), "the only one is chosen");
    let empty = agent.get("/jetons").await.ok();
    assert!(empty.rows().is_empty() && empty.attributes("main a.bouton", "href").contains(&"/jetons/nouveau".to_string()), "{}", empty.text());
    let form = with(form("Tableau de bord", &place, &end), "droits", "taxe.2");
    let page = agent.post("/jetons", &form).await.ok();
    assert!(page.header("Cache-Control").is_some_and(|told| told.contains("no-store")));
    let text = page.texts("#jeton").remove(0);
    let secret = text.strip_prefix("gardel_").expect("a prefix that is recognised");
    assert!(secret.len() == 72 && secret.bytes().all(|byte| byte.is_ascii_hexdigit()), "{text}");
    // The base holds its hash, its first characters, and nothing else of it, in any row of any table.
    let hash: bool = sqlx::query_scalar("SELECT empreinte = sha256($1::text::bytea) AND debut = left($1, 13) FROM jeton_api")
        .bind(&text)
        .fetch_one(app.pool())
        .await
        .expect("the row");
    assert!(hash);
    let tables: Vec<String> = sqlx::query_scalar("SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        .fetch_all(app.pool())
        .await
        .expect("the tables");
    assert!(tables.len() > 50);
    for table in tables {
        let held: i64 = value(&app, &format!("SELECT count(*) FROM {table} t WHERE strpos(t::text, '{}') > 0", &secret[10..40])).await;
        assert_eq!(held, 0, "{table}");
    }
    // Nor is it shown again; the journal tells what it may do.
    let file = page.attributes("main .actions a", "href").pop().expect("its file");
    for path in [file.as_str(), "/jetons", "/avis"] {
        assert!(!agent.get(path).await.ok().text().contains(&secret[10..40]), "{path}");
    }
    let shown = agent.get(&file).await.ok();
    assert_eq!(shown.texts("h1"), ["Tableau de bord"]);
    let told = app.administrateur(LE_GOSIER).await.get("/journal?objet=jeton").await.ok().texts("#liste tbody tr").join(" ");
    assert!(told.contains("Jeton « Tableau de bord »") && told.contains("Taxe de séjour : lire et écrire"), "{told}");
    // Sent twice, it is one token, and its file.
    assert_eq!(led(&agent.post("/jetons", &form).await), file);
    assert_eq!(value::<i64>(&app, "SELECT count(*) FROM jeton_api").await, 1);
    assert_eq!(value::<i64>(&app, "SELECT count(*) FROM journal WHERE objet = 'jeton'").await, 1);
    let other = with(form.clone(), "droits", "taxe.1");
    agent.post("/jetons", &other).await.refused(Status::UnprocessableEntity, "porte déjà ce nom");
    // It opens what it says, and no more: the tax, to be written, where its person has it.
    let caller = call(&app.client, &text, "192.0.2.7:1").await.expect("somebody");
    assert_eq!((caller.personne.reader.user_id, caller.jeton.nom.as_str()), (agent.user_id, "Tableau de bord"));
    let communes = |module, level| caller.personne.reader.at(level).communes(module).to_vec();
    assert_eq!(communes(Module::Taxe, Niveau::Valider), ["97113"]);
    assert!(communes(Module::Pilotage, Niveau::Lire).is_empty(), "its person reads it, the token does not");
    assert!(caller.jeton.writes(Module::Taxe) && !caller.jeton.personnel);
}

#[rocket::async_test]
async fn each_fault_has_its_sentence_and_nothing_typed_is_lost() {
    let app = App::new().await;
    let chief = app.administrateur(LE_GOSIER).await;
    let (here, elsewhere, end) = (place(&app, LE_GOSIER).await, place(&app, GRAND_SUD).await, day(&app, 30).await);
    let (today, far) = (day(&app, 0).await, day(&app, 366).await);
    let long = "x".repeat(81);
    let cases = [
        ("nom", " \u{200b} ", "à quoi sert ce jeton"),
        ("nom", long.as_str(), "80 caractères au plus"),
        ("genre", "autre", "Choisissez « Personnel »"),
        ("droits", "", "au moins un module"),
        ("droits", "administration.2", "dans les vôtres"),
        ("droits", "taxe.9", "dans les vôtres"),
        ("collectivites", elsewhere.as_str(), "au moins une collectivité"),
        ("expire_le", "", "Donnez une date de fin"),
        ("expire_le", "31/02/2027", "n’est pas une date"),
        ("expire_le", today.as_str(), "à venir"),
        ("expire_le", far.as_str(), "un an au plus"),
        ("adresses", "10.0.0.0/8\r\nla mairie", "« la mairie » n’est pas un réseau"),
        ("adresses", "10.1.2.3/8", "deux façons"),
        ("appels_minute", "0", "entre 1 et 60 000"),
        ("simultanes", "beaucoup", "entre 1 et 100"),
        ("lignes_jour", "", "entre 1 et 10 000 000 000"),
    ];
    for (field, wrong, words) in cases {
        let sent = with(form("Essai <b>", &here, &end), field, wrong);
        let page = chief.post("/jetons", &sent).await;
        assert_eq!(page.status, Status::UnprocessableEntity, "{field}: {wrong}");
        let beside = page.texts(&format!("#{field}-erreur")).join(" ");
        assert!(beside.contains(&plain(words)), "{field}, {wrong}: « {beside} »");
        assert_eq!(page.attributes(".message.erreur li a", "href"), [format!("#{field}")]);
        if field != "nom" {
            assert_eq!(page.attributes("#nom", "value"), ["Essai <b>"]);
        }
        if !["genre", "droits", "collectivites", "adresses"].contains(&field) {
            assert_eq!(page.attributes(&format!("#{field}"), "value").concat(), wrong, "{field} is given back");
        }
    }
    let many = (1..=21).map(|one| format!("10.{one}.0.0/16")).collect::<Vec<_>>().join("\n");
    let sent = with(form("Essai", &here, &end), "adresses", &many);
    chief.post("/jetons", &sent).await.refused(Status::UnprocessableEntity, "21 réseaux");
    // Nothing at all, and what is no form.
    chief.post("/jetons", &[]).await.refused(Status::UnprocessableEntity, "Des informations sont à corriger");
    assert_eq!(chief.post("/jetons", &[("collectivites", "x")]).await.status.code / 100, 4);
    assert_eq!(value::<i64>(&app, "SELECT count(*) FROM jeton_api").await, 0);
    // What was typed by a session that must prove again who it is comes back.
    app.run_sql("UPDATE session SET confirmee_le = now() - interval '16 minutes'").await;
    assert!(led(&chief.get("/jetons/nouveau").await).starts_with("/compte/confirmation"));
    let kept = led(&chief.post("/jetons", &with(form("À reprendre", &here, &end), "adresses", "10.0.0.0/8")).await);
    assert!(kept.starts_with("/compte/confirmation?retour=%2Freprise%2F"), "{kept}");
    app.run_sql("UPDATE session SET confirmee_le = now()").await;
    let number: i64 = value(&app, "SELECT max(id) FROM saisie_gardee").await;
    let page = chief.get(&format!("/jetons/nouveau?reprise={number}")).await.ok();
    assert_eq!((page.attributes("#nom", "value"), page.texts("#adresses")), (vec!["À reprendre".to_string()], vec!["10.0.0.0/8".to_string()]));
    assert_eq!(page.attributes("#droit-taxe option[selected]", "value"), ["taxe.1"]);
}

#[rocket::async_test]
async fn rights_are_never_above_those_of_their_owner() {
    let app = App::new().await;
    let (here, south, end) = (place(&app, LE_GOSIER).await, place(&app, GRAND_SUD).await, day(&app, 30).await);
    // Reads the tax here, enters it there.
    let person = app.person("sur_mesure", &[LE_GOSIER, GRAND_SUD]).await;
    let id = person.user_id;
    app.run_sql(&format!("INSERT INTO droit VALUES ({id}, {here}, 'taxe', 1), ({id}, {south}, 'taxe', 2), ({id}, {south}, 'administration', 1)"))
        .await;
    let page = person.get("/jetons/nouveau").await.ok();
    assert_eq!(page.attributes("#droits select option", "value"), ["", "taxe.1", "taxe.2", "", "administration.1"], "what they have somewhere");
    assert!(page.texts("select#genre").is_empty(), "a token of service is made by who manages");
    let refused = async |form: &[(&str, &str)], field: &str, words: &str| {
        let page = person.post("/jetons", form).await;
        assert_eq!(page.status, Status::UnprocessableEntity, "{form:?}");
        let beside = page.texts(&format!("#{field}-erreur")).join(" ");
        assert!(beside.contains(&plain(words)), "« {beside} »");
    };
    let base = || form("Essai", &here, &end);
    refused(&with(base(), "droits", "taxe.2"), "droits", "ne vont pas jusqu’à « lire et écrire »").await;
    refused(&with(base(), "droits", "labo.1"), "droits", "dans les vôtres").await;
    refused(&with(base(), "droits", "administration.1"), "droits", "ne vont pas jusqu’à « lire »").await;
    refused(&with(base(), "genre", "service"), "genre", "Choisissez « Personnel »").await;
    // Both places, one of which has nothing to do with it.
    let mut both = with(base(), "droits", "administration.1");
    both.push(("collectivites", &south));
    refused(&both, "collectivites", "vous n’avez aucun des droits choisis").await;
    // A token that writes where its person writes, and reads where they read.
    let mut both = with(form("Deux lieux", &here, &end), "droits", "taxe.2");
    both.push(("collectivites", &south));
    let (text, _) = made(&person, &both).await;
    let of = async |level| call(&app.client, &text, "192.0.2.7:1").await.expect("somebody").personne.reader.at(level).communes(Module::Taxe).to_vec();
    let communes = async |siren: &str| -> Vec<String> {
        let sql = format!(
            "SELECT array_agg(code_insee ORDER BY code_insee) FROM collectivite_commune cc JOIN collectivite c ON c.id = cc.collectivite_id WHERE c.siren IN ({siren})
             AND depuis <= now() AND jusqu_au IS NULL"
        );
        value(&app, &sql).await
    };
    assert_eq!(of(Niveau::Lire).await, communes(&format!("'{LE_GOSIER}', '{GRAND_SUD}'")).await);
    assert_eq!(of(Niveau::Saisir).await, communes(&format!("'{GRAND_SUD}'")).await);
    // What is taken from its person is taken from it, at its next call.
    app.run_sql(&format!("UPDATE droit SET niveau = 1 WHERE utilisateur_id = {id} AND module = 'taxe'")).await;
    assert!(of(Niveau::Saisir).await.is_empty() && !of(Niveau::Lire).await.is_empty());
    app.run_sql(&format!("DELETE FROM droit WHERE utilisateur_id = {id} AND collectivite_id = {south}")).await;
    assert_eq!(of(Niveau::Lire).await, ["97113"]);
    app.run_sql(&format!("DELETE FROM droit WHERE utilisateur_id = {id}")).await;
    assert!(of(Niveau::Lire).await.is_empty());
    assert_eq!(person.get("/jetons/nouveau").await.status, Status::Forbidden, "who has rights nowhere gives none");
    // Whoever runs the installation reads no data, nor does a token of theirs.
    let exploitant = app.exploitant().await;
    exploitant.get("/jetons/nouveau").await.refused(Status::Forbidden, "ne lit aucune donnée");
    exploitant.post("/jetons", &base()).await.refused(Status::Forbidden, "ne lit aucune donnée");
    assert_eq!(exploitant.get("/jetons").await.status, Status::Forbidden);
}

#[rocket::async_test]
async fn a_token_of_service_is_made_by_who_manages() {
    let app = App::new().await;
    let (here, riviera, end) = (place(&app, LE_GOSIER).await, place(&app, RIVIERA).await, day(&app, 30).await);
    let chief = app.person("sur_mesure", &[LE_GOSIER, RIVIERA]).await;
    let id = chief.user_id;
    app.run_sql(&format!("INSERT INTO droit VALUES ({id}, {here}, 'taxe', 1), ({id}, {here}, 'administration', 4), ({id}, {riviera}, 'taxe', 1)"))
        .await;
    let service = with(form("Application", &here, &end), "genre", "service");
    let mut both = service.clone();
    both.push(("collectivites", &riviera));
    chief.post("/jetons", &both).await.refused(Status::UnprocessableEntity, "là où vous gérez les droits");
    let (_, file) = made(&chief, &service).await;
    assert!(chief.get(&file).await.ok().text().contains("De service"));
}

#[rocket::async_test]
async fn a_token_is_seen_and_taken_back_by_whom_it_must() {
    let app = App::new().await;
    let (here, end) = (place(&app, LE_GOSIER).await, day(&app, 30).await);
    let owner = app.agent(LE_GOSIER).await;
    let (text, file) = made(&owner, &form("Le mien", &here, &end)).await;
    let (colleague, chief, riviera, other) =
        (app.agent(LE_GOSIER).await, app.administrateur(LE_GOSIER).await, app.administrateur(RIVIERA).await, app.administrateur(GRAND_SUD).await);
    let auditor = app.person("sur_mesure", &[LE_GOSIER]).await;
    app.run_sql(&format!("INSERT INTO droit VALUES ({}, {here}, 'administration', 1)", auditor.user_id)).await;
    for (who, sees) in [(&owner, true), (&colleague, false), (&chief, true), (&riviera, true), (&other, false), (&auditor, true)] {
        assert_eq!(who.get("/jetons").await.ok().rows().len(), usize::from(sees));
        assert_eq!(who.get(&file).await.status, if sees { Status::Ok } else { Status::NotFound });
    }
    let button = format!("form[action='{file}/revocation'] button");
    assert!(auditor.get(&file).await.ok().texts(&button).is_empty() && chief.get(&file).await.ok().texts(&button).len() == 1);
    let take = format!("{file}/revocation");
    for (who, status) in [(&colleague, Status::NotFound), (&other, Status::NotFound), (&auditor, Status::Forbidden)] {
        assert_eq!(who.post(&take, &[]).await.status, status);
    }
    assert!(call(&app.client, &text, "192.0.2.7:1").await.is_ok(), "nobody has taken it back");
    // One click, once; told to the journal, and to its person when somebody else did it.
    assert_eq!(led(&riviera.post(&take, &[]).await), file);
    assert_eq!(led(&owner.post(&take, &[]).await), file);
    assert!(owner.get(&file).await.ok().text().contains("déjà révoqué"));
    assert!(refusal(&app, &text).await.contains("a été révoqué"));
    let lines = "SELECT count(*) FROM journal WHERE objet = 'jeton' AND action = 'modification' AND collectivite_id = ";
    assert_eq!(value::<i64>(&app, &format!("{lines}{here}")).await, 1);
    let by: bool = value(&app, &format!("SELECT revoque_par = {} FROM jeton_api", riviera.user_id)).await;
    assert!(by);
    assert!(owner.get("/avis").await.ok().text().contains("a révoqué votre jeton"));
    let page = chief.get(&file).await.ok();
    assert!(page.texts(&button).is_empty() && page.texts(".titre-page .badge") == ["Révoqué"]);
    assert_eq!(chief.get("/jetons?etat=revoque").await.ok().rows().len(), 1);
    assert!(chief.get("/jetons?etat=actif").await.ok().rows().is_empty());
    // Its name is free again; the page of the account leads to those that open.
    made(&owner, &form("Le mien", &here, &end)).await;
    let account = chief.get(&format!("/utilisateurs/{}", owner.user_id)).await.ok();
    let link = account.attributes("dd a[href^='/jetons']", "href").pop().expect("a link");
    assert_eq!(chief.get(&link).await.ok().rows().len(), 1);
    assert!(account.text().contains("1 jeton actif"));
}

#[rocket::async_test]
async fn a_token_ends_with_its_account_its_time_and_its_networks() {
    let app = App::new().await;
    let (here, end) = (place(&app, LE_GOSIER).await, day(&app, 30).await);
    let owner = app.agent(LE_GOSIER).await;
    let network = with(form("Du serveur", &here, &end), "adresses", "192.0.2.0/24\n2001:db8::/32");
    let (text, file) = made(&owner, &network).await;
    let opens = async |from: &str| call(&app.client, &text, from).await.is_ok();
    assert!(opens("192.0.2.7:1").await && opens("[2001:db8::9]:1").await);
    assert!(!opens("192.0.3.7:1").await && !opens("[2001:db9::9]:1").await, "only from its networks");
    assert!(call(&app.client, &text, "198.51.100.1:1").await.err().expect("refused").to_string().contains("pas accepté depuis cette adresse"));
    let owned = owner.user_id;
    app.run_sql(&format!("UPDATE utilisateur SET actif = false WHERE id = {owned}")).await;
    assert!(refusal(&app, &text).await.contains("désactivé"));
    let page = app.administrateur(LE_GOSIER).await.get(&file).await.ok();
    assert!(page.text().contains("Le compte de son propriétaire est désactivé"));
    app.run_sql(&format!("UPDATE utilisateur SET actif = true WHERE id = {owned}")).await;
    assert!(opens("192.0.2.7:1").await, "opened again, it opens again");
    // It holds on its last day, to midnight in Guadeloupe.
    let last: bool = value(
        &app,
        "SELECT (expire_le AT TIME ZONE 'America/Guadeloupe') = ((now() AT TIME ZONE 'America/Guadeloupe')::date + 31)::timestamp FROM jeton_api",
    )
    .await;
    assert!(last);
    app.run_sql("UPDATE jeton_api SET cree_le = now() - interval '31 days', expire_le = now() - interval '1 second'").await;
    assert!(refusal(&app, &text).await.contains("dépassé sa date de fin"));
    assert_eq!(owner.get("/jetons?etat=expire").await.ok().rows().len(), 1);
}

#[rocket::async_test]
async fn fifty_tokens_are_enough_for_one_person() {
    let app = App::new().await;
    let (here, end) = (place(&app, LE_GOSIER).await, day(&app, 30).await);
    let owner = app.agent(LE_GOSIER).await;
    app.run_sql(&format!(
        "INSERT INTO jeton_api (utilisateur_id, nom, genre, empreinte, debut, droits, collectivites, expire_le)
         SELECT {}, 'n' || g, 'personnel', sha256(g::text::bytea), 'gardel_x', '{{\"taxe\": 1}}', ARRAY[{here}], now() + interval '1 day' FROM generate_series(1, 50) g",
        owner.user_id
    ))
    .await;
    owner.post("/jetons", &form("Un de plus", &here, &end)).await.refused(Status::UnprocessableEntity, "50 jetons actifs");
    app.run_sql("UPDATE jeton_api SET revoque_le = now() WHERE nom = 'n7'").await;
    made(&owner, &form("Un de plus", &here, &end)).await;
}

/// A token of few calls, and what two servers over the same base make of it.
async fn limited(app: &App) -> (String, Client) {
    let (here, end) = (place(app, LE_GOSIER).await, day(app, 30).await);
    let owner = app.agent(LE_GOSIER).await;
    let few = with(with(with(form("Peu", &here, &end), "appels_minute", "5"), "simultanes", "2"), "lignes_jour", "100");
    (made(&owner, &few).await.0, app.twin().await)
}

fn limits(client: &Client) -> &Limites {
    client.rocket().state().expect("the limits of a server")
}

#[rocket::async_test]
async fn servers_count_together_in_redis() {
    let app = App::with(|config| config.redis_url = Some(redis_url())).await;
    let (text, twin) = limited(&app).await;
    let jeton = call(&app.client, &text, "192.0.2.7:1").await.expect("somebody").jeton;
    let (here, there) = (limits(&app.client), limits(&twin));
    // Two places, whichever servers hold them.
    let (one, two) = (here.enter(&jeton).await.expect("one"), there.enter(&jeton).await.expect("two"));
    assert_eq!((one.reste, two.reste), (4, 3), "each sees the calls of the other");
    let refused = here.enter(&jeton).await.err().expect("a third at once");
    assert!(refused.sentence.contains("2 appels en cours"), "{}", refused.sentence);
    here.read(jeton.id, 60);
    drop(one);
    // Given back beside the answer.
    let mut third = None;
    for _ in 0..200 {
        third = there.enter(&jeton).await.ok();
        if third.is_some() {
            break;
        }
        rocket::tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(third.as_ref().map(|passage| passage.reste), Some(2), "what was refused meanwhile is none of the minute");
    there.read(jeton.id, 40);
    drop((two, third));
    // Sixty rows here, forty there: a hundred.
    let mut told = String::new();
    for _ in 0..200 {
        // Another minute each time: its calls are not what is looked at.
        app.context.clock.set(app.context.clock.now() + chrono::TimeDelta::minutes(1));
        told = here.enter(&jeton).await.err().map(|refused| refused.sentence).unwrap_or_default();
        if told.contains("les 100 lignes") {
            break;
        }
        rocket::tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(told.contains("après minuit"));
}

#[rocket::async_test]
async fn a_redis_in_trouble_refuses_nobody_and_opens_no_more() {
    let base = App::new().await;
    let name: String = base.one("SELECT current_database()::text").await;
    let (text, _) = limited(&base).await;
    let proxy = Proxy::redis(&redis_url()).await;
    for manner in [Manner::Slow, Manner::Mute, Manner::Closed, Manner::Http, Manner::Cut] {
        proxy.behave(Manner::Faithful);
        let app = App::over(&name, |config| config.redis_url = Some(proxy.url.clone())).await;
        let jeton = call(&app.client, &text, "192.0.2.7:1").await.expect("somebody").jeton;
        proxy.behave(manner);
        for left in (0..5).rev() {
            let passage = limits(&app.client).enter(&jeton).await.unwrap_or_else(|refused| panic!("{manner:?}: {}", refused.sentence));
            assert_eq!(passage.reste, left, "{manner:?}: by its own count");
        }
        assert!(limits(&app.client).enter(&jeton).await.is_err(), "{manner:?}");
    }
}

#[rocket::async_test]
async fn what_was_asked_is_written_down_once_a_minute() {
    let app = App::new().await;
    let (text, _) = limited(&app).await;
    let jeton = call(&app.client, &text, "192.0.2.7:1").await.expect("somebody").jeton;
    let (limites, db) = (limits(&app.client), &app.context.db);
    let ip = Some("192.0.2.7".parse().expect("an address"));
    let written = async || -> String {
        value(&app, "SELECT coalesce(string_agg(appels || ' ' || refus || ' ' || lignes || ' ' || (jour = (now() AT TIME ZONE 'America/Guadeloupe')::date)::text, ', '), '') FROM jeton_api_jour").await
    };
    let once = async |rows: i64| {
        let passage = limites.enter(&jeton).await;
        let entered = passage.is_ok();
        limites.read(jeton.id, rows);
        drop(passage);
        limites.settle(db, jeton.id, ip).await;
        entered
    };
    assert!(once(3).await);
    assert_eq!(written().await, "1 0 3 true", "the first call of a process, at once");
    let used: bool = value(&app, "SELECT utilise_de = '192.0.2.7' AND utilise_le IS NOT NULL FROM jeton_api").await;
    assert!(used);
    let before = db.statements();
    for _ in 0..4 {
        assert!(once(2).await);
    }
    assert!(!once(0).await, "five calls a minute");
    assert_eq!((db.statements(), written().await), (before, "1 0 3 true".to_string()), "no statement of its own");
    app.context.clock.set(app.context.clock.now() + chrono::TimeDelta::minutes(1));
    assert!(once(1).await);
    assert_eq!(written().await, "7 1 12 true");
    assert!(once(1).await);
    limites.settle_all(db).await;
    assert_eq!(written().await, "8 1 13 true", "whoever calls no more is written down too");
    // The page tells it, to the day.
    let file: String = value(&app, "SELECT '/jetons/' || id FROM jeton_api").await;
    let page = app.administrateur(LE_GOSIER).await.get(&file).await.ok();
    assert_eq!(page.texts("td[data-libelle='Appels'], td[data-libelle='Dont refusés'], td[data-libelle='Lignes lues']"), ["8", "1", "13"]);
    assert!(page.text().contains("192.0.2.7"));
    // The rows of the day are those of the base at the next call.
    app.run_sql("UPDATE jeton_api_jour SET lignes = 100").await;
    let jeton = call(&app.client, &text, "192.0.2.7:1").await.expect("somebody").jeton;
    assert!(limites.enter(&jeton).await.err().is_some_and(|refused| refused.sentence.contains("les 100 lignes")));
}

#[rocket::async_test]
async fn what_is_past_its_time_goes_with_the_upkeep() {
    let app = App::new().await;
    let (text, _) = limited(&app).await;
    app.run_sql(
        "INSERT INTO jeton_api_jour SELECT id, (now() AT TIME ZONE 'America/Guadeloupe')::date - g, 1, 0, 0 FROM jeton_api, unnest(ARRAY[0, 90, 91]) g;",
    )
    .await;
    app.run_sql(
        "INSERT INTO jeton_api (utilisateur_id, nom, genre, empreinte, debut, droits, collectivites, cree_le, expire_le)
         SELECT utilisateur_id, 'vieux' || g, genre, sha256(g::text::bytea), debut, droits, collectivites, now() - (g + 10) * interval '1 day', now() - g * interval '1 day'
         FROM jeton_api, unnest(ARRAY[300, 370]) g",
    )
    .await;
    jetons::sweep(app.work.db.pool()).await.expect("the worker may");
    assert_eq!(value::<i64>(&app, "SELECT count(*) FROM jeton_api_jour").await, 2);
    assert_eq!(value::<String>(&app, "SELECT string_agg(nom, ' ' ORDER BY nom) FROM jeton_api").await, "Peu vieux300");
    assert!(call(&app.client, &text, "192.0.2.7:1").await.is_ok());
}
