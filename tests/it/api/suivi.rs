//! A copy kept by what changed is the base, whatever is written meanwhile: committed late, changed again, taken away, moved.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::App;
use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::dice::Dice;
use crate::support::programme::{Programme, problem};

/// A copy, as somebody else would keep it: rows by key, and where each suite stopped.
struct Copie {
    rows: BTreeMap<i64, Value>,
    rows_mark: String,
    gone_mark: String,
}

impl Copie {
    fn new(list: &str, size: usize, champs: &str) -> Self {
        let rows_mark = format!("/api/v1/{list}?modifie_depuis=debut&taille={size}&champs={champs}");
        Self { rows: BTreeMap::new(), rows_mark, gone_mark: format!("/api/v1/{list}/supprimes?modifie_depuis=debut") }
    }

    /// One answer of each suite; whether both are at their end.
    async fn step(&mut self, programme: &Programme<'_>) -> bool {
        let gone = programme.read(&self.gone_mark).await;
        for key in gone["donnees"].as_array().expect("keys") {
            self.rows.remove(&key.as_i64().expect("a number"));
        }
        self.gone_mark = gone["reprise"].as_str().expect("an address").into();
        let page = programme.read(&self.rows_mark).await;
        for row in page["donnees"].as_array().expect("rows") {
            self.rows.insert(row["id"].as_i64().expect("a number"), row.clone());
        }
        self.rows_mark = page["reprise"].as_str().expect("an address").into();
        page["suivante"].is_null() && gone["suivante"].is_null()
    }

    /// To the end of what is committed: other tests write in other bases of this server, and what they have under way is waited
    /// for too.
    async fn catch_up(&mut self, programme: &Programme<'_>) {
        let written: i64 = programme.app.one("SELECT suivi_ici()").await;
        while sqlx::query_scalar::<_, i64>("SELECT suivi_horizon()").fetch_one(programme.app.pool()).await.expect("a number") <= written {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        self.as_far_as_it_goes(programme).await;
    }

    async fn as_far_as_it_goes(&mut self, programme: &Programme<'_>) {
        while !self.step(programme).await {}
    }
}

/// The stays of the communes of Riviera, as plain SQL tells what the copy keeps of them.
async fn stays(app: &App) -> BTreeMap<i64, Value> {
    let rows: Vec<(i64, Value)> = sqlx::query_as(
        "SELECT s.id, jsonb_build_object('id', s.id, 'url', 'http://localhost/api/v1/sejours/' || s.id, 'reference', s.reference, 'debut', s.date_debut,
             'logement', jsonb_build_object('id', s.logement_id, 'url', 'http://localhost/api/v1/logements/' || s.logement_id),
             'montant', to_char(s.montant / 100.0, 'FM999999990.00'), 'statut', s.statut)
         FROM sejour s WHERE s.code_insee IN (SELECT code_insee FROM collectivite_commune cc JOIN collectivite c ON c.id = cc.collectivite_id WHERE c.siren = '200041507')",
    )
    .fetch_all(app.pool())
    .await
    .expect("stays");
    rows.into_iter().collect()
}

const CHAMPS: &str = "reference,debut,logement,montant,statut&choix=code";

#[rocket::async_test]
async fn a_copy_made_among_writers_is_the_base() {
    let app = App::new().await;
    app.run_sql("SELECT suivi_recale()").await;
    let chief = app.administrateur(RIVIERA).await;
    let programme = app.programme(chief.user_id).await;
    let mut copie = Copie::new("sejours", 60, CHAMPS);
    let mut dice = Dice(7);
    // A writer that begins first and commits last: what it wrote is older than all that is read meanwhile.
    let mut late = app.pool().begin().await.expect("a transaction");
    let oldest: i64 = sqlx::query_scalar("UPDATE sejour SET date_perception = '2026-01-01', statut = 'conteste', motif_id = 1 WHERE id = (SELECT min(id) FROM sejour WHERE code_insee = '97113') RETURNING id")
        .fetch_one(&mut *late)
        .await
        .expect("a row");
    let mut late = Some(late);
    let columns: String = app
        .one("SELECT string_agg(column_name, ', ') FROM information_schema.columns WHERE table_name = 'sejour' AND is_generated = 'NEVER' AND column_name <> 'suivi'")
        .await;
    for turn in 0..60 {
        copie.step(&programme).await;
        let id: i64 = sqlx::query_scalar("SELECT id FROM sejour WHERE code_insee IN ('97113', '97125', '97101') ORDER BY id OFFSET $1 LIMIT 1")
            .bind(i64::try_from(dice.roll(300)).expect("few"))
            .fetch_one(app.pool())
            .await
            .expect("a row");
        match dice.roll(4) {
            0 => app.run_sql(&format!("DELETE FROM sejour WHERE id = {id} AND id <> {oldest}")).await,
            1 => app.run_sql(&format!("UPDATE sejour SET montant_base = montant_base + 1 WHERE id = {id} AND id <> {oldest}")).await,
            2 => {
                // Taken away, and there again under the same key, in two transactions.
                let row: Value = sqlx::query_scalar("DELETE FROM sejour s WHERE id = $1 AND id <> $2 RETURNING to_jsonb(s)")
                    .bind(id)
                    .bind(oldest)
                    .fetch_optional(app.pool())
                    .await
                    .expect("taken")
                    .unwrap_or_default();
                copie.step(&programme).await;
                let sql =
                    format!("INSERT INTO sejour ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::sejour, $1) r WHERE r.id IS NOT NULL");
                sqlx::query(sqlx::AssertSqlSafe(sql)).bind(row).execute(app.pool()).await.expect("there again");
            }
            _ => app.run_sql(&format!("UPDATE sejour SET date_perception = '2026-02-02' WHERE id = {id} AND id <> {oldest}")).await,
        }
        if turn == 40 {
            let held: Option<&Value> = copie.rows.get(&oldest);
            assert!(held.is_none_or(|row| row["statut"] != "conteste"), "what is not committed is not read");
            late.take().expect("once").commit().await.expect("commits");
        }
    }
    copie.catch_up(&programme).await;
    let base = stays(&app).await;
    assert_eq!(copie.rows.len(), base.len());
    assert_eq!(copie.rows, base);
    assert_eq!(copie.rows[&oldest]["statut"], "conteste");
    // Nothing changed: nothing comes, and one call of each says so.
    let again = programme.read(&copie.rows_mark).await;
    assert_eq!((again["donnees"].as_array().map(Vec::len), &again["suivante"]), (Some(0), &Value::Null));
}

