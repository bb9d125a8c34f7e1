//! PostgreSQL servers of a test's own: a primary and the replicas that stream from it. They go with the test.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gardel::platform::roles;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};

use super::app::ROLES;
use super::base;

/// The base of the clusters.
pub const BASE: &str = "gardel";
/// Time that a server has to answer for the first time.
const START: Duration = Duration::from_secs(60);
/// What all of them are started with: nothing outlives the test, no disk is waited for.
const SETTINGS: [&str; 7] = [
    "listen_addresses=",
    "fsync=off",
    "shared_buffers=64MB",
    "max_wal_size=4GB",
    "timezone=UTC",
    "wal_retrieve_retry_interval=100ms",
    // What it removes cancels readings of the replicas: the tests say when.
    "autovacuum=off",
];

/// A server: its folder, its process.
pub struct Cluster {
    folder: tempfile::TempDir,
    process: Option<Child>,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The account under which PostgreSQL agrees to run, when the tests run under root.
fn owner() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    if std::fs::metadata("/proc/self").expect("a process").uid() != 0 {
        return None;
    }
    let accounts = std::fs::read_to_string("/etc/passwd").expect("the accounts");
    let line = accounts.lines().find(|line| line.starts_with("postgres:")).expect("the account that Debian's package makes");
    let mut fields = line.split(':').skip(2).map(|number| number.parse().expect("a number"));
    Some((fields.next().expect("a user"), fields.next().expect("a group")))
}

/// The folder of PostgreSQL's programs: those of the most recent version.
fn programs() -> PathBuf {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin")).collect();
    found.sort();
    found.into_iter().rfind(|folder| folder.join("initdb").exists()).unwrap_or_else(|| "/usr/bin".into())
}

/// A program of PostgreSQL, under an account that it accepts.
fn program(name: &str) -> Command {
    let path = programs().join(name);
    let mut command = match owner() {
        None => Command::new(path),
        Some((user, group)) => {
            let mut command = Command::new("setpriv");
            command.args([format!("--reuid={user}"), format!("--regid={group}"), "--clear-groups".into(), "--".into()]).arg(path);
            command
        }
    };
    command.env_clear().env("LC_ALL", "C.UTF-8").current_dir("/").stdin(Stdio::null());
    command
}

fn run(command: &mut Command) {
    let done = command.stdout(Stdio::null()).stderr(Stdio::piped()).output().expect("PostgreSQL is installed");
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    if let Some((user, group)) = owner() {
        std::os::unix::fs::chown(folder.path(), Some(user), Some(group)).expect("given");
    }
    folder
}

impl Cluster {
    /// A server that holds nothing but the role of the web server.
    pub async fn empty() -> Self {
        let mut cluster = Self { folder: folder(), process: None };
        let made = ["-E", "UTF8", "--locale=C.UTF-8", "--auth=trust", "--username=gardel", "--no-sync"];
        run(program("initdb").arg("-D").arg(cluster.data()).args(made));
        cluster.start().await;
        cluster.run("postgres", &format!("CREATE ROLE {} LOGIN", ROLES[0])).await;
        cluster
    }

    /// A server with the base of the tests, its roles and `sejours` séjours.
    pub async fn primary(sejours: u64) -> Self {
        let cluster = Self::empty().await;
        cluster.run("postgres", &format!("CREATE DATABASE {BASE}")).await;
        let pool = cluster.pool(BASE).await;
        base::load(&pool, sejours).await;
        let [serve, work] = ROLES.map(String::from);
        roles::grant(&pool, &roles::Names { serve, work }).await.expect("the rights");
        pool.close().await;
        cluster
    }

    /// A replica that follows this one.
    pub async fn standby(&self) -> Self {
        let mut cluster = Self { folder: folder(), process: None };
        let copy = ["-U", "gardel", "-R", "-X", "stream", "-c", "fast", "--no-sync"];
        run(program("pg_basebackup").arg("-h").arg(self.folder.path()).arg("-D").arg(cluster.data()).args(copy));
        cluster.start().await;
        cluster
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("donnees")
    }

