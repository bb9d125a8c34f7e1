-- Rejouer un import : le même fichier, vérifié de nouveau sur les règles du moment.

ALTER TABLE import ADD COLUMN origine_id bigint REFERENCES import ON DELETE SET NULL, ADD COLUMN rejoue boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN import.origine_id IS 'Import dont celui-ci rejoue le fichier.';
COMMENT ON COLUMN import.rejoue IS 'Un autre import rejoue son fichier, et le tient à sa place : le même fichier n''entre toujours pas deux fois.';
CREATE INDEX import_origine ON import (origine_id) WHERE origine_id IS NOT NULL;
DROP INDEX import_meme_fichier;
CREATE UNIQUE INDEX import_meme_fichier ON import (genre, coalesce(collectivite_id, 0), sha256) WHERE etat NOT IN ('annule', 'abandonne') AND NOT rejoue;
