//! What is typed to make a token, held to the rights of whoever makes it.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use sqlx::types::Json;

use super::model::Portee;
use super::reseaux::networks;
use crate::listing::Module;
use crate::ui::{contact, format, read};

/// Longest name.
pub const NOM_MAX: usize = 80;
/// Days that a token lives, unless its form says otherwise.
const DAYS: u64 = 90;
/// And at most.
const DAYS_MAX: u64 = 365;
/// Networks of a token.
const NETWORKS_MAX: usize = 20;
/// A limit as the form asks for it: its field, its label, what the table gives without being asked, its lowest and highest.
pub type Limit = (&'static str, &'static str, i64, (i64, i64));
/// The limits of a token, as the table bounds them.
pub const LIMITS: [Limit; 3] = [
    ("appels_minute", "Appels par minute", 600, (1, 60_000)),
    ("simultanes", "Appels en même temps", 4, (1, 100)),
    ("lignes_jour", "Lignes lues par jour", 20_000_000, (1, 10_000_000_000)),
];

/// A collectivité where a person has rights.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Place {
    /// Its number.
    pub id: i32,
    /// Its name.
    pub nom: String,
    /// Their level on each module.
    pub droits: Json<BTreeMap<Module, i16>>,
    /// Whether they manage its accounts and rights.
    pub gere: bool,
}

impl Place {
    fn gives(&self, module: Module, portee: Portee) -> bool {
        self.droits.get(&module).is_some_and(|rang| *rang >= portee.least().rang())
    }
}

/// What a person may give to a token today.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Today in Guadeloupe, by the clock that ends the tokens.
    pub jour: NaiveDate,
    /// Where they have rights.
    pub places: Vec<Place>,
}

impl Offer {
    /// What may be given on `module`: nobody's accounts and rights are written by a token.
    pub fn portees(&self, module: Module) -> Vec<Portee> {
        let somewhere = |portee: &Portee| self.places.iter().any(|place| place.gives(module, *portee));
        let kept = |portee: &Portee| module != Module::Administration || *portee == Portee::Lire;
        [Portee::Lire, Portee::Ecrire].into_iter().filter(kept).filter(somewhere).collect()
    }

    /// Whether a token of service may be made.
    pub fn service(&self) -> bool {
        self.places.iter().any(|place| place.gere)
    }

    fn last_day(&self) -> NaiveDate {
        self.jour + Days::new(DAYS_MAX)
    }
}

/// The form, as typed.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Name.
    pub nom: String,
    /// Whose: `personnel` or `service`.
    pub genre: String,
    /// A right for each choice that is not empty: `taxe.1`.
    pub droits: Vec<String>,
    /// Where.
    pub collectivites: Vec<i32>,
    /// Last day.
    pub expire_le: String,
    /// Reads what speaks of people.
    pub personnel: bool,
    /// Networks, one a line.
    pub adresses: String,
    /// The limits, in the order of [`LIMITS`].
    pub limites: [String; 3],
}

/// A token that may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Name.
    pub nom: String,
    /// Whose.
    pub genre: &'static str,
    /// What it may do.
    pub droits: BTreeMap<Module, Portee>,
    /// Where, in order.
    pub collectivites: Vec<i32>,
    /// Last day.
    pub dernier_jour: NaiveDate,
    /// Reads what speaks of people.
    pub personnel: bool,
    /// Networks, as PostgreSQL writes them.
    pub adresses: Vec<String>,
    /// The limits, in the order of [`LIMITS`].
    pub limites: [i64; 3],
}

