//! Actions on many rows: what was confirmed is what is done, once, within the rights, and can be
//! taken back; nothing that somebody else changed meanwhile is written over.
//!
//! Longer than 400 lines: one walk of a bulk action from its demand to its undoing.

use rocket::http::Status;

use crate::exports::many_rows;
use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA};
use crate::support::{App, Browser, Page};

/// A commune's stays by statut.
async fn with_statut(app: &App, statut: &str) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM sejour WHERE code_insee = '97113' AND statut = $1")
        .bind(statut)
        .fetch_one(app.pool())
        .await
        .expect("a count")
}

/// A number as people read it, with plain spaces.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).expect("digits")).collect();
    groups.join(" ")
}

/// « 3 511 nuits, 45 678,90 € » of the stays that meet `condition`, added up by a statement of the test.
async fn sums(app: &App, condition: &str) -> String {
    let sql = format!("SELECT sum(nb_nuits)::bigint, sum(montant)::bigint FROM sejour WHERE {condition}");
    let (nights, cents): (i64, i64) = sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_one(app.pool()).await.expect("sums");
    format!("{} nuits, {},{:02} €", grouped(nights), grouped(cents / 100), cents % 100)
}

/// Asks for an action on a whole filter; the page that asks for a confirmation.
async fn ask(browser: &Browser<'_>, action: &str, question: &str) -> Page {
    browser.post("/sejours/actions", &[("requete", question), ("action", action), ("etendue", "filtre")]).await
}

fn token(page: &Page) -> String {
    page.attributes("input[name=jeton]", "value").first().cloned().expect("a form to confirm")
}

/// The first reason that a page offers, when it asks for one.
fn reason(page: &Page) -> Option<String> {
    page.attributes("select[name=motif] optgroup option", "value").first().cloned()
}

async fn confirm(browser: &Browser<'_>, page: &Page) -> String {
    let (token, reason) = (token(page), reason(page));
    let mut form = vec![("jeton", token.as_str())];
    form.extend(reason.as_deref().map(|reason| ("motif", reason)));
    let answer = browser.post("/actions", &form).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    answer.header("Location").expect("a place to go")
}

/// The last action's page.
async fn last(app: &App) -> String {
    format!("/actions/{}", app.one::<i64>("SELECT max(id) FROM action").await)
}

#[rocket::async_test]
async fn a_small_action_is_done_at_once_and_undone_whole() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let (waiting, valid, contested) = (with_statut(&app, "a_verifier").await, with_statut(&app, "valide").await, with_statut(&app, "conteste").await);
    assert!(waiting > 0 && valid > 0 && contested > 0 && waiting + valid + contested < 500, "{waiting} {valid} {contested}");
    let before: String = app.one("SELECT md5(string_agg(id || statut, ',' ORDER BY id)) FROM sejour").await;
    browser.get("/sejours?statut=valide").await.ok();

    let page = ask(&browser, "valider", "").await.ok();
    let total: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113'").await;
    assert_eq!(page.texts("h1"), [format!("Valider {waiting} séjours, {} ?", sums(&app, "code_insee = '97113' AND statut = 'a_verifier'").await)]);
    assert!(page.texts("main").join(" ").contains(&format!("soit {total} séjours")), "the whole selection is told too");
    assert!(page.texts("form button").iter().any(|button| *button == format!("Valider {waiting} séjours")), "{}", page.text());
    assert_eq!(with_statut(&app, "a_verifier").await, waiting, "asking changes nothing");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM action").await, 0);

    let place = confirm(&browser, &page).await;
    assert!(place.starts_with("/sejours"), "{place}");
    assert_eq!((with_statut(&app, "a_verifier").await, with_statut(&app, "valide").await), (0, valid + waiting));
    assert_eq!(with_statut(&app, "conteste").await, contested, "contested stays are decided one by one");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM job").await, 0, "no job for so few");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'action'").await, 1, "one action, one line");
    let count = browser.fragment("/sejours/compte?statut=valide").await.ok().texts("#compte strong").join("");
    assert!(count.starts_with(&(valid + waiting).to_string()), "the cache follows: {count}");

    let action = last(&app).await;
    let page = browser.get(&action).await.ok();
    assert!(page.text().contains(format!("{waiting} séjours validés")), "{}", page.texts("#suivi").join(" "));
    assert_eq!(browser.post(&format!("{action}/annulation"), &[]).await.status, Status::SeeOther);
    let after: String = app.one("SELECT md5(string_agg(id || statut, ',' ORDER BY id)) FROM sejour").await;
    assert_eq!(before, after, "every row is as it was");
    browser.post(&format!("{action}/annulation"), &[]).await.refused(Status::Conflict, "déjà annulée");
    let versions: (i32, i32) =
        sqlx::query_as("SELECT min(version), max(version) FROM sejour WHERE code_insee = '97113'").fetch_one(app.pool()).await.expect("versions");
    assert_eq!(versions, (1, 3), "changed once, put back once");
}

