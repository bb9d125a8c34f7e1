//! The settings of the mail server: the section `gardel.smtp`, or `GARDEL_SMTP_…`.

use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use serde::Deserialize;

/// Ports by which messages are handed in: with STARTTLS, and with TLS from the first byte (RFC 8314).
const PORTS: (u16, u16) = (587, 465);

/// The mail server, and who writes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// `smtp://name:password@host:587` (STARTTLS required) or `smtps://…:465`.
    #[serde(default)]
    pub url: String,
    /// Who the messages come from: `Gardel <ne-pas-repondre@ville.gp>`, or the address alone.
    #[serde(default)]
    pub expediteur: String,
    /// File (PEM) of an authority of certificates to trust beside those of the system.
    #[serde(default)]
    pub autorite: Option<String>,
    /// Seconds that one message may take.
    #[serde(default = "default_patience")]
    pub delai_secondes: u64,
}

/// How the connection is closed to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// From the first byte.
    Tls,
    /// After STARTTLS, which is required.
    StartTls,
    /// Not at all: on this machine only.
    Never,
}

/// A server, as its address names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    pub host: String,
    pub port: u16,
    pub closed: Closed,
    /// Name and password.
    pub account: Option<(String, String)>,
}

impl Smtp {
    /// What is wrong with them, in one sentence; `placed` when the address where people open Gardel is set.
    pub(in crate::platform) fn fault(&self, placed: bool) -> Option<String> {
        if let Err(sentence) = self.server() {
            return Some(sentence);
        }
        if self.sender().is_none() {
            return Some(format!(
                "smtp.expediteur doit être une adresse, par exemple Gardel <ne-pas-repondre@ville.gp> : « {} » ne convient pas.",
                self.expediteur
            ));
        }
        if !(1..=600).contains(&self.delai_secondes) {
            return Some("smtp.delai_secondes doit être compris entre 1 et 600.".into());
        }
        if !placed {
            return Some("smtp demande adresse_publique : c’est là que mènent les liens des courriels.".into());
        }
        None
    }

    /// Who writes. An address with accents is none: every server on the way would have to know SMTPUTF8.
    pub(super) fn sender(&self) -> Option<Mailbox> {
        let sender: Mailbox = self.expediteur.trim().parse().ok()?;
        let plain = |text: &str| !text.is_empty() && text.is_ascii();
        let named = sender.name.as_deref().is_none_or(|name| !name.chars().any(char::is_control));
        (plain(sender.email.user()) && plain(sender.email.domain()) && sender.email.domain().contains('.') && named).then_some(sender)
    }

    /// The server of the address. What is wrong with it is told without the address, which holds a password.
    pub(super) fn server(&self) -> Result<Server, String> {
        let fault = |what: &str| Err(format!("smtp.url {what}. Par exemple smtp://nom:motdepasse@smtp.ville.gp:587, ou smtps://…:465."));
        let (closed, rest) = match self.url.split_once("://") {
            Some(("smtp", rest)) => (Closed::StartTls, rest),
            Some(("smtps", rest)) => (Closed::Tls, rest),
            _ => return fault("doit commencer par smtp:// ou smtps://"),
        };
        let (rest, question) = rest.split_once('?').unwrap_or((rest, ""));
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (account, place) = rest.rsplit_once('@').map_or((None, rest), |(account, place)| (Some(account), place));
        let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, rest)) => (host, rest.strip_prefix(':')),
            None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
        };
        if host.is_empty() || !host.chars().all(|one| one.is_ascii_alphanumeric() || ".-:".contains(one)) {
            return fault("ne nomme pas de machine");
        }
        let port = match port.map(str::parse::<u16>) {
            None if closed == Closed::Tls => PORTS.1,
            None => PORTS.0,
            Some(Ok(port)) if port > 0 => port,
            Some(_) => return fault("a un port qui n’en est pas un"),
        };
        let closed = match question {
            "" => closed,
            "tls=aucun" if closed == Closed::StartTls && ["localhost", "127.0.0.1", "::1"].contains(&host) => Closed::Never,
            "tls=aucun" => return fault("n’accepte tls=aucun que pour smtp:// et cette machine même (localhost)"),
            _ => return fault("n’accepte après « ? » que tls=aucun, et pour cette machine même"),
        };
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().ok().filter(|text| !text.is_empty()).map(|text| text.to_string());
        let account = match account.map(|account| account.split_once(':').map(|(name, password)| (decoded(name), decoded(password)))) {
            None => None,
            Some(Some((Some(name), Some(password)))) => Some((name, password)),
            Some(_) => return fault("doit donner un nom et un mot de passe, séparés par « : », ou ni l’un ni l’autre"),
        };
        Ok(Server { host: host.into(), port, closed, account })
    }
}

