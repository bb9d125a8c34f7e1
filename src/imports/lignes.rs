//! A line of a file, from its cells to what it would do: checked as a form is, field by field, then all together.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest, Sha256};

use super::genre::{ENTRE, Genre};
use super::model::Mode;
use super::texte::plie;
use crate::champs::Saisie;
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::{Choice, Kind, Value};
use crate::platform::error::Result;
use crate::platform::token::hexadecimal;
use crate::records::{self, Draft, Field, Values};
use crate::sources::valeurs::{self, Dates, Decimales};
use crate::sources::{Rang, Sorte};

/// Values of a list that a refusal quotes at most.
const CITEES_MAX: usize = 12;
/// Characters of a value that an anomaly quotes at most.
const VALEUR_MAX: usize = 200;

/// What a line does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Creates a row.
    Nouvelle,
    /// Changes one.
    Changee,
    /// Says what the row says already.
    Identique,
    /// Says something else, which the mode leaves.
    Laissee,
    /// Cannot be.
    Refusee,
    /// Would change a row that is closed: a person says.
    Proposee,
}

impl Verdict {
    /// As stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Nouvelle => "nouvelle",
            Self::Changee => "changee",
            Self::Identique => "identique",
            Self::Laissee => "laissee",
            Self::Refusee => "refusee",
            Self::Proposee => "proposee",
        }
    }
}

/// Something to say of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anomalie {
    /// Whether the line is refused for it.
    pub refus: bool,
    /// Its code.
    pub code: String,
    /// The column of the file, or the field.
    pub colonne: String,
    /// What stood there.
    pub valeur: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// The row that a line names.
pub struct Existante {
    /// Its key.
    pub id: i64,
    /// Its version.
    pub version: i32,
    /// Its name.
    pub nom: String,
    /// Its values.
    pub valeurs: Values,
    /// Whether it is closed.
    pub fermee: bool,
}

/// A line on its way.
#[derive(Default)]
pub struct Ligne {
    /// Its place among the lines.
    pub rang: i64,
    /// Its physical line.
    pub ligne: i64,
    /// Its cells.
    pub brut: Vec<String>,
    /// What each field is given, empty cells left out.
    pub typed: BTreeMap<&'static str, String>,
    /// What is right of it, as it would be stored.
    pub lues: Values,
    /// What is said of it.
    pub anomalies: Vec<Anomalie>,
    /// What it may be recognised by.
    pub cles: BTreeMap<&'static str, String>,
    /// The row it names.
    pub existante: Option<Existante>,
    /// What it does.
    pub verdict: Option<Verdict>,
    /// What it writes.
    pub ecrites: Values,
    /// What stood there.
    pub avant: Values,
}

impl Ligne {
    /// Says why it is refused.
    pub fn refuse(&mut self, code: &str, colonne: &str, valeur: &str, message: impl Into<String>) {
        self.dit(true, code, colonne, valeur, message.into());
    }

    /// Says what deserves a look.
    pub fn avertit(&mut self, code: &str, colonne: &str, valeur: &str, message: impl Into<String>) {
        self.dit(false, code, colonne, valeur, message.into());
    }

    fn dit(&mut self, refus: bool, code: &str, colonne: &str, valeur: &str, message: String) {
        let valeur: String = valeur.replace(ENTRE, ", ").chars().filter(|sign| *sign != '\0').take(VALEUR_MAX).collect();
        self.anomalies.push(Anomalie { refus, code: code.into(), colonne: colonne.into(), valeur, message });
    }

    /// Whether it is refused already.
    pub fn est_refusee(&self) -> bool {
        self.anomalies.iter().any(|one| one.refus)
    }

    /// The digest of what it says: two lines that say the same are one.
    pub fn empreinte(&self) -> String {
        let mut digest = Sha256::new();
        for (champ, texte) in &self.typed {
            let known = self.lues.get(champ).and_then(Option::as_deref).unwrap_or(texte);
            digest.update([champ.as_bytes(), b"\x1f", known.as_bytes(), b"\x1e"].concat());
        }
        hexadecimal(&digest.finalize())[..32].to_string()
    }
}