#[rocket::async_test]
async fn the_same_confirmation_twice_has_one_effect() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let page = ask(&browser, "rejeter", "statut=a_verifier").await.ok();
    let form = [("jeton", token(&page)), ("motif", reason(&page).expect("a reason is asked"))];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (first, second) = rocket::tokio::join!(browser.post("/actions", &form), browser.post("/actions", &form));
    assert_eq!((first.status, second.status), (Status::SeeOther, Status::SeeOther), "{} {}", first.text(), second.text());
    assert_eq!(browser.post("/actions", &form).await.header("Location"), Some(last(&app).await), "led to what was done");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM action").await, 1);
    assert_eq!(app.one::<i32>("SELECT max(version) FROM sejour").await, 2);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'action'").await, 1);
    // Signed for one person, and not to be forged.
    let other = app.agent(LE_GOSIER).await;
    other.post("/actions", &form).await.refused(Status::BadRequest, "confirmation");
    browser.post("/actions", &[("jeton", "AAAA")]).await.refused(Status::BadRequest, "confirmation");
}

#[rocket::async_test]
async fn a_ticked_page_is_its_question_and_places() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let list = browser.get("/sejours?statut=a_verifier&taille=20&selection=1").await.ok();
    let rows = list.rows();
    assert_eq!(list.attributes("input[name=coche]", "value").len(), 20);
    assert!(list.attributes("input[name=coche][checked]", "value").is_empty());
    let every = browser.get("/sejours?statut=a_verifier&taille=20&selection=page").await.ok();
    assert_eq!(every.attributes("input[name=coche][checked]", "value").len(), 20);
    let hidden = |name: &str| list.attributes(&format!("#choix input[name={name}]"), "value").first().cloned().expect("a hidden field");
    let (question, digest) = (hidden("requete"), hidden("page"));
    assert!(rows.iter().all(|id| !question.contains(id.as_str())), "no id is posted");
    let post = async |ticks: &[&str]| {
        let mut form = vec![("requete", question.as_str()), ("page", digest.as_str()), ("action", "valider"), ("etendue", "page")];
        form.extend(ticks.iter().map(|tick| ("coche", *tick)));
        browser.post("/sejours/actions", &form).await
    };
    let nothing = post(&[]).await;
    assert_eq!(nothing.status, Status::SeeOther, "back to the rows, not to a page of its own");
    let place = nothing.header("Location").expect("a place");
    assert!(place.starts_with("/sejours?statut=a_verifier") && place.contains("selection=1"), "{place}");
    assert!(!place.contains("colonnes="), "the columns of one's list, not chosen ones: {place}");
    post(&["20"]).await.refused(Status::BadRequest, "n'est pas sur cette page");
    let page = post(&["0", "3", "19", "3"]).await.ok();
    assert!(page.texts("h1")[0].starts_with("Valider 3 séjours, "), "{:?}", page.texts("h1"));
    confirm(&browser, &page).await;
    let changed: Vec<String> = sqlx::query_scalar("SELECT id::text FROM sejour WHERE version = 2 ORDER BY date_debut DESC, id DESC")
        .fetch_all(app.pool())
        .await
        .expect("rows");
    assert_eq!(changed, [rows[0].clone(), rows[3].clone(), rows[19].clone()]);
    // Those rows left the page: the same ticks would now mean others.
    post(&["1"]).await.refused(Status::Conflict, "depuis son affichage");
}

