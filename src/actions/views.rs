//! The pages of the actions.

use maud::{Markup, html};

use super::demand::Prepared;
use super::etats::{ACTION, DEFAIT, RECULE, SUSPEND};
use super::model::{AT_ONCE_MAX, BulkAction, Etendue, NAMED_MAX, Row, UNDO_DAYS, agreed};
use crate::listing::{Choice, Value, cell};
use crate::motifs::{self, Offert, Saisi};
use crate::platform::http::Address;
use crate::ui::form::error_summary;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge, notice};
use crate::ui::progress::{Progress, bar, waiting};
use crate::ui::{format, layout};

/// Ticked rows that are named at once; more unfold.
const SHOWN_OPEN: usize = 20;

/// What a confirmation asks, and how it was answered.
pub struct ConfirmForm<'a> {
    /// Values of the field.
    pub options: &'a [Choice],
    /// Reasons on offer.
    pub offered: &'a [Offert],
    /// The reason, as typed.
    pub saisi: &'a Saisi,
    /// What is wrong with it.
    pub wrong: Option<&'a (&'static str, String)>,
    /// The demand, signed.
    pub token: &'a str,
}

/// « Valider 1 332 séjours, 3 511 nuits, 45 678,90 € ? », « Valider : rien à changer ».
pub fn confirmation_title(action: &BulkAction, prepared: &Prepared) -> String {
    match prepared.counted.changed(action) {
        0 => format!("{}\u{a0}: rien à changer", action.label),
        changed => format!("{} {}\u{a0}?", action.label, action.counted(changed, &prepared.demand.sommes)),
    }
}

/// What is about to be done, value by value, with its exact count and sums.
pub fn confirmation(action: &BulkAction, prepared: &Prepared, asked: &ConfirmForm<'_>) -> Markup {
    let list = action.champ.list;
    let demand = &prepared.demand;
    let changed = prepared.counted.changed(action);
    let refused = prepared.counted.groups.iter().any(|group| !group.apart && !takes_or_is(action, group.value.as_deref()));
    let apart = action.apart().filter(|_| prepared.counted.groups.iter().any(|group| group.apart && action.takes(group.value.as_deref())));
    html! {
        h1 { (confirmation_title(action, prepared)) }
        @if let Some((field, text)) = asked.wrong { (error_summary(&[(*field, text.clone())])) }
        (selected(action, prepared))
        (by_value(action, prepared, asked.options))
        @if refused && !action.left.is_empty() { p { (action.left) } }
        @if let Some(apart) = apart { (notice(Tone::Info, &html! { p { (apart.left) } })) }
        @if changed == 0 {
            (notice(Tone::Info, &html! { p { "Aucune ligne de cette sélection n’est à changer." } }))
            p class="actions" { a class="bouton principal" href=(demand.retour) { "Revenir à la liste" } }
        } @else {
            p {
                "Une ligne que quelqu’un modifie avant la fin de l’action est laissée comme elle est. L’action peut être annulée pendant " (UNDO_DAYS) " jours."
                @if demand.total > AT_ONCE_MAX && demand.etendue == Etendue::Filtre { " Elle se fait en arrière-plan\u{a0}: vous suivrez son avancement." }
            }
            form method="post" action="/actions" data-confirmation="oui" {
                input type="hidden" name="jeton" value=(asked.token);
                @if action.needs_reason() { (motifs::fields("", &[action.value], asked.offered, asked.saisi, asked.wrong)) }
                p class="actions" {
                    button class="bouton principal" type="submit" { (action.label) " " (list.counted(changed)) }
                    a class="bouton" href=(demand.retour) { "Ne rien changer" }
                }
            }
        }
    }
}

