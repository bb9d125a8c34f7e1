//! The headings that a collectivité answers, and what it answered.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// Characters of one answer.
pub const ANSWER_CHARS_MAX: usize = 2_000;

/// A page that the law asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Who publishes and who hosts.
    Mentions,
    /// What is done with personal data.
    Donnees,
    /// Whether everybody can use it.
    Accessibilite,
}

impl Page {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Mentions, Self::Donnees, Self::Accessibilite];

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Mentions => "Mentions légales",
            Self::Donnees => "Données personnelles",
            Self::Accessibilite => "Accessibilité",
        }
    }

    /// Its address.
    pub fn address(self) -> &'static str {
        match self {
            Self::Mentions => "/mentions-legales",
            Self::Donnees => "/donnees-personnelles",
            Self::Accessibilite => "/accessibilite",
        }
    }
}

/// A heading to answer.
pub struct Rubrique {
    /// Its name in the form and in the base.
    pub name: &'static str,
    /// Its label.
    pub label: &'static str,
    /// What to write.
    pub hint: &'static str,
    /// The page that shows it.
    pub page: Page,
    /// Several lines.
    pub long: bool,
    /// The page may stand without it.
    pub optional: bool,
}

const fn of(page: Page, name: &'static str, label: &'static str, hint: &'static str) -> Rubrique {
    Rubrique { name, label, hint, page, long: false, optional: false }
}

const fn long(rubrique: Rubrique) -> Rubrique {
    Rubrique { long: true, ..rubrique }
}

const fn optional(rubrique: Rubrique) -> Rubrique {
    Rubrique { optional: true, ..rubrique }
}

/// How far the site was found to follow the rules, as stored and as read.
pub const ETATS: [(&str, &str); 3] = [("non", "Non conforme"), ("partielle", "Partiellement conforme"), ("totale", "Totalement conforme")];

/// Name of the heading that holds one of [`ETATS`].
pub const ETAT: &str = "accessibilite_etat";
/// Headings without which nobody may say that the site conforms, even partly.
const AUDIT: [&str; 3] = ["accessibilite_auditeur", "accessibilite_date", "accessibilite_taux"];

/// Every heading, in the order of the form.
pub static RUBRIQUES: &[Rubrique] = &[
    of(Page::Mentions, "editeur", "Éditeur", "Nom de la collectivité ou de l’établissement qui publie ce site."),
    long(of(Page::Mentions, "editeur_adresse", "Adresse de l’éditeur", "Adresse postale complète.")),
    of(Page::Mentions, "editeur_telephone", "Téléphone de l’éditeur", "Numéro où un usager peut joindre la collectivité."),
    of(Page::Mentions, "editeur_courriel", "Courriel de l’éditeur", "Adresse électronique de contact."),
    of(Page::Mentions, "directeur", "Directeur ou directrice de la publication", "Prénom, nom et qualité : en général le maire ou la présidente."),
    of(Page::Mentions, "hebergeur", "Hébergeur", "Nom de l’organisme qui fait fonctionner le serveur."),
    long(of(Page::Mentions, "hebergeur_adresse", "Adresse de l’hébergeur", "Adresse postale complète.")),
    of(Page::Mentions, "hebergeur_telephone", "Téléphone de l’hébergeur", "Numéro de l’hébergeur."),
    of(Page::Donnees, "responsable", "Responsable du traitement", "La collectivité, et qui la représente."),
    of(Page::Donnees, "dpo", "Délégué à la protection des données", "Nom de la personne ou du service désigné auprès de la CNIL."),
    long(of(Page::Donnees, "dpo_contact", "Joindre le délégué", "Courriel et adresse postale pour exercer ses droits.")),
    long(of(
        Page::Donnees,
        "destinataires",
        "Destinataires",
        "Services et organismes qui reçoivent des données : comptable public, département, État…",
    )),
    long(of(
        Page::Donnees,
        "duree_taxe",
        "Conservation des données de la taxe",
        "Durée pour les séjours, les logements et les hébergeurs, fixée avec vos archives.",
    )),
    long(of(
        Page::Donnees,
        "transferts",
        "Transferts hors de l’Union européenne",
        "« Aucun » s’il n’y en a pas ; sinon vers quel pays et avec quelle garantie.",
    )),
    of(Page::Accessibilite, ETAT, "État de conformité", "Sans audit, la déclaration reste « Non conforme »."),
    optional(of(Page::Accessibilite, AUDIT[0], "Qui a fait l’audit", "Organisme ou personne.")),
    optional(of(Page::Accessibilite, AUDIT[1], "Date de l’audit", "JJ/MM/AAAA.")),
    optional(of(Page::Accessibilite, AUDIT[2], "Taux de conformité", "En pour cent, tel que l’audit le donne.")),
    optional(long(of(Page::Accessibilite, "accessibilite_defauts", "Non-conformités", "Ce que l’audit a relevé, critère par critère."))),
    optional(long(of(
        Page::Accessibilite,
        "accessibilite_derogations",
        "Dérogations pour charge disproportionnée",
        "Laissez vide s’il n’y en a pas.",
    ))),
    optional(long(of(Page::Accessibilite, "accessibilite_exemptes", "Contenus non soumis à l’obligation", "Laissez vide s’il n’y en a pas."))),
    of(Page::Accessibilite, "accessibilite_etablie", "Déclaration établie le", "JJ/MM/AAAA."),
    long(of(Page::Accessibilite, "accessibilite_contact", "Signaler une difficulté", "À qui écrire : courriel, téléphone, adresse.")),
    of(Page::Accessibilite, "accessibilite_schema", "Schéma pluriannuel", "Adresse de la page où il se lit, ou « en cours d’élaboration »."),
];

