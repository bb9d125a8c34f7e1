//! The addresses, with what each takes and answers.

use serde_json::{Map, Value, json};

use super::super::valeurs::BASE;
use super::parametres;
use super::schemas::PROBLEMS;
use crate::listing::{Format, List};

/// The answers of an operation: its own, then the problems that it may meet.
pub fn answers(own: Value, statuses: &[u16]) -> Value {
    let mut all = match own {
        Value::Object(own) => own,
        _ => Map::new(),
    };
    for (status, _) in PROBLEMS.iter().filter(|(status, _)| statuses.contains(status)) {
        all.insert(status.to_string(), json!({"$ref": format!("#/components/responses/Probleme{status}")}));
    }
    Value::Object(all)
}

/// A schema of the document.
pub fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn json_of(name: &str) -> Value {
    json!({"application/json": {"schema": schema(name)}})
}

/// What a file is, by its format; several workbooks are one archive.
fn files() -> Value {
    let kinds = Format::ALL.iter().map(|format| format.content_type()).map(|(kind, subtype)| format!("{kind}/{subtype}"));
    kinds.chain(["application/zip".to_string()]).map(|kind| (kind, json!({}))).collect::<Map<String, Value>>().into()
}

/// What may be refused to any reading.
const READING: [u16; 6] = [400, 401, 403, 404, 429, 503];

/// The key of a row, in an address.
pub fn key_parameter(list: &List) -> Value {
    let form = if list.is_numbered() {
        json!({"type": "integer", "format": "int64", "minimum": 1})
    } else {
        json!({"type": "string", "pattern": "^[0-9A-Za-z_-]{1,60}$"})
    };
    json!({"name": "id", "in": "path", "required": true, "description": "Sa clé, telle que « id » la donne.", "schema": form})
}

/// The addresses that are no list's.
pub fn common(paths: &mut Map<String, Value>) {
    paths.insert(
        BASE.into(),
        json!({"get": {"operationId": "sommaire", "summary": "Les listes que lit ce jeton",
            "responses": answers(json!({"200": {"description": "Les listes, chacune avec son adresse.", "content": json_of("Sommaire")}}), &[401, 429, 503])}}),
    );
    let id = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "integer", "format": "int64", "minimum": 1}}]);
    paths.insert(
        format!("{BASE}/exports/{{id}}"),
        json!({"parameters": id, "get": {"operationId": "export", "summary": "Où en est un fichier",
            "responses": answers(json!({"200": {"description": "Son état.", "content": json_of("Export")}}), &[401, 403, 404, 429, 503])}}),
    );
    paths.insert(
        format!("{BASE}/exports/{{id}}/manifeste"),
        json!({"parameters": id, "get": {"operationId": "export_manifeste", "summary": "Ce qui prouve un fichier",
            "responses": answers(json!({"200": {"description": "Lignes, sommes, empreinte.", "content": {"application/json": {"schema": {"type": "object"}}}}}), &[401, 403, 404, 410, 429, 503])}}),
    );
    paths.insert(
        format!("{BASE}/exports/{{id}}/fichier"),
        json!({"parameters": id, "get": {"operationId": "export_fichier", "summary": "Les octets d’un fichier, entier ou par plages (Range)",
            "responses": answers(json!({
                "200": {"description": "Le fichier.", "content": files()},
                "206": {"description": "Une plage du fichier.", "content": files()},
                "409": {"description": "Le fichier n’est plus celui que son manifeste décrit.", "content": {"application/problem+json": {"schema": schema("Probleme")}}},
            }), &[401, 403, 404, 410, 429, 503])}}),
    );
}

