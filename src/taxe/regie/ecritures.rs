//! What is written in the books. Whoever writes in those of a collectivité holds them first ([`lock`]): two régisseurs come one after the
//! other, and the second sees what the first wrote.

use chrono::NaiveDate;
use sqlx::PgConnection;

/// Holds the books of a collectivité until the end of the transaction.
pub async fn lock(connection: &mut PgConnection, collectivite: i32) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtext('regie'), $1)").bind(collectivite).execute(connection).await?;
    Ok(())
}

/// What happens to the books.
#[derive(Clone, Debug)]
pub struct Operation<'a> {
    /// Whose books.
    pub collectivite: i32,
    /// Its kind, as the base names it.
    pub genre: &'static str,
    pub jour: NaiveDate,
    pub libelle: &'a str,
    pub motif: Option<&'a str>,
    pub par: Option<i64>,
}

/// Whose amounts they are: a host, or a platform.
#[derive(Clone, Copy, Debug)]
pub struct Payeur<'a> {
    pub hebergeur: Option<i64>,
    pub collecteur: &'a str,
}

/// One line: an account, of which declaration, and cents: a debit when they are positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Poste {
    pub compte: &'static str,
    pub declaration: Option<i64>,
    pub cents: i64,
}

async fn write(connection: &mut PgConnection, operation: &Operation<'_>, payeur: Payeur<'_>, postes: &[Poste]) -> Result<i64, sqlx::Error> {
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO operation (collectivite_id, genre, jour, libelle, motif, fait_par) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
    )
    .bind(operation.collectivite)
    .bind(operation.genre)
    .bind(operation.jour)
    .bind(operation.libelle)
    .bind(operation.motif)
    .bind(operation.par)
    .fetch_one(&mut *connection)
    .await?;
    let lines: Vec<&Poste> = postes.iter().filter(|poste| poste.cents != 0).collect();
    sqlx::query(
        "INSERT INTO ecriture (operation_id, collectivite_id, jour, compte, declaration_id, hebergeur_id, collecteur, debit, credit)
         SELECT $1, $2, $3, l.compte, l.declaration, $4, $5, greatest(l.cents, 0), greatest(-l.cents, 0)
         FROM unnest($6::text[], $7::bigint[], $8::bigint[]) l (compte, declaration, cents)",
    )
    .bind(id)
    .bind(operation.collectivite)
    .bind(operation.jour)
    .bind(payeur.hebergeur)
    .bind(payeur.collecteur)
    .bind(lines.iter().map(|poste| poste.compte).collect::<Vec<_>>())
    .bind(lines.iter().map(|poste| poste.declaration).collect::<Vec<_>>())
    .bind(lines.iter().map(|poste| poste.cents).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(id)
}

/// Writes that a declaration owes so much more, or less: tax and additional tax, each to its account. Nothing when both are nothing.
pub async fn owe(
    connection: &mut PgConnection,
    operation: &Operation<'_>,
    payeur: Payeur<'_>,
    declaration: i64,
    (base, departemental): (i64, i64),
) -> Result<(), sqlx::Error> {
    if (base, departemental) == (0, 0) {
        return Ok(());
    }
    let to = |compte, cents| Poste { compte, declaration: Some(declaration), cents };
    write(connection, operation, payeur, &[to("redevables", base + departemental), to("taxe", -base), to("additionnelle", -departemental)]).await?;
    Ok(())
}

/// What a declaration still owes.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Du {
    pub declaration: i64,
    pub numero: String,
    /// In cents.
    pub reste: i64,
}

/// What a payer still owes to a collectivité, the earliest to be paid first.
pub async fn open_dues(connection: &mut PgConnection, collectivite: i32, payeur: Payeur<'_>) -> Result<Vec<Du>, sqlx::Error> {
    sqlx::query_as(
        "SELECT d.id AS declaration, d.numero, sum(e.debit - e.credit)::bigint AS reste
         FROM declaration d JOIN campagne g ON g.id = d.campagne_id JOIN ecriture e ON e.declaration_id = d.id AND e.compte = 'redevables'
         LEFT JOIN echeance x ON x.collectivite_id = d.collectivite_id AND x.genre = g.genre AND d.fin BETWEEN x.debut AND x.fin
         WHERE d.declarant_id = coalesce($2, 0) AND d.collecteur = $3 AND d.collectivite_id = $1
         GROUP BY d.id, x.jour HAVING sum(e.debit - e.credit) > 0 ORDER BY coalesce(x.jour, d.limite), d.fin, d.id",
    )
    .bind(collectivite)
    .bind(payeur.hebergeur)
    .bind(payeur.collecteur)
    .fetch_all(connection)
    .await
}

