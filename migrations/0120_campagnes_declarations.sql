-- Campagnes de déclaration, échéances de paiement, et la déclaration de chaque collecteur : deux calendriers à part, par collectivité, par
-- année et par sorte de collecteur. Le séjour reste la source : les totaux d'une déclaration en sont la somme.
SELECT verrou_patient('hebergeur', 'SHARE ROW EXCLUSIVE');
SELECT verrou_patient('logement', 'SHARE ROW EXCLUSIVE');
SELECT verrou_patient('sejour', 'SHARE ROW EXCLUSIVE');
SELECT verrou_patient('ancien_hebergeur', 'SHARE ROW EXCLUSIVE');
SELECT verrou_patient('utilisateur', 'SHARE ROW EXCLUSIVE');

CREATE TABLE campagne (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    collectivite_id integer NOT NULL REFERENCES collectivite,
    nom text COLLATE "fr-x-icu" NOT NULL CHECK (nom <> ''),
    genre text NOT NULL DEFAULT 'hote' CHECK (genre IN ('hote', 'plateforme')),
    debut date NOT NULL,
    fin date NOT NULL CHECK (fin >= debut),
    limite date NOT NULL CHECK (limite >= debut),
    etat text NOT NULL DEFAULT 'preparee' CHECK (etat IN ('preparee', 'ouverture', 'ouverte', 'close')),
    ouverte_le timestamptz,
    close_le timestamptz,
    version integer NOT NULL DEFAULT 1,
    cree_le timestamptz NOT NULL DEFAULT now(),
    modifie_le timestamptz NOT NULL DEFAULT now(),
    modifie_par bigint REFERENCES utilisateur,
    CONSTRAINT campagne_seule EXCLUDE USING gist (int4range(collectivite_id, collectivite_id, '[]') WITH &&,
        int4range(CASE genre WHEN 'hote' THEN 0 ELSE 1 END, CASE genre WHEN 'hote' THEN 0 ELSE 1 END, '[]') WITH &&,
        daterange(debut, fin, '[]') WITH &&)
);
COMMENT ON TABLE campagne IS 'Période pour laquelle une collectivité demande une déclaration aux hébergeurs, ou aux plateformes (CGCT, art. L2333-34). Quand on paie est dit par les échéances.';
COMMENT ON COLUMN campagne.debut IS 'Premier jour de la période : un séjour est de la campagne où il commence.';
COMMENT ON COLUMN campagne.fin IS 'Dernier jour de la période, compris.';
COMMENT ON COLUMN campagne.limite IS 'Dernier jour pour déclarer : après, qui n''a rien déposé est défaillant.';
CREATE INDEX campagne_debut ON campagne (collectivite_id, debut, id);
CREATE INDEX campagne_limite ON campagne (collectivite_id, limite, id);

CREATE TABLE echeance (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    collectivite_id integer NOT NULL REFERENCES collectivite,
    nom text COLLATE "fr-x-icu" NOT NULL CHECK (nom <> ''),
    genre text NOT NULL DEFAULT 'hote' CHECK (genre IN ('hote', 'plateforme')),
    jour date NOT NULL,
    debut date NOT NULL,
    fin date NOT NULL CHECK (fin >= debut),
    version integer NOT NULL DEFAULT 1,
    cree_le timestamptz NOT NULL DEFAULT now(),
    modifie_le timestamptz NOT NULL DEFAULT now(),
    modifie_par bigint REFERENCES utilisateur,
    CONSTRAINT echeance_seule EXCLUDE USING gist (int4range(collectivite_id, collectivite_id, '[]') WITH &&,
        int4range(CASE genre WHEN 'hote' THEN 0 ELSE 1 END, CASE genre WHEN 'hote' THEN 0 ELSE 1 END, '[]') WITH &&,
        daterange(debut, fin, '[]') WITH &&)
);
COMMENT ON TABLE echeance IS 'Date fixée par la délibération pour payer ce qui a été déclaré d''une ou de plusieurs périodes (CGCT, art. L2333-34 ; pour les plateformes, le 30 juin et le 31 décembre).';
COMMENT ON COLUMN echeance.jour IS 'Dernier jour pour payer.';
COMMENT ON COLUMN echeance.debut IS 'Premier jour de ce qu''elle couvre : une déclaration se paie à l''échéance qui couvre le dernier jour de sa période.';
CREATE INDEX echeance_jour ON echeance (collectivite_id, jour, id);

