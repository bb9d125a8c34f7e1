//! Letters as PDF/UA-1: tagged, in French, on A4, with the address where the windows of French envelopes are.
//!
//! A [`Document`] says what is to be read, never where it stands: nobody's text reaches the layout. What is made of it is a
//! function of what it holds, byte for byte, so that a letter made again after a crash is the same letter. See
//! [decision 32](../../../docs/decisions/0032-letters.md).

mod flow;
mod fonts;
mod lines;
mod table;
mod write;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use lines::montre;

/// Most pages of one letter.
pub const PAGES_MAX: usize = 20;
/// Most letters of one document, which is held in memory.
pub const LETTERS_MAX: usize = 500;

/// Letters that are printed together: one, or those of a lot.
#[derive(Clone, Debug)]
pub struct Document {
    /// What readers of PDF show above it.
    pub title: String,
    /// Who writes.
    pub author: String,
    /// The instant that it bears.
    pub made: DateTime<Utc>,
    /// In the order of their pages, each from a page of its own.
    pub letters: Vec<Letter>,
}

/// A letter, as it is kept too: kept again, it is printed again as it was. Lines of text are as they are read; what makes no sense on paper (controls, marks that are not seen) is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Who writes, above on the left.
    pub sender: Vec<String>,
    /// To whom, in the window of the envelope.
    pub recipient: Vec<String>,
    /// Place and day.
    pub dated: String,
    /// How it goes, its references: one a line, on the left of the day.
    pub mentions: Vec<String>,
    /// What it is about: its one title of the first level.
    pub subject: String,
    /// What it says.
    pub body: Vec<Block>,
    /// What stands at the foot of its pages, before their numbers.
    pub footer: String,
}

/// A part of what a letter says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Block {
    /// A title under the subject.
    Heading(Vec<Run>),
    /// A paragraph; a `\n` ends a line.
    Paragraph(Vec<Run>),
    /// A paragraph on the right half, not cut by the end of a page: who signs.
    Aside(Vec<Run>),
    /// A list, numbered or not.
    List {
        /// By numbers from 1.
        ordered: bool,
        /// Its items.
        items: Vec<Vec<Run>>,
    },
    /// A table with its headers, which are read before each cell and written again on each page.
    Table {
        /// Name of each column, and whether its cells stand on the right.
        headers: Vec<(Vec<Run>, bool)>,
        /// Rows of as many cells.
        rows: Vec<Vec<Vec<Run>>>,
    },
}

/// Text of one weight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// As it is read.
    pub text: String,
    /// Insisted upon.
    pub bold: bool,
}

impl Run {
    /// Plain text.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), bold: false }
    }

    /// Text that is insisted upon.
    pub fn bold(text: impl Into<String>) -> Self {
        Self { text: text.into(), bold: true }
    }
}

/// Why a letter cannot be printed; the sentences are for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unprintable {
    /// The font has no such sign.
    #[error("Le caractère « {0} » (U+{code:04X}) ne peut pas être imprimé : la police des lettres ne l’a pas. Remplacez-le.", code = *.0 as u32)]
    Sign(char),
    /// The address does not fit.
    #[error("L’adresse du destinataire ne tient pas dans la fenêtre de l’enveloppe : {0} lignes au plus. Raccourcissez-la.")]
    Address(usize),
    /// A letter of too many pages, or too many letters.
    #[error("Cette lettre dépasse {PAGES_MAX} pages. Raccourcissez son texte.")]
    Long,
    /// More letters than one document takes.
    #[error("Un fichier à imprimer contient {LETTERS_MAX} lettres au plus.")]
    Many,
    /// The library refused what we gave it: a fault of ours.
    #[error("La lettre n’a pas pu être mise en page. Prévenez l’exploitant.")]
    Failed(String),
}

/// The bytes of a document: the same for the same document. It takes the processor (some milliseconds a letter): callers that serve
/// others meanwhile use a thread apart.
///
/// # Errors
/// See [`Unprintable`]; the first letter that cannot be printed says why.
pub fn render(document: &Document) -> Result<Vec<u8>, Unprintable> {
    if document.letters.len() > LETTERS_MAX {
        return Err(Unprintable::Many);
    }
    let mut flow = flow::Flow::default();
    for letter in &document.letters {
        flow.letter(letter)?;
    }
    write::write(document, &flow)
}

#[cfg(test)]
mod tests;
