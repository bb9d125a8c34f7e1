//! The SQL that makes the declarations of a campaign and keeps their totals what their stays say. Each statement may be run again: what
//! is there already is left as it is.

use sqlx::{PgConnection, PgExecutor, PgPool};

/// Declarations whose totals are looked at in one statement.
pub const LOT: i64 = 2_000;
/// Differences put together in one statement, and statements in one call.
const BATCH: i64 = 5_000;
const BATCHES_MAX: usize = 200;

/// The communes of a campaign, in order: those of its collectivité on its first day, but those that set their own tax, by a deliberation of
/// their own for that year (CGCT, art. L5211-21).
pub async fn communes(executor: impl PgExecutor<'_>, campagne: i64) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT DISTINCT cc.code_insee::text FROM campagne g JOIN collectivite o ON o.id = g.collectivite_id
         JOIN collectivite_commune cc ON cc.collectivite_id = g.collectivite_id AND cc.depuis <= g.debut AND coalesce(cc.jusqu_au, 'infinity') >= g.debut
         JOIN commune c ON c.code_insee = cc.code_insee
         WHERE g.id = $1 AND NOT EXISTS (
             SELECT 1 FROM deliberation d JOIN deliberation_commune dc ON dc.deliberation_id = d.id
             WHERE dc.code_insee = cc.code_insee AND d.annee = extract(year FROM g.debut) AND d.siren = c.siren AND d.siren <> o.siren)
         ORDER BY 1",
    )
    .bind(campagne)
    .fetch_all(executor)
    .await
}

/// Makes the declarations that are missing in one commune of a campaign; how many. Expected of hosts: whoever has there a lodging that is
/// let and was not closed for the whole period, or owes a stay of it. Of platforms: those that collected there in the period or a year
/// before, or are known to collect. A declaration of another campaign for some of these days is not asked for twice.
pub async fn make(connection: &mut PgConnection, campagne: i64, commune: &str) -> Result<u64, sqlx::Error> {
    // Campaigns are opened one after the other, so that two of them never ask the same declaration.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtext('ouverture des campagnes'))").execute(&mut *connection).await?;
    let made = sqlx::query(
        "WITH g AS (SELECT * FROM campagne WHERE id = $1),
         attendus AS (
             SELECT 'hote' AS collecteur, l.hebergeur_id
             FROM g JOIN logement l ON l.code_insee = $2 AND l.actif JOIN hebergeur h ON h.id = l.hebergeur_id AND h.archive_le IS NULL AND h.inscrit_le <= g.fin
             WHERE g.genre = 'hote' AND NOT coalesce(daterange(g.debut, g.fin, '[]') <@ (SELECT range_agg(daterange(f.debut, f.fin, '[]'))
                 FROM fermeture f WHERE f.logement_id = l.id AND f.retire_le IS NULL), false)
             UNION
             SELECT 'hote', coalesce(lh.hebergeur_id, l.hebergeur_id)
             FROM g JOIN sejour s ON s.code_insee = $2 AND s.date_debut BETWEEN g.debut AND g.fin AND s.collecteur = 'hote' AND s.statut <> 'rejete'
             JOIN logement l ON l.id = s.logement_id
             LEFT JOIN ancien_hebergeur lh ON lh.logement_id = s.logement_id AND lh.debut <= jour_decisif(s.date_debut, s.date_fin, s.date_perception)
                 AND lh.fin > jour_decisif(s.date_debut, s.date_fin, s.date_perception)
             WHERE g.genre = 'hote'
             UNION
             SELECT s.collecteur, NULL FROM g JOIN sejour s ON s.code_insee = $2 AND s.collecteur <> 'hote' AND s.statut <> 'rejete'
                 AND s.date_debut BETWEEN (g.debut - interval '1 year')::date AND g.fin
             WHERE g.genre = 'plateforme'
             UNION
             SELECT k.collecteur, NULL FROM g JOIN logement l ON l.code_insee = $2 JOIN collecte k ON k.logement_id = l.id AND k.retire_le IS NULL
                 AND k.collecteur <> 'hote' AND daterange(k.debut, k.fin, '[]') && daterange(g.debut, g.fin, '[]')
             WHERE g.genre = 'plateforme')
         INSERT INTO declaration (campagne_id, collectivite_id, code_insee, collecteur, hebergeur_id, debut, fin, limite)
         SELECT g.id, g.collectivite_id, $2, a.collecteur, a.hebergeur_id, g.debut, g.fin, g.limite FROM g CROSS JOIN attendus a
         WHERE g.etat IN ('ouverture', 'ouverte') AND NOT EXISTS (SELECT 1 FROM declaration d WHERE d.declarant_id = coalesce(a.hebergeur_id, 0) AND d.code_insee = $2
             AND d.collecteur = a.collecteur AND d.debut <= g.fin AND d.fin >= g.debut)
         ORDER BY a.collecteur, a.hebergeur_id",
    )
    .bind(campagne)
    .bind(commune)
    .execute(connection)
    .await?;
    Ok(made.rows_affected())
}

