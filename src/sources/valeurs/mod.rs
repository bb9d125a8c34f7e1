//! What cells say as values: how the numbers and dates of each column are written, from the data themselves, and strict readers
//! that know it. What may mean two things is asked, never guessed.

mod dates;
mod nombres;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use self::dates::{Dates, Epoque, Ordre, date, instant, mois};
pub use self::nombres::{Decimales, decimal};
use super::lecture::{Rang, Role, Sorte};
use super::limites::COLONNES_MAX;
use super::roles::plie;

/// Why a cell cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faute {
    /// `VAL-01` (number), `VAL-02` (date).
    pub code: &'static str,
    /// A sentence in French that quotes the cell.
    pub message: String,
}

/// What the data of a column decide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision<T> {
    /// Nothing of the kind is in the column.
    #[default]
    Aucune,
    /// One way reads them all.
    Sure(T),
    /// Several do, and the values differ: the most usual first.
    Ambigue(Vec<T>),
}

impl<T: Copy + Default> Decision<T> {
    /// What to read with until somebody decides.
    pub fn provisoire(&self) -> T {
        match self {
            Self::Aucune => T::default(),
            Self::Sure(un) => *un,
            Self::Ambigue(tous) => tous.first().copied().unwrap_or_default(),
        }
    }
}

/// What the cells of a column look like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colonne {
    /// How its numbers are written.
    pub nombres: Decision<Decimales>,
    /// In which order its dates are.
    pub dates: Decision<Ordre>,
    /// Whether a cell is a date whose day and month could be taken for each other, or would be a date in one order alone.
    #[serde(default)]
    pub ordonnee: bool,
    /// A cell that reads two ways.
    pub exemple: Option<String>,
    /// Years of two figures: they are refused unless somebody says their century.
    pub annees_courtes: bool,
    /// All its cells may be days of a spreadsheet.
    pub series: bool,
    /// Cells that have anything.
    pub remplies: u64,
}

/// Counts of what the cells of a column say.
#[derive(Default)]
struct Compte {
    remplies: u64,
    natifs: u64,
    nombres: u64,
    indices: BTreeSet<u8>,
    dates: u64,
    ordres: [u64; 2],
    dates_douteuses: u64,
    courtes: u64,
    series: u64,
    exemple: Option<String>,
}

/// Looks at rows, as many as one wants, and says how each column is written.
#[derive(Default)]
pub struct Sondage {
    colonnes: Vec<Compte>,
}

impl Sondage {
    /// One more row.
    pub fn ajoute(&mut self, rang: &Rang) {
        if rang.role != Role::Donnee || rang.defaut.is_some() {
            return;
        }
        for (place, cellule) in rang.cellules.iter().enumerate().take(COLONNES_MAX) {
            if self.colonnes.len() <= place {
                self.colonnes.push(Compte::default());
            }
            self.colonnes[place].ajoute(cellule, rang.sorte(place));
        }
    }

    /// What was seen.
    pub fn conclut(self) -> Vec<Colonne> {
        self.colonnes.into_iter().map(Compte::conclut).collect()
    }
}

/// How the columns of some rows are written.
pub fn colonnes(rangs: &[Rang]) -> Vec<Colonne> {
    let mut sondage = Sondage::default();
    rangs.iter().for_each(|rang| sondage.ajoute(rang));
    sondage.conclut()
}

impl Compte {
    fn ajoute(&mut self, cellule: &str, sorte: Option<Sorte>) {
        if cellule.trim().is_empty() {
            return;
        }
        self.remplies += 1;
        match sorte {
            // Read by what the file says of it, whatever the column is.
            Some(Sorte::Nombre) => self.natifs += 1,
            Some(Sorte::Date) => self.dates += 1,
            Some(Sorte::Booleen | Sorte::Erreur | Sorte::Vide) => {}
            Some(Sorte::Texte) | None => self.texte(cellule),
        }
    }

