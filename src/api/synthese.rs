//! Syntheses of a list: measures by axes, over the rows of a question. What adds up in its columns is a measure, and so is the number
//! of its rows; its choices, its communes, the months and the years of its days are axes.

use serde_json::{Map, Value, json};
use sqlx::Row;

use super::codes;
use super::lecture::open;
use super::probleme::{DEMANDE, Probleme, Result};
use super::question::{self, Demande, take};
use super::reponse::Reponse;
use super::valeurs::{Choix, Valeur};
use crate::context::Context;
use crate::jetons::Appelant;
use crate::listing::{Choice, Column, Filter, FilterKind, List, Narrowed, Value as Cell, Viewer};
use crate::platform::cache::Made;
use crate::platform::error::{self, Error};

/// Axes of a synthesis at most.
pub const AXES_MAX: usize = 3;
/// Groups of an answer at most: beyond, an export.
pub const GROUPES_MAX: usize = 5_000;
/// The measure that counts rows.
const NOMBRE: &str = "nombre";

/// The parts into which days are cut.
const DUREES: [(&str, &str); 2] = [("mois", "YYYY-MM"), ("annee", "YYYY")];

/// An axis of a list.
#[derive(Clone)]
pub struct Axe {
    /// As a question says it: `statut`, `debut.mois`.
    pub nom: String,
    /// The filter whose values it is spread over.
    pub filter: &'static Filter,
    /// SQL over `b`.
    sql: String,
    /// Its values are days cut into parts, told as they are.
    cut: bool,
}

/// The axes that `list` has.
pub fn axes(list: &'static List) -> Vec<Axe> {
    let mut axes = Vec::new();
    for filter in list.filters {
        let whole = |sql: &str| Axe { nom: filter.name.to_string(), filter, sql: format!("({sql})::text"), cut: false };
        match filter.kind {
            FilterKind::Choice { sql, .. } => axes.push(whole(sql)),
            FilterKind::Commune => axes.push(whole("b.code_insee")),
            FilterKind::Dates { sql, .. } => {
                axes.extend(DUREES.map(|(part, shape)| Axe {
                    nom: format!("{}.{part}", filter.name),
                    filter,
                    sql: format!("to_char({sql}, '{shape}')"),
                    cut: true,
                }));
            }
            FilterKind::Epci | FilterKind::Range { .. } | FilterKind::Presence { .. } | FilterKind::Search { .. } | FilterKind::Parent { .. } => {}
        }
    }
    axes
}

/// The columns that add up.
pub fn measures(list: &'static List) -> impl Iterator<Item = &'static Column> {
    list.columns.iter().filter(|column| column.summed && !list.distinct)
}

/// What is asked.
struct Asked {
    demande: Demande,
    axes: Vec<Axe>,
    count: bool,
    sums: Vec<&'static Column>,
}

fn read(context: &Context, appelant: &Appelant, list: &'static List, raw: &str) -> Result<Asked> {
    let mut pairs = question::pairs(raw)?;
    let (mesures, asked) = (take(&mut pairs, "mesures")?, take(&mut pairs, "axes")?);
    if let Some((name, ..)) =
        pairs.iter().find(|(name, ..)| ["apres", "avant", "fin", "vers", "taille", "tri", "champs", "compte"].contains(&name.as_str()))
    {
        let sentence = format!(
            "Une synthèse n’a ni page ni ordre\u{a0}: «\u{a0}{name}\u{a0}» n’est pas un paramètre ici. Paramètres\u{a0}: mesures, axes, choix, et les filtres de la liste."
        );
        return Err(Probleme::about(DEMANDE, name, "inconnu", sentence));
    }
    let rest = pairs.iter().map(|(_, _, pair)| *pair).collect::<Vec<_>>().join("&");
    let demande = Demande::read(list, &rest, appelant.jeton.personnel, context.clock.today(), &context.key)?;
    let names = |text: &str| text.split(',').map(|name| name.trim().to_string()).filter(|name| !name.is_empty()).collect::<Vec<_>>();
    let (mut count, mut sums) = (mesures.is_none(), Vec::new());
    for name in mesures.as_deref().map(names).unwrap_or_default() {
        match measures(list).find(|column| column.name == name) {
            Some(column) if !sums.iter().any(|known: &&Column| known.name == name) => sums.push(column),
            Some(_) => {}
            None if name == NOMBRE => count = true,
            None => {
                let known: Vec<&str> = std::iter::once(NOMBRE).chain(measures(list).map(|column| column.name)).collect();
                let sentence = format!("«\u{a0}{name}\u{a0}» n’est pas une mesure de cette liste. Mesures\u{a0}: {}.", known.join(", "));
                return Err(Probleme::about(DEMANDE, "mesures", "inconnu", sentence));
            }
        }
    }
    let (known, mut chosen) = (axes(list), Vec::<Axe>::new());
    for name in asked.as_deref().map(names).unwrap_or_default() {
        let Some(axe) = known.iter().find(|axe| axe.nom == name) else {
            let known: Vec<&str> = known.iter().map(|axe| axe.nom.as_str()).collect();
            let sentence = format!("«\u{a0}{name}\u{a0}» n’est pas un axe de cette liste. Axes\u{a0}: {}.", known.join(", "));
            return Err(Probleme::about(DEMANDE, "axes", "inconnu", sentence));
        };
        if !chosen.iter().any(|one| one.nom == axe.nom) {
            chosen.push(axe.clone());
        }
    }
    if chosen.len() > AXES_MAX || (!count && sums.is_empty()) {
        return Err(Probleme::about(DEMANDE, "axes", "bornes", format!("Demandez au moins une mesure, et {AXES_MAX} axes au plus.")));
    }
    Ok(Asked { demande, axes: chosen, count, sums })
}

/// The synthesis of `list` that `raw` asks for.
pub async fn answer(context: &Context, appelant: &Appelant, list: &'static List, raw: &str) -> Result<Reponse> {
    open(appelant, list)?;
    let asked = read(context, appelant, list, raw)?;
    codes::exist(context, appelant, &asked.demande.query).await?;
    let personne = &appelant.personne;
    let axes: Vec<&str> = asked.axes.iter().map(|axe| axe.nom.as_str()).collect();
    let sums: Vec<&str> = asked.sums.iter().map(|column| column.name).collect();
    let query = &asked.demande.query;
    let identity = format!("{} {} {axes:?} {sums:?} {} {:?}", query.today, query.canonical_filters(), asked.count, asked.demande.choix);
    // A long reading: one at a time for each person, asked before the cache as for an exact count.
    let _turn = context.gate.turn(personne.reader.user_id).await?;
    let made = async || -> error::Result<Made> {
        let body = groups(context, appelant, &asked).await?;
        let text = serde_json::to_vec(&body).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Made { body: text.into(), lasting: true })
    };
    let kept = context.kept(list, "api-synthese", &identity, personne, made).await?;
    Ok(Reponse::fragment("application/json", kept.body.clone(), &kept.digest))
}

