//! The books of a régie de recettes, double entry: what is owed, what was cashed, and for whom. Nothing is changed nor removed: a correction
//! is an operation of the opposite sign. The base refuses an operation that does not balance, and any change of a line.

mod comptes;
mod ecritures;
mod list;

pub use comptes::{COMPTES, MOYENS};
pub use ecritures::{Du, Operation, Payeur, Solde, balance, cash, excess, lines_of, lock, open_dues, owe, rebalance, reverse, reversed_by};
pub use list::ECRITURES;
