-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /journal?tri=moment (administrateur)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM journal b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.moment ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM journal b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.moment ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.moment ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.moment ASC, b.id ASC;

-- /journal?tri=-moment (administrateur)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM journal b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM journal b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.moment DESC, b.id DESC;

-- /journal?tri=moment&fin=1 (administrateur)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM journal b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM journal b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.moment DESC, b.id DESC;

-- /journal?tri=-moment&fin=1 (administrateur)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM journal b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.moment ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM journal b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.moment ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.moment ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.moment ASC, b.id ASC;

-- /journal?tri=acteur (administrateur)
WITH ensemble AS MATERIALIZED (SELECT b.*, (b.acteur)::text COLLATE "fr-x-icu" AS tri
    FROM journal b 
    WHERE b.collectivite_id = ANY($1::bigint[])
    LIMIT 10001) SELECT page.*, tout.nombre AS ensemble
    FROM (SELECT count(*) AS nombre
    FROM ensemble) tout
    LEFT JOIN (SELECT b.id::text, b.tri::text, (b.moment)::timestamptz, (b.id)::text, row_number() OVER (ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC) AS rang_de_page
    FROM (SELECT b.*
    FROM ensemble b
    WHERE ((b.tri IS NOT NULL) OR (b.tri IS NULL)) AND (SELECT count(*)
    FROM ensemble) <= 10000
    ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC
    LIMIT 51) b ) page ON true
    ORDER BY page.rang_de_page;

-- /journal?action=connexion&action_sauf=1 (administrateur)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((b.action = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.moment DESC, b.id DESC) AS marche
    FROM journal b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 10000) b
    WHERE ((b.action = $1::text::text) IS NOT TRUE) OR b.marche = 10000
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((b.action = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.moment DESC, b.id DESC) AS marche
    FROM journal b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 10000) b
    WHERE ((b.action = $1::text::text) IS NOT TRUE) OR b.marche = 10000
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.moment DESC, b.id DESC;

-- /journal?q=mangrove (administrateur, mots rares)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM journal b
    WHERE b.acteur_id = $2::bigint AND true AND (b.collectivite_id = ANY($1::bigint[])) IS TRUE
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM journal b
    WHERE b.acteur_id = $3::bigint AND true AND (b.collectivite_id = ANY($1::bigint[])) IS TRUE
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.moment DESC, b.id DESC;

-- /journal?q=mangrove (administrateur, référence)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM journal b
    WHERE b.id = $2::bigint AND true AND (b.collectivite_id = ANY($1::bigint[])) IS TRUE
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM journal b
    WHERE b.id = $3::bigint AND true AND (b.collectivite_id = ANY($1::bigint[])) IS TRUE
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.moment DESC, b.id DESC;

-- /journal?q=mangrove (administrateur, mots courants)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM utilisateur u
    WHERE u.id = b.acteur_id AND (sans_accents(u.nom || ' ' || u.courriel) %> sans_accents($1::text::tsquery)) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.moment DESC, b.id DESC) AS marche
    FROM journal b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM utilisateur u
    WHERE u.id = b.acteur_id AND (sans_accents(u.nom || ' ' || u.courriel) %> sans_accents($1::text::tsquery)) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM utilisateur u
    WHERE u.id = b.acteur_id AND (sans_accents(u.nom || ' ' || u.courriel) %> sans_accents($1::text::tsquery)) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.moment DESC, b.id DESC) AS marche
    FROM journal b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM utilisateur u
    WHERE u.id = b.acteur_id AND (sans_accents(u.nom || ' ' || u.courriel) %> sans_accents($1::text::tsquery)) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.moment DESC, b.id DESC;

-- /journal?action=connexion (administrateur)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM journal b
    WHERE b.collectivite_id = $2::bigint AND true AND b.action = $1::text::text
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM journal b
    WHERE b.collectivite_id = $3::bigint AND true AND b.action = $1::text::text
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.moment DESC, b.id DESC;

-- /journal?q=mangrove&action=connexion (administrateur, mots rares)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM journal b
    WHERE b.acteur_id = $3::bigint AND true AND b.action = $1::text::text AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM journal b
    WHERE b.acteur_id = $4::bigint AND true AND b.action = $1::text::text AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.moment DESC, b.id DESC;

-- /journal?q=mangrove&action=connexion (administrateur, référence)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM journal b
    WHERE b.id = $3::bigint AND true AND b.action = $1::text::text AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM journal b
    WHERE b.id = $4::bigint AND true AND b.action = $1::text::text AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.moment DESC, b.id DESC;

