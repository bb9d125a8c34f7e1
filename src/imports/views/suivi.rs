//! What an import would do, is doing, did.

use maud::{Markup, html};

use super::fin::{arrete, gestes, rapport};
use super::montre::{Suivi, ligne_de_bilan};
use super::parcours;
use crate::imports::etats::IMPORT;
use crate::imports::genre::Genre;
use crate::imports::groupes::Groupe;
use crate::imports::list::{ANOMALIES, LIGNES, RIEN};
use crate::imports::model::{Import, titre};
use crate::imports::part::{CONTENT, Part};
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
        p class="discret" { "Import n°\u{a0}" (import.id) }
        (parcours(ici, Some(import)))
        (suivie(suivi.genre, import, suivi.part, None))
        @if let Some(dit) = suivi.dit.as_ref().filter(|_| suivi.part.agit) { (notice(Tone::Info, dit)) }
        @if import.state() == "a_confirmer" && suivi.part.agit { (confirmation(suivi)) }
        (rapport(import))
        @if !suivi.part.lit { (notice(Tone::Info, &html! { p { (CONTENT) } })) }
        (super::a_part::propositions(suivi))
        (super::prevues::prevues(suivi))
        @if ["a_confirmer", "ecriture", "ecriture_arretee"].contains(&import.state()) { (super::a_part::absentes(suivi)) }
        (dites(suivi))
        (ce_qui_est(suivi))
        (super::lots::lots(suivi.lots))
    }
}

/// The status as a fragment for a page that shows the state `vu`: asks for itself again while that is how it stands, then says what is
/// new and has the whole page shown as it is now.
pub fn status(genre: &'static Genre, import: &Import, part: Part, vu: &str) -> Markup {
    suivie(genre, import, part, Some(vu))
}

fn suivie(genre: &'static Genre, import: &Import, part: Part, vu: Option<&str>) -> Markup {
    let page = || Address::of(format!("/imports/{}", import.id));
    let state = import.state();
    let label = if state == "a_confirmer" && import.rien_a_ecrire() { RIEN.1 } else { IMPORT.words(state).0 };
    // A file that is read again has a page of its own.
    let passed = vu.is_some_and(|vu| vu != state) && state != "lecture";
    let moving = import.is_moving() && !passed;
    let asked = if passed { Some(page().with("entier", true)) } else { moving.then(|| page().with("vu", state)) };
    html! {
        section id="suivi" class="carte" aria-labelledby="suivi-titre" hx-get=[asked] hx-trigger=[if passed { Some("load") } else { moving.then_some("every 1s") }]
            hx-target=[passed.then_some("#contenu")] hx-swap=[if passed { Some("innerHTML") } else { moving.then_some("outerHTML") }] {
            h2 id="suivi-titre" { (label) }
            @if import.is_moving() { (en_route(import, part)) } @else { (arrete(genre, import)) }
            (gestes(import, part))
            @if vu.is_some() && !moving { p id="annonce" hx-swap-oob="innerHTML" class="hors-page" { (label) } }
        }
    }
}

fn en_route(import: &Import, part: Part) -> Markup {
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
            @if done == 0 && total.is_none() { p { "Le fichier s’ouvre." } } @else { (bar(label, &Progress { done, total, seconds: import.job_seconds, here: import.ici, unit: "lignes" })) }
        }
        @if let Some(job) = import.job_id.filter(|_| part.arrete) {
            form method="post" action={ "/travaux/" (job) "/annulation" } {
                input type="hidden" name="retour" value={ "/imports/" (import.id) };
                button class="bouton" type="submit" { (icon("pause")) "Arrêter ici" }
            }
        }
    }
}

/// What it would write, to be confirmed with its counts.
fn confirmation(suivi: &Suivi<'_>) -> Markup {
    let import = suivi.import;
    let list = suivi.genre.record.list;
    let count = import.a_ecrire();
    let retirables = if suivi.valide { import.retirables } else { 0 };
    html! {
        section aria-labelledby="titre-bilan" {
            @if let Some(said) = &import.confiance { (notice(Tone::Warning, &html! { p { (said) } })) }
            (bilan(import))
            @if import.mises_de_cote > 0 {
                (notice(Tone::Warning, &html! { p { (format::counted(import.mises_de_cote, "ligne est mise de côté", "lignes sont mises de côté")) ", à vous d’en décider\u{a0}: la raison est à côté de chacune, plus bas. Cochez celles qui sont à écrire, puis «\u{a0}Reprendre les lignes cochées\u{a0}»." } }))
            }
            (super::effet::sommes(suivi))
            @if count == 0 && import.proposees == 0 && import.mises_de_cote == 0 { (notice(Tone::Info, &html! { p { "Aucune ligne de ce fichier ne changerait vos fiches." } })) }
            @if count > 0 || import.proposees > 0 || retirables > 0 {
                form method="post" action={ "/imports/" (import.id) "/ecriture" } data-confirmation="oui" {
                    input type="hidden" name="lignes" value=(count);
                    input type="hidden" name="revision" value=(import.revision);
                    (super::a_part::case(suivi))
                    p class="actions" {
                        button class="bouton principal" type="submit" {
                            (icon("check"))
                            @if count > 0 { "Écrire " (list.counted(count)) } @else if import.proposees > 0 { "Garder les propositions" }
                            @if count > 0 || import.proposees > 0 { @if retirables > 0 { span class="si-coche" { " et archiver " (format::integer(retirables)) } } }
                            @else { "Archiver " (list.counted(retirables)) }
                        }
                    }
                }
            }
            div class="actions" {
                a class="bouton" href={ "/imports/" (import.id) "/lecture" } { "Revoir la lecture" }
                @if import.can_drop() {
                    form class="en-ligne" method="post" action={ "/imports/" (import.id) "/abandon" } {
                        button class="bouton" type="submit" { @if import.rien_a_ecrire() { (icon("check")) "Clore cet import" } @else { (icon("x")) "Abandonner cet import" } }
                    }
                }
            }
        }
    }
}

