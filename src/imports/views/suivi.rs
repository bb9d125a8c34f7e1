//! What an import would do, is doing, did.

use maud::{Markup, html};

use super::montre::{Suivi, changements};
use super::parcours;
use crate::imports::etats::{Etape, IMPORT};
use crate::imports::genre::Genre;
use crate::imports::list::{ANOMALIES, LIGNES};
use crate::imports::model::{Import, Prevue, titre};
use crate::platform::http::Address;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge, notice};
use crate::ui::progress::{Progress, bar, waiting};
use crate::ui::{format, layout};

/// It shows itself again without JavaScript as long as the work goes on.
pub fn head(import: &Import) -> Markup {
    if import.is_moving() {
        layout::refreshing_head(3)
    } else {
        html! {}
    }
}

/// The page.
pub fn suivi(suivi: &Suivi<'_>) -> Markup {
    let import = suivi.import;
    let ici = super::etape(import.state());
    html! {
        h1 { (titre(import, suivi.genre)) }
        (parcours(ici, Some(import)))
        (suivie(suivi.genre, import, suivi.agit, false))
        @if import.state() == "a_confirmer" && suivi.agit { (confirmation(suivi)) }
        (super::a_part::propositions(suivi))
        (prevues(suivi))
        @if ["a_confirmer", "ecriture", "ecriture_arretee"].contains(&import.state()) { (super::a_part::absentes(suivi)) }
        (dites(suivi))
        (ce_qui_est(suivi))
        (super::lots::lots(suivi.lots))
    }
}

/// The status as a fragment: asks for itself again until it is final, and then says so.
pub fn status(genre: &'static Genre, import: &Import, agit: bool) -> Markup {
    suivie(genre, import, agit, !import.is_moving())
}

fn suivie(genre: &'static Genre, import: &Import, agit: bool, announce: bool) -> Markup {
    let address = format!("/imports/{}", import.id);
    let moving = import.is_moving();
    let (label, _) = IMPORT.words(import.state());
    html! {
        section id="suivi" class="carte" aria-labelledby="suivi-titre" hx-get=[moving.then_some(&address)] hx-trigger=[moving.then_some("every 1s")] hx-swap=[moving.then_some("outerHTML")] {
            h2 id="suivi-titre" { (label) }
            @if moving { (en_route(import)) } @else { (arrete(genre, import)) }
            @if agit { (gestes(import)) }
            @if announce {
                p id="annonce" hx-swap-oob="innerHTML" class="hors-page" { (label) }
                p class="actions" { a class="bouton" href=(address) { "Voir le détail" } }
            }
        }
    }
}

fn en_route(import: &Import) -> Markup {
    let (label, done, total) = match import.state() {
        "ecriture" => ("Avancement de l’écriture", import.avancement, Some(import.rangs())),
        "annulation" => ("Avancement de l’annulation", import.annule_avancement, Some(import.avancement)),
        _ => ("Avancement de la vérification", import.lues, None),
    };
    html! {
        @if import.job_state.as_deref() == Some("ready") {
            p {
                @if let Some(words) = waiting(import.attente.as_deref(), import.devant) { (words) } @else { "Le travail commence dès qu’un ouvrier est libre." }
                " Vous pouvez fermer cette page."
            }
            @if let Some(error) = &import.job_error { (notice(Tone::Warning, &html! { p { "Dernier essai\u{a0}: " (error) " Un nouvel essai est prévu." } })) }
        } @else {
            (bar(label, &Progress { done, total, seconds: import.job_seconds, unit: "lignes" }))
        }
        @if let Some(job) = import.job_id {
            form method="post" action={ "/travaux/" (job) "/annulation" } {
                input type="hidden" name="retour" value={ "/imports/" (import.id) };
                button class="bouton" type="submit" { (icon("pause")) "Arrêter ici" }
            }
        }
    }
}

