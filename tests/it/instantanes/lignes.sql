-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /lignes?tri=numero (agent, exploitant)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, (b.import_id)::text
    FROM (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.demandeur_id = $2::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END)))
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /lignes?tri=numero (administrateur)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, (b.import_id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.collectivite_id = $2::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END)))
    ORDER BY b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.collectivite_id = $3::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END)))
    ORDER BY b.id ASC
    LIMIT 51)) b
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /lignes?tri=-numero (agent, exploitant)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, (b.import_id)::text
    FROM (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.demandeur_id = $2::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END)))
    ORDER BY b.id DESC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id DESC;

-- /lignes?tri=-numero (administrateur)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, (b.import_id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.collectivite_id = $2::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END)))
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.collectivite_id = $3::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END)))
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id DESC;

-- /lignes?tri=numero&fin=1 (agent, exploitant)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, (b.import_id)::text
    FROM (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.demandeur_id = $2::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END)))
    ORDER BY b.id DESC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id DESC;

-- /lignes?tri=numero&fin=1 (administrateur)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, (b.import_id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.collectivite_id = $2::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END)))
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.collectivite_id = $3::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END)))
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id DESC;

-- /lignes?tri=-numero&fin=1 (agent, exploitant)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, (b.import_id)::text
    FROM (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.demandeur_id = $2::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END)))
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /lignes?tri=-numero&fin=1 (administrateur)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, (b.import_id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.collectivite_id = $2::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END)))
    ORDER BY b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.collectivite_id = $3::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END)))
    ORDER BY b.id ASC
    LIMIT 51)) b
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /lignes?tri=ligne (agent, exploitant)
WITH ensemble AS MATERIALIZED (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif, (b.ligne)::bigint AS tri
    FROM import_ligne b JOIN import i ON i.id = b.import_id
    WHERE EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END))) AND b.demandeur_id = ANY($2::bigint[])
    LIMIT 10001) SELECT page.*, tout.nombre AS ensemble
    FROM (SELECT count(*) AS nombre
    FROM ensemble) tout
    LEFT JOIN (SELECT b.id::text, b.tri::text, (b.ligne)::bigint, (b.import_id)::text, row_number() OVER (ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC) AS rang_de_page
    FROM (SELECT b.*
    FROM ensemble b
    WHERE ((b.tri IS NOT NULL) OR (b.tri IS NULL)) AND (SELECT count(*)
    FROM ensemble) <= 10000
    ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id) page ON true
    ORDER BY page.rang_de_page;

-- /lignes?tri=ligne (administrateur)
WITH ensemble AS MATERIALIZED (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif, (b.ligne)::bigint AS tri
    FROM import_ligne b JOIN import i ON i.id = b.import_id
    WHERE EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END))) AND b.collectivite_id = ANY($2::bigint[])
    LIMIT 10001) SELECT page.*, tout.nombre AS ensemble
    FROM (SELECT count(*) AS nombre
    FROM ensemble) tout
    LEFT JOIN (SELECT b.id::text, b.tri::text, (b.ligne)::bigint, (b.import_id)::text, row_number() OVER (ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC) AS rang_de_page
    FROM (SELECT b.*
    FROM ensemble b
    WHERE ((b.tri IS NOT NULL) OR (b.tri IS NULL)) AND (SELECT count(*)
    FROM ensemble) <= 10000
    ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id) page ON true
    ORDER BY page.rang_de_page;

-- /lignes?verdict=nouvelle&verdict_sauf=1 (agent, exploitant)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, (b.import_id)::text, b.trouve, b.borne
    FROM (SELECT b.*, ((b.verdict = $2::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif, row_number() OVER (ORDER BY b.id ASC) AS marche
    FROM import_ligne b
    WHERE b.demandeur_id = $3::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END)))
    ORDER BY b.id ASC
    LIMIT 20000) b
    WHERE ((b.verdict = $2::text::text) IS NOT TRUE) OR b.marche = 20000
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /lignes?verdict=nouvelle&verdict_sauf=1 (administrateur)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, (b.import_id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((b.verdict = $2::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif, row_number() OVER (ORDER BY b.id ASC) AS marche
    FROM import_ligne b
    WHERE b.collectivite_id = $3::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END)))
    ORDER BY b.id ASC
    LIMIT 10000) b
    WHERE ((b.verdict = $2::text::text) IS NOT TRUE) OR b.marche = 10000
    ORDER BY b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((b.verdict = $2::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif, row_number() OVER (ORDER BY b.id ASC) AS marche
    FROM import_ligne b
    WHERE b.collectivite_id = $4::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END)))
    ORDER BY b.id ASC
    LIMIT 10000) b
    WHERE ((b.verdict = $2::text::text) IS NOT TRUE) OR b.marche = 10000
    ORDER BY b.id ASC
    LIMIT 51)) b
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /lignes?verdict=nouvelle (agent, exploitant)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, (b.import_id)::text
    FROM (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.demandeur_id = $3::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END))) AND b.verdict = $2::text::text
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /lignes?verdict=nouvelle (administrateur)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, (b.import_id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.collectivite_id = $3::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END))) AND b.verdict = $2::text::text
    ORDER BY b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.collectivite_id = $4::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END))) AND b.verdict = $2::text::text
    ORDER BY b.id ASC
    LIMIT 51)) b
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /lignes?suite=prevue (agent, exploitant)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, (b.import_id)::text
    FROM (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.demandeur_id = $3::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END))) AND CASE WHEN b.etat = 'prevue' AND b.verdict IN ('identique', 'laissee', 'refusee') THEN 'rien' ELSE b.etat END = $2::text::text
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /lignes?suite=prevue (administrateur)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, (b.import_id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.collectivite_id = $3::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END))) AND CASE WHEN b.etat = 'prevue' AND b.verdict IN ('identique', 'laissee', 'refusee') THEN 'rien' ELSE b.etat END = $2::text::text
    ORDER BY b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.collectivite_id = $4::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END))) AND CASE WHEN b.etat = 'prevue' AND b.verdict IN ('identique', 'laissee', 'refusee') THEN 'rien' ELSE b.etat END = $2::text::text
    ORDER BY b.id ASC
    LIMIT 51)) b
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /lignes?import=17 (agent, exploitant)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, (b.import_id)::text
    FROM (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.import_id = $3::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END))) AND (b.demandeur_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /lignes?import=17 (administrateur)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, (b.import_id)::text
    FROM (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.import_id = $3::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END))) AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /lignes?ligne_min=2 (agent, exploitant)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, (b.import_id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.ligne >= $2::bigint) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif, row_number() OVER (ORDER BY b.id ASC) AS marche
    FROM import_ligne b
    WHERE b.demandeur_id = $3::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END)))
    ORDER BY b.id ASC
    LIMIT 20000) b
    WHERE (b.ligne >= $2::bigint) OR b.marche = 20000
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /lignes?ligne_min=2 (administrateur)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, (b.import_id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.ligne >= $2::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif, row_number() OVER (ORDER BY b.id ASC) AS marche
    FROM import_ligne b
    WHERE b.collectivite_id = $3::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END)))
    ORDER BY b.id ASC
    LIMIT 10000) b
    WHERE (b.ligne >= $2::bigint) OR b.marche = 10000
    ORDER BY b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.ligne >= $2::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif, row_number() OVER (ORDER BY b.id ASC) AS marche
    FROM import_ligne b
    WHERE b.collectivite_id = $4::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END)))
    ORDER BY b.id ASC
    LIMIT 10000) b
    WHERE (b.ligne >= $2::bigint) OR b.marche = 10000
    ORDER BY b.id ASC
    LIMIT 51)) b
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /lignes?numero_min=2 (agent, exploitant)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, (b.import_id)::text
    FROM (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.demandeur_id = $3::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END))) AND b.id >= $2::bigint
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;

-- /lignes?numero_min=2 (administrateur)
SELECT b.id::text, b.id::text, (b.ligne)::bigint, (b.import_id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.collectivite_id = $3::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END))) AND b.id >= $2::bigint
    ORDER BY b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif
    FROM import_ligne b
    WHERE b.collectivite_id = $4::bigint AND true AND EXISTS (SELECT 1
    FROM import m
    WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1
    FROM unnest(m.communes) AS ecrit (place)
    WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ($1::bigint[])
            ELSE EXISTS (SELECT 1
    FROM collectivite_commune cc
    WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ($1::bigint[])) END))) AND b.id >= $2::bigint
    ORDER BY b.id ASC
    LIMIT 51)) b
    ORDER BY b.id ASC
    LIMIT 51) b JOIN import i ON i.id = b.import_id
    ORDER BY b.id ASC;
