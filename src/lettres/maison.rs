//! The sources of the room itself: the host and their lodgings, who writes, the delays that the law gives.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::sources::{Demande, Lecture, Liste, Source, Valeur, Valeurs, Variable};
use crate::ui::format;

const fn v(nom: &'static str, libelle: &'static str, exemple: &'static str) -> Variable {
    Variable { nom, libelle, exemple }
}

/// Lodgings of one letter at most.
const LOGEMENTS_MAX: i64 = 200;

/// The host, and what they let.
pub static HEBERGEUR: Source = Source {
    variables: &[
        v("hebergeur.nom", "Nom ou raison sociale", "Mme Aline EXEMPLE"),
        v("hebergeur.numero", "Numéro de l’hébergeur", "H000123"),
        v("hebergeur.type", "Type d’hébergeur", "particulier"),
        v("hebergeur.siret", "SIRET", "130 025 265 00013"),
        v("hebergeur.adresse", "Adresse de l’hébergeur", "12 rue des Flamboyants"),
        v("hebergeur.code_postal", "Code postal de l’hébergeur", "97190"),
        v("hebergeur.ville", "Ville de l’hébergeur", "Le Gosier"),
        v("hebergeur.courriel", "Courriel de l’hébergeur", "aline@exemple.gp"),
        v("hebergeur.telephone", "Téléphone de l’hébergeur", "0690 12 34 56"),
    ],
    listes: &[Liste {
        nom: "logements",
        libelle: "Ses logements en location dans vos communes",
        champs: &[
            v("nom", "Nom du logement", "Villa Alizés"),
            v("adresse", "Adresse du logement", "3 impasse des Alizés"),
            v("commune", "Commune du logement", "Le Gosier"),
            v("nature", "Nature du logement", "Meublé de tourisme"),
            v("categorie", "Catégorie du logement", "3 étoiles"),
            v("capacite", "Capacité du logement, en personnes", "4"),
            v("numero", "N° d’enregistrement du logement", "97113000123AB"),
        ],
    }],
    lecture: &OfHebergeur,
};

/// Who writes.
pub static EXPEDITEUR: Source = Source {
    variables: &[
        v("expediteur.nom", "Collectivité qui écrit", "Commune du Gosier"),
        v("expediteur.service", "Service qui écrit", "Taxe de séjour"),
        v("expediteur.ville", "Ville d’où part la lettre", "Le Gosier"),
        v("expediteur.telephone", "Téléphone du service", "0590 00 00 00"),
        v("expediteur.courriel", "Courriel du service", "taxe@exemple.gp"),
        v("expediteur.signataire", "Nom du signataire", "Jean EXEMPLE"),
        v("expediteur.qualite", "Qualité du signataire", "Le maire"),
        v("lettre.date", "Date de la lettre", "30 novembre 2026"),
    ],
    listes: &[],
    lecture: &OfExpediteur,
};

/// What the law gives as time to answer.
pub static DELAIS: Source = Source {
    variables: &[
        v("delai.mise_en_demeure", "Délai après une mise en demeure (CGCT, art. L2333-38)", "30 jours"),
        v("delai.observations", "Délai pour présenter des observations (CGCT, art. R2333-48)", "30 jours"),
    ],
    listes: &[],
    lecture: &OfDelais,
};

/// Every source of the room.
pub static SOURCES: &[&Source] = &[&HEBERGEUR, &EXPEDITEUR, &DELAIS];

struct OfHebergeur;
struct OfExpediteur;
struct OfDelais;