fn arrete(genre: &Genre, import: &Import) -> Markup {
    let noun = genre.record.list.noun;
    html! {
        @if let Some(error) = import.erreur.as_ref().or(import.job_error.as_ref()) { (notice(Tone::Warning, &html! { p { (error) } })) }
        @if ["ecriture_arretee", "termine", "annulation_arretee", "annule"].contains(&import.state()) {
            p {
                (compte(import.creees, noun, ("créé", "créés"))) "\u{a0}; " (compte(import.modifiees, noun, ("modifié", "modifiés")))
                @if import.depassees > 0 { "\u{a0}; " (compte(import.depassees, ("ligne", "lignes"), ("laissée\u{a0}: la fiche a changé entre-temps", "laissées\u{a0}: les fiches ont changé entre-temps"))) }
                "."
            }
        }
        @if ["annulation_arretee", "annule"].contains(&import.state()) {
            p {
                (compte(import.defaites, ("ligne", "lignes"), ("défaite", "défaites")))
                @if import.gardees > 0 { "\u{a0}; " (compte(import.gardees, ("ligne", "lignes"), ("gardée\u{a0}: la fiche a été touchée depuis, ou sert à d’autres", "gardées\u{a0}: les fiches ont été touchées depuis, ou servent à d’autres"))) }
                "."
            }
        }
        @if import.state() == "annule" { p { "Le même fichier peut être chargé de nouveau." } }
    }
}

fn compte(count: i64, noun: (&str, &str), words: (&str, &str)) -> String {
    let several = count.abs() >= 2;
    format!("{} {} {}", format::integer(count), if several { noun.1 } else { noun.0 }, if several { words.1 } else { words.0 })
}

fn gestes(import: &Import) -> Markup {
    html! {
        @if import.state() == "verification_arretee" && import.question.is_some() {
            p class="actions" { a class="bouton principal" href={ "/imports/" (import.id) "/lecture" } { (icon("pencil")) "Répondre, dans la lecture" } }
        } @else if let Some(etape) = import.resumable() {
            form method="post" action={ "/imports/" (import.id) "/reprise" } {
                button class="bouton principal" type="submit" {
                    (icon("play"))
                    (match etape { Etape::Verification => "Reprendre la vérification", Etape::Ecriture => "Reprendre l’écriture", Etape::Annulation => "Reprendre l’annulation" })
                }
            }
        }
        @if import.can_replay() {
            p { "Rejouer vérifie le même fichier sur les règles et les fiches d’aujourd’hui, comme un nouvel import. Rien n’est écrit avant votre accord." }
            form method="post" action={ "/imports/" (import.id) "/rejeu" } {
                button class="bouton" type="submit" { (icon("refresh-cw")) "Rejouer cet import" }
            }
        }
        @if import.can_undo() && import.state() == "annule" {
            p { "Des fiches ont été gardées\u{a0}: leurs lignes disent pourquoi. Quand ce qui les tenait n’est plus, reprendre l’annulation les remet comme avant." }
            form method="post" action={ "/imports/" (import.id) "/annulation" } data-confirmation="oui" {
                button class="bouton" type="submit" { (icon("history")) "Reprendre l’annulation des fiches gardées" }
            }
        } @else if import.can_undo() && import.state() != "annulation_arretee" {
            p { "Annuler retire les fiches que cet import a créées et remet comme avant celles qu’il a changées, sauf ce que quelqu’un a touché depuis." }
            form method="post" action={ "/imports/" (import.id) "/annulation" } data-confirmation="oui" {
                button class="bouton danger" type="submit" { (icon("history")) "Annuler cet import" }
            }
        }
    }
}

/// What it would write, to be confirmed with its counts.
fn confirmation(suivi: &Suivi<'_>) -> Markup {
    let import = suivi.import;
    let list = suivi.genre.record.list;
    let count = import.a_ecrire();
    html! {
        section aria-labelledby="titre-bilan" {
            @if let Some(said) = &import.confiance { (notice(Tone::Warning, &html! { p { (said) } })) }
            (bilan(import))
            @if count == 0 && import.proposees == 0 { (notice(Tone::Info, &html! { p { "Aucune ligne de ce fichier ne changerait vos fiches." } })) }
            @if count > 0 || import.proposees > 0 || suivi.valide && import.retirables > 0 {
                form method="post" action={ "/imports/" (import.id) "/ecriture" } data-confirmation="oui" {
                    input type="hidden" name="lignes" value=(count);
                    input type="hidden" name="revision" value=(import.revision);
                    (super::a_part::case(suivi))
                    p class="actions" {
                        button class="bouton principal" type="submit" {
                            (icon("check"))
                            @if count > 0 { "Écrire " (list.counted(count)) } @else if import.proposees > 0 { "Garder les propositions" } @else { "Confirmer" }
                        }
                    }
                }
            }
            div class="actions" {
                a class="bouton" href={ "/imports/" (import.id) "/lecture" } { "Revoir la lecture" }
                @if import.can_drop() {
                    form class="en-ligne" method="post" action={ "/imports/" (import.id) "/abandon" } { button class="bouton" type="submit" { (icon("x")) "Abandonner cet import" } }
                }
            }
        }
    }
}

