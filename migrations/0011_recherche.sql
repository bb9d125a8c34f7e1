-- Recherche par mots : un index de mots (début de mot compris) répond en quelques millisecondes sur un
-- million de noms, là où les trigrammes relisent une ligne sur trois. Les fautes de frappe se corrigent
-- sur le vocabulaire, qui est petit, et non sur les lignes.
CREATE FUNCTION mots_de(texte text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
        -- Un mot trop long ferait échouer l'écriture de la ligne : on en garde le début.
        SELECT coalesce(array_to_tsvector(array_agg(DISTINCT left(mot, 60))), ''::tsvector)
        FROM regexp_split_to_table(public.sans_accents(texte) COLLATE "C", '[^a-z0-9]+') AS mot
        WHERE mot <> ''
    $$;
COMMENT ON FUNCTION mots_de(text) IS 'Mots d''un texte, sans accents ni casse, pour l''index de recherche.';

-- Ces deux colonnes font réécrire leurs tables (quelques milliers de lignes : moins d'une seconde).
ALTER TABLE logement ADD COLUMN mots tsvector NOT NULL
    GENERATED ALWAYS AS (mots_de(nom || ' ' || adresse || ' ' || reference || ' ' || coalesce(numero_enregistrement, ''))) STORED;
ALTER TABLE hebergeur ADD COLUMN mots tsvector NOT NULL
    GENERATED ALWAYS AS (mots_de(nom || ' ' || numero || ' ' || adresse || ' ' || code_postal || ' ' || ville)) STORED;
CREATE INDEX logement_mots ON logement USING gin (mots);
CREATE INDEX hebergeur_mots ON hebergeur USING gin (mots);

CREATE TABLE vocabulaire (
    mot text COLLATE "C" PRIMARY KEY
);
COMMENT ON TABLE vocabulaire IS 'Mots de quatre lettres et plus des logements et des hébergeurs : les fautes de frappe d''une recherche y trouvent leurs voisins. Un mot qui ne sert plus y reste, sans effet.';
CREATE INDEX vocabulaire_trigrammes ON vocabulaire USING gin (mot gin_trgm_ops);

CREATE FUNCTION apprend_mots() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Dans l'ordre : deux écritures qui apportent les mêmes mots ne s'attendent pas en rond.
    INSERT INTO public.vocabulaire (mot)
    SELECT DISTINCT m.mot FROM nouveaux n, LATERAL unnest(tsvector_to_array(n.mots)) AS m (mot)
    WHERE length(m.mot) >= 4 AND m.mot !~ '[0-9]' AND NOT EXISTS (SELECT 1 FROM public.vocabulaire v WHERE v.mot = m.mot)
    ORDER BY 1
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER logement_mots_ajout AFTER INSERT ON logement
    REFERENCING NEW TABLE AS nouveaux FOR EACH STATEMENT EXECUTE FUNCTION apprend_mots();
CREATE TRIGGER logement_mots_modif AFTER UPDATE ON logement
    REFERENCING NEW TABLE AS nouveaux FOR EACH STATEMENT EXECUTE FUNCTION apprend_mots();
CREATE TRIGGER hebergeur_mots_ajout AFTER INSERT ON hebergeur
    REFERENCING NEW TABLE AS nouveaux FOR EACH STATEMENT EXECUTE FUNCTION apprend_mots();
CREATE TRIGGER hebergeur_mots_modif AFTER UPDATE ON hebergeur
    REFERENCING NEW TABLE AS nouveaux FOR EACH STATEMENT EXECUTE FUNCTION apprend_mots();

INSERT INTO vocabulaire (mot)
SELECT DISTINCT m.mot FROM (SELECT mots FROM logement UNION ALL SELECT mots FROM hebergeur) t, LATERAL unnest(tsvector_to_array(t.mots)) AS m (mot)
WHERE length(m.mot) >= 4 AND m.mot !~ '[0-9]'
ON CONFLICT DO NOTHING;

CREATE FUNCTION mots_cherches(texte text) RETURNS tsquery
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    AS $$
        -- Chaque mot tapé, ou son début, ou l'un de ses proches voisins ; tous à la fois.
        SELECT coalesce(string_agg('(' || t.mot || ':*' || coalesce(voisins.liste, '') || ')', ' & ')::tsquery, ''::tsquery)
        FROM (SELECT left(mot, 60) AS mot, rang FROM regexp_split_to_table(public.sans_accents(texte) COLLATE "C", '[^a-z0-9]+') WITH ORDINALITY AS s (mot, rang)
              WHERE mot <> '' LIMIT 12) t
        LEFT JOIN LATERAL (
            SELECT string_agg(' | ' || v.mot, '') AS liste FROM (
                SELECT v.mot FROM public.vocabulaire v
                WHERE length(t.mot) >= 4 AND t.mot !~ '[0-9]' AND v.mot OPERATOR(public.%) t.mot AND public.similarity(v.mot, t.mot) >= 0.4
                ORDER BY public.similarity(v.mot, t.mot) DESC, v.mot LIMIT 6) v) voisins ON true
    $$;
COMMENT ON FUNCTION mots_cherches(text) IS 'Question d''une recherche : chaque mot par son début, ou par les mots du vocabulaire qui lui ressemblent (trigrammes, 0,4).';
