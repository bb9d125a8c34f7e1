//! From a list to the files of its rows: the files before and after are those of the list, in its order
//! and within the rights; « Valider et suivant » writes one and leads to the next; the trail leads back.

use rocket::http::Status;

use crate::support::app::{GRAND_SUD, LE_GOSIER, REJECTED};
use crate::support::{App, Browser, Page};

/// The file of the first row, as a browser opens it from the list.
async fn open_first(browser: &Browser<'_>, list: &str) -> (Page, Vec<String>) {
    let page = browser.get(list).await.ok();
    let rows = page.rows();
    let address = page.attributes("#liste tbody tr:first-child th a", "href")[0].clone();
    let referrer = format!("http://localhost{list}");
    (browser.get_with(&address, &[("Referer", &referrer)]).await.ok(), rows)
}

fn link(page: &Page, id: &str) -> Option<String> {
    page.attributes(&format!("a#{id}"), "href").first().cloned()
}

/// Key of the file at `address`.
fn key(address: &str) -> String {
    address.split('?').next().and_then(|path| path.rsplit('/').next()).unwrap_or_default().to_string()
}

#[rocket::async_test]
async fn the_next_file_is_the_next_row_whatever_the_question() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    for list in [
        "/sejours",
        "/sejours?tri=montant",
        "/sejours?statut=a_verifier&tri=-montant&taille=100&colonnes=statut",
        "/sejours?tri=perception&statut=valide",
        "/sejours?q=villa",
        "/sejours?commune=97113&collecteur=hote&tri=debut",
        "/logements?tri=nom",
        "/logements?tri=-capacite&actif=true",
        "/hebergeurs?tri=nom",
        "/hebergeurs?type=particulier&tri=-inscription",
    ] {
        let (mut file, rows) = open_first(&browser, list).await;
        assert!(rows.len() > 3, "{list}: {} rows", rows.len());
        assert_eq!(link(&file, "f-precedent"), None, "{list}: nothing before the first");
        let mut walked = vec![rows[0].clone()];
        let mut before = None;
        for _ in 1..rows.len().min(8) {
            let next = link(&file, "f-suivant").unwrap_or_else(|| panic!("{list}: no next after {walked:?}"));
            before = Some((walked.last().cloned(), next.clone()));
            walked.push(key(&next));
            file = browser.get(&next).await.ok();
        }
        assert_eq!(walked, rows[..walked.len()], "{list}");
        // And back again.
        let (expected, _) = before.expect("walked");
        assert_eq!(link(&file, "f-precedent").map(|address| key(&address)), expected, "{list}");
        // The list that the trail leads to has the row, and the same question.
        let back = link(&file, "f-liste").expect("a way back");
        let (address, anchor) = back.split_once('#').expect("an anchor");
        assert_eq!(anchor, format!("l-{}", walked[walked.len() - 1]));
        let again = browser.get(address).await.ok();
        assert_eq!(again.rows()[0], walked[walked.len() - 1], "{list}: {address}");
        assert_eq!(again.texts("#liste caption"), browser.get(list).await.ok().texts("#liste caption"), "{list}: the same filters and sort");
    }
}

#[rocket::async_test]
async fn the_last_row_has_nothing_after_and_a_person_from_elsewhere_no_neighbours() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let last = browser.get("/sejours?statut=conteste&fin=1").await.ok().rows().last().cloned().expect("rows");
    let file = browser.get(&format!("/sejours/{last}?de=statut%3Dconteste")).await.ok();
    assert_eq!(link(&file, "f-suivant"), None);
    assert!(link(&file, "f-precedent").is_some());
    for (address, referrer) in [
        (format!("/sejours/{last}"), "http://localhost/"),
        (format!("/sejours/{last}"), "http://localhost/logements?tri=nom"),
        (format!("/sejours/{last}"), "http://localhost/sejours?statut=inconnu"),
        (format!("/sejours/{last}"), "pas une adresse"),
        (format!("/sejours/{last}?de=statut%3Dinconnu"), "http://localhost/sejours"),
        (format!("/sejours/{last}?de=%00%FF"), "http://localhost/sejours"),
    ] {
        let file = browser.get_with(&address, &[("Referer", referrer)]).await.ok();
        assert_eq!((link(&file, "f-suivant"), link(&file, "f-liste")), (None, None), "{address} from {referrer}");
        assert_eq!(file.attributes(".fil a", "href")[0], "/sejours");
    }
}