/// Which rows: the filters in words, and the ticked ones by their names.
fn selected(action: &BulkAction, prepared: &Prepared) -> Markup {
    let list = action.champ.list;
    let absent = i64::try_from(prepared.absent).unwrap_or(i64::MAX);
    html! {
        @match &prepared.demand.etendue {
            Etendue::Filtre => p { "Sélection\u{a0}: " (if list.feminine { "toutes les " } else { "tous les " }) (list.noun.1) ", " (prepared.words) ", soit " strong { (list.counted(prepared.demand.total)) } "." },
            Etendue::Lignes(_) => {
                p { "Sélection\u{a0}: " strong { (agreed(prepared.demand.total, ("ligne", "lignes"), ("cochée", "cochées"))) } ", " (prepared.words) "." }
                details open[prepared.names.len() <= SHOWN_OPEN] {
                    summary { "Les lignes cochées" }
                    ul class="actions" { @for (key, name) in &prepared.names { li { a href={ "/" (list.name) "/" (key) } { (name) } } } }
                }
            }
        }
        @if absent > 0 {
            (notice(Tone::Warning, &html! { p {
                (agreed(absent, ("autre ligne cochée", "autres lignes cochées"), ("ne répond plus à ce filtre, ou n’est plus dans votre périmètre", "ne répondent plus à ce filtre, ou ne sont plus dans votre périmètre")))
                "\u{a0}: laissée" @if absent > 1 { "s" } "."
            } }))
        }
    }
}

