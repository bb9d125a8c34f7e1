//! What stays true while an import is written, looked at or taken back by somebody whose rights changed meanwhile.

use rocket::http::Status;

use super::droits::somebody;
use super::{asked, checked, counts, loaded, state, undone};
use crate::support::App;
use crate::support::app::{LE_GOSIER, RIVIERA};

/// Another commune alone, and its code.
const SAINTE_ANNE: &str = "219711280";

const TWO: &str = "nom;commune\nHôte d’ici;97113\nHôte d’à côté;97128\n";

#[rocket::async_test]
async fn the_lines_of_a_file_are_shown_as_its_page_is() {
    let app = App::new().await;
    let owner = app.agent(LE_GOSIER).await;
    let id = loaded(&app, &owner, ("hebergeurs", "a.csv", "nom;commune\nHôte parti;97113\nSans lieu;Atlantide\n"), "completer").await;
    let lists = [(format!("/lignes?import={id}"), "Hôte parti"), (format!("/anomalies?import={id}"), "Atlantide")];
    for (place, held) in &lists {
        assert!(owner.get(place).await.ok().text().contains(held), "{place}");
    }
    // Moved to another town: they do not reach what they wrote any more.
    app.run_sql(&format!("DELETE FROM utilisateur_collectivite WHERE utilisateur_id = {}", owner.user_id)).await;
    app.run_sql(&format!(
        "INSERT INTO utilisateur_collectivite (utilisateur_id, collectivite_id) SELECT {}, id FROM collectivite WHERE siren = '{SAINTE_ANNE}'",
        owner.user_id
    ))
    .await;
    let moved = app.signed_in(owner.user_id).await;
    assert_eq!(moved.get(&format!("/imports/{id}/fichier")).await.status, Status::Forbidden);
    for (place, held) in &lists {
        let page = moved.get(place).await.ok();
        assert!(!page.text().contains(held) && page.texts("tbody tr").is_empty(), "{place}: {}", page.text());
    }
}

#[rocket::async_test]
async fn going_on_with_an_undoing_asks_what_beginning_it_does() {
    let app = App::new().await;
    let owner = somebody(&app, &[("taxe", 3, RIVIERA)]).await;
    let id = loaded(&app, &owner, ("hebergeurs", "deux.csv", TWO), "completer").await;
    assert_eq!(owner.post(&format!("/imports/{id}/annulation"), &[]).await.status, Status::SeeOther);
    app.run_sql("UPDATE job SET state = 'cancelled', finished_at = now() WHERE state = 'ready'").await;
    app.run_sql(&format!("UPDATE import SET etat = 'annulation_arretee' WHERE id = {id}")).await;
    // Of the place of the import, and of one commune only of the two where it wrote.
    let other = somebody(&app, &[("administration", 1, RIVIERA), ("taxe", 2, LE_GOSIER)]).await;
    for gesture in ["annulation", "reprise"] {
        let answer = other.post(&format!("/imports/{id}/{gesture}"), &[]).await;
        answer.refused(Status::Forbidden, "Vos droits ne vont pas partout où cet import a écrit");
    }
    assert_eq!(state(&app, id).await, "annulation_arretee");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM hebergeur WHERE nom LIKE 'Hôte d’%'").await, 2);
    assert_eq!(owner.post(&format!("/imports/{id}/reprise"), &[]).await.status, Status::SeeOther);
    app.run_jobs().await;
    assert_eq!(state(&app, id).await, "annule");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM hebergeur WHERE nom LIKE 'Hôte d’%'").await, 0);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'import' AND detail->>'geste' = 'annulation reprise'").await, 1);
}

