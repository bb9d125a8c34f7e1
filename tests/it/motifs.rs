//! Reasons: a statut that asks for one is not kept without it, one by one nor on many rows; it is shown,
//! told to the journal, given back by an undoing, and each collectivité adds its own.

use rocket::http::Status;

use crate::support::app::{CONTESTED, GRAND_SUD, LE_GOSIER, REJECTED, RIVIERA};
use crate::support::{App, Browser, Page};

/// « Autre motif » of « Rejeté », which asks for words.
const OTHER: &str = "12";

async fn stay(app: &App) -> i64 {
    app.one("SELECT min(id) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier'").await
}

/// Statut, reason, words and version of a stay.
async fn held(app: &App, id: i64) -> (String, Option<i32>, Option<String>, i32) {
    sqlx::query_as("SELECT statut, motif_id, motif_precision, version FROM sejour WHERE id = $1").bind(id).fetch_one(app.pool()).await.expect("it")
}

async fn set(browser: &Browser<'_>, id: i64, statut: &str, motif: &str, precision: &str, version: &str) -> Page {
    let form = [("statut", statut), ("motif", motif), ("precision", precision), ("version", version)];
    browser.post(&format!("/sejours/{id}/statut"), &form).await
}

#[rocket::async_test]
async fn a_statut_that_asks_for_a_reason_is_not_kept_without() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = stay(&app).await;
    for (statut, motif, precision, words) in [
        ("rejete", "", "", "Choisissez un motif"),
        ("conteste", "", "x", "Choisissez un motif"),
        ("rejete", CONTESTED, "", "n’est pas proposé"),
        ("conteste", REJECTED, "", "n’est pas proposé"),
        ("rejete", "99999", "", "n’est pas proposé"),
        ("rejete", "x'; --", "", "n’est pas proposé"),
        ("rejete", OTHER, "   ", "quelques mots"),
    ] {
        let refused = set(&browser, id, statut, motif, precision, "1").await;
        refused.refused(Status::UnprocessableEntity, words);
        assert_eq!(refused.attributes("select[name=valeur] option[selected]", "value"), [statut], "the statut typed is kept");
        if !precision.trim().is_empty() {
            assert_eq!(refused.attributes("input[name=precision]", "value"), [precision.trim()], "and so are the words");
        }
    }
    set(&browser, id, "rejete", OTHER, &"a".repeat(301), "1").await.refused(Status::UnprocessableEntity, "300 caractères");
    assert_eq!(held(&app, id).await, ("a_verifier".into(), None, None, 1), "nothing was written");

    assert_eq!(set(&browser, id, "rejete", OTHER, "  Vu avec  l’hôte ", "1").await.status, Status::SeeOther);
    assert_eq!(held(&app, id).await, ("rejete".into(), Some(12), Some("Vu avec l’hôte".into()), 2));
    let file = browser.get(&format!("/sejours/{id}")).await.ok();
    assert!(file.texts("main").join(" ").contains("Motif : Autre motif : Vu avec l'hôte"), "{}", file.texts("main").join(" "));
    let detail: serde_json::Value = app.one("SELECT detail FROM journal WHERE action = 'modification' AND objet = 'séjour'").await;
    assert_eq!((&detail["statut"]["apres"], &detail["motif"]["apres"]), (&"rejete".into(), &"Autre motif\u{a0}: Vu avec l’hôte".into()));
    let list = browser.get("/sejours?statut=rejete&colonnes=motif.precision&tri=debut&taille=200").await.ok();
    assert!(list.texts("td").iter().any(|cell| cell == "Vu avec l'hôte"), "a column shows it");
    // A statut that asks for none forgets it.
    assert_eq!(set(&browser, id, "valide", REJECTED, "resté", "2").await.status, Status::SeeOther);
    assert_eq!(held(&app, id).await, ("valide".into(), None, None, 3));
}

