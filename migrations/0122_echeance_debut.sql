-- L'échéance d'une déclaration se cherche pour chaque ligne de leur liste : celle qui a commencé la dernière avant la fin de sa période.
SELECT verrou_patient('echeance', 'SHARE');
CREATE INDEX echeance_debut ON echeance (collectivite_id, genre, debut);
