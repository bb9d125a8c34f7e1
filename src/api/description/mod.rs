//! The OpenAPI 3.1 document, made from the catalogue: nothing of it is written twice. A list that is declared is described.

mod chemins;
mod ecritures;
mod imports;
mod parametres;
mod schemas;

use serde_json::{Map, Value, json};

use crate::catalogue::Catalogue;
use crate::listing::List;

pub use parametres::page as parameters;

/// The version of what is described: it grows with what is added, and its first number is that of the addresses.
pub const VERSION: &str = "1.0.0";

/// A method at an address, and what it does.
pub struct Operation {
    /// `GET`.
    pub method: String,
    /// `/api/v1/sejours/{id}`.
    pub address: String,
    /// In a few words.
    pub summary: String,
}

/// Everything that can be called, as the document says it.
pub fn operations(catalogue: &Catalogue) -> Vec<Operation> {
    let told = document(catalogue, "");
    let mut all = Vec::new();
    for (address, path) in told["paths"].as_object().into_iter().flatten() {
        for (method, operation) in path.as_object().into_iter().flatten() {
            if let Some(summary) = operation["summary"].as_str() {
                all.push(Operation { method: method.to_uppercase(), address: address.clone(), summary: summary.into() });
            }
        }
    }
    all
}

/// A field as programs send it.
pub struct Envoye {
    /// Its name.
    pub nom: String,
    /// What it takes, and what it is, as the document says it.
    pub schema: Value,
    /// When the row is made: sent or not, and whether it must be.
    pub creation: Option<bool>,
    /// It is corrected.
    pub correction: bool,
}

/// What programs send to make a row of `list` and to correct one; nothing when they write none.
pub fn sent(catalogue: &Catalogue, list: &'static List) -> Vec<Envoye> {
    let mut schemas = Map::new();
    ecritures::schemas(&mut schemas, catalogue, list);
    let (new, changed) = (&schemas.get(&format!("{}_nouveau", list.name)), &schemas.get(&format!("{}_correction", list.name)));
    let fields = |schema: &Option<&Value>| schema.and_then(|schema| schema["properties"].as_object()).cloned().unwrap_or_default();
    let (made, corrected) = (fields(new), fields(changed));
    let required = |name: &str| new.is_some_and(|schema| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name)));
    let known = made.iter().chain(corrected.iter().filter(|(name, _)| !made.contains_key(*name)));
    let sent = |(nom, schema): (&String, &Value)| Envoye {
        nom: nom.clone(),
        schema: schema.clone(),
        creation: made.contains_key(nom).then(|| required(nom)),
        correction: corrected.contains_key(nom),
    };
    known.map(sent).collect()
}

/// The whole document, for a site at `origin`.
pub fn document(catalogue: &Catalogue, origin: &str) -> Value {
    let mut paths = Map::new();
    chemins::common(&mut paths);
    for list in catalogue.lists() {
        chemins::of_list(&mut paths, list);
        ecritures::of_list(&mut paths, catalogue, list);
    }
    imports::paths(&mut paths, catalogue);
    let mut schemas = schemas::common();
    schemas.insert("Import".into(), imports::schema());
    schemas.insert("ImportConfirmation".into(), imports::confirmation());
    schemas.insert("Saisie".into(), ecritures::common());
    for list in catalogue.lists() {
        schemas.insert(list.name.into(), schemas::row(catalogue, list));
        schemas.insert(format!("{}_page", list.name), schemas::page(list));
        ecritures::schemas(&mut schemas, catalogue, list);
    }
    let tags: Vec<Value> =
        catalogue.lists().iter().map(|list| json!({"name": list.name, "description": format!("{}. {}", list.title, list.about)})).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Gardel",
            "version": VERSION,
            "summary": "Les listes et les fiches de Gardel, lues et écrites par des programmes.",
            "description": "Chaque appel porte un jeton, créé dans Gardel : il lit et écrit ce que son propriétaire peut lire et écrire, là où le jeton vaut, et rien de plus. Le guide de l’API explique la pagination, la copie suivie et les écritures.",
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": origin}],
        "security": [{"jeton": []}],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": {
                "jeton": {"type": "http", "scheme": "bearer", "bearerFormat": "gardel_ et 72 chiffres hexadécimaux", "description": "Un jeton, créé dans « Jetons »."},
            },
            "schemas": schemas,
            "responses": schemas::responses(),
            "headers": schemas::headers(),
        },
    })
}
