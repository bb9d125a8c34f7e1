//! Profiles: kept, recognised by headers, shared, trusted; what the rest of a file contradicts; a file checked again.

use rocket::http::Status;

use super::{base, checked, counts, loaded, read, sent, state, undone};
use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA};
use crate::support::{App, Browser};

const FILE: &str = "Appellation|Bourg|Joindre\nLe Relais|Le Gosier|relais@exemple.gp\n";

async fn one<T>(app: &App, sql: String) -> T
where
    T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(app.pool()).await.expect("a value")
}

/// Keeps the reading of an import as a profile; its number.
async fn kept(app: &App, browser: &Browser<'_>, id: i64, (name, place): (&str, &str)) -> i64 {
    let answer = read(app, browser, id, &[("profil-nom", name), ("profil-partage", place), ("faire", "garder")]).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    one(app, format!("SELECT id FROM import_profil WHERE nom = '{name}'")).await
}

/// A file that a person reads by hand, and the profile that they keep of it.
async fn taught(app: &App, browser: &Browser<'_>, place: &str) -> (i64, i64) {
    let id = sent(browser, "hebergeurs", "un.csv", FILE).await;
    let seen = read(app, browser, id, &[("separateur", "|"), ("faire", "voir")]).await;
    assert_eq!(seen.status, Status::SeeOther, "{}", seen.text());
    let mapped = [("colonne-0", "nom"), ("colonne-1", "commune"), ("colonne-2", "courriel"), ("mode", "remplacer"), ("faire", "voir")];
    assert_eq!(read(app, browser, id, &mapped).await.status, Status::SeeOther);
    let profil = kept(app, browser, id, ("Export du relais", place)).await;
    (id, profil)
}

async fn place_of(app: &App, siren: &str) -> String {
    one(app, format!("SELECT id::text FROM collectivite WHERE siren = '{siren}'")).await
}

#[rocket::async_test]
async fn a_profile_reads_the_next_file_by_itself() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let (_, profil) = taught(&app, &browser, "").await;
    // Its columns in another order, one more, another separator than what is guessed.
    let other = "Joindre|Cru|Appellation|Bourg\nautre@exemple.gp|x|L’Autre|97113\n";
    let id = sent(&browser, "hebergeurs", "deux.csv", other).await;
    let found: (Option<i64>, Option<String>, String, String) =
        sqlx::query_as("SELECT profil_id, profil, mode, correspondance->>'colonnes' FROM import WHERE id = $1")
            .bind(id)
            .fetch_one(app.pool())
            .await
            .expect("the import");
    assert_eq!(found, (Some(profil), Some("Export du relais".into()), "remplacer".into(), "[\"courriel\", \"\", \"nom\", \"commune\"]".into()));
    let page = browser.get(&format!("/imports/{id}/lecture")).await.ok();
    assert!(page.text().contains("Lu avec le profil") && page.text().contains("Colonnes qu’il ne connaît pas"), "{}", page.text());
    assert_eq!(read(&app, &browser, id, &[("mode", "remplacer"), ("faire", "verifier")]).await.status, Status::SeeOther);
    app.run_jobs().await;
    assert_eq!(counts(&app, id).await, (1, 0, 0, 0));
    // None is a choice too; a profile that cannot read a file says which column is missing.
    let none = read(&app, &browser, id, &[("profil", ""), ("faire", "profil")]).await;
    assert_eq!(none.status, Status::SeeOther, "{}", none.text());
    assert_eq!(one::<Option<String>>(&app, format!("SELECT profil FROM import WHERE id = {id}")).await, None);
    let plain = sent(&browser, "hebergeurs", "trois.csv", "nom;commune\nSeul;97113\n").await;
    let wrong = read(&app, &browser, plain, &[("profil", &profil.to_string()), ("faire", "profil")]).await;
    wrong.refused(Status::UnprocessableEntity, "ne lit pas ce fichier");
}

