//! Données de référence : territoire, barème et délibérations, lus dans `data/` et mis à jour sans
//! rien effacer. Recharger est sans effet : un fichier corrigé corrige la base, rien de plus.

use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sqlx::PgConnection;
use sqlx::postgres::PgQueryResult;

/// Lit un fichier de `data/`, embarqué à la compilation.
macro_rules! fichier {
    ($nom:literal) => {
        lire($nom, include_str!(concat!("../../data/", $nom)))
    };
}

/// Combien de lignes les fichiers portent, par table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bilan {
    /// Intercommunalités.
    pub epci: usize,
    /// Communes.
    pub communes: usize,
    /// Natures d'hébergement.
    pub natures: usize,
    /// Catégories tarifaires.
    pub categories: usize,
    /// Lignes du barème légal (année × catégorie).
    pub baremes: usize,
    /// Délibérations.
    pub deliberations: usize,
    /// Tarifs délibérés.
    pub tarifs: usize,
    /// Collecteurs.
    pub plateformes: usize,
}

/// Pourquoi les données de référence n'ont pas pu être chargées.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// Un fichier livré avec le programme ne se lit pas : c'est un défaut du programme.
    #[error("le fichier de référence {fichier} ne se lit pas")]
    Fichier {
        /// Nom du fichier dans `data/`.
        fichier: &'static str,
        /// Ligne et colonne fautives.
        #[source]
        cause: csv::Error,
    },
    /// La base a refusé une écriture.
    #[error("la base de données a refusé les données de référence")]
    Base(#[from] sqlx::Error),
}

/// Charge tous les fichiers. L'appelant ouvre la transaction.
///
/// Les référentiels sont mis à jour ; les collectivités qui existent gardent leur nom et leur
/// périmètre, que l'exploitant a pu changer.
///
/// # Errors
/// Échoue si un fichier ne se lit pas ou si la base refuse une ligne ; la transaction est alors perdue.
pub async fn charger(conn: &mut PgConnection) -> Result<Bilan, ReferenceError> {
    let epci: Vec<Epci> = fichier!("epci.csv")?;
    let communes: Vec<Commune> = fichier!("communes.csv")?;
    let natures: Vec<Nature> = fichier!("natures.csv")?;
    let categories: Vec<Categorie> = fichier!("categories.csv")?;
    let baremes: Vec<Bareme> = fichier!("bareme.csv")?;
    let deliberations: Vec<Deliberation> = fichier!("deliberations.csv")?;
    let tarifs: Vec<Tarif> = fichier!("tarifs.csv")?;
    let plateformes: Vec<Plateforme> = fichier!("plateformes.csv")?;

    upsert_epci(conn, &epci).await?;
    upsert_communes(conn, &communes).await?;
    insert_collectivites(conn).await?;
    insert_perimetres(conn).await?;
    upsert_natures(conn, &natures).await?;
    upsert_categories(conn, &categories).await?;
    upsert_baremes(conn, &baremes).await?;
    upsert_deliberations(conn, &deliberations).await?;
    upsert_tarifs(conn, &tarifs).await?;
    upsert_plateformes(conn, &plateformes).await?;
    Ok(Bilan {
        epci: epci.len(),
        communes: communes.len(),
        natures: natures.len(),
        categories: categories.len(),
        baremes: baremes.len(),
        deliberations: deliberations.len(),
        tarifs: tarifs.len(),
        plateformes: plateformes.len(),
    })
}

#[derive(Deserialize)]
struct Epci {
    siren: String,
    nom: String,
    r#type: String,
    population: i32,
}

#[derive(Deserialize)]
struct Commune {
    code_insee: String,
    nom: String,
    siren: String,
    epci_siren: Option<String>,
    population: Option<i32>,
    codes_postaux: String,
}

#[derive(Deserialize)]
struct Nature {
    id: i16,
    libelle: String,
}

#[derive(Deserialize)]
struct Categorie {
    id: i16,
    code: String,
    libelle: String,
}

#[derive(Deserialize)]
struct Bareme {
    annee: i16,
    categorie_id: i16,
    plancher: i32,
    plafond: i32,
    statut: String,
}

#[derive(Deserialize)]
struct Deliberation {
    siren: String,
    collectivite: String,
    date_deliberation: NaiveDate,
    annee: i16,
    debut: String,
    fin: String,
    taxe_departementale: String,
    loyer_minimum_nuit: Option<i32>,
    loyer_minimum_mois: Option<i32>,
    communes: String,
}

