//! The job that goes over the watched folders.

use serde::{Deserialize, Serialize};

use super::lieu::Lieu;
use super::passage::Passage;
use super::queries;
use crate::context::Context;
use crate::platform::jobs::{Job, JobError, Outcome, Run};

/// Goes over the watched folders.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Veille {}

impl Job for Veille {
    type Context = Context;
    const NAME: &'static str = "dossiers_surveilles";
    const QUEUE: &'static str = "maintenance";
    const PRIORITY: i16 = 120;

    fn title(&self) -> String {
        "Dossiers surveillés".into()
    }

    fn unique_key(&self) -> Option<String> {
        Some("dossiers-surveilles".into())
    }

    async fn run(&self, context: &Context, run: &Run) -> Result<Outcome, JobError> {
        let Some(lieu) = Lieu::of(context) else { return Ok(Outcome::Done) };
        queries::vieillit(context.db.pool()).await?;
        for dossier in queries::actifs(context.db.pool()).await? {
            run.still_wanted()?;
            Passage { context, run, lieu: &lieu, dossier: &dossier }.fait().await?;
        }
        Ok(Outcome::Done)
    }
}
