-- Ce qui est dit d'un compte de plusieurs lieux appartient à la plus petite collectivité qui les a tous : un administrateur
-- d'un seul de ces lieux n'ouvre pas ce compte. S'il n'y en a pas, à la première de ses collectivités.
CREATE FUNCTION lieu_du_compte(compte bigint) RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT CASE WHEN count(*) > 1 THEN coalesce(public.lieu(public.perimetre(compte)), min(uc.collectivite_id)) ELSE min(uc.collectivite_id) END
        FROM public.utilisateur_collectivite uc WHERE uc.utilisateur_id = compte
    $$;
COMMENT ON FUNCTION lieu_du_compte(bigint) IS 'Collectivité à laquelle appartient ce qui est noté d''un compte.';

-- Les lignes comptées pour une confirmation : d'une personne, les dernières seulement sont gardées.
ALTER TABLE action_choix ADD COLUMN utilisateur_id bigint;
CREATE INDEX action_choix_personne ON action_choix (utilisateur_id, cree_le);
