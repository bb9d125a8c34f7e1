//! The work of a large action and of its undoing, in steps that can each be the last one of a killed
//! worker: a lot, its rank and the lease are written or lost together.

use serde::{Deserialize, Serialize};

use super::etats::Way;
use super::etats::{ARRETE, ECHOUE, SUSPEND};
use super::model::{BulkAction, Row};
use super::queries;
use super::{apply, choix};
use crate::context::Context;
use crate::listing::Reader;
use crate::platform::jobs::{GaveUp, Job, JobError, Outcome, Run};

/// Actions whose rows are forgotten in one upkeep.
const FORGOTTEN_MAX: usize = 20;

/// Gives one value to many rows.
#[derive(Debug, Serialize, Deserialize)]
pub struct ActionEnMasse {
    /// The action.
    pub action: i64,
    /// Title for the jobs page.
    pub titre: String,
}

/// Puts the rows of an action back as they were.
#[derive(Debug, Serialize, Deserialize)]
pub struct Annulation {
    /// The action.
    pub action: i64,
    /// Title for the jobs page.
    pub titre: String,
}

impl Job for ActionEnMasse {
    type Context = Context;
    const NAME: &'static str = "action_en_masse";
    const QUEUE: &'static str = "high_priority";
    const MAX_ATTEMPTS: i32 = 10;

    fn title(&self) -> String {
        self.titre.clone()
    }

    fn unique_key(&self) -> Option<String> {
        Some(format!("action-{}", self.action))
    }

    async fn run(&self, context: &Context, run: &Run) -> Result<Outcome, JobError> {
        Worker::new(context, run, self.action, Way::Forth).run().await
    }

    async fn gave_up(&self, context: &Context, end: GaveUp, cause: &str) {
        give_up(context, self.action, Way::Forth, end, cause).await;
    }
}

impl Job for Annulation {
    type Context = Context;
    const NAME: &'static str = "annulation";
    const QUEUE: &'static str = "high_priority";
    const MAX_ATTEMPTS: i32 = 10;

    fn title(&self) -> String {
        self.titre.clone()
    }

    fn unique_key(&self) -> Option<String> {
        Some(format!("annulation-{}", self.action))
    }

    async fn run(&self, context: &Context, run: &Run) -> Result<Outcome, JobError> {
        Worker::new(context, run, self.action, Way::Back).run().await
    }

    async fn gave_up(&self, context: &Context, end: GaveUp, cause: &str) {
        give_up(context, self.action, Way::Back, end, cause).await;
    }
}

struct Worker<'a> {
    context: &'a Context,
    run: &'a Run,
    id: i64,
    way: Way,
}

impl<'a> Worker<'a> {
    fn new(context: &'a Context, run: &'a Run, id: i64, way: Way) -> Self {
        Self { context, run, id, way }
    }

    async fn row(&self) -> Result<Option<Row>, JobError> {
        let mut connection = self.context.db.statement().acquire().await?;
        Ok(queries::row(&mut connection, self.id).await?)
    }

    async fn run(&self) -> Result<Outcome, JobError> {
        let Some(mut row) = self.row().await? else {
            return Ok(Outcome::Cancel("Cette action n’existe plus.".into()));
        };
        let end = self.way.end();
        match row.etat.as_str() {
            state if state == end.to => return Ok(Outcome::Done),
            state if !end.takes(state) => return Ok(Outcome::Cancel("L’action a été annulée : elle ne reprend pas.".into())),
            _ => {}
        }
        // Rights are those of now, not those of the click.
        let who = if self.way == Way::Forth { row.demandeur_id } else { row.annule_par.unwrap_or(row.demandeur_id) };
        let Some(reader) = crate::comptes::reader_of(&self.context.db, who).await? else {
            return Ok(Outcome::Cancel("Le compte de la personne est désactivé.".into()));
        };
        let Some(action) = BulkAction::find(&self.context.catalogue, &row.liste, &row.nom).filter(|action| action.may(&reader)) else {
            return Ok(Outcome::Cancel("La personne n’a plus le droit de faire cette action.".into()));
        };
        let reader = reader.at(action.niveau);
        if self.way == Way::Back {
            let count = self.out_of_reach(&row, action, &reader).await?;
            if count > 0 {
                return Ok(Outcome::Cancel(super::model::out_of_reach(action, &row, reader.user_id, count)));
            }
        }
        if self.way == Way::Forth && row.retenues.is_none() {
            self.stage(&row, action, &reader).await?;
            row = self.row().await?.ok_or_else(|| JobError::Retry("l’action a disparu".into()))?;
        }
        let (mut rank, total) = match self.way {
            Way::Forth => (row.avancement, row.retenues.unwrap_or(0)),
            Way::Back => (row.annule_avancement, row.avancement),
        };
        while rank < total {
            self.run.still_wanted()?;
            rank = self.lot(&row, action, &reader, (rank, total)).await?;
        }
        self.run.still_wanted()?;
        self.close(&row, action).await?;
        Ok(Outcome::Done)
    }

