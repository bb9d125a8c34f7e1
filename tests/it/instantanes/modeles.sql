-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /modeles?tri=nom (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre_modele b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre_modele b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.nom ASC, b.id ASC;

-- /modeles?tri=-nom (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre_modele b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.nom DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre_modele b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.nom DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.nom DESC, b.id DESC
    LIMIT 51) b JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.nom DESC, b.id DESC;

-- /modeles?tri=nom&fin=1 (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre_modele b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.nom DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre_modele b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.nom DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.nom DESC, b.id DESC
    LIMIT 51) b JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.nom DESC, b.id DESC;

-- /modeles?tri=-nom&fin=1 (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre_modele b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre_modele b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.nom ASC, b.id ASC;

-- /modeles?tri=genre (agent, administrateur)
WITH ensemble AS MATERIALIZED (SELECT b.*, (CASE (b.genre)::text WHEN 'relance' THEN 'Relance de déclaration' WHEN 'mise_en_demeure' THEN 'Mise en demeure' WHEN 'taxation_office' THEN 'Avis de taxation d’office' WHEN 'libre' THEN 'Courrier libre' ELSE (b.genre)::text END) COLLATE "fr-x-icu" AS tri
    FROM lettre_modele b JOIN collectivite c ON c.id = b.collectivite_id
    WHERE b.collectivite_id = ANY($1::bigint[])
    LIMIT 10001) SELECT page.*, tout.nombre AS ensemble
    FROM (SELECT count(*) AS nombre
    FROM ensemble) tout
    LEFT JOIN (SELECT b.id::text, b.tri::text, (b.nom)::text, (b.id)::text, row_number() OVER (ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC) AS rang_de_page
    FROM (SELECT b.*
    FROM ensemble b
    WHERE ((b.tri IS NOT NULL) OR (b.tri IS NULL)) AND (SELECT count(*)
    FROM ensemble) <= 10000
    ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC
    LIMIT 51) b JOIN collectivite c ON c.id = b.collectivite_id) page ON true
    ORDER BY page.rang_de_page;

-- /modeles?genre=relance&genre_sauf=1 (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((b.genre = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM lettre_modele b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 10000) b
    WHERE ((b.genre = $1::text::text) IS NOT TRUE) OR b.marche = 10000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((b.genre = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM lettre_modele b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 10000) b
    WHERE ((b.genre = $1::text::text) IS NOT TRUE) OR b.marche = 10000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.nom ASC, b.id ASC;

-- /modeles?genre=relance (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre_modele b
    WHERE b.collectivite_id = $2::bigint AND true AND b.genre = $1::text::text
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre_modele b
    WHERE b.collectivite_id = $3::bigint AND true AND b.genre = $1::text::text
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.nom ASC, b.id ASC;

-- /modeles?archive=false (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre_modele b
    WHERE b.collectivite_id = $2::bigint AND true AND (b.archive_le IS NOT NULL) = $1::text::boolean
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre_modele b
    WHERE b.collectivite_id = $3::bigint AND true AND (b.archive_le IS NOT NULL) = $1::text::boolean
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.nom ASC, b.id ASC;

-- /modeles?version_min=2 (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.version >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM lettre_modele b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 10000) b
    WHERE (b.version >= $1::bigint) OR b.marche = 10000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.version >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM lettre_modele b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 10000) b
    WHERE (b.version >= $1::bigint) OR b.marche = 10000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.nom ASC, b.id ASC;

-- /modeles?modifie_le_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.modifie_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM lettre_modele b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 10000) b
    WHERE (b.modifie_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 10000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.modifie_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM lettre_modele b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 10000) b
    WHERE (b.modifie_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 10000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.nom ASC, b.id ASC;

-- /modeles?numero_min=2 (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.id >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM lettre_modele b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 10000) b
    WHERE (b.id >= $1::bigint) OR b.marche = 10000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.id >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM lettre_modele b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 10000) b
    WHERE (b.id >= $1::bigint) OR b.marche = 10000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.nom ASC, b.id ASC;