#[derive(Deserialize)]
struct Tarif {
    siren: String,
    annee: i16,
    debut: String,
    categorie_id: i16,
    valeur: i32,
}

#[derive(Deserialize)]
struct Plateforme {
    code: String,
    nom: String,
}

/// Lit le contenu d'un fichier ; une colonne inconnue est ignorée, une colonne absente est une erreur.
fn lire<T: DeserializeOwned>(fichier: &'static str, contenu: &str) -> Result<Vec<T>, ReferenceError> {
    csv::Reader::from_reader(contenu.as_bytes()).deserialize().collect::<Result<_, _>>().map_err(|cause| ReferenceError::Fichier { fichier, cause })
}

/// Une colonne de lignes lues, sous la forme que `unnest` attend.
fn colonne<T, V>(lignes: &[T], valeur: impl Fn(&T) -> V) -> Vec<V> {
    lignes.iter().map(valeur).collect()
}

async fn upsert_epci(conn: &mut PgConnection, lignes: &[Epci]) -> sqlx::Result<PgQueryResult> {
    sqlx::query(
        "INSERT INTO epci (siren, nom, type, population)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[])
         ON CONFLICT (siren) DO UPDATE SET nom = excluded.nom, type = excluded.type, population = excluded.population",
    )
    .bind(colonne(lignes, |l| l.siren.clone()))
    .bind(colonne(lignes, |l| l.nom.clone()))
    .bind(colonne(lignes, |l| l.r#type.clone()))
    .bind(colonne(lignes, |l| l.population))
    .execute(conn)
    .await
}

async fn upsert_communes(conn: &mut PgConnection, lignes: &[Commune]) -> sqlx::Result<PgQueryResult> {
    sqlx::query(
        "INSERT INTO commune (code_insee, nom, siren, epci_siren, population, codes_postaux)
         SELECT code_insee, nom, siren, epci, population, string_to_array(codes_postaux, '|')
         FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[])
             AS t (code_insee, nom, siren, epci, population, codes_postaux)
         ON CONFLICT (code_insee) DO UPDATE SET nom = excluded.nom, siren = excluded.siren,
             epci_siren = excluded.epci_siren, population = excluded.population, codes_postaux = excluded.codes_postaux",
    )
    .bind(colonne(lignes, |l| l.code_insee.clone()))
    .bind(colonne(lignes, |l| l.nom.clone()))
    .bind(colonne(lignes, |l| l.siren.clone()))
    .bind(colonne(lignes, |l| l.epci_siren.clone()))
    .bind(colonne(lignes, |l| l.population))
    .bind(colonne(lignes, |l| l.codes_postaux.clone()))
    .execute(conn)
    .await
}

/// Une collectivité par commune et par EPCI connus. Celles qui existent ne changent pas.
async fn insert_collectivites(conn: &mut PgConnection) -> sqlx::Result<PgQueryResult> {
    sqlx::query(
        "INSERT INTO collectivite (siren, nom, type)
         SELECT siren, nom, type FROM (
             SELECT siren, nom, 'commune' AS type FROM commune UNION ALL SELECT siren, nom, 'epci' FROM epci
         ) t
         WHERE NOT EXISTS (SELECT 1 FROM collectivite c WHERE c.siren = t.siren)
         ORDER BY type, siren
         ON CONFLICT (siren) DO NOTHING",
    )
    .execute(conn)
    .await
}

/// Le périmètre d'une commune ou d'un EPCI. Une appartenance déjà connue, même close, ne bouge pas.
async fn insert_perimetres(conn: &mut PgConnection) -> sqlx::Result<PgQueryResult> {
    sqlx::query(
        "INSERT INTO collectivite_commune (collectivite_id, code_insee)
         SELECT c.id, m.code_insee
         FROM commune m JOIN collectivite c ON (c.type = 'commune' AND c.siren = m.siren)
                                            OR (c.type = 'epci' AND c.siren = m.epci_siren)
         WHERE NOT EXISTS (SELECT 1 FROM collectivite_commune cc
                           WHERE cc.collectivite_id = c.id AND cc.code_insee = m.code_insee)
         ON CONFLICT DO NOTHING",
    )
    .execute(conn)
    .await
}

async fn upsert_natures(conn: &mut PgConnection, lignes: &[Nature]) -> sqlx::Result<PgQueryResult> {
    sqlx::query(
        "INSERT INTO nature (id, libelle) SELECT * FROM unnest($1::smallint[], $2::text[])
         ON CONFLICT (id) DO UPDATE SET libelle = excluded.libelle",
    )
    .bind(colonne(lignes, |l| l.id))
    .bind(colonne(lignes, |l| l.libelle.clone()))
    .execute(conn)
    .await
}

async fn upsert_categories(conn: &mut PgConnection, lignes: &[Categorie]) -> sqlx::Result<PgQueryResult> {
    sqlx::query(
        "INSERT INTO categorie (id, code, libelle) SELECT * FROM unnest($1::smallint[], $2::text[], $3::text[])
         ON CONFLICT (id) DO UPDATE SET code = excluded.code, libelle = excluded.libelle",
    )
    .bind(colonne(lignes, |l| l.id))
    .bind(colonne(lignes, |l| l.code.clone()))
    .bind(colonne(lignes, |l| l.libelle.clone()))
    .execute(conn)
    .await
}

/// Une année qu'un administrateur a saisie reste comme il l'a saisie.
async fn upsert_baremes(conn: &mut PgConnection, lignes: &[Bareme]) -> sqlx::Result<PgQueryResult> {
    sqlx::query(
        "INSERT INTO bareme (annee, categorie_id, plancher, plafond, source)
         SELECT * FROM unnest($1::smallint[], $2::smallint[], $3::integer[], $4::integer[], $5::text[])
         ON CONFLICT (annee, categorie_id) DO UPDATE SET plancher = excluded.plancher, plafond = excluded.plafond, source = excluded.source
         WHERE bareme.saisi_par IS NULL",
    )
    .bind(colonne(lignes, |l| l.annee))
    .bind(colonne(lignes, |l| l.categorie_id))
    .bind(colonne(lignes, |l| l.plancher))
    .bind(colonne(lignes, |l| l.plafond))
    .bind(colonne(lignes, |l| l.statut.clone()))
    .execute(conn)
    .await
}

/// Celles que quelqu'un a chargées, saisies ou remplacées restent comme il les a voulues : seules changent celles que personne n'a touchées.
async fn upsert_deliberations(conn: &mut PgConnection, lignes: &[Deliberation]) -> sqlx::Result<PgQueryResult> {
    sqlx::query(
        "WITH lues AS (
             SELECT siren, collectivite, jour, annee, debut, fin, departementale, nuit, mois,
                 (SELECT string_agg(code, ' ' ORDER BY code) FROM string_to_table(communes, '|') AS code) AS communes
             FROM unnest($1::text[], $2::text[], $3::date[], $4::smallint[], $5::text[], $6::text[],
                         $7::boolean[], $8::integer[], $9::integer[], $10::text[])
                 AS t (siren, collectivite, jour, annee, debut, fin, departementale, nuit, mois, communes)),
         corrigees AS (
             UPDATE deliberation d SET collectivite = l.collectivite, date_deliberation = l.jour, fin = l.fin, taxe_departementale = l.departementale,
                 communes = l.communes, loyer_minimum_nuit = l.nuit, loyer_minimum_mois = l.mois
             FROM lues l WHERE d.siren = l.siren AND d.annee = l.annee AND d.debut = l.debut AND d.etat = 'en_vigueur' AND d.modifie_par IS NULL)
         INSERT INTO deliberation (siren, collectivite, date_deliberation, annee, debut, fin,
                                   taxe_departementale, loyer_minimum_nuit, loyer_minimum_mois, communes, source)
         SELECT siren, collectivite, jour, annee, debut, fin, departementale, nuit, mois, communes, 'reference' FROM lues l
         WHERE NOT EXISTS (SELECT 1 FROM deliberation d WHERE d.siren = l.siren AND d.annee = l.annee AND d.debut = l.debut
                           AND d.etat IN ('en_vigueur', 'remplacee'))",
    )
    .bind(colonne(lignes, |l| l.siren.clone()))
    .bind(colonne(lignes, |l| l.collectivite.clone()))
    .bind(colonne(lignes, |l| l.date_deliberation))
    .bind(colonne(lignes, |l| l.annee))
    .bind(colonne(lignes, |l| l.debut.clone()))
    .bind(colonne(lignes, |l| l.fin.clone()))
    .bind(colonne(lignes, |l| l.taxe_departementale == "oui"))
    .bind(colonne(lignes, |l| l.loyer_minimum_nuit))
    .bind(colonne(lignes, |l| l.loyer_minimum_mois))
    .bind(colonne(lignes, |l| l.communes.clone()))
    .execute(conn)
    .await
}