fn by_value(action: &BulkAction, prepared: &Prepared, options: &[Choice]) -> Markup {
    let list = action.champ.list;
    html! {
        section class="defile" tabindex="0" aria-labelledby="titre-confirmation" {
            table class="liste" {
                caption id="titre-confirmation" { "Ce qui va changer" }
                thead { tr {
                    th scope="col" { (action.champ.column().label) " actuel" } th scope="col" class="nombre" { (list.title) }
                    @for column in action.summed() { th scope="col" class="nombre" { (column.label) } }
                    th scope="col" { "Suite" }
                } }
                tbody {
                    @for group in &prepared.counted.groups {
                        tr {
                            th scope="row" data-libelle="Actuel" { @match action.apart().filter(|_| group.apart && action.takes(group.value.as_deref())) { Some(apart) => (apart.held), None => (action.champ.in_words(group.value.as_deref(), options)) } }
                            td class="nombre" data-libelle=(list.title) { (format::integer(group.rows)) }
                            @for (column, sum) in action.summed().zip(&group.sums) {
                                td class="nombre" data-libelle=(column.label) { (cell::cell(column.kind, &Value::Int(*sum), None)) }
                            }
                            td data-libelle="Suite" {
                                @if group.is_taken(action) { (badge(Tone::Info, "Sera modifié")) " " (action.champ.in_words(Some(action.value), options)) }
                                @else if group.value.as_deref() == Some(action.value) { "Rien à changer" }
                                @else { (badge(Tone::Warning, "Laissé")) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn takes_or_is(action: &BulkAction, value: Option<&str>) -> bool {
    action.takes(value) || value == Some(action.value)
}

/// « 48 séjours validés ; 2 séjours modifiés entre-temps, ou sortis de votre périmètre : laissés. »
pub fn summary(action: &BulkAction, row: &Row) -> String {
    let noun = action.champ.list.noun;
    let mut parts = vec![action.done(row.modifiees)];
    let mut left = |count: i64, words: (&str, &str)| {
        if count > 0 {
            parts.push(agreed(count, noun, words));
        }
    };
    left(
        row.moved() + row.overtaken(),
        ("modifié entre-temps, ou sorti de votre périmètre : laissé", "modifiés entre-temps, ou sortis de votre périmètre : laissés"),
    );
    left(row.arrived(), ("arrivé depuis la confirmation : laissé", "arrivés depuis la confirmation : laissés"));
    left(row.deja.unwrap_or(0), ("qui l’était déjà", "qui l’étaient déjà"));
    left(
        row.refusees.unwrap_or(0),
        match action.apart() {
            Some(_) => {
                ("à décider un par un, ou par quelqu’un d’autre\u{a0}: laissé", "à décider un par un, ou par quelqu’un d’autre\u{a0}: laissés")
            }
            None => ("à décider un par un\u{a0}: laissé", "à décider un par un\u{a0}: laissés"),
        },
    );
    format!("{}.", parts.join(" ; "))
}

/// « 45 séjours rétablis ; 3 séjours modifiés depuis : laissés. »
pub fn undone(action: &BulkAction, row: &Row) -> String {
    let noun = action.champ.list.noun;
    let mut text = agreed(row.restaurees, noun, ("rétabli", "rétablis"));
    let left = row.kept();
    if left > 0 {
        text.push_str(" ; ");
        text.push_str(&agreed(left, noun, ("modifié depuis : laissé", "modifiés depuis : laissés")));
    }
    format!("{text}.")
}

/// Title of the page of an action.
pub fn title(row: &Row) -> String {
    format!("Action n° {} : {}", row.id, row.libelle)
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
                @if let Some(sums) = row.sommes.as_ref().filter(|sums| !sums.is_empty()) {
                    div { dt { "Sommes des lignes à changer" } dd { (action.sums_in_words(sums)) } }
                }
                @if let Some(motif) = row.motif() { div { dt { "Motif" } dd { (motif.in_words()) } } }
                div { dt { "Par" } dd { (row.demandeur) ", " (format::instant(row.cree_le)) } }
                @if let Some(when) = row.fini_le { div { dt { "Finie" } dd { (format::instant(when)) } } }
                @if let Some(who) = &row.annuleur { div { dt { "Annulée par" } dd { (who) @if let Some(when) = row.annule_le { ", " (format::instant(when)) } } } }
            }
            p class="actions" {
                a class="bouton" href=(Address::of(format!("/{}", row.liste)).asking(&row.requete)) { "Revoir la liste avec ces filtres" }
                a class="bouton" href="/actions" { "Toutes les actions" }
            }
        }
        @for (sort, words) in LEFT { (left(action, sort, words, counts, named)) }
    }
}

/// Sorts of rows left aside, and why.
const LEFT: [(&str, &str); 3] = [
    ("changee", "Modifiés ou arrivés avant le début de l’action : laissés"),
    ("ecartee", "Modifiés pendant l’action : laissés"),
    ("laissee", "Modifiés depuis l’action : laissés par l’annulation"),
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
    let (label, tone) = ACTION.words(row.state());
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
    let back = [RECULE.to, SUSPEND.to, DEFAIT.to].contains(&row.state());
    html! {
        @if row.is_moving() {
            @if row.job_state.as_deref() == Some("ready") {
                p {
                    @if let Some(words) = waiting(row.attente.as_deref(), row.devant) { (words) } @else { "Elle commence dès qu’un ouvrier est libre." }
                    " Vous pouvez fermer cette page."
                }
                @if let Some(error) = &row.job_error { (notice(Tone::Warning, &html! { p { "Dernier essai : " (error) " Un nouvel essai est prévu." } })) }
            } @else {
                @let (done, total) = if back { (row.annule_avancement, Some(row.avancement)) } else { (row.avancement, row.retenues) };
                (bar(if back { "Avancement de l’annulation" } else { "Avancement de l’action" }, &Progress { done, total, seconds: row.job_seconds, here: None, unit: "lignes" }))
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
                "Annuler remet " (action.champ.list.counted(row.modifiees - row.restaurees)) " comme avant, sauf ce que quelqu’un a modifié depuis. Possible jusqu’au "
                (format::instant(row.annulable_jusqu_au)) "."
            }
            form method="post" action={ "/actions/" (row.id) "/annulation" } {
                button class="bouton danger" type="submit" { (icon("history")) (if row.state() == "annulation_arretee" { "Reprendre l’annulation" } else { "Annuler cette action" }) }
            }
        }
    }
}