#[rocket::async_test]
async fn a_profile_is_its_author_s_until_it_is_shared() {
    let app = App::new().await;
    let (browser, colleague, other) = (app.agent(LE_GOSIER).await, app.agent(LE_GOSIER).await, app.agent(GRAND_SUD).await);
    let (_, profil) = taught(&app, &browser, "").await;
    let page = format!("/profils/{profil}");
    assert!(browser.get("/profils").await.ok().text().contains("Export du relais"));
    for stranger in [&colleague, &other] {
        assert!(stranger.get("/profils").await.ok().rows().is_empty());
        assert_eq!(stranger.get(&page).await.status, Status::NotFound);
        for (what, form) in [
            ("", vec![("nom", "x"), ("partage", ""), ("version", "1")]),
            ("/retrait", vec![("version", "1")]),
            ("/confiance", vec![("version", "1")]),
        ] {
            assert_eq!(stranger.post(&format!("{page}{what}"), &form).await.status, Status::NotFound, "{what}");
        }
    }
    let far = place_of(&app, GRAND_SUD).await;
    let refused = browser.post(&page, &[("nom", "Autre"), ("partage", &far), ("version", "1")]).await;
    refused.refused(Status::UnprocessableEntity, "où vous pouvez saisir");
    let near = place_of(&app, LE_GOSIER).await;
    assert_eq!(browser.post(&page, &[("nom", "Partagé"), ("partage", &near), ("version", "1")]).await.status, Status::SeeOther);
    assert_eq!(browser.post(&page, &[("nom", "Perdu"), ("partage", &near), ("version", "1")]).await.status, Status::Conflict);
    assert_eq!(other.get(&page).await.status, Status::NotFound);
    colleague.get(&page).await.ok();
    assert_eq!(colleague.post(&page, &[("nom", "Volé"), ("partage", &near), ("version", "2")]).await.status, Status::Forbidden);
    let id = sent(&colleague, "hebergeurs", "quatre.csv", &FILE.replace("Le Relais", "L’Autre")).await;
    assert_eq!(one::<Option<i64>>(&app, format!("SELECT profil_id FROM import WHERE id = {id}")).await, Some(profil), "shared, it reads theirs");
    assert_eq!(browser.post(&format!("{page}/retrait"), &[("version", "2")]).await.status, Status::SeeOther);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM import_profil").await, 0);
    assert_eq!(
        one::<Option<String>>(&app, format!("SELECT profil FROM import WHERE id = {id}")).await.as_deref(),
        Some("Partagé"),
        "what it read says so still"
    );
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'profil de lecture'").await, 3);
}

#[rocket::async_test]
async fn a_trusted_profile_confirms_when_every_threshold_holds() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let (first, profil) = taught(&app, &browser, &place_of(&app, LE_GOSIER).await).await;
    browser.post(&format!("/imports/{first}/abandon"), &[]).await;
    let trust = [("confiance", "true"), ("refus", "30"), ("changements", "0"), ("min", "2"), ("max", "4"), ("version", "1")];
    assert_eq!(browser.post(&format!("/profils/{profil}/confiance"), &trust).await.status, Status::Forbidden, "an agent trusts nothing");
    let chief = app.person("administrateur", &[RIVIERA]).await;
    let chief = app.signed_in(chief.user_id).await;
    app.run_sql(&format!("UPDATE import_profil SET collectivite_id = (SELECT id FROM collectivite WHERE siren = '{LE_GOSIER}') WHERE id = {profil}"))
        .await;
    let wrong =
        chief.post(&format!("/profils/{profil}/confiance"), &[("confiance", "true"), ("refus", "130"), ("changements", "x"), ("version", "1")]).await;
    assert_eq!(wrong.status, Status::UnprocessableEntity);
    assert_eq!(chief.post(&format!("/profils/{profil}/confiance"), &trust).await.status, Status::SeeOther);

    let line = |name: &str, mail: &str| format!("{name}|97113|{mail}\n");
    let head = "Appellation|Bourg|Joindre\n";
    let run = async |name: &str, lines: &[String]| {
        let id = sent(&browser, "hebergeurs", name, &format!("{head}{}", lines.concat())).await;
        let answer = read(&app, &browser, id, &[("mode", "remplacer"), ("faire", "verifier")]).await;
        assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
        app.run_jobs().await;
        let said: Option<String> = one(&app, format!("SELECT confiance FROM import WHERE id = {id}")).await;
        (state(&app, id).await, said.unwrap_or_default().replace('\u{a0}', " "))
    };
    let right = run("a.csv", &[line("Un", "un@exemple.gp"), line("Deux", ""), line("Trois", ""), line("Faux", "@")]).await;
    assert_eq!(right.0, "termine", "{}", right.1);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM hebergeur WHERE nom IN ('Un', 'Deux', 'Trois')").await, 3);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'import' AND detail->>'confirmation' LIKE '%Export du relais%'").await, 1);
    let few = run("b.csv", &[line("Quatre", "")]).await;
    assert!(few.0 == "a_confirmer" && few.1.contains("1 ligne, 2 au moins"), "{few:?}");
    let many = run("c.csv", &(0..5).map(|n| line(&format!("Beaucoup {n}"), "")).collect::<Vec<_>>()).await;
    assert!(many.0 == "a_confirmer" && many.1.contains("5 lignes, 4 au plus"), "{many:?}");
    let refused = run("d.csv", &[line("Cinq", ""), line("Faux", "@@"), line("Faux", "@@@")]).await;
    assert!(refused.0 == "a_confirmer" && refused.1.contains("2 lignes refusées sur 3, 30 % au plus"), "{refused:?}");
    // Another reading than the profile’s is nobody’s to trust.
    let id = sent(&browser, "hebergeurs", "e.csv", &format!("{head}{}{}", line("Six", ""), line("Sept", ""))).await;
    read(&app, &browser, id, &[("mode", "ajouter"), ("faire", "verifier")]).await;
    app.run_jobs().await;
    assert_eq!(state(&app, id).await, "a_confirmer");
}

