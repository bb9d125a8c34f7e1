-- Ce qui change, dans un ordre que rien ne rattrape : chaque ligne suivie garde le numéro de la transaction qui l’a écrite en dernier.
-- Sous le plus petit numéro encore en cours, tout est fini et rien ne viendra plus ; un programme qui lit dans cet ordre jusque-là
-- n’oublie aucune ligne, même validée tard. Les lignes d’avant cette étape ont zéro.

SELECT verrou_patient('sejour', 'ACCESS EXCLUSIVE');
SELECT verrou_patient('logement', 'ACCESS EXCLUSIVE');
SELECT verrou_patient('hebergeur', 'SHARE ROW EXCLUSIVE');
SELECT verrou_patient('hebergeur_commune', 'ACCESS EXCLUSIVE');

-- Une base restaurée ailleurs recompte ses transactions depuis un autre nombre : le décalage garde l’ordre.
CREATE TABLE suivi_ere (
    unique_ligne boolean PRIMARY KEY DEFAULT true CHECK (unique_ligne),
    identite text NOT NULL CHECK (char_length(identite) <= 100),
    decalage bigint NOT NULL DEFAULT 0 CHECK (decalage >= 0),
    depuis timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE suivi_ere IS 'La base dont les numéros de suivi sont comptés. Une autre identité : elle a été restaurée, et « gardel migrate » recale les numéros.';
COMMENT ON COLUMN suivi_ere.decalage IS 'Ce qui s’ajoute au numéro d’une transaction : les numéros ne reviennent jamais en arrière.';

CREATE FUNCTION identite_de_la_base() RETURNS text
    LANGUAGE sql STABLE
    AS $$
        SELECT s.system_identifier || '.' || c.timeline_id || '.' || d.oid
        FROM pg_control_system() s, pg_control_checkpoint() c, pg_database d WHERE d.datname = current_database()
    $$;
COMMENT ON FUNCTION identite_de_la_base() IS 'Une autre après une restauration, une copie ou une bascule.';
INSERT INTO suivi_ere (identite) VALUES (identite_de_la_base());

-- Le décalage est écrit dans la fonction : elle est appelée pour chaque ligne écrite.
CREATE FUNCTION suivi_ici() RETURNS bigint LANGUAGE sql VOLATILE AS 'SELECT 0::bigint + pg_current_xact_id()::text::bigint';
COMMENT ON FUNCTION suivi_ici() IS 'Numéro de suivi de ce que cette transaction écrit.';
CREATE FUNCTION suivi_horizon() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 0::bigint + pg_snapshot_xmin(pg_current_snapshot())::text::bigint';
COMMENT ON FUNCTION suivi_horizon() IS 'En dessous, tout est fini : aucune transaction en cours ne peut plus y écrire.';

ALTER TABLE sejour ADD COLUMN suivi bigint NOT NULL DEFAULT 0;
ALTER TABLE sejour ALTER COLUMN suivi SET DEFAULT suivi_ici();
ALTER TABLE logement ADD COLUMN suivi bigint NOT NULL DEFAULT 0;
ALTER TABLE logement ALTER COLUMN suivi SET DEFAULT suivi_ici();
ALTER TABLE hebergeur_commune ADD COLUMN suivi bigint NOT NULL DEFAULT 0;
ALTER TABLE hebergeur_commune ALTER COLUMN suivi SET DEFAULT suivi_ici();
COMMENT ON COLUMN sejour.suivi IS 'Numéro de suivi de la dernière écriture (0056).';
COMMENT ON COLUMN logement.suivi IS 'Numéro de suivi de la dernière écriture (0056).';
COMMENT ON COLUMN hebergeur_commune.suivi IS 'Numéro de suivi de la dernière écriture de l’hébergeur, ou de sa venue dans la commune.';

CREATE FUNCTION suivi_ecrit() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.suivi := suivi_ici();
    RETURN NEW;
END $$;
CREATE TRIGGER suivi_ecrit BEFORE UPDATE ON sejour FOR EACH ROW EXECUTE FUNCTION suivi_ecrit();
CREATE TRIGGER suivi_ecrit BEFORE UPDATE ON logement FOR EACH ROW EXECUTE FUNCTION suivi_ecrit();
CREATE TRIGGER suivi_ecrit BEFORE UPDATE ON hebergeur_commune FOR EACH ROW EXECUTE FUNCTION suivi_ecrit();

-- Toute écriture d’un hébergeur passe à ses communes, et plus seulement celle de ses clés de tri.
DROP TRIGGER hebergeur_suit ON hebergeur;
CREATE TRIGGER hebergeur_suit AFTER UPDATE ON hebergeur FOR EACH ROW EXECUTE FUNCTION hebergeur_suit();

-- Ce qui n’est plus là, ou plus dans ce lieu.
CREATE TABLE suppression (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    liste text NOT NULL CHECK (char_length(liste) BETWEEN 1 AND 60),
    cle bigint NOT NULL,
    lieu text NOT NULL CHECK (char_length(lieu) BETWEEN 1 AND 40),
    suivi bigint NOT NULL DEFAULT suivi_ici(),
    supprime_le timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE suppression IS 'Lignes retirées d’une liste suivie, pour qui en tient une copie. Gardées treize mois.';
COMMENT ON COLUMN suppression.lieu IS 'Commune (ou « c: » et le numéro d’une collectivité) où elle n’est plus.';
CREATE INDEX suppression_suivi ON suppression (liste, lieu, suivi, id);
CREATE INDEX suppression_age ON suppression (supprime_le);

-- Arguments : la liste, la colonne de la clé, celle du lieu.
CREATE FUNCTION suivi_retire() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    avant jsonb := to_jsonb(OLD);
BEGIN
    INSERT INTO suppression (liste, cle, lieu) VALUES (TG_ARGV[0], (avant->>TG_ARGV[1])::bigint, avant->>TG_ARGV[2]);
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION suivi_retire() FROM PUBLIC;
CREATE TRIGGER suivi_retire AFTER DELETE ON sejour FOR EACH ROW EXECUTE FUNCTION suivi_retire('sejours', 'id', 'code_insee');
CREATE TRIGGER suivi_deplace AFTER UPDATE OF code_insee ON sejour FOR EACH ROW WHEN (OLD.code_insee <> NEW.code_insee)
    EXECUTE FUNCTION suivi_retire('sejours', 'id', 'code_insee');
CREATE TRIGGER suivi_retire AFTER DELETE ON logement FOR EACH ROW EXECUTE FUNCTION suivi_retire('logements', 'id', 'code_insee');
CREATE TRIGGER suivi_deplace AFTER UPDATE OF code_insee ON logement FOR EACH ROW WHEN (OLD.code_insee <> NEW.code_insee)
    EXECUTE FUNCTION suivi_retire('logements', 'id', 'code_insee');
CREATE TRIGGER suivi_retire AFTER DELETE ON hebergeur_commune FOR EACH ROW EXECUTE FUNCTION suivi_retire('hebergeurs', 'hebergeur_id', 'code_insee');

-- À quel numéro on en était : un instant devient un numéro d’avant lui.
CREATE TABLE suivi_repere (
    note_le timestamptz PRIMARY KEY DEFAULT now(),
    suivi bigint NOT NULL
);
COMMENT ON TABLE suivi_repere IS 'Horizon du suivi, noté chaque nuit. Gardé treize mois.';
INSERT INTO suivi_repere (suivi) VALUES (0);

-- Après une restauration : les numéros repartent au-dessus de tous ceux qui sont là. Rien si la base est celle d’avant.
CREATE FUNCTION suivi_recale() RETURNS boolean LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    plus_haut bigint;
    decale bigint;
BEGIN
    IF (SELECT identite = identite_de_la_base() FROM suivi_ere) THEN
        RETURN false;
    END IF;
    PERFORM verrou_patient('sejour', 'SHARE ROW EXCLUSIVE');
    PERFORM verrou_patient('logement', 'SHARE ROW EXCLUSIVE');
    PERFORM verrou_patient('hebergeur_commune', 'SHARE ROW EXCLUSIVE');
    SELECT max(m) INTO plus_haut FROM (
        SELECT max(t.suivi) AS m FROM commune c, LATERAL (SELECT s.suivi FROM sejour s WHERE s.code_insee = c.code_insee ORDER BY s.suivi DESC LIMIT 1) t
        UNION ALL
        SELECT max(t.suivi) FROM commune c, LATERAL (SELECT l.suivi FROM logement l WHERE l.code_insee = c.code_insee ORDER BY l.suivi DESC LIMIT 1) t
        UNION ALL
        SELECT max(t.suivi) FROM commune c, LATERAL (SELECT h.suivi FROM hebergeur_commune h WHERE h.code_insee = c.code_insee ORDER BY h.suivi DESC LIMIT 1) t
        UNION ALL SELECT max(suivi) FROM suppression
        UNION ALL SELECT max(suivi) FROM suivi_repere) s;
    decale := greatest(0, coalesce(plus_haut, 0) + 1 - pg_current_xact_id()::text::bigint);
    EXECUTE format('CREATE OR REPLACE FUNCTION public.suivi_ici() RETURNS bigint LANGUAGE sql VOLATILE AS %L', format('SELECT %s::bigint + pg_current_xact_id()::text::bigint', decale));
    EXECUTE format('CREATE OR REPLACE FUNCTION public.suivi_horizon() RETURNS bigint LANGUAGE sql STABLE AS %L', format('SELECT %s::bigint + pg_snapshot_xmin(pg_current_snapshot())::text::bigint', decale));
    UPDATE suivi_ere SET identite = identite_de_la_base(), decalage = decale, depuis = now();
    RETURN true;
END $$;
COMMENT ON FUNCTION suivi_recale() IS 'Vrai si la base n’était plus celle des numéros : ils sont recalés, et les copies faites d’avant se refont.';
