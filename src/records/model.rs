//! A record as declared.

use serde_json::{Map, Value};

use super::hooks::Hooks;
use super::hooks::Values;
use crate::catalogue::Catalogue;
use crate::champs::Saisie;
use crate::listing::List;

/// What a row of a list is. Only these constants enter SQL text.
pub struct Record {
    /// Its list: its address, its words, its scope.
    pub list: &'static List,
    /// Table, with `id`, `version`, `modifie_le` and `modifie_par`.
    pub table: &'static str,
    /// What it is called in the journal: « séjour ».
    pub object: &'static str,
    /// Its name in the journal and at the top of its form, SQL over `t`.
    pub name: &'static str,
    /// Domain of `version_donnees` to bump.
    pub domains: &'static [&'static str],
    /// SQL over `t`: the places whose readers see the row, as `text[]`: INSEE codes of communes, or `'c:' || collectivite_id`.
    pub communes: &'static str,
    /// Its fields.
    pub sections: &'static [Section],
    /// Columns that are computed from the fields before a row is written.
    pub computed: &'static [Computed],
    /// Names of constraints that say that a value is taken.
    pub uniques: &'static [Unique],
    /// Column of the day on which a row was put away; nothing when none is.
    pub archive: Option<&'static str>,
    /// The page of one row; nothing when its room writes its own.
    pub fiche: Option<&'static Fiche>,
    /// The page where many are entered at once.
    pub grid: Option<&'static Grid>,
    /// What is particular to it.
    pub hooks: &'static dyn Hooks,
    /// What it computes is shown beside the form as one types; nothing when it computes nothing to be seen.
    pub live: Option<&'static Live>,
    /// What its form shows of people is noted when it is opened, as their file is.
    pub personal: bool,
    /// Its rows have notes and files, which its page shows.
    pub dossier: bool,
    /// Words of the button that creates, and of the title of its form: « Nouvel hébergeur »; empty when another form does.
    pub creation: &'static str,
}

/// What stands beside a form while one types.
pub struct Live {
    /// Its title.
    pub title: &'static str,
    /// What it says until there is enough to compute.
    pub waiting: &'static str,
}

/// The page of a row, made from its record at `/<list>/<id>`.
pub struct Fiche {
    /// The field, one of a list of values, that stands beside the title.
    pub state: Option<&'static str>,
    /// The lists that hang from it.
    pub lists: &'static [Pendante],
}

/// A list whose rows belong to the one whose page is shown.
pub struct Pendante {
    /// The list.
    pub list: &'static List,
    /// Its filter whose value is the key of that row.
    pub filter: &'static str,
    /// Title of its part of the page.
    pub title: &'static str,
}

/// A page where many rows are entered at once, one a line: `/<list>/registre`.
pub struct Grid {
    /// Its title, and the words that lead to it.
    pub title: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Fields given once, for all lines.
    pub shared: &'static [&'static str],
    /// Fields of each line, with the short header of their column.
    pub columns: &'static [(&'static str, &'static str)],
    /// Other titles that these columns have in spreadsheets, folded: what is pasted with its titles goes where they say.
    pub titles: &'static [(&'static str, &'static [&'static str])],
    /// Columns by which two lines look like one.
    pub alike: &'static [&'static str],
    /// What is then said of them.
    pub alike_why: &'static str,
    /// Columns, in cents, that make the amount of a line.
    pub amounts: &'static [&'static str],
    /// The filter of the list that the rows entered are shown by, and the shared field that gives its value.
    pub shown_by: (&'static str, &'static str),
}

/// Fields that go together.
pub struct Section {
    /// Its title.
    pub title: &'static str,
    /// What the law says of it, with its article; or nothing.
    pub about: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
}

/// One field.
pub struct Field {
    /// Column of the table, and name in the form.
    pub name: &'static str,
    /// Label.
    pub label: &'static str,
    /// What is expected, beyond how it is typed.
    pub hint: &'static str,
    /// SQL type of the column; nothing when the value is not kept in the row itself.
    pub cast: &'static str,
    /// What may be typed.
    pub saisie: Saisie,
    /// Must be filled.
    pub required: bool,
    /// Given when the row is created, then no more.
    pub fixed: bool,
    /// What an empty field is worth.
    pub empty: Option<&'static str>,
    /// What stands in it for a new row: what most have.
    pub preset: &'static str,
}

