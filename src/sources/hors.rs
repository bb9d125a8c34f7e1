//! Rows that are no data by what one of their cells says: the payouts among the bookings of a platform. They are given with their role, so
//! that they are counted and told.

use super::Rangs;
use super::lecture::{Avis, Examen, Hors, Lecture, Rang, Refus, Reprise, Role};
use super::roles::plie;

impl Hors {
    /// The place of its column; nothing in a file that has none.
    fn place(&self, colonnes: &[String]) -> Option<usize> {
        colonnes.iter().position(|nom| plie(nom) == self.colonne)
    }

    fn marque(&self, place: usize, rang: &mut Rang) {
        if rang.role == Role::Donnee && rang.cellules.get(place).is_some_and(|cellule| self.valeurs.contains(&plie(cellule))) {
            rang.role = Role::Ecartee;
            rang.defaut = None;
        }
    }
}

impl Examen {
    /// Reads the file so, from now on.
    pub fn ecarte(&mut self, hors: &Hors) {
        let Some(place) = hors.place(&self.lecture.colonnes) else { return };
        self.lecture.hors = Some(hors.clone());
        self.premieres.iter_mut().for_each(|rang| hors.marque(place, rang));
        self.avertissements.retain(|avis| avis.code != "INF-HORS");
        self.avertissements.extend(super::roles::avis(&self.premieres));
    }
}

/// Rows of which some are set aside.
pub(super) struct Tri {
    pub rangs: Box<dyn Rangs + Send>,
    pub hors: Hors,
    pub place: usize,
}

impl Tri {
    /// The rows of a file read as `lecture` says.
    pub(super) fn sur(rangs: Box<dyn Rangs + Send>, lecture: &Lecture) -> Box<dyn Rangs + Send> {
        match lecture.hors.as_ref().and_then(|hors| Some((hors.clone(), hors.place(&lecture.colonnes)?))) {
            Some((hors, place)) => Box::new(Self { rangs, hors, place }),
            None => rangs,
        }
    }
}

impl Rangs for Tri {
    fn suivant(&mut self) -> Result<Option<Rang>, Refus> {
        let mut rang = self.rangs.suivant()?;
        if let Some(rang) = &mut rang {
            self.hors.marque(self.place, rang);
        }
        Ok(rang)
    }

    fn ici(&self) -> Reprise {
        self.rangs.ici()
    }

    fn coupable(&self) -> bool {
        self.rangs.coupable()
    }

    fn bilan(&self) -> Vec<Avis> {
        self.rangs.bilan()
    }
}