#[rocket::async_test]
async fn neighbours_stay_within_the_rights() {
    let app = App::new().await;
    let (here, elsewhere) = (app.agent(LE_GOSIER).await, app.agent(GRAND_SUD).await);
    let (_, rows) = open_first(&here, "/sejours").await;
    let outside: String = app.one("SELECT min(id)::text FROM sejour WHERE code_insee = '97105'").await;
    assert_eq!(here.get(&format!("/sejours/{outside}?de=")).await.status, Status::NotFound);
    // A question about communes that are not the reader's leads to none of their rows.
    let file = elsewhere.get(&format!("/sejours/{outside}?de=commune%3D97113")).await.ok();
    for id in ["f-suivant", "f-precedent"] {
        assert!(link(&file, id).is_none_or(|address| !rows.contains(&key(&address))));
    }
}

#[rocket::async_test]
async fn validating_leads_to_the_next_file_and_can_be_taken_back_there() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let (mut file, rows) = open_first(&browser, "/sejours?statut=a_verifier&tri=-montant").await;
    for place in 0..3 {
        let hidden = |name: &str| file.attributes(&format!(".voisins form input[name={name}]"), "value")[0].clone();
        let form = [("statut", hidden("statut")), ("version", hidden("version")), ("suite", hidden("suite")), ("de", hidden("de"))];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = browser.post(&format!("/sejours/{}/statut", rows[place]), &form).await;
        assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
        let next = answer.header("Location").expect("a place to go");
        assert_eq!(key(&next), rows[place + 1], "in the order of the list, though the row has left its filter");
        file = browser.get(&next).await.ok();
        assert!(
            file.text().contains("C’est enregistré") && !file.attributes(".message form input[name=jeton]", "value").is_empty(),
            "what was done is said on the next file"
        );
    }
    let valid: Vec<String> = sqlx::query_scalar("SELECT id::text FROM sejour WHERE version = 2 AND statut = 'valide' ORDER BY montant DESC, id DESC")
        .fetch_all(app.pool())
        .await
        .expect("rows");
    assert_eq!(valid, rows[..3]);

    // Somebody came first: nothing is written, both values are shown, and the way goes on from there.
    let form = [("statut", "valide"), ("version", "1"), ("suite", "suivant"), ("de", "statut=a_verifier&tri=-montant")];
    let path = format!("/sejours/{}/statut", rows[3]);
    let other = app.agent(LE_GOSIER).await;
    assert_eq!(other.post(&path, &[("statut", "rejete"), ("motif", REJECTED), ("version", "1")]).await.status, Status::SeeOther);
    let clash = browser.post(&path, &form).await;
    clash.refused(Status::Conflict, "modifié entre-temps");
    assert_eq!(key(&clash.attributes("input[name=retour]", "value")[0]), rows[4]);

    // After the last one, the list.
    let last = browser.get("/sejours?statut=a_verifier&tri=-montant&fin=1").await.ok().rows().last().cloned().expect("rows");
    let end = browser.post(&format!("/sejours/{last}/statut"), &form).await;
    assert!(end.header("Location").is_some_and(|place| place.starts_with("/sejours?statut=a_verifier")), "{:?}", end.header("Location"));
    // Without a list, the file itself.
    let alone = browser.post(&format!("/sejours/{}/statut", rows[5]), &[("statut", "valide"), ("version", "1")]).await;
    assert_eq!(alone.header("Location"), Some(format!("/sejours/{}", rows[5])));
}

