//! The keys that a line of the journal may hold, with their words.

use super::codes::{DONE, FACTORS, LINKS, MAILS, NOTES, PIECES, REFUSED, WAYS};

/// How the value of a key of a detail is told.
pub(super) enum Show {
    /// As it is.
    Text,
    /// A number.
    Number,
    /// Yes or no.
    YesNo,
    /// The title of a list.
    List,
    /// A format of files.
    Format,
    /// A role.
    Role,
    /// One or several collectivités.
    Collectivite,
    /// The state of an action on many rows.
    State,
    /// A word of ours, told by another.
    Word(&'static [(&'static str, &'static str)]),
    /// Not told.
    Never,
}

/// The keys that rooms put in the detail of a line. `tests/it/journal.rs` holds every room to it.
pub(super) const KEYS: &[(&str, &str, Show)] = &[
    ("second_facteur", "Second facteur", Show::Text),
    ("nom", "Nom", Show::Text),
    ("courriel", "Courriel de connexion", Show::Text),
    ("retablies", "Lignes rétablies", Show::Number),
    ("modifiees", "Lignes modifiées", Show::Number),
    ("motif", "Motif", Show::Text),
    ("liste", "Liste", Show::List),
    ("collectivite", "Partage", Show::Collectivite),
    ("collectivites", "Collectivités", Show::Collectivite),
    ("defaut", "Vue par défaut", Show::YesNo),
    ("suppression", "Suppression", Show::YesNo),
    ("retablissement", "Rétablissement", Show::YesNo),
    ("role", "Rôle", Show::Role),
    ("droits", "Droits", Show::Text),
    ("deux_personnes", "Deux personnes", Show::YesNo),
    ("module", "Module", Show::Text),
    ("actif", "Compte actif", Show::YesNo),
    ("lien", "Lien remis", Show::Word(LINKS)),
    ("envoi", "Courriel", Show::Word(MAILS)),
    ("par", "Par", Show::Word(WAYS)),
    ("identite", "Identité", Show::Text),
    ("identite_exigee", "Fournisseur d’identité exigé", Show::YesNo),
    ("facteur", "Second facteur", Show::Word(FACTORS)),
    ("action", "Fait", Show::Word(DONE)),
    ("filtres", "Filtres", Show::Text),
    ("format", "Format", Show::Format),
    ("personnel", "Données personnelles", Show::YesNo),
    ("note", "Note", Show::Word(NOTES)),
    ("piece", "Pièce jointe", Show::Word(PIECES)),
    ("lignes", "Lignes lues", Show::Number),
    ("colonnes", "Colonnes", Show::Text),
    ("jeton", "Jeton", Show::Text),
    ("fichier", "Fichier", Show::Text),
    ("partie", "Partie du fichier", Show::Text),
    ("ailleurs", "D’autres lieux aussi", Show::YesNo),
    ("sha256", "Empreinte (SHA-256)", Show::Text),
    ("ecart", "Écart constaté", Show::Text),
    ("suspendu", "Suspension", Show::YesNo),
    ("precision", "Précision", Show::Text),
    ("vue", "Vue", Show::Text),
    ("quand", "Quand", Show::Text),
    ("garder", "Fichiers gardés", Show::Number),
    ("etat", "État", Show::State),
    ("confirmees", "Lignes confirmées", Show::Number),
    ("deja", "Déjà à cette valeur", Show::Number),
    ("refusees", "Lignes laissées", Show::Number),
    ("modifiees_entre_temps", "Modifiées entre-temps par d’autres", Show::Number),
    ("arrivees_depuis", "Arrivées depuis", Show::Number),
    ("laissees", "Lignes laissées", Show::Number),
    ("simultanees", "Grandes lectures simultanées", Show::Number),
    ("age_max_min", "Âge de la plus ancienne lecture, en minutes", Show::Number),
    ("lignes_mortes", "Lignes mortes au plus", Show::Number),
    ("cause", "Cause", Show::Text),
    ("nombre", "Travaux", Show::Number),
    ("planification", "Planification", Show::Text),
    ("rubriques", "Rubriques changées", Show::Text),
    ("libelle", "Motif", Show::Text),
    ("pour", "Pour le statut", Show::Text),
    ("propose", "Proposé", Show::YesNo),
    ("absorbe", "Fiche absorbée", Show::Text),
    ("fusionne_dans", "Fusionnée dans", Show::Text),
    ("logements", "Logements rattachés", Show::Number),
    ("defaite", "Fusion annulée", Show::YesNo),
    ("fermeture", "Fermeture", Show::Text),
    ("collecte", "Collecteur", Show::Text),
    ("logement_cede", "Logement cédé", Show::Text),
    ("logement_repris", "Logement repris", Show::Text),
    ("changement_le", "À compter du", Show::Text),
    ("motif_changement", "Motif", Show::Text),
    ("changement_defait", "Changement d’hébergeur annulé", Show::YesNo),
    ("page", "Page demandée", Show::Text),
    ("reponse", "Réponse", Show::Word(REFUSED)),
    // Told otherwise, or numbers and names that only the base knows.
    ("requete", "", Show::Never),
    ("champ", "", Show::Never),
    ("valeur", "", Show::Never),
    ("fin", "", Show::Never),
    ("avant", "", Show::Never),
    ("apres", "", Show::Never),
    ("demandeur_id", "", Show::Never),
    ("programme", "", Show::Never),
    ("travail", "", Show::Never),
    ("noms", "", Show::Never),
];
