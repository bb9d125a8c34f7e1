//! What changed since the last time, for whoever holds a copy: rows in the order of the transactions that wrote them, up to the first
//! one that may not have ended. A row that is committed late has a number above that horizon, so that no reading passes it by; a row
//! that is read while it changes comes again.
//!
//! A mark says how far a copy is, of which list, which base and which rights. When one of these is another, the copy must be made
//! anew, and the answer says so: it would else hold rows that nobody will ever take out of it.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use sqlx::Row;

use super::formes::{Forme, csv, ndjson, note};
use super::probleme::{ABSENT, DEMANDE, INDISPONIBLE, Probleme, RETIRE, Result};
use super::question::{self, Paire, columns, read_choix, take};
use super::reponse::Reponse;
use super::valeurs::{BASE, Choix, Lignes, Plume};
use crate::context::Context;
use crate::jetons::Appelant;
use crate::listing::{Arg, Column, List, Page, Query, SIZE_DEFAULT, Statement, within_scope};
use crate::platform::cache::digest;
use crate::platform::db::Db;
use crate::platform::error::Error;
use crate::platform::http::Address;
use crate::platform::token::{Purpose, SigningKey, hexadecimal};

/// Rows of an answer at most: more than a page of people, since nobody waits for it.
pub const TAILLE_MAX: usize = 1_000;
/// Days during which a mark holds: what was taken away is remembered for thirteen months.
const JOURS_MAX: i64 = 365;
/// The parameter that asks for it.
pub const PARAMETRE: &str = "modifie_depuis";
/// Its value for everything, from the first row.
const DEBUT: &str = "debut";

/// Which rows a mark is among.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Suite {
    /// Those that are there.
    Lignes,
    /// Those that were taken away.
    Supprimes,
}

/// How far a copy is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Marque {
    list: String,
    suite: Suite,
    /// The base, and the rights under which it was read.
    base: String,
    rights: String,
    /// The last row: number of its transaction, key.
    place: (i64, i64),
    /// When it was given.
    day: NaiveDate,
}

/// A mark as it travels.
fn signed(key: &SigningKey, marque: &Marque) -> String {
    // Texts and numbers always serialise.
    key.sign(Purpose::Follow, &serde_json::to_vec(marque).unwrap_or_default())
}

/// The state of the numbers now: the base, and the first transaction that may not have ended.
struct Etat {
    base: String,
    horizon: i64,
}

