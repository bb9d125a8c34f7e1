-- Vues enregistrées, vue par défaut de chaque personne.
CREATE TABLE vue (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    liste text NOT NULL,
    nom text COLLATE "fr-x-icu" NOT NULL CHECK (char_length(nom) BETWEEN 1 AND 80),
    requete text NOT NULL CHECK (octet_length(requete) <= 6000),
    auteur_id bigint REFERENCES utilisateur ON DELETE SET NULL,
    collectivite_id integer REFERENCES collectivite,
    version integer NOT NULL DEFAULT 1,
    cree_le timestamptz NOT NULL DEFAULT now(),
    modifie_le timestamptz NOT NULL DEFAULT now(),
    modifie_par text NOT NULL DEFAULT '',
    supprime_le timestamptz
);
COMMENT ON TABLE vue IS 'Vues enregistrées d''une liste : une question, jamais des données. Les droits sont toujours ceux de la personne qui ouvre la vue.';
COMMENT ON COLUMN vue.requete IS 'Question canonique de la liste : filtres (périodes relatives gardées relatives), tri, taille, colonnes, densité.';
COMMENT ON COLUMN vue.collectivite_id IS 'Collectivité avec laquelle la vue est partagée ; nulle pour une vue personnelle. Une vue partagée reste à la collectivité quand son auteur la quitte.';
COMMENT ON COLUMN vue.version IS 'Augmente à chaque modification ; un enregistrement périmé est refusé.';
COMMENT ON COLUMN vue.modifie_par IS 'Nom de la dernière personne qui l''a modifiée, à ce moment-là.';
COMMENT ON COLUMN vue.supprime_le IS 'Supprimée mais encore rétablissable ; retirée ensuite par l''entretien.';
CREATE UNIQUE INDEX vue_nom ON vue (auteur_id, liste, lower(nom)) WHERE supprime_le IS NULL;
CREATE INDEX vue_collectivite ON vue (collectivite_id, liste) WHERE collectivite_id IS NOT NULL;
CREATE INDEX vue_supprime_le ON vue (supprime_le) WHERE supprime_le IS NOT NULL;

-- La seule définition de « cette personne peut ouvrir cette vue ».
CREATE FUNCTION vue_ouverte(v vue, personne bigint, collectivites integer[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
        SELECT CASE WHEN v.collectivite_id IS NULL THEN coalesce(v.auteur_id = personne, false) ELSE v.collectivite_id = ANY (collectivites) END
    $$;
COMMENT ON FUNCTION vue_ouverte(vue, bigint, integer[]) IS 'Vue personnelle de la personne, ou partagée avec une de ses collectivités.';

CREATE TABLE vue_par_defaut (
    utilisateur_id bigint NOT NULL REFERENCES utilisateur ON DELETE CASCADE,
    liste text NOT NULL,
    vue_id bigint NOT NULL REFERENCES vue ON DELETE CASCADE,
    PRIMARY KEY (utilisateur_id, liste)
);
COMMENT ON TABLE vue_par_defaut IS 'Vue qu''une personne retrouve en ouvrant une liste. Sans effet tant que la vue ne lui est pas ouverte.';
CREATE INDEX vue_par_defaut_vue ON vue_par_defaut (vue_id);
