//! What the next page says once. An answer that leads to another page leaves its words here; whoever keeps the session
//! takes them, so that they never pass through the browser.

use std::sync::OnceLock;

use rocket::Request;
use rocket::response::{Responder, Result};
use serde::{Deserialize, Serialize};

/// Words on their way to the next page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// `success`, `warning`, `error` or `info`.
    #[serde(rename = "ton")]
    pub kind: String,
    /// The sentence.
    #[serde(rename = "texte")]
    pub text: String,
}

/// The words of this request.
#[derive(Default)]
struct Pending(OnceLock<Said>);

/// An answer, and what the next page says.
#[derive(Debug)]
pub struct Flash<R> {
    answer: R,
    said: Said,
}

impl<R> Flash<R> {
    /// `answer`, and `text` of some `kind`.
    pub fn new(answer: R, kind: impl Into<String>, text: impl Into<String>) -> Self {
        Self { answer, said: Said { kind: kind.into(), text: text.into() } }
    }

    /// It is done.
    pub fn success(answer: R, text: impl Into<String>) -> Self {
        Self::new(answer, "success", text)
    }

    /// Something is to be looked at.
    pub fn warning(answer: R, text: impl Into<String>) -> Self {
        Self::new(answer, "warning", text)
    }
}

impl<'r, 'o: 'r, R: Responder<'r, 'o>> Responder<'r, 'o> for Flash<R> {
    fn respond_to(self, request: &'r Request<'_>) -> Result<'o> {
        // One answer a request: the first words stay.
        let _first = request.local_cache(Pending::default).0.set(self.said);
        self.answer.respond_to(request)
    }
}

/// What the answer to `request` leaves for the next page.
pub fn left_by<'r>(request: &'r Request<'_>) -> Option<&'r Said> {
    request.local_cache(Pending::default).0.get()
}
