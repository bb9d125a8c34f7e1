-- L'histoire d'une ligne, sur sa fiche, retrouve les actions qui l'ont modifiée. La table ne garde que les
-- actions encore annulables (30 jours) : l'index se construit en quelques secondes, sans CONCURRENTLY, que
-- deux « gardel migrate » lancés ensemble feraient s'attendre l'un l'autre.
CREATE INDEX action_ligne_cle ON action_ligne (cle, action_id);
