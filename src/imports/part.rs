//! What whoever sees an import may do of it.

use super::genre::Genre;
use super::model::Import;
use crate::comptes::Personne;
use crate::listing::{Access, Module, Niveau, Reader};

/// What is said to whoever sees that a file was loaded and may not read it.
pub const CONTENT: &str =
    "Vous voyez cet import, sans pouvoir lire ce que contient son fichier\u{a0}: il faut pouvoir lire ces fiches, partout où il a écrit.";

/// What a person who sees an import may do of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// It is theirs: they say how it is read, leave lines out, confirm.
    pub agit: bool,
    /// They may take it back, or give it up: their rights reach what it wrote. Which of its rows they do not reach is asked when they do.
    pub reprend: bool,
    /// They may load its file again, in their own name, and decide of what it proposes.
    pub saisit: bool,
    /// They may stop the work that goes on for it: they asked for it, or manage the collectivité or the installation that it works for.
    pub arrete: bool,
    /// They read what the file holds: the administration of a collectivité shows that it was loaded, not more.
    pub lit: bool,
}

impl Part {
    /// Of `personne` in an import. Whoever sees an import does not speak for the one who loaded it: what they would confirm would be
    /// written in another's name, with another's rights.
    pub fn of(personne: &Personne, import: &Import, genre: &Genre) -> Self {
        let saisit = genre.may(&personne.reader);
        let own = import.demandeur_id == personne.reader.user_id;
        let access = genre.record.list.access;
        let writer = personne.reader.at(Niveau::Saisir);
        // Of what is not written yet, the place is that of who loaded it.
        let placed =
            !import.communes.is_empty() || own || import.collectivite_id.is_some_and(|place| writer.collectivites_of(access).contains(&place));
        let reader = personne.reader.reading();
        // A row may be seen from several places: one of them is enough.
        let reached = |who: &Reader| import.communes.is_empty() || import.communes.iter().any(|place| reaches(who, access, place));
        let here = own || import.collectivite_id.is_some_and(|place| reader.collectivites_of(access).contains(&place));
        let asker = if import.etat == "annulation" { import.annule_par.unwrap_or(import.demandeur_id) } else { import.demandeur_id };
        let manager = personne.reader.at(Niveau::Gerer);
        let managed = manager.collectivites(Module::Administration);
        Self {
            agit: saisit && own,
            reprend: saisit && (genre.de_tous() || placed && reached(&writer)),
            saisit,
            arrete: personne.reader.exploitant
                || asker == personne.reader.user_id
                || import.collectivite_id.is_some_and(|place| managed.contains(&place)),
            lit: genre.de_tous() && saisit || here && reader.may(access) && reached(&reader),
        }
    }
}

/// Whether `reader` goes to a place that an import wrote in: a commune, or « c: » and the number of a collectivité.
fn reaches(reader: &Reader, access: Access, place: &String) -> bool {
    match place.strip_prefix("c:").map(str::parse) {
        Some(Ok(id)) => reader.collectivites_of(access).contains(&id),
        Some(Err(_)) => false,
        None => reader.communes_of(access).contains(place),
    }
}
