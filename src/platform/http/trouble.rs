//! A request that ends badly is noted for the operator.

use std::sync::Arc;

use rocket::Request;

use super::guards::request_number;
use super::measured::Routes;
use crate::platform::error::Error;
use crate::platform::incidents::{Incident, Incidents};

/// Notes that `request` could not be answered, when that is no fault of who asked.
pub fn note_trouble(request: &Request<'_>, error: &Error) {
    let (Some((kind, code)), Some(incidents)) = (error.trouble(), request.rocket().state::<Incidents>()) else { return };
    let place = request.rocket().state::<Arc<Routes>>().map_or_else(String::new, |routes| routes.place(request));
    incidents.note(Incident { kind, place, code, request: Some(request_number(request).into()), job: None });
}
