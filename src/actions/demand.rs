//! From the rows that a person chose to the page they confirm, and from that page to the work.

use super::etats::Way;
use super::model::{AT_ONCE_MAX, BulkAction, Choix, Counted, Demand, Etendue, ROWS_MAX, Row};
use super::queries::{self, Asker};
use super::{apply, choix, jobs};
use crate::comptes::Personne;
use crate::context::Context;
use crate::journal;
use crate::listing::{Query, Selection, chosen, covered, describe};
use crate::motifs::Motif;
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::jobs::{Requester, enqueue};
use crate::platform::token;

/// A selection counted, ready to be confirmed.
pub struct Prepared {
    /// What the page sends back.
    pub demand: Demand,
    /// Rows by value.
    pub counted: Counted,
    /// Ticked rows that the question no longer has, or that are out of reach.
    pub absent: usize,
    /// How the ticked rows are called.
    pub names: Vec<(i64, String)>,
    /// The filters in words.
    pub words: String,
}

/// The person where they may do it: every row that it changes is asked of them.
fn allowed(personne: &Personne, action: &BulkAction) -> Result<Personne> {
    if action.may(&personne.reader) {
        return personne.at(action.champ.list.access, action.niveau);
    }
    Err(Error::forbidden(format!(
        "Vos droits ne permettent pas cette action\u{a0}: elle demande «\u{a0}{}\u{a0}». Voyez un administrateur de votre collectivité.",
        action.niveau.label()
    )))
}

/// Counts what was chosen.
pub async fn prepare(context: &Context, personne: &Personne, action: &'static BulkAction, raw: &str, choix: Choix) -> Result<Prepared> {
    let query = Query::parse(action.champ.list, raw, context.clock.today(), &context.key)?;
    let keys = match choix {
        Choix::Page { page, places } => Some(chosen(&context.db, &context.choices, &query, &personne.reader, &page, &places).await?),
        Choix::Lignes(keys) => Some(keys),
        Choix::Filtre => None,
    };
    // A page all ticked would be so again, with other rows.
    let selection = if query.selection == Selection::Off { Selection::Off } else { Selection::Open };
    counted(context, personne, action, (&query, keys), query.url_selecting(selection), None).await
}

/// Counts all the rows of a question, for a program that confirms their number with it; `nonce` is that of the same demand sent
/// again, when it has one.
///
/// # Errors
/// Rights do not go so far, or there are too many rows.
pub async fn prepare_filter(
    context: &Context,
    personne: &Personne,
    action: &'static BulkAction,
    query: &Query,
    nonce: Option<&str>,
) -> Result<Prepared> {
    if let Some(nonce) = nonce {
        // Sent again after what was cut before it was confirmed: counted again.
        choix::forget(&context.db, nonce).await?;
    }
    counted(context, personne, action, (query, None), query.url_selecting(Selection::Off), nonce).await
}

/// The action that a demand of this nonce made already.
///
/// # Errors
/// PostgreSQL failed.
pub async fn made(context: &Context, nonce: &str) -> Result<Option<i64>> {
    Ok(queries::of_nonce(&context.db, nonce).await?)
}

/// Counts again what a confirmation was about, as it is now.
pub async fn prepare_again(context: &Context, personne: &Personne, action: &'static BulkAction, demand: &Demand) -> Result<Prepared> {
    let query = Query::parse(action.champ.list, &demand.requete, demand.jour, &context.key)?;
    let keys = match &demand.etendue {
        Etendue::Lignes(keys) => Some(keys.clone()),
        Etendue::Filtre => None,
    };
    counted(context, personne, action, (&query, keys), demand.retour.clone(), None).await
}

