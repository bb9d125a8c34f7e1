//! The accounts, and the means of payment whose names they bear.

/// The accounts of the books: code, label, tone.
pub const COMPTES: &[(&str, &str, &str)] = &[
    ("redevables", "Redevables", "info"),
    ("trop_percu", "Trop-perçus", "alerte"),
    ("taxe", "Taxe de séjour", ""),
    ("additionnelle", "Taxe additionnelle", ""),
    ("especes", "Espèces", ""),
    ("cheques", "Chèques", ""),
    ("virements", "Virements", ""),
    ("cartes", "Cartes", ""),
    ("en_ligne", "Paiements en ligne", ""),
];

/// The means of payment, each with the account that it enters.
pub const MOYENS: &[(&str, &str, &str)] =
    &[("cheques", "Chèque", ""), ("virements", "Virement", ""), ("cartes", "Carte", ""), ("especes", "Espèces", ""), ("en_ligne", "En ligne", "")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_means_of_payment_is_an_account() {
        assert!(MOYENS.iter().all(|(code, ..)| COMPTES.iter().any(|(known, ..)| known == code)));
    }
}