/// What lines are read with.
pub struct Lecteur<'a> {
    /// What the process holds.
    pub context: &'a Context,
    /// In whose name.
    pub personne: &'a Personne,
    /// What is fed.
    pub genre: &'static Genre,
    /// What becomes of rows that exist.
    pub mode: Mode,
    /// The field of each column.
    pub colonnes: Vec<Option<&'static str>>,
    /// What all lines are given.
    pub constantes: Vec<(&'static str, String)>,
    /// How the dates and numbers of a field are written.
    pub formats: HashMap<&'static str, (Dates, Decimales)>,
    /// Values on offer, by field; lent to each line in turn.
    options: BTreeMap<&'static str, Vec<Choice>>,
    /// The same by their folded words.
    mots: HashMap<&'static str, HashMap<String, String>>,
}

impl<'a> Lecteur<'a> {
    /// Reads the values on offer.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn new(context: &'a Context, personne: &'a Personne, genre: &'static Genre, mode: Mode) -> Result<Self> {
        let options = records::of_row(context, personne, genre.record, None).await?.options;
        let mut mots: HashMap<&'static str, HashMap<String, String>> = HashMap::new();
        for field in genre.record.fields() {
            let known = mots.entry(field.name).or_default();
            if let Saisie::Choix(choices) = &field.saisie {
                known.extend(choices.iter().flat_map(|(code, label, _)| [(plie(code), (*code).to_string()), (plie(label), (*code).to_string())]));
            }
            // A key of the base is no word of a file: « 3 » under « étoiles » is not the third category.
            let internal = ["smallint", "integer", "bigint"].contains(&field.cast);
            for (code, label) in options.get(field.name).into_iter().flatten() {
                known.insert(plie(label), code.clone());
                if !internal {
                    known.insert(plie(code), code.clone());
                }
                let others =
                    genre.valeurs.iter().filter(|(champ, words, _)| *champ == field.name && *words == label).flat_map(|(.., others)| others.iter());
                known.extend(others.map(|word| ((*word).to_string(), code.clone())));
            }
            if field.cast == "boolean" {
                for (word, code) in
                    [("oui", "true"), ("vrai", "true"), ("1", "true"), ("x", "true"), ("non", "false"), ("faux", "false"), ("0", "false")]
                {
                    known.entry(word.into()).or_insert_with(|| code.into());
                }
            }
        }
        Ok(Self { context, personne, genre, mode, colonnes: Vec::new(), constantes: Vec::new(), formats: HashMap::new(), options, mots })
    }

    /// What stands in the column of a field, for the one who mends the file.
    fn colonne(&self, champ: &str) -> &'static str {
        self.genre.label(champ)
    }

    /// A line of these cells: what each field is given, and what is wrong with each by itself.
    pub fn lit(&self, rang: i64, ligne: i64, lu: &Rang) -> Ligne {
        let cellules = lu.cellules.clone();
        let mut line = Ligne { rang, ligne, ..Ligne::default() };
        let sorte = |champ: &str| lu.sorte(self.colonnes.iter().position(|known| *known == Some(champ))?);
        for (champ, texte) in self.colonnes.iter().zip(&cellules) {
            if let (Some(champ), texte) = (champ, texte.trim())
                && !texte.is_empty()
            {
                line.typed.insert(champ, texte.to_string());
            }
        }
        for (champ, value) in &self.constantes {
            line.typed.entry(champ).or_insert_with(|| value.clone());
        }
        line.brut = cellules;
        for (champ, texte) in line.typed.clone() {
            let Some(field) = self.genre.field(champ) else { continue };
            if self.genre.lien(champ).is_some() {
                continue;
            }
            match self.valeur(field, &texte, sorte(champ)) {
                Ok(value) => drop(line.lues.insert(champ, Some(value))),
                Err(sentence) => line.refuse(code_of(&field.saisie), self.colonne(champ), &texte, sentence),
            }
        }
        if let Some(numero) = line.typed.get(self.genre.numero.colonne) {
            line.cles.insert(self.genre.numero.colonne, numero.to_uppercase());
        }
        line
    }

    /// The value of a text: a choice by its code or its words, anything else as a form reads it.
    fn valeur(&self, field: &Field, texte: &str, sorte: Option<Sorte>) -> std::result::Result<String, String> {
        let options = self.options.get(field.name).map(Vec::as_slice).unwrap_or_default();
        if field.saisie.is_choice() {
            return match self.mots.get(field.name).and_then(|known| known.get(&plie(texte))) {
                Some(code) => Ok(code.clone()),
                None => Err(inconnue(field, texte, options)),
            };
        }
        let ecrit = self.ecrit(field, texte, sorte).map_err(|sentence| records::of_field(field, &sentence))?;
        field.saisie.check(&ecrit, options, self.context.clock.today()).map_err(|sentence| records::of_field(field, &sentence))
    }

    /// What a form would hold for a day or a number written as its column is; any other text as it is.
    fn ecrit(&self, field: &Field, texte: &str, sorte: Option<Sorte>) -> std::result::Result<String, String> {
        let (dates, nombres) = self.formats.get(field.name).copied().unwrap_or_default();
        match field.saisie.kind() {
            Some(kind @ Kind::Date) => valeurs::date(texte, dates).map(|day| kind.field(&Value::Date(day))).map_err(|faute| faute.message),
            Some(kind @ Kind::Number(number)) => valeurs::decimal(texte, nombres.de(sorte), u32::from(number.scale))
                .map(|mantissa| kind.field(&Value::Int(mantissa)))
                .map_err(|faute| faute.message),
            _ => Ok(texte.to_string()),
        }
    }

    /// What a line may be recognised by, once its values are known.
    pub fn cles(&self, line: &mut Ligne) {
        for cle in self.genre.cles {
            let parts: Option<Vec<&str>> =
                cle.colonnes.iter().map(|column| line.lues.get(column).and_then(Option::as_deref).filter(|value| !value.is_empty())).collect();
            if let Some(parts) = parts {
                line.cles.insert(cle.nom, parts.join(ENTRE));
            }
        }
    }

    /// What a line does, once the row it names is known.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn juge(&mut self, line: &mut Ligne) -> Result<()> {
        let mut draft = Draft { options: std::mem::take(&mut self.options), ..Draft::default() };
        let kept = match &line.existante {
            Some(row) => {
                draft.id = Some(row.id);
                draft.before = row.valeurs.clone();
                draft.values = row.valeurs.clone();
                self.corrige(&mut draft, line)
            }
            None => {
                self.cree(&mut draft, line);
                false
            }
        };
        if !line.est_refusee() {
            self.genre.record.hooks.complete(self.context, self.personne, &mut draft).await?;
        }
        for (field, sentence) in std::mem::take(&mut draft.faults) {
            let valeur = line.typed.get(field).cloned().unwrap_or_default();
            let code = if valeur.is_empty() { "VAL-05" } else { "COH-01" };
            line.refuse(code, self.colonne(field), &valeur, sentence);
        }
        for sentence in std::mem::take(&mut draft.warnings) {
            line.avertit("COH-02", "", "", sentence);
        }
        self.rend(line, &mut draft, kept);
        Ok(())
    }

    /// The fields that a row takes from a line; whether it would take more without the mode.
    fn corrige(&self, draft: &mut Draft, line: &mut Ligne) -> bool {
        let mut kept = false;
        for field in self.genre.record.fields().filter(|field| field.kept()) {
            // A value given to all lines is for those that have none.
            let said = line.lues.get(field.name).cloned().flatten().filter(|_| !self.constantes.iter().any(|(name, _)| *name == field.name));
            let Some(said) = said else { continue };
            let before = draft.before.get(field.name).cloned().flatten().unwrap_or_default();
            if before == said {
                continue;
            }
            if field.fixed {
                let valeur = line.typed.get(field.name).cloned().unwrap_or_default();
                let message = format!("{}\u{a0}: ne se change pas par un import. Ouvrez la fiche.", field.label);
                line.avertit("ETA-04", self.colonne(field.name), &valeur, message);
                continue;
            }
            match self.mode {
                Mode::Remplacer => draft.set(field.name, Some(said)),
                Mode::Completer if before.is_empty() => draft.set(field.name, Some(said)),
                Mode::Completer | Mode::Ajouter => kept = true,
            }
        }
        kept
    }

    /// The fields of a new row.
    fn cree(&self, draft: &mut Draft, line: &Ligne) {
        for field in self.genre.record.fields() {
            match line.lues.get(field.name) {
                Some(value) => draft.set(field.name, value.clone()),
                // Wrong, and told.
                None if line.typed.contains_key(field.name) => {}
                None => match records::worth_empty(field) {
                    Ok(value) => draft.set(field.name, value),
                    Err(sentence) => draft.wrong(field.name, sentence),
                },
            }
        }
    }

    fn rend(&mut self, line: &mut Ligne, draft: &mut Draft, kept: bool) {
        self.options = std::mem::take(&mut draft.options);
        line.verdict = Some(if line.est_refusee() {
            Verdict::Refusee
        } else if line.existante.is_none() {
            line.ecrites = draft.values.iter().filter(|(_, value)| value.is_some()).map(|(column, value)| (*column, value.clone())).collect();
            Verdict::Nouvelle
        } else {
            line.ecrites = records::changed(self.genre.record, draft);
            line.avant = line.ecrites.keys().map(|column| (*column, draft.before.get(column).cloned().flatten())).collect();
            match (line.ecrites.is_empty(), kept) {
                (false, _) if line.existante.as_ref().is_some_and(|row| row.fermee) => Verdict::Proposee,
                (false, _) => Verdict::Changee,
                (true, true) => Verdict::Laissee,
                (true, false) => Verdict::Identique,
            }
        });
    }
}

