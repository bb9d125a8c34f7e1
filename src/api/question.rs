//! What a program asks of a list: the question of the page, and what only programs ask.

use chrono::NaiveDate;

use super::probleme::{DEMANDE, DROITS, Probleme, Result};
use super::valeurs::{BASE, Choix};
use crate::listing::{Column, FilterKind, List, Options, Query, SIZE_MAX, Sort, parameters};
use crate::platform::error::Error;
use crate::platform::http::Address;
use crate::platform::token::SigningKey;

/// How the rows are to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compte {
    /// Not at all.
    Non,
    /// Up to ten thousand, an estimate beyond.
    Borne,
    /// To the last one.
    Exact,
}

/// A checked question.
#[derive(Debug)]
pub struct Demande {
    /// The question of the list, with the columns that were asked for.
    pub query: Query,
    /// How its rows are counted.
    pub compte: Compte,
    /// How closed lists are written.
    pub choix: Choix,
    /// Whether the columns were named.
    named: bool,
}

/// Parameters that only programs have.
pub const PROPRES: [&str; 3] = ["champs", "compte", "choix"];
/// Parameters that pages have and programs do not.
const DE_PAGE: [&str; 4] = ["colonnes", "densite", "vue", "selection"];
/// Parameters of a place in the rows.
const PLACES: [&str; 4] = ["apres", "avant", "vers", "fin"];

/// A pair of a query string: its name, its value, its text as it came.
pub type Paire<'a> = (String, String, &'a str);

/// The pairs of a query string, decoded.
///
/// # Errors
/// One has no value: a form sends those of its fields that were left alone, a program that sends one lost what it meant to ask.
pub fn pairs(raw: &str) -> Result<Vec<Paire<'_>>> {
    let all: Vec<Paire<'_>> = names(raw).collect();
    match all.iter().find(|(_, value, _)| value.is_empty()) {
        None => Ok(all),
        Some((name, ..)) => {
            let sentence = format!("«\u{a0}{}\u{a0}» n’a pas de valeur. Donnez-en une, ou retirez ce paramètre.", short(name));
            Err(Probleme::about(DEMANDE, &short(name), "vide", sentence))
        }
    }
}

/// The same, as they came.
fn names(raw: &str) -> impl Iterator<Item = Paire<'_>> {
    let read = |text: &str| percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = raw.split('&').filter(|pair| !pair.is_empty());
    pairs.map(move |pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (read(name), read(value).trim().to_string(), pair)
    })
}

/// Whether `name` is among the parameters of a query string.
pub fn has(raw: &str, name: &str) -> bool {
    names(raw).any(|(known, ..)| known == name)
}

/// Takes the value of `name`, which is given once or not at all.
pub fn take(pairs: &mut Vec<Paire<'_>>, name: &str) -> Result<Option<String>> {
    let mut values = Vec::new();
    pairs.retain(|(known, value, _)| {
        if known == name {
            values.push(value.clone());
        }
        known != name
    });
    match values.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one.clone()).filter(|value| !value.is_empty())),
        _ => Err(Probleme::about(
            DEMANDE,
            name,
            "double",
            format!("«\u{a0}{name}\u{a0}» est donné plusieurs fois, et ne prend qu’une valeur. Gardez-en une."),
        )),
    }
}

