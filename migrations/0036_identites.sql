-- Une personne peut se connecter par un fournisseur d'identité (OpenID Connect) : ProConnect ou un autre.
CREATE TABLE identite (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    utilisateur_id bigint NOT NULL REFERENCES utilisateur ON DELETE CASCADE,
    emetteur text NOT NULL CHECK (emetteur <> ''),
    fournisseur text NOT NULL DEFAULT '',
    sujet text NOT NULL CHECK (sujet <> ''),
    courriel text,
    siret text,
    reliee_le timestamptz NOT NULL DEFAULT now(),
    servie_le timestamptz,
    UNIQUE (emetteur, fournisseur, sujet),
    UNIQUE (utilisateur_id, emetteur)
);
COMMENT ON TABLE identite IS 'Identités reliées aux comptes, par une personne qui a prouvé les deux. Jamais par le courriel seul.';
COMMENT ON COLUMN identite.emetteur IS 'Émetteur (iss) du fournisseur d''identité.';
COMMENT ON COLUMN identite.fournisseur IS 'Annuaire derrière l''émetteur (idp_id de ProConnect) ; vide quand il n''y en a qu''un.';
COMMENT ON COLUMN identite.sujet IS 'Nom de la personne chez lui (sub) : ne change pas et n''est jamais redonné.';
COMMENT ON COLUMN identite.courriel IS 'Courriel connu du fournisseur quand l''identité a été reliée : montré, jamais comparé.';
COMMENT ON COLUMN identite.siret IS 'SIRET de l''employeur connu du fournisseur : montré, jamais comparé.';

ALTER TABLE session ADD COLUMN identite_id bigint;
COMMENT ON COLUMN session.identite_id IS 'Identité par laquelle la session a été ouverte. Nul : par le mot de passe. Sans clé étrangère : la session finit avec l''identité, par le programme.';
ALTER TABLE session ADD COLUMN jeton_externe text;
COMMENT ON COLUMN session.jeton_externe IS 'Jeton du fournisseur d''identité, qu''il redemande à la déconnexion.';
ALTER TABLE session ADD COLUMN niveau_externe text;
COMMENT ON COLUMN session.niveau_externe IS 'Niveau (acr) qui a tenu lieu de second facteur : comparé aux réglages à chaque page.';
ALTER TABLE session DROP CONSTRAINT session_facteur_check;
ALTER TABLE session ADD CONSTRAINT session_facteur_check CHECK (facteur IN ('application', 'secours', 'externe')) NOT VALID;
COMMENT ON COLUMN session.facteur IS 'Par quoi le second facteur a été prouvé ; « externe » : par le fournisseur d''identité. Nul : par le mot de passe seul.';

ALTER TABLE connexion_attente ADD COLUMN identite_id bigint REFERENCES identite ON DELETE CASCADE;
ALTER TABLE connexion_attente ADD COLUMN jeton_externe text;
COMMENT ON COLUMN connexion_attente.identite_id IS 'Identité prouvée avant le code. Nul : un mot de passe.';
CREATE INDEX connexion_attente_identite ON connexion_attente (identite_id);

ALTER TABLE collectivite ADD COLUMN identite_exigee boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN collectivite.identite_exigee IS 'Ses personnes se connectent par le fournisseur d''identité : leur mot de passe n''ouvre plus.';
