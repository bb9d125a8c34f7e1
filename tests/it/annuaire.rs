//! The name and the e-mail of an account, corrected as any row is: what is written, what is told, what is taken back; and nobody
//! corrects the account of another place, nor one that they no longer manage.

use rocket::http::Status;

use crate::saisie::{fields, filled, open};
use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA};
use crate::support::{App, Browser};

async fn account(app: &App, id: i64) -> (String, String, i32, Option<i64>) {
    sqlx::query_as("SELECT nom, courriel, version, modifie_par FROM utilisateur WHERE id = $1").bind(id).fetch_one(app.pool()).await.expect("one")
}

fn form_of(of: &Browser<'_>) -> String {
    format!("/utilisateurs/{}/modifier", of.user_id)
}

#[rocket::async_test]
async fn a_name_and_an_email_are_corrected_told_and_taken_back() {
    let app = App::new().await;
    let (chief, agent) = (app.administrateur(RIVIERA).await, app.agent(LE_GOSIER).await);
    let (nom, courriel, version, _) = account(&app, agent.user_id).await;
    let (path, file) = (form_of(&agent), format!("/utilisateurs/{}", agent.user_id));
    assert_eq!(chief.get(&file).await.ok().attributes("#f-corriger", "href"), std::slice::from_ref(&path));
    let sheet = chief.post(&format!("{file}/liens"), &[]).await.ok();
    let link = sheet.attributes(".lettre a", "href")[0].clone();
    let link = link.split_once("localhost").map_or(link.as_str(), |(_, path)| path).to_string();
    let held = open(&chief, &path).await;
    assert!(held.contains(&("nom".into(), nom.clone())) && held.contains(&("courriel".into(), courriel.clone())), "{held:?}");

    // A name alone: the link still serves, nobody is warned.
    let saved = chief.post(&path, &filled(&held, &[("nom", "  Rose-May   Kancel ")])).await;
    assert_eq!((saved.status, saved.header("Location")), (Status::SeeOther, Some(file.clone())));
    assert_eq!(account(&app, agent.user_id).await, ("Rose-May Kancel".into(), courriel.clone(), version + 1, Some(chief.user_id)));
    app.anonymous().get(&link).await.ok();
    assert!(agent.get("/").await.ok().text().contains("Rose-May Kancel"), "greeted by it at once");

    // An e-mail, however it is typed: one form, links void, its person told.
    let held = open(&chief, &path).await;
    assert_eq!(chief.post(&path, &filled(&held, &[("courriel", "Rose-May.KANCEL@Ville.GP\u{a0}")])).await.status, Status::SeeOther);
    assert_eq!(account(&app, agent.user_id).await.1, "rose-may.kancel@ville.gp");
    let token = chief.get(&file).await.ok().attributes("input[name=jeton]", "value").first().cloned().expect("a way back");
    assert_eq!(app.anonymous().get(&link).await.status, Status::Gone);
    assert!(agent.get("/avis").await.ok().text().contains("a changé le courriel de votre compte"));
    let lines: Vec<(serde_json::Value, String)> = sqlx::query_as(
        "SELECT j.detail, c.siren FROM journal j JOIN collectivite c ON c.id = j.collectivite_id
         WHERE j.objet = 'utilisateur' AND j.objet_id = $1 AND j.action = 'modification' AND NOT j.detail ? 'lien' ORDER BY j.id",
    )
    .bind(agent.user_id.to_string())
    .fetch_all(app.pool())
    .await
    .expect("lines");
    assert_eq!(
        lines,
        [
            (serde_json::json!({"nom": {"avant": nom, "apres": "Rose-May Kancel"}}), LE_GOSIER.to_string()),
            (serde_json::json!({"courriel": {"avant": courriel, "apres": "rose-may.kancel@ville.gp"}}), LE_GOSIER.to_string()),
        ]
    );
    let told = chief.get("/journal").await.ok();
    assert!(told.text().contains("Courriel de connexion") && told.text().contains("rose-may.kancel@ville.gp"));

    // The way back, once, and by whoever did it.
    let back = format!("{path}/retour");
    app.administrateur(RIVIERA).await.post(&back, &[("jeton", &token)]).await.refused(Status::BadRequest, "n’est pas valable");
    chief.post(&back, &[("jeton", &token)]).await;
    chief.post(&back, &[("jeton", &token)]).await;
    assert_eq!(account(&app, agent.user_id).await, ("Rose-May Kancel".into(), courriel, version + 3, Some(chief.user_id)));
}

