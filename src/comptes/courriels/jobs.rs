//! The work of an e-mail.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{PgConnection, PgPool};

use super::modeles::{self, Written};
use super::queries::{self, Waiting};
use crate::comptes::queries::about;
use crate::context::Context;
use crate::journal::{self, Action, Actor};
use crate::platform::jobs::{GaveUp, Job, JobError, Outcome, Run};
use crate::platform::oidc::Provider;
use crate::platform::smtp::{Mail, Refusal};
use crate::platform::token;

/// Why a message that somebody stopped did not leave.
const STOPPED: &str = "L’exploitant a arrêté cet envoi.";
/// Why a message whose job is no more did not leave.
const LOST: &str = "Cet envoi a été arrêté avant de partir.";

/// `words` without `secret`, in whatever case it stands there.
fn hidden(words: &str, secret: &str) -> String {
    let (low, wanted) = (words.to_ascii_lowercase(), secret.to_ascii_lowercase());
    let (mut shown, mut from) = (String::new(), 0);
    // In small ASCII letters a text keeps its bytes where they are.
    while let Some(place) = low[from..].find(&wanted).filter(|_| !wanted.is_empty()) {
        shown.push_str(&words[from..from + place]);
        shown.push('…');
        from += place + wanted.len();
    }
    shown + &words[from..]
}

/// Ends the demands whose job is no more: one that is cancelled while it waits is told to nobody.
pub async fn abandon(pool: &PgPool) -> Result<(), sqlx::Error> {
    let mut tx = pool.begin().await?;
    for (account, genre) in queries::abandon(&mut tx, LOST).await? {
        let Some(account) = account else { continue };
        note_in_journal(&mut tx, "entretien", account, &genre, ("abandonne", Some(LOST))).await?;
    }
    tx.commit().await
}

/// What became of a demand about an account.
async fn note_in_journal(
    connection: &mut PgConnection,
    request: &str,
    account: i64,
    genre: &str,
    (state, answer): (&str, Option<&str>),
) -> Result<(), sqlx::Error> {
    let mut detail = json!({"envoi": state});
    if genre != "changement" {
        detail["lien"] = genre.into();
    }
    if let Some(answer) = answer {
        detail["cause"] = answer.into();
    }
    let actor = about(&mut *connection, &Actor { name: "Gardel".into(), request: request.into(), ..Actor::default() }, account).await?;
    journal::note(connection, &actor, Action::Change, "utilisateur", &account.to_string(), &detail).await
}

/// Sends what a demand asks for. The job holds its number and nothing else.
#[derive(Debug, Serialize, Deserialize)]
pub struct Courriel {
    /// The demand.
    pub envoi: i64,
}

/// What there is to send, or why there is nothing.
enum Letter {
    /// A message, and the token it holds.
    Message(Written, Option<String>),
    /// Nothing, and why.
    Nothing(&'static str),
}

impl Job for Courriel {
    type Context = Context;
    const NAME: &'static str = "courriel";
    const QUEUE: &'static str = "notifications";
    /// The waits between them add up to ten hours: a night without a mail server.
    const MAX_ATTEMPTS: i32 = 20;

    fn title(&self) -> String {
        "Courriel".into()
    }

    async fn run(&self, context: &Context, run: &Run) -> Result<Outcome, JobError> {
        let Some(waiting) = queries::waiting(&context.db, self.envoi).await? else { return Ok(Outcome::Done) };
        let (Some(nom), Some(courriel), Some(true)) = (&waiting.nom, &waiting.courriel, waiting.actif) else {
            let reason = waiting.utilisateur_id.map(|_| "Ce compte est désactivé.");
            return self.end(context, run, "sans_objet", reason).await;
        };
        let Some(mailer) = &context.mailer else {
            return Err(JobError::Retry("Cet ouvrier n’a pas de serveur de messagerie (smtp.url) : donnez-lui les réglages du serveur web.".into()));
        };
        let (message, token) = match self.letter(context, &waiting, nom, courriel).await? {
            Letter::Message(message, token) => (message, token),
            Letter::Nothing(reason) => return self.end(context, run, "sans_objet", Some(reason)).await,
        };
        run.still_wanted()?;
        let date = context.clock.now().into();
        let mail = Mail { name: nom, address: courriel, subject: &message.subject, text: message.text, id: &waiting.numero, date, attachment: None };
        // A server may quote what it was given: neither the link nor the address is a word to keep, or for a log.
        let plain = |words: String| hidden(&token.as_ref().map_or_else(|| words.clone(), |token| hidden(&words, token)), courriel);
        match mailer.send(&mail).await {
            Ok(()) => self.end(context, run, "envoye", None).await,
            Err(Refusal::Never(answer)) => self.end(context, run, "refuse", Some(&plain(answer))).await,
            Err(Refusal::Later(answer)) => {
                let answer = plain(answer);
                queries::answered(&context.db, self.envoi, &answer).await?;
                Err(JobError::Retry(answer))
            }
        }
    }

