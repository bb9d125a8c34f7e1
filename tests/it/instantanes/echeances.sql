-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /echeances?tri=jour (agent, administrateur)
SELECT b.id::text, b.jour::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM echeance b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.jour ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM echeance b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.jour ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.jour ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.jour ASC, b.id ASC;

-- /echeances?tri=-jour (agent, administrateur)
SELECT b.id::text, b.jour::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM echeance b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM echeance b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.jour DESC, b.id DESC;

-- /echeances?tri=jour&fin=1 (agent, administrateur)
SELECT b.id::text, b.jour::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM echeance b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM echeance b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.jour DESC, b.id DESC;

-- /echeances?tri=-jour&fin=1 (agent, administrateur)
SELECT b.id::text, b.jour::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM echeance b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.jour ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM echeance b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.jour ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.jour ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.jour ASC, b.id ASC;

-- /echeances?tri=nom (agent, administrateur)
WITH ensemble AS MATERIALIZED (SELECT b.*, (b.nom)::text COLLATE "fr-x-icu" AS tri
    FROM echeance b
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

-- /echeances?genre=hote&genre_sauf=1 (agent, administrateur)
SELECT b.id::text, b.jour::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((b.genre = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.jour DESC, b.id DESC) AS marche
    FROM echeance b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 10000) b
    WHERE ((b.genre = $1::text::text) IS NOT TRUE) OR b.marche = 10000
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((b.genre = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.jour DESC, b.id DESC) AS marche
    FROM echeance b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 10000) b
    WHERE ((b.genre = $1::text::text) IS NOT TRUE) OR b.marche = 10000
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.jour DESC, b.id DESC;

-- /echeances?genre=hote (agent, administrateur)
SELECT b.id::text, b.jour::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM echeance b
    WHERE b.collectivite_id = $2::bigint AND true AND b.genre = $1::text::text
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM echeance b
    WHERE b.collectivite_id = $3::bigint AND true AND b.genre = $1::text::text
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.jour DESC, b.id DESC;

-- /echeances?jour_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.jour::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM echeance b
    WHERE b.collectivite_id = $2::bigint AND true AND b.jour >= $1::date
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM echeance b
    WHERE b.collectivite_id = $3::bigint AND true AND b.jour >= $1::date
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.jour DESC, b.id DESC;

-- /echeances?debut_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.jour::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.debut >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.jour DESC, b.id DESC) AS marche
    FROM echeance b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.debut >= $1::date) OR b.marche = 10000
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.debut >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.jour DESC, b.id DESC) AS marche
    FROM echeance b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.debut >= $1::date) OR b.marche = 10000
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.jour DESC, b.id DESC;

-- /echeances?fin_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.jour::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.fin >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.jour DESC, b.id DESC) AS marche
    FROM echeance b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.fin >= $1::date) OR b.marche = 10000
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.fin >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.jour DESC, b.id DESC) AS marche
    FROM echeance b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.fin >= $1::date) OR b.marche = 10000
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.jour DESC, b.id DESC;

-- /echeances?numero_min=2 (agent, administrateur)
SELECT b.id::text, b.jour::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.id >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.jour DESC, b.id DESC) AS marche
    FROM echeance b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.id >= $1::bigint) OR b.marche = 10000
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.id >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.jour DESC, b.id DESC) AS marche
    FROM echeance b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.id >= $1::bigint) OR b.marche = 10000
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN collectivite o ON o.id = b.collectivite_id
    ORDER BY b.jour DESC, b.id DESC;
