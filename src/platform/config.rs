//! The settings: `Rocket.toml` (section `gardel`), then the environment. Checked once at start, each
//! fault told in one sentence.

use rocket::figment::Figment;
use rocket::figment::providers::Env;
use rocket::figment::value::magic::RelativePathBuf;
use serde::Deserialize;

use super::oidc::Oidc;
use super::otlp::{Otel, VARIABLES};
use super::smtp::Smtp;

mod faults;
mod flag;
mod kinds;
mod names;
mod replicas;
mod told;

use faults::explain;
use flag::flag;
pub use kinds::{Environnement, LogFormat, SecondFacteur};
pub use names::{Given, with_variables};
pub use told::{MASK, Secrets, Told, masked, without_addresses};

/// Everything an operator may set. Names and defaults are documented in `Rocket.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// PostgreSQL address, `postgres://…` (environment: `DATABASE_URL`).
    #[serde(default)]
    pub database_url: String,
    /// Addresses of read replicas, separated by spaces or commas (`DATABASE_REPLICA_URL`); absent, the primary answers everything.
    #[serde(default)]
    pub database_replica_url: Option<String>,
    /// Seconds of lateness beyond which a replica is not asked.
    #[serde(default = "replicas::lateness")]
    pub replique_retard_secondes: u64,
    /// Redis address; absent, fragments are cached in memory (`REDIS_URL`).
    #[serde(default)]
    pub redis_url: Option<String>,
    /// Where files are kept: a folder, or `s3://bucket/prefix` (`STORAGE_URL`).
    #[serde(default = "default_storage")]
    pub storage_url: String,
    /// `demo`, `recette` or `production`: shown at the foot of each page.
    #[serde(default)]
    pub environnement: Environnement,
    /// Connections to PostgreSQL held by one process.
    #[serde(default = "default_connections")]
    pub base_connexions: u32,
    /// Size of the memory cache, in MiB.
    #[serde(default = "default_cache")]
    pub cache_mio: u64,
    /// Minutes without a request after which a session ends.
    #[serde(default = "default_idle")]
    pub session_inactivite_minutes: i32,
    /// Hours after which a session ends whatever happens.
    #[serde(default = "default_absolute")]
    pub session_duree_heures: i32,
    /// Days an export file is kept.
    #[serde(default = "default_retention")]
    pub export_conservation_jours: i32,
    /// Months the journal is kept (CNIL: 6 to 12).
    #[serde(default = "default_journal")]
    pub journal_conservation_mois: i32,
    /// Writes every line of the journal in the log of the worker too, without its detail, to be sent to another machine.
    #[serde(default, deserialize_with = "flag")]
    pub journal_sortie: bool,
    /// Address of `/metrics`, `/livez` and `/readyz`: never public. Port 0 turns them off.
    #[serde(default = "default_management_address")]
    pub gestion_adresse: std::net::IpAddr,
    /// Port of `/metrics`, `/livez` and `/readyz`; 0 turns them off.
    #[serde(default)]
    pub gestion_port: u16,
    /// `json` or `texte`.
    #[serde(default)]
    pub journaux: LogFormat,
    /// Number of trusted reverse proxies that add `X-Forwarded-For`; 0 trusts none.
    #[serde(default)]
    pub mandataires: usize,
    /// Where people open Gardel, `https://gardel.ville.gp`: one-time links begin with it, and what is asked of another
    /// host is refused. Absent, the host that the browser names is believed.
    #[serde(default)]
    pub adresse_publique: Option<String>,
    /// File of the keys under which the secrets of the base are: one a line, 32 bytes in base64, the first seals. Absent, they
    /// are in clear.
    #[serde(default)]
    pub cle_secrets: Option<String>,
    /// Who must have a second factor. Absent: whoever manages rights or the installation, and nobody in the demo.
    #[serde(default)]
    pub second_facteur: Option<SecondFacteur>,
    /// Exports that one person may ask for in a day.
    #[serde(default = "default_exports")]
    pub exports_par_jour: i32,
    /// Actions on many rows that one person may do in a day.
    #[serde(default = "default_actions")]
    pub actions_par_jour: i32,
    /// Files of people (hosts, accounts) that one person may open in an hour.
    #[serde(default = "default_readings")]
    pub consultations_par_heure: i32,
    /// The identity provider by which people may sign in too, if any (`GARDEL_OIDC_EMETTEUR`…).
    #[serde(default)]
    pub oidc: Option<Oidc>,
    /// The server that sends e-mails, if any (`GARDEL_SMTP_URL`…).
    #[serde(default)]
    pub smtp: Option<Smtp>,
    /// Where traces are sent, if anywhere (`OTEL_EXPORTER_OTLP_ENDPOINT`…).
    #[serde(default)]
    pub otel: Otel,
    /// Where other programs leave files to be loaded: an absolute folder of the worker, or `depot` for the part `deposes/` of the store. Absent,
    /// no folder is watched.
    #[serde(default)]
    pub deposes: Option<String>,
    /// Where the letters and e-mails of collectivités are: `template_dir` of Rocket.
    #[serde(skip)]
    pub modeles: std::path::PathBuf,
}

