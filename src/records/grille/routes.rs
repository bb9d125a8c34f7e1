//! The page, one line computed as one types, and the door by which all of them are written.

use std::collections::BTreeSet;

use maud::Markup;
use rocket::http::Status;
use rocket::http::uri::Origin;
use rocket::response::Redirect;
use rocket::{Route, State, get, post, routes as collect};
use serde_json::json;

use super::lecture::{self, Grille, LINES_MAX, MORE};
use super::views::{self, Around};
use crate::comptes::{self, Paires, Personne};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::Niveau;
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::records::access::known;
use crate::records::creation::{fresh, taken};
use crate::records::draft::{self, Sent};
use crate::records::model::{Grid, Record};
use crate::records::queries;
use crate::records::typed::Answered;
use crate::records::writing::touch;
use crate::ui::error_page::Refused;
use crate::ui::message::Tone;
use crate::ui::reply::Reply;
use crate::ui::{format, layout};

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![open, save, one]
}

fn with_grid(context: &Context, liste: &str, personne: &Personne) -> Result<(&'static Record, &'static Grid, Personne)> {
    let (record, personne) = known(context, liste, personne, Niveau::Saisir)?;
    Ok((record, record.grid.ok_or_else(|| Error::not_found("Cette page n’existe pas."))?, personne))
}

fn page(personne: &Personne, record: &Record, grid: &Grid, grille: &Grille, around: &Around<'_>) -> Markup {
    layout::page(&personne.frame, grid.title, &views::page(record, grid, grille, around))
}

#[get("/<liste>/registre?<reprise>", rank = 6)]
async fn open(liste: &str, reprise: Option<i64>, personne: Personne, uri: &Origin<'_>, context: &State<Context>) -> Result<Markup> {
    let (record, grid, personne) = with_grid(context, liste, &personne)?;
    let kept = comptes::given_back(&context.db, personne.reader.user_id, reprise).await?;
    let given_back = kept.is_some();
    let sent: Sent = match kept {
        Some(kept) => {
            let own = (0..LINES_MAX).flat_map(|place| grid.columns.iter().map(move |(column, _)| lecture::name_of(column, place)));
            let names = grid.shared.iter().map(|name| name.to_string()).chain(own);
            let typed: std::collections::BTreeMap<String, String> = kept.pairs().into_iter().collect();
            names.filter_map(|name| typed.get_key_value(&name).map(|(name, text)| (name.clone(), text.clone()))).collect()
        }
        None => {
            let query = uri.query().map(|query| query.as_str()).unwrap_or_default();
            form_urlencoded::parse(query.as_bytes()).into_owned().filter(|(name, _)| grid.shared.contains(&name.as_str())).collect()
        }
    };
    // Opened: nothing is wrong yet.
    let mut shared = draft::of_row(context, &personne, record, None).await?;
    for name in grid.shared {
        if let Some(text) = sent.get(*name) {
            shared.typed.insert(name, text.clone());
        }
    }
    if !given_back {
        record.hooks.opened(context, &personne, &mut shared, &sent).await?;
    }
    let grille = Grille { lines: lecture::lines(grid, &sent), rows: Vec::new(), shared, sent };
    Ok(page(&personne, record, grid, &grille, &Around { token: &fresh()?, given_back, ..Around::default() }))
}

#[post("/<liste>/registre/ligne?<n>", data = "<sent>", rank = 6)]
async fn one(liste: &str, n: usize, personne: Personne, sent: Paires, context: &State<Context>) -> Result<Markup> {
    let (record, grid, personne) = with_grid(context, liste, &personne)?;
    if n >= LINES_MAX {
        return Err(Error::invalid("Cette ligne n’existe pas."));
    }
    let row = lecture::line(context, &personne, record, grid, &sent.0, n).await?;
    Ok(views::result(grid, n, row.as_ref(), false))
}

/// What became of the lines.
enum Outcome {
    Written {
        rows: usize,
    },
    Already,
    Alike,
    /// Something became wrong meanwhile.
    Refused,
    /// A value of this line is taken, as the constraint says.
    Taken(usize, String),
}

