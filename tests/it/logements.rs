//! What happens to a lodging: its closures, who collects for it, another host and what each then owes, and what an archived host
//! keeps from being let. Sums are those of plain SQL, written here for the days of these stays.
//!
//! Longer than 400 lines: the stays of one lodging and its two hosts, on whose days every sum rests, are read beside their tests.

use rocket::http::Status;

use crate::support::app::{GRAND_SUD, LE_GOSIER};
use crate::support::{App, Browser, Page};

/// Two hosts of Le Gosier, a lodging of the first with stays around 10 March 2026, and one of the second.
const OWN: &str = "
    INSERT INTO hebergeur (numero, nom, type, inscrit_le) VALUES ('HEB-900040', 'Hélène Zandronis', 'particulier', '2024-01-01'), ('HEB-900041', 'Victor Nonodrim', 'particulier', '2024-01-01');
    INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
        SELECT v.reference, h.id, '97113', v.nom, '1 rue des Flamboyants', 4, 4, 4 FROM (VALUES ('HEB-900040', 'LOG-900040', 'Kaz Wobli'), ('HEB-900041', 'LOG-900041', 'Kaz Zayann'))
        v (numero, reference, nom) JOIN hebergeur h USING (numero);
    INSERT INTO sejour (collecteur, reference, logement_id, code_insee, date_debut, date_fin, date_perception, nb_personnes, nature_id, categorie_id, tarif, montant_base, montant_departemental, statut)
        SELECT 'hote', v.reference, l.id, '97113', v.debut::date, v.fin::date, v.perception::date, v.personnes, 4, 4, 100, v.base, v.departement, v.statut
        FROM logement l, (VALUES ('Z-avant', '2026-02-01', '2026-02-05', NULL, 2, 1000, 100, 'valide'),
            ('Z-cheval-arrivee', '2026-03-08', '2026-03-12', NULL, 3, 2000, 0, 'a_verifier'),
            ('Z-cheval-percu', '2026-03-07', '2026-03-14', '2026-03-13', 1, 4000, 0, 'valide'),
            ('Z-apres-percu-avant', '2026-04-01', '2026-04-03', '2026-03-01', 4, 8000, 800, 'a_verifier'),
            ('Z-rejete', '2026-04-05', '2026-04-09', NULL, 4, 16000, 0, 'rejete'),
            ('Z-avant-percu-apres', '2026-01-01', '2026-01-03', '2026-05-01', 2, 32000, 0, 'conteste'),
            ('Z-an-dernier', '2025-06-01', '2025-06-08', '2025-06-08', 2, 64000, 0, 'valide'))
        v (reference, debut, fin, perception, personnes, base, departement, statut) WHERE l.reference = 'LOG-900040'";
/// Those that each host owes once the lodging has passed on 10 March 2026, worked out by hand from the rule.
const BEFORE: &str = "('Z-avant', 'Z-cheval-arrivee', 'Z-avant-percu-apres', 'Z-an-dernier')";
const AFTER: &str = "('Z-cheval-percu', 'Z-apres-percu-avant')";

struct World {
    app: App,
    lodging: i64,
    hosts: [i64; 2],
}

async fn world() -> World {
    let app = App::new().await;
    for statement in OWN.split(";\n") {
        app.run_sql(statement).await;
    }
    let lodging = app.one("SELECT id FROM logement WHERE reference = 'LOG-900040'").await;
    let hosts = [
        app.one("SELECT id FROM hebergeur WHERE numero = 'HEB-900040'").await,
        app.one("SELECT id FROM hebergeur WHERE numero = 'HEB-900041'").await,
    ];
    World { app, lodging, hosts }
}

/// The value of a hidden field of the page.
fn hidden(page: &Page, name: &str) -> String {
    page.attributes(&format!("main form input[name='{name}']"), "value").first().cloned().unwrap_or_default()
}

/// Sends the way back that the last message offers.
async fn undone(browser: &Browser<'_>, page: &Page) -> Page {
    let address = page.attributes(".message form", "action").first().cloned().expect("a way back");
    let token = page.attributes(".message form input[name=jeton]", "value")[0].clone();
    browser.post(&address, &[("jeton", &token), ("retour", "/")]).await
}

async fn text(app: &App, sql: &str) -> String {
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_string())).fetch_one(app.pool()).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// Sums of some stays, as the table of the page writes them.
async fn sums(app: &App, of: &str) -> String {
    let sql = format!(
        "SELECT concat_ws(' / ', count(*), sum(date_fin - date_debut), sum(nb_personnes * (date_fin - date_debut)), sum(montant_base), sum(montant_departemental),
             count(*) FILTER (WHERE statut = 'a_verifier')) FROM sejour WHERE reference IN {of}"
    );
    text(app, &sql).await
}

/// The same, read from the table of the page: one text for each host, amounts in cents.
fn told(page: &Page) -> Vec<String> {
    let cells = page.texts("main table tbody td");
    let digits = |cell: &String| cell.chars().filter(char::is_ascii_digit).collect::<String>();
    let number = |cell: &String| digits(cell).trim_start_matches('0').to_string();
    let one = |row: &[String]| row.iter().map(number).map(|text| if text.is_empty() { "0".into() } else { text }).collect::<Vec<_>>().join(" / ");
    cells.chunks(6).map(one).collect()
}

