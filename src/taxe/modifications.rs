//! What agents correct daily, one row at a time or many at once. None of these fields enters the
//! arithmetic of a stay already declared: its tariff and amount were fixed with it.

use super::hebergeurs::HEBERGEURS;
use super::logements::{ACTIFS, LOGEMENTS};
use super::reference::NATURES_SQL;
use super::sejours::{SEJOURS, STATUTS};
use crate::actions::{BulkAction, Past};
use crate::champs::{Apart, Champ, Saisie};
use crate::listing::{List, Niveau};

/// Largest number of persons in a lodging, held by its CHECK.
const CAPACITE_MAX: i64 = 5_000;

/// Why a lodging whose host is archived is not let again.
pub(super) const HOTE_ARCHIVE: &str =
    "En location\u{a0}: la fiche de l’hébergeur est archivée. Remettez-la en activité d’abord, ou donnez le logement à un autre hébergeur.";
static REMIS: Apart = Apart {
    values: &["true"],
    sql: "({t}.actif IS NOT TRUE AND EXISTS (SELECT 1 FROM hebergeur a WHERE a.id = {t}.hebergeur_id AND a.archive_le IS NOT NULL))",
    asked: "true",
    sentence: HOTE_ARCHIVE,
    held: "Retiré, hébergeur archivé",
    left: "Un logement dont l’hébergeur est archivé reste retiré\u{a0}: remettez d’abord la fiche de l’hébergeur en activité.",
};

/// A field whose row belongs to one commune.
const fn of_commune(
    list: &'static List,
    (table, object): (&'static str, &'static str),
    column: &'static str,
    (sql, cast): (&'static str, &'static str),
    saisie: Saisie,
) -> Champ {
    Champ {
        list,
        column,
        table,
        sql,
        cast,
        saisie,
        required: true,
        motives: &[],
        apart: None,
        object,
        domain: list.name,
        communes: "ARRAY[t.code_insee]",
    }
}

const SEJOUR: (&str, &str) = ("sejour", "séjour");
const LOGEMENT: (&str, &str) = ("logement", "logement");

/// Statuts that somebody may ask the reason of.
pub(super) const MOTIVES: &[&str] = &["conteste", "rejete"];
/// Where a collectivité asks for two persons, whoever entered a stay does not say that it is right.
static DEUX_PERSONNES: Apart = Apart {
    values: &["valide"],
    sql: "({who} = ANY ({t}.saisi_par) AND a_deux('taxe', {t}.code_insee))",
    asked: "EXISTS (SELECT 1 FROM deux_personnes WHERE module = 'taxe')",
    sentence: "Vous avez saisi ou corrigé ce séjour, et votre collectivité demande deux personnes\u{a0}: quelqu’un d’autre doit le valider.",
    held: "À vérifier, saisi par vous",
    left: "Vous avez saisi ou corrigé certaines de ces lignes, et deux personnes sont demandées\u{a0}: elles sont laissées à quelqu’un d’autre.",
};
/// Sums that a confirmation tells of stays.
const SOMMES: &[&str] = &["nuits", "montant"];

/// Whether a stay was checked.
pub(super) static STATUT: Champ =
    Champ { motives: MOTIVES, apart: Some(&DEUX_PERSONNES), ..of_commune(&SEJOURS, SEJOUR, "statut", ("statut", "text"), Saisie::Choix(STATUTS)) };
static PERCEPTION: Champ = Champ { required: false, ..of_commune(&SEJOURS, SEJOUR, "perception", ("date_perception", "date"), Saisie::JourPasse) };
static NATURE: Champ = of_commune(&LOGEMENTS, LOGEMENT, "nature", ("nature_id", "smallint"), Saisie::Reference(NATURES_SQL));
static CAPACITE: Champ = of_commune(&LOGEMENTS, LOGEMENT, "capacite", ("capacite", "integer"), Saisie::Entier(1, CAPACITE_MAX));
static ACTIF: Champ = Champ { apart: Some(&REMIS), ..of_commune(&LOGEMENTS, LOGEMENT, "actif", ("actif", "boolean"), Saisie::Choix(ACTIFS)) };
static COURRIEL: Champ = contact("courriel", Saisie::Courriel);
static TELEPHONE: Champ = contact("telephone", Saisie::Telephone);

/// How to reach a host, seen from every commune where they have a lodging.
const fn contact(column: &'static str, saisie: Saisie) -> Champ {
    Champ {
        list: &HEBERGEURS,
        column,
        table: "hebergeur",
        sql: column,
        cast: "text",
        saisie,
        required: false,
        motives: &[],
        apart: None,
        object: "hébergeur",
        domain: "hebergeurs",
        communes: "ARRAY(SELECT hc.code_insee FROM hebergeur_commune hc WHERE hc.hebergeur_id = t.id)",
    }
}

/// Every field that can be changed by itself.
pub static CHAMPS: &[&Champ] = &[&STATUT, &PERCEPTION, &NATURE, &CAPACITE, &ACTIF, &COURRIEL, &TELEPHONE];

/// Why a statut is left alone by an action on many rows.
const ONE_BY_ONE: &str = "Un séjour contesté se décide un par un, sur sa fiche ; un séjour validé ou rejeté repasse d’abord « à vérifier ».";

const fn statut(name: &'static str, label: &'static str, value: &'static str, from: &'static [&'static str], past: Past) -> BulkAction {
    BulkAction { champ: &STATUT, name, label, value, from, past, left: ONE_BY_ONE, niveau: Niveau::Valider, sums: SOMMES }
}

const fn actif(
    name: &'static str,
    label: &'static str,
    (value, from): (&'static str, &'static [&'static str]),
    left: &'static str,
    past: Past,
) -> BulkAction {
    BulkAction { champ: &ACTIF, name, label, value, from, past, left, niveau: Niveau::Valider, sums: &[] }
}

static VALIDER: BulkAction = statut("valider", "Valider", "valide", &["a_verifier"], ("validé", "validés"));
static CONTESTER: BulkAction = statut("contester", "Passer en contesté", "conteste", &["a_verifier"], ("passé en contesté", "passés en contesté"));
static REJETER: BulkAction = statut("rejeter", "Rejeter", "rejete", &["a_verifier"], ("rejeté", "rejetés"));
static A_VERIFIER: BulkAction =
    statut("a_verifier", "Remettre à vérifier", "a_verifier", &["valide", "rejete"], ("remis à vérifier", "remis à vérifier"));
static RETIRER: BulkAction = actif("retirer", "Retirer de la location", ("false", &[]), "", ("retiré", "retirés"));
static REMETTRE: BulkAction = actif("remettre", "Remettre en location", ("true", &["false"]), "", ("remis en location", "remis en location"));

/// Every action on many rows.
pub static BULK_ACTIONS: &[&BulkAction] = &[&VALIDER, &REJETER, &CONTESTER, &A_VERIFIER, &RETIRER, &REMETTRE];
