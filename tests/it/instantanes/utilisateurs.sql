-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /utilisateurs?tri=nom (administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.nom ASC, b.id ASC;

-- /utilisateurs?tri=-nom (administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.nom DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.nom DESC, b.id DESC;

-- /utilisateurs?tri=nom&fin=1 (administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.nom DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.nom DESC, b.id DESC;

-- /utilisateurs?tri=-nom&fin=1 (administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.nom ASC, b.id ASC;

-- /utilisateurs?tri=connexion (administrateur)
SELECT b.id::text, b.connecte_le::text, (b.nom)::text, (b.id)::text
    FROM (SELECT *
    FROM ((SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND b.connecte_le IS NOT NULL AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.connecte_le ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND b.connecte_le IS NULL AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.connecte_le ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY (b.connecte_le IS NULL), b.connecte_le ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY (b.connecte_le IS NULL), b.connecte_le ASC, b.id ASC;

-- /utilisateurs?tri=-connexion (administrateur)
SELECT b.id::text, b.connecte_le::text, (b.nom)::text, (b.id)::text
    FROM (SELECT *
    FROM ((SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND b.connecte_le IS NOT NULL AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND b.connecte_le IS NULL AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY (b.connecte_le IS NULL), b.connecte_le DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY (b.connecte_le IS NULL), b.connecte_le DESC, b.id DESC;

-- /utilisateurs?tri=connexion&fin=1 (administrateur)
SELECT b.id::text, b.connecte_le::text, (b.nom)::text, (b.id)::text
    FROM (SELECT *
    FROM ((SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND b.connecte_le IS NULL AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND b.connecte_le IS NOT NULL AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY (b.connecte_le IS NULL) DESC, b.connecte_le DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY (b.connecte_le IS NULL) DESC, b.connecte_le DESC, b.id DESC;

-- /utilisateurs?tri=-connexion&fin=1 (administrateur)
SELECT b.id::text, b.connecte_le::text, (b.nom)::text, (b.id)::text
    FROM (SELECT *
    FROM ((SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND b.connecte_le IS NULL AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.connecte_le ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND b.connecte_le IS NOT NULL AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.connecte_le ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY (b.connecte_le IS NULL) DESC, b.connecte_le ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY (b.connecte_le IS NULL) DESC, b.connecte_le ASC, b.id ASC;

-- /utilisateurs?tri=creation (administrateur)
SELECT b.id::text, b.cree_le::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.cree_le ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.cree_le ASC, b.id ASC;

-- /utilisateurs?tri=-creation (administrateur)
SELECT b.id::text, b.cree_le::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.cree_le DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.cree_le DESC, b.id DESC;

-- /utilisateurs?tri=creation&fin=1 (administrateur)
SELECT b.id::text, b.cree_le::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.cree_le DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.cree_le DESC, b.id DESC;

-- /utilisateurs?tri=-creation&fin=1 (administrateur)
SELECT b.id::text, b.cree_le::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.cree_le ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.cree_le ASC, b.id ASC;

-- /utilisateurs?tri=courriel (administrateur)
WITH ensemble AS MATERIALIZED (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le, (b.courriel)::text COLLATE "C" AS tri
    FROM utilisateur b 
    WHERE EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    LIMIT 10001) SELECT page.*, tout.nombre AS ensemble
    FROM (SELECT count(*) AS nombre
    FROM ensemble) tout
    LEFT JOIN (SELECT b.id::text, b.tri::text, (b.nom)::text, (b.id)::text, row_number() OVER (ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC) AS rang_de_page
    FROM (SELECT b.*
    FROM ensemble b
    WHERE ((b.tri IS NOT NULL) OR (b.tri IS NULL)) AND (SELECT count(*)
    FROM ensemble) <= 10000
    ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC
    LIMIT 51) b ) page ON true
    ORDER BY page.rang_de_page;

-- /utilisateurs?role=agent&role_sauf=1 (administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, ((b.role = $2::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM utilisateur b
    WHERE true AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 20000) b
    WHERE ((b.role = $2::text::text) IS NOT TRUE) OR b.marche = 20000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.nom ASC, b.id ASC;

-- /utilisateurs?q=mangrove (administrateur, mots rares)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE b.id = $2::bigint AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE b.id = $3::bigint AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.nom ASC, b.id ASC;

-- /utilisateurs?q=mangrove (administrateur, référence)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE b.id = $2::bigint AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE b.id = $3::bigint AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.nom ASC, b.id ASC;

-- /utilisateurs?q=mangrove (administrateur, mots courants)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, ((strpos($2::text::tsquery, '@') > 0 AND sans_accents(b.nom || ' ' || b.courriel) LIKE '%' || regexp_replace(sans_accents($2::text::tsquery), '([\\%_])', '\\\1', 'g') || '%' OR strpos($2::text::tsquery, '@') = 0 AND sans_accents(b.nom || ' ' || b.courriel) %> sans_accents($2::text::tsquery))) IS TRUE AS trouve, b.marche = 4000 AS borne
    FROM (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM utilisateur b
    WHERE true AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[]))
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 4000) b
    WHERE ((strpos($2::text::tsquery, '@') > 0 AND sans_accents(b.nom || ' ' || b.courriel) LIKE '%' || regexp_replace(sans_accents($2::text::tsquery), '([\\%_])', '\\\1', 'g') || '%' OR strpos($2::text::tsquery, '@') = 0 AND sans_accents(b.nom || ' ' || b.courriel) %> sans_accents($2::text::tsquery))) OR b.marche = 4000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.nom ASC, b.id ASC;

-- /utilisateurs?role=agent (administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[])) AND b.role = $2::text::text
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.nom ASC, b.id ASC;

-- /utilisateurs?q=mangrove&role=agent (administrateur, mots rares)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE b.id = $3::bigint AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[])) AND b.role = $2::text::text
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE b.id = $4::bigint AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[])) AND b.role = $2::text::text
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.nom ASC, b.id ASC;

-- /utilisateurs?q=mangrove&role=agent (administrateur, référence)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE b.id = $3::bigint AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[])) AND b.role = $2::text::text
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE b.id = $4::bigint AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[])) AND b.role = $2::text::text
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.nom ASC, b.id ASC;

-- /utilisateurs?q=mangrove&role=agent (administrateur, mots courants)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, ((strpos($2::text::tsquery, '@') > 0 AND sans_accents(b.nom || ' ' || b.courriel) LIKE '%' || regexp_replace(sans_accents($2::text::tsquery), '([\\%_])', '\\\1', 'g') || '%' OR strpos($2::text::tsquery, '@') = 0 AND sans_accents(b.nom || ' ' || b.courriel) %> sans_accents($2::text::tsquery))) IS TRUE AS trouve, b.marche = 4000 AS borne
    FROM (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM utilisateur b
    WHERE true AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[])) AND b.role = $3::text::text
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 4000) b
    WHERE ((strpos($2::text::tsquery, '@') > 0 AND sans_accents(b.nom || ' ' || b.courriel) LIKE '%' || regexp_replace(sans_accents($2::text::tsquery), '([\\%_])', '\\\1', 'g') || '%' OR strpos($2::text::tsquery, '@') = 0 AND sans_accents(b.nom || ' ' || b.courriel) %> sans_accents($2::text::tsquery))) OR b.marche = 4000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.nom ASC, b.id ASC;

-- /utilisateurs?actif=true (administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[])) AND b.actif = $2::text::boolean
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.nom ASC, b.id ASC;

-- /utilisateurs?connecte_le_min=2026-01-01 (administrateur)
SELECT b.id::text, b.connecte_le::text, (b.nom)::text, (b.id)::text
    FROM (SELECT *
    FROM ((SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND b.connecte_le IS NOT NULL AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[])) AND b.connecte_le >= ($2::date::timestamp AT TIME ZONE 'America/Guadeloupe')
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND b.connecte_le IS NULL AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[])) AND b.connecte_le >= ($2::date::timestamp AT TIME ZONE 'America/Guadeloupe')
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY (b.connecte_le IS NULL), b.connecte_le DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY (b.connecte_le IS NULL), b.connecte_le DESC, b.id DESC;

-- /utilisateurs?q=mangrove&connecte_le_min=2026-01-01 (administrateur, mots rares)
SELECT b.id::text, b.connecte_le::text, (b.nom)::text, (b.id)::text
    FROM (SELECT *
    FROM ((SELECT b.*
    FROM ((SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE b.id = $3::bigint AND b.connecte_le IS NOT NULL AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[])) AND b.connecte_le >= ($2::date::timestamp AT TIME ZONE 'America/Guadeloupe')
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE b.id = $4::bigint AND b.connecte_le IS NOT NULL AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[])) AND b.connecte_le >= ($2::date::timestamp AT TIME ZONE 'America/Guadeloupe')
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM ((SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE b.id = $3::bigint AND b.connecte_le IS NULL AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[])) AND b.connecte_le >= ($2::date::timestamp AT TIME ZONE 'America/Guadeloupe')
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE b.id = $4::bigint AND b.connecte_le IS NULL AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[])) AND b.connecte_le >= ($2::date::timestamp AT TIME ZONE 'America/Guadeloupe')
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY (b.connecte_le IS NULL), b.connecte_le DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY (b.connecte_le IS NULL), b.connecte_le DESC, b.id DESC;

-- /utilisateurs?q=mangrove&connecte_le_min=2026-01-01 (administrateur, référence)
SELECT b.id::text, b.connecte_le::text, (b.nom)::text, (b.id)::text
    FROM (SELECT *
    FROM ((SELECT b.*
    FROM ((SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE b.id = $3::bigint AND b.connecte_le IS NOT NULL AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[])) AND b.connecte_le >= ($2::date::timestamp AT TIME ZONE 'America/Guadeloupe')
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE b.id = $4::bigint AND b.connecte_le IS NOT NULL AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[])) AND b.connecte_le >= ($2::date::timestamp AT TIME ZONE 'America/Guadeloupe')
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM ((SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE b.id = $3::bigint AND b.connecte_le IS NULL AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[])) AND b.connecte_le >= ($2::date::timestamp AT TIME ZONE 'America/Guadeloupe')
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE b.id = $4::bigint AND b.connecte_le IS NULL AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[])) AND b.connecte_le >= ($2::date::timestamp AT TIME ZONE 'America/Guadeloupe')
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY (b.connecte_le IS NULL), b.connecte_le DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY (b.connecte_le IS NULL), b.connecte_le DESC, b.id DESC;

-- /utilisateurs?q=mangrove&connecte_le_min=2026-01-01 (administrateur, mots courants)
SELECT b.id::text, b.connecte_le::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT *
    FROM ((SELECT b.*, ((strpos($2::text::tsquery, '@') > 0 AND sans_accents(b.nom || ' ' || b.courriel) LIKE '%' || regexp_replace(sans_accents($2::text::tsquery), '([\\%_])', '\\\1', 'g') || '%' OR strpos($2::text::tsquery, '@') = 0 AND sans_accents(b.nom || ' ' || b.courriel) %> sans_accents($2::text::tsquery))) IS TRUE AS trouve, b.marche = 4000 AS borne
    FROM (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le, row_number() OVER (ORDER BY b.connecte_le DESC, b.id DESC) AS marche
    FROM utilisateur b
    WHERE true AND b.connecte_le IS NOT NULL AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[])) AND b.connecte_le >= ($3::date::timestamp AT TIME ZONE 'America/Guadeloupe')
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 4000) b
    WHERE ((strpos($2::text::tsquery, '@') > 0 AND sans_accents(b.nom || ' ' || b.courriel) LIKE '%' || regexp_replace(sans_accents($2::text::tsquery), '([\\%_])', '\\\1', 'g') || '%' OR strpos($2::text::tsquery, '@') = 0 AND sans_accents(b.nom || ' ' || b.courriel) %> sans_accents($2::text::tsquery))) OR b.marche = 4000
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((strpos($2::text::tsquery, '@') > 0 AND sans_accents(b.nom || ' ' || b.courriel) LIKE '%' || regexp_replace(sans_accents($2::text::tsquery), '([\\%_])', '\\\1', 'g') || '%' OR strpos($2::text::tsquery, '@') = 0 AND sans_accents(b.nom || ' ' || b.courriel) %> sans_accents($2::text::tsquery))) IS TRUE AS trouve, b.marche = 4000 AS borne
    FROM (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le, row_number() OVER (ORDER BY b.connecte_le DESC, b.id DESC) AS marche
    FROM utilisateur b
    WHERE true AND b.connecte_le IS NULL AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[])) AND b.connecte_le >= ($3::date::timestamp AT TIME ZONE 'America/Guadeloupe')
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 4000) b
    WHERE ((strpos($2::text::tsquery, '@') > 0 AND sans_accents(b.nom || ' ' || b.courriel) LIKE '%' || regexp_replace(sans_accents($2::text::tsquery), '([\\%_])', '\\\1', 'g') || '%' OR strpos($2::text::tsquery, '@') = 0 AND sans_accents(b.nom || ' ' || b.courriel) %> sans_accents($2::text::tsquery))) OR b.marche = 4000
    ORDER BY b.connecte_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY (b.connecte_le IS NULL), b.connecte_le DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY (b.connecte_le IS NULL), b.connecte_le DESC, b.id DESC;

-- /utilisateurs?cree_le_min=2026-01-01 (administrateur)
SELECT b.id::text, b.cree_le::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le
    FROM utilisateur b
    WHERE true AND true AND EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id) AND NOT EXISTS (SELECT 1
    FROM utilisateur_collectivite uc
    WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ($1::bigint[])) AND b.cree_le >= ($2::date::timestamp AT TIME ZONE 'America/Guadeloupe')
    ORDER BY b.cree_le DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.cree_le DESC, b.id DESC;
