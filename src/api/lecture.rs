//! A page of a list, and one of its rows, for a program.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::codes;
use super::formes::{Forme, csv, ndjson, note};
use super::probleme::{ABSENT, DROITS, Probleme, Result};
use super::question::{Compte, Demande, of_row};
use super::reponse::Reponse;
use super::valeurs::{Ligne, Lignes, Plume};
use crate::context::Context;
use crate::jetons::Appelant;
use crate::listing::{COLLECTED_MAX, Count, Counted, Keys, List, Page, Query, Viewer, rows_by};
use crate::platform::cache::{Fragment, Made};
use crate::platform::error;

/// What a row takes in a body, about.
const ROW_BYTES: usize = 1_024;

/// What goes with a body that the cache keeps: before it, on a line of its own.
#[derive(Serialize, Deserialize)]
struct Entete {
    suivante: Option<String>,
    precedente: Option<String>,
    lignes: usize,
}

/// The count of an answer.
#[derive(Serialize)]
struct Nombre {
    nombre: i64,
    exact: bool,
}

/// Whether `list` opens to the token.
pub fn open(appelant: &Appelant, list: &'static List) -> Result<()> {
    if appelant.personne.reader.may(list.access) {
        return Ok(());
    }
    Err(Probleme::new(
        DROITS,
        format!("Ce jeton ne lit pas la liste «\u{a0}{}\u{a0}». Créez-en un qui a ce droit, dans une collectivité où votre compte l’a.", list.title),
    ))
}

/// A page of `list`.
pub async fn collection(
    context: &Context,
    appelant: &Appelant,
    list: &'static List,
    raw: &str,
    (accept, origin): (Option<&str>, &str),
) -> Result<Reponse> {
    open(appelant, list)?;
    let forme = Forme::of(accept)?;
    let today = context.clock.today();
    let demande = Demande::read(list, raw, appelant.jeton.personnel, today, &context.key)?;
    codes::exist(context, appelant, &demande.query).await?;
    let personne = &appelant.personne;
    let name = match forme {
        Forme::Json => "api",
        Forme::Ndjson => "api-ndjson",
        Forme::Csv => "api-csv",
    };
    // Before the cache is asked, as for the pages.
    let _turn = if demande.compte == Compte::Exact { Some(context.gate.turn(personne.reader.user_id).await?) } else { None };
    let make = async || made(context, appelant, &demande, forme, origin).await;
    let kept = context.kept(list, name, &format!("{today} {}", demande.identity(origin)), personne, make).await?;
    let (entete, body) = apart(&kept)?;
    note(context, appelant, list, &demande.query.columns, entete.lignes).await?;
    let link = [(&entete.suivante, "next"), (&entete.precedente, "prev")];
    let link: Vec<String> = link.iter().filter_map(|(address, rel)| Some(format!("<{}>; rel=\"{rel}\"", address.as_ref()?))).collect();
    let mut answer = Reponse::fragment(forme.content_type(), body, &kept.digest).rows(entete.lignes).of(&demande.query.columns);
    if !link.is_empty() {
        answer = answer.header("Link", link.join(", "));
    }
    Ok(answer)
}

/// What the cache kept: what goes with the body, and the body.
fn apart(kept: &Fragment) -> Result<(Entete, Bytes)> {
    let end = kept.body.iter().position(|byte| *byte == b'\n').unwrap_or(kept.body.len());
    let entete = serde_json::from_slice(&kept.body[..end]).map_err(|error| error::Error::Internal(error.to_string()))?;
    Ok((entete, kept.body.slice((end + 1).min(kept.body.len())..)))
}

