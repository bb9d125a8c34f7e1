-- Trois comptes PostgreSQL : l'un possède les tables et migre, l'autre sert, le troisième travaille. Et un journal que
-- personne ne change : il s'ajoute, il se lit, et seul ce qui a passé son temps s'en va, par la fonction de purge.

-- Une mise à jour, un effacement ou un vidage du journal est refusé à tous, à son propriétaire aussi : ce serait une erreur,
-- ou pire. Une migration qui doit vraiment le réécrire désactive ce déclencheur, et le dit.
CREATE FUNCTION journal_fige() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'le journal ne se modifie pas (% sur %)', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege', HINT = 'Ses mois entiers s''en vont par journal_purge, une fois passé leur temps.';
END $$;
COMMENT ON FUNCTION journal_fige() IS 'Refuse tout ce qui n''est ni un ajout ni une lecture du journal.';
-- Le premier se propage de lui-même aux partitions, présentes et futures ; un vidage n'a de déclencheur que là où il est posé.
CREATE TRIGGER journal_fige BEFORE UPDATE OR DELETE ON journal FOR EACH ROW EXECUTE FUNCTION journal_fige();
CREATE TRIGGER journal_fige_vidage BEFORE TRUNCATE ON journal FOR EACH STATEMENT EXECUTE FUNCTION journal_fige();
DO $$
DECLARE
    partition regclass;
BEGIN
    FOR partition IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'public.journal'::regclass LOOP
        EXECUTE format('CREATE TRIGGER journal_fige_vidage BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION public.journal_fige()', partition);
    END LOOP;
END $$;

-- Le plancher, écrit ici et non dans un réglage du programme : qui demande moins garde quand même cela.
CREATE FUNCTION journal_garde_min() RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 6;
COMMENT ON FUNCTION journal_garde_min() IS 'Mois pendant lesquels une ligne du journal ne peut pas s''en aller (CNIL, délibération 2021-122 : 6 à 12). Le propriétaire seul peut l''allonger.';

-- Les mois à préparer, sous les droits du propriétaire : qui appelle n'a pas celui de créer une table, et ne choisit les
-- mois qu'autour d'aujourd'hui.
CREATE OR REPLACE FUNCTION journal_partitions(depuis date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    mois date := date_trunc('month', least(greatest(depuis, (now() - interval '1 month')::date), now()::date))::date;
    nom text;
    debut timestamptz;
    fin timestamptz;
BEGIN
    FOR i IN 0..2 LOOP
        nom := 'journal_' || to_char(mois, 'YYYY_MM');
        debut := mois::timestamp AT TIME ZONE 'UTC';
        fin := (mois + interval '1 month')::timestamp AT TIME ZONE 'UTC';
        IF to_regclass('public.' || nom) IS NULL THEN
            EXECUTE format('CREATE TABLE public.%I (LIKE public.journal INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', nom);
            -- Personne n'ajoute au filet pendant que ses lignes du mois passent dans leur partition.
            LOCK TABLE public.journal_autres IN ACCESS EXCLUSIVE MODE;
            IF EXISTS (SELECT 1 FROM public.journal_autres WHERE moment >= debut AND moment < fin) THEN
                ALTER TABLE public.journal_autres DISABLE TRIGGER journal_fige;
                EXECUTE format('WITH parties AS (DELETE FROM public.journal_autres WHERE moment >= $1 AND moment < $2 RETURNING *)
                                INSERT INTO public.%I SELECT * FROM parties', nom) USING debut, fin;
                ALTER TABLE public.journal_autres ENABLE TRIGGER journal_fige;
            END IF;
            EXECUTE format('ALTER TABLE public.journal ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', nom, debut, fin);
            EXECUTE format('CREATE TRIGGER journal_fige_vidage BEFORE TRUNCATE ON public.%I FOR EACH STATEMENT EXECUTE FUNCTION public.journal_fige()', nom);
        END IF;
        mois := (mois + interval '1 month')::date;
    END LOOP;
END $$;
COMMENT ON FUNCTION journal_partitions(date) IS 'Crée les partitions d''un mois et des deux suivants, du mois dernier à celui-ci au plus.';

-- Retire les mois entiers plus vieux que la durée de garde, et que le plancher.
CREATE OR REPLACE FUNCTION journal_purge(mois integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    gardes integer := least(greatest(mois, public.journal_garde_min()), 1200);
    avant timestamptz := now() - make_interval(months => gardes);
    limite timestamptz := date_trunc('month', avant);
    partition regclass;
    jeune boolean;
    nombre integer := 0;
BEGIN
    FOR partition IN
        SELECT c.oid::regclass FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'public.journal'::regclass AND c.relname ~ '^journal_[0-9]{4}_[0-9]{2}$'
          AND c.relname < 'journal_' || to_char(limite, 'YYYY_MM')
    LOOP
        -- Le nom dit le mois ; les lignes le prouvent.
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s WHERE moment >= $1)', partition) INTO jeune USING limite;
        IF jeune THEN
            RAISE EXCEPTION '% contient des lignes plus jeunes que son nom : elle reste', partition USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        EXECUTE format('DROP TABLE %s', partition);
        nombre := nombre + 1;
    END LOOP;
    IF EXISTS (SELECT 1 FROM public.journal_autres WHERE moment < avant) THEN
        ALTER TABLE public.journal_autres DISABLE TRIGGER journal_fige;
        DELETE FROM public.journal_autres WHERE moment < avant;
        ALTER TABLE public.journal_autres ENABLE TRIGGER journal_fige;
    END IF;
    RETURN nombre;
END $$;
COMMENT ON FUNCTION journal_purge(integer) IS 'Retire les partitions mensuelles entièrement hors de la durée de garde, jamais plus jeunes que journal_garde_min ; rend leur nombre.';

-- Ce que ces déclencheurs tiennent suit de ce que d'autres tables disent : personne ne l'écrit autrement, et qui change un
-- logement n'a pas à pouvoir changer le vocabulaire. Aucun ne peut être posé par un autre sur une table à lui.
ALTER FUNCTION logement_rattache() SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION hebergeur_suit() SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION apprend_mots() SECURITY DEFINER SET search_path = public, pg_temp;

REVOKE EXECUTE ON FUNCTION journal_partitions(date), journal_purge(integer), logement_rattache(), hebergeur_suit(), apprend_mots() FROM PUBLIC;

-- À qui « gardel roles » a donné les droits de servir et de travailler : « gardel migrate » les leur rend après chaque étape.
CREATE TABLE role_base (
    unique_ligne boolean PRIMARY KEY DEFAULT true CHECK (unique_ligne),
    sert name NOT NULL,
    travaille name NOT NULL CHECK (travaille <> sert),
    regle_le timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE role_base IS 'Comptes PostgreSQL du serveur web et de l''ouvrier (gardel roles). Vide : un seul compte fait tout.';
