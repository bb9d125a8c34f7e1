//! Rights by module and level: what each level opens and what it does not, place by place; the grid of the page of an account;
//! two persons; the last one who manages.
//!
//! Longer than 400 lines: one level is told from the next by the same gestures, side by side.

use std::collections::BTreeSet;

use gardel::comptes::{self, Role};
use gardel::listing::{Module, Niveau};
use rocket::http::Status;

use crate::support::app::{GRAND_SUD, LE_GOSIER, REJECTED, RIVIERA};
use crate::support::dice::Dice;
use crate::support::droits::levels;
use crate::support::{App, Browser};

/// Somebody with rights of their own: (SIREN, module, level).
async fn with_rights<'a>(app: &'a App, rights: &[(&str, &str, i16)]) -> Browser<'a> {
    let sirens: BTreeSet<&str> = rights.iter().map(|(siren, ..)| *siren).collect();
    let browser = app.person("sur_mesure", &sirens.into_iter().collect::<Vec<_>>()).await;
    for (siren, module, niveau) in rights {
        sqlx::query("INSERT INTO droit SELECT $1, id, $2, $3 FROM collectivite WHERE siren = $4")
            .bind(browser.user_id)
            .bind(module)
            .bind(niveau)
            .bind(siren)
            .execute(app.pool())
            .await
            .expect("a right");
    }
    browser
}

async fn number_of(app: &App, siren: &str) -> String {
    sqlx::query_scalar("SELECT id::text FROM collectivite WHERE siren = $1").bind(siren).fetch_one(app.pool()).await.expect("a collectivité")
}

/// A stay of a commune that waits for a decision.
async fn stay_in(app: &App, commune: &str) -> i64 {
    sqlx::query_scalar("SELECT min(id) FROM sejour WHERE code_insee = $1 AND statut = 'a_verifier'")
        .bind(commune)
        .fetch_one(app.pool())
        .await
        .expect("a stay")
}

async fn stay(app: &App, id: i64) -> (String, i32) {
    sqlx::query_as("SELECT statut, version FROM sejour WHERE id = $1").bind(id).fetch_one(app.pool()).await.expect("the stay")
}

async fn decide(browser: &Browser<'_>, app: &App, id: i64, statut: &str) -> Status {
    let version = stay(app, id).await.1.to_string();
    let form = [("valeur", statut), ("version", version.as_str()), ("motif", REJECTED), ("precision", "")];
    browser.post(&format!("/sejours/{id}/champs/statut"), &form).await.status
}

/// What the base gives for a role is what is written by hand.
#[rocket::async_test]
async fn a_role_is_a_set_of_rights() {
    let app = App::new().await;
    for role in Role::ALL {
        let given: Vec<(String, i16)> =
            sqlx::query_as("SELECT module, niveau FROM jeu_de_droits($1)").bind(role.code()).fetch_all(app.pool()).await.expect("the set");
        let given: BTreeSet<(String, i16)> = given.into_iter().collect();
        let expected: BTreeSet<(String, i16)> = levels(role).into_iter().map(|(module, niveau)| (module.code().to_string(), niveau.rang())).collect();
        assert_eq!(given, expected, "{role:?}");
    }
    // A role that changes changes the rights, in every place, and a place more has them.
    let person = app.agent(LE_GOSIER).await;
    let rights = || async {
        let sql = "SELECT string_agg(module || niveau || ' ' || (SELECT c.nom FROM collectivite c WHERE c.id = collectivite_id), ', ' ORDER BY module, collectivite_id) FROM droit WHERE utilisateur_id = $1";
        sqlx::query_scalar::<_, Option<String>>(sql).bind(person.user_id).fetch_one(app.pool()).await.expect("rights").unwrap_or_default()
    };
    assert_eq!(rights().await.matches("taxe3").count(), 1);
    app.run_sql(&format!("INSERT INTO utilisateur_collectivite SELECT {}, id FROM collectivite WHERE siren = '{GRAND_SUD}'", person.user_id)).await;
    assert_eq!(rights().await.matches("taxe3").count(), 2);
    app.run_sql(&format!("UPDATE utilisateur SET role = 'administrateur' WHERE id = {}", person.user_id)).await;
    assert_eq!((rights().await.matches("taxe4").count(), rights().await.matches("administration4").count()), (2, 2));
    app.run_sql(&format!("UPDATE utilisateur SET role = 'exploitant' WHERE id = {}", person.user_id)).await;
    assert_eq!(rights().await, "");
}

