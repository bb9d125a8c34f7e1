//! A lost device: one administrateur asks that a second factor be removed, another grants it. Both are judged when it is
//! granted, and both are in the journal.

use maud::{Markup, html};
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, post, routes as collect};
use serde_json::json;
use sqlx::PgConnection;

use super::PAGE;
use super::queries::{self, DEMAND_DAYS, Demand};
use crate::avis::{self, Notice};
use crate::comptes::Role;
use crate::comptes::envoi::Envoi;
use crate::comptes::guard::{Administrateur, Confirmed, Personne};
use crate::comptes::model::Utilisateur;
use crate::comptes::{queries as accounts, sessions};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::ui::form::{Field, field};
use crate::ui::format;
use crate::ui::message::{Tone, badge, notice};

/// Longest reason.
const MOTIVE_MAX: usize = 300;

/// Routes to mount at `/`.
pub(super) fn routes() -> Vec<Route> {
    collect![ask, grant, withdraw]
}

/// What the file of an account says of its second factor.
pub(in crate::comptes) struct Removal {
    demand: Option<Demand>,
    /// Whether the reader is who asked.
    mine: bool,
    /// Whether somebody else may grant what the reader asks.
    others: bool,
}

/// What waits for an account, as `personne` reads it.
pub(in crate::comptes) async fn removal_of(connection: &mut PgConnection, personne: &Personne, user_id: i64) -> Result<Removal> {
    let demand = queries::demand(&mut *connection, user_id).await?;
    let mine = demand.as_ref().is_some_and(|demand| demand.demande_par == personne.reader.user_id);
    let others = !queries::who_may_grant(connection, user_id, personne.reader.user_id).await?.is_empty();
    Ok(Removal { demand, mine, others })
}

/// The part of the file of an account about its second factor.
pub(in crate::comptes) fn section(personne: &Personne, user: &Utilisateur, removal: &Removal) -> Markup {
    let own = user.id == personne.reader.user_id;
    html! {
        section class="etroite" id="second-facteur" {
            h2 { "Second facteur" }
            @match user.facteur_le {
                None => p { "Pas installé." @if own { " " a href=(PAGE) { "Installer le mien" } } },
                Some(since) => {
                    p { (badge(Tone::Success, "Installé")) " le " (format::instant(since)) "." }
                    @if own { p { a href=(PAGE) { "Gérer le mien" } } }
                    @else if user.role != Role::Exploitant { (lost(user, removal)) }
                }
            }
        }
    }
}

fn lost(user: &Utilisateur, removal: &Removal) -> Markup {
    let base = format!("/utilisateurs/{}/second-facteur", user.id);
    match &removal.demand {
        Some(demand) => html! {
            (notice(Tone::Warning, &html! {
                p { "Retrait demandé par " strong { (demand.nom) } " le " (format::instant(demand.demande_le)) " : « " (demand.motif) " »." }
                @if removal.mine { p { "Un autre administrateur doit l’accorder, depuis cette page, avant le " (format::instant(demand.demande_le + chrono::Duration::days(i64::from(DEMAND_DAYS)))) "." } }
                @else { p { "Avant d’accorder, parlez à la personne de vive voix : qui volerait son mot de passe demanderait la même chose." } }
            }))
            div class="actions" {
                @if !removal.mine {
                    form method="post" action={ (base) "/accord" } {
                        input type="hidden" name="demande" value=(demand.id);
                        button class="bouton danger" type="submit" { "Accorder le retrait" }
                    }
                }
                form method="post" action={ (base) "/refus" } {
                    input type="hidden" name="demande" value=(demand.id);
                    button class="bouton" type="submit" { (if removal.mine { "Annuler ma demande" } else { "Refuser" }) }
                }
            }
        },
        None if !removal.others => html! {
            p { "Téléphone perdu, sans code de secours ? Le retrait demande deux administrateurs, et vous êtes seul à gérer ce compte : voyez l’exploitant, qui a la ligne de commande." }
        },
        None => html! {
            p { "Téléphone perdu, sans code de secours ? Demandez le retrait : un autre administrateur l’accordera ou le refusera." }
            form method="post" action={ (base) "/demande" } {
                (field(&Field { name: "motif", label: "Pourquoi", hint: "Ce que la personne vous a dit, et comment vous l’avez reconnue.", required: true, autocomplete: "off", max: Some(MOTIVE_MAX), ..Field::default() }))
                p class="actions" { button class="bouton" type="submit" { "Demander le retrait" } }
            }
        },
    }
}

