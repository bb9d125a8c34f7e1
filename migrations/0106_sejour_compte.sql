-- Les séjours comptés d'avance : combien, et pour quel montant, par commune, mois, statut, nature, catégorie et collecteur. La
-- répartition affichée à côté de la liste additionne ces cases au lieu de relire les séjours, qui peuvent être des millions.
--
-- Chaque instruction qui écrit des séjours ajoute ici, dans sa transaction, ce qu'elle change : des différences, jamais la correction
-- d'une case, si bien que deux écritures ne s'attendent pas et que la somme est exacte à tout instant. L'entretien réunit ces
-- différences. La version en service n'en sait rien : ses écritures sont suivies par les mêmes déclencheurs.
CREATE TABLE sejour_compte (
    code_insee text NOT NULL,
    mois date NOT NULL,
    statut text NOT NULL,
    nature_id smallint NOT NULL,
    categorie_id smallint NOT NULL,
    collecteur text NOT NULL,
    nombre bigint NOT NULL,
    montant bigint NOT NULL,
    ajout boolean NOT NULL DEFAULT true
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05);
COMMENT ON TABLE sejour_compte IS 'Séjours comptés d''avance. Une case est la somme de ses lignes : une qui réunit, et les différences que les écritures ont ajoutées depuis.';
COMMENT ON COLUMN sejour_compte.mois IS 'Premier jour du mois où le séjour débute ; infinity : tous les mois, compté à part.';
COMMENT ON COLUMN sejour_compte.nombre IS 'Séjours ; négatif pour une différence qui en retire.';
COMMENT ON COLUMN sejour_compte.montant IS 'Taxe de ces séjours, en centimes.';
COMMENT ON COLUMN sejour_compte.ajout IS 'Différence qui n''est pas encore réunie aux autres lignes de sa case.';
CREATE INDEX sejour_compte_case ON sejour_compte (code_insee, mois, statut, nature_id, categorie_id, collecteur) INCLUDE (nombre, montant);
CREATE INDEX sejour_compte_ajout ON sejour_compte (code_insee) WHERE ajout;

CREATE FUNCTION sejour_compte_suit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO sejour_compte (code_insee, mois, statut, nature_id, categorie_id, collecteur, nombre, montant)
        SELECT code_insee, coalesce(mois, 'infinity'), statut, nature_id, categorie_id, collecteur, count(*), sum(montant)
        FROM (SELECT *, date_debut - (extract(day FROM date_debut)::integer - 1) AS mois FROM apres) s
        GROUP BY GROUPING SETS ((code_insee, mois, statut, nature_id, categorie_id, collecteur), (code_insee, statut, nature_id, categorie_id, collecteur));
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO sejour_compte (code_insee, mois, statut, nature_id, categorie_id, collecteur, nombre, montant)
        SELECT code_insee, coalesce(mois, 'infinity'), statut, nature_id, categorie_id, collecteur, -count(*), -sum(montant)
        FROM (SELECT *, date_debut - (extract(day FROM date_debut)::integer - 1) AS mois FROM avant) s
        GROUP BY GROUPING SETS ((code_insee, mois, statut, nature_id, categorie_id, collecteur), (code_insee, statut, nature_id, categorie_id, collecteur));
    ELSIF TG_OP = 'UPDATE' THEN
        -- Ce qui ne change rien aux cases s'annule, et n'ajoute aucune ligne.
        INSERT INTO sejour_compte (code_insee, mois, statut, nature_id, categorie_id, collecteur, nombre, montant)
        SELECT code_insee, coalesce(mois, 'infinity'), statut, nature_id, categorie_id, collecteur, sum(nombre), sum(montant)
        FROM (SELECT code_insee, date_debut - (extract(day FROM date_debut)::integer - 1) AS mois, statut, nature_id, categorie_id, collecteur, 1 AS nombre, montant FROM apres
              UNION ALL
              SELECT code_insee, date_debut - (extract(day FROM date_debut)::integer - 1), statut, nature_id, categorie_id, collecteur, -1, -montant FROM avant) s
        GROUP BY GROUPING SETS ((code_insee, mois, statut, nature_id, categorie_id, collecteur), (code_insee, statut, nature_id, categorie_id, collecteur))
        HAVING sum(nombre) <> 0 OR sum(montant) <> 0;
    ELSE
        DELETE FROM sejour_compte;
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION sejour_compte_suit() FROM PUBLIC;

SELECT verrou_patient('sejour', 'SHARE ROW EXCLUSIVE');
CREATE TRIGGER sejour_compte_ajoute AFTER INSERT ON sejour REFERENCING NEW TABLE AS apres FOR EACH STATEMENT EXECUTE FUNCTION sejour_compte_suit();
CREATE TRIGGER sejour_compte_change AFTER UPDATE ON sejour REFERENCING OLD TABLE AS avant NEW TABLE AS apres FOR EACH STATEMENT EXECUTE FUNCTION sejour_compte_suit();
CREATE TRIGGER sejour_compte_retire AFTER DELETE ON sejour REFERENCING OLD TABLE AS avant FOR EACH STATEMENT EXECUTE FUNCTION sejour_compte_suit();
CREATE TRIGGER sejour_compte_vide AFTER TRUNCATE ON sejour FOR EACH STATEMENT EXECUTE FUNCTION sejour_compte_suit();
