//! What a profile is trusted with, in words.

use super::model::Garde;
use crate::ui::format;

/// The trust in a profile: where it holds, and its thresholds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confiance {
    /// The collectivité whose imports it confirms.
    pub collectivite_id: Option<i32>,
    /// What it is trusted with.
    pub seuils: Seuils,
}

/// What a profile is trusted with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seuils {
    /// Lines refused, in a hundred, at most.
    pub refus: Option<i32>,
    /// Lines that change a row, in a hundred, at most.
    pub changements: Option<i32>,
    /// Lines at least.
    pub min: Option<i64>,
    /// Lines at most.
    pub max: Option<i64>,
}

impl Confiance {
    /// That of a profile, when it is trusted.
    pub fn of(profil: &Garde) -> Option<Self> {
        let seuils = Seuils { refus: profil.refus_max, changements: profil.changements_max, min: profil.lignes_min, max: profil.lignes_max };
        profil.confiance.then_some(Self { collectivite_id: profil.collectivite_id, seuils })
    }
}

impl Seuils {
    /// Each of them in a few words, those that bind.
    pub fn en_mots(&self) -> Vec<String> {
        let part = |most: Option<i32>, (none, some): (&str, &str)| {
            most.map(|most| if most == 0 { none.to_string() } else { format!("{most}\u{a0}% au plus de lignes {some}") })
        };
        let least = self.min.map(|least| format!("{} au moins", format::counted(least, "ligne", "lignes")));
        let most = self.max.map(|most| format!("{} au plus", format::counted(most, "ligne", "lignes")));
        let refus = part(self.refus, ("aucune ligne refusée", "refusées"));
        let changements = part(self.changements, ("aucune ligne qui change une fiche", "qui changent une fiche"));
        [refus, changements, least, most].into_iter().flatten().collect()
    }
}
