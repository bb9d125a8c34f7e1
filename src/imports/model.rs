//! Values of the imports.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::types::Json;

use super::etats::{ABANDONNE, ANNULE, ECRIT, EN_ROUTE, Etape, RELIT, REPREND};
use super::genre::Genre;
pub use super::mode::Mode;
use super::texte::plie;
use crate::platform::jobs::states::LIVING;
use crate::sources::valeurs::{Decimales, Ordre};
use crate::sources::{Examen, Reprise, Voulu};

/// How what a profile confirmed by itself is told.
pub const CONFIRME: &str = "Confirmé par";
/// Columns that begin so are ours: what a file of refused lines adds, ignored when it is loaded again.
pub const A_PART: char = '_';

/// The field of each column, and what is given to all lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Correspondance {
    /// Name of a field, or nothing: the column is not read.
    pub colonnes: Vec<String>,
    /// Values of the fields that no column gives.
    pub constantes: BTreeMap<String, String>,
    /// How the dates and numbers of a column are written, where its data do not say it: by the place of the column.
    pub formats: BTreeMap<usize, Format>,
    /// Whether somebody said that the dates of two columns are in opposite orders.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ordres_opposes: bool,
    /// Columns that become lines: those whose field is `*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deplie: Option<Depliee>,
}

/// What the columns that become lines fill.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Depliee {
    /// The field that their header fills.
    pub entete: String,
    /// The field that their cell fills.
    pub cellule: String,
    /// What is added to each header: the year of months that do not say it.
    pub ajout: String,
}

/// What a person decided of the values of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Format {
    /// Whether the day or the month comes first.
    pub dates: Option<Ordre>,
    /// What stands before decimals, and between thousands.
    pub nombres: Option<Decimales>,
    /// Said again once the file was seen to contradict it: what cannot be read so is refused line by line.
    pub sur: bool,
    /// The order is that of another column of the file, which proves it: nobody said it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deduit: bool,
}

/// The field that a header names.
type Nomme<'a> = &'a dyn Fn(&Genre, &str) -> Option<&'static str>;

impl Correspondance {
    /// What the headers themselves say; `seule` is the only commune of the person, when they have one.
    pub fn proposee(genre: &Genre, entetes: &[String], seule: Option<&str>) -> Self {
        let mut colonnes = vec![String::new(); entetes.len()];
        let listed = entetes.iter().filter(|entete| genre.record.list.column(entete).is_some()).count() * 2 > entetes.len();
        let short = |genre: &Genre, entete: &str| genre.court(entete).filter(|_| listed);
        let ways: [Nomme<'_>; 3] = [&Genre::precise, &Genre::reconnu, &short];
        for names in ways {
            for (place, entete) in entetes.iter().enumerate().filter(|(_, entete)| !entete.starts_with(A_PART)) {
                if let Some(name) = names(genre, entete).filter(|name| !colonnes.iter().any(|taken| taken == name)) {
                    colonnes[place] = name.to_string();
                }
            }
        }
        let folded: Vec<String> = entetes.iter().map(|entete| plie(entete)).collect();
        let unsure = |champ: &str| {
            let words = genre.incertains.iter().filter(|(name, _)| *name == champ).flat_map(|(_, words)| words.iter());
            words.into_iter().any(|word| *word == "*" || folded.iter().any(|entete| entete == word))
        };
        let mut constantes = BTreeMap::new();
        for field in genre.record.fields().filter(|field| !colonnes.iter().any(|name| name == field.name)) {
            let preset = if unsure(field.name) { "" } else { field.preset };
            let value = if field.name == genre.lieu { seule.unwrap_or_default() } else { preset };
            if !value.is_empty() {
                constantes.insert(field.name.to_string(), value.to_string());
            }
        }
        Self { colonnes, constantes, ..Self::default() }
    }

    /// Whether a column, or all lines, give `champ`.
    pub fn donne(&self, champ: &str) -> bool {
        let unfolded = self.deplie.as_ref().is_some_and(|deplie| deplie.entete == champ || deplie.cellule == champ);
        unfolded || self.colonnes.iter().any(|name| name == champ) || self.constantes.get(champ).is_some_and(|value| !value.is_empty())
    }

    /// The fields that a new row needs and that nothing gives.
    pub fn manquants(&self, genre: &Genre) -> Vec<&'static str> {
        if genre.sans_creation.is_some() {
            return Vec::new();
        }
        let follows = |name: &str| genre.deduits.iter().any(|(field, from)| *field == name && from.iter().any(|one| self.donne(one)));
        genre.record.fields().filter(|field| field.required && !self.donne(field.name) && !follows(field.name)).map(|field| field.label).collect()
    }
}

