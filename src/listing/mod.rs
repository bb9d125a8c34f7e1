//! One list, many faces. A list is declared once ([`List`]); from it come its page, its htmx
//! fragment, its filter form and addresses, its cursors, its count, its export and its plan test.

mod answer;
mod around;
pub mod cell;
mod collect;
mod conditions;
mod count;
mod cursor;
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
mod options;
mod parse;
mod proof;
mod query;
mod reader;
mod relative;
mod saved;
mod scope;
mod search;
mod selection;
mod sorts;
mod spec;
mod sql;
mod suggestion;
mod sums;
mod temoin;
mod tools;
mod trail;
mod value;
mod view;
mod way;
mod words;

pub use answer::said_at;
pub use around::{Around, Origin};
pub use count::{Count, count_statement};
pub use edit::{edit_cell, edit_field, edit_text, place, row_name};
pub use faces::{Desk, Faces, Viewer, describe};
pub use fetch::{Keys, Page, RowData, counted_keys, decode_row, key_statement, one_row, page_statement, rows_of, rows_statement};
pub use filter::{EMPTY, FILLED};
pub use formats::Format;
pub use gate::Gate;
pub use menu::{Menu, Rubrique, menu};
pub use options::{Choice, Choices, CommuneChoice};
pub use parse::words as searched;
pub use query::{Filters, Position, Query, parameters};
pub use reader::{Access, Droits, Lieu, Module, Niveau, Perimeter, Reader};
pub use saved::{DefaultView, Density, Opened, Reopened, WITHOUT};
pub use scope::Scope;
pub use search::{Resolved, Search, Terms, covered};
pub use selection::{Offer, Selection, TICKED_MAX, agree, chosen, grouped_statement, within_scope};
pub use spec::{Branching, Column, Filter, FilterKind, Kind, Link, List, Look, Number, Options, References, Searched, Sort, Words};
pub use sql::{Arg, Statement};
pub use sums::Counted;
pub use value::Value;
pub use way::{COLLECTED_MAX, Way};
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
