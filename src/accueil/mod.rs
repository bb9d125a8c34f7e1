//! Home, with the figures of the month, what waits and what was done lately; what waits, beside the menu; help.

mod aide;
mod attente;
mod gestes;
mod guides;
mod suite;

use bytes::Bytes;
use chrono::{Datelike, NaiveDate};
use maud::{Markup, PreEscaped, html};
use rocket::{Route, State, get, routes};
use sqlx::Row;

use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::{Access, Menu, Module, Niveau, Rubrique, Viewer};
use crate::platform::cache::Key;
use crate::platform::error::{Error, Result};
use crate::platform::http::Wants;
use crate::taxe::SEJOURS;
use crate::ui::layout::{Frame, Group};
use crate::ui::{format, gallery, layout};

/// Its page in the menu.
pub static MENU: &[&Rubrique] = &[&Rubrique { label: "Accueil", href: "/", menu: Menu::at(Group::Top, 10, "house"), access: &[Access::Tous] }];

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    [routes![home, tiles, components], aide::routes(), attente::routes(), suite::routes()].concat()
}

/// The page first, the figures after it.
#[get("/")]
fn home(personne: Personne, context: &State<Context>) -> Markup {
    let tax = personne.reader.can(Module::Taxe, Niveau::Lire);
    layout::page(
        &personne.frame,
        "Accueil",
        &html! {
            h1 { "Bonjour " (personne.nom) }
            @if tax {
                // The tiles without their figures: what comes takes the place that is kept for it.
                section id="tuiles" class="tuiles" aria-label="Chiffres du mois" hx-get="/tuiles" hx-trigger="load" hx-swap="outerHTML" {
                    (tiles_of(context.clock.today(), None))
                }
                noscript { p { a href="/tuiles" { "Voir les chiffres du mois" } } }
            }
            (suite::place(&personne.reader))
            section {
                h2 { "Vos rubriques" }
                ul class="rubriques" {
                    @for entry in personne.frame.menu.iter().filter(|entry| entry.href != "/") {
                        li { a class="carte" href=(entry.href) { (crate::ui::icon::icon(entry.icon)) (entry.label) } }
                    }
                }
            }
        },
    )
}

/// Data that the figures show.
const TILE_DOMAINS: [&str; 2] = ["sejours", "logements"];

/// Figures of the month, each leading to the list that gives the same.
#[get("/tuiles")]
async fn tiles(personne: Personne, wants: Wants, context: &State<Context>) -> Result<Markup> {
    if !personne.reader.can(Module::Taxe, Niveau::Lire) {
        return Err(Error::forbidden("Vos droits ne donnent pas accès aux données de la taxe."));
    }
    let today = context.clock.today();
    let rights = personne.reader.communes(Module::Taxe).join(",");
    let key = Key::new("accueil.tuiles", &today.to_string(), &rights, &personne.versions(&TILE_DOMAINS));
    let made = async || -> Result<Bytes> { Ok(figures(context, &personne, today).await?.into_string().into()) };
    let body = context.cache.get_or(&key, made).await?;
    // Our own markup, kept as bytes by the cache.
    let body = PreEscaped(body.text().into_owned());
    Ok(match wants {
        Wants::Fragment => body,
        Wants::Page => layout::page(&personne.frame, "Chiffres du mois", &html! { h1 { "Chiffres du mois" } (body) }),
    })
}

async fn figures(context: &Context, personne: &Personne, today: NaiveDate) -> Result<Markup> {
    let first = today.with_day(1).unwrap_or(today);
    let db = context.reading(personne, &TILE_DOMAINS);
    let month = sqlx::query(
        "SELECT count(*), coalesce(sum(montant), 0)::bigint, coalesce(sum(nuitees), 0)::bigint FROM sejour
         WHERE code_insee = ANY($1) AND date_debut BETWEEN $2 AND $3",
    )
    .bind(personne.reader.communes(Module::Taxe))
    .bind(first)
    .bind(today)
    .fetch_one(db.reading())
    .await?;
    // Bounded: a worklist longer than this is « plus de 10 000 ».
    let waiting: i64 =
        sqlx::query_scalar("SELECT count(*) FROM (SELECT 1 FROM sejour WHERE code_insee = ANY($1) AND statut = 'a_verifier' LIMIT 10001) t")
            .bind(personne.reader.communes(Module::Taxe))
            .fetch_one(db.reading())
            .await?;
    let (stays, tax, nights): (i64, i64, i64) = (month.try_get(0)?, month.try_get(1)?, month.try_get(2)?);
    let waiting_words = if waiting > 10_000 { format!("plus de {}", format::integer(10_000)) } else { format::integer(waiting) };
    let figures = [format::integer(stays), format::money(tax), format::integer(nights), waiting_words];
    Ok(html! { section id="tuiles" class="tuiles" aria-label="Chiffres du mois" { (tiles_of(today, Some(&figures))) } })
}

/// The four tiles, with their figures or before them.
fn tiles_of(today: NaiveDate, figures: Option<&[String; 4]>) -> Markup {
    let first = today.with_day(1).unwrap_or(today);
    let period = format!("du {} au {}", format::date(first), format::date(today));
    let list = String::from(SEJOURS.asked(&[("debut_min", &first), ("debut_max", &today)]));
    let waiting = String::from(SEJOURS.asked(&[("statut", &"a_verifier")]));
    let tiles = [
        ("Séjours commencés", period.as_str(), list.as_str()),
        ("Taxe déclarée", &period, &list),
        ("Nuitées", &period, &list),
        ("Séjours à vérifier", "à ce jour", &waiting),
    ];
    html! {
        @for (place, (label, period, href)) in tiles.into_iter().enumerate() {
            a class="tuile carte" href=(href) {
                span class="tuile-nom" { (label) }
                strong class="tuile-chiffre" { (figures.map_or("…", |figures| figures[place].as_str())) }
                span class="discret" { (period) }
            }
        }
    }
}

/// The frame of a page that anybody may read.
pub fn frame(personne: Option<Personne>, context: &Context, path: &str) -> Frame {
    let nobody = Frame { environment: context.config.environnement, path: path.into(), ..Frame::default() };
    personne.map_or(nobody, |personne| personne.frame)
}

/// The gallery is for whoever builds Gardel: an installation has none.
#[get("/composants")]
fn components(personne: Personne, context: &State<Context>) -> Result<Markup> {
    if !context.config.plain_http() {
        return Err(Error::not_found("Cette page n’existe pas."));
    }
    Ok(layout::page(&personne.frame, "Composants", &gallery::gallery()))
}