/// Months below which nothing of the journal goes, as `journal_garde_min()` says in the base.
const JOURNAL_MONTHS_MIN: i32 = 6;

/// A setting that is missing or wrong, said in one French sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

impl Config {
    /// Reads the section `gardel` and the environment of `figment`.
    ///
    /// # Errors
    /// One sentence that names the setting and what is expected of it.
    pub fn from_figment(figment: &Figment) -> Result<Self, ConfigError> {
        let figment = with_environment(figment);
        let config: Self = if figment.contains("gardel") {
            figment.extract_inner("gardel").map_err(|error| ConfigError(with_variables(&explain(&error))))?
        } else {
            return Err(ConfigError(MISSING_DATABASE.into()));
        };
        config.check().map_err(|error| ConfigError(with_variables(&error.0)))?;
        // Beside the file of settings, as Rocket reads it.
        let folder = figment.extract_inner::<RelativePathBuf>("template_dir").map(|path| path.relative()).unwrap_or_else(|_| "templates".into());
        Ok(Self { modeles: folder, ..config })
    }

    fn check(&self) -> Result<(), ConfigError> {
        let fault = |text: &str| Err(ConfigError(text.into()));
        if self.database_url.is_empty() {
            return fault(MISSING_DATABASE);
        }
        if !self.database_url.starts_with("postgres://") && !self.database_url.starts_with("postgresql://") {
            return fault("DATABASE_URL doit commencer par postgres:// (PostgreSQL est la seule base possible).");
        }
        if let Some(sentence) = self.replicas_fault() {
            return fault(sentence);
        }
        if let Some(url) = &self.redis_url
            && !["redis://", "redis+unix://", "unix://"].iter().any(|scheme| url.starts_with(scheme))
        {
            return fault(
                "REDIS_URL doit commencer par redis://, ou par unix:// pour un socket de cette machine (pas de TLS : gardez Redis sur la machine ou sur un réseau privé). Retirez-la pour garder le cache en mémoire.",
            );
        }
        if self.storage_url.contains("://") && !self.storage_url.starts_with("s3://") {
            return fault("STORAGE_URL doit être un dossier ou commencer par s3://.");
        }
        if self.deposes.as_deref().is_some_and(|place| !matches!(place.trim(), "" | "depot") && !place.trim().starts_with('/')) {
            return fault("deposes doit être un chemin absolu, ou le mot « depot » pour la partie deposes/ du dépôt de fichiers.");
        }
        if let Some(address) = &self.adresse_publique
            && self.public_host().is_none()
        {
            let scheme = if self.plain_http() { "http:// ou https://" } else { "https://" };
            return Err(ConfigError(format!(
                "adresse_publique doit commencer par {scheme} et s’arrêter au nom de la machine (et à son port), par exemple https://gardel.ville.gp : « {address} » ne convient pas."
            )));
        }
        if let Some(oidc) = &self.oidc {
            if let Some(sentence) = oidc.fault(self.plain_http()) {
                return Err(ConfigError(sentence));
            }
            if self.adresse_publique.is_none() {
                return fault("oidc demande adresse_publique : c’est là que le fournisseur d’identité ramène les personnes.");
            }
        }
        if let Some(sentence) = self.smtp.as_ref().and_then(|smtp| smtp.fault(self.adresse_publique.is_some())) {
            return Err(ConfigError(sentence));
        }
        if let Some(sentence) = self.otel.fault() {
            return Err(ConfigError(sentence));
        }
        if !(2..=100).contains(&self.base_connexions) {
            return fault("base_connexions doit être compris entre 2 et 100.");
        }
        if self.journal_conservation_mois < JOURNAL_MONTHS_MIN {
            return Err(ConfigError(format!(
                "journal_conservation_mois doit être au moins {JOURNAL_MONTHS_MIN} : la base ne laisse rien effacer du journal plus tôt."
            )));
        }
        let positive = [
            (self.session_inactivite_minutes, "session_inactivite_minutes"),
            (self.session_duree_heures, "session_duree_heures"),
            (self.export_conservation_jours, "export_conservation_jours"),
            (self.exports_par_jour, "exports_par_jour"),
            (self.actions_par_jour, "actions_par_jour"),
            (self.consultations_par_heure, "consultations_par_heure"),
        ];
        for (value, name) in positive {
            if value < 1 {
                return Err(ConfigError(format!("{name} doit être au moins 1.")));
            }
        }
        Ok(())
    }

