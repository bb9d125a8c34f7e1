-- Notes et fichiers joints à une fiche (séjour, logement, hébergeur), quelle que soit sa liste. Le droit de les voir est celui
-- de voir la fiche : il n'est écrit nulle part ici.
-- Les clés étrangères prennent ce verrou sur les comptes : il est demandé avant, sans que personne attende derrière.
SELECT verrou_patient('utilisateur', 'SHARE ROW EXCLUSIVE');

CREATE TABLE note (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    liste text NOT NULL CHECK (liste ~ '^[a-z]{1,40}$'),
    cle bigint NOT NULL,
    texte text NOT NULL CHECK (length(texte) BETWEEN 1 AND 4000),
    auteur_id bigint NOT NULL REFERENCES utilisateur,
    jeton text NOT NULL CHECK (length(jeton) BETWEEN 20 AND 100),
    version integer NOT NULL DEFAULT 1,
    cree_le timestamptz NOT NULL DEFAULT now(),
    modifie_le timestamptz NOT NULL DEFAULT now(),
    retire_le timestamptz,
    UNIQUE (auteur_id, jeton)
);
COMMENT ON TABLE note IS 'Ce que les agents écrivent sur une fiche. Une note retirée se rétablit pendant sept jours, puis est effacée.';
COMMENT ON COLUMN note.liste IS 'Nom de la liste de la fiche : sejours, logements, hebergeurs.';
COMMENT ON COLUMN note.cle IS 'Numéro de la fiche dans sa table.';
COMMENT ON COLUMN note.jeton IS 'Formulaire qui l''a écrite : envoyé deux fois, il n''écrit qu''une note.';
CREATE INDEX note_fiche ON note (liste, cle, id);
CREATE INDEX note_retiree ON note (retire_le) WHERE retire_le IS NOT NULL;

CREATE TABLE piece_jointe (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    liste text NOT NULL CHECK (liste ~ '^[a-z]{1,40}$'),
    cle bigint NOT NULL,
    nom text NOT NULL CHECK (length(nom) BETWEEN 1 AND 150),
    nature text NOT NULL CHECK (nature ~ '^[a-z]{2,10}$'),
    octets bigint NOT NULL CHECK (octets > 0),
    sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    chemin text NOT NULL UNIQUE CHECK (chemin ~ '^pieces/[0-9]{4}-[0-9]{2}-[0-9]{2}/[A-Za-z0-9_-]{20,100}$'),
    auteur_id bigint NOT NULL REFERENCES utilisateur,
    jeton text NOT NULL CHECK (length(jeton) BETWEEN 20 AND 100),
    rang smallint NOT NULL CHECK (rang >= 0),
    version integer NOT NULL DEFAULT 1,
    cree_le timestamptz NOT NULL DEFAULT now(),
    retire_le timestamptz,
    UNIQUE (auteur_id, jeton, rang)
);
COMMENT ON TABLE piece_jointe IS 'Fichiers joints à une fiche ; leurs octets sont dans le dépôt. Un fichier retiré se rétablit pendant sept jours, puis ses octets et sa ligne s''en vont.';
COMMENT ON COLUMN piece_jointe.liste IS 'Nom de la liste de la fiche : sejours, logements, hebergeurs.';
COMMENT ON COLUMN piece_jointe.cle IS 'Numéro de la fiche dans sa table.';
COMMENT ON COLUMN piece_jointe.nom IS 'Nom donné par la personne, nettoyé ; il ne nomme rien dans le dépôt.';
COMMENT ON COLUMN piece_jointe.nature IS 'Ce que le contenu est (voir src/pieces/nature.rs), jamais ce que dit le nom.';
COMMENT ON COLUMN piece_jointe.chemin IS 'Chemin dans le dépôt, tiré au hasard.';
COMMENT ON COLUMN piece_jointe.jeton IS 'Formulaire qui l''a joint : envoyé deux fois, il ne joint qu''une fois.';
COMMENT ON COLUMN piece_jointe.rang IS 'Place du fichier dans cet envoi.';
CREATE INDEX piece_jointe_fiche ON piece_jointe (liste, cle, id);
CREATE INDEX piece_jointe_retiree ON piece_jointe (retire_le) WHERE retire_le IS NOT NULL;
CREATE INDEX piece_jointe_auteur ON piece_jointe (auteur_id, cree_le);
