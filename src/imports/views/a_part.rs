//! On the page of an import, what it does not write by itself: rows that no line names, changes proposed on closed rows.

use maud::{Markup, html};

use super::effet::changements;
use super::montre::Suivi;
use crate::imports::list::LIGNES;
use crate::imports::model::Prevue;
use crate::ui::format;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge, notice};

/// The rows of the perimeter that no line names.
pub fn absentes(suivi: &Suivi<'_>) -> Markup {
    let (import, list) = (suivi.import, suivi.genre.record.list);
    html! {
        @if import.absentes > 0 {
            section class="defile" tabindex="0" aria-labelledby="titre-absentes" {
                table class="liste" {
                    caption id="titre-absentes" { "Fiches que ce fichier complet ne nomme pas (" (format::integer(import.absentes)) ")" }
                    thead { tr { th scope="col" { "Fiche" } th scope="col" { "Suite" } } }
                    tbody {
                        @for line in suivi.absentes {
                            tr {
                                th scope="row" data-libelle="Fiche" { (fiche(list.name, line)) }
                                td data-libelle="Suite" {
                                    @match (&line.motif, line.etat.as_str()) {
                                        (Some(why), _) => { div { (badge(Tone::Warning, "Reste")) br; span class="discret" { (why) } } }
                                        (None, "prevue") => (badge(Tone::Info, "À archiver")),
                                        (None, _) => "archivée si vous le demandez",
                                    }
                                }
                            }
                        }
                    }
                }
            }
            @if import.refusees > 0 && import.state() == "a_confirmer" {
                (notice(Tone::Warning, &html! { p { "Des lignes sont refusées\u{a0}: certaines parlent peut-être de ces fiches. Regardez-les avant d’archiver quoi que ce soit." } }))
            }
            p class="actions" { a class="bouton" href=(LIGNES.asked(&[("import", &import.id), ("verdict", &"absente")])) { (icon("list")) "Toutes ces fiches" } }
        }
    }
}

/// The box that asks for these rows to be put away.
pub fn case(suivi: &Suivi<'_>) -> Markup {
    let may = suivi.valide && suivi.import.retirables > 0;
    let list = suivi.genre.record.list;
    let alone = suivi.import.a_ecrire() == 0 && suivi.import.proposees == 0;
    html! {
        @if may {
            div class="au-choix" {
                input type="checkbox" id="retirer" name="retirer" value="true" required[alone] aria-describedby="retirer-indice";
                label for="retirer" { "Archiver aussi les fiches que le fichier ne nomme pas" }
                p class="indice" id="retirer-indice" { (list.counted(suivi.import.retirables)) "\u{a0}; ce qui sert encore reste. Une fiche archivée se remet en activité, et « Annuler cet import » les rend." }
            }
        }
    }
}

fn fiche(list: &str, line: &Prevue) -> Markup {
    let name = line.nom.as_deref().unwrap_or("sans nom");
    html! { @match line.cle { Some(key) => a href={ "/" (list) "/" (key) } { (name) }, None => (name) } }
}

/// Changes of closed rows, to be decided once the import is written.
pub fn propositions(suivi: &Suivi<'_>) -> Markup {
    let import = suivi.import;
    let list = suivi.genre.record.list;
    let decides = suivi.valide && import.state() == "termine";
    let table = html! {
        section class="defile" tabindex="0" aria-labelledby="titre-propositions" {
            table class="liste" {
                caption id="titre-propositions" { "Propositions (" (format::integer(import.a_decider)) ")" }
                thead { tr {
                    @if decides { th scope="col" class="a-l-ecran" { "Choisir" } }
                    th scope="col" class="nombre" { "Ligne" } th scope="col" { "Fiche" } th scope="col" { "Ce qu’elle changerait" }
                } }
                tbody {
                    @for line in suivi.proposees {
                        tr {
                            @if decides { td class="a-l-ecran" data-libelle="Choisir" { input type="checkbox" name="ligne" value=(line.id) aria-label={ "Proposition, ligne " (line.ligne) }; } }
                            th scope="row" class="nombre" data-libelle="Ligne" { (line.ligne) }
                            td data-libelle="Fiche" { (fiche(list.name, line)) }
                            td data-libelle="Ce qu’elle changerait" { (changements(suivi, line)) }
                        }
                    }
                }
            }
        }
    };
    html! {
        @if import.a_decider > 0 && !["annulation", "annulation_arretee", "annule", "abandonne"].contains(&import.state()) {
            p { "Ces fiches sont closes\u{a0}: aucun import n’écrit par-dessus. Chaque changement est proposé à qui peut valider, une fois l’import écrit." }
            @if decides {
                form method="post" action={ "/imports/" (import.id) "/propositions" } {
                    (table)
                    p class="actions" {
                        button class="bouton principal" type="submit" name="faire" value="accepter" { "Accepter les cochées" }
                        button class="bouton" type="submit" name="faire" value="refuser" { "Refuser les cochées" }
                        button class="bouton" type="submit" name="faire" value="tout-accepter" { "Tout accepter" }
                        button class="bouton" type="submit" name="faire" value="tout-refuser" { "Tout refuser" }
                    }
                    p class="indice" { "«\u{a0}Tout\u{a0}» en prend 200 à la fois\u{a0}: recommencez tant qu’il en reste." }
                }
            } @else { (table) }
            p class="actions" { a class="bouton" href=(LIGNES.asked(&[("import", &import.id), ("verdict", &"proposee")])) { (icon("list")) "Toutes les propositions" } }
        }
    }
}
