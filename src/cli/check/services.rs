//! What `gardel check` looks at beside PostgreSQL: keys, store, Redis, mail, the identity provider; and, through a context, files and queues.

use crate::cli::rapport::Rapport;
use crate::comptes;
use crate::context::{Context, NOT_OPENED};
use crate::exports;
use crate::platform::cache::Cache;
use crate::platform::config::Config;
use crate::platform::db::Db;
use crate::platform::jobs::table::QueueState;
use crate::platform::oidc::Provider;
use crate::platform::otlp;
use crate::platform::smtp::Mailer;
use crate::platform::store::Files;
use crate::platform::token::{self, SigningKey};
use crate::platform::vault::{Vault, VaultError};

/// Free bytes of the disk of the store below which it is told, and below which files are soon refused; and the share of it, in hundredths.
const FREE_TOLD_BYTES: u64 = 2 * 1024 * 1024 * 1024;
const FREE_MIN_BYTES: u64 = 200 * 1024 * 1024;
const FREE_TOLD_SHARE: u64 = 10;

/// The store: a small file is written, read back and removed; what is left of the disk.
pub(super) async fn store(config: &Config, report: &mut Rapport) -> Option<Files> {
    const SUBJECT: &str = "Dépôt de fichiers";
    let files = match Files::there(config) {
        Ok(files) => files,
        Err(sentence) => {
            report.echec(SUBJECT, sentence, "Corrigez STORAGE_URL, ou donnez le dossier au compte de Gardel.");
            return None;
        }
    };
    if let Some((words, what)) = s3_settings(config) {
        report.echec(SUBJECT, words, what);
        return None;
    }
    if let Err(error) = files.probe().await {
        report.echec(SUBJECT, format!("{error} {}", error.detail()).trim_end(), "Vérifiez STORAGE_URL et ses droits.");
        return None;
    }
    report.bien(SUBJECT, "un fichier y a été écrit, relu et retiré.");
    if let Some((size, free)) = files.disk().await {
        let words = format!("{} Mio libres sur {}.", free / 1_048_576, size / 1_048_576);
        if free < FREE_MIN_BYTES {
            report.echec("Disque du dépôt", words, "Libérez de la place\u{a0}: exports et envois vont être refusés.");
        } else if free < FREE_TOLD_BYTES || free < size / 100 * FREE_TOLD_SHARE {
            report.a_voir("Disque du dépôt", words, "Libérez de la place, ou agrandissez le disque.");
        } else {
            report.bien("Disque du dépôt", words);
        }
    }
    Some(files)
}

/// What keeps an S3 store from being spoken to, seen in the environment alone: the library tries for long, and names none of it.
fn s3_settings(config: &Config) -> Option<(String, &'static str)> {
    let given = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let endpoint = given("AWS_ENDPOINT").or_else(|| given("AWS_ENDPOINT_URL"));
    // Amazon's own machines are given keys by other ways.
    let endpoint = endpoint.filter(|_| config.storage_url.starts_with("s3://"))?;
    if endpoint.starts_with("http://") && given("AWS_ALLOW_HTTP").as_deref() != Some("true") {
        let words = "AWS_ENDPOINT est en http://, que rien ne chiffre, et AWS_ALLOW_HTTP=true n’est pas donné.";
        return Some((words.into(), "Donnez une adresse en https://, ou AWS_ALLOW_HTTP=true pour un dépôt de cette machine ou d’un réseau privé."));
    }
    let missing: Vec<&str> = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].into_iter().filter(|name| given(name).is_none()).collect();
    (!missing.is_empty()).then(|| (format!("il manque {}.", missing.join(" et ")), "Donnez la clé d’accès du dépôt et son secret."))
}

