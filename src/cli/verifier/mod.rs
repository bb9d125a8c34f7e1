//! `gardel verifier`: whether a base, restored or in service, is whole and true, and the files of its store with it.

mod base;
mod comparaison;
mod constat;
mod fichiers;
mod lecture;
mod releve;

use std::path::PathBuf;

use clap::Args;

use self::constat::Constat;
use self::lecture::Lecture;
use self::releve::Releve;
use crate::cli::sortie::dire;
use crate::context::StartError;
use crate::platform::config::Config;
use crate::platform::db::Db;
use crate::platform::store::Files;
use crate::ui::format;

/// What is looked at.
#[derive(Args)]
pub(super) struct Verifier {
    /// Ne regarde que la présence et la taille des fichiers, et ne lit pas les tables.
    #[arg(long, conflicts_with_all = ["releve", "compare"])]
    rapide: bool,
    /// Écrit dans ce fichier le relevé de ce que la base contient (sommes de chaque table), et rien d’autre : le dépôt n’est pas regardé.
    #[arg(long, value_name = "FICHIER")]
    releve: Option<PathBuf>,
    /// Instantané exporté par une autre transaction (pg_export_snapshot), dont le relevé est celui.
    #[arg(long, value_name = "NOM", requires = "releve")]
    instantane: Option<String>,
    /// Compare la base à ce relevé. Avant « gardel migrate », qui écrit dans la base.
    #[arg(long, value_name = "FICHIER", conflicts_with = "releve")]
    compare: Option<PathBuf>,
    /// La base doit être exactement celle du relevé : rien n’a été écrit depuis.
    #[arg(long, requires = "compare")]
    exact: bool,
    /// Ne regarde que la base.
    #[arg(long)]
    sans_fichiers: bool,
}

/// What could not be read: nothing is proved, for or against.
fn refused(error: sqlx::Error) -> StartError {
    match error.as_database_error() {
        Some(cause) if cause.code().as_deref() == Some("42501") => StartError::Other(format!(
            "Ce compte PostgreSQL ne peut pas tout lire ({}) : vérifiez sous celui qui possède les tables.",
            cause.message()
        )),
        Some(cause) => StartError::Other(format!("PostgreSQL refuse une lecture : {}.", cause.message())),
        None => StartError::Db(error.into()),
    }
}

/// Does what is asked; whether all is as it should be.
///
/// # Errors
/// It could not be known.
pub(super) async fn run(config: &Config, asked: Verifier) -> Result<bool, StartError> {
    let db = Db::connect(config, None).await?;
    let mut lecture = Lecture::open(&db, asked.instantane.as_deref()).await?;
    if let Some(path) = &asked.releve {
        let mut constat = Constat::default();
        let releve = Releve::of(&mut lecture, &mut constat, None).await?;
        // A statement of what could not be read would be held for the truth.
        if constat.fautes() > 0 {
            return Err(StartError::Other("Le relevé n’est pas écrit : une table ne se lit pas.".into()));
        }
        releve.write(path)?;
        dire(format_args!("Relevé : {} tables, {} lignes.", releve.tables.len(), format::integer(releve.lignes())));
        return Ok(true);
    }
    let held = asked.compare.as_deref().map(Releve::read).transpose()?;
    let mut constat = Constat::default();
    if base::schema(&db, &mut lecture, &mut constat).await? {
        base::suites(&mut lecture, &mut constat).await?;
        if !asked.rapide {
            let now = Releve::of(&mut lecture, &mut constat, held.as_ref()).await?;
            constat.partie(&format!("Tables : {} lues, {} lignes.", now.tables.len(), format::integer(now.lignes())));
            if let Some(held) = &held {
                comparaison::compare(held, &now, asked.exact, &mut constat)?;
            }
            base::references(&mut lecture, &mut constat).await?;
            base::journal(&mut lecture, &mut constat).await?;
        }
        // What follows takes things as they are by then: a snapshot held for so long would keep the base from tidying up.
        lecture.close().await?;
        base::index(&db, &mut constat, !asked.rapide).await?;
        if !asked.sans_fichiers {
            let files = Files::there(config).map_err(StartError::Other)?;
            fichiers::nommes(&db, &files, asked.rapide, &mut constat).await?;
            fichiers::manifestes(&db, &files, asked.rapide, &mut constat).await?;
            fichiers::sans_nom(&db, &files, &mut constat).await?;
        }
    }
    Ok(constat.ends())
}
