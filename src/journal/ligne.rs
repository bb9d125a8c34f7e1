//! A line of the journal as it is read: what happened, and the names that its numbers stand for.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgPool;

use crate::listing::Reader;
use crate::platform::db::Db;

/// Name of the list of the journal, and its title.
pub const LIST: (&str, &str) = ("journal", "Journal");

/// The kinds of object that the journal tells of, as stored and as read.
pub const OBJETS: &[(&str, &str, &str)] = &[
    ("séjour", "Séjour", ""),
    ("logement", "Logement", ""),
    ("hébergeur", "Hébergeur", ""),
    ("délibération", "Délibération", ""),
    ("barème légal", "Barème légal", ""),
    ("campagne", "Campagne", ""),
    ("échéance", "Échéance", ""),
    ("déclaration", "Déclaration", ""),
    ("paiement", "Paiement", ""),
    ("action", "Action sur plusieurs lignes", ""),
    ("import", "Import", ""),
    ("profil de lecture", "Profil de lecture", ""),
    ("dossier surveillé", "Dossier surveillé", ""),
    ("export", "Export", ""),
    ("export programmé", "Export programmé", ""),
    ("vue", "Vue", ""),
    ("motif", "Motif", ""),
    ("utilisateur", "Compte", ""),
    ("jeton", "Jeton", ""),
    ("connexion", "Connexion", ""),
    ("session", "Session", ""),
    ("mot de passe", "Mot de passe", ""),
    ("second facteur", "Second facteur", ""),
    ("identité", "Identité", ""),
    ("collectivité", "Collectivité", ""),
    ("textes", "Mentions et données personnelles", ""),
    ("travail", "Travail", ""),
    ("file", "File d’attente", ""),
    ("grandes lectures", "Grandes lectures", ""),
    ("échecs", "Travaux en échec", ""),
    ("planification", "Planification", ""),
    ("accès", "Page", ""),
    ("appel", "Appel d’un programme", ""),
    ("lettre", "Lettre", ""),
    ("modèle", "Modèle de lettre", ""),
    ("envoi de lettres", "Envoi de lettres", ""),
];

