//! The same call sent again is answered as it was the first time: a program that lost an answer does not write twice.
//!
//! The call is claimed before its work, its answer is kept after it. A claim whose answer never came (a server that died) is taken
//! again by the same call after two minutes: what it may have written is found by its own proofs, for a new row the form that
//! created it, for an action its demand, for a correction the version of the row, which then answers that it moved.

use chrono::{DateTime, Utc};
use rocket::Request;
use rocket::http::Status;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use sqlx::PgPool;

use super::probleme::{CLE, CLE_EN_COURS, DEMANDE, Probleme, Result};
use super::reponse::{Issue, Reponse};
use crate::context::Context;
use crate::jetons::Appelant;
use crate::platform::db::Db;
use crate::platform::http::request_number;
use crate::platform::token::hexadecimal;

/// Longest key.
const CHARS_MAX: usize = 200;
/// Seconds after which a call that is under way may be asked again.
const LATER_SECONDS: &str = "2";
/// Headers of an answer that are given again.
const KEPT_HEADERS: [&str; 3] = ["ETag", "Location", "Content-Location"];

/// A key and the call that it stands for.
pub struct Cle {
    jeton_id: i64,
    texte: String,
    empreinte: Vec<u8>,
}

impl Cle {
    /// The key that a call brings, if it does.
    ///
    /// # Errors
    /// 400 for one that is no key.
    pub fn of(request: &Request<'_>, appelant: &Appelant, body: &[u8]) -> Result<Option<Self>> {
        let mut given = request.headers().get("Idempotency-Key");
        let Some(texte) = given.next() else { return Ok(None) };
        let visible = (1..=CHARS_MAX).contains(&texte.len()) && texte.bytes().all(|byte| byte.is_ascii_graphic());
        if !visible || given.next().is_some() {
            let sentence =
                format!("Une clé d’idempotence a de 1 à {CHARS_MAX} signes ASCII sans espace, une fois. Un identifiant tiré au hasard convient.");
            return Err(Probleme::about(DEMANDE, "Idempotency-Key", "valeur", sentence));
        }
        let mut call = Sha256::new();
        let version = request.headers().get("If-Match").collect::<Vec<_>>().join(",");
        // Under other rights it is another call: what was answered then may not be told now.
        let rights = appelant.personne.reader.key();
        for part in [request.method().as_str(), &request.uri().to_string(), &version, &rights] {
            call.update(part.as_bytes());
            // What no part of a call holds: two calls do not run into each other.
            call.update([0]);
        }
        call.update(body);
        Ok(Some(Self { jeton_id: appelant.jeton.id, texte: texte.to_string(), empreinte: call.finalize().to_vec() }))
    }
}

/// A call that is claimed: since when its key is known, and since when this one works.
#[derive(sqlx::FromRow)]
struct Tenue {
    cree_le: DateTime<Utc>,
    pris_le: DateTime<Utc>,
}

/// What is known of a key.
#[derive(sqlx::FromRow)]
struct Connue {
    empreinte: Vec<u8>,
    statut: Option<i16>,
    entetes: Option<sqlx::types::Json<Map<String, Value>>>,
    corps: Option<String>,
}

/// Does `work` once for the key: the answer of the first time, when there was one. `work` is given what says that two calls are one.
///
/// # Errors
/// What the work comes to; 422 for another call under the same key, 409 while the first one is under way.
pub async fn once(context: &Context, request: &Request<'_>, cle: Option<Cle>, work: impl AsyncFnOnce(Option<String>) -> Issue) -> Issue {
    let Some(cle) = cle else { return work(None).await };
    let Some(tenue) = claim(&context.db, &cle).await? else { return again(&context.db, &cle).await };
    let proof = Sha256::digest(format!("{} {} {}", cle.jeton_id, tenue.cree_le.timestamp_micros(), cle.texte).as_bytes());
    let answer = work(Some(format!("api-{}", hexadecimal(&proof)))).await;
    // Whatever becomes of it, what was written is written: the answer is given.
    if let Err(error) = keep(&context.db, request, &cle, &tenue, &answer).await {
        tracing::error!(request = request_number(request), %error, "the answer of a key could not be kept");
    }
    answer
}

