//! The guides of `docs/`, read once and cut into sections that can be found and linked to.

use std::sync::LazyLock;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use crate::listing::{Module, Niveau, Reader};
use crate::ui::format::fold;
use crate::ui::typographie::mend;

/// Characters of the text shown around what was searched.
const EXCERPT_CHARS: usize = 160;
/// Words of a search that are looked for.
const WORDS_MAX: usize = 12;

/// A guide.
pub struct Guide {
    /// Its name in addresses.
    pub name: &'static str,
    /// Its title.
    pub title: String,
    /// Its parts, in order.
    pub sections: Vec<Section>,
    /// Who it is for.
    audience: Audience,
}

/// What stands under one heading.
pub struct Section {
    /// Its anchor.
    pub id: String,
    /// 1 for the title of the guide, then 2 and 3.
    pub level: u8,
    /// Its heading.
    pub title: String,
    /// What follows the heading, as HTML made from our own file.
    pub html: String,
    /// The same without marks, as it is read.
    pub text: String,
    /// Heading and text, folded, to be searched.
    folded: String,
}

static GUIDES: LazyLock<[Guide; 4]> = LazyLock::new(|| {
    [
        read("agent", Audience::Everybody, include_str!("../../docs/guide-agent.md")),
        read("administrateur", Audience::Managers, include_str!("../../docs/guide-administrateur.md")),
        read("api", Audience::Everybody, include_str!("../../docs/guide-api.md")),
        read("exploitation", Audience::Operators, include_str!("../../docs/exploitation.md")),
    ]
});

/// Who a guide is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Audience {
    /// Everybody, signed in or not.
    Everybody,
    /// Whoever looks after a collectivité.
    Managers,
    /// Whoever runs the installation.
    Operators,
}

/// The guides that `reader` may read.
pub fn open_to(reader: Option<&Reader>) -> impl Iterator<Item = &'static Guide> {
    let managers = reader.is_some_and(|reader| reader.can(Module::Administration, Niveau::Lire));
    let operators = reader.is_some_and(|reader| reader.exploitant);
    GUIDES.iter().filter(move |guide| match guide.audience {
        Audience::Everybody => true,
        Audience::Managers => managers,
        Audience::Operators => operators,
    })
}

/// A section that holds every word of a search.
pub struct Found {
    /// Its guide.
    pub guide: &'static Guide,
    /// The section.
    pub section: &'static Section,
    /// Its text around the first word.
    pub excerpt: String,
}

/// The sections that hold every word of `asked`, those whose heading holds them first.
pub fn search(reader: Option<&Reader>, asked: &str) -> Vec<Found> {
    let folded = fold(asked);
    let words: Vec<&str> = folded.split(|one: char| !one.is_alphanumeric()).filter(|word| !word.is_empty()).take(WORDS_MAX).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(usize, Found)> = open_to(reader)
        .flat_map(|guide| guide.sections.iter().map(move |section| (guide, section)))
        .filter(|(_, section)| words.iter().all(|word| section.folded.contains(word)))
        .map(|(guide, section)| {
            let title = fold(&section.title);
            let in_title = words.iter().filter(|word| title.contains(**word)).count();
            (words.len() - in_title, Found { guide, section, excerpt: excerpt(&section.text, words[0]) })
        })
        .collect();
    // A stable sort: the order of the guides is kept among equals.
    found.sort_by_key(|(missing, _)| *missing);
    found.into_iter().map(|(_, one)| one).collect()
}

fn excerpt(text: &str, word: &str) -> String {
    // Folding keeps one character for one in these texts: places of both agree closely enough for a cut.
    let place = fold(text).find(word).map_or(0, |bytes| fold(text)[..bytes].chars().count());
    let from = place.saturating_sub(EXCERPT_CHARS / 3);
    let start = if from == 0 { 0 } else { from + text.chars().skip(from).position(char::is_whitespace).map_or(0, |space| space + 1) };
    let cut: String = text.chars().skip(start).take(EXCERPT_CHARS).collect();
    let whole = start + cut.chars().count() >= text.chars().count();
    format!("{}{}{}", if start > 0 { "… " } else { "" }, cut.trim(), if whole { "" } else { "…" })
}

/// An anchor: letters and digits without accents, joined by dashes.
fn anchor(title: &str) -> String {
    let folded = fold(title);
    folded.split(|one: char| !one.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

fn read(name: &'static str, audience: Audience, source: &'static str) -> Guide {
    let mut guide = Guide { name, title: String::new(), sections: Vec::new(), audience };
    let mut events: Vec<Event<'static>> = Vec::new();
    let mut heading: Option<(u8, String)> = None;
    let mut code = false;
    for event in Parser::new_ext(source, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                close(&mut guide, &mut events);
                heading = Some((level_of(level), String::new()));
            }
            Event::End(TagEnd::Heading(_)) => {
                if let Some((level, title)) = heading.take() {
                    open(&mut guide, level, title);
                }
            }
            Event::Text(text) | Event::Code(text) if heading.is_some() => {
                if let Some((_, title)) = &mut heading {
                    title.push_str(&mend(&text));
                }
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                code = true;
                events.push(Event::Start(Tag::CodeBlock(kind)));
            }
            Event::End(TagEnd::CodeBlock) => {
                code = false;
                events.push(Event::End(TagEnd::CodeBlock));
            }
            Event::Text(text) if !code => events.push(Event::Text(mend(&text).into())),
            // Markup written by hand in a guide is not carried to a page.
            Event::Html(_) | Event::InlineHtml(_) => {}
            other => events.push(other),
        }
    }
    close(&mut guide, &mut events);
    guide
}

