//! Around the table: the place of the saved views, the choice of density, and what stands in
//! its place when it is empty.

use maud::{Markup, html};

use super::fetch::Page;
use super::filter::EMPTY;
use super::offered::Offered;
use super::query::{Position, Query};
use super::spec::{Branching, Filter, FilterKind, Options, Reader};
use super::state::{Density, Opened};
use super::words::sort_in_words;
use crate::platform::http::Address;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, empty, notice};

/// Where the saved views of a list are told, by the room that keeps them.
const VIEWS: &str = "/vues";

/// The place of the saved views, when it is there: a line of its own with a view open, else a button of
/// the tools. Rows never wait for it: with a view open it asks for itself once they are shown, and keeps
/// its height; without one it is asked for by a click; without JavaScript it is a link to a page.
pub(super) fn views_place(query: &Query, own_line: bool) -> Markup {
    let open = matches!(query.opened, Opened::View(..));
    if open != own_line {
        return html! {};
    }
    let state = query.canonical_state();
    let address = Address::of(VIEWS).with("liste", query.list.name).with("etat", state);
    let unfold = address.clone().with("ouvert", 1);
    html! {
        div id="vues" class="vues" hx-get=[open.then_some(&address)] hx-trigger=[open.then_some("load")] hx-swap=[open.then_some("outerHTML")] {
            a id="vues-lien" class="bouton" href=(address) hx-get=(unfold) hx-target="#vues" hx-swap="outerHTML" { (icon("bookmark")) "Vues" }
        }
    }
}

impl Query {
    /// Leaves out a column that holds the same value in every row of this reader, unless it was asked
    /// for: the commune of somebody who has one.
    pub(super) fn leave_out_what_never_differs(&mut self, reader: &Reader) {
        let list = self.list;
        if self.has_custom_columns() || reader.communes_of(list.access).len() != 1 || list.branches(reader) == Branching::All {
            return;
        }
        let commune = |name: &str| list.filters.iter().any(|filter| filter.name == name && matches!(filter.kind, FilterKind::Commune));
        self.columns.retain(|column| column.name == list.columns[0].name || !commune(column.name));
    }
}

/// A link that swaps the list when it can, and is a plain link when it cannot.
pub(super) fn swap_link(href: &str, class: &str, id: Option<&str>, body: &Markup) -> Markup {
    html! {
        a class=[(!class.is_empty()).then_some(class)] id=[id] href=(href) hx-get=(href) hx-target="#liste" hx-swap="outerHTML" hx-push-url="true" { (body) }
    }
}

/// How closely the rows stand, as a choice of the same form as the columns.
pub(super) fn density_field(query: &Query) -> Markup {
    html! {
        fieldset {
            legend { "Densité" }
            @for (density, code, word) in Density::ALL {
                label class="case" { input type="radio" name="densite" value=(code) checked[density == query.density]; " " (word) }
            }
        }
    }
}

/// Filters whose value this reader cannot meet, each in a sentence: a view shared by somebody else, a
/// right that was withdrawn, a value that is gone.
fn out_of_reach(query: &Query, offered: &Offered) -> Vec<String> {
    let unknown =
        |filter: &Filter, known: &dyn Fn(&str) -> bool| query.values(filter.name).iter().filter(|value| !known(value)).cloned().collect::<Vec<_>>();
    let sentence = |filter: &Filter| {
        let (missing, said): (_, fn(&str, &str) -> String) = match &filter.kind {
            FilterKind::Commune => {
                let missing = unknown(filter, &|value| offered.communes.iter().any(|commune| commune.code == value));
                (missing, |_, value| format!("La commune {value} n’est pas dans votre périmètre : aucune de ses lignes ne vous est montrée."))
            }
            FilterKind::Epci => {
                let missing = unknown(filter, &|value| offered.epci().iter().any(|(code, _)| code == value));
                (missing, |_, value| format!("L’EPCI {value} n’a aucune commune dans votre périmètre : aucune de ses lignes ne vous est montrée."))
            }
            FilterKind::Parent { .. } if offered.parent(filter.name).is_none() => {
                return vec![format!("« {} » : cette fiche n’existe plus, ou n’est pas dans votre périmètre.", filter.label)];
            }
            FilterKind::Choice { options: Options::Sql(_), .. } => {
                let missing = unknown(filter, &|value| value == EMPTY || offered.of(filter.name).iter().any(|(code, _)| code == value));
                (missing, |label, value| format!("« {label} » : la valeur « {value} » n’existe pas ou n’existe plus."))
            }
            _ => return Vec::new(),
        };
        missing.iter().map(|value| said(filter.label, value)).collect()
    };
    query.active().flat_map(sentence).collect()
}

