//! Wide files unfolded, full files, closed rows.

use gardel::imports::{Genre, Mode, Numero, Profil};
use gardel::sources::valeurs::Ordre;
use gardel::web;
use rocket::http::Status;

use super::{asked, base, confirm, counts, read, sent, state, undone};
use crate::salle::{self, LIVRAISON};
use crate::support::app::{LE_GOSIER, ROLES};
use crate::support::{App, Browser};

/// Deliveries as files bring them: one that is paid is closed.
static LIVRAISONS: Genre = Genre {
    synonymes: &[("tonnage", &["poids"])],
    lieu: "collectivite_id",
    fermee: Some("t.etat = 'payee'"),
    profils: &[Profil {
        nom: "Pont-bascule",
        entetes: &["ticket", "net kg"],
        colonnes: &[("ticket", "reference"), ("net kg", "tonnage")],
        constantes: &[],
        hors: None,
        dates: Some(Ordre::JourMois),
        nombres: None,
        mode: Some(Mode::Remplacer),
        xml: None,
    }],
    ..Genre::sur(
        "livraisons",
        &LIVRAISON,
        "Une ligne par livraison.",
        Numero { colonne: "reference", label: "Référence", objet: "livraison", donne: false },
    )
};

/// An application with the room of the tests and its kind of import, and somebody who works there.
async fn usine() -> App {
    let app = salle::with(web::declared().list(&salle::LIVRAISONS).with(&[&LIVRAISON]).with(&[&LIVRAISONS])).await;
    app.run_sql(&format!("GRANT SELECT, INSERT, UPDATE, DELETE ON essai_livraison TO {}", ROLES[1])).await;
    app
}

async fn text(app: &App, sql: &str) -> String {
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_string())).fetch_one(app.pool()).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

async fn names(app: &App, sql: &str) -> Vec<String> {
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_string())).fetch_all(app.pool()).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

const WIDE: &str = "commune;Alice;Bob;Chloé\n97113;alice@exemple.gp;pas un courriel;\n97113;alice2@exemple.gp;;chloe@exemple.gp\nTotal;;;\n";

/// Answers the reading of a wide file: the headers are names, the cells e-mails.
async fn unfolded(app: &App, browser: &Browser<'_>, id: i64, faire: &str) {
    let wide = [("colonne-1", "*"), ("colonne-2", "*"), ("colonne-3", "*"), ("deplie-entete", "nom"), ("deplie-cellule", "courriel")];
    let answer = read(app, browser, id, &[&wide[..], &[("faire", faire)]].concat()).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
}

#[rocket::async_test]
async fn a_wide_row_gives_a_line_for_each_cell() {
    let mut found = Vec::new();
    for lot in [1, 2, 5_000] {
        let app = App::new().await;
        let browser = app.agent(LE_GOSIER).await;
        let before = base(&app).await;
        let id = sent(&browser, "hebergeurs", "large.csv", WIDE).await;
        unfolded(&app, &browser, id, "voir").await;
        let page = browser.get(&format!("/imports/{id}/lecture")).await.ok();
        assert!(page.texts("#titre-premieres").len() == 1 && page.text().contains("→ Courriel"), "{}", page.text());
        app.run_sql(&format!("UPDATE import SET lot = {lot}")).await;
        unfolded(&app, &browser, id, "verifier").await;
        app.run_jobs().await;
        assert_eq!((state(&app, id).await, counts(&app, id).await), ("a_confirmer".into(), (3, 0, 0, 1)));
        let told = text(&app, "SELECT ligne || '|' || colonne || '|' || contenu FROM import_anomalie WHERE gravite = 'refus'").await;
        assert_eq!(told, "2|Courriel (Bob)|pas un courriel", "the physical line and the column");
        let refused = browser.get(&format!("/imports/{id}/refusees")).await.ok().text();
        assert!(refused.contains(";;pas un courriel;;2;"), "loaded again once corrected, it gives this line alone: {refused}");
        confirm(&app, &browser, id).await;
        let written = "SELECT string_agg(nom || ' ' || courriel, ', ' ORDER BY courriel) FROM hebergeur WHERE courriel IN ('alice@exemple.gp', 'alice2@exemple.gp', 'chloe@exemple.gp')";
        assert_eq!(text(&app, written).await, "Alice alice2@exemple.gp, Alice alice@exemple.gp, Chloé chloe@exemple.gp");
        found.push(
            text(&app, "SELECT string_agg(concat_ws('|', rang, ligne, verdict, valeurs - 'inscrit_le'), ';' ORDER BY rang) FROM import_ligne").await,
        );
        undone(&app, &browser, id).await;
        assert_eq!(base(&app).await, before);
    }
    assert!(found.windows(2).all(|two| two[0] == two[1]), "{found:?}");
}

