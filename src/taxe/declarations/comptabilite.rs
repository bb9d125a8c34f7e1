//! What a declaration writes in the books: what it owes when it is deposited, the difference when it is corrected, the contrary when its
//! deposit is taken back.

use chrono::NaiveDate;

use super::model::Declaration;
use crate::listing::Reader;
use crate::platform::db::Write;
use crate::taxe::regie::{self, Operation, Payeur};

/// Whose accounts a declaration is of.
pub fn payeur(declaration: &Declaration) -> Payeur<'_> {
    Payeur { hebergeur: declaration.hebergeur_id, collecteur: &declaration.collecteur }
}

/// Why a declaration owes more, or less.
#[derive(Clone, Copy)]
pub struct Cause<'a> {
    /// The kind of operation, and its words.
    pub genre: &'static str,
    pub words: &'a str,
    pub motif: Option<&'a str>,
}

/// Writes that a declaration owes so much more, or less, tax and additional tax in cents; then what was in excess pays what is owed.
pub async fn owe(
    write: &mut Write,
    declaration: &Declaration,
    cause: Cause<'_>,
    cents: (i64, i64),
    (jour, par): (NaiveDate, i64),
) -> Result<(), sqlx::Error> {
    let collectivite = declaration.collectivite_id;
    regie::lock(&mut write.tx, collectivite).await?;
    let libelle = format!("{}, {}", cause.words, declaration.numero);
    let operation = Operation { collectivite, genre: cause.genre, jour, libelle: &libelle, motif: cause.motif, par: Some(par) };
    regie::owe(&mut write.tx, &operation, payeur(declaration), declaration.id, cents).await?;
    let libelle = format!("Imputation après {}", declaration.numero);
    regie::rebalance(&mut write.tx, &Operation { libelle: &libelle, motif: None, ..operation }, payeur(declaration)).await?;
    write.touch("regie", &Reader::place(collectivite.into()));
    Ok(())
}
