-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /travaux?tri=numero (agent)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM job b
    WHERE b.requested_by = $1::bigint AND true AND true
    ORDER BY b.id ASC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id ASC;

-- /travaux?tri=numero (administrateur)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM job b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM job b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id ASC
    LIMIT 51)) b
    ORDER BY b.id ASC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id ASC;

-- /travaux?tri=numero (exploitant)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM job b
    WHERE true AND true AND true
    ORDER BY b.id ASC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id ASC;

-- /travaux?tri=-numero (agent)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM job b
    WHERE b.requested_by = $1::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?tri=-numero (administrateur)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM job b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM job b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?tri=-numero (exploitant)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM job b
    WHERE true AND true AND true
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?tri=numero&fin=1 (agent)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM job b
    WHERE b.requested_by = $1::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?tri=numero&fin=1 (administrateur)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM job b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM job b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?tri=numero&fin=1 (exploitant)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM job b
    WHERE true AND true AND true
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?tri=-numero&fin=1 (agent)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM job b
    WHERE b.requested_by = $1::bigint AND true AND true
    ORDER BY b.id ASC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id ASC;

-- /travaux?tri=-numero&fin=1 (administrateur)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM job b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM job b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id ASC
    LIMIT 51)) b
    ORDER BY b.id ASC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id ASC;

-- /travaux?tri=-numero&fin=1 (exploitant)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM job b
    WHERE true AND true AND true
    ORDER BY b.id ASC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id ASC;

-- /travaux?tri=titre (agent)
WITH ensemble AS MATERIALIZED (SELECT b.*, (b.title)::text COLLATE "fr-x-icu" AS tri
    FROM job b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    WHERE b.requested_by = ANY($1::bigint[])
    LIMIT 10001) SELECT page.*, tout.nombre AS ensemble
    FROM (SELECT count(*) AS nombre
    FROM ensemble) tout
    LEFT JOIN (SELECT b.id::text, b.tri::text, (b.title)::text, (b.id)::text, row_number() OVER (ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC) AS rang_de_page
    FROM (SELECT b.*
    FROM ensemble b
    WHERE ((b.tri IS NOT NULL) OR (b.tri IS NULL)) AND (SELECT count(*)
    FROM ensemble) <= 10000
    ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by) page ON true
    ORDER BY page.rang_de_page;

-- /travaux?tri=titre (administrateur)
WITH ensemble AS MATERIALIZED (SELECT b.*, (b.title)::text COLLATE "fr-x-icu" AS tri
    FROM job b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    WHERE b.collectivite_id = ANY($1::bigint[])
    LIMIT 10001) SELECT page.*, tout.nombre AS ensemble
    FROM (SELECT count(*) AS nombre
    FROM ensemble) tout
    LEFT JOIN (SELECT b.id::text, b.tri::text, (b.title)::text, (b.id)::text, row_number() OVER (ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC) AS rang_de_page
    FROM (SELECT b.*
    FROM ensemble b
    WHERE ((b.tri IS NOT NULL) OR (b.tri IS NULL)) AND (SELECT count(*)
    FROM ensemble) <= 10000
    ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by) page ON true
    ORDER BY page.rang_de_page;

-- /travaux?tri=titre (exploitant)
WITH ensemble AS MATERIALIZED (SELECT b.*, (b.title)::text COLLATE "fr-x-icu" AS tri
    FROM job b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    WHERE true
    LIMIT 10001) SELECT page.*, tout.nombre AS ensemble
    FROM (SELECT count(*) AS nombre
    FROM ensemble) tout
    LEFT JOIN (SELECT b.id::text, b.tri::text, (b.title)::text, (b.id)::text, row_number() OVER (ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC) AS rang_de_page
    FROM (SELECT b.*
    FROM ensemble b
    WHERE ((b.tri IS NOT NULL) OR (b.tri IS NULL)) AND (SELECT count(*)
    FROM ensemble) <= 10000
    ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by) page ON true
    ORDER BY page.rang_de_page;

-- /travaux?etat=ready&etat_sauf=1 (agent)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, ((b.state = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM job b
    WHERE b.requested_by = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE ((b.state = $1::text::text) IS NOT TRUE) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?etat=ready&etat_sauf=1 (administrateur)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((b.state = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM job b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE ((b.state = $1::text::text) IS NOT TRUE) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((b.state = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM job b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE ((b.state = $1::text::text) IS NOT TRUE) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?etat=ready&etat_sauf=1 (exploitant)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, ((b.state = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM job b
    WHERE true AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE ((b.state = $1::text::text) IS NOT TRUE) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?etat=ready (agent)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM job b
    WHERE b.requested_by = $2::bigint AND true AND b.state = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?etat=ready (administrateur)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM job b
    WHERE b.collectivite_id = $2::bigint AND true AND b.state = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM job b
    WHERE b.collectivite_id = $3::bigint AND true AND b.state = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?etat=ready (exploitant)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM job b
    WHERE true AND true AND b.state = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?file=high_priority (agent)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM job b
    WHERE b.requested_by = $2::bigint AND true AND b.queue = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?file=high_priority (administrateur)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM job b
    WHERE b.collectivite_id = $2::bigint AND true AND b.queue = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM job b
    WHERE b.collectivite_id = $3::bigint AND true AND b.queue = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?file=high_priority (exploitant)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM job b
    WHERE true AND true AND b.queue = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?demande_le_min=2026-01-01 (agent)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.created_at >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM job b
    WHERE b.requested_by = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.created_at >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?demande_le_min=2026-01-01 (administrateur)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.created_at >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM job b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.created_at >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.created_at >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM job b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.created_at >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?demande_le_min=2026-01-01 (exploitant)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.created_at >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM job b
    WHERE true AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.created_at >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?fini_le_min=2026-01-01 (agent)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.finished_at >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM job b
    WHERE b.requested_by = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.finished_at >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?fini_le_min=2026-01-01 (administrateur)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.finished_at >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM job b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.finished_at >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.finished_at >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM job b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.finished_at >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?fini_le_min=2026-01-01 (exploitant)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.finished_at >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM job b
    WHERE true AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.finished_at >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?essais_min=2 (agent)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.attempts >= $1::bigint) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM job b
    WHERE b.requested_by = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.attempts >= $1::bigint) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?essais_min=2 (administrateur)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.attempts >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM job b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.attempts >= $1::bigint) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.attempts >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM job b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.attempts >= $1::bigint) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?essais_min=2 (exploitant)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.attempts >= $1::bigint) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM job b
    WHERE true AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.attempts >= $1::bigint) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?numero_min=2 (agent)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM job b
    WHERE b.requested_by = $2::bigint AND true AND b.id >= $1::bigint
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?numero_min=2 (administrateur)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM job b
    WHERE b.collectivite_id = $2::bigint AND true AND b.id >= $1::bigint
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM job b
    WHERE b.collectivite_id = $3::bigint AND true AND b.id >= $1::bigint
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?numero_min=2 (exploitant)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text
    FROM (SELECT b.*
    FROM job b
    WHERE true AND true AND b.id >= $1::bigint
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?erreur=vide (agent)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.error IS NULL) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM job b
    WHERE b.requested_by = $1::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.error IS NULL) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?erreur=vide (administrateur)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.error IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM job b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.error IS NULL) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.error IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM job b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.error IS NULL) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;

-- /travaux?erreur=vide (exploitant)
SELECT b.id::text, b.id::text, (b.title)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.error IS NULL) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM job b
    WHERE true AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.error IS NULL) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.requested_by
    ORDER BY b.id DESC;
