//! How many requests of one room read at once: a table that somebody holds takes the connections of those who look at it, not
//! those of everybody.

use std::collections::HashMap;
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
    /// By the first word of the path of a route: there are as many as rooms.
    rooms: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// The place of one request, from the guard that let it in to its answer.
#[derive(Default)]
struct Taken(Mutex<Option<OwnedSemaphorePermit>>);

impl Crowd {
    /// Rooms of `places` each.
    pub fn new(places: usize) -> Self {
        Self { places, rooms: Mutex::default() }
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
    let Some(name) = request.route().and_then(|route| route.uri.path().split('/').nth(1)) else { return Ok(()) };
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