/// Which columns of `list` a token may read.
pub fn readable(list: &'static List, personal: bool) -> impl Iterator<Item = &'static Column> {
    list.columns.iter().filter(move |column| personal || !column.personal)
}

/// The columns named by `champs`; by default those of the page, or all of them.
pub fn columns(list: &'static List, text: Option<&str>, (personal, all): (bool, bool)) -> Result<Vec<&'static Column>> {
    let Some(text) = text else { return Ok(readable(list, personal).filter(|column| all || column.default).collect()) };
    let mut asked = Vec::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let Some(column) = list.column(name) else {
            let known: Vec<&str> = readable(list, personal).map(|column| column.name).collect();
            let sentence = format!("Le champ «\u{a0}{}\u{a0}» n’existe pas dans cette liste. Champs\u{a0}: {}.", short(name), known.join(", "));
            return Err(Probleme::about(DEMANDE, "champs", "inconnu", sentence));
        };
        if column.personal && !personal {
            return Err(Probleme::about(DROITS, "champs", "personnel", personal_sentence(&format!("le champ «\u{a0}{name}\u{a0}»"))));
        }
        asked.push(column.name);
    }
    if asked.is_empty() {
        return Err(Probleme::about(DEMANDE, "champs", "vide", "«\u{a0}champs\u{a0}» ne nomme aucun champ. Nommez-en un, ou retirez-le."));
    }
    Ok(list.columns.iter().filter(|column| asked.contains(&column.name)).collect())
}

fn personal_sentence(what: &str) -> String {
    format!("Ce jeton ne lit pas les données personnelles, et {what} en fait partie. Créez un jeton qui les lit, ou demandez autre chose.")
}

/// A piece of bad input short enough to be quoted back.
fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

impl Demande {
    /// Reads the query string of a collection.
    ///
    /// # Errors
    /// 400 for what the list does not offer, 403 for what this token does not read.
    pub fn read(list: &'static List, raw: &str, personal: bool, today: NaiveDate, key: &SigningKey) -> Result<Self> {
        let mut pairs = pairs(raw)?;
        let champs = take(&mut pairs, "champs")?;
        let compte = read_compte(take(&mut pairs, "compte")?.as_deref())?;
        let choix = read_choix(take(&mut pairs, "choix")?.as_deref())?;
        known(list, &pairs)?;
        let rest: Vec<&str> = pairs.iter().map(|(_, _, pair)| *pair).collect();
        let mut rest = rest.join("&");
        if !pairs.iter().any(|(name, ..)| name == "tri")
            && !personal
            && let Some(sort) = quiet_sort(list, &rest, today)
        {
            rest = format!("{rest}&tri={}{}", if sort.descending { "-" } else { "" }, sort.name);
        }
        let mut query = Query::parse(list, &rest, today, key).map_err(|error| told(list, error))?;
        query.columns = columns(list, champs.as_deref(), (personal, false))?;
        query.coded = true;
        if !personal {
            quiet(&query)?;
        }
        Ok(Self { query, compte, choix, named: champs.is_some() })
    }

    /// The address of this question at a place, whole.
    pub fn address(&self, origin: &str, place: Option<(&str, String)>) -> String {
        let address = Address::of(format!("{origin}{BASE}/{}", self.query.list.name));
        let filters = self.query.filters.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
        let address = filters.fold(address, |address, (name, value)| address.with(name, value));
        let address = address.with("tri", self.query.sort_text()).with("taille", self.query.size);
        let address = address.with_some("champs", self.named.then(|| self.names())).with_some("choix", (self.choix == Choix::Code).then_some("code"));
        place.map_or(address.clone(), |(name, value)| address.with(name, value)).into()
    }

    /// The names of its columns.
    pub fn names(&self) -> String {
        self.query.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(",")
    }

    /// What its body depends on, beside its reader and the data.
    pub fn identity(&self, origin: &str) -> String {
        format!("{} {} {:?} {:?} {origin} {}", self.query.canonical_page(), self.names(), self.choix, self.compte, self.named)
    }
}

/// Refuses the parameters that this list does not have.
fn known(list: &'static List, pairs: &[Paire<'_>]) -> Result<()> {
    let filters: Vec<String> = list.filters.iter().flat_map(parameters).collect();
    if let Some((name, ..)) = pairs.iter().find(|(name, value, _)| name == "fin" && value != "1") {
        return Err(Probleme::about(DEMANDE, name, "valeur", "«\u{a0}fin\u{a0}» vaut 1\u{a0}: la dernière page."));
    }
    for (name, ..) in pairs {
        let ours = ["tri", "taille"].contains(&name.as_str()) || PLACES.contains(&name.as_str());
        if !ours && (DE_PAGE.contains(&name.as_str()) || !filters.contains(name)) {
            let instead = match name.as_str() {
                "colonnes" => " Ici, les colonnes se disent par «\u{a0}champs\u{a0}», séparées par des virgules.",
                "densite" | "vue" | "selection" => " Il ne concerne que l’écran\u{a0}: retirez-le.",
                _ => "",
            };
            let sentence = format!(
                "«\u{a0}{}\u{a0}» n’est pas un paramètre de cette liste.{instead} Paramètres\u{a0}: {}, tri, taille, {}, {}.",
                short(name),
                filters.join(", "),
                PLACES.join(", "),
                PROPRES.join(", ")
            );
            return Err(Probleme::about(DEMANDE, &short(name), "inconnu", sentence));
        }
    }
    Ok(())
}

