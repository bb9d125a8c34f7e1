//! What the values of a column leave open, and what answers it: a person, or another column of the same file that can be read in one
//! order alone. Until then both ways are shown.

use std::collections::BTreeSet;

use super::deplie::{self, Deplieur};
use super::genre::Genre;
use super::model::{Contredite, Correspondance, Format, Import};
use super::opposees;
use crate::listing::Kind;
use crate::sources::valeurs::{self, Colonne, Dates, Decimales, Decision, Ordre};
use crate::sources::{Examen, Sorte};
use crate::ui::format;

/// The ways of numbers on offer where the file contradicts one of them.
const NOMBRES: [Decimales; 5] = [Decimales::Virgule, Decimales::VirgulePoints, Decimales::Point, Decimales::PointVirgules, Decimales::Mixte];
/// The orders on offer, in words.
const ORDRES: [(Ordre, &str); 2] = [(Ordre::JourMois, "le jour, puis le mois"), (Ordre::MoisJour, "le mois, puis le jour")];
/// Characters of a value that a question quotes.
const EXEMPLE_MAX: usize = 40;

/// What is asked of the values of a column.
pub struct Question {
    /// What is asked, with what was answered.
    pub choix: Choix,
    /// A value of the column that reads several ways.
    exemple: Option<String>,
    /// The field that it fills.
    genre: Kind,
}

/// See [`Question`].
pub enum Choix {
    /// The day first, or the month.
    Dates(Option<Ordre>),
    /// One of these.
    Nombres(Option<Decimales>, Vec<Decimales>),
}

impl Question {
    /// Whether nobody answered yet.
    pub fn open(&self) -> bool {
        matches!(self.choix, Choix::Dates(None) | Choix::Nombres(None, _))
    }

    /// What the field of a form that asks it is called, before the place of the column.
    pub fn nom(&self) -> &'static str {
        if matches!(self.choix, Choix::Dates(_)) { "dates" } else { "nombres" }
    }

    /// The answers: the code of each, and what it makes of a value of the file.
    pub fn reponses(&self) -> Vec<(String, String)> {
        let exemple = self.exemple.as_deref().unwrap_or_default();
        let said = |lue: Option<String>, way: &str| lue.map_or_else(|| way.to_string(), |lue| format!("«\u{a0}{exemple}\u{a0}» est {lue} ({way})"));
        match &self.choix {
            Choix::Dates(_) => ORDRES.iter().map(|(ordre, way)| (code(ordre), said(jour(exemple, *ordre), way))).collect(),
            Choix::Nombres(_, all) => all
                .iter()
                .map(|way| match nombre(self.genre, exemple, *way) {
                    Some(lue) => (code(way), said(Some(lue), way.libelle().split(" (").next().unwrap_or_default())),
                    None => (code(way), way.libelle().to_string()),
                })
                .collect(),
        }
    }

    /// The code of what was answered; empty until then.
    pub fn repondu(&self) -> String {
        match &self.choix {
            Choix::Dates(chosen) => chosen.as_ref().map(code).unwrap_or_default(),
            Choix::Nombres(chosen, _) => chosen.as_ref().map(code).unwrap_or_default(),
        }
    }
}

fn code(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_string)).unwrap_or_default()
}

fn jour(texte: &str, ordre: Ordre) -> Option<String> {
    valeurs::date(texte, Dates { ordre, ..Dates::default() }).ok().map(format::date_long)
}

fn nombre(kind: Kind, texte: &str, way: Decimales) -> Option<String> {
    let Kind::Number(number) = kind else { return None };
    valeurs::decimal(texte, way, u32::from(number.scale)).ok().map(|mantissa| number.words(mantissa))
}

/// What the data of a column leave open, for a field that it fills: the question to ask. What the rest of the file contradicts is
/// asked with the answer that it says.
pub fn question(import: &Import, genre: &Genre, place: usize, vue: &Colonne) -> Option<Question> {
    let champs = deplie::champs(&import.examen, &import.correspondance);
    ouverte(genre, champs.get(place)?, (place, vue), &import.correspondance, import.question.as_deref())
}

fn ouverte(genre: &Genre, champ: &str, (place, vue): (usize, &Colonne), map: &Correspondance, asked: Option<&Contredite>) -> Option<Question> {
    let format = map.formats.get(&place).copied().unwrap_or_default();
    let asked = asked.filter(|asked| asked.place == place && !format.sur);
    let again = asked.is_some() || format.sur;
    let kind = genre.field(champ)?.saisie.kind()?;
    let choix = match kind {
        Kind::Date if again || matches!(vue.dates, Decision::Ambigue(_)) => Choix::Dates(asked.and_then(|asked| asked.dates).or(format.dates)),
        Kind::Number(_) => match &vue.nombres {
            _ if again => Choix::Nombres(asked.and_then(|asked| asked.nombres).or(format.nombres), NOMBRES.to_vec()),
            Decision::Ambigue(tous) => Choix::Nombres(format.nombres, tous.clone()),
            _ => return None,
        },
        _ => return None,
    };
    let exemple = vue.exemple.clone().or_else(|| asked.map(|asked| asked.valeur.clone()));
    Some(Question { choix, exemple: exemple.map(|text| text.chars().take(EXEMPLE_MAX).collect()), genre: kind })
}

/// All that nobody decided of the values, one sentence a column; else two columns that would be read in opposite orders.
pub fn doute(genre: &Genre, examen: &Examen, map: &Correspondance) -> Option<String> {
    deux_sens(genre, examen, map).or_else(|| opposees::phrase(genre, examen, map))
}

