//! Long readings of pages, one at a time for each person: whoever asks for eight exact counts at once does not take the
//! connections of the others.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::platform::error::{Error, Result};

/// People remembered: each holds nothing once they read nothing.
const PEOPLE_MAX: u64 = 10_000;
/// Longest wait for one's turn.
const PATIENCE: Duration = Duration::from_secs(15);

/// Turns that one person waits for at once: a browser shows what was asked last, and the others wait for nobody.
const WAITING_MAX: usize = 4;
/// Seconds after which a refusal says to come back.
const LATER_SECONDS: u64 = 15;

/// Turns of the long readings of one process.
#[derive(Clone)]
pub struct Gate {
    people: Cache<i64, Arc<Person>>,
    all: Arc<Semaphore>,
}

struct Person {
    one: Arc<Semaphore>,
    /// Those who may wait.
    waiting: Semaphore,
}

/// A turn: it ends when this goes.
pub struct Turn {
    _one: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Gate {
    /// Turns of a process that has `connections` to the base: long readings take half of them at most.
    pub fn new(connections: u32) -> Self {
        let all = usize::try_from(connections / 2).unwrap_or(1).max(1);
        // Somebody who reads is never idle for so long.
        let people = Cache::builder().max_capacity(PEOPLE_MAX).time_to_idle(PATIENCE * 20).build();
        Self { people, all: Arc::new(Semaphore::new(all)) }
    }

    /// The turn of a person, once they read nothing else and a connection is free for it.
    ///
    /// # Errors
    /// The person waits for several already (429), or too long (503).
    pub async fn turn(&self, user_id: i64) -> Result<Turn> {
        let person =
            self.people.get_with(user_id, || Arc::new(Person { one: Arc::new(Semaphore::new(1)), waiting: Semaphore::new(1 + WAITING_MAX) }));
        let Ok(_waits) = person.waiting.try_acquire() else {
            let sentence = "Vous avez déjà demandé plusieurs comptes. Attendez qu’ils s’affichent, puis recommencez.";
            return Err(Error::Bound(sentence.into(), LATER_SECONDS));
        };
        let turn = async {
            let one = person.one.clone().acquire_owned().await.ok()?;
            let all = self.all.clone().acquire_owned().await.ok()?;
            Some(Turn { _one: one, _all: all })
        };
        // Nobody closes these: a wait ends by its turn or by its length.
        tokio::time::timeout(PATIENCE, turn).await.ok().flatten().ok_or(Error::TooHeavy)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures::poll;

    use super::*;

    #[rocket::async_test]
    async fn one_reading_of_a_person_and_half_of_the_connections() {
        let gate = Gate::new(4);
        let first = gate.turn(1).await.expect("a free gate");
        let mut again = pin!(gate.turn(1));
        assert!(poll!(&mut again).is_pending(), "a second one of the same person waits");
        let second = gate.turn(2).await.expect("somebody else does not");
        let mut third = pin!(gate.turn(3));
        assert!(poll!(&mut third).is_pending(), "two of the four connections are taken");
        drop(second);
        let third = third.await.expect("a turn");
        assert!(poll!(&mut again).is_pending(), "the first reading goes on");
        drop(first);
        again.await.expect("its turn");
        drop(third);
    }

    #[rocket::async_test]
    async fn nobody_waits_for_more_than_a_few() {
        let gate = Gate::new(20);
        let first = gate.turn(1).await.expect("a free gate");
        let mut waiting: Vec<_> = (0..=WAITING_MAX).map(|_| Box::pin(gate.turn(1))).collect();
        for turn in &mut waiting {
            assert!(poll!(turn).is_pending());
        }
        assert!(matches!(gate.turn(1).await, Err(Error::Bound(..))), "one more");
        gate.turn(2).await.expect("somebody else");
        // Whoever goes away leaves their place.
        drop(waiting);
        drop(first);
        gate.turn(1).await.expect("a turn again");
    }
}
