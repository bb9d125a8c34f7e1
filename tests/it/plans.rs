//! Plans: everything a list can be asked, on a large table. Each page goes one of three ways, and each way has its
//! bounds: the walk of an index, which sorts and throws away next to nothing; the collection of a small set; the
//! walk in steps, which stops at its reach. Values are those of the base, so that questions have answers.

use chrono::NaiveDate;
use gardel::comptes::Role;
use gardel::listing::{COLLECTED_MAX, List, Narrowed, Page, Query, Reader, Search, Way};
use gardel::platform::token::SigningKey;
use gardel::web::LISTS;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
use tokio::sync::OnceCell;

use crate::support::app::{App, fill};
use crate::support::droits::reader;
use crate::support::facts;
use crate::support::questions::{column_questions, questions};

/// Séjours in the large base.
const SEJOURS: u64 = 120_000;
/// Rows that every table of the lists has at least; the communes are what they are.
const ROWS_MIN: i64 = 5_000;
/// Tables small enough to be read whole.
const SMALL: &[&str] =
    &["commune", "epci", "nature", "categorie", "plateforme", "bareme", "collectivite", "collectivite_commune", "utilisateur_collectivite"];
/// Rows that one node may sort: a page.
const SORT_MAX: f64 = 600.0;
/// The same when words lead: every row that they found, which `search.rs` bounds.
const SORT_FOUND_MAX: f64 = 5_000.0;
/// The same in a walk in steps: a page of each of sixty-four branches, which are merged once they have been checked.
const SORT_STEPS_MAX: f64 = 64.0 * 51.0;
/// Rows that may pass before a node which keeps only a page of them: a page of each lodging that a
/// search found, five hundred at most.
const TOP_MAX: f64 = 500.0 * 51.0;
/// Rows that a condition may read of other tables each time it is asked: a row and its parent, or the rows of
/// a small perimeter. More means that it was worked out for a whole table.
const CONDITION_MAX: f64 = 200.0;
/// Rows read and thrown away for one page of fifty: the reach of a walk in steps, and its page.
const REMOVED_MAX: f64 = 20_100.0;
/// Rows that a collection may read of one table by an index: what it keeps, and what it throws away.
/// The way is chosen by the planner's cost: rows read in the order of their table cost little each.
const COLLECTED_READ_MAX: f64 = 60_000.0;
/// Share of the questions that may have no answer: words that nobody holds.
const EMPTY_MAX: f64 = 0.15;

/// The base of these tests, made once.
static BASE: OnceCell<String> = OnceCell::const_new();

async fn base() -> App {
    let name = BASE.get_or_init(async || {
        let name = format!("gardel_t_{}_plans", std::process::id());
        fill(&name, SEJOURS).await;
        let app = App::over(&name, |_| {}).await;
        enlarge(&app).await;
        name
    });
    App::over(name.await, |_| {}).await
}

macro_rules! plans_of {
    ($($list:ident),*) => {
        $(#[rocket::async_test]
        async fn $list() {
            every_question_of(stringify!($list)).await;
        })*

        #[test]
        fn every_list_has_its_test() {
            let mut tested = vec![$(stringify!($list)),*];
            let mut lists: Vec<&str> = LISTS.iter().map(|list| list.name).collect();
            tested.sort_unstable();
            lists.sort_unstable();
            assert_eq!(tested, lists);
        }
    };
}

plans_of!(
    sejours,
    logements,
    hebergeurs,
    communes,
    deliberations,
    tarifs,
    campagnes,
    echeances,
    declarations,
    paiements,
    ecritures,
    utilisateurs,
    travaux,
    actions,
    imports,
    lignes,
    anomalies,
    profils,
    jetons,
    journal,
    lettres,
    modeles
);

/// What was seen of the plans of a list.
#[derive(Default)]
struct Seen {
    plans: usize,
    empty: usize,
    ways: [usize; 3],
    faults: Vec<String>,
}

