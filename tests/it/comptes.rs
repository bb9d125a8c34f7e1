//! Accounts: signing in, waiting, sessions, invitations, passwords.

use gardel::platform::password;
use rocket::http::{Cookie, Status};

use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::{App, Page};

const PASSWORD: &str = "colibri trempé sur la véranda";

async fn with_password(app: &App, courriel: &str) -> i64 {
    let phc = password::hash_now(PASSWORD).expect("a hash");
    let id: i64 = sqlx::query_scalar("INSERT INTO utilisateur (courriel, nom, role, mot_de_passe) VALUES ($1, 'Marlène', 'agent', $2) RETURNING id")
        .bind(courriel)
        .bind(phc)
        .fetch_one(app.pool())
        .await
        .expect("a user");
    sqlx::query("INSERT INTO utilisateur_collectivite SELECT $1, id FROM collectivite WHERE siren = $2")
        .bind(id)
        .bind(LE_GOSIER)
        .execute(app.pool())
        .await
        .expect("rights");
    id
}

/// The cookie that an answer sets, by the start of its text.
fn cookie(answer: &Page, start: &str) -> String {
    let cookies = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    cookies.map(|(_, value)| value.clone()).find(|value| value.starts_with(start)).expect("a cookie")
}

#[rocket::async_test]
async fn signing_in_opens_a_session_and_comes_back() {
    let app = App::new().await;
    with_password(&app, "m@ville.gp").await;
    let form = [("courriel", " M@Ville.gp "), ("mot_de_passe", PASSWORD), ("retour", "/sejours?statut=valide")];
    let answer = app.anonymous().post("/connexion", &form).await;
    assert_eq!((answer.status, answer.header("Location").as_deref()), (Status::SeeOther, Some("/sejours?statut=valide")));
    let cookie = cookie(&answer, "gardel=");
    assert!(cookie.starts_with("gardel=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    let token = cookie.split(['=', ';']).nth(1).expect("a token").to_string();
    let stored: Vec<u8> = app.one("SELECT empreinte FROM session").await;
    assert_eq!(stored, gardel::platform::token::hash(&token), "only the hash is kept");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE action = 'connexion'").await, 1);
}

#[rocket::async_test]
async fn in_production_the_cookie_is_bound_to_the_host() {
    let app = App::with(|config| config.environnement = gardel::platform::config::Environnement::Production).await;
    with_password(&app, "m@ville.gp").await;
    let answer = app.anonymous().post("/connexion", &[("courriel", "m@ville.gp"), ("mot_de_passe", PASSWORD)]).await;
    let cookie = cookie(&answer, "__Host-gardel=");
    assert!(cookie.starts_with("__Host-gardel=") && cookie.contains("Secure"), "{cookie}");
    assert!(answer.header("Strict-Transport-Security").is_some());
}

#[rocket::async_test]
async fn unknown_and_wrong_are_told_alike() {
    let app = App::new().await;
    with_password(&app, "m@ville.gp").await;
    let wrong = app.anonymous().post("/connexion", &[("courriel", "m@ville.gp"), ("mot_de_passe", "mauvais")]).await;
    let unknown = app.anonymous().post("/connexion", &[("courriel", "x@ville.gp"), ("mot_de_passe", "mauvais")]).await;
    wrong.refused(Status::UnprocessableEntity, "incorrect");
    assert_eq!(wrong.text().replace("m@ville.gp", ""), unknown.text().replace("x@ville.gp", ""));
    assert_eq!(wrong.attributes("#courriel", "value"), ["m@ville.gp"], "what was typed is kept");
    assert!(wrong.attributes("#mot_de_passe", "value").is_empty());
    // Invited but without a password yet: the same again.
    app.run_sql("UPDATE utilisateur SET mot_de_passe = NULL").await;
    let empty = app.anonymous().post("/connexion", &[("courriel", "m@ville.gp"), ("mot_de_passe", "")]).await;
    empty.refused(Status::UnprocessableEntity, "incorrect");
}

#[rocket::async_test]
async fn attempts_wait_longer_and_never_for_good() {
    let app = App::new().await;
    with_password(&app, "m@ville.gp").await;
    let wrong = [("courriel", "m@ville.gp"), ("mot_de_passe", "mauvais")];
    let right = [("courriel", "m@ville.gp"), ("mot_de_passe", PASSWORD)];
    for _ in 0..5 {
        assert_eq!(app.anonymous().post("/connexion", &wrong).await.status, Status::UnprocessableEntity);
    }
    // The first waits last a second or two: a slow machine would let them pass.
    app.run_sql("UPDATE frein_connexion SET libre_le = libre_le + interval '10 minutes' WHERE libre_le > now() - interval '1 minute'").await;
    let waiting = app.anonymous().post("/connexion", &right).await;
    waiting.refused(Status::TooManyRequests, "Attendez");
    assert!(waiting.header("Retry-After").is_some());
    app.anonymous().post("/connexion", &right).await.refused(Status::TooManyRequests, "Attendez");
    // Written apart from the answer.
    let braked = "SELECT count(*) FROM journal WHERE action = 'connexion_freinee'";
    while app.one::<i64>(braked).await == 0 {
        rocket::tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    app.anonymous().post("/connexion", &right).await.refused(Status::TooManyRequests, "Attendez");
    assert_eq!(app.one::<i64>(braked).await, 1, "said once a minute");
    // Never longer than a quarter of an hour; and after the wait the right password works.
    for _ in 0..12 {
        app.run_sql("UPDATE frein_connexion SET libre_le = now() - interval '1 second'").await;
        app.anonymous().post("/connexion", &wrong).await;
    }
    let longest: f64 = app.one("SELECT max(extract(epoch FROM libre_le - now()))::float8 FROM frein_connexion WHERE libre_le > '-infinity'").await;
    assert!(longest <= 900.5, "{longest}");
    app.run_sql("UPDATE frein_connexion SET libre_le = now() - interval '1 second'").await;
    assert_eq!(app.anonymous().post("/connexion", &right).await.status, Status::SeeOther);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM frein_connexion WHERE echecs > 20").await, 0);
}

#[rocket::async_test]
async fn sessions_end_when_they_must() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    browser.get("/").await.ok();
    app.run_sql("UPDATE session SET vue_le = now() - interval '5 hours'").await;
    let page = browser.get("/sejours?statut=valide").await;
    assert_eq!(
        (page.status, page.header("Location").as_deref()),
        (Status::SeeOther, Some("/connexion?retour=%2Fsejours%3Fstatut%3Dvalide&fin=session"))
    );
    app.run_sql("UPDATE session SET vue_le = now(), expire_le = now() - interval '1 second'").await;
    assert_eq!(browser.get("/").await.status, Status::SeeOther);

    let (one, other) = (app.agent(LE_GOSIER).await, app.agent(LE_GOSIER).await);
    let again = app.signed_in(one.user_id).await;
    let actions = one.get("/compte").await.ok().attributes("form[action*='/fin']", "action");
    let ending = actions.iter().find(|action| action.ends_with("/fin") && **action != "/compte/sessions/fin").expect("a session to end");
    assert_eq!(other.post(ending, &[]).await.status, Status::NotFound, "somebody else's");
    assert_eq!(one.post(ending, &[]).await.status, Status::SeeOther);
    assert_eq!(again.get("/").await.status, Status::SeeOther, "ended");
    one.get("/").await.ok();
    assert_eq!(one.post("/deconnexion", &[]).await.status, Status::SeeOther);
    assert_eq!(one.get("/").await.status, Status::SeeOther);
}

#[rocket::async_test]
async fn an_invitation_serves_once() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let place: i32 = app.one("SELECT id FROM collectivite WHERE siren = '219711132'").await;
    let place = place.to_string();
    let form = [("courriel", "nouvelle@ville.gp"), ("nom", "Nouvelle <script>"), ("role", "agent"), ("collectivites", place.as_str())];
    let sheet = chief.post("/utilisateurs", &form).await.ok();
    assert!(sheet.text().contains("Nouvelle &lt;script&gt;"), "the template escapes");
    let link = sheet.attributes(".lettre a", "href")[0].clone();
    let path = link.split_once("localhost").map_or(link.as_str(), |(_, path)| path).to_string();
    let other = [form[0], ("nom", "Une autre"), form[2], form[3]];
    chief.post("/utilisateurs", &other).await.refused(Status::UnprocessableEntity, "déjà un compte");

    let nobody = app.anonymous();
    assert!(nobody.get(&path).await.ok().text().contains("nouvelle@ville.gp"));
    for (password, confirmation, words) in [
        ("court", "court", "14 caractères"),
        ("motdepassemotdepasse", "motdepassemotdepasse", "facile à deviner"),
        (PASSWORD, "autre chose", "diffère"),
    ] {
        nobody.post(&path, &[("mot_de_passe", password), ("confirmation", confirmation)]).await.refused(Status::UnprocessableEntity, words);
    }
    assert_eq!(nobody.post(&path, &[("mot_de_passe", PASSWORD), ("confirmation", PASSWORD)]).await.status, Status::SeeOther);
    app.run_sql("UPDATE invitation SET utilise_le = utilise_le - interval '2 minutes'").await;
    for _ in 0..2 {
        nobody.get(&path).await.refused(Status::Gone, "déjà servi");
        nobody.post(&path, &[("mot_de_passe", PASSWORD), ("confirmation", PASSWORD)]).await.refused(Status::Gone, "déjà servi");
    }
    assert_eq!(nobody.post("/connexion", &[("courriel", "nouvelle@ville.gp"), ("mot_de_passe", PASSWORD)]).await.status, Status::SeeOther);

    // Forgotten: the same link renews it, and the one before ends.
    let id: i64 = app.one("SELECT id FROM utilisateur WHERE courriel = 'nouvelle@ville.gp'").await;
    let first = chief.post(&format!("/utilisateurs/{id}/liens"), &[]).await.ok();
    assert!(first.text().contains("Votre nouveau lien"));
    chief.post(&format!("/utilisateurs/{id}/liens"), &[]).await.ok();
    let old = first.attributes(".lettre a", "href")[0].clone();
    let old = old.split_once("localhost").map_or(old.as_str(), |(_, path)| path).to_string();
    nobody.get(&old).await.refused(Status::Gone, "déjà servi");
}

#[rocket::async_test]
async fn a_collectivite_has_its_own_sheet() {
    let app = App::new().await;
    // The template of a SIREN wins over ours; here it does not exist, so ours is used.
    let chief = app.administrateur(RIVIERA).await;
    let id = app.agent(LE_GOSIER).await.user_id;
    let sheet = chief.post(&format!("/utilisateurs/{id}/liens"), &[]).await.ok();
    assert!(sheet.text().contains("Bienvenue dans Gardel"));
    assert!(sheet.text().contains("Le Gosier"));
}

#[rocket::async_test]
async fn a_password_is_changed_with_the_old_one() {
    let app = App::new().await;
    let id = with_password(&app, "m@ville.gp").await;
    let (browser, other) = (app.signed_in(id).await, app.signed_in(id).await);
    let fresh = "trois mangues vertes au marché";
    let post = async |old: &str, new: &str, again: &str| {
        browser.post("/compte/mot-de-passe", &[("actuel", old), ("mot_de_passe", new), ("confirmation", again)]).await
    };
    post("faux", fresh, fresh).await.refused(Status::UnprocessableEntity, "pas votre mot de passe actuel");
    post(PASSWORD, "court", "court").await.refused(Status::UnprocessableEntity, "14 caractères");
    let changed = post(PASSWORD, fresh, fresh).await;
    assert_eq!(changed.status, Status::SeeOther);
    // The session goes on under another token: a copy of the old one opens nothing.
    assert_eq!(browser.get("/").await.status, Status::SeeOther);
    let token = cookie(&changed, "gardel=").split(['=', ';']).nth(1).expect("a token").to_string();
    let request = app.client.get("/compte").cookie(Cookie::new("gardel", token));
    assert!(Page::read(request.dispatch().await).await.ok().text().contains("Votre mot de passe est changé"));
    assert_eq!(other.get("/").await.status, Status::SeeOther, "other sessions end");
}

#[rocket::async_test]
async fn an_administrateur_changes_a_user_and_not_themselves() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let agent = app.agent(LE_GOSIER).await;
    let place: i32 = app.one("SELECT id FROM collectivite WHERE siren = '219711132'").await;
    let place = place.to_string();
    let path = format!("/utilisateurs/{}", agent.user_id);
    let form = |version: &'static str, nom: &'static str| [("nom", nom), ("role", "agent"), ("collectivites", ""), ("version", version)];
    let mut good = form("1", "Renommée");
    good[2].1 = &place;
    assert_eq!(chief.post(&path, &good).await.status, Status::SeeOther);
    assert_eq!(agent.get("/").await.status, Status::SeeOther, "not ticked active: sessions end");
    let mut late = form("1", "En retard");
    late[2].1 = &place;
    let conflict = chief.post(&path, &late).await;
    conflict.refused(Status::Conflict, "modifié entre-temps");
    assert!(conflict.text().contains("Agent, désactivé"));
    assert_eq!(app.one::<i64>("SELECT count(*) FROM utilisateur WHERE nom IN ('Renommée', 'En retard')").await, 0, "the form of rights names nobody");
    let own = format!("/utilisateurs/{}", chief.user_id);
    let riviera: i32 = app.one("SELECT id FROM collectivite WHERE siren = '200041507'").await;
    let refused =
        chief.post(&own, &[("nom", "Moi"), ("role", "agent"), ("actif", "true"), ("collectivites", &riviera.to_string()), ("version", "1")]).await;
    refused.refused(Status::UnprocessableEntity, "vos propres droits");
    let changes: i64 = app.one("SELECT count(*) FROM journal WHERE action = 'modification' AND objet = 'utilisateur'").await;
    assert_eq!(changes, 1);
}

