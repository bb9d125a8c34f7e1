-- A number of ours that a file gave to a stay of a platform is not drawn again, for whichever collector: it would be refused as taken when
-- a stay of that platform, without a reference of its own, is written.
CREATE OR REPLACE FUNCTION prochain_numero(objet text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    candidat text;
    pris boolean;
BEGIN
    LOOP
        CASE objet
            WHEN 'hebergeur' THEN
                candidat := 'HEB-' || to_char(nextval('public.numero_hebergeur'), 'FM999999999000000');
                pris := EXISTS (SELECT 1 FROM public.hebergeur h WHERE h.numero = candidat);
            WHEN 'logement' THEN
                candidat := 'LOG-' || to_char(nextval('public.numero_logement'), 'FM999999999000000');
                pris := EXISTS (SELECT 1 FROM public.logement l WHERE l.reference = candidat);
            WHEN 'sejour' THEN
                candidat := 'SAI-' || to_char(nextval('public.numero_sejour'), 'FM999999990000000');
                -- Read in the index of the references as they are looked for, which no collector begins.
                pris := EXISTS (SELECT 1 FROM public.sejour s WHERE cle_compacte(s.reference) COLLATE "C" = cle_compacte(candidat) AND s.reference = candidat);
        END CASE;
        EXIT WHEN NOT pris;
    END LOOP;
    RETURN candidat;
END $$;
