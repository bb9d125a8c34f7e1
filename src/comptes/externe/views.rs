//! What signing in by an identity provider looks like.

use maud::{Markup, html};

use super::PAGE;
use super::queries::{Linked, Place};
use crate::comptes::guard::Personne;
use crate::platform::config::Environnement;
use crate::platform::http::Address;
use crate::platform::oidc::{Identity, Refusal};
use crate::ui::layout::{self, Frame};
use crate::ui::message::{Tone, badge, notice};
use crate::ui::{contact, format, siret};

/// The way to the provider, on the sign-in page.
pub(in crate::comptes) fn button(name: &str, retour: Option<&str>) -> Markup {
    let address = Address::of("/connexion/externe").with_some("retour", retour);
    html! {
        p class="actions" { a class="bouton" href=(address) { "Se connecter avec " (name) } }
        p class="ou" { "ou avec votre mot de passe" }
    }
}

/// Why the provider opened nothing, and what to do.
pub(super) fn sentence(refusal: Refusal, name: &str) -> String {
    match refusal {
        Refusal::Away => format!("{name} ne répond pas. Réessayez dans un moment. Si cela dure, prévenez votre collectivité."),
        Refusal::Wrong => {
            format!("La réponse de {name} n’est pas celle qui est attendue : rien n’a été ouvert. Prévenez votre collectivité.")
        }
        Refusal::Stale => format!("Cette connexion par {name} a déjà servi, ou a trop attendu. Recommencez."),
        Refusal::Clock => {
            format!("L’heure de {name} et celle de ce serveur ne s’accordent pas : rien n’a été ouvert. Prévenez votre collectivité.")
        }
        Refusal::Level => {
            format!(
                "{name} n’est pas assez sûr de vous pour ouvrir Gardel. Choisissez-y une connexion plus forte (un second facteur), ou un autre fournisseur."
            )
        }
    }
}

/// Said to whoever has no account linked to what they are there.
pub(super) fn unknown(name: &str) -> String {
    format!(
        "Aucun compte de Gardel n’est relié à cette identité {name}. Connectez-vous avec votre mot de passe, puis reliez-la depuis « Mon compte ». Sans compte, voyez un administrateur de votre collectivité."
    )
}

/// The section of « Mon compte ».
pub(in crate::comptes) fn section(name: &str, linked: Option<&Linked>) -> Markup {
    html! {
        section {
            h2 { (name) }
            p {
                @if linked.is_some() { (badge(Tone::Success, "Relié")) " Votre identité " (name) " ouvre ce compte. " }
                @else { "Reliez votre identité " (name) " à ce compte : vous vous connecterez avec elle. " }
                a href=(PAGE) { (if linked.is_some() { "La gérer" } else { "La relier" }) }
            }
        }
    }
}

/// The page of one's identity, and of what one's collectivités require.
pub(super) fn own_page(personne: &Personne, name: &str, linked: Option<&Linked>, places: &[Place]) -> Markup {
    layout::page(
        &personne.frame,
        name,
        &html! {
            section class="etroite" {
                h1 { (name) }
                @match linked {
                    Some(identity) => (in_place(personne, name, identity)),
                    None => (absent(personne, name)),
                }
            }
            @if !places.is_empty() { (requirements(personne, name, places)) }
        },
    )
}

fn absent(personne: &Personne, name: &str) -> Markup {
    html! {
        @if personne.must_link() {
            (notice(Tone::Warning, &html! { p { "Votre collectivité demande de se connecter par " (name) ". Reliez votre identité pour continuer." } }))
        }
        p { "Une fois votre identité reliée, vous vous connecterez par " (name) ", sans mot de passe de Gardel. Vos droits restent ceux de ce compte." }
        p { "Vous irez vous connecter chez " (name) ", puis vous reviendrez ici pour dire que c’est bien vous." }
        p class="actions" {
            a class="bouton principal" href="/compte/identite/depart" { "Relier mon identité" }
        }
        (way_out(personne))
    }
}

