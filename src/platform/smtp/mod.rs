//! Sending e-mails by the server of the settings (SMTP). One connection a message, closed to others by TLS, each bounded in
//! time. What was refused for good is told apart from what may pass later.

mod reglages;

pub use reglages::Smtp;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::{Address, transport::smtp};

use reglages::{Closed, Server};

use super::instruments::{Step, step};

/// Longest word of a server that is kept.
const WORDS_MAX: usize = 200;
/// Time that a server has to answer a good-bye.
const GOOD_BYE: Duration = Duration::from_secs(2);

/// What is said of a server that stays mute.
const SILENT: &str = "Le serveur de messagerie n’a pas répondu à temps.";

/// A message handed over, as traces tell it: neither to whom nor what.
const HAND: Step = Step::asked("mail send", &[("network.protocol.name", "smtp")]);

/// What a message says, and to whom.
#[derive(Clone, Debug)]
pub struct Mail<'a> {
    /// Name of the person.
    pub name: &'a str,
    /// Their address.
    pub address: &'a str,
    /// What it is about, in one line.
    pub subject: &'a str,
    /// The text.
    pub text: String,
    /// What the message is called, the same each time it is sent: the part before `@`.
    pub id: &'a str,
    /// When it was written.
    pub date: SystemTime,
    /// A file that goes with it.
    pub attachment: Option<Attachment<'a>>,
}

/// A file that goes with a message.
#[derive(Clone, Copy, Debug)]
pub struct Attachment<'a> {
    /// Its name there: ours, never a person's.
    pub name: &'a str,
    /// What it is.
    pub content_type: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// Why a message did not leave, in words for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It may pass later.
    #[error("{0}")]
    Later(String),
    /// It never will.
    #[error("{0}")]
    Never(String),
}

/// Why the server does not let us in, and what the operator does about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Why.
    pub sentence: String,
    /// What to do.
    pub advice: &'static str,
}

impl From<Kept> for Refusal {
    /// What goes wrong here is the operator's to mend: nothing of it is about the message.
    fn from(kept: Kept) -> Self {
        Self::Later(kept.sentence)
    }
}

/// What sends.
#[derive(Clone)]
pub struct Mailer {
    server: Arc<Server>,
    sender: Mailbox,
    hello: ClientId,
    tls: Option<TlsParameters>,
    patience: Duration,
}

impl Mailer {
    /// The sender of the settings.
    ///
    /// # Errors
    /// One sentence that says what to mend.
    pub fn new(settings: &Smtp) -> Result<Self, String> {
        let server = settings.server()?;
        let sender = settings.sender().ok_or("smtp.expediteur n’est pas une adresse.")?;
        let tls = if server.closed == Closed::Never { None } else { Some(tls(&server.host, settings.autorite.as_deref())?) };
        // Who says hello: the machine of the sender's address says nothing of the network inside.
        let hello = ClientId::Domain(sender.email.domain().to_string());
        Ok(Self { server: Arc::new(server), sender, hello, tls, patience: Duration::from_secs(settings.delai_secondes) })
    }

    /// Sends a message; `Ok` when the server has taken it upon itself.
    ///
    /// # Errors
    /// [`Refusal`], in words that hold nothing of the message.
    pub async fn send(&self, mail: &Mail<'_>) -> Result<(), Refusal> {
        let message = self.message(mail)?;
        let bytes = message.formatted();
        let to = mail.address.parse::<Address>().map_err(|_| bad_address(mail.address))?;
        let handing = self.in_time(async {
            let mut connection = self.open().await?;
            let sent = hand_over(&mut connection, &self.sender.email, to, &bytes).await;
            Ok((connection, sent))
        });
        let refused = |handed: &Result<(_, Result<(), Refusal>), Refusal>| !matches!(handed, Ok((_, Ok(()))));
        let (connection, sent) = step(HAND, refused, handing).await?;
        leave(connection).await;
        sent
    }

    /// Whether the server lets us in.
    ///
    /// # Errors
    /// What keeps us out, and what to do.
    pub async fn check(&self) -> Result<(), Kept> {
        let silent = || Kept { sentence: SILENT.into(), advice: "Vérifiez la machine et le port de GARDEL_SMTP_URL." };
        let connection = tokio::time::timeout(self.patience, self.open()).await.unwrap_or_else(|_| Err(silent()))?;
        leave(connection).await;
        Ok(())
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
        tokio::time::timeout(self.patience, work).await.unwrap_or_else(|_| Err(Refusal::Later(SILENT.into())))
    }

