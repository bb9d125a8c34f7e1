//! A line of a file, from its cells to what it would do: checked as a form is, field by field, then all together.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::genre::{ENTRE, Genre};
use super::ligne::{Ligne, VALEUR_MAX};
use super::model::Mode;
use super::texte::plie;
use crate::champs::Saisie;
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::{Choice, Kind, Value};
use crate::platform::error::Result;
use crate::records::{self, Field};
use crate::sources::valeurs::{self, Dates, Decimales};
use crate::sources::{Rang, Sorte};

/// Bytes of a cell that are read at most: no field takes as many, nor a list of values. A longer one is refused.
const TEXTE_MAX: usize = 64 * 1024;
/// Values of a list that a refusal quotes at most.
const CITEES_MAX: usize = 12;

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
    /// Values on offer, by field.
    pub(super) options: Arc<BTreeMap<&'static str, Vec<Choice>>>,
    /// Codes that are those of a part of a commune: what each is, and where it leads.
    anciennes: HashMap<String, String>,
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
        for field in genre.record.fields().chain(genre.apports) {
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
        let anciennes = anciennes(context, genre).await?;
        Ok(Self { context, personne, genre, mode, colonnes: Vec::new(), constantes: Vec::new(), formats: HashMap::new(), options, anciennes, mots })
    }

    /// What stands in the column of a field, for the one who mends the file.
    pub(super) fn colonne(&self, champ: &str) -> &'static str {
        self.genre.label(champ)
    }

    /// A line of these cells: what each field is given, and what is wrong with each by itself.
    pub fn lit(&self, rang: i64, ligne: i64, lu: &mut Rang) -> Ligne {
        let cellules = std::mem::take(&mut lu.cellules);
        let lu = &*lu;
        let mut line = Ligne { rang, ligne, ..Ligne::default() };
        let mut trop_longs = Vec::new();
        let sorte = |champ: &str| lu.sorte(self.colonnes.iter().position(|known| *known == Some(champ))?);
        for (champ, texte) in self.colonnes.iter().zip(&cellules) {
            if let (Some(champ), texte) = (champ, texte.trim())
                && !texte.is_empty()
                && !self.genre.vides.iter().any(|empty| texte.eq_ignore_ascii_case(empty))
            {
                if texte.len() > TEXTE_MAX {
                    trop_longs.push(*champ);
                }
                line.typed.insert(champ, tenu(texte));
            }
        }
        for (champ, value) in &self.constantes {
            if !line.typed.contains_key(champ) {
                line.typed.insert(champ, value.clone());
                line.pour_tous.insert(champ);
            }
        }
        line.brut = cellules;
        for (champ, texte) in line.typed.clone() {
            let Some(field) = self.genre.field(champ) else { continue };
            if trop_longs.contains(&champ) {
                line.refuse("VAL-06", self.colonne(champ), &texte, format!("{}\u{a0}: cette cellule est trop longue pour être lue.", field.label));
                continue;
            }
            if self.genre.lien(champ).is_some() {
                continue;
            }
            // What is chosen for all lines is the code that the form offers, not a word of the file.
            let offered = || self.options.get(champ).is_some_and(|known| known.iter().any(|(code, _)| *code == texte));
            if self.constantes.iter().any(|(name, _)| *name == champ) && field.saisie.is_choice() && offered() {
                line.lues.insert(champ, Some(texte));
                continue;
            }
            match self.valeur(field, &texte, sorte(champ)) {
                Ok(value) => drop(line.lues.insert(champ, Some(value))),
                Err(sentence) => line.refuse(code_of(&field.saisie), self.colonne(champ), &texte, sentence),
            }
        }
        if let (false, Some(numero)) = (self.genre.numero.donne, line.typed.get(self.genre.numero.colonne)) {
            line.cles.insert(self.genre.numero.colonne, numero.to_uppercase());
        }
        if let Some(deduit) = self.genre.deduit {
            deduit(&mut line);
        }
        line
    }

    /// The value of a text: a choice by its code or its words, anything else as a form reads it.
    fn valeur(&self, field: &Field, texte: &str, sorte: Option<Sorte>) -> std::result::Result<String, String> {
        let options = self.options.get(field.name).map(Vec::as_slice).unwrap_or_default();
        if field.saisie.is_choice() {
            if let Some(leads) = self.anciennes.get(&texte.to_uppercase()).filter(|_| matches!(field.saisie, Saisie::Commune)) {
                return Err(format!("{}\u{a0}: {leads}", field.label));
            }
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
}

/// A text no longer than what any field takes: beyond, it is refused, and not held as many times as there are lines of its row.
fn tenu(texte: &str) -> String {
    let mut most = texte.len().min(TEXTE_MAX);
    while !texte.is_char_boundary(most) {
        most -= 1;
    }
    texte[..most].to_string()
}

/// Codes that are no commune's any more, when the lines name communes.
async fn anciennes(context: &Context, genre: &Genre) -> Result<HashMap<String, String>> {
    if !genre.record.fields().any(|field| matches!(field.saisie, Saisie::Commune)) {
        return Ok(HashMap::new());
    }
    let known: Vec<(String, String)> = sqlx::query_as(
        "SELECT a.code_insee, '« ' || a.code_insee || ' » est le code de ' || a.nom || ', qui fait partie de ' || c.nom || ' : donnez ' || c.code_insee || '.'
         FROM commune_ancienne a JOIN commune c ON c.id = a.commune_id WHERE NOT EXISTS (SELECT 1 FROM commune o WHERE o.code_insee = a.code_insee)",
    )
    .fetch_all(context.db.statement())
    .await?;
    Ok(known.into_iter().collect())
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
    let known = if labels.len() > CITEES_MAX { String::new() } else { format!(" Valeurs connues\u{a0}: {}.", labels.join("\u{202f}; ")) };
    format!("{}\u{a0}: «\u{a0}{texte}\u{a0}» n’est pas une valeur connue.{known}", field.label)
}
