-- Fichiers complets : les fiches qu'aucune ligne ne nomme. Propositions : ce qu'une ligne changerait d'une fiche close.

ALTER TABLE import ADD COLUMN complet text[], ADD COLUMN absentes bigint NOT NULL DEFAULT 0, ADD COLUMN proposees bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN import.complet IS 'Communes dont le fichier dit toutes les fiches ; nul quand il n''est complet pour aucune.';
COMMENT ON COLUMN import.absentes IS 'Fiches de ces communes qu''aucune ligne ne nomme : retirées si on le demande, jamais autrement.';
COMMENT ON COLUMN import.proposees IS 'Lignes qui changeraient une fiche close : une personne les accepte ou les refuse.';
ALTER TABLE import_ligne DROP CONSTRAINT import_ligne_verdict_check, DROP CONSTRAINT import_ligne_etat_check;
ALTER TABLE import_ligne
    ADD CONSTRAINT import_ligne_verdict_check CHECK (verdict IN ('nouvelle', 'changee', 'identique', 'laissee', 'refusee', 'proposee', 'absente')) NOT VALID,
    ADD CONSTRAINT import_ligne_etat_check CHECK (etat IN ('prevue', 'exclue', 'ecrite', 'depassee', 'defaite', 'gardee', 'ecartee')) NOT VALID;
