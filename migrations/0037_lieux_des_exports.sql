-- Un export, son travail et ses lignes de journal appartiennent aux lieux dont il parle, non à son auteur.
ALTER TABLE export ADD COLUMN communes text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN export.communes IS 'Communes dont parle la question, quand elle a été posée ; vide pour une version qui ne les notait pas.';
COMMENT ON COLUMN export.collectivite_id IS 'La plus petite collectivité qui contient toutes ces communes, sinon celle de l''auteur.';
ALTER TABLE export_programme ADD COLUMN communes text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN export_programme.communes IS 'Communes dont parlait la vue, quand l''export a été programmé ou changé.';
