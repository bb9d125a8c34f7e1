//! Campaigns, declarations and the books. What is expected is plain SQL, written apart from the program: the stays of a host counted one by
//! one, the books added up whole.

mod argent;

use rocket::http::Status;

use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::dice::Dice;
use crate::support::{App, Browser, Page};

/// Declarations whose totals are not what their stays say, the owner of each stay worked out from the days of its lodging's hosts.
const WRONG: &str = "
    SELECT count(*) FROM declaration d JOIN campagne g ON g.id = d.campagne_id
    CROSS JOIN LATERAL (SELECT coalesce(sum(sejours), 0) AS n, coalesce(sum(nuitees), 0) AS u, coalesce(sum(montant_base), 0) AS b, coalesce(sum(montant_departemental), 0) AS a
                        FROM declaration_compte WHERE declaration_id = d.id) k
    CROSS JOIN LATERAL (
        SELECT count(*) AS n, coalesce(sum(s.nb_personnes * (s.date_fin - s.date_debut)), 0) AS u, coalesce(sum(s.montant_base), 0) AS b, coalesce(sum(s.montant_departemental), 0) AS a
        FROM sejour s JOIN logement l ON l.id = s.logement_id
        WHERE s.statut IN ('a_verifier', 'valide', 'conteste') AND s.code_insee = d.code_insee AND s.collecteur = d.collecteur AND s.date_debut >= g.debut AND s.date_debut <= g.fin
          AND (d.hebergeur_id IS NULL OR d.hebergeur_id = coalesce(
              (SELECT a.hebergeur_id FROM ancien_hebergeur a WHERE a.logement_id = l.id
                 AND (CASE WHEN s.date_perception > s.date_debut THEN least(s.date_perception, s.date_fin - 1) ELSE s.date_debut END) BETWEEN a.debut AND a.fin - 1), l.hebergeur_id))) t
    LEFT JOIN LATERAL (SELECT coalesce(sum(nuitees), 0) AS u, coalesce(sum(montant_base), 0) AS b, coalesce(sum(montant_departemental), 0) AS a
                       FROM total_mensuel WHERE declaration_id = d.id AND retire_le IS NULL) m ON true
    WHERE (k.n, k.u, k.b, k.a) IS DISTINCT FROM (t.n, t.u + m.u, t.b + m.b, t.a + m.a)";

/// What is wrong with the books, in one sentence of SQL each.
const BOOKS: &[(&str, &str)] = &[
    ("operations that do not balance", "SELECT count(*) FROM (SELECT operation_id FROM ecriture GROUP BY 1 HAVING sum(debit) <> sum(credit)) o"),
    ("operations without lines", "SELECT count(*) FROM operation o WHERE NOT EXISTS (SELECT 1 FROM ecriture e WHERE e.operation_id = o.id)"),
    ("payments that are not what their means received", "SELECT count(*) FROM paiement p WHERE p.montant <> (SELECT coalesce(sum(debit - credit), 0) FROM ecriture e WHERE e.operation_id = p.operation_id AND e.compte = p.moyen)"),
    (
        "declarations whose dues are not what was fixed",
        "SELECT count(*) FROM declaration d WHERE d.arrete_base + d.arrete_departemental <> (SELECT coalesce(sum(e.debit - e.credit), 0) FROM ecriture e JOIN operation o ON o.id = e.operation_id
             WHERE e.declaration_id = d.id AND e.compte = 'redevables' AND o.genre IN ('declaration', 'regularisation', 'retrait'))",
    ),
    (
        "the tax of the books, which is not what was fixed",
        "SELECT abs((SELECT coalesce(sum(credit - debit), 0) FROM ecriture WHERE compte = 'taxe') - (SELECT coalesce(sum(arrete_base), 0) FROM declaration))::bigint",
    ),
    ("declarations paid more than they owe", "SELECT count(*) FROM (SELECT declaration_id FROM ecriture WHERE compte = 'redevables' GROUP BY 1 HAVING sum(debit) < sum(credit)) d"),
    ("payers in excess below zero", "SELECT count(*) FROM (SELECT hebergeur_id FROM ecriture WHERE compte = 'trop_percu' GROUP BY 1, collectivite_id HAVING sum(debit) > sum(credit)) t"),
    (
        "holes in the receipts",
        "SELECT count(*) FROM (SELECT 1 FROM paiement GROUP BY collectivite_id, quittance_annee HAVING max(quittance_numero) <> count(*) OR min(quittance_numero) <> 1) q",
    ),
    (
        "cash that is not that of the payments which stand",
        "SELECT abs((SELECT coalesce(sum(debit - credit), 0) FROM ecriture WHERE compte IN ('especes', 'cheques', 'virements', 'cartes', 'en_ligne'))
             - (SELECT coalesce(sum(montant), 0) FROM paiement p WHERE NOT EXISTS (SELECT 1 FROM operation o WHERE o.contre_id = p.operation_id)))::bigint",
    ),
];

