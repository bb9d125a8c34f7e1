-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /lettres?tri=numero (agent, administrateur)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id ASC
    LIMIT 51)) b
    ORDER BY b.id ASC
    LIMIT 51) b 
    ORDER BY b.id ASC;

-- /lettres?tri=-numero (agent, administrateur)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?tri=numero&fin=1 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?tri=-numero&fin=1 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id ASC
    LIMIT 51)) b
    ORDER BY b.id ASC
    LIMIT 51) b 
    ORDER BY b.id ASC;

-- /lettres?tri=destinataire (agent, administrateur)
SELECT b.id::text, b.destinataire::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.destinataire ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.destinataire ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.destinataire ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.destinataire ASC, b.id ASC;

-- /lettres?tri=-destinataire (agent, administrateur)
SELECT b.id::text, b.destinataire::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.destinataire DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.destinataire DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.destinataire DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.destinataire DESC, b.id DESC;

-- /lettres?tri=destinataire&fin=1 (agent, administrateur)
SELECT b.id::text, b.destinataire::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.destinataire DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.destinataire DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.destinataire DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.destinataire DESC, b.id DESC;

-- /lettres?tri=-destinataire&fin=1 (agent, administrateur)
SELECT b.id::text, b.destinataire::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.destinataire ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.destinataire ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.destinataire ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.destinataire ASC, b.id ASC;

-- /lettres?tri=reference (agent, administrateur)
WITH ensemble AS MATERIALIZED (SELECT b.*, (b.reference)::text COLLATE "C" AS tri
    FROM lettre b 
    WHERE b.collectivite_id = ANY($1::bigint[])
    LIMIT 10001) SELECT page.*, tout.nombre AS ensemble
    FROM (SELECT count(*) AS nombre
    FROM ensemble) tout
    LEFT JOIN (SELECT b.id::text, b.tri::text, (b.reference)::text, (b.id)::text, row_number() OVER (ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC) AS rang_de_page
    FROM (SELECT b.*
    FROM ensemble b
    WHERE ((b.tri IS NOT NULL) OR (b.tri IS NULL)) AND (SELECT count(*)
    FROM ensemble) <= 10000
    ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC
    LIMIT 51) b ) page ON true
    ORDER BY page.rang_de_page;

