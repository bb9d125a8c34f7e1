-- Les jetons par lesquels des programmes lisent et écrivent, et ce qu’ils ont appelé chaque jour.
SELECT verrou_patient('utilisateur', 'SHARE ROW EXCLUSIVE');
CREATE TABLE jeton_api (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    utilisateur_id bigint NOT NULL REFERENCES utilisateur ON DELETE CASCADE,
    collectivite_id integer REFERENCES collectivite,
    nom text COLLATE "fr-x-icu" NOT NULL CHECK (char_length(nom) BETWEEN 1 AND 80),
    genre text NOT NULL CHECK (genre IN ('personnel', 'service')),
    empreinte bytea NOT NULL UNIQUE CHECK (octet_length(empreinte) = 32),
    debut text NOT NULL CHECK (char_length(debut) BETWEEN 1 AND 20),
    droits jsonb NOT NULL CHECK (jsonb_typeof(droits) = 'object' AND droits <> '{}' AND octet_length(droits::text) <= 500),
    collectivites integer[] NOT NULL CHECK (cardinality(collectivites) BETWEEN 1 AND 500),
    personnel boolean NOT NULL DEFAULT false,
    adresses cidr[] NOT NULL DEFAULT '{}' CHECK (cardinality(adresses) <= 20),
    appels_minute integer NOT NULL DEFAULT 600 CHECK (appels_minute BETWEEN 1 AND 60000),
    simultanes smallint NOT NULL DEFAULT 4 CHECK (simultanes BETWEEN 1 AND 100),
    lignes_jour bigint NOT NULL DEFAULT 20000000 CHECK (lignes_jour BETWEEN 1 AND 10000000000),
    cree_le timestamptz NOT NULL DEFAULT now(),
    expire_le timestamptz NOT NULL,
    revoque_le timestamptz,
    revoque_par bigint REFERENCES utilisateur ON DELETE SET NULL,
    utilise_le timestamptz,
    utilise_de inet,
    CHECK (expire_le > cree_le AND expire_le <= cree_le + interval '366 days')
);
COMMENT ON TABLE jeton_api IS 'Jetons des programmes. Un jeton ne peut jamais plus que le compte dont il vient, et finit avec lui.';
COMMENT ON COLUMN jeton_api.collectivite_id IS 'Collectivité principale du compte quand le jeton a été fait : qui l’administre le voit et peut le révoquer.';
COMMENT ON COLUMN jeton_api.empreinte IS 'SHA-256 du jeton, qui n’est montré qu’une fois et n’est gardé nulle part.';
COMMENT ON COLUMN jeton_api.debut IS 'Ses premiers caractères, pour le reconnaître.';
COMMENT ON COLUMN jeton_api.droits IS 'Par module : 1 lire, 2 lire et écrire.';
COMMENT ON COLUMN jeton_api.collectivites IS 'Où il vaut, parmi les collectivités de son compte.';
COMMENT ON COLUMN jeton_api.personnel IS 'Il lit les colonnes qui parlent de personnes ; chaque appel qui en rend laisse une ligne au journal.';
COMMENT ON COLUMN jeton_api.adresses IS 'Réseaux d’où il est accepté ; vide : de partout.';
COMMENT ON COLUMN jeton_api.lignes_jour IS 'Lignes qu’il peut lire en un jour de Guadeloupe.';
CREATE INDEX jeton_api_compte ON jeton_api (utilisateur_id, id);
CREATE INDEX jeton_api_lieu ON jeton_api (collectivite_id, id);
CREATE INDEX jeton_api_revoque_par ON jeton_api (revoque_par) WHERE revoque_par IS NOT NULL;

CREATE TABLE jeton_api_jour (
    jeton_id bigint NOT NULL REFERENCES jeton_api ON DELETE CASCADE,
    jour date NOT NULL,
    appels bigint NOT NULL DEFAULT 0,
    refus bigint NOT NULL DEFAULT 0,
    lignes bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (jeton_id, jour)
);
COMMENT ON TABLE jeton_api_jour IS 'Ce qu’un jeton a demandé chaque jour de Guadeloupe : appels, ceux qui ont été refusés, lignes rendues.';

-- La réponse faite à une écriture, pour la refaire si le même appel revient.
CREATE TABLE api_reponse (
    jeton_id bigint NOT NULL REFERENCES jeton_api ON DELETE CASCADE,
    cle text NOT NULL CHECK (char_length(cle) BETWEEN 1 AND 200),
    empreinte bytea NOT NULL CHECK (octet_length(empreinte) = 32),
    statut smallint,
    entetes jsonb CHECK (octet_length(entetes::text) <= 4000),
    corps text CHECK (octet_length(corps) <= 1048576),
    cree_le timestamptz NOT NULL DEFAULT now(),
    pris_le timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (jeton_id, cle)
);
COMMENT ON TABLE api_reponse IS 'Réponses des appels qui portent une Idempotency-Key, gardées 24 heures.';
COMMENT ON COLUMN api_reponse.empreinte IS 'SHA-256 de la méthode, de l’adresse, de l’If-Match et du corps : la même clé ne sert pas à un autre appel.';
COMMENT ON COLUMN api_reponse.pris_le IS 'Depuis quand l’appel est fait : celui qui n’a rien répondu en deux minutes peut être repris par le même.';
COMMENT ON COLUMN api_reponse.statut IS 'Vide : l’appel est en cours.';
CREATE INDEX api_reponse_age ON api_reponse (cree_le);
