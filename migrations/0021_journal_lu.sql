-- Le journal se lit par nature d'objet, et l'histoire d'un objet sur sa fiche. Une table partitionnée ne
-- prend pas d'index CONCURRENTLY ; un an de journal d'une installation tient en quelques secondes.
CREATE INDEX journal_collectivite_objet ON journal (collectivite_id, objet, moment, id);
CREATE INDEX journal_objet ON journal (objet, objet_id, moment, id);
