//! Rows of every kind entered and corrected: each value as people type it, nothing typed lost, nothing written elsewhere.

use rocket::http::Status;

use super::{GARDEL, MONTAGNE, OF_GARDEL, salle, texts, works_at};
use crate::support::{App, Browser, Page};

/// A form: what it holds, by name.
fn held(page: &Page) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for name in page.attributes("form[data-fiche] input", "name") {
        fields.push((name.clone(), page.attributes(&format!("form[data-fiche] input[name='{name}']"), "value").concat()));
    }
    for name in page.attributes("form[data-fiche] select", "name") {
        let chosen = page.attributes(&format!("form[data-fiche] select[name='{name}'] option[selected]"), "value").concat();
        fields.push((name, chosen));
    }
    fields
}

/// The same with other values.
pub(super) fn with<'a>(held: &'a [(String, String)], changes: &'a [(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = held.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(|(name, _)| !changes.iter().any(|(one, _)| one == name));
    kept.chain(changes.iter().copied()).collect()
}

async fn place(app: &App, siren: &str) -> String {
    texts(app, &format!("SELECT id::text FROM collectivite WHERE siren = '{siren}'")).await.concat()
}

/// A row as the base holds it.
async fn stored(app: &App, reference: &str) -> Vec<Option<String>> {
    let columns = "nom, observations, brix, tonnage, camions, montant, jour, campagne, duree, etat, courriel, telephone, siret";
    let cells: Vec<String> = columns.split(", ").map(|column| format!("{column}::text")).collect();
    let sql = format!("SELECT ARRAY[{}] FROM essai_livraison WHERE reference = '{reference}'", cells.join(", "));
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(app.pool()).await.expect("a row")
}

const TYPED: &[(&str, &str)] = &[
    ("reference", "N1"),
    ("nom", "Anaïs"),
    ("observations", "Une ligne\r\net \"l’autre\""),
    ("brix", "12,34 °Brix"),
    ("tonnage", "1 234,5"),
    ("camions", "12"),
    ("montant", "1 000,50"),
    ("jour", "1er mars 2026"),
    ("campagne", "mars 2026"),
    ("duree", "1 h 05"),
    ("etat", "payee"),
    ("courriel", "Anais@Exemple.GP"),
    ("telephone", "+590 690 12 34 56"),
    ("siret", "130 025 265 00013"),
];

/// What each of them is in the base.
const KEPT: [&str; 13] = [
    "Anaïs",
    "Une ligne\net \"l’autre\"",
    "1234",
    "1234500",
    "12",
    "100050",
    "2026-03-01",
    "2026-03-01",
    "65",
    "payee",
    "anais@exemple.gp",
    "06 90 12 34 56",
    "13002526500013",
];

pub(super) async fn form(browser: &Browser<'_>, path: &str) -> Vec<(String, String)> {
    held(&browser.get(path).await.ok())
}

#[rocket::async_test]
async fn a_row_of_every_kind_is_entered_as_people_type_it() {
    let app = salle().await;
    let browser = works_at(&app, &[GARDEL]).await;
    // Kept, then seen at once: the counter of the mill is that of its readers, and of nobody else.
    let before = browser.get("/livraisons").await.ok();
    assert!(!before.text().contains(">N1<"));
    let empty = form(&browser, "/livraisons/nouveau").await;
    assert!(
        empty.iter().any(|(name, value)| name == "collectivite_id" && !value.is_empty()),
        "the only mill of the person is there already: {empty:?}"
    );
    let page = browser.post("/livraisons/nouveau", &with(&empty, TYPED)).await;
    assert_eq!(page.status, Status::SeeOther, "{:?}", page.texts(".erreur-champ"));
    assert_eq!(stored(&app, "N1").await, KEPT.map(|text| Some(text.to_string())).to_vec());
    assert!(browser.get("/livraisons?q=anais").await.ok().text().contains("N1"));
    assert_eq!(browser.get("/livraisons?jour_min=2026-03-01&jour_max=2026-03-01&taille=200").await.ok().text().matches(">N1<").count(), 1);
    let place = place(&app, GARDEL).await;
    assert_eq!(texts(&app, "SELECT code_insee FROM version_donnees WHERE domaine = 'essais'").await, [format!("c:{place}")]);
    assert_eq!(texts(&app, "SELECT collectivite_id::text FROM journal WHERE objet = 'livraison'").await, [place], "as the line of the journal");

    // The form of the row holds each value as it is typed: sent back as it is, it changes nothing.
    let key = texts(&app, "SELECT id::text FROM essai_livraison WHERE reference = 'N1'").await.concat();
    let path = format!("/livraisons/{key}/modifier");
    let page = browser.get(&path).await.ok();
    let mut same = held(&page);
    let lines = page.texts("form[data-fiche] textarea[name=observations]").concat();
    assert_eq!(lines, "Une ligne et \"l'autre\"");
    for (name, value) in [("brix", "12,34"), ("tonnage", "1234,500"), ("montant", "1000,50"), ("jour", "01/03/2026"), ("campagne", "mars 2026")] {
        assert!(same.iter().any(|(known, shown)| known == name && shown == value), "{name}: {same:?}");
    }
    same.push(("observations".into(), "Une ligne\r\net \"l’autre\"".into()));
    let answer = browser.post(&path, &with(&same, &[])).await;
    assert_eq!(answer.status, Status::SeeOther, "{:?}", answer.texts(".erreur-champ"));
    assert_eq!(texts(&app, "SELECT version::text FROM essai_livraison WHERE reference = 'N1'").await, ["1"]);
    // Corrected, told in the journal by its words, and taken back.
    let changes = [("brix", "9"), ("campagne", "04/2026"), ("duree", "45 min"), ("observations", "")];
    assert_eq!(browser.post(&path, &with(&same, &changes)).await.status, Status::SeeOther);
    let row = stored(&app, "N1").await;
    assert_eq!([&row[1], &row[2], &row[7], &row[8]].map(Option::as_deref), [None, Some("900"), Some("2026-04-01"), Some("45")]);
    // Over an older version: both values, in words.
    let answer = browser.post(&path, &with(&same, &[("brix", "11,5")])).await;
    answer.refused(Status::Conflict, "modifiée entre-temps");
    assert_eq!(stored(&app, "N1").await, row);
}

