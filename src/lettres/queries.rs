//! The SQL of the letters.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, PgConnection, PgExecutor};

use super::model::{AVANCE, DEMANDE, Envoi, Lettre, PRET, Volume};
use crate::listing::{Arg, Module, Reader, Statement};
use crate::platform::db::Db;
use crate::platform::error::Result as AppResult;
use crate::platform::states::Passage;

/// Letters that the page of a host shows.
const MONTREES: i64 = 20;

const ENVOI: &str = "SELECT e.id, e.collectivite_id, e.demandeur_id, u.nom AS demandeur, e.modele_id, e.modele_version, e.modele, e.genre, e.objet, e.corps,
         e.saisies, e.recommande, e.par_courriel, e.date_lettre, e.requete, e.filtres, e.etat, e.choisis, e.avancement, e.faites, e.ecartees, e.erreur,
         e.job_id, e.cree_le, e.demande_le, e.fini_le
     FROM lettre_envoi e JOIN utilisateur u ON u.id = e.demandeur_id";

/// A preparation that `reader` may see: of their collectivités; nobody else sees what somebody has not asked for yet.
pub async fn seen(executor: impl PgExecutor<'_>, reader: &Reader, id: i64) -> Result<Option<Envoi>, sqlx::Error> {
    let sql = format!("{ENVOI} WHERE e.id = $1 AND e.collectivite_id = ANY($2) AND (e.etat <> 'brouillon' OR e.demandeur_id = $3)");
    sqlx::query_as(AssertSqlSafe(sql)).bind(id).bind(reader.collectivites(Module::Taxe)).bind(reader.user_id).fetch_optional(executor).await
}

/// The same for the job that carries it out.
pub async fn envoi(executor: impl PgExecutor<'_>, id: i64) -> Result<Option<Envoi>, sqlx::Error> {
    sqlx::query_as(AssertSqlSafe(format!("{ENVOI} WHERE e.id = $1"))).bind(id).fetch_optional(executor).await
}

/// Begins a preparation; its key.
pub async fn insert(connection: &mut PgConnection, collectivite: i32, who: i64, (requete, filtres): (&str, &str)) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("INSERT INTO lettre_envoi (collectivite_id, demandeur_id, requete, filtres) VALUES ($1, $2, $3, $4) RETURNING id")
        .bind(collectivite)
        .bind(who)
        .bind(requete)
        .bind(filtres)
        .fetch_one(connection)
        .await
}

/// Puts the hosts of `keys` (`cle`, `rang`) aside for a preparation, in one statement; how many there are, `most` and one at most.
pub async fn choose(connection: &mut PgConnection, id: i64, mut keys: Statement, most: i64) -> AppResult<i64> {
    let own = keys.bind(Arg::Int(id));
    let limit = keys.bind(Arg::Int(most + 1));
    keys.sql = format!(
        "WITH mis AS (
             INSERT INTO lettre_destinataire (envoi_id, rang, hebergeur_id)
             SELECT {own}::bigint, row_number() OVER (ORDER BY k.rang) - 1, k.cle::bigint FROM ({}) k ORDER BY k.rang LIMIT {limit}::bigint RETURNING 1)
         SELECT count(*) FROM mis",
        keys.sql
    );
    let arguments = keys.arguments()?;
    let count: i64 = sqlx::query_scalar_with(AssertSqlSafe(keys.sql), arguments).fetch_one(&mut *connection).await?;
    sqlx::query("UPDATE lettre_envoi SET choisis = $2 WHERE id = $1").bind(id).bind(count).execute(connection).await?;
    Ok(count)
}

/// What a person asks of a preparation.
pub struct Voulu<'a> {
    pub collectivite: i32,
    pub modele_id: Option<i64>,
    pub modele_version: Option<i32>,
    pub modele: &'a str,
    pub genre: &'a str,
    pub objet: &'a str,
    pub corps: &'a str,
    pub saisies: &'a BTreeMap<String, String>,
    pub recommande: bool,
    pub par_courriel: bool,
    pub jour: NaiveDate,
}

/// Keeps what was asked of a preparation that nobody asked for yet; false when that was done meanwhile.
pub async fn keep(connection: &mut PgConnection, id: i64, voulu: &Voulu<'_>) -> Result<bool, sqlx::Error> {
    let kept = sqlx::query(
        "UPDATE lettre_envoi SET collectivite_id = $2, modele_id = $3, modele_version = $4, modele = $5, genre = $6, objet = $7, corps = $8, saisies = $9,
             recommande = $10, par_courriel = $11, date_lettre = $12 WHERE id = $1 AND etat = 'brouillon'",
    )
    .bind(id)
    .bind(voulu.collectivite)
    .bind(voulu.modele_id)
    .bind(voulu.modele_version)
    .bind(voulu.modele)
    .bind(voulu.genre)
    .bind(voulu.objet)
    .bind(voulu.corps)
    .bind(Json(voulu.saisies))
    .bind(voulu.recommande)
    .bind(voulu.par_courriel)
    .bind(voulu.jour)
    .execute(connection)
    .await?;
    Ok(kept.rows_affected() == 1)
}

