//! What the pages of an account look like, for its administrateur.

use maud::{Markup, html};

use super::grille;
use super::guard::Personne;
use super::model::{Collectivite, UserForm, Utilisateur};
use super::role::Role;
use crate::platform::http::Address;
use crate::ui::alike::{Similar, alike};
use crate::ui::form::{Field, error, error_summary, field, select};
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge, notice};
use crate::ui::{format, layout};

/// Roles that an administrateur may give: an exploitant is named on the command line.
pub(super) const GIVEN: [Role; 3] = [Role::Agent, Role::Administrateur, Role::SurMesure];

fn text_of<'a>(errors: &'a [(&'static str, String)], name: &str) -> Option<&'a str> {
    errors.iter().find(|(field, _)| *field == name).map(|(_, text)| text.as_str())
}

pub(super) fn invite_page(
    personne: &Personne,
    form: &UserForm,
    collectivites: &[Collectivite],
    (errors, similar, mails): (&[(&'static str, String)], &[Similar], bool),
) -> Markup {
    layout::page(
        &personne.frame,
        "Inviter un utilisateur",
        &html! {
            section class="etroite avec-grille" {
                h1 { "Inviter un utilisateur" }
                (error_summary(errors))
                p {
                    "La personne choisira elle-même son mot de passe avec le lien "
                    (if mails { "de la fiche que vous imprimerez, ou du courriel que Gardel lui enverra." } else { "de la fiche que vous imprimerez." })
                }
                form method="post" action="/utilisateurs" {
                    (alike(similar))
                    (field(&Field { name: "courriel", label: "Courriel", kind: "email", value: &form.courriel, hint: "Exemple : prenom.nom@ville.gp", error: text_of(errors, "courriel"), required: true, autocomplete: "off", max: Some(120), ..Field::default() }))
                    (field(&Field { name: "nom", label: "Prénom et nom", value: &form.nom, error: text_of(errors, "nom"), required: true, autocomplete: "off", max: Some(120), ..Field::default() }))
                    (rights_fields(form, Role::Agent, collectivites, errors))
                    p class="actions" {
                        button class="bouton principal" type="submit" { (if similar.is_empty() { "Créer le compte et sa fiche" } else { "Créer quand même le compte et sa fiche" }) }
                        @if mails { button class="bouton" type="submit" name="remise" value="courriel" { (if similar.is_empty() { "Créer le compte et envoyer le lien par courriel" } else { "Créer quand même le compte et envoyer le lien par courriel" }) } }
                        a class="bouton" href="/utilisateurs" { "Annuler" }
                    }
                }
            }
        },
    )
}

fn rights_fields(form: &UserForm, current: Role, collectivites: &[Collectivite], errors: &[(&'static str, String)]) -> Markup {
    let mut roles: Vec<(String, String)> = GIVEN.iter().map(|role| (role.code().to_string(), role.label().to_string())).collect();
    if current == Role::Exploitant {
        roles.push((current.code().to_string(), current.label().to_string()));
    }
    html! {
        (select("role", "Rôle", &roles, &form.role, None))
        (error("role", text_of(errors, "role")))
        p class="aide" {
            "Agent\u{a0}: saisit, corrige et décide. Administrateur\u{a0}: tout, et les utilisateurs. Sur mesure\u{a0}: un niveau par module et par collectivité."
        }
        fieldset id="collectivites" class="cases du-role" {
            legend { "Collectivités " span class="exige" { "(au moins une)" } }
            @for one in collectivites {
                label class="case" {
                    input type="checkbox" name="collectivites" value=(one.id) checked[form.collectivites.contains(&one.id)];
                    " " (one.nom)
                }
            }
            (error("collectivites", text_of(errors, "collectivites")))
        }
        // Shown by the style sheet when « Sur mesure » is chosen.
        div class="sur-mesure" { (grille::table(&form.droits, collectivites, &error("droits", text_of(errors, "droits")))) }
    }
}

pub(super) fn file_page(
    personne: &Personne,
    user: &Utilisateur,
    (form, version): (&UserForm, i32),
    collectivites: &[Collectivite],
    errors: &[(&'static str, String)],
    factor: &Markup,
) -> Markup {
    layout::page(
        &personne.frame,
        &user.nom,
        &html! {
            div class="titre-page" {
                h1 { (user.nom) }
                @if user.actif { (badge(Tone::Success, "Actif")) } @else { (badge(Tone::Failure, "Désactivé")) }
            }
            (error_summary(errors))
            dl class="fiche" {
                div { dt { "Courriel" } dd { (user.courriel) } }
                div { dt { "Créé" } dd { (format::instant(user.cree_le)) } }
                div { dt { "Dernière connexion" } dd { (user.connecte_le.map_or_else(|| "jamais".to_string(), format::instant)) } }
                @if user.jetons > 0 {
                    div { dt { "Programmes" } dd { a href=(String::from(Address::of("/jetons").with("proprietaire", user.id).with("etat", "actif"))) { (format::counted(user.jetons, "jeton actif", "jetons actifs")) } } }
                }
                div { dt { "Mot de passe" } dd { (if user.a_mot_de_passe { "choisi" } else { "pas encore choisi" }) } }
            }
            @if user.role != Role::Exploitant {
                p class="actions" { a class="bouton" id="f-corriger" href={ "/utilisateurs/" (user.id) "/modifier" } { (icon("pencil")) "Corriger le nom ou le courriel" } }
            }
            section class="droits" {
                h2 { "Droits" }
                form method="post" action={ "/utilisateurs/" (user.id) } {
                    input type="hidden" name="version" value=(version);
                    (rights_fields(form, user.role, collectivites, errors))
                    label class="case" { input type="checkbox" name="actif" value="true" checked[form.actif]; " Compte actif (désactiver termine ses sessions)" }
                    p class="actions" { button class="bouton principal" type="submit" { "Enregistrer" } a class="bouton" href="/utilisateurs" { "Revenir à la liste" } }
                }
            }
            section class="etroite" {
                h2 { (if user.a_mot_de_passe { "Mot de passe oublié" } else { "Lien pour choisir son mot de passe" }) }
                (notice(Tone::Info, &html! { p { "Un nouveau lien remplace les précédents. Vous ne voyez ni ne choisissez jamais le mot de passe." } }))
                @if user.actif {
                    form method="post" action={ "/utilisateurs/" (user.id) "/liens" } {
                        button class="bouton" type="submit" { "Créer un nouveau lien et sa fiche" }
                    }
                } @else { p { "Ce compte est désactivé : réactivez-le avant de remettre un lien." } }
            }
            (factor)
            section class="etroite" {
                h2 { "Sessions" }
                form method="post" action={ "/utilisateurs/" (user.id) "/sessions/fin" } {
                    p class="actions" { button class="bouton" type="submit" { "Terminer ses sessions" } }
                }
            }
        },
    )
}
