//! Index et contraintes mis de côté pendant le chargement, puis rétablis tels que la base les décrivait :
//! les reconstruire d'un coup coûte bien moins que les tenir ligne par ligne. Tout reste dans la transaction de l'appelant : interrompue, elle les rend intacts.

use sqlx::{AssertSqlSafe, PgConnection};

/// Tables dont les index secondaires sont mis de côté.
const TABLES: [&str; 4] = ["sejour", "logement", "hebergeur", "hebergeur_commune"];

/// Retire les clés étrangères et l'unicité de `sejour`, et les index qui ne portent pas de contrainte.
/// Rend les instructions qui les rétablissent, dans l'ordre : unicité, index, clés étrangères.
///
/// # Errors
/// Les erreurs de la base, par exemple si l'utilisateur n'est pas propriétaire des tables.
pub async fn suspendre(conn: &mut PgConnection) -> sqlx::Result<Vec<String>> {
    let objets: Vec<(String, String)> = sqlx::query_as(
        "SELECT retirer, retablir FROM (
             SELECT CASE contype WHEN 'u' THEN 1 ELSE 3 END AS ordre, conname::text AS nom,
                    format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS retirer,
                    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
                           pg_get_constraintdef(oid)) AS retablir
             FROM pg_constraint WHERE conrelid = 'sejour'::regclass AND contype IN ('f', 'u')
             UNION ALL
             SELECT 2, indexname::text, format('DROP INDEX %I.%I', schemaname, indexname), indexdef
             FROM pg_indexes
             WHERE schemaname = current_schema() AND tablename = ANY($1)
               AND NOT EXISTS (SELECT 1 FROM pg_constraint
                               WHERE conindid = format('%I.%I', schemaname, indexname)::regclass)
         ) t ORDER BY ordre, nom",
    )
    .bind(TABLES.map(str::to_owned).to_vec())
    .fetch_all(&mut *conn)
    .await?;
    let mut retablir = Vec::with_capacity(objets.len());
    for (retrait, retour) in objets {
        // Noms et définitions viennent du catalogue de la base, déjà protégés par elle.
        sqlx::query(AssertSqlSafe(retrait)).execute(&mut *conn).await?;
        retablir.push(retour);
    }
    Ok(retablir)
}

/// Rétablit ce que [`suspendre`] a retiré. `avance` reçoit le nombre d'objets rétablis et le total.
///
/// # Errors
/// Les erreurs de la base : une clé en double ou orpheline dans ce qui vient d'être chargé.
pub async fn retablir(conn: &mut PgConnection, instructions: &[String], avance: impl Fn(u64, u64)) -> sqlx::Result<()> {
    if instructions.is_empty() {
        return Ok(());
    }
    // Trier en mémoire plutôt que sur disque ; le réglage s'éteint avec la transaction.
    sqlx::query("SET LOCAL maintenance_work_mem = '512MB'").execute(&mut *conn).await?;
    for (fait, instruction) in (1..).zip(instructions) {
        sqlx::query(AssertSqlSafe(instruction.clone())).execute(&mut *conn).await?;
        avance(fait, instructions.len() as u64);
    }
    Ok(())
}
