//! What the second factor looks like.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::codes::{self, Shown};
use super::queries::Factor;
use crate::comptes::guard::Personne;
use crate::ui::form::{Field, error_summary, field};
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge, notice};
use crate::ui::{format, layout};

/// Said beside a code that is not right.
pub(in crate::comptes) const WRONG: &str =
    "Ce code n’est pas le bon, ou il a déjà servi. Attendez le suivant sur votre application, ou donnez un code de secours.";

/// The field where a code is given.
pub(in crate::comptes) fn code_field(error: Option<&str>) -> Markup {
    field(&Field {
        name: "code",
        label: "Code de connexion",
        hint: "Les six chiffres que montre votre application ; sans votre téléphone, un de vos codes de secours.",
        error,
        required: true,
        autocomplete: "one-time-code",
        max: Some(40),
        focus: error.is_none(),
        ..Field::default()
    })
}

/// The page of one's second factor.
pub(super) fn own_page(personne: &Personne, factor: Option<&Factor>, required: bool) -> Markup {
    layout::page(
        &personne.frame,
        "Second facteur",
        &html! {
            section class="etroite" {
                h1 { "Second facteur" }
                @match factor.and_then(|factor| Some((factor, factor.pose_le?))) {
                    Some((factor, since)) => (in_place(factor, since, required)),
                    None => (absent(required)),
                }
            }
        },
    )
}

fn absent(required: bool) -> Markup {
    html! {
        @if required {
            (notice(Tone::Warning, &html! { p { "Votre rôle demande un second facteur. Installez-le pour continuer : c’est l’affaire de deux minutes." } }))
        }
        p {
            "À chaque connexion, après votre mot de passe, vous donnerez un code à six chiffres que votre téléphone calcule. "
            "Qui devinerait ou volerait votre mot de passe n’entrerait pas."
        }
        p { "Il vous faut une application de codes (FreeOTP, Aegis, 2FAS, Google Authenticator, Microsoft Authenticator…). Elle marche sans réseau et ne sait rien de Gardel." }
        form method="post" action="/compte/second-facteur/proposition" {
            p class="actions" {
                button class="bouton principal" type="submit" { "Installer" }
                @if !required { a class="bouton" href="/compte" { "Revenir à mon compte" } }
            }
        }
    }
}

fn in_place(factor: &Factor, since: DateTime<Utc>, required: bool) -> Markup {
    let left = factor.restants;
    html! {
        p { (badge(Tone::Success, "Installé")) " le " (format::instant(since)) "." }
        h2 { "Codes de secours" }
        @if left < 4 {
            (notice(Tone::Warning, &html! { p { "Il vous reste " (left) " " (if left > 1 { "codes" } else { "code" }) " de secours. Faites-en de nouveaux et imprimez-les." } }))
        } @else {
            p { "Il vous en reste " (left) ". Chacun sert une fois, quand votre téléphone n’est pas là." }
        }
        (sure("Faire de nouveaux codes de secours", "Les codes que vous avez imprimés ne serviront plus.", "/compte/second-facteur/codes", "Remplacer mes codes"))
        h2 { "Changer de téléphone ou retirer" }
        @if required {
            p { "Votre rôle demande un second facteur : le retirer vous ramène à son installation. C’est ce qu’il faut faire pour changer de téléphone." }
        } @else {
            p { "Pour changer de téléphone, retirez-le, puis installez-le de nouveau." }
        }
        (sure("Retirer mon second facteur", "Vos codes de secours s’en vont avec lui, et vos autres sessions se terminent.", "/compte/second-facteur/retrait", "Retirer maintenant"))
        p class="actions" { a class="bouton" href="/compte" { "Revenir à mon compte" } }
    }
}

/// A gesture that cannot be taken back: what it does is read before its button is there.
fn sure(title: &str, what: &str, address: &str, button: &str) -> Markup {
    html! {
        details class="geste" {
            summary { (title) }
            p { (what) }
            form method="post" action=(address) { p class="actions" { button class="bouton danger" type="submit" { (button) } } }
        }
    }
}

