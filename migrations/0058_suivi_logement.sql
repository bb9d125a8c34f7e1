-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS logement_suivi ON logement (code_insee, suivi, id);
