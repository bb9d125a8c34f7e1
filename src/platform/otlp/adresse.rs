//! The address of a collector, looked at before anything is sent there.

/// Where a collector is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The whole address to which traces are sent.
    pub url: String,
    /// Its machine and its port: what messages may name.
    pub host: String,
    /// Whether what is sent can be read on the way.
    pub open: bool,
}

impl Place {
    /// Reads the value of `variable`: an address to which `path` is added. What is wrong with it is told without it, for it may hold a password.
    pub fn read(variable: &str, address: &str, path: &str) -> Result<Self, String> {
        let fault = |what: &str| Err(format!("{variable} {what}. Par exemple http://127.0.0.1:4318, ou https://traces.ville.gp."));
        let (open, rest) = match address.trim().split_once("://") {
            Some(("http", rest)) => (true, rest),
            Some(("https", rest)) => (false, rest),
            _ => return fault("doit commencer par http:// ou https://"),
        };
        let (host, folder) = rest.split_once('/').unwrap_or((rest, ""));
        if host.contains('@') {
            return fault("ne prend ni nom ni mot de passe : donnez-les par OTEL_EXPORTER_OTLP_HEADERS");
        }
        let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((name, rest)) => (name, rest.strip_prefix(':')),
            None => host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port))),
        };
        if name.is_empty() || !name.chars().all(|sign| sign.is_ascii_alphanumeric() || ".-:_".contains(sign)) {
            return fault("ne nomme pas de machine");
        }
        if port.is_some_and(|port| !port.parse::<u16>().is_ok_and(|port| port > 0)) {
            return fault("a un port qui n’en est pas un");
        }
        if !folder.chars().all(|sign| sign.is_ascii_alphanumeric() || "/-._~%".contains(sign)) {
            return fault("ne prend qu’un chemin après le nom de la machine");
        }
        let here = name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        let scheme = if open { "http" } else { "https" };
        let folder = if path.is_empty() { format!("/{folder}") } else { format!("/{folder}").trim_end_matches('/').to_string() };
        Ok(Self { url: format!("{scheme}://{host}{folder}{path}"), host: host.into(), open: open && !here })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_collector() {
        let read = |address: &str| Place::read("X", address, "/v1/traces").expect(address);
        for (address, url, host, open) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces", "127.0.0.1:4318", false),
            (" http://localhost:4318/ ", "http://localhost:4318/v1/traces", "localhost:4318", false),
            ("http://[::1]:4318", "http://[::1]:4318/v1/traces", "[::1]:4318", false),
            ("http://collecteur:4318", "http://collecteur:4318/v1/traces", "collecteur:4318", true),
            ("https://traces.ville.gp/otlp/", "https://traces.ville.gp/otlp/v1/traces", "traces.ville.gp", false),
        ] {
            assert_eq!(read(address), Place { url: url.into(), host: host.into(), open }, "{address}");
        }
        assert_eq!(Place::read("X", "https://a/api/traces", "").expect("an address").url, "https://a/api/traces", "as it is");
    }

    #[test]
    fn a_wrong_address_is_a_sentence_without_it() {
        for (address, words) in [
            ("", "commencer par http://"),
            ("127.0.0.1:4318", "commencer par http://"),
            ("grpc://motsecret:4317", "commencer par http://"),
            ("http://", "ne nomme pas de machine"),
            ("http:///v1/traces", "ne nomme pas de machine"),
            ("http://mot secret:4318", "ne nomme pas de machine"),
            ("http://nom:motsecret@collecteur:4318", "OTEL_EXPORTER_OTLP_HEADERS"),
            ("http://collecteur:motsecret", "un port"),
            ("http://collecteur:0", "un port"),
            ("http://collecteur:99999", "un port"),
            ("https://collecteur/?cle=motsecret", "qu’un chemin"),
            ("https://collecteur/\r\nX: motsecret", "qu’un chemin"),
        ] {
            let sentence = Place::read("X", address, "/v1/traces").expect_err(address);
            assert!(sentence.starts_with("X ") && sentence.contains(words) && !sentence.contains("secret"), "{address}: {sentence}");
        }
    }
}