async fn counted(
    context: &Context,
    personne: &Personne,
    action: &'static BulkAction,
    (query, keys): (&Query, Option<Vec<i64>>),
    retour: String,
    nonce: Option<&str>,
) -> Result<Prepared> {
    let personne = &allowed(personne, action)?;
    let list = action.champ.list;
    let nonce = nonce.map_or_else(token::random, |nonce| Ok(nonce.to_string())).map_err(|error| Error::Internal(error.to_string()))?;
    let counted = choix::count(&context.db, &context.choices, action, query, &personne.reader, keys.as_deref(), &nonce).await?;
    let total = counted.total();
    if total > ROWS_MAX {
        return Err(Error::invalid(format!(
            "Ce filtre compte {} : une action en change {} au plus. Ajoutez un filtre, puis recommencez.",
            list.counted(total),
            crate::ui::format::integer(ROWS_MAX)
        )));
    }
    let absent = keys.as_ref().map_or(0, |keys| keys.len().saturating_sub(counted.keys.len()));
    let names = match &keys {
        Some(_) => choix::names(&context.db, action, &personne.reader, &counted.keys).await?,
        None => Vec::new(),
    };
    let words = describe(&context.desk, query, &personne.reader).await?;
    let demand = Demand {
        liste: list.name.into(),
        nom: action.name.into(),
        requete: query.canonical(),
        etendue: if keys.is_some() { Etendue::Lignes(counted.keys.clone()) } else { Etendue::Filtre },
        jour: query.today,
        total,
        sommes: counted.sums(action),
        instantane: counted.snapshot.clone(),
        retour,
        personne: personne.reader.user_id,
        nonce,
    };
    Ok(Prepared { demand, counted, absent, names, words })
}

/// What was selected, for those who read it later.
async fn in_words(context: &Context, personne: &Personne, query: &Query, demand: &Demand) -> Result<String> {
    let words = describe(&context.desk, query, &personne.reader).await?;
    Ok(match &demand.etendue {
        Etendue::Lignes(keys) => {
            let count = i64::try_from(keys.len()).unwrap_or(i64::MAX);
            format!("{} ; {words}", super::model::agreed(count, ("ligne", "lignes"), ("cochée", "cochées")))
        }
        Etendue::Filtre => words,
    })
}

/// What came of a confirmation.
pub enum Outcome {
    /// Done, with its counts, and where the person was.
    Done(Box<Row>, String),
    /// A job does it; or this confirmation had been sent before.
    Follow(i64),
}

/// Does what was confirmed, once: at once when it is small, else by a job.
pub async fn confirm(context: &Context, personne: &Personne, action: &'static BulkAction, demand: &Demand, motif: Option<&Motif>) -> Result<Outcome> {
    let personne = &allowed(personne, action)?;
    if let Some(known) = queries::of_nonce(&context.db, &demand.nonce).await? {
        return Ok(Outcome::Follow(known));
    }
    let reader = &personne.reader;
    let query = Query::parse(action.champ.list, &demand.requete, demand.jour, &context.key)?;
    let keys = match &demand.etendue {
        Etendue::Lignes(keys) => Some(keys.as_slice()),
        Etendue::Filtre => None,
    };
    let words = in_words(context, personne, &query, demand).await?;
    let communes = covered(&context.db, &context.choices, &query, reader).await?;
    let place = journal::place(context.db.statement(), &communes, personne.principale).await?;
    let asker = Asker { id: reader.user_id, collectivite_id: place };
    let mut write = context.db.write().await?;
    let Some(id) = queries::insert(&mut write.tx, demand, action, &words, motif, &asker).await? else {
        // The other click came first, and has committed.
        write.rollback().await?;
        let known = queries::of_nonce(&context.db, &demand.nonce).await?;
        return known.map(Outcome::Follow).ok_or_else(|| Error::Internal("a confirmation vanished".into()));
    };
    if keys.is_none() && !choix::is_kept(&mut write.tx, &demand.nonce).await? {
        write.rollback().await?;
        return Err(Error::Conflict("Cette confirmation date de plus d’un jour : rien n’a été changé. Recommencez depuis la liste.".into()));
    }
    if demand.total > AT_ONCE_MAX && keys.is_none() {
        journal::within(context, &mut write.tx, &personne.actor, journal::Borne::Actions).await?;
        return by_job(write, personne, action, (id, place), demand.total).await.map(Outcome::Follow);
    }
    let row = read(&mut write, id).await?;
    let total = apply::stage(context, &mut write, &row, action, reader, keys).await?;
    all_lots(&mut write, &row, action, personne, (0, total), Way::Forth).await?;
    // Last: nobody waits behind a lock for a connection.
    journal::within(context, &mut write.tx, &personne.actor, journal::Borne::Actions).await?;
    let row = apply::close(&mut write, id, action, &personne.actor, Way::Forth).await?;
    write.commit().await?;
    Ok(Outcome::Done(Box::new(row), demand.retour.clone()))
}