#[rocket::async_test]
async fn what_is_being_written_is_waited_for_and_nothing_after_it_passes() {
    let app = App::new().await;
    app.run_sql("SELECT suivi_recale()").await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let mut copie = Copie::new("logements", 200, "nom,capacite");
    copie.catch_up(&programme).await;
    let ids: Vec<i64> = copie.rows.keys().copied().collect();
    let mut first = app.pool().begin().await.expect("a transaction");
    sqlx::query("UPDATE logement SET capacite = 11 WHERE id = $1").bind(ids[0]).execute(&mut *first).await.expect("written");
    app.run_sql(&format!("UPDATE logement SET capacite = 12 WHERE id = {}", ids[1])).await;
    copie.as_far_as_it_goes(&programme).await;
    assert_ne!(copie.rows[&ids[1]]["capacite"], 12, "later than what may still be written: not yet");
    first.commit().await.expect("commits");
    copie.catch_up(&programme).await;
    assert_eq!((&copie.rows[&ids[0]]["capacite"], &copie.rows[&ids[1]]["capacite"]), (&json!(11), &json!(12)));
    // A writer that gives up leaves nothing behind.
    let mut given_up = app.pool().begin().await.expect("a transaction");
    sqlx::query("UPDATE logement SET capacite = 99 WHERE id = $1").bind(ids[0]).execute(&mut *given_up).await.expect("written");
    given_up.rollback().await.expect("rolled back");
    copie.catch_up(&programme).await;
    assert_eq!(copie.rows[&ids[0]]["capacite"], 11);
}

#[rocket::async_test]
async fn a_host_that_leaves_a_commune_leaves_the_copy_of_its_readers() {
    let app = App::new().await;
    app.run_sql("SELECT suivi_recale()").await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let mut copie = Copie::new("hebergeurs", 200, "nom,type,courriel");
    copie.catch_up(&programme).await;
    let wanted = "SELECT count(*) FROM hebergeur_commune WHERE code_insee = '97113'";
    let count: i64 = sqlx::query_scalar(wanted).fetch_one(app.pool()).await.expect("a count");
    assert_eq!(i64::try_from(copie.rows.len()).expect("few"), count);
    let one: i64 = app.one("SELECT hebergeur_id FROM hebergeur_commune WHERE code_insee = '97113' ORDER BY 1 LIMIT 1").await;
    // Its e-mail is none of the keys of the list: it is told all the same.
    app.run_sql(&format!("UPDATE hebergeur SET courriel = 'nouveau@exemple.gp' WHERE id = {one}")).await;
    copie.catch_up(&programme).await;
    assert_eq!(copie.rows[&one]["courriel"], "nouveau@exemple.gp");
    app.run_sql(&format!("DELETE FROM hebergeur_commune WHERE code_insee = '97113' AND hebergeur_id = {one}")).await;
    copie.catch_up(&programme).await;
    assert!(!copie.rows.contains_key(&one));
}