/// The transactions that are writing in this database: those that write from now on see what was committed before. Not those of other
/// databases of the server, which count no stay and may last for hours.
pub async fn writers(pool: &PgPool) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT DISTINCT l.virtualtransaction FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
         WHERE l.locktype = 'relation' AND l.mode = 'RowExclusiveLock' AND l.granted AND l.pid <> pg_backend_pid()",
    )
    .fetch_all(pool)
    .await
}

/// Whether all of `writers` are over: what was written without seeing new declarations is there, or never will be.
pub async fn passed(pool: &PgPool, writers: &[String]) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT NOT EXISTS (SELECT 1 FROM pg_locks WHERE virtualtransaction = ANY($1))").bind(writers).fetch_one(pool).await
}

/// The stays of each declaration `d` of a lot, as rows of (declaration, stays, person-nights, tax, additional tax).
macro_rules! dit_sql {
    ($days:literal) => {
        concat!(
            "SELECT d.id, s.nuitees, s.montant_base, s.montant_departemental FROM lot d
             CROSS JOIN LATERAL (SELECT l.id FROM logement l WHERE l.hebergeur_id = d.hebergeur_id AND l.code_insee = d.code_insee
                 UNION SELECT lh.logement_id FROM ancien_hebergeur lh WHERE lh.hebergeur_id = d.hebergeur_id) k
             JOIN sejour s ON s.logement_id = k.id AND s.date_debut BETWEEN ", $days, "
             WHERE d.hebergeur_id IS NOT NULL AND s.collecteur = 'hote' AND s.code_insee = d.code_insee AND s.statut <> 'rejete'
                 AND d.hebergeur_id = coalesce((SELECT lh.hebergeur_id FROM ancien_hebergeur lh WHERE lh.logement_id = s.logement_id
                     AND lh.debut <= jour_decisif(s.date_debut, s.date_fin, s.date_perception) AND lh.fin > jour_decisif(s.date_debut, s.date_fin, s.date_perception)),
                     (SELECT l.hebergeur_id FROM logement l WHERE l.id = s.logement_id))
             UNION ALL
             SELECT d.id, s.nuitees, s.montant_base, s.montant_departemental FROM lot d
             JOIN sejour s ON s.code_insee = d.code_insee AND s.collecteur = d.collecteur AND s.date_debut BETWEEN ", $days, "
             WHERE d.hebergeur_id IS NULL AND s.statut <> 'rejete'"
        )
    };
}

