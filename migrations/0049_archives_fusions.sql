-- Une fiche d'hébergeur s'archive, et deux fiches du même hébergeur se fondent en une.
-- Les comptes ensuite : ce qui les écrit est court, et personne ne les attend pendant que l'on attend les hébergeurs.
SELECT verrou_patient('hebergeur', 'ACCESS EXCLUSIVE');
SELECT verrou_patient('utilisateur', 'SHARE ROW EXCLUSIVE');
ALTER TABLE hebergeur ADD COLUMN archive_le date;
COMMENT ON COLUMN hebergeur.archive_le IS 'Jour où la fiche a été archivée : il ne loue plus, ou elle a été fondue dans une autre. Nulle : en activité.';

CREATE TABLE fusion (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    gardee_id bigint NOT NULL REFERENCES hebergeur,
    absorbee_id bigint NOT NULL REFERENCES hebergeur,
    logements bigint[] NOT NULL,
    communes_gardee text[] NOT NULL,
    communes_absorbee text[] NOT NULL,
    champs jsonb NOT NULL,
    archivee_avant date,
    faite_le timestamptz NOT NULL DEFAULT now(),
    faite_par bigint NOT NULL REFERENCES utilisateur,
    annulee_le timestamptz,
    annulee_par bigint REFERENCES utilisateur,
    CHECK (gardee_id <> absorbee_id),
    CHECK ((annulee_le IS NULL) = (annulee_par IS NULL))
);
COMMENT ON TABLE fusion IS 'Deux fiches du même hébergeur fondues en une : ce qu''il faut pour revenir en arrière.';
COMMENT ON COLUMN fusion.logements IS 'Logements rattachés à la fiche gardée.';
COMMENT ON COLUMN fusion.communes_gardee IS 'Communes où se voyait la fiche gardée, avant.';
COMMENT ON COLUMN fusion.communes_absorbee IS 'Communes où se voyait la fiche absorbée ; elle y reste visible, archivée.';
COMMENT ON COLUMN fusion.champs IS 'Valeurs de la fiche gardée que la fusion a changées : par colonne, « avant » et « apres ».';
COMMENT ON COLUMN fusion.archivee_avant IS 'Jour où la fiche absorbée était déjà archivée, le cas échéant.';
-- Une fiche n'est absorbée qu'une fois, tant que ce n'est pas défait.
CREATE UNIQUE INDEX fusion_absorbee ON fusion (absorbee_id) WHERE annulee_le IS NULL;
CREATE INDEX fusion_gardee ON fusion (gardee_id);
