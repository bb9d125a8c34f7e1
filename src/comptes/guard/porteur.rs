//! Whoever calls by a token, as the person whose token it is, with the rights that it leaves them.

use std::sync::Arc;

use chrono::NaiveDate;
use moka::sync::Cache;

use super::super::model::{Rights, reader};
use super::super::queries;
use super::super::role::Role;
use super::Personne;
use crate::journal::Actor;
use crate::listing::{Access, Lieu, Reader};
use crate::platform::db::{Db, Position};
use crate::ui::layout::Frame;

/// Tokens remembered at once.
const BEARERS_MAX: u64 = 1_000;

/// What a token says of its bearer.
pub struct Porte<'a> {
    /// Its number.
    pub token_id: i64,
    /// Whose it is.
    pub user_id: i64,
    /// Its name, told beside that of its owner.
    pub name: &'a str,
    /// Today in Guadeloupe.
    pub day: NaiveDate,
    /// The state of everything, read with it.
    pub state: Option<i64>,
    /// Where the primary was after its bearer last wrote.
    pub wrote: Option<Position>,
    /// What is left of the rights of its owner.
    pub cap: &'a (dyn Fn(&[Lieu]) -> Vec<Lieu> + Send + Sync),
}

/// The people whose tokens this process answered lately: as [`super::Memoire`] remembers those of the pages.
pub struct Porteurs(Cache<i64, Arc<(NaiveDate, Option<i64>, Personne)>>);

impl Default for Porteurs {
    fn default() -> Self {
        Self(Cache::new(BEARERS_MAX))
    }
}

impl Porteurs {
    /// The person of a token; nothing when their account may not enter any more.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn person(&self, db: &Db, porte: Porte<'_>, actor: Actor) -> Result<Option<Personne>, sqlx::Error> {
        let known = match self.0.get(&porte.token_id) {
            Some(known) if (known.0, known.1) == (porte.day, porte.state) => known,
            before => {
                let Some(rights) = queries::rights(db, porte.user_id).await? else {
                    self.0.invalidate(&porte.token_id);
                    return Ok(None);
                };
                let before = before.as_ref().filter(|before| before.0 == rights.jour).map(|before| &before.2);
                let known = Arc::new((rights.jour, rights.etat, bearer(&rights, &porte, before)));
                self.0.insert(porte.token_id, known.clone());
                known
            }
        };
        let mut person = known.2.clone();
        // From where, in which request: of this call alone.
        person.actor.ip = actor.ip;
        person.actor.request = actor.request;
        person.wrote = porte.wrote;
        Ok(Some(person))
    }
}

impl Personne {
    /// The person for whom a job works, who is not there: what their rights open at this moment, and no session.
    pub fn absent(reader: Reader, actor: Actor) -> Self {
        Self {
            reader: Arc::new(reader),
            frame: Frame::default(),
            nom: actor.name.clone(),
            courriel: String::new(),
            session_id: 0,
            strong: false,
            weak: false,
            external: false,
            unlinked: false,
            confirmed: false,
            role: Role::SurMesure,
            principale: actor.collectivite_id,
            actor,
            versions: Arc::default(),
            reference: 0,
            positions: None,
            owner: None,
            wrote: None,
            views: Arc::default(),
            token: None,
        }
    }
}

/// Whether whoever calls by a token reads, of what each of `accesses` opens, all that its owner does. What its owner loaded from
/// everywhere is theirs to read then, and not otherwise.
///
/// # Errors
/// PostgreSQL failed.
pub async fn reads_as_its_owner(db: &Db, personne: &Personne, accesses: &[Access]) -> Result<bool, sqlx::Error> {
    let Some(owner) = queries::reader_of(db, personne.reader.user_id).await? else { return Ok(false) };
    let (own, whole) = (personne.reader.reading(), owner.reading());
    let same = |access: &Access| {
        own.may(*access) == whole.may(*access)
            && own.communes_of(*access) == whole.communes_of(*access)
            && own.collectivites_of(*access) == whole.collectivites_of(*access)
    };
    Ok(accesses.iter().all(same))
}

/// The person of `rights`, as far as the token goes: no session, and no proof of a moment ago. `before` is what was known of them.
fn bearer(rights: &Rights, porte: &Porte<'_>, before: Option<&Personne>) -> Personne {
    let left = (porte.cap)(&rights.habilitations);
    let versions = rights.versions();
    // The versions are those of all that their owner sees, whatever the token leaves of it.
    let before = before.and_then(|before| Some((before.owner.as_deref()?, before.positions.as_deref()?)));
    let owner = rights.reader();
    let positions = rights.positions(&owner, &versions, before).map(Arc::new);
    let name = format!("{} (jeton «\u{a0}{}\u{a0}»)", rights.nom, porte.name);
    Personne {
        reader: Arc::new(reader(rights.id, rights.role, &left)),
        actor: Actor { id: Some(rights.id), name, collectivite_id: rights.principale, ..Actor::default() },
        frame: Frame::default(),
        nom: rights.nom.clone(),
        courriel: rights.courriel.clone(),
        session_id: 0,
        strong: false,
        weak: false,
        external: false,
        unlinked: false,
        confirmed: false,
        role: rights.role,
        principale: rights.principale,
        versions: Arc::new(versions),
        reference: rights.reference,
        owner: positions.is_some().then(|| Arc::new(owner)),
        positions,
        wrote: porte.wrote,
        views: Arc::default(),
        token: Some(porte.token_id),
    }
}
