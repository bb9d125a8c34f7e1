//! Three roles of PostgreSQL: one owns the tables and migrates, one serves, one works. Here the last two get the rights of
//! [`TABLES`], no more, and a process learns what its own role could do. See `docs/decisions/0017-database-roles.md`.

mod grants;

use sqlx::{AssertSqlSafe, FromRow, PgConnection, PgPool};

pub use grants::{Grant, SERVE_FUNCTIONS, TABLES, TRIGGER_FUNCTIONS, WORK_FUNCTIONS};

/// Number of the lock under which rights are given: two at once would take away what the other gives.
const LOCK: i64 = 0x6761_7264_726f;
/// Roles of PostgreSQL that open every table, or the machine: none of them suits a program that people reach.
const TOO_STRONG: [&str; 6] =
    ["pg_write_all_data", "pg_read_all_data", "pg_execute_server_program", "pg_read_server_files", "pg_write_server_files", "pg_signal_backend"];

/// The roles of the two programs.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Names {
    /// That of `gardel serve`.
    #[sqlx(rename = "sert")]
    pub serve: String,
    /// That of `gardel-worker`.
    #[sqlx(rename = "travaille")]
    pub work: String,
}

/// Why rights could not be given, in a French sentence.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// PostgreSQL refused.
    #[error("PostgreSQL a refusé ({0}). Lancez cette commande sous le compte qui possède les tables.")]
    Sqlx(#[from] sqlx::Error),
    /// What is asked cannot be.
    #[error("{0}")]
    Unfit(String),
}

/// What was done, for the operator.
#[derive(Debug, Default)]
pub struct Report {
    /// Roles that had to be created.
    pub created: Vec<String>,
    /// What remains to be done by somebody who may.
    pub left: Vec<String>,
}

/// What a role is, and what it could do to the tables.
#[derive(Clone, Debug, FromRow)]
pub struct Standing {
    /// Its name.
    pub name: String,
    /// It may do everything.
    pub superuser: bool,
    /// It owns the tables, or can become who does.
    pub owner: bool,
    /// It may change, delete or empty the journal.
    pub journal: bool,
}

/// The roles that were named here before.
pub async fn named(pool: &PgPool) -> Result<Option<Names>, sqlx::Error> {
    sqlx::query_as("SELECT sert::text, travaille::text FROM role_base").fetch_optional(pool).await
}

/// What the role of this connection is.
pub async fn standing(pool: &PgPool) -> Result<Standing, sqlx::Error> {
    sqlx::query_as(
        "SELECT r.rolname::text AS name, r.rolsuper AS superuser, pg_has_role(r.oid, c.relowner, 'MEMBER') AS owner,
             has_table_privilege(r.oid, c.oid, 'UPDATE, DELETE, TRUNCATE') OR has_any_column_privilege(r.oid, c.oid, 'UPDATE') AS journal
         FROM pg_roles r, pg_class c WHERE r.rolname = current_user AND c.oid = 'public.journal'::regclass",
    )
    .fetch_one(pool)
    .await
}

/// The rights that the role of this connection should have and has not, when it is one of the two that were named; the first ones, each as
/// « SELECT sur sejour ». Nothing for any other role.
pub async fn lacking(pool: &PgPool) -> Result<Option<Vec<String>>, sqlx::Error> {
    let Some(names) = named(pool).await? else { return Ok(None) };
    let me: String = sqlx::query_scalar("SELECT current_user::text").fetch_one(pool).await?;
    let (serve, functions) = if me == names.serve { (true, SERVE_FUNCTIONS) } else { (false, WORK_FUNCTIONS) };
    if me != names.serve && me != names.work {
        return Ok(None);
    }
    let rights = TABLES.iter().flat_map(|line| {
        let held = if serve { line.serve } else { line.work };
        ["SELECT", "INSERT", "UPDATE", "DELETE"].into_iter().filter(move |right| held.contains(right)).map(|right| (line.table, right))
    });
    let (tables, rights): (Vec<&str>, Vec<&str>) = rights.unzip();
    // Of some columns at least, but for those that are of whole rows.
    sqlx::query_scalar(
        "SELECT array_agg(what) FROM (
             SELECT r || ' sur ' || t AS what FROM unnest($1::text[], $2::text[]) l (t, r)
              WHERE NOT CASE WHEN r = 'DELETE' THEN has_table_privilege('public.' || t, r) ELSE has_any_column_privilege('public.' || t, r) END
             UNION ALL
             SELECT 'EXECUTE sur ' || f FROM unnest($3::text[]) f WHERE NOT has_function_privilege('public.' || f, 'EXECUTE')
             LIMIT 10) lacking",
    )
    .bind(tables)
    .bind(rights)
    .bind(functions)
    .fetch_one(pool)
    .await
    .map(|found: Option<Vec<String>>| Some(found.unwrap_or_default()))
}

