//! What leads to the rows of a search: rare words give their keys, common ones a condition, each exactly at its bound; and of
//! several choices the rarest leads. The rows are the same whatever leads, so that only this sees a page which would be slow.

use gardel::comptes::UTILISATEURS;
use gardel::listing::{Choices, List, Narrowed, Query, Reader, Resolved, Search};
use gardel::taxe::{LOGEMENTS, SEJOURS};
use sqlx::AssertSqlSafe;

use crate::support::App;
use crate::support::app::{LE_GOSIER, instant};

/// Rows above which the words of lodgings are common, and lodgings above which those of stays are.
const BOUND: usize = 5_000;
const LODGINGS_BOUND: usize = 500;

/// Many lodgings in Les Abymes, some in Le Gosier; nobody's names but theirs.
async fn named(app: &App, commune: &str, name: &str, how_many: usize) {
    app.run_sql(&format!(
        "INSERT INTO logement (reference, numero_enregistrement, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
         SELECT 'M' || md5('{name}{commune}' || g)::varchar(20), NULL, (SELECT min(id) FROM hebergeur), '{commune}', '{name}', '', 4, 9, 2
         FROM generate_series(1, {how_many}) g"
    ))
    .await;
}

/// Stays of the lodging called `lodging`, by the reference that they begin with.
async fn stays(app: &App, lodging: &str, reference: &str, how_many: usize) {
    app.run_sql(&format!(
        "INSERT INTO sejour (collecteur, reference, logement_id, code_insee, date_debut, date_fin, nb_personnes, nature_id, categorie_id, prix_nuit, tarif, montant_base)
         SELECT 'hote', '{reference}' || lpad(g::text, 5, '0'), l.id, l.code_insee, '2026-03-01', '2026-03-04', 2, 4, 9, 10000, 500, 100
         FROM generate_series(1, {how_many}) g, (SELECT id, code_insee FROM logement WHERE nom = '{lodging}' ORDER BY id LIMIT 1) l"
    ))
    .await;
}

struct Asker<'a> {
    app: &'a App,
    /// One memory of the common words, as a server has.
    choices: Choices,
    reader: Reader,
}

impl Asker<'_> {
    async fn resolved(&self, list: &'static List, question: &str) -> Resolved {
        let query = Query::parse_stored(list, question, instant("2026-11-23T14:00:00Z").date_naive()).expect(question);
        Narrowed::look_up(&self.app.context.db, &self.choices, &query, &self.reader).await.expect("the base answers").resolved
    }

    async fn search(&self, list: &'static List, words: &str) -> Search {
        self.resolved(list, &format!("q={}", form_urlencoded::byte_serialize(words.as_bytes()).collect::<String>())).await.search
    }

    async fn common(&self, list: &'static List, words: &str) {
        let found = self.search(list, words).await;
        assert!(matches!(found, Search::Common(_)), "« {words} » is common: {}", short(&found));
    }

    /// The words lead to the keys that `sql` gives: of the parents (`Keys`) or of the rows.
    async fn lead(&self, list: &'static List, words: &str, rows: bool, sql: &str) {
        let mut expected: Vec<i64> =
            sqlx::query_scalar(AssertSqlSafe(format!("SELECT id FROM {sql}"))).fetch_all(self.app.pool()).await.expect("keys");
        let found = self.search(list, words).await;
        let mut keys = match (&found, rows) {
            (Search::Keys(keys), false) | (Search::Rows(keys), true) => keys.clone(),
            _ => panic!("« {words} » leads to {}", short(&found)),
        };
        keys.sort_unstable();
        expected.sort_unstable();
        assert!(!keys.is_empty() && keys == expected, "« {words} »: {} keys, {} expected", keys.len(), expected.len());
    }
}

fn short(found: &Search) -> String {
    match found {
        Search::Keys(keys) => format!("{} keys", keys.len()),
        Search::Rows(keys) => format!("{} rows", keys.len()),
        other => format!("{other:?}"),
    }
}