#[rocket::async_test]
async fn a_profile_unfolds_too_and_two_things_fill_no_field() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = sent(&browser, "hebergeurs", "large.csv", WIDE).await;
    let twice = [("colonne-1", "*"), ("deplie-entete", "nom"), ("deplie-cellule", "nom"), ("faire", "voir")];
    read(&app, &browser, id, &twice).await.refused(Status::UnprocessableEntity, "Deux choses remplissent");
    let none = [("colonne-1", "*"), ("deplie-entete", ""), ("deplie-cellule", ""), ("faire", "voir")];
    read(&app, &browser, id, &none).await.refused(Status::UnprocessableEntity, "Dites quel champ");
    let huge = (0..301).map(|n| format!("c{n}")).collect::<Vec<_>>().join(";");
    let huge = sent(&browser, "hebergeurs", "immense.csv", &format!("{huge}\n{}\n", "x;".repeat(300) + "x")).await;
    let asked = [("colonne-0", "*"), ("deplie-entete", "nom"), ("deplie-cellule", "courriel"), ("faire", "voir")];
    read(&app, &browser, huge, &asked).await.refused(Status::UnprocessableEntity, "se déplie jusqu’à 300 colonnes");
    unfolded(&app, &browser, id, "voir").await;
    let wide = [("colonne-1", "*"), ("colonne-2", "*"), ("colonne-3", "*"), ("deplie-entete", "nom"), ("deplie-cellule", "courriel")];
    let keep = [&wide[..], &[("profil-nom", "Large"), ("profil-partage", ""), ("faire", "garder")]].concat();
    assert_eq!(read(&app, &browser, id, &keep).await.status, Status::SeeOther);
    let next = sent(&browser, "hebergeurs", "suivant.csv", "Chloé;Bob;commune;Alice\nc@exemple.gp;b@exemple.gp;97113;\n").await;
    let map = format!(
        "SELECT profil || '|' || (correspondance->>'colonnes') || '|' || (correspondance->'deplie'->>'cellule') FROM import WHERE id = {next}"
    );
    assert_eq!(text(&app, &map).await, "Large|[\"*\", \"*\", \"commune\", \"*\"]|courriel");
}

