//! The misfortunes of the matrix: what each needs, how it strikes, how it ends.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};

use rocket::tokio;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UnixStream};

use super::Ouvrier;
use super::support::App;
use super::support::app::server_url;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malheur {
    Sigkill,
    Sigterm,
    Sigstop,
    Terminate,
    Restart,
    HalfOpen,
    DisquePlein,
    Redis,
    Horloge,
}

/// Time a stopped worker stays so, and a full disk or a wrong clock lasts.
const STOPPED: Duration = Duration::from_secs(60);
const DISK_FULL: Duration = Duration::from_secs(15);
/// Size of the disk that fills up.
const DISK_MIB: u64 = 192;
/// Where Debian's package faketime puts its library.
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

impl Malheur {
    pub const ALL: [Self; 9] =
        [Self::Sigkill, Self::Sigterm, Self::Sigstop, Self::Terminate, Self::Restart, Self::HalfOpen, Self::DisquePlein, Self::Redis, Self::Horloge];

    pub fn label(self) -> &'static str {
        match self {
            Self::Sigkill => "ouvrier tué (SIGKILL)",
            Self::Sigterm => "ouvrier arrêté (SIGTERM)",
            Self::Sigstop => "ouvrier figé 60 s (SIGSTOP, SIGCONT)",
            Self::Terminate => "connexions coupées (pg_terminate_backend)",
            Self::Restart => "PostgreSQL redémarré",
            Self::HalfOpen => "réseau muet (connexions à demi ouvertes)",
            Self::DisquePlein => "disque du dépôt plein 15 s",
            Self::Redis => "Redis tué",
            Self::Horloge => "horloge de l’ouvrier déplacée d’un jour",
        }
    }
}

/// What a cell needs around its victim.
#[derive(Default)]
pub struct Place {
    malheur: Option<Malheur>,
    impossible: Option<String>,
    frozen: Option<Arc<AtomicBool>>,
    address: Option<String>,
    disk: Option<PathBuf>,
    redis: Option<(Child, PathBuf)>,
    clock: Option<PathBuf>,
}

impl Place {
    pub async fn prepare(malheur: Malheur, app: &App, url: &str) -> Self {
        let mut place = Self { malheur: Some(malheur), ..Self::default() };
        match malheur {
            Malheur::HalfOpen => {
                let frozen = Arc::new(AtomicBool::new(false));
                place.address = Some(freezer(url, frozen.clone()).await);
                place.frozen = Some(frozen);
            }
            Malheur::DisquePlein => {
                let folder = app.folder.path().to_path_buf();
                let size = format!("size={DISK_MIB}m");
                let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&folder).stderr(Stdio::null()).status();
                if mounted.is_ok_and(|status| status.success()) {
                    place.disk = Some(folder);
                } else {
                    place.impossible = Some("non joué : monter un disque demande root".into());
                }
            }
            Malheur::Redis => {
                let socket = app.folder.path().join("redis.sock");
                let server = Command::new("redis-server")
                    .args(["--port", "0", "--save", "", "--unixsocket"])
                    .arg(&socket)
                    .stdout(Stdio::null())
                    .spawn()
                    .expect("redis-server starts");
                place.redis = Some((server, socket));
            }
            Malheur::Horloge => {
                if Path::new(FAKETIME).exists() {
                    let file = app.folder.path().join("horloge");
                    std::fs::write(&file, "+0\n").expect("a file");
                    place.clock = Some(file);
                } else {
                    place.impossible = Some("non joué : paquet Debian faketime absent".into());
                }
            }
            _ => {}
        }
        place
    }

    pub fn possible(&self) -> bool {
        self.impossible.is_none()
    }

    pub fn remark(&self) -> String {
        self.impossible.clone().unwrap_or_default()
    }

    /// The environment of the victim.
    pub fn dress(&self, command: &mut Command) {
        if let Some(address) = &self.address {
            command.env("DATABASE_URL", address);
        }
        if let Some((_, socket)) = &self.redis {
            command.env("REDIS_URL", format!("redis+unix://{}", socket.display()));
        }
        if let Some(file) = &self.clock {
            command.env("LD_PRELOAD", FAKETIME).env("FAKETIME_TIMESTAMP_FILE", file).env("FAKETIME_NO_CACHE", "1");
            // A machine whose clock is set does not change its monotonic one.
            command.env("DONT_FAKE_MONOTONIC", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
    }

    pub async fn strike(&mut self, app: &App, victim: &Ouvrier, leader: bool) {
        match self.malheur {
            Some(Malheur::Sigkill) => victim.signal("KILL"),
            Some(Malheur::Sigterm) => victim.signal("TERM"),
            Some(Malheur::Sigstop) => victim.signal("STOP"),
            Some(Malheur::Terminate) => {
                let _cut = sqlx::query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
                )
                .execute(app.pool())
                .await;
            }
            // One server for the cells of the round: one of them restarts it.
            Some(Malheur::Restart) if leader => restart_postgresql().await,
            Some(Malheur::HalfOpen) => self.freeze(true),
            Some(Malheur::DisquePlein) => self.fill_disk(),
            Some(Malheur::Redis) => {
                if let Some((server, _)) = &mut self.redis {
                    let _gone = server.kill();
                    let _reaped = server.wait();
                }
            }
            Some(Malheur::Horloge) => self.set_clock("+1d"),
            Some(Malheur::Restart) | None => {}
        }
    }

    /// A full disk stops all work: what is measured begins when there is room again.
    pub async fn heal_before_measure(&self) -> Option<Instant> {
        let disk = self.disk.as_ref()?;
        tokio::time::sleep(DISK_FULL).await;
        std::fs::remove_file(disk.join("lest")).expect("the ballast goes");
        Some(Instant::now())
    }

    /// Once the job has ended: the rest of the misfortune, and time for its victim to do harm.
    pub async fn end(&self, victim: &Ouvrier, since: Instant) {
        match self.malheur {
            Some(Malheur::Sigstop) => {
                tokio::time::sleep(STOPPED.saturating_sub(since.elapsed())).await;
                victim.signal("CONT");
            }
            Some(Malheur::HalfOpen) => self.freeze(false),
            Some(Malheur::Horloge) => self.set_clock("-1d"),
            _ => return,
        }
        tokio::time::sleep(Duration::from_secs(8)).await;
    }

    pub fn clear(self) {
        if let Some(disk) = &self.disk {
            let _unmounted = Command::new("umount").arg("-l").arg(disk).status();
        }
        if let Some((mut server, _)) = self.redis {
            let _gone = server.kill();
            let _reaped = server.wait();
        }
    }

    fn freeze(&self, frozen: bool) {
        if let Some(flag) = &self.frozen {
            flag.store(frozen, SeqCst);
        }
    }

    fn set_clock(&self, offset: &str) {
        if let Some(file) = &self.clock {
            std::fs::write(file, format!("{offset}\n")).expect("a file");
        }
    }

    fn fill_disk(&self) {
        use std::io::Write;
        let Some(disk) = &self.disk else { return };
        let mut ballast = std::fs::File::create(disk.join("lest")).expect("a file");
        let block = vec![1; 256 * 1024];
        while ballast.write_all(&block).is_ok() {}
    }
}