async fn number(app: &App, sql: &str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_string())).fetch_one(app.pool()).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

async fn text(app: &App, sql: &str) -> String {
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_string())).fetch_one(app.pool()).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

async fn books_hold(app: &App, when: &str) {
    for (what, sql) in BOOKS {
        assert_eq!(number(app, sql).await, 0, "{when}: {what}");
    }
}

/// A campaign of La Riviera in 2024, with no demo campaign over its days; opened when `opened`.
async fn campaign(app: &App, browser: &Browser<'_>, opened: bool) -> i64 {
    let id = number(
        app,
        &format!(
            "INSERT INTO campagne (collectivite_id, nom, debut, fin, limite) SELECT id, 'Année 2024', '2024-01-01', '2024-12-31', '2027-01-20' FROM collectivite WHERE siren = '{RIVIERA}' RETURNING id"
        ),
    )
    .await;
    if opened {
        assert_eq!(browser.post(&format!("/campagnes/{id}/ouverture"), &[]).await.status, Status::SeeOther);
        app.run_jobs().await;
    }
    id
}

/// The page that an answer leads to, where it says what was done.
async fn followed(browser: &Browser<'_>, answer: &Page) -> String {
    let place = answer.header("Location").unwrap_or_else(|| panic!("an address: {} {}", answer.status, answer.text()));
    browser.get(&place).await.ok().texts("main, #messages").join(" ").replace('\'', "’")
}

async fn deposit(browser: &Browser<'_>, app: &App, id: i64, seen: &str, nil: bool) -> Page {
    let amount = number(
        app,
        &format!("SELECT coalesce(sum(montant_base + montant_departemental), 0)::bigint FROM declaration_compte WHERE declaration_id = {id}"),
    )
    .await;
    let amount = amount.to_string();
    let mut form = vec![("vu", seen), ("montant", amount.as_str())];
    if nil {
        form.push(("neant", "oui"));
    }
    browser.post(&format!("/declarations/{id}/depot"), &form).await
}

/// The form of a payment as it stands, with these values over it.
async fn payment(browser: &Browser<'_>, id: i64, over: &[(&str, &str)]) -> Vec<(String, String)> {
    let page = browser.get(&format!("/declarations/{id}/paiement")).await.ok();
    let value = |name: &str| page.attributes(&format!("main form input[name={name}]"), "value").first().cloned().unwrap_or_default();
    let mut form: Vec<(String, String)> = ["jeton", "vu", "montant", "reference", "recu_le"].map(|name| (name.to_string(), value(name))).into();
    for (name, value) in over {
        form.retain(|(known, _)| known != name);
        form.push(((*name).to_string(), (*value).to_string()));
    }
    form
}

async fn send(browser: &Browser<'_>, path: &str, form: &[(String, String)]) -> Page {
    browser.post(path, &form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>()).await
}

