//! The SQL of the actions. Names of tables and columns come from declarations.

use sqlx::{PgConnection, PgPool};

use super::etats::{ANNULE, APPLIQUE, ARRETE, AVANCE, RECULE, SUSPEND, Way};
use super::model::{BulkAction, Demand, OUT_OF_REACH_MAX, Row, UNDO_DAYS};
use crate::champs::{self, Apart};
use crate::listing::{Arg, Choices, Narrowed, Query, Reader, Statement, within_scope};
use crate::motifs::Motif;
use crate::platform::db::Db;
use crate::platform::error::Result as AppResult;
use crate::platform::jobs::states::LIVING;
use crate::platform::states::Passage;

/// Actions forgotten in one statement: each may hold a million rows.
const FORGET_BATCH: i64 = 1;

/// The ticked rows, as the statement that an action puts aside.
fn keys_of(keys: &[i64]) -> Statement {
    let mut statement = Statement::default();
    let bound = statement.bind(Arg::Ints(keys.to_vec()));
    statement.sql = format!("SELECT k.cle, k.rang - 1 AS rang FROM unnest({bound}::bigint[]) WITH ORDINALITY k (cle, rang)");
    statement
}

/// Who asks, for [`insert`].
pub struct Asker {
    /// The person.
    pub id: i64,
    /// Their main collectivité.
    pub collectivite_id: Option<i32>,
}

/// Adds an action; `None` when this confirmation was already sent.
pub async fn insert(
    connection: &mut PgConnection,
    demand: &Demand,
    action: &BulkAction,
    words: &str,
    motif: Option<&Motif>,
    asker: &Asker,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO action (jeton, liste, nom, libelle, valeur, requete, filtres, jour, etendue, instantane, demandeur_id, collectivite_id,
             confirmees, annulable_jusqu_au, motif_id, motif_precision, sommes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, now() + make_interval(days => $14), $15, $16, $17)
         ON CONFLICT (jeton) DO NOTHING RETURNING id",
    )
    .bind(&demand.nonce)
    .bind(&demand.liste)
    .bind(&demand.nom)
    .bind(action.label)
    .bind(action.value)
    .bind(&demand.requete)
    .bind(words)
    .bind(demand.jour)
    .bind(demand.etendue.code())
    .bind(&demand.instantane)
    .bind(asker.id)
    .bind(asker.collectivite_id)
    .bind(demand.total)
    .bind(UNDO_DAYS)
    .bind(motif.map(|motif| motif.id))
    .bind(motif.and_then(|motif| motif.precision.as_deref()))
    .bind(&demand.sommes)
    .fetch_optional(connection)
    .await
}

/// The action that a confirmation made.
pub async fn of_nonce(db: &Db, nonce: &str) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM action WHERE jeton = $1").bind(nonce).fetch_optional(db.statement()).await
}

/// Ties an action to its job.
pub async fn attach(connection: &mut PgConnection, id: i64, job_id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE action SET job_id = $2 WHERE id = $1").bind(id).bind(job_id).execute(connection).await?;
    Ok(())
}

/// The statement of the keys: the ticked ones, or all of the question.
pub async fn keys(db: &Db, choices: &Choices, query: &Query, reader: &Reader, ticked: Option<&[i64]>) -> AppResult<Statement> {
    match ticked {
        Some(keys) => Ok(keys_of(keys)),
        None => Narrowed::look_up(db, choices, query, reader).await?.keys(),
    }
}