/// Takes a preparation as asked for: true once only, however often it is.
pub async fn ask(connection: &mut PgConnection, id: i64) -> Result<bool, sqlx::Error> {
    let asked = sqlx::query("UPDATE lettre_envoi SET etat = $2, demande_le = now() WHERE id = $1 AND etat = ANY($3)")
        .bind(id)
        .bind(DEMANDE.to)
        .bind(DEMANDE.from)
        .execute(connection)
        .await?;
    Ok(asked.rows_affected() == 1)
}

/// Ties a preparation to its job.
pub async fn attach(connection: &mut PgConnection, id: i64, job: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE lettre_envoi SET job_id = $2 WHERE id = $1").bind(id).bind(job).execute(connection).await.map(drop)
}

/// The hosts of ranks `from` to `to`: rank and key.
pub async fn cibles(connection: &mut PgConnection, id: i64, (from, to): (i64, i64)) -> Result<Vec<(i64, i64)>, sqlx::Error> {
    sqlx::query_as("SELECT rang, hebergeur_id FROM lettre_destinataire WHERE envoi_id = $1 AND rang >= $2 AND rang < $3 ORDER BY rang")
        .bind(id)
        .bind(from)
        .bind(to)
        .fetch_all(connection)
        .await
}

/// A letter to be kept.
pub struct Nouvelle {
    pub rang: i64,
    pub hebergeur: i64,
    pub destinataire: String,
    pub courriel: Option<String>,
    pub contenu: crate::platform::pdf::Letter,
    pub octets: i64,
    pub sha256: String,
}

/// Keeps a letter of a preparation; its key.
pub async fn insert_letter(connection: &mut PgConnection, envoi: &Envoi, one: &Nouvelle) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO lettre (envoi_id, rang, collectivite_id, hebergeur_id, destinataire, reference, genre, objet, contenu, chemin, octets, sha256,
             date_lettre, recommande, courriel, courriel_etat, cree_par, modifie_par)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, CASE WHEN $15::text IS NOT NULL THEN 'en_attente' END, $16, $16) RETURNING id",
    )
    .bind(envoi.id)
    .bind(one.rang)
    .bind(envoi.collectivite_id)
    .bind(one.hebergeur)
    .bind(&one.destinataire)
    .bind(envoi.reference(one.rang))
    .bind(&envoi.genre)
    .bind(&one.contenu.subject)
    .bind(Json(&one.contenu))
    .bind(envoi.chemin(one.rang))
    .bind(one.octets)
    .bind(&one.sha256)
    .bind(envoi.date_lettre)
    .bind(envoi.recommande)
    .bind(&one.courriel)
    .bind(envoi.demandeur_id)
    .fetch_one(connection)
    .await
}

/// Says why hosts have no letter.
pub async fn set_aside(connection: &mut PgConnection, id: i64, ranks: &[i64], reasons: &[String]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE lettre_destinataire d SET motif = x.motif FROM unnest($2::bigint[], $3::text[]) x (rang, motif) WHERE d.envoi_id = $1 AND d.rang = x.rang",
    )
    .bind(id)
    .bind(ranks)
    .bind(reasons)
    .execute(connection)
    .await
    .map(drop)
}

/// Writes how far a preparation is, in the transaction of the lot; false when it went on otherwise.
pub async fn advance(connection: &mut PgConnection, id: i64, (from, to): (i64, i64), (made, aside): (i64, i64)) -> Result<bool, sqlx::Error> {
    let moved = sqlx::query(
        "UPDATE lettre_envoi SET etat = $6, avancement = $3, faites = faites + $4, ecartees = ecartees + $5, erreur = NULL
         WHERE id = $1 AND avancement = $2 AND etat = ANY($7)",
    )
    .bind(id)
    .bind(from)
    .bind(to)
    .bind(made)
    .bind(aside)
    .bind(AVANCE.to)
    .bind(AVANCE.from)
    .execute(connection)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Says that a preparation is done, or how it stopped; false when it had ended.
pub async fn end(connection: &mut PgConnection, id: i64, passage: &Passage, cause: Option<&str>) -> Result<bool, sqlx::Error> {
    let done =
        sqlx::query("UPDATE lettre_envoi SET etat = $2, erreur = $4, fini_le = CASE WHEN $2 = $5 THEN now() END WHERE id = $1 AND etat = ANY($3)")
            .bind(id)
            .bind(passage.to)
            .bind(passage.from)
            .bind(cause)
            .bind(PRET.to)
            .execute(connection)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// The letters that follow rank `after`, as they are printed: rank and content.
pub async fn to_print(
    executor: impl PgExecutor<'_>,
    id: i64,
    after: i64,
    most: i64,
) -> Result<Vec<(i64, Json<crate::platform::pdf::Letter>)>, sqlx::Error> {
    sqlx::query_as("SELECT rang, contenu FROM lettre WHERE envoi_id = $1 AND rang > $2 ORDER BY rang LIMIT $3")
        .bind(id)
        .bind(after)
        .bind(most)
        .fetch_all(executor)
        .await
}

/// Keeps a file to print.
pub async fn insert_volume(connection: &mut PgConnection, id: i64, volume: &Volume) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO lettre_volume (envoi_id, rang, premiere, derniere, lettres, chemin, octets, sha256) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id)
    .bind(volume.rang)
    .bind(volume.premiere)
    .bind(volume.derniere)
    .bind(volume.lettres)
    .bind(&volume.chemin)
    .bind(volume.octets)
    .bind(&volume.sha256)
    .execute(connection)
    .await
    .map(drop)
}

