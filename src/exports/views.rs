//! The pages of the exports.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::model::{Followed, Stage};
use super::notes::Adapted;
use super::queries::Control;
use crate::catalogue::Catalogue;
use crate::listing::{Column, Format, Value};
use crate::platform::http::Address;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge, empty, notice};
use crate::ui::progress::{Progress, bar, waiting};
use crate::ui::{format, layout};

/// Title of an export in words.
pub fn title(export: &Followed, lists: &Catalogue) -> String {
    format!("Export n° {} : {}", export.id, lists.title(&export.liste))
}

/// The page of one export: its status (which follows itself), then what was asked.
pub fn file(export: &Followed, lists: &Catalogue, now: DateTime<Utc>) -> Markup {
    html! {
        h1 { (title(export, lists)) }
        (followed(export, lists, now, false))
        section {
            h2 { "Ce qui est exporté" }
            dl class="fiche" {
                div { dt { "Filtres et tri" } dd { (export.filtres) } }
                @if let Some(format) = Format::from_code(&export.format) { div { dt { "Format" } dd { (format.label()) ". " (format.purpose()) } } }
                div { dt { "Demandé" } dd { (format::instant(export.cree_le)) } }
                @if let Some(read) = export.lu_le { div { dt { "Lignes choisies" } dd { (format::instant(read)) ". Une ligne modifiée pendant la production du fichier y est telle que modifiée." } } }
            }
            p class="actions" {
                a class="bouton" href=(Address::of(format!("/{}", export.liste)).asking(&export.requete)) { "Revoir la liste avec ces filtres" }
                a class="bouton" href="/exports" { "Mes exports" }
            }
        }
    }
}

/// Whether the page must still follow the work.
pub fn is_moving(export: &Followed) -> bool {
    matches!(export.stage(), Stage::Waiting | Stage::Running)
}

/// Head of the page: it shows itself again without JavaScript as long as the work goes on.
pub fn head(export: &Followed) -> Markup {
    if is_moving(export) {
        layout::refreshing_head(3)
    } else {
        html! {}
    }
}

/// The status as a fragment: asks for itself again until it is final, and then says so.
pub fn status(export: &Followed, lists: &Catalogue, now: DateTime<Utc>) -> Markup {
    followed(export, lists, now, !is_moving(export))
}

/// `announce`: with the words for the live region of the page, which a whole page has already.
fn followed(export: &Followed, lists: &Catalogue, now: DateTime<Utc>, announce: bool) -> Markup {
    let address = format!("/exports/{}", export.id);
    let moving = is_moving(export);
    html! {
        section id="suivi" class="carte" aria-labelledby="suivi-titre" hx-get=[moving.then_some(&address)] hx-trigger=[moving.then_some("every 1s")] hx-swap=[moving.then_some("outerHTML")] {
            h2 id="suivi-titre" { (stage_words(export)) }
            (content(export, lists, now))
            // Said once when it ends; the bar itself stays silent.
            @if announce { p id="annonce" hx-swap-oob="innerHTML" class="hors-page" { (stage_words(export)) } }
        }
    }
}

fn stage_words(export: &Followed) -> &'static str {
    match export.stage() {
        Stage::Waiting => "En attente",
        Stage::Running => "En cours",
        Stage::Ready => "Votre fichier est prêt",
        Stage::Failed => "L’export a échoué",
        Stage::Cancelled => "Export annulé",
        Stage::Expired => "Fichier expiré",
    }
}

fn content(export: &Followed, lists: &Catalogue, now: DateTime<Utc>) -> Markup {
    match export.stage() {
        Stage::Waiting => html! {
            p {
                @if let Some(words) = waiting(export.motif.as_deref(), export.ahead) { (words) }
                @else { "Il commence dès qu’un ouvrier est libre." }
                " Vous pouvez fermer cette page : le fichier vous attendra dans « Mes exports »."
            }
            @if let Some(error) = &export.job_error { (notice(Tone::Warning, &html! { p { "Dernier essai : " (error) " Un nouvel essai est prévu." } })) }
            (cancel(export))
        },
        Stage::Running => html! {
            (bar("Avancement de l’export", &Progress { done: export.job_done.unwrap_or(0), total: export.job_total, seconds: export.job_seconds, here: None, unit: "lignes" }))
            @if export.job_total.is_some() && export.job_done == export.job_total { p { "Toutes les lignes sont lues ; le fichier s’assemble." } }
            (cancel(export))
        },
        Stage::Ready => ready(export, lists, now),
        Stage::Failed => html! {
            (notice(Tone::Failure, &html! { p { (export.erreur.as_deref().or(export.job_error.as_deref()).unwrap_or("Cause inconnue.")) } }))
            p { "Rien n’est perdu : un exploitant peut relancer ce travail, qui reprendra où il s’est arrêté. Vous pouvez aussi refaire la demande depuis la liste." }
        },
        Stage::Cancelled => {
            html! { p { (export.erreur.as_deref().or(export.job_error.as_deref()).unwrap_or("Il a été annulé avant son début.")) " Aucun fichier n’a été gardé." } }
        }
        Stage::Expired => html! { p { "Ce fichier a été retiré après son temps de garde. Refaites l’export depuis la liste." } },
    }
}