#[rocket::async_test]
async fn a_reason_changes_alone_and_comes_back_with_the_undoing() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = stay(&app).await;
    let path = format!("/sejours/{id}/champs/statut");
    let partial = [("Sec-Fetch-Site", "same-origin"), ("HX-Request-Type", "partial"), ("HX-Current-URL", "http://localhost/sejours?tri=-debut")];
    let post = async |value: &str, motif: &str, precision: &str, version: &str| {
        browser.post_with(&path, &[("valeur", value), ("motif", motif), ("precision", precision), ("version", version)], &partial).await
    };
    let form = browser.fragment(&path).await.ok();
    assert_eq!(form.attributes("optgroup", "label"), ["Contesté", "Rejeté"], "the cell asks for it too");
    post("rejete", REJECTED, "le premier", "1").await.ok();
    // Same statut, another reason: a change of its own.
    let saved = post("rejete", "8", "", "2").await.ok();
    assert_eq!(held(&app, id).await, ("rejete".into(), Some(8), None, 3));
    let token = saved.attributes("input[name=jeton]", "value")[0].clone();
    assert_eq!(browser.post(&format!("{path}/retour"), &[("jeton", &token)]).await.status, Status::SeeOther);
    assert_eq!(held(&app, id).await, ("rejete".into(), Some(7), Some("le premier".into()), 4), "the former reason, words included");
    let details: Vec<serde_json::Value> =
        sqlx::query_scalar("SELECT detail FROM journal WHERE objet = 'séjour' ORDER BY id").fetch_all(app.pool()).await.expect("lines");
    assert!(details[1].get("statut").is_none() && details[1].get("motif").is_some(), "only what changed: {}", details[1]);

    // Two people: both reasons are shown, and « Mettre la mienne » sends mine along.
    let clash = post("conteste", CONTESTED, "le second", "1").await;
    assert_eq!(clash.status, Status::Conflict);
    let text = clash.texts(".versions").join(" ");
    assert!(text.contains("le premier") && text.contains("le second"), "{text}");
    let kept = |name: &str| clash.attributes(&format!("input[type=hidden][name={name}]"), "value")[0].clone();
    post(&kept("valeur"), &kept("motif"), &kept("precision"), &kept("version")).await.ok();
    assert_eq!(held(&app, id).await, ("conteste".into(), Some(1), Some("le second".into()), 5));
}

#[rocket::async_test]
async fn an_action_on_many_rows_asks_for_its_reason_and_gives_the_former_back() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let before: String = app.one("SELECT md5(string_agg(concat_ws('|', id, statut, motif_id, motif_precision), ',' ORDER BY id)) FROM sejour").await;
    let ask = async |action: &str, question: &str| {
        let page = browser.post("/sejours/actions", &[("requete", question), ("action", action), ("etendue", "filtre")]).await.ok();
        page.attributes("input[name=jeton]", "value")[0].clone()
    };
    let waiting: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier'").await;
    let token = ask("rejeter", "statut=a_verifier").await;
    let refused = browser.post("/actions", &[("jeton", &token), ("motif", OTHER), ("precision", "")]).await;
    refused.refused(Status::UnprocessableEntity, "quelques mots");
    assert_eq!(refused.attributes("select[name=motif] option[selected]", "value"), [OTHER]);
    browser.post("/actions", &[("jeton", &token), ("precision", "gardé")]).await.refused(Status::UnprocessableEntity, "gardé");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE version > 1").await, 0, "nothing was written");
    // The page that says what is wrong can be sent.
    let token = refused.attributes("input[name=jeton]", "value")[0].clone();
    let done = browser.post("/actions", &[("jeton", &token), ("motif", OTHER), ("precision", "en bloc")]).await;
    assert_eq!(done.status, Status::SeeOther, "{}", done.text());
    assert_eq!(
        app.one::<i64>("SELECT count(*) FROM sejour WHERE motif_id = 12 AND motif_precision = 'en bloc' AND statut = 'rejete'").await,
        waiting
    );
    let action: i64 = app.one("SELECT max(id) FROM action").await;
    assert!(browser.get(&format!("/actions/{action}")).await.ok().texts("main").join(" ").contains("Autre motif : en bloc"));
    let detail: serde_json::Value = app.one("SELECT detail FROM journal WHERE objet = 'action' ORDER BY id DESC LIMIT 1").await;
    assert_eq!(detail["motif"], "Autre motif\u{a0}: en bloc");

    // Back to be checked: the reason goes; undone, it returns to each row.
    let token = ask("a_verifier", "statut=rejete").await;
    assert_eq!(browser.post("/actions", &[("jeton", &token)]).await.status, Status::SeeOther);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier' AND motif_id IS NOT NULL").await, 0);
    let second: i64 = app.one("SELECT max(id) FROM action").await;
    browser.post(&format!("/actions/{second}/annulation"), &[]).await;
    assert_eq!(
        app.one::<i64>("SELECT count(*) FROM sejour WHERE motif_id = 12 AND motif_precision = 'en bloc' AND statut = 'rejete'").await,
        waiting
    );
    browser.post(&format!("/actions/{action}/annulation"), &[]).await;
    // Those of the first action were written since, by the undoing of the second: they are left, and told.
    let text = browser.get(&format!("/actions/{action}")).await.ok().texts("main").join(" ");
    assert!(text.contains("modifiés depuis : laissés"), "{text}");
    app.run_sql("UPDATE sejour SET statut = 'a_verifier', motif_id = NULL, motif_precision = NULL WHERE motif_id = 12").await;
    let after: String = app.one("SELECT md5(string_agg(concat_ws('|', id, statut, motif_id, motif_precision), ',' ORDER BY id)) FROM sejour").await;
    assert_eq!(before, after);
}

