//! What a grid would have brought on the nights of a year that was: one statement over the stays of the reader.

use chrono::{Days, NaiveDate};

use super::queries::Ligne;
use crate::platform::db::Db;

/// What stays of one commune and one category would have brought under one grid.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Produit {
    /// Place of the grid among those that were asked for, from 1.
    pub grille: i64,
    pub code_insee: String,
    pub commune: String,
    pub categorie: i16,
    /// Nights of those who owe the tax.
    pub nuitees: i64,
    /// Cents.
    pub produit: i64,
}

/// What was really declared: cents of the collectivité, by commune and category.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Constate {
    pub code_insee: String,
    pub commune: String,
    pub categorie: i16,
    pub produit: i64,
}

/// The days of a period in a year, both ends included: two ranges when it goes over the end of the year.
pub fn plages(line: &Ligne, year: i32) -> Vec<(NaiveDate, NaiveDate)> {
    let first = NaiveDate::from_ymd_opt(year, 1, 1);
    let last = NaiveDate::from_ymd_opt(year, 12, 31);
    // The 29th of February of a year that has none is the day before the 1st of March.
    let day = |text: &str| {
        let (month, day) = text.split_once('-')?;
        let (month, day): (u32, u32) = (month.parse().ok()?, day.parse().ok()?);
        NaiveDate::from_ymd_opt(year, month, day).or_else(|| NaiveDate::from_ymd_opt(year, 3, 1)?.checked_sub_days(Days::new(1)))
    };
    let (Some(first), Some(last), Some(from), Some(to)) = (first, last, day(&line.debut), day(&line.fin)) else { return Vec::new() };
    if line.debut <= line.fin { vec![(from, to)] } else { vec![(first, to), (from, last)] }
}

/// What each grid, a set of periods, would have brought on the nights of `year` in `communes`. The unit amount of what is not classified is
/// rounded half up, then capped, as `calcul.rs` does (CGCT, art. L2333-30).
pub async fn produits(db: &Db, grids: &[Vec<Ligne>], communes: &[String], year: i32) -> sqlx::Result<Vec<Produit>> {
    let (mut places, mut keys, mut from, mut to) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (place, lines) in (1_i64..).zip(grids) {
        for line in lines {
            for (first, last) in plages(line, year) {
                places.push(place);
                keys.push(line.id);
                from.push(first);
                to.push(last);
            }
        }
    }
    sqlx::query_as(
        "WITH plage AS (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::date[], $4::date[]) p (grille, deliberation, du, au)),
         nuit AS (
             SELECT p.grille, s.code_insee, s.categorie_id, s.nb_assujettis, s.nb_personnes, s.prix_nuit,
                 ARRAY[d.tarif_1, d.tarif_2, d.tarif_3, d.tarif_4, d.tarif_5, d.tarif_6, d.tarif_7, d.tarif_8, d.tarif_9] AS tarifs,
                 greatest(d.tarif_1, d.tarif_2, d.tarif_3, d.tarif_4, d.tarif_5, d.tarif_6, d.tarif_7, d.tarif_8) AS plafond,
                 (least(s.date_fin, p.au + 1) - greatest(s.date_debut, p.du))::bigint AS nuits
             FROM plage p JOIN deliberation d ON d.id = p.deliberation
             JOIN LATERAL (SELECT unnest(string_to_array(d.communes, ' ')) AS code) c ON c.code = ANY ($5)
             JOIN sejour s ON s.code_insee = c.code AND s.date_debut <= p.au AND s.date_debut > p.du - 367 AND s.date_fin > p.du AND s.statut <> 'rejete')
         SELECT n.grille, n.code_insee, m.nom::text AS commune, n.categorie_id AS categorie, sum(n.nuits * n.nb_assujettis)::bigint AS nuitees,
             coalesce(sum(n.nuits * n.nb_assujettis * CASE WHEN n.categorie_id = 9
                 THEN least((2 * n.prix_nuit * n.tarifs[9] + n.nb_personnes * 10000) / (2 * n.nb_personnes * 10000), n.plafond) ELSE n.tarifs[n.categorie_id] END), 0)::bigint AS produit
         FROM nuit n JOIN commune m ON m.code_insee = n.code_insee GROUP BY n.grille, n.code_insee, m.nom, n.categorie_id ORDER BY n.grille, m.nom, n.categorie_id",
    )
    .bind(places)
    .bind(keys)
    .bind(from)
    .bind(to)
    .bind(communes)
    .fetch_all(db.statement())
    .await
}

/// What the stays that begin in `year` were declared for, in `communes`.
pub async fn constates(db: &Db, communes: &[String], year: i32) -> sqlx::Result<Vec<Constate>> {
    sqlx::query_as(
        "SELECT s.code_insee, m.nom::text AS commune, s.categorie_id AS categorie, sum(s.montant_base)::bigint AS produit
         FROM sejour s JOIN commune m ON m.code_insee = s.code_insee
         WHERE s.code_insee = ANY ($1) AND s.date_debut BETWEEN make_date($2, 1, 1) AND make_date($2, 12, 31) AND s.statut <> 'rejete'
         GROUP BY s.code_insee, m.nom, s.categorie_id ORDER BY m.nom, s.categorie_id",
    )
    .bind(communes)
    .bind(year)
    .fetch_all(db.statement())
    .await
}