#[rocket::async_test]
async fn a_campaign_awaits_who_lets_and_nobody_else() {
    let app = App::new().await;
    let browser = app.administrateur(RIVIERA).await;
    // One lodging closed for all the year, one for a part of it; a host archived.
    let closed = number(
        &app,
        "SELECT min(hebergeur_id) FROM (SELECT hebergeur_id FROM logement WHERE code_insee = '97113' AND actif GROUP BY 1 HAVING count(*) = 1) l",
    )
    .await;
    app.run_sql(&format!(
        "INSERT INTO fermeture (logement_id, debut, fin, motif) SELECT id, date '2023-06-01', date '2024-06-30', 'Travaux' FROM logement WHERE hebergeur_id = {closed}
         UNION ALL SELECT id, date '2024-07-01', NULL, 'Vente' FROM logement WHERE hebergeur_id = {closed}"
    ))
    .await;
    app.run_sql(&format!("DELETE FROM sejour WHERE logement_id IN (SELECT id FROM logement WHERE hebergeur_id = {closed})")).await;
    let id = campaign(&app, &browser, true).await;
    let expected = number(
        &app,
        "SELECT count(*) FROM (
             SELECT DISTINCT l.hebergeur_id, l.code_insee FROM logement l JOIN commune c USING (code_insee) JOIN hebergeur h ON h.id = l.hebergeur_id
             WHERE c.epci_siren = '200041507' AND ((l.actif AND h.archive_le IS NULL AND h.inscrit_le <= '2024-12-31' AND NOT EXISTS (SELECT 1 FROM fermeture f WHERE f.logement_id = l.id))
                OR EXISTS (SELECT 1 FROM sejour s WHERE s.logement_id = l.id AND s.collecteur = 'hote' AND s.statut <> 'rejete' AND s.date_debut BETWEEN '2024-01-01' AND '2024-12-31'))) t",
    )
    .await;
    assert!(expected > 100, "{expected}");
    assert_eq!(number(&app, &format!("SELECT count(*) FROM declaration WHERE campagne_id = {id}")).await, expected);
    assert_eq!(number(&app, &format!("SELECT count(*) FROM declaration WHERE campagne_id = {id} AND hebergeur_id = {closed}")).await, 0);
    assert_eq!(number(&app, WRONG).await, 0);
    let expected = "SELECT count(*) FROM declaration d WHERE d.attendu <> (SELECT coalesce(sum(s.montant_base + s.montant_departemental), 0) FROM sejour s JOIN logement l ON l.id = s.logement_id
         WHERE l.hebergeur_id = d.hebergeur_id AND s.code_insee = d.code_insee AND s.collecteur = 'hote' AND s.statut <> 'rejete'
           AND s.date_debut >= d.debut - interval '1 year' AND s.date_debut <= d.fin - interval '1 year') AND d.hebergeur_id IS NOT NULL AND d.campagne_id = ";
    assert_eq!(number(&app, &format!("{expected}{id}")).await, 0, "what the year before made");
    assert_eq!(text(&app, &format!("SELECT etat FROM campagne WHERE id = {id}")).await, "ouverte");
    // Asked again, it adds only who came since.
    app.run_sql("INSERT INTO hebergeur (numero, nom, type, inscrit_le) VALUES ('HEB-900030', 'Zabeth Kanel', 'particulier', '2024-05-01')").await;
    app.run_sql("INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite) SELECT 'LOG-900030', id, '97113', 'Kaz', '', 4, 4, 4 FROM hebergeur WHERE numero = 'HEB-900030'").await;
    let before = number(&app, &format!("SELECT count(*) FROM declaration WHERE campagne_id = {id}")).await;
    browser.post(&format!("/campagnes/{id}/ouverture"), &[]).await;
    app.run_jobs().await;
    assert_eq!(number(&app, &format!("SELECT count(*) FROM declaration WHERE campagne_id = {id}")).await, before + 1);
    let page = browser.get(&format!("/campagnes/{id}")).await.ok();
    assert!(page.text().contains("Attendue") && page.text().contains("Défaillants"), "{}", page.text());
}