fn deux_sens(genre: &Genre, examen: &Examen, map: &Correspondance) -> Option<String> {
    let vues = valeurs::colonnes(&examen.premieres);
    let open = map.colonnes.iter().enumerate().filter_map(|(place, champ)| {
        let asked = ouverte(genre, champ, (place, vues.get(place)?), map, None).filter(Question::open)?;
        Some(format!("{}\u{a0}: «\u{a0}{}\u{a0}» se lit de deux façons.", genre.label(champ), asked.exemple.unwrap_or_default()))
    });
    let open: Vec<String> = open.collect();
    let end = match open.len() {
        0 => return None,
        1 => "Dites laquelle est la bonne, devant cette colonne.",
        _ => "Dites laquelle est la bonne, devant chacune de ces colonnes.",
    };
    Some(format!("{} {end}", open.join(" ")))
}

/// The places of the columns whose field is a date.
fn datees(genre: &Genre, champs: &[String]) -> Vec<usize> {
    let dated = |champ: &String| genre.field(champ).is_some_and(|field| matches!(field.saisie.kind(), Some(Kind::Date)));
    champs.iter().enumerate().filter(|(_, champ)| dated(champ)).map(|(place, _)| place).collect()
}

/// Answers what other columns answer: the dates of a file are written one way, and those of a column that can be read in one order alone
/// say which. Only columns that fill a date count, all of them have to agree, and what a person said stays.
pub fn acquis(genre: &Genre, examen: &Examen, map: &mut Correspondance) {
    for format in map.formats.values_mut().filter(|format| format.deduit) {
        (format.dates, format.deduit) = (None, false);
    }
    map.formats.retain(|_, format| *format != Format::default());
    let (vues, champs) = (deplie::vues(examen, map), deplie::champs(examen, map));
    let dated = datees(genre, &champs);
    let proven: BTreeSet<bool> = dated.iter().filter_map(|place| preuve(vues.get(*place)?)).map(|ordre| ordre == Ordre::JourMois).collect();
    let Some(ordre) = proven.first().filter(|_| proven.len() == 1).map(|first| if *first { Ordre::JourMois } else { Ordre::MoisJour }) else {
        return;
    };
    let deplieur = Deplieur::of(examen, map);
    for place in dated {
        let said = map.formats.get(&place).copied().unwrap_or_default();
        let open = vues.get(place).is_some_and(|vue| matches!(vue.dates, Decision::Ambigue(_))) && said.dates.is_none() && !said.sur;
        // A column that holds both orders is asked for.
        let autre = if ordre == Ordre::JourMois { Ordre::MoisJour } else { Ordre::JourMois };
        let fits =
            || deplie::textes(examen, deplieur.as_ref(), place).into_iter().all(|texte| jour(texte, ordre).is_some() || jour(texte, autre).is_none());
        if open && fits() {
            map.formats.insert(place, Format { dates: Some(ordre), deduit: true, ..said });
        }
    }
}

/// The order that the values of a column prove.
fn preuve(vue: &Colonne) -> Option<Ordre> {
    match vue.dates {
        Decision::Sure(ordre) if vue.ordonnee => Some(ordre),
        _ => None,
    }
}

/// The field whose column answers for another one, in words.
pub fn d_apres(import: &Import, genre: &Genre) -> Option<&'static str> {
    let (vues, champs) = (deplie::vues(&import.examen, &import.correspondance), deplie::champs(&import.examen, &import.correspondance));
    let proof = datees(genre, &champs).into_iter().find(|place| vues.get(*place).and_then(preuve).is_some())?;
    Some(genre.label(champs.get(proof)?))
}

/// How a column is read, to show what is understood of its cells.
pub struct Comprise {
    kind: Kind,
    /// The ways, all of those that are left while nobody chose.
    dates: Vec<Ordre>,
    nombres: Vec<Decimales>,
}

impl Comprise {
    /// Of a column whose field holds days or numbers.
    pub fn of(genre: &Genre, champ: &str, vue: Option<&Colonne>, format: Format) -> Option<Self> {
        let kind = genre.field(champ)?.saisie.kind().filter(|kind| matches!(kind, Kind::Date | Kind::Number(_)))?;
        let dates = match (format.dates, vue.map(|vue| &vue.dates)) {
            (Some(said), _) => vec![said],
            (None, Some(Decision::Ambigue(all))) => all.clone(),
            (None, seen) => vec![seen.map(Decision::provisoire).unwrap_or_default()],
        };
        let nombres = match (format.nombres, vue.map(|vue| &vue.nombres)) {
            (Some(said), _) => vec![said],
            (None, Some(Decision::Ambigue(all))) => all.clone(),
            (None, seen) => vec![seen.map(Decision::provisoire).unwrap_or_default()],
        };
        Some(Self { kind, dates, nombres })
    }

    /// What a cell is understood to say; `Err` when it is neither a day nor a number. Nothing when that is what stands there.
    pub fn dit(&self, texte: &str, sorte: Option<Sorte>) -> Option<Result<String, ()>> {
        let texte = texte.trim();
        if texte.is_empty() {
            return None;
        }
        let mut lues: Vec<String> = match self.kind {
            Kind::Date => self.dates.iter().filter_map(|ordre| jour(texte, *ordre)).collect(),
            kind => self.nombres.iter().filter_map(|way| nombre(kind, texte, way.de(sorte))).collect(),
        };
        lues.dedup();
        match lues.as_slice() {
            [] => Some(Err(())),
            [one] if nu(one) == nu(texte) => None,
            [one] => Some(Ok(one.clone())),
            several => Some(Ok(format!("{}\u{202f}?", several.join(" ou ")))),
        }
    }
}

/// A number without its spaces nor its unit.
fn nu(texte: &str) -> String {
    texte.chars().filter(|sign| !sign.is_whitespace() && *sign != '€').collect()
}
