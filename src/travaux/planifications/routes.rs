//! Routes of the schedules.

use maud::Markup;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes};
use serde_json::{Value, json};

use super::views::{self, TimesForm};
use crate::comptes::{Envoi, Exploitant, Personne};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::platform::jobs::schedules::{self, Missed, Schedule, ScheduleError};
use crate::ui::reply::OrForm;

/// Schedules shown on the page.
const SHOWN_MAX: i64 = 500;
/// Longest spread an operator may choose, in minutes.
const SPREAD_MINUTES_MAX: i32 = schedules::SPREAD_SECONDS_MAX / 60;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![list, file, set_times, pause, resume, run_now, reset]
}

#[derive(FromForm)]
struct Posted<'r> {
    expression: &'r str,
    rattrapage: &'r str,
    etalement: &'r str,
}

async fn known(context: &Context, id: i64) -> Result<Schedule> {
    schedules::find(&context.db.statement(), id)
        .await?
        .ok_or_else(|| Error::not_found("Cette planification n’existe pas ou n’existe plus. Revenez à la liste des planifications."))
}

fn told(error: ScheduleError) -> Error {
    match error {
        ScheduleError::Invalid(sentence) => Error::invalid(sentence),
        ScheduleError::Sqlx(error) => error.into(),
    }
}

async fn note(write: &mut Write, personne: &Personne, schedule: &Schedule, detail: &Value) -> Result<()> {
    Ok(journal::note(&mut write.tx, &personne.actor, Action::Job, "planification", &schedule.id.to_string(), detail).await?)
}

fn back(id: i64, sentence: impl Into<String>) -> Flash<Redirect> {
    Flash::success(Redirect::to(format!("/travaux/planifications/{id}")), sentence)
}

#[get("/travaux/planifications")]
async fn list(exploitant: Exploitant, context: &State<Context>) -> Result<Markup> {
    let schedules = schedules::all(&context.db.statement(), SHOWN_MAX).await?;
    Ok(views::list(&exploitant.0.frame, &schedules))
}

#[get("/travaux/planifications/<id>")]
async fn file(exploitant: Exploitant, id: i64, context: &State<Context>) -> Result<Markup> {
    let schedule = known(context, id).await?;
    Ok(views::file(&exploitant.0.frame, &schedule, &TimesForm::of(&schedule), &[]))
}

#[post("/travaux/planifications/<id>/echeances", data = "<posted>")]
async fn set_times(exploitant: Exploitant, id: i64, posted: Envoi<Posted<'_>>, context: &State<Context>) -> OrForm<Flash<Redirect>> {
    let schedule = known(context, id).await?;
    let form = TimesForm { expression: posted.expression.into(), rattrapage: posted.rattrapage.into(), etalement: posted.etalement.into() };
    let refused =
        |errors: &[(&'static str, String)]| Ok(Err((Status::UnprocessableEntity, views::file(&exploitant.0.frame, &schedule, &form, errors))));
    let Some(missed) = Missed::from_code(posted.rattrapage) else {
        return refused(&[("rattrapage", "Choisissez ce que deviennent les échéances manquées.".into())]);
    };
    let minutes = match form.etalement.trim().parse::<i32>() {
        Ok(minutes @ 0..=SPREAD_MINUTES_MAX) => minutes,
        _ => return refused(&[("etalement", format!("Donnez un nombre de minutes entre 0 et {SPREAD_MINUTES_MAX}."))]),
    };
    let mut write = context.db.write().await?;
    match schedules::set_times(&mut write, id, &form.expression, missed, minutes * 60).await {
        Ok(true) => {}
        Ok(false) => return Err(Error::not_found("Cette planification vient d’être supprimée.")),
        Err(ScheduleError::Invalid(sentence)) => {
            write.rollback().await?;
            return refused(&[("expression", sentence)]);
        }
        Err(ScheduleError::Sqlx(error)) => return Err(error.into()),
    }
    let detail = json!({"action": "réglage", "planification": schedule.nom, "avant": schedule.expression, "apres": form.expression});
    note(&mut write, &exploitant.0, &schedule, &detail).await?;
    write.commit().await?;
    Ok(Ok(back(id, "Les échéances sont enregistrées.")))
}

async fn set_active(exploitant: &Exploitant, id: i64, active: bool, context: &Context) -> Result<Flash<Redirect>> {
    let schedule = known(context, id).await?;
    let mut write = context.db.write().await?;
    schedules::set_active(&mut write, id, active).await.map_err(told)?;
    let action = if active { "reprise" } else { "pause" };
    note(&mut write, &exploitant.0, &schedule, &json!({"action": action, "planification": schedule.nom})).await?;
    write.commit().await?;
    Ok(back(id, if active { "La planification reprend à sa prochaine échéance." } else { "La planification est en pause." }))
}

#[post("/travaux/planifications/<id>/pause")]
async fn pause(exploitant: Exploitant, id: i64, context: &State<Context>) -> Result<Flash<Redirect>> {
    set_active(&exploitant, id, false, context).await
}

#[post("/travaux/planifications/<id>/reprise")]
async fn resume(exploitant: Exploitant, id: i64, context: &State<Context>) -> Result<Flash<Redirect>> {
    set_active(&exploitant, id, true, context).await
}

#[post("/travaux/planifications/<id>/lancement")]
async fn run_now(exploitant: Exploitant, id: i64, context: &State<Context>) -> Result<Flash<Redirect>> {
    let schedule = known(context, id).await?;
    let mut write = context.db.write().await?;
    let Some(job) = schedules::run_now(&mut write, id).await? else {
        return Err(Error::Conflict("Le dernier travail de cette planification n’est pas fini : attendez sa fin, ou annulez-le.".into()));
    };
    note(&mut write, &exploitant.0, &schedule, &json!({"action": "lancement", "planification": schedule.nom, "travail": job})).await?;
    write.commit().await?;
    Ok(Flash::success(Redirect::to(format!("/travaux/{job}")), "Le travail est lancé, sans attendre son échéance."))
}

#[post("/travaux/planifications/<id>/origine")]
async fn reset(exploitant: Exploitant, id: i64, context: &State<Context>) -> Result<Flash<Redirect>> {
    let schedule = known(context, id).await?;
    let mut write = context.db.write().await?;
    if !schedules::reset(&mut write, id).await? {
        return Err(Error::Conflict("Il n’y a pas de réglage à oublier, ou la planification est en pause : reprenez-la d’abord.".into()));
    }
    note(&mut write, &exploitant.0, &schedule, &json!({"action": "réglage d’origine", "planification": schedule.nom})).await?;
    write.commit().await?;
    Ok(back(id, "Le réglage du programme s’appliquera au prochain démarrage d’un ouvrier."))
}
