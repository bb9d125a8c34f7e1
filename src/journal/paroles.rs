//! Words of ours that lines of the journal hold, as they are told.

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
