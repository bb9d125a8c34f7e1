//! The command lines of the two programs.

mod check;
mod cles;
mod diagnostic;
mod rapport;
mod repliques;
mod roles;
mod serveur;
mod sortie;
mod usage;
mod utilisateurs;
mod verifier;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use rocket::figment::Figment;
use tokio::sync::watch;

use crate::context::StartError;
use crate::demo;
use crate::platform::clock::Clock;
use crate::platform::config::{Config, LogFormat};
use crate::platform::db::{Db, EVERYWHERE, MIGRATIONS};
use crate::platform::jobs::{self, QueueSetting, RunnerSettings};
use crate::platform::otlp::Traces;
use crate::platform::vault::Vault;
use crate::platform::{password, store, systemd, telemetry, token};
use crate::{comptes, territoire, web, worker};

/// Gardel : le back-office d'un territoire.
#[derive(Parser)]
#[command(name = "gardel", version, about, long_about = None)]
struct Gardel {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Démarre le serveur web.
    Serve,
    /// Met la base à niveau et charge le référentiel (communes, tarifs).
    Migrate {
        /// Dit seulement si la base est à niveau pour cette version, sans rien y changer ; échoue quand elle ne l’est pas.
        #[arg(long)]
        verifie: bool,
    },
    /// Charge des données de démonstration et les comptes de démonstration.
    Demo {
        /// Nombre de séjours.
        #[arg(long, default_value_t = 100_000)]
        sejours: u64,
        /// Graine : les mêmes données pour le même nombre.
        #[arg(long, default_value_t = 971)]
        graine: u64,
    },
    /// Gère les utilisateurs.
    User {
        #[command(subcommand)]
        command: utilisateurs::UserCommand,
    },
    /// Exige, ou n'exige plus, que les personnes d'une collectivité se connectent par le fournisseur d'identité.
    Identity {
        /// SIREN de la collectivité.
        #[arg(long)]
        siren: String,
        /// true pour l'exiger, false pour revenir au mot de passe (fournisseur en panne, par exemple).
        #[arg(long, action = clap::ArgAction::Set)]
        exigee: bool,
    },
    /// Gère les clés : celle qui signe (places dans les listes, confirmations, cache Redis), celle qui ferme les secrets.
    Keys {
        #[command(subcommand)]
        command: cles::KeysCommand,
    },
    /// Donne leurs droits aux comptes PostgreSQL du serveur et de l’ouvrier. À lancer sous le compte qui possède les tables.
    Roles(roles::Roles),
    /// Vérifie tout ce dont l’installation a besoin, et dit quoi faire ; échoue quand quelque chose est à corriger.
    Check {
        /// Comment le dire : des lignes, ou un objet JSON.
        #[arg(long = "format", value_enum, default_value = "texte")]
        forme: rapport::Forme,
    },
    /// Écrit un texte à joindre à une demande d’aide : versions, réglages, vérifications, erreurs, tailles ; aucun secret, rien de personnel.
    Diagnostic(diagnostic::Diagnostic),
    /// Vérifie qu’une base, rendue par une sauvegarde ou en service, est entière, et les fichiers du dépôt avec elle. Code de sortie : 0 quand tout
    /// est en ordre, 1 quand une faute est trouvée, 2 quand on ne peut pas le savoir.
    Verifier(verifier::Verifier),
}

/// Gardel : l'ouvrier, qui fait les travaux longs.
#[derive(Parser)]
#[command(name = "gardel-worker", version, about, long_about = None)]
struct Worker {
    /// File et nombre de travaux à la fois, par exemple `exports=2` ; à répéter. Les files qui ne sont pas nommées sont
    /// servies aussi, un travail à la fois chacune. Sans cette option : toutes, deux à la fois.
    #[arg(long = "queue", value_name = "FILE=NOMBRE")]
    queues: Vec<QueueSetting>,
    /// Ne sert que les files nommées par --queue : d'autres ouvriers doivent alors servir les autres.
    #[arg(long = "seulement", requires = "queues")]
    only: bool,
    /// Nom de cet ouvrier, unique ; par défaut la machine et le numéro du processus.
    #[arg(long)]
    nom: Option<String>,
    /// Port de /metrics, /livez et /readyz de cet ouvrier (adresse : GARDEL_GESTION_ADRESSE) ; 0 les éteint.
    #[arg(long, default_value_t = 0)]
    gestion_port: u16,
}

