//! The welcome sheets of the people that an import invited, printed together where no e-mail is sent.

use maud::{Markup, html};
use rocket::response::Redirect;
use rocket::{Either, FromForm, Route, State, post, routes as collect};
use rocket_dyn_templates::Metadata;
use serde_json::json;
use sqlx::PgConnection;

use super::envoi::Envoi;
use super::guard::{Administrateur, Confirmed};
use super::invitations::{Sheet, letter};
use super::queries;
use crate::context::Context;
use crate::journal::{self, Action};
use crate::platform::error::{Error, Result};
use crate::platform::http::{Flash as Leading, Visit};
use crate::platform::token;
use crate::ui::icon::icon;
use crate::ui::{format, layout};

/// Sheets printed at once at most.
const FICHES_MAX: i64 = 100;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![fiches]
}

/// Somebody who was invited, and has no link yet.
#[derive(sqlx::FromRow)]
struct Attendu {
    id: i64,
    nom: String,
    courriel: String,
    collectivite: String,
    siren: String,
}

/// The people of an import that `author` manages, who have no password and no link that still opens; one more than are printed.
async fn attendus(connection: &mut PgConnection, import: i64, author: i64) -> std::result::Result<Vec<Attendu>, sqlx::Error> {
    sqlx::query_as(
        "SELECT u.id, u.nom::text, u.courriel, c.nom::text AS collectivite, c.siren FROM import_ligne l JOIN utilisateur u ON u.id = l.cle
         JOIN collectivite c ON c.id = (SELECT min(uc.collectivite_id) FROM utilisateur_collectivite uc WHERE uc.utilisateur_id = u.id)
         WHERE l.import_id = $1 AND l.liste = 'utilisateurs' AND l.verdict = 'nouvelle' AND l.etat = 'ecrite' AND u.actif AND u.mot_de_passe IS NULL
           AND u.role <> 'exploitant' AND NOT EXISTS (SELECT 1 FROM invitation i WHERE i.utilisateur_id = u.id AND invitation_valable(i)) AND gere($2, u.id)
         ORDER BY l.rang LIMIT $3 + 1",
    )
    .bind(import)
    .bind(author)
    .bind(FICHES_MAX)
    .fetch_all(connection)
    .await
}

#[derive(FromForm)]
struct Lot {
    import: i64,
}

#[post("/utilisateurs/fiches", data = "<form>")]
async fn fiches(
    administrateur: Administrateur,
    _fresh: Confirmed,
    form: Envoi<Lot>,
    context: &State<Context>,
    asked: Visit,
    templates: Metadata<'_>,
) -> Result<Either<Markup, Leading<Redirect>>> {
    let personne = &administrateur.0;
    let author = personne.reader.user_id;
    let mut write = context.db.write().await?;
    let mut people = attendus(&mut write.tx, form.import, author).await?;
    if people.is_empty() {
        write.rollback().await?;
        let said = "Personne de cet import n’attend de lien\u{a0}: chacun en a un, ou a déjà choisi son mot de passe. Un autre se fait sur la fiche de la personne.";
        return Ok(Either::Right(Leading::warning(Redirect::to(format!("/imports/{}", form.import)), said)));
    }
    let most = usize::try_from(FICHES_MAX).unwrap_or(usize::MAX);
    let more = people.len() > most;
    people.truncate(most);
    let mut letters = Vec::with_capacity(people.len());
    for one in &people {
        let token = token::random().map_err(|error| Error::Internal(error.to_string()))?;
        if !queries::invite(&mut write.tx, &token::hash(&token), one.id, "invitation", Some(author)).await? {
            return Err(super::utilisateurs::elsewhere());
        }
        let actor = queries::about(&mut write.tx, &personne.actor, one.id).await?;
        journal::note(&mut write.tx, &actor, Action::Change, "utilisateur", &one.id.to_string(), &json!({"lien": "invitation"})).await?;
        let sheet = Sheet {
            nom: &one.nom,
            courriel: &one.courriel,
            collectivite: &one.collectivite,
            siren: &one.siren,
            lien: &format!("{}/invitation/{token}", asked.origin),
            motif: "invitation",
        };
        // Rendered before anything is kept: a broken template loses no link.
        letters.push(letter(&templates, &sheet)?);
    }
    let page = layout::page(&personne.frame, "Fiches de bienvenue", &page(form.import, &letters, more));
    write.commit().await?;
    Ok(Either::Left(page))
}

fn page(import: i64, letters: &[Markup], more: bool) -> Markup {
    let count = i64::try_from(letters.len()).unwrap_or(i64::MAX);
    html! {
        div class="a-l-ecran actions" {
            button class="bouton principal" type="button" data-imprimer="oui" { (icon("printer")) (format!("Imprimer {}", format::counted(count, "fiche", "fiches"))) }
            @if more { (bouton(import, "Fiches suivantes")) }
            a class="bouton" href={ "/imports/" (import) } { "Revenir à l’import" }
        }
        p class="a-l-ecran" {
            "Ces liens ne sont montrés qu’une fois, et servent 7 jours. Imprimez les fiches avant de quitter cette page, une par feuille, et remettez chacune à sa personne : elle choisira son mot de passe, que vous ne verrez jamais."
        }
        @for letter in letters { (letter) }
    }
}

/// The button that prints the sheets of the people of an import who have no link yet.
pub fn bouton(import: i64, words: &str) -> Markup {
    html! {
        form class="en-ligne" method="post" action="/utilisateurs/fiches" {
            input type="hidden" name="import" value=(import);
            button class="bouton" type="submit" { (words) }
        }
    }
}
