-- Actions en masse : ce qui a été demandé, l'image de chaque ligne avant, et l'annulation.
-- Qui a modifié une ligne en dernier : montré quand deux personnes modifient la même.
ALTER TABLE sejour ADD COLUMN modifie_par bigint;
ALTER TABLE logement ADD COLUMN modifie_par bigint;
ALTER TABLE hebergeur ADD COLUMN modifie_par bigint;
COMMENT ON COLUMN sejour.modifie_par IS 'Personne de la dernière modification. Nulle : un import, ou une personne inconnue. Sans clé étrangère : un départ ne réécrit pas les séjours.';
COMMENT ON COLUMN logement.modifie_par IS 'Personne de la dernière modification. Nulle : un import, ou une personne inconnue.';
COMMENT ON COLUMN hebergeur.modifie_par IS 'Personne de la dernière modification. Nulle : un import, ou une personne inconnue.';

CREATE TABLE action (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    jeton text NOT NULL UNIQUE,
    liste text NOT NULL,
    nom text NOT NULL,
    libelle text NOT NULL,
    valeur text NOT NULL,
    requete text NOT NULL,
    filtres text NOT NULL,
    jour date NOT NULL,
    etendue text NOT NULL CHECK (etendue IN ('page', 'filtre')),
    instantane text NOT NULL,
    demandeur_id bigint NOT NULL REFERENCES utilisateur ON DELETE CASCADE,
    collectivite_id integer REFERENCES collectivite,
    etat text NOT NULL DEFAULT 'en_attente'
        CHECK (etat IN ('en_attente', 'en_cours', 'appliquee', 'arretee', 'echec', 'annulation', 'annulation_arretee', 'annulee')),
    job_id bigint REFERENCES job ON DELETE SET NULL,
    confirmees bigint NOT NULL,
    retenues bigint,
    deja bigint,
    refusees bigint,
    changees bigint,
    avancement bigint NOT NULL DEFAULT 0,
    modifiees bigint NOT NULL DEFAULT 0,
    erreur text,
    cree_le timestamptz NOT NULL DEFAULT now(),
    fini_le timestamptz,
    annule_par bigint,
    annule_job_id bigint REFERENCES job ON DELETE SET NULL,
    annule_avancement bigint NOT NULL DEFAULT 0,
    restaurees bigint NOT NULL DEFAULT 0,
    annule_le timestamptz,
    annulable_jusqu_au timestamptz NOT NULL
);
COMMENT ON TABLE action IS 'Actions en masse : la requête canonique de la liste, jamais une liste d''identifiants. Les droits sont revus à l''application et à l''annulation.';
COMMENT ON COLUMN action.jeton IS 'Nonce de la page de confirmation : la même confirmation envoyée deux fois n''agit qu''une fois.';
COMMENT ON COLUMN action.jour IS 'Jour de la question, pour ses périodes relatives.';
COMMENT ON COLUMN action.instantane IS 'Instantané PostgreSQL du compte confirmé : une ligne écrite depuis n''est pas touchée.';
COMMENT ON COLUMN action.confirmees IS 'Lignes de la sélection, comptées pour la page de confirmation.';
COMMENT ON COLUMN action.retenues IS 'Lignes à modifier, mises de côté d''un coup. Nulle : pas encore.';
COMMENT ON COLUMN action.changees IS 'Lignes modifiées ou arrivées entre la confirmation et la mise de côté : laissées.';
COMMENT ON COLUMN action.avancement IS 'Point de reprise : rangs déjà traités, écrit dans la transaction de chaque lot.';
COMMENT ON COLUMN action.annule_avancement IS 'Point de reprise de l''annulation.';
CREATE INDEX action_demandeur ON action (demandeur_id, id);
CREATE INDEX action_demandeur_etat ON action (demandeur_id, etat, id);
CREATE INDEX action_demandeur_liste ON action (demandeur_id, liste, id);
CREATE INDEX action_collectivite ON action (collectivite_id, id);
CREATE INDEX action_collectivite_etat ON action (collectivite_id, etat, id);
CREATE INDEX action_collectivite_liste ON action (collectivite_id, liste, id);
CREATE INDEX action_annulable ON action (annulable_jusqu_au);
CREATE INDEX action_en_route ON action (id) WHERE etat IN ('en_attente', 'en_cours', 'annulation');

CREATE TABLE action_ligne (
    action_id bigint NOT NULL REFERENCES action ON DELETE CASCADE,
    rang bigint NOT NULL,
    cle bigint NOT NULL,
    version integer NOT NULL,
    avant text,
    etat text NOT NULL CHECK (etat IN ('prevue', 'changee', 'ecartee', 'laissee')),
    PRIMARY KEY (action_id, rang)
);
COMMENT ON TABLE action_ligne IS 'Lignes mises de côté par une action, avec leur image avant. Une ligne « prevue » dont le rang est passé a été modifiée et porte la version + 1 ; après annulation elle a retrouvé son image. Effacées quand l''action n''est plus annulable.';
COMMENT ON COLUMN action_ligne.etat IS 'prevue : à modifier, ou modifiée ; changee : modifiée avant la mise de côté ; ecartee : modifiée entre la mise de côté et son lot ; laissee : modifiée après l''action, donc gardée par l''annulation.';
CREATE INDEX action_ligne_a_part ON action_ligne (action_id, etat, rang) WHERE etat <> 'prevue';

-- Une version de ligne était-elle déjà celle d'un instantané ? xmin n'a que 32 bits : on lui rend son époque.
CREATE FUNCTION inchangee_depuis(ecrite_par xid, instantane pg_snapshot) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT pg_visible_in_snapshot(greatest(
            x.suivant - x.suivant % 4294967296 + ecrite_par::text::bigint
                - CASE WHEN ecrite_par::text::bigint > x.suivant % 4294967296 THEN 4294967296 ELSE 0 END, 0)::text::xid8, instantane)
        FROM (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS suivant) x
    $$;
COMMENT ON FUNCTION inchangee_depuis(xid, pg_snapshot) IS 'Vrai quand la version de la ligne (son xmin) était validée dans l''instantané : la ligne n''a pas été écrite depuis. Ne dépend d''aucune horloge.';
