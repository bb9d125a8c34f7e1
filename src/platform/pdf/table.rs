//! Tables: columns as wide as what they hold asks, rows that the end of a page does not cut, headers again on each page.

use super::flow::{Child, Flow, Ink, Kind, LEADING, MARGIN, Mark, Node, WIDTH};
use super::lines::{Sign, lines, signs, width};
use super::{Run, Unprintable};

/// Size of what is in a table, in points.
const SIZE: f32 = 9.5;
/// Between the lines of a cell.
const LINE: f32 = 12.5;
/// Around what is in a cell.
const PADDING: f32 = 4.0;

/// A column: from where, how wide, on which side its cells stand.
#[derive(Clone, Copy)]
struct Column {
    x: f32,
    wide: f32,
    right: bool,
}

/// A cell that was cut into lines.
type Cut<'a> = Vec<&'a [Sign]>;

/// The widest word and the whole of some signs, in points.
fn asked(text: &[Sign]) -> (f32, f32) {
    let whole = text.split(|sign| sign.one == '\n').map(width).fold(0.0, f32::max);
    let word = text.split(|sign| matches!(sign.one, ' ' | '\n')).map(width).fold(0.0, f32::max);
    (word * SIZE, whole * SIZE)
}

/// Columns over the whole text: each gets its widest word when they all can, then a share of the rest by what it holds.
fn columns(cells: &[Vec<Vec<Sign>>], rights: &[bool]) -> Vec<Column> {
    let room = WIDTH - 2.0 * MARGIN - 2.0 * PADDING * rights.len() as f32;
    let most = |place: usize| {
        cells
            .iter()
            .filter_map(|row| row.get(place))
            .map(|cell| asked(cell))
            .fold((1.0_f32, 1.0_f32), |(w, a), (word, all)| (w.max(word), a.max(all)))
    };
    let wanted: Vec<(f32, f32)> = (0..rights.len()).map(most).collect();
    let (words, alls): (f32, f32) = wanted.iter().fold((0.0, 0.0), |(w, a), (word, all)| (w + word, a + all));
    let mut x = MARGIN;
    let mut made = Vec::new();
    for ((word, all), right) in wanted.into_iter().zip(rights) {
        let wide = if alls <= room {
            all * room / alls
        } else if words >= room || alls <= words {
            word * room / words
        } else {
            word + (all - word) * (room - words) / (alls - words)
        };
        made.push(Column { x, wide, right: *right });
        x += wide + 2.0 * PADDING;
    }
    made
}

impl Flow {
    /// A table. A row that a page does not hold is a letter too long.
    pub(super) fn table(&mut self, headers: &[(Vec<Run>, bool)], rows: &[Vec<Vec<Run>>]) -> Result<Node, Unprintable> {
        let bold = |runs: &[Run]| runs.iter().map(|run| Run::bold(run.text.clone())).collect::<Vec<_>>();
        let mut cells = vec![headers.iter().map(|(runs, _)| signs(&bold(runs))).collect::<Result<Vec<_>, _>>()?];
        for row in rows {
            cells.push(row.iter().map(|runs| signs(runs)).collect::<Result<Vec<_>, _>>()?);
        }
        let columns = columns(&cells, &headers.iter().map(|(_, right)| *right).collect::<Vec<_>>());
        let cut = |row: &'_ [Vec<Sign>]| -> Vec<Vec<Vec<Sign>>> {
            row.iter()
                .zip(&columns)
                .map(|(cell, column)| lines(cell, column.wide / SIZE).into_iter().map(|line| cell[line].to_vec()).collect())
                .collect()
        };
        let cells: Vec<Vec<Vec<Vec<Sign>>>> = cells.iter().map(|row| cut(row)).collect();
        let Some((head, body)) = cells.split_first() else { return Ok(Node::of(Kind::Table, Vec::new())) };
        let tall = |row: &[Vec<Vec<Sign>>]| row.iter().map(Vec::len).max().unwrap_or(1) as f32 * LINE + 2.0 * PADDING;
        let first = body.first().map_or(0.0, |row| tall(row));
        self.need(tall(head) + first.min(4.0 * LEADING));
        let mut children = vec![Child::Node(self.row(head, &columns, Mark::Read, tall(head)))];
        for row in body {
            if tall(head) + tall(row) > Self::tallest() {
                return Err(Unprintable::Long);
            }
            if self.need(tall(row)) {
                // Heard once: on the pages that follow, names of columns are for the eyes.
                self.row(head, &columns, Mark::Ornament, tall(head));
            }
            let node = self.row(row, &columns, Mark::Read, tall(row));
            children.push(Child::Node(Node::of(Kind::Row, node.children.into_iter().map(as_cell).collect())));
        }
        self.y += LEADING / 2.0;
        Ok(Node::of(Kind::Table, children))
    }

    /// A row of cells, as names of columns.
    fn row(&mut self, row: &[Vec<Vec<Sign>>], columns: &[Column], mark: Mark, tall: f32) -> Node {
        let top = self.y;
        let mut cells = Vec::new();
        for (cell, column) in row.iter().zip(columns) {
            let cut: Cut<'_> = cell.iter().map(Vec::as_slice).collect();
            let mut children = Vec::new();
            for (place, line) in cut.iter().enumerate() {
                let left = if column.right { (column.wide - width(line) * SIZE).max(0.0) } else { 0.0 };
                let (x, y) = (column.x + PADDING + left, top + PADDING + LINE * (place as f32 + 1.0) - LINE * 0.28);
                children.push(self.put(mark, Ink::Text { x, y, size: SIZE, signs: line.to_vec() }));
            }
            cells.push(Child::Node(Node::of(Kind::Header, children)));
        }
        self.y = top + tall;
        self.put(Mark::Ornament, Ink::Rule { x: (MARGIN, WIDTH - MARGIN), y: self.y });
        Node::of(Kind::Row, cells)
    }
}

/// The same as a cell of the body.
fn as_cell(child: Child) -> Child {
    match child {
        Child::Node(node) => Child::Node(Node::of(Kind::Cell, node.children)),
        leaf @ Child::Leaf(..) => leaf,
    }
}
