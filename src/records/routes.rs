//! Routes of a record: the form that creates, the form that corrects, what it would compute, the way back.

use maud::{Markup, html};
use rocket::http::Status;
use rocket::http::uri::Origin;
use rocket::response::Redirect;
use rocket::{Route, State, get, post, routes as collect};

use super::access::{creatable, held, known, note_reading};
use super::creation::{Creation, create, fresh, taken};
use super::draft::{self, Sent};
use super::hooks::{Draft, Similar, Values};
use super::model::Record;
use super::proof::Proved;
use super::queries::Held;
use super::typed::{self, Answered};
use super::views::{self, Around};
use super::writing::{Written, way_back, write};
use crate::champs::Saisie;
use crate::comptes::{self, Paires, Personne};
use crate::context::Context;
use crate::listing::{List, Niveau};
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::ui::error_page::Refused;
use crate::ui::icon::icon;
use crate::ui::layout;
use crate::ui::reply::Reply;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![new, create_by_form, edit, change, compute, choose]
}

/// The link to the form of a row, for its page; `level` is what the person may do with it.
pub fn edit_link(level: Option<Niveau>, list: &List, id: i64) -> Markup {
    if level < Some(Niveau::Saisir) {
        return html! {};
    }
    html! { a class="bouton" id="f-corriger" href={ "/" (list.name) "/" (id) "/modifier" } { (icon("pencil")) "Corriger" } }
}

/// What a form holds when it is opened: given back after an end of session, or by an address.
async fn opening(context: &Context, personne: &Personne, reprise: Option<i64>, uri: &Origin<'_>, record: &Record) -> Result<(Sent, bool)> {
    if let Some(kept) = comptes::given_back(&context.db, personne.reader.user_id, reprise).await? {
        let names = record.fields().flat_map(|field| [field.name.to_string(), draft::origin(field.name)]);
        let mut sent: Sent = names.filter_map(|name| Some((name.clone(), kept.typed(&[&name])?))).collect();
        sent.extend(kept.typed(&["version"]).map(|version| ("version".to_string(), version)));
        return Ok((sent, true));
    }
    let query = uri.query().map(|query| query.as_str()).unwrap_or_default();
    let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
    Ok((pairs.filter(|(name, _)| record.fields().any(|field| field.name == name)).collect(), false))
}

/// A form opened, with what it holds already.
fn fill(record: &Record, draft: &mut Draft, sent: &Sent) {
    for field in record.fields().filter(|field| !(field.fixed && draft.id.is_some())) {
        if let Some(text) = sent.get(field.name) {
            draft.typed.insert(field.name, text.clone());
        }
    }
}

#[get("/<liste>/nouveau?<reprise>", rank = 6)]
async fn new(liste: &str, reprise: Option<i64>, personne: Personne, uri: &Origin<'_>, context: &State<Context>) -> Result<Markup> {
    let (record, personne) = creatable(context, liste, &personne)?;
    let (sent, given_back) = opening(context, &personne, reprise, uri, record).await?;
    let mut draft = draft::of_row(context, &personne, record, None).await?;
    fill(record, &mut draft, &sent);
    if !given_back {
        record.hooks.opened(context, &personne, &mut draft, &sent).await?;
    }
    let above = html! { @if given_back { (comptes::reminder()) } };
    Ok(page(&personne, record, &draft, &Around { token: &fresh()?, above, ..Around::empty() }))
}

impl Around<'_> {
    fn empty() -> Self {
        Around { name: "", version: 0, token: "", above: html! {}, origins: None, similar: &[] }
    }
}

fn page(personne: &Personne, record: &Record, draft: &Draft, around: &Around<'_>) -> Markup {
    layout::page(&personne.frame, &views::title(record, around), &views::form(record, draft, around))
}

/// What the button asks.
fn wants(sent: &Sent) -> &str {
    sent.get("faire").map_or("enregistrer", String::as_str)
}

#[post("/<liste>/nouveau", data = "<sent>", rank = 6)]
async fn create_by_form(liste: &str, personne: Personne, sent: Paires, context: &State<Context>) -> Answered<Reply> {
    let typed = typed::of_form(context, liste, &sent.0);
    creating(liste, &personne, sent.0, context).await.map_err(|error| Refused { error, typed })
}

