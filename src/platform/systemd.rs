//! What the system's manager is told of this process, by the protocol of systemd: that it is ready, what it does, that it stops, that it
//! lives. Started by anybody else, it tells nobody.

use std::net::SocketAddr;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::signal::unix::{SignalKind, signal};

/// A request of a version that does not exist: the server answers it by itself, before any route, log line or count.
const ASKED: &[u8] = b"GET / HTTP/0.0\r\n\r\n";
/// How that answer begins.
const ANSWERED: &[u8] = b"HTTP/1.1 400";

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the manager of the system could not be told");
    }
}

/// A status takes one line: the second would be read as another word of the protocol.
fn one_line(sentence: &str) -> String {
    sentence.replace('\n', " ")
}

/// The process serves; `sentence` is what `systemctl status` shows.
pub fn ready(sentence: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(&one_line(sentence))]);
}

/// What the process does, or why it does nothing.
pub fn status(sentence: &str) {
    tell(&[NotifyState::Status(&one_line(sentence))]);
}

/// The process stops, and says what it waits for.
pub fn stopping(sentence: &str) {
    tell(&[NotifyState::Stopping, NotifyState::Status(&one_line(sentence))]);
}

/// Says that the process lives, as long as `proof` says it: the manager kills and restarts one that has been silent for the time that it
/// was given (`WatchdogSec=`), which the proof is told. Without that setting, nothing is asked of anybody.
pub fn watched<P, F>(proof: P)
where
    P: Fn(Duration) -> F + Send + 'static,
    F: Future<Output = bool> + Send,
{
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    let pause = limit / 4;
    tokio::spawn(async move {
        loop {
            match tokio::time::timeout(pause, proof(limit)).await {
                Ok(true) => tell(&[NotifyState::Watchdog]),
                Ok(false) | Err(_) => tracing::error!("no proof of life: the manager of the system will restart this process"),
            }
            tokio::time::sleep(pause).await;
        }
    });
}

/// Whether the server that listens at `address` accepts a connection and answers on it.
pub async fn answers(address: SocketAddr) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(ASKED).await?;
        let mut begins = [0; ANSWERED.len()];
        stream.read_exact(&mut begins).await?;
        Ok::<_, std::io::Error>(begins == ANSWERED)
    };
    asked.await.unwrap_or(false)
}

/// Waits until the process is asked to end: SIGTERM, or Ctrl-C.
pub async fn asked_to_stop() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _interrupted = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! { _ = terminate.recv() => {} _ = tokio::signal::ctrl_c() => {} }
}
