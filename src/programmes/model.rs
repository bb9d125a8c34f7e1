//! Values of the scheduled exports.

use chrono::{DateTime, Utc};

use crate::listing::Format;
use crate::platform::jobs::schedules::ZONE;
use crate::platform::jobs::{Cron, DAYS};

/// Files kept at most.
pub const KEPT_MAX: i16 = 12;
/// Scheduled exports of a person at most.
pub const PROGRAMMES_MAX: i64 = 20;
/// Seconds over which the exports of a same hour begin.
pub const SPREAD_SECONDS: i32 = 600;

/// How often, with its code, its word and the days between two files.
pub const RYTHMES: &[(&str, &str, i32)] = &[("quotidien", "Chaque jour", 1), ("hebdomadaire", "Chaque semaine", 7), ("mensuel", "Chaque mois", 31)];

/// The last day on offer that every month has; later ones would miss February.
const MONTH_DAY_MAX: i16 = 28;

/// Formats on offer: code and label.
pub fn formats() -> Vec<(String, String)> {
    Format::ALL.iter().map(|format| (format.code().into(), format.label().into())).collect()
}

/// When a file is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// Place in [`RYTHMES`].
    pub rythme: &'static str,
    /// Hour in Guadeloupe.
    pub heure: i16,
    /// Day of the week (1 to 7) or of the month (1 to 28, 0 for the last); 0 every day.
    pub jour: i16,
}

impl When {
    /// The cron expression, lived in Guadeloupe.
    pub fn expression(&self) -> String {
        match (self.rythme, self.jour) {
            ("hebdomadaire", day) => format!("0 {} * * {day}", self.heure),
            ("mensuel", 0) => format!("0 {} L * *", self.heure),
            ("mensuel", day) => format!("0 {} {day} * *", self.heure),
            _ => format!("0 {} * * *", self.heure),
        }
    }

    /// « chaque lundi à 6 h ».
    pub fn in_words(&self) -> String {
        let expression = self.expression();
        Cron::parse(&expression, ZONE).ok().and_then(|cron| cron.in_words()).unwrap_or(expression)
    }
}

/// Days on offer, as a form shows them: code and label. A week's and a month's have codes of their own, so
/// that one field serves both.
pub fn day_choices() -> Vec<(String, String)> {
    let week = DAYS.iter().enumerate().skip(1).map(|(number, name)| (format!("s{number}"), format!("Chaque {name}")));
    let month = (1..=MONTH_DAY_MAX)
        .map(|day| (format!("m{day}"), if day == 1 { "Le 1er de chaque mois".into() } else { format!("Le {day} de chaque mois") }));
    std::iter::once(("q".to_string(), "Chaque jour".to_string()))
        .chain(week)
        .chain(month)
        .chain(std::iter::once(("m0".to_string(), "Le dernier jour de chaque mois".to_string())))
        .collect()
}

/// What a form says of a scheduled export, as typed.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Number of the view.
    pub vue: String,
    /// Code of the format.
    pub format: String,
    /// Code of [`day_choices`].
    pub quand: String,
    /// Hour.
    pub heure: String,
    /// Files kept.
    pub garder: String,
    /// Field and sentence of each fault.
    pub errors: Vec<(&'static str, String)>,
}

/// A draft without fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub format: Format,
    pub when: When,
    pub garder: i16,
}

impl Draft {
    /// What a new one begins with: the view, Mondays at six, four files.
    pub fn new(vue: Option<i64>) -> Self {
        let format = formats().first().map(|(code, _)| code.clone()).unwrap_or_default();
        Self {
            vue: vue.map(|id| id.to_string()).unwrap_or_default(),
            format,
            quand: "s1".into(),
            heure: "6".into(),
            garder: "4".into(),
            errors: Vec::new(),
        }
    }

    /// One that exists.
    pub fn of(programme: &Programme) -> Self {
        let letter = programme.rythme.chars().next().unwrap_or('q').to_string();
        let quand = match programme.rythme.as_str() {
            "quotidien" => "q".to_string(),
            "hebdomadaire" => format!("s{}", programme.jour),
            _ => format!("{letter}{}", programme.jour),
        };
        Self {
            vue: programme.vue_id.map(|id| id.to_string()).unwrap_or_default(),
            format: programme.format.clone(),
            quand,
            heure: programme.heure.to_string(),
            garder: programme.garder.to_string(),
            errors: Vec::new(),
        }
    }

    /// Checks all but the view, which needs the base; notes the faults.
    pub fn check(&mut self) -> Option<Checked> {
        let format = Format::from_code(&self.format);
        if format.is_none() {
            self.errors.push(("format", "Choisissez un format dans la liste.".into()));
        }
        let when = self.when();
        if when.is_none() {
            self.errors.push(("quand", "Choisissez un jour et une heure dans les listes.".into()));
        }
        let garder = self.garder.parse().ok().filter(|count| (1..=KEPT_MAX).contains(count));
        if garder.is_none() {
            self.errors.push(("garder", format!("Gardez de 1 à {KEPT_MAX} fichiers.")));
        }
        Some(Checked { format: format?, when: when?, garder: garder? })
    }

