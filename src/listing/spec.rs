//! What a list declares. Everything that may enter a statement is a `&'static str` written here or
//! in a room's `list.rs`: a request only ever chooses among them, and binds values.

pub use super::cells::Rollup;
pub use super::kind::{Kind, Number};
pub use super::look::{Look, References, Words};
pub use super::menu::Menu;
use super::reader::Niveau;
pub use super::reader::{Access, Reader};

/// Which rows a reader may see. With values, the page is a merge of one ordered index scan per
/// value: nothing is sorted, and about as many rows are read as are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Branching {
    /// Every row.
    All,
    /// Rows whose text column is one of the values.
    Texts(&'static str, Vec<String>),
    /// Rows whose integer column is one of the values.
    Ints(&'static str, Vec<i64>),
    /// Rows that meet a condition, in which `{}` stands for the integers.
    Where(&'static str, Vec<i64>),
    /// Rows of the first that meet such a condition too, which nearly all of them do.
    Both(Box<Branching>, &'static str, Vec<i64>),
}

/// The column that says the commune of a row, in every list that has communes.
pub(super) const COMMUNE: &str = "b.code_insee";
/// The column that says the collectivité of a row, in every list whose rows belong to one.
pub(super) const COLLECTIVITE: &str = "b.collectivite_id";

/// A declared list.
#[derive(Clone, Copy)]
pub struct List {
    /// Name in addresses, cache keys and exports: `sejours`.
    pub name: &'static str,
    /// Title of the page: « Séjours ».
    pub title: &'static str,
    /// One and several: « séjour », « séjours ».
    pub noun: (&'static str, &'static str),
    /// Whether the noun is feminine (« aucune commune »).
    pub feminine: bool,
    /// What this list holds and how it begins, for an empty screen.
    pub about: &'static str,
    /// Who may open it.
    pub access: Access,
    /// Table whose rows are listed, under the alias `b`.
    pub table: &'static str,
    /// What a statement takes of such a row: `b.*`, unless some of its columns are nobody's to read here.
    pub row: &'static str,
    /// Its key column, and the SQL type of it.
    pub id: (&'static str, &'static str),
    /// Joins that bring the other columns, on `b`. A table met by its key is joined with LEFT, foreign key
    /// or not: PostgreSQL then leaves it out of a page that shows none of its columns.
    pub joins: &'static str,
    /// The same row can come by several branches and must be shown once.
    pub distinct: bool,
    /// The rows of a reader.
    pub scope: fn(&Reader) -> Branching,
    /// Domains of `version_donnees` that it shows; empty: never cached.
    pub domains: &'static [&'static str],
    /// Columns in their order; the first one leads to the file.
    pub columns: &'static [Column],
    /// Filters in the order of the form.
    pub filters: &'static [Filter],
    /// Sorts on offer; the first one is the default.
    pub sorts: &'static [Sort],
    /// Whether it can be exported.
    pub exportable: bool,
    /// Words and address of the page that adds a row.
    pub create: Option<(&'static str, &'static str)>,
    /// Its place in the menu, when it has one.
    pub menu: Option<Menu>,
    /// How the search box finds its rows, when it does.
    pub searched: Option<Searched>,
    /// Its columns that are of the row itself (of another, the key alone), when its table keeps `suivi`, the number of the transaction
    /// that wrote a row last: who holds a copy reads what changed, in that order. None: it does not.
    pub suivis: &'static [&'static str],
    /// What tells how many rows a question has without reading them, when its table is counted beforehand.
    pub rollup: Option<&'static Rollup>,
}

/// How the search box finds the rows of a list: by the search of that list.
#[derive(Clone, Copy, Debug)]
pub struct Searched {
    /// The order among the answers: the lowest first.
    pub rank: u8,
    /// The columns that tell one row from another, after the first, which names it.
    pub details: &'static [&'static str],
}

