//! Choosing the other file, comparing both, merging, undoing.

use std::collections::BTreeMap;

use maud::Markup;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{Route, State, get, post, routes as collect};
use serde_json::{Value, json};

use super::model::{Hote, PARTS, Part, Values, proposed, refus, taken};
use super::queries::{self, Moved};
use super::views::{self, Comparison};
use crate::comptes::{Paires, Personne};
use crate::context::Context;
use crate::journal::{self, Action, Borne};
use crate::listing::{Module, Niveau};
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::records;
use crate::taxe::HEBERGEURS;
use crate::taxe::records::HOSTS;
use crate::taxe::ressemblance::alike;
use crate::taxe::sejours::allowed;
use crate::ui::layout;
use crate::ui::message::{Next, Tone};
use crate::ui::reply::Reply;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![open, merge, undo]
}

fn unknown() -> Error {
    Error::out_of_reach("Cet hébergeur n’existe pas ou n’a pas de logement dans votre périmètre.")
}

async fn both(context: &Context, personne: &Personne, kept: i64, other: i64) -> Result<(Hote, Hote)> {
    let mut connection = context.db.statement().acquire().await?;
    let kept = queries::hote(&mut connection, &personne.reader, kept).await?.ok_or_else(unknown)?;
    let other = queries::hote(&mut connection, &personne.reader, other).await?.ok_or_else(unknown)?;
    Ok((kept, other))
}

/// What is shown of people is noted and bounded, as their file is.
async fn note_reading(context: &Context, personne: &Personne, hosts: &[i64]) -> Result<()> {
    let mut write = context.db.write().await?;
    for id in hosts {
        journal::within(context, &mut write.tx, &personne.actor, Borne::Consultations).await?;
        let communes = queries::communes(&mut write.tx, *id).await?;
        journal::note_at(&mut write.tx, &personne.actor, Action::Read, ("hébergeur", &id.to_string()), &json!({}), &communes).await?;
    }
    Ok(write.commit().await?)
}

#[get("/hebergeurs/<id>/fusion?<avec>&<autre>")]
async fn open(id: i64, avec: Option<i64>, autre: Option<&str>, personne: Personne, context: &State<Context>) -> Result<Markup> {
    allowed(&personne)?;
    let personne = personne.at(HEBERGEURS.access, Niveau::Valider)?;
    if let Some(other) = avec {
        let (kept, other) = both(context, &personne, id, other).await?;
        note_reading(context, &personne, &[kept.id, other.id]).await?;
        let comparison = Comparison { kept: &kept, other: &other, chosen: &|part| proposed(&kept, &other, part), above: None };
        return Ok(layout::page(&personne.frame, views::TITLE, &views::compare(&comparison)));
    }
    let mut connection = context.db.statement().acquire().await?;
    let kept = queries::hote(&mut connection, &personne.reader, id).await?.ok_or_else(unknown)?;
    let known = ["nom", "siret", "courriel", "telephone"].map(|column| kept.value(column));
    let close = alike(&mut connection, personne.reader.communes(Module::Taxe), known, Some(id)).await?;
    drop(connection);
    let typed = autre.map_or("", str::trim);
    let found = if typed.is_empty() { None } else { Some(records::candidates(context, &personne, &HOSTS, typed).await?) };
    let found = found.map(|found| found.into_iter().filter(|(other, ..)| *other != id).collect::<Vec<_>>());
    Ok(layout::page(&personne.frame, views::TITLE, &views::choose(&kept, &close, typed, found.as_deref())))
}

/// What was chosen of each part.
fn chosen(sent: &BTreeMap<String, String>) -> impl Fn(&Part) -> bool {
    move |part| sent.get(part.name).is_some_and(|choice| choice == "absorbee")
}

fn number<T: std::str::FromStr>(sent: &BTreeMap<String, String>, name: &str) -> Option<T> {
    sent.get(name)?.parse().ok()
}

