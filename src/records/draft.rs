//! From what was typed to values that are right, or to sentences that say what is not.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::hooks::{Draft, Values};
use super::model::{Field, Record};
use super::queries::{self, Held};
use crate::champs::{Parent, Saisie};
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::{Choice, Page, Query};
use crate::platform::error::Result;
use crate::ui::typed::ORIGIN;

/// Names of rows told when several answer to what was typed.
const NAMED: usize = 4;
/// The collectivités, by their number.
const COLLECTIVITES: &str = "SELECT id::text, nom::text FROM collectivite ORDER BY nom";
/// Between the reference and the name of a row, in a field that names one.
pub const APART: &str = " — ";

/// A form as it came: name and text of each field.
pub type Sent = BTreeMap<String, String>;

/// The values on offer of every field.
async fn options(context: &Context, personne: &Personne, record: &Record) -> Result<BTreeMap<&'static str, Vec<Choice>>> {
    let mut options = BTreeMap::new();
    for field in record.fields() {
        match &field.saisie {
            Saisie::Reference(sql) => {
                options.insert(field.name, context.choices.of(&context.db, sql).await?.to_vec());
            }
            Saisie::Commune => {
                let communes = context.choices.communes(&context.db).await?;
                let mine = communes.iter().filter(|commune| personne.reader.communes_of(record.list.access).contains(&commune.code));
                options.insert(field.name, mine.map(|commune| (commune.code.clone(), commune.nom.clone())).collect());
            }
            Saisie::Collectivite => {
                let all = context.choices.of(&context.db, COLLECTIVITES).await?;
                let mine = |id: &str| personne.reader.collectivites_of(record.list.access).iter().any(|own| own.to_string() == id);
                options.insert(field.name, all.iter().filter(|(id, _)| mine(id)).cloned().collect());
            }
            _ => {}
        }
    }
    Ok(options)
}

/// The form of a row as it is, of a new one when there is none.
pub async fn of_row(context: &Context, personne: &Personne, record: &Record, held: Option<(i64, &Held)>) -> Result<Draft> {
    let mut draft = Draft { id: held.map(|(id, _)| id), options: Arc::new(options(context, personne, record).await?), ..Draft::default() };
    if let Some((_, held)) = held {
        draft.before = held.values.clone();
        draft.values = held.values.clone();
    }
    for field in record.fields() {
        let value = draft.value(field.name).map(str::to_string);
        let shown = shown(context, field, value.as_deref()).await?;
        // A single choice is no choice: the commune of an agent of one commune, the collectivité of most people.
        let only = match draft.options.get(field.name).map(Vec::as_slice) {
            Some([(code, _)]) if held.is_none() && matches!(field.saisie, Saisie::Commune | Saisie::Collectivite) => code.clone(),
            _ if held.is_none() => field.preset.to_string(),
            _ => shown,
        };
        draft.typed.insert(field.name, only);
    }
    Ok(draft)
}

/// A stored value as it stands in the form.
pub async fn shown(context: &Context, field: &Field, value: Option<&str>) -> Result<String> {
    let (Saisie::Fiche(parent), Some(id)) = (&field.saisie, value.and_then(|id| id.parse().ok())) else { return Ok(field.saisie.in_field(value)) };
    Ok(queries::parent_by_id(&context.db, parent, id).await?.map_or_else(String::new, |(_, reference, name)| format!("{reference}{APART}{name}")))
}

