//! A period of a lodging, as it is declared, typed and told.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::champs::Saisie;
use crate::listing::Choice;
use crate::taxe::reference::COLLECTEURS_SQL;
use crate::ui::format;

/// Longest motive.
const MOTIF_MAX: usize = 200;
/// Periods of one kind that a lodging has at most.
pub const MOST: i64 = 200;

/// A kind of period. Only these constants enter SQL text.
pub struct Genre {
    /// Name in addresses.
    pub name: &'static str,
    /// Table.
    pub table: &'static str,
    /// Its column beside the days, and the name of its field.
    pub column: &'static str,
    /// Key in the journal.
    pub key: &'static str,
    /// « fermeture », and with its article.
    pub noun: &'static str,
    pub this: &'static str,
    /// What is said of it, as it agrees: « la fermeture est enregistrée ».
    pub ending: &'static str,
    /// Title of its part of the file, and of the form that adds one.
    pub title: &'static str,
    pub adding: &'static str,
    /// What its part is for, when there is none.
    pub about: &'static str,
    /// Label and hint of each field.
    pub what: (&'static str, &'static str),
    pub from: (&'static str, &'static str),
    pub until: (&'static str, &'static str),
    /// What its own field takes.
    pub saisie: Saisie,
    /// Whether its first day must be known.
    pub begins: bool,
}

/// The lodging is not let.
pub static FERMETURE: &Genre = &Genre {
    name: "fermetures",
    table: "fermeture",
    column: "motif",
    key: "fermeture",
    noun: "fermeture",
    this: "Cette fermeture",
    ending: "e",
    title: "Fermetures",
    adding: "Ajouter une fermeture",
    about: "Aucune fermeture n’est connue. Un séjour dont une nuit tombe dans une fermeture est signalé, jamais refusé.",
    what: ("Motif", "Travaux, saison morte, réquisition…"),
    from: ("Première nuit fermée", ""),
    until: ("Dernière nuit fermée", "Comprise. Vide\u{a0}: jusqu’à nouvel ordre"),
    saisie: Saisie::Texte(MOTIF_MAX),
    begins: true,
};

/// Somebody collects for it.
pub static COLLECTE: &Genre = &Genre {
    name: "collectes",
    table: "collecte",
    column: "collecteur",
    key: "collecte",
    noun: "collecteur",
    this: "Ce collecteur",
    ending: "",
    title: "Qui collecte",
    adding: "Ajouter un collecteur",
    about: "Personne n’a dit qui collecte pour ce logement\u{a0}: aucun séjour n’est signalé pour cela. Un logement peut en avoir plusieurs à la fois, son hébergeur et des plateformes.",
    what: ("Qui collecte", "L’hébergeur lui-même, ou une plateforme (CGCT, art. L2333-34)"),
    from: ("Premier jour", "Vide\u{a0}: depuis toujours"),
    until: ("Dernier jour", "Compris. Vide\u{a0}: encore aujourd’hui"),
    saisie: Saisie::Reference(COLLECTEURS_SQL),
    begins: false,
};

/// What a period says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Etat {
    /// First and last day, the last one included.
    pub debut: Option<NaiveDate>,
    pub fin: Option<NaiveDate>,
    /// The motive, or the code of the collector.
    pub quoi: String,
}

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    pub debut: String,
    pub fin: String,
    pub quoi: String,
}

impl Typed {
    /// A period as it stands in its form.
    pub fn of(etat: &Etat) -> Self {
        let day = |day: Option<NaiveDate>| day.map_or_else(String::new, format::date);
        Self { debut: day(etat.debut), fin: day(etat.fin), quoi: etat.quoi.clone() }
    }