/// The perimeters that pages use are those that the functions of the base give, for random rights over collectivités that hold
/// one another.
#[rocket::async_test]
async fn the_perimeters_of_the_pages_are_those_of_the_base() {
    let app = App::new().await;
    let mut dice = Dice(51);
    let places: Vec<(i32, String)> =
        sqlx::query_as("SELECT id, siren FROM collectivite ORDER BY id").fetch_all(app.pool()).await.expect("collectivités");
    let mut seen = 0;
    for _ in 0..12 {
        let mut rights = Vec::new();
        for (_, siren) in &places {
            if dice.roll(4) > 0 {
                continue;
            }
            for module in Module::ALL {
                let niveau = i16::try_from(dice.roll(5)).expect("small");
                if niveau > 0 {
                    rights.push((siren.as_str(), module.code(), niveau));
                }
            }
        }
        let person = with_rights(&app, &rights).await;
        let reader = comptes::reader_of(&app.context.db, person.user_id).await.expect("the base answers").expect("somebody");
        for module in Module::ALL {
            for niveau in Niveau::ALL {
                let (communes, collectivites): (Vec<String>, Vec<i32>) =
                    sqlx::query_as("SELECT perimetre($1, $2, $3), collectivites_gerees($1, $2, $3)")
                        .bind(person.user_id)
                        .bind(module.code())
                        .bind(i32::from(niveau.rang()))
                        .fetch_one(app.pool())
                        .await
                        .expect("perimeters");
                let there = reader.at(niveau);
                assert_eq!(there.communes(module), communes, "{module:?} {niveau:?} of {rights:?}");
                assert_eq!(there.collectivites(module), collectivites, "{module:?} {niveau:?} of {rights:?}");
                assert_eq!(reader.can(module, niveau), !collectivites.is_empty());
                seen += communes.len();
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

#[rocket::async_test]
async fn each_level_opens_its_gestures_and_no_other() {
    let app = App::new().await;
    let id = stay_in(&app, "97113").await;
    let lodging: String =
        app.one("SELECT reference FROM logement WHERE code_insee = '97113' AND categorie_id = 4 AND actif ORDER BY id LIMIT 1").await;
    let form =
        [("logement_id", lodging.as_str()), ("date_debut", "01/03/2026"), ("date_fin", "04/03/2026"), ("collecteur", "hote"), ("nb_personnes", "2")];
    for (niveau, enters, decides) in [(1, false, false), (2, true, false), (3, true, true), (4, true, true)] {
        let browser = with_rights(&app, &[(LE_GOSIER, "taxe", niveau)]).await;
        let list = browser.get("/sejours?selection=1").await.ok();
        assert!(!list.rows().is_empty());
        assert_eq!(list.texts("a.bouton.principal[href='/sejours/nouveau']").len(), usize::from(enters), "level {niveau}");
        assert_eq!(list.attributes("a.modifier[href$='/champs/statut']", "href").is_empty(), !decides, "level {niveau}");
        assert_eq!(list.attributes("form#choix", "action").is_empty(), !decides, "level {niveau}");
        let perception = browser.get("/sejours?colonnes=reference.perception").await.ok();
        assert_eq!(perception.attributes("a.modifier", "href").is_empty(), !enters, "level {niveau}");
        let file = browser.get(&format!("/sejours/{id}")).await.ok();
        assert_eq!(file.texts("#f-corriger").is_empty(), !enters, "level {niveau}");
        assert_eq!(file.attributes("form[action$='/statut']", "action").is_empty(), !decides, "level {niveau}");
        // What the buttons do not offer is refused to whoever asks all the same, and changes nothing.
        let (before, count): (_, i64) = (stay(&app, id).await, app.one("SELECT count(*) FROM sejour").await);
        let new = browser.get("/sejours/nouveau").await.status;
        assert_eq!(new == Status::Ok, enters, "level {niveau}: {new}");
        let created = browser.post("/sejours/nouveau", &form).await.status;
        assert_eq!(created != Status::Forbidden, enters, "level {niveau}: {created}");
        assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour").await != count, enters, "level {niveau}");
        app.run_sql("DELETE FROM sejour WHERE saisi_par IS NOT NULL").await;
        let note = [("texte", "Une note"), ("jeton", "abcdefghijklmnopqrstuv")];
        assert_eq!(browser.post(&format!("/sejours/{id}/notes"), &note).await.status != Status::Forbidden, enters, "level {niveau}");
        let decided = decide(&browser, &app, id, "valide").await;
        assert_eq!(decided == Status::SeeOther, decides, "level {niveau}: {decided}");
        assert_eq!(stay(&app, id).await == before, !decides, "level {niveau}");
        let action = [("requete", "statut=valide"), ("action", "a_verifier"), ("etendue", "filtre")];
        let prepared = browser.post("/sejours/actions", &action).await.status;
        assert_eq!(prepared == Status::Ok, decides, "level {niveau}: {prepared}");
        let host: i64 = app.one("SELECT min(hebergeur_id) FROM logement WHERE code_insee = '97113'").await;
        let merge = browser.get(&format!("/hebergeurs/{host}/fusion")).await.status;
        assert_eq!(merge == Status::Ok, decides, "level {niveau}: {merge}");
        assert_eq!(browser.get("/motifs").await.status == Status::Ok, niveau == 4);
        app.run_sql(&format!("UPDATE sejour SET statut = 'a_verifier', motif_id = NULL WHERE id = {id}")).await;
        assert_eq!(browser.get("/utilisateurs").await.status, Status::Forbidden);
        assert_eq!(browser.get("/journal").await.status, Status::Forbidden);
    }
}

/// A level holds where it was given: what is read everywhere is written in one place only.
#[rocket::async_test]
async fn a_level_holds_in_its_place() {
    let app = App::new().await;
    let browser = with_rights(&app, &[(LE_GOSIER, "taxe", 3), (GRAND_SUD, "taxe", 1)]).await;
    let (here, there) = (stay_in(&app, "97113").await, stay_in(&app, "97105").await);
    browser.get(&format!("/sejours/{there}")).await.ok();
    assert!(browser.get(&format!("/sejours/{there}")).await.ok().texts("#f-corriger").is_empty());
    assert!(!browser.get(&format!("/sejours/{here}")).await.ok().texts("#f-corriger").is_empty());
    let before = stay(&app, there).await;
    assert_eq!(decide(&browser, &app, there, "valide").await, Status::Forbidden);
    assert_eq!(browser.get(&format!("/sejours/{there}/modifier")).await.status, Status::Forbidden);
    assert_eq!(stay(&app, there).await, before);
    assert_eq!(decide(&browser, &app, here, "valide").await, Status::SeeOther);
    // Of a whole filter, only those of the place where they decide are counted and changed.
    let waiting: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier'").await;
    let elsewhere: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee <> '97113' AND statut = 'a_verifier'").await;
    let page = browser.post("/sejours/actions", &[("requete", "statut=a_verifier"), ("action", "valider"), ("etendue", "filtre")]).await.ok();
    let token = page.attributes("input[name=jeton]", "value").first().cloned().expect("a form to confirm");
    assert!(page.text().contains(format!("Valider {waiting} séjours")), "{}", page.text());
    assert_eq!(browser.post("/actions", &[("jeton", &token)]).await.status, Status::SeeOther);
    app.run_jobs().await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier'").await, 0);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE code_insee <> '97113' AND statut = 'a_verifier'").await, elsewhere);
    // Rows ticked on a page where both stand are counted by their places on that page, those of elsewhere left.
    let list = browser.get("/sejours?selection=page&statut=a_verifier&commune=97105").await.ok();
    assert!(!list.rows().is_empty());
    // The module of another does not open this one.
    let other = with_rights(&app, &[(LE_GOSIER, "labo", 4)]).await;
    assert_eq!(other.get("/sejours").await.status, Status::Forbidden);
    assert_eq!(other.get(&format!("/sejours/{here}")).await.status, Status::Forbidden);
    assert_eq!(other.get("/").await.status, Status::Ok);
    assert_eq!(other.get("/accueil/suite").await.status, Status::Ok);
}

#[rocket::async_test]
async fn the_grid_gives_rights_of_one_s_own() {
    let app = App::new().await;
    let (chief, person) = (app.administrateur(RIVIERA).await, app.agent(LE_GOSIER).await);
    let (gosier, south) = (number_of(&app, LE_GOSIER).await, number_of(&app, GRAND_SUD).await);
    let path = format!("/utilisateurs/{}", person.user_id);
    let page = chief.get(&path).await.ok();
    // The grid begins with what the role gives.
    let chosen = page.attributes("#droits option[selected]", "value");
    assert!(chosen.contains(&format!("{gosier}.taxe.3")), "{chosen:?}");
    let save = async |rights: &[String], version: &str| {
        let mut form = vec![("nom", "Camille Lise"), ("role", "sur_mesure"), ("actif", "true"), ("version", version)];
        form.extend(rights.iter().map(|right| ("droits", right.as_str())));
        form.push(("droits", ""));
        chief.post(&path, &form).await
    };
    save(&[], "1").await.refused(Status::UnprocessableEntity, "au moins un droit");
    save(&[format!("{south}.taxe.1")], "1").await.refused(Status::UnprocessableEntity, "au moins un droit");
    save(&[format!("{gosier}.taxe.1"), format!("{gosier}.taxe.2")], "1").await.refused(Status::UnprocessableEntity, "au moins un droit");
    save(&[format!("{gosier}.paie.1")], "1").await.refused(Status::UnprocessableEntity, "au moins un droit");
    assert_eq!(save(&[format!("{gosier}.taxe.1"), format!("{gosier}.administration.1")], "1").await.status, Status::SeeOther);
    // From the next page on.
    assert!(person.get("/sejours").await.ok().texts("a.bouton.principal[href='/sejours/nouveau']").is_empty());
    person.get("/journal").await.ok();
    assert_eq!(person.get("/utilisateurs").await.status, Status::Forbidden);
    let told = chief.get("/journal?objet=utilisateur").await.ok();
    let named: String =
        sqlx::query_scalar("SELECT nom FROM utilisateur WHERE id = $1").bind(person.user_id).fetch_one(app.pool()).await.expect("one");
    assert!(told.text().contains(format!("Compte de {named}")));
    let line: String = app.one("SELECT detail->'apres'->>'droits' FROM journal WHERE objet = 'utilisateur' AND action = 'modification'").await;
    assert_eq!(line.replace('\u{a0}', " "), "Le Gosier : Taxe de séjour, lire ; Le Gosier : Administration, lire");
    // Over yesterday's version: nothing is written, and what was chosen is still there.
    let late = save(&[format!("{gosier}.taxe.4")], "1").await;
    late.refused(Status::Conflict, "modifié entre-temps");
    assert!(late.attributes("#droits option[selected]", "value").contains(&format!("{gosier}.taxe.4")));
    // Back to a role: its set, all of it.
    let form = [("nom", "Camille Lise"), ("role", "agent"), ("actif", "true"), ("collectivites", gosier.as_str()), ("version", "2")];
    assert_eq!(chief.post(&path, &form).await.status, Status::SeeOther);
    person.get("/sejours/nouveau").await.ok();
    assert_eq!(person.get("/journal").await.status, Status::Forbidden);
    // Nobody raises or lowers their own levels.
    let own = with_rights(&app, &[(RIVIERA, "administration", 4)]).await;
    let riviera = number_of(&app, RIVIERA).await;
    let mine = format!("{riviera}.administration.4");
    let raised = format!("{riviera}.taxe.4");
    let form = [("nom", "Moi"), ("role", "sur_mesure"), ("actif", "true"), ("version", "1"), ("droits", mine.as_str()), ("droits", raised.as_str())];
    own.post(&format!("/utilisateurs/{}", own.user_id), &form).await.refused(Status::UnprocessableEntity, "vos propres droits");
    assert_eq!(own.get("/sejours").await.status, Status::Forbidden);
    // One who manages rights and nothing else manages them.
    let form = [("nom", "Camille Lise"), ("role", "sur_mesure"), ("actif", "true"), ("version", "3"), ("droits", &format!("{gosier}.taxe.2"))];
    assert_eq!(own.post(&path, &form).await.status, Status::SeeOther);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM droit WHERE niveau = 2").await, 1);
}

#[rocket::async_test]
async fn where_two_persons_are_asked_for_nobody_validates_what_they_entered() {
    let app = App::new().await;
    let (chief, typist, other) = (app.administrateur(RIVIERA).await, app.agent(LE_GOSIER).await, app.agent(LE_GOSIER).await);
    let gosier = number_of(&app, LE_GOSIER).await;
    let form = [("collectivite", gosier.as_str()), ("module", "taxe"), ("voulu", "true")];
    assert_eq!(typist.post("/deux-personnes", &form).await.status, Status::NotFound);
    assert_eq!(
        chief.post("/deux-personnes", &[("collectivite", &number_of(&app, GRAND_SUD).await), ("module", "taxe"), ("voulu", "true")]).await.status,
        Status::NotFound
    );
    // Not asked for yet: one person is enough.
    let first = stay_in(&app, "97113").await;
    app.run_sql(&format!("UPDATE sejour SET nb_personnes = nb_personnes + 1, modifie_par = {} WHERE id = {first}", typist.user_id)).await;
    assert_eq!(decide(&typist, &app, first, "valide").await, Status::SeeOther);
    assert_eq!(chief.post("/deux-personnes", &form).await.status, Status::SeeOther);
    let page = chief.get("/deux-personnes").await.ok();
    assert!(page.text().contains("À deux"));
    // Its EPCI does not, though one of its communes does; whoever never signed in validates nothing.
    let whole = page.texts("main tbody tr").into_iter().find(|row| row.contains("Riviéra")).expect("the EPCI");
    assert!(whole.contains("Par une personne") && whole.contains("sauf ce que demande Le Gosier"), "{whole}");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'collectivité' AND detail->'deux_personnes'->>'apres' = 'true'").await, 1);
    // What is validated stays so; put back, it is for somebody else.
    assert_eq!(stay(&app, first).await.0, "valide");
    assert_eq!(decide(&typist, &app, first, "a_verifier").await, Status::SeeOther);
    let version = stay(&app, first).await.1.to_string();
    let again = typist.post(&format!("/sejours/{first}/champs/statut"), &[("valeur", "valide"), ("version", &version)]).await;
    again.refused(Status::Conflict, "quelqu’un d’autre doit le valider");
    assert_eq!(stay(&app, first).await.0, "a_verifier");
    // From its file too; and by an action: theirs are left, and counted as such.
    let file = typist.post(&format!("/sejours/{first}/statut"), &[("statut", "valide"), ("version", &version)]).await;
    file.refused(Status::Conflict, "quelqu’un d’autre doit le valider");
    let waiting: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier'").await;
    let page = typist.post("/sejours/actions", &[("requete", "statut=a_verifier"), ("action", "valider"), ("etendue", "filtre")]).await.ok();
    assert!(page.text().contains(format!("Valider {} séjours", waiting - 1)) && page.text().contains("saisi par vous"), "{}", page.text());
    let token = page.attributes("input[name=jeton]", "value").first().cloned().expect("a form to confirm");
    typist.post("/actions", &[("jeton", &token)]).await;
    app.run_jobs().await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier'").await, 1);
    let done: (i64, Option<i64>) =
        sqlx::query_as("SELECT modifiees, refusees FROM action ORDER BY id DESC LIMIT 1").fetch_one(app.pool()).await.expect("the action");
    assert_eq!(done, (waiting - 1, Some(1)));
    // Somebody else validates it.
    assert_eq!(decide(&other, &app, first, "valide").await, Status::SeeOther);
    // The base refuses what no page offers.
    app.run_sql(&format!("UPDATE sejour SET statut = 'a_verifier', modifie_par = NULL WHERE id = {first}")).await;
    let by_hand =
        sqlx::query("UPDATE sejour SET statut = 'valide', modifie_par = $2 WHERE id = $1").bind(first).bind(typist.user_id).execute(app.pool()).await;
    // A page that looked before the rule was set says it as one that looks after.
    assert_eq!(gardel::platform::error::Error::from(by_hand.expect_err("refused by the base")).status(), Status::Conflict);
    // Undoing what another did never validates one's own: the row is left.
    assert_eq!(decide(&other, &app, first, "valide").await, Status::SeeOther);
    let page = typist
        .post("/sejours/actions", &[("requete", &format!("q={}", reference(&app, first).await)), ("action", "a_verifier"), ("etendue", "filtre")])
        .await
        .ok();
    let token = page.attributes("input[name=jeton]", "value").first().cloned().expect("a form to confirm");
    typist.post("/actions", &[("jeton", &token)]).await;
    assert_eq!(stay(&app, first).await.0, "a_verifier");
    let action: i64 = app.one("SELECT max(id) FROM action").await;
    typist.post(&format!("/actions/{action}/annulation"), &[]).await;
    assert_eq!(stay(&app, first).await.0, "a_verifier");
}

/// A form of a stay filled in as it is, but for `changes`.
async fn correct(browser: &Browser<'_>, id: i64, persons: &str) -> crate::support::Page {
    let path = format!("/sejours/{id}/modifier");
    let page = browser.get(&path).await.ok();
    let mut form: Vec<(String, String)> = Vec::new();
    for name in page.attributes("form[data-fiche] input", "name") {
        let value = page.attributes(&format!("form[data-fiche] input[name='{name}']"), "value").first().cloned().unwrap_or_default();
        form.push((name.clone(), if name == "nb_personnes" { persons.to_string() } else { value }));
    }
    for name in page.attributes("form[data-fiche] select", "name") {
        let value =
            page.attributes(&format!("form[data-fiche] select[name='{name}'] option[selected]"), "value").first().cloned().unwrap_or_default();
        form.push((name, value));
    }
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(&path, &form).await
}

/// What was decided is decided again once what is declared changes: by two persons where they are asked for, by somebody who
/// decides everywhere.
#[rocket::async_test]
async fn a_correction_of_what_is_validated_is_validated_again() {
    let app = App::new().await;
    let (chief, agent, typist) = (app.administrateur(RIVIERA).await, app.agent(LE_GOSIER).await, with_rights(&app, &[(LE_GOSIER, "taxe", 2)]).await);
    let lodging: String =
        app.one("SELECT reference FROM logement WHERE code_insee = '97113' AND categorie_id = 4 AND actif ORDER BY id LIMIT 1").await;
    let form =
        [("logement_id", lodging.as_str()), ("date_debut", "01/03/2026"), ("date_fin", "04/03/2026"), ("collecteur", "hote"), ("nb_personnes", "2")];
    assert_eq!(agent.post("/sejours/nouveau", &form).await.status, Status::SeeOther);
    let id: i64 = app.one("SELECT max(id) FROM sejour").await;
    // One person is enough: whoever decides corrects what they decided, whoever only enters leaves it to be decided.
    assert_eq!(decide(&agent, &app, id, "valide").await, Status::SeeOther);
    assert_eq!(correct(&agent, id, "3").await.status, Status::SeeOther);
    assert_eq!(stay(&app, id).await.0, "valide");
    assert_eq!(correct(&typist, id, "4").await.status, Status::SeeOther);
    assert_eq!(stay(&app, id).await.0, "a_verifier");
    assert!(typist.get(&format!("/sejours/{id}")).await.ok().text().contains("de nouveau à vérifier"));
    let told: String =
        app.one("SELECT detail->'statut'->>'apres' FROM journal WHERE objet = 'séjour' AND detail ? 'statut' ORDER BY id DESC LIMIT 1").await;
    assert_eq!(told, "a_verifier");
    // Two are asked for, by the EPCI: it holds in the commune, and the page says so.
    let riviera = number_of(&app, RIVIERA).await;
    assert_eq!(chief.post("/deux-personnes", &[("collectivite", &riviera), ("module", "taxe"), ("voulu", "true")]).await.status, Status::SeeOther);
    assert!(chief.get("/deux-personnes").await.ok().text().contains("demandé par"));
    assert_eq!(decide(&chief, &app, id, "valide").await, Status::SeeOther);
    assert_eq!(correct(&agent, id, "2").await.status, Status::SeeOther);
    assert_eq!(stay(&app, id).await.0, "a_verifier");
    // Whoever entered it once does not validate it because somebody else touched it since; nor does the day of collection count.
    let version = stay(&app, id).await.1.to_string();
    assert_eq!(
        chief.post(&format!("/sejours/{id}/champs/perception"), &[("valeur", "05/03/2026"), ("version", &version)]).await.status,
        Status::SeeOther
    );
    assert_eq!(correct(&typist, id, "3").await.status, Status::SeeOther);
    assert_eq!(decide(&agent, &app, id, "valide").await, Status::Conflict);
    assert_eq!(decide(&chief, &app, id, "valide").await, Status::SeeOther);
}

/// What somebody may only read is shown without what changes it, and said so to whoever asks all the same.
#[rocket::async_test]
async fn what_is_only_read_says_so() {
    let app = App::new().await;
    let browser = with_rights(&app, &[(LE_GOSIER, "taxe", 1), (GRAND_SUD, "taxe", 3)]).await;
    let (read, own) = (stay_in(&app, "97113").await, stay_in(&app, "97105").await);
    let forms = async |id: i64| browser.get(&format!("/sejours/{id}")).await.ok().attributes("main form[method=post]", "action");
    assert_eq!(forms(read).await, Vec::<String>::new());
    assert!(forms(own).await.iter().any(|action| action.ends_with("/notes")));
    for path in ["champs/perception", "modifier"] {
        browser.get(&format!("/sejours/{read}/{path}")).await.refused(Status::Forbidden, "sans pouvoir la modifier");
    }
    let note = [("texte", "Une note"), ("jeton", "abcdefghijklmnopqrstuv")];
    browser.post(&format!("/sejours/{read}/notes"), &note).await.refused(Status::Forbidden, "sans pouvoir la modifier");
    assert_eq!(browser.get("/sejours/999999999/modifier").await.status, Status::NotFound);
    // Their rights are theirs to read.
    let account = browser.get("/compte").await.ok();
    assert!(account.text().contains("Le Gosier : Taxe de séjour, lire"), "{}", account.text());
}

/// The administration of one place is not that of another: views shared there, files attached there.
#[rocket::async_test]
async fn an_administration_stops_at_its_place() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let elsewhere = with_rights(&app, &[(LE_GOSIER, "taxe", 2), (GRAND_SUD, "administration", 4)]).await;
    let (gosier, id) = (number_of(&app, LE_GOSIER).await, stay_in(&app, "97113").await);
    let shared = [("liste", "sejours"), ("etat", "statut=valide"), ("nom", "Partagée"), ("partage", gosier.as_str())];
    assert_eq!(agent.post("/vues", &shared).await.status, Status::SeeOther);
    let view: i64 = app.one("SELECT max(id) FROM vue").await;
    assert_eq!(elsewhere.get(&format!("/vues/{view}")).await.status, Status::SeeOther, "open to whoever reads there");
    elsewhere.post(&format!("/vues/{view}/suppression"), &[("version", "1")]).await;
    elsewhere.post(&format!("/vues/{view}"), &[("nom", "Prise"), ("version", "1"), ("partage", gosier.as_str())]).await;
    let kept: (String, i32, bool) =
        sqlx::query_as("SELECT nom, version, supprime_le IS NULL FROM vue").fetch_one(app.pool()).await.expect("the view");
    assert_eq!(kept, ("Partagée".into(), 1, true));
    agent.send_files(&format!("/sejours/{id}/pieces"), &[("jeton", "abcdefghijklmnopqrstuv")], &[("bail.pdf", b"%PDF-1.7\n")]).await;
    let piece: i64 = app.one("SELECT max(id) FROM piece_jointe").await;
    assert_eq!(elsewhere.post(&format!("/sejours/{id}/pieces/{piece}/suppression"), &[("version", "1")]).await.status, Status::Forbidden);
    let chief = app.administrateur(RIVIERA).await;
    assert_eq!(chief.post(&format!("/sejours/{id}/pieces/{piece}/suppression"), &[("version", "1")]).await.status, Status::SeeOther);
}

async fn reference(app: &App, id: i64) -> String {
    sqlx::query_scalar("SELECT reference FROM sejour WHERE id = $1").bind(id).fetch_one(app.pool()).await.expect("a reference")
}

/// On the command line too, the last one who manages the rights of a collectivité keeps them, unless it is said.
#[rocket::async_test]
async fn the_last_who_manages_does_not_lose_it() {
    let app = App::new().await;
    let chief = app.person("administrateur", &[GRAND_SUD]).await;
    app.run_sql(&format!("UPDATE utilisateur SET actif = false WHERE id <> {} AND role <> 'exploitant'", chief.user_id)).await;
    let courriel: String =
        sqlx::query_scalar("SELECT courriel FROM utilisateur WHERE id = $1").bind(chief.user_id).fetch_one(app.pool()).await.expect("an e-mail");
    let changes = [
        comptes::Rights { role: Some(Role::Agent), ..comptes::Rights::default() },
        comptes::Rights { actif: Some(false), ..comptes::Rights::default() },
        comptes::Rights { collectivites: Some(vec![number_of(&app, LE_GOSIER).await.parse().expect("a number")]), ..comptes::Rights::default() },
    ];
    for change in &changes {
        let mut tx = app.pool().begin().await.expect("a transaction");
        let kept = comptes::change(&mut tx, &courriel, change).await.expect("an answer");
        assert!(matches!(&kept, comptes::Changed::LastManager(places) if places.contains("Grand Sud")), "{change:?}: {kept:?}");
    }
    // Another one manages it: it is theirs to lose.
    let second = app.person("administrateur", &[GRAND_SUD]).await;
    let mut tx = app.pool().begin().await.expect("a transaction");
    assert_eq!(comptes::change(&mut tx, &courriel, &changes[0]).await.expect("an answer"), comptes::Changed::Done);
    tx.rollback().await.expect("undone");
    // One who is disabled is nobody.
    app.run_sql(&format!("UPDATE utilisateur SET actif = false WHERE id = {}", second.user_id)).await;
    let mut tx = app.pool().begin().await.expect("a transaction");
    assert!(matches!(comptes::change(&mut tx, &courriel, &changes[1]).await.expect("an answer"), comptes::Changed::LastManager(_)));
    tx.rollback().await.expect("undone");
    let forced = comptes::Rights { even_last: true, ..changes[1].clone() };
    let mut tx = app.pool().begin().await.expect("a transaction");
    assert_eq!(comptes::change(&mut tx, &courriel, &forced).await.expect("an answer"), comptes::Changed::Done);
}
