-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS hebergeur_commune_suivi ON hebergeur_commune (code_insee, suivi, hebergeur_id);
