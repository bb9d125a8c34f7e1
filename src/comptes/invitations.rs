//! One-time links: the welcome sheet that carries one, and the page where a password is chosen.

use maud::{Markup, PreEscaped, html};
use rocket::form::Form;
use rocket::http::{CookieJar, Status};
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes};
use rocket_dyn_templates::Metadata;
use serde_json::json;

use super::mon_compte::{new_password_errors, password_fields};
use super::ouverture::{browser_cookie, only_here};
use super::{courriels, externe, queries, sessions};
use crate::avis::{self, Notice};
use crate::context::Context;
use crate::journal::{self, Action, Actor};
use crate::platform::error::{Error, Result};
use crate::platform::http::{ClientIp, Visit};
use crate::platform::password::Line;
use crate::platform::token;
use crate::ui::form::error_summary;
use crate::ui::icon::icon;
use crate::ui::layout::{self, Frame};

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![choose, chosen]
}

#[derive(FromForm)]
struct Choice<'r> {
    mot_de_passe: &'r str,
    confirmation: &'r str,
}

#[get("/invitation/<jeton>")]
async fn choose(jeton: &str, context: &State<Context>) -> Result<Markup> {
    let (_, nom, courriel, ..) = queries::invited(&context.db.apart(), &token::hash(jeton)).await?.ok_or_else(ended)?;
    Ok(page(context, jeton, &nom, &courriel, &[]))
}

#[post("/invitation/<jeton>", data = "<form>")]
async fn chosen(
    jeton: &str,
    form: Form<Choice<'_>>,
    context: &State<Context>,
    cookies: &CookieJar<'_>,
    ip: ClientIp,
    asked: Visit,
) -> Result<std::result::Result<Redirect, (Status, Markup)>> {
    let hash = token::hash(jeton);
    let twice = || Ok(Ok(Redirect::to("/connexion?fin=servi")));
    let Some((id, nom, courriel, principale, lieu)) = queries::invited(&context.db.apart(), &hash).await? else {
        // Posted twice, the form leads to where the first post led.
        return if queries::just_used(&context.db.apart(), &hash).await? { twice() } else { Err(ended()) };
    };
    let place = context.passwords.place(Line::Known)?;
    let errors = new_password_errors(&place, form.mot_de_passe, form.confirmation, &[&nom, &courriel, &lieu]).await?;
    if !errors.is_empty() {
        return Ok(Err((Status::UnprocessableEntity, page(context, jeton, &nom, &courriel, &errors))));
    }
    let had_one = queries::credentials(&context.db.apart(), &courriel).await?.is_some_and(|(_, _, phc, _)| phc.is_some());
    let phc = place.hash(form.mot_de_passe).await?;
    drop(place);
    let mut write = context.db.apart().write().await?;
    if !queries::use_invitation(&mut write.tx, id, &hash).await? {
        write.rollback().await?;
        return if queries::just_used(&context.db.apart(), &hash).await? { twice() } else { Err(ended()) };
    }
    queries::set_password(&mut write.tx, id, &phc).await?;
    sessions::end_sessions(&mut write.tx, id, None).await?;
    // A link is what mends an account that somebody else got into: what they may have linked to it goes too.
    if externe::unlink_all(&mut write.tx, id).await? {
        let told = "L’identité reliée à votre compte a été retirée avec votre ancien mot de passe. Reliez-la de nouveau depuis « Mon compte ».";
        avis::add(&mut write.tx, id, &Notice { ton: "info", texte: told, lien: externe::PAGE }).await?;
    }
    // Whoever holds the link gets in from here, even while somebody guesses passwords of this account.
    // Whoever had a password before, and did not ask for another one, must learn it.
    if had_one {
        let told = "Un nouveau mot de passe a été choisi pour votre compte avec un lien à usage unique. Si ce n’est pas vous, parlez-en tout de suite à votre collectivité.";
        avis::add(&mut write.tx, id, &Notice { ton: "alerte", texte: told, lien: "/compte" }).await?;
        courriels::tell_changed(context, &mut write, id).await?;
    }
    let browser = only_here(&mut write.tx, (id, &courriel), ip).await?;
    let actor = Actor { id: Some(id), name: nom, collectivite_id: principale, ip: ip.0, request: asked.number };
    journal::note(&mut write.tx, &actor, Action::Change, "mot de passe", "", &json!({"par": "lien"})).await?;
    write.commit().await?;
    cookies.add(browser_cookie(context, browser));
    Ok(Ok(Redirect::to("/connexion?fin=choisi")))
}

