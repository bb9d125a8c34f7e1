//! The HTML of a list: filter form, and the fragment that holds chips, tools, table and pages.

use maud::{Markup, html};

use super::cell::in_column;
use super::count::{Count, Counted};
use super::display::{elsewhere, ended, nothing, place_in_words, swap_link, unsearched, views_place};
use super::edit;
use super::fetch::Page;
use super::form::filter_form;
use super::offered::Offered;
use super::query::{Position, Query};
use super::resolved::COLLECTED_MAX;
use super::rows::RowData;
use super::selection::{self, Offer};
use super::spec::{Column, Filter, FilterKind, Kind};
use super::state::Selection;
use super::tools::tools;
use super::words::{filter_in_words, sort_in_words, summary};
use super::{SIZE_DEFAULT, SIZE_MAX, totals};
use crate::platform::token::SigningKey;
use crate::ui::form::{Day, day_input};
use crate::ui::format;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, notice};

/// Title and filters on one line where they fit, then the fragment.
pub fn page_body(query: &Query, offered: &Offered, fragment: &Markup) -> Markup {
    html! {
        div class="tete" {
            h1 { (query.list.title) }
            (filter_form(query, offered))
            @if let Some((words, address)) = query.list.create.filter(|_| query.list.offers_creation(query.highest)) {
                @let (first, rest) = words.split_once(' ').unwrap_or((words, ""));
                // On the line of the filters, as much of it as there is room for.
                a class="bouton principal" href=(address) title=(words) { (icon("plus")) span class="mot" { (first) span class="suite" { " " (rest) } } }
            }
        }
        (fragment)
        p class="imprime" { "Imprimé le " (format::date_long(query.today)) }
    }
}

/// The fragment: everything that follows the question.
pub fn fragment(query: &Query, page: &Page, offered: &Offered, offers: &[Offer], key: &SigningKey) -> Markup {
    html! {
        div id="liste" data-unique=[page.only(query)] data-titre={ (super::words::title(query, offered)) " – Gardel" } {
            (carried(query, page))
            (views_place(query, true))
            div class="outils" {
                (count_placeholder(query))
                (chips(query, offered))
                (tools(query, offers))
            }
            (unsearched(query))
            @if query.selection != Selection::Off && !offers.is_empty() && !page.rows.is_empty() { (selection::form(query, page, offers)) }
            (refused(query, page))
            @if page.elsewhere { (elsewhere(query)) }
            @if !page.rows.is_empty() { (table(query, page, offered)) } @else if page.ended { (ended(query)) } @else if !page.unfinished { (nothing(query, page, offered)) }
            @if page.unfinished { (unfinished(query, page, key)) }
            (pages(query, page, key))
        }
    }
}

/// Sort, size and columns, for the filter form that stands outside.
fn carried(query: &Query, page: &Page) -> Markup {
    let filters: Vec<&str> = query.filters.keys().map(String::as_str).collect();
    // An order that was refused is still wished for: it applies as soon as the filter allows it.
    let wished = page.refused.map(|(sort, descending)| Query { sort, descending, ..query.clone() });
    let query = wished.as_ref().unwrap_or(query);
    html! { @for (name, value) in query.hidden(&filters) { input type="hidden" form="filtres" name=(name) value=(value); } }
}

fn chips(query: &Query, offered: &Offered) -> Markup {
    let chips = query.chips();
    html! {
        div id="puces" class="puces" {
            @if !chips.is_empty() {
                ul aria-label="Filtres actifs" {
                    @for chip in &chips {
                        @let words = filter_in_words(query, chip.filter, offered);
                        li { a class="puce" href=(chip.without) { span class="visuellement-cache" { "Retirer le filtre " } span class="puce-nom" { (chip.label) } " : " (words) (icon("x")) } }
                    }
                    @if chips.len() > 1 { li { a class="puce effacer" href=(query.url_without_filters()) { "Tout effacer" } } }
                }
            }
        }
    }
}

/// The count comes after the rows; without JavaScript, a link asks for it.
fn count_placeholder(query: &Query) -> Markup {
    let address = query.list.page("compte").asking(&query.canonical_filters());
    html! {
        p id="compte" class="compte" hx-get=(address) hx-trigger="load" hx-swap="outerHTML" {
            a href=(address) { "Compter les " (query.list.noun.1) }
        }
    }
}

