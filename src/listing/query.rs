//! What a person asked of a list, as a value: normalised, refused when the declaration does not
//! allow it, turned back into addresses and into French words.

use chrono::NaiveDate;

use super::SIZE_DEFAULT;
use super::cursor::Cursor;
use super::filter::{Filters, parameters};
use super::parse::{Given, default_sort, parse_columns, parse_filters, parse_size, parse_sort, parse_sort_value};
use super::spec::{Column, Filter, List, Reader, Sort};
use super::state::{Density, Opened, Selection};
use super::suivi::SUIVI;
use crate::platform::cache::digest;
use crate::platform::error::{Error, Result};
use crate::platform::token::SigningKey;

/// Longest query string accepted.
const QUERY_BYTES_MAX: usize = 4_096;

/// Where the page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// At the start.
    First,
    /// After a row.
    After(Cursor),
    /// Before a row.
    Before(Cursor),
    /// At a value of the sort, this one included.
    At(String),
    /// At the end.
    Last,
}

/// A normalised question to a list.
#[derive(Clone)]
pub struct Query {
    /// The list.
    pub list: &'static List,
    /// Filter values by parameter name, checked, normalised, sorted: several for the filters that take several.
    pub filters: Filters,
    /// Sort.
    pub sort: &'static Sort,
    /// Its direction.
    pub descending: bool,
    /// Rows of the page.
    pub size: usize,
    /// Columns, in the order of the declaration; the default ones when nothing is asked.
    pub columns: Vec<&'static Column>,
    /// Where the page begins.
    pub position: Position,
    /// How closely the rows stand.
    pub density: Density,
    /// The saved view that this state comes from.
    pub opened: Opened,
    /// Whether rows are being chosen for an action.
    pub selection: Selection,
    /// Today, for relative periods.
    pub today: NaiveDate,
    /// Rows that one branch may walk through when no index serves every filter; `None` for the usual.
    pub reach: Option<usize>,
    /// The number of the first transaction that may not have ended: only what was written before it. In the order
    /// [`super::SUIVI`] alone.
    pub horizon: Option<i64>,
    /// Words that stand for a code come with it: see [`super::beside`].
    pub coded: bool,
    /// The highest level of its reader on what it shows; nothing for one who only reads.
    pub(super) highest: Option<super::reader::Niveau>,
    pub(super) custom_columns: bool,
    pub(super) position_text: Option<(&'static str, String)>,
}

impl std::fmt::Debug for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}?{}", self.list.name, self.canonical())
    }
}

impl Query {
    /// Reads the raw query string of a request.
    ///
    /// # Errors
    /// 400 with a sentence for anything that the list does not offer.
    pub fn parse(list: &'static List, raw: &str, today: NaiveDate, key: &SigningKey) -> Result<Self> {
        if raw.len() > QUERY_BYTES_MAX {
            return Err(Error::invalid("Cette adresse est trop longue. Raccourcissez la recherche ou retirez des filtres."));
        }
        let mut given = Given::read(raw)?;
        let position_text = given.take_position()?;
        let selection = Selection::parse(given.take("selection")?.as_deref())?;
        let size = parse_size(given.take("taille")?)?;
        let columns_text = given.take_all("colonnes").map(|names| names.join("."));
        let sort_text = given.take("tri")?;
        let density = Density::parse(given.take("densite")?)?;
        let opened = Opened::parse(given.take("vue")?)?;
        let filters = parse_filters(list, given, today)?;
        let (sort, descending) = parse_sort(list, sort_text.as_deref(), &filters)?;
        let columns = parse_columns(list, columns_text.as_deref())?;
        let mut query =
            Self { filters, sort, descending, size, columns, density, opened, selection, ..Self::bare(list, today, columns_text.is_some()) };
        query.place(position_text, key)?;
        Ok(query)
    }

    /// A mark of the rows that this question has for `reader`: another filter, or another perimeter, has another one.
    pub(super) fn mark(&self, reader: &Reader) -> u64 {
        let rows = format!("{} {}", self.canonical_filters(), reader.key());
        digest(rows.as_bytes()).iter().take(6).fold(0, |mark, byte| mark << 8 | u64::from(*byte))
    }

    /// The list as it is, without any question.
    pub(super) fn bare(list: &'static List, today: NaiveDate, custom_columns: bool) -> Self {
        let sort = &list.sorts[0];
        Self {
            list,
            filters: Filters::new(),
            sort,
            descending: sort.descending,
            size: SIZE_DEFAULT,
            columns: Vec::new(),
            position: Position::First,
            density: Density::default(),
            opened: Opened::default(),
            selection: Selection::Off,
            today,
            reach: None,
            horizon: None,
            coded: false,
            highest: None,
            custom_columns,
            position_text: None,
        }
    }

