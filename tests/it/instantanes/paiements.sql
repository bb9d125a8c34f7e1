-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /paiements?tri=recu (agent, administrateur)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.recu_le ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.recu_le ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.recu_le ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le ASC, b.id ASC;

-- /paiements?tri=-recu (agent, administrateur)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le DESC, b.id DESC;

-- /paiements?tri=recu&fin=1 (agent, administrateur)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le DESC, b.id DESC;

-- /paiements?tri=-recu&fin=1 (agent, administrateur)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.recu_le ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.recu_le ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.recu_le ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le ASC, b.id ASC;

-- /paiements?tri=montant (agent, administrateur)
SELECT b.id::text, b.montant::text, (b.quittance)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.montant ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.montant ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.montant ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.montant ASC, b.id ASC;

-- /paiements?tri=-montant (agent, administrateur)
SELECT b.id::text, b.montant::text, (b.quittance)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.montant DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.montant DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.montant DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.montant DESC, b.id DESC;

-- /paiements?tri=montant&fin=1 (agent, administrateur)
SELECT b.id::text, b.montant::text, (b.quittance)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.montant DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.montant DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.montant DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.montant DESC, b.id DESC;

-- /paiements?tri=-montant&fin=1 (agent, administrateur)
SELECT b.id::text, b.montant::text, (b.quittance)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.montant ASC, b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.montant ASC, b.id ASC
    LIMIT 51)) b
    ORDER BY b.montant ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.montant ASC, b.id ASC;

-- /paiements?tri=quittance (agent, administrateur)
WITH ensemble AS MATERIALIZED (SELECT b.*, (b.quittance)::text COLLATE "C" AS tri
    FROM paiement b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    WHERE b.collectivite_id = ANY($1::bigint[])
    LIMIT 10001) SELECT page.*, tout.nombre AS ensemble
    FROM (SELECT count(*) AS nombre
    FROM ensemble) tout
    LEFT JOIN (SELECT b.id::text, b.tri::text, (b.quittance)::text, (b.id)::text, row_number() OVER (ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC) AS rang_de_page
    FROM (SELECT b.*
    FROM ensemble b
    WHERE ((b.tri IS NOT NULL) OR (b.tri IS NULL)) AND (SELECT count(*)
    FROM ensemble) <= 10000
    ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id) page ON true
    ORDER BY page.rang_de_page;

-- /paiements?moyen=cheques&moyen_sauf=1 (agent, administrateur)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((b.moyen = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.recu_le DESC, b.id DESC) AS marche
    FROM paiement b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 10000) b
    WHERE ((b.moyen = $1::text::text) IS NOT TRUE) OR b.marche = 10000
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((b.moyen = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.recu_le DESC, b.id DESC) AS marche
    FROM paiement b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 10000) b
    WHERE ((b.moyen = $1::text::text) IS NOT TRUE) OR b.marche = 10000
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le DESC, b.id DESC;

-- /paiements?q=mangrove (agent, administrateur, mots rares)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM paiement b
    WHERE b.hebergeur_id = $2::bigint AND true AND (b.collectivite_id = ANY($1::bigint[])) IS TRUE
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM paiement b
    WHERE b.hebergeur_id = $3::bigint AND true AND (b.collectivite_id = ANY($1::bigint[])) IS TRUE
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le DESC, b.id DESC;

-- /paiements?q=mangrove (agent, administrateur, référence)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM paiement b
    WHERE b.id = $2::bigint AND true AND (b.collectivite_id = ANY($1::bigint[])) IS TRUE
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM paiement b
    WHERE b.id = $3::bigint AND true AND (b.collectivite_id = ANY($1::bigint[])) IS TRUE
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le DESC, b.id DESC;

-- /paiements?q=mangrove (agent, administrateur, mots courants)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.recu_le DESC, b.id DESC) AS marche
    FROM paiement b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.recu_le DESC, b.id DESC) AS marche
    FROM paiement b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le DESC, b.id DESC;

