//! The reference of the API, as a page: what the catalogue declares, for the lists that whoever reads may open. It works with the
//! session, without the network and without JavaScript; the guide (`docs/guide-api.md`) says how to use it.

use maud::{Markup, html};
use rocket::{Route, State, get, routes};
use serde_json::Value;

use super::description::{self, Operation};
use super::probleme::SORTES;
use super::valeurs::{BASE, reference};
use super::{retrait, suivi, synthese};
use crate::catalogue::Catalogue;
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::kind::Shape;
use crate::listing::{Column, Kind, List};
use crate::platform::error::{Error, Result};
use crate::ui::{format, layout};

/// Before the door of the programs, which takes every other address below `/api`.
const RANK: isize = -30;

/// The route to mount at `/`.
pub(super) fn routes() -> Vec<Route> {
    let mut routes = routes![page];
    routes.iter_mut().for_each(|route| route.rank = RANK);
    routes
}

/// Who is not let in is led as by any page: below `/api`, a guard that refuses would be told as programs are.
#[get("/api/documentation")]
fn page(personne: std::result::Result<Personne, Error>, context: &State<Context>) -> Result<Markup> {
    let personne = personne?;
    let catalogue = &context.catalogue;
    let lists: Vec<&'static List> = catalogue.lists().iter().copied().filter(|list| personne.reader.may(list.access)).collect();
    let operations = description::operations(catalogue);
    Ok(layout::page(
        &personne.frame,
        "Documentation de l’API",
        &html! {
            article class="guide" {
                h1 { "Documentation de l’API" }
                (opening(&lists))
                h2 id="listes" { "Listes" }
                p {
                    "Celles que vos droits ouvrent aujourd’hui. Un jeton en lit ce que vous lui en donnez. Ouvrez une liste pour voir ses appels, "
                    "ses champs et ses paramètres."
                }
                @for list in &lists { (section(catalogue, list, &operations)) }
                (problems())
                p { a class="bouton" href="/aide" { "Revenir au sommaire de l’aide" } }
            }
        },
    ))
}

