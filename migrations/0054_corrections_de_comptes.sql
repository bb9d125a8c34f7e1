-- Le nom et le courriel d'un compte se corrigent comme toute fiche : qui l'a modifié en dernier, et quand.
SELECT verrou_patient('utilisateur', 'ACCESS EXCLUSIVE');
ALTER TABLE utilisateur
    ADD COLUMN modifie_le timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN modifie_par bigint REFERENCES utilisateur ON DELETE SET NULL;
COMMENT ON COLUMN utilisateur.modifie_le IS 'Dernière modification du compte ; pour un compte plus ancien, celle de cette colonne.';
COMMENT ON COLUMN utilisateur.modifie_par IS 'Qui l''a modifié en dernier. Nul : l''exploitant, par la ligne de commande.';
