//! The form where a collectivité answers, and the way to it.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::model::{ANSWER_CHARS_MAX, ETAT, ETATS, Page, RUBRIQUES, Rubrique, Textes};
use crate::platform::http::Address;
use crate::ui::form::{error, error_summary};
use crate::ui::format;

/// What is wrong, by heading.
pub type Errors = [(&'static str, String)];

/// The collectivités of an administrateur, when they have several.
pub fn choice(several: &[Textes]) -> Markup {
    html! {
        h1 { "Textes légaux" }
        p { "Chaque collectivité complète ses mentions légales, sa page sur les données personnelles et sa déclaration d’accessibilité." }
        section class="defile" tabindex="0" aria-labelledby="titre-textes" {
            table class="liste" {
                caption id="titre-textes" { "Vos collectivités" }
                thead { tr { th scope="col" { "Collectivité" } th scope="col" { "État" } } }
                tbody {
                    @for textes in several {
                        tr {
                            th scope="row" data-libelle="Collectivité" { a href={ "/textes/" (textes.collectivite_id.unwrap_or_default()) } { (textes.nom) } }
                            td data-libelle="État" { (progress(textes)) }
                        }
                    }
                }
            }
        }
    }
}

fn progress(textes: &Textes) -> String {
    let missing: usize = Page::ALL.iter().map(|page| textes.missing(*page)).sum();
    match missing {
        0 => "complet".into(),
        1 => "une rubrique à compléter".into(),
        several => format!("{several} rubriques à compléter"),
    }
}

/// The form: `typed` is what stands in its fields.
pub fn form(textes: &Textes, typed: &BTreeMap<String, String>, version: i32, errors: &Errors) -> Markup {
    let id = textes.collectivite_id.unwrap_or_default();
    html! {
        h1 { "Textes légaux : " (textes.nom) }
        p { "Ce que vous écrivez ici est public. Une rubrique laissée vide se lit « À compléter » sur sa page. Aujourd’hui : " (progress(textes)) "." }
        @if let Some(moment) = textes.modifie_le { p class="discret" { "Dernière modification le " (format::instant(moment)) " par " (textes.modifie_par) "." } }
        (error_summary(errors))
        form class="formulaire" method="post" action={ "/textes/" (id) } {
            input type="hidden" name="version" value=(version);
            @for page in Page::ALL {
                fieldset {
                    legend { (page.title()) }
                    p { a href=(Address::of(page.address()).with("collectivite", id)) { "Voir la page « " (page.title()) " »" } }
                    @for rubrique in RUBRIQUES.iter().filter(|rubrique| rubrique.page == page) {
                        (field(rubrique, typed.get(rubrique.name).map_or("", String::as_str), errors))
                    }
                }
            }
            p class="actions" { button class="bouton principal" type="submit" { "Enregistrer" } a class="bouton" href="/textes" { "Abandonner" } }
        }
    }
}

fn field(rubrique: &Rubrique, value: &str, errors: &Errors) -> Markup {
    let wrong = errors.iter().find(|(name, _)| *name == rubrique.name).map(|(_, text)| text.as_str());
    let hint = format!("{}-indice", rubrique.name);
    let described = if wrong.is_some() { format!("{hint} {}-erreur", rubrique.name) } else { hint.clone() };
    let invalid = wrong.map(|_| "true");
    html! {
        div class={ "champ" (if wrong.is_some() { " en-erreur" } else { "" }) } {
            label for=(rubrique.name) { (rubrique.label) @if rubrique.optional { span class="indice" { " (facultatif)" } } }
            p class="indice" id=(hint) { (rubrique.hint) }
            @if rubrique.name == ETAT {
                select id=(rubrique.name) name=(rubrique.name) aria-describedby=(described) aria-invalid=[invalid] {
                    option value="" { "À compléter" }
                    @for (code, label) in ETATS { option value=(code) selected[code == value] { (label) } }
                }
            } @else if rubrique.long {
                textarea id=(rubrique.name) name=(rubrique.name) rows="3" maxlength=(ANSWER_CHARS_MAX) aria-describedby=(described) aria-invalid=[invalid] { (value) }
            } @else {
                input id=(rubrique.name) name=(rubrique.name) type="text" value=[(!value.is_empty()).then_some(value)] maxlength=(ANSWER_CHARS_MAX)
                    autocomplete="off" aria-describedby=(described) aria-invalid=[invalid];
            }
            (error(rubrique.name, wrong))
        }
    }
}