    fn texte(&mut self, cellule: &str) {
        use nombres::Indice;
        let nombre = nombres::indice(cellule);
        if nombre != Indice::Aucun {
            self.nombres += 1;
            self.indices.insert(nombre as u8);
            if matches!(nombre, Indice::DouteuxPoint | Indice::DouteuxVirgule) {
                self.exemple.get_or_insert_with(|| cellule.trim().to_string());
            }
        }
        let date = dates::indice(cellule);
        self.dates += u64::from(date.date);
        self.series += u64::from(date.serie);
        self.courtes += u64::from(date.annee_courte);
        match date.ordre {
            Some(Ordre::JourMois) => self.ordres[0] += 1,
            Some(Ordre::MoisJour) => self.ordres[1] += 1,
            None if date.douteux => {
                self.dates_douteuses += 1;
                self.exemple.get_or_insert_with(|| cellule.trim().to_string());
            }
            None => {}
        }
    }

    /// A column is of a kind when four cells of five are.
    fn surtout(&self, nombre: u64) -> bool {
        nombre > 0 && nombre * 5 >= self.remplies * 4
    }

    fn conclut(self) -> Colonne {
        let (nombres, dates) = (self.decimales(), self.ordre());
        let ambigu = matches!(nombres, Decision::Ambigue(_)) || matches!(dates, Decision::Ambigue(_));
        Colonne {
            annees_courtes: self.courtes > 0 && dates != Decision::Aucune,
            series: self.surtout(self.series),
            exemple: self.exemple.filter(|_| ambigu),
            remplies: self.remplies,
            ordonnee: self.ordres[0] + self.ordres[1] + self.dates_douteuses > 0,
            nombres,
            dates,
        }
    }

    fn decimales(&self) -> Decision<Decimales> {
        use nombres::Indice as I;
        if !self.surtout(self.nombres + self.natifs) {
            return Decision::Aucune;
        }
        let a = |indice: I| self.indices.contains(&(indice as u8));
        let (virgule, point) = (a(I::Virgule) || a(I::VirgulePoints), a(I::Point) || a(I::PointVirgules));
        let (groupes_points, groupes_virgules) = (a(I::VirgulePoints), a(I::PointVirgules));
        match (virgule, point, a(I::DouteuxVirgule), a(I::DouteuxPoint)) {
            // Both stand before decimals: nothing can be thousands.
            (true, true, false, false) if !groupes_points && !groupes_virgules => Decision::Sure(Decimales::Mixte),
            (true, true, ..) => Decision::Ambigue(vec![Decimales::VirgulePoints, Decimales::PointVirgules, Decimales::Mixte]),
            (true, false, _, douteux) if groupes_points || !douteux => {
                Decision::Sure(if groupes_points { Decimales::VirgulePoints } else { Decimales::Virgule })
            }
            (true, false, ..) => Decision::Ambigue(vec![Decimales::VirgulePoints, Decimales::Virgule]),
            (false, true, douteux, _) if groupes_virgules || !douteux => {
                Decision::Sure(if groupes_virgules { Decimales::PointVirgules } else { Decimales::Point })
            }
            (false, true, ..) => Decision::Ambigue(vec![Decimales::PointVirgules, Decimales::Point]),
            (false, false, false, false) => Decision::Sure(Decimales::Mixte),
            (false, false, true, true) => Decision::Ambigue(vec![Decimales::VirgulePoints, Decimales::PointVirgules]),
            (false, false, true, false) => Decision::Ambigue(vec![Decimales::Virgule, Decimales::PointVirgules]),
            (false, false, false, true) => Decision::Ambigue(vec![Decimales::Point, Decimales::VirgulePoints]),
        }
    }

    fn ordre(&self) -> Decision<Ordre> {
        if !self.surtout(self.dates) {
            return Decision::Aucune;
        }
        match (self.ordres, self.dates_douteuses) {
            ([francais, 0], douteuses) if francais > 0 || douteuses == 0 => Decision::Sure(Ordre::JourMois),
            ([0, anglais], _) if anglais > 0 => Decision::Sure(Ordre::MoisJour),
            _ => Decision::Ambigue(vec![Ordre::JourMois, Ordre::MoisJour]),
        }
    }
}

