-- Comptes : utilisateurs, droits, sessions, invitations, freins à la connexion.
CREATE TABLE utilisateur (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    courriel text NOT NULL UNIQUE CHECK (courriel = lower(courriel) AND courriel LIKE '%_@_%'),
    nom text COLLATE "fr-x-icu" NOT NULL CHECK (nom <> ''),
    role text NOT NULL CHECK (role IN ('agent', 'administrateur', 'exploitant')),
    actif boolean NOT NULL DEFAULT true,
    mot_de_passe text,
    version integer NOT NULL DEFAULT 1,
    cree_le timestamptz NOT NULL DEFAULT now(),
    connecte_le timestamptz
);
COMMENT ON TABLE utilisateur IS 'Personnes qui se connectent. Le courriel sert d''identifiant.';
COMMENT ON COLUMN utilisateur.mot_de_passe IS 'Empreinte argon2id (PHC). Nulle tant que l''invitation n''est pas acceptée.';
COMMENT ON COLUMN utilisateur.version IS 'Augmente à chaque modification ; un formulaire périmé est refusé.';
CREATE INDEX utilisateur_nom ON utilisateur (nom, id);
CREATE INDEX utilisateur_cree_le ON utilisateur (cree_le, id);
CREATE INDEX utilisateur_connecte_le ON utilisateur (connecte_le, id);
CREATE INDEX utilisateur_role_nom ON utilisateur (role, nom, id);
CREATE INDEX utilisateur_role_cree_le ON utilisateur (role, cree_le, id);
CREATE INDEX utilisateur_role_connecte_le ON utilisateur (role, connecte_le, id);
CREATE INDEX utilisateur_actif_nom ON utilisateur (actif, nom, id);
CREATE INDEX utilisateur_actif_cree_le ON utilisateur (actif, cree_le, id);
CREATE INDEX utilisateur_actif_connecte_le ON utilisateur (actif, connecte_le, id);
CREATE INDEX utilisateur_recherche ON utilisateur USING gin (sans_accents(nom || ' ' || courriel) gin_trgm_ops);

CREATE TABLE utilisateur_collectivite (
    utilisateur_id bigint NOT NULL REFERENCES utilisateur ON DELETE CASCADE,
    collectivite_id integer NOT NULL REFERENCES collectivite,
    PRIMARY KEY (utilisateur_id, collectivite_id)
);
COMMENT ON TABLE utilisateur_collectivite IS 'Collectivités pour lesquelles une personne a des droits.';
CREATE INDEX utilisateur_collectivite_inverse ON utilisateur_collectivite (collectivite_id, utilisateur_id);

-- Le périmètre d'une personne : la seule définition de « ses communes ».
CREATE FUNCTION perimetre(personne bigint) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT coalesce(array_agg(DISTINCT cc.code_insee ORDER BY cc.code_insee), '{}')
        FROM utilisateur_collectivite uc
        JOIN collectivite_commune cc USING (collectivite_id)
        WHERE uc.utilisateur_id = personne
          AND cc.depuis <= (now() AT TIME ZONE 'America/Guadeloupe')::date
          AND (cc.jusqu_au IS NULL OR cc.jusqu_au >= (now() AT TIME ZONE 'America/Guadeloupe')::date)
    $$;
COMMENT ON FUNCTION perimetre(bigint) IS 'Codes INSEE des communes où la personne a des droits aujourd''hui.';

CREATE TABLE session (
    empreinte bytea PRIMARY KEY CHECK (length(empreinte) = 32),
    id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    utilisateur_id bigint NOT NULL REFERENCES utilisateur ON DELETE CASCADE,
    cree_le timestamptz NOT NULL DEFAULT now(),
    vue_le timestamptz NOT NULL DEFAULT now(),
    expire_le timestamptz NOT NULL,
    adresse_ip inet,
    navigateur text NOT NULL DEFAULT '' CHECK (length(navigateur) <= 300)
);
COMMENT ON TABLE session IS 'Sessions ouvertes. Seule l''empreinte SHA-256 du jeton est gardée.';
COMMENT ON COLUMN session.expire_le IS 'Limite absolue ; la limite d''inactivité se calcule depuis vue_le.';
CREATE INDEX session_utilisateur ON session (utilisateur_id);
CREATE INDEX session_expire ON session (expire_le);

CREATE TABLE invitation (
    empreinte bytea PRIMARY KEY CHECK (length(empreinte) = 32),
    utilisateur_id bigint NOT NULL REFERENCES utilisateur ON DELETE CASCADE,
    motif text NOT NULL CHECK (motif IN ('invitation', 'renouvellement')),
    cree_par bigint REFERENCES utilisateur ON DELETE SET NULL,
    cree_le timestamptz NOT NULL DEFAULT now(),
    expire_le timestamptz NOT NULL,
    utilise_le timestamptz
);
COMMENT ON TABLE invitation IS 'Liens à usage unique pour choisir son mot de passe. Un administrateur ne voit ni ne fixe jamais un mot de passe.';
CREATE INDEX invitation_utilisateur ON invitation (utilisateur_id);

CREATE TABLE frein_connexion (
    cle bytea PRIMARY KEY,
    echecs integer NOT NULL DEFAULT 0,
    libre_le timestamptz NOT NULL DEFAULT now(),
    dernier_le timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE frein_connexion IS 'Délais d''attente après des échecs de connexion, par couple compte et adresse, par compte et par adresse. Toujours bornés : personne n''est exclu définitivement.';

CREATE TABLE secret (
    nom text PRIMARY KEY,
    valeur bytea NOT NULL
);
COMMENT ON TABLE secret IS 'Clés propres à l''installation, partagées par tous ses serveurs web.';

-- Une personne agit sur les collectivités dont toutes les communes sont dans son périmètre : un
-- administrateur d'EPCI gère donc aussi les agents des communes membres.
CREATE FUNCTION collectivites_gerees(personne bigint) RETURNS integer[]
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT coalesce(array_agg(c.id ORDER BY c.id), '{}')
        FROM collectivite c
        WHERE EXISTS (SELECT 1 FROM utilisateur_collectivite uc WHERE uc.utilisateur_id = personne AND uc.collectivite_id = c.id)
           OR (EXISTS (SELECT 1 FROM collectivite_commune cc
                       WHERE cc.collectivite_id = c.id AND coalesce(cc.jusqu_au, 'infinity') >= (now() AT TIME ZONE 'America/Guadeloupe')::date)
               AND NOT EXISTS (SELECT 1 FROM collectivite_commune cc
                               WHERE cc.collectivite_id = c.id AND coalesce(cc.jusqu_au, 'infinity') >= (now() AT TIME ZONE 'America/Guadeloupe')::date AND cc.code_insee <> ALL ((SELECT perimetre(personne))::text[])))
    $$;
COMMENT ON FUNCTION collectivites_gerees(bigint) IS 'Collectivités de la personne et celles dont tout le périmètre est dans le sien.';