    /// The period that was typed, or what is wrong with each field.
    pub fn check(&self, genre: &Genre, options: &[Choice], today: NaiveDate) -> Result<Etat, Vec<(&'static str, String)>> {
        let mut faults = Vec::new();
        let mut one = |name: &'static str, label: &str, typed: &str, saisie: &Saisie, required: bool| {
            if typed.is_empty() {
                if required {
                    faults.push((name, format!("{label}\u{a0}: donnez une valeur, elle est obligatoire.")));
                }
                return None;
            }
            saisie.check(typed, options, today).map_err(|why| faults.push((name, format!("{label}\u{a0}: {why}")))).ok()
        };
        let quoi = one(genre.column, genre.what.0, &self.quoi, &genre.saisie, true);
        let debut = one("debut", genre.from.0, &self.debut, &Saisie::Jour, genre.begins);
        let fin = one("fin", genre.until.0, &self.fin, &Saisie::Jour, false);
        let day = |text: Option<String>| text.and_then(|text| text.parse::<NaiveDate>().ok());
        let (debut, fin) = (day(debut), day(fin));
        if let (Some(debut), Some(fin)) = (debut, fin)
            && fin < debut
        {
            faults.push(("fin", format!("{}\u{a0}: ce jour vient avant le {}. Vérifiez les deux.", genre.until.0, format::date(debut))));
        }
        match quoi {
            Some(quoi) if faults.is_empty() => Ok(Etat { debut, fin, quoi }),
            _ => Err(faults),
        }
    }
}

/// The days of a period in words.
pub fn days(debut: Option<NaiveDate>, fin: Option<NaiveDate>) -> String {
    match (debut, fin) {
        (Some(debut), Some(fin)) if debut == fin => format!("le {}", format::date_long(debut)),
        (Some(debut), Some(fin)) => format!("du {} au {}", format::date_long(debut), format::date_long(fin)),
        (Some(debut), None) => format!("depuis le {}", format::date_long(debut)),
        (None, Some(fin)) => format!("jusqu’au {}", format::date_long(fin)),
        (None, None) => "sans limite de dates".into(),
    }
}

/// A period in words; `what` is its motive, or the name of its collector.
pub fn words(genre: &Genre, debut: Option<NaiveDate>, fin: Option<NaiveDate>, what: &str) -> String {
    if genre.begins { format!("{} ({what})", days(debut, fin)) } else { format!("{what}, {}", days(debut, fin)) }
}

/// What the journal says of periods.
pub fn told(detail: &Value) -> Vec<String> {
    let one = |genre: &Genre| {
        let change = detail.get(genre.key)?;
        let side = |name: &str| change[name].as_str();
        let (noun, e) = (capital(genre.noun), genre.ending);
        Some(match (side("avant"), side("apres")) {
            (None, Some(after)) => format!("{noun} ajouté{e}\u{a0}: {after}"),
            (Some(before), None) => format!("{noun} retiré{e}\u{a0}: {before}"),
            (before, after) => {
                format!("{noun} corrigé{e}\u{a0}: «\u{a0}{}\u{a0}» devient «\u{a0}{}\u{a0}»", before.unwrap_or_default(), after.unwrap_or_default())
            }
        })
    };
    [FERMETURE, COLLECTE].into_iter().filter_map(one).collect()
}

/// The same, its first letter large.
pub fn capital(word: &str) -> String {
    let mut signs = word.chars();
    signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_typed_as_people_write_it() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).expect("a day");
        let typed = |debut: &str, fin: &str, quoi: &str| Typed { debut: debut.into(), fin: fin.into(), quoi: quoi.into() };
        let etat = typed("1er mars 2026", "31032026", "Travaux").check(FERMETURE, &[], today).expect("a closure");
        assert_eq!(words(FERMETURE, etat.debut, etat.fin, &etat.quoi), "du 1er mars 2026 au 31 mars 2026 (Travaux)");
        let faults = |typed: Typed, genre| typed.check(genre, &[], today).expect_err("a fault").into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(faults(typed("31/03/2026", "01/03/2026", ""), FERMETURE), ["motif", "fin"]);
        assert_eq!(faults(typed("", "", "x"), FERMETURE), ["debut"]);
        assert_eq!(faults(typed("", "", "inconnu"), COLLECTE), ["collecteur"]);
        let known = [("airbnb".to_string(), "Airbnb".to_string())];
        assert!(typed("", "", "airbnb").check(COLLECTE, &known, today).is_ok());
    }

    #[test]
    fn the_journal_tells_what_became_of_it() {
        let detail = serde_json::json!({"fermeture": {"avant": null, "apres": "le 1er mars 2026 (Travaux)"}});
        assert_eq!(told(&detail), ["Fermeture ajoutée\u{a0}: le 1er mars 2026 (Travaux)"]);
        let detail = serde_json::json!({"collecte": {"avant": "Airbnb, sans limite de dates", "apres": null}});
        assert_eq!(told(&detail), ["Collecteur retiré\u{a0}: Airbnb, sans limite de dates"]);
    }
}