/// A file of millions of lines is written for an hour: rights are those of each lot.
#[rocket::async_test]
async fn rights_that_are_lost_while_it_writes_stop_it() {
    let app = App::new().await;
    for lost in ["UPDATE utilisateur SET actif = false", "UPDATE droit SET niveau = 1"] {
        let owner = somebody(&app, &[("taxe", 3, LE_GOSIER)]).await;
        let file: String = (0..8).map(|place| format!("Hôte n° {place} de {};97113\n", owner.user_id)).collect();
        let id = checked(&app, &owner, ("hebergeurs", "a.csv", &format!("nom;commune\n{file}")), "completer").await;
        assert_eq!(counts(&app, id).await, (8, 0, 0, 0));
        app.run_sql(&format!("UPDATE import SET lot = 2 WHERE id = {id}")).await;
        let key = if lost.contains("droit") { "utilisateur_id" } else { "id" };
        app.run_sql(&format!(
            "CREATE FUNCTION perd() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $f$ BEGIN
                 IF (SELECT count(*) FROM hebergeur WHERE nom LIKE '%de {0}') = 4 THEN {lost} WHERE {key} = {0}; END IF; RETURN NULL; END $f$",
            owner.user_id
        ))
        .await;
        app.run_sql("CREATE TRIGGER perd AFTER INSERT ON hebergeur FOR EACH STATEMENT EXECUTE FUNCTION perd()").await;
        assert_eq!(asked(&owner, id).await.status, Status::SeeOther);
        app.run_jobs().await;
        app.run_sql("DROP TRIGGER perd ON hebergeur").await;
        app.run_sql("DROP FUNCTION perd").await;
        let written: i64 =
            app.one(Box::leak(format!("SELECT count(*) FROM hebergeur WHERE nom LIKE '%de {}'", owner.user_id).into_boxed_str())).await;
        assert_eq!((written, state(&app, id).await.as_str()), (4, "ecriture_arretee"), "{lost}");
    }
}

/// Lodgings of a host, at Le Gosier.
async fn with_a_lodging() -> App {
    let app = App::new().await;
    app.run_sql("INSERT INTO hebergeur (numero, nom, type, inscrit_le) VALUES ('HEB-900010', 'Hélène Zandronis', 'particulier', '2024-01-01')").await;
    app.run_sql(
        "INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
         SELECT 'LOG-900010', id, '97113', 'Kaz Wobli', '1 rue des Flamboyants', 4, 4, 4 FROM hebergeur WHERE numero = 'HEB-900010'",
    )
    .await;
    app
}

/// Numbers that a file gives are not drawn for its other lines, in whichever lot they are.
#[rocket::async_test]
async fn numbers_given_further_down_are_not_drawn_before() {
    for lot in [2, 100] {
        let app = with_a_lodging().await;
        let browser = app.agent(LE_GOSIER).await;
        let next: i64 = app.one("SELECT nextval('numero_sejour')").await;
        let mut file = String::from("Référence;Logement;Arrivée;Départ;Personnes;Prix de la nuit\n");
        for place in 0..6 {
            file.push_str(&format!(";LOG-900010;2026-01-{:02};2026-01-{:02};2;50\n", place + 1, place + 2));
        }
        for place in [1, 3, 5] {
            file.push_str(&format!("SAI-{:07};LOG-900010;2026-02-{:02};2026-02-{:02};2;50\n", next + place, place, place + 1));
        }
        let id = checked(&app, &browser, ("sejours", "registre.csv", &file), "completer").await;
        assert_eq!(counts(&app, id).await, (9, 0, 0, 0));
        app.run_sql(&format!("UPDATE import SET lot = {lot} WHERE id = {id}")).await;
        super::confirm(&app, &browser, id).await;
        assert_eq!(state(&app, id).await, "termine");
        let (created, overtaken): (i64, i64) =
            sqlx::query_as("SELECT creees, depassees FROM import WHERE id = $1").bind(id).fetch_one(app.pool()).await.expect("the import");
        assert_eq!((created, overtaken), (9, 0), "lots of {lot}");
        let given: i64 =
            app.one("SELECT count(*) FROM sejour WHERE date_debut >= '2026-02-01' AND reference LIKE 'SAI-%' AND nb_personnes = 2").await;
        assert_eq!(given, 3, "lots of {lot}");
    }
}

/// The base notes who entered a stay; an import that is taken back was never entered by anybody.
#[rocket::async_test]
async fn who_entered_a_stay_is_given_back_too() {
    let app = with_a_lodging().await;
    let browser = app.agent(LE_GOSIER).await;
    let file = |people: u8| {
        format!(
            "Référence;Logement;Arrivée;Départ;Personnes;Prix de la nuit\nA-1;LOG-900010;2026-01-01;2026-01-03;{people};50\nA-2;LOG-900010;2026-01-11;2026-01-13;{people};50\n"
        )
    };
    loaded(&app, &browser, ("sejours", "un.csv", &file(2)), "completer").await;
    app.run_sql("UPDATE sejour SET saisi_par = NULL WHERE reference = 'A-1'").await;
    app.run_sql("UPDATE sejour SET saisi_par = '{77,3}' WHERE reference = 'A-2'").await;
    let before: String = app
        .one("SELECT string_agg(concat(reference, saisi_par::text, nb_personnes), ';' ORDER BY reference) FROM sejour WHERE reference LIKE 'A-_'")
        .await;
    let id = loaded(&app, &browser, ("sejours", "deux.csv", &file(3)), "remplacer").await;
    assert_eq!(counts(&app, id).await, (0, 2, 0, 0));
    let noted: i64 = sqlx::query_scalar("SELECT count(*) FROM sejour WHERE reference LIKE 'A-_' AND $1 = ANY (saisi_par)")
        .bind(browser.user_id)
        .fetch_one(app.pool())
        .await
        .expect("a count");
    assert_eq!(noted, 2);
    undone(&app, &browser, id).await;
    let after: String = app
        .one("SELECT string_agg(concat(reference, saisi_par::text, nb_personnes), ';' ORDER BY reference) FROM sejour WHERE reference LIKE 'A-_'")
        .await;
    assert_eq!(after, before);
}

