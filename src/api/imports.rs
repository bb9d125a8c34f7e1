//! Files that programs load: by the doors of the pages of imports, with the same checks and the same sentences.

use std::time::Duration;

use rocket::http::{Method, Status};
use rocket::{Data, Request};
use tempfile::NamedTempFile;

use super::corps::{self, Champs, Donnee, short};
use super::ecriture;
use super::idempotence::{self, Cle};
use super::probleme::{DEMANDE, DROITS, ETAT, Erreur, INDISPONIBLE, LIMITE, PRIS, Probleme, Result, SAISIE, TAILLE};
use super::reponse::{Issue, Reponse};
use super::valeurs::BASE;
use crate::context::Context;
use crate::imports::{self, Genre, Refusee};
use crate::jetons::{self, Appelant};
use crate::listing::{Access, List};
use crate::platform::http::{Manque, Places, Received, receive_body};

/// Mebibytes of a file at most.
pub const FICHIER_MIO_MAX: u64 = 2_048;
/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(3_600);
/// Bytes of refused lines given at once.
const REFUSEES_MAX: usize = 32 * 1024 * 1024;
/// Characters of a name.
const NOM_MAX: usize = 200;

/// Each holds a file on the disk of a server.
static PLACES: Places = Places::new(4, 2);

/// What is asked of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Geste {
    /// Where it stands.
    Suivi,
    /// Its lines that were refused.
    Refusees,
    /// What it would write is to be written.
    Confirmation,
    /// It is taken back.
    Annulation,
    /// It is given up.
    Abandon,
}

impl Geste {
    /// That of the last part of an address.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "suivi" => Self::Suivi,
            "refusees" => Self::Refusees,
            "confirmation" => Self::Confirmation,
            "annulation" => Self::Annulation,
            "abandon" => Self::Abandon,
            _ => return None,
        })
    }

    /// Its method.
    pub fn method(self) -> Method {
        if matches!(self, Self::Suivi | Self::Refusees) { Method::Get } else { Method::Post }
    }
}

/// What is wrong with a parameter.
fn about(name: &str, code: &'static str, sentence: impl Into<String>) -> Box<Probleme> {
    Probleme::about(DEMANDE, name, code, sentence.into())
}

/// Refuses what a person alone loads.
fn by_a_program(genre: &Genre) -> Result<()> {
    genre.par_une_personne().map_or(Ok(()), |why| Err(Probleme::new(DROITS, why)))
}

/// The kind and the name that the address says.
fn asked(context: &Context, raw: &str) -> Result<(&'static Genre, String)> {
    let (mut genre, mut nom) = (None, None);
    for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
        let slot = match name.as_ref() {
            "genre" => &mut genre,
            "nom" => &mut nom,
            other => {
                return Err(about(
                    &short(other),
                    "inconnu",
                    format!("«\u{a0}{}\u{a0}» n’est pas un paramètre ici. Paramètres\u{a0}: genre, nom.", short(other)),
                ));
            }
        };
        if slot.replace(value.into_owned()).is_some() {
            return Err(about(&name, "double", format!("«\u{a0}{name}\u{a0}» se donne une fois.")));
        }
    }
    let known: Vec<&str> = context.catalogue.all::<Genre>().filter(|genre| genre.par_une_personne().is_none()).map(|genre| genre.nom).collect();
    let genre = genre.as_deref().and_then(|nom| Genre::find(&context.catalogue, nom));
    let genre = genre.ok_or_else(|| about("genre", "valeur", format!("«\u{a0}genre\u{a0}» est l’un de\u{a0}: {}.", known.join(", "))))?;
    by_a_program(genre)?;
    let nom = nom.filter(|nom| !nom.trim().is_empty() && nom.chars().count() <= NOM_MAX);
    let nom = nom.ok_or_else(|| about("nom", "obligatoire", format!("Donnez le nom du fichier par «\u{a0}nom\u{a0}», de 1 à {NOM_MAX} signes.")))?;
    Ok((genre, imports::nom_de_fichier(&nom)))
}

fn manque(why: Manque) -> Box<Probleme> {
    match why {
        Manque::TropGrand | Manque::ChampTropGrand => {
            Probleme::new(TAILLE, format!("Un fichier fait {} Gio au plus. Coupez-le en plusieurs.", FICHIER_MIO_MAX / 1024))
        }
        Manque::Illisible => Probleme::new(DEMANDE, "Le fichier est arrivé incomplet\u{a0}: rien n’a été gardé. Envoyez-le de nouveau."),
        Manque::Occupe => {
            Probleme::new(LIMITE, "Trop de fichiers arrivent au même moment. Attendez une minute, puis renvoyez-le.").header("Retry-After", "60")
        }
        Manque::Disque(cause) => {
            tracing::error!(cause, "a file of a program could not be received");
            Probleme::new(INDISPONIBLE, "Le serveur n’a pas pu recevoir le fichier\u{a0}: rien n’a été gardé.").header("Retry-After", "60")
        }
    }
}

/// Where an import stands, and its address.
async fn told(context: &Context, appelant: &Appelant, id: i64, (origin, status): (&str, Status), attend: Option<String>) -> Issue {
    let (mut body, _) = imports::suivi(context, &appelant.personne, id).await?;
    let address = format!("{origin}{BASE}/imports/{id}/suivi");
    body["url"] = address.clone().into();
    body["page"] = format!("{origin}/imports/{id}").into();
    // What only a person can say of its reading.
    body["attend"] = attend.into();
    let answer = Reponse::json(&body)?.status(status);
    Ok(if status == Status::Ok { answer } else { answer.header("Location", address) })
}