async fn every_question_of(name: &str) {
    let app = base().await;
    let list = LISTS.iter().find(|list| list.name == name).expect("a list");
    let rows: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {}", list.table))).fetch_one(app.pool()).await.expect("a count");
    assert!(rows >= ROWS_MIN || SMALL.contains(&list.table), "{}: {rows} rows", list.table);
    let mut seen = Seen::default();
    for reader in readers(&app).await.iter().filter(|reader| reader.may(list.access)) {
        let facts = facts::read(app.pool(), list, reader.all_communes()).await;
        for question in questions(list, &facts) {
            look(&app, list, &question, reader, &mut seen).await;
        }
        for question in column_questions(list, &facts) {
            look(&app, list, &question, reader, &mut seen).await;
        }
    }
    println!("{name}: {} plans, {} without rows; walked, collected, walked in steps: {:?}", seen.plans, seen.empty, seen.ways);
    assert!(seen.plans >= 8, "only {} plans were looked at", seen.plans);
    assert!(seen.empty as f64 <= seen.plans as f64 * EMPTY_MAX, "{} of {} questions have no answer", seen.empty, seen.plans);
    assert!(seen.faults.is_empty(), "{} of {} plans:\n{}", seen.faults.len(), seen.plans, seen.faults.join("\n"));
    if list.name == "sejours" {
        assert!(seen.ways.iter().all(|times| *times > 20), "every way is taken: {:?}", seen.ways);
    }
}

/// Ten thousand rows of their table are as many reads of the disk, two seconds on a base that does not fit in memory: what a
/// period and a choice leave is counted, and added up, in an index alone.
#[rocket::async_test]
async fn a_count_and_its_sums_read_an_index_alone() {
    let app = base().await;
    let list = LISTS.iter().find(|list| list.name == "sejours").expect("a list");
    let (today, key) = (NaiveDate::from_ymd_opt(2026, 11, 23).expect("a real day"), SigningKey::from_bytes(b"test"));
    let nature: i32 = app.one("SELECT min(nature_id)::int FROM sejour").await;
    let categorie: i32 = app.one("SELECT min(categorie_id)::int FROM sejour").await;
    let collecteur: String = app.one("SELECT min(collecteur) FROM sejour").await;
    let choices =
        [String::new(), "&statut=valide".into(), format!("&nature={nature}"), format!("&categorie={categorie}"), format!("&collecteur={collecteur}")];
    let periods = ["debut_min=01/01/2020", "perception_min=01/01/2020"];
    let readers = readers(&app).await;
    for (choice, period) in choices.iter().flat_map(|choice| periods.map(|period| (choice, period))) {
        if period.starts_with("perception") && !choice.is_empty() && !choice.contains("statut") {
            continue;
        }
        let question = format!("{period}{choice}");
        let query = Query::parse(list, &question, today, &key).expect(&question);
        for reader in &readers[..3] {
            let narrowed = Narrowed::look_up(&app.context.db, &app.context.choices, &query, reader).await.expect("a way");
            let statement = narrowed.count(Some(10_001)).expect("a statement");
            let plan = explain(app.pool(), &statement.sql, statement.arguments().expect("values")).await;
            let text = plan.to_string();
            assert!(text.contains("Index Only Scan") && !text.contains("\"Seq Scan\"") && !text.contains("\"Index Scan\""), "{question}: {text}");
            assert_eq!(text.matches("\"Heap Fetches\"").count(), text.matches("\"Heap Fetches\":0").count(), "{question}: {text}");
        }
    }
}

/// One question at its place, then the page after it: a place that a person comes to.
async fn look(app: &App, list: &'static List, question: &str, reader: &Reader, seen: &mut Seen) {
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).expect("a real day");
    let key = SigningKey::from_bytes(b"test");
    let query = match Query::parse(list, question, today, &key) {
        Ok(query) => query,
        Err(error) => return seen.faults.push(format!("{}?{question} is refused: {error}", list.name)),
    };
    let rows = planned(app, &query, reader, seen).await;
    seen.empty += usize::from(rows == 0.0);
    if question.contains("fin=1") || question.contains("vers=") {
        return;
    }
    let page = Page::fetch(&app.context.db, &app.context.choices, &query, reader).await.expect("a page");
    if let Some(next) = &page.next {
        let query = page.shown(query);
        let address = query.url_at(next, &key);
        let further = address.split_once('?').map(|(_, question)| question).unwrap_or_default();
        let query = Query::parse(list, further, today, &key).expect("our own address");
        planned(app, &query, reader, seen).await;
    }
}

