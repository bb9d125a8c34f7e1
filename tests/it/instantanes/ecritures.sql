-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /ecritures?tri=jour (agent, administrateur)
SELECT b.id::text, b.jour::text, (o.libelle)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM ecriture b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.jour ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM ecriture b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.jour ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.jour ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN operation o ON o.id = b.operation_id
    LEFT JOIN declaration d ON d.id = b.declaration_id
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.jour ASC, b.id ASC;

-- /ecritures?tri=-jour (agent, administrateur)
SELECT b.id::text, b.jour::text, (o.libelle)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM ecriture b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM ecriture b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN operation o ON o.id = b.operation_id
    LEFT JOIN declaration d ON d.id = b.declaration_id
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.jour DESC, b.id DESC;

-- /ecritures?tri=jour&fin=1 (agent, administrateur)
SELECT b.id::text, b.jour::text, (o.libelle)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM ecriture b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM ecriture b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN operation o ON o.id = b.operation_id
    LEFT JOIN declaration d ON d.id = b.declaration_id
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.jour DESC, b.id DESC;

-- /ecritures?tri=-jour&fin=1 (agent, administrateur)
SELECT b.id::text, b.jour::text, (o.libelle)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM ecriture b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.jour ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM ecriture b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.jour ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.jour ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN operation o ON o.id = b.operation_id
    LEFT JOIN declaration d ON d.id = b.declaration_id
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.jour ASC, b.id ASC;

-- /ecritures?tri=operation (agent, administrateur)
WITH ensemble AS MATERIALIZED (SELECT b.*, (o.libelle)::text COLLATE "fr-x-icu" AS tri
    FROM ecriture b
    LEFT JOIN operation o ON o.id = b.operation_id
    LEFT JOIN declaration d ON d.id = b.declaration_id
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    WHERE b.collectivite_id = ANY($1::bigint[])
    LIMIT 10001) SELECT page.*, tout.nombre AS ensemble
    FROM (SELECT count(*) AS nombre
    FROM ensemble) tout
    LEFT JOIN (SELECT b.id::text, b.tri::text, (o.libelle)::text, (b.id)::text, row_number() OVER (ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC) AS rang_de_page
    FROM (SELECT b.*
    FROM ensemble b
    WHERE ((b.tri IS NOT NULL) OR (b.tri IS NULL)) AND (SELECT count(*)
    FROM ensemble) <= 10000
    ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN operation o ON o.id = b.operation_id
    LEFT JOIN declaration d ON d.id = b.declaration_id
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN collectivite c ON c.id = b.collectivite_id) page ON true
    ORDER BY page.rang_de_page;

-- /ecritures?compte_comptable=redevables&compte_comptable_sauf=1 (agent, administrateur)
SELECT b.id::text, b.jour::text, (o.libelle)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((b.compte = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.jour DESC, b.id DESC) AS marche
    FROM ecriture b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 10000) b
    WHERE ((b.compte = $1::text::text) IS NOT TRUE) OR b.marche = 10000
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((b.compte = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.jour DESC, b.id DESC) AS marche
    FROM ecriture b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 10000) b
    WHERE ((b.compte = $1::text::text) IS NOT TRUE) OR b.marche = 10000
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN operation o ON o.id = b.operation_id
    LEFT JOIN declaration d ON d.id = b.declaration_id
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.jour DESC, b.id DESC;

-- /ecritures?compte_comptable=redevables (agent, administrateur)
SELECT b.id::text, b.jour::text, (o.libelle)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM ecriture b
    WHERE b.collectivite_id = $2::bigint AND true AND b.compte = $1::text::text
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM ecriture b
    WHERE b.collectivite_id = $3::bigint AND true AND b.compte = $1::text::text
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN operation o ON o.id = b.operation_id
    LEFT JOIN declaration d ON d.id = b.declaration_id
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.jour DESC, b.id DESC;

-- /ecritures?jour_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.jour::text, (o.libelle)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM ecriture b
    WHERE b.collectivite_id = $2::bigint AND true AND b.jour >= $1::date
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM ecriture b
    WHERE b.collectivite_id = $3::bigint AND true AND b.jour >= $1::date
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN operation o ON o.id = b.operation_id
    LEFT JOIN declaration d ON d.id = b.declaration_id
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.jour DESC, b.id DESC;

-- /ecritures?debit_min=20&debit_max=30 (agent, administrateur)
SELECT b.id::text, b.jour::text, (o.libelle)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.debit >= $1::bigint AND b.debit <= $2::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.jour DESC, b.id DESC) AS marche
    FROM ecriture b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.debit >= $1::bigint AND b.debit <= $2::bigint) OR b.marche = 10000
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.debit >= $1::bigint AND b.debit <= $2::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.jour DESC, b.id DESC) AS marche
    FROM ecriture b
    WHERE b.collectivite_id = $4::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.debit >= $1::bigint AND b.debit <= $2::bigint) OR b.marche = 10000
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN operation o ON o.id = b.operation_id
    LEFT JOIN declaration d ON d.id = b.declaration_id
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.jour DESC, b.id DESC;

-- /ecritures?credit_min=20&credit_max=30 (agent, administrateur)
SELECT b.id::text, b.jour::text, (o.libelle)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.credit >= $1::bigint AND b.credit <= $2::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.jour DESC, b.id DESC) AS marche
    FROM ecriture b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.credit >= $1::bigint AND b.credit <= $2::bigint) OR b.marche = 10000
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.credit >= $1::bigint AND b.credit <= $2::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.jour DESC, b.id DESC) AS marche
    FROM ecriture b
    WHERE b.collectivite_id = $4::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.credit >= $1::bigint AND b.credit <= $2::bigint) OR b.marche = 10000
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN operation o ON o.id = b.operation_id
    LEFT JOIN declaration d ON d.id = b.declaration_id
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.jour DESC, b.id DESC;

-- /ecritures?ecriture_min=2 (agent, administrateur)
SELECT b.id::text, b.jour::text, (o.libelle)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.id >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.jour DESC, b.id DESC) AS marche
    FROM ecriture b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.id >= $1::bigint) OR b.marche = 10000
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.id >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.jour DESC, b.id DESC) AS marche
    FROM ecriture b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.id >= $1::bigint) OR b.marche = 10000
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN operation o ON o.id = b.operation_id
    LEFT JOIN declaration d ON d.id = b.declaration_id
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.jour DESC, b.id DESC;

-- /ecritures?numero_min=2 (agent, administrateur)
SELECT b.id::text, b.jour::text, (o.libelle)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.operation_id >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.jour DESC, b.id DESC) AS marche
    FROM ecriture b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.operation_id >= $1::bigint) OR b.marche = 10000
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.operation_id >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.jour DESC, b.id DESC) AS marche
    FROM ecriture b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.operation_id >= $1::bigint) OR b.marche = 10000
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.jour DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN operation o ON o.id = b.operation_id
    LEFT JOIN declaration d ON d.id = b.declaration_id
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.jour DESC, b.id DESC;
