-- Planifications, réglages et mesures des files, ouvriers, lectures lourdes, causes d'échec.

-- Planifications : un travail ajouté à chaque échéance d'une expression cron, une seule fois quel que soit
-- le nombre d'ouvriers (la ligne est verrouillée, le travail ajouté et l'échéance avancée ensemble).
CREATE TABLE planification (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    nom text NOT NULL UNIQUE,
    titre text NOT NULL,
    origine text NOT NULL CHECK (origine IN ('programme', 'personne')),
    expression text NOT NULL,
    fuseau text NOT NULL DEFAULT 'America/Guadeloupe',
    travail text NOT NULL,
    contenu jsonb NOT NULL DEFAULT '{}',
    file text NOT NULL,
    priorite smallint NOT NULL DEFAULT 100,
    essais_max integer NOT NULL DEFAULT 5 CHECK (essais_max > 0),
    rattrapage text NOT NULL DEFAULT 'rattraper_une' CHECK (rattrapage IN ('rattraper_une', 'ignorer')),
    etalement_s integer NOT NULL DEFAULT 0 CHECK (etalement_s BETWEEN 0 AND 86400),
    active boolean NOT NULL DEFAULT true,
    reglee boolean NOT NULL DEFAULT false,
    proprietaire_id bigint REFERENCES utilisateur ON DELETE CASCADE,
    collectivite_id integer REFERENCES collectivite ON DELETE CASCADE,
    prochaine_le timestamptz,
    derniere_le timestamptz,
    derniere_issue text,
    dernier_job_id bigint REFERENCES job ON DELETE SET NULL,
    cree_le timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE planification IS 'Travaux à refaire : déclarés par le programme (origine « programme ») ou créés par une personne. Les échéances se jugent à l''horloge de PostgreSQL.';
COMMENT ON COLUMN planification.nom IS 'Nom technique, unique ; il fixe aussi le décalage dans l''étalement.';
COMMENT ON COLUMN planification.rattrapage IS 'Échéances manquées (ouvriers arrêtés) : en rattraper une seule, ou les ignorer.';
COMMENT ON COLUMN planification.etalement_s IS 'Secondes sur lesquelles les départs d''une même heure se répartissent.';
COMMENT ON COLUMN planification.reglee IS 'Un exploitant a changé l''heure ou l''a mise en pause : une nouvelle version du programme n''y touche plus.';
COMMENT ON COLUMN planification.prochaine_le IS 'Prochaine échéance, décalage compris ; NULL : en pause, ou plus jamais.';
COMMENT ON COLUMN planification.derniere_issue IS 'Ce que la dernière échéance a donné : lancee, sautee (la précédente durait encore), ignoree (manquée).';
CREATE INDEX planification_due ON planification (prochaine_le) WHERE active;
CREATE INDEX planification_proprietaire ON planification (proprietaire_id, id) WHERE proprietaire_id IS NOT NULL;
CREATE INDEX planification_collectivite ON planification (collectivite_id) WHERE collectivite_id IS NOT NULL;
CREATE INDEX planification_job ON planification (dernier_job_id) WHERE dernier_job_id IS NOT NULL;

-- Rang d'un travail prêt : le moment où il le devient, retardé de 6 s par point de priorité. Tous vieillissent
-- du même pas, donc leur ordre ne change jamais et un index le tient ; un travail moins prioritaire de cent
-- points passe après dix minutes devant ceux qui arrivent : personne n'attend sans fin.
CREATE FUNCTION job_rang(pret timestamptz, priorite smallint) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN extract(epoch FROM (pret - '2020-01-01 00:00:00+00'::timestamptz))::double precision + priorite * 6.0::double precision;
COMMENT ON FUNCTION job_rang(timestamptz, smallint) IS 'Ordre de prise d''un travail prêt : le plus petit d''abord.';

ALTER TABLE job
    ADD COLUMN lourd boolean NOT NULL DEFAULT false,
    ADD COLUMN attente text,
    ADD COLUMN cause text;
COMMENT ON COLUMN job.lourd IS 'Grande lecture : attend qu''une place de lecture lourde soit libre. Posé par le travail lui-même, gardé d''un essai à l''autre.';
COMMENT ON COLUMN job.attente IS 'Pourquoi un travail prêt attend, pour la personne qui l''attend.';
COMMENT ON COLUMN job.cause IS 'Cause d''échec sans ses nombres ni ses noms : les échecs se groupent par elle.';

-- La prise lit job_rang ; la version précédente se sert de job_pret en attendant d'être remplacée.
CREATE INDEX job_rang ON job (queue, job_rang(run_at, priority), id, run_at) WHERE state = 'ready' AND NOT lourd;
CREATE INDEX job_lourd ON job (queue, job_rang(run_at, priority), id, run_at) WHERE state = 'ready' AND lourd;
CREATE INDEX job_pret ON job (queue, run_at) WHERE state = 'ready';
-- Files qui limitent chacun : le premier travail de chaque personne, sans lire ceux qui le suivent.
CREATE INDEX job_pret_personne ON job (queue, coalesce(requested_by, 0), job_rang(run_at, priority), id) WHERE state = 'ready' AND NOT lourd;
DROP INDEX job_ready;
CREATE INDEX job_echec ON job (name, cause, id) WHERE state = 'failed';

-- Chaque changement d'état réécrit toutes les entrées d'index de la ligne. Les travaux de la maison n'ont ni
-- demandeur ni collectivité : ils n'ont rien à faire dans ces six index, qui servent les listes des personnes.
DROP INDEX job_requested_by, job_requested_by_state, job_requested_by_queue, job_collectivite, job_collectivite_state, job_collectivite_queue;
CREATE INDEX job_requested_by ON job (requested_by, id) WHERE requested_by IS NOT NULL;
CREATE INDEX job_requested_by_state ON job (requested_by, state, id) WHERE requested_by IS NOT NULL;
CREATE INDEX job_requested_by_queue ON job (requested_by, queue, id) WHERE requested_by IS NOT NULL;
CREATE INDEX job_collectivite ON job (collectivite_id, id) WHERE collectivite_id IS NOT NULL;
CREATE INDEX job_collectivite_state ON job (collectivite_id, state, id) WHERE collectivite_id IS NOT NULL;
CREATE INDEX job_collectivite_queue ON job (collectivite_id, queue, id) WHERE collectivite_id IS NOT NULL;

-- Réglages d'une file. Une file sans ligne n'a ni limite ni pause.
CREATE TABLE file_attente (
    queue text PRIMARY KEY,
    limite_globale integer CHECK (limite_globale BETWEEN 1 AND 1000),
    limite_par_personne integer CHECK (limite_par_personne BETWEEN 1 AND 1000),
    en_pause boolean NOT NULL DEFAULT false,
    pause_motif text,
    pause_par text,
    pause_le timestamptz
);
COMMENT ON TABLE file_attente IS 'Ce qu''un exploitant a réglé d''une file, pour tous les ouvriers ensemble.';
COMMENT ON COLUMN file_attente.limite_globale IS 'Travaux en cours à la fois, tous ouvriers confondus ; NULL : pas de limite.';
COMMENT ON COLUMN file_attente.limite_par_personne IS 'Travaux en cours à la fois pour une même personne ; NULL : pas de limite.';

-- Lectures lourdes : une seule ligne, pour toute l'installation.
CREATE TABLE lecture_lourde (
    unique_ligne boolean PRIMARY KEY DEFAULT true CHECK (unique_ligne),
    simultanees integer NOT NULL DEFAULT 1 CHECK (simultanees BETWEEN 1 AND 16),
    age_max_s integer NOT NULL DEFAULT 300 CHECK (age_max_s BETWEEN 10 AND 86400),
    lignes_mortes_max bigint NOT NULL DEFAULT 100000 CHECK (lignes_mortes_max BETWEEN 1000 AND 100000000)
);
COMMENT ON TABLE lecture_lourde IS 'Garde des grandes lectures : combien à la fois, et au-delà de quoi elles attendent.';
COMMENT ON COLUMN lecture_lourde.age_max_s IS 'Âge de la plus vieille transaction au-delà duquel une grande lecture ne commence pas : elle empêcherait à son tour le ménage des tables.';
COMMENT ON COLUMN lecture_lourde.lignes_mortes_max IS 'Lignes mortes d''une table très écrite au-delà desquelles une grande lecture ne commence pas.';
INSERT INTO lecture_lourde DEFAULT VALUES;

-- Ouvriers : une ligne par processus, rafraîchie à chaque battement.
CREATE TABLE ouvrier (
    nom text PRIMARY KEY,
    machine text NOT NULL,
    pid integer NOT NULL,
    version text NOT NULL,
    files text[] NOT NULL,
    demarre_le timestamptz NOT NULL DEFAULT now(),
    vu_le timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE ouvrier IS 'Ouvriers en vie. Un arrêt propre retire la ligne ; une ligne qui n''est plus rafraîchie dit un ouvrier perdu.';
COMMENT ON COLUMN ouvrier.files IS 'Files servies, avec le nombre de travaux à la fois : « exports=2 ».';

-- Mesures des files, par minute : ce que la page des files montre sans compter les travaux finis.
CREATE TABLE file_mesure (
    queue text NOT NULL,
    minute timestamptz NOT NULL,
    reussis integer NOT NULL DEFAULT 0,
    echoues integer NOT NULL DEFAULT 0,
    debuts integer[] NOT NULL,
    fins integer[] NOT NULL,
    PRIMARY KEY (queue, minute)
);
COMMENT ON TABLE file_mesure IS 'Travaux finis et délais, par file et par minute ; chaque ouvrier y ajoute les siens. Gardée deux jours.';
COMMENT ON COLUMN file_mesure.debuts IS 'Nombre de débuts par tranche d''attente (de prêt à commencé) ; les bornes sont dans le programme.';
COMMENT ON COLUMN file_mesure.fins IS 'Nombre de réussites par tranche de délai (de demandé à fini).';

-- Combien de travaux passent avant celui-ci, 1000 au plus : ceux de sa voie (lourde ou non) qui ont un rang plus petit.
CREATE FUNCTION job_devant(travail bigint) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN j.lourd THEN
            (SELECT count(*) FROM (SELECT 1 FROM public.job a WHERE a.state = 'ready' AND a.lourd AND a.queue = j.queue
                AND (public.job_rang(a.run_at, a.priority), a.id) < (public.job_rang(j.run_at, j.priority), j.id) LIMIT 1000) d)
            + (SELECT count(*) FROM public.job a WHERE a.state = 'running' AND a.lourd)
        ELSE (SELECT count(*) FROM (SELECT 1 FROM public.job a WHERE a.state = 'ready' AND NOT a.lourd AND a.queue = j.queue
                AND (public.job_rang(a.run_at, a.priority), a.id) < (public.job_rang(j.run_at, j.priority), j.id) LIMIT 1000) d) END
    FROM public.job j WHERE j.id = travail AND j.state = 'ready'
$$;
COMMENT ON FUNCTION job_devant(bigint) IS 'Place dans la file : travaux qui passent avant, 1000 au plus ; NULL quand il n''attend pas.';

-- Pourquoi un travail prêt n'est pas pris, en mots ; NULL quand il ne manque qu'un ouvrier libre.
CREATE FUNCTION job_motif(travail bigint) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN f.en_pause THEN 'la file est en pause'
        WHEN j.attente IS NOT NULL THEN j.attente
        WHEN j.run_at > now() THEN NULL
        WHEN f.limite_globale <= (SELECT count(*) FROM public.job r WHERE r.state = 'running' AND r.queue = j.queue) THEN 'la file est pleine'
        WHEN f.limite_par_personne <= (SELECT count(*) FROM public.job r WHERE r.state = 'running' AND r.queue = j.queue AND r.requested_by = j.requested_by)
            THEN 'vos autres travaux de cette file ne sont pas finis'
        END
    FROM public.job j LEFT JOIN public.file_attente f ON f.queue = j.queue WHERE j.id = travail AND j.state = 'ready'
$$;
COMMENT ON FUNCTION job_motif(bigint) IS 'Ce qu''un travail prêt attend, pour la personne qui l''attend.';
