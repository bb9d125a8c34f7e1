//! What the sender of a form typed, held until the form is answered: whatever refuses it can give it back.

use std::sync::{Mutex, PoisonError};

use rocket::request::Request;

/// Label and text of each field.
pub type Typed = Vec<(String, String)>;

#[derive(Default)]
struct Held(Mutex<Typed>);

/// Holds what was typed; in place of what was held before, which had poorer labels.
pub fn hold_typed(request: &Request<'_>, typed: Typed) {
    *request.local_cache(Held::default).0.lock().unwrap_or_else(PoisonError::into_inner) = typed;
}

/// What was typed into the form of `request`, as far as it was read.
pub fn typed(request: &Request<'_>) -> Typed {
    request.local_cache(Held::default).0.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