fn opening(lists: &[&'static List]) -> Markup {
    html! {
        p {
            "Les listes et les fiches de Gardel, pour des programmes. Le "
            a href="/aide/api" { "guide de l’API" }
            " explique comment s’en servir, de la première ligne à la copie tenue à jour\u{a0}; cette page dit ce que chaque liste offre. Un programme "
            "appelle avec un jeton, qui se crée dans " a href="/jetons" { "Jetons" } "."
        }
        p class="actions" {
            a class="bouton" href={ (BASE) "/openapi.json" } download="gardel-openapi.json" { "Télécharger la description OpenAPI 3.1" }
        }
        nav aria-label="Sommaire de la documentation" {
            ul {
                @for list in lists { li { a href={ "#liste-" (list.name) } { (list.title) } } }
                li { a href="#problemes" { "Problèmes" } }
            }
        }
    }
}

/// A table that scrolls by itself where it is wider than the page, under a name that no other has.
fn table(name: &str, headers: &[&str], rows: &[(Option<String>, Vec<Markup>)]) -> Markup {
    html! {
        section class="defile" tabindex="0" aria-label=(name) {
            table class="liste" {
                thead { tr { @for header in headers { th scope="col" { (header) } } } }
                tbody {
                    @for (id, cells) in rows {
                        tr id=[id.as_ref()] {
                            @for (cell, header) in cells.iter().zip(headers) { td data-libelle=(header) { span { (cell) } } }
                        }
                    }
                }
            }
        }
    }
}

fn section(catalogue: &Catalogue, list: &'static List, operations: &[Operation]) -> Markup {
    let title = list.title;
    let place = format!("{BASE}/{}", list.name);
    let own = |operation: &&Operation| operation.address.strip_prefix(&place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let calls: Vec<_> = operations.iter().filter(own).map(call).collect();
    let fields: Vec<_> = list.columns.iter().map(|column| field(catalogue, list, column)).collect();
    let parameters: Vec<_> = description::parameters(list).iter().map(parameter).collect();
    html! {
        details class="plus" id={ "liste-" (list.name) } {
            summary { strong { (title) } " " span class="code" { (place) } }
            p { (list.about) }
            p {
                @if list.suivis.is_empty() {
                    "Ce qui y change n’est pas suivi\u{a0}: une copie se refait en entier. "
                } @else {
                    "Ce qui y change est suivi\u{a0}: une copie se tient à jour par " code { (suivi::PARAMETRE) } ". "
                }
                @if list.exportable { "Elle s’exporte en fichier." } @else { "Elle ne s’exporte pas en fichier." }
            }
            h3 { "Appels" }
            (table(&format!("Appels de «\u{a0}{title}\u{a0}»"), &["Méthode", "Adresse", "Effet"], &calls))
            h3 { "Champs" }
            p { "Sur demande\u{a0}: donné si " code { "champs" } " le nomme, et à l’adresse de la ligne." }
            (table(&format!("Champs de «\u{a0}{title}\u{a0}»"), &["Nom", "Libellé", "Valeur", "Particularités"], &fields))
            h3 { "Paramètres" }
            (table(&format!("Paramètres de «\u{a0}{title}\u{a0}»"), &["Nom", "Sens", "Valeurs"], &parameters))
            (orders(list))
            (writing(catalogue, list))
        }
    }
}

/// What programs send to write its rows.
fn writing(catalogue: &Catalogue, list: &'static List) -> Markup {
    let told = |field: &description::Envoye| {
        let made = match field.creation {
            Some(true) => "obligatoire",
            Some(false) => "facultatif",
            None => "non",
        };
        let sense = field.schema["description"].as_str().unwrap_or_default();
        let empties = field.schema["anyOf"].as_array().is_some_and(|either| either.iter().any(|one| one["type"] == "null"));
        let cells = vec![
            html! { code { (field.nom) } },
            html! { (sense) },
            html! { (values(&field.schema)) @if empties { "\u{a0}; " code { "null" } " le vide" } },
            html! { (made) },
            html! { @if field.correction { "oui" } @else { "non" } },
        ];
        (None, cells)
    };
    let fields: Vec<_> = description::sent(catalogue, list).iter().map(told).collect();
    html! {
        @if !fields.is_empty() {
            h3 { "Champs à envoyer" }
            p { "En JSON, dans le corps d’une création ou d’une correction\u{a0}: un champ absent d’une correction garde sa valeur." }
            (table(&format!("Champs à envoyer à «\u{a0}{}\u{a0}»", list.title), &["Nom", "Sens", "Valeurs", "Création", "Correction"], &fields))
        }
    }
}

/// What is not told by the tables: sorts, measures, axes.
fn orders(list: &'static List) -> Markup {
    let sorts: Vec<&str> = list.sorts.iter().map(|sort| sort.name).collect();
    let measures: Vec<&str> = std::iter::once("nombre").chain(synthese::measures(list).map(|column| column.name)).collect();
    let axes: Vec<String> = synthese::axes(list).into_iter().map(|axe| axe.nom).collect();
    html! {
        h3 { "Tris et synthèses" }
        dl class="fiche" {
            div { dt { "Tris rapides" } dd { (names(&sorts)) " (un tiret devant pour l’inverse)\u{a0}; tout autre champ trie aussi, sur peu de lignes" } }
            div { dt { "Mesures" } dd { (names(&measures)) } }
            div { dt { "Axes" } dd { @if axes.is_empty() { "aucun" } @else { (names(&axes)) } } }
        }
    }
}

fn names(all: &[impl AsRef<str>]) -> Markup {
    html! { @for (place, name) in all.iter().enumerate() { @if place > 0 { ", " } code { (name.as_ref()) } } }
}

fn call(operation: &Operation) -> (Option<String>, Vec<Markup>) {
    (None, vec![html! { code { (operation.method) } }, html! { code { (operation.address) } }, html! { (operation.summary) }])
}

fn field(catalogue: &Catalogue, list: &'static List, column: &'static Column) -> (Option<String>, Vec<Markup>) {
    let mut particular = Vec::new();
    if column.personal {
        particular.push("parle d’une personne".to_string());
    }
    if list.suivis.contains(&column.name) {
        particular.push("suivi".into());
    }
    if !column.default {
        particular.push("sur demande".into());
    }
    if let Some((since, until)) = retrait::days(column) {
        particular.push(format!("annoncé retiré le {}, ne sera plus là le {}", format::date(since), format::date(until)));
    }
    (
        None,
        vec![html! { code { (column.name) } }, html! { (column.label) }, value_of(catalogue, list, column), html! { (particular.join("\u{a0}; ")) }],
    )
}

/// How the values of a column are written.
fn value_of(catalogue: &Catalogue, list: &List, column: &Column) -> Markup {
    if let Some(to) = reference(catalogue, list, column) {
        return html! { code { "id" } ", " code { "libelle" } " et " code { "url" } " d’une ligne de «\u{a0}" (to.title) "\u{a0}»" };
    }
    if list.code_of(column).is_some() {
        return html! { code { "code" } " et " code { "libelle" } "\u{a0}: les codes sont à " code { (BASE) "/" (list.name) "/codes" } };
    }
    let unit = column.kind.unit();
    match column.kind {
        Kind::Choice(known) => {
            let codes: Vec<&str> = known.iter().map(|(code, ..)| *code).collect();
            html! { code { "code" } " et " code { "libelle" } "\u{a0}: " (names(&codes)) }
        }
        Kind::Month => html! { "mois, " code { "\"2026-03\"" } },
        Kind::Duration => html! { "minutes, nombre entier" },
        kind => match kind.shape() {
            Shape::Text => html! { "texte" },
            Shape::Number(0) => html! { "nombre entier" @if !unit.is_empty() { " (" (unit) ")" } },
            Shape::Number(scale) => {
                html! { "nombre en texte, " (scale) " décimales" @if !unit.is_empty() { " (" (unit) ")" } }
            }
            Shape::Day => html! { "jour, " code { "\"2026-03-01\"" } },
            Shape::Instant => html! { "instant UTC, " code { "\"2026-03-01T12:00:00.000000Z\"" } },
            Shape::Bool => html! { code { "true" } " ou " code { "false" } },
        },
    }
}

fn parameter(told: &Value) -> (Option<String>, Vec<Markup>) {
    let text = |name: &str| told[name].as_str().unwrap_or_default();
    let manner = match told["explode"].as_bool() {
        Some(true) => "\u{a0}; une fois par valeur",
        Some(false) => "\u{a0}; séparées par des virgules",
        None => "",
    };
    let cells = vec![html! { code { (text("name")) } }, html! { (text("description")) }, html! { (values(&told["schema"])) (manner) }];
    (None, cells)
}

/// What a schema of the description takes, in words.
fn values(schema: &Value) -> Markup {
    let texts = |name: &str| -> Vec<&str> { schema[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect() };
    let codes = texts("enum");
    if !codes.is_empty() {
        return names(&codes);
    }
    if let Some(either) = schema["anyOf"].as_array().and_then(|either| either.first()) {
        return values(either);
    }
    let bounds = (schema["minimum"].as_i64(), schema["maximum"].as_i64().filter(|most| *most < i64::from(i16::MAX)));
    match schema["type"].as_str() {
        Some("array") => values(&schema["items"]),
        Some("boolean") => html! { code { "true" } " ou " code { "false" } },
        Some("integer") => match bounds {
            (Some(least), Some(most)) => html! { "nombre entier de " (least) " à " (most) },
            _ => html! { "nombre entier" },
        },
        _ if schema["format"] == "date" => html! { "jour, " code { "2026-03-01" } },
        _ => match texts("examples").first() {
            Some(example) => html! { "texte, par exemple " code { (example) } },
            None => html! { "texte" },
        },
    }
}

/// What a program does about each kind of problem.
fn advice(code: &str) -> &'static str {
    match code {
        "demande" => "Corrigez le paramètre que « erreurs » nomme\u{a0}: la même demande serait encore refusée.",
        "saisie" => "Corrigez les champs que « erreurs » nomme.",
        "jeton" => "Vérifiez l’en-tête « Authorization »\u{a0}; créez un autre jeton s’il a été révoqué ou dépassé.",
        "droits" => "Créez un jeton qui a ce droit, ou demandez-le pour son propriétaire.",
        "reseau" => "Appelez depuis un réseau que le jeton autorise, ou créez-en un autre\u{a0}: la phrase dit l’adresse vue.",
        "attente" => "Envoyez le corps d’un trait.",
        "absent" => "Vérifiez l’adresse, et que la ligne est dans le périmètre du jeton.",
        "methode" => "« Allow » dit les méthodes de cette adresse.",
        "forme" => "Demandez dans « Accept » l’une des formes que la phrase nomme.",
        "conflit" => "Relisez, puis recommencez.",
        "precondition" => "Lisez la ligne à «\u{a0}saisie\u{a0}», et donnez son «\u{a0}ETag\u{a0}» dans «\u{a0}If-Match\u{a0}».",
        "perime" => "Comparez les deux valeurs de chaque champ, puis recommencez avec l’«\u{a0}ETag\u{a0}» d’aujourd’hui.",
        "type" => "Envoyez du JSON, et dites-le dans «\u{a0}Content-Type\u{a0}».",
        "ressemblance" => "Regardez les lignes de «\u{a0}ressemblances\u{a0}»\u{a0}; si c’en est bien une autre, renvoyez-la avec «\u{a0}vus\u{a0}».",
        "pris" => "Donnez une autre valeur au champ que «\u{a0}erreurs\u{a0}» nomme.",
        "etat" => "Relisez la ligne\u{a0}: son état n’est plus celui que vous pensiez.",
        "compte" => "Relisez la question, et donnez son compte d’aujourd’hui dans «\u{a0}attendu\u{a0}».",
        "cle" => "Prenez une autre «\u{a0}Idempotency-Key\u{a0}» pour un autre appel.",
        "cle-en-cours" => "Attendez les secondes de «\u{a0}Retry-After\u{a0}», puis renvoyez le même appel.",
        "retire" => "Refaites la copie, ou demandez un autre fichier.",
        "taille" => "Envoyez moins à la fois.",
        "limite" | "indisponible" => "Attendez les secondes de « Retry-After », puis recommencez.",
        "panne" => "Recommencez plus tard\u{a0}; donnez le numéro de « instance » à l’exploitant.",
        _ => "La phrase de « detail » dit quoi faire.",
    }
}

fn problems() -> Markup {
    let row = |(code, title, status): &super::probleme::Sorte| {
        let cells = vec![html! { code { (code) } }, html! { (status.code) }, html! { (title) }, html! { (advice(code)) }];
        (Some(format!("probleme-{code}")), cells)
    };
    let rows: Vec<_> = SORTES.iter().map(row).collect();
    html! {
        h2 id="problemes" { "Problèmes" }
        p {
            "Un appel qui n’aboutit pas répond par un objet " code { "application/problem+json" } " (RFC 9457), dont " code { "type" }
            " est l’adresse d’une ligne de ce tableau. D’autres sortes s’ajouteront\u{a0}: un programme se règle d’abord sur le statut."
        }
        (table("Sortes de problèmes", &["Sorte", "Statut", "Titre", "Que faire"], &rows))
    }
}
