//! The run of a scheduled export, and what its file tells when it ends.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;

use super::model::{Due, RYTHMES};
use super::queries;
use crate::avis::{self, Notice};
use crate::context::Context;
use crate::exports::{Asking, End, Followup, ToExport, ask};
use crate::journal::{self, Action, Actor};
use crate::listing::{Format, Query, Reader, covered, describe};
use crate::platform::jobs::{GaveUp, Job, JobError, Outcome, Requester, Run, schedules};
use crate::ui::format;
use crate::vues::{self, Asker};

/// Days a file stays beyond the time of those that replace it.
const SLACK_DAYS: i32 = 7;
/// Longest cause told in a notice.
const CAUSE_CHARS_MAX: usize = 300;

/// Asks for the file of a scheduled export, in the name of its person.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExportProgramme {
    /// Its number.
    pub programme: i64,
    /// Title for the jobs page.
    pub titre: String,
}

/// What a run asks for, once everything was looked at.
struct Ready {
    reader: Reader,
    query: Query,
    words: String,
    format: Format,
}

impl Job for ExportProgramme {
    type Context = Context;
    const NAME: &'static str = "export_programme";
    const QUEUE: &'static str = "notifications";

    fn title(&self) -> String {
        self.titre.clone()
    }

    async fn run(&self, context: &Context, run: &Run) -> Result<Outcome, JobError> {
        let db = &context.db;
        let Some(due) = queries::due(db, self.programme).await? else {
            return Ok(Outcome::Cancel("Cet export programmé n’existe plus.".into()));
        };
        if queries::has_run(db, run.id).await? {
            // Killed after its commit: the file was asked for already.
            return Ok(Outcome::Done);
        }
        match ready(context, &due).await? {
            Ok(ready) => start(context, run, &due, &ready).await,
            Err(reason) => pause(context, run, &due, &reason).await,
        }
    }

    async fn gave_up(&self, context: &Context, end: GaveUp, cause: &str) {
        let told = async {
            let Some(due) = queries::due(&context.db, self.programme).await? else { return Ok(()) };
            let text = match end {
                GaveUp::Failed => format!("L’export programmé de la vue « {} » n’a pas pu partir : {}", due.vue_nom, cut(cause)),
                GaveUp::Cancelled => return Ok(()),
            };
            let mut write = context.db.write().await?;
            let notice = Notice { ton: "erreur", texte: &text, lien: &address(due.id) };
            avis::add(&mut write.tx, due.utilisateur_id, &notice).await?;
            write.commit().await
        };
        if let Err(error) = told.await {
            tracing::error!(%error, programme = self.programme, "the failure of a scheduled export could not be told");
        }
    }
}

fn address(id: i64) -> String {
    format!("/programmes/{id}")
}

fn cut(cause: &str) -> String {
    let short: String = cause.chars().take(CAUSE_CHARS_MAX).collect();
    if short.len() < cause.len() { format!("{short}…") } else { short }
}

/// Looks at rights, view and format as they are now; otherwise says what no longer holds.
async fn ready(context: &Context, due: &Due) -> Result<Result<Ready, String>, JobError> {
    let refuse = |reason: &str| Ok(Err(reason.to_string()));
    let Some(reader) = crate::comptes::reader_of(&context.db, due.utilisateur_id).await? else {
        return refuse("Votre compte était désactivé.");
    };
    // Who runs the installation has none, and asks for what is everybody's.
    if !reader.exploitant && reader.places().is_empty() {
        return refuse("Vous n’avez plus de droits sur aucune commune.");
    }
    let gone = "La vue n’existe plus, n’est plus partagée avec vous, ou vos droits n’ouvrent plus sa liste.";
    let vue = match due.vue_id {
        Some(id) => vues::one(&context.db, &Asker::new(&reader, context.catalogue.lists()), id).await?,
        None => None,
    };
    let Some(vue) = vue else { return refuse(gone) };
    let Some(list) = context.catalogue.exportable(&vue.liste) else { return refuse("Cette liste ne s’exporte plus.") };
    let Some(format) = Format::from_code(&due.format) else { return refuse("Ce format de fichier n’existe plus. Choisissez-en un autre.") };
    let reopened = Query::reopen(list, &vue.requete, context.clock.today());
    if let Some(sentence) = reopened.sentence() {
        // Without its filter a file would hold other rows than those that were asked for.
        return Ok(Err(sentence));
    }
    let words = describe(&context.desk, &reopened.query, &reader).await?;
    Ok(Ok(Ready { reader, query: reopened.query, words, format }))
}

