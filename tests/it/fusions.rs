//! Hosts put away, and two files of the same host made one: lodgings and stays follow, all of it comes back or nothing does,
//! and nobody moves what is not theirs.

use rocket::http::Status;

use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA};
use crate::support::{App, Browser, Page};

/// Two files of one host: one with a lodging of Le Gosier, one that has another, let, with stays, and says more.
const OWN: &str = "
    INSERT INTO hebergeur (numero, nom, type, inscrit_le, telephone) VALUES ('HEB-900020', 'Hélène Zandronis', 'particulier', '2024-05-01', '+590 690 12 34 56');
    INSERT INTO hebergeur (numero, nom, type, siret, inscrit_le, courriel, adresse, code_postal, ville)
        VALUES ('HEB-900021', 'Zandronis Hélène', 'professionnel', '98765432100019', '2023-01-02', 'helene@exemple.gp', '2 rue des Flamboyants', '97190', 'Le Gosier');
    INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
        SELECT v.reference, h.id, '97113', v.nom, '', 4, 4, 4 FROM (VALUES ('HEB-900020', 'LOG-900020', 'Kaz Wobli'), ('HEB-900021', 'LOG-900021', 'Kaz Zayann'), ('HEB-900021', 'LOG-900022', 'Kaz Lwen'))
        v (numero, reference, nom) JOIN hebergeur h USING (numero);
    INSERT INTO sejour (collecteur, reference, logement_id, code_insee, date_debut, date_fin, nb_personnes, nature_id, categorie_id, tarif, montant_base)
        SELECT 'hote', 'S-' || l.id, l.id, l.code_insee, '2026-03-01', '2026-03-04', 2, 4, 4, 200, 1200 FROM logement l WHERE l.reference IN ('LOG-900021', 'LOG-900022')";

/// What both hosts, their lodgings and where they are seen amount to, versions and instants left out.
const STATE: &str = "SELECT md5(concat_ws('|',
    (SELECT string_agg(concat_ws('/', numero, nom, type, siret, courriel, telephone, adresse, code_postal, ville, inscrit_le, archive_le), ';' ORDER BY numero) FROM hebergeur),
    (SELECT string_agg(reference || '/' || hebergeur_id, ';' ORDER BY reference) FROM logement),
    (SELECT string_agg(concat_ws('/', hebergeur_id, code_insee, nom, inscrit_le, type), ';' ORDER BY hebergeur_id, code_insee) FROM hebergeur_commune)))";

struct World {
    app: App,
    kept: i64,
    other: i64,
}

async fn world() -> World {
    let app = App::new().await;
    for statement in OWN.split(";\n") {
        app.run_sql(statement).await;
    }
    let kept = app.one("SELECT id FROM hebergeur WHERE numero = 'HEB-900020'").await;
    let other = app.one("SELECT id FROM hebergeur WHERE numero = 'HEB-900021'").await;
    World { app, kept, other }
}

/// The form of the page that compares both: each field with its value, the choices as they stand.
fn fields(page: &Page) -> Vec<(String, String)> {
    let value = |name: &str, kind: &str| {
        page.attributes(&format!("main form[method=post] input[name='{name}']{kind}"), "value").first().cloned().unwrap_or_default()
    };
    let mut fields: Vec<(String, String)> = ["avec", "version", "version_avec"].map(|name| (name.to_string(), value(name, ""))).into();
    for name in ["nom", "type", "inscrit_le", "telephone", "courriel", "adresse"] {
        fields.push((name.to_string(), value(name, "[checked]")));
    }
    fields
}

async fn post(browser: &Browser<'_>, path: &str, fields: &[(String, String)]) -> Page {
    browser.post(path, &fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>()).await
}

impl World {
    fn path(&self) -> String {
        format!("/hebergeurs/{}/fusion", self.kept)
    }

    async fn compared(&self, browser: &Browser<'_>) -> Vec<(String, String)> {
        fields(&browser.get(&format!("{}?avec={}", self.path(), self.other)).await.ok())
    }

    async fn state(&self) -> String {
        self.app.one(STATE).await
    }

