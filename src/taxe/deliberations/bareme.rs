//! The legal scale: floor and ceiling of each category, year by year, and the other dated rules. An administrateur enters the year that
//! was just published; what Gardel brings is not written over.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{Route, State, get, post, routes as collect};
use serde_json::json;

use super::fiche::opens;
use super::list::DELIBERATIONS;
use super::model::CATEGORIES;
use crate::champs::{Saisie, Whole, whole_field};
use crate::comptes::{Paires, Personne};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::{Access, Module, Niveau, Number};
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::territoire::{PROPORTIONNELLE, tarif_en_mots};
use crate::ui::form::error_summary;
use crate::ui::icon::icon;
use crate::ui::reply::Reply;
use crate::ui::{format, layout};

/// Largest limit, in cents, and longest word on where it comes from.
const LIMITE_MAX: i64 = 100_000;
const TAUX_MAX: i64 = 10_000;
const SOURCE_MAX: usize = 120;
/// Years told side by side.
const ANNEES: i64 = 8;
/// What the words of the sources are.
const SOURCES: [(&str, &str); 5] = [
    ("officiel", "Texte ou fiche de l’administration"),
    ("editeur", "Note d’un éditeur de logiciel"),
    ("deduit", "Constaté dans les délibérations publiées"),
    ("calcule", "Déduit des années voisines"),
    ("non_source", "À vérifier"),
];
/// The two limits: the beginning of the names of their fields, and their word.
const LIMITES: [(&str, &str); 2] = [("plancher", "Plancher"), ("plafond", "Plafond")];

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![page, form, save]
}

/// A limit as the base holds it.
#[derive(sqlx::FromRow)]
struct Limite {
    annee: i16,
    categorie_id: i16,
    plancher: i32,
    plafond: i32,
    source: String,
    saisie: bool,
}

/// A dated rule.
#[derive(sqlx::FromRow)]
struct Regle {
    libelle: String,
    article: String,
    minimum: Option<i32>,
    maximum: Option<i32>,
    jour: Option<String>,
    du: chrono::NaiveDate,
    au: Option<chrono::NaiveDate>,
}

async fn limits(context: &Context) -> Result<Vec<Limite>> {
    Ok(sqlx::query_as(
        "SELECT annee, categorie_id, plancher, plafond, source, saisi_par IS NOT NULL AS saisie FROM bareme
         WHERE annee > (SELECT coalesce(max(annee), 0) FROM bareme) - $1 ORDER BY annee, categorie_id",
    )
    .bind(ANNEES)
    .fetch_all(context.db.statement())
    .await?)
}

async fn rules(context: &Context) -> Result<Vec<Regle>> {
    Ok(sqlx::query_as("SELECT libelle, article, minimum, maximum, jour, du, au FROM regle_legale ORDER BY jour NULLS LAST, libelle, du")
        .fetch_all(context.db.statement())
        .await?)
}

/// The person where they set how the tax is worked on.
fn setter(personne: &Personne) -> Result<Personne> {
    personne.at(Access::Droit(Module::Taxe, Niveau::Gerer), Niveau::Gerer)
}

#[get("/bareme")]
async fn page(personne: Personne, context: &State<Context>) -> Result<Markup> {
    opens(&personne)?;
    let (all, rules) = (limits(context).await?, rules(context).await?);
    let sets = personne.reader.can(Module::Taxe, Niveau::Gerer);
    Ok(layout::page(&personne.frame, "Barème légal", &view(&all, &rules, sets)))
}