/// Puts the rows aside with their value and version, in one statement: one instant of the data. A
/// row written since the count, or that was not in it, is set apart. Returns how many are to be changed.
pub async fn stage(
    connection: &mut PgConnection,
    id: i64,
    action: &BulkAction,
    mut keys: Statement,
    reader: &Reader,
    (snapshot, whole): (&str, bool),
) -> AppResult<i64> {
    let (champ, text) = (action.champ, Arg::Text);
    let own = keys.bind(Arg::Int(id));
    let snapshot = keys.bind(text(snapshot.into()));
    let value = keys.bind(text(action.value.into()));
    let from = keys.bind(Arg::Texts(action.from.iter().map(ToString::to_string).collect()));
    let mine = within_scope(&mut keys, champ.list, reader, "t.id")?;
    let (column, table, cast, communes) = (champ.sql, champ.table, champ.cast, champ.communes);
    // Looked up in a table of keys made once. A confirmation of the version before this one has kept none.
    let outside = if whole {
        "OR (EXISTS (SELECT 1 FROM action_choix c JOIN action a ON a.jeton = c.jeton WHERE a.id = {own}::bigint) AND t.id NOT IN (SELECT c.cle FROM confirmees c))"
            .replace("{own}", &own)
    } else {
        String::new()
    };
    let reason =
        if champ.motives.is_empty() { "NULL::integer AS motif, NULL::text AS mots" } else { "t.motif_id AS motif, t.motif_precision AS mots" };
    let apart = apart_of(action.apart(), reader);
    let sql = format!(
        "WITH confirmees AS MATERIALIZED (
             SELECT unnest(c.cles) AS cle FROM action_choix c JOIN action a ON a.jeton = c.jeton WHERE a.id = {own}::bigint),
         lus AS MATERIALIZED (
             SELECT t.id AS cle, t.version, (t.{column})::text AS avant, {reason}, k.rang, {communes} AS communes,
                 CASE WHEN NOT inchangee_depuis(t.xmin, {snapshot}::text::pg_snapshot) {outside} THEN 'changee'
                      WHEN t.{column} IS NOT DISTINCT FROM {value}::text::{cast} THEN 'deja'
                      WHEN {apart} THEN 'refusee'
                      WHEN cardinality({from}::text[]) = 0 OR (t.{column})::text = ANY({from}::text[]) THEN 'prevue'
                      ELSE 'refusee' END AS sort
             FROM ({}) k JOIN {table} t ON t.id = k.cle::bigint WHERE {mine}),
         ajout AS (
             INSERT INTO action_ligne (action_id, rang, cle, version, avant, motif_avant, precision_avant, etat)
             SELECT {own}::bigint, row_number() OVER (ORDER BY sort = 'changee', rang) - 1, cle, version, avant, motif, mots, sort
             FROM lus WHERE sort IN ('prevue', 'changee')),
         comptes AS (
             SELECT count(*) FILTER (WHERE sort = 'prevue') AS retenues, count(*) FILTER (WHERE sort = 'deja') AS deja,
                 count(*) FILTER (WHERE sort = 'refusee') AS refusees, count(*) FILTER (WHERE sort = 'changee') AS changees FROM lus),
         lieux AS (SELECT ARRAY(SELECT DISTINCT unnest(communes) FROM lus WHERE sort = 'prevue') AS communes)
         UPDATE action a SET etat = 'en_cours', retenues = c.retenues, deja = c.deja, refusees = c.refusees, changees = c.changees,
             communes = l.communes, collectivite_id = coalesce(lieu(l.communes), a.collectivite_id)
         FROM comptes c, lieux l WHERE a.id = {own}::bigint RETURNING a.retenues",
        keys.sql
    );
    sqlx::query("DELETE FROM action_ligne WHERE action_id = $1").bind(id).execute(&mut *connection).await?;
    let arguments = keys.arguments()?;
    let staged = sqlx::query_scalar_with(sqlx::AssertSqlSafe(sql), arguments).fetch_one(&mut *connection).await?;
    sqlx::query("DELETE FROM action_choix c USING action a WHERE a.id = $1 AND c.jeton = a.jeton").bind(id).execute(connection).await?;
    Ok(staged)
}

/// The rows `t` that `reader` leaves to another person.
fn apart_of(apart: Option<&Apart>, reader: &Reader) -> String {
    // A number of ours, not of a request.
    apart.map_or_else(|| "false".into(), |apart| format!("coalesce({}, false)", apart.on("t", &reader.user_id.to_string())))
}

