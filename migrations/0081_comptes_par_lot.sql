-- Comptes invités par lot, d'un fichier. L'ouvrier ne crée aucun compte de lui-même : une fonction le fait, pour les lignes qu'une personne a
-- confirmées et pour elles seules. Cet accord est écrit par le serveur quand elle confirme, et l'ouvrier n'y touche pas.
CREATE TABLE import_accord (
    import_id bigint PRIMARY KEY REFERENCES import ON DELETE CASCADE,
    auteur_id bigint NOT NULL REFERENCES utilisateur ON DELETE CASCADE,
    empreinte bytea NOT NULL CHECK (length(empreinte) = 32),
    par_courriel boolean NOT NULL,
    le timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE import_accord IS 'Ce qu''une personne a confirmé d''un import qui donne des droits : l''ouvrier n''écrit rien d''autre.';
COMMENT ON COLUMN import_accord.auteur_id IS 'Au nom de qui l''import s''écrit.';
COMMENT ON COLUMN import_accord.empreinte IS 'Empreinte des lignes nouvelles qui n''étaient pas exclues (import_nouvelles).';
COMMENT ON COLUMN import_accord.par_courriel IS 'Un courriel part à chaque compte créé : ce que la page a dit à qui confirmait.';
CREATE INDEX import_accord_auteur ON import_accord (auteur_id);

CREATE FUNCTION import_nouvelles(de_l_import bigint) RETURNS bytea
    LANGUAGE sql STABLE
    AS $$
        SELECT sha256(coalesce(string_agg(sha256(convert_to(l.rang || ' ' || l.valeurs::text, 'UTF8')), ''::bytea ORDER BY l.rang), ''::bytea))
        FROM public.import_ligne l WHERE l.import_id = de_l_import AND l.verdict = 'nouvelle' AND l.etat <> 'exclue'
    $$;
COMMENT ON FUNCTION import_nouvelles(bigint) IS 'Empreinte de ce que les lignes nouvelles d''un import écrivent : elle ne change plus une fois confirmées.';

-- Le seul endroit qui dit quels comptes un fichier peut donner, et où ; `gerees` sont les collectivités dont l'auteur gère les comptes.
CREATE FUNCTION compte_donnable(role text, lieux integer[], gerees integer[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT role IN ('agent', 'administrateur') AND cardinality(lieux) > 0 AND lieux <@ gerees $$;
COMMENT ON FUNCTION compte_donnable(text, integer[], integer[]) IS 'Vrai quand un fichier peut donner ce rôle dans toutes ces collectivités.';

CREATE FUNCTION comptes_geres(auteur bigint) RETURNS integer[]
    LANGUAGE sql STABLE
    AS $$
        SELECT CASE WHEN EXISTS (SELECT 1 FROM public.utilisateur u WHERE u.id = auteur AND u.actif)
                    THEN public.collectivites_gerees(auteur, 'administration', 4) ELSE '{}' END
    $$;
COMMENT ON FUNCTION comptes_geres(bigint) IS 'Collectivités dont cette personne gère les comptes maintenant ; aucune si elle est désactivée.';

CREATE FUNCTION comptes_importes(de_l_import bigint, debut bigint, fin bigint)
    RETURNS TABLE (compte bigint, son_role text, lieu text, envoi bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    DECLARE
        auteur bigint;
        courriels boolean;
        gerees integer[];
    BEGIN
        SELECT a.auteur_id, a.par_courriel INTO auteur, courriels FROM import_accord a JOIN import i ON i.id = a.import_id
        WHERE a.import_id = de_l_import AND i.etat = 'ecriture' AND i.demandeur_id = a.auteur_id AND a.empreinte = import_nouvelles(de_l_import);
        IF auteur IS NULL THEN
            RAISE EXCEPTION 'nobody agreed to these accounts' USING ERRCODE = 'insufficient_privilege';
        END IF;
        -- Un changement de ses droits attend la fin du lot, et l'annule peut-être ; un lot qui vient après le voit.
        PERFORM 1 FROM utilisateur u WHERE u.id = auteur FOR SHARE;
        gerees := comptes_geres(auteur);
        UPDATE import_ligne l SET etat = 'depassee', motif = 'Vos droits ne vont plus jusqu’à cette collectivité, ou ce rôle ne se donne pas : le compte n’est pas créé.'
        WHERE l.import_id = de_l_import AND l.rang >= debut AND l.rang < fin AND l.etat = 'prevue' AND l.verdict = 'nouvelle'
          AND compte_donnable(l.valeurs->>'role', string_to_array(l.valeurs->>'lieux', ' ')::integer[], gerees) IS NOT TRUE;
        WITH nes AS (
            INSERT INTO utilisateur (courriel, nom, role, modifie_par)
            SELECT l.valeurs->>'courriel', l.valeurs->>'nom', l.valeurs->>'role', auteur FROM import_ligne l
            WHERE l.import_id = de_l_import AND l.rang >= debut AND l.rang < fin AND l.etat = 'prevue' AND l.verdict = 'nouvelle' ORDER BY l.rang
            ON CONFLICT (courriel) DO NOTHING RETURNING utilisateur.id, utilisateur.courriel)
        UPDATE import_ligne l SET etat = 'ecrite', cle = n.id, reference = n.courriel FROM nes n
        WHERE l.import_id = de_l_import AND l.rang >= debut AND l.rang < fin AND l.etat = 'prevue' AND l.verdict = 'nouvelle' AND l.valeurs->>'courriel' = n.courriel;
        UPDATE import_ligne l SET etat = 'depassee', motif = 'Un compte qui a ce courriel a été créé depuis la vérification : celui-ci n’est pas créé.'
        WHERE l.import_id = de_l_import AND l.rang >= debut AND l.rang < fin AND l.etat = 'prevue' AND l.verdict = 'nouvelle';
        INSERT INTO utilisateur_collectivite (utilisateur_id, collectivite_id)
        SELECT l.cle, x.id::integer FROM import_ligne l CROSS JOIN LATERAL string_to_table(l.valeurs->>'lieux', ' ') x (id)
        WHERE l.import_id = de_l_import AND l.rang >= debut AND l.rang < fin AND l.etat = 'ecrite' AND l.verdict = 'nouvelle' ORDER BY l.rang
        ON CONFLICT DO NOTHING;
        RETURN QUERY
            WITH faits AS (
                SELECT l.cle AS id, l.rang, l.valeurs->>'role' AS son_role FROM import_ligne l
                WHERE l.import_id = de_l_import AND l.rang >= debut AND l.rang < fin AND l.etat = 'ecrite' AND l.verdict = 'nouvelle'),
            demandes AS (
                INSERT INTO courriel_envoi (genre, utilisateur_id, demande_par)
                SELECT 'invitation', f.id, auteur FROM faits f WHERE courriels ORDER BY f.rang RETURNING courriel_envoi.id, courriel_envoi.utilisateur_id)
            SELECT f.id, f.son_role, 'c:' || lieu_du_compte(f.id), d.id FROM faits f LEFT JOIN demandes d ON d.utilisateur_id = f.id ORDER BY f.rang;
    END
    $$;
COMMENT ON FUNCTION comptes_importes(bigint, bigint, bigint) IS 'Crée les comptes des lignes confirmées d''un import, avec leurs collectivités et les droits de leur rôle, et demande un courriel à chacun.';
REVOKE EXECUTE ON FUNCTION comptes_importes(bigint, bigint, bigint) FROM PUBLIC;

-- Un compte qui n'a jamais servi et que rien ne tient.
CREATE FUNCTION compte_neuf(compte bigint) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
        SELECT EXISTS (SELECT 1 FROM public.utilisateur u WHERE u.id = compte AND u.version = 1 AND u.mot_de_passe IS NULL AND u.connecte_le IS NULL)
           AND NOT EXISTS (SELECT 1 FROM public.session s WHERE s.utilisateur_id = compte)
           AND NOT EXISTS (SELECT 1 FROM public.identite i WHERE i.utilisateur_id = compte)
           AND NOT EXISTS (SELECT 1 FROM public.invitation i WHERE i.utilisateur_id = compte AND i.utilise_le IS NOT NULL AND i.perime_le IS NULL)
           AND NOT EXISTS (SELECT 1 FROM public.jeton_api j WHERE j.utilisateur_id = compte)
           AND NOT EXISTS (SELECT 1 FROM public.dossier_surveille d WHERE d.compte_id = compte)
    $$;
COMMENT ON FUNCTION compte_neuf(bigint) IS 'Vrai quand un compte n''a jamais été modifié, n''a ni mot de passe, ni session, ni identité, ni lien qui ait servi.';

CREATE FUNCTION comptes_repris(de_l_import bigint, debut bigint, fin bigint) RETURNS TABLE (compte bigint, lieu text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    DECLARE
        auteur bigint;
        gerees integer[];
    BEGIN
        SELECT coalesce(i.annule_par, i.demandeur_id) INTO auteur FROM import i JOIN import_accord a ON a.import_id = i.id
        WHERE i.id = de_l_import AND i.etat = 'annulation';
        IF auteur IS NULL THEN
            RAISE EXCEPTION 'these accounts are not to be taken back' USING ERRCODE = 'insufficient_privilege';
        END IF;
        -- Les comptes d'abord, comme qui choisit un mot de passe : chacun attend l'autre, et le second voit le premier.
        PERFORM 1 FROM utilisateur u WHERE u.id = auteur FOR SHARE;
        PERFORM 1 FROM utilisateur u WHERE u.id IN (
            SELECT l.cle FROM import_ligne l WHERE l.import_id = de_l_import AND l.rang >= debut AND l.rang < fin AND l.etat = 'ecrite' AND l.verdict = 'nouvelle')
        ORDER BY u.id FOR UPDATE;
        gerees := comptes_geres(auteur);
        UPDATE import_ligne l SET etat = 'gardee', motif = 'Ce compte a servi, a été modifié depuis l’import, ou n’est plus de votre périmètre : il reste. S’il est de trop, désactivez-le sur sa fiche.'
        WHERE l.import_id = de_l_import AND l.rang >= debut AND l.rang < fin AND l.etat = 'ecrite' AND l.verdict = 'nouvelle'
          AND (compte_neuf(l.cle) AND ARRAY(SELECT uc.collectivite_id FROM utilisateur_collectivite uc WHERE uc.utilisateur_id = l.cle) <@ gerees) IS NOT TRUE;
        RETURN QUERY
            WITH repris AS (
                SELECT l.id AS ligne, l.cle, 'c:' || lieu_du_compte(l.cle) AS lieu FROM import_ligne l
                WHERE l.import_id = de_l_import AND l.rang >= debut AND l.rang < fin AND l.etat = 'ecrite' AND l.verdict = 'nouvelle'),
            retires AS (DELETE FROM utilisateur u USING repris r WHERE u.id = r.cle RETURNING u.id),
            marque AS (UPDATE import_ligne l SET etat = 'defaite' FROM repris r WHERE l.id = r.ligne RETURNING l.cle)
            SELECT r.cle, r.lieu FROM repris r JOIN retires d ON d.id = r.cle JOIN marque m ON m.cle = r.cle ORDER BY r.cle;
    END
    $$;
COMMENT ON FUNCTION comptes_repris(bigint, bigint, bigint) IS 'Retire les comptes qu''un import a créés et qui n''ont jamais servi, avec leurs liens et leurs courriels en attente ; dit pourquoi les autres restent.';
REVOKE EXECUTE ON FUNCTION comptes_repris(bigint, bigint, bigint) FROM PUBLIC;
