//! What must be known of the base before a page is asked for. Text search in bounded time: rare words
//! give few keys, found by the index of words; common ones are met soon by walking the list in its
//! order. Several choices together: the rarest leads, by the index that serves it with the order.

use std::collections::HashSet;

use super::options::Choices;
use super::query::Query;
use super::resolved::{Resolved, Search, Terms, leads};
use super::spec::{Branching, COLLECTIVITE, Filter, FilterKind, Look, Reader, References};
use crate::platform::db::Db;
use crate::platform::error::Result;

/// Rows above which words count as common, when the rows found are those listed.
const CANDIDATES_MAX: usize = 5_000;
/// The same when each one found brings rows of its own (the stays of a lodging): a page of each is read.
const PARENTS_MAX: usize = 500;

impl Resolved {
    /// Looks the words of `query` up, in the perimeter of `reader`, and finds its rarest choice.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub(super) async fn look_up(db: &Db, choices: &Choices, query: &Query, reader: &Reader) -> Result<Self> {
        let epci = communes_of_epci(db, choices, query).await?;
        let search = Search::look_up(db, choices, query, &perimeter(query, reader, &epci)).await?;
        let mut resolved = Self { search, epci, ..Self::default() };
        resolved.lead(db, choices, query).await?;
        Ok(resolved)
    }

    /// Finds the choice that leads in the order of `query`: the rarest of those that have an index in this order.
    pub(super) async fn lead(&mut self, db: &Db, choices: &Choices, query: &Query) -> Result<()> {
        let by_key = |filter: &Filter| match filter.kind {
            FilterKind::Search { on, .. } => match self.search {
                Search::Keys(_) => leads(query, filter, on),
                Search::Rows(_) => true,
                _ => false,
            },
            FilterKind::Parent { sql, among: None, .. } => leads(query, filter, sql),
            _ => false,
        };
        let keyed = query.active().any(by_key);
        self.leading = if keyed { None } else { leading(db, choices, query).await? };
        Ok(())
    }
}

/// The communes of the EPCI that `query` asks for.
async fn communes_of_epci(db: &Db, choices: &Choices, query: &Query) -> Result<Vec<String>> {
    let Some(filter) = query.active().find(|filter| matches!(filter.kind, FilterKind::Epci)) else { return Ok(Vec::new()) };
    let asked = query.values(filter.name);
    let communes = choices.communes(db).await?;
    let of_one = |siren: Option<&str>| siren.is_some_and(|siren| asked.iter().any(|one| one == siren));
    Ok(communes.iter().filter(|commune| of_one(commune.epci.as_deref())).map(|commune| commune.code.clone()).collect())
}

/// The communes in which words are looked up: those of the reader that the other filters keep. The page checks them
/// again: this only makes words rarer.
fn perimeter(query: &Query, reader: &Reader, epci: &[String]) -> Vec<String> {
    let kept = |code: &str| {
        query.active().all(|filter| match filter.kind {
            FilterKind::Commune => query.values(filter.name).iter().any(|known| known == code) != query.is_except(filter),
            FilterKind::Epci => epci.iter().any(|known| known == code) != query.is_except(filter),
            _ => true,
        })
    };
    reader.communes_of(query.list.access).iter().filter(|code| kept(code)).cloned().collect()
}

/// The places that a question speaks of: the communes of the reader that its filters keep, or the collectivités whose rows its list
/// gives them. What is noted of it belongs to these places.
///
/// # Errors
/// PostgreSQL failed.
pub async fn covered(db: &Db, choices: &Choices, query: &Query, reader: &Reader) -> Result<Vec<String>> {
    if let Branching::Ints(COLLECTIVITE, ids) = (query.list.scope)(reader) {
        return Ok(ids.into_iter().map(Reader::place).collect());
    }
    Ok(perimeter(query, reader, &communes_of_epci(db, choices, query).await?))
}

/// What leads a search: the words that few rows hold, else those of which some are held by few. Several words of which
/// none is rare are asked for together. One common word alone leads nowhere, nor does the beginning of every number. The
/// vocabulary is looked up once for each question, and the whole question is given first: a page that compares it with
/// its rows must not make it anew. What was typed may be one reference cut in pieces, whose pieces say nothing of it: it
/// is asked for beside the words.
const QUESTION: &str = "WITH question AS MATERIALIZED (
    SELECT toutes, reference, CASE WHEN numero THEN cles WHEN meneurs IS NULL THEN NULL WHEN meneurs = tous THEN toutes
        WHEN cles IS NULL THEN mots_cherches(meneurs) ELSE mots_cherches(meneurs) || cles END AS rares FROM (
        SELECT tous, coalesce(rares, courts, CASE WHEN reels > 1 THEN precis END) AS meneurs, mots_cherches($1) AS toutes,
            cles_cherchees($1, true) AS cles, cle_cherchee($1) AS reference, est_un_numero($1) AS numero FROM (
            SELECT string_agg(mot, ' ') AS tous, string_agg(mot, ' ') FILTER (WHERE NOT vague) AS precis, count(*) FILTER (WHERE NOT vague) AS reels,
                string_agg(mot, ' ') FILTER (WHERE NOT vague AND NOT commun AND length(mot) > 2) AS rares,
                string_agg(mot, ' ') FILTER (WHERE NOT vague AND NOT commun) AS courts
            FROM (SELECT mot, mot_vague(mot) AS vague, EXISTS (SELECT 1 FROM unnest($3::text[]) AS c WHERE starts_with(c, mot) OR ressemble(c, mot)
                OR mot ~ '^[[:alpha:]]+[0-9]{1,2}$' AND c = rtrim(mot, '0123456789')) AS commun
                FROM unnest(mots_du_texte($1)) AS mot OFFSET 0) w) m OFFSET 0) n)
    SELECT NULL::bigint AS id, NULL::bigint AS parent, toutes::text AS question, reference, rares IS NULL AS commune
    FROM question WHERE toutes IS NOT NULL UNION ALL ";