/// The name of the object of a line `b`, NULL when it has none or is gone. A host is called by its number:
/// its name is not everybody's to read.
macro_rules! name_sql {
    () => {
        "CASE WHEN b.objet_id !~ '^[0-9]{1,18}$' THEN CASE b.objet WHEN 'file' THEN b.objet_id END ELSE CASE b.objet \
         WHEN 'séjour' THEN (SELECT s.reference || ' (' || c.nom || ')' FROM sejour s JOIN commune c ON c.code_insee = s.code_insee WHERE s.id = b.objet_id::bigint) \
         WHEN 'logement' THEN (SELECT l.nom || ' (' || c.nom || ')' FROM logement l JOIN commune c ON c.code_insee = l.code_insee WHERE l.id = b.objet_id::bigint) \
         WHEN 'hébergeur' THEN (SELECT h.numero FROM hebergeur h WHERE h.id = b.objet_id::bigint) \
         WHEN 'délibération' THEN (SELECT d.collectivite || ' (' || to_char(d.date_deliberation, 'DD/MM/YYYY') || ')' FROM deliberation d WHERE d.id = b.objet_id::bigint) \
         WHEN 'barème légal' THEN b.objet_id \
         WHEN 'campagne' THEN (SELECT g.nom::text FROM campagne g WHERE g.id = b.objet_id::bigint) \
         WHEN 'échéance' THEN (SELECT e.nom::text FROM echeance e WHERE e.id = b.objet_id::bigint) \
         WHEN 'déclaration' THEN (SELECT d.numero FROM declaration d WHERE d.id = b.objet_id::bigint) \
         WHEN 'paiement' THEN (SELECT p.quittance FROM paiement p WHERE p.id = b.objet_id::bigint) \
         WHEN 'utilisateur' THEN (SELECT u.nom FROM utilisateur u WHERE u.id = b.objet_id::bigint) \
         WHEN 'collectivité' THEN (SELECT c.nom::text FROM collectivite c WHERE c.id = b.objet_id::bigint) \
         WHEN 'vue' THEN (SELECT v.nom::text FROM vue v WHERE v.id = b.objet_id::bigint) \
         WHEN 'export' THEN (SELECT e.liste FROM export e WHERE e.id = b.objet_id::bigint) \
         WHEN 'export programmé' THEN (SELECT p.vue_nom FROM export_programme p WHERE p.id = b.objet_id::bigint) \
         WHEN 'action' THEN (SELECT a.libelle FROM action a WHERE a.id = b.objet_id::bigint) \
         WHEN 'import' THEN (SELECT i.nom FROM import i WHERE i.id = b.objet_id::bigint) \
         WHEN 'profil de lecture' THEN (SELECT p.nom::text FROM import_profil p WHERE p.id = b.objet_id::bigint) \
         WHEN 'travail' THEN (SELECT j.title FROM job j WHERE j.id = b.objet_id::bigint) \
         WHEN 'planification' THEN (SELECT p.titre FROM planification p WHERE p.id = b.objet_id::bigint) \
         WHEN 'textes' THEN (SELECT c.nom::text FROM collectivite c WHERE c.id = b.objet_id::bigint) \
         WHEN 'jeton' THEN (SELECT j.nom::text FROM jeton_api j WHERE j.id = b.objet_id::bigint) \
         WHEN 'lettre' THEN (SELECT l.reference FROM lettre l WHERE l.id = b.objet_id::bigint) \
         WHEN 'modèle' THEN (SELECT m.nom::text FROM lettre_modele m WHERE m.id = b.objet_id::bigint) \
         WHEN 'envoi de lettres' THEN (SELECT e.modele FROM lettre_envoi e WHERE e.id = b.objet_id::bigint) \
         WHEN 'motif' THEN (SELECT m.libelle::text FROM motif m WHERE m.id = b.objet_id::bigint) END END"
    };
}

/// Where the object of a line `b` is looked at, without its first `/`; NULL when it has no page.
macro_rules! link_sql {
    () => {
        "CASE WHEN b.objet_id ~ '^[0-9]{1,18}$' THEN CASE b.objet WHEN 'séjour' THEN 'sejours/' || b.objet_id WHEN 'logement' THEN 'logements/' || b.objet_id \
         WHEN 'hébergeur' THEN 'hebergeurs/' || b.objet_id WHEN 'délibération' THEN 'deliberations/' || b.objet_id WHEN 'barème légal' THEN 'bareme' WHEN 'utilisateur' THEN 'utilisateurs/' || b.objet_id \
         WHEN 'export' THEN 'exports/' || b.objet_id WHEN 'action' THEN CASE WHEN NOT b.detail ? 'ailleurs' THEN 'actions/' || b.objet_id END WHEN 'travail' THEN 'travaux/' || b.objet_id \
         WHEN 'campagne' THEN 'campagnes/' || b.objet_id WHEN 'échéance' THEN 'echeances/' || b.objet_id WHEN 'déclaration' THEN 'declarations/' || b.objet_id WHEN 'paiement' THEN 'paiements/' || b.objet_id \
         WHEN 'import' THEN 'imports/' || b.objet_id \
         WHEN 'lettre' THEN 'lettres/' || b.objet_id WHEN 'modèle' THEN 'modeles/' || b.objet_id WHEN 'envoi de lettres' THEN 'envois/' || b.objet_id \
         WHEN 'profil de lecture' THEN (SELECT 'profils/' || p.id FROM import_profil p WHERE p.id = b.objet_id::bigint AND p.collectivite_id IS NOT NULL) \
         WHEN 'textes' THEN 'textes/' || b.objet_id WHEN 'motif' THEN 'motifs' WHEN 'jeton' THEN 'jetons/' || b.objet_id \
         WHEN 'vue' THEN (SELECT 'vues/' || v.id FROM vue v WHERE v.id = b.objet_id::bigint AND v.collectivite_id IS NOT NULL AND v.supprime_le IS NULL) END END"
    };
}

