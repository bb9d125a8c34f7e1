-- Écrit par les tests, relu par vous : ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes

-- /imports?tri=numero (agent, exploitant)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.demandeur_id = $1::bigint AND true AND true
    ORDER BY b.id ASC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id ASC;

-- /imports?tri=numero (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id ASC
    LIMIT 51)) b
    ORDER BY b.id ASC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id ASC;

-- /imports?tri=-numero (agent, exploitant)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.demandeur_id = $1::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?tri=-numero (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?tri=numero&fin=1 (agent, exploitant)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.demandeur_id = $1::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?tri=numero&fin=1 (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?tri=-numero&fin=1 (agent, exploitant)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.demandeur_id = $1::bigint AND true AND true
    ORDER BY b.id ASC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id ASC;

-- /imports?tri=-numero&fin=1 (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.collectivite_id = $1::bigint AND true AND true
    ORDER BY b.id ASC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id ASC
    LIMIT 51)) b
    ORDER BY b.id ASC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id ASC;

-- /imports?tri=nom (agent, exploitant)
WITH ensemble AS MATERIALIZED (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, (b.nom)::text COLLATE "fr-x-icu" AS tri
    FROM import b JOIN utilisateur u ON u.id = b.demandeur_id
    WHERE b.demandeur_id = ANY($1::bigint[])
    LIMIT 10001) SELECT page.*, tout.nombre AS ensemble
    FROM (SELECT count(*) AS nombre
    FROM ensemble) tout
    LEFT JOIN (SELECT b.id::text, b.tri::text, (b.nom)::text, (b.id)::text, row_number() OVER (ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC) AS rang_de_page
    FROM (SELECT b.*
    FROM ensemble b
    WHERE ((b.tri IS NOT NULL) OR (b.tri IS NULL)) AND (SELECT count(*)
    FROM ensemble) <= 10000
    ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id) page ON true
    ORDER BY page.rang_de_page;

-- /imports?tri=nom (administrateur)
WITH ensemble AS MATERIALIZED (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, (b.nom)::text COLLATE "fr-x-icu" AS tri
    FROM import b JOIN utilisateur u ON u.id = b.demandeur_id
    WHERE b.collectivite_id = ANY($1::bigint[])
    LIMIT 10001) SELECT page.*, tout.nombre AS ensemble
    FROM (SELECT count(*) AS nombre
    FROM ensemble) tout
    LEFT JOIN (SELECT b.id::text, b.tri::text, (b.nom)::text, (b.id)::text, row_number() OVER (ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC) AS rang_de_page
    FROM (SELECT b.*
    FROM ensemble b
    WHERE ((b.tri IS NOT NULL) OR (b.tri IS NULL)) AND (SELECT count(*)
    FROM ensemble) <= 10000
    ORDER BY (b.tri IS NULL), b.tri ASC, b.id ASC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id) page ON true
    ORDER BY page.rang_de_page;

-- /imports?etat=lecture&etat_sauf=1 (agent, exploitant)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, ((b.etat = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.demandeur_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE ((b.etat = $1::text::text) IS NOT TRUE) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?etat=lecture&etat_sauf=1 (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, ((b.etat = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE ((b.etat = $1::text::text) IS NOT TRUE) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, ((b.etat = $1::text::text) IS NOT TRUE) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE ((b.etat = $1::text::text) IS NOT TRUE) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?etat=lecture (agent, exploitant)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.demandeur_id = $2::bigint AND true AND b.etat = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?etat=lecture (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.collectivite_id = $2::bigint AND true AND b.etat = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.collectivite_id = $3::bigint AND true AND b.etat = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?genre=hebergeurs (agent, exploitant)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.demandeur_id = $2::bigint AND true AND b.genre = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?genre=hebergeurs (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.collectivite_id = $2::bigint AND true AND b.genre = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.collectivite_id = $3::bigint AND true AND b.genre = $1::text::text
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?charge_le_min=2026-01-01 (agent, exploitant)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.cree_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.demandeur_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.cree_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?charge_le_min=2026-01-01 (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.cree_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.cree_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.cree_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.cree_le >= ($1::date::timestamp AT TIME ZONE 'America/Guadeloupe')) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?lues_min=2 (agent, exploitant)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.lues >= $1::bigint) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.demandeur_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.lues >= $1::bigint) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?lues_min=2 (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.lues >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.lues >= $1::bigint) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.lues >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.lues >= $1::bigint) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?nouvelles_min=2 (agent, exploitant)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.nouvelles >= $1::bigint) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.demandeur_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.nouvelles >= $1::bigint) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?nouvelles_min=2 (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.nouvelles >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.nouvelles >= $1::bigint) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.nouvelles >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.nouvelles >= $1::bigint) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?changees_min=2 (agent, exploitant)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.changees >= $1::bigint) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.demandeur_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.changees >= $1::bigint) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?changees_min=2 (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.changees >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.changees >= $1::bigint) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.changees >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.changees >= $1::bigint) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?identiques_min=2 (agent, exploitant)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.identiques >= $1::bigint) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.demandeur_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.identiques >= $1::bigint) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?identiques_min=2 (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.identiques >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.identiques >= $1::bigint) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.identiques >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.identiques >= $1::bigint) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?refusees_min=2 (agent, exploitant)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.refusees >= $1::bigint) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.demandeur_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.refusees >= $1::bigint) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?refusees_min=2 (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.refusees >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.refusees >= $1::bigint) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.refusees >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.refusees >= $1::bigint) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?creees_min=2 (agent, exploitant)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.creees >= $1::bigint) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.demandeur_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.creees >= $1::bigint) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?creees_min=2 (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.creees >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.creees >= $1::bigint) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.creees >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.creees >= $1::bigint) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?modifiees_min=2 (agent, exploitant)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*, (b.modifiees >= $1::bigint) IS TRUE AS trouve, b.marche = 20000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.demandeur_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 20000) b
    WHERE (b.modifiees >= $1::bigint) OR b.marche = 20000
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?modifiees_min=2 (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text, b.trouve, b.borne
    FROM (SELECT b.*
    FROM ((SELECT b.*, (b.modifiees >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.collectivite_id = $2::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.modifiees >= $1::bigint) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.*, (b.modifiees >= $1::bigint) IS TRUE AS trouve, b.marche = 10000 AS borne
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le, row_number() OVER (ORDER BY b.id DESC) AS marche
    FROM import b
    WHERE b.collectivite_id = $3::bigint AND true AND true
    ORDER BY b.id DESC
    LIMIT 10000) b
    WHERE (b.modifiees >= $1::bigint) OR b.marche = 10000
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?numero_min=2 (agent, exploitant)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.demandeur_id = $2::bigint AND true AND b.id >= $1::bigint
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;

-- /imports?numero_min=2 (administrateur)
SELECT b.id::text, b.id::text, (b.nom)::text, (b.id)::text
    FROM (SELECT b.*
    FROM ((SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.collectivite_id = $2::bigint AND true AND b.id >= $1::bigint
    ORDER BY b.id DESC
    LIMIT 51)
    UNION ALL (SELECT b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le
    FROM import b
    WHERE b.collectivite_id = $3::bigint AND true AND b.id >= $1::bigint
    ORDER BY b.id DESC
    LIMIT 51)) b
    ORDER BY b.id DESC
    LIMIT 51) b JOIN utilisateur u ON u.id = b.demandeur_id
    ORDER BY b.id DESC;
