//! Two hosts side by side.

use std::collections::BTreeMap;

use chrono::NaiveDate;

/// What two files say of the same thing, chosen together.
pub struct Part {
    /// Name of its choice in the form.
    pub name: &'static str,
    /// Label.
    pub label: &'static str,
    /// Columns of the table, with their SQL types.
    pub columns: &'static [(&'static str, &'static str)],
}

/// What is compared. A type and its SIRET go together, and so do the lines of an address: half of each is neither.
pub const PARTS: &[Part] = &[
    Part { name: "nom", label: "Nom ou raison sociale", columns: &[("nom", "text")] },
    Part { name: "type", label: "Type et SIRET", columns: &[("type", "text"), ("siret", "text")] },
    Part { name: "inscrit_le", label: "Inscrit le", columns: &[("inscrit_le", "date")] },
    Part { name: "telephone", label: "Téléphone", columns: &[("telephone", "text")] },
    Part { name: "courriel", label: "Courriel", columns: &[("courriel", "text")] },
    Part { name: "adresse", label: "Adresse", columns: &[("adresse", "text"), ("code_postal", "text"), ("ville", "text")] },
];

/// Values by column, as PostgreSQL writes them.
pub type Values = BTreeMap<&'static str, Option<String>>;

/// A host, as a merge sees it.
pub struct Hote {
    pub id: i64,
    pub numero: String,
    pub version: i32,
    pub archive_le: Option<NaiveDate>,
    pub values: Values,
    /// Its lodgings in the reader's communes, and elsewhere, those that it had before included.
    pub logements: i64,
    pub ailleurs: i64,
    /// It was merged into another.
    pub fondue: bool,
    /// Lodgings that it had before others, as far as the reader sees them.
    pub anciens: i64,
    /// Notes and attached files of its page.
    pub notes: i64,
    pub pieces: i64,
}

impl Hote {
    /// Its name.
    pub fn nom(&self) -> &str {
        self.value("nom").unwrap_or_default()
    }

    /// The value of a column; nothing when it is empty.
    pub fn value(&self, column: &str) -> Option<&str> {
        self.values.get(column)?.as_deref().filter(|text| !text.is_empty())
    }

    /// Whether it says nothing of a part. Of a type, it is the SIRET that says something.
    fn says_nothing(&self, part: &Part) -> bool {
        part.columns.iter().filter(|(column, _)| *column != "type").all(|(column, _)| self.value(column).is_none())
    }

    /// Whether both say the same of a part.
    pub fn agrees(&self, other: &Self, part: &Part) -> bool {
        part.columns.iter().all(|(column, _)| self.value(column) == other.value(column))
    }
}

/// Why two files cannot be made one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refus {
    /// It is the same file.
    Elle,
    /// The file to keep is put away.
    Archivee,
    /// One of them was merged already.
    Fondue,
    /// The file to absorb has lodgings elsewhere: they are not the reader's to move.
    Ailleurs,
}

impl Refus {
    /// What to do about it.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Elle => "C’est la même fiche. Choisissez-en une autre.",
            Self::Archivee => "La fiche à garder est archivée\u{a0}: remettez-la en activité d’abord, ou gardez l’autre.",
            Self::Fondue => "L’une de ces fiches a déjà été fondue dans une autre. Ouvrez-la pour voir laquelle.",
            Self::Ailleurs => {
                "La fiche à absorber a aussi des logements hors de votre périmètre\u{a0}: vous ne pouvez pas les déplacer. Gardez celle-là, ou demandez à l’administrateur qui les voit tous."
            }
        }
    }
}

/// Why `gardee` cannot absorb `absorbee`; nothing when it can.
pub fn refus(gardee: &Hote, absorbee: &Hote) -> Option<Refus> {
    if gardee.id == absorbee.id {
        Some(Refus::Elle)
    } else if gardee.fondue || absorbee.fondue {
        Some(Refus::Fondue)
    } else if gardee.archive_le.is_some() {
        Some(Refus::Archivee)
    } else {
        (absorbee.ailleurs > 0).then_some(Refus::Ailleurs)
    }
}

/// Whether the other file's value stands for a part before anybody chooses: it has one and the kept file has none, or it
/// is older.
pub fn proposed(gardee: &Hote, absorbee: &Hote, part: &Part) -> bool {
    if part.name == "inscrit_le" {
        let day = |hote: &Hote| hote.value("inscrit_le").and_then(|day| day.parse::<NaiveDate>().ok());
        return matches!((day(gardee), day(absorbee)), (Some(kept), Some(other)) if other < kept);
    }
    gardee.says_nothing(part) && !absorbee.says_nothing(part)
}

/// The columns of the kept file that take the value of the other, for the parts so chosen: those that are equal too, for a part
/// is given back whole.
pub fn taken(gardee: &Hote, absorbee: &Hote, chosen: impl Fn(&Part) -> bool) -> Values {
    let parts = PARTS.iter().filter(|part| !gardee.agrees(absorbee, part) && chosen(part));
    parts.flat_map(|part| part.columns).map(|(column, _)| (*column, absorbee.values.get(column).cloned().flatten())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hote(id: i64, values: &[(&'static str, &str)]) -> Hote {
        let values = values.iter().map(|(column, text)| (*column, Some((*text).to_string()))).collect();
        Hote {
            id,
            numero: format!("HEB-{id}"),
            version: 1,
            archive_le: None,
            values,
            logements: 1,
            ailleurs: 0,
            fondue: false,
            anciens: 0,
            notes: 0,
            pieces: 0,
        }
    }

    #[test]
    fn a_value_is_taken_where_there_is_none_and_a_pair_whole() {
        let kept = hote(1, &[("nom", "Zandronis"), ("type", "particulier"), ("inscrit_le", "2024-05-01"), ("adresse", "")]);
        let other = hote(
            2,
            &[
                ("nom", "Zandronis H."),
                ("type", "professionnel"),
                ("siret", "98765432100019"),
                ("inscrit_le", "2023-01-01"),
                ("adresse", "2 rue"),
                ("ville", "Anse"),
            ],
        );
        let chosen = taken(&kept, &other, |part| proposed(&kept, &other, part));
        let columns: Vec<&str> = chosen.keys().copied().collect();
        assert_eq!(columns, ["adresse", "code_postal", "inscrit_le", "siret", "type", "ville"]);
        assert_eq!(refus(&kept, &other), None);
    }

    #[test]
    fn what_cannot_be_merged() {
        let (kept, other) = (hote(1, &[]), hote(2, &[]));
        assert_eq!(refus(&kept, &kept), Some(Refus::Elle));
        assert_eq!(refus(&kept, &Hote { ailleurs: 1, ..hote(2, &[]) }), Some(Refus::Ailleurs));
        assert_eq!(refus(&Hote { ailleurs: 1, ..hote(1, &[]) }, &other), None);
        assert_eq!(refus(&kept, &Hote { fondue: true, ..hote(2, &[]) }), Some(Refus::Fondue));
        let away = Hote { archive_le: NaiveDate::from_ymd_opt(2026, 1, 1), ..hote(1, &[]) };
        assert_eq!(refus(&away, &other), Some(Refus::Archivee));
        assert_eq!(refus(&other, &away), None);
    }
}
