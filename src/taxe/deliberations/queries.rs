//! The SQL of the deliberations.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use sqlx::{PgConnection, PgExecutor};

use super::model::{Bornes, Grille};
use crate::listing::{Module, Reader};
use crate::platform::db::Db;

/// A deliberation, for one period.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Ligne {
    pub id: i64,
    pub siren: String,
    pub collectivite: String,
    pub collectivite_id: Option<i32>,
    pub reference: Option<String>,
    pub date_deliberation: NaiveDate,
    pub applicable_du: NaiveDate,
    pub applicable_au: Option<NaiveDate>,
    pub valable_au: Option<NaiveDate>,
    pub debut: String,
    pub fin: String,
    pub etat: String,
    pub source: String,
    pub communes: String,
    /// The tariff of each category, from 1.
    pub tarifs: Vec<Option<i32>>,
    /// The regime of each nature, from 1.
    pub regimes: Vec<String>,
    pub abattements: String,
    /// Rents by night, week and month, in cents.
    pub loyers: Vec<Option<i32>>,
    /// Additional taxes, in the order of `model::TAXES`: whether it has each, since when, until when.
    pub taxes: Vec<bool>,
    pub taxes_du: Vec<Option<NaiveDate>>,
    pub taxes_au: Vec<Option<NaiveDate>>,
    pub transmise_le: Option<NaiveDate>,
    pub observations: Option<String>,
    pub en_vigueur_le: Option<DateTime<Utc>>,
    pub remplacee_par: Option<i64>,
    pub version: i32,
}

impl Ligne {
    /// Its grid.
    pub fn grille(&self) -> Grille {
        (1..).zip(&self.tarifs).filter_map(|(category, value)| Some((category, i64::from((*value)?)))).collect()
    }

    /// Its period.
    pub fn periode(&self) -> (String, String) {
        (self.debut.clone(), self.fin.clone())
    }
}

/// A deliberation as [`Ligne`] reads it, over `d`.
macro_rules! ligne_sql {
    ($rest:literal) => {
        concat!(
            "SELECT d.id::bigint, d.siren, d.collectivite::text, d.collectivite_id, d.reference, d.date_deliberation, d.applicable_du, d.applicable_au, d.valable_au,
                 d.debut, d.fin, d.etat, d.source, d.communes,
                 ARRAY[d.tarif_1, d.tarif_2, d.tarif_3, d.tarif_4, d.tarif_5, d.tarif_6, d.tarif_7, d.tarif_8, d.tarif_9] AS tarifs,
                 ARRAY[d.regime_1, d.regime_2, d.regime_3, d.regime_4, d.regime_5, d.regime_6, d.regime_7, d.regime_8, d.regime_9, d.regime_10, d.regime_11] AS regimes,
                 d.abattements, ARRAY[d.loyer_minimum_nuit, d.loyer_minimum_semaine, d.loyer_minimum_mois] AS loyers,
                 ARRAY[d.taxe_departementale, d.taxe_regionale, d.taxe_lgv, d.taxe_mobilites] AS taxes,
                 ARRAY[d.taxe_departementale_du, d.taxe_regionale_du, d.taxe_lgv_du, d.taxe_mobilites_du] AS taxes_du,
                 ARRAY[d.taxe_departementale_au, d.taxe_regionale_au, d.taxe_lgv_au, d.taxe_mobilites_au] AS taxes_au,
                 d.transmise_le, d.observations, d.en_vigueur_le, d.remplacee_par::bigint, d.version
             FROM deliberation d ",
            $rest
        )
    };
}

/// What a reader may see: what is or was in force, and the drafts of their collectivités `$1`.
fn mine(reader: &Reader) -> Vec<i32> {
    reader.collectivites(Module::Taxe).to_vec()
}

/// Deliberation `id`, when the reader may see it.
pub async fn by_id(db: &Db, reader: &Reader, id: i64) -> sqlx::Result<Option<Ligne>> {
    sqlx::query_as(ligne_sql!("WHERE d.id = $2 AND (d.etat IN ('en_vigueur', 'remplacee') OR d.collectivite_id = ANY ($1))"))
        .bind(mine(reader))
        .bind(id)
        .fetch_optional(db.statement())
        .await
}

