//! The numbers of new rows, where files give theirs.

use sqlx::PgConnection;

use super::ecriture::Lot;
use crate::listing::{Arg, Statement};
use crate::platform::error::Result;

impl Lot<'_> {
    /// Where files give numbers themselves, those that they do not give are ours; one that a line of the import gives too, in whichever lot,
    /// makes place for the next: what is written does not depend on where lots are cut.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn numerote(&self, connection: &mut PgConnection) -> Result<()> {
        let numero = &self.genre.numero;
        if !numero.donne {
            return Ok(());
        }
        let column = numero.colonne;
        loop {
            let mut statement = Statement::default();
            let lines = self.lignes(&mut statement, "prevue");
            let (own, object) = (statement.bind(Arg::Int(self.id)), statement.bind(Arg::Text(numero.objet.into())));
            // Stays alone may or may not have their number in a file; the index of 0089 holds those that could be drawn.
            statement.sql = format!(
                "UPDATE import_ligne l SET reference = prochain_numero({object}::text) WHERE {lines} AND l.verdict = 'nouvelle' AND l.valeurs->>'{column}' IS NULL
                   AND (l.reference IS NULL OR EXISTS (SELECT 1 FROM import_ligne x WHERE x.import_id = {own}::bigint AND x.valeurs->>'{column}' = l.reference
                       AND x.liste = 'sejours' AND x.verdict = 'nouvelle' AND x.valeurs->>'{column}' LIKE 'SAI-%'))"
            );
            if Self::run(connection, statement).await? == 0 {
                return Ok(());
            }
        }
    }
}
