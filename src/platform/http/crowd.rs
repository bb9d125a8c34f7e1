//! How many connections the requests of one room hold at once: a table that somebody holds takes those of who looks at it, not those of
//! everybody.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use rocket::Request;
use tokio::sync::Semaphore;

use crate::platform::db;

/// The places of each room of a process.
pub struct Crowd {
    places: usize,
    /// First words of paths that have a room of their own though their routes say `<liste>`.
    lists: HashSet<String>,
    /// By the first word of the path: there are as many as routes and lists.
    rooms: Mutex<HashMap<String, Arc<Semaphore>>>,
}

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

/// Says of `request`, once its guards let it in, in which room it takes its connections.
pub fn enter(request: &Request<'_>) {
    let Some(crowd) = request.rocket().state::<Crowd>() else { return };
    let Some(name) = request.route().and_then(|route| crowd.name(route.uri.path(), request.uri().path().as_str())) else { return };
    db::enter(crowd.room(name));
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
