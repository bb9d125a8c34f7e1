//! Hosts that look like one: the same number somewhere, or nearly the same name.

use sqlx::PgConnection;

use crate::platform::error::Result;

/// Hosts told as alike.
const ALIKE_MAX: i64 = 5;

/// A host that looks like the one in question.
pub struct Alike {
    pub id: i64,
    pub numero: String,
    pub nom: String,
    /// What is alike.
    pub why: String,
}

/// The hosts of `communes` that look like `[name, SIRET, e-mail, telephone]`, but for host `except` and those that were merged
/// into another.
///
/// # Errors
/// PostgreSQL failed.
pub async fn alike(connection: &mut PgConnection, communes: &[String], known: [Option<&str>; 4], except: Option<i64>) -> Result<Vec<Alike>> {
    let [nom, siret, courriel, telephone] = known;
    // Each way by its own index; those of the person's communes only.
    let found: Vec<(i64, String, String, bool, bool, bool, bool)> = sqlx::query_as(
        "SELECT h.id, h.numero, h.nom, h.siret = $3 IS TRUE, h.courriel = $4 IS TRUE, h.telephone = $5 IS TRUE, h.archive_le IS NOT NULL FROM (
             SELECT id FROM (SELECT id FROM (SELECT id, nom FROM hebergeur h WHERE mots @@ mots_cherches($2) AND h.id IS DISTINCT FROM $7
                     AND EXISTS (SELECT 1 FROM hebergeur_commune hc WHERE hc.hebergeur_id = h.id AND hc.code_insee = ANY($1)) LIMIT 500) p
                 ORDER BY sans_accents(nom) = sans_accents($2) DESC, similarity(sans_accents(nom), sans_accents($2)) DESC LIMIT 20) n
             UNION SELECT id FROM (SELECT id FROM hebergeur WHERE mots @@ mots_cherches($3) AND siret = $3 LIMIT 20) s
             UNION SELECT id FROM (SELECT id FROM hebergeur WHERE mots @@ mots_cherches($4) AND courriel = $4 LIMIT 20) c
             UNION SELECT id FROM (SELECT id FROM hebergeur WHERE mots @@ mots_cherches($5) AND telephone = $5 LIMIT 20) t) k
         JOIN hebergeur h USING (id)
         WHERE EXISTS (SELECT 1 FROM hebergeur_commune hc WHERE hc.hebergeur_id = h.id AND hc.code_insee = ANY($1))
           AND NOT EXISTS (SELECT 1 FROM fusion f WHERE f.absorbee_id = h.id AND f.annulee_le IS NULL)
         AND h.id IS DISTINCT FROM $7
         ORDER BY 4 DESC, 5 DESC, 6 DESC, sans_accents(h.nom) = sans_accents($2) IS TRUE DESC, h.nom, h.id LIMIT $6",
    )
    .bind(communes)
    .bind(nom)
    .bind(siret)
    .bind(courriel)
    .bind(telephone)
    .bind(ALIKE_MAX)
    .bind(except)
    .fetch_all(connection)
    .await?;
    let alike = |(id, numero, nom, siret, courriel, telephone, away): (i64, String, String, bool, bool, bool, bool)| {
        let same: Vec<&str> = [(siret, "le même SIRET"), (courriel, "le même courriel"), (telephone, "le même téléphone")]
            .into_iter()
            .filter_map(|(same, words)| same.then_some(words))
            .collect();
        let why = if same.is_empty() { "un nom proche".to_string() } else { same.join(", ") };
        Alike { id, numero, nom, why: if away { format!("{why}\u{a0}; archivé") } else { why } }
    };
    Ok(found.into_iter().map(alike).collect())
}
