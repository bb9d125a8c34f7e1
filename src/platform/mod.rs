//! What any application needs and no room owns: settings, database, cache, jobs, files, HTTP.
//! Nothing here knows a room or a screen.

pub mod archive;
pub mod cache;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod http;
pub mod incidents;
pub mod instruments;
pub mod jobs;
pub mod oidc;
pub mod otlp;
pub mod password;
pub mod pdf;
pub mod readings;
pub mod refusals;
pub mod roles;
pub mod smtp;
pub mod states;
pub mod store;
pub mod systemd;
pub mod telemetry;
pub mod tls;
pub mod token;
pub mod vault;