/// What was sent, checked field by field, then together.
pub async fn read(context: &Context, personne: &Personne, record: &Record, held: Option<(i64, &Held)>, sent: &Sent) -> Result<Draft> {
    let mut draft = of_row(context, personne, record, held).await?;
    let today = context.clock.today();
    for field in record.fields() {
        if field.fixed && draft.id.is_some() {
            continue;
        }
        let typed = sent.get(field.name).map_or("", |text| text.trim()).to_string();
        // What nobody touched is what it was, whatever a form would say of it today.
        if draft.id.is_some() && field.kept() && draft.typed.get(field.name).is_some_and(|shown| shown.trim() == typed) {
            continue;
        }
        draft.values.remove(field.name);
        draft.typed.insert(field.name, typed.clone());
        if typed.is_empty() {
            match worth_empty(field) {
                Ok(value) => draft.set(field.name, value),
                Err(sentence) => draft.wrong(field.name, sentence),
            }
            continue;
        }
        let offered = draft.options.get(field.name).cloned().unwrap_or_default();
        let checked = match (&field.saisie, field.saisie.check(&typed, &offered, today)) {
            (Saisie::Fiche(parent), Ok(_)) => match parent_of(context, personne, parent, &typed).await? {
                Ok((id, reference, name)) => {
                    let whole = format!("{reference}{APART}{name}");
                    // Found by a part of its name, or by words that are not quite its own: shown, and looked at, before it is kept.
                    if !typed.eq_ignore_ascii_case(&reference) && typed != whole {
                        draft.wrong(field.name, format!("{}\u{a0}: est-ce bien {whole}\u{a0}? Enregistrez de nouveau, ou corrigez.", field.label));
                    }
                    draft.typed.insert(field.name, whole);
                    Ok(id.to_string())
                }
                Err(sentence) => Err(sentence),
            },
            (_, checked) => checked,
        };
        match checked {
            Ok(value) => draft.set(field.name, Some(value)),
            Err(sentence) => draft.wrong(field.name, of_field(field, &sentence)),
        }
    }
    record.hooks.complete(context, personne, &mut draft).await?;
    Ok(draft)
}

/// What a field that was left empty is worth.
///
/// # Errors
/// It must be filled.
pub fn worth_empty(field: &Field) -> std::result::Result<Option<String>, String> {
    if field.required {
        return Err(format!("{}\u{a0}: donnez une valeur, elle est obligatoire.", field.label));
    }
    Ok(field.empty.map(str::to_string))
}

/// What is wrong with the value of a field, told of that field.
pub fn of_field(field: &Field, sentence: &str) -> String {
    format!("{}\u{a0}: {}", field.label, lowered(sentence))
}

/// A sentence after a label: its first letter small, but for a name or a quotation.
fn lowered(sentence: &str) -> String {
    let mut signs = sentence.chars();
    match (signs.next(), sentence.chars().nth(1)) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => first.to_lowercase().chain(signs).collect(),
        _ => sentence.to_string(),
    }
}

/// The rows of `parent` that answer to `typed`, within the rights of the person: reference and name.
pub async fn candidates(context: &Context, personne: &Personne, parent: &Parent, typed: &str) -> Result<Vec<queries::Found>> {
    let words = typed.split(APART).next().unwrap_or(typed).trim();
    if let Some(found) = queries::parent_by_reference(&context.db, parent, &personne.reader, &reference_of(typed)).await? {
        return Ok(vec![found]);
    }
    let asked = parent.list.asked(&[("q", &words)]);
    // Too many words, or none that can be searched: nothing answers.
    let Ok(query) = Query::parse_stored(parent.list, asked.question(), context.clock.today()) else { return Ok(Vec::new()) };
    let page = Page::fetch(&context.db, &context.choices, &query, &personne.reader).await?;
    let mut found = Vec::new();
    for row in page.rows.iter().take(NAMED + 1) {
        if let Ok(id) = row.id.parse() {
            found.extend(queries::parent_by_id(&context.db, parent, id).await?);
        }
    }
    Ok(found)
}

/// The reference in what was typed or chosen.
fn reference_of(typed: &str) -> String {
    typed.split(APART).next().unwrap_or(typed).trim().to_uppercase()
}

/// How a row of another list is named exactly.
#[derive(Clone, Copy, Debug)]
pub enum Designation<'a> {
    /// By its key.
    Key(i64),
    /// By its reference.
    Reference(&'a str),
}

