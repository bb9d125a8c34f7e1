-- Les droits d'une personne : un niveau par module, collectivité par collectivité.

-- Avant la copie des droits : ce qu'une version en service écrirait entre elle et les déclencheurs n'aurait aucun droit.
SELECT verrou_patient('utilisateur', 'ACCESS EXCLUSIVE');
SELECT verrou_patient('utilisateur_collectivite', 'ACCESS EXCLUSIVE');

-- Ce qu'un rôle donne, dans chacune des collectivités de la personne : le seul endroit qui le dit.
CREATE FUNCTION jeu_de_droits(role text) RETURNS TABLE (module text, niveau smallint)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
        SELECT j.module, j.niveau::smallint
        FROM (VALUES ('agent', 'taxe', 3), ('agent', 'pilotage', 1),
                     ('administrateur', 'taxe', 4), ('administrateur', 'labo', 4), ('administrateur', 'production', 4),
                     ('administrateur', 'pilotage', 4), ('administrateur', 'administration', 4)) j (role, module, niveau)
        WHERE j.role = jeu_de_droits.role
    $$;
COMMENT ON FUNCTION jeu_de_droits(text) IS 'Niveau de chaque module que donne un rôle : 1 lire, 2 saisir, 3 valider, 4 gérer.';

CREATE TABLE droit (
    utilisateur_id bigint NOT NULL,
    collectivite_id integer NOT NULL,
    module text NOT NULL CHECK (module IN ('taxe', 'labo', 'production', 'pilotage', 'administration')),
    niveau smallint NOT NULL CHECK (niveau BETWEEN 1 AND 4),
    PRIMARY KEY (utilisateur_id, collectivite_id, module),
    FOREIGN KEY (utilisateur_id, collectivite_id) REFERENCES utilisateur_collectivite ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE droit IS 'Niveau d''une personne sur un module dans une collectivité. Chaque niveau contient ceux d''avant.';
COMMENT ON COLUMN droit.niveau IS '1 lire, 2 saisir, 3 valider, 4 gérer.';
CREATE INDEX droit_gestion ON droit (collectivite_id) WHERE module = 'administration' AND niveau = 4;

INSERT INTO droit (utilisateur_id, collectivite_id, module, niveau)
SELECT uc.utilisateur_id, uc.collectivite_id, j.module, j.niveau
FROM utilisateur_collectivite uc JOIN utilisateur u ON u.id = uc.utilisateur_id, LATERAL jeu_de_droits(u.role) j;

-- Des droits qui ne sont ceux d'aucun rôle. Une version qui ne les connaît pas refuse ces comptes : elle leur donnerait trop.
ALTER TABLE utilisateur DROP CONSTRAINT utilisateur_role_check;
ALTER TABLE utilisateur ADD CONSTRAINT utilisateur_role_check CHECK (role IN ('agent', 'administrateur', 'sur_mesure', 'exploitant')) NOT VALID;
ALTER TABLE utilisateur VALIDATE CONSTRAINT utilisateur_role_check;

-- Une version qui ne connaît que les rôles écrit utilisateur et utilisateur_collectivite : leurs droits suivent.
CREATE FUNCTION droits_du_jeu() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF TG_TABLE_NAME = 'utilisateur' THEN
            DELETE FROM public.droit d WHERE d.utilisateur_id = NEW.id
                AND NOT EXISTS (SELECT 1 FROM public.jeu_de_droits(NEW.role) j WHERE j.module = d.module);
            INSERT INTO public.droit (utilisateur_id, collectivite_id, module, niveau)
            SELECT uc.utilisateur_id, uc.collectivite_id, j.module, j.niveau
            FROM public.utilisateur_collectivite uc, LATERAL public.jeu_de_droits(NEW.role) j WHERE uc.utilisateur_id = NEW.id
            ON CONFLICT (utilisateur_id, collectivite_id, module) DO UPDATE SET niveau = excluded.niveau WHERE droit.niveau <> excluded.niveau;
        ELSE
            INSERT INTO public.droit (utilisateur_id, collectivite_id, module, niveau)
            SELECT NEW.utilisateur_id, NEW.collectivite_id, j.module, j.niveau
            FROM public.utilisateur u, LATERAL public.jeu_de_droits(u.role) j WHERE u.id = NEW.utilisateur_id
            ON CONFLICT DO NOTHING;
        END IF;
        RETURN NULL;
    END
    $$;
COMMENT ON FUNCTION droits_du_jeu() IS 'Donne à une personne, partout ou dans une collectivité de plus, les droits de son rôle.';
REVOKE EXECUTE ON FUNCTION droits_du_jeu() FROM PUBLIC;
CREATE TRIGGER droits_du_jeu AFTER UPDATE OF role ON utilisateur
    FOR EACH ROW WHEN (OLD.role IS DISTINCT FROM NEW.role AND NEW.role <> 'sur_mesure') EXECUTE FUNCTION droits_du_jeu();
CREATE TRIGGER droits_du_jeu AFTER INSERT ON utilisateur_collectivite FOR EACH ROW EXECUTE FUNCTION droits_du_jeu();

-- Un droit qui change est vu de la page suivante, et annule les liens à usage unique.
CREATE TRIGGER droits_changes AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON droit
    FOR EACH STATEMENT EXECUTE FUNCTION droits_changes();
CREATE TRIGGER liens_perimes AFTER INSERT OR UPDATE OR DELETE ON droit FOR EACH ROW EXECUTE FUNCTION liens_perimes();

-- Ce dont sont faits les droits d'une personne aujourd'hui : ses collectivités avec leurs communes et ses niveaux, puis celles dont
-- tout le périmètre peut être dans le sien.
CREATE FUNCTION habilitations(personne bigint) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'communes', l.communes, 'droits', l.droits) ORDER BY l.id), '[]')
        FROM (SELECT uc.collectivite_id AS id,
                     ARRAY(SELECT DISTINCT cc.code_insee FROM public.collectivite_commune cc
                           WHERE cc.collectivite_id = uc.collectivite_id AND cc.depuis <= jour.j AND (cc.jusqu_au IS NULL OR cc.jusqu_au >= jour.j)
                           ORDER BY 1) AS communes,
                     coalesce((SELECT jsonb_object_agg(d.module, d.niveau) FROM public.droit d
                               WHERE d.utilisateur_id = personne AND d.collectivite_id = uc.collectivite_id), '{}') AS droits
              FROM public.utilisateur_collectivite uc, (SELECT (now() AT TIME ZONE 'America/Guadeloupe')::date AS j) jour
              WHERE uc.utilisateur_id = personne
              UNION ALL
              SELECT g.id, ARRAY(SELECT DISTINCT cc.code_insee FROM public.collectivite_commune cc
                                 WHERE cc.collectivite_id = g.id AND (cc.jusqu_au IS NULL OR cc.jusqu_au >= (now() AT TIME ZONE 'America/Guadeloupe')::date)
                                 ORDER BY 1), NULL
              FROM unnest(public.collectivites_gerees(personne)) g (id)
              WHERE NOT EXISTS (SELECT 1 FROM public.utilisateur_collectivite uc WHERE uc.utilisateur_id = personne AND uc.collectivite_id = g.id)) l
    $$;