impl World {
    fn file(&self) -> String {
        format!("/logements/{}", self.lodging)
    }

    async fn closure(&self, browser: &Browser<'_>, [debut, fin, motif]: [&str; 3]) -> Page {
        browser.post(&format!("{}/fermetures", self.file()), &[("debut", debut), ("fin", fin), ("motif", motif)]).await
    }

    async fn closures(&self) -> String {
        text(
            &self.app,
            "SELECT coalesce(string_agg(concat_ws(' ', debut, fin, motif), ' ; ' ORDER BY debut), '') FROM fermeture WHERE retire_le IS NULL",
        )
        .await
    }

    async fn change(&self, browser: &Browser<'_>, host: &str, day: &str, more: &[(&str, &str)]) -> Page {
        let mut form = vec![("hebergeur_id", host), ("jour", day), ("motif", "Vente")];
        form.extend(more);
        browser.post(&format!("{}/hebergeur", self.file()), &form).await
    }

    /// The change to the second host, seen then confirmed.
    async fn changed(&self, browser: &Browser<'_>) -> Page {
        let version = hidden(&browser.get(&format!("{}/hebergeur", self.file())).await.ok(), "version");
        let seen = self.change(browser, "HEB-900041", "10/03/2026", &[("version", &version), ("faire", "verifier")]).await.ok();
        let (version, vu) = (hidden(&seen, "version"), hidden(&seen, "vu"));
        self.change(browser, "HEB-900041", "10/03/2026", &[("version", &version), ("vu", &vu), ("faire", "confirmer")]).await
    }

    /// What the file of a host says of 2026, and the stays of the list that its year leads to.
    async fn declared(&self, browser: &Browser<'_>, host: i64) -> (String, Vec<String>) {
        let file = browser.get(&format!("/hebergeurs/{host}")).await.ok();
        let row = file.texts("main table.liste tbody tr").into_iter().find(|row| row.starts_with("2026")).expect("this year");
        let link = file.attributes("main table.liste tbody th a", "href").into_iter().find(|link| link.contains("2026-01-01")).expect("its stays");
        let list = browser.get(&format!("{link}&taille=200")).await.ok();
        let mut stays: Vec<String> = list.texts("#liste tbody th");
        stays.sort();
        (row, stays)
    }
}

