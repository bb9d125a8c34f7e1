//! Letters for the proofs that look at every list: the base of the tests has none.

use super::App;

/// Templates and letters of three collectivités, in every state.
pub async fn letters(app: &App) {
    for sql in [
        "INSERT INTO lettre_modele (collectivite_id, nom, genre, objet, corps, recommande, version, modifie_le, archive_le) SELECT c.id, 'Modèle ' || g, (ARRAY['relance','mise_en_demeure','taxation_office','libre'])[1 + g % 4], 'Objet', 'Corps', g % 3 = 0, 1 + g % 9, now() - g * interval '7 hours', CASE WHEN g % 5 = 0 THEN date '2026-10-01' END FROM generate_series(1, 90) g JOIN collectivite c ON c.siren = (ARRAY['219711132','200041507','249710070'])[1 + g % 3]",
        "INSERT INTO lettre_envoi (collectivite_id, demandeur_id) SELECT c.id, (SELECT min(id) FROM utilisateur) FROM collectivite c WHERE c.siren IN ('219711132','200041507','249710070')",
        "INSERT INTO lettre (envoi_id, rang, collectivite_id, hebergeur_id, destinataire, reference, genre, objet, contenu, chemin, octets, sha256, date_lettre, recommande, imprimee_le, envoyee_le, distribuee_le, retournee_le, reponse_le, courriel, courriel_etat, cree_par) SELECT e.id, g, e.collectivite_id, h.id, h.nom, 'L' || e.id || '-' || g, (ARRAY['relance','mise_en_demeure','taxation_office','libre'])[1 + g % 4], 'Objet', '{}', 'lettres/' || e.id || '/' || g, 1000, repeat('0', 64), date '2026-01-01' + g % 300, g % 2 = 0, CASE WHEN g % 5 > 0 THEN date '2026-02-01' + g % 200 END, CASE WHEN g % 5 > 1 THEN date '2026-02-01' + g % 200 END, CASE WHEN g % 5 > 2 THEN date '2026-02-05' + g % 200 END, CASE WHEN g % 5 = 2 THEN date '2026-02-06' + g % 200 END, CASE WHEN g % 7 = 0 THEN date '2026-03-01' + g % 200 END, CASE WHEN g % 3 = 0 THEN 'a@b.gp' END, CASE WHEN g % 3 = 0 THEN (ARRAY['envoye','refuse'])[1 + g % 2] END, e.demandeur_id FROM lettre_envoi e CROSS JOIN generate_series(0, 59) g JOIN LATERAL (SELECT id, nom FROM hebergeur ORDER BY id OFFSET g LIMIT 1) h ON true",
    ] {
        app.run_sql(sql).await;
    }
}
