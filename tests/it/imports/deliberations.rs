//! Deliberations and their tariffs, as the official file and its flat forms bring them: what the law does not allow is told and loaded, what
//! applies is never written over unasked, an undoing gives the tables of before.

use rocket::http::Status;

use super::{checked, confirm, counts, loaded, read, sent, state, undone};
use crate::support::App;
use crate::support::app::LE_GOSIER;

const TOUTE: &str = "01 janvier|31 décembre";
const BAILLIF: &str = "3.50 2.50 1.80 1.00 0.75 0.65 0.45 0.20 1.00";
const MARIE_GALANTE: &str = "2.00 2.00 2.00 1.20 0.70 0.60 0.55 0.20 5.00";

/// A deliberation as the DGFiP writes it: who (SIREN, own commune), when, rent a night and a month, communes, periods with their tariffs.
fn deliberation((siren, own): (&str, &str), date: &str, (night, month): (&str, &str), communes: &str, periods: &[(&str, &str)]) -> String {
    let communes: String = communes
        .split_whitespace()
        .map(|code| format!("<collectivite siren=\"1\"><nom>X</nom><codeInsee>{code}</codeInsee></collectivite>"))
        .collect();
    let period = |(days, tariffs): &(&str, &str)| {
        let (from, to) = days.split_once('|').expect("two days");
        let tariffs: String =
            (1..).zip(tariffs.split_whitespace()).map(|(category, value)| format!("<tarif categorieId=\"{category}\">{value}</tarif>")).collect();
        format!("<periode><dateDebut>{from}</dateDebut><dateFin>{to}</dateFin><tarifs>{tariffs}</tarifs></periode>")
    };
    format!(
        "<deliberation><saisie><date>30/07/2025</date><collectiviteDeliberante siren=\"{siren}\"><nom>NOM {siren}</nom><codeInsee>{own}</codeInsee></collectiviteDeliberante></saisie>
         <date>{date}</date><millesime>2019</millesime><loyerMaximumNuit>{night}</loyerMaximumNuit><loyerMaximumSemaine>{week}</loyerMaximumSemaine><loyerMaximumMois>{month}</loyerMaximumMois>
         <taxeAdditionnelleDepartementale>false</taxeAdditionnelleDepartementale><taxeAdditionnelleRegionale>false</taxeAdditionnelleRegionale>
         <taxeAdditionnelleLGV>false</taxeAdditionnelleLGV><taxeAdditionnelleArticleL2531-18>false</taxeAdditionnelleArticleL2531-18>
         <collectivites>{communes}</collectivites><periodes>{}</periodes></deliberation>\n",
        periods.iter().map(period).collect::<String>(),
        week = if siren == "219711280" { "90.00" } else { "" },
    )
    .replace(
        "<collectivites>",
        if siren == "219711280" {
            "<regimes><regime natureId=\"4\">Réel</regime><regime natureId=\"9\">Forfaitaire</regime></regimes><abattements><abattement><taux>40.00</taux><nuiteMin>61</nuiteMin><nuiteMax>105</nuiteMax></abattement><abattement><taux>50.00</taux><nuiteMin>106</nuiteMin><nuiteMax/></abattement></abattements><collectivites>"
        } else {
            "<collectivites>"
        },
    )
}

