-- Les lignes qu'une personne a vues comptées quand on lui a demandé de confirmer une action sur tout un filtre. La version
-- d'une ligne ne dit pas si elle était du filtre : un autre objet (le courriel d'un hébergeur) ou des droits l'y font entrer.
CREATE TABLE action_choix (
    jeton text PRIMARY KEY CHECK (length(jeton) <= 100),
    cles bigint[] NOT NULL CHECK (cardinality(cles) <= 1000000),
    cree_le timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE action_choix IS 'Lignes comptées sur la page de confirmation d''une action sur tout un filtre : elle n''en change aucune autre. Retirées quand l''action les a mises de côté, ou après un jour.';
COMMENT ON COLUMN action_choix.jeton IS 'Celui de la confirmation, puis de l''action.';
CREATE INDEX action_choix_cree_le ON action_choix (cree_le);

-- HEB-001153 ou LOG 000123 est un numéro à lui seul : « heb » commence tous les numéros, et 1153 finit des téléphones.
CREATE OR REPLACE FUNCTION est_un_numero(texte text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
-- Un courriel, huit chiffres et plus écrits par morceaux (06 90 12 34 56, 987 654 321 00019, 97113 000123 AB), ou le numéro
-- d'un hébergeur ou d'un logement.
DECLARE
    plie text := public.plie(texte);
BEGIN
    RETURN plie ~ '^\s*[^@\s]+@\S*\s*$'
        OR plie COLLATE "fr-x-icu" ~ '^\s*(heb|log)[^[:alnum:]]+[0-9]{3,}\s*$'
        OR regexp_replace(plie COLLATE "fr-x-icu", '(?<=[0-9])[^[:alnum:]]+(?=[0-9])', '', 'g') ~ '[0-9]{8}' AND plie !~ '[0-9]{8}';
END $$;
