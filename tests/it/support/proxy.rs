//! A proxy in front of a server of the tests (Redis by its socket), that misbehaves on demand and
//! counts what passes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use rocket::tokio;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};

/// What the proxy does with what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Manner {
    /// Carries.
    Faithful,
    /// Each answer comes two seconds late.
    Slow,
    /// Accepts, and never answers.
    Mute,
    /// Closes at once.
    Closed,
    /// Answers with another protocol.
    Http,
    /// Cuts every answer in its middle.
    Cut,
}

const MANNERS: [Manner; 6] = [Manner::Faithful, Manner::Slow, Manner::Mute, Manner::Closed, Manner::Http, Manner::Cut];

pub struct Proxy {
    pub url: String,
    manner: Arc<AtomicU8>,
    commands: Arc<AtomicUsize>,
}

impl Proxy {
    /// In front of the Redis whose address is `redis+unix://…`.
    pub async fn redis(url: &str) -> Self {
        let path = url.split("://").nth(1).expect("an address of a socket");
        let path = percent_encoding::percent_decode_str(path).decode_utf8().expect("UTF-8").into_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("redis://{}", listener.local_addr().expect("bound"));
        let (manner, commands) = (Arc::new(AtomicU8::new(0)), Arc::new(AtomicUsize::new(0)));
        let (how, count) = (manner.clone(), commands.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, path.clone(), how.clone(), count.clone()));
            }
        });
        Self { url, manner, commands }
    }

    pub fn behave(&self, manner: Manner) {
        self.manner.store(manner as u8, SeqCst);
        self.commands.store(0, SeqCst);
    }

    /// Times a client asked for something (GET or SET) since the last `behave`.
    pub fn asked(&self) -> usize {
        self.commands.load(SeqCst)
    }
}

async fn carry(mut client: TcpStream, path: String, how: Arc<AtomicU8>, count: Arc<AtomicUsize>) {
    let manner = || MANNERS[usize::from(how.load(SeqCst))];
    let Ok(mut server) = UnixStream::connect(path).await else { return };
    let (mut up, mut down) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    // The last bytes of what was read: a command may straddle two reads.
    let mut tail: Vec<u8> = Vec::new();
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let Ok(size @ 1..) = read else { return };
                tail.extend_from_slice(&up[..size]);
                let found = |word: &[u8]| tail.windows(word.len()).filter(|window| *window == word).count();
                count.fetch_add(found(b"\r\n$3\r\nGET\r\n") + found(b"\r\n$3\r\nSET\r\n"), SeqCst);
                tail = tail.split_off(tail.len().saturating_sub(10));
                match manner() {
                    Manner::Closed => return,
                    Manner::Mute => {}
                    Manner::Http => { let _sent = client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await; }
                    _ => if server.write_all(&up[..size]).await.is_err() { return },
                }
            }
            read = server.read(&mut down) => {
                let Ok(size @ 1..) = read else { return };
                match manner() {
                    Manner::Slow => tokio::time::sleep(Duration::from_secs(2)).await,
                    Manner::Cut => { let _sent = client.write_all(&down[..size / 2]).await; return }
                    _ => {}
                }
                if client.write_all(&down[..size]).await.is_err() { return }
            }
        }
    }
}