fn view(all: &[Limite], rules: &[Regle], sets: bool) -> Markup {
    let mut years: Vec<(i16, bool, String)> = all.iter().map(|one| (one.annee, one.saisie, one.source.clone())).collect();
    years.dedup_by_key(|(year, ..)| *year);
    let of = |year: i16, category: usize| all.iter().find(|one| one.annee == year && usize::try_from(one.categorie_id) == Ok(category));
    let next = years.last().map_or(0, |(year, ..)| year + 1);
    html! {
        (DELIBERATIONS.trail(&[], "Barème légal"))
        h1 { "Barème légal" }
        p { "Le plancher et le plafond de chaque tarif, par personne et par nuit (CGCT, art. L2333-30 et L2333-41). L’État les revalorise chaque année selon les prix\u{a0}; les délibérations restent entre les deux." }
        @if sets { p class="actions" {
            a class="bouton principal" href={ "/bareme/" (next) } { (icon("plus")) "Saisir l’année " (next) }
            @for (year, ..) in years.iter().filter(|(_, typed, _)| *typed) { a class="bouton" href={ "/bareme/" (year) } { (icon("pencil")) "Corriger " (year) } }
        } }
        section class="defile" tabindex="0" aria-labelledby="titre-bareme" {
            table class="liste" {
                caption id="titre-bareme" { "Plancher et plafond, par année" }
                thead { tr { th scope="col" { "Hébergements" } th scope="col" class="nombre" { "Plancher" } @for (year, ..) in &years { th scope="col" class="nombre" { "Plafond " (year) } } } }
                tbody {
                    @for (category, label) in (1..).zip(CATEGORIES) {
                        tr {
                            th scope="row" data-libelle="Hébergements" { (category) ". " (label) }
                            td class="nombre" data-libelle="Plancher" { @if let Some(one) = years.last().and_then(|(year, ..)| of(*year, category)) { (tarif_en_mots(category, one.plancher.into())) } }
                            @for (year, ..) in &years { td class="nombre" data-libelle={ "Plafond " (year) } { @if let Some(one) = of(*year, category) { (tarif_en_mots(category, one.plafond.into())) } } }
                        }
                    }
                }
            }
        }
        h2 { "À quoi se fier" }
        ul {
            @for (year, _, _) in &years {
                @let sources: BTreeSet<&str> = all.iter().filter(|one| one.annee == *year).map(|one| told(&one.source)).collect();
                li { (year) "\u{a0}: " (sources.into_iter().collect::<Vec<_>>().join(" ; ")) "." }
            }
        }
        h2 { "Autres règles datées" }
        section class="defile" tabindex="0" aria-labelledby="titre-regles" {
            table class="liste" {
                caption id="titre-regles" { "Taux, bornes et dates limites" }
                thead { tr { th scope="col" { "Règle" } th scope="col" { "Valeur" } th scope="col" { "Depuis" } th scope="col" { "Jusqu’à" } th scope="col" { "Article" } } }
                tbody { @for rule in rules { tr {
                    th scope="row" data-libelle="Règle" { (rule.libelle) }
                    td data-libelle="Valeur" { (value(rule)) }
                    td data-libelle="Depuis" { (format::date(rule.du)) }
                    td data-libelle="Jusqu’à" { @if let Some(last) = rule.au { (format::date(last)) } @else { "aujourd’hui" } }
                    td data-libelle="Article" { (rule.article) }
                } } }
            }
        }
    }
}

/// The word of a source; what an administrateur wrote is itself.
fn told(source: &str) -> &str {
    SOURCES.iter().find(|(code, _)| *code == source).map_or(source, |(_, words)| words)
}

fn value(rule: &Regle) -> String {
    match (rule.minimum, rule.maximum, rule.jour.as_deref().and_then(|day| day.split_once('-'))) {
        (Some(low), Some(high), _) if low == high => format!("{} de la taxe", format::rate(low.into())),
        (Some(low), Some(high), _) => format!("de {} à {}", format::rate(low.into()), format::rate(high.into())),
        (_, _, Some((month, day))) => {
            let month = format::month_name(month.parse().unwrap_or(1));
            let day = day.trim_start_matches('0');
            format!("{} {month} de l’année d’avant", if day == "1" { "1er" } else { day })
        }
        _ => String::new(),
    }
}

/// What was typed, by field.
type Typed = BTreeMap<String, String>;

fn field_name(limit: &str, category: usize) -> String {
    format!("{limit}_{category}")
}

fn saisie(category: usize) -> Saisie {
    if category == PROPORTIONNELLE { Saisie::Nombre(Number::new(2, "%"), 0, TAUX_MAX) } else { Saisie::Montant(0, LIMITE_MAX) }
}

