//! Communes: public reference, open to every role.

use chrono::Datelike;
use maud::{Markup, html};
use rocket::{Route, State, get, routes};

use super::periode;
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::{Access, Branching, Column, Filter, FilterKind, Kind, List, Menu, Module, Niveau, Options, Reader, Sort};
use crate::platform::error::{Error, Result};
use crate::platform::http::Address;
use crate::ui::layout::Group;
use crate::ui::{format, layout};

/// The communes of the territory.
pub static COMMUNES: List = List {
    name: "communes",
    title: "Communes",
    noun: ("commune", "communes"),
    feminine: true,
    about: "Les communes viennent du référentiel de l’INSEE, chargé par « gardel migrate », puis par l’exploitant pour celles d’ailleurs.",
    access: Access::Tous,
    table: "commune",
    row: "b.*",
    id: ("b.code_insee", "text"),
    joins: "LEFT JOIN epci e ON e.siren = b.epci_siren",
    distinct: false,
    scope,
    domains: &["communes"],
    columns: &[
        Column::new("nom", "Commune", "b.nom", Kind::Text).sorted("nom").linked("/communes/", "b.code_insee"),
        Column::new("insee", "Code INSEE", "b.code_insee", Kind::Code),
        Column::new("epci", "EPCI", "e.nom", Kind::Text),
        Column::new("population", "Population", "b.population", Kind::Int).sorted("population"),
        Column::new("codes_postaux", "Codes postaux", "array_to_string(b.codes_postaux, ' ')", Kind::Code),
        Column::new("siren", "SIREN", "b.siren", Kind::Code).hidden(),
    ],
    filters: &[
        Filter {
            name: "epci",
            label: "EPCI",
            kind: FilterKind::Choice {
                sql: "b.epci_siren",
                cast: "text",
                options: Options::Sql("SELECT siren, nom FROM epci ORDER BY nom"),
                nullable: true,
            },
            daily: true,
        },
        Filter::range("population", "Population", "b.population", Kind::Int, true),
    ],
    sorts: &[
        Sort {
            name: "nom",
            label: "nom",
            column: "b.nom",
            kind: Kind::Text,
            cast: "text",
            nullable: false,
            descending: false,
            led_by: &["epci"],
            indexed: true,
        },
        Sort {
            name: "population",
            label: "population",
            column: "b.population",
            kind: Kind::Int,
            cast: "integer",
            nullable: true,
            descending: true,
            led_by: &["epci", "population"],
            indexed: true,
        },
    ],
    exportable: true,
    create: None,
    menu: Some(Menu::at(Group::Work, 40, "map-pin")),
    searched: None,
    suivis: &[],
    rollup: None,
};

fn scope(_: &Reader) -> Branching {
    Branching::All
}

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![file]
}

#[derive(sqlx::FromRow)]
struct Commune {
    code_insee: String,
    nom: String,
    siren: String,
    epci: Option<String>,
    epci_siren: Option<String>,
    population: Option<i32>,
    codes_postaux: Vec<String>,
}

#[derive(sqlx::FromRow)]
struct Tarif {
    collectivite: String,
    date_deliberation: chrono::NaiveDate,
    deliberation: i64,
    applicable_du: chrono::NaiveDate,
    valable_au: Option<chrono::NaiveDate>,
    annee: i16,
    debut: String,
    fin: String,
    categorie_id: i16,
    categorie: String,
    valeur: i32,
}

#[get("/communes/<code>")]
async fn file(personne: Personne, code: &str, context: &State<Context>) -> Result<Markup> {
    let commune: Commune = sqlx::query_as(
        "SELECT c.code_insee, c.nom, c.siren, e.nom AS epci, c.epci_siren, c.population, c.codes_postaux
         FROM commune c LEFT JOIN epci e ON e.siren = c.epci_siren WHERE c.code_insee = $1",
    )
    .bind(code)
    .fetch_optional(context.db.statement())
    .await?
    .ok_or_else(|| Error::not_found("Cette commune n’existe pas dans le référentiel. Vérifiez le code INSEE (ce n’est pas le code postal)."))?;
    // The commune's own deliberation wins over its EPCI's; both are shown by the join on the commune.
    let tarifs: Vec<Tarif> = sqlx::query_as(
        "SELECT d.id::bigint AS deliberation, d.applicable_du, d.valable_au, d.collectivite, d.date_deliberation, d.annee, d.debut, d.fin, c.id AS categorie_id, c.libelle AS categorie, t.valeur
         FROM deliberation_commune dc JOIN deliberation d ON d.id = dc.deliberation_id
         JOIN tarif t ON t.deliberation_id = d.id JOIN categorie c ON c.id = t.categorie_id
         WHERE dc.code_insee = $1 ORDER BY d.applicable_du DESC, left(d.siren, 2) = '21' DESC, d.debut, d.id, c.id LIMIT 200",
    )
    .bind(code)
    .fetch_all(context.db.statement())
    .await?;
    let mine = personne.reader.communes(Module::Taxe).contains(&commune.code_insee);
    let opens = personne.reader.can(Module::Taxe, Niveau::Lire);
    Ok(layout::page(&personne.frame, &commune.nom, &view(&commune, &tarifs, mine, opens)))
}