/// An import as its work and its page read it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Import {
    pub id: i64,
    pub genre: String,
    pub demandeur_id: i64,
    pub demandeur: String,
    /// The token of the program that brought the file: its limits hold until the end.
    pub jeton_id: Option<i64>,
    pub collectivite_id: Option<i32>,
    pub nom: String,
    pub octets: i64,
    pub sha256: String,
    pub chemin: String,
    pub voulu: Json<Voulu>,
    pub examen: Json<Examen>,
    pub correspondance: Json<Correspondance>,
    pub mode: String,
    /// The profile with which it is read, and its name as it was then.
    pub profil_id: Option<i64>,
    pub profil: Option<String>,
    pub etat: String,
    /// How often what it would write was made anew: what a person confirms is what they saw.
    pub revision: i32,
    pub job_id: Option<i64>,
    pub lot: i32,
    pub reprise: Option<Json<Reprise>>,
    pub lues: i64,
    pub nouvelles: i64,
    pub changees: i64,
    pub identiques: i64,
    pub refusees: i64,
    pub avertissements: i64,
    pub exclues: i64,
    /// Those of them that would have created a row.
    pub exclues_nouvelles: i64,
    /// Those that the checking left out by itself, for a person to decide.
    pub mises_de_cote: i64,
    pub avancement: i64,
    pub creees: i64,
    pub modifiees: i64,
    /// Those of them that were put away.
    pub archivees: i64,
    pub depassees: i64,
    pub annule_avancement: i64,
    pub defaites: i64,
    pub gardees: i64,
    pub communes: Vec<String>,
    pub erreur: Option<String>,
    pub cree_le: DateTime<Utc>,
    pub confirme_le: Option<DateTime<Utc>>,
    pub fini_le: Option<DateTime<Utc>>,
    pub annule_par: Option<i64>,
    pub annuleur: Option<String>,
    pub annule_le: Option<DateTime<Utc>>,
    pub job_state: Option<String>,
    pub job_seconds: Option<i64>,
    /// Lines that the running job went over itself, but for those of a run before it.
    pub ici: Option<i64>,
    pub job_error: Option<String>,
    pub devant: Option<i64>,
    pub attente: Option<String>,
    /// Whether the trust in its profile is set aside: somebody wants to see first.
    pub sans_confiance: bool,
    /// What a trusted profile decided, and why.
    pub confiance: Option<String>,
    /// What the file contradicts of its reading.
    pub question: Option<Json<Contredite>>,
    /// The import whose file it replays.
    pub origine_id: Option<i64>,
    /// The last one that replays its file.
    pub rejeu: Option<i64>,
    /// The communes for which it is complete.
    pub complet: Option<Vec<String>>,
    /// Rows of these that no line names.
    pub absentes: i64,
    /// Those of them that may be put away, while nobody asked for it.
    pub retirables: i64,
    /// Lines that would change a closed row.
    pub proposees: i64,
    /// Those of them that nobody has decided.
    pub a_decider: i64,
    /// Proposals that somebody refused.
    pub ecartees: i64,
}

