-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS hebergeur_courriel ON hebergeur (courriel) WHERE courriel IS NOT NULL
