//! Where the work of an import ended: what is kept of it, what it came to, what may be done next.

use maud::{Markup, html};

use super::montre::ligne_de_bilan;
use crate::imports::etats::Etape;
use crate::imports::genre::Genre;
use crate::imports::list::LIGNES;
use crate::imports::model::Import;
use crate::imports::part::Part;
use crate::listing::List;
use crate::platform::jobs::JobError;
use crate::ui::format;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, notice};

/// States where something was written.
const ECRITS: [&str; 4] = ["ecriture_arretee", "termine", "annulation_arretee", "annule"];

/// What is said of an import that no work moves.
pub fn arrete(genre: &Genre, import: &Import) -> Markup {
    let list = genre.record.list;
    // Called off, which the sentence of its state says better.
    let off = JobError::Cancelled.to_string();
    let cause = import.erreur.as_ref().or(import.job_error.as_ref()).filter(|cause| **cause != off);
    html! {
        @if let Some(cause) = cause { (notice(Tone::Warning, &html! { p { (cause) } })) }
        @if let Some(said) = import.par_un_profil().filter(|_| ECRITS.contains(&import.state())) { (notice(Tone::Info, &html! { p { (said) } })) }
        @if ECRITS.contains(&import.state()) {
            p {
                (participe(list, import.creees, "créé")) "\u{a0}; " (participe(list, import.modifiees - import.archivees, "modifié"))
                @if import.archivees > 0 { "\u{a0}; " (participe(list, import.archivees, "archivé")) }
                @if import.depassees > 0 { "\u{a0}; " (compte(import.depassees, ("ligne", "lignes"), ("laissée, qui dit pourquoi", "laissées, dont chacune dit pourquoi"))) }
                "."
            }
        }
        @if ["annulation_arretee", "annule"].contains(&import.state()) {
            p {
                (compte(import.defaites, ("ligne", "lignes"), ("défaite", "défaites")))
                @if import.gardees > 0 { "\u{a0}; " (compte(import.gardees, ("ligne", "lignes"), ("gardée, qui dit pourquoi", "gardées, dont chacune dit pourquoi"))) }
                "."
            }
        }
        @if let Some(said) = suite(import) { p class="a-l-ecran" { (said) } }
    }
}

/// What a work that stopped on its way leaves, and how to go on.
fn suite(import: &Import) -> Option<String> {
    let part = |done: i64, total: i64| format!("{} lignes sur {}", format::integer(done), format::integer(total));
    Some(match import.state() {
        "verification_arretee" if import.question.is_none() => {
            format!(
                "Aucune fiche n’a été changée. {} lues. Reprenez la vérification où elle s’est arrêtée, ou abandonnez l’import.",
                format::counted(import.lues, "ligne", "lignes")
            )
        }
        "ecriture_arretee" if import.creees + import.modifiees == 0 => "Rien n’est écrit. Reprenez l’écriture, ou abandonnez l’import.".into(),
        "ecriture_arretee" => format!(
            "Ce qui est écrit le reste\u{a0}: {}. Reprenez l’écriture où elle s’est arrêtée, ou annulez l’import pour remettre vos fiches comme avant.",
            part(import.avancement, import.rangs())
        ),
        "annulation_arretee" => format!(
            "Ce qui est défait le reste\u{a0}: {}. Reprenez l’annulation où elle s’est arrêtée.",
            part(import.annule_avancement, import.avancement)
        ),
        "annule" => "Le même fichier peut être chargé de nouveau.".into(),
        _ => return None,
    })
}

/// « 3 communes créées ».
pub(super) fn participe(list: &List, count: i64, word: &str) -> String {
    let (feminine, several) = (if list.feminine { "e" } else { "" }, if count.abs() >= 2 { "s" } else { "" });
    format!("{} {word}{feminine}{several}", list.counted(count))
}

/// A number of something, and what became of it.
pub(super) fn compte(count: i64, noun: (&str, &str), words: (&str, &str)) -> String {
    let several = count.abs() >= 2;
    format!("{} {} {}", format::integer(count), if several { noun.1 } else { noun.0 }, if several { words.1 } else { words.0 })
}

