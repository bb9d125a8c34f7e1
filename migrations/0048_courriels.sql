-- Ce que Gardel envoie par courriel : l'état de chaque envoi, et les liens qui partent ainsi. Aucun lien n'est ici ni dans
-- la file : l'ouvrier le fait au moment d'envoyer, et la base n'en garde que l'empreinte.
-- Les liens d'abord : les comptes, dont tout a besoin, ne sont pas tenus pendant que l'on attend.
SELECT verrou_patient('invitation', 'ACCESS EXCLUSIVE');
SELECT verrou_patient('utilisateur', 'SHARE ROW EXCLUSIVE');

CREATE TABLE courriel_envoi (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    numero uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    genre text NOT NULL CHECK (genre IN ('invitation', 'renouvellement', 'oubli', 'changement')),
    utilisateur_id bigint REFERENCES utilisateur ON DELETE CASCADE,
    demande_par bigint REFERENCES utilisateur ON DELETE SET NULL,
    demande_le timestamptz NOT NULL DEFAULT now(),
    etat text NOT NULL DEFAULT 'en_attente' CHECK (etat IN ('en_attente', 'envoye', 'refuse', 'abandonne', 'sans_objet')),
    reponse text CHECK (length(reponse) <= 400),
    fini_le timestamptz,
    CHECK ((etat = 'en_attente') = (fini_le IS NULL))
);
COMMENT ON TABLE courriel_envoi IS 'Courriels demandés, et ce qu''ils sont devenus. Ni adresse, ni lien : l''adresse est celle du compte quand le courriel part.';
COMMENT ON COLUMN courriel_envoi.numero IS 'Le Message-ID : le même à chaque essai, pour qu''un essai de trop soit reconnu comme le même message.';
COMMENT ON COLUMN courriel_envoi.utilisateur_id IS 'Nul quand un mot de passe oublié est demandé pour une adresse qui n''ouvre aucun compte : la demande laisse alors la même trace.';
COMMENT ON COLUMN courriel_envoi.demande_par IS 'L''administrateur qui le demande. Nul : la personne elle-même, ou Gardel.';
COMMENT ON COLUMN courriel_envoi.reponse IS 'Ce que le serveur de messagerie a répondu, quand il n''a pas accepté.';
CREATE INDEX courriel_envoi_utilisateur ON courriel_envoi (utilisateur_id, demande_le DESC);
CREATE INDEX courriel_envoi_demande_par ON courriel_envoi (demande_par) WHERE demande_par IS NOT NULL;
CREATE INDEX courriel_envoi_demande_le ON courriel_envoi (demande_le);

ALTER TABLE invitation DROP CONSTRAINT invitation_motif_check;
ALTER TABLE invitation ADD CONSTRAINT invitation_motif_check CHECK (motif IN ('invitation', 'renouvellement', 'oubli'));
ALTER TABLE invitation ADD COLUMN envoi_id bigint REFERENCES courriel_envoi ON DELETE SET NULL;
CREATE INDEX invitation_envoi ON invitation (envoi_id) WHERE envoi_id IS NOT NULL;
COMMENT ON COLUMN invitation.envoi_id IS 'Le courriel qui a porté ce lien. Un courriel essayé deux fois en a deux, qui valent l''un et l''autre : le premier arrivé sert, et annule l''autre.';

-- Un lien parti à une adresse ne sert plus quand le compte en change.
CREATE TRIGGER liens_perimes_courriel AFTER UPDATE OF courriel ON utilisateur
    FOR EACH ROW WHEN (OLD.courriel IS DISTINCT FROM NEW.courriel) EXECUTE FUNCTION liens_perimes();

-- Un lien de plus retire l'identité reliée : là où elle est exigée, un mot de passe n'est pas ce qui manque. De quel
-- émetteur elle est ne compte pas : un réglage qui manque à un processus n'ouvre rien.
CREATE FUNCTION identite_requise(compte bigint) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT EXISTS (SELECT 1 FROM public.identite i WHERE i.utilisateur_id = compte)
           AND EXISTS (SELECT 1 FROM public.utilisateur_collectivite uc JOIN public.collectivite c ON c.id = uc.collectivite_id
                       WHERE uc.utilisateur_id = compte AND c.identite_exigee)
    $$;
COMMENT ON FUNCTION identite_requise(bigint) IS 'Vrai quand un compte a une identité reliée et qu''une de ses collectivités l''exige.';

