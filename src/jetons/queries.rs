//! The SQL of the tokens.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};

use super::draft::{Checked, Offer, Place};
use super::list::ETAT_SQL;
use super::model::{Jeton, Tally, cap};
use crate::comptes;
use crate::listing::{Lieu, Module, Niveau, Reader};
use crate::platform::db::Db;

/// Days that what a token was asked is kept.
const DAYS_KEPT: i32 = 90;
/// Days shown on its page.
pub const DAYS_SHOWN: i32 = 14;

/// The token whose SHA-256 is `hash`, for a call that comes from `ip`.
pub async fn find(db: &Db, hash: &[u8], ip: Option<String>) -> Result<Option<Jeton>, sqlx::Error> {
    sqlx::query_as(
        "SELECT j.id, j.utilisateur_id, j.nom, j.droits, j.collectivites, j.personnel, j.appels_minute, j.simultanes, j.lignes_jour,
             coalesce((SELECT d.lignes FROM jeton_api_jour d WHERE d.jeton_id = j.id AND d.jour = t.jour), 0) AS lignes,
             j.revoque_le IS NOT NULL AS revoque, j.expire_le <= now() AS expire, j.expire_le,
             j.adresses = '{}' OR coalesce($2::text::inet <<= ANY (j.adresses), false) AS admis, t.jour,
             j.ecrit_ligne, j.ecrit_position, (SELECT sum(version::float8)::bigint FROM version_donnees) AS etat
         FROM jeton_api j, LATERAL (SELECT (now() AT TIME ZONE 'America/Guadeloupe')::date AS jour) t WHERE j.empreinte = $1",
    )
    .bind(hash)
    .bind(ip)
    .fetch_optional(db.statement())
    .await
}

/// Notes how far the primary is once a program has written by token `id`: see `sessions::wrote`.
///
/// # Errors
/// PostgreSQL failed.
pub async fn wrote(db: &Db, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE jeton_api SET ecrit_ligne = ligne_d_ecriture(), ecrit_position = position_d_ecriture() WHERE id = $1")
        .bind(id)
        .execute(db.statement())
        .await?;
    Ok(())
}

/// What is left to a job of the rights of the owner of token `id`: nothing when it was taken back, has ended, or its owner may not
/// enter any more.
///
/// # Errors
/// PostgreSQL failed.
pub async fn reader_of(db: &Db, id: i64) -> Result<Option<Reader>, sqlx::Error> {
    let rights: Option<Rights> = sqlx::query_as(
        "SELECT j.droits, j.collectivites, u.id AS utilisateur_id, u.role::text AS role, habilitations(u.id) AS lieux
         FROM jeton_api j JOIN utilisateur u ON u.id = j.utilisateur_id AND u.actif WHERE j.id = $1 AND j.revoque_le IS NULL AND j.expire_le > now()",
    )
    .bind(id)
    .fetch_optional(db.statement())
    .await?;
    Ok(rights
        .and_then(|rights| comptes::reader_with(rights.utilisateur_id, &rights.role, &cap(&rights.droits, &rights.collectivites, &rights.lieux))))
}

/// What a job reads of a token and of its owner.
#[derive(sqlx::FromRow)]
struct Rights {
    droits: Json<BTreeMap<String, i16>>,
    collectivites: Vec<i32>,
    utilisateur_id: i64,
    role: String,
    lieux: Json<Vec<Lieu>>,
}

/// Writes down what a token was asked since the last time: calls, refusals and rows of a day, when and from where the last one came.
pub async fn tally(db: &Db, id: i64, tally: &Tally) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH jour AS (
             INSERT INTO jeton_api_jour AS d (jeton_id, jour, appels, refus, lignes) SELECT id, $2, $3, $4, $5 FROM jeton_api WHERE id = $1
             ON CONFLICT (jeton_id, jour) DO UPDATE SET appels = d.appels + $3, refus = d.refus + $4, lignes = d.lignes + $5)
         UPDATE jeton_api SET utilise_le = $6, utilise_de = $7::text::inet WHERE id = $1 AND (utilise_le IS NULL OR utilise_le <= $6)",
    )
    .bind(id)
    .bind(tally.jour)
    .bind(tally.appels)
    .bind(tally.refus)
    .bind(tally.lignes)
    .bind(tally.dernier_le)
    .bind(tally.ip.map(|ip| ip.to_string()))
    .execute(db.statement())
    .await?;
    Ok(())
}

/// What a person may give to a token: read as calls read it, so that a right which is only held by way of another place is not offered.
pub async fn offer(connection: &mut PgConnection, user_id: i64) -> Result<Offer, sqlx::Error> {
    let jour: NaiveDate = sqlx::query_scalar("SELECT (now() AT TIME ZONE 'America/Guadeloupe')::date").fetch_one(&mut *connection).await?;
    let places: Vec<Place> = sqlx::query_as(
        "SELECT c.id, c.nom::text, jsonb_object_agg(d.module, d.niveau) AS droits, bool_or(d.module = 'administration' AND d.niveau >= 4) AS gere
         FROM droit d JOIN collectivite c ON c.id = d.collectivite_id JOIN utilisateur u ON u.id = d.utilisateur_id AND u.actif AND u.role <> 'exploitant'
         WHERE d.utilisateur_id = $1 GROUP BY c.id ORDER BY c.nom, c.id",
    )
    .bind(user_id)
    .fetch_all(connection)
    .await?;
    Ok(Offer { jour, places })
}

