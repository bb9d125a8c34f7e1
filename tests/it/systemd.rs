//! The programs as the manager of the system starts them: what they tell it, sockets that it keeps for them, a restart that refuses
//! nobody. The tests play the manager, by its own protocol.

use std::fs;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use rocket::tokio;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixStream};

use crate::support::App;
use crate::support::app::{ROLES, as_role};
use crate::support::program::{GARDEL, WORKER, program};

/// Looks at a process, or at what it tells, before a run is given up.
const LOOKS: usize = 1_200;

/// A program under a manager, killed with the test.
struct Service {
    child: Child,
    told: UnixDatagram,
}

impl Service {
    /// Starts `path` with what a manager gives: a place to tell, `variables` of which `$$` is the process itself, and a socket as the
    /// first one handed.
    fn start(app: &App, path: &str, url: &str, (arguments, variables): (&[&str], &str), door: Option<OwnedFd>) -> Self {
        let name = app.folder.path().join(format!("dit-{}", rand::random::<u32>()));
        let told = UnixDatagram::bind(&name).expect("a place to tell");
        told.set_read_timeout(Some(Duration::from_secs(60))).expect("a socket");
        let take = if door.is_some() { "exec 3<&0 </dev/null; " } else { "" };
        let script = format!("{take}{variables} exec \"$0\" \"$@\"");
        let mut command = program("/bin/sh", app.folder.path(), url);
        command.args(["-c", &script, path]).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).env("NOTIFY_SOCKET", &name);
        command.env("ROCKET_PORT", "0").stdin(door.map_or_else(Stdio::null, Stdio::from));
        Self { child: command.spawn().expect("the program starts"), told }
    }

    /// The next line that is told, other than that it lives.
    fn tells(&self) -> String {
        for _ in 0..LOOKS {
            let lines = self.hears().expect("something is told");
            if lines != "WATCHDOG=1" {
                return lines;
            }
        }
        panic!("nothing but life is told");
    }

    /// The next message.
    fn hears(&self) -> std::io::Result<String> {
        let mut bytes = [0; 1_024];
        let size = self.told.recv(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes[..size]).trim().to_string())
    }

    /// Waits for what `words` begin.
    fn until(&self, words: &str) -> String {
        (0..LOOKS).map(|_| self.tells()).find(|lines| lines.lines().any(|line| line.starts_with(words))).expect("it is told")
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success(), "kill -{name}");
    }

    /// SIGTERM, what it tells, and its end.
    fn stop(mut self) {
        self.signal("TERM");
        assert!(self.until("STOPPING=1").contains("STATUS=Arrêt"));
        assert!(self.child.wait().expect("it ends").success(), "a clean end");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The server on a socket that the test holds, as the manager holds that of `gardel.socket`.
fn behind(app: &App, door: &std::net::TcpListener) -> Service {
    let door = OwnedFd::from(door.try_clone().expect("the same socket"));
    Service::start(app, GARDEL, &as_role(&app.url, ROLES[0]), (&["serve"], "LISTEN_FDS=1 LISTEN_PID=$$"), Some(door))
}

const ASKED: &str = "GET /connexion HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// What is answered to `text`, sent from `from`.
async fn ask(from: &str, to: SocketAddr, text: &str) -> std::io::Result<String> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(format!("{from}:0").parse().expect("an address"))?;
    let mut stream = socket.connect(to).await?;
    stream.write_all(text.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[rocket::async_test]
async fn a_restart_under_a_kept_socket_refuses_nobody() {
    let app = App::new().await;
    let door = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = door.local_addr().expect("bound");
    let mut server = behind(&app, &door);
    assert_eq!(server.until("READY=1"), format!("READY=1\nSTATUS=En service\u{a0}: {address}."));

    let (enough, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let people: Vec<_> = (0..8)
        .map(|_| {
            let (enough, answered) = (enough.clone(), answered.clone());
            tokio::spawn(async move {
                let mut faults = Vec::new();
                while !enough.load(SeqCst) {
                    match ask("127.0.0.1", address, ASKED).await {
                        Ok(answer) if answer.starts_with("HTTP/1.1 200") && answer.ends_with("</html>") => drop(answered.fetch_add(1, SeqCst)),
                        Ok(answer) => faults.push(format!("answered {:?}", answer.lines().next())),
                        Err(error) => faults.push(error.to_string()),
                    }
                }
                faults
            })
        })
        .collect();
    let mut before = 0;
    for _ in 0..4 {
        // They are served, then it stops, then the next one starts: they wait meanwhile.
        while answered.load(SeqCst) < before + 100 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::task::block_in_place(|| server.stop());
        before = answered.load(SeqCst);
        server = behind(&app, &door);
        tokio::task::block_in_place(|| server.until("READY=1"));
    }
    while answered.load(SeqCst) < before + 100 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    enough.store(true, SeqCst);
    for person in people {
        assert_eq!(person.await.expect("a person"), Vec::<String>::new());
    }
}

/// The sockets on which a process listens by TCP.
fn listening(process: u32) -> Vec<SocketAddr> {
    let links = fs::read_dir(format!("/proc/{process}/fd")).expect("its files").flatten().filter_map(|entry| fs::read_link(entry.path()).ok());
    let sockets: Vec<String> = links.filter_map(|link| link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']').map(str::to_string)).collect();
    let table = fs::read_to_string(format!("/proc/{process}/net/tcp")).expect("the sockets of the system");
    let rows = table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    let ours = rows.filter(|row| row[3] == "0A" && sockets.iter().any(|socket| *socket == row[9]));
    let port = |row: Vec<&str>| u16::from_str_radix(row[1].split(':').nth(1).expect("a port"), 16).expect("a port");
    ours.map(|row| SocketAddr::from(([127, 0, 0, 1], port(row)))).collect()
}

#[rocket::async_test]
async fn who_comes_by_a_kept_socket_is_known_and_nobody_comes_beside_it() {
    let app = App::new().await;
    let door = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = door.local_addr().expect("bound");
    let server = behind(&app, &door);
    server.until("READY=1");
    let form = "courriel=personne%40nulle.part&mot_de_passe=un%20mot%20de%20passe";
    let size = form.len();
    let sent = format!(
        "POST /connexion HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.9\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {size}\r\nConnection: close\r\n\r\n{form}"
    );
    ask("127.0.0.2", address, &sent).await.expect("an answer");
    let from: String = app.one("SELECT host(adresse_ip) FROM journal WHERE action = 'connexion_refusee'").await;
    assert_eq!(from, "127.0.0.2", "the address of the connection, not that of the socket inside, nor the one that is claimed");

    let inside: Vec<SocketAddr> = listening(server.child.id()).into_iter().filter(|one| *one != address).collect();
    assert_eq!(inside.len(), 1, "the socket of Rocket: {inside:?}");
    let answer = ask("127.0.0.1", inside[0], ASKED).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(ask("127.0.0.1", address, ASKED).await.expect("an answer").starts_with("HTTP/1.1 200"));
    tokio::task::block_in_place(|| server.stop());
}

#[rocket::async_test]
async fn what_is_no_listening_socket_is_refused_in_words() {
    let app = App::new().await;
    let file = fs::File::open("/dev/null").expect("a file");
    let mut server = Service::start(&app, GARDEL, &app.url, (&["serve"], "LISTEN_FDS=1 LISTEN_PID=$$"), Some(OwnedFd::from(file)));
    assert!(server.tells().starts_with("STATUS=Une des sockets remises à ce programme ne convient pas"));
    assert!(!server.child.wait().expect("it ends").success());
}

#[rocket::async_test]
async fn a_program_that_cannot_start_says_why_and_is_never_ready() {
    let app = App::new().await;
    let nowhere = "postgres://gardel@127.0.0.1:9/gardel";
    for (path, arguments) in [(GARDEL, &["serve"][..]), (WORKER, &["--nom", "seul"])] {
        let mut service = Service::start(&app, path, nowhere, (arguments, ""), None);
        let mut told = service.tells();
        while !told.contains("STATUS=La base de données ne répond pas") {
            assert!(!told.contains("READY"), "{told}");
            told = service.tells();
        }
        assert!(!service.child.wait().expect("it ends").success());
    }
}

#[rocket::async_test]
async fn each_program_says_that_it_is_ready_lives_and_stops() {
    let app = App::new().await;
    for (path, arguments, words) in
        [(GARDEL, &["serve"][..], "En service\u{a0}: 127.0.0.1:"), (WORKER, &["--queue", "exports=2"], "En service\u{a0}: files exports (2),")]
    {
        let service = Service::start(&app, path, &app.url, (arguments, "WATCHDOG_USEC=2000000 WATCHDOG_PID=$$"), None);
        assert!(service.until("READY=1").contains(words));
        for _ in 0..3 {
            assert_eq!(service.hears().expect("it lives"), "WATCHDOG=1");
        }
        service.stop();
    }
}

/// A way to PostgreSQL that can fall silent.
async fn way(url: &str) -> (String, Arc<AtomicBool>) {
    let (address, place) = url.split_once("?host=").expect("a base by its socket");
    let path = percent_encoding::percent_decode_str(place).decode_utf8().expect("UTF-8").into_owned() + "/.s.PGSQL.5432";
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let mute = Arc::new(AtomicBool::new(false));
    let falls = mute.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(carry(client, path.clone(), falls.clone()));
        }
    });
    (address.replace("@localhost/", &format!("@127.0.0.1:{port}/")), mute)
}

