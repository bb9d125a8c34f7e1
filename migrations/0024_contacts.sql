-- Courriels et téléphones dans une seule forme, d'où qu'ils viennent : la règle de src/ui/contact.rs,
-- pour les lignes qui n'y passent pas (version précédente encore en service, reprise de données).
CREATE FUNCTION courriel_ecrit(texte text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
        SELECT normalize(regexp_replace(lower(btrim(
            regexp_replace(texte, '[\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]', '', 'g'),
            E' \t\n\u000B\f\r\u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000')
            COLLATE pg_catalog."und-x-icu"), '^mailto:[ \t\n\v\f\r\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]*', ''), NFC)
    $$;
COMMENT ON FUNCTION courriel_ecrit(text) IS 'Un courriel dans sa forme : minuscules, sans espaces autour ni signes invisibles.';

CREATE FUNCTION telephone_ecrit(texte text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
DECLARE
    vu text;
    maison text;
    chiffres text;
    ailleurs boolean;
    reste text;
BEGIN
    -- Déjà dans sa forme : de loin le plus fréquent.
    IF texte ~ '^0[1-9]( [0-9]{2}){4}$' THEN
        RETURN texte;
    END IF;
    vu := normalize(regexp_replace(texte, '[\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]', '', 'g'), NFKC);
    vu := regexp_replace(vu, '[ \t\n\v\f\r\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]', '', 'g');
    vu := regexp_replace(vu, '^[Tt]el:', '');
    IF vu !~ '^[-0-9+./()\u2010-\u2015\u2212]*$' THEN
        RETURN NULL;
    END IF;
    maison := regexp_replace(replace(vu, '(0)', ''), '[^0-9+]', '', 'g');
    ailleurs := maison ~ '^(\+|00)';
    chiffres := regexp_replace(maison, '^(\+|00)', '');
    IF chiffres ~ '\+' THEN
        RETURN NULL;
    END IF;
    IF NOT ailleurs AND vu ~ '\(0\)' THEN
        reste := substring('0' || chiffres FROM '^0([1-9][0-9]{8})$');
    ELSE
        IF NOT ailleurs THEN
            reste := substring(chiffres FROM '^0?([1-9][0-9]{8})$');
        END IF;
        reste := coalesce(reste, substring(chiffres FROM '^330?([1-9][0-9]{8})$'),
            substring(chiffres FROM '^5900?((?:590|690|691)[0-9]{6})$'), substring(chiffres FROM '^5940?((?:594|694)[0-9]{6})$'),
            substring(chiffres FROM '^5960?((?:596|696|697)[0-9]{6})$'), substring(chiffres FROM '^2620?((?:262|263|269|639|692|693)[0-9]{6})$'));
    END IF;
    IF reste IS NOT NULL THEN
        RETURN regexp_replace('0' || reste, '(..)(?=.)', '\1 ', 'g');
    END IF;
    IF NOT ailleurs OR chiffres !~ '^[1-9][0-9]{6,14}$' THEN
        RETURN NULL;
    END IF;
    IF chiffres ~ '^1[0-9]{10}$' THEN
        RETURN regexp_replace(chiffres, '^1(...)(...)(....)$', '+1 \1 \2 \3');
    END IF;
    RETURN '+' || regexp_replace(chiffres, '(...)(?=.)', '\1 ', 'g');
END $$;
COMMENT ON FUNCTION telephone_ecrit(text) IS 'Un numéro dans sa forme : « 06 90 12 34 56 », ou « +1 767 123 4567 » d''un autre pays. Nulle quand ce n''est pas un numéro.';

CREATE FUNCTION contacts_ecrits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.courriel := nullif(public.courriel_ecrit(NEW.courriel), '');
    -- Ce qui n'est pas un numéro reste comme il a été écrit : rien de ce qu'on sait n'est perdu.
    NEW.telephone := nullif(coalesce(public.telephone_ecrit(NEW.telephone), NEW.telephone), '');
    RETURN NEW;
END $$;
CREATE TRIGGER hebergeur_contacts BEFORE INSERT OR UPDATE OF courriel, telephone ON hebergeur
    FOR EACH ROW EXECUTE FUNCTION contacts_ecrits();

-- Ce qui est déjà là. Une base de cent mille hébergeurs s'écrit ainsi en moins de dix secondes ; les
-- lignes déjà dans leur forme ne sont pas récrites.
UPDATE hebergeur SET courriel = courriel_ecrit(courriel), telephone = coalesce(telephone_ecrit(telephone), telephone)
WHERE courriel IS DISTINCT FROM nullif(courriel_ecrit(courriel), '') OR telephone IS DISTINCT FROM coalesce(telephone_ecrit(telephone), telephone);
UPDATE version_donnees SET version = version + 1 WHERE domaine = 'hebergeurs';

-- Deux comptes dont les courriels ne diffèrent que par ce qui ne se voit pas restent comme ils sont.
UPDATE utilisateur u SET courriel = courriel_ecrit(u.courriel)
WHERE u.courriel <> courriel_ecrit(u.courriel)
  AND NOT EXISTS (SELECT 1 FROM utilisateur autre WHERE autre.id <> u.id AND courriel_ecrit(autre.courriel) = courriel_ecrit(u.courriel));