/// A column.
#[derive(Clone, Copy)]
pub struct Column {
    /// Name in addresses.
    pub name: &'static str,
    /// Header.
    pub label: &'static str,
    /// Expression over `b` and the joins.
    pub sql: &'static str,
    /// How it is read, shown and exported.
    pub kind: Kind,
    /// Shown unless the person chose otherwise.
    pub default: bool,
    /// Name of the declared sort that its header offers; without one, that of its values (see `sorts.rs`).
    pub sort: Option<&'static str>,
    /// Where its cell leads.
    pub link: Option<Link>,
    /// Personal data: the journal tells when an export holds some.
    pub personal: bool,
    /// From which level its cells can be changed where they are read (see the room `champs`).
    pub editable: Option<Niveau>,
    /// Numbers whose sum means something: « Total du filtre » on screen and in exports.
    pub summed: bool,
    /// Instants are shown with their seconds.
    pub precise: bool,
    /// Its value changes as time passes, with no write.
    pub moving: bool,
    /// What turns its text, made for a program, into words, on screens and in files.
    pub told: Option<fn(&str) -> String>,
    /// Programs are told that it goes away: since when, and from which day on, as `2027-06-30`.
    pub withdrawn: Option<(&'static str, &'static str)>,
}

impl Column {
    /// A column shown by default, that leads nowhere and does not sort.
    pub const fn new(name: &'static str, label: &'static str, sql: &'static str, kind: Kind) -> Self {
        Self {
            name,
            label,
            sql,
            kind,
            default: true,
            sort: None,
            link: None,
            personal: false,
            editable: None,
            summed: false,
            precise: false,
            moving: false,
            told: None,
            withdrawn: None,
        }
    }

    /// Its header offers the sort called `name`.
    #[must_use]
    pub const fn sorted(mut self, name: &'static str) -> Self {
        self.sort = Some(name);
        self
    }

    /// Its cells lead to `prefix` followed by the value of `sql`.
    #[must_use]
    pub const fn linked(mut self, prefix: &'static str, sql: &'static str) -> Self {
        self.link = Some(Link { prefix, sql });
        self
    }

    /// It holds personal data.
    #[must_use]
    pub const fn personal(mut self) -> Self {
        self.personal = true;
        self
    }

    /// Its cells can be changed where they are read, by whoever enters data.
    #[must_use]
    pub const fn editable(self) -> Self {
        self.editable_from(Niveau::Saisir)
    }

    /// The same, from another level.
    #[must_use]
    pub const fn editable_from(mut self, niveau: Niveau) -> Self {
        self.editable = Some(niveau);
        self
    }

    /// Its values add up: nights, cents. Of a number only.
    #[must_use]
    pub const fn summed(mut self) -> Self {
        self.summed = true;
        self
    }

    /// Its instants are shown with their seconds.
    #[must_use]
    pub const fn precise(mut self) -> Self {
        self.precise = true;
        self
    }

    /// Whether its header orders the rows. What is put in words when it is read has no order of its own in the base; what
    /// changes from one page to the next has no place to go on from.
    pub const fn sorts(&self) -> bool {
        self.told.is_none() && !self.moving
    }

    /// Its value changes as time passes.
    #[must_use]
    pub const fn moving(mut self) -> Self {
        self.moving = true;
        self
    }

    /// Its text is made for a program: `words` tells it.
    #[must_use]
    pub const fn told(mut self, words: fn(&str) -> String) -> Self {
        self.told = Some(words);
        self
    }

    /// It goes away on the day `until`; whoever programs is told since the day `since`, half a year before at least.
    #[must_use]
    pub const fn withdrawn(mut self, since: &'static str, until: &'static str) -> Self {
        self.withdrawn = Some((since, until));
        self
    }

    /// It is shown only when asked for.
    #[must_use]
    pub const fn hidden(mut self) -> Self {
        self.default = false;
        self
    }
}

/// Where a cell leads: a prefix, then the value of an expression.
#[derive(Clone, Copy)]
pub struct Link {
    /// `/logements/`.
    pub prefix: &'static str,
    /// Expression whose text ends the address.
    pub sql: &'static str,
}

/// A filter.
#[derive(Clone, Copy)]
pub struct Filter {
    /// Name in addresses.
    pub name: &'static str,
    /// Label of its field.
    pub label: &'static str,
    /// What it does.
    pub kind: FilterKind,
    /// A plain field of the bar rather than of « Plus de filtres ».
    pub daily: bool,
}

