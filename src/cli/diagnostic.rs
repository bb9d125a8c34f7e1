//! `gardel diagnostic`: one text to join to a request for help. It holds what an installation is and how it is, no secret and nothing of anybody:
//! settings are masked, statements have no values, incidents have none, and whatever is left of a secret or of an e-mail goes at the end.

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use rocket::figment::Figment;
use sqlx::PgPool;

use super::check;
use super::rapport::Rapport;
use super::sortie::{dire, ecrire};
use crate::context::{Context, StartError};
use crate::exploitation::{Bloc, Releve, browser_files, kind_words, program_words, schema_known, session_words};
use crate::platform::clock::Clock;
use crate::platform::config::{Config, Given, with_variables, without_addresses};
use crate::platform::db::{Db, Standing};
use crate::platform::jobs::table;
use crate::platform::store::Files;
use crate::web;

/// What may call itself so in PostgreSQL: anything else may hold a name.
const PROGRAMS: [&str; 6] = ["gardel", "psql", "pg_dump", "pg_basebackup", "walreceiver", "pg_restore"];

/// Where the text goes.
#[derive(Args)]
pub(super) struct Diagnostic {
    /// Fichier où l’écrire, lisible de vous seul ; sans cette option, il s’affiche.
    #[arg(long, value_name = "FICHIER")]
    sortie: Option<PathBuf>,
}

/// Writes the text.
pub(super) async fn run(figment: &Figment, asked: Diagnostic) -> Result<(), StartError> {
    let text = match Config::from_figment(figment) {
        Ok(config) => config.secrets().hide(&made(figment, &config).await),
        Err(error) => unreadable(figment, &error.to_string()),
    };
    let Some(path) = asked.sortie else {
        ecrire(text);
        return Ok(());
    };
    let mut options = std::fs::OpenOptions::new();
    let written = options.write(true).create(true).truncate(true).mode(0o600).open(&path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| StartError::Other(format!("{} ne s’écrit pas : {error}.", path.display())))?;
    dire(format_args!("Diagnostic écrit dans {}. Relisez-le, puis joignez-le à votre demande.", path.display()));
    Ok(())
}

/// What is told of settings that cannot be read: which one, and which are given. What they hold is left out, quoted by the sentence or not.
fn unreadable(figment: &Figment, sentence: &str) -> String {
    let given = Given::of(figment);
    let mut text = head();
    title(&mut text, "Réglages");
    line(&mut text, "Illisibles", &without_addresses(&given.hide(&with_variables(sentence))));
    line(&mut text, "Donnés", &given.names());
    text
}

/// Its first lines: what this program and this machine are.
fn head() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let (release, memory) = (read("/etc/os-release"), read("/proc/meminfo"));
    let field = |text: &str, name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("?").trim().trim_matches('"').to_string();
    let mut text = String::from("# Diagnostic de Gardel\n\n");
    line(&mut text, "Fait le", &format!("{} UTC", Clock::System.now().format("%d/%m/%Y %H:%M:%S")));
    line(&mut text, "Gardel", &program_words());
    line(&mut text, "Schéma connu", &schema_known().to_string());
    line(&mut text, "Fichiers du navigateur", &browser_files().join(", "));
    line(&mut text, "Système", &field(&release, "PRETTY_NAME="));
    line(&mut text, "Noyau", read("/proc/sys/kernel/osrelease").trim());
    line(&mut text, "Processeurs", &std::thread::available_parallelism().map_or(0, usize::from).to_string());
    line(&mut text, "Mémoire", &format!("{} en tout, {} disponible", field(&memory, "MemTotal:"), field(&memory, "MemAvailable:")));
    text
}

