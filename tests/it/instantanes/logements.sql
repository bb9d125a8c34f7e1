-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /logements?tri=nom (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?tri=-nom (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.nom DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.nom DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom DESC, b.id DESC;

-- /logements?tri=nom&fin=1 (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.nom DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.nom DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom DESC, b.id DESC;

-- /logements?tri=-nom&fin=1 (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?tri=capacite (agent, administrateur)
SELECT b.id::text, b.capacite::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.capacite ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.capacite ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.capacite ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.capacite ASC, b.id ASC;

-- /logements?tri=-capacite (agent, administrateur)
SELECT b.id::text, b.capacite::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.capacite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.capacite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.capacite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.capacite DESC, b.id DESC;

-- /logements?tri=capacite&fin=1 (agent, administrateur)
SELECT b.id::text, b.capacite::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.capacite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.capacite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.capacite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.capacite DESC, b.id DESC;

-- /logements?tri=-capacite&fin=1 (agent, administrateur)
SELECT b.id::text, b.capacite::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.capacite ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.capacite ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.capacite ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.capacite ASC, b.id ASC;

-- /logements?tri=classement (agent, administrateur)
SELECT b.id::text, b.classe_jusqu_au::text, (b.nom)::text, (b.id)::text
    FROM (SELECT *
    FROM ((SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $1::text AND b.classe_jusqu_au IS NOT NULL AND true
    ORDER BY b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND b.classe_jusqu_au IS NOT NULL AND true
    ORDER BY b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $1::text AND b.classe_jusqu_au IS NULL AND true
    ORDER BY b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND b.classe_jusqu_au IS NULL AND true
    ORDER BY b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY (b.classe_jusqu_au IS NULL), b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY (b.classe_jusqu_au IS NULL), b.classe_jusqu_au ASC, b.id ASC;

-- /logements?tri=-classement (agent, administrateur)
SELECT b.id::text, b.classe_jusqu_au::text, (b.nom)::text, (b.id)::text
    FROM (SELECT *
    FROM ((SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $1::text AND b.classe_jusqu_au IS NOT NULL AND true
    ORDER BY b.classe_jusqu_au DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND b.classe_jusqu_au IS NOT NULL AND true
    ORDER BY b.classe_jusqu_au DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.classe_jusqu_au DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $1::text AND b.classe_jusqu_au IS NULL AND true
    ORDER BY b.classe_jusqu_au DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND b.classe_jusqu_au IS NULL AND true
    ORDER BY b.classe_jusqu_au DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.classe_jusqu_au DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY (b.classe_jusqu_au IS NULL), b.classe_jusqu_au DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY (b.classe_jusqu_au IS NULL), b.classe_jusqu_au DESC, b.id DESC;

-- /logements?tri=classement&fin=1 (agent, administrateur)
SELECT b.id::text, b.classe_jusqu_au::text, (b.nom)::text, (b.id)::text
    FROM (SELECT *
    FROM ((SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $1::text AND b.classe_jusqu_au IS NULL AND true
    ORDER BY b.classe_jusqu_au DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND b.classe_jusqu_au IS NULL AND true
    ORDER BY b.classe_jusqu_au DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.classe_jusqu_au DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $1::text AND b.classe_jusqu_au IS NOT NULL AND true
    ORDER BY b.classe_jusqu_au DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND b.classe_jusqu_au IS NOT NULL AND true
    ORDER BY b.classe_jusqu_au DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.classe_jusqu_au DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY (b.classe_jusqu_au IS NULL) DESC, b.classe_jusqu_au DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY (b.classe_jusqu_au IS NULL) DESC, b.classe_jusqu_au DESC, b.id DESC;

-- /logements?tri=-classement&fin=1 (agent, administrateur)
SELECT b.id::text, b.classe_jusqu_au::text, (b.nom)::text, (b.id)::text
    FROM (SELECT *
    FROM ((SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $1::text AND b.classe_jusqu_au IS NULL AND true
    ORDER BY b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND b.classe_jusqu_au IS NULL AND true
    ORDER BY b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $1::text AND b.classe_jusqu_au IS NOT NULL AND true
    ORDER BY b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND b.classe_jusqu_au IS NOT NULL AND true
    ORDER BY b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY (b.classe_jusqu_au IS NULL) DESC, b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY (b.classe_jusqu_au IS NULL) DESC, b.classe_jusqu_au ASC, b.id ASC;

-- /logements?tri=reference (agent, administrateur)
WITH ensemble AS MATERIALIZED (SELECT b.*, (b.reference)::text COLLATE "C" AS tri
    FROM logement b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    WHERE b.code_insee = ANY($1::text[])
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
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id) page ON true
    ORDER BY page.rang_de_page;

-- /logements?commune=97125&commune_sauf=1 (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?q=mangrove (agent, administrateur, mots rares)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?q=mangrove (agent, administrateur, référence)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?q=mangrove (agent, administrateur, mots courants)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((b.mots @@ $1::text::tsquery)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM logement b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 2000) b
    WHERE ((b.mots @@ $1::text::tsquery)) OR b.marche = 2000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((b.mots @@ $1::text::tsquery)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM logement b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 2000) b
    WHERE ((b.mots @@ $1::text::tsquery)) OR b.marche = 2000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?commune=97125 (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?q=mangrove&commune=97125 (agent, administrateur, mots rares)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?q=mangrove&commune=97125 (agent, administrateur, référence)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?q=mangrove&commune=97125 (agent, administrateur, mots courants)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, ((b.mots @@ $1::text::tsquery)) IS TRUE AS trouve, b.marche = 4000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM logement b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 4000) b
    WHERE ((b.mots @@ $1::text::tsquery)) OR b.marche = 4000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?nature=4 (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND true AND b.nature_id = $1::text::smallint
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $3::text AND true AND b.nature_id = $1::text::smallint
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?q=mangrove&nature=4 (agent, administrateur, mots rares)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.id = $3::bigint AND true AND b.nature_id = $1::text::smallint AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.id = $4::bigint AND true AND b.nature_id = $1::text::smallint AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?q=mangrove&nature=4 (agent, administrateur, référence)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.id = $3::bigint AND true AND b.nature_id = $1::text::smallint AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.id = $4::bigint AND true AND b.nature_id = $1::text::smallint AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?q=mangrove&nature=4 (agent, administrateur, mots courants)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((b.mots @@ $1::text::tsquery)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM logement b
    WHERE b.code_insee = $3::text AND true AND b.nature_id = $2::text::smallint
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 2000) b
    WHERE ((b.mots @@ $1::text::tsquery)) OR b.marche = 2000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((b.mots @@ $1::text::tsquery)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM logement b
    WHERE b.code_insee = $4::text AND true AND b.nature_id = $2::text::smallint
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 2000) b
    WHERE ((b.mots @@ $1::text::tsquery)) OR b.marche = 2000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?categorie=4 (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND true AND b.categorie_id = $1::text::smallint
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $3::text AND true AND b.categorie_id = $1::text::smallint
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?epci=200041507 (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?q=mangrove&epci=200041507 (agent, administrateur, mots rares)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?q=mangrove&epci=200041507 (agent, administrateur, référence)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?q=mangrove&epci=200041507 (agent, administrateur, mots courants)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, ((b.mots @@ $1::text::tsquery)) IS TRUE AS trouve, b.marche = 4000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM logement b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 4000) b
    WHERE ((b.mots @@ $1::text::tsquery)) OR b.marche = 4000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?actif=true (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND true AND b.actif = $1::text::boolean
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $3::text AND true AND b.actif = $1::text::boolean
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?capacite_min=2 (agent, administrateur)
SELECT b.id::text, b.capacite::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND true AND b.capacite >= $1::bigint
    ORDER BY b.capacite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $3::text AND true AND b.capacite >= $1::bigint
    ORDER BY b.capacite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.capacite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.capacite DESC, b.id DESC;

-- /logements?q=mangrove&capacite_min=2 (agent, administrateur, mots rares)
SELECT b.id::text, b.capacite::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.id = $3::bigint AND true AND b.capacite >= $1::bigint AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.capacite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.id = $4::bigint AND true AND b.capacite >= $1::bigint AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.capacite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.capacite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.capacite DESC, b.id DESC;

-- /logements?q=mangrove&capacite_min=2 (agent, administrateur, référence)
SELECT b.id::text, b.capacite::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.id = $3::bigint AND true AND b.capacite >= $1::bigint AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.capacite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.id = $4::bigint AND true AND b.capacite >= $1::bigint AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.capacite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.capacite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.capacite DESC, b.id DESC;

-- /logements?q=mangrove&capacite_min=2 (agent, administrateur, mots courants)
SELECT b.id::text, b.capacite::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((b.mots @@ $1::text::tsquery)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.capacite DESC, b.id DESC) AS marche
    FROM logement b
    WHERE b.code_insee = $3::text AND true AND b.capacite >= $2::bigint
    ORDER BY b.capacite DESC, b.id DESC
    LIMIT 2000) b
    WHERE ((b.mots @@ $1::text::tsquery)) OR b.marche = 2000
    ORDER BY b.capacite DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((b.mots @@ $1::text::tsquery)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.capacite DESC, b.id DESC) AS marche
    FROM logement b
    WHERE b.code_insee = $4::text AND true AND b.capacite >= $2::bigint
    ORDER BY b.capacite DESC, b.id DESC
    LIMIT 2000) b
    WHERE ((b.mots @@ $1::text::tsquery)) OR b.marche = 2000
    ORDER BY b.capacite DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.capacite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.capacite DESC, b.id DESC;

-- /logements?classe_le_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.classe_le >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM logement b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 10000) b
    WHERE (b.classe_le >= $1::date) OR b.marche = 10000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.classe_le >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM logement b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 10000) b
    WHERE (b.classe_le >= $1::date) OR b.marche = 10000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?classe_jusqu_au_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.classe_jusqu_au::text, (b.nom)::text, (b.id)::text
    FROM (SELECT *
    FROM ((SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND b.classe_jusqu_au IS NOT NULL AND b.classe_jusqu_au >= $1::date
    ORDER BY b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $3::text AND b.classe_jusqu_au IS NOT NULL AND b.classe_jusqu_au >= $1::date
    ORDER BY b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM ((SELECT b.*
    FROM logement b
    WHERE b.code_insee = $2::text AND b.classe_jusqu_au IS NULL AND b.classe_jusqu_au >= $1::date
    ORDER BY b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM logement b
    WHERE b.code_insee = $3::text AND b.classe_jusqu_au IS NULL AND b.classe_jusqu_au >= $1::date
    ORDER BY b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY (b.classe_jusqu_au IS NULL), b.classe_jusqu_au ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY (b.classe_jusqu_au IS NULL), b.classe_jusqu_au ASC, b.id ASC;

-- /logements?numero=vide (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.numero_enregistrement IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM logement b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 10000) b
    WHERE (b.numero_enregistrement IS NULL) OR b.marche = 10000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.numero_enregistrement IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM logement b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 10000) b
    WHERE (b.numero_enregistrement IS NULL) OR b.marche = 10000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?q=mangrove&numero=vide (agent, administrateur, mots rares)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.numero_enregistrement IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM logement b
    WHERE b.id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 10000) b
    WHERE (b.numero_enregistrement IS NULL) OR b.marche = 10000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.numero_enregistrement IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM logement b
    WHERE b.id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 10000) b
    WHERE (b.numero_enregistrement IS NULL) OR b.marche = 10000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?q=mangrove&numero=vide (agent, administrateur, référence)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.numero_enregistrement IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM logement b
    WHERE b.id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 10000) b
    WHERE (b.numero_enregistrement IS NULL) OR b.marche = 10000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.numero_enregistrement IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM logement b
    WHERE b.id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 10000) b
    WHERE (b.numero_enregistrement IS NULL) OR b.marche = 10000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?q=mangrove&numero=vide (agent, administrateur, mots courants)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((b.mots @@ $1::text::tsquery) AND b.numero_enregistrement IS NULL) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM logement b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 2000) b
    WHERE ((b.mots @@ $1::text::tsquery) AND b.numero_enregistrement IS NULL) OR b.marche = 2000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((b.mots @@ $1::text::tsquery) AND b.numero_enregistrement IS NULL) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM logement b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 2000) b
    WHERE ((b.mots @@ $1::text::tsquery) AND b.numero_enregistrement IS NULL) OR b.marche = 2000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?hebergeur=17 (agent, administrateur)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM logement b
    WHERE b.hebergeur_id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?q=mangrove&hebergeur=17 (agent, administrateur, mots rares)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM logement b
    WHERE b.hebergeur_id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE AND b.id = ANY($2::bigint[])
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?q=mangrove&hebergeur=17 (agent, administrateur, référence)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM logement b
    WHERE b.hebergeur_id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE AND b.id = ANY($2::bigint[])
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;

-- /logements?q=mangrove&hebergeur=17 (agent, administrateur, mots courants)
SELECT b.id::text, b.nom::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, ((b.mots @@ $1::text::tsquery)) IS TRUE AS trouve, b.marche = 4000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.nom ASC, b.id ASC) AS marche
    FROM logement b
    WHERE b.hebergeur_id = $3::bigint AND true AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 4000) b
    WHERE ((b.mots @@ $1::text::tsquery)) OR b.marche = 4000
    ORDER BY b.nom ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    ORDER BY b.nom ASC, b.id ASC;
