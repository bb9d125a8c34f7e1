//! The way back of a change: the values before, while nobody has changed the row since.

use rocket::response::Redirect;
use rocket::{FromForm, Route, State, post, routes as collect};

use super::access::{held, known};
use super::hooks::Values;
use super::proof::Proved;
use super::writing::{Written, write};
use crate::comptes::{Envoi, Personne};
use crate::context::Context;
use crate::listing::Niveau;
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::platform::token::Purpose;
use crate::ui::message::Tone;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![undo]
}

#[derive(FromForm)]
struct Back<'r> {
    jeton: &'r str,
}

#[post("/<liste>/<id>/modifier/retour", data = "<back>", rank = 6)]
#[allow(clippy::too_many_arguments)] // one per part of the request
async fn undo(
    liste: &str,
    id: i64,
    personne: Personne,
    _proved: Proved,
    back: Envoi<Back<'_>>,
    context: &State<Context>,
) -> Result<Box<Flash<Redirect>>> {
    let (record, personne) = known(context, liste, &personne, Niveau::Saisir)?;
    let stale = || Error::invalid("Cette annulation n’est pas valable. Ouvrez la fiche et rétablissez les valeurs vous-même.");
    let content = context.key.verify(Purpose::Undoing, back.jeton).ok_or_else(stale)?;
    let (list, of, was, written, who): (String, i64, std::collections::BTreeMap<String, Option<String>>, i32, i64) =
        serde_json::from_slice(&content).map_err(|_| stale())?;
    if (list.as_str(), of, who) != (record.list.name, id, personne.reader.user_id) {
        return Err(stale());
    }
    // What puts a row away is asked of whoever takes it back.
    let personne =
        if record.archive.is_some_and(|column| was.contains_key(column)) { personne.at(record.list.access, Niveau::Valider)? } else { personne };
    let before = held(context, &personne, record, id).await?;
    let values: Values = record.columns().filter_map(|(column, _)| Some((column, was.get(column)?.clone()))).collect();
    let file = format!("/{}/{id}", record.list.name);
    Ok(Box::new(match write(context, &personne, record, (id, written), &before.values, &values).await? {
        Written::Kept(why) => Flash::new(Redirect::to(file), Tone::Warning.flash_kind(), why),
        Written::Done(_) => Flash::success(
            Redirect::to(file),
            format!("{}\u{a0}: les valeurs d’avant sont rétablies.", record.name_among(&values).unwrap_or(&before.name)),
        ),
        Written::Taken(_) | Written::Meanwhile => {
            let text = "La fiche a été modifiée depuis\u{a0}: rien n’a été rétabli. Rétablissez les valeurs vous-même si elles sont encore justes.";
            Flash::new(Redirect::to(file), Tone::Warning.flash_kind(), text)
        }
    }))
}
