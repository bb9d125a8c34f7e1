//! The lists that hang from a row, and what happened to it.

use maud::{Markup, html};
use serde_json::Value as Detail;

use crate::comptes::Personne;
use crate::context::Context;
use crate::journal;
use crate::listing::{Count, Page, Query, Value, cell};
use crate::platform::error::Result;
use crate::records::{Pendante, Record};
use crate::ui::format;

/// Rows of a list shown on the page of what they hang from.
const SHOWN: usize = 10;
/// Events told.
const TOLD: i64 = 50;

/// The first rows of a list that hangs from row `id`, its count and its sums, and the way to all of them.
pub async fn hanging(context: &Context, personne: &Personne, pendante: &Pendante, id: i64) -> Result<Markup> {
    let list = pendante.list;
    if !personne.reader.may(list.access) {
        return Ok(html! {});
    }
    let all = list.asked(&[(pendante.filter, &id)]);
    let query = Query::parse_stored(list, all.clone().with("taille", SHOWN).question(), context.clock.today())?;
    let db = context.reading(personne, list.domains);
    let page = Page::there(&db, &context.choices, &query, &personne.reader).await?;
    let counted = Count::with_sums(&db, &context.choices, &query, &personne.reader, false).await?;
    let title = format!("titre-{}-{}", list.name, pendante.filter);
    Ok(html! {
        h2 { (pendante.title) }
        @if page.rows.is_empty() { p class="discret" { (if list.feminine { "Aucune " } else { "Aucun " }) (list.noun.0) "." } }
        @else {
            section class="defile" tabindex="0" aria-labelledby=(title) {
                table class="liste" {
                    caption id=(title) { (counted.in_words(list)) }
                    thead { tr { @for column in &query.columns { th scope="col" class=[column.kind.is_number().then_some("nombre")] { (column.label) } } } }
                    tbody {
                        @for row in &page.rows {
                            tr {
                                @for (rank, (column, (value, address))) in query.columns.iter().zip(&row.cells).enumerate() {
                                    @let shown = cell::cell(column.kind, value, address.as_deref());
                                    @if rank == 0 { th scope="row" data-libelle=(column.label) { (shown) } }
                                    @else { td class=[column.kind.is_number().then_some("nombre")] data-libelle=(column.label) { @if *value != Value::Null { (shown) } } }
                                }
                            }
                        }
                    }
                }
            }
        }
        p class="actions" { a class="bouton" href=(all) { "Voir dans la liste\u{a0}: " (list.title.to_lowercase()) } }
    })
}

/// What happened to row `id`, the last first: who sees it sees what became of it. `beside` says of the detail of a line what is no field of
/// the record.
///
/// # Errors
/// PostgreSQL failed.
pub async fn history(context: &Context, record: &Record, id: i64, beside: fn(&Detail) -> Vec<String>) -> Result<Markup> {
    let changes = journal::changes(&context.db.statement(), record.object, &id.to_string(), TOLD).await?;
    Ok(html! {
        section id="historique" {
            h2 { "Historique" }
            @if changes.is_empty() { p class="discret" { "Rien n’a été modifié depuis sa création." } }
            @else {
                ol class="historique" {
                    @for change in &changes {
                        li {
                            time datetime=(change.moment.to_rfc3339()) { (format::instant(change.moment)) } ", " (change.acteur)
                            @if change.creation { "\u{a0}: création" }
                            ul {
                                @for told in change.detail.as_object().map(|detail| record.told_changes(detail)).unwrap_or_default() {
                                    li { (told.label) "\u{a0}: «\u{a0}" (told.before.as_deref().unwrap_or("non renseigné")) "\u{a0}» devient «\u{a0}" (told.after.as_deref().unwrap_or("non renseigné")) "\u{a0}»" }
                                }
                                @for told in beside(&change.detail) { li { (told) } }
                            }
                        }
                    }
                }
            }
        }
    })
}