/// La Riviéra du Levant in two periods, one above the legal ceiling; Sainte-Anne apart from it; two that the base holds already; one of
/// communes that nobody loaded; one whose period is no period.
fn xml() -> String {
    let all = [
        deliberation(
            ("200041507", ""),
            "28/06/2021",
            ("0.00", "1.00"),
            "97110 97113 97128 97125",
            &[
                ("01 janvier|30 juin", "4.00 3.00 2.30 2.00 0.90 0.80 0.55 0.20 5.00"),
                ("01 juillet|31 décembre", "4.00 3.00 2.30 1.60 0.90 0.80 0.55 0.20 5.00"),
            ],
        ),
        deliberation(("219711280", "97128"), "12/05/2025", ("", ""), "", &[(TOUTE, "4.00 3.00 2.30 1.55 0.90 0.80 0.55 0.20 5.00")]),
        deliberation(("219711041", "97104"), "09/10/2015", ("0.00", "200.00"), "", &[(TOUTE, BAILLIF)]),
        deliberation(("249710047", ""), "10/09/2019", ("30.00", "0.00"), "97126 97108 97999 97112", &[(TOUTE, MARIE_GALANTE)]),
        deliberation(("243300316", ""), "01/06/2021", ("", ""), "33063 33039", &[(TOUTE, BAILLIF)]),
        deliberation(("219711066", "97106"), "23/12/2021", ("", ""), "", &[("32 janvier|31 décembre", BAILLIF)]),
    ];
    format!(
        "<?xml version='1.0' encoding='UTF-8'?><delta><version>2.5.0</version><date>01/01/2026</date><deliberations>{}</deliberations></delta>",
        all.concat()
    )
}

/// The three tables whole, but for what says when and by whom.
async fn tables(app: &App) -> String {
    app.one(
        "SELECT md5((SELECT string_agg(concat_ws('|', id, siren, collectivite, date_deliberation, annee, debut, fin, taxe_departementale, loyer_minimum_nuit, loyer_minimum_mois,
                 communes, tarif_1, tarif_2, tarif_3, tarif_4, tarif_5, tarif_6, tarif_7, tarif_8, tarif_9), ';' ORDER BY id) FROM deliberation WHERE etat = 'en_vigueur')
             || (SELECT string_agg(concat_ws('|', deliberation_id, code_insee), ';' ORDER BY deliberation_id, code_insee) FROM deliberation_commune)
             || (SELECT string_agg(concat_ws('|', deliberation_id, categorie_id, valeur), ';' ORDER BY deliberation_id, categorie_id) FROM tarif WHERE etat = 'en_vigueur'))",
    )
    .await
}

/// What a collectivité decided for a year: its periods, where, and the tariffs of the tables that the tax reads.
async fn applied(app: &App, siren: &str, year: i16) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT concat_ws(' ', d.debut, d.fin, (SELECT string_agg(code_insee, ',' ORDER BY code_insee) FROM deliberation_commune WHERE deliberation_id = d.id),
             (SELECT string_agg(categorie_id || '=' || valeur, ',' ORDER BY categorie_id) FROM tarif WHERE deliberation_id = d.id))
         FROM deliberation d WHERE d.siren = $1 AND d.annee = $2 AND d.etat = 'en_vigueur' ORDER BY d.debut",
    )
    .bind(siren)
    .bind(year)
    .fetch_all(app.pool())
    .await
    .expect("deliberations")
}

async fn told(app: &App, id: i64, gravite: &str) -> Vec<String> {
    sqlx::query_scalar("SELECT code || ' ' || message FROM import_anomalie WHERE import_id = $1 AND gravite = $2 ORDER BY rang, id")
        .bind(id)
        .bind(gravite)
        .fetch_all(app.pool())
        .await
        .expect("anomalies")
}

const FIN: &str = "5=90,6=80,7=55,8=20,9=500";

