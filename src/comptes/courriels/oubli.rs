//! « Mot de passe oublié ? »: a person asks for a link by e-mail. Whether an account exists, the answer, the statements and
//! what they leave are the same; who is written to is decided by the job, later and elsewhere.

use std::time::Duration;

use maud::{Markup, html};
use rocket::form::Form;
use rocket::http::{CookieJar, Status};
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes};
use serde_json::json;

use super::{leave, queries, sends};
use crate::comptes::connexion::{Refused, about, note_braked, too_many};
use crate::comptes::freins::{self, Origin};
use crate::comptes::ouverture::Door;
use crate::comptes::queries::credentials;
use crate::context::Context;
use crate::journal::{self, Action};
use crate::platform::error::Result;
use crate::platform::http::{ClientIp, Visit};
use crate::ui::contact;
use crate::ui::form::{Field, error_summary, field};
use crate::ui::layout::{self, Frame};
use crate::ui::message::{Flash, flash};

/// Time that every answer takes: what the base does for an account that exists, and not for another, is lost in it.
const SAME_TIME: Duration = Duration::from_millis(250);

/// Its page.
pub const PAGE: &str = "/connexion/oubli";

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![form, ask]
}

#[derive(FromForm)]
struct Forgotten<'r> {
    courriel: &'r str,
}

#[get("/connexion/oubli")]
fn form(context: &State<Context>) -> Result<Markup> {
    sends(context)?;
    Ok(page(context, "", None, None))
}

#[post("/connexion/oubli", data = "<form>")]
async fn ask(
    form: Form<Forgotten<'_>>,
    context: &State<Context>,
    cookies: &CookieJar<'_>,
    ip: ClientIp,
    asked: Visit,
) -> Result<std::result::Result<Redirect, Refused>> {
    sends(context)?;
    let Some(courriel) = contact::email(form.courriel) else {
        let shown: String = contact::email_key(form.courriel).chars().filter(|c| !c.is_control()).take(contact::EMAIL_MAX).collect();
        let error = "Donnez un courriel complet, par exemple prenom.nom@ville.gp.";
        return Ok(Err(Refused::Wrong((Status::UnprocessableEntity, page(context, &shown, Some(error), None)))));
    };
    let same_time = tokio::time::sleep(SAME_TIME);
    let door = Door { context, cookies, ip, asked: &asked };
    let found = credentials(&context.db, &courriel).await?;
    let actor = about(found.as_ref(), &door);
    let wait = freins::attempt(&context.db, &Origin::new(&courriel, ip.0, None).forgotten()).await?;
    if wait > 0 {
        same_time.await;
        note_braked(context, actor, "mot de passe");
        return Ok(Err(Refused::wait(page(context, &courriel, None, Some(too_many(wait))), wait)));
    }
    let mut write = context.db.write().await?;
    let id = queries::ask_forgotten(&mut *write.tx, &courriel).await?;
    leave(&mut write, id).await?;
    journal::note(&mut write.tx, &actor, Action::Change, "mot de passe", "", &json!({"envoi": "oubli"})).await?;
    write.commit().await?;
    same_time.await;
    Ok(Ok(Redirect::to("/connexion?fin=oubli")))
}

fn page(context: &Context, courriel: &str, error: Option<&str>, message: Option<Flash>) -> Markup {
    let frame = Frame { environment: context.config.environnement, path: PAGE.into(), ..Frame::default() };
    let errors: Vec<(&'static str, String)> = error.map(|text| ("courriel", text.to_string())).into_iter().collect();
    layout::page(
        &frame,
        "Mot de passe oublié",
        &html! {
            section class="etroite" {
                h1 { "Mot de passe oublié" }
                (error_summary(&errors))
                @if let Some(message) = &message { (flash(message)) }
                p { "Donnez le courriel de votre compte : vous y recevrez un lien pour choisir un nouveau mot de passe. Il sert une seule fois, pendant une heure." }
                form method="post" action=(PAGE) {
                    (field(&Field { name: "courriel", label: "Courriel", kind: "email", value: courriel, error, required: true, autocomplete: "username", max: Some(120), ..Field::default() }))
                    p class="actions" {
                        button class="bouton principal" type="submit" { "Recevoir un lien" }
                        a class="bouton" href="/connexion" { "Revenir à la connexion" }
                    }
                }
                p class="discret" { "Votre second facteur, si vous en avez un, vous sera toujours demandé." }
            }
        },
    )
}
