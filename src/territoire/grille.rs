//! The tariffs of a deliberation: one for each category, as files write them.

use std::collections::BTreeMap;

use crate::ui::format;

/// The tariffs, by their category from 1.
pub const TARIFS: [&str; 9] = ["tarif_1", "tarif_2", "tarif_3", "tarif_4", "tarif_5", "tarif_6", "tarif_7", "tarif_8", "tarif_9"];
/// The category whose tariff is a share of the price of the night.
pub const PROPORTIONNELLE: usize = 9;
/// Largest tariff, in cents; largest rate, in hundredths of a percent.
pub const TARIF_MAX: i64 = 100_000;
pub const TAUX_MAX: i64 = 10_000;

/// The values of a list: « 97101 | 97103 », or with spaces, commas, semicolons.
pub fn liste(text: &str) -> impl Iterator<Item = &str> {
    text.split(['|', ' ', '\u{a0}', ',', ';']).filter(|part| !part.is_empty())
}

/// The hundredths of « 4.10 », « 4,1 € » or « 5 % ».
fn centiemes(text: &str) -> Option<i64> {
    let plain = text.trim().trim_end_matches(['€', '%', ' ', '\u{a0}', '\u{202f}']).replace(',', ".");
    let (whole, rest) = plain.split_once('.').unwrap_or((&plain, ""));
    let digits = |text: &str, most: usize| text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole, 6) || !digits(rest.trim_end_matches('0'), 2) {
        return None;
    }
    let hundredths = format!("{:0<2}", rest.get(..rest.len().min(2))?);
    Some(whole.parse::<i64>().ok()? * 100 + hundredths.parse::<i64>().ok()?)
}

/// The tariffs by category; what is wrong, and why.
pub fn grille(categories: &str, values: &str) -> std::result::Result<BTreeMap<usize, i64>, (String, String)> {
    let parts = |text: &str| -> Vec<String> { text.split('|').map(|part| part.trim().to_string()).filter(|part| !part.is_empty()).collect() };
    let (categories, values) = (parts(categories), parts(values));
    if categories.len() != values.len() {
        return Err((values.join(", "), "Tarif\u{a0}: il en faut un, et un seul, pour chaque catégorie nommée.".into()));
    }
    let mut grid = BTreeMap::new();
    for (category, text) in categories.iter().zip(&values) {
        let number = category.parse::<usize>().ok().filter(|number| (1..=TARIFS.len()).contains(number));
        let Some(number) = number else {
            return Err((category.clone(), format!("Catégorie\u{a0}: «\u{a0}{category}\u{a0}» n’en est pas une. Donnez un numéro de 1 à 9.")));
        };
        let most = if number == PROPORTIONNELLE { TAUX_MAX } else { TARIF_MAX };
        let Some(value) = centiemes(text).filter(|value| *value <= most) else {
            return Err((
                text.clone(),
                format!("Tarif de la catégorie {number}\u{a0}: donnez un nombre de deux décimales au plus, jusqu’à {}.", shown(number, most)),
            ));
        };
        if grid.insert(number, value).is_some_and(|other| other != value) {
            return Err((text.clone(), format!("La catégorie {number} a deux tarifs pour la même période. Gardez celui qui a été voté.")));
        }
    }
    Ok(grid)
}

/// A tariff, or the rate of the ninth category.
pub fn shown(category: usize, value: i64) -> String {
    if category == PROPORTIONNELLE { format::rate(value) } else { format::money(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tariffs_are_read_as_they_are_written() {
        for (text, expected) in
            [("4.10", Some(410)), ("4,1", Some(410)), ("5", Some(500)), ("0,20 €", Some(20)), ("2.500", Some(250)), ("5.00 %", Some(500))]
        {
            assert_eq!(centiemes(text), expected, "{text}");
        }
        for text in ["", ".5", "4.105", "-1", "1 000", "4.1.0", "quatre", "9999999"] {
            assert_eq!(centiemes(text), None, "{text}");
        }
    }

    #[test]
    fn a_grid_is_a_tariff_a_category() {
        assert_eq!(grille("1 | 9 | 1", "4.10 | 5.00 | 4,10"), Ok(BTreeMap::from([(1, 410), (9, 500)])));
        for (categories, values) in [("1 | 2", "4.10"), ("1 | 1", "4.10 | 4.20"), ("0", "1"), ("10", "1"), ("x", "1"), ("1", "cher")] {
            assert!(grille(categories, values).is_err(), "{categories} {values}");
        }
    }
}
