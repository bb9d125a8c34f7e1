//! Who reads, and what they may do where: a level on a module, for each collectivité.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// What a right is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Module {
    /// Séjours, logements, hébergeurs.
    Taxe,
    /// Samples and results.
    Labo,
    /// What a mill or a workshop makes.
    Production,
    /// Figures over the other modules.
    Pilotage,
    /// Accounts, journal, texts, what others asked for.
    Administration,
}

/// How far a right goes; each one holds those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Niveau {
    /// See, search, export.
    Lire = 1,
    /// Create and correct.
    Saisir = 2,
    /// Decide: what was entered counts.
    Valider = 3,
    /// Set how the module works.
    Gerer = 4,
}

/// What opens a page, a list, a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever is signed in.
    Tous,
    /// Whoever has a right somewhere: everybody but those who run the installation.
    Habilites,
    /// Those who run the installation.
    Exploitants,
    /// This level on this module, in one collectivité at least.
    Droit(Module, Niveau),
}

impl Module {
    /// All of them, in the order of the grid.
    pub const ALL: [Self; 5] = [Self::Taxe, Self::Labo, Self::Production, Self::Pilotage, Self::Administration];

    /// As stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Taxe => "taxe",
            Self::Labo => "labo",
            Self::Production => "production",
            Self::Pilotage => "pilotage",
            Self::Administration => "administration",
        }
    }

    /// As read by people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Taxe => "Taxe de séjour",
            Self::Labo => "Laboratoire",
            Self::Production => "Production",
            Self::Pilotage => "Pilotage",
            Self::Administration => "Administration",
        }
    }

    /// The module stored as `code`.
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|module| module.code() == code)
    }
}

impl Niveau {
    /// All of them, from the lowest.
    pub const ALL: [Self; 4] = [Self::Lire, Self::Saisir, Self::Valider, Self::Gerer];

    /// As stored, and as added up.
    pub const fn rang(self) -> i16 {
        self as i16
    }

    /// As read by people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Lire => "Lire",
            Self::Saisir => "Saisir",
            Self::Valider => "Valider",
            Self::Gerer => "Gérer",
        }
    }

    /// The level stored as `rang`.
    pub fn of(rang: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|niveau| niveau.rang() == rang)
    }
}

/// Where a right holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Perimeter {
    /// INSEE codes of the communes, sorted.
    pub communes: Vec<String>,
    /// The collectivités, and those all of whose communes are among these, sorted.
    pub collectivites: Vec<i32>,
}

/// A collectivité as the rights of a person are read: theirs when it has rights, otherwise one that theirs may hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Lieu {
    /// Its number.
    pub id: i32,
    /// Its communes: of today for one of theirs, of today and later for another.
    pub communes: Vec<String>,
    /// Level of each module, for one of theirs.
    pub droits: Option<BTreeMap<Module, i16>>,
}

/// The rights of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Droits {
    by_right: BTreeMap<(Module, Niveau), Perimeter>,
    all: Perimeter,
    key: String,
}

impl Droits {
    /// The rights that `lieux` give.
    pub fn new(lieux: &[Lieu]) -> Self {
        let held = |lieu: &Lieu, module: Module, niveau: Niveau| {
            lieu.droits.as_ref().and_then(|droits| droits.get(&module)).is_some_and(|rang| *rang >= niveau.rang())
        };
        let mut by_right = BTreeMap::new();
        for module in Module::ALL {
            for niveau in Niveau::ALL {
                let perimeter = Perimeter::over(lieux, |lieu| held(lieu, module, niveau));
                if !perimeter.collectivites.is_empty() {
                    by_right.insert((module, niveau), perimeter);
                }
            }
        }
        Self::keyed(by_right, Perimeter::over(lieux, |lieu| lieu.droits.is_some()))
    }

    /// These levels, over this perimeter.
    pub fn over(levels: &[(Module, Niveau)], perimeter: &Perimeter) -> Self {
        let up_to =
            |(module, niveau): &(Module, Niveau)| Niveau::ALL.into_iter().filter(|one| one <= niveau).map(|one| (*module, one)).collect::<Vec<_>>();
        Self::keyed(levels.iter().flat_map(up_to).map(|right| (right, perimeter.clone())).collect(), perimeter.clone())
    }

    fn keyed(by_right: BTreeMap<(Module, Niveau), Perimeter>, all: Perimeter) -> Self {
        let told = |perimeter: &Perimeter| format!("{} {:?}", perimeter.communes.join(","), perimeter.collectivites);
        let mut key = told(&all);
        let mut last = None;
        for ((module, niveau), perimeter) in &by_right {
            key.push_str(&format!(" {}{}", module.code(), niveau.rang()));
            // Most people have every right over one perimeter: it is told once.
            if last.unwrap_or(&all) != perimeter {
                key.push_str(&format!(" {}", told(perimeter)));
            }
            last = Some(perimeter);
        }
        Self { by_right, all, key }
    }
}

