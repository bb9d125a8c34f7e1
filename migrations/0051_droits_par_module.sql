-- Les droits d'une personne : un niveau par module, collectivité par collectivité.

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
SELECT verrou_patient('utilisateur', 'ACCESS EXCLUSIVE');
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

-- Deux personnes : qui a saisi ne valide pas.
CREATE TABLE deux_personnes (
    collectivite_id integer NOT NULL REFERENCES collectivite,
    module text NOT NULL CHECK (module IN ('taxe', 'labo', 'production')),
    pose_le timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (collectivite_id, module)
);
COMMENT ON TABLE deux_personnes IS 'Modules dont une collectivité veut que ce que l''un a saisi, un autre le valide.';

CREATE FUNCTION a_deux(du_module text, commune text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT EXISTS (SELECT 1 FROM public.deux_personnes p JOIN public.collectivite_commune cc USING (collectivite_id)
                       WHERE p.module = du_module AND cc.code_insee = commune
                         AND cc.depuis <= (now() AT TIME ZONE 'America/Guadeloupe')::date
                         AND (cc.jusqu_au IS NULL OR cc.jusqu_au >= (now() AT TIME ZONE 'America/Guadeloupe')::date))
    $$;
COMMENT ON FUNCTION a_deux(text, text) IS 'Vrai quand une collectivité de cette commune veut deux personnes pour ce module.';

SELECT verrou_patient('sejour', 'ACCESS EXCLUSIVE');
ALTER TABLE sejour ADD COLUMN saisi_par bigint[];
COMMENT ON COLUMN sejour.saisi_par IS 'Qui a saisi ou corrigé ce qui est déclaré : les personnes, les dates, le prix, les montants ; ni le statut, ni le jour de perception. Nul : un import, ou une version qui ne le notait pas.';

-- Une personne de plus parmi celles qui ont saisi. Ce qui était validé et que corrige quelqu'un qui ne valide pas ici, ou qui le ferait seul
-- là où deux personnes sont demandées, est de nouveau à vérifier.
CREATE FUNCTION sejour_saisi() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            NEW.saisi_par := ARRAY[NEW.modifie_par];
            RETURN NEW;
        END IF;
        NEW.saisi_par := array_remove(coalesce(OLD.saisi_par, '{}'), NEW.modifie_par) || NEW.modifie_par;
        IF OLD.statut = 'valide' AND NEW.statut = 'valide'
            AND (public.a_deux('taxe', NEW.code_insee) OR NEW.code_insee <> ALL (public.perimetre(NEW.modifie_par, 'taxe', 3))) THEN
            NEW.statut := 'a_verifier';
        END IF;
        RETURN NEW;
    END
    $$;
COMMENT ON FUNCTION sejour_saisi() IS 'Note qui saisit ce qui est déclaré, et remet à vérifier ce qui ne peut plus passer pour vérifié.';
CREATE TRIGGER sejour_saisi BEFORE INSERT ON sejour
    FOR EACH ROW WHEN (NEW.modifie_par IS NOT NULL) EXECUTE FUNCTION sejour_saisi();
CREATE TRIGGER sejour_corrige BEFORE UPDATE OF date_debut, date_fin, nb_personnes, nb_mineurs, nb_saisonniers, nb_urgence,
        nb_loyer_modique, prix_nuit, categorie_id, tarif, plafond, montant_base, montant_departemental ON sejour
    FOR EACH ROW WHEN (NEW.modifie_par IS NOT NULL
        AND (OLD.date_debut, OLD.date_fin, OLD.nb_personnes, OLD.nb_mineurs, OLD.nb_saisonniers, OLD.nb_urgence,
             OLD.nb_loyer_modique, OLD.prix_nuit, OLD.categorie_id, OLD.tarif, OLD.plafond, OLD.montant_base, OLD.montant_departemental)
            IS DISTINCT FROM
            (NEW.date_debut, NEW.date_fin, NEW.nb_personnes, NEW.nb_mineurs, NEW.nb_saisonniers, NEW.nb_urgence,
             NEW.nb_loyer_modique, NEW.prix_nuit, NEW.categorie_id, NEW.tarif, NEW.plafond, NEW.montant_base, NEW.montant_departemental))
    EXECUTE FUNCTION sejour_saisi();

CREATE FUNCTION sejour_a_deux() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF public.a_deux('taxe', NEW.code_insee) THEN
            RAISE EXCEPTION 'whoever entered a stay does not validate it' USING ERRCODE = 'check_violation', CONSTRAINT = 'sejour_a_deux';
        END IF;
        RETURN NEW;
    END
    $$;
COMMENT ON FUNCTION sejour_a_deux() IS 'Refuse qu''un séjour soit validé par qui l''a saisi, là où deux personnes sont demandées : la page et l''action le disent avant.';
CREATE TRIGGER sejour_a_deux BEFORE UPDATE OF statut ON sejour
    FOR EACH ROW WHEN (NEW.statut = 'valide' AND OLD.statut IS DISTINCT FROM 'valide' AND NEW.modifie_par = ANY (OLD.saisi_par))
    EXECUTE FUNCTION sejour_a_deux();
