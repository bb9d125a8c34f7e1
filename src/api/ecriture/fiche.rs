//! A row: its form, a new one, its correction, put away and taken back.

use rocket::http::Status;
use serde_json::{Map, Value as Json, json};

use super::etiquette::{tag, version};
use super::{Appel, saisie};
use crate::api::corps::Champs;
use crate::api::formes;
use crate::api::probleme::{DEMANDE, ETAT, PERIME, Probleme, RESSEMBLANCE, Result};
use crate::api::reponse::{Issue, Reponse};
use crate::champs;
use crate::comptes::Personne;
use crate::listing::Niveau;
use crate::records::{self, Creation, Draft, Held, Putting, Record, Similar, Written};

/// Rows that a call may say it has seen.
const SEEN_MAX: usize = 200;

/// Row `id` as it is written here, with its version.
async fn told(appel: &Appel<'_>, record: &'static Record, (id, held): (i64, &Held), warnings: &[String]) -> Result<Reponse> {
    let mut apart = Map::new();
    for champ in super::apart(&appel.context.catalogue, record) {
        let Some(state) = champs::state(appel.context, &appel.appelant.personne, champ, id).await? else { continue };
        let mut value = Map::from_iter([("valeur".to_string(), super::valeurs::written(&champ.saisie, champ.cast, state.valeur.as_deref()))]);
        if !champ.motives.is_empty() {
            value.insert("motif_id".into(), json!(state.motif_id));
            value.insert("motif_precision".into(), json!(state.motif_precision));
        }
        apart.insert(champ.column.into(), value.into());
    }
    let away = record.archive.and_then(|column| held.values.get(column).cloned().flatten());
    let mut body = json!({
        "id": id,
        "url": appel.address(id),
        "version": held.version,
        "champs": saisie::written(record, &held.values),
        "a_part": apart,
        "archive": away,
    });
    if !warnings.is_empty() {
        body["avertissements"] = json!(warnings);
    }
    // What the tag is of: the form of the row, whatever address was asked.
    let place = format!("{}/saisie", appel.address(id));
    Ok(Reponse::json(&body)?.header("ETag", tag(appel.list.name, id, held.version)).header("Content-Location", place).rows(1))
}

/// Row `id` as it is after a write.
pub async fn after(appel: &Appel<'_>, record: &'static Record, id: i64, warnings: &[String]) -> Result<Reponse> {
    let held = records::held(appel.context, &appel.appelant.personne, record, id).await?;
    told(appel, record, (id, &held), warnings).await
}

/// What a form says of people leaves a line, whoever it is told to.
async fn note(appel: &Appel<'_>, record: &Record) -> Result<()> {
    if !super::names_people(record) {
        return Ok(());
    }
    let columns: Vec<_> = appel.list.columns.iter().collect();
    formes::note(appel.context, appel.appelant, appel.list, &columns, 1).await
}

/// The form of a row.
pub async fn form(appel: &Appel<'_>, record: &'static Record, key: &str) -> Issue {
    unchanged(appel, record, appel.key(key)?).await
}

/// Row `id`, which was read and not written.
pub async fn unchanged(appel: &Appel<'_>, record: &'static Record, id: i64) -> Issue {
    let answer = after(appel, record, id, &[]).await?;
    note(appel, record).await?;
    Ok(answer)
}

/// The rows that a call has seen and passes over.
fn seen(appel: &Appel<'_>) -> Result<Vec<i64>> {
    let mut seen = Vec::new();
    for (_, value) in appel.parameters().filter(|(name, _)| name == "vus") {
        for one in value.split(',').map(str::trim).filter(|one| !one.is_empty()) {
            let wrong = || {
                Probleme::about(
                    DEMANDE,
                    "vus",
                    "valeur",
                    "«\u{a0}vus\u{a0}» donne les numéros (id) des fiches déjà regardées, séparés par des virgules.",
                )
            };
            seen.push(one.parse().map_err(|_| wrong())?);
            if seen.len() > SEEN_MAX {
                return Err(wrong());
            }
        }
    }
    Ok(seen)
}

/// The key of a row that looks like another, at the end of the address of its page.
fn key_of(similar: &Similar) -> Option<i64> {
    similar.address.rsplit('/').next()?.parse().ok()
}

/// A new row.
pub async fn create(appel: &Appel<'_>, record: &'static Record, fields: &Champs) -> Issue {
    appel.no_parameter(&["vus"])?;
    let (context, seen) = (appel.context, seen(appel)?);
    let (_, personne) = records::creatable(context, appel.list.name, &appel.appelant.personne)?;
    let fresh = records::of_row(context, &personne, record, None).await?;
    let form = saisie::fill(appel, &personne, record, &fresh, fields).await?;
    let draft = records::read(context, &personne, record, None, &form.sent).await?;
    let erreurs = saisie::faults(record, form, &draft);
    if !erreurs.is_empty() {
        return Err(saisie::refused(erreurs));
    }
    let token = appel.proof.clone().map_or_else(records::fresh, Ok)?;
    let is_seen = |one: &Similar| key_of(one).is_some_and(|key| seen.contains(&key));
    let (id, warnings) = match records::create(context, &personne, record, draft, (&token, &is_seen)).await? {
        Creation::Done(id, _, draft) => (id, draft.warnings),
        Creation::Already(id) => (id, Vec::new()),
        Creation::Refused(draft) => return Err(saisie::taken(&draft)),
        Creation::Alike(_, similar) => return Err(alike(appel, &similar)),
    };
    Ok(after(appel, record, id, &warnings).await?.status(Status::Created).header("Location", appel.address(id)))
}

