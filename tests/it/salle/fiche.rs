//! The page of a row, made from its record: each value in words, what may be done by whom, what happened to it.

use rocket::http::Status;

use super::saisie::{form, with};
use super::{GARDEL, MONTAGNE, salle, texts, works_at};
use crate::support::{App, Page};

async fn key(app: &App, reference: &str) -> String {
    texts(app, &format!("SELECT id::text FROM essai_livraison WHERE reference = '{reference}'")).await.concat()
}

/// Label and value of each fact.
fn facts(page: &Page) -> Vec<(String, String)> {
    let plain = |text: String| text.replace(['\u{a0}', '\u{202f}'], " ").trim().to_string();
    page.texts("dl.fiche dt").into_iter().zip(page.texts("dl.fiche dd")).map(|(label, value)| (plain(label), plain(value))).collect()
}

#[rocket::async_test]
async fn a_row_is_told_in_words() {
    let app = salle().await;
    let gardel = works_at(&app, &[GARDEL]).await;
    let page = gardel.get(&format!("/livraisons/{}", key(&app, "L0001").await)).await.ok();
    assert_eq!(page.texts("h1"), ["L0001"]);
    assert_eq!(page.texts(".titre-page .badge"), ["Écartée"], "its state, beside its name");
    // From the statement that fills the table, by hand.
    let expected = [
        ("Usine", "Usine de Gardel"),
        ("Référence", "L0001"),
        ("Planteur", "Zénon 1"),
        ("Observations", "Ligne 1 de 1ligne 2; \"cannes\", =1+1"),
        ("Richesse", "9,07 °Brix"),
        ("Tonnage", "1,238 t"),
        ("Camions", "2"),
        ("Montant", "4,91 €"),
        ("Jour", "02/02/2026"),
        ("Campagne", "février 2026"),
        ("Attente", "13 min"),
        ("État", "Écartée"),
        ("Courriel", "non renseigné"),
        ("Téléphone", "non renseigné"),
        ("SIRET", "non renseigné"),
    ];
    assert_eq!(facts(&page), expected.map(|(label, value)| (label.to_string(), value.to_string())));
    // What can be called or written to is.
    let page = gardel.get(&format!("/livraisons/{}", key(&app, "L0006").await)).await.ok();
    assert_eq!(page.attributes("dl.fiche a", "href"), ["mailto:planteur6@exemple.gp", "tel:+590690123406"]);
    // From one row to the next in the list that one came from.
    let next = gardel.get(&format!("/livraisons/{}?de=tri%3Dnom", key(&app, "L0006").await)).await.ok();
    assert!(!next.attributes("#f-suivant", "href").is_empty() && next.attributes("#f-liste", "href")[0].starts_with("/livraisons?"));
}

#[rocket::async_test]
async fn its_page_says_what_was_changed_and_offers_what_may_be_done() {
    let app = salle().await;
    let (gardel, montagne) = (works_at(&app, &[GARDEL]).await, works_at(&app, &[MONTAGNE]).await);
    let path = format!("/livraisons/{}", key(&app, "L0001").await);
    assert!(gardel.get(&path).await.ok().text().contains("Rien n’a été modifié depuis sa création"));
    let held = form(&gardel, &format!("{path}/modifier")).await;
    assert_eq!(gardel.post(&format!("{path}/modifier"), &with(&held, &[("nom", "Zénon Baptiste")])).await.status, Status::SeeOther);
    let page = gardel.get(&path).await.ok();
    let told = page.texts("#historique").join(" ").replace('\u{a0}', " ");
    assert!(told.contains("Planteur : « Zénon 1 » devient « Zénon Baptiste »"), "{told}");
    assert_eq!(page.attributes("#f-corriger", "href"), [format!("{path}/modifier")]);
    // Nobody else's; and who only reads is offered nothing to write.
    assert_eq!(montagne.get(&path).await.status, Status::NotFound);
    app.run_sql(&format!("UPDATE droit SET niveau = 1 WHERE module = 'production' AND utilisateur_id = {}", gardel.user_id)).await;
    assert!(gardel.get(&path).await.ok().attributes("#f-corriger", "href").is_empty());
    assert_eq!(gardel.get(&format!("{path}/modifier")).await.status, Status::Forbidden);
    app.run_sql(&format!("DELETE FROM droit WHERE module = 'production' AND utilisateur_id = {}", gardel.user_id)).await;
    assert_eq!(gardel.get(&path).await.status, Status::Forbidden);
    // A list without such a page has none; a key that is none is a page that does not exist.
    assert_eq!(gardel.get("/motifs/1").await.status, Status::NotFound);
    assert_eq!(gardel.get("/livraisons/zzz").await.status, Status::NotFound);
}
