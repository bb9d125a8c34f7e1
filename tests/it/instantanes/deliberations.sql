-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /deliberations?tri=effet (agent, administrateur)
SELECT b.id::text, b.applicable_du::text, (b.collectivite)::text, (b.id)::text
    FROM (SELECT b.*
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.applicable_du ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.applicable_du ASC, b.id ASC;

-- /deliberations?tri=-effet (agent, administrateur)
SELECT b.id::text, b.applicable_du::text, (b.collectivite)::text, (b.id)::text
    FROM (SELECT b.*
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.applicable_du DESC, b.id DESC;

-- /deliberations?tri=effet&fin=1 (agent, administrateur)
SELECT b.id::text, b.applicable_du::text, (b.collectivite)::text, (b.id)::text
    FROM (SELECT b.*
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.applicable_du DESC, b.id DESC;

-- /deliberations?tri=-effet&fin=1 (agent, administrateur)
SELECT b.id::text, b.applicable_du::text, (b.collectivite)::text, (b.id)::text
    FROM (SELECT b.*
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.applicable_du ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.applicable_du ASC, b.id ASC;

-- /deliberations?tri=collectivite (agent, administrateur)
SELECT b.id::text, b.collectivite::text, (b.collectivite)::text, (b.id)::text
    FROM (SELECT b.*
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.collectivite ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.collectivite ASC, b.id ASC;

-- /deliberations?tri=-collectivite (agent, administrateur)
SELECT b.id::text, b.collectivite::text, (b.collectivite)::text, (b.id)::text
    FROM (SELECT b.*
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.collectivite DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.collectivite DESC, b.id DESC;

-- /deliberations?tri=collectivite&fin=1 (agent, administrateur)
SELECT b.id::text, b.collectivite::text, (b.collectivite)::text, (b.id)::text
    FROM (SELECT b.*
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.collectivite DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.collectivite DESC, b.id DESC;

-- /deliberations?tri=-collectivite&fin=1 (agent, administrateur)
SELECT b.id::text, b.collectivite::text, (b.collectivite)::text, (b.id)::text
    FROM (SELECT b.*
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.collectivite ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.collectivite ASC, b.id ASC;

-- /deliberations?tri=date (agent, administrateur)
SELECT b.id::text, b.date_deliberation::text, (b.collectivite)::text, (b.id)::text
    FROM (SELECT b.*
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.date_deliberation ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.date_deliberation ASC, b.id ASC;

-- /deliberations?tri=-date (agent, administrateur)
SELECT b.id::text, b.date_deliberation::text, (b.collectivite)::text, (b.id)::text
    FROM (SELECT b.*
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.date_deliberation DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.date_deliberation DESC, b.id DESC;

-- /deliberations?tri=date&fin=1 (agent, administrateur)
SELECT b.id::text, b.date_deliberation::text, (b.collectivite)::text, (b.id)::text
    FROM (SELECT b.*
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.date_deliberation DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.date_deliberation DESC, b.id DESC;

-- /deliberations?tri=-date&fin=1 (agent, administrateur)
SELECT b.id::text, b.date_deliberation::text, (b.collectivite)::text, (b.id)::text
    FROM (SELECT b.*
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.date_deliberation ASC, b.id ASC
    LIMIT 51) b 
    ORDER BY b.date_deliberation ASC, b.id ASC;

-- /deliberations?tri=numero (agent, administrateur)
WITH ensemble AS MATERIALIZED (SELECT b.*, (b.id)::bigint AS tri
    FROM deliberation b 
    WHERE (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    LIMIT 10001) SELECT page.*, tout.nombre AS ensemble
    FROM (SELECT count(*) AS nombre
    FROM ensemble) tout
    LEFT JOIN (SELECT b.id::text, b.tri::text, (b.collectivite)::text, (b.id)::text, row_number() OVER (ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC) AS rang_de_page
    FROM (SELECT b.*
    FROM ensemble b
    WHERE ((b.tri IS NOT NULL) OR (b.tri IS NULL)) AND (SELECT count(*)
    FROM ensemble) <= 10000
    ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC
    LIMIT 51) b ) page ON true
    ORDER BY page.rang_de_page;

-- /deliberations?collectivite=airbnb&collectivite_sauf=1 (agent, administrateur)
SELECT b.id::text, b.applicable_du::text, (b.collectivite)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, ((b.siren = $2::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.applicable_du DESC, b.id DESC) AS marche
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 20000) b
    WHERE ((b.siren = $2::text::text) IS NOT TRUE) OR b.marche = 20000
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.applicable_du DESC, b.id DESC;

-- /deliberations?collectivite=airbnb (agent, administrateur)
SELECT b.id::text, b.applicable_du::text, (b.collectivite)::text, (b.id)::text
    FROM (SELECT b.*
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[])) AND b.siren = $2::text::text
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.applicable_du DESC, b.id DESC;

-- /deliberations?etat=brouillon (agent, administrateur)
SELECT b.id::text, b.applicable_du::text, (b.collectivite)::text, (b.id)::text
    FROM (SELECT b.*
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[])) AND b.etat = $2::text::text
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.applicable_du DESC, b.id DESC;

-- /deliberations?annee_min=2 (agent, administrateur)
SELECT b.id::text, b.applicable_du::text, (b.collectivite)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.annee >= $2::bigint) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.applicable_du DESC, b.id DESC) AS marche
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 20000) b
    WHERE (b.annee >= $2::bigint) OR b.marche = 20000
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.applicable_du DESC, b.id DESC;

-- /deliberations?effet_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.applicable_du::text, (b.collectivite)::text, (b.id)::text
    FROM (SELECT b.*
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[])) AND b.applicable_du >= $2::date
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.applicable_du DESC, b.id DESC;

-- /deliberations?deliberee_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.applicable_du::text, (b.collectivite)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.date_deliberation >= $2::date) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.applicable_du DESC, b.id DESC) AS marche
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 20000) b
    WHERE (b.date_deliberation >= $2::date) OR b.marche = 20000
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.applicable_du DESC, b.id DESC;

-- /deliberations?source=saisie (agent, administrateur)
SELECT b.id::text, b.applicable_du::text, (b.collectivite)::text, (b.id)::text
    FROM (SELECT b.*
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[])) AND b.source = $2::text::text
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.applicable_du DESC, b.id DESC;

-- /deliberations?transmise=vide (agent, administrateur)
SELECT b.id::text, b.applicable_du::text, (b.collectivite)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.transmise_le IS NULL) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.applicable_du DESC, b.id DESC) AS marche
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 20000) b
    WHERE (b.transmise_le IS NULL) OR b.marche = 20000
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.applicable_du DESC, b.id DESC;

