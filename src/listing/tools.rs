//! The tools of a list, on the line of its count: views, columns, what the filters hold, selection,
//! export. Their panels open over the page, inside it.

use maud::{Markup, html};

use super::display::{density_field, views_place};
use super::formats::Format;
use super::query::Query;
use super::selection::{self, Offer};
use super::spec::FilterKind;
use crate::ui::icon::icon;

/// The tools, in the same order on every list.
pub(super) fn tools(query: &Query, offers: &[Offer]) -> Markup {
    let list = query.list;
    html! {
        div class="outils-droite" {
            (views_place(query, false))
            (columns(query))
            @if list.filters.iter().any(|filter| matches!(filter.kind, FilterKind::Choice { .. })) {
                @let address = query.list.page("facettes").asking(query.at_its_start().as_str());
                details class="volet-outil" {
                    summary { (icon("activity")) "Répartition" }
                    // Asked for when it is opened; without scripts, a link to the page of its own.
                    div class="volet repartition" {
                        p id="facettes" hx-get=(address) hx-trigger="toggle from:'closest details' once" hx-swap="outerHTML" { a href=(address) { "Voir la répartition" } }
                    }
                }
            }
            @if !offers.is_empty() { (selection::tool(query)) }
            @if list.exportable { (export(query)) }
        }
    }
}

fn columns(query: &Query) -> Markup {
    let list = query.list;
    html! {
        details class="volet-outil" {
            summary { (icon("columns-3")) "Colonnes" }
            form class="volet" method="get" action={ "/" (list.name) } {
                @for (name, value) in query.hidden(&["colonnes", "densite"]) { input type="hidden" name=(name) value=(value); }
                fieldset {
                    legend { "Colonnes affichées" }
                    @for (place, column) in list.columns.iter().enumerate() {
                        @let shown = query.columns.iter().any(|one| one.name == column.name);
                        label class="case" {
                            input type="checkbox" name="colonnes" value=(column.name) checked[shown] disabled[place == 0];
                            " " (column.label)
                        }
                    }
                }
                (density_field(query))
                button class="bouton principal" type="submit" { "Afficher ces colonnes" }
            }
        }
    }
}

/// One click for the format offered first, which `app.js` makes the last one used; the others in a menu.
fn export(query: &Query) -> Markup {
    let first = Format::ALL[0];
    html! {
        form class="export" method="post" action={ "/" (query.list.name) "/exports" } {
            input type="hidden" name="requete" value=(query.canonical());
            button class="bouton principal" type="submit" name="format" value=(first.code()) { (icon("download")) "Exporter" span class="format" { (first.short()) } }
            details class="volet-outil" {
                summary data-raccourci="e" { span class="visuellement-cache" { "Choisir le format du fichier" } }
                ul class="volet formats" {
                    @for format in Format::ALL {
                        li {
                            button type="submit" name="format" value=(format.code()) data-court=(format.short()) { strong { (format.label()) } span class="discret" { (format.hint()) } }
                        }
                    }
                }
            }
        }
    }
}