async fn planned(app: &App, query: &Query, reader: &Reader, seen: &mut Seen) -> f64 {
    let narrowed = Narrowed::for_page(&app.context.db, &app.context.choices, query, reader).await.expect("a way");
    let resolved = &narrowed.resolved;
    if !query.sort.indexed && resolved.way == Way::Walk {
        // Refused: the page is in another order, which is a question of its own.
        return 1.0;
    }
    let statement = narrowed.page().expect("a statement");
    let plan = explain(app.pool(), &statement.sql, statement.arguments().expect("values")).await;
    let words = matches!(resolved.search, Search::Keys(_) | Search::Rows(_));
    let way = if resolved.way == Way::Collect { 1 } else { 2 * usize::from(statement.sql.contains("borne")) };
    seen.plans += 1;
    seen.ways[way] += 1;
    let sorted = if words {
        SORT_FOUND_MAX
    } else if way == 2 {
        SORT_STEPS_MAX
    } else {
        SORT_MAX
    };
    let found = if way == 1 { collection_faults(&plan) } else { walk_faults(&plan, sorted) };
    if !found.is_empty() {
        seen.faults.push(format!("{query:?} at {:?} ({:?}): {}", query.position, reader.all_communes(), found.join(", ")));
    }
    plan["Actual Rows"].as_f64().unwrap_or(0.0)
}

