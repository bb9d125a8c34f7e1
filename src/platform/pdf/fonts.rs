//! The two faces of letters: Open Sans (Apache-2.0), which `bin/setup` takes from npm and the program embeds. Only the signs that
//! are used go into a file.

use std::collections::HashMap;
use std::sync::LazyLock;

use krilla::text::Font;
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

/// A sign as a face draws it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glyph {
    /// Its number there.
    pub id: u32,
    /// How far the next one stands, in parts of the size.
    pub advance: f32,
}

/// One weight.
pub struct Face {
    /// As krilla embeds it.
    pub font: Font,
    glyphs: HashMap<char, Glyph>,
}

impl Face {
    fn read(bytes: &'static [u8]) -> Option<Self> {
        let font = FontRef::new(bytes).ok()?;
        let metrics = font.glyph_metrics(Size::new(1.0), LocationRef::default());
        let glyphs = font
            .charmap()
            .mappings()
            .filter_map(|(code, id)| Some((char::from_u32(code)?, Glyph { id: id.to_u32(), advance: metrics.advance_width(id)? })))
            .collect();
        Some(Self { font: Font::new(bytes.into(), 0)?, glyphs })
    }

    /// What it has for a sign.
    pub fn glyph(&self, sign: char) -> Option<Glyph> {
        self.glyphs.get(&sign).copied()
    }
}

static REGULAR: LazyLock<Face> = LazyLock::new(|| embedded(include_bytes!("../../../static/vendor/polices/OpenSans-Regular.ttf")));
static BOLD: LazyLock<Face> = LazyLock::new(|| embedded(include_bytes!("../../../static/vendor/polices/OpenSans-Bold.ttf")));

fn embedded(bytes: &'static [u8]) -> Face {
    // The bytes are part of the program, and the tests read them: they are a font.
    Face::read(bytes).expect("an embedded font is a font")
}

/// The face of a weight.
pub fn face(bold: bool) -> &'static Face {
    if bold { &BOLD } else { &REGULAR }
}