/// What a payer paid in excess to a collectivité, in cents.
pub async fn excess(connection: &mut PgConnection, collectivite: i32, payeur: Payeur<'_>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT coalesce(sum(credit - debit), 0)::bigint FROM ecriture
         WHERE compte = 'trop_percu' AND collectivite_id = $1 AND hebergeur_id IS NOT DISTINCT FROM $2 AND collecteur = $3",
    )
    .bind(collectivite)
    .bind(payeur.hebergeur)
    .bind(payeur.collecteur)
    .fetch_one(connection)
    .await
}

/// How an amount is shared out among what is owed: `first`, then in their order; what is left is in excess.
pub fn allocate(amount: i64, first: Option<i64>, dues: &[Du]) -> (Vec<Poste>, i64) {
    let mut left = amount;
    let mut lines = Vec::new();
    let chosen = dues.iter().filter(|due| Some(due.declaration) == first);
    for due in chosen.chain(dues.iter().filter(|due| Some(due.declaration) != first)) {
        let part = due.reste.min(left);
        if part > 0 {
            lines.push(Poste { compte: "redevables", declaration: Some(due.declaration), cents: -part });
            left -= part;
        }
    }
    (lines, left)
}

/// Writes what came in by a means of payment: what is owed first, the rest in excess; its operation.
pub async fn cash(
    connection: &mut PgConnection,
    operation: &Operation<'_>,
    payeur: Payeur<'_>,
    (moyen, amount): (&'static str, i64),
    first: Option<i64>,
) -> Result<i64, sqlx::Error> {
    let dues = open_dues(&mut *connection, operation.collectivite, payeur).await?;
    let (mut lines, left) = allocate(amount, first, &dues);
    lines.push(Poste { compte: moyen, declaration: None, cents: amount });
    lines.push(Poste { compte: "trop_percu", declaration: None, cents: -left });
    write(connection, operation, payeur, &lines).await
}

/// How the accounts of a payer stand: each declaration with what it owes and what was paid of it, the earliest to be paid first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Compte {
    pub declaration: i64,
    /// In cents: what is still owed, below zero when too much was paid; what was paid.
    pub reste: i64,
    pub paye: i64,
}

/// What puts the accounts of a payer in order: what was paid too much of a declaration goes to what is in excess; what is in excess pays
/// what is owed; what is missing there, a payment having been cancelled, is owed again, the last declaration first.
pub fn ordered(accounts: &[Compte], excess: i64) -> Vec<Poste> {
    let (mut left, mut lines) = (excess, Vec::new());
    let mut moved = |declaration: i64, cents: i64| {
        if cents != 0 {
            lines.push(Poste { compte: "redevables", declaration: Some(declaration), cents });
        }
    };
    let mut accounts = accounts.to_vec();
    for account in &mut accounts {
        if account.reste < 0 {
            left -= account.reste;
            moved(account.declaration, -account.reste);
            account.paye += account.reste;
            account.reste = 0;
        }
    }
    for account in accounts.iter_mut().rev() {
        let part = account.paye.min(-left);
        if part > 0 {
            left += part;
            moved(account.declaration, part);
            account.reste += part;
        }
    }
    for account in &accounts {
        let part = account.reste.min(left);
        if part > 0 {
            left -= part;
            moved(account.declaration, -part);
        }
    }
    if left != excess {
        lines.push(Poste { compte: "trop_percu", declaration: None, cents: excess - left });
    }
    lines
}

