//! The SQL of a merge. Columns come from [`PARTS`].

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::model::{Hote, PARTS, Values};
use crate::listing::{Arg, Module, Reader, Statement, within_scope};
use crate::platform::error::Result;
use crate::taxe::HEBERGEURS;

fn columns() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    PARTS.iter().flat_map(|part| part.columns)
}

/// Host `id`, when it is one of the reader's.
pub async fn hote(connection: &mut PgConnection, reader: &Reader, id: i64) -> Result<Option<Hote>> {
    let mut statement = Statement::default();
    let key = statement.bind(Arg::Int(id));
    let communes = statement.bind(Arg::Texts(reader.communes(Module::Taxe).to_vec()));
    let mine = within_scope(&mut statement, &HEBERGEURS, reader, "t.id")?;
    let shown: String = columns().map(|(column, _)| format!("t.{column}::text, ")).collect();
    statement.sql = format!(
        "SELECT {shown}t.id, t.numero, t.version, t.archive_le,
             (SELECT count(*) FROM logement l WHERE l.hebergeur_id = t.id AND l.code_insee = ANY({communes}::text[])),
             (SELECT count(*) FROM logement l WHERE l.code_insee <> ALL({communes}::text[])
                 AND (l.hebergeur_id = t.id OR EXISTS (SELECT 1 FROM ancien_hebergeur lh WHERE lh.logement_id = l.id AND lh.hebergeur_id = t.id))),
             EXISTS (SELECT 1 FROM fusion f WHERE f.absorbee_id = t.id AND f.annulee_le IS NULL),
             (SELECT count(*) FROM ancien_hebergeur lh WHERE lh.hebergeur_id = t.id),
             (SELECT count(*) FROM note n WHERE n.liste = 'hebergeurs' AND n.cle = t.id AND n.retire_le IS NULL),
             (SELECT count(*) FROM piece_jointe p WHERE p.liste = 'hebergeurs' AND p.cle = t.id AND p.retire_le IS NULL)
         FROM hebergeur t WHERE t.id = {key}::bigint AND {mine}"
    );
    let arguments = statement.arguments()?;
    let Some(row) = sqlx::query_with(AssertSqlSafe(statement.sql), arguments).fetch_optional(connection).await? else { return Ok(None) };
    let mut values = Values::new();
    for (place, (column, _)) in columns().enumerate() {
        values.insert(column, row.try_get(place)?);
    }
    let at = values.len();
    Ok(Some(Hote {
        id: row.try_get(at)?,
        numero: row.try_get(at + 1)?,
        version: row.try_get(at + 2)?,
        archive_le: row.try_get(at + 3)?,
        logements: row.try_get(at + 4)?,
        ailleurs: row.try_get(at + 5)?,
        fondue: row.try_get(at + 6)?,
        anciens: row.try_get(at + 7)?,
        notes: row.try_get(at + 8)?,
        pieces: row.try_get(at + 9)?,
        values,
    }))
}

/// Holds both hosts and their lodgings until the end of the transaction, always in the same order.
pub async fn lock(connection: &mut PgConnection, hosts: [i64; 2]) -> Result<()> {
    sqlx::query("SELECT 1 FROM hebergeur WHERE id = ANY($1) ORDER BY id FOR UPDATE").bind(hosts).execute(&mut *connection).await?;
    sqlx::query("SELECT 1 FROM logement WHERE hebergeur_id = ANY($1) ORDER BY id FOR UPDATE").bind(hosts).execute(&mut *connection).await?;
    sqlx::query("SELECT 1 FROM ancien_hebergeur WHERE hebergeur_id = ANY($1) ORDER BY id FOR UPDATE").bind(hosts).execute(connection).await?;
    Ok(())
}

/// The communes where a host is seen.
pub async fn communes(connection: &mut PgConnection, host: i64) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar("SELECT code_insee FROM hebergeur_commune WHERE hebergeur_id = $1 ORDER BY 1").bind(host).fetch_all(connection).await?)
}