async fn state(context: &Context) -> Result<Etat> {
    let row = sqlx::query("SELECT identite_de_la_base(), identite = identite_de_la_base(), suivi_horizon() FROM suivi_ere")
        .fetch_one(context.db.statement())
        .await?;
    let (base, same, horizon): (String, bool, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    if !same {
        let sentence = "La base a été restaurée ou copiée, et ses numéros de suivi ne sont pas encore recalés. Demandez à l’exploitant de lancer « gardel migrate », puis recommencez la copie.";
        return Err(Probleme::new(INDISPONIBLE, sentence).header("Retry-After", "600"));
    }
    Ok(Etat { base, horizon })
}

/// Where the rows are read: a replica must hold all that the primary has now, after its horizon was asked. Whatever it missed below that
/// horizon would be missed for ever.
async fn source(context: &Context) -> Result<Db> {
    Ok(context.db.up_to(context.db.position().await?))
}

/// The rights under which `list` is read, as a mark says them.
fn rights(appelant: &Appelant, list: &'static List) -> String {
    // What the token reads of people is a part of them: rows with names beside rows without would be a copy of nothing.
    hexadecimal(&digest(format!("{} {:?}", appelant.jeton.personnel, list.branches(&appelant.personne.reader)).as_bytes())[..8])
}

/// Whether a question asks for what changed.
pub fn asked(raw: &str) -> bool {
    question::has(raw, PARAMETRE)
}

/// Where a reading begins.
async fn begin(context: &Context, appelant: &Appelant, list: &'static List, suite: Suite, text: &str, etat: &Etat) -> Result<Option<(i64, i64)>> {
    if text == DEBUT {
        return Ok(None);
    }
    if let Some(written) = before(context, text).await? {
        return Ok(Some((written - 1, i64::MAX)));
    }
    let wrong = |code, sentence: &'static str| Probleme::about(DEMANDE, PARAMETRE, code, sentence);
    let unread = "Cette marque ne se lit pas. Donnez « debut », un instant (2026-03-01T00:00:00Z), ou la marque de « reprise » telle quelle.";
    let content = context.key.verify(Purpose::Follow, text).ok_or_else(|| wrong("marque", unread))?;
    let marque: Marque = serde_json::from_slice(&content).map_err(|_| wrong("marque", unread))?;
    if marque.list != list.name {
        return Err(wrong("liste", "Cette marque est celle d’une autre liste. Gardez une marque par liste."));
    }
    if marque.suite != suite {
        return Err(wrong("suite", "Cette marque est celle de l’autre suite. Gardez une marque pour les lignes et une pour les suppressions."));
    }
    let over = |why: &str| {
        Probleme::about(
            RETIRE,
            PARAMETRE,
            "copie_a_refaire",
            format!("{why} Videz votre copie et recommencez par «\u{a0}{PARAMETRE}={DEBUT}\u{a0}»."),
        )
    };
    if marque.base != etat.base || marque.place.0 >= etat.horizon {
        return Err(over("La base a été restaurée depuis cette marque\u{a0}: ce que vous tenez n’est plus ce qu’elle contient."));
    }
    if marque.rights != rights(appelant, list) {
        return Err(over("Les droits du jeton ont changé depuis cette marque\u{a0}: votre copie peut avoir des lignes en trop, ou en manquer."));
    }
    if (context.clock.today() - marque.day).num_days() > JOURS_MAX {
        return Err(over("Cette marque a plus d’un an\u{a0}: ce qui a été supprimé depuis n’est plus connu."));
    }
    Ok(Some(marque.place))
}

/// The number that was reached before an instant or a day, when `text` is one.
async fn before(context: &Context, text: &str) -> Result<Option<i64>> {
    let near = |year: i32| (1900..=2200).contains(&year);
    let instant = text.parse::<chrono::DateTime<chrono::Utc>>().ok().filter(|instant| near(instant.year()));
    let day = text.parse::<NaiveDate>().ok().filter(|day| near(day.year())).map(|day| day.to_string());
    let Some(asked) = instant.map(|instant| instant.to_rfc3339()).or(day) else { return Ok(None) };
    // A day begins in Guadeloupe. What was noted before it is a number that nothing written since is under.
    let sql = "SELECT coalesce(max(suivi), 0) FROM suivi_repere
               WHERE note_le <= CASE WHEN length($1) = 10 THEN $1::date::timestamp AT TIME ZONE 'America/Guadeloupe' ELSE $1::timestamptz END";
    Ok(Some(sqlx::query_scalar(sql).bind(asked).fetch_one(context.db.statement()).await?))
}

/// A checked question.
struct Demande {
    depuis: String,
    size: usize,
    columns: Vec<&'static Column>,
    choix: Choix,
    /// What the address said of the fields.
    champs: Option<String>,
}

fn read(list: &'static List, raw: &str, personal: bool) -> Result<Demande> {
    if list.suivis.is_empty() {
        let sentence = format!("Ce qui change dans «\u{a0}{}\u{a0}» n’est pas suivi. Lisez la liste entière, ou demandez un export.", list.title);
        return Err(Probleme::about(DEMANDE, PARAMETRE, "non_suivie", sentence));
    }
    let mut pairs = question::pairs(raw)?;
    let depuis = take(&mut pairs, PARAMETRE)?.unwrap_or_default();
    let champs = take(&mut pairs, "champs")?;
    let choix = read_choix(take(&mut pairs, "choix")?.as_deref())?;
    let size = read_size(&mut pairs)?;
    if let Some((name, ..)) = pairs.first() {
        let sentence = format!(
            "Ce qui change se lit en entier\u{a0}: «\u{a0}{name}\u{a0}» n’est pas un paramètre ici. Une ligne qui sortirait d’un filtre resterait dans votre copie. Paramètres\u{a0}: {PARAMETRE}, champs, choix, taille."
        );
        return Err(Probleme::about(DEMANDE, name, "inconnu", sentence));
    }
    let own = |column: &&'static Column| list.suivis.contains(&column.name);
    let columns = match &champs {
        None => list.columns.iter().filter(own).filter(|column| personal || !column.personal).collect(),
        Some(_) => {
            let asked = columns(list, champs.as_deref(), (personal, false))?;
            if let Some(foreign) = asked.iter().find(|column| !own(column)) {
                let sentence = format!(
                    "«\u{a0}{}\u{a0}» vient d’une autre liste, dont les changements ne sont pas ceux de celle-ci. Suivez cette autre liste, et rapprochez-les. Champs suivis\u{a0}: {}.",
                    foreign.name,
                    list.suivis.join(", ")
                );
                return Err(Probleme::about(DEMANDE, "champs", "non_suivi", sentence));
            }
            asked
        }
    };
    Ok(Demande { depuis, size, columns, choix, champs })
}

fn read_size(pairs: &mut Vec<Paire<'_>>) -> Result<usize> {
    let Some(text) = take(pairs, "taille")? else { return Ok(SIZE_DEFAULT) };
    match text.parse() {
        Ok(size @ 1..=TAILLE_MAX) => Ok(size),
        _ => Err(Probleme::about(DEMANDE, "taille", "bornes", format!("Ici, «\u{a0}taille\u{a0}» va de 1 à {TAILLE_MAX}."))),
    }
}

/// The address that goes on from a mark.
fn onward(origin: &str, list: &'static List, suite: Suite, demande: &Demande, mark: &str) -> String {
    let end = if suite == Suite::Supprimes { "/supprimes" } else { "" };
    let address = Address::of(format!("{origin}{BASE}/{}{end}", list.name)).with(PARAMETRE, mark).with("taille", demande.size);
    let address = address.with_some("champs", demande.champs.as_deref()).with_some("choix", (demande.choix == Choix::Code).then_some("code"));
    address.into()
}

/// An answer: what changed, the address of what follows if there is more now, the one to come back by.
#[derive(Serialize)]
struct Feuille<'a, T> {
    donnees: T,
    suivante: Option<&'a str>,
    reprise: &'a str,
}

