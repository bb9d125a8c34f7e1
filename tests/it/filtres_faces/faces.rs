//! One question, every face of its list: each must hold the rows of the plain SELECT, no more, no less, in its order.

use std::collections::BTreeMap;

use gardel::listing::{FilterKind, Kind, List, Options, SEARCH_CHARS_MAX, Sort};
use rocket::http::Status;
use scraper::{Html, Selector};
use sqlx::{AssertSqlSafe, Row};

use super::monde::{Choix, Lecteur, encoded, texts};
use super::selects::{quoted, rights, table};
use crate::support::{App, Page};

/// Pages that one face turns at most each way, when the whole proof is not asked for.
const PAGES_MAX: usize = 8;

/// A question to a list.
pub struct Question {
    pub list: &'static List,
    pub choices: Vec<Choix>,
    pub sort: &'static Sort,
    pub descending: bool,
    pub size: usize,
}

/// A row as the plain SELECT gives it.
pub struct Attendue {
    pub cle: String,
    pub temoin: String,
    /// Its value in the order, as text; the day of an instant.
    pub tri: Option<String>,
}

/// What a face answered.
pub enum Verdict {
    /// The rows of the SELECT.
    Same,
    /// No index gives this order, and the list says that its rows are too many to be sorted.
    TooMany,
    /// Others.
    Differs(String),
}

/// A face that shows something else says what.
pub type Checked = Result<(), String>;

impl Question {
    /// The filters as an address.
    pub fn filters(&self) -> String {
        self.choices.iter().map(|choice| choice.ask.as_str()).collect::<Vec<_>>().join("&")
    }

    /// Filters and sort.
    pub fn ask(&self) -> String {
        let sort = format!("tri={}{}", if self.descending { "-" } else { "" }, self.sort.name);
        [sort, self.filters()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("&")
    }

    /// The conditions, one per filter but `without`, and the rights of who reads.
    pub fn conditions(&self, reader: &Lecteur<'_>, without: Option<&str>) -> String {
        let mut all = vec![rights(self.list.name, reader.role, reader.browser.user_id, reader.communes)];
        all.extend(self.choices.iter().filter(|choice| Some(choice.filter) != without).map(|choice| choice.sql.clone()));
        all.join(" AND ")
    }

    /// What the rows are ordered by: a sort of the list, or a column as people read it.
    fn order(&self) -> String {
        let name = self.sort.name;
        let value = format!("t.{name}");
        match self.list.column(name).filter(|_| self.list.sorts.iter().all(|sort| sort.name != name)).map(|column| column.kind) {
            Some(Kind::Text | Kind::LongText) => format!("{value} COLLATE \"fr-x-icu\""),
            Some(Kind::Code | Kind::Email | Kind::Telephone | Kind::Siret) => format!("{value} COLLATE \"C\""),
            Some(Kind::Choice(known)) => {
                let words: Vec<String> = known.iter().map(|(code, label, _)| format!("({}, {})", quoted(code), quoted(label))).collect();
                format!("(SELECT m.mots FROM (VALUES {}) m (code, mots) WHERE m.code = {value}::text) COLLATE \"fr-x-icu\"", words.join(", "))
            }
            _ => value,
        }
    }

    /// The rows, in order, by the SELECT that this test writes.
    pub async fn expected(&self, app: &App, reader: &Lecteur<'_>) -> Vec<Attendue> {
        let (sort, direction) = (self.order(), if self.descending { "DESC" } else { "ASC" });
        let shown = match self.sort.kind {
            Kind::Instant => format!("to_char({sort} AT TIME ZONE 'America/Guadeloupe', 'YYYY-MM-DD')"),
            _ => format!("({sort})::text"),
        };
        let sql = format!(
            "SELECT d.cle, d.temoin, d.montre FROM (SELECT DISTINCT t.id, t.cle, t.temoin, {sort} AS tri, {shown} AS montre FROM ({}) t WHERE {}) d \
             ORDER BY (d.tri IS NULL), d.tri {direction}, d.id {direction}",
            table(self.list.name).rows,
            self.conditions(reader, None)
        );
        let rows = sqlx::query(AssertSqlSafe(sql.clone())).fetch_all(app.pool()).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
        rows.iter().map(|row| Attendue { cle: row.get(0), temoin: row.get(1), tri: row.get(2) }).collect()
    }
}

/// A question, who asks it, and the rows that it has.
pub struct Epreuve<'a> {
    pub app: &'a App,
    pub reader: &'a Lecteur<'a>,
    pub question: &'a Question,
    pub expected: Vec<Attendue>,
    /// Every page is turned, whatever their number.
    pub whole: bool,
}