/// Asks for the file. The run is noted with its job, in the same transaction: once, whatever kills it.
async fn start(context: &Context, run: &Run, due: &Due, ready: &Ready) -> Result<Outcome, JobError> {
    let requester = Requester { user_id: Some(ready.reader.user_id), collectivite_id: due.collectivite_id };
    let communes = covered(&context.db, &context.choices, &ready.query, &ready.reader).await?;
    let mut write = context.db.write().await?;
    run.hold(&mut write.tx).await?;
    let key = format!("export-programme:{}:{}", due.id, run.id);
    let asked = ToExport { query: &ready.query, words: &ready.words, format: ready.format, requester, communes: &communes, key };
    let (Asking::New(export) | Asking::Known(export)) = ask(&mut write, asked).await?;
    if !queries::add_run(&mut write.tx, due.id, run.id, Some(export), "en_cours", "").await? {
        write.rollback().await?;
        return Ok(Outcome::Cancel("Cet export programmé vient d’être supprimé.".into()));
    }
    let actor = Actor {
        id: Some(due.utilisateur_id),
        name: due.demandeur.clone(),
        collectivite_id: due.collectivite_id,
        ip: None,
        request: format!("travail {}", run.id),
    };
    let personal = ready.query.columns.iter().any(|column| column.personal);
    let detail =
        json!({"liste": ready.query.list.name, "filtres": ready.words, "format": ready.format.code(), "personnel": personal, "programme": due.id});
    journal::note_about(&mut write.tx, &actor, Action::Export, ("export", &export.to_string()), &detail, &communes).await?;
    write.commit().await?;
    Ok(Outcome::Done)
}

/// Pauses the schedule, with the reason, and tells its person.
async fn pause(context: &Context, run: &Run, due: &Due, reason: &str) -> Result<Outcome, JobError> {
    let mut write = context.db.write().await?;
    run.hold(&mut write.tx).await?;
    if queries::add_run(&mut write.tx, due.id, run.id, None, "refuse", reason).await? {
        queries::set_reason(&mut write.tx, due.id, Some(reason)).await?;
        if let Some(schedule) = due.planification_id {
            schedules::set_active(&mut write, schedule, false).await.map_err(|error| JobError::Retry(error.to_string()))?;
        }
        let text = format!("L’export programmé de la vue « {} » est suspendu. {reason}", due.vue_nom);
        avis::add(&mut write.tx, due.utilisateur_id, &Notice { ton: "alerte", texte: &text, lien: &address(due.id) }).await?;
        let actor = Actor { name: "Gardel".into(), collectivite_id: due.collectivite_id, request: format!("travail {}", run.id), ..Actor::default() };
        let detail = json!({"suspendu": true, "motif": reason});
        journal::note_about(&mut write.tx, &actor, Action::Change, ("export programmé", &due.id.to_string()), &detail, &due.communes).await?;
    }
    write.commit().await?;
    Ok(Outcome::Cancel(reason.into()))
}

/// What a scheduled export does when a file ends.
pub static SUITE: Followup = Followup(|connection, export, end| {
    Box::pin(async move {
        match end {
            End::Ready(rows) => finished(connection, export, rows).await,
            End::Without(state, cause) => ended(connection, export, state, cause).await,
        }
    })
});

/// The file of an export is ready: when a scheduled one asked for it, its person is told and older files
/// give way. In the transaction that makes it ready, so that neither is lost nor told twice.
async fn finished(connection: &mut PgConnection, export: i64, rows: i64) -> Result<(), sqlx::Error> {
    let Some(run) = queries::end_run(connection, export, "pret", "").await? else { return Ok(()) };
    let period = RYTHMES.iter().find(|(code, ..)| *code == run.rythme).map_or(1, |(_, _, days)| *days);
    queries::keep_last(connection, run.programme_id, export, run.garder, period * i32::from(run.garder) + SLACK_DAYS).await?;
    let text = format!("Votre export programmé de la vue « {} » est prêt : {}.", run.vue_nom, format::counted(rows, "ligne", "lignes"));
    avis::add(connection, run.utilisateur_id, &Notice { ton: "succes", texte: &text, lien: &format!("/exports/{export}") }).await
}

/// An export ended without a file (`echec` or `annule`): when a scheduled one asked for it, its person is
/// told of a failure.
async fn ended(connection: &mut PgConnection, export: i64, state: &str, cause: &str) -> Result<(), sqlx::Error> {
    let Some(run) = queries::end_run(connection, export, state, &cut(cause)).await? else { return Ok(()) };
    if state != "echec" {
        return Ok(());
    }
    let text = format!("Votre export programmé de la vue « {} » a échoué : {}", run.vue_nom, cut(cause));
    avis::add(connection, run.utilisateur_id, &Notice { ton: "erreur", texte: &text, lien: &format!("/exports/{export}") }).await
}