/// Gives the two roles the rights of [`TABLES`], takes away any other, and keeps their names. A role that does not exist
/// is created, able to sign in and without a password, when the caller may do that. All of it or nothing.
///
/// # Errors
/// A role that is too strong or missing, a caller who does not own the tables.
pub async fn grant(pool: &PgPool, names: &Names) -> Result<Report, RoleError> {
    if names.serve == names.work {
        return Err(RoleError::Unfit("Le serveur et l’ouvrier ont chacun leur compte PostgreSQL : donnez deux noms différents.".into()));
    }
    let mut report = Report::default();
    let mut tx = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *tx).await?;
    for name in [&names.serve, &names.work] {
        if create(&mut tx, name).await? {
            report.created.push(name.clone());
        }
        refuse_strong(&mut tx, name).await?;
    }
    let roles = [quoted(&names.serve), quoted(&names.work)];
    let both = roles.join(", ");
    close_base(&mut tx, names, &both, &mut report).await?;
    run(&mut tx, &format!("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {both}")).await?;
    run(&mut tx, &format!("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {both}")).await?;
    for function in WORK_FUNCTIONS.iter().chain(SERVE_FUNCTIONS).chain(TRIGGER_FUNCTIONS) {
        // From everybody too: a copy restored without its rights would have forgotten it.
        run(&mut tx, &format!("REVOKE ALL ON FUNCTION public.{function} FROM PUBLIC, {both}")).await?;
    }
    for line in TABLES {
        for (rights, role) in [line.serve, line.work].iter().zip(&roles) {
            if !rights.is_empty() {
                run(&mut tx, &format!("GRANT {rights} ON public.{} TO {role}", line.table)).await?;
            }
        }
    }
    for (functions, role) in [(SERVE_FUNCTIONS, &roles[0]), (WORK_FUNCTIONS, &roles[1])] {
        for function in functions {
            run(&mut tx, &format!("GRANT EXECUTE ON FUNCTION public.{function} TO {role}")).await?;
        }
    }
    for name in [&names.serve, &names.work] {
        refuse_more(&mut tx, name).await?;
    }
    sqlx::query(
        "INSERT INTO role_base (sert, travaille) VALUES ($1::name, $2::name)
         ON CONFLICT (unique_ligne) DO UPDATE SET sert = excluded.sert, travaille = excluded.travaille, regle_le = now()",
    )
    .bind(&names.serve)
    .bind(&names.work)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(report)
}

/// Gives again what a migration may have changed. `None` when one role does everything, or when the roles that a copy of
/// the base remembers do not exist on this server: the names come back then.
///
/// # Errors
/// As [`grant`].
pub async fn renew(pool: &PgPool) -> Result<Renewed, RoleError> {
    let Some(names) = named(pool).await? else { return Ok(Renewed::Nobody) };
    let there: i64 =
        sqlx::query_scalar("SELECT count(*) FROM pg_roles WHERE rolname IN ($1, $2)").bind(&names.serve).bind(&names.work).fetch_one(pool).await?;
    if there < 2 {
        return Ok(Renewed::Missing(names));
    }
    let report = grant(pool, &names).await?;
    Ok(Renewed::Done(names, report))
}

/// What [`renew`] found.
#[derive(Debug)]
pub enum Renewed {
    /// One role does everything.
    Nobody,
    /// The base comes from a server that has these roles; this one has not.
    Missing(Names),
    /// Given again.
    Done(Names, Report),
}

/// Creates a role that is missing; says whether it was.
async fn create(connection: &mut PgConnection, name: &str) -> Result<bool, RoleError> {
    let (there, may): (bool, bool) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1), (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user)",
    )
    .bind(name)
    .fetch_one(&mut *connection)
    .await?;
    if there {
        return Ok(false);
    }
    if !may {
        return Err(RoleError::Unfit(format!(
            "Le compte PostgreSQL « {name} » n’existe pas, et celui de cette commande n’a pas le droit d’en créer. Demandez-le à qui administre \
             PostgreSQL : createuser {name}"
        )));
    }
    run(connection, &format!("CREATE ROLE {} LOGIN", quoted(name))).await?;
    Ok(true)
}

