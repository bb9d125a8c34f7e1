//! One list, many faces. A list is declared once ([`List`]); from it come its page, its htmx
//! fragment, its filter form and addresses, its cursors, its count, its export and its plan test.

mod address;
mod answer;
mod around;
mod beside;
mod builder;
pub mod cell;
mod cells;
mod collect;
mod conditions;
mod count;
mod cursor;
mod decode;
mod desk;
mod display;
mod edit;
mod faces;
mod facets;
mod fetch;
mod filter;
mod form;
mod formats;
mod gate;
pub mod kind;
mod look;
mod menu;
mod multiple;
mod narrowed;
mod nearest;
mod offered;
mod options;
mod parse;
mod query;
mod reader;
mod relative;
mod requests;
mod resolved;
mod rollup;
mod rows;
mod saved;
mod scope;
mod search;
mod selection;
mod sorts;
mod spec;
mod spread;
mod sql;
mod state;
mod statement;
mod suggestion;
mod suivi;
mod sums;
mod temoin;
mod tools;
mod totals;
mod trail;
mod value;
mod view;
mod way;
mod words;

pub use answer::said_at;
pub use around::{Around, Origin};
pub use count::{Count, Counted};
pub use desk::{Desk, Viewer};
pub use edit::{edit_cell, edit_field, edit_text, place};
pub use faces::{Faces, describe};
pub use fetch::Page;
pub use filter::{EMPTY, FILLED, Filters, parameters};
pub use formats::Format;
pub use gate::Gate;
pub use menu::{Menu, Rubrique};
pub use narrowed::Narrowed;
pub use options::{Choice, Choices, CommuneChoice};
pub use parse::words as searched;
pub use query::{Position, Query};
pub use reader::{Access, Droits, Lieu, Module, Niveau, Perimeter, Reader};
pub use relative::PERIODS;
pub use requests::{ACCOUNTS, READ};
pub use resolved::{COLLECTED_MAX, Resolved, Search, Terms, Way};
pub use rows::{Keys, RowData, decode_row, one_row, row_name, rows_by, rows_of, rows_statement};
pub use saved::{DefaultView, Reopened};
pub use scope::Scope;
pub use search::covered;
pub use selection::{Offer, TICKED_MAX, agree, chosen};
pub use spec::{Branching, Column, Filter, FilterKind, Kind, Link, List, Look, Number, Options, References, Rollup, Searched, Sort, Words};
pub use state::{Density, Opened, Selection, WITHOUT};
pub use statement::{Arg, Statement, within_scope};
pub use suivi::SUIVI;
pub use value::Value;
pub use words::Chip;

/// Rows of a page when nothing is asked.
pub const SIZE_DEFAULT: usize = 50;
/// Rows of a page at most.
pub const SIZE_MAX: usize = 200;
/// Counts are exact up to here, estimated beyond.
pub const COUNT_EXACT_MAX: i64 = 10_000;
/// Longest text accepted in a search.
pub const SEARCH_CHARS_MAX: usize = 100;
/// Words of a search at most: each one is looked up.
pub const SEARCH_WORDS_MAX: usize = 12;