CREATE TABLE declaration (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    numero text NOT NULL GENERATED ALWAYS AS ('DEC-' || lpad(id::text, greatest(6, length(id::text)), '0')) STORED,
    campagne_id bigint NOT NULL REFERENCES campagne,
    collectivite_id integer NOT NULL REFERENCES collectivite,
    code_insee text NOT NULL REFERENCES commune,
    collecteur text NOT NULL REFERENCES plateforme,
    hebergeur_id bigint REFERENCES hebergeur,
    declarant_id bigint NOT NULL GENERATED ALWAYS AS (coalesce(hebergeur_id, 0)) STORED,
    debut date NOT NULL,
    fin date NOT NULL,
    limite date NOT NULL,
    attendu bigint NOT NULL DEFAULT 0,
    etat text NOT NULL DEFAULT 'attendue' CHECK (etat IN ('attendue', 'deposee', 'neant', 'close', 'defaillante')),
    deposee_le date,
    hors_delai boolean NOT NULL DEFAULT false,
    arrete_base bigint NOT NULL DEFAULT 0,
    arrete_departemental bigint NOT NULL DEFAULT 0,
    relances smallint NOT NULL DEFAULT 0,
    relancee_le date,
    version integer NOT NULL DEFAULT 1,
    cree_le timestamptz NOT NULL DEFAULT now(),
    modifie_le timestamptz NOT NULL DEFAULT now(),
    modifie_par bigint REFERENCES utilisateur,
    CHECK ((collecteur = 'hote') = (hebergeur_id IS NOT NULL)),
    UNIQUE (declarant_id, code_insee, collecteur, debut)
);
COMMENT ON TABLE declaration IS 'Ce qu''un collecteur doit déclarer d''une campagne dans une commune : la commune est ce que demande le partage du produit, et le lieu de qui la lit. Ses totaux sont ceux de ses séjours (declaration_compte).';
COMMENT ON COLUMN declaration.declarant_id IS 'L''hébergeur ; 0 pour une plateforme, que dit son collecteur.';
COMMENT ON COLUMN declaration.debut IS 'Premier jour de la période, recopié de la campagne.';
COMMENT ON COLUMN declaration.attendu IS 'Taxe des mêmes jours de l''an passé, en centimes.';
COMMENT ON COLUMN declaration.arrete_base IS 'Taxe de séjour arrêtée au dépôt, puis par les régularisations, en centimes. Ce que les séjours diraient autrement depuis est un écart.';
COMMENT ON COLUMN declaration.hors_delai IS 'Déposée après la date limite, ou une fois la campagne close.';
CREATE INDEX declaration_attendu ON declaration (code_insee, attendu, id);
CREATE INDEX declaration_limite ON declaration (code_insee, limite, id);
CREATE INDEX declaration_campagne_attendu ON declaration (code_insee, campagne_id, attendu, id);
CREATE INDEX declaration_campagne_limite ON declaration (code_insee, campagne_id, limite, id);
CREATE INDEX declaration_campagne ON declaration (campagne_id, etat);
CREATE INDEX declaration_hebergeur ON declaration (hebergeur_id, limite, id);

CREATE TABLE declaration_compte (
    declaration_id bigint NOT NULL,
    sejours bigint NOT NULL,
    nuitees bigint NOT NULL,
    montant_base bigint NOT NULL,
    montant_departemental bigint NOT NULL,
    ajout boolean NOT NULL DEFAULT true
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05);
COMMENT ON TABLE declaration_compte IS 'Ce que disent les séjours et les totaux mensuels d''une déclaration, par différences : deux écritures de séjours ne s''attendent pas, et la somme des lignes d''une déclaration est exacte à tout instant.';
CREATE INDEX declaration_compte_declaration ON declaration_compte (declaration_id) INCLUDE (sejours, nuitees, montant_base, montant_departemental);
CREATE INDEX declaration_compte_ajout ON declaration_compte (declaration_id) WHERE ajout;

CREATE TABLE total_mensuel (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    declaration_id bigint NOT NULL REFERENCES declaration,
    mois date NOT NULL CHECK (extract(day FROM mois) = 1),
    nuitees integer NOT NULL CHECK (nuitees >= 0),
    montant_base bigint NOT NULL CHECK (montant_base >= 0),
    montant_departemental bigint NOT NULL DEFAULT 0 CHECK (montant_departemental >= 0),
    version integer NOT NULL DEFAULT 1,
    cree_le timestamptz NOT NULL DEFAULT now(),
    cree_par bigint REFERENCES utilisateur,
    retire_le timestamptz
);
COMMENT ON TABLE total_mensuel IS 'Totaux d''un mois, pour les collectivités qui les demandent au lieu d''une ligne par séjour (la loi demande la ligne : CGCT, art. L2333-34, III). Ils s''ajoutent aux séjours, ils ne les remplacent pas.';
CREATE UNIQUE INDEX total_mensuel_seul ON total_mensuel (declaration_id, mois) WHERE retire_le IS NULL;

