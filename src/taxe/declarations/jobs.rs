//! The opening of a campaign: its declarations, commune by commune, then their totals, lot by lot. Run again, it adds what is missing.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::etats::{OUVERTE, RETIENT};
use super::ouverture;
use crate::comptes;
use crate::context::Context;
use crate::listing::{Module, Niveau};
use crate::platform::jobs::{GaveUp, Job, JobError, Outcome, Run};

/// Between two looks at the writings that began before.
const LOOKED_EVERY: Duration = Duration::from_millis(50);
/// Looks before the job is given back.
const LOOKS_MAX: usize = 400;

/// Makes the declarations of a campaign, or those that it misses.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ouverture {
    /// The campaign.
    pub campagne: i64,
    /// Who opens it; nobody for what comes back every night.
    pub personne: Option<i64>,
    /// Title for the jobs page.
    pub titre: String,
}

impl Job for Ouverture {
    type Context = Context;
    const NAME: &'static str = "ouverture_campagne";
    const QUEUE: &'static str = "high_priority";
    const MAX_ATTEMPTS: i32 = 10;

    fn title(&self) -> String {
        self.titre.clone()
    }

    fn unique_key(&self) -> Option<String> {
        Some(format!("campagne-{}", self.campagne))
    }

    async fn run(&self, context: &Context, run: &Run) -> Result<Outcome, JobError> {
        let pool = context.db.pool();
        let Some((collectivite, etat)) = campagne(context, self.campagne).await? else {
            return Ok(Outcome::Cancel("Cette campagne n’existe plus.".into()));
        };
        if !["ouverture", "ouverte"].contains(&etat.as_str()) {
            return Ok(Outcome::Cancel("Cette campagne n’est pas ouverte.".into()));
        }
        // Rights are those of now, not those of the click.
        if let Some(personne) = self.personne {
            let reader = comptes::reader_of(&context.db, personne).await?.map(|reader| reader.at(Niveau::Valider));
            if !reader.is_some_and(|reader| reader.collectivites(Module::Taxe).contains(&collectivite)) {
                return Ok(Outcome::Cancel("La personne n’a plus le droit d’ouvrir cette campagne.".into()));
            }
        }
        let communes = ouverture::communes(pool, self.campagne).await?;
        let total = i64::try_from(communes.len()).ok();
        for (rank, commune) in (1_i64..).zip(&communes) {
            run.still_wanted()?;
            let mut write = context.db.write().await?;
            ouverture::make(&mut write.tx, self.campagne, commune).await?;
            write.touch("declarations", commune);
            run.checkpoint(&mut write.tx, rank, total).await?;
            write.commit().await?;
        }
        settled(context, run).await?;
        totals(context, run, self.campagne).await?;
        let mut write = context.db.write().await?;
        run.hold(&mut write.tx).await?;
        sqlx::query("UPDATE campagne SET etat = $2, ouverte_le = coalesce(ouverte_le, now()), version = version + 1, modifie_le = now() WHERE id = $1 AND etat = ANY($3)")
            .bind(self.campagne)
            .bind(OUVERTE.to)
            .bind(OUVERTE.from)
            .execute(&mut *write.tx)
            .await?;
        communes.iter().for_each(|commune| write.touch("declarations", commune));
        write.touch("campagnes", &crate::listing::Reader::place(collectivite.into()));
        write.commit().await?;
        Ok(Outcome::Done)
    }

    async fn gave_up(&self, context: &Context, _: GaveUp, _: &str) {
        let put_back = sqlx::query("UPDATE campagne SET etat = $2, version = version + 1, modifie_le = now() WHERE id = $1 AND etat = ANY($3)")
            .bind(self.campagne)
            .bind(RETIENT.to)
            .bind(RETIENT.from)
            .execute(context.db.pool())
            .await;
        if let Err(error) = put_back {
            tracing::error!(%error, campagne = self.campagne, "a campaign that could not be opened could not be put back");
        }
    }
}

/// The collectivité and the state of a campaign.
async fn campagne(context: &Context, id: i64) -> Result<Option<(i32, String)>, JobError> {
    Ok(sqlx::query_as("SELECT collectivite_id, etat FROM campagne WHERE id = $1").bind(id).fetch_optional(context.db.pool()).await?)
}

/// Waits for the writings that began before the declarations were there: they counted nothing for them.
async fn settled(context: &Context, run: &Run) -> Result<(), JobError> {
    let writers = ouverture::writers(context.db.pool()).await?;
    for _ in 0..LOOKS_MAX {
        if ouverture::passed(context.db.pool(), &writers).await? {
            return Ok(());
        }
        run.still_wanted()?;
        tokio::time::sleep(LOOKED_EVERY).await;
    }
    Err(JobError::Retry("des écritures commencées avant l’ouverture durent encore".into()))
}

/// The totals of a campaign, and what a year before made, lot by lot.
async fn totals(context: &Context, run: &Run, campagne: i64) -> Result<(), JobError> {
    let mut after = 0;
    loop {
        run.still_wanted()?;
        let lot = ouverture::lot(context.db.pool(), campagne, after).await?;
        let Some(last) = lot.last() else { return Ok(()) };
        after = *last;
        let mut write = context.db.write().await?;
        ouverture::mend(&mut write.tx, &lot).await?;
        ouverture::expect(&mut write.tx, &lot).await?;
        run.hold(&mut write.tx).await?;
        write.commit().await?;
    }
}

/// Every night: the hosts who came since a campaign was opened, and totals that a change of host crossed.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Suivi {}

impl Job for Suivi {
    type Context = Context;
    const NAME: &'static str = "suivi_campagnes";
    const QUEUE: &'static str = "maintenance";
    const PRIORITY: i16 = 150;

    fn title(&self) -> String {
        "Suivi des campagnes ouvertes".into()
    }

    fn unique_key(&self) -> Option<String> {
        Some("suivi-campagnes".into())
    }

    async fn run(&self, context: &Context, run: &Run) -> Result<Outcome, JobError> {
        let open: Vec<i64> = sqlx::query_scalar("SELECT id FROM campagne WHERE etat = 'ouverte' ORDER BY id").fetch_all(context.db.pool()).await?;
        for campagne in open {
            run.still_wanted()?;
            Ouverture { campagne, personne: None, titre: String::new() }.run(context, run).await?;
        }
        Ok(Outcome::Done)
    }
}
