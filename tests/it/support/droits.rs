//! The rights of the ready-made roles, written again by hand: what the base gives is held to them.

use std::sync::Arc;

use gardel::comptes::Role;
use gardel::listing::{Droits, List, Module, Niveau, Perimeter, Reader};

/// What `role` gives in each collectivité.
pub fn levels(role: Role) -> Vec<(Module, Niveau)> {
    match role {
        Role::Agent => vec![(Module::Taxe, Niveau::Valider), (Module::Pilotage, Niveau::Lire)],
        Role::Administrateur => Module::ALL.map(|module| (module, Niveau::Gerer)).to_vec(),
        Role::SurMesure | Role::Exploitant => Vec::new(),
    }
}

/// Somebody of `role` in these communes and collectivités.
pub fn reader(user_id: i64, role: Role, communes: Vec<String>, collectivites: Vec<i32>) -> Reader {
    if role == Role::Exploitant {
        return Reader::exploitant(user_id);
    }
    Reader::new(user_id, Arc::new(Droits::over(&levels(role), &Perimeter { communes, collectivites })))
}

/// Whether `list` opens to `role`.
pub fn opens(list: &List, role: Role) -> bool {
    reader(0, role, vec!["97113".into()], vec![1]).may(list.access)
}
