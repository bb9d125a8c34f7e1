-- Vérifier sans écrire : une personne met de côté, pour un import, la confiance faite au profil qui le lit.

ALTER TABLE import ADD COLUMN sans_confiance boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN import.sans_confiance IS 'Le profil de confiance n''y écrit pas de lui-même : la vérification attend quelqu''un.';
