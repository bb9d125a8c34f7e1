-- Motifs : pourquoi un séjour est rejeté ou contesté. Chaque collectivité ajoute les siens aux motifs communs.
CREATE TABLE motif (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    collectivite_id integer REFERENCES collectivite,
    statut text NOT NULL CHECK (statut IN ('conteste', 'rejete')),
    libelle text COLLATE "fr-x-icu" NOT NULL CHECK (libelle = btrim(libelle) AND char_length(libelle) BETWEEN 1 AND 80),
    precision_exigee boolean NOT NULL DEFAULT false,
    actif boolean NOT NULL DEFAULT true,
    cree_le timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (collectivite_id, statut, libelle)
);
COMMENT ON TABLE motif IS 'Pourquoi un statut est donné. Un motif ne se renomme ni ne se supprime : les séjours qui le portent le gardent. Retiré, il n''est plus proposé.';
COMMENT ON COLUMN motif.collectivite_id IS 'Qui l''a ajouté et le voit. Nulle : commun à toutes.';
COMMENT ON COLUMN motif.precision_exigee IS 'Le choix ne suffit pas : quelques mots sont demandés avec lui.';
INSERT INTO motif (statut, libelle, precision_exigee) VALUES
    ('conteste', 'Exonération demandée', false),
    ('conteste', 'Nombre de nuits contesté', false),
    ('conteste', 'Nombre de personnes contesté', false),
    ('conteste', 'Tarif ou catégorie contesté', false),
    ('conteste', 'Taxe déjà collectée par une plateforme', false),
    ('conteste', 'Autre motif', true),
    ('rejete', 'Déclaré deux fois', false),
    ('rejete', 'Déclaration erronée, à refaire', false),
    ('rejete', 'Logement hors de la commune', false),
    ('rejete', 'Séjour annulé, qui n’a pas eu lieu', false),
    ('rejete', 'Séjour non soumis à la taxe', false),
    ('rejete', 'Autre motif', true);

ALTER TABLE sejour ADD COLUMN motif_id integer, ADD COLUMN motif_precision text;
COMMENT ON COLUMN sejour.motif_id IS 'Motif du statut, quand celui-ci en demande un. Sans clé étrangère : un motif ne se supprime pas, et dix millions de lignes ne sont pas relues pour elle.';
COMMENT ON COLUMN sejour.motif_precision IS 'Ce que la personne a écrit avec le motif.';

ALTER TABLE action ADD COLUMN motif_id integer, ADD COLUMN motif_precision text, ADD COLUMN sommes bigint[];
COMMENT ON COLUMN action.sommes IS 'Sommes confirmées des lignes à modifier, dans l''ordre de la déclaration de l''action ; montants en centimes.';
ALTER TABLE action_ligne ADD COLUMN motif_avant integer, ADD COLUMN precision_avant text;
COMMENT ON COLUMN action_ligne.motif_avant IS 'Motif que la ligne portait avant l''action : l''annulation le lui rend.';
