//! What programs write, by the same doors as the forms: rows created, corrected, put away; a field that changes by itself; an action
//! on all the rows of a question.

mod champ;
mod etiquette;
mod fiche;
mod masse;
mod saisie;
mod valeurs;

pub use saisie::refused;

use rocket::http::Method;
use rocket::{Data, Request};

use super::corps;
use super::idempotence::{self, Cle};
use super::lecture;
use super::probleme::{DEMANDE, DROITS, Probleme, Result};
use super::reponse::Issue;
use crate::actions::BulkAction;
use crate::catalogue::Catalogue;
use crate::champs::Champ;
use crate::context::Context;
use crate::jetons::{self, Appelant};
use crate::listing::{Access, List, Module};
use crate::records::Record;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cible<'a> {
    /// A list: a new row, or an action on many.
    Liste,
    /// One of its rows.
    Ligne(&'a str),
    /// A row that was put away.
    Restauration(&'a str),
}

/// A call that writes, and who makes it.
struct Appel<'a> {
    context: &'a Context,
    appelant: &'a Appelant,
    list: &'static List,
    /// Scheme and host of this site.
    origin: &'a str,
    /// Its query string.
    raw: &'a str,
    /// The version that it says it read.
    if_match: Option<String>,
    /// What says that it is the same call as one that was cut.
    proof: Option<String>,
}

/// The record of the rows of `list` that programs write: not those of which people prove again who they are.
pub fn record(catalogue: &Catalogue, list: &List) -> Option<&'static Record> {
    Record::find(catalogue, list.name).filter(|record| !record.hooks.proved() && module(list).is_some_and(|module| module != Module::Administration))
}

/// The fields of `record` that change by themselves and by no form.
pub fn apart(catalogue: &Catalogue, record: &'static Record) -> impl Iterator<Item = &'static Champ> {
    let own = |champ: &&Champ| champ.list.name == record.list.name && champ.table == record.table && record.field(champ.sql).is_none();
    catalogue.all::<Champ>().filter(move |champ| own(champ))
}

/// The module whose rights open a list.
fn module(list: &List) -> Option<Module> {
    if let Access::Droit(module, _) = list.access { Some(module) } else { None }
}

/// The methods by which the rows of `list` are written at `cible`.
pub fn methods(catalogue: &Catalogue, list: &List, cible: Cible<'_>) -> Vec<Method> {
    let record = record(catalogue, list);
    let away = record.is_some_and(|record| record.archive.is_some());
    let acted = record.is_some() && catalogue.all::<BulkAction>().any(|action| action.champ.list.name == list.name);
    let known = match cible {
        Cible::Liste => vec![(record.is_some_and(|record| !record.creation.is_empty()), Method::Post), (acted, Method::Patch)],
        Cible::Ligne(_) => vec![(record.is_some(), Method::Patch), (away, Method::Delete)],
        Cible::Restauration(_) => vec![(away, Method::Post)],
    };
    known.into_iter().filter(|(there, _)| *there).map(|(_, method)| method).collect()
}

/// Whether `appelant` writes in `list`, and may read what its rows then answer.
pub fn may(appelant: &Appelant, list: &'static List, record: &Record) -> Result<()> {
    lecture::open(appelant, list)?;
    if !module(list).is_some_and(|module| appelant.jeton.writes(module)) {
        let sentence = format!("Ce jeton lit «\u{a0}{}\u{a0}» et n’y écrit pas. Créez-en un qui écrit dans ce module.", list.title);
        return Err(Probleme::new(DROITS, sentence));
    }
    personal(appelant, record)
}

/// Whether the form of a row of `record` says something of people: it is theirs, or one of its fields is a column that is.
fn names_people(record: &Record) -> bool {
    record.personal || record.fields().any(|field| record.list.column(field.name).is_some_and(|column| column.personal))
}

/// Whether `appelant` reads what the rows of `record` say of people.
pub fn personal(appelant: &Appelant, record: &Record) -> Result<()> {
    if names_people(record) && !appelant.jeton.personnel {
        let sentence = format!("Une fiche ({}) dit des données personnelles, et ce jeton ne les lit pas. Créez un jeton qui les lit.", record.object);
        return Err(Probleme::new(DROITS, sentence));
    }
    Ok(())
}

/// The form of one row, as [`fiche`] writes it.
pub async fn form(context: &Context, appelant: &Appelant, list: &'static List, key: &str, (raw, origin): (&str, &str)) -> Issue {
    lecture::open(appelant, list)?;
    let record = record(&context.catalogue, list).ok_or_else(|| lecture::absent(list))?;
    personal(appelant, record)?;
    let appel = Appel { context, appelant, list, origin, raw, if_match: None, proof: None };
    appel.no_parameter(&[])?;
    fiche::form(&appel, record, key).await
}

/// Whether there is a form of the rows of `list`.
pub fn has_form(catalogue: &Catalogue, list: &List) -> bool {
    record(catalogue, list).is_some()
}

/// Answers a call that writes, by one of [`methods`].
pub async fn answer<'r>(
    request: &'r Request<'_>,
    data: Data<'r>,
    (context, first): (&Context, Appelant),
    (list, cible): (&'static List, Cible<'_>),
    (raw, origin): (&str, &str),
) -> Issue {
    let record = record(&context.catalogue, list).ok_or_else(|| lecture::absent(list))?;
    may(&first, list, record)?;
    let method = request.method();
    let with_body = !matches!((cible, method), (Cible::Ligne(_), Method::Delete) | (Cible::Restauration(_), _));
    let (body, appelant) = if with_body {
        let body = corps::bytes(request, data).await?;
        // Whoever sends slowly chooses when it ends: asked once more after its last byte.
        let appelant = jetons::caller(request).await?;
        may(&appelant, list, record)?;
        (body, appelant)
    } else {
        (Vec::new(), first)
    };
    let cle = Cle::of(request, &appelant, &body)?;
    let tags: Vec<&str> = request.headers().get("If-Match").collect();
    let if_match = (!tags.is_empty()).then(|| tags.join(","));
    idempotence::once(context, request, cle, async |proof| {
        let appel = Appel { context, appelant: &appelant, list, origin, raw, if_match, proof };
        match (cible, method) {
            (Cible::Liste, Method::Post) => fiche::create(&appel, record, &corps::object(&body)?).await,
            (Cible::Liste, _) => masse::act(&appel, &corps::object(&body)?).await,
            (Cible::Ligne(key), Method::Delete) => fiche::put_away(&appel, record, key, true).await,
            (Cible::Ligne(key), _) => correct(&appel, record, key, &corps::object(&body)?).await,
            (Cible::Restauration(key), _) => fiche::put_away(&appel, record, key, false).await,
        }
    })
    .await
}