/// A year that may be entered: the next one, or one that was entered here. Its limits, else those of the last year, as they are typed.
async fn opened(context: &Context, year: i16) -> Result<Typed> {
    let all = limits(context).await?;
    let last = all.iter().map(|one| one.annee).max().unwrap_or(0);
    let typed_here = all.iter().any(|one| one.annee == year && one.saisie);
    if !typed_here && year != last + 1 {
        return Err(Error::not_found(
            "Cette année ne se saisit pas\u{a0}: elle est livrée avec Gardel, ou elle n’est pas la suivante. Revenez au barème légal.",
        ));
    }
    let from = if typed_here { year } else { last };
    let mut typed = Typed::new();
    for one in all.iter().filter(|one| one.annee == from) {
        let category = usize::try_from(one.categorie_id).unwrap_or_default();
        for ((name, _), value) in LIMITES.iter().zip([one.plancher, one.plafond]) {
            typed.insert(field_name(name, category), saisie(category).in_field(Some(&value.to_string())));
        }
        if typed_here {
            typed.insert("source".into(), one.source.clone());
        }
    }
    Ok(typed)
}

fn sheet(personne: &Personne, year: i16, typed: &Typed, faults: &Faults) -> Markup {
    let shown = |name: &str| typed.get(name).map_or("", String::as_str);
    let wrong = |name: &str| faults.iter().find(|(known, _)| known == name).map(|(_, why)| why.as_str());
    let summary: Vec<(&str, String)> = faults.iter().map(|(name, why)| (name.as_str(), why.clone())).collect();
    let body = html! {
        (DELIBERATIONS.trail(&[("/bareme", "Barème légal")], &year.to_string()))
        h1 { "Barème légal de " (year) }
        p { "Relevez chaque limite dans le texte publié\u{a0}: elle vaut pour toutes les collectivités de cette installation, et son changement est écrit au journal." }
        (error_summary(&summary))
        form method="post" action={ "/bareme/" (year) } data-fiche="oui" {
            @for (category, label) in (1..).zip(CATEGORIES) {
                fieldset class="partie" {
                    legend { (category) ". " (label) }
                    div class="champs" {
                        @for (limit, word) in LIMITES {
                            @let name = field_name(limit, category);
                            div class="groupe-champ" { (limit_field(&name, word, category, shown(&name), wrong(&name))) }
                        }
                    }
                }
            }
            (whole_field(&Whole { name: "source", label: "Source", hint: "Le texte où ces limites sont lues", saisie: &Saisie::Texte(SOURCE_MAX), options: &[], typed: shown("source"), wrong: wrong("source"), required: true, focus: false }))
            p class="actions" { button class="bouton principal" type="submit" { (icon("check")) "Enregistrer" } a class="bouton" href="/bareme" { "Annuler" } }
        }
    };
    layout::page(&personne.frame, &format!("Barème légal de {year}"), &body)
}

fn limit_field(name: &str, label: &str, category: usize, typed: &str, wrong: Option<&str>) -> Markup {
    // A field is declared for the life of the program; these names are made of a limit and a category.
    let known = NOMS.iter().find(|known| **known == name).copied().unwrap_or("");
    whole_field(&Whole { name: known, label, hint: "", saisie: &saisie(category), options: &[], typed, wrong, required: true, focus: false })
}

/// The names of the fields.
const NOMS: [&str; 18] = [
    "plancher_1",
    "plafond_1",
    "plancher_2",
    "plafond_2",
    "plancher_3",
    "plafond_3",
    "plancher_4",
    "plafond_4",
    "plancher_5",
    "plafond_5",
    "plancher_6",
    "plafond_6",
    "plancher_7",
    "plafond_7",
    "plancher_8",
    "plafond_8",
    "plancher_9",
    "plafond_9",
];

#[get("/bareme/<annee>")]
async fn form(annee: i16, personne: Personne, context: &State<Context>) -> Result<Markup> {
    let personne = setter(&personne)?;
    Ok(sheet(&personne, annee, &opened(context, annee).await?, &Faults::new()))
}