-- /lettres?etat=preparee&etat_sauf=1 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((b.etat = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE ((b.etat = $1::text::text) IS NOT TRUE) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((b.etat = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE ((b.etat = $1::text::text) IS NOT TRUE) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?q=mangrove (agent, administrateur, mots rares)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre b
    WHERE b.id = $2::bigint AND true AND (b.collectivite_id = ANY($1::bigint[])) IS TRUE
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre b
    WHERE b.id = $3::bigint AND true AND (b.collectivite_id = ANY($1::bigint[])) IS TRUE
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?q=mangrove (agent, administrateur, référence)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre b
    WHERE b.id = $2::bigint AND true AND (b.collectivite_id = ANY($1::bigint[])) IS TRUE
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre b
    WHERE b.id = $3::bigint AND true AND (b.collectivite_id = ANY($1::bigint[])) IS TRUE
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?q=mangrove (agent, administrateur, mots courants)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((sans_accents(b.destinataire || ' ' || b.reference) %> sans_accents($1::text::tsquery))) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 2000) b
    WHERE ((sans_accents(b.destinataire || ' ' || b.reference) %> sans_accents($1::text::tsquery))) OR b.marche = 2000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((sans_accents(b.destinataire || ' ' || b.reference) %> sans_accents($1::text::tsquery))) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 2000) b
    WHERE ((sans_accents(b.destinataire || ' ' || b.reference) %> sans_accents($1::text::tsquery))) OR b.marche = 2000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?etat=preparee (agent, administrateur)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND b.etat = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $3::bigint AND true AND b.etat = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?q=mangrove&etat=preparee (agent, administrateur, mots rares)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre b
    WHERE b.id = $3::bigint AND true AND b.etat = $1::text::text AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre b
    WHERE b.id = $4::bigint AND true AND b.etat = $1::text::text AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?q=mangrove&etat=preparee (agent, administrateur, référence)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre b
    WHERE b.id = $3::bigint AND true AND b.etat = $1::text::text AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre b
    WHERE b.id = $4::bigint AND true AND b.etat = $1::text::text AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?q=mangrove&etat=preparee (agent, administrateur, mots courants)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((sans_accents(b.destinataire || ' ' || b.reference) %> sans_accents($1::text::tsquery))) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.collectivite_id = $3::bigint AND true AND b.etat = $2::text::text
    ORDER BY b.id DESC
    LIMIT 2000) b
    WHERE ((sans_accents(b.destinataire || ' ' || b.reference) %> sans_accents($1::text::tsquery))) OR b.marche = 2000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((sans_accents(b.destinataire || ' ' || b.reference) %> sans_accents($1::text::tsquery))) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.collectivite_id = $4::bigint AND true AND b.etat = $2::text::text
    ORDER BY b.id DESC
    LIMIT 2000) b
    WHERE ((sans_accents(b.destinataire || ' ' || b.reference) %> sans_accents($1::text::tsquery))) OR b.marche = 2000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?genre=relance (agent, administrateur)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND b.genre = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $3::bigint AND true AND b.genre = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?recommande=true (agent, administrateur)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND b.recommande = $1::text::boolean
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $3::bigint AND true AND b.recommande = $1::text::boolean
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?courriel_etat=en_attente (agent, administrateur)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND b.courriel_etat = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $3::bigint AND true AND b.courriel_etat = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?date_lettre_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.date_lettre >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.date_lettre >= $1::date) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.date_lettre >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.date_lettre >= $1::date) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?q=mangrove&date_lettre_min=2026-01-01 (agent, administrateur, mots rares)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.date_lettre >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.id = $3::bigint AND true AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.date_lettre >= $1::date) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.date_lettre >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.id = $4::bigint AND true AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.date_lettre >= $1::date) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?q=mangrove&date_lettre_min=2026-01-01 (agent, administrateur, référence)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.date_lettre >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.id = $3::bigint AND true AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.date_lettre >= $1::date) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.date_lettre >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.id = $4::bigint AND true AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.date_lettre >= $1::date) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?q=mangrove&date_lettre_min=2026-01-01 (agent, administrateur, mots courants)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((sans_accents(b.destinataire || ' ' || b.reference) %> sans_accents($1::text::tsquery)) AND b.date_lettre >= $2::date) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 2000) b
    WHERE ((sans_accents(b.destinataire || ' ' || b.reference) %> sans_accents($1::text::tsquery)) AND b.date_lettre >= $2::date) OR b.marche = 2000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((sans_accents(b.destinataire || ' ' || b.reference) %> sans_accents($1::text::tsquery)) AND b.date_lettre >= $2::date) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.collectivite_id = $4::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 2000) b
    WHERE ((sans_accents(b.destinataire || ' ' || b.reference) %> sans_accents($1::text::tsquery)) AND b.date_lettre >= $2::date) OR b.marche = 2000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?envoyee_le_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.envoyee_le >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.envoyee_le >= $1::date) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.envoyee_le >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.envoyee_le >= $1::date) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?distribuee_le_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.distribuee_le >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.distribuee_le >= $1::date) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.distribuee_le >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.distribuee_le >= $1::date) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?retournee_le_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.retournee_le >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.retournee_le >= $1::date) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.retournee_le >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.retournee_le >= $1::date) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?reponse_le_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.reponse_le >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.reponse_le >= $1::date) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.reponse_le >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.reponse_le >= $1::date) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?numero_min=2 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND b.id >= $1::bigint
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM lettre b
    WHERE b.collectivite_id = $3::bigint AND true AND b.id >= $1::bigint
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;

-- /lettres?envoi_min=2 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.envoi_id >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.envoi_id >= $1::bigint) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.envoi_id >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM lettre b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.envoi_id >= $1::bigint) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b 
    ORDER BY b.id DESC;