async fn creating(liste: &str, personne: &Personne, sent: Sent, context: &Context) -> Result<Reply> {
    let (record, personne) = creatable(context, liste, personne)?;
    let draft = draft::read(context, &personne, record, None, &sent).await?;
    let token = sent.get("jeton").cloned().filter(|token| (20..=100).contains(&token.len()) && token.is_ascii()).map_or_else(fresh, Ok)?;
    let again = |draft: &Draft, status: Status, similar: &[Similar]| {
        Ok(Reply::Page((status, page(&personne, record, draft, &Around { token: &token, similar, ..Around::empty() }))))
    };
    if wants(&sent) == "calculer" {
        return again(&Draft { quiet: true, ..draft }, Status::Ok, &[]);
    }
    if !draft.faults.is_empty() {
        return again(&draft, Status::UnprocessableEntity, &[]);
    }
    // Those that were shown are passed over; another one that looks like it is shown first.
    let seen = |one: &Similar| wants(&sent) == "confirmer" && sent.get("vus").is_some_and(|seen| one.is_seen(seen));
    let (id, name, draft) = match create(context, &personne, record, draft, (&token, &seen)).await? {
        Creation::Done(id, name, draft) => (id, name, draft),
        Creation::Already(id) => return Ok(already(record, id)),
        Creation::Alike(draft, similar) => return again(&draft, Status::Conflict, &similar),
        Creation::Refused(draft) => return again(&draft, Status::Conflict, &[]),
    };
    let text = told(&format!("{name}\u{a0}: c’est créé."), &draft);
    let kind = if draft.warnings.is_empty() { "success" } else { "warning" };
    let onward = if wants(&sent) == "encore" { another(record, &draft) } else { format!("/{}/{id}", record.list.name) };
    Ok(Reply::Done(Box::new(Flash::new(Redirect::to(onward), kind, text))))
}

/// A sentence, and what deserves a look.
fn told(text: &str, draft: &Draft) -> String {
    std::iter::once(text).chain(draft.warnings.iter().map(String::as_str)).collect::<Vec<_>>().join(" ")
}

fn already(record: &Record, id: i64) -> Reply {
    let said = "Ce formulaire a déjà été enregistré\u{a0}: voici sa fiche.";
    Reply::Done(Box::new(Flash::new(Redirect::to(format!("/{}/{id}", record.list.name)), "info", said)))
}

/// The form of the next one, which keeps what the next one often has too.
fn another(record: &Record, draft: &Draft) -> String {
    let kept =
        record.fields().filter(|field| matches!(field.saisie, Saisie::Fiche(_) | Saisie::Commune | Saisie::Collectivite | Saisie::Reference(_)));
    // Never a name in an address: the reference alone.
    let pairs = kept.filter_map(|field| Some((field.name, draft.typed.get(field.name)?.split(draft::APART).next()?)));
    pairs.fold(record.list.page("nouveau"), |address, (name, value)| address.with(name, value)).into()
}

/// What a form sent over an older version becomes: nothing is written, and what stands in the row now is where it starts from.
async fn meanwhile(context: &Context, personne: &Personne, record: &Record, (id, mut draft): (i64, Draft), now: &Held, sent: &Sent) -> Result<Reply> {
    note_reading(context, personne, record, id).await?;
    let origins = draft::merge(context, record, &mut draft, now, sent).await?;
    let around = Around { name: &now.name, version: now.version, above: views::clash(record, now), origins: Some(&origins), ..Around::empty() };
    Ok(Reply::Page((Status::Conflict, page(personne, record, &draft, &around))))
}

#[get("/<liste>/<id>/modifier?<reprise>", rank = 6)]
#[allow(clippy::too_many_arguments)] // one per part of the request
async fn edit(
    liste: &str,
    id: i64,
    reprise: Option<i64>,
    personne: Personne,
    _proved: Proved,
    uri: &Origin<'_>,
    context: &State<Context>,
) -> Result<Markup> {
    let (record, personne) = known(context, liste, &personne, Niveau::Saisir)?;
    let held = held(context, &personne, record, id).await?;
    note_reading(context, &personne, record, id).await?;
    let (sent, given_back) = opening(context, &personne, reprise, uri, record).await?;
    let mut draft = draft::of_row(context, &personne, record, Some((id, &held))).await?;
    if record.live.is_some() {
        record.hooks.complete(context, &personne, &mut draft).await?;
        draft.quiet = true;
    }
    if !given_back {
        return Ok(page(&personne, record, &draft, &Around { name: &held.name, version: held.version, ..Around::empty() }));
    }
    fill(record, &mut draft, &sent);
    // Over the version that was on the screen: what somebody wrote meanwhile is a conflict, as if it had been sent in time.
    let version = sent.get("version").and_then(|version| version.parse().ok()).unwrap_or(0);
    let around = Around { name: &held.name, version, above: comptes::reminder(), origins: Some(&sent), ..Around::empty() };
    Ok(page(&personne, record, &draft, &around))
}

