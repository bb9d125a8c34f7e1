//! The forms of what is answered: rows by their columns, pages, problems.

use serde_json::{Map, Value, json};

use super::super::probleme::SORTES;
use super::super::valeurs::reference;
use crate::catalogue::Catalogue;
use crate::listing::kind::Shape;
use crate::listing::{Column, Kind, List};
use crate::ui::format::date;

/// The same, or nothing.
fn nullable(mut schema: Value) -> Value {
    match schema.get("type") {
        Some(Value::String(kind)) => {
            let both = json!([kind, "null"]);
            schema["type"] = both;
            schema
        }
        _ => json!({"anyOf": [schema, {"type": "null"}]}),
    }
}

/// The form of the values of a kind.
pub fn of_kind(kind: Kind) -> Value {
    match kind {
        Kind::Choice(known) => {
            let codes: Vec<&str> = known.iter().map(|(code, ..)| *code).collect();
            let labels: Vec<String> = known.iter().map(|(code, label, _)| format!("{code} : {label}")).collect();
            let told = labels.join(" ; ");
            json!({"anyOf": [
                {"type": "object", "required": ["code", "libelle"], "additionalProperties": false, "description": told,
                 "properties": {"code": {"type": "string", "enum": codes}, "libelle": {"type": "string"}}},
                {"type": "string", "enum": codes, "description": "Avec choix=code."},
            ]})
        }
        Kind::Month => json!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$", "examples": ["2026-03"]}),
        Kind::Duration => json!({"type": "integer", "description": "En minutes."}),
        Kind::Number(number) if number.scale > 0 => {
            let mut schema =
                json!({"type": "string", "pattern": format!("^-?[0-9]+\\.[0-9]{{{}}}$", number.scale), "examples": [number.plain(8_550, '.')]});
            if !number.unit.is_empty() {
                schema["description"] = json!(format!("En {}.", number.unit));
            }
            schema
        }
        Kind::Text
        | Kind::LongText
        | Kind::Code
        | Kind::Number(_)
        | Kind::Date
        | Kind::Instant
        | Kind::Bool
        | Kind::Progress
        | Kind::Email
        | Kind::Telephone
        | Kind::Siret
        | Kind::File => match kind.shape() {
            Shape::Text => json!({"type": "string"}),
            Shape::Number(_) => json!({"type": "integer"}),
            Shape::Day => json!({"type": "string", "format": "date"}),
            Shape::Instant => json!({"type": "string", "format": "date-time"}),
            Shape::Bool => json!({"type": "boolean"}),
        },
    }
}

fn key(list: &List) -> Value {
    if list.is_numbered() { json!({"type": "integer", "format": "int64"}) } else { json!({"type": "string"}) }
}

fn address() -> Value {
    json!({"type": "string", "format": "uri"})
}

/// A code of a table of values, with its words.
fn coded(list: &List, column: &Column) -> Value {
    json!({"anyOf": [
        {"type": "object", "required": ["code"], "additionalProperties": false, "description": format!("Ses codes sont à /api/v1/{}/codes.", list.name),
         "properties": {"code": {"type": "string"}, "libelle": nullable(of_kind(column.kind))}},
        {"type": "string", "description": "Avec choix=code."},
    ]})
}

fn of_column(catalogue: &Catalogue, list: &List, column: &'static Column) -> Value {
    let mut schema = match reference(catalogue, list, column) {
        Some(to) => json!({"type": "object", "required": ["id", "url"], "additionalProperties": false,
            "properties": {"id": key(to), "libelle": nullable(of_kind(column.kind)), "url": address()}}),
        None if list.code_of(column).is_some() => coded(list, column),
        None => of_kind(column.kind),
    };
    schema = nullable(schema);
    let personal = if column.personal { " Parle d’une personne : demande un jeton qui lit les données personnelles." } else { "" };
    let said = schema.get("description").and_then(Value::as_str).map(|said| format!(" {said}")).unwrap_or_default();
    let withdrawn = super::super::retrait::days(column).map(|(_, until)| format!(" Retiré le {}.", date(until))).unwrap_or_default();
    schema["description"] = json!(format!("{}.{said}{personal}{withdrawn}", column.label));
    if column.withdrawn.is_some() {
        schema["deprecated"] = json!(true);
    }
    schema
}

