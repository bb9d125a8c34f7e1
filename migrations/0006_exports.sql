-- Exports : formats XLSX, ODS, JSON Lines et Parquet, compte indépendant, contrôle des fichiers prêts.
-- Élargit sans rien retirer : la version en service continue d'écrire ses deux formats.
ALTER TABLE export DROP CONSTRAINT export_format_check;
ALTER TABLE export ADD CONSTRAINT export_format_check
    CHECK (format IN ('csv_fr', 'csv_rfc4180', 'xlsx', 'ods', 'jsonl', 'parquet')) NOT VALID;
-- Quelques milliers de lignes au plus (une par demande gardée) : la vérification tient dans la même étape.
ALTER TABLE export VALIDATE CONSTRAINT export_format_check;

ALTER TABLE export
    ADD COLUMN lignes_comptees bigint,
    ADD COLUMN controle_le timestamptz,
    ADD COLUMN controle_ecart text;
COMMENT ON COLUMN export.lignes_comptees IS 'Compte indépendant des mêmes lignes, par le chemin du compte de la liste, dans l''instantané de la mise de côté.';
COMMENT ON COLUMN export.controle_le IS 'Dernière relecture du fichier prêt par le contrôle de nuit ; NULL : jamais.';
COMMENT ON COLUMN export.controle_ecart IS 'Ce que la dernière relecture a trouvé de faux ; NULL : conforme, ou jamais relu.';
-- Le contrôle prend les fichiers jamais relus d'abord, puis les plus anciennement relus.
CREATE INDEX export_controle ON export (controle_le NULLS FIRST, id) WHERE etat = 'pret';
CREATE INDEX export_ecart ON export (id) WHERE controle_ecart IS NOT NULL;

-- Les clés ne vivent que quelques minutes : les compresser coûte plus que les écrire.
ALTER TABLE export_lot ALTER COLUMN cles SET STORAGE EXTERNAL;