/// The addresses of a list.
pub fn of_list(paths: &mut Map<String, Value>, list: &'static List) {
    let name = list.name;
    let tags = json!([name]);
    let page = format!("{name}_page");
    let links = json!({"ETag": {"$ref": "#/components/headers/ETag"}, "Link": {"$ref": "#/components/headers/Link"}});
    let text = json!({"schema": {"type": "string"}});
    let read = json!({
        "200": {"description": format!("Une page de « {} ».", list.title), "headers": links,
            "content": {"application/json": {"schema": schema(&page)}, "application/x-ndjson": text, "text/csv": text}},
        "304": {"description": "Rien n’a changé."},
    });
    let mut statuses = vec![400, 401, 403, 406, 429, 503];
    if !list.suivis.is_empty() {
        statuses.push(410);
    }
    paths.insert(
        format!("{BASE}/{name}"),
        json!({"get": {"operationId": name, "tags": tags, "summary": format!("Lire « {} », page par page", list.title), "description": list.about,
            "parameters": parametres::page(list), "responses": answers(read, &statuses)}}),
    );
    paths.insert(
        format!("{BASE}/{name}/{{id}}"),
        json!({"parameters": [key_parameter(list)], "get": {"operationId": format!("{name}_un"), "tags": tags, "summary": format!("Lire une ligne de « {} »", list.title),
            "parameters": [parametres::champs(list), parametres::choix()],
            "responses": answers(json!({"200": {"description": "La ligne.", "headers": {"ETag": {"$ref": "#/components/headers/ETag"}}, "content": json_of(name)}, "304": {"description": "Rien n’a changé."}}), &READING)}}),
    );
    paths.insert(
        format!("{BASE}/{name}/synthese"),
        json!({"get": {"operationId": format!("{name}_synthese"), "tags": tags, "summary": format!("Mesures de « {} » par axes", list.title),
            "parameters": parametres::synthese(list),
            "responses": answers(json!({"200": {"description": "Un objet par groupe.", "headers": {"ETag": {"$ref": "#/components/headers/ETag"}}, "content": json_of("Synthese")}, "304": {"description": "Rien n’a changé."}}), &[400, 401, 403, 429, 503])}}),
    );
    paths.insert(
        format!("{BASE}/{name}/codes"),
        json!({"get": {"operationId": format!("{name}_codes"), "tags": tags, "summary": format!("Les codes des choix de «\u{a0}{}\u{a0}», avec leurs libellés", list.title),
            "responses": answers(json!({"200": {"description": "Par filtre, ses codes et leurs libellés.", "content": json_of("Codes")}, "304": {"description": "Rien n’a changé."}}), &[400, 401, 403, 429, 503])}}),
    );
    if !list.suivis.is_empty() {
        let taille = json!({"name": "taille", "in": "query", "required": false, "schema": {"type": "integer", "minimum": 1, "maximum": super::super::suivi::TAILLE_MAX}});
        paths.insert(
            format!("{BASE}/{name}/supprimes"),
            json!({"get": {"operationId": format!("{name}_supprimes"), "tags": tags, "summary": format!("Ce qui a été retiré de « {} »", list.title),
                "parameters": [parametres::depuis(), taille],
                "responses": answers(json!({"200": {"description": "Les identifiants retirés.", "content": json_of("Supprimes")}}), &[400, 401, 403, 410, 429, 503])}}),
        );
    }
    if list.exportable {
        let formats: Vec<&str> = Format::ALL.iter().map(|format| format.code()).collect();
        let mut parameters = vec![json!({"name": "format", "in": "query", "required": true, "schema": {"type": "string", "enum": formats}})];
        parameters.extend(parametres::filters(list));
        let sorts: Vec<String> = list.sorts.iter().flat_map(|sort| [sort.name.to_string(), format!("-{}", sort.name)]).collect();
        parameters.push(json!({"name": "tri", "in": "query", "required": false, "schema": {"type": "string", "enum": sorts}}));
        parameters.push(parametres::champs(list));
        paths.insert(
            format!("{BASE}/{name}/exports"),
            json!({"post": {"operationId": format!("{name}_exporter"), "tags": tags, "summary": format!("Demander un fichier de « {} »", list.title), "parameters": parameters,
                "responses": answers(json!({"202": {"description": "Demandé : son état est à « Location ».", "headers": {"Location": {"schema": {"type": "string", "format": "uri"}}}, "content": json_of("Export")}}), &[400, 401, 403, 429, 503])}}),
        );
    }
}
