//! The SQL of a séjour.

use super::model::Sejour;
use crate::listing::Reader;
use crate::platform::db::Db;

/// A séjour of the reader's communes.
pub async fn by_id(db: &Db, reader: &Reader, id: i64) -> Result<Option<Sejour>, sqlx::Error> {
    sqlx::query_as(
        "SELECT s.id, s.reference, p.nom AS collecteur, s.logement_id, l.nom AS logement, l.adresse, h.id AS hebergeur_id, h.nom AS hebergeur,
             s.code_insee, c.nom AS commune, s.date_debut, s.date_fin, s.date_perception, s.nb_personnes, s.nb_mineurs, s.nb_saisonniers,
             s.nb_urgence, s.nb_loyer_modique, s.nb_assujettis, s.nb_nuits, s.nuitees, n.libelle AS nature, s.categorie_id, k.libelle AS categorie,
             s.prix_nuit, s.tarif, s.plafond, s.montant_base, s.montant_departemental, s.montant, s.statut,
             s.motif_id, m.libelle::text AS motif_libelle, s.motif_precision, s.version, s.modifie_le
         FROM sejour s JOIN logement l ON l.id = s.logement_id JOIN hebergeur h ON h.id = l.hebergeur_id JOIN commune c ON c.code_insee = s.code_insee
         JOIN nature n ON n.id = s.nature_id JOIN categorie k ON k.id = s.categorie_id JOIN plateforme p ON p.code = s.collecteur
         LEFT JOIN motif m ON m.id = s.motif_id
         WHERE s.id = $1 AND s.code_insee = ANY($2)",
    )
    .bind(id)
    .bind(&reader.communes)
    .fetch_optional(db.statement())
    .await
}
