//! What `gardel check` looks at on this machine: its ports, its certificate, its units of systemd, its folders.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use rocket::figment::Figment;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, lookup_host};
use tokio::process::Command;
use tokio::time::timeout;

use crate::cli::rapport::Rapport;
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::tls::{self, Certificate};

/// Time that each of them has to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// Bytes of an answer that are looked at.
const ANSWER_BYTES: usize = 4_096;
/// Days of a certificate below which it is told, and below which it is a fault: whatever renews it has failed by then.
const DAYS_TOLD: i64 = 21;
const DAYS_MIN: i64 = 3;

/// Settings that are right by themselves, and that somebody should look at.
pub(super) fn settings(config: &Config, report: &mut Rapport) {
    const SUBJECT: &str = "Réglages";
    report.bien(SUBJECT, format!("lus, {} en vigueur, environnement {}.", config.told().len(), config.environnement.label()));
    if !config.plain_http() {
        if config.adresse_publique.is_none() {
            report.a_voir(SUBJECT, "adresse_publique manque\u{a0}: l’hôte que nomme le navigateur est cru.", "Donnez GARDEL_ADRESSE_PUBLIQUE.");
        }
        if config.mandataires == 0 {
            report.a_voir(
                SUBJECT,
                "mandataires est à 0\u{a0}: derrière un mandataire, tout le monde partage une seule adresse dans le journal et le frein à la connexion.",
                "Donnez à GARDEL_MANDATAIRES le nombre de mandataires.",
            );
        }
        if !Path::new(&config.storage_url).is_absolute() && !config.storage_url.starts_with("s3://") {
            report.a_voir(SUBJECT, "STORAGE_URL est un chemin relatif\u{a0}: il dépend du dossier de lancement.", "Donnez un chemin absolu.");
        }
    }
    if !config.modeles.is_dir() {
        report.a_voir(
            "Modèles de lettres",
            format!("le dossier {} n’est pas là\u{a0}: lancé d’ici, le serveur ne démarrerait pas.", config.modeles.display()),
            "Lancez «\u{a0}gardel check\u{a0}» comme le paquet le fait, ou réglez template_dir dans Rocket.toml.",
        );
    }
    if let Some(place) = config.deposes.as_deref().map(str::trim).filter(|place| place.starts_with('/')) {
        match std::fs::read_dir(place) {
            Ok(_) => report.bien("Dossiers surveillés", format!("{place} se lit.")),
            Err(error) => report.a_voir(
                "Dossiers surveillés",
                format!("{place} ne se lit pas d’ici ({error})."),
                "Créez-le, et donnez-le au compte de l’ouvrier.",
            ),
        }
    }
}

/// The ports: free, or held by Gardel itself.
pub(super) async fn ports(figment: &Figment, config: &Config, report: &mut Rapport) {
    let own = rocket::Config::try_from(figment).unwrap_or_default();
    let host = config.public_host().unwrap_or("localhost");
    port("Port des pages", SocketAddr::new(own.address, own.port), &ask("/refus-hote", host), "X-Request-Id", report).await;
    if config.gestion_port == 0 {
        return report.bien("Port de gestion", "aucun (GARDEL_GESTION_PORT)\u{a0}: ni mesures ni sondes.");
    }
    port("Port de gestion", SocketAddr::new(config.gestion_adresse, config.gestion_port), &ask("/livez", host), "vivant", report).await;
}

fn ask(path: &str, host: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
}

