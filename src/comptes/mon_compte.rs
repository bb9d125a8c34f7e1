//! One's own account: sessions and password.

use maud::{Markup, html};
use rocket::http::{CookieJar, Status};
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes};
use serde_json::json;

use super::apparence;
use super::envoi::Envoi;
use super::freins;
use super::grille;
use super::guard::{Confirmed, Personne};
use super::model::SessionLine;
use super::ouverture::{browser_cookie, new_token, only_here, session_cookie};
use super::{courriels, externe, facteur};
use super::{queries, sessions};
use crate::avis::{self, Notice};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::platform::error::{Error, Result};
use crate::platform::http::{ClientIp, Flash};
use crate::platform::password::{self, LENGTH_MIN, Line, Place, Verdict};
use crate::platform::token;
use crate::ui::form::{Field, error_summary, field};
use crate::ui::message::{Tone, badge};
use crate::ui::{format, layout, navigateur};

/// Rights shown at once.
const RIGHTS_OPEN: usize = 6;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![account, end_one, end_others, change_password]
}

#[derive(FromForm)]
struct NewPassword<'r> {
    actuel: &'r str,
    mot_de_passe: &'r str,
    confirmation: &'r str,
    #[field(default = "")]
    code: &'r str,
}

#[get("/compte")]
async fn account(personne: Personne, context: &State<Context>) -> Result<Markup> {
    page(&personne, context, &[]).await
}

#[post("/compte/sessions/<id>/fin")]
async fn end_one(personne: Personne, _fresh: Confirmed, id: i64, context: &State<Context>) -> Result<Flash<Redirect>> {
    let mut write = context.db.apart().write().await?;
    if !sessions::end_session(&mut write.tx, personne.reader.user_id, id).await? {
        return Err(Error::not_found("Cette session est déjà terminée."));
    }
    journal::note(&mut write.tx, &personne.actor, Action::Change, "session", &id.to_string(), &json!({"fin": true})).await?;
    write.commit().await?;
    Ok(Flash::success(Redirect::to("/compte"), "La session est terminée."))
}

#[post("/compte/sessions/fin")]
async fn end_others(personne: Personne, _fresh: Confirmed, context: &State<Context>) -> Result<Flash<Redirect>> {
    let mut write = context.db.apart().write().await?;
    let ended = sessions::end_sessions(&mut write.tx, personne.reader.user_id, Some(personne.session_id)).await?;
    journal::note(&mut write.tx, &personne.actor, Action::Change, "session", "", &json!({"fin": ended})).await?;
    write.commit().await?;
    Ok(Flash::success(Redirect::to("/compte"), "Vos autres sessions sont terminées."))
}

