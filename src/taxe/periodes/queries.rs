//! The SQL of the periods of a lodging. Names of tables and columns come from [`Genre`].

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{AssertSqlSafe, PgConnection};

use super::model::{Etat, Genre};
use crate::listing::{Arg, Reader, Statement, within_scope};
use crate::platform::db::Db;
use crate::platform::error::Result;
use crate::taxe::LOGEMENTS;

/// A lodging, as its periods see it.
#[derive(sqlx::FromRow)]
pub struct Logement {
    pub id: i64,
    pub nom: String,
    pub code_insee: String,
}

/// Lodging `id`, when it is one of the reader's; `held` until the end of the transaction: its periods change one at a time.
pub async fn lodging(connection: &mut PgConnection, reader: &Reader, id: i64, held: bool) -> Result<Option<Logement>> {
    let mut statement = Statement::default();
    let key = statement.bind(Arg::Int(id));
    let mine = within_scope(&mut statement, &LOGEMENTS, reader, "t.id")?;
    let lock = if held { " FOR NO KEY UPDATE OF t" } else { "" };
    statement.sql = format!("SELECT t.id, t.nom::text, t.code_insee FROM logement t WHERE t.id = {key}::bigint AND {mine}{lock}");
    let arguments = statement.arguments()?;
    Ok(sqlx::query_as_with(AssertSqlSafe(statement.sql), arguments).fetch_optional(connection).await?)
}

/// A period as it is now.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Periode {
    pub debut: Option<NaiveDate>,
    pub fin: Option<NaiveDate>,
    /// The motive, or the code of the collector.
    pub quoi: String,
    pub version: i32,
    pub modifie_le: DateTime<Utc>,
    pub par: Option<String>,
    pub retire_le: Option<DateTime<Utc>>,
}

impl Periode {
    /// What it says.
    pub fn etat(&self) -> Etat {
        Etat { debut: self.debut, fin: self.fin, quoi: self.quoi.clone() }
    }
}

/// A period with who changed it last, of lodging `$1`.
fn shown(genre: &Genre) -> String {
    let (table, column) = (genre.table, genre.column);
    format!(
        "SELECT t.debut, t.fin, t.{column} AS quoi, t.version, t.modifie_le, u.nom::text AS par, t.retire_le
         FROM {table} t LEFT JOIN utilisateur u ON u.id = t.modifie_par WHERE t.logement_id = $1"
    )
}

/// Period `id` of a lodging, removed ones too.
pub async fn one(connection: &mut PgConnection, genre: &Genre, lodging: i64, id: i64) -> Result<Option<Periode>> {
    let sql = format!("{} AND t.id = $2", shown(genre));
    Ok(sqlx::query_as(AssertSqlSafe(sql)).bind(lodging).bind(id).fetch_optional(connection).await?)
}

/// Another period of this lodging that cannot stand beside `etat`: two closures of the same nights, the same collector twice.
pub async fn in_the_way(connection: &mut PgConnection, genre: &Genre, lodging: i64, etat: &Etat, but: Option<i64>) -> Result<Option<Periode>> {
    let same = if genre.begins { "true" } else { "t.collecteur = $5" };
    let sql = format!(
        "{} AND t.retire_le IS NULL AND t.id IS DISTINCT FROM $2 AND daterange(t.debut, t.fin, '[]') && daterange($3::date, $4::date, '[]') AND $5::text IS NOT NULL AND {same}
         ORDER BY t.debut NULLS FIRST, t.id LIMIT 1",
        shown(genre)
    );
    let found = sqlx::query_as(AssertSqlSafe(sql)).bind(lodging).bind(but).bind(etat.debut).bind(etat.fin).bind(&etat.quoi);
    Ok(found.fetch_optional(connection).await?)
}

/// How many periods of a kind a lodging has.
pub async fn count(connection: &mut PgConnection, genre: &Genre, lodging: i64) -> Result<i64> {
    let sql = format!("SELECT count(*) FROM {} WHERE logement_id = $1 AND retire_le IS NULL", genre.table);
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).bind(lodging).fetch_one(connection).await?)
}

/// Adds a period; its key.
pub async fn insert(connection: &mut PgConnection, genre: &Genre, lodging: i64, etat: &Etat, who: i64) -> Result<i64> {
    let sql =
        format!("INSERT INTO {} (logement_id, debut, fin, {}, modifie_par) VALUES ($1, $2, $3, $4, $5) RETURNING id", genre.table, genre.column);
    let added = sqlx::query_scalar(AssertSqlSafe(sql)).bind(lodging).bind(etat.debut).bind(etat.fin).bind(&etat.quoi).bind(who);
    Ok(added.fetch_one(connection).await?)
}

/// A period, and the version at which somebody saw it.
#[derive(Clone, Copy)]
pub struct Seen {
    pub lodging: i64,
    pub id: i64,
    pub version: i32,
}

