//! Words of ours that lines of the journal hold, as they are told.

use serde_json::Value;

pub(super) const LINKS: &[(&str, &str)] = &[
    ("invitation", "pour choisir un premier mot de passe"),
    ("renouvellement", "pour changer de mot de passe"),
    ("oubli", "pour un mot de passe oublié"),
];
pub(super) const DONE: &[(&str, &str)] = &[
    ("limites", "limites changées"),
    ("écart", "travaux écartés"),
    ("reprise", "reprise"),
    ("pause", "mise en pause"),
    ("réglage", "horaire changé"),
    ("réglage d’origine", "horaire d’origine rétabli"),
    ("controle des exports", "contrôle des exports demandé"),
];
pub(super) const FACTORS: &[(&str, &str)] =
    &[("application", "code de l’application"), ("secours", "code de secours"), ("externe", "fournisseur d’identité")];
pub(super) const MAILS: &[(&str, &str)] = &[
    ("demande", "envoi demandé"),
    ("oubli", "nouveau mot de passe demandé depuis la page de connexion"),
    ("envoye", "envoyé"),
    ("refuse", "refusé par le serveur de messagerie"),
    ("abandonne", "pas parti, après plusieurs essais"),
];
pub(super) const REFUSED: &[(&str, &str)] =
    &[("interdit", "refusée, ses droits n’y suffisent pas"), ("introuvable", "introuvable, ou hors de son périmètre")];
pub(super) const WAYS: &[(&str, &str)] = &[("lien", "un lien à usage unique"), ("identité", "le fournisseur d’identité")];
pub(super) const NOTES: &[(&str, &str)] = &[("ajout", "écrite"), ("correction", "corrigée"), ("retrait", "retirée"), ("retablissement", "rétablie")];
pub(super) const PIECES: &[(&str, &str)] = &[("ajout", "ajoutée"), ("retrait", "retirée"), ("retablissement", "rétablie")];

/// What a line about a row says of its notes and files: « Note corrigée », « Pièce jointe ajoutée : « bail.pdf » ».
pub fn added(detail: &Value) -> Option<String> {
    let told = |key: &str, words: &[(&str, &str)]| {
        let code = detail.get(key)?.as_str()?;
        words.iter().find(|(known, _)| *known == code).map(|(_, words)| (*words).to_string())
    };
    let note = told("note", NOTES).map(|words| format!("Note {words}"));
    note.or_else(|| {
        let words = told("piece", PIECES)?;
        Some(format!("Pièce jointe {words} : « {} »", detail["fichier"].as_str().unwrap_or_default()))
    })
}