/// Takes a file.
pub async fn depose<'r>(request: &'r Request<'_>, data: Data<'r>, context: &Context, first: Appelant, (raw, origin): (&str, &str)) -> Issue {
    let (genre, nom) = asked(context, raw)?;
    let list = genre.record.list;
    ecriture::may(&first, list, genre.record)?;
    let most = FICHIER_MIO_MAX * 1024 * 1024;
    let received = receive_body(request, data, (most, PATIENCE), (&PLACES, first.personne.reader.user_id)).await;
    let mut arrive: Received<NamedTempFile> = received.map_err(manque)?;
    arrive.nom = nom;
    // Whoever sends slowly chooses when it ends: asked once more after its last byte.
    let appelant = jetons::caller(request).await?;
    ecriture::may(&appelant, list, genre.record)?;
    if arrive.octets == 0 {
        return Err(Probleme::new(SAISIE, "Ce fichier est vide. Le corps de la demande est le fichier lui-même."));
    }
    let cle = Cle::of(request, &appelant, arrive.sha256.as_bytes())?;
    idempotence::once(context, request, cle, async |_| {
        match imports::depose(context, &appelant.personne, genre, &arrive).await? {
            Ok((id, attend)) => told(context, &appelant, id, (origin, Status::Created), attend).await,
            // A call that was cut after its import was kept is found by what it loaded.
            Err(Refusee::Deja(id, phrase)) => Err(Probleme::new(PRIS, phrase).member("import", id)),
            Err(Refusee::Illisible(phrase)) => Err(Probleme::new(SAISIE, phrase)),
        }
    })
    .await
}

/// The revision and the count that a body confirms.
fn confirmed(fields: &Champs) -> Result<(i32, i64)> {
    let (mut revision, mut lignes, mut wrong) = (None, None, Vec::new());
    let fault = |champ: &str, code, message: &str| Erreur { champ: short(champ), code, message: message.to_string() };
    for (name, donnee) in fields {
        match (name.as_str(), donnee) {
            ("revision", Donnee::Nombre(text)) => revision = text.parse::<i32>().ok(),
            ("lignes", Donnee::Nombre(text)) => lignes = text.parse::<i64>().ok(),
            ("revision" | "lignes", other) => {
                wrong.push(fault(name, "type", &format!("Ici se donne un nombre, et c’est {} qui est donné.", other.genre())));
            }
            (other, _) => wrong.push(fault(other, "inconnu", "Champs\u{a0}: revision, lignes.")),
        }
    }
    match (revision, lignes) {
        (Some(revision), Some(lignes)) if wrong.is_empty() => Ok((revision, lignes)),
        _ => {
            if wrong.is_empty() {
                wrong.push(fault(
                    "revision",
                    "obligatoire",
                    "Donnez la révision et le nombre de lignes que vous avez lus\u{a0}: revision et lignes.",
                ));
            }
            Err(ecriture::refused(wrong))
        }
    }
}

/// Whether `list` shows what people loaded.
pub fn lists(list: &List) -> bool {
    ["import", "import_ligne", "import_anomalie"].contains(&list.table)
}

/// What opens the rows of the kinds of import.
pub fn accesses(context: &Context) -> Vec<Access> {
    context.catalogue.all::<Genre>().map(|genre| genre.record.list.access).collect()
}

/// What was asked of an import.
pub async fn geste<'r>(
    request: &'r Request<'_>,
    data: Data<'r>,
    context: &Context,
    (first, id, geste): (Appelant, i64, Geste),
    (raw, origin): (&str, &str),
) -> Issue {
    if let Some((name, _)) = form_urlencoded::parse(raw.as_bytes()).next() {
        return Err(about(&short(&name), "inconnu", "Cette adresse ne prend aucun paramètre."));
    }
    let (_, import) = imports::suivi(context, &first.personne, id).await?;
    let genre = Genre::find(&context.catalogue, &import.genre).ok_or_else(|| Probleme::new(ETAT, "Ce genre d’import n’existe plus."))?;
    match geste {
        Geste::Suivi => {
            ecriture::personal(&first, genre.record)?;
            return told(context, &first, id, (origin, Status::Ok), None).await;
        }
        Geste::Refusees => {
            ecriture::personal(&first, genre.record)?;
            let lines = imports::lignes_refusees(context, &first.personne, id, REFUSEES_MAX).await?;
            let large = || Probleme::new(TAILLE, "Trop de lignes refusées pour une réponse. Téléchargez-les de la page de l’import.");
            return Ok(Reponse::plain("text/csv; charset=utf-8", lines.ok_or_else(large)?));
        }
        _ => {}
    }
    by_a_program(genre)?;
    ecriture::may(&first, genre.record.list, genre.record)?;
    let (body, appelant) = if geste == Geste::Confirmation {
        let body = corps::bytes(request, data).await?;
        let appelant = jetons::caller(request).await?;
        ecriture::may(&appelant, genre.record.list, genre.record)?;
        (body, appelant)
    } else {
        (Vec::new(), first)
    };
    let cle = Cle::of(request, &appelant, &body)?;
    idempotence::once(context, request, cle, async |_| {
        match geste {
            Geste::Confirmation => {
                let (revision, lignes) = confirmed(&corps::object(&body)?)?;
                imports::confirme(context, &appelant.personne, id, (revision, lignes, false)).await?;
            }
            Geste::Annulation => imports::annule(context, &appelant.personne, id).await?,
            _ => imports::abandonne(context, &appelant.personne, id).await?,
        }
        told(context, &appelant, id, (origin, if geste == Geste::Abandon { Status::Ok } else { Status::Accepted }), None).await
    })
    .await
}
