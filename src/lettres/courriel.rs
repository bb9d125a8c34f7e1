//! A letter that leaves by e-mail: its text, and its PDF with it. The message bears the number of the letter, so that one that is sent
//! again after a cut is the same message; what became of it is on the letter and on the page of its host.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::context::Context;
use crate::journal::{self, Action, Actor};
use crate::platform::jobs::{GaveUp, Job, JobError, Outcome, Run};
use crate::platform::pdf::{Block, Letter, Run as Texte};
use crate::platform::smtp::{Attachment, Mail, Refusal};

/// Why a message that somebody stopped did not leave.
const ARRETE: &str = "Cet envoi a été arrêté avant de partir.";

/// Sends a letter. The job holds its number and nothing else.
#[derive(Debug, Serialize, Deserialize)]
pub struct Courriel {
    /// The letter.
    pub lettre: i64,
}

/// A letter that has not left.
#[derive(sqlx::FromRow)]
struct Attente {
    destinataire: String,
    reference: String,
    objet: String,
    contenu: Json<Letter>,
    chemin: String,
    courriel: String,
    numero: String,
    cree_le: DateTime<Utc>,
}

impl Job for Courriel {
    type Context = Context;
    const NAME: &'static str = "courriel_de_lettre";
    const QUEUE: &'static str = "notifications";
    /// The waits between them add up to ten hours: a night without a mail server.
    const MAX_ATTEMPTS: i32 = 20;

    fn title(&self) -> String {
        "Lettre par courriel".into()
    }

    async fn run(&self, context: &Context, run: &Run) -> Result<Outcome, JobError> {
        let waiting: Option<Attente> = sqlx::query_as(
            "SELECT destinataire::text, reference, objet, contenu, chemin, courriel, courriel_numero::text AS numero, cree_le
             FROM lettre WHERE id = $1 AND courriel_etat = 'en_attente'",
        )
        .bind(self.lettre)
        .fetch_optional(context.db.statement())
        .await?;
        let Some(waiting) = waiting else { return Ok(Outcome::Done) };
        let Some(mailer) = &context.mailer else {
            return Err(JobError::Retry(
                "Cet ouvrier n’a pas de serveur de messagerie (smtp.url)\u{a0}: donnez-lui les réglages du serveur web.".into(),
            ));
        };
        let bytes = context.files.get(&waiting.chemin).await?;
        run.still_wanted()?;
        let name = format!("{}.pdf", waiting.reference);
        let mail = Mail {
            name: &waiting.destinataire,
            address: &waiting.courriel,
            subject: &waiting.objet,
            text: texte(&waiting.contenu),
            id: &format!("lettre-{}", waiting.numero),
            date: waiting.cree_le.into(),
            attachment: Some(Attachment { name: &name, content_type: "application/pdf", bytes: &bytes }),
        };
        let request = format!("travail {}", run.id);
        match mailer.send(&mail).await {
            Ok(()) => self.end(context, &request, ("envoye", None)).await?,
            // A server may quote the address that it was given.
            Err(Refusal::Never(answer)) => self.end(context, &request, ("refuse", Some(&answer.replace(&waiting.courriel, "…")))).await?,
            Err(Refusal::Later(answer)) => {
                let answer = answer.replace(&waiting.courriel, "…");
                sqlx::query("UPDATE lettre SET courriel_reponse = left($2, 400) WHERE id = $1 AND courriel_etat = 'en_attente'")
                    .bind(self.lettre)
                    .bind(&answer)
                    .execute(context.db.statement())
                    .await?;
                return Err(JobError::Retry(answer));
            }
        }
        Ok(Outcome::Done)
    }

    async fn gave_up(&self, context: &Context, end: GaveUp, cause: &str) {
        let cause = if end == GaveUp::Failed { cause } else { ARRETE };
        if let Err(error) = self.end(context, "travail", ("abandonne", Some(cause))).await {
            tracing::error!(%error, lettre = self.lettre, "the end of an e-mail could not be written");
        }
    }
}

impl Courriel {
    /// Writes how it ended, once, with a line on the page of its host.
    async fn end(&self, context: &Context, request: &str, (state, answer): (&str, Option<&str>)) -> Result<(), sqlx::Error> {
        let mut write = context.db.write().await?;
        ended(&mut write.tx, self.lettre, request, (state, answer)).await?;
        write.commit().await
    }
}