#[rocket::async_test]
async fn a_closure_is_entered_corrected_removed_and_given_back() {
    let world = world().await;
    let app = &world.app;
    let browser = app.agent(LE_GOSIER).await;
    let page = browser.get(&world.file()).await.ok();
    assert!(page.text().contains("Aucune fermeture n’est connue"));
    browser.get(&format!("{}/fermetures/nouvelle", world.file())).await.ok();

    // Two stays have a night in it: told, with the list that shows them.
    let page = world.closure(&browser, ["1er mars 2026", "11032026", "Travaux"]).await;
    assert_eq!(page.status, Status::SeeOther, "{}", page.text());
    assert_eq!(world.closures().await, "2026-03-01 2026-03-11 Travaux");
    let file = browser.get(&world.file()).await.ok();
    assert!(file.text().contains("La fermeture est enregistrée. 2 séjours déjà déclarés ont une nuit dans cette fermeture"), "{}", file.text());
    let link = file.attributes("#fermetures li a", "href").into_iter().find(|link| link.starts_with("/sejours?")).expect("the stays");
    let mut listed = browser.get(&link).await.ok().texts("#liste tbody th");
    listed.sort();
    assert_eq!(listed, ["Z-cheval-arrivee", "Z-cheval-percu"]);
    // The last night of a stay that leaves on the first day is no night of it.
    let around = "SELECT count(*)::text FROM sejour s JOIN logement l ON l.id = s.logement_id, generate_series(s.date_debut, s.date_fin - 1, interval '1 day') n (nuit)
        WHERE l.reference = 'LOG-900040' AND n.nuit BETWEEN '2026-03-01' AND '2026-03-11' GROUP BY s.id HAVING count(*) > 0";
    let nights: Vec<String> = sqlx::query_scalar(around).fetch_all(app.pool()).await.expect("nights");
    assert_eq!(nights.len(), 2);
    assert!(
        file.texts(".historique li")[0].contains("Fermeture ajoutée : du 1er mars 2026 au 11 mars 2026 (Travaux)"),
        "{:?}",
        file.texts(".historique li")
    );

    // Sent twice, it is there once; another over its nights is refused with what is typed.
    world.closure(&browser, ["01/03/2026", "11/03/2026", "Travaux"]).await;
    assert!(browser.get(&world.file()).await.ok().text().contains("est déjà là"));
    let page = world.closure(&browser, ["11/03/2026", "", "Saison"]).await;
    page.refused(Status::Conflict, "une autre fermeture couvre déjà certaines de ces nuits, du 1er mars 2026 au 11 mars 2026 (Travaux)");
    assert_eq!(page.attributes("#motif", "value"), ["Saison"]);
    world.closure(&browser, ["31/03/2026", "01/03/2026", ""]).await.refused(Status::UnprocessableEntity, "vient avant le");
    world.closure(&browser, ["hier", "", "Travaux"]).await.refused(Status::UnprocessableEntity, "n’est pas une date");
    assert_eq!(world.closures().await, "2026-03-01 2026-03-11 Travaux");
    assert_eq!(world.closure(&browser, ["12/03/2026", "", "Saison"]).await.status, Status::SeeOther);
    assert_eq!(world.closures().await, "2026-03-01 2026-03-11 Travaux ; 2026-03-12 Saison");

    // Corrected, then by somebody who had the former version: both values are shown, nothing is written.
    let id = text(app, "SELECT id::text FROM fermeture WHERE motif = 'Travaux'").await;
    let address = format!("{}/fermetures/{id}", world.file());
    let form = browser.get(&address).await.ok();
    assert_eq!((form.attributes("#debut", "value")[0].as_str(), hidden(&form, "version").as_str()), ("01/03/2026", "1"));
    let correct = async |version: &str, motif: &str| {
        browser.post(&address, &[("version", version), ("debut", "02/03/2026"), ("fin", "11/03/2026"), ("motif", motif)]).await
    };
    assert_eq!(correct("1", "Peinture").await.status, Status::SeeOther);
    let page = correct("1", "Plomberie").await;
    page.refused(Status::Conflict, "a été corrigée entre-temps");
    assert!(page.text().contains("du 2 mars 2026 au 11 mars 2026 (Peinture)") && page.text().contains("du 2 mars 2026 au 11 mars 2026 (Plomberie)"));
    assert_eq!(hidden(&page, "version"), "2");
    assert_eq!(world.closures().await, "2026-03-02 2026-03-11 Peinture ; 2026-03-12 Saison");
    correct("2", "Plomberie").await;
    let page = browser.get(&world.file()).await.ok();
    assert_eq!(undone(&browser, &page).await.status, Status::SeeOther);
    assert_eq!(world.closures().await, "2026-03-02 2026-03-11 Peinture ; 2026-03-12 Saison");

    // Removed, and back; not over what took its place.
    let remove = async |version: &str| browser.post(&format!("{address}/suppression"), &[("version", version)]).await;
    remove("1").await;
    assert!(browser.get(&world.file()).await.ok().text().contains("rien n’est retiré"));
    remove("4").await;
    assert_eq!(world.closures().await, "2026-03-12 Saison");
    let page = browser.get(&world.file()).await.ok();
    undone(&browser, &page).await;
    assert_eq!(world.closures().await, "2026-03-02 2026-03-11 Peinture ; 2026-03-12 Saison");
    remove("6").await;
    let page = browser.get(&world.file()).await.ok();
    world.closure(&browser, ["05/03/2026", "05/03/2026", "Visite"]).await;
    undone(&browser, &page).await;
    assert!(browser.get(&world.file()).await.ok().text().contains("Rien n’est rétabli"));
    assert_eq!(world.closures().await, "2026-03-05 2026-03-05 Visite ; 2026-03-12 Saison");
    assert_eq!(browser.get(&address).await.status, Status::Gone);
    assert_eq!(browser.post(&format!("{address}/retour"), &[("jeton", "faux")]).await.status, Status::BadRequest);
    // Nobody of elsewhere.
    let stranger = app.agent(GRAND_SUD).await;
    let before = text(app, "SELECT md5(string_agg(f::text, '|' ORDER BY id)) FROM fermeture f").await;
    assert_eq!(world.closure(&stranger, ["01/07/2026", "", "x"]).await.status, Status::NotFound);
    assert_eq!(stranger.post(&format!("{address}/suppression"), &[("version", "7")]).await.status, Status::NotFound);
    assert_eq!(stranger.get(&address).await.status, Status::NotFound);
    assert_eq!(text(app, "SELECT md5(string_agg(f::text, '|' ORDER BY id)) FROM fermeture f").await, before);
}

#[rocket::async_test]
async fn two_people_do_not_close_the_same_nights() {
    let world = world().await;
    let (one, two) = (world.app.agent(LE_GOSIER).await, world.app.agent(LE_GOSIER).await);
    for month in 1..=6 {
        let (debut, fin) = (format!("01/{month:02}/2027"), format!("20/{month:02}/2027"));
        let mine = world.closure(&one, [&debut, &fin, "Un"]);
        let theirs = world.closure(&two, [&debut, "", "Deux"]);
        let (mine, theirs) = rocket::tokio::join!(mine, theirs);
        let mut both = [mine.status.code, theirs.status.code];
        both.sort_unstable();
        assert_eq!(both, [303, 409]);
        world.app.run_sql("UPDATE fermeture SET retire_le = now()").await;
    }
    // Nor does anything else write them.
    let twice = "INSERT INTO fermeture (logement_id, debut, fin, motif) SELECT id, '2027-08-01', '2027-08-31', 'x' FROM logement WHERE reference = 'LOG-900040'";
    world.app.run_sql(twice).await;
    let refused = sqlx::query(twice).execute(world.app.pool()).await.expect_err("a constraint");
    assert!(refused.to_string().contains("fermeture_seule"), "{refused}");
}

const STAY: &[(&str, &str)] = &[
    ("logement_id", "LOG-900040"),
    ("date_debut", "30/05/2026"),
    ("date_fin", "02/06/2026"),
    ("nb_personnes", "2"),
    ("jeton", "abcdefghijklmnopqrstuvwx"),
];

