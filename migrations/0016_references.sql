-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS sejour_cle ON sejour ((cle_compacte(reference) COLLATE "C"));