/// Claims a call; nothing when it is known.
async fn claim(db: &Db, cle: &Cle) -> std::result::Result<Option<Tenue>, sqlx::Error> {
    sqlx::query_as(
        "INSERT INTO api_reponse AS r (jeton_id, cle, empreinte) VALUES ($1, $2, $3)
         ON CONFLICT (jeton_id, cle) DO UPDATE SET empreinte = $3, statut = NULL, entetes = NULL, corps = NULL, pris_le = now(),
             cree_le = CASE WHEN r.cree_le < now() - interval '24 hours' THEN now() ELSE r.cree_le END
         WHERE r.cree_le < now() - interval '24 hours' OR (r.statut IS NULL AND r.empreinte = $3 AND r.pris_le < now() - interval '2 minutes')
         RETURNING cree_le, pris_le",
    )
    .bind(cle.jeton_id)
    .bind(&cle.texte)
    .bind(&cle.empreinte)
    .fetch_optional(db.statement())
    .await
}

/// The answer that was given.
async fn again(db: &Db, cle: &Cle) -> Issue {
    let known: Option<Connue> = sqlx::query_as("SELECT empreinte, statut, entetes, corps FROM api_reponse WHERE jeton_id = $1 AND cle = $2")
        .bind(cle.jeton_id)
        .bind(&cle.texte)
        .fetch_optional(db.statement())
        .await?;
    let busy = || {
        let sentence = "Le même appel est en cours. Attendez quelques secondes, puis renvoyez-le\u{a0}: vous aurez sa réponse.";
        Probleme::about(CLE_EN_COURS, "Idempotency-Key", "en_cours", sentence).header("Retry-After", LATER_SECONDS)
    };
    // One that failed has just let go of it.
    let Some(known) = known else { return Err(busy()) };
    if known.empreinte != cle.empreinte {
        let sentence = "Cette clé a servi à un autre appel (adresse, If-Match ou corps différents). Donnez une clé nouvelle à chaque écriture.";
        return Err(Probleme::about(CLE, "Idempotency-Key", "autre", sentence));
    }
    let Some(status) = known.statut.and_then(|code| u16::try_from(code).ok()) else { return Err(busy()) };
    let headers = known.entetes.map(|headers| headers.0).unwrap_or_default();
    let value = |name: &str| headers.get(name).and_then(Value::as_str).map(str::to_string);
    let content_type = if status < 400 { "application/json" } else { "application/problem+json" };
    let mut answer = Reponse::whole(Status::new(status), content_type, known.corps.unwrap_or_default());
    for name in KEPT_HEADERS {
        if let Some(value) = value(name) {
            answer = answer.header(name, value);
        }
    }
    Ok(answer.header("Idempotency-Replayed", "true"))
}

/// Keeps an answer; what failed, or came too often, is forgotten, to be tried again.
async fn keep(db: &Db, request: &Request<'_>, cle: &Cle, tenue: &Tenue, answer: &Issue) -> std::result::Result<(), sqlx::Error> {
    let (status, headers, body) = match answer {
        Ok(answer) => (answer.status.code, &answer.headers, String::from_utf8_lossy(&answer.body).into_owned()),
        Err(problem) => (problem.status().code, problem.headers(), problem.body(request_number(request)).to_string()),
    };
    if status >= 500 || status == Status::TooManyRequests.code {
        sqlx::query("DELETE FROM api_reponse WHERE jeton_id = $1 AND cle = $2 AND pris_le = $3 AND statut IS NULL")
            .bind(cle.jeton_id)
            .bind(&cle.texte)
            .bind(tenue.pris_le)
            .execute(db.statement())
            .await?;
        return Ok(());
    }
    let headers: Map<String, Value> =
        headers.iter().filter(|(name, _)| KEPT_HEADERS.contains(name)).map(|(name, value)| (name.to_string(), value.as_str().into())).collect();
    sqlx::query("UPDATE api_reponse SET statut = $4, entetes = $5, corps = $6 WHERE jeton_id = $1 AND cle = $2 AND pris_le = $3 AND statut IS NULL")
        .bind(cle.jeton_id)
        .bind(&cle.texte)
        .bind(tenue.pris_le)
        .bind(i16::try_from(status).unwrap_or(500))
        .bind(sqlx::types::Json(headers))
        .bind(body)
        .execute(db.statement())
        .await?;
    Ok(())
}

/// Forgets the answers that are kept no longer.
pub async fn sweep(pool: &PgPool) -> std::result::Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM api_reponse WHERE cree_le < now() - interval '24 hours'").execute(pool).await?;
    Ok(())
}
