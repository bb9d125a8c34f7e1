//! Hébergeurs: who declares and pays. Visible to whoever has one of their lodgings in their perimeter.

use std::time::Duration;

use chrono::{Datelike, NaiveDate};
use maud::{Markup, html};
use rocket::{Route, State, get, routes};
use serde_json::json;

use super::declarations;
use super::fiche;
use super::fusion;
use super::historique::{self, Event};
use super::records::HEBERGEUR;
use super::redevable::{LODGINGS, OWNER};
use super::reference::{COMMUNE, EPCI, by_commune};
use super::sejours::allowed;
use crate::comptes::Personne;
use crate::context::Context;
use crate::journal::{self, Action};
use crate::lettres;
use crate::listing::{Access, Around, Column, Filter, FilterKind, Kind, List, Look, Menu, Module, Niveau, Options, Searched, Sort, Words, edit_text};
use crate::pieces;
use crate::platform::error::{Error, Result};
use crate::platform::http::Referrer;
use crate::recherche;
use crate::records::{archive_form, edit_link};
use crate::taxe::LOGEMENTS;
use crate::taxe::SEJOURS;
use crate::ui::icon::icon;
use crate::ui::layout::Group;
use crate::ui::message::{Tone, badge};
use crate::ui::{format, layout};

/// The day a file was archived, as the column and its range ask for it.
const ARCHIVE_LE: &str = "(SELECT h.archive_le FROM hebergeur h WHERE h.id = b.hebergeur_id)";
/// Whether it was.
const ARCHIVE: &str = "(SELECT h.archive_le IS NOT NULL FROM hebergeur h WHERE h.id = b.hebergeur_id)";
/// Whether a file is worked on.
const ETATS: &[(&str, &str, &str)] = &[("false", "En activité", ""), ("true", "Archivé", "alerte")];

pub(super) const TYPES: &[(&str, &str, &str)] = &[("particulier", "Particulier", ""), ("professionnel", "Professionnel", "info")];

/// The hosts of the reader's communes, read in the order of `hebergeur_commune`, which holds one row
/// per host and commune.
pub static HEBERGEURS: List = List {
    name: "hebergeurs",
    title: "Hébergeurs",
    noun: ("hébergeur", "hébergeurs"),
    feminine: false,
    about: "Les hébergeurs viennent des déclarations en mairie ou d’un import. Chacun apparaît ici dès qu’il a un logement dans votre périmètre.",
    access: Access::Droit(Module::Taxe, Niveau::Lire),
    table: "hebergeur_commune",
    row: "b.*",
    id: ("b.hebergeur_id", "bigint"),
    joins: "JOIN hebergeur h ON h.id = b.hebergeur_id",
    distinct: true,
    scope: by_commune,
    domains: &["hebergeurs", "logements"],
    columns: &[
        Column::new("nom", "Hébergeur", "b.nom", Kind::Text).sorted("nom").linked("/hebergeurs/", "b.hebergeur_id").personal(),
        Column::new("numero", "Numéro", "h.numero", Kind::Code),
        Column::new("type", "Type", "b.type", Kind::Choice(TYPES)),
        Column::new("siret", "SIRET", "h.siret", Kind::Siret).hidden(),
        Column::new("ville", "Ville", "h.ville", Kind::Text).personal(),
        Column::new("adresse", "Adresse", "h.adresse", Kind::Text).personal().hidden(),
        Column::new("code_postal", "Code postal", "h.code_postal", Kind::Code).personal().hidden(),
        Column::new("courriel", "Courriel", "h.courriel", Kind::Email).personal().editable(),
        Column::new("telephone", "Téléphone", "h.telephone", Kind::Telephone).personal().editable(),
        Column::new("inscrit_le", "Inscrit le", "b.inscrit_le", Kind::Date).sorted("inscription"),
        Column::new("archive_le", "Archivé le", ARCHIVE_LE, Kind::Date).hidden(),
        Column::new("archive", "État", ARCHIVE, Kind::Choice(ETATS)),
    ],
    filters: &[
        Filter {
            name: "q",
            label: "Nom, numéro, téléphone, courriel ou adresse",
            kind: FilterKind::Search {
                look: Look {
                    within: &[Words { from: "hebergeur h", holds: "h.mots @@ {}", table: Some("hebergeur") }],
                    key: "h.id",
                    seen: "EXISTS (SELECT 1 FROM hebergeur_commune hc WHERE hc.hebergeur_id = h.id AND hc.code_insee = ANY($2))",
                    parents: Some("hebergeur h"),
                },
                on: "b.hebergeur_id",
                references: None,
            },
            daily: true,
        },
        COMMUNE,
        Filter {
            name: "type",
            label: "Type",
            kind: FilterKind::Choice { sql: "b.type", cast: "text", options: Options::Fixed(TYPES), nullable: false },
            daily: true,
        },
        EPCI,
        Filter {
            name: "archive",
            label: "État",
            kind: FilterKind::Choice { sql: ARCHIVE, cast: "boolean", options: Options::Fixed(ETATS), nullable: false },
            daily: false,
        },
        Filter::range("inscrit_le", "Inscrit le", "b.inscrit_le", Kind::Date, false),
        Filter::range("archive_le", "Archivé le", ARCHIVE_LE, Kind::Date, true),
        Filter::presence("siret", "SIRET", "(SELECT h.siret FROM hebergeur h WHERE h.id = b.hebergeur_id)"),
        Filter::presence("courriel", "Courriel", "(SELECT h.courriel FROM hebergeur h WHERE h.id = b.hebergeur_id)"),
        Filter::presence("telephone", "Téléphone", "(SELECT h.telephone FROM hebergeur h WHERE h.id = b.hebergeur_id)"),
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
            led_by: &["q", "type"],
            indexed: true,
        },
        Sort {
            name: "inscription",
            label: "date d’inscription",
            column: "b.inscrit_le",
            kind: Kind::Date,
            cast: "date",
            nullable: false,
            descending: true,
            led_by: &["q", "type", "inscrit_le"],
            indexed: true,
        },
    ],
    exportable: true,
    create: Some(("Nouvel hébergeur", "/hebergeurs/nouveau")),
    menu: Some(Menu::at(Group::Work, 30, "users")),
    searched: Some(Searched { rank: 10, details: &["numero", "ville", "archive_le"] }),
    suivis: &["nom", "numero", "type", "siret", "ville", "adresse", "code_postal", "courriel", "telephone", "inscrit_le", "archive_le", "archive"],
    rollup: None,
};

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![file]
}

