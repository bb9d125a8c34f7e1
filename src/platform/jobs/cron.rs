//! Times that come back: a five-field cron expression in a zone, the share of a spread that a name
//! gets, and the next due time. Nothing here reads a clock: the caller says after when.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use croner::parser::{CronParser, Seconds, Year};
use sha2::{Digest, Sha256};

/// Longest expression accepted.
const EXPRESSION_CHARS_MAX: usize = 100;
/// The days of the week as cron numbers them: Sunday at both ends.
pub const DAYS: [&str; 8] = ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];

/// An expression that was read, in its zone.
#[derive(Clone, Debug)]
pub struct Cron {
    expression: String,
    inner: croner::Cron,
    zone: Tz,
}

impl Cron {
    /// Reads `expression` (minute, hour, day, month, day of the week), lived in `zone`.
    ///
    /// # Errors
    /// A French sentence: not a cron expression, an unknown zone, or a time that never comes.
    pub fn parse(expression: &str, zone: &str) -> Result<Self, String> {
        let expression = expression.split_whitespace().collect::<Vec<_>>().join(" ");
        let refused = || {
            format!(
                "« {expression} » n’est pas une expression cron. Donnez cinq champs : minute, heure, jour, mois, jour de la semaine ; par exemple « 30 6 * * 1 » pour chaque lundi à 6 h 30."
            )
        };
        if expression.chars().count() > EXPRESSION_CHARS_MAX || expression.split(' ').count() != 5 {
            return Err(refused());
        }
        let zone: Tz = zone.parse().map_err(|_| format!("Le fuseau « {zone} » n’existe pas. Donnez-en un de la forme « America/Guadeloupe »."))?;
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let inner = parser.parse(&expression).map_err(|_| refused())?;
        let cron = Self { expression, inner, zone };
        if cron.next_after(DateTime::UNIX_EPOCH).is_none() {
            return Err(format!("« {} » ne tombe jamais : aucun jour ne lui correspond. Corrigez le jour ou le mois.", cron.expression));
        }
        Ok(cron)
    }

    /// The first time strictly after `moment`.
    pub fn next_after(&self, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.inner.find_next_occurrence(&moment.with_timezone(&self.zone), false).ok().map(|next| next.with_timezone(&Utc))
    }

    /// The first due time of the schedule called `name` strictly after `moment`, its share of the spread included.
    pub fn next_due(&self, name: &str, spread_seconds: i32, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let share = share(name, spread_seconds);
        self.next_after(moment - share).map(|next| next + share)
    }

    /// The expression, single spaces between its fields.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// In French when it is one of the usual forms; the expression itself says the others. Not by `Cron::describe_lang`: see
    /// « Times in words » in ARCHITECTURE.md.
    pub fn in_words(&self) -> Option<String> {
        let fields: Vec<&str> = self.expression.split(' ').collect();
        let [minute, hour, day, month, weekday] = fields[..] else { return None };
        if month != "*" {
            return None;
        }
        if let (Some(step), "*", "*", "*") = (minute.strip_prefix("*/").and_then(|step| step.parse::<u8>().ok()), hour, day, weekday) {
            return Some(format!("toutes les {step} minutes"));
        }
        let minute: u8 = minute.parse().ok()?;
        if (hour, day, weekday) == ("*", "*", "*") {
            return Some(format!("chaque heure, à la minute {minute:02}"));
        }
        let hour: u8 = hour.parse().ok()?;
        let time = if minute == 0 { format!("à {hour} h") } else { format!("à {hour} h {minute:02}") };
        match (day, weekday) {
            ("*", "*") => Some(format!("chaque jour {time}")),
            ("*", "1-5") => Some(format!("du lundi au vendredi {time}")),
            ("*", one) => Some(format!("chaque {} {time}", DAYS.get(one.parse::<usize>().ok()?)?)),
            ("1", "*") => Some(format!("le 1er de chaque mois {time}")),
            ("L", "*") => Some(format!("le dernier jour de chaque mois {time}")),
            (one, "*") => Some(format!("le {} de chaque mois {time}", one.parse::<u8>().ok()?)),
            _ => None,
        }
    }
}

