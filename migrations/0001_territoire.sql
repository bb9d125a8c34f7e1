-- Territoire : communes, EPCI, collectivités et leur appartenance dans le temps.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;

-- Comparaison sans accents ni casse, utilisable dans un index : unaccent() seule n'est que STABLE
-- (elle dépend du search_path), d'où l'appel qualifié.
CREATE FUNCTION sans_accents(texte text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, texte)) $$;
COMMENT ON FUNCTION sans_accents(text) IS 'Forme de recherche d''un texte : minuscules, sans accents.';

CREATE TABLE epci (
    siren text PRIMARY KEY CHECK (siren ~ '^[0-9]{9}$'),
    nom text COLLATE "fr-x-icu" NOT NULL,
    type text NOT NULL CHECK (type IN ('CC', 'CA', 'CU', 'ME')),
    population integer NOT NULL CHECK (population >= 0)
);
COMMENT ON TABLE epci IS 'Établissements publics de coopération intercommunale. Clé : SIREN.';

CREATE TABLE commune (
    code_insee text PRIMARY KEY CHECK (code_insee ~ '^[0-9][0-9AB][0-9]{3}$'),
    nom text COLLATE "fr-x-icu" NOT NULL,
    siren text NOT NULL UNIQUE CHECK (siren ~ '^[0-9]{9}$'),
    epci_siren text REFERENCES epci,
    population integer CHECK (population >= 0),
    codes_postaux text[] NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE commune IS 'Communes. Clé : code INSEE, jamais le nom ni le code postal (97121 est Pointe-Noire pour l''INSEE, Anse-Bertrand pour la poste).';
COMMENT ON COLUMN commune.population IS 'Population municipale. Nulle pour les quelques communes sans recensement.';
CREATE INDEX commune_nom ON commune (nom, code_insee);
CREATE INDEX commune_population ON commune (population, code_insee);
CREATE INDEX commune_epci ON commune (epci_siren, nom, code_insee);

CREATE TABLE collectivite (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    siren text NOT NULL UNIQUE CHECK (siren ~ '^[0-9]{9}$'),
    nom text COLLATE "fr-x-icu" NOT NULL,
    type text NOT NULL CHECK (type IN ('commune', 'epci', 'agence'))
);
COMMENT ON TABLE collectivite IS 'Qui utilise Gardel : une commune, un EPCI ou une agence territoriale. Les droits se donnent par collectivité.';

CREATE TABLE collectivite_commune (
    collectivite_id integer NOT NULL REFERENCES collectivite ON DELETE CASCADE,
    code_insee text NOT NULL REFERENCES commune,
    depuis date NOT NULL DEFAULT '1900-01-01',
    jusqu_au date CHECK (jusqu_au >= depuis),
    PRIMARY KEY (collectivite_id, code_insee, depuis)
);
COMMENT ON TABLE collectivite_commune IS 'Communes du périmètre d''une collectivité, avec leurs dates d''entrée et de sortie (incluses).';
CREATE INDEX collectivite_commune_insee ON collectivite_commune (code_insee);

CREATE TABLE version_donnees (
    domaine text NOT NULL,
    code_insee text NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (domaine, code_insee)
);
COMMENT ON TABLE version_donnees IS 'Compteur par domaine et par commune, augmenté en dernier dans la transaction de chaque écriture. La clé des fragments en cache le contient : un lecteur ne voit jamais un fragment plus vieux qu''une écriture validée.';