/// What the rest of a file contradicts of the reading of a column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contredite {
    /// The place of the column.
    pub place: usize,
    /// Its physical line.
    pub ligne: u64,
    /// What stands there.
    pub valeur: String,
    /// The order of its dates that the file says, when that is the question.
    pub dates: Option<Ordre>,
    /// The way of its numbers, when that is.
    pub nombres: Option<Decimales>,
}

impl Import {
    /// Where it stands. A work that was called off before it ran, or whose worker died while saying so, left it as it was.
    pub fn state(&self) -> &str {
        match (Etape::of(&self.etat), self.job_state.as_deref()) {
            (Some(_), Some(job)) if LIVING.contains(&job) => &self.etat,
            (Some(etape), _) => etape.stop().to,
            _ => &self.etat,
        }
    }

    /// Whether work goes on.
    pub fn is_moving(&self) -> bool {
        EN_ROUTE.contains(&self.state())
    }

    /// What becomes of rows that exist.
    pub fn mode(&self) -> Mode {
        Mode::of(&self.mode).unwrap_or(Mode::Completer)
    }

    /// What it would write: rows to create, rows to change, but for the lines that were left out.
    pub fn a_ecrire(&self) -> i64 {
        (self.nouvelles + self.changees - self.exclues).max(0)
    }

    /// Whether nothing in its file asks for anything: its rows are all refused, or as they are.
    pub fn rien_a_ecrire(&self) -> bool {
        self.nouvelles + self.changees + self.proposees + self.absentes == 0
    }

    /// Lines that its writing walks over: those of the file, then the rows that none names.
    pub fn rangs(&self) -> i64 {
        self.lues + self.absentes
    }

    /// What confirmed it, when that is a profile and no person.
    pub fn par_un_profil(&self) -> Option<&str> {
        self.confiance.as_deref().filter(|said| said.starts_with(CONFIRME))
    }

    /// Whether it can be taken back now: one that is, for the rows that it left.
    pub fn can_undo(&self) -> bool {
        ANNULE.takes(self.state()) && self.creees + self.modifiees > 0 && (self.state() != "annule" || self.gardees > 0)
    }

    /// Whether its file may be checked again, as another import.
    pub fn can_replay(&self) -> bool {
        ["termine", "annule", "abandonne"].contains(&self.state())
    }

    /// Whether it can be given up.
    pub fn can_drop(&self) -> bool {
        ABANDONNE.takes(self.state()) && self.creees + self.modifiees == 0
    }

    /// Whether one may go back to how it is read.
    pub fn can_read_again(&self) -> bool {
        self.state() == "lecture" || RELIT.takes(self.state())
    }

    /// The work that goes on when a person says so.
    pub fn resumable(&self) -> Option<Etape> {
        match self.state() {
            state if REPREND.takes(state) => Some(Etape::Verification),
            "ecriture_arretee" if ECRIT.takes("ecriture_arretee") => Some(Etape::Ecriture),
            "annulation_arretee" => Some(Etape::Annulation),
            _ => None,
        }
    }
}

/// A line that would write, or wrote.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Prevue {
    pub id: i64,
    pub rang: i64,
    pub ligne: i64,
    pub verdict: String,
    pub etat: String,
    pub cle: Option<i64>,
    pub nom: Option<String>,
    pub valeurs: Option<Value>,
    pub avant: Option<Value>,
    pub motif: Option<String>,
}

/// Something that is said of a line.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Dite {
    pub ligne: i64,
    pub code: String,
    pub colonne: String,
    pub message: String,
}

/// A lot that was done.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Lot {
    pub etape: String,
    pub debut: i64,
    pub fin: i64,
    pub lignes: Value,
    pub duree_ms: i64,
    pub fini_le: DateTime<Utc>,
}

/// « Le fichier X », and the like, for the title of its page and of its jobs.
pub fn titre(import: &Import, genre: &Genre) -> String {
    format!("{}\u{a0}: {}", genre.titre(), import.nom)
}