/// What whoever may act does next.
pub fn gestes(import: &Import, part: Part) -> Markup {
    html! {
        @if part.agit && import.state() == "verification_arretee" && import.question.is_some() {
            p class="actions" { a class="bouton principal" href={ "/imports/" (import.id) "/lecture" } { (icon("pencil")) "Répondre, dans la lecture" } }
        } @else if let Some(etape) = import.resumable().filter(|etape| if *etape == Etape::Annulation { part.reprend } else { part.agit }) {
            form method="post" action={ "/imports/" (import.id) "/reprise" } {
                button class="bouton principal" type="submit" {
                    (icon("play"))
                    (match etape { Etape::Verification => "Reprendre la vérification", Etape::Ecriture => "Reprendre l’écriture", Etape::Annulation => "Reprendre l’annulation" })
                }
            }
            @if import.can_drop() {
                form method="post" action={ "/imports/" (import.id) "/abandon" } { button class="bouton" type="submit" { (icon("x")) "Abandonner cet import" } }
            }
        }
        @if part.saisit && import.can_replay() && import.state() == "termine" { (super::parties::parties(import)) }
        @if part.saisit && import.can_replay() {
            p class="a-l-ecran" { "Rejouer vérifie le même fichier sur les règles et les fiches d’aujourd’hui, comme un nouvel import. Rien n’est écrit avant votre accord, et les lignes exclues ne le sont plus." }
            form method="post" action={ "/imports/" (import.id) "/rejeu" } {
                button class="bouton" type="submit" { (icon("refresh-cw")) "Rejouer cet import" }
            }
        }
        @if part.reprend && import.can_undo() && import.state() == "annule" {
            p class="a-l-ecran" { "Des fiches ont été gardées\u{a0}: leurs lignes disent pourquoi. Quand ce qui les tenait n’est plus, reprendre l’annulation les remet comme avant." }
            p class="actions" { a class="bouton" href={ "/imports/" (import.id) "/annulation" } { (icon("history")) "Reprendre l’annulation des fiches gardées" } }
        } @else if part.reprend && import.can_undo() && import.state() != "annulation_arretee" {
            p class="a-l-ecran" { "Annuler retire les fiches que cet import a créées et remet comme avant celles qu’il a changées, sauf ce que quelqu’un a touché depuis. La page suivante les compte, et demande votre accord." }
            p class="actions" { a class="bouton danger" href={ "/imports/" (import.id) "/annulation" } { (icon("history")) "Annuler cet import" } }
        }
        @if !part.agit && part.reprend && import.can_drop() {
            p { "Cet import est celui de " (import.demandeur) "\u{a0}: personne d’autre ne décide de ce qu’il écrit. Vous pouvez l’abandonner, puis charger le fichier à votre nom." }
            form method="post" action={ "/imports/" (import.id) "/abandon" } { button class="bouton" type="submit" { (icon("x")) "Abandonner cet import" } }
        }
    }
}

/// What became of each line of the file.
pub fn rapport(import: &Import) -> Markup {
    let id = import.id;
    let written = |verdicts: &[&str]| {
        let asked = LIGNES.asked(&[("import", &id), ("suite", &"ecrite"), ("suite", &"defaite"), ("suite", &"gardee")]);
        verdicts.iter().fold(asked, |asked, verdict| asked.with("verdict", verdict)).to_string()
    };
    let of = |verdicts: &[&str]| verdicts.iter().fold(LIGNES.asked(&[("import", &id)]), |asked, verdict| asked.with("verdict", verdict)).to_string();
    html! {
        @if ECRITS.contains(&import.state()) {
            table class="liste" {
                caption { "Ce que l’import a fait " @if import.lues == 1 { "de la ligne" } @else { "des " (format::counted(import.lues, "ligne", "lignes")) } " du fichier" }
                thead { tr { th scope="col" { "Lignes" } th scope="col" class="nombre" { "Nombre" } th scope="col" { "Suite" } } }
                tbody {
                    (ligne_de_bilan("Nouvelles", import.creees, &written(&["nouvelle"]), "une fiche a été créée"))
                    (ligne_de_bilan("Changées", import.modifiees - import.archivees, &written(&["changee", "proposee"]), "la fiche a été corrigée"))
                    (ligne_de_bilan("Sans changement", import.identiques, &of(&["identique", "laissee"]), "rien n’a été écrit"))
                    (ligne_de_bilan("Refusées", import.refusees, &of(&["refusee"]), "rien n’a été écrit"))
                    (ligne_de_bilan("Exclues", import.exclues - import.mises_de_cote, &LIGNES.asked(&[("import", &id), ("suite", &"exclue")]).with("verdict", "nouvelle").with("verdict", "changee").to_string(), "rien n’a été écrit, à votre demande"))
                    @if import.mises_de_cote > 0 { (ligne_de_bilan("Mises de côté", import.mises_de_cote, &LIGNES.asked(&[("import", &id), ("suite", &"exclue")]).to_string(), "rien n’a été écrit\u{a0}: personne ne les a reprises")) }
                    @let left = (import.a_ecrire() - import.creees - (import.modifiees - import.archivees) - import.depassees).max(0);
                    @if import.state() == "ecriture_arretee" && left > 0 { (ligne_de_bilan("Pas encore écrites", left, &LIGNES.asked(&[("import", &id), ("suite", &"prevue"), ("verdict", &"nouvelle"), ("verdict", &"changee")]).to_string(), "écrites si vous reprenez l’écriture")) }
                    @if import.depassees > 0 { (ligne_de_bilan("Laissées", import.depassees, &LIGNES.asked(&[("import", &id), ("suite", &"depassee")]).to_string(), "depuis la vérification, la fiche ou vos droits ont changé, ou une autre fiche a été créée\u{a0}: chacune dit pourquoi")) }
                    @if import.a_decider > 0 { (ligne_de_bilan("Proposées", import.a_decider, &LIGNES.asked(&[("import", &id), ("verdict", &"proposee"), ("suite", &"prevue")]).to_string(), if import.state() == "annule" { "rien n’a été écrit\u{a0}: l’import est annulé" } else { "la fiche est close\u{a0}: une personne décide" })) }
                    @if import.ecartees > 0 { (ligne_de_bilan("Propositions refusées", import.ecartees, &LIGNES.asked(&[("import", &id), ("verdict", &"proposee"), ("suite", &"ecartee")]).to_string(), "rien n’a été écrit\u{a0}: une personne l’a décidé")) }
                    @if import.archivees > 0 { (ligne_de_bilan("Absentes du fichier", import.archivees, &written(&["absente"]), "la fiche a été archivée")) }
                }
            }
        }
    }
}
