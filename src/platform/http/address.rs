//! Addresses that come from outside: what leads to a page of this site, and nothing else.

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

#[cfg(test)]
mod tests {
    use super::*;

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
