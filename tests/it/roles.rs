//! Three roles of PostgreSQL, as a town hall would have them: an owner who is no superuser, a server and a worker that
//! hold what their line says and no more, and a journal that none of the three changes.
//! Longer than four hundred lines by a few: every refusal is tried in the one world that it makes.
//!
//! Every other test runs under such roles too (`support/app.rs`): what a page or a job does without the right to fails there.

use gardel::platform::db::MIGRATIONS;
use gardel::platform::roles::{self, Names, Renewed, TABLES};
use gardel::platform::token::SigningKey;
use gardel::platform::vault::Vault;
use gardel::territoire;
use rocket::tokio::runtime;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool};

use crate::support::app::{as_role, url_of};
use crate::support::base::{Base, connect, own_name};
use crate::support::program::{GARDEL, PRODUCTION, program, said};

/// A base of an owner of its own, and the two roles that it serves.
pub struct World {
    pub name: String,
    pub names: Names,
    pub owner: PgPool,
    base: Option<Base>,
}

impl Drop for World {
    fn drop(&mut self) {
        // The rights go with the base; then nothing holds the roles.
        drop(self.base.take());
        let drop_all = ["possede", "sert", "travaille", "groupe"].map(|role| format!("DROP ROLE IF EXISTS {}_{role}", self.name)).join("; ");
        let dropped = std::thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async { sqlx::raw_sql(AssertSqlSafe(drop_all)).execute(&mut connect().await).await.map(|_| ()) })
        });
        assert!(dropped.join().is_ok_and(|done| done.is_ok()) || std::thread::panicking(), "the roles are still there");
    }
}

impl World {
    /// The base, filled by its owner; the two roles are still to be made.
    async fn bare(tag: &str) -> Self {
        let name = own_name(&format!("roles_{tag}"));
        administer(&format!("CREATE ROLE {name}_possede LOGIN")).await;
        administer(&format!("CREATE DATABASE {name} OWNER {name}_possede")).await;
        let names = Names { serve: format!("{name}_sert"), work: format!("{name}_travaille") };
        let base = Some(Base { name: name.clone() });
        let owner = pool(&name, &format!("{name}_possede"));
        MIGRATIONS.run(&owner).await.expect("an owner migrates without being superuser");
        let mut tx = owner.begin().await.expect("a transaction");
        territoire::reference::charger(&mut tx).await.expect("the reference data");
        tx.commit().await.expect("commits");
        SigningKey::load(&owner, &Vault::default()).await.expect("the first key");
        Self { name, names, owner, base }
    }

    /// The same, with the roles as whoever administers PostgreSQL makes them, and their rights as the owner gives them.
    pub async fn new(tag: &str) -> Self {
        let world = Self::bare(tag).await;
        world.make_roles().await;
        roles::grant(&world.owner, &world.names).await.expect("the rights");
        world
    }

    async fn make_roles(&self) {
        for role in [&self.names.serve, &self.names.work] {
            administer(&format!("CREATE ROLE {role} LOGIN")).await;
        }
    }

    fn serve(&self) -> PgPool {
        pool(&self.name, &self.names.serve)
    }

    fn work(&self) -> PgPool {
        pool(&self.name, &self.names.work)
    }

    /// The base under the rights of a superuser.
    fn superuser(&self) -> PgPool {
        PgPoolOptions::new().max_connections(1).connect_lazy(&url_of(&self.name)).expect("an address")
    }
}

fn pool(base: &str, role: &str) -> PgPool {
    PgPoolOptions::new().max_connections(2).connect_lazy(&as_role(&url_of(base), role)).expect("an address")
}

async fn administer(sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_string())).execute(&mut connect().await).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