/// The program `gardel`.
pub fn gardel() -> ExitCode {
    store::close_to_others();
    let command = match Gardel::try_parse() {
        Ok(read) => read.command,
        Err(error) => return refused(&error),
    };
    if let Command::Verifier(asked) = command {
        return run_to(UNKNOWN, async {
            let config = settings(&rocket::Config::figment())?;
            let _log = telemetry::start_command_log();
            let sound = verifier::run(&config, asked).await?;
            Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        });
    }
    run(async {
        let figment = rocket::Config::figment();
        match command {
            Command::Serve => serveur::serve(figment).await,
            Command::Check { forme } => {
                let _log = telemetry::start_command_log();
                check::run(&figment, forme).await
            }
            Command::Diagnostic(asked) => {
                let _log = telemetry::start_command_log();
                diagnostic::run(&figment, asked).await
            }
            other => {
                let config = settings(&figment)?;
                let _log = telemetry::start_log(LogFormat::Texte);
                match other {
                    Command::Serve | Command::Check { .. } | Command::Diagnostic(_) | Command::Verifier(_) => Ok(()),
                    Command::Migrate { verifie: true } => up_to_date(&config).await,
                    Command::Migrate { verifie: false } => migrate(&config).await,
                    Command::Demo { sejours, graine } => load_demo(&config, sejours, graine).await,
                    Command::User { command } => utilisateurs::run(&config, command).await,
                    Command::Identity { siren, exigee } => require_identity(&config, &siren, exigee).await,
                    Command::Keys { command } => cles::run(&config, command).await,
                    Command::Roles(asked) => roles::run(&config, asked).await,
                }
            }
        }
    })
}

/// A command line that cannot be read, or that asks for help.
fn refused(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            sortie::ecrire(error.render());
            ExitCode::SUCCESS
        }
        _ => {
            eprint!("{}", usage::told(error));
            ExitCode::from(MISUSED)
        }
    }
}

/// The command line of the program `gardel`, as clap reads it.
pub fn gardel_command() -> clap::Command {
    Gardel::command()
}

/// The queues that the program `gardel-worker` serves with these arguments, the name of the program first.
///
/// # Errors
/// What is wrong with them, as the program says it.
pub fn worker_queues<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Result<Vec<QueueSetting>, String> {
    let arguments = Worker::try_parse_from(arguments).map_err(|error| error.to_string())?;
    jobs::served(arguments.queues, arguments.only)
}

/// The program `gardel-worker`.
pub fn gardel_worker() -> ExitCode {
    store::close_to_others();
    let arguments = match Worker::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refused(&error),
    };
    let queues = jobs::served(arguments.queues, arguments.only)
        .unwrap_or_else(|sentence| Worker::command().error(ErrorKind::ArgumentConflict, sentence).exit());
    run(async {
        let mut config = settings(&rocket::Config::figment())?;
        // The port of the settings is the web server's: on one machine the two would collide.
        config.gestion_port = arguments.gestion_port;
        let _log = telemetry::start_log(config.journaux);
        let traces = Traces::start(&config.otel, "gardel-worker", config.environnement.code()).map_err(StartError::Other)?;
        let settings = RunnerSettings { worker: arguments.nom.unwrap_or_else(default_name), queues, ..RunnerSettings::default() };
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(async move {
            systemd::asked_to_stop().await;
            systemd::stopping("Arrêt : les travaux en cours finissent, ou s’arrêtent à leur dernier point de reprise.");
            // Nobody listens any more only when the worker has ended already.
            let _ended = stop.send(true);
        });
        let ended = worker::run(config, settings, stopped).await;
        traces.stop().await;
        ended
    })
}

/// What the program ends with when its command line cannot be read.
const MISUSED: u8 = 2;
/// What the program ends with when nothing could be known.
const UNKNOWN: u8 = 2;

fn run(program: impl Future<Output = Result<(), StartError>>) -> ExitCode {
    run_to(1, async { program.await.map(|()| ExitCode::SUCCESS) })
}

/// Runs a program, which ends with `failed` when it fails.
fn run_to(failed: u8, program: impl Future<Output = Result<ExitCode, StartError>>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("Le système refuse de créer les fils d’exécution : {error}.");
            return ExitCode::from(failed);
        }
    };
    match runtime.block_on(program) {
        Ok(code) => code,
        Err(error) => {
            telemetry::tell_failure(&error.to_string());
            systemd::status(&error.to_string());
            ExitCode::from(failed)
        }
    }
}

fn settings(figment: &Figment) -> Result<Config, StartError> {
    Config::from_figment(figment).map_err(|error| StartError::Other(error.to_string()))
}

/// The password of demo accounts is public: where people work, nobody must sign in with one.
async fn refuse_demo_accounts(config: &Config, db: &Db) -> Result<(), StartError> {
    let open =
        if config.plain_http() { Vec::new() } else { demo::comptes::ouverts(db.pool()).await.map_err(|error| StartError::Db(error.into()))? };
    if open.is_empty() {
        return Ok(());
    }
    Err(StartError::Other(format!(
        "Cette base contient des comptes de démonstration, dont le mot de passe est connu de tous : {}. Donnez une autre base, ou désactivez \
         chacun par « gardel user change --courriel … --actif false ».",
        open.join(", ")
    )))
}