/// Rows ticked on several pages go as keys: the question and the rights keep what they still allow.
#[rocket::async_test]
async fn ticks_of_several_pages_are_kept_as_far_as_they_still_answer() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let first = browser.get("/sejours?statut=a_verifier&taille=20&selection=1").await.ok();
    let second = browser.get(&first.pager("p-suivante").expect("a second page")).await.ok();
    assert_eq!(second.attributes("#choix", "data-question"), first.attributes("#choix", "data-question"), "one question, several pages");
    let (mine, theirs) = (first.rows(), second.rows());
    let outside: String = app.one("SELECT min(id)::text FROM sejour WHERE code_insee = '97105' AND statut = 'a_verifier'").await;
    let done: String = app.one("SELECT min(id)::text FROM sejour WHERE code_insee = '97113' AND statut = 'valide'").await;
    let question = second.attributes("#choix input[name=requete]", "value")[0].clone();
    let post = async |keys: &str| {
        let form = [("requete", question.as_str()), ("action", "valider"), ("etendue", "page"), ("cles", keys)];
        browser.post("/sejours/actions", &form).await
    };
    // A colleague decides one of them before.
    app.run_sql(&format!("UPDATE sejour SET statut = 'rejete', version = 2 WHERE id = {}", mine[1])).await;
    let keys = [&mine[0], &mine[1], &mine[4], &theirs[0], &theirs[5], &outside, &done, &theirs[5]].map(String::as_str).join(".");
    let page = post(&keys).await.ok();
    let wanted = [&mine[0], &mine[4], &theirs[0], &theirs[5]].map(String::as_str);
    let condition = format!("id IN ({})", wanted.join(","));
    assert_eq!(page.texts("h1"), [format!("Valider 4 séjours, {} ?", sums(&app, &condition).await)]);
    let mut named: Vec<String> = page.attributes("main details a", "href");
    named.sort();
    let mut expected = wanted.map(|id| format!("/sejours/{id}")).to_vec();
    expected.sort();
    assert_eq!(named, expected, "exactly which");
    assert!(page.text().contains("3 autres lignes cochées"), "{}", page.texts("main").join(" "));
    let place = confirm(&browser, &page).await;
    assert!(place.contains("apres=") && place.contains("selection=1"), "back to the page where one was: {place}");
    let changed: Vec<i64> =
        sqlx::query_scalar("SELECT id FROM sejour WHERE version = 2 AND statut = 'valide' ORDER BY id").fetch_all(app.pool()).await.expect("rows");
    let mut ids: Vec<i64> = wanted.map(|id| id.parse().expect("a number")).to_vec();
    ids.sort_unstable();
    assert_eq!(changed, ids);
    // Nothing that can be read, too many, none left.
    post("1.x").await.refused(Status::BadRequest, "n’ont pas pu être lues");
    let many = (1..=2_001).map(|id| id.to_string()).collect::<Vec<_>>().join(".");
    post(&many).await.refused(Status::BadRequest, "cochées au plus");
    let none = post(&outside).await.ok();
    assert!(none.text().contains("Aucune ligne de cette sélection") && none.attributes("form[action='/actions']", "action").is_empty());
    assert!(!none.texts("main").join(" ").contains(&app.one::<String>("SELECT min(reference) FROM sejour WHERE code_insee = '97105'").await));
}

