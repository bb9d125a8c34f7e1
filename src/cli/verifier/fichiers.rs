//! The store: every file that a row names, the manifests, and what no row names.

use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use sqlx::AssertSqlSafe;

use super::constat::{Avance, Constat};
use super::refused;
use crate::context::StartError;
use crate::exports::{self, Manifeste};
use crate::platform::db::Db;
use crate::platform::store::{Files, FilesError, Nommes};
use crate::platform::token::hexadecimal;
use crate::ui::format;
use crate::{imports, lettres, pieces, web};

/// Rows asked for at once, and names held against the base at once.
const AT_ONCE: i64 = 500;
/// Bytes read at once.
const READ_BYTES: u64 = 4 * 1024 * 1024;
/// What is not named by rows and is somebody's: watched folders, the trial of the store.
const OTHERS: [&str; 2] = ["deposes/", "essai/"];
/// Files without a row that are told by name.
const TOLD: usize = 3;

/// What every room declares.
fn declared() -> impl Iterator<Item = &'static Nommes> {
    [exports::NOMMES, imports::NOMMES, pieces::NOMMES, lettres::NOMMES].into_iter().flatten()
}

/// A file that a row names.
#[derive(Debug, sqlx::FromRow)]
struct Nomme {
    cle: i64,
    chemin: String,
    octets: Option<i64>,
    sha256: Option<String>,
}

fn away(error: FilesError) -> StartError {
    StartError::Other(format!("{error} {}", error.detail()).trim_end().to_string())
}

/// The rows of `kind` after `key`. The text comes from the declarations of the rooms.
async fn page(db: &Db, kind: &Nommes, key: i64, most: i64) -> Result<Vec<Nomme>, StartError> {
    let sql = format!("SELECT cle, chemin, octets, sha256 FROM ({}) n WHERE cle > $1 ORDER BY cle LIMIT $2", kind.lignes);
    sqlx::query_as(AssertSqlSafe(sql)).bind(key).bind(most).fetch_all(db.statement()).await.map_err(refused)
}

/// Every file that a row names is there, with its size and, unless `quick`, its bytes.
///
/// # Errors
/// PostgreSQL or the store failed.
pub(super) async fn nommes(db: &Db, files: &Files, quick: bool, constat: &mut Constat) -> Result<(), StartError> {
    let (mut total, mut bytes) = (0, 0);
    for kind in declared() {
        let sql = format!("SELECT count(*), coalesce(sum(octets), 0)::bigint FROM ({}) n", kind.lignes);
        let (rows, size): (i64, i64) = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(db.statement()).await.map_err(refused)?;
        total += rows;
        bytes += size;
    }
    let weight = if quick { total } else { bytes + total };
    let mut avance = Avance::new("Fichiers", weight.unsigned_abs());
    let (mut seen, mut read) = (0, 0);
    for kind in declared() {
        let mut key = -1;
        loop {
            let rows = page(db, kind, key, AT_ONCE).await?;
            let Some(last) = rows.last() else { break };
            key = last.cle;
            for row in &rows {
                let fault = if quick { sized(files, row).await? } else { whole(files, row).await? };
                seen += 1;
                // What left while it was looked at is named by no row any more.
                if let Some(fault) = fault
                    && page(db, kind, row.cle - 1, 1).await?.iter().any(|now| (now.cle, &now.chemin) == (row.cle, &row.chemin))
                {
                    constat.faute(&format!("{} n° {} ({}) : {fault}.", kind.quoi, row.cle, row.chemin));
                }
                read += row.octets.unwrap_or(0);
                avance.plus(if quick { 1 } else { row.octets.unwrap_or(0).unsigned_abs() + 1 }, &row.chemin);
            }
        }
    }
    drop(avance);
    let how = if quick { "avec leur taille".into() } else { format!("relus en entier ({})", format::bytes(read)) };
    constat.partie(&format!("Fichiers : {} nommés par la base, tous dans le dépôt, {how}.", format::integer(seen)));
    Ok(())
}

/// What is wrong with the size of a file.
async fn sized(files: &Files, row: &Nomme) -> Result<Option<String>, StartError> {
    Ok(match files.size(&row.chemin).await {
        Err(FilesError::Missing) => Some("il n’est pas dans le dépôt".into()),
        Err(error) => return Err(away(error)),
        Ok(size) => row.octets.filter(|octets| i64::try_from(size) != Ok(*octets)).map(|octets| format!("il fait {size} octets au lieu de {octets}")),
    })
}