fn default_patience() -> u64 {
    60
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str, sender: &str) -> Smtp {
        Smtp { url: url.into(), expediteur: sender.into(), autorite: None, delai_secondes: 60 }
    }

    #[test]
    fn an_address_names_one_server() {
        let server = |url: &str| settings(url, "").server().expect(url);
        let plain = |host: &str, port, closed| Server { host: host.into(), port, closed, account: None };
        assert_eq!(server("smtp://smtp.ville.gp"), plain("smtp.ville.gp", 587, Closed::StartTls));
        assert_eq!(server("smtps://smtp.ville.gp/"), plain("smtp.ville.gp", 465, Closed::Tls));
        assert_eq!(server("smtp://localhost:25?tls=aucun"), plain("localhost", 25, Closed::Never));
        assert_eq!(server("smtps://[2001:db8::1]:466"), plain("2001:db8::1", 466, Closed::Tls));
        let named = server("smtp://a%40ville.gp:p%3A%40ss%C3%A9@smtp.ville.gp:2525");
        assert_eq!((named.account, named.port), (Some(("a@ville.gp".into(), "p:@ssé".into())), 2525));
    }

    #[test]
    fn faults_are_told_in_one_sentence_without_the_password() {
        let good = "smtp://a:motsecret@smtp.ville.gp";
        let cases = [
            ("", "x@ville.gp", "commencer par smtp://"),
            ("http://a:motsecret@smtp.ville.gp", "x@ville.gp", "commencer par smtp://"),
            ("smtp://a:motsecret@", "x@ville.gp", "ne nomme pas de machine"),
            ("smtp://a:motsecret@smtp.ville.gp:0", "x@ville.gp", "un port"),
            ("smtp://a:motsecret@smtp.ville.gp:99999", "x@ville.gp", "un port"),
            ("smtp://motsecret@smtp.ville.gp", "x@ville.gp", "un nom et un mot de passe"),
            ("smtp://a:@smtp.ville.gp", "x@ville.gp", "un nom et un mot de passe"),
            ("smtp://a:motsecret@smtp.ville.gp?tls=aucun", "x@ville.gp", "cette machine même"),
            ("smtps://localhost?tls=aucun", "x@ville.gp", "cette machine même"),
            ("smtp://localhost?tls=peutetre", "x@ville.gp", "que tls=aucun"),
            (good, "", "smtp.expediteur"),
            (good, "Gardel", "smtp.expediteur"),
            (good, "hélène@ville.gp", "smtp.expediteur"),
            (good, "x@ville.gp\r\nBcc: y@ville.gp", "smtp.expediteur"),
        ];
        for (url, sender, words) in cases {
            let sentence = settings(url, sender).fault(true).unwrap_or_else(|| panic!("{url} {sender}"));
            assert!(sentence.contains(words) && !sentence.contains("motsecret"), "{url}: {sentence}");
        }
        assert_eq!(settings(good, "Gardel <x@ville.gp>").fault(true), None);
        assert!(settings(good, "x@ville.gp").fault(false).expect("no place").contains("adresse_publique"));
        assert!(Smtp { delai_secondes: 0, ..settings(good, "x@ville.gp") }.fault(true).expect("no time").contains("entre 1 et 600"));
    }
}
