//! The history of a file: who changed what and when, from the journal and from the actions on many rows.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::actions::{self, Touch};
use crate::champs::{Champ, Saisie};
use crate::comptes::Personne;
use crate::context::Context;
use crate::imports::{self, Touche};
use crate::journal::{self, Change};
use crate::lettres;
use crate::listing::{Choice, List};
use crate::platform::error::Result;
use crate::ui::format;
use crate::ui::icon::icon;

/// Events told at once; more unfold.
const SHOWN: usize = 20;
/// Events told at all, of the journal and of the actions each.
const READ_MAX: i64 = 100;

/// Something that happened to a row.
pub struct Event {
    moment: DateTime<Utc>,
    who: String,
    words: Vec<String>,
    /// What did it to many rows, and whether the reader may open its page.
    action: Option<(Auteur, bool)>,
}

/// What changes many rows, by its number.
#[derive(Clone, Copy)]
enum Auteur {
    Action(i64),
    Import(i64),
}

impl Auteur {
    /// Its page, and what it is called.
    fn page(self) -> (String, String) {
        match self {
            Self::Action(id) => (format!("/actions/{id}"), format!("action n°\u{a0}{id}")),
            Self::Import(id) => (format!("/imports/{id}"), format!("import n°\u{a0}{id}")),
        }
    }
}

/// A field of the file, with the words of its values.
struct Field {
    champ: &'static Champ,
    options: Vec<Choice>,
}

/// What happened to row `key` of `list`, the last first. The caller has checked that it is the reader's.
///
/// # Errors
/// PostgreSQL failed.
pub async fn read(context: &Context, personne: &Personne, list: &'static List, key: i64) -> Result<Vec<Event>> {
    let mut fields = Vec::new();
    for champ in super::CHAMPS.iter().copied().filter(|champ| champ.list.name == list.name) {
        let options = match &champ.saisie {
            Saisie::Reference(sql) => context.choices.of(&context.db, sql).await?.to_vec(),
            _ => Vec::new(),
        };
        fields.push(Field { champ, options });
    }
    let Some(object) = fields.first().map(|field| field.champ.object) else { return Ok(Vec::new()) };
    let changes = journal::changes(&context.db.statement(), object, &key.to_string(), READ_MAX).await?;
    let touches = actions::touched(&context.db, &personne.reader, list, key, READ_MAX).await?;
    let mut events: Vec<Event> = changes.iter().map(|change| told(change, &fields)).collect();
    events.extend(touches.iter().flat_map(|touch| done(touch, &fields)));
    if context.catalogue.all::<imports::Genre>().any(|genre| genre.record.list.name == list.name) {
        for touche in &imports::touches(&context.db, &personne.reader, list, key, READ_MAX).await? {
            events.extend(written(context, list, touche).await?);
        }
    }
    events.sort_by_key(|event| std::cmp::Reverse(event.moment));
    Ok(events)
}

/// « Statut : « À vérifier » devient « Validé » ».
fn became(label: &str, before: Option<&str>, after: Option<&str>) -> String {
    let words = |value: Option<&str>| value.map_or_else(|| "non renseigné".to_string(), |text| format!("«\u{a0}{text}\u{a0}»"));
    format!("{label}\u{a0}: {} devient {}", words(before), words(after))
}

fn told(change: &Change, fields: &[Field]) -> Event {
    let mut words: Vec<String> = Vec::new();
    for Field { champ, options } in fields {
        if let Some(value) = change.detail.get(champ.column) {
            let side = |name: &str| value[name].as_str().map(|text| champ.in_words(Some(text), options));
            words.push(became(champ.column().label, side("avant").as_deref(), side("apres").as_deref()));
        }
    }
    let record = super::RECORDS.iter().find(|record| fields.first().is_some_and(|field| field.champ.object == record.object));
    let detail = change.detail.as_object();
    for told in record.zip(detail).into_iter().flat_map(|(record, detail)| record.told_changes(detail)) {
        if !fields.iter().any(|field| field.champ.column == told.column) {
            words.push(became(told.label, told.before.as_deref(), told.after.as_deref()));
        }
    }
    if let Some(motif) = change.detail.get("motif") {
        words.push(became("Motif", motif["avant"].as_str(), motif["apres"].as_str()));
    }
    words.extend(merged(&change.detail));
    words.extend(super::periodes::told(&change.detail));
    words.extend(super::changement::told(&change.detail));
    words.extend(journal::added(&change.detail));
    words.extend(lettres::told(&change.detail));
    if words.is_empty() {
        words.push(if change.creation { "Création" } else { "Modification" }.into());
    }
    Event { moment: change.moment, who: change.acteur.clone(), words, action: None }
}

