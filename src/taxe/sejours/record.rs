//! A séjour as it is entered and corrected: its tax is computed night by night before it is written, and its explanation kept.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use maud::{Markup, html};
use sqlx::PgConnection;

use super::alertes;
use super::calculs::calcule;
use super::list::SEJOURS;
use super::queries::{self, Stay};
use super::taxation::{Part, Taxation};
use crate::champs::{Parent, Saisie};
use crate::comptes::Personne;
use crate::context::Context;
use crate::platform::error::Result;
use crate::records::{Computed, Draft, Field, Grid, Hooks, Live, Record, Section, Similar, Unique};
use crate::taxe::logements::LOGEMENTS;
use crate::taxe::records::next_number;
use crate::taxe::reference::COLLECTEURS_SQL;
use crate::ui::format;

/// The categories of the tariff (CGCT, art. L2333-30), as `data/categories.csv` names them: what a line of an import tells of a stay.
const CATEGORIES: &[(&str, &str, &str)] = &[
    ("1", "Palace", ""),
    ("2", "5 étoiles", ""),
    ("3", "4 étoiles", ""),
    ("4", "3 étoiles", ""),
    ("5", "2 étoiles, village de vacances 4-5 étoiles", ""),
    ("6", "1 étoile, village de vacances 1-3 étoiles, chambre d’hôtes, auberge", ""),
    ("7", "Camping 3-5 étoiles, aire de camping-cars", ""),
    ("8", "Camping 1-2 étoiles, port de plaisance", ""),
    ("9", "Sans classement", ""),
];

/// Persons of one stay at most, held by the type of its column.
pub(super) const PERSONNES_MAX: i64 = 5_000;
/// Price of a night at most, in cents: a million euros is a slip of the keyboard.
pub(super) const PRIX_MAX: i64 = 100_000_000;

const LODGINGS: Parent = Parent {
    list: &LOGEMENTS,
    by_reference: "SELECT l.id, l.reference, l.nom FROM logement l WHERE l.reference = $1 AND l.code_insee = ANY($2) \
                   UNION ALL SELECT l.id, l.reference, l.nom FROM logement l WHERE l.numero_enregistrement = $1 AND l.code_insee = ANY($2)",
    by_id: "SELECT l.id, l.reference, l.nom FROM logement l WHERE l.id = $1",
};
static PARENT: Parent = LODGINGS;

/// The record.
pub static SEJOUR: Record = Record {
    list: &SEJOURS,
    table: "sejour",
    object: "séjour",
    name: "'Séjour ' || t.reference",
    domains: &["sejours"],
    communes: "ARRAY[t.code_insee]",
    sections: &[
        Section {
            title: "Où et quand",
            about: "Une ligne par séjour (CGCT, art. L2333-34, III). Aucune identité de voyageur.",
            fields: &[
                Field::new("logement_id", "Logement", "bigint", Saisie::Fiche(&PARENT)).fixed(),
                Field::new("date_debut", "Arrivée", "date", Saisie::Jour),
                Field::new("date_fin", "Départ", "date", Saisie::Jour).hint("Le jour du départ n’est pas une nuit"),
                Field::new("collecteur", "Qui a collecté", "text", Saisie::Reference(COLLECTEURS_SQL)).fixed().preset("hote"),
                Field::new("reference", "Référence", "text", Saisie::Texte(60))
                    .optional()
                    .fixed()
                    .hint("Celle du registre ou de la plateforme ; la suite de nos numéros sinon"),
                Field::new("date_perception", "Taxe perçue le", "date", Saisie::JourPasse).optional(),
            ],
        },
        Section {
            title: "Personnes",
            about: "Les exemptions sont celles de la loi (CGCT, art. L2333-31)\u{a0}: chacun compte une fois.",
            fields: &[
                Field::new("nb_personnes", "Ont séjourné", "smallint", Saisie::Entier(1, PERSONNES_MAX)).hint("Exemptés compris"),
                Field::new("nb_mineurs", "Mineurs", "smallint", Saisie::Entier(0, PERSONNES_MAX)).or("0"),
                Field::new("nb_saisonniers", "Contrats saisonniers", "smallint", Saisie::Entier(0, PERSONNES_MAX)).or("0"),
                Field::new("nb_urgence", "Urgence ou relogement", "smallint", Saisie::Entier(0, PERSONNES_MAX)).or("0"),
                Field::new("nb_loyer_modique", "Loyer sous le seuil", "smallint", Saisie::Entier(0, PERSONNES_MAX)).or("0"),
            ],
        },
        Section {
            title: "Prix",
            about: "Exigé quand le logement est sans classement\u{a0}: la taxe est alors une part de ce prix (CGCT, art. L2333-30).",
            fields: &[Field::new("prix_nuit", "Prix de la nuit, hors taxes", "bigint", Saisie::Montant(0, PRIX_MAX))
                .optional()
                .hint("Pour tout le logement")],
        },
    ],
    computed: &[
        Computed { name: "code_insee", cast: "text", once: true, told: None },
        Computed { name: "nature_id", cast: "smallint", once: true, told: None },
        Computed { name: "categorie_id", cast: "smallint", once: false, told: Some(("Catégorie", Saisie::Choix(CATEGORIES))) },
        Computed { name: "tarif", cast: "integer", once: false, told: None },
        Computed { name: "plafond", cast: "integer", once: false, told: None },
        Computed { name: "montant_base", cast: "bigint", once: false, told: Some(("Taxe de séjour", Saisie::Montant(0, i64::MAX))) },
        Computed { name: "montant_departemental", cast: "bigint", once: false, told: Some(("Taxe additionnelle", Saisie::Montant(0, i64::MAX))) },
        Computed { name: "calcul", cast: "jsonb", once: false, told: None },
    ],
    uniques: &[Unique {
        constraint: "sejour_collecteur_reference_key",
        field: "reference",
        sentence: "Référence\u{a0}: ce collecteur a déjà un séjour sous cette référence. Cherchez-le, ou donnez-en une autre.",
    }],
    archive: None,
    fiche: None,
    grid: Some(&REGISTRE),
    hooks: &OfSejour,
    live: Some(&Live { title: "Calcul", waiting: "Le montant s’affiche dès que le logement, les dates et les personnes sont donnés." }),
    personal: false,
    dossier: true,
    creation: "Nouveau séjour",
};