-- /journal?q=mangrove&action=connexion (administrateur, mots courants)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM utilisateur u
    WHERE u.id = b.acteur_id AND (sans_accents(u.nom || ' ' || u.courriel) %> sans_accents($1::text::tsquery)) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.moment DESC, b.id DESC) AS marche
    FROM journal b
    WHERE b.collectivite_id = $3::bigint AND true AND b.action = $2::text::text
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM utilisateur u
    WHERE u.id = b.acteur_id AND (sans_accents(u.nom || ' ' || u.courriel) %> sans_accents($1::text::tsquery)) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM utilisateur u
    WHERE u.id = b.acteur_id AND (sans_accents(u.nom || ' ' || u.courriel) %> sans_accents($1::text::tsquery)) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.moment DESC, b.id DESC) AS marche
    FROM journal b
    WHERE b.collectivite_id = $4::bigint AND true AND b.action = $2::text::text
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM utilisateur u
    WHERE u.id = b.acteur_id AND (sans_accents(u.nom || ' ' || u.courriel) %> sans_accents($1::text::tsquery)) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.moment DESC, b.id DESC;

-- /journal?objet=séjour (administrateur)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM journal b
    WHERE b.collectivite_id = $2::bigint AND true AND b.objet = $1::text::text
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM journal b
    WHERE b.collectivite_id = $3::bigint AND true AND b.objet = $1::text::text
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.moment DESC, b.id DESC;

-- /journal?moment_min=2026-01-01 (administrateur)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM journal b
    WHERE b.collectivite_id = $2::bigint AND true AND b.moment >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM journal b
    WHERE b.collectivite_id = $3::bigint AND true AND b.moment >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.moment DESC, b.id DESC;

-- /journal?q=mangrove&moment_min=2026-01-01 (administrateur, mots rares)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM journal b
    WHERE b.acteur_id = $3::bigint AND true AND b.moment >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe') AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM journal b
    WHERE b.acteur_id = $4::bigint AND true AND b.moment >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe') AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.moment DESC, b.id DESC;

-- /journal?q=mangrove&moment_min=2026-01-01 (administrateur, référence)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM journal b
    WHERE b.id = $3::bigint AND true AND b.moment >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe') AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM journal b
    WHERE b.id = $4::bigint AND true AND b.moment >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe') AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.moment DESC, b.id DESC;

-- /journal?q=mangrove&moment_min=2026-01-01 (administrateur, mots courants)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM utilisateur u
    WHERE u.id = b.acteur_id AND (sans_accents(u.nom || ' ' || u.courriel) %> sans_accents($1::text::tsquery)) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.moment DESC, b.id DESC) AS marche
    FROM journal b
    WHERE b.collectivite_id = $3::bigint AND true AND b.moment >= ($2::date::timestamp AT TIME ZONE 'America/Guadeloupe')
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM utilisateur u
    WHERE u.id = b.acteur_id AND (sans_accents(u.nom || ' ' || u.courriel) %> sans_accents($1::text::tsquery)) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM utilisateur u
    WHERE u.id = b.acteur_id AND (sans_accents(u.nom || ' ' || u.courriel) %> sans_accents($1::text::tsquery)) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.moment DESC, b.id DESC) AS marche
    FROM journal b
    WHERE b.collectivite_id = $4::bigint AND true AND b.moment >= ($2::date::timestamp AT TIME ZONE 'America/Guadeloupe')
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM utilisateur u
    WHERE u.id = b.acteur_id AND (sans_accents(u.nom || ' ' || u.courriel) %> sans_accents($1::text::tsquery)) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.moment DESC, b.id DESC;

-- /journal?acteur=17 (administrateur)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text
    FROM (SELECT b.*
    FROM journal b
    WHERE b.acteur_id = $2::bigint AND true AND (b.collectivite_id = ANY($1::bigint[])) IS TRUE
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.moment DESC, b.id DESC;

-- /journal?q=mangrove&acteur=17 (administrateur, mots rares)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text
    FROM (SELECT b.*
    FROM journal b
    WHERE false AND true AND (b.collectivite_id = ANY($1::bigint[])) IS TRUE
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.moment DESC, b.id DESC;

-- /journal?q=mangrove&acteur=17 (administrateur, référence)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text
    FROM (SELECT b.*
    FROM journal b
    WHERE b.acteur_id = $3::bigint AND true AND (b.collectivite_id = ANY($1::bigint[])) IS TRUE AND b.id = ANY($2::bigint[])
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.moment DESC, b.id DESC;

-- /journal?q=mangrove&acteur=17 (administrateur, mots courants)
SELECT b.id::text, b.moment::text, (b.moment)::timestamptz, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (EXISTS (SELECT 1
    FROM utilisateur u
    WHERE u.id = b.acteur_id AND (sans_accents(u.nom || ' ' || u.courriel) %> sans_accents($1::text::tsquery)) OFFSET 0)) IS TRUE AS trouve, b.marche = 4000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.moment DESC, b.id DESC) AS marche
    FROM journal b
    WHERE b.acteur_id = $3::bigint AND true AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 4000) b
    WHERE (EXISTS (SELECT 1
    FROM utilisateur u
    WHERE u.id = b.acteur_id AND (sans_accents(u.nom || ' ' || u.courriel) %> sans_accents($1::text::tsquery)) OFFSET 0)) OR b.marche = 4000
    ORDER BY b.moment DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.moment DESC, b.id DESC;
