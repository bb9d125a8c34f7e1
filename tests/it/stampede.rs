//! Five hundred people ask for one page that is in no cache: it is made once, whatever happens to
//! whoever makes it. Counted, not timed: the computation ends when all five hundred wait for it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use bytes::Bytes;
use futures::future::join_all;
use gardel::platform::cache::{Cache, Key};
use gardel::platform::token::SigningKey;
use rocket::tokio;

use crate::cache::redis_url;
use crate::support::app::config;

const ASKERS: usize = 500;

/// One server: its cache, and what is counted of it.
#[derive(Clone)]
struct Server {
    cache: Arc<Cache>,
    begun: Arc<AtomicUsize>,
    answered: Arc<AtomicUsize>,
}

impl Server {
    fn new(redis: Option<String>) -> Self {
        let mut settings = config("postgres://nulle-part/rien", Path::new("."));
        settings.redis_url = redis;
        let cache = Arc::new(Cache::new(&settings, &SigningKey::from_bytes(&std::process::id().to_le_bytes())).expect("a cache"));
        Self { cache, begun: Arc::default(), answered: Arc::default() }
    }

    /// Everybody asks; whoever computes waits until all are there, then ends as `end` says.
    async fn rush(&self, key: &Key, end: Result<&'static str, &'static str>) -> Vec<Result<Bytes, String>> {
        let asking = (0..ASKERS).map(|_| {
            let (server, key) = (self.clone(), key.clone());
            tokio::spawn(async move {
                let answer = server
                    .cache
                    .get_or(&key, async || {
                        server.begun.fetch_add(1, SeqCst);
                        server.all_there(&key).await;
                        end.map(|body| Bytes::from_static(body.as_bytes())).map_err(ToString::to_string)
                    })
                    .await;
                server.answered.fetch_add(1, SeqCst);
                answer.map(|fragment| fragment.body)
            })
        });
        join_all(asking).await.into_iter().map(|answer| answer.expect("no panic")).collect()
    }

    async fn all_there(&self, key: &Key) {
        while self.cache.askers(key) + self.answered.load(SeqCst) < ASKERS {
            tokio::task::yield_now().await;
        }
    }
}

fn key(name: &str) -> Key {
    Key::new("ruee", name, "", &format!("{:?}", std::time::Instant::now()))
}

/// An address where nothing listens.
fn dead_redis() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("redis://{}", listener.local_addr().expect("bound"))
}

#[rocket::async_test]
async fn a_page_that_is_missing_is_made_once() {
    for redis in [None, Some(redis_url()), Some(dead_redis())] {
        let server = Server::new(redis.clone());
        let answers = server.rush(&key("une fois"), Ok("page")).await;
        assert!(answers.iter().all(|answer| answer.as_deref() == Ok(b"page".as_slice())));
        assert_eq!(server.begun.load(SeqCst), 1, "redis {redis:?}");
    }
}

#[rocket::async_test]
async fn two_servers_make_it_once_each_at_most() {
    let (first, second) = (Server::new(Some(redis_url())), Server::new(Some(redis_url())));
    let key = key("deux serveurs");
    let (one, two) = futures::join!(first.rush(&key, Ok("page")), second.rush(&key, Ok("page")));
    assert!(one.iter().chain(&two).all(|answer| answer.as_deref() == Ok(b"page".as_slice())));
    let (one, two) = (first.begun.load(SeqCst), second.begun.load(SeqCst));
    assert!(one <= 1 && two <= 1 && one + two >= 1, "{one} and {two}");
}

/// The failure is shared: a base in trouble is not asked five hundred times. It is not kept.
#[rocket::async_test]
async fn a_computation_that_fails_fails_once() {
    for redis in [None, Some(redis_url()), Some(dead_redis())] {
        let server = Server::new(redis);
        let key = key("en échec");
        let answers = server.rush(&key, Err("la base ne répond pas")).await;
        assert!(answers.iter().all(|answer| answer.as_deref() == Err(&"la base ne répond pas".to_string())));
        assert_eq!(server.begun.load(SeqCst), 1);
        server.answered.store(0, SeqCst);
        let answers = server.rush(&key, Ok("page")).await;
        assert!(answers.iter().all(|answer| answer.as_deref() == Ok(b"page".as_slice())));
        assert_eq!(server.begun.load(SeqCst), 2);
    }
}

/// The one who computes goes away (their browser closed): the next one computes, for all.
#[rocket::async_test]
async fn a_computation_that_is_dropped_is_taken_up_once() {
    for redis in [None, Some(redis_url())] {
        let server = Server::new(redis);
        let key = key("abandon");
        let leader = {
            let (server, key) = (server.clone(), key.clone());
            tokio::spawn(async move {
                let _dropped = server
                    .cache
                    .get_or(&key, async || {
                        server.begun.fetch_add(1, SeqCst);
                        std::future::pending::<Result<Bytes, String>>().await
                    })
                    .await;
            })
        };
        while server.begun.load(SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        // It goes once everybody waits behind it.
        let end = async {
            while server.cache.askers(&key) < ASKERS + 1 {
                tokio::task::yield_now().await;
            }
            leader.abort();
        };
        let (answers, ()) = futures::join!(server.rush(&key, Ok("page")), end);
        assert!(answers.iter().all(|answer| answer.as_deref() == Ok(b"page".as_slice())));
        assert_eq!(server.begun.load(SeqCst), 2, "once dropped, once whole");
    }
}