#[rocket::async_test]
async fn what_a_full_file_does_not_name_is_put_away_when_asked() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    // Hosts of Le Gosier alone, who let nothing: what may be put away. One more lets a lodging.
    let free = "NOT EXISTS (SELECT 1 FROM logement l WHERE l.hebergeur_id = h.id AND l.actif)";
    let only = "ARRAY(SELECT c.code_insee FROM hebergeur_commune c WHERE c.hebergeur_id = h.id) = ARRAY['97113'] AND h.archive_le IS NULL";
    app.run_sql("INSERT INTO hebergeur (numero, nom, type, inscrit_le) SELECT 'HEB-9' || to_char(n, 'FM00000'), 'Libre ' || n, 'particulier', '2025-01-01' FROM generate_series(1, 3) n").await;
    app.run_sql("INSERT INTO hebergeur_commune (code_insee, hebergeur_id, nom, inscrit_le, type) SELECT '97113', id, nom, inscrit_le, type FROM hebergeur WHERE nom LIKE 'Libre %'").await;
    let before = base(&app).await;
    let named = "numero;nom;commune\nHEB-900001;Libre 1;97113\n;Tout neuf;97113\n";
    let id = sent(&browser, "hebergeurs", "complet.csv", named).await;
    assert_eq!(read(&app, &browser, id, &[("complet", "97113"), ("faire", "verifier")]).await.status, Status::SeeOther);
    app.run_jobs().await;
    let missing = names(&app, &format!("SELECT h.id::text FROM hebergeur h WHERE {only} AND h.numero <> 'HEB-900001' ORDER BY h.id")).await;
    assert_eq!(names(&app, "SELECT cle::text FROM import_ligne WHERE verdict = 'absente' ORDER BY import_ligne.cle").await, missing);
    let may = names(&app, &format!("SELECT h.id::text FROM hebergeur h WHERE {only} AND h.numero <> 'HEB-900001' AND {free} ORDER BY h.id")).await;
    assert!(may.len() >= 2 && missing.len() > may.len(), "some are kept: {} of {}", may.len(), missing.len());
    assert_eq!(names(&app, "SELECT cle::text FROM import_ligne WHERE verdict = 'absente' AND motif IS NULL ORDER BY import_ligne.cle").await, may);
    let page = browser.get(&format!("/imports/{id}")).await.ok();
    assert!(page.text().contains("Libre 2") && page.text().contains("en location"), "{}", page.text());
    // Not asked: nothing is put away.
    confirm(&app, &browser, id).await;
    assert_eq!(text(&app, "SELECT count(*)::text FROM hebergeur WHERE nom LIKE 'Libre %' AND archive_le IS NOT NULL").await, "0");
    undone(&app, &browser, id).await;
    assert_eq!(base(&app).await, before);
    // Asked: in lots, with what stood there; and back.
    let id = sent(&browser, "hebergeurs", "complet.csv", named).await;
    app.run_sql("UPDATE import SET lot = 1").await;
    read(&app, &browser, id, &[("complet", "97113"), ("faire", "verifier")]).await;
    app.run_jobs().await;
    let page = browser.get(&format!("/imports/{id}")).await.ok();
    let shown = |name: &str| page.attributes(&format!("input[name={name}]"), "value").first().cloned().expect("something to confirm");
    let form = [("lignes", shown("lignes")), ("revision", shown("revision")), ("retirer", "true".into())];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    // One of them lets a lodging meanwhile.
    app.run_sql("UPDATE logement SET hebergeur_id = (SELECT id FROM hebergeur WHERE nom = 'Libre 3') WHERE id = (SELECT min(id) FROM logement WHERE code_insee = '97113' AND actif)").await;
    assert_eq!(browser.post(&format!("/imports/{id}/ecriture"), &form).await.status, Status::SeeOther);
    app.run_jobs().await;
    assert_eq!(state(&app, id).await, "termine");
    let away = names(&app, "SELECT nom::text FROM hebergeur WHERE nom LIKE 'Libre %' AND archive_le IS NOT NULL").await;
    assert_eq!(away, ["Libre 2"], "who lets one since stays");
    undone(&app, &browser, id).await;
    assert_eq!(text(&app, "SELECT count(*)::text FROM hebergeur WHERE nom LIKE 'Libre %' AND archive_le IS NOT NULL").await, "0");
}

