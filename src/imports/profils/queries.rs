//! The SQL of the profiles. Who sees one is the scope of their list; who changes it, [`CHANGED`].

use sqlx::PgConnection;
use sqlx::types::Json;

use super::list::PROFILS;
use super::model::{Contenu, Garde};
use super::seuils::Seuils;
use crate::imports::genre::Genre;
use crate::listing::{Arg, Module, Niveau, Reader, Statement, within_scope};
use crate::platform::db::Db;
use crate::platform::error::Result as AppResult;

/// Profiles of a person at most.
pub const PROFILS_MAX: i64 = 100;
/// Profiles that a file is compared with at most.
const ESSAYES_MAX: i64 = 200;

const ROW: &str =
    "SELECT p.id, p.genre, p.nom::text AS nom, p.auteur_id, u.nom::text AS auteur, p.collectivite_id, c.nom::text AS collectivite, p.contenu,
         p.confiance, p.confiance_par, p.refus_max, p.changements_max, p.lignes_min, p.lignes_max, p.version, p.modifie_le, p.modifie_par
     FROM import_profil p LEFT JOIN utilisateur u ON u.id = p.auteur_id LEFT JOIN collectivite c ON c.id = p.collectivite_id WHERE ";

/// `$1` the profile, `$2` the version that was seen, `$3` the person, `$4` the collectivités that they manage.
const CHANGED: &str =
    "WHERE id = $1 AND version = $2 AND (auteur_id = $3 AND (collectivite_id IS NULL OR NOT confiance) OR collectivite_id = ANY ($4))";

/// The profiles of a kind that a person sees: their own, then those of their collectivités, the last changed first.
pub async fn de_genre(db: &Db, reader: &Reader, genre: &str) -> AppResult<Vec<Garde>> {
    let mut statement = Statement::default();
    let kind = statement.bind(Arg::Text(genre.into()));
    let who = statement.bind(Arg::Int(reader.user_id));
    let mine = within_scope(&mut statement, &PROFILS, reader, "p.id")?;
    statement.sql = format!(
        "{ROW} p.genre = {kind}::text AND {mine} ORDER BY (p.auteur_id = {who}::bigint) IS TRUE DESC, p.modifie_le DESC, p.id LIMIT {ESSAYES_MAX}"
    );
    let arguments = statement.arguments()?;
    Ok(sqlx::query_as_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_all(db.statement()).await?)
}

/// One of those that a person sees.
pub async fn one(db: &Db, reader: &Reader, id: i64) -> AppResult<Option<Garde>> {
    let mut statement = Statement::default();
    let key = statement.bind(Arg::Int(id));
    let mine = within_scope(&mut statement, &PROFILS, reader, "p.id")?;
    statement.sql = format!("{ROW} p.id = {key}::bigint AND {mine}");
    let arguments = statement.arguments()?;
    Ok(sqlx::query_as_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_optional(db.statement()).await?)
}

/// A profile as the worker finds it, while it is trusted.
pub async fn de_confiance(connection: &mut PgConnection, id: i64) -> Result<Option<Garde>, sqlx::Error> {
    sqlx::query_as(sqlx::AssertSqlSafe(format!("{ROW} p.id = $1 AND p.confiance"))).bind(id).fetch_optional(connection).await
}

/// The collectivités whose administration a person manages.
pub fn gerees(reader: &Reader) -> Vec<i32> {
    reader.at(Niveau::Gerer).collectivites(Module::Administration).to_vec()
}

/// The collectivités with which a person may share a profile of a kind: those where they may load its files.
pub async fn lieux(db: &Db, reader: &Reader, genre: &Genre) -> Result<Vec<(i32, String)>, sqlx::Error> {
    let own = reader.at(Niveau::Saisir);
    sqlx::query_as("SELECT id, nom::text FROM collectivite WHERE id = ANY($1) ORDER BY type DESC, nom")
        .bind(own.collectivites_of(genre.record.list.access))
        .fetch_all(db.statement())
        .await
}

/// What became of a profile to keep.
pub enum Ecrit {
    /// It is new.
    Cree(i64),
    /// The one of that name, of the same person, says this now.
    Remplace(i64),
    /// The person has as many as they may.
    Trop,
}

