//! The simulator: the nights of a year that was, under several grids side by side, beside what the neighbours ask.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;
use maud::{Markup, html};
use rocket::{Route, State, get, routes as collect};

use super::fiche::opens;
use super::list::DELIBERATIONS;
use super::model::{self, CATEGORIES, Grille};
use super::queries::{self, Ligne};
use super::simulation::{self, Constate, Produit};
use super::views;
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::Module;
use crate::platform::error::{Error, Result};
use crate::territoire::{TARIFS, tarif_en_mots};
use crate::ui::icon::icon;
use crate::ui::message::{Tone, notice};
use crate::ui::{format, layout};

/// Grids set side by side.
const GRILLES_MAX: usize = 6;
/// Years before this one that can be simulated on.
const ANNEES: i32 = 5;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![simulate]
}

/// What was computed.
struct Comparaison {
    grilles: Vec<Vec<Ligne>>,
    produits: Vec<Produit>,
    constates: Vec<Constate>,
    voisins: Vec<Ligne>,
    /// Communes of the grids where the person reads no stay.
    ailleurs: usize,
}

#[get("/deliberations/simulateur?<annee>&<grille>")]
async fn simulate(annee: Option<i32>, grille: Vec<i64>, personne: Personne, context: &State<Context>) -> Result<Markup> {
    opens(&personne)?;
    let this = context.clock.today().year();
    let year = annee.unwrap_or(this - 1);
    if !(this - ANNEES..=this).contains(&year) {
        return Err(Error::invalid(format!("Choisissez une année de {} à {this}.", this - ANNEES)));
    }
    if grille.len() > GRILLES_MAX {
        return Err(Error::invalid(format!("{GRILLES_MAX} grilles se comparent à la fois, pas plus. Décochez-en.")));
    }
    let choices = queries::simulables(&context.db, &personne.reader).await?;
    let mut grilles = Vec::new();
    for id in &grille {
        let found = queries::by_id(&context.db, &personne.reader, *id).await?;
        let one = found.ok_or_else(|| Error::out_of_reach("Cette délibération n’existe pas, ou c’est le brouillon d’une autre collectivité."))?;
        grilles.push(queries::periodes(context.db.statement(), &one).await?);
    }
    let compared = if grilles.is_empty() { None } else { Some(compare(context, &personne, grilles, year).await?) };
    let body = html! {
        (DELIBERATIONS.trail(&[], "Simulateur"))
        h1 { "Simulateur de tarifs" }
        p { "Les nuits d’une année, telles qu’elles ont été déclarées, sous plusieurs grilles côte à côte\u{a0}: ce que chacune aurait rapporté. Les séjours rejetés ne comptent pas." }
        (form((this, year), &choices, &grille))
        @match &compared {
            Some(compared) => (results(compared, year)),
            None => p class="discret" { "Cochez une grille au moins, par exemple celle qui s’applique et un brouillon." },
        }
    };
    Ok(layout::page(&personne.frame, "Simulateur de tarifs", &body))
}

async fn compare(context: &Context, personne: &Personne, grilles: Vec<Vec<Ligne>>, year: i32) -> Result<Comparaison> {
    let named: BTreeSet<String> = grilles.iter().flatten().flat_map(|line| line.communes.split_whitespace().map(String::from)).collect();
    let mine: Vec<String> = named.iter().filter(|code| personne.reader.communes(Module::Taxe).contains(*code)).cloned().collect();
    let sirens: Vec<String> = grilles.iter().flatten().map(|line| line.siren.clone()).collect();
    Ok(Comparaison {
        produits: simulation::produits(&context.db, &grilles, &mine, year).await?,
        constates: simulation::constates(&context.db, &mine, year).await?,
        voisins: queries::voisins(&context.db, &sirens, context.clock.today()).await?,
        ailleurs: named.len() - mine.len(),
        grilles,
    })
}