fn bilan(import: &Import) -> Markup {
    let id = import.id;
    let lines = |verdict: &str| LIGNES.asked(&[("import", &id), ("verdict", &verdict)]);
    // What was left out is counted apart.
    let written = |verdict: &str| LIGNES.asked(&[("import", &id), ("verdict", &verdict), ("suite", &"prevue")]).to_string();
    html! {
        table class="liste" {
            caption id="titre-bilan" { "Ce que le fichier ferait" }
            thead { tr { th scope="col" { "Lignes" } th scope="col" class="nombre" { "Nombre" } th scope="col" { "Suite" } } }
            tbody {
                (ligne_de_bilan("Nouvelles", import.nouvelles - import.exclues_nouvelles, &written("nouvelle"), "une fiche est créée"))
                (ligne_de_bilan("Changées", import.changees - (import.exclues - import.exclues_nouvelles), &written("changee"), "la fiche est corrigée"))
                (ligne_de_bilan("Sans changement", import.identiques, &LIGNES.asked(&[("import", &id), ("verdict", &"identique"), ("verdict", &"laissee")]).to_string(), "rien n’est écrit"))
                (ligne_de_bilan("Refusées", import.refusees, &lines("refusee").to_string(), "rien n’est écrit\u{a0}; à corriger, puis à charger de nouveau"))
                @if import.proposees > 0 { (ligne_de_bilan("Proposées", import.proposees, &lines("proposee").to_string(), "la fiche est close\u{a0}: une personne décide")) }
                @if import.absentes > 0 { (ligne_de_bilan("Absentes du fichier", import.absentes, &lines("absente").to_string(), "archivées seulement si vous le demandez")) }
                @if import.avertissements > 0 { (ligne_de_bilan("Avertissements", import.avertissements, &ANOMALIES.asked(&[("import", &id), ("gravite", &"avertissement")]).to_string(), "à regarder\u{a0}; n’empêchent rien")) }
                @if import.mises_de_cote > 0 { (ligne_de_bilan("Mises de côté", import.mises_de_cote, &LIGNES.asked(&[("import", &id), ("suite", &"exclue")]).to_string(), "rien n’est écrit, sauf si vous les reprenez")) }
                @if import.exclues > import.mises_de_cote { (ligne_de_bilan("Exclues par vous", import.exclues - import.mises_de_cote, &LIGNES.asked(&[("import", &id), ("suite", &"exclue")]).to_string(), "rien n’est écrit")) }
            }
        }
    }
}

/// « 1 201 lignes : 2, 3, 4, 5, 6, 7… ».
fn lignes_dites(dite: &Groupe) -> String {
    let named: Vec<String> = dite.lignes.iter().map(i64::to_string).collect();
    let more = if i64::try_from(named.len()).is_ok_and(|shown| shown < dite.nombre) { "…" } else { "" };
    match dite.nombre {
        1 => named.join(""),
        count => format!("{}\u{a0}: {}{more}", format::counted(count, "ligne", "lignes"), named.join(", ")),
    }
}

/// Some of what is said of its lines.
fn dites(suivi: &Suivi<'_>) -> Markup {
    let id = suivi.import.id;
    html! {
        @if !suivi.dites.is_empty() {
            section class="defile" tabindex="0" aria-labelledby="titre-dites" {
                table class="liste" {
                    caption id="titre-dites" {
                        "Refus et avertissements"
                        @let shown = suivi.dites.iter().map(|dite| dite.nombre).sum::<i64>();
                        @if shown < suivi.anomalies { " (" (format::integer(shown)) " sur " (format::integer(suivi.anomalies)) ", les plus fréquents d’abord)" }
                    }
                    thead { tr { th scope="col" { "Lignes" } th scope="col" { "Gravité" } th scope="col" { "Colonne" } th scope="col" { "Valeur" } th scope="col" { "Motif" } } }
                    tbody {
                        @for dite in suivi.dites {
                            tr {
                                th scope="row" data-libelle="Lignes" { (lignes_dites(dite)) }
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
            h2 id="fichier" tabindex="-1" { "Le fichier" }
            dl class="fiche" {
                div { dt { "Import" } dd { "n°\u{a0}" (import.id) } }
                div { dt { "Nom" } dd { (import.nom) } }
                div { dt { "Chargé par" } dd { (import.demandeur) ", " (format::instant(import.cree_le)) } }
                @if import.lues > 0 { div { dt { "Lignes lues" } dd { (format::integer(import.lues)) } } }
                @if let Some(origine) = import.origine_id { div { dt { "Rejoue" } dd { a href={ "/imports/" (origine) } { "l’import n°\u{a0}" (origine) } } } }
                @if let Some(rejeu) = import.rejeu { div { dt { "Rejoué par" } dd { a href={ "/imports/" (rejeu) } { "l’import n°\u{a0}" (rejeu) } } } }
                div { dt { "Fiches qui existent" } dd { (import.mode().label()) } }
                @if let Some(profil) = &import.profil { div { dt { "Profil de lecture" } dd { @match import.profil_id { Some(id) => a href={ "/profils/" (id) } { (profil) }, None => (profil) } } } }
                @if let Some(said) = import.par_un_profil() { div { dt { "Confirmation" } dd { (said) } } }
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