#[derive(sqlx::FromRow)]
struct Hebergeur {
    id: i64,
    numero: String,
    nom: String,
    r#type: String,
    siret: Option<String>,
    courriel: Option<String>,
    telephone: Option<String>,
    adresse: String,
    code_postal: String,
    ville: String,
    inscrit_le: NaiveDate,
    archive_le: Option<NaiveDate>,
    communes: Vec<String>,
    version: i32,
    /// Another file was merged into this one; this one was merged into another.
    absorbante: bool,
    absorbee: bool,
}

#[derive(sqlx::FromRow)]
struct Owned {
    id: i64,
    nom: String,
    commune: String,
    categorie: String,
    capacite: i32,
    /// Its last day with this host, when it has another since.
    jusqu_au: Option<NaiveDate>,
}

/// What was declared for a host in a year, in the reader's communes; what was rejected does not count.
#[derive(sqlx::FromRow)]
struct Declared {
    annee: i32,
    sejours: i64,
    nuitees: i64,
    montant: i64,
    a_verifier: i64,
}

/// Longest time that the file waits for what was declared.
const DECLARED_BUDGET: Duration = Duration::from_millis(700);

/// This year and the one before; `None` when that takes too long for a page: the list tells it.
async fn declared(context: &Context, communes: &[String], id: i64) -> Result<Option<Vec<Declared>>> {
    let year = context.clock.today().year();
    // The stays that this host owes: the words of the filter that the year leads to.
    let lodgings = LODGINGS.replace("{}", "$1");
    let sql = format!(
        "SELECT a.annee, count(s.*) AS sejours, coalesce(sum(s.nuitees), 0)::bigint AS nuitees, coalesce(sum(s.montant), 0)::bigint AS montant,
             count(*) FILTER (WHERE s.statut = 'a_verifier') AS a_verifier
         FROM unnest(ARRAY[$3, $3 - 1]) a (annee)
         LEFT JOIN LATERAL (SELECT b.nuitees, b.montant, b.statut FROM ({lodgings}) k (id) CROSS JOIN LATERAL (
                 SELECT * FROM sejour b
                 WHERE b.logement_id = k.id AND b.date_debut >= make_date(a.annee, 1, 1) AND b.date_debut <= make_date(a.annee, 12, 31)) b
             WHERE b.code_insee = ANY($2) AND b.statut <> 'rejete' AND {OWNER} = $1) s ON true
         GROUP BY a.annee ORDER BY a.annee DESC"
    );
    let found: std::result::Result<Vec<Declared>, sqlx::Error> =
        sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).bind(communes).bind(year).fetch_all(context.db.hurried(DECLARED_BUDGET)).await;
    match found.map_err(Error::from) {
        Ok(years) => Ok(Some(years)),
        Err(Error::TooHeavy) => Ok(None),
        Err(error) => Err(error),
    }
}

