//! How pages look is a choice of the browser: kept there, said to the style sheet, and never a word that was not offered.

use rocket::http::Status;

use crate::support::app::LE_GOSIER;
use crate::support::jar::Jar;
use crate::support::{App, Page};

fn look(page: &Page) -> (Vec<String>, Vec<String>) {
    (page.attributes("html", "data-theme"), page.attributes("meta[name=color-scheme]", "content"))
}

#[rocket::async_test]
async fn a_browser_keeps_the_look_that_was_chosen() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let (name, value) = browser.cookie();
    let mut jar = Jar::with(&app, &[(&name, &value)]);
    let page = jar.get("/compte").await.ok();
    assert_eq!(look(&page), (vec![], vec!["light dark".to_string()]));
    assert_eq!(page.attributes("input[name=apparence][checked]", "value"), ["systeme"]);
    for (code, scheme) in [("sombre", "dark"), ("clair", "light")] {
        let page = jar.post("/compte/apparence", &[("apparence", code)]).await;
        assert_eq!(page.status, Status::SeeOther);
        let set = page.header("Set-Cookie").expect("a cookie");
        assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
        // Everywhere, on a page that is not found too.
        for path in ["/compte", "/sejours", "/sejours/999999999"] {
            assert_eq!(look(&jar.get(path).await), (vec![code.to_string()], vec![scheme.to_string()]), "{path}");
        }
    }
    jar.post("/compte/apparence", &[("apparence", "systeme")]).await;
    assert!(look(&jar.get("/compte").await.ok()).0.is_empty());
    // Not a word of somebody else's, neither posted nor in the cookie.
    for bad in ["", "rose", "\"><script>"] {
        assert_eq!(jar.post("/compte/apparence", &[("apparence", bad)]).await.status, Status::BadRequest, "{bad}");
    }
    jar.cookies.insert("gardel-apparence".into(), "rose".into());
    assert!(look(&jar.get("/compte").await.ok()).0.is_empty());
    // Another browser of the same person looks as it did.
    assert!(look(&browser.get("/compte").await.ok()).0.is_empty());
}
