//! Syntheses against plain SQL.

use serde_json::{Value, json};

use crate::support::App;
use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::programme::{Donne, problem};

const RIVIERA_COMMUNES: &str =
    "s.code_insee IN (SELECT code_insee FROM collectivite_commune cc JOIN collectivite c ON c.id = cc.collectivite_id WHERE c.siren = '200041507')";

#[rocket::async_test]
async fn measures_by_axes_are_those_of_the_base() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let programme = app.programme(chief.user_id).await;
    let told = programme
        .read("/api/v1/sejours/synthese?axes=commune,statut,debut.mois&mesures=nombre,montant,nuits&choix=code&statut=valide&statut=rejete")
        .await;
    let wanted: Value = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT jsonb_agg(g ORDER BY g->>'commune', g->>'statut', g->>'debut.mois') FROM (SELECT jsonb_build_object('commune', s.code_insee, 'statut', s.statut,
             'debut.mois', to_char(s.date_debut, 'YYYY-MM'), 'nombre', count(*), 'montant', to_char(sum(s.montant) / 100.0, 'FM999999990.00'), 'nuits', sum(s.nb_nuits)) AS g
         FROM sejour s WHERE {RIVIERA_COMMUNES} AND s.statut IN ('valide', 'rejete') GROUP BY s.code_insee, s.statut, to_char(s.date_debut, 'YYYY-MM')) g"
    )))
    .fetch_one(app.pool())
    .await
    .expect("groups");
    assert_eq!(told["donnees"], wanted);
    assert!(wanted.as_array().is_some_and(|groups| groups.len() > 40));
    assert_eq!(told["axes"], json!(["commune", "statut", "debut.mois"]));
    let whole = programme.read("/api/v1/sejours/synthese").await;
    let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM sejour s WHERE {RIVIERA_COMMUNES}")))
        .fetch_one(app.pool())
        .await
        .expect("a count");
    assert_eq!(whole["donnees"], json!([{"nombre": count}]));
    let named = programme.read("/api/v1/sejours/synthese?axes=commune").await;
    let gosier = named["donnees"].as_array().expect("groups").iter().find(|group| group["commune"]["code"] == "97113").expect("Le Gosier");
    assert_eq!(gosier["commune"]["libelle"], "Le Gosier");
    // A host comes once, in how many communes it may be.
    let hosts = programme.read("/api/v1/hebergeurs/synthese?axes=type&choix=code").await;
    let wanted: Value = app
        .one(
            "SELECT jsonb_agg(g ORDER BY g->>'type') FROM (SELECT jsonb_build_object('type', h.type, 'nombre', count(*)) AS g FROM hebergeur h
             WHERE EXISTS (SELECT 1 FROM hebergeur_commune s WHERE s.hebergeur_id = h.id AND s.code_insee IN
                 (SELECT code_insee FROM collectivite_commune cc JOIN collectivite c ON c.id = cc.collectivite_id WHERE c.siren = '200041507')) GROUP BY h.type) g",
        )
        .await;
    assert_eq!(hosts["donnees"], wanted);
}

#[rocket::async_test]
async fn what_is_no_measure_and_no_axis_is_refused() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    for (question, field, words) in [
        ("mesures=rien", "mesures", "nombre, nuits"),
        ("mesures=prix_nuit", "mesures", "n'est pas une mesure"),
        ("axes=rien", "axes", "debut.mois"),
        ("axes=hebergeur", "axes", "n'est pas un axe"),
        ("axes=commune,statut,nature,categorie", "axes", "3 axes au plus"),
        ("mesures=%2C", "axes", "au moins une mesure"),
        ("tri=debut", "tri", "ni page ni ordre"),
        ("inconnu=1", "inconnu", "n'est pas un paramètre"),
    ] {
        let body = problem(&programme.get(&format!("/api/v1/sejours/synthese?{question}")).await, 400, "demande", words);
        assert_eq!(body["erreurs"][0]["champ"], field, "{question}");
    }
    let silent = app.programme_of(agent.user_id, Donne { droits: json!({"labo": 1}), ..Donne::default() }).await;
    problem(&silent.get("/api/v1/sejours/synthese").await, 403, "droits", "Séjours");
}