async fn askers(app: &App) -> [Asker<'_>; 2] {
    let (here, everywhere) = (app.agent(LE_GOSIER).await, app.everywhere().await);
    let choices = Choices::default();
    let reader = async |id| gardel::comptes::reader_of(&app.context.db, id).await.expect("the base answers").expect("somebody");
    [Asker { app, choices: choices.clone(), reader: reader(here.user_id).await }, Asker { app, choices, reader: reader(everywhere.user_id).await }]
}

/// Which words lead is decided by those of the whole base, not by those of a commune: they are read before its rights are.
#[rocket::async_test]
async fn rare_words_lead_and_common_ones_do_not() {
    let app = App::new().await;
    named(&app, "97101", "Zorbeck", 5_500).await;
    named(&app, "97101", "Quassia", 5_500).await;
    for (name, how_many) in [("Zorbeck", 2), ("Zorbeck Quassia", 2), ("Quassia", 1), ("Mirliton", 2), ("Mirliton Zorbeck", 1), ("Zw", 2)] {
        named(&app, "97113", name, how_many).await;
    }
    app.run_sql("ANALYZE logement").await;
    let [here, _] = askers(&app).await;
    let keys = |words: &[&str]| {
        let all = words.iter().map(|word| format!("nom ~* '\\m{word}\\M'")).collect::<Vec<_>>().join(" AND ");
        format!("logement WHERE code_insee = '97113' AND {all}")
    };
    // One common word, its beginning, itself misspelt, with the number of a house, beside what is the beginning of every number.
    for words in ["zorbeck", "Quassia", "zor", "zorbek", "zorbeck12", "zorbeck 12", "zorbeck 0590", "0590 zorbeck 12"] {
        here.common(&LOGEMENTS, words).await;
    }
    for (words, held) in [
        ("mirliton", vec!["mirliton"]),
        ("mirliton zorbeck", vec!["mirliton", "zorbeck"]),
        ("zorbeck mirliton", vec!["mirliton", "zorbeck"]),
        // None is rare: asked for together.
        ("zorbeck quassia", vec!["zorbeck", "quassia"]),
        // Too short to be rare, and nothing else was typed.
        ("zw", vec!["zw"]),
    ] {
        here.lead(&LOGEMENTS, words, false, &keys(&held)).await;
    }
    // A word followed by a number is common when the word alone is.
    let nothing = here.search(&LOGEMENTS, "mirliton7").await;
    assert!(!matches!(nothing, Search::Common(_)), "{}", short(&nothing));
    // A list that has no column of words has no common ones.
    here.lead(&UTILISATEURS, "agent", false, "utilisateur WHERE nom ~* 'agent' OR courriel ~* 'agent'").await;
}

/// At the bound words lead; one more row, and they do not: no row is cut off.
#[rocket::async_test]
async fn keys_lead_up_to_their_bound() {
    let app = App::new().await;
    let [_, asker] = askers(&app).await;
    // Nobody knows yet how many rows hold these: what is read says so.
    asker.lead(&LOGEMENTS, "villa", false, "logement WHERE mots @@ mots_cherches('villa')").await;
    for (list, name, bound) in [(&LOGEMENTS, "Tibidoux", BOUND), (&SEJOURS, "Zikzakar", LODGINGS_BOUND)] {
        named(&app, "97101", name, bound).await;
        let all = format!("logement WHERE nom = '{name}'");
        asker.lead(list, name, false, &all).await;
        named(&app, "97113", name, 1).await;
        asker.common(list, name).await;
    }
}

