//! What the whole file says of the dates and numbers of its columns, looked at before its first line is checked: the first rows may
//! have said nothing, or something that a later row contradicts. Such a file waits for an answer instead of being refused row by row.

use super::deplie::{self, Deplieur};
use super::genre::Genre;
use super::lignes::Lecteur;
use super::model::{Contredite, Import};
use crate::listing::Kind;
use crate::platform::jobs::{JobError, Run};
use crate::sources::valeurs::{self, Dates, Decimales, Ordre};
use crate::sources::{Rang, Rangs, Refus, Role, Sorte};
use crate::ui::format;

/// Rows looked at between two questions to the queue.
const PAS: usize = 20_000;
/// Signs of a cell of a row that is unfolded: no date nor number has as many.
const REGARDES: usize = 200;
/// The ways of numbers, as they are proposed.
const NOMBRES: [Decimales; 5] = [Decimales::Virgule, Decimales::VirgulePoints, Decimales::Point, Decimales::PointVirgules, Decimales::Mixte];
/// Characters of a value that a question quotes.
const VALEUR_MAX: usize = 60;

/// How the values of a column are read.
#[derive(Clone, Debug)]
enum Facon {
    /// In this order, and the other one.
    Dates(Ordre, Ordre),
    /// So, with so many decimals; or in one of these ways, which read the first rows too.
    Nombres(Decimales, u32, Vec<Decimales>),
}

/// A column that is watched.
#[derive(Clone, Debug)]
pub struct Suivie {
    place: usize,
    facon: Facon,
    /// Whether a person said how it is read.
    dite: bool,
    /// Whether a cell reads this way alone.
    prouvee: bool,
    /// The first cell that does not, and reads another way.
    contraire: Option<(u64, String)>,
    /// The first one that reads both ways.
    douteuse: Option<(u64, String)>,
}

fn autre(ordre: Ordre) -> Ordre {
    if ordre == Ordre::JourMois { Ordre::MoisJour } else { Ordre::JourMois }
}

fn jour(texte: &str, ordre: Ordre) -> Option<chrono::NaiveDate> {
    valeurs::date(texte, Dates { ordre, ..Dates::default() }).ok()
}

impl Suivie {
    /// A column of the file, when its field holds dates or numbers and nobody said twice how they are written.
    fn of<'a>(
        place: usize,
        champ: &str,
        (import, genre, lecteur): (&Import, &'static Genre, &Lecteur<'_>),
        first: &dyn Fn() -> Vec<&'a str>,
    ) -> Option<Self> {
        let said = import.correspondance.formats.get(&place).copied().unwrap_or_default();
        if said.sur {
            return None;
        }
        let (dates, nombres) = lecteur.formats.get(champ).copied().unwrap_or_default();
        let facon = match genre.field(champ)?.saisie.kind()? {
            Kind::Date => Facon::Dates(dates.ordre, autre(dates.ordre)),
            Kind::Number(number) => {
                let scale = u32::from(number.scale);
                let reads = |way: Decimales, texte: &str| valeurs::decimal(texte, way, scale).is_ok();
                let first: Vec<&str> = first().into_iter().filter(|texte| reads(nombres, texte)).collect();
                let others = NOMBRES.into_iter().filter(|way| *way != nombres && first.iter().all(|texte| reads(*way, texte)));
                Facon::Nombres(nombres, scale, others.collect())
            }
            _ => return None,
        };
        let dite = said.dates.is_some() || said.nombres.is_some();
        Some(Self { place, facon, dite, prouvee: false, contraire: None, douteuse: None })
    }

    fn regarde(&mut self, rang: &Rang) {
        let Some(texte) = texte(rang, self.place) else { return };
        let here = || Some((rang.ligne, texte.chars().take(VALEUR_MAX).collect()));
        match &self.facon {
            Facon::Dates(ordre, other) => match (jour(texte, *ordre), jour(texte, *other)) {
                (Some(one), Some(two)) if one != two => self.douteuse = self.douteuse.take().or_else(here),
                (Some(_), None) => self.prouvee = true,
                (None, Some(_)) => self.contraire = self.contraire.take().or_else(here),
                _ => {}
            },
            Facon::Nombres(way, scale, others) if self.contraire.is_none() => {
                let reads = |way: Decimales| valeurs::decimal(texte, way, *scale).is_ok();
                if !reads(*way) && others.iter().any(|other| reads(*other)) {
                    self.contraire = here();
                }
            }
            Facon::Nombres(..) => {}
        }
    }

    /// What is asked of it.
    fn question(self) -> Option<Contredite> {
        let (contraire, dite, prouvee) = (self.contraire, self.dite, self.prouvee);
        let asked = |(ligne, valeur): (u64, String)| Contredite { place: self.place, ligne, valeur, ..Contredite::default() };
        match self.facon {
            Facon::Dates(ordre, other) => match (contraire, self.douteuse) {
                // Said both ways by the file: the person keeps what they see, or changes it.
                (Some(cell), _) => Some(Contredite { dates: Some(if prouvee { ordre } else { other }), ..asked(cell) }),
                (None, Some(cell)) if !dite && !prouvee => Some(Contredite { dates: Some(ordre), ..asked(cell) }),
                _ => None,
            },
            Facon::Nombres(_, scale, others) => {
                let cell = contraire?;
                let way = others.into_iter().find(|other| valeurs::decimal(&cell.1, *other, scale).is_ok());
                Some(Contredite { nombres: way, ..asked(cell) })
            }
        }
    }
}