/// Writes a period where its version is still the one that was seen, there or `removed`; false when it is not.
pub async fn write(connection: &mut PgConnection, genre: &Genre, seen: Seen, (etat, removed): (&Etat, bool), who: i64) -> Result<bool> {
    let sql = format!(
        "UPDATE {} SET debut = $4, fin = $5, {} = $6, retire_le = CASE WHEN $7 THEN coalesce(retire_le, now()) END,
             version = version + 1, modifie_le = now(), modifie_par = $8 WHERE id = $1 AND logement_id = $2 AND version = $3",
        genre.table, genre.column
    );
    let written = sqlx::query(AssertSqlSafe(sql)).bind(seen.id).bind(seen.lodging).bind(seen.version);
    let written = written.bind(etat.debut).bind(etat.fin).bind(&etat.quoi).bind(removed).bind(who).execute(connection).await?;
    Ok(written.rows_affected() == 1)
}

/// Stays of a lodging that have a night in a closure, those rejected left out.
pub async fn stays(connection: &mut PgConnection, lodging: i64, etat: &Etat) -> Result<i64> {
    let sql = "SELECT count(*) FROM sejour s WHERE s.logement_id = $1 AND s.date_debut <= coalesce($3, 'infinity'::date) AND s.date_debut > $2::date - 367 AND s.date_fin > $2 AND s.statut <> 'rejete'";
    Ok(sqlx::query_scalar(sql).bind(lodging).bind(etat.debut).bind(etat.fin).fetch_one(connection).await?)
}

/// A period as the file of its lodging shows it.
#[derive(sqlx::FromRow)]
pub struct Connue {
    pub genre: String,
    pub id: i64,
    pub debut: Option<NaiveDate>,
    pub fin: Option<NaiveDate>,
    /// The motive, or the name of the collector.
    pub mots: String,
    pub version: i32,
    /// Stays that have a night in it, for a closure.
    pub sejours: i64,
}

/// The periods of a lodging of both kinds, the last closures first.
pub async fn known(db: &Db, lodging: i64) -> std::result::Result<Vec<Connue>, sqlx::Error> {
    // A stay lasts a year and a day at most: the index of arrivals is read from there.
    sqlx::query_as(
        "SELECT * FROM (
             SELECT 'fermetures' AS genre, f.id, f.debut, f.fin, f.motif AS mots, f.version, (SELECT count(*) FROM sejour s
                 WHERE s.logement_id = f.logement_id AND s.date_debut <= coalesce(f.fin, 'infinity') AND s.date_debut > f.debut - 367
                   AND s.date_fin > f.debut AND s.statut <> 'rejete') AS sejours
             FROM fermeture f WHERE f.logement_id = $1 AND f.retire_le IS NULL
             UNION ALL SELECT 'collectes', c.id, c.debut, c.fin, p.nom::text, c.version, 0
             FROM collecte c JOIN plateforme p ON p.code = c.collecteur WHERE c.logement_id = $1 AND c.retire_le IS NULL) x
         ORDER BY genre, CASE WHEN genre = 'fermetures' THEN debut END DESC, mots, debut NULLS FIRST, id",
    )
    .bind(lodging)
    .fetch_all(db.statement())
    .await
}

/// A period that a stay meets.
#[derive(sqlx::FromRow)]
pub struct Met {
    pub genre: String,
    pub debut: Option<NaiveDate>,
    pub fin: Option<NaiveDate>,
    pub quoi: String,
    pub mots: String,
    /// It is the time of the stay.
    pub la: bool,
    /// Place of the stay among those that were asked for.
    pub place: i64,
}

/// The closures that the nights of stays fall in, and every collector of their lodgings, each with whether it collects on the day of
/// the arrival. A stay is its lodging, its arrival, its departure.
pub async fn around(db: &Db, stays: &[(i64, NaiveDate, NaiveDate)]) -> std::result::Result<Vec<Met>, sqlx::Error> {
    let lodgings: Vec<i64> = stays.iter().map(|(lodging, ..)| *lodging).collect();
    let (from, to): (Vec<NaiveDate>, Vec<NaiveDate>) = stays.iter().map(|(_, from, to)| (*from, *to)).unzip();
    sqlx::query_as(
        "WITH s AS MATERIALIZED (SELECT * FROM unnest($1::bigint[], $2::date[], $3::date[]) WITH ORDINALITY s (logement, debut, fin, place))
         SELECT 'fermetures' AS genre, f.debut, f.fin, f.motif AS quoi, f.motif AS mots, true AS la, s.place FROM s JOIN fermeture f ON f.logement_id = s.logement
         WHERE f.retire_le IS NULL AND f.debut < s.fin AND coalesce(f.fin, 'infinity') >= s.debut
         UNION ALL
         SELECT 'collectes', NULL, NULL, c.collecteur, p.nom::text, bool_or(daterange(c.debut, c.fin, '[]') @> s.debut), s.place
         FROM s JOIN collecte c ON c.logement_id = s.logement JOIN plateforme p ON p.code = c.collecteur
         WHERE c.retire_le IS NULL GROUP BY s.place, c.collecteur, p.nom
         ORDER BY 7, 1, 2, 5",
    )
    .bind(lodgings)
    .bind(from)
    .bind(to)
    .fetch_all(db.statement())
    .await
}