/// Gives every lodging of `from` to `to`; their keys and communes.
async fn give_all(connection: &mut PgConnection, from: i64, to: i64, who: i64) -> Result<Vec<(i64, String)>> {
    Ok(sqlx::query_as(
        "UPDATE logement SET hebergeur_id = $2, version = version + 1, modifie_le = now(), modifie_par = $3 WHERE hebergeur_id = $1 RETURNING id, code_insee",
    )
    .bind(from)
    .bind(to)
    .bind(who)
    .fetch_all(connection)
    .await?)
}

/// Gives the time that `from` had lodgings to `to`; which of them.
async fn give_past(connection: &mut PgConnection, from: i64, to: i64) -> Result<Vec<i64>> {
    let given = sqlx::query_scalar("UPDATE ancien_hebergeur SET hebergeur_id = $2 WHERE hebergeur_id = $1 RETURNING id");
    Ok(given.bind(from).bind(to).fetch_all(connection).await?)
}

/// Shows a host in `communes` even where it has no lodging left: triggers take it out of those.
async fn show(connection: &mut PgConnection, host: i64, communes: &[String]) -> Result<()> {
    sqlx::query(
        "INSERT INTO hebergeur_commune (code_insee, hebergeur_id, nom, inscrit_le, type)
         SELECT c.code, h.id, h.nom, h.inscrit_le, h.type FROM hebergeur h, unnest($2::text[]) c (code) WHERE h.id = $1 ON CONFLICT DO NOTHING",
    )
    .bind(host)
    .bind(communes)
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes `values` into a host.
async fn write(connection: &mut PgConnection, host: i64, values: &Values, who: i64) -> Result<()> {
    let mut statement = Statement::default();
    let key = statement.bind(Arg::Int(host));
    let by = statement.bind(Arg::Int(who));
    let mut set = String::new();
    for (column, cast) in columns().filter(|(column, _)| values.contains_key(column)) {
        let value = match &values[column] {
            Some(text) => format!("{}::text::{cast}", statement.bind(Arg::Text(text.clone()))),
            None => "NULL".into(),
        };
        set.push_str(&format!("{column} = {value}, "));
    }
    statement.sql =
        format!("UPDATE hebergeur SET {set}version = version + 1, modifie_le = now(), modifie_par = {by}::bigint WHERE id = {key}::bigint");
    let arguments = statement.arguments()?;
    sqlx::query_with(AssertSqlSafe(statement.sql), arguments).execute(connection).await?;
    Ok(())
}

/// What a merge moved.
pub struct Moved {
    /// The lodgings, with their communes.
    pub logements: Vec<(i64, String)>,
    /// The communes where either of both is seen.
    pub communes: Vec<String>,
}

/// Merges `absorbee` into `gardee`, which takes `values`. Both are held.
pub async fn merge(
    connection: &mut PgConnection,
    (gardee, absorbee): (&Hote, &Hote),
    values: &Values,
    (who, today): (i64, NaiveDate),
) -> Result<Moved> {
    let (of_kept, of_other) = (communes(connection, gardee.id).await?, communes(connection, absorbee.id).await?);
    let logements = give_all(connection, absorbee.id, gardee.id, who).await?;
    let periodes = give_past(connection, absorbee.id, gardee.id).await?;
    let changes: BTreeMap<&str, Value> =
        values.iter().map(|(column, text)| (*column, json!({"avant": gardee.values[column], "apres": text}))).collect();
    write(connection, gardee.id, values, who).await?;
    sqlx::query(
        "UPDATE hebergeur SET archive_le = coalesce(archive_le, $2), version = version + 1, modifie_le = now(), modifie_par = $3 WHERE id = $1",
    )
    .bind(absorbee.id)
    .bind(today)
    .bind(who)
    .execute(&mut *connection)
    .await?;
    show(connection, absorbee.id, &of_other).await?;
    let sql = format!(
        "INSERT INTO fusion (logements, periodes, gardee_id, absorbee_id, communes_gardee, communes_absorbee, champs, archivee_avant, faite_par, tenue)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, {TENUE})"
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(logements.iter().map(|(id, _)| *id).collect::<Vec<_>>())
        .bind(&periodes)
        .bind(gardee.id)
        .bind(absorbee.id)
        .bind(&of_kept)
        .bind(&of_other)
        .bind(json!(changes))
        .bind(absorbee.archive_le)
        .bind(who)
        .execute(&mut *connection)
        .await?;
    let mut communes = [of_kept, of_other].concat();
    communes.sort();
    communes.dedup();
    Ok(Moved { logements, communes })
}

/// SQL: a digest of who holds the lodgings `$1` and held those of the periods `$2`, and when.
const TENUE: &str = "(WITH l AS (SELECT unnest($1::bigint[]) AS id UNION SELECT a.logement_id FROM ancien_hebergeur a WHERE a.id = ANY($2::bigint[]))
     SELECT md5(coalesce(string_agg(x.t, ';' ORDER BY x.t), '')) FROM (
         SELECT 'l' || o.id || ':' || o.hebergeur_id AS t FROM logement o JOIN l USING (id)
         UNION ALL SELECT 'a' || a.id || ':' || a.hebergeur_id || ':' || a.debut || ':' || a.fin FROM ancien_hebergeur a JOIN l ON l.id = a.logement_id) x)";

/// Whether who holds and held the lodgings of a merge is what it left. A merge of a version that kept no digest is taken for so.
pub async fn held_alike(connection: &mut PgConnection, fusion: &Fusion) -> Result<bool> {
    let sql = format!("SELECT tenue IS NULL OR tenue = {TENUE} FROM fusion WHERE id = $3");
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).bind(&fusion.logements).bind(&fusion.periodes).bind(fusion.id).fetch_one(connection).await?)
}

