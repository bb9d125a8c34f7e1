//! The SQL of payments. All that writes holds the books of the collectivité first.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use crate::listing::{Module, Reader};
use crate::taxe::regie::{self, Operation, Payeur};

/// A payment, as its page reads it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Paiement {
    pub id: i64,
    pub operation_id: i64,
    pub collectivite_id: i32,
    pub collectivite: String,
    pub hebergeur_id: Option<i64>,
    pub collecteur: String,
    pub payeur: String,
    pub moyen: String,
    /// In cents.
    pub montant: i64,
    pub reference: String,
    pub recu_le: NaiveDate,
    pub quittance: String,
    pub par: Option<String>,
    pub fait_le: DateTime<Utc>,
    pub annule: bool,
}

impl Paiement {
    /// Whose payment it is.
    pub fn payeur(&self) -> Payeur<'_> {
        Payeur { hebergeur: self.hebergeur_id, collecteur: &self.collecteur }
    }
}

macro_rules! paiement_sql {
    ($condition:literal) => {
        concat!(
            "SELECT b.id, b.operation_id, b.collectivite_id, c.nom::text AS collectivite, b.hebergeur_id, b.collecteur, coalesce(h.nom, p.nom)::text AS payeur,
                 b.moyen, b.montant, b.reference, b.recu_le, b.quittance, u.nom::text AS par, b.fait_le,
                 EXISTS (SELECT 1 FROM operation o WHERE o.contre_id = b.operation_id) AS annule
             FROM paiement b JOIN collectivite c ON c.id = b.collectivite_id JOIN plateforme p ON p.code = b.collecteur
             LEFT JOIN hebergeur h ON h.id = b.hebergeur_id LEFT JOIN utilisateur u ON u.id = b.fait_par WHERE ",
            $condition
        )
    };
}

/// A payment of the reader's collectivités.
pub async fn one(connection: &mut PgConnection, reader: &Reader, id: i64) -> Result<Option<Paiement>, sqlx::Error> {
    sqlx::query_as(paiement_sql!("b.id = $1 AND b.collectivite_id = ANY($2)"))
        .bind(id)
        .bind(reader.collectivites(Module::Taxe))
        .fetch_optional(connection)
        .await
}

/// The payment that a form has recorded already.
pub async fn by_token(connection: &mut PgConnection, token: &str) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM paiement WHERE jeton = $1").bind(token).fetch_optional(connection).await
}

/// What is about to be recorded.
pub struct Voulu<'a> {
    pub collectivite: i32,
    pub payeur: Payeur<'a>,
    pub moyen: &'static str,
    /// In cents.
    pub montant: i64,
    pub reference: &'a str,
    pub recu_le: NaiveDate,
    pub jeton: &'a str,
}

/// A payment that was not cancelled and bears the same reference, by the same means.
pub async fn same_reference(connection: &mut PgConnection, voulu: &Voulu<'_>) -> Result<Option<Paiement>, sqlx::Error> {
    sqlx::query_as(paiement_sql!(
        "b.collectivite_id = $1 AND b.moyen = $2 AND b.cle = nullif(upper(regexp_replace($3, '[^0-9A-Za-z]', '', 'g')), '')
         AND NOT EXISTS (SELECT 1 FROM operation o WHERE o.contre_id = b.operation_id) ORDER BY b.id LIMIT 1"
    ))
    .bind(voulu.collectivite)
    .bind(voulu.moyen)
    .bind(voulu.reference)
    .fetch_optional(connection)
    .await
}

/// The last payment of a payer; of the same amount and day when `alike`.
pub async fn last_of(connection: &mut PgConnection, voulu: &Voulu<'_>, alike: bool) -> Result<Option<Paiement>, sqlx::Error> {
    sqlx::query_as(paiement_sql!(
        "b.collectivite_id = $1 AND b.hebergeur_id IS NOT DISTINCT FROM $2 AND b.collecteur = $3 AND (NOT $4 OR (b.montant = $5 AND b.recu_le = $6
             AND NOT EXISTS (SELECT 1 FROM operation o WHERE o.contre_id = b.operation_id))) ORDER BY b.id DESC LIMIT 1"
    ))
    .bind(voulu.collectivite)
    .bind(voulu.payeur.hebergeur)
    .bind(voulu.payeur.collecteur)
    .bind(alike)
    .bind(voulu.montant)
    .bind(voulu.recu_le)
    .fetch_optional(connection)
    .await
}