    /// The rows of `list` in the order in which they were last written, from `after` (number of writing, key) up to `horizon`.
    pub fn followed(list: &'static List, today: NaiveDate, after: Option<(i64, i64)>, horizon: i64) -> Self {
        let place = |(written, id): (i64, i64)| Cursor { value: Some(written.to_string()), id: id.to_string(), rank: None, mark: 0 };
        let position = after.map_or(Position::First, |after| Position::After(place(after)));
        Self { sort: &SUIVI, descending: false, position, horizon: Some(horizon), ..Self::bare(list, today, true) }
    }

    /// The same question for `raw`, stored earlier by ourselves, without its position.
    ///
    /// # Errors
    /// The declaration changed since, and no longer allows it.
    pub fn parse_stored(list: &'static List, raw: &str, today: NaiveDate) -> Result<Self> {
        Self::parse(list, raw, today, &SigningKey::from_bytes(b""))
    }

    fn place(&mut self, text: Option<(&'static str, String)>, key: &SigningKey) -> Result<()> {
        let Some((name, value)) = text else { return Ok(()) };
        let cursor = |value: &str| {
            Cursor::decode(value, key, self.list.name, self.sort.name, self.descending)
                .ok_or_else(|| Error::invalid("Cette adresse de page n’est pas valable ou ne correspond plus au tri. Revenez à la première page."))
        };
        self.position = match name {
            "apres" => Position::After(cursor(&value)?),
            "avant" => Position::Before(cursor(&value)?),
            "fin" => Position::Last,
            _ => Position::At(parse_sort_value(self.sort, &value)?),
        };
        self.position_text = Some((name, value));
        Ok(())
    }

    /// Filters in use, in the order of the declaration.
    pub fn active(&self) -> impl Iterator<Item = &'static Filter> + '_ {
        self.list.filters.iter().filter(|filter| self.filters.keys().any(|name| filter.reads(name)))
    }

    /// The value given for parameter `name`: the first one, when there are several.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values(name).first().map(String::as_str)
    }