    async fn merged(&self, browser: &Browser<'_>) -> Page {
        let form = self.compared(browser).await;
        let page = post(browser, &self.path(), &form).await;
        assert_eq!(page.status, Status::SeeOther, "{}", page.text());
        page
    }

    async fn undone(&self, browser: &Browser<'_>) -> Page {
        browser.post(&format!("/hebergeurs/{}/fusion/annulation", self.other), &[]).await
    }

    async fn version(&self, host: i64) -> String {
        sqlx::query_scalar("SELECT version::text FROM hebergeur WHERE id = $1").bind(host).fetch_one(self.app.pool()).await.expect("a host")
    }
}

#[rocket::async_test]
async fn two_files_become_one_and_two_again() {
    let world = world().await;
    let app = &world.app;
    let browser = app.agent(LE_GOSIER).await;
    let before = world.state().await;

    // It looks like the other, and says why; by words, it is found too.
    let page = browser.get(&world.path()).await.ok();
    assert!(page.attributes("main ul a", "href").contains(&format!("{}?avec={}", world.path(), world.other)), "{}", page.text());
    let page = browser.get(&format!("{}?autre=heb900021", world.path())).await.ok();
    assert!(page.text().contains("Zandronis Hélène"));
    assert!(browser.get(&format!("{}?autre=xyzzyqw", world.path())).await.ok().text().contains("Aucune autre fiche"));

    let form = world.compared(&browser).await;
    let chosen = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).expect("a choice").to_string();
    assert_eq!(
        ["nom", "type", "inscrit_le", "telephone", "courriel", "adresse"].map(chosen),
        ["gardee", "absorbee", "absorbee", "gardee", "absorbee", "absorbee"]
    );
    assert_eq!(world.state().await, before, "nothing is done before it is confirmed");
    world.merged(&browser).await;
    let row: String = app
        .one(
            "SELECT concat_ws(' / ', nom, type, siret, inscrit_le, telephone, courriel, adresse, code_postal, ville, coalesce(archive_le::text, 'en activité'))
             FROM hebergeur WHERE numero = 'HEB-900020'",
        )
        .await;
    assert_eq!(
        row,
        "Hélène Zandronis / professionnel / 98765432100019 / 2023-01-02 / 06 90 12 34 56 / helene@exemple.gp / 2 rue des Flamboyants / 97190 / Le Gosier / en activité"
    );
    assert_eq!(app.one::<i64>("SELECT count(*) FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id WHERE h.numero = 'HEB-900020'").await, 3);
    assert_eq!(app.one::<String>("SELECT archive_le::text FROM hebergeur WHERE numero = 'HEB-900021'").await, "2026-11-23");

    // The one leads to the other, in every list where it was; its stays are told on the file that was kept.
    let file = browser.get(&format!("/hebergeurs/{}", world.other)).await.ok();
    assert!(file.text().contains("Fondue dans la fiche de") && file.attributes("main a", "href").contains(&format!("/hebergeurs/{}", world.kept)));
    assert!(browser.get("/hebergeurs?q=heb900021").await.ok().text().contains("Zandronis Hélène"));
    let file = browser.get(&format!("/hebergeurs/{}", world.kept)).await.ok();
    let year = file.texts("main table.liste tbody tr").into_iter().find(|row| row.starts_with("2026")).expect("this year");
    assert!(year.contains("24,00"), "{year}");
    assert!(file.texts(".historique li")[0].contains("Fusion avec la fiche de Zandronis Hélène (HEB-900021)"), "{:?}", file.texts(".historique li"));
    let lodging: i64 = app.one("SELECT id FROM logement WHERE reference = 'LOG-900021'").await;
    let told = browser.get(&format!("/logements/{lodging}")).await.ok().texts(".historique li");
    assert!(told[0].contains("« Zandronis Hélène (HEB-900021) » devient « Hélène Zandronis (HEB-900020) »"), "{told:?}");

    // Neither merged again, nor taken back by another way.
    let again = post(&browser, &world.path(), &form).await;
    again.refused(Status::Conflict, "a déjà été fondue");
    browser.post(&format!("/hebergeurs/{}/archivage", world.other), &[("version", &world.version(world.other).await), ("faire", "restaurer")]).await;
    assert!(browser.get(&format!("/hebergeurs/{}", world.other)).await.ok().text().contains("annulez la fusion"));

    assert_eq!(world.undone(&browser).await.status, Status::SeeOther);
    assert_eq!(world.state().await, before);
    let page = world.undone(&browser).await;
    assert_eq!(page.status, Status::SeeOther);
    assert!(browser.get(&format!("/hebergeurs/{}", world.other)).await.ok().text().contains("il n’y a rien à annuler"));
    assert_eq!(world.state().await, before);
    // And once more, the other way round.
    let form = fields(&browser.get(&format!("/hebergeurs/{}/fusion?avec={}", world.other, world.kept)).await.ok());
    assert_eq!(post(&browser, &format!("/hebergeurs/{}/fusion", world.other), &form).await.status, Status::SeeOther);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id WHERE h.numero = 'HEB-900021'").await, 3);
}

