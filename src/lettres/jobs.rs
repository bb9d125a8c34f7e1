//! The work of letters prepared together: lots of letters, each with its rows, its files and its lease; then the files to print. A worker
//! that dies loses a lot at most, which is made again byte for byte: no letter twice, none missing.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::composition::{self, Preparee};
use super::courriel::Courriel;
use super::model::{ARRETE, ECHOUE, Envoi, LOT, PRET, VOLUME, Volume};
use super::queries::{self, Nouvelle};
use crate::comptes::reader_of;
use crate::context::Context;
use crate::journal::{self, Action, Actor};
use crate::listing::{Module, Niveau, Reader};
use crate::platform::db::Write;
use crate::platform::jobs::{self, GaveUp, Job, JobError, Outcome, Requester, Run};

/// Writes the letters of a preparation.
#[derive(Debug, Serialize, Deserialize)]
pub struct LettresEnNombre {
    /// The preparation.
    pub envoi: i64,
    /// Title for the jobs page.
    pub titre: String,
}

impl Job for LettresEnNombre {
    type Context = Context;
    const NAME: &'static str = "lettres";
    const QUEUE: &'static str = "exports";
    const MAX_ATTEMPTS: i32 = 10;

    fn title(&self) -> String {
        self.titre.clone()
    }

    fn unique_key(&self) -> Option<String> {
        Some(format!("lettres-{}", self.envoi))
    }

    async fn run(&self, context: &Context, run: &Run) -> Result<Outcome, JobError> {
        let Some(mut envoi) = queries::envoi(context.db.statement(), self.envoi).await? else {
            return Ok(Outcome::Cancel("Cet envoi n’existe plus.".into()));
        };
        if envoi.etat == PRET.to {
            return Ok(Outcome::Done);
        }
        // Rights are those of now, not those of the click.
        let Some(reader) = reader_of(&context.db, envoi.demandeur_id).await?.map(|reader| reader.at(Niveau::Saisir)) else {
            return Ok(Outcome::Cancel("Le compte de la personne est désactivé.".into()));
        };
        if !reader.collectivites(Module::Taxe).contains(&envoi.collectivite_id) {
            return Ok(Outcome::Cancel("La personne n’a plus le droit d’écrire au nom de cette collectivité.".into()));
        }
        let lease = Lease { run: Some(run), total: envoi.choisis };
        while envoi.avancement < envoi.choisis {
            run.still_wanted()?;
            envoi = lot(context, envoi, &reader, &lease).await?;
        }
        while volume(context, &envoi, run).await? {
            run.still_wanted()?;
        }
        let mut write = context.db.write().await?;
        run.hold(&mut write.tx).await?;
        close(&mut write, &envoi, &actor(&envoi, &format!("travail {}", run.id))).await?;
        write.commit().await?;
        Ok(Outcome::Done)
    }

    async fn gave_up(&self, context: &Context, end: GaveUp, cause: &str) {
        let passage = if end == GaveUp::Failed { &ECHOUE } else { &ARRETE };
        let ended = async {
            let mut write = context.db.write().await?;
            queries::end(&mut write.tx, self.envoi, passage, Some(cause)).await?;
            write.commit().await
        };
        if let Err(error) = ended.await {
            tracing::error!(%error, envoi = self.envoi, "the end of letters could not be written");
        }
    }
}

/// What a lot is written under: the lease of a job, or the request of somebody who waits.
pub struct Lease<'a> {
    /// The run of the job.
    pub run: Option<&'a Run>,
    /// Hosts in all.
    pub total: i64,
}

/// Who is told to have done it.
pub fn actor(envoi: &Envoi, request: &str) -> Actor {
    Actor {
        id: Some(envoi.demandeur_id),
        name: envoi.demandeur.clone(),
        collectivite_id: Some(envoi.collectivite_id),
        request: request.into(),
        ..Actor::default()
    }
}