#[rocket::async_test]
async fn a_stay_in_a_closure_or_by_a_stranger_is_told_and_entered() {
    let world = world().await;
    let app = &world.app;
    let browser = app.agent(LE_GOSIER).await;
    let with = |collector: &'static str| STAY.iter().copied().chain([("collecteur", collector)]).collect::<Vec<_>>();
    let live = async |collector: &'static str| browser.post("/sejours/calcul", &with(collector)).await.ok().text();
    // Nothing is known: nothing is said.
    let told = live("airbnb").await;
    assert!(told.contains("Taxe") && !told.contains("fermé") && !told.contains("ne collecte pas"));
    world.closure(&browser, ["01/06/2026", "", "Gros travaux"]).await;
    let airbnb = [("collecteur", "airbnb"), ("debut", "01/01/2026"), ("fin", "31/05/2026")];
    let collectors = format!("{}/collectes", world.file());
    assert_eq!(browser.post(&collectors, &airbnb).await.status, Status::SeeOther);
    let told = live("airbnb").await;
    assert!(told.contains("Le logement est fermé une de ces nuits : depuis le 1er juin 2026 (Gros travaux)."), "{told}");
    assert!(!told.contains("ne collecte pas"));
    let told = live("hote").await;
    assert!(told.contains("ne collecte pas pour ce logement le 30 mai 2026. D’après sa fiche : Airbnb."), "{told}");
    // A line of a register too.
    let line: Vec<(&str, &str)> = with("hote")
        .into_iter()
        .map(|(name, value)| match name {
            "date_debut" => ("date_debut.0", value),
            "date_fin" => ("date_fin.0", value),
            "nb_personnes" => ("nb_personnes.0", value),
            other => (other, value),
        })
        .collect();
    let told = browser.post("/sejours/registre/ligne?n=0", &line).await.ok();
    assert!(told.text().contains("Gros travaux") && told.text().contains("ne collecte pas"), "{}", told.text());
    // It is entered all the same, and told once more.
    let page = browser.post("/sejours/nouveau", &with("hote")).await;
    assert_eq!(page.status, Status::SeeOther, "{}", page.text());
    let file = browser.get(&page.header("Location").expect("its file")).await.ok();
    assert!(file.text().contains("c’est créé") && file.text().contains("Gros travaux") && file.text().contains("ne collecte pas"));
    // The day of the departure is no night.
    let out: Vec<(&str, &str)> =
        with("airbnb").into_iter().map(|(name, value)| (name, if name == "date_fin" { "01/06/2026" } else { value })).collect();
    assert!(!browser.post("/sejours/calcul", &out).await.ok().text().contains("fermé"));
}

#[rocket::async_test]
async fn the_collectors_of_a_lodging_come_first() {
    let world = world().await;
    let app = &world.app;
    let browser = app.agent(LE_GOSIER).await;
    let collectors = format!("{}/collectes", world.file());
    let codes: Vec<String> = sqlx::query_scalar("SELECT code FROM plateforme WHERE code <> 'hote' ORDER BY nom DESC LIMIT 2")
        .fetch_all(app.pool())
        .await
        .expect("platforms");
    let chosen = async |address: &str| {
        let page = browser.get(address).await.ok();
        (page.attributes("#collecteur option[selected]", "value")[0].clone(), page.attributes("#collecteur option", "value"))
    };
    let address = "/sejours/nouveau?logement_id=LOG-900040";
    assert_eq!(chosen(address).await.0, "hote");
    // The only one stands in the form, of the register too; the first of several is a choice.
    assert_eq!(browser.post(&collectors, &[("collecteur", codes[0].as_str()), ("debut", "01/02/2026"), ("fin", "")]).await.status, Status::SeeOther);
    assert_eq!(chosen(address).await.0, codes[0]);
    assert_eq!(chosen("/sejours/registre?logement_id=LOG-900040").await.0, codes[0]);
    assert_eq!(chosen("/sejours/nouveau?logement_id=LOG-900040&collecteur=hote").await.0, "hote", "what is asked stays");
    assert_eq!(chosen("/sejours/nouveau?logement_id=LOG-900040&date_debut=01/01/2026").await.0, "hote", "not yet on that day");
    browser.post(&collectors, &[("collecteur", codes[1].as_str()), ("debut", ""), ("fin", "")]).await;
    let (held, offered) = chosen(address).await;
    assert_eq!(held, "hote");
    let mut first: Vec<&String> = offered.iter().filter(|code| !code.is_empty()).take(2).collect();
    first.sort();
    let mut expected: Vec<&String> = codes.iter().collect();
    expected.sort();
    assert_eq!(first, expected);
    // The same one twice at once is refused; after its time it is not.
    let page = browser.post(&collectors, &[("collecteur", codes[1].as_str()), ("debut", "01/01/2027"), ("fin", "")]).await;
    page.refused(Status::Conflict, "ce collecteur est déjà noté pour ces jours");
    browser.post(&collectors, &[("collecteur", "inconnu"), ("debut", ""), ("fin", "")]).await.refused(Status::UnprocessableEntity, "n’existe pas");
    let id = text(app, &format!("SELECT id::text FROM collecte WHERE collecteur = '{}'", codes[1])).await;
    let closed = [("version", "1"), ("collecteur", codes[1].as_str()), ("debut", ""), ("fin", "31/12/2026")];
    assert_eq!(browser.post(&format!("{collectors}/{id}"), &closed).await.status, Status::SeeOther);
    assert_eq!(browser.post(&collectors, &[("collecteur", codes[1].as_str()), ("debut", "01/01/2027"), ("fin", "")]).await.status, Status::SeeOther);
    let name = text(app, &format!("SELECT nom::text FROM plateforme WHERE code = '{}'", codes[1])).await;
    let told = browser.get(&world.file()).await.ok().texts(".historique li");
    assert!(
        told[1].contains(&format!("« {name}, sans limite de dates » devient « {name}, jusqu")) && told[1].contains("au 31 décembre 2026 »"),
        "{told:?}"
    );
}