    /// The host of `adresse_publique`, as browsers name it in `Host`.
    pub fn public_host(&self) -> Option<&str> {
        let address = self.adresse_publique.as_deref()?;
        let host = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://").filter(|_| self.plain_http()))?;
        let plain = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c));
        plain.then_some(host)
    }

    /// Of whom a second factor is required.
    pub fn second_factor(&self) -> SecondFacteur {
        let default = if self.environnement == Environnement::Demo { SecondFacteur::Libre } else { SecondFacteur::Gestionnaires };
        self.second_facteur.unwrap_or(default)
    }

    /// Whether cookies may travel over plain HTTP (the demo, on this machine only).
    pub fn plain_http(&self) -> bool {
        self.environnement == Environnement::Demo
    }
}

/// The settings of `figment`, and those of the environment above them.
fn with_environment(figment: &Figment) -> Figment {
    let figment =
        figment.clone().merge(Env::prefixed("GARDEL_").ignore(&["log"]).map(|key| setting_of(key.as_str()).into()).profile("global")).merge(
            Env::raw()
                .only(&["DATABASE_URL", "DATABASE_REPLICA_URL", "REDIS_URL", "STORAGE_URL"])
                .map(|key| format!("gardel.{}", key.as_str().to_lowercase()).into())
                .profile("global"),
        );
    figment.merge(Env::raw().only(&VARIABLES).map(|key| otel_of(key.as_str()).into()).profile("global"))
}

/// The setting that a variable of the environment gives: `OIDC_CLIENT` is `gardel.oidc.client`.
fn setting_of(variable: &str) -> String {
    let name = variable.to_lowercase();
    let part = ["oidc", "smtp"].into_iter().find_map(|part| Some((part, name.strip_prefix(part)?.strip_prefix('_')?)));
    part.map_or_else(|| format!("gardel.{name}"), |(part, name)| format!("gardel.{part}.{name}"))
}

/// The same of a variable that OpenTelemetry names: `OTEL_SERVICE_NAME` is `gardel.otel.service_name`.
fn otel_of(variable: &str) -> String {
    let name = variable.to_lowercase();
    format!("gardel.otel.{}", name.strip_prefix("otel_").unwrap_or(&name))
}

const MISSING_DATABASE: &str = "DATABASE_URL manque : donnez l’adresse de la base, par exemple DATABASE_URL=postgres://gardel@localhost/gardel.";