fn form((this, year): (i32, i32), choices: &[Ligne], chosen: &[i64]) -> Markup {
    html! {
        form class="carte" method="get" action="/deliberations/simulateur" {
            div class="champ" {
                label for="annee" { "Nuits de l’année" }
                select id="annee" name="annee" { @for one in (this - ANNEES..=this).rev() { option value=(one) selected[one == year] { (one) } } }
            }
            fieldset class="cases" {
                legend { "Grilles à comparer" }
                @if choices.is_empty() { p { "Aucune délibération de vos collectivités n’est connue. " a href="/deliberations/nouveau" { "Saisir un brouillon" } } }
                @for line in choices {
                    label class="case" {
                        input type="checkbox" name="grille" value=(line.id) checked[chosen.contains(&line.id)];
                        span { (views::nom(line)) ", applicable du " (format::date(line.applicable_du)) @if line.etat == "brouillon" { " (brouillon)" } }
                    }
                }
            }
            p class="actions" { button class="bouton principal" type="submit" { (icon("activity")) "Simuler" } }
        }
    }
}

/// Sums by grid, then by what `key` says of a row.
fn sums<K: Ord>(rows: &[Produit], key: impl Fn(&Produit) -> K) -> BTreeMap<(i64, K), (i64, i64)> {
    let mut sums = BTreeMap::new();
    for row in rows {
        let sum: &mut (i64, i64) = sums.entry((row.grille, key(row))).or_default();
        *sum = (sum.0 + row.nuitees, sum.1 + row.produit);
    }
    sums
}

/// The header of each grid.
fn heads(grilles: &[Vec<Ligne>]) -> Vec<String> {
    let one = |lines: &Vec<Ligne>| {
        lines.first().map_or_else(String::new, |line| {
            let draft = if line.etat == "brouillon" { ", brouillon" } else { "" };
            let number = line.reference.as_ref().map_or_else(String::new, |number| format!(", {number}"));
            format!("{} du {}{number}{draft}", line.collectivite, format::date(line.date_deliberation))
        })
    };
    grilles.iter().map(one).collect()
}

fn results(compared: &Comparaison, year: i32) -> Markup {
    let heads = heads(&compared.grilles);
    let by_category = sums(&compared.produits, |row| row.categorie);
    let by_commune = sums(&compared.produits, |row| row.code_insee.clone());
    let total = sums(&compared.produits, |_| ());
    let real: i64 = compared.constates.iter().map(|row| row.produit).sum();
    let grids = || (1_i64..).zip(&compared.grilles);
    html! {
        @if compared.ailleurs > 0 { (notice(Tone::Info, &html! { p { (format::counted(i64::try_from(compared.ailleurs).unwrap_or_default(), "commune", "communes")) " de ces délibérations ne sont pas dans votre périmètre\u{a0}: leurs nuits ne sont pas comptées." } })) }
        h2 { "Produit attendu" }
        dl class="fiche" {
            div { dt { "Constaté en " (year) } dd { (format::money(real)) } }
            @for (place, _) in grids() {
                @let sum = total.get(&(place, ())).map_or(0, |(_, sum)| *sum);
                div { dt { (heads.get(usize::try_from(place - 1).unwrap_or_default()).map_or("", String::as_str)) } dd { strong { (format::money(sum)) } br; (difference(sum - real)) " sur le constaté" } }
            }
        }
        section class="defile" tabindex="0" aria-labelledby="titre-categories" {
            table class="liste" {
                caption id="titre-categories" { "Par catégorie" }
                thead { tr {
                    th scope="col" { "Hébergements" } th scope="col" class="nombre" { "Nuitées taxables" } th scope="col" class="nombre" { "Constaté" }
                    @for head in &heads { th scope="col" class="nombre" { (head) } }
                } }
                tbody {
                    @for (category, label) in (1_i16..).zip(CATEGORIES) {
                        @let nights = grids().filter_map(|(place, _)| by_category.get(&(place, category))).map(|(nights, _)| *nights).max().unwrap_or(0);
                        @let was: i64 = compared.constates.iter().filter(|row| row.categorie == category).map(|row| row.produit).sum();
                        tr {
                            th scope="row" data-libelle="Hébergements" { (category) ". " (label) }
                            td class="nombre" data-libelle="Nuitées taxables" { (format::integer(nights)) }
                            td class="nombre" data-libelle="Constaté" { (format::money(was)) }
                            @for ((place, lines), head) in grids().zip(&heads) {
                                td class="nombre" data-libelle=(head) {
                                    (format::money(by_category.get(&(place, category)).map_or(0, |(_, sum)| *sum)))
                                    br; span class="discret" { (tariffs(lines, category)) }
                                }
                            }
                        }
                    }
                }
            }
        }
        (communes(compared, &heads, &by_commune))
        p class="discret" { "La catégorie d’un séjour est celle de sa déclaration. Le sans classement se calcule séjour par séjour, sur son prix, plafonné au plus haut tarif de la grille (CGCT, art. L2333-30). Les taxes additionnelles n’y sont pas." }
        (neighbours(compared))
    }
}

