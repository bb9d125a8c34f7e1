//! Sockets that the manager of the system opened and keeps (`gardel.socket`): while nobody serves, connections wait in them, so that a
//! restart refuses none.
//!
//! Rocket 0.5 opens its own socket and listens to no other. It is given an address of this machine that nobody else is told, and each
//! connection that comes in by a door is carried to it, byte for byte. Who is at its other end goes beside: the address from which it
//! is carried names it. What reaches Rocket by any other way came through no door, and is refused.
//!
//! It is also what makes an end clean. Asked to stop, Rocket closes connections whose request it has not read yet; here no more are
//! taken, those that were are answered, and only then is Rocket told.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::{Either, select};
use listenfd::ListenFd;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::figment::Figment;
use rocket::http::Method;
use rocket::http::uri::Origin;
use rocket::{Data, Orbit, Request, Rocket};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, copy_buf};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::edge::HOST_ROUTE;
use crate::platform::systemd;

/// Bytes carried at once, each way.
const PIECE_BYTES: usize = 16 * 1024;
/// Time given, once nothing more is taken, to the connections that were: past it those that are still open are at rest between two
/// requests, or have a long one, which Rocket's own grace covers.
const EMPTYING: Duration = Duration::from_secs(3);
/// Time given to whoever still sends when all was answered: cut at once, they would lose the answer (a file that is too large).
const LATE: Duration = Duration::from_secs(5);
/// Time before the next connection is taken when the system could give none (files open, memory).
const AGAIN: Duration = Duration::from_millis(250);

/// What the other end of a connection is read from and written to.
trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// A socket that listens.
enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    /// The one handed at `place`.
    fn handed(handed: &mut ListenFd, place: usize) -> io::Result<Option<Self>> {
        if let Ok(Some(socket)) = handed.take_tcp_listener(place) {
            socket.set_nonblocking(true)?;
            return TcpListener::from_std(socket).map(|listener| Some(Self::Tcp(listener)));
        }
        let Some(socket) = handed.take_unix_listener(place)? else { return Ok(None) };
        socket.set_nonblocking(true)?;
        UnixListener::from_std(socket).map(|listener| Some(Self::Unix(listener)))
    }

    /// The next connection, and from which address it comes: none by a path.
    async fn next(&self) -> io::Result<(Box<dyn Wire>, Option<SocketAddr>)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, from) = listener.accept().await?;
                // Refused by a connection that is gone already: it is seen as it is read.
                let _gone = stream.set_nodelay(true);
                Ok((Box::new(stream), Some(SocketAddr::new(from.ip().to_canonical(), from.port()))))
            }
            Self::Unix(listener) => Ok((Box::new(listener.accept().await?.0), None)),
        }
    }
}

/// The sockets by which people come in, and what is carried from them now.
pub struct Doors(Arc<Inner>);

struct Inner {
    /// Until they are listened to.
    sockets: Mutex<Vec<Listener>>,
    /// Who comes by each connection that is carried, by the address from which it is.
    carried: Mutex<HashMap<SocketAddr, Option<SocketAddr>>>,
    /// Connections that were taken and have not ended.
    open: watch::Sender<usize>,
    closing: watch::Sender<bool>,
}

impl Doors {
    /// The sockets that this process was given (`LISTEN_FDS`), if it was given any.
    ///
    /// # Errors
    /// One sentence: one of them listens to no stream.
    pub fn handed() -> Result<Option<Self>, String> {
        let mut handed = ListenFd::from_env();
        let places = 0..handed.len();
        let sockets: io::Result<Vec<_>> = places.map(|place| Listener::handed(&mut handed, place)).collect();
        let sockets = sockets.map_err(|error| {
            format!("Une des sockets remises à ce programme ne convient pas ({error}) : il faut ListenStream=, une adresse et un port ou un chemin.")
        })?;
        let sockets: Vec<Listener> = sockets.into_iter().flatten().collect();
        Ok((!sockets.is_empty()).then(|| Self::of(sockets)))
    }

    fn of(sockets: Vec<Listener>) -> Self {
        let (open, closing) = (watch::Sender::new(0), watch::Sender::new(false));
        Self(Arc::new(Inner { sockets: Mutex::new(sockets), carried: Mutex::default(), open, closing }))
    }

    /// The settings of a Rocket that stands behind them: it listens where nobody looks, and is told to stop by them alone.
    pub fn before(figment: Figment) -> Figment {
        let figment = figment.merge(("address", Ipv4Addr::LOCALHOST)).merge(("port", 0));
        figment.merge(("shutdown.ctrlc", false)).merge(("shutdown.signals", Vec::<String>::new()))
    }