#[rocket::async_test]
async fn an_administrateur_cannot_become_an_exploitant() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let exploitant = app.exploitant().await;
    let path = format!("/utilisateurs/{}", exploitant.user_id);
    chief.post(&format!("{path}/liens"), &[]).await.refused(Status::Forbidden, "ligne de commande");
    chief
        .post(&path, &[("nom", "X"), ("role", "exploitant"), ("collectivites", "1"), ("version", "1")])
        .await
        .refused(Status::Forbidden, "ligne de commande");
}

#[rocket::async_test]
async fn refused_sign_ins_are_told_to_the_administrateur() {
    let app = App::new().await;
    with_password(&app, "m@ville.gp").await;
    let chief = app.administrateur(RIVIERA).await;
    app.anonymous().post("/connexion", &[("courriel", "m@ville.gp"), ("mot_de_passe", "mauvais")]).await;
    assert_eq!(chief.get("/journal?action=connexion_refusee").await.ok().rows().len(), 1);
}

/// A member commune that leaves on a known day still counts until then.
#[rocket::async_test]
async fn a_perimeter_follows_the_calendar() {
    let app = App::new().await;
    app.run_sql("UPDATE collectivite_commune SET jusqu_au = current_date + 30 WHERE collectivite_id = (SELECT id FROM collectivite WHERE siren = '200041507') AND code_insee <> '97113'").await;
    let agent = app.administrateur(LE_GOSIER).await;
    let managed: Vec<String> = sqlx::query_scalar("SELECT siren FROM collectivite WHERE id = ANY (collectivites_gerees($1))")
        .bind(agent.user_id)
        .fetch_all(app.pool())
        .await
        .expect("rights");
    assert_eq!(managed, [LE_GOSIER], "the EPCI is not theirs");
    app.run_sql("UPDATE collectivite_commune SET depuis = current_date - 60, jusqu_au = current_date - 30 WHERE collectivite_id = (SELECT id FROM collectivite WHERE siren = '200041507') AND code_insee <> '97113'").await;
    let chief = app.administrateur(RIVIERA).await;
    let communes: Vec<String> = sqlx::query_scalar("SELECT unnest(perimetre($1))").bind(chief.user_id).fetch_all(app.pool()).await.expect("rights");
    assert_eq!(communes, ["97113"], "left communes are left");
}