#[rocket::async_test]
async fn what_changed_since_is_not_undone_by_half() {
    let world = world().await;
    let app = &world.app;
    let browser = app.agent(LE_GOSIER).await;
    world.merged(&browser).await;
    // A value taken from the other file was corrected.
    app.run_sql("UPDATE hebergeur SET courriel = 'autre@exemple.gp' WHERE numero = 'HEB-900020'").await;
    let merged = world.state().await;
    world.undone(&browser).await;
    assert!(
        browser.get(&format!("/hebergeurs/{}", world.other)).await.ok().text().contains("Courriel : cette valeur de la fiche gardée a été modifiée")
    );
    assert_eq!(world.state().await, merged);
    // What was never the other's may be corrected.
    app.run_sql("UPDATE hebergeur SET courriel = 'helene@exemple.gp', telephone = NULL WHERE numero = 'HEB-900020'").await;
    // A lodging went to somebody else.
    let third: i64 = app.one("SELECT min(hebergeur_id) FROM logement WHERE code_insee = '97113'").await;
    app.run_sql(&format!("UPDATE logement SET hebergeur_id = {third} WHERE reference = 'LOG-900022'")).await;
    let merged = world.state().await;
    world.undone(&browser).await;
    assert!(browser.get(&format!("/hebergeurs/{}", world.other)).await.ok().text().contains("ont changé d’hébergeur depuis"));
    assert_eq!(world.state().await, merged);
    app.run_sql(&format!("UPDATE logement SET hebergeur_id = {} WHERE reference = 'LOG-900022'", world.kept)).await;
    world.undone(&browser).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id WHERE h.numero = 'HEB-900021'").await, 2);
    assert_eq!(
        app.one::<i64>("SELECT count(*) FROM hebergeur WHERE numero = 'HEB-900020' AND telephone IS NULL").await,
        1,
        "what was corrected since stays"
    );
}

