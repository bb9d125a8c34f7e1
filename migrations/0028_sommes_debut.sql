-- no-transaction
-- Le compte et les sommes d'un filtre se lisent dans l'index seul.
CREATE INDEX CONCURRENTLY IF NOT EXISTS sejour_debut_sommes ON sejour (code_insee, date_debut, id) INCLUDE (montant, nuitees, nb_nuits);