async fn made(figment: &Figment, config: &Config) -> String {
    let mut text = head();
    let files = Files::there(config);
    if let Ok(files) = &files
        && let Some((size, free)) = files.disk().await
    {
        line(&mut text, "Disque du dépôt", &format!("{} Mio libres sur {}", free / 1_048_576, size / 1_048_576));
    }
    title(&mut text, "Vérifications (gardel check)");
    let mut report = Rapport::new(false);
    check::look(figment, config, &mut report).await;
    text += &report.texte();
    title(&mut text, "Réglages (ce qui ouvre quelque chose est masqué)");
    for told in config.told() {
        line(&mut text, told.name, told.value.as_deref().unwrap_or("–"));
    }
    if files.is_err() {
        // A context would make it.
        title(&mut text, "Base");
        line(&mut text, "Illisible", "le dépôt de fichiers est à corriger d’abord (voir plus haut).");
        return text;
    }
    let context = match Db::connect(config, None).await.and_then(|db| db.with_replicas(config, None)) {
        Ok(db) => Context::new(config.clone(), db, Clock::System, Arc::new(web::declared())).await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match context {
        Ok(context) => {
            context.db.probe_replicas().await;
            of_base(&mut text, &Releve::take(&context).await);
            of_queues(&mut text, context.db.pool()).await;
        }
        Err(sentence) => {
            title(&mut text, "Base");
            line(&mut text, "Illisible", &sentence);
        }
    }
    text
}

fn title(text: &mut String, words: &str) {
    // Writing into a text cannot fail.
    let _written = writeln!(text, "\n## {words}\n");
}

fn line(text: &mut String, name: &str, value: &str) {
    // As above.
    let _written = writeln!(text, "{name}\u{a0}: {value}");
}

/// The lines of a part, or why there are none.
fn part<T>(text: &mut String, words: &str, read: &Bloc<T>, lines: impl FnOnce(&T) -> Vec<String>) {
    title(text, words);
    match read {
        Ok(read) => {
            let lines = lines(read);
            text.push_str(if lines.is_empty() { "rien\n" } else { "" });
            lines.iter().for_each(|line| *text += &format!("{line}\n"));
        }
        Err(sentence) => line(text, "Illisible", sentence),
    }
}

fn of_base(text: &mut String, all: &Releve) {
    part(text, "PostgreSQL", &all.serveur, |server| {
        vec![
            format!("version {}, démarré le {} UTC", server.version, server.demarre_le.format("%d/%m/%Y %H:%M")),
            format!("base de {} octets, schéma {} ({} étapes)", server.octets, server.schema, server.etapes),
        ]
    });
    part(text, "Réglages de PostgreSQL", &all.reglages_base, |read| read.iter().map(|(name, value)| format!("{name} = {value}")).collect());
    part(text, "Tables (octets, dont index, lignes, lignes mortes)", &all.tables, |tables| {
        tables.iter().map(|one| format!("{} {} {} {} {}", one.nom, one.octets, one.index_octets, one.lignes, one.mortes)).collect()
    });
    part(text, "Index jamais lus (octets)", &all.index, |(since, indexes)| {
        let since = since.map_or_else(|| "la création de la base".to_string(), |since| format!("le {} UTC", since.format("%d/%m/%Y %H:%M")));
        let lines = indexes.iter().map(|one| format!("{} {} {}", one.table_nom, one.nom, one.octets));
        std::iter::once(format!("comptés depuis {since}")).chain(lines).collect()
    });
    part(text, "Verrous et longues transactions", &all.sessions, |(sessions, _)| {
        let seconds = |time: Option<f64>| time.map_or_else(|| "?".to_string(), |time| format!("{time:.0} s"));
        let told = sessions.iter().map(|one| {
            let program = one.programme.as_deref().filter(|name| PROGRAMS.contains(name)).unwrap_or("autre programme");
            format!(
                "processus {} ({program}) : {}, transaction {}, attend {} ({}), bloqué par {}",
                one.pid,
                session_words(one.etat.as_deref()),
                seconds(one.transaction_s),
                one.objet.as_deref().unwrap_or("rien"),
                one.attente.as_deref().unwrap_or("–"),
                blocked_by(&one.bloque_par),
            )
        });
        told.collect()
    });
    let uncounted = all.vue.as_ref().is_ok_and(|vue| !vue.requetes);
    part(text, "Requêtes les plus longues (ms en tout, ms, appels)", &all.requetes, |read| {
        if uncounted {
            return vec!["PostgreSQL ne les compte pas ici (pg_stat_statements)".into()];
        }
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        read.iter().map(|one| format!("{:.0} {:.2} {} {}", one.total_ms, one.moyenne_ms, one.appels, words(&one.texte))).collect()
    });
    part(text, "Erreurs (24 heures, 7 jours)", &all.incidents, |(kinds, last)| {
        let kinds = kinds.iter().map(|kind| format!("{} : {} {}", kind_words(&kind.genre), kind.jour, kind.semaine));
        let last = last.iter().map(|one| {
            format!(
                "{} UTC {} {} {} {} ×{} {} {}",
                one.moment.format("%d/%m/%Y %H:%M:%S"),
                one.genre,
                one.lieu,
                one.code.as_deref().unwrap_or("–"),
                one.demande.as_deref().unwrap_or("–"),
                one.nombre,
                one.programme,
                one.version,
            )
        });
        kinds.chain(last).collect()
    });
    title(text, "Réplicas");
    if all.replicas.as_ref().is_none_or(|states| states.is_empty()) {
        text.push_str("aucun\n");
    }
    for state in all.replicas.iter().flat_map(|states| states.iter()) {
        let words = match state.standing {
            Standing::Serves(_) => "en service",
            Standing::Aside(why) => why.words(),
        };
        let late = state.lag.map_or_else(|| "retard inconnu".to_string(), |lag| format!("retard {} s", lag.as_secs()));
        line(text, &format!("{} ({})", state.number, state.place), &format!("{words}, {late}"));
    }
}

/// Whom a session waits for.
fn blocked_by(pids: &[i32]) -> String {
    if pids.is_empty() { "rien".into() } else { pids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ") }
}

/// What waits, who works, what failed: numbers, and names of programs.
async fn of_queues(text: &mut String, pool: &PgPool) {
    title(text, "Files (prêts, plus tard, en cours, ouvriers, en pause)");
    match table::queue_states(pool).await {
        Ok(states) => {
            for state in states {
                let numbers = format!("{} {} {} {} {}", state.prets, state.plus_tard, state.en_cours, state.ouvriers, state.en_pause);
                line(text, &state.queue, &numbers);
            }
        }
        Err(error) => line(text, "Illisibles", &error.to_string()),
    }
    title(text, "Ouvriers");
    match table::workers(pool).await {
        Ok(workers) => {
            for worker in workers {
                line(
                    text,
                    &worker.nom,
                    &format!("{}, version {}, {}", worker.files.join(" "), worker.version, if worker.vivant { "en vie" } else { "perdu" }),
                );
            }
        }
        Err(error) => line(text, "Illisibles", &error.to_string()),
    }
    title(text, "Travaux échoués, par travail");
    let failed: Result<Vec<(String, i64)>, _> =
        sqlx::query_as("SELECT name, count(*) FROM job WHERE state = 'failed' GROUP BY name ORDER BY count(*) DESC LIMIT 30").fetch_all(pool).await;
    match failed {
        Ok(failed) if failed.is_empty() => text.push_str("aucun\n"),
        Ok(failed) => failed.iter().for_each(|(name, count)| line(text, name, &count.to_string())),
        Err(error) => line(text, "Illisibles", &error.to_string()),
    }
}