fn bilan(import: &Import) -> Markup {
    let id = import.id;
    let lines = |verdict: &str| LIGNES.asked(&[("import", &id), ("verdict", &verdict)]);
    html! {
        table class="liste" {
            caption id="titre-bilan" { "Ce que le fichier ferait" }
            thead { tr { th scope="col" { "Lignes" } th scope="col" class="nombre" { "Nombre" } th scope="col" { "Suite" } } }
            tbody {
                (ligne_de_bilan("Nouvelles", import.nouvelles, &lines("nouvelle").to_string(), "une fiche est créée"))
                (ligne_de_bilan("Changées", import.changees, &lines("changee").to_string(), "la fiche est corrigée"))
                (ligne_de_bilan("Sans changement", import.identiques, &LIGNES.asked(&[("import", &id), ("verdict", &"identique"), ("verdict", &"laissee")]).to_string(), "rien n’est écrit"))
                (ligne_de_bilan("Refusées", import.refusees, &lines("refusee").to_string(), "rien n’est écrit\u{a0}; à corriger, puis à charger de nouveau"))
                @if import.proposees > 0 { (ligne_de_bilan("Proposées", import.proposees, &lines("proposee").to_string(), "la fiche est close\u{a0}: une personne décide")) }
                @if import.absentes > 0 { (ligne_de_bilan("Absentes du fichier", import.absentes, &lines("absente").to_string(), "archivées seulement si vous le demandez")) }
                @if import.avertissements > 0 { (ligne_de_bilan("Avertissements", import.avertissements, &ANOMALIES.asked(&[("import", &id), ("gravite", &"avertissement")]).to_string(), "à regarder\u{a0}; n’empêchent rien")) }
                @if import.exclues > 0 { (ligne_de_bilan("Exclues par vous", import.exclues, &LIGNES.asked(&[("import", &id), ("suite", &"exclue")]).to_string(), "rien n’est écrit")) }
            }
        }
    }
}

fn ligne_de_bilan(mot: &str, count: i64, address: &str, suite: &str) -> Markup {
    html! {
        tr {
            th scope="row" data-libelle="Lignes" { @if count > 0 { a href=(address) { (mot) } } @else { (mot) } }
            td class="nombre" data-libelle="Nombre" { (format::integer(count)) }
            td data-libelle="Suite" { (suite) }
        }
    }
}

/// The lines that would write, with each value before and after; to be left out one by one.
fn prevues(suivi: &Suivi<'_>) -> Markup {
    let import = suivi.import;
    let choose = suivi.agit && import.state() == "a_confirmer";
    let table = html! {
        section class="defile" tabindex="0" aria-labelledby="titre-prevues" {
            table class="liste" {
                caption id="titre-prevues" { @if choose { "Lignes à écrire" } @else { "Lignes qui écrivent" } }
                thead { tr {
                    @if choose { th scope="col" { "Choisir" } }
                    th scope="col" class="nombre" { "Ligne" } th scope="col" { "Fiche" } th scope="col" { "Ce qu’elle fait" } th scope="col" { "Suite" }
                } }
                tbody { @for line in suivi.prevues { (prevue(suivi, line, choose)) } }
            }
        }
    };
    html! {
        @if !suivi.prevues.is_empty() {
            @if choose {
                form method="post" action={ "/imports/" (import.id) "/exclusion" } {
                    (table)
                    p class="actions" {
                        button class="bouton" type="submit" name="faire" value="exclure" { "Exclure les lignes cochées" }
                        button class="bouton" type="submit" name="faire" value="reprendre" { "Reprendre les lignes cochées" }
                    }
                }
            } @else { (table) }
            p class="actions" {
                @if let Some(next) = suivi.suite { a class="bouton" href=(Address::of(format!("/imports/{}", import.id)).with("apres", next)) { "Lignes suivantes" } }
                a class="bouton" href=(LIGNES.asked(&[("import", &import.id)])) { (icon("list")) "Toutes les lignes" }
            }
        }
    }
}