/// A cell that a person wrote: what a workbook says to be a number or a date is read as that.
fn texte(rang: &Rang, place: usize) -> Option<&str> {
    let own = matches!(rang.sorte(place), None | Some(Sorte::Texte));
    rang.cellules.get(place).map(|cell| cell.trim()).filter(|cell| own && !cell.is_empty())
}

/// The columns to be watched: those that hold dates or numbers.
pub fn suivies(import: &Import, genre: &'static Genre, lecteur: &Lecteur<'_>, deplieur: Option<&Deplieur>) -> Vec<Suivie> {
    let named = lecteur.colonnes.iter().enumerate().filter_map(|(place, champ)| Some((place, (*champ)?)));
    let first = |place| deplie::textes(&import.examen, deplieur, place);
    named.filter_map(|(place, champ)| Suivie::of(place, champ, (import, genre, lecteur), &|| first(place))).collect()
}

/// What is asked of a file before it is checked: the first line that contradicts how a column is read.
///
/// # Errors
/// The work is not wanted any more, or its thread was lost.
pub async fn cherche(
    run: &Run,
    mut watched: Vec<Suivie>,
    (mut rangs, deplieur): (Box<dyn Rangs + Send>, Option<Deplieur>),
) -> Result<Result<Option<Contredite>, Refus>, JobError> {
    loop {
        run.still_wanted()?;
        let deplieur = deplieur.clone();
        let step = tokio::task::spawn_blocking(move || {
            for _ in 0..PAS {
                match rangs.suivant() {
                    Ok(Some(rang)) if rang.role == Role::Donnee && rang.defaut.is_none() => match &deplieur {
                        Some(deplieur) => {
                            let lines = deplieur.deplie(rang.abrege(REGARDES), |_| true);
                            lines.for_each(|line| watched.iter_mut().for_each(|one| one.regarde(&line)));
                        }
                        None => watched.iter_mut().for_each(|one| one.regarde(&rang)),
                    },
                    Ok(Some(_)) => {}
                    Ok(None) => return Ok((watched, None)),
                    Err(refus) => return Err(refus),
                }
            }
            Ok((watched, Some(rangs)))
        });
        match step.await.map_err(|error| JobError::Retry(error.to_string()))? {
            Err(refus) => return Ok(Err(refus)),
            Ok((all, None)) => return Ok(Ok(all.into_iter().filter_map(Suivie::question).min_by_key(|asked| asked.ligne))),
            Ok((all, Some(rest))) => (watched, rangs) = (all, rest),
        }
    }
}

/// The question, in words.
pub fn phrase(import: &Import, lecteur: &Lecteur<'_>, asked: &Contredite) -> String {
    let names = &import.examen.lecture.colonnes;
    let nom =
        names.get(asked.place).map_or(if asked.place == names.len() { "titres des colonnes dépliées" } else { "colonnes dépliées" }, String::as_str);
    let champ = lecteur.colonnes.get(asked.place).copied().flatten().unwrap_or_default();
    let (dates, nombres) = lecteur.formats.get(champ).copied().unwrap_or_default();
    let at = format!(
        "Ligne {}, colonne «\u{a0}{nom}\u{a0}»\u{a0}: «\u{a0}{}\u{a0}»",
        format::integer(i64::try_from(asked.ligne).unwrap_or(i64::MAX)),
        asked.valeur
    );
    let first = |ordre: Ordre| if ordre == Ordre::JourMois { "le jour d’abord" } else { "le mois d’abord" };
    match (asked.dates, asked.nombres) {
        (Some(_), _) if jour(&asked.valeur, dates.ordre).is_some() => {
            format!("{at} se lit de deux façons, et rien dans le fichier ne dit laquelle. Dites-la devant cette colonne, puis vérifiez de nouveau.")
        }
        (Some(ordre), _) if ordre == dates.ordre => format!(
            "{at} ne peut se lire {}, d’autres lignes ne peuvent se lire autrement. Dites comment lire cette colonne\u{a0}: les lignes contraires seront refusées.",
            first(dates.ordre)
        ),
        (Some(ordre), _) => format!(
            "{at} ne peut se lire {}. Rien n’est vérifié\u{a0}: revoyez la lecture de cette colonne, où «\u{a0}{}\u{a0}» est proposé.",
            first(dates.ordre),
            first(ordre)
        ),
        (None, way) => format!(
            "{at} ne peut se lire ainsi\u{a0}: {}. Rien n’est vérifié\u{a0}: revoyez la lecture de cette colonne, où «\u{a0}{}\u{a0}» est proposé.",
            nombres.libelle(),
            way.unwrap_or_default().libelle()
        ),
    }
}
