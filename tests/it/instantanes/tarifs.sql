-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /tarifs?tri=collectivite (agent, administrateur)
SELECT b.id::text, b.collectivite::text, (b.collectivite)::text, (b.deliberation_id)::text
    FROM (SELECT b.*
    FROM tarif b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.collectivite ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN deliberation d ON d.id = b.deliberation_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN bareme m ON m.annee = b.annee AND m.categorie_id = b.categorie_id
    ORDER BY b.collectivite ASC, b.id ASC;

-- /tarifs?tri=-collectivite (agent, administrateur)
SELECT b.id::text, b.collectivite::text, (b.collectivite)::text, (b.deliberation_id)::text
    FROM (SELECT b.*
    FROM tarif b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.collectivite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN deliberation d ON d.id = b.deliberation_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN bareme m ON m.annee = b.annee AND m.categorie_id = b.categorie_id
    ORDER BY b.collectivite DESC, b.id DESC;

-- /tarifs?tri=collectivite&fin=1 (agent, administrateur)
SELECT b.id::text, b.collectivite::text, (b.collectivite)::text, (b.deliberation_id)::text
    FROM (SELECT b.*
    FROM tarif b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.collectivite DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN deliberation d ON d.id = b.deliberation_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN bareme m ON m.annee = b.annee AND m.categorie_id = b.categorie_id
    ORDER BY b.collectivite DESC, b.id DESC;

-- /tarifs?tri=-collectivite&fin=1 (agent, administrateur)
SELECT b.id::text, b.collectivite::text, (b.collectivite)::text, (b.deliberation_id)::text
    FROM (SELECT b.*
    FROM tarif b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.collectivite ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN deliberation d ON d.id = b.deliberation_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN bareme m ON m.annee = b.annee AND m.categorie_id = b.categorie_id
    ORDER BY b.collectivite ASC, b.id ASC;

-- /tarifs?tri=annee (agent, administrateur)
SELECT b.id::text, b.annee::text, (b.collectivite)::text, (b.deliberation_id)::text
    FROM (SELECT b.*
    FROM tarif b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.annee ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN deliberation d ON d.id = b.deliberation_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN bareme m ON m.annee = b.annee AND m.categorie_id = b.categorie_id
    ORDER BY b.annee ASC, b.id ASC;

-- /tarifs?tri=-annee (agent, administrateur)
SELECT b.id::text, b.annee::text, (b.collectivite)::text, (b.deliberation_id)::text
    FROM (SELECT b.*
    FROM tarif b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.annee DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN deliberation d ON d.id = b.deliberation_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN bareme m ON m.annee = b.annee AND m.categorie_id = b.categorie_id
    ORDER BY b.annee DESC, b.id DESC;

-- /tarifs?tri=annee&fin=1 (agent, administrateur)
SELECT b.id::text, b.annee::text, (b.collectivite)::text, (b.deliberation_id)::text
    FROM (SELECT b.*
    FROM tarif b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.annee DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN deliberation d ON d.id = b.deliberation_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN bareme m ON m.annee = b.annee AND m.categorie_id = b.categorie_id
    ORDER BY b.annee DESC, b.id DESC;

-- /tarifs?tri=-annee&fin=1 (agent, administrateur)
SELECT b.id::text, b.annee::text, (b.collectivite)::text, (b.deliberation_id)::text
    FROM (SELECT b.*
    FROM tarif b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.annee ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN deliberation d ON d.id = b.deliberation_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN bareme m ON m.annee = b.annee AND m.categorie_id = b.categorie_id
    ORDER BY b.annee ASC, b.id ASC;

-- /tarifs?tri=siren (agent, administrateur)
WITH ensemble AS MATERIALIZED (SELECT b.*, (b.siren)::text COLLATE "C" AS tri
    FROM tarif b
    LEFT JOIN deliberation d ON d.id = b.deliberation_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN bareme m ON m.annee = b.annee AND m.categorie_id = b.categorie_id
    WHERE (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    LIMIT 10001) SELECT page.*, tout.nombre AS ensemble
    FROM (SELECT count(*) AS nombre
    FROM ensemble) tout
    LEFT JOIN (SELECT b.id::text, b.tri::text, (b.collectivite)::text, (b.deliberation_id)::text, row_number() OVER (ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC) AS rang_de_page
    FROM (SELECT b.*
    FROM ensemble b
    WHERE ((b.tri IS NOT NULL) OR (b.tri IS NULL)) AND (SELECT count(*)
    FROM ensemble) <= 10000
    ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN deliberation d ON d.id = b.deliberation_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN bareme m ON m.annee = b.annee AND m.categorie_id = b.categorie_id) page ON true
    ORDER BY page.rang_de_page;

-- /tarifs?collectivite=airbnb&collectivite_sauf=1 (agent, administrateur)
SELECT b.id::text, b.collectivite::text, (b.collectivite)::text, (b.deliberation_id)::text, b.trouve, b.borne
    FROM (SELECT b.*, ((b.siren = $2::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.collectivite ASC, b.id ASC) AS marche
    FROM tarif b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.collectivite ASC, b.id ASC
    LIMIT 20000) b
    WHERE ((b.siren = $2::text::text) IS NOT TRUE) OR b.marche = 20000
    ORDER BY b.collectivite ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN deliberation d ON d.id = b.deliberation_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN bareme m ON m.annee = b.annee AND m.categorie_id = b.categorie_id
    ORDER BY b.collectivite ASC, b.id ASC;

-- /tarifs?collectivite=airbnb (agent, administrateur)
SELECT b.id::text, b.collectivite::text, (b.collectivite)::text, (b.deliberation_id)::text
    FROM (SELECT b.*
    FROM tarif b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[])) AND b.siren = $2::text::text
    ORDER BY b.collectivite ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN deliberation d ON d.id = b.deliberation_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN bareme m ON m.annee = b.annee AND m.categorie_id = b.categorie_id
    ORDER BY b.collectivite ASC, b.id ASC;

-- /tarifs?categorie=4 (agent, administrateur)
SELECT b.id::text, b.collectivite::text, (b.collectivite)::text, (b.deliberation_id)::text
    FROM (SELECT b.*
    FROM tarif b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[])) AND b.categorie_id = $2::text::smallint
    ORDER BY b.collectivite ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN deliberation d ON d.id = b.deliberation_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN bareme m ON m.annee = b.annee AND m.categorie_id = b.categorie_id
    ORDER BY b.collectivite ASC, b.id ASC;

-- /tarifs?etat=brouillon (agent, administrateur)
SELECT b.id::text, b.collectivite::text, (b.collectivite)::text, (b.deliberation_id)::text
    FROM (SELECT b.*
    FROM tarif b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[])) AND b.etat = $2::text::text
    ORDER BY b.collectivite ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN deliberation d ON d.id = b.deliberation_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN bareme m ON m.annee = b.annee AND m.categorie_id = b.categorie_id
    ORDER BY b.collectivite ASC, b.id ASC;

-- /tarifs?annee_min=2 (agent, administrateur)
SELECT b.id::text, b.collectivite::text, (b.collectivite)::text, (b.deliberation_id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.annee >= $2::bigint) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.collectivite ASC, b.id ASC) AS marche
    FROM tarif b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.collectivite ASC, b.id ASC
    LIMIT 20000) b
    WHERE (b.annee >= $2::bigint) OR b.marche = 20000
    ORDER BY b.collectivite ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN deliberation d ON d.id = b.deliberation_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN bareme m ON m.annee = b.annee AND m.categorie_id = b.categorie_id
    ORDER BY b.collectivite ASC, b.id ASC;

-- /tarifs?numero_min=2 (agent, administrateur)
SELECT b.id::text, b.collectivite::text, (b.collectivite)::text, (b.deliberation_id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.id >= $2::bigint) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.collectivite ASC, b.id ASC) AS marche
    FROM tarif b
    WHERE true AND true AND (b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ($1::bigint[]))
    ORDER BY b.collectivite ASC, b.id ASC
    LIMIT 20000) b
    WHERE (b.id >= $2::bigint) OR b.marche = 20000
    ORDER BY b.collectivite ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN deliberation d ON d.id = b.deliberation_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN bareme m ON m.annee = b.annee AND m.categorie_id = b.categorie_id
    ORDER BY b.collectivite ASC, b.id ASC;