fn declared_section(hebergeur: &Hebergeur, years: Option<&[Declared]>) -> Markup {
    let Some(years) = years else {
        return html! {
            h2 { "Déclaré" }
            p { "Trop de séjours pour les additionner ici. " a href=(SEJOURS.asked(&[("hebergeur", &hebergeur.id)])) { "Voir ses séjours et leurs totaux" } }
        };
    };
    html! {
        h2 { "Déclaré" }
        div class="defile" {
            table class="liste" {
                caption { "Séjours qu’il doit dans votre périmètre, ceux de ses anciens logements compris, sans ceux qui ont été rejetés" }
                thead { tr { th scope="col" { "Année" } th scope="col" class="nombre" { "Séjours" } th scope="col" class="nombre" { "Nuitées" } th scope="col" class="nombre" { "Taxe" } th scope="col" class="nombre" { "À vérifier" } } }
                tbody {
                    @for year in years {
                        @let (first, last) = (format!("{}-01-01", year.annee), format!("{}-12-31", year.annee));
                        @let address = SEJOURS.asked(&[("hebergeur", &hebergeur.id), ("debut_min", &first), ("debut_max", &last), ("statut", &"rejete"), ("statut_sauf", &1)]);
                        tr {
                            th scope="row" data-libelle="Année" { a href=(address) { (year.annee) } }
                            td class="nombre" data-libelle="Séjours" { (format::integer(year.sejours)) }
                            td class="nombre" data-libelle="Nuitées" { (format::integer(year.nuitees)) }
                            td class="nombre" data-libelle="Taxe" { (format::money(year.montant)) }
                            td class="nombre" data-libelle="À vérifier" { (format::integer(year.a_verifier)) }
                        }
                    }
                }
            }
        }
    }
}

/// Lodgings shown on the file; the list has them all.
const LODGINGS_SHOWN: i64 = 50;

#[get("/hebergeurs/<id>?<de>")]
async fn file(personne: Personne, id: i64, de: Option<&str>, referrer: Referrer, context: &State<Context>) -> Result<Markup> {
    allowed(&personne)?;
    let communes = personne.reader.communes(Module::Taxe);
    let hebergeur: Hebergeur = sqlx::query_as(
        "SELECT id, numero, nom, type, siret, courriel, telephone, adresse, code_postal, ville, inscrit_le, archive_le, version,
             ARRAY(SELECT hc.code_insee FROM hebergeur_commune hc WHERE hc.hebergeur_id = h.id) AS communes,
             EXISTS (SELECT 1 FROM fusion f WHERE f.gardee_id = h.id AND f.annulee_le IS NULL) AS absorbante,
             EXISTS (SELECT 1 FROM fusion f WHERE f.absorbee_id = h.id AND f.annulee_le IS NULL) AS absorbee
         FROM hebergeur h
         WHERE id = $1 AND EXISTS (SELECT 1 FROM hebergeur_commune hc WHERE hc.hebergeur_id = h.id AND hc.code_insee = ANY($2))",
    )
    .bind(id)
    .bind(communes)
    .fetch_optional(context.db.statement())
    .await?
    .ok_or_else(|| Error::out_of_reach("Cet hébergeur n’existe pas ou n’a pas de logement dans votre périmètre."))?;
    let owned: Vec<Owned> = sqlx::query_as(
        "SELECT l.id, l.nom, c.nom AS commune, k.libelle AS categorie, l.capacite, o.jusqu_au FROM (
             SELECT id, NULL::date FROM logement WHERE hebergeur_id = $1 AND code_insee = ANY($2)
             UNION ALL SELECT logement_id, fin - 1 FROM ancien_hebergeur WHERE hebergeur_id = $1) o (id, jusqu_au)
         JOIN logement l ON l.id = o.id JOIN commune c ON c.code_insee = l.code_insee JOIN categorie k ON k.id = l.categorie_id
         WHERE l.code_insee = ANY($2) ORDER BY o.jusqu_au IS NOT NULL, l.nom, l.id, o.jusqu_au LIMIT $3",
    )
    .bind(id)
    .bind(communes)
    .bind(LODGINGS_SHOWN)
    .fetch_all(context.db.statement())
    .await?;
    let mut write = context.db.write().await?;
    journal::within(context, &mut write.tx, &personne.actor, journal::Borne::Consultations).await?;
    let places: Vec<String> =
        sqlx::query_scalar("SELECT code_insee::text FROM hebergeur_commune WHERE hebergeur_id = $1").bind(id).fetch_all(&mut *write.tx).await?;
    journal::note_at(&mut write.tx, &personne.actor, Action::Read, ("hébergeur", &id.to_string()), &json!({}), &places).await?;
    write.commit().await?;
    let years = declared(context, communes, id).await?;
    let around = fiche::around(context, &personne, (&HEBERGEURS, id), de, &referrer).await?;
    let events = historique::read(context, &personne, &HEBERGEURS, id).await?;
    recherche::opened(context, &personne, &HEBERGEURS, id);
    let merges = if hebergeur.absorbante || hebergeur.absorbee {
        fusion::told(context, &personne, id).await?
    } else {
        html! {}
    };
    let added = pieces::read(context, &personne, &HEBERGEUR, (id, &hebergeur.communes)).await?;
    let letters = lettres::section(context, &personne, id, hebergeur.archive_le.is_some()).await?;
    let level = personne.reader.level_in(Module::Taxe, &hebergeur.communes);
    let awaited = declarations::of_host(context, communes, id).await?;
    let body = view((&hebergeur, level), (&owned, years.as_deref(), &awaited), around.as_ref(), (&merges, &letters, &added, &events));
    Ok(layout::page(&personne.frame, &hebergeur.nom, &body))
}

