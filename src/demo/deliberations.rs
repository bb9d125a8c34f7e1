//! Délibérations de la démonstration : celles de l'année d'avant, aux mêmes tarifs, et des projets pour la suivante.

use sqlx::PgConnection;

/// Séjours à partir desquels la démonstration en a : les bases des essais, plus petites, restent à ce que « data/ » livre.
const SEJOURS_MIN: u64 = 5_000;

/// Ajoute à une base qui vient d'être chargée les délibérations de l'année d'avant et quatre brouillons.
///
/// # Errors
/// PostgreSQL a refusé.
pub async fn ajouter(conn: &mut PgConnection, sejours: u64) -> sqlx::Result<()> {
    if sejours < SEJOURS_MIN {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO deliberation (siren, collectivite, date_deliberation, annee, debut, fin, taxe_departementale, loyer_minimum_nuit, loyer_minimum_mois, communes,
             source, transmise_le, tarif_1, tarif_2, tarif_3, tarif_4, tarif_5, tarif_6, tarif_7, tarif_8, tarif_9)
         SELECT siren, collectivite, date_deliberation, annee - 1, debut, fin, taxe_departementale, loyer_minimum_nuit, loyer_minimum_mois, communes,
             'delta', NULL, tarif_1, tarif_2, tarif_3, tarif_4, tarif_5, tarif_6, tarif_7, tarif_8, tarif_9
         FROM deliberation WHERE source = 'reference' AND etat = 'en_vigueur' AND date_deliberation < make_date(annee - 2, 7, 1)",
    )
    .execute(&mut *conn)
    .await?;
    // Deux projets de La Riviéra du Levant, en deux hypothèses ; un du Gosier, qui délibérerait seul ; deux saisons à Terre-de-Haut.
    sqlx::query(
        "INSERT INTO deliberation (siren, collectivite, reference, date_deliberation, annee, debut, fin, communes, etat, source, applicable_du, observations,
             tarif_1, tarif_2, tarif_3, tarif_4, tarif_5, tarif_6, tarif_7, tarif_8, tarif_9)
         SELECT c.siren, c.nom, p.numero, make_date(d.annee, p.mois, p.jour), d.annee + 1, p.debut, p.fin,
             coalesce((SELECT m.code_insee FROM commune m WHERE m.siren = c.siren), d.communes), 'brouillon', 'saisie', make_date(d.annee + 1, 1, 1), p.mots,
             p.t1, p.t2, p.t3, p.t4, p.t5, p.t6, p.t7, 20, 500
         FROM (VALUES
             ('200041507', 'Projet A', 5, 28, '01-01', '12-31', 'Hypothèse basse.', 420, 310, 240, 155, 95, 80, 55),
             ('200041507', 'Projet B', 6, 4, '01-01', '12-31', 'Hypothèse haute, au plafond partout.', 490, 360, 260, 170, 100, 80, 60),
             ('219711132', '2026-31', 6, 11, '01-01', '12-31', 'La commune délibérerait seule.', 450, 330, 250, 160, 100, 80, 60),
             ('219711314', '2026-18', 5, 22, '12-15', '04-30', 'Deux saisons.', 490, 360, 260, 170, 100, 80, 60),
             ('219711314', '2026-18', 5, 22, '05-01', '12-14', 'Deux saisons.', 400, 300, 200, 130, 80, 60, 50))
             p (siren, numero, mois, jour, debut, fin, mots, t1, t2, t3, t4, t5, t6, t7)
         JOIN collectivite c ON c.siren = p.siren
         JOIN LATERAL (SELECT d.annee, d.communes FROM deliberation d JOIN deliberation_commune dc ON dc.deliberation_id = d.id JOIN commune m ON m.code_insee = dc.code_insee
             WHERE d.etat = 'en_vigueur' AND d.source = 'reference' AND (d.siren = c.siren OR m.siren = c.siren) ORDER BY (d.siren = c.siren) DESC LIMIT 1) d ON true",
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query("UPDATE deliberation SET transmise_le = make_date(annee - 1, 7, 20) WHERE source = 'reference' AND date_deliberation >= make_date(annee - 1, 1, 1)")
        .execute(conn)
        .await
        .map(drop)
}
