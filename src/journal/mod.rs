//! The journal: sign-ins, readings of personal files, changes, exports. Every room writes here
//! through [`note`]; only administrateurs read it, limited to their collectivités.

mod bornes;
mod changes;
mod cles;
mod codes;
mod ligne;
mod list;
mod mots;
mod routes;
mod sortie;
mod views;

pub use bornes::{Borne, within};
pub use changes::{Change, changes};
pub use codes::added;
pub use ligne::{Line, history, own};
pub use list::JOURNAL;
pub use mots::{Fact, facts, known_keys, object_name, phrase};
pub use routes::routes;
pub use sortie::{EVERY as TOLD_EVERY, Told, log as tell, tell_new};

use std::net::IpAddr;

use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};

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

impl Actor {
    /// The same, for a line that belongs to `place`: to that of what it speaks of. Without one, it stays its author's.
    #[must_use]
    pub fn at(&self, place: Option<i32>) -> Self {
        Self { collectivite_id: place.or(self.collectivite_id), ..self.clone() }
    }
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
    /// Tried to sign in too often: made to wait.
    Braked,
    /// Asked for what is not theirs.
    Refused,
}

/// Code, label and tone of each action: what the list filters on.
pub const NOTED_ACTIONS: &[(&str, &str, &str)] = &[
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
    ("connexion_freinee", "Connexion freinée", "alerte"),
    ("refus", "Accès refusé", "alerte"),
];

impl Action {
    fn code(self) -> &'static str {
        NOTED_ACTIONS[self as usize].0
    }
}

/// What a line about several places does not tell to each of them.
const TOTALS: &[&str] =
    &["filtres", "confirmees", "modifiees", "deja", "refusees", "modifiees_entre_temps", "arrivees_depuis", "retablies", "laissees"];

/// Writes one line, in the transaction of what it tells; it belongs to the main collectivité of its author.
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
    note_at(connection, actor, action, (object, object_id), detail, &[]).await
}

/// One line for each of several rows, given with their communes, of which the same is told.
///
/// # Errors
/// PostgreSQL refused; the caller's transaction must not commit.
pub async fn note_each(
    connection: &mut PgConnection,
    actor: &Actor,
    action: Action,
    (object, rows): (&str, &[(i64, String)]),
    detail: &Value,
) -> Result<(), sqlx::Error> {
    let (keys, communes): (Vec<String>, Vec<&str>) = rows.iter().map(|(key, commune)| (key.to_string(), commune.as_str())).unzip();
    sqlx::query(
        "INSERT INTO journal (acteur_id, acteur, collectivite_id, action, objet, objet_id, detail, adresse_ip, requete_id)
         SELECT $1, $2, coalesce(p.id, $3), $4, $5, r.cle, $7, $8::text::inet, $9
         FROM unnest($6::text[], $10::text[]) r (cle, commune) LEFT JOIN LATERAL lieux(ARRAY[r.commune]) p (id) ON true",
    )
    .bind(actor.id)
    .bind(&actor.name)
    .bind(actor.collectivite_id)
    .bind(action.code())
    .bind(object)
    .bind(&keys)
    .bind(detail)
    .bind(actor.ip.map(|ip| ip.to_string()))
    .bind(&actor.request)
    .bind(&communes)
    .execute(connection)
    .await?;
    Ok(())
}

/// The same for rows of `communes`: it belongs to the places that it speaks of, whoever its author is. Of several places,
/// each has its line, which tells what was done and not to how many rows of the others.
///
/// # Errors
/// PostgreSQL refused; the caller's transaction must not commit.
pub async fn note_at(
    connection: &mut PgConnection,
    actor: &Actor,
    action: Action,
    (object, object_id): (&str, &str),
    detail: &Value,
    communes: &[String],
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH places AS (SELECT l.id FROM lieux($10) l (id))
         INSERT INTO journal (acteur_id, acteur, collectivite_id, action, objet, objet_id, detail, adresse_ip, requete_id)
         SELECT $1, $2, p.id, $4, $5, $6, CASE WHEN (SELECT count(*) FROM places) > 1 AND $5 = 'action' THEN $7 - $11::text[] || '{\"ailleurs\": true}'::jsonb ELSE $7 END, $8::text::inet, $9
         FROM (SELECT id FROM places UNION ALL SELECT $3 WHERE NOT EXISTS (SELECT 1 FROM places)) p",
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
    .bind(communes)
    .bind(TOTALS)
    .execute(connection)
    .await?;
    Ok(())
}

/// The same for what was read or asked of `communes`: one line, of the smallest collectivité that has them all; when none
/// has, one for each place.
///
/// # Errors
/// PostgreSQL refused; the caller's transaction must not commit.
pub async fn note_about(
    connection: &mut PgConnection,
    actor: &Actor,
    action: Action,
    object: (&str, &str),
    detail: &Value,
    communes: &[String],
) -> Result<(), sqlx::Error> {
    let holds_all: Option<i32> = sqlx::query_scalar("SELECT lieu($1)").bind(communes).fetch_one(&mut *connection).await?;
    match holds_all {
        Some(place) => note_at(connection, &actor.at(Some(place)), action, object, detail, &[]).await,
        None => note_at(connection, actor, action, object, detail, communes).await,
    }
}

/// Whose something about `communes` is: the smallest collectivité that has them all, else its author's. What it shows of
/// itself then says nothing of the rows: the lines of the journal, one for each place, do.
pub async fn place(executor: impl PgExecutor<'_>, communes: &[String], author: Option<i32>) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query_scalar("SELECT coalesce(lieu($1), $2)").bind(communes).bind(author).fetch_one(executor).await
}

/// The same once a minute at most for one person: what somebody else repeats at will does not fill the journal.
///
/// # Errors
/// PostgreSQL refused; the caller's transaction must not commit.
pub async fn note_seldom(connection: &mut PgConnection, actor: &Actor, action: Action, object: &str) -> Result<(), sqlx::Error> {
    let noted: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM journal WHERE action = $1 AND objet = $3 AND moment > now() - interval '1 minute' AND acteur_id IS NOT DISTINCT FROM $2)",
    )
    .bind(action.code())
    .bind(actor.id)
    .bind(object)
    .fetch_one(&mut *connection)
    .await?;
    if noted {
        return Ok(());
    }
    note(connection, actor, action, object, "", &serde_json::json!({})).await
}

/// Whether `actor` has a line of `action` on a whole object, from the same address, in the last `hours`.
pub async fn noted_whole(
    connection: &mut PgConnection,
    actor: &Actor,
    action: Action,
    (object, object_id): (&str, &str),
    hours: i32,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM journal WHERE objet = $1 AND objet_id = $2 AND acteur_id = $3 AND action = $4 AND NOT detail ? 'partie'
             AND adresse_ip IS NOT DISTINCT FROM $6::text::inet AND moment > now() - make_interval(hours => $5))",
    )
    .bind(object)
    .bind(object_id)
    .bind(actor.id)
    .bind(action.code())
    .bind(hours)
    .bind(actor.ip.map(|ip| ip.to_string()))
    .fetch_one(connection)
    .await
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
        assert_eq!(Action::Braked.code(), "connexion_freinee");
        assert_eq!(Action::Refused.code(), "refus");
        assert_eq!(Action::Refused as usize, NOTED_ACTIONS.len() - 1);
    }
}
