//! Actions that another room carries out: it gets the rows that were chosen, and leads to a page of its own.

use crate::catalogue::Catalogue;
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::{Niveau, Offer, Query};
use crate::platform::error::Result;

/// Such an action, as declared. Its list is told by its name: the room that carries it out stands apart from that of the rows.
pub struct Ailleurs {
    /// Name of the list.
    pub liste: &'static str,
    /// Name in addresses.
    pub name: &'static str,
    /// « Écrire une lettre ».
    pub label: &'static str,
    /// Who may: this level on the module of the list.
    pub niveau: Niveau,
    /// What is done.
    pub suite: &'static dyn Suite,
}

/// What is done with the rows.
#[rocket::async_trait]
pub trait Suite: Send + Sync {
    /// Takes the rows of `keys`, or all those of the question; gives the address of what follows, and what is said there. The person has the level that the
    /// action asks, somewhere: which rows they may act on is for the statement that takes them.
    async fn prend(&self, context: &Context, personne: &Personne, query: &Query, keys: Option<&[i64]>) -> Result<(String, String)>;
}

impl Ailleurs {
    /// The action `name` on list `list`.
    pub fn find(catalogue: &Catalogue, list: &str, name: &str) -> Option<&'static Self> {
        catalogue.all::<Self>().find(|one| one.liste == list && one.name == name)
    }

    /// What the list shows of it.
    pub fn offer(&self) -> Offer {
        Offer { list: self.liste, name: self.name, label: self.label, niveau: self.niveau }
    }
}