#[rocket::async_test]
async fn nobody_puts_away_what_they_may_not_decide() {
    let app = App::new().await;
    let who = app.person("sur_mesure", &[LE_GOSIER]).await.user_id;
    app.run_sql(&format!("INSERT INTO droit SELECT {who}, collectivite_id, 'taxe', 2 FROM utilisateur_collectivite WHERE utilisateur_id = {who}"))
        .await;
    let browser = app.signed_in(who).await;
    let id = sent(&browser, "hebergeurs", "complet.csv", "nom;commune\nTout neuf;97113\n").await;
    assert!(browser.get(&format!("/imports/{id}/lecture")).await.ok().attributes("#complet", "name").is_empty());
    read(&app, &browser, id, &[("complet", "97113"), ("faire", "verifier")]).await;
    app.run_jobs().await;
    assert_eq!(text(&app, "SELECT count(*)::text FROM import_ligne WHERE verdict = 'absente'").await, "0");
    let answer = browser.post(&format!("/imports/{id}/ecriture"), &[("lignes", "1"), ("revision", "3"), ("retirer", "true")]).await;
    assert!([Status::Forbidden, Status::Conflict].contains(&answer.status), "{}", answer.status);
    confirm(&app, &browser, id).await;
}

#[rocket::async_test]
async fn a_closed_row_gets_a_proposal() {
    let app = usine().await;
    let gardel = salle::works_at(&app, &[salle::GARDEL]).await;
    let state_of = async |reference: &str| {
        text(&app, &format!("SELECT coalesce(etat, '-') || ' ' || coalesce(tonnage::text, '-') || ' v' || version FROM essai_livraison WHERE reference = '{reference}'")).await
    };
    // n % 4 = 2 is paid, 0 is weighed.
    let file = "Ticket;Net kg\nL0004;5\nL0002;7\nL0006;8\nL0010;9\n";
    let before = (state_of("L0002").await, state_of("L0006").await, state_of("L0010").await);
    let id = sent(&gardel, "livraisons", "pont.csv", file).await;
    assert_eq!(text(&app, &format!("SELECT profil FROM import WHERE id = {id}")).await, "Pont-bascule", "declared, it recognises its files");
    assert_eq!(read(&app, &gardel, id, &[("mode", "remplacer"), ("faire", "verifier")]).await.status, Status::SeeOther);
    app.run_jobs().await;
    assert_eq!(counts(&app, id).await, (0, 1, 0, 0), "{:?}", names(&app, "SELECT message FROM import_anomalie").await);
    assert_eq!(text(&app, "SELECT proposees::text FROM import").await, "3");
    let early = gardel.post(&format!("/imports/{id}/propositions"), &[("faire", "tout-accepter")]).await;
    assert_eq!(early.status, Status::Conflict, "once it is written");
    confirm(&app, &gardel, id).await;
    assert!(state_of("L0004").await.starts_with("pesee 5000 "), "{}", state_of("L0004").await);
    assert_eq!((state_of("L0002").await, state_of("L0006").await, state_of("L0010").await), before, "nothing is written over");
    let page = gardel.get(&format!("/imports/{id}")).await.ok();
    assert!(page.text().contains("Propositions (3)"), "{}", page.text());
    let line = text(&app, "SELECT id::text FROM import_ligne WHERE reference = 'L0002'").await;
    assert_eq!(gardel.post(&format!("/imports/{id}/propositions"), &[("ligne", &line), ("faire", "accepter")]).await.status, Status::SeeOther);
    assert!(state_of("L0002").await.starts_with("payee 7000 "), "{}", state_of("L0002").await);
    assert_eq!(text(&app, "SELECT count(*)::text FROM journal WHERE objet = 'livraison'").await, "1", "by the door of the record");
    // One that changed meanwhile is not written; one is refused.
    app.run_sql("UPDATE essai_livraison SET version = version + 1, nom = 'Changé' WHERE reference = 'L0006'").await;
    let stale = text(&app, "SELECT id::text FROM import_ligne WHERE reference = 'L0006'").await;
    gardel.post(&format!("/imports/{id}/propositions"), &[("ligne", &stale), ("faire", "accepter")]).await;
    assert_eq!(text(&app, "SELECT etat FROM import_ligne WHERE reference = 'L0006'").await, "prevue");
    let last = text(&app, "SELECT id::text FROM import_ligne WHERE reference = 'L0010'").await;
    gardel.post(&format!("/imports/{id}/propositions"), &[("ligne", &last), ("faire", "refuser")]).await;
    assert_eq!(text(&app, "SELECT etat FROM import_ligne WHERE reference = 'L0010'").await, "ecartee");
    assert_eq!(state_of("L0010").await, before.2);
    // Who only enters decides nothing.
    app.run_sql(&format!("UPDATE droit SET niveau = 2 WHERE module = 'production' AND utilisateur_id = {}", gardel.user_id)).await;
    assert_eq!(gardel.post(&format!("/imports/{id}/propositions"), &[("faire", "tout-accepter")]).await.status, Status::Forbidden);
    app.run_sql(&format!("UPDATE droit SET niveau = 3 WHERE module = 'production' AND utilisateur_id = {}", gardel.user_id)).await;
    // The way back takes what was accepted too.
    undone(&app, &gardel, id).await;
    assert!(state_of("L0002").await.starts_with(before.0.rsplit_once(' ').expect("a version").0));
    // A file that only proposes is kept as such.
    let id = sent(&gardel, "livraisons", "pont2.csv", "Ticket;Net kg\nL0010;11\n").await;
    read(&app, &gardel, id, &[("mode", "remplacer"), ("faire", "verifier")]).await;
    app.run_jobs().await;
    assert_eq!(asked(&gardel, id).await.status, Status::SeeOther);
    app.run_jobs().await;
    gardel.post(&format!("/imports/{id}/propositions"), &[("faire", "tout-accepter")]).await;
    assert!(state_of("L0010").await.starts_with("payee 11000 "), "{}", state_of("L0010").await);
}

