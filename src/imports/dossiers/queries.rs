//! The SQL of the watched folders.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use super::depots::Entree;
use crate::listing::{Module, Niveau, Reader};
use crate::platform::db::Db;

/// A folder, for the worker.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Dossier {
    /// Its number.
    pub id: i64,
    /// Whose files they are.
    pub collectivite_id: i32,
    /// Its SIREN: the first part of the path.
    pub siren: String,
    /// The kind of import: the second one.
    pub genre: String,
    /// In whose name they are loaded.
    pub compte_id: i64,
    /// The name of that account.
    pub compte: String,
    /// Whether it is still of that collectivité.
    pub du_lieu: bool,
}

/// A file of a folder.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Fichier {
    pub id: i64,
    pub nom: String,
    pub octets: i64,
    pub modifie: String,
    pub etat: String,
    pub import_id: Option<i64>,
    pub motif: Option<String>,
    pub range_nom: Option<String>,
}

const FICHIER: &str = "SELECT id, nom, octets, modifie, etat, import_id, motif, range_nom FROM fichier_depose f";

impl Fichier {
    /// Whether it is what stands there now.
    pub fn est(&self, entree: &Entree) -> bool {
        self.nom == entree.nom && u64::try_from(self.octets) == Ok(entree.octets) && self.modifie == entree.modifie
    }
}

/// The folders to look at.
pub async fn actifs(pool: &PgPool) -> Result<Vec<Dossier>, sqlx::Error> {
    sqlx::query_as(
        "SELECT d.id, d.collectivite_id, c.siren, d.genre, d.compte_id, u.nom::text AS compte,
             EXISTS (SELECT 1 FROM utilisateur_collectivite uc WHERE uc.utilisateur_id = d.compte_id AND uc.collectivite_id = d.collectivite_id) AS du_lieu
         FROM dossier_surveille d JOIN collectivite c ON c.id = d.collectivite_id JOIN utilisateur u ON u.id = d.compte_id WHERE d.actif ORDER BY d.id",
    )
    .fetch_all(pool)
    .await
}

/// Says of a folder that it was looked at, and what kept it from being.
pub async fn passe(pool: &PgPool, id: i64, avis: Option<&str>) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE dossier_surveille SET passe_le = now(), avis = $2 WHERE id = $1").bind(id).bind(avis).execute(pool).await?;
    Ok(())
}

/// The files of a folder that are not put aside yet.
pub async fn presents(pool: &PgPool, dossier: i64) -> Result<Vec<Fichier>, sqlx::Error> {
    let sql = format!("{FICHIER} WHERE dossier_id = $1 AND range_le IS NULL ORDER BY id");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(dossier).fetch_all(pool).await
}

/// Notes a file that is seen for the first time.
pub async fn voit(pool: &PgPool, dossier: i64, entree: &Entree) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO fichier_depose (dossier_id, nom, octets, modifie, etat, motif) VALUES ($1, $2, $3, $4, CASE WHEN $5::text IS NULL THEN 'vu' ELSE 'refuse' END, $5)
         ON CONFLICT (dossier_id, nom, octets, modifie) WHERE range_le IS NULL DO NOTHING",
    )
    .bind(dossier)
    .bind(&entree.nom)
    .bind(i64::try_from(entree.octets).unwrap_or(i64::MAX))
    .bind(&entree.modifie)
    .bind(entree.faute)
    .execute(pool)
    .await?;
    Ok(())
}

/// Forgets one that was only seen, and is another now, or gone.
pub async fn oublie(pool: &PgPool, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM fichier_depose WHERE id = $1 AND etat = 'vu'").bind(id).execute(pool).await?;
    Ok(())
}

/// A file is over: it made what it could, or it is refused.
pub async fn finit(pool: &PgPool, id: i64, etat: &str, motif: Option<&str>) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE fichier_depose SET etat = $2, motif = coalesce($3, motif) WHERE id = $1 AND etat IN ('vu', 'pris')")
        .bind(id)
        .bind(etat)
        .bind(motif)
        .execute(pool)
        .await?;
    Ok(())
}

/// Why the lines of one are not checked yet.
pub async fn attend(pool: &PgPool, id: i64, motif: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE fichier_depose SET motif = $2 WHERE id = $1").bind(id).bind(motif).execute(pool).await?;
    Ok(())
}

/// The name under which one is put aside: said before it is.
pub async fn nomme(pool: &PgPool, id: i64, nom: Option<&str>) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE fichier_depose SET range_nom = $2 WHERE id = $1").bind(id).bind(nom).execute(pool).await?;
    Ok(())
}

/// It is put aside.
pub async fn range(pool: &PgPool, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE fichier_depose SET range_le = now() WHERE id = $1").bind(id).execute(pool).await?;
    Ok(())
}

/// What is not shown any more: beyond the last files of a folder, after the time of the imports.
pub async fn vieillit(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM fichier_depose WHERE range_le < now() - interval '400 days'").execute(pool).await?;
    Ok(())
}

