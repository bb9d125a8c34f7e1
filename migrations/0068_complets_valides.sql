-- Ce que 0067 a promis des lignes, vérifié sans bloquer personne.
ALTER TABLE import_ligne VALIDATE CONSTRAINT import_ligne_verdict_check;
ALTER TABLE import_ligne VALIDATE CONSTRAINT import_ligne_etat_check;
