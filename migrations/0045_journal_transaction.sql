-- Les lignes d'après la dernière sortie se trouvent par la transaction qui les a écrites, si vieilles qu'elles soient. Aucune
-- ligne d'avant n'en a : l'index naît vide, en une lecture de la table.
-- Le verrou est demandé une seconde à la fois : derrière une demande qui attend un long export, toute page attendrait aussi.
DO $$
DECLARE
    essais integer := 0;
BEGIN
    SET LOCAL lock_timeout = '1s';
    LOOP
        BEGIN
            LOCK TABLE journal IN SHARE MODE;
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            essais := essais + 1;
            IF essais = 600 THEN
                RAISE EXCEPTION 'La table journal reste occupée. Rien n''est perdu : relancez gardel migrate.';
            END IF;
            PERFORM pg_sleep(1);
        END;
    END LOOP;
END
$$;
CREATE INDEX journal_transaction ON journal (transaction) WHERE transaction IS NOT NULL;