/// Field and sentence of each fault.
pub type Faults = Vec<(&'static str, String)>;

impl Draft {
    /// The form as it opens: the one place of somebody who has no other is chosen.
    pub fn new(offer: &Offer) -> Self {
        Self {
            genre: "personnel".into(),
            collectivites: if let [only] = offer.places.as_slice() { vec![only.id] } else { Vec::new() },
            expire_le: format::date(offer.jour + Days::new(DAYS)),
            limites: LIMITS.map(|(_, _, usual, _)| format::integer(usual)),
            ..Self::default()
        }
    }

    /// What is chosen for `module`.
    pub fn chosen(&self, module: Module) -> Option<Portee> {
        self.droits.iter().filter_map(|text| right(text)).find(|(one, _)| *one == module).map(|(_, portee)| portee)
    }

    /// Checks the form against what may be given.
    ///
    /// # Errors
    /// Field and sentence of each fault.
    pub fn check(&self, offer: &Offer) -> Result<Checked, Faults> {
        let mut faults = Vec::new();
        let mut kept = |field: &'static str, fault: Option<String>| faults.extend(fault.map(|text| (field, text)));
        let nom = self.nom.chars().filter(|c| !contact::is_unseen(*c)).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
        let named = !nom.is_empty() && nom.chars().count() <= NOM_MAX && !nom.chars().any(char::is_control);
        kept(
            "nom",
            (!named).then(|| {
                format!("Dites en {NOM_MAX} caractères au plus à quoi sert ce jeton, par exemple «\u{a0}Tableau de bord du service financier\u{a0}».")
            }),
        );
        let genre = match self.genre.as_str() {
            "personnel" => Some("personnel"),
            "service" if offer.service() => Some("service"),
            _ => None,
        };
        kept(
            "genre",
            genre
                .is_none()
                .then(|| "Un jeton de service est fait par qui gère les droits d’une collectivité. Choisissez «\u{a0}Personnel\u{a0}».".into()),
        );
        let droits = self.rights(offer);
        let places: Vec<&Place> = offer.places.iter().filter(|place| self.collectivites.contains(&place.id)).collect();
        kept("droits", droits.as_ref().err().cloned().or_else(|| above(droits.as_ref().ok()?, &places)));
        kept("collectivites", self.misplaced(&places, genre, droits.as_ref().ok()));
        let day = self.last_day(offer);
        kept("expire_le", day.as_ref().err().cloned());
        let adresses = networks(&self.adresses).and_then(|found| match found.len() {
            0..=NETWORKS_MAX => Ok(found),
            many => Err(format!("Cela fait {many} réseaux\u{a0}: {NETWORKS_MAX} au plus. Regroupez-les.")),
        });
        kept("adresses", adresses.as_ref().err().cloned());
        let limites = self.limits();
        faults.extend(limites.iter().filter_map(|limit| limit.as_ref().err().cloned()));
        let mut collectivites: Vec<i32> = places.iter().map(|place| place.id).collect();
        collectivites.sort_unstable();
        match (faults.is_empty(), genre, droits, day, adresses, limites) {
            (true, Some(genre), Ok(droits), Ok(dernier_jour), Ok(adresses), [Ok(minute), Ok(together), Ok(rows)]) => Ok(Checked {
                nom,
                genre,
                droits,
                collectivites,
                dernier_jour,
                personnel: self.personnel,
                adresses,
                limites: [minute, together, rows],
            }),
            _ => Err(faults),
        }
    }

    /// The rights that are asked, when a person may give them somewhere.
    fn rights(&self, offer: &Offer) -> Result<BTreeMap<Module, Portee>, String> {
        let asked: Vec<Option<(Module, Portee)>> = self.droits.iter().filter(|text| !text.is_empty()).map(|text| right(text)).collect();
        let given = |(module, portee): &(Module, Portee)| offer.portees(*module).contains(portee);
        if asked.iter().any(|one| !one.as_ref().is_some_and(given)) {
            return Err("Un de ces droits n’est pas, ou n’est plus, dans les vôtres. Choisissez parmi ceux qui sont proposés.".into());
        }
        let droits: BTreeMap<Module, Portee> = asked.iter().flatten().copied().collect();
        if droits.len() < asked.len() {
            return Err("Un module a deux réponses. Choisissez-en une.".into());
        }
        if droits.is_empty() { Err("Choisissez au moins un module à lire.".into()) } else { Ok(droits) }
    }

    /// What is wrong with the collectivités.
    fn misplaced(&self, places: &[&Place], genre: Option<&str>, droits: Option<&BTreeMap<Module, Portee>>) -> Option<String> {
        if places.is_empty() {
            return Some("Choisissez au moins une collectivité.".into());
        }
        if self.collectivites.iter().any(|id| !places.iter().any(|place| place.id == *id)) {
            return Some(
                "Une de ces collectivités n’est pas, ou n’est plus, parmi celles où vous avez des droits. Choisissez parmi les vôtres.".into(),
            );
        }
        if let Some(place) = places.iter().find(|place| genre == Some("service") && !place.gere) {
            return Some(format!(
                "Un jeton de service ne vaut que là où vous gérez les droits\u{a0}: décochez {}, ou faites un jeton personnel.",
                place.nom
            ));
        }
        let idle = |place: &&&Place| droits.is_some_and(|droits| !droits.keys().any(|module| place.gives(*module, Portee::Lire)));
        places.iter().find(idle).map(|place| format!("À {}, vous n’avez aucun des droits choisis\u{a0}: décochez cette collectivité.", place.nom))
    }

    fn last_day(&self, offer: &Offer) -> Result<NaiveDate, String> {
        let typed = self.expire_le.trim();
        if typed.is_empty() {
            return Err(format!("Donnez une date de fin, le {} au plus tard.", format::date(offer.last_day())));
        }
        let day = read::date(typed).map_err(|why| format!("«\u{a0}{typed}\u{a0}» {why}"))?;
        if day <= offer.jour {
            return Err("Cette date est passée, ou c’est aujourd’hui. Donnez un jour à venir.".into());
        }
        if day > offer.last_day() {
            return Err(format!("Un jeton vaut un an au plus\u{a0}: donnez une date de fin, le {} au plus tard.", format::date(offer.last_day())));
        }
        Ok(day)
    }

    fn limits(&self) -> [Result<i64, (&'static str, String)>; 3] {
        let of = |place: usize| {
            let (field, _, _, (least, most)) = LIMITS[place];
            let within = |number: &i64| (least..=most).contains(number);
            let wrong = || (field, format!("Donnez un nombre entre {} et {}.", format::integer(least), format::integer(most)));
            read::integer(&self.limites[place]).filter(within).ok_or_else(wrong)
        };
        [of(0), of(1), of(2)]
    }
}

/// A right as the form sends it: « taxe.2 ».
fn right(text: &str) -> Option<(Module, Portee)> {
    let (module, rang) = text.split_once('.')?;
    Some((Module::of(module)?, Portee::of(rang.parse().ok()?)?))
}

/// What a person has in none of these places.
fn above(droits: &BTreeMap<Module, Portee>, places: &[&Place]) -> Option<String> {
    let missing = |(module, portee): &(&Module, &Portee)| !places.iter().any(|place| place.gives(**module, **portee));
    let (module, portee) = droits.iter().find(missing).filter(|_| !places.is_empty())?;
    Some(format!(
        "Dans les collectivités choisies, vos droits ne vont pas jusqu’à «\u{a0}{}\u{a0}» pour {}. Choisissez moins, ou une autre collectivité.",
        portee.label(),
        module.label()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn place(id: i32, nom: &str, droits: &[(Module, i16)], gere: bool) -> Place {
        Place { id, nom: nom.into(), droits: Json(droits.iter().copied().collect()), gere }
    }

    fn offer() -> Offer {
        let places = vec![
            place(1, "Le Gosier", &[(Module::Taxe, 3), (Module::Pilotage, 1)], false),
            place(2, "Deshaies", &[(Module::Taxe, 1), (Module::Administration, 4)], true),
        ];
        Offer { jour: day("2026-11-29"), places }
    }

    fn good() -> Draft {
        Draft {
            nom: " Tableau \u{200b} de bord ".into(),
            droits: vec!["taxe.2".into(), String::new()],
            collectivites: vec![1],
            ..Draft::new(&offer())
        }
    }

    #[test]
    fn a_form_is_checked_whole() {
        let checked = good().check(&offer()).expect("a good form");
        assert_eq!((checked.nom.as_str(), checked.genre), ("Tableau de bord", "personnel"));
        assert_eq!((checked.dernier_jour, checked.limites), (day("2027-02-27"), [600, 4, 20_000_000]));
        let bad = Draft { limites: ["0".into(), "x".into(), "-1".into()], adresses: "x".into(), expire_le: "demain".into(), ..Draft::default() };
        let fields: Vec<&str> = bad.check(&offer()).expect_err("all of it").iter().map(|(field, _)| *field).collect();
        assert_eq!(fields, ["nom", "genre", "droits", "collectivites", "expire_le", "adresses", "appels_minute", "simultanes", "lignes_jour"]);
    }

    #[test]
    fn each_fault_has_its_sentence() {
        type Change = fn(&mut Draft);
        let cases: [(Change, &str, &str); 14] = [
            (|d| d.nom = "\u{200b} \u{a0}".into(), "nom", "à quoi sert"),
            (|d| d.nom = "x".repeat(81), "nom", "80 caractères"),
            (|d| d.genre = "service".into(), "collectivites", "décochez Le Gosier"),
            (|d| d.droits = vec!["administration.2".into()], "droits", "n’est pas, ou n’est plus"),
            (|d| d.droits = vec!["labo.1".into()], "droits", "n’est pas, ou n’est plus"),
            (|d| d.droits = vec!["taxe.1".into(), "taxe.2".into()], "droits", "deux réponses"),
            (|d| d.droits = vec![String::new()], "droits", "au moins un module"),
            (|d| d.collectivites = vec![2], "droits", "ne vont pas jusqu’à «\u{a0}lire et écrire\u{a0}»"),
            (|d| d.collectivites = vec![1, 3], "collectivites", "n’est pas, ou n’est plus"),
            (|d| (d.droits, d.collectivites) = (vec!["pilotage.1".into()], vec![1, 2]), "collectivites", "À Deshaies"),
            (|d| d.expire_le = "29/11/2026".into(), "expire_le", "à venir"),
            (|d| d.expire_le = "30/11/2027".into(), "expire_le", "29/11/2027"),
            (|d| d.expire_le = " ".into(), "expire_le", "Donnez une date de fin"),
            (|d| d.limites[1] = "101".into(), "simultanes", "entre 1 et 100"),
        ];
        for (change, field, words) in cases {
            let mut draft = good();
            change(&mut draft);
            let faults = draft.check(&offer()).expect_err(words);
            assert!(faults.len() == 1 && faults[0].0 == field && faults[0].1.contains(words), "{words}: {faults:?}");
        }
        let last = Draft { expire_le: "29/11/2027".into(), ..good() };
        assert_eq!(last.check(&offer()).expect("a year").dernier_jour, day("2027-11-29"));
    }

    #[test]
    fn nothing_is_offered_above_ones_own_rights() {
        let offer = offer();
        assert_eq!(offer.portees(Module::Taxe), [Portee::Lire, Portee::Ecrire]);
        assert_eq!(offer.portees(Module::Pilotage), [Portee::Lire]);
        assert_eq!(offer.portees(Module::Administration), [Portee::Lire], "never written by a token");
        assert!(offer.portees(Module::Labo).is_empty());
    }
}