async fn carry(mut client: TcpStream, path: String, mute: Arc<AtomicBool>) {
    let mut server = UnixStream::connect(path).await.expect("PostgreSQL");
    let (mut up, mut down) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => match read {
                Ok(size @ 1..) if !mute.load(SeqCst) => server.write_all(&up[..size]).await.expect("PostgreSQL"),
                Ok(1..) => {}
                _ => return,
            },
            read = server.read(&mut down) => match read {
                Ok(size @ 1..) if client.write_all(&down[..size]).await.is_ok() => {}
                _ => return,
            },
        }
    }
}

/// A worker whose base answers nothing goes round its heartbeats no more: its leases end, and it must not live on.
#[rocket::async_test]
async fn a_worker_that_stands_still_says_no_more_that_it_lives() {
    let app = App::new().await;
    let (url, mute) = way(&app.url).await;
    let worker = Service::start(&app, WORKER, &url, (&["--nom", "muet"], "WATCHDOG_USEC=1500000 WATCHDOG_PID=$$"), None);
    tokio::task::block_in_place(|| worker.until("READY=1"));
    assert_eq!(tokio::task::block_in_place(|| worker.hears()).expect("it lives"), "WATCHDOG=1");
    mute.store(true, SeqCst);
    // Its next heartbeat finds nobody; from then on it is silent for longer than it may be.
    worker.told.set_read_timeout(Some(Duration::from_secs(3))).expect("a socket");
    let last = tokio::task::block_in_place(|| (0..LOOKS).find(|_| worker.hears().is_err()));
    assert!(last.is_some(), "it still says that it lives");
}

/// The server's own proof: a port that accepts and never answers is no life.
#[rocket::async_test]
async fn a_server_that_answers_nothing_is_not_alive() {
    let mute = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = mute.local_addr().expect("bound");
    let proof = gardel::platform::systemd::answers(address);
    assert!(tokio::time::timeout(Duration::from_millis(300), proof).await.is_err(), "nothing is answered");
    drop(mute);
    assert!(!gardel::platform::systemd::answers(address).await, "nobody listens");
}
