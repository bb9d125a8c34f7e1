-- Deux personnes : qui a saisi ne valide pas. À part des droits : un séjour longtemps lu (un export) ne retient pas les connexions.
SELECT verrou_patient('sejour', 'ACCESS EXCLUSIVE');

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
