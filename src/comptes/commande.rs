//! Accounts from the command line: the first ones, a lost link, and rights given back when nobody is left who could.
//! Each act is in the journal, under the name of whoever is at the keyboard of the machine.

use serde_json::json;
use sqlx::PgConnection;

use super::role::Role;
use super::{externe, facteur, queries, sessions};
use crate::avis::{self, Notice};
use crate::journal::{self, Action, Actor};
use crate::platform::token;

/// What changes in an account; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct Rights {
    /// Its role.
    pub role: Option<Role>,
    /// Whether it may sign in.
    pub actif: Option<bool>,
    /// Its collectivités, all of them.
    pub collectivites: Option<Vec<i32>>,
    /// Whether it may be the last one who manages the rights of a collectivité.
    pub even_last: bool,
    /// Whether its second factor is taken away: a lost device, and nobody to ask.
    pub without_factor: bool,
    /// Whether its identities are taken away: a person who changed employer, a provider that is gone.
    pub without_identity: bool,
}

/// Adds a user and the link under `link`; false when the e-mail is taken.
///
/// # Errors
/// PostgreSQL refused.
pub async fn add_with_link(
    connection: &mut PgConnection,
    courriel: &str,
    nom: &str,
    role: Role,
    collectivites: &[i32],
    link: &str,
) -> Result<bool, sqlx::Error> {
    let Some(id) = queries::add_user(&mut *connection, (courriel, nom), role, (collectivites, &[])).await? else { return Ok(false) };
    note(&mut *connection, Action::Create, id, &json!({"role": role.code()})).await?;
    queries::invite(connection, &token::hash(link), id, "invitation", None).await
}

/// Makes a new link under `link` for an active user; false when there is none.
///
/// # Errors
/// PostgreSQL refused.
pub async fn new_link(connection: &mut PgConnection, courriel: &str, link: &str) -> Result<bool, sqlx::Error> {
    let Some(id) = account(&mut *connection, courriel).await? else { return Ok(false) };
    if !queries::invite(&mut *connection, &token::hash(link), id, "renouvellement", None).await? {
        return Ok(false);
    }
    let told = "Un lien pour choisir un nouveau mot de passe de votre compte a été créé en ligne de commande. Si vous ne l’avez pas demandé, \
                parlez-en à l’exploitant.";
    avis::add(&mut *connection, id, &Notice { ton: "alerte", texte: told, lien: "/compte" }).await?;
    note(connection, Action::Change, id, &json!({"lien": "renouvellement"})).await?;
    Ok(true)
}

/// What became of a change asked on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// No account has this e-mail.
    Unknown,
    /// It was so already.
    Same,
    /// It is changed.
    Done,
    /// Nothing is changed: nobody would manage the rights of these collectivités any more.
    LastManager(String),
}

/// Gives `rights` to the account of `courriel`. Its sessions end when it is disabled, its links with any change. The caller
/// rolls back what is not [`Changed::Done`].
///
/// # Errors
/// PostgreSQL refused.
pub async fn change(connection: &mut PgConnection, courriel: &str, rights: &Rights) -> Result<Changed, sqlx::Error> {
    queries::lock_rights(&mut *connection).await?;
    let Some(id) = account(&mut *connection, courriel).await? else { return Ok(Changed::Unknown) };
    let alone: Vec<i32> = sqlx::query_scalar("SELECT dernier_gestionnaire($1)").bind(id).fetch_all(&mut *connection).await?;
    let before = state(&mut *connection, id).await?;
    queries::set_rights(&mut *connection, id, rights.role, rights.actif, rights.collectivites.as_deref()).await?;
    if !rights.even_last
        && let Some(places) = orphans(&mut *connection, id, &alone).await?
    {
        return Ok(Changed::LastManager(places));
    }
    if rights.actif == Some(false) {
        sessions::end_sessions(&mut *connection, id, None).await?;
    }
    let removed = rights.without_factor && facteur::remove_by_command(&mut *connection, id).await?;
    if removed {
        note(&mut *connection, Action::Change, id, &json!({"second_facteur": "retiré"})).await?;
    }
    let unlinked = rights.without_identity && externe::remove_by_command(&mut *connection, id).await?;
    if unlinked {
        let told = "L’identité reliée à votre compte a été retirée en ligne de commande. Si vous ne l’avez pas demandé, parlez-en à l’exploitant.";
        avis::add(&mut *connection, id, &Notice { ton: "alerte", texte: told, lien: externe::PAGE }).await?;
        note(&mut *connection, Action::Change, id, &json!({"identite": "retirée"})).await?;
    }
    let after = state(&mut *connection, id).await?;
    if before == after {
        return Ok(if removed || unlinked { Changed::Done } else { Changed::Same });
    }
    note(connection, Action::Change, id, &json!({"avant": before, "apres": after})).await?;
    Ok(Changed::Done)
}

/// The names of those of `places`, managed by account `id` alone before, that it does not manage any more.
async fn orphans(connection: &mut PgConnection, id: i64, places: &[i32]) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT string_agg(c.nom, ', ' ORDER BY c.nom) FROM collectivite c WHERE c.id = ANY($2)
           AND NOT (c.id = ANY(collectivites_gerees($1, 'administration', 4)) AND EXISTS (SELECT 1 FROM utilisateur u WHERE u.id = $1 AND u.actif))",
    )
    .bind(id)
    .bind(places)
    .fetch_one(connection)
    .await
}

async fn account(connection: &mut PgConnection, courriel: &str) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM utilisateur WHERE courriel = $1").bind(courriel).fetch_optional(connection).await
}

/// An account as the journal tells it.
async fn state(connection: &mut PgConnection, id: i64) -> Result<serde_json::Value, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT jsonb_build_object('nom', nom, 'role', role, 'actif', actif,
             'collectivites', ARRAY(SELECT collectivite_id FROM utilisateur_collectivite WHERE utilisateur_id = id ORDER BY 1)) FROM utilisateur WHERE id = $1",
    )
    .bind(id)
    .fetch_one(connection)
    .await
}

async fn note(connection: &mut PgConnection, action: Action, id: i64, detail: &serde_json::Value) -> Result<(), sqlx::Error> {
    let collectivite_id: Option<i32> = sqlx::query_scalar("SELECT lieu_du_compte($1)").bind(id).fetch_one(&mut *connection).await?;
    let actor = Actor { collectivite_id, ..keyboard() };
    journal::note(connection, &actor, action, "utilisateur", &id.to_string(), detail).await
}

/// Notes a change of a collectivité, at its place.
pub(super) async fn note_collectivite(connection: &mut PgConnection, id: i32, detail: &serde_json::Value) -> Result<(), sqlx::Error> {
    let actor = Actor { collectivite_id: Some(id), ..keyboard() };
    journal::note(connection, &actor, Action::Change, "collectivité", &id.to_string(), detail).await
}

/// Who is at the keyboard, as the system says: their account on the machine, and the address they came from by SSH.
fn keyboard() -> Actor {
    let read = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let person = ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(read).unwrap_or_else(|| "inconnu".into());
    let from = read("SSH_CLIENT").and_then(|text| text.split(' ').next().and_then(|address| address.parse().ok()));
    Actor { name: format!("Ligne de commande ({person})"), ip: from, request: "ligne de commande".into(), ..Actor::default() }
}