    /// A connection that is let in. What goes wrong here is the operator's to mend: nothing of it is about the message.
    async fn open(&self) -> Result<AsyncSmtpConnection, Kept> {
        let Server { host, port, closed, account } = &*self.server;
        let later = |what: &'static str, advice: &'static str| {
            move |error: smtp::Error| {
                let closed = if refused_by_tls(&error) { " (certificat refusé)" } else { "" };
                tracing::warn!(%error, "the mail server does not let us in");
                let advice =
                    if closed.is_empty() { advice } else { "Donnez GARDEL_SMTP_AUTORITE si son certificat vient d’une autorité à vous." };
                Kept { sentence: format!("{what}{closed}{}", told(&error)), advice }
            }
        };
        let at_once = self.tls.clone().filter(|_| *closed == Closed::Tls);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1((host.as_str(), *port), Some(self.patience), &self.hello, at_once, None).await.map_err(later(
                "Le serveur de messagerie est injoignable",
                "Vérifiez la machine et le port de GARDEL_SMTP_URL, et que l’ouvrier peut y aller (IPAddressAllow=).",
            ))?;
        if let (Closed::StartTls, Some(tls)) = (closed, &self.tls) {
            connection.starttls(tls.clone(), &self.hello).await.map_err(later(
                "Le serveur de messagerie ne chiffre pas la connexion",
                "Prenez smtps:// s’il chiffre dès le premier octet (port 465).",
            ))?;
        }
        if let Some((name, password)) = account {
            let credentials = Credentials::new(name.clone(), password.clone());
            if !connection.server_info().supports_auth_mechanism(Mechanism::Plain)
                && !connection.server_info().supports_auth_mechanism(Mechanism::Login)
            {
                return Err(Kept {
                    sentence: "Le serveur de messagerie ne demande à personne de se nommer.".into(),
                    advice: "Ôtez le nom et le mot de passe de GARDEL_SMTP_URL, ou prenez le port où il les demande.",
                });
            }
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
                .await
                .map_err(later("Le serveur de messagerie refuse le nom ou le mot de passe de Gardel", "Vérifiez-les dans GARDEL_SMTP_URL."))?;
        }
        Ok(connection)
    }

    fn message(&self, mail: &Mail<'_>) -> Result<Message, Refusal> {
        let address = mail.address.parse::<Address>().map_err(|_| bad_address(mail.address))?;
        let name = Some(one_line(mail.name)).filter(|name| !name.is_empty());
        let header = |name: &'static str, value: &str| HeaderValue::new(HeaderName::new_from_ascii_str(name), value.into());
        let builder = Message::builder()
            .from(self.sender.clone())
            .to(Mailbox::new(name, address))
            .subject(one_line(mail.subject))
            .message_id(Some(format!("<{}@{}>", mail.id, self.sender.email.domain())))
            .date(mail.date)
            // Neither an absence nor a robot answers to it (RFC 3834).
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Auto-Response-Suppress", "All"));
        let written = match mail.attachment {
            None => builder.header(ContentType::TEXT_PLAIN).body(mail.text.clone()),
            Some(file) => {
                let kind = ContentType::parse(file.content_type).unwrap_or(ContentType::TEXT_PLAIN);
                let file = lettre::message::Attachment::new(one_line(file.name)).body(file.bytes.to_vec(), kind);
                builder.multipart(MultiPart::mixed().singlepart(SinglePart::plain(mail.text.clone())).singlepart(file))
            }
        };
        written.map_err(|error| Refusal::Never(format!("Ce courriel ne peut pas être écrit : {error}.")))
    }
}

/// The steps of one message, each with what its refusal means.
async fn hand_over(connection: &mut AsyncSmtpConnection, from: &Address, to: Address, message: &[u8]) -> Result<(), Refusal> {
    let server = connection.server_info();
    let mut options = Vec::new();
    let accents = !AsRef::<str>::as_ref(&to).is_ascii();
    if accents {
        if !server.supports_feature(Extension::SmtpUtfEight) || !server.supports_feature(Extension::EightBitMime) {
            return Err(Refusal::Never("Cette adresse contient des accents, que le serveur de messagerie n’accepte pas (SMTPUTF8).".into()));
        }
        options.push(MailParameter::SmtpUtfEight);
        options.push(MailParameter::Body(lettre::transport::smtp::extension::MailBodyParameter::EightBitMime));
    }
    // Who writes is a setting: a refusal is the operator's to mend.
    connection.command(MailFrom::new(Some(from.clone()), options)).await.map_err(|error| {
        tracing::warn!(%error, "the mail server refuses the sender of the settings");
        Refusal::Later(format!("Le serveur de messagerie refuse l’expéditeur de Gardel{}", told(&error)))
    })?;
    let about = |error: smtp::Error| {
        if error.is_permanent() {
            Refusal::Never(format!("Refusé par le serveur de messagerie{}", told(&error)))
        } else if error.is_transient() {
            Refusal::Later(format!("Le serveur de messagerie demande d’attendre{}", told(&error)))
        } else {
            Refusal::Later(format!("La connexion avec le serveur de messagerie a été coupée{}", told(&error)))
        }
    };
    connection.command(Rcpt::new(to, Vec::new())).await.map_err(about)?;
    connection.command(Data).await.map_err(about)?;
    connection.message(message).await.map_err(about)?;
    Ok(())
}

