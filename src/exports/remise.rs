//! A file asked for, and given: what people and programs do by the same rules.

use rocket::http::ContentType;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::ask::{Asking, ToExport, ask};
use super::model::{Followed, Stage};
use super::queries;
use crate::comptes::Personne;
use crate::context::Context;
use crate::journal::{self, Action, Actor, Borne};
use crate::listing::{Branching, Format, List, Query, Reader, Viewer, covered, describe};
use crate::platform::error::{Error, Result};
use crate::platform::http::{Download, Opened, Part};
use crate::platform::jobs::Requester;
use crate::platform::store::FilesError;
use crate::platform::token::hexadecimal;

/// There is none, or it is somebody else's.
pub fn unknown() -> Error {
    Error::out_of_reach("Cet export n’existe pas, ou il a été demandé par quelqu’un d’autre.")
}

/// Asks for the file of `query`; gives its number, or that of the same file when it lives already.
///
/// # Errors
/// More than a person asks for in a day, or PostgreSQL failed.
pub async fn demanded(context: &Context, personne: &Personne, query: &Query, format: Format) -> Result<i64> {
    let list = query.list;
    let question = query.canonical();
    let words = describe(&context.desk, query, &personne.reader).await?;
    let communes = covered(&context.db, &context.choices, query, &personne.reader).await?;
    let mut write = context.db.write().await?;
    journal::within(context, &mut write.tx, &personne.actor, Borne::Exports).await?;
    let requester = Requester { user_id: Some(personne.reader.user_id), collectivite_id: personne.principale };
    let key = same_file(personne, list, &format!("{} {question}", context.clock.today()), format);
    let id = match ask(&mut write, ToExport { query, words: &words, format, requester, communes: &communes, key }).await? {
        Asking::New(id) => id,
        // The same file is already on its way (a double click): nothing new is written.
        Asking::Known(id) => return Ok(id),
    };
    let detail =
        json!({"liste": list.name, "filtres": words, "format": format.code(), "personnel": query.columns.iter().any(|column| column.personal)});
    journal::note_about(&mut write.tx, &personne.actor, Action::Export, ("export", &id.to_string()), &detail, &communes).await?;
    write.commit().await?;
    Ok(id)
}

/// The identity of a file for a person: what two clicks have in common. The state of the data they may see and
/// of their rights is part of it, and so is the day, which dates like « ce mois » are read with: asked again after a
/// change, the same question is another file.
fn same_file(personne: &Personne, list: &List, question: &str, format: Format) -> String {
    let state = format!("{question} {} {}", personne.versions(list.domains), personne.reader.key());
    let digest = hexadecimal(&Sha256::digest(state.as_bytes())[..12]);
    format!("export:{}:{}:{}:{digest}", personne.reader.user_id, list.name, format.code())
}

/// The bytes of a file, or a part of them.
///
/// # Errors
/// It is not theirs any more, not ready, gone, or the store does not answer.
pub async fn opened(personne: &Personne, id: i64, part: &Part, context: &Context) -> Result<Opened> {
    let export = finished(personne, id, context).await?;
    let (Some(path), Some(name), Some(bytes), Some(sha256)) = (export.fichier, export.nom_fichier, export.octets, export.sha256) else {
        return Err(Error::Internal(format!("export {id} is ready without a file")));
    };
    if let Some(fault) = &export.controle_ecart {
        return Err(Error::Conflict(
            format!("Ce fichier n’est plus celui que son manifeste décrit : {fault} Refaites l’export depuis la liste.").into(),
        ));
    }
    let content_type = content_type(&export.format, name.ends_with(".zip"));
    let bytes = u64::try_from(bytes).unwrap_or(0);
    let told = json!({"fichier": name, "sha256": sha256});
    let file = Download { files: context.files.clone(), path, name, bytes, content_type, digest: sha256 };
    let cut = Failed { context: context.clone(), actor: personne.actor.clone(), id, communes: export.communes.clone(), told: told.clone() };
    let opened = match file.open(part, Box::new(move |error| cut.tell(&error))).await {
        Ok(opened) => opened,
        Err(error) => {
            Failed { context: context.clone(), actor: personne.actor.clone(), id, communes: export.communes, told }.note(&error).await?;
            return Err(not_given(error));
        }
    };
    note_sent(personne, (id, &export.communes), &opened, told, context).await?;
    Ok(opened)
}

/// Hours after a download during which its pieces are the same one, taken up again.
const SAME_DOWNLOAD_HOURS: i32 = 24;

