-- Les lignes du journal sortent dans le journal technique, d'où l'exploitant les envoie ailleurs (journal_sortie). La
-- transaction qui a écrit une ligne dit si elle est d'avant ou d'après la dernière sortie : un numéro ou un instant ne le
-- diraient pas, une ligne pouvant être validée après d'autres qui la suivent.
-- Le verrou d'une étape est demandé une seconde à la fois : derrière une demande qui attend un long export, toute page
-- attendrait aussi.
CREATE FUNCTION verrou_patient(nom regclass, mode text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    essais integer := 0;
BEGIN
    SET LOCAL lock_timeout = '1s';
    LOOP
        BEGIN
            EXECUTE format('LOCK TABLE %s IN %s MODE', nom, mode);
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            essais := essais + 1;
            IF essais = 600 THEN
                RAISE EXCEPTION 'La table % reste occupée (un export ?). Rien n''est perdu : relancez gardel migrate.', nom;
            END IF;
            PERFORM pg_sleep(1);
        END;
    END LOOP;
END $$;
COMMENT ON FUNCTION verrou_patient(regclass, text) IS 'Pour les migrations : prend un verrou sans que personne attende derrière.';
REVOKE EXECUTE ON FUNCTION verrou_patient(regclass, text) FROM PUBLIC;
SELECT verrou_patient('journal', 'ACCESS EXCLUSIVE');
ALTER TABLE journal ADD COLUMN transaction xid8;
ALTER TABLE journal ALTER COLUMN transaction SET DEFAULT pg_current_xact_id();
COMMENT ON COLUMN journal.transaction IS 'Transaction qui a écrit la ligne. Nulle : la ligne est d''avant cette colonne.';

CREATE TABLE journal_sortie (
    unique_ligne boolean PRIMARY KEY DEFAULT true CHECK (unique_ligne),
    jusqua xid8 NOT NULL,
    sorti_le timestamptz NOT NULL
);
COMMENT ON TABLE journal_sortie IS 'Jusqu''où le journal est sorti : toute ligne d''une transaction d''avant l''est. Vide : rien n''est encore sorti.';
