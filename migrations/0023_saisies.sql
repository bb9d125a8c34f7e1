-- Ce qu'une personne envoyait quand sa session était terminée : gardé un jour, pour elle seule.
CREATE TABLE saisie_gardee (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    utilisateur_id bigint NOT NULL REFERENCES utilisateur ON DELETE CASCADE,
    chemin text NOT NULL CHECK (chemin LIKE '/%' AND length(chemin) <= 2000),
    retour text NOT NULL DEFAULT '' CHECK (length(retour) <= 4096),
    corps text NOT NULL CHECK (length(corps) <= 65536),
    cree_le timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE saisie_gardee IS 'Formulaires envoyés par une session terminée, rendus à la même personne après sa connexion, à confirmer. Jamais un mot de passe ni un fichier ; jamais rejoués. Retirés après un jour.';
COMMENT ON COLUMN saisie_gardee.chemin IS 'Adresse à laquelle le formulaire était envoyé.';
COMMENT ON COLUMN saisie_gardee.retour IS 'Page où la personne était ; vide quand elle n''est pas connue.';
COMMENT ON COLUMN saisie_gardee.corps IS 'Champs du formulaire, au format application/x-www-form-urlencoded.';
CREATE INDEX saisie_gardee_utilisateur ON saisie_gardee (utilisateur_id, id);
CREATE INDEX saisie_gardee_cree_le ON saisie_gardee (cree_le);
