//! What waits for a person among the imports: those of theirs to confirm, and the changes of closed rows that they may decide.

use chrono::{DateTime, Utc};

use super::list::GENRES;
use crate::listing::{Module, Niveau, Reader};
use crate::platform::db::Db;
use crate::ui::format;

/// An import that waits for somebody.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Attente {
    /// The import.
    pub id: i64,
    /// The name of its file.
    pub nom: String,
    /// Its kind.
    pub genre: String,
    /// When it arrived.
    pub cree_le: DateTime<Utc>,
    /// Proposals to decide; none: it is to be confirmed.
    pub propositions: Option<i64>,
    /// How many wait in all, this one among them.
    pub toutes: i64,
}

impl Attente {
    /// What tells it from another of the same name: « collage.txt (Séjours, 30/11/2026 10:32) ».
    pub fn designe(&self) -> String {
        let kind = GENRES.iter().find(|(code, ..)| *code == self.genre).map(|(_, label, _)| format!("{label}, ")).unwrap_or_default();
        format!("{} ({kind}{})", self.nom, format::instant(self.cree_le))
    }
}

/// Those of a person, the last ones first.
///
/// # Errors
/// PostgreSQL failed.
pub async fn en_attente(db: &Db, reader: &Reader, most: i64) -> Result<Vec<Attente>, sqlx::Error> {
    let decides = reader.can(Module::Taxe, Niveau::Valider);
    sqlx::query_as(
        "SELECT *, count(*) OVER () AS toutes FROM (
             SELECT a.id, a.nom, a.genre, a.cree_le, NULL::bigint AS propositions FROM import a WHERE a.demandeur_id = $1 AND a.etat = 'a_confirmer' AND a.nouvelles + a.changees + a.proposees + a.absentes > 0
             UNION ALL
             SELECT a.id, a.nom, a.genre, a.cree_le, count(*) FROM import a JOIN import_ligne l ON l.import_id = a.id AND l.verdict = 'proposee' AND l.etat = 'prevue'
             WHERE $2 AND a.etat = 'termine' AND a.proposees > 0 AND (a.demandeur_id = $1 OR a.collectivite_id = ANY ($3)) GROUP BY a.id) w
         ORDER BY id DESC LIMIT $4",
    )
    .bind(reader.user_id)
    .bind(decides)
    .bind(reader.collectivites(Module::Administration))
    .bind(most)
    .fetch_all(db.statement())
    .await
}