async fn by_job(mut write: Write, personne: &Personne, action: &BulkAction, (id, place): (i64, Option<i32>), total: i64) -> Result<i64> {
    let job = jobs::ActionEnMasse { action: id, titre: format!("{} : {}", action.label, action.champ.list.counted(total)) };
    let job_id = enqueue(&mut write, &job, requester(personne, place)).await?;
    queries::attach(&mut write.tx, id, job_id).await?;
    let row = read(&mut write, id).await?;
    apply::note(&mut write, &row, action, &personne.actor, Way::Forth).await?;
    write.commit().await?;
    Ok(id)
}

/// Undoes an action, once. Gives it as it then is.
pub async fn undo(context: &Context, personne: &Personne, action: &'static BulkAction, id: i64) -> Result<Row> {
    let personne = &allowed(personne, action)?;
    within_reach(context, personne, action, id).await?;
    let mut write = context.db.write().await?;
    if !queries::begin_undo(&mut write.tx, id, personne.reader.user_id).await? {
        write.rollback().await?;
        return Err(Error::Conflict("Cette action ne s’annule pas, ou plus : elle est déjà annulée, ou son délai est passé. Voyez sa page.".into()));
    }
    let row = read(&mut write, id).await?;
    if row.avancement - row.annule_avancement <= AT_ONCE_MAX {
        all_lots(&mut write, &row, action, personne, (row.annule_avancement, row.avancement), Way::Back).await?;
        let row = apply::close(&mut write, id, action, &personne.actor, Way::Back).await?;
        write.commit().await?;
        return Ok(row);
    }
    let job = jobs::Annulation { action: id, titre: format!("Annulation : {}, {}", row.libelle, action.champ.list.counted(row.modifiees)) };
    let job_id = enqueue(&mut write, &job, requester(personne, row.collectivite_id)).await?;
    queries::attach_undo(&mut write.tx, id, job_id).await?;
    let row = read(&mut write, id).await?;
    apply::note(&mut write, &row, action, &personne.actor, Way::Back).await?;
    write.commit().await?;
    Ok(row)
}

/// Refuses an undoing that would leave rows of others as they are, and be done for nobody else after. What is written
/// to a row meanwhile gives it another version: it is then nobody's to put back. Of a large action the count may take too
/// long for a page: its job looks again.
async fn within_reach(context: &Context, personne: &Personne, action: &BulkAction, id: i64) -> Result<()> {
    let mut connection = context.db.statement().acquire().await?;
    let Some(row) = queries::row(&mut connection, id).await? else { return Ok(()) };
    match queries::out_of_reach(&mut connection, &row, action, &personne.reader).await {
        Ok(0) | Err(Error::TooHeavy) => Ok(()),
        Ok(count) => Err(Error::forbidden(super::model::out_of_reach(action, &row, personne.reader.user_id, count))),
        Err(error) => Err(error),
    }
}

/// The job of an action is of the same place as the action.
fn requester(personne: &Personne, place: Option<i32>) -> Requester {
    Requester { user_id: Some(personne.reader.user_id), collectivite_id: place }
}

async fn read(write: &mut Write, id: i64) -> Result<Row> {
    queries::row(&mut write.tx, id).await?.ok_or_else(|| Error::Internal(format!("action {id} is gone")))
}

async fn all_lots(write: &mut Write, row: &Row, action: &BulkAction, personne: &Personne, (mut rank, total): (i64, i64), way: Way) -> Result<()> {
    while rank < total {
        rank = apply::lot(write, row, action, &personne.reader, (rank, total), way).await?;
    }
    Ok(())
}