/// What is acted on is what is shown: a form whose filters are not those of the rows acts on nothing.
#[rocket::async_test]
async fn an_action_is_refused_when_the_filters_are_not_those_of_the_rows() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let question = "statut=a_verifier&tri=montant&taille=50&colonnes=reference";
    for (form, status) in [
        ("statut=a_verifier&q=&debut_min=&tri=montant", Status::Ok),
        ("q=&statut=a_verifier&collecteur=", Status::Ok),
        ("statut=a_verifier&q=renaud&tri=montant", Status::Conflict),
        ("statut=valide", Status::Conflict),
        ("", Status::Conflict),
        ("statut=a_verifier&debut_min=pas+une+date", Status::Conflict),
        ("statut=a_verifier&inconnu=1", Status::Conflict),
    ] {
        let asked = [("requete", question), ("action", "valider"), ("etendue", "filtre"), ("formulaire", form)];
        let page = browser.post("/sejours/actions", &asked).await;
        assert_eq!(page.status, status, "{form}: {}", page.texts("main").join(" "));
    }
}

#[rocket::async_test]
async fn what_changed_since_the_count_is_left_and_told() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let waiting = with_statut(&app, "a_verifier").await;
    let page = ask(&browser, "valider", "statut=a_verifier").await.ok();
    // One changes and stays in the filter, one leaves it, one arrives.
    app.run_sql(
        "UPDATE sejour SET version = version + 1 WHERE id = (SELECT min(id) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier')",
    )
    .await;
    app.run_sql("UPDATE sejour SET statut = 'conteste', version = version + 1 WHERE id = (SELECT max(id) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier')").await;
    app.run_sql("INSERT INTO sejour (collecteur, reference, logement_id, code_insee, date_debut, date_fin, nb_personnes, nature_id, categorie_id, tarif, montant_base)
        SELECT collecteur, 'nouveau', logement_id, code_insee, date_debut, date_fin, nb_personnes, nature_id, 4, tarif, montant_base FROM sejour WHERE code_insee = '97113' LIMIT 1").await;
    confirm(&browser, &page).await;
    assert_eq!(app.one::<i64>("SELECT modifiees FROM action").await, waiting - 2);
    assert_eq!(with_statut(&app, "a_verifier").await, 2, "the one that changed and the one that came");
    let text = browser.get(&last(&app).await).await.ok().texts("main").join(" ");
    assert!(
        text.contains("2 séjours modifiés entre-temps, ou sortis de votre périmètre : laissés") && !text.contains("arrivé depuis la conf"),
        "{text}"
    );
    assert!(text.contains("nouveau"), "named: {text}");

    // After it too: the undoing leaves what somebody changed since.
    app.run_sql("UPDATE sejour SET statut = 'rejete', version = version + 1 WHERE id IN (SELECT cle FROM action_ligne WHERE etat = 'prevue' ORDER BY rang LIMIT 3)").await;
    let undone = browser.post(&format!("{}/annulation", last(&app).await), &[]).await;
    assert_eq!(undone.status, Status::SeeOther, "{}", undone.text());
    assert_eq!(with_statut(&app, "a_verifier").await, 2 + waiting - 2 - 3);
    let text = browser.get(&last(&app).await).await.ok().texts("main").join(" ");
    assert!(text.contains("3 séjours modifiés depuis : laissés"), "{text}");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE statut = 'rejete' AND version = 3").await, 3, "theirs are kept");
}