-- /paiements?moyen=cheques (agent, administrateur)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $2::bigint AND true AND b.moyen = $1::text::text
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $3::bigint AND true AND b.moyen = $1::text::text
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le DESC, b.id DESC;

-- /paiements?q=mangrove&moyen=cheques (agent, administrateur, mots rares)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM paiement b
    WHERE b.hebergeur_id = $3::bigint AND true AND b.moyen = $1::text::text AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM paiement b
    WHERE b.hebergeur_id = $4::bigint AND true AND b.moyen = $1::text::text AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le DESC, b.id DESC;

-- /paiements?q=mangrove&moyen=cheques (agent, administrateur, référence)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM paiement b
    WHERE b.id = $3::bigint AND true AND b.moyen = $1::text::text AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM paiement b
    WHERE b.id = $4::bigint AND true AND b.moyen = $1::text::text AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le DESC, b.id DESC;

-- /paiements?q=mangrove&moyen=cheques (agent, administrateur, mots courants)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.recu_le DESC, b.id DESC) AS marche
    FROM paiement b
    WHERE b.collectivite_id = $3::bigint AND true AND b.moyen = $2::text::text
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.recu_le DESC, b.id DESC) AS marche
    FROM paiement b
    WHERE b.collectivite_id = $4::bigint AND true AND b.moyen = $2::text::text
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le DESC, b.id DESC;

-- /paiements?recu_le_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $2::bigint AND true AND b.recu_le >= $1::date
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $3::bigint AND true AND b.recu_le >= $1::date
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le DESC, b.id DESC;

-- /paiements?q=mangrove&recu_le_min=2026-01-01 (agent, administrateur, mots rares)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM paiement b
    WHERE b.hebergeur_id = $3::bigint AND true AND b.recu_le >= $1::date AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM paiement b
    WHERE b.hebergeur_id = $4::bigint AND true AND b.recu_le >= $1::date AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le DESC, b.id DESC;

-- /paiements?q=mangrove&recu_le_min=2026-01-01 (agent, administrateur, référence)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM paiement b
    WHERE b.id = $3::bigint AND true AND b.recu_le >= $1::date AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM paiement b
    WHERE b.id = $4::bigint AND true AND b.recu_le >= $1::date AND (b.collectivite_id = ANY($2::bigint[])) IS TRUE
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le DESC, b.id DESC;

-- /paiements?q=mangrove&recu_le_min=2026-01-01 (agent, administrateur, mots courants)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.recu_le DESC, b.id DESC) AS marche
    FROM paiement b
    WHERE b.collectivite_id = $3::bigint AND true AND b.recu_le >= $2::date
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.recu_le DESC, b.id DESC) AS marche
    FROM paiement b
    WHERE b.collectivite_id = $4::bigint AND true AND b.recu_le >= $2::date
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0)) OR b.marche = 2000
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le DESC, b.id DESC;

-- /paiements?montant_min=20&montant_max=30 (agent, administrateur)
SELECT b.id::text, b.montant::text, (b.quittance)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $3::bigint AND true AND b.montant >= $1::bigint AND b.montant <= $2::bigint
    ORDER BY b.montant DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $4::bigint AND true AND b.montant >= $1::bigint AND b.montant <= $2::bigint
    ORDER BY b.montant DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.montant DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.montant DESC, b.id DESC;

-- /paiements?q=mangrove&montant_min=20&montant_max=30 (agent, administrateur, mots rares)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.montant >= $1::bigint AND b.montant <= $2::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.recu_le DESC, b.id DESC) AS marche
    FROM paiement b
    WHERE b.hebergeur_id = $4::bigint AND true AND (b.collectivite_id = ANY($3::bigint[])) IS TRUE
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.montant >= $1::bigint AND b.montant <= $2::bigint) OR b.marche = 10000
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.montant >= $1::bigint AND b.montant <= $2::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.recu_le DESC, b.id DESC) AS marche
    FROM paiement b
    WHERE b.hebergeur_id = $5::bigint AND true AND (b.collectivite_id = ANY($3::bigint[])) IS TRUE
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.montant >= $1::bigint AND b.montant <= $2::bigint) OR b.marche = 10000
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le DESC, b.id DESC;