/// The register that a host brings: one lodging, a line a stay.
static REGISTRE: Grid = Grid {
    title: "Saisir un registre",
    about: "Les séjours d’un logement, un par ligne, comme sur le registre du logeur (CGCT, art. L2333-34, III). La taxe de chaque ligne est celle de ses nuits.",
    shared: &["logement_id", "collecteur", "date_perception"],
    columns: &[
        ("date_debut", "Arrivée"),
        ("date_fin", "Départ"),
        ("nb_personnes", "Pers."),
        ("nb_mineurs", "Mineurs"),
        ("nb_saisonniers", "Saison."),
        ("nb_urgence", "Urgence"),
        ("nb_loyer_modique", "Loyer"),
        ("prix_nuit", "Prix/nuit"),
        ("reference", "Référence"),
    ],
    titles: &[
        ("date_debut", &["arrivee", "date d arrivee", "debut", "date debut", "date de debut", "du", "check in", "entree"]),
        ("date_fin", &["depart", "date de depart", "fin", "date fin", "date de fin", "au", "check out", "sortie"]),
        ("nb_personnes", &["pers", "personnes", "nb personnes", "nombre de personnes", "voyageurs", "occupants", "nb pers", "total personnes"]),
        ("nb_mineurs", &["mineurs", "nb mineurs", "enfants", "mineur", "moins de 18 ans"]),
        ("nb_saisonniers", &["saisonniers", "nb saisonniers", "saison"]),
        ("nb_urgence", &["urgence", "nb urgence", "relogement"]),
        ("nb_loyer_modique", &["loyer", "loyer modique", "nb loyer modique"]),
        ("prix_nuit", &["prix nuit", "prix", "prix ht", "prix de la nuit", "prix par nuit", "tarif nuit"]),
        ("reference", &["reference", "ref", "numero", "n", "code"]),
    ],
    alike: &["date_debut", "date_fin", "nb_personnes"],
    alike_why: "les mêmes dates, autant de personnes",
    amounts: &["montant_base", "montant_departemental"],
    shown_by: ("logement", "logement_id"),
};

struct OfSejour;

#[rocket::async_trait]
impl Hooks for OfSejour {
    async fn moved(&self, connection: &mut PgConnection, id: i64) -> Result<Option<(&'static str, String)>> {
        let statut: Option<String> = sqlx::query_scalar("SELECT statut FROM sejour WHERE id = $1").bind(id).fetch_optional(connection).await?;
        Ok(statut.map(|statut| ("statut", statut)))
    }

    async fn complete(&self, context: &Context, _: &Personne, draft: &mut Draft) -> Result<()> {
        let mut computed = calcule(context, std::slice::from_mut(draft)).await?;
        if let Some(one) = computed.pop() {
            if let Some(taxation) = &one.taxation {
                draft.panel = Some(panel(taxation, &one.stay, one.was, one.same));
            }
            alertes::order(draft, &one.around);
        }
        Ok(())
    }