async fn run(pool: &PgPool, sql: &str) {
    sqlx::query(AssertSqlSafe(sql.to_string())).execute(pool).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

async fn one<T>(pool: &PgPool, sql: &str) -> T
where
    T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    sqlx::query_scalar(AssertSqlSafe(sql.to_string())).fetch_one(pool).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// Each statement is refused, and for want of a right.
async fn refused(pool: &PgPool, statements: &[&str]) {
    let mut passed = Vec::new();
    for sql in statements {
        let answer = sqlx::query(AssertSqlSafe(sql.to_string())).execute(pool).await;
        let code = answer.as_ref().err().and_then(|error| error.as_database_error()).and_then(|error| error.code());
        if code.as_deref() != Some("42501") {
            passed.push(format!("{sql}: {answer:?}"));
        }
    }
    assert!(passed.is_empty(), "{}", passed.join("\n"));
}

#[rocket::async_test]
async fn the_owner_gives_the_rights_to_roles_that_are_not_too_strong() {
    let world = World::bare("donne").await;
    let grant = async |serve: &str, work: &str| {
        let names = Names { serve: serve.into(), work: work.into() };
        roles::grant(&world.owner, &names).await.map_err(|error| error.to_string())
    };
    let (serve, work) = (world.names.serve.clone(), world.names.work.clone());
    let told = grant(&serve, &work).await.expect_err("it may create no role");
    assert!(told.contains("createuser"), "{told}");
    world.make_roles().await;
    let owner = format!("{}_possede", world.name);
    for (wrong, reason) in [(&owner, "possède"), (&"gardel".to_string(), "administre"), (&work, "deux noms")] {
        let told = grant(wrong, &work).await.expect_err("too strong");
        assert!(told.contains(reason), "{told}");
    }
    // What a group would give counts too.
    let group = format!("{}_groupe", world.name);
    administer(&format!("CREATE ROLE {group}; GRANT {group} TO {work}")).await;
    run(&world.owner, &format!("GRANT UPDATE (detail) ON journal TO {group}")).await;
    let told = grant(&serve, &work).await.expect_err("the group changes the journal");
    assert!(told.contains("groupe") && told.contains("journal"), "{told}");
    administer(&format!("REVOKE {group} FROM {work}")).await;
    run(&world.owner, &format!("REVOKE ALL ON journal FROM {group}")).await;

    assert!(roles::named(&world.owner).await.expect("read").is_none(), "refused is not kept");
    assert!(matches!(roles::renew(&world.owner).await, Ok(Renewed::Nobody)));
    for _ in 0..2 {
        let report = grant(&serve, &work).await.expect("twice is once");
        assert!(report.created.is_empty() && report.left.is_empty(), "{report:?}");
    }
    // What a hand added goes, what it took comes back, at the next migration.
    run(&world.owner, &format!("GRANT DELETE ON sejour TO {serve}")).await;
    run(&world.owner, &format!("REVOKE SELECT ON sejour FROM {work}")).await;
    run(&world.owner, "GRANT EXECUTE ON FUNCTION journal_purge(integer) TO PUBLIC").await;
    assert!(matches!(roles::renew(&world.owner).await, Ok(Renewed::Done(names, _)) if names == world.names));
    refused(&world.serve(), &["DELETE FROM sejour", "SELECT journal_purge(12)"]).await;
    one::<i64>(&world.work(), "SELECT count(*) FROM sejour").await;
    // A copy on a server that has not these roles migrates all the same.
    run(&world.owner, "UPDATE role_base SET sert = 'personne_ici'").await;
    assert!(matches!(roles::renew(&world.owner).await, Ok(Renewed::Missing(_))));
}

#[rocket::async_test]
async fn each_role_holds_what_its_line_says_and_no_more() {
    let world = World::new("lignes").await;
    let tables = "SELECT array_agg(relname::text ORDER BY 1) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition";
    let mut lines: Vec<&str> = TABLES.iter().map(|line| line.table).collect();
    lines.sort_unstable();
    let mut found: Vec<String> = one(&world.owner, tables).await;
    found.sort_unstable();
    assert_eq!(found, lines, "every table has its line in src/platform/roles/grants.rs");
    for line in TABLES {
        for (role, rights) in [(&world.names.serve, line.serve), (&world.names.work, line.work)] {
            for right in ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"] {
                let table = format!("'{role}', 'public.{}', '{right}'", line.table);
                let held = match right {
                    "DELETE" | "TRUNCATE" | "TRIGGER" => format!("SELECT has_table_privilege({table})"),
                    _ => format!("SELECT has_any_column_privilege({table})"),
                };
                assert_eq!(one::<bool>(&world.owner, &held).await, rights.contains(right), "{right} on {} for {role}", line.table);
                // Some columns are not all of them.
                if rights.contains(&format!("{right} (")) {
                    assert!(!one::<bool>(&world.owner, &format!("SELECT has_table_privilege({table})")).await, "{right} on {}", line.table);
                }
            }
        }
    }
    for role in [&world.names.serve, &world.names.work] {
        let beside = "SELECT count(*) FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND (c.relkind = 'S' OR c.relispartition)";
        let held = format!(
            "{beside} AND (c.relkind = 'S' AND has_sequence_privilege('{role}', c.oid, 'USAGE, SELECT, UPDATE') \
             OR c.relkind = 'r' AND has_any_column_privilege('{role}', c.oid, 'SELECT, INSERT, UPDATE'))"
        );
        assert_eq!(one::<i64>(&world.owner, &held).await, 0, "sequences and partitions: {role}");
        let functions = "SELECT coalesce(string_agg(p.proname, ' ' ORDER BY p.proname), '') FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef";
        let open: String = one(&world.owner, &format!("{functions} AND has_function_privilege('{role}', p.oid, 'EXECUTE')")).await;
        assert_eq!(
            open,
            if *role == world.names.work {
                "auteurs_rendus comptes_importes comptes_repris journal_partitions journal_purge lien_par_courriel prochain_numero"
            } else {
                "exploitation_requetes exploitation_sessions exploitation_vue prochain_numero"
            },
            "{role}"
        );
    }
    // A function that runs under the rights of another names its schemas, or somebody else's would be called.
    let loose = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef AND NOT coalesce(proconfig::text LIKE '%search_path=public, pg_temp%', false)";
    assert_eq!(one::<i64>(&world.owner, loose).await, 0);
}

