//! What the load asks for. Addresses that must miss the cache all differ by a `debut_min` older than
//! every stay: another key for the cache, the same rows and the same work for PostgreSQL.

use std::path::Path;

use chrono::{Days, NaiveDate};
use gardel::listing::{Page, Position, Query, Reader};
use gardel::web::LISTS;

use crate::base::{ARCHIPEL, Banc, COMMUNE};
use crate::{Faute, requetes};

/// Different addresses of one measure: more than a measure asks.
const ADDRESSES: u64 = 20_000;
/// Oldest day of the addresses; `ADDRESSES` days later is before the oldest stay of the demo.
const FIRST_DAY: &str = "1965-01-01";
/// Pages walked from the middle of the list, whose cursors are asked for.
const DEEP_PAGES: usize = 40;
/// Names looked for.
const NAMES: i64 = 400;

/// The questions, `{}` being a day. All are sorted: by start of the stay, latest first.
const VERIFIED: &str = "statut=a_verifier&debut_min={}";
const COLLECTED: &str = "collecteur=airbnb&debut_min={}";
const EVERYTHING: &str = "debut_min={}";

/// Writes everything that the measures of one size need.
pub async fn prepare(folder: &Path) -> Result<(), Faute> {
    let banc = Banc::open().await?;
    std::fs::create_dir_all(folder)?;
    let commune = banc.reader(COMMUNE).await?;
    let archipel = banc.reader(ARCHIPEL).await?;
    for (name, reader) in [("commune", &commune), ("archipel", &archipel)] {
        std::fs::write(folder.join(format!("{name}.cookie")), format!("gardel={}", banc.session(reader).await?))?;
    }
    for (name, question, reader) in
        [("commune", VERIFIED, &commune), ("archipel", VERIFIED, &archipel), ("filtree", COLLECTED, &archipel), ("debut", EVERYTHING, &archipel)]
    {
        write(folder, name, (0..ADDRESSES).map(|number| Ok(format!("/sejours?{}", at_day(question, number)?))))?;
        requetes::pgbench(&banc, folder, name, &parse(&banc, &at_day(question, 0)?)?, reader).await?;
    }
    write(folder, "compte", (0..ADDRESSES).map(|number| Ok(format!("/sejours/compte?{}", at_day(VERIFIED, number)?))))?;
    write(folder, "facettes", (0..ADDRESSES).map(|number| Ok(format!("/sejours/facettes?{}", at_day(VERIFIED, number)?))))?;
    write(folder, "cache", [Ok("/sejours?statut=a_verifier".to_string())].into_iter())?;
    deep(&banc, folder, &archipel).await?;
    let names = some_names(&banc, "logement").await?;
    write(folder, "recherche", (0..ADDRESSES).map(|number| Ok(format!("/sejours?q={}&{}", words(&names, number), at_day(EVERYTHING, number)?))))?;
    let ids: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM sejour WHERE id IN (SELECT 1 + (random() * (SELECT max(id) - 1 FROM sejour))::bigint FROM generate_series(1, 5000))",
    )
    .fetch_all(banc.db.pool())
    .await?;
    write(folder, "fiche", ids.iter().map(|id| Ok(format!("/sejours/{id}"))))?;
    std::fs::write(folder.join("copie.sql"), requetes::copy(&parse(&banc, "")?, &archipel)?)?;
    Ok(())
}

/// Writes the searches and the files to open in a base rich in names.
pub async fn names(folder: &Path) -> Result<(), Faute> {
    let banc = Banc::open().await?;
    std::fs::create_dir_all(folder)?;
    let archipel = banc.reader(ARCHIPEL).await?;
    std::fs::write(folder.join("archipel.cookie"), format!("gardel={}", banc.session(&archipel).await?))?;
    let mut everywhere = Vec::new();
    for (table, list) in [("logement", "logements"), ("hebergeur", "hebergeurs")] {
        let names = some_names(&banc, table).await?;
        everywhere.extend((0..NAMES.unsigned_abs() * 5).map(|number| format!("/recherche?q={}", words(&names, number))));
        write(folder, list, (0..NAMES.unsigned_abs() * 5).map(|number| Ok(format!("/{list}?q={}", words(&names, number)))))?;
    }
    // The one box: names of lodgings and of hosts in turn.
    let half = everywhere.len() / 2;
    write(folder, "partout", (0..half).flat_map(|at| [Ok(everywhere[at].clone()), Ok(everywhere[half + at].clone())]))?;
    let ids: Vec<i64> = sqlx::query_scalar("SELECT id FROM logement ORDER BY md5(id::text) LIMIT 2000").fetch_all(banc.db.pool()).await?;
    write(folder, "fiche", ids.iter().map(|id| Ok(format!("/logements/{id}"))))
}

