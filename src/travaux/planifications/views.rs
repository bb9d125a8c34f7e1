//! The pages of the schedules.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::platform::jobs::Cron;
use crate::platform::jobs::schedules::{Missed, Schedule};
use crate::platform::jobs::states::JOB;
use crate::ui::form::{Field, error_summary, field, select};
use crate::ui::format;
use crate::ui::icon::icon;
use crate::ui::layout::{self, Frame};
use crate::ui::message::{Tone, badge, empty};

/// Due times shown in advance on a file.
const NEXT_SHOWN: usize = 5;

/// What was typed on the form of the times.
pub struct TimesForm {
    pub expression: String,
    pub rattrapage: String,
    pub etalement: String,
}

impl TimesForm {
    /// The form as the schedule stands.
    pub fn of(schedule: &Schedule) -> Self {
        Self { expression: schedule.expression.clone(), rattrapage: schedule.rattrapage.clone(), etalement: (schedule.etalement_s / 60).to_string() }
    }
}

fn when(schedule: &Schedule) -> Markup {
    let words = Cron::parse(&schedule.expression, &schedule.fuseau).ok().and_then(|cron| cron.in_words());
    html! { @if let Some(words) = words { (words) } @else { code { (schedule.expression) } } }
}

fn state(schedule: &Schedule) -> Markup {
    if schedule.active { badge(Tone::Success, "Active") } else { badge(Tone::Warning, "En pause") }
}

fn instant_or_dash(moment: Option<DateTime<Utc>>) -> String {
    moment.map_or_else(|| "–".to_string(), format::instant)
}

fn last(schedule: &Schedule) -> Markup {
    let (word, tone) = match schedule.derniere_issue.as_deref() {
        Some("sautee") => ("Sautée : la précédente durait encore", Tone::Warning),
        Some("ignoree") => ("Ignorée : manquée", Tone::Warning),
        _ => {
            let (label, tone) = JOB.words(schedule.dernier_etat.as_deref().unwrap_or_default());
            (label, Tone::from_code(tone))
        }
    };
    html! { span { (instant_or_dash(schedule.derniere_le)) @if !word.is_empty() { " " (badge(tone, word)) } } }
}

/// All of them, the next due first.
pub fn list(frame: &Frame, schedules: &[Schedule]) -> Markup {
    let body = html! {
        h1 { "Planifications" }
        p { "Chaque planification ajoute un travail à ses échéances, une seule fois quel que soit le nombre d’ouvriers. Les heures sont celles de la Guadeloupe." }
        @if schedules.is_empty() {
            (empty("Aucune planification pour l’instant", &html! { p { "Celles du programme apparaissent au premier démarrage d’un ouvrier." } }))
        } @else {
            section class="defile" tabindex="0" aria-labelledby="titre-planifications" {
                table class="liste" data-clavier="oui" {
                    caption id="titre-planifications" { "Planifications, de la prochaine échéance à la plus lointaine" }
                    thead { tr {
                        th scope="col" { "Planification" } th scope="col" { "Quand" } th scope="col" class="nombre" { "Prochaine" }
                        th scope="col" { "Dernière" } th scope="col" { "État" } th scope="col" { "Pour" }
                    } }
                    tbody { @for schedule in schedules { (row(schedule)) } }
                }
            }
        }
        p class="actions" { a class="bouton" href="/travaux" { "Revenir aux travaux" } }
    };
    layout::page(frame, "Planifications", &body)
}

fn row(schedule: &Schedule) -> Markup {
    html! {
        tr {
            th scope="row" data-libelle="Planification" { a href={ "/travaux/planifications/" (schedule.id) } { (schedule.titre) } }
            td data-libelle="Quand" { (when(schedule)) }
            td class="nombre" data-libelle="Prochaine" { (instant_or_dash(schedule.prochaine_le)) }
            td data-libelle="Dernière" { (last(schedule)) }
            td data-libelle="État" { (state(schedule)) }
            td data-libelle="Pour" { (schedule.proprietaire.as_deref().unwrap_or("Gardel")) }
        }
    }
}

