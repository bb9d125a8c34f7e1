//! The SQL of a séjour.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::model::Sejour;
use super::taxation::{Deliberation, Part, Taux};
use crate::listing::{Module, Reader};
use crate::platform::db::Db;
use crate::taxe::redevable::{day_sql, former_sql, owner_joins_sql};

/// A séjour of the reader's communes.
pub async fn by_id(db: &Db, reader: &Reader, id: i64) -> Result<Option<Sejour>, sqlx::Error> {
    sqlx::query_as(concat!(
        "SELECT b.id, b.reference, p.nom AS collecteur, b.logement_id, l.nom AS logement, l.adresse, h.id AS hebergeur_id, h.nom AS hebergeur,
             b.code_insee, c.nom AS commune, b.date_debut, b.date_fin, b.date_perception, b.nb_personnes, b.nb_mineurs, b.nb_saisonniers,
             b.nb_urgence, b.nb_loyer_modique, b.nb_assujettis, b.nb_nuits, b.nuitees, n.libelle AS nature, b.categorie_id, k.libelle AS categorie,
             b.prix_nuit, b.tarif, b.plafond, b.montant_base, b.montant_departemental, b.montant, b.calcul, b.statut,
             b.motif_id, m.libelle::text AS motif_libelle, b.motif_precision, b.version, b.modifie_le,
             coalesce($3 = ANY (b.saisi_par) AND a_deux('taxe', b.code_insee), false) AS a_un_autre
         FROM sejour b JOIN logement l ON l.id = b.logement_id ",
        owner_joins_sql!(),
        " JOIN commune c ON c.code_insee = b.code_insee
         JOIN nature n ON n.id = b.nature_id JOIN categorie k ON k.id = b.categorie_id JOIN plateforme p ON p.code = b.collecteur
         LEFT JOIN motif m ON m.id = b.motif_id
         WHERE b.id = $1 AND b.code_insee = ANY($2)"
    ))
    .bind(id)
    .bind(reader.communes(Module::Taxe))
    .bind(reader.user_id)
    .fetch_optional(db.statement())
    .await
}

/// What the tax of a stay needs of its lodging.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Lodging {
    /// Key.
    pub id: i64,
    /// Commune, its code and its name.
    pub code_insee: String,
    pub commune: String,
    /// Nature.
    pub nature_id: i16,
    /// Category while it is classified.
    pub categorie_id: i16,
    /// First and last day of its classification.
    pub classe_le: Option<NaiveDate>,
    pub classe_jusqu_au: Option<NaiveDate>,
    /// Persons that it holds.
    pub capacite: i32,
    /// Whether it is let.
    pub actif: bool,
}

/// What a form gives, when it is enough to compute.
pub struct Stay {
    pub lodging: Lodging,
    pub debut: NaiveDate,
    pub fin: NaiveDate,
    pub occupants: i64,
    pub assujettis: i64,
}

/// The lodgings `ids`, by their key; that they are the reader's was checked when they were named.
pub async fn lodgings(db: &Db, ids: &[i64]) -> Result<HashMap<i64, Lodging>, sqlx::Error> {
    let found: Vec<Lodging> = sqlx::query_as(
        "SELECT l.id, l.code_insee, c.nom AS commune, l.nature_id, l.categorie_id, l.classe_le, l.classe_jusqu_au, l.capacite, l.actif
         FROM logement l JOIN commune c ON c.code_insee = l.code_insee WHERE l.id = ANY($1)",
    )
    .bind(ids)
    .fetch_all(db.statement())
    .await?;
    Ok(found.into_iter().map(|lodging| (lodging.id, lodging)).collect())
}

/// A deliberation, and a commune that is under it.
#[derive(sqlx::FromRow)]
struct Applicable {
    code_insee: String,
    #[sqlx(flatten)]
    deliberation: Deliberation,
}

