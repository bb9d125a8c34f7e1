//! The one TLS library of the program.

/// Chooses it, before the first client of a store or of an identity provider is made: ring, which the connection to
/// PostgreSQL uses already.
pub fn install() {
    // An error says that it is installed already.
    let _again = rustls::crypto::ring::default_provider().install_default();
}