/// Corrects a row by its form, or by one of the fields that change by themselves.
async fn correct(appel: &Appel<'_>, record: &'static Record, key: &str, fields: &corps::Champs) -> Issue {
    appel.no_parameter(&[])?;
    match champ::named(appel, record, fields)? {
        Some(champ) => champ::change(appel, record, champ, key, fields).await,
        None => fiche::change(appel, record, key, fields).await,
    }
}

impl Appel<'_> {
    /// The parameters of the address, each with its text as it came.
    fn pairs(&self) -> impl Iterator<Item = (&str, (String, String))> {
        self.raw.split('&').filter_map(|pair| Some((pair, form_urlencoded::parse(pair.as_bytes()).into_owned().next()?)))
    }

    /// The parameters of the address.
    fn parameters(&self) -> impl Iterator<Item = (String, String)> {
        self.pairs().map(|(_, read)| read)
    }

    /// Refuses any parameter but `known`.
    fn no_parameter(&self, known: &[&str]) -> Result<()> {
        match self.parameters().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, _)) => {
                let taken =
                    if known.is_empty() { "Cette adresse n’en prend aucun".into() } else { format!("Paramètres\u{a0}: {}", known.join(", ")) };
                let sentence = format!("«\u{a0}{}\u{a0}» n’est pas un paramètre ici. {taken}.", corps::short(&name));
                Err(Probleme::about(DEMANDE, &corps::short(&name), "inconnu", sentence))
            }
        }
    }

    /// The row that `key` names.
    fn key(&self, key: &str) -> Result<i64> {
        key.parse().map_err(|_| lecture::absent(self.list))
    }

    /// The address of row `id`.
    fn address(&self, id: i64) -> String {
        format!("{}{}/{}/{id}", self.origin, super::valeurs::BASE, self.list.name)
    }
}