fn in_place(personne: &Personne, name: &str, identity: &Linked) -> Markup {
    html! {
        @if personne.must_link() {
            (notice(Tone::Warning, &html! { p { "Votre collectivité demande de se connecter par " (name) ". Passez par là pour continuer." } }))
            p class="actions" { a class="bouton principal" href="/connexion/externe" { "Se connecter avec " (name) } }
        }
        dl class="fiche" {
            div { dt { "Reliée" } dd { (format::instant(identity.reliee_le)) } }
            div { dt { "Dernière connexion par elle" } dd { (identity.servie_le.map_or_else(|| "jamais".to_string(), format::instant)) } }
            @if let Some(courriel) = &identity.courriel { div { dt { "Courriel chez " (name) } dd { (courriel) } } }
            @if let Some(siret) = &identity.siret { div { dt { "Employeur (SIRET)" } dd { (siret::in_groups(siret)) } } }
        }
        @if !personne.must_link() { (removal()) }
        (way_out(personne))
    }
}

/// Somebody whom their collectivité holds here may leave, and learns whom to call.
fn way_out(personne: &Personne) -> Markup {
    html! {
        @if personne.must_link() {
            p class="discret" { "Cela ne marche pas ? Voyez un administrateur de votre collectivité." }
            form method="post" action="/deconnexion" { p class="actions" { button class="bouton" type="submit" { "Se déconnecter" } } }
        } @else { p { a href="/compte" { "Revenir à mon compte" } } }
    }
}

fn removal() -> Markup {
    html! {
        details class="geste" {
            summary { "Retirer cette identité" }
            p { "Elle n’ouvrira plus ce compte ; les sessions qu’elle a ouvertes ailleurs finiront. Vous vous connecterez avec votre mot de passe." }
            form method="post" action="/compte/identite/retrait" { p class="actions" { button class="bouton danger" type="submit" { "Retirer maintenant" } } }
        }
    }
}

