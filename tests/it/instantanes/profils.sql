-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /profils?tri=numero (agent, administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.nom, b.genre, b.auteur_id, b.collectivite_id, b.colonnes, b.confiance, b.cree_le, b.modifie_le
    FROM import_profil b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR (b.collectivite_id IS NULL AND -b.auteur_id = ANY ($1::bigint[])))
    ORDER BY b.id ASC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.auteur_id
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.id ASC;

-- /profils?tri=-numero (agent, administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.nom, b.genre, b.auteur_id, b.collectivite_id, b.colonnes, b.confiance, b.cree_le, b.modifie_le
    FROM import_profil b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR (b.collectivite_id IS NULL AND -b.auteur_id = ANY ($1::bigint[])))
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.auteur_id
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.id DESC;

-- /profils?tri=numero&fin=1 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.nom, b.genre, b.auteur_id, b.collectivite_id, b.colonnes, b.confiance, b.cree_le, b.modifie_le
    FROM import_profil b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR (b.collectivite_id IS NULL AND -b.auteur_id = ANY ($1::bigint[])))
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.auteur_id
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.id DESC;

-- /profils?tri=-numero&fin=1 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.nom, b.genre, b.auteur_id, b.collectivite_id, b.colonnes, b.confiance, b.cree_le, b.modifie_le
    FROM import_profil b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR (b.collectivite_id IS NULL AND -b.auteur_id = ANY ($1::bigint[])))
    ORDER BY b.id ASC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.auteur_id
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.id ASC;

-- /profils?tri=nom (agent, administrateur)
WITH ensemble AS MATERIALIZED (SELECT b.id, b.nom, b.genre, b.auteur_id, b.collectivite_id, b.colonnes, b.confiance, b.cree_le, b.modifie_le, (b.nom)::text COLLATE "fr-x-icu" AS tri
    FROM import_profil b
    LEFT JOIN utilisateur u ON u.id = b.auteur_id
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    WHERE (b.collectivite_id = ANY ($1::bigint[]) OR (b.collectivite_id IS NULL AND -b.auteur_id = ANY ($1::bigint[])))
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
    LEFT JOIN utilisateur u ON u.id = b.auteur_id
    LEFT JOIN collectivite c ON c.id = b.collectivite_id) page ON true
    ORDER BY page.rang_de_page;

-- /profils?genre=hebergeurs&genre_sauf=1 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, ((b.genre = $2::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.auteur_id, b.collectivite_id, b.colonnes, b.confiance, b.cree_le, b.modifie_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import_profil b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR (b.collectivite_id IS NULL AND -b.auteur_id = ANY ($1::bigint[])))
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE ((b.genre = $2::text::text) IS NOT TRUE) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.auteur_id
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.id DESC;

-- /profils?genre=hebergeurs (agent, administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.nom, b.genre, b.auteur_id, b.collectivite_id, b.colonnes, b.confiance, b.cree_le, b.modifie_le
    FROM import_profil b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR (b.collectivite_id IS NULL AND -b.auteur_id = ANY ($1::bigint[]))) AND b.genre = $2::text::text
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.auteur_id
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.id DESC;

-- /profils?colonnes_min=2 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.colonnes >= $2::bigint) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.auteur_id, b.collectivite_id, b.colonnes, b.confiance, b.cree_le, b.modifie_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import_profil b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR (b.collectivite_id IS NULL AND -b.auteur_id = ANY ($1::bigint[])))
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.colonnes >= $2::bigint) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.auteur_id
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.id DESC;

-- /profils?modifie_le_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.modifie_le >= ($2::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.auteur_id, b.collectivite_id, b.colonnes, b.confiance, b.cree_le, b.modifie_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import_profil b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR (b.collectivite_id IS NULL AND -b.auteur_id = ANY ($1::bigint[])))
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.modifie_le >= ($2::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.auteur_id
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.id DESC;

-- /profils?numero_min=2 (agent, administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.nom, b.genre, b.auteur_id, b.collectivite_id, b.colonnes, b.confiance, b.cree_le, b.modifie_le
    FROM import_profil b
    WHERE true AND true AND (b.collectivite_id = ANY ($1::bigint[]) OR (b.collectivite_id IS NULL AND -b.auteur_id = ANY ($1::bigint[]))) AND b.id >= $2::bigint
    ORDER BY b.id DESC
    LIMIT 51) b
    LEFT JOIN utilisateur u ON u.id = b.auteur_id
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.id DESC;
