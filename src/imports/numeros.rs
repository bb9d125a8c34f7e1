//! The numbers of new rows, where files give theirs.

use sqlx::PgConnection;

use super::ecriture::Lot;
use crate::listing::{Arg, Statement};
use crate::platform::error::Result;

impl Lot<'_> {
    /// Where files give numbers themselves, those that they do not give are ours; one that a line of the lot gives too makes place for the
    /// next.
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
            let (from, to) = (statement.bind(Arg::Int(self.rangs.0)), statement.bind(Arg::Int(self.rangs.1)));
            statement.sql = format!(
                "UPDATE import_ligne l SET reference = prochain_numero({object}::text) WHERE {lines} AND l.verdict = 'nouvelle' AND l.valeurs->>'{column}' IS NULL
                   AND (l.reference IS NULL OR l.reference IN (SELECT x.valeurs->>'{column}' FROM import_ligne x
                       WHERE x.import_id = {own}::bigint AND x.rang >= {from}::bigint AND x.rang < {to}::bigint))"
            );
            if Self::run(connection, statement).await? == 0 {
                return Ok(());
            }
        }
    }
}
