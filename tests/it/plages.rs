//! Pieces of a file asked for in every manner that a browser, a proxy or somebody curious may think of, beside a reading of
//! RFC 9110 that is written here: what is sent, what its headers say of it, and what the journal keeps.

use rocket::http::{Header, Status};

use crate::support::app::LE_GOSIER;
use crate::support::dice::{Dice, setting};
use crate::support::{App, Browser, Page};

/// What must come back.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Whole,
    Part(usize, usize),
    Outside,
}

/// A number of the grammar: digits alone, of any length.
fn digits(text: &str) -> Option<u128> {
    if text.is_empty() || text.chars().any(|c| !c.is_ascii_digit()) {
        return None;
    }
    Some(text.chars().take(30).fold(0, |number, c| number * 10 + u128::from(c as u8 - b'0')))
}

/// RFC 9110 §14: one range of bytes is served; what cannot be understood, or is more than one, is as if it were not there.
fn expected(range: Option<&str>, size: usize) -> Expected {
    let Some(range) = range else { return Expected::Whole };
    let lower = range.to_ascii_lowercase();
    let Some(spec) = lower.strip_prefix("bytes=") else { return Expected::Whole };
    let parts: Vec<&str> = spec.trim().split('-').collect();
    let [first, last] = parts[..] else { return Expected::Whole };
    let bytes = size as u128;
    let (start, end) = match (digits(first), digits(last)) {
        (Some(first), Some(last)) if last < first => return Expected::Whole,
        (Some(first), Some(last)) => (first, (last + 1).min(bytes)),
        (Some(first), None) if last.is_empty() => (first, bytes),
        (None, Some(0)) if first.is_empty() => return Expected::Outside,
        (None, Some(count)) if first.is_empty() => (bytes - count.min(bytes), bytes),
        _ => return Expected::Whole,
    };
    if start >= bytes {
        return Expected::Outside;
    }
    let place = |number: u128| usize::try_from(number).expect("inside the file");
    Expected::Part(place(start), place(end))
}

/// A header that is right more often than not.
fn range(dice: &mut Dice, size: usize) -> String {
    let numbers = ["", "0", "1", "9", "007", "+3", "-1", "1.5", "x", " 4", "4 ", "\u{a0}4", "99999999999999999999", "18446744073709551615"];
    let mut number = || match dice.roll(10) {
        0..=3 => dice.roll(size + 20).to_string(),
        4..=6 => (size - 2 + dice.roll(4)).to_string(),
        _ => (*dice.pick(&numbers)).to_string(),
    };
    let (first, last) = (number(), number());
    let (first, last) = (if dice.falls(20) { String::new() } else { first }, if dice.falls(30) { String::new() } else { last });
    match dice.roll(12) {
        0 => format!("{first}-{last}"),
        1 => format!("bytes={first}-{last},0-1"),
        2 => format!("bytes={first}"),
        3 => format!("octets={first}-{last}"),
        4 => format!("BYTES={first}-{last}"),
        5 => format!("bytes = {first}-{last}"),
        6 => format!("bytes={first}-{last}-"),
        _ => format!("bytes={first}-{last}"),
    }
}

/// The lines of downloads of a person: all, and those of a piece.
async fn lines(app: &App, person: i64) -> (i64, i64) {
    let sql = "SELECT count(*), count(*) FILTER (WHERE detail ? 'partie') FROM journal WHERE action = 'telechargement' AND acteur_id = $1";
    sqlx::query_as(sql).bind(person).fetch_one(app.pool()).await.expect("counts")
}

fn check(page: &Page, expected: &Expected, file: &[u8], head: bool, step: &str) {
    let size = file.len();
    let (status, bytes, told) = match expected {
        Expected::Whole => (Status::Ok, file, None),
        Expected::Part(start, end) => (Status::PartialContent, &file[*start..*end], Some(format!("bytes {start}-{}/{size}", end - 1))),
        Expected::Outside => (Status::RangeNotSatisfiable, &[][..], Some(format!("bytes */{size}"))),
    };
    assert_eq!(page.status, status, "{step}");
    assert_eq!(page.header("Content-Range"), told, "{step}");
    assert_eq!(page.header("Accept-Ranges").as_deref(), Some("bytes"), "{step}");
    assert_eq!(page.header("Cache-Control").as_deref(), Some("private, no-store"), "{step}");
    if head {
        assert!(page.body.is_empty(), "{step}: {} bytes", page.body.len());
    } else {
        assert!(page.body == bytes, "{step}: {} bytes for {}", page.body.len(), bytes.len());
    }
}

