//! Where each line stands, page after page, and what it is for who hears it: the same walk makes both, so that what is read aloud
//! comes in the order of what is seen.

use super::lines::{self, Sign, lines, signs, signs_of, width};
use super::{Block, Letter, PAGES_MAX, Run, Unprintable};

/// Points of a millimetre.
pub const MM: f32 = 72.0 / 25.4;
/// A4, in points.
pub const WIDTH: f32 = 210.0 * MM;
/// A4, in points.
pub const HEIGHT: f32 = 297.0 * MM;
/// Both sides of a page, and where its text ends and begins.
pub const MARGIN: f32 = 20.0 * MM;
const TOP: f32 = 20.0 * MM;
const BOTTOM: f32 = HEIGHT - 25.0 * MM;
/// The window of a French envelope of 110 × 220 mm, as NF Z 10-011 has the address: its left side, its top, its right side, its foot.
const WINDOW: [f32; 4] = [105.0 * MM, 47.0 * MM, 192.0 * MM, 80.0 * MM];
/// The sender ends before it.
const SENDER_WIDTH: f32 = 80.0 * MM;
/// Where the letter itself begins, under the window.
const UNDER_WINDOW: f32 = 90.0 * MM;
/// Where the numbers of pages stand.
const FOOT: f32 = HEIGHT - 12.0 * MM;
/// Lines of an address, and its sizes from the one that is liked to the least that is read.
const ADDRESS_LINES: usize = 7;
const ADDRESS_SIZES: [f32; 3] = [10.5, 9.5, 8.5];
/// Sizes and distances between lines, in points.
pub const SIZE: f32 = 10.5;
/// Between the lines of a text.
pub const LEADING: f32 = 14.5;
const SMALL: f32 = 8.0;
/// Between two parts of a letter.
const GAP: f32 = 7.0;
/// How far the text of an item stands from its bullet.
const INDENT: f32 = 16.0;
const TEXT_WIDTH: f32 = WIDTH - 2.0 * MARGIN;

/// Something on a page.
pub enum Ink {
    /// Signs, from a place on their base line.
    Text {
        /// From the left, in points.
        x: f32,
        /// From the top, in points.
        y: f32,
        /// In points.
        size: f32,
        /// What is written.
        signs: Vec<Sign>,
    },
    /// A thin horizontal line.
    Rule {
        /// Its ends, from the left.
        x: (f32, f32),
        /// From the top.
        y: f32,
    },
}

/// What something on a page is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A part of what is read.
    Read,
    /// The foot of a page.
    Foot,
    /// An ornament, or what was read already.
    Ornament,
}

/// What a part of a letter is, for who hears it.
pub enum Kind {
    /// A letter.
    Letter,
    /// A paragraph.
    Paragraph,
    /// A title of a level, with its text.
    Heading(u16, String),
    /// A list.
    List {
        /// By numbers.
        ordered: bool,
    },
    /// An item of it, its bullet, its text.
    Item,
    /// Its bullet.
    Label,
    /// Its text.
    Body,
    /// A table.
    Table,
    /// A row of it.
    Row,
    /// The name of a column.
    Header,
    /// A cell.
    Cell,
}

/// A part and what it is made of.
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// In the order of reading.
    pub children: Vec<Child>,
}

/// What a part is made of.
pub enum Child {
    /// Another part.
    Node(Node),
    /// Something on a page: the number of the page, its place there.
    Leaf(usize, usize),
}

impl Node {
    /// A part of these.
    pub fn of(kind: Kind, children: Vec<Child>) -> Self {
        Self { kind, children }
    }
}

/// Pages as they are filled.
#[derive(Default)]
pub struct Flow {
    /// What stands on each page, in the order in which it was put.
    pub pages: Vec<Vec<(Mark, Ink)>>,
    /// The letters.
    pub letters: Vec<Node>,
    /// The first page of each.
    pub firsts: Vec<usize>,
    /// Where the next line goes, from the top.
    pub y: f32,
}

