-- Les index qui portent les sommes prennent la place de ceux qui ne les portaient pas. Le verrou est demandé une seconde
-- à la fois : derrière une demande qui attend un long export, toute page attendrait aussi.
DO $$
DECLARE
    nom text;
    essais integer := 0;
BEGIN
    SET LOCAL lock_timeout = '1s';
    LOOP
        BEGIN
            LOCK TABLE sejour IN ACCESS EXCLUSIVE MODE;
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            essais := essais + 1;
            IF essais = 600 THEN
                RAISE EXCEPTION 'La table sejour reste occupée (un export ?). Rien n''est perdu : relancez gardel migrate.';
            END IF;
            PERFORM pg_sleep(1);
        END;
    END LOOP;
    -- Une construction interrompue laisse un index que rien ne lit.
    SELECT c.relname INTO nom FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = 'sejour'::regclass AND NOT i.indisvalid AND c.relname LIKE 'sejour%_sommes' LIMIT 1;
    IF nom IS NOT NULL THEN
        RAISE EXCEPTION 'La construction de l''index % a été interrompue. Lancez dans psql : REINDEX INDEX CONCURRENTLY % ; puis relancez gardel migrate.', nom, nom;
    END IF;
    FOREACH nom IN ARRAY ARRAY['debut', 'statut_debut', 'nature_debut', 'categorie_debut', 'collecteur_debut', 'perception', 'statut_perception'] LOOP
        EXECUTE format('DROP INDEX %I', 'sejour_' || nom);
        EXECUTE format('ALTER INDEX %I RENAME TO %I', 'sejour_' || nom || '_sommes', 'sejour_' || nom);
    END LOOP;
END
$$;