#[rocket::async_test]
async fn the_official_file_is_loaded_told_and_taken_back() {
    let app = App::new().await;
    let browser = app.exploitant().await;
    let before = tables(&app).await;
    // By default nothing that applies is touched: it is left, and what would cross it is refused.
    let id = checked(&app, &browser, ("deliberations", "a.xml", &xml()), "completer").await;
    assert_eq!(counts(&app, id).await, (1, 0, 3, 3));
    // La Riviéra du Levant; Marie-Galante too, whose communes are one more.
    let left: Vec<String> = sqlx::query_scalar(
        "SELECT split_part(cles->>'periode', E'\\x1f', 1) FROM import_ligne WHERE import_id = $1 AND verdict = 'laissee' ORDER BY rang",
    )
    .bind(id)
    .fetch_all(app.pool())
    .await
    .expect("lines");
    assert_eq!(left, ["200041507", "249710047"]);
    assert!(told(&app, id, "refus").await[0].contains("celle qui va du 1er janvier au 31 décembre"), "{:?}", told(&app, id, "refus").await);
    assert_eq!(browser.post(&format!("/imports/{id}/abandon"), &[]).await.status, Status::SeeOther);
    // Replacing shows what stood there, and what would.
    let id = checked(&app, &browser, ("deliberations", "b.xml", &format!("{}<!-- b -->", xml())), "remplacer").await;
    assert_eq!(counts(&app, id).await, (2, 1, 2, 2));
    let (was, new): (String, String) =
        sqlx::query_as("SELECT (avant - 'x')::text, (valeurs - 'x')::text FROM import_ligne WHERE import_id = $1 AND verdict = 'changee'")
            .bind(id)
            .fetch_one(app.pool())
            .await
            .expect("the line");
    assert_eq!((was.as_str(), new.as_str()), ("{\"fin\": \"12-31\", \"tarif_4\": \"150\"}", "{\"fin\": \"06-30\", \"tarif_4\": \"200\"}"));
    let warned = told(&app, id, "avertissement").await;
    assert!(warned[0].contains("Catégorie 4") && warned[0].contains("dépasse le plafond légal de 2026") && warned[0].contains("1,70"), "{warned:?}");
    assert!(warned[1].contains("97999") && warned.len() == 2, "{warned:?}");
    let refused = told(&app, id, "refus").await;
    assert!(refused[0].contains("33039, 33063") && refused[1].contains("donnez un jour et un mois"), "{refused:?}");
    assert_eq!(tables(&app).await, before);
    confirm(&app, &browser, id).await;
    let place = "97110,97113,97125,97128 1=400,2=300,3=230";
    assert_eq!(applied(&app, "200041507", 2026).await, [format!("01-01 06-30 {place},4=200,{FIN}"), format!("07-01 12-31 {place},4=160,{FIN}")]);
    assert_eq!(applied(&app, "219711280", 2026).await, [format!("01-01 12-31 97128 1=400,2=300,3=230,4=155,{FIN}")]);
    let rules: String = app.one("SELECT concat_ws(' ', regime_4, regime_9, regime_10, abattements, loyer_minimum_semaine) FROM deliberation WHERE siren = '219711280' AND etat = 'en_vigueur'").await;
    assert_eq!(rules, "reel forfait reel 61-105:4000 106-:5000 9000");
    // Everybody reads it; a migration leaves it; again, it is what is there.
    let page = app.agent(LE_GOSIER).await.get("/communes/97113").await.ok();
    assert!(page.text().contains("du 1er juillet au 31 décembre") && page.text().contains("du 1er janvier au 30 juin"), "{}", page.text());
    let loaded = tables(&app).await;
    let mut connection = app.pool().acquire().await.expect("a connection");
    gardel::territoire::reference::charger(&mut connection).await.expect("reference data");
    drop(connection);
    assert_eq!(tables(&app).await, loaded);
    let again = checked(&app, &browser, ("deliberations", "c.xml", &format!("{}<!-- c -->", xml())), "remplacer").await;
    assert_eq!(counts(&app, again).await, (0, 0, 5, 2));
    undone(&app, &browser, id).await;
    assert_eq!(tables(&app).await, before);
}