#[derive(sqlx::FromRow)]
struct Hote {
    id: i64,
    nom: String,
    numero: String,
    r#type: String,
    siret: Option<String>,
    adresse: String,
    code_postal: String,
    ville: String,
    courriel: Option<String>,
    telephone: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Logement {
    hebergeur_id: i64,
    nom: String,
    adresse: String,
    commune: String,
    nature: String,
    categorie: String,
    capacite: i32,
    numero: Option<String>,
}

#[rocket::async_trait]
impl Lecture for OfHebergeur {
    async fn lit(&self, connection: &mut PgConnection, demande: &Demande<'_>) -> Result<BTreeMap<i64, Valeurs>, sqlx::Error> {
        let hosts: Vec<Hote> = sqlx::query_as(
            "SELECT h.id, h.nom, h.numero, h.type, h.siret, h.adresse, h.code_postal, h.ville, h.courriel, h.telephone FROM hebergeur h
             WHERE h.id = ANY($1) AND EXISTS (SELECT 1 FROM hebergeur_commune hc WHERE hc.hebergeur_id = h.id AND hc.code_insee = ANY($2))",
        )
        .bind(demande.hebergeurs)
        .bind(demande.communes)
        .fetch_all(&mut *connection)
        .await?;
        let lodgings: Vec<Logement> = sqlx::query_as(
            "SELECT x.* FROM unnest($1::bigint[]) h (id) CROSS JOIN LATERAL (
                 SELECT l.hebergeur_id, l.nom, l.adresse, c.nom AS commune, n.libelle AS nature, k.libelle AS categorie, l.capacite, l.numero_enregistrement AS numero
                 FROM logement l JOIN commune c ON c.code_insee = l.code_insee JOIN nature n ON n.id = l.nature_id JOIN categorie k ON k.id = l.categorie_id
                 WHERE l.hebergeur_id = h.id AND l.actif AND l.code_insee = ANY($2)
                   AND EXISTS (SELECT 1 FROM collectivite_commune cc WHERE cc.collectivite_id = $3 AND cc.code_insee = l.code_insee
                               AND $4::date BETWEEN cc.depuis AND coalesce(cc.jusqu_au, 'infinity'))
                 ORDER BY l.nom, l.id LIMIT $5) x",
        )
        .bind(demande.hebergeurs)
        .bind(demande.communes)
        .bind(demande.collectivite)
        .bind(demande.jour)
        .bind(LOGEMENTS_MAX)
        .fetch_all(connection)
        .await?;
        let mut rows: BTreeMap<i64, Vec<BTreeMap<&'static str, String>>> = BTreeMap::new();
        for one in lodgings {
            let mut row = BTreeMap::from([
                ("nom", one.nom),
                ("adresse", one.adresse),
                ("commune", one.commune),
                ("nature", one.nature),
                ("categorie", one.categorie),
                ("capacite", one.capacite.to_string()),
            ]);
            row.retain(|_, text| !text.trim().is_empty());
            row.extend(one.numero.map(|numero| ("numero", numero)));
            rows.entry(one.hebergeur_id).or_default().push(row);
        }
        let values = |host: Hote| {
            let mut values = Valeurs::from([
                ("hebergeur.nom", Valeur::Texte(host.nom)),
                ("hebergeur.numero", Valeur::Texte(host.numero)),
                ("hebergeur.type", Valeur::Texte(host.r#type)),
                ("hebergeur.adresse", Valeur::Texte(host.adresse)),
                ("hebergeur.code_postal", Valeur::Texte(host.code_postal)),
                ("hebergeur.ville", Valeur::Texte(host.ville)),
                ("logements", Valeur::Liste(rows.remove(&host.id).unwrap_or_default())),
            ]);
            let given = [("hebergeur.siret", host.siret), ("hebergeur.courriel", host.courriel), ("hebergeur.telephone", host.telephone)];
            values.extend(given.into_iter().filter_map(|(nom, text)| Some((nom, Valeur::Texte(text?)))));
            (host.id, values)
        };
        Ok(hosts.into_iter().map(values).collect())
    }
}

/// Who writes, as their letters show them.
#[derive(Clone, Debug, Default, sqlx::FromRow)]
pub struct Expediteur {
    /// The collectivité.
    pub nom: String,
    /// Its service.
    pub service: String,
    /// Number and street.
    pub adresse: String,
    /// Five digits.
    pub code_postal: String,
    /// Where it is.
    pub ville: String,
    /// How to call it.
    pub telephone: String,
    /// Where to write to it.
    pub courriel: String,
    /// Who signs.
    pub signataire: String,
    /// As what.
    pub qualite: String,
    /// At which version it was read.
    pub version: i32,
}

impl Expediteur {
    /// Whether it says enough for a letter to leave.
    pub fn complet(&self) -> bool {
        [&self.adresse, &self.code_postal, &self.ville, &self.qualite].iter().all(|text| !text.trim().is_empty())
    }