/// Those that look like a new row, to be looked at first.
fn alike(appel: &Appel<'_>, similar: &[Similar]) -> Box<Probleme> {
    let one = |one: &Similar| {
        let id = key_of(one);
        json!({"id": id, "url": id.map(|id| appel.address(id)), "nom": one.name, "raison": one.why})
    };
    let keys: Vec<String> = similar.iter().filter_map(key_of).map(|key| key.to_string()).collect();
    let sentence = format!(
        "Des fiches ressemblent à celle-ci\u{a0}: regardez-les. Si c’en est bien une autre, renvoyez le même corps à ?vus={}. Rien n’a été enregistré.",
        keys.join(",")
    );
    Probleme::new(RESSEMBLANCE, sentence).member("ressemblances", similar.iter().map(one).collect::<Vec<Json>>())
}

/// A row corrected: the fields that are given, and no other.
pub async fn change(appel: &Appel<'_>, record: &'static Record, key: &str, fields: &Champs) -> Issue {
    let (context, id) = (appel.context, appel.key(key)?);
    let (_, personne) = records::known(context, appel.list.name, &appel.appelant.personne, Niveau::Saisir)?;
    let before = records::held(context, &personne, record, id).await?;
    let read = version(appel.if_match.as_deref(), appel.list.name, id)?;
    let shown = records::of_row(context, &personne, record, Some((id, &before))).await?;
    let form = saisie::fill(appel, &personne, record, &shown, fields).await?;
    if !form.erreurs.is_empty() {
        return Err(saisie::refused(form.erreurs));
    }
    if read != before.version {
        return Err(lost(appel, record, (id, before.version), saisie::both(record, &form, &shown)).await?);
    }
    let draft = records::read(context, &personne, record, Some((id, &before)), &form.sent).await?;
    if !draft.faults.is_empty() {
        return Err(saisie::refused(saisie::faults(record, form, &draft)));
    }
    let changed = records::changed(record, &draft);
    if changed.is_empty() {
        return unchanged(appel, record, id).await;
    }
    match records::write(context, &personne, record, (id, read), &before.values, &changed).await? {
        Written::Done(moved) => {
            let again = moved.then(|| "Ce qui était décidé est de nouveau à vérifier.".to_string());
            after(appel, record, id, &draft.warnings.into_iter().chain(again).collect::<Vec<_>>()).await
        }
        Written::Taken(constraint) => Err(saisie::taken(&records::taken(record, draft, &constraint))),
        Written::Kept(why) => Err(Probleme::new(ETAT, why)),
        Written::Meanwhile => Err(meanwhile(appel, &personne, record, (id, fields)).await?),
    }
}

/// Somebody wrote between the reading of the row and its write.
async fn meanwhile(appel: &Appel<'_>, personne: &Personne, record: &'static Record, (id, fields): (i64, &Champs)) -> Result<Box<Probleme>> {
    let now = records::held(appel.context, personne, record, id).await?;
    let shown: Draft = records::of_row(appel.context, personne, record, Some((id, &now))).await?;
    let form = saisie::fill(appel, personne, record, &shown, fields).await?;
    lost(appel, record, (id, now.version), saisie::both(record, &form, &shown)).await
}

/// The version that was read is not the one that stands: both values of each field that differ, and the tag of now.
async fn lost(appel: &Appel<'_>, record: &Record, (id, now): (i64, i32), both: Json) -> Result<Box<Probleme>> {
    note(appel, record).await?;
    Ok(stale(appel, (id, now), both))
}

/// The refusal of a version that is out of date.
pub fn stale(appel: &Appel<'_>, (id, now): (i64, i32), both: Json) -> Box<Probleme> {
    let sentence = "Cette fiche a été modifiée depuis votre lecture\u{a0}: rien n’a été enregistré. Comparez les valeurs, puis recommencez avec l’ETag d’aujourd’hui.";
    Probleme::about(PERIME, "If-Match", "perime", sentence).member("valeurs", both).header("ETag", tag(appel.list.name, id, now))
}

/// A row put away (`away`), or taken back.
pub async fn put_away(appel: &Appel<'_>, record: &'static Record, key: &str, away: bool) -> Issue {
    appel.no_parameter(&[])?;
    let (context, id) = (appel.context, appel.key(key)?);
    let (_, personne) = records::known(context, appel.list.name, &appel.appelant.personne, Niveau::Valider)?;
    let before = records::held(context, &personne, record, id).await?;
    let read = version(appel.if_match.as_deref(), appel.list.name, id)?;
    if read != before.version {
        return Err(stale(appel, (id, before.version), json!({})));
    }
    match records::put_away(context, &personne, record, (id, read), &before, away).await? {
        Putting::Done | Putting::Same if away => Ok(Reponse::done()),
        Putting::Done => after(appel, record, id, &[]).await,
        Putting::Same => unchanged(appel, record, id).await,
        Putting::Kept(why) => Err(Probleme::new(ETAT, why)),
        Putting::Meanwhile => {
            let now = records::held(context, &personne, record, id).await?;
            Err(stale(appel, (id, now.version), json!({})))
        }
    }
}