/// Les tarifs sont sur la ligne de leur délibération : un déclencheur en déduit ceux de chaque catégorie.
async fn upsert_tarifs(conn: &mut PgConnection, lignes: &[Tarif]) -> sqlx::Result<PgQueryResult> {
    sqlx::query(
        "WITH grilles AS (
             SELECT siren, annee, debut, min(valeur) FILTER (WHERE categorie_id = 1) AS t1, min(valeur) FILTER (WHERE categorie_id = 2) AS t2,
                 min(valeur) FILTER (WHERE categorie_id = 3) AS t3, min(valeur) FILTER (WHERE categorie_id = 4) AS t4,
                 min(valeur) FILTER (WHERE categorie_id = 5) AS t5, min(valeur) FILTER (WHERE categorie_id = 6) AS t6,
                 min(valeur) FILTER (WHERE categorie_id = 7) AS t7, min(valeur) FILTER (WHERE categorie_id = 8) AS t8,
                 min(valeur) FILTER (WHERE categorie_id = 9) AS t9
             FROM unnest($1::text[], $2::smallint[], $3::text[], $4::smallint[], $5::integer[]) AS t (siren, annee, debut, categorie_id, valeur)
             GROUP BY siren, annee, debut)
         UPDATE deliberation d SET tarif_1 = g.t1, tarif_2 = g.t2, tarif_3 = g.t3, tarif_4 = g.t4, tarif_5 = g.t5,
             tarif_6 = g.t6, tarif_7 = g.t7, tarif_8 = g.t8, tarif_9 = g.t9
         FROM grilles g WHERE d.siren = g.siren AND d.annee = g.annee AND d.debut = g.debut AND d.etat = 'en_vigueur' AND d.modifie_par IS NULL",
    )
    .bind(colonne(lignes, |l| l.siren.clone()))
    .bind(colonne(lignes, |l| l.annee))
    .bind(colonne(lignes, |l| l.debut.clone()))
    .bind(colonne(lignes, |l| l.categorie_id))
    .bind(colonne(lignes, |l| l.valeur))
    .execute(conn)
    .await
}