    async fn out_of_reach(&self, row: &Row, action: &BulkAction, reader: &Reader) -> Result<i64, JobError> {
        let mut connection = self.context.db.statement().acquire().await?;
        Ok(queries::out_of_reach(&mut connection, row, action, reader).await?)
    }

    /// One statement, one instant of the data: the keys, their values, their versions.
    async fn stage(&self, row: &Row, action: &BulkAction, reader: &Reader) -> Result<(), JobError> {
        let context = self.context;
        let mut write = context.db.write().await?;
        let total = apply::stage(context, &mut write, row, action, reader, None).await?;
        self.run.checkpoint(&mut write.tx, 0, Some(total)).await?;
        write.commit().await?;
        Ok(())
    }

    async fn lot(&self, row: &Row, action: &BulkAction, reader: &Reader, (rank, total): (i64, i64)) -> Result<i64, JobError> {
        let mut write = self.context.db.write().await?;
        let to = apply::lot(&mut write, row, action, reader, (rank, total), self.way).await?;
        self.run.checkpoint(&mut write.tx, to, Some(total)).await?;
        write.commit().await?;
        Ok(to)
    }

    async fn close(&self, row: &Row, action: &BulkAction) -> Result<(), JobError> {
        let mut write = self.context.db.write().await?;
        self.run.hold(&mut write.tx).await?;
        let actor = self.actor(row);
        apply::close(&mut write, row.id, action, &actor, self.way).await?;
        write.commit().await?;
        Ok(())
    }

    fn actor(&self, row: &Row) -> crate::journal::Actor {
        actor(row, self.way, self.run.id)
    }
}

fn actor(row: &Row, way: Way, job: i64) -> crate::journal::Actor {
    let (id, name) = match way {
        Way::Forth => (row.demandeur_id, row.demandeur.as_str()),
        Way::Back => (row.annule_par.unwrap_or(row.demandeur_id), row.annuleur.as_deref().unwrap_or_default()),
    };
    apply::actor_of(id, name, row.collectivite_id, job)
}

/// What was changed stays changed, is told, and can be undone.
async fn give_up(context: &Context, id: i64, way: Way, end: GaveUp, cause: &str) {
    let passage = match (way, end) {
        (Way::Back, _) => &SUSPEND,
        (Way::Forth, GaveUp::Failed) => &ECHOUE,
        (Way::Forth, GaveUp::Cancelled) => &ARRETE,
    };
    let written = async {
        let mut write = context.db.write().await?;
        if !queries::give_up(&mut write.tx, id, passage, cause).await? {
            return write.rollback().await.map_err(Into::into);
        }
        if let Some(row) = queries::row(&mut write.tx, id).await?
            && let Some(action) = BulkAction::find(&context.catalogue, &row.liste, &row.nom)
        {
            let actor = actor(&row, way, row.job_id.unwrap_or_default());
            apply::note(&mut write, &row, action, &actor, way).await?;
        }
        write.commit().await?;
        Ok::<_, crate::platform::error::Error>(())
    };
    if let Err(error) = written.await {
        tracing::error!(%error, action = id, "the end of an action could not be written");
    }
}

/// Says what became of the actions whose job is over, forgets the rows of those that can no longer be
/// undone, then the old actions.
pub async fn forget(context: &Context) -> Result<(), JobError> {
    queries::settle(context.db.pool()).await?;
    choix::forget_choices(context.db.pool()).await?;
    for _ in 0..FORGOTTEN_MAX {
        if !queries::forget_rows(context.db.pool()).await? {
            break;
        }
    }
    queries::purge(context.db.pool(), context.config.journal_conservation_mois).await?;
    Ok(())
}
