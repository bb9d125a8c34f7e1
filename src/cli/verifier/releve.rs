//! The statement of what a base holds: for each table its columns, its rows by slices of their first key, and a sum of each slice that no
//! order of the rows changes. It is a check against accidents: whoever can write the base can write the statement.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sqlx::Row;

use super::constat::{Avance, Constat};
use super::lecture::{Instant, Lecture, Table};
use crate::context::StartError;

/// The form of the file.
const FORME: u32 = 1;
/// Pages of a table read by one statement: what is told of how far it is (512 MiB).
const PAGES: i64 = 65_536;

/// The rows of one slice: how many, and the sum of their digests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Somme {
    /// Rows.
    pub(super) lignes: i64,
    /// Sums, modulo 2⁶⁴, of the first and of the second eight bytes of the SHA-256 of each row.
    sommes: [u64; 2],
}

impl Somme {
    /// Both together.
    pub(super) fn plus(self, other: Self) -> Self {
        let sum = |place: usize| self.sommes[place].wrapping_add(other.sommes[place]);
        Self { lignes: self.lignes + other.lignes, sommes: [sum(0), sum(1)] }
    }
}

/// One slice of a table: rows that older transactions than those of the statement wrote, then the others.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Tranche {
    /// Rows of transactions that were over when the oldest one of the statement began.
    pub(super) anciennes: Somme,
    /// The others.
    pub(super) autres: Somme,
}

impl Tranche {
    /// All its rows.
    pub(super) fn toutes(&self) -> Somme {
        self.anciennes.plus(self.autres)
    }
}

/// One table.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Contenu {
    /// Its columns, in order, with their types.
    pub(super) colonnes: Vec<String>,
    /// The partitioned table of which it is a part.
    pub(super) partie_de: Option<String>,
    /// The column whose values make its slices, when it has more than one.
    pub(super) cle: Option<String>,
    /// Its slices, by the number of each.
    pub(super) tranches: BTreeMap<i64, Tranche>,
}

impl Contenu {
    /// Its rows.
    pub(super) fn lignes(&self) -> i64 {
        self.tranches.values().map(|tranche| tranche.toutes().lignes).sum()
    }
}

/// What a base holds at an instant.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Releve {
    forme: u32,
    gardel: String,
    /// Which base, and when.
    pub(super) instant: Instant,
    /// Its tables.
    pub(super) tables: BTreeMap<String, Contenu>,
    /// Its sequences: the last number that each gave.
    pub(super) suites: BTreeMap<String, Option<i64>>,
}

impl Releve {
    /// Reads every table. Rows are told old or not by the instant of `held`, else by that of this reading.
    ///
    /// # Errors
    /// PostgreSQL failed; a table that cannot be read is a fault.
    pub(super) async fn of(lecture: &mut Lecture, constat: &mut Constat, held: Option<&Self>) -> Result<Self, StartError> {
        let instant = lecture.instant().await?;
        let xmin = held.map_or(instant.xmin, |held| held.instant.xmin);
        let all = lecture.tables().await?;
        let mut avance = Avance::new("Tables", all.iter().map(|table| table.pages.unsigned_abs() + 1).sum());
        let mut tables = BTreeMap::new();
        for table in all {
            let mut tranches = BTreeMap::new();
            let mut from = 0;
            loop {
                let to = from + PAGES;
                let last = to >= table.pages;
                if let Some(fault) = part(lecture, &table, (from, (!last).then_some(to)), (instant.xmax, xmin), &mut tranches).await? {
                    constat.faute(&format!("la table {} ne se lit pas : {fault}.", table.nom));
                    break;
                }
                let read = if last { table.pages - from + 1 } else { PAGES };
                avance.plus(read.unsigned_abs(), &table.nom);
                if last {
                    break;
                }
                from = to;
            }
            tables.insert(table.nom, Contenu { colonnes: table.colonnes, partie_de: table.partie_de, cle: table.cle, tranches });
        }
        let suites = lecture.sequences().await?.into_iter().collect();
        Ok(Self { forme: FORME, gardel: env!("CARGO_PKG_VERSION").into(), instant, tables, suites })
    }

    /// All the rows.
    pub(super) fn lignes(&self) -> i64 {
        self.tables.values().map(Contenu::lignes).sum()
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// The disk.
    pub(super) fn write(&self, path: &Path) -> Result<(), StartError> {
        let failed = |error: std::io::Error| StartError::Other(format!("Le relevé {} ne s’écrit pas : {error}.", path.display()));
        let text = serde_json::to_vec(self).map_err(|error| failed(error.into()))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        std::io::Write::write_all(&mut file, &text).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    /// Reads one back.
    ///
    /// # Errors
    /// It cannot be read, or another version wrote it.
    pub(super) fn read(path: &Path) -> Result<Self, StartError> {
        let failed = |why: String| StartError::Other(format!("Le relevé {} ne se lit pas : {why}.", path.display()));
        let text = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
        let releve: Self = serde_json::from_slice(&text).map_err(|error| failed(error.to_string()))?;
        if releve.forme != FORME {
            return Err(failed(format!("il est de la forme {}, et ce programme lit la forme {FORME}", releve.forme)));
        }
        Ok(releve)
    }
}

/// Reads the rows of some pages of a table into its slices; or what PostgreSQL says of rows that it cannot read.
async fn part(
    lecture: &mut Lecture,
    table: &Table,
    (from, to): (i64, Option<i64>),
    (next, xmin): (i64, i64),
    tranches: &mut BTreeMap<i64, Tranche>,
) -> Result<Option<String>, StartError> {
    let end = to.map(|to| format!(" AND l.ctid < '({to},0)'::tid")).unwrap_or_default();
    let tranche = table.cle.as_ref().map_or_else(|| "0::bigint".into(), |cle| format!("(l.{cle}::bigint >> 14)"));
    // The number of a transaction is kept in 32 bits: it is the last one that ends so. Those under 3 are older than all.
    let sql = format!(
        "SELECT tranche, ancienne, count(*) AS lignes, sum(('x' || substr(e, 1, 16))::bit(64)::bigint)::text AS a,
             sum(('x' || substr(e, 17, 16))::bit(64)::bigint)::text AS b
         FROM (SELECT {tranche} AS tranche, x.n < 3 OR {next} - (({next} - x.n) & 4294967295) < {xmin} AS ancienne,
                   encode(sha256(convert_to((l.*)::text, 'UTF8')), 'hex') AS e
               FROM {table} l CROSS JOIN LATERAL (SELECT l.xmin::text::bigint AS n) x WHERE l.ctid >= '({from},0)'::tid{end}) s
         GROUP BY 1, 2",
        table = table.cite
    );
    let rows = match lecture.ask(&sql).await? {
        Ok(rows) => rows,
        Err(fault) => return Ok(Some(fault)),
    };
    let failed = |error: sqlx::Error| super::refused(error);
    for row in rows {
        let number = |name: &str| -> Result<u64, StartError> {
            let text: String = row.try_get(name).map_err(failed)?;
            let sum: i128 = text.parse().map_err(|_| StartError::Other(format!("PostgreSQL a rendu une somme illisible : {text}.")))?;
            Ok(u64::try_from(sum.rem_euclid(1 << 64)).unwrap_or_default())
        };
        let more = Somme { lignes: row.try_get("lignes").map_err(failed)?, sommes: [number("a")?, number("b")?] };
        let held = tranches.entry(row.try_get("tranche").map_err(failed)?).or_default();
        let place = if row.try_get("ancienne").map_err(failed)? { &mut held.anciennes } else { &mut held.autres };
        *place = place.plus(more);
    }
    Ok(None)
}
