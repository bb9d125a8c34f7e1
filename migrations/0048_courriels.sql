-- Ce que Gardel envoie par courriel : l'état de chaque envoi, et les liens qui partent ainsi. Aucun lien n'est ici ni dans
-- la file : l'ouvrier le fait au moment d'envoyer, et la base n'en garde que l'empreinte.
SELECT verrou_patient('utilisateur', 'SHARE ROW EXCLUSIVE');
SELECT verrou_patient('invitation', 'ACCESS EXCLUSIVE');

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

-- L'ouvrier ne peut faire un lien que pour un courriel qu'une page a demandé, et qui n'est pas parti.
CREATE FUNCTION lien_par_courriel(envoi bigint, empreinte_du_lien bytea, emetteur_externe text) RETURNS text
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
        IF e.demande_le < now() - (CASE e.genre WHEN 'oubli' THEN interval '1 hour' ELSE interval '1 day' END) THEN
            RETURN 'trop_tard';
        END IF;
        IF e.genre = 'oubli' THEN
            -- Un lien de plus retire l'identité reliée : là où elle est exigée, un mot de passe n'est pas ce qui manque.
            IF EXISTS (SELECT 1 FROM identite i WHERE i.utilisateur_id = u.id AND i.emetteur = emetteur_externe)
               AND EXISTS (SELECT 1 FROM utilisateur_collectivite uc JOIN collectivite c ON c.id = uc.collectivite_id
                           WHERE uc.utilisateur_id = u.id AND c.identite_exigee) THEN
                RETURN 'identite';
            END IF;
        ELSIF NOT coalesce(gere(e.demande_par, u.id), false) THEN
            RETURN 'droits';
        ELSE
            -- Comme la fiche : un nouveau lien remplace les précédents. Une demande faite par n'importe qui n'annule rien.
            UPDATE invitation SET utilise_le = now(), perime_le = now()
            WHERE utilisateur_id = u.id AND utilise_le IS NULL AND envoi_id IS DISTINCT FROM envoi;
        END IF;
        INSERT INTO invitation (empreinte, utilisateur_id, motif, cree_par, envoi_id, expire_le)
        VALUES (empreinte_du_lien, u.id, e.genre, e.demande_par, envoi, now() + CASE e.genre WHEN 'oubli' THEN interval '1 hour' ELSE interval '7 days' END);
        RETURN 'fait';
    END
    $$;
COMMENT ON FUNCTION lien_par_courriel(bigint, bytea, text) IS 'Fait le lien à usage unique d''un courriel en attente ; rend « fait », ou pourquoi il n''y en a pas.';
REVOKE EXECUTE ON FUNCTION lien_par_courriel(bigint, bytea, text) FROM PUBLIC;
COMMENT ON FUNCTION invitation_valable(invitation) IS 'Vrai quand le lien peut servir maintenant. Sans auteur, il vient de la ligne de commande, ou de la personne elle-même.';
