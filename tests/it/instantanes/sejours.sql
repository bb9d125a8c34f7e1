-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /sejours?tri=debut (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.date_debut ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.date_debut ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.date_debut ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut ASC, b.id ASC;

-- /sejours?tri=-debut (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?tri=debut&fin=1 (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?tri=-debut&fin=1 (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.date_debut ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.date_debut ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.date_debut ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut ASC, b.id ASC;

-- /sejours?tri=montant (agent, administrateur)
SELECT b.id::text, b.montant::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.montant ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.montant ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.montant ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.montant ASC, b.id ASC;

-- /sejours?tri=-montant (agent, administrateur)
SELECT b.id::text, b.montant::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.montant DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.montant DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.montant DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.montant DESC, b.id DESC;

-- /sejours?tri=montant&fin=1 (agent, administrateur)
SELECT b.id::text, b.montant::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.montant DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.montant DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.montant DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.montant DESC, b.id DESC;

-- /sejours?tri=-montant&fin=1 (agent, administrateur)
SELECT b.id::text, b.montant::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.montant ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.montant ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.montant ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.montant ASC, b.id ASC;

-- /sejours?tri=perception (agent, administrateur)
SELECT b.id::text, b.date_perception::text, (b.reference)::text, (b.id)::text
    FROM (SELECT *
    FROM ((SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $1::text AND b.date_perception IS NOT NULL AND true
    ORDER BY b.date_perception ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND b.date_perception IS NOT NULL AND true
    ORDER BY b.date_perception ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.date_perception ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $1::text AND b.date_perception IS NULL AND true
    ORDER BY b.date_perception ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND b.date_perception IS NULL AND true
    ORDER BY b.date_perception ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.date_perception ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY (b.date_perception IS NULL), b.date_perception ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY (b.date_perception IS NULL), b.date_perception ASC, b.id ASC;

-- /sejours?tri=-perception (agent, administrateur)
SELECT b.id::text, b.date_perception::text, (b.reference)::text, (b.id)::text
    FROM (SELECT *
    FROM ((SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $1::text AND b.date_perception IS NOT NULL AND true
    ORDER BY b.date_perception DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND b.date_perception IS NOT NULL AND true
    ORDER BY b.date_perception DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_perception DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $1::text AND b.date_perception IS NULL AND true
    ORDER BY b.date_perception DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND b.date_perception IS NULL AND true
    ORDER BY b.date_perception DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_perception DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY (b.date_perception IS NULL), b.date_perception DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY (b.date_perception IS NULL), b.date_perception DESC, b.id DESC;

-- /sejours?tri=perception&fin=1 (agent, administrateur)
SELECT b.id::text, b.date_perception::text, (b.reference)::text, (b.id)::text
    FROM (SELECT *
    FROM ((SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $1::text AND b.date_perception IS NULL AND true
    ORDER BY b.date_perception DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND b.date_perception IS NULL AND true
    ORDER BY b.date_perception DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_perception DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $1::text AND b.date_perception IS NOT NULL AND true
    ORDER BY b.date_perception DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND b.date_perception IS NOT NULL AND true
    ORDER BY b.date_perception DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_perception DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY (b.date_perception IS NULL) DESC, b.date_perception DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY (b.date_perception IS NULL) DESC, b.date_perception DESC, b.id DESC;

-- /sejours?tri=-perception&fin=1 (agent, administrateur)
SELECT b.id::text, b.date_perception::text, (b.reference)::text, (b.id)::text
    FROM (SELECT *
    FROM ((SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $1::text AND b.date_perception IS NULL AND true
    ORDER BY b.date_perception ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND b.date_perception IS NULL AND true
    ORDER BY b.date_perception ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.date_perception ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $1::text AND b.date_perception IS NOT NULL AND true
    ORDER BY b.date_perception ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND b.date_perception IS NOT NULL AND true
    ORDER BY b.date_perception ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.date_perception ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY (b.date_perception IS NULL) DESC, b.date_perception ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY (b.date_perception IS NULL) DESC, b.date_perception ASC, b.id ASC;

-- /sejours?tri=reference (agent, administrateur)
WITH ensemble AS MATERIALIZED (SELECT b.*, (b.reference)::text COLLATE "C" AS tri
    FROM sejour b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    WHERE b.code_insee = ANY($1::text[])
    LIMIT 10001) SELECT page.*, tout.nombre AS ensemble
    FROM (SELECT count(*) AS nombre
    FROM ensemble) tout
    LEFT JOIN (SELECT b.id::text, b.tri::text, (b.reference)::text, (b.id)::text, row_number() OVER (ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC) AS rang_de_page
    FROM (SELECT b.*
    FROM ensemble b
    WHERE ((b.tri IS NOT NULL) OR (b.tri IS NULL)) AND (SELECT count(*)
    FROM ensemble) <= 10000
    ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id) page ON true
    ORDER BY page.rang_de_page;

-- /sejours?commune=97125&commune_sauf=1 (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove (agent, administrateur, mots rares)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.logement_id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.logement_id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove (agent, administrateur, référence)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove (agent, administrateur, mots courants)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?commune=97125 (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&commune=97125 (agent, administrateur, mots rares)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.logement_id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.logement_id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&commune=97125 (agent, administrateur, référence)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&commune=97125 (agent, administrateur, mots courants)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 4000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 4000) b
    WHERE (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 4000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?periode=mois_dernier (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $3::text AND true AND b.date_debut >= $1::date AND b.date_debut <= $2::date
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $4::text AND true AND b.date_debut >= $1::date AND b.date_debut <= $2::date
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&periode=mois_dernier (agent, administrateur, mots rares)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.logement_id = $4::bigint AND true AND b.date_debut >= $1::date AND b.date_debut <= $2::date AND (b.code_insee = ANY($3::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.logement_id = $5::bigint AND true AND b.date_debut >= $1::date AND b.date_debut <= $2::date AND (b.code_insee = ANY($3::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&periode=mois_dernier (agent, administrateur, référence)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.id = $4::bigint AND true AND b.date_debut >= $1::date AND b.date_debut <= $2::date AND (b.code_insee = ANY($3::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.id = $5::bigint AND true AND b.date_debut >= $1::date AND b.date_debut <= $2::date AND (b.code_insee = ANY($3::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&periode=mois_dernier (agent, administrateur, mots courants)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $4::text AND true AND b.date_debut >= $2::date AND b.date_debut <= $3::date
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $5::text AND true AND b.date_debut >= $2::date AND b.date_debut <= $3::date
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?statut=a_verifier (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND b.statut = $1::text::text
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $3::text AND true AND b.statut = $1::text::text
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&statut=a_verifier (agent, administrateur, mots rares)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.logement_id = $3::bigint AND true AND b.statut = $1::text::text AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.logement_id = $4::bigint AND true AND b.statut = $1::text::text AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&statut=a_verifier (agent, administrateur, référence)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.id = $3::bigint AND true AND b.statut = $1::text::text AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.id = $4::bigint AND true AND b.statut = $1::text::text AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&statut=a_verifier (agent, administrateur, mots courants)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $3::text AND true AND b.statut = $2::text::text
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $4::text AND true AND b.statut = $2::text::text
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?epci=200041507 (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&epci=200041507 (agent, administrateur, mots rares)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.logement_id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.logement_id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&epci=200041507 (agent, administrateur, référence)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&epci=200041507 (agent, administrateur, mots courants)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 4000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 4000) b
    WHERE (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 4000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?nature=4 (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND b.nature_id = $1::text::smallint
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $3::text AND true AND b.nature_id = $1::text::smallint
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?categorie=4 (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND b.categorie_id = $1::text::smallint
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $3::text AND true AND b.categorie_id = $1::text::smallint
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?collecteur=airbnb (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND b.collecteur = $1::text::text
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $3::text AND true AND b.collecteur = $1::text::text
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?montant_min=20&montant_max=30 (agent, administrateur)
SELECT b.id::text, b.montant::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $3::text AND true AND b.montant >= $1::bigint AND b.montant <= $2::bigint
    ORDER BY b.montant DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $4::text AND true AND b.montant >= $1::bigint AND b.montant <= $2::bigint
    ORDER BY b.montant DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.montant DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.montant DESC, b.id DESC;

-- /sejours?q=mangrove&montant_min=20&montant_max=30 (agent, administrateur, mots rares)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.montant >= $1::bigint AND b.montant <= $2::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.logement_id = $4::bigint AND true AND (b.code_insee = ANY($3::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.montant >= $1::bigint AND b.montant <= $2::bigint) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.montant >= $1::bigint AND b.montant <= $2::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.logement_id = $5::bigint AND true AND (b.code_insee = ANY($3::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.montant >= $1::bigint AND b.montant <= $2::bigint) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&montant_min=20&montant_max=30 (agent, administrateur, référence)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.montant >= $1::bigint AND b.montant <= $2::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.id = $4::bigint AND true AND (b.code_insee = ANY($3::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.montant >= $1::bigint AND b.montant <= $2::bigint) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.montant >= $1::bigint AND b.montant <= $2::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.id = $5::bigint AND true AND (b.code_insee = ANY($3::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.montant >= $1::bigint AND b.montant <= $2::bigint) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&montant_min=20&montant_max=30 (agent, administrateur, mots courants)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0) AND b.montant >= $2::bigint AND b.montant <= $3::bigint) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $4::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0) AND b.montant >= $2::bigint AND b.montant <= $3::bigint) OR b.marche = 2000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0) AND b.montant >= $2::bigint AND b.montant <= $3::bigint) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $5::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0) AND b.montant >= $2::bigint AND b.montant <= $3::bigint) OR b.marche = 2000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?perception_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.date_perception::text, (b.reference)::text, (b.id)::text
    FROM (SELECT *
    FROM ((SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND b.date_perception IS NOT NULL AND b.date_perception >= $1::date
    ORDER BY b.date_perception DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $3::text AND b.date_perception IS NOT NULL AND b.date_perception >= $1::date
    ORDER BY b.date_perception DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_perception DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM ((SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $2::text AND b.date_perception IS NULL AND b.date_perception >= $1::date
    ORDER BY b.date_perception DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM sejour b
    WHERE b.code_insee = $3::text AND b.date_perception IS NULL AND b.date_perception >= $1::date
    ORDER BY b.date_perception DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_perception DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY (b.date_perception IS NULL), b.date_perception DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY (b.date_perception IS NULL), b.date_perception DESC, b.id DESC;

-- /sejours?q=mangrove&perception_min=2026-01-01 (agent, administrateur, mots rares)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.date_perception >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.logement_id = $3::bigint AND true AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.date_perception >= $1::date) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.date_perception >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.logement_id = $4::bigint AND true AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.date_perception >= $1::date) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&perception_min=2026-01-01 (agent, administrateur, référence)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.date_perception >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.id = $3::bigint AND true AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.date_perception >= $1::date) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.date_perception >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.id = $4::bigint AND true AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.date_perception >= $1::date) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&perception_min=2026-01-01 (agent, administrateur, mots courants)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0) AND b.date_perception >= $2::date) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0) AND b.date_perception >= $2::date) OR b.marche = 2000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0) AND b.date_perception >= $2::date) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $4::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0) AND b.date_perception >= $2::date) OR b.marche = 2000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?fin_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.date_fin >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.date_fin >= $1::date) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.date_fin >= $1::date) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.date_fin >= $1::date) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?nuits_min=2 (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.nb_nuits >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.nb_nuits >= $1::bigint) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.nb_nuits >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.nb_nuits >= $1::bigint) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?personnes_min=2 (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.nb_personnes >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.nb_personnes >= $1::bigint) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.nb_personnes >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.nb_personnes >= $1::bigint) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?assujettis_min=2 (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.nb_assujettis >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.nb_assujettis >= $1::bigint) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.nb_assujettis >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.nb_assujettis >= $1::bigint) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?mineurs_min=2 (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.nb_mineurs >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.nb_mineurs >= $1::bigint) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.nb_mineurs >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.nb_mineurs >= $1::bigint) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?nuitees_min=2 (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.nuitees >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.nuitees >= $1::bigint) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.nuitees >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.nuitees >= $1::bigint) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?prix_nuit_min=2 (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.prix_nuit >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.prix_nuit >= $1::bigint) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.prix_nuit >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.prix_nuit >= $1::bigint) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?numero=vide (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((SELECT l.numero_enregistrement
    FROM logement l
    WHERE l.id = b.logement_id) IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $1::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE ((SELECT l.numero_enregistrement
    FROM logement l
    WHERE l.id = b.logement_id) IS NULL) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((SELECT l.numero_enregistrement
    FROM logement l
    WHERE l.id = b.logement_id) IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE ((SELECT l.numero_enregistrement
    FROM logement l
    WHERE l.id = b.logement_id) IS NULL) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&numero=vide (agent, administrateur, mots rares)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((SELECT l.numero_enregistrement
    FROM logement l
    WHERE l.id = b.logement_id) IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.logement_id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE ((SELECT l.numero_enregistrement
    FROM logement l
    WHERE l.id = b.logement_id) IS NULL) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((SELECT l.numero_enregistrement
    FROM logement l
    WHERE l.id = b.logement_id) IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.logement_id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE ((SELECT l.numero_enregistrement
    FROM logement l
    WHERE l.id = b.logement_id) IS NULL) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&numero=vide (agent, administrateur, référence)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((SELECT l.numero_enregistrement
    FROM logement l
    WHERE l.id = b.logement_id) IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE ((SELECT l.numero_enregistrement
    FROM logement l
    WHERE l.id = b.logement_id) IS NULL) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((SELECT l.numero_enregistrement
    FROM logement l
    WHERE l.id = b.logement_id) IS NULL) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE ((SELECT l.numero_enregistrement
    FROM logement l
    WHERE l.id = b.logement_id) IS NULL) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&numero=vide (agent, administrateur, mots courants)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0) AND (SELECT l.numero_enregistrement
    FROM logement l
    WHERE l.id = b.logement_id) IS NULL) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0) AND (SELECT l.numero_enregistrement
    FROM logement l
    WHERE l.id = b.logement_id) IS NULL) OR b.marche = 2000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0) AND (SELECT l.numero_enregistrement
    FROM logement l
    WHERE l.id = b.logement_id) IS NULL) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0) AND (SELECT l.numero_enregistrement
    FROM logement l
    WHERE l.id = b.logement_id) IS NULL) OR b.marche = 2000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?logement=17 (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM sejour b
    WHERE b.logement_id = $2::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&logement=17 (agent, administrateur, mots rares)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM sejour b
    WHERE false AND true AND (b.code_insee = ANY($1::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&logement=17 (agent, administrateur, référence)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text
    FROM (SELECT b.*
    FROM sejour b
    WHERE b.logement_id = $3::bigint AND true AND (b.code_insee = ANY($1::text[])) IS TRUE AND b.id = ANY($2::bigint[])
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?q=mangrove&logement=17 (agent, administrateur, mots courants)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 4000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.logement_id = $3::bigint AND true AND (b.code_insee = ANY($2::text[])) IS TRUE
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 4000) b
    WHERE (EXISTS (SELECT 1
    FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id
    WHERE l.id = b.logement_id AND (l.mots @@ $1::text::tsquery OR h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 4000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;

-- /sejours?hebergeur=17 (agent, administrateur)
SELECT b.id::text, b.date_debut::text, (b.reference)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.logement_id IN (SELECT l.id
    FROM logement l
    WHERE l.hebergeur_id = $1::bigint UNION SELECT lh.logement_id
    FROM ancien_hebergeur lh
    WHERE lh.hebergeur_id = $1::bigint) AND coalesce((SELECT lh.hebergeur_id
    FROM ancien_hebergeur lh
    WHERE lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)), (SELECT l.hebergeur_id
    FROM logement l
    WHERE l.id = b.logement_id)) = $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $2::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.logement_id IN (SELECT l.id
    FROM logement l
    WHERE l.hebergeur_id = $1::bigint UNION SELECT lh.logement_id
    FROM ancien_hebergeur lh
    WHERE lh.hebergeur_id = $1::bigint) AND coalesce((SELECT lh.hebergeur_id
    FROM ancien_hebergeur lh
    WHERE lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)), (SELECT l.hebergeur_id
    FROM logement l
    WHERE l.id = b.logement_id)) = $1::bigint) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.logement_id IN (SELECT l.id
    FROM logement l
    WHERE l.hebergeur_id = $1::bigint UNION SELECT lh.logement_id
    FROM ancien_hebergeur lh
    WHERE lh.hebergeur_id = $1::bigint) AND coalesce((SELECT lh.hebergeur_id
    FROM ancien_hebergeur lh
    WHERE lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)), (SELECT l.hebergeur_id
    FROM logement l
    WHERE l.id = b.logement_id)) = $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.date_debut DESC, b.id DESC) AS marche
    FROM sejour b
    WHERE b.code_insee = $3::text AND true AND true
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.logement_id IN (SELECT l.id
    FROM logement l
    WHERE l.hebergeur_id = $1::bigint UNION SELECT lh.logement_id
    FROM ancien_hebergeur lh
    WHERE lh.hebergeur_id = $1::bigint) AND coalesce((SELECT lh.hebergeur_id
    FROM ancien_hebergeur lh
    WHERE lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)), (SELECT l.hebergeur_id
    FROM logement l
    WHERE l.id = b.logement_id)) = $1::bigint) OR b.marche = 10000
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.date_debut DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN logement l ON l.id = b.logement_id
    LEFT JOIN ancien_hebergeur lh ON lh.logement_id = b.logement_id AND lh.debut <= jour_decisif(b.date_debut, b.date_fin, b.date_perception) AND lh.fin > jour_decisif(b.date_debut, b.date_fin, b.date_perception)
    LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)
    LEFT JOIN commune c ON c.code_insee = b.code_insee
    LEFT JOIN nature n ON n.id = b.nature_id
    LEFT JOIN categorie k ON k.id = b.categorie_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN motif m ON m.id = b.motif_id
    ORDER BY b.date_debut DESC, b.id DESC;
