//! The pages of the actions.

use maud::{Markup, html};

use super::demand::Prepared;
use super::model::{AT_ONCE_MAX, BulkAction, NAMED_MAX, Row, STATES, UNDO_DAYS, agreed};
use crate::listing::Choice;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge, notice};
use crate::ui::progress::{Progress, bar};
use crate::ui::{format, layout};

/// « Valider 12 345 séjours ».
pub fn confirmation_title(action: &BulkAction, total: i64) -> String {
    format!("{} {}", action.label, action.champ.list.counted(total))
}

/// What is about to be done, value by value, with its exact count.
pub fn confirmation(action: &BulkAction, prepared: &Prepared, options: &[Choice], token: &str) -> Markup {
    let list = action.champ.list;
    let changed = prepared.counted.changed(action);
    let refused = prepared.counted.groups.iter().any(|group| !takes_or_is(action, group.value.as_deref()));
    html! {
        h1 { (confirmation_title(action, prepared.demand.total)) " ?" }
        p { "Sélection : " (prepared.words) "." }
        section class="defile" tabindex="0" aria-labelledby="titre-confirmation" {
            table class="liste" {
                caption id="titre-confirmation" { "Ce qui va changer" }
                thead { tr {
                    th scope="col" { (action.champ.column().label) " actuel" } th scope="col" class="nombre" { (list.title) } th scope="col" { "Suite" }
                } }
                tbody {
                    @for group in &prepared.counted.groups {
                        tr {
                            th scope="row" data-libelle="Actuel" { (action.champ.in_words(group.value.as_deref(), options)) }
                            td class="nombre" data-libelle=(list.title) { (format::integer(group.rows)) }
                            td data-libelle="Suite" {
                                @if action.takes(group.value.as_deref()) { (badge(Tone::Info, "Sera modifié")) " " (action.champ.in_words(Some(action.value), options)) }
                                @else if group.value.as_deref() == Some(action.value) { "Rien à changer" }
                                @else { (badge(Tone::Warning, "Laissé")) }
                            }
                        }
                    }
                }
            }
        }
        @if refused && !action.left.is_empty() { p { (action.left) } }
        @if changed == 0 {
            (notice(Tone::Info, &html! { p { "Aucune ligne de cette sélection n'est à changer." } }))
            p class="actions" { a class="bouton principal" href=(prepared.back) { "Revenir à la liste" } }
        } @else {
            p {
                "Une ligne que quelqu'un modifie avant la fin de l'action est laissée comme elle est. L'action peut être annulée pendant " (UNDO_DAYS) " jours."
                @if prepared.demand.total > AT_ONCE_MAX { " Elle se fait en arrière-plan : vous suivrez son avancement." }
            }
            form method="post" action="/actions" {
                input type="hidden" name="jeton" value=(token);
                p class="actions" {
                    button class="bouton principal" type="submit" { (action.label) " " (list.counted(changed)) }
                    a class="bouton" href=(prepared.back) { "Ne rien changer" }
                }
            }
        }
    }
}

fn takes_or_is(action: &BulkAction, value: Option<&str>) -> bool {
    action.takes(value) || value == Some(action.value)
}

/// « 48 séjours validés ; 2 séjours modifiés entre-temps : laissés. »
pub fn summary(action: &BulkAction, row: &Row) -> String {
    let noun = action.champ.list.noun;
    let mut parts = vec![action.done(row.modifiees)];
    let mut left = |count: i64, words: (&str, &str)| {
        if count > 0 {
            parts.push(agreed(count, noun, words));
        }
    };
    left(row.moved() + row.overtaken(), ("modifié entre-temps : laissé", "modifiés entre-temps : laissés"));
    left(row.arrived(), ("arrivé depuis la confirmation : laissé", "arrivés depuis la confirmation : laissés"));
    left(row.deja.unwrap_or(0), ("qui l'était déjà", "qui l'étaient déjà"));
    left(row.refusees.unwrap_or(0), ("à décider un par un : laissé", "à décider un par un : laissés"));
    format!("{}.", parts.join(" ; "))
}

/// « 45 séjours rétablis ; 3 séjours modifiés depuis : laissés. »
pub fn undone(action: &BulkAction, row: &Row) -> String {
    let noun = action.champ.list.noun;
    let mut text = agreed(row.restaurees, noun, ("rétabli", "rétablis"));
    let left = row.kept();
    if left > 0 {
        text.push_str(" ; ");
        text.push_str(&agreed(left, noun, ("modifié depuis : laissé", "modifiés depuis : laissés")));
    }
    format!("{text}.")
}

/// Title of the page of an action.
pub fn title(row: &Row) -> String {
    format!("Action n° {} : {}", row.id, row.libelle)
}

/// It shows itself again without JavaScript as long as the work goes on.
pub fn head(row: &Row) -> Markup {
    if row.is_moving() {
        layout::refreshing_head(3)
    } else {
        html! {}
    }
}