/// Notes what is sent. A download that is taken up again where it was cut is the same one: it began from the start, to
/// the end, at the same address, less than a day ago. Any other piece is told, with what it holds.
async fn note_sent(personne: &Personne, (id, communes): (i64, &[String]), opened: &Opened, mut told: Value, context: &Context) -> Result<()> {
    let Some((start, end)) = opened.sent() else { return Ok(()) };
    let object_id = id.to_string();
    let mut write = context.db.write().await?;
    if (start, end) != (0, opened.size()) {
        if start > 0 && journal::noted_whole(&mut write.tx, &personne.actor, Action::Download, ("export", &object_id), SAME_DOWNLOAD_HOURS).await? {
            return Ok(());
        }
        told["partie"] = format!("octets {} à {end}, sur {}", start + 1, opened.size()).into();
    }
    journal::note_about(&mut write.tx, &personne.actor, Action::Download, ("export", &object_id), &told, communes).await?;
    Ok(write.commit().await?)
}

/// What a person reads when the store does not give a file.
fn not_given(error: FilesError) -> Error {
    match error {
        FilesError::Missing => {
            Error::Gone("Le fichier de cet export n’est plus dans le dépôt. Refaites l’export depuis la liste, et prévenez l’exploitant.".into())
        }
        FilesError::Altered => Error::Conflict(
            "Le fichier de cet export n’est plus celui que son manifeste décrit. Refaites l’export depuis la liste, et prévenez l’exploitant.".into(),
        ),
        error => Error::StoreAway(error),
    }
}

/// A download that the store did not give, or cut.
struct Failed {
    context: Context,
    actor: Actor,
    id: i64,
    communes: Vec<String>,
    told: Value,
}

impl Failed {
    /// Notes it in the journal.
    async fn note(mut self, error: &FilesError) -> Result<()> {
        self.told["cause"] = error.to_string().into();
        let mut write = self.context.db.write().await?;
        let object = ("export", self.id.to_string());
        journal::note_about(&mut write.tx, &self.actor, Action::DownloadFailed, (object.0, &object.1), &self.told, &self.communes).await?;
        Ok(write.commit().await?)
    }

    /// The same from the body of an answer, where nobody waits for it.
    fn tell(mut self, error: &FilesError) {
        self.told["interrompu"] = true.into();
        let error = error.clone();
        tokio::spawn(async move {
            let id = self.id;
            if let Err(cause) = self.note(&error).await {
                tracing::error!(%cause, export = id, "a download that was cut could not be noted");
            }
        });
    }
}

/// What a file is, as browsers and programs name it.
fn content_type(format: &str, packed: bool) -> ContentType {
    match Format::from_code(format) {
        _ if packed => ContentType::ZIP,
        None => ContentType::Binary,
        Some(format) => {
            let (kind, subtype) = format.content_type();
            let named = ContentType::new(kind, subtype);
            if format.is_text() { named.with_params(("charset", "utf-8")) } else { named }
        }
    }
}

/// Whether everything that the rights to a file depended on when its rows were chosen holds now.
fn still_open(list: &List, reader: &Reader, export: &Followed) -> bool {
    let same_place = export.perimetre.iter().all(|commune| reader.communes_of(list.access).contains(commune));
    let same_scope = match &export.portee {
        Some(kept) => list.branches(reader).covers(&kept.0),
        // A file of a version that did not keep its scope: its communes say all when they are the scope.
        None => matches!(list.branches(reader), Branching::Texts(..)),
    };
    reader.may(list.access) && same_place && same_scope
}

/// A finished export whose rows the reader may still see.
pub async fn finished(personne: &Personne, id: i64, context: &Context) -> Result<Followed> {
    let export = queries::followed(&context.db, &personne.reader, id).await?.ok_or_else(unknown)?;
    match export.stage() {
        Stage::Ready => {}
        Stage::Expired => return Err(Error::Gone("Ce fichier a été retiré après son temps de garde. Refaites l’export depuis la liste.".into())),
        _ => return Err(Error::not_found("Ce fichier n’est pas encore prêt. Suivez son avancement dans « Mes exports ».")),
    }
    let same_rights = context.catalogue.exportable(&export.liste).is_some_and(|list| still_open(list, &personne.reader, &export));
    if !same_rights {
        return Err(Error::forbidden("Vos droits ont changé depuis cet export : il n’est plus téléchargeable. Refaites-le depuis la liste."));
    }
    Ok(export)
}
