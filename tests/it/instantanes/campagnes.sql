-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /campagnes?tri=debut (agent, administrateur)
SELECT b.id::text, b.debut::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.debut ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.debut ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.debut ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.debut ASC, b.id ASC;

-- /campagnes?tri=-debut (agent, administrateur)
SELECT b.id::text, b.debut::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.debut DESC, b.id DESC;

-- /campagnes?tri=debut&fin=1 (agent, administrateur)
SELECT b.id::text, b.debut::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.debut DESC, b.id DESC;

-- /campagnes?tri=-debut&fin=1 (agent, administrateur)
SELECT b.id::text, b.debut::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.debut ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.debut ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.debut ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.debut ASC, b.id ASC;

-- /campagnes?tri=limite (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.limite ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.limite ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.limite ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.limite ASC, b.id ASC;

-- /campagnes?tri=-limite (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.limite DESC, b.id DESC;

-- /campagnes?tri=limite&fin=1 (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.limite DESC, b.id DESC;

-- /campagnes?tri=-limite&fin=1 (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.limite ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.limite ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.limite ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.limite ASC, b.id ASC;

-- /campagnes?tri=nom (agent, administrateur)
WITH ensemble AS MATERIALIZED (SELECT b.*, (b.nom)::text COLLATE "fr-x-icu" AS tri
    FROM campagne b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
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
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id) page ON true
    ORDER BY page.rang_de_page;

-- /campagnes?genre=hote&genre_sauf=1 (agent, administrateur)
SELECT b.id::text, b.debut::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((b.genre = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.debut DESC, b.id DESC) AS marche
    FROM campagne b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE ((b.genre = $1::text::text) IS NOT TRUE) OR b.marche = 10000
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((b.genre = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.debut DESC, b.id DESC) AS marche
    FROM campagne b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE ((b.genre = $1::text::text) IS NOT TRUE) OR b.marche = 10000
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.debut DESC, b.id DESC;

-- /campagnes?genre=hote (agent, administrateur)
SELECT b.id::text, b.debut::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $2::bigint AND true AND b.genre = $1::text::text
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $3::bigint AND true AND b.genre = $1::text::text
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.debut DESC, b.id DESC;

-- /campagnes?etat=preparee (agent, administrateur)
SELECT b.id::text, b.debut::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $2::bigint AND true AND b.etat = $1::text::text
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $3::bigint AND true AND b.etat = $1::text::text
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.debut DESC, b.id DESC;

-- /campagnes?debut_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.debut::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $2::bigint AND true AND b.debut >= $1::date
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $3::bigint AND true AND b.debut >= $1::date
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.debut DESC, b.id DESC;

-- /campagnes?fin_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.debut::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.fin >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.debut DESC, b.id DESC) AS marche
    FROM campagne b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.fin >= $1::date) OR b.marche = 10000
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.fin >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.debut DESC, b.id DESC) AS marche
    FROM campagne b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.fin >= $1::date) OR b.marche = 10000
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.debut DESC, b.id DESC;

-- /campagnes?limite_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $2::bigint AND true AND b.limite >= $1::date
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM campagne b
    WHERE b.collectivite_id = $3::bigint AND true AND b.limite >= $1::date
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.limite DESC, b.id DESC;

-- /campagnes?ouverte_le_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.debut::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.ouverte_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.debut DESC, b.id DESC) AS marche
    FROM campagne b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.ouverte_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 10000
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.ouverte_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.debut DESC, b.id DESC) AS marche
    FROM campagne b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.ouverte_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 10000
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.debut DESC, b.id DESC;

-- /campagnes?close_le_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.debut::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.close_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.debut DESC, b.id DESC) AS marche
    FROM campagne b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.close_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 10000
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.close_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.debut DESC, b.id DESC) AS marche
    FROM campagne b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.close_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 10000
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.debut DESC, b.id DESC;

-- /campagnes?numero_min=2 (agent, administrateur)
SELECT b.id::text, b.debut::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.id >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.debut DESC, b.id DESC) AS marche
    FROM campagne b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.id >= $1::bigint) OR b.marche = 10000
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.id >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.debut DESC, b.id DESC) AS marche
    FROM campagne b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.id >= $1::bigint) OR b.marche = 10000
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.debut DESC, b.id DESC;
