-- Délibérations saisies, gardées, remplacées : un brouillon, ce qui est en vigueur, ce qui l'a été. Ce qui a fixé un tarif n'est jamais réécrit.
SELECT verrou_patient('deliberation', 'ACCESS EXCLUSIVE');
SELECT verrou_patient('tarif', 'ACCESS EXCLUSIVE');
SELECT verrou_patient('bareme', 'ACCESS EXCLUSIVE');

ALTER TABLE deliberation
    ADD COLUMN etat text NOT NULL DEFAULT 'en_vigueur' CHECK (etat IN ('brouillon', 'en_vigueur', 'remplacee', 'abandonnee')),
    ADD COLUMN source text NOT NULL DEFAULT 'delta' CHECK (source IN ('saisie', 'delta', 'reference')),
    ADD COLUMN collectivite_id integer REFERENCES collectivite,
    ADD COLUMN reference text,
    ADD COLUMN applicable_du date,
    ADD COLUMN applicable_au date,
    ADD COLUMN valable_au date,
    ADD COLUMN loyer_minimum_semaine integer CHECK (loyer_minimum_semaine >= 0),
    ADD COLUMN taxe_departementale_du date,
    ADD COLUMN taxe_departementale_au date,
    ADD COLUMN taxe_regionale boolean NOT NULL DEFAULT false,
    ADD COLUMN taxe_regionale_du date,
    ADD COLUMN taxe_regionale_au date,
    ADD COLUMN taxe_lgv boolean NOT NULL DEFAULT false,
    ADD COLUMN taxe_lgv_du date,
    ADD COLUMN taxe_lgv_au date,
    ADD COLUMN taxe_mobilites boolean NOT NULL DEFAULT false,
    ADD COLUMN taxe_mobilites_du date,
    ADD COLUMN taxe_mobilites_au date,
    ADD COLUMN regime_1 text NOT NULL DEFAULT 'reel' CHECK (regime_1 IN ('reel', 'forfait')),
    ADD COLUMN regime_2 text NOT NULL DEFAULT 'reel' CHECK (regime_2 IN ('reel', 'forfait')),
    ADD COLUMN regime_3 text NOT NULL DEFAULT 'reel' CHECK (regime_3 IN ('reel', 'forfait')),
    ADD COLUMN regime_4 text NOT NULL DEFAULT 'reel' CHECK (regime_4 IN ('reel', 'forfait')),
    ADD COLUMN regime_5 text NOT NULL DEFAULT 'reel' CHECK (regime_5 IN ('reel', 'forfait')),
    ADD COLUMN regime_6 text NOT NULL DEFAULT 'reel' CHECK (regime_6 IN ('reel', 'forfait')),
    ADD COLUMN regime_7 text NOT NULL DEFAULT 'reel' CHECK (regime_7 IN ('reel', 'forfait')),
    ADD COLUMN regime_8 text NOT NULL DEFAULT 'reel' CHECK (regime_8 IN ('reel', 'forfait')),
    ADD COLUMN regime_9 text NOT NULL DEFAULT 'reel' CHECK (regime_9 IN ('reel', 'forfait')),
    ADD COLUMN regime_10 text NOT NULL DEFAULT 'reel' CHECK (regime_10 IN ('reel', 'forfait')),
    ADD COLUMN regime_11 text NOT NULL DEFAULT 'reel' CHECK (regime_11 IN ('reel', 'forfait')),
    ADD COLUMN abattements text NOT NULL DEFAULT '',
    ADD COLUMN transmise_le date,
    ADD COLUMN observations text,
    ADD COLUMN en_vigueur_le timestamptz,
    ADD COLUMN en_vigueur_par bigint REFERENCES utilisateur,
    ADD COLUMN remplacee_par integer REFERENCES deliberation ON DELETE SET NULL,
    ADD COLUMN cree_le timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN deliberation.etat IS 'Seule une ligne « en_vigueur » fixe des tarifs : deliberation_commune n''a qu''elles. « remplacee » : ce qu''elle était avant d''être changée ou remplacée pour toute sa durée.';
