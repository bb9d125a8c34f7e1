-- Ce qui arrive à un logement : ses fermetures, qui collecte pour lui, ses hébergeurs successifs.
-- Les clés étrangères et le déclencheur prennent ces verrous : ils sont demandés avant, les comptes en dernier, car ce qui les
-- écrit est court, et personne ne les attend pendant que l'on attend les logements.
SELECT verrou_patient('hebergeur', 'SHARE ROW EXCLUSIVE');
SELECT verrou_patient('logement', 'SHARE ROW EXCLUSIVE');
SELECT verrou_patient('fusion', 'ACCESS EXCLUSIVE');
SELECT verrou_patient('utilisateur', 'SHARE ROW EXCLUSIVE');

CREATE TABLE fermeture (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    logement_id bigint NOT NULL REFERENCES logement,
    debut date NOT NULL,
    fin date CHECK (fin >= debut),
    motif text NOT NULL CHECK (motif <> ''),
    version integer NOT NULL DEFAULT 1,
    cree_le timestamptz NOT NULL DEFAULT now(),
    modifie_le timestamptz NOT NULL DEFAULT now(),
    modifie_par bigint REFERENCES utilisateur,
    retire_le timestamptz,
    -- Deux fermetures d'un logement ne se recouvrent pas. Une clé devient un intervalle : aucune extension n'est à installer.
    CONSTRAINT fermeture_seule EXCLUDE USING gist (int8range(logement_id, logement_id, '[]') WITH &&, daterange(debut, fin, '[]') WITH &&) WHERE (retire_le IS NULL)
);
COMMENT ON TABLE fermeture IS 'Périodes où un logement n''est pas loué : un séjour dont une nuit y tombe est signalé, jamais refusé.';
COMMENT ON COLUMN fermeture.debut IS 'Première nuit fermée.';
COMMENT ON COLUMN fermeture.fin IS 'Dernière nuit fermée, comprise ; nulle : jusqu''à nouvel ordre.';
COMMENT ON COLUMN fermeture.retire_le IS 'Retirée par quelqu''un, et rétablie s''il le veut. Nulle : elle vaut.';
CREATE INDEX fermeture_logement ON fermeture (logement_id, debut) WHERE retire_le IS NULL;

CREATE TABLE collecte (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    logement_id bigint NOT NULL REFERENCES logement,
    collecteur text NOT NULL REFERENCES plateforme,
    debut date,
    fin date CHECK (fin >= debut),
    version integer NOT NULL DEFAULT 1,
    cree_le timestamptz NOT NULL DEFAULT now(),
    modifie_le timestamptz NOT NULL DEFAULT now(),
    modifie_par bigint REFERENCES utilisateur,
    retire_le timestamptz
);
COMMENT ON TABLE collecte IS 'Qui collecte pour un logement, et quand : son hébergeur (« hote »), des plateformes, ou plusieurs à la fois. Un logement sans ligne est un logement dont on ne le sait pas.';
COMMENT ON COLUMN collecte.debut IS 'Premier jour ; nul : depuis toujours.';
COMMENT ON COLUMN collecte.fin IS 'Dernier jour, compris ; nul : encore aujourd''hui.';
CREATE INDEX collecte_logement ON collecte (logement_id, collecteur) WHERE retire_le IS NULL;

CREATE TABLE ancien_hebergeur (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    logement_id bigint NOT NULL REFERENCES logement,
    hebergeur_id bigint NOT NULL REFERENCES hebergeur,
    debut date NOT NULL DEFAULT '-infinity',
    fin date NOT NULL CHECK (fin > debut),
    motif text NOT NULL,
    suivant_vu boolean NOT NULL,
    fait_le timestamptz NOT NULL DEFAULT now(),
    fait_par bigint NOT NULL REFERENCES utilisateur,
    CONSTRAINT ancien_hebergeur_seul EXCLUDE USING gist (int8range(logement_id, logement_id, '[]') WITH &&, daterange(debut, fin) WITH &&)
);
COMMENT ON TABLE ancien_hebergeur IS 'Les anciens hébergeurs d''un logement. Celui d''aujourd''hui est logement.hebergeur_id, depuis la dernière fin.';
COMMENT ON COLUMN ancien_hebergeur.debut IS 'Premier jour ; -infinity : depuis toujours.';
COMMENT ON COLUMN ancien_hebergeur.fin IS 'Jour du changement : le premier du suivant.';
COMMENT ON COLUMN ancien_hebergeur.suivant_vu IS 'Le suivant se voyait déjà dans la commune de ce logement.';
CREATE INDEX ancien_hebergeur_logement ON ancien_hebergeur (logement_id, fin);
CREATE INDEX ancien_hebergeur_hebergeur ON ancien_hebergeur (hebergeur_id);

