-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS logement_adresse ON logement (sans_accents(adresse) COLLATE "C") WHERE adresse <> ''