#[rocket::async_test]
async fn each_host_owes_the_stays_of_its_time() {
    let world = world().await;
    let app = &world.app;
    let browser = app.agent(LE_GOSIER).await;
    let state = "SELECT md5(concat_ws('|', (SELECT string_agg(reference || '/' || hebergeur_id, ';' ORDER BY reference) FROM logement),
        (SELECT string_agg(lh::text, ';' ORDER BY id) FROM ancien_hebergeur lh), (SELECT string_agg(r, ';' ORDER BY r) FROM hebergeur_commune hc, LATERAL (SELECT (to_jsonb(hc) - 'suivi')::text AS r) j)))";
    let before = text(app, state).await;
    let [first, second] = world.hosts;
    let of_first = world.declared(&browser, first).await;
    assert_eq!(of_first.1.len(), 5, "{of_first:?}");

    // What each would owe, before anything is done.
    let version = hidden(&browser.get(&format!("{}/hebergeur", world.file())).await.ok(), "version");
    let page = world.change(&browser, "victor nonodrim", "10/03/2026", &[("version", &version), ("faire", "verifier")]).await.ok();
    assert_eq!(told(&page), [sums(app, BEFORE).await, sums(app, AFTER).await]);
    let across = page.texts("main section ul li");
    assert_eq!(across.len(), 2, "{across:?}");
    assert!(
        across[0].contains("Z-cheval-percu") && across[0].contains("perçue le 13/03/2026") && across[0].ends_with("Victor Nonodrim"),
        "{across:?}"
    );
    assert!(
        across[1].contains("Z-cheval-arrivee") && across[1].contains("pas encore perçue") && across[1].ends_with("Hélène Zandronis"),
        "{across:?}"
    );
    assert!(!page.text().contains("Aucun séjour ne reste à"));
    // A year mistyped leaves the first host nothing, and the page says so.
    let page = world.change(&browser, "victor nonodrim", "10/03/2006", &[("version", &version), ("faire", "verifier")]).await.ok();
    assert!(page.text().contains("Aucun séjour ne reste à"), "{}", page.text());
    assert_eq!(text(app, state).await, before, "nothing is done before it is confirmed");

    let done = world.changed(&browser).await;
    assert_eq!(done.status, Status::SeeOther, "{}", done.text());
    let file = browser.get(&world.file()).await.ok();
    assert!(file.text().contains("Victor Nonodrim en est l’hébergeur à compter du 10 mars 2026"));
    assert!(file.texts("#hebergeurs-avant li")[0].contains("au 9 mars 2026 : Vente"));
    let told_here = &file.texts(".historique li")[0];
    assert!(
        told_here.contains("« Hélène Zandronis (HEB-900040) » devient « Victor Nonodrim (HEB-900041) »")
            && told_here.contains("à compter du 10 mars 2026"),
        "{told_here}"
    );

    // The year of each, and the list that it leads to, are the stays of its time.
    for (host, of, other) in [(first, BEFORE, "Logement LOG-900040 cédé"), (second, AFTER, "Logement LOG-900040 repris")] {
        let sql = format!(
            "SELECT coalesce(string_agg(reference, ' ' ORDER BY reference), '') FROM sejour WHERE reference IN {of} AND date_debut >= '2026-01-01'"
        );
        let (row, stays) = world.declared(&browser, host).await;
        assert_eq!(stays.join(" "), text(app, &sql).await);
        let sql = format!(
            "SELECT to_char(sum(montant_base + montant_departemental) / 100.0, 'FM999990D00') FROM sejour WHERE reference IN {of} AND date_debut >= '2026-01-01'"
        );
        assert!(row.contains(&text(app, &sql).await.replace('.', ",")), "{row}");
        let history = browser.get(&format!("/hebergeurs/{host}")).await.ok().texts(".historique li");
        assert!(history[0].contains(other), "{history:?}");
    }
    // A stay names who owes it, on its file and in the list; an export holds the same rows.
    for (reference, name) in [("Z-cheval-arrivee", "Hélène Zandronis"), ("Z-cheval-percu", "Victor Nonodrim")] {
        let id = text(app, &format!("SELECT id::text FROM sejour WHERE reference = '{reference}'")).await;
        assert!(browser.get(&format!("/sejours/{id}")).await.ok().texts("dl.fiche dd").contains(&name.to_string()), "{reference}");
        let rows = browser.get(&format!("/sejours?logement={}&colonnes=hebergeur", world.lodging)).await.ok().texts("#liste tbody tr");
        assert!(rows.iter().any(|row| row.contains(reference) && row.contains(name)), "{rows:?}");
    }
    browser.export("sejours", &format!("hebergeur={second}&statut=rejete&statut_sauf=1"), "csv_fr").await;
    app.run_jobs().await;
    assert_eq!(text(app, "SELECT etat || ' ' || lignes_ecrites FROM export").await, "pret 2", "the witness agrees");
    // Both filters at once have each their words.
    let both = browser.get(&format!("/sejours?logement={}&hebergeur={second}", world.lodging)).await.ok();
    assert!(both.text().contains("Kaz Wobli") && both.text().contains("Hébergeur : Victor Nonodrim"), "{}", both.text());
    let owed = format!("SELECT count(*)::text FROM sejour WHERE reference IN {AFTER} OR reference = 'Z-rejete'");
    assert_eq!(both.rows().len().to_string(), text(app, &owed).await, "those rejected too");

    // Another time for the same lodging begins after this one; the first host is still seen here, and its stays.
    let page = world.change(&browser, "HEB-900040", "10/03/2026", &[("version", "2"), ("faire", "verifier")]).await;
    page.refused(Status::UnprocessableEntity, "Donnez un jour qui vient après");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id WHERE h.numero = 'HEB-900040'").await, 0);
    assert_eq!(
        app.one::<i64>("SELECT count(*) FROM hebergeur_commune hc JOIN hebergeur h ON h.id = hc.hebergeur_id WHERE h.numero = 'HEB-900040'").await,
        1
    );
    // Undone by the file, once.
    let token = file.attributes("#hebergeurs-avant form input[name=jeton]", "value")[0].clone();
    browser.post(&format!("{}/hebergeur/annulation", world.file()), &[("jeton", &token)]).await;
    assert_eq!(text(app, state).await, before);
    assert_eq!(world.declared(&browser, first).await, of_first);
    browser.post(&format!("{}/hebergeur/annulation", world.file()), &[("jeton", &token)]).await;
    assert!(browser.get(&world.file()).await.ok().text().contains("il n’y a rien à annuler"));
}

