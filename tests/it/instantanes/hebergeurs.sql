-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /hebergeurs?tri=nom (agent, administrateur)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?tri=-nom (agent, administrateur)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.nom DESC, b.hebergeur_id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom DESC, b.hebergeur_id DESC
    LIMIT 51)) b
    ORDER BY b.nom DESC, b.hebergeur_id DESC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom DESC, b.hebergeur_id DESC;

-- /hebergeurs?tri=nom&fin=1 (agent, administrateur)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.nom DESC, b.hebergeur_id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom DESC, b.hebergeur_id DESC
    LIMIT 51)) b
    ORDER BY b.nom DESC, b.hebergeur_id DESC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom DESC, b.hebergeur_id DESC;

-- /hebergeurs?tri=-nom&fin=1 (agent, administrateur)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?tri=inscription (agent, administrateur)
SELECT b.hebergeur_id::text, b.inscrit_le::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.inscrit_le, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.inscrit_le ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.inscrit_le ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.inscrit_le ASC, b.hebergeur_id ASC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.inscrit_le ASC, b.hebergeur_id ASC;

-- /hebergeurs?tri=-inscription (agent, administrateur)
SELECT b.hebergeur_id::text, b.inscrit_le::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.inscrit_le, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC
    LIMIT 51)) b
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC;

-- /hebergeurs?tri=inscription&fin=1 (agent, administrateur)
SELECT b.hebergeur_id::text, b.inscrit_le::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.inscrit_le, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC
    LIMIT 51)) b
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC;

-- /hebergeurs?tri=-inscription&fin=1 (agent, administrateur)
SELECT b.hebergeur_id::text, b.inscrit_le::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.inscrit_le, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.inscrit_le ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.inscrit_le ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.inscrit_le ASC, b.hebergeur_id ASC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.inscrit_le ASC, b.hebergeur_id ASC;

-- /hebergeurs?tri=numero (agent, administrateur)
WITH ensemble AS MATERIALIZED (SELECT DISTINCT ON (b.hebergeur_id) b.*, (h.numero)::text COLLATE "C" AS tri
    FROM hebergeur_commune b JOIN hebergeur h ON h.id = b.hebergeur_id
    WHERE b.code_insee = ANY($1::text[])
    LIMIT 10001) SELECT page.*, tout.nombre AS ensemble
    FROM (SELECT count(*) AS nombre
    FROM ensemble) tout
    LEFT JOIN (SELECT b.hebergeur_id::text, b.tri::text, (b.nom)::text, (b.hebergeur_id)::text, row_number() OVER (ORDER BY (b.tri IS NULL), b.tri ASC, b.hebergeur_id ASC) AS rang_de_page
    FROM (SELECT b.*
    FROM ensemble b
    WHERE ((b.tri IS NOT NULL) OR (b.tri IS NULL)) AND (SELECT count(*)
    FROM ensemble) <= 10000
    ORDER BY (b.tri IS NULL), b.tri ASC, b.hebergeur_id ASC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id) page ON true
    ORDER BY page.rang_de_page;

-- /hebergeurs?commune=97125&commune_sauf=1 (agent, administrateur)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?q=mangrove (agent, administrateur, mots rares)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?q=mangrove (agent, administrateur, référence)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?q=mangrove (agent, administrateur, mots courants)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text, b.trouve, b.borne
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.hebergeur_id ASC) AS marche
    FROM hebergeur_commune b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.hebergeur_id ASC) AS marche
    FROM hebergeur_commune b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC, borne DESC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?commune=97125 (agent, administrateur)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?q=mangrove&commune=97125 (agent, administrateur, mots rares)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?q=mangrove&commune=97125 (agent, administrateur, référence)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?q=mangrove&commune=97125 (agent, administrateur, mots courants)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text, b.trouve, b.borne
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 4000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.hebergeur_id ASC) AS marche
    FROM hebergeur_commune b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 4000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 4000
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?type=particulier (agent, administrateur)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $2::text AND true AND b.type = $1::text::text
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $3::text AND true AND b.type = $1::text::text
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?q=mangrove&type=particulier (agent, administrateur, mots rares)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $3::bigint AND true AND b.type = $1::text::text AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $4::bigint AND true AND b.type = $1::text::text AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?q=mangrove&type=particulier (agent, administrateur, référence)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $3::bigint AND true AND b.type = $1::text::text AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $4::bigint AND true AND b.type = $1::text::text AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?q=mangrove&type=particulier (agent, administrateur, mots courants)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text, b.trouve, b.borne
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.hebergeur_id ASC) AS marche
    FROM hebergeur_commune b
    WHERE b.code_insee = $3::text AND true AND b.type = $2::text::text
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.hebergeur_id ASC) AS marche
    FROM hebergeur_commune b
    WHERE b.code_insee = $4::text AND true AND b.type = $2::text::text
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC, borne DESC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?epci=200041507 (agent, administrateur)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?q=mangrove&epci=200041507 (agent, administrateur, mots rares)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?q=mangrove&epci=200041507 (agent, administrateur, référence)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?q=mangrove&epci=200041507 (agent, administrateur, mots courants)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text, b.trouve, b.borne
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 4000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.hebergeur_id ASC) AS marche
    FROM hebergeur_commune b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 4000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 4000
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?archive=false (agent, administrateur)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $2::text AND true AND (SELECT h.archive_le IS NOT NULL
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) = $1::text::boolean
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $3::text AND true AND (SELECT h.archive_le IS NOT NULL
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) = $1::text::boolean
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?inscrit_le_min=2026-01-01 (agent, administrateur)
SELECT b.hebergeur_id::text, b.inscrit_le::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.inscrit_le, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $2::text AND true AND b.inscrit_le >= $1::date
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.code_insee = $3::text AND true AND b.inscrit_le >= $1::date
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC
    LIMIT 51)) b
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC;

