//! The pages of the queues.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::model::{expectation, per_minute};
use crate::platform::jobs::QUEUES;
use crate::platform::jobs::table::{FailureGroup, HeavyLimits, QueueState, RunningJob, WorkerCard};
use crate::ui::form::{Field, error_summary, field};
use crate::ui::format;
use crate::ui::icon::icon;
use crate::ui::layout::{self, Frame};
use crate::ui::message::{Tone, badge, empty, notice};

/// « Exports (2) » : a queue as a worker names it, with the jobs that it runs at once.
fn served(queue: &str) -> String {
    queue.split_once('=').map_or_else(|| label(queue).into(), |(name, jobs)| format!("{} ({jobs})", label(name)))
}

/// What the page of the queues tells, at one moment of PostgreSQL's clock.
pub struct Board {
    pub now: DateTime<Utc>,
    pub queues: Vec<QueueState>,
    pub measured: Vec<(String, Vec<i64>, Vec<i64>)>,
    pub workers: Vec<WorkerCard>,
    pub running: Vec<RunningJob>,
    pub counted_max: i64,
}

fn label(queue: &str) -> &str {
    QUEUES.iter().find(|(name, _)| *name == queue).map_or(queue, |(_, label)| label)
}

/// The whole page.
pub fn board(frame: &Frame, board: &Board, groups: &[FailureGroup]) -> Markup {
    let body = html! {
        h1 { "Files et ouvriers" }
        (status(board))
        (failures(groups, board.now))
        p class="actions" {
            a class="bouton" href="/travaux/lectures" { (icon("settings")) "Régler les grandes lectures" }
            a class="bouton" href="/travaux/planifications" { (icon("clock")) "Planifications" }
            a class="bouton" href="/travaux" { "Tous les travaux" }
        }
    };
    layout::page(frame, "Files et ouvriers", &body)
}

/// The part that follows itself.
pub fn status(board: &Board) -> Markup {
    html! {
        section id="etat-files" aria-label="État des ouvriers et des files" hx-get="/travaux/files" hx-trigger="every 10s" hx-swap="outerHTML" {
            (stuck(board))
            (workers(board))
            (queues(board))
        }
    }
}

/// Queues whose jobs wait for nobody: the first thing to mend.
fn stuck(board: &Board) -> Markup {
    let queues: Vec<&str> = board.queues.iter().filter(|state| state.is_stuck()).map(|state| label(&state.queue)).collect();
    html! {
        @if !queues.is_empty() {
            (notice(Tone::Failure, &html! { p {
                "Des travaux attendent dans des files qu’aucun ouvrier ne sert : " (queues.join(", "))
                ". Démarrez « gardel-worker » sans « --seulement », ou avec « --queue » pour chacune."
            } }))
        }
    }
}

fn workers(board: &Board) -> Markup {
    if board.workers.is_empty() {
        return notice(
            Tone::Failure,
            &html! { p { "Aucun ouvrier n’est en vie : les travaux attendent. Démarrez « gardel-worker » sur une machine." } },
        );
    }
    html! {
        section class="defile" tabindex="0" aria-labelledby="titre-ouvriers" {
            table class="liste" {
                caption id="titre-ouvriers" { "Ouvriers" }
                thead { tr {
                    th scope="col" { "Ouvrier" } th scope="col" { "État" } th scope="col" { "Fait" } th scope="col" { "Files" }
                    th scope="col" { "Machine" } th scope="col" { "Version" } th scope="col" class="nombre" { "Démarré" }
                } }
                tbody { @for worker in &board.workers { (worker_row(worker, board)) } }
            }
        }
    }
}

fn worker_row(worker: &WorkerCard, board: &Board) -> Markup {
    let running: Vec<&RunningJob> = board.running.iter().filter(|job| job.worker.as_deref() == Some(worker.nom.as_str())).collect();
    html! {
        tr {
            th scope="row" data-libelle="Ouvrier" { (worker.nom) }
            td data-libelle="État" {
                @if worker.vivant { (badge(Tone::Success, "En vie")) }
                @else { span { (badge(Tone::Failure, "Perdu")) " vu " (format::ago(worker.vu_le, board.now)) } }
            }
            td data-libelle="Fait" {
                span {
                    @if running.is_empty() { "rien" }
                    @for (rank, job) in running.iter().enumerate() {
                        @if rank > 0 { ", " }
                        a id={ "fait-" (job.id) } href={ "/travaux/" (job.id) } { (job.title) } " (" (format::duration(job.secondes)) (if job.lourd { ", grande lecture" } else { "" }) ")"
                    }
                }
            }
            td data-libelle="Files" { (worker.files.iter().map(|queue| served(queue)).collect::<Vec<_>>().join(", ")) }
            td data-libelle="Machine" { (worker.machine) " · " (worker.pid) }
            td data-libelle="Version" { (worker.version) }
            td class="nombre" data-libelle="Démarré" { (format::instant(worker.demarre_le)) }
        }
    }
}

