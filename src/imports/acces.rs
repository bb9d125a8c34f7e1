//! What the routes of an import have in common: who sees it and who acts on it, its job, the page of its reading.

use std::collections::BTreeMap;
use std::sync::Arc;

use maud::Markup;

use super::completude;
use super::etats::Etape;
use super::genre::Genre;
use super::model::{Import, titre};
use super::part::{CONTENT, Part};
use super::queries;
use super::travail::Travail;
use super::{autre_genre, constantes, list, profils, views};
use crate::champs::Saisie;
use crate::comptes::{self, Personne};
use crate::context::Context;
use crate::listing::{Arg, Choice, Niveau, Statement, within_scope};
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::jobs::{Requester, enqueue};
use crate::records;
use crate::ui::layout;

/// Not theirs, or not there: nobody is told which.
pub fn unknown() -> Error {
    Error::out_of_reach("Cet import n’existe pas, ou il n’est pas de votre périmètre.")
}

/// Another one writes, or this one moved on.
pub fn busy() -> Error {
    Error::Conflict(
        "Un autre import de ce genre s’écrit, ou celui-ci a changé d’état entre-temps\u{a0}: rien n’a été fait. Attendez sa fin, puis recommencez."
            .into(),
    )
}

/// An import that the person sees, its kind, and what they may do of it.
///
/// # Errors
/// They do not see it, or PostgreSQL failed.
pub async fn seen(context: &Context, personne: &Personne, id: i64) -> Result<(Import, &'static Genre, Part)> {
    if !personne.reader.may(list::IMPORTS.access) {
        return Err(Error::forbidden("Vos droits ne donnent pas accès aux imports."));
    }
    let import = queries::seen(&context.db, &personne.reader, id).await?.ok_or_else(unknown)?;
    let genre = Genre::find(&context.catalogue, &import.genre).ok_or_else(unknown)?;
    if let Some(token) = personne.token()
        && import.jeton_id != Some(token)
        && !comptes::reads_as_its_owner(&context.db, personne, &[genre.record.list.access]).await?
    {
        return Err(unknown());
    }
    let part = Part::of(personne, &import, genre);
    Ok((import, genre, part))
}

/// The same, for whoever reads what the file holds.
///
/// # Errors
/// They may not read it, or PostgreSQL failed.
pub async fn read(context: &Context, personne: &Personne, id: i64) -> Result<Import> {
    let (import, _, part) = seen(context, personne, id).await?;
    if part.lit {
        return Ok(import);
    }
    Err(Error::forbidden(CONTENT))
}

/// The same, for who decides of an import before it is written: the one who loaded it.
///
/// # Errors
/// They may not act on it, or PostgreSQL failed.
pub async fn acted(context: &Context, personne: &Personne, id: i64) -> Result<(Import, &'static Genre)> {
    let (import, genre, part) = seen(context, personne, id).await?;
    match part {
        Part { agit: true, .. } => Ok((import, genre)),
        Part { saisit: true, .. } => Err(Error::forbidden(format!(
            "Cet import est celui de {}\u{a0}: personne d’autre ne décide de ce qu’il écrit. Chargez le fichier à votre nom, une fois cet import abandonné ou annulé.",
            import.demandeur
        ))),
        _ => Err(Error::forbidden(
            "Vous voyez cet import, sans pouvoir agir\u{a0}: il faut pouvoir saisir. Voyez un administrateur de votre collectivité.",
        )),
    }
}

/// Whether what an import wrote is too far for the person to take it back: nothing of it is theirs to write any more, which would use the
/// undoing up for those who may; or, when another loaded it, not all of it is.
async fn beyond(context: &Context, personne: &Personne, import: &Import, genre: &Genre) -> Result<bool> {
    let own = personne.reader.at(Niveau::Saisir);
    let mut statement = Statement::default();
    let id = statement.bind(Arg::Int(import.id));
    let mine = within_scope(&mut statement, genre.record.list, &own, "t.id")?;
    statement.sql = format!(
        "SELECT coalesce(bool_or(NOT ({mine})), false), coalesce(bool_or({mine}), false)
         FROM import_ligne l JOIN {} t ON t.id = l.cle WHERE l.import_id = {id}::bigint AND l.etat = 'ecrite'",
        genre.record.table
    );
    let arguments = statement.arguments()?;
    let (beyond, within): (bool, bool) = sqlx::query_as_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_one(context.db.statement()).await?;
    Ok(beyond && (!within || import.demandeur_id != personne.reader.user_id))
}