#[rocket::async_test]
async fn two_who_correct_the_same_account_meet_field_by_field() {
    let app = App::new().await;
    let (one, two, agent) = (app.administrateur(RIVIERA).await, app.administrateur(RIVIERA).await, app.agent(LE_GOSIER).await);
    let path = form_of(&agent);
    let (mine, theirs) = (open(&one, &path).await, open(&two, &path).await);
    assert_eq!(two.post(&path, &filled(&theirs, &[("courriel", "autre@ville.gp")])).await.status, Status::SeeOther);
    let page = one.post(&path, &filled(&mine, &[("nom", "Ti Nom")])).await;
    page.refused(Status::Conflict, "modifiée entre-temps");
    let again = fields(&page);
    assert!(again.contains(&("nom".into(), "Ti Nom".into())) && again.contains(&("courriel".into(), "autre@ville.gp".into())), "{again:?}");
    assert_eq!(one.post(&path, &filled(&again, &[])).await.status, Status::SeeOther);
    let (nom, courriel, ..) = account(&app, agent.user_id).await;
    assert_eq!((nom.as_str(), courriel.as_str()), ("Ti Nom", "autre@ville.gp"));
    // What is wrong is said beside its field, and what is taken too.
    let held = open(&one, &path).await;
    let taken: String = account(&app, two.user_id).await.1;
    for (name, typed, status, words) in [
        ("nom", "", Status::UnprocessableEntity, "elle est obligatoire"),
        ("nom", "a\u{7}b", Status::UnprocessableEntity, "signes illisibles"),
        ("courriel", "ti nom", Status::UnprocessableEntity, "courriel complet"),
        ("courriel", taken.as_str(), Status::Conflict, "un autre compte l'a déjà"),
    ] {
        let page = one.post(&path, &filled(&held, &[(name, typed)])).await;
        page.refused(status, words);
        assert!(page.texts(".erreur-champ").concat().to_lowercase().contains(words), "{words}: {:?}", page.texts(".erreur-champ"));
    }
}

#[rocket::async_test]
async fn nobody_corrects_an_account_that_they_do_not_manage() {
    let app = App::new().await;
    let (chief, agent, operator) = (app.administrateur(RIVIERA).await, app.agent(LE_GOSIER).await, app.exploitant().await);
    let (elsewhere, colleague) = (app.administrateur(GRAND_SUD).await, app.agent(LE_GOSIER).await);
    let reads = app.person("sur_mesure", &[RIVIERA]).await;
    app.run_sql(&format!("INSERT INTO droit SELECT {}, id, 'administration', 1 FROM collectivite WHERE siren = '{RIVIERA}'", reads.user_id)).await;
    app.run_sql(&format!("INSERT INTO utilisateur_collectivite SELECT {}, id FROM collectivite WHERE siren = '{LE_GOSIER}'", operator.user_id)).await;
    let state = "SELECT string_agg(concat_ws('|', id, nom, courriel, role, version), ' ' ORDER BY id) FROM utilisateur";
    let path = form_of(&agent);
    let held = open(&chief, &path).await;
    let before: String = app.one(state).await;
    let taken = filled(&held, &[("nom", "Pris"), ("courriel", "pris@exemple.gp")]);
    for (who, status) in [(&elsewhere, Status::NotFound), (&colleague, Status::Forbidden), (&reads, Status::Forbidden), (&agent, Status::Forbidden)] {
        assert_eq!(who.get(&path).await.status, status);
        assert_eq!(who.post(&path, &taken).await.status, status);
    }
    // An operator is managed on the command line, whatever place they are given; an account is never made by this door.
    chief.post(&form_of(&operator), &taken).await.refused(Status::Forbidden, "se gère en ligne de commande");
    for (door, form) in [("/utilisateurs/nouveau", &taken), ("/utilisateurs/registre", &taken), ("/utilisateurs/calcul", &taken)] {
        assert_eq!(chief.post(door, form).await.status, Status::NotFound, "{door}");
    }
    // Neither rights nor anything else that the form does not hold.
    let more = filled(&held, &[("role", "exploitant"), ("actif", "false"), ("collectivites", "1"), ("mot_de_passe", "x"), ("droits", "1.taxe.4")]);
    assert_eq!(chief.post(&path, &more).await.status, Status::SeeOther, "nothing to change");
    assert_eq!(app.one::<String>(state).await, before);
    // Their rights go while the form is open: what they typed is given back, nothing of the account.
    app.run_sql(&format!("UPDATE utilisateur SET role = 'agent' WHERE id = {}", chief.user_id)).await;
    let page = chief.post(&path, &taken).await;
    page.refused(Status::Forbidden, "Vos droits");
    assert_eq!(page.attributes(".saisi input[readonly]", "value"), ["Pris", "pris@exemple.gp"]);
    assert!(!page.text().contains(&account(&app, agent.user_id).await.1), "the e-mail of the account is not theirs to read");
    let now: i64 = app.one("SELECT count(*) FROM utilisateur WHERE nom = 'Pris' OR courriel = 'pris@exemple.gp'").await;
    assert_eq!(now, 0);
}

