//! How what goes to PostgreSQL travels.

use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::platform::config::{Config, ConfigError};

/// How what goes to PostgreSQL travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Road {
    /// Inside the machine: a socket, or its own address.
    Machine,
    /// On the network, under TLS whose certificate is checked.
    Verified,
    /// On the network, in clear or to whoever answers: passwords of the base and names of people could be read.
    Open,
}

/// How the connections of `config` travel.
///
/// # Errors
/// A wrong address.
pub fn road(config: &Config) -> Result<Road, ConfigError> {
    Ok(road_of(&address(config)?))
}

/// How those to each replica of `config` travel.
///
/// # Errors
/// A wrong address.
pub fn roads_to_replicas(config: &Config) -> Result<Vec<Road>, ConfigError> {
    Ok(replicas(config)?.iter().map(road_of).collect())
}

pub(super) fn road_of(options: &PgConnectOptions) -> Road {
    let host = options.get_host();
    let here = options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match options.get_ssl_mode() {
        _ if here => Road::Machine,
        PgSslMode::VerifyFull => Road::Verified,
        _ => Road::Open,
    }
}

pub(super) fn address(config: &Config) -> Result<PgConnectOptions, ConfigError> {
    PgConnectOptions::from_str(&config.database_url).map_err(|error| ConfigError(format!("DATABASE_URL n’est pas une adresse valable : {error}.")))
}

pub(super) fn replicas(config: &Config) -> Result<Vec<PgConnectOptions>, ConfigError> {
    let wrong = |number: usize, error| {
        ConfigError(format!("DATABASE_REPLICA_URL, adresse n°\u{a0}{number}\u{a0}: ce n’est pas une adresse valable\u{a0}: {error}."))
    };
    config.replicas().enumerate().map(|(place, url)| PgConnectOptions::from_str(url).map_err(|error| wrong(place + 1, error))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_road_to_the_base_is_known() {
        let road_of = |url: &str| {
            let config: Config = serde_json::from_value(serde_json::json!({ "database_url": url })).expect("settings");
            road(&config).expect("an address")
        };
        for here in [
            "postgres://g@localhost/g",
            "postgres://g@127.0.0.1/g?sslmode=disable",
            "postgres://g@[::1]/g",
            "postgres://g@x/g?host=/var/run/postgresql",
        ] {
            assert_eq!(road_of(here), Road::Machine, "{here}");
        }
        assert_eq!(road_of("postgres://g@base.ville.gp/g?sslmode=verify-full"), Road::Verified);
        for open in ["postgres://g@base.ville.gp/g", "postgres://g@10.0.0.3/g?sslmode=require", "postgres://g@base.ville.gp/g?sslmode=verify-ca"] {
            assert_eq!(road_of(open), Road::Open, "{open}");
        }
    }
}