/// Says good-bye. What was taken or refused stays so, whatever becomes of that.
async fn leave(mut connection: AsyncSmtpConnection) {
    let _rude = tokio::time::timeout(GOOD_BYE, connection.abort()).await;
}

/// Whether what was said to close the connection is not what it should be: a certificate of another machine, or of an
/// authority that nobody trusts here. TLS tells it as data that is wrong.
fn refused_by_tls(error: &smtp::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(found) = cause {
        if found.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::InvalidData) {
            return true;
        }
        cause = found.source();
    }
    false
}

/// What the server answered, if it did: « : 550 5.1.1 Boîte inconnue ».
fn told(error: &smtp::Error) -> String {
    let Some(code) = error.status() else { return ".".into() };
    let words = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let words: String = one_line(&words).chars().take(WORDS_MAX).collect();
    format!(" : {code} {words}").trim_end().to_string()
}

fn bad_address(address: &str) -> Refusal {
    let shown: String = one_line(address).chars().take(WORDS_MAX).collect();
    Refusal::Never(format!("« {shown} » n’est pas une adresse à laquelle on puisse écrire."))
}

/// A text that cannot end a header and begin another.
fn one_line(text: &str) -> String {
    text.chars().map(|one| if one.is_control() { ' ' } else { one }).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How the connection is closed: TLS 1.2 or 1.3, by the one library of the program, with the authorities of the system and
/// that of the settings.
fn tls(host: &str, authority: Option<&str>) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(host.to_string());
    if let Some(path) = authority {
        let unreadable = |error: &dyn std::fmt::Display| format!("smtp.autorite : le fichier {path} n’est pas un certificat lisible ({error}).");
        let pem = std::fs::read(path).map_err(|error| unreadable(&error))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| unreadable(&error))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|error| format!("smtp.url : la connexion ne peut pas être chiffrée ({error})."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &str, subject: &str) -> String {
        let settings: Smtp =
            serde_json::from_value(serde_json::json!({"url": "smtp://localhost?tls=aucun", "expediteur": "Gardel <x@ville.gp>"})).expect("settings");
        let mailer = Mailer::new(&settings).expect("a mailer");
        let mail =
            Mail { name, address: "m@ville.gp", subject, text: "Bonjour".into(), id: "un-deux", date: SystemTime::UNIX_EPOCH, attachment: None };
        String::from_utf8(mailer.message(&mail).expect("a message").formatted()).expect("plain letters")
    }

    #[test]
    fn no_name_and_no_subject_adds_a_header() {
        for evil in [
            "Marie\r\nBcc: y@ville.gp",
            "Marie\nBcc: y@ville.gp",
            "Marie\r\n\r\nAutre corps",
            "Marie\" <y@ville.gp>, \"x",
            "Marie\u{2028}Bcc: y@ville.gp",
        ] {
            for text in [written(evil, "Objet"), written("Marie", evil)] {
                let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
                let names: Vec<&str> = head.lines().filter(|line| !line.starts_with([' ', '\t'])).filter_map(|line| line.split(':').next()).collect();
                let wanted = [
                    "From",
                    "To",
                    "Subject",
                    "Message-ID",
                    "Date",
                    "Auto-Submitted",
                    "X-Auto-Response-Suppress",
                    "Content-Type",
                    "Content-Transfer-Encoding",
                ];
                assert_eq!(names, wanted, "{evil:?}: {text}");
                assert_eq!(body.trim(), "Bonjour");
            }
        }
        let text = written("Marie", "Objet");
        assert!(text.contains("Message-ID: <un-deux@ville.gp>\r\n") && text.contains("To: Marie <m@ville.gp>\r\n"), "{text}");
    }
}
