//! The statement behind a page, for the witnesses: `pgbench` runs it with its values bound, `psql`
//! copies all its rows to a file.

use std::fmt::Write as _;
use std::path::Path;

use gardel::listing::{Arg, Query, Reader, Resolved, Statement, page_statement};

use crate::Faute;
use crate::base::Banc;

/// Writes `name.sql` (a pgbench script) and `name.args` (one `-D` a line) for the page of `query`.
pub async fn pgbench(banc: &Banc, folder: &Path, name: &str, query: &Query, reader: &Reader) -> Result<(), Faute> {
    let resolved = Resolved::look_up(&banc.db, &banc.choices, query, reader).await?;
    let statement = page_statement(query, reader, &resolved)?;
    let mut sql = statement.sql.clone();
    // From the last: $1 is also the beginning of $10.
    for number in (1..=statement.args.len()).rev() {
        sql = sql.replace(&format!("${number}"), &format!(":v{number}"));
    }
    std::fs::write(folder.join(format!("{name}.sql")), format!("{sql};\n"))?;
    let args = statement.args.iter().enumerate().fold(String::new(), |mut text, (place, arg)| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "-D\nv{}={}", place + 1, plain(arg));
        text
    });
    std::fs::write(folder.join(format!("{name}.args")), args)?;
    Ok(())
}

/// The statement that gives every row of `query`, in order, with the columns of its export.
pub fn copy(query: &Query, reader: &Reader) -> Result<String, Faute> {
    let Statement { sql, args } = page_statement(query, reader, &Resolved::default())?;
    let (_, from) = sql.split_once(" FROM ").ok_or("a page selects from something")?;
    let columns: Vec<String> = query.columns.iter().map(|column| format!("{} AS \"{}\"", column.sql, column.label)).collect();
    let mut sql = format!("SELECT {} FROM {}", columns.join(", "), from.replace(&format!(" LIMIT {}", query.size + 1), ""));
    for (place, arg) in args.iter().enumerate().rev() {
        sql = sql.replace(&format!("${}", place + 1), &format!("'{}'", plain(arg).replace('\'', "''")));
    }
    Ok(sql)
}

/// A value as PostgreSQL reads it in text.
fn plain(arg: &Arg) -> String {
    match arg {
        Arg::Text(text) => text.clone(),
        Arg::Int(number) => number.to_string(),
        Arg::Date(day) => day.to_string(),
        Arg::Texts(texts) => format!("{{{}}}", texts.join(",")),
        Arg::Ints(numbers) => format!("{{{}}}", numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")),
    }
}