/// Adds to the totals of declarations what their stays and monthly totals say and they do not: one statement sees both at one instant, and
/// what others are writing adds its own difference. How many were mended.
pub async fn mend(connection: &mut PgConnection, declarations: &[i64]) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(concat!(
        "WITH lot AS (SELECT * FROM declaration WHERE id = ANY($1)),
         dit AS (",
        dit_sql!("d.debut AND d.fin"),
        ")
         INSERT INTO declaration_compte (declaration_id, sejours, nuitees, montant_base, montant_departemental)
         SELECT t.id, sum(t.sejours), sum(t.nuitees), sum(t.base), sum(t.departemental) FROM (
             SELECT id, 1::bigint AS sejours, nuitees::bigint, montant_base AS base, montant_departemental AS departemental FROM dit
             UNION ALL SELECT m.declaration_id, 0, m.nuitees, m.montant_base, m.montant_departemental FROM total_mensuel m
                 WHERE m.declaration_id = ANY($1) AND m.retire_le IS NULL
             UNION ALL SELECT c.declaration_id, -c.sejours, -c.nuitees, -c.montant_base, -c.montant_departemental FROM declaration_compte c
                 WHERE c.declaration_id = ANY($1)) t
         GROUP BY t.id HAVING sum(t.sejours) <> 0 OR sum(t.nuitees) <> 0 OR sum(t.base) <> 0 OR sum(t.departemental) <> 0"
    ))
    .bind(declarations)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Says of declarations what the same days of the year before made.
pub async fn expect(connection: &mut PgConnection, declarations: &[i64]) -> Result<(), sqlx::Error> {
    sqlx::query(concat!(
        "WITH lot AS (SELECT * FROM declaration WHERE id = ANY($1)),
         dit AS (",
        dit_sql!("(d.debut - interval '1 year')::date AND (d.fin - interval '1 year')::date"),
        ")
         UPDATE declaration d SET attendu = t.montant
         FROM (SELECT id, sum(montant_base + montant_departemental)::bigint AS montant FROM dit GROUP BY id) t WHERE d.id = t.id AND d.attendu <> t.montant"
    ))
    .bind(declarations)
    .execute(connection)
    .await?;
    Ok(())
}

/// The declarations of a campaign after `after`, a lot of them at most.
pub async fn lot(pool: &PgPool, campagne: i64, after: i64) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM declaration WHERE campagne_id = $1 AND id > $2 ORDER BY id LIMIT $3")
        .bind(campagne)
        .bind(after)
        .bind(LOT)
        .fetch_all(pool)
        .await
}

/// Makes the declarations of a campaign and their totals at once, while nobody else writes: for a base that is being filled.
///
/// # Errors
/// PostgreSQL failed.
pub async fn at_once(connection: &mut PgConnection, campagne: i64) -> Result<(), sqlx::Error> {
    for commune in communes(&mut *connection, campagne).await? {
        make(&mut *connection, campagne, &commune).await?;
    }
    let all: Vec<i64> =
        sqlx::query_scalar("SELECT id FROM declaration WHERE campagne_id = $1 ORDER BY id").bind(campagne).fetch_all(&mut *connection).await?;
    mend(&mut *connection, &all).await?;
    expect(connection, &all).await
}

/// Makes one row of the differences of each declaration that was added to since the last time; what they add up to stays what it was.
///
/// # Errors
/// PostgreSQL failed.
pub async fn settle(pool: &PgPool) -> Result<(), sqlx::Error> {
    for _ in 0..BATCHES_MAX {
        let settled = sqlx::query(
            "WITH touchee AS MATERIALIZED (SELECT DISTINCT declaration_id FROM (SELECT declaration_id FROM declaration_compte WHERE ajout LIMIT $1) a),
             prise AS (DELETE FROM declaration_compte c USING touchee t WHERE c.declaration_id = t.declaration_id RETURNING c.*),
             reunie AS (
                 INSERT INTO declaration_compte (declaration_id, sejours, nuitees, montant_base, montant_departemental, ajout)
                 SELECT declaration_id, sum(sejours), sum(nuitees), sum(montant_base), sum(montant_departemental), false FROM prise GROUP BY declaration_id)
             SELECT 1 FROM touchee",
        )
        .bind(BATCH)
        .fetch_optional(pool)
        .await?;
        if settled.is_none() {
            break;
        }
    }
    Ok(())
}
