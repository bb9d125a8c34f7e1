-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /anomalies?tri=numero (agent, administrateur)
SELECT b.id::text, b.id::text, (b.ligne)::bigint
    FROM (SELECT b.*
    FROM import_anomalie b
    WHERE true AND true AND b.import_id IN (SELECT a.id
    FROM import a
    WHERE a.collectivite_id = ANY ($1::bigint[]) OR -a.demandeur_id = ANY ($1::bigint[]))
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /anomalies?tri=-numero (agent, administrateur)
SELECT b.id::text, b.id::text, (b.ligne)::bigint
    FROM (SELECT b.*
    FROM import_anomalie b
    WHERE true AND true AND b.import_id IN (SELECT a.id
    FROM import a
    WHERE a.collectivite_id = ANY ($1::bigint[]) OR -a.demandeur_id = ANY ($1::bigint[]))
    ORDER BY b.id DESC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id DESC;

-- /anomalies?tri=numero&fin=1 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.ligne)::bigint
    FROM (SELECT b.*
    FROM import_anomalie b
    WHERE true AND true AND b.import_id IN (SELECT a.id
    FROM import a
    WHERE a.collectivite_id = ANY ($1::bigint[]) OR -a.demandeur_id = ANY ($1::bigint[]))
    ORDER BY b.id DESC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id DESC;

-- /anomalies?tri=-numero&fin=1 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.ligne)::bigint
    FROM (SELECT b.*
    FROM import_anomalie b
    WHERE true AND true AND b.import_id IN (SELECT a.id
    FROM import a
    WHERE a.collectivite_id = ANY ($1::bigint[]) OR -a.demandeur_id = ANY ($1::bigint[]))
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /anomalies?tri=ligne (agent, administrateur)
WITH ensemble AS MATERIALIZED (SELECT b.*, (b.ligne)::bigint AS tri
    FROM import_anomalie b JOIN import i ON i.id = b.import_id
    WHERE b.import_id IN (SELECT a.id
    FROM import a
    WHERE a.collectivite_id = ANY ($1::bigint[]) OR -a.demandeur_id = ANY ($1::bigint[]))
    LIMIT 10001) SELECT page.*, tout.nombre AS ensemble
    FROM (SELECT count(*) AS nombre
    FROM ensemble) tout
    LEFT JOIN (SELECT b.id::text, b.tri::text, (b.ligne)::bigint, row_number() OVER (ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC) AS rang_de_page
    FROM (SELECT b.*
    FROM ensemble b
    WHERE ((b.tri IS NOT NULL) OR (b.tri IS NULL)) AND (SELECT count(*)
    FROM ensemble) <= 10000
    ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id) page ON true
    ORDER BY page.rang_de_page;

-- /anomalies?gravite=refus&gravite_sauf=1 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, b.trouve, b.borne
    FROM (SELECT b.*, ((b.gravite = $2::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id ASC) AS marche
    FROM import_anomalie b
    WHERE true AND true AND b.import_id IN (SELECT a.id
    FROM import a
    WHERE a.collectivite_id = ANY ($1::bigint[]) OR -a.demandeur_id = ANY ($1::bigint[]))
    ORDER BY b.id ASC
    LIMIT 20000) b
    WHERE ((b.gravite = $2::text::text) IS NOT TRUE) OR b.marche = 20000
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /anomalies?gravite=refus (agent, administrateur)
SELECT b.id::text, b.id::text, (b.ligne)::bigint
    FROM (SELECT b.*
    FROM import_anomalie b
    WHERE true AND true AND b.import_id IN (SELECT a.id
    FROM import a
    WHERE a.collectivite_id = ANY ($1::bigint[]) OR -a.demandeur_id = ANY ($1::bigint[])) AND b.gravite = $2::text::text
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /anomalies?import=17 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.ligne)::bigint
    FROM (SELECT b.*
    FROM import_anomalie b
    WHERE b.import_id = $2::bigint AND true AND b.import_id IN (SELECT a.id
    FROM import a
    WHERE a.collectivite_id = ANY ($1::bigint[]) OR -a.demandeur_id = ANY ($1::bigint[]))
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /anomalies?ligne_min=2 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, b.trouve, b.borne
    FROM (SELECT b.*, (b.ligne >= $2::bigint) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.id ASC) AS marche
    FROM import_anomalie b
    WHERE true AND true AND b.import_id IN (SELECT a.id
    FROM import a
    WHERE a.collectivite_id = ANY ($1::bigint[]) OR -a.demandeur_id = ANY ($1::bigint[]))
    ORDER BY b.id ASC
    LIMIT 20000) b
    WHERE (b.ligne >= $2::bigint) OR b.marche = 20000
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /anomalies?numero_min=2 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.ligne)::bigint
    FROM (SELECT b.*
    FROM import_anomalie b
    WHERE true AND true AND b.import_id IN (SELECT a.id
    FROM import a
    WHERE a.collectivite_id = ANY ($1::bigint[]) OR -a.demandeur_id = ANY ($1::bigint[])) AND b.id >= $2::bigint
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;