/// The deliberations that the communes of stays are under on the days of all of them, with their tariffs, by commune.
pub async fn deliberations(db: &Db, stays: &[&Stay]) -> Result<HashMap<String, Vec<Deliberation>>, sqlx::Error> {
    let mut communes: Vec<&str> = stays.iter().map(|stay| stay.lodging.code_insee.as_str()).collect();
    communes.sort_unstable();
    communes.dedup();
    let found: Vec<Applicable> = sqlx::query_as(
        "SELECT dc.code_insee, d.siren, d.collectivite, d.date_deliberation, d.applicable_du, d.valable_au, d.debut, d.fin, d.taxe_departementale,
             d.taxe_departementale_du, d.taxe_departementale_au, d.loyer_minimum_nuit,
             array_agg(t.categorie_id ORDER BY t.categorie_id) AS categories, array_agg(t.valeur ORDER BY t.categorie_id) AS valeurs
         FROM deliberation_commune dc JOIN deliberation d ON d.id = dc.deliberation_id JOIN tarif t ON t.deliberation_id = d.id
         WHERE dc.code_insee = ANY($1) AND d.etat = 'en_vigueur' AND d.applicable_du <= $3 AND (d.valable_au IS NULL OR d.valable_au >= $2)
         GROUP BY dc.code_insee, d.id",
    )
    .bind(communes)
    .bind(stays.iter().map(|stay| stay.debut).min())
    .bind(stays.iter().map(|stay| stay.fin).max())
    .fetch_all(db.statement())
    .await?;
    let mut known: HashMap<String, Vec<Deliberation>> = HashMap::new();
    for one in found {
        known.entry(one.code_insee).or_default().push(one.deliberation);
    }
    Ok(known)
}

/// The legal rates of the department's tax, with the nights where each holds (CGCT, art. L3333-1).
pub async fn taux_departementaux(db: &Db) -> Result<Vec<Taux>, sqlx::Error> {
    sqlx::query_as("SELECT du, au, maximum AS taux FROM regle_legale WHERE code = 'taxe_departementale' AND maximum IS NOT NULL ORDER BY du")
        .fetch_all(db.statement())
        .await
}

/// A stay over the nights of another.
#[derive(sqlx::FromRow)]
pub struct Overlap {
    /// Place of the other among those that were asked for, from 1.
    pub place: i64,
    /// Its reference.
    pub reference: String,
    /// Arrival and departure.
    pub debut: NaiveDate,
    pub fin: NaiveDate,
}

/// Stays of the same lodgings over the nights of these, three at most for each. A stay is its lodging, its arrival, its departure, and its
/// key when it exists.
pub async fn overlapping(db: &Db, stays: &[(i64, NaiveDate, NaiveDate, Option<i64>)]) -> Result<Vec<Overlap>, sqlx::Error> {
    let lodgings: Vec<i64> = stays.iter().map(|(lodging, ..)| *lodging).collect();
    let (from, to): (Vec<NaiveDate>, Vec<NaiveDate>) = stays.iter().map(|(_, from, to, _)| (*from, *to)).unzip();
    let but: Vec<Option<i64>> = stays.iter().map(|(.., but)| *but).collect();
    // A stay lasts a year and a day at most: the index of arrivals is read from there.
    sqlx::query_as(
        "SELECT x.place, s.reference, s.date_debut AS debut, s.date_fin AS fin
         FROM unnest($1::bigint[], $2::date[], $3::date[], $4::bigint[]) WITH ORDINALITY x (logement, debut, fin, sauf, place)
         CROSS JOIN LATERAL (SELECT reference, date_debut, date_fin FROM sejour WHERE logement_id = x.logement AND date_debut < x.fin
             AND date_debut > x.debut - 367 AND date_fin > x.debut AND statut <> 'rejete' AND id IS DISTINCT FROM x.sauf ORDER BY date_debut, id LIMIT 3) s
         ORDER BY x.place, s.date_debut, s.reference",
    )
    .bind(lodgings)
    .bind(from)
    .bind(to)
    .bind(but)
    .fetch_all(db.statement())
    .await
}

/// Stays of a lodging with the same dates and as many persons: key and reference.
pub async fn same_stay(
    connection: &mut PgConnection,
    lodging: i64,
    debut: NaiveDate,
    fin: Option<NaiveDate>,
    persons: Option<i32>,
) -> Result<Vec<(i64, String)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, reference FROM sejour WHERE logement_id = $1 AND date_debut = $2 AND date_fin = $3 AND nb_personnes = $4 AND statut <> 'rejete' ORDER BY id LIMIT 3",
    )
    .bind(lodging)
    .bind(debut)
    .bind(fin)
    .bind(persons)
    .fetch_all(connection)
    .await
}

/// Explanations as PostgreSQL keeps them, in their order.
pub async fn as_stored(db: &Db, explanations: &[Json<&Vec<Part>>]) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT x.calcul::text FROM unnest($1::jsonb[]) WITH ORDINALITY x (calcul, place) ORDER BY x.place")
        .bind(explanations)
        .fetch_all(db.statement())
        .await
}
