//! Flat files: rows that follow each other and say the same but for lists, a tariff a row, are one line. Those of one block are looked
//! at together and never cut between two lots.

use std::collections::{HashMap, HashSet, VecDeque};

use super::genre::{Genre, Repli};
use crate::sources::{Avis, Rang, Rangs, Refus, Reprise, Role};

/// Between the values of a list.
pub const ENTRE: &str = " | ";
/// Rows of a block that are held at most, and their bytes: beyond, what follows is another block.
const BLOC_MAX: usize = 20_000;
const OCTETS_MAX: usize = 8 * 1024 * 1024;

/// Rows given as lines.
pub struct Replieur {
    rangs: Box<dyn Rangs + Send>,
    /// The column of the block.
    bloc: usize,
    /// The columns that are lists, those that go together together.
    listes: Vec<Vec<usize>>,
    /// The other columns that are read: rows that differ there are not one line.
    propres: Vec<usize>,
    /// Lines of the block that was read, not given yet.
    attente: VecDeque<Rang>,
    /// The row after it, and where it begins.
    apres: Option<(Rang, Reprise)>,
}

/// The lines of a block, being made.
#[derive(Default)]
struct Bloc {
    lignes: Vec<Rang>,
    /// The line of rows that say the same, and the values that its lists hold.
    places: HashMap<Vec<String>, usize>,
    vues: Vec<Vec<HashSet<Vec<String>>>>,
}

impl Replieur {
    /// Lines of the rows of a kind that declares it, when the file has the columns for it; else the rows as they are.
    pub fn sur(rangs: Box<dyn Rangs + Send>, genre: &Genre, colonnes: &[Option<&'static str>]) -> Box<dyn Rangs + Send> {
        let Some(Repli { bloc, listes }) = genre.replie else { return rangs };
        let place = |champ: &str| colonnes.iter().position(|known| *known == Some(champ));
        let listes: Vec<Vec<usize>> = listes.iter().filter_map(|together| together.iter().map(|champ| place(champ)).collect()).collect();
        let Some(bloc) = place(bloc).filter(|_| !listes.is_empty()) else { return rangs };
        let listed = |place: &usize| listes.iter().flatten().any(|known| known == place);
        let propres =
            colonnes.iter().enumerate().filter(|(_, champ)| champ.is_some()).map(|(place, _)| place).filter(|place| !listed(place)).collect();
        Box::new(Self { rangs, bloc, listes, propres, attente: VecDeque::new(), apres: None })
    }

    /// Reads a block.
    fn remplit(&mut self) -> Result<(), Refus> {
        let first = match self.apres.take() {
            Some((rang, _)) => rang,
            None => match self.rangs.suivant()? {
                Some(rang) => rang,
                None => return Ok(()),
            },
        };
        if !pliable(&first) {
            self.attente.push_back(first);
            return Ok(());
        }
        let of_block = cellule(&first, self.bloc).to_string();
        let (mut bloc, mut count, mut octets) = (Bloc::default(), 0, 0);
        let mut next = Some(first);
        while let Some(rang) = next.take() {
            count += 1;
            octets += rang.cellules.iter().map(String::len).sum::<usize>();
            bloc.ajoute(rang, (&self.listes, &self.propres));
            if count >= BLOC_MAX || octets >= OCTETS_MAX {
                break;
            }
            let here = self.rangs.ici();
            match self.rangs.suivant()? {
                Some(rang) if pliable(&rang) && cellule(&rang, self.bloc) == of_block => next = Some(rang),
                Some(rang) => self.apres = Some((rang, here)),
                None => {}
            }
        }
        self.attente = bloc.lignes.into();
        Ok(())
    }
}

impl Bloc {
    /// A row joins the line that says the same, or begins one.
    fn ajoute(&mut self, rang: Rang, (listes, propres): (&[Vec<usize>], &[usize])) {
        let own: Vec<String> = propres.iter().map(|place| cellule(&rang, *place).to_string()).collect();
        let values = |rang: &Rang, together: &[usize]| -> Vec<String> { together.iter().map(|place| cellule(rang, *place).to_string()).collect() };
        let Some(at) = self.places.get(&own).copied() else {
            self.places.insert(own, self.lignes.len());
            self.vues.push(listes.iter().map(|together| HashSet::from([values(&rang, together)])).collect());
            self.lignes.push(rang);
            return;
        };
        for (list, together) in listes.iter().enumerate() {
            let said = values(&rang, together);
            if !self.vues[at][list].insert(said.clone()) {
                continue;
            }
            for (place, value) in together.iter().zip(&said) {
                if let Some(cell) = self.lignes[at].cellules.get_mut(*place) {
                    cell.push_str(ENTRE);
                    cell.push_str(value);
                }
            }
        }
    }
}

fn pliable(rang: &Rang) -> bool {
    rang.role == Role::Donnee && rang.defaut.is_none()
}

fn cellule(rang: &Rang, place: usize) -> &str {
    rang.cellules.get(place).map_or("", |cell| cell.trim())
}

impl Rangs for Replieur {
    fn suivant(&mut self) -> Result<Option<Rang>, Refus> {
        if self.attente.is_empty() {
            self.remplit()?;
        }
        Ok(self.attente.pop_front())
    }

    fn ici(&self) -> Reprise {
        self.apres.as_ref().map_or_else(|| self.rangs.ici(), |(_, here)| *here)
    }

    fn coupable(&self) -> bool {
        self.attente.is_empty() && self.rangs.coupable()
    }

    fn bilan(&self) -> Vec<Avis> {
        self.rangs.bilan()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of a list, whose place is their number.
    struct Liste(Vec<Rang>, usize);

    impl Rangs for Liste {
        fn suivant(&mut self) -> Result<Option<Rang>, Refus> {
            self.1 += 1;
            Ok(self.0.get(self.1 - 1).cloned())
        }

        fn ici(&self) -> Reprise {
            Reprise { rangs: u64::try_from(self.1).unwrap_or(0), ..Reprise::default() }
        }

        fn bilan(&self) -> Vec<Avis> {
            Vec::new()
        }
    }

    #[test]
    fn rows_of_one_line_are_one_wherever_one_goes_on() {
        let cells = |text: &str| Rang { cellules: text.split(';').map(String::from).collect(), ..Rang::default() };
        let rows: Vec<Rang> = ["A;ete;1;10;x", "A;hiver;1;12;x", "A;ete;2;20;x", "A;ete;1;10;y", "B;ete;1;10;z", "A;ete;1;11;x"].map(cells).to_vec();
        let from = |place: usize| Replieur {
            rangs: Box::new(Liste(rows.clone(), place)),
            bloc: 0,
            listes: vec![vec![2, 3], vec![4]],
            propres: vec![0, 1],
            attente: VecDeque::new(),
            apres: None,
        };
        let expected = ["A;ete;1 | 2;10 | 20;x | y", "A;hiver;1;12;x", "B;ete;1;10;z", "A;ete;1;11;x"];
        let rest = |mut lines: Replieur| -> Vec<String> {
            std::iter::from_fn(|| lines.suivant().expect("read")).map(|rang| rang.cellules.join(";")).collect()
        };
        assert_eq!(rest(from(0)), expected);
        let mut lines = from(0);
        for given in 1..=expected.len() {
            lines.suivant().expect("read");
            assert_eq!(lines.coupable(), given != 1);
            if lines.coupable() {
                let place = usize::try_from(lines.ici().rangs).expect("a place");
                assert_eq!(rest(from(place)), expected[given..]);
            }
        }
    }
}
