//! The way back of rows that several imports wrote, one after the other: each is taken back in the order that people choose, and a row
//! that is left says why.

use sqlx::PgConnection;

use super::ecriture::{Lot, changees};
use crate::listing::{Arg, Statement, within_scope};
use crate::platform::error::Result;

/// The version at which a line left its row: the one that it was checked against, and one more; a row that it created began at one.
const LAISSEE: &str = "coalesce(l.version, 0) + 1";

/// Keeps in `avant` of the lines that meet `which` who entered their rows so far.
pub(super) fn auteurs(column: &str, table: &str, which: &str) -> String {
    format!(
        "UPDATE import_ligne l SET avant = coalesce(l.avant, '{{}}') || jsonb_build_object('{column}', to_jsonb(t.{column})) FROM {table} t WHERE t.id = l.cle AND {which}"
    )
}

impl Lot<'_> {
    /// Lines that an undoing of before left: it is their turn again, and what was said of them is no longer so.
    pub(super) async fn reprend_les_gardees(&self, connection: &mut PgConnection) -> Result<()> {
        let mut statement = Statement::default();
        let lines = self.lignes(&mut statement, "gardee");
        statement.sql = format!(
            "WITH reprises AS (UPDATE import_ligne l SET etat = 'ecrite', motif = NULL WHERE {lines} RETURNING l.import_id, l.rang)
             DELETE FROM import_anomalie x USING reprises r WHERE x.import_id = r.import_id AND x.rang = r.rang AND x.code = 'ETA-02'"
        );
        Self::run(connection, statement).await.map(|_| ())
    }

    /// Rows whose status the person who takes back may not give back alone: they are left to another.
    pub(super) async fn a_deux(&self, connection: &mut PgConnection) -> Result<()> {
        let Some(statut) = self.genre.statut else { return Ok(()) };
        let mut statement = Statement::default();
        let lines = self.lignes(&mut statement, "ecrite");
        let who = statement.bind(Arg::Int(self.reader.user_id));
        let alone = statut.seul.replace("{}", &format!("{who}::bigint"));
        let which = format!(
            "{lines} AND {} AND l.avant ? '{}' AND EXISTS (SELECT 1 FROM {} t WHERE t.id = l.cle AND t.version = {LAISSEE} AND {alone})",
            changees("ecrite"),
            statut.colonne,
            self.genre.record.table
        );
        self.ecarte(connection, &mut statement, &which, statut.phrase, "gardee").await.map(|_| ())
    }

    /// Keeps with each line who had entered its row, before it is changed: the row notes by itself whoever changes it.
    pub(super) async fn retient_auteurs(&self, connection: &mut PgConnection) -> Result<()> {
        let Some(statut) = self.genre.statut else { return Ok(()) };
        let mut statement = Statement::default();
        let lines = self.lignes(&mut statement, "prevue");
        statement.sql = auteurs(statut.auteurs, self.genre.record.table, &format!("{lines} AND {}", changees("prevue")));
        Self::run(connection, statement).await.map(|_| ())
    }

    /// Gives them back to the rows of the lines that this lot took back, by a function of the base: they are nobody’s to write.
    pub(super) async fn rend_les_auteurs(&self, connection: &mut PgConnection) -> Result<()> {
        let Some(statut) = self.genre.statut else { return Ok(()) };
        sqlx::query(statut.rend_auteurs).bind(self.id).bind(self.rangs.0).bind(self.rangs.1).execute(connection).await?;
        Ok(())
    }

    /// A row that this lot put back is again as an earlier import left it: the line of that one knows it under its new version.
    pub(super) async fn rend_les_versions(&self, connection: &mut PgConnection) -> Result<()> {
        let mut statement = Statement::default();
        let lines = self.lignes(&mut statement, "defaite");
        statement.sql = format!(
            // Row by row, by their keys: joined whole, an index that PostgreSQL believes empty would be read whole for each of them.
            "WITH rendues AS MATERIALIZED (SELECT l.id, l.liste, l.cle, l.version FROM import_ligne l WHERE {lines} AND {}),
             sues AS MATERIALIZED (
                 SELECT p.id, r.version + 1 AS version FROM rendues r CROSS JOIN LATERAL (
                     SELECT p.id FROM import_ligne p WHERE p.liste = r.liste AND p.cle = r.cle AND p.id <> r.id AND p.etat IN ('ecrite', 'gardee')
                       AND p.verdict IN ('nouvelle', 'changee', 'absente', 'proposee') AND coalesce(p.version, 0) + 1 = r.version OFFSET 0) p)
             UPDATE import_ligne p SET version = s.version FROM sues s WHERE p.id = s.id",
            changees("ecrite")
        );
        Self::run(connection, statement).await.map(|_| ())
    }

    /// Says of each row that stays what holds it: another import by its number, a person, what rests on it. What writes rows by itself
    /// says it by itself.
    pub(super) async fn dit_pourquoi(&self, connection: &mut PgConnection) -> Result<()> {
        let record = self.genre.record;
        if self.genre.ecrivain.is_some() {
            return Ok(());
        }
        let mut statement = Statement::default();
        let lines = self.lignes(&mut statement, "ecrite");
        let mine = within_scope(&mut statement, record.list, self.reader, "t.id")?;
        statement.sql = format!(
            "UPDATE import_ligne l SET etat = 'gardee', motif = CASE
                 WHEN t.id IS NULL THEN 'La fiche n’existe plus.'
                 WHEN ({mine}) IS NOT TRUE THEN 'La fiche n’est plus de votre périmètre\u{a0}: elle reste comme elle est.'
                 WHEN t.version <> {LAISSEE} THEN coalesce(
                     (SELECT 'La fiche a été changée depuis par l’import n°\u{a0}' || p.import_id || '\u{a0}: elle reste comme elle est. Annulez d’abord celui-là, puis reprenez cette annulation.'
                      FROM import_ligne p WHERE p.liste = l.liste AND p.cle = l.cle AND p.id <> l.id AND p.etat IN ('ecrite', 'gardee')
                        AND p.verdict IN ('changee', 'absente', 'proposee') AND p.version + 1 = t.version ORDER BY p.import_id DESC LIMIT 1),
                     'La fiche a été modifiée depuis, ailleurs que par un import\u{a0}: elle reste comme elle est.')
                 WHEN l.verdict = 'nouvelle' THEN 'Autre chose s’appuie sur cette fiche depuis l’import\u{a0}: elle reste.'
                 ELSE 'La fiche reste comme elle est.' END
             FROM import_ligne o LEFT JOIN {} t ON t.id = o.cle
             WHERE o.id = l.id AND {lines} AND (l.verdict = 'nouvelle' OR {})",
            record.table,
            changees("ecrite")
        );
        Self::run(connection, statement).await.map(|_| ())
    }
}