/// What is wrong with a file, read to its end.
async fn whole(files: &Files, row: &Nomme) -> Result<Option<String>, StartError> {
    let fault = sized(files, row).await?;
    let (None, Some(sha256)) = (&fault, &row.sha256) else { return Ok(fault) };
    let size = row.octets.unwrap_or(0).unsigned_abs();
    let (mut digest, mut from) = (Sha256::new(), 0);
    while from < size {
        let part = match files.get_range(&row.chemin, from..(from + READ_BYTES).min(size)).await {
            Ok(part) if part.is_empty() => return Ok(Some("il s’arrête avant sa fin".into())),
            Ok(part) => part,
            Err(FilesError::Missing) => return Ok(Some("il n’est plus dans le dépôt".into())),
            Err(error) => return Err(away(error)),
        };
        from += part.len() as u64;
        digest.update(&part);
    }
    let same = hexadecimal(&digest.finalize()) == *sha256;
    Ok((!same).then(|| "son contenu n’est plus le même (SHA-256)".into()))
}

/// Every manifest says what is: of its row and, unless `quick`, of the rows in its file.
///
/// # Errors
/// PostgreSQL or the store failed.
pub(super) async fn manifestes(db: &Db, files: &Files, quick: bool, constat: &mut Constat) -> Result<(), StartError> {
    let catalogue = web::declared();
    let total: i64 = sqlx::query_scalar("SELECT count(*) FROM export WHERE etat = 'pret' AND fichier IS NOT NULL")
        .fetch_one(db.statement())
        .await
        .map_err(refused)?;
    let mut avance = Avance::new("Manifestes", total.unsigned_abs());
    let (mut key, mut seen, mut counted) = (0, 0, 0);
    loop {
        let ready = exports::prets(db, key, AT_ONCE).await.map_err(refused)?;
        let Some(last) = ready.last() else { break };
        key = last.id;
        for one in &ready {
            let found = exports::manifeste_lu(&catalogue, files, one, !quick).await.map_err(away)?;
            seen += i64::from(!matches!(found, Manifeste::Absent));
            counted += i64::from(matches!(found, Manifeste::Vrai { lignes: true }));
            if let Manifeste::Faux(fault) = found
                && exports::prets(db, one.id - 1, 1).await.map_err(refused)?.iter().any(|now| now.id == one.id)
            {
                constat.faute(&format!("export n° {} : {fault}.", one.id));
            }
            avance.plus(1, "");
        }
    }
    drop(avance);
    let rows = match counted {
        _ if quick => String::new(),
        counted if counted == seen => ", lignes comptées".into(),
        counted => format!(", lignes comptées de {}", format::integer(counted)),
    };
    // Those that are not there are told with the files.
    constat.partie(&format!("Manifestes : {} sur {} lus, tous vrais{rows}.", format::integer(seen), format::integer(total)));
    Ok(())
}

/// Tells how many files of the store no row names: they cost their place, and nobody asks for them.
///
/// # Errors
/// PostgreSQL or the store failed.
pub(super) async fn sans_nom(db: &Db, files: &Files, constat: &mut Constat) -> Result<(), StartError> {
    let named = declared().map(|kind| format!("SELECT chemin FROM ({}) n", kind.lignes)).collect::<Vec<_>>().join(" UNION ALL ");
    let sql = format!("SELECT p FROM unnest($1::text[]) p WHERE NOT EXISTS (SELECT 1 FROM ({named}) n WHERE n.chemin = p)");
    let (mut count, mut bytes, mut told) = (0, 0, Vec::new());
    let mut all = std::pin::pin!(files.all());
    let mut page: Vec<(String, u64)> = Vec::new();
    loop {
        let next = all.try_next().await.map_err(away)?;
        let ended = next.is_none();
        page.extend(next.filter(|file| !OTHERS.iter().any(|other| file.path.starts_with(other))).map(|file| (file.path, file.octets)));
        if ended || page.len() as i64 >= AT_ONCE {
            let paths: Vec<&str> = page.iter().map(|(path, _)| path.as_str()).collect();
            let nobodys: Vec<String> =
                sqlx::query_scalar(AssertSqlSafe(sql.clone())).bind(&paths).fetch_all(db.statement()).await.map_err(refused)?;
            count += i64::try_from(nobodys.len()).unwrap_or(i64::MAX);
            bytes += page.iter().filter(|(path, _)| nobodys.contains(path)).map(|(_, size)| i64::try_from(*size).unwrap_or(i64::MAX)).sum::<i64>();
            told.extend(nobodys.into_iter().take(TOLD - told.len().min(TOLD)));
            page.clear();
        }
        if ended {
            break;
        }
    }
    let sentence = match count {
        0 => "Dépôt : aucun fichier qu’aucune ligne ne nomme.".into(),
        _ => format!(
            "Attention : {} fichier(s) du dépôt ({}) ne sont nommés par aucune ligne : {}{}. Rien ne les demande.",
            format::integer(count),
            format::bytes(bytes),
            told.join(", "),
            if count > TOLD as i64 { "…" } else { "" }
        ),
    };
    constat.partie(&sentence);
    Ok(())
}
