//! Templates and letters as they are typed: a template is checked before it is kept, a letter gets what became of it.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::genres::{self, GENRES, Maison};
use super::list::{LETTRES, MODELES};
use super::sources::Connues;
use crate::champs::Saisie;
use crate::comptes::Personne;
use crate::context::Context;
use crate::platform::error::Result;
use crate::records::{Computed, Draft, Field, Hooks, Record, Section, Unique};

/// Yes or no, as forms offer it.
const OUI_NON: &[(&str, &str, &str)] = &[("false", "Non", ""), ("true", "Oui", "")];
/// Characters of the body of a template, as its CHECK has them.
const CORPS_MAX: usize = 20_000;

/// Every record of the room.
pub static RECORDS: &[&Record] = &[&MODELE, &LETTRE];

/// A template.
pub static MODELE: Record = Record {
    list: &MODELES,
    table: "lettre_modele",
    object: "modèle",
    name: "t.nom",
    domains: &["lettres"],
    communes: "ARRAY['c:' || t.collectivite_id]",
    sections: &[
        Section {
            title: "Le modèle",
            about: "",
            fields: &[
                Field::new("collectivite_id", "Collectivité", "integer", Saisie::Collectivite).fixed(),
                Field::new("nom", "Nom", "text", Saisie::Texte(80)),
                Field::new("genre", "Genre", "text", Saisie::Choix(GENRES)).hint("Il dit ce que la loi veut y trouver"),
                Field::new("recommande", "En recommandé avec avis de réception", "boolean", Saisie::Choix(OUI_NON)).preset("false"),
                Field::new("par_courriel", "Peut partir par courriel", "boolean", Saisie::Choix(OUI_NON)).preset("false"),
            ],
        },
        Section {
            title: "Le texte",
            about: "Une ligne par paragraphe. Les variables s’écrivent entre doubles accolades\u{a0}: {{ hebergeur.nom }}\u{202f}; ce que vous saisirez à chaque envoi commence par «\u{a0}saisie.\u{a0}»\u{a0}: {{ saisie.echeance }}. L’aide les donne toutes, avec les titres (#), les listes (-), les tableaux (|) et la signature (>).",
            fields: &[Field::new("objet", "Objet", "text", Saisie::Texte(300)), Field::new("corps", "Texte", "text", Saisie::TexteLong(CORPS_MAX))],
        },
    ],
    computed: &[Computed { name: "archive_le", cast: "date", once: false, told: Some(("Archivé le", Saisie::JourPasse)) }],
    uniques: &[Unique {
        constraint: "lettre_modele_nom_key",
        field: "nom",
        sentence: "Nom\u{a0}: votre collectivité a déjà un modèle de ce nom. Donnez-en un autre.",
    }],
    archive: Some("archive_le"),
    fiche: None,
    grid: None,
    hooks: &OfModele,
    live: None,
    personal: false,
    dossier: false,
    creation: "Nouveau modèle",
};

struct OfModele;

#[rocket::async_trait]
impl Hooks for OfModele {
    async fn complete(&self, context: &Context, _: &Personne, draft: &mut Draft) -> Result<()> {
        let (Some(genre), Some(objet), Some(corps)) = (draft.value("genre"), draft.value("objet"), draft.value("corps")) else { return Ok(()) };
        let found = genres::verifie(genre, objet, corps, &Connues::de(&context.catalogue));
        for (field, faute) in found {
            let label = if field == "objet" { "Objet" } else { "Texte" };
            draft.wrong(field, format!("{label}, {}", faute.phrase()));
        }
        Ok(())
    }

    async fn opened(&self, _: &Context, _: &Personne, draft: &mut Draft, given: &BTreeMap<String, String>) -> Result<()> {
        if let Some(maison) = given.get("genre").and_then(|genre| Maison::de(genre)) {
            let (objet, corps) = maison.textes();
            let typed = [
                ("nom", maison.nom),
                ("objet", objet),
                ("corps", corps),
                ("recommande", if maison.recommande { "true" } else { "false" }),
                ("par_courriel", if maison.par_courriel { "true" } else { "false" }),
            ];
            for (field, text) in typed {
                if draft.typed.get(field).is_none_or(|known| known.is_empty() || field.starts_with("recommande") || field.starts_with("par_")) {
                    draft.typed.insert(field, text.into());
                }
            }
        }
        Ok(())
    }
}

