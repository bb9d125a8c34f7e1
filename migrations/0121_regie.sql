-- La régie : ce qui est dû, ce qui est encaissé, en partie double. Rien n'y est modifié ni effacé : une correction est une opération de sens
-- contraire, et chaque opération est équilibrée au centime.
SELECT verrou_patient('hebergeur', 'SHARE ROW EXCLUSIVE');
SELECT verrou_patient('utilisateur', 'SHARE ROW EXCLUSIVE');

CREATE TABLE operation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    collectivite_id integer NOT NULL REFERENCES collectivite,
    genre text NOT NULL CHECK (genre IN ('declaration', 'regularisation', 'retrait', 'encaissement', 'annulation', 'imputation')),
    jour date NOT NULL,
    libelle text NOT NULL CHECK (libelle <> ''),
    motif text,
    contre_id bigint UNIQUE REFERENCES operation,
    fait_par bigint REFERENCES utilisateur,
    fait_le timestamptz NOT NULL DEFAULT now(),
    CHECK ((genre = 'annulation') = (contre_id IS NOT NULL))
);
COMMENT ON TABLE operation IS 'Ce qui est arrivé à la régie d''une collectivité : une déclaration arrêtée, un encaissement, une correction. Ses écritures s''équilibrent.';
COMMENT ON COLUMN operation.contre_id IS 'L''opération qu''elle annule, une fois au plus.';

CREATE TABLE ecriture (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    operation_id bigint NOT NULL REFERENCES operation,
    collectivite_id integer NOT NULL REFERENCES collectivite,
    jour date NOT NULL,
    compte text NOT NULL CHECK (compte IN ('redevables', 'trop_percu', 'taxe', 'additionnelle', 'especes', 'cheques', 'virements', 'cartes', 'en_ligne')),
    declaration_id bigint REFERENCES declaration,
    hebergeur_id bigint REFERENCES hebergeur,
    collecteur text NOT NULL REFERENCES plateforme,
    debit bigint NOT NULL DEFAULT 0 CHECK (debit >= 0),
    credit bigint NOT NULL DEFAULT 0 CHECK (credit >= 0),
    CHECK ((debit = 0) <> (credit = 0)),
    CHECK (compte <> 'redevables' OR declaration_id IS NOT NULL)
);
COMMENT ON TABLE ecriture IS 'Lignes du journal de régie, en centimes. Le solde d''une déclaration est celui du compte « redevables » à son nom.';
CREATE INDEX ecriture_jour ON ecriture (collectivite_id, jour, id);
CREATE INDEX ecriture_compte_jour ON ecriture (collectivite_id, compte, jour, id);
CREATE INDEX ecriture_declaration ON ecriture (declaration_id, compte) INCLUDE (debit, credit);
CREATE INDEX ecriture_trop_percu ON ecriture (hebergeur_id, collectivite_id) WHERE compte = 'trop_percu';
CREATE INDEX ecriture_operation ON ecriture (operation_id);

CREATE TABLE paiement (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    operation_id bigint NOT NULL UNIQUE REFERENCES operation,
    collectivite_id integer NOT NULL REFERENCES collectivite,
    hebergeur_id bigint REFERENCES hebergeur,
    collecteur text NOT NULL REFERENCES plateforme,
    moyen text NOT NULL CHECK (moyen IN ('especes', 'cheques', 'virements', 'cartes', 'en_ligne')),
    montant bigint NOT NULL CHECK (montant > 0),
    reference text NOT NULL DEFAULT '',
    cle text GENERATED ALWAYS AS (nullif(upper(regexp_replace(reference, '[^0-9A-Za-z]', '', 'g')), '')) STORED,
    recu_le date NOT NULL,
    quittance_annee smallint NOT NULL,
    quittance_numero integer NOT NULL CHECK (quittance_numero > 0),
    quittance text NOT NULL GENERATED ALWAYS AS ('Q' || quittance_annee::text || '-' || lpad(quittance_numero::text, greatest(5, length(quittance_numero::text)), '0')) STORED,
    jeton text NOT NULL UNIQUE,
    fait_par bigint REFERENCES utilisateur,
    fait_le timestamptz NOT NULL DEFAULT now(),
    UNIQUE (collectivite_id, quittance_annee, quittance_numero),
    CHECK ((collecteur = 'hote') = (hebergeur_id IS NOT NULL))
);
COMMENT ON TABLE paiement IS 'Un paiement reçu et sa quittance. Annulé, il garde son numéro : la suite n''a pas de trou.';
COMMENT ON COLUMN paiement.cle IS 'La référence (n° de chèque, de virement) sans ce qui l''orne : deux paiements vivants d''un moyen n''ont pas la même.';
COMMENT ON COLUMN paiement.jeton IS 'Jeton de l''envoi du formulaire : le même n''enregistre qu''un paiement.';
CREATE INDEX paiement_recu ON paiement (collectivite_id, recu_le, id);
CREATE INDEX paiement_montant ON paiement (collectivite_id, montant, id);
CREATE INDEX paiement_moyen_recu ON paiement (collectivite_id, moyen, recu_le, id);
CREATE INDEX paiement_cle ON paiement (collectivite_id, moyen, cle);
CREATE INDEX paiement_hebergeur ON paiement (hebergeur_id, recu_le, id);

-- À la fin de chaque transaction, ce que ses opérations débitent est ce qu'elles créditent.
CREATE FUNCTION operation_equilibree() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT coalesce(sum(e.debit - e.credit), 0) FROM ecriture e WHERE e.operation_id = NEW.operation_id) <> 0 THEN
        RAISE EXCEPTION 'operation % is not balanced', NEW.operation_id USING ERRCODE = 'check_violation', CONSTRAINT = 'operation_equilibree';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER operation_equilibree AFTER INSERT ON ecriture DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION operation_equilibree();

CREATE FUNCTION regie_figee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the books are only added to' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER regie_figee BEFORE UPDATE OR DELETE OR TRUNCATE ON operation FOR EACH STATEMENT EXECUTE FUNCTION regie_figee();
CREATE TRIGGER regie_figee BEFORE UPDATE OR DELETE OR TRUNCATE ON ecriture FOR EACH STATEMENT EXECUTE FUNCTION regie_figee();
CREATE TRIGGER regie_figee BEFORE UPDATE OR DELETE OR TRUNCATE ON paiement FOR EACH STATEMENT EXECUTE FUNCTION regie_figee();
REVOKE EXECUTE ON FUNCTION operation_equilibree(), regie_figee() FROM PUBLIC;