fn level_of(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        _ => 3,
    }
}

fn open(guide: &mut Guide, level: u8, title: String) {
    if level == 1 {
        guide.title.clone_from(&title);
    }
    let base = anchor(&title);
    let same = guide.sections.iter().filter(|section| section.id == base || section.id.starts_with(&format!("{base}-n"))).count();
    let id = if same == 0 { base } else { format!("{base}-n{}", same + 1) };
    guide.sections.push(Section { id, level, folded: fold(&title), title, html: String::new(), text: String::new() });
}

/// Ends the section that is open with what was read since its heading.
fn close(guide: &mut Guide, events: &mut Vec<Event<'static>>) {
    let read = std::mem::take(events);
    let mut tables: usize = guide.sections.iter().map(|section| section.html.matches("<table").count()).sum();
    let Some(section) = guide.sections.last_mut() else { return };
    for event in &read {
        match event {
            Event::Text(text) | Event::Code(text) => section.text.push_str(text),
            Event::SoftBreak | Event::End(_) if !section.text.ends_with(char::is_whitespace) => section.text.push(' '),
            _ => {}
        }
    }
    section.folded = format!("{} {}", section.folded, fold(&section.text));
    html::push_html(&mut section.html, links(read).into_iter());
    // What is wider than the page scrolls by itself, with the keyboard too, under a name that no other has.
    let title = maud::html! { (section.title) }.into_string();
    while section.html.contains("<table>") {
        tables += 1;
        let opened = format!("<section class=\"defile\" tabindex=\"0\" aria-label=\"Tableau {tables}\u{a0}: {title}\"><table class=\"liste\">");
        section.html = section.html.replacen("<table>", &opened, 1);
    }
    section.html = section
        .html
        .replace("</table>", "</table></section>")
        .replace("<th></th>", "<td></td>")
        .replace("<th>", "<th scope=\"col\">")
        .replace("<pre>", "<pre tabindex=\"0\">");
}

/// Links between the files of `docs/` lead to their pages; those to files that are not pages become text.
fn links(events: Vec<Event<'static>>) -> Vec<Event<'static>> {
    let mut kept = Vec::with_capacity(events.len());
    let mut dropped = Vec::new();
    for event in events {
        match event {
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let address = address(&dest_url);
                dropped.push(address.is_none());
                if let Some(address) = address {
                    kept.push(Event::Start(Tag::Link { link_type, dest_url: address.into(), title, id }));
                }
            }
            Event::End(TagEnd::Link) => {
                if dropped.pop() != Some(true) {
                    kept.push(Event::End(TagEnd::Link));
                }
            }
            other => kept.push(other),
        }
    }
    kept
}

fn address(target: &str) -> Option<String> {
    if target.starts_with("https://") || target.starts_with('/') {
        return Some(target.into());
    }
    let (file, place) = target.split_once('#').unwrap_or((target, ""));
    let hash = if place.is_empty() { String::new() } else { format!("#{}", anchor(place)) };
    let known =
        [("guide-agent.md", "agent"), ("guide-administrateur.md", "administrateur"), ("guide-api.md", "api"), ("exploitation.md", "exploitation")];
    match known.iter().find(|(name, _)| *name == file) {
        Some((_, name)) => Some(format!("/aide/{name}{hash}")),
        None if file.is_empty() => Some(hash),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guide_is_whole() {
        for guide in GUIDES.iter() {
            assert!(guide.title.starts_with("Guide de l’"), "{}", guide.title);
            assert!(guide.sections.len() > 5, "{}", guide.name);
            let mut ids: Vec<&str> = guide.sections.iter().map(|section| section.id.as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), guide.sections.len(), "{}: two sections share an anchor", guide.name);
            assert!(guide.sections.iter().all(|section| !section.html.contains("<script")));
        }
    }

    #[test]
    fn sections_are_found_by_their_words() {
        let agent = Reader::new(1, std::sync::Arc::default());
        let titles = |reader: Option<&Reader>, asked: &str| search(reader, asked).iter().map(|found| found.section.title.clone()).collect::<Vec<_>>();
        assert_eq!(titles(None, "mot de PASSE oublie")[0], "Mot de passe oublié");
        assert_eq!(titles(Some(&agent), "trier")[0], "Trier", "a heading comes first");
        assert!(titles(Some(&agent), "mandataire inverse").is_empty(), "a guide of others is not searched");
        assert_eq!(titles(Some(&Reader::exploitant(1)), "mandataire inverse")[0], "6. Le mandataire inverse");
        assert!(titles(None, "  ,, ").is_empty() && titles(None, "zzzzqqq").is_empty());
    }

    #[test]
    fn links_lead_to_pages() {
        assert_eq!(address("guide-agent.md#garder-un-affichage--les-vues").as_deref(), Some("/aide/agent#garder-un-affichage-les-vues"));
        assert_eq!(address("#évaluer").as_deref(), Some("#evaluer"));
        assert_eq!(address("../README.md#settings"), None);
        assert_eq!(address("javascript:alert(1)"), None);
    }
}
