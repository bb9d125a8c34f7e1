//! The one TLS library of the program, and what it says of the certificate of a server.

use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// Days ahead that a certificate is tried at, at most.
const DAYS_AHEAD: i64 = 60;
const DAY_SECONDS: i64 = 86_400;

/// Chooses it, before the first client of a store or of an identity provider is made: ring, which the connection to
/// PostgreSQL uses already.
pub fn install() {
    // An error says that it is installed already.
    let _again = ring::default_provider().install_default();
}

/// What browsers would say of the certificate of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// It is good, for so many days, sixty at most.
    Good(i64),
    /// It is not, and why, in words.
    Refused(String),
}

/// Asks `address` for the certificate of `name`, and judges it at `now` by the authorities that this machine trusts. Each step of the network
/// has `patience`. It waits: not to be called where tasks run.
///
/// # Errors
/// The server does not answer, or not in TLS.
pub fn certificate(name: &str, address: SocketAddr, now: DateTime<Utc>, patience: Duration) -> std::io::Result<Certificate> {
    let wrong = |error: &dyn std::fmt::Display| std::io::Error::other(error.to_string());
    let provider = Arc::new(ring::default_provider());
    let seen = Arc::new(Seen { chain: Mutex::default(), provider: Arc::clone(&provider) });
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&seen) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let server = ServerName::try_from(name.to_string()).map_err(|error| wrong(&error))?;
    let mut connection = ClientConnection::new(Arc::new(config), server.clone()).map_err(|error| wrong(&error))?;
    let mut stream = TcpStream::connect_timeout(&address, patience)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream)?;
    }
    // Poisoned only if a holder panicked: what it holds is whole or empty.
    let chain = std::mem::take(&mut *seen.chain.lock().unwrap_or_else(PoisonError::into_inner));
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Ok(judged(&chain, &server, roots, now))
}

/// What is said at `now` of the certificate that `chain` begins with, by whoever trusts `roots`.
fn judged(chain: &[CertificateDer<'_>], server: &ServerName<'_>, roots: RootCertStore, now: DateTime<Utc>) -> Certificate {
    let Some((end, others)) = chain.split_first() else { return Certificate::Refused("aucun n’est montré".into()) };
    let Ok(judge) = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(ring::default_provider())).build() else {
        return Certificate::Refused("aucune autorité n’est connue de cette machine (paquet ca-certificates)".into());
    };
    let at = |days: i64| {
        let seconds = u64::try_from(now.timestamp() + days * DAY_SECONDS).unwrap_or(0);
        judge.verify_server_cert(end, others, server, &[], UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    };
    match at(0) {
        Err(error) => Certificate::Refused(in_words(&error)),
        Ok(_) => Certificate::Good((1..=DAYS_AHEAD).find(|days| at(*days).is_err()).map_or(DAYS_AHEAD, |days| days - 1)),
    }
}

fn in_words(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => "il est expiré".into(),
        Error::InvalidCertificate(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }) => {
            "il n’est pas encore valable".into()
        }
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => "son autorité n’est pas connue de cette machine".into(),
        Error::InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }) => {
            "il n’est pas à ce nom".into()
        }
        other => format!("il est refusé ({other})"),
    }
}

/// Keeps what a server shows, to be judged afterwards: nothing is sent to it.
#[derive(Debug)]
struct Seen {
    chain: Mutex<Vec<CertificateDer<'static>>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Seen {
    fn verify_server_cert(
        &self,
        end: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        // As above.
        *self.chain.lock().unwrap_or_else(PoisonError::into_inner) = std::iter::once(end).chain(others).map(|one| one.clone().into_owned()).collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::pem::PemObject;

    use super::*;

    /// The certificates of the mail server of the tests.
    fn chain(name: &str) -> Vec<CertificateDer<'static>> {
        let path = format!("{}/tests/messagerie/{name}.pem", env!("CARGO_MANIFEST_DIR"));
        CertificateDer::pem_file_iter(path).expect("a file").map(|one| one.expect("a certificate")).collect()
    }

    #[test]
    fn a_certificate_is_judged_by_its_name_its_authority_and_its_day() {
        let judged = |file: &str, name: &'static str, trusted: bool, day: &str| {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(chain(if trusted { "autorite" } else { "ailleurs" }));
            let now = DateTime::parse_from_rfc3339(&format!("{day}T00:00:00Z")).expect("an instant").to_utc();
            super::judged(&chain(file), &ServerName::try_from(name).expect("a name"), roots, now)
        };
        assert_eq!(judged("localhost", "localhost", true, "2027-01-01"), Certificate::Good(DAYS_AHEAD));
        let Certificate::Good(left) = judged("localhost", "localhost", true, "2126-10-20") else { panic!("still good") };
        assert!((1..DAYS_AHEAD).contains(&left), "{left}");
        for (file, name, trusted, day, words) in [
            ("localhost", "localhost", true, "2200-01-01", "expiré"),
            ("localhost", "localhost", true, "1999-01-01", "pas encore"),
            ("localhost", "gardel.ville.gp", true, "2027-01-01", "pas à ce nom"),
            ("localhost", "localhost", false, "2027-01-01", "autorité"),
        ] {
            let told = judged(file, name, trusted, day);
            assert!(matches!(&told, Certificate::Refused(why) if why.contains(words)), "{name} {day}: {told:?}");
        }
        assert!(matches!(
            super::judged(&[], &ServerName::try_from("a").expect("a name"), RootCertStore::empty(), DateTime::UNIX_EPOCH),
            Certificate::Refused(_)
        ));
    }
}
