//! Comptes de démonstration, un par point de vue sur l'application.

use super::DemoError;
use sqlx::PgConnection;

/// SIREN fictif de l'agence de démonstration.
const AGENCE: &str = "999000018";

/// (courriel, nom, rôle, SIREN de la collectivité).
const COMPTES: [(&str, &str, &str, &str); 5] = [
    ("agent.gosier@demo.gardel", "Marlène Fessin", "agent", "219711132"),
    ("admin.riviera@demo.gardel", "Josiane Mirval", "administrateur", "200041507"),
    ("admin.archipel@demo.gardel", "Thierry Coriolan", "administrateur", AGENCE),
    ("agent.basseterre@demo.gardel", "Cédric Montout", "agent", "249710070"),
    ("exploitant@demo.gardel", "Nadège Kancel", "exploitant", AGENCE),
];

/// Un compte de démonstration, tel que la base le connaît.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Compte {
    /// Identifiant de connexion.
    pub courriel: String,
    /// Nom de la personne inventée.
    pub nom: String,
    /// `agent`, `administrateur` ou `exploitant`.
    pub role: String,
    /// Nom de la collectivité.
    pub collectivite: String,
}

/// Crée les comptes qui manquent, l'agence et leurs rattachements ; donne à tous le mot de passe dont
/// `empreinte` est l'empreinte argon2id (PHC). Un compte existant garde son nom, son rôle et son état.
/// Les données de référence sont déjà chargées ; l'appelant ouvre la transaction.
///
/// # Errors
/// [`DemoError::CollectiviteAbsente`] si une commune ou un EPCI manque ; sinon les erreurs de la base.
pub async fn creer(conn: &mut PgConnection, empreinte: &str) -> Result<Vec<Compte>, DemoError> {
    insert_agence(conn).await?;
    lettres(conn).await?;
    for (courriel, nom, role, siren) in COMPTES {
        upsert_utilisateur(conn, courriel, nom, role, empreinte).await?;
        if !rattacher(conn, courriel, siren).await? {
            return Err(DemoError::CollectiviteAbsente(siren));
        }
    }
    Ok(liste(conn).await?)
}

/// Courriels des comptes de démonstration qui peuvent se connecter à cette base : leur mot de passe est public.
///
/// # Errors
/// PostgreSQL a refusé.
pub async fn ouverts(pool: &sqlx::PgPool) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar("SELECT courriel FROM utilisateur WHERE courriel = ANY($1) AND actif ORDER BY courriel")
        .bind(COMPTES.map(|(courriel, ..)| courriel).as_slice())
        .fetch_all(pool)
        .await
}

/// Qui écrit les lettres de chaque collectivité, et un modèle à elle.
async fn lettres(conn: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO lettre_expediteur (collectivite_id, service, adresse, code_postal, ville, telephone, qualite, signataire)
         SELECT id, 'Taxe de séjour', '1 rue de la Démonstration', '97190', 'Le Gosier', '05 90 00 00 00',
             CASE type WHEN 'commune' THEN 'Le maire' ELSE 'Le président' END, 'Jean EXEMPLE'
         FROM collectivite ON CONFLICT DO NOTHING",
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO lettre_modele (collectivite_id, nom, genre, objet, corps, par_courriel)
         SELECT id, 'Relance de fin d’année', 'relance', 'votre déclaration de taxe de séjour – {{ saisie.periode }}', $1, true FROM collectivite
         ON CONFLICT DO NOTHING",
    )
    .bind(RELANCE)
    .execute(conn)
    .await
    .map(drop)
}

/// Le texte de ce modèle.
const RELANCE: &str = "Madame, Monsieur,

La haute saison commence\u{202f}: pensez à déclarer la taxe de séjour de la période {{ saisie.periode }} avant le {{ saisie.echeance }}.

# Vos hébergements
| Hébergement | Commune | Capacité |
|---|---|---:|
{% for logement in logements %}
| {{ logement.nom }} | {{ logement.commune }} | {{ logement.capacite }} |
{% endfor %}

Nous vous remercions de votre concours.

> {{ expediteur.qualite }},
>
>
> {{ expediteur.signataire }}
";

async fn insert_agence(conn: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO collectivite (siren, nom, type)
         SELECT $1, 'Agence territoriale de démonstration', 'agence'
         WHERE NOT EXISTS (SELECT 1 FROM collectivite WHERE siren = $1)",
    )
    .bind(AGENCE)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO collectivite_commune (collectivite_id, code_insee)
         SELECT c.id, m.code_insee FROM collectivite c, commune m
         WHERE c.siren = $1 AND m.code_insee LIKE '971%'
           AND NOT EXISTS (SELECT 1 FROM collectivite_commune cc
                           WHERE cc.collectivite_id = c.id AND cc.code_insee = m.code_insee)",
    )
    .bind(AGENCE)
    .execute(conn)
    .await
    .map(drop)
}

async fn upsert_utilisateur(conn: &mut PgConnection, courriel: &str, nom: &str, role: &str, empreinte: &str) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO utilisateur (courriel, nom, role, mot_de_passe) VALUES ($1, $2, $3, $4)
         ON CONFLICT (courriel) DO UPDATE SET mot_de_passe = excluded.mot_de_passe",
    )
    .bind(courriel)
    .bind(nom)
    .bind(role)
    .bind(empreinte)
    .execute(conn)
    .await
    .map(drop)
}

/// Rattache le compte à la collectivité ; rend faux si elle n'existe pas.
async fn rattacher(conn: &mut PgConnection, courriel: &str, siren: &str) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "WITH cible AS (
             SELECT u.id AS utilisateur_id, c.id AS collectivite_id
             FROM utilisateur u, collectivite c WHERE u.courriel = $1 AND c.siren = $2
         ), ajout AS (
             INSERT INTO utilisateur_collectivite (utilisateur_id, collectivite_id)
             SELECT utilisateur_id, collectivite_id FROM cible ON CONFLICT DO NOTHING
         )
         SELECT EXISTS (SELECT 1 FROM cible)",
    )
    .bind(courriel)
    .bind(siren)
    .fetch_one(conn)
    .await
}

async fn liste(conn: &mut PgConnection) -> sqlx::Result<Vec<Compte>> {
    let (courriels, sirens): (Vec<_>, Vec<_>) = COMPTES.iter().map(|(courriel, _, _, siren)| ((*courriel).to_owned(), (*siren).to_owned())).unzip();
    sqlx::query_as(
        "SELECT u.courriel, u.nom, u.role, c.nom AS collectivite
         FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS t (courriel, siren, rang)
         JOIN utilisateur u USING (courriel) JOIN collectivite c USING (siren)
         ORDER BY t.rang",
    )
    .bind(courriels)
    .bind(sirens)
    .fetch_all(conn)
    .await
}