#[rocket::async_test]
async fn what_the_rest_of_a_file_contradicts_is_asked() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let first: String = (0..150).map(|n| format!("Hôte {n};97113;0{}/0{}/2025\n", n % 9 + 1, n % 8 + 1)).collect();
    let file = format!("nom;commune;date d'inscription\n{first}Hôte fin;97113;31/12/2025\n");
    let id = sent(&browser, "hebergeurs", "longues.csv", &file).await;
    // Nothing in the first rows says it: it is asked, answered wrong, and contradicted by the last line.
    read(&app, &browser, id, &[("dates-2", "mois_jour"), ("faire", "verifier")]).await;
    app.run_jobs().await;
    assert_eq!((state(&app, id).await, app.one::<i64>("SELECT count(*) FROM import_ligne").await), ("verification_arretee".into(), 0));
    let page = browser.get(&format!("/imports/{id}")).await.ok();
    let text = page.text().replace('\u{a0}', " ");
    assert!(text.contains("Ligne 152") && text.contains("31/12/2025") && text.contains("ne peut se lire le mois d’abord"), "{text}");
    let asked = browser.get(&format!("/imports/{id}/lecture")).await.ok();
    assert_eq!(asked.attributes("#dates-2 option[selected]", "value"), ["jour_mois"], "the answer is proposed");
    assert_eq!(read(&app, &browser, id, &[("dates-2", "jour_mois"), ("faire", "verifier")]).await.status, Status::SeeOther);
    app.run_jobs().await;
    assert_eq!((state(&app, id).await, counts(&app, id).await), ("a_confirmer".into(), (151, 0, 0, 0)));
    // Said again, the other answer is kept, and what cannot be read so is refused line by line.
    read(&app, &browser, id, &[("dates-2", "mois_jour"), ("faire", "verifier")]).await;
    app.run_jobs().await;
    assert_eq!((state(&app, id).await, counts(&app, id).await), ("a_confirmer".into(), (150, 0, 0, 1)));
}

#[rocket::async_test]
async fn dates_that_nothing_decides_are_asked_once_the_whole_file_was_read() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let first: String = (0..150).map(|n| format!("Hôte {n};97113;\n")).collect();
    let id = sent(&browser, "hebergeurs", "vides.csv", &format!("nom;commune;date d'inscription\n{first}Hôte fin;97113;03/04/2025\n")).await;
    read(&app, &browser, id, &[("faire", "verifier")]).await;
    app.run_jobs().await;
    assert_eq!(state(&app, id).await, "verification_arretee");
    assert!(browser.get(&format!("/imports/{id}")).await.ok().text().contains("se lit de deux façons"));
    assert_eq!(read(&app, &browser, id, &[("dates-2", "mois_jour"), ("faire", "verifier")]).await.status, Status::SeeOther);
    app.run_jobs().await;
    assert_eq!(app.one::<String>("SELECT valeurs->>'inscrit_le' FROM import_ligne WHERE nom = 'Hôte fin'").await, "2025-03-04");
}

#[rocket::async_test]
async fn an_import_is_replayed_as_another() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let file = "nom;commune;siret\nHôte rejoué;97113;13002526500013\n";
    let id = loaded(&app, &browser, ("hebergeurs", "rejeu.csv", file), "completer").await;
    let replay = async |of: i64| {
        let answer = browser.post(&format!("/imports/{of}/rejeu"), &[]).await;
        assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
        app.run_jobs().await;
        answer.header("Location").expect("the import").trim_start_matches("/imports/").parse::<i64>().expect("a number")
    };
    let again = replay(id).await;
    assert_ne!(again, id);
    assert_eq!((state(&app, again).await, counts(&app, again).await), ("a_confirmer".into(), (0, 0, 1, 0)), "what it says is there already");
    assert_eq!(replay(id).await, again, "a second click leads to the first");
    let same = browser.send_files("/imports", &[("genre", "hebergeurs")], &[("autre.csv", file.as_bytes())]).await;
    assert_eq!(same.status, Status::Conflict, "the same file is still held");
    assert!(browser.get(&format!("/imports/{id}")).await.ok().text().contains("Rejoué par"));
    assert_eq!(browser.post(&format!("/imports/{again}/abandon"), &[]).await.status, Status::SeeOther);
    let same = browser.send_files("/imports", &[("genre", "hebergeurs")], &[("autre.csv", file.as_bytes())]).await;
    assert_eq!(same.status, Status::Conflict, "the first holds it again");
    // Taken back, then replayed: it writes anew, on the rules of now.
    undone(&app, &browser, id).await;
    let before = base(&app).await;
    let anew = replay(id).await;
    assert_eq!(counts(&app, anew).await, (1, 0, 0, 0));
    super::confirm(&app, &browser, anew).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM hebergeur WHERE nom = 'Hôte rejoué'").await, 1);
    undone(&app, &browser, anew).await;
    assert_eq!(base(&app).await, before);
    let open = checked(&app, &browser, ("hebergeurs", "ouvert.csv", "nom;commune\nOuvert;97113\n"), "completer").await;
    assert_eq!(browser.post(&format!("/imports/{open}/rejeu"), &[]).await.status, Status::Conflict, "not finished");
    let other = app.agent(GRAND_SUD).await;
    assert_eq!(other.post(&format!("/imports/{id}/rejeu"), &[]).await.status, Status::NotFound);
}
