//! The parameters of a list, as its filters, its sorts and its columns declare them.

use serde_json::{Value, json};

use crate::listing::kind::Shape;
use crate::listing::{EMPTY, FILLED, Filter, FilterKind, Kind, List, Options, PERIODS, SEARCH_CHARS_MAX, SIZE_DEFAULT, SIZE_MAX};

/// Digits before the decimals of a bound at most.
const DIGITS: usize = 9;

fn query(name: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": "query", "required": false, "description": description, "schema": schema})
}

/// A parameter that is given once for each of its values.
fn several(name: &str, description: &str, items: Value) -> Value {
    let mut parameter = query(name, description, json!({"type": "array", "items": items, "minItems": 1}));
    parameter["style"] = json!("form");
    parameter["explode"] = json!(true);
    parameter
}

/// A parameter whose values are joined by commas.
fn joined(name: &str, description: &str, known: Vec<String>) -> Value {
    let mut parameter = query(name, description, json!({"type": "array", "items": {"type": "string", "enum": known}, "minItems": 1}));
    parameter["style"] = json!("form");
    parameter["explode"] = json!(false);
    parameter
}

/// The form of a bound.
fn bound(kind: Kind) -> Value {
    match kind.shape() {
        Shape::Number(_) if kind == Kind::Duration => json!({"type": "string", "pattern": "^[0-9]{1,3}:[0-5][0-9]$", "examples": ["1:05"]}),
        Shape::Number(0) => json!({"type": "integer", "format": "int64", "minimum": i64::MIN, "maximum": i64::MAX}),
        Shape::Number(scale) => {
            json!({"type": "string", "pattern": format!("^-?(0|[1-9][0-9]{{0,{}}})(\\.[0-9]{{1,{}}})?$", DIGITS - 1, scale.min(2)), "examples": ["85.50"]})
        }
        Shape::Day | Shape::Instant if kind == Kind::Month => {
            json!({"type": "string", "pattern": "^(19|20)[0-9]{2}-(0[1-9]|1[0-2])-01$", "examples": ["2026-03-01"]})
        }
        Shape::Day | Shape::Instant => day(),
        Shape::Text | Shape::Bool => json!({"type": "string"}),
    }
}

/// A day that the base holds.
fn day() -> Value {
    json!({"type": "string", "format": "date", "pattern": "^(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}$", "examples": ["2026-03-01"]})
}

/// The parameters of one filter.
pub fn of_filter(filter: &Filter) -> Vec<Value> {
    let (name, label) = (filter.name, filter.label);
    let except =
        || query(&filter.except(), &format!("{label} : toutes les valeurs sauf celles qui sont données."), json!({"type": "string", "enum": ["1"]}));
    let presence = |codes: &[&str]| query(name, &format!("{label} : sans valeur, ou avec une."), json!({"type": "string", "enum": codes}));
    let between = |kind: Kind| {
        [("min", "au moins"), ("max", "au plus")]
            .map(|(end, words)| query(&format!("{name}_{end}"), &format!("{label} : {words}, borne comprise."), bound(kind)))
    };
    match filter.kind {
        FilterKind::Choice { options, cast, nullable, .. } => {
            let items = match options {
                Options::Fixed(known) => {
                    let codes: Vec<&str> = known.iter().map(|(code, ..)| *code).chain(nullable.then_some(EMPTY)).collect();
                    json!({"type": "string", "enum": codes})
                }
                Options::Sql(_) if cast == "text" => json!({"type": "string", "pattern": "^[a-z0-9_-]{1,40}$"}),
                Options::Sql(_) => json!({"type": "integer", "minimum": 0, "maximum": i16::MAX}),
            };
            vec![several(name, &format!("{label} : une ou plusieurs valeurs."), items), except()]
        }
        FilterKind::Commune => vec![several(name, "Codes INSEE des communes.", json!({"type": "string", "pattern": "^[0-9AB]{5}$"})), except()],
        FilterKind::Epci => vec![several(name, "SIREN des EPCI.", json!({"type": "string", "pattern": "^[0-9]{9}$"})), except()],
        FilterKind::Dates { relative, .. } => {
            let codes: Vec<&str> = PERIODS.iter().map(|(code, _)| *code).collect();
            let [low, high] = between(Kind::Date);
            vec![
                low,
                high,
                query(
                    relative,
                    &format!("{label} : une période qui avance avec le calendrier, au lieu de bornes."),
                    json!({"type": "string", "enum": codes}),
                ),
            ]
        }
        FilterKind::Range { kind, nullable, .. } => {
            let mut all = between(kind).to_vec();
            if nullable {
                all.push(presence(&[EMPTY, FILLED]));
            }
            all
        }
        FilterKind::Presence { .. } => vec![presence(&[EMPTY, FILLED])],
        FilterKind::Search { .. } => vec![query(
            name,
            &format!("{label} : des mots, sans souci d’accents ni de casse."),
            json!({"type": "string", "minLength": 1, "maxLength": SEARCH_CHARS_MAX, "examples": ["mangrove"]}),
        )],
        FilterKind::Parent { .. } => {
            vec![query(name, &format!("{label} : son identifiant."), json!({"type": "integer", "minimum": 1, "maximum": i64::MAX}))]
        }
    }
}