/// The file tells who changed what, one by one and in bulk, in words; readings are left out.
#[rocket::async_test]
async fn a_file_tells_its_history_in_words() {
    let app = App::new().await;
    let (browser, other) = (app.agent(LE_GOSIER).await, app.agent(LE_GOSIER).await);
    let id: i64 = app.one("SELECT min(id) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier'").await;
    let history = async |path: &str| browser.get(path).await.ok().texts(".historique li");
    let file = format!("/sejours/{id}");
    assert!(history(&file).await.is_empty());
    let form = [("statut", "rejete"), ("motif", REJECTED), ("precision", "voir la mairie"), ("version", "1")];
    assert_eq!(browser.post(&format!("{file}/statut"), &form).await.status, Status::SeeOther);
    let told = history(&file).await;
    assert_eq!(told.len(), 1);
    let words = "Personne agent : Statut : « À vérifier » devient « Rejeté » ; Motif : non renseigné devient « Déclaré deux fois : voir la mairie »";
    assert!(told[0].contains(words), "{}", told[0]);

    // Many rows at once, and taken back: two more lines, the last first, each with its action.
    let page = other.post("/sejours/actions", &[("requete", "statut=rejete"), ("action", "a_verifier"), ("etendue", "filtre")]).await.ok();
    let token = page.attributes("input[name=jeton]", "value")[0].clone();
    assert_eq!(other.post("/actions", &[("jeton", &token)]).await.status, Status::SeeOther);
    let action: i64 = app.one("SELECT max(id) FROM action").await;
    let told = history(&file).await;
    assert_eq!(told.len(), 2);
    assert!(told[0].contains("« Rejeté » devient « À vérifier »") && told[0].contains(&format!("action n° {action}")), "{}", told[0]);
    // Its page is not this reader's: named, not linked.
    assert!(browser.get(&file).await.ok().attributes(".historique a", "href").is_empty());
    assert_eq!(other.get(&file).await.ok().attributes(".historique a", "href"), [format!("/actions/{action}")]);
    other.post(&format!("/actions/{action}/annulation"), &[]).await;
    let told = history(&file).await;
    assert_eq!(told.len(), 3);
    assert!(told[0].contains("« À vérifier » devient « Rejeté »") && told[0].contains("annulation"), "{}", told[0]);

    // A lodging, whose value is a number of a reference table; a host, whose readings are in the journal too.
    let lodging: i64 = app.one("SELECT min(id) FROM logement WHERE code_insee = '97113' AND nature_id <> 2").await;
    let nature: String = app.one("SELECT libelle::text FROM nature WHERE id = 2").await;
    assert_eq!(browser.post(&format!("/logements/{lodging}/champs/nature"), &[("valeur", "2"), ("version", "1")]).await.status, Status::SeeOther);
    let told = history(&format!("/logements/{lodging}")).await;
    assert!(told.len() == 1 && told[0].contains(&format!("devient « {nature} »")), "{told:?}");
    let host: i64 = app.one("SELECT min(hebergeur_id) FROM logement WHERE code_insee = '97113'").await;
    let path = format!("/hebergeurs/{host}");
    assert!(history(&path).await.is_empty() && history(&path).await.is_empty(), "readings are no changes");
    assert_eq!(browser.post(&format!("{path}/champs/courriel"), &[("valeur", "un@exemple.gp"), ("version", "1")]).await.status, Status::SeeOther);
    let told = history(&path).await;
    assert!(told.len() == 1 && told[0].contains("« un@exemple.gp »"), "{told:?}");
}

/// What was declared for a host: that of the reader's communes, this year and the one before, without what was rejected; the
/// link opens as many rows.
#[rocket::async_test]
async fn a_host_s_file_tells_what_was_declared() {
    let app = App::new().await;
    // One host with lodgings in two perimeters.
    app.run_sql("UPDATE logement SET hebergeur_id = (SELECT hebergeur_id FROM logement WHERE code_insee = '97113' ORDER BY id LIMIT 1) WHERE id IN (SELECT logement_id FROM sejour WHERE code_insee IN ('97113', '97105') AND date_debut >= '2025-01-01')").await;
    app.run_sql("UPDATE sejour SET statut = 'rejete' WHERE id % 7 = 0").await;
    let host: i64 = app.one("SELECT hebergeur_id FROM logement WHERE code_insee = '97113' ORDER BY id LIMIT 1").await;
    let agent = app.agent(LE_GOSIER).await;
    let page = agent.get(&format!("/hebergeurs/{host}")).await.ok();
    let mut shown = 0;
    for year in [2026, 2025] {
        let sql = format!(
            "SELECT count(*), coalesce(sum(s.nb_personnes * (s.date_fin - s.date_debut)), 0)::bigint, coalesce(sum(s.montant_base + s.montant_departemental), 0)::bigint
             FROM sejour s JOIN logement l ON l.id = s.logement_id WHERE l.hebergeur_id = {host} AND s.code_insee = '97113' AND s.statut <> 'rejete'
               AND extract(year FROM s.date_debut) = {year}"
        );
        let (stays, nights, cents): (i64, i64, i64) = sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_one(app.pool()).await.expect("sums");
        let row = page.texts("main table.liste tbody tr").into_iter().find(|row| row.contains(&year.to_string())).expect("a year");
        let digits: String = row.chars().filter(|sign| sign.is_ascii_digit() || *sign == ',').collect();
        assert!(digits.starts_with(&format!("{year}{stays}{nights}{},{:02}", cents / 100, cents % 100)), "{year}: {row} / {stays} {nights} {cents}");
        shown += stays;
        let address =
            page.attributes("main table.liste tbody a", "href").into_iter().find(|href| href.contains(&format!("debut_min={year}"))).expect("a link");
        let rows = agent.get(&format!("{address}&taille=200")).await.ok().rows().len();
        assert_eq!(i64::try_from(rows).expect("a page"), stays.min(200), "{address}");
    }
    assert!(shown > 3, "too few stays to prove anything: {shown}");
}
