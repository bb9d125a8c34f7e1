//! Files that arrive in chunks: each goes to the object store and is noted in the base, so that any server may take the next one, after a
//! cut too; the last one put them end to end under the digest of the whole.

mod assemblage;
mod menage;
mod morceau;
mod queries;
mod routes;

pub use menage::sweep;
pub use queries::{EnCours, en_cours};
pub use routes::routes;

/// Bytes of a chunk: what a cut loses at most.
pub const MORCEAU: u32 = 4 * 1024 * 1024;
/// Mebibytes of a file at most.
pub const ENVOI_MIO_MAX: u64 = 2_048;
/// Files that one person may have on their way.
const EN_COURS_MAX: i64 = 20;
/// Mebibytes of them all.
const EN_COURS_MIO_MAX: u64 = 8_192;
/// Where the chunks lie in the store, in a folder for each send.
const FOLDER: &str = "envois";

/// Where a chunk lies: another content of the same place takes another name.
fn chemin(envoi: i64, rang: i32, sha256: &str) -> String {
    format!("{FOLDER}/{envoi}/{rang}-{sha256}")
}
