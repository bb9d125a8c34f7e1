-- no-transaction
-- Numbers of ours that the lines of a file of stays give themselves: those that an import draws go round them, in whichever lot they are.
CREATE INDEX CONCURRENTLY IF NOT EXISTS import_ligne_numeros_donnes ON import_ligne (import_id, (valeurs ->> 'reference'))
    WHERE liste = 'sejours' AND verdict = 'nouvelle' AND valeurs ->> 'reference' LIKE 'SAI-%';