/// What a filter does.
#[derive(Clone, Copy)]
pub enum FilterKind {
    /// Some values of a list, or all but some: parameter `NAME` once for each value, and `NAME_sauf`.
    Choice {
        /// Column of `b`.
        sql: &'static str,
        /// SQL type of the column.
        cast: &'static str,
        /// Values on offer.
        options: Options,
        /// Rows may have none: « vide » is then a value.
        nullable: bool,
    },
    /// Some communes of the perimeter, or all but some.
    Commune,
    /// The communes of some EPCI, or all but theirs.
    Epci,
    /// A day range: parameters `NAME_min`, `NAME_max`, and `periode` for a relative one.
    Dates {
        /// Column of `b`.
        sql: &'static str,
        /// Name of the parameter for relative periods.
        relative: &'static str,
    },
    /// A range of any ordered column: `NAME_min`, `NAME_max`; `NAME` says « vide » or « renseigne ».
    Range {
        /// Column of `b`, or a subselect over it.
        sql: &'static str,
        /// A number, a day, a month, an instant or a duration.
        kind: Kind,
        /// Rows may have no value.
        nullable: bool,
    },
    /// Whether a column holds something: `NAME` says « vide » or « renseigne ».
    Presence {
        /// Column of `b`, or a subselect over it.
        sql: &'static str,
    },
    /// Words searched without accents, case nor small typos.
    Search {
        /// Where they are looked for.
        look: Look,
        /// Column of `b` that holds the key of what they find.
        on: &'static str,
        /// How rows are found by their own reference too, when the words are those of their parents.
        references: Option<References>,
    },
    /// Rows of one parent (a lodging, a host).
    Parent {
        /// Column of `b`, or what the parent of a row is worked out by.
        sql: &'static str,
        /// Statement that gives the label of the parent `$1` among communes `$2`.
        label: &'static str,
        /// When the parent is worked out for each row: a condition that every row of parent `{}` fulfils, and few others.
        among: Option<&'static str>,
    },
}

/// Values on offer in a choice.
#[derive(Clone, Copy)]
pub enum Options {
    /// Code and label.
    Fixed(&'static [(&'static str, &'static str, &'static str)]),
    /// Statement that gives `(code::text, label)` rows, from small reference tables.
    Sql(&'static str),
}

/// A sort.
#[derive(Clone, Copy)]
pub struct Sort {
    /// Name in addresses; `-NAME` is descending.
    pub name: &'static str,
    /// As read by people: « date de début ».
    pub label: &'static str,
    /// Column of `b`.
    pub column: &'static str,
    /// Its kind, for cursors and « aller à ».
    pub kind: Kind,
    /// SQL type of the column.
    pub cast: &'static str,
    /// Whether the column may be NULL; those rows come last in both directions.
    pub nullable: bool,
    /// First click gives the descending order.
    pub descending: bool,
    /// Filters whose own index is in this order: one of them leads, the others are checked. Any filter goes with any
    /// sort; this only says how.
    pub led_by: &'static [&'static str],
    /// An index gives this order, from one end of the table to the other. Without one, rows are collected and
    /// sorted, when they are few enough.
    pub indexed: bool,
}

impl List {
    /// The rows of `reader`: where they have at least the right that opens the list.
    pub fn branches(&self, reader: &Reader) -> Branching {
        match self.access {
            Access::Droit(_, niveau) => (self.scope)(&reader.at(niveau)),
            Access::Tous | Access::Habilites | Access::Exploitants => (self.scope)(reader),
        }
    }

    /// The level that adds a row.
    pub fn creates_from(&self) -> Niveau {
        match self.access {
            Access::Droit(_, niveau) => niveau.max(Niveau::Saisir),
            Access::Tous | Access::Habilites | Access::Exploitants => Niveau::Saisir,
        }
    }

    /// Whether somebody whose highest level on its module is `highest` may add a row: of no module, whoever opens it.
    pub fn offers_creation(&self, highest: Option<Niveau>) -> bool {
        match self.access {
            Access::Droit(..) => highest >= Some(self.creates_from()),
            Access::Tous | Access::Habilites | Access::Exploitants => true,
        }
    }

    /// Whether its keys are numbers.
    pub fn is_numbered(&self) -> bool {
        self.id.1 == "bigint"
    }

    /// The column called `name`.
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The filter called `name`.
    pub fn filter(&self, name: &str) -> Option<&'static Filter> {
        self.filters.iter().find(|filter| filter.name == name)
    }

    /// « 1 séjour », « 12 345 séjours ».
    pub fn counted(&self, count: i64) -> String {
        crate::ui::format::counted(count, self.noun.0, self.noun.1)
    }
}