#[rocket::async_test]
async fn each_role_is_refused_what_is_not_its_business() {
    let world = World::new("refus").await;
    let owner = format!("SET ROLE {}_possede", world.name);
    let both = [
        "CREATE TABLE x (a int)",
        "CREATE TEMPORARY TABLE x (a int)",
        "CREATE SCHEMA x",
        "CREATE FUNCTION x() RETURNS int LANGUAGE sql RETURN 1",
        "ALTER TABLE sejour ADD COLUMN x int",
        "DROP TABLE avis",
        "DROP FUNCTION journal_fige() CASCADE",
        "CREATE OR REPLACE FUNCTION journal_garde_min() RETURNS integer LANGUAGE sql IMMUTABLE RETURN 0",
        "TRUNCATE avis",
        "SET session_replication_role = replica",
        &owner,
        "DELETE FROM categorie",
        "INSERT INTO tarif DEFAULT VALUES",
        "UPDATE sejour SET code_insee = '97101'",
        "UPDATE logement SET code_insee = '97113'",
        "UPDATE hebergeur SET numero = 'x'",
        "DELETE FROM utilisateur",
        "UPDATE utilisateur SET cree_le = now()",
        "UPDATE tarif SET deliberation_id = 1",
        "INSERT INTO vocabulaire VALUES ('x')",
        "UPDATE role_base SET sert = 'x'",
        "DELETE FROM _sqlx_migrations",
        "SELECT nextval('journal_id_seq')",
        "UPDATE secret SET valeur = ''",
        "INSERT INTO secret (nom, valeur) VALUES ('x', '')",
        "DELETE FROM secret",
    ];
    for role in [world.serve(), world.work()] {
        refused(&role, &both).await;
    }
    let work = [
        "SELECT mot_de_passe FROM utilisateur",
        "SELECT * FROM utilisateur",
        "UPDATE utilisateur SET role = 'administrateur'",
        "UPDATE utilisateur SET courriel = 'x@y.z'",
        "INSERT INTO utilisateur (courriel, nom, role) VALUES ('x@y.z', 'x', 'agent')",
        "INSERT INTO utilisateur_collectivite VALUES (1, 1)",
        "SELECT empreinte FROM session",
        "SELECT utilisateur_id FROM session",
        "INSERT INTO session (empreinte) VALUES ('')",
        "UPDATE session SET expire_le = now()",
        "SELECT empreinte FROM invitation",
        "SELECT empreinte FROM connexion_attente",
        "SELECT cle FROM second_facteur",
        "SELECT count(*) FROM code_secours",
        "SELECT cle FROM frein_connexion",
        "SELECT corps FROM saisie_gardee",
        "SELECT texte FROM avis",
        "SELECT valeur FROM secret",
    ];
    refused(&world.work(), &work).await;
    let serve = [
        "DELETE FROM job",
        "INSERT INTO ouvrier (nom) VALUES ('x')",
        "SELECT count(*) FROM export_lot",
        "SELECT journal_purge(12)",
        "SELECT journal_partitions(now()::date)",
    ];
    refused(&world.serve(), &serve).await;
}

