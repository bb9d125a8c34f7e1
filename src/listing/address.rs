//! The addresses of a list, made of the names that it declares.

use std::fmt::Display;

use super::spec::List;
use crate::platform::http::Address;

/// What an address may say beside the filters.
const STATE: [&str; 6] = ["tri", "taille", "colonnes", "densite", "vue", "selection"];

impl List {
    /// Its page.
    pub fn address(&self) -> Address {
        Address::of(format!("/{}", self.name))
    }

    /// A page below it, « compte », « facettes », the key of a row.
    pub fn page(&self, end: impl Display) -> Address {
        Address::of(format!("/{}/{end}", self.name))
    }

    /// Its page under these filters, each with its value.
    pub fn asked(&self, filters: &[(&str, &dyn Display)]) -> Address {
        filters.iter().fold(self.address(), |address, (name, value)| {
            debug_assert!(self.takes(name), "{} has no parameter {name}", self.name);
            address.with(name, value)
        })
    }

    /// Whether it is asked something under `name`.
    fn takes(&self, name: &str) -> bool {
        STATE.contains(&name) || self.filters.iter().any(|filter| filter.reads(name))
    }
}
