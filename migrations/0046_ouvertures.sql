-- Ce que chaque personne a ouvert en dernier : une commodité pour elle seule, pas le journal. Vingt lignes par personne.
SELECT verrou_patient('utilisateur', 'SHARE ROW EXCLUSIVE');
CREATE TABLE ouverture (
    utilisateur_id bigint NOT NULL REFERENCES utilisateur ON DELETE CASCADE,
    liste text NOT NULL CHECK (liste <> ''),
    objet_id bigint NOT NULL,
    ouverte_le timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (utilisateur_id, liste, objet_id)
);
COMMENT ON TABLE ouverture IS 'Les dernières fiches ouvertes par chaque personne, qui est seule à les voir. Les droits sont redemandés quand elles sont montrées.';
COMMENT ON COLUMN ouverture.liste IS 'Nom de la liste dont la fiche est une ligne : sejours, logements, hebergeurs.';
