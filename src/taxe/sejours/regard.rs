//! What the stays of a file were checked against, and may have changed since.

/// The tax is that of the lodging and of the deliberations as they were looked at: a lot waits for whoever changes that lodging, or they for
/// these stays. What the check had not seen (migration 0091) is what changed since, however short the time between its reading and its end.
pub const AVANT: &str = "WITH regard AS (
             SELECT p.vu, p.fini_le FROM import_lot p WHERE p.import_id = $1 AND p.etape = 'verification' AND p.debut < $3 AND p.fin > $2 ORDER BY p.debut LIMIT 1),
         lignes AS MATERIALIZED (
             SELECT l.rang, coalesce((l.valeurs->>'logement_id')::bigint, s.logement_id) AS logement, coalesce(l.valeurs->>'code_insee', s.code_insee) AS code,
                 (l.valeurs->>'calcul')::jsonb AS calcul, l.verdict = 'nouvelle' AS neuve
             FROM import_ligne l LEFT JOIN sejour s ON s.id = l.cle
             WHERE l.import_id = $1 AND l.rang >= $2 AND l.rang < $3 AND l.etat = 'prevue'
               AND (l.verdict = 'nouvelle' OR l.verdict = 'changee' AND l.valeurs ?| ARRAY['calcul', 'tarif', 'categorie_id', 'montant_base', 'montant_departemental'])),
         tenus AS MATERIALIZED (
             SELECT g.id, g.code_insee, g.xmin AS version, g.modifie_le FROM logement g WHERE g.id IN (SELECT l.logement FROM lignes l) ORDER BY g.id FOR SHARE),
         connus AS (
             SELECT t.id, t.code_insee FROM tenus t LEFT JOIN regard r ON true WHERE NOT coalesce(change_depuis(t.version, r.vu), t.modifie_le > r.fini_le, true)),
         nouveaux AS MATERIALIZED (
             SELECT DISTINCT c.code_insee FROM deliberation_commune c JOIN deliberation d ON d.id = c.deliberation_id CROSS JOIN regard r
             WHERE c.code_insee IN (SELECT l.code FROM lignes l) AND coalesce(change_depuis(d.xmin, r.vu), d.modifie_le > r.fini_le))
         SELECT l.rang, CASE WHEN l.neuve THEN 'Le logement a été modifié ou retiré depuis la vérification : le séjour n’est pas créé. Vérifiez le fichier de nouveau.'
             ELSE 'Le logement a été modifié ou retiré depuis la vérification : le séjour reste comme il est. Vérifiez le fichier de nouveau.' END
         FROM lignes l WHERE NOT EXISTS (SELECT 1 FROM connus k WHERE k.id = l.logement AND k.code_insee = l.code)
         UNION ALL
         SELECT l.rang, CASE WHEN l.neuve THEN 'Le tarif de la commune a changé depuis la vérification : le séjour n’est pas créé. Vérifiez le fichier de nouveau.'
             ELSE 'Le tarif de la commune a changé depuis la vérification : le séjour reste comme il est. Vérifiez le fichier de nouveau.' END
         FROM lignes l WHERE EXISTS (SELECT 1 FROM connus k WHERE k.id = l.logement AND k.code_insee = l.code)
           AND (l.code IN (SELECT n.code_insee FROM nouveaux n)
                OR EXISTS (SELECT 1 FROM jsonb_array_elements(CASE WHEN jsonb_typeof(l.calcul) = 'array' THEN l.calcul END) e WHERE e->>'deliberation' IS NOT NULL
                    AND NOT EXISTS (SELECT 1 FROM deliberation d JOIN deliberation_commune c ON c.deliberation_id = d.id
                        WHERE c.code_insee = l.code AND d.date_deliberation = (e->>'deliberation')::date)))";
