-- Le jeton par lequel un programme a apporté un fichier : l'ouvrier s'en tient à ce que ce jeton laisse des droits de son compte.
-- Sans clé étrangère : un jeton retiré puis effacé ne rend pas ses droits entiers à l'import.
ALTER TABLE import ADD COLUMN jeton_id bigint;
