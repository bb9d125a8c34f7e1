-- Délibérations chargées d'un fichier : leur grille et leurs communes sont sur leur ligne, dont `tarif` et `deliberation_commune` sont déduits.
SELECT verrou_patient('deliberation', 'ACCESS EXCLUSIVE');
ALTER TABLE deliberation
    ADD COLUMN communes text NOT NULL DEFAULT '',
    ADD COLUMN tarif_1 integer CHECK (tarif_1 >= 0),
    ADD COLUMN tarif_2 integer CHECK (tarif_2 >= 0),
    ADD COLUMN tarif_3 integer CHECK (tarif_3 >= 0),
    ADD COLUMN tarif_4 integer CHECK (tarif_4 >= 0),
    ADD COLUMN tarif_5 integer CHECK (tarif_5 >= 0),
    ADD COLUMN tarif_6 integer CHECK (tarif_6 >= 0),
    ADD COLUMN tarif_7 integer CHECK (tarif_7 >= 0),
    ADD COLUMN tarif_8 integer CHECK (tarif_8 >= 0),
    ADD COLUMN tarif_9 integer CHECK (tarif_9 >= 0),
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN modifie_le timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN modifie_par bigint REFERENCES utilisateur;
COMMENT ON COLUMN deliberation.communes IS 'Codes INSEE des communes où elle s''applique, dans leur ordre, séparés par une espace : deliberation_commune en est déduite.';
COMMENT ON COLUMN deliberation.tarif_1 IS 'Tarif de la catégorie 1, centimes ; nul si elle n''en fixe pas. Les lignes de tarif en sont déduites.';
COMMENT ON COLUMN deliberation.tarif_9 IS 'Taux de la catégorie 9, centièmes de pour cent.';
COMMENT ON COLUMN deliberation.modifie_par IS 'Exploitant qui l''a chargée d''un fichier : « gardel migrate » n''y touche plus. Nul : « gardel migrate ».';

UPDATE deliberation d SET
    communes = coalesce((SELECT string_agg(code_insee, ' ' ORDER BY code_insee) FROM deliberation_commune WHERE deliberation_id = d.id), ''),
    (tarif_1, tarif_2, tarif_3, tarif_4, tarif_5, tarif_6, tarif_7, tarif_8, tarif_9) = (
        SELECT min(valeur) FILTER (WHERE categorie_id = 1), min(valeur) FILTER (WHERE categorie_id = 2), min(valeur) FILTER (WHERE categorie_id = 3),
               min(valeur) FILTER (WHERE categorie_id = 4), min(valeur) FILTER (WHERE categorie_id = 5), min(valeur) FILTER (WHERE categorie_id = 6),
               min(valeur) FILTER (WHERE categorie_id = 7), min(valeur) FILTER (WHERE categorie_id = 8), min(valeur) FILTER (WHERE categorie_id = 9)
        FROM tarif WHERE deliberation_id = d.id);

-- Qui écrit la ligne n'a aucun droit sur ce qui en est déduit.
CREATE FUNCTION deliberation_suit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM deliberation_commune WHERE deliberation_id = NEW.id AND code_insee <> ALL (string_to_array(NEW.communes, ' '));
    INSERT INTO deliberation_commune (deliberation_id, code_insee)
        SELECT NEW.id, code FROM unnest(string_to_array(NEW.communes, ' ')) code WHERE code <> '' ON CONFLICT DO NOTHING;
    DELETE FROM tarif WHERE deliberation_id = NEW.id AND (ARRAY[NEW.tarif_1, NEW.tarif_2, NEW.tarif_3, NEW.tarif_4, NEW.tarif_5, NEW.tarif_6,
        NEW.tarif_7, NEW.tarif_8, NEW.tarif_9])[categorie_id] IS NULL;
    INSERT INTO tarif (deliberation_id, categorie_id, valeur)
        SELECT NEW.id, categorie, valeur
        FROM unnest(ARRAY[NEW.tarif_1, NEW.tarif_2, NEW.tarif_3, NEW.tarif_4, NEW.tarif_5, NEW.tarif_6, NEW.tarif_7, NEW.tarif_8, NEW.tarif_9])
            WITH ORDINALITY x (valeur, categorie)
        WHERE valeur IS NOT NULL
        ON CONFLICT (deliberation_id, categorie_id) DO UPDATE SET valeur = excluded.valeur WHERE tarif.valeur <> excluded.valeur;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION deliberation_suit() FROM PUBLIC;
CREATE TRIGGER deliberation_suit
    AFTER INSERT OR UPDATE OF communes, tarif_1, tarif_2, tarif_3, tarif_4, tarif_5, tarif_6, tarif_7, tarif_8, tarif_9 ON deliberation
    FOR EACH ROW EXECUTE FUNCTION deliberation_suit();
