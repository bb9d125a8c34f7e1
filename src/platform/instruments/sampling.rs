//! Which traces are sent: the one decision of a trace, by the words of `OTEL_TRACES_SAMPLER`.

/// The words that are known, in the order in which a refusal tells them.
pub const SAMPLERS: [&str; 6] =
    ["always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"];
/// What is done when the settings say nothing, as OpenTelemetry has it.
const DEFAULT: &str = "parentbased_always_on";
/// Numbers of traces that are told apart: half of them are sent at a ratio of one half.
const WHOLE: u64 = 1 << 63;

/// Who decides, and for how many traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampler {
    /// Whether the place before decides, when there is one.
    parent_based: bool,
    /// Traces whose number is below are sent.
    below: u64,
}

impl Sampler {
    /// As the settings say it: a word of [`SAMPLERS`], and the share of the traces that a ratio sends, from 0 to 1; all of them unless it is said.
    ///
    /// # Errors
    /// What is wrong with them, in a French sentence.
    pub fn read(word: Option<&str>, share: Option<&str>) -> Result<Self, String> {
        let word = word.unwrap_or(DEFAULT);
        let (parent_based, rest) = word.strip_prefix("parentbased_").map_or((false, word), |rest| (true, rest));
        let below = match rest {
            "always_on" => WHOLE,
            "always_off" => 0,
            "traceidratio" => part(share.unwrap_or("1"))?,
            _ => {
                return Err(format!(
                    "OTEL_TRACES_SAMPLER (« {word} ») n’est pas un mot connu. Les valeurs possibles sont : {}.",
                    SAMPLERS.join(", ")
                ));
            }
        };
        Ok(Self { parent_based, below })
    }

    /// Whether the trace of this number is sent; `before` is what the place before decided, when there is one. Every program that knows the number
    /// and the same ratio decides the same.
    pub(super) fn sends(self, trace: u128, before: Option<bool>) -> bool {
        match before {
            Some(decided) if self.parent_based => decided,
            _ => number(trace) < self.below,
        }
    }
}

/// The half of the number of a trace that is drawn by chance, in 63 bits.
fn number(trace: u128) -> u64 {
    #[allow(clippy::cast_possible_truncation)] // the other half says nothing
    let half = trace as u64;
    half >> 1
}

/// The numbers below which a share of all of them is.
fn part(share: &str) -> Result<u64, String> {
    let read = share.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    let share = read.ok_or("OTEL_TRACES_SAMPLER_ARG doit être un nombre entre 0 et 1, par exemple 0.1 pour une trace sur dix.")?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // between 0 and 2^63
    Ok((share * WHOLE as f64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(word: &str, share: Option<&str>) -> Sampler {
        Sampler::read(Some(word), share).expect(word)
    }

    #[test]
    fn the_words_of_the_settings_decide() {
        let (low, high) = (1_u128, u128::from(u64::MAX));
        let sent = |sampler: Sampler| [None, Some(false), Some(true)].map(|before| [low, high].map(|trace| sampler.sends(trace, before)));
        let (all, none) = ([true, true], [false, false]);
        for (word, share, expected) in [
            ("always_on", None, [all, all, all]),
            ("always_off", None, [none, none, none]),
            ("traceidratio", Some("0.5"), [[true, false]; 3]),
            ("parentbased_always_on", None, [all, none, all]),
            ("parentbased_always_off", None, [none, none, all]),
            ("parentbased_traceidratio", Some("0.5"), [[true, false], none, all]),
            ("parentbased_traceidratio", Some("0"), [none, none, all]),
            ("parentbased_traceidratio", None, [all, none, all]),
        ] {
            assert_eq!(sent(of(word, share)), expected, "{word} {share:?}");
        }
        assert_eq!(Sampler::read(None, Some("rien")), Ok(of("parentbased_always_on", None)), "its ratio is nobody's");
        assert!(Sampler::read(Some("parfois"), None).expect_err("no word").contains("parentbased_traceidratio"));
        for wrong in ["-0.1", "1.1", "NaN", "un", "10%", ""] {
            assert!(Sampler::read(Some("traceidratio"), Some(wrong)).expect_err(wrong).contains("entre 0 et 1"));
        }
    }

    #[test]
    fn a_ratio_sends_about_its_share() {
        let sampler = of("traceidratio", Some("0.1"));
        // Steps that go over all numbers.
        let step = u128::from(u64::MAX / 10_000);
        let sent = (0..10_000_u128).filter(|place| sampler.sends(place * step, None)).count();
        assert!((990..=1_010).contains(&sent), "{sent}");
    }
}
