//! The form of a token, and the page that shows one, once.

use maud::{Markup, html};

use super::draft::{Draft, Faults, LIMITS, NOM_MAX, Offer};
use super::list::{GENRES, JETONS};
use super::model::Portee;
use crate::comptes::Personne;
use crate::listing::Module;
use crate::ui::form::{Day, Field, day_input, error, error_summary, field, select};
use crate::ui::icon::icon;
use crate::ui::message::{Tone, notice};
use crate::ui::{format, layout, read};

/// Places above which the list of them is long.
const PLACES_FEW: usize = 12;

/// The form.
pub fn page(personne: &Personne, offer: &Offer, draft: &Draft, (faults, above): (&Faults, &Markup)) -> Markup {
    let wrong = |name: &str| faults.iter().find(|(field, _)| *field == name).map(|(_, text)| text.as_str());
    layout::page(
        &personne.frame,
        "Créer un jeton",
        &html! {
            section class="etroite" {
                (JETONS.trail(&[], "Créer un jeton"))
                h1 { "Créer un jeton" }
                (above)
                (error_summary(faults))
                p {
                    "Un jeton laisse un programme appeler Gardel à votre place, sans votre mot de passe. Il ne peut jamais plus que vous\u{a0}: "
                    "ce qu’on vous retire lui est retiré, et il finit avec votre compte."
                }
                form method="post" action="/jetons" {
                    (field(&Field {
                        name: "nom", label: "Nom", value: &draft.nom, hint: "À quoi il sert, pour le reconnaître dans un an.",
                        error: wrong("nom"), required: true, autocomplete: "off", max: Some(NOM_MAX), ..Field::default()
                    }))
                    @if offer.service() { (genre(draft, wrong("genre"))) } @else { input type="hidden" name="genre" value=(draft.genre); (error("genre", wrong("genre"))) }
                    (rights(offer, draft, wrong("droits")))
                    (places(offer, draft, wrong("collectivites")))
                    (last_day(draft, wrong("expire_le")))
                    (personal(draft))
                    (networks(draft, wrong("adresses")))
                    (limits(draft, &wrong))
                    p class="actions" {
                        button class="bouton principal" type="submit" { "Créer le jeton" }
                        a class="bouton" href="/jetons" { "Annuler" }
                    }
                }
            }
        },
    )
}

fn genre(draft: &Draft, wrong: Option<&str>) -> Markup {
    let options: Vec<(String, String)> = GENRES.iter().map(|(code, label, _)| ((*code).to_string(), (*label).to_string())).collect();
    html! {
        (select("genre", "Genre", &options, &draft.genre, None))
        (error("genre", wrong))
        p class="aide" { "Personnel\u{a0}: pour vos propres programmes. De service\u{a0}: pour une application de la collectivité, là où vous gérez les droits." }
    }
}

fn rights(offer: &Offer, draft: &Draft, wrong: Option<&str>) -> Markup {
    html! {
        fieldset id="droits" class={ "cases" (if wrong.is_some() { " en-erreur" } else { "" }) } aria-describedby="droits-indice" {
            legend { "Droits " span class="exige" { "(au moins un)" } }
            p class="indice" id="droits-indice" { "Seuls vos propres droits sont proposés. Les comptes et les droits ne s’écrivent jamais par un jeton." }
            @for module in Module::ALL {
                @let portees = offer.portees(module);
                @if !portees.is_empty() { (right(module, &portees, draft.chosen(module))) }
            }
            (error("droits", wrong))
        }
    }
}

