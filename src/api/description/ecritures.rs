//! The addresses by which programs write, as the records declare them.

use rocket::http::Method;
use serde_json::{Map, Value, json};

use super::super::ecriture::{self, Cible};
use super::super::valeurs::BASE;
use super::chemins::{answers, key_parameter, schema};
use super::parametres;
use crate::actions::BulkAction;
use crate::catalogue::Catalogue;
use crate::champs::Saisie;
use crate::listing::{Kind, List};
use crate::records::Field;

/// What may be refused to any write.
const WRITING: [u16; 10] = [400, 401, 403, 404, 409, 413, 415, 422, 429, 503];

/// The form of a field, as a program gives it and reads it back.
fn of_saisie(saisie: &Saisie, cast: &str) -> Value {
    let boolean = cast == "boolean";
    let whole = ["smallint", "integer", "bigint"].contains(&cast);
    match saisie {
        Saisie::Choix(_) if boolean => json!({"type": "boolean"}),
        Saisie::Choix(known) => json!({"type": "string", "enum": known.iter().map(|(code, ..)| *code).collect::<Vec<_>>()}),
        Saisie::Reference(_) | Saisie::Collectivite if whole => json!({"type": "integer", "minimum": 0, "maximum": i16::MAX}),
        Saisie::Reference(_) | Saisie::Collectivite => json!({"type": "string", "maxLength": 120}),
        Saisie::Commune => json!({"type": "string", "pattern": "^[0-9AB]{5}$", "examples": ["97113"]}),
        Saisie::Fiche(parent) => json!({"anyOf": [
            {"type": "integer", "format": "int64", "minimum": 1, "description": format!("L’identifiant d’une ligne de {}.", parent.list.name)},
            {"type": "string", "maxLength": 240, "description": "Sa référence."}]}),
        Saisie::Nombre(number, low, high) if number.scale == 0 => json!({"type": "integer", "minimum": low, "maximum": high}),
        Saisie::Duree(low, high) => json!({"type": "integer", "minimum": low, "maximum": high, "description": "En minutes."}),
        Saisie::Siret => json!({"type": "string", "maxLength": saisie.longest(), "examples": ["21971113200013"]}),
        Saisie::Texte(_)
        | Saisie::TexteLong(_)
        | Saisie::Nombre(..)
        | Saisie::Jour
        | Saisie::JourPasse
        | Saisie::Mois
        | Saisie::Courriel
        | Saisie::Telephone
        | Saisie::CodePostal
        | Saisie::Enregistrement => match saisie.kind() {
            Some(Kind::Date) => json!({"type": "string", "format": "date"}),
            Some(Kind::Month) => json!({"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}),
            Some(Kind::Number(number)) => {
                json!({"type": "string", "pattern": format!("^-?[0-9]{{1,12}}(\\.[0-9]{{1,{}}})?$", number.scale.max(1)), "examples": [number.plain(8_550, '.')]})
            }
            _ => json!({"type": "string", "maxLength": saisie.longest()}),
        },
    }
}

/// The same, or nothing: what empties the field.
fn or_nothing(schema: Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
}

fn described(field: &Field) -> Value {
    let form = of_saisie(&field.saisie, field.cast);
    let mut form = if field.required { form } else { or_nothing(form) };
    let hint = if field.hint.is_empty() { String::new() } else { format!(" {}", field.hint) };
    let fixed = if field.fixed { " Ne change plus une fois la fiche créée." } else { "" };
    form["description"] = json!(format!("{}.{hint}{fixed}", field.label));
    form
}

/// The forms of what is written of the rows of `record`.
pub fn schemas(schemas: &mut Map<String, Value>, catalogue: &Catalogue, list: &'static List) {
    let Some(record) = ecriture::record(catalogue, list) else { return };
    let all: Map<String, Value> = record.fields().map(|field| (field.name.to_string(), described(field))).collect();
    let required: Vec<&str> = record.fields().filter(|field| field.required).map(|field| field.name).collect();
    schemas.insert(
        format!("{}_nouveau", list.name),
        json!({"type": "object", "required": required, "additionalProperties": false, "properties": all.clone()}),
    );
    let mut changed: Map<String, Value> =
        record.fields().filter(|field| !field.fixed).map(|field| (field.name.to_string(), described(field))).collect();
    for champ in ecriture::apart(catalogue, record) {
        let mut form = or_nothing(of_saisie(&champ.saisie, champ.cast));
        form["description"] = json!(format!("{} : se donne seul, sans autre champ.", champ.column().label));
        changed.insert(champ.column.into(), form);
        if !champ.motives.is_empty() {
            changed.insert("motif_id".into(), json!({"type": ["integer", "null"], "description": "Le motif, pour les valeurs qui en demandent un."}));
            changed.insert("motif_precision".into(), json!({"type": ["string", "null"], "maxLength": 500}));
        }
    }
    schemas.insert(format!("{}_correction", list.name), json!({"type": "object", "additionalProperties": false, "properties": changed}));
}

/// What is answered of a row that is written.
pub fn common() -> Value {
    json!({"type": "object", "required": ["id", "url", "version", "champs", "archive"], "properties": {
        "id": {"type": "integer", "format": "int64"},
        "url": {"type": "string", "format": "uri"},
        "version": {"type": "integer"},
        "champs": {"type": "object", "description": "Les champs de la fiche, tels qu’ils s’écrivent."},
        "a_part": {"type": "object", "description": "Les champs qui se changent seuls, chacun avec sa valeur et son motif."},
        "archive": {"type": ["string", "null"], "format": "date"},
        "avertissements": {"type": "array", "items": {"type": "string"}}}})
}

fn body(name: &str) -> Value {
    json!({"required": true, "content": {"application/json": {"schema": schema(name)}}})
}

fn if_match() -> Value {
    json!({"name": "If-Match", "in": "header", "required": true, "description": "La version lue : l’ETag de « saisie ».",
        "schema": {"type": "string", "pattern": "^\"[a-z]{1,40}-[0-9]{1,18}-v[0-9]{1,9}\"$", "examples": ["\"sejours-12-v3\""]}})
}

fn once() -> Value {
    json!({"name": "Idempotency-Key", "in": "header", "required": false,
        "description": "Le même appel, refait sous la même clé dans les 24 heures, a la même réponse et n’est pas fait deux fois.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"}})
}

/// The answer of a row that was written.
fn row(words: &str) -> Value {
    json!({"description": words, "headers": {"ETag": {"schema": {"type": "string"}}}, "content": {"application/json": {"schema": schema("Saisie")}}})
}

/// Adds what is written to the addresses of `list`.
pub fn of_list(paths: &mut Map<String, Value>, catalogue: &Catalogue, list: &'static List) {
    let Some(record) = ecriture::record(catalogue, list) else { return };
    let (name, tags) = (list.name, json!([list.name]));
    let has = |cible: Cible<'_>, method: Method| ecriture::methods(catalogue, list, cible).contains(&method);
    if has(Cible::Liste, Method::Post) {
        let mut created = row("Créé.");
        created["headers"]["Location"] = json!({"schema": {"type": "string", "format": "uri"}});
        paths[&format!("{BASE}/{name}")]["post"] = json!({"operationId": format!("{name}_creer"), "tags": tags, "summary": record.creation,
            "parameters": [once(), {"name": "vus", "in": "query", "required": false, "schema": {"type": "string", "pattern": "^[0-9]{1,18}(,[0-9]{1,18}){0,50}$"},
                "description": "Les fiches qui ressemblent et que l’on a vues, telles que le 409 les donne, séparées par des virgules."}],
            "requestBody": body(&format!("{name}_nouveau")), "responses": answers(json!({"201": created}), &WRITING)});
    }
    if has(Cible::Liste, Method::Patch) {
        paths[&format!("{BASE}/{name}")]["patch"] = bulk(catalogue, list);
    }
    let one = format!("{BASE}/{name}/{{id}}");
    let versioned: Vec<u16> = WRITING.into_iter().chain([412, 428]).collect();
    if has(Cible::Ligne(""), Method::Patch) {
        paths[&one]["patch"] = json!({"operationId": format!("{name}_corriger"), "tags": tags, "summary": format!("Corriger un {}", list.noun.0),
            "parameters": [if_match(), once()],
            "requestBody": {"required": true, "content": {"application/json": {"schema": schema(&format!("{name}_correction"))}, "application/merge-patch+json": {"schema": schema(&format!("{name}_correction"))}}},
            "responses": answers(json!({"200": row("Corrigé, ou déjà ainsi.")}), &versioned)});
    }
    if has(Cible::Ligne(""), Method::Delete) {
        paths[&one]["delete"] = json!({"operationId": format!("{name}_archiver"), "tags": tags, "summary": format!("Archiver un {}", list.noun.0),
            "parameters": [if_match(), once()], "responses": answers(json!({"204": {"description": "Archivé."}}), &versioned)});
    }
    paths.insert(
        format!("{one}/saisie"),
        json!({"parameters": [key_parameter(list)], "get": {"operationId": format!("{name}_saisie"), "tags": tags, "summary": format!("La fiche d’un {}, telle qu’elle s’écrit", list.noun.0),
            "responses": answers(json!({"200": row("Ses champs, et sa version."), "304": {"description": "Rien n’a changé."}}), &[400, 401, 403, 404, 429, 503])}}),
    );
    if has(Cible::Restauration(""), Method::Post) {
        paths.insert(
            format!("{one}/restauration"),
            json!({"parameters": [key_parameter(list)], "post": {"operationId": format!("{name}_restaurer"), "tags": tags, "summary": format!("Remettre en activité un {}", list.noun.0),
                "parameters": [if_match(), once()], "responses": answers(json!({"200": row("De nouveau en activité.")}), &versioned)}}),
        );
    }
}

/// An action on all the rows of a question.
fn bulk(catalogue: &Catalogue, list: &'static List) -> Value {
    let names: Vec<&str> = catalogue.all::<BulkAction>().filter(|action| action.champ.list.name == list.name).map(|action| action.name).collect();
    let mut parameters = vec![
        json!({"name": "attendu", "in": "query", "required": true, "description": "Le nombre de lignes que l’on croit changer : un autre, et rien n’est fait.",
            "schema": {"type": "integer", "minimum": 0, "maximum": 1_000_000_000}}),
        json!({"name": "tout", "in": "query", "required": false, "description": "Demandé quand il n’y a aucun filtre.", "schema": {"type": "string", "enum": ["1"]}}),
        once(),
    ];
    parameters.extend(parametres::filters(list));
    json!({"operationId": format!("{}_agir", list.name), "tags": [list.name], "summary": format!("Une action sur les {} d’une question", list.noun.1), "parameters": parameters,
        "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["action"], "additionalProperties": false, "properties": {
            "action": {"type": "string", "enum": names}, "motif_id": {"type": ["integer", "null"]}, "motif_precision": {"type": ["string", "null"], "maxLength": 500}}}}}},
        "responses": answers(json!({
            "200": {"description": "Fait.", "content": {"application/json": {"schema": {"type": "object"}}}},
            "202": {"description": "Demandé : son état est à « Location ».", "headers": {"Location": {"schema": {"type": "string", "format": "uri"}}}, "content": {"application/json": {"schema": {"type": "object"}}}},
        }), &WRITING)})
}