async fn ended(connection: &mut PgConnection, letter: i64, request: &str, (state, answer): (&str, Option<&str>)) -> Result<(), sqlx::Error> {
    let found: Option<(i64, i32)> = sqlx::query_as(
        "UPDATE lettre SET courriel_etat = $2, courriel_reponse = left($3, 400), courriel_le = now() WHERE id = $1 AND courriel_etat = 'en_attente'
         RETURNING hebergeur_id, collectivite_id",
    )
    .bind(letter)
    .bind(state)
    .bind(answer)
    .fetch_optional(&mut *connection)
    .await?;
    let Some((host, place)) = found else { return Ok(()) };
    let actor = Actor { name: "Gardel".into(), request: request.into(), collectivite_id: Some(place), ..Actor::default() };
    let mut detail = json!({"lettre_courriel": state});
    if let Some(answer) = answer {
        detail["cause"] = answer.into();
    }
    journal::note_at(connection, &actor, Action::Change, ("hébergeur", &host.to_string()), &detail, &[format!("c:{place}")]).await
}

/// Ends the e-mails that no job holds any more: one that was cancelled while it waited is told to nobody.
pub async fn abandonne(context: &Context) -> Result<(), JobError> {
    let lost: Vec<i64> = sqlx::query_scalar(
        "SELECT l.id FROM lettre l WHERE l.courriel_etat = 'en_attente' AND NOT EXISTS (
             SELECT 1 FROM job j WHERE j.name = 'courriel_de_lettre' AND j.state IN ('ready', 'running') AND j.payload ->> 'lettre' = l.id::text)",
    )
    .fetch_all(context.db.pool())
    .await?;
    for letter in lost {
        Courriel { lettre: letter }.end(context, "entretien", ("abandonne", Some(ARRETE))).await?;
    }
    Ok(())
}

/// A letter as plain text: what programs without a PDF read.
pub fn texte(letter: &Letter) -> String {
    let plain = |runs: &[Texte]| runs.iter().map(|run| run.text.as_str()).collect::<String>();
    let mut parts = vec![letter.dated.clone(), format!("Objet\u{a0}: {}", letter.subject)];
    for block in &letter.body {
        parts.push(match block {
            Block::Heading(runs) => plain(runs).to_uppercase(),
            Block::Paragraph(runs) | Block::Aside(runs) => plain(runs),
            Block::List { ordered, items } => {
                let bullet = |place: usize| if *ordered { format!("{}. ", place + 1) } else { "- ".into() };
                items.iter().enumerate().map(|(place, item)| bullet(place) + &plain(item)).collect::<Vec<_>>().join("\n")
            }
            Block::Table { headers, rows } => {
                let titles: Vec<String> = headers.iter().map(|(title, _)| plain(title)).collect();
                let row = |row: &Vec<Vec<Texte>>| {
                    titles.iter().zip(row).map(|(title, cell)| format!("{title}\u{a0}: {}", plain(cell))).collect::<Vec<_>>().join("\u{202f}; ")
                };
                rows.iter().map(|one| format!("- {}", row(one))).collect::<Vec<_>>().join("\n")
            }
        });
    }
    parts.push("La lettre est jointe à ce message, au format PDF.".into());
    parts.push(letter.sender.join("\n"));
    parts.retain(|part| !part.trim().is_empty());
    parts.join("\n\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_read_without_its_pdf() {
        let letter = Letter {
            sender: vec!["Commune du Gosier".into()],
            dated: "Le Gosier, le 30 novembre 2026".into(),
            subject: "relance".into(),
            body: vec![
                Block::Paragraph(vec![Texte::plain("Bonjour "), Texte::bold("vous")]),
                Block::Table {
                    headers: vec![(vec![Texte::plain("A")], false), (vec![Texte::plain("B")], true)],
                    rows: vec![vec![vec![Texte::plain("1")], vec![Texte::plain("2")]]],
                },
                Block::List { ordered: true, items: vec![vec![Texte::plain("un")]] },
            ],
            ..Letter::default()
        };
        assert_eq!(
            texte(&letter),
            "Le Gosier, le 30 novembre 2026\n\nObjet\u{a0}: relance\n\nBonjour vous\n\n- A\u{a0}: 1\u{202f}; B\u{a0}: 2\n\n1. un\n\nLa lettre est jointe à ce message, au format PDF.\n\nCommune du Gosier\n"
        );
    }
}
