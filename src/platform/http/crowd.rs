//! How many requests of one room read at once: a table that somebody holds takes the connections of those who look at it, not
//! those of everybody.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rocket::Request;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::platform::error::{Error, Result};

/// Longest wait for a place.
const PATIENCE: Duration = Duration::from_secs(5);

/// The places of each room of a process.
pub struct Crowd {
    places: usize,
    /// First words of paths that have a room of their own though their routes say `<liste>`.
    lists: HashSet<String>,
    /// By the first word of the path: there are as many as routes and lists.
    rooms: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// The place of one request, from the guard that let it in to its answer.
#[derive(Default)]
struct Taken(Mutex<Option<OwnedSemaphorePermit>>);

impl Crowd {
    /// Rooms of `places` each; a list of `lists` has its own, whatever its routes are called: who notes a stay waits with those who
    /// look at stays, not with everybody who writes anywhere.
    pub fn new(places: usize, lists: HashSet<String>) -> Self {
        Self { places, lists, rooms: Mutex::default() }
    }

    /// The room of a request to `path`, answered by the route `pattern`.
    fn name<'a>(&self, pattern: &'a str, path: &'a str) -> Option<&'a str> {
        let first = |path: &'a str| path.split('/').nth(1);
        let asked = first(path).filter(|word| self.lists.contains(*word));
        asked.or_else(|| first(pattern))
    }

    fn room(&self, name: &str) -> Arc<Semaphore> {
        // Poisoned only if somebody panicked between two operations of the map: it is still right.
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(room) = rooms.get(name) {
            return room.clone();
        }
        let room = Arc::new(Semaphore::new(self.places));
        rooms.insert(name.into(), room.clone());
        room
    }
}

/// Gives `request` a place in its room until its answer; once only, however many guards ask.
///
/// # Errors
/// None was left in time.
pub async fn enter(request: &Request<'_>) -> Result<()> {
    let Some(crowd) = request.rocket().state::<Crowd>() else { return Ok(()) };
    let Some(name) = request.route().and_then(|route| crowd.name(route.uri.path(), request.uri().path().as_str())) else { return Ok(()) };
    let taken = request.local_cache(Taken::default);
    if held(taken).is_some() {
        return Ok(());
    }
    // Nobody closes a room: a wait ends by its place or by its length.
    let place = tokio::time::timeout(PATIENCE, crowd.room(name).acquire_owned()).await.ok().and_then(std::result::Result::ok);
    *held(taken) = Some(place.ok_or(Error::Crowded)?);
    Ok(())
}

/// Gives the place back: the answer is made, however long it takes to travel.
pub(super) fn leave(request: &Request<'_>) {
    held(request.local_cache(Taken::default)).take();
}

fn held(taken: &Taken) -> std::sync::MutexGuard<'_, Option<OwnedSemaphorePermit>> {
    // Poisoned only if somebody panicked while taking a value out: it is whole or gone.
    taken.0.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_one_room_whatever_answers() {
        let crowd = Crowd::new(2, HashSet::from(["sejours".to_string()]));
        let named = |pattern, path| crowd.name(pattern, path).expect("a room");
        assert_eq!(named("/sejours", "/sejours"), named("/<liste>/<id>/notes", "/sejours/12/notes"));
        assert_eq!(named("/<liste>/<id>/notes", "/inconnue/12/notes"), "<liste>", "a name that somebody makes up opens no room");
        assert_eq!(named("/imports/<id>", "/imports/12"), "imports");
    }
}
