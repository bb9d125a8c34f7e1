//! The SQL that compares what a list puts aside with what its witness finds (see `listing::Narrowed::counted_keys`).

use crate::listing::{List, Statement};
use crate::platform::db::Db;
use crate::platform::error::Result as AppResult;

/// What a staging gave: the keys put aside, and those that the witness finds.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct Staged {
    pub mises: i64,
    pub comptees: i64,
    /// The keys themselves are the same, as far as a sum of their digests tells.
    pub memes: bool,
}

impl Staged {
    /// The witness finds the same rows.
    pub fn same(&self) -> bool {
        self.memes && self.mises == self.comptees
    }

    /// How the two differ, in one sentence.
    pub fn difference(&self) -> String {
        match self.mises == self.comptees {
            true => format!("Le compte indépendant trouve aussi {} lignes, mais ce ne sont pas les mêmes.", self.comptees),
            false => format!("Le compte indépendant trouve {} lignes et la liste {}.", self.comptees, self.mises),
        }
    }
}

/// The digest of the key `cle` of `list`: in a sum, the same whatever the order.
pub(super) fn digest(list: &List, cle: &str) -> String {
    if list.is_numbered() { format!("hashint8extended({cle}::bigint, 0)") } else { format!("hashtextextended({cle}::text, 0)") }
}

/// The number of rows of the witness `counted`, and the sum of their digests.
pub(super) fn witness(list: &List, counted: &str) -> String {
    format!("SELECT count(*) AS lignes, coalesce(sum({}), 0) AS somme FROM ({counted}) t", digest(list, "t.cle"))
}

/// The same comparison without putting anything aside: what the list gives today, and what the witness finds.
pub async fn compare(db: &Db, list: &List, keys: Statement, counted: &str) -> AppResult<Staged> {
    let sql = format!(
        "WITH mises AS (SELECT count(*) AS lignes, coalesce(sum({}), 0) AS somme FROM ({}) k), temoin AS ({})
         SELECT m.lignes AS mises, t.lignes AS comptees, m.somme = t.somme AS memes FROM mises m, temoin t",
        digest(list, "k.cle"),
        keys.sql,
        witness(list, counted)
    );
    let arguments = keys.arguments()?;
    Ok(sqlx::query_as_with(sqlx::AssertSqlSafe(sql), arguments).fetch_one(db.statement()).await?)
}

/// Code and name of the communes of a file: those of its perimeter, among `codes` and of `epci` where it was asked for some.
pub async fn communes(
    db: &Db,
    perimeter: &[String],
    codes: Option<&Vec<String>>,
    epci: Option<&Vec<String>>,
) -> Result<Vec<(String, String)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT code_insee, nom FROM commune
         WHERE code_insee = ANY($1) AND ($2::text[] IS NULL OR code_insee = ANY($2)) AND ($3::text[] IS NULL OR epci_siren = ANY($3))",
    )
    .bind(perimeter)
    .bind(codes)
    .bind(epci)
    .fetch_all(db.statement())
    .await
}