/// Records a payment that was cashed by `operation`; its key and its receipt. The books are held: its number is the next one.
pub async fn record(connection: &mut PgConnection, voulu: &Voulu<'_>, operation: i64, (year, who): (i32, i64)) -> Result<(i64, String), sqlx::Error> {
    sqlx::query_as(
        "INSERT INTO paiement (operation_id, collectivite_id, hebergeur_id, collecteur, moyen, montant, reference, recu_le, jeton, fait_par, quittance_annee, quittance_numero)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1 + coalesce((SELECT max(quittance_numero) FROM paiement WHERE collectivite_id = $2 AND quittance_annee = $11), 0)
         RETURNING id, quittance",
    )
    .bind(operation)
    .bind(voulu.collectivite)
    .bind(voulu.payeur.hebergeur)
    .bind(voulu.payeur.collecteur)
    .bind(voulu.moyen)
    .bind(voulu.montant)
    .bind(voulu.reference)
    .bind(voulu.recu_le)
    .bind(voulu.jeton)
    .bind(who)
    .bind(i16::try_from(year).unwrap_or(i16::MAX))
    .fetch_one(connection)
    .await
}

/// The communes whose readers see the declarations of a payer in a collectivité.
pub async fn communes(connection: &mut PgConnection, collectivite: i32, payeur: Payeur<'_>) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT DISTINCT code_insee FROM declaration WHERE declarant_id = coalesce($2, 0) AND collecteur = $3 AND collectivite_id = $1",
    )
    .bind(collectivite)
    .bind(payeur.hebergeur)
    .bind(payeur.collecteur)
    .fetch_all(connection)
    .await
}

/// What stands in the way of a payment that would be recorded now.
pub enum Obstacle {
    /// Its reference was recorded already.
    Pris(Box<Paiement>),
    /// What is owed is not what was on the page, in cents; the payment that came in between, when one did.
    Change(i64, Option<Box<Paiement>>),
}

/// What stands in the way: a payment of the same reference, or one that came since the page was read.
pub async fn obstacle(connection: &mut PgConnection, voulu: &Voulu<'_>, vu: i64) -> Result<Option<Obstacle>, sqlx::Error> {
    if let Some(same) = same_reference(&mut *connection, voulu).await? {
        return Ok(Some(Obstacle::Pris(Box::new(same))));
    }
    let owed = owed(&mut *connection, voulu).await?;
    if owed == vu {
        return Ok(None);
    }
    Ok(Some(Obstacle::Change(owed, last_of(connection, voulu, false).await?.map(Box::new))))
}

/// What a payer owes to a collectivité, in cents.
pub async fn owed(connection: &mut PgConnection, voulu: &Voulu<'_>) -> Result<i64, sqlx::Error> {
    Ok(regie::open_dues(connection, voulu.collectivite, voulu.payeur).await?.iter().map(|due| due.reste).sum())
}

/// Cancels a payment of which the books are held; false when it was already.
pub async fn cancel(connection: &mut PgConnection, paiement: &Paiement, motif: &str, (today, who): (NaiveDate, i64)) -> Result<bool, sqlx::Error> {
    let libelle = format!("Annulation de la quittance {}", paiement.quittance);
    let operation =
        Operation { collectivite: paiement.collectivite_id, genre: "annulation", jour: today, libelle: &libelle, motif: Some(motif), par: Some(who) };
    if regie::reverse(&mut *connection, &operation, paiement.operation_id).await?.is_none() {
        return Ok(false);
    }
    let libelle = format!("Imputation après l’annulation de {}", paiement.quittance);
    regie::rebalance(connection, &Operation { libelle: &libelle, motif: None, ..operation }, paiement.payeur()).await?;
    Ok(true)
}

/// An operation of the books.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Ecrite {
    pub id: i64,
    pub libelle: String,
    pub collectivite: String,
    pub jour: NaiveDate,
    pub motif: Option<String>,
    pub par: Option<String>,
    pub fait_le: DateTime<Utc>,
    /// The payment that it is of.
    pub paiement: Option<i64>,
    pub quittance: Option<String>,
}

/// The operation of a line of the books of the reader's collectivités.
pub async fn operation(connection: &mut PgConnection, reader: &Reader, ecriture: i64) -> Result<Option<Ecrite>, sqlx::Error> {
    sqlx::query_as(
        "SELECT o.id, o.libelle, c.nom::text AS collectivite, o.jour, o.motif, u.nom::text AS par, o.fait_le, p.id AS paiement, p.quittance
         FROM ecriture e JOIN operation o ON o.id = e.operation_id JOIN collectivite c ON c.id = o.collectivite_id
         LEFT JOIN utilisateur u ON u.id = o.fait_par LEFT JOIN paiement p ON p.operation_id IN (o.id, o.contre_id)
         WHERE e.id = $1 AND e.collectivite_id = ANY($2)",
    )
    .bind(ecriture)
    .bind(reader.collectivites(Module::Taxe))
    .fetch_optional(connection)
    .await
}