    fn when(&self) -> Option<When> {
        if !day_choices().iter().any(|(code, _)| *code == self.quand) {
            return None;
        }
        let heure = self.heure.parse().ok().filter(|hour| (0..=23).contains(hour))?;
        let (letter, day) = self.quand.split_at(1);
        let jour = if day.is_empty() { 0 } else { day.parse().ok()? };
        let rythme = match letter {
            "s" => "hebdomadaire",
            "m" => "mensuel",
            _ => "quotidien",
        };
        Some(When { rythme, heure, jour })
    }

    /// The fault of field `name`.
    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|(field, _)| *field == name).map(|(_, text)| text.as_str())
    }
}

/// A scheduled export as its person sees it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Programme {
    pub id: i64,
    pub vue_id: Option<i64>,
    pub vue_nom: String,
    pub communes: Vec<String>,
    pub liste: String,
    pub format: String,
    pub rythme: String,
    pub heure: i16,
    pub jour: i16,
    pub garder: i16,
    pub pause_motif: Option<String>,
    pub planification_id: Option<i64>,
    pub version: i32,
    pub active: bool,
    pub prochaine_le: Option<DateTime<Utc>>,
    pub derniere_issue: Option<String>,
    pub derniere_le: Option<DateTime<Utc>>,
    /// What its last start waits for, when it has not left yet.
    pub motif: Option<String>,
}

impl Programme {
    /// When it comes back.
    pub fn when(&self) -> When {
        let rythme = RYTHMES.iter().find(|(code, ..)| *code == self.rythme).map_or("quotidien", |(code, ..)| *code);
        When { rythme, heure: self.heure, jour: self.jour }
    }
}

/// What a run needs to know.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Due {
    pub id: i64,
    pub utilisateur_id: i64,
    pub demandeur: String,
    pub collectivite_id: Option<i32>,
    pub communes: Vec<String>,
    pub vue_id: Option<i64>,
    pub vue_nom: String,
    pub format: String,
    pub planification_id: Option<i64>,
}

/// One time it ran.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Fois {
    pub export_id: Option<i64>,
    pub issue: String,
    pub detail: String,
    pub demande_le: DateTime<Utc>,
    pub export_etat: Option<String>,
    pub lignes: Option<i64>,
    pub expire_le: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_a_time_that_comes_back() {
        for (code, label) in day_choices() {
            for hour in ["0", "6", "23"] {
                let mut draft = Draft { quand: code.clone(), heure: hour.into(), ..Draft::new(None) };
                let checked = draft.check().expect("a choice on offer");
                Cron::parse(&checked.when.expression(), ZONE).expect("a time that comes back");
                assert!(checked.when.in_words().starts_with(&label.to_lowercase()), "{label}: {}", checked.when.in_words());
            }
        }
    }

    #[test]
    fn month_ends_and_the_zone() {
        let next = |when: When, after: &str| {
            let cron = Cron::parse(&when.expression(), ZONE).expect("an expression");
            cron.next_after(after.parse().expect("an instant")).expect("a next time").to_rfc3339()
        };
        let last = When { rythme: "mensuel", heure: 22, jour: 0 };
        // 22 h in Guadeloupe is 2 h UTC of the day after.
        assert_eq!(next(last, "2027-02-01T12:00:00Z"), "2027-03-01T02:00:00+00:00");
        assert_eq!(next(last, "2028-02-01T12:00:00Z"), "2028-03-01T02:00:00+00:00");
        assert_eq!(next(last, "2026-04-15T12:00:00Z"), "2026-05-01T02:00:00+00:00");
        assert_eq!(next(When { rythme: "hebdomadaire", heure: 6, jour: 7 }, "2026-11-23T14:00:00Z"), "2026-11-29T10:00:00+00:00");
        assert_eq!(next(When { rythme: "quotidien", heure: 0, jour: 0 }, "2026-12-31T05:00:00Z"), "2027-01-01T04:00:00+00:00");
    }

    #[test]
    fn what_is_not_on_offer_is_refused() {
        for (quand, heure, garder, format) in [
            ("s8", "6", "4", "csv_fr"),
            ("m29", "6", "4", "csv_fr"),
            ("q", "24", "4", "csv_fr"),
            ("q", "-1", "4", "csv_fr"),
            ("q", "6", "0", "csv_fr"),
            ("q", "6", "13", "csv_fr"),
            ("q", "6", "4", "xls"),
            ("", "", "", ""),
        ] {
            let mut draft = Draft {
                vue: String::new(),
                format: format.into(),
                quand: quand.into(),
                heure: heure.into(),
                garder: garder.into(),
                errors: Vec::new(),
            };
            assert_eq!(draft.check(), None, "{quand} {heure} {garder} {format}");
            assert!(!draft.errors.is_empty());
        }
    }
}