async fn groups(context: &Context, appelant: &Appelant, asked: &Asked) -> error::Result<Value> {
    let query = &asked.demande.query;
    let choices = context.choices.at(appelant.personne.reference());
    let db = context.reading(&appelant.personne, query.list.domains);
    let narrowed = Narrowed::look_up(&db, &choices, query, &appelant.personne.reader).await?;
    let counted = if query.list.distinct { format!("count(DISTINCT {})", query.list.id.0) } else { "count(*)".into() };
    let mut select: Vec<String> = asked.axes.iter().map(|axe| axe.sql.clone()).collect();
    select.push(counted);
    select.extend(asked.sums.iter().map(|column| format!("coalesce(sum({}), 0)::bigint", column.sql)));
    let by: Vec<String> = (1..=asked.axes.len()).map(|place| place.to_string()).collect();
    let by = if by.is_empty() { "()".to_string() } else { by.join(", ") };
    let mut statement = narrowed.grouped((&select.join(", "), &by), None)?;
    let order = if asked.axes.is_empty() { String::new() } else { format!(" ORDER BY {by}") };
    statement.sql.push_str(&format!("{order} LIMIT {}", GROUPES_MAX + 1));
    let found = statement.query()?.fetch_all(db.reading()).await?;
    if found.len() > GROUPES_MAX {
        return Err(Error::invalid(format!("Cette synthèse a plus de {GROUPES_MAX} groupes. Retirez un axe, ou ajoutez un filtre.")).about("axes"));
    }
    let mut labels = Vec::new();
    for axe in &asked.axes {
        labels.push(codes::labels(context, &choices, axe.filter).await?.unwrap_or_default());
    }
    let mut rows = Vec::with_capacity(found.len());
    for row in &found {
        let mut told = Map::new();
        for (place, axe) in asked.axes.iter().enumerate() {
            let code: Option<String> = row.try_get(place)?;
            told.insert(axe.nom.clone(), axis_value(code, axe, &labels[place], asked.demande.choix));
        }
        let at = asked.axes.len();
        if asked.count {
            told.insert(NOMBRE.into(), json!(row.try_get::<i64, _>(at)?));
        }
        for (place, column) in asked.sums.iter().enumerate() {
            let sum = Cell::Int(row.try_get(at + 1 + place)?);
            told.insert(column.name.into(), serde_json::to_value(Valeur(column.kind, &sum, Choix::Code)).unwrap_or_default());
        }
        rows.push(Value::Object(told));
    }
    let axes: Vec<&str> = asked.axes.iter().map(|axe| axe.nom.as_str()).collect();
    let mesures: Vec<&str> = asked.count.then_some(NOMBRE).into_iter().chain(asked.sums.iter().map(|column| column.name)).collect();
    Ok(json!({"axes": axes, "mesures": mesures, "donnees": rows}))
}

fn axis_value(code: Option<String>, axe: &Axe, labels: &[Choice], choix: Choix) -> Value {
    let Some(code) = code else { return Value::Null };
    if axe.cut || choix == Choix::Code {
        return json!(code);
    }
    let label = labels.iter().find(|(known, _)| *known == code).map_or(code.as_str(), |(_, label)| label);
    json!({"code": code, "libelle": label})
}
