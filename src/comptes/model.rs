//! Values of the accounts.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::types::Json;

use super::role::Role;
use crate::listing::{Droits, Lieu, Module, Niveau, Reader};
use crate::platform::db::{Position, Positions};
use crate::platform::http::Said;
use crate::ui::contact;

/// A living session, and the state of everything at that instant.
#[derive(sqlx::FromRow)]
pub struct Session {
    pub id: i64,
    pub utilisateur_id: i64,
    /// Opened, or confirmed since, by the second factor.
    pub forte: bool,
    /// Opened by the identity provider, or linked to it since.
    pub externe: bool,
    /// Opened without the second factor that its account has: by a version that knew nothing of it.
    pub faible: bool,
    /// Its person proved who they are a moment ago.
    pub confirmee: bool,
    /// Not noted as seen for a while.
    pub stale: bool,
    /// Today in Guadeloupe: perimeters follow the calendar.
    pub jour: NaiveDate,
    /// Sum of all the counters of `version_donnees`; `None` on an empty base.
    pub etat: Option<i64>,
    /// What the next page says.
    pub dit: Option<Json<Said>>,
    /// Timeline and place of the primary after its last write.
    pub ecrit_ligne: Option<i32>,
    pub ecrit_position: Option<i64>,
}

/// A person with their rights, and the versions of the data they may see.
#[derive(sqlx::FromRow)]
pub struct Rights {
    pub id: i64,
    pub nom: String,
    pub courriel: String,
    pub role: Role,
    pub habilitations: Json<Vec<Lieu>>,
    pub principale: Option<i32>,
    pub lieu: Option<String>,
    pub versions: Option<Value>,
    /// State of what belongs to every perimeter: reference data.
    pub reference: i64,
    pub vues: Option<Value>,
    pub avis: i64,
    /// One of their collectivités requires the identity provider.
    pub identite_exigee: bool,
    /// What their collectivité declares of the accessibility of this site.
    pub accessibilite: Option<String>,
    pub jour: NaiveDate,
    pub etat: Option<i64>,
    /// Timeline and place of the primary after all that this read; nothing without replicas.
    pub ligne: Option<i32>,
    pub position: Option<i64>,
}

/// A person with the rights that the base tells.
pub fn reader(id: i64, role: Role, lieux: &[Lieu]) -> Reader {
    if role == Role::Exploitant { Reader::exploitant(id) } else { Reader::new(id, Arc::new(Droits::new(lieux))) }
}

/// The same of an account whose role is read as text; nothing for a role that is none.
pub fn reader_with(id: i64, role: &str, lieux: &[Lieu]) -> Option<Reader> {
    Some(reader(id, role.parse().ok()?, lieux))
}

/// Default view of each list: id, version, question.
pub type DefaultViews = BTreeMap<String, (i64, i32, String)>;

impl Rights {
    /// What they read and write under.
    pub fn reader(&self) -> Reader {
        reader(self.id, self.role, &self.habilitations)
    }

    /// Their default view of each list.
    pub fn views(&self) -> DefaultViews {
        self.vues.as_ref().and_then(|views| serde_json::from_value(views.clone()).ok()).unwrap_or_default()
    }

    /// Versions by domain.
    pub fn versions(&self) -> BTreeMap<String, i64> {
        let Some(Value::Object(versions)) = &self.versions else { return BTreeMap::new() };
        versions.iter().filter_map(|(domain, version)| Some((domain.clone(), version.as_i64()?))).collect()
    }

    /// Where their versions were first seen as they are. `before` is the same as this process knew it, with whom its person was then:
    /// under other rights, the versions are those of other data.
    pub fn positions(&self, reader: &Reader, versions: &BTreeMap<String, i64>, before: Option<(&Reader, &Positions)>) -> Option<Positions> {
        let before = before.filter(|(known, _)| *known == reader).map(|(_, positions)| positions);
        Some(Positions::read(Position::of(self.ligne, self.position)?, versions, self.reference, before))
    }
}

/// A session as listed to its owner.
#[derive(sqlx::FromRow)]
pub struct SessionLine {
    pub id: i64,
    pub cree_le: DateTime<Utc>,
    pub vue_le: DateTime<Utc>,
    pub adresse: Option<String>,
    pub navigateur: String,
}

/// A level on a module in a collectivité.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Droit {
    /// The collectivité.
    pub collectivite: i32,
    /// What it is about.
    pub module: Module,
    /// How far it goes.
    pub niveau: Niveau,
}

