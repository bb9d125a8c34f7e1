//! Addresses of this site: those that come from outside, which lead to a page of it and nothing else; those that are made
//! here, of named parts.

use std::fmt::{self, Display};

use rocket::http::uri::Origin;

/// Longest address that is followed.
const BYTES_MAX: usize = 4_096;

/// `text` when a browser that is given it opens a page of this site: a path, and a query perhaps. A browser takes
/// `//host` and `/\host` for another site, and leaves tabs and line ends out before it looks.
pub fn here(text: &str) -> Option<String> {
    let rest = text.strip_prefix('/')?;
    let elsewhere = rest.starts_with('/') || text.contains('\\') || text.chars().any(|c| c.is_control() || c.is_whitespace());
    (text.len() <= BYTES_MAX && !elsewhere && Origin::parse(text).is_ok()).then(|| text.to_string())
}

/// Path and query of the whole address of a page, as a browser tells it in `Referer` or in a header of htmx. Its host
/// counts for nothing: what is kept is an address of this site.
pub fn path_of(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    here(rest[rest.find('/')?..].split('#').next().unwrap_or_default())
}

/// A page and what it is asked, by name. Every value is encoded here, and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    page: String,
    question: String,
}

impl Address {
    /// The address of `page`, a path.
    pub fn of(page: impl Into<String>) -> Self {
        Self { page: page.into(), question: String::new() }
    }

    /// With `value` under `name`, after what is there.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Display) -> Self {
        let mut question = form_urlencoded::Serializer::new(std::mem::take(&mut self.question));
        self.question = question.append_pair(name, &value.to_string()).finish();
        self
    }

    /// The same, when there is a value.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Asking what `question` asks, which one of ours wrote.
    #[must_use]
    pub fn asking(mut self, question: &str) -> Self {
        if !self.question.is_empty() && !question.is_empty() {
            self.question.push('&');
        }
        self.question.push_str(question);
        self
    }

    /// What is asked, without the page.
    pub fn question(&self) -> &str {
        &self.question
    }
}

impl Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.page)?;
        if self.question.is_empty() { Ok(()) } else { write!(f, "?{}", self.question) }
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_made_of_its_parts() {
        assert_eq!(Address::of("/sejours").to_string(), "/sejours");
        let one = Address::of("/sejours").with("q", "a&b=c d").with("n", 3).with_some("x", None::<i64>).with_some("y", Some("é"));
        assert_eq!(one.to_string(), "/sejours?q=a%26b%3Dc+d&n=3&y=%C3%A9");
        assert_eq!(one.question(), "q=a%26b%3Dc+d&n=3&y=%C3%A9");
        assert_eq!(Address::of("/a").asking("b=1").asking("").with("c", 2).asking("d=3").to_string(), "/a?b=1&c=2&d=3");
        assert!(here(&one.to_string()).is_some());
    }

    #[test]
    fn only_pages_of_this_site_are_addresses() {
        for ours in ["/", "/sejours", "/sejours?statut=valide&q=d%C3%A9bar", "/sejours/12?de=tri%3Dnom"] {
            assert_eq!(here(ours).as_deref(), Some(ours));
        }
        for other in [
            "",
            "sejours",
            "https://ailleurs.example/",
            "//ailleurs.example",
            "/\\ailleurs.example",
            "/a\\b",
            "\\\\ailleurs.example",
            "/\t/ailleurs.example",
            "/\n//ailleurs.example",
            " /sejours",
            "/a b",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x=y",
            "/\u{a0}",
        ] {
            assert_eq!(here(other), None, "{other:?}");
        }
        assert_eq!(here(&format!("/{}", "a".repeat(BYTES_MAX))), None);
    }

    #[test]
    fn a_whole_address_is_read_without_its_host() {
        assert_eq!(path_of("https://gardel.gp/sejours?q=a#liste").as_deref(), Some("/sejours?q=a"));
        for other in ["https://gardel.gp", "https://gardel.gp//ailleurs.example", "https://gardel.gp/\\ailleurs", "about:blank", ""] {
            assert_eq!(path_of(other), None, "{other}");
        }
    }
}