#[rocket::async_test]
async fn a_change_is_made_once_over_what_was_seen_and_by_whom_it_is_for() {
    let world = world().await;
    let app = &world.app;
    let (browser, other) = (app.agent(LE_GOSIER).await, app.agent(LE_GOSIER).await);
    let version = hidden(&browser.get(&format!("{}/hebergeur", world.file())).await.ok(), "version");
    let with = async |host: &str, day: &str, faire: &str, vu: &str| {
        world.change(&browser, host, day, &[("version", &version), ("faire", faire), ("vu", vu)]).await
    };
    with("", "10/03/2026", "verifier", "").await.refused(Status::UnprocessableEntity, "donnez son numéro");
    with("HEB-900040", "10/03/2026", "verifier", "").await.refused(Status::UnprocessableEntity, "c’est déjà l’hébergeur");
    with("zzzqqq", "10/03/2026", "verifier", "").await.refused(Status::UnprocessableEntity, "aucun hébergeur de votre périmètre");
    with("HEB-900041", "10/03/2099", "verifier", "").await.refused(Status::UnprocessableEntity, "pas encore passé");
    with("HEB-900041", "31/02/2026", "confirmer", "").await.refused(Status::UnprocessableEntity, "n’est pas une date");
    app.run_sql("UPDATE hebergeur SET archive_le = '2026-06-01' WHERE numero = 'HEB-900041'").await;
    with("HEB-900041", "10/03/2026", "verifier", "").await.refused(Status::UnprocessableEntity, "sa fiche est archivée");
    app.run_sql("UPDATE hebergeur SET archive_le = NULL WHERE numero = 'HEB-900041'").await;
    // Confirmed without having been seen, or after a stay came in between: seen first.
    with("HEB-900041", "10/03/2026", "confirmer", "").await.refused(Status::Conflict, "Des séjours ont changé");
    let vu = hidden(&with("HEB-900041", "10/03/2026", "verifier", "").await.ok(), "vu");
    app.run_sql("UPDATE sejour SET montant_base = montant_base + 1 WHERE reference = 'Z-avant'").await;
    with("HEB-900041", "10/03/2026", "confirmer", &vu).await.refused(Status::Conflict, "Des séjours ont changé");
    let vu = hidden(&with("HEB-900041", "10/03/2026", "verifier", "").await.ok(), "vu");
    // The lodging was changed meanwhile: both hosts are shown.
    app.run_sql("UPDATE logement SET version = version + 1 WHERE reference = 'LOG-900040'").await;
    let page = with("HEB-900041", "10/03/2026", "confirmer", &vu).await;
    page.refused(Status::Conflict, "a été modifié entre-temps");
    assert!(page.text().contains("Hélène Zandronis (HEB-900040)") && page.text().contains("Victor Nonodrim (HEB-900041)"));
    assert_eq!(app.one::<i64>("SELECT count(*) FROM ancien_hebergeur").await, 0);

    // Two at once: one is made, the other is shown what became of it.
    let version = hidden(&page, "version");
    let form = [("version", version.as_str()), ("faire", "confirmer"), ("vu", vu.as_str())];
    let (one, two) =
        rocket::tokio::join!(world.change(&browser, "HEB-900041", "10/03/2026", &form), world.change(&other, "HEB-900041", "10/03/2026", &form));
    assert_eq!([one.status, two.status], [Status::SeeOther; 2], "{} {}", one.text(), two.text());
    assert_eq!(app.one::<i64>("SELECT count(*) FROM ancien_hebergeur").await, 1);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'logement' AND detail ? 'changement_le'").await, 1);
    // A stale way back undoes nothing; nor does anybody of elsewhere.
    browser.post(&format!("{}/hebergeur/annulation", world.file()), &[("jeton", &version)]).await;
    assert!(browser.get(&world.file()).await.ok().text().contains("rien n’est annulé"));
    let stranger = app.agent(GRAND_SUD).await;
    for path in ["hebergeur", "hebergeur/annulation"] {
        let page = stranger
            .post(&format!("{}/{path}", world.file()), &[("jeton", "3"), ("hebergeur_id", "HEB-900040"), ("jour", "11/04/2026"), ("motif", "x")])
            .await;
        assert_eq!(page.status, Status::NotFound);
    }
    assert_eq!(stranger.get(&format!("{}/hebergeur", world.file())).await.status, Status::NotFound);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM ancien_hebergeur").await, 1);
}

