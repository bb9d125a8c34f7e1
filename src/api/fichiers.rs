//! Files, for a program: more than a page of rows is an export, as for people, by the same rules.

use chrono::SecondsFormat;
use rocket::http::Status;
use serde_json::{Value, json};

use super::codes;
use super::lecture::open;
use super::probleme::{DEMANDE, DROITS, METHODE, Probleme, Result};
use super::question::{self, Demande, take};
use super::reponse::Reponse;
use super::valeurs::BASE;
use crate::context::Context;
use crate::exports::{self, Followed, Stage};
use crate::jetons::Appelant;
use crate::listing::{Format, List, Query};
use crate::platform::http::{Opened, Part};

/// Asks for a file of `list`: the question of its address, in `format`.
pub async fn ask(context: &Context, appelant: &Appelant, list: &'static List, raw: &str, origin: &str) -> Result<Reponse> {
    open(appelant, list)?;
    if !list.exportable {
        return Err(Probleme::new(METHODE, format!("La liste «\u{a0}{}\u{a0}» ne s’exporte pas. Lisez-la page par page.", list.title)));
    }
    let mut pairs = question::pairs(raw)?;
    let codes = Format::ALL.iter().map(|format| format.code()).collect::<Vec<_>>().join(", ");
    let format = take(&mut pairs, "format")?.and_then(|code| Format::from_code(&code));
    let format = format.ok_or_else(|| {
        Probleme::about(DEMANDE, "format", "valeur", format!("Dites le format du fichier par «\u{a0}format=\u{a0}»\u{a0}: {codes}."))
    })?;
    if let Some((name, ..)) = pairs.iter().find(|(name, ..)| ["apres", "avant", "fin", "vers", "taille", "compte", "choix"].contains(&name.as_str()))
    {
        let sentence = format!("Un fichier a toutes les lignes\u{a0}: «\u{a0}{name}\u{a0}» n’est pas un paramètre ici.");
        return Err(Probleme::about(DEMANDE, name, "inconnu", sentence));
    }
    let personal = appelant.jeton.personnel;
    // The first column of a file leads to the row: it is always there.
    if !personal && list.columns[0].personal {
        return Err(Probleme::about(
            DROITS,
            "champs",
            "personnel",
            "Un fichier de cette liste nomme des personnes, et ce jeton ne lit pas les données personnelles. Lisez-la page par page, ou créez un jeton qui les lit.",
        ));
    }
    let rest = pairs.iter().map(|(_, _, pair)| *pair).collect::<Vec<_>>().join("&");
    let today = context.clock.today();
    let demande = Demande::read(list, &rest, personal, today, &context.key)?;
    codes::exist(context, appelant, &demande.query).await?;
    // As a page would have asked: with its columns by name.
    let question = format!("{}&tri={}&colonnes={}", demande.query.canonical_filters(), demande.query.sort_text(), demande.names().replace(',', "."));
    let query = Query::parse(list, &question, today, &context.key)?;
    let id = exports::demanded(context, &appelant.personne, &query, format).await?;
    let export = followed(context, appelant, id).await?;
    let mut answer = Reponse::json(&told(context, &export, origin))?.header("Location", address(origin, id)).of(&query.columns);
    answer.status = Status::Accepted;
    Ok(answer)
}

fn address(origin: &str, id: i64) -> String {
    format!("{origin}{BASE}/exports/{id}")
}

async fn followed(context: &Context, appelant: &Appelant, id: i64) -> Result<Followed> {
    let export = exports::followed(&context.db, &appelant.personne.reader, id).await?.ok_or_else(exports::unknown)?;
    // One that its owner asked for on screen may name people.
    let list = context.catalogue.exportable(&export.liste);
    let query = list.and_then(|list| Query::parse_stored(list, &export.requete, context.clock.today()).ok());
    // By its columns, or by what it was asked with: the file of somebody's stays names them.
    let names_people = query.is_none_or(|query| query.columns.iter().any(|column| column.personal) || question::quiet(&query).is_err());
    if names_people && !appelant.jeton.personnel {
        return Err(Probleme::new(
            DROITS,
            "Ce fichier nomme des personnes, et ce jeton ne lit pas les données personnelles. Créez un jeton qui les lit.",
        ));
    }
    if !list.is_some_and(|list| appelant.personne.reader.may(list.access)) {
        return Err(exports::unknown().into());
    }
    Ok(export)
}

/// Where a file stands.
pub async fn state(context: &Context, appelant: &Appelant, id: i64, origin: &str) -> Result<Reponse> {
    let export = followed(context, appelant, id).await?;
    let answer = Reponse::json(&told(context, &export, origin))?;
    Ok(match export.stage() {
        Stage::Waiting | Stage::Running => answer.header("Retry-After", "2"),
        Stage::Ready | Stage::Failed | Stage::Cancelled | Stage::Expired => answer,
    })
}

fn told(context: &Context, export: &Followed, origin: &str) -> Value {
    let stage = export.stage();
    let code = match stage {
        Stage::Waiting => "en_attente",
        Stage::Running => "en_cours",
        Stage::Ready => "pret",
        Stage::Failed => "echec",
        Stage::Cancelled => "annule",
        Stage::Expired => "retire",
    };
    let place = address(origin, export.id);
    let ready = |end: &str| (stage == Stage::Ready).then(|| format!("{place}/{end}"));
    json!({
        "id": export.id,
        "url": place,
        "liste": export.liste,
        "titre": context.catalogue.title(&export.liste),
        "format": export.format,
        "filtres": export.filtres,
        "etat": code,
        "fait": export.job_done,
        "total": export.job_total.or(export.lignes_prevues),
        "demande_le": export.cree_le.to_rfc3339_opts(SecondsFormat::Micros, true),
        "lignes": export.lignes_ecrites,
        "octets": export.octets,
        "sha256": export.sha256,
        "expire_le": export.expire_le.map(|instant| instant.to_rfc3339_opts(SecondsFormat::Micros, true)),
        "fichier": ready("fichier"),
        "manifeste": ready("manifeste"),
    })
}

/// What proves a file.
pub async fn manifest(context: &Context, appelant: &Appelant, id: i64) -> Result<Reponse> {
    followed(context, appelant, id).await?;
    let export = exports::finished(&appelant.personne, id, context).await?;
    let mut manifest = export.manifeste.ok_or_else(exports::unknown)?;
    if let (false, Some(told)) = (appelant.jeton.personnel, manifest.as_object_mut()) {
        told.remove("demandeur");
    }
    Reponse::json(&manifest)
}

/// A file, or a part of it.
///
/// Its rows are counted when its beginning is given: what is taken up again is not read twice.
pub async fn file(context: &Context, appelant: &Appelant, id: i64, part: &Part) -> Result<(Opened, i64)> {
    let rows = followed(context, appelant, id).await?.lignes_ecrites.unwrap_or(0);
    let opened = exports::opened(&appelant.personne, id, part, context).await?;
    let begun = opened.sent().is_some_and(|(start, _)| start == 0);
    Ok((opened, if begun { rows } else { 0 }))
}