fn view(
    (hebergeur, level): (&Hebergeur, Option<Niveau>),
    (owned, years, awaited): (&[Owned], Option<&[Declared]>, &Markup),
    around: Option<&Around>,
    (merges, letters, added, events): (&Markup, &Markup, &pieces::Contenu, &[Event]),
) -> Markup {
    let field = |column: &str, text: &Option<String>| edit_text((&HEBERGEURS, hebergeur.id), column, &hebergeur.nom, text.as_deref(), level);
    let away = hebergeur.archive_le.is_some();
    let (_, label, tone) = TYPES.iter().find(|(code, ..)| *code == hebergeur.r#type).copied().unwrap_or(("", "", ""));
    html! {
        (fiche::trail(&HEBERGEURS, hebergeur.id, None, &hebergeur.nom, around))
        div class="titre-page" { h1 { (hebergeur.nom) } (badge(Tone::from_code(tone), label)) @if away { " " (badge(Tone::Warning, "Archivé")) } }
        (merges)
        (fiche::neighbours(&HEBERGEURS, hebergeur.id, around, &html! {
            (edit_link(level, &HEBERGEURS, hebergeur.id))
            @if !away && level >= Some(Niveau::Saisir) {
                a class="bouton" href=(LOGEMENTS.page("nouveau").with("hebergeur_id", &hebergeur.numero)) { (icon("plus")) "Ajouter un logement" }
                @if level >= Some(Niveau::Valider) { (fusion::link(hebergeur.id)) }
            }
            @if !hebergeur.absorbee { (archive_form(level, &HEBERGEURS, (hebergeur.id, hebergeur.version), away)) }
        }))
        dl class="fiche" {
            div { dt { "Numéro" } dd class="code" { (hebergeur.numero) } }
            div { dt { "Téléphone" } dd { (field("telephone", &hebergeur.telephone)) } }
            div { dt { "Courriel" } dd { (field("courriel", &hebergeur.courriel)) } }
            div { dt { "Adresse" } dd { (hebergeur.adresse) br; (hebergeur.code_postal) " " (hebergeur.ville) } }
            @if hebergeur.siret.is_some() { div { dt { "SIRET" } dd { (field("siret", &hebergeur.siret)) } } }
            div { dt { "Inscrit" } dd { "le " (format::date_long(hebergeur.inscrit_le)) } }
            @if let Some(day) = hebergeur.archive_le { div { dt { "Archivé" } dd { "le " (format::date_long(day)) } } }
        }
        (declared_section(hebergeur, years))
        h2 { "Logements" }
        section class="defile" tabindex="0" aria-labelledby="titre-logements" {
            table class="liste" {
                caption id="titre-logements" { "Logements de cet hébergeur dans votre périmètre" }
                thead { tr { th scope="col" { "Logement" } th scope="col" { "Commune" } th scope="col" { "Catégorie" } th scope="col" class="nombre" { "Capacité" } } }
                tbody {
                    @for logement in owned {
                        tr {
                            th scope="row" data-libelle="Logement" {
                                a href={ "/logements/" (logement.id) } { (logement.nom) }
                                @if let Some(day) = logement.jusqu_au { br; span class="discret" { "jusqu’au " (format::date_long(day)) } }
                            }
                            td data-libelle="Commune" { (logement.commune) }
                            td data-libelle="Catégorie" { (logement.categorie) }
                            td class="nombre" data-libelle="Capacité" { (logement.capacite) }
                        }
                    }
                }
            }
        }
        @if owned.iter().any(|one| one.jusqu_au.is_none()) { p class="actions" { a class="bouton" href=(LOGEMENTS.asked(&[("hebergeur", &hebergeur.id)])) { "Voir dans la liste des logements" } } }
        (awaited)
        (letters)
        (pieces::sections(added, &fiche::here(&HEBERGEURS, hebergeur.id, around)))
        (historique::section(events))
    }
}