/// Makes the partition of a month, so many months ago, with one line.
async fn month(world: &World, ago: i32) -> String {
    let name: String = one(&world.owner, &format!("SELECT 'journal_' || to_char(now() - interval '{ago} months', 'YYYY_MM')")).await;
    let bound = |months: i32| format!("SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') - interval '{months} months')::text || '+00'");
    let (from, to): (String, String) = (one(&world.owner, &bound(ago)).await, one(&world.owner, &bound(ago - 1)).await);
    run(&world.owner, &format!("CREATE TABLE IF NOT EXISTS {name} PARTITION OF journal FOR VALUES FROM ('{from}') TO ('{to}')")).await;
    run(&world.owner, &format!("INSERT INTO journal (moment, action) VALUES ('{from}', 'essai')")).await;
    name
}

async fn partitions(pool: &PgPool) -> Vec<String> {
    one(pool, "SELECT array_agg(inhrelid::regclass::text ORDER BY 1) FROM pg_inherits WHERE inhparent = 'journal'::regclass").await
}

#[rocket::async_test]
async fn nobody_changes_the_journal() {
    let world = World::new("journal").await;
    let (serve, work) = (world.serve(), world.work());
    for role in [&serve, &work] {
        run(role, "INSERT INTO journal (action, objet) VALUES ('connexion', 'essai')").await;
        // The instant and the number are the base's own.
        refused(role, &["INSERT INTO journal (moment, action) VALUES ('2020-01-01', 'x')", "ALTER TABLE journal DISABLE TRIGGER journal_fige"]).await;
    }
    let current: String = one(&world.owner, "SELECT tableoid::regclass::text FROM journal WHERE objet = 'essai' LIMIT 1").await;
    run(&world.owner, "INSERT INTO journal (moment, action) VALUES (now() - interval '3 months', 'essai'), (now() + interval '5 years', 'essai')")
        .await;
    let changes = |table: &str| {
        [
            format!("UPDATE {table} SET detail = '{{}}'"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table}"),
            format!("INSERT INTO {table} (action) VALUES ('x') ON CONFLICT (moment, id) DO UPDATE SET action = 'y'"),
        ]
    };
    for table in ["journal", current.as_str(), "journal_autres"] {
        let all = changes(table);
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        refused(&serve, &all).await;
        refused(&work, &all).await;
        // The owner and the superuser make no such mistake either.
        refused(&world.owner, &all[..3]).await;
        refused(&world.superuser(), &all[..3]).await;
    }
    let by_name = [format!("SELECT * FROM {current}"), format!("INSERT INTO {current} (action) VALUES ('x')"), format!("DROP TABLE {current}")];
    let by_name: Vec<&str> = by_name.iter().map(String::as_str).collect();
    refused(&serve, &by_name).await;
    refused(&work, &by_name).await;
    assert_eq!(one::<i64>(&serve, "SELECT count(*) FROM journal WHERE objet = 'essai'").await, 2);
}