/// What a reading comes to: rows, whether there are more, how far it went.
fn answered<T: Serialize>(donnees: T, more: bool, reprise: &str) -> Result<Reponse> {
    let answer = Reponse::json(&Feuille { donnees, suivante: more.then_some(reprise), reprise })?;
    Ok(linked(answer, more, reprise))
}

fn linked(answer: Reponse, more: bool, reprise: &str) -> Reponse {
    // Other forms have no place for the address to come back by.
    let link = if more { format!("<{reprise}>; rel=\"next\"") } else { format!("<{reprise}>; rel=\"monitor\"") };
    answer.header("Link", link)
}

/// The rows of `list` written since.
pub async fn changed(
    context: &Context,
    appelant: &Appelant,
    list: &'static List,
    raw: &str,
    (accept, origin): (Option<&str>, &str),
) -> Result<Reponse> {
    let forme = Forme::of(accept)?;
    let demande = read(list, raw, appelant.jeton.personnel)?;
    let etat = state(context).await?;
    let after = begin(context, appelant, list, Suite::Lignes, &demande.depuis, &etat).await?;
    let today = context.clock.today();
    let mut query = Query::followed(list, today, after, etat.horizon);
    query.size = demande.size;
    query.columns.clone_from(&demande.columns);
    query.coded = true;
    let page = Page::there(&source(context).await?, &context.choices, &query, &appelant.personne.reader).await?;
    let last = page.rows.last().and_then(|row| Some((row.sort_value.as_ref()?.parse().ok()?, row.id.parse().ok()?)));
    let more = page.next.is_some();
    // At the end, whatever was written before the horizon was seen.
    let place = if more { last.unwrap_or_default() } else { (etat.horizon - 1, i64::MAX) };
    let marque = Marque { list: list.name.into(), suite: Suite::Lignes, base: etat.base, rights: rights(appelant, list), place, day: today };
    let reprise = onward(origin, list, Suite::Lignes, &demande, &signed(&context.key, &marque));
    note(context, appelant, list, &query.columns, page.rows.len()).await?;
    let plume = &Plume::new(origin, &query, &context.catalogue, demande.choix).bare();
    let rows = page.rows.len();
    let answer = match forme {
        Forme::Json => answered(Lignes(plume, &page.rows), more, &reprise)?,
        Forme::Ndjson | Forme::Csv => {
            let mut body = Vec::new();
            match forme {
                Forme::Csv => csv(&mut body, plume, &page),
                _ => ndjson(&mut body, plume, &page).map_err(|error| Error::Internal(error.to_string()))?,
            }
            linked(Reponse::plain(forme.content_type(), body), more, &reprise)
        }
    };
    Ok(answer.rows(rows).of(&query.columns))
}

