//! Routes of the queues.

use maud::Markup;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes};
use serde_json::json;

use super::views::{self, Board, HeavyForm, LimitsForm};
use crate::comptes::{Envoi, Exploitant, Personne};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::http::{Flash, Wants};
use crate::platform::jobs::table::{self, COUNTED_MAX, HeavyLimits, QueueState};
use crate::ui::reply::OrForm;

/// Failed jobs changed by one transaction, and by one click.
const BATCH: i64 = 500;
const CLICK_MAX: u64 = 10_000;
/// Largest limit of a queue.
const LIMIT_MAX: i32 = 1_000;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![board, queue, pause, resume, set_limits, heavy, set_heavy, retry_group, discard_group]
}

async fn states(context: &Context) -> Result<Vec<QueueState>> {
    Ok(table::queue_states(&context.db.statement()).await?)
}

async fn known(context: &Context, queue: &str) -> Result<QueueState> {
    let found = states(context).await?.into_iter().find(|state| state.queue == queue);
    found.ok_or_else(|| Error::not_found("Cette file n’existe pas. Revenez à la page des files."))
}

#[get("/travaux/files")]
async fn board(exploitant: Exploitant, wants: Wants, context: &State<Context>) -> Result<Markup> {
    let asked = context.db.statement();
    let pool = &asked;
    let board = Board {
        now: table::now(pool).await?,
        queues: states(context).await?,
        measured: table::measured(pool).await?,
        workers: table::workers(pool).await?,
        running: table::running_jobs(pool).await?,
        counted_max: COUNTED_MAX,
    };
    match wants {
        Wants::Fragment => Ok(views::status(&board)),
        Wants::Page => {
            let groups = table::failure_groups(&context.db.statement()).await?;
            Ok(views::board(&exploitant.0.frame, &board, &groups))
        }
    }
}

#[get("/travaux/files/<file>")]
async fn queue(exploitant: Exploitant, file: &str, context: &State<Context>) -> Result<Markup> {
    let state = known(context, file).await?;
    Ok(views::queue(&exploitant.0.frame, &state, &LimitsForm::of(&state), &[]))
}

async fn note(write: &mut Write, personne: &Personne, object: &str, id: &str, detail: &serde_json::Value) -> Result<()> {
    Ok(journal::note(&mut write.tx, &personne.actor, Action::Job, object, id, detail).await?)
}

async fn set_paused(exploitant: &Exploitant, file: &str, paused: bool, context: &Context) -> Result<Flash<Redirect>> {
    let state = known(context, file).await?;
    if state.en_pause == paused {
        return Err(Error::Conflict(if paused { "Cette file est déjà en pause." } else { "Cette file est déjà ouverte." }.into()));
    }
    let mut write = context.db.write().await?;
    table::set_paused(&mut write.tx, file, paused, &exploitant.0.nom).await?;
    note(&mut write, &exploitant.0, "file", file, &json!({"action": if paused { "pause" } else { "reprise" }})).await?;
    write.wake_queue(file);
    write.commit().await?;
    let sentence = if paused {
        "La file est en pause : ce qui est en cours va à son terme, rien d’autre ne commence."
    } else {
        "La file est ouverte : ses travaux reprennent."
    };
    Ok(Flash::success(Redirect::to(format!("/travaux/files/{file}")), sentence))
}

#[post("/travaux/files/<file>/pause")]
async fn pause(exploitant: Exploitant, file: &str, context: &State<Context>) -> Result<Flash<Redirect>> {
    set_paused(&exploitant, file, true, context).await
}

#[post("/travaux/files/<file>/reprise")]
async fn resume(exploitant: Exploitant, file: &str, context: &State<Context>) -> Result<Flash<Redirect>> {
    set_paused(&exploitant, file, false, context).await
}

#[derive(FromForm)]
struct PostedLimits<'r> {
    globale: &'r str,
    par_personne: &'r str,
}

/// An empty field is no limit.
fn limit(text: &str) -> std::result::Result<Option<i32>, String> {
    match text.trim() {
        "" => Ok(None),
        text => match text.parse::<i32>() {
            Ok(limit @ 1..=LIMIT_MAX) => Ok(Some(limit)),
            _ => Err(format!("Donnez un nombre entre 1 et {LIMIT_MAX}, ou rien pour ne pas limiter.")),
        },
    }
}