async fn ask(app: &App, browser: &Browser<'_>, path: &str, headers: &[(&'static str, String)], head: bool) -> Page {
    let mut request = if head { app.client.head(path.to_string()) } else { app.client.get(path.to_string()) };
    for (name, value) in headers {
        request.add_header(Header::new(*name, value.clone()));
    }
    Page::read(browser.signed(request.header(Header::new("Host", "localhost"))).dispatch().await).await
}

#[rocket::async_test]
async fn a_piece_of_a_file_is_what_was_asked_and_what_is_noted() {
    let app = App::new().await;
    let (seed, rounds) = (setting("ESSAI_PLAGES_GRAINE", 971), setting("ESSAI_PLAGES", 400));
    let mut dice = Dice(seed);
    let browser = app.agent(LE_GOSIER).await;
    let path = format!("{}/fichier", browser.export("sejours", "statut=valide", "csv_fr").await);
    app.run_jobs().await;
    // The first of all, whole: it is noted once, and so is whatever begins at its first byte afterwards.
    let first = ask(&app, &browser, &path, &[], false).await.ok();
    let (file, tag) = (first.body.clone(), first.header("ETag").expect("a validator"));
    assert!(file.len() > 2_000 && tag.starts_with('"'), "{tag}: {} bytes", file.len());
    let somebody = app.agent(LE_GOSIER).await;
    let hidden = ask(&app, &somebody, &path, &[("Range", "bytes=0-9".into())], false).await;
    assert_eq!(hidden.status, Status::NotFound);
    let (mut pieces, mut outside) = (0, 0);
    for round in 0..rounds {
        let mut headers: Vec<(&'static str, String)> = Vec::new();
        let range = dice.falls(90).then(|| range(&mut dice, file.len()));
        headers.extend(range.clone().map(|range| ("Range", range)));
        let held = dice.falls(40).then(|| {
            let others =
                [format!("W/{tag}"), "\"autre\"".into(), "Wed, 21 Oct 2026 07:28:00 GMT".into(), tag.trim_matches('"').into(), String::new()];
            if dice.falls(50) { tag.clone() } else { dice.pick(&others).clone() }
        });
        headers.extend(held.clone().map(|held| ("If-Range", held)));
        for name in ["If-None-Match", "If-Match", "If-Modified-Since"] {
            if dice.falls(10) {
                headers.push((name, if dice.falls(50) { tag.clone() } else { "Wed, 21 Oct 2026 07:28:00 GMT".into() }));
            }
        }
        let head = dice.falls(15);
        let same = held.is_none_or(|held| held == tag);
        let asked = expected(range.as_deref().filter(|_| same), file.len());
        let step = format!("seed {seed}, round {round}, head {head}: {headers:?}");
        let before = lines(&app, browser.user_id).await;
        let page = ask(&app, &browser, &path, &headers, head).await;
        check(&page, &asked, &file, head, &step);
        let after = lines(&app, browser.user_id).await;
        let (all, part) = (after.0 - before.0, after.1 - before.1);
        match asked {
            _ if head => assert_eq!((all, part), (0, 0), "{step}: its headers alone are no download"),
            Expected::Outside => assert_eq!((all, part), (0, 0), "{step}: nothing was sent"),
            // Further on: the download of a moment ago, taken up again.
            Expected::Part(start, _) if start > 0 => assert_eq!((all, part), (0, 0), "{step}"),
            Expected::Part(start, end) if start == 0 && end == file.len() => assert_eq!((all, part), (1, 0), "{step}"),
            Expected::Part(..) => assert_eq!((all, part), (1, 1), "{step}"),
            Expected::Whole => assert_eq!((all, part), (1, 0), "{step}"),
        }
        pieces += u32::from(matches!(asked, Expected::Part(..)));
        outside += u32::from(asked == Expected::Outside);
    }
    assert!(pieces > 50 && outside > 10, "{pieces} pieces, {outside} outside");
}