/// The count in words, and the live region that says it.
pub fn count(query: &Query, counted: &Counted, announce: bool) -> Markup {
    let (list, count) = (query.list, counted.count);
    let words = match count {
        Count::Exact(0) => format!("{} {}", if list.feminine { "Aucune" } else { "Aucun" }, list.noun.0),
        Count::Exact(rows) => list.counted(rows),
        Count::About(_) if counted.hurried => "Nombre non calculé".into(),
        Count::About(rows) => format!("Environ {}", list.counted(rows)),
    };
    let exact = list.page("compte").asking(&query.canonical_filters()).with("exact", 1);
    html! {
        p id="compte" class="compte" {
            strong { (words) }
            @if matches!(count, Count::About(_)) {
                " " @if !counted.hurried { span class="discret" { "(estimation)" } " " }
                a href=(exact) hx-get=(exact) hx-target="#compte" hx-swap="outerHTML" { "Compter exactement" }
            }
        }
        @if announce {
            p id="annonce" hx-swap-oob="innerHTML" { (words) }
            (counted.in_place(list))
        } @else {
            (counted.as_file(list))
        }
    }
}

fn table(query: &Query, page: &Page, offered: &Offered) -> Markup {
    html! {
        div class="tableau" {
            table class={ "liste " (query.density.code()) } data-clavier="oui" {
                caption id="titre-tableau" tabindex="-1" { (query.list.title) " : " (sort_in_words(query)) ", " (summary(query, offered)) }
                thead { tr { @for column in &query.columns { (header(query, page, column)) } } }
                tbody { @for (place, row) in page.rows.iter().enumerate() { (table_row(query, place, row)) } }
                (totals::foot(query))
            }
        }
    }
}

/// A header, whose link sorts. Without an index, only rows few enough can be sorted: unless this page has proved that
/// they are, the link says so, and leads to the reason when they are not.
fn header(query: &Query, page: &Page, column: &Column) -> Markup {
    let class = column.kind.is_number().then_some("nombre");
    if !column.sorts() {
        return html! { th scope="col" class=[class] { (column.label) } };
    }
    let sort = query.list.order_of(column);
    let current = sort.name == query.sort.name;
    let aria = match (current, query.descending) {
        (false, _) => "none",
        (true, true) => "descending",
        (true, false) => "ascending",
    };
    let descending = if current { !query.descending } else { sort.descending };
    html! {
        th scope="col" class=[class] aria-sort=(aria) {
            (swap_link(&query.url_sorted(sort, descending), "tri", Some(&format!("tri-{}", sort.name)), &html! {
                (column.label)
                (icon(match aria { "descending" => "arrow-down", "ascending" => "arrow-up", _ => "arrow-up-down" }))
                span class="visuellement-cache" {
                    (if descending { ", trier par ordre décroissant" } else { ", trier par ordre croissant" })
                    @if !sort.indexed && !page.collected && !page.is_whole() { ", si le filtre laisse " (format::integer(COLLECTED_MAX as i64)) " lignes ou moins" }
                }
            }))
        }
    }
}

/// The order asked for was refused: why, and what to do.
fn refused(query: &Query, page: &Page) -> Markup {
    let Some((sort, _)) = page.refused else { return html! {} };
    if page.hurried {
        return notice(
            Tone::Info,
            &html! {
                p {
                    strong { "Le tri par " (sort.label) " a demandé trop de temps cette fois." }
                    " Réessayez dans un instant, ou ajoutez par exemple " (narrower(query)) ". En attendant, la liste est dans l’ordre habituel ("
                    (sort_in_words(query)) ")."
                }
            },
        );
    }
    html! {
        (notice(Tone::Info, &html! {
            p {
                strong { "Le tri par " (sort.label) " attend un filtre plus étroit." }
                " Cette colonne ne trie que " (format::integer(COLLECTED_MAX as i64)) " " (query.list.noun.1) " ou moins : ajoutez par exemple "
                (narrower(query)) ". En attendant, la liste est dans l’ordre habituel (" (sort_in_words(query)) ")."
            }
        }))
    }
}

/// Filters that narrow this list and that are not in use.
fn narrower(query: &Query) -> String {
    let unused = |filter: &&Filter| filter.daily && !query.active().any(|active| active.name == filter.name);
    let labels: Vec<String> = query.list.filters.iter().filter(unused).map(|filter| format!("« {} »", filter.label)).take(3).collect();
    if labels.is_empty() { "un filtre".into() } else { labels.join(" ou ") }
}

fn table_row(query: &Query, number: usize, row: &RowData) -> Markup {
    html! {
        tr id={ "l-" (row.id) } {
            @for (place, (column, (value, address))) in query.columns.iter().zip(&row.cells).enumerate() {
                @let class = column.kind.is_number().then_some("nombre");
                @if place == 0 {
                    th scope="row" class=[class] data-libelle=(column.label) { (selection::first_cell(query, number, row, in_column(column, value, address.as_deref()))) }
                } @else {
                    td class=[class] data-libelle=(column.label) { (edit::cell_of(query, column, row, value, address.as_deref())) }
                }
            }
        }
    }
}

