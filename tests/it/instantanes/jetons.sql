-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /jetons?tri=numero (agent)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le
    FROM jeton_api b
    WHERE b.utilisateur_id = $1::bigint AND true AND true
    ORDER BY b.id ASC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id ASC;

-- /jetons?tri=numero (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le
    FROM jeton_api b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR -b.utilisateur_id = ANY ($1::bigint[]))
    ORDER BY b.id ASC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id ASC;

-- /jetons?tri=-numero (agent)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le
    FROM jeton_api b
    WHERE b.utilisateur_id = $1::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id DESC;

-- /jetons?tri=-numero (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le
    FROM jeton_api b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR -b.utilisateur_id = ANY ($1::bigint[]))
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id DESC;

-- /jetons?tri=numero&fin=1 (agent)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le
    FROM jeton_api b
    WHERE b.utilisateur_id = $1::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id DESC;

-- /jetons?tri=numero&fin=1 (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le
    FROM jeton_api b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR -b.utilisateur_id = ANY ($1::bigint[]))
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id DESC;

-- /jetons?tri=-numero&fin=1 (agent)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le
    FROM jeton_api b
    WHERE b.utilisateur_id = $1::bigint AND true AND true
    ORDER BY b.id ASC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id ASC;

-- /jetons?tri=-numero&fin=1 (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le
    FROM jeton_api b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR -b.utilisateur_id = ANY ($1::bigint[]))
    ORDER BY b.id ASC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id ASC;

-- /jetons?tri=nom (agent)
WITH ensemble AS MATERIALIZED (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le, (b.nom)::text COLLATE "fr-x-icu" AS tri
    FROM jeton_api b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    WHERE b.utilisateur_id = ANY($1::bigint[])
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
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id) page ON true
    ORDER BY page.rang_de_page;

-- /jetons?tri=nom (administrateur)
WITH ensemble AS MATERIALIZED (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le, (b.nom)::text COLLATE "fr-x-icu" AS tri
    FROM jeton_api b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    WHERE (b.collectivite_id = ANY ($1::bigint[]) OR -b.utilisateur_id = ANY ($1::bigint[]))
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
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id) page ON true
    ORDER BY page.rang_de_page;

-- /jetons?etat=actif&etat_sauf=1 (agent)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, ((CASE WHEN b.revoque_le IS NOT NULL THEN 'revoque' WHEN b.expire_le <= now() THEN 'expire' ELSE 'actif' END = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM jeton_api b
    WHERE b.utilisateur_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE ((CASE WHEN b.revoque_le IS NOT NULL THEN 'revoque' WHEN b.expire_le <= now() THEN 'expire' ELSE 'actif' END = $1::text::text) IS NOT TRUE) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id DESC;

-- /jetons?etat=actif&etat_sauf=1 (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, ((CASE WHEN b.revoque_le IS NOT NULL THEN 'revoque' WHEN b.expire_le <= now() THEN 'expire' ELSE 'actif' END = $2::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM jeton_api b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR -b.utilisateur_id = ANY ($1::bigint[]))
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE ((CASE WHEN b.revoque_le IS NOT NULL THEN 'revoque' WHEN b.expire_le <= now() THEN 'expire' ELSE 'actif' END = $2::text::text) IS NOT TRUE) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id DESC;

-- /jetons?etat=actif (agent)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le
    FROM jeton_api b
    WHERE b.utilisateur_id = $2::bigint AND true AND CASE WHEN b.revoque_le IS NOT NULL THEN 'revoque' WHEN b.expire_le <= now() THEN 'expire' ELSE 'actif' END = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id DESC;

-- /jetons?etat=actif (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le
    FROM jeton_api b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR -b.utilisateur_id = ANY ($1::bigint[])) AND CASE WHEN b.revoque_le IS NOT NULL THEN 'revoque' WHEN b.expire_le <= now() THEN 'expire' ELSE 'actif' END = $2::text::text
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id DESC;

-- /jetons?genre=personnel (agent)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le
    FROM jeton_api b
    WHERE b.utilisateur_id = $2::bigint AND true AND b.genre = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id DESC;

-- /jetons?genre=personnel (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le
    FROM jeton_api b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR -b.utilisateur_id = ANY ($1::bigint[])) AND b.genre = $2::text::text
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id DESC;

-- /jetons?expire_le_min=2026-01-01 (agent)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (((b.expire_le - interval '1 second') AT TIME ZONE 'America/Guadeloupe')::date >= $1::date) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM jeton_api b
    WHERE b.utilisateur_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (((b.expire_le - interval '1 second') AT TIME ZONE 'America/Guadeloupe')::date >= $1::date) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id DESC;

-- /jetons?expire_le_min=2026-01-01 (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (((b.expire_le - interval '1 second') AT TIME ZONE 'America/Guadeloupe')::date >= $2::date) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM jeton_api b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR -b.utilisateur_id = ANY ($1::bigint[]))
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (((b.expire_le - interval '1 second') AT TIME ZONE 'America/Guadeloupe')::date >= $2::date) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id DESC;

-- /jetons?utilise_le_min=2026-01-01 (agent)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.utilise_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM jeton_api b
    WHERE b.utilisateur_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.utilise_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id DESC;

-- /jetons?utilise_le_min=2026-01-01 (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.utilise_le >= ($2::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM jeton_api b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR -b.utilisateur_id = ANY ($1::bigint[]))
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.utilise_le >= ($2::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id DESC;

-- /jetons?cree_le_min=2026-01-01 (agent)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.cree_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM jeton_api b
    WHERE b.utilisateur_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.cree_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id DESC;

-- /jetons?cree_le_min=2026-01-01 (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.cree_le >= ($2::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM jeton_api b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR -b.utilisateur_id = ANY ($1::bigint[]))
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.cree_le >= ($2::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id DESC;

-- /jetons?numero_min=2 (agent)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le
    FROM jeton_api b
    WHERE b.utilisateur_id = $2::bigint AND true AND b.id >= $1::bigint
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id DESC;

-- /jetons?numero_min=2 (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le
    FROM jeton_api b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR -b.utilisateur_id = ANY ($1::bigint[])) AND b.id >= $2::bigint
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id DESC;

-- /jetons?proprietaire=17 (agent)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.utilisateur_id = ANY($1::bigint[])) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM jeton_api b
    WHERE true AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.utilisateur_id = ANY($1::bigint[])) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id DESC;

-- /jetons?proprietaire=17 (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.utilisateur_id = ANY($2::bigint[])) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM jeton_api b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR -b.utilisateur_id = ANY ($1::bigint[]))
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.utilisateur_id = ANY($2::bigint[])) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.utilisateur_id
    ORDER BY b.id DESC;