fn ready(export: &Followed, lists: &Catalogue, now: DateTime<Utc>) -> Markup {
    let missing = export.lignes_prevues.unwrap_or(0) - export.lignes_ecrites.unwrap_or(0);
    let told = |name: &str| export.manifeste.as_ref().and_then(|manifest| manifest.get(name)?.as_i64());
    let (counted, books, sheets) = (told("lignes_comptees"), told("classeurs").unwrap_or(1), told("feuilles").unwrap_or(1));
    html! {
        @if let Some(fault) = &export.controle_ecart {
            (notice(Tone::Failure, &html! { p { "Le contrôle de nuit a trouvé un écart : " (fault) " Ce fichier n’est plus téléchargeable ; refaites l’export depuis la liste." } }))
        }
        p class="actions" {
            a class="bouton principal" href={ "/exports/" (export.id) "/fichier" } { (icon("download")) "Télécharger " (export.nom_fichier.as_deref().unwrap_or_default()) }
            a class="bouton" href={ "/exports/" (export.id) "/manifeste" } { (icon("file-text")) "Manifeste" }
        }
        @if missing > 0 {
            (notice(Tone::Warning, &html! { p { (format::integer(missing)) " lignes ont disparu entre la mise de côté et la lecture. Le manifeste le dit ; refaites l’export s’il vous faut un état net." } }))
        }
        (adapted(export))
        dl class="fiche" {
            div { dt { "Lignes" } dd { (format::integer(export.lignes_ecrites.unwrap_or(0))) " écrites sur " (format::integer(export.lignes_prevues.unwrap_or(0))) " prévues" @if let Some(counted) = counted { ", " (format::integer(counted)) " comptées à part" } } }
            @if sheets > 1 {
                div { dt { "Feuilles" } dd {
                    (format::integer(sheets)) " feuilles numérotées"
                    @if books > 1 { ", en " (format::integer(books)) " classeurs réunis dans une archive ZIP" }
                    " : une feuille de tableur s’arrête à " (format::integer(1_048_576)) " lignes."
                } }
            }
            @if let Some(totals) = totals(export, lists) { div { dt { "Total du filtre" } dd { (totals) } } }
            div { dt { "Taille" } dd { (format::bytes(export.octets.unwrap_or(0))) } }
            div { dt { "Empreinte SHA-256" } dd class="code long-code" { (export.sha256.as_deref().unwrap_or_default()) } }
            @if let Some(moment) = export.controle_le { div { dt { "Relu par le contrôle" } dd { (format::instant(moment)) } } }
            @if let Some(end) = export.expire_le {
                div { dt { "Gardé jusqu’au" } dd { (format::instant(end)) @if (end - now).num_days() < 1 { " " (badge(Tone::Warning, "Bientôt")) } } }
            }
        }
    }
}

/// « Taxe : 1 234,50 € ; Nuits : 17 », from the manifest, in the order of the columns of the list.
fn totals(export: &Followed, lists: &Catalogue) -> Option<String> {
    let sums = export.manifeste.as_ref()?.get("totaux")?.as_object()?;
    let one = |column: &Column| {
        let sum = sums.get(column.name)?.as_str()?;
        // All its decimals are written: without the mark, it is the mantissa.
        let number = sum.replace('.', "").parse().map_or_else(|_| sum.to_string(), |mantissa| column.kind.words(&Value::Int(mantissa)));
        Some(format!("{}\u{a0}: {number}", column.label))
    };
    let words: Vec<String> = lists.exportable(&export.liste)?.columns.iter().filter_map(one).collect();
    (!words.is_empty()).then(|| words.join("\u{a0}; "))
}

/// The cells that the format could not hold as they were, the first of them named.
fn adapted(export: &Followed) -> Markup {
    let manifest = export.manifeste.as_ref();
    let count = manifest.and_then(|manifest| manifest.get("cellules_adaptees")?.as_i64()).unwrap_or(0);
    let cells: Vec<Adapted> = manifest.and_then(|manifest| serde_json::from_value(manifest.get("adaptations")?.clone()).ok()).unwrap_or_default();
    html! {
        @if count > 0 {
            (notice(Tone::Warning, &html! {
                p {
                    @if count == 1 { "Une cellule a été adaptée" } @else { (format::integer(count)) " cellules ont été adaptées" }
                    " à ce format, qui n’en contient pas tous les caractères. Le manifeste le dit ; corrigez la fiche, ou choisissez JSON Lines ou Parquet."
                }
                ul { @for cell in &cells { li { (cell.words()) } } }
            }))
        }
    }
}