fn ended() -> Error {
    Error::Gone("Ce lien a déjà servi ou n’est plus valable. Si vous avez déjà choisi votre mot de passe, connectez-vous\u{a0}; sinon, demandez un autre lien à un administrateur de votre collectivité.".into())
}

fn page(context: &Context, jeton: &str, nom: &str, courriel: &str, errors: &[(&'static str, String)]) -> Markup {
    let frame = Frame { environment: context.config.environnement, path: "/invitation".into(), ..Frame::default() };
    layout::page(
        &frame,
        "Choisir mon mot de passe",
        &html! {
            section class="etroite" {
                h1 { "Choisir mon mot de passe" }
                (error_summary(errors))
                p { "Bonjour " (nom) ". Vous vous connecterez avec le courriel " strong { (courriel) } "." }
                form method="post" action={ "/invitation/" (jeton) } {
                    // Tells password managers which account this is.
                    input class="visuellement-cache" type="text" name="courriel" value=(courriel) autocomplete="username" readonly tabindex="-1" aria-label="Courriel";
                    (password_fields(errors))
                    p class="actions" { button class="bouton principal" type="submit" { "Enregistrer mon mot de passe" } }
                }
            }
        },
    )
}

/// What a welcome sheet says.
pub(super) struct Sheet<'a> {
    pub nom: &'a str,
    pub courriel: &'a str,
    pub collectivite: &'a str,
    pub siren: &'a str,
    pub lien: &'a str,
    pub motif: &'a str,
}

/// The letter of a sheet, from the template of the collectivité when it has one
/// (`templates/collectivites/SIREN/bienvenue.html.j2`), from ours otherwise.
pub(super) fn letter(templates: &Metadata<'_>, sheet: &Sheet<'_>) -> Result<Markup> {
    let own = format!("collectivites/{}/bienvenue", sheet.siren);
    let name = if templates.contains_template(&own) { own } else { "lettres/bienvenue".to_string() };
    let values = json!({
        "nom": sheet.nom, "courriel": sheet.courriel, "collectivite": sheet.collectivite, "lien": sheet.lien,
        "renouvellement": sheet.motif == "renouvellement", "validite_jours": 7,
    });
    let (_, letter) = templates.render(name, values).ok_or_else(|| Error::Internal("the welcome sheet could not be rendered".into()))?;
    // The template escapes what it is given (minijinja, `.html`); its own text is the collectivité's.
    Ok(html! { article class="lettre" { (PreEscaped(letter)) } })
}

/// The page of a sheet, to be printed.
pub(super) fn sheet(templates: &Metadata<'_>, frame: &Frame, sheet: &Sheet<'_>) -> Result<Markup> {
    let letter = letter(templates, sheet)?;
    Ok(layout::page(
        frame,
        "Fiche de bienvenue",
        &html! {
            div class="a-l-ecran actions" {
                button class="bouton principal" type="button" data-imprimer="oui" { (icon("printer")) "Imprimer cette fiche" }
                a class="bouton" href="/utilisateurs" { "Revenir aux utilisateurs" }
            }
            p class="a-l-ecran" { "Ce lien n’est montré qu’une fois. Imprimez la fiche ou remettez le lien par un moyen sûr : il sert à choisir un mot de passe, que vous ne verrez jamais." }
            (letter)
        },
    ))
}