/// The detail of a line `b`, with the names of what it holds as numbers.
macro_rules! detail_sql {
    () => {
        "b.detail || jsonb_strip_nulls(jsonb_build_object('noms', jsonb_build_object(\
         'nature', CASE WHEN b.objet = 'logement' AND b.detail ? 'nature' THEN (SELECT jsonb_object_agg(n.id, n.libelle) FROM nature n) END, \
         'collectivite', CASE WHEN b.objet IN ('vue', 'utilisateur', 'jeton') THEN (SELECT jsonb_object_agg(c.id, c.nom) FROM collectivite c) END)))"
    };
}

/// One text that says what the object of a line `b` is: its kind, then its name (see [`super::mots::object`]).
pub const OBJECT_SQL: &str = concat!("b.objet || chr(31) || coalesce((", name_sql!(), "), '')");
/// Where that object is looked at.
pub const LINK_SQL: &str = link_sql!();
/// One text that says what happened in a line `b` (see [`super::mots::told`]).
pub const TOLD_SQL: &str = concat!("jsonb_build_object('action', b.action, 'objet', b.objet, 'detail', ", detail_sql!(), ")");

/// A line as read from the base.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Line {
    /// Its number.
    pub id: i64,
    /// When.
    pub moment: DateTime<Utc>,
    /// Who, by the name they had.
    pub acteur: String,
    /// Their account, when they have one.
    pub acteur_id: Option<i64>,
    /// What kind of thing was done.
    pub action: String,
    /// To what kind of object.
    pub objet: String,
    /// The name of that object today.
    pub nom: Option<String>,
    /// Where it is looked at, without the first `/`.
    pub lien: Option<String>,
    /// What was done, with the names of what it holds as numbers.
    pub detail: Value,
    /// From which address.
    pub adresse: Option<String>,
    /// In which request.
    pub requete_id: String,
}

/// What [`Line`] is read from, over the journal `b`.
const LINE_SQL: &str = concat!(
    "SELECT b.id, b.moment, b.acteur, b.acteur_id, b.action, b.objet, (",
    name_sql!(),
    ") AS nom, (",
    link_sql!(),
    ") AS lien, ",
    detail_sql!(),
    " AS detail, host(b.adresse_ip) AS adresse, b.requete_id FROM journal b WHERE "
);

/// Line `id`, when it tells of what people of `collectivites` did.
pub async fn line(pool: &PgPool, id: i64, collectivites: &[i32]) -> Result<Option<Line>, sqlx::Error> {
    let sql = format!("{LINE_SQL} b.id = $1 AND b.collectivite_id = ANY($2)");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).bind(collectivites).fetch_optional(pool).await
}

/// What happened to one object, the last first: what its file page shows. The caller has checked that
/// the reader may see the object; who did it and what is told with [`super::phrase`].
pub async fn history(pool: &PgPool, object: &str, object_id: &str, most: i64) -> Result<Vec<Line>, sqlx::Error> {
    let sql = format!("{LINE_SQL} b.objet = $1 AND b.objet_id = $2 ORDER BY b.moment DESC, b.id DESC LIMIT $3");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(object).bind(object_id).bind(most).fetch_all(pool).await
}

/// What `reader` did lately, the last first: what they created, changed and took away, as far as it speaks of places that
/// are still theirs.
pub async fn own(db: &Db, reader: &Reader, most: usize) -> Result<Vec<Line>, sqlx::Error> {
    let sql = format!(
        "{LINE_SQL} b.acteur_id = $1 AND b.collectivite_id = ANY($2) AND b.action IN ('creation', 'modification', 'export', 'telechargement')
         ORDER BY b.moment DESC, b.id DESC LIMIT $3"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(reader.user_id)
        .bind(reader.all_collectivites())
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(db.statement())
        .await
}