fn cancel(export: &Followed) -> Markup {
    html! {
        @if let Some(job) = export.job_id {
            form method="post" action={ "/travaux/" (job) "/annulation" } {
                input type="hidden" name="retour" value={ "/exports/" (export.id) };
                button class="bouton" type="submit" { (icon("ban")) "Annuler cet export" }
            }
        }
    }
}

/// One's own exports, last first.
pub fn list(exports: &[Followed], control: Option<&Control>, lists: &Catalogue) -> Markup {
    html! {
        div class="titre-page" { h1 { "Mes exports" } a class="bouton" href="/programmes" { (icon("clock")) "Exports programmés" } }
        @if let Some(control) = control { (controlled(control, lists)) }
        @if exports.is_empty() {
            (empty("Aucun export pour l’instant", &html! { p { "Depuis une liste, « Exporter » prépare un fichier avec vos filtres, votre tri et vos colonnes." } }))
        } @else {
            section class="defile" tabindex="0" aria-labelledby="titre-exports" {
                table class="liste" data-clavier="oui" {
                    caption id="titre-exports" { "Vos exports, du plus récent au plus ancien" }
                    thead { tr {
                        th scope="col" { "Export" } th scope="col" { "État" } th scope="col" { "Filtres" } th scope="col" class="nombre" { "Lignes" }
                        th scope="col" class="nombre" { "Demandé" } th scope="col" { "Fichier" }
                    } }
                    tbody { @for export in exports { (row(export, lists)) } }
                }
            }
        }
        (formats())
    }
}

/// What the nightly control found, for those who answer for the files.
fn controlled(control: &Control, lists: &Catalogue) -> Markup {
    html! {
        section class="carte" aria-labelledby="titre-controle" {
            h2 id="titre-controle" { "Contrôle des fichiers" }
            @if control.faulty.is_empty() {
                p {
                    @match control.last {
                        Some(moment) => { "Dernier contrôle : " (format::instant(moment)) ". Fichiers relus : " (format::integer(control.read)) " sur " (format::integer(control.ready)) " prêts, aucun écart." }
                        None => { "Chaque nuit, des fichiers prêts sont relus et recomptés. Aucun ne l’a encore été." }
                    }
                }
            } @else {
                (notice(Tone::Failure, &html! {
                    p { "Ces fichiers ne sont plus ceux que leur manifeste décrit ; ils ne peuvent plus être téléchargés. Vérifiez le dépôt de fichiers, puis faites refaire les exports." }
                    ul { @for file in &control.faulty {
                        li { "Export n° " (file.id) " (" (lists.title(&file.liste)) ", demandé par " (file.demandeur) "), relu le " (format::instant(file.controle_le)) " : " (file.controle_ecart) }
                    } }
                }))
            }
            form method="post" action="/exports/controle" { button class="bouton" type="submit" { (icon("refresh-cw")) "Contrôler maintenant" } }
        }
    }
}

/// Which format is for what.
fn formats() -> Markup {
    html! {
        section aria-labelledby="titre-formats" {
            h2 id="titre-formats" { "Quel format choisir ?" }
            dl class="fiche" { @for format in Format::ALL { div { dt { (format.label()) } dd { (format.purpose()) } } } }
        }
    }
}

fn row(export: &Followed, lists: &Catalogue) -> Markup {
    let tone = match export.stage() {
        Stage::Waiting | Stage::Running => Tone::Info,
        Stage::Ready => Tone::Success,
        Stage::Failed => Tone::Failure,
        Stage::Cancelled | Stage::Expired => Tone::Plain,
    };
    html! {
        tr {
            th scope="row" data-libelle="Export" { a href={ "/exports/" (export.id) } { "N° " (export.id) " : " (lists.title(&export.liste)) } @if let Some(format) = Format::from_code(&export.format) { " " span class="discret" { (format.short()) } } }
            td data-libelle="État" { (badge(tone, stage_words(export))) }
            td data-libelle="Filtres" { span class="long" { (export.filtres) } }
            td class="nombre" data-libelle="Lignes" { (export.lignes_ecrites.map_or_else(|| "–".to_string(), format::integer)) }
            td class="nombre" data-libelle="Demandé" { (format::instant(export.cree_le)) }
            td data-libelle="Fichier" {
                @if export.stage() == Stage::Ready { a href={ "/exports/" (export.id) "/fichier" } { "Télécharger" span class="visuellement-cache" { " l’export n° " (export.id) } } } @else { "–" }
            }
        }
    }
}
