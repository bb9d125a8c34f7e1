//! The databases of the tests. A template is made once for what fills it and kept for a day; each test
//! has a copy, dropped with it; what a run that was killed left is dropped by the next one.
//!
//! Names say whose a database is: `gardel_t_<pid>_…` belongs to a process, which holds an advisory
//! lock of its number for as long as it lives; `gardel_modele_<digest>_<séjours>` to all of them.

use std::path::Path;
use std::sync::mpsc::{Sender, SyncSender, channel, sync_channel};
use std::sync::{LazyLock, Mutex};
use std::thread;

use gardel::platform::db::MIGRATIONS;
use gardel::platform::roles;
use gardel::{demo, territoire};
use rocket::tokio::runtime;
use rocket::tokio::sync::Mutex as AsyncMutex;
use sha2::{Digest, Sha256};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};

use super::app::{ROLES, instant, server_url, url_of};

/// First half of the locks: a process that lives, a template that is being made.
const ALIVE: i32 = 971_001;
const MAKING: i32 = 971_002;
/// And the roles that are being made: they are the server's, not a base's.
const NAMING: i32 = 971_003;
/// What the content of a template depends on, beside the number of its séjours.
const SOURCES: [&str; 12] = [
    "migrations",
    "data",
    "src/demo",
    "src/territoire",
    "src/taxe",
    "src/platform/roles",
    "src/platform/states.rs",
    "src/platform/jobs/states.rs",
    "src/actions/etats.rs",
    "src/imports/etats.rs",
    "src/exports/etats.rs",
    "tests/it/support/etats.rs",
];

/// A database that goes with its owner.
pub struct Base {
    pub name: String,
}

impl Drop for Base {
    fn drop(&mut self) {
        let (done, wait) = sync_channel(1);
        // A porter that is gone leaves it to the next run.
        if let Ok(porter) = PORTER.lock()
            && porter.send((self.name.clone(), done)).is_ok()
        {
            let _gone = wait.recv();
        }
    }
}

type Order = (String, SyncSender<()>);

/// Drops databases in a thread of its own (a test that ends has no runtime to wait with), and holds
/// the lock that says that this process lives.
static PORTER: LazyLock<Mutex<Sender<Order>>> = LazyLock::new(|| {
    let (orders, received) = channel::<Order>();
    let (ready, wait) = sync_channel(1);
    thread::spawn(move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut connection = connect().await;
            hold(&mut connection, std::process::id()).await;
            sweep(&mut connection).await;
            ready.send(()).expect("somebody waits");
            for (name, done) in received {
                run(&mut connection, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
                let _nobody_waits = done.send(());
            }
        });
    });
    wait.recv().expect("the server of the tests answers");
    Mutex::new(orders)
});

pub async fn connect() -> PgConnection {
    PgConnection::connect(&server_url()).await.expect("the test server answers")
}