    async fn complete_many(&self, context: &Context, _: &Personne, drafts: &mut [Draft]) -> Result<()> {
        calcule(context, drafts).await.map(|_| ())
    }

    async fn opened(&self, context: &Context, personne: &Personne, draft: &mut Draft, given: &BTreeMap<String, String>) -> Result<()> {
        alertes::collectors_first(context, personne, draft, given, PARENT.by_reference).await
    }

    async fn number(&self, connection: &mut PgConnection, draft: &mut Draft) -> Result<()> {
        if draft.value("reference").is_none() {
            draft.set("reference", Some(next_number(connection, "sejour").await?));
        }
        Ok(())
    }

    async fn similar(&self, connection: &mut PgConnection, _: &Personne, draft: &Draft) -> Result<Vec<Similar>> {
        let (Some(lodging), Some(debut)) = (draft.parsed::<i64>("logement_id"), draft.parsed::<NaiveDate>("date_debut")) else {
            return Ok(Vec::new());
        };
        let found = queries::same_stay(connection, lodging, debut, draft.parsed("date_fin"), draft.parsed("nb_personnes")).await?;
        let similar = |(id, reference): (i64, String)| Similar {
            address: format!("/sejours/{id}"),
            name: format!("Séjour {reference}"),
            why: "le même logement, les mêmes dates, autant de personnes".into(),
        };
        Ok(found.into_iter().map(similar).collect())
    }
}

fn panel(taxation: &Taxation, asked: &Stay, was: Option<i64>, same: bool) -> Markup {
    let total = taxation.base() + taxation.departemental();
    html! {
        p class="calcul-total" { "Taxe\u{a0}: " strong { (format::money(total)) } }
        @if let Some(was) = was.filter(|was| *was != total) {
            p { "Enregistré\u{a0}: " (format::money(was)) "." @if same { " Ce montant reste, tant que les dates, les personnes et le prix ne changent pas." } }
        }
        (explanation(&taxation.parts, asked.occupants, asked.assujettis))
    }
}

/// The explanation of an amount, line by line, each with its article.
pub fn explanation(parts: &[Part], occupants: i64, assujettis: i64) -> Markup {
    let nights = |count: i64| format::counted(count, "nuit", "nuits");
    let persons = |count: i64| format::counted(count, "assujetti", "assujettis");
    html! {
        ol class="explication" {
            @for part in parts {
                li {
                    p { strong { (nights(part.nuits)) } ", du " (format::date(part.debut)) " au " (format::date(part.derniere())) " (nuits comprises), catégorie " (part.categorie) "." }
                    p {
                        @if part.hors_periode { "Hors de la période de perception\u{a0}: rien n’est dû." } @else {
                        @match (&part.collectivite, part.deliberation) {
                            (Some(who), Some(when)) => { "Délibération du " (format::date(when)) ", " (who) "\u{a0}: " }
                            _ => { "Délibération inconnue aujourd’hui, tarif déjà enregistré\u{a0}: " }
                        }
                        @if let Some(cap) = part.plafond {
                            (format::rate(part.tarif)) " du prix par personne, plafonné à " (format::money(cap)) ". Prix divisé par " (format::integer(occupants)) ", soit "
                            (format::money(part.unitaire_base)) @if part.plafonne { " (plafond atteint)" } " par personne et par nuit (CGCT, art. L2333-30)."
                        } @else {
                            (format::money(part.tarif)) " par personne et par nuit (CGCT, art. L2333-30)."
                        }
                        }
                    }
                    p { (format::money(part.unitaire_base)) " × " (persons(assujettis)) " × " (nights(part.nuits)) " = " strong { (format::money(part.base)) } "." }
                    @if part.unitaire_departemental > 0 {
                        p { "Part du département" @if let Some(rate) = part.taux_departemental { ", " (format::rate(rate)) } " (CGCT, art. L3333-1)\u{a0}: " (format::money(part.unitaire_departemental)) " × " (persons(assujettis)) " × " (nights(part.nuits)) " = " strong { (format::money(part.departemental)) } "." }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CATEGORIES;

    /// The names are those that the base is loaded with.
    #[test]
    fn categories_are_named_as_the_reference_names_them() {
        let reference = include_str!("../../../data/categories.csv");
        let lines: Vec<&str> = reference.lines().skip(1).collect();
        assert_eq!(lines.len(), CATEGORIES.len());
        for ((code, label, _), line) in CATEGORIES.iter().zip(lines) {
            let (id, rest) = line.split_once(',').expect("a line of three columns");
            let (_, named) = rest.split_once(',').expect("a line of three columns");
            assert_eq!((id, named.trim_matches('"')), (*code, *label));
        }
    }
}
