//! The addresses by which programs load files.

use serde_json::{Map, Value, json};

use super::super::imports::FICHIER_MIO_MAX;
use super::super::valeurs::BASE;
use super::chemins::answers;
use crate::catalogue::Catalogue;
use crate::imports::Genre;

/// What may be refused to any of them.
const STATUSES: [u16; 10] = [400, 401, 403, 404, 409, 413, 415, 422, 429, 503];

/// Where an import stands.
pub fn schema() -> Value {
    let number = json!({"type": "integer", "format": "int64"});
    let counts =
        ["lues", "nouvelles", "changees", "identiques", "refusees", "avertissements", "creees", "modifiees", "depassees", "defaites", "gardees"];
    let mut properties: Map<String, Value> = counts.iter().map(|name| ((*name).to_string(), number.clone())).collect();
    for (name, schema) in [
        ("id", number.clone()),
        ("genre", json!({"type": "string"})),
        ("nom", json!({"type": "string"})),
        ("octets", number.clone()),
        ("sha256", json!({"type": "string"})),
        (
            "etat",
            json!({"type": "string", "description": "lecture, verification, a_confirmer, ecriture, termine, annulation, annule, abandonne, ou un travail arrêté."}),
        ),
        ("en_cours", json!({"type": "boolean", "description": "Un travail se fait : revenez dans quelques secondes."})),
        ("revision", json!({"type": "integer", "description": "Se donne à la confirmation, avec « a_ecrire »."})),
        ("a_ecrire", number),
        ("erreur", json!({"type": ["string", "null"]})),
        (
            "attend",
            json!({"type": ["string", "null"], "description": "Ce qu’une personne doit dire de la lecture, à l’adresse « page », avant que les lignes soient vérifiées."}),
        ),
        ("url", json!({"type": "string", "format": "uri"})),
        ("page", json!({"type": "string", "format": "uri"})),
        (
            "peut",
            json!({"type": "object", "properties": {"confirmer": {"type": "boolean"}, "annuler": {"type": "boolean"}, "abandonner": {"type": "boolean"}}}),
        ),
    ] {
        properties.insert(name.into(), schema);
    }
    json!({"type": "object", "required": ["id", "etat", "en_cours", "revision", "a_ecrire", "peut"], "properties": properties})
}

/// The body that confirms.
pub fn confirmation() -> Value {
    json!({"type": "object", "required": ["revision", "lignes"], "additionalProperties": false, "properties": {
        "revision": {"type": "integer", "format": "int32", "minimum": 0}, "lignes": {"type": "integer", "format": "int64", "minimum": 1}}})
}

/// Adds them.
pub fn paths(paths: &mut Map<String, Value>, catalogue: &Catalogue) {
    let Some(Value::Object(list)) = paths.get_mut(&format!("{BASE}/imports")) else { return };
    let genres: Vec<&str> = catalogue.all::<Genre>().filter(|genre| genre.par_une_personne().is_none()).map(|genre| genre.nom).collect();
    let tags = json!(["imports"]);
    let once = json!({"name": "Idempotency-Key", "in": "header", "required": false, "schema": {"type": "string", "minLength": 1, "maxLength": 200},
        "description": "Le même appel renvoyé avec la même clé, sous 24 heures, a la même réponse."});
    let etat = |words: &str| json!({"description": words, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Import"}}}});
    let there = json!({"Location": {"schema": {"type": "string", "format": "uri"}}});
    let led = |words: &str| {
        let mut answer = etat(words);
        answer["headers"] = there.clone();
        answer
    };
    list.insert(
        "post".into(),
        json!({"operationId": "imports_charger", "tags": tags, "summary": "Charger un fichier : il est gardé, et ses lignes sont vérifiées",
            "description": format!("Le corps est le fichier lui-même, de {} Gio au plus. Rien n’est écrit dans les fiches avant la confirmation.", FICHIER_MIO_MAX / 1024),
            "parameters": [
                {"name": "genre", "in": "query", "required": true, "schema": {"type": "string", "enum": genres}},
                {"name": "nom", "in": "query", "required": true, "schema": {"type": "string", "minLength": 1, "maxLength": 200}},
                once,
            ],
            "requestBody": {"required": true, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
            "responses": answers(json!({"201": led("Gardé : son état est à « Location ».")}), &STATUSES)}),
    );
    let id = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "integer", "format": "int64", "minimum": 1}}]);
    let reading = [400, 401, 403, 404, 429, 503];
    paths.insert(
        format!("{BASE}/imports/{{id}}/suivi"),
        json!({"parameters": id, "get": {"operationId": "imports_suivre", "tags": tags, "summary": "Où en est un import",
            "responses": answers(json!({"200": etat("Son état.")}), &reading)}}),
    );
    paths.insert(
        format!("{BASE}/imports/{{id}}/refusees"),
        json!({"parameters": id, "get": {"operationId": "imports_refusees", "tags": tags, "summary": "Les lignes refusées, à corriger puis à charger de nouveau",
            "responses": answers(json!({"200": {"description": "Un CSV de la même forme que le fichier, avec la raison de chaque refus.", "content": {"text/csv": {"schema": {"type": "string"}}}}}), &[400, 401, 403, 404, 413, 429, 503])}}),
    );
    paths.insert(
        format!("{BASE}/imports/{{id}}/confirmation"),
        json!({"parameters": id, "post": {"operationId": "imports_confirmer", "tags": tags, "summary": "Écrire ce qui a été vérifié, s’il n’a pas changé depuis", "parameters": [once],
            "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ImportConfirmation"}}}},
            "responses": answers(json!({"202": led("Demandé.")}), &STATUSES)}}),
    );
    for (name, operation, summary, answered) in [
        ("annulation", "imports_annuler", "Reprendre un import écrit : les fiches reviennent comme avant", json!({"202": led("Demandé.")})),
        ("abandon", "imports_abandonner", "Abandonner un import dont rien n’est écrit", json!({"200": etat("Abandonné.")})),
    ] {
        paths.insert(
            format!("{BASE}/imports/{{id}}/{name}"),
            json!({"parameters": id, "post": {"operationId": operation, "tags": tags, "summary": summary, "parameters": [once],
                "responses": answers(answered, &[400, 401, 403, 404, 409, 422, 429, 503])}}),
        );
    }
}
