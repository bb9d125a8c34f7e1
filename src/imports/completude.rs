//! Full files: the rows of a perimeter that no line names. They are lines too, left out until somebody asks for them to be put away,
//! written and taken back like the others.

use sqlx::PgConnection;

use super::genre::Genre;
use super::model::Import;
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::{Arg, Niveau, Reader, Statement, within_scope};
use crate::platform::error::Result;

/// The communes for which a file of this kind may be said complete: those where the person may put rows away.
pub fn possibles<'a>(genre: &Genre, valide: &'a Reader) -> &'a [String] {
    if genre.record.archive.is_some() { valide.communes_of(genre.record.list.access) } else { &[] }
}

/// Puts the rows that no line names beside the lines, with the reason of those that may not be put away; gives how many may.
///
/// # Errors
/// PostgreSQL failed.
pub async fn absentes(connection: &mut PgConnection, context: &Context, (import, genre, personne): (&Import, &Genre, &Personne)) -> Result<i64> {
    let (record, Some(perimeter)) = (genre.record, &import.complet) else { return Ok(0) };
    let Some(column) = record.archive else { return Ok(0) };
    let reader = personne.reader.at(Niveau::Valider);
    let own = possibles(genre, &reader);
    let perimeter: Vec<String> = perimeter.iter().filter(|code| own.contains(code)).cloned().collect();
    let mut statement = Statement::default();
    let id = statement.bind(Arg::Int(import.id));
    let places = statement.bind(Arg::Texts(perimeter));
    let today = statement.bind(Arg::Text(context.clock.today().to_string()));
    let list = statement.bind(Arg::Text(record.list.name.into()));
    let mine = within_scope(&mut statement, record.list, &reader, "t.id")?;
    // A row that other communes see too is theirs as well: a file of some says nothing of it.
    statement.sql = format!(
        "INSERT INTO import_ligne (import_id, demandeur_id, collectivite_id, rang, ligne, verdict, etat, liste, cle, version, reference, nom, valeurs, avant)
         SELECT a.id, a.demandeur_id, a.collectivite_id, a.lues + row_number() OVER (ORDER BY t.id) - 1, 0, 'absente', 'exclue', {list}::text, t.id, t.version,
             t.{numero}::text, ({name})::text, jsonb_build_object('{column}', {today}::text), jsonb_build_object('{column}', NULL)
         FROM {table} t JOIN import a ON a.id = {id}::bigint
         WHERE t.{column} IS NULL AND {communes} <@ {places}::text[] AND cardinality({communes}) > 0 AND {mine}
           AND NOT EXISTS (SELECT 1 FROM import_ligne l WHERE l.import_id = a.id AND l.cle = t.id)",
        numero = genre.numero.colonne,
        name = record.name,
        table = record.table,
        communes = record.communes,
    );
    statement.query()?.execute(&mut *connection).await?;
    let held: Vec<(i64, i64)> = sqlx::query_as("SELECT id, cle FROM import_ligne WHERE import_id = $1 AND verdict = 'absente' ORDER BY rang")
        .bind(import.id)
        .fetch_all(&mut *connection)
        .await?;
    let count = i64::try_from(held.len()).unwrap_or(i64::MAX);
    tenues(connection, (genre, personne), held, "exclue").await?;
    Ok(count)
}

/// Says of lines whose row may not be put away why, and leaves them in `etat`.
async fn tenues(connection: &mut PgConnection, (genre, personne): (&Genre, &Personne), lines: Vec<(i64, i64)>, etat: &str) -> Result<()> {
    for (line, key) in lines {
        if let Some(why) = genre.record.hooks.kept(&mut *connection, personne, key, true).await? {
            sqlx::query("UPDATE import_ligne SET etat = $2, motif = $3 WHERE id = $1")
                .bind(line)
                .bind(etat)
                .bind(why)
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}

/// Of a lot that puts rows away, those that may not be any more: what holds them, asked again once they are locked.
///
/// # Errors
/// PostgreSQL failed.
pub async fn retenues(connection: &mut PgConnection, (genre, personne): (&Genre, &Personne), (id, rangs): (i64, (i64, i64))) -> Result<()> {
    let lines: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT id, cle FROM import_ligne WHERE import_id = $1 AND rang >= $2 AND rang < $3 AND verdict = 'absente' AND etat = 'prevue' ORDER BY rang",
    )
    .bind(id)
    .bind(rangs.0)
    .bind(rangs.1)
    .fetch_all(&mut *connection)
    .await?;
    tenues(connection, (genre, personne), lines, "depassee").await
}

/// Takes the rows that no line names for the writing, those that may be put away; gives how many.
///
/// # Errors
/// PostgreSQL failed.
pub async fn demandees(connection: &mut PgConnection, import: i64) -> Result<u64> {
    let taken =
        sqlx::query("UPDATE import_ligne SET etat = 'prevue' WHERE import_id = $1 AND verdict = 'absente' AND etat = 'exclue' AND motif IS NULL")
            .bind(import)
            .execute(connection)
            .await?;
    Ok(taken.rows_affected())
}
