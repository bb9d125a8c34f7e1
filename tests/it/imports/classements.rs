//! Classifications: lodgings that exist take what the list of Atout France says, and nothing else of it.

use super::{base, confirm, counts, read, sent, undone};
use crate::support::App;
use crate::support::app::LE_GOSIER;

const OWN: &str = "
    INSERT INTO hebergeur (numero, nom, type, siret, inscrit_le) VALUES ('HEB-900010', 'Société des Essais', 'professionnel', '35600000000048', '2024-01-01');
    INSERT INTO logement (reference, numero_enregistrement, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
        SELECT v.reference, v.numero, h.id, v.code, v.nom, '1 rue des Essais', v.nature, CASE v.nature WHEN 6 THEN 6 ELSE 9 END, 4 FROM hebergeur h,
        (VALUES ('LOG-900010', NULL, '97113', 'Hôtel de la Pointe', 2), ('LOG-900011', '97113000011AB', '97113', 'Résidence Bleue', 3),
                ('LOG-900012', NULL, '97113', 'Camping Vert', 8), ('LOG-900013', NULL, '97113', 'Chambres Jaunes', 6)) v (reference, numero, code, nom, nature)
        WHERE h.numero = 'HEB-900010'";

/// As it is published: mixed case, dashes, capacities that are missing.
const FILE: &str = "DATE DE CLASSEMENT;DATE DE PUBLICATION DE L'ETABLISSEMENT;CLASSEMENT;NOM COMMERCIAL;ADRESSE;CODE POSTAL;COMMUNE;SITE INTERNET;CAPACITÉ D'ACCUEIL (PERSONNES);SIRET;NUMÉRO D'ENREGISTREMENT\n\
    23/02/2022;23/02/2022;3 étoiles;HÔTEL DE LA POINTE;2 AUTRE RUE;97190;LE GOSIER;http://exemple.gp;120;-;-\n\
    13/03/2023;13/03/2023;4 Étoiles;Autrement;-;97190;Le Gosier;-;-;-;97113000011AB\n\
    13/03/2023;13/03/2023;2 étoiles;camping vert;-;97190;97113;-;60;35600000000048;-\n\
    13/03/2023;13/03/2023;3 étoiles;Chambres Jaunes;-;97190;LE GOSIER;-;;-;-\n\
    13/03/2023;13/03/2023;3 étoiles;Inconnu au bataillon;-;97190;LE GOSIER;-;10;-;-\n\
    13/03/2023;13/03/2023;-;Hôtel lointain;-;75016;PARIS;-;10;-;-\n\
    13/03/2023;13/03/2023;7 étoiles;Résidence bleue;-;97190;LE GOSIER;-;10;-;-\n\
    13/03/2023;13/03/2023;3 étoiles;Sans nom connu;-;97190;LE GOSIER;-;10;35600000000048;-\n";

#[rocket::async_test]
async fn lodgings_take_their_stars_in_both_encodings() {
    let app = App::new().await;
    for statement in OWN.split(';') {
        app.run_sql(statement).await;
    }
    let browser = app.agent(LE_GOSIER).await;
    let before = base(&app).await;
    let windows: Vec<u8> = FILE.chars().map(|sign| u8::try_from(u32::from(sign)).expect("a sign of Windows-1252")).collect();
    for (name, bytes) in [("utf8.csv", FILE.as_bytes().to_vec()), ("cp1252.csv", windows)] {
        let answer = browser.send_files("/imports", &[("genre", "classements")], &[(name, &bytes)]).await;
        let place = answer.header("Location").expect("the import");
        let id: i64 = place.trim_start_matches("/imports/").trim_end_matches("/lecture").parse().expect("a number");
        read(&app, &browser, id, &[("mode", "remplacer"), ("faire", "verifier")]).await;
        app.run_jobs().await;
        let told: Vec<(i64, String)> =
            sqlx::query_as("SELECT ligne, code FROM import_anomalie WHERE import_id = $1 AND gravite = 'refus' ORDER BY rang, id")
                .bind(id)
                .fetch_all(app.pool())
                .await
                .expect("anomalies");
        let expected = [(6, "REF-05"), (7, "REF-03"), (8, "VAL-06"), (9, "DUP-04")].map(|(line, code)| (line, code.to_string()));
        assert_eq!(told, expected, "{name}");
        assert_eq!(counts(&app, id).await, (0, 4, 0, 4), "{name}");
        confirm(&app, &browser, id).await;
        let found: String = app
            .one("SELECT string_agg(concat_ws(' ', reference, nom, adresse, categorie_id, classe_le, classe_jusqu_au, capacite), ', ' ORDER BY reference) FROM logement WHERE reference ~ '^LOG-9000'")
            .await;
        assert_eq!(
            found,
            "LOG-900010 Hôtel de la Pointe 1 rue des Essais 4 2022-02-23 2027-02-23 120, LOG-900011 Résidence Bleue 1 rue des Essais 3 2023-03-13 2028-03-13 4, \
             LOG-900012 Camping Vert 1 rue des Essais 8 2023-03-13 2028-03-13 60, LOG-900013 Chambres Jaunes 1 rue des Essais 6 2023-03-13 2028-03-13 4",
            "{name}"
        );
        undone(&app, &browser, id).await;
        assert_eq!(base(&app).await, before, "{name}");
    }
}

#[rocket::async_test]
async fn a_lodging_is_named_by_its_number_too() {
    let app = App::new().await;
    for statement in OWN.split(';') {
        app.run_sql(statement).await;
    }
    let browser = app.agent(LE_GOSIER).await;
    let id = sent(
        &browser,
        "classements",
        "a.csv",
        "Référence;Classement;Date de classement\nLOG-900010;5 étoiles – Palace;2025-05-13\nLOG-999999;1 étoile;2025-05-13\n",
    )
    .await;
    read(&app, &browser, id, &[("mode", "remplacer"), ("faire", "verifier")]).await;
    app.run_jobs().await;
    assert_eq!(counts(&app, id).await, (0, 1, 0, 1));
    confirm(&app, &browser, id).await;
    assert_eq!(app.one::<i16>("SELECT categorie_id FROM logement WHERE reference = 'LOG-900010'").await, 1);
}