#[rocket::async_test]
async fn attempts_made_at_once_pass_no_more_than_one_by_one() {
    let app = App::new().await;
    with_password(&app, "m@ville.gp").await;
    let answers = futures::future::join_all(
        (0..20).map(|_| async { app.anonymous().post("/connexion", &[("courriel", "m@ville.gp"), ("mot_de_passe", "mauvais")]).await.status }),
    )
    .await;
    let tried = answers.iter().filter(|status| **status == Status::UnprocessableEntity).count();
    assert!(tried <= 6, "{tried} guesses out of 20 were looked at");
    assert!(answers.iter().all(|status| matches!(status.code, 422 | 429 | 503)), "{answers:?}");
}

#[rocket::async_test]
async fn conflicts_made_at_once_leave_room_for_others() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let agent = app.agent(LE_GOSIER).await;
    let place: i32 = app.one("SELECT id FROM collectivite WHERE siren = '219711132'").await;
    let place = place.to_string();
    let (path, form) =
        (format!("/utilisateurs/{}", agent.user_id), [("nom", "X"), ("role", "agent"), ("collectivites", place.as_str()), ("version", "0")]);
    let answers = futures::future::join_all((0..20).map(|_| chief.post(&path, &form))).await;
    assert!(answers.iter().all(|answer| answer.status == Status::Conflict));
    // The same box ticked twice is one right.
    let twice =
        [("nom", "X"), ("role", "agent"), ("actif", "true"), ("collectivites", place.as_str()), ("collectivites", place.as_str()), ("version", "1")];
    assert_eq!(chief.post(&path, &twice).await.status, Status::SeeOther);
}