/// Restarts the server of the matrix, as `systemctl restart postgresql` does.
async fn restart_postgresql() {
    let setting = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name}: bin/chaos sets it"));
    let mut command = match setting("CHAOS_PG_USER") {
        user if user == "root" || std::env::var("USER").is_ok_and(|me| me == user) => tokio::process::Command::new(setting("CHAOS_PG_CTL")),
        user => {
            let mut command = tokio::process::Command::new("runuser");
            command.args(["-u", &user, "--"]).arg(setting("CHAOS_PG_CTL"));
            command
        }
    };
    command.args(["-D", &setting("CHAOS_PG_DATA"), "-m", "fast", "-w", "-s", "restart", "-l", &setting("CHAOS_PG_LOG")]).current_dir("/");
    let restarted = command.stdout(Stdio::null()).status().await.expect("pg_ctl runs");
    assert!(restarted.success(), "pg_ctl restart");
}

/// A proxy before PostgreSQL; while `frozen`, it keeps every connection open and carries nothing.
/// Returns the address of the same base through it.
async fn freezer(url: &str, frozen: Arc<AtomicBool>) -> String {
    let host = server_url().split("host=").nth(1).expect("the socket of the server").to_string();
    let folder = percent_encoding::percent_decode_str(host.split('&').next().unwrap_or_default()).decode_utf8_lossy().into_owned();
    let socket = format!("{folder}/.s.PGSQL.5432");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(server) = UnixStream::connect(&socket).await else { continue };
            let ((from_client, to_client), (from_server, to_server)) = (tokio::io::split(client), tokio::io::split(server));
            tokio::spawn(carry(from_client, to_server, frozen.clone()));
            tokio::spawn(carry(from_server, to_client, frozen.clone()));
        }
    });
    let base = url.split('?').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    format!("postgres://gardel@127.0.0.1:{port}/{base}")
}

async fn carry(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin, frozen: Arc<AtomicBool>) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(size @ 1..) = from.read(&mut bytes).await {
        while frozen.load(SeqCst) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if to.write_all(&bytes[..size]).await.is_err() {
            return;
        }
    }
    // The other side learns of the end.
    let _closed = to.shutdown().await;
}