/// Keeps a profile under a name; the one that the person has of that name is replaced, and trusted no more.
pub async fn garde(
    connection: &mut PgConnection,
    (reader, auteur): (&Reader, &str),
    (genre, nom, lieu): (&str, &str, Option<i32>),
    contenu: &Contenu,
) -> Result<Ecrit, sqlx::Error> {
    sqlx::query("SELECT 1 FROM utilisateur WHERE id = $1 FOR NO KEY UPDATE").bind(reader.user_id).execute(&mut *connection).await?;
    let columns = i32::try_from(contenu.colonnes.len()).unwrap_or(i32::MAX);
    let replaced: Option<i64> = sqlx::query_scalar(
        "UPDATE import_profil SET nom = $3, collectivite_id = $4, contenu = $5, colonnes = $6, modifie_par = $7, modifie_le = now(), version = version + 1,
             confiance = false, confiance_par = NULL
         WHERE genre = $1 AND auteur_id = $2 AND lower(nom) = lower($3 COLLATE \"fr-x-icu\") RETURNING id",
    )
    .bind(genre)
    .bind(reader.user_id)
    .bind(nom)
    .bind(lieu)
    .bind(Json(contenu))
    .bind(columns)
    .bind(auteur)
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(id) = replaced {
        return Ok(Ecrit::Remplace(id));
    }
    let held: i64 =
        sqlx::query_scalar("SELECT count(*) FROM import_profil WHERE auteur_id = $1").bind(reader.user_id).fetch_one(&mut *connection).await?;
    if held >= PROFILS_MAX {
        return Ok(Ecrit::Trop);
    }
    sqlx::query_scalar(
        "INSERT INTO import_profil (genre, nom, auteur_id, collectivite_id, contenu, colonnes, modifie_par) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
    )
    .bind(genre)
    .bind(nom)
    .bind(reader.user_id)
    .bind(lieu)
    .bind(Json(contenu))
    .bind(columns)
    .bind(auteur)
    .fetch_one(connection)
    .await
    .map(Ecrit::Cree)
}

/// Renames a profile and shares it; nobody but its author keeps it for themselves. False when the version or the right is gone.
pub async fn nomme(
    connection: &mut PgConnection,
    (reader, auteur): (&Reader, &str),
    (id, version): (i64, i32),
    (nom, lieu): (&str, Option<i32>),
) -> Result<bool, sqlx::Error> {
    let sql = format!(
        "UPDATE import_profil SET nom = $5, collectivite_id = $6, modifie_par = $7, modifie_le = now(), version = version + 1,
             confiance = confiance AND collectivite_id IS NOT DISTINCT FROM $6
         {CHANGED} AND (collectivite_id IS NOT DISTINCT FROM $6 OR $6 IS NOT NULL OR auteur_id = $3)"
    );
    let done = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(id)
        .bind(version)
        .bind(reader.user_id)
        .bind(gerees(reader))
        .bind(nom)
        .bind(lieu)
        .bind(auteur)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The collectivités where a person decides how the files of a kind are trusted.
pub fn confiees(reader: &Reader, genre: &Genre) -> Vec<i32> {
    reader.at(Niveau::Gerer).collectivites_of(genre.record.list.access).to_vec()
}

/// Trusts a shared profile, or no more; false when the version or the right is gone.
pub async fn confie(
    connection: &mut PgConnection,
    (reader, auteur, genre): (&Reader, &str, &Genre),
    (id, version): (i64, i32),
    seuils: Option<Seuils>,
) -> Result<bool, sqlx::Error> {
    let limits = seuils.unwrap_or_default();
    let done = sqlx::query(
        "UPDATE import_profil SET confiance = $4, confiance_par = CASE WHEN $4 THEN $5 END, refus_max = $6, changements_max = $7, lignes_min = $8, lignes_max = $9,
             modifie_par = $5, modifie_le = now(), version = version + 1
         WHERE id = $1 AND version = $2 AND collectivite_id = ANY ($3)",
    )
    .bind(id)
    .bind(version)
    .bind(confiees(reader, genre))
    .bind(seuils.is_some())
    .bind(auteur)
    .bind(limits.refus)
    .bind(limits.changements)
    .bind(limits.min)
    .bind(limits.max)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes a profile away; false when the version or the right is gone. What was read with it stays as it is.
pub async fn retire(connection: &mut PgConnection, reader: &Reader, (id, version): (i64, i32)) -> Result<bool, sqlx::Error> {
    let sql = format!("DELETE FROM import_profil {CHANGED}");
    let done = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).bind(version).bind(reader.user_id).bind(gerees(reader)).execute(connection).await?;
    Ok(done.rows_affected() == 1)
}

/// Says whether PostgreSQL refused because the author has a profile of that name already.
pub fn nom_pris(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(cause) if cause.constraint() == Some("import_profil_nom"))
}
