-- Les lignes d'après la dernière sortie se trouvent par la transaction qui les a écrites, si vieilles qu'elles soient. Aucune
-- ligne d'avant n'en a : l'index naît vide, en une lecture de la table.
SELECT verrou_patient('journal', 'SHARE');
CREATE INDEX journal_transaction ON journal (transaction) WHERE transaction IS NOT NULL;