#[rocket::async_test]
async fn a_merge_takes_the_time_of_former_lodgings_along() {
    let world = world().await;
    let app = &world.app;
    let browser = app.agent(LE_GOSIER).await;
    let [first, _] = world.hosts;
    world.changed(&browser).await;
    app.run_sql("INSERT INTO hebergeur (numero, nom, type, inscrit_le) VALUES ('HEB-900042', 'Helene Zandronis', 'particulier', '2024-01-01')").await;
    app.run_sql("INSERT INTO hebergeur_commune SELECT '97113', id, nom, inscrit_le, type FROM hebergeur WHERE numero = 'HEB-900042'").await;
    app.run_sql(&format!(
        "INSERT INTO note (liste, cle, texte, auteur_id, jeton) SELECT 'hebergeurs', {first}, 'x', {}, repeat('n', 20)",
        browser.user_id
    ))
    .await;
    let kept: i64 = app.one("SELECT id FROM hebergeur WHERE numero = 'HEB-900042'").await;
    // But for the number of the writing: what is undone is written too.
    let state = "SELECT md5(concat_ws('|', (SELECT string_agg(lh::text, ';' ORDER BY id) FROM ancien_hebergeur lh), (SELECT string_agg((to_jsonb(hc) - 'suivi')::text, ';' ORDER BY hc.code_insee, hc.hebergeur_id) FROM hebergeur_commune hc)))";
    let before = text(app, state).await;
    let page = browser.get(&format!("/hebergeurs/{kept}/fusion?avec={first}")).await.ok();
    assert!(page.text().contains("Les séjours qu’elle doit d’un ancien logement passent aussi. 1 note reste sur sa fiche"), "{}", page.text());
    let mut form: Vec<(&str, String)> =
        vec![("avec", first.to_string()), ("version", hidden(&page, "version")), ("version_avec", hidden(&page, "version_avec"))];
    form.push(("nom", "gardee".into()));
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(browser.post(&format!("/hebergeurs/{kept}/fusion"), &form).await.status, Status::SeeOther);
    let (_, stays) = world.declared(&browser, kept).await;
    assert_eq!(stays, ["Z-avant", "Z-avant-percu-apres", "Z-cheval-arrivee"]);
    assert_eq!(world.declared(&browser, first).await.1, Vec::<String>::new());
    // What changed hands since is not undone by the merge, even when it came back: those times are somebody's.
    let lodging = text(app, "SELECT logement_id::text FROM ancien_hebergeur LIMIT 1").await;
    let merged = text(app, state).await;
    app.run_sql(&format!("UPDATE ancien_hebergeur SET fin = fin + 1 WHERE logement_id = {lodging}")).await;
    let refused = text(app, state).await;
    browser.post(&format!("/hebergeurs/{first}/fusion/annulation"), &[]).await;
    assert_eq!(text(app, state).await, refused, "nothing is undone");
    app.run_sql(&format!("UPDATE ancien_hebergeur SET fin = fin - 1 WHERE logement_id = {lodging}")).await;
    assert_eq!(text(app, state).await, merged);
    assert_eq!(browser.post(&format!("/hebergeurs/{first}/fusion/annulation"), &[]).await.status, Status::SeeOther);
    assert_eq!(text(app, state).await, before);
    assert_eq!(world.declared(&browser, first).await.1, stays);
}