/// A refusal of the list, with the codes that a program needs beside the words of the page.
fn told(list: &'static List, error: Error) -> Box<Probleme> {
    let Error::Field(name, sentence) = &error else {
        let text = error.sentence();
        return match text.starts_with("Tri inconnu") {
            true => {
                let known: Vec<&str> = list.sorts.iter().map(|sort| sort.name).collect();
                let sentence = format!(
                    "Ce tri n’existe pas. Tris rapides\u{a0}: {} (un tiret devant pour l’ordre inverse)\u{a0}; sur peu de lignes, tout champ.",
                    known.join(", ")
                );
                Probleme::about(DEMANDE, "tri", "inconnu", sentence)
            }
            false if text.starts_with("Une page compte") => {
                let sentence =
                    format!("«\u{a0}taille\u{a0}» va de 1 à {SIZE_MAX}. Pour davantage, suivez «\u{a0}suivante\u{a0}», ou demandez un export.");
                Probleme::about(DEMANDE, "taille", "bornes", sentence)
            }
            false if text.contains("adresse de page") => Probleme::about(
                DEMANDE,
                "curseur",
                "curseur",
                "Ce curseur n’est pas de cette liste ou de ce tri. Suivez «\u{a0}suivante\u{a0}» et «\u{a0}precedente\u{a0}» telles quelles, ou repartez de la première page.",
            ),
            false => error.into(),
        };
    };
    let codes = list.filters.iter().find(|filter| filter.name == name.as_str()).and_then(|filter| match filter.kind {
        FilterKind::Choice { options: Options::Fixed(known), .. } => Some(known.iter().map(|(code, ..)| *code).collect::<Vec<_>>().join(", ")),
        _ => None,
    });
    match codes {
        Some(codes) => Probleme::about(DEMANDE, name, "valeur", format!("{sentence} Codes\u{a0}: {codes}.")),
        None => Probleme::about(DEMANDE, name, "valeur", sentence.clone()),
    }
}

/// The column that a sort puts in order, when it is one of people.
fn sorts_people(list: &'static List, sort: &Sort) -> bool {
    list.columns.iter().any(|column| column.personal && (column.name == sort.name || column.sort == Some(sort.name)))
}

/// The order of a list for whoever asks for none and does not read what speaks of people, when the usual one would tell it.
fn quiet_sort(list: &'static List, rest: &str, today: NaiveDate) -> Option<&'static Sort> {
    let usual = Query::parse_stored(list, rest, today).ok().map_or(&list.sorts[0], |query| query.sort);
    if sorts_people(list, usual) { list.sorts.iter().find(|sort| !sorts_people(list, sort)) } else { None }
}

/// Refuses what would tell something of people by the way: an order, a search, a filter on what may not be read.
pub fn quiet(query: &Query) -> Result<()> {
    let people = query.list.columns.iter().any(|column| column.personal);
    if sorts_people(query.list, query.sort) {
        return Err(Probleme::about(DROITS, "tri", "personnel", personal_sentence("ce tri")));
    }
    for filter in query.active() {
        let column = query.list.column(filter.name).is_some_and(|column| column.personal);
        if column || people && matches!(filter.kind, FilterKind::Search { .. }) {
            return Err(Probleme::about(
                DROITS,
                filter.name,
                "personnel",
                personal_sentence(&format!("ce que cherche «\u{a0}{}\u{a0}»", filter.name)),
            ));
        }
    }
    Ok(())
}

fn read_compte(text: Option<&str>) -> Result<Compte> {
    match text {
        None => Ok(Compte::Non),
        Some("borne") => Ok(Compte::Borne),
        Some("exact") => Ok(Compte::Exact),
        Some(_) => Err(Probleme::about(DEMANDE, "compte", "valeur", "«\u{a0}compte\u{a0}» vaut «\u{a0}borne\u{a0}» ou «\u{a0}exact\u{a0}».")),
    }
}

/// How closed lists are written.
pub fn read_choix(text: Option<&str>) -> Result<Choix> {
    match text {
        None | Some("objet") => Ok(Choix::Objet),
        Some("code") => Ok(Choix::Code),
        Some(_) => Err(Probleme::about(DEMANDE, "choix", "valeur", "«\u{a0}choix\u{a0}» vaut «\u{a0}objet\u{a0}» ou «\u{a0}code\u{a0}».")),
    }
}

/// What the address of one row may say.
pub fn of_row(list: &'static List, raw: &str, personal: bool, today: NaiveDate) -> Result<(Query, Choix)> {
    let mut pairs = pairs(raw)?;
    let champs = take(&mut pairs, "champs")?;
    let choix = read_choix(take(&mut pairs, "choix")?.as_deref())?;
    if let Some((name, ..)) = pairs.first() {
        let sentence = format!("«\u{a0}{}\u{a0}» n’est pas un paramètre ici. Paramètres\u{a0}: champs, choix.", short(name));
        return Err(Probleme::about(DEMANDE, &short(name), "inconnu", sentence));
    }
    let mut query = Query::parse_stored(list, "", today)?;
    query.columns = columns(list, champs.as_deref(), (personal, true))?;
    query.coded = true;
    Ok((query, choix))
}
