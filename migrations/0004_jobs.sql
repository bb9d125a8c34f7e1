-- File de travaux, exports et leurs clés mises de côté.
CREATE TABLE job (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue text NOT NULL,
    name text NOT NULL,
    payload jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'running', 'done', 'failed', 'cancelled')),
    priority smallint NOT NULL DEFAULT 100,
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL DEFAULT 5 CHECK (max_attempts > 0),
    run_at timestamptz NOT NULL DEFAULT now(),
    lease bigint NOT NULL DEFAULT 0,
    lease_until timestamptz,
    worker text,
    unique_key text,
    cancel_requested boolean NOT NULL DEFAULT false,
    title text NOT NULL,
    requested_by bigint REFERENCES utilisateur ON DELETE SET NULL,
    collectivite_id integer REFERENCES collectivite ON DELETE SET NULL,
    done bigint NOT NULL DEFAULT 0,
    total bigint,
    checkpoint jsonb,
    error text,
    traceparent text,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    CHECK ((state = 'running') = (lease_until IS NOT NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200,
        autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
COMMENT ON TABLE job IS 'Travaux du processus auxiliaire. Pris par FOR UPDATE SKIP LOCKED, tenus par un bail numéroté.';
COMMENT ON COLUMN job.lease IS 'Numéro de bail, augmenté à chaque prise. Battement, progression, point de reprise et fin le comparent tous : un ouvrier évincé ne peut plus rien écrire.';
COMMENT ON COLUMN job.unique_key IS 'Deux travaux vivants n''ont jamais la même clé : un double clic ne fait qu''un travail.';
CREATE INDEX job_ready ON job (queue, priority, run_at, id) WHERE state = 'ready';
CREATE INDEX job_running ON job (lease_until) WHERE state = 'running';
CREATE UNIQUE INDEX job_unique ON job (unique_key) WHERE state IN ('ready', 'running');
CREATE INDEX job_finished ON job (finished_at) WHERE state IN ('done', 'failed', 'cancelled');
CREATE INDEX job_state ON job (state, id);
CREATE INDEX job_queue ON job (queue, id);
CREATE INDEX job_requested_by ON job (requested_by, id);
CREATE INDEX job_requested_by_state ON job (requested_by, state, id);
CREATE INDEX job_requested_by_queue ON job (requested_by, queue, id);
CREATE INDEX job_collectivite ON job (collectivite_id, id);
CREATE INDEX job_collectivite_state ON job (collectivite_id, state, id);
CREATE INDEX job_collectivite_queue ON job (collectivite_id, queue, id);

CREATE TABLE export (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id bigint REFERENCES job ON DELETE SET NULL,
    liste text NOT NULL,
    requete text NOT NULL,
    colonnes text[] NOT NULL,
    format text NOT NULL CHECK (format IN ('csv_fr', 'csv_rfc4180')),
    filtres text NOT NULL,
    demandeur_id bigint NOT NULL REFERENCES utilisateur ON DELETE CASCADE,
    perimetre text[] NOT NULL DEFAULT '{}',
    collectivite_id integer REFERENCES collectivite,
    etat text NOT NULL DEFAULT 'en_attente' CHECK (etat IN ('en_attente', 'en_cours', 'pret', 'echec', 'annule', 'expire')),
    lignes_prevues bigint,
    lignes_ecrites bigint,
    octets bigint,
    sha256 text,
    lu_le timestamptz,
    fichier text,
    nom_fichier text,
    manifeste jsonb,
    erreur text,
    cree_le timestamptz NOT NULL DEFAULT now(),
    expire_le timestamptz
);
COMMENT ON TABLE export IS 'Demandes d''export : la requête canonique de la liste, jamais une liste d''identifiants. Les droits sont revus à l''exécution et au téléchargement.';
COMMENT ON COLUMN export.perimetre IS 'Communes lues : qui n''a plus ces droits ne peut plus télécharger le fichier.';
COMMENT ON COLUMN export.lu_le IS 'Moment de la lecture : instantané dans lequel les clés ont été mises de côté.';
CREATE INDEX export_demandeur ON export (demandeur_id, id);
CREATE INDEX export_job ON export (job_id);
CREATE INDEX export_expire ON export (expire_le) WHERE etat = 'pret';

CREATE TABLE export_lot (
    export_id bigint NOT NULL REFERENCES export ON DELETE CASCADE,
    numero integer NOT NULL,
    cles text[] NOT NULL,
    PRIMARY KEY (export_id, numero)
);
COMMENT ON TABLE export_lot IS 'Clés mises de côté dans l''ordre de l''export, par lots. Effacées quand le fichier est prêt.';

CREATE TABLE export_morceau (
    export_id bigint NOT NULL REFERENCES export ON DELETE CASCADE,
    numero integer NOT NULL,
    cle text NOT NULL,
    lignes bigint NOT NULL,
    octets bigint NOT NULL,
    PRIMARY KEY (export_id, numero)
);
COMMENT ON TABLE export_morceau IS 'Morceaux déjà écrits dans le dépôt de fichiers : les points de reprise de l''export.';