fn view(commune: &Commune, tarifs: &[Tarif], mine: bool, opens: bool) -> Markup {
    html! {
        h1 { (commune.nom) }
        dl class="fiche" {
            div { dt { "Code INSEE" } dd class="code" { (commune.code_insee) } }
            div { dt { "SIREN" } dd class="code" { (commune.siren) } }
            div { dt { "EPCI" } dd {
                @match (&commune.epci, &commune.epci_siren) {
                    (Some(nom), Some(siren)) => { a href=(COMMUNES.asked(&[("epci", &siren)])) { (nom) } }
                    _ => { "aucun" }
                }
            } }
            div { dt { "Population municipale" } dd { (commune.population.map_or_else(|| "non recensée".into(), |count| format::integer(count.into()))) } }
            div { dt { "Codes postaux" } dd class="code" { (commune.codes_postaux.join(" ")) } }
        }
        @if mine {
            p class="actions" {
                a class="bouton" href=(Address::of("/sejours").with("commune", &commune.code_insee)) { "Ses séjours" }
                a class="bouton" href=(Address::of("/logements").with("commune", &commune.code_insee)) { "Ses logements" }
                a class="bouton" href=(Address::of("/hebergeurs").with("commune", &commune.code_insee)) { "Ses hébergeurs" }
            }
        }
        h2 { "Tarifs de la taxe de séjour" }
        @if !tarifs.is_empty() {
            @for (place, grille) in tarifs.chunk_by(same).enumerate() { (grid(place, grille, opens)) }
        } @else {
            p { "Aucune délibération n’est enregistrée pour cette commune : aucune taxe ne peut y être calculée." }
        }
    }
}

/// Whether two tariffs are of one deliberation and one period.
fn same(one: &Tarif, other: &Tarif) -> bool {
    one.deliberation == other.deliberation
}

/// The tariffs of one period.
fn grid(place: usize, grille: &[Tarif], opens: bool) -> Markup {
    let id = format!("titre-tarifs-{place}");
    html! {
        @if let Some(first) = grille.first() {
            p {
                (validity(first)) (period(first)) ", "
                @let words = format!("délibération de {} du {}", first.collectivite, format::date_long(first.date_deliberation));
                @if opens { a href={ "/deliberations/" (first.deliberation) } { (words) } } @else { (words) }
                "."
            }
        }
        section class="defile" tabindex="0" aria-labelledby=(id) {
            table class="liste" {
                caption id=(id) { "Tarifs par personne et par nuit" }
                thead { tr { th scope="col" class="nombre" { "Catégorie" } th scope="col" { "Hébergements" } th scope="col" class="nombre" { "Tarif" } } }
                tbody {
                    @for tarif in grille {
                        tr {
                            th scope="row" class="nombre" data-libelle="Catégorie" { (tarif.categorie_id) }
                            td data-libelle="Hébergements" { (tarif.categorie) }
                            td class="nombre" data-libelle="Tarif" { (value(tarif)) }
                        }
                    }
                }
            }
        }
    }
}

/// « Année 2026 », or from when to when it applies.
fn validity(tarif: &Tarif) -> String {
    let whole = tarif.applicable_du.ordinal() == 1
        && tarif.valable_au.is_some_and(|last| (last.year(), last.month(), last.day()) == (tarif.annee.into(), 12, 31));
    match tarif.valable_au {
        _ if whole => format!("Année {}", tarif.annee),
        Some(last) => format!("Du {} au {}", format::date_long(tarif.applicable_du), format::date_long(last)),
        None => format!("À compter du {}", format::date_long(tarif.applicable_du)),
    }
}

/// « , du 1er juillet au 31 décembre », when it is not the whole year.
fn period(tarif: &Tarif) -> String {
    let whole = (tarif.debut.as_str(), tarif.fin.as_str()) == ("01-01", "12-31");
    if whole { String::new() } else { format!(", {}", periode::mots(&tarif.debut, &tarif.fin)) }
}

/// Category 9 pays a share of the price of the night (CGCT L2333-30).
fn value(tarif: &Tarif) -> String {
    if tarif.categorie_id == 9 { format!("{} du prix", format::rate(tarif.valeur.into())) } else { format::money(tarif.valeur.into()) }
}
