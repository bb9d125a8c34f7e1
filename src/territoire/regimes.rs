//! The regimes of a deliberation and the bands of its abattement, as files write them: lists of the same length, joined by bars.

use crate::imports::Ligne;

/// The regimes, by nature from 1.
pub const REGIMES: [&str; 11] =
    ["regime_1", "regime_2", "regime_3", "regime_4", "regime_5", "regime_6", "regime_7", "regime_8", "regime_9", "regime_10", "regime_11"];

/// The values of a list.
fn parts(text: &str) -> Vec<&str> {
    text.split('|').map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// The regime of each nature that two lists name: « 4 | 9 » and « Réel | Forfaitaire ».
pub fn regimes(natures: &str, regimes: &str) -> Result<Vec<(&'static str, &'static str)>, String> {
    let (natures, regimes) = (parts(natures), parts(regimes));
    if natures.len() != regimes.len() {
        return Err("Régimes\u{a0}: il en faut un, et un seul, pour chaque nature nommée.".into());
    }
    let one = |(nature, regime): (&&str, &&str)| {
        let field = nature.parse::<usize>().ok().and_then(|number| REGIMES.get(number.checked_sub(1)?)).copied();
        let regime = match crate::ui::format::fold(regime).as_str() {
            "reel" | "au reel" => Some("reel"),
            "forfaitaire" | "forfait" | "au forfait" => Some("forfait"),
            _ => None,
        };
        field.zip(regime).ok_or_else(|| format!("Régimes\u{a0}: «\u{a0}{nature}\u{a0}» doit être une nature de 1 à 11, au réel ou forfaitaire."))
    };
    natures.iter().zip(&regimes).map(one).collect()
}

/// The bands of three lists, as they are kept: « 61-105:4000 106-:5000 ». The last one has no end when its end is missing.
pub fn abattements(rates: &str, first: &str, last: &str) -> Result<String, String> {
    let wrong = || "Abattements\u{a0}: pour chaque taux, donnez un nombre de nuits où il commence et un où il finit.".to_string();
    let number = |text: &str| text.split('.').next().and_then(|whole| whole.parse::<i64>().ok());
    let cents = |text: &str| {
        let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
        let rest = rest.trim_end_matches('0');
        (rest.len() <= 2 && rest.bytes().all(|byte| byte.is_ascii_digit())).then(|| format!("{whole}{rest:0<2}").parse::<i64>().ok()).flatten()
    };
    let (rates, first, last) = (parts(rates), parts(first), parts(last));
    if first.len() != rates.len() || last.len() > rates.len() || last.len() + 1 < rates.len() {
        return Err(wrong());
    }
    let mut bands = Vec::new();
    for (place, (rate, first)) in rates.iter().zip(&first).enumerate() {
        let last = match last.get(place) {
            Some(text) => number(text).ok_or_else(wrong)?.to_string(),
            None => String::new(),
        };
        let rate = cents(&rate.trim_end_matches(['%', ' ', '\u{a0}']).replace(',', ".")).ok_or_else(wrong)?;
        bands.push(format!("{}-{last}:{rate}", number(first).ok_or_else(wrong)?));
    }
    Ok(bands.join(" "))
}

/// Puts what the lists of a line say into its fields.
pub fn lus(line: &mut Ligne) {
    let said = |line: &Ligne, field: &str| line.lues.get(field).cloned().flatten().unwrap_or_default();
    let (natures, told) = (said(line, "natures_lues"), said(line, "regimes_lus"));
    if !natures.is_empty() || !told.is_empty() {
        match regimes(&natures, &told) {
            Ok(found) => {
                for (field, regime) in found {
                    line.typed.insert(field, regime.into());
                    line.lues.insert(field, Some(regime.into()));
                }
            }
            Err(why) => line.avertit("COH-02", "Régimes", &told, why),
        }
    }
    let (rates, first, last) = (said(line, "abattement_taux"), said(line, "abattement_min"), said(line, "abattement_max"));
    if !rates.is_empty() {
        match abattements(&rates, &first, &last) {
            Ok(bands) => {
                line.typed.insert("abattements", bands.clone());
                line.lues.insert("abattements", Some(bands));
            }
            Err(why) => line.avertit("COH-02", "Abattements", &rates, why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regimes_and_bands_are_read_as_delta_writes_them() {
        assert_eq!(regimes("4 | 9", "Réel | Forfaitaire"), Ok(vec![("regime_4", "reel"), ("regime_9", "forfait")]));
        assert!(regimes("4", "Réel | Réel").is_err() && regimes("12", "Réel").is_err() && regimes("4", "Autre").is_err());
        assert_eq!(abattements("40.00 | 50.5", "61 | 106", "105"), Ok("61-105:4000 106-:5050".into()));
        assert_eq!(abattements("10", "1", "365"), Ok("1-365:1000".into()));
        assert!(abattements("10 | 20", "1", "60 | 90").is_err() && abattements("x", "1", "60").is_err());
    }
}