#[rocket::async_test]
async fn only_what_is_over_its_time_leaves_the_journal() {
    let world = World::new("purge").await;
    let work = world.work();
    let [young, old, ancient] = [month(&world, 4).await, month(&world, 9).await, month(&world, 15).await];
    run(&world.owner, "INSERT INTO journal (moment, action) VALUES (now() - interval '40 months', 'filet'), (now() + interval '5 years', 'filet')")
        .await;
    // As the guide asks: twelve months.
    assert_eq!(one::<i32>(&work, "SELECT journal_purge(12)").await, 1);
    let left = partitions(&work).await;
    assert!(left.contains(&young) && left.contains(&old) && !left.contains(&ancient), "{left:?}");
    // Whatever is asked, six months stay.
    for months in ["1", "0", "-99", "NULL", "-2147483648"] {
        run(&work, &format!("SELECT journal_purge({months})")).await;
        assert!(partitions(&work).await.contains(&young), "{months}");
    }
    assert!(!partitions(&work).await.contains(&old));
    run(&work, "SELECT journal_purge(2147483647)").await;
    assert_eq!(one::<i64>(&work, "SELECT count(*) FROM journal WHERE action = 'filet'").await, 1, "the net loses what is over its time alone");
    // A partition whose name lies stays.
    run(&world.owner, "CREATE TABLE journal_2001_01 PARTITION OF journal FOR VALUES FROM ('2051-01-01') TO ('2051-02-01')").await;
    run(&world.owner, "INSERT INTO journal (moment, action) VALUES ('2051-01-02', 'x')").await;
    assert!(sqlx::query("SELECT journal_purge(6)").execute(&work).await.is_err());
    run(&world.owner, "DROP TABLE journal_2001_01").await;

    // Months are prepared around today, whatever is asked, and what fell into the net goes to its month.
    let before = partitions(&work).await;
    let next: String = one(&world.owner, "SELECT 'journal_' || to_char(now() + interval '1 month', 'YYYY_MM')").await;
    run(&world.owner, &format!("DROP TABLE IF EXISTS {next}")).await;
    run(&world.owner, "INSERT INTO journal (moment, action) VALUES (date_trunc('month', now() + interval '1 month') + interval '1 day', 'suivant')")
        .await;
    for when in ["now()::date", "'1990-01-01'", "'2990-01-01'", "NULL", "'infinity'"] {
        run(&work, &format!("SELECT journal_partitions({when})")).await;
    }
    let after = partitions(&work).await;
    assert!(after.contains(&next) && after.iter().all(|name| before.contains(name) || name >= &next), "{after:?}");
    assert_eq!(one::<String>(&work, "SELECT tableoid::regclass::text FROM journal WHERE action = 'suivant'").await, next);
    let changes = [format!("DELETE FROM {next}"), format!("TRUNCATE {next}"), format!("UPDATE {next} SET action = 'x'")];
    refused(&world.owner, &changes.iter().map(String::as_str).collect::<Vec<_>>()).await;
    refused(&world.owner, &["DELETE FROM journal_autres", "UPDATE journal SET action = 'x'", "TRUNCATE journal"]).await;
}

/// `gardel` as an operator runs it, under a role; where people work.
fn gardel(world: &World, role: &str, folder: &std::path::Path, arguments: &[&str]) -> (bool, String) {
    said(program(GARDEL, folder, &as_role(&url_of(&world.name), role)).args(arguments).envs(PRODUCTION))
}

#[rocket::async_test]
async fn the_commands_give_the_rights_and_check_says_who_connects() {
    let world = World::bare("commande").await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let owner = format!("{}_possede", world.name);
    let run = |role: &str, arguments: &[&str]| gardel(&world, role, folder.path(), arguments);
    let asked = ["roles", "--sert", &world.names.serve, "--travaille", &world.names.work];
    let (done, told) = run(&owner, &["roles"]);
    assert!(!done && told.contains("--sert"), "{told}");
    // Whoever may create roles makes those that are missing.
    let (done, told) = run("gardel", &asked);
    assert!(done && told.contains(&world.names.serve) && told.contains("sans mot de passe"), "{told}");
    let (done, told) = run(&owner, &asked);
    assert!(done, "{told}");
    let (done, told) = run(&owner, &["migrate"]);
    assert!(done && told.contains(&world.names.work), "{told}");
    let (done, told) = run(&world.names.serve, &["check"]);
    assert!(done && told.contains(&world.names.serve) && !told.contains("Attention"), "{told}");
    for (role, words) in [(owner.as_str(), "possède"), ("gardel", "administre")] {
        let (done, told) = run(role, &["check"]);
        assert!(done && told.contains("Attention") && told.contains(words), "{told}");
    }
    let (done, told) = run(&world.names.serve, &["migrate"]);
    assert!(!done, "{told}");
    let (done, told) = run(&world.names.serve, &asked);
    assert!(!done && told.contains("possède les tables"), "{told}");
}