/// The same, for who takes an import back or gives it up.
///
/// # Errors
/// They may not, or PostgreSQL failed.
pub async fn taken_back(context: &Context, personne: &Personne, id: i64) -> Result<(Import, &'static Genre)> {
    let (import, genre, part) = seen(context, personne, id).await?;
    if part.reprend && !beyond(context, personne, &import, genre).await? {
        return Ok((import, genre));
    }
    Err(Error::forbidden(
        "Vos droits ne vont pas partout où cet import a écrit\u{a0}: rien n’a été fait. Voyez un administrateur de ces collectivités.",
    ))
}

/// The same, for who may enter such rows: they replay the file in their own name, and decide of what it proposes.
///
/// # Errors
/// They may not, or PostgreSQL failed.
pub async fn entered(context: &Context, personne: &Personne, id: i64) -> Result<(Import, &'static Genre)> {
    let (import, genre, part) = seen(context, personne, id).await?;
    if part.saisit {
        return Ok((import, genre));
    }
    Err(Error::forbidden("Vous voyez cet import, sans pouvoir agir\u{a0}: il faut pouvoir saisir. Voyez un administrateur de votre collectivité."))
}

/// The values on offer of each field that is one of a list.
///
/// # Errors
/// PostgreSQL failed.
pub async fn options(context: &Context, personne: &Personne, genre: &'static Genre) -> Result<BTreeMap<&'static str, Vec<Choice>>> {
    let mut all = Arc::unwrap_or_clone(records::of_row(context, personne, genre.record, None).await?.options);
    for field in genre.record.fields() {
        if matches!(field.saisie, Saisie::Commune) {
            // Told by their names, those of others too.
            let communes = context.choices.communes(&context.db).await?;
            all.entry(field.name).or_insert_with(|| communes.iter().map(|commune| (commune.code.clone(), commune.nom.clone())).collect());
        }
    }
    Ok(all)
}

/// The page of a reading.
///
/// # Errors
/// PostgreSQL failed.
pub async fn lecture_page(
    context: &Context,
    personne: &Personne,
    (import, genre, agit): (&Import, &'static Genre, bool),
    faute: Option<String>,
) -> Result<Markup> {
    let own = if agit { personne.at(genre.record.list.access, Niveau::Saisir)? } else { personne.clone() };
    let offered = records::of_row(context, &own, genre.record, None).await?.options;
    let options = |field: &str| offered.get(field).cloned().unwrap_or_default();
    let connus = profils::connus(context, &personne.reader, genre).await?;
    let valide = personne.reader.at(Niveau::Valider);
    let places = completude::possibles(genre, &valide);
    let all = context.choices.communes(&context.db).await?;
    let communes: Vec<(String, String)> =
        all.iter().filter(|commune| places.contains(&commune.code)).map(|commune| (commune.code.clone(), commune.nom.clone())).collect();
    let lieux = profils::lieux(&context.db, &personne.reader, genre).await?;
    let corrigeable = agit && import.can_read_again();
    let fautes = if corrigeable { constantes::fautes(context, &own, (genre, import.mode()), &import.correspondance).await? } else { BTreeMap::new() };
    let autre = if corrigeable { autre_genre::ressemble(context, personne, import, genre) } else { None };
    let lue = views::Lue {
        fautes: &fautes,
        autre,
        import,
        genre,
        options: &options,
        corrigeable,
        faute,
        connus: &connus,
        communes: &communes,
        lieux: &lieux,
    };
    Ok(layout::page(&personne.frame, &titre(import, genre), &views::lecture(&lue)))
}

/// Adds the job of a step, which whoever asked for it, `who`, may call off.
///
/// # Errors
/// PostgreSQL failed.
pub async fn lance(write: &mut Write, (import, genre): (&Import, &Genre), etape: Etape, who: i64) -> Result<()> {
    let words = match etape {
        Etape::Verification => "Vérification",
        Etape::Ecriture => "Écriture",
        Etape::Annulation => "Annulation",
    };
    let job = Travail { import: import.id, etape, titre: format!("{words}, {}", titre(import, genre)) };
    let requester = Requester { user_id: Some(who), collectivite_id: import.collectivite_id };
    let job = enqueue(write, &job, requester).await?;
    queries::attach(&mut write.tx, import.id, job).await?;
    Ok(())
}