#[post("/compte/mot-de-passe", data = "<form>")]
async fn change_password(
    personne: Personne,
    form: Envoi<NewPassword<'_>>,
    context: &State<Context>,
    cookies: &CookieJar<'_>,
    ip: ClientIp,
) -> Result<std::result::Result<Flash<Redirect>, (Status, Markup)>> {
    let user = personne.reader.user_id;
    let counter = freins::own_password(user);
    // A place before the attempt is counted: whoever finds the queue full has not tried.
    let place = context.passwords.place(Line::Known)?;
    let wait = freins::attempt(&context.db.apart(), std::slice::from_ref(&counter)).await?;
    if wait > 0 {
        return Err(Error::TooMany(wait.unsigned_abs()));
    }
    let errors = password_errors(&personne, &form, context, &place).await?;
    if !errors.is_empty() {
        if errors.iter().any(|(field, _)| *field == "actuel") {
            let mut write = context.db.apart().write().await?;
            journal::note(&mut write.tx, &personne.actor, Action::SignInFailed, "mot de passe", "", &json!({})).await?;
            write.commit().await?;
        }
        return Ok(Err((Status::UnprocessableEntity, page(&personne, context, &errors).await?)));
    }
    let has_factor = facteur::in_place(context.db.apart().statement(), user).await?;
    let code = if has_factor { Some(facteur::candidate(context, &place, user, form.code).await?) } else { None };
    let phc = place.hash(form.mot_de_passe).await?;
    drop(place);
    let mut write = context.db.apart().write().await?;
    if let Some(code) = code
        && facteur::spend(&mut write.tx, user, code).await?.is_none()
    {
        journal::note(&mut write.tx, &personne.actor, Action::SignInFailed, "second facteur", "", &json!({})).await?;
        write.commit().await?;
        let errors = [("code", facteur::WRONG.to_string())];
        return Ok(Err((Status::UnprocessableEntity, page(&personne, context, &errors).await?)));
    }
    queries::set_password(&mut write.tx, user, &phc).await?;
    freins::forget_attempts(&mut write.tx, std::slice::from_ref(&counter.0), &[]).await?;
    sessions::end_sessions(&mut write.tx, user, Some(personne.session_id)).await?;
    // Whoever had a copy of the token loses it too.
    let token = new_token()?;
    let browser = only_here(&mut write.tx, (user, &personne.courriel), ip).await?;
    sessions::renew_session(&mut write.tx, personne.session_id, &token::hash(&token)).await?;
    journal::note(&mut write.tx, &personne.actor, Action::Change, "mot de passe", "", &json!({})).await?;
    let told = "Votre mot de passe a été changé depuis votre compte. Si ce n’est pas vous, parlez-en tout de suite à votre collectivité.";
    avis::add(&mut write.tx, user, &Notice { ton: "info", texte: told, lien: "/compte" }).await?;
    courriels::tell_changed(context, &mut write, user).await?;
    write.commit().await?;
    cookies.add(session_cookie(context, token));
    cookies.add(browser_cookie(context, browser));
    let said = "Votre mot de passe est changé ; vos autres sessions sont terminées.";
    // A thief may have linked theirs: a new password does not shut it out.
    let said = match (&context.provider, externe::linked(context, user).await?) {
        (Some(provider), Some(_)) => format!("{said} Une identité {} ouvre aussi ce compte : si ce n’est pas la vôtre, retirez-la.", provider.name()),
        _ => said.to_string(),
    };
    Ok(Ok(Flash::success(Redirect::to("/compte"), said)))
}

async fn password_errors(personne: &Personne, form: &NewPassword<'_>, context: &Context, place: &Place) -> Result<Vec<(&'static str, String)>> {
    let stored = queries::credentials(&context.db.apart(), &personne.courriel).await?.and_then(|(_, _, phc, _)| phc);
    if context.passwords.verify(place, form.actuel, stored).await? == Verdict::Wrong {
        // Nothing else is computed for whoever does not know it.
        return Ok(vec![("actuel", "Ce n’est pas votre mot de passe actuel.".to_string())]);
    }
    if password::same(form.actuel, form.mot_de_passe) {
        return Ok(vec![("mot_de_passe", "C’est votre mot de passe actuel : choisissez-en un autre.".to_string())]);
    }
    let personal = [personne.nom.as_str(), personne.courriel.as_str(), places(personne)];
    new_password_errors(place, form.mot_de_passe, form.confirmation, &personal).await
}

/// The places of a person, which are no secret.
fn places(personne: &Personne) -> &str {
    personne.frame.person.as_ref().map_or("", |person| person.place.as_str())
}

/// Faults of a password that is being chosen.
pub(super) async fn new_password_errors(place: &Place, chosen: &str, confirmation: &str, personal: &[&str]) -> Result<Vec<(&'static str, String)>> {
    if let Err(weakness) = place.check(chosen, personal).await? {
        return Ok(vec![("mot_de_passe", weakness.to_string())]);
    }
    if !password::same(chosen, confirmation) {
        return Ok(vec![("confirmation", "La confirmation diffère du mot de passe.".to_string())]);
    }
    Ok(Vec::new())
}