fn prevue(suivi: &Suivi<'_>, line: &Prevue, choose: bool) -> Markup {
    let list = suivi.genre.record.list;
    let name = line.nom.as_deref().unwrap_or("sans nom");
    let (tone, word) = match line.etat.as_str() {
        "exclue" => (Tone::Warning, "Exclue"),
        "ecrite" => (Tone::Success, "Écrite"),
        "depassee" => (Tone::Warning, "Dépassée"),
        "defaite" => (Tone::Plain, "Défaite"),
        "gardee" => (Tone::Warning, "Gardée"),
        _ => (Tone::Info, "Prévue"),
    };
    html! {
        tr {
            @if choose { td data-libelle="Choisir" { input type="checkbox" name="ligne" value=(line.id) aria-label={ "Ligne " (line.ligne) ", " (name) }; } }
            th scope="row" class="nombre" data-libelle="Ligne" { (line.ligne) }
            td data-libelle="Fiche" { @match line.cle.filter(|_| !suivi.genre.de_tous()) { Some(key) => a href={ "/" (list.name) "/" (key) } { (name) }, None => (name) } }
            td data-libelle="Ce qu’elle fait" { (changements(suivi, line)) }
            td data-libelle="Suite" { div { (badge(tone, word)) @if let Some(why) = &line.motif { br; span class="discret" { (why) } } } }
        }
    }
}

/// Some of what is said of its lines.
fn dites(suivi: &Suivi<'_>) -> Markup {
    let id = suivi.import.id;
    html! {
        @if !suivi.dites.is_empty() {
            section class="defile" tabindex="0" aria-labelledby="titre-dites" {
                table class="liste" {
                    caption id="titre-dites" { "Refus et avertissements" }
                    thead { tr { th scope="col" class="nombre" { "Ligne" } th scope="col" { "Gravité" } th scope="col" { "Colonne" } th scope="col" { "Valeur" } th scope="col" { "Motif" } } }
                    tbody {
                        @for dite in suivi.dites {
                            tr {
                                th scope="row" class="nombre" data-libelle="Ligne" { (dite.ligne) }
                                td data-libelle="Gravité" { div { @if dite.gravite == "refus" { (badge(Tone::Failure, "Refus")) } @else { (badge(Tone::Warning, "Avertissement")) } " " span class="code" { (dite.code) } } }
                                td data-libelle="Colonne" { (dite.colonne) }
                                td data-libelle="Valeur" { (dite.valeur) }
                                td data-libelle="Motif" { (dite.message) }
                            }
                        }
                    }
                }
            }
            p class="actions" {
                a class="bouton" href=(ANOMALIES.asked(&[("import", &id)])) { (icon("list")) "Toutes les anomalies (" (format::integer(suivi.anomalies)) ")" }
                @if suivi.import.refusees + suivi.import.depassees > 0 { a class="bouton" href={ "/imports/" (id) "/refusees" } { (icon("download")) "Lignes refusées, à corriger" } }
            }
        }
    }
}

fn ce_qui_est(suivi: &Suivi<'_>) -> Markup {
    let import = suivi.import;
    html! {
        section {
            h2 { "Le fichier" }
            dl class="fiche" {
                div { dt { "Nom" } dd { (import.nom) } }
                div { dt { "Chargé par" } dd { (import.demandeur) ", " (format::instant(import.cree_le)) } }
                @if import.lues > 0 { div { dt { "Lignes lues" } dd { (format::integer(import.lues)) } } }
                @if let Some(origine) = import.origine_id { div { dt { "Rejoue" } dd { a href={ "/imports/" (origine) } { "l’import n°\u{a0}" (origine) } } } }
                @if let Some(rejeu) = import.rejeu { div { dt { "Rejoué par" } dd { a href={ "/imports/" (rejeu) } { "l’import n°\u{a0}" (rejeu) } } } }
                @if let Some(profil) = &import.profil { div { dt { "Profil de lecture" } dd { @match import.profil_id { Some(id) => a href={ "/profils/" (id) } { (profil) }, None => (profil) } } } }
                @if let Some(said) = import.confiance.as_ref().filter(|_| import.state() != "a_confirmer") { div { dt { "Confirmation" } dd { (said) } } }
                @if let Some(when) = import.confirme_le { div { dt { "Confirmé" } dd { (format::instant(when)) } } }
                @if let Some(when) = import.fini_le { div { dt { "Terminé" } dd { (format::instant(when)) } } }
                @if let Some(who) = &import.annuleur { div { dt { "Annulé par" } dd { (who) @if let Some(when) = import.annule_le { ", " (format::instant(when)) } } } }
                div { dt { "Empreinte" } dd class="code" { (import.sha256) } }
            }
            p class="actions" {
                a class="bouton" href={ "/imports/" (import.id) "/fichier" } { (icon("download")) "Le fichier d’origine" }
                a class="bouton" href={ "/imports/" (import.id) "/lecture" } { "Comment il a été lu" }
                a class="bouton" href="/imports" { "Tous les imports" }
            }
        }
    }
}
