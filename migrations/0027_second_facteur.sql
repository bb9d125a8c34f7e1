-- Le second facteur : une application de codes (RFC 6238) et dix codes de secours.
CREATE TABLE second_facteur (
    utilisateur_id bigint PRIMARY KEY REFERENCES utilisateur ON DELETE CASCADE,
    cle bytea NOT NULL CHECK (length(cle) = 20),
    sel bytea NOT NULL CHECK (length(sel) = 16),
    propose_le timestamptz NOT NULL DEFAULT now(),
    pose_le timestamptz,
    dernier_pas bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE second_facteur IS 'Application de codes d''une personne.';
COMMENT ON COLUMN second_facteur.pose_le IS 'Instant où un premier code juste a été donné. Nul : seulement proposé, rien n''est encore demandé.';
COMMENT ON COLUMN second_facteur.dernier_pas IS 'Tranche de 30 secondes du dernier code accepté : ni elle ni une plus ancienne ne sert de nouveau.';
COMMENT ON COLUMN second_facteur.sel IS 'Sel des empreintes argon2id des codes de secours.';

CREATE TABLE code_secours (
    utilisateur_id bigint NOT NULL REFERENCES second_facteur ON DELETE CASCADE,
    empreinte bytea NOT NULL CHECK (length(empreinte) = 32),
    utilise_le timestamptz,
    PRIMARY KEY (utilisateur_id, empreinte)
);
COMMENT ON TABLE code_secours IS 'Codes de secours, en empreintes ; chacun sert une fois.';

-- Entre le mot de passe et le code : rien de cela n'est une session.
CREATE TABLE connexion_attente (
    empreinte bytea PRIMARY KEY CHECK (length(empreinte) = 32),
    utilisateur_id bigint NOT NULL REFERENCES utilisateur ON DELETE CASCADE,
    essais integer NOT NULL DEFAULT 0,
    cree_le timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE connexion_attente IS 'Connexions dont le mot de passe est juste et dont le code est attendu. N''ouvre aucune page.';
CREATE INDEX connexion_attente_utilisateur ON connexion_attente (utilisateur_id);
CREATE INDEX connexion_attente_cree_le ON connexion_attente (cree_le);

ALTER TABLE session ADD COLUMN facteur text CHECK (facteur IN ('application', 'secours'));
COMMENT ON COLUMN session.facteur IS 'Par quoi le second facteur a été prouvé. Nul : par le mot de passe seul.';
-- Les sessions ouvertes avant cette étape n'ont rien prouvé.
ALTER TABLE session ADD COLUMN confirmee_le timestamptz NOT NULL DEFAULT '-infinity';
ALTER TABLE session ALTER COLUMN confirmee_le SET DEFAULT now();
COMMENT ON COLUMN session.confirmee_le IS 'Dernière preuve donnée dans cette session, par le second facteur ou, à défaut, par le mot de passe.';

-- Un appareil perdu : deux administrateurs retirent le second facteur, l'un demande, l'autre accorde.
CREATE TABLE retrait_facteur (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    utilisateur_id bigint NOT NULL REFERENCES utilisateur ON DELETE CASCADE,
    demande_par bigint NOT NULL REFERENCES utilisateur ON DELETE CASCADE,
    demande_le timestamptz NOT NULL DEFAULT now(),
    motif text NOT NULL CHECK (motif <> '' AND length(motif) <= 300)
);
COMMENT ON TABLE retrait_facteur IS 'Demandes de retrait d''un second facteur, en attente d''un autre administrateur. La suite est au journal.';
CREATE UNIQUE INDEX retrait_facteur_utilisateur ON retrait_facteur (utilisateur_id);
CREATE INDEX retrait_facteur_demande_par ON retrait_facteur (demande_par);

-- Les clés de signature tournent : la nouvelle signe quand tous les serveurs la connaissent.
ALTER TABLE secret ADD COLUMN cree_le timestamptz NOT NULL DEFAULT '2026-01-01';
COMMENT ON COLUMN secret.cree_le IS 'Instant où la clé a été faite. Une clé de signature ne signe qu''après dix minutes.';
