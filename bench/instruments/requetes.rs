//! The statement behind a page, for the witnesses: `pgbench` runs it with its values bound, `psql`
//! copies all its rows to a file.

use std::fmt::Write as _;
use std::path::Path;

use gardel::listing::{Arg, Branching, Narrowed, Query, Reader};

use crate::Faute;
use crate::base::Banc;

/// Writes `name.sql` (a pgbench script) and `name.args` (one `-D` a line) for the page of `query`.
pub async fn pgbench(banc: &Banc, folder: &Path, name: &str, query: &Query, reader: &Reader) -> Result<(), Faute> {
    let statement = Narrowed::for_page(&banc.db, &banc.choices, query, reader).await?.page()?;
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

/// The statement that gives every row of `query`, which has no filter, in order, with the columns of its
/// export: as a person would write it, without the branches that serve pages.
pub fn copy(query: &Query, reader: &Reader) -> Result<String, Faute> {
    let Branching::Texts(column, communes) = (query.list.scope)(reader) else { return Err("le périmètre n'est pas une liste de communes".into()) };
    let columns: Vec<String> = query.columns.iter().map(|column| format!("{} AS \"{}\"", column.sql, column.label)).collect();
    let direction = if query.descending { "DESC" } else { "ASC" };
    Ok(format!(
        "SELECT {} FROM {} b {} WHERE {column} = ANY('{}'::text[]) ORDER BY {} {direction}, {} {direction}",
        columns.join(", "),
        query.list.table,
        query.list.joins,
        plain(&Arg::Texts(communes)),
        query.sort.column,
        query.list.id.0,
    ))
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
