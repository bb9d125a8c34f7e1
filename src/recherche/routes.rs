//! The route of the search.

use maud::Markup;
use rocket::http::Status;
use rocket::{Route, State, get};

use super::model::Results;
use super::{find, views};
use crate::comptes::Personne;
use crate::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::http::Wants;
use crate::ui::layout;

/// Signs of a refused question that are given back.
const GIVEN_BACK_CHARS: usize = 400;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    rocket::routes![search]
}

/// A page, or what opens under the box as one types.
#[get("/recherche?<q>")]
async fn search(personne: Personne, q: Option<&str>, wants: Wants, context: &State<Context>) -> Result<(Status, Markup)> {
    if personne.reader.exploitant {
        return Err(Error::forbidden("Votre rôle d’exploitant ne donne pas accès aux données de la taxe."));
    }
    let typed = q.unwrap_or_default();
    let (status, asked, answer) = match find::read(typed) {
        Ok(asked) => {
            let answer = find::answer(context, &personne, &asked).await?;
            (Status::Ok, asked, Ok(answer))
        }
        // Given back in its field, as far as a field goes.
        Err(sentence) => (Status::BadRequest, typed.chars().take(GIVEN_BACK_CHARS).collect(), Err(sentence)),
    };
    let answer: std::result::Result<&Results, &str> = answer.as_ref().map_err(String::as_str);
    Ok((
        status,
        match wants {
            Wants::Fragment => views::options(&asked, answer),
            Wants::Page => layout::page(&personne.frame, &views::title(&asked), &views::page(&asked, answer)),
        },
    ))
}