/// The files to print of a preparation.
pub async fn volumes(db: &Db, id: i64) -> Result<Vec<Volume>, sqlx::Error> {
    sqlx::query_as("SELECT rang, lettres, premiere, derniere, chemin, octets, sha256 FROM lettre_volume WHERE envoi_id = $1 ORDER BY rang")
        .bind(id)
        .fetch_all(db.statement())
        .await
}

/// The hosts who got no letter, and why: key, name, reason.
pub async fn without(db: &Db, id: i64, most: i64) -> Result<Vec<(i64, String, String)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT h.id, h.nom::text, d.motif FROM lettre_destinataire d JOIN hebergeur h ON h.id = d.hebergeur_id
         WHERE d.envoi_id = $1 AND d.motif IS NOT NULL ORDER BY d.rang LIMIT $2",
    )
    .bind(id)
    .bind(most)
    .fetch_all(db.statement())
    .await
}

/// A letter of the collectivités of `reader`.
pub async fn letter(executor: impl PgExecutor<'_>, reader: &Reader, id: i64) -> Result<Option<Lettre>, sqlx::Error> {
    sqlx::query_as(
        "SELECT l.id, l.envoi_id, l.collectivite_id, c.nom::text AS collectivite, l.hebergeur_id, l.destinataire::text, l.reference, l.genre, l.objet, l.contenu,
             l.chemin, l.octets, l.sha256, l.date_lettre, l.recommande, l.numero_lrar, l.imprimee_le, l.envoyee_le, l.distribuee_le, l.retournee_le,
             l.retour_motif, l.reponse_le, l.reponse, l.etat, l.courriel, l.courriel_etat, l.courriel_reponse, l.courriel_le,
             l.cree_le, u.nom AS auteur
         FROM lettre l JOIN collectivite c ON c.id = l.collectivite_id JOIN utilisateur u ON u.id = l.cree_par
         WHERE l.id = $1 AND l.collectivite_id = ANY($2)",
    )
    .bind(id)
    .bind(reader.collectivites(Module::Taxe))
    .fetch_optional(executor)
    .await
}

/// A letter as the page of its host shows it.
#[derive(sqlx::FromRow)]
pub struct Resume {
    pub id: i64,
    pub reference: String,
    pub genre: String,
    pub objet: String,
    pub date_lettre: NaiveDate,
    pub etat: String,
    pub numero_lrar: Option<String>,
    pub courriel_etat: Option<String>,
}

/// The last letters written to a host by the collectivités of `reader`.
pub async fn of_host(db: &Db, reader: &Reader, host: i64) -> Result<Vec<Resume>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, reference, genre, objet, date_lettre, etat, numero_lrar, courriel_etat FROM lettre
         WHERE hebergeur_id = $1 AND collectivite_id = ANY($2) ORDER BY id DESC LIMIT $3",
    )
    .bind(host)
    .bind(reader.collectivites(Module::Taxe))
    .bind(MONTREES)
    .fetch_all(db.statement())
    .await
}

/// Says that every letter of a preparation that was not yet was printed, or sent, on a day; how many were.
pub async fn all_left(connection: &mut PgConnection, id: i64, sent: bool, jour: NaiveDate, who: i64) -> Result<u64, sqlx::Error> {
    let set = if sent { "envoyee_le = $2, imprimee_le = coalesce(imprimee_le, $2)" } else { "imprimee_le = $2" };
    let missing = if sent { "envoyee_le IS NULL" } else { "imprimee_le IS NULL AND envoyee_le IS NULL" };
    let sql = format!(
        "UPDATE lettre SET {set}, version = version + 1, modifie_le = now(), modifie_par = $3 WHERE envoi_id = $1 AND {missing} AND date_lettre <= $2"
    );
    Ok(sqlx::query(AssertSqlSafe(sql)).bind(id).bind(jour).bind(who).execute(connection).await?.rows_affected())
}
