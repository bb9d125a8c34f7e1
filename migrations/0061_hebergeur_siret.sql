-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS hebergeur_siret ON hebergeur (siret) WHERE siret IS NOT NULL
