//! The price that a file gives without saying of what: of the night, or of the stay. The tax that the file declares may prove it; else it
//! is asked, and nothing is computed of a guess.

use super::plateformes::DECLAREE;
use super::taxation::{Connu, Demande, taxer};
use crate::records::Draft;

/// The field of the price of a stay.
pub const PRIX_SEJOUR: &str = "prix_sejour";
/// The field of a price that does not say of what it is.
pub const PRIX: &str = "prix";

/// What is said of such a price when nothing decides.
pub const QUESTION: &str = "Prix\u{a0}: rien ne dit si c’est celui de la nuit ou celui du séjour. Dites-le à la lecture, en face de cette colonne\u{a0}: «\u{a0}Prix de la nuit\u{a0}» ou «\u{a0}Prix du séjour\u{a0}».";
/// The same, of a stay whose tax does not depend on it.
const INUTILE: &str =
    "Prix\u{a0}: rien ne dit si c’est celui de la nuit ou celui du séjour\u{a0}: il n’est pas gardé. La taxe de ce séjour n’en dépend pas.";

/// The price of a night of a stay of `nuits` nights, in cents, to the nearest; nothing without a night.
pub fn par_nuit(sejour: i64, nuits: i64) -> Option<i64> {
    (nuits > 0).then(|| (2 * sejour + nuits) / (2 * nuits))
}

/// The price of a night of a new stay, of what a file says of it: as it is given, else as the declared tax proves it.
pub fn de_la_nuit(draft: &mut Draft, demande: &Demande, known: Connu<'_>) -> Option<i64> {
    let number = |column: &str| draft.dits.get(column)?.as_deref()?.parse::<i64>().ok();
    let Some(said) = number(PRIX).filter(|_| draft.id.is_none() && demande.prix_nuit.is_none()) else { return demande.prix_nuit };
    let nuits = (demande.fin - demande.debut).num_days();
    let divided = par_nuit(said, nuits)?;
    let taxe = |nuit: i64| {
        let taxation = taxer(&Demande { prix_nuit: Some(nuit), ..demande.clone() }, known).ok()?;
        Some(taxation.base() + taxation.departemental())
    };
    // Beyond a cent for each person and night, a tax is another.
    let near = |computed: Option<i64>, declared: i64| computed.is_some_and(|tax| (tax - declared).abs() <= demande.occupants.saturating_mul(nuits));
    let (night, stay) = (taxe(said), taxe(divided));
    let price = match number(DECLAREE).map(|declared| (near(night, declared), near(stay, declared))) {
        _ if nuits == 1 => Some(said),
        Some((true, false)) => Some(said),
        Some((false, true)) => Some(divided),
        _ => None,
    };
    match price {
        Some(price) => draft.set("prix_nuit", Some(price.to_string())),
        // Without one, the tax is computed all the same: it does not rest on it.
        None if taxer(demande, known).is_ok() => draft.warnings.push(INUTILE.into()),
        None => {}
    }
    price
}

/// Whether a draft has a price that does not say of what it is.
pub fn demandee(draft: &Draft) -> bool {
    draft.dits.get(PRIX).is_some_and(Option::is_some)
}

#[cfg(test)]
mod tests {
    use super::par_nuit;

    #[test]
    fn the_price_of_a_night_is_to_the_nearest_cent() {
        assert_eq!((par_nuit(70_000, 7), par_nuit(100, 3), par_nuit(200, 3), par_nuit(1, 2)), (Some(10_000), Some(33), Some(67), Some(1)));
        assert_eq!((par_nuit(100, 0), par_nuit(100, -2)), (None, None));
    }
}
