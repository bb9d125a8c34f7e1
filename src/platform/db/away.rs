//! Why the database could not be reached, in words.

use crate::platform::config::ConfigError;

/// Why the database could not be reached.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A setting is wrong.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// The tables are missing or older than this version.
    #[error("La base n’est pas à jour pour cette version. Lancez « gardel migrate », puis recommencez.")]
    NotMigrated,
    /// PostgreSQL refused or did not answer.
    #[error("{}", refused(.0))]
    Sqlx(#[from] sqlx::Error),
}

/// Why PostgreSQL did not let us in, in words: what it answers is not what keeps it from answering.
fn refused(error: &sqlx::Error) -> String {
    let code = error.as_database_error().and_then(|cause| cause.code()).map(|code| code.into_owned());
    match (code.as_deref(), error) {
        (Some("28P01" | "28000"), _) => {
            "PostgreSQL répond, et refuse ce compte ou son mot de passe (ou ce chemin : pg_hba.conf). Corrigez DATABASE_URL.".into()
        }
        (Some("3D000"), _) => "PostgreSQL répond, et n’a pas cette base. Créez-la, ou corrigez DATABASE_URL.".into(),
        (_, sqlx::Error::PoolTimedOut) => "La base de données ne répond pas. Vérifiez DATABASE_URL et que PostgreSQL est démarré.".into(),
        _ => format!("La base de données ne répond pas ({error}). Vérifiez DATABASE_URL et que PostgreSQL est démarré."),
    }
}