    /// What stands above a letter.
    pub fn entete(&self) -> Vec<String> {
        let known = |label: &str, text: &String| if text.is_empty() { String::new() } else { format!("{label}{text}") };
        let place = format!("{} {}", self.code_postal, self.ville);
        let all =
            [self.nom.clone(), self.service.clone(), self.adresse.clone(), place, known("Tél.\u{a0}: ", &self.telephone), self.courriel.clone()];
        all.into_iter().filter(|text| !text.trim().is_empty()).collect()
    }
}

/// Who writes for a collectivité; what nobody has said is empty.
pub async fn expediteur(connection: &mut PgConnection, collectivite: i32) -> Result<Option<Expediteur>, sqlx::Error> {
    sqlx::query_as(
        "SELECT c.nom::text, coalesce(e.service, '') AS service, coalesce(e.adresse, '') AS adresse, coalesce(e.code_postal, '') AS code_postal,
             coalesce(e.ville, '') AS ville, coalesce(e.telephone, '') AS telephone, coalesce(e.courriel, '') AS courriel,
             coalesce(e.signataire, '') AS signataire, coalesce(e.qualite, '') AS qualite, coalesce(e.version, 0) AS version
         FROM collectivite c LEFT JOIN lettre_expediteur e ON e.collectivite_id = c.id WHERE c.id = $1",
    )
    .bind(collectivite)
    .fetch_optional(connection)
    .await
}

#[rocket::async_trait]
impl Lecture for OfExpediteur {
    async fn lit(&self, connection: &mut PgConnection, demande: &Demande<'_>) -> Result<BTreeMap<i64, Valeurs>, sqlx::Error> {
        let sender = expediteur(connection, demande.collectivite).await?.unwrap_or_default();
        let values = || {
            Valeurs::from([
                ("expediteur.nom", Valeur::Texte(sender.nom.clone())),
                ("expediteur.service", Valeur::Texte(sender.service.clone())),
                ("expediteur.ville", Valeur::Texte(sender.ville.clone())),
                ("expediteur.telephone", Valeur::Texte(sender.telephone.clone())),
                ("expediteur.courriel", Valeur::Texte(sender.courriel.clone())),
                ("expediteur.signataire", Valeur::Texte(sender.signataire.clone())),
                ("expediteur.qualite", Valeur::Texte(sender.qualite.clone())),
                ("lettre.date", Valeur::Texte(format::date_long(demande.jour))),
            ])
        };
        Ok(demande.hebergeurs.iter().map(|id| (*id, values())).collect())
    }
}

#[rocket::async_trait]
impl Lecture for OfDelais {
    async fn lit(&self, connection: &mut PgConnection, demande: &Demande<'_>) -> Result<BTreeMap<i64, Valeurs>, sqlx::Error> {
        let known: Vec<(String, i16)> = sqlx::query_as("SELECT code, jours FROM lettre_delai WHERE $1 BETWEEN debut AND coalesce(fin, 'infinity')")
            .bind(demande.jour)
            .fetch_all(connection)
            .await?;
        let names = [("mise_en_demeure", "delai.mise_en_demeure"), ("observations", "delai.observations")];
        let one = |(code, nom): (&str, &'static str)| {
            let (_, jours) = known.iter().find(|(known, _)| known == code)?;
            Some((nom, format!("{jours} jours")))
        };
        let found: Vec<(&'static str, String)> = names.into_iter().filter_map(one).collect();
        let values = || found.iter().map(|(nom, text)| (*nom, Valeur::Texte(text.clone()))).collect::<Valeurs>();
        Ok(demande.hebergeurs.iter().map(|id| (*id, values())).collect())
    }
}