/// Changes the rows of the ranks `from..to`, each only while its version is the expected one; the
/// others are marked. Returns how many changed, and the communes that see them.
pub async fn write_lot(
    connection: &mut PgConnection,
    row: &Row,
    action: &BulkAction,
    reader: &Reader,
    (from, to): (i64, i64),
    way: Way,
) -> AppResult<(i64, Vec<String>)> {
    let (champ, id) = (action.champ, row.id);
    lock_lot(&mut *connection, id, champ.table, (from, to)).await?;
    let mut statement = Statement::default();
    let own = statement.bind(Arg::Int(id));
    let (first, end) = (statement.bind(Arg::Int(from)), statement.bind(Arg::Int(to)));
    let who = statement.bind(Arg::Int(reader.user_id));
    let mine = within_scope(&mut statement, champ.list, reader, "t.id")?;
    let (value, version, left) = match way {
        Way::Forth => (format!("{}::text", statement.bind(Arg::Text(action.value.into()))), "l.version", "ecartee"),
        Way::Back => ("l.avant".to_string(), "l.version + 1", "laissee"),
    };
    let reason = match way {
        Way::Forth => champs::reason(&mut statement, champ, row.motif_id.map(|id| (id, row.motif_precision.as_deref()))),
        Way::Back if champ.motives.is_empty() => String::new(),
        Way::Back => ", motif_id = l.motif_avant, motif_precision = l.precision_avant".into(),
    };
    let (table, column, cast, communes) = (champ.table, champ.sql, champ.cast, champ.communes);
    // Put back, a value may be one that asks for another person.
    let apart = match (way, champ.apart) {
        (Way::Back, Some(apart)) => {
            let values: Vec<String> = apart.values.iter().map(|value| format!("'{value}'")).collect();
            format!("l.avant IN ({}) AND {}", values.join(", "), apart_of(Some(apart), reader))
        }
        _ => apart_of(action.apart(), reader),
    };
    let lot = format!("l.action_id = {own}::bigint AND l.rang >= {first}::bigint AND l.rang < {end}::bigint AND l.etat = 'prevue'");
    let sql = format!(
        "WITH ecrites AS (
             UPDATE {table} t SET {column} = {value}::{cast}{reason}, version = t.version + 1, modifie_le = now(), modifie_par = {who}::bigint
             FROM action_ligne l WHERE {lot} AND t.id = l.cle AND t.version = {version} AND {mine} AND NOT ({apart})
             RETURNING l.rang, {communes} AS communes),
         autres AS (
             UPDATE action_ligne l SET etat = '{left}' WHERE {lot} AND NOT EXISTS (SELECT 1 FROM ecrites e WHERE e.rang = l.rang))
         SELECT (SELECT count(*) FROM ecrites), ARRAY(SELECT DISTINCT unnest(communes) FROM ecrites)"
    );
    let arguments = statement.arguments()?;
    Ok(sqlx::query_as_with(sqlx::AssertSqlSafe(sql), arguments).fetch_one(connection).await?)
}