#[rocket::async_test]
async fn rights_hold_at_each_step() {
    let app = App::new().await;
    let (here, colleague, chief, elsewhere) =
        (app.agent(LE_GOSIER).await, app.agent(LE_GOSIER).await, app.administrateur(RIVIERA).await, app.administrateur(GRAND_SUD).await);
    let outside: String = app.one("SELECT md5(string_agg(id || statut, ',' ORDER BY id)) FROM sejour WHERE code_insee <> '97113'").await;
    let page = ask(&here, "valider", "").await.ok();
    confirm(&here, &page).await;
    let after: String = app.one("SELECT md5(string_agg(id || statut, ',' ORDER BY id)) FROM sejour WHERE code_insee <> '97113'").await;
    assert_eq!(outside, after, "rows of elsewhere are never touched");
    let action = last(&app).await;
    for other in [&colleague, &elsewhere] {
        assert_eq!(other.get(&action).await.status, Status::NotFound);
        assert_eq!(other.post(&format!("{action}/annulation"), &[]).await.status, Status::NotFound);
        assert!(other.get("/actions").await.ok().rows().is_empty());
    }
    assert_eq!(chief.get("/actions").await.ok().rows().len(), 1, "the chief answers for the agents of the communes");
    chief.get(&action).await.ok();
    let exploitant = app.exploitant().await;
    exploitant.get(&action).await.refused(Status::Forbidden, "droits");
    ask(&exploitant, "valider", "").await.refused(Status::Forbidden, "droits");
    ask(&here, "supprimer", "").await.refused(Status::NotFound, "action n’existe pas");
    ask(&here, "valider", "statut=zzz").await.refused(Status::BadRequest, "Statut");
    // The undoing obeys the rights of who undoes, on that day.
    app.run_sql(&format!("INSERT INTO utilisateur_collectivite SELECT {}, id FROM collectivite WHERE siren = '{GRAND_SUD}'", here.user_id)).await;
    app.run_sql("DELETE FROM utilisateur_collectivite WHERE collectivite_id = (SELECT id FROM collectivite WHERE siren = '219711132')").await;
    let changed: i64 = app.one("SELECT count(*) FROM sejour WHERE version = 2").await;
    here.post(&format!("{action}/annulation"), &[]).await.refused(Status::Forbidden, "ne sont pas dans votre périmètre");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE version = 2").await, changed, "out of reach: left");
    assert_eq!(chief.post(&format!("{action}/annulation"), &[]).await.status, Status::SeeOther, "and still there for whoever has all of it");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE version = 3").await, changed);
}

/// Stays enough for a job, all of one lodging, all to be checked.
const MANY: i64 = 12_345;

#[rocket::async_test]
async fn a_large_action_is_a_job_that_can_be_followed_stopped_and_undone() {
    let app = App::new().await;
    many_rows(&app, MANY).await;
    app.run_sql("UPDATE sejour SET statut = 'a_verifier' WHERE reference LIKE 'n%'").await;
    let browser = app.agent(LE_GOSIER).await;
    let waiting = with_statut(&app, "a_verifier").await;
    let before: String = app.one("SELECT md5(string_agg(id || statut, ',' ORDER BY id)) FROM sejour").await;
    let page = ask(&browser, "valider", "statut=a_verifier").await.ok();
    assert!(page.texts("h1")[0].starts_with("Valider 12"), "exact, in words");
    let action = confirm(&browser, &page).await;
    let page = browser.get(&action).await.ok();
    assert_eq!(page.texts("#suivi-titre"), ["En attente"]);
    assert!(page.text().contains("http-equiv=\"refresh\""), "followed without JavaScript");
    assert_eq!(with_statut(&app, "a_verifier").await, waiting, "nothing in the request");
    browser.get("/sejours?statut=valide").await.ok();

    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(with_statut(&app, "a_verifier").await, 0);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE version = 2").await, waiting, "each once");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'action'").await, 2, "asked, done");
    let valid = with_statut(&app, "valide").await;
    let count = browser.fragment("/sejours/compte?statut=valide&exact=1").await.ok().texts("#compte strong").join("");
    assert_eq!(count.chars().filter(char::is_ascii_digit).collect::<String>(), valid.to_string(), "the cache follows the job");
    let page = browser.get(&action).await.ok();
    assert_eq!(page.texts("#suivi-titre"), ["Appliquée"]);
    assert!(page.attributes("#suivi", "hx-trigger").is_empty() && !page.text().contains("http-equiv=\"refresh\""), "final");

    assert_eq!(browser.post(&format!("{action}/annulation"), &[]).await.status, Status::SeeOther);
    browser.post(&format!("{action}/annulation"), &[]).await.refused(Status::Conflict, "déjà annulée");
    assert_eq!(app.run_jobs().await, 1);
    let after: String = app.one("SELECT md5(string_agg(id || statut, ',' ORDER BY id)) FROM sejour").await;
    assert_eq!(before, after);
    assert_eq!(browser.get(&action).await.ok().texts("#suivi-titre"), ["Annulée"]);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE version = 3").await, waiting, "each once");
}