-- Le jour qui dit quel hébergeur doit un séjour : dedans, le jour où la taxe a été perçue ; sinon celui de l'arrivée.
CREATE FUNCTION jour_decisif(debut date, fin date, perception date) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT greatest(debut, least(coalesce(perception, debut), fin - 1)) $$;

ALTER TABLE fusion ADD COLUMN periodes bigint[] NOT NULL DEFAULT '{}', ADD COLUMN tenue text;
COMMENT ON COLUMN fusion.tenue IS 'Empreinte de qui tenait les logements passés, et quand, juste après la fusion : ce qui a changé depuis ne se défait pas par elle.';
COMMENT ON COLUMN fusion.periodes IS 'Lignes de ancien_hebergeur passées à la fiche gardée.';

-- Un hébergeur se voit là où il a un logement, ou en a eu un : ce qu'il doit encore se lit sur sa fiche.
CREATE OR REPLACE FUNCTION logement_rattache() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM hebergeur_commune hc USING anciens a
        WHERE hc.hebergeur_id = a.hebergeur_id AND hc.code_insee = a.code_insee
          AND NOT EXISTS (SELECT 1 FROM logement l WHERE l.hebergeur_id = a.hebergeur_id AND l.code_insee = a.code_insee)
          AND NOT EXISTS (SELECT 1 FROM ancien_hebergeur lh JOIN logement l ON l.id = lh.logement_id
                          WHERE lh.hebergeur_id = a.hebergeur_id AND l.code_insee = a.code_insee);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO hebergeur_commune (code_insee, hebergeur_id, nom, inscrit_le, type)
        SELECT DISTINCT n.code_insee, h.id, h.nom, h.inscrit_le, h.type
        FROM nouveaux n JOIN hebergeur h ON h.id = n.hebergeur_id
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION tenue_rattache() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM hebergeur_commune hc USING logement o
        WHERE o.id = OLD.logement_id AND hc.hebergeur_id = OLD.hebergeur_id AND hc.code_insee = o.code_insee
          AND NOT EXISTS (SELECT 1 FROM logement l WHERE l.hebergeur_id = OLD.hebergeur_id AND l.code_insee = o.code_insee)
          AND NOT EXISTS (SELECT 1 FROM ancien_hebergeur lh JOIN logement l ON l.id = lh.logement_id
                          WHERE lh.hebergeur_id = OLD.hebergeur_id AND l.code_insee = o.code_insee);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO hebergeur_commune (code_insee, hebergeur_id, nom, inscrit_le, type)
        SELECT l.code_insee, h.id, h.nom, h.inscrit_le, h.type FROM logement l, hebergeur h WHERE l.id = NEW.logement_id AND h.id = NEW.hebergeur_id
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tenue_rattache AFTER INSERT OR UPDATE OF hebergeur_id OR DELETE ON ancien_hebergeur FOR EACH ROW EXECUTE FUNCTION tenue_rattache();

-- Un logement ne revient pas en location tant que la fiche de son hébergeur est archivée. La ligne est laissée comme elle est :
-- qui l'écrivait voit qu'elle ne l'a pas été. L'archivage, qui tient l'hébergeur, attend ; ou est attendu.
CREATE FUNCTION logement_remis() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    archive date;
BEGIN
    SELECT h.archive_le INTO archive FROM hebergeur h WHERE h.id = NEW.hebergeur_id FOR SHARE;
    IF archive IS NOT NULL THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER logement_remis BEFORE UPDATE OF actif ON logement
    FOR EACH ROW WHEN (NEW.actif AND NOT OLD.actif) EXECUTE FUNCTION logement_remis();
REVOKE EXECUTE ON FUNCTION tenue_rattache(), logement_remis() FROM PUBLIC;
