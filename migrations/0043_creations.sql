-- Hébergeurs, logements et séjours se créent et se corrigent à l'écran.
-- Leurs numéros : la suite de ceux qui existent, jamais deux fois le même, même quand un import en apporte.
CREATE SEQUENCE numero_hebergeur;
CREATE SEQUENCE numero_logement;
CREATE SEQUENCE numero_sejour;
SELECT setval('numero_hebergeur', (SELECT coalesce(max(id), 0) + 1 FROM hebergeur), false),
       setval('numero_logement', (SELECT coalesce(max(id), 0) + 1 FROM logement), false);

CREATE FUNCTION prochain_numero(objet text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
                pris := EXISTS (SELECT 1 FROM public.sejour s WHERE s.collecteur = 'hote' AND s.reference = candidat);
        END CASE;
        EXIT WHEN NOT pris;
    END LOOP;
    RETURN candidat;
END $$;
REVOKE EXECUTE ON FUNCTION prochain_numero(text) FROM PUBLIC;
COMMENT ON FUNCTION prochain_numero(text) IS 'Numéro d''un hébergeur, d''un logement ou d''un séjour créé à l''écran, que personne n''a encore.';

-- Le calcul d'un séjour saisi ou corrigé : un élément par suite de nuits au même tarif.
SELECT verrou_patient('sejour', 'ACCESS EXCLUSIVE');
ALTER TABLE sejour ADD COLUMN calcul jsonb;
COMMENT ON COLUMN sejour.calcul IS 'Explication du montant : par suite de nuits, la délibération, la catégorie, le tarif et les deux parts. Nulle : séjour importé, dont le montant est celui du déclarant.';

-- Un formulaire de création envoyé deux fois ne crée qu'une fois.
CREATE TABLE creation (
    objet text NOT NULL,
    jeton text NOT NULL CHECK (length(jeton) BETWEEN 20 AND 100),
    cle bigint NOT NULL,
    cree_le timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (objet, jeton)
);
COMMENT ON TABLE creation IS 'Ce qu''un formulaire de création a créé, pour qu''un second envoi y ramène. Retiré après deux jours.';
CREATE INDEX creation_cree_le ON creation (cree_le);