async fn port(subject: &'static str, address: SocketAddr, question: &str, sign: &str, report: &mut Rapport) {
    if address.port() == 0 {
        return report.bien(subject, "au choix du système.");
    }
    match TcpListener::bind(address).await {
        Ok(_) => return report.bien(subject, format!("{address} est libre\u{a0}: rien n’y sert en ce moment.")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
        Err(error) => {
            return report.echec(
                subject,
                format!("{address} est refusé par le système ({error})."),
                "Donnez une adresse de cette machine, et un port d’au moins 1024.",
            );
        }
    }
    match timeout(PATIENCE, answer(address, question)).await {
        Ok(Ok(told)) if told.to_ascii_lowercase().contains(&sign.to_ascii_lowercase()) => {
            report.bien(subject, format!("{address}, Gardel y répond."))
        }
        Ok(Ok(_)) => report.echec(
            subject,
            format!("{address} est tenu par un autre programme."),
            "Arrêtez-le («\u{a0}ss -ltnp\u{a0}» le nomme), ou donnez un autre port.",
        ),
        _ => report.a_voir(
            subject,
            format!("{address} est tenu, et rien n’y répond en {} s.", PATIENCE.as_secs()),
            "Le service démarre peut-être\u{a0}; sinon «\u{a0}systemctl status gardel\u{a0}» et «\u{a0}ss -ltnp\u{a0}».",
        ),
    }
}

async fn answer(address: SocketAddr, question: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(question.as_bytes()).await?;
    let mut told = Vec::new();
    stream.take(ANSWER_BYTES as u64).read_to_end(&mut told).await?;
    Ok(String::from_utf8_lossy(&told).into_owned())
}

/// The certificate of the address where people open Gardel, when that is this machine.
pub(super) async fn certificate(config: &Config, report: &mut Rapport) {
    const SUBJECT: &str = "Certificat";
    let Some(host) = config.adresse_publique.as_deref().and_then(|address| address.strip_prefix("https://")) else { return };
    let (name, port) = match host.rsplit_once(':').and_then(|(name, port)| Some((name, port.parse::<u16>().ok()?))) {
        Some((name, port)) => (name, port),
        None => (host, 443),
    };
    let found = timeout(PATIENCE, lookup_host((name, port))).await.ok().and_then(Result::ok);
    let Some(address) = found.and_then(|mut addresses| addresses.find(|address| is_of_here(address.ip()))) else {
        return report.bien(SUBJECT, format!("{name} n’est pas cette machine\u{a0}: il n’est pas regardé d’ici."));
    };
    let asked = name.to_string();
    let read = tokio::task::spawn_blocking(move || tls::certificate(&asked, address, Clock::System.now(), PATIENCE)).await;
    match read {
        Ok(Ok(Certificate::Good(days))) if days >= DAYS_TOLD => {
            report.bien(SUBJECT, format!("{name}\u{a0}: valable, plus de {DAYS_TOLD} jours encore."))
        }
        Ok(Ok(Certificate::Good(days))) => {
            let (words, what) = (format!("{name}\u{a0}: il finit dans {days} jour(s)."), "Renouvelez-le\u{a0}: ce qui le fait seul a échoué.");
            if days < DAYS_MIN { report.echec(SUBJECT, words, what) } else { report.a_voir(SUBJECT, words, what) }
        }
        Ok(Ok(Certificate::Refused(why))) => report.echec(
            SUBJECT,
            format!("{name}\u{a0}: {why}."),
            "Les navigateurs le refusent\u{a0}: voyez « Le mandataire inverse » dans le guide.",
        ),
        Ok(Err(error)) => report.a_voir(SUBJECT, format!("{name} ({address}) ne répond pas en TLS ({error})."), "Démarrez le mandataire inverse."),
        Err(error) => report.a_voir(SUBJECT, format!("il n’a pas pu être regardé ({error})."), "Recommencez."),
    }
}

/// Whether an address is of this machine: it may be listened on.
fn is_of_here(address: IpAddr) -> bool {
    std::net::UdpSocket::bind((address, 0)).is_ok()
}

/// The units of systemd, where the package put some.
pub(super) async fn units(report: &mut Rapport) {
    const SUBJECT: &str = "Services";
    if !Path::new("/run/systemd/system").is_dir() {
        return;
    }
    let mut command = Command::new("systemctl");
    command.args(["list-units", "--all", "--plain", "--no-legend", "--no-pager", "gardel*"]).kill_on_drop(true);
    // A process that may not speak to systemd says nothing of it.
    let Ok(Ok(output)) = timeout(PATIENCE, command.output()).await else { return };
    if !output.status.success() {
        return;
    }
    let told = String::from_utf8_lossy(&output.stdout);
    let units: Vec<Vec<&str>> = told.lines().map(|line| line.split_whitespace().collect()).filter(|unit: &Vec<&str>| unit.len() >= 4).collect();
    if units.is_empty() {
        return;
    }
    // The one that runs this may be left from a failure that was mended since.
    let failed: Vec<&str> = units.iter().filter(|unit| unit[2] == "failed" && unit[0] != "gardel-check.service").map(|unit| unit[0]).collect();
    if failed.is_empty() {
        let active = units.iter().filter(|unit| unit[2] == "active").count();
        report.bien(SUBJECT, format!("{active} en service ou à l’écoute, aucun en échec."));
    } else {
        report.echec(
            SUBJECT,
            format!("en échec\u{a0}: {}.", failed.join(", ")),
            "«\u{a0}systemctl status\u{a0}» dit pourquoi\u{a0}; «\u{a0}journalctl -u\u{a0}» montre ses dernières lignes.",
        );
    }
}