COMMENT ON COLUMN deliberation.source IS 'Saisie à l''écran, chargée d''un fichier, ou livrée avec le programme.';
COMMENT ON COLUMN deliberation.collectivite_id IS 'Collectivité de ce SIREN, quand cette installation en a une : qui y a des droits la corrige.';
COMMENT ON COLUMN deliberation.reference IS 'Numéro que la collectivité lui a donné.';
COMMENT ON COLUMN deliberation.applicable_du IS 'Premier jour où elle s''applique ; son année est « annee ».';
COMMENT ON COLUMN deliberation.applicable_au IS 'Dernier jour, quand il est connu ; nul : jusqu''à ce qu''une autre la remplace. Celles d''un fichier ne valent que leur année.';
COMMENT ON COLUMN deliberation.valable_au IS 'Déduit : applicable_au, ou la veille du premier jour de la suivante de la même collectivité.';
COMMENT ON COLUMN deliberation.regime_1 IS 'Régime de la nature 1 (CGCT, art. L2333-26, II) ; les onze colonnes suivent les numéros du fichier DELTA.';
COMMENT ON COLUMN deliberation.abattements IS 'Tranches d''abattement du forfait (CGCT, art. L2333-41, III) : « 1-60:1000 61-105:4000 106-:5000 », nuits et centièmes de pour cent.';
COMMENT ON COLUMN deliberation.transmise_le IS 'Jour où elle a été saisie dans DELTA (CGCT, art. R2333-43).';

UPDATE deliberation d SET source = CASE WHEN modifie_par IS NULL THEN 'reference' ELSE 'delta' END, applicable_du = make_date(annee, 1, 1),
    applicable_au = make_date(annee, 12, 31), valable_au = make_date(annee, 12, 31), en_vigueur_le = modifie_le,
    collectivite_id = (SELECT c.id FROM collectivite c WHERE c.siren = d.siren);
ALTER TABLE deliberation ALTER COLUMN applicable_du SET NOT NULL;

-- Une ancienne et une nouvelle de la même année, un brouillon à côté : la date d'effet les distingue, et seulement en vigueur.
ALTER TABLE deliberation DROP CONSTRAINT deliberation_siren_annee_debut_key;
CREATE UNIQUE INDEX deliberation_en_vigueur ON deliberation (siren, applicable_du, debut) WHERE etat = 'en_vigueur';
CREATE INDEX deliberation_siren ON deliberation (siren, applicable_du);
CREATE INDEX deliberation_effet ON deliberation (applicable_du, id);
CREATE INDEX deliberation_nom ON deliberation (collectivite, id);
CREATE INDEX deliberation_jour ON deliberation (date_deliberation, id);

ALTER TABLE tarif
    ADD COLUMN id bigint GENERATED BY DEFAULT AS IDENTITY UNIQUE,
    ADD COLUMN siren text NOT NULL DEFAULT '',
    ADD COLUMN collectivite text COLLATE "fr-x-icu" NOT NULL DEFAULT '',
    ADD COLUMN collectivite_id integer,
    ADD COLUMN etat text NOT NULL DEFAULT 'en_vigueur',
    ADD COLUMN annee smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN tarif.siren IS 'Recopié de sa délibération, comme les colonnes qui suivent : la liste des tarifs se lit dans un index.';
UPDATE tarif t SET siren = d.siren, collectivite = d.collectivite, collectivite_id = d.collectivite_id, etat = d.etat, annee = d.annee
FROM deliberation d WHERE d.id = t.deliberation_id;
CREATE INDEX tarif_collectivite ON tarif (collectivite, id);
CREATE INDEX tarif_annee ON tarif (annee, id);
CREATE INDEX tarif_valeur ON tarif (valeur, id);

-- Qui écrit sans dire la date d'effet (la version d'avant, un fichier) parle de l'année entière.
CREATE FUNCTION deliberation_pose() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.applicable_du IS NULL THEN
        NEW.applicable_du := make_date(NEW.annee, 1, 1);
        NEW.applicable_au := coalesce(NEW.applicable_au, make_date(NEW.annee, 12, 31));
    END IF;
    NEW.valable_au := NEW.applicable_au;
    NEW.collectivite_id := coalesce(NEW.collectivite_id, (SELECT c.id FROM collectivite c WHERE c.siren = NEW.siren));
    RETURN NEW;
END $$;
CREATE TRIGGER deliberation_pose BEFORE INSERT ON deliberation FOR EACH ROW EXECUTE FUNCTION deliberation_pose();

-- Ce qui a fixé un tarif reste lisible : changer une ligne en vigueur garde ce qu'elle disait, sous l'état « remplacee ».
CREATE FUNCTION deliberation_garde() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ancienne deliberation := OLD;
    suivi text[] := ARRAY['version', 'modifie_le', 'modifie_par', 'valable_au', 'applicable_au', 'en_vigueur_le', 'en_vigueur_par', 'remplacee_par', 'transmise_le',
        'observations', 'reference', 'collectivite', 'collectivite_id', 'cree_le', 'source'];
