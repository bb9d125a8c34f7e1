//! The SQL of the reasons.

use sqlx::PgConnection;

use super::model::{Ligne, OFFERED_MAX, Offert};
use crate::listing::{Module, Reader};
use crate::platform::db::Db;

/// The reasons that a person may give: the common ones and those of their collectivités, as long as they
/// are in use. Those that ask for words come last.
pub async fn offered(db: &Db, reader: &Reader) -> Result<Vec<Offert>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, statut, libelle, precision_exigee FROM motif
         WHERE actif AND (collectivite_id IS NULL OR collectivite_id = ANY($1)) ORDER BY statut, precision_exigee, libelle, id LIMIT $2",
    )
    .bind(reader.collectivites(Module::Taxe))
    .bind(OFFERED_MAX)
    .fetch_all(db.statement())
    .await
}

/// The reasons that a person sees on their page, in use or not.
pub async fn all(db: &Db, reader: &Reader) -> Result<Vec<Ligne>, sqlx::Error> {
    sqlx::query_as(
        "SELECT m.id, m.statut, m.libelle, m.precision_exigee, m.actif, c.nom::text AS collectivite
         FROM motif m LEFT JOIN collectivite c ON c.id = m.collectivite_id
         WHERE m.collectivite_id IS NULL OR m.collectivite_id = ANY($1)
         ORDER BY m.statut, m.collectivite_id IS NOT NULL, c.nom, m.precision_exigee, m.libelle LIMIT $2",
    )
    .bind(reader.collectivites(Module::Taxe))
    .bind(OFFERED_MAX)
    .fetch_all(db.statement())
    .await
}

/// The collectivités to which a person may add a reason.
pub async fn collectivites(db: &Db, reader: &Reader) -> Result<Vec<(String, String)>, sqlx::Error> {
    sqlx::query_as("SELECT id::text, nom::text FROM collectivite WHERE id = ANY($1) ORDER BY type DESC, nom")
        .bind(reader.collectivites(Module::Taxe))
        .fetch_all(db.statement())
        .await
}

/// Adds a reason; `None` when the collectivité has it already, or is not one of the person's.
pub async fn add(
    connection: &mut PgConnection,
    reader: &Reader,
    (collectivite, statut): (i32, &str),
    libelle: &str,
    precision_exigee: bool,
) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO motif (collectivite_id, statut, libelle, precision_exigee)
         SELECT c.id, $2, $3, $4 FROM collectivite c
         WHERE c.id = $1 AND c.id = ANY($5)
           AND NOT EXISTS (SELECT 1 FROM motif m WHERE m.statut = $2 AND lower(m.libelle) = lower($3) AND (m.collectivite_id IS NULL OR m.collectivite_id = $1))
         ON CONFLICT DO NOTHING RETURNING id",
    )
    .bind(collectivite)
    .bind(statut)
    .bind(libelle)
    .bind(precision_exigee)
    .bind(reader.collectivites(Module::Taxe))
    .fetch_optional(connection)
    .await
}

/// Puts a reason of the person's collectivités in use, or out of it; its label, and whether that changed
/// anything. `None`: not one of theirs.
pub async fn set_active(connection: &mut PgConnection, reader: &Reader, id: i32, active: bool) -> Result<Option<(String, bool, i32)>, sqlx::Error> {
    sqlx::query_as(
        "WITH avant AS (SELECT id, libelle, actif FROM motif WHERE id = $1 AND collectivite_id = ANY($3) FOR UPDATE)
         UPDATE motif m SET actif = $2 FROM avant a WHERE m.id = a.id RETURNING a.libelle::text, a.actif <> $2, m.collectivite_id",
    )
    .bind(id)
    .bind(active)
    .bind(reader.collectivites(Module::Taxe))
    .fetch_optional(connection)
    .await
}
