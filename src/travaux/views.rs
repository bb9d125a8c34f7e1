//! The page of a job.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::platform::jobs::QUEUES;
use crate::platform::jobs::states::{AGAIN, JOB, LIVING, STOPPED};
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge, notice};
use crate::ui::progress::{Progress, bar, waiting};
use crate::ui::{format, layout};

/// A job as its page shows it.
#[derive(sqlx::FromRow)]
pub struct File {
    /// Whose it is.
    pub collectivite_id: Option<i32>,
    pub id: i64,
    pub queue: String,
    pub title: String,
    pub state: String,
    pub attempts: i32,
    pub max_attempts: i32,
    pub done: i64,
    pub total: Option<i64>,
    pub error: Option<String>,
    pub worker: Option<String>,
    pub cancel_requested: bool,
    pub requester: Option<String>,
    pub created_at: DateTime<Utc>,
    pub run_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub seconds: Option<i64>,
    pub devant: Option<i64>,
    pub motif: Option<String>,
    /// Whether the reader manages the collectivité that it works for, or the installation.
    pub gere: bool,
    /// Whether they may stop it: it is theirs, or they manage it.
    pub agit: bool,
    /// Its kind.
    pub name: String,
    /// Whether somebody else asked for it.
    pub d_un_autre: bool,
    /// The page of what it works for, whose own rights are asked there.
    pub page: Option<String>,
}

impl File {
    /// Whether the page must still follow the work.
    pub fn is_moving(&self) -> bool {
        LIVING.contains(&self.state.as_str())
    }

    /// Why it is not put back in its queue from here. It would act in the name of whoever asked for it: they, or somebody who watches
    /// over them, said to stop; and what an import writes is confirmed on its own page, with the proof that some kinds ask for.
    pub fn sans_relance(&self) -> Option<&'static str> {
        if self.name == "import" {
            return Some("Le travail d’un import se reprend depuis la page de l’import, par qui l’a chargé ou l’annule.");
        }
        let stopped = self.state == "cancelled" && self.d_un_autre;
        stopped.then_some("Ce travail a été annulé, et il agirait au nom de qui l’avait demandé\u{a0}: c’est à cette personne de le redemander.")
    }
}

/// Head of the page: it shows itself again without JavaScript as long as the work goes on.
pub fn head(job: &File) -> Markup {
    if job.is_moving() {
        layout::refreshing_head(5)
    } else {
        html! {}
    }
}

/// The whole page.
pub fn page(job: &File) -> Markup {
    html! { h1 { (job.title) } (status(job)) p class="actions" {
        @if let Some(page) = &job.page { a class="bouton" href=(page) {
            (match page { page if page.starts_with("/exports") => "Voir l’export et son fichier", page if page.starts_with("/imports") => "Voir l’import", _ => "Voir l’action" })
        } }
        a class="bouton" href="/travaux" { "Revenir aux travaux" }
    } }
}

/// The part that follows itself until the job has ended.
pub fn status(job: &File) -> Markup {
    let address = format!("/travaux/{}", job.id);
    let moving = job.is_moving();
    let (label, tone) = JOB.words(&job.state);
    html! {
        section id="suivi" class="carte" aria-labelledby="suivi-titre" hx-get=[moving.then_some(&address)] hx-trigger=[moving.then_some("every 2s")] hx-swap=[moving.then_some("outerHTML")] {
            h2 id="suivi-titre" { "Travail n° " (job.id) " " (badge(Tone::from_code(tone), label)) }
            @if job.state == "running" {
                (bar("Avancement du travail", &Progress { done: job.done, total: job.total, seconds: job.seconds, here: None, unit: "lignes" }))
                @if job.cancel_requested { (notice(Tone::Info, &html! { p { "Annulation demandée : l’ouvrier s’arrête au prochain point sûr." } })) }
            }
            @if job.state == "ready" && let Some(words) = waiting(job.motif.as_deref(), job.devant) { p { (words) } }
            @if let Some(error) = &job.error { (notice(if job.state == "failed" { Tone::Failure } else { Tone::Warning }, &html! { p { (error) } })) }
            (facts(job))
            div class="actions" {
                @if STOPPED.takes(&job.state) && job.agit && !job.cancel_requested {
                    form method="post" action={ "/travaux/" (job.id) "/annulation" } { button class="bouton" type="submit" { (icon("ban")) "Annuler ce travail" } }
                }
                @if job.gere && AGAIN.takes(&job.state) && job.sans_relance().is_none() {
                    form method="post" action={ "/travaux/" (job.id) "/reprise" } { button class="bouton principal" type="submit" { (icon("refresh-cw")) "Relancer ce travail" } }
                }
            }
        }
    }
}

fn facts(job: &File) -> Markup {
    let instant = |moment: Option<DateTime<Utc>>| moment.map_or_else(|| "–".to_string(), format::instant);
    html! {
        dl class="fiche" {
            div { dt { "File" } dd { (QUEUES.iter().find(|(code, _)| *code == job.queue).map_or(job.queue.as_str(), |(_, label)| label)) } }
            div { dt { "Essais" } dd { (job.attempts) " sur " (job.max_attempts) } }
            div { dt { "Demandé par" } dd { (job.requester.as_deref().unwrap_or("Gardel")) } }
            div { dt { "Demandé" } dd { (format::instant(job.created_at)) } }
            @if job.state == "ready" { div { dt { "Prêt à partir du" } dd { (format::instant(job.run_at)) } } }
            div { dt { "Dernier début" } dd { (instant(job.started_at)) } }
            div { dt { "Fini" } dd { (instant(job.finished_at)) } }
            div { dt { "Ouvrier" } dd class="code" { (job.worker.as_deref().unwrap_or("–")) } }
        }
    }
}
