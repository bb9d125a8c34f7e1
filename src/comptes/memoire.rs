//! What this process remembers of the people who use it: their rights and the versions of their
//! data, for as long as nothing has changed anywhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use moka::sync::Cache;

use super::model::{DefaultViews, Rights, Session};
use super::queries;
use super::role::Role;
use crate::listing::Reader;
use crate::platform::db::{Db, Positions};
use crate::ui::layout::conformity;

/// People remembered at once; each holds a few kilobytes at most.
const PEOPLE_MAX: u64 = 2_000;

/// A person as their rights were read, in one state of the data.
pub(super) struct Known {
    pub(super) nom: String,
    pub(super) courriel: String,
    pub(super) lieu: String,
    pub(super) principale: Option<i32>,
    pub(super) reader: Arc<Reader>,
    pub(super) role: Role,
    pub(super) versions: Arc<BTreeMap<String, i64>>,
    pub(super) reference: i64,
    pub(super) views: Arc<DefaultViews>,
    pub(super) notices: i64,
    pub(super) identity_required: bool,
    pub(super) accessibility: &'static str,
    pub(super) positions: Option<Arc<Positions>>,
    jour: NaiveDate,
    etat: Option<i64>,
}

/// The people remembered. Rights are the base's: each page asks for the sum of the counters with its
/// session, every write that changes data or rights increases one of them in its own transaction
/// (rights by triggers), and another sum, or another day, makes them read again.
pub struct Memoire(Cache<i64, Arc<Known>>);

impl Default for Memoire {
    fn default() -> Self {
        Self(Cache::new(PEOPLE_MAX))
    }
}

impl Memoire {
    /// The person of a session, `None` when they may not enter any more.
    pub(super) async fn person(&self, db: &Db, session: &Session) -> Result<Option<Arc<Known>>, sqlx::Error> {
        let before = self.0.get(&session.utilisateur_id);
        if let Some(known) = before.as_ref().filter(|known| (known.etat, known.jour) == (session.etat, session.jour)) {
            return Ok(Some(known.clone()));
        }
        let Some(rights) = queries::rights(db, session.utilisateur_id).await? else {
            self.0.invalidate(&session.utilisateur_id);
            return Ok(None);
        };
        let known = Arc::new(Known::new(rights, before.as_deref()));
        self.0.insert(session.utilisateur_id, known.clone());
        Ok(Some(known))
    }
}

impl Known {
    /// What was read; `before` is what was known.
    fn new(rights: Rights, before: Option<&Self>) -> Self {
        let (reader, versions) = (rights.reader(), rights.versions());
        let before =
            before.filter(|before| before.jour == rights.jour).and_then(|before| Some((before.reader.as_ref(), before.positions.as_deref()?)));
        Self {
            positions: rights.positions(&reader, &versions, before).map(Arc::new),
            versions: Arc::new(versions),
            views: Arc::new(rights.views()),
            notices: rights.avis,
            identity_required: rights.identite_exigee,
            accessibility: conformity(rights.accessibilite.as_deref()),
            reader: Arc::new(reader),
            role: rights.role,
            nom: rights.nom,
            courriel: rights.courriel,
            lieu: rights.lieu.unwrap_or_default(),
            principale: rights.principale,
            reference: rights.reference,
            jour: rights.jour,
            etat: rights.etat,
        }
    }
}
