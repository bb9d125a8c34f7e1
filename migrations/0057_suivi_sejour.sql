-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS sejour_suivi ON sejour (code_insee, suivi, id);