/// Locks the rows of a lot in the order of their keys: two actions on the same rows wait for each
/// other, never in a ring.
async fn lock_lot(connection: &mut PgConnection, id: i64, table: &'static str, (from, to): (i64, i64)) -> Result<(), sqlx::Error> {
    let sql = format!(
        "SELECT t.id FROM {table} t JOIN action_ligne l ON l.cle = t.id
         WHERE l.action_id = $1 AND l.rang >= $2 AND l.rang < $3 AND l.etat = 'prevue' ORDER BY t.id FOR UPDATE OF t"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).bind(from).bind(to).execute(connection).await?;
    Ok(())
}

/// Writes how far the work is, in the transaction of the lot; false when the action was meanwhile
/// taken the other way.
pub async fn advance(connection: &mut PgConnection, id: i64, way: Way, done: i64, changed: i64) -> Result<bool, sqlx::Error> {
    let (sql, passage) = match way {
        Way::Forth => {
            ("UPDATE action SET etat = $4, avancement = $2, modifiees = modifiees + $3, erreur = NULL WHERE id = $1 AND etat = ANY($5)", AVANCE)
        }
        Way::Back => (
            "UPDATE action SET etat = $4, annule_avancement = $2, restaurees = restaurees + $3, erreur = NULL WHERE id = $1 AND etat = ANY($5)",
            RECULE,
        ),
    };
    let written = sqlx::query(sql).bind(id).bind(done).bind(changed).bind(passage.to).bind(passage.from).execute(connection).await?;
    Ok(written.rows_affected() == 1)
}

/// Says that the work is done; false when the action was meanwhile taken the other way.
pub async fn finish(connection: &mut PgConnection, id: i64, way: Way) -> Result<bool, sqlx::Error> {
    let sql = match way {
        Way::Forth => "UPDATE action SET etat = $2, fini_le = now(), erreur = NULL WHERE id = $1 AND etat = ANY($3)",
        Way::Back => "UPDATE action SET etat = $2, annule_le = now(), erreur = NULL WHERE id = $1 AND etat = ANY($3)",
    };
    let end = way.end();
    let written = sqlx::query(sql).bind(id).bind(end.to).bind(end.from).execute(connection).await?;
    Ok(written.rows_affected() == 1)
}

/// Writes how an action, or its undoing, ended on its way; false when that had ended already, or when the
/// other was on its way.
pub async fn give_up(connection: &mut PgConnection, id: i64, passage: &Passage, cause: &str) -> Result<bool, sqlx::Error> {
    let written = sqlx::query("UPDATE action SET etat = $2, erreur = $4, fini_le = now() WHERE id = $1 AND etat = ANY($3)")
        .bind(id)
        .bind(passage.to)
        .bind(passage.from)
        .bind(cause)
        .execute(connection)
        .await?;
    Ok(written.rows_affected() == 1)
}

/// Takes an action for its undoing: true once only, however often it is asked for. One that is wholly
/// applied waits for nobody: its job has only its own end left to write, and a worker may have died there.
pub async fn begin_undo(connection: &mut PgConnection, id: i64, person: i64) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query(
        "UPDATE action a SET etat = $3, annule_par = $2
         WHERE id = $1 AND modifiees > 0 AND annulable_jusqu_au > now() AND etat = ANY($4)
           AND (etat = $5 OR NOT EXISTS (SELECT 1 FROM job j WHERE j.id IN (a.job_id, a.annule_job_id) AND j.state = ANY($6)))",
    )
    .bind(id)
    .bind(person)
    .bind(ANNULE.to)
    .bind(ANNULE.from)
    .bind(APPLIQUE.to)
    .bind(LIVING)
    .execute(connection)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Rows that an undoing would put back and that `reader` may not change, counted up to a bound. Those that somebody
/// wrote since are not among them: nobody puts them back.
pub async fn out_of_reach(connection: &mut PgConnection, row: &Row, action: &BulkAction, reader: &Reader) -> AppResult<i64> {
    let champ = action.champ;
    let mut statement = Statement::default();
    let own = statement.bind(Arg::Int(row.id));
    let (first, end) = (statement.bind(Arg::Int(row.annule_avancement)), statement.bind(Arg::Int(row.avancement)));
    let mine = within_scope(&mut statement, champ.list, reader, "t.id")?;
    let sql = format!(
        "SELECT count(*) FROM (
             SELECT 1 FROM action_ligne l JOIN {} t ON t.id = l.cle
             WHERE l.action_id = {own}::bigint AND l.rang >= {first}::bigint AND l.rang < {end}::bigint AND l.etat = 'prevue'
               AND t.version = l.version + 1 AND NOT ({mine}) LIMIT {OUT_OF_REACH_MAX}) x",
        champ.table
    );
    let arguments = statement.arguments()?;
    Ok(sqlx::query_scalar_with(sqlx::AssertSqlSafe(sql), arguments).fetch_one(connection).await?)
}

/// Ties an undoing to its job.
pub async fn attach_undo(connection: &mut PgConnection, id: i64, job_id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE action SET annule_job_id = $2 WHERE id = $1").bind(id).bind(job_id).execute(connection).await?;
    Ok(())
}

const ROW: &str = "SELECT a.id, a.liste, a.nom, a.libelle, a.requete, a.filtres, a.jour, a.instantane, a.demandeur_id,
         u.nom::text AS demandeur, a.collectivite_id, a.etat, a.job_id, a.confirmees, a.retenues, a.deja, a.refusees, a.changees, a.avancement,
         a.modifiees, a.erreur, a.cree_le, a.fini_le, a.annule_par, d.nom::text AS annuleur, a.annule_job_id, a.annule_avancement, a.restaurees,
         a.annule_le, a.annulable_jusqu_au, a.annulable_jusqu_au > now() AS annulable,
         a.motif_id, m.libelle::text AS motif_libelle, a.motif_precision, a.sommes, a.communes, j.state AS job_state,
         extract(epoch FROM coalesce(j.finished_at, now()) - j.started_at)::bigint AS job_seconds, j.error AS job_error,
         job_devant(j.id) AS devant, job_motif(j.id) AS attente
     FROM action a JOIN utilisateur u ON u.id = a.demandeur_id LEFT JOIN utilisateur d ON d.id = a.annule_par
     LEFT JOIN motif m ON m.id = a.motif_id LEFT JOIN job j ON j.id = coalesce(a.annule_job_id, a.job_id) WHERE a.id = ";

