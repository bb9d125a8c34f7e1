//! What leaves of an import: the file as it came, the lines that were refused.

use std::io;

use rocket::futures::{Stream, StreamExt};
use rocket::http::{ContentType, Header};
use rocket::response::{self, Responder};
use rocket::{Request, Response, Route, State, get, routes};
use serde_json::json;
use tokio_util::io::StreamReader;

use super::acces::read;
use super::{depot, refusees};
use crate::comptes::Personne;
use crate::context::Context;
use crate::journal::{self, Action};
use crate::platform::error::{Error, Result};
use crate::platform::http::{Download, Opened, Part};
use crate::platform::store::FilesError;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![fichier, lignes_refusees]
}

#[get("/imports/<id>/fichier")]
async fn fichier(personne: Personne, id: i64, part: Part, context: &State<Context>) -> Result<Opened> {
    let import = read(context, &personne, id).await?;
    let bytes = u64::try_from(import.octets).unwrap_or(0);
    let number = personne.actor.request.clone();
    let cut = move |error: FilesError| tracing::error!(%error, request = number, "the file of an import was cut");
    let told = json!({"fichier": import.nom, "sha256": import.sha256});
    let file = Download {
        files: context.files.clone(),
        path: depot::chemin(&import.sha256),
        name: import.nom,
        bytes,
        content_type: ContentType::Binary,
        digest: import.sha256,
    };
    let opened = file.open(&part, Box::new(cut)).await.map_err(|error| match error {
        FilesError::Missing => Error::Gone("Ce fichier n’est plus dans le dépôt. Prévenez l’exploitant.".into()),
        error => Error::StoreAway(error),
    })?;
    let mut write = context.db.write().await?;
    journal::note_at(&mut write.tx, &personne.actor, Action::Download, ("import", &id.to_string()), &told, &import.communes).await?;
    write.commit().await?;
    Ok(opened)
}

/// A CSV that goes out as an attachment. One that cannot be read to its end cuts the connection: a short file would look whole.
struct Csv<S> {
    pages: S,
    name: String,
}

impl<'r, S: Stream<Item = io::Result<Vec<u8>>> + Send + 'r> Responder<'r, 'r> for Csv<S> {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'r> {
        let pages = self.pages.map(|page| page.map(io::Cursor::new));
        Response::build()
            .header(ContentType::new("text", "csv").with_params(("charset", "utf-8")))
            .header(Header::new("Content-Disposition", format!("attachment; filename=\"{}\"", self.name)))
            .streamed_body(StreamReader::new(Box::pin(pages)))
            .ok()
    }
}

#[get("/imports/<id>/refusees")]
#[allow(private_interfaces)] // a handler is called by Rocket alone
async fn lignes_refusees(personne: Personne, id: i64, context: &State<Context>) -> Result<Csv<impl Stream<Item = io::Result<Vec<u8>>> + use<>>> {
    let import = read(context, &personne, id).await?;
    let mut write = context.db.write().await?;
    let told = json!({"fichier": format!("lignes refusées de {}", import.nom)});
    journal::note_at(&mut write.tx, &personne.actor, Action::Download, ("import", &id.to_string()), &told, &import.communes).await?;
    write.commit().await?;
    let pages = refusees::fichier(context.db.clone(), &import).map(move |page| {
        page.map_err(|error| {
            tracing::error!(%error, import = id, "refused lines could not be read to the end");
            io::Error::other(error)
        })
    });
    Ok(Csv { pages, name: format!("import-{id}-lignes-refusees.csv") })
}