/// Users, jobs, journal lines and lodgings enough for a plan to matter.
async fn enlarge(app: &App) {
    // Not by the pool of a web server, whose statements must be short.
    let mut connection = PgConnection::connect(&app.url).await.expect("the test server answers");
    let mut run = async |sql: &'static str| {
        sqlx::query(sql).execute(&mut connection).await.expect("a statement");
    };
    run("INSERT INTO utilisateur (courriel, nom, role, actif, connecte_le) SELECT 'v' || g || '@t.gp', 'Nom ' || g % 997, (ARRAY['agent','agent','agent','administrateur'])[1 + g % 4], g % 20 > 0, CASE WHEN g % 3 = 0 THEN now() - g * interval '1 minute' END FROM generate_series(1, 60000) g").await;
    // Their rights, link by link, are no affair of these plans, and take a minute.
    run("ALTER TABLE utilisateur_collectivite DISABLE TRIGGER USER").await;
    run("INSERT INTO utilisateur_collectivite SELECT u.id, 1 + u.id % (SELECT count(*)::int FROM collectivite) FROM utilisateur u ON CONFLICT DO NOTHING").await;
    run("ALTER TABLE utilisateur_collectivite ENABLE TRIGGER USER").await;
    run("INSERT INTO job (queue, name, title, state, requested_by, collectivite_id, finished_at) SELECT (ARRAY['exports','exports','maintenance','high_priority'])[1 + g % 4], 'essai', 'Essai', (ARRAY['done','done','done','failed','cancelled'])[1 + g % 5], (SELECT min(id) FROM utilisateur) + g % 50, 1 + g % 30, now() FROM generate_series(1, 50000) g").await;
    run("INSERT INTO journal (moment, action, objet, objet_id, collectivite_id, acteur_id, acteur) SELECT '2026-11-20'::timestamptz - g * interval '20 seconds', (ARRAY['connexion','consultation','consultation','export','modification'])[1 + g % 5], (ARRAY['connexion','hébergeur','hébergeur','export','séjour'])[1 + g % 5], CASE WHEN g % 5 > 0 THEN (1 + g % 900)::text ELSE '' END, 1 + g % 30, 1 + g % 60, 'Nom ' || g % 60 FROM generate_series(1, 100000) g").await;
    run("INSERT INTO import (genre, demandeur_id, collectivite_id, nom, octets, sha256, chemin, examen, etat, lues, nouvelles, changees, identiques, refusees) SELECT (ARRAY['hebergeurs','logements'])[1 + g % 2], (SELECT min(id) FROM utilisateur) + g % 50, 1 + g % 30, 'fichier ' || g, g, encode(sha256(g::text::bytea), 'hex'), 'x', '{\"lecture\":{\"nature\":\"texte\",\"encodage\":\"utf8\",\"separateur\":\";\",\"guillemet\":null,\"titre\":0,\"entete\":true,\"colonnes\":[]},\"titres\":[],\"premieres\":[],\"entier\":true,\"feuilles\":[],\"membres\":[],\"essais\":[],\"avertissements\":[],\"doutes\":[]}', (ARRAY['termine','termine','annule','a_confirmer'])[1 + g % 4], g % 500, g % 70, g % 30, g % 50, g % 20 FROM generate_series(1, 30000) g").await;
    run("INSERT INTO import_ligne (import_id, demandeur_id, collectivite_id, rang, ligne, verdict, etat, liste, nom, reference) SELECT i.id, i.demandeur_id, i.collectivite_id, g, g + 2, (ARRAY['nouvelle','changee','identique','refusee'])[1 + (i.id + g) % 4], (ARRAY['prevue','ecrite','ecrite'])[1 + i.id / 7 % 3], i.genre, 'Nom ' || g, 'HEB-' || g FROM import i, generate_series(0, 1) g").await;
    run("INSERT INTO import_anomalie (import_id, demandeur_id, collectivite_id, rang, ligne, gravite, code, colonne, contenu, message) SELECT i.id, i.demandeur_id, i.collectivite_id, g, g + 2, (ARRAY['refus','avertissement'])[1 + g % 2], 'VAL-06', 'Courriel', 'x' || g, 'Message ' || g FROM import i, generate_series(0, 1) g").await;
    run("INSERT INTO import_profil (genre, nom, auteur_id, collectivite_id, contenu, colonnes, confiance, modifie_le) SELECT (ARRAY['hebergeurs','logements'])[1 + g % 2], 'Profil ' || g, (SELECT min(id) FROM utilisateur) + g % 50, CASE WHEN g % 3 > 0 THEN 1 + g % 30 END, '{}', g % 40, false, now() - g * interval '13 minutes' FROM generate_series(1, 20000) g").await;
    run("INSERT INTO action (jeton, liste, nom, libelle, valeur, requete, filtres, jour, etendue, instantane, demandeur_id, collectivite_id, etat, confirmees, annulable_jusqu_au) SELECT 'j' || g, (ARRAY['sejours','sejours','logements'])[1 + g % 3], 'valider', 'Valider', 'valide', '', 'sans filtre', '2026-11-20', 'filtre', '', (SELECT min(id) FROM utilisateur) + g % 50, 1 + g % 30, (ARRAY['appliquee','appliquee','annulee','arretee'])[1 + g % 4], 10, now() FROM generate_series(1, 30000) g").await;
    run("INSERT INTO jeton_api (utilisateur_id, collectivite_id, nom, genre, empreinte, debut, droits, collectivites, cree_le, expire_le, revoque_le, utilise_le) SELECT (SELECT min(id) FROM utilisateur) + g % 50, 1 + g % 30, 'Jeton ' || g, (ARRAY['personnel','personnel','service'])[1 + g % 3], sha256(g::text::bytea), 'gardel_x', '{\"taxe\": 1}', ARRAY[1 + g % 30], now() - g * interval '20 minutes', now() - g * interval '20 minutes' + interval '90 days', CASE WHEN g % 7 = 0 THEN now() - g * interval '10 minutes' END, CASE WHEN g % 3 > 0 THEN now() - g * interval '15 minutes' END FROM generate_series(1, 20000) g").await;
    // Hosts enough, with a lodging each.
    run("INSERT INTO hebergeur (numero, nom, type, adresse, code_postal, ville, inscrit_le) SELECT 'PLA' || lpad(g::text, 6, '0'), 'Hôte ' || md5(g::text), 'particulier', '', '97190', 'Le Gosier', '2023-01-01'::date + g % 1000 FROM generate_series(1, 4000) g").await;
    run("INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite) SELECT 'HOTE-' || h.numero, h.id, (SELECT min(code_insee) FROM commune WHERE code_insee >= '97113'), 'Gîte ' || h.nom, '', (SELECT min(id) FROM nature), 1, 4 FROM hebergeur h WHERE h.numero LIKE 'PLA%'").await;
    // Words that thousands of lodgings hold: the lists are walked for them.
    run("INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite) SELECT 'PLAN-' || g, h.id, '97113', 'Villa du Colibri n° ' || g, '', (SELECT min(id) FROM nature), (SELECT max(id) FROM categorie), 2 FROM generate_series(1, 8000) g CROSS JOIN (SELECT min(id) AS id FROM hebergeur) h").await;
    // Deliberations of the whole country, with their tariffs; some drafts, some replaced.
    run("INSERT INTO deliberation (siren, collectivite, collectivite_id, date_deliberation, annee, debut, fin, communes, etat, source, applicable_du, transmise_le, tarif_1, tarif_2, tarif_4, tarif_5, tarif_9) SELECT '9' || lpad(g::text, 8, '0'), 'Collectivité ' || g % 900, CASE WHEN g % 3 = 0 THEN 1 + g % 30 END, '2018-01-01'::date + g % 2500, 2019 + g % 8, '01-01', '12-31', '97113', (ARRAY['en_vigueur','en_vigueur','en_vigueur','remplacee','brouillon','abandonnee'])[1 + g % 6], (ARRAY['delta','delta','saisie'])[1 + g % 3], make_date(2019 + g % 8, 1, 1), CASE WHEN g % 3 = 0 THEN '2024-06-01'::date + g % 90 END, 100 + g % 390, 100 + g % 200, 50 + g % 110, 30 + g % 60, 100 + g % 400 FROM generate_series(1, 6000) g").await;
    // Campaigns of a day each, declarations of the hosts of every commune, and their books.
    run("INSERT INTO campagne (collectivite_id, nom, genre, debut, fin, limite, etat) SELECT 1 + g % 30, 'Campagne ' || g, (ARRAY['hote','plateforme'])[1 + g / 30 % 2], date '1950-01-01' + g, date '1950-01-01' + g, date '1950-01-20' + g, (ARRAY['close','close','ouverte','preparee'])[1 + g % 4] FROM generate_series(1, 6000) g").await;
    run("INSERT INTO echeance (collectivite_id, nom, genre, jour, debut, fin) SELECT 1 + g % 30, 'Versement ' || g, (ARRAY['hote','plateforme'])[1 + g / 30 % 2], date '1950-02-01' + g, date '1950-01-01' + g, date '1950-01-01' + g FROM generate_series(1, 6000) g").await;
    run("INSERT INTO declaration (campagne_id, collectivite_id, code_insee, collecteur, hebergeur_id, debut, fin, limite, attendu, etat, deposee_le, arrete_base, relances) SELECT g.id, g.collectivite_id, hc.code_insee, 'hote', hc.hebergeur_id, g.debut, g.fin, g.limite, hc.hebergeur_id * 37 % 9000, (ARRAY['close','close','attendue','deposee','defaillante'])[1 + (hc.hebergeur_id + g.id) % 5], CASE WHEN (hc.hebergeur_id + g.id) % 5 IN (0, 1, 3) THEN g.limite - (hc.hebergeur_id % 20)::int END, hc.hebergeur_id * 31 % 9000, hc.hebergeur_id % 4 FROM hebergeur_commune hc JOIN campagne g ON g.genre = 'hote' AND g.id % 60 = hc.hebergeur_id % 60 AND g.debut < '1951-06-01'").await;
    run("INSERT INTO declaration_compte (declaration_id, sejours, nuitees, montant_base, montant_departemental) SELECT id, 1 + id % 9, id % 50, id % 7000, 0 FROM declaration WHERE id % 3 > 0").await;
    run("INSERT INTO operation (collectivite_id, genre, jour, libelle) SELECT collectivite_id, 'declaration', limite, 'Déclaration ' || id FROM declaration WHERE arrete_base > 0 ORDER BY id LIMIT 12000").await;
    run("INSERT INTO ecriture (operation_id, collectivite_id, jour, compte, declaration_id, hebergeur_id, collecteur, debit, credit) SELECT o.id, o.collectivite_id, o.jour, e.compte, d.id, d.hebergeur_id, d.collecteur, e.debit, e.credit FROM operation o JOIN declaration d ON o.libelle = 'Déclaration ' || d.id, LATERAL (VALUES ('redevables', d.arrete_base, 0::bigint), ('taxe', 0, d.arrete_base)) e (compte, debit, credit)").await;
    run("INSERT INTO paiement (operation_id, collectivite_id, hebergeur_id, collecteur, moyen, montant, reference, recu_le, quittance_annee, quittance_numero, jeton, fait_le) SELECT o.id, o.collectivite_id, d.hebergeur_id, d.collecteur, (ARRAY['cheques','virements','virements','especes'])[1 + o.id % 4], d.arrete_base, 'REF' || o.id, o.jour + 5, 1950, o.id, 'plan-' || o.id, (o.jour + 5)::timestamptz FROM operation o JOIN declaration d ON o.libelle = 'Déclaration ' || d.id").await;
    run("INSERT INTO operation (collectivite_id, genre, jour, libelle, contre_id) SELECT collectivite_id, 'annulation', recu_le, 'Annulation', operation_id FROM paiement WHERE id % 10 = 0").await;
    // Letters, of several collectivités, and templates.
    run("INSERT INTO lettre_modele (collectivite_id, nom, genre, objet, corps, recommande, version, modifie_le, archive_le) SELECT 1 + g % (SELECT count(*)::int FROM collectivite), 'Modèle ' || g, (ARRAY['relance','mise_en_demeure','taxation_office','libre'])[1 + g % 4], 'Objet', 'Corps', g % 3 = 0, 1 + g % 9, '2026-11-20'::timestamptz - g * interval '20 minutes', CASE WHEN g % 5 = 0 THEN date '2026-10-01' END FROM generate_series(1, 6000) g").await;
    run("INSERT INTO lettre_envoi (collectivite_id, demandeur_id) SELECT 1 + g % (SELECT count(*)::int FROM collectivite), (SELECT min(id) FROM utilisateur) FROM generate_series(1, 60) g").await;
    run("INSERT INTO lettre (envoi_id, rang, collectivite_id, hebergeur_id, destinataire, reference, genre, objet, contenu, chemin, octets, sha256, date_lettre, recommande, imprimee_le, envoyee_le, distribuee_le, reponse_le, courriel, courriel_etat, cree_par) SELECT e.id, g, e.collectivite_id, h.id, h.nom || ' ' || g, 'L' || e.id || '-' || g, (ARRAY['relance','mise_en_demeure','taxation_office','libre'])[1 + g % 4], 'Objet', '{}', 'lettres/' || e.id || '/' || g, 1000, repeat('0', 64), date '2026-01-01' + g % 300, g % 2 = 0, CASE WHEN g % 5 > 0 THEN date '2026-02-01' + g % 200 END, CASE WHEN g % 5 > 1 THEN date '2026-02-01' + g % 200 END, CASE WHEN g % 5 > 2 THEN date '2026-02-05' + g % 200 END, CASE WHEN g % 7 = 0 THEN date '2026-03-01' + g % 200 END, CASE WHEN g % 3 = 0 THEN 'a@b.gp' END, CASE WHEN g % 3 = 0 THEN (ARRAY['envoye','refuse','abandonne'])[1 + g % 2] END, e.demandeur_id FROM lettre_envoi e CROSS JOIN generate_series(0, 149) g JOIN LATERAL (SELECT id, nom FROM hebergeur ORDER BY id OFFSET g LIMIT 1) h ON true").await;
    run("VACUUM ANALYZE").await;
}