/// What a page shows, without a tree of its elements: thousands are read.
pub struct Seen {
    pub rows: Vec<String>,
    pub text: String,
}

impl Seen {
    pub fn of(page: &Page) -> Self {
        let text = String::from(page.text());
        let rows = text.split("<tr id=\"l-").skip(1).filter_map(|rest| rest.split('"').next()).map(ToString::to_string).collect();
        Self { rows, text }
    }

    /// The address behind the link called `id`.
    fn link(&self, id: &str) -> Option<String> {
        let at = self.text.find(&format!("id=\"{id}\""))?;
        let start = self.text[..at].rfind('<')?;
        let tag = &self.text[start..start + self.text[start..].find('>')?];
        let (_, href) = tag.split_once(" href=\"")?;
        Some(href.split('"').next()?.replace("&amp;", "&"))
    }
}

impl Epreuve<'_> {
    fn keys(&self) -> Vec<&str> {
        self.expected.iter().map(|row| row.cle.as_str()).collect()
    }

    async fn page(&self, path: &str) -> Result<Seen, String> {
        let page = self.reader.browser.fragment(path).await;
        if page.status != Status::Ok {
            return Err(format!("{path} : {}, {}", page.status, page.texts("main, .message").join(" ")));
        }
        Ok(Seen::of(&page))
    }

    fn first(&self) -> String {
        format!("/{}?{}&taille={}", self.question.list.name, self.question.ask(), self.question.size)
    }

    /// Pages, counts and the shares of each choice.
    pub async fn read(&self) -> Verdict {
        let first = self.reader.browser.fragment(&self.first()).await;
        if first.text().contains("attend un filtre plus étroit") {
            return Verdict::TooMany;
        }
        let faces = async {
            self.forth().await?;
            self.back().await?;
            self.there().await?;
            self.count().await?;
            self.facets().await
        };
        match faces.await {
            Ok(()) => Verdict::Same,
            Err(difference) => Verdict::Differs(difference),
        }
    }

    /// From the first page to the last by « Suivante », each led back from by « Précédente ».
    async fn forth(&self) -> Checked {
        let (mut met, mut path, mut pages) = (0, self.first(), 0);
        loop {
            let page = self.page(&path).await?;
            self.same("pages", &page.rows, met..met + page.rows.len())?;
            if pages < 2 && pages > 0 {
                let before = self.page(&page.link("p-precedente").ok_or("no page before the second")?).await?;
                self.same("la page d'avant", &before.rows, met.saturating_sub(before.rows.len())..met)?;
                let again = self.page(&page.link("p-premiere").ok_or("no first page")?).await?;
                self.same("la première page", &again.rows, 0..again.rows.len())?;
            }
            met += page.rows.len();
            pages += 1;
            match page.link("p-suivante") {
                Some(_) if pages >= PAGES_MAX && !self.whole => return Ok(()),
                Some(next) => path = next,
                None if met == self.expected.len() => return Ok(()),
                None => return Err(format!("pages : {met} lignes au lieu de {}", self.expected.len())),
            }
        }
    }

    /// From the last page to the first by « Précédente ».
    async fn back(&self) -> Checked {
        let (mut left, mut pages) = (self.expected.len(), 0);
        let mut path = format!("{}&fin=1", self.first());
        loop {
            let page = self.page(&path).await?;
            let from = left.checked_sub(page.rows.len()).ok_or(format!("à rebours : plus de {} lignes", self.expected.len()))?;
            self.same("à rebours", &page.rows, from..left)?;
            left = from;
            pages += 1;
            match page.link("p-precedente") {
                Some(_) if pages >= PAGES_MAX && !self.whole => return Ok(()),
                Some(before) => path = before,
                None if left == 0 => return Ok(()),
                None => return Err(format!("à rebours : il manque les {left} premières lignes sur {}", self.expected.len())),
            }
        }
    }

    /// « Aller à » the value of a row in the middle, then one page on and one page back.
    async fn there(&self) -> Checked {
        if self.question.sort.kind == Kind::Bool {
            return Ok(());
        }
        let valued = self.expected.iter().filter(|row| row.tri.is_some()).count();
        let Some(value) = self.expected.get(valued / 2).or(self.expected.first()).and_then(|row| row.tri.clone()) else { return Ok(()) };
        // A field left empty asks for nothing, and a text longer than what can be typed is refused.
        if value.is_empty() || value.chars().count() > SEARCH_CHARS_MAX {
            return Ok(());
        }
        let Some(from) = self.expected.iter().position(|row| row.tri.as_deref() == Some(value.as_str())) else { return Ok(()) };
        let path = format!("{}&vers={}", self.first(), encoded(&typed(self.question.sort.kind, &value)));
        let page = self.page(&path).await?;
        self.same("aller à", &page.rows, from..from + page.rows.len())?;
        if let Some(before) = page.link("p-precedente") {
            let before = self.page(&before).await?;
            // Nothing stands before the first row: one is led to the first page.
            let until = if from == 0 { before.rows.len() } else { from };
            self.same("avant « aller à »", &before.rows, until.saturating_sub(before.rows.len())..until)?;
        }
        match page.link("p-suivante") {
            Some(next) => {
                let (from, next) = (from + page.rows.len(), self.page(&next).await?);
                self.same("après « aller à »", &next.rows, from..from + next.rows.len())
            }
            None => self.same("aller à, jusqu'au bout", &page.rows, from..self.expected.len()),
        }
    }

    /// The count that comes with a page, and the one that a person asks for.
    async fn count(&self) -> Checked {
        for exact in ["", "&exact=1"] {
            let path = format!("/{}/compte?{}{exact}", self.question.list.name, self.question.filters());
            let page = self.reader.browser.fragment(&path).await;
            if exact.is_empty() && (page.text().contains("(estimation)") || page.text().contains("Nombre non calculé")) {
                // Its time was spent: it says so.
                continue;
            }
            let shown = number(&page.texts("#compte strong").join(""));
            if shown != self.expected.len() {
                return Err(format!("compte{exact} : {shown} au lieu de {}", self.expected.len()));
            }
        }
        Ok(())
    }

    /// What each choice would leave, the other filters staying.
    async fn facets(&self) -> Checked {
        let list = self.question.list;
        let offered: Vec<_> = list.filters.iter().filter(|filter| matches!(filter.kind, FilterKind::Choice { .. })).collect();
        if offered.is_empty() {
            return Ok(());
        }
        let page = self.reader.browser.fragment(&format!("/{}/facettes?{}", list.name, self.question.ask())).await;
        if page.status != Status::Ok {
            return Err(format!("répartition : {}", page.status));
        }
        let shown = cards(&page);
        for filter in offered {
            let FilterKind::Choice { options, .. } = &filter.kind else { continue };
            let table = table(list.name);
            let (_, column) = table.choices.iter().find(|(name, _)| *name == filter.name).ok_or("a choice without its column")?;
            let sql = format!(
                "SELECT t.{column}::text || '|' || count(DISTINCT t.id) FROM ({}) t WHERE {} AND t.{column} IS NOT NULL GROUP BY t.{column}",
                table.rows,
                self.question.conditions(self.reader, Some(filter.name))
            );
            let found = texts(self.app, &sql).await;
            let counts: BTreeMap<&str, usize> =
                found.iter().filter_map(|line| line.split_once('|')).map(|(code, count)| (code, number(count))).collect();
            let labels = self.labels(options).await;
            let card = shown.get(filter.label).ok_or(format!("répartition : rien pour « {} »", filter.label))?;
            for (code, label) in &labels {
                let expected = counts.get(code.as_str()).copied().unwrap_or(0);
                // Rows, then euros where the list has some.
                let words = card.get(label).map_or("", |words| words.split('·').next().unwrap_or(words).trim());
                // « … » : its time was spent; « plus de 1 000 » is as far as it counts, when each is counted by itself.
                let right =
                    words == "…" || if words.starts_with("plus de") { expected > 1_000 } else { number(words) == expected && !words.is_empty() };
                if !right {
                    return Err(format!("répartition de « {} » : « {label} » a « {words} » au lieu de {expected}", filter.label));
                }
            }
        }
        Ok(())
    }

    async fn labels(&self, options: &Options) -> Vec<(String, String)> {
        match options {
            Options::Fixed(known) => known.iter().map(|(code, label, _)| ((*code).to_string(), (*label).to_string())).collect(),
            Options::Sql(sql) => sqlx::query_as(*sql).fetch_all(self.app.pool()).await.expect("the reference values"),
        }
    }

    /// `shown` are the rows of these ranks.
    pub fn same(&self, face: &str, shown: &[String], ranks: std::ops::Range<usize>) -> Checked {
        let keys = self.keys();
        let Some(expected) = keys.get(ranks.clone()) else {
            let strange = shown.iter().find(|id| !keys.contains(&id.as_str()));
            return Err(format!("{face} : des lignes au-delà des {} attendues ({strange:?} n'en est pas)", keys.len()));
        };
        differ(&format!("{face}, rangs {ranks:?}"), shown, expected)
    }
}