impl Perimeter {
    /// What the collectivités that `held` keeps make together.
    fn over(lieux: &[Lieu], held: impl Fn(&Lieu) -> bool) -> Self {
        let mut communes: Vec<String> = lieux.iter().filter(|lieu| held(lieu)).flat_map(|lieu| lieu.communes.iter().cloned()).collect();
        communes.sort_unstable();
        communes.dedup();
        let within = |lieu: &Lieu| !lieu.communes.is_empty() && lieu.communes.iter().all(|code| communes.binary_search(code).is_ok());
        let mut collectivites: Vec<i32> = lieux.iter().filter(|lieu| held(lieu) || within(lieu)).map(|lieu| lieu.id).collect();
        collectivites.sort_unstable();
        collectivites.dedup();
        Self { communes, collectivites }
    }
}

/// Who reads: what the rights in every statement are made of. It cannot be asked for communes without saying of which
/// module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// The person.
    pub user_id: i64,
    /// Runs the installation: every job, nobody's data.
    pub exploitant: bool,
    droits: Arc<Droits>,
    niveau: Niveau,
}

/// Where somebody without a right has one.
static NOWHERE: Perimeter = Perimeter { communes: Vec::new(), collectivites: Vec::new() };

impl Reader {
    /// A person with rights.
    pub fn new(user_id: i64, droits: Arc<Droits>) -> Self {
        Self { user_id, exploitant: false, droits, niveau: Niveau::Lire }
    }

    /// Somebody who runs the installation.
    pub fn exploitant(user_id: i64) -> Self {
        Self { exploitant: true, ..Self::new(user_id, Arc::default()) }
    }

    /// The same person, where they have this level: what a statement that writes is made of.
    #[must_use]
    pub fn at(&self, niveau: Niveau) -> Self {
        Self { niveau: self.niveau.max(niveau), ..self.clone() }
    }

    /// The same person where they may at least read.
    #[must_use]
    pub fn reading(&self) -> Self {
        Self { niveau: Niveau::Lire, ..self.clone() }
    }

    fn perimeter(&self, module: Module) -> &Perimeter {
        self.droits.by_right.get(&(module, self.niveau)).unwrap_or(&NOWHERE)
    }

    /// The communes where they have a right on `module`.
    pub fn communes(&self, module: Module) -> &[String] {
        &self.perimeter(module).communes
    }

    /// The collectivités where they have a right on `module`.
    pub fn collectivites(&self, module: Module) -> &[i32] {
        &self.perimeter(module).collectivites
    }

    /// The communes where they have any right: what they see never rests on these alone.
    pub fn all_communes(&self) -> &[String] {
        &self.droits.all.communes
    }

    /// The collectivités where they have any right.
    pub fn all_collectivites(&self) -> &[i32] {
        &self.droits.all.collectivites
    }

    /// The communes to which `access` leads.
    pub fn communes_of(&self, access: Access) -> &[String] {
        match access {
            Access::Tous | Access::Habilites | Access::Exploitants => self.all_communes(),
            Access::Droit(module, niveau) => {
                let right = (module, self.niveau.max(niveau));
                self.droits.by_right.get(&right).map_or(&[], |perimeter| &perimeter.communes)
            }
        }
    }

    /// The code of a collectivité where places are told: in the versions of the data, in the lines of the journal.
    pub fn place(collectivite: i64) -> String {
        format!("c:{collectivite}")
    }

    /// The places where they have any right: communes, then collectivités.
    pub fn places(&self) -> Vec<String> {
        self.all_communes().iter().cloned().chain(self.all_collectivites().iter().map(|id| Self::place((*id).into()))).collect()
    }

    /// The collectivités to which `access` leads.
    pub fn collectivites_of(&self, access: Access) -> &[i32] {
        match access {
            Access::Tous | Access::Habilites | Access::Exploitants => self.all_collectivites(),
            Access::Droit(module, niveau) => {
                let right = (module, self.niveau.max(niveau));
                self.droits.by_right.get(&right).map_or(&[], |perimeter| &perimeter.collectivites)
            }
        }
    }

    /// Whether they have this level on this module somewhere.
    pub fn can(&self, module: Module, niveau: Niveau) -> bool {
        self.droits.by_right.contains_key(&(module, self.niveau.max(niveau)))
    }

    /// Whether `access` opens to them.
    pub fn may(&self, access: Access) -> bool {
        match access {
            Access::Tous => true,
            Access::Habilites => !self.exploitant,
            Access::Exploitants => self.exploitant,
            Access::Droit(module, niveau) => self.can(module, niveau),
        }
    }

