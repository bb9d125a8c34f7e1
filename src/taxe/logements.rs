//! Logements: what is let, with its nature, category and registration number.

use chrono::NaiveDate;
use maud::{Markup, html};
use rocket::{Route, State, get, routes};

use super::changement::{self, Ancien};
use super::fiche;
use super::historique::{self, Event};
use super::periodes::{self, Connue};
use super::records::LOGEMENT;
use super::reference::{CATEGORIES, COMMUNE, EPCI, NATURES, by_commune};
use super::sejours::{NATURE_A_ETOILES_MAX, allowed};
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::{
    Access, Around, Column, Filter, FilterKind, Kind, List, Look, Menu, Module, Niveau, Options, Searched, Sort, Words, edit_field,
};
use crate::pieces;
use crate::platform::error::{Error, Result};
use crate::platform::http::Referrer;
use crate::recherche;
use crate::records::edit_link;
use crate::taxe::SEJOURS;
use crate::ui::icon::icon;
use crate::ui::layout::Group;
use crate::ui::message::{Tone, badge};
use crate::ui::{format, layout};

pub(super) const ACTIFS: &[(&str, &str, &str)] = &[("true", "En location", ""), ("false", "Retiré", "")];

/// The lodgings of the reader's communes.
pub static LOGEMENTS: List = List {
    name: "logements",
    title: "Logements",
    noun: ("logement", "logements"),
    feminine: false,
    about: "Les logements viennent des déclarations des hébergeurs, par la mairie ou par un import.",
    access: Access::Droit(Module::Taxe, Niveau::Lire),
    table: "logement",
    row: "b.*",
    id: ("b.id", "bigint"),
    joins: "LEFT JOIN hebergeur h ON h.id = b.hebergeur_id LEFT JOIN commune c ON c.code_insee = b.code_insee \
            LEFT JOIN nature n ON n.id = b.nature_id LEFT JOIN categorie k ON k.id = b.categorie_id",
    distinct: false,
    scope: by_commune,
    domains: &["logements", "hebergeurs"],
    columns: &[
        Column::new("nom", "Logement", "b.nom", Kind::Text).sorted("nom").linked("/logements/", "b.id"),
        Column::new("reference", "Référence", "b.reference", Kind::Code).hidden(),
        Column::new("numero", "N° d’enregistrement", "b.numero_enregistrement", Kind::Code),
        Column::new("hebergeur", "Hébergeur", "h.nom", Kind::Text).linked("/hebergeurs/", "b.hebergeur_id").personal(),
        Column::new("commune", "Commune", "c.nom", Kind::Text).linked("/communes/", "b.code_insee"),
        Column::new("insee", "Code INSEE", "b.code_insee", Kind::Code).hidden(),
        Column::new("adresse", "Adresse", "b.adresse", Kind::Text).personal().hidden(),
        Column::new("nature", "Nature", "n.libelle", Kind::Text).editable(),
        Column::new("categorie", "Catégorie", "k.libelle", Kind::Text),
        Column::new("classe_le", "Classé le", "b.classe_le", Kind::Date).hidden(),
        Column::new("classe_jusqu_au", "Classé jusqu’au", "b.classe_jusqu_au", Kind::Date).sorted("classement"),
        Column::new("capacite", "Capacité", "b.capacite", Kind::Int).sorted("capacite").editable(),
        Column::new("actif", "En location", "b.actif", Kind::Bool).hidden().editable(),
        // What tells apart two hosts of one name, in a file that comes back.
        Column::new("numero_hebergeur", "Numéro de l’hébergeur", "h.numero", Kind::Code).hidden(),
    ],
    filters: &[
        Filter {
            name: "q",
            label: "Nom, adresse ou numéro",
            kind: FilterKind::Search {
                look: Look {
                    within: &[Words { from: "logement b", holds: "b.mots @@ {}", table: Some("logement") }],
                    key: "b.id",
                    seen: "(b.code_insee = ANY($2)) IS TRUE",
                    parents: None,
                },
                on: "b.id",
                references: None,
            },
            daily: true,
        },
        COMMUNE,
        Filter {
            name: "nature",
            label: "Nature",
            kind: FilterKind::Choice { sql: "b.nature_id", cast: "smallint", options: NATURES, nullable: false },
            daily: true,
        },
        Filter {
            name: "categorie",
            label: "Catégorie",
            kind: FilterKind::Choice { sql: "b.categorie_id", cast: "smallint", options: CATEGORIES, nullable: false },
            daily: true,
        },
        EPCI,
        Filter {
            name: "actif",
            label: "État",
            kind: FilterKind::Choice { sql: "b.actif", cast: "boolean", options: Options::Fixed(ACTIFS), nullable: false },
            daily: false,
        },
        Filter::range("capacite", "Capacité", "b.capacite", Kind::Int, false),
        Filter::range("classe_le", "Classé le", "b.classe_le", Kind::Date, true),
        Filter::range("classe_jusqu_au", "Classé jusqu’au", "b.classe_jusqu_au", Kind::Date, true),
        Filter::presence("numero", "N° d’enregistrement", "b.numero_enregistrement"),
        Filter {
            name: "hebergeur",
            label: "Hébergeur",
            kind: FilterKind::Parent {
                sql: "b.hebergeur_id",
                label: "SELECT h.nom FROM hebergeur h WHERE h.id = $1 AND EXISTS (SELECT 1 FROM hebergeur_commune hc WHERE hc.hebergeur_id = h.id AND hc.code_insee = ANY($2))",
                among: None,
            },
            daily: false,
        },
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
            led_by: &["q", "nature", "categorie", "actif", "hebergeur"],
            indexed: true,
        },
        Sort {
            name: "capacite",
            label: "capacité",
            column: "b.capacite",
            kind: Kind::Int,
            cast: "integer",
            nullable: false,
            descending: true,
            led_by: &["q", "nature", "categorie", "actif", "capacite"],
            indexed: true,
        },
        Sort {
            name: "classement",
            label: "fin de classement",
            column: "b.classe_jusqu_au",
            kind: Kind::Date,
            cast: "date",
            nullable: true,
            descending: false,
            led_by: &["q", "nature", "categorie", "actif", "classe_jusqu_au"],
            indexed: true,
        },
    ],
    exportable: true,
    create: Some(("Nouveau logement", "/logements/nouveau")),
    menu: Some(Menu::at(Group::Work, 20, "bed")),
    searched: Some(Searched { rank: 20, details: &["numero", "hebergeur", "commune"] }),
    suivis: &[
        "nom",
        "reference",
        "numero",
        "hebergeur",
        "commune",
        "insee",
        "adresse",
        "nature",
        "categorie",
        "classe_le",
        "classe_jusqu_au",
        "capacite",
        "actif",
    ],
    rollup: None,
};

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![file]
}