/// A merge that stands.
#[derive(sqlx::FromRow)]
pub struct Fusion {
    pub id: i64,
    pub gardee_id: i64,
    pub logements: Vec<i64>,
    /// The times of former lodgings that went with it.
    pub periodes: Vec<i64>,
    pub communes_gardee: Vec<String>,
    pub champs: Value,
    pub archivee_avant: Option<NaiveDate>,
}

/// The merge of host `absorbee` into another, held until the end of the transaction.
pub async fn standing(connection: &mut PgConnection, absorbee: i64) -> Result<Option<Fusion>> {
    Ok(sqlx::query_as(
        "SELECT id, gardee_id, logements, periodes, communes_gardee, champs, archivee_avant FROM fusion WHERE absorbee_id = $1 AND annulee_le IS NULL FOR UPDATE",
    )
    .bind(absorbee)
    .fetch_optional(connection)
    .await?)
}

/// The lodgings that a merge moved, and the times of former ones: how many are no more with the host that was kept, and how many
/// are not the reader's.
pub async fn gone(connection: &mut PgConnection, fusion: &Fusion, reader: &Reader) -> Result<(i64, i64)> {
    Ok(sqlx::query_as(
        "SELECT cardinality($1) + cardinality($4) - count(*) FILTER (WHERE hebergeur_id = $2), count(*) FILTER (WHERE code_insee <> ALL($3)) FROM (
             SELECT hebergeur_id, code_insee FROM logement WHERE id = ANY($1)
             UNION ALL SELECT lh.hebergeur_id, l.code_insee FROM ancien_hebergeur lh JOIN logement l ON l.id = lh.logement_id WHERE lh.id = ANY($4)) m",
    )
    .bind(&fusion.logements)
    .bind(fusion.gardee_id)
    .bind(reader.communes(Module::Taxe))
    .bind(&fusion.periodes)
    .fetch_one(connection)
    .await?)
}

