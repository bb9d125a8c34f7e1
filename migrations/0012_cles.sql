-- Clés d'un export dans leur type : les convertir en texte, puis de texte, prenait un quart de la mise de côté.
-- La version précédente écrit et lit `cles` ; celle-ci lit les deux.
ALTER TABLE export_lot
    ADD COLUMN ids bigint[],
    ALTER COLUMN cles DROP NOT NULL,
    ADD CHECK (num_nonnulls(ids, cles) = 1);
ALTER TABLE export_lot ALTER COLUMN ids SET STORAGE EXTERNAL;
COMMENT ON COLUMN export_lot.ids IS 'Clés d''une liste dont la clé est un nombre ; les autres sont dans cles.';

-- Sans mot à chercher, aucune question : une question vide ferait dire un avertissement à chaque recherche.
CREATE OR REPLACE FUNCTION mots_cherches(texte text) RETURNS tsquery
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    AS $$
        SELECT string_agg('(' || t.mot || ':*' || coalesce(voisins.liste, '') || ')', ' & ')::tsquery
        FROM (SELECT left(mot, 60) AS mot, rang FROM regexp_split_to_table(public.sans_accents(texte) COLLATE "C", '[^a-z0-9]+') WITH ORDINALITY AS s (mot, rang)
              WHERE mot <> '' LIMIT 12) t
        LEFT JOIN LATERAL (
            SELECT string_agg(' | ' || v.mot, '') AS liste FROM (
                SELECT v.mot FROM public.vocabulaire v
                WHERE length(t.mot) >= 4 AND t.mot !~ '[0-9]' AND v.mot OPERATOR(public.%) t.mot AND public.similarity(v.mot, t.mot) >= 0.4
                ORDER BY public.similarity(v.mot, t.mot) DESC, v.mot LIMIT 6) v) voisins ON true
    $$;

-- La recherche par trigrammes, que 0011 a remplacée : rien ne la lit plus, chaque écriture la payait.
ALTER TABLE logement DROP COLUMN recherche;
ALTER TABLE hebergeur DROP COLUMN recherche;
