//! Why a guard could not say who asks.

use std::sync::OnceLock;

use rocket::Request;
use rocket::http::Status;
use rocket::request::Outcome;

use crate::platform::error::Error;

/// Why a guard could not say who asks, left for what catches it.
#[derive(Default)]
struct Why(OnceLock<Error>);

pub(super) fn failed<T>(request: &Request<'_>, error: Error) -> Outcome<T, Error> {
    let error = request.local_cache(Why::default).0.get_or_init(|| error).clone();
    Outcome::Error((Status::ServiceUnavailable, error))
}

/// Why a guard of this request could not say who asks, if one could not.
pub fn why(request: &Request<'_>) -> Option<Error> {
    request.local_cache(Why::default).0.get().cloned()
}

/// What is remembered of a failed look-up during one request.
#[derive(Debug)]
pub(super) enum Kept {
    SignedOut,
    Failed(Error),
}

impl From<Error> for Kept {
    fn from(error: Error) -> Self {
        match error {
            Error::SignedOut => Self::SignedOut,
            other => Self::Failed(other),
        }
    }
}
