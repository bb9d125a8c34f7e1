//! The pages of the scheduled exports.

use maud::{Markup, html};

use super::model::{Draft, Fois, KEPT_MAX, Programme, day_choices, formats};
use crate::catalogue::Catalogue;
use crate::listing::Format;
use crate::ui::form::{error, error_summary, select};
use crate::ui::format;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge, empty, notice};
use crate::vues::Vue;

/// Title of one.
pub fn title(programme: &Programme) -> String {
    format!("Export programmé : {}", programme.vue_nom)
}

fn state(programme: &Programme) -> Markup {
    match (programme.active, &programme.pause_motif) {
        (true, _) => badge(Tone::Success, "En service"),
        (false, Some(_)) => badge(Tone::Warning, "Suspendu par Gardel"),
        (false, None) => badge(Tone::Plain, "Suspendu"),
    }
}

fn issue(code: &str) -> Markup {
    match code {
        "en_cours" => badge(Tone::Info, "En cours"),
        "pret" => badge(Tone::Success, "Prêt"),
        "annule" => badge(Tone::Plain, "Annulé"),
        "refuse" => badge(Tone::Warning, "Non fait"),
        _ => badge(Tone::Failure, "Échec"),
    }
}

/// Those of a person.
pub fn list(programmes: &[Programme], lists: &Catalogue) -> Markup {
    html! {
        div class="titre-page" { h1 { "Exports programmés" } a class="bouton principal" href="/programmes/nouveau" { (icon("plus")) "Programmer un export" } }
        p { "Une vue devient un fichier chaque jour, chaque semaine ou chaque mois, avec vos droits du moment. Un avis vous dit quand il est prêt. Les heures sont celles de la Guadeloupe." }
        @if programmes.is_empty() {
            (empty("Aucun export programmé", &html! { p { "Enregistrez une vue depuis une liste, puis programmez-la." } }))
        } @else {
            section class="defile" tabindex="0" aria-labelledby="titre-programmes" {
                table class="liste" data-clavier="oui" {
                    caption id="titre-programmes" { "Vos exports programmés, du prochain au plus lointain" }
                    thead { tr {
                        th scope="col" { "Vue" } th scope="col" { "Liste" } th scope="col" { "Quand" } th scope="col" class="nombre" { "Prochain" }
                        th scope="col" { "Dernier" } th scope="col" { "État" }
                    } }
                    tbody { @for programme in programmes { (row(programme, lists)) } }
                }
            }
        }
        p class="actions" { a class="bouton" href="/exports" { "Mes exports" } a class="bouton" href="/vues" { "Vues" } }
    }
}

fn row(programme: &Programme, lists: &Catalogue) -> Markup {
    html! {
        tr {
            th scope="row" data-libelle="Vue" { a href={ "/programmes/" (programme.id) } { (programme.vue_nom) } }
            td data-libelle="Liste" { (lists.title(&programme.liste)) }
            td data-libelle="Quand" { (programme.when().in_words()) }
            td class="nombre" data-libelle="Prochain" { (programme.prochaine_le.map_or_else(|| "–".to_string(), format::instant)) }
            td data-libelle="Dernier" {
                @match (&programme.derniere_issue, programme.derniere_le) {
                    (Some(code), Some(moment)) => { (format::instant(moment)) " " (issue(code)) }
                    _ => "–",
                }
            }
            td data-libelle="État" { (state(programme)) }
        }
    }
}

/// The page that adds one.
pub fn new(views: &[Vue], lists: &Catalogue, draft: &Draft) -> Markup {
    html! {
        h1 { "Programmer un export" }
        (error_summary(&draft.errors))
        @if views.is_empty() {
            (empty("Il faut d’abord une vue", &html! { p { "Ouvrez une liste, réglez ses filtres et ses colonnes, puis « Vues » et « Enregistrer sous… »." } }))
        } @else {
            section class="etroite" {
                form method="post" action="/programmes" {
                    (fields(views, lists, draft))
                    p class="actions" {
                        button class="bouton principal" type="submit" { "Programmer" }
                        a class="bouton" href="/programmes" { "Annuler" }
                    }
                }
            }
        }
    }
}

fn fields(views: &[Vue], lists: &Catalogue, draft: &Draft) -> Markup {
    let named = |vue: &Vue| format!("{} : {}{}", lists.title(&vue.liste), vue.nom, if vue.collectivite_id.is_some() { " (partagée)" } else { "" });
    let views: Vec<(String, String)> = views.iter().map(|vue| (vue.id.to_string(), named(vue))).collect();
    let hours: Vec<(String, String)> = (0..24).map(|hour| (hour.to_string(), format!("{hour} h"))).collect();
    let kept: Vec<(String, String)> =
        (1..=KEPT_MAX).map(|count| (count.to_string(), if count == 1 { "Le dernier".into() } else { format!("Les {count} derniers") })).collect();
    html! {
        (select("vue", "Vue", &views, &draft.vue, Some("Choisir une vue")))
        (error("vue", draft.error("vue")))
        (select("quand", "Quand", &day_choices(), &draft.quand, None))
        (error("quand", draft.error("quand")))
        (select("heure", "Heure, en Guadeloupe", &hours, &draft.heure, None))
        p class="indice" { "Les exports d’une même heure partent dans les dix minutes qui suivent." }
        (select("format", "Format", &formats(), &draft.format, None))
        (error("format", draft.error("format")))
        (select("garder", "Fichiers gardés", &kept, &draft.garder, None))
        (error("garder", draft.error("garder")))
    }
}

