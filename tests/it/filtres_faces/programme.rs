//! The face of programs: the same rows by JSON, page after page, and the same count.

use serde_json::Value;

use super::faces::{Attendue, Checked, Epreuve};
use crate::support::programme::{Donne, Programme};

/// Pages that it turns at most, when the whole proof is not asked for.
const PAGES_MAX: usize = 6;

impl Epreuve<'_> {
    /// From the first page to the last, and the count; of somebody who may have a token, which whoever runs the installation may not.
    pub async fn programme(&self) -> Checked {
        let user = self.reader.browser.user_id;
        let placed: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM utilisateur_collectivite WHERE utilisateur_id = $1)")
            .bind(user)
            .fetch_one(self.app.pool())
            .await
            .map_err(|error| error.to_string())?;
        // The list of the tokens grows by the token that would read it.
        if !placed || self.question.list.name == "jetons" {
            return Ok(());
        }
        let all = serde_json::json!({"taxe": 2, "labo": 2, "production": 2, "pilotage": 2, "administration": 1});
        let programme = self.app.programme_of(user, Donne { droits: all, ..Donne::default() }).await;
        let asked = format!("/api/v1/{}?{}", self.question.list.name, self.question.ask());
        // Each call that reads personal data leaves a line: the journal grows by those that read it, and by nothing else here.
        let last: i64 = self.scalar("SELECT max(id) FROM journal").await?;
        let known = |key: &String| self.question.list.name != "journal" || key.parse().is_ok_and(|id: i64| id <= last);
        // The faces before this one left lines too.
        let now = Epreuve { app: self.app, reader: self.reader, question: self.question, expected: self.again().await, whole: self.whole };
        let (mut met, mut pages, mut next) = (0, 0, Some(format!("{asked}&taille={}", self.question.size)));
        while let Some(path) = next {
            let page = answer(&programme, &path).await?;
            let keys: Vec<String> = page["donnees"].as_array().ok_or("no rows")?.iter().map(|row| key(&row["id"])).filter(known).collect();
            now.same("API", &keys, met..met + keys.len())?;
            met += keys.len();
            pages += 1;
            next = page["suivante"].as_str().map(str::to_string);
            if pages >= PAGES_MAX && !self.whole {
                return Ok(());
            }
        }
        if met != now.expected.len() {
            return Err(format!("API : {met} lignes au lieu de {}", now.expected.len()));
        }
        let expected = self.again().await.len();
        let counted = answer(&programme, &format!("{asked}&taille=1&compte=exact")).await?;
        let told = counted["compte"]["nombre"].as_u64().and_then(|count| usize::try_from(count).ok());
        if told == Some(expected) { Ok(()) } else { Err(format!("API : {told:?} comptées au lieu de {expected}")) }
    }

    async fn again(&self) -> Vec<Attendue> {
        self.question.expected(self.app, self.reader).await
    }

    async fn scalar(&self, sql: &'static str) -> Result<i64, String> {
        sqlx::query_scalar(sql).fetch_one(self.app.pool()).await.map_err(|error| error.to_string())
    }
}

async fn answer(programme: &Programme<'_>, path: &str) -> Result<Value, String> {
    let answer = programme.get(path).await;
    if answer.status.code != 200 {
        return Err(format!("{path} : {}, {}", answer.status, answer.text()));
    }
    serde_json::from_slice(&answer.body).map_err(|error| format!("{path} : {error}"))
}

fn key(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}
