//! Routes of the scheduled exports: one's own, and nobody else's.

use maud::Markup;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes};
use serde_json::json;

use super::jobs::ExportProgramme;
use super::model::{Checked, Draft, PROGRAMMES_MAX, Programme, SPREAD_SECONDS};
use super::queries::{self, Added, Place};
use super::views;
use crate::comptes::{Envoi, Personne};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::{Query, covered};
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::platform::jobs::Requester;
use crate::platform::jobs::schedules::{self, NewSchedule, ScheduleError};
use crate::ui::layout;
use crate::ui::reply::OrForm;
use crate::vues::{Asker, Vue, all, one};

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![list, new, create, file, change, run_now, pause, remove]
}

/// Done, or the form again with what is wrong.
#[derive(FromForm)]
struct Typed<'r> {
    vue: &'r str,
    format: &'r str,
    quand: &'r str,
    heure: &'r str,
    garder: &'r str,
    version: Option<i32>,
}

#[derive(FromForm)]
struct Pause {
    suspendre: bool,
}

#[derive(FromForm)]
struct Confirmed {
    confirme: Option<bool>,
}

impl Typed<'_> {
    fn draft(&self) -> Draft {
        let short = |text: &str| text.chars().take(20).collect();
        Draft {
            vue: short(self.vue),
            format: short(self.format),
            quand: short(self.quand),
            heure: short(self.heure),
            garder: short(self.garder),
            errors: Vec::new(),
        }
    }
}

impl From<ScheduleError> for Error {
    fn from(error: ScheduleError) -> Self {
        match error {
            ScheduleError::Invalid(sentence) => Self::invalid(sentence),
            ScheduleError::Sqlx(error) => error.into(),
        }
    }
}

fn unknown() -> Error {
    Error::out_of_reach("Cet export programmé n’existe pas ou n’existe plus. Revenez à « Exports programmés ».")
}

async fn found(context: &Context, personne: &Personne, id: i64) -> Result<Programme> {
    queries::one(&context.db, personne.reader.user_id, id).await?.ok_or_else(unknown)
}

/// The views that the person may have exported.
async fn exportable(context: &Context, personne: &Personne) -> Result<Vec<Vue>> {
    let views = all(&context.db, &Asker::new(&personne.reader, context.catalogue.lists()), None).await?;
    Ok(views.into_iter().filter(|vue| context.catalogue.exportable(&vue.liste).is_some()).collect())
}

/// Checks a draft, the view included.
async fn check(context: &Context, personne: &Personne, draft: &mut Draft) -> Result<Option<(Vue, Checked)>> {
    let checked = draft.check();
    let vue = match draft.vue.parse() {
        Ok(id) => one(&context.db, &Asker::new(&personne.reader, context.catalogue.lists()), id)
            .await?
            .filter(|vue| context.catalogue.exportable(&vue.liste).is_some()),
        Err(_) => None,
    };
    if vue.is_none() {
        draft.errors.insert(0, ("vue", "Choisissez une de vos vues, ou une vue partagée avec vous.".into()));
    }
    Ok(vue.zip(checked))
}

fn schedule(id: i64, vue: &Vue, checked: &Checked, owner: Requester) -> Result<NewSchedule> {
    let job = ExportProgramme { programme: id, titre: format!("Export programmé de la vue « {} »", vue.nom) };
    Ok(NewSchedule::of(format!("export-programme:{id}"), &checked.when.expression(), &job)?.spread(SPREAD_SECONDS).owned_by(owner))
}

fn owner(personne: &Personne, place: &Place) -> Requester {
    Requester { user_id: Some(personne.reader.user_id), collectivite_id: place.collectivite_id }
}

/// Whose a scheduled export of `vue` is: what it speaks of with the rights of today.
async fn place(context: &Context, personne: &Personne, vue: &Vue) -> Result<Place> {
    let communes = match context.catalogue.exportable(&vue.liste) {
        Some(list) => {
            let reopened = Query::reopen(list, &vue.requete, context.clock.today());
            covered(&context.db, &context.choices, &reopened.query, &personne.reader).await?
        }
        None => Vec::new(),
    };
    let collectivite_id = journal::place(context.db.statement(), &communes, personne.principale).await?;
    Ok(Place { collectivite_id, communes })
}

