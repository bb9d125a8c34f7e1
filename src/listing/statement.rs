//! A statement and its values. Only constants of the declarations enter the text; every value of a person is bound.

use chrono::NaiveDate;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{Arguments, AssertSqlSafe, Postgres};

use super::spec::{Branching, List, Reader};
use crate::platform::error::{Error, Result};

/// A bound value.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg {
    /// Text.
    Text(String),
    /// Integer.
    Int(i64),
    /// Day.
    Date(NaiveDate),
    /// Texts.
    Texts(Vec<String>),
    /// Integers.
    Ints(Vec<i64>),
}

/// A statement with its values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statement {
    /// The text, with `$1`…
    pub sql: String,
    /// The values.
    pub args: Vec<Arg>,
}

impl Statement {
    /// Binds a value, returns its placeholder.
    pub fn bind(&mut self, arg: Arg) -> String {
        if let Some(known) = self.args.iter().position(|bound| *bound == arg) {
            return format!("${}", known + 1);
        }
        self.args.push(arg);
        format!("${}", self.args.len())
    }

    /// The same values under the text `sql`.
    pub(super) fn saying(self, sql: String) -> Self {
        Self { sql, ..self }
    }

    /// Rights as one condition on `b`.
    pub(super) fn condition(&mut self, branching: &Branching) -> String {
        match branching {
            Branching::All => "true".into(),
            Branching::Texts(column, values) => format!("{column} = ANY({}::text[])", self.bind(Arg::Texts(values.clone()))),
            Branching::Ints(column, values) => format!("{column} = ANY({}::bigint[])", self.bind(Arg::Ints(values.clone()))),
            Branching::Where(condition, values) => self.meeting(condition, values),
            Branching::Both(rows, condition, values) => format!("{} AND {}", self.condition(rows), self.meeting(condition, values)),
        }
    }

    /// A condition in which `{}` stands for the integers.
    pub(super) fn meeting(&mut self, condition: &str, values: &[i64]) -> String {
        condition.replace("{}", &format!("{}::bigint[]", self.bind(Arg::Ints(values.to_vec()))))
    }

    /// The statement, ready to be run.
    ///
    /// # Errors
    /// A value cannot be encoded.
    pub fn query(self) -> Result<Query<'static, Postgres, PgArguments>> {
        let arguments = self.arguments()?;
        Ok(sqlx::query_with(AssertSqlSafe(self.sql), arguments))
    }

    /// The values as sqlx takes them.
    ///
    /// # Errors
    /// A value cannot be encoded.
    pub fn arguments(&self) -> Result<PgArguments> {
        let mut arguments = PgArguments::default();
        for arg in &self.args {
            let added = match arg {
                Arg::Text(text) => arguments.add(text),
                Arg::Int(number) => arguments.add(number),
                Arg::Date(day) => arguments.add(day),
                Arg::Texts(texts) => arguments.add(texts),
                Arg::Ints(numbers) => arguments.add(numbers),
            };
            added.map_err(|error| Error::Internal(error.to_string()))?;
        }
        Ok(arguments)
    }
}

/// The condition that the row whose key is `key` belongs to the rows of `list` that `reader` may see:
/// the same scope as the list, for the statements of rooms that change them.
///
/// # Errors
/// None today; the scope may one day be refused.
pub fn within_scope(statement: &mut Statement, list: &'static List, reader: &Reader, key: &str) -> Result<String> {
    let rights = statement.condition(&list.branches(reader));
    Ok(format!("EXISTS (SELECT 1 FROM {} b WHERE {} = {key} AND {rights})", list.table, list.id.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_a_placeholder() {
        let mut statement = Statement::default();
        assert_eq!(statement.bind(Arg::Int(1)), "$1");
        assert_eq!(statement.bind(Arg::Text("a".into())), "$2");
        assert_eq!(statement.bind(Arg::Int(1)), "$1");
    }
}