#[derive(FromForm)]
struct Why<'r> {
    motif: &'r str,
}

#[derive(FromForm)]
struct Which {
    demande: i64,
}

fn file(id: i64) -> Redirect {
    Redirect::to(format!("/utilisateurs/{id}#second-facteur"))
}

/// The account, locked against other changes of rights, when the author manages it and it is another's.
async fn managed(connection: &mut PgConnection, personne: &Personne, id: i64) -> Result<Utilisateur> {
    accounts::lock_rights(&mut *connection).await?;
    let elsewhere = || Error::out_of_reach("Ce compte n’existe pas ou n’est pas dans votre périmètre.");
    if !accounts::manages(&mut *connection, personne.reader.user_id, id).await? {
        return Err(elsewhere());
    }
    let user = accounts::user(connection, &personne.reader, id).await?.ok_or_else(elsewhere)?;
    if user.role == Role::Exploitant {
        return Err(Error::forbidden("Un compte d’exploitant se gère en ligne de commande, par « gardel user »."));
    }
    if id == personne.reader.user_id {
        return Err(Error::forbidden(
            "Le retrait de votre propre second facteur est à demander par un autre administrateur, ou se fait sur votre compte.",
        ));
    }
    Ok(user)
}

#[post("/utilisateurs/<id>/second-facteur/demande", data = "<why>")]
async fn ask(administrateur: Administrateur, _fresh: Confirmed, id: i64, why: Envoi<Why<'_>>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let personne = &administrateur.0;
    let motive = why.motif.split_whitespace().collect::<Vec<_>>().join(" ");
    if motive.is_empty() || motive.chars().count() > MOTIVE_MAX || motive.chars().any(char::is_control) {
        return Ok(Flash::warning(file(id), format!("Rien n’est demandé : dites pourquoi, en {MOTIVE_MAX} caractères au plus.")));
    }
    let mut write = context.db.write().await?;
    let user = managed(&mut write.tx, personne, id).await?;
    if user.facteur_le.is_none() {
        return Ok(Flash::new(file(id), "info", "Ce compte n’a pas de second facteur."));
    }
    let others = queries::who_may_grant(&mut write.tx, id, personne.reader.user_id).await?;
    if others.is_empty() {
        return Err(Error::Conflict(
            "Aucun autre administrateur ne peut accorder ce retrait. Voyez l’exploitant, qui a la ligne de commande.".into(),
        ));
    }
    if !queries::ask_removal(&mut write.tx, id, personne.reader.user_id, &motive).await? {
        return Ok(Flash::new(file(id), "info", "Un retrait est déjà demandé pour ce compte."));
    }
    let text = format!("{} demande le retrait du second facteur de {} : à accorder ou à refuser.", personne.nom, user.nom);
    let link = format!("/utilisateurs/{id}#second-facteur");
    for other in others {
        avis::add(&mut write.tx, other, &Notice { ton: "alerte", texte: &text, lien: &link }).await?;
    }
    let told = format!(
        "{} demande le retrait de votre second facteur. Si vous l’avez toujours, connectez-vous avec un code : la demande tombe.",
        personne.nom
    );
    avis::add(&mut write.tx, id, &Notice { ton: "alerte", texte: &told, lien: PAGE }).await?;
    note(&mut write.tx, personne, id, "retrait demandé", &motive).await?;
    write.commit().await?;
    Ok(Flash::success(file(id), "Le retrait est demandé. Un autre administrateur doit l’accorder."))
}

