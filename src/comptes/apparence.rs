//! How pages look on one browser: as the device prefers, in the light, in the dark. A choice of the browser, not of the account.

use maud::{Markup, html};
use rocket::http::CookieJar;
use rocket::response::Redirect;
use rocket::time::Duration;
use rocket::{FromForm, Route, State, post, routes as collect};

use super::envoi::Envoi;
use super::guard::Personne;
use super::ouverture::cookie;
use super::theme::cookie_name;
use crate::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::ui::icon::icon;
use crate::ui::layout::Theme;

/// How long a browser keeps it.
const KEPT_DAYS: i64 = 365;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![choose]
}

#[derive(FromForm)]
struct Choice<'r> {
    apparence: &'r str,
}

#[post("/compte/apparence", data = "<choice>")]
async fn choose(_personne: Personne, choice: Envoi<Choice<'_>>, cookies: &CookieJar<'_>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let theme = Theme::from_code(choice.apparence).ok_or_else(|| Error::invalid("Cette apparence n’existe pas. Choisissez-en une dans la liste."))?;
    cookies.add(cookie(context, cookie_name(&context.config), theme.code().to_string(), Duration::days(KEPT_DAYS)));
    Ok(Flash::success(Redirect::to("/compte"), "L’apparence est changée sur ce navigateur."))
}

/// The choice, on the page of the account.
pub fn section(current: Theme) -> Markup {
    html! {
        section {
            h2 { "Apparence" }
            form method="post" action="/compte/apparence" {
                fieldset class="cases" {
                    legend class="visuellement-cache" { "Apparence sur ce navigateur" }
                    @for (theme, code, words) in Theme::ALL {
                        label class="case" { input type="radio" name="apparence" value=(code) checked[theme == current]; " " (words) }
                    }
                }
                button class="bouton" type="submit" { (icon("sun")) "Appliquer sur ce navigateur" }
            }
        }
    }
}