#[rocket::async_test]
async fn a_stay_is_taxed_by_what_was_loaded() {
    let app = App::new().await;
    for statement in [
        "INSERT INTO hebergeur (numero, nom, type, inscrit_le) VALUES ('HEB-900020', 'Hélène Zandronis', 'particulier', '2024-01-01')",
        "INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
         SELECT v.reference, h.id, v.code, v.reference, '1 rue des Flamboyants', 4, 4, 4 FROM hebergeur h, (VALUES ('LOG-900020', '97113'), ('LOG-900021', '97128')) v (reference, code)
         WHERE h.numero = 'HEB-900020'",
    ] {
        app.run_sql(statement).await;
    }
    loaded(&app, &app.exploitant().await, ("deliberations", "delta.xml", &xml()), "remplacer").await;
    let agent = app.agent("219711280").await;
    let gosier = app.agent(LE_GOSIER).await;
    let head = "Référence;Logement;Arrivée;Départ;Personnes;Prix de la nuit\n";
    // Two persons, three nights: 2.00, then 1.60 in the second period; 1.55 in the commune that decides alone.
    loaded(
        &app,
        &gosier,
        ("sejours", "gosier.csv", &format!("{head}T-1;LOG-900020;2026-05-04;2026-05-07;2;120\nT-2;LOG-900020;2026-08-03;2026-08-06;2;120\nT-3;LOG-900020;2026-06-29;2026-07-02;2;120\n")),
        "completer",
    )
    .await;
    loaded(&app, &agent, ("sejours", "sainte-anne.csv", &format!("{head}T-4;LOG-900021;2026-05-04;2026-05-07;2;120\n")), "completer").await;
    let amounts: Vec<(String, i64)> = sqlx::query_as("SELECT reference, montant FROM sejour WHERE reference LIKE 'T-_' ORDER BY reference")
        .fetch_all(app.pool())
        .await
        .expect("stays");
    let expected = [("T-1", 2 * 3 * 200), ("T-2", 2 * 3 * 160), ("T-3", 2 * (2 * 200 + 160)), ("T-4", 2 * 3 * 155)];
    assert_eq!(amounts, expected.map(|(reference, amount)| (reference.to_string(), amount)));
}

#[rocket::async_test]
async fn a_flat_file_is_folded_wherever_its_lots_are_cut() {
    let app = App::new().await;
    let browser = app.exploitant().await;
    let mut flat = String::from(
        "SIREN collectivité;Collectivité délibérante;Date délibération;Code INSEE commune;Commune;Début période;Fin période;Cat. id;Catégorie;Tarif;Taxe add. départementale\n",
    );
    for (code, name) in [("97110", "DESIRADE"), ("97113", "GOSIER")] {
        for (from, to, values) in [("01 janvier", "30 juin", ["4,00", "1,50"]), ("01 juillet", "31 décembre", ["4,10", "0,10"])] {
            for (category, value) in [1, 4].into_iter().zip(values) {
                flat += &format!("200041507;CA LA RIVIERA;28/06/2021;{code};{name};{from};{to};{category};Une catégorie, au choix;{value};oui\n");
            }
        }
    }
    flat += "219711041;BAILLIF;09/10/2015;97104;BAILLIF;01 janvier;31 décembre;1;Palaces;3,50;non\n";
    flat += "219711041;BAILLIF;09/10/2015;97104;BAILLIF;01 janvier;31 décembre;1;Palaces;3,60;non\n";
    flat += "219711066;BOUILLANTE;23/12/2021;97106;BOUILLANTE;01 janvier;31 décembre;12;Autre;3,50;non\n";
    for lot in [1_i32, 2, 1_000] {
        let before = tables(&app).await;
        let id = sent(&browser, "deliberations", "plat.csv", &flat).await;
        sqlx::query("UPDATE import SET lot = $2 WHERE id = $1").bind(id).bind(lot).execute(app.pool()).await.expect("set");
        // The year is said for all lines: such a file says none.
        let answer = read(&app, &browser, id, &[("constante-annee", "2026"), ("mode", "remplacer"), ("faire", "verifier")]).await;
        assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
        app.run_jobs().await;
        assert_eq!(state(&app, id).await, "a_confirmer");
        assert_eq!(counts(&app, id).await, (1, 1, 0, 2), "{lot}: {:?}", told(&app, id, "refus").await);
        let refused = told(&app, id, "refus").await;
        assert!(refused[0].contains("deux tarifs") && refused[1].contains("de 1 à 9"), "{refused:?}");
        let warned = told(&app, id, "avertissement").await;
        assert!(warned.iter().any(|text| text.contains("sous le plancher légal de 2026")), "{warned:?}");
        confirm(&app, &browser, id).await;
        let periods = applied(&app, "200041507", 2026).await;
        // What a file does not say stays: the other categories of the period that was there.
        assert_eq!(
            periods,
            [format!("01-01 06-30 97110,97113 1=400,2=300,3=230,4=150,{FIN}"), "07-01 12-31 97110,97113 1=410,4=10".to_string()],
            "{lot}"
        );
        assert_eq!(
            app.one::<i64>("SELECT count(*) FROM deliberation WHERE siren = '200041507' AND taxe_departementale AND etat = 'en_vigueur'").await,
            2
        );
        undone(&app, &browser, id).await;
        assert_eq!(tables(&app).await, before, "{lot}");
    }
}