/// The page of one: how it stands, what it made, what can be done.
pub fn file(programme: &Programme, runs: &[Fois], views: &[Vue], lists: &Catalogue, draft: &Draft) -> Markup {
    let address = format!("/programmes/{}", programme.id);
    html! {
        div class="titre-page" { h1 { (title(programme)) } (state(programme)) }
        (error_summary(&draft.errors))
        @if let Some(reason) = &programme.pause_motif {
            (notice(Tone::Warning, &html! { p { "Cet export est suspendu. " (reason) } p { "Corrigez la cause (la vue, vos droits), puis « Reprendre »." } }))
        }
        @if let Some(reason) = &programme.motif { (notice(Tone::Warning, &html! { p { "Le dernier départ est en attente\u{a0}: " (reason) "." } })) }
        dl class="fiche" {
            div { dt { "Liste" } dd { (lists.title(&programme.liste)) } }
            div { dt { "Vue" } dd { @match programme.vue_id { Some(id) => a href={ "/vues/" (id) } { (programme.vue_nom) }, None => { (programme.vue_nom) " (supprimée)" } } } }
            div { dt { "Quand" } dd { (programme.when().in_words()) } }
            div { dt { "Prochain" } dd { (programme.prochaine_le.map_or_else(|| "aucun tant qu’il est suspendu".to_string(), format::instant)) } }
            div { dt { "Format" } dd { (Format::from_code(&programme.format).map_or("inconnu", Format::label)) } }
            div { dt { "Fichiers gardés" } dd { (programme.garder) } }
        }
        div class="actions" {
            form method="post" action={ (address) "/lancement" } { button class="bouton principal" type="submit" { (icon("play")) "Lancer maintenant" } }
            form method="post" action={ (address) "/pause" } {
                input type="hidden" name="suspendre" value=(programme.active);
                button class="bouton" type="submit" { @if programme.active { (icon("pause")) "Suspendre" } @else { (icon("play")) "Reprendre" } }
            }
            a class="bouton" href="/programmes" { "Exports programmés" }
        }
        section { h2 { "Ce qu’il a fait" } @if runs.is_empty() { p { "Rien encore." } } @else { (history(runs)) } }
        section class="etroite" {
            h2 { "Modifier" }
            form method="post" action=(address) {
                input type="hidden" name="version" value=(programme.version);
                (fields(views, lists, draft))
                p class="actions" { button class="bouton principal" type="submit" { "Enregistrer" } }
            }
        }
        section class="etroite" {
            h2 { "Supprimer" }
            p { "Les fichiers déjà faits restent dans « Mes exports » jusqu’à leur expiration." }
            form method="post" action={ (address) "/suppression" } {
                label class="case" { input type="checkbox" name="confirme" value="true" required; " Je confirme" }
                button class="bouton danger" type="submit" { (icon("trash")) "Supprimer cet export programmé" }
            }
        }
    }
}

fn history(runs: &[Fois]) -> Markup {
    html! {
        section class="defile" tabindex="0" aria-labelledby="titre-fois" {
            table class="liste" {
                caption id="titre-fois" { "Les derniers départs, du plus récent au plus ancien" }
                thead { tr { th scope="col" { "Parti" } th scope="col" { "État" } th scope="col" class="nombre" { "Lignes" } th scope="col" { "Fichier" } th scope="col" { "Précision" } } }
                tbody {
                    @for run in runs {
                        tr {
                            th scope="row" data-libelle="Parti" { (format::instant(run.demande_le)) }
                            td data-libelle="État" { (issue(&run.issue)) }
                            td class="nombre" data-libelle="Lignes" { (run.lignes.map_or_else(|| "–".to_string(), format::integer)) }
                            td data-libelle="Fichier" { (made(run)) }
                            td data-libelle="Précision" { @if run.detail.is_empty() { "–" } @else { (run.detail) } }
                        }
                    }
                }
            }
        }
    }
}

fn made(run: &Fois) -> Markup {
    let (Some(export), Some(state)) = (run.export_id, run.export_etat.as_deref()) else { return html! { "–" } };
    html! {
        a href={ "/exports/" (export) } { "Export n° " (export) }
        @match (state, run.expire_le) {
            ("expire", _) => " (expiré)",
            ("pret", Some(end)) => { br; span class="discret" { "gardé jusqu’au " (format::instant(end)) } }
            _ => "",
        }
    }
}
