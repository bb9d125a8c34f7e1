-- Les lignes qu'une personne a vues comptées quand on lui a demandé de confirmer une action sur tout un filtre. La version
-- d'une ligne ne dit pas si elle était du filtre : un autre objet (le courriel d'un hébergeur) ou des droits l'y font entrer.
CREATE TABLE action_choix (
    jeton text PRIMARY KEY CHECK (length(jeton) <= 100),
    cles bigint[] NOT NULL CHECK (cardinality(cles) <= 1000000),
    cree_le timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE action_choix IS 'Lignes comptées sur la page de confirmation d''une action sur tout un filtre : elle n''en change aucune autre. Retirées quand l''action les a mises de côté, ou après un jour.';
COMMENT ON COLUMN action_choix.jeton IS 'Celui de la confirmation, puis de l''action.';
CREATE INDEX action_choix_cree_le ON action_choix (cree_le);
