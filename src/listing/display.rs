//! Around the table: the place of the saved views, the choice of density, and why a filter of another
//! perimeter shows nothing.

use maud::{Markup, html};

use super::query::Query;
use super::saved::{Density, Opened};
use super::spec::{FilterKind, Options};
use super::view::Offered;
use crate::ui::icon::icon;

/// Where the saved views of a list are told, by the room that keeps them.
const VIEWS: &str = "/vues";

/// The place of the saved views. Rows never wait for it: with a view open it asks for itself once they
/// are shown, without one it is asked for by a click; without JavaScript it is a link to a page.
pub(super) fn views_place(query: &Query) -> Markup {
    let state = query.canonical_state();
    let address = form_urlencoded::Serializer::new(format!("{VIEWS}?")).append_pair("liste", query.list.name).append_pair("etat", &state).finish();
    let open = matches!(query.opened, Opened::View(..));
    let unfold = format!("{address}&ouvert=1");
    html! {
        div id="vues" class="vues" hx-get=[open.then_some(&address)] hx-trigger=[open.then_some("load")] hx-swap=[open.then_some("outerHTML")] {
            a id="vues-lien" class="bouton" href=(address) hx-get=(unfold) hx-target="#vues" hx-swap="outerHTML" { (icon("bookmark")) "Vues" }
        }
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
pub(super) fn out_of_reach(query: &Query, offered: &Offered) -> Vec<String> {
    let sentence = |filter: &super::Filter| {
        let value = query.value(filter.name)?;
        match &filter.kind {
            FilterKind::Commune if !offered.communes.iter().any(|commune| commune.code == value) => {
                Some(format!("La commune {value} n'est pas dans votre périmètre : aucune de ses lignes ne vous est montrée."))
            }
            FilterKind::Epci if !offered.epci().iter().any(|(code, _)| code == value) => {
                Some(format!("L'EPCI {value} n'a aucune commune dans votre périmètre : aucune de ses lignes ne vous est montrée."))
            }
            FilterKind::Parent { .. } if offered.parent.is_none() => {
                Some(format!("« {} » : cette fiche n'existe plus, ou n'est pas dans votre périmètre.", filter.label))
            }
            FilterKind::Choice { options: Options::Sql(_), .. } if !offered.of(filter.name).iter().any(|(code, _)| code == value) => {
                Some(format!("« {} » : la valeur « {value} » n'existe pas ou n'existe plus.", filter.label))
            }
            _ => None,
        }
    };
    query.active().filter_map(sentence).collect()
}