/// Holds an account until the end of the transaction: its tokens are made one after the other.
pub async fn lock(connection: &mut PgConnection, user_id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT 1 FROM utilisateur WHERE id = $1 FOR UPDATE").bind(user_id).execute(connection).await?;
    Ok(())
}

/// Tokens of a person that still open, by themselves.
pub async fn living(connection: &mut PgConnection, user_id: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*) FROM jeton_api WHERE utilisateur_id = $1 AND revoque_le IS NULL AND expire_le > now()")
        .bind(user_id)
        .fetch_one(connection)
        .await
}

/// The living token of a person under a name, and whether it is the one that `checked` asks for.
pub async fn namesake(connection: &mut PgConnection, user_id: i64, checked: &Checked) -> Result<Option<(i64, bool)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, (genre, droits, collectivites, personnel, adresses, expire_le)
                  = ($3, $4, $5, $6, $7::text[]::cidr[], ($8::date + 1)::timestamp AT TIME ZONE 'America/Guadeloupe')
         FROM jeton_api WHERE utilisateur_id = $1 AND nom = $2 AND revoque_le IS NULL AND expire_le > now() ORDER BY id DESC LIMIT 1",
    )
    .bind(user_id)
    .bind(&checked.nom)
    .bind(checked.genre)
    .bind(stored(checked))
    .bind(&checked.collectivites)
    .bind(checked.personnel)
    .bind(&checked.adresses)
    .bind(checked.dernier_jour)
    .fetch_optional(connection)
    .await
}

fn stored(checked: &Checked) -> Json<BTreeMap<Module, i16>> {
    Json(checked.droits.iter().map(|(module, portee)| (*module, portee.rang())).collect())
}

/// Makes a token of which the base keeps `hash` and `start` alone. Nothing when the rights of its person, as the base has them now, do
/// not hold what it asks for.
pub async fn insert(
    connection: &mut PgConnection,
    user_id: i64,
    (hash, start): (&[u8], &str),
    checked: &Checked,
) -> Result<Option<i64>, sqlx::Error> {
    let (modules, levels): (Vec<&str>, Vec<i16>) = checked.droits.iter().map(|(module, portee)| (module.code(), portee.least().rang())).unzip();
    let [minute, together, rows] = checked.limites;
    sqlx::query_scalar(
        "INSERT INTO jeton_api (utilisateur_id, collectivite_id, nom, genre, empreinte, debut, droits, collectivites, personnel, adresses, expire_le,
             appels_minute, simultanes, lignes_jour)
         SELECT u.id, lieu_du_compte(u.id), $2, $3, $4, $5, $6, $7, $8, $9::text[]::cidr[], ($10::date + 1)::timestamp AT TIME ZONE 'America/Guadeloupe',
             $11::int, $12::smallint, $13
         FROM utilisateur u
         WHERE u.id = $1 AND u.actif AND u.role <> 'exploitant'
           -- Each right is theirs in one of the places; in each place, one of these rights is theirs.
           AND NOT EXISTS (SELECT 1 FROM unnest($14::text[], $15::smallint[]) r (module, niveau) WHERE NOT EXISTS (
               SELECT 1 FROM droit d WHERE d.utilisateur_id = u.id AND d.collectivite_id = ANY ($7) AND d.module = r.module AND d.niveau >= r.niveau))
           AND NOT EXISTS (SELECT 1 FROM unnest($7::int[]) c (id) WHERE NOT EXISTS (
               SELECT 1 FROM droit d WHERE d.utilisateur_id = u.id AND d.collectivite_id = c.id AND d.module = ANY ($14)))
           AND ($3 <> 'service' OR NOT EXISTS (SELECT 1 FROM unnest($7::int[]) c (id) WHERE NOT EXISTS (
               SELECT 1 FROM droit d WHERE d.utilisateur_id = u.id AND d.collectivite_id = c.id AND d.module = 'administration' AND d.niveau >= 4)))
         RETURNING id",
    )
    .bind(user_id)
    .bind(&checked.nom)
    .bind(checked.genre)
    .bind(hash)
    .bind(start)
    .bind(stored(checked))
    .bind(&checked.collectivites)
    .bind(checked.personnel)
    .bind(&checked.adresses)
    .bind(checked.dernier_jour)
    .bind(minute)
    .bind(together)
    .bind(rows)
    .bind(modules)
    .bind(levels)
    .fetch_optional(connection)
    .await
}

