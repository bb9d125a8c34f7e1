//! An answer, asked by selector and by text.

use rocket::http::Status;
use rocket::local::asynchronous::LocalResponse;
use scraper::{Html, Selector};

pub struct Page {
    pub status: Status,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// A text as it was received. What is looked for in it is found however its spaces and its apostrophes are
/// set: `typographie` and `rendu` hold those.
pub struct Text(String);

/// With the spaces and the apostrophes of a keyboard.
pub fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ").replace('’', "'")
}

impl Text {
    pub fn contains(&self, words: impl AsRef<str>) -> bool {
        self.0.contains(words.as_ref()) || plain(&self.0).contains(&plain(words.as_ref()))
    }
}

impl std::ops::Deref for Text {
    type Target = String;

    fn deref(&self) -> &String {
        &self.0
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: AsRef<str> + ?Sized> PartialEq<T> for Text {
    fn eq(&self, other: &T) -> bool {
        self.0 == other.as_ref()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

impl Page {
    pub async fn read(response: LocalResponse<'_>) -> Self {
        let status = response.status();
        let headers = response.headers().iter().map(|header| (header.name().to_string(), header.value().to_string())).collect();
        let body = response.into_bytes().await.unwrap_or_default();
        Self { status, headers, body }
    }

    pub fn text(&self) -> Text {
        Text(String::from_utf8_lossy(&self.body).into_owned())
    }

    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
    }

    /// The page, which must be a success.
    pub fn ok(self) -> Self {
        assert_eq!(self.status, Status::Ok, "{}", self.text());
        self
    }

    /// The texts of the elements that match, with the spaces and the apostrophes of a keyboard.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).expect("a selector written in a test");
        Html::parse_document(&self.text())
            .select(&selector)
            .map(|element| element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ").replace('’', "'"))
            .collect()
    }

    /// The values of `attribute` on the elements that match.
    pub fn attributes(&self, selector: &str, attribute: &str) -> Vec<String> {
        let selector = Selector::parse(selector).expect("a selector written in a test");
        Html::parse_document(&self.text()).select(&selector).filter_map(|element| element.attr(attribute).map(ToString::to_string)).collect()
    }

    /// Ids of the rows of the list.
    pub fn rows(&self) -> Vec<String> {
        self.attributes("#liste tbody tr", "id").iter().map(|id| id.trim_start_matches("l-").to_string()).collect()
    }

    /// The address behind the link of the pager called `id`.
    pub fn pager(&self, id: &str) -> Option<String> {
        self.attributes(&format!("a#{id}"), "href").first().cloned()
    }

    /// Asserts a refusal with its status and a French sentence that holds `words`.
    pub fn refused(&self, status: Status, words: &str) {
        assert_eq!(self.status, status, "{}", self.text());
        assert!(self.text().contains(words), "« {words} » is not in {}", self.texts("main, .message").join(" "));
    }
}
