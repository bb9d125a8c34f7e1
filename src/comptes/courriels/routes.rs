//! E-mails of an account, as its administrateur asks for them and sees what became of them.

use maud::{Markup, html};
use rocket::response::Redirect;
use rocket::{Route, State, get, post, routes};
use serde_json::json;

use super::{on_its_way, queries, send_link, sends, views};
use crate::comptes::Role;
use crate::comptes::guard::{Administrateur, Confirmed};
use crate::comptes::model::Utilisateur;
use crate::comptes::utilisateurs::{elsewhere, known, not_exploitant};
use crate::comptes::{freins, queries as accounts};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash as Leading;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![states, send]
}

/// The part of the page of an account that speaks of e-mails; nothing where none is sent.
pub(in crate::comptes) async fn section(context: &Context, user: &Utilisateur) -> Result<Markup> {
    if context.mailer.is_none() || user.role == Role::Exploitant {
        return Ok(html! {});
    }
    Ok(views::section(user, &queries::sent(&context.db, user.id).await?))
}

#[get("/utilisateurs/<id>/courriels")]
async fn states(administrateur: Administrateur, id: i64, context: &State<Context>) -> Result<Markup> {
    let user = known(context, &administrateur.0, id).await?;
    Ok(views::states(user.id, &queries::sent(&context.db, user.id).await?))
}

#[post("/utilisateurs/<id>/courriels")]
async fn send(administrateur: Administrateur, _fresh: Confirmed, id: i64, context: &State<Context>) -> Result<Leading<Redirect>> {
    let personne = &administrateur.0;
    let user = known(context, personne, id).await?;
    not_exploitant(&user)?;
    sends(context)?;
    if !user.actif {
        return Err(Error::invalid("Ce compte est désactivé. Réactivez-le avant d’envoyer un lien."));
    }
    let back = || Redirect::to(format!("/utilisateurs/{id}#courriels"));
    let motive = if user.a_mot_de_passe { "renouvellement" } else { "invitation" };
    // Nobody’s box is filled by a button.
    let wait = freins::attempt(&context.db, &[freins::mails(id)]).await?;
    if wait > 0 {
        return Err(Error::TooMany(wait.unsigned_abs()));
    }
    let mut write = context.db.write().await?;
    accounts::lock(&mut write.tx, id).await?;
    if !accounts::manages(&mut write.tx, personne.reader.user_id, id).await? {
        return Err(elsewhere());
    }
    if on_its_way(&mut *write.tx, id).await? {
        write.rollback().await?;
        return Ok(Leading::success(back(), "Un courriel est déjà en route : attendez qu’il parte."));
    }
    send_link(&mut write, motive, id, personne.reader.user_id).await?;
    let actor = accounts::about(&mut write.tx, &personne.actor, id).await?;
    journal::note(&mut write.tx, &actor, Action::Change, "utilisateur", &id.to_string(), &json!({"lien": motive, "envoi": "demande"})).await?;
    write.commit().await?;
    Ok(Leading::success(back(), format!("Le courriel part à {}. Ce qu’il devient se lit ci-dessous.", user.courriel)))
}