fn queues(board: &Board) -> Markup {
    html! {
        section class="defile" tabindex="0" aria-labelledby="titre-files" {
            table class="liste" {
                caption id="titre-files" { "Files" }
                thead { tr {
                    th scope="col" { "File" } th scope="col" { "État" } th scope="col" class="nombre" { "Prêts" } th scope="col" class="nombre" { "Plus tard" }
                    th scope="col" class="nombre" { "En cours" } th scope="col" class="nombre" { "Plus vieux prêt" } th scope="col" class="nombre" { "Par minute (sur 15)" }
                    th scope="col" { "Délai mesuré" }
                } }
                tbody { @for state in &board.queues { (queue_row(state, board)) } }
            }
        }
    }
}

fn queue_row(state: &QueueState, board: &Board) -> Markup {
    let count = |count: i64| {
        if count > board.counted_max { format!("plus de {}", format::integer(board.counted_max)) } else { format::integer(count) }
    };
    let (starts, ends) =
        board.measured.iter().find(|(queue, ..)| *queue == state.queue).map_or((&[][..], &[][..]), |(_, starts, ends)| (starts, ends));
    html! {
        tr {
            th scope="row" data-libelle="File" { a id={ "file-" (state.queue) } href={ "/travaux/files/" (state.queue) } { (label(&state.queue)) } }
            td data-libelle="État" { span { (openness(state)) @if state.ouvriers == 0 { " " (badge(Tone::Failure, "Sans ouvrier")) } @if let Some(limits) = limits_words(state) { " " (limits) } } }
            td class="nombre" data-libelle="Prêts" { (count(state.prets)) }
            td class="nombre" data-libelle="Plus tard" { (count(state.plus_tard)) }
            td class="nombre" data-libelle="En cours" { (format::integer(state.en_cours)) }
            td class="nombre" data-libelle="Plus vieux prêt" { (state.plus_vieux.map_or_else(|| "–".to_string(), |seconds| format::duration(seconds as i64))) }
            td class="nombre" data-libelle="Par minute" {
                span {
                    (per_minute(state.reussis))
                    @if state.echoues > 0 { " " (badge(Tone::Failure, &format!("{} en échec", format::integer(state.echoues)))) }
                }
            }
            td data-libelle="Délai mesuré" { (expectation(starts, ends)) }
        }
    }
}

fn openness(state: &QueueState) -> Markup {
    if state.en_pause { badge(Tone::Warning, "En pause") } else { badge(Tone::Success, "Ouverte") }
}

fn limits_words(state: &QueueState) -> Option<String> {
    match (state.limite_globale, state.limite_par_personne) {
        (None, None) => None,
        (Some(global), None) => Some(format!("{global} à la fois")),
        (None, Some(person)) => Some(format!("{person} par personne")),
        (Some(global), Some(person)) => Some(format!("{global} à la fois, {person} par personne")),
    }
}

fn failures(groups: &[FailureGroup], now: DateTime<Utc>) -> Markup {
    html! {
        section {
            h2 { "Échecs par cause" }
            @if groups.is_empty() {
                (empty("Aucun travail en échec", &html! { p { "Un travail dont tous les essais échouent apparaît ici, avec ceux de même cause." } }))
            } @else {
                p { "Relancer rend leurs essais aux travaux, qui reprennent où ils s’étaient arrêtés. Écarter les retire des échecs : chacun reste visible parmi les travaux annulés, d’où il peut encore être relancé." }
                section class="defile" tabindex="0" aria-labelledby="titre-echecs" {
                    table class="liste" {
                        caption id="titre-echecs" { "Travaux en échec, groupés" }
                        thead { tr {
                            th scope="col" { "Cause" } th scope="col" { "Travail" } th scope="col" class="nombre" { "Nombre" } th scope="col" { "Dernier" } th scope="col" { "Actions" }
                        } }
                        tbody { @for group in groups { (failure_row(group, now)) } }
                    }
                }
            }
        }
    }
}

fn failure_row(group: &FailureGroup, now: DateTime<Utc>) -> Markup {
    let cause = if group.cause.is_empty() { "Cause non classée" } else { &group.cause };
    let form = |place: &str, icon_name: &'static str, verb: &str| {
        html! {
            form method="post" action={ "/travaux/echecs/" (place) } {
                input type="hidden" name="travail" value=(group.name);
                input type="hidden" name="cause" value=(group.cause);
                button class="bouton" type="submit" { (icon(icon_name)) (verb) " " (if group.nombre > 1 { format!("les {}", format::integer(group.nombre)) } else { "ce travail".into() }) }
            }
        }
    };
    html! {
        tr {
            th scope="row" data-libelle="Cause" { (cause) }
            td data-libelle="Travail" { code { (group.name) } }
            td class="nombre" data-libelle="Nombre" { (format::integer(group.nombre)) }
            td data-libelle="Dernier" {
                span {
                    a href={ "/travaux/" (group.dernier_id) } { "n° " (group.dernier_id) }
                    @if let Some(last) = group.dernier_le { " " (format::ago(last, now)) }
                }
            }
            td data-libelle="Actions" { div class="actions" { (form("reprise", "refresh-cw", "Relancer")) (form("ecart", "trash", "Écarter")) } }
        }
    }
}