/// The filters of a list.
pub fn filters(list: &'static List) -> Vec<Value> {
    list.filters.iter().flat_map(of_filter).collect()
}

/// How closed lists are written.
pub fn choix() -> Value {
    query(
        "choix",
        "Comment s’écrivent les valeurs d’une liste fermée : un objet (code et libellé), ou le code seul.",
        json!({"type": "string", "enum": ["objet", "code"], "default": "objet"}),
    )
}

/// The columns of a list, by name.
pub fn champs(list: &'static List) -> Value {
    joined("champs", "Les champs voulus ; sans lui, ceux de la page.", list.columns.iter().map(|column| column.name.to_string()).collect())
}

/// The parameters of a page of a list.
pub fn page(list: &'static List) -> Vec<Value> {
    let mut all = filters(list);
    let sorts: Vec<String> = list.sorts.iter().flat_map(|sort| [sort.name.to_string(), format!("-{}", sort.name)]).collect();
    all.push(query(
        "tri",
        "L’ordre des lignes ; un tiret devant pour l’inverse. Tout autre champ trie aussi, sur peu de lignes.",
        json!({"anyOf": [{"type": "string", "enum": sorts}, {"type": "string", "pattern": "^-?[a-z_]{1,40}$"}]}),
    ));
    all.push(query("taille", "Lignes d’une page.", json!({"type": "integer", "minimum": 1, "maximum": SIZE_MAX, "default": SIZE_DEFAULT})));
    all.push(champs(list));
    all.push(choix());
    all.push(query(
        "compte",
        "Compter les lignes : jusqu’à dix mille puis une estimation (« borne »), ou toutes (« exact »).",
        json!({"type": "string", "enum": ["borne", "exact"]}),
    ));
    for (name, words) in [("apres", "Un curseur, tel que « suivante » le donne."), ("avant", "Un curseur, tel que « precedente » le donne.")]
    {
        all.push(query(name, words, json!({"type": "string", "minLength": 1, "maxLength": 2_000})));
    }
    all.push(query("fin", "La dernière page.", json!({"type": "string", "enum": ["1"]})));
    all.push(query("vers", "Commencer à cette valeur du tri.", json!({"type": "string", "minLength": 1})));
    if !list.suivis.is_empty() {
        all.push(depuis());
    }
    all
}

/// Where a copy is.
pub fn depuis() -> Value {
    query(
        "modifie_depuis",
        "Ce qui a changé depuis : « debut », un instant, ou la marque que donne « reprise ». Se lit sans filtre ni tri ; taille va alors jusqu’à 1000.",
        json!({"type": "string", "minLength": 1, "maxLength": 2_000, "examples": ["debut"]}),
    )
}

/// The measures and the axes of a synthesis.
pub fn synthese(list: &'static List) -> Vec<Value> {
    let mut all = filters(list);
    let measures = std::iter::once("nombre").chain(super::super::synthese::measures(list).map(|column| column.name));
    all.push(joined("mesures", "Ce qui est compté ou additionné ; sans lui, le nombre de lignes.", measures.map(str::to_string).collect()));
    let axes: Vec<String> = super::super::synthese::axes(list).into_iter().map(|axe| axe.nom).collect();
    if !axes.is_empty() {
        let mut parameter = joined("axes", "Par quoi c’est réparti, trois au plus ; sans lui, tout ensemble.", axes);
        parameter["schema"]["maxItems"] = json!(super::super::synthese::AXES_MAX);
        all.push(parameter);
    }
    all.push(choix());
    all
}