/// Yes or no, as people write them; nothing when it is neither.
pub fn booleen(texte: &str) -> Option<bool> {
    match plie(texte).as_str() {
        "oui" | "o" | "vrai" | "true" | "yes" | "y" | "1" | "x" => Some(true),
        "non" | "n" | "faux" | "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colonne(cellules: &[&str]) -> Colonne {
        let rangs: Vec<Rang> = cellules.iter().map(|cellule| Rang { cellules: vec![(*cellule).into()], ..Rang::default() }).collect();
        colonnes(&rangs).remove(0)
    }

    #[test]
    fn the_data_decide_how_numbers_are_written() {
        use Decimales::{Mixte, Point, PointVirgules, Virgule, VirgulePoints};
        let table: &[(&[&str], Decision<Decimales>)] = &[
            (&["1", "2 000", ""], Decision::Sure(Mixte)),
            (&["9,28", "12", "1,234"], Decision::Sure(Virgule)),
            (&["9.28", "12", "1.234"], Decision::Sure(Point)),
            (&["9,28", "9.28"], Decision::Sure(Mixte)),
            (&["1.234,5", "2.000"], Decision::Sure(VirgulePoints)),
            (&["1,234.5", "2,000"], Decision::Sure(PointVirgules)),
            (&["1.234.567", "12,5"], Decision::Sure(VirgulePoints)),
            (&["1.234", "2.500"], Decision::Ambigue(vec![Point, VirgulePoints])),
            (&["1,234"], Decision::Ambigue(vec![Virgule, PointVirgules])),
            (&["12,5", "1.234"], Decision::Ambigue(vec![VirgulePoints, Virgule])),
            (&["9,28", "9.28", "1.234"], Decision::Ambigue(vec![VirgulePoints, PointVirgules, Mixte])),
            (&["Abymes", "Moule", "12"], Decision::Aucune),
            (&["n.d.", "1,5", "2,5", "3,5", "4,5"], Decision::Sure(Virgule)),
        ];
        for (cellules, attendue) in table {
            assert_eq!(colonne(cellules).nombres, *attendue, "{cellules:?}");
        }
        assert_eq!(colonne(&["12", "1.234"]).exemple.as_deref(), Some("1.234"));
    }

    #[test]
    fn the_data_decide_how_dates_are_written() {
        let deux = Decision::Ambigue(vec![Ordre::JourMois, Ordre::MoisJour]);
        let table: &[(&[&str], Decision<Ordre>)] = &[
            (&["03/04/2026", "31/12/2026"], Decision::Sure(Ordre::JourMois)),
            (&["03/04/2026", "12/31/2026"], Decision::Sure(Ordre::MoisJour)),
            (&["03/04/2026", "05/06/2026"], deux.clone()),
            (&["31/12/2026", "12/31/2026"], deux),
            (&["2026-04-03"], Decision::Sure(Ordre::JourMois)),
            (&["04/04/2026"], Decision::Sure(Ordre::JourMois)),
            (&["45730", "45731"], Decision::Aucune),
        ];
        for (cellules, attendue) in table {
            assert_eq!(colonne(cellules).dates, *attendue, "{cellules:?}");
        }
        assert!(colonne(&["45730", "45731"]).series && colonne(&["31/12/26"]).annees_courtes);
    }

    #[test]
    fn a_number_of_a_workbook_says_nothing_of_the_texts_beside_it() {
        let rang = |cellule: &str, sorte| Rang { cellules: vec![cellule.into()], sortes: vec![sorte], ..Rang::default() };
        let lues = colonnes(&[rang("1.234", Sorte::Nombre), rang("12,5", Sorte::Texte), rang("5.5\u{a0}%", Sorte::Nombre)]);
        assert_eq!(lues[0].nombres, Decision::Sure(Decimales::Virgule));
        assert_eq!(decimal("1.234", Decimales::Virgule.de(Some(Sorte::Nombre)), 3), Ok(1_234));
        assert_eq!(decimal("12,5", Decimales::Virgule.de(Some(Sorte::Texte)), 1), Ok(125));
    }

    #[test]
    fn yes_and_no() {
        assert_eq!(
            (booleen(" Oui"), booleen("FAUX"), booleen("x"), booleen("peut-être"), booleen("")),
            (Some(true), Some(false), Some(true), None, None)
        );
    }
}
