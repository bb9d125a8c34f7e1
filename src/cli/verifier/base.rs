//! The base: its schema, its references, its sequences, its indexes, the numbers of its journal.

use sqlx::{AssertSqlSafe, Row};

use super::constat::{Avance, Constat};
use super::lecture::{Lecture, damage};
use super::refused;
use crate::cli::sortie::dire;
use crate::context::StartError;
use crate::platform::db::{Db, DbError, MIGRATIONS};
use crate::platform::roles;
use crate::ui::format;

/// Whether the tables are those of this program: without them nothing else is looked at.
///
/// # Errors
/// PostgreSQL failed.
pub(super) async fn schema(db: &Db, lecture: &mut Lecture, constat: &mut Constat) -> Result<bool, StartError> {
    match db.check_migrated().await {
        Ok(()) => {}
        Err(DbError::NotMigrated) => {
            constat.faute("la base n’est pas à niveau pour cette version : vérifiez-la avec la version qui l’a écrite, ou lancez « gardel migrate ».")
        }
        Err(error) => return Err(error.into()),
    }
    let known: Vec<&str> = roles::TABLES.iter().map(|line| line.table).collect();
    let list = known.iter().map(|name| format!("('{name}')")).collect::<Vec<_>>().join(", ");
    let absent = format!("SELECT n.nom FROM (VALUES {list}) n (nom) WHERE to_regclass('public.' || quote_ident(n.nom)) IS NULL ORDER BY 1");
    for row in lecture.ask(&absent).await?.map_err(StartError::Other)? {
        let name: String = row.try_get(0).map_err(refused)?;
        constat.faute(&format!("la table {name} manque."));
    }
    if constat.fautes() == 0 {
        migrations(db, constat).await?;
    }
    let sound = constat.fautes() == 0;
    constat.partie(&format!("Schéma : celui de cette version ({} tables).", known.len()));
    Ok(sound)
}

/// Each step that the base ran is the one that this program holds.
async fn migrations(db: &Db, constat: &mut Constat) -> Result<(), StartError> {
    let ran: Vec<(i64, Vec<u8>)> = sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version")
        .fetch_all(db.statement())
        .await
        .map_err(refused)?;
    let mut newer = 0;
    for (version, checksum) in ran {
        match MIGRATIONS.iter().find(|migration| migration.version == version) {
            None => newer += 1,
            Some(migration) if *migration.checksum == *checksum => {}
            Some(_) => constat.faute(&format!("la migration {version:04} de la base n’est pas celle de cette version.")),
        }
    }
    if newer > 0 {
        dire(format_args!("Attention : la base a {newer} migration(s) que cette version ne connaît pas ; une version plus récente l’a écrite."));
    }
    Ok(())
}

/// Every reference leads to a row. Read from the tables, not from their indexes.
///
/// # Errors
/// PostgreSQL failed.
pub(super) async fn references(lecture: &mut Lecture, constat: &mut Constat) -> Result<(), StartError> {
    let sql = "SELECT c.conname::text, c.conrelid::regclass::text, c.confrelid::regclass::text, c.convalidated,
            format('SELECT count(*) FROM %s e WHERE %s AND NOT EXISTS (SELECT 1 FROM %s p WHERE %s)', c.conrelid::regclass,
                string_agg(format('e.%I IS NOT NULL', a.attname), ' AND ' ORDER BY k.rang), c.confrelid::regclass,
                string_agg(format('p.%I = e.%I', b.attname, a.attname), ' AND ' ORDER BY k.rang)),
            pg_relation_size(c.conrelid)
        FROM pg_constraint c CROSS JOIN LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY k (ici, la, rang)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.ici JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = k.la
        WHERE c.contype = 'f' AND c.conparentid = 0 AND c.connamespace = 'public'::regnamespace GROUP BY c.oid ORDER BY 2, 1";
    let rows = lecture.ask(sql).await?.map_err(StartError::Other)?;
    let mut read = Vec::new();
    for row in &rows {
        let text = |place: usize| row.try_get::<String, _>(place).map_err(refused);
        let bytes: i64 = row.try_get(5).map_err(refused)?;
        read.push((text(0)?, text(1)?, text(2)?, row.try_get::<bool, _>(3).map_err(refused)?, text(4)?, bytes.unsigned_abs() + 1));
    }
    let mut avance = Avance::new("Références", read.iter().map(|one| one.5).sum());
    for (name, from, to, validated, count, bytes) in &read {
        if !validated {
            constat.faute(&format!("la clé étrangère {name} ({from}) n’est pas validée."));
        }
        match lecture.number(count).await? {
            Ok(Some(0) | None) => {}
            Ok(Some(lost)) => constat.faute(&format!("{lost} ligne(s) de {from} mènent à des lignes de {to} qui n’existent pas ({name}).")),
            Err(fault) => constat.faute(&format!("la clé étrangère {name} ({from}) ne se vérifie pas : {fault}.")),
        }
        avance.plus(*bytes, from);
    }
    drop(avance);
    constat.partie(&format!("Clés étrangères : {}, toutes tenues.", read.len()));
    Ok(())
}