/// A row of a list.
pub fn row(catalogue: &Catalogue, list: &'static List) -> Value {
    let mut properties = Map::new();
    properties.insert("id".into(), key(list));
    properties.insert("url".into(), address());
    for column in list.columns {
        // A field that has the name of the address of the row would hide it: none does.
        properties.insert(column.name.into(), of_column(catalogue, list, column));
    }
    json!({"type": "object", "description": format!("Une ligne de « {} ».", list.title), "required": ["id", "url"], "additionalProperties": false, "properties": properties})
}

/// A page of a list.
pub fn page(list: &'static List) -> Value {
    let place = |words: &str| json!({"type": ["string", "null"], "format": "uri", "description": words});
    let mut properties = json!({
        "donnees": {"type": "array", "items": {"$ref": format!("#/components/schemas/{}", list.name)}},
        "suivante": place("L’adresse entière de ce qui suit ; rien à la fin."),
        "precedente": place("L’adresse entière de ce qui précède ; rien au début."),
        "compte": {"$ref": "#/components/schemas/Compte"},
    });
    if !list.suivis.is_empty() {
        properties["reprise"] =
            json!({"type": "string", "format": "uri", "description": "Avec modifie_depuis : l’adresse à garder, et à rappeler la prochaine fois."});
    }
    json!({"type": "object", "required": ["donnees", "suivante"], "additionalProperties": false, "properties": properties})
}

/// What lists share.
pub fn common() -> Map<String, Value> {
    let kinds: Vec<String> = SORTES.iter().map(|(code, title, status)| format!("{code} ({}) : {title}", status.code)).collect();
    let schemas = json!({
        "Compte": {"type": "object", "required": ["nombre", "exact"], "additionalProperties": false, "properties": {
            "nombre": {"type": "integer", "minimum": 0},
            "exact": {"type": "boolean", "description": "Faux : une estimation, au-delà de dix mille."}}},
        "Erreur": {"type": "object", "required": ["champ", "code", "message"], "additionalProperties": false, "properties": {
            "champ": {"type": "string", "description": "Le champ, le paramètre ou l’en-tête en cause."},
            "code": {"type": "string"}, "message": {"type": "string"}}},
        "Probleme": {"type": "object", "description": format!("RFC 9457. Types : {}.", kinds.join(" ; ")),
            "required": ["type", "title", "status", "detail", "instance"], "properties": {
                "type": {"type": "string", "format": "uri-reference"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string", "description": "Ce qui ne va pas, et quoi faire."},
                "instance": {"type": "string", "format": "uri", "description": "Le numéro de la demande, à donner à l’exploitant."},
                "erreurs": {"type": "array", "items": {"$ref": "#/components/schemas/Erreur"}}}},
        "Supprimes": {"type": "object", "required": ["donnees", "suivante", "reprise"], "additionalProperties": false, "properties": {
            "donnees": {"type": "array", "items": {"type": "integer", "format": "int64"}, "description": "Les identifiants des lignes qui ne sont plus là."},
            "suivante": {"type": ["string", "null"], "format": "uri"},
            "reprise": {"type": "string", "format": "uri"}}},
        "Codes": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "object", "required": ["code", "libelle"], "properties": {
            "code": {"type": "string"}, "libelle": {"type": "string"}}}}},
        "Synthese": {"type": "object", "required": ["axes", "mesures", "donnees"], "additionalProperties": false, "properties": {
            "axes": {"type": "array", "items": {"type": "string"}},
            "mesures": {"type": "array", "items": {"type": "string"}},
            "donnees": {"type": "array", "items": {"type": "object"}, "description": "Un objet par groupe : ses axes, puis ses mesures."}}},
        "Export": {"type": "object", "required": ["id", "url", "liste", "format", "etat"], "additionalProperties": false, "properties": {
            "id": {"type": "integer", "format": "int64"}, "url": address(), "liste": {"type": "string"}, "titre": {"type": "string"},
            "format": {"type": "string"}, "filtres": {"type": "string"},
            "etat": {"type": "string", "enum": ["en_attente", "en_cours", "pret", "echec", "annule", "retire"]},
            "fait": {"type": ["integer", "null"]}, "total": {"type": ["integer", "null"]}, "demande_le": {"type": "string", "format": "date-time"},
            "lignes": {"type": ["integer", "null"]}, "octets": {"type": ["integer", "null"]}, "sha256": {"type": ["string", "null"]},
            "expire_le": {"type": ["string", "null"], "format": "date-time"},
            "fichier": {"type": ["string", "null"], "format": "uri"}, "manifeste": {"type": ["string", "null"], "format": "uri"}}},
        "Sommaire": {"type": "object", "required": ["version", "listes", "jeton"], "properties": {
            "version": {"type": "string"},
            "listes": {"type": "array", "items": {"type": "object", "required": ["nom", "titre", "url"], "properties": {
                "nom": {"type": "string"}, "titre": {"type": "string"}, "description": {"type": "string"}, "url": address()}}},
            "jeton": {"type": "object", "required": ["nom", "droits", "donnees_personnelles", "valable_jusqu_au"], "properties": {
                "nom": {"type": "string"},
                "droits": {"type": "object", "description": "Ce qu’il peut, par module.", "additionalProperties": {"type": "string", "enum": ["lire", "ecrire"]}},
                "donnees_personnelles": {"type": "boolean"},
                "valable_jusqu_au": {"type": "string", "format": "date-time", "description": "L’instant de sa fin."}}}}},
    });
    match schemas {
        Value::Object(schemas) => schemas,
        _ => Map::new(),
    }
}

