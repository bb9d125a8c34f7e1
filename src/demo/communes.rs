//! Les 32 communes de la démonstration : leur part des logements et la délibération qui s'y applique.

use super::DemoError;
use crate::taxe::calcul;
use sqlx::PgConnection;

/// Année des délibérations appliquées à tous les séjours de démonstration.
const ANNEE_TARIFS: i16 = 2026;

/// Communes de La Riviéra du Levant, dont le parc est connu.
const RIVIERA: [&str; 4] = ["97110", "97113", "97125", "97128"];

/// (code INSEE, logements sur 4 000, niveau des prix en pour cent, taille des hôtels en pour cent).
#[rustfmt::skip] // quatre communes par ligne : une par ligne ne se lirait plus d'un coup d'œil
const COMMUNES: [(&str, u64, i64, u32); 32] = [
    ("97101", 60, 80, 60), ("97102", 45, 90, 20), ("97103", 150, 90, 90), ("97104", 20, 80, 10),
    ("97105", 50, 80, 30), ("97106", 280, 95, 40), ("97107", 75, 80, 20), ("97108", 95, 90, 20),
    ("97109", 45, 85, 20), ("97110", 47, 85, 10), ("97111", 300, 110, 60), ("97112", 98, 90, 25),
    ("97113", 480, 115, 130), ("97114", 45, 85, 15), ("97115", 55, 80, 15), ("97116", 40, 80, 15),
    ("97117", 190, 95, 60), ("97118", 170, 90, 20), ("97119", 35, 80, 15), ("97120", 45, 80, 70),
    ("97121", 102, 90, 20), ("97122", 60, 95, 20), ("97124", 65, 85, 20), ("97125", 400, 125, 120),
    ("97126", 100, 90, 20), ("97128", 450, 115, 130), ("97129", 135, 90, 30), ("97130", 12, 80, 10),
    ("97131", 170, 120, 30), ("97132", 108, 90, 20), ("97133", 20, 90, 10), ("97134", 53, 85, 15),
];

/// Une commune et la délibération qui s'y applique. Montants en centimes.
pub struct Commune {
    pub code_insee: String,
    pub nom: String,
    pub code_postal: String,
    /// Taux de la taxe du département, en centièmes de pour cent ; zéro quand la délibération ne la porte pas.
    pub taux_departemental: i64,
    /// Loyer par nuit sous lequel rien n'est dû.
    pub loyer_minimum: Option<i64>,
    /// Tarif par numéro de catégorie ; la case 0 ne sert pas.
    pub tarifs: [i64; 10],
    /// Plus haut tarif fixe.
    pub plafond: i64,
    /// Part des logements.
    pub poids: u64,
    /// Prix des nuits, en pour cent.
    pub niveau_prix: i64,
    /// Taille des grands établissements, en pour cent.
    pub taille_hotels: u32,
}

impl Commune {
    /// La commune est de La Riviéra du Levant.
    pub fn riviera(&self) -> bool {
        RIVIERA.contains(&self.code_insee.as_str())
    }

    /// Tarif ou taux d'une catégorie ; zéro pour un numéro inconnu.
    pub fn tarif(&self, categorie: i16) -> i64 {
        let case = usize::try_from(categorie).unwrap_or(0);
        self.tarifs.get(case).copied().unwrap_or(0)
    }
}

/// Ce que la base sait d'une commune et de sa délibération.
#[derive(sqlx::FromRow)]
struct Ligne {
    code_insee: String,
    nom: String,
    code_postal: String,
    taux_departemental: i32,
    loyer_minimum_nuit: Option<i32>,
    categories: Vec<i16>,
    valeurs: Vec<i32>,
}

/// Lit les communes et leur délibération, avec la part de chacune dans la démonstration.
///
/// # Errors
/// [`DemoError::SansTarif`] si une des 32 communes n'a pas de délibération complète dans la base.
pub async fn lire(conn: &mut PgConnection) -> Result<Vec<Commune>, DemoError> {
    let lignes = lignes(conn).await?;
    COMMUNES
        .iter()
        .map(|(code, poids, niveau_prix, taille_hotels)| {
            let ligne = lignes.iter().find(|ligne| ligne.code_insee == *code);
            let ligne = ligne.ok_or(DemoError::SansTarif(code))?;
            let valeurs = ligne.valeurs.iter().copied().map(i64::from);
            let couples: Vec<(i16, i64)> = ligne.categories.iter().copied().zip(valeurs).collect();
            let mut tarifs = [0; 10];
            for (categorie, valeur) in &couples {
                let case = usize::try_from(*categorie).ok();
                if let Some(case) = case.and_then(|case| tarifs.get_mut(case)) {
                    *case = *valeur;
                }
            }
            Ok(Commune {
                code_insee: ligne.code_insee.clone(),
                nom: ligne.nom.clone(),
                code_postal: ligne.code_postal.clone(),
                taux_departemental: ligne.taux_departemental.into(),
                loyer_minimum: ligne.loyer_minimum_nuit.map(i64::from),
                tarifs,
                plafond: calcul::plafond(couples).ok_or(DemoError::SansTarif(code))?,
                poids: *poids,
                niveau_prix: *niveau_prix,
                taille_hotels: *taille_hotels,
            })
        })
        .collect()
}

/// Une délibération par commune : la sienne d'abord, sinon celle de son EPCI.
async fn lignes(conn: &mut PgConnection) -> sqlx::Result<Vec<Ligne>> {
    sqlx::query_as(
        "SELECT DISTINCT ON (c.code_insee) c.code_insee, c.nom, coalesce(c.codes_postaux[1], '') AS code_postal,
                CASE WHEN d.taxe_departementale THEN coalesce((SELECT r.maximum FROM regle_legale r WHERE r.code = 'taxe_departementale'
                    AND r.du <= make_date(d.annee, 1, 1) AND (r.au IS NULL OR r.au >= make_date(d.annee, 1, 1))), 0) ELSE 0 END AS taux_departemental,
                d.loyer_minimum_nuit,
                ARRAY(SELECT categorie_id FROM tarif WHERE deliberation_id = d.id ORDER BY 1) AS categories,
                ARRAY(SELECT valeur FROM tarif WHERE deliberation_id = d.id ORDER BY categorie_id) AS valeurs
         FROM commune c JOIN deliberation_commune USING (code_insee) JOIN deliberation d ON d.id = deliberation_id
         WHERE d.annee = $1
         ORDER BY c.code_insee, (d.siren = c.siren) DESC, d.date_deliberation DESC, d.id",
    )
    .bind(ANNEE_TARIFS)
    .fetch_all(conn)
    .await
}

/// Les mêmes communes sans base, avec les tarifs de La Riviéra du Levant, pour les tests.
#[cfg(test)]
pub fn sans_base() -> Vec<Commune> {
    let commune = |(code, poids, niveau_prix, taille_hotels): (&str, u64, i64, u32)| Commune {
        code_insee: code.to_owned(),
        nom: format!("Commune {code}"),
        code_postal: code.to_owned(),
        taux_departemental: 0,
        loyer_minimum: None,
        tarifs: [0, 400, 300, 230, 150, 90, 80, 55, 20, 500],
        plafond: 400,
        poids,
        niveau_prix,
        taille_hotels,
    };
    COMMUNES.map(commune).into()
}