/// The keys of the rows of `list` that were taken away since, and are not there again.
pub async fn deleted(context: &Context, appelant: &Appelant, list: &'static List, raw: &str, origin: &str) -> Result<Reponse> {
    if list.suivis.is_empty() {
        return Err(Probleme::new(ABSENT, format!("Ce qui est retiré de «\u{a0}{}\u{a0}» n’est pas suivi.", list.title)));
    }
    let raw = if asked(raw) { raw.to_string() } else { format!("{raw}&{PARAMETRE}={DEBUT}") };
    let demande = read(list, &raw, appelant.jeton.personnel)?;
    let etat = state(context).await?;
    let after = begin(context, appelant, list, Suite::Supprimes, &demande.depuis, &etat).await?.unwrap_or((i64::MIN, 0));
    let reader = &appelant.personne.reader;
    let mut statement = Statement::default();
    let name = statement.bind(Arg::Text(list.name.into()));
    let places = reader.communes_of(list.access).iter().cloned();
    let places = places.chain(reader.collectivites_of(list.access).iter().map(|id| crate::listing::Reader::place((*id).into()))).collect();
    let places = statement.bind(Arg::Texts(places));
    let (written, id) = (statement.bind(Arg::Int(after.0)), statement.bind(Arg::Int(after.1)));
    let horizon = statement.bind(Arg::Int(etat.horizon));
    let there = within_scope(&mut statement, list, reader, "s.cle")?;
    statement.sql = format!(
        "SELECT s.cle, s.suivi, s.id, {there} FROM suppression s
         WHERE s.liste = {name}::text AND s.lieu = ANY ({places}::text[]) AND (s.suivi, s.id) > ({written}::bigint, {id}::bigint) AND s.suivi < {horizon}::bigint
         ORDER BY s.suivi, s.id LIMIT {}",
        demande.size + 1
    );
    let found = statement.query()?.fetch_all(source(context).await?.reading()).await?;
    let more = found.len() > demande.size;
    let (mut keys, mut place) = (Vec::new(), (etat.horizon - 1, i64::MAX));
    for row in found.iter().take(demande.size) {
        let (key, written, id, again): (i64, i64, i64, bool) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        if !again {
            keys.push(key);
        }
        if more {
            place = (written, id);
        }
    }
    keys.sort_unstable();
    keys.dedup();
    let today = context.clock.today();
    let marque = Marque { list: list.name.into(), suite: Suite::Supprimes, base: etat.base, rights: rights(appelant, list), place, day: today };
    let reprise = onward(origin, list, Suite::Supprimes, &demande, &signed(&context.key, &marque));
    let rows = keys.len();
    Ok(answered(keys, more, &reprise)?.rows(rows))
}

/// Notes how far the numbers are, and forgets what is older than a mark may be: a part of the upkeep.
pub async fn sweep(pool: &sqlx::PgPool) -> std::result::Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO suivi_repere (suivi) VALUES (suivi_horizon()) ON CONFLICT DO NOTHING").execute(pool).await?;
    // The last one of before stays: an instant of before it would else be told that nothing was ever written.
    sqlx::query("DELETE FROM suivi_repere WHERE note_le < now() - interval '13 months' AND suivi > 0").execute(pool).await?;
    sqlx::query("DELETE FROM suppression WHERE supprime_le < now() - interval '13 months'").execute(pool).await?;
    Ok(())
}