#[post("/hebergeurs/<id>/fusion", data = "<sent>")]
async fn merge(id: i64, personne: Personne, sent: Paires, context: &State<Context>) -> Result<Reply> {
    allowed(&personne)?;
    let personne = personne.at(HEBERGEURS.access, Niveau::Valider)?;
    let sent = sent.0;
    let avec = number(&sent, "avec").ok_or_else(|| Error::invalid("Choisissez l’autre fiche, puis recommencez."))?;
    let today = context.clock.today();
    let who = personne.reader.user_id;
    let mut write = context.db.write().await?;
    queries::lock(&mut write.tx, [id, avec]).await?;
    let kept = queries::hote(&mut write.tx, &personne.reader, id).await?.ok_or_else(unknown)?;
    let other = queries::hote(&mut write.tx, &personne.reader, avec).await?.ok_or_else(unknown)?;
    let again = |status: Status, sentence: &str| {
        let comparison = Comparison { kept: &kept, other: &other, chosen: &chosen(&sent), above: Some(sentence) };
        Ok(Reply::Page((status, layout::page(&personne.frame, views::TITLE, &views::compare(&comparison)))))
    };
    if let Some(refus) = refus(&kept, &other) {
        write.rollback().await?;
        note_reading(context, &personne, &[kept.id, other.id]).await?;
        return again(Status::Conflict, refus.sentence());
    }
    if number(&sent, "version") != Some(kept.version) || number(&sent, "version_avec") != Some(other.version) {
        write.rollback().await?;
        note_reading(context, &personne, &[kept.id, other.id]).await?;
        return again(
            Status::Conflict,
            "L’une des fiches a été modifiée entre-temps\u{a0}: rien n’est encore fait. Relisez-les ci-dessous, puis fusionnez.",
        );
    }
    let values = taken(&kept, &other, chosen(&sent));
    let moved = queries::merge(&mut write.tx, (&kept, &other), &values, (who, today)).await?;
    let (a, b) = (named(&kept), named(&other));
    let mut detail = changes(&kept.values, &values);
    detail["absorbe"] = json!(b);
    detail["logements"] = json!(moved.logements.len());
    note_both(&mut write, &personne, (&kept, &detail), (&other, json!({"fusionne_dans": a}))).await?;
    tell(&mut write, &personne, &moved, &json!({"hebergeur_id": {"avant": b, "apres": a}})).await?;
    write.commit().await?;
    let next = Next::Undo { address: format!("/hebergeurs/{avec}/fusion/annulation"), token: String::new(), back: format!("/hebergeurs/{id}") };
    let text = format!("{a}\u{a0}: la fiche de {b} y est fondue{}.", joined(moved.logements.len()));
    Ok(Reply::Done(Box::new(Flash::success(Redirect::to(format!("/hebergeurs/{id}")), next.after(&text)))))
}

fn joined(lodgings: usize) -> String {
    match lodgings {
        0 => String::new(),
        1 => ", avec son logement".into(),
        several => format!(", avec ses {several} logements"),
    }
}

fn named(hote: &Hote) -> String {
    format!("{} ({})", hote.nom(), hote.numero)
}

/// The detail of a line of the journal: from what to what.
fn changes(before: &Values, after: &Values) -> Value {
    let mut detail = json!({});
    for (column, value) in after.iter().filter(|(column, value)| before.get(*column) != Some(*value)) {
        detail[*column] = json!({"avant": before.get(column).cloned().flatten(), "apres": value});
    }
    detail
}

/// Each file's line belongs to the places where it is seen. Where the other one is not, its name stays unsaid.
async fn note_both(write: &mut Write, personne: &Personne, (kept, told): (&Hote, &Value), (other, mut detail): (&Hote, Value)) -> Result<()> {
    let (of_kept, of_other) = (queries::communes(&mut write.tx, kept.id).await?, queries::communes(&mut write.tx, other.id).await?);
    note(write, personne, (kept.id, told), &of_kept).await?;
    if of_other.iter().any(|commune| !of_kept.contains(commune)) {
        detail["fusionne_dans"] = json!("une autre fiche");
    }
    note(write, personne, (other.id, &detail), &of_other).await
}

