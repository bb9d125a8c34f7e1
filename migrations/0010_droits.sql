-- Un compteur des droits : toute écriture qui change ce qu'une personne peut lire, ou le nom sous
-- lequel on la salue, l'augmente dans sa transaction. Les serveurs web gardent alors les droits en
-- mémoire et ne demandent, à chaque page, que la session et la somme des compteurs.
CREATE FUNCTION droits_changes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        -- Les déclencheurs passent avant les compteurs que l'application augmente en dernier : deux
        -- écritures prennent toujours celui-ci d'abord, aucune n'attend l'autre en rond.
        INSERT INTO public.version_donnees (domaine, code_insee) VALUES ('droits', '')
        ON CONFLICT (domaine, code_insee) DO UPDATE SET version = version_donnees.version + 1;
        RETURN NULL;
    END
    $$;
COMMENT ON FUNCTION droits_changes() IS 'Augmente le compteur « droits » de version_donnees.';

CREATE TRIGGER droits_changes AFTER UPDATE OF nom, courriel, role, actif OR DELETE ON utilisateur
    FOR EACH STATEMENT EXECUTE FUNCTION droits_changes();
CREATE TRIGGER droits_changes AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON utilisateur_collectivite
    FOR EACH STATEMENT EXECUTE FUNCTION droits_changes();
CREATE TRIGGER droits_changes AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON collectivite_commune
    FOR EACH STATEMENT EXECUTE FUNCTION droits_changes();
CREATE TRIGGER droits_changes AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON collectivite
    FOR EACH STATEMENT EXECUTE FUNCTION droits_changes();

-- Une ligne par domaine et par commune, souvent écrite, lue en entier à chaque page : qu'elle reste petite.
ALTER TABLE version_donnees SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200,
                                 autovacuum_vacuum_cost_delay = 0);