/// An action, for its work.
pub async fn row(connection: &mut PgConnection, id: i64) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as(sqlx::AssertSqlSafe(format!("{ROW} $1"))).bind(id).fetch_optional(connection).await
}

/// An action that the reader may see: the scope of the list of actions.
pub async fn seen(db: &Db, reader: &Reader, id: i64) -> AppResult<Option<Row>> {
    let mut statement = Statement::default();
    let key = statement.bind(Arg::Int(id));
    let mine = within_scope(&mut statement, &super::list::ACTIONS, reader, "a.id")?;
    statement.sql = format!("{ROW} {key}::bigint AND {mine}");
    let arguments = statement.arguments()?;
    Ok(sqlx::query_as_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_optional(db.statement()).await?)
}

/// Rows that were left aside, the first `limit` of each sort, as far as the reader may see them: sort,
/// key, and how they are called. The first column of a list that has actions is one of its own table.
pub async fn left_aside(db: &Db, action: &BulkAction, reader: &Reader, id: i64, limit: i64) -> AppResult<Vec<(String, i64, String)>> {
    let list = action.champ.list;
    let mut statement = Statement::default();
    let own = statement.bind(Arg::Int(id));
    let rights = within_scope(&mut statement, list, reader, "a.cle")?;
    statement.sql = format!(
        "SELECT a.etat, a.cle, ({})::text FROM (
             SELECT a.*, row_number() OVER (PARTITION BY a.etat ORDER BY a.rang) AS place
             FROM action_ligne a WHERE a.action_id = {own}::bigint AND a.etat <> 'prevue' AND {rights}) a
         JOIN {} b ON {} = a.cle WHERE a.place <= {limit} ORDER BY a.etat, a.rang",
        list.columns[0].sql, list.table, list.id.0
    );
    let arguments = statement.arguments()?;
    Ok(sqlx::query_as_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_all(db.statement()).await?)
}

/// How many rows of each sort were left aside.
pub async fn left_counts(db: &Db, id: i64) -> Result<Vec<(String, i64)>, sqlx::Error> {
    sqlx::query_as("SELECT etat, count(*) FROM action_ligne WHERE action_id = $1 AND etat <> 'prevue' GROUP BY etat")
        .bind(id)
        .fetch_all(db.statement())
        .await
}

/// Says of the actions whose job is over that they are: one called off before it ran says nothing.
pub async fn settle(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE action a SET etat = CASE WHEN a.etat = ANY($1) THEN $2 ELSE $3 END
         WHERE a.etat IN ('en_attente', 'en_cours', 'annulation')
           AND NOT EXISTS (SELECT 1 FROM job j WHERE j.id IN (a.job_id, a.annule_job_id) AND j.state = ANY($4))",
    )
    .bind(SUSPEND.from)
    .bind(SUSPEND.to)
    .bind(ARRETE.to)
    .bind(LIVING)
    .execute(pool)
    .await?;
    Ok(())
}

/// Forgets the rows of an action that can no longer be undone; false when there is none left.
pub async fn forget_rows(pool: &PgPool) -> Result<bool, sqlx::Error> {
    let gone = sqlx::query(
        "DELETE FROM action_ligne WHERE action_id IN (
             SELECT a.id FROM action a WHERE a.annulable_jusqu_au < now() AND EXISTS (SELECT 1 FROM action_ligne l WHERE l.action_id = a.id)
             ORDER BY a.annulable_jusqu_au LIMIT $1)",
    )
    .bind(FORGET_BATCH)
    .execute(pool)
    .await?;
    Ok(gone.rows_affected() > 0)
}

/// Removes the actions older than `months`: their filters may hold a name.
pub async fn purge(pool: &PgPool, months: i32) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM action WHERE cree_le < now() - make_interval(months => $1) AND annulable_jusqu_au < now()")
        .bind(months)
        .execute(pool)
        .await?;
    Ok(())
}
