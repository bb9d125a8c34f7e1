//! The rows that a lot creates, and that its undoing removes: by a statement made of the declaration, or by what writes that kind.

use super::ecriture::Lot;
use super::ecrivain::Tranche;
use crate::listing::{Arg, Statement, within_scope};
use crate::platform::db::Write;
use crate::platform::error::Result;

impl Lot<'_> {
    fn tranche(&self) -> Tranche<'_> {
        Tranche { import: self.id, rangs: self.rangs, actor: &self.personne.actor }
    }

    /// Creates rows; gives how many, and their places.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub(super) async fn cree(&self, write: &mut Write) -> Result<(i64, Vec<String>)> {
        if let Some(ecrivain) = self.genre.ecrivain {
            return ecrivain.cree(write, &self.tranche()).await;
        }
        let connection = &mut *write.tx;
        let (record, numero) = (self.genre.record, &self.genre.numero);
        self.numerote(connection).await?;
        if let Some(sql) = self.genre.memoire {
            sqlx::query(sql).bind(self.id).bind(self.rangs.0).bind(self.rangs.1).execute(&mut *connection).await?;
        }
        let mut statement = Statement::default();
        let lines = self.lignes(&mut statement, "prevue");
        let object = statement.bind(Arg::Text(numero.objet.into()));
        let who = statement.bind(Arg::Int(self.reader.user_id));
        let columns: Vec<(&str, &str)> = record.columns().collect();
        let names = columns.iter().map(|(column, _)| *column).chain(self.genre.fixes.iter().map(|(column, _)| *column));
        let names: String = names.map(|column| format!("{column}, ")).collect();
        let value = |(column, cast): &(&str, &str)| match *column == numero.colonne {
            true => "n.numero, ".to_string(),
            false => format!("(n.valeurs->>'{column}')::{cast}, "),
        };
        let values: String = columns.iter().map(value).chain(self.genre.fixes.iter().map(|(_, value)| format!("'{value}', "))).collect();
        let given = if numero.donne {
            format!("coalesce(o.valeurs->>'{}', o.reference)", numero.colonne)
        } else {
            format!("prochain_numero({object}::text)")
        };
        // Rows take their keys in the order in which they are inserted, that of the file: the place of a row among its lot names its
        // line. A join would do, by loops: PostgreSQL believes that a common table expression is of one row.
        let sql = format!(
            "WITH neuves AS MATERIALIZED (
                 SELECT o.ligne, o.rang, o.valeurs, {given} AS numero
                 FROM (SELECT l.id AS ligne, l.rang, l.valeurs, l.reference FROM import_ligne l WHERE {lines} AND l.verdict = 'nouvelle' ORDER BY l.rang) o),
             creees AS (INSERT INTO {} ({names}modifie_par) SELECT {values}{who}::bigint FROM neuves n ORDER BY n.rang RETURNING id, {} AS numero),
             marque AS (
                 UPDATE import_ligne l SET etat = 'ecrite', cle = c.id, reference = c.numero
                 FROM (SELECT id, numero, row_number() OVER (ORDER BY id) AS place FROM creees) c
                 WHERE l.id = (SELECT array_agg(n.ligne ORDER BY n.rang) FROM neuves n)[c.place] RETURNING {} AS commune)
             SELECT (SELECT count(*) FROM creees), ARRAY(SELECT DISTINCT commune FROM marque WHERE commune IS NOT NULL)",
            record.table,
            numero.colonne,
            self.genre.place_sql()
        );
        let arguments = statement.arguments()?;
        let done: (i64, Vec<String>) = sqlx::query_as_with(sqlx::AssertSqlSafe(sql), arguments).fetch_one(&mut *connection).await?;
        if let Some(sql) = self.genre.apres.filter(|_| done.0 > 0) {
            sqlx::query(sql).bind(self.id).bind(self.rangs.0).bind(self.rangs.1).execute(connection).await?;
        }
        Ok(done)
    }

    /// Removes the rows that the import created, that nobody touched since and that nothing rests on.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub(super) async fn retire(&self, write: &mut Write) -> Result<(i64, Vec<String>)> {
        if let Some(ecrivain) = self.genre.ecrivain {
            return ecrivain.retire(write, &self.tranche()).await;
        }
        let connection = &mut *write.tx;
        let record = self.genre.record;
        let mut statement = Statement::default();
        let lines = self.lignes(&mut statement, "ecrite");
        let mine = within_scope(&mut statement, record.list, self.reader, "t.id")?;
        let sql = format!(
            "WITH retirees AS (
                 DELETE FROM {} t USING import_ligne l
                 WHERE {lines} AND l.verdict = 'nouvelle' AND t.id = l.cle AND t.version = coalesce(l.version, 0) + 1 AND {mine} AND NOT ({}) RETURNING l.id AS ligne),
             marque AS (UPDATE import_ligne l SET etat = 'defaite' FROM retirees r WHERE l.id = r.ligne RETURNING {} AS commune)
             SELECT (SELECT count(*) FROM retirees), ARRAY(SELECT DISTINCT commune FROM marque WHERE commune IS NOT NULL)",
            record.table,
            self.genre.tenue,
            self.genre.place_sql()
        );
        let arguments = statement.arguments()?;
        Ok(sqlx::query_as_with(sqlx::AssertSqlSafe(sql), arguments).fetch_one(connection).await?)
    }
}
