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

-- Avis : ce que Gardel dit à une personne pendant qu'elle est ailleurs.
CREATE TABLE avis (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    utilisateur_id bigint NOT NULL REFERENCES utilisateur ON DELETE CASCADE,
    ton text NOT NULL CHECK (ton IN ('info', 'succes', 'alerte', 'erreur')),
    texte text NOT NULL CHECK (texte <> ''),
    lien text NOT NULL CHECK (lien LIKE '/%' AND lien NOT LIKE '//%'),
    cree_le timestamptz NOT NULL DEFAULT now(),
    lu_le timestamptz
);
COMMENT ON TABLE avis IS 'Avis dans l''application, gardés 90 jours. Le nombre de non lus est montré sur chaque page.';
COMMENT ON COLUMN avis.lien IS 'Adresse dans Gardel où l''avis se regarde.';
CREATE INDEX avis_utilisateur ON avis (utilisateur_id, id);
CREATE INDEX avis_non_lu ON avis (utilisateur_id) WHERE lu_le IS NULL;
CREATE INDEX avis_cree_le ON avis (cree_le);

-- Exports programmés : une vue, un rythme, un format.
CREATE TABLE export_programme (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    utilisateur_id bigint NOT NULL REFERENCES utilisateur ON DELETE CASCADE,
    collectivite_id integer REFERENCES collectivite,
    vue_id bigint REFERENCES vue ON DELETE SET NULL,
    vue_nom text NOT NULL,
    liste text NOT NULL,
    format text NOT NULL,
    rythme text NOT NULL CHECK (rythme IN ('quotidien', 'hebdomadaire', 'mensuel')),
    heure smallint NOT NULL CHECK (heure BETWEEN 0 AND 23),
    jour smallint NOT NULL CHECK (jour BETWEEN 0 AND 28),
    garder smallint NOT NULL CHECK (garder BETWEEN 1 AND 12),
    pause_motif text,
    planification_id bigint UNIQUE,
    version integer NOT NULL DEFAULT 1,
    cree_le timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE export_programme IS 'Exports qui reviennent. Ils se font au nom de la personne, avec ses droits du moment.';
COMMENT ON COLUMN export_programme.vue_nom IS 'Nom de la vue quand elle a été choisie, pour le dire quand elle n''existe plus.';
COMMENT ON COLUMN export_programme.jour IS 'Jour de la semaine (1 lundi, 7 dimanche) ou du mois (1 à 28 ; 0 : le dernier jour) ; 0 pour un export quotidien.';
COMMENT ON COLUMN export_programme.garder IS 'Nombre de fichiers gardés ; les plus anciens expirent.';
COMMENT ON COLUMN export_programme.pause_motif IS 'Pourquoi Gardel l''a suspendu, en une phrase ; nul quand il tourne, ou qu''une personne l''a suspendu.';
COMMENT ON COLUMN export_programme.planification_id IS 'Sa ligne de la table planification, dans laquelle sont ses échéances.';
CREATE INDEX export_programme_utilisateur ON export_programme (utilisateur_id, id);
CREATE INDEX export_programme_vue ON export_programme (vue_id);

CREATE TABLE export_programme_fois (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    programme_id bigint NOT NULL REFERENCES export_programme ON DELETE CASCADE,
    travail_id bigint NOT NULL UNIQUE,
    export_id bigint REFERENCES export ON DELETE SET NULL,
    issue text NOT NULL CHECK (issue IN ('en_cours', 'pret', 'echec', 'annule', 'refuse')),
    detail text NOT NULL DEFAULT '',
    demande_le timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE export_programme_fois IS 'Chaque fois qu''un export programmé est parti, avec ce qu''il a donné.';
COMMENT ON COLUMN export_programme_fois.travail_id IS 'Travail qui l''a fait partir : le même travail repris ne demande pas un second fichier.';
CREATE INDEX export_programme_fois_programme ON export_programme_fois (programme_id, id);
CREATE INDEX export_programme_fois_export ON export_programme_fois (export_id);

-- Vues par défaut et nombre d'avis sont gardés en mémoire avec les droits, tant qu'aucun compteur n'a bougé.
CREATE FUNCTION compteur_augmente() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        INSERT INTO public.version_donnees (domaine, code_insee) VALUES (TG_ARGV[0], '')
        ON CONFLICT (domaine, code_insee) DO UPDATE SET version = version_donnees.version + 1;
        RETURN NULL;
    END
    $$;
COMMENT ON FUNCTION compteur_augmente() IS 'Augmente le compteur de version_donnees que nomme le déclencheur.';
CREATE TRIGGER compteur_vues AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON vue_par_defaut
    FOR EACH STATEMENT EXECUTE FUNCTION compteur_augmente('vues');
CREATE TRIGGER compteur_vues AFTER UPDATE OR DELETE ON vue FOR EACH STATEMENT EXECUTE FUNCTION compteur_augmente('vues');
CREATE TRIGGER compteur_avis AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON avis
    FOR EACH STATEMENT EXECUTE FUNCTION compteur_augmente('avis');