/// Cursors around the row in the middle of the whole list, and the same statement for the witness.
async fn deep(banc: &Banc, folder: &Path, reader: &Reader) -> Result<(), Faute> {
    let middle: NaiveDate = sqlx::query_scalar(
        "SELECT date_debut FROM (SELECT date_debut, sum(count(*)) OVER (ORDER BY date_debut DESC) AS rang FROM sejour GROUP BY 1) j
         WHERE rang >= (SELECT count(*) / 2 FROM sejour) ORDER BY date_debut DESC LIMIT 1",
    )
    .fetch_one(banc.db.pool())
    .await?;
    let mut query = parse(banc, &format!("{}&vers={middle}", at_day(EVERYTHING, 0)?))?;
    let mut positions: Vec<Position> = Vec::new();
    for _ in 0..DEEP_PAGES {
        let page = Page::fetch(&banc.db, &banc.choices, &query, reader).await?;
        query.position = page.next.ok_or("le milieu de la liste est trop près de sa fin : prenez une taille plus grande")?;
        positions.push(query.position.clone());
    }
    requetes::pgbench(banc, folder, "profonde", &query, reader).await?;
    let addresses = (0..ADDRESSES).zip(positions.iter().cycle()).map(|(number, position)| {
        let query = parse(banc, &at_day(EVERYTHING, number)?)?;
        Ok(query.url_at(position, &banc.key))
    });
    write(folder, "profonde", addresses)
}

fn parse(banc: &Banc, question: &str) -> Result<Query, Faute> {
    let list = LISTS.iter().find(|list| list.name == "sejours").ok_or("la liste des séjours manque")?;
    Ok(Query::parse(list, question, banc.today, &banc.key)?)
}

fn at_day(question: &str, number: u64) -> Result<String, Faute> {
    let first: NaiveDate = FIRST_DAY.parse()?;
    let day = first.checked_add_days(Days::new(number)).ok_or("un jour hors du calendrier")?;
    Ok(question.replace("{}", &day.to_string()))
}

async fn some_names(banc: &Banc, table: &str) -> Result<Vec<String>, Faute> {
    // One of two constants.
    let sql = format!("SELECT nom FROM {table} ORDER BY md5(id::text) LIMIT {NAMES}");
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(banc.db.pool()).await?)
}

/// What people type: mostly a name as it is, sometimes one word of it, with a slip, or a word that
/// thousands of names hold.
fn words(names: &[String], number: u64) -> String {
    let place = usize::try_from(number).unwrap_or(0);
    let name = names.get(place / 5 % names.len().max(1)).map_or("", String::as_str);
    let longest = name.split_whitespace().max_by_key(|word| word.chars().count()).unwrap_or_default();
    let typed = match place % 5 {
        0 | 1 => name.to_string(),
        2 => longest.to_string(),
        3 => slip(longest),
        _ => name.split_whitespace().next().unwrap_or_default().to_string(),
    };
    form_urlencoded::byte_serialize(typed.as_bytes()).collect()
}

/// Two letters of the middle of `word` changed places.
fn slip(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let middle = letters.len() / 2;
    if middle > 0 {
        letters.swap(middle - 1, middle);
    }
    letters.into_iter().collect()
}

fn write(folder: &Path, name: &str, addresses: impl Iterator<Item = Result<String, Faute>>) -> Result<(), Faute> {
    let lines = addresses.collect::<Result<Vec<_>, _>>()?;
    if lines.is_empty() {
        return Err(format!("aucune adresse pour « {name} »").into());
    }
    std::fs::write(folder.join(format!("{name}.txt")), lines.join("\n") + "\n")?;
    Ok(())
}