/// A token as its page shows it.
#[derive(Debug, sqlx::FromRow)]
pub struct File {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub utilisateur_id: i64,
    /// Their name.
    pub proprietaire: String,
    /// Whether their account is open.
    pub compte_actif: bool,
    /// The place that answers for it.
    pub collectivite_id: Option<i32>,
    /// Its name.
    pub nom: String,
    /// `personnel` or `service`.
    pub genre: String,
    /// Its first characters.
    pub debut: String,
    /// What it may do, as stored.
    pub droits: Json<BTreeMap<Module, i16>>,
    /// Its collectivités, and whether its owner still has a right there.
    pub lieux: Json<Vec<(String, bool)>>,
    /// Reads what speaks of people.
    pub personnel: bool,
    /// Its networks.
    pub adresses: Vec<String>,
    /// Calls of a minute.
    pub appels_minute: i32,
    /// Calls at the same time.
    pub simultanes: i16,
    /// Rows of a day.
    pub lignes_jour: i64,
    /// When it was made.
    pub cree_le: DateTime<Utc>,
    /// When it ends.
    pub expire_le: DateTime<Utc>,
    /// When it was taken back.
    pub revoque_le: Option<DateTime<Utc>>,
    /// By whom.
    pub revoque_par: Option<String>,
    /// Its last call.
    pub utilise_le: Option<DateTime<Utc>>,
    /// From where.
    pub utilise_de: Option<String>,
    /// `actif`, `expire` or `revoque`.
    pub etat: String,
    /// Whether the reader may take it back.
    pub agit: bool,
}

/// Token `id` when it is the reader's, or that of a collectivité whose administration they read.
pub async fn file(connection: &mut PgConnection, reader: &Reader, id: i64) -> Result<Option<File>, sqlx::Error> {
    let sql = format!(
        "SELECT b.id, b.utilisateur_id, u.nom AS proprietaire, u.actif AS compte_actif, b.collectivite_id, b.nom, b.genre, b.debut, b.droits,
             coalesce((SELECT jsonb_agg(jsonb_build_array(c.nom, EXISTS (
                 SELECT 1 FROM droit d WHERE d.utilisateur_id = b.utilisateur_id AND d.collectivite_id = c.id AND b.droits ? d.module)) ORDER BY c.nom)
                 FROM collectivite c WHERE c.id = ANY (b.collectivites)), '[]') AS lieux,
             b.personnel, b.adresses::text[] AS adresses, b.appels_minute, b.simultanes, b.lignes_jour, b.cree_le, b.expire_le, b.revoque_le,
             (SELECT r.nom FROM utilisateur r WHERE r.id = b.revoque_par) AS revoque_par, b.utilise_le, host(b.utilise_de) AS utilise_de,
             {ETAT_SQL} AS etat, (b.utilisateur_id = $2 OR coalesce(b.collectivite_id = ANY ($4), false)) AS agit
         FROM jeton_api b JOIN utilisateur u ON u.id = b.utilisateur_id
         WHERE b.id = $1 AND (b.utilisateur_id = $2 OR b.collectivite_id = ANY ($3))"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(id)
        .bind(reader.user_id)
        .bind(reader.collectivites(Module::Administration))
        .bind(reader.at(Niveau::Gerer).collectivites(Module::Administration))
        .fetch_optional(connection)
        .await
}

/// What a token was asked in a day.
#[derive(Debug, sqlx::FromRow)]
pub struct Jour {
    /// The day in Guadeloupe.
    pub jour: NaiveDate,
    /// Calls, those that were refused among them.
    pub appels: i64,
    /// Calls that were refused.
    pub refus: i64,
    /// Rows that were given.
    pub lignes: i64,
}

/// The last days of a token, the last first. The caller has checked that the reader may see it.
pub async fn days(db: &Db, id: i64) -> Result<Vec<Jour>, sqlx::Error> {
    sqlx::query_as(
        "SELECT jour, appels, refus, lignes FROM jeton_api_jour
         WHERE jeton_id = $1 AND jour > (now() AT TIME ZONE 'America/Guadeloupe')::date - $2::int ORDER BY jour DESC",
    )
    .bind(id)
    .bind(DAYS_SHOWN)
    .fetch_all(db.statement())
    .await
}

/// Takes a token back; false when it was already. Only for its person, or whoever manages the administration of its place.
pub async fn revoke(connection: &mut PgConnection, reader: &Reader, id: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE jeton_api SET revoque_le = now(), revoque_par = $2
         WHERE id = $1 AND revoque_le IS NULL AND (utilisateur_id = $2 OR collectivite_id = ANY ($3))",
    )
    .bind(id)
    .bind(reader.user_id)
    .bind(reader.at(Niveau::Gerer).collectivites(Module::Administration))
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes what is past its time: days of calls, tokens that ended a year ago.
pub async fn sweep(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM jeton_api_jour WHERE jour < (now() AT TIME ZONE 'America/Guadeloupe')::date - $1::int")
        .bind(DAYS_KEPT)
        .execute(pool)
        .await?;
    sqlx::query("DELETE FROM jeton_api WHERE expire_le < now() - interval '1 year'").execute(pool).await?;
    Ok(())
}