async fn write(context: &Context, personne: &Personne, (record, grid): (&Record, &Grid), grille: &mut Grille, token: &str) -> Result<Outcome> {
    let mut write: Write = context.db.write().await?;
    queries::one_at_a_time(&mut write.tx, record).await?;
    if queries::created(&mut write.tx, record, token).await?.is_some() {
        write.rollback().await?;
        return Ok(Outcome::Already);
    }
    grille.look_alike(&mut write.tx, personne, record, grid).await?;
    let confirmed = grille.sent.get("faire").is_some_and(|wanted| wanted == "confirmer");
    let seen: BTreeSet<&str> = grille.sent.get("vus").filter(|_| confirmed).map(|seen| seen.split(' ').collect()).unwrap_or_default();
    if grille.unseen(&seen) {
        write.rollback().await?;
        return Ok(Outcome::Alike);
    }
    let mut first = None;
    for row in 0..grille.rows.len() {
        let draft = &mut grille.rows[row].draft;
        record.hooks.number(&mut write.tx, draft).await?;
        if !draft.faults.is_empty() {
            write.rollback().await?;
            return Ok(Outcome::Refused);
        }
        let id = match queries::insert(&mut write.tx, record, &personne.reader, draft).await? {
            Ok(id) => id,
            Err(constraint) => {
                write.rollback().await?;
                return Ok(Outcome::Taken(row, constraint));
            }
        };
        record.hooks.created(&mut write.tx, id, draft).await?;
        // Whoever creates it must be able to open it: the rights are those of the list, asked of the row itself.
        let mine = queries::held(&mut write.tx, record, &personne.reader, id).await?.is_some();
        if !mine {
            return Err(Error::out_of_reach("Une ligne ne serait pas dans votre périmètre : rien n’est enregistré."));
        }
        let communes = queries::communes(&mut write.tx, record, id).await?;
        journal::note_at(&mut write.tx, &personne.actor, Action::Create, (record.object, &id.to_string()), &json!({}), &communes).await?;
        touch(&mut write, record, &communes);
        first.get_or_insert(id);
    }
    if let Some(first) = first {
        queries::keep_creation(&mut write.tx, record, token, first).await?;
    }
    write.commit().await?;
    Ok(Outcome::Written { rows: grille.rows.len() })
}

#[post("/<liste>/registre", data = "<sent>", rank = 6)]
async fn save(liste: &str, personne: Personne, sent: Paires, context: &State<Context>) -> Answered<Reply> {
    let typed = lecture::given_back(context, liste, &sent.0);
    saving(liste, &personne, sent.0, context).await.map_err(|error| Refused { error, typed })
}

async fn saving(liste: &str, personne: &Personne, mut sent: Sent, context: &Context) -> Result<Reply> {
    let (record, grid, personne) = with_grid(context, liste, personne)?;
    let token = sent.get("jeton").cloned().filter(|token| (20..=100).contains(&token.len()) && token.is_ascii()).map_or_else(fresh, Ok)?;
    let wanted = sent.get("faire").cloned().unwrap_or_default();
    if wanted == "lignes" {
        let more = (lecture::lines(grid, &sent) + MORE).min(LINES_MAX);
        sent.insert("lignes".into(), more.to_string());
    }
    let mut grille = lecture::read(context, &personne, record, grid, sent).await?;
    let again = |grille: &Grille, status: Status, around: Around<'_>| Ok(Reply::Page((status, page(&personne, record, grid, grille, &around))));
    let around = || Around { token: &token, ..Around::default() };
    if wanted == "lignes" || wanted == "verifier" {
        return again(&grille, Status::Ok, Around { checked: wanted == "verifier", ..around() });
    }
    if !grille.is_sound() {
        return again(&grille, Status::UnprocessableEntity, Around { checked: true, refused: true, ..around() });
    }
    match write(context, &personne, (record, grid), &mut grille, &token).await? {
        Outcome::Written { rows } => {
            let rows = record.list.counted(i64::try_from(rows).unwrap_or(i64::MAX));
            let text = format!("C’est enregistré\u{a0}: {rows}, {}.", format::money(grille.total(grid)));
            let (tone, text) = with_warnings(&grille, text);
            Ok(Reply::Done(Box::new(Flash::new(Redirect::to(shown(record, grid, &grille)), tone.flash_kind(), text))))
        }
        Outcome::Already => {
            let text = "Ce registre a déjà été enregistré\u{a0}: voici ses lignes.";
            Ok(Reply::Done(Box::new(Flash::new(Redirect::to(shown(record, grid, &grille)), "info", text))))
        }
        Outcome::Alike => again(&grille, Status::Conflict, Around { checked: true, alike: true, ..around() }),
        Outcome::Refused => again(&grille, Status::Conflict, Around { checked: true, refused: true, ..around() }),
        Outcome::Taken(row, constraint) => {
            let draft = std::mem::take(&mut grille.rows[row].draft);
            grille.rows[row].draft = taken(record, draft, &constraint);
            again(&grille, Status::Conflict, Around { checked: true, refused: true, ..around() })
        }
    }
}

/// Warnings told in a message; more are counted.
const WARNED: usize = 5;

/// What was written, and what deserves a look, line by line.
fn with_warnings(grille: &Grille, text: String) -> (Tone, String) {
    let warned: Vec<String> = grille
        .rows
        .iter()
        .flat_map(|row| row.draft.warnings.iter().map(move |warning| format!("Ligne {}\u{a0}: {warning}", row.place + 1)))
        .collect();
    if warned.is_empty() {
        return (Tone::Success, text);
    }
    let more = warned.len().saturating_sub(WARNED);
    let more = if more > 0 { format!(" Et {more} autres remarques.") } else { String::new() };
    (Tone::Warning, format!("{text} {}{more}", warned[..warned.len().min(WARNED)].join(" ")))
}

/// The list that shows what was entered.
fn shown(record: &Record, grid: &Grid, grille: &Grille) -> String {
    let (filter, field) = grid.shown_by;
    let value = grille.rows.first().and_then(|row| row.draft.value(field)).unwrap_or_default();
    record.list.asked(&[(filter, &value)]).into()
}
