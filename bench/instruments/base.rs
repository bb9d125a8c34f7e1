//! The database of a measure, opened as the web server opens it, and its demo accounts.

use gardel::comptes::reader_of;
use gardel::listing::{Choices, Reader};
use gardel::platform::clock::Clock;
use gardel::platform::config::Config;
use gardel::platform::db::{Db, WEB};
use gardel::platform::token::{self, SigningKey};
use gardel::platform::vault::Vault;

use crate::Faute;

/// An agent of one commune, a small perimeter.
pub const COMMUNE: &str = "agent.gosier@demo.gardel";
/// An administrateur of the whole archipelago: the largest perimeter, one branch per commune.
pub const ARCHIPEL: &str = "admin.archipel@demo.gardel";
/// Sees jobs and journal.
pub const EXPLOITANT: &str = "exploitant@demo.gardel";

/// What the instruments need.
pub struct Banc {
    pub db: Db,
    pub key: SigningKey,
    pub choices: Choices,
    pub today: chrono::NaiveDate,
}

impl Banc {
    /// Opens the database of `DATABASE_URL` with the settings of the web server.
    pub async fn open() -> Result<Self, Faute> {
        let config = Config::from_figment(&rocket::Config::figment())?;
        let db = Db::connect(&config, Some(WEB)).await?;
        db.check_migrated().await?;
        let key = SigningKey::load(db.pool(), &Vault::default()).await?;
        Ok(Self { db, key, choices: Choices::default(), today: Clock::System.today() })
    }

    /// The rights of a demo account.
    pub async fn reader(&self, courriel: &str) -> Result<Reader, Faute> {
        let id: Option<i64> =
            sqlx::query_scalar("SELECT id FROM utilisateur WHERE courriel = $1").bind(courriel).fetch_optional(self.db.pool()).await?;
        let id = id.ok_or_else(|| format!("le compte {courriel} manque : la base n'est pas celle d'une démonstration"))?;
        Ok(reader_of(&self.db, id).await?.ok_or("le compte est désactivé")?)
    }

    /// A new session of `reader`: its token, as the cookie holds it.
    pub async fn session(&self, reader: &Reader) -> Result<String, Faute> {
        let token = token::random()?;
        sqlx::query("INSERT INTO session (empreinte, utilisateur_id, expire_le) VALUES ($1, $2, now() + interval '10 hours')")
            .bind(token::hash(&token))
            .bind(reader.user_id)
            .execute(self.db.pool())
            .await?;
        Ok(token)
    }
}