impl Flow {
    /// Puts a letter after those that are there, from a page of its own.
    pub fn letter(&mut self, letter: &Letter) -> Result<(), Unprintable> {
        let first = self.pages.len();
        self.firsts.push(first);
        self.pages.push(Vec::new());
        let mut parts = Vec::new();
        self.y = TOP - 4.0 * MM;
        parts.push(self.stack(&letter.sender, (MARGIN, SENDER_WIDTH), (9.5, 12.5))?);
        parts.push(self.address(&letter.recipient)?);
        self.y = UNDER_WINDOW;
        parts.push(self.stack(&letter.mentions, (MARGIN, WINDOW[0] - MARGIN - 4.0 * MM), (9.5, 12.5))?);
        let under = self.y;
        self.y = UNDER_WINDOW;
        parts.push(self.stack(std::slice::from_ref(&letter.dated), (WINDOW[0], WIDTH - MARGIN - WINDOW[0]), (SIZE, LEADING))?);
        self.y = self.y.max(under) + 2.0 * GAP;
        parts.push(self.heading(1, &[Run::bold(format!("Objet\u{a0}: {}", letter.subject))])?);
        for block in &letter.body {
            parts.push(self.block(block)?);
            if self.pages.len() - first > PAGES_MAX {
                return Err(Unprintable::Long);
            }
        }
        parts.retain(|part| !part.children.is_empty());
        self.letters.push(Node::of(Kind::Letter, parts.into_iter().map(Child::Node).collect()));
        self.feet(first, &letter.footer)
    }

    /// Something on the last page.
    pub fn put(&mut self, mark: Mark, ink: Ink) -> Child {
        let page = self.pages.len().saturating_sub(1);
        match self.pages.last_mut() {
            Some(inks) => inks.push((mark, ink)),
            None => self.pages.push(vec![(mark, ink)]),
        }
        Child::Leaf(page, self.pages[page].len() - 1)
    }

    /// A new page when less than `height` is left on this one; whether there is one.
    pub fn need(&mut self, height: f32) -> bool {
        let full = self.y + height > BOTTOM;
        if full {
            self.pages.push(Vec::new());
            self.y = TOP;
        }
        full
    }

    /// What a page holds at most.
    pub fn tallest() -> f32 {
        BOTTOM - TOP
    }

    /// One line at `x`, under the one before. It ends with a space, so that its last word is not read as one with the next line.
    fn line(&mut self, x: f32, (size, leading): (f32, f32), signs: &[Sign]) -> Child {
        let mut signs = signs.to_vec();
        if let (Some(last), Ok(space)) = (signs.last().copied(), signs_of(" ", false))
            && last.one != ' '
        {
            signs.extend(space);
        }
        self.y += leading;
        let y = self.y - (leading - size) / 2.0 - size * 0.22;
        self.put(Mark::Read, Ink::Text { x, y, size, signs })
    }

    /// Lines that stand together on the first page, each wrapped.
    fn stack(&mut self, texts: &[String], (x, wide): (f32, f32), (size, leading): (f32, f32)) -> Result<Node, Unprintable> {
        let mut children = Vec::new();
        for text in texts.iter().filter(|text| !text.trim().is_empty()) {
            let signs = signs_of(text, false)?;
            for line in lines(&signs, wide / size) {
                children.push(self.line(x, (size, leading), &signs[line]));
            }
        }
        Ok(Node::of(Kind::Paragraph, children))
    }

    /// To whom, in the window: at the size at which it fits there.
    fn address(&mut self, recipient: &[String]) -> Result<Node, Unprintable> {
        let [left, top, right, foot] = WINDOW;
        let texts = recipient.iter().filter(|text| !text.trim().is_empty()).map(|text| signs_of(text, false)).collect::<Result<Vec<_>, _>>()?;
        for size in ADDRESS_SIZES {
            let leading = size * 1.25;
            let all: Vec<&[Sign]> = texts.iter().flat_map(|text| lines(text, (right - left) / size).into_iter().map(|line| &text[line])).collect();
            if all.len() <= ADDRESS_LINES && top + leading * all.len() as f32 <= foot {
                self.y = top;
                let children = all.into_iter().map(|line| self.line(left, (size, leading), line)).collect();
                return Ok(Node::of(Kind::Paragraph, children));
            }
        }
        Err(Unprintable::Address(ADDRESS_LINES))
    }