/// Whoever was writing when the declarations came counted nothing for them: the opening waits for those, and for nobody else's database.
#[rocket::async_test]
async fn an_opening_waits_for_who_writes_here_and_nowhere_else() {
    let (app, elsewhere) = (App::new().await, App::new().await);
    let browser = app.administrateur(RIVIERA).await;
    let mut long = elsewhere.pool().begin().await.expect("a connection");
    for sql in
        ["SET LOCAL idle_in_transaction_session_timeout = 0", "UPDATE sejour SET montant_base = montant_base WHERE id = (SELECT min(id) FROM sejour)"]
    {
        sqlx::query(sql).execute(&mut *long).await.expect("held");
    }
    let mut writing = app.pool().begin().await.expect("a connection");
    let written = sqlx::query(
        "INSERT INTO sejour (collecteur, reference, logement_id, code_insee, date_debut, date_fin, nb_personnes, nature_id, categorie_id, tarif, montant_base, montant_departemental)
         SELECT 'hote', 'EN-COURS', id, code_insee, '2024-03-01', '2024-03-05', 2, 4, 4, 200, 1777, 0 FROM logement WHERE code_insee = '97113' ORDER BY id LIMIT 1",
    );
    written.execute(&mut *writing).await.expect("a stay on its way");
    let id = campaign(&app, &browser, false).await;
    assert_eq!(browser.post(&format!("/campagnes/{id}/ouverture"), &[]).await.status, Status::SeeOther);
    let commit = async {
        // Once the opening waits for it, or is over without having waited.
        let met = format!(
            "SELECT (SELECT count(*) FROM campagne WHERE id = {id} AND etat = 'ouverte')
                 + (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT NOT EXISTS (SELECT 1 FROM pg_locks%')"
        );
        while number(&app, &met).await == 0 {}
        writing.commit().await.expect("the stay is there");
    };
    rocket::futures::join!(app.run_jobs(), commit);
    assert_eq!(text(&app, &format!("SELECT etat FROM campagne WHERE id = {id}")).await, "ouverte", "with a long transaction elsewhere");
    assert_eq!(number(&app, WRONG).await, 0);
    long.rollback().await.expect("given back");
}

#[rocket::async_test]
async fn totals_are_what_stays_say_whatever_happens_to_them() {
    let app = App::new().await;
    let browser = app.administrateur(RIVIERA).await;
    campaign(&app, &browser, true).await;
    let mut dice = Dice(4242);
    let lodgings = "SELECT id FROM logement WHERE code_insee IN ('97113', '97125') ORDER BY id";
    for step in 0..60 {
        let at = dice.roll(40);
        let sql = match dice.roll(9) {
            0 => format!("INSERT INTO sejour (collecteur, reference, logement_id, code_insee, date_debut, date_fin, nb_personnes, nature_id, categorie_id, tarif, montant_base, montant_departemental)
                          SELECT 'hote', 'D-{step}-' || l.id, l.id, l.code_insee, date '2024-01-01' + {at} * 8, date '2024-01-05' + {at} * 8, 2, 4, 4, 200, {at} * 7 + 1, {at} FROM (SELECT * FROM logement WHERE id IN ({lodgings} LIMIT 12 OFFSET {at})) l"),
            1 => format!("DELETE FROM sejour WHERE logement_id IN ({lodgings} LIMIT 3 OFFSET {at}) AND date_debut BETWEEN '2024-02-01' AND '2024-05-01'"),
            2 => format!("UPDATE sejour SET statut = CASE statut WHEN 'rejete' THEN 'valide' ELSE 'rejete' END WHERE logement_id IN ({lodgings} LIMIT 5 OFFSET {at}) AND date_debut < '2024-07-01'"),
            3 => format!("UPDATE sejour SET montant_base = montant_base + 13, date_debut = date_debut - 20 WHERE logement_id IN ({lodgings} LIMIT 4 OFFSET {at})"),
            4 => format!("UPDATE sejour SET date_perception = date_fin - 1 WHERE logement_id IN ({lodgings} LIMIT 9 OFFSET {at})"),
            5 => format!("UPDATE logement SET hebergeur_id = (SELECT hebergeur_id FROM logement WHERE code_insee = '97113' ORDER BY id OFFSET {at} LIMIT 1) WHERE id IN ({lodgings} LIMIT 2 OFFSET {at} + 1)"),
            6 => format!("INSERT INTO ancien_hebergeur (logement_id, hebergeur_id, fin, motif, suivant_vu, fait_par)
                          SELECT l.id, (SELECT hebergeur_id FROM logement WHERE code_insee = '97113' ORDER BY id OFFSET {at} LIMIT 1), date '2024-03-01' + {at}, 'Vente', true, (SELECT min(id) FROM utilisateur)
                          FROM logement l WHERE l.id IN ({lodgings} LIMIT 3 OFFSET {at}) AND NOT EXISTS (SELECT 1 FROM ancien_hebergeur a WHERE a.logement_id = l.id)"),
            7 => format!("UPDATE ancien_hebergeur SET hebergeur_id = (SELECT hebergeur_id FROM logement WHERE code_insee = '97113' ORDER BY id OFFSET {at} LIMIT 1) WHERE id % 2 = 0"),
            _ => format!("DELETE FROM ancien_hebergeur WHERE id % 3 = {at} % 3"),
        };
        app.run_sql(&sql).await;
        assert_eq!(number(&app, WRONG).await, 0, "step {step}: {sql}");
    }
    gardel::taxe::settle(app.pool()).await.expect("the differences are put together");
    assert_eq!(number(&app, WRONG).await, 0, "put together");
}

#[rocket::async_test]
async fn a_declaration_is_deposited_closed_and_corrected_with_a_reason() {
    let app = App::new().await;
    let browser = app.administrateur(RIVIERA).await;
    let campaign = campaign(&app, &browser, true).await;
    let with = number(&app, &format!("SELECT min(d.id) FROM declaration d WHERE campagne_id = {campaign} AND EXISTS (SELECT 1 FROM declaration_compte k WHERE k.declaration_id = d.id AND k.montant_base > 0)")).await;
    let without = number(&app, &format!("SELECT min(d.id) FROM declaration d WHERE campagne_id = {campaign} AND NOT EXISTS (SELECT 1 FROM declaration_compte k WHERE k.declaration_id = d.id)")).await;
    // Nil is nil, and what is not is not.
    let refused = deposit(&browser, &app, with, "ouverte", true).await;
    assert!(followed(&browser, &refused).await.contains("ce n’est pas un néant"));
    let refused = deposit(&browser, &app, without, "ouverte", false).await;
    assert!(followed(&browser, &refused).await.contains("déclarez un néant"));
    assert!(followed(&browser, &deposit(&browser, &app, without, "ouverte", true).await).await.contains("néant"));
    // What changed under the eyes of whoever reads.
    let stale = browser.post(&format!("/declarations/{with}/depot"), &[("vu", "ouverte"), ("montant", "1")]).await;
    assert!(followed(&browser, &stale).await.contains("ont changé pendant que vous lisiez"));
    assert!(followed(&browser, &deposit(&browser, &app, with, "ouverte", false).await).await.contains("la déclaration est déposée"));
    assert!(followed(&browser, &deposit(&browser, &app, with, "ouverte", false).await).await.contains("déjà été déposée"));
    books_hold(&app, "deposited").await;
    // Taken back, deposited again.
    assert!(followed(&browser, &browser.post(&format!("/declarations/{with}/retrait"), &[]).await).await.contains("de nouveau attendue"));
    books_hold(&app, "taken back").await;
    deposit(&browser, &app, with, "ouverte", false).await;
    // Closed while somebody types.
    let late = number(&app, &format!("SELECT min(d.id) FROM declaration d WHERE campagne_id = {campaign} AND etat = 'attendue' AND EXISTS (SELECT 1 FROM declaration_compte k WHERE k.declaration_id = d.id AND k.montant_base > 0)")).await;
    assert!(followed(&browser, &browser.post(&format!("/campagnes/{campaign}/cloture"), &[]).await).await.contains("est close"));
    let refused = deposit(&browser, &app, late, "ouverte", false).await;
    assert!(followed(&browser, &refused).await.contains("La campagne a été close pendant que vous saisissiez"));
    assert_eq!(text(&app, &format!("SELECT etat FROM declaration WHERE id = {late}")).await, "defaillante");
    assert!(followed(&browser, &deposit(&browser, &app, late, "close", false).await).await.contains("hors délai"));
    assert_eq!(text(&app, &format!("SELECT etat || ' ' || hors_delai FROM declaration WHERE id = {late}")).await, "close true");
    // A stay corrected afterwards is a difference, then a correction with its reason.
    app.run_sql(&format!("UPDATE sejour s SET montant_base = montant_base + 321 WHERE id = (SELECT min(s.id) FROM sejour s JOIN logement l ON l.id = s.logement_id JOIN declaration d ON d.hebergeur_id = l.hebergeur_id AND d.code_insee = s.code_insee
         WHERE d.id = {with} AND s.collecteur = 'hote' AND s.statut <> 'rejete' AND s.date_debut BETWEEN d.debut AND d.fin)")).await;
    let file = browser.get(&format!("/declarations/{with}")).await.ok();
    assert!(file.text().contains("Écart") && file.text().contains("3,21 €"), "{}", file.text());
    let path = format!("/declarations/{with}/regularisation");
    assert!(followed(&browser, &browser.post(&path, &[("motif", " "), ("ecart", "321")]).await).await.contains("dites pourquoi"));
    assert!(followed(&browser, &browser.post(&path, &[("motif", "Registre relu"), ("ecart", "320")]).await).await.contains("ont changé"));
    assert!(followed(&browser, &browser.post(&path, &[("motif", "Registre relu"), ("ecart", "321")]).await).await.contains("régularisée"));
    assert_eq!(text(&app, "SELECT motif FROM operation WHERE genre = 'regularisation'").await, "Registre relu");
    assert!(followed(&browser, &browser.post(&format!("/declarations/{with}/retrait"), &[]).await).await.contains("La campagne est close"));
    books_hold(&app, "corrected").await;
    // Reminders, once a day.
    let missing = number(&app, &format!("SELECT count(*) FROM declaration d WHERE campagne_id = {campaign} AND etat = 'defaillante' AND EXISTS (SELECT 1 FROM logement l WHERE l.hebergeur_id = d.hebergeur_id AND l.code_insee = d.code_insee AND l.actif)")).await;
    let path = format!("/campagnes/{campaign}/relance");
    assert!(missing > 0 && followed(&browser, &browser.post(&path, &[]).await).await.contains("relances notées"));
    assert!(followed(&browser, &browser.post(&path, &[]).await).await.contains("Personne n’est à relancer"));
    assert_eq!(number(&app, &format!("SELECT sum(relances)::bigint FROM declaration WHERE campagne_id = {campaign}")).await, missing);
}

#[rocket::async_test]
async fn monthly_totals_add_to_stays() {
    let app = App::new().await;
    let browser = app.administrateur(RIVIERA).await;
    let campaign = campaign(&app, &browser, true).await;
    let id = number(&app, &format!("SELECT min(d.id) FROM declaration d WHERE campagne_id = {campaign} AND NOT EXISTS (SELECT 1 FROM declaration_compte k WHERE k.declaration_id = d.id)")).await;
    let path = format!("/declarations/{id}/totaux");
    let month = |mois| [("mois", mois), ("nuitees", "12"), ("montant", "18,40"), ("departemental", "")];
    assert!(followed(&browser, &browser.post(&path, &month("03/2024")).await).await.contains("Totaux enregistrés"));
    assert!(followed(&browser, &browser.post(&path, &month("03/2024")).await).await.contains("a déjà ses totaux"));
    assert!(followed(&browser, &browser.post(&path, &month("03/2025")).await).await.contains("n’est pas de cette période"));
    assert!(followed(&browser, &deposit(&browser, &app, id, "ouverte", true).await).await.contains("ce n’est pas un néant"));
    assert!(followed(&browser, &deposit(&browser, &app, id, "ouverte", false).await).await.contains("18,40 €"));
    assert_eq!(number(&app, WRONG).await, 0);
    books_hold(&app, "monthly totals").await;
    let page = browser.get("/calendrier?annee=2027").await.ok();
    assert!(page.text().contains("Année 2024"), "{}", page.text());
}