/// Puts the accounts of a payer in order after an operation of theirs; whether something moved.
pub async fn rebalance(connection: &mut PgConnection, operation: &Operation<'_>, payeur: Payeur<'_>) -> Result<bool, sqlx::Error> {
    let accounts: Vec<Compte> = sqlx::query_as(
        "SELECT d.id AS declaration, coalesce(sum(e.debit - e.credit), 0)::bigint AS reste,
             coalesce(sum(e.credit - e.debit) FILTER (WHERE o.genre IN ('encaissement', 'annulation', 'imputation')), 0)::bigint AS paye
         FROM declaration d JOIN campagne g ON g.id = d.campagne_id JOIN ecriture e ON e.declaration_id = d.id AND e.compte = 'redevables'
         JOIN operation o ON o.id = e.operation_id
         LEFT JOIN echeance x ON x.collectivite_id = d.collectivite_id AND x.genre = g.genre AND d.fin BETWEEN x.debut AND x.fin
         WHERE d.declarant_id = coalesce($2, 0) AND d.collecteur = $3 AND d.collectivite_id = $1
         GROUP BY d.id, x.jour ORDER BY coalesce(x.jour, d.limite), d.fin, d.id",
    )
    .bind(operation.collectivite)
    .bind(payeur.hebergeur)
    .bind(payeur.collecteur)
    .fetch_all(&mut *connection)
    .await?;
    let excess = excess(&mut *connection, operation.collectivite, payeur).await?;
    let lines = ordered(&accounts, excess);
    if lines.is_empty() {
        return Ok(false);
    }
    write(connection, &Operation { genre: "imputation", ..operation.clone() }, payeur, &lines).await?;
    Ok(true)
}

/// Writes an operation again with the opposite sign; nothing when that was done already.
pub async fn reverse(connection: &mut PgConnection, operation: &Operation<'_>, reversed: i64) -> Result<Option<i64>, sqlx::Error> {
    let id: Option<i64> = sqlx::query_scalar(
        "INSERT INTO operation (collectivite_id, genre, jour, libelle, motif, contre_id, fait_par) VALUES ($1, 'annulation', $2, $3, $4, $5, $6)
         ON CONFLICT (contre_id) DO NOTHING RETURNING id",
    )
    .bind(operation.collectivite)
    .bind(operation.jour)
    .bind(operation.libelle)
    .bind(operation.motif)
    .bind(reversed)
    .bind(operation.par)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(id) = id else { return Ok(None) };
    sqlx::query(
        "INSERT INTO ecriture (operation_id, collectivite_id, jour, compte, declaration_id, hebergeur_id, collecteur, debit, credit)
         SELECT $1, e.collectivite_id, $2, e.compte, e.declaration_id, e.hebergeur_id, e.collecteur, e.credit, e.debit FROM ecriture e WHERE e.operation_id = $3 ORDER BY e.id",
    )
    .bind(id)
    .bind(operation.jour)
    .bind(reversed)
    .execute(connection)
    .await?;
    Ok(Some(id))
}

/// What reversed an operation: its reason, the day, who.
pub async fn reversed_by(connection: &mut PgConnection, operation: i64) -> Result<Option<(Option<String>, NaiveDate, Option<String>)>, sqlx::Error> {
    sqlx::query_as("SELECT o.motif, o.jour, u.nom::text FROM operation o LEFT JOIN utilisateur u ON u.id = o.fait_par WHERE o.contre_id = $1")
        .bind(operation)
        .fetch_optional(connection)
        .await
}

/// A line of an operation, as it is read.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Solde {
    pub jour: NaiveDate,
    pub libelle: String,
    pub compte: String,
    pub declaration: Option<String>,
    pub declaration_id: Option<i64>,
    /// In cents.
    pub debit: i64,
    pub credit: i64,
}

/// The lines of an operation, or those of the account of a declaration, the first first.
pub async fn lines_of(connection: &mut PgConnection, operation: Option<i64>, declaration: Option<i64>) -> Result<Vec<Solde>, sqlx::Error> {
    sqlx::query_as(
        "SELECT e.jour, o.libelle, e.compte, d.numero AS declaration, e.declaration_id, e.debit, e.credit
         FROM ecriture e JOIN operation o ON o.id = e.operation_id LEFT JOIN declaration d ON d.id = e.declaration_id
         WHERE ($1::bigint IS NOT NULL AND e.operation_id = $1) OR ($2::bigint IS NOT NULL AND e.declaration_id = $2 AND e.compte = 'redevables')
         ORDER BY e.id LIMIT 500",
    )
    .bind(operation)
    .bind(declaration)
    .fetch_all(connection)
    .await
}