/// What a collectivité entered is not written over by the file: it waits as a draft, set beside what applies, for a person of that place.
#[rocket::async_test]
async fn what_was_entered_is_compared_and_never_written_over() {
    let app = App::new().await;
    app.run_sql("UPDATE deliberation SET source = 'saisie', tarif_4 = 130 WHERE siren = '249710047'").await;
    let before = tables(&app).await;
    let id = loaded(&app, &app.exploitant().await, ("deliberations", "delta.xml", &xml()), "remplacer").await;
    let mine = applied(&app, "249710047", 2026).await;
    assert!(mine.len() == 1 && mine[0].contains("4=130"), "{mine:?}");
    assert!(told(&app, id, "avertissement").await.iter().any(|text| text.contains("gardée comme brouillon")));
    let draft: String = app.one("SELECT id::text FROM deliberation WHERE siren = '249710047' AND etat = 'brouillon' AND source = 'delta'").await;
    let chief = app.administrateur("249710047").await;
    let page = chief.get(&format!("/deliberations/{draft}/vigueur")).await.ok();
    let text = page.text().replace(['\u{a0}', '\u{202f}'], " ");
    assert!(text.contains("1,30 €") && text.contains("1,20 €") && text.contains("-0,10 €") | text.contains("−0,10 €"), "{text}");
    // The file again: the draft is there already.
    let again = checked(&app, &app.exploitant().await, ("deliberations", "e.xml", &format!("{}<!-- e -->", xml())), "remplacer").await;
    assert_eq!(counts(&app, again).await.0, 0);
    let versions = page.attributes("input[name=versions]", "value").concat();
    assert_eq!(chief.post(&format!("/deliberations/{draft}/vigueur"), &[("versions", &versions)]).await.status, Status::SeeOther);
    let mine = applied(&app, "249710047", 2026).await;
    assert!(mine.len() == 1 && mine[0].contains("4=120"), "{mine:?}");
    assert_ne!(tables(&app).await, before);
}

#[rocket::async_test]
async fn nobody_else_loads_them() {
    let app = App::new().await;
    let before = tables(&app).await;
    for browser in [app.agent(LE_GOSIER).await, app.administrateur(LE_GOSIER).await] {
        let answer = browser.send_files("/imports", &[("genre", "deliberations")], &[("delta.xml", xml().as_bytes())]).await;
        assert_eq!(answer.status, Status::UnprocessableEntity);
        assert!(!browser.get("/imports/nouveau").await.ok().text().contains("DELTA"));
    }
    // An import of the exploitant is nobody else's to see.
    let id = checked(&app, &app.exploitant().await, ("deliberations", "delta.xml", &xml()), "completer").await;
    let other = app.administrateur(LE_GOSIER).await;
    assert_eq!(other.get(&format!("/imports/{id}")).await.status, Status::NotFound);
    assert!(other.post(&format!("/imports/{id}/ecriture"), &[("lignes", "1")]).await.status.code >= 400);
    assert_eq!(tables(&app).await, before);
}