#[post("/<liste>/<id>/modifier", data = "<sent>", rank = 6)]
async fn change(liste: &str, id: i64, personne: Personne, _proved: Proved, sent: Paires, context: &State<Context>) -> Answered<Reply> {
    let typed = typed::of_form(context, liste, &sent.0);
    changing((liste, id), &personne, sent.0, context).await.map_err(|error| Refused { error, typed })
}

async fn changing((liste, id): (&str, i64), personne: &Personne, sent: Sent, context: &Context) -> Result<Reply> {
    let (record, personne) = known(context, liste, personne, Niveau::Saisir)?;
    let before = held(context, &personne, record, id).await?;
    let draft = draft::read(context, &personne, record, Some((id, &before)), &sent).await?;
    let version: i32 = sent.get("version").and_then(|version| version.parse().ok()).unwrap_or(0);
    let again = |draft: &Draft, status: Status, held: &Held, above: Markup, origins: Option<&Sent>| {
        let around = Around { name: &held.name, version: held.version, above, origins, ..Around::empty() };
        Ok(Reply::Page((status, page(&personne, record, draft, &around))))
    };
    if wants(&sent) == "calculer" {
        return again(&Draft { quiet: true, ..draft }, Status::Ok, &Held { version, ..before }, html! {}, Some(&sent));
    }
    if version != before.version {
        return meanwhile(context, &personne, record, (id, draft), &before, &sent).await;
    }
    if !draft.faults.is_empty() {
        return again(&draft, Status::UnprocessableEntity, &before, html! {}, Some(&sent));
    }
    let changed = draft::changed(record, &draft);
    let file = format!("/{}/{id}", record.list.name);
    if changed.is_empty() {
        return Ok(Reply::Done(Box::new(Flash::new(Redirect::to(file), "info", "Rien à changer\u{a0}: ce sont déjà les valeurs enregistrées."))));
    }
    let moved = match write(context, &personne, record, (id, version), &before.values, &changed).await? {
        Written::Done(moved) => moved,
        Written::Taken(constraint) => return again(&taken(record, draft, &constraint), Status::Conflict, &before, html! {}, Some(&sent)),
        // The form holds no archive: nobody puts away by it.
        Written::Meanwhile | Written::Kept(_) => {
            let now = held(context, &personne, record, id).await?;
            return meanwhile(context, &personne, record, (id, draft), &now, &sent).await;
        }
    };
    let was: Values = changed.keys().map(|column| (*column, before.values.get(column).cloned().flatten())).collect();
    let next = way_back(context, &personne, record, (id, version + 1), &was);
    let again = if moved { " Ce qui était décidé est de nouveau à vérifier." } else { "" };
    let text = next.after(&told(&format!("{}\u{a0}: c’est enregistré.{again}", record.name_among(&changed).unwrap_or(&before.name)), &draft));
    Ok(Reply::Done(Box::new(Flash::new(Redirect::to(file), if draft.warnings.is_empty() && !moved { "success" } else { "warning" }, text))))
}

#[post("/<liste>/calcul?<id>", data = "<sent>", rank = 6)]
async fn compute(liste: &str, id: Option<i64>, personne: Personne, sent: Paires, context: &State<Context>) -> Result<Markup> {
    let (record, personne) = known(context, liste, &personne, Niveau::Saisir)?;
    if record.live.is_none() {
        return Err(Error::not_found("Cette page n’existe pas."));
    }
    let held = match id {
        Some(id) => Some((id, held(context, &personne, record, id).await?)),
        None => None,
    };
    let draft = draft::read(context, &personne, record, held.as_ref().map(|(id, held)| (*id, held)), &sent.0).await?;
    Ok(views::panel(record, &draft))
}

#[get("/<liste>/choisir/<field>", rank = 7)]
async fn choose(liste: &str, field: &str, personne: Personne, uri: &Origin<'_>, context: &State<Context>) -> Result<Markup> {
    let (record, personne) = known(context, liste, &personne, Niveau::Saisir)?;
    let found = record.fields().find(|known| known.name == field).and_then(|field| match &field.saisie {
        Saisie::Fiche(parent) => Some((field.name, *parent)),
        _ => None,
    });
    let (name, parent) = found.ok_or_else(|| Error::not_found("Ce champ n’existe pas."))?;
    let query = uri.query().map(|query| query.as_str()).unwrap_or_default();
    let typed = form_urlencoded::parse(query.as_bytes()).find_map(|(key, text)| (key == name).then(|| text.into_owned())).unwrap_or_default();
    // One letter is the beginning of everything; what was chosen already is no question.
    if typed.trim().chars().count() < 2 || typed.contains(draft::APART) {
        return Ok(html! {});
    }
    Ok(views::known(name, &draft::candidates(context, &personne, parent, typed.trim()).await?))
}
