-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /communes?tri=nom (agent, administrateur, exploitant)
SELECT b.code_insee::text, b.nom::text, (b.nom)::text, (b.code_insee)::text
    FROM (SELECT b.*
    FROM commune b
    WHERE true AND true AND true
    ORDER BY b.nom ASC, b.code_insee ASC
    LIMIT 51) b
    LEFT JOIN epci e ON e.siren = b.epci_siren
    ORDER BY b.nom ASC, b.code_insee ASC;

-- /communes?tri=-nom (agent, administrateur, exploitant)
SELECT b.code_insee::text, b.nom::text, (b.nom)::text, (b.code_insee)::text
    FROM (SELECT b.*
    FROM commune b
    WHERE true AND true AND true
    ORDER BY b.nom DESC, b.code_insee DESC
    LIMIT 51) b
    LEFT JOIN epci e ON e.siren = b.epci_siren
    ORDER BY b.nom DESC, b.code_insee DESC;

-- /communes?tri=nom&fin=1 (agent, administrateur, exploitant)
SELECT b.code_insee::text, b.nom::text, (b.nom)::text, (b.code_insee)::text
    FROM (SELECT b.*
    FROM commune b
    WHERE true AND true AND true
    ORDER BY b.nom DESC, b.code_insee DESC
    LIMIT 51) b
    LEFT JOIN epci e ON e.siren = b.epci_siren
    ORDER BY b.nom DESC, b.code_insee DESC;

-- /communes?tri=-nom&fin=1 (agent, administrateur, exploitant)
SELECT b.code_insee::text, b.nom::text, (b.nom)::text, (b.code_insee)::text
    FROM (SELECT b.*
    FROM commune b
    WHERE true AND true AND true
    ORDER BY b.nom ASC, b.code_insee ASC
    LIMIT 51) b
    LEFT JOIN epci e ON e.siren = b.epci_siren
    ORDER BY b.nom ASC, b.code_insee ASC;

-- /communes?tri=population (agent, administrateur, exploitant)
SELECT b.code_insee::text, b.population::text, (b.nom)::text, (b.code_insee)::text
    FROM (SELECT *
    FROM ((SELECT b.*
    FROM commune b
    WHERE true AND b.population IS NOT NULL AND true
    ORDER BY b.population ASC, b.code_insee ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM commune b
    WHERE true AND b.population IS NULL AND true
    ORDER BY b.population ASC, b.code_insee ASC
    LIMIT 51)) b
    ORDER BY (b.population IS NULL), b.population ASC, b.code_insee ASC
    LIMIT 51) b
    LEFT JOIN epci e ON e.siren = b.epci_siren
    ORDER BY (b.population IS NULL), b.population ASC, b.code_insee ASC;

-- /communes?tri=-population (agent, administrateur, exploitant)
SELECT b.code_insee::text, b.population::text, (b.nom)::text, (b.code_insee)::text
    FROM (SELECT *
    FROM ((SELECT b.*
    FROM commune b
    WHERE true AND b.population IS NOT NULL AND true
    ORDER BY b.population DESC, b.code_insee DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM commune b
    WHERE true AND b.population IS NULL AND true
    ORDER BY b.population DESC, b.code_insee DESC
    LIMIT 51)) b
    ORDER BY (b.population IS NULL), b.population DESC, b.code_insee DESC
    LIMIT 51) b
    LEFT JOIN epci e ON e.siren = b.epci_siren
    ORDER BY (b.population IS NULL), b.population DESC, b.code_insee DESC;

-- /communes?tri=population&fin=1 (agent, administrateur, exploitant)
SELECT b.code_insee::text, b.population::text, (b.nom)::text, (b.code_insee)::text
    FROM (SELECT *
    FROM ((SELECT b.*
    FROM commune b
    WHERE true AND b.population IS NULL AND true
    ORDER BY b.population DESC, b.code_insee DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM commune b
    WHERE true AND b.population IS NOT NULL AND true
    ORDER BY b.population DESC, b.code_insee DESC
    LIMIT 51)) b
    ORDER BY (b.population IS NULL) DESC, b.population DESC, b.code_insee DESC
    LIMIT 51) b
    LEFT JOIN epci e ON e.siren = b.epci_siren
    ORDER BY (b.population IS NULL) DESC, b.population DESC, b.code_insee DESC;