impl Field {
    /// A field that must be filled.
    pub const fn new(name: &'static str, label: &'static str, cast: &'static str, saisie: Saisie) -> Self {
        Self { name, label, hint: "", cast, saisie, required: true, fixed: false, empty: None, preset: "" }
    }

    /// The same, that may be left empty.
    #[must_use]
    pub const fn optional(self) -> Self {
        Self { required: false, ..self }
    }

    /// The same, worth `value` when it is empty.
    #[must_use]
    pub const fn or(self, value: &'static str) -> Self {
        Self { required: false, empty: Some(value), ..self }
    }

    /// The same, which does not change once the row is there.
    #[must_use]
    pub const fn fixed(self) -> Self {
        Self { fixed: true, ..self }
    }

    /// The same, with what most rows have already in it.
    #[must_use]
    pub const fn preset(self, preset: &'static str) -> Self {
        Self { preset, ..self }
    }

    /// The same, with what is expected of it.
    #[must_use]
    pub const fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    /// Whether the row itself keeps it.
    pub fn kept(&self) -> bool {
        !self.cast.is_empty()
    }
}

/// A column computed before the row is written.
pub struct Computed {
    /// Column of the table.
    pub name: &'static str,
    /// SQL type.
    pub cast: &'static str,
    /// Set when the row is created, then no more.
    pub once: bool,
    /// How its change is told: the label and the kind of value; nothing for what is not told.
    pub told: Option<(&'static str, Saisie)>,
}

/// A value that two rows cannot both have.
pub struct Unique {
    /// Name of the constraint.
    pub constraint: &'static str,
    /// The field at fault.
    pub field: &'static str,
    /// What to do.
    pub sentence: &'static str,
}

impl Record {
    /// The record of the list called `name`.
    pub fn find(catalogue: &Catalogue, name: &str) -> Option<&'static Self> {
        catalogue.all::<Self>().find(|record| record.list.name == name)
    }

    /// What the row is called in `values`, when they hold the column of its name.
    pub fn name_among<'a>(&self, values: &'a Values) -> Option<&'a str> {
        values.get(self.name.strip_prefix("t.")?)?.as_deref()
    }

    /// The field called `name`.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields().find(|field| field.name == name)
    }

    /// Every field, in the order of the form.
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> {
        self.sections.iter().flat_map(|section| section.fields)
    }

    /// The columns of the row that its form writes, with their types.
    pub fn columns(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let fields = self.fields().filter(|field| field.kept()).map(|field| (field.name, field.cast));
        fields.chain(self.computed.iter().map(|column| (column.name, column.cast)))
    }

    /// How the change of a column is told: its label, and how its values are read.
    pub fn told(&self, column: &str) -> Option<(&'static str, &'static Saisie)> {
        let field = self.fields().find(|field| field.name == column).map(|field| (field.label, &field.saisie));
        field.or_else(|| {
            let computed = self.computed.iter().find(|known| known.name == column)?;
            computed.told.as_ref().map(|(label, saisie)| (*label, saisie))
        })
    }
}

/// A change as it is told.
pub struct Told {
    /// The column.
    pub column: &'static str,
    /// Its label.
    pub label: &'static str,
    /// Its values in words; nothing when there was none.
    pub before: Option<String>,
    pub after: Option<String>,
}

impl Record {
    /// The changes that the detail of a line of the journal says, in the order of the form.
    pub fn told_changes(&self, detail: &Map<String, Value>) -> Vec<Told> {
        let mut told = Vec::new();
        for (column, _) in self.columns() {
            if let (Some(value), Some((label, saisie))) = (detail.get(column), self.told(column)) {
                let side = |name: &str| value[name].as_str().filter(|text| !text.is_empty()).map(|text| saisie.in_words(Some(text), &[]));
                told.push(Told { column, label, before: side("avant"), after: side("apres") });
            }
        }
        told
    }
}