pub fn differ(face: &str, shown: &[String], expected: &[&str]) -> Checked {
    if shown == expected {
        return Ok(());
    }
    let strange: Vec<_> = shown.iter().filter(|row| !expected.contains(&row.as_str())).take(3).collect();
    let missing: Vec<_> = expected.iter().filter(|row| !shown.iter().any(|one| one == *row)).take(3).collect();
    Err(format!("{face} : {} lignes au lieu de {} ; de trop {strange:?}, absentes {missing:?}", shown.len(), expected.len()))
}

/// The digits of a text.
pub fn number(text: &str) -> usize {
    text.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0)
}

/// A value of a sort, as a person types it.
fn typed(kind: Kind, value: &str) -> String {
    match kind {
        Kind::Date | Kind::Instant => value.splitn(3, '-').collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("/"),
        Kind::Number(number) if number.scale > 0 => {
            let (digits, one) = (usize::from(number.scale), 10_i64.pow(number.scale.into()));
            value.parse::<i64>().map(|parts| format!("{},{:0digits$}", parts / one, parts % one)).unwrap_or_default()
        }
        _ => value.into(),
    }
}

/// By filter, what is written beside each of its values.
fn cards(page: &Page) -> BTreeMap<String, BTreeMap<String, String>> {
    let selector = |text: &str| Selector::parse(text).expect("a selector written in a test");
    let (card, title, line, value, count) =
        (selector("#facettes .carte"), selector("h2"), selector("li"), selector("a, span:not(.discret)"), selector(".discret"));
    let words = |element: scraper::ElementRef<'_>| element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    let html = Html::parse_document(&page.text());
    html.select(&card)
        .filter_map(|card| {
            let lines = card.select(&line).filter_map(|line| Some((words(line.select(&value).next()?), words(line.select(&count).next()?))));
            Some((words(card.select(&title).next()?), lines.collect()))
        })
        .collect()
}