/// What was typed on the form of the limits.
pub struct LimitsForm {
    pub globale: String,
    pub par_personne: String,
}

impl LimitsForm {
    /// The form as the queue stands.
    pub fn of(state: &QueueState) -> Self {
        let text = |limit: Option<i32>| limit.map(|limit| limit.to_string()).unwrap_or_default();
        Self { globale: text(state.limite_globale), par_personne: text(state.limite_par_personne) }
    }
}

fn text_of<'a>(errors: &'a [(&'static str, String)], name: &str) -> Option<&'a str> {
    errors.iter().find(|(field, _)| *field == name).map(|(_, text)| text.as_str())
}

fn number_field(name: &str, title: &str, value: &str, hint: &str, required: bool, errors: &[(&'static str, String)]) -> Markup {
    field(&Field {
        name,
        label: title,
        value,
        hint,
        error: text_of(errors, name),
        required,
        autocomplete: "off",
        inputmode: Some("numeric"),
        max: Some(9),
        ..Field::default()
    })
}

/// One queue: pause, limits.
pub fn queue(frame: &Frame, state: &QueueState, form: &LimitsForm, errors: &[(&'static str, String)]) -> Markup {
    let title = format!("File {}", label(&state.queue));
    let place = format!("/travaux/files/{}", state.queue);
    let body = html! {
        div class="titre-page" { h1 { (title) } (openness(state)) }
        (error_summary(errors))
        @if state.en_pause {
            (notice(Tone::Warning, &html! { p {
                "En pause" @if let Some(who) = &state.pause_par { ", par " (who) } @if let Some(when) = state.pause_le { ", " (format::instant(when)) } " : rien n’y commence."
            } }))
        }
        @if state.ouvriers == 0 {
            (notice(Tone::Failure, &html! { p {
                "Aucun ouvrier en vie ne sert cette file : ses travaux attendent. Démarrez « gardel-worker » sans « --seulement », ou avec « --queue "
                (state.queue) "=1 »."
            } }))
        }
        div class="actions" {
            form method="post" action={ (place) (if state.en_pause { "/reprise" } else { "/pause" }) } {
                button class="bouton" type="submit" {
                    @if state.en_pause { (icon("play")) "Ouvrir cette file" } @else { (icon("pause")) "Mettre cette file en pause" }
                }
            }
        }
        section class="etroite" {
            h2 { "Limites" }
            form method="post" action={ (place) "/limites" } {
                (number_field("globale", "Travaux à la fois, tous ouvriers confondus", &form.globale, "Rien : autant que les ouvriers ont de places.", false, errors))
                (number_field("par_personne", "Travaux à la fois pour une même personne", &form.par_personne, "Rien : pas de limite. Une personne qui en demande cent laisse passer les autres.", false, errors))
                p class="actions" { button class="bouton principal" type="submit" { "Enregistrer les limites" } a class="bouton" href="/travaux/files" { "Revenir aux files" } }
            }
        }
    };
    layout::page(frame, &title, &body)
}

/// What was typed on the form of the heavy readings.
pub struct HeavyForm {
    pub simultanees: String,
    pub age_max: String,
    pub lignes_mortes: String,
}

impl HeavyForm {
    /// The form as the guard stands.
    pub fn of(limits: &HeavyLimits) -> Self {
        Self {
            simultanees: limits.simultanees.to_string(),
            age_max: (limits.age_max_s / 60).max(1).to_string(),
            lignes_mortes: limits.lignes_mortes_max.to_string(),
        }
    }
}

/// The guard of the heavy readings.
pub fn heavy(frame: &Frame, form: &HeavyForm, errors: &[(&'static str, String)]) -> Markup {
    let body = html! {
        section class="etroite" {
            h1 { "Grandes lectures" }
            (error_summary(errors))
            p { "Un grand export ou un import lit longtemps : pendant ce temps la base ne peut pas nettoyer ses tables les plus écrites, et tout ralentit. Gardel en fait donc peu à la fois, et attend quand autre chose retient déjà la base ; au bout d’une demi-heure il commence quand même." }
            form method="post" action="/travaux/lectures" {
                (number_field("simultanees", "Grandes lectures à la fois", &form.simultanees, "1 convient presque toujours.", true, errors))
                (number_field("age_max", "Âge de la plus vieille opération au-delà duquel attendre, en minutes", &form.age_max, "Une sauvegarde ou un calcul en cours, par exemple.", true, errors))
                (number_field("lignes_mortes", "Lignes mortes d’une table au-delà desquelles attendre", &form.lignes_mortes, "PostgreSQL les retire dès que rien ne les retient.", true, errors))
                p class="actions" { button class="bouton principal" type="submit" { "Enregistrer" } a class="bouton" href="/travaux/files" { "Revenir aux files" } }
            }
        }
    };
    layout::page(frame, "Grandes lectures", &body)
}