async fn note(write: &mut Write, personne: &Personne, (id, detail): (i64, &Value), communes: &[String]) -> Result<()> {
    Ok(journal::note_at(&mut write.tx, &personne.actor, Action::Change, ("hébergeur", &id.to_string()), detail, communes).await?)
}

/// Tells what became of the lodgings, and to whom it shows.
async fn tell(write: &mut Write, personne: &Personne, moved: &Moved, detail: &Value) -> Result<()> {
    journal::note_each(&mut write.tx, &personne.actor, Action::Change, ("logement", &moved.logements), detail).await?;
    for commune in &moved.communes {
        ["hebergeurs", "logements"].iter().for_each(|domain| write.touch(domain, commune));
    }
    Ok(())
}

/// The values to give back to the file that was kept; the label of the first that somebody changed since, when one was.
fn given_back(kept: &Hote, changed: &Value) -> std::result::Result<Values, &'static str> {
    let mut values = Values::new();
    for part in PARTS {
        for (column, _) in part.columns {
            if let Some(change) = changed.get(*column) {
                let side = |name: &str| change[name].as_str().map(str::to_string);
                if kept.values.get(column).cloned().flatten() != side("apres") {
                    return Err(part.label);
                }
                values.insert(column, side("avant"));
            }
        }
    }
    Ok(values)
}

#[post("/hebergeurs/<id>/fusion/annulation", data = "<_sent>")]
async fn undo(id: i64, personne: Personne, _sent: Paires, context: &State<Context>) -> Result<Box<Flash<Redirect>>> {
    allowed(&personne)?;
    let personne = personne.at(HEBERGEURS.access, Niveau::Valider)?;
    let file = || Redirect::to(format!("/hebergeurs/{id}"));
    let left = |text: String| Ok(Box::new(Flash::new(file(), Tone::Warning.flash_kind(), text)));
    let mut write = context.db.write().await?;
    let other = queries::hote(&mut write.tx, &personne.reader, id).await?.ok_or_else(unknown)?;
    let Some(fusion) = queries::standing(&mut write.tx, id).await? else {
        write.rollback().await?;
        return left("Cette fiche n’est fondue dans aucune autre\u{a0}: il n’y a rien à annuler.".into());
    };
    queries::lock(&mut write.tx, [fusion.gardee_id, id]).await?;
    let kept = queries::hote(&mut write.tx, &personne.reader, fusion.gardee_id).await?.ok_or_else(unknown)?;
    let (gone, elsewhere) = queries::gone(&mut write.tx, &fusion, &personne.reader).await?;
    if elsewhere > 0 {
        write.rollback().await?;
        return left("Cette fusion touche des logements hors de votre périmètre\u{a0}: rien n’est annulé. Demandez à qui l’a faite.".into());
    }
    if gone > 0 || kept.fondue || !queries::held_alike(&mut write.tx, &fusion).await? {
        write.rollback().await?;
        return left(
            "Des logements de cette fusion, ou la fiche gardée, ont changé d’hébergeur depuis\u{a0}: rien n’est annulé. Annulez d’abord ce qui l’a suivie.".into(),
        );
    }
    let values = match given_back(&kept, &fusion.champs) {
        Ok(values) => values,
        Err(label) => {
            write.rollback().await?;
            return left(format!(
                "{label}\u{a0}: cette valeur de la fiche gardée a été modifiée depuis la fusion. Rien n’est annulé\u{a0}; rétablissez-la, puis recommencez."
            ));
        }
    };
    let moved = queries::undo(&mut write.tx, &fusion, (&kept, &other), &values, personne.reader.user_id).await?;
    let (a, b) = (named(&kept), named(&other));
    let mut detail = changes(&kept.values, &values);
    detail["absorbe"] = json!(b);
    detail["defaite"] = json!(true);
    note_both(&mut write, &personne, (&kept, &detail), (&other, json!({"fusionne_dans": a, "defaite": true}))).await?;
    tell(&mut write, &personne, &moved, &json!({"hebergeur_id": {"avant": a, "apres": b}})).await?;
    write.commit().await?;
    let text = format!("{b}\u{a0}: la fusion est annulée, les deux fiches sont comme avant.");
    Ok(Box::new(Flash::success(file(), text)))
}
