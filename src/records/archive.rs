//! A row put away, and taken back: it leaves what people work on and stays where it is looked for.

use maud::{Markup, html};
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, post, routes as collect};

use super::access::{held, known};
use super::hooks::Values;
use super::model::Record;
use super::queries::Held;
use super::writing::{Written, way_back, write};
use crate::comptes::{Envoi, Personne};
use crate::context::Context;
use crate::listing::{List, Niveau};
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::ui::icon::icon;
use crate::ui::message::Tone;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![archive]
}

/// The button that puts row `id` away, or takes it back, for its page; `level` is what the person may do with it.
pub fn archive_form(level: Option<Niveau>, list: &List, (id, version): (i64, i32), away: bool) -> Markup {
    if level < Some(Niveau::Valider) {
        return html! {};
    }
    let (to, word, symbol) = if away { ("restaurer", "Remettre en activité", "undo-2") } else { ("archiver", "Archiver", "archive") };
    html! {
        form class="en-ligne" method="post" action={ "/" (list.name) "/" (id) "/archivage" } {
            input type="hidden" name="version" value=(version);
            button class="bouton" type="submit" id="f-archiver" name="faire" value=(to) { (icon(symbol)) (word) }
        }
    }
}

#[derive(FromForm)]
struct Wanted<'r> {
    version: i32,
    faire: &'r str,
}

#[post("/<liste>/<id>/archivage", data = "<wanted>", rank = 6)]
async fn archive(liste: &str, id: i64, personne: Personne, wanted: Envoi<Wanted<'_>>, context: &State<Context>) -> Result<Box<Flash<Redirect>>> {
    let (record, personne) = known(context, liste, &personne, Niveau::Valider)?;
    let column = record.archive.ok_or_else(|| Error::not_found("Cette page n’existe pas."))?;
    let away = match wanted.faire {
        "archiver" => true,
        "restaurer" => false,
        _ => return Err(Error::invalid("Ce bouton n’existe pas. Ouvrez la fiche et recommencez.")),
    };
    let before = held(context, &personne, record, id).await?;
    let file = || Redirect::to(format!("/{}/{id}", record.list.name));
    let left = |text: String| Ok(Box::new(Flash::new(file(), Tone::Warning.flash_kind(), text)));
    match put_away(context, &personne, record, (id, wanted.version), &before, away).await? {
        Putting::Done => {}
        Putting::Same => {
            let text = if away { "Cette fiche est déjà archivée." } else { "Cette fiche est déjà en activité." };
            return Ok(Box::new(Flash::new(file(), Tone::Info.flash_kind(), text)));
        }
        Putting::Kept(why) => return left(why),
        Putting::Meanwhile => return left("Cette fiche a été modifiée entre-temps\u{a0}: relisez-la, puis recommencez.".into()),
    }
    let was = Values::from([(column, before.values.get(column).cloned().flatten())]);
    let next = way_back(context, &personne, record, (id, before.version + 1), &was);
    let said = if away { "la fiche est archivée" } else { "la fiche est de nouveau en activité" };
    Ok(Box::new(Flash::success(file(), next.after(&format!("{}\u{a0}: {said}.", before.name)))))
}

/// What became of a row to be put away, or taken back.
pub enum Putting {
    /// It is.
    Done,
    /// It was already.
    Same,
    /// Somebody came in between.
    Meanwhile,
    /// It cannot be, and why.
    Kept(String),
}

/// Puts row `id` away, or takes it back, over the version that was seen; `before` is the row as it is.
///
/// # Errors
/// Its record puts no row away, or PostgreSQL failed.
pub async fn put_away(
    context: &Context,
    personne: &Personne,
    record: &Record,
    (id, version): (i64, i32),
    before: &Held,
    away: bool,
) -> Result<Putting> {
    let column = record.archive.ok_or_else(|| Error::not_found("Cette page n’existe pas."))?;
    if before.values.get(column).is_some_and(Option::is_some) == away {
        return Ok(Putting::Same);
    }
    if version != before.version {
        return Ok(Putting::Meanwhile);
    }
    let changed = Values::from([(column, away.then(|| context.clock.today().to_string()))]);
    Ok(match write(context, personne, record, (id, before.version), &before.values, &changed).await? {
        Written::Done(_) => Putting::Done,
        Written::Kept(why) => Putting::Kept(why),
        Written::Taken(_) | Written::Meanwhile => Putting::Meanwhile,
    })
}