#[rocket::async_test]
async fn a_new_password_voids_the_links() {
    let app = App::new().await;
    let id = with_password(&app, "m@ville.gp").await;
    let chief = app.administrateur(RIVIERA).await;
    let sheet = chief.post(&format!("/utilisateurs/{id}/liens"), &[]).await.ok();
    let link = sheet.attributes(".lettre a", "href")[0].clone();
    let link = link.split_once("localhost").map_or(link.as_str(), |(_, path)| path).to_string();
    let fresh = "trois mangues vertes au marché";
    let browser = app.signed_in(id).await;
    assert_eq!(
        browser.post("/compte/mot-de-passe", &[("actuel", PASSWORD), ("mot_de_passe", fresh), ("confirmation", fresh)]).await.status,
        Status::SeeOther
    );
    app.anonymous().get(&link).await.refused(Status::Gone, "déjà servi");
}

#[rocket::async_test]
async fn the_current_password_is_not_guessed_from_a_session() {
    let app = App::new().await;
    let id = with_password(&app, "m@ville.gp").await;
    let browser = app.signed_in(id).await;
    let form = [("actuel", "faux"), ("mot_de_passe", "x"), ("confirmation", "x")];
    for _ in 0..5 {
        assert_eq!(browser.post("/compte/mot-de-passe", &form).await.status, Status::UnprocessableEntity);
    }
    // The first wait lasts a second: a slow machine would let it pass.
    app.run_sql("UPDATE frein_connexion SET libre_le = libre_le + interval '10 minutes' WHERE libre_le > now() - interval '1 minute'").await;
    browser.post("/compte/mot-de-passe", &form).await.refused(Status::TooManyRequests, "Attendez");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE action = 'connexion_refusee'").await, 5);
}

