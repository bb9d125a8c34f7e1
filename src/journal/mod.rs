//! The journal: sign-ins, readings of personal files, changes, exports. Every room writes here
//! through [`note`]; only administrateurs read it, limited to their collectivités.

mod changes;
mod ligne;
mod list;
mod mots;
mod routes;
mod views;

pub use changes::{Change, changes};
pub use ligne::{Line, history};
pub use list::JOURNAL;
pub use mots::{Fact, facts, known_keys, phrase};
pub use routes::routes;

use std::net::IpAddr;

use serde_json::Value;
use sqlx::PgConnection;

/// Who acts, from where, in which request.
#[derive(Clone, Debug, Default)]
pub struct Actor {
    /// The person, when known.
    pub id: Option<i64>,
    /// Their name at that moment.
    pub name: String,
    /// Their main collectivité.
    pub collectivite_id: Option<i32>,
    /// Address of the client.
    pub ip: Option<IpAddr>,
    /// Number of the request.
    pub request: String,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Signed in.
    SignIn,
    /// Failed to sign in.
    SignInFailed,
    /// Signed out.
    SignOut,
    /// Read a personal file.
    Read,
    /// Created something.
    Create,
    /// Changed something.
    Change,
    /// Asked for an export.
    Export,
    /// Downloaded a file: begun, with its first bytes given by the store.
    Download,
    /// Asked for a file that the store did not give, or not to its end.
    DownloadFailed,
    /// Cancelled or retried a job.
    Job,
    /// A control found something wrong.
    Check,
}

/// Code, label and tone of each action: what the list filters on.
pub const ACTIONS: &[(&str, &str, &str)] = &[
    ("connexion", "Connexion", ""),
    ("connexion_refusee", "Connexion refusée", "alerte"),
    ("deconnexion", "Déconnexion", ""),
    ("consultation", "Consultation", ""),
    ("creation", "Création", "info"),
    ("modification", "Modification", "info"),
    ("export", "Export", "info"),
    ("telechargement", "Téléchargement", "info"),
    ("telechargement_echoue", "Téléchargement échoué", "alerte"),
    ("travail", "Action sur un travail", ""),
    ("controle", "Écart au contrôle", "erreur"),
];

impl Action {
    fn code(self) -> &'static str {
        ACTIONS[self as usize].0
    }
}

/// Writes one line, in the transaction of what it tells.
///
/// # Errors
/// PostgreSQL refused; the caller's transaction must not commit.
pub async fn note(
    connection: &mut PgConnection,
    actor: &Actor,
    action: Action,
    object: &str,
    object_id: &str,
    detail: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO journal (acteur_id, acteur, collectivite_id, action, objet, objet_id, detail, adresse_ip, requete_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::inet, $9)",
    )
    .bind(actor.id)
    .bind(&actor.name)
    .bind(actor.collectivite_id)
    .bind(action.code())
    .bind(object)
    .bind(object_id)
    .bind(detail)
    .bind(actor.ip.map(|ip| ip.to_string()))
    .bind(&actor.request)
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_has_its_code() {
        assert_eq!(Action::SignIn.code(), "connexion");
        assert_eq!(Action::Read.code(), "consultation");
        assert_eq!(Action::Job.code(), "travail");
        assert_eq!(Action::Check.code(), "controle");
        assert_eq!(Action::Check as usize, ACTIONS.len() - 1);
    }
}