#[post("/travaux/files/<file>/limites", data = "<posted>")]
async fn set_limits(exploitant: Exploitant, file: &str, posted: Envoi<PostedLimits<'_>>, context: &State<Context>) -> OrForm<Flash<Redirect>> {
    let state = known(context, file).await?;
    let (global, per_user) = match (limit(posted.globale), limit(posted.par_personne)) {
        (Ok(global), Ok(per_user)) => (global, per_user),
        (global, per_user) => {
            let errors: Vec<(&'static str, String)> =
                [("globale", global.err()), ("par_personne", per_user.err())].into_iter().filter_map(|(name, error)| Some((name, error?))).collect();
            let form = LimitsForm { globale: posted.globale.into(), par_personne: posted.par_personne.into() };
            return Ok(Err((Status::UnprocessableEntity, views::queue(&exploitant.0.frame, &state, &form, &errors))));
        }
    };
    let mut write = context.db.write().await?;
    table::set_limits(&mut write.tx, file, global, per_user).await?;
    let detail = json!({"action": "limites", "avant": [state.limite_globale, state.limite_par_personne], "apres": [global, per_user]});
    note(&mut write, &exploitant.0, "file", file, &detail).await?;
    write.wake_queue(file);
    write.commit().await?;
    Ok(Ok(Flash::success(Redirect::to(format!("/travaux/files/{file}")), "Les limites sont enregistrées ; ce qui est en cours va à son terme.")))
}

#[get("/travaux/lectures")]
async fn heavy(exploitant: Exploitant, context: &State<Context>) -> Result<Markup> {
    let limits = table::heavy_limits(&context.db.statement()).await?;
    Ok(views::heavy(&exploitant.0.frame, &HeavyForm::of(&limits), &[]))
}

#[derive(FromForm)]
struct PostedHeavy<'r> {
    simultanees: &'r str,
    age_max: &'r str,
    lignes_mortes: &'r str,
}

#[post("/travaux/lectures", data = "<posted>")]
async fn set_heavy(exploitant: Exploitant, posted: Envoi<PostedHeavy<'_>>, context: &State<Context>) -> OrForm<Flash<Redirect>> {
    let mut errors = Vec::new();
    let mut number = |name: &'static str, text: &str, range: std::ops::RangeInclusive<i64>| match text.trim().parse::<i64>() {
        Ok(number) if range.contains(&number) => number,
        _ => {
            errors.push((name, format!("Donnez un nombre entre {} et {}.", range.start(), range.end())));
            0
        }
    };
    let simultanees = number("simultanees", posted.simultanees, 1..=16);
    let minutes = number("age_max", posted.age_max, 1..=1_440);
    let lignes_mortes_max = number("lignes_mortes", posted.lignes_mortes, 1_000..=100_000_000);
    if !errors.is_empty() {
        let form = HeavyForm { simultanees: posted.simultanees.into(), age_max: posted.age_max.into(), lignes_mortes: posted.lignes_mortes.into() };
        return Ok(Err((Status::UnprocessableEntity, views::heavy(&exploitant.0.frame, &form, &errors))));
    }
    let small = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
    let limits = HeavyLimits { simultanees: small(simultanees), age_max_s: small(minutes * 60), lignes_mortes_max };
    let mut write = context.db.write().await?;
    table::set_heavy_limits(&mut write.tx, &limits).await?;
    let detail = json!({"action": "limites", "simultanees": simultanees, "age_max_min": minutes, "lignes_mortes": lignes_mortes_max});
    note(&mut write, &exploitant.0, "grandes lectures", "", &detail).await?;
    write.wake_workers();
    write.commit().await?;
    Ok(Ok(Flash::success(Redirect::to("/travaux/files"), "La garde des grandes lectures est enregistrée.")))
}

#[derive(FromForm)]
struct Group<'r> {
    travail: &'r str,
    cause: &'r str,
}

/// Changes a group by transactions of [`BATCH`], each with its line in the journal.
async fn change_group(exploitant: &Exploitant, group: &Group<'_>, retry: bool, context: &Context) -> Result<u64> {
    let mut changed = 0;
    loop {
        let mut write = context.db.write().await?;
        let count = if retry {
            table::retry_many(&mut write.tx, group.travail, group.cause, BATCH).await
        } else {
            table::discard(&mut write.tx, group.travail, group.cause, BATCH).await
        };
        let count = match count {
            Ok(0) => return Ok(changed),
            Ok(count) => count,
            Err(error) if error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation) => {
                return Err(Error::Conflict(
                    format!("{changed} travaux ont été relancés, puis un travail identique est apparu : recommencez.").into(),
                ));
            }
            Err(error) => return Err(error.into()),
        };
        let action = if retry { "reprise" } else { "écart" };
        let detail = json!({"action": action, "travail": group.travail, "cause": group.cause, "nombre": count});
        note(&mut write, &exploitant.0, "échecs", group.travail, &detail).await?;
        write.wake_workers();
        write.commit().await?;
        changed += count;
        if changed >= CLICK_MAX {
            return Ok(changed);
        }
    }
}

fn counted(count: u64, one: &str, many: &str) -> Flash<Redirect> {
    let sentence = match count {
        0 => "Rien n’a changé : ces travaux ne sont plus en échec, ou des travaux identiques sont en route.".into(),
        1 => format!("1 travail {one}."),
        CLICK_MAX.. => format!("{count} travaux {many} ; recommencez pour la suite."),
        _ => format!("{count} travaux {many}."),
    };
    Flash::success(Redirect::to("/travaux/files"), sentence)
}

#[post("/travaux/echecs/reprise", data = "<group>")]
async fn retry_group(exploitant: Exploitant, group: Envoi<Group<'_>>, context: &State<Context>) -> Result<Flash<Redirect>> {
    Ok(counted(change_group(&exploitant, &group, true, context).await?, "relancé", "relancés"))
}

#[post("/travaux/echecs/ecart", data = "<group>")]
async fn discard_group(exploitant: Exploitant, group: Envoi<Group<'_>>, context: &State<Context>) -> Result<Flash<Redirect>> {
    Ok(counted(change_group(&exploitant, &group, false, context).await?, "écarté", "écartés"))
}