-- Ce que chaque instruction change aux déclarations de ses séjours. Un séjour est de la déclaration de l'hébergeur qui le doit
-- (jour_decisif), de sa commune, et de la période où il commence ; rejeté, il n'est d'aucune.
CREATE FUNCTION declaration_compte_suit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM declaration_compte;
        RETURN NULL;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM declaration) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO declaration_compte (declaration_id, sejours, nuitees, montant_base, montant_departemental)
        SELECT d.id, count(*), sum(s.nuitees), sum(s.montant_base), sum(s.montant_departemental)
        FROM apres s JOIN logement l ON l.id = s.logement_id
        LEFT JOIN ancien_hebergeur lh ON lh.logement_id = s.logement_id AND lh.debut <= jour_decisif(s.date_debut, s.date_fin, s.date_perception)
            AND lh.fin > jour_decisif(s.date_debut, s.date_fin, s.date_perception)
        JOIN declaration d ON d.declarant_id = CASE WHEN s.collecteur = 'hote' THEN coalesce(lh.hebergeur_id, l.hebergeur_id) ELSE 0 END
            AND d.code_insee = s.code_insee AND d.collecteur = s.collecteur AND d.debut <= s.date_debut AND d.fin >= s.date_debut
        WHERE s.statut <> 'rejete' GROUP BY d.id;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO declaration_compte (declaration_id, sejours, nuitees, montant_base, montant_departemental)
        SELECT d.id, -count(*), -sum(s.nuitees), -sum(s.montant_base), -sum(s.montant_departemental)
        FROM avant s JOIN logement l ON l.id = s.logement_id
        LEFT JOIN ancien_hebergeur lh ON lh.logement_id = s.logement_id AND lh.debut <= jour_decisif(s.date_debut, s.date_fin, s.date_perception)
            AND lh.fin > jour_decisif(s.date_debut, s.date_fin, s.date_perception)
        JOIN declaration d ON d.declarant_id = CASE WHEN s.collecteur = 'hote' THEN coalesce(lh.hebergeur_id, l.hebergeur_id) ELSE 0 END
            AND d.code_insee = s.code_insee AND d.collecteur = s.collecteur AND d.debut <= s.date_debut AND d.fin >= s.date_debut
        WHERE s.statut <> 'rejete' GROUP BY d.id;
    ELSE
        INSERT INTO declaration_compte (declaration_id, sejours, nuitees, montant_base, montant_departemental)
        SELECT d.id, sum(s.signe), sum(s.signe * s.nuitees), sum(s.signe * s.montant_base), sum(s.signe * s.montant_departemental)
        FROM (SELECT 1 AS signe, * FROM apres UNION ALL SELECT -1, * FROM avant) s JOIN logement l ON l.id = s.logement_id
        LEFT JOIN ancien_hebergeur lh ON lh.logement_id = s.logement_id AND lh.debut <= jour_decisif(s.date_debut, s.date_fin, s.date_perception)
            AND lh.fin > jour_decisif(s.date_debut, s.date_fin, s.date_perception)
        JOIN declaration d ON d.declarant_id = CASE WHEN s.collecteur = 'hote' THEN coalesce(lh.hebergeur_id, l.hebergeur_id) ELSE 0 END
            AND d.code_insee = s.code_insee AND d.collecteur = s.collecteur AND d.debut <= s.date_debut AND d.fin >= s.date_debut
        WHERE s.statut <> 'rejete' GROUP BY d.id
        HAVING sum(s.signe) <> 0 OR sum(s.signe * s.nuitees) <> 0 OR sum(s.signe * s.montant_base) <> 0 OR sum(s.signe * s.montant_departemental) <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER declaration_compte_ajoute AFTER INSERT ON sejour REFERENCING NEW TABLE AS apres FOR EACH STATEMENT EXECUTE FUNCTION declaration_compte_suit();
CREATE TRIGGER declaration_compte_change AFTER UPDATE ON sejour REFERENCING OLD TABLE AS avant NEW TABLE AS apres FOR EACH STATEMENT EXECUTE FUNCTION declaration_compte_suit();
CREATE TRIGGER declaration_compte_retire AFTER DELETE ON sejour REFERENCING OLD TABLE AS avant FOR EACH STATEMENT EXECUTE FUNCTION declaration_compte_suit();
CREATE TRIGGER declaration_compte_vide AFTER TRUNCATE ON sejour FOR EACH STATEMENT EXECUTE FUNCTION declaration_compte_suit();