    async fn gave_up(&self, context: &Context, end: GaveUp, cause: &str) {
        let cause = if end == GaveUp::Failed { cause } else { STOPPED };
        if let Err(error) = self.note_end(context, "travail", "abandonne", Some(cause)).await {
            tracing::error!(%error, envoi = self.envoi, "the end of an e-mail could not be written");
        }
    }
}

impl Courriel {
    /// What the demand asks for, now. Its link is made here, and is nowhere else.
    async fn letter(&self, context: &Context, waiting: &Waiting, nom: &str, courriel: &str) -> Result<Letter, JobError> {
        let address = context.config.adresse_publique.as_deref().unwrap_or_default();
        let mut values = modeles::values(waiting, (nom, courriel), address, context.provider.as_ref().map_or("", Provider::name));
        let mut template = waiting.genre.as_str();
        let mut token = None;
        if template != "changement" {
            let made = token::random().map_err(|error| JobError::Retry(error.to_string()))?;
            match queries::make_link(&context.db, self.envoi, &token::hash(&made), courriel).await?.as_str() {
                "fait" => {
                    values["lien"] = format!("{address}/invitation/{made}").into();
                    token = Some(made);
                }
                found @ ("identite" | "exploitant") if template == "oubli" => {
                    values["exploitant"] = (found == "exploitant").into();
                    template = "sans-lien";
                }
                "exploitant" => return Ok(Letter::Nothing("Un compte d’exploitant se gère en ligne de commande.")),
                "droits" => return Ok(Letter::Nothing("Qui l’a demandé n’est plus administrateur de ce compte.")),
                "remplace" => return Ok(Letter::Nothing("Un autre lien a été fait depuis cette demande.")),
                "adresse" => return Err(JobError::Retry("L’adresse du compte vient de changer : le courriel part à la nouvelle.".into())),
                "trop_tard" => return Ok(Letter::Nothing("Le courriel n’a pas pu partir à temps : demandez-le de nouveau.")),
                _ => return Ok(Letter::Nothing("Ce compte est désactivé.")),
            }
        }
        let siren = waiting.siren.as_deref().unwrap_or_default();
        let message = modeles::write(&context.config.modeles, siren, template, &values).await;
        message.map(|message| Letter::Message(message, token)).map_err(|error| {
            tracing::error!(error, template, "a template of Gardel cannot be written");
            JobError::Retry("Le modèle de ce courriel est illisible. Le détail est dans les traces de l’ouvrier.".into())
        })
    }

    async fn end(&self, context: &Context, run: &Run, state: &str, answer: Option<&str>) -> Result<Outcome, JobError> {
        self.note_end(context, &format!("travail {}", run.id), state, answer).await?;
        Ok(Outcome::Done)
    }

    /// Writes how a demand ended, once, with its line in the journal.
    async fn note_end(&self, context: &Context, request: &str, state: &str, answer: Option<&str>) -> Result<(), sqlx::Error> {
        let mut write = context.db.write().await?;
        if let Some((Some(account), genre)) = queries::end(&mut write.tx, self.envoi, state, answer).await?
            && state != "sans_objet"
        {
            note_in_journal(&mut write.tx, request, account, &genre, (state, answer)).await?;
        }
        write.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_quotes_is_hidden() {
        assert_eq!(hidden("550 <M@Ville.gp> inconnue, é m@ville.gp", "m@ville.gp"), "550 <…> inconnue, é …");
        assert_eq!(hidden("été", ""), "été");
        assert_eq!(hidden("rien", "m@ville.gp"), "rien");
    }
}