/// Signs of the search that nothing can be found by, told rather than left out in silence.
pub(super) fn unsearched(query: &Query) -> Markup {
    let signs: Vec<String> = query.unsearched().iter().map(ToString::to_string).collect();
    html! {
        @if !signs.is_empty() {
            p class="indice" { "Ne se cherche pas\u{a0}: " (signs.join(" ")) ". Seuls les mots et les numéros ont été cherchés." }
        }
    }
}

/// Nothing stands where the page was asked for: what is shown in its place, and the way back.
pub(super) fn elsewhere(query: &Query) -> Markup {
    let order = sort_in_words(query);
    let words = match &query.position {
        Position::At(_) => {
            format!("Rien à partir de «\u{a0}{}\u{a0}» dans l’ordre de la liste ({order}). Voici ses dernières lignes.", place_in_words(query))
        }
        Position::Before(_) => "Il n’y a plus de lignes avant celles que vous regardiez. Voici le début de la liste.".into(),
        _ => "Cette page n’a plus de lignes\u{a0}: depuis, elles ont été modifiées ou retirées. Voici les dernières lignes de la liste.".into(),
    };
    html! {
        (notice(Tone::Info, &html! {
            p { strong { (words) } }
            p { (swap_link(&query.url(), "bouton", Some("p-retour"), &html! { "Revenir au début de la liste" })) }
        }))
    }
}

/// A search that went on to the end of the list, and found nothing more.
pub(super) fn ended(query: &Query) -> Markup {
    html! {
        (notice(Tone::Info, &html! {
            p { strong { "La recherche est allée au bout de la liste, sans rien trouver de plus." } }
            p { (swap_link(&query.url(), "bouton", Some("p-retour"), &html! { "Revenir au début de la liste" })) }
        }))
    }
}

/// The value of « Aller à », as people write it.
pub(super) fn place_in_words(query: &Query) -> String {
    let kind = query.sort.kind;
    match &query.position {
        Position::At(stored) => kind.of_stored(stored).map_or_else(|| stored.clone(), |value| kind.field(&value)),
        _ => String::new(),
    }
}

/// Whether several words were looked for among records of several kinds: all of them are looked for in each.
fn words_apart(query: &Query) -> bool {
    query.active().any(|filter| match filter.kind {
        FilterKind::Search { look, .. } => {
            look.within.len() > 1 && query.value(filter.name).is_some_and(|words| words.split_whitespace().count() > 1)
        }
        _ => false,
    })
}

/// Nothing to show: why, the words that would find something, and the filters to take off.
pub(super) fn nothing(query: &Query, page: &Page, offered: &Offered) -> Markup {
    let list = query.list;
    let none = if list.feminine { "Aucune" } else { "Aucun" };
    let filters: Vec<_> = query.chips();
    if filters.is_empty() {
        return empty(
            &format!("{none} {} pour l’instant", list.noun.0),
            &html! {
                p { (list.about) }
                @if let Some((words, address)) = list.create.filter(|_| list.offers_creation(query.highest)) {
                    p class="actions" { a class="bouton" href=(address) { (icon("plus")) (words) } }
                }
            },
        );
    }
    empty(
        &format!("{none} {} ne correspond à ces filtres", list.noun.0),
        &html! {
            @for sentence in out_of_reach(query, offered) { p { (sentence) } }
            @if let Some((words, address)) = page.suggestion.as_ref().and_then(|words| Some((words, query.url_searching(words)?))) {
                p { "Vouliez-vous dire «\u{a0}" (swap_link(&address, "", Some("p-suggestion"), &html! { (words) })) "\u{a0}»\u{a0}?" }
            }
            @if words_apart(query) { p { "Les mots d’une recherche doivent se trouver ensemble, sur une même fiche : cherchez un seul mot, ou les mots d’une seule des deux." } }
            p { "Retirez un filtre pour élargir la recherche :" }
            ul class="actions" { @for chip in &filters { li { a class="bouton" href=(chip.without) { "Sans « " (chip.label) " »" } } } }
        },
    )
}
