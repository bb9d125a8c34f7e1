//! An S3 store: only where the settings say, and waited for while it restarts.

use std::sync::Arc;
use std::time::Duration;

use object_store::ObjectStore;
#[cfg(test)]
use object_store::{ObjectStoreExt, path::Path};

/// `bucket/prefix`; keys, region and endpoint come from the usual `AWS_*` variables.
pub(super) fn s3(place: &str) -> Result<Arc<dyn ObjectStore>, String> {
    s3_of(place, object_store::aws::AmazonS3Builder::from_env().with_retry(retries()))
}

/// The store of `place`, for a builder that knows how to reach it.
fn s3_of(place: &str, builder: object_store::aws::AmazonS3Builder) -> Result<Arc<dyn ObjectStore>, String> {
    crate::platform::tls::install();
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    let store = builder.with_bucket_name(bucket).with_http_connector(Straight).build().map_err(|error| {
        format!("STORAGE_URL (s3) : {error}. Donnez AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION et, hors d’Amazon, AWS_ENDPOINT.")
    })?;
    Ok(Arc::new(object_store::prefix::PrefixStore::new(store, prefix)))
}

/// How long a store that restarts is waited for before what was asked has failed: a job keeps its attempt, a download its place.
fn retries() -> object_store::RetryConfig {
    object_store::RetryConfig {
        backoff: object_store::BackoffConfig { init_backoff: Duration::from_millis(100), max_backoff: Duration::from_secs(2), base: 2. },
        max_retries: 40,
        retry_timeout: Duration::from_secs(60),
    }
}

/// Longest wait for a store's door to open, and for the whole of one answer.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// The road to a store that goes where the settings say and nowhere else: a store that sends elsewhere has failed. The
/// client that the library makes by itself follows.
#[derive(Debug)]
struct Straight;

impl object_store::client::HttpConnector for Straight {
    fn connect(&self, options: &object_store::ClientOptions) -> object_store::Result<object_store::client::HttpClient> {
        // An address in http:// is for a store on this machine: the library says so when the settings name one.
        let plain = options.get_config_value(&object_store::ClientConfigKey::AllowHttp).is_some_and(|allowed| allowed == "true");
        reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECTION_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .https_only(!plain)
            .user_agent(concat!("gardel/", env!("CARGO_PKG_VERSION")))
            .build()
            .map(object_store::client::HttpClient::new)
            .map_err(|error| object_store::Error::Generic { store: "S3", source: Box::new(error) })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use object_store::RetryConfig;
    use object_store::aws::AmazonS3Builder;

    use rocket::tokio::{self, time::sleep};

    use super::*;

    /// How a store that is reached at `address` is spoken to.
    fn at(address: &str) -> AmazonS3Builder {
        AmazonS3Builder::new().with_endpoint(address).with_allow_http(true).with_region("gp").with_access_key_id("x").with_secret_access_key("y")
    }

    /// Asked once: what fails has failed.
    fn once() -> RetryConfig {
        RetryConfig { max_retries: 0, ..RetryConfig::default() }
    }

    /// Without its TLS library the client would not even be made.
    #[rocket::async_test]
    async fn a_store_elsewhere_is_spoken_to_by_tls() {
        let door = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = door.local_addr().expect("its address");
        let first = std::thread::spawn(move || {
            let mut byte = [0];
            door.accept().expect("somebody comes").0.read_exact(&mut byte).expect("a first byte");
            byte[0]
        });
        let store = s3_of("seau/prefixe", at(&format!("https://{address}")).with_allow_http(false).with_retry(once())).expect("a store");
        assert!(store.head(&Path::from("rien")).await.is_err(), "nobody answers");
        assert_eq!(first.join().expect("the door"), 0x16, "the first byte of a TLS handshake");
    }

    /// A store that restarts: its port refuses, then its first connections are cut, then it answers.
    #[rocket::async_test]
    async fn a_store_that_restarts_is_waited_for() {
        use std::io::{BufRead, BufReader, Write};
        let door = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = door.local_addr().expect("its address");
        drop(door);
        let store = s3_of("seau", at(&format!("http://{address}")).with_retry(retries())).expect("a store");
        let asked = tokio::spawn(async move { store.head(&Path::from("un")).await });
        sleep(Duration::from_millis(300)).await;
        assert!(!asked.is_finished(), "given up while nobody listened");
        let back = std::thread::spawn(move || {
            let door = std::net::TcpListener::bind(address).expect("the same port");
            for _ in 0..2 {
                drop(door.accept().expect("somebody comes"));
            }
            let (mut stream, _) = door.accept().expect("somebody comes back");
            let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
            while lines.next().is_some_and(|line| !line.expect("a line").is_empty()) {}
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nETag: \"e\"\r\nLast-Modified: Mon, 23 Nov 2026 14:00:00 GMT\r\n\r\n")
                .expect("sent");
        });
        assert_eq!(asked.await.expect("no panic").expect("an answer").size, 7);
        back.join().expect("the door");
    }

    /// A store that answers « it is over there » is not followed: its other place is never asked.
    #[rocket::async_test]
    async fn a_store_that_sends_elsewhere_is_not_followed() {
        let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let door = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let (address, trap) = (door.local_addr().expect("its address"), elsewhere.local_addr().expect("its address"));
        let asked = std::thread::spawn(move || {
            use std::io::{BufRead, BufReader, Write};
            let mut asked = 0;
            for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
                let (mut stream, _) = door.accept().expect("somebody comes");
                let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
                while lines.next().is_some_and(|line| !line.expect("a line").is_empty()) {}
                write!(stream, "HTTP/1.1 {status}\r\nLocation: http://{trap}/seau/rien\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    .expect("sent");
                asked += 1;
            }
            asked
        });
        let store = s3_of("seau", at(&format!("http://{address}")).with_retry(once())).expect("a store");
        for _ in 0..4 {
            assert!(store.get(&Path::from("rien")).await.is_err(), "the answer is no file");
        }
        assert_eq!(asked.join().expect("the door"), 4);
        elsewhere.set_nonblocking(true).expect("a door that does not wait");
        assert!(elsewhere.accept().is_err(), "the other place was asked");
    }
}
