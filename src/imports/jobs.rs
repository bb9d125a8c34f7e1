//! The work of an import, in lots that can each be the last one of a killed worker: a lot, its rank and the lease are written or lost
//! together.

use std::collections::HashMap;
use std::path::Path;

use super::contradiction;
use super::deplie::{self, Deplieur};
use super::depot;
use super::ecriture::{self, Lot};
use super::envois;
use super::etats::Etape;
use super::genre::Genre;
use super::lignes::Lecteur;
use super::menage;
use super::model::Import;
use super::queries;
use super::replie::Replieur;
pub use super::travail::Travail;
use super::travail::actor;
use super::verification;
use crate::comptes::Personne;
use crate::context::Context;
use crate::jetons;
use crate::listing::{Niveau, Reader};
use crate::platform::jobs::{GaveUp, Job, JobError, Outcome, Run};
use crate::sources::valeurs::{Dates, Decimales};
use crate::sources::{self, Rangs, Refus, Reprise};

/// Imports removed in one upkeep.
const FORGOTTEN_MAX: usize = 20;

impl Job for Travail {
    type Context = Context;
    const NAME: &'static str = "import";
    const QUEUE: &'static str = "etl_heavy";
    const MAX_ATTEMPTS: i32 = 10;

    fn title(&self) -> String {
        self.titre.clone()
    }

    fn unique_key(&self) -> Option<String> {
        Some(format!("import-{}-{}", self.import, self.etape.code()))
    }

    async fn run(&self, context: &Context, run: &Run) -> Result<Outcome, JobError> {
        run.heavy().await?;
        Worker { context, run, id: self.import, etape: self.etape }.run().await
    }

    async fn gave_up(&self, context: &Context, end: GaveUp, cause: &str) {
        let written = async {
            let mut write = context.db.write().await?;
            if !queries::pass(&mut write.tx, self.import, self.etape.stop(), Some(cause)).await? {
                return write.rollback().await.map_err(Into::into);
            }
            if let Some(row) = queries::row(&mut write.tx, self.import).await?
                && let Some(genre) = Genre::find(&context.catalogue, &row.genre)
            {
                if self.etape != Etape::Verification {
                    ecriture::note(&mut write, &row, genre, self.etape, &actor(&row, self.etape, row.job_id.unwrap_or_default())).await?;
                }
                let state = if end == GaveUp::Failed { "failed" } else { "cancelled" };
                context.metrics.import_ended((genre.nom, self.etape.code()), state);
            }
            write.commit().await?;
            Ok::<_, crate::platform::error::Error>(())
        };
        if let Err(error) = written.await {
            tracing::error!(%error, import = self.import, "the end of an import could not be written");
        }
    }
}

struct Worker<'a> {
    context: &'a Context,
    run: &'a Run,
    id: i64,
    etape: Etape,
}

