//! What `gardel check` looks at in PostgreSQL: what it is, its clock, the role that connects, what the tables say.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgPool};

use crate::cli::rapport::Rapport;
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::db::{self, Db, Road};
use crate::platform::roles;

/// The oldest PostgreSQL that serves, and the newest that was tried.
const VERSIONS: (i32, i32) = (15, 17);
/// Clocks that differ by more are told, and by more still are a fault: codes of second factors bear half a minute. In milliseconds.
const SKEW_TOLD_MS: i64 = 2_000;
const SKEW_MAX_MS: i64 = 30_000;
/// Share of the connections of the server that may be taken, in hundredths.
const TAKEN_MAX: i64 = 80;

#[derive(FromRow)]
struct Serveur {
    version: String,
    numero: i32,
    encodage: String,
    classement: String,
    minuscules: bool,
    francais: bool,
    change: Option<String>,
    extensions: Option<String>,
    fragiles: Option<String>,
    connexions: i64,
    connexions_max: i64,
    secours: bool,
}

/// Looks at all of it but the tables.
pub(super) async fn server(config: &Config, db: &Db, report: &mut Rapport) {
    let read: Result<Serveur, sqlx::Error> = sqlx::query_as(
        "SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int / 10000 AS numero,
                pg_encoding_to_char(d.encoding)::text AS encodage, d.datcollate::text AS classement, lower('ÉÀÇ') = 'éàç' AS minuscules,
                EXISTS (SELECT 1 FROM pg_collation WHERE collname = 'fr-x-icu') AS francais,
                (SELECT string_agg(collname::text, ', ') FROM pg_collation
                  WHERE collname = 'fr-x-icu' AND collversion <> pg_collation_actual_version(oid)) AS change,
                (SELECT string_agg(e, ', ') FROM unnest(ARRAY['pg_trgm', 'unaccent', 'fuzzystrmatch']) e
                  WHERE e NOT IN (SELECT extname FROM pg_extension)) AS extensions,
                (SELECT string_agg(name, ', ' ORDER BY name) FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off') AS fragiles,
                (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connexions,
                current_setting('max_connections')::bigint AS connexions_max, pg_is_in_recovery() AS secours
         FROM pg_database d WHERE d.datname = current_database()",
    )
    .fetch_one(db.pool())
    .await;
    match read {
        Ok(server) => tell(config, &server, report),
        Err(error) => report.echec("PostgreSQL", format!("ne dit pas ce qu’il est ({error})."), "Regardez ses journaux."),
    }
    clock(db.pool(), report).await;
}

fn tell(config: &Config, server: &Serveur, report: &mut Rapport) {
    let version = format!("version {}", server.version);
    match server.numero {
        old if old < VERSIONS.0 => {
            report.echec("PostgreSQL", format!("{version}, trop ancienne."), format!("Installez PostgreSQL {} ou plus récent.", VERSIONS.0))
        }
        new if new > VERSIONS.1 => {
            report.a_voir(
                "PostgreSQL",
                format!("{version}, plus récente que celles qui ont été essayées ({} à {}).", VERSIONS.0, VERSIONS.1),
                "Essayez d’abord sur une copie.",
            );
        }
        _ => report.bien("PostgreSQL", format!("{version}.")),
    }
    if server.secours {
        report.echec("PostgreSQL", "DATABASE_URL nomme un réplica, où rien ne s’écrit.", "Donnez-lui la base principale.");
    }
    let how = "Recréez la base avec --encoding UTF8 --locale C.UTF-8 --template template0, puis rendez-y une sauvegarde.";
    if server.encodage != "UTF8" {
        report.echec("Encodage", format!("la base est en {}.", server.encodage), how);
    } else if !server.minuscules {
        report.echec("Classement", format!("avec « {} », PostgreSQL ne sait pas mettre « É » en minuscule.", server.classement), how);
    } else {
        report.bien("Encodage et classement", format!("UTF8, {}.", server.classement));
    }
    if !server.francais {
        report.echec(
            "Classement français",
            "PostgreSQL n’a pas « fr-x-icu », par lequel les noms se trient.",
            "Installez un PostgreSQL construit avec ICU (celui de Debian l’est).",
        );
    } else if let Some(name) = &server.change {
        report.a_voir(
            "Classement français",
            format!("« {name} » a changé de version depuis que les index ont été faits : des noms peuvent être mal triés, ou introuvables."),
            "REINDEX DATABASE, puis ALTER COLLATION \"fr-x-icu\" REFRESH VERSION.",
        );
    }
    if let Some(missing) = &server.extensions {
        report.echec("Extensions", format!("il manque {missing}."), "« gardel migrate » sous le compte qui possède la base, ou CREATE EXTENSION.");
    }
    if let Some(settings) = server.fragiles.as_ref().filter(|_| !config.plain_http()) {
        report.a_voir(
            "Durabilité",
            format!("{settings} est à off : une coupure de courant peut perdre la base."),
            "Remettez-le à on, puis rechargez PostgreSQL.",
        );
    }
    let taken = server.connexions * 100 / server.connexions_max.max(1);
    let words = format!("{} prises sur {}.", server.connexions, server.connexions_max);
    if taken > TAKEN_MAX {
        report.a_voir("Connexions", words, "Augmentez max_connections de PostgreSQL, ou baissez GARDEL_BASE_CONNEXIONS.");
    } else {
        report.bien("Connexions", words);
    }
}

/// How far the clock of this machine is from that of PostgreSQL.
async fn clock(pool: &PgPool, report: &mut Rapport) {
    let before = Clock::System.now();
    let Ok(there) = sqlx::query_scalar::<_, DateTime<Utc>>("SELECT clock_timestamp()").fetch_one(pool).await else { return };
    let after = Clock::System.now();
    // Whatever the way took is no difference.
    let skew = if there < before { before - there } else { there.signed_duration_since(after).max(chrono::Duration::zero()) }.num_milliseconds();
    let words = format!("{},{} s d’écart avec celle de PostgreSQL.", skew / 1_000, skew % 1_000 / 100);
    match skew {
        ..=SKEW_TOLD_MS => report.bien("Horloge", words),
        few if few <= SKEW_MAX_MS => report.a_voir("Horloge", words, "Mettez les deux machines à l’heure (NTP)."),
        _ => report.echec("Horloge", words, "Mettez les deux machines à l’heure (NTP) : les codes de second facteur sont refusés."),
    }
}

/// By which way the base is reached.
pub(super) fn road(config: &Config, report: &mut Rapport) {
    const SUBJECT: &str = "Chemin vers la base";
    match db::road(config) {
        Ok(Road::Machine) => report.bien(SUBJECT, "dans la machine."),
        Ok(Road::Verified) => report.bien(SUBJECT, "par TLS, certificat vérifié."),
        Ok(Road::Open) if config.plain_http() => report.bien(SUBJECT, "par le réseau, sans certificat vérifié."),
        Ok(Road::Open) => report.echec(
            SUBJECT,
            "la base est jointe par le réseau sans certificat vérifié.",
            "Ajoutez sslmode=verify-full (et sslrootcert=…) à DATABASE_URL.",
        ),
        Err(error) => report.echec(SUBJECT, error.to_string(), ""),
    }
}

/// Whether the role of the server or of the worker has the rights that its line says.
pub(super) async fn rights(db: &Db, report: &mut Rapport) {
    const SUBJECT: &str = "Droits du compte";
    match roles::lacking(db.pool()).await {
        Ok(None) => {}
        Ok(Some(lacking)) if lacking.is_empty() => report.bien(SUBJECT, "tous ceux dont il se sert."),
        Ok(Some(lacking)) => {
            report.echec(SUBJECT, format!("il lui manque {}.", lacking.join(", ")), "Lancez « gardel roles » sous le compte qui possède les tables.");
        }
        Err(error) => report.echec(SUBJECT, format!("ils n’ont pas pu être lus ({error})."), "Lancez « gardel roles »."),
    }
}
