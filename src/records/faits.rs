//! What the page of a row says of it, from its declaration.

use super::access::held;
use super::draft;
use super::model::{Field, Record};
use super::queries;
use crate::champs::Saisie;
use crate::comptes::Personne;
use crate::context::Context;
use crate::platform::error::Result;

/// A value of a row, in words.
pub struct Fait {
    /// The field.
    pub label: &'static str,
    /// Its value; nothing when there is none.
    pub words: Option<String>,
    /// Where it leads: the page of another row, a letter, a call.
    pub link: Option<String>,
    /// It is written on several lines.
    pub long: bool,
}

/// A row in words.
pub struct Faits {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: i32,
    /// Whether it was put away.
    pub away: bool,
    /// The places whose readers see it.
    pub places: Vec<String>,
    /// Its state, when the record names the field of it: label and tone.
    pub state: Option<(&'static str, &'static str)>,
    /// What is said of it, by section.
    pub sections: Vec<(&'static str, Vec<Fait>)>,
}

/// Row `id` of `record` in words, within the rights of the person.
///
/// # Errors
/// 404 when it is none of theirs.
pub async fn facts(context: &Context, personne: &Personne, record: &Record, id: i64) -> Result<Faits> {
    let held = held(context, personne, record, id).await?;
    let draft = draft::of_row(context, personne, record, Some((id, &held))).await?;
    let mut sections = Vec::new();
    for section in record.sections {
        let mut facts = Vec::new();
        for field in section.fields.iter().filter(|field| field.kept()) {
            let options = draft.options.get(field.name).map_or(&[][..], Vec::as_slice);
            let value = held.values.get(field.name).cloned().flatten();
            facts.push(fact(context, field, value.as_deref(), options).await?);
        }
        sections.push((section.title, facts));
    }
    let state = record.fiche.and_then(|fiche| fiche.state).and_then(|name| {
        let (code, field) = (held.values.get(name)?.as_deref()?, record.field(name)?);
        let Saisie::Choix(known) = &field.saisie else { return None };
        known.iter().find(|(one, ..)| *one == code).map(|(_, label, tone)| (*label, *tone))
    });
    let away = record.archive.is_some_and(|column| held.values.get(column).is_some_and(Option::is_some));
    let mut connection = context.db.statement().acquire().await?;
    let places = queries::communes(&mut connection, record, id).await?;
    Ok(Faits { name: held.name, version: held.version, away, places, state, sections })
}

async fn fact(context: &Context, field: &Field, value: Option<&str>, options: &[(String, String)]) -> Result<Fait> {
    let (mut words, mut link) = (value.map(|value| field.saisie.in_words(Some(value), options)), None);
    match (&field.saisie, value) {
        (Saisie::Fiche(parent), Some(id)) => {
            if let Some((key, _, name)) = queries::parent_by_id(&context.db, parent, id.parse().unwrap_or_default()).await? {
                (words, link) = (Some(name), Some(format!("/{}/{key}", parent.list.name)));
            }
        }
        (Saisie::Commune, Some(code)) => link = Some(format!("/communes/{code}")),
        (saisie, Some(text)) => link = saisie.kind().and_then(|kind| kind.link(text)),
        _ => {}
    }
    Ok(Fait { label: field.label, words, link, long: field.saisie.is_long() })
}
