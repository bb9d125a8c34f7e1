//! Wide files: columns that are values of one field, `janvier` to `décembre`, become lines. A row of the file gives one line for each of
//! them that holds something; it is never cut between two lots, since lots count rows.

use super::model::{Correspondance, Depliee};
use crate::sources::valeurs::{self, Colonne, Sondage};
use crate::sources::{Examen, Rang, Role, Sorte};

/// What stands for the field of a column that becomes lines.
pub const DEPLIEE: &str = "*";

/// Columns of a file that is unfolded at most, and of those that become lines: each line holds a row.
pub const LARGEUR_MAX: usize = 300;
/// See [`LARGEUR_MAX`].
pub const DEPLIEES_MAX: usize = 120;

/// How rows become lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deplieur {
    /// The columns that become lines: place, and what their header says once completed.
    colonnes: Vec<(usize, String)>,
    /// Columns of the file.
    largeur: usize,
}

impl Deplieur {
    /// Of a reading that unfolds some columns; nothing for another.
    pub fn of(examen: &Examen, map: &Correspondance) -> Option<Self> {
        let Depliee { ajout, .. } = map.deplie.as_ref()?;
        let names = &examen.lecture.colonnes;
        let chosen = map.colonnes.iter().enumerate().filter(|(_, champ)| champ.as_str() == DEPLIEE);
        let full = |name: &String| complete(name.trim(), ajout.trim());
        let colonnes: Vec<(usize, String)> = chosen.filter_map(|(place, _)| Some((place, full(names.get(place)?)))).collect();
        let fits = names.len() <= LARGEUR_MAX && colonnes.len() <= DEPLIEES_MAX;
        (fits && !colonnes.is_empty()).then_some(Self { colonnes, largeur: names.len() })
    }

    /// Lines that a row gives at most: how much smaller its lots are.
    pub fn facteur(&self) -> usize {
        self.colonnes.len().max(1)
    }

    /// The lines of a row, its own cells first with those of the other lines emptied, then the header, then the cell. What is no datum,
    /// or is wrong as a row, stays one.
    ///
    /// They are made one by one, and but for the first hold of the row only the columns that `lues` says to be read: a row is never
    /// held as many times as it has lines.
    pub fn deplie<'a>(&'a self, mut rang: Rang, lues: impl Fn(usize) -> bool + 'a) -> Box<dyn Iterator<Item = Rang> + 'a> {
        if !depliable(&rang) {
            return Box::new(std::iter::once(rang));
        }
        let filled: Vec<&(usize, String)> = self.colonnes.iter().filter(|(place, _)| remplie(&rang, *place)).collect();
        Box::new(filled.into_iter().enumerate().map(move |(count, (place, titre))| {
            if count == 1 {
                let own = |place: &usize| !lues(*place) && !self.est_depliee(*place);
                (0..rang.cellules.len()).filter(own).for_each(|place| rang.cellules[place] = String::new());
            }
            self.une(&rang, *place, titre)
        }))
    }

    /// Whether a column is that of all the lines of a row: kept once for them.
    pub fn commune(&self, place: usize) -> bool {
        place < self.largeur && !self.est_depliee(place)
    }

    fn une(&self, rang: &Rang, place: usize, titre: &str) -> Rang {
        let mut line = rang.clone();
        line.cellules.resize(self.largeur, String::new());
        for (other, _) in self.colonnes.iter().filter(|(other, _)| *other != place) {
            if let Some(cell) = line.cellules.get_mut(*other) {
                cell.clear();
            }
        }
        let cell = line.cellules.get(place).cloned().unwrap_or_default();
        line.cellules.extend([titre.to_string(), cell]);
        if !line.sortes.is_empty() {
            let kind = rang.sorte(place).unwrap_or(Sorte::Texte);
            line.sortes.resize(self.largeur, Sorte::Vide);
            line.sortes.extend([Sorte::Texte, kind]);
        }
        line
    }

    /// The columns that become lines, by their places.
    pub fn est_depliee(&self, place: usize) -> bool {
        self.colonnes.iter().any(|(known, _)| *known == place)
    }
}

/// What a header says with the words that go behind it. A month with its year is the first day of it, which a date is read from.
fn complete(titre: &str, ajout: &str) -> String {
    let year = ajout.len() == 4 && ajout.bytes().all(|digit| digit.is_ascii_digit());
    match (ajout, year && valeurs::mois(titre).is_some()) {
        ("", _) => titre.to_string(),
        // Without the point of « févr. », behind which a date would look for its year.
        (_, true) => format!("1 {} {ajout}", titre.trim_end_matches('.')),
        (_, false) => format!("{titre} {ajout}"),
    }
}

fn depliable(rang: &Rang) -> bool {
    rang.role == Role::Donnee && rang.defaut.is_none()
}

fn remplie(rang: &Rang, place: usize) -> bool {
    rang.cellules.get(place).is_some_and(|cell| !cell.trim().is_empty())
}

