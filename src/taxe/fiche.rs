//! What the files of séjours, logements and hébergeurs share: the way back to the list that a person came
//! from, and the files before and after in its order.

use maud::{Markup, html};

use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::{Around, List, Origin};
use crate::platform::error::Result;
use crate::platform::http::Referrer;
use crate::ui::icon::icon;

/// What stands around row `key` in the list that the person came from; `None` when they came from elsewhere.
///
/// # Errors
/// PostgreSQL failed.
pub async fn around(
    context: &Context,
    personne: &Personne,
    (list, key): (&'static List, i64),
    de: Option<&str>,
    referrer: &Referrer,
) -> Result<Option<Around>> {
    match Origin::read(list, de, referrer.0.as_deref(), context.clock.today(), &context.key) {
        Some(origin) => Ok(Some(origin.around(&context.db, &context.choices, &personne.reader, &context.key, key).await?)),
        None => Ok(None),
    }
}

/// The trail from the list to the file of `key`, called `here`, by its commune when it has one.
pub fn trail(list: &List, key: i64, commune: Option<(&str, &str)>, here: &str, around: Option<&Around>) -> Markup {
    let back = around.map_or_else(|| format!("/{}", list.name), |around| around.back_to(key));
    let among = commune.map(|(code, name)| (list.asked(&[("commune", &code)]).to_string(), name));
    let between: Vec<(&str, &str)> = among.iter().map(|(address, name)| (address.as_str(), *name)).collect();
    list.trail_from(&back, &between, here)
}

/// The address of the file of `key`, with the list that the person came from: where its forms come back.
pub fn here(list: &List, key: i64, around: Option<&Around>) -> String {
    around.map_or_else(|| format!("/{}/{key}", list.name), |around| around.file(list, key))
}

/// The files before and after, and what else is done from one to the next.
pub fn neighbours(list: &List, key: i64, around: Option<&Around>, more: &Markup) -> Markup {
    let link = |address: Option<&String>, id: &str, symbol: &str, word: &str| {
        html! {
            @match address {
                Some(address) => a class="bouton" id=(id) href=(address) { (icon(symbol)) (word) },
                None => span class="bouton inactif" { (icon(symbol)) (word) },
            }
        }
    };
    html! {
        @if let Some(around) = around {
            nav class="voisins" aria-label={ (list.title) ", dans l’ordre de la liste" } {
                (link(around.previous.as_ref(), "f-precedent", "chevron-left", "Précédent"))
                @match &around.beyond {
                    Some(beyond) => a class="bouton" href=(beyond) { "Chercher le suivant dans la liste" },
                    None => (link(around.next.as_ref(), "f-suivant", "chevron-right", "Suivant")),
                }
                (more)
                a class="bouton" id="f-liste" href=(around.back_to(key)) { (icon("list")) "Revenir à la liste" }
            }
        } @else { div class="voisins" { (more) } }
    }
}