/// Redis: a word is written, read back and removed. Without it pages are made more slowly, and right.
pub(super) async fn redis(config: &Config, report: &mut Rapport) {
    if config.redis_url.is_none() {
        return report.bien("Cache", format!("en mémoire, {} Mio par serveur.", config.cache_mio));
    }
    match Cache::new(config, &SigningKey::none()) {
        Err(sentence) => report.echec("Cache", sentence, "Corrigez REDIS_URL."),
        Ok(cache) => match cache.probe().await {
            Some(Err(words)) => report.a_voir("Cache", format!("{words}. Les pages se font sans lui."), "Démarrez Redis, ou corrigez REDIS_URL."),
            _ => report.bien("Cache", "Redis\u{a0}: un mot y a été écrit, relu et retiré."),
        },
    }
}

/// Asks the mail server to let us in; nothing is sent.
pub(super) async fn mail(config: &Config, report: &mut Rapport) {
    const SUBJECT: &str = "Courriels";
    let Some(smtp) = &config.smtp else {
        return report.bien(SUBJECT, "aucun serveur de messagerie (smtp.url)\u{a0}; les liens se remettent sur papier.");
    };
    let mailer = match Mailer::new(smtp) {
        Ok(mailer) => mailer,
        Err(sentence) => return report.echec(SUBJECT, sentence, ""),
    };
    match mailer.check().await {
        Ok(()) => report.bien(SUBJECT, "le serveur de messagerie répond et accepte Gardel\u{a0}; rien n’a été envoyé."),
        Err(kept) => report.echec(SUBJECT, kept.sentence, kept.advice),
    }
}

/// Asks the collector of traces whether it answers. One that does not stops nobody: the service does without it.
pub(super) async fn traces(config: &Config, report: &mut Rapport) {
    const SUBJECT: &str = "Traces";
    match otlp::check(&config.otel).await {
        Ok(true) => report.bien(SUBJECT, "le collecteur répond."),
        Ok(false) => report.bien(SUBJECT, "aucun collecteur (OTEL_EXPORTER_OTLP_ENDPOINT)\u{a0}; aucune n’est envoyée."),
        Err(sentence) => report.a_voir(SUBJECT, sentence, "Le service n’en dépend pas\u{a0}; les traces se perdent d’ici là."),
    }
}

/// Asks the identity provider who it is, or says that what requires one has none.
pub(super) async fn identity(config: &Config, db: Option<&Db>, report: &mut Rapport) {
    if let (Some(oidc), Some(place)) = (&config.oidc, &config.adresse_publique) {
        let asked = match Provider::new(oidc, place) {
            Ok(provider) => provider.check().await,
            Err(sentence) => Err(sentence),
        };
        return match asked {
            Ok(()) => report.bien("Connexion par un fournisseur", format!("{} répond, ses clés servent.", oidc.nom)),
            Err(sentence) => report.echec("Connexion par un fournisseur", format!("{}\u{a0}: {sentence}", oidc.nom), ""),
        };
    }
    let Some(db) = db else { return };
    match comptes::identity_required_somewhere(db.pool()).await {
        Ok(0) => {}
        Ok(waiting) => report.a_voir(
            "Connexion par un fournisseur",
            format!("{waiting} collectivité(s) en exigent un, et aucun n’est réglé\u{a0}: les mots de passe ouvrent."),
            "Réglez oidc, ou lancez «\u{a0}gardel identity --siren … --exigee false\u{a0}».",
        ),
        Err(error) => report.echec("Connexion par un fournisseur", format!("ce qui est exigé n’a pas pu être lu ({error})."), ""),
    }
}

