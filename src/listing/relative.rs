//! Periods that move with the calendar: « mois dernier » stays « mois dernier » in a bookmark.

use chrono::{Datelike, Days, Months, NaiveDate};

/// Code and label, in the order of the form.
pub const PERIODS: &[(&str, &str)] = &[
    ("aujourd_hui", "Aujourd’hui"),
    ("sept_jours", "7 derniers jours"),
    ("mois", "Ce mois-ci"),
    ("mois_dernier", "Mois dernier"),
    ("trimestre", "Ce trimestre"),
    ("trimestre_dernier", "Trimestre dernier"),
    ("annee", "Cette année"),
    ("annee_derniere", "Année dernière"),
    ("douze_mois", "12 derniers mois"),
];

/// First and last day of period `code`, seen from `today`; `None` for an unknown code.
pub fn bounds(code: &str, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let month = today.with_day(1)?;
    let quarter = month.with_month(month.month0() / 3 * 3 + 1)?;
    let year = NaiveDate::from_ymd_opt(today.year(), 1, 1)?;
    let before = |day: NaiveDate| day.checked_sub_days(Days::new(1));
    let end = |start: NaiveDate, months: u32| start.checked_add_months(Months::new(months)).and_then(before);
    let back = |start: NaiveDate, months: u32| start.checked_sub_months(Months::new(months));
    Some(match code {
        "aujourd_hui" => (today, today),
        "sept_jours" => (today.checked_sub_days(Days::new(6))?, today),
        "mois" => (month, end(month, 1)?),
        "mois_dernier" => (back(month, 1)?, before(month)?),
        "trimestre" => (quarter, end(quarter, 3)?),
        "trimestre_dernier" => (back(quarter, 3)?, before(quarter)?),
        "annee" => (year, end(year, 12)?),
        "annee_derniere" => (back(year, 12)?, before(year)?),
        "douze_mois" => (year_before(today)?, today),
        _ => return None,
    })
}

/// First day of the twelve months that end with `today`. Where a month is shorter a year before, the two ways of
/// counting differ by a day: the later one never holds a day twice.
fn year_before(today: NaiveDate) -> Option<NaiveDate> {
    let after = |day: NaiveDate| day.checked_add_days(Days::new(1));
    let back = |day: NaiveDate| day.checked_sub_months(Months::new(12));
    Some(back(after(today)?)?.max(after(back(today)?)?))
}

/// Label of period `code`.
pub fn label(code: &str) -> Option<&'static str> {
    PERIODS.iter().find(|(known, _)| *known == code).map(|(_, label)| *label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date written in a test")
    }

    #[test]
    fn bounds_of_each_period() {
        let today = day("2026-03-31");
        let cases = [
            ("aujourd_hui", "2026-03-31", "2026-03-31"),
            ("sept_jours", "2026-03-25", "2026-03-31"),
            ("mois", "2026-03-01", "2026-03-31"),
            ("mois_dernier", "2026-02-01", "2026-02-28"),
            ("trimestre", "2026-01-01", "2026-03-31"),
            ("trimestre_dernier", "2025-10-01", "2025-12-31"),
            ("annee", "2026-01-01", "2026-12-31"),
            ("annee_derniere", "2025-01-01", "2025-12-31"),
            ("douze_mois", "2025-04-01", "2026-03-31"),
        ];
        for (code, first, last) in cases {
            assert_eq!(bounds(code, today), Some((day(first), day(last))), "{code}");
        }
        for (today, first) in [("2025-02-28", "2024-03-01"), ("2028-02-28", "2027-03-01"), ("2028-02-29", "2027-03-01"), ("2026-01-01", "2025-01-02")]
        {
            assert_eq!(bounds("douze_mois", day(today)), Some((day(first), day(today))), "{today}");
        }
        assert_eq!(PERIODS.len(), cases.len());
        assert_eq!(bounds("demain", today), None);
    }
}
