//! The files of exports as `gardel verifier` looks at them: what rows name, and what manifests say.

use serde_json::Value;

use super::lecture::{self, Distant};
use crate::catalogue::Catalogue;
use crate::listing::{Column, Format};
use crate::platform::db::Db;
use crate::platform::store::{Files, FilesError, Nommes};

/// The files that these rows name in the store: those that are ready with their manifests, and the pieces of those being made.
pub const NOMMES: &[Nommes] = &[
    Nommes {
        quoi: "fichier de l’export",
        lignes: "SELECT id AS cle, fichier AS chemin, octets, sha256 FROM export WHERE etat = 'pret' AND fichier IS NOT NULL",
    },
    Nommes {
        quoi: "manifeste de l’export",
        lignes: "SELECT id AS cle, fichier || '.manifeste.json' AS chemin, NULL::bigint AS octets, NULL::text AS sha256 FROM export
                 WHERE etat = 'pret' AND fichier IS NOT NULL",
    },
    Nommes {
        quoi: "morceau d’export",
        lignes: "SELECT m.export_id << 20 | m.numero AS cle, m.cle AS chemin, m.octets, NULL::text AS sha256 FROM export_morceau m
                 JOIN export e ON e.id = m.export_id WHERE e.etat IN ('en_attente', 'en_cours')",
    },
];

/// A file that is ready, with what its row says of it.
#[derive(Debug, sqlx::FromRow)]
pub struct Pret {
    /// Number of the export.
    pub id: i64,
    liste: String,
    colonnes: Vec<String>,
    format: String,
    fichier: String,
    octets: i64,
    sha256: String,
    lignes_ecrites: i64,
    manifeste: Option<Value>,
}

/// The ready files whose number is over `after`, in order, `most` at most.
///
/// # Errors
/// PostgreSQL failed.
pub async fn prets(db: &Db, after: i64, most: i64) -> Result<Vec<Pret>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, liste, colonnes, format, fichier, octets, sha256, lignes_ecrites, manifeste FROM export
         WHERE etat = 'pret' AND fichier IS NOT NULL AND id > $1 ORDER BY id LIMIT $2",
    )
    .bind(after)
    .bind(most)
    .fetch_all(db.statement())
    .await
}

/// What was found of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manifeste {
    /// It says what is; whether the rows of its file were counted too.
    Vrai {
        /// A list that changed since cannot read its old files, nor can a file that is not there be counted.
        lignes: bool,
    },
    /// What it says falsely, in one sentence.
    Faux(String),
    /// It is not there.
    Absent,
}

/// What is found of the manifest of a file that is ready: of its row and, when `lignes`, of the rows that are in the file.
/// Its size and its digest are held to the file by whoever reads the files that rows name.
///
/// # Errors
/// The store failed: that proves nothing against the manifest.
pub async fn manifeste_lu(catalogue: &Catalogue, files: &Files, pret: &Pret, lignes: bool) -> Result<Manifeste, FilesError> {
    let bytes = match files.get(&format!("{}.manifeste.json", pret.fichier)).await {
        Ok(bytes) => bytes,
        Err(FilesError::Missing) => return Ok(Manifeste::Absent),
        Err(error) => return Err(error),
    };
    let Ok(said) = serde_json::from_slice::<Value>(&bytes) else { return Ok(Manifeste::Faux("le manifeste du dépôt n’est pas du JSON".into())) };
    let differs = |key: &str, held: Value| (said.get(key) != Some(&held)).then(|| (key.to_string(), held));
    let held = [
        differs("export", pret.id.into()),
        differs("octets", pret.octets.into()),
        differs("sha256", pret.sha256.as_str().into()),
        differs("lignes_ecrites", pret.lignes_ecrites.into()),
    ];
    if let Some((key, held)) = held.into_iter().flatten().next() {
        let told = said.get(&key).map_or_else(|| "rien".into(), Value::to_string);
        return Ok(Manifeste::Faux(format!("le manifeste dit {key} = {told}, la base {held}")));
    }
    if pret.manifeste.as_ref().is_some_and(|kept| *kept != said) {
        return Ok(Manifeste::Faux("le manifeste du dépôt n’est plus celui que la base a gardé".into()));
    }
    if lignes { rows(catalogue, files, pret).await } else { Ok(Manifeste::Vrai { lignes: false }) }
}

/// What is wrong with the rows of a file, read back by the reader of its format.
async fn rows(catalogue: &Catalogue, files: &Files, pret: &Pret) -> Result<Manifeste, FilesError> {
    let list = catalogue.exportable(&pret.liste);
    let columns: Option<Vec<&'static Column>> = list.and_then(|list| pret.colonnes.iter().map(|name| list.column(name)).collect());
    // A list that changed since cannot read its old files: their bytes are proved all the same.
    let (Some(columns), Some(format)) = (columns, Format::from_code(&pret.format)) else { return Ok(Manifeste::Vrai { lignes: false }) };
    let source = match Distant::open(files, &pret.fichier).await {
        Ok(source) => source,
        Err(FilesError::Missing) => return Ok(Manifeste::Vrai { lignes: false }),
        Err(error) => return Err(error),
    };
    let read = tokio::task::spawn_blocking(move || lecture::read(format, &columns, source, &mut |_| Ok(())));
    Ok(match read.await.map_err(|error| FilesError::Away(error.to_string()))? {
        Ok(rows) if rows == pret.lignes_ecrites => Manifeste::Vrai { lignes: true },
        Ok(rows) => Manifeste::Faux(format!("le fichier contient {rows} lignes, le manifeste en annonce {}", pret.lignes_ecrites)),
        Err(fault) => Manifeste::Faux(format!("le fichier ne se relit pas : {fault}")),
    })
}
