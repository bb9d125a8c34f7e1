//! Keys from the command line: the one that signs, and the one that closes the secrets of the base.

use clap::Subcommand;

use crate::comptes;
use crate::context::{NOT_OPENED, StartError};
use crate::platform::config::Config;
use crate::platform::db::Db;
use crate::platform::token;
use crate::platform::vault::{Vault, VaultError};

#[derive(Subcommand)]
pub(super) enum KeysCommand {
    /// Fait une clé, qui signera dans dix minutes ; celle d'avant ouvre encore ce qu'elle a signé, les plus anciennes non.
    Rotate,
    /// Met tous les secrets de la base sous la première clé du fichier de cle_secrets. À lancer quand on l'installe, et
    /// quand on en change.
    Seal,
}

/// Does what is asked.
pub(super) async fn run(config: &Config, command: KeysCommand) -> Result<(), StartError> {
    let vault = Vault::read(config.cle_secrets.as_deref()).map_err(StartError::Other)?;
    match command {
        KeysCommand::Rotate => rotate(config, &vault).await,
        KeysCommand::Seal => seal(config, &vault).await,
    }
}

async fn rotate(config: &Config, vault: &Vault) -> Result<(), StartError> {
    let db = Db::connect(config, None).await?;
    db.check_migrated().await?;
    let number = token::SigningKey::rotate(db.pool(), vault).await.map_err(failed)?;
    let number = number.ok_or_else(|| {
        StartError::Other(
            "Une clé a été faite il y a moins de dix minutes : des serveurs ne la connaissent pas encore. Attendez, puis recommencez.".into(),
        )
    })?;
    println!("Clé de signature n° {number} faite. Les serveurs en service l’apprennent seuls ; elle signe dans dix minutes.");
    Ok(())
}

/// What a key that could not be read or made means.
pub(super) fn failed(error: sqlx::Error) -> StartError {
    match &error {
        sqlx::Error::Decode(cause) if cause.is::<VaultError>() => StartError::Other(NOT_OPENED.into()),
        _ => StartError::Db(error.into()),
    }
}

async fn seal(config: &Config, vault: &Vault) -> Result<(), StartError> {
    if !vault.has_key() {
        let text = "cle_secrets (GARDEL_CLE_SECRETS) ne nomme aucun fichier de clés. « openssl rand -base64 32 » fait une clé.";
        return Err(StartError::Other(text.into()));
    }
    let db = Db::connect(config, None).await?;
    db.check_migrated().await?;
    let mut tx = db.pool().begin().await.map_err(failed)?;
    let keys = token::SigningKey::seal_again(&mut tx, vault).await.map_err(failed)?;
    let factors = comptes::seal_factors(&mut tx, vault).await.map_err(failed)?;
    tx.commit().await.map_err(failed)?;
    println!("Mis sous la première clé : {keys} clé(s) de signature, {factors} second(s) facteur(s). Le reste y était déjà.");
    Ok(())
}