-- /communes?tri=-population&fin=1 (agent, administrateur, exploitant)
SELECT b.code_insee::text, b.population::text, (b.nom)::text, (b.code_insee)::text
    FROM (SELECT *
    FROM ((SELECT b.*
    FROM commune b
    WHERE true AND b.population IS NULL AND true
    ORDER BY b.population ASC, b.code_insee ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM commune b
    WHERE true AND b.population IS NOT NULL AND true
    ORDER BY b.population ASC, b.code_insee ASC
    LIMIT 51)) b
    ORDER BY (b.population IS NULL) DESC, b.population ASC, b.code_insee ASC
    LIMIT 51) b
    LEFT JOIN epci e ON e.siren = b.epci_siren
    ORDER BY (b.population IS NULL) DESC, b.population ASC, b.code_insee ASC;

-- /communes?tri=insee (agent, administrateur, exploitant)
WITH ensemble AS MATERIALIZED (SELECT b.*, (b.code_insee)::text COLLATE "C" AS tri
    FROM commune b
    LEFT JOIN epci e ON e.siren = b.epci_siren
    WHERE true
    LIMIT 10001) SELECT page.*, tout.nombre AS ensemble
    FROM (SELECT count(*) AS nombre
    FROM ensemble) tout
    LEFT JOIN (SELECT b.code_insee::text, b.tri::text, (b.nom)::text, (b.code_insee)::text, row_number() OVER (ORDER BY (b.tri IS NULL), b.tri ASC, b.code_insee ASC) AS rang_de_page
    FROM (SELECT b.*
    FROM ensemble b
    WHERE ((b.tri IS NOT NULL) OR (b.tri IS NULL)) AND (SELECT count(*)
    FROM ensemble) <= 10000
    ORDER BY (b.tri IS NULL), b.tri ASC, b.code_insee ASC
    LIMIT 51) b
    LEFT JOIN epci e ON e.siren = b.epci_siren) page ON true
    ORDER BY page.rang_de_page;

-- /communes?epci=airbnb&epci_sauf=1 (agent, administrateur, exploitant)
SELECT b.code_insee::text, b.nom::text, (b.nom)::text, (b.code_insee)::text, b.trouve, b.borne
    FROM (SELECT b.*, ((b.epci_siren = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.code_insee ASC) AS marche
    FROM commune b
    WHERE true AND true AND true
    ORDER BY b.nom ASC, b.code_insee ASC
    LIMIT 20000) b
    WHERE ((b.epci_siren = $1::text::text) IS NOT TRUE) OR b.marche = 20000
    ORDER BY b.nom ASC, b.code_insee ASC
    LIMIT 51) b
    LEFT JOIN epci e ON e.siren = b.epci_siren
    ORDER BY b.nom ASC, b.code_insee ASC;

-- /communes?epci=airbnb (agent, administrateur, exploitant)
SELECT b.code_insee::text, b.nom::text, (b.nom)::text, (b.code_insee)::text
    FROM (SELECT b.*
    FROM commune b
    WHERE true AND true AND b.epci_siren = $1::text::text
    ORDER BY b.nom ASC, b.code_insee ASC
    LIMIT 51) b
    LEFT JOIN epci e ON e.siren = b.epci_siren
    ORDER BY b.nom ASC, b.code_insee ASC;

-- /communes?population_min=2 (agent, administrateur, exploitant)
SELECT b.code_insee::text, b.population::text, (b.nom)::text, (b.code_insee)::text
    FROM (SELECT *
    FROM ((SELECT b.*
    FROM commune b
    WHERE true AND b.population IS NOT NULL AND b.population >= $1::bigint
    ORDER BY b.population DESC, b.code_insee DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM commune b
    WHERE true AND b.population IS NULL AND b.population >= $1::bigint
    ORDER BY b.population DESC, b.code_insee DESC
    LIMIT 51)) b
    ORDER BY (b.population IS NULL), b.population DESC, b.code_insee DESC
    LIMIT 51) b
    LEFT JOIN epci e ON e.siren = b.epci_siren
    ORDER BY (b.population IS NULL), b.population DESC, b.code_insee DESC;