/// The periods of the deliberation of `of`, itself among them, in their order: same collectivité, same day, same number, same effect, same state.
pub async fn periodes<'e>(executor: impl PgExecutor<'e>, of: &Ligne) -> sqlx::Result<Vec<Ligne>> {
    sqlx::query_as(ligne_sql!(
        "WHERE d.siren = $1 AND d.date_deliberation = $2 AND d.applicable_du = $3 AND d.etat = $4 AND (d.etat <> 'remplacee' OR d.id = $5)
           AND d.reference IS NOT DISTINCT FROM $6 ORDER BY d.debut, d.id"
    ))
    .bind(&of.siren)
    .bind(of.date_deliberation)
    .bind(of.applicable_du)
    .bind(&of.etat)
    .bind(of.id)
    .bind(&of.reference)
    .fetch_all(executor)
    .await
}

/// The deliberations of the collectivité of `of` but its own, those that the reader may see, the last first.
pub async fn autres(db: &Db, reader: &Reader, of: &Ligne) -> sqlx::Result<Vec<Ligne>> {
    sqlx::query_as(ligne_sql!(
        "WHERE d.siren = $2 AND (d.etat IN ('en_vigueur', 'remplacee') OR d.etat = 'brouillon' AND d.collectivite_id = ANY ($1))
           AND NOT (d.date_deliberation = $3 AND d.applicable_du = $4 AND d.etat = $5 AND d.reference IS NOT DISTINCT FROM $6) ORDER BY d.applicable_du DESC, d.id DESC LIMIT 30"
    ))
    .bind(mine(reader))
    .bind(&of.siren)
    .bind(of.date_deliberation)
    .bind(of.applicable_du)
    .bind(&of.etat)
    .bind(&of.reference)
    .fetch_all(db.statement())
    .await
}

/// What is in force on `day` for the collectivité of this SIREN, by period.
pub async fn en_vigueur<'e>(executor: impl PgExecutor<'e>, siren: &str, day: NaiveDate) -> sqlx::Result<Vec<Ligne>> {
    sqlx::query_as(ligne_sql!(
        "WHERE d.siren = $1 AND d.etat = 'en_vigueur' AND d.applicable_du <= $2 AND (d.valable_au IS NULL OR d.valable_au >= $2) ORDER BY d.debut, d.id"
    ))
    .bind(siren)
    .bind(day)
    .fetch_all(executor)
    .await
}

/// What the reader may simulate: the first period of each deliberation of their collectivités, in force or drafts, the last first.
pub async fn simulables(db: &Db, reader: &Reader) -> sqlx::Result<Vec<Ligne>> {
    sqlx::query_as(ligne_sql!(
        "WHERE d.collectivite_id = ANY ($1) AND d.etat IN ('brouillon', 'en_vigueur')
           AND NOT EXISTS (SELECT 1 FROM deliberation p WHERE p.siren = d.siren AND p.date_deliberation = d.date_deliberation AND p.applicable_du = d.applicable_du
               AND p.etat = d.etat AND p.reference IS NOT DISTINCT FROM d.reference AND (p.debut, p.id) < (d.debut, d.id))
         ORDER BY d.collectivite, d.applicable_du DESC, d.id DESC LIMIT 60"
    ))
    .bind(mine(reader))
    .fetch_all(db.statement())
    .await
}

/// What the other collectivités of this installation have in force on `day`: the first period of each.
pub async fn voisins(db: &Db, but: &[String], day: NaiveDate) -> sqlx::Result<Vec<Ligne>> {
    sqlx::query_as(ligne_sql!(
        "WHERE d.collectivite_id IS NOT NULL AND d.siren <> ALL ($1) AND d.etat = 'en_vigueur' AND d.applicable_du <= $2 AND (d.valable_au IS NULL OR d.valable_au >= $2)
           AND NOT EXISTS (SELECT 1 FROM deliberation p WHERE p.siren = d.siren AND p.etat = 'en_vigueur' AND p.applicable_du = d.applicable_du AND (p.debut, p.id) < (d.debut, d.id))
         ORDER BY d.collectivite LIMIT 40"
    ))
    .bind(but)
    .bind(day)
    .fetch_all(db.statement())
    .await
}

/// Where a collectivité stands for a year.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Avancement {
    pub collectivite: String,
    /// What applies on the 1st of January: its key, its day, since when, the day it was sent.
    pub en_vigueur: Option<i64>,
    pub date_deliberation: Option<NaiveDate>,
    pub effet: Option<NaiveDate>,
    pub transmise_le: Option<NaiveDate>,
    /// A draft for that year.
    pub brouillon: Option<i64>,
}