/// What is wrong with each field.
type Faults = Vec<(String, String)>;

/// The limits that were typed, by category, or what is wrong with each.
fn read(context: &Context, typed: &Typed) -> std::result::Result<Vec<(i16, i32, i32)>, Faults> {
    let today = context.clock.today();
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for category in 1..=CATEGORIES.len() {
        let mut limits = Vec::new();
        for (limit, word) in LIMITES {
            let name = field_name(limit, category);
            let text = typed.get(&name).map_or("", |text| text.trim());
            let read =
                if text.is_empty() { Err("donnez une valeur, elle est obligatoire.".to_string()) } else { saisie(category).check(text, &[], today) };
            match read.map(|text| text.parse::<i32>().unwrap_or_default()) {
                Ok(value) => limits.push(value),
                Err(why) => faults.push((name, format!("{word} de la catégorie {category}\u{a0}: {why}"))),
            }
        }
        match limits.as_slice() {
            [low, high] if low > high => {
                faults.push((
                    field_name("plafond", category),
                    format!("Plafond de la catégorie {category}\u{a0}: il est sous le plancher. Vérifiez les deux."),
                ));
            }
            [low, high] => rows.push((i16::try_from(category).unwrap_or_default(), *low, *high)),
            _ => {}
        }
    }
    let source = typed.get("source").map_or("", |text| text.trim());
    if source.is_empty() || source.chars().count() > SOURCE_MAX {
        faults.push(("source".into(), format!("Source\u{a0}: dites le texte où ces limites sont lues, en {SOURCE_MAX} caractères au plus.")));
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

#[post("/bareme/<annee>", data = "<sent>")]
async fn save(annee: i16, personne: Personne, sent: Paires, context: &State<Context>) -> Result<Reply> {
    let personne = setter(&personne)?;
    opened(context, annee).await?;
    let rows = match read(context, &sent.0) {
        Ok(rows) => rows,
        Err(faults) => return Ok(Reply::Page((Status::UnprocessableEntity, sheet(&personne, annee, &sent.0, &faults)))),
    };
    let source = sent.0.get("source").map_or("", |text| text.trim());
    let mut write = context.db.write().await?;
    let (categories, lows, highs) =
        rows.iter().fold((Vec::new(), Vec::new(), Vec::new()), |(mut categories, mut lows, mut highs), (category, low, high)| {
            categories.push(*category);
            lows.push(*low);
            highs.push(*high);
            (categories, lows, highs)
        });
    sqlx::query(
        "INSERT INTO bareme (annee, categorie_id, plancher, plafond, source, saisi_le, saisi_par)
         SELECT $1, t.categorie, t.plancher, t.plafond, $5, now(), $6 FROM unnest($2::smallint[], $3::integer[], $4::integer[]) t (categorie, plancher, plafond)
         ON CONFLICT (annee, categorie_id) DO UPDATE SET plancher = excluded.plancher, plafond = excluded.plafond, source = excluded.source,
             saisi_le = excluded.saisi_le, saisi_par = excluded.saisi_par
         WHERE bareme.saisi_par IS NOT NULL",
    )
    .bind(annee)
    .bind(categories)
    .bind(lows)
    .bind(highs)
    .bind(source)
    .bind(personne.reader.user_id)
    .execute(&mut *write.tx)
    .await?;
    let said = |(category, low, high): &(i16, i32, i32)| {
        let number = usize::try_from(*category).unwrap_or_default();
        format!("{category}\u{a0}: {} à {}", tarif_en_mots(number, (*low).into()), tarif_en_mots(number, (*high).into()))
    };
    let detail = json!({"bareme": rows.iter().map(said).collect::<Vec<_>>().join(", "), "source_du_bareme": source});
    journal::note(&mut write.tx, &personne.actor, Action::Change, "barème légal", &annee.to_string(), &detail).await?;
    write.commit().await?;
    Ok(Reply::Done(Box::new(Flash::success(Redirect::to("/bareme"), format!("Le barème légal de {annee} est enregistré.")))))
}
