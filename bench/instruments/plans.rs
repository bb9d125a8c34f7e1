//! The page statement of every filter × sort on offer, timed: what must not grow with the table.

use std::time::Instant;

use gardel::listing::{Narrowed, Query, Reader};
use gardel::web::LISTS;
use serde_json::json;

use crate::Faute;
use crate::base::{ARCHIPEL, Banc, COMMUNE, EXPLOITANT};
use crate::questions::{Facts, questions};

/// Runs before those that count: plans are chosen, pages are read into memory.
const WARM_UP: usize = 1;

/// Prints one JSON line per list, question and reader: median and best time in microseconds, rows.
/// Only one question in `one_in` is asked, the same from one base to another.
pub async fn measure(repetitions: usize, one_in: usize) -> Result<(), Faute> {
    let banc = Banc::open().await?;
    for courriel in [COMMUNE, ARCHIPEL, EXPLOITANT] {
        let reader = banc.reader(courriel).await?;
        for list in LISTS.iter().filter(|list| reader.may(list.access)) {
            for question in questions(list, &Facts::known(list)).into_iter().step_by(one_in.max(1)) {
                let query = Query::parse(list, &question, banc.today, &banc.key)?;
                let (mut times, rows) = run(&banc, &query, &reader, repetitions).await?;
                times.sort_unstable();
                let (best, median) = (times.first().copied().unwrap_or(0), times.get(times.len() / 2).copied().unwrap_or(0));
                let line =
                    json!({"liste": list.name, "question": question, "lecteur": courriel, "mediane_us": median, "mieux_us": best, "lignes": rows});
                println!("{line}");
            }
        }
    }
    Ok(())
}

/// Times of the search, when there is one, and of the page.
async fn run(banc: &Banc, query: &Query, reader: &Reader, repetitions: usize) -> Result<(Vec<u128>, usize), Faute> {
    let mut times = Vec::with_capacity(repetitions);
    let mut rows = 0;
    for round in 0..WARM_UP + repetitions.max(1) {
        let started = Instant::now();
        let statement = Narrowed::for_page(&banc.db, &banc.choices, query, reader).await?.page()?;
        let arguments = statement.arguments()?;
        rows = sqlx::query_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_all(banc.db.statement()).await?.len();
        if round >= WARM_UP {
            times.push(started.elapsed().as_micros());
        }
    }
    Ok((times, rows))
}