BEGIN
    IF OLD.etat = 'en_vigueur' AND NEW.etat = 'en_vigueur' AND (to_jsonb(OLD) - suivi) <> (to_jsonb(NEW) - suivi)
       AND coalesce(OLD.tarif_1, OLD.tarif_2, OLD.tarif_3, OLD.tarif_4, OLD.tarif_5, OLD.tarif_6, OLD.tarif_7, OLD.tarif_8, OLD.tarif_9) IS NOT NULL THEN
        ancienne.id := nextval(pg_get_serial_sequence('deliberation', 'id'));
        ancienne.etat := 'remplacee';
        ancienne.remplacee_par := OLD.id;
        INSERT INTO deliberation OVERRIDING SYSTEM VALUE SELECT ancienne.*;
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION deliberation_garde() FROM PUBLIC;
CREATE TRIGGER deliberation_garde AFTER UPDATE ON deliberation FOR EACH ROW EXECUTE FUNCTION deliberation_garde();

-- Seule une ligne en vigueur s'applique à des communes ; ses tarifs se lisent dans tous les états.
CREATE OR REPLACE FUNCTION deliberation_suit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM deliberation_commune
        WHERE deliberation_id = NEW.id AND (NEW.etat <> 'en_vigueur' OR code_insee <> ALL (string_to_array(NEW.communes, ' ')));
    INSERT INTO deliberation_commune (deliberation_id, code_insee)
        SELECT NEW.id, code FROM unnest(string_to_array(NEW.communes, ' ')) code WHERE code <> '' AND NEW.etat = 'en_vigueur' ON CONFLICT DO NOTHING;
    DELETE FROM tarif WHERE deliberation_id = NEW.id AND (ARRAY[NEW.tarif_1, NEW.tarif_2, NEW.tarif_3, NEW.tarif_4, NEW.tarif_5, NEW.tarif_6,
        NEW.tarif_7, NEW.tarif_8, NEW.tarif_9])[categorie_id] IS NULL;
    INSERT INTO tarif (deliberation_id, categorie_id, valeur, siren, collectivite, collectivite_id, etat, annee)
        SELECT NEW.id, categorie, valeur, NEW.siren, NEW.collectivite, NEW.collectivite_id, NEW.etat, NEW.annee
        FROM unnest(ARRAY[NEW.tarif_1, NEW.tarif_2, NEW.tarif_3, NEW.tarif_4, NEW.tarif_5, NEW.tarif_6, NEW.tarif_7, NEW.tarif_8, NEW.tarif_9])
            WITH ORDINALITY x (valeur, categorie)
        WHERE valeur IS NOT NULL
        ON CONFLICT (deliberation_id, categorie_id) DO UPDATE SET valeur = excluded.valeur, siren = excluded.siren, collectivite = excluded.collectivite,
            collectivite_id = excluded.collectivite_id, etat = excluded.etat, annee = excluded.annee
        WHERE (tarif.valeur, tarif.siren, tarif.collectivite, tarif.collectivite_id, tarif.etat, tarif.annee)
            IS DISTINCT FROM (excluded.valeur, excluded.siren, excluded.collectivite, excluded.collectivite_id, excluded.etat, excluded.annee);
    RETURN NULL;
END $$;
DROP TRIGGER deliberation_suit ON deliberation;
CREATE TRIGGER deliberation_suit
    AFTER INSERT OR UPDATE OF etat, siren, collectivite, collectivite_id, annee, communes, tarif_1, tarif_2, tarif_3, tarif_4, tarif_5, tarif_6, tarif_7,
        tarif_8, tarif_9 ON deliberation
    FOR EACH ROW EXECUTE FUNCTION deliberation_suit();