/// A letter that was written: what became of it.
pub static LETTRE: Record = Record {
    list: &LETTRES,
    table: "lettre",
    object: "lettre",
    name: "t.reference",
    domains: &["lettres"],
    communes: "ARRAY['c:' || t.collectivite_id]",
    sections: &[
        Section {
            title: "Le départ",
            about: "",
            fields: &[
                Field::new("imprimee_le", "Imprimée le", "date", Saisie::JourPasse).optional(),
                Field::new("envoyee_le", "Envoyée le", "date", Saisie::JourPasse).optional(),
                Field::new("numero_lrar", "N° de recommandé", "text", Saisie::Texte(30)).optional().hint("Celui de l’avis de réception"),
            ],
        },
        Section {
            title: "Le retour",
            about: "Les délais d’une mise en demeure courent du jour où elle est reçue (CGCT, art. L2333-38).",
            fields: &[
                Field::new("distribuee_le", "Distribuée le", "date", Saisie::JourPasse).optional(),
                Field::new("retournee_le", "Retournée le", "date", Saisie::JourPasse).optional(),
                Field::new("retour_motif", "Motif du retour", "text", Saisie::Texte(120))
                    .optional()
                    .hint("Pli avisé et non réclamé, inconnu à l’adresse…"),
            ],
        },
        Section {
            title: "La réponse",
            about: "Les observations de l’hébergeur se joignent à la lettre, dans ses pièces.",
            fields: &[
                Field::new("reponse_le", "Réponse reçue le", "date", Saisie::JourPasse).optional(),
                Field::new("reponse", "Ce qu’elle dit", "text", Saisie::TexteLong(2_000)).optional(),
            ],
        },
    ],
    computed: &[],
    uniques: &[],
    archive: None,
    fiche: None,
    grid: None,
    hooks: &OfLettre,
    live: None,
    personal: true,
    dossier: true,
    creation: "",
};

struct OfLettre;

#[rocket::async_trait]
impl Hooks for OfLettre {
    async fn complete(&self, _: &Context, _: &Personne, draft: &mut Draft) -> Result<()> {
        let day = |column: &str| draft.parsed::<NaiveDate>(column);
        let (sent, given, back, answered) = (day("envoyee_le"), day("distribuee_le"), day("retournee_le"), day("reponse_le"));
        let before = |one: Option<NaiveDate>, other: Option<NaiveDate>| one.zip(other).is_some_and(|(one, other)| one < other);
        let mut wrong = Vec::new();
        if before(sent, day("imprimee_le")) {
            wrong.push(("envoyee_le", "Envoyée le\u{a0}: ce jour vient avant celui de l’impression. Vérifiez les deux."));
        }
        if given.is_some() && back.is_some() {
            wrong.push(("retournee_le", "Retournée le\u{a0}: cette lettre a déjà un jour de distribution. Gardez l’un des deux."));
        }
        if before(given, sent) {
            wrong.push(("distribuee_le", "Distribuée le\u{a0}: ce jour vient avant celui de l’envoi. Vérifiez les deux."));
        }
        if before(back, sent) {
            wrong.push(("retournee_le", "Retournée le\u{a0}: ce jour vient avant celui de l’envoi. Vérifiez les deux."));
        }
        if draft.value("retour_motif").is_some() && back.is_none() {
            wrong.push(("retournee_le", "Retournée le\u{a0}: donnez le jour du retour, puisqu’il a un motif."));
        }
        if draft.value("reponse").is_some() && answered.is_none() && draft.fault("reponse_le").is_none() {
            wrong.push(("reponse_le", "Réponse reçue le\u{a0}: donnez le jour de cette réponse."));
        }
        for (field, sentence) in wrong {
            draft.wrong(field, sentence);
        }
        Ok(())
    }
}