/// What a collectivité answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Textes {
    /// Its number; none when nobody knows which collectivité is meant.
    pub collectivite_id: Option<i32>,
    /// Its name.
    pub nom: String,
    /// Answers by heading; those that are missing are to be completed.
    pub valeurs: BTreeMap<String, String>,
    /// Version, 0 when nothing was ever answered.
    pub version: i32,
    /// When it was last changed.
    pub modifie_le: Option<DateTime<Utc>>,
    /// By whom.
    pub modifie_par: String,
}

impl Textes {
    /// The answer to a heading.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.valeurs.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// Headings that a page needs and that nobody answered.
    pub fn missing(&self, page: Page) -> usize {
        RUBRIQUES.iter().filter(|rubrique| rubrique.page == page && !rubrique.optional && self.get(rubrique.name).is_none()).count()
    }

    /// Code of the state of conformity: « non » unless it was said otherwise.
    pub fn etat(&self) -> &str {
        self.get(ETAT).unwrap_or(ETATS[0].0)
    }
}

/// Checks what was typed: answers by heading, or what is wrong by heading.
///
/// # Errors
/// A sentence for each heading that is to be corrected.
pub fn check(typed: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Vec<(&'static str, String)>> {
    let mut values = BTreeMap::new();
    let mut errors = Vec::new();
    for rubrique in RUBRIQUES {
        let text = typed.get(rubrique.name).map_or("", String::as_str).replace("\r\n", "\n");
        let text = text.trim();
        let control = text.chars().any(|one| one.is_control() && one != '\n');
        if text.chars().count() > ANSWER_CHARS_MAX || control {
            errors.push((
                rubrique.name,
                format!("« {} » dépasse {ANSWER_CHARS_MAX} caractères ou contient des signes illisibles. Raccourcissez-le.", rubrique.label),
            ));
        } else if rubrique.name == ETAT && !text.is_empty() && ETATS.iter().all(|(code, _)| *code != text) {
            errors.push((rubrique.name, "Choisissez l’état de conformité dans la liste.".into()));
        } else if !text.is_empty() {
            values.insert(rubrique.name.to_string(), text.to_string());
        }
    }
    let audited = AUDIT.iter().all(|name| values.contains_key(*name));
    if !audited && values.get(ETAT).is_some_and(|etat| etat != ETATS[0].0) {
        errors.push((ETAT, "Dites qui a fait l’audit, quand, et le taux trouvé ; sans audit, choisissez « Non conforme ».".into()));
    }
    if errors.is_empty() { Ok(values) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_conforms_without_an_audit() {
        let mut typed = BTreeMap::from([(ETAT.to_string(), "partielle".to_string())]);
        assert_eq!(check(&typed).expect_err("no audit")[0].0, ETAT);
        for name in AUDIT {
            typed.insert(name.into(), "x".into());
        }
        assert_eq!(check(&typed).expect("audited").len(), 4);
        typed.insert(ETAT.into(), "excellente".into());
        assert!(check(&typed).is_err());
    }

    #[test]
    fn what_is_missing_is_counted() {
        let textes = Textes::default();
        assert_eq!(textes.missing(Page::Mentions), 8);
        let valeurs = RUBRIQUES.iter().map(|rubrique| (rubrique.name.to_string(), "x".to_string())).collect();
        let whole = Textes { valeurs, ..Textes::default() };
        assert!(Page::ALL.iter().all(|page| whole.missing(*page) == 0));
    }
}
