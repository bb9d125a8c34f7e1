//! Traces for a collector of OpenTelemetry, by OTLP over HTTP, where the settings name one: what requests and runs of jobs put in the queue of
//! `instruments` leaves by lots, in a task of its own. A collector that is away, slow or refuses costs spans, which are counted, and nobody's time.
//!
//! Why it is ours: [decision 31](../../../docs/decisions/0031-traces.md). The HTTP client is that of S3 and of the identity provider (features `s3`
//! and `oidc`): a program that has neither says so when it is asked for traces.

// A program without an HTTP client checks the settings all the same.
#[cfg_attr(not(any(feature = "s3", feature = "oidc")), allow(dead_code))]
mod adresse;
#[cfg_attr(not(any(feature = "s3", feature = "oidc")), allow(dead_code))]
mod reglages;
#[cfg(any(feature = "s3", feature = "oidc"))]
mod wire;

#[cfg(any(feature = "s3", feature = "oidc"))]
mod collector;
#[cfg(any(feature = "s3", feature = "oidc"))]
mod sending;
#[cfg(any(feature = "s3", feature = "oidc"))]
pub use sending::{Traces, check};
#[cfg(not(any(feature = "s3", feature = "oidc")))]
mod absent;
#[cfg(not(any(feature = "s3", feature = "oidc")))]
pub use absent::{Traces, check};
pub use reglages::{Headers, Otel, VARIABLES};