#[rocket::async_test]
async fn nobody_merges_what_is_not_theirs() {
    let world = world().await;
    let app = &world.app;
    let agent = app.agent(LE_GOSIER).await;
    let form = world.compared(&agent).await;
    // A stale page.
    app.run_sql("UPDATE hebergeur SET version = version + 1 WHERE numero = 'HEB-900021'").await;
    let page = post(&agent, &world.path(), &form).await;
    page.refused(Status::Conflict, "a été modifiée entre-temps");
    assert_eq!(fields(&page).iter().find(|(name, _)| name == "adresse").map(|(_, value)| value.as_str()), Some("absorbee"), "what was chosen stays");
    // A lodging elsewhere: those who see it all may, the agent of one commune may not, either way round.
    app.run_sql(
        "INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
         SELECT 'LOG-900023', id, '97105', 'Kaz Byen Lwen', '', 4, 4, 4 FROM hebergeur WHERE numero = 'HEB-900021'",
    )
    .await;
    let before = world.state().await;
    let form = world.compared(&agent).await;
    let page = agent.get(&format!("{}?avec={}", world.path(), world.other)).await.ok();
    assert!(page.text().contains("hors de votre périmètre") && page.texts("main button").iter().all(|button| !button.contains("Fusionner")));
    post(&agent, &world.path(), &form).await.refused(Status::Conflict, "hors de votre périmètre");
    for (browser, status) in [
        (app.agent(GRAND_SUD).await, Status::NotFound),
        (app.exploitant().await, Status::Forbidden),
        (app.administrateur(RIVIERA).await, Status::Conflict),
    ] {
        assert_eq!(post(&browser, &world.path(), &form).await.status, status);
    }
    for bad in [vec![("avec", "x")], vec![], vec![("avec", "999999999")]] {
        let page = agent.post(&world.path(), &bad).await;
        assert!([Status::UnprocessableEntity, Status::BadRequest, Status::NotFound].contains(&page.status), "{}", page.status);
    }
    let same = world.kept.to_string();
    agent.post(&world.path(), &[("avec", same.as_str())]).await.refused(Status::Conflict, "C’est la même fiche");
    // What a refusal shows of people is noted, as their files are.
    let noted: i64 = app.one("SELECT count(*) FROM journal WHERE action = 'consultation' AND objet = 'hébergeur'").await;
    agent.post(&world.path(), &[("avec", world.other.to_string().as_str())]).await.refused(Status::Conflict, "hors de votre périmètre");
    assert!(app.one::<i64>("SELECT count(*) FROM journal WHERE action = 'consultation' AND objet = 'hébergeur'").await >= noted + 2);
    assert_eq!(world.state().await, before);
    // Whoever sees both places may, and then the agent cannot undo it, for a part is elsewhere.
    let both = app.person("agent", &[LE_GOSIER, GRAND_SUD]).await;
    let form = world.compared(&both).await;
    assert_eq!(post(&both, &world.path(), &form).await.status, Status::SeeOther);
    let merged = world.state().await;
    world.undone(&agent).await;
    assert!(agent.get(&format!("/hebergeurs/{}", world.other)).await.ok().text().contains("hors de votre périmètre : rien n’est annulé"));
    assert_eq!(world.state().await, merged);
    world.undone(&both).await;
    assert_eq!(world.state().await, before);
}

#[rocket::async_test]
async fn two_people_who_merge_at_once_do_it_once() {
    let world = world().await;
    let (one, two) = (world.app.agent(LE_GOSIER).await, world.app.agent(LE_GOSIER).await);
    let form = world.compared(&one).await;
    let path = world.path();
    let (a, b) = futures::join!(post(&one, &path, &form), post(&two, &path, &form));
    let mut statuses = [a.status.code, b.status.code];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    assert_eq!(world.app.one::<i64>("SELECT count(*) FROM fusion").await, 1);
    // Undone at once, once too.
    let (a, b) = futures::join!(world.undone(&one), world.undone(&two));
    assert_eq!([a.status, b.status], [Status::SeeOther; 2]);
    assert_eq!(world.app.one::<i64>("SELECT count(*) FROM journal WHERE detail ? 'defaite' AND detail ? 'absorbe'").await, 1, "told once");
}