/// A reference leads to the rows that begin with it, up to the same bound, and never to those of others.
#[rocket::async_test]
async fn references_lead_up_to_their_bound() {
    let app = App::new().await;
    named(&app, "97113", "Kaz Wobli", 1).await;
    named(&app, "97101", "Kaz Zayann", 1).await;
    let [here, everywhere] = askers(&app).await;
    stays(&app, "Kaz Wobli", "QZ7CCC", 3).await;
    stays(&app, "Kaz Zayann", "QZ7CCCE", 2).await;
    let sejours = |condition: &str| format!("sejour WHERE reference LIKE 'QZ7CCC%' AND {condition}");
    here.lead(&SEJOURS, "QZ7CCC", true, &sejours("code_insee = '97113'")).await;
    everywhere.lead(&SEJOURS, "QZ7CCC", true, &sejours("true")).await;

    stays(&app, "Kaz Wobli", "QZ7BBB", BOUND).await;
    here.lead(&SEJOURS, "QZ7BBB", true, "sejour WHERE reference LIKE 'QZ7BBB%'").await;
    stays(&app, "Kaz Wobli", "QZ7BBBX", 1).await;
    here.common(&SEJOURS, "QZ7BBB").await;

    // A lodging is called as another's reference begins: its stays and that one, all by their keys.
    named(&app, "97113", "QZ7DDD", 1).await;
    stays(&app, "QZ7DDD", "NUL", BOUND - 1).await;
    stays(&app, "Kaz Wobli", "QZ7DDD-9", 1).await;
    let both = "sejour WHERE reference LIKE 'QZ7DDD%' OR logement_id = (SELECT id FROM logement WHERE nom = 'QZ7DDD')";
    here.lead(&SEJOURS, "QZ7DDD", true, both).await;
    stays(&app, "QZ7DDD", "NULA", 1).await;
    here.common(&SEJOURS, "QZ7DDD").await;
    stays(&app, "QZ7DDD", "NULB", 1).await;
    here.common(&SEJOURS, "QZ7DDD").await;
}

/// The rarest choice leads, of those that an index serves in the order asked for.
#[rocket::async_test]
async fn the_rarest_choice_leads() {
    let app = App::new().await;
    app.run_sql("UPDATE sejour SET statut = CASE WHEN id % 10 = 0 THEN 'conteste' ELSE 'valide' END, version = version + 1").await;
    app.run_sql("ANALYZE sejour").await;
    let [here, _] = askers(&app).await;
    let frequent: Vec<i16> =
        sqlx::query_scalar("SELECT nature_id FROM sejour GROUP BY 1 ORDER BY count(*) DESC, 1").fetch_all(app.pool()).await.expect("natures");
    let share = async |condition: String| {
        let sql = AssertSqlSafe(format!("SELECT count(*) FROM sejour WHERE {condition}"));
        sqlx::query_scalar::<_, i64>(sql).fetch_one(app.pool()).await.expect("a count")
    };
    let nature = frequent[0];
    let (of_nature, valid, contested) =
        (share(format!("nature_id = {nature}")).await, share("statut = 'valide'".into()).await, share("statut = 'conteste'".into()).await);
    assert!(contested < of_nature && of_nature < valid, "{contested} < {of_nature} < {valid}");
    for (question, leads) in [
        ("statut=valide".to_string(), Some("statut")),
        (format!("statut=valide&nature={nature}"), Some("nature")),
        (format!("statut=conteste&nature={nature}"), Some("statut")),
        (format!("statut=conteste&statut_sauf=1&nature={nature}"), Some("nature")),
        ("statut=conteste&statut_sauf=1".into(), None),
        ("statut=conteste&statut=valide".into(), None),
        (format!("tri=montant&nature={nature}"), None),
        (format!("tri=montant&statut=valide&nature={nature}"), Some("statut")),
        (String::new(), None),
    ] {
        assert_eq!(here.resolved(&SEJOURS, &question).await.leading, leads, "{question}");
    }
    // What leads in this order already leaves nothing for a choice to lead: keys of rows, of lodgings, one lodging.
    let words: String = app.one("SELECT reference FROM sejour WHERE code_insee = '97113' ORDER BY id LIMIT 1").await;
    let lodging: i64 = app.one("SELECT logement_id FROM sejour WHERE code_insee = '97113' ORDER BY id LIMIT 1").await;
    named(&app, "97113", "Mirliton", 2).await;
    for (question, leads) in [
        (format!("q={words}&statut=valide"), None),
        (format!("tri=montant&q={words}&statut=valide"), None),
        ("q=mirliton&statut=valide".into(), None),
        ("tri=montant&q=mirliton&statut=valide".into(), Some("statut")),
        (format!("logement={lodging}&statut=valide"), None),
        (format!("tri=montant&logement={lodging}&statut=valide"), Some("statut")),
    ] {
        assert_eq!(here.resolved(&SEJOURS, &question).await.leading, leads, "{question}");
    }
}