/// Where each collectivité of the reader that ever decided stands for the year that begins on `first`.
pub async fn avancements(db: &Db, reader: &Reader, first: NaiveDate) -> sqlx::Result<Vec<Avancement>> {
    sqlx::query_as(
        "SELECT c.nom::text AS collectivite, v.id::bigint AS en_vigueur, v.date_deliberation, v.applicable_du AS effet, v.transmise_le,
             (SELECT min(b.id)::bigint FROM deliberation b WHERE b.siren = c.siren AND b.etat = 'brouillon'
              AND b.applicable_du >= $2 AND b.applicable_du < $2 + interval '1 year') AS brouillon
         FROM collectivite c
         LEFT JOIN LATERAL (SELECT d.id, d.date_deliberation, d.applicable_du, d.transmise_le FROM deliberation d WHERE d.siren = c.siren AND d.etat = 'en_vigueur'
             AND d.applicable_du <= $2 AND (d.valable_au IS NULL OR d.valable_au >= $2) ORDER BY d.debut, d.id LIMIT 1) v ON true
         WHERE c.id = ANY ($1) AND EXISTS (SELECT 1 FROM deliberation e WHERE e.siren = c.siren AND e.etat <> 'abandonnee') ORDER BY c.nom",
    )
    .bind(mine(reader))
    .bind(first)
    .fetch_all(db.statement())
    .await
}

/// Floor and ceiling of each category for the last year known that is `year` at most: that year, and its limits.
pub async fn bornes<'e>(executor: impl PgExecutor<'e>, year: i32) -> sqlx::Result<Option<(i16, Bornes)>> {
    let rows: Vec<(i16, i16, i32, i32)> = sqlx::query_as(
        "SELECT annee, categorie_id, plancher, plafond FROM bareme WHERE annee = (SELECT max(annee) FROM bareme WHERE annee <= $1) ORDER BY categorie_id",
    )
    .bind(year)
    .fetch_all(executor)
    .await?;
    let Some((year, ..)) = rows.first() else { return Ok(None) };
    let year = *year;
    let of = |(_, category, low, high): (i16, i16, i32, i32)| Some((usize::try_from(category).ok()?, (i64::from(low), i64::from(high))));
    Ok(Some((year, rows.into_iter().filter_map(of).collect())))
}

/// A dated rule of the law.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Regle {
    pub code: String,
    pub libelle: String,
    pub article: String,
    pub minimum: Option<i32>,
    pub maximum: Option<i32>,
    pub jour: Option<String>,
    pub annees: i16,
}

impl Regle {
    /// The day that it sets for a deliberation that applies in `year`.
    pub fn echeance(&self, year: i32) -> Option<NaiveDate> {
        let (month, day) = self.jour.as_deref()?.split_once('-')?;
        NaiveDate::from_ymd_opt(year - i32::from(self.annees), month.parse().ok()?, day.parse().ok()?)
    }
}

/// The rules of the law on `day`, by their code.
pub async fn regles<'e>(executor: impl PgExecutor<'e>, day: NaiveDate) -> sqlx::Result<BTreeMap<String, Regle>> {
    let rules: Vec<Regle> =
        sqlx::query_as("SELECT code, libelle, article, minimum, maximum, jour, annees FROM regle_legale WHERE du <= $1 AND (au IS NULL OR au >= $1)")
            .bind(day)
            .fetch_all(executor)
            .await?;
    Ok(rules.into_iter().map(|rule| (rule.code.clone(), rule)).collect())
}

/// A collectivité: its SIREN, its name, its communes today, code and name, and whether each decides alone.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Collectivite {
    pub siren: String,
    pub nom: String,
    pub codes: Vec<String>,
    pub seules: Vec<bool>,
}

/// The collectivité of this number. A commune decides alone when a deliberation of its own SIREN is in force on `day`.
pub async fn collectivite(db: &Db, id: i32, day: NaiveDate) -> sqlx::Result<Option<Collectivite>> {
    sqlx::query_as(
        "SELECT c.siren, c.nom::text AS nom, coalesce(array_agg(m.code_insee ORDER BY m.code_insee) FILTER (WHERE m.code_insee IS NOT NULL), '{}') AS codes,
             coalesce(array_agg(m.siren <> c.siren AND EXISTS (SELECT 1 FROM deliberation d WHERE d.siren = m.siren AND d.etat = 'en_vigueur'
                 AND d.applicable_du <= $2 AND (d.valable_au IS NULL OR d.valable_au >= $2 OR d.valable_au = make_date(extract(year FROM $2)::int - 1, 12, 31)))
                 ORDER BY m.code_insee) FILTER (WHERE m.code_insee IS NOT NULL), '{}') AS seules
         FROM collectivite c
         LEFT JOIN collectivite_commune cc ON cc.collectivite_id = c.id AND coalesce(cc.jusqu_au, 'infinity') >= current_date
         LEFT JOIN commune m ON m.code_insee = cc.code_insee
         WHERE c.id = $1 GROUP BY c.id",
    )
    .bind(id)
    .bind(day)
    .fetch_optional(db.statement())
    .await
}