/// Several filters that no index serves together: the page says how far it looked.
fn unfinished(query: &Query, page: &Page, key: &SigningKey) -> Markup {
    let backwards = matches!(query.position, Position::Before(_) | Position::Last);
    let onwards = if backwards { page.previous.as_ref() } else { page.next.as_ref() };
    let found = i64::try_from(page.rows.len()).unwrap_or(i64::MAX);
    html! {
        (notice(Tone::Info, &html! {
            p {
                strong { "La recherche s’est arrêtée en chemin." }
                " Ces filtres réunis demandent de parcourir beaucoup de lignes ; "
                @if found == 0 { "rien ne leur correspond" } @else { (query.list.counted(found)) " y " (if found > 1 { "répondent" } else { "répond" }) }
                " dans la partie déjà parcourue. Poursuivez, ou retirez un filtre."
            }
            @if let Some(words) = sorted_words(query) {
                @let at = query.url_at(&Position::At(words.to_string()), key);
                p { (swap_link(&at, "bouton", Some("p-mots"), &html! { "Aller aux lignes qui commencent par « " (words) " »" })) }
            }
            @if let Some(onwards) = onwards { p { (swap_link(&query.url_at(onwards, key), "bouton", Some("p-poursuivre"), &html! { "Poursuivre la recherche" })) } }
        }))
    }
}

/// The words searched, when the list is in the order of a text: the rows that begin with them stand
/// together, and a walk from the start may end long before.
fn sorted_words(query: &Query) -> Option<&str> {
    let search = query.active().find(|filter| matches!(filter.kind, FilterKind::Search { .. }))?;
    let text = matches!(query.sort.kind, Kind::Text) && !query.descending && !matches!(query.position, Position::At(_));
    query.value(search.name).filter(|_| text)
}

fn pages(query: &Query, page: &Page, key: &SigningKey) -> Markup {
    let at = |position: Option<&Position>| position.map(|position| query.url_at(position, key));
    let first = (query.position != Position::First).then_some(&Position::First);
    let last = page.next.as_ref().map(|_| &Position::Last);
    // Everything is on the screen: there is nowhere to go.
    if page.is_whole() && query.size == SIZE_DEFAULT {
        return html! { nav class="pages" aria-label="Pages" { p class="rangs" { (ranks(query, page)) } } };
    }
    html! {
        nav class="pages" aria-label="Pages" {
            p class="rangs" { (ranks(query, page)) }
            ul {
                li { (page_link(at(first), "p-premiere", "chevrons-left", "Première")) }
                li { (page_link(at(page.previous.as_ref()), "p-precedente", "chevron-left", "Précédente")) }
                li { (page_link(at(page.next.as_ref()), "p-suivante", "chevron-right", "Suivante")) }
                li { (page_link(at(last), "p-derniere", "chevrons-right", "Dernière")) }
            }
            (go_to(query))
            p class="tailles" {
                "Lignes par page : "
                @for size in [SIZE_DEFAULT, 100, SIZE_MAX] {
                    @if size == query.size { strong { (size) } " " } @else { (swap_link(&query.url_sized(size), "", None, &html! { (size) })) " " }
                }
            }
        }
    }
}

fn page_link(href: Option<String>, id: &str, symbol: &str, word: &str) -> Markup {
    match href {
        Some(href) => swap_link(&href, "bouton", Some(id), &html! { (icon(symbol)) (word) }),
        None => html! { span class="bouton inactif" { (icon(symbol)) (word) } },
    }
}

fn ranks(query: &Query, page: &Page) -> String {
    let shown = i64::try_from(page.rows.len()).unwrap_or(i64::MAX);
    match (page.first_rank, shown) {
        (_, 0) => String::new(),
        _ if page.only(query).is_some() => "Une seule ligne répond\u{a0}: Entrée l’ouvre depuis la recherche".into(),
        (Some(first), _) => {
            let first = i64::try_from(first).unwrap_or(i64::MAX);
            format!("Lignes {} à {}", format::integer(first), format::integer(first + shown - 1))
        }
        (None, _) => query.list.counted(shown) + if shown > 1 { " affichés" } else { " affiché" },
    }
}

fn go_to(query: &Query) -> Markup {
    let sort = query.sort;
    let hint = sort.kind.expected();
    html! {
        form class="aller" method="get" action={ "/" (query.list.name) }
            hx-get={ "/" (query.list.name) } hx-target="#liste" hx-swap="outerHTML" hx-push-url="true" {
            @for (name, value) in query.hidden(&[]) { input type="hidden" name=(name) value=(value); }
            label for="vers" { "Aller à : " (sort.label) " " span class="indice" { "(" (hint) ")" } }
            @if sort.kind.is_day() {
                (day_input(&Day { id: "vers", name: "vers", value: &place_in_words(query), of: "pour y aller", wrong: None, focus: false }))
            } @else {
                input id="vers" name="vers" type="text" value=(place_in_words(query)) maxlength="60" autocomplete="off";
            }
            button class="bouton" type="submit" { "Aller" }
        }
    }
}