#[post("/utilisateurs/<id>/second-facteur/accord", data = "<which>")]
async fn grant(administrateur: Administrateur, _fresh: Confirmed, id: i64, which: Envoi<Which>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let personne = &administrateur.0;
    let mut write = context.db.write().await?;
    managed(&mut write.tx, personne, id).await?;
    let Some(demand) = queries::demand(&mut write.tx, id).await?.filter(|demand| demand.id == which.demande) else {
        return Err(gone());
    };
    if demand.demande_par == personne.reader.user_id {
        return Err(Error::forbidden("Vous avez demandé ce retrait : un autre administrateur doit l’accorder."));
    }
    // Whoever holds the way into the other's account would be two by themselves.
    if queries::one_hand(&mut write.tx, demand.demande_par, personne.reader.user_id).await? {
        return Err(Error::forbidden(
            "L’un de vous deux a remis à l’autre, il y a peu, le lien qui ouvre son compte, ou quelqu’un les a remis à tous deux : ce ne serait qu’une personne. Un autre administrateur doit l’accorder, ou l’exploitant en ligne de commande.",
        ));
    }
    accounts::lock(&mut write.tx, id).await?;
    queries::remove(&mut write.tx, id).await?;
    sessions::end_sessions(&mut write.tx, id, None).await?;
    let told = format!(
        "Votre second facteur a été retiré : {} l’a demandé, {} l’a accordé. Si ce n’est pas vous, parlez-en tout de suite à votre collectivité.",
        demand.nom, personne.nom
    );
    avis::add(&mut write.tx, id, &Notice { ton: "alerte", texte: &told, lien: PAGE }).await?;
    let text = format!("{} a accordé le retrait du second facteur que vous aviez demandé.", personne.nom);
    avis::add(&mut write.tx, demand.demande_par, &Notice { ton: "info", texte: &text, lien: &format!("/utilisateurs/{id}") }).await?;
    note(&mut write.tx, personne, id, "retrait accordé", &demand.motif).await?;
    write.commit().await?;
    Ok(Flash::success(
        file(id),
        "Le second facteur est retiré, les sessions du compte sont terminées. La personne entre avec son mot de passe, et en installe un autre.",
    ))
}

#[post("/utilisateurs/<id>/second-facteur/refus", data = "<which>")]
async fn withdraw(administrateur: Administrateur, id: i64, which: Envoi<Which>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let personne = &administrateur.0;
    let mut write = context.db.write().await?;
    managed(&mut write.tx, personne, id).await?;
    let Some(demand) = queries::demand(&mut write.tx, id).await? else { return Err(gone()) };
    if !queries::withdraw(&mut write.tx, id, which.demande).await? {
        return Err(gone());
    }
    let mine = demand.demande_par == personne.reader.user_id;
    if !mine {
        let text = format!("{} a refusé le retrait du second facteur que vous aviez demandé.", personne.nom);
        avis::add(&mut write.tx, demand.demande_par, &Notice { ton: "alerte", texte: &text, lien: &format!("/utilisateurs/{id}#second-facteur") })
            .await?;
    }
    note(&mut write.tx, personne, id, if mine { "demande annulée" } else { "retrait refusé" }, &demand.motif).await?;
    write.commit().await?;
    Ok(Flash::success(file(id), if mine { "Votre demande est annulée." } else { "La demande est refusée ; le second facteur reste." }))
}

fn gone() -> Error {
    Error::Conflict("Cette demande n’attend plus : elle a été accordée, refusée, ou son délai est passé.".into())
}

async fn note(connection: &mut PgConnection, personne: &Personne, id: i64, word: &str, motive: &str) -> Result<()> {
    let detail = json!({"second_facteur": word, "motif": motive});
    let actor = accounts::about(&mut *connection, &personne.actor, id).await?;
    journal::note(connection, &actor, Action::Change, "utilisateur", &id.to_string(), &detail).await?;
    Ok(())
}
