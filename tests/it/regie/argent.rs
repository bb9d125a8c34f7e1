//! Payments, and the books that they balance.

use super::*;

#[rocket::async_test]
async fn a_payment_is_partial_double_or_too_much_and_says_so() {
    let app = App::new().await;
    let (browser, other) = (app.administrateur(RIVIERA).await, app.administrateur(RIVIERA).await);
    let campaign = campaign(&app, &browser, true).await;
    let id = number(&app, &format!("SELECT min(d.id) FROM declaration d WHERE campagne_id = {campaign} AND (SELECT sum(k.montant_base) FROM declaration_compte k WHERE k.declaration_id = d.id) > 2000
        AND NOT EXISTS (SELECT 1 FROM ecriture e WHERE e.hebergeur_id = d.hebergeur_id)")).await;
    deposit(&browser, &app, id, "ouverte", false).await;
    let due = number(&app, &format!("SELECT (arrete_base + arrete_departemental)::bigint FROM declaration WHERE id = {id}")).await;
    let path = format!("/declarations/{id}/paiement");
    let owed = format!("SELECT coalesce(sum(debit - credit), 0)::bigint FROM ecriture WHERE declaration_id = {id} AND compte = 'redevables'");
    // A part of it.
    let form = payment(&browser, id, &[("moyen", "cheques"), ("montant", "10"), ("reference", "CHQ 77-1")]).await;
    let paid = send(&browser, &path, &form).await;
    assert_eq!(paid.status, Status::SeeOther, "{}", paid.text());
    assert_eq!(number(&app, &owed).await, due - 1000);
    // The same form again, then the same cheque by another régisseur.
    assert!(followed(&browser, &send(&browser, &path, &form).await).await.contains("déjà enregistré"));
    let same = payment(&other, id, &[("moyen", "cheques"), ("montant", "10"), ("reference", "chq 771")]).await;
    let refused = send(&other, &path, &same).await;
    assert!(refused.status == Status::Conflict && refused.text().contains("ce paiement est déjà enregistré"), "{}", refused.text());
    // Two régisseurs on one payment, at once: what the second had in front of them is no more.
    let (one, two) = (
        payment(&browser, id, &[("moyen", "virements"), ("montant", "5"), ("reference", "VIR-1")]).await,
        payment(&other, id, &[("moyen", "especes"), ("montant", "5"), ("reference", "")]).await,
    );
    let (first, second) = rocket::futures::join!(send(&browser, &path, &one), send(&other, &path, &two));
    let statuses = [first.status, second.status];
    assert!(statuses.contains(&Status::SeeOther) && statuses.contains(&Status::Conflict), "{statuses:?}");
    let refused = if first.status == Status::Conflict { &first } else { &second };
    assert!(refused.text().contains("a changé pendant que vous saisissiez"), "{}", refused.text());
    assert_eq!(number(&app, &owed).await, due - 1500);
    // More than what is owed asks for a second look.
    let form = payment(&browser, id, &[("moyen", "cartes"), ("montant", "9999"), ("reference", "CB 1")]).await;
    let asked = send(&browser, &path, &form).await;
    assert!(asked.status == Status::Ok && asked.text().contains("serait un trop-perçu"), "{}", asked.text());
    let confirmed: Vec<(String, String)> = form.into_iter().chain([("confirme".to_string(), "999900".to_string())]).collect();
    let paid = send(&browser, &path, &confirmed).await;
    assert_eq!((paid.status, number(&app, &owed).await), (Status::SeeOther, 0), "{}", paid.text());
    books_hold(&app, "too much").await;
    // Everything is paid: the same stay paid twice is told.
    let again = payment(&browser, id, &[("moyen", "especes"), ("montant", "12"), ("reference", "")]).await;
    assert!(send(&browser, &path, &again).await.text().contains("Tout est déjà payé"));
    // Cancelled, with a reason, once.
    let receipt = paid.header("Location").expect("a receipt");
    assert!(followed(&browser, &browser.post(&format!("{receipt}/annulation"), &[("motif", "")]).await).await.contains("Rien n’est annulé"));
    let (path_of_it, form) = (format!("{receipt}/annulation"), [("motif", "Carte refusée")]);
    let cancelled = rocket::futures::join!(browser.post(&path_of_it, &form), other.post(&path_of_it, &form));
    assert_eq!((cancelled.0.status, cancelled.1.status), (Status::SeeOther, Status::SeeOther));
    assert_eq!(number(&app, "SELECT count(*) FROM operation WHERE genre = 'annulation'").await, 1);
    assert_eq!(number(&app, &owed).await, due - 1500);
    books_hold(&app, "cancelled").await;
    for sql in ["UPDATE ecriture SET debit = debit + 1", "DELETE FROM paiement", "DELETE FROM operation"] {
        assert!(sqlx::query(sql).execute(app.pool()).await.is_err(), "{sql}: the books are only added to");
    }
    // Whoever works for the commune alone keeps no books of the EPCI.
    let commune = app.agent(LE_GOSIER).await;
    let place = text(&app, &format!("SELECT code_insee FROM declaration WHERE id = {id}")).await;
    let status = commune.get(&path).await.status;
    assert_eq!(status, if place == "97113" { Status::Forbidden } else { Status::NotFound });
}

/// What a régisseur may do next, at random, by the pages.
async fn random_step(browser: &Browser<'_>, app: &App, declarations: &[i64], dice: &mut Dice, step: u64) {
    let id = *dice.pick(declarations);
    match dice.roll(8) {
        0 | 1 => drop(deposit(browser, app, id, "ouverte", false).await),
        2 => drop(browser.post(&format!("/declarations/{id}/retrait"), &[]).await),
        3 => {
            app.run_sql(&format!(
                "UPDATE sejour SET montant_base = greatest(montant_base + {}, 0), montant_departemental = {} WHERE id IN (SELECT s.id FROM sejour s JOIN logement l ON l.id = s.logement_id JOIN declaration d ON d.hebergeur_id = l.hebergeur_id
                 AND d.code_insee = s.code_insee WHERE d.id = {id} AND s.collecteur = 'hote' AND s.date_debut BETWEEN d.debut AND d.fin ORDER BY s.id LIMIT 2)",
                i64::try_from(dice.roll(4_000)).unwrap_or(0) - 2_000,
                dice.roll(90)
            ))
            .await;
        }
        4 => {
            let gap = number(app, &format!("SELECT (coalesce((SELECT sum(montant_base + montant_departemental) FROM declaration_compte WHERE declaration_id = d.id), 0) - d.arrete_base - d.arrete_departemental)::bigint FROM declaration d WHERE id = {id}")).await;
            browser.post(&format!("/declarations/{id}/regularisation"), &[("motif", "Relu"), ("ecart", &gap.to_string())]).await;
        }
        5 | 6 => {
            let cents = 1 + dice.roll(9_000);
            let (amount, reference) = (format!("{},{:02}", cents / 100, cents % 100), format!("R-{step}"));
            let over = [("moyen", "virements"), ("montant", amount.as_str()), ("reference", reference.as_str())];
            let mut form = payment(browser, id, &over).await;
            form.push(("confirme".into(), cents.to_string()));
            send(browser, &format!("/declarations/{id}/paiement"), &form).await;
        }
        _ => {
            let payment: Option<i64> =
                sqlx::query_scalar("SELECT id FROM paiement WHERE jeton NOT LIKE 'demonstration%' ORDER BY hashint8(id + $1) LIMIT 1")
                    .bind(i64::try_from(step).unwrap_or(0))
                    .fetch_optional(app.pool())
                    .await
                    .expect("a payment");
            if let Some(payment) = payment {
                browser.post(&format!("/paiements/{payment}/annulation"), &[("motif", "Impayé")]).await;
            }
        }
    }
}

/// Three declarations of a few hosts, deposited or not.
async fn few(app: &App, campaign: i64) -> Vec<i64> {
    sqlx::query_scalar("SELECT d.id FROM declaration d WHERE campagne_id = $1 AND (SELECT sum(k.montant_base) FROM declaration_compte k WHERE k.declaration_id = d.id) > 3000 ORDER BY d.id LIMIT 4")
        .bind(campaign)
        .fetch_all(app.pool())
        .await
        .expect("declarations")
}

#[rocket::async_test]
async fn the_books_balance_whatever_is_done() {
    let app = App::new().await;
    let browser = app.administrateur(RIVIERA).await;
    books_hold(&app, "the demo").await;
    let campaign = campaign(&app, &browser, true).await;
    let declarations = few(&app, campaign).await;
    let mut dice = Dice(971);
    for step in 0..90 {
        random_step(&browser, &app, &declarations, &mut dice, step).await;
        books_hold(&app, &format!("step {step}")).await;
    }
    assert_eq!(number(&app, WRONG).await, 0);
    let kinds: i64 = number(&app, "SELECT count(DISTINCT genre) FROM operation").await;
    assert!(kinds >= 5, "the random walk did little: {kinds} kinds of operation");
}

#[rocket::async_test]
async fn the_books_balance_whoever_works_at_once() {
    let app = App::new().await;
    let people = [app.administrateur(RIVIERA).await, app.administrateur(RIVIERA).await, app.administrateur(RIVIERA).await];
    let campaign = campaign(&app, &people[0], true).await;
    let declarations = few(&app, campaign).await;
    let one = async |number: u64| {
        let mut dice = Dice(1_000 + number);
        for step in 0..25 {
            random_step(&people[usize::try_from(number).expect("a person")], &app, &declarations, &mut dice, number * 1_000 + step).await;
        }
    };
    let watch = async {
        for look in 0..20 {
            books_hold(&app, &format!("look {look}")).await;
        }
    };
    rocket::futures::join!(one(0), one(1), one(2), watch);
    books_hold(&app, "at the end").await;
    assert_eq!(number(&app, WRONG).await, 0);
}
