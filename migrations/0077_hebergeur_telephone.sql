-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS hebergeur_telephone ON hebergeur (telephone) WHERE telephone IS NOT NULL