async fn run(connection: &mut PgConnection, sql: &str) {
    sqlx::query(AssertSqlSafe(sql.to_string())).execute(connection).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Says that process `pid` lives, until `connection` closes.
pub async fn hold(connection: &mut PgConnection, pid: u32) {
    sqlx::query("SELECT pg_advisory_lock($1, $2)").bind(ALIVE).bind(pid as i32).execute(connection).await.expect("a lock");
}

/// Takes back what [`hold`] said.
pub async fn release(connection: &mut PgConnection, pid: u32) {
    sqlx::query("SELECT pg_advisory_unlock($1, $2)").bind(ALIVE).bind(pid as i32).execute(connection).await.expect("a lock");
}

/// Drops the databases of processes that live no more, and the templates that nobody made today.
pub async fn sweep(connection: &mut PgConnection) {
    let left: Vec<String> = sqlx::query_scalar("SELECT datname::text FROM pg_database WHERE datname LIKE 'gardel\\_t\\_%'")
        .fetch_all(&mut *connection)
        .await
        .expect("databases");
    for name in left {
        let pid: Option<u32> = name.split('_').nth(2).and_then(|pid| pid.parse().ok());
        let free = match pid {
            Some(pid) => sqlx::query_scalar("SELECT pg_try_advisory_lock($1, $2)")
                .bind(ALIVE)
                .bind(pid as i32)
                .fetch_one(&mut *connection)
                .await
                .expect("a lock"),
            None => true,
        };
        // A lock of our own is granted again: ours are no leavings.
        if free && pid != Some(std::process::id()) {
            run(connection, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
        if let Some(pid) = pid.filter(|_| free) {
            release(connection, pid).await;
        }
    }
    let old: Vec<String> = sqlx::query_scalar(
        "SELECT datname::text FROM pg_database WHERE datname LIKE 'gardel\\_modele\\_%'
         AND coalesce(shobj_description(oid, 'pg_database')::timestamptz < now() - interval '1 day', true)",
    )
    .fetch_all(&mut *connection)
    .await
    .expect("databases");
    for name in old {
        // One that is being copied stays for the next run.
        let _in_use = sqlx::query(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}"))).execute(&mut *connection).await;
    }
}

/// A name of this process, which the next run knows for leavings.
pub fn own_name(rest: &str) -> String {
    // The lock before the name.
    drop(PORTER.lock());
    format!("gardel_t_{}_{rest}", std::process::id())
}

/// A copy of the template of `sejours` séjours, under a name of this process.
pub async fn copy(sejours: u64, rest: &str) -> Base {
    let template = template(sejours).await;
    let name = own_name(rest);
    let mut connection = connect().await;
    run(&mut connection, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    let _closed = connection.close().await;
    Base { name }
}

/// The templates that this process has found or made.
static KNOWN: AsyncMutex<Vec<(u64, String)>> = AsyncMutex::const_new(Vec::new());

/// Name of the template of `sejours` séjours, which is made when there is none. To read, never to write.
pub async fn template(sejours: u64) -> String {
    let mut known = KNOWN.lock().await;
    if let Some((_, name)) = known.iter().find(|(size, _)| *size == sejours) {
        return name.clone();
    }
    let name = make(sejours, &digest()).await;
    known.push((sejours, name.clone()));
    name
}

/// Makes the template of a digest unless it is there. Whoever comes second waits for the first; one that was
/// never finished has another name.
pub async fn make(sejours: u64, digest: &str) -> String {
    let name = format!("gardel_modele_{digest}_{sejours}");
    let draft = own_name(&format!("modele_{sejours}"));
    let mut connection = connect().await;
    sqlx::query("SELECT pg_advisory_lock($1, hashtext($2))").bind(MAKING).bind(&name).execute(&mut connection).await.expect("a lock");
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(&name)
        .fetch_one(&mut connection)
        .await
        .expect("a base");
    if !there {
        run(&mut connection, &format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)")).await;
        fill(&draft, sejours).await;
        let now: String = sqlx::query_scalar("SELECT now()::text").fetch_one(&mut connection).await.expect("a clock");
        run(&mut connection, &format!("COMMENT ON DATABASE {draft} IS '{now}'")).await;
        run(&mut connection, &format!("ALTER DATABASE {draft} RENAME TO {name}")).await;
    }
    connection.close().await.expect("closes");
    name
}

/// What a template holds, in sixteen digits: `bin/test` asks for one of its own.
fn digest() -> String {
    if std::env::var_os("BASES_NEUVES").is_some() {
        return format!("{}", std::process::id());
    }
    let mut digest = Sha256::new();
    for source in SOURCES {
        add(&Path::new(env!("CARGO_MANIFEST_DIR")).join(source), &mut digest);
    }
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn add(path: &Path, digest: &mut Sha256) {
    if path.is_dir() {
        let mut inside: Vec<_> = std::fs::read_dir(path).expect("a folder of the project").flatten().map(|entry| entry.path()).collect();
        inside.sort();
        inside.iter().for_each(|path| add(path, digest));
    } else {
        digest.update(path.display().to_string().as_bytes());
        digest.update(std::fs::read(path).expect("a file of the project"));
    }
}

/// Makes database `name` with the schema, the reference data and `sejours` invented séjours.
pub async fn fill(name: &str, sejours: u64) {
    let mut connection = connect().await;
    run(&mut connection, &format!("CREATE DATABASE {name}")).await;
    let pool = PgPoolOptions::new().max_connections(2).connect(&url_of(name)).await.expect("the new database");
    load(&pool, sejours).await;
    sqlx::query("SELECT pg_advisory_lock($1, 0)").bind(NAMING).execute(&mut connection).await.expect("a lock");
    let [serve, work] = ROLES.map(String::from);
    roles::grant(&pool, &roles::Names { serve, work }).await.expect("the rights");
    // As an operator may, so that the worker knows of the long transactions of others.
    run(&mut connection, &format!("GRANT pg_read_all_stats TO {}", ROLES[1])).await;
    pool.close().await;
    connection.close().await.expect("closes");
}

/// Puts the schema, the reference data and `sejours` invented séjours into an empty base.
pub async fn load(pool: &PgPool, sejours: u64) {
    MIGRATIONS.run(pool).await.expect("the migrations");
    let mut tx = pool.begin().await.expect("a transaction");
    territoire::reference::charger(&mut tx).await.expect("the reference data");
    tx.commit().await.expect("commits");
    let date = instant("2026-11-23T14:00:00Z").date_naive();
    let options = demo::Options { sejours, ..demo::Options::new(date) };
    demo::charger(pool, &options, |_, _, _| {}).await.expect("the demo data");
    super::etats::watch(pool).await;
}