/// Undoes a merge: both are held, and nothing of it was changed since.
pub async fn undo(connection: &mut PgConnection, fusion: &Fusion, (gardee, absorbee): (&Hote, &Hote), values: &Values, who: i64) -> Result<Moved> {
    let logements: Vec<(i64, String)> = sqlx::query_as(
        "UPDATE logement SET hebergeur_id = $2, version = version + 1, modifie_le = now(), modifie_par = $3 WHERE id = ANY($1) RETURNING id, code_insee",
    )
    .bind(&fusion.logements)
    .bind(absorbee.id)
    .bind(who)
    .fetch_all(&mut *connection)
    .await?;
    write(connection, gardee.id, values, who).await?;
    sqlx::query("UPDATE hebergeur SET archive_le = $2, version = version + 1, modifie_le = now(), modifie_par = $3 WHERE id = $1")
        .bind(absorbee.id)
        .bind(fusion.archivee_avant)
        .bind(who)
        .execute(&mut *connection)
        .await?;
    sqlx::query("UPDATE ancien_hebergeur SET hebergeur_id = $2 WHERE id = ANY($1)")
        .bind(&fusion.periodes)
        .bind(absorbee.id)
        .execute(&mut *connection)
        .await?;
    show(connection, gardee.id, &fusion.communes_gardee).await?;
    sqlx::query("UPDATE fusion SET annulee_le = now(), annulee_par = $2 WHERE id = $1").bind(fusion.id).bind(who).execute(&mut *connection).await?;
    let mut seen = communes(connection, gardee.id).await?;
    seen.extend(communes(connection, absorbee.id).await?);
    seen.sort();
    seen.dedup();
    Ok(Moved { logements, communes: seen })
}

/// A host at the other end of a merge.
#[derive(sqlx::FromRow)]
pub struct Autre {
    /// It is the one that was kept.
    pub gardee: bool,
    pub id: i64,
    pub numero: String,
    pub nom: String,
    pub faite_le: DateTime<Utc>,
    pub par: Option<String>,
}

/// The host that `id` was merged into, and those merged into it, as far as the reader sees them.
pub async fn around(connection: &mut PgConnection, reader: &Reader, id: i64) -> Result<(Option<Autre>, Vec<Autre>)> {
    let all: Vec<Autre> = sqlx::query_as(
        "SELECT f.absorbee_id = $1 AS gardee, h.id, h.numero, h.nom, f.faite_le, u.nom AS par FROM fusion f
         JOIN hebergeur h ON h.id = CASE WHEN f.absorbee_id = $1 THEN f.gardee_id ELSE f.absorbee_id END
         LEFT JOIN utilisateur u ON u.id = f.faite_par
         WHERE (f.absorbee_id = $1 OR f.gardee_id = $1) AND f.annulee_le IS NULL
           AND EXISTS (SELECT 1 FROM hebergeur_commune hc WHERE hc.hebergeur_id = h.id AND hc.code_insee = ANY($2))
         ORDER BY f.faite_le DESC, f.id DESC",
    )
    .bind(id)
    .bind(reader.communes(Module::Taxe))
    .fetch_all(connection)
    .await?;
    let (mut kept, absorbed): (Vec<Autre>, Vec<Autre>) = all.into_iter().partition(|other| other.gardee);
    Ok((kept.pop(), absorbed))
}

/// The host that `id` was merged into, by its name when the reader sees it.
pub async fn into_whom(connection: &mut PgConnection, reader: &Reader, id: i64) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM hebergeur_commune hc WHERE hc.hebergeur_id = h.id AND hc.code_insee = ANY($2))
             THEN 'celle de ' || h.nom || ' (' || h.numero || ')' ELSE 'une autre' END
         FROM fusion f JOIN hebergeur h ON h.id = f.gardee_id WHERE f.absorbee_id = $1 AND f.annulee_le IS NULL",
    )
    .bind(id)
    .bind(reader.communes(Module::Taxe))
    .fetch_optional(connection)
    .await?)
}