/// « é » as one character or as two, a space of a phone: the keyboard of the day opens the account, and a
/// hash made before there was one form is replaced by one of that form.
#[rocket::async_test]
async fn a_passphrase_with_accents_signs_in_from_every_keyboard() {
    const COMPOSED: &str = "colibri tremp\u{e9} sur la v\u{e9}randa";
    const APART: &str = "colibri trempe\u{301} sur la ve\u{301}randa";
    const PHONE: &str = "colibri\u{a0}tremp\u{e9}\u{202f}sur la ve\u{301}randa";
    let app = App::new().await;
    let id = with_password(&app, "m@ville.gp").await;
    let sign_in = async |password: &str| {
        app.run_sql("DELETE FROM frein_connexion").await;
        app.anonymous().post("/connexion", &[("courriel", "m@ville.gp"), ("mot_de_passe", password)]).await.status
    };
    let stored = async || app.one::<String>("SELECT mot_de_passe FROM utilisateur WHERE courriel = 'm@ville.gp'").await;
    let before = stored().await;
    for typed in [COMPOSED, APART, PHONE] {
        assert_eq!(sign_in(typed).await, Status::SeeOther, "{typed:?}");
    }
    assert_eq!(stored().await, before, "already in its form: not hashed again");
    // As the version before hashed: what the keyboard gave, whichever it was.
    for (old, typed) in [(APART, COMPOSED), (APART, APART), (PHONE, PHONE), (COMPOSED, APART)] {
        let phc = raw_hash(old);
        sqlx::query("UPDATE utilisateur SET mot_de_passe = $2 WHERE id = $1").bind(id).bind(&phc).execute(app.pool()).await.expect("an old hash");
        assert_eq!(sign_in("colibri trempe sur la veranda").await, Status::UnprocessableEntity, "without its accents it is another one");
        assert_eq!(stored().await, phc);
        assert_eq!(sign_in(typed).await, Status::SeeOther, "{old:?} by {typed:?}");
        assert_eq!(stored().await != phc, old != COMPOSED, "{old:?} is hashed again in its form, once");
        assert_eq!(sign_in(COMPOSED).await, Status::SeeOther);
        assert_eq!(sign_in(PHONE).await, Status::SeeOther);
    }
    assert_eq!(
        app.one::<i32>("SELECT version FROM utilisateur WHERE courriel = 'm@ville.gp'").await,
        1,
        "nothing that its administrateur sees changed"
    );
}

/// A hash of the bytes as they are.
fn raw_hash(password: &str) -> String {
    use argon2::password_hash::PasswordHasher;
    let params = argon2::Params::new(19_456, 2, 1, None).expect("the setting");
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    argon.hash_password(password.as_bytes()).expect("a hash").to_string()
}