/// Numbers of ours that a file gave to stays of a platform: nothing else ends on them.
#[rocket::async_test]
async fn a_number_that_another_collector_has_is_not_drawn() {
    let app = with_a_lodging().await;
    let browser = app.agent(LE_GOSIER).await;
    let next: i64 = app.one("SELECT nextval('numero_sejour')").await;
    let mut file = String::from("Référence;Logement;Arrivée;Départ;Personnes;Prix de la nuit;Collecteur\n");
    for place in 1..4 {
        file.push_str(&format!("SAI-{:07};LOG-900010;2026-02-{place:02};2026-02-{:02};2;50;airbnb\n", next + place, place + 1));
    }
    let given = loaded(&app, &browser, ("sejours", "donnees.csv", &file), "completer").await;
    assert_eq!(counts(&app, given).await, (3, 0, 0, 0));
    let file = "Référence;Logement;Arrivée;Départ;Personnes;Prix de la nuit;Collecteur\n;LOG-900010;2026-03-01;2026-03-02;2;50;airbnb\n;LOG-900010;2026-03-03;2026-03-04;2;50;hote\n";
    let id = loaded(&app, &browser, ("sejours", "sans.csv", file), "completer").await;
    assert_eq!(counts(&app, id).await, (2, 0, 0, 0));
    let twice: i64 =
        app.one("SELECT count(*) FROM (SELECT 1 FROM sejour GROUP BY reference HAVING count(*) > 1 AND min(reference) LIKE 'SAI-%') x").await;
    assert_eq!((twice, app.one::<i64>("SELECT count(*) FROM sejour WHERE date_debut >= '2026-03-01' AND reference LIKE 'SAI-%'").await), (0, 2));
}

/// A check that was called off before it ran leaves a reading that is corrected, and asked for again.
#[rocket::async_test]
async fn a_check_called_off_before_it_ran_is_asked_for_again() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = super::sent(&browser, "hebergeurs", "a.csv", "nom;commune\nHôte d’avant;97113\n").await;
    for again in [false, true] {
        let answer = super::read(&app, &browser, id, &[("mode", "completer"), ("faire", "verifier")]).await;
        assert_eq!(answer.status, Status::SeeOther, "{again}: {}", answer.text());
        if !again {
            app.run_sql("UPDATE job SET state = 'cancelled', finished_at = now() WHERE state = 'ready'").await;
            assert_eq!(state(&app, id).await, "verification");
        }
    }
    app.run_jobs().await;
    assert_eq!((state(&app, id).await.as_str(), counts(&app, id).await), ("a_confirmer", (1, 0, 0, 0)));
}

/// Communes that were taken back since a file that names them was checked: its lines say so, the others are written.
#[rocket::async_test]
async fn a_commune_that_is_gone_leaves_its_lines() {
    let app = App::new().await;
    let browser = app.exploitant().await;
    let communes = loaded(&app, &browser, ("communes", "c.csv", "code_insee,nom,siren,code_departement,code_epci,nom_epci,population,codes_postaux\n01001,L'Abergement-Clémenciat,210100012,01,200069193,CC de la Dombes,860,01400\n"), "completer").await;
    let file = "code_insee;nom;type;commune_id\n01901;Déléguée;commune-deleguee;01001\n97199;Restée;commune-deleguee;97113\n";
    let id = checked(&app, &browser, ("communes-anciennes", "a.csv", file), "completer").await;
    assert_eq!(counts(&app, id).await, (2, 0, 0, 0));
    undone(&app, &browser, communes).await;
    super::confirm(&app, &browser, id).await;
    assert_eq!(state(&app, id).await, "termine");
    let written: (i64, i64) =
        sqlx::query_as("SELECT creees, depassees FROM import WHERE id = $1").bind(id).fetch_one(app.pool()).await.expect("the import");
    assert_eq!(written, (1, 1));
}