fn right(module: Module, portees: &[Portee], chosen: Option<Portee>) -> Markup {
    let id = format!("droit-{}", module.code());
    html! {
        div class="champ" {
            label for=(id) { (module.label()) }
            select id=(id) name="droits" {
                option value="" selected[chosen.is_none()] { "Rien" }
                @for portee in portees {
                    option value={ (module.code()) "." (portee.rang()) } selected[chosen == Some(*portee)] { (capital(portee.label())) }
                }
            }
        }
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn places(offer: &Offer, draft: &Draft, wrong: Option<&str>) -> Markup {
    let boxes = html! {
        fieldset id="collectivites" class={ "cases" (if wrong.is_some() { " en-erreur" } else { "" }) } {
            legend { "Collectivités " span class="exige" { "(au moins une)" } }
            @for place in &offer.places {
                label class="case" {
                    input type="checkbox" name="collectivites" value=(place.id) checked[draft.collectivites.contains(&place.id)];
                    " " (place.nom)
                }
            }
            (error("collectivites", wrong))
        }
    };
    let chosen = i64::try_from(draft.collectivites.len()).unwrap_or(i64::MAX);
    html! {
        @if offer.places.len() <= PLACES_FEW { (boxes) } @else {
            // Of a whole archipelago: folded until it is asked for, or until something is wrong there.
            details open[wrong.is_some() || chosen == 0] { summary { "Collectivités\u{a0}: " (format::counted(chosen, "choisie", "choisies")) } (boxes) }
        }
    }
}

fn last_day(draft: &Draft, wrong: Option<&str>) -> Markup {
    html! {
        div class={ "champ" (if wrong.is_some() { " en-erreur" } else { "" }) } {
            label for="expire_le" { "Date de fin" span class="exige" { " (obligatoire)" } }
            p class="indice" id="expire_le-indice" { "JJ/MM/AAAA, un an au plus. Le jeton vaut encore ce jour-là." }
            (day_input(&Day { id: "expire_le", name: "expire_le", value: &draft.expire_le, of: "date de fin", wrong: wrong.map(|_| "expire_le-erreur"), focus: false }))
            (error("expire_le", wrong))
        }
    }
}

fn personal(draft: &Draft) -> Markup {
    html! {
        div class="champ" {
            label class="case" {
                input type="checkbox" id="personnel" name="personnel" value="true" checked[draft.personnel] aria-describedby="personnel-indice";
                " Lit les données personnelles"
            }
            p class="indice" id="personnel-indice" {
                "Noms, courriels, téléphones, adresses de personnes\u{a0}: sans cette case, le programme ne les reçoit pas. Avec elle, chaque appel qui en montre laisse une ligne au journal."
            }
        }
    }
}

fn networks(draft: &Draft, wrong: Option<&str>) -> Markup {
    let described = if wrong.is_some() { "adresses-indice adresses-erreur" } else { "adresses-indice" };
    html! {
        div class={ "champ" (if wrong.is_some() { " en-erreur" } else { "" }) } {
            label for="adresses" { "Réseaux autorisés" }
            p class="indice" id="adresses-indice" {
                "Un par ligne\u{a0}: 192.0.2.10 ou 192.0.2.0/24. Vide, le jeton est accepté de partout\u{a0}; avec l’adresse de votre serveur, un jeton volé ne sert à personne."
            }
            // The line break after the tag is eaten by the browser.
            textarea id="adresses" name="adresses" rows="3" maxlength="2000" autocomplete="off" spellcheck="false"
                aria-describedby=(described) aria-invalid=[wrong.map(|_| "true")] { "\n" (draft.adresses) }
            (error("adresses", wrong))
        }
    }
}

fn limits<'a>(draft: &Draft, wrong: &impl Fn(&str) -> Option<&'a str>) -> Markup {
    let usual = LIMITS.iter().zip(&draft.limites).all(|((_, _, usual, _), typed)| read::integer(typed) == Some(*usual));
    html! {
        details open[!usual] {
            summary { "Limites" }
            p { "Au-delà, Gardel répond au programme d’attendre. Les valeurs proposées conviennent à presque tous." }
            @for ((name, label, usual, _), typed) in LIMITS.iter().zip(&draft.limites) {
                (field(&Field {
                    name, label, value: typed, hint: &format!("{} d’ordinaire.", format::integer(*usual)), error: wrong(name), required: true,
                    autocomplete: "off", inputmode: Some("numeric"), max: Some(20), ..Field::default()
                }))
            }
        }
    }
}

/// The page that shows a token, once: it is kept nowhere.
pub fn shown(personne: &Personne, (id, nom, token): (i64, &str, &str), origin: &str) -> Markup {
    let call = format!("curl -H 'Authorization: Bearer {token}' {origin}/api/v1");
    layout::page(
        &personne.frame,
        "Jeton créé",
        &html! {
            section class="etroite une-fois" {
                (JETONS.trail(&[], nom))
                h1 { "Jeton créé" }
                (notice(Tone::Warning, &html! {
                    p { strong { "Ce jeton n’est montré qu’une fois." } " Gardel n’en garde pas de copie\u{a0}: mettez-le maintenant dans les réglages du programme, ou dans un coffre de mots de passe." }
                }))
                div class="champ large" {
                    label for="jeton" { "Le jeton «\u{a0}" (nom) "\u{a0}»" }
                    textarea class="code" id="jeton" rows="3" readonly spellcheck="false" data-focus="oui" { "\n" (token) }
                }
                p class="actions" {
                    button class="bouton principal avec-script" type="button" data-copier="jeton" data-copie="Jeton copié" { (icon("clipboard")) span { "Copier le jeton" } }
                    a class="bouton" href=(JETONS.row(id)) { "C’est fait, voir sa fiche" }
                }
                div class="champ large" {
                    label for="appel" { "Un premier appel" }
                    p class="indice" id="appel-indice" { "Le jeton se met dans l’en-tête, jamais dans l’adresse, que les journaux et les historiques gardent." }
                    textarea class="code" id="appel" rows="5" readonly spellcheck="false" aria-describedby="appel-indice" { "\n" (call) }
                }
                p { "Comment s’en servir\u{a0}: " a href="/aide/api" { "guide de l’API" } ", " a href="/api/documentation" { "documentation de chaque liste" } "." }
                p class="discret" { "Perdu ou divulgué\u{a0}? Révoquez-le depuis sa fiche, d’un bouton, et créez-en un autre." }
            }
        },
    )
}
