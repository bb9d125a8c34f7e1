//! Accounts from the command line: `gardel user`.

use clap::{Args, Subcommand};

use crate::comptes;
use crate::comptes::Role;
use crate::context::StartError;
use crate::platform::config::Config;
use crate::platform::db::Db;
use crate::platform::token;
use crate::ui::contact;

/// What is done to an account.
#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Ajoute un utilisateur et donne son lien à usage unique.
    Add(UserAdd),
    /// Donne un nouveau lien à un utilisateur (mot de passe oublié).
    Link {
        /// Courriel du compte.
        #[arg(long)]
        courriel: String,
        /// Adresse publique de Gardel, pour le lien.
        #[arg(long, default_value = "http://127.0.0.1:8000")]
        adresse: String,
    },
    /// Change les droits d'un compte : rôle, collectivités, actif ou non. Sert à rendre un rôle quand plus personne ne le peut.
    Change(UserChange),
}

/// Rights to change.
#[derive(Args)]
pub(super) struct UserChange {
    /// Courriel du compte.
    #[arg(long)]
    courriel: String,
    /// agent, administrateur ou exploitant.
    #[arg(long)]
    role: Option<String>,
    /// SIREN de sa collectivité ; à répéter. Remplace celles qu'il avait.
    #[arg(long = "collectivite")]
    collectivites: Vec<String>,
    /// true pour qu'il puisse se connecter, false pour le désactiver et terminer ses sessions.
    #[arg(long)]
    actif: Option<bool>,
    /// Même s'il est le dernier à gérer les droits d'une collectivité : compte volé, personne partie.
    #[arg(long = "meme-dernier")]
    meme_dernier: bool,
    /// Retire son second facteur et termine ses sessions : téléphone perdu, et pas deux administrateurs pour le faire.
    #[arg(long = "sans-second-facteur")]
    sans_second_facteur: bool,
    /// Retire l'identité qui lui est reliée et termine les sessions qu'elle a ouvertes.
    #[arg(long = "sans-identite")]
    sans_identite: bool,
}

/// An account to add.
#[derive(Args)]
pub(super) struct UserAdd {
    /// Courriel, qui sert d'identifiant.
    #[arg(long)]
    courriel: String,
    /// Prénom et nom.
    #[arg(long)]
    nom: String,
    /// agent, administrateur ou exploitant.
    #[arg(long)]
    role: String,
    /// SIREN de sa collectivité ; à répéter s'il y en a plusieurs.
    #[arg(long = "collectivite", required = true)]
    collectivites: Vec<String>,
    /// Adresse publique de Gardel, pour le lien.
    #[arg(long, default_value = "http://127.0.0.1:8000")]
    adresse: String,
}

/// Does `command`.
pub(super) async fn run(config: &Config, command: UserCommand) -> Result<(), StartError> {
    match command {
        UserCommand::Add(user) => add_user(config, &user).await,
        UserCommand::Link { courriel, adresse } => renew_user(config, &courriel, &adresse).await,
        UserCommand::Change(user) => change_user(config, &user).await,
    }
}

async fn add_user(config: &Config, user: &UserAdd) -> Result<(), StartError> {
    let failed = |error: sqlx::Error| StartError::Db(error.into());
    let role = read_role(&user.role)?;
    let db = Db::connect(config, None).await?;
    db.check_migrated().await?;
    let ids = numbers_of(&db, &user.collectivites).await?;
    let token = token::random().map_err(|error| StartError::Other(error.to_string()))?;
    let mut tx = db.pool().begin().await.map_err(failed)?;
    let courriel = contact::email(&user.courriel)
        .ok_or_else(|| StartError::Other("Donnez un courriel complet, par exemple --courriel prenom.nom@ville.gp.".into()))?;
    let added = comptes::add_with_link(&mut tx, &courriel, user.nom.trim(), role, &ids, &token).await.map_err(failed)?;
    if !added {
        return Err(StartError::Other("Ce courriel a déjà un compte.".into()));
    }
    tx.commit().await.map_err(failed)?;
    println!("Compte créé. Lien à usage unique, valable 7 jours :\n{}/invitation/{token}", user.adresse.trim_end_matches('/'));
    Ok(())
}

fn read_role(text: &str) -> Result<Role, StartError> {
    text.parse()
        .ok()
        .filter(|role| *role != Role::SurMesure)
        .ok_or_else(|| StartError::Other("Le rôle est agent, administrateur ou exploitant.".into()))
}

/// The numbers of collectivités given by their SIREN.
async fn numbers_of(db: &Db, sirens: &[String]) -> Result<Vec<i32>, StartError> {
    let ids: Vec<i32> = sqlx::query_scalar("SELECT id FROM collectivite WHERE siren = ANY($1)")
        .bind(sirens)
        .fetch_all(db.pool())
        .await
        .map_err(|error| StartError::Db(error.into()))?;
    if ids.len() != sirens.len() {
        return Err(StartError::Other("Une des collectivités n’existe pas : donnez le SIREN d’une commune ou d’un EPCI du référentiel.".into()));
    }
    Ok(ids)
}

async fn change_user(config: &Config, user: &UserChange) -> Result<(), StartError> {
    let failed = |error: sqlx::Error| StartError::Db(error.into());
    let role = user.role.as_deref().map(read_role).transpose()?;
    if role.is_none() && user.actif.is_none() && user.collectivites.is_empty() && !user.sans_second_facteur && !user.sans_identite {
        return Err(StartError::Other("Rien à changer : donnez --role, --collectivite, --actif ou --sans-second-facteur.".into()));
    }
    let db = Db::connect(config, None).await?;
    db.check_migrated().await?;
    let collectivites = if user.collectivites.is_empty() { None } else { Some(numbers_of(&db, &user.collectivites).await?) };
    let rights = comptes::Rights {
        role,
        actif: user.actif,
        collectivites,
        even_last: user.meme_dernier,
        without_factor: user.sans_second_facteur,
        without_identity: user.sans_identite,
    };
    let mut tx = db.pool().begin().await.map_err(failed)?;
    let changed = comptes::change(&mut tx, &contact::email_key(&user.courriel), &rights).await.map_err(failed)?;
    match changed {
        comptes::Changed::Unknown => return Err(StartError::Other("Ce courriel n’a pas de compte.".into())),
        comptes::Changed::LastManager(places) => {
            return Err(StartError::Other(format!(
                "Plus personne ne gérerait les droits de {places}\u{a0}: rien n’est changé. Donnez d’abord ce rôle à quelqu’un d’autre, ou ajoutez \
                 --meme-dernier si ce compte ne doit plus servir."
            )));
        }
        comptes::Changed::Done => println!("Le compte est changé."),
        comptes::Changed::Same => println!("Le compte était déjà ainsi\u{a0}: rien n’est changé."),
    }
    tx.commit().await.map_err(failed)?;
    Ok(())
}

async fn renew_user(config: &Config, courriel: &str, adresse: &str) -> Result<(), StartError> {
    let failed = |error: sqlx::Error| StartError::Db(error.into());
    let db = Db::connect(config, None).await?;
    db.check_migrated().await?;
    let token = token::random().map_err(|error| StartError::Other(error.to_string()))?;
    let mut tx = db.pool().begin().await.map_err(failed)?;
    if !comptes::new_link(&mut tx, &contact::email_key(courriel), &token).await.map_err(failed)? {
        return Err(StartError::Other("Ce courriel n’a pas de compte actif.".into()));
    }
    tx.commit().await.map_err(failed)?;
    println!("Nouveau lien à usage unique, valable 7 jours :\n{}/invitation/{token}", adresse.trim_end_matches('/'));
    Ok(())
}