#[rocket::async_test]
async fn a_mark_that_no_longer_holds_says_so() {
    let app = App::new().await;
    app.run_sql("SELECT suivi_recale()").await;
    let chief = app.administrateur(RIVIERA).await;
    let programme = app.programme(chief.user_id).await;
    let page = programme.read("/api/v1/sejours?modifie_depuis=debut&taille=2").await;
    let onward = page["suivante"].as_str().expect("more").to_string();
    let mark = onward.split("modifie_depuis=").nth(1).expect("a mark").split('&').next().expect("a mark").to_string();
    for (address, words) in [
        (format!("/api/v1/logements?modifie_depuis={mark}"), "autre liste"),
        (format!("/api/v1/sejours/supprimes?modifie_depuis={mark}"), "autre suite"),
        ("/api/v1/sejours?modifie_depuis=x".into(), "ne se lit pas"),
        ("/api/v1/sejours?modifie_depuis=0000-01-01".into(), "ne se lit pas"),
        ("/api/v1/sejours?modifie_depuis=%2B262142-01-01T00:00:00Z".into(), "ne se lit pas"),
        ("/api/v1/sejours/supprimes?modifie_depuis=-5000-01-01".into(), "ne se lit pas"),
        (format!("/api/v1/sejours?modifie_depuis={}", &mark[1..]), "ne se lit pas"),
        ("/api/v1/sejours?modifie_depuis=debut&statut=valide".into(), "se lit en entier"),
        ("/api/v1/sejours?modifie_depuis=debut&champs=hebergeur".into(), "vient d'une autre liste"),
        ("/api/v1/sejours?modifie_depuis=debut&taille=1001".into(), "de 1 à 1000"),
        ("/api/v1/communes?modifie_depuis=debut".into(), "n'est pas suivi"),
    ] {
        problem(&programme.get(&address).await, 400, "demande", words);
    }
    // Without what speaks of people, a copy begun with it would be neither.
    app.run_sql(&format!("UPDATE jeton_api SET personnel = false WHERE id = {}", programme.id)).await;
    problem(&programme.get(&onward).await, 410, "retire", "droits du jeton ont changé");
    app.run_sql(&format!("UPDATE jeton_api SET personnel = true WHERE id = {}", programme.id)).await;
    // The rights change: rows may be too many in the copy, or too few.
    app.run_sql(&format!("DELETE FROM droit WHERE utilisateur_id = {} AND module = 'taxe'", chief.user_id)).await;
    problem(&programme.get(&onward).await, 403, "droits", "Séjours");
    app.run_sql(&format!(
        "INSERT INTO utilisateur_collectivite SELECT {0}, id FROM collectivite WHERE siren = '219711132' ON CONFLICT DO NOTHING",
        chief.user_id
    ))
    .await;
    app.run_sql(&format!(
        "UPDATE jeton_api SET collectivites = ARRAY(SELECT id FROM collectivite WHERE siren = '219711132') WHERE id = {}",
        programme.id
    ))
    .await;
    let narrower = programme.get(&onward).await;
    problem(&narrower, 410, "retire", "droits du jeton ont changé");
    // A base that was restored elsewhere.
    let fresh = programme.read("/api/v1/sejours?modifie_depuis=debut&taille=2").await["suivante"].as_str().expect("more").to_string();
    app.run_sql("UPDATE suivi_ere SET identite = 'ailleurs'").await;
    problem(&programme.get(&fresh).await, 503, "indisponible", "gardel migrate");
    app.run_sql("SELECT suivi_recale()").await;
    programme.read(&fresh).await;
    let day: i64 = app.one("SELECT count(*) FROM suivi_repere").await;
    assert_eq!(day, 1);
    programme.read("/api/v1/sejours?modifie_depuis=2026-01-01&taille=1").await;
    programme.read("/api/v1/sejours?modifie_depuis=2026-01-01T00:00:00Z&taille=1").await;
}

/// A base whose transactions are counted from a lower number: numbers go on from above those that are there.
#[rocket::async_test]
async fn numbers_never_go_back() {
    let app = App::new().await;
    app.run_sql("SELECT suivi_recale()").await;
    let far: i64 = app.one("SELECT suivi_ici() + 1000000").await;
    app.run_sql("ALTER TABLE sejour DISABLE TRIGGER suivi_ecrit").await;
    app.run_sql(&format!("UPDATE sejour SET suivi = {far} WHERE id = (SELECT min(id) FROM sejour)")).await;
    app.run_sql("ALTER TABLE sejour ENABLE TRIGGER suivi_ecrit").await;
    app.run_sql("UPDATE suivi_ere SET identite = 'ailleurs'").await;
    let moved: bool = sqlx::query_scalar("SELECT suivi_recale()").fetch_one(app.pool()).await.expect("a value");
    assert!(moved);
    app.run_sql("UPDATE sejour SET date_perception = '2026-03-03' WHERE id = (SELECT max(id) FROM sejour)").await;
    let (last, next): (i64, i64) = sqlx::query_as("SELECT max(suivi), suivi_ici() FROM sejour").fetch_one(app.pool()).await.expect("numbers");
    assert!(last > far && next > last, "{far} {last} {next}");
    let still: bool = sqlx::query_scalar("SELECT suivi_recale()").fetch_one(app.pool()).await.expect("a value");
    assert!(!still, "once");
}