-- /paiements?q=mangrove&montant_min=20&montant_max=30 (agent, administrateur, référence)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.montant >= $1::bigint AND b.montant <= $2::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.recu_le DESC, b.id DESC) AS marche
    FROM paiement b
    WHERE b.id = $4::bigint AND true AND (b.collectivite_id = ANY($3::bigint[])) IS TRUE
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.montant >= $1::bigint AND b.montant <= $2::bigint) OR b.marche = 10000
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.montant >= $1::bigint AND b.montant <= $2::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.recu_le DESC, b.id DESC) AS marche
    FROM paiement b
    WHERE b.id = $5::bigint AND true AND (b.collectivite_id = ANY($3::bigint[])) IS TRUE
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.montant >= $1::bigint AND b.montant <= $2::bigint) OR b.marche = 10000
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le DESC, b.id DESC;

-- /paiements?q=mangrove&montant_min=20&montant_max=30 (agent, administrateur, mots courants)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0) AND b.montant >= $2::bigint AND b.montant <= $3::bigint) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.recu_le DESC, b.id DESC) AS marche
    FROM paiement b
    WHERE b.collectivite_id = $4::bigint AND true AND true
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0) AND b.montant >= $2::bigint AND b.montant <= $3::bigint) OR b.marche = 2000
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0) AND b.montant >= $2::bigint AND b.montant <= $3::bigint) IS TRUE AS trouve, b.marche = 2000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.recu_le DESC, b.id DESC) AS marche
    FROM paiement b
    WHERE b.collectivite_id = $5::bigint AND true AND true
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 2000) b
    WHERE (EXISTS (SELECT 1
    FROM hebergeur h
    WHERE h.id = b.hebergeur_id AND (h.mots @@ $1::text::tsquery) OFFSET 0) AND b.montant >= $2::bigint AND b.montant <= $3::bigint) OR b.marche = 2000
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le DESC, b.id DESC;

-- /paiements?fait_le_min=2026-01-01 (agent, administrateur)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.fait_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.recu_le DESC, b.id DESC) AS marche
    FROM paiement b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.fait_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 10000
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.fait_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.recu_le DESC, b.id DESC) AS marche
    FROM paiement b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.fait_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 10000
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le DESC, b.id DESC;

-- /paiements?numero_min=2 (agent, administrateur)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.id >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.recu_le DESC, b.id DESC) AS marche
    FROM paiement b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.id >= $1::bigint) OR b.marche = 10000
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.id >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.recu_le DESC, b.id DESC) AS marche
    FROM paiement b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 10000) b
    WHERE (b.id >= $1::bigint) OR b.marche = 10000
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le DESC, b.id DESC;

-- /paiements?annule=false (agent, administrateur)
SELECT b.id::text, b.recu_le::text, (b.quittance)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $2::bigint AND true AND coalesce((SELECT true
    FROM operation o
    WHERE o.contre_id = b.operation_id), false) = $1::text::boolean
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*
    FROM paiement b
    WHERE b.collectivite_id = $3::bigint AND true AND coalesce((SELECT true
    FROM operation o
    WHERE o.contre_id = b.operation_id), false) = $1::text::boolean
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51)) b
    ORDER BY b.recu_le DESC, b.id DESC
    LIMIT 51) b
    LEFT JOIN hebergeur h ON h.id = b.hebergeur_id
    LEFT JOIN plateforme p ON p.code = b.collecteur
    LEFT JOIN utilisateur u ON u.id = b.fait_par
    LEFT JOIN collectivite c ON c.id = b.collectivite_id
    ORDER BY b.recu_le DESC, b.id DESC;