/// One of them: its state, its actions, its times.
pub fn file(frame: &Frame, schedule: &Schedule, form: &TimesForm, errors: &[(&'static str, String)]) -> Markup {
    let body = html! {
        div class="titre-page" { h1 { (schedule.titre) } (state(schedule)) }
        (error_summary(errors))
        (facts(schedule))
        (actions(schedule))
        @if schedule.active { (next(schedule)) }
        (times(schedule, form, errors))
        p class="actions" { a class="bouton" href="/travaux/planifications" { "Revenir aux planifications" } }
    };
    layout::page(frame, &schedule.titre, &body)
}

fn facts(schedule: &Schedule) -> Markup {
    let missed = Missed::ALL.iter().find(|(_, code, _)| *code == schedule.rattrapage).map_or("", |(_, _, label)| label);
    html! {
        dl class="fiche" {
            div { dt { "Quand" } dd { (when(schedule)) } }
            div { dt { "Prochaine échéance" } dd { (instant_or_dash(schedule.prochaine_le)) } }
            div { dt { "Dernière échéance" } dd { (last(schedule)) } }
            div { dt { "Dernier travail" } dd {
                @if let Some(job) = schedule.dernier_job_id { a href={ "/travaux/" (job) } { "n° " (job) } } @else { "–" }
            } }
            div { dt { "Échéances manquées" } dd { (missed) } }
            div { dt { "Demandée par" } dd { (schedule.proprietaire.as_deref().unwrap_or("Gardel")) } }
            div { dt { "Nom, travail, file" } dd class="code" { (schedule.nom) " · " (schedule.travail) " · " (schedule.file) } }
        }
    }
}

fn actions(schedule: &Schedule) -> Markup {
    let post = |verb: &str, icon_name: &'static str, words: &str| {
        html! {
            form method="post" action={ "/travaux/planifications/" (schedule.id) "/" (verb) } {
                button class="bouton" type="submit" { (icon(icon_name)) (words) }
            }
        }
    };
    html! {
        div class="actions" {
            (post("lancement", "play", "Lancer maintenant"))
            @if schedule.active { (post("pause", "pause", "Mettre en pause")) } @else { (post("reprise", "play", "Reprendre")) }
            @if schedule.reglee && schedule.active { (post("origine", "history", "Revenir au réglage du programme")) }
        }
    }
}

fn next(schedule: &Schedule) -> Markup {
    let cron = Cron::parse(&schedule.expression, &schedule.fuseau).ok();
    let times: Vec<DateTime<Utc>> =
        std::iter::successors(schedule.prochaine_le, |last| cron.as_ref().and_then(|cron| cron.next_due(&schedule.nom, schedule.etalement_s, *last)))
            .take(NEXT_SHOWN)
            .collect();
    html! {
        section {
            h2 { "Prochaines échéances" }
            ol { @for moment in times { li { (format::instant(moment)) } } }
        }
    }
}

fn times(schedule: &Schedule, form: &TimesForm, errors: &[(&'static str, String)]) -> Markup {
    let text_of = |name: &str| errors.iter().find(|(field, _)| *field == name).map(|(_, text)| text.as_str());
    let missed: Vec<(String, String)> = Missed::ALL.iter().map(|(_, code, label)| ((*code).to_string(), (*label).to_string())).collect();
    html! {
        section class="etroite" {
            h2 { "Changer les échéances" }
            form method="post" action={ "/travaux/planifications/" (schedule.id) "/echeances" } {
                (field(&Field { name: "expression", label: "Expression cron", value: &form.expression, hint: "Minute, heure, jour du mois, mois, jour de la semaine (0 ou 7 : dimanche). « 30 6 * * 1 » : chaque lundi à 6 h 30.", error: text_of("expression"), required: true, autocomplete: "off", max: Some(100), ..Field::default() }))
                (select("rattrapage", "Échéances manquées pendant un arrêt des ouvriers", &missed, &form.rattrapage, None))
                (field(&Field { name: "etalement", label: "Étalement, en minutes", value: &form.etalement, hint: "Le départ se place dans ces minutes après l’heure, toujours à la même : les travaux d’une même heure ne partent pas tous ensemble.", error: text_of("etalement"), required: true, autocomplete: "off", inputmode: Some("numeric"), max: Some(5), ..Field::default() }))
                p class="actions" { button class="bouton principal" type="submit" { "Enregistrer les échéances" } }
            }
        }
    }
}