/// A merge of two files, or its undoing.
fn merged(detail: &serde_json::Value) -> Option<String> {
    let name = |key: &str| detail.get(key).and_then(|name| name.as_str());
    let undone = if detail.get("defaite").is_some() { "\u{a0}: fusion annulée" } else { "" };
    match (name("absorbe"), name("fusionne_dans")) {
        (Some(other), _) => Some(format!("Fusion avec la fiche de {other}{undone}")),
        (_, Some(other)) => Some(format!("Fusion dans la fiche de {other}{undone}")),
        _ => None,
    }
}

/// An action as one of its rows lived it: the value given, and the one before given back.
fn done(touch: &Touch, fields: &[Field]) -> Vec<Event> {
    let Some(field) =
        fields.iter().find(|field| super::BULK_ACTIONS.iter().any(|action| std::ptr::eq(action.champ, field.champ) && action.name == touch.nom))
    else {
        return Vec::new();
    };
    let (champ, action) = (field.champ, Some((Auteur::Action(touch.action), touch.visible)));
    let label = champ.column().label;
    let before = champ.in_words(touch.avant.as_deref(), &field.options);
    let after = champ.in_words(Some(&touch.apres), &field.options);
    let mut words = vec![became(label, Some(&before), Some(&after))];
    words.extend(touch.motif().map(|motif| format!("Motif\u{a0}: «\u{a0}{}\u{a0}»", motif.in_words())));
    let mut events = vec![Event { moment: touch.moment, who: touch.par.clone(), words, action }];
    events.extend(touch.annule_le.filter(|_| touch.retablie).map(|moment| Event {
        moment,
        who: touch.annuleur.clone().unwrap_or_default(),
        words: vec![became(label, Some(&after), Some(&before)), "par annulation".into()],
        action,
    }));
    events
}

/// What a line of an import did to the row, and its undoing.
async fn written(context: &Context, list: &'static List, touche: &Touche) -> Result<Vec<Event>> {
    let mut words = Vec::new();
    if touche.creation {
        words.push("Création".to_string());
    } else if let Some(record) = super::RECORDS.iter().find(|record| std::ptr::eq(record.list, list)) {
        for field in record.fields() {
            let Some(after) = touche.valeurs.as_ref().and_then(|values| values.get(field.name)) else { continue };
            let options = match &field.saisie {
                Saisie::Reference(sql) => context.choices.of(&context.db, sql).await?.to_vec(),
                _ => Vec::new(),
            };
            let before = touche.avant.as_ref().and_then(|values| values[field.name].as_str()).filter(|text| !text.is_empty());
            let side = |value: Option<&str>| value.map(|text| field.saisie.in_words(Some(text), &options));
            words.push(became(field.label, side(before).as_deref(), side(after.as_str()).as_deref()));
        }
        if let Some((label, saisie)) = record
            .archive
            .filter(|column| touche.valeurs.as_ref().is_some_and(|values| values.get(column).is_some()))
            .and_then(|column| record.told(column))
        {
            let day = record.archive.and_then(|column| touche.valeurs.as_ref()?[column].as_str());
            words.push(became(label, None, day.map(|day| saisie.in_words(Some(day), &[])).as_deref()));
        }
    }
    // The name of a file is told to whoever may open its import: it may be somebody's.
    words.push(if touche.ligne == 0 {
        "absente d’un fichier complet".into()
    } else if touche.visible {
        format!("ligne {} de «\u{a0}{}\u{a0}»", touche.ligne, touche.fichier)
    } else {
        format!("ligne {}", touche.ligne)
    });
    let action = Some((Auteur::Import(touche.import), touche.visible));
    let undone = touche.annule_le.filter(|_| touche.defaite).map(|moment| Event {
        moment,
        who: touche.annuleur.clone().unwrap_or_default(),
        words: vec!["Remis comme avant l’import".into()],
        action,
    });
    Ok([Event { moment: touche.moment, who: touche.par.clone(), words, action }].into_iter().chain(undone).collect())
}

/// The history, as a part of the file.
pub fn section(events: &[Event]) -> Markup {
    let (first, more) = events.split_at(events.len().min(SHOWN));
    html! {
        section {
            h2 { "Historique" }
            @if events.is_empty() { p { "Aucune modification n’est inscrite au journal." } }
            (list(first))
            @if !more.is_empty() { details { summary { "Plus ancien" } (list(more)) } }
        }
    }
}

fn list(events: &[Event]) -> Markup {
    html! {
        @if !events.is_empty() {
            ol class="historique" {
                @for event in events {
                    li {
                        time datetime=(event.moment.to_rfc3339()) { (format::instant(event.moment)) }
                        @if !event.who.is_empty() { ", " strong { (event.who) } }
                        "\u{a0}: " (event.words.join("\u{a0}; "))
                        @if let Some((action, visible)) = event.action {
                            @let (page, name) = action.page();
                            ", " (icon("list")) @if visible { a href=(page) { (name) } } @else { (name) }
                        }
                    }
                }
            }
        }
    }
}