/// The page where an application is given its secret, and gives its first code.
pub(super) fn install_page(personne: &Personne, shown: &Shown, error: Option<&str>) -> Markup {
    let errors: Vec<(&str, String)> = error.map(|text| ("code", text.to_string())).into_iter().collect();
    layout::page(
        &personne.frame,
        "Installer le second facteur",
        &html! {
            section class="etroite" {
                h1 { "Installer le second facteur" }
                (error_summary(&errors))
                ol class="etapes" {
                    li {
                        p { "Ouvrez votre application de codes et ajoutez-y un compte en lisant ce dessin." }
                        (shown.drawing)
                        details {
                            summary { "Le dessin ne se lit pas" }
                            p { "Ouvrez " a href=(shown.address) { "ce lien" } " sur le téléphone même, ou tapez cette clé dans l’application :" }
                            p class="cle" { code { (shown.secret) } }
                        }
                    }
                    li {
                        p { "Donnez le code à six chiffres qu’elle montre." }
                        form method="post" action="/compte/second-facteur/installation" {
                            (field(&Field { name: "code", label: "Code à six chiffres", error, required: true, autocomplete: "one-time-code", inputmode: Some("numeric"), max: Some(20), ..Field::default() }))
                            p class="actions" {
                                button class="bouton principal" type="submit" { "Vérifier et installer" }
                                a class="bouton" href=(super::PAGE) { "Annuler" }
                            }
                        }
                    }
                }
            }
        },
    )
}

/// The page that shows recovery codes, once.
pub(super) fn codes_page(personne: &Personne, codes: &[String], now: DateTime<Utc>, installed: bool) -> Markup {
    layout::page(
        &personne.frame,
        "Codes de secours",
        &html! {
            section class="etroite" {
                h1 { "Codes de secours" }
                div class="a-l-ecran" {
                    @if installed { (notice(Tone::Success, &html! { p { "Votre second facteur est installé ; vos autres sessions sont terminées." } })) }
                    @else { (notice(Tone::Warning, &html! { p { "Les codes que vous aviez imprimés ne servent plus : jetez l’ancienne feuille." } })) }
                }
                p class="a-l-ecran" {
                    "Sans votre téléphone, un de ces codes vous laisse entrer. Chacun sert une fois. "
                    strong { "Cette page ne les montre qu’une fois : " }
                    "imprimez-les et rangez la feuille, loin de votre poste."
                }
                article class="lettre codes" {
                    p { "Gardel, codes de secours de " (personne.nom) " (" (personne.courriel) "), faits le " (format::instant(now)) ". Chacun sert une fois, à la place du code du téléphone." }
                    ol class="codes-secours" { @for code in codes { li { code { (codes::printed(code)) } } } }
                }
                p class="a-l-ecran actions" {
                    button class="bouton principal" type="button" data-imprimer="oui" { (icon("printer")) "Imprimer" }
                    a class="bouton" href="/" { "C’est fait, continuer" }
                }
            }
        },
    )
}

/// The page where one proves again who one is.
pub(super) fn confirm_page(personne: &Personne, has_factor: bool, (retour, fin): (&str, Option<&str>), error: Option<&str>) -> Markup {
    let sent = match fin {
        Some("gardee") => Some("Ce que vous avez envoyé n’est pas encore fait : vous le retrouverez ensuite, à envoyer de nouveau."),
        Some("perdue") => Some("Ce que vous avez envoyé n’a pas été fait : recommencez après avoir confirmé."),
        _ => None,
    };
    layout::page(
        &personne.frame,
        "Confirmer que c’est vous",
        &html! {
            section class="etroite" {
                h1 { "Confirmer que c’est vous" }
                (error_summary(&error.map(|text| (if has_factor { "code" } else { "mot_de_passe" }, text.to_string())).into_iter().collect::<Vec<_>>()))
                p { "Ce que vous allez faire touche aux droits, aux comptes ou à la sécurité du vôtre : Gardel vérifie que c’est bien vous devant ce poste. Il ne le redemande pas pendant un quart d’heure." }
                @if let Some(sent) = sent { (notice(Tone::Warning, &html! { p { (sent) } })) }
                form method="post" action="/compte/confirmation" {
                    input type="hidden" name="retour" value=(retour);
                    @if let Some(fin) = fin { input type="hidden" name="fin" value=(fin); }
                    @if has_factor { (code_field(error)) } @else {
                        input class="visuellement-cache" type="text" name="courriel" value=(personne.courriel) autocomplete="username" readonly tabindex="-1" aria-label="Courriel";
                        (field(&Field { name: "mot_de_passe", label: "Mot de passe", kind: "password", error, required: true, autocomplete: "current-password", ..Field::default() }))
                    }
                    p class="actions" { button class="bouton principal" type="submit" { "Confirmer" } a class="bouton" href=(if retour.starts_with("/reprise/") { "/" } else { retour }) { "Abandonner" } }
                }
            }
        },
    )
}
