-- Un rang qui donne plusieurs lignes est gardé une fois : avec la première.
SELECT verrou_patient('import_ligne', 'ACCESS EXCLUSIVE');
ALTER TABLE import_ligne ADD COLUMN tete bigint;
COMMENT ON COLUMN import_ligne.tete IS 'Rang de la première ligne du même rang du fichier, qui en a les cellules communes ; nul quand brut les a toutes.';