/// Refuses a role whose rights nothing here could bound.
async fn refuse_strong(connection: &mut PgConnection, name: &str) -> Result<(), RoleError> {
    let (attributes, owner, strong): (bool, bool, Option<String>) = sqlx::query_as(
        "SELECT r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolreplication,
             EXISTS (SELECT 1 FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND pg_has_role(r.oid, c.relowner, 'MEMBER'))
                 OR EXISTS (SELECT 1 FROM pg_database d WHERE d.datname = current_database() AND pg_has_role(r.oid, d.datdba, 'MEMBER')),
             (SELECT min(g) FROM unnest($2::text[]) g WHERE pg_has_role(r.oid, g::name, 'MEMBER'))
         FROM pg_roles r WHERE r.rolname = $1",
    )
    .bind(name)
    .bind(TOO_STRONG.as_slice())
    .fetch_one(connection)
    .await?;
    let reason = match strong {
        _ if attributes => "il administre PostgreSQL (SUPERUSER, CREATEROLE, REPLICATION ou BYPASSRLS)".to_string(),
        _ if owner => "il possède la base ou ses tables, ou peut prendre la place de qui les possède".to_string(),
        Some(group) => format!("il est membre de {group}"),
        None => return Ok(()),
    };
    Err(RoleError::Unfit(format!("Le compte PostgreSQL « {name} » ne convient pas : {reason}. Créez-en un sans droit : createuser {name}")))
}

/// What everybody may do in a base that was just made, and that the two roles have no use for.
async fn close_base(connection: &mut PgConnection, names: &Names, both: &str, report: &mut Report) -> Result<(), RoleError> {
    let base: String = sqlx::query_scalar("SELECT quote_ident(current_database())").fetch_one(&mut *connection).await?;
    run(connection, &format!("GRANT USAGE ON SCHEMA public TO {both}")).await?;
    run(connection, &format!("REVOKE CREATE ON SCHEMA public FROM PUBLIC, {both}")).await?;
    let may: bool = sqlx::query_scalar("SELECT pg_has_role(datdba, 'MEMBER') FROM pg_database WHERE datname = current_database()")
        .fetch_one(&mut *connection)
        .await?;
    if may {
        run(connection, &format!("GRANT CONNECT ON DATABASE {base} TO {both}")).await?;
        // A temporary table of its own is where a caller would hang the functions of others.
        run(connection, &format!("REVOKE TEMPORARY, CREATE ON DATABASE {base} FROM PUBLIC, {both}")).await?;
    } else {
        report.left.push(format!("REVOKE TEMPORARY, CREATE ON DATABASE {base} FROM PUBLIC; GRANT CONNECT ON DATABASE {base} TO {both};"));
    }
    let open: bool =
        sqlx::query_scalar("SELECT bool_or(has_schema_privilege(r.oid, 'public', 'CREATE')) FROM pg_roles r WHERE r.rolname IN ($1, $2)")
            .bind(&names.serve)
            .bind(&names.work)
            .fetch_one(&mut *connection)
            .await?;
    if open {
        report.left.push("REVOKE CREATE ON SCHEMA public FROM PUBLIC;".into());
    }
    Ok(())
}

/// Refuses a role that still holds, by a group or by everybody's rights, what was just taken from it.
async fn refuse_more(connection: &mut PgConnection, name: &str) -> Result<(), RoleError> {
    let more: Option<String> = sqlx::query_scalar(
        "SELECT min(c.relname::text) FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
           AND (has_table_privilege($1::name, c.oid, 'TRUNCATE, REFERENCES, TRIGGER')
               OR c.relname = ANY($2) AND (has_table_privilege($1::name, c.oid, 'UPDATE, DELETE') OR has_any_column_privilege($1::name, c.oid, 'UPDATE'))
               OR c.relispartition AND has_table_privilege($1::name, c.oid, 'SELECT, INSERT, UPDATE, DELETE'))",
    )
    .bind(name)
    .bind(["journal", "secret", "role_base", "_sqlx_migrations"].as_slice())
    .fetch_one(connection)
    .await?;
    more.map_or(Ok(()), |table| {
        Err(RoleError::Unfit(format!(
            "Le compte PostgreSQL « {name} » garde sur « {table} » un droit de trop, par un groupe dont il est membre ou par PUBLIC. Retirez-le, puis \
             recommencez."
        )))
    })
}

async fn run(connection: &mut PgConnection, sql: &str) -> Result<(), sqlx::Error> {
    // Names of roles go through `quoted`; everything else stands in this program.
    sqlx::query(AssertSqlSafe(sql.to_string())).execute(connection).await.map(|_| ())
}

/// A name as SQL quotes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_a_name() {
        assert_eq!(quoted("gardel_sert"), "\"gardel_sert\"");
        assert_eq!(quoted("a\"; DROP ROLE x; --"), "\"a\"\"; DROP ROLE x; --\"");
    }

    #[test]
    fn a_table_has_one_line() {
        let mut names: Vec<&str> = TABLES.iter().map(|line| line.table).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TABLES.len());
    }

    #[test]
    fn nobody_changes_the_journal() {
        let journal = TABLES.iter().find(|line| line.table == "journal").expect("the journal");
        for rights in [journal.serve, journal.work] {
            assert!(["UPDATE", "DELETE", "TRUNCATE"].iter().all(|right| !rights.contains(right)), "{rights}");
        }
    }
}