#[rocket::async_test]
async fn a_host_who_lets_no_more_is_put_away_and_taken_back() {
    let world = world().await;
    let app = &world.app;
    let browser = app.agent(LE_GOSIER).await;
    let file = format!("/hebergeurs/{}", world.kept);
    let archive = format!("{file}/archivage");
    let version = async || world.version(world.kept).await;
    let away = async || app.one::<Option<String>>("SELECT archive_le::text FROM hebergeur WHERE numero = 'HEB-900020'").await;
    browser.post(&archive, &[("version", &version().await), ("faire", "archiver")]).await;
    assert!(browser.get(&file).await.ok().text().contains("encore 1 logement en location"));
    assert_eq!(away().await, None);
    app.run_sql("UPDATE logement SET actif = false WHERE reference = 'LOG-900020'").await;
    browser.post(&archive, &[("version", "99"), ("faire", "archiver")]).await;
    assert!(browser.get(&file).await.ok().text().contains("modifiée entre-temps"));
    assert_eq!(away().await, None);
    browser.post(&archive, &[("version", &version().await), ("faire", "archiver")]).await;
    assert_eq!(away().await.as_deref(), Some("2026-11-23"));
    let page = browser.get(&file).await.ok();
    let back = page.attributes("main form[action$='/modifier/retour'] input[name=jeton], .message form input[name=jeton]", "value");
    let token = back.first().cloned().expect("a way back");

    // The list tells them apart, and counts as plain SQL does.
    for (archived, sql) in [
        (
            "true",
            "SELECT count(DISTINCT h.id) FROM hebergeur h JOIN hebergeur_commune c ON c.hebergeur_id = h.id WHERE c.code_insee = '97113' AND h.archive_le IS NOT NULL",
        ),
        (
            "false",
            "SELECT count(DISTINCT h.id) FROM hebergeur h JOIN hebergeur_commune c ON c.hebergeur_id = h.id WHERE c.code_insee = '97113' AND h.archive_le IS NULL",
        ),
    ] {
        let count: i64 = app.one(sql).await;
        let shown = browser.fragment(&format!("/hebergeurs/compte?archive={archived}")).await.ok().texts("#compte strong");
        assert_eq!(shown, [format!("{count} hébergeur{}", if count > 1 { "s" } else { "" })], "{archived}");
    }
    assert!(browser.get("/hebergeurs?archive=true&q=heb900020").await.ok().text().contains("Hélène Zandronis"));

    // No lodging is added to it.
    let form = [
        ("hebergeur_id", "HEB-900020"),
        ("nom", "Kaz Nef"),
        ("adresse", "1 rue"),
        ("code_insee", "97113"),
        ("capacite", "2"),
        ("actif", "true"),
        ("nature_id", "4"),
        ("categorie_id", "4"),
    ];
    browser.post("/logements/nouveau", &form).await.refused(Status::UnprocessableEntity, "sa fiche est archivée");
    browser.post(&format!("{file}/modifier/retour"), &[("jeton", &token)]).await;
    assert_eq!(away().await, None);
    browser.post(&archive, &[("version", &version().await), ("faire", "archiver")]).await;
    browser.post(&archive, &[("version", &version().await), ("faire", "restaurer")]).await;
    assert_eq!(away().await, None);
    // Words that mean nothing, a record that is not put away, somebody else's.
    assert!(browser.post(&archive, &[("version", "1"), ("faire", "brûler")]).await.status.code >= 400);
    let lodging: i64 = app.one("SELECT id FROM logement WHERE reference = 'LOG-900020'").await;
    assert_eq!(browser.post(&format!("/logements/{lodging}/archivage"), &[("version", "1"), ("faire", "archiver")]).await.status, Status::NotFound);
    assert_eq!(app.agent(GRAND_SUD).await.post(&archive, &[("version", "1"), ("faire", "archiver")]).await.status, Status::NotFound);
}