#[rocket::async_test]
async fn an_action_stopped_on_its_way_can_be_undone_or_resumed() {
    let app = App::new().await;
    many_rows(&app, MANY).await;
    let chief = app.administrateur(RIVIERA).await;
    let before: String = app.one("SELECT md5(string_agg(id || statut, ',' ORDER BY id)) FROM sejour").await;
    let page = ask(&chief, "valider", "statut=a_verifier&commune=97113").await.ok();
    let action = confirm(&chief, &page).await;
    // The base itself asks for the stop once three lots are written: no clock, no chance.
    app.run_sql(
        "CREATE FUNCTION arret() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF NEW.avancement = 3000 THEN RAISE EXCEPTION 'coupure'; END IF; RETURN NEW; END $$",
    )
    .await;
    app.run_sql("CREATE TRIGGER arret BEFORE UPDATE ON action FOR EACH ROW EXECUTE FUNCTION arret()").await;
    app.run_jobs().await;
    assert_eq!(app.one::<i64>("SELECT modifiees FROM action").await, 2_000, "two lots, the third was taken back whole");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE version = 2").await, 2_000);
    let job: i64 = app.one("SELECT job_id FROM action").await;
    let back = chief.post(&format!("/travaux/{job}/annulation"), &[("retour", &action)]).await;
    assert_eq!(back.header("Location"), Some(action.clone()));
    app.run_sql("DROP TRIGGER arret ON action").await;
    app.run_jobs().await;
    assert_eq!(app.one::<String>("SELECT state FROM job WHERE name = 'action_en_masse'").await, "cancelled");
    assert_eq!(chief.get(&action).await.ok().texts("#suivi-titre"), ["Arrêtée en route"]);

    gardel::actions::forget(&app.work).await.expect("upkeep");
    assert_eq!(app.one::<String>("SELECT etat FROM action").await, "arretee", "the list says so too");

    // Resumed from the jobs, it goes on where it stood.
    assert_eq!(chief.post(&format!("/travaux/{job}/reprise"), &[]).await.status, Status::SeeOther);
    app.run_jobs().await;
    assert_eq!(chief.get(&action).await.ok().texts("#suivi-titre"), ["Appliquée"]);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE version > 2").await, 0);
    assert_eq!(chief.post(&format!("{action}/annulation"), &[]).await.status, Status::SeeOther);
    app.run_jobs().await;
    let after: String = app.one("SELECT md5(string_agg(id || statut, ',' ORDER BY id)) FROM sejour").await;
    assert_eq!(before, after);
}

