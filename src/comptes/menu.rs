//! The menu of a person: the rooms that their rights open.

use crate::listing::{Access, Module, Niveau, Reader};
use crate::ui::layout::{Group, MenuEntry, Waiting};

/// The rooms that the rights of a person open, each under what they come for.
pub(super) fn menu(reader: &Reader) -> Vec<MenuEntry> {
    let entry = |group, label, href, icon| MenuEntry { label, href, icon, group, waiting: None };
    let counted = |what, entry| MenuEntry { waiting: Some(what), ..entry };
    let mut menu = vec![entry(Group::Top, "Accueil", "/", "house")];
    if reader.can(Module::Taxe, Niveau::Lire) {
        menu.push(counted(Waiting::Stays, entry(Group::Work, "Séjours", "/sejours", "calendar")));
        menu.push(entry(Group::Work, "Logements", "/logements", "bed"));
        menu.push(entry(Group::Work, "Hébergeurs", "/hebergeurs", "users"));
    }
    menu.push(entry(Group::Work, "Communes", "/communes", "map-pin"));
    menu.push(entry(Group::Work, "Vues", "/vues", "bookmark"));
    if reader.may(Access::Habilites) {
        menu.push(entry(Group::Follow, "Actions", "/actions", "list"));
    }
    menu.push(entry(Group::Follow, "Exports", "/exports", "download"));
    menu.push(counted(Waiting::Jobs, entry(Group::Follow, "Travaux", "/travaux", "activity")));
    if reader.exploitant {
        menu.push(entry(Group::Run, "Files et ouvriers", "/travaux/files", "monitor"));
        menu.push(entry(Group::Run, "Planifications", "/travaux/planifications", "clock"));
    }
    let (manages, sets) = (reader.can(Module::Administration, Niveau::Gerer), reader.can(Module::Taxe, Niveau::Gerer));
    if manages {
        menu.push(entry(Group::Run, "Utilisateurs", "/utilisateurs", "user"));
    }
    if sets {
        menu.push(entry(Group::Run, "Motifs", "/motifs", "circle-help"));
    }
    if manages || sets {
        menu.push(entry(Group::Run, "Validation", "/deux-personnes", "check"));
    }
    if reader.can(Module::Administration, Niveau::Lire) {
        menu.push(entry(Group::Run, "Journal", "/journal", "history"));
    }
    if manages {
        menu.push(entry(Group::Run, "Textes légaux", "/textes", "file-text"));
    }
    menu
}
