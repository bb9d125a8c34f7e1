//! The cache by itself: one computation for many, nothing kept that should not be, a store that does not answer.

use super::*;
use std::sync::atomic::AtomicUsize;

fn memory_cache() -> Cache {
    Cache { store: Store::Memory(memory::Memory::new(1 << 20, TTL)), ..Cache::disabled() }.on()
}

impl Cache {
    fn on(mut self) -> Self {
        self.enabled = true;
        self
    }
}

#[test]
fn keys_differ_by_each_part_and_not_by_their_joints() {
    let base = Key::new("liste", "a", "b", "c");
    assert_ne!(base, Key::new("liste", "ab", "", "c"));
    assert_ne!(base, Key::new("liste", "a", "b", "d"));
    assert_eq!(base, Key::new("liste", "a", "b", "c"));
}

#[tokio::test]
async fn a_stampede_computes_once() {
    let cache = Arc::new(memory_cache());
    let count = Arc::new(AtomicUsize::new(0));
    let key = Key::new("f", "", "", "");
    let askers = (0..500).map(|_| {
        let (cache, count, key) = (cache.clone(), count.clone(), key.clone());
        tokio::spawn(async move {
            cache
                .get_or(&key, async || {
                    count.fetch_add(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                    Ok::<_, ()>(Bytes::from_static(b"x"))
                })
                .await
        })
    });
    for answer in futures::future::join_all(askers).await {
        assert_eq!(answer.expect("no panic").map(|made| made.body), Ok(Bytes::from_static(b"x")));
    }
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_says_that_there_was_no_time_is_not_kept() {
    let cache = memory_cache();
    let key = Key::new("f", "", "", "");
    let hurried = cache.get_or(&key, async || Ok::<_, ()>(Made { body: Bytes::from_static(b"?"), lasting: false })).await;
    assert_eq!(hurried.map(|fragment| fragment.body), Ok(Bytes::from_static(b"?")));
    let then = cache.get_or(&key, async || Ok::<_, ()>(Bytes::from_static(b"12"))).await;
    assert_eq!(then.map(|fragment| fragment.body), Ok(Bytes::from_static(b"12")));
}

#[tokio::test]
async fn an_error_is_not_kept() {
    let cache = memory_cache();
    let key = Key::new("f", "", "", "");
    assert_eq!(cache.get_or(&key, async || Err::<Bytes, _>("non")).await, Err("non"));
    assert_eq!(cache.get_or(&key, async || Ok::<_, &str>(Bytes::from_static(b"y"))).await, Ok(Fragment::new(Bytes::from_static(b"y"))));
}

/// A Redis whose answer is cut in the middle is a miss, each time.
#[tokio::test]
async fn an_answer_cut_in_the_middle_is_a_miss() {
    use tokio::io::AsyncWriteExt;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _written = socket.write_all(b"+OK\r\n+OK\r\n$500\r\nle debut").await;
        }
    });
    let redis = redis::Redis::new(&format!("redis://127.0.0.1:{port}"), crate::platform::token::SigningKey::from_bytes(b"test")).expect("an address");
    let cache = Cache { store: Store::Redis(Box::new(redis)), ..Cache::disabled() }.on();
    for _ in 0..3 {
        let body = cache.get_or(&Key::new("f", "", "", ""), async || Ok::<_, ()>(Bytes::from_static(b"juste"))).await;
        assert_eq!(body, Ok(Fragment::new(Bytes::from_static(b"juste"))));
    }
}

/// A Redis that accepts connections and never answers must cost less than a tenth of a second,
/// then nothing once the circuit is cut. Counted in attempts, not in time.
#[tokio::test]
async fn a_mute_redis_is_left_alone() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((socket, _)) = listener.accept().await {
            open.push(socket);
        }
    });
    let redis = redis::Redis::new(&format!("redis://127.0.0.1:{port}"), crate::platform::token::SigningKey::from_bytes(b"test")).expect("an address");
    let cache = Cache { store: Store::Redis(Box::new(redis)), ..Cache::disabled() }.on();
    for round in 0..8u8 {
        let key = Key::new("f", &round.to_string(), "", "");
        let body = cache.get_or(&key, async || Ok::<_, ()>(Bytes::from_static(b"juste"))).await;
        assert_eq!(body, Ok(Fragment::new(Bytes::from_static(b"juste"))));
    }
    assert_eq!(cache.redis_open(), Some(true), "the circuit is cut after repeated failures");
}