#[rocket::async_test]
async fn what_is_wrong_is_said_and_nothing_typed_is_lost() {
    let app = salle().await;
    let browser = works_at(&app, &[GARDEL]).await;
    let empty = form(&browser, "/livraisons/nouveau").await;
    for (name, typed, words) in [
        ("reference", "", "elle est obligatoire"),
        ("reference", "une référence bien trop longue", "dépasse 20 caractères"),
        ("nom", "deux\nlignes", "signes illisibles"),
        ("observations", &"x".repeat(201), "dépasse 200 caractères"),
        ("brix", "12,345", "2 chiffres au plus après la virgule"),
        ("brix", "douze", "n’est pas un nombre"),
        ("brix", "90,01", "de 0,00 °Brix à 90,00 °Brix"),
        ("tonnage", "0", "de 0,001 t à"),
        ("tonnage", "1,2345", "a 4 chiffres après la virgule"),
        ("camions", "1,5", "nombre entier de 1 à 99"),
        ("montant", "12,345", "deux façons"),
        ("montant", "-1", "Donnez un montant"),
        ("jour", "31/02/2026", "février 2026 va du 1er au 28"),
        ("jour", "24/11/2026", "pas encore passé"),
        ("campagne", "15/03/2026", "il a un jour"),
        ("campagne", "13/2026", "pas de mois 13"),
        ("duree", "65", "65 min ou 65 h"),
        ("duree", "25 h", "durée de 0 min à 24 h 00"),
        ("etat", "mangée", "n’existe pas"),
        ("courriel", "anais", "courriel complet"),
        ("telephone", "12", "numéro de téléphone"),
        ("siret", "13002526500014", "sa clé ne correspond pas"),
    ] {
        let changes: Vec<(&str, &str)> = TYPED.iter().map(|(known, value)| if *known == name { (name, typed) } else { (*known, *value) }).collect();
        let page = browser.post("/livraisons/nouveau", &with(&empty, &changes)).await;
        assert_eq!(page.status, Status::UnprocessableEntity, "{name} {typed}");
        let told = page.texts(".erreur-champ").concat().replace(['\u{a0}', '\u{202f}'], " ").to_lowercase();
        assert!(told.contains(&words.replace('’', "'").to_lowercase()), "{name} {typed}: {told}");
        let again = held(&page);
        for (other, value) in changes.iter().filter(|(other, _)| !["observations", "etat"].contains(other)) {
            // A field of one line has no line end to give back.
            let value = value.replace('\n', "");
            assert!(again.iter().any(|(known, shown)| known == other && shown.replace('\n', "") == value), "{name} {typed}: {other} lost: {again:?}");
        }
        if name != "observations" {
            assert_eq!(page.texts("form[data-fiche] textarea[name=observations]"), ["Une ligne et \"l'autre\""], "{name}");
        }
    }
    assert_eq!(texts(&app, "SELECT count(*)::text FROM essai_livraison").await, ["200"]);
    let taken: Vec<(&str, &str)> = TYPED.iter().map(|(known, value)| (*known, if *known == "reference" { "L0001" } else { value })).collect();
    browser.post("/livraisons/nouveau", &with(&empty, &taken)).await.refused(Status::Conflict, "Cette référence est prise");
}

#[rocket::async_test]
async fn nobody_writes_in_another_place() {
    let app = salle().await;
    let (gardel, montagne) = (works_at(&app, &[GARDEL]).await, works_at(&app, &[MONTAGNE]).await);
    let theirs = place(&app, MONTAGNE).await;
    let empty = form(&gardel, "/livraisons/nouveau").await;
    let forged: Vec<(&str, &str)> = TYPED.iter().copied().chain([("collectivite_id", theirs.as_str())]).collect();
    gardel.post("/livraisons/nouveau", &with(&empty, &forged)).await.refused(Status::UnprocessableEntity, "n’existe pas");
    let key = texts(&app, &format!("SELECT id::text FROM essai_livraison WHERE {OF_GARDEL} ORDER BY id LIMIT 1")).await.concat();
    let path = format!("/livraisons/{key}/modifier");
    let own = form(&gardel, &path).await;
    assert_eq!(montagne.get(&path).await.status, Status::NotFound);
    assert_eq!(montagne.post(&path, &with(&own, &[("nom", "Autre")])).await.status, Status::NotFound);
    assert_eq!(texts(&app, "SELECT count(*)::text FROM essai_livraison WHERE version > 1").await, ["0"]);
    // Both mills: the one of a new row is chosen, and each is told to its own readers.
    let both = works_at(&app, &[GARDEL, MONTAGNE]).await;
    let empty = form(&both, "/livraisons/nouveau").await;
    both.post("/livraisons/nouveau", &with(&empty, TYPED)).await.refused(Status::UnprocessableEntity, "Usine");
    let seen = montagne.get("/livraisons?taille=200").await.ok();
    assert!(!seen.text().contains(">N1<"));
    assert_eq!(both.post("/livraisons/nouveau", &with(&empty, &forged)).await.status, Status::SeeOther);
    assert!(montagne.get("/livraisons?taille=200").await.ok().text().contains(">N1<"), "what was kept for them is made anew");
}