/// The keys: those of the base open, and are under the key of the settings.
pub(super) async fn keys(config: &Config, db: Option<&Db>, report: &mut Rapport) {
    const SUBJECT: &str = "Secrets de la base";
    let vault = match Vault::read(config.cle_secrets.as_deref()) {
        Ok(vault) => vault,
        Err(sentence) => return report.echec("Clé des secrets", sentence, ""),
    };
    let Some(db) = db else {
        return report.bien("Clé des secrets", if vault.has_key() { "lisible." } else { "aucune." });
    };
    match SigningKey::load(db.pool(), &vault).await {
        Ok(_) => {}
        Err(sqlx::Error::Decode(cause)) if cause.is::<VaultError>() => return report.echec(SUBJECT, NOT_OPENED, ""),
        Err(error) => {
            return report.echec(
                "Clés de signature",
                format!("elles ne sont pas dans la base, ou ce compte ne peut pas les lire ({error})."),
                "Sous le compte qui possède les tables, lancez «\u{a0}gardel migrate\u{a0}», puis «\u{a0}gardel roles\u{a0}» si les comptes ont changé.",
            );
        }
    }
    let counted =
        async { Ok::<_, sqlx::Error>(token::secrets_elsewhere(db.pool(), &vault).await? + comptes::factors_elsewhere(db.pool(), &vault).await?) };
    match (counted.await, vault.has_key()) {
        (Ok(0), true) => report.bien(SUBJECT, "sous la clé de cle_secrets."),
        (Ok(clear), true) => {
            report.a_voir(SUBJECT, format!("{clear} ne sont pas sous la première clé de cle_secrets."), "Lancez «\u{a0}gardel keys seal\u{a0}».")
        }
        (Ok(_), false) if config.plain_http() => report.bien(SUBJECT, "en clair, comme dans une démonstration."),
        (Ok(_), false) => {
            report.a_voir(SUBJECT, "en clair\u{a0}; qui lit une sauvegarde les lit.", "Voyez cle_secrets (GARDEL_CLE_SECRETS) dans le guide.")
        }
        (Err(sqlx::Error::Decode(cause)), _) if cause.is::<VaultError>() => report.echec(SUBJECT, NOT_OPENED, ""),
        (Err(error), _) => report.echec(SUBJECT, format!("ils n’ont pas pu être lus ({error})."), ""),
    }
}

/// Looks whether the last files that are announced to people are in the store.
pub(super) async fn announced(context: &Context, report: &mut Rapport) {
    const SUBJECT: &str = "Fichiers annoncés";
    match exports::absent(context).await {
        Ok(absent) if absent.is_empty() => report.bien(SUBJECT, "les derniers sont dans le dépôt."),
        Ok(absent) => {
            let numbers: Vec<String> = absent.iter().map(|(id, error)| format!("n° {id} ({})", error.to_string().trim_end_matches('.'))).collect();
            let words = format!("Des fichiers annoncés ne sont pas dans le dépôt\u{a0}: exports {}.", numbers.join(", "));
            report.echec(SUBJECT, words, "Vérifiez STORAGE_URL, ou restaurez le dépôt.");
        }
        Err(error) => report.echec(SUBJECT, error.to_string(), ""),
    }
}

/// Says which queues nobody serves. Before the first worker that is only told; once jobs wait for nobody it is a fault.
pub(super) fn queues(states: &[QueueState], report: &mut Rapport) {
    const SUBJECT: &str = "Ouvriers";
    let name = |state: &QueueState| state.queue.clone();
    let unserved: Vec<String> = states.iter().filter(|state| state.ouvriers == 0).map(name).collect();
    let stuck: Vec<String> = states.iter().filter(|state| state.is_stuck()).map(name).collect();
    if !stuck.is_empty() {
        let words = format!("Des travaux attendent dans des files qu’aucun ouvrier ne sert\u{a0}: {}.", stuck.join(", "));
        report.echec(SUBJECT, words, "Démarrez «\u{a0}gardel-worker\u{a0}» sans «\u{a0}--seulement\u{a0}».");
    } else if unserved.is_empty() {
        report.bien(SUBJECT, "toutes les files sont servies.");
    } else {
        report.a_voir(
            SUBJECT,
            format!("aucun pour {}\u{a0}; aucun travail n’y attend.", unserved.join(", ")),
            "Démarrez «\u{a0}gardel-worker\u{a0}».",
        );
    }
}