-- Les séjours d'un logement, d'un jour compris à un autre qui ne l'est pas, passent d'un hébergeur à un autre ; « seuls » : ceux
-- qu'aucun ancien hébergeur ne doit.
CREATE FUNCTION declaration_compte_passe(logement bigint, de bigint, vers bigint, depuis date, avant_le date, seuls boolean) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF de = vers OR NOT EXISTS (SELECT 1 FROM declaration) THEN
        RETURN;
    END IF;
    INSERT INTO declaration_compte (declaration_id, sejours, nuitees, montant_base, montant_departemental)
    SELECT d.id, sum(p.signe), sum(p.signe * s.nuitees), sum(p.signe * s.montant_base), sum(p.signe * s.montant_departemental)
    FROM sejour s CROSS JOIN (VALUES (-1, de), (1, vers)) p (signe, hebergeur)
    JOIN declaration d ON d.declarant_id = p.hebergeur AND d.code_insee = s.code_insee AND d.collecteur = s.collecteur
        AND d.debut <= s.date_debut AND d.fin >= s.date_debut
    WHERE s.logement_id = logement AND s.collecteur = 'hote' AND s.statut <> 'rejete'
        AND jour_decisif(s.date_debut, s.date_fin, s.date_perception) >= depuis AND jour_decisif(s.date_debut, s.date_fin, s.date_perception) < avant_le
        AND NOT (seuls AND EXISTS (SELECT 1 FROM ancien_hebergeur lh WHERE lh.logement_id = s.logement_id
                 AND lh.debut <= jour_decisif(s.date_debut, s.date_fin, s.date_perception) AND lh.fin > jour_decisif(s.date_debut, s.date_fin, s.date_perception)))
    GROUP BY d.id;
END $$;
CREATE FUNCTION declaration_compte_change_hote() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    tenu bigint;
BEGIN
    IF TG_TABLE_NAME = 'logement' THEN
        PERFORM declaration_compte_passe(NEW.id, OLD.hebergeur_id, NEW.hebergeur_id, '-infinity', 'infinity', true);
        RETURN NULL;
    END IF;
    -- Chaque ligne retirée rend ses jours à l'hébergeur d'aujourd'hui, chaque ligne ajoutée les lui prend.
    IF TG_OP <> 'INSERT' THEN
        SELECT l.hebergeur_id INTO tenu FROM logement l WHERE l.id = OLD.logement_id;
        PERFORM declaration_compte_passe(OLD.logement_id, OLD.hebergeur_id, tenu, OLD.debut, OLD.fin, false);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        SELECT l.hebergeur_id INTO tenu FROM logement l WHERE l.id = NEW.logement_id;
        PERFORM declaration_compte_passe(NEW.logement_id, tenu, NEW.hebergeur_id, NEW.debut, NEW.fin, false);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER declaration_compte_passe AFTER UPDATE OF hebergeur_id ON logement
    FOR EACH ROW WHEN (OLD.hebergeur_id <> NEW.hebergeur_id) EXECUTE FUNCTION declaration_compte_change_hote();
CREATE TRIGGER declaration_compte_passe AFTER INSERT OR DELETE OR UPDATE ON ancien_hebergeur
    FOR EACH ROW EXECUTE FUNCTION declaration_compte_change_hote();

-- Un total mensuel compte dès qu'il est saisi, et plus du tout dès qu'il est retiré.
CREATE FUNCTION total_mensuel_compte() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.retire_le IS NULL THEN
        INSERT INTO declaration_compte (declaration_id, sejours, nuitees, montant_base, montant_departemental)
        VALUES (OLD.declaration_id, 0, -OLD.nuitees, -OLD.montant_base, -OLD.montant_departemental);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.retire_le IS NULL THEN
        INSERT INTO declaration_compte (declaration_id, sejours, nuitees, montant_base, montant_departemental)
        VALUES (NEW.declaration_id, 0, NEW.nuitees, NEW.montant_base, NEW.montant_departemental);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER total_mensuel_compte AFTER INSERT OR UPDATE OR DELETE ON total_mensuel FOR EACH ROW EXECUTE FUNCTION total_mensuel_compte();
REVOKE EXECUTE ON FUNCTION declaration_compte_suit(), declaration_compte_passe(bigint, bigint, bigint, date, date, boolean),
    declaration_compte_change_hote(), total_mensuel_compte() FROM PUBLIC;