async fn upsert_plateformes(conn: &mut PgConnection, lignes: &[Plateforme]) -> sqlx::Result<PgQueryResult> {
    sqlx::query(
        "INSERT INTO plateforme (code, nom) SELECT * FROM unnest($1::text[], $2::text[])
         ON CONFLICT (code) DO UPDATE SET nom = excluded.nom",
    )
    .bind(colonne(lignes, |l| l.code.clone()))
    .bind(colonne(lignes, |l| l.nom.clone()))
    .execute(conn)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn chaque_commune_a_une_seule_deliberation() {
        let communes: Vec<Commune> = fichier!("communes.csv").expect("fichier livré");
        let deliberations: Vec<Deliberation> = fichier!("deliberations.csv").expect("fichier livré");
        let mut vues = BTreeSet::new();
        for code in deliberations.iter().flat_map(|d| d.communes.split('|')) {
            assert!(vues.insert(code.to_owned()), "{code} deux fois");
        }
        assert_eq!(vues, communes.into_iter().map(|c| c.code_insee).collect());
    }

    #[test]
    fn les_tarifs_de_2026_respectent_le_bareme() {
        let baremes: Vec<Bareme> = fichier!("bareme.csv").expect("fichier livré");
        let tarifs: Vec<Tarif> = fichier!("tarifs.csv").expect("fichier livré");
        assert_eq!(tarifs.len(), 12 * 9);
        for tarif in &tarifs {
            let limites = baremes.iter().find(|b| (b.annee, b.categorie_id) == (tarif.annee, tarif.categorie_id));
            let limites = limites.expect("le barème couvre l’année");
            assert!((limites.plancher..=limites.plafond).contains(&tarif.valeur), "{} {}", tarif.siren, tarif.categorie_id);
        }
    }
}
