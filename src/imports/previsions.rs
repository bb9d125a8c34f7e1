//! What taking an import back would do, counted before anybody confirms it: by the conditions under which a lot is undone.

use super::genre::Genre;
use super::model::Import;
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::{Arg, Niveau, Statement, within_scope};
use crate::platform::error::Result;

/// Lines beyond which what would be kept is not counted: the undoing says it.
const COMPTEES_MAX: i64 = 20_000;

/// What an undoing would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prevision {
    /// Rows that go.
    pub retirees: i64,
    /// Rows that are as before again.
    pub remises: i64,
    /// Rows that stay as they are.
    pub gardees: i64,
    /// Whether what stays was looked for.
    pub compte: bool,
}

/// Counts what taking `import` back would do, in the name of `personne`.
///
/// # Errors
/// PostgreSQL failed.
pub async fn annulation(context: &Context, personne: &Personne, (import, genre): (&Import, &Genre)) -> Result<Prevision> {
    // One that is taken back already goes over the rows that it left.
    let states: &[&str] = if import.state() == "annule" { &["ecrite", "gardee"] } else { &["ecrite"] };
    let (created, changed): (i64, i64) = sqlx::query_as(
        "SELECT count(*) FILTER (WHERE verdict = 'nouvelle'), count(*) FILTER (WHERE verdict <> 'nouvelle') FROM import_ligne
         WHERE import_id = $1 AND etat = ANY ($2)",
    )
    .bind(import.id)
    .bind(states)
    .fetch_one(context.db.statement())
    .await?;
    if created + changed > COMPTEES_MAX {
        return Ok(Prevision { retirees: created, remises: changed, gardees: 0, compte: false });
    }
    let (record, own) = (genre.record, personne.reader.at(Niveau::Saisir));
    let mut statement = Statement::default();
    let id = statement.bind(Arg::Int(import.id));
    let mine = within_scope(&mut statement, record.list, &own, "t.id")?;
    let decided = within_scope(&mut statement, record.list, &own.at(Niveau::Valider), "t.id")?;
    let states = statement.bind(Arg::Texts(states.iter().map(ToString::to_string).collect()));
    // Bound where it stands in the text, and only there: the same text with one value more or less is another statement, which a connection
    // that knows the first would refuse.
    let alone = genre.statut.map_or_else(
        || "false".to_string(),
        |statut| {
            let who = statement.bind(Arg::Int(own.user_id));
            format!("coalesce(jsonb_exists(l.avant, '{}'), false) AND {}", statut.colonne, statut.seul.replace("{}", &format!("{who}::bigint")))
        },
    );
    statement.sql = format!(
        "SELECT count(*) FILTER (WHERE l.verdict = 'nouvelle' AND t.version = coalesce(l.version, 0) + 1 AND NOT ({tenue})),
             count(*) FILTER (WHERE l.verdict <> 'nouvelle' AND t.version = l.version + 1 AND (l.verdict = 'changee' OR {decided}) AND NOT ({alone}))
         FROM import_ligne l JOIN {table} t ON t.id = l.cle WHERE l.import_id = {id}::bigint AND l.etat = ANY ({states}::text[]) AND {mine}",
        tenue = genre.tenue,
        table = record.table,
    );
    let arguments = statement.arguments()?;
    let (retirees, remises): (i64, i64) =
        sqlx::query_as_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_one(context.db.statement()).await?;
    Ok(Prevision { retirees, remises, gardees: created + changed - retirees - remises, compte: true })
}
