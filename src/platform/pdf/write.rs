//! From pages and what they mean to the bytes of a PDF/UA-1, by krilla, which refuses what that standard does.

use std::num::NonZeroU16;

use chrono::{Datelike, Timelike};
use krilla::SerializeSettings;
use krilla::color::rgb;
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, ListNumbering, Node as Tagged, SpanTag, TableHeaderScope, Tag, TagGroup, TagKind, TagTree,
};
use krilla::text::{GlyphId, KrillaGlyph};

use super::flow::{Child, Flow, HEIGHT, Ink, Kind, Mark, Node, WIDTH};
use super::fonts::face;
use super::lines::Sign;
use super::{Document, Unprintable};

/// How thick a rule is, in points, and how dark.
const RULE: f32 = 0.5;
const GREY: u8 = 140;

fn failed(what: impl std::fmt::Debug) -> Unprintable {
    Unprintable::Failed(format!("{what:?}"))
}

/// The bytes of the pages of `flow`.
pub fn write(document: &Document, flow: &Flow) -> Result<Vec<u8>, Unprintable> {
    let configuration = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1).finish().map_err(failed)?;
    let mut file = krilla::Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let mut identifiers = Vec::with_capacity(flow.pages.len());
    for inks in &flow.pages {
        let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| failed("A4"))?;
        let mut page = file.start_page_with(settings);
        let mut surface = page.surface();
        let drawn: Vec<Option<Identifier>> = inks.iter().map(|(mark, ink)| draw(&mut surface, *mark, ink)).collect();
        surface.finish();
        page.finish();
        identifiers.push(drawn);
    }
    let mut tree = TagTree::new();
    let mut outline = Outline::new();
    for ((node, first), letter) in flow.letters.iter().zip(&flow.firsts).zip(&document.letters) {
        tree.push(group(node, &mut identifiers)?);
        let title = super::lines::montre(&letter.subject).replace('\n', " ");
        outline.push_child(OutlineNode::new(
            if title.is_empty() { document.title.clone() } else { title },
            XyzDestination::new(*first, Point::from_xy(0.0, 0.0)),
        ));
    }
    file.set_outline(outline);
    file.set_tag_tree(tree);
    file.set_metadata(metadata(document));
    file.finish().map_err(failed)
}

fn metadata(document: &Document) -> Metadata {
    let made = document.made;
    let small = |number: u32| u8::try_from(number).unwrap_or_default();
    let date = DateTime::new(u16::try_from(made.year()).unwrap_or(1970))
        .month(small(made.month()))
        .day(small(made.day()))
        .hour(small(made.hour()))
        .minute(small(made.minute()))
        .second(small(made.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    Metadata::new()
        .title(document.title.clone())
        .authors(vec![document.author.clone()])
        .creator("Gardel".into())
        .producer("Gardel".into())
        .language("fr-FR".into())
        .creation_date(date)
}

/// Draws something; its number among what is read.
fn draw(surface: &mut Surface<'_>, mark: Mark, ink: &Ink) -> Option<Identifier> {
    let tag = match mark {
        Mark::Read => ContentTag::Span(SpanTag::empty()),
        Mark::Foot => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)),
        Mark::Ornament => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
    };
    let identifier = surface.start_tagged(tag);
    match ink {
        Ink::Text { x, y, size, signs } => text(surface, (*x, *y), *size, signs),
        Ink::Rule { x, y } => rule(surface, *x, *y),
    }
    surface.end_tagged();
    (mark == Mark::Read).then_some(identifier)
}

fn text(surface: &mut Surface<'_>, (x, y): (f32, f32), size: f32, signs: &[Sign]) {
    surface.set_stroke(None);
    surface.set_fill(Some(Fill { paint: rgb::Color::new(0, 0, 0).into(), opacity: NormalizedF32::ONE, rule: krilla::paint::FillRule::default() }));
    let mut at = x;
    for same in signs.chunk_by(|one, next| one.bold == next.bold) {
        let words: String = same.iter().map(|sign| sign.one).collect();
        let mut from = 0;
        let glyphs: Vec<KrillaGlyph> = same
            .iter()
            .map(|sign| {
                let to = from + sign.one.len_utf8();
                let glyph = KrillaGlyph::new(GlyphId::new(sign.glyph.id), sign.glyph.advance, 0.0, 0.0, 0.0, from..to, None);
                from = to;
                glyph
            })
            .collect();
        let bold = same.first().is_some_and(|sign| sign.bold);
        surface.draw_glyphs(Point::from_xy(at, y), &glyphs, face(bold).font.clone(), &words, size, false);
        at += same.iter().map(|sign| sign.glyph.advance).sum::<f32>() * size;
    }
}

fn rule(surface: &mut Surface<'_>, (left, right): (f32, f32), y: f32) {
    let mut path = PathBuilder::new();
    path.move_to(left, y);
    path.line_to(right, y);
    if let Some(path) = path.finish() {
        surface.set_fill(None);
        surface.set_stroke(Some(Stroke { paint: rgb::Color::new(GREY, GREY, GREY).into(), width: RULE, ..Stroke::default() }));
        surface.draw_path(&path);
    }
}

/// A part with what it is made of. Each thing on a page belongs to one part: the tree takes its number.
fn group(node: &Node, identifiers: &mut [Vec<Option<Identifier>>]) -> Result<TagGroup, Unprintable> {
    let mut children = Vec::with_capacity(node.children.len());
    for child in &node.children {
        children.push(match child {
            Child::Node(node) => Tagged::Group(group(node, identifiers)?),
            Child::Leaf(page, place) => {
                let taken = identifiers.get_mut(*page).and_then(|page| page.get_mut(*place)).and_then(Option::take);
                Tagged::Leaf(taken.ok_or_else(|| failed("a leaf of two parts"))?)
            }
        });
    }
    Ok(TagGroup::with_children(kind(&node.kind), children))
}

fn kind(kind: &Kind) -> TagKind {
    match kind {
        Kind::Letter => Tag::Part.into(),
        Kind::Paragraph => Tag::P.into(),
        Kind::Heading(level, title) => Tag::Hn(NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN), Some(title.clone())).into(),
        Kind::List { ordered: true } => Tag::L(ListNumbering::Decimal).into(),
        Kind::List { ordered: false } => Tag::L(ListNumbering::None).into(),
        Kind::Item => Tag::LI.into(),
        Kind::Label => Tag::Lbl.into(),
        Kind::Body => Tag::LBody.into(),
        Kind::Table => Tag::Table.into(),
        Kind::Row => Tag::TR.into(),
        Kind::Header => Tag::TH(TableHeaderScope::Column).into(),
        Kind::Cell => Tag::TD.into(),
    }
}
