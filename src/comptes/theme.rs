//! The look that one browser keeps, read with each page.

use rocket::http::CookieJar;

use crate::platform::config::Config;
use crate::ui::layout::Theme;

/// The cookie that keeps it.
pub fn cookie_name(config: &Config) -> &'static str {
    if config.plain_http() { "gardel-apparence" } else { "__Host-gardel-apparence" }
}

/// What was chosen on this browser.
pub fn chosen(cookies: &CookieJar<'_>, config: &Config) -> Theme {
    cookies.get(cookie_name(config)).and_then(|cookie| Theme::from_code(cookie.value())).unwrap_or_default()
}