-- /deliberations?transmise_le_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.applicable_du::text, (b.collectivite)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.transmise_le >= $2::date) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.applicable_du DESC, b.id DESC) AS marche
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 20000) b
    WHERE (b.transmise_le >= $2::date) OR b.marche = 20000
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.applicable_du DESC, b.id DESC;

-- /deliberations?valable_au_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.applicable_du::text, (b.collectivite)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.valable_au >= $2::date) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.applicable_du DESC, b.id DESC) AS marche
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 20000) b
    WHERE (b.valable_au >= $2::date) OR b.marche = 20000
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.applicable_du DESC, b.id DESC;

-- /deliberations?taux_min=2 (agent, administrateur)
SELECT b.id::text, b.applicable_du::text, (b.collectivite)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.tarif_9 >= $2::bigint) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.applicable_du DESC, b.id DESC) AS marche
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 20000) b
    WHERE (b.tarif_9 >= $2::bigint) OR b.marche = 20000
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.applicable_du DESC, b.id DESC;

-- /deliberations?loyer_nuit_min=2 (agent, administrateur)
SELECT b.id::text, b.applicable_du::text, (b.collectivite)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.loyer_minimum_nuit >= $2::bigint) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.applicable_du DESC, b.id DESC) AS marche
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 20000) b
    WHERE (b.loyer_minimum_nuit >= $2::bigint) OR b.marche = 20000
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.applicable_du DESC, b.id DESC;

-- /deliberations?numero_min=2 (agent, administrateur)
SELECT b.id::text, b.applicable_du::text, (b.collectivite)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.id >= $2::bigint) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.applicable_du DESC, b.id DESC) AS marche
    FROM deliberation b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 20000) b
    WHERE (b.id >= $2::bigint) OR b.marche = 20000
    ORDER BY b.applicable_du DESC, b.id DESC
    LIMIT 51) b 
    ORDER BY b.applicable_du DESC, b.id DESC;
