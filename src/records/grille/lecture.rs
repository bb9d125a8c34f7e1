//! From what was typed into the lines to drafts, one a line that says something.

use std::collections::BTreeSet;

use sqlx::PgConnection;

use crate::comptes::Personne;
use crate::context::Context;
use crate::platform::error::Result;
use crate::platform::http::Typed;
use crate::records::draft::{self, Sent};
use crate::records::hooks::{Draft, Similar};
use crate::records::model::{Grid, Record};
use crate::records::typed::{in_words, own};

/// Lines of a page when it is opened: a page of a register.
pub const LINES: usize = 30;
/// Lines added at once, and the most there may be: what one page reads and writes without a wait.
pub const MORE: usize = 10;
pub const LINES_MAX: usize = 100;

/// A line that says something.
pub struct Ligne {
    /// Its place, from 0.
    pub place: usize,
    /// What it amounts to, and what is wrong with it.
    pub draft: Draft,
    /// Rows that look like it, and lines that say the same.
    pub similar: Vec<Similar>,
}

impl Ligne {
    /// Its amount, in cents, when it is computed.
    pub fn amount(&self, grid: &Grid) -> Option<i64> {
        grid.amounts.iter().map(|column| self.draft.parsed::<i64>(column)).sum()
    }

    /// What is wrong with it, but for what is given once for all lines.
    pub fn faults<'a>(&'a self, grid: &'a Grid) -> impl Iterator<Item = &'a (&'static str, String)> {
        self.draft.faults.iter().filter(|(name, _)| !grid.shared.contains(name))
    }
}

/// Everything typed, and what it amounts to.
pub struct Grille {
    /// As it came.
    pub sent: Sent,
    /// Lines on the page.
    pub lines: usize,
    /// Those that say something.
    pub rows: Vec<Ligne>,
    /// What is given once for all lines, as a form of its own.
    pub shared: Draft,
}

/// Name of a field of a line.
pub fn name_of(column: &str, place: usize) -> String {
    format!("{column}.{place}")
}

/// What was typed into a field of a line.
pub fn typed<'a>(sent: &'a Sent, column: &str, place: usize) -> &'a str {
    sent.get(&name_of(column, place)).map_or("", |text| text.trim())
}

fn says_something(grid: &Grid, sent: &Sent, place: usize) -> bool {
    grid.columns.iter().any(|(column, _)| !typed(sent, column, place).is_empty())
}

/// The form of one line: what is given once, and what is its own.
fn form_of(grid: &Grid, sent: &Sent, place: usize) -> Sent {
    let shared = grid.shared.iter().filter_map(|name| Some((name.to_string(), sent.get(*name)?.clone())));
    let own = grid.columns.iter().map(|(column, _)| (column.to_string(), typed(sent, column, place).to_string()));
    shared.chain(own).collect()
}

/// How many lines the page shows: those asked, and those that hold something.
pub fn lines(grid: &Grid, sent: &Sent) -> usize {
    let asked = sent.get("lignes").and_then(|lines| lines.parse().ok()).unwrap_or(LINES);
    let last = (0..LINES_MAX).rev().find(|place| says_something(grid, sent, *place)).map_or(0, |place| place + 1);
    asked.max(last).clamp(1, LINES_MAX)
}

/// One line, checked and computed.
pub async fn line(context: &Context, personne: &Personne, record: &Record, grid: &Grid, sent: &Sent, place: usize) -> Result<Option<Ligne>> {
    if !says_something(grid, sent, place) {
        return Ok(None);
    }
    let draft = draft::read(context, personne, record, None, &form_of(grid, sent, place)).await?;
    Ok(Some(Ligne { place, draft, similar: Vec::new() }))
}

/// Everything, checked and computed.
pub async fn read(context: &Context, personne: &Personne, record: &Record, grid: &Grid, sent: Sent) -> Result<Grille> {
    let lines = lines(grid, &sent);
    let mut rows = Vec::new();
    for place in 0..lines {
        rows.extend(line(context, personne, record, grid, &sent, place).await?);
    }
    // What is given once is read by itself too: without a line, it is still looked at.
    let mut shared = draft::read(context, personne, record, None, &form_of(grid, &sent, usize::MAX)).await?;
    shared.faults.retain(|(name, _)| grid.shared.contains(name));
    Ok(Grille { sent, lines, rows, shared })
}

/// What was typed, for whoever is refused it: what is given once, then its lines as a spreadsheet has them, titles first, so that they can be pasted into
/// another one.
pub fn given_back(context: &Context, liste: &str, sent: &Sent) -> Typed {
    let Some((record, grid)) = Record::find(&context.catalogue, liste).and_then(|record| Some((record, record.grid?))) else { return Typed::new() };
    let mut given: Typed = grid.shared.iter().filter_map(|name| own(record.field(name)?, sent)).collect();
    let lines: Vec<String> = (0..LINES_MAX).filter_map(|place| as_pasted(record, grid, sent, place)).collect();
    if !lines.is_empty() {
        let titles = grid.columns.iter().map(|(_, title)| *title).collect::<Vec<_>>().join("\t");
        given.push(("Lignes".into(), [vec![titles], lines].concat().join("\n")));
    }
    given
}

/// A line as a spreadsheet has it; nothing when it says nothing.
fn as_pasted(record: &Record, grid: &Grid, sent: &Sent, place: usize) -> Option<String> {
    let cell = |column: &str| {
        let text = typed(sent, column, place);
        record.field(column).map_or_else(|| text.to_string(), |field| in_words(field, text)).replace(['\t', '\n'], " ")
    };
    let cells: Vec<String> = grid.columns.iter().map(|(column, _)| cell(column)).collect();
    cells.iter().any(|cell| !cell.is_empty()).then(|| cells.join("\t"))
}

impl Grille {
    /// Whether it can be written.
    pub fn is_sound(&self) -> bool {
        self.shared.faults.is_empty() && !self.rows.is_empty() && self.rows.iter().all(|row| row.draft.faults.is_empty())
    }

    /// The sum of the amounts of the lines that are right, in cents.
    pub fn total(&self, grid: &Grid) -> i64 {
        self.rows.iter().filter(|row| row.draft.faults.is_empty()).filter_map(|row| row.amount(grid)).sum()
    }

    /// Looks for rows that look like those of the lines, and for lines that say the same: read in the transaction that creates.
    pub async fn look_alike(&mut self, connection: &mut PgConnection, personne: &Personne, record: &Record, grid: &Grid) -> Result<()> {
        let mut said: Vec<(usize, Vec<Option<String>>)> = Vec::new();
        for row in &mut self.rows {
            row.similar = record.hooks.similar(connection, personne, &row.draft).await?;
            let values: Vec<Option<String>> = grid.alike.iter().map(|column| row.draft.value(column).map(str::to_string)).collect();
            if let Some((place, _)) = said.iter().find(|(_, known)| *known == values) {
                let (place, here) = (place + 1, row.place + 1);
                row.similar.push(Similar { address: format!("#ligne-{here}-{place}"), name: format!("Ligne {place}"), why: grid.alike_why.into() });
            }
            said.push((row.place, values));
        }
        Ok(())
    }

    /// What looks like a line and was not shown yet.
    pub fn unseen(&self, seen: &BTreeSet<&str>) -> bool {
        self.rows.iter().flat_map(|row| &row.similar).any(|one| !seen.contains(one.address.as_str()))
    }
}