/// What stands in a form for the row of `parent` that is named so, when the person may name it; else why not. Nothing is told of it:
/// neither that it is somebody else's, nor the name of whom it may be.
///
/// # Errors
/// PostgreSQL failed.
pub async fn naming(
    context: &Context,
    personne: &Personne,
    parent: &Parent,
    designation: Designation<'_>,
) -> Result<std::result::Result<String, String>> {
    let (noun, reader) = (parent.list.noun.0, &personne.reader);
    let (asked, words, key) = match designation {
        Designation::Reference(text) => (reference_of(text), format!("la référence «\u{a0}{text}\u{a0}»"), None),
        Designation::Key(id) => {
            let found = queries::parent_by_id(&context.db, parent, id).await?;
            (found.map(|(_, reference, _)| reference_of(&reference)).unwrap_or_default(), format!("le numéro {id}"), Some(id))
        }
    };
    let is_it = |found: &queries::Found| key.is_none_or(|key| key == found.0);
    if let Some((_, reference, name)) = queries::parent_by_reference(&context.db, parent, reader, &asked).await?.filter(is_it) {
        return Ok(Ok(format!("{reference}{APART}{name}")));
    }
    let readable = queries::parent_by_reference(&context.db, parent, &reader.reading(), &asked).await?.filter(is_it).is_some();
    Ok(Err(if readable {
        format!("vous lisez ce {noun}, sans pouvoir y saisir\u{a0}: vos droits ne vont pas jusque-là. Voyez un administrateur de votre collectivité.")
    } else {
        format!("aucun {noun} de votre périmètre n’a {words}. Donnez celui d’un {noun} que vous lisez, ou créez-le d’abord.")
    }))
}

async fn parent_of(context: &Context, personne: &Personne, parent: &Parent, typed: &str) -> Result<std::result::Result<queries::Found, String>> {
    let mut found = candidates(context, personne, parent, typed).await?;
    let noun = parent.list.noun.0;
    Ok(match found.as_slice() {
        // One that they may only read is not one to create again.
        [] if queries::parent_by_reference(&context.db, parent, &personne.reader.reading(), &reference_of(typed)).await?.is_some() => Err(format!(
            "Vous lisez «\u{a0}{typed}\u{a0}», sans pouvoir y saisir\u{a0}: vos droits ne vont pas jusque-là. Voyez un administrateur de votre collectivité."
        )),
        [] => Err(format!("Aucun {noun} de votre périmètre ne répond à «\u{a0}{typed}\u{a0}». Donnez son numéro, ou créez-le d’abord.")),
        [_] => Ok(found.swap_remove(0)),
        several => {
            let names: Vec<String> = several.iter().take(NAMED).map(|(_, reference, name)| format!("{reference} ({name})")).collect();
            let more = if several.len() > NAMED { "…" } else { "" };
            Err(format!("Plusieurs répondent\u{a0}: {}{more}. Donnez le numéro de celui que vous voulez.", names.join(", ")))
        }
    })
}

/// A form sent over a row that somebody changed meanwhile: what the person did not touch follows the row, what only they
/// touched stays theirs, and where both did, both are told. Gives what stands in the row now, from which the form starts again.
pub async fn merge(context: &Context, record: &Record, draft: &mut Draft, held: &Held, sent: &Sent) -> Result<Sent> {
    draft.faults.clear();
    let mut origins = Sent::new();
    for field in record.fields().filter(|field| !field.fixed) {
        let theirs = shown(context, field, held.values.get(field.name).and_then(Option::as_deref)).await?;
        let mine = draft.typed.get(field.name).cloned().unwrap_or_default();
        let stood = sent.get(&origin(field.name)).map_or("", |text| text.trim()).to_string();
        origins.insert(origin(field.name), theirs.clone());
        if mine == stood {
            draft.typed.insert(field.name, theirs);
        } else if theirs.trim() != stood && theirs.trim() != mine {
            let options = draft.options.get(field.name).map(Vec::as_slice).unwrap_or_default();
            let words = if field.saisie.is_choice() { field.saisie.in_words(Some(theirs.as_str()), options) } else { theirs };
            let words = if words.is_empty() { "rien".into() } else { format!("«\u{a0}{words}\u{a0}»") };
            draft.wrong(
                field.name,
                format!("{}\u{a0}: la valeur enregistrée entre-temps est {words}. Gardez la vôtre, ou recopiez celle-ci.", field.label),
            );
        }
    }
    Ok(origins)
}

/// Name of the field that says what stood in another when the form was opened.
pub fn origin(field: &str) -> String {
    format!("{ORIGIN}{field}")
}

/// The columns whose value is another than that of the row.
pub fn changed(record: &Record, draft: &Draft) -> Values {
    let once = |column: &str| record.computed.iter().any(|computed| computed.once && computed.name == column);
    let columns = record.columns().filter(|(column, _)| draft.values.contains_key(column) && !once(column));
    columns
        .filter(|(column, _)| draft.values[column] != draft.before.get(column).cloned().flatten())
        .map(|(column, _)| (column, draft.values[column].clone()))
        .collect()
}
