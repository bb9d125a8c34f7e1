//! What a process holds, built once and used by both mains.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use crate::catalogue::Catalogue;
use crate::listing::{Choices, Desk, Gate};
use crate::platform::cache;
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::db::{Db, DbError};
use crate::platform::http::serve_management;
use crate::platform::incidents::{Incidents, Program};
use crate::platform::jobs;
use crate::platform::oidc::Provider;
use crate::platform::password::Passwords;
use crate::platform::smtp::Mailer;
use crate::platform::store::Files;
use crate::platform::telemetry::Metrics;
use crate::platform::token::SigningKey;
use crate::platform::vault::{Vault, VaultError};

/// Names remembered in [`Context::noted`], and for how long.
const NOTED_MAX: u64 = 10_000;
const NOTED_FOR: Duration = Duration::from_secs(60);

/// What a server that may not make the keys says when nobody has.
const NO_KEY: &str = "Les clés de signature ne sont pas dans la base, ou ce compte PostgreSQL ne peut pas les lire. Sous le compte qui possède les \
                      tables, lancez « gardel migrate », puis « gardel roles » si les comptes du serveur et de l’ouvrier ont changé.";

/// Time after which a management port that was taken is tried again.
const MANAGEMENT_AGAIN: Duration = Duration::from_secs(5);

/// What a server says when its file of keys is missing, or another one.
pub const NOT_OPENED: &str = "Des secrets de la base sont sous une clé que ce programme n’a pas. Donnez à cle_secrets (GARDEL_CLE_SECRETS) le fichier \
                              de clés avec lequel ils ont été mis sous clé, ou ajoutez-y cette clé sur une ligne à la suite des autres.";

/// Settings, database, cache, files, clock: what every room may use.
#[derive(Clone)]
pub struct Context {
    /// What the rooms declare.
    pub catalogue: Arc<Catalogue>,
    /// Settings.
    pub config: Arc<Config>,
    /// Database, cache, clock: what lists need too.
    pub desk: Arc<Desk>,
    /// Object store.
    pub files: Files,
    /// Password hasher.
    pub passwords: Passwords,
    /// What opens the secrets of the base.
    pub vault: Vault,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// What ended badly, for the operator.
    pub incidents: Incidents,
    /// The identity provider, when the settings name one.
    pub provider: Option<Provider>,
    /// What sends e-mails, when the settings name a server.
    pub mailer: Option<Mailer>,
    /// What was noted less than a minute ago, by its name: what somebody repeats at will costs nothing more.
    pub noted: Cache<String, ()>,
}

/// Why a process cannot start, in one French sentence.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error("{0}")]
    Db(#[from] DbError),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl Context {
    /// Builds everything from the settings and an open pool.
    ///
    /// # Errors
    /// One sentence that says what to mend.
    pub async fn new(config: Config, db: Db, clock: Clock, catalogue: Arc<Catalogue>) -> Result<Self, StartError> {
        let vault = Vault::read(config.cle_secrets.as_deref()).map_err(StartError::Other)?;
        let key = SigningKey::load(db.pool(), &vault).await.map_err(|error| match &error {
            sqlx::Error::Database(cause) if cause.code().as_deref() == Some("42P01") => StartError::Db(DbError::NotMigrated),
            // A role that serves reads the keys and makes none.
            sqlx::Error::Database(cause) if cause.code().as_deref() == Some("42501") => StartError::Other(NO_KEY.into()),
            sqlx::Error::Decode(cause) if cause.is::<VaultError>() => StartError::Other(NOT_OPENED.into()),
            _ => StartError::Db(error.into()),
        })?;
        Self::keyed(config, db, clock, catalogue, Program::Server, (key, vault))
    }

    /// The same for a worker, which signs nothing, opens nothing that is signed and keeps no fragment: it reads no key.
    ///
    /// # Errors
    /// One sentence that says what to mend.
    pub fn of_worker(config: Config, db: Db, clock: Clock, catalogue: Arc<Catalogue>) -> Result<Self, StartError> {
        Self::keyed(config, db, clock, catalogue, Program::Worker, (SigningKey::none(), Vault::default()))
    }

    fn keyed(
        config: Config,
        db: Db,
        clock: Clock,
        catalogue: Arc<Catalogue>,
        program: Program,
        (key, vault): (SigningKey, Vault),
    ) -> Result<Self, StartError> {
        let cache = Arc::new(cache::Cache::new(&config, &key).map_err(StartError::Other)?);
        let files = Files::new(&config).map_err(StartError::Other)?;
        let passwords = Passwords::new().map_err(StartError::Other)?;
        let provider = match (&config.oidc, &config.adresse_publique) {
            (Some(oidc), Some(place)) => Some(Provider::new(oidc, place).map_err(StartError::Other)?),
            _ => None,
        };
        let mailer = config.smtp.as_ref().map(Mailer::new).transpose().map_err(StartError::Other)?;
        let noted = Cache::builder().max_capacity(NOTED_MAX).time_to_live(NOTED_FOR).build();
        let gate = Gate::new(config.base_connexions);
        let desk = Arc::new(Desk { db, cache, choices: Choices::default(), clock, key, gate });
        let metrics = Arc::new(Metrics::over(files.clone()));
        let incidents = Incidents::new(program, &jobs::machine());
        Ok(Self { catalogue, config: Arc::new(config), desk, files, passwords, vault, metrics, incidents, provider, mailer, noted })
    }
}

impl Context {
    /// Starts `/metrics`, `/livez` and `/readyz` on their own port, when the settings give one.
    pub fn manage(&self) -> Option<tokio::task::JoinHandle<()>> {
        if self.config.gestion_port == 0 {
            return None;
        }
        let address = std::net::SocketAddr::new(self.config.gestion_adresse, self.config.gestion_port);
        let context = self.clone();
        Some(tokio::spawn(async move {
            loop {
                let server = serve_management(address, context.db.clone(), context.cache.clone(), context.metrics.clone());
                match server.launch().await {
                    Ok(_) => return,
                    // The port is often that of the process that this one replaces.
                    Err(error) => tracing::error!(%address, %error, "/metrics could not be opened; it is tried again"),
                }
                tokio::time::sleep(MANAGEMENT_AGAIN).await;
            }
        }))
    }
}

impl Deref for Context {
    type Target = Desk;

    fn deref(&self) -> &Desk {
        &self.desk
    }
}
