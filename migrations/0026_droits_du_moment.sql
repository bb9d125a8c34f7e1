-- Aucun droit ne survit à sa raison.

-- Un lien à usage unique est annulé dès que changent les droits du compte ou ceux de la personne qui l'a
-- fait, et il est jugé de nouveau quand il sert.
ALTER TABLE invitation ADD COLUMN perime_le timestamptz;
COMMENT ON COLUMN invitation.perime_le IS 'Instant où un changement de droits a annulé le lien. utilise_le est alors rempli aussi, pour les versions qui ne lisent pas cette colonne.';
CREATE INDEX invitation_auteur ON invitation (cree_par) WHERE utilise_le IS NULL;

CREATE FUNCTION liens_perimes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    DECLARE
        compte bigint;
    BEGIN
        IF TG_TABLE_NAME = 'utilisateur' THEN
            compte := OLD.id;
        ELSIF TG_OP = 'DELETE' THEN
            compte := OLD.utilisateur_id;
        ELSE
            compte := NEW.utilisateur_id;
        END IF;
        UPDATE public.invitation SET utilise_le = now(), perime_le = now()
        WHERE utilise_le IS NULL AND (utilisateur_id = compte OR cree_par = compte);
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END
    $$;
COMMENT ON FUNCTION liens_perimes() IS 'Annule les liens à usage unique d''un compte, et ceux qu''il a faits, quand ses droits changent.';
CREATE TRIGGER liens_perimes AFTER UPDATE OF role, actif ON utilisateur
    FOR EACH ROW WHEN (OLD.role IS DISTINCT FROM NEW.role OR OLD.actif IS DISTINCT FROM NEW.actif) EXECUTE FUNCTION liens_perimes();
-- Avant : la clé étrangère oublie ensuite l'auteur, et un lien sans auteur vient de la ligne de commande.
CREATE TRIGGER liens_perimes_depart BEFORE DELETE ON utilisateur FOR EACH ROW EXECUTE FUNCTION liens_perimes();
CREATE TRIGGER liens_perimes AFTER INSERT OR UPDATE OR DELETE ON utilisateur_collectivite
    FOR EACH ROW EXECUTE FUNCTION liens_perimes();

-- Qui gère qui, pour les liens et les changements de droits.
CREATE FUNCTION gere(auteur bigint, compte bigint) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT EXISTS (SELECT 1 FROM public.utilisateur a WHERE a.id = auteur AND a.actif AND a.role = 'administrateur')
           AND EXISTS (SELECT 1 FROM public.utilisateur_collectivite uc WHERE uc.utilisateur_id = compte)
           AND NOT EXISTS (SELECT 1 FROM public.utilisateur_collectivite uc
                           WHERE uc.utilisateur_id = compte AND uc.collectivite_id <> ALL ((SELECT public.collectivites_gerees(auteur))::integer[]))
    $$;
COMMENT ON FUNCTION gere(bigint, bigint) IS 'Vrai quand auteur est un administrateur actif de toutes les collectivités de compte.';

CREATE FUNCTION invitation_valable(lien invitation) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT lien.utilise_le IS NULL AND lien.expire_le > now()
           AND EXISTS (SELECT 1 FROM public.utilisateur u WHERE u.id = lien.utilisateur_id AND u.actif)
           AND (lien.cree_par IS NULL OR public.gere(lien.cree_par, lien.utilisateur_id))
    $$;
COMMENT ON FUNCTION invitation_valable(invitation) IS 'Vrai quand le lien peut servir maintenant. Sans auteur, il vient de la ligne de commande.';

-- Ce dont dépendaient les droits d'un fichier quand ses lignes ont été choisies.
ALTER TABLE export ADD COLUMN portee jsonb;
COMMENT ON COLUMN export.portee IS 'Condition et valeurs qui donnaient droit aux lignes. Nulle : fichier d''une version qui ne les gardait pas.';

-- Le message d'une page à la suivante, que le navigateur ne porte plus.
ALTER TABLE session ADD COLUMN dit jsonb;
COMMENT ON COLUMN session.dit IS 'Ce que la prochaine page dira une fois : ton, phrase, et ce qui peut être fait.';

-- D'où un compte s'est déjà connecté : le propriétaire garde sa propre voie quand d'autres devinent son mot de passe.
CREATE TABLE connexion_connue (
    utilisateur_id bigint NOT NULL REFERENCES utilisateur ON DELETE CASCADE,
    origine bytea NOT NULL CHECK (length(origine) = 32),
    vue_le timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (utilisateur_id, origine)
);
COMMENT ON TABLE connexion_connue IS 'Navigateurs et réseaux d''où un compte s''est connecté, en empreintes ; oubliés après 400 jours sans connexion.';
CREATE INDEX connexion_connue_vue_le ON connexion_connue (vue_le);
CREATE INDEX connexion_connue_origine ON connexion_connue (origine);

-- Une ligne du journal appartient aux lieux dont elle parle, non à son auteur.
CREATE FUNCTION lieu(communes text[]) RETURNS integer
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
COMMENT ON FUNCTION lieu(text[]) IS 'La plus petite collectivité qui contient toutes ces communes aujourd''hui ; nulle s''il n''y en a pas.';

CREATE FUNCTION lieux(communes text[]) RETURNS SETOF integer
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT DISTINCT l.id
        FROM (SELECT public.lieu(array_agg(u.code)) AS id FROM (SELECT DISTINCT unnest(communes) AS code) u
              LEFT JOIN public.commune c ON c.code_insee = u.code GROUP BY coalesce(c.epci_siren, u.code) OFFSET 0) l
        WHERE l.id IS NOT NULL
    $$;
COMMENT ON FUNCTION lieux(text[]) IS 'Les collectivités dont parle une ligne : une par EPCI touché, la commune quand il n''y en a qu''une.';

ALTER TABLE action ADD COLUMN communes text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN action.communes IS 'Communes des lignes mises de côté ; vide avant, et pour une version qui ne les notait pas.';

-- Ce qui a été changé sur une fiche disait ses valeurs aux administrateurs de l'auteur, où que soit la fiche.
UPDATE journal j SET collectivite_id = lieu(ARRAY[s.code_insee]) FROM sejour s
WHERE j.objet = 'séjour' AND j.action = 'modification' AND j.objet_id ~ '^[0-9]{1,18}$' AND s.id = j.objet_id::bigint
  AND j.collectivite_id IS DISTINCT FROM lieu(ARRAY[s.code_insee]);
UPDATE journal j SET collectivite_id = lieu(ARRAY[l.code_insee]) FROM logement l
WHERE j.objet = 'logement' AND j.action = 'modification' AND j.objet_id ~ '^[0-9]{1,18}$' AND l.id = j.objet_id::bigint
  AND j.collectivite_id IS DISTINCT FROM lieu(ARRAY[l.code_insee]);
UPDATE journal j SET collectivite_id = (SELECT l.c FROM lieux(ARRAY(SELECT DISTINCT g.code_insee::text FROM logement g WHERE g.hebergeur_id = h.id)) l (c) ORDER BY 1 LIMIT 1)
FROM hebergeur h
WHERE j.objet = 'hébergeur' AND j.action = 'modification' AND j.objet_id ~ '^[0-9]{1,18}$' AND h.id = j.objet_id::bigint
  AND EXISTS (SELECT 1 FROM logement g WHERE g.hebergeur_id = h.id);
