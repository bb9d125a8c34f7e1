//! The oracle of the cache: beside each page of a server that may come from its cache, the same page of one that keeps nothing,
//! over the same base, and the two compared.
//!
//! What a cached page may legitimately show, and when two pages may be compared:
//!
//! - A request reads the versions of its data at an instant S, in the statement of its session. The entry under these versions
//!   was made from the data of some instant M.
//! - Every commit that changes data changes a version in the same transaction. If the versions of the reader's perimeter are the
//!   same before S and after the page was made without the cache, no commit touched these data in between, and M saw the same
//!   data: either M is in between, or M came before S, and then no commit lies between M and S, or the versions of S would be
//!   newer than those of the key. So the two pages must be equal, byte for byte. A difference is a fault: a write that did not
//!   touch its domains, a key that leaves out something the page depends on, a memory of the process that lags behind.
//! - If the versions moved in between, the cached page may show S or anything later, and the page without the cache the state of
//!   its own statements: the two may differ and both be right. The comparison is made again; after some tries it is counted as
//!   undecided.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use gardel::context::Context;
use gardel::listing::{Choices, Desk};
use gardel::platform::cache::Cache;
use gardel::web::LISTS;
use rocket::local::asynchronous::Client;

use crate::support::app::client;
use crate::support::{Browser, Page};

/// Comparisons tried before one is given up as undecided.
const TRIES: usize = 5;
/// Characters told around the first difference.
const EXCERPT_CHARS: usize = 120;
/// Data that the figures of the home page show.
const TILES: (&str, &[&str]) = ("/tuiles", &["sejours", "logements"]);

/// What was compared since the start.
pub struct Oracle {
    context: Context,
    compared: Cell<u64>,
    undecided: Cell<u64>,
    gaps: RefCell<Vec<String>>,
}

/// The versions of data, by domain and place.
type Versions = BTreeMap<(String, String), i64>;

impl Oracle {
    /// An oracle over the base of `context`.
    pub fn over(context: &Context) -> Self {
        Self { context: context.clone(), compared: Cell::new(0), undecided: Cell::new(0), gaps: RefCell::default() }
    }

    /// A server that remembers nothing: what it shows is what the base says. One for each page, since it would keep the
    /// reference data of its forms.
    async fn forgetful(&self) -> Client {
        let Context { desk, .. } = &self.context;
        let (db, clock, key, gate) = (desk.db.clone(), desk.clock.clone(), desk.key.clone(), desk.gate.clone());
        let desk = Desk { db, cache: Arc::new(Cache::disabled()), choices: Choices::default(), clock, key, gate };
        client(&Context { desk: Arc::new(desk), ..self.context.clone() }).await
    }

    /// The versions that a page of `person` at `path` depends on: those of its domains in their places, of the reference, and
    /// of all rights.
    async fn versions(&self, person: i64, path: &str) -> Versions {
        let db = &self.context.db;
        let places = gardel::comptes::reader_of(db, person).await.expect("the base answers").map(|reader| reader.places()).unwrap_or_default();
        let page = path.split(['?', '/']).nth(1).unwrap_or_default();
        let domains = LISTS.iter().find(|list| list.name == page).map_or(TILES.1, |list| list.domains);
        let rows: Vec<(String, String, i64)> =
            sqlx::query_as("SELECT domaine, code_insee, version FROM version_donnees").fetch_all(db.pool()).await.expect("versions");
        let counts = |domain: &str, place: &String| place.is_empty() || domain == "droits" || (domains.contains(&domain) && places.contains(place));
        rows.into_iter().filter(|(domain, place, _)| counts(domain, place)).map(|(domain, place, version)| ((domain, place), version)).collect()
    }

    /// Reads `path` on `server`, and judges what it served; lists that are never cached are only read.
    pub async fn read(&self, browser: &Browser<'_>, server: &Client, path: &str, headers: &[(&'static str, &str)]) -> Page {
        let list = LISTS.iter().find(|list| path.split(['?', '/']).nth(1) == Some(list.name));
        if list.is_some_and(|list| list.domains.is_empty()) || (list.is_none() && path != TILES.0) {
            return browser.get_from(server, path, headers).await.ok();
        }
        // The page of the caller is the one that was asked for first.
        let mut first: Option<Page> = None;
        for _ in 0..TRIES {
            let before = self.versions(browser.user_id, path).await;
            let served = browser.get_from(server, path, headers).await.ok();
            let anew = browser.get_from(&self.forgetful().await, path, headers).await.ok();
            let moved = self.versions(browser.user_id, path).await != before;
            if !moved {
                self.judge(path, &String::from_utf8_lossy(&served.body), &String::from_utf8_lossy(&anew.body));
            }
            let page = first.take().unwrap_or(served);
            if !moved {
                return page;
            }
            first = Some(page);
        }
        self.undecided.set(self.undecided.get() + 1);
        first.expect("asked at least once")
    }

    fn judge(&self, path: &str, served: &str, anew: &str) {
        // An estimate, or a time that was spent, is no function of the data alone.
        let inexact =
            |html: &str| html.contains("(estimation)") || html.contains("non calculé") || (path.contains("/facettes") && html.contains('…'));
        if served == anew {
            self.compared.set(self.compared.get() + 1);
        } else if inexact(served) || inexact(anew) {
            self.undecided.set(self.undecided.get() + 1);
        } else {
            let place = served.bytes().zip(anew.bytes()).take_while(|(served, anew)| served == anew).count();
            self.gaps.borrow_mut().push(format!(
                "{path}, byte {place}: served « {} », data say « {} »",
                excerpt(served, place),
                excerpt(anew, place)
            ));
        }
    }

    /// Pages found equal, left undecided, and found different.
    pub fn counts(&self) -> (u64, u64, usize) {
        (self.compared.get(), self.undecided.get(), self.gaps.borrow().len())
    }

    /// The differences, in words.
    pub fn gaps(&self) -> Vec<String> {
        self.gaps.borrow().clone()
    }
}

fn excerpt(text: &str, place: usize) -> String {
    let from = place.saturating_sub(EXCERPT_CHARS / 2);
    String::from_utf8_lossy(&text.as_bytes()[from.min(text.len())..(from + EXCERPT_CHARS).min(text.len())]).into_owned()
}