fn requirements(personne: &Personne, name: &str, places: &[Place]) -> Markup {
    html! {
        section {
            h2 { "Vos collectivités" }
            p { "Quand " (name) " est exigé, un mot de passe n’ouvre plus que la page où l’on relie son identité." }
            @if !personne.external { p class="discret" { "Pour l’exiger, connectez-vous d’abord vous-même par " (name) "." } }
            section class="defile" tabindex="0" aria-labelledby="titre-exigences" {
                table class="liste" {
                    caption id="titre-exigences" { "Connexion par " (name) }
                    thead { tr { th scope="col" { "Collectivité" } th scope="col" { "Exigée" } th scope="col" { "Comptes sans identité" } th scope="col" { "Action" } } }
                    tbody {
                        @for place in places {
                            tr {
                                th scope="row" data-libelle="Collectivité" { (place.nom) }
                                td data-libelle="Exigée" { (if place.identite_exigee { "oui" } else { "non" }) }
                                td data-libelle="Comptes sans identité" { (format::integer(place.sans)) " sur " (format::integer(place.personnes)) }
                                td data-libelle="Action" {
                                    @if place.identite_exigee || personne.external {
                                        (requirement(place, name))
                                    } @else { "–" }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// It acts on everybody at once: said before it is done.
fn requirement(place: &Place, name: &str) -> Markup {
    let word = if place.identite_exigee { "Ne plus exiger" } else { "Exiger" };
    html! {
        details class="geste" {
            summary { (word) span class="visuellement-cache" { " pour " (place.nom) } }
            @if place.identite_exigee { p { "Les mots de passe ouvriront de nouveau." } }
            @else { p { "Comptes sans identité : " (format::integer(place.sans)) ". Leur prochaine page sera celle où la relier, chez " (name) "." } }
            form method="post" action="/compte/identite/exigence" {
                input type="hidden" name="collectivite" value=(place.id);
                input type="hidden" name="exigee" value=(!place.identite_exigee);
                p class="actions" { button class="bouton danger" type="submit" { (word) " maintenant" } }
            }
        }
    }
}

/// What the provider told, for its person to say yes.
pub(super) fn propose_page(personne: &Personne, name: &str, identity: &Identity, sealed: &str) -> Markup {
    layout::page(
        &personne.frame,
        &format!("Relier {name}"),
        &html! {
            section class="etroite" {
                h1 { "Est-ce bien vous ?" }
                p { (name) " vous connaît ainsi :" }
                dl class="fiche" {
                    div { dt { "Courriel" } dd { (identity.courriel.as_deref().unwrap_or("non communiqué")) } }
                    @if identity.courriel.is_none() { div { dt { "Nom chez " (name) } dd { (identity.sujet) } } }
                    @if let Some(siret) = &identity.siret { div { dt { "Employeur (SIRET)" } dd { (siret::in_groups(siret)) } } }
                }
                @if identity.courriel.as_deref().is_none_or(|there| contact::email_key(there) != contact::email_key(&personne.courriel)) {
                    (notice(Tone::Warning, &html! { p { "Ce n’est pas le courriel de votre compte (" (personne.courriel) "). Ne continuez que si cette identité est la vôtre." } }))
                }
                p { "Cette identité ouvrira le compte de " strong { (personne.nom) } "." }
                form method="post" action=(PAGE) {
                    input type="hidden" name="identite" value=(sealed);
                    p class="actions" {
                        button class="bouton principal" type="submit" { "Oui, relier cette identité" }
                        a class="bouton" href=(PAGE) { "Non, annuler" }
                    }
                }
            }
        },
    )
}

/// Why nothing was linked.
pub(super) fn refused_page(personne: &Personne, sentence: String) -> Markup {
    layout::page(
        &personne.frame,
        "Identité non reliée",
        &html! {
            section class="etroite" {
                h1 { "Rien n’a changé" }
                (notice(Tone::Failure, &html! { p { (sentence) } }))
                p class="actions" { a class="bouton principal" href=(PAGE) { "Réessayer" } a class="bouton" href="/compte" { "Revenir à mon compte" } }
            }
        },
    )
}

/// The page between the end of a session here and its end at the provider.
pub(super) fn leaving_page(environment: Environnement, name: &str, address: &str) -> Markup {
    let frame = Frame { environment, path: "/connexion".into(), ..Frame::default() };
    layout::page(
        &frame,
        "Déconnexion",
        &html! {
            section class="etroite" {
                h1 { "Vous êtes déconnecté de Gardel" }
                p { "Reste à vous déconnecter chez " (name) " : cette page vous y mène." }
                p class="actions" { a class="bouton principal" href=(address) { "Se déconnecter chez " (name) } a class="bouton" href="/connexion" { "Revenir à Gardel" } }
            }
        },
    )
}

/// The section of an account, for its administrateur.
pub(in crate::comptes) fn section_of(user_id: i64, name: &str, linked: Option<&Linked>) -> Markup {
    html! {
        section class="etroite" {
            h2 { (name) }
            @match linked {
                None => p { "Aucune identité n’est reliée : la personne la relie elle-même depuis son compte." },
                Some(identity) => {
                    p {
                        "Une identité est reliée depuis le " (format::instant(identity.reliee_le))
                        @if let Some(courriel) = &identity.courriel { " (" (courriel) ")" } "."
                    }
                    details class="geste" {
                        summary { "Retirer son identité" }
                        p { "Elle n’ouvrira plus ce compte ; les sessions qu’elle a ouvertes finiront. La personne est prévenue." }
                        form method="post" action={ "/utilisateurs/" (user_id) "/identite/retrait" } {
                            p class="actions" { button class="bouton danger" type="submit" { "Retirer maintenant" } }
                        }
                    }
                }
            }
        }
    }
}
