-- Journal : qui a fait et vu quoi. Partitionné par mois, pour purger sans gonfler la table.
CREATE TABLE journal (
    id bigint GENERATED ALWAYS AS IDENTITY,
    moment timestamptz NOT NULL DEFAULT now(),
    acteur_id bigint,
    acteur text NOT NULL DEFAULT '',
    collectivite_id integer,
    action text NOT NULL,
    objet text NOT NULL DEFAULT '',
    objet_id text NOT NULL DEFAULT '',
    detail jsonb NOT NULL DEFAULT '{}',
    adresse_ip inet,
    requete_id text NOT NULL DEFAULT '',
    PRIMARY KEY (moment, id)
) PARTITION BY RANGE (moment);
COMMENT ON TABLE journal IS 'Connexions, consultations de fiches personnelles, modifications, exports. Aucune clé étrangère : une ligne reste lisible quand la personne est partie.';
COMMENT ON COLUMN journal.acteur IS 'Nom de la personne au moment des faits.';
CREATE INDEX journal_moment ON journal (moment, id);
CREATE INDEX journal_action ON journal (action, moment, id);
CREATE INDEX journal_collectivite ON journal (collectivite_id, moment, id);
CREATE INDEX journal_collectivite_action ON journal (collectivite_id, action, moment, id);
CREATE INDEX journal_acteur ON journal (acteur_id, moment, id);
CREATE INDEX journal_id ON journal (id);

-- Crée les partitions d'un mois et des deux suivants ; appelée par les migrations et par l'entretien.
CREATE FUNCTION journal_partitions(depuis date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    mois date := date_trunc('month', depuis)::date;
    nom text;
    debut timestamptz;
    fin timestamptz;
BEGIN
    FOR i IN 0..2 LOOP
        nom := 'journal_' || to_char(mois, 'YYYY_MM');
        debut := mois::timestamp AT TIME ZONE 'UTC';
        fin := (mois + interval '1 month')::timestamp AT TIME ZONE 'UTC';
        IF to_regclass(nom) IS NULL THEN
            -- Des lignes du mois tombées dans le filet empêcheraient de créer sa partition : elles y passent.
            CREATE TEMP TABLE journal_deplace ON COMMIT DROP AS SELECT * FROM journal_autres WHERE moment >= debut AND moment < fin;
            DELETE FROM journal_autres WHERE moment >= debut AND moment < fin;
            EXECUTE format('CREATE TABLE %I PARTITION OF journal FOR VALUES FROM (%L) TO (%L)', nom, debut, fin);
            INSERT INTO journal OVERRIDING SYSTEM VALUE SELECT * FROM journal_deplace;
            DROP TABLE journal_deplace;
        END IF;
        mois := (mois + interval '1 month')::date;
    END LOOP;
END $$;
CREATE TABLE journal_autres PARTITION OF journal DEFAULT;
COMMENT ON TABLE journal_autres IS 'Filet : une ligne hors des mois préparés n''est jamais refusée.';
SELECT journal_partitions((now() - interval '1 month')::date);

-- Retire les mois entiers plus vieux que la durée de garde (CNIL, délibération 2021-122 : 6 à 12 mois).
CREATE FUNCTION journal_purge(mois integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    limite text := 'journal_' || to_char(now() - make_interval(months => mois), 'YYYY_MM');
    partition text;
    nombre integer := 0;
BEGIN
    FOR partition IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'journal'::regclass AND c.relname ~ '^journal_[0-9]{4}_[0-9]{2}$' AND c.relname < limite
    LOOP
        EXECUTE format('DROP TABLE %I', partition);
        nombre := nombre + 1;
    END LOOP;
    DELETE FROM journal_autres WHERE moment < now() - make_interval(months => mois);
    RETURN nombre;
END $$;
COMMENT ON FUNCTION journal_purge(integer) IS 'Retire les partitions mensuelles entièrement hors de la durée de garde ; rend leur nombre.';