/// Writes the letters of the next ranks: the files first, under the paths of their ranks, then the rows that name them.
pub async fn lot(context: &Context, mut envoi: Envoi, reader: &Reader, lease: &Lease<'_>) -> Result<Envoi, JobError> {
    let (from, to) = (envoi.avancement, (envoi.avancement + LOT).min(envoi.choisis));
    let made = {
        let mut connection = context.db.statement().acquire().await?;
        let cibles = queries::cibles(&mut connection, envoi.id, (from, to)).await?;
        composition::compose(&mut connection, &context.catalogue, &envoi, reader.communes(Module::Taxe), &cibles).await?
    };
    let (mut letters, mut ranks, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
    for (rang, hebergeur, made) in made {
        let printed = match made {
            Ok(preparee) => printed(context, &envoi, (rang, hebergeur), preparee).await?,
            Err(reason) => Err(reason),
        };
        match printed {
            Ok(letter) => letters.push(letter),
            Err(reason) => {
                ranks.push(rang);
                reasons.push(reason);
            }
        }
        if let Some(run) = lease.run {
            run.still_wanted()?;
        }
    }
    let mut write = context.db.write().await?;
    if let Some(run) = lease.run {
        run.checkpoint(&mut write.tx, to, Some(lease.total)).await?;
    }
    let (made, aside) = (i64::try_from(letters.len()).unwrap_or(0), i64::try_from(ranks.len()).unwrap_or(0));
    if !queries::advance(&mut write.tx, envoi.id, (from, to), (made, aside)).await? {
        return Err(JobError::LostLease);
    }
    queries::set_aside(&mut write.tx, envoi.id, &ranks, &reasons).await?;
    keep(&mut write, &envoi, &letters, &actor(&envoi, &request_of(lease))).await?;
    write.commit().await?;
    (envoi.avancement, envoi.faites, envoi.ecartees) = (to, envoi.faites + made, envoi.ecartees + aside);
    Ok(envoi)
}

fn request_of(lease: &Lease<'_>) -> String {
    lease.run.map_or_else(|| "lettre".to_string(), |run| format!("travail {}", run.id))
}

/// A letter on paper, in the store; or why it cannot be printed.
async fn printed(context: &Context, envoi: &Envoi, (rang, hebergeur): (i64, i64), preparee: Preparee) -> Result<Result<Nouvelle, String>, JobError> {
    let bytes = match composition::imprime(composition::document(envoi, vec![preparee.lettre.clone()])).await {
        Ok(bytes) => bytes,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let (octets, sha256) = (i64::try_from(bytes.len()).unwrap_or(i64::MAX), composition::empreinte(&bytes));
    context.files.put(&envoi.chemin(rang), Bytes::from(bytes)).await?;
    let courriel = preparee.courriel.filter(|_| envoi.par_courriel);
    Ok(Ok(Nouvelle { rang, hebergeur, destinataire: preparee.destinataire, courriel, contenu: preparee.lettre, octets, sha256 }))
}

/// Keeps the letters of a lot, with the e-mails that take them and a line on the page of each host.
async fn keep(write: &mut Write, envoi: &Envoi, letters: &[Nouvelle], actor: &Actor) -> Result<(), sqlx::Error> {
    let mut emails = Vec::new();
    for letter in letters {
        let id = queries::insert_letter(&mut write.tx, envoi, letter).await?;
        if letter.courriel.is_some() {
            emails.push(Courriel { lettre: id });
        }
    }
    let place = format!("c:{}", envoi.collectivite_id);
    let hosts: Vec<(i64, String)> = letters.iter().map(|letter| (letter.hebergeur, place.clone())).collect();
    if !hosts.is_empty() {
        let detail = json!({"lettre": super::genres::libelle(&envoi.genre)});
        journal::note_each(&mut write.tx, actor, Action::Change, ("hébergeur", &hosts), &detail).await?;
        write.touch("lettres", &place);
    }
    let requester = Requester { user_id: Some(envoi.demandeur_id), collectivite_id: Some(envoi.collectivite_id) };
    jobs::enqueue_many(write, &emails, requester).await
}

/// Makes the next file to print, of the letters that no file holds yet; false when there is none.
async fn volume(context: &Context, envoi: &Envoi, run: &Run) -> Result<bool, JobError> {
    let known = queries::volumes(&context.db, envoi.id).await?;
    let after = known.last().map_or(-1, |last| last.derniere);
    let letters = queries::to_print(context.db.statement(), envoi.id, after, VOLUME).await?;
    let (Some((first, _)), Some((last, _))) = (letters.first(), letters.last()) else { return Ok(false) };
    let (premiere, derniere, rang) = (*first, *last, i64::try_from(known.len()).unwrap_or(0));
    let lettres = i32::try_from(letters.len()).unwrap_or(i32::MAX);
    let document = composition::document(envoi, letters.into_iter().map(|(_, letter)| letter.0).collect());
    let bytes = composition::imprime(document).await.map_err(|error| JobError::Retry(error.to_string()))?;
    let chemin = envoi.chemin_du_volume(rang);
    let (octets, sha256) = (i64::try_from(bytes.len()).unwrap_or(i64::MAX), composition::empreinte(&bytes));
    context.files.put(&chemin, Bytes::from(bytes)).await?;
    let mut write = context.db.write().await?;
    run.hold(&mut write.tx).await?;
    let volume = Volume { rang: i32::try_from(rang).unwrap_or(i32::MAX), lettres, premiere, derniere, chemin, octets, sha256 };
    queries::insert_volume(&mut write.tx, envoi.id, &volume).await?;
    write.commit().await?;
    Ok(true)
}

/// Says that a preparation is done, with its proof in the journal: who, from which text, for how many, how many were left out.
pub async fn close(write: &mut Write, envoi: &Envoi, actor: &Actor) -> Result<(), sqlx::Error> {
    if queries::end(&mut write.tx, envoi.id, &PRET, None).await? {
        let text = composition::empreinte(format!("{}\n{}", envoi.objet, envoi.corps).as_bytes());
        let detail =
            json!({"modele": envoi.modele, "sha256": text, "lettres": envoi.faites, "sans_lettre": envoi.ecartees, "filtres": envoi.filtres});
        let (id, place) = (envoi.id.to_string(), [format!("c:{}", envoi.collectivite_id)]);
        journal::note_at(&mut write.tx, actor, Action::Create, ("envoi de lettres", &id), &detail, &place).await?;
    }
    Ok(())
}

/// Ends what waits for nothing: preparations that nobody asked for in a day, those whose job is no more, e-mails that no job holds.
///
/// # Errors
/// PostgreSQL failed.
pub async fn sweep(context: &Context) -> Result<(), JobError> {
    let pool = context.db.pool();
    sqlx::query("DELETE FROM lettre_envoi WHERE etat = 'brouillon' AND cree_le < now() - make_interval(hours => $1)")
        .bind(super::model::BROUILLON_HEURES)
        .execute(pool)
        .await?;
    sqlx::query(
        "UPDATE lettre_envoi e SET etat = 'arretee', erreur = 'Ce travail a été arrêté avant sa fin.' WHERE e.etat IN ('en_attente', 'en_cours')
           AND NOT EXISTS (SELECT 1 FROM job j WHERE j.id = e.job_id AND j.state IN ('ready', 'running')) AND e.demande_le < now() - interval '1 hour'",
    )
    .execute(pool)
    .await?;
    super::courriel::abandonne(context).await
}