async fn note(write: &mut Write, personne: &Personne, action: Action, (id, communes): (i64, &[String]), detail: &serde_json::Value) -> Result<()> {
    Ok(journal::note_about(&mut write.tx, &personne.actor, action, ("export programmé", &id.to_string()), detail, communes).await?)
}

fn facts(vue: &Vue, checked: &Checked) -> serde_json::Value {
    json!({"vue": vue.nom, "liste": vue.liste, "format": checked.format.code(), "quand": checked.when.in_words(), "garder": checked.garder})
}

#[get("/programmes")]
async fn list(personne: Personne, context: &State<Context>) -> Result<Markup> {
    let programmes = queries::mine(&context.db, personne.reader.user_id).await?;
    Ok(layout::page(&personne.frame, "Exports programmés", &views::list(&programmes, &context.catalogue)))
}

#[get("/programmes/nouveau?<vue>")]
async fn new(personne: Personne, vue: Option<i64>, context: &State<Context>) -> Result<Markup> {
    let views = exportable(context, &personne).await?;
    Ok(layout::page(&personne.frame, "Programmer un export", &views::new(&views, &context.catalogue, &Draft::new(vue))))
}

#[post("/programmes", data = "<form>")]
async fn create(personne: Personne, form: Envoi<Typed<'_>>, context: &State<Context>) -> OrForm<Flash<Redirect>> {
    let mut draft = form.draft();
    if let Some((vue, checked)) = check(context, &personne, &mut draft).await? {
        let place = place(context, &personne, &vue).await?;
        let mut write = context.db.write().await?;
        let done = |id: i64, said: String| Ok(Ok(Flash::success(Redirect::to(format!("/programmes/{id}")), said)));
        match queries::insert(&mut write.tx, personne.reader.user_id, &place, &vue, &checked).await? {
            Added::New(id) => {
                let schedule = schedules::insert(&mut write, &schedule(id, &vue, &checked, owner(&personne, &place))?).await?;
                queries::attach(&mut write.tx, id, schedule).await?;
                note(&mut write, &personne, Action::Create, (id, &place.communes), &facts(&vue, &checked)).await?;
                write.commit().await?;
                return done(id, format!("Export programmé : {}. Un avis vous dira quand chaque fichier est prêt.", checked.when.in_words()));
            }
            Added::Known(id) => {
                write.rollback().await?;
                return done(id, format!("Cet export est déjà programmé : {}. Il n’y en a qu’un.", checked.when.in_words()));
            }
            Added::TooMany => write.rollback().await?,
        }
        draft.errors.push(("vue", format!("Vous avez déjà {PROGRAMMES_MAX} exports programmés. Supprimez-en un, puis recommencez.")));
    }
    let views = exportable(context, &personne).await?;
    let page = layout::page(&personne.frame, "Programmer un export", &views::new(&views, &context.catalogue, &draft));
    Ok(Err((Status::UnprocessableEntity, page)))
}

#[get("/programmes/<id>")]
async fn file(personne: Personne, id: i64, context: &State<Context>) -> Result<Markup> {
    let programme = found(context, &personne, id).await?;
    let draft = Draft::of(&programme);
    page(&personne, context, &programme, &draft).await
}

async fn page(personne: &Personne, context: &Context, programme: &Programme, draft: &Draft) -> Result<Markup> {
    let views = exportable(context, personne).await?;
    let runs = queries::runs(&context.db, programme.id).await?;
    let body = views::file(programme, &runs, &views, &context.catalogue, draft);
    Ok(layout::page(&personne.frame, &views::title(programme), &body))
}