/// The code of what is wrong with a value.
fn code_of(saisie: &Saisie) -> &'static str {
    match saisie {
        Saisie::Nombre(..) | Saisie::Duree(..) => "VAL-01",
        Saisie::Jour | Saisie::JourPasse | Saisie::Mois => "VAL-02",
        Saisie::Choix(_) | Saisie::Reference(_) | Saisie::Collectivite => "REF-01",
        Saisie::Fiche(_) => "REF-02",
        Saisie::Commune => "REF-03",
        _ => "VAL-06",
    }
}

/// Said of a choice that is none, with what would be one.
fn inconnue(field: &Field, texte: &str, options: &[Choice]) -> String {
    let texte: String = texte.chars().take(VALEUR_MAX).collect();
    if matches!(field.saisie, Saisie::Commune) {
        return format!(
            "{}\u{a0}: «\u{a0}{texte}\u{a0}» n’est aucune des communes où vous saisissez. Donnez son nom ou son code INSEE, ou confiez cette ligne à qui y a droit.",
            field.label
        );
    }
    let labels: Vec<&str> = match &field.saisie {
        Saisie::Choix(known) => known.iter().map(|(_, label, _)| *label).collect(),
        _ => options.iter().map(|(_, label)| label.as_str()).collect(),
    };
    let known = if labels.len() > CITEES_MAX { String::new() } else { format!(" Valeurs connues\u{a0}: {}.", labels.join(", ")) };
    format!("{}\u{a0}: «\u{a0}{texte}\u{a0}» n’est pas une valeur connue.{known}", field.label)
}