/// A folder, as its page shows it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Montre {
    pub id: i64,
    pub collectivite: String,
    pub siren: String,
    pub genre: String,
    pub compte: String,
    pub actif: bool,
    pub passe_le: Option<DateTime<Utc>>,
    pub avis: Option<String>,
}

/// The collectivités whose administration a person manages.
fn places(reader: &Reader) -> Vec<i32> {
    reader.at(Niveau::Gerer).collectivites(Module::Administration).to_vec()
}

/// The folders of a person.
pub async fn all(db: &Db, reader: &Reader) -> Result<Vec<Montre>, sqlx::Error> {
    sqlx::query_as(
        "SELECT d.id, c.nom::text AS collectivite, c.siren, d.genre, u.nom::text AS compte, d.actif, d.passe_le, d.avis
         FROM dossier_surveille d JOIN collectivite c ON c.id = d.collectivite_id JOIN utilisateur u ON u.id = d.compte_id
         WHERE d.collectivite_id = ANY ($1) ORDER BY c.nom, d.genre",
    )
    .bind(places(reader))
    .fetch_all(db.statement())
    .await
}

/// A file, as the page shows it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Recent {
    pub dossier_id: i64,
    pub nom: String,
    pub etat: String,
    pub import_id: Option<i64>,
    pub motif: Option<String>,
    pub vu_le: DateTime<Utc>,
    pub range_le: Option<DateTime<Utc>>,
}

/// The last files of the folders of a person.
pub async fn recents(db: &Db, reader: &Reader) -> Result<Vec<Recent>, sqlx::Error> {
    sqlx::query_as(
        "SELECT f.dossier_id, f.nom, f.etat, f.import_id, f.motif, f.vu_le, f.range_le FROM dossier_surveille d
         CROSS JOIN LATERAL (SELECT * FROM fichier_depose f WHERE f.dossier_id = d.id ORDER BY f.id DESC LIMIT 10) f
         WHERE d.collectivite_id = ANY ($1) ORDER BY f.id DESC",
    )
    .bind(places(reader))
    .fetch_all(db.statement())
    .await
}

/// The collectivités that a person may name, and the accounts that they manage there.
pub async fn offerts(db: &Db, reader: &Reader) -> Result<(Vec<(String, String)>, Vec<(String, String)>), sqlx::Error> {
    let places = places(reader);
    let collectivites = sqlx::query_as("SELECT id::text, nom::text FROM collectivite WHERE id = ANY ($1) ORDER BY nom")
        .bind(&places)
        .fetch_all(db.statement())
        .await?;
    let comptes = sqlx::query_as(
        "SELECT u.id::text, u.nom::text || ' (' || u.courriel || ')' FROM utilisateur u WHERE u.actif AND u.role <> 'exploitant'
           AND EXISTS (SELECT 1 FROM utilisateur_collectivite uc WHERE uc.utilisateur_id = u.id AND uc.collectivite_id = ANY ($1))
           AND gere($2, u.id) ORDER BY u.nom, u.id LIMIT 500",
    )
    .bind(&places)
    .bind(reader.user_id)
    .fetch_all(db.statement())
    .await?;
    Ok((collectivites, comptes))
}

/// Watches a folder in the name of an account, which an administrateur of both manages; nothing when they do not.
pub async fn declare(
    connection: &mut PgConnection,
    reader: &Reader,
    (collectivite, genre, compte): (i32, &str, i64),
) -> Result<Option<(i64, String)>, sqlx::Error> {
    sqlx::query_as(
        "INSERT INTO dossier_surveille (collectivite_id, genre, compte_id, cree_par)
         SELECT uc.collectivite_id, $2, u.id, $4 FROM utilisateur u JOIN utilisateur_collectivite uc ON uc.utilisateur_id = u.id AND uc.collectivite_id = $1
         WHERE u.id = $3 AND u.actif AND u.role <> 'exploitant' AND $1 = ANY ($5) AND gere($4, u.id)
         ON CONFLICT (collectivite_id, genre) DO UPDATE SET compte_id = excluded.compte_id, actif = true, avis = NULL
         RETURNING id, (SELECT u.nom::text FROM utilisateur u WHERE u.id = dossier_surveille.compte_id)",
    )
    .bind(collectivite)
    .bind(genre)
    .bind(compte)
    .bind(reader.user_id)
    .bind(places(reader))
    .fetch_optional(connection)
    .await
}

/// Watches a folder, or no longer; its collectivité and its kind.
pub async fn set_actif(connection: &mut PgConnection, reader: &Reader, id: i64, actif: bool) -> Result<Option<(i32, String)>, sqlx::Error> {
    sqlx::query_as("UPDATE dossier_surveille SET actif = $2 WHERE id = $1 AND collectivite_id = ANY ($3) RETURNING collectivite_id, genre")
        .bind(id)
        .bind(actif)
        .bind(places(reader))
        .fetch_optional(connection)
        .await
}