-- /hebergeurs?q=mangrove&inscrit_le_min=2026-01-01 (agent, administrateur, mots rares)
SELECT b.hebergeur_id::text, b.inscrit_le::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.inscrit_le, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $3::bigint AND true AND b.inscrit_le >= $1::date AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $4::bigint AND true AND b.inscrit_le >= $1::date AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC
    LIMIT 51)) b
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC;

-- /hebergeurs?q=mangrove&inscrit_le_min=2026-01-01 (agent, administrateur, référence)
SELECT b.hebergeur_id::text, b.inscrit_le::text, (b.nom)::text, (b.hebergeur_id)::text
    FROM (SELECT DISTINCT ON (b.inscrit_le, b.hebergeur_id) b.*
    FROM ((SELECT b.*
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $3::bigint AND true AND b.inscrit_le >= $1::date AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $4::bigint AND true AND b.inscrit_le >= $1::date AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC
    LIMIT 51)) b
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC;

-- /hebergeurs?q=mangrove&inscrit_le_min=2026-01-01 (agent, administrateur, mots courants)
SELECT b.hebergeur_id::text, b.inscrit_le::text, (b.nom)::text, (b.hebergeur_id)::text, b.trouve, b.borne
    FROM (SELECT DISTINCT ON (b.inscrit_le, b.hebergeur_id) b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC) AS marche
    FROM hebergeur_commune b
    WHERE b.code_insee = $3::text AND true AND b.inscrit_le >= $2::date
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC) AS marche
    FROM hebergeur_commune b
    WHERE b.code_insee = $4::text AND true AND b.inscrit_le >= $2::date
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC
    LIMIT 51)) b
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC, borne DESC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.inscrit_le DESC, b.hebergeur_id DESC;