#[derive(sqlx::FromRow)]
struct Logement {
    id: i64,
    reference: String,
    numero_enregistrement: Option<String>,
    hebergeur_id: i64,
    hebergeur: String,
    code_insee: String,
    commune: String,
    nom: String,
    adresse: String,
    nature: String,
    categorie_id: i16,
    categorie: String,
    classe_le: Option<NaiveDate>,
    classe_jusqu_au: Option<NaiveDate>,
    capacite: i32,
    actif: bool,
    version: i32,
    nature_id: i16,
}

#[get("/logements/<id>?<de>")]
async fn file(personne: Personne, id: i64, de: Option<&str>, referrer: Referrer, context: &State<Context>) -> Result<Markup> {
    allowed(&personne)?;
    let logement: Logement = sqlx::query_as(
        "SELECT l.id, l.reference, l.numero_enregistrement, l.hebergeur_id, h.nom AS hebergeur, l.code_insee, c.nom AS commune, l.nom, l.adresse,
             n.libelle AS nature, l.categorie_id, k.libelle AS categorie, l.classe_le, l.classe_jusqu_au, l.capacite, l.actif, l.version, l.nature_id
         FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id JOIN commune c ON c.code_insee = l.code_insee
         JOIN nature n ON n.id = l.nature_id JOIN categorie k ON k.id = l.categorie_id
         WHERE l.id = $1 AND l.code_insee = ANY($2)",
    )
    .bind(id)
    .bind(personne.reader.communes(Module::Taxe))
    .fetch_optional(context.db.statement())
    .await?
    .ok_or_else(|| Error::out_of_reach("Ce logement n’existe pas ou n’est pas dans votre périmètre."))?;
    let around = fiche::around(context, &personne, (&LOGEMENTS, id), de, &referrer).await?;
    let events = historique::read(context, &personne, &LOGEMENTS, id).await?;
    recherche::opened(context, &personne, &LOGEMENTS, id);
    let added = pieces::read(context, &personne, &LOGEMENT, (id, std::slice::from_ref(&logement.code_insee))).await?;
    let level = personne.reader.level_in(Module::Taxe, &[&logement.code_insee]);
    let periods = periodes::known(&context.db, id).await?;
    let former = changement::former(&context.db, personne.reader.communes(Module::Taxe), id).await?;
    let body = view((&logement, level), context.clock.today(), around.as_ref(), (&periods, &former), (&added, &events));
    Ok(layout::page(&personne.frame, &logement.nom, &body))
}