async fn readers(app: &App) -> Vec<Reader> {
    let all: Vec<String> = sqlx::query_scalar("SELECT code_insee FROM commune ORDER BY 1").fetch_all(app.pool()).await.expect("communes");
    let some: Vec<String> =
        sqlx::query_scalar("SELECT code_insee FROM commune WHERE epci_siren = '200041507' ORDER BY 1").fetch_all(app.pool()).await.expect("communes");
    let every: Vec<i32> = sqlx::query_scalar("SELECT id FROM collectivite ORDER BY 1").fetch_all(app.pool()).await.expect("collectivités");
    let user_id: i64 = app.one("SELECT min(id) + 3 FROM utilisateur").await;
    let reader = |role, communes: Vec<String>, collectivites: Vec<i32>| reader(user_id, role, communes, collectivites);
    vec![
        reader(Role::Agent, vec!["97113".into()], every[..1].to_vec()),
        reader(Role::Agent, some, every[..2].to_vec()),
        reader(Role::Administrateur, all.clone(), every),
        reader(Role::Exploitant, Vec::new(), Vec::new()),
    ]
}

async fn explain(pool: &PgPool, sql: &str, arguments: sqlx::postgres::PgArguments) -> Value {
    let sql = format!("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}");
    let plan: Value =
        sqlx::query_scalar_with(AssertSqlSafe(sql.clone()), arguments).fetch_one(pool).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
    plan.pointer("/0/Plan").cloned().expect("a plan")
}

