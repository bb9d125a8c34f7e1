//! Every statement that stands whole in the sources is put to the base, run or not by another test: a table, a column or a
//! function that does not exist is found here, with its line. Why not at compilation: decision 25.

use std::fs;
use std::path::{Path, PathBuf};

use sqlx::postgres::PgDatabaseError;
use sqlx::{AssertSqlSafe, PgConnection};

use crate::support::App;

/// What PostgreSQL says of a statement that no parameter could mend: bad syntax, an unknown table, column, parameter; an
/// ambiguous column. The types of parameters are told when it runs, and are not asked of it here.
const FAULTS: &[&str] = &["42601", "42P01", "42703", "42P02", "42702"];
/// What can be prepared.
const VERBS: &[&str] = &["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the sources").flatten() {
        let path = entry.path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// The text of a literal, from after its first quote.
fn literal(source: &str) -> String {
    let mut text = String::new();
    let mut letters = source.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('"', _) => break,
            // The line goes on, without its indentation.
            ('\\', Some('\n')) => while letters.next_if(|next| next.is_whitespace()).is_some() {},
            ('\\', Some('n')) => text.push(if letters.next().is_some() { '\n' } else { ' ' }),
            ('\\', _) => text.extend(letters.next()),
            _ => text.push(letter),
        }
    }
    text
}

/// Where each statement stands, and its words.
fn statements() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    files(&root.join("src"), &mut paths);
    let mut found = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).expect("UTF-8");
        for (at, call) in text.match_indices("sqlx::query") {
            let rest = text[at + call.len()..].trim_start_matches("_as").trim_start_matches("_scalar");
            let rest =
                if rest.starts_with("::<") { rest.split_once('(').map_or("", |(_, rest)| rest) } else { rest.strip_prefix('(').unwrap_or_default() };
            let Some(source) = rest.trim_start().strip_prefix('"') else { continue };
            let sql = literal(source);
            if VERBS.contains(&sql.split_whitespace().next().unwrap_or_default()) {
                let line = text[..at].lines().count();
                found.push((format!("{}:{line}", path.strip_prefix(root).expect("inside").display()), sql));
            }
        }
    }
    found
}

/// What is wrong with `sql` as it is written.
async fn fault(connection: &mut PgConnection, sql: &str) -> Option<String> {
    match sqlx::raw_sql(AssertSqlSafe(format!("PREPARE lu AS {sql}"))).execute(&mut *connection).await {
        Ok(_) => {
            sqlx::raw_sql("DEALLOCATE lu").execute(connection).await.expect("it was prepared");
            None
        }
        Err(error) => {
            let cause = error.as_database_error().and_then(|cause| cause.try_downcast_ref::<PgDatabaseError>()).expect("an answer of PostgreSQL");
            // The same code stands for an operator that misses the type of its parameter: another routine of PostgreSQL says it.
            let unknown = cause.code() == "42883" && cause.routine() == Some("ParseFuncOrColumn");
            (FAULTS.contains(&cause.code()) || unknown).then(|| cause.message().to_string())
        }
    }
}

#[rocket::async_test]
async fn every_written_statement_is_understood_by_the_base() {
    let app = App::new().await;
    let mut connection = app.pool().acquire().await.expect("a connection");
    for wrong in ["SELECT inconnue FROM sejour", "SELECT 1 FROM inconnue", "SELECT inconnue(1)", "SELECT FROM WHERE"] {
        assert!(fault(&mut connection, wrong).await.is_some(), "{wrong}");
    }
    let statements = statements();
    assert!(statements.len() > 300, "only {} statements were read", statements.len());
    let mut faults = Vec::new();
    for (place, sql) in &statements {
        faults.extend(fault(&mut connection, sql).await.map(|fault| format!("{place}: {fault}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