/// The share of a spread that `name` gets: always the same, and different names far apart.
fn share(name: &str, spread_seconds: i32) -> TimeDelta {
    let Ok(spread @ 1..) = u64::try_from(spread_seconds) else { return TimeDelta::zero() };
    let digest = Sha256::digest(name.as_bytes());
    let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    TimeDelta::seconds(i64::try_from(number % spread).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "America/Guadeloupe";

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant written in a test")
    }

    #[test]
    fn hours_are_those_of_guadeloupe_all_year() {
        let cron = Cron::parse("40  2 * * *", HERE).expect("reads");
        assert_eq!(cron.expression(), "40 2 * * *");
        for (after, next) in [
            ("2026-01-10T12:00:00Z", "2026-01-11T06:40:00Z"),
            ("2026-07-10T12:00:00Z", "2026-07-11T06:40:00Z"),
            ("2026-03-29T00:00:00Z", "2026-03-29T06:40:00Z"),
            ("2026-10-25T06:40:00Z", "2026-10-26T06:40:00Z"),
            ("2026-10-25T06:39:59Z", "2026-10-25T06:40:00Z"),
        ] {
            assert_eq!(cron.next_after(instant(after)), Some(instant(next)), "{after}");
        }
    }

    #[test]
    fn a_zone_with_summer_time_runs_once_a_day() {
        let cron = Cron::parse("30 2 * * *", "Europe/Paris").expect("reads");
        for (day, from) in [("spring", "2026-03-27T12:00:00Z"), ("autumn", "2026-10-23T12:00:00Z")] {
            let mut moment = instant(from);
            for _ in 0..4 {
                let next = cron.next_after(moment).expect("comes");
                assert!((20..=28).contains(&(next - moment).num_hours()) || moment == instant(from), "{day}: {moment} then {next}");
                moment = next;
            }
        }
    }

    #[test]
    fn refusals_say_what_to_write() {
        for wrong in ["", "tous les jours", "* * * *", "* * * * * *", "61 * * * *", "0 0 32 * *", "@daily", "0 25 * * *", &"1,".repeat(80)] {
            assert!(Cron::parse(wrong, HERE).is_err_and(|error| error.contains("cinq champs")), "{wrong}");
        }
        assert!(Cron::parse("0 0 30 2 *", HERE).is_err_and(|error| error.contains("jamais")));
        assert!(Cron::parse("0 0 * * *", "Ailleurs/Nulle").is_err_and(|error| error.contains("fuseau")));
        assert!(Cron::parse("0 0 29 2 *", HERE).is_ok());
    }

    #[test]
    fn the_spread_is_the_same_for_a_name_and_apart_for_others() {
        let cron = Cron::parse("0 3 * * *", HERE).expect("reads");
        let after = instant("2026-11-23T12:00:00Z");
        let due = |name: &str| cron.next_due(name, 3600, after).expect("comes");
        assert_eq!(due("a"), due("a"));
        let all: std::collections::BTreeSet<_> = (0..100).map(|number| due(&format!("export:{number}"))).collect();
        assert!(all.len() > 90, "{}", all.len());
        assert!(all.iter().all(|due| (instant("2026-11-24T07:00:00Z")..instant("2026-11-24T08:00:00Z")).contains(due)));
        // Due times keep their share: the next after one is a day later to the second.
        let first = due("a");
        assert_eq!(cron.next_due("a", 3600, first), Some(first + TimeDelta::days(1)));
        assert_eq!(cron.next_due("a", 3600, first - TimeDelta::seconds(1)), Some(first));
        assert_eq!(cron.next_due("a", 0, after), Some(instant("2026-11-24T07:00:00Z")));
    }

    #[test]
    fn usual_forms_are_said_in_words() {
        let words = |expression: &str| Cron::parse(expression, HERE).expect("reads").in_words();
        assert_eq!(words("*/10 * * * *").as_deref(), Some("toutes les 10 minutes"));
        assert_eq!(words("5 * * * *").as_deref(), Some("chaque heure, à la minute 05"));
        assert_eq!(words("40 2 * * *").as_deref(), Some("chaque jour à 2 h 40"));
        assert_eq!(words("0 6 * * 1").as_deref(), Some("chaque lundi à 6 h"));
        assert_eq!(words("0 6 * * 1-5").as_deref(), Some("du lundi au vendredi à 6 h"));
        assert_eq!(words("0 6 1 * *").as_deref(), Some("le 1er de chaque mois à 6 h"));
        assert_eq!(words("0 6 15 * *").as_deref(), Some("le 15 de chaque mois à 6 h"));
        assert_eq!(words("5 6 L * *").as_deref(), Some("le dernier jour de chaque mois à 6 h 05"));
        assert_eq!(words("0 6 1 1 *"), None);
        // What is not said is not said wrong: every two hours, until noon.
        assert_eq!(words("0 0-12/2 * * *"), None);
        assert_eq!(words("1,2 3-4 * * *"), None);
    }
}