/// A stay is taxed by its lodging and by the deliberations of its commune as they were looked at: what changed since is seen, whatever its
/// date says.
#[rocket::async_test]
async fn stays_follow_neither_a_lodging_nor_a_tariff_that_changed() {
    let changes = [
        ("SELECT 1", (1, 0)),
        ("UPDATE logement SET categorie_id = 5, modifie_le = '2020-01-01' WHERE reference = 'LOG-900010'", (0, 1)),
        (
            "UPDATE deliberation SET tarif_4 = tarif_4 + 1, modifie_le = '2020-01-01' WHERE id IN (SELECT deliberation_id FROM deliberation_commune WHERE code_insee = '97113')",
            (0, 1),
        ),
        ("DELETE FROM deliberation WHERE id IN (SELECT deliberation_id FROM deliberation_commune WHERE code_insee = '97113')", (0, 1)),
        (
            "UPDATE deliberation SET tarif_4 = tarif_4 + 1 WHERE id NOT IN (SELECT deliberation_id FROM deliberation_commune WHERE code_insee = '97113')",
            (1, 0),
        ),
    ];
    for (change, expected) in changes {
        let app = with_a_lodging().await;
        let browser = app.agent(LE_GOSIER).await;
        let file = "Référence;Logement;Arrivée;Départ;Personnes;Prix de la nuit\nT-1;LOG-900010;2026-02-01;2026-02-03;2;50\n";
        let id = checked(&app, &browser, ("sejours", "registre.csv", file), "completer").await;
        app.run_sql(change).await;
        super::confirm(&app, &browser, id).await;
        let done: (i64, i64) =
            sqlx::query_as("SELECT creees, depassees FROM import WHERE id = $1").bind(id).fetch_one(app.pool()).await.expect("the import");
        assert_eq!(done, expected, "{change}");
    }
}

/// Lines that say the same are told once, however many things they have in common.
#[rocket::async_test]
async fn a_line_said_twice_is_told_once() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let line = "Hôte double;97113;Professionnel;73282932000074;double@exemple.gp;0690112233;1 rue du Double\n";
    let file = format!("nom;commune;type;siret;courriel;telephone;adresse\n{line}{line}");
    let id = checked(&app, &browser, ("hebergeurs", "a.csv", &file), "completer").await;
    assert_eq!(counts(&app, id).await, (1, 0, 1, 0));
    let told: (i64, i64) = sqlx::query_as(
        "SELECT count(*), max(a.avertissements) FROM import_anomalie x JOIN import a ON a.id = x.import_id WHERE x.code = 'DUP-01' AND a.id = $1",
    )
    .bind(id)
    .fetch_one(app.pool())
    .await
    .expect("a count");
    assert_eq!(told, (1, 1));
}

/// A file of which no line can be loaded is not read to its end: each of its lines would take room in the base. What was given up gives that
/// room back.
#[rocket::async_test]
async fn a_file_without_hope_is_left_before_its_end() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let file = format!("nom;commune\n{}", "x;Nulle part\n".repeat(60_000));
    let id = super::sent(&browser, "hebergeurs", "bombe.csv", &file).await;
    super::read(&app, &browser, id, &[("mode", "completer"), ("faire", "verifier")]).await;
    app.run_jobs().await;
    assert_eq!(state(&app, id).await, "verification_arretee");
    let (read, held): (i64, i64) = sqlx::query_as("SELECT lues, (SELECT count(*) FROM import_ligne WHERE import_id = $1) FROM import WHERE id = $1")
        .bind(id)
        .fetch_one(app.pool())
        .await
        .expect("the import");
    assert!((50_000..55_000).contains(&read) && read == held, "{read} {held}");
    let page = browser.get(&format!("/imports/{id}")).await.ok();
    assert!(page.text().contains("sont toutes refusées"), "{}", page.text());
    assert_eq!(browser.post(&format!("/imports/{id}/abandon"), &[]).await.status, Status::SeeOther);
    app.run_sql("UPDATE import SET cree_le = cree_le - interval '2 days'").await;
    app.run_sql("INSERT INTO job (queue, name, payload, title, priority, max_attempts) VALUES ('maintenance', 'entretien', '{}', 'x', 100, 1)").await;
    app.run_jobs().await;
    assert_eq!(app.one::<i64>("SELECT (SELECT count(*) FROM import_ligne) + (SELECT count(*) FROM import_anomalie)").await, 0);
    assert_eq!(state(&app, id).await, "abandonne");
}