-- Jusqu'à quand chacune vaut : la veille de la suivante de la même collectivité, ou sa propre fin.
CREATE FUNCTION deliberation_dure() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- Un brouillon, ou ce qui n'est plus en vigueur, ne borne personne ; sa propre fin est posée.
    IF TG_OP = 'INSERT' AND NEW.etat <> 'en_vigueur' THEN RETURN NULL; END IF;
    UPDATE deliberation d SET valable_au = x.au
    FROM (SELECT e.id, least(e.applicable_au, CASE WHEN e.etat = 'en_vigueur' THEN (SELECT min(n.applicable_du) - 1 FROM deliberation n
                WHERE n.siren = e.siren AND n.etat = 'en_vigueur' AND n.applicable_du > e.applicable_du) END) AS au
          FROM deliberation e WHERE e.siren = coalesce(NEW.siren, OLD.siren)) x
    WHERE d.id = x.id AND d.valable_au IS DISTINCT FROM x.au;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION deliberation_dure() FROM PUBLIC;
CREATE TRIGGER deliberation_dure AFTER INSERT OR DELETE OR UPDATE OF etat, applicable_du, applicable_au ON deliberation
    FOR EACH ROW EXECUTE FUNCTION deliberation_dure();

-- Le barème légal que « gardel migrate » apporte, et celui d'une année qu'un administrateur saisit quand il paraît.
ALTER TABLE bareme
    ADD COLUMN source text NOT NULL DEFAULT '',
    ADD COLUMN saisi_le timestamptz,
    ADD COLUMN saisi_par bigint REFERENCES utilisateur;
COMMENT ON COLUMN bareme.source IS 'À quoi se fier : officiel, editeur, deduit, calcule, non_source ; ou ce qu''en dit qui l''a saisi.';
COMMENT ON COLUMN bareme.saisi_par IS 'Qui l''a saisi : « gardel migrate » n''y touche plus. Nul : « gardel migrate ».';

-- Taux, bornes et dates limites que la loi fixe pour un temps : jamais une constante du programme.
CREATE TABLE regle_legale (
    code text NOT NULL CHECK (code ~ '^[a-z_]+$'),
    du date NOT NULL,
    au date CHECK (au >= du),
    libelle text NOT NULL,
    article text NOT NULL,
    minimum integer,
    maximum integer,
    jour text CHECK (jour ~ '^[0-9]{2}-[0-9]{2}$'),
    annees smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (code, du)
);
COMMENT ON TABLE regle_legale IS 'Règles datées : taux des taxes additionnelles et bornes de l''abattement (centièmes de pour cent), dates limites d''une année de délibération.';
COMMENT ON COLUMN regle_legale.du IS 'Premier jour où la règle vaut : de la nuit pour un taux, de la délibération pour une date limite.';
COMMENT ON COLUMN regle_legale.jour IS 'MM-JJ ; « avant » ce jour, sauf pour une ouverture.';
COMMENT ON COLUMN regle_legale.annees IS 'Années entre celle de ce jour et celle où la délibération s''applique.';
INSERT INTO regle_legale (code, du, au, libelle, article, minimum, maximum, jour, annees) VALUES
    ('taxe_departementale', '2015-01-01', NULL, 'Taxe additionnelle départementale', 'CGCT, art. L3333-1', 1000, 1000, NULL, 0),
    ('taxe_regionale', '2019-01-01', NULL, 'Taxe additionnelle de la Société des grands projets', 'CGCT, art. L2531-17', 1500, 1500, NULL, 0),
    ('taxe_lgv', '2023-01-01', NULL, 'Taxe additionnelle des lignes à grande vitesse', 'article à confirmer', 3400, 3400, NULL, 0),
    ('taxe_mobilites', '2024-01-01', NULL, 'Taxe additionnelle d’Île-de-France Mobilités', 'CGCT, art. L2531-18', 20000, 20000, NULL, 0),
    ('abattement', '2015-01-01', '2020-12-31', 'Abattement du forfait', 'CGCT, art. L2333-41, III', 1000, 5000, NULL, 0),
    ('abattement', '2021-01-01', NULL, 'Abattement du forfait', 'CGCT, art. L2333-41, III', 1000, 8000, NULL, 0),
    ('deliberer', '2015-01-01', '2020-12-31', 'Délibérer avant', 'CGCT, art. L2333-26', NULL, NULL, '10-01', 1),
    ('deliberer', '2021-01-01', NULL, 'Délibérer avant', 'CGCT, art. L2333-26', NULL, NULL, '07-01', 1),
    ('saisie_ouverte', '2022-01-01', NULL, 'Saisie dans DELTA ouverte à partir du', 'CGCT, art. R2333-43', NULL, NULL, '05-01', 1),
    ('transmettre', '2015-01-01', NULL, 'Transmettre à la DGFiP (DELTA) avant', 'CGCT, art. R2333-43', NULL, NULL, '09-15', 1);
