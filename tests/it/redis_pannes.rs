//! Whatever Redis does, the pages are those of a server without a cache, to the byte, and Redis is
//! asked a bounded number of times: how long a page waits follows from that count, not from a watch.

use std::time::Instant;

use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};

use crate::cache::redis_url;
use crate::support::app::LE_GOSIER;
use crate::support::proxy::{Manner, Proxy};
use crate::support::{App, Browser};

const PAGES: [&str; 6] = ["/sejours", "/logements?tri=capacite", "/hebergeurs", "/communes", "/sejours/compte", "/tuiles"];
/// Failures that cut the circuit, and for how long (`platform/cache/redis.rs`).
const FAILURES_MAX: usize = 3;
const CUT_SECONDS: usize = 3;

async fn expected(browser: &Browser<'_>) -> Vec<String> {
    let mut pages = Vec::new();
    for path in PAGES {
        pages.push(browser.get(path).await.ok().text().into());
    }
    pages
}

async fn database(app: &App) -> String {
    app.one("SELECT current_database()::text").await
}

#[rocket::async_test]
async fn a_redis_in_trouble_changes_no_byte_and_is_left_alone() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let expected = expected(&browser).await;
    let name = database(&app).await;
    let proxy = Proxy::redis(&redis_url()).await;
    for manner in [Manner::Slow, Manner::Mute, Manner::Closed, Manner::Http, Manner::Cut] {
        // A healthy Redis first, with something in it; then the trouble, in the middle of service.
        proxy.behave(Manner::Faithful);
        let other = App::over(&name, |config| config.redis_url = Some(proxy.url.clone())).await;
        for (path, page) in PAGES.iter().zip(&expected) {
            assert_eq!(&browser.get_from(&other.client, path, &[]).await.ok().text(), page, "{path} before {manner:?}");
        }
        proxy.behave(manner);
        let began = Instant::now();
        for round in 0..4 {
            for (path, page) in PAGES.iter().zip(&expected) {
                assert_eq!(&browser.get_from(&other.client, path, &[]).await.ok().text(), page, "{path}, {manner:?}, round {round}");
            }
        }
        // Three failures cut the circuit; then one asking each time it closes again. A client may
        // send once more what it could not on a connection that it finds dead.
        let closings = usize::try_from(began.elapsed().as_secs()).expect("short") / CUT_SECONDS + 1;
        let bound = 2 * (FAILURES_MAX + closings);
        assert!(proxy.asked() <= bound, "{manner:?}: Redis was asked {} times for {} pages", proxy.asked(), 4 * PAGES.len());
    }
}

/// Redis comes back: it is used again.
#[rocket::async_test]
async fn a_redis_that_comes_back_is_used_again() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let name = database(&app).await;
    let proxy = Proxy::redis(&redis_url()).await;
    let other = App::over(&name, |config| config.redis_url = Some(proxy.url.clone())).await;
    proxy.behave(Manner::Closed);
    for path in PAGES {
        browser.get_from(&other.client, path, &[]).await.ok();
    }
    proxy.behave(Manner::Faithful);
    let (before, _) = other.context.cache.counts();
    for _ in 0..600 {
        browser.get_from(&other.client, "/communes", &[]).await.ok();
        if other.context.cache.counts().0 > before {
            return;
        }
        rocket::tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("Redis was never used again");
}

/// Everything that was stored is replaced: random bytes, values cut short, values altered, values of
/// other keys, values of another type, nothing at all.
#[rocket::async_test]
async fn garbage_in_redis_changes_no_byte() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let expected = expected(&browser).await;
    let name = database(&app).await;
    // Other tests share this Redis: only the keys of this installation are spoilt.
    let pattern = format!("gardel:{}:*", app.context.key.installation());
    let client = redis::Client::open(redis_url()).expect("an address");
    let mut connection = client.get_multiplexed_async_connection().await.expect("the Redis of the tests");
    let mut random = StdRng::seed_from_u64(971);
    for spoil in ["hasard", "coupé", "altéré", "échangé", "autre type", "vide", "effacé"] {
        let other = App::over(&name, |config| config.redis_url = Some(redis_url())).await;
        for path in PAGES {
            browser.get_from(&other.client, path, &[]).await.ok();
        }
        let keys: Vec<String> = redis::cmd("KEYS").arg(&pattern).query_async(&mut connection).await.expect("keys");
        // On a very slow machine some were set aside: one is enough to spoil.
        assert!(!keys.is_empty(), "{spoil}");
        let mut values: Vec<Vec<u8>> = Vec::new();
        for key in &keys {
            values.push(redis::cmd("GET").arg(key).query_async(&mut connection).await.unwrap_or_default());
        }
        for (place, key) in keys.iter().enumerate() {
            let mut value = values[place].clone();
            match spoil {
                "hasard" => random.fill_bytes(&mut value),
                "coupé" => value.truncate(random.random_range(0..value.len().max(1))),
                "altéré" if !value.is_empty() => {
                    // In the body: the header only says how long the value may live.
                    let at = random.random_range(28.min(value.len() - 1)..value.len());
                    value[at] ^= 1 << random.random_range(0..8);
                }
                "échangé" => value = values[(place + 1) % values.len()].clone(),
                "vide" => value.clear(),
                _ => {}
            }
            let _: () = redis::cmd("DEL").arg(key).query_async(&mut connection).await.expect("removed");
            let stored: Result<(), redis::RedisError> = match spoil {
                "effacé" => Ok(()),
                "autre type" => redis::cmd("LPUSH").arg(key).arg("a").arg("b").query_async(&mut connection).await,
                _ => redis::cmd("SET").arg(key).arg(value).query_async(&mut connection).await,
            };
            stored.expect("spoilt");
        }
        for round in 0..2 {
            for (path, page) in PAGES.iter().zip(&expected) {
                assert_eq!(&browser.get_from(&other.client, path, &[]).await.ok().text(), page, "{path}, {spoil}, round {round}");
            }
        }
    }
}
