//! Two columns of dates that one file writes in opposite orders, the day first in one and the month first in the other: a slip of whoever
//! answered, or of the first rows, more often than what the file is. It goes no further until somebody says that it is so.

use super::deplie;
use super::genre::Genre;
use super::model::Correspondance;
use crate::listing::Kind;
use crate::sources::Examen;
use crate::sources::valeurs::{Decision, Ordre};

/// The fields of two columns whose dates are in opposite orders: the one of the day first, then the other.
pub fn deux(genre: &Genre, examen: &Examen, map: &Correspondance) -> Option<[&'static str; 2]> {
    let vues = deplie::vues(examen, map);
    let mut found: [Option<&'static str>; 2] = [None, None];
    for (place, champ) in deplie::champs(examen, map).iter().enumerate() {
        let dated = genre.field(champ).filter(|field| matches!(field.saisie.kind(), Some(Kind::Date)));
        let (Some(field), Some(vue)) = (dated, vues.get(place)) else { continue };
        let format = map.formats.get(&place).copied().unwrap_or_default();
        // Days written with their year first are in no order.
        let order = match (format.dates, &vue.dates) {
            _ if !vue.ordonnee && !format.sur => None,
            (Some(said), _) => Some(said),
            (None, Decision::Sure(seen)) => Some(*seen),
            (None, Decision::Aucune | Decision::Ambigue(_)) => None,
        };
        if let Some(order) = order {
            found[usize::from(order == Ordre::MoisJour)].get_or_insert(field.label);
        }
    }
    let [Some(one), Some(other)] = found else { return None };
    Some([one, other])
}

/// What is asked of them; nothing once it is answered.
pub fn phrase(genre: &Genre, examen: &Examen, map: &Correspondance) -> Option<String> {
    let [one, other] = deux(genre, examen, map).filter(|_| !map.ordres_opposes)?;
    Some(format!(
        "«\u{a0}{one}\u{a0}» serait lu le jour en premier, et «\u{a0}{other}\u{a0}» le mois en premier\u{a0}: un fichier écrit rarement ses dates de deux façons. \
         Corrigez l’une des deux, ou cochez «\u{a0}Les dates de ce fichier sont bien écrites de deux façons\u{a0}»."
    ))
}
