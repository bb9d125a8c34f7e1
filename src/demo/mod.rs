//! Démonstration : un archipel vraisemblable de logements, d'hébergeurs et de séjours, toujours le même
//! pour une même graine, une même date et un même nombre de séjours. Tout se charge en une transaction :
//! un chargement interrompu ne laisse rien.

pub mod comptes;

mod communes;
mod declaration;
mod deliberations;
mod ecriture;
mod logements;
mod regie;
mod sejours;

mod copie;
mod hasard;
mod index;
mod noms;

use crate::taxe::calcul::CalculError;
use crate::territoire::reference::{self, ReferenceError};
use chrono::{Datelike, NaiveDate};
use sqlx::{PgConnection, PgPool};
use std::sync::Arc;

/// Le plus grand chargement accepté : au-delà, les numéros d'enregistrement se répéteraient.
pub const SEJOURS_MAX: u64 = 100_000_000;

/// Action du journal qui marque un chargement réussi et en garde les options.
const ACTION: &str = "demo.chargement";

/// Ce qu'on veut charger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Nombre de séjours, au plus [`SEJOURS_MAX`]. Les logements suivent : 4 000, ou un pour cent séjours.
    pub sejours: u64,
    /// Graine du hasard.
    pub graine: u64,
    /// Le « aujourd'hui » de la démonstration : les séjours couvrent les 36 mois qui précèdent.
    pub reference_date: NaiveDate,
}

impl Options {
    /// Cent mille séjours jusqu'à cette date, avec la graine ordinaire.
    pub fn new(reference_date: NaiveDate) -> Self {
        Self { sejours: 100_000, graine: 971, reference_date }
    }
}

/// Ce que la base contient à la fin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bilan {
    /// Hébergeurs.
    pub hebergeurs: u64,
    /// Logements.
    pub logements: u64,
    /// Séjours.
    pub sejours: u64,
    /// La même démonstration était déjà là : rien n'a été écrit.
    pub deja: bool,
}