/// A user as shown to an administrateur.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Utilisateur {
    pub id: i64,
    pub courriel: String,
    pub nom: String,
    pub role: Role,
    pub actif: bool,
    pub version: i32,
    pub cree_le: DateTime<Utc>,
    pub connecte_le: Option<DateTime<Utc>>,
    pub a_mot_de_passe: bool,
    pub collectivites: Vec<i32>,
    /// Their rights, read apart.
    #[sqlx(skip)]
    pub droits: Vec<Droit>,
    /// Since when a second factor is in place.
    pub facteur_le: Option<DateTime<Utc>>,
    /// Tokens of programs that still open, by themselves.
    pub jetons: i64,
}

/// A collectivité that may be given to a user.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Collectivite {
    /// Its key.
    pub id: i32,
    /// Its SIREN.
    pub siren: String,
    /// Its name.
    pub nom: String,
}

/// What an administrateur writes about a user.
#[derive(Clone, Debug, Default)]
pub struct UserForm {
    pub courriel: String,
    pub nom: String,
    pub role: String,
    pub actif: bool,
    pub collectivites: Vec<i32>,
    /// The grid, as typed.
    pub droits: Vec<Droit>,
    /// What of the grid could not be read.
    pub illisible: bool,
}

/// A checked [`UserForm`].
#[derive(Clone, Debug)]
pub struct UserInput {
    pub courriel: String,
    pub nom: String,
    pub role: Role,
    pub actif: bool,
    pub collectivites: Vec<i32>,
    /// The rights of an account with rights of its own; nothing when its role says them.
    pub droits: Vec<Droit>,
}

/// Longest name.
const TEXT_MAX: usize = 120;

impl UserForm {
    /// Checks the form; `allowed` are the collectivités and roles the writer may give.
    ///
    /// # Errors
    /// Field and sentence of each fault.
    pub fn check(&self, allowed: &[Collectivite], roles: &[Role]) -> Result<UserInput, Vec<(&'static str, String)>> {
        let mut errors = Vec::new();
        let courriel = contact::email(&self.courriel).unwrap_or_default();
        if courriel.is_empty() {
            errors.push(("courriel", "Donnez un courriel complet, par exemple prenom.nom@ville.gp.".to_string()));
        }
        let nom = self.nom.split_whitespace().collect::<Vec<_>>().join(" ");
        if nom.is_empty() || nom.chars().count() > TEXT_MAX || nom.chars().any(char::is_control) {
            errors.push(("nom", format!("Donnez le prénom et le nom ({TEXT_MAX} caractères au plus).")));
        }
        let role = self.role.parse::<Role>().ok().filter(|role| roles.contains(role));
        if role.is_none() {
            errors.push(("role", "Choisissez un rôle dans la liste.".to_string()));
        }
        let own = role == Some(Role::SurMesure);
        // Rights of one's own say themselves where they hold.
        let mut collectivites = if own { self.droits.iter().map(|droit| droit.collectivite).collect() } else { self.collectivites.clone() };
        collectivites.sort_unstable();
        collectivites.dedup();
        let mut cells: Vec<_> = self.droits.iter().map(|droit| (droit.collectivite, droit.module)).collect();
        cells.sort_unstable();
        let twice = own && cells.windows(2).any(|two| two[0] == two[1]);
        if collectivites.is_empty() || self.illisible || twice || collectivites.iter().any(|id| !allowed.iter().any(|one| one.id == *id)) {
            errors.push(match own {
                true => ("droits", "Donnez au moins un droit, dans une collectivité de votre périmètre.".to_string()),
                false => ("collectivites", "Choisissez au moins une collectivité de votre périmètre.".to_string()),
            });
        }
        match role {
            Some(role) if errors.is_empty() => {
                let mut droits = if own { self.droits.clone() } else { Vec::new() };
                droits.sort_unstable();
                Ok(UserInput { courriel, nom, role, actif: self.actif, collectivites, droits })
            }
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_checked_whole() {
        let allowed = [Collectivite { id: 1, siren: "219711132".into(), nom: "Le Gosier".into() }];
        let roles = [Role::Agent];
        let good = UserForm {
            courriel: " A.B@Ville.gp ".into(),
            nom: "Aline  B".into(),
            role: "agent".into(),
            actif: true,
            collectivites: vec![1],
            ..UserForm::default()
        };
        let input = good.check(&allowed, &roles).expect("a good form");
        assert_eq!((input.courriel.as_str(), input.nom.as_str()), ("a.b@ville.gp", "Aline B"));
        let bad = UserForm { courriel: "x".into(), role: "exploitant".into(), collectivites: vec![2], ..UserForm::default() };
        let fields: Vec<&str> = bad.check(&allowed, &roles).expect_err("four faults").iter().map(|(field, _)| *field).collect();
        assert_eq!(fields, ["courriel", "nom", "role", "collectivites"]);
    }
}
