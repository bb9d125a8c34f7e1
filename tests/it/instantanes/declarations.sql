-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /declarations?tri=limite (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.limite ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.limite ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.limite ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite ASC, b.id ASC;

-- /declarations?tri=-limite (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?tri=limite&fin=1 (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?tri=-limite&fin=1 (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.limite ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.limite ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.limite ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite ASC, b.id ASC;

-- /declarations?tri=attendu (agent, administrateur)
SELECT b.id::text, b.attendu::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.attendu ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.attendu ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.attendu ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.attendu ASC, b.id ASC;

-- /declarations?tri=-attendu (agent, administrateur)
SELECT b.id::text, b.attendu::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.attendu DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.attendu DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.attendu DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.attendu DESC, b.id DESC;

-- /declarations?tri=attendu&fin=1 (agent, administrateur)
SELECT b.id::text, b.attendu::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.attendu DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.attendu DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.attendu DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.attendu DESC, b.id DESC;

-- /declarations?tri=-attendu&fin=1 (agent, administrateur)
SELECT b.id::text, b.attendu::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.attendu ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.attendu ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.attendu ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.attendu ASC, b.id ASC;

-- /declarations?tri=numero (agent, administrateur)
WITH ensemble AS MATERIALIZED (SELECT b.*, (b.numero)::text COLLATE "C" AS tri
    FROM declaration b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    WHERE b.code_insee = ANY($1::text[])
    LIMIT 10001) SELECT page.*, tout.nombre AS ensemble
    FROM (SELECT count(*) AS nombre
    FROM ensemble) tout
    LEFT JOIN (SELECT b.id::text, b.tri::text, (b.numero)::text, (b.id)::text, row_number() OVER (ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC) AS rang_de_page
    FROM (SELECT b.*
    FROM ensemble b
    WHERE ((b.tri IS NOT NULL) OR (b.tri IS NULL)) AND (SELECT count(*)
    FROM ensemble) <= 10000
    ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id) page ON true
    ORDER BY page.rang_de_page;

-- /declarations?commune=97125&commune_sauf=1 (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?q=mangrove (agent, administrateur, mots rares)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.hebergeur_id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.hebergeur_id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?q=mangrove (agent, administrateur, référence)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?q=mangrove (agent, administrateur, mots courants)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?commune=97125 (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?q=mangrove&commune=97125 (agent, administrateur, mots rares)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.hebergeur_id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.hebergeur_id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?q=mangrove&commune=97125 (agent, administrateur, référence)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?q=mangrove&commune=97125 (agent, administrateur, mots courants)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 4000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 4000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 4000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?etat=attendue (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $2::text AND true AND CASE WHEN b.etat = 'attendue' AND (SELECT coalesce(sum(t.sejours), 0) > 0 OR coalesce(sum(t.nuitees), 0) > 0
    FROM declaration_compte t
    WHERE t.declaration_id = b.id) THEN 'en_cours' ELSE b.etat END = $1::text::text
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $3::text AND true AND CASE WHEN b.etat = 'attendue' AND (SELECT coalesce(sum(t.sejours), 0) > 0 OR coalesce(sum(t.nuitees), 0) > 0
    FROM declaration_compte t
    WHERE t.declaration_id = b.id) THEN 'en_cours' ELSE b.etat END = $1::text::text
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?q=mangrove&etat=attendue (agent, administrateur, mots rares)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.hebergeur_id = $3::bigint AND true AND CASE WHEN b.etat = 'attendue' AND (SELECT coalesce(sum(t.sejours), 0) > 0 OR coalesce(sum(t.nuitees), 0) > 0
    FROM declaration_compte t
    WHERE t.declaration_id = b.id) THEN 'en_cours' ELSE b.etat END = $1::text::text AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.hebergeur_id = $4::bigint AND true AND CASE WHEN b.etat = 'attendue' AND (SELECT coalesce(sum(t.sejours), 0) > 0 OR coalesce(sum(t.nuitees), 0) > 0
    FROM declaration_compte t
    WHERE t.declaration_id = b.id) THEN 'en_cours' ELSE b.etat END = $1::text::text AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?q=mangrove&etat=attendue (agent, administrateur, référence)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.id = $3::bigint AND true AND CASE WHEN b.etat = 'attendue' AND (SELECT coalesce(sum(t.sejours), 0) > 0 OR coalesce(sum(t.nuitees), 0) > 0
    FROM declaration_compte t
    WHERE t.declaration_id = b.id) THEN 'en_cours' ELSE b.etat END = $1::text::text AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.id = $4::bigint AND true AND CASE WHEN b.etat = 'attendue' AND (SELECT coalesce(sum(t.sejours), 0) > 0 OR coalesce(sum(t.nuitees), 0) > 0
    FROM declaration_compte t
    WHERE t.declaration_id = b.id) THEN 'en_cours' ELSE b.etat END = $1::text::text AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?q=mangrove&etat=attendue (agent, administrateur, mots courants)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $3::text AND true AND CASE WHEN b.etat = 'attendue' AND (SELECT coalesce(sum(t.sejours), 0) > 0 OR coalesce(sum(t.nuitees), 0) > 0
    FROM declaration_compte t
    WHERE t.declaration_id = b.id) THEN 'en_cours' ELSE b.etat END = $2::text::text
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $4::text AND true AND CASE WHEN b.etat = 'attendue' AND (SELECT coalesce(sum(t.sejours), 0) > 0 OR coalesce(sum(t.nuitees), 0) > 0
    FROM declaration_compte t
    WHERE t.declaration_id = b.id) THEN 'en_cours' ELSE b.etat END = $2::text::text
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?epci=200041507 (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?q=mangrove&epci=200041507 (agent, administrateur, mots rares)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.hebergeur_id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.hebergeur_id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?q=mangrove&epci=200041507 (agent, administrateur, référence)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?q=mangrove&epci=200041507 (agent, administrateur, mots courants)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 4000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 4000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 4000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?limite_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $2::text AND true AND b.limite >= $1::date
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $3::text AND true AND b.limite >= $1::date
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?q=mangrove&limite_min=2026-01-01 (agent, administrateur, mots rares)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.hebergeur_id = $3::bigint AND true AND b.limite >= $1::date AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.hebergeur_id = $4::bigint AND true AND b.limite >= $1::date AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?q=mangrove&limite_min=2026-01-01 (agent, administrateur, référence)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.id = $3::bigint AND true AND b.limite >= $1::date AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.id = $4::bigint AND true AND b.limite >= $1::date AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?q=mangrove&limite_min=2026-01-01 (agent, administrateur, mots courants)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $3::text AND true AND b.limite >= $2::date
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $4::text AND true AND b.limite >= $2::date
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?debut_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.debut >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.debut >= $1::date) OR b.marche = 10000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.debut >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.debut >= $1::date) OR b.marche = 10000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?fin_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.fin >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.fin >= $1::date) OR b.marche = 10000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.fin >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.fin >= $1::date) OR b.marche = 10000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?attendu_min=20&attendu_max=30 (agent, administrateur)
SELECT b.id::text, b.attendu::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $3::text AND true AND b.attendu >= $1::bigint AND b.attendu <= $2::bigint
    ORDER BY b.attendu DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $4::text AND true AND b.attendu >= $1::bigint AND b.attendu <= $2::bigint
    ORDER BY b.attendu DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.attendu DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.attendu DESC, b.id DESC;

-- /declarations?q=mangrove&attendu_min=20&attendu_max=30 (agent, administrateur, mots rares)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.attendu >= $1::bigint AND b.attendu <= $2::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.hebergeur_id = $4::bigint AND true AND (b.code_insee = ANY($3::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.attendu >= $1::bigint AND b.attendu <= $2::bigint) OR b.marche = 10000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.attendu >= $1::bigint AND b.attendu <= $2::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.hebergeur_id = $5::bigint AND true AND (b.code_insee = ANY($3::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.attendu >= $1::bigint AND b.attendu <= $2::bigint) OR b.marche = 10000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?q=mangrove&attendu_min=20&attendu_max=30 (agent, administrateur, référence)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.attendu >= $1::bigint AND b.attendu <= $2::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.id = $4::bigint AND true AND (b.code_insee = ANY($3::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.attendu >= $1::bigint AND b.attendu <= $2::bigint) OR b.marche = 10000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.attendu >= $1::bigint AND b.attendu <= $2::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.id = $5::bigint AND true AND (b.code_insee = ANY($3::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.attendu >= $1::bigint AND b.attendu <= $2::bigint) OR b.marche = 10000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?q=mangrove&attendu_min=20&attendu_max=30 (agent, administrateur, mots courants)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0) AND b.attendu >= $2::bigint AND b.attendu <= $3::bigint) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $4::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0) AND b.attendu >= $2::bigint AND b.attendu <= $3::bigint) OR b.marche = 2000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0) AND b.attendu >= $2::bigint AND b.attendu <= $3::bigint) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $5::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0) AND b.attendu >= $2::bigint AND b.attendu <= $3::bigint) OR b.marche = 2000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?reste_min=20&reste_max=30 (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((SELECT coalesce(sum(e.debit - e.credit), 0)::bigint
    FROM ecriture e
    WHERE e.declaration_id = b.id AND e.compte = 'redevables') >= $1::bigint AND (SELECT coalesce(sum(e.debit - e.credit), 0)::bigint
    FROM ecriture e
    WHERE e.declaration_id = b.id AND e.compte = 'redevables') <= $2::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 10000) b
    WHERE ((SELECT coalesce(sum(e.debit - e.credit), 0)::bigint
    FROM ecriture e
    WHERE e.declaration_id = b.id AND e.compte = 'redevables') >= $1::bigint AND (SELECT coalesce(sum(e.debit - e.credit), 0)::bigint
    FROM ecriture e
    WHERE e.declaration_id = b.id AND e.compte = 'redevables') <= $2::bigint) OR b.marche = 10000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((SELECT coalesce(sum(e.debit - e.credit), 0)::bigint
    FROM ecriture e
    WHERE e.declaration_id = b.id AND e.compte = 'redevables') >= $1::bigint AND (SELECT coalesce(sum(e.debit - e.credit), 0)::bigint
    FROM ecriture e
    WHERE e.declaration_id = b.id AND e.compte = 'redevables') <= $2::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $4::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 10000) b
    WHERE ((SELECT coalesce(sum(e.debit - e.credit), 0)::bigint
    FROM ecriture e
    WHERE e.declaration_id = b.id AND e.compte = 'redevables') >= $1::bigint AND (SELECT coalesce(sum(e.debit - e.credit), 0)::bigint
    FROM ecriture e
    WHERE e.declaration_id = b.id AND e.compte = 'redevables') <= $2::bigint) OR b.marche = 10000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?exigible_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((SELECT z.jour
    FROM (SELECT x.jour, x.fin
    FROM echeance x
    WHERE x.collectivite_id = b.collectivite_id AND x.genre = (SELECT y.genre
    FROM campagne y
    WHERE y.id = b.campagne_id) AND x.debut <= b.fin
    ORDER BY x.debut DESC
    LIMIT 1) z
    WHERE z.fin >= b.fin) >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 10000) b
    WHERE ((SELECT z.jour
    FROM (SELECT x.jour, x.fin
    FROM echeance x
    WHERE x.collectivite_id = b.collectivite_id AND x.genre = (SELECT y.genre
    FROM campagne y
    WHERE y.id = b.campagne_id) AND x.debut <= b.fin
    ORDER BY x.debut DESC
    LIMIT 1) z
    WHERE z.fin >= b.fin) >= $1::date) OR b.marche = 10000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((SELECT z.jour
    FROM (SELECT x.jour, x.fin
    FROM echeance x
    WHERE x.collectivite_id = b.collectivite_id AND x.genre = (SELECT y.genre
    FROM campagne y
    WHERE y.id = b.campagne_id) AND x.debut <= b.fin
    ORDER BY x.debut DESC
    LIMIT 1) z
    WHERE z.fin >= b.fin) >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 10000) b
    WHERE ((SELECT z.jour
    FROM (SELECT x.jour, x.fin
    FROM echeance x
    WHERE x.collectivite_id = b.collectivite_id AND x.genre = (SELECT y.genre
    FROM campagne y
    WHERE y.id = b.campagne_id) AND x.debut <= b.fin
    ORDER BY x.debut DESC
    LIMIT 1) z
    WHERE z.fin >= b.fin) >= $1::date) OR b.marche = 10000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?relances_min=2 (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.relances >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.relances >= $1::bigint) OR b.marche = 10000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.relances >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.relances >= $1::bigint) OR b.marche = 10000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?relancee_le_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.relancee_le >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.relancee_le >= $1::date) OR b.marche = 10000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.relancee_le >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.relancee_le >= $1::date) OR b.marche = 10000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?deposee_le_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.deposee_le >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.deposee_le >= $1::date) OR b.marche = 10000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.deposee_le >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.deposee_le >= $1::date) OR b.marche = 10000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?loue=true (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $2::text AND true AND (b.hebergeur_id IS NULL OR EXISTS (SELECT 1
    FROM logement l
    WHERE l.hebergeur_id = b.hebergeur_id AND l.code_insee = b.code_insee AND l.actif AND NOT coalesce(daterange(b.debut, b.fin, '[]') <@ (SELECT range_agg(daterange(f.debut, f.fin, '[]'))
    FROM fermeture f
    WHERE f.logement_id = l.id AND f.retire_le IS NULL), false))) = $1::text::boolean
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM declaration b
    WHERE b.code_insee = $3::text AND true AND (b.hebergeur_id IS NULL OR EXISTS (SELECT 1
    FROM logement l
    WHERE l.hebergeur_id = b.hebergeur_id AND l.code_insee = b.code_insee AND l.actif AND NOT coalesce(daterange(b.debut, b.fin, '[]') <@ (SELECT range_agg(daterange(f.debut, f.fin, '[]'))
    FROM fermeture f
    WHERE f.logement_id = l.id AND f.retire_le IS NULL), false))) = $1::text::boolean
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?campagne=17 (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM declaration b
    WHERE b.campagne_id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?q=mangrove&campagne=17 (agent, administrateur, mots rares)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM declaration b
    WHERE b.campagne_id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE AND b.hebergeur_id = ANY($2::bigint[])
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?q=mangrove&campagne=17 (agent, administrateur, référence)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM declaration b
    WHERE b.campagne_id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE AND b.id = ANY($2::bigint[])
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?q=mangrove&campagne=17 (agent, administrateur, mots courants)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 4000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.limite DESC, b.id DESC) AS marche
    FROM declaration b
    WHERE b.campagne_id = $3::bigint AND true AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 4000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 4000
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;

-- /declarations?hebergeur=17 (agent, administrateur)
SELECT b.id::text, b.limite::text, (b.numero)::text, (b.id)::text
    FROM (SELECT b.*
    FROM declaration b
    WHERE b.hebergeur_id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.limite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN campagne g ON g.id = b.campagne_id
    ORDER BY b.limite DESC, b.id DESC;