/// A row of [`QUESTION`]: first the question, then keys, those of rows themselves with their parent.
#[derive(sqlx::FromRow)]
struct Found {
    id: Option<i64>,
    parent: Option<i64>,
    question: Option<String>,
    reference: Option<String>,
    commune: Option<bool>,
}

/// What a search filter declares.
struct Declared {
    look: Look,
    tables: Vec<&'static str>,
    on: &'static str,
    references: Option<References>,
}

impl Search {
    async fn look_up(db: &Db, choices: &Choices, query: &Query, communes: &[String]) -> Result<Self> {
        let search = query.active().find_map(|filter| match filter.kind {
            FilterKind::Search { look, on, references } => {
                query.value(filter.name).map(|words| (Declared { look, tables: look.tables(), on, references }, words))
            }
            _ => None,
        });
        let Some((declared, words)) = search else { return Ok(Self::Nothing) };
        let most = if declared.on == query.list.id.0 { CANDIDATES_MAX } else { PARENTS_MAX };
        let statement = sqlx::AssertSqlSafe(declared.statement(most));
        let rows: Vec<Found> = if declared.tables.is_empty() {
            sqlx::query_as(statement).bind(words).bind(communes).fetch_all(db.reading()).await?
        } else {
            let common = choices.common_words(db, &declared.tables, most).await?;
            sqlx::query_as(statement).bind(words).bind(communes).bind(common).fetch_all(db.reading()).await?
        };
        let (mut asked, mut common, mut keys, mut own) = (None, false, Vec::new(), Vec::new());
        for row in rows {
            match (row.id, row.parent) {
                (None, _) => {
                    common = row.commune == Some(true);
                    asked = row.question.map(|question| Terms { question, reference: row.reference });
                }
                (Some(id), None) => keys.push(id),
                (Some(id), Some(parent)) => own.push((id, parent)),
            }
        }
        if common || keys.len() > most || own.len() > CANDIDATES_MAX {
            return Ok(Self::Common(asked));
        }
        let parents: HashSet<i64> = keys.iter().copied().collect();
        let own: Vec<i64> = own.into_iter().filter(|(_, parent)| !parents.contains(parent)).map(|(id, _)| id).collect();
        match (keys.is_empty(), own.is_empty()) {
            (_, true) => Ok(Self::Keys(keys)),
            (true, false) => Ok(Self::Rows(own)),
            (false, false) => Self::both(db, query, declared.on, keys, own, asked).await,
        }
    }

    /// Some rows by their parent, others by their own reference: all by their key.
    async fn both(db: &Db, query: &Query, on: &str, keys: Vec<i64>, mut own: Vec<i64>, asked: Option<Terms>) -> Result<Self> {
        let list = query.list;
        // Constants of the declaration.
        let statement = format!("SELECT {} FROM {} b WHERE {on} = ANY($1) LIMIT {}", list.id.0, list.table, CANDIDATES_MAX + 1);
        let children: Vec<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).bind(keys).fetch_all(db.reading()).await?;
        own.extend(children);
        Ok(if own.len() > CANDIDATES_MAX { Self::Common(asked) } else { Self::Rows(own) })
    }
}

impl Declared {
    /// The look-up, in one statement: the question when its list has words, keys of parents, keys of rows.
    fn statement(&self, most: usize) -> String {
        // All of these are constants of the declaration.
        let keys = format!(
            "(SELECT k.id::bigint AS id, NULL::bigint AS parent, NULL::text AS question, NULL::text AS reference, NULL::boolean AS commune \
             FROM ({}) k (id) LIMIT {})",
            self.look.candidates(most),
            most + 1
        );
        let question = if self.tables.is_empty() { "" } else { QUESTION };
        let Some(references) = &self.references else { return format!("{question}{keys}") };
        // Read up to a bound before the rights are asked: a short beginning may be that of a table's every reference.
        let all = CANDIDATES_MAX + 1;
        format!(
            "{question}{keys} UNION ALL (SELECT r.id, r.parent, NULL, NULL, NULL FROM (SELECT r.*, count(*) OVER () AS lues FROM ({} LIMIT {all}) r (id, parent, code_insee)) r \
             WHERE r.lues = {all} OR r.code_insee = ANY($2))",
            references.candidates("(SELECT reference FROM question)")
        )
    }
}

/// The choice to lead: the only one, else the rarest as far as the statistics of the base tell.
async fn leading(db: &Db, choices: &Choices, query: &Query) -> Result<Option<&'static str>> {
    let mut asked = Vec::new();
    for filter in query.active().filter(|filter| query.sort.led_by.contains(&filter.name) && !query.is_except(filter)) {
        if let (FilterKind::Choice { sql, .. }, [value]) = (&filter.kind, query.values(filter.name)) {
            asked.push((filter.name, *sql, value.as_str()));
        }
    }
    if let [] | [_] = asked.as_slice() {
        return Ok(asked.first().map(|(name, ..)| *name));
    }
    let frequencies = choices.frequencies(db, query.list.table).await?;
    let mut rarest: Option<(&'static str, f32)> = None;
    for (name, sql, value) in asked {
        let column = sql.rsplit('.').next().unwrap_or(sql);
        let share = frequencies.get(&(column.to_string(), value.to_string())).copied().unwrap_or(0.0);
        if rarest.is_none_or(|(_, least)| share < least) {
            rarest = Some((name, share));
        }
    }
    Ok(rarest.map(|(name, _)| name))
}