/// What a declaration still owes, in cents; below zero when it was paid too much.
pub async fn balance(connection: &mut PgConnection, declaration: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT coalesce(sum(debit - credit), 0)::bigint FROM ecriture WHERE declaration_id = $1 AND compte = 'redevables'")
        .bind(declaration)
        .fetch_one(connection)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn due(declaration: i64, reste: i64) -> Du {
        Du { declaration, numero: String::new(), reste }
    }

    #[test]
    fn what_is_chosen_is_paid_first_then_what_is_due_first() {
        let dues = [due(1, 100), due(2, 50)];
        let paid = |declaration, cents: i64| Poste { compte: "redevables", declaration: Some(declaration), cents: -cents };
        assert_eq!(allocate(120, None, &dues), (vec![paid(1, 100), paid(2, 20)], 0));
        assert_eq!(allocate(120, Some(2), &dues), (vec![paid(2, 50), paid(1, 70)], 0));
        assert_eq!(allocate(200, Some(2), &dues), (vec![paid(2, 50), paid(1, 100)], 50));
        assert_eq!(allocate(10, Some(7), &[]), (vec![], 10), "nothing is owed: all of it is in excess");
    }

    #[test]
    fn what_was_paid_too_much_pays_what_is_owed() {
        let account = |declaration, reste, paye| Compte { declaration, reste, paye };
        let of = |declaration, cents| Poste { compte: "redevables", declaration: Some(declaration), cents };
        let excess = |cents| Poste { compte: "trop_percu", declaration: None, cents };
        assert_eq!(ordered(&[account(1, 0, 100), account(2, 30, 0)], 0), vec![], "nothing is in excess");
        assert_eq!(ordered(&[account(1, -40, 100), account(2, 30, 0)], 0), vec![of(1, 40), of(2, -30), excess(-10)]);
        assert_eq!(ordered(&[account(1, 100, 0), account(2, 0, 50)], -50), vec![of(2, 50), excess(-50)], "its payment was cancelled");
    }

    proptest! {
        #[test]
        fn accounts_in_order_hold_the_same_cents(rows in prop::collection::vec((0_i64..500, -300_i64..500), 0..6), more in 0_i64..400) {
            // What was paid of each, what is still owed; the cash is never below zero.
            let accounts: Vec<Compte> = (0_i64..).zip(&rows).map(|(declaration, (paye, reste))| Compte { declaration, reste: (*reste).max(-paye), paye: *paye }).collect();
            let paid: i64 = accounts.iter().map(|one| one.paye).sum();
            for excess in [more, -(more.min(paid))] {
                let lines = ordered(&accounts, excess);
                prop_assert_eq!(lines.iter().map(|line| line.cents).sum::<i64>(), 0);
                let after = |declaration| lines.iter().filter(|line| line.declaration == declaration).map(|line| line.cents).sum::<i64>();
                let rest: Vec<i64> = accounts.iter().map(|one| one.reste + after(Some(one.declaration))).collect();
                let left = excess - after(None);
                prop_assert!(left >= 0 && rest.iter().all(|rest| *rest >= 0), "{rest:?} {left}");
                prop_assert!(left == 0 || rest.iter().all(|rest| *rest == 0), "{rest:?} {left}");
            }
        }

        #[test]
        fn no_cent_is_lost(amount in 1_i64..1_000_000, dues in prop::collection::vec(1_i64..200_000, 0..8), first in 0_i64..9) {
            let dues: Vec<Du> = (0_i64..).zip(&dues).map(|(id, reste)| due(id, *reste)).collect();
            let (lines, left) = allocate(amount, Some(first), &dues);
            prop_assert_eq!(lines.iter().map(|line| -line.cents).sum::<i64>() + left, amount);
            let owed: i64 = dues.iter().map(|due| due.reste).sum();
            prop_assert_eq!(left, (amount - owed).max(0));
            prop_assert!(lines.iter().all(|line| dues.iter().any(|due| Some(due.declaration) == line.declaration && -line.cents <= due.reste)));
        }
    }
}