#[rocket::async_test]
async fn nothing_lets_a_lodging_whose_host_is_archived() {
    let world = world().await;
    let app = &world.app;
    let browser = app.agent(LE_GOSIER).await;
    app.run_sql("UPDATE logement SET actif = false, nom = nom || ' Quisqueyol' WHERE reference IN ('LOG-900040', 'LOG-900041')").await;
    app.run_sql("UPDATE hebergeur SET archive_le = '2026-06-01' WHERE numero = 'HEB-900040'").await;
    let let_again = "SELECT count(*) FROM logement WHERE reference = 'LOG-900040' AND actif";
    // By its cell, by its form, by an action on many rows: each says why.
    let address = format!("{}/champs/actif", world.file());
    let page = browser.post(&address, &[("valeur", "true"), ("version", "1")]).await;
    page.refused(Status::Conflict, "la fiche de l’hébergeur est archivée");
    let form = browser.get(&format!("{}/modifier", world.file())).await.ok();
    let mut fields: Vec<(String, String)> = Vec::new();
    for name in form.attributes("form[data-fiche] input", "name") {
        fields.push((name.clone(), form.attributes(&format!("form[data-fiche] input[name='{name}']"), "value").first().cloned().unwrap_or_default()));
    }
    for name in ["nature_id", "categorie_id"] {
        fields.push((name.into(), form.attributes(&format!("#{name} option[selected]"), "value")[0].clone()));
    }
    fields.push(("actif".into(), "true".into()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(&format!("{}/modifier", world.file()), &fields).await.refused(Status::UnprocessableEntity, "la fiche de l’hébergeur est archivée");
    let asked = [("requete", "q=900040"), ("action", "remettre"), ("etendue", "filtre")];
    let page = browser.post("/logements/actions", &asked).await.ok();
    assert!(page.text().contains("Retiré, hébergeur archivé") && page.text().contains("reste retiré"), "{}", page.text());
    assert!(page.attributes("main form[data-confirmation]", "action").is_empty(), "nothing to confirm");
    // Beside another, that one alone.
    let both = [("requete", "q=quisqueyol&actif=false"), ("action", "remettre"), ("etendue", "filtre")];
    let page = browser.post("/logements/actions", &both).await.ok();
    assert!(page.texts("h1")[0].starts_with("Remettre en location 1 logement"), "{:?}", page.texts("h1"));
    let token = page.attributes("main form[data-confirmation] input[name=jeton]", "value")[0].clone();
    browser.post("/actions", &[("jeton", &token)]).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM logement WHERE reference = 'LOG-900041' AND actif").await, 1);
    assert_eq!(app.one::<i64>(let_again).await, 0);
    let action: String = app.one("SELECT concat_ws('/', retenues, refusees, modifiees) FROM action ORDER BY id DESC LIMIT 1").await;
    assert_eq!(action, "1/1/1");
    // What comes between the look and the write is held by the base.
    app.run_sql("UPDATE logement SET actif = true WHERE reference = 'LOG-900040'").await;
    assert_eq!(app.one::<i64>(let_again).await, 0);
    // Archived hosts are marked where one is chosen and listed.
    assert!(browser.get("/logements/choisir/hebergeur_id?hebergeur_id=HEB-900040").await.ok().text().contains("Hélène Zandronis (archivé)"));
    assert!(browser.get("/hebergeurs?q=heb900040").await.ok().texts("#liste tbody tr")[0].contains("Archivé"));
    // Once it works again, the lodging is let.
    app.run_sql("UPDATE hebergeur SET archive_le = NULL WHERE numero = 'HEB-900040'").await;
    let version = text(app, "SELECT version::text FROM logement WHERE reference = 'LOG-900040'").await;
    assert_eq!(browser.post(&address, &[("valeur", "true"), ("version", &version)]).await.status, Status::SeeOther);
    assert_eq!(app.one::<i64>(let_again).await, 1);
}

#[rocket::async_test]
async fn an_expired_classification_is_category_nine_from_the_night_after() {
    let world = world().await;
    let app = &world.app;
    let browser = app.agent(LE_GOSIER).await;
    app.run_sql("UPDATE logement SET classe_le = '2021-05-31', classe_jusqu_au = '2026-05-31' WHERE reference = 'LOG-900040'").await;
    let form: Vec<(&str, &str)> = STAY.iter().copied().chain([("collecteur", "hote"), ("prix_nuit", "100")]).collect();
    let page = browser.post("/sejours/nouveau", &form).await;
    assert_eq!(page.status, Status::SeeOther, "{}", page.text());
    // Nights of 30 and 31 May in its category, that of 1 June without: half of 100 € for each of two, at the rate, capped.
    let expected: i64 = app
        .one(
            "WITH d AS (SELECT d.id FROM deliberation d JOIN deliberation_commune c ON c.deliberation_id = d.id WHERE c.code_insee = '97113' AND d.annee = 2026)
             SELECT 2 * 2 * (SELECT valeur FROM tarif, d WHERE deliberation_id = d.id AND categorie_id = 4)
                 + 2 * least((SELECT round(5000 * valeur / 10000.0) FROM tarif, d WHERE deliberation_id = d.id AND categorie_id = 9)::bigint,
                             (SELECT max(valeur) FROM tarif, d WHERE deliberation_id = d.id AND categorie_id < 9))",
        )
        .await;
    assert_eq!(app.one::<i64>("SELECT montant_base FROM sejour WHERE calcul IS NOT NULL").await, expected);
    assert!(browser.get(&world.file()).await.ok().text().contains("Taxé sans classement (catégorie 9) depuis la nuit du 1er juin 2026"));
}
