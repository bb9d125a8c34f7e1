//! From hosts to letters: their values, the template, the sheet of paper. What cannot be written is told host by host, and stops the
//! others of nothing.

use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use super::gabarit::{Ecart, Gabarit, OBJET};
use super::maison::{Expediteur, expediteur};
use super::model::Envoi;
use super::sources::{self, Connues, Demande};
use crate::catalogue::Catalogue;
use crate::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::pdf::{self, Document, Letter, Unprintable};
use crate::platform::token::hexadecimal;
use crate::ui::format;

/// A letter that may be printed.
#[derive(Clone, Debug)]
pub struct Preparee {
    /// Who gets it.
    pub destinataire: String,
    /// Their e-mail, when they have one.
    pub courriel: Option<String>,
    /// What it says.
    pub lettre: Letter,
}

/// One host of a preparation: their rank, their key, their letter or why they have none.
pub type Composee = (i64, i64, std::result::Result<Preparee, String>);

/// What a template's mistake says to whoever sends letters.
pub fn dit((texte, faute): &Ecart) -> String {
    let where_ = if *texte == OBJET { "l’objet" } else { "le texte" };
    format!("dans {where_} du modèle, {}", faute.phrase())
}

/// The letters of hosts, `communes` being those of the person who asks.
pub async fn compose(
    connection: &mut PgConnection,
    catalogue: &Catalogue,
    envoi: &Envoi,
    communes: &[String],
    cibles: &[(i64, i64)],
) -> std::result::Result<Vec<Composee>, sqlx::Error> {
    let connues = Connues::de(catalogue);
    let hosts: Vec<i64> = cibles.iter().map(|(_, id)| *id).collect();
    let jour = envoi.date_lettre.unwrap_or_else(|| envoi.cree_le.date_naive());
    let demande = Demande { hebergeurs: &hosts, communes, collectivite: envoi.collectivite_id, jour };
    let mut values = sources::lues(connection, catalogue, &demande, &envoi.saisies).await?;
    let sender = expediteur(connection, envoi.collectivite_id).await?.unwrap_or_default();
    let away: Vec<i64> =
        sqlx::query_scalar("SELECT id FROM hebergeur WHERE id = ANY($1) AND archive_le IS NOT NULL").bind(&hosts).fetch_all(&mut *connection).await?;
    let gabarit = Gabarit::lu(&envoi.objet, &envoi.corps);
    let one = |(rang, id): &(i64, i64)| {
        let known = Value::Object(values.remove(id).unwrap_or_default());
        let made = match &gabarit {
            Err(ecart) => Err(dit(ecart)),
            Ok(_) if away.contains(id) => Err("sa fiche est archivée.".into()),
            Ok(gabarit) => lettre(envoi, &sender, (*rang, jour), gabarit, &known, &connues),
        };
        (*rang, *id, made)
    };
    Ok(cibles.iter().map(one).collect())
}

/// The letter of one host.
fn lettre(
    envoi: &Envoi,
    sender: &Expediteur,
    (rang, jour): (i64, chrono::NaiveDate),
    gabarit: &Gabarit,
    values: &Value,
    connues: &Connues,
) -> std::result::Result<Preparee, String> {
    let host = |name: &str| values["hebergeur"][name].as_str().unwrap_or_default().trim().to_string();
    let (nom, adresse, code, ville) = (host("nom"), host("adresse"), host("code_postal"), host("ville"));
    if nom.is_empty() {
        return Err("sa fiche n’est plus dans votre périmètre.".into());
    }
    if adresse.is_empty() || code.is_empty() || ville.is_empty() {
        return Err("l’adresse de sa fiche est incomplète\u{a0}: il faut la voie, le code postal et la ville.".into());
    }
    let ecrit = gabarit.ecrit(values, connues).map_err(|ecart| dit(&ecart))?;
    let reference = envoi.reference(rang);
    let mut mentions = Vec::new();
    if envoi.recommande {
        mentions.push("Lettre recommandée avec avis de réception".to_string());
    }
    mentions.push(format!("Nos références\u{a0}: {reference}"));
    let footer = [sender.nom.as_str(), sender.service.as_str(), reference.as_str()];
    let footer = footer.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" – ");
    let lettre = Letter {
        sender: sender.entete(),
        // The last line of an address is in capitals, without accents lost (NF Z 10-011).
        recipient: vec![nom.clone(), adresse, format!("{code} {}", ville.to_uppercase())],
        dated: format!("{}, le {}", sender.ville, format::date_long(jour)),
        mentions,
        subject: ecrit.objet,
        body: ecrit.corps,
        footer,
    };
    Ok(Preparee { destinataire: nom, courriel: Some(host("courriel")).filter(|text| !text.is_empty()), lettre })
}

/// A document of letters, which bears the instant when they were asked for: made again, it is the same.
pub fn document(envoi: &Envoi, letters: Vec<Letter>) -> Document {
    let title = match letters.as_slice() {
        [only] => only.subject.clone(),
        _ => format!("{} – {}", envoi.modele, envoi.reference(0)),
    };
    let author = letters.first().and_then(|letter| letter.sender.first().cloned()).unwrap_or_default();
    Document { title, author, made: envoi.demande_le.unwrap_or(envoi.cree_le), letters }
}

/// Prints a document on a thread of the pool for long work.
///
/// # Errors
/// What cannot be printed, for people.
pub async fn imprime(document: Document) -> std::result::Result<Vec<u8>, Unprintable> {
    let printed = tokio::task::spawn_blocking(move || pdf::render(&document)).await;
    printed.unwrap_or_else(|error| Err(Unprintable::Failed(error.to_string()))).inspect_err(|error| {
        if let Unprintable::Failed(detail) = error {
            tracing::error!(detail, "a letter could not be laid out");
        }
    })
}

/// The digest of a file, as its row says it.
pub fn empreinte(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// The letter of the first host of a preparation, as it would be now.
///
/// # Errors
/// Nobody was chosen, or PostgreSQL failed.
pub async fn premiere(context: &Context, envoi: &Envoi, communes: &[String]) -> Result<std::result::Result<Preparee, String>> {
    let mut connection = context.db.statement().acquire().await?;
    let first: Option<(i64, i64)> = sqlx::query_as("SELECT rang, hebergeur_id FROM lettre_destinataire WHERE envoi_id = $1 ORDER BY rang LIMIT 1")
        .bind(envoi.id)
        .fetch_optional(&mut *connection)
        .await?;
    let first = first.ok_or_else(|| Error::Conflict("Cet envoi n’a plus de destinataire. Recommencez depuis la liste des hébergeurs.".into()))?;
    let made = compose(&mut connection, &context.catalogue, envoi, communes, &[first]).await?;
    made.into_iter().next().map(|(.., made)| made).ok_or_else(|| Error::Internal("a letter without its host".into()))
}