/// The page of an action: its status, which follows itself, then what was asked and what was left.
pub fn file(action: &BulkAction, row: &Row, counts: &[(String, i64)], named: &[(String, i64, String)]) -> Markup {
    html! {
        h1 { (title(row)) }
        (followed(action, row, false))
        section {
            h2 { "Ce qui a été demandé" }
            dl class="fiche" {
                div { dt { "Sélection" } dd { (row.filtres) } }
                div { dt { "Confirmé" } dd { (action.champ.list.counted(row.confirmees)) } }
                div { dt { "Par" } dd { (row.demandeur) ", " (format::instant(row.cree_le)) } }
                @if let Some(when) = row.fini_le { div { dt { "Finie" } dd { (format::instant(when)) } } }
                @if let Some(who) = &row.annuleur { div { dt { "Annulée par" } dd { (who) @if let Some(when) = row.annule_le { ", " (format::instant(when)) } } } }
            }
            p class="actions" {
                a class="bouton" href={ "/" (row.liste) "?" (row.requete) } { "Revoir la liste avec ces filtres" }
                a class="bouton" href="/actions" { "Toutes les actions" }
            }
        }
        @for (sort, words) in LEFT { (left(action, sort, words, counts, named)) }
    }
}

/// Sorts of rows left aside, and why.
const LEFT: [(&str, &str); 3] = [
    ("changee", "Modifiés ou arrivés avant le début de l'action : laissés"),
    ("ecartee", "Modifiés pendant l'action : laissés"),
    ("laissee", "Modifiés depuis l'action : laissés par l'annulation"),
];

fn left(action: &BulkAction, sort: &str, words: &str, counts: &[(String, i64)], named: &[(String, i64, String)]) -> Markup {
    let Some((_, count)) = counts.iter().find(|(known, _)| known == sort) else { return html! {} };
    let list = action.champ.list;
    html! {
        section {
            h2 { (words) }
            p { (list.counted(*count)) @if *count > NAMED_MAX { ", dont voici les " (NAMED_MAX) " premiers" } "." }
            ul class="actions" {
                @for (_, key, name) in named.iter().filter(|(known, ..)| known == sort) { li { a href={ "/" (list.name) "/" (key) } { (name) } } }
            }
        }
    }
}

/// The status as a fragment: asks for itself again until it is final, and then says so.
pub fn status(action: &BulkAction, row: &Row) -> Markup {
    followed(action, row, !row.is_moving())
}

fn state_of(row: &Row) -> (&'static str, Tone) {
    let (_, label, tone) = STATES.iter().find(|(code, ..)| *code == row.state()).copied().unwrap_or(("", "", ""));
    (label, Tone::from_code(tone))
}

fn followed(action: &BulkAction, row: &Row, announce: bool) -> Markup {
    let address = format!("/actions/{}", row.id);
    let moving = row.is_moving();
    let (label, _) = state_of(row);
    html! {
        section id="suivi" class="carte" aria-labelledby="suivi-titre" hx-get=[moving.then_some(&address)] hx-trigger=[moving.then_some("every 1s")] hx-swap=[moving.then_some("outerHTML")] {
            h2 id="suivi-titre" { (label) }
            (content(action, row))
            @if announce { p id="annonce" hx-swap-oob="innerHTML" class="hors-page" { (label) } }
        }
    }
}

fn content(action: &BulkAction, row: &Row) -> Markup {
    let back = matches!(row.state(), "annulation" | "annulation_arretee" | "annulee");
    html! {
        @if row.is_moving() {
            @if row.job_state.as_deref() == Some("ready") {
                p { "Elle commence dès qu'un ouvrier est libre. Vous pouvez fermer cette page." }
                @if let Some(error) = &row.job_error { (notice(Tone::Warning, &html! { p { "Dernier essai : " (error) " Un nouvel essai est prévu." } })) }
            } @else {
                @let (done, total) = if back { (row.annule_avancement, Some(row.avancement)) } else { (row.avancement, row.retenues) };
                (bar(if back { "Avancement de l'annulation" } else { "Avancement de l'action" }, &Progress { done, total, seconds: row.job_seconds, unit: "lignes" }))
            }
            (stop(row))
        } @else {
            @if let Some(error) = row.erreur.as_ref().or(row.job_error.as_ref()) { (notice(Tone::Warning, &html! { p { (error) } })) }
            @if row.retenues.is_some() { p { (summary(action, row)) } }
            @if back { p { (undone(action, row)) } }
        }
        (undo(action, row))
    }
}

fn stop(row: &Row) -> Markup {
    html! {
        @if let Some(job) = row.annule_job_id.filter(|_| row.state() == "annulation").or(row.job_id) {
            form method="post" action={ "/travaux/" (job) "/annulation" } {
                input type="hidden" name="retour" value={ "/actions/" (row.id) };
                button class="bouton" type="submit" { (icon("ban")) "Arrêter ici" }
            }
        }
    }
}

fn undo(action: &BulkAction, row: &Row) -> Markup {
    html! {
        @if row.can_undo() {
            p {
                "Annuler remet " (action.champ.list.counted(row.modifiees - row.restaurees)) " comme avant, sauf ce que quelqu'un a modifié depuis. Possible jusqu'au "
                (format::instant(row.annulable_jusqu_au)) "."
            }
            form method="post" action={ "/actions/" (row.id) "/annulation" } {
                button class="bouton danger" type="submit" { (icon("history")) (if row.state() == "annulation_arretee" { "Reprendre l'annulation" } else { "Annuler cette action" }) }
            }
        }
    }
}