/// Says whether the base is up to date for this version, and changes nothing.
async fn up_to_date(config: &Config) -> Result<(), StartError> {
    Db::connect(config, None).await?.check_migrated().await?;
    println!("La base est à niveau pour cette version.");
    Ok(())
}

async fn migrate(config: &Config) -> Result<(), StartError> {
    let vault = Vault::read(config.cle_secrets.as_deref()).map_err(StartError::Other)?;
    let db = Db::connect(config, None).await?;
    let other = |error: String| StartError::Other(format!("La mise à niveau a échoué : {error}. Rien n’a été changé par l’étape en cause."));
    MIGRATIONS.run(db.pool()).await.map_err(|error| other(error.to_string()))?;
    let mut write = db.write().await.map_err(|error| other(error.to_string()))?;
    territoire::reference::charger(&mut write.tx).await.map_err(|error| other(error.to_string()))?;
    // Names of communes, natures and tariffs stand in every list: servers that run show the new ones at once.
    web::LISTS.iter().flat_map(|list| list.domains).for_each(|domain| write.touch(domain, EVERYWHERE));
    // A base that was restored counts its transactions from another number.
    let moved: bool = sqlx::query_scalar("SELECT suivi_recale()").fetch_one(&mut *write.tx).await.map_err(|error| other(error.to_string()))?;
    write.commit().await.map_err(|error| other(error.to_string()))?;
    if moved {
        println!("Cette base a été restaurée ou copiée : les copies que tiennent des programmes (API) se referont depuis le début.");
    }
    token::SigningKey::load(db.pool(), &vault).await.map_err(cles::failed)?;
    println!("La base est à niveau ; le référentiel (communes, EPCI, tarifs 2026) est chargé.");
    roles::renew(&db).await
}

/// Password of every demo account: the demo is on this machine only.
const DEMO_PASSWORD: &str = "demo-gardel-971!";

async fn load_demo(config: &Config, sejours: u64, graine: u64) -> Result<(), StartError> {
    if !config.plain_http() {
        return Err(StartError::Other(
            "Les comptes de démonstration ont un mot de passe connu : ils ne se chargent qu’avec GARDEL_ENVIRONNEMENT=demo.".into(),
        ));
    }
    let db = Db::connect(config, None).await?;
    db.check_migrated().await?;
    let options = demo::Options { sejours, graine, ..demo::Options::new(Clock::System.today()) };
    let style = ProgressStyle::with_template("{msg:<12} {bar:40} {pos}/{len} ({eta})").map_err(|error| StartError::Other(error.to_string()))?;
    let bar = ProgressBar::new(sejours).with_style(style);
    let report = demo::charger(db.pool(), &options, |step, done, total| {
        bar.set_message(step.to_string());
        bar.set_length(total);
        bar.set_position(done);
    });
    let report = report.await.map_err(|error| StartError::Other(error.to_string()))?;
    bar.finish_and_clear();
    let word = if report.deja { "déjà chargés" } else { "chargés" };
    println!("{} hébergeurs, {} logements et {} séjours {word}.", report.hebergeurs, report.logements, report.sejours);
    let phc = password::hash_now(DEMO_PASSWORD).map_err(StartError::Other)?;
    let mut tx = db.pool().begin().await.map_err(|error| StartError::Db(error.into()))?;
    let accounts = demo::comptes::creer(&mut tx, &phc).await.map_err(|error| StartError::Other(error.to_string()))?;
    tx.commit().await.map_err(|error| StartError::Db(error.into()))?;
    println!("\nComptes de démonstration (mot de passe : {DEMO_PASSWORD}) :");
    for account in accounts {
        println!("  {:<30} {:<15} {}", account.courriel, account.role, account.collectivite);
    }
    Ok(())
}

async fn require_identity(config: &Config, siren: &str, required: bool) -> Result<(), StartError> {
    let db = Db::connect(config, None).await?;
    db.check_migrated().await?;
    if required && config.oidc.is_none() {
        return Err(StartError::Other("Aucun fournisseur d’identité n’est réglé (oidc.emetteur…) : plus personne n’entrerait.".into()));
    }
    let failed = |error: sqlx::Error| StartError::Db(error.into());
    let mut tx = db.pool().begin().await.map_err(failed)?;
    if !comptes::require_identity(&mut tx, siren, required).await.map_err(failed)? {
        return Err(StartError::Other(format!("Aucune collectivité n’a le SIREN {siren}.")));
    }
    tx.commit().await.map_err(failed)?;
    println!("{}", if required { "C’est exigé, dès maintenant." } else { "Ce n’est plus exigé : les mots de passe ouvrent de nouveau." });
    Ok(())
}

fn default_name() -> String {
    format!("{}-{}", RunnerSettings::default().machine, std::process::id())
}