fn default_storage() -> String {
    "var/fichiers".into()
}
fn default_connections() -> u32 {
    8
}
fn default_cache() -> u64 {
    16
}
fn default_idle() -> i32 {
    240
}
fn default_absolute() -> i32 {
    20
}
fn default_retention() -> i32 {
    7
}
fn default_journal() -> i32 {
    12
}
fn default_exports() -> i32 {
    200
}
fn default_actions() -> i32 {
    500
}
fn default_readings() -> i32 {
    600
}
fn default_management_address() -> std::net::IpAddr {
    std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rocket::figment::providers::{Format, Toml};

    fn read(toml: &str) -> Result<Config, String> {
        let figment = Figment::new().merge(Toml::string(toml));
        // Straight from the text: the environment of the tests must not decide.
        let config: Config = figment.extract_inner("gardel").map_err(|error| explain(&error))?;
        config.check().map_err(|error| error.to_string())?;
        Ok(config)
    }

    #[test]
    fn faults_are_told_in_one_sentence() {
        let cases = [
            ("[gardel]\ncache_mio = 1", "DATABASE_URL manque"),
            ("[gardel]\ndatabase_url = 'mysql://x'", "postgres://"),
            ("[gardel]\ndatabase_url = 'postgres://x'\nredis_url = 'http://x'", "redis://"),
            ("[gardel]\ndatabase_url = 'postgres://x'\nstorage_url = 'ftp://x'", "s3://"),
            ("[gardel]\ndatabase_url = 'postgres://x'\ncache_mio = 'abc'", "« cache_mio » : il faut un nombre entier positif"),
            ("[gardel]\ndatabase_url = 'postgres://x'\njournal_sortie = 2", "« journal_sortie » : il faut 1 ou 0"),
            ("[gardel]\ndatabase_url = 'postgres://x'\ncouleur = 1", "« couleur » n’existe pas"),
            ("[gardel]\ndatabase_url = 'postgres://x'\nenvironnement = 'essai'", "demo, recette, production"),
            ("[gardel]\ndatabase_url = 'postgres://x'\nbase_connexions = 1", "entre 2 et 100"),
            ("[gardel]\ndatabase_url = 'postgres://x'\nsession_duree_heures = 0", "au moins 1"),
            (
                "[gardel]\ndatabase_url = 'postgres://x'\n[gardel.oidc]\nemetteur = 'http://id.gp'\nclient = 'a'\nsecret = 'b'\nnom = 'Id'",
                "oidc.emetteur doit commencer par https://",
            ),
            (
                "[gardel]\ndatabase_url = 'postgres://x'\n[gardel.oidc]\nemetteur = 'https://id.gp'\nclient = 'a'\nsecret = 'b'\nnom = 'Id'",
                "oidc demande adresse_publique",
            ),
            (
                "[gardel]\ndatabase_url = 'postgres://x'\n[gardel.oidc]\nemetteur = 'https://id.gp'\nclient = 'a'\nsecret = ''\nnom = 'Id'",
                "oidc.secret est vide",
            ),
            (
                "[gardel]\ndatabase_url = 'postgres://x'\n[gardel.oidc]\nemetteur = 'https://id.gp'\nclient = 'a'\nsecret = 'b'\nnom = 'Id'\nniveaux = 'un, deux'\nniveaux_forts = ['trois']",
                "« trois », qui n’est pas dans oidc.niveaux",
            ),
            ("[gardel]\ndatabase_url = 'postgres://x'\n[gardel.smtp]\nurl = 'smtp.gp'\nexpediteur = 'x@ville.gp'", "smtp.url doit commencer par"),
            ("[gardel]\ndatabase_url = 'postgres://x'\n[gardel.smtp]\nurl = 'smtp://smtp.gp'", "smtp.expediteur doit être une adresse"),
            ("[gardel]\ndatabase_url = 'postgres://x'\n[gardel.smtp]\nexpediteur = 'x@ville.gp'", "smtp.url doit commencer par"),
            (
                "[gardel]\ndatabase_url = 'postgres://x'\n[gardel.smtp]\nurl = 'smtp://smtp.gp'\nexpediteur = 'x@ville.gp'",
                "smtp demande adresse_publique",
            ),
            (
                "[gardel]\ndatabase_url = 'postgres://x'\n[gardel.otel]\nexporter_otlp_endpoint = 'collecteur:4317'",
                "OTEL_EXPORTER_OTLP_ENDPOINT doit",
            ),
            ("[gardel]\ndatabase_url = 'postgres://x'\nadresse_publique = 'http://gardel.gp'", "commencer par https://"),
            ("[gardel]\ndatabase_url = 'postgres://x'\nadresse_publique = 'https://gardel.gp/'", "« https://gardel.gp/ » ne convient pas"),
        ];
        for (toml, words) in cases {
            let sentence = read(toml).expect_err(toml);
            assert!(sentence.contains(words) && sentence.lines().count() == 1, "{toml}: {sentence}");
        }
        for (value, on) in [("1", true), ("0", false), ("true", true)] {
            let config = read(&format!("[gardel]\ndatabase_url = 'postgres://x'\njournal_sortie = {value}")).expect("a switch");
            assert_eq!(config.journal_sortie, on);
        }
        assert_eq!((setting_of("CACHE_MIO"), setting_of("OIDC_SECRET_PAR")), ("gardel.cache_mio".into(), "gardel.oidc.secret_par".into()));
        assert_eq!(setting_of("SMTP_URL"), "gardel.smtp.url");
        assert_eq!(otel_of("OTEL_SERVICE_NAME"), "gardel.otel.service_name");
        let config = read("[gardel]\ndatabase_url = 'postgres://x'").expect("the rest has defaults");
        assert_eq!((config.environnement, config.plain_http()), (Environnement::Production, false));
    }
}