/// A worker that dies between the last lot and the end of its job leaves an action that is wholly applied.
#[rocket::async_test]
async fn an_applied_action_is_undone_whatever_its_job_still_has_to_write() {
    let app = App::new().await;
    many_rows(&app, MANY).await;
    let browser = app.agent(LE_GOSIER).await;
    let before: String = app.one("SELECT md5(string_agg(id || statut, ',' ORDER BY id)) FROM sejour").await;
    let page = ask(&browser, "valider", "statut=a_verifier").await.ok();
    let action = confirm(&browser, &page).await;
    app.run_jobs().await;
    app.run_sql("UPDATE job SET state = 'ready', finished_at = NULL WHERE name = 'action_en_masse'").await;
    assert_eq!(browser.post(&format!("{action}/annulation"), &[]).await.status, Status::SeeOther);
    browser.post(&format!("{action}/annulation"), &[]).await.refused(Status::Conflict, "déjà annulée");
    // Both jobs run, the old one first: it must not stop the undoing.
    assert_eq!(app.run_jobs().await, 2);
    assert_eq!(app.one::<String>("SELECT state FROM job WHERE name = 'action_en_masse'").await, "cancelled");
    assert_eq!(browser.get(&action).await.ok().texts("#suivi-titre"), ["Annulée"]);
    let after: String = app.one("SELECT md5(string_agg(id || statut, ',' ORDER BY id)) FROM sejour").await;
    assert_eq!(before, after);
}

#[rocket::async_test]
async fn two_actions_on_the_same_rows_change_each_once() {
    let app = App::new().await;
    many_rows(&app, 3_000).await;
    let (first, second) = (app.agent(LE_GOSIER).await, app.administrateur(RIVIERA).await);
    let waiting = with_statut(&app, "a_verifier").await;
    let (one, two) = (
        ask(&first, "valider", "statut=a_verifier&commune=97113&tri=debut").await.ok(),
        ask(&second, "rejeter", "statut=a_verifier&commune=97113&tri=-debut").await.ok(),
    );
    confirm(&first, &one).await;
    confirm(&second, &two).await;
    // Two workers, opposite orders.
    rocket::tokio::join!(app.run_jobs(), app.run_jobs());
    let changed: i64 = app.one("SELECT sum(modifiees)::bigint FROM action").await;
    assert_eq!(changed, waiting, "every row by one of them");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE code_insee = '97113' AND version > 2").await, 0, "and by one only");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM action WHERE etat = 'appliquee'").await, 2);
}

#[rocket::async_test]
async fn a_job_whose_requester_lost_their_rights_touches_nothing_more() {
    let app = App::new().await;
    many_rows(&app, 2_000).await;
    let browser = app.agent(LE_GOSIER).await;
    let page = ask(&browser, "valider", "").await.ok();
    confirm(&browser, &page).await;
    app.run_sql("DELETE FROM utilisateur_collectivite WHERE collectivite_id = (SELECT id FROM collectivite WHERE siren = '219711132')").await;
    app.run_jobs().await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE version > 1").await, 0);
    assert_eq!(app.one::<i64>("SELECT modifiees FROM action").await, 0);
}

#[rocket::async_test]
async fn lodgings_have_their_actions_and_the_upkeep_forgets() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let rented: i64 = app.one("SELECT count(*) FROM logement WHERE code_insee = '97113' AND actif").await;
    let page = browser.post("/logements/actions", &[("requete", "actif=true"), ("action", "retirer"), ("etendue", "filtre")]).await.ok();
    confirm(&browser, &page).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM logement WHERE code_insee = '97113' AND actif").await, 0);
    assert_eq!(app.one::<i64>("SELECT modifiees FROM action").await, rented);
    // No action on a list that declares none, and no tick.
    assert!(browser.get("/communes?selection=1").await.ok().attributes("input[name=coche]", "value").is_empty());
    assert_eq!(browser.post("/communes/actions", &[("requete", ""), ("action", "retirer"), ("etendue", "filtre")]).await.status, Status::NotFound);
    app.run_sql("UPDATE action SET annulable_jusqu_au = now() - interval '1 day'").await;
    let action = last(&app).await;
    browser.post(&format!("{action}/annulation"), &[]).await.refused(Status::Conflict, "délai");
    gardel::actions::forget(&app.work).await.expect("forgets");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM action_ligne").await, 0);
    browser.get(&action).await.ok();
}