/// The names of communes, in the order of their codes.
pub async fn communes(db: &Db, codes: &str) -> sqlx::Result<Vec<(String, String)>> {
    sqlx::query_as("SELECT code_insee, nom::text FROM commune WHERE code_insee = ANY (string_to_array($1, ' ')) ORDER BY nom")
        .bind(codes)
        .fetch_all(db.statement())
        .await
}

/// The other periods of a draft: key and days.
pub async fn periodes_de_brouillon(
    db: &Db,
    collectivite: i32,
    (date, effet, reference): (NaiveDate, NaiveDate, Option<&str>),
    but: Option<i64>,
) -> sqlx::Result<Vec<(String, String)>> {
    sqlx::query_as(
        "SELECT debut, fin FROM deliberation WHERE collectivite_id = $1 AND date_deliberation = $2 AND applicable_du = $3 AND etat = 'brouillon'
           AND id IS DISTINCT FROM $4 AND reference IS NOT DISTINCT FROM $5 ORDER BY debut",
    )
    .bind(collectivite)
    .bind(date)
    .bind(effet)
    .bind(but)
    .bind(reference)
    .fetch_all(db.statement())
    .await
}

/// The state of deliberation `id`, held until the end of the transaction.
pub async fn tenue(connection: &mut PgConnection, id: i64) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("SELECT etat FROM deliberation WHERE id = $1 FOR UPDATE").bind(id).fetch_optional(connection).await
}

/// Holds what is decided of the collectivité of this SIREN until the end of the transaction: two people put nothing in force at once.
pub async fn seul(connection: &mut PgConnection, siren: &str) -> sqlx::Result<()> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtext('deliberation'), hashtext($1))").bind(siren).execute(connection).await?;
    Ok(())
}

/// Puts the drafts `ids` in force: what had the same day of effect is replaced by the first of them.
pub async fn met_en_vigueur(connection: &mut PgConnection, of: &Ligne, ids: &[i64], who: i64) -> sqlx::Result<u64> {
    sqlx::query(
        "UPDATE deliberation SET etat = 'remplacee', remplacee_par = $3, version = version + 1, modifie_le = now(), modifie_par = $4
         WHERE siren = $1 AND applicable_du = $2 AND etat = 'en_vigueur'",
    )
    .bind(&of.siren)
    .bind(of.applicable_du)
    .bind(i32::try_from(of.id).unwrap_or_default())
    .bind(who)
    .execute(&mut *connection)
    .await?;
    let done = sqlx::query(
        "UPDATE deliberation SET etat = 'en_vigueur', en_vigueur_le = now(), en_vigueur_par = $2, version = version + 1, modifie_le = now(), modifie_par = $2
         WHERE id = ANY ($1) AND etat = 'brouillon'",
    )
    .bind(ids)
    .bind(who)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Sets a draft aside.
pub async fn abandonne(connection: &mut PgConnection, id: i64, version: i32, who: i64) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE deliberation SET etat = 'abandonnee', version = version + 1, modifie_le = now(), modifie_par = $3 WHERE id = $1 AND version = $2 AND etat = 'brouillon'",
    )
    .bind(id)
    .bind(version)
    .bind(who)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What is noted of a deliberation in force, for all its periods: the day it was sent, its last day.
pub async fn suivi(
    connection: &mut PgConnection,
    ids: &[i64],
    (transmise, fin): (Option<NaiveDate>, Option<NaiveDate>),
    who: i64,
) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "UPDATE deliberation SET transmise_le = $2, applicable_au = $3, version = version + 1, modifie_le = now(), modifie_par = $4
         WHERE id = ANY ($1) AND etat = 'en_vigueur'",
    )
    .bind(ids)
    .bind(transmise)
    .bind(fin)
    .bind(who)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// The year of a day.
pub fn annee(day: NaiveDate) -> i32 {
    day.year()
}