impl Worker<'_> {
    async fn row(&self) -> Result<Option<Import>, JobError> {
        let mut connection = self.context.db.statement().acquire().await?;
        Ok(queries::row(&mut connection, self.id).await?)
    }

    async fn run(&self) -> Result<Outcome, JobError> {
        let Some(import) = self.row().await? else { return Ok(Outcome::Cancel("Cet import n’existe plus.".into())) };
        match import.etat.as_str() {
            state if state == self.etape.end().to => return Ok(Outcome::Done),
            state if state != self.etape.code() => {
                return Ok(Outcome::Cancel("L’import est passé à autre chose\u{a0}: ce travail ne reprend pas.".into()));
            }
            _ => {}
        }
        // Rights are those of now, not those of the click.
        let who = match (self.etape, import.annule_par) {
            (Etape::Annulation, Some(who)) => who,
            _ => import.demandeur_id,
        };
        let reader = match (self.etape, import.jeton_id) {
            (Etape::Verification | Etape::Ecriture, Some(token)) => match jetons::reader_of(&self.context.db, token).await? {
                Some(reader) => reader,
                None => return Ok(Outcome::Cancel("Le jeton qui a apporté ce fichier n’est plus valable.".into())),
            },
            _ => match crate::comptes::reader_of(&self.context.db, who).await? {
                Some(reader) => reader,
                None => return Ok(Outcome::Cancel("Le compte de la personne est désactivé.".into())),
            },
        };
        let Some(genre) = Genre::find(&self.context.catalogue, &import.genre).filter(|genre| genre.may(&reader)) else {
            return Ok(Outcome::Cancel("La personne n’a plus le droit de charger ce fichier.".into()));
        };
        let reader = reader.at(Niveau::Saisir);
        let outcome = match self.etape {
            Etape::Verification => self.verifie(&import, genre, reader).await?,
            Etape::Ecriture => self.ecrit(&import, genre, &reader, (import.avancement, import.rangs())).await?,
            Etape::Annulation => self.ecrit(&import, genre, &reader, (import.annule_avancement, import.avancement)).await?,
        };
        if outcome == Outcome::Done {
            self.context.metrics.imported((genre.nom, self.etape.code()), self.run.age());
        }
        Ok(outcome)
    }

    /// Counts the rows of a lot that is written.
    fn went_through(&self, genre: &Genre, rows: i64) {
        self.context.metrics.import_rows((genre.nom, self.etape.code()), rows);
    }

    /// Every line, from the place where the last lot ended.
    async fn verifie(&self, import: &Import, genre: &'static Genre, reader: Reader) -> Result<Outcome, JobError> {
        let personne = Personne::absent(reader, actor(import, self.etape, self.run.id));
        let file = match depot::local(self.context, &import.chemin, &import.sha256).await? {
            Ok(file) => file,
            Err(sentence) => return Ok(Outcome::Cancel(sentence)),
        };
        let mut lecteur = Lecteur::new(self.context, &personne, genre, import.mode()).await?;
        let field = |name: &str| genre.champs().map(|(known, _)| known).find(|known| *known == name);
        lecteur.colonnes = deplie::champs(&import.examen, &import.correspondance).iter().map(|name| field(name)).collect();
        let deplieur = Deplieur::of(&import.examen, &import.correspondance);
        lecteur.constantes = import.correspondance.constantes.iter().filter_map(|(name, value)| Some((field(name)?, value.clone()))).collect();
        lecteur.formats = formats(import, &lecteur.colonnes);
        let from: Option<Reprise> = import.reprise.as_ref().map(|reprise| reprise.0);
        let watched = contradiction::suivies(import, genre, &lecteur, deplieur.as_ref());
        if from.is_none() && !import.examen.entier && !watched.is_empty() {
            let rows = match ouvre(file.path(), import, None).await? {
                Ok(rows) => rows,
                Err(refus) => return Ok(Outcome::Cancel(refus.to_string())),
            };
            match contradiction::cherche(self.run, watched, (rows, deplieur.clone())).await? {
                Ok(None) => {}
                Ok(Some(asked)) => {
                    let mut write = self.context.db.write().await?;
                    self.run.hold(&mut write.tx).await?;
                    queries::demande(&mut write.tx, import.id, &asked).await?;
                    write.commit().await?;
                    return Ok(Outcome::Cancel(contradiction::phrase(import, &lecteur, &asked)));
                }
                Err(refus) => return Ok(Outcome::Cancel(refus.to_string())),
            }
        }
        let mut rows = match ouvre(file.path(), import, from).await? {
            Ok(rows) => Replieur::sur(rows, genre, &lecteur.colonnes),
            Err(refus) => return Ok(Outcome::Cancel(refus.to_string())),
        };
        let shared = deplieur.as_ref().map_or(1, Deplieur::facteur);
        let (mut rank, count) = (import.lues, (usize::try_from(import.lot).unwrap_or(1) / shared).max(1));
        loop {
            self.run.still_wanted()?;
            let read = match verification::lit(rows, (count, shared)).await? {
                Ok(read) => read,
                Err(refus) => return Ok(Outcome::Cancel(refus.to_string())),
            };
            rows = read.lecteur;
            if !read.rangs.is_empty() {
                let lot = (read.rangs, rank, rows.ici());
                let before = rank;
                rank = verification::lot((self.context, self.run), (&lecteur, deplieur.as_ref()), (import, genre, &personne), lot).await?;
                self.went_through(genre, rank - before);
            }
            if read.fini {
                break;
            }
        }
        self.run.still_wanted()?;
        verification::clot((self.context, self.run), (import, genre, &personne)).await?;
        Ok(Outcome::Done)
    }

    /// Every lot of the confirmed lines, or back over them.
    async fn ecrit(&self, import: &Import, genre: &'static Genre, reader: &Reader, (mut rank, total): (i64, i64)) -> Result<Outcome, JobError> {
        let personne = Personne::absent(reader.clone(), actor(import, self.etape, self.run.id));
        while rank < total {
            self.run.still_wanted()?;
            let lot = Lot { id: import.id, genre, reader, personne: &personne, rangs: (rank, rank.saturating_add(i64::from(import.lot)).min(total)) };
            match self.etape {
                Etape::Annulation => ecriture::defait((self.context, self.run), &lot).await?,
                Etape::Verification | Etape::Ecriture => ecriture::lot((self.context, self.run), &lot).await?,
            }
            self.went_through(genre, lot.rangs.1 - rank);
            rank = lot.rangs.1;
        }
        self.run.still_wanted()?;
        ecriture::clot((self.context, self.run), import, genre, self.etape).await?;
        Ok(Outcome::Done)
    }
}

/// The rows of the file of an import, from its beginning or from where a lot ended.
async fn ouvre(path: &Path, import: &Import, from: Option<Reprise>) -> Result<Result<Box<dyn Rangs + Send>, Refus>, JobError> {
    let (path, lecture) = (path.to_path_buf(), import.examen.lecture.clone());
    tokio::task::spawn_blocking(move || sources::ouvrir(&path, &lecture, from)).await.map_err(|error| JobError::Retry(error.to_string()))
}

/// How the dates and numbers of each field are written: as a person said, else as the first lines do.
fn formats(import: &Import, colonnes: &[Option<&'static str>]) -> HashMap<&'static str, (Dates, Decimales)> {
    let vues = deplie::vues(&import.examen, &import.correspondance);
    let of = |(place, champ): (usize, &Option<&'static str>)| {
        let (said, seen) = (import.correspondance.formats.get(&place).copied().unwrap_or_default(), vues.get(place));
        let ordre = said.dates.or_else(|| seen.map(|seen| seen.dates.provisoire())).unwrap_or_default();
        let nombres = said.nombres.or_else(|| seen.map(|seen| seen.nombres.provisoire())).unwrap_or_default();
        Some(((*champ)?, (Dates { ordre, ..Dates::default() }, nombres)))
    };
    colonnes.iter().enumerate().filter_map(of).collect()
}

/// Says what became of the imports whose job is over.
///
/// # Errors
/// PostgreSQL failed.
pub async fn settle(context: &Context) -> Result<(), JobError> {
    Ok(menage::settle(context.db.pool()).await?)
}

/// Removes the imports that nobody needs any more, and their files; and what stopped arriving.
///
/// # Errors
/// PostgreSQL or the store failed.
pub async fn sweep(context: &Context) -> Result<(), JobError> {
    for _ in 0..FORGOTTEN_MAX {
        match menage::forget_one(context.db.pool()).await? {
            None => break,
            Some(None) => {}
            Some(Some(chemin)) => context.files.delete(&chemin).await?,
        }
    }
    envois::sweep(context).await
}