    /// Starts it, and waits until it answers.
    pub async fn start(&mut self) {
        let settings = SETTINGS.iter().flat_map(|setting| ["-c", *setting]);
        let mut command = program("postgres");
        command.arg("-D").arg(self.data()).arg("-c").arg(format!("unix_socket_directories={}", self.folder.path().display())).args(settings);
        self.process = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("PostgreSQL starts"));
        let begun = Instant::now();
        while let Err(error) = PgConnection::connect(&self.url("postgres")).await {
            assert!(begun.elapsed() < START, "PostgreSQL does not answer: {error}");
            rocket::tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The address of one of its bases.
    pub fn url(&self, base: &str) -> String {
        format!("postgres://gardel@localhost/{base}?host={}", self.folder.path().display())
    }

    /// Statements under its owner.
    pub async fn pool(&self, base: &str) -> PgPool {
        PgPoolOptions::new().max_connections(4).connect(&self.url(base)).await.expect("it answers")
    }

    /// Runs a statement in one of its bases.
    pub async fn run(&self, base: &str, sql: &str) {
        let mut connection = PgConnection::connect(&self.url(base)).await.expect("it answers");
        sqlx::raw_sql(AssertSqlSafe(sql.to_string())).execute(&mut connection).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let _closed = connection.close().await;
    }

    /// Holds its replay back, or lets it go on.
    pub async fn replays(&self, replays: bool) {
        self.run(BASE, if replays { "SELECT pg_wal_replay_resume()" } else { "SELECT pg_wal_replay_pause()" }).await;
        let (pool, wanted) = (self.pool(BASE).await, if replays { "not paused" } else { "paused" });
        until("the replay obeys", async || {
            let state: String = sqlx::query_scalar("SELECT pg_get_wal_replay_pause_state()").fetch_one(&pool).await.expect("a state");
            state == wanted
        })
        .await;
        pool.close().await;
    }

    /// Waits until it has replayed all that `primary` has written.
    pub async fn catches_up(&self, primary: &Self) {
        let (of, here) = (primary.pool(BASE).await, self.pool(BASE).await);
        // A commit, so that whatever was written before it has left for the replicas.
        sqlx::query("SELECT pg_logical_emit_message(true, 'essai', '')").execute(&of).await.expect("written");
        let written: String = sqlx::query_scalar("SELECT pg_current_wal_flush_lsn()::text").fetch_one(&of).await.expect("a place");
        until("the replica catches up", async || {
            sqlx::query_scalar("SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn").bind(&written).fetch_one(&here).await.expect("a place")
        })
        .await;
        of.close().await;
        here.close().await;
    }

    /// As a failover does.
    pub async fn promote(&self) {
        self.run("postgres", "SELECT pg_promote(true, 60)").await;
    }

    /// As a machine that loses its current.
    pub fn kill(&mut self) {
        if self.process.is_some() {
            self.signal("-KILL");
        }
        if let Some(mut process) = self.process.take() {
            let _reaped = process.wait();
        }
    }

    /// Stops answering without closing anything, or goes on.
    pub fn freezes(&self, frozen: bool) {
        self.signal(if frozen { "-STOP" } else { "-CONT" });
    }

    /// Sends a signal to each of its processes.
    fn signal(&self, signal: &str) {
        let postmaster = self.process.as_ref().expect("it runs").id().to_string();
        let children = Command::new("pgrep").args(["-P", &postmaster]).output().expect("pgrep");
        let children = String::from_utf8_lossy(&children.stdout).into_owned();
        for pid in std::iter::once(postmaster.as_str()).chain(children.split_whitespace()) {
            // One of them may have ended in between.
            let _sent = Command::new("kill").args([signal, pid]).stderr(Stdio::null()).status().expect("kill");
        }
    }
}

/// Waits for what comes by itself, and says what never did.
pub async fn until(what: &str, mut met: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !met().await {
        assert!(begun.elapsed() < START, "{what}: it never did");
        rocket::tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