#[rocket::async_test]
async fn each_collectivite_adds_its_own_reasons() {
    let app = App::new().await;
    let (chief, elsewhere, agent) = (app.administrateur(LE_GOSIER).await, app.administrateur(GRAND_SUD).await, app.agent(LE_GOSIER).await);
    let (here, there): (i32, i32) = (
        app.one("SELECT id FROM collectivite WHERE siren = '219711132'").await,
        app.one("SELECT id FROM collectivite WHERE siren = '249710070'").await,
    );
    let add = async |browser: &Browser<'_>, label: &str, collectivite: i32| {
        browser.post("/motifs", &[("statut", "rejete"), ("libelle", label), ("collectivite", &collectivite.to_string())]).await
    };
    agent.get("/motifs").await.refused(Status::Forbidden, "administrateur");
    assert_eq!(add(&agent, "Non", here).await.status, Status::Forbidden);
    add(&chief, "Non", there).await.refused(Status::UnprocessableEntity, "pas l’une des vôtres");
    add(&chief, "  ", here).await.refused(Status::UnprocessableEntity, "libellé");
    assert_eq!(add(&chief, " Plateforme  défaillante", here).await.status, Status::SeeOther);
    let again = add(&chief, "plateforme défaillante", here).await;
    again.refused(Status::UnprocessableEntity, "existe déjà");
    assert_eq!(again.attributes("input[name=libelle]", "value"), ["plateforme défaillante"], "what was typed is kept");
    add(&chief, "Déclaré deux fois", here).await.refused(Status::UnprocessableEntity, "existe déjà");
    let id: i32 = app.one("SELECT id FROM motif WHERE collectivite_id IS NOT NULL").await;
    assert_eq!(app.one::<String>("SELECT libelle FROM motif WHERE collectivite_id IS NOT NULL").await, "Plateforme défaillante");

    // Offered to its people alone, whoever names it.
    let path = |stay: i64| format!("/sejours/{stay}/champs/statut");
    let stay_there: i64 = app.one("SELECT min(id) FROM sejour WHERE code_insee = '97105'").await;
    let (mine, theirs) = (agent.get(&path(stay(&app).await)).await.ok(), elsewhere.get(&path(stay_there)).await.ok());
    assert!(mine.text().contains("Plateforme défaillante") && !theirs.text().contains("Plateforme défaillante"));
    set(&elsewhere, stay_there, "rejete", &id.to_string(), "", "1").await.refused(Status::UnprocessableEntity, "n’est pas proposé");
    assert_eq!(
        app.administrateur(RIVIERA)
            .await
            .get("/motifs")
            .await
            .ok()
            .texts("tbody th")
            .iter()
            .filter(|label| *label == "Plateforme défaillante")
            .count(),
        1
    );
    let stay = stay(&app).await;
    assert_eq!(set(&agent, stay, "rejete", &id.to_string(), "", "1").await.status, Status::SeeOther);

    // Withdrawn: no longer offered, kept by the rows that have it; the common ones and those of others are not theirs to change.
    let state = |id: i32| format!("/motifs/{id}/etat");
    assert_eq!(elsewhere.post(&state(id), &[("actif", "false")]).await.status, Status::NotFound);
    assert_eq!(chief.post(&state(7), &[("actif", "false")]).await.status, Status::NotFound);
    for _twice in 0..2 {
        assert_eq!(chief.post(&state(id), &[("actif", "false")]).await.status, Status::SeeOther);
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'motif' AND action = 'modification'").await, 1, "one effect, one line");
    assert!(agent.get(&format!("/sejours/{stay}")).await.ok().text().contains("Plateforme défaillante"));
    let other: i64 = app.one("SELECT min(id) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier'").await;
    set(&agent, other, "rejete", &id.to_string(), "", "1").await.refused(Status::UnprocessableEntity, "n’est pas proposé");
}