-- Demandé de nouveau quand le lien sert : l'exigence peut être venue entre-temps.
CREATE OR REPLACE FUNCTION invitation_valable(lien invitation) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT lien.utilise_le IS NULL AND lien.expire_le > now()
           AND EXISTS (SELECT 1 FROM public.utilisateur u WHERE u.id = lien.utilisateur_id AND u.actif)
           AND (lien.cree_par IS NULL OR public.gere(lien.cree_par, lien.utilisateur_id))
           AND (lien.motif <> 'oubli' OR NOT public.identite_requise(lien.utilisateur_id))
    $$;

-- L'ouvrier ne peut faire un lien que pour un courriel qu'une page a demandé, et qui n'est pas parti.
CREATE FUNCTION lien_par_courriel(envoi bigint, empreinte_du_lien bytea, adresse text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    DECLARE
        e courriel_envoi;
        u utilisateur;
    BEGIN
        SELECT * INTO e FROM courriel_envoi WHERE id = envoi;
        -- Les comptes d'abord, comme un changement de leurs droits : chacun attend l'autre.
        PERFORM 1 FROM utilisateur WHERE id = e.utilisateur_id OR id = e.demande_par ORDER BY id FOR SHARE;
        SELECT * INTO u FROM utilisateur WHERE id = e.utilisateur_id;
        SELECT * INTO e FROM courriel_envoi WHERE id = envoi FOR UPDATE;
        IF e.etat IS DISTINCT FROM 'en_attente' OR e.genre = 'changement' OR u.id IS NULL THEN
            RETURN 'parti';
        END IF;
        IF NOT u.actif THEN
            RETURN 'inactif';
        END IF;
        IF u.role = 'exploitant' THEN
            RETURN 'exploitant';
        END IF;
        -- Lue avant ce verrou : un lien ne part pas à une adresse que le compte n'a plus.
        IF u.courriel IS DISTINCT FROM adresse THEN
            RETURN 'adresse';
        END IF;
        IF e.demande_le < now() - (CASE e.genre WHEN 'oubli' THEN interval '1 hour' ELSE interval '1 day' END) THEN
            RETURN 'trop_tard';
        END IF;
        IF e.genre = 'oubli' THEN
            IF identite_requise(u.id) THEN
                RETURN 'identite';
            END IF;
        ELSIF NOT coalesce(gere(e.demande_par, u.id), false) THEN
            RETURN 'droits';
        ELSIF EXISTS (SELECT 1 FROM invitation i WHERE i.utilisateur_id = u.id AND i.envoi_id IS NULL AND i.cree_le > e.demande_le) THEN
            -- Une fiche faite depuis la demande est ce que l'on a voulu en dernier.
            RETURN 'remplace';
        END IF;
        INSERT INTO invitation (empreinte, utilisateur_id, motif, cree_par, envoi_id, expire_le)
        VALUES (empreinte_du_lien, u.id, e.genre, e.demande_par, envoi, now() + CASE e.genre WHEN 'oubli' THEN interval '1 hour' ELSE interval '7 days' END);
        RETURN 'fait';
    END
    $$;
COMMENT ON FUNCTION lien_par_courriel(bigint, bytea, text) IS 'Fait le lien à usage unique d''un courriel en attente ; rend « fait », ou pourquoi il n''y en a pas.';
REVOKE EXECUTE ON FUNCTION lien_par_courriel(bigint, bytea, text) FROM PUBLIC;

-- Parti, il remplace les liens précédents, comme une fiche ; tant qu'il ne l'est pas, ceux-ci servent. Une demande faite par
-- n'importe qui n'annule rien.
CREATE FUNCTION liens_remplaces() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    BEGIN
        UPDATE invitation i SET utilise_le = now(), perime_le = now()
        WHERE i.utilisateur_id = NEW.utilisateur_id AND i.utilise_le IS NULL AND i.envoi_id IS DISTINCT FROM NEW.id
          AND i.cree_le <= (SELECT max(sien.cree_le) FROM invitation sien WHERE sien.envoi_id = NEW.id);
        RETURN NULL;
    END
    $$;
COMMENT ON FUNCTION liens_remplaces() IS 'Annule les liens plus anciens que celui d''un courriel qu''un administrateur a demandé, quand ce courriel est parti.';
REVOKE EXECUTE ON FUNCTION liens_remplaces() FROM PUBLIC;
CREATE TRIGGER liens_remplaces AFTER UPDATE OF etat ON courriel_envoi
    FOR EACH ROW WHEN (OLD.etat = 'en_attente' AND NEW.etat = 'envoye' AND NEW.genre IN ('invitation', 'renouvellement')) EXECUTE FUNCTION liens_remplaces();
COMMENT ON FUNCTION invitation_valable(invitation) IS 'Vrai quand le lien peut servir maintenant. Sans auteur, il vient de la ligne de commande, ou de la personne elle-même.';
