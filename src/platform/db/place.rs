//! The places of a request: connections that requests of one room hold at once are bounded, so that a table that somebody holds takes those
//! of who looks at it, not those of everybody. A request takes a place when it takes a connection, and gives it back with it: what it does
//! between two statements holds nobody up.

use std::future::Future;
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

use crate::platform::instruments::seated;

/// Longest wait for a place: as for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// Every place of a room is taken, which is no fault of the database: whatever became of it lately, the person is told of the crowd.
#[derive(Debug, thiserror::Error)]
#[error("every place of the room is taken")]
pub struct NoPlace;

tokio::task_local! {
    static SEAT: Arc<Seat>;
}

/// Where one request sits: its room once it is known, and the place that it holds while it has connections.
#[derive(Debug, Default)]
pub struct Seat {
    room: OnceLock<Arc<Semaphore>>,
    held: Mutex<Weak<OwnedSemaphorePermit>>,
}

/// The place of a request, for as long as one of its connections is out. A request that takes a second connection has it already: it never
/// waits for itself.
pub(super) type Place = Option<Arc<OwnedSemaphorePermit>>;

impl Seat {
    /// Does `work`, whose connections are counted in one room once [`enter`] has said which.
    pub fn during<F: Future>(work: F) -> impl Future<Output = F::Output> {
        SEAT.scope(Arc::default(), work)
    }
}

/// From here on, the request that is being answered takes its connections among those of `room`; the first room stays.
pub fn enter(room: Arc<Semaphore>) {
    // Outside of a request nobody is counted.
    let _beside = SEAT.try_with(|seat| seat.room.set(room));
}

/// A place in the room of the request, or nothing where there is no room.
///
/// # Errors
/// None was left in time: [`NoPlace`].
pub(super) async fn place() -> Result<Place, sqlx::Error> {
    let Ok(seat) = SEAT.try_with(Arc::clone) else { return Ok(None) };
    let Some(room) = seat.room.get() else { return Ok(None) };
    let mut held = seat.held.lock().await;
    if let Some(place) = held.upgrade() {
        return Ok(Some(place));
    }
    let asked = Instant::now();
    // Nobody closes a room: a wait ends by its place or by its length.
    let taken = tokio::time::timeout(PATIENCE, Arc::clone(room).acquire_owned()).await.ok().and_then(Result::ok);
    seated(asked.elapsed());
    let taken = Arc::new(taken.ok_or_else(|| sqlx::Error::AnyDriverError(NoPlace.into()))?);
    *held = Arc::downgrade(&taken);
    Ok(Some(taken))
}

/// Whether the request being answered is counted in a room.
pub(super) fn counted() -> bool {
    SEAT.try_with(|seat| seat.room.get().is_some()).unwrap_or(false)
}

/// A connection, and the place that goes with it.
pub struct Held {
    // In this order: the connection is given back before the place.
    pub(super) connection: PoolConnection<Postgres>,
    pub(super) _place: Place,
}

impl std::ops::Deref for Held {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl std::ops::DerefMut for Held {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rocket::async_test]
    async fn a_request_holds_one_place_while_it_has_connections() {
        let room = Arc::new(Semaphore::new(1));
        Seat::during(async {
            assert!(place().await.expect("no room").is_none() && !counted(), "before its room is known");
            enter(Arc::clone(&room));
            let first = place().await.expect("a place");
            assert_eq!((room.available_permits(), counted()), (0, true));
            let second = place().await.expect("the same, at once");
            drop(first);
            assert_eq!(room.available_permits(), 0, "held by the second");
            drop(second);
            assert_eq!(room.available_permits(), 1, "between two statements it holds nothing");
        })
        .await;
    }

    #[rocket::async_test(start_paused = true)]
    async fn a_full_room_refuses_in_time() {
        let room = Arc::new(Semaphore::new(1));
        let _other = Arc::clone(&room).acquire_owned().await.expect("a place");
        let refused = Seat::during(async {
            enter(Arc::clone(&room));
            place().await
        });
        let refused = refused.await.expect_err("a full room");
        assert!(matches!(&refused, sqlx::Error::AnyDriverError(why) if why.is::<NoPlace>()), "{refused}");
        assert!(place().await.expect("no request").is_none());
    }
}