async fn made(context: &Context, appelant: &Appelant, demande: &Demande, forme: Forme, origin: &str) -> error::Result<Made> {
    let (query, reader) = (&demande.query, appelant.personne.reader.as_ref());
    let choices = context.choices.at(appelant.personne.reference());
    let db = context.reading(&appelant.personne, query.list.domains);
    let page = Page::there(&db, &choices, query, reader).await?;
    if page.refused.is_some() {
        return Err(error::Error::invalid(format!(
            "Ce tri ne se fait que sur {COLLECTED_MAX} lignes au plus, et cette question en a davantage. Ajoutez un filtre, ou triez par {}.",
            query.list.sorts.iter().map(|sort| sort.name).collect::<Vec<_>>().join(", ")
        ))
        .about("tri"));
    }
    let compte = match demande.compte {
        Compte::Non => None,
        Compte::Borne | Compte::Exact => Some(Count::with_sums(&db, &choices, query, reader, demande.compte == Compte::Exact).await?),
    };
    let at = |position: &Option<_>| position.as_ref().map(|position| demande.address(origin, query.place_of(position, &context.key)));
    let entete = Entete { suivante: at(&page.next), precedente: at(&page.previous), lignes: page.rows.len() };
    let plume = &Plume::new(origin, query, &context.catalogue, demande.choix);
    // As much as a page takes: bytes that grow are copied again and again.
    let mut body = Vec::with_capacity(1_024 + page.rows.len() * ROW_BYTES);
    serde_json::to_writer(&mut body, &entete).map_err(|error| error::Error::Internal(error.to_string()))?;
    body.push(b'\n');
    let written = match forme {
        Forme::Json => json_page(&mut body, plume, &page, &entete, compte.as_ref()),
        Forme::Ndjson => ndjson(&mut body, plume, &page),
        Forme::Csv => {
            csv(&mut body, plume, &page);
            Ok(())
        }
    };
    written.map_err(|error| error::Error::Internal(error.to_string()))?;
    let lasting = !page.hurried && compte.as_ref().is_none_or(Counted::is_settled);
    Ok(Made { body: body.into(), lasting })
}

/// A page as one object.
#[derive(Serialize)]
struct Feuille<'a> {
    donnees: Lignes<'a>,
    suivante: Option<&'a str>,
    precedente: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compte: Option<Nombre>,
}

fn json_page(body: &mut Vec<u8>, plume: &Plume<'_>, page: &Page, entete: &Entete, counted: Option<&Counted>) -> serde_json::Result<()> {
    let compte = counted.map(|counted| match counted.count {
        Count::Exact(nombre) => Nombre { nombre, exact: true },
        Count::About(nombre) => Nombre { nombre, exact: false },
    });
    let (suivante, precedente) = (entete.suivante.as_deref(), entete.precedente.as_deref());
    serde_json::to_writer(body, &Feuille { donnees: Lignes(plume, &page.rows), suivante, precedente, compte })
}

/// One row of `list`.
pub async fn row(context: &Context, appelant: &Appelant, list: &'static List, key: &str, (raw, origin): (&str, &str)) -> Result<Reponse> {
    open(appelant, list)?;
    let (query, choix) = of_row(list, raw, appelant.jeton.personnel, context.clock.today())?;
    let row = one(context, appelant, &query, key).await?;
    note(context, appelant, list, &query.columns, 1).await?;
    let plume = &Plume::new(origin, &query, &context.catalogue, choix);
    Ok(Reponse::json(&Ligne(plume, &row))?.rows(1).of(&query.columns))
}

/// Said of a row that is not there, or not theirs.
pub fn absent(list: &List) -> Box<Probleme> {
    Probleme::new(ABSENT, format!("Cette ligne de «\u{a0}{}\u{a0}» n’existe pas, ou n’est pas dans le périmètre du jeton.", list.title))
}

/// The row of `key`, if it is one of theirs.
pub async fn one(context: &Context, appelant: &Appelant, query: &Query, key: &str) -> Result<crate::listing::RowData> {
    let list = query.list;
    let absent = || absent(list);
    let keys = if list.is_numbered() { Keys::Ids(vec![key.parse().map_err(|_| absent())?]) } else { Keys::Texts(vec![key.to_string()]) };
    let db = context.reading(&appelant.personne, list.domains);
    rows_by(&db, query, &appelant.personne.reader, keys).await?.pop().ok_or_else(absent)
}
