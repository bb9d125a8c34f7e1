//! Choosing rows for an action: « these fifty » or « the 12,345 of the filter ». The question is always
//! posted. The ticked rows of a page go with it as their places on it and a digest of the page that the
//! person saw; those of several pages as their keys, which the question and the rights then keep or not.

use maud::{Markup, html};
use sha2::{Digest, Sha256};

use super::fetch::Page;
use super::options::Choices;
use super::query::Query;
use super::reader::Niveau;
use super::rows::{RowData, row_name};
use super::spec::Reader;
use super::state::Selection;
use crate::platform::db::Db;
use crate::platform::error::{Error, Result};
use crate::platform::token::{SigningKey, hexadecimal};
use crate::ui::icon::icon;

/// Ticked rows of one action at most: their keys travel with the question and through its confirmation.
pub const TICKED_MAX: usize = 2_000;
/// Bytes of the digest of a page.
const DIGEST_BYTES: usize = 12;

/// An action on offer above a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Name of the list.
    pub list: &'static str,
    /// Name of the action.
    pub name: &'static str,
    /// « Valider ».
    pub label: &'static str,
    /// The level that it asks.
    pub niveau: Niveau,
}

/// The digest of a page: which rows, in which order.
fn digest(rows: &[RowData]) -> String {
    let keys: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    hexadecimal(&Sha256::digest(keys.join(" ").as_bytes())[..DIGEST_BYTES])
}

/// The keys at `places` of the page that `query` asks for, if it still is the page that was shown.
///
/// # Errors
/// 409 when the page has changed; 400 for a place that it does not have.
pub async fn chosen(db: &Db, choices: &Choices, query: &Query, reader: &Reader, shown: &str, places: &[usize]) -> Result<Vec<i64>> {
    let page = Page::fetch(db, choices, query, reader).await?;
    if digest(&page.rows) != shown {
        return Err(Error::Conflict(
            "Des lignes de cette page ont changé de place, sont arrivées ou sont parties depuis son affichage. Rouvrez la liste et choisissez de nouveau : rien n’a été modifié."
                .into(),
        ));
    }
    let unknown = || Error::invalid("Une ligne cochée n’est pas sur cette page. Rouvrez la liste et choisissez de nouveau.");
    places.iter().map(|place| page.rows.get(*place).and_then(|row| row.id.parse().ok()).ok_or_else(unknown)).collect()
}

/// Refuses to act on a list whose filter form says something else: a filter that was refused, or whose
/// answer is still on its way. `form` is that form as it stands beside the rows.
///
/// # Errors
/// 409 when both differ.
pub fn agree(query: &Query, form: &str, key: &SigningKey) -> Result<()> {
    let asked = Query::parse(query.list, form, query.today, key).map(|asked| asked.canonical_filters());
    if asked.is_ok_and(|asked| asked == query.canonical_filters()) {
        return Ok(());
    }
    Err(Error::Conflict(
        "Les filtres du formulaire ne sont pas ceux des lignes affichées. Appliquez-les avec «\u{a0}Filtrer\u{a0}», ou corrigez-les, puis recommencez : rien n’a été modifié."
            .into(),
    ))
}

/// The tool that opens the selection, or closes it.
pub(super) fn tool(query: &Query) -> Markup {
    let (to, word, symbol) = match query.selection {
        Selection::Off => (Selection::Open, "Sélectionner", "check"),
        _ => (Selection::Off, "Fermer la sélection", "x"),
    };
    html! { a class="bouton" id="selectionner" href=(query.url_selecting(to)) { (icon(symbol)) (word) } }
}

/// What to do with the rows, above the table; the boxes of the rows belong to this form.
pub(super) fn form(query: &Query, page: &Page, offers: &[Offer]) -> Markup {
    let list = query.list;
    let all = query.selection == Selection::Page;
    html! {
        form id="choix" class="choix" method="post" action={ "/" (list.name) "/actions" } data-question={ (list.name) "?" (query.canonical_filters()) } data-plus=(TICKED_MAX) {
            input type="hidden" name="requete" value=(query.page_question());
            input type="hidden" name="page" value=(digest(&page.rows));
            label for="choix-action" { "Action" }
            select id="choix-action" name="action" {
                @for offer in offers { option value=(offer.name) { (offer.label) } }
            }
            button class="bouton principal" type="submit" name="etendue" value="page" { "Sur les lignes cochées" }
            button class="bouton" type="submit" name="etendue" value="filtre" {
                "Sur " (if list.feminine { "toutes les " } else { "tous les " }) (list.noun.1) (if query.filters.is_empty() { " de la liste" } else { " du filtre" })
            }
            @let (to, word) = if all { (Selection::Open, "Tout décocher") } else { (Selection::Page, "Cocher cette page") };
            a class="bouton" href=(query.url_selecting(to)) data-cocher=(if all { "non" } else { "oui" }) { (word) }
            p class="choix-compte" role="status" {}
        }
    }
}

/// The first cell of a row, with its box when rows are being chosen.
pub(super) fn first_cell(query: &Query, place: usize, row: &RowData, cell: Markup) -> Markup {
    if query.selection == Selection::Off {
        return cell;
    }
    html! {
        span class="cochable" {
            input type="checkbox" form="choix" name="coche" value=(place) checked[query.selection == Selection::Page] aria-label={ "Choisir " (row_name(row)) };
            (cell)
        }
    }
}
