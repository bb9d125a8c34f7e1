-- Le lieu d'une ligne est une commune, une collectivité (une usine, un laboratoire, une agence) ou tout le monde. Là où des codes de
-- communes disent à qui une ligne se montre, « c: » et le numéro d'une collectivité le disent aussi.
COMMENT ON COLUMN version_donnees.code_insee IS 'Code INSEE d''une commune, « c: » et le numéro d''une collectivité, ou rien : tout le monde.';

CREATE FUNCTION lieu_des_communes(communes text[]) RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        -- Celles qui ont la première commune ; parmi elles, celles qui les ont toutes.
        SELECT p.collectivite_id FROM public.collectivite_commune p,
            LATERAL (SELECT count(*) AS taille, count(DISTINCT cc.code_insee) FILTER (WHERE cc.code_insee = ANY (communes)) AS communs
                     FROM public.collectivite_commune cc
                     WHERE cc.collectivite_id = p.collectivite_id AND cc.depuis <= (now() AT TIME ZONE 'America/Guadeloupe')::date
                       AND (cc.jusqu_au IS NULL OR cc.jusqu_au >= (now() AT TIME ZONE 'America/Guadeloupe')::date)) c
        WHERE p.code_insee = communes[1] AND p.depuis <= (now() AT TIME ZONE 'America/Guadeloupe')::date
          AND (p.jusqu_au IS NULL OR p.jusqu_au >= (now() AT TIME ZONE 'America/Guadeloupe')::date)
          AND c.communs = (SELECT count(DISTINCT u) FROM unnest(communes) u)
        ORDER BY c.taille, p.collectivite_id LIMIT 1
    $$;
COMMENT ON FUNCTION lieu_des_communes(text[]) IS 'La plus petite collectivité qui contient toutes ces communes aujourd''hui ; nulle s''il n''y en a pas.';

CREATE FUNCTION communes_du_lieu(collectivite integer) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT coalesce(array_agg(DISTINCT cc.code_insee), '{}') FROM public.collectivite_commune cc
        WHERE cc.collectivite_id = collectivite AND cc.depuis <= (now() AT TIME ZONE 'America/Guadeloupe')::date
          AND (cc.jusqu_au IS NULL OR cc.jusqu_au >= (now() AT TIME ZONE 'America/Guadeloupe')::date)
    $$;
COMMENT ON FUNCTION communes_du_lieu(integer) IS 'Communes d''une collectivité aujourd''hui ; vide pour une usine ou un laboratoire, qui n''en ont pas.';

CREATE OR REPLACE FUNCTION lieu(communes text[]) RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT CASE
            WHEN NOT EXISTS (SELECT 1 FROM unnest(communes) u WHERE u LIKE 'c:%') THEN public.lieu_des_communes(communes)
            WHEN (SELECT count(DISTINCT u) FROM unnest(communes) u) = 1 THEN (SELECT c.id FROM public.collectivite c WHERE 'c:' || c.id = communes[1])
            -- Plusieurs : celle qui a leurs communes à toutes. Une collectivité sans commune n'est contenue par aucune autre.
            WHEN EXISTS (SELECT 1 FROM public.collectivite c WHERE 'c:' || c.id = ANY (communes) AND public.communes_du_lieu(c.id) = '{}') THEN NULL
            ELSE public.lieu_des_communes(ARRAY(
                SELECT u FROM unnest(communes) u WHERE u NOT LIKE 'c:%'
                UNION
                SELECT unnest(public.communes_du_lieu(c.id)) FROM public.collectivite c WHERE 'c:' || c.id = ANY (communes)))
        END
    $$;
COMMENT ON FUNCTION lieu(text[]) IS 'La plus petite collectivité qui contient tous ces lieux aujourd''hui : communes, et collectivités écrites « c:12 » ; nulle s''il n''y en a pas.';

CREATE OR REPLACE FUNCTION lieux(communes text[]) RETURNS SETOF integer
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT l.id
        FROM (SELECT public.lieu(array_agg(u.code)) AS id FROM (SELECT DISTINCT unnest(communes) AS code) u
              LEFT JOIN public.commune c ON c.code_insee = u.code WHERE u.code NOT LIKE 'c:%' GROUP BY coalesce(c.epci_siren, u.code) OFFSET 0) l
        WHERE l.id IS NOT NULL
        UNION
        -- Chaque collectivité, sauf celles qu'une autre de la liste contient.
        SELECT d.id FROM (SELECT c.id, public.communes_du_lieu(c.id) AS a FROM public.collectivite c WHERE 'c:' || c.id = ANY (communes) OFFSET 0) d
        WHERE NOT EXISTS (
            SELECT 1 FROM (SELECT c.id, public.communes_du_lieu(c.id) AS a FROM public.collectivite c WHERE 'c:' || c.id = ANY (communes) OFFSET 0) g
            WHERE g.id <> d.id AND d.a <> '{}' AND d.a <@ g.a AND (cardinality(g.a) > cardinality(d.a) OR g.id < d.id))
    $$;
COMMENT ON FUNCTION lieux(text[]) IS 'Les collectivités dont parle une ligne : une par EPCI touché, la commune quand il n''y en a qu''une, et chaque collectivité écrite « c:12 » qu''une autre ne contient pas.';