/// Pourquoi la démonstration ne se charge pas.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Des données qui ne viennent pas d'une démonstration : on n'y touche pas.
    #[error("la base contient déjà des hébergeurs ou des séjours ; la démonstration ne se charge que dans une base sans données")]
    Occupee,
    /// Une autre démonstration est là.
    #[error("une démonstration de {presents} séjours est déjà chargée ; pour en charger une de {demandes}, repartir d'une base vide")]
    AutreDemonstration {
        /// Séjours de la démonstration présente.
        presents: u64,
        /// Séjours demandés.
        demandes: u64,
    },
    /// Trop de séjours demandés.
    #[error("au plus {SEJOURS_MAX} séjours de démonstration")]
    TropDeSejours,
    /// La date de référence n'est pas entre 2000 et 2100.
    #[error("la date de référence de la démonstration doit être entre 2000 et 2100")]
    Date,
    /// Une commune n'a pas de délibération utilisable.
    #[error("la commune {0} n'a pas de délibération avec ses tarifs")]
    SansTarif(&'static str),
    /// Un compte vise une collectivité inconnue.
    #[error("la collectivité de SIREN {0} n'existe pas ; charger d'abord les données de référence")]
    CollectiviteAbsente(&'static str),
    /// Aucun logement à fréquenter.
    #[error("le parc de démonstration est vide")]
    ParcVide,
    /// Le fil qui produit les lignes s'est arrêté.
    #[error("la production des données de démonstration s'est interrompue")]
    Interrompu,
    /// Une taxe ne se calcule pas.
    #[error("la taxe d'un séjour de démonstration ne se calcule pas")]
    Calcul(#[from] CalculError),
    /// Les données de référence ne se chargent pas.
    #[error("les données de référence ne se chargent pas")]
    Reference(#[from] ReferenceError),
    /// La base a refusé.
    #[error("la base de données a refusé la démonstration")]
    Base(#[from] sqlx::Error),
}

/// Charge les données de référence puis la démonstration. `progres` reçoit le nom de l'étape, ce qui est
/// fait et le total, en lignes (en objets reconstruits pour l'étape « Index »).
///
/// Les tables restent verrouillées jusqu'à la fin. Recharger la même démonstration ne fait rien.
///
/// # Errors
/// Refuse une base qui contient d'autres données, un nombre ou une date hors limites ; rend les erreurs
/// de la base, qui reste alors comme elle était.
pub async fn charger(pool: &PgPool, options: &Options, progres: impl Fn(&str, u64, u64)) -> Result<Bilan, DemoError> {
    if options.sejours > SEJOURS_MAX {
        return Err(DemoError::TropDeSejours);
    }
    if !(2000..=2100).contains(&options.reference_date.year()) {
        return Err(DemoError::Date);
    }
    let mut tx = pool.begin().await?;
    if let Some(bilan) = presente(&mut tx, options).await? {
        return Ok(bilan);
    }
    // Copier ou indexer des millions de lignes dépasse la limite d'une requête ordinaire.
    sqlx::query("SET LOCAL statement_timeout = 0").execute(&mut *tx).await?;
    sqlx::query("LOCK TABLE hebergeur, logement, sejour IN ACCESS EXCLUSIVE MODE").execute(&mut *tx).await?;
    // Un autre chargement a pu finir pendant l'attente du verrou.
    if let Some(bilan) = presente(&mut tx, options).await? {
        return Ok(bilan);
    }
    reference::charger(&mut tx).await?;
    let bilan = remplir(&mut tx, options, &progres).await?;
    deliberations::ajouter(&mut tx, options.sejours).await?;
    terminer(&mut tx, options, &bilan).await?;
    tx.commit().await?;
    // Hors transaction, comme l'exige VACUUM ; s'il manque, l'entretien de la base le fera.
    sqlx::query("VACUUM (ANALYZE) hebergeur, hebergeur_commune, logement, sejour").execute(pool).await?;
    Ok(bilan)
}

/// La démonstration déjà chargée, si c'est la même ; `None` si la place est libre.
async fn presente(conn: &mut PgConnection, options: &Options) -> Result<Option<Bilan>, DemoError> {
    let occupee: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM hebergeur) OR EXISTS (SELECT 1 FROM sejour)").fetch_one(&mut *conn).await?;
    if !occupee {
        return Ok(None);
    }
    let trace: Option<(i64, i64, i64)> = sqlx::query_as(
        "SELECT (detail->>'hebergeurs')::bigint, (detail->>'logements')::bigint, (detail->>'sejours')::bigint
         FROM journal WHERE action = $1 ORDER BY moment DESC, id DESC LIMIT 1",
    )
    .bind(ACTION)
    .fetch_optional(conn)
    .await?;
    let (hebergeurs, logements, presents) = trace.ok_or(DemoError::Occupee)?;
    let [hebergeurs, logements, presents] = [hebergeurs, logements, presents].map(i64::unsigned_abs);
    if presents != options.sejours {
        return Err(DemoError::AutreDemonstration { presents, demandes: options.sejours });
    }
    Ok(Some(Bilan { hebergeurs, logements, sejours: presents, deja: true }))
}

/// Engendre le parc et copie les trois tables, dans l'ordre de leurs clés étrangères.
async fn remplir(conn: &mut PgConnection, options: &Options, progres: &impl Fn(&str, u64, u64)) -> Result<Bilan, DemoError> {
    let options = *options;
    let communes = communes::lire(conn).await?;
    let parc = tokio::task::spawn_blocking(move || Arc::new(logements::engendrer(communes, &options))).await.map_err(|_| DemoError::Interrompu)?;
    // Vide, et sous verrou : TRUNCATE n'efface rien, il permet à COPY de geler les lignes.
    sqlx::query("TRUNCATE sejour").execute(&mut *conn).await?;
    let suspendus = index::suspendre(conn).await?;

    let (p, total) = (Arc::clone(&parc), parc.hebergeurs.len() as u64);
    let avance = |faites| progres("Hébergeurs", faites, total);
    let ecrire = move |lignes: &mut copie::Lignes| ecriture::hebergeurs(&p, &options, lignes);
    let hebergeurs = copie::copier(conn, ecriture::COPIE_HEBERGEURS, avance, ecrire).await?;

    let (p, total) = (Arc::clone(&parc), parc.logements.len() as u64);
    let avance = |faites| progres("Logements", faites, total);
    let ecrire = move |lignes: &mut copie::Lignes| ecriture::logements(&p, &options, lignes);
    let logements = copie::copier(conn, ecriture::COPIE_LOGEMENTS, avance, ecrire).await?;

    let avance = |faites| progres("Séjours", faites, options.sejours);
    let ecrire = move |lignes: &mut copie::Lignes| sejours::ecrire(&parc, &options, lignes);
    let sejours = copie::copier(conn, declaration::COPIE, avance, ecrire).await?;

    index::retablir(conn, &suspendus, |fait, total| progres("Index", fait, total)).await?;
    Ok(Bilan { hebergeurs, logements, sejours, deja: false })
}

/// Ce qui vient en dernier : compteurs d'identifiants, trace au journal, versions des données.
async fn terminer(conn: &mut PgConnection, options: &Options, bilan: &Bilan) -> sqlx::Result<()> {
    // La copie donne ses identifiants : sans cela, la première saisie retomberait sur le numéro 1.
    sqlx::query(
        "SELECT setval(pg_get_serial_sequence('hebergeur', 'id'), greatest((SELECT max(id) FROM hebergeur), 1)),
                setval(pg_get_serial_sequence('logement', 'id'), greatest((SELECT max(id) FROM logement), 1)),
                setval(pg_get_serial_sequence('sejour', 'id'), greatest((SELECT max(id) FROM sejour), 1))",
    )
    .execute(&mut *conn)
    .await?;
    // Qui ne loue plus rien est archivé.
    sqlx::query(
        "UPDATE hebergeur h SET archive_le = $1 WHERE EXISTS (SELECT 1 FROM logement l WHERE l.hebergeur_id = h.id)
           AND NOT EXISTS (SELECT 1 FROM logement l WHERE l.hebergeur_id = h.id AND l.actif)",
    )
    .bind(options.reference_date)
    .execute(&mut *conn)
    .await?;
    regie::engendrer(&mut *conn, options.reference_date, options.sejours).await?;
    sqlx::query(
        "INSERT INTO journal (acteur, action, detail)
         VALUES ('Démonstration', $1, jsonb_build_object('hebergeurs', $2::bigint, 'logements', $3::bigint,
                 'sejours', $4::bigint, 'graine', $5::text, 'reference', $6::date))",
    )
    .bind(ACTION)
    .bind(bilan.hebergeurs.cast_signed())
    .bind(bilan.logements.cast_signed())
    .bind(bilan.sejours.cast_signed())
    .bind(options.graine.to_string())
    .bind(options.reference_date)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO version_donnees (domaine, code_insee)
         SELECT domaine, code_insee FROM commune, unnest(ARRAY['sejours', 'logements', 'hebergeurs', 'communes', 'declarations']) AS domaine
         ON CONFLICT (domaine, code_insee) DO UPDATE SET version = version_donnees.version + 1",
    )
    .execute(conn)
    .await
    .map(drop)
}