/// Signs of a cell that are looked at to tell how it is written: neither a date nor a number has as many.
const REGARDES: usize = 100;

/// How the columns of the first rows are written, those that unfolding adds among them: without a line being made of them.
pub fn vues(examen: &Examen, map: &Correspondance) -> Vec<Colonne> {
    let Some(deplieur) = Deplieur::of(examen, map) else { return valeurs::colonnes(&examen.premieres) };
    let (mut rows, mut lines) = (Sondage::default(), Sondage::default());
    for rang in examen.premieres.iter().filter(|rang| depliable(rang)) {
        let mut row = rang.abrege(REGARDES);
        for (place, titre) in deplieur.colonnes.iter().filter(|(place, _)| remplie(rang, *place)) {
            let sortes = if row.sortes.is_empty() { Vec::new() } else { vec![Sorte::Texte, row.sorte(*place).unwrap_or(Sorte::Texte)] };
            lines.ajoute(&Rang { cellules: vec![titre.clone(), row.cellules[*place].clone()], sortes, ..Rang::default() });
        }
        row.cellules.resize(deplieur.largeur, String::new());
        deplieur.colonnes.iter().for_each(|(place, _)| row.cellules[*place].clear());
        rows.ajoute(&row);
    }
    let mut seen = rows.conclut();
    seen.resize(deplieur.largeur, Colonne::default());
    seen.extend(lines.conclut());
    seen
}

/// The texts that the first rows give to a column, that unfolding adds perhaps.
pub fn textes<'a>(examen: &'a Examen, deplieur: Option<&'a Deplieur>, place: usize) -> Vec<&'a str> {
    let rows = examen.premieres.iter().filter(|rang| depliable(rang));
    let written = |rang: &'a Rang, place: usize| {
        let own = matches!(rang.sorte(place), None | Some(Sorte::Texte));
        rang.cellules.get(place).map(|cell| cell.trim()).filter(|cell| own && !cell.is_empty())
    };
    match deplieur {
        Some(deplieur) if place == deplieur.largeur => deplieur.colonnes.iter().map(|(_, titre)| titre.trim()).collect(),
        Some(deplieur) if place > deplieur.largeur => {
            rows.flat_map(|rang| deplieur.colonnes.iter().filter_map(move |(own, _)| written(rang, *own))).collect()
        }
        _ => rows.filter_map(|rang| written(rang, place)).collect(),
    }
}

/// The field of each column of the lines: those of the file, then the header and the cell.
pub fn champs(examen: &Examen, map: &Correspondance) -> Vec<String> {
    let mut champs = map.colonnes.clone();
    if let Some(Depliee { entete, cellule, .. }) = &map.deplie
        && Deplieur::of(examen, map).is_some()
    {
        champs.resize(examen.lecture.colonnes.len(), String::new());
        champs.extend([entete.clone(), cellule.clone()]);
    }
    champs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_and_a_year_are_days() {
        let read = |titre: &str, ajout: &str| {
            valeurs::date(&complete(titre, ajout), valeurs::Dates::default()).map(|day| day.to_string()).unwrap_or_default()
        };
        for (titre, day) in
            [("janvier", "2026-01-01"), ("Févr.", "2026-02-01"), ("AOÛT", "2026-08-01"), ("déc", "2026-12-01"), ("1er mars", "2026-03-01")]
        {
            assert_eq!(read(titre, "2026"), day, "{titre}");
        }
        assert_eq!(
            (complete("Total", "2026").as_str(), complete("janvier", "").as_str(), complete("Mars", "usine").as_str()),
            ("Total 2026", "janvier", "Mars usine")
        );
    }

    #[test]
    fn a_row_gives_a_line_for_each_cell() {
        let deplieur = Deplieur { colonnes: vec![(1, "janvier 2026".into()), (2, "février 2026".into())], largeur: 3 };
        let cells = |texts: [&str; 3]| Rang { ligne: 7, cellules: texts.map(String::from).to_vec(), ..Rang::default() };
        let all = |rang: Rang| deplieur.deplie(rang, |_| true).collect::<Vec<_>>();
        let lines = all(cells(["Usine", "3", "5"]));
        assert_eq!(lines.iter().map(|line| line.cellules.join("|")).collect::<Vec<_>>(), ["Usine|3||janvier 2026|3", "Usine||5|février 2026|5"]);
        assert!(lines.iter().all(|line| line.ligne == 7));
        assert_eq!(all(cells(["Usine", " ", "5"])).len(), 1);
        assert_eq!(all(Rang { role: Role::Total, ..cells(["Total", "3", "5"]) }).len(), 1);
        let read: Vec<String> = deplieur.deplie(cells(["Usine", "3", "5"]), |_| false).map(|line| line.cellules.join("|")).collect();
        assert_eq!(read, ["Usine|3||janvier 2026|3", "||5|février 2026|5"], "what nothing reads is kept once");
    }
}