-- /hebergeurs?archive_le_min=2026-01-01 (agent, administrateur)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text, b.trouve, b.borne
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*, ((SELECT h.archive_le
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.hebergeur_id ASC) AS marche
    FROM hebergeur_commune b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 10000) b
    WHERE ((SELECT h.archive_le
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) >= $1::date) OR b.marche = 10000
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((SELECT h.archive_le
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.hebergeur_id ASC) AS marche
    FROM hebergeur_commune b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 10000) b
    WHERE ((SELECT h.archive_le
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) >= $1::date) OR b.marche = 10000
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC, borne DESC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?siret=vide (agent, administrateur)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text, b.trouve, b.borne
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*, ((SELECT h.siret
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.hebergeur_id ASC) AS marche
    FROM hebergeur_commune b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 10000) b
    WHERE ((SELECT h.siret
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) OR b.marche = 10000
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((SELECT h.siret
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.hebergeur_id ASC) AS marche
    FROM hebergeur_commune b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 10000) b
    WHERE ((SELECT h.siret
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) OR b.marche = 10000
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC, borne DESC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?q=mangrove&siret=vide (agent, administrateur, mots rares)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text, b.trouve, b.borne
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*, ((SELECT h.siret
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.hebergeur_id ASC) AS marche
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 10000) b
    WHERE ((SELECT h.siret
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) OR b.marche = 10000
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((SELECT h.siret
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.hebergeur_id ASC) AS marche
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 10000) b
    WHERE ((SELECT h.siret
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) OR b.marche = 10000
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC, borne DESC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?q=mangrove&siret=vide (agent, administrateur, référence)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text, b.trouve, b.borne
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*, ((SELECT h.siret
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.hebergeur_id ASC) AS marche
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 10000) b
    WHERE ((SELECT h.siret
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) OR b.marche = 10000
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((SELECT h.siret
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.hebergeur_id ASC) AS marche
    FROM hebergeur_commune b
    WHERE b.hebergeur_id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 10000) b
    WHERE ((SELECT h.siret
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) OR b.marche = 10000
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC, borne DESC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?q=mangrove&siret=vide (agent, administrateur, mots courants)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text, b.trouve, b.borne
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0) AND (SELECT h.siret
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.hebergeur_id ASC) AS marche
    FROM hebergeur_commune b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0) AND (SELECT h.siret
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) OR b.marche = 2000
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0) AND (SELECT h.siret
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.hebergeur_id ASC) AS marche
    FROM hebergeur_commune b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0) AND (SELECT h.siret
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) OR b.marche = 2000
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC, borne DESC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?courriel=vide (agent, administrateur)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text, b.trouve, b.borne
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*, ((SELECT h.courriel
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.hebergeur_id ASC) AS marche
    FROM hebergeur_commune b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 10000) b
    WHERE ((SELECT h.courriel
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) OR b.marche = 10000
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((SELECT h.courriel
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.hebergeur_id ASC) AS marche
    FROM hebergeur_commune b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 10000) b
    WHERE ((SELECT h.courriel
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) OR b.marche = 10000
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC, borne DESC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;

-- /hebergeurs?telephone=vide (agent, administrateur)
SELECT b.hebergeur_id::text, b.nom::text, (b.nom)::text, (b.hebergeur_id)::text, b.trouve, b.borne
    FROM (SELECT DISTINCT ON (b.nom, b.hebergeur_id) b.*
    FROM ((SELECT b.*, ((SELECT h.telephone
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.hebergeur_id ASC) AS marche
    FROM hebergeur_commune b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 10000) b
    WHERE ((SELECT h.telephone
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) OR b.marche = 10000
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((SELECT h.telephone
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.hebergeur_id ASC) AS marche
    FROM hebergeur_commune b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 10000) b
    WHERE ((SELECT h.telephone
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id) IS NULL) OR b.marche = 10000
    ORDER BY b.nom ASC, b.hebergeur_id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.hebergeur_id ASC, borne DESC
    LIMIT 51) b JOIN hebergeur h ON h.id = b.hebergeur_id
    ORDER BY b.nom ASC, b.hebergeur_id ASC;