COMMENT ON FUNCTION habilitations(bigint) IS 'Collectivités d''une personne, leurs communes et ses droits ; sans droits, celles que son périmètre contient.';

CREATE FUNCTION perimetre(personne bigint, du_module text, au_moins integer) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT coalesce(array_agg(DISTINCT cc.code_insee ORDER BY cc.code_insee), '{}')
        FROM public.droit d JOIN public.collectivite_commune cc USING (collectivite_id)
        WHERE d.utilisateur_id = personne AND d.module = du_module AND d.niveau >= au_moins
          AND cc.depuis <= (now() AT TIME ZONE 'America/Guadeloupe')::date
          AND (cc.jusqu_au IS NULL OR cc.jusqu_au >= (now() AT TIME ZONE 'America/Guadeloupe')::date)
    $$;
COMMENT ON FUNCTION perimetre(bigint, text, integer) IS 'Codes INSEE des communes où la personne a ce niveau sur ce module aujourd''hui.';

CREATE FUNCTION collectivites_gerees(personne bigint, du_module text, au_moins integer) RETURNS integer[]
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT coalesce(array_agg(c.id ORDER BY c.id), '{}')
        FROM public.collectivite c
        WHERE EXISTS (SELECT 1 FROM public.droit d WHERE d.utilisateur_id = personne AND d.collectivite_id = c.id AND d.module = du_module AND d.niveau >= au_moins)
           OR (EXISTS (SELECT 1 FROM public.collectivite_commune cc
                       WHERE cc.collectivite_id = c.id AND coalesce(cc.jusqu_au, 'infinity') >= (now() AT TIME ZONE 'America/Guadeloupe')::date)
               AND NOT EXISTS (SELECT 1 FROM public.collectivite_commune cc
                               WHERE cc.collectivite_id = c.id AND coalesce(cc.jusqu_au, 'infinity') >= (now() AT TIME ZONE 'America/Guadeloupe')::date
                                 AND cc.code_insee <> ALL ((SELECT public.perimetre(personne, du_module, au_moins))::text[])))
    $$;
COMMENT ON FUNCTION collectivites_gerees(bigint, text, integer) IS 'Collectivités où la personne a ce niveau sur ce module, et celles dont tout le périmètre est dans celui-là.';

-- Qui gère qui ne tient plus au nom d'un rôle.
CREATE OR REPLACE FUNCTION gere(auteur bigint, compte bigint) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT EXISTS (SELECT 1 FROM public.utilisateur a WHERE a.id = auteur AND a.actif)
           AND EXISTS (SELECT 1 FROM public.utilisateur_collectivite uc WHERE uc.utilisateur_id = compte)
           AND NOT EXISTS (SELECT 1 FROM public.utilisateur_collectivite uc
                           WHERE uc.utilisateur_id = compte
                             AND uc.collectivite_id <> ALL ((SELECT public.collectivites_gerees(auteur, 'administration', 4))::integer[]))
    $$;
COMMENT ON FUNCTION gere(bigint, bigint) IS 'Vrai quand auteur est actif et gère les droits de toutes les collectivités de compte.';

-- Les collectivités dont plus personne d'actif ne gérerait les droits sans ce compte : il ne peut pas les perdre.
CREATE FUNCTION dernier_gestionnaire(compte bigint) RETURNS SETOF integer
    LANGUAGE sql STABLE
    AS $$
        SELECT g.id FROM unnest((SELECT public.collectivites_gerees(compte, 'administration', 4))::integer[]) g (id)
        WHERE EXISTS (SELECT 1 FROM public.utilisateur u WHERE u.id = compte AND u.actif)
          AND NOT EXISTS (SELECT 1 FROM public.utilisateur u
                          WHERE u.actif AND u.id <> compte
                            AND EXISTS (SELECT 1 FROM public.droit d WHERE d.utilisateur_id = u.id AND d.module = 'administration' AND d.niveau = 4)
                            AND g.id = ANY ((SELECT public.collectivites_gerees(u.id, 'administration', 4))::integer[]))
    $$;
COMMENT ON FUNCTION dernier_gestionnaire(bigint) IS 'Collectivités dont ce compte est le seul actif à gérer les droits.';