fn view(
    (logement, level): (&Logement, Option<Niveau>),
    today: NaiveDate,
    around: Option<&Around>,
    (periods, former): (&[Connue], &[Ancien]),
    (added, events): (&pieces::Contenu, &[Event]),
) -> Markup {
    let field = |column: &str, shown: &Markup| edit_field((&LOGEMENTS, logement.id), column, &logement.nom, shown, level);
    html! {
        (fiche::trail(&LOGEMENTS, logement.id, Some((&logement.code_insee, &logement.commune)), &logement.nom, around))
        div class="titre-page" {
            h1 { (logement.nom) }
            @if logement.actif { (badge(Tone::Success, "En location")) } @else { (badge(Tone::Plain, "Retiré")) }
        }
        (fiche::neighbours(&LOGEMENTS, logement.id, around, &html! {
            (edit_link(level, &LOGEMENTS, logement.id))
            @if level >= Some(Niveau::Saisir) {
                a class="bouton" href=(SEJOURS.page("nouveau").with("logement_id", &logement.reference)) { (icon("plus")) "Saisir un séjour" }
                a class="bouton" id="f-registre" href=(SEJOURS.page("registre").with("logement_id", &logement.reference)) { (icon("list")) "Saisir un registre" }
            }
        }))
        dl class="fiche" {
            div { dt { "Hébergeur" } dd { a href={ "/hebergeurs/" (logement.hebergeur_id) } { (logement.hebergeur) } } }
            div { dt { "Adresse" } dd { (logement.adresse) br; a href={ "/communes/" (logement.code_insee) } { (logement.commune) } } }
            div { dt { "Référence" } dd class="code" { (logement.reference) } }
            div { dt { "N° d’enregistrement" } dd {
                @match &logement.numero_enregistrement {
                    Some(number) => { span class="code" { (number) } }
                    None => { (badge(Tone::Warning, "Absent")) }
                }
            } }
            div { dt { "Nature" } dd { (field("nature", &html! { (logement.nature) })) } }
            div { dt { "Catégorie" } dd { (logement.categorie_id) " : " (logement.categorie) } }
            div { dt { "Capacité" } dd { (field("capacite", &html! { (format::integer(logement.capacite.into())) " personnes" })) } }
            div { dt { "En location" } dd { (field("actif", &html! { (if logement.actif { "Oui" } else { "Non" }) })) } }
            div { dt { "Classement" } dd { (ranking(logement, today)) } }
        }
        p class="actions" {
            a class="bouton principal" href=(SEJOURS.asked(&[("logement", &logement.id)])) { "Séjours de ce logement" }
            a class="bouton" href=(LOGEMENTS.asked(&[("hebergeur", &logement.hebergeur_id)])) { "Logements de cet hébergeur" }
            @if level >= Some(Niveau::Valider) { (changement::link(logement.id)) }
        }
        (periodes::sections(logement.id, periods, level))
        (changement::section((logement.id, logement.version), former, level))
        (pieces::sections(added, &fiche::here(&LOGEMENTS, logement.id, around)))
        (historique::section(events))
    }
}

fn ranking(logement: &Logement, today: NaiveDate) -> Markup {
    match (logement.classe_le, logement.classe_jusqu_au) {
        (Some(since), Some(until)) => html! {
            "du " (format::date_long(since)) " au " (format::date_long(until)) " "
            @if until < today { (badge(Tone::Failure, "Expiré")) @if let (true, Some(day)) = (logement.nature_id <= NATURE_A_ETOILES_MAX, until.succ_opt()) { br; "Taxé sans classement (catégorie 9) depuis la nuit du " (format::date_long(day)) } }
            @else if (until - today).num_days() <= 90 { (badge(Tone::Warning, "Expire bientôt")) }
        },
        (Some(since), None) => html! { "depuis le " (format::date_long(since)) },
        _ => html! { "sans classement" },
    }
}
