//! What a program is answered.

use bytes::Bytes;
use rocket::http::Status;
use rocket::response::{Responder, Response};
use rocket::{Request, response};
use serde::Serialize;

use super::probleme::{Probleme, Result};
use super::retrait;
use crate::listing::Column;
use crate::platform::cache::Digest;
use crate::platform::error::Error;
use crate::platform::http::etag;

/// An answer.
#[derive(Debug)]
pub struct Reponse {
    pub(super) status: Status,
    content_type: &'static str,
    pub(super) body: Bytes,
    pub(super) headers: Vec<(&'static str, String)>,
    /// Rows that it gives, for the account of the token.
    pub(super) rows: usize,
}

impl Reponse {
    /// A body that the cache kept.
    pub fn fragment(content_type: &'static str, body: Bytes, digest: &Digest) -> Self {
        Self { status: Status::Ok, content_type, body, headers: vec![("ETag", etag(digest))], rows: 0 }
    }

    /// A value as JSON.
    ///
    /// # Errors
    /// It cannot be written: a fault of ours.
    pub fn json(value: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_vec(value).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Self { status: Status::Ok, content_type: "application/json", body: body.into(), headers: Vec::new(), rows: 0 })
    }

    /// A body of another type.
    pub fn plain(content_type: &'static str, body: Vec<u8>) -> Self {
        Self { status: Status::Ok, content_type, body: body.into(), headers: Vec::new(), rows: 0 }
    }

    /// Nothing to read: it is done.
    pub fn done() -> Self {
        Self::whole(Status::NoContent, "application/json", String::new())
    }

    /// An answer as it was given once.
    pub fn whole(status: Status, content_type: &'static str, body: String) -> Self {
        Self { status, content_type, body: body.into(), headers: Vec::new(), rows: 0 }
    }

    /// The same, of another status.
    #[must_use]
    pub fn status(self, status: Status) -> Self {
        Self { status, ..self }
    }

    /// The same, which gives `rows` rows.
    #[must_use]
    pub fn rows(self, rows: usize) -> Self {
        Self { rows, ..self }
    }

    /// The same, which holds values of `columns`: those that go away are told by its headers.
    #[must_use]
    pub fn of(self, columns: &[&'static Column]) -> Self {
        retrait::headers(columns).into_iter().fold(self, |answer, (name, value)| answer.header(name, value))
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl<'r> Responder<'r, 'static> for Reponse {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        response.status(self.status);
        if !self.body.is_empty() {
            response.raw_header("Content-Type", self.content_type);
        }
        response.raw_header("Cache-Control", "private, no-cache").raw_header("Vary", "Authorization, Accept, Accept-Encoding");
        for (name, value) in self.headers {
            response.raw_header(name, value);
        }
        response.sized_body(self.body.len(), std::io::Cursor::new(self.body)).ok()
    }
}

/// What a call comes to.
pub type Issue = std::result::Result<Reponse, Box<Probleme>>;