    fn block(&mut self, block: &Block) -> Result<Node, Unprintable> {
        match block {
            Block::Heading(runs) => self.heading(2, runs),
            Block::Paragraph(runs) => Ok(Node::of(Kind::Paragraph, self.text(runs, (MARGIN, TEXT_WIDTH))?)),
            Block::Aside(runs) => {
                let signs = signs(runs)?;
                let wide = WIDTH - MARGIN - WINDOW[0];
                self.need((lines(&signs, wide / SIZE).len() as f32 * LEADING + GAP).min(Self::tallest()));
                Ok(Node::of(Kind::Paragraph, self.text(runs, (WINDOW[0], wide))?))
            }
            Block::List { ordered, items } => self.list(*ordered, items),
            Block::Table { headers, rows } => self.table(headers, rows),
        }
    }

    /// A title, never alone at the foot of a page.
    fn heading(&mut self, level: u16, runs: &[Run]) -> Result<Node, Unprintable> {
        let bold: Vec<Run> = runs.iter().map(|run| Run::bold(run.text.clone())).collect();
        let title = lines::montre(&bold.iter().map(|run| run.text.as_str()).collect::<String>()).replace('\n', " ");
        if title.trim().is_empty() {
            return Ok(Node::of(Kind::Paragraph, Vec::new()));
        }
        let signs = signs(&bold)?;
        let cut = lines(&signs, TEXT_WIDTH / SIZE);
        self.need((cut.len() as f32 + 2.0) * LEADING + GAP);
        let children = cut.into_iter().map(|line| self.line(MARGIN, (SIZE, LEADING), &signs[line])).collect();
        self.y += GAP;
        Ok(Node::of(Kind::Heading(level, title), children))
    }

    /// The lines of a text; the first is not left alone at the foot of a page.
    fn text(&mut self, runs: &[Run], (x, wide): (f32, f32)) -> Result<Vec<Child>, Unprintable> {
        let signs = signs(runs)?;
        let cut = lines(&signs, wide / SIZE);
        self.need(cut.len().min(2) as f32 * LEADING);
        let mut children = Vec::with_capacity(cut.len());
        for line in cut {
            self.need(LEADING);
            children.push(self.line(x, (SIZE, LEADING), &signs[line]));
        }
        self.y += GAP;
        Ok(children)
    }

    fn list(&mut self, ordered: bool, items: &[Vec<Run>]) -> Result<Node, Unprintable> {
        let mut children = Vec::new();
        for (place, item) in items.iter().enumerate() {
            let bullet = signs_of(&if ordered { format!("{}.", place + 1) } else { "–".into() }, false)?;
            self.need(2.0 * LEADING);
            let (y, size) = (self.y + LEADING - (LEADING - SIZE) / 2.0 - SIZE * 0.22, SIZE);
            let indent = INDENT.max((width(&bullet) + 0.4) * SIZE);
            let label = self.put(Mark::Read, Ink::Text { x: MARGIN, y, size, signs: bullet });
            let body = self.text(item, (MARGIN + indent, TEXT_WIDTH - indent))?;
            self.y -= GAP / 2.0;
            let parts = vec![Child::Node(Node::of(Kind::Label, vec![label])), Child::Node(Node::of(Kind::Body, body))];
            children.push(Child::Node(Node::of(Kind::Item, parts)));
        }
        self.y += GAP / 2.0;
        Ok(Node::of(Kind::List { ordered }, children))
    }

    /// The foot of each page of the letter that was put last.
    fn feet(&mut self, first: usize, footer: &str) -> Result<(), Unprintable> {
        let count = self.pages.len() - first;
        if count > PAGES_MAX {
            return Err(Unprintable::Long);
        }
        for (place, page) in self.pages[first..].iter_mut().enumerate() {
            let number = signs_of(&format!("Page {} sur {count}", place + 1), false)?;
            let right = WIDTH - MARGIN - width(&number) * SMALL;
            let text = signs_of(footer, false)?;
            // One line, whatever was written: what does not fit beside the number is left out.
            let line = lines(&text, (right - MARGIN - INDENT) / SMALL).into_iter().next().unwrap_or(0..0);
            let (y, size) = (FOOT, SMALL);
            page.push((Mark::Foot, Ink::Text { x: MARGIN, y, size, signs: text[line].to_vec() }));
            page.push((Mark::Foot, Ink::Text { x: right, y, size, signs: number }));
        }
        Ok(())
    }
}