    /// The values given for parameter `name`.
    pub fn values(&self, name: &str) -> &[String] {
        self.filters.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether the values of `filter` are those that are not wanted.
    pub fn is_except(&self, filter: &Filter) -> bool {
        self.filters.contains_key(&filter.except())
    }

    /// Filters as pairs, in their one order.
    fn pairs(&self) -> impl Iterator<Item = (&String, &String)> {
        self.filters.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)))
    }

    /// The columns were chosen by the person.
    pub fn has_custom_columns(&self) -> bool {
        self.custom_columns
    }

    /// Filters, sort and columns as a query string, always in the same order: the identity of the
    /// question, without its position.
    pub fn canonical(&self) -> String {
        self.question(true).finish()
    }

    /// Canonical question with its density and its view: what the links of its fragments depend on.
    pub fn canonical_state(&self) -> String {
        self.encode(None, true)
    }

    /// Filters only: what a count depends on.
    pub fn canonical_filters(&self) -> String {
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(self.pairs());
        text.finish()
    }

    /// Canonical state with its position: the identity of a page.
    pub fn canonical_page(&self) -> String {
        let page = self.encode(self.position_text.as_ref().map(|(name, value)| (*name, value.as_str())), true);
        self.selection.code().map_or_else(|| page.clone(), |code| format!("{page}&selection={code}"))
    }

    /// This question at its first page, as its address says it.
    pub(super) fn at_its_start(&self) -> String {
        self.encode(None, false)
    }

    /// Address of this question at its first page.
    pub fn url(&self) -> String {
        self.list.address().asking(&self.at_its_start()).into()
    }

    /// This question and position as their address says them: the defaults are left out.
    pub fn page_question(&self) -> String {
        self.encode(self.position_text.as_ref().map(|(name, value)| (*name, value.as_str())), false)
    }

    /// Address of this question and position.
    pub fn page_url(&self) -> String {
        self.list.address().asking(&self.page_question()).into()
    }

    /// Address of the page at a position.
    pub fn url_at(&self, position: &Position, key: &SigningKey) -> String {
        let place = self.place_of(position, key);
        self.list.address().asking(&self.encode(place.as_ref().map(|(name, value)| (*name, value.as_str())), false)).into()
    }

    /// A position as an address says it: name and value of its parameter.
    pub fn place_of(&self, position: &Position, key: &SigningKey) -> Option<(&'static str, String)> {
        let cursor = |cursor: &Cursor| cursor.encode(key, self.list.name, self.sort.name, self.descending);
        match position {
            Position::First => None,
            Position::After(row) => Some(("apres", cursor(row))),
            Position::Before(row) => Some(("avant", cursor(row))),
            Position::Last => Some(("fin", "1".to_string())),
            Position::At(value) => Some(("vers", value.clone())),
        }
    }

    /// Address with another sort.
    pub fn url_sorted(&self, sort: &'static Sort, descending: bool) -> String {
        Self { sort, descending, ..self.clone() }.url()
    }

    /// The same question in the order that the list has for its filters, at its first page.
    #[must_use]
    pub fn in_default_order(&self) -> Self {
        let (sort, descending) = default_sort(self.list, &self.filters);
        Self { sort, descending, position: Position::First, position_text: None, ..self.clone() }
    }

    /// Address with another number of rows.
    pub fn url_sized(&self, size: usize) -> String {
        Self { size, ..self.clone() }.url()
    }

    /// Address of this page, with rows being chosen or not.
    pub fn url_selecting(&self, selection: Selection) -> String {
        Self { selection, ..self.clone() }.page_url()
    }

    /// Address without `filter`.
    pub fn url_without(&self, filter: &Filter) -> String {
        self.without(filter).url()
    }

    /// The same question without `filter`, at its first page.
    #[must_use]
    pub fn without(&self, filter: &Filter) -> Self {
        let mut other = Self { position: Position::First, position_text: None, ..self.clone() };
        for name in parameters(filter) {
            other.filters.remove(&name);
        }
        other
    }

    /// Address with `filter` set to `value`.
    pub fn url_with(&self, filter: &Filter, value: &str) -> String {
        let mut other = self.without(filter);
        other.filters.insert(filter.name.to_string(), vec![value.to_string()]);
        other.url()
    }

    /// Address with the days of `filter` between two.
    pub(super) fn url_between(&self, filter: &Filter, first: NaiveDate, last: NaiveDate) -> String {
        let mut other = self.without(filter);
        other.filters.insert(format!("{}_min", filter.name), vec![first.to_string()]);
        other.filters.insert(format!("{}_max", filter.name), vec![last.to_string()]);
        other.url()
    }

    /// Address without any filter.
    pub fn url_without_filters(&self) -> String {
        Self { filters: Filters::new(), ..self.clone() }.url()
    }

    /// Pairs to carry in a form that changes something else (hidden fields).
    pub fn hidden(&self, except: &[&str]) -> Vec<(String, String)> {
        let text = self.encode(None, false);
        form_urlencoded::parse(text.as_bytes()).into_owned().filter(|(name, _)| !except.contains(&name.as_str())).collect()
    }

    /// Filters, sort, size and columns; the defaults are left out, except from the canonical form.
    fn question(&self, canonical: bool) -> form_urlencoded::Serializer<'static, String> {
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(self.pairs());
        let (sort, descending) = default_sort(self.list, &self.filters);
        if canonical || sort.name != self.sort.name || descending != self.descending {
            text.append_pair("tri", &self.sort_text());
        }
        if canonical || self.size != SIZE_DEFAULT {
            text.append_pair("taille", &self.size.to_string());
        }
        if canonical || self.custom_columns {
            text.append_pair("colonnes", &self.column_names());
        }
        text
    }

    /// The question, then how it is shown, then `position`.
    fn encode(&self, position: Option<(&str, &str)>, canonical: bool) -> String {
        let mut text = self.question(canonical);
        if self.density != Density::default() {
            text.append_pair("densite", self.density.code());
        }
        if let Some(view) = self.opened.text() {
            text.append_pair("vue", &view);
        }
        if let (false, Some(code)) = (canonical, self.selection.code()) {
            text.append_pair("selection", code);
        }
        if let Some((name, value)) = position {
            text.append_pair(name, value);
        }
        text.finish()
    }

    /// Names of the columns, as an address says them: what was left out for one reader is still part of the
    /// question, which another may read.
    fn column_names(&self) -> String {
        let asked =
            |column: &&Column| if self.has_custom_columns() { self.columns.iter().any(|one| one.name == column.name) } else { column.default };
        self.list.columns.iter().filter(asked).map(|column| column.name).collect::<Vec<_>>().join(".")
    }

    /// `debut` or `-debut`.
    pub fn sort_text(&self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.sort.name)
    }
}
