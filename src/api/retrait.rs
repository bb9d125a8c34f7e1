//! Fields that go away: whoever reads one is told since when (RFC 9745) and until when (RFC 8594), half a year before at least.

use chrono::{NaiveDate, NaiveTime};

use crate::listing::Column;

/// When a column was said to go away, and the day from which it is no longer there.
pub fn days(column: &Column) -> Option<(NaiveDate, NaiveDate)> {
    let (since, until) = column.withdrawn?;
    Some((since.parse().ok()?, until.parse().ok()?))
}

/// What an answer that holds `columns` says of those that go away: of several, the first day of each.
pub fn headers(columns: &[&'static Column]) -> Vec<(&'static str, String)> {
    let all: Vec<(NaiveDate, NaiveDate)> = columns.iter().filter_map(|column| days(column)).collect();
    let instant = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let since = all.iter().map(|(since, _)| *since).min().map(|day| ("Deprecation", format!("@{}", instant(day).timestamp())));
    let until = all.iter().map(|(_, until)| *until).min();
    let until = until.map(|day| ("Sunset", instant(day).format("%a, %d %b %Y %H:%M:%S GMT").to_string()));
    since.into_iter().chain(until).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::Kind;

    #[test]
    fn the_first_days_are_told() {
        static STAYS: Column = Column::new("a", "A", "b.a", Kind::Text);
        static GOES: Column = Column::new("b", "B", "b.b", Kind::Text).withdrawn("2026-12-01", "2027-07-01");
        static SOONER: Column = Column::new("c", "C", "b.c", Kind::Text).withdrawn("2027-01-01", "2027-06-30");
        assert!(headers(&[&STAYS]).is_empty());
        let told = |columns: &[&'static Column]| headers(columns).into_iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>();
        assert_eq!(told(&[&STAYS, &GOES]), ["Deprecation: @1796083200", "Sunset: Thu, 01 Jul 2027 00:00:00 GMT"]);
        assert_eq!(told(&[&GOES, &SOONER]), ["Deprecation: @1796083200", "Sunset: Wed, 30 Jun 2027 00:00:00 GMT"]);
    }
}