/// The problems that any call may meet, by their status.
pub const PROBLEMS: [(u16, &str); 14] = [
    (400, "La demande n’a pas de sens : ce qui ne va pas est dit, avec le paramètre en cause."),
    (401, "Jeton absent, inconnu, révoqué ou dépassé."),
    (403, "Les droits du jeton ne vont pas jusque-là."),
    (404, "Cela n’existe pas, ou n’est pas dans le périmètre du jeton."),
    (406, "Aucune des formes demandées n’est proposée."),
    (409, "L’état de ce qui est écrit ne le permet pas : ressemblance, valeur prise, compte différent, appel en cours."),
    (410, "Ce n’est plus là : fichier retiré, copie à refaire."),
    (412, "Cela a changé depuis la lecture : les deux valeurs sont données."),
    (413, "Le corps est trop grand."),
    (415, "Le corps n’est pas du JSON en UTF-8."),
    (422, "Des valeurs ne conviennent pas : ce qui ne va pas est dit champ par champ."),
    (428, "Il faut dire la version lue, par If-Match."),
    (429, "Une limite du jeton est atteinte ; « Retry-After » dit quand revenir."),
    (503, "Momentanément indisponible ; « Retry-After » dit quand revenir."),
];

/// The answers that are problems.
pub fn responses() -> Value {
    let mut all = Map::new();
    for (status, words) in PROBLEMS {
        let mut response =
            json!({"description": words, "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Probleme"}}}});
        match status {
            401 => response["headers"] = json!({"WWW-Authenticate": {"schema": {"type": "string"}}}),
            429 | 503 => response["headers"] = json!({"Retry-After": {"schema": {"type": "integer"}, "description": "En secondes."}}),
            _ => {}
        }
        all.insert(format!("Probleme{status}"), response);
    }
    Value::Object(all)
}

/// The headers that pages share.
pub fn headers() -> Value {
    json!({
        "ETag": {"schema": {"type": "string"}, "description": "Renvoyé dans If-None-Match, il évite de recevoir deux fois la même chose (304)."},
        "Link": {"schema": {"type": "string"}, "description": "RFC 8288 : rel=\"next\", rel=\"prev\"."},
    })
}