/// Rows that a node met and did not keep, all its rounds together.
fn thrown_away(node: &Value) -> f64 {
    let rows = |name: &str| node[name].as_f64().unwrap_or(0.0);
    (rows("Rows Removed by Filter") + rows("Rows Removed by Index Recheck")) * rows("Actual Loops").max(1.0)
}

/// A collection reads few rows, and sorts ten thousand at most.
fn collection_faults(node: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let kind = node["Node Type"].as_str().unwrap_or_default();
    let table = node["Relation Name"].as_str().or(node["Index Name"].as_str()).unwrap_or_default();
    let kept = node["Actual Rows"].as_f64().unwrap_or(0.0) * node["Actual Loops"].as_f64().unwrap_or(1.0).max(1.0);
    let read = kept + thrown_away(node);
    if kind.contains("Scan") && kind != "Seq Scan" && !kind.contains("CTE") && !kind.contains("Subquery") && read > COLLECTED_READ_MAX {
        faults.push(format!("{read} rows of {table} read by {kind}"));
    }
    // The name of each one's collectivité, which a sort by it asks for.
    if kind == "Seq Scan" && !SMALL.contains(&table) && read > SEJOURS as f64 * 1.1 {
        faults.push(format!("{table} read more than once"));
    }
    if kind.contains("Sort") && kept > COLLECTED_MAX as f64 + 1.0 {
        faults.push(format!("sort of {kept} rows"));
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        faults.extend(collection_faults(child));
    }
    faults
}