/// No sequence is behind the numbers that were given: it would give them again.
///
/// # Errors
/// PostgreSQL failed.
pub(super) async fn suites(lecture: &mut Lecture, constat: &mut Constat) -> Result<(), StartError> {
    let sql = "SELECT s.oid::regclass::text, t.oid::regclass::text || '.' || quote_ident(a.attname), pg_sequence_last_value(s.oid),
            format('SELECT max(%I)::bigint FROM %s', a.attname, t.oid::regclass)
        FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_class t ON t.oid = d.refobjid
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
        WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
            AND t.relnamespace = 'public'::regnamespace ORDER BY 2";
    // The greatest number is at the end of the index of its key; an index that lies is found by its own reading.
    lecture.by_indexes(true).await?;
    let rows = lecture.ask(sql).await?.map_err(StartError::Other)?;
    for row in &rows {
        let text = |place: usize| row.try_get::<String, _>(place).map_err(refused);
        let last: Option<i64> = row.try_get(2).map_err(refused)?;
        match lecture.number(&text(3)?).await? {
            Ok(Some(most)) if last.is_none_or(|last| last < most) => {
                let last = last.map_or_else(|| "aucun".into(), |last| last.to_string());
                constat.faute(&format!("la suite {} a donné {last} pour dernier numéro, et {} va jusqu’à {most}.", text(0)?, text(1)?));
            }
            Ok(_) => {}
            Err(fault) => constat.faute(&format!("{} ne se lit pas : {fault}.", text(1)?)),
        }
    }
    lecture.by_indexes(false).await?;
    constat.partie(&format!("Suites de numéros : {}, toutes au-delà de ce qu’elles ont donné.", rows.len()));
    Ok(())
}

/// No number was given to two lines of the journal.
///
/// # Errors
/// PostgreSQL failed.
pub(super) async fn journal(lecture: &mut Lecture, constat: &mut Constat) -> Result<(), StartError> {
    match lecture.number("SELECT count(*) - count(DISTINCT id) FROM journal").await? {
        Ok(Some(0) | None) => {}
        Ok(Some(twice)) => constat.faute(&format!("{twice} ligne(s) du journal ont un numéro qu’une autre a aussi.")),
        Err(fault) => constat.faute(&format!("le journal ne se lit pas : {fault}.")),
    }
    constat.partie("Journal : chaque ligne a son numéro.");
    Ok(())
}

/// Every index serves and, when `read` and amcheck is in the base, holds each row of its table, in order.
///
/// # Errors
/// PostgreSQL failed.
pub(super) async fn index(db: &Db, constat: &mut Constat, read: bool) -> Result<(), StartError> {
    let all: Vec<(i64, String, bool, bool, i64)> = sqlx::query_as(
        "SELECT c.oid::bigint, c.oid::regclass::text, i.indisvalid AND i.indisready AND i.indislive, c.relkind = 'i' AND m.amname = 'btree',
             pg_relation_size(c.oid)
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
         WHERE c.relnamespace = 'public'::regnamespace ORDER BY 2",
    )
    .fetch_all(db.statement())
    .await
    .map_err(refused)?;
    for (_, name, serves, ..) in &all {
        if !serves {
            constat.faute(&format!("l’index {name} n’est pas valable : REINDEX INDEX CONCURRENTLY {name}."));
        }
    }
    let mut told = format!("Index : {}, tous valables", all.len());
    let amcheck: Option<String> = match read {
        true => sqlx::query_scalar(
            "SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'amcheck'
             AND has_function_privilege(to_regprocedure(format('%I.bt_index_check(regclass, boolean)', n.nspname))::oid, 'EXECUTE')",
        )
        .fetch_optional(db.statement())
        .await
        .map_err(refused)?,
        false => None,
    };
    if let Some(schema) = amcheck {
        let trees: Vec<_> = all.iter().filter(|(_, _, serves, tree, _)| *serves && *tree).collect();
        let mut avance = Avance::new("Index", trees.iter().map(|(.., bytes)| bytes.unsigned_abs() + 1).sum());
        // The name of a schema comes from the base, quoted.
        let sql = format!("SELECT {schema}.bt_index_check($1::bigint::oid::regclass, true)");
        for (oid, name, _, _, bytes) in &trees {
            if let Err(error) = sqlx::query(AssertSqlSafe(sql.clone())).bind(oid).execute(db.statement()).await {
                match damage(&error) {
                    Some(fault) => constat.faute(&format!("l’index {name} est abîmé : {fault}.")),
                    // Dropped meanwhile.
                    None if error.as_database_error().and_then(|cause| cause.code()).is_some_and(|code| ["42P01", "42704"].contains(&&*code)) => {}
                    None => return Err(refused(error)),
                }
            }
            avance.plus(bytes.unsigned_abs() + 1, name);
        }
        told.push_str(&format!(" ; {} relus par amcheck", format::integer(i64::try_from(trees.len()).unwrap_or(i64::MAX))));
    } else if read {
        told.push_str(" ; non relus, faute d’amcheck (CREATE EXTENSION amcheck, sous le compte qui administre PostgreSQL)");
    }
    constat.partie(&format!("{told}."));
    Ok(())
}