#[post("/programmes/<id>", data = "<form>")]
async fn change(personne: Personne, id: i64, form: Envoi<Typed<'_>>, context: &State<Context>) -> OrForm<Flash<Redirect>> {
    let before = found(context, &personne, id).await?;
    let mut draft = form.draft();
    let Some((vue, checked)) = check(context, &personne, &mut draft).await? else {
        return Ok(Err((Status::UnprocessableEntity, page(&personne, context, &before, &draft).await?)));
    };
    let place = place(context, &personne, &vue).await?;
    let mut write = context.db.write().await?;
    let version = (id, form.version.unwrap_or_default());
    if !queries::change(&mut write.tx, personne.reader.user_id, version, &place, (&vue, &checked)).await? {
        write.rollback().await?;
        let now = found(context, &personne, id).await?;
        let sentence = format!(
            "Cet export a été modifié entre-temps, par vous dans une autre page ou par Gardel : il est maintenant fait {}, de la vue « {} ». Votre saisie est gardée : enregistrez de nouveau si elle doit le remplacer.",
            now.when().in_words(),
            now.vue_nom
        );
        draft.errors.push(("quand", sentence));
        return Ok(Err((Status::Conflict, page(&personne, context, &now, &draft).await?)));
    }
    if let Some(planned) = before.planification_id {
        schedules::update(&mut write, planned, &schedule(id, &vue, &checked, owner(&personne, &place))?).await?;
    }
    note(&mut write, &personne, Action::Change, (id, &place.communes), &facts(&vue, &checked)).await?;
    write.commit().await?;
    Ok(Ok(Flash::success(Redirect::to(format!("/programmes/{id}")), "Export programmé enregistré.")))
}

#[post("/programmes/<id>/lancement")]
async fn run_now(personne: Personne, id: i64, context: &State<Context>) -> Result<Flash<Redirect>> {
    let programme = found(context, &personne, id).await?;
    let planned = programme.planification_id.ok_or_else(unknown)?;
    let mut write = context.db.write().await?;
    journal::within(context, &mut write.tx, &personne.actor, journal::Borne::Exports).await?;
    if schedules::run_now(&mut write, planned).await?.is_none() {
        return Err(Error::Conflict("Le dernier lancement n’est pas encore parti. Attendez quelques secondes, puis rouvrez cette page.".into()));
    }
    note(&mut write, &personne, Action::Job, (id, &programme.communes), &json!({"action": "lancement", "vue": programme.vue_nom})).await?;
    write.commit().await?;
    Ok(Flash::success(Redirect::to(format!("/programmes/{id}")), "L’export est lancé. Un avis vous dira quand le fichier est prêt."))
}

#[post("/programmes/<id>/pause", data = "<form>")]
async fn pause(personne: Personne, id: i64, form: Envoi<Pause>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let programme = found(context, &personne, id).await?;
    let planned = programme.planification_id.ok_or_else(unknown)?;
    let mut write = context.db.write().await?;
    queries::set_reason(&mut write.tx, id, None).await?;
    schedules::set_active(&mut write, planned, !form.suspendre).await?;
    let action = if form.suspendre { "suspension" } else { "reprise" };
    note(&mut write, &personne, Action::Change, (id, &programme.communes), &json!({"action": action, "vue": programme.vue_nom})).await?;
    write.commit().await?;
    let said = if form.suspendre { "Export suspendu. Les fichiers déjà faits restent." } else { "L’export reprend à sa prochaine échéance." };
    Ok(Flash::success(Redirect::to(format!("/programmes/{id}")), said))
}

#[post("/programmes/<id>/suppression", data = "<form>")]
async fn remove(personne: Personne, id: i64, form: Envoi<Confirmed>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let programme = found(context, &personne, id).await?;
    if form.confirme != Some(true) {
        return Err(Error::invalid("Cochez « Je confirme » pour supprimer cet export programmé, ou suspendez-le."));
    }
    let mut write = context.db.write().await?;
    if let Some(planned) = programme.planification_id {
        schedules::remove(&mut write, planned).await?;
    }
    queries::remove(&mut write.tx, personne.reader.user_id, id).await?;
    note(&mut write, &personne, Action::Change, (id, &programme.communes), &json!({"suppression": true, "vue": programme.vue_nom})).await?;
    write.commit().await?;
    Ok(Flash::success(Redirect::to("/programmes"), "Export programmé supprimé. Ses fichiers restent dans « Mes exports » jusqu’à leur expiration."))
}
