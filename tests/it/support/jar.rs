//! A browser that keeps its cookies.

use std::collections::BTreeMap;

use rocket::http::{ContentType, Cookie, Header};

use super::{App, Page};

/// The password of whoever signs in by [`Jar::password`].
pub const PASSWORD: &str = "colibri trempé sur la véranda";

/// A browser that keeps its cookies.
pub struct Jar<'a> {
    pub app: &'a App,
    pub cookies: BTreeMap<String, String>,
    pub address: &'static str,
}

impl<'a> Jar<'a> {
    pub fn new(app: &'a App) -> Self {
        Self { app, cookies: BTreeMap::new(), address: "192.0.2.1" }
    }

    pub fn with(app: &'a App, cookies: &[(&str, &str)]) -> Self {
        let cookies = cookies.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect();
        Self { cookies, ..Self::new(app) }
    }

    pub async fn send(&mut self, path: &str, form: Option<&[(&str, &str)]>) -> Page {
        let mut request = match form {
            None => self.app.client.get(path.to_string()),
            Some(form) => {
                let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
                self.app.client.post(path.to_string()).header(ContentType::Form).header(Header::new("Sec-Fetch-Site", "same-origin")).body(body)
            }
        };
        request.add_header(Header::new("Host", "localhost"));
        request.add_header(Header::new("X-Forwarded-For", self.address));
        for (name, value) in &self.cookies {
            request = request.cookie(Cookie::new(name.clone(), value.clone()));
        }
        let page = Page::read(request.dispatch().await).await;
        for (_, value) in page.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")) {
            let (name, rest) = value.split_once('=').expect("a cookie");
            self.cookies.insert(name.to_string(), rest.split(';').next().unwrap_or_default().to_string());
        }
        page
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(path, None).await
    }

    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Page {
        self.send(path, Some(form)).await
    }

    pub async fn password(&mut self, courriel: &str) -> Page {
        self.post("/connexion", &[("courriel", courriel), ("mot_de_passe", PASSWORD), ("retour", "/sejours?statut=valide")]).await
    }

    pub async fn code(&mut self, code: &str) -> Page {
        self.post("/connexion/code", &[("code", code), ("retour", "/sejours?statut=valide")]).await
    }

    /// A form of one field.
    pub async fn send_owned(&mut self, path: &str, name: &str, value: String) -> Page {
        self.post(path, &[(name, &value)]).await
    }
}