    /// Where people come in, in words; and the first address that one can call from this machine.
    pub fn told(&self) -> (String, Option<SocketAddr>) {
        let sockets = self.0.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut names = Vec::new();
        let mut callable = None;
        for socket in sockets.iter() {
            match socket {
                Listener::Tcp(socket) => {
                    if let Ok(address) = socket.local_addr() {
                        callable = callable.or(Some(address));
                        names.push(address.to_string());
                    }
                }
                Listener::Unix(socket) => {
                    let path = socket.local_addr().ok().and_then(|address| address.as_pathname().map(|path| path.display().to_string()));
                    names.push(path.unwrap_or_else(|| "une socket sans nom".into()));
                }
            }
        }
        (names.join(", "), callable)
    }
}

#[rocket::async_trait]
impl Fairing for Doors {
    fn info(&self) -> Info {
        Info { name: "doors", kind: Kind::Liftoff | Kind::Request }
    }

    async fn on_liftoff(&self, rocket: &Rocket<Orbit>) {
        let inside = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), rocket.config().port);
        let sockets = std::mem::take(&mut *self.0.sockets.lock().unwrap_or_else(PoisonError::into_inner));
        let mut doors = JoinSet::new();
        for listener in sockets {
            doors.spawn(Arc::clone(&self.0).welcome(listener, inside));
        }
        let (inner, shutdown) = (Arc::clone(&self.0), rocket.shutdown());
        tokio::spawn(async move {
            systemd::asked_to_stop().await;
            inner.close(doors).await;
            shutdown.notify();
        });
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        let known = request.remote().and_then(|here| self.0.carried.lock().unwrap_or_else(PoisonError::into_inner).get(&here).copied());
        match known {
            Some(Some(from)) => request.set_remote(from),
            Some(None) => {}
            None => {
                request.set_method(Method::Get);
                request.set_uri(Origin::const_new(HOST_ROUTE, None));
            }
        }
    }
}

impl Inner {
    /// Takes what comes in by one door until it closes.
    async fn welcome(self: Arc<Self>, listener: Listener, inside: SocketAddr) {
        let mut closing = self.closing.subscribe();
        loop {
            // The sender is `self`: it is never gone before this ends.
            let closed = async { closing.wait_for(|closing| *closing).await.is_ok() };
            let came = tokio::select! {
                biased;
                _ = closed => return,
                came = listener.next() => came,
            };
            match came {
                Ok((outside, from)) => drop(tokio::spawn(carry(Passage::of(&self), outside, from, inside))),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken; trying again");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    /// Takes nothing more, and waits for what was taken.
    async fn close(&self, mut doors: JoinSet<()>) {
        systemd::stopping("Arrêt : les réponses en cours finissent.");
        self.closing.send_replace(true);
        while doors.join_next().await.is_some() {}
        let mut open = self.open.subscribe();
        if tokio::time::timeout(EMPTYING, open.wait_for(|open| *open == 0)).await.is_err() {
            tracing::info!("connections are still open: they have the time of Rocket's own grace");
        }
    }
}

/// A connection that was taken, until it ends.
struct Passage {
    doors: Arc<Inner>,
    here: Option<SocketAddr>,
}

impl Passage {
    fn of(doors: &Arc<Inner>) -> Self {
        doors.open.send_modify(|open| *open += 1);
        Self { doors: Arc::clone(doors), here: None }
    }

    /// Remembers who comes by it, before their first byte is carried.
    fn names(&mut self, here: SocketAddr, from: Option<SocketAddr>) {
        self.doors.carried.lock().unwrap_or_else(PoisonError::into_inner).insert(here, from);
        self.here = Some(here);
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        if let Some(here) = self.here {
            self.doors.carried.lock().unwrap_or_else(PoisonError::into_inner).remove(&here);
        }
        self.doors.open.send_modify(|open| *open -= 1);
    }
}

/// Carries one connection to Rocket and back, until it is answered for good.
async fn carry(mut passage: Passage, outside: Box<dyn Wire>, from: Option<SocketAddr>, inside: SocketAddr) {
    let opened = async {
        let stream = TcpStream::connect(inside).await?;
        stream.set_nodelay(true)?;
        passage.names(stream.local_addr()?, from);
        Ok::<_, io::Error>(stream)
    };
    let inside = match opened.await {
        Ok(stream) => stream,
        Err(error) => return tracing::error!(%error, "a connection could not be carried to the server"),
    };
    let (asking, mut told) = tokio::io::split(outside);
    let (answering, mut asked) = inside.into_split();
    let (mut asking, mut answering) = (BufReader::with_capacity(PIECE_BYTES, asking), BufReader::with_capacity(PIECE_BYTES, answering));
    // Whatever cuts one way is seen by the server, which ends the other.
    let there = async {
        let _cut = copy_buf(&mut asking, &mut asked).await;
        let _gone = asked.shutdown().await;
    };
    let back = async {
        let _cut = copy_buf(&mut answering, &mut told).await;
        let _gone = told.shutdown().await;
    };
    match select(pin!(there), pin!(back)).await {
        Either::Left(((), back)) => back.await,
        Either::Right(_) => {}
    }
    let _late = tokio::time::timeout(LATE, copy_buf(&mut asking, &mut tokio::io::sink())).await;
}