/// By commune.
fn communes(compared: &Comparaison, heads: &[String], by_commune: &BTreeMap<(i64, String), (i64, i64)>) -> Markup {
    let mut known: BTreeMap<&str, &str> = compared.constates.iter().map(|row| (row.code_insee.as_str(), row.commune.as_str())).collect();
    known.extend(compared.produits.iter().map(|row| (row.code_insee.as_str(), row.commune.as_str())));
    html! {
        section class="defile" tabindex="0" aria-labelledby="titre-communes" {
            table class="liste" {
                caption id="titre-communes" { "Par commune" }
                thead { tr { th scope="col" { "Commune" } th scope="col" class="nombre" { "Constaté" } @for head in heads { th scope="col" class="nombre" { (head) } } } }
                tbody {
                    @for (code, name) in &known {
                        @let was: i64 = compared.constates.iter().filter(|row| row.code_insee == *code).map(|row| row.produit).sum();
                        tr {
                            th scope="row" data-libelle="Commune" { (name) }
                            td class="nombre" data-libelle="Constaté" { (format::money(was)) }
                            @for (place, head) in (1_i64..).zip(heads) {
                                td class="nombre" data-libelle=(head) { @match by_commune.get(&(place, (*code).to_string())) { Some((_, sum)) => (format::money(*sum)), None => "—" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// « + 1 234,00 € ».
fn difference(cents: i64) -> String {
    if cents > 0 { format!("+{}", format::money(cents)) } else { format::money(cents) }
}

/// The tariff of a category in each period.
fn tariffs(lines: &[Ligne], category: i16) -> String {
    let number = usize::try_from(category).unwrap_or_default();
    let told: Vec<String> = lines.iter().filter_map(|line| line.grille().get(&number).map(|value| tarif_en_mots(number, *value))).collect();
    if told.is_empty() { "aucun tarif".into() } else { told.join(" / ") }
}

/// What the neighbours ask today.
fn neighbours(compared: &Comparaison) -> Markup {
    let own: Vec<(String, Grille)> =
        heads(&compared.grilles).into_iter().zip(compared.grilles.iter().filter_map(|lines| lines.first().map(Ligne::grille))).collect();
    let row = |name: &str, grid: &Grille, strong: bool| {
        html! {
            tr {
                th scope="row" data-libelle="Collectivité" { @if strong { strong { (name) } } @else { (name) } }
                @for category in 1..=TARIFS.len() { td class="nombre" data-libelle={ "Catégorie " (category) } { @match grid.get(&category) { Some(value) => (tarif_en_mots(category, *value)), None => "—" } } }
                td class="nombre" data-libelle="Plus haut" { @if let Some(cap) = model::plus_haut(grid) { (format::money(cap)) } }
            }
        }
    };
    html! {
        h2 { "À côté des voisins" }
        section class="defile" tabindex="0" aria-labelledby="titre-voisins" {
            table class="liste" {
                caption id="titre-voisins" { "Tarifs en vigueur aujourd’hui, par catégorie" }
                thead { tr { th scope="col" { "Collectivité" } @for category in 1..=TARIFS.len() { th scope="col" class="nombre" { (category) } } th scope="col" class="nombre" { "Plus haut" } } }
                tbody {
                    @for (name, grid) in &own { (row(name, grid, true)) }
                    @for line in &compared.voisins { (row(&line.collectivite, &line.grille(), false)) }
                }
            }
        }
    }
}