#[rocket::async_test]
async fn a_validated_stay_is_proposed_to_whoever_decides() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let of = "code_insee = '97113' AND statut = 'valide' AND reference IS NOT NULL AND nb_mineurs + nb_saisonniers + nb_urgence + nb_loyer_modique = 0 AND prix_nuit IS NULL AND nb_personnes = 1";
    let line = text(&app, &format!("SELECT id || ';' || reference || ';' || collecteur FROM sejour WHERE {of} ORDER BY id LIMIT 1")).await;
    let (id, key) = line.split_once(';').expect("a stay");
    let row = |sql: &str| format!("SELECT concat_ws('|', {sql}) FROM sejour WHERE id = {id}");
    let before = text(&app, &row("nb_personnes, montant_base, montant_departemental, statut, tarif")).await;
    let import = sent(&browser, "sejours", "corrige.csv", &format!("reference;collecteur;nb_personnes\n{key};2\n")).await;
    let answer = read(&app, &browser, import, &[("mode", "remplacer"), ("faire", "verifier")]).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    app.run_jobs().await;
    assert_eq!(
        text(&app, "SELECT concat_ws('|', nouvelles, changees, refusees, proposees) FROM import").await,
        "0|0|0|1",
        "{:?}",
        names(&app, "SELECT message FROM import_anomalie").await
    );
    assert_eq!(asked(&browser, import).await.status, Status::SeeOther);
    app.run_jobs().await;
    assert_eq!(text(&app, &row("nb_personnes, montant_base, montant_departemental, statut, tarif")).await, before, "nothing is written over");
    browser.post(&format!("/imports/{import}/propositions"), &[("faire", "tout-accepter")]).await;
    assert_eq!(text(&app, &row("nb_personnes, statut")).await, "2|valide", "{:?}", names(&app, "SELECT etat FROM import_ligne").await);
    let doubled = format!("(SELECT montant_base FROM sejour WHERE id = {id}) > {}", before.split('|').nth(1).expect("an amount"));
    assert_eq!(text(&app, &format!("SELECT ({doubled})::text")).await, "true", "its tax is that of two");
    undone(&app, &browser, import).await;
    assert_eq!(text(&app, &row("nb_personnes, montant_base, montant_departemental, statut, tarif")).await, before);
}
