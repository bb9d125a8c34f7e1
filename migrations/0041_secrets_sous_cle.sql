-- Les secrets de la base peuvent être sous une clé de l'exploitant, qui n'y est pas (cle_secrets) : plus longs qu'en clair.
ALTER TABLE second_facteur DROP CONSTRAINT second_facteur_cle_check;
ALTER TABLE second_facteur ADD CONSTRAINT second_facteur_cle_check CHECK (length(cle) = 20 OR length(cle) BETWEEN 50 AND 100);
COMMENT ON COLUMN second_facteur.cle IS 'Secret de l''application de codes ; sous la clé de cle_secrets quand l''exploitant en a donné une.';
COMMENT ON COLUMN secret.valeur IS 'Le secret ; les clés de signature sont sous celle de cle_secrets quand l''exploitant en a donné une.';
