-- Une recherche trouve ce que l'on a sous les yeux : un numéro avec ou sans espaces, points ou tirets, un téléphone
-- avec ou sans indicatif, « St » pour « Saint », un nom écrit dans un autre alphabet, un mot mal entendu.
CREATE EXTENSION IF NOT EXISTS fuzzystrmatch;

-- PL/pgSQL garde ses plans : une fonction SQL appelée par une autre refait les siens à chaque ligne, trente fois plus lentement.
CREATE FUNCTION plie(texte text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
BEGIN
    -- Un octet par caractère : rien à replier.
    IF octet_length(texte) = length(texte) THEN
        RETURN lower(texte);
    END IF;
    -- Décomposé, sans accents ni signes invisibles (espaces sans chasse, trait d'union conditionnel).
    RETURN lower(public.unaccent('public.unaccent'::regdictionary,
        regexp_replace(normalize(texte, NFKD), '[\u0300-\u036F\u00AD\u200B-\u200F\u2060\uFEFF]', '', 'g')) COLLATE "fr-x-icu");
END $$;
COMMENT ON FUNCTION plie(text) IS 'Un texte tel qu''on le cherche : minuscules, sans accents ni signes invisibles, quel que soit l''alphabet.';

CREATE FUNCTION cle_compacte(cle text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
        SELECT CASE WHEN octet_length(cle) = length(cle) THEN lower(regexp_replace(cle, '[^A-Za-z0-9]+', '', 'g'))
            ELSE regexp_replace(public.plie(cle), '[^[:alnum:]]+' COLLATE "fr-x-icu", '', 'g')::text END
    $$;
COMMENT ON FUNCTION cle_compacte(text) IS 'Une référence réduite à ses lettres et à ses chiffres.';

CREATE FUNCTION mots_du_texte(texte text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
DECLARE
    mots text := btrim(regexp_replace(public.plie(texte) COLLATE "fr-x-icu", '[^[:alnum:]]+', ' ', 'g'));
BEGIN
    IF mots ~ '\mste?\M' THEN
        mots := regexp_replace(regexp_replace(mots, '\mst\M', 'saint', 'g'), '\mste\M', 'sainte', 'g');
    END IF;
    -- Un mot trop long ferait échouer l'écriture de la ligne : on en garde le début.
    IF mots ~ '[^ ]{61}' THEN
        mots := regexp_replace(mots, '([^ ]{60})[^ ]+', '\1', 'g');
    END IF;
    RETURN string_to_array(nullif(mots, ''), ' ');
END $$;
COMMENT ON FUNCTION mots_du_texte(text) IS 'Mots d''un texte, dans leur ordre ; « St » et « Ste » sont Saint et Sainte.';

CREATE FUNCTION telephone_national(numero text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT regexp_replace(regexp_replace(numero, '[^0-9]+', '', 'g'), '^(00)?(33|590|594|596|262|508)0?([1-9][0-9]{8})$', '0\3') $$;
COMMENT ON FUNCTION telephone_national(text) IS 'Chiffres d''un numéro de téléphone, sans l''indicatif de la France ni de l''outre-mer : 0690123456.';

CREATE FUNCTION cles_de(cle text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
-- HEB-001153 : heb, 001153, heb001153, heb1153, 1153. 97113000123AB : aussi 97113, 000123ab, 000123, 123ab, 123, 97113000123, ab.
DECLARE
    c text := left(public.cle_compacte(cle), 60);
    morceaux text := btrim(regexp_replace(c, '([0-9]+)', ' \1 ', 'g'));
    sans_zeros text := regexp_replace(' ' || morceaux, ' 0+([0-9])', ' \1', 'g');
    formes text[] := public.mots_du_texte(cle) || string_to_array(morceaux || sans_zeros, ' ') || c || replace(sans_zeros, ' ', '');
BEGIN
    IF c ~ '^[0-9][0-9ab][0-9]{9}[0-9a-z]{2}$' THEN
        formes := formes || ARRAY[left(c, 5), substr(c, 6), substr(c, 6, 6), ltrim(substr(c, 6), '0'), ltrim(substr(c, 6, 6), '0')];
    END IF;
    RETURN formes;
END $$;
COMMENT ON FUNCTION cles_de(text) IS 'Formes sous lesquelles on cherche une référence : entière, par morceaux, sans ses zéros de tête.';

CREATE FUNCTION mots_logement(nom text, adresse text, reference text, numero text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    RETURN array_to_tsvector(array_remove(array_remove(
        public.mots_du_texte(nom || ' ' || adresse) || public.cles_de(reference) || public.cles_de(numero), ''), NULL));
END $$;

CREATE FUNCTION mots_hebergeur(nom text, numero text, adresse text, code_postal text, ville text, siret text, courriel text, telephone text)
    RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
DECLARE
    n text := public.telephone_national(telephone);
    -- Un courriel est un mot entier, marqué : ni ses morceaux ni ceux de son domaine ne sont des noms.
    formes text[] := public.mots_du_texte(nom || ' ' || adresse || ' ' || code_postal || ' ' || ville) || public.cles_de(numero)
        || siret || ('@' || nullif(left(public.cle_compacte(courriel), 60), ''));
BEGIN
    -- Les derniers chiffres d'un téléphone, ceux que l'on retient.
    IF length(n) >= 6 THEN
        formes := formes || ARRAY[n, right(n, 6), right(n, 4)];
    END IF;
    RETURN array_to_tsvector(array_remove(array_remove(formes, ''), NULL));
END $$;

-- Ces colonnes font réécrire leurs tables : environ six secondes pour cent mille lignes, pendant lesquelles rien ne
-- s'y lit ni ne s'y écrit. La version précédente lit les nouvelles comme les anciennes.
ALTER TABLE logement DROP COLUMN mots,
    ADD COLUMN mots tsvector NOT NULL GENERATED ALWAYS AS (mots_logement(nom, adresse, reference, numero_enregistrement)) STORED;
ALTER TABLE hebergeur DROP COLUMN mots,
    ADD COLUMN mots tsvector NOT NULL
    GENERATED ALWAYS AS (mots_hebergeur(nom, numero, adresse, code_postal, ville, siret, courriel, telephone)) STORED;
CREATE INDEX logement_mots ON logement USING gin (mots);
CREATE INDEX hebergeur_mots ON hebergeur USING gin (mots);

CREATE OR REPLACE FUNCTION apprend_mots() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Dans l'ordre : deux écritures qui apportent les mêmes mots ne s'attendent pas en rond.
    INSERT INTO public.vocabulaire (mot)
    SELECT DISTINCT m.mot FROM nouveaux n, LATERAL unnest(tsvector_to_array(n.mots)) AS m (mot)
    WHERE length(m.mot) >= 4 AND m.mot !~ '[0-9@]' AND NOT EXISTS (SELECT 1 FROM public.vocabulaire v WHERE v.mot = m.mot)
    ORDER BY 1
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
INSERT INTO vocabulaire (mot)
SELECT DISTINCT m.mot FROM (SELECT mots FROM logement UNION ALL SELECT mots FROM hebergeur) t, LATERAL unnest(tsvector_to_array(t.mots)) AS m (mot)
WHERE length(m.mot) >= 4 AND m.mot !~ '[0-9@]'
ON CONFLICT DO NOTHING;

CREATE FUNCTION ressemble(connu text, tape text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
        SELECT length(tape) >= 4 AND tape !~ '[0-9]' AND (public.similarity(connu, tape) >= 0.4
            OR length(tape) >= 5 AND left(connu, 1) = left(tape, 1) AND length(connu) < 60 AND public.levenshtein_less_equal(connu, tape, 2) <= 2)
    $$;
COMMENT ON FUNCTION ressemble(text, text) IS 'Un mot tapé peut en être un autre, mal écrit : assez de trigrammes communs, ou deux lettres d''écart.';

CREATE FUNCTION mot_vague(mot text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT mot ~ '^([0-9]{1,2}|0[1-9][0-9]{0,4}|00+)$' $$;
COMMENT ON FUNCTION mot_vague(text) IS 'Début de trop de numéros pour y mener : deux chiffres, un indicatif de téléphone, des zéros.';

CREATE FUNCTION est_un_numero(texte text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
-- Un courriel, ou huit chiffres et plus écrits par morceaux : 06 90 12 34 56, 987 654 321 00019, 97113 000123 AB.
DECLARE
    plie text := public.plie(texte);
BEGIN
    RETURN plie ~ '^\s*[^@\s]+@\S*\s*$'
        OR regexp_replace(plie COLLATE "fr-x-icu", '(?<=[0-9])[^[:alnum:]]+(?=[0-9])', '', 'g') ~ '[0-9]{8}' AND plie !~ '[0-9]{8}';
END $$;
COMMENT ON FUNCTION est_un_numero(text) IS 'Le texte est un seul numéro, dont les morceaux ne se cherchent pas un à un.';

CREATE FUNCTION mot_cherche(tape text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    AS $$
DECLARE
    autres text[] := '{}';
    inconnu boolean;
BEGIN
    -- Son début ; sans ses zéros de tête s'il est un nombre, sans indicatif s'il est un téléphone ; ses proches voisins.
    IF tape ~ '^0+[1-9][0-9]{0,6}$' THEN
        autres := ARRAY['''' || ltrim(tape, '0') || ''''];
    ELSIF tape ~ '^[1-9][0-9]{8}$' THEN
        autres := ARRAY['''0' || tape || ''':*'];
    ELSIF tape ~ '^[0-9]{11,15}$' AND public.telephone_national(tape) <> tape THEN
        autres := ARRAY['''' || public.telephone_national(tape) || ''':*'];
    ELSIF length(tape) >= 4 AND tape !~ '[0-9]' THEN
        -- Deux lettres d'écart ne se cherchent qu'à un mot que rien ne commence : « martin » reste « martin ».
        inconnu := NOT EXISTS (SELECT 1 FROM public.vocabulaire c WHERE c.mot >= tape AND c.mot < tape || chr(1114111));
        autres := array(SELECT '''' || v.mot || '''' FROM public.vocabulaire v
            WHERE v.mot OPERATOR(public.%) tape AND (public.similarity(v.mot, tape) >= 0.4 OR inconnu AND public.ressemble(v.mot, tape))
            ORDER BY public.similarity(v.mot, tape) DESC, v.mot LIMIT 6);
    END IF;
    RETURN '(' || array_to_string(ARRAY['''' || tape || ''':*'] || autres, ' | ') || ')';
END $$;

CREATE FUNCTION cles_cherchees(texte text, meneurs boolean DEFAULT false) RETURNS tsquery
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    AS $$
-- Ce qui a été tapé comme une seule référence, et ses chiffres comme s'ils se suivaient : 06 90 12 34 56. Les meneurs sont
-- les seuls mots à demander à l'index : dans LOG-000123, « log » commence tous les numéros.
DECLARE
    plie text := btrim(public.plie(texte));
    compacte text := left(public.cle_compacte(plie), 60);
    suivis text := regexp_replace(plie COLLATE "fr-x-icu", '(?<=[0-9])([^[:alnum:]]*\(0\))?[^[:alnum:]]+(?=[0-9])', '', 'g');
    cles text[] := '{}';
BEGIN
    IF compacte ~ '[0-9].*[0-9].*[0-9]' AND length(compacte) >= 5 AND NOT public.mot_vague(compacte)
        AND plie COLLATE "fr-x-icu" ~ '[^[:alnum:]]' THEN
        cles := cles || ('''' || compacte || ''':*');
    END IF;
    IF length(compacte) >= 5 AND plie !~ '[[:space:]]' THEN
        cles := cles || ('''@' || compacte || ''':*');
    END IF;
    IF suivis <> plie AND NOT EXISTS (SELECT 1 FROM unnest(public.mots_du_texte(suivis)) AS m WHERE public.mot_vague(m)) THEN
        cles := cles || (SELECT string_agg(public.mot_cherche(m), ' & ') FROM unnest(public.mots_du_texte(suivis)) AS m
            WHERE NOT meneurs OR m ~ '[0-9].*[0-9].*[0-9]');
    END IF;
    RETURN nullif(array_to_string(cles, ' | '), '')::tsquery;
END $$;

CREATE OR REPLACE FUNCTION mots_cherches(texte text) RETURNS tsquery
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    AS $$
-- Tous les mots à la fois, ou la référence qu'ils forment.
DECLARE
    cles tsquery := public.cles_cherchees(texte);
    mots tsquery;
BEGIN
    IF cles IS NOT NULL AND public.est_un_numero(texte) THEN
        RETURN cles;
    END IF;
    mots := (SELECT string_agg(public.mot_cherche(m), ' & ')::tsquery FROM unnest(public.mots_du_texte(texte)) AS m);
    RETURN CASE WHEN cles IS NULL THEN mots ELSE mots || cles END;
END $$;
COMMENT ON FUNCTION mots_cherches(text) IS 'Question d''une recherche : chaque mot par son début ou par ceux du vocabulaire qui lui ressemblent, ou la référence que le tout forme.';

CREATE FUNCTION cle_cherchee(texte text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT CASE WHEN length(c) BETWEEN 6 AND 60 AND c ~ '[0-9]' THEN c END FROM (SELECT public.cle_compacte(texte) AS c) t $$;
COMMENT ON FUNCTION cle_cherchee(text) IS 'Début de la référence d''un séjour, si le texte peut en être une : six signes dont un chiffre.';

CREATE FUNCTION voisins(tape text) RETURNS TABLE (mot text, ecart integer)
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    AS $$
        SELECT v.mot, public.levenshtein(v.mot, tape) FROM (
            SELECT v.mot FROM public.vocabulaire v WHERE v.mot OPERATOR(public.%) tape
            UNION SELECT v.mot FROM public.vocabulaire v
            WHERE v.mot >= left(tape, 1) AND v.mot < chr(ascii(tape) + 1) AND abs(length(v.mot) - length(tape)) <= 3) v
        WHERE length(tape) BETWEEN 3 AND 60 AND public.levenshtein_less_equal(v.mot, tape, 3) <= least(3, length(tape) - 2)
        ORDER BY 2, public.similarity(v.mot, tape) DESC, 1 LIMIT 5
    $$;
COMMENT ON FUNCTION voisins(text) IS 'Mots connus les plus proches d''un mot qui n''a rien donné, pour « Vouliez-vous dire… ? ».';