/// Whoever invites somebody sees the accounts that look like it before it is made, and passes over those that they saw.
#[rocket::async_test]
async fn accounts_that_look_like_a_new_one_are_shown_first() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let place: String = app.one("SELECT id::text FROM collectivite WHERE siren = '219711132'").await;
    let invite = async |nom: &'static str, courriel: &'static str, seen: &str| {
        chief.post("/utilisateurs", &[("courriel", courriel), ("nom", nom), ("role", "agent"), ("collectivites", &place), ("vus", seen)]).await
    };
    invite("Rose-May Kancel", "rose.kancel@ville.gp", "").await.ok();
    let first: i64 = app.one("SELECT id FROM utilisateur WHERE courriel = 'rose.kancel@ville.gp'").await;
    let count = "SELECT count(*) FROM utilisateur WHERE courriel LIKE '%kancel%'";
    for (nom, courriel, why) in [
        ("KANCEL Rosé May", "autre.kancel@ville.gp", "le même nom"),
        ("Rose Kancel-Dupont", "rose.kancel@poste.gp", "le même courriel, à un autre domaine"),
    ] {
        let page = invite(nom, courriel, "/utilisateurs/0").await;
        page.refused(Status::Conflict, "ressemble");
        assert!(page.text().contains(why) && page.text().contains("Rose-May Kancel (rose.kancel@ville.gp)"), "{}", page.text());
        assert_eq!(page.attributes("input[name=vus]", "value"), [format!("/utilisateurs/{first}")]);
        assert_eq!((page.attributes("#nom", "value"), page.attributes("#courriel", "value")), (vec![nom.to_string()], vec![courriel.to_string()]));
        assert_eq!(page.attributes("input[name=collectivites][checked]", "value"), std::slice::from_ref(&place));
    }
    assert_eq!(app.one::<i64>(count).await, 1);
    invite("KANCEL Rosé May", "autre.kancel@ville.gp", &format!("/utilisateurs/{first}")).await.ok();
    assert_eq!(app.one::<i64>(count).await, 2);
    // One of another place looks like nobody here: its name is not told.
    let there = app.administrateur(GRAND_SUD).await;
    let far: String = app.one("SELECT id::text FROM collectivite WHERE siren = '249710070'").await;
    let form = [("courriel", "rose.kancel@sud.gp"), ("nom", "Rose May Kancel"), ("role", "agent"), ("collectivites", far.as_str())];
    there.post("/utilisateurs", &form).await.ok();
    assert_eq!(app.one::<i64>(count).await, 3);
}