    /// The highest level that they have anywhere on the module of `access`.
    pub fn highest(&self, access: Access) -> Option<Niveau> {
        let Access::Droit(module, _) = access else { return None };
        Niveau::ALL.into_iter().rev().find(|niveau| self.can(module, *niveau))
    }

    /// The highest level that they have on `module` in one of `communes`: what they may do with a row.
    pub fn level_in<C: AsRef<str>>(&self, module: Module, communes: &[C]) -> Option<Niveau> {
        Niveau::ALL.into_iter().rev().find(|niveau| {
            let theirs = self.droits.by_right.get(&(module, *niveau)).map_or(&[][..], |perimeter| &perimeter.communes);
            communes.iter().any(|code| theirs.iter().any(|one| one == code.as_ref()))
        })
    }

    /// The same in one of `places`, communes or collectivités, on what `access` opens.
    pub fn level_of(&self, access: Access, places: &[String]) -> Option<Niveau> {
        let Access::Droit(module, _) = access else { return None };
        let there = |niveau: Niveau| {
            let perimeter = self.droits.by_right.get(&(module, niveau)).unwrap_or(&NOWHERE);
            let place =
                |place: &String| perimeter.communes.contains(place) || perimeter.collectivites.iter().any(|id| Self::place((*id).into()) == *place);
            places.iter().any(place)
        };
        Niveau::ALL.into_iter().rev().find(|niveau| there(*niveau))
    }

    /// Everything that a page may depend on in them, but who they are.
    pub fn key(&self) -> String {
        format!("{} {} {}", if self.exploitant { "exploitant" } else { "" }, self.niveau.rang(), self.droits.key)
    }

    /// The same person without one commune of `module`: for an estimate.
    #[must_use]
    pub(super) fn without(&self, module: Module, commune: &str) -> Self {
        let mut droits = Droits::clone(&self.droits);
        if let Some(perimeter) = droits.by_right.get_mut(&(module, self.niveau)) {
            perimeter.communes.retain(|code| code != commune);
        }
        Self { droits: Arc::new(droits), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lieu(id: i32, communes: &[&str], droits: Option<&[(Module, i16)]>) -> Lieu {
        Lieu { id, communes: communes.iter().map(ToString::to_string).collect(), droits: droits.map(|droits| droits.iter().copied().collect()) }
    }

    #[test]
    fn a_right_holds_where_it_was_given_and_no_further() {
        let lieux = [
            lieu(1, &["97113", "97125"], Some(&[(Module::Taxe, 3), (Module::Administration, 1)])),
            lieu(2, &["97101"], Some(&[(Module::Taxe, 1)])),
            lieu(3, &["97113"], None),
            lieu(4, &["97101", "97113"], None),
            lieu(5, &[], Some(&[(Module::Labo, 2)])),
        ];
        let reader = Reader::new(7, Arc::new(Droits::new(&lieux)));
        assert_eq!(reader.communes(Module::Taxe), ["97101", "97113", "97125"]);
        assert_eq!(reader.collectivites(Module::Taxe), [1, 2, 3, 4], "those within are theirs");
        let writer = reader.at(Niveau::Saisir);
        assert_eq!((writer.communes(Module::Taxe), writer.collectivites(Module::Taxe)), (&["97113".to_string(), "97125".into()][..], &[1, 3][..]));
        assert_eq!(writer.collectivites(Module::Labo), [5], "a place without communes is itself");
        assert!(writer.communes(Module::Administration).is_empty() && reader.can(Module::Administration, Niveau::Lire));
        assert!(!reader.can(Module::Taxe, Niveau::Gerer) && reader.can(Module::Taxe, Niveau::Valider));
        assert!(!reader.may(Access::Droit(Module::Production, Niveau::Lire)) && reader.may(Access::Habilites));
        assert_eq!(writer.at(Niveau::Lire), writer, "a level is never lowered");
    }

    #[test]
    fn other_rights_have_another_key() {
        let key = |droits: &[(Module, i16)]| {
            Reader::new(1, Arc::new(Droits::new(&[lieu(1, &["97113"], Some(droits)), lieu(2, &["97101"], Some(&[(Module::Taxe, 1)]))]))).key()
        };
        let all = [key(&[(Module::Taxe, 1)]), key(&[(Module::Taxe, 2)]), key(&[(Module::Labo, 1)]), key(&[(Module::Taxe, 1), (Module::Labo, 1)])];
        for (place, one) in all.iter().enumerate() {
            assert!(all[..place].iter().all(|other| other != one), "{one}");
        }
        assert_ne!(Reader::exploitant(1).key(), Reader::new(1, Arc::default()).key());
    }
}
