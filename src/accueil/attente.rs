//! What waits for a person, as numbers beside the menu. Asked for once the page is there, so that no
//! page waits for it and none adds a statement for it.

use bytes::Bytes;
use maud::{Markup, html};
use rocket::{Route, State, get, routes};

use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::{Module, Niveau, Viewer};
use crate::platform::cache::Key;
use crate::platform::error::Result;
use crate::platform::http::Wants;
use crate::ui::format;
use crate::ui::layout::{self, Waiting};

/// Routes to mount at `/`.
pub(super) fn routes() -> Vec<Route> {
    routes![waiting]
}

/// Things counted at most: beyond, « plus de 999 ».
const COUNTED_MAX: i64 = 999;

#[get("/attente")]
async fn waiting(personne: Personne, wants: Wants, context: &State<Context>) -> Result<Markup> {
    let mut waiting = Vec::new();
    if personne.reader.can(Module::Taxe, Niveau::Lire) {
        waiting.push((Waiting::Stays, stays(context, &personne).await?));
    }
    waiting.push((Waiting::Jobs, jobs(context, &personne).await?));
    Ok(match wants {
        Wants::Fragment => {
            html! { @for (what, count) in &waiting { (layout::waiting(*what, &short(*count), &words(*what, *count, personne.reader.exploitant))) } }
        }
        Wants::Page => layout::page(
            &personne.frame,
            "Ce qui attend",
            &html! {
                h1 { "Ce qui attend" }
                ul { @for (what, count) in &waiting { li { (words(*what, *count, personne.reader.exploitant)) } } }
            },
        ),
    })
}

/// Stays to check in the perimeter, kept under the versions of the stays.
async fn stays(context: &Context, personne: &Personne) -> Result<i64> {
    let key = Key::new("accueil.attente", "", &personne.reader.communes(Module::Taxe).join(","), &personne.versions(&["sejours"]));
    let made = async || -> Result<Bytes> {
        let count: i64 =
            sqlx::query_scalar("SELECT count(*) FROM (SELECT 1 FROM sejour WHERE code_insee = ANY($1) AND statut = 'a_verifier' LIMIT $2) t")
                .bind(personne.reader.communes(Module::Taxe))
                .bind(COUNTED_MAX + 1)
                .fetch_one(context.reading(personne, &["sejours"]).reading())
                .await?;
        Ok(count.to_string().into())
    };
    // Written by us, three lines above.
    Ok(context.cache.get_or(&key, made).await?.text().parse().unwrap_or(0))
}

/// The person's own jobs that are not over; for who runs the installation, those that failed.
async fn jobs(context: &Context, personne: &Personne) -> Result<i64> {
    let sql = match personne.reader.exploitant {
        true => "SELECT count(*) FROM (SELECT 1 FROM job WHERE state = 'failed' AND $1 IS NOT NULL LIMIT $2) t",
        false => "SELECT count(*) FROM (SELECT 1 FROM job WHERE requested_by = $1 AND state IN ('ready', 'running') LIMIT $2) t",
    };
    Ok(sqlx::query_scalar(sql).bind(personne.reader.user_id).bind(COUNTED_MAX + 1).fetch_one(context.db.statement()).await?)
}

/// The number as it stands in the menu; nothing when nothing waits.
fn short(count: i64) -> String {
    match count {
        0 => String::new(),
        1..=COUNTED_MAX => format::integer(count),
        _ => format!("{COUNTED_MAX}+"),
    }
}

fn words(what: Waiting, count: i64, exploitant: bool) -> String {
    let number = if count > COUNTED_MAX { format!("plus de {COUNTED_MAX}") } else { format::integer(count) };
    match (what, exploitant) {
        (Waiting::Stays, _) => format!("{number} à vérifier"),
        (Waiting::Jobs, true) => format!("{number} en échec"),
        (Waiting::Jobs, false) => format!("{number} en cours"),
    }
}