/// The two fields of a password that is being chosen.
pub(super) fn password_fields(errors: &[(&'static str, String)]) -> Markup {
    let error = |name: &str| errors.iter().find(|(field, _)| *field == name).map(|(_, text)| text.as_str());
    let hint = format!("{LENGTH_MIN} caractères au moins : quelques mots sans lien entre eux font un bon mot de passe. Aucun signe n’est imposé.");
    html! {
        (field(&Field { name: "mot_de_passe", label: "Nouveau mot de passe", kind: "password", hint: &hint, error: error("mot_de_passe"), required: true, autocomplete: "new-password", ..Field::default() }))
        (field(&Field { name: "confirmation", label: "Le même, une seconde fois", kind: "password", error: error("confirmation"), required: true, autocomplete: "new-password", ..Field::default() }))
    }
}

async fn page(personne: &Personne, context: &Context, errors: &[(&'static str, String)]) -> Result<Markup> {
    let opened = sessions::sessions(&context.db.apart(), personne.reader.user_id).await?;
    let has_factor = facteur::in_place(context.db.apart().statement(), personne.reader.user_id).await?;
    let linked = externe::linked(context, personne.reader.user_id).await?;
    let rights = grille::lines(context.db.apart().statement(), personne.reader.user_id).await?;
    let error = |name: &str| errors.iter().find(|(field, _)| *field == name).map(|(_, text)| text.as_str());
    Ok(layout::page(
        &personne.frame,
        "Mon compte",
        &html! {
            h1 { "Mon compte" }
            (error_summary(errors))
            dl class="fiche" {
                div { dt { "Nom" } dd { (personne.nom) } }
                div { dt { "Courriel" } dd { (personne.courriel) } }
                div { dt { "Rôle" } dd { (personne.role.label()) } }
                @if !rights.is_empty() {
                    div { dt { "Droits" } dd {
                        // Those of a whole archipelago are many: they are there for who asks.
                        details open[rights.len() <= RIGHTS_OPEN] {
                            summary { (format::counted(i64::try_from(rights.len()).unwrap_or(i64::MAX), "droit", "droits")) }
                            ul { @for line in &rights { li { (line) } } }
                        }
                    } }
                }
            }
            section {
                h2 { "Mes sessions" }
                p { "Chaque navigateur où vous êtes connecté. Terminez celles que vous ne reconnaissez pas, puis changez de mot de passe." }
                (sessions_table(&opened, personne.session_id, context))
            @if opened.len() > 1 {
                form method="post" action="/compte/sessions/fin" { button class="bouton" type="submit" { "Terminer toutes les autres sessions" } }
            }
            }
            (apparence::section(personne.frame.theme))
            section {
                h2 { "Second facteur" }
                p {
                    @if has_factor { (badge(Tone::Success, "Installé")) " Un code de votre téléphone vous est demandé après le mot de passe. " }
                    @else { "Un code de votre téléphone, après le mot de passe, garde votre compte même si ce mot de passe est volé. " }
                    a href=(facteur::PAGE) { (if has_factor { "Le gérer" } else { "L’installer" }) }
                }
            }
            @if !personne.reader.exploitant {
                section {
                    h2 { "Jetons" }
                    p { "Un jeton laisse un programme lire ou écrire dans Gardel à votre place, sans votre mot de passe. " a href="/jetons" { "Voir mes jetons" } }
                }
            }
            @if let Some(provider) = &context.provider { (externe::section(provider.name(), linked.as_ref())) }
            section class="etroite" {
                h2 { "Changer mon mot de passe" }
                form method="post" action="/compte/mot-de-passe" {
                    (field(&Field { name: "actuel", label: "Mot de passe actuel", kind: "password", error: error("actuel"), required: true, autocomplete: "current-password", ..Field::default() }))
                    (password_fields(errors))
                    @if has_factor { (facteur::code_field(error("code"))) }
                    p class="actions" { button class="bouton principal" type="submit" { "Changer le mot de passe" } }
                }
            }
        },
    ))
}

fn sessions_table(sessions: &[SessionLine], current: i64, context: &Context) -> Markup {
    let now = context.clock.now();
    html! {
        section class="defile" tabindex="0" aria-labelledby="titre-sessions" {
            table class="liste" {
                caption id="titre-sessions" { "Sessions ouvertes" }
                thead { tr { th scope="col" { "Navigateur" } th scope="col" { "Adresse" } th scope="col" { "Ouverte" } th scope="col" { "Dernière activité" } th scope="col" { "Action" } } }
                tbody {
                    @for session in sessions {
                        tr {
                            th scope="row" data-libelle="Navigateur" title=(session.navigateur) { (navigateur::in_words(&session.navigateur)) }
                            td data-libelle="Adresse" { (session.adresse.as_deref().unwrap_or("inconnue")) }
                            td data-libelle="Ouverte" { (format::instant(session.cree_le)) }
                            td data-libelle="Dernière activité" { time datetime=(session.vue_le.to_rfc3339()) title=(format::instant(session.vue_le)) { (format::ago(session.vue_le, now)) } }
                            td data-libelle="Action" {
                                @if session.id == current { "Cette session" } @else {
                                    form method="post" action={ "/compte/sessions/" (session.id) "/fin" } {
                                        button class="bouton" type="submit" { "Terminer" span class="visuellement-cache" { " la session ouverte " (format::instant(session.cree_le)) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
