//! The programs of the project at work over the base of a test: asked by HTTP, their figures and their log read.

use std::collections::BTreeMap;
use std::fs::{File, read_to_string};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::App;
use super::app::ROLES;
use super::program::{GARDEL, WORKER, program_of};

/// Times that something is looked for before the test gives up.
const LOOKS: u32 = 1_200;
/// Time between two of them.
const PAUSE: Duration = Duration::from_millis(50);

/// One of the two programs, and where it is asked.
pub struct Running {
    child: Child,
    /// Port of the pages; 0 of a worker.
    pub port: u16,
    /// Port of its measures and probes.
    pub management: u16,
    /// What it said: its output, then its errors.
    said: [PathBuf; 2],
}

impl Drop for Running {
    fn drop(&mut self) {
        // For a test that stops on the way.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// What came back.
pub struct Heard {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Heard {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.split_once(": ").filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value))
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|door| door.local_addr()).expect("a free port").port()
}

impl Running {
    /// A server whose log is in JSON, and in which Rocket says all that it can.
    pub async fn server(app: &App) -> Self {
        Self::server_with(app, &[]).await
    }

    /// The same with settings of its environment.
    pub async fn server_with(app: &App, settings: &[(&str, &str)]) -> Self {
        let port = free_port();
        let mut command = program_of(app, GARDEL, ROLES[0]);
        command.envs(settings.iter().copied());
        command.arg("serve").envs([("ROCKET_ADDRESS", "127.0.0.1"), ("ROCKET_LOG_LEVEL", "normal")]).env("ROCKET_PORT", port.to_string());
        Self::started(app, command, "serveur", port).await
    }

    /// A worker.
    pub async fn worker(app: &App) -> Self {
        Self::worker_with(app, &[]).await
    }

    /// The same with settings of its environment.
    pub async fn worker_with(app: &App, settings: &[(&str, &str)]) -> Self {
        let mut command = program_of(app, WORKER, ROLES[1]);
        command.envs(settings.iter().copied());
        command.args(["--nom", "essai"]);
        Self::started(app, command, "ouvrier", 0).await
    }

    async fn started(app: &App, mut command: Command, name: &str, port: u16) -> Self {
        let (management, folder) = (free_port(), app.folder.path());
        let said = ["sortie", "erreurs"].map(|which| folder.join(format!("{name}-{which}")));
        let [output, errors] = said.each_ref().map(|path| File::create(path).expect("a file"));
        if port == 0 {
            command.args(["--gestion-port", &management.to_string()]);
        } else {
            command.env("GARDEL_GESTION_PORT", management.to_string());
        }
        command.current_dir(env!("CARGO_MANIFEST_DIR")).env("GARDEL_JOURNAUX", "json").stdout(output).stderr(errors);
        let mut running = Self { child: command.spawn().expect("the program starts"), port, management, said };
        for _ in 0..LOOKS {
            assert!(running.child.try_wait().expect("its state").is_none(), "it ended: {}", running.text());
            let ready = heard(running.management, "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
            let open = port == 0 || TcpStream::connect(("127.0.0.1", port)).await.is_ok();
            if open && ready.is_some_and(|heard| heard.status == 200) {
                return running;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("it does not answer: {}", running.text());
    }

    /// Asks for a page.
    pub async fn get(&self, path: &str, cookie: Option<&(String, String)>) -> Heard {
        self.get_with(path, cookie, &[]).await
    }

    /// The same with headers.
    pub async fn get_with(&self, path: &str, cookie: Option<&(String, String)>, headers: &[(&str, &str)]) -> Heard {
        let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let cookie = cookie.map(|(name, value)| format!("Cookie: {name}={value}\r\n")).unwrap_or_default();
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{cookie}{more}Connection: close\r\n\r\n");
        heard(self.port, &request).await.expect("an answer")
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, form: &[(&str, &str)], cookie: Option<&(String, String)>) -> Heard {
        let cookie = cookie.map(|(name, value)| format!("Cookie: {name}={value}\r\n")).unwrap_or_default();
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\n{cookie}Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        heard(self.port, &request).await.expect("an answer")
    }

    /// Its figures, as they are told.
    pub async fn told(&self) -> String {
        let answer = heard(self.management, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.expect("its figures");
        assert_eq!(answer.status, 200);
        answer.body
    }

    /// Its figures.
    pub async fn figures(&self) -> Figures {
        Figures::read(&self.told().await)
    }

    /// Its figures once `series` is at `value` or more.
    pub async fn figures_once(&self, series: &str, value: f64) -> Figures {
        for _ in 0..LOOKS {
            let figures = self.figures().await;
            if figures.of(series) >= value {
                return figures;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("{series} never came to {value}: {}", self.told().await);
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("a signal");
    }

    /// What it said so far.
    pub fn text(&self) -> String {
        self.said.iter().map(|path| read_to_string(path).expect("what it said")).collect()
    }

    /// Waits until it says `words`.
    pub async fn says(&self, words: &str) {
        for _ in 0..LOOKS {
            if self.text().contains(words) {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("it never says {words}: {}", self.text());
    }

    /// Stops it; what it said, each line of which is an object.
    pub async fn stopped(mut self) -> Vec<Value> {
        self.signal(Signal::TERM);
        for _ in 0..LOOKS {
            if let Some(end) = self.child.try_wait().expect("its state") {
                assert!(end.success(), "{end}: {}", self.text());
                return lines(&self.text());
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("it does not stop: {}", self.text());
    }
}

/// Each line as an object.
pub fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("no object ({error}): {line}"))).collect()
}

/// Sends `request`; what came back whole.
async fn heard(port: u16, request: &str) -> Option<Heard> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Heard { status, head: head.into(), body: body.into() })
}

/// What a process tells of itself: each series with its value.
pub struct Figures(pub BTreeMap<String, f64>);

impl Figures {
    /// Reads them.
    pub fn read(text: &str) -> Self {
        let series = text.lines().filter(|line| !line.starts_with('#'));
        let read = |line: &str| {
            let (name, value) = line.rsplit_once(' ').expect("a value");
            (name.to_string(), value.parse().unwrap_or_else(|error| panic!("{error}: {line}")))
        };
        Self(series.map(read).collect())
    }

    /// The value of a series, 0 of one that is not there yet.
    pub fn of(&self, series: &str) -> f64 {
        self.0.get(series).copied().unwrap_or(0.0)
    }

    /// The sum of the series of a name whose labels hold all of `labels`.
    pub fn sum(&self, name: &str, labels: &[&str]) -> f64 {
        let of_name = |series: &str| series.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('{'));
        self.0.iter().filter(|(series, _)| of_name(series) && labels.iter().all(|label| series.contains(label))).map(|(_, value)| value).sum()
    }

    /// By how much that sum is above what it was in `before`.
    pub fn since(&self, before: &Self, name: &str, labels: &[&str]) -> f64 {
        self.sum(name, labels) - before.sum(name, labels)
    }
}