/// A walk reads ranges of indexes: no table from end to end, no large sort, few rows thrown away.
fn walk_faults(node: &Value, sort_max: f64) -> Vec<String> {
    let mut faults = Vec::new();
    let kind = node["Node Type"].as_str().unwrap_or_default();
    let table = node["Relation Name"].as_str().unwrap_or_default();
    let rows = |name: &str| node[name].as_f64().unwrap_or(0.0);
    if kind == "Seq Scan" && !SMALL.contains(&table) && rows("Actual Rows") + rows("Rows Removed by Filter") > 200.0 {
        faults.push(format!("sequential scan of {table}"));
    }
    if kind.contains("Sort") {
        let sorted: f64 = node["Plans"].as_array().into_iter().flatten().map(|child| child["Actual Rows"].as_f64().unwrap_or(0.0)).sum();
        let keeps_a_page = node["Sort Method"].as_str() == Some("top-N heapsort");
        if sorted > if keeps_a_page { TOP_MAX } else { sort_max } {
            faults.push(format!("sort of {sorted} rows"));
        }
    }
    if node["Parent Relationship"].as_str() == Some("SubPlan") && most_rows(node) > CONDITION_MAX {
        faults.push(format!("a condition worked out on {} rows at once", most_rows(node)));
    }
    let removed = thrown_away(node);
    // Of a table that is small, the planner may read all to find who else a person works with.
    if removed > REMOVED_MAX && !SMALL.contains(&table) {
        faults.push(format!("{removed} rows of {table} read for nothing"));
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        faults.extend(walk_faults(child, sort_max));
    }
    faults
}

/// The most rows that a node, or one below it, gives at one time.
fn most_rows(node: &Value) -> f64 {
    let below = node["Plans"].as_array().into_iter().flatten().map(most_rows);
    below.fold(node["Actual Rows"].as_f64().unwrap_or(0.0), f64::max)
}
