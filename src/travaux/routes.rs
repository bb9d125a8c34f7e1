//! Routes of the jobs.

use maud::Markup;
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes};
use serde_json::json;
use sqlx::PgConnection;

use super::views::{self, File};
use crate::comptes::{Envoi, Personne};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::{Module, Niveau, Reader};
use crate::platform::error::{Error, Result};
use crate::platform::http::{Flash, Wants};
use crate::platform::jobs::table;
use crate::ui::layout;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![file, cancel, retry]
}

#[derive(FromForm)]
struct Back<'r> {
    retour: Option<&'r str>,
}

/// The right to a job, in one place: `$2` runs the installation, `$3` person, `$4` collectivités that they answer for.
const MINE: &str = "($2 OR j.collectivite_id = ANY($4) OR j.requested_by = $3)";

/// A job as the reader sees it, and what they may do of it; with `held`, nobody changes it until the end of the transaction.
async fn known(connection: &mut PgConnection, reader: &Reader, id: i64, held: bool) -> Result<File> {
    let sql = format!(
        "SELECT j.id, queue, title, state, attempts, max_attempts, done, total, error, worker, cancel_requested, u.nom AS requester,
             created_at, run_at, started_at, finished_at, extract(epoch FROM now() - started_at)::bigint AS seconds,
             job_devant(j.id) AS devant, job_motif(j.id) AS motif, j.collectivite_id, j.name,
             (j.requested_by IS NOT NULL AND j.requested_by <> $3) AS d_un_autre,
             ($2 OR coalesce(j.collectivite_id = ANY($5), false)) AS gere, ($2 OR j.requested_by = $3 OR coalesce(j.collectivite_id = ANY($5), false)) AS agit,
             CASE WHEN j.name = 'export' THEN '/exports/' || (j.payload->>'export')
                  WHEN j.name = 'import' THEN '/imports/' || (j.payload->>'import')
                  WHEN j.name IN ('action_en_masse', 'annulation') THEN '/actions/' || (j.payload->>'action') END AS page
         FROM job j LEFT JOIN utilisateur u ON u.id = j.requested_by WHERE j.id = $1 AND {MINE}{}",
        if held { " FOR UPDATE OF j" } else { "" }
    );
    sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(id)
        .bind(reader.exploitant)
        .bind(reader.user_id)
        .bind(reader.collectivites(Module::Administration))
        .bind(reader.at(Niveau::Gerer).collectivites(Module::Administration))
        .fetch_optional(connection)
        .await?
        .ok_or_else(|| Error::out_of_reach("Ce travail n’existe pas ou n’est pas dans votre périmètre."))
}

#[get("/travaux/<id>")]
async fn file(personne: Personne, id: i64, wants: Wants, context: &State<Context>) -> Result<Markup> {
    let job = known(&mut *context.db.statement().acquire().await?, &personne.reader, id, false).await?;
    Ok(match wants {
        Wants::Fragment => views::status(&job),
        Wants::Page => layout::page_with_head(&personne.frame, &job.title, &views::head(&job), &views::page(&job)),
    })
}

#[post("/travaux/<id>/annulation", data = "<form>")]
async fn cancel(personne: Personne, id: i64, form: Envoi<Back<'_>>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let mut write = context.db.write().await?;
    let job = known(&mut write.tx, &personne.reader, id, true).await?;
    if !job.agit {
        return Err(Error::forbidden("Ce travail est celui de quelqu’un d’autre\u{a0}: vous le voyez, vous ne l’arrêtez pas."));
    }
    if !job.is_moving() {
        return Err(Error::Conflict("Ce travail est déjà terminé : il n’y a plus rien à annuler.".into()));
    }
    table::request_cancel(&mut write.tx, id).await?;
    write.tell_cancelled(id);
    journal::note(&mut write.tx, &personne.actor.at(job.collectivite_id), Action::Job, "travail", &id.to_string(), &json!({"action": "annulation"}))
        .await?;
    write.commit().await?;
    let back = |room: &'static str| form.retour.and_then(|place| Some(format!("{room}{}", place.strip_prefix(room)?.parse::<i64>().ok()?)));
    if let Some(import) = back("/imports/") {
        let said = "L’arrêt est demandé\u{a0}: le travail s’arrête à la fin du lot en cours, et ce qui est fait reste fait.";
        return Ok(Flash::success(Redirect::to(import), said));
    }
    let place = back("/exports/").or_else(|| back("/actions/")).unwrap_or_else(|| format!("/travaux/{id}"));
    Ok(Flash::success(Redirect::to(place), "L’annulation est demandée."))
}

#[post("/travaux/<id>/reprise")]
async fn retry(personne: Personne, id: i64, context: &State<Context>) -> Result<Flash<Redirect>> {
    let mut write = context.db.write().await?;
    let job = known(&mut write.tx, &personne.reader, id, true).await?;
    if !job.gere {
        return Err(Error::forbidden("Relancer un travail est réservé aux administrateurs et aux exploitants."));
    }
    if job.is_moving() {
        return Err(Error::Conflict("Ce travail est déjà en route.".into()));
    }
    if let Some(why) = job.sans_relance() {
        return Err(Error::forbidden(why));
    }
    match table::retry(&mut write.tx, id).await {
        Ok(true) => {}
        Ok(false) => return Err(Error::Conflict("Seul un travail échoué ou annulé peut être relancé.".into())),
        Err(error) if error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation) => {
            return Err(Error::Conflict("Un travail identique est déjà en route.".into()));
        }
        Err(error) => return Err(error.into()),
    }
    journal::note(&mut write.tx, &personne.actor.at(job.collectivite_id), Action::Job, "travail", &id.to_string(), &json!({"action": "reprise"}))
        .await?;
    write.wake_workers();
    write.commit().await?;
    Ok(Flash::success(Redirect::to(format!("/travaux/{id}")), "Le travail est relancé ; il reprend où il s’était arrêté."))
}