#[rocket::async_test]
async fn a_part_is_given_back_whole_and_a_chain_from_its_end() {
    let world = world().await;
    let app = &world.app;
    let browser = app.agent(LE_GOSIER).await;
    // Both are « particulier »; the one kept takes the other's SIRET.
    app.run_sql("UPDATE hebergeur SET type = 'particulier' WHERE numero = 'HEB-900021'").await;
    world.merged(&browser).await;
    assert_eq!(app.one::<String>("SELECT siret FROM hebergeur WHERE numero = 'HEB-900020'").await, "98765432100019");
    app.run_sql("UPDATE hebergeur SET type = 'professionnel' WHERE numero = 'HEB-900020'").await;
    world.undone(&browser).await;
    assert!(browser.get(&format!("/hebergeurs/{}", world.other)).await.ok().text().contains("Type et SIRET : cette valeur"));
    app.run_sql("UPDATE hebergeur SET type = 'particulier' WHERE numero = 'HEB-900020'").await;
    // The file that was kept is itself merged into a third: that one is undone first.
    app.run_sql("INSERT INTO hebergeur (numero, nom, type, inscrit_le) VALUES ('HEB-900022', 'Zandronis', 'particulier', '2025-01-01')").await;
    app.run_sql("INSERT INTO hebergeur_commune (code_insee, hebergeur_id, nom, inscrit_le, type) SELECT '97113', id, nom, inscrit_le, type FROM hebergeur WHERE numero = 'HEB-900022'").await;
    let third: i64 = app.one("SELECT id FROM hebergeur WHERE numero = 'HEB-900022'").await;
    let chain = World { kept: third, other: world.kept, app: world.app };
    chain.merged(&browser_of(&chain.app).await).await;
    let browser = browser_of(&chain.app).await;
    browser.post(&format!("/hebergeurs/{}/fusion/annulation", world.other), &[]).await;
    assert!(browser.get(&format!("/hebergeurs/{}", world.other)).await.ok().text().contains("Annulez d’abord ce qui l’a suivie"));
    chain.undone(&browser).await;
    browser.post(&format!("/hebergeurs/{}/fusion/annulation", world.other), &[]).await;
    assert_eq!(chain.app.one::<i64>("SELECT count(*) FROM fusion WHERE annulee_le IS NULL").await, 0);
    assert_eq!(
        chain.app.one::<i64>("SELECT count(*) FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id WHERE h.numero = 'HEB-900021'").await,
        2
    );
}

async fn browser_of(app: &App) -> Browser<'_> {
    app.agent(LE_GOSIER).await
}

/// A lodging that is being created while its host is put away: one waits for the other, and no archived file gets a lodging.
#[rocket::async_test]
async fn a_lodging_created_meanwhile_stays_with_a_host_who_is_there() {
    let world = world().await;
    let app = &world.app;
    let browser = app.agent(LE_GOSIER).await;
    let form = [
        ("hebergeur_id", "HEB-900021"),
        ("nom", "Kaz Nef"),
        ("adresse", "1 rue"),
        ("code_insee", "97113"),
        ("capacite", "2"),
        ("actif", "true"),
        ("nature_id", "4"),
        ("categorie_id", "4"),
        ("faire", "confirmer"),
    ];
    // The merge holds the host; the form was read before.
    let mut holder = app.pool().begin().await.expect("a transaction");
    sqlx::query("SELECT 1 FROM hebergeur WHERE id = $1 FOR UPDATE").bind(world.other).execute(&mut *holder).await.expect("a lock");
    let created = browser.post("/logements/nouveau", &form);
    let merged = async {
        let waits = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')";
        while !app.one::<bool>(waits).await {
            rocket::tokio::task::yield_now().await;
        }
        sqlx::query("UPDATE hebergeur SET archive_le = '2026-11-23' WHERE id = $1").bind(world.other).execute(&mut *holder).await.expect("put away");
        holder.commit().await.expect("over");
    };
    let (page, ()) = futures::join!(created, merged);
    page.refused(Status::Conflict, "sa fiche est archivée");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM logement WHERE nom = 'Kaz Nef'").await, 0);
    // Put away, given a lodging behind its back, and taken back: « Annuler » does not put it away again.
    app.run_sql("UPDATE logement SET actif = false WHERE reference = 'LOG-900020'").await;
    let archive = format!("/hebergeurs/{}/archivage", world.kept);
    browser.post(&archive, &[("version", &world.version(world.kept).await), ("faire", "archiver")]).await;
    browser.post(&archive, &[("version", &world.version(world.kept).await), ("faire", "restaurer")]).await;
    let file = format!("/hebergeurs/{}", world.kept);
    let token = browser.get(&file).await.ok().attributes(".message form input[name=jeton]", "value").first().cloned().expect("a way back");
    app.run_sql("UPDATE logement SET actif = true WHERE reference = 'LOG-900020'").await;
    browser.post(&format!("{file}/modifier/retour"), &[("jeton", &token)]).await;
    assert!(browser.get(&file).await.ok().text().contains("encore 1 logement en location"));
    assert_eq!(app.one::<i64>("SELECT count(*) FROM hebergeur WHERE numero = 'HEB-900020' AND archive_le IS NULL").await, 1);
}
